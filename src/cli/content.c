/* content: judges a text as carriers and the law would; needs no server. */
#include "app/content.h"
#include "cli/output.h"
#include "rules/alpha.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
enum { TEXT_BYTES_MAX = 64 << 10 };

static const struct flag CHECK_FLAGS[] = {
    {"kind", "KIND", "marketing, transactional or conversational (marketing)", false},
    {"brand", "NAME", "What recipients know the sender by", false},
    {"use-case", "CODE", "The program's registered use case, such as MARKETING or CHARITY", false},
    {"age-gated", NULL, "Recipients gave a date of birth and are of age", false},
    {"direct-lending", NULL, "The sender is registered as a lender", false},
    {"country", "CODE", "Of the recipients, such as GB: what that country wants of texts and senders, too", false},
    {"from", "NAME", "The alphanumeric sender that it will come from", false},
    {"program", "NAME", "Ask a server about this program of the organization, instead of the flags above", false},
};

static enum message_kind kind_of(const char *name)
{
    if (name == NULL || strcmp(name, "marketing") == 0) return KIND_MARKETING;
    if (strcmp(name, "transactional") == 0) return KIND_TRANSACTIONAL;
    return strcmp(name, "conversational") == 0 ? KIND_CONVERSATIONAL : 0;
}

static int read_case(struct invocation *in, struct content_case *out)
{
    const char *use_case = flag_value(in, "use-case");

    *out = (struct content_case){.kind = kind_of(flag_value(in, "kind")), .template = true,
                                 .brand = str_from(flag_value(in, "brand")),
                                 .use_case = use_case_parse(str_from(use_case)),
                                 .age_gated = flag_given(in, "age-gated"),
                                 .direct_lending = flag_given(in, "direct-lending")};
    if (out->kind == 0)
        return complain(in, EXIT_USAGE, "--kind is marketing, transactional or conversational");
    if (use_case != NULL && out->use_case == USE_CASE_UNKNOWN)
        return complain(in, EXIT_USAGE, "--use-case %s is no use case that Twilio lists", use_case);
    return EXIT_DONE;
}

/* Where it goes, and from whom, of a text that is judged here. */
static int read_route(struct invocation *in, char country[3], struct sender *from)
{
    const char *to = flag_value(in, "country"), *name = flag_value(in, "from");

    country[0] = '\0';
    *from = (struct sender){.kind = 0};
    if (to != NULL && !content_country(str_from(to), country))
        return complain(in, EXIT_USAGE, "--country '%s' is no country's code, such as GB", to);
    if (name == NULL) return EXIT_DONE;
    if (!alpha_is_name(str_from(name)) || str_copy(str_from(name), from->address, sizeof from->address) != ERR_OK)
        return complain(in, EXIT_USAGE, "--from '%s' is no alphanumeric sender: 1 to 11 letters and digits", name);
    from->kind = SENDER_ALPHA;
    return EXIT_DONE;
}

static int read_text(struct invocation *in, struct buf *out)
{
    char chunk[4096];
    size_t n;

    if (in->count > 0 && strcmp(in->arguments[0], "-") != 0) buf_add_text(out, in->arguments[0]);
    else
        while ((n = fread(chunk, 1, sizeof chunk, stdin)) > 0) buf_add(out, (struct str){chunk, n});
    if (buf_check(out) != ERR_OK) return complain(in, EXIT_REFUSED, "the text is longer than %d bytes", TEXT_BYTES_MAX);
    return EXIT_DONE;
}

static void print_text(struct str text, const struct content_report *r)
{
    (void)printf("%s\n", content_severity_name(r->worst));
    for (size_t i = 0; i < r->count; i++) {
        const struct content_finding *f = &r->findings[i];
        struct str words = content_words_of(f, text, 120);
        (void)printf("  %-5s %s", content_severity_name(f->severity), f->rule->title);
        if (words.len > 0) (void)printf(": \"" STR_FMT "\" (byte %u)", STR_ARG(words), f->offset);
        (void)printf("\n        %s\n        rule %s, %s, since %s\n", f->rule->fix, f->rule->id, f->rule->source,
                     f->rule->since);
    }
}

static const struct column FINDING_COLUMNS[] = {{"severity", "severity"}, {"rule", "rule"}, {"words", "words"},
                                                {"byte", "offset"},       {"fix", "fix"}};

/* With --program the server judges, which knows what the program is registered for. */
static int ask_server(struct invocation *in, struct str text)
{
    json_t *answer = NULL, *body = json_pack("{s:s%, s:b}", "text", text.at, text.len, "template", 1);
    struct client c;
    int code = body == NULL ? complain(in, EXIT_USAGE, "the text is not UTF-8") : client_open(&c, in);

    if (code == EXIT_DONE) {
        put_flag(body, "program", in, "program");
        put_flag(body, "kind", in, "kind");
        put_flag(body, "country", in, "country");
        put_flag(body, "from", in, "from");
        code = client_call(&c, "POST", "/v1/content/check", body, &answer);
        client_close(&c);
    }
    if (code == EXIT_DONE && in->json) print_json(answer);
    if (code == EXIT_DONE && !in->json) {
        (void)printf("%s\n", json_text_at(answer, "verdict"));
        print_table(json_object_get(answer, "findings"), FINDING_COLUMNS, COUNT(FINDING_COLUMNS));
    }
    if (code == EXIT_DONE && strcmp(json_text_at(answer, "verdict"), "block") == 0) code = EXIT_REFUSED;
    json_decref(answer);
    json_decref(body);
    return code;
}

static int print_json_text(struct str text, const struct content_report *r)
{
    struct buf out;
    json_t *root;

    buf_init(&out, 1 << 20);
    buf_add_text(&out, "{");
    content_members(&out, text, r);
    buf_add_text(&out, "}");
    root = json_loadb(buf_str(&out).at, buf_str(&out).len, 0, NULL);
    buf_free(&out);
    if (root == NULL) return EXIT_FAILED;
    print_json(root);
    json_decref(root);
    return EXIT_DONE;
}

static int content_verb(struct invocation *in)
{
    struct content_report report;
    struct content_case facts;
    struct sender from;
    char country[3];
    struct buf text;
    int code = read_case(in, &facts);

    buf_init(&text, TEXT_BYTES_MAX);
    if (code == EXIT_DONE) code = read_route(in, country, &from);
    if (code == EXIT_DONE) code = read_text(in, &text);
    if (code == EXIT_DONE && flag_given(in, "program")) code = ask_server(in, buf_str(&text));
    else if (code == EXIT_DONE) {
        content_hear(buf_str(&text), &facts, country, from.kind == 0 ? NULL : &from, &report);
        if (in->json) code = print_json_text(buf_str(&text), &report);
        else print_text(buf_str(&text), &report);
        if (code == EXIT_DONE && report.worst == CONTENT_BLOCK) code = EXIT_REFUSED;
    }
    buf_free(&text);
    return code;
}

const struct verb VERB_CONTENT_CHECK = {
    "content check",
    "[TEXT|-]",
    "say what carriers and the law would not let pass in a text",
    VERB_JSON | VERB_SERVER,
    0,
    1,
    CHECK_FLAGS,
    COUNT(CHECK_FLAGS),
    "The text may be a template with {{fields}}. Needs no server, but for --program. Exit 4 if it would be blocked. docs/content.md explains the rules.",
    content_verb};
