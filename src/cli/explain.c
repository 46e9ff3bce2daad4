/* segment, error, signature: verbs that explain; they need no server. */
#include "base/buf.h"
#include "cli/output.h"
#include "rules/playbook.h"
#include "rules/segment.h"
#include "twilio/signature.h"
#include "twilio/url.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
enum { BODY_BYTES_MAX = 4 << 20, PARAMS_MAX = 512 };

/* Reads a whole file ("-" is standard input) into b. */
static int read_all(struct invocation *in, const char *file, struct buf *b)
{
    char chunk[16384];
    size_t n;
    FILE *from = strcmp(file, "-") == 0 ? stdin : fopen(file, "re");

    if (from == NULL) return complain(in, EXIT_FAILED, "%s: %m", file);
    while ((n = fread(chunk, 1, sizeof chunk, from)) > 0)
        buf_add(b, (struct str){chunk, n});
    if (from != stdin) (void)fclose(from);
    if (buf_check(b) != ERR_OK) return complain(in, EXIT_REFUSED, "%s: larger than %zu bytes", file, b->max);
    return EXIT_DONE;
}

/* ---- segment ---- */

static json_t *count_json(const struct segment_count *c)
{
    return json_pack("{s:s, s:I, s:I}", "encoding", segment_encoding_name(c->encoding), "units",
                     (json_int_t)c->units, "segments", (json_int_t)c->segments);
}

static json_t *offenders_json(const struct segment_report *r)
{
    json_t *list = json_array();
    for (size_t i = 0; i < r->offender_count; i++) {
        const struct segment_offender *o = &r->offenders[i];
        char code_point[16];
        json_t *one;
        (void)snprintf(code_point, sizeof code_point, "U+%04" PRIX32, o->code_point);
        one = json_pack("{s:s, s:I, s:I}", "code_point", code_point, "character", (json_int_t)o->character_at,
                        "byte", (json_int_t)o->byte_at);
        (void)json_object_set_new(one, "replacement",
                                  o->replacement == NULL ? json_null() : json_string(o->replacement));
        (void)json_array_append_new(list, one);
    }
    return list;
}

static json_t *parts_json(struct str text, const struct segment_part *parts, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        (void)json_array_append_new(
            list, json_pack("{s:o, s:I}", "text",
                            json_stringn(text.at + parts[i].from, parts[i].to - parts[i].from), "units",
                            (json_int_t)parts[i].units));
    return list;
}

static void print_segment_json(struct str text, const struct segment_report *r)
{
    json_t *root = count_json(&r->plain);
    (void)json_object_set_new(root, "smart", count_json(&r->smart));
    (void)json_object_set_new(root, "saved_segments", json_integer(r->saved_segments));
    (void)json_object_set_new(root, "offenders", offenders_json(r));
    (void)json_object_set_new(root, "parts", parts_json(text, r->parts, r->plain.segments));
    print_json(root);
    json_decref(root);
}

static void print_segment_text(struct str text, const struct segment_report *r)
{
    (void)printf("%s, %" PRIu32 " units, %" PRIu32 " segment%s\n", segment_encoding_name(r->plain.encoding),
                 r->plain.units, r->plain.segments, r->plain.segments == 1 ? "" : "s");
    for (size_t i = 0; i < r->plain.segments; i++)
        (void)printf("  %zu: %3" PRIu32 " units  %.*s\n", i + 1, r->parts[i].units,
                     (int)(r->parts[i].to - r->parts[i].from), text.at + r->parts[i].from);
    for (size_t i = 0; i < r->offender_count; i++) {
        const struct segment_offender *o = &r->offenders[i];
        (void)printf("  character %" PRIu32 " '%.*s' (U+%04" PRIX32 ") is not in GSM-7%s%s%s\n",
                     o->character_at + 1, (int)o->bytes, text.at + o->byte_at, o->code_point,
                     o->replacement == NULL ? "; nothing replaces it" : "; smart encoding makes it '",
                     o->replacement == NULL ? "" : o->replacement, o->replacement == NULL ? "" : "'");
    }
    if (r->saved_segments != 0)
        (void)printf("with smart encoding: %s, %" PRIu32 " units, %" PRIu32 " segments (%+d)\n",
                     segment_encoding_name(r->smart.encoding), r->smart.units, r->smart.segments,
                     -r->saved_segments);
}

static int segment_verb(struct invocation *in)
{
    struct segment_report report;
    struct arena arena;
    struct fault f = {0};
    struct buf text;
    int code;

    buf_init(&text, SEGMENT_DESCRIBE_BYTES_MAX);
    arena_init(&arena, 256 << 20);
    if (in->count == 0 || strcmp(in->arguments[0], "-") == 0)
        code = read_all(in, "-", &text);
    else {
        buf_add_text(&text, in->arguments[0]);
        code = buf_check(&text) == ERR_OK ? EXIT_DONE : complain(in, EXIT_REFUSED, "the text is too long");
    }
    if (code == EXIT_DONE && segment_describe(&arena, buf_str(&text), 0, &report, &f) != ERR_OK)
        code = complain(in, EXIT_REFUSED, "%s", f.what);
    if (code == EXIT_DONE && in->json) print_segment_json(buf_str(&text), &report);
    if (code == EXIT_DONE && !in->json) print_segment_text(buf_str(&text), &report);
    arena_reset(&arena);
    buf_free(&text);
    return code;
}

const struct verb VERB_SEGMENT = {
    "segment",
    "[TEXT|-]",
    "count a text's segments and name what makes it dear",
    VERB_JSON,
    0,
    1,
    NULL,
    0,
    "The text is taken as it is, from the argument or standard input: a newline at its end counts.",
    segment_verb};

/* ---- error ---- */

static int error_verb(struct invocation *in)
{
    const struct playbook_entry *e;
    int64_t code;

    if (str_to_i64(str_from(in->arguments[0]), &code) != ERR_OK || code < 1)
        return complain(in, EXIT_USAGE, "'%s' is not an error code", in->arguments[0]);
    e = playbook_get(code);
    if (in->json) {
        json_t *root =
            json_pack("{s:I, s:b, s:s, s:s, s:s, s:s, s:s, s:s}", "code", (json_int_t)code, "known",
                      playbook_knows(code) ? 1 : 0, "title", e->title, "family", e->family, "class",
                      playbook_class_name(e->category), "action", playbook_action_name(e->action),
                      "explanation", e->explanation, "remedy", e->remedy);
        print_json(root);
        json_decref(root);
        return EXIT_DONE;
    }
    (void)printf("%" PRId64 "  %s\n", code, e->title);
    if (e->explanation[0] != '\0') (void)printf("\n%s\n", e->explanation);
    if (e->remedy[0] != '\0')
        (void)printf("\nWhat to do: %s\n", e->remedy);
    else
        (void)printf("\nWhat to do: read https://www.twilio.com/docs/api/errors/%" PRId64 "\n", code);
    (void)printf("\nfamily %s; class %s; Sterling's action on refusal: %s%s\n", e->family,
                 playbook_class_name(e->category), playbook_action_name(e->action),
                 e->retry_after_accept ? "; sent again when it comes with status failed" : "");
    if (!playbook_knows(code))
        (void)puts("This code is not in the table; this is the safe default of its range.");
    return EXIT_DONE;
}

const struct verb VERB_ERROR = {
    "error", "CODE",    "explain a Twilio error code and what to do", VERB_JSON, 1, 1, NULL, 0,
    NULL,    error_verb};

/* ---- signature ---- */

static const struct flag SIGNATURE_FLAGS[] = {
    {"token", "TOKEN", "Auth token of the account; or STERLING_TOKEN", false},
    {"url", "URL", "The URL as configured at Twilio", false},
    {"param", "NAME=VALUE", "A form parameter, decoded", true},
    {"body-file", "FILE", "The raw body instead: a form, or JSON when the URL has bodySHA256", false},
    {"verify", "SIGNATURE", "Say whether this signature is right and, if not, the likely cause", false},
};

static int take_params(struct invocation *in, struct arena *a, struct form *form)
{
    form->pairs = arena_alloc(a, PARAMS_MAX * sizeof *form->pairs);
    if (form->pairs == NULL) return complain(in, EXIT_FAILED, "out of memory");
    for (int i = 0; flag_nth(in, "param", i) != NULL && form->count < PARAMS_MAX; i++) {
        const char *text = flag_nth(in, "param", i);
        struct form_pair *pair = &form->pairs[form->count++];
        if (strchr(text, '=') == NULL) return complain(in, EXIT_USAGE, "--param '%s' has no '='", text);
        pair->value = str_cut(str_from(text), '=', &pair->name);
    }
    return EXIT_DONE;
}

static int take_body(struct invocation *in, struct arena *a, struct buf *raw, struct signature_request *r,
                     struct form *form)
{
    bool is_json = str_find(r->url, STR("bodySHA256=")) < r->url.len;
    int code = read_all(in, flag_value(in, "body-file"), raw);
    if (code != EXIT_DONE) return code;
    r->raw_body = buf_str(raw);
    r->is_form_post = !is_json;
    if (is_json) return EXIT_DONE;
    if (form_decode(a, r->raw_body, PARAMS_MAX, form) != ERR_OK)
        return complain(in, EXIT_REFUSED, "the body is not a form; for JSON the URL must carry bodySHA256");
    return EXIT_DONE;
}

static void print_and_free(json_t *root)
{
    print_json(root);
    json_decref(root);
}

static int print_signature(struct invocation *in, struct signature_key *key, struct arena *a,
                           const struct signature_request *r)
{
    char text[SIGNATURE_TEXT_BYTES];
    if (signature_make(key, a, r->url, r->is_form_post ? r->params : NULL, text) != ERR_OK)
        return complain(in, EXIT_REFUSED, "this URL cannot be signed");
    if (in->json)
        print_and_free(json_pack("{s:s}", "signature", text));
    else
        (void)puts(text);
    return EXIT_DONE;
}

static int verify_signature(struct invocation *in, struct signature_key *key, struct arena *a,
                            const struct signature_request *r)
{
    struct fault why = {0};
    bool right = signature_diagnose(key, a, r, &why) == ERR_OK;

    if (in->json)
        print_and_free(json_pack("{s:b, s:s?}", "right", right, "cause", right ? NULL : why.what));
    else
        (void)printf("%s%s\n", right ? "right" : "wrong: ", right ? "" : why.what);
    return right ? EXIT_DONE : EXIT_FAILED;
}

static int signature_verb(struct invocation *in)
{
    const char *token = flag_given(in, "token") ? flag_value(in, "token") : getenv("STERLING_TOKEN");
    const char *url = flag_value(in, "url"), *given = flag_value(in, "verify");
    struct signature_request r = {.url = str_from(url), .is_form_post = true, .signature = str_from(given)};
    struct signature_key *key;
    struct form form = {0};
    struct url_parts parts;
    struct arena a;
    struct buf raw;
    int code;

    if (token == NULL || url == NULL) return complain(in, EXIT_USAGE, "--token and --url are needed");
    if (!url_split(r.url, &parts) || parts.host.len == 0)
        return complain(in, EXIT_USAGE,
                        "--url '%s' is no URL; give it whole, as in https://sms.example.com/path", url);
    key = signature_key_new(str_from(token));
    if (key == NULL) return complain(in, EXIT_FAILED, "out of memory");
    arena_init(&a, 64 << 20);
    buf_init(&raw, BODY_BYTES_MAX);
    code = flag_given(in, "body-file") ? take_body(in, &a, &raw, &r, &form) : take_params(in, &a, &form);
    r.params = &form;
    if (code == EXIT_DONE)
        code = given == NULL ? print_signature(in, key, &a, &r) : verify_signature(in, key, &a, &r);
    signature_key_free(key);
    buf_free(&raw);
    arena_reset(&a);
    return code;
}

const struct verb VERB_SIGNATURE = {"signature",
                                    "",
                                    "make or check an X-Twilio-Signature and say what is wrong with it",
                                    VERB_JSON,
                                    0,
                                    0,
                                    SIGNATURE_FLAGS,
                                    COUNT(SIGNATURE_FLAGS),
                                    "Without --param and --body-file the URL alone is signed, as for a GET. "
                                    "The token is better given through the\n"
                                    "environment, where other users of this machine do not see it. With "
                                    "--verify the exit code is 0 for right, 1 for wrong.",
                                    signature_verb};
