/*
 * register: beginning registrations, mending what was refused, moving them along, listing. Showing and watching are in
 * register_watch.c, facts in register_facts.c.
 */
#include "cli/register.h"

#include "cli/output.h"
#include "rules/a2p_difference.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
enum { FACTS_BYTES_MAX = 1 << 20 };

int register_call(struct client *c, const char *method, const char *id, const char *tail, json_t *body,
                  json_t **answer)
{
    char *path = client_path_to("/v1/registrations/", id, tail);
    int code = client_call(c, method, path, body, answer);

    free(path);
    return code;
}

void register_put_unchecked(const struct invocation *in, json_t *body)
{
    if (flag_given(in, "unchecked")) (void)json_object_set_new(body, "unchecked", json_true());
}

static void print_registration(const struct invocation *in, json_t *registration)
{
    if (in->json) print_json(registration);
    else register_print(registration);
}

/* ---- start ---- */

static const struct flag START_FLAGS[] = {
    {"kind", "KIND", "standard, low_volume, sole_proprietor or toll_free", false},
    {"facts", "FILE", "Facts as a JSON object (- for standard input); words FIELD=VALUE go over it", false},
    {"program", "NAME", "The organization's program (its first)", false},
    {"draft", NULL, "Only store it: facts may be missing, nothing is asked of Twilio", false},
    REGISTER_UNCHECKED,
    {"id-only", NULL, "Print only the new id", false},
};

/* The words from the argument `first` on. */
static int take_words(struct invocation *in, int first, json_t *facts)
{
    int code = EXIT_DONE;

    for (int i = first; i < in->count && code == EXIT_DONE; i++)
        code = register_take_word(in, in->arguments[i], facts);
    return code;
}

static int start_facts(struct invocation *in, json_t *facts)
{
    const char *file = flag_value(in, "facts");
    int code = file == NULL ? EXIT_DONE : register_take_file(in, file, facts);

    if (code == EXIT_DONE) code = take_words(in, 0, facts);
    if (code == EXIT_DONE && json_object_size(facts) == 0)
        code = complain(in, EXIT_USAGE, "facts are missing: give --facts FILE, or words FIELD=VALUE");
    return code;
}

static json_t *start_body(struct invocation *in, json_t *facts)
{
    json_t *body = json_pack("{s:O, s:b}", "facts", facts, "start", !flag_given(in, "draft"));

    put_flag(body, "kind", in, "kind");
    put_flag(body, "program", in, "program");
    register_put_unchecked(in, body);
    return body;
}

static int start_now(struct invocation *in, json_t *facts)
{
    json_t *body = start_body(in, facts), *registration = NULL;
    struct client c;
    int code = client_open(&c, in);

    if (code == EXIT_DONE) {
        code = client_call(&c, "POST", "/v1/registrations", body, &registration);
        if (code == EXIT_DONE && flag_given(in, "id-only")) (void)puts(json_text_at(registration, "id"));
        else if (code == EXIT_DONE) print_registration(in, registration);
        json_decref(registration);
        client_close(&c);
    }
    json_decref(body);
    return code;
}

static int register_start(struct invocation *in)
{
    json_t *facts = json_object();
    int code;

    if (!flag_given(in, "kind"))
        code = complain(in, EXIT_USAGE, "--kind is missing: standard, low_volume, sole_proprietor or toll_free");
    else code = start_facts(in, facts);
    if (code == EXIT_DONE) code = start_now(in, facts);
    json_decref(facts);
    return code;
}

/* ---- fix ---- */

static bool read_facts(json_t *facts, struct arena *a, struct a2p_facts *out)
{
    char *text = json_dumps(facts, JSON_COMPACT);
    struct str copy = text == NULL ? (struct str){NULL, 0} : arena_str(a, str_from(text));
    bool fine = copy.at != NULL && a2p_facts_read(copy, a, out, NULL) == ERR_OK;

    free(text);
    return fine;
}

/* [{field, part, before, after}] of what the given facts change, as the server tells it; NULL: it does not read. */
static json_t *changes_of(json_t *registration, json_t *facts)
{
    struct a2p_facts before, given, after;
    struct arena arena;
    struct buf text;
    json_t *changes = NULL;

    arena_init(&arena, FACTS_BYTES_MAX);
    buf_init(&text, FACTS_BYTES_MAX);
    if (read_facts(json_object_get(registration, "facts"), &arena, &before) && read_facts(facts, &arena, &given)) {
        after = before;
        for (size_t i = 0; i < A2P_FIELDS; i++)
            if (given.at[i].at != NULL) after.at[i] = given.at[i];
        a2p_difference(&before, &after, &text);
        changes = json_loadb(buf_text(&text), text.len, 0, NULL);
    }
    buf_free(&text);
    arena_reset(&arena);
    return changes;
}

/* Whole texts below each other: in a table the difference of two long ones would be cut off. */
static void print_changes(json_t *changes)
{
    size_t at;
    json_t *one;

    json_array_foreach(changes, at, one)
        (void)printf("%s\n  before: %s\n  after:  %s\n", json_text_at(one, "field"), json_text_at(one, "before"),
                     json_text_at(one, "after"));
    if (json_array_size(changes) == 0) (void)puts("Nothing differs from what it has.");
}

/* What this submission costs, before it is made. */
static void tell_fee(json_t *registration)
{
    json_t *ahead = json_at(registration, "fees.ahead_micros");
    const char *rule = json_text_at(registration, "refusal.fee");
    char money[32];

    format_money((int64_t)json_integer_value(ahead), money);
    (void)fprintf(stderr, "Fees of this submission, in all: %s%s%s\n", json_is_integer(ahead) ? money : "not known",
                  rule[0] == '\0' ? "" : "; what was refused costs ", rule);
}

/* A draft is begun; what was refused is submitted again. *registration is replaced by what came of it. */
static int submit(struct client *c, json_t **registration)
{
    bool draft = strcmp(json_text_at(*registration, "state"), "draft") == 0;
    json_t *answer = NULL, *body = json_object();
    int code;

    if (!c->in->json) tell_fee(*registration);
    register_put_unchecked(c->in, body);
    code = register_call(c, "POST", c->in->arguments[0], draft ? "/start" : "/resubmit", body, &answer);
    json_decref(body);
    if (code != EXIT_DONE) return code;
    json_decref(*registration);
    *registration = answer;
    return EXIT_DONE;
}

static int patch(struct client *c, json_t *facts, json_t **registration)
{
    json_t *body = json_pack("{s:O}", "facts", facts), *answer = NULL;
    int code = register_call(c, "PATCH", c->in->arguments[0], "", body, &answer);

    json_decref(body);
    if (code != EXIT_DONE) return code;
    json_decref(*registration);
    *registration = answer;
    return EXIT_DONE;
}

static void print_fixed(struct invocation *in, json_t *changes, json_t *registration)
{
    json_t *whole = json_pack("{s:O, s:O}", "changes", changes, "registration", registration);

    if (in->json) print_json(whole);
    else (void)printf("state: %s\n", json_text_at(registration, "state"));
    if (!in->json && !flag_given(in, "resubmit"))
        (void)printf("Not submitted yet: sterling register resubmit %s\n", in->arguments[0]);
    json_decref(whole);
}

static int fix_now(struct invocation *in, json_t *facts)
{
    json_t *registration = NULL, *changes = NULL;
    struct client c;
    int code = client_open(&c, in);

    if (code != EXIT_DONE) return code;
    code = register_call(&c, "GET", in->arguments[0], "", NULL, &registration);
    if (code == EXIT_DONE && (changes = changes_of(registration, facts)) == NULL)
        code = complain(in, EXIT_FAILED, "the registration's facts do not read back");
    if (code == EXIT_DONE && !in->json) print_changes(changes);
    if (code == EXIT_DONE && json_array_size(changes) > 0) code = patch(&c, facts, &registration);
    if (code == EXIT_DONE && flag_given(in, "resubmit")) code = submit(&c, &registration);
    if (code == EXIT_DONE) print_fixed(in, changes, registration);
    json_decref(changes);
    json_decref(registration);
    client_close(&c);
    return code;
}

static int register_fix(struct invocation *in)
{
    json_t *facts = json_object();
    int code = take_words(in, 1, facts);

    if (code == EXIT_DONE) code = fix_now(in, facts);
    json_decref(facts);
    return code;
}

static int register_resubmit(struct invocation *in)
{
    json_t *registration = NULL;
    struct client c;
    int code = client_open(&c, in);

    if (code != EXIT_DONE) return code;
    code = register_call(&c, "GET", in->arguments[0], "", NULL, &registration);
    if (code == EXIT_DONE) code = submit(&c, &registration);
    if (code == EXIT_DONE) print_registration(in, registration);
    json_decref(registration);
    client_close(&c);
    return code;
}

/* ---- moving along, listing ---- */

static int move(struct invocation *in, const char *tail)
{
    static const struct column columns[] = {{"id", "id"}, {"state", "state"}, {"next look", "next_look_at"}};

    return call_on_argument(in, "POST", "/v1/registrations/", tail, NULL, columns, COUNT(columns));
}

static int register_passcode(struct invocation *in)
{
    return move(in, "/passcode");
}

static int register_look(struct invocation *in)
{
    return move(in, "/look");
}

static int register_cancel(struct invocation *in)
{
    return move(in, "/cancel");
}

static int register_list(struct invocation *in)
{
    static const struct column columns[] = {{"id", "id"},        {"kind", "kind"}, {"state", "state"},
                                            {"steps", "steps_done"}, {"code", "code"}, {"why", "why"},
                                            {"changed", "updated_at"}};

    return list_and_print(in, "/v1/registrations", columns, COUNT(columns));
}

static int register_notes(struct invocation *in)
{
    static const struct column columns[] = {{"at", "at"},   {"step", "step"}, {"outcome", "outcome"},
                                            {"sid", "sid"}, {"code", "code"}, {"words", "words"}};
    char *path = client_path_to("/v1/registrations/", in->arguments[0], "/notes");
    int code = list_and_print(in, path, columns, COUNT(columns));

    free(path);
    return code;
}

static const struct flag FIX_FLAGS[] = {{"resubmit", NULL, "And submit it again (a draft: for the first time)", false},
                                        REGISTER_UNCHECKED};
static const struct flag RESUBMIT_FLAGS[] = {REGISTER_UNCHECKED};

const struct verb VERB_REGISTER_START = {
    "register start", "[FIELD=VALUE]…", "register an organization's program for A2P 10DLC, or have a toll-free number verified", VERB_SERVER | VERB_JSON, 0,
    ARGUMENTS_MAX, START_FLAGS, COUNT(START_FLAGS),
    "Facts come from --facts and from words such as legal_name=\"Acme Dental LLC\"; `sterling register fields` lists\n"
    "them. The rest goes by itself, from the subaccount to numbers that may send: see register watch.",
    register_start};
const struct verb VERB_REGISTER_LIST = {
    "register list", "", "list an organization's registrations, newest first", VERB_SERVER | VERB_JSON, 0, 0,
    LIST_FLAGS, 1, NULL, register_list};
const struct verb VERB_REGISTER_FIX = {
    "register fix", "ID FIELD=VALUE…", "mend facts of a draft, or of what was refused", VERB_SERVER | VERB_JSON, 2,
    ARGUMENTS_MAX, FIX_FLAGS, COUNT(FIX_FLAGS),
    "Shows what differs, before and after. FIELD= without a value takes the fact away.", register_fix};
const struct verb VERB_REGISTER_RESUBMIT = {
    "register resubmit", "ID", "submit again what was refused, or a draft for the first time", VERB_SERVER | VERB_JSON,
    1, 1, RESUBMIT_FLAGS, COUNT(RESUBMIT_FLAGS), NULL, register_resubmit};
const struct verb VERB_REGISTER_PASSCODE = {
    "register passcode", "ID", "send the sole proprietor's passcode, or the public company's link, again", VERB_SERVER | VERB_JSON, 1, 1, NULL, 0,
    NULL, register_passcode};
const struct verb VERB_REGISTER_LOOK = {
    "register look", "ID", "look now at what others review", VERB_SERVER | VERB_JSON, 1, 1, NULL, 0, NULL,
    register_look};
const struct verb VERB_REGISTER_CANCEL = {
    "register cancel", "ID", "make nothing more; what was made at Twilio stays", VERB_SERVER | VERB_JSON, 1, 1, NULL, 0,
    NULL, register_cancel};
const struct verb VERB_REGISTER_NOTES = {
    "register notes", "ID", "list everything that happened to a registration, oldest first", VERB_SERVER | VERB_JSON, 1,
    1, LIST_FLAGS, 1, NULL, register_notes};
