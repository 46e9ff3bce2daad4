/* org, key, sender: verbs about who sends. */
#include "cli/output.h"
#include "rules/alpha.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

#define LIMIT_FLAG                                                                                           \
    {                                                                                                        \
        "limit", "N", "At most so many rows (all)", false                                                    \
    }

/* ---- organizations ---- */

enum { ORG_LIST_COLUMNS = 7 }; /* of these, in a list */
static const struct column ORG_COLUMNS[] = {{"slug", "slug"},
                                            {"name", "name"},
                                            {"state", "state"},
                                            {"account", "account_sid"},
                                            {"registration", "program.registration"},
                                            {"brand", "program.brand_type"},
                                            {"score", "program.brand_score"},
                                            {"inbound webhook", "webhooks.inbound"},
                                            {"fallback webhook", "webhooks.fallback"},
                                            {"service", "program.messaging_service_sid"},
                                            {"use case", "program.use_case"},
                                            {"brand name", "program.brand_name"},
                                            {"region", "region"},
                                            {"countries", "countries"},
                                            {"help text", "help_text"},
                                            {"words for STOP", "opt_out_words"}};

static const struct flag ORG_FLAGS[] = {
    {"name", "NAME", "Name for people", false},
    {"account-sid", "AC…", "Its Twilio subaccount; none: the installation's account", false},
    {"auth-token", "TOKEN",
     "That account's auth token; sealed at rest. Better in STERLING_ORG_AUTH_TOKEN, with --account-sid", false},
    {"service", "MG…", "Messaging Service of its program", false},
    {"registration", "STATE", "none, pending, approved or suspended", false},
    {"brand", "TYPE", "none, standard, low_volume or sole_proprietor", false},
    {"score", "N", "Brand score 0-100: sets the tier and the carriers' limits", false},
    {"use-case", "CASE", "MARKETING, MIXED, LOW_VOLUME, …", false},
    {"brand-name", "NAME", "What recipients know it by (its name)", false},
    {"program-help-text", "TEXT", "Answer to HELP to the program's senders (--help-text)", false},
    {"automated-hours", "FOR", "Hours that some states set for automated devices count: off, marketing or all", false},
    {"age-gated", "YES|NO", "Recipients gave a date of birth and are of age: alcohol may be written about", false},
    {"direct-lending", "YES|NO", "It lends itself, and is registered so", false},
    {"region", "CC", "Default region of its numbers (US)", false},
    {"share", "N", "Weight in fair sharing, 1-1000 (100)", false},
    {"spend-cap", "DOLLARS", "Spending cap a calendar month; 0: none", false},
    {"frequency-cap", "N", "At most so many marketing messages to one person, 0-16; 0: only what laws say", false},
    {"frequency-hours", "HOURS", "… in so many hours, 1-720", false},
    {"countries", "CODES", "Where it may send besides the US, Canada and its region, as in \"GB FR\"; *: anywhere", false},
    {"help-text", "TEXT", "Answer to HELP", false},
    {"opt-out-words", "WORDS", "Its own words for STOP, commas between", false},
    {"state", "STATE", "active or suspended (update only)", false},
};

static bool put_numbers(struct invocation *in, json_t *body, json_t *program)
{
    int64_t number;
    const char *cap = flag_value(in, "spend-cap");
    char *end = NULL;
    double dollars = cap == NULL ? 0 : strtod(cap, &end);

    if (!flag_int(in, "score", 0, 100, -1, &number)) return false;
    if (number >= 0) (void)json_object_set_new(program, "brand_score", json_integer(number));
    if (!flag_int(in, "share", 1, 1000, 0, &number)) return false;
    if (number > 0) (void)json_object_set_new(body, "share", json_integer(number));
    if (!flag_int(in, "frequency-cap", 0, 16, -1, &number)) return false;
    if (number >= 0) (void)json_object_set_new(body, "frequency_cap", json_integer(number));
    if (!flag_int(in, "frequency-hours", 1, 720, 0, &number)) return false;
    if (number > 0) (void)json_object_set_new(body, "frequency_hours", json_integer(number));
    if (cap != NULL && (end == cap || *end != '\0' || !(dollars >= 0 && dollars < 1e9))) {
        complain(in, EXIT_USAGE, "--spend-cap: '%s' is not an amount in dollars", cap);
        return false;
    }
    if (cap != NULL)
        (void)json_object_set_new(body, "spend_cap_micros", json_integer((json_int_t)(dollars * 1e6 + 0.5)));
    return true;
}

/* What the flags say of an organization; NULL after a complaint. */
static bool put_yes(struct invocation *in, json_t *object, const char *name, const char *flag)
{
    static const char *const words[] = {"yes", "no", "true", "false"};
    const char *value = flag_value(in, flag);

    if (value == NULL) return true;
    for (size_t i = 0; i < COUNT(words); i++) {
        if (strcasecmp(value, words[i]) != 0) continue;
        (void)json_object_set_new(object, name, json_boolean(i % 2 == 0));
        return true;
    }
    complain(in, EXIT_USAGE, "--%s is yes or no, not \"%s\"", flag, value);
    return false;
}

static json_t *org_body(struct invocation *in)
{
    json_t *body = json_object(), *program = json_object();
    const char *token = getenv("STERLING_ORG_AUTH_TOKEN");

    put_flag(body, "name", in, "name");
    put_flag(body, "account_sid", in, "account-sid");
    /* An exported one is no other organization's. */
    if (token != NULL && flag_given(in, "account-sid"))
        (void)json_object_set_new(body, "auth_token", json_string(token));
    else if (token != NULL)
        (void)fputs("note: STERLING_ORG_AUTH_TOKEN is not looked at: it goes with --account-sid\n", stderr);
    put_flag(body, "auth_token", in, "auth-token");
    put_flag(body, "region", in, "region");
    put_flag(body, "countries", in, "countries");
    put_flag(body, "help_text", in, "help-text");
    put_flag(body, "opt_out_words", in, "opt-out-words");
    put_flag(body, "state", in, "state");
    put_flag(program, "messaging_service_sid", in, "service");
    put_flag(program, "registration", in, "registration");
    put_flag(program, "brand_type", in, "brand");
    put_flag(program, "use_case", in, "use-case");
    put_flag(program, "brand_name", in, "brand-name");
    put_flag(program, "automated_hours", in, "automated-hours");
    put_flag(program, "help_text", in, "program-help-text");
    if (!put_numbers(in, body, program) || !put_yes(in, program, "age_gated", "age-gated") ||
        !put_yes(in, program, "direct_lending", "direct-lending")) {
        json_decref(program);
        json_decref(body);
        return NULL;
    }
    if (json_object_size(program) > 0)
        (void)json_object_set_new(body, "program", program);
    else
        json_decref(program);
    return body;
}

static int org_create(struct invocation *in)
{
    json_t *body = org_body(in);
    if (body == NULL) return EXIT_USAGE;
    (void)json_object_set_new(body, "slug", json_string(in->arguments[0]));
    if (!flag_given(in, "name")) (void)json_object_set_new(body, "name", json_string(in->arguments[0]));
    return call_and_print(in, "POST", "/v1/organizations", body, ORG_COLUMNS, COUNT(ORG_COLUMNS));
}

static int org_at(struct invocation *in, const char *method, json_t *body)
{
    return call_on_argument(in, method, "/v1/organizations/", "", body, ORG_COLUMNS, COUNT(ORG_COLUMNS));
}

static int org_update(struct invocation *in)
{
    json_t *body = org_body(in);
    if (body == NULL) return EXIT_USAGE;
    if (json_object_size(body) > 0) return org_at(in, "PATCH", body);
    json_decref(body);
    return complain(in, EXIT_USAGE, "nothing is given that is to change");
}

static int org_show(struct invocation *in)
{
    return org_at(in, "GET", NULL);
}

static int org_list(struct invocation *in)
{
    return list_and_print(in, "/v1/organizations", ORG_COLUMNS, ORG_LIST_COLUMNS);
}

const struct verb VERB_ORG_CREATE = {"org create",
                                     "SLUG",
                                     "create an organization (a tenant)",
                                     VERB_SERVER | VERB_JSON,
                                     1,
                                     1,
                                     ORG_FLAGS,
                                     COUNT(ORG_FLAGS),
                                     NULL,
                                     org_create};
const struct verb VERB_ORG_UPDATE = {
    "org update",
    "SLUG",
    "change an organization",
    VERB_SERVER | VERB_JSON,
    1,
    1,
    ORG_FLAGS,
    COUNT(ORG_FLAGS),
    "Only what is given changes. --registration, --brand and --score set the limits at once.",
    org_update};
const struct verb VERB_ORG_SHOW = {
    "org show", "SLUG",  "show an organization and its webhook URLs", VERB_SERVER | VERB_JSON, 1, 1, NULL, 0,
    NULL,       org_show};
const struct verb VERB_ORG_LIST = {
    "org list", "", "list organizations", VERB_SERVER | VERB_JSON, 0, 0, LIST_FLAGS, 1, NULL, org_list};

/* ---- keys ---- */

static const struct column KEY_COLUMNS[] = {{"id", "id"},
                                            {"name", "name"},
                                            {"hint", "hint"},
                                            {"scopes", "scopes"},
                                            {"created", "created_at"},
                                            {"expires", "expires_at"},
                                            {"revoked", "revoked_at"}};
static const struct column NEW_KEY_COLUMNS[] = {{"id", "id"},
                                                {"name", "name"},
                                                {"scopes", "scopes"},
                                                {"expires", "expires_at"},
                                                {"secret (shown once)", "secret"}};
static const struct flag KEY_FLAGS[] = {
    {"scopes", "LIST", "Comma-separated: read, send, manage (read,send)", false},
    {"expires", "TIME", "When it ends, RFC 3339", false},
};

static int key_create(struct invocation *in)
{
    struct str rest = str_from(flag_given(in, "scopes") ? flag_value(in, "scopes") : "read,send"), one;
    json_t *scopes = json_array(), *body;
    while (rest.len > 0) {
        rest = str_cut(rest, ',', &one);
        (void)json_array_append_new(scopes, json_stringn(str_trim(one).at, str_trim(one).len));
    }
    body = json_pack("{s:s, s:o}", "name", in->arguments[0], "scopes", scopes);
    put_flag(body, "expires_at", in, "expires");
    return call_and_print(in, "POST", "/v1/keys", body, NEW_KEY_COLUMNS, COUNT(NEW_KEY_COLUMNS));
}

static int key_list(struct invocation *in)
{
    return list_and_print(in, "/v1/keys", KEY_COLUMNS, COUNT(KEY_COLUMNS));
}

static int key_revoke(struct invocation *in)
{
    return call_on_argument(in, "DELETE", "/v1/keys/", "", NULL, NULL, 0);
}

const struct verb VERB_KEY_CREATE = {"key create",
                                     "NAME",
                                     "create an API key; its secret is shown once",
                                     VERB_SERVER | VERB_JSON,
                                     1,
                                     1,
                                     KEY_FLAGS,
                                     COUNT(KEY_FLAGS),
                                     NULL,
                                     key_create};
const struct verb VERB_KEY_LIST = {
    "key list", "", "list API keys", VERB_SERVER | VERB_JSON, 0, 0, LIST_FLAGS, 1, NULL, key_list};
const struct verb VERB_KEY_REVOKE = {
    "key revoke", "ID", "revoke an API key at once", VERB_SERVER, 1, 1, NULL, 0, NULL, key_revoke};

/* ---- senders ---- */

static const struct column SENDER_COLUMNS[] = {{"id", "id"},       {"address", "address"},   {"kind", "kind"},
                                               {"state", "state"}, {"verified", "verified"}, {"sid", "sid"},
                                               {"refused", "paused.code"}};
static const struct flag SENDER_ADD_FLAGS[] = {
    {"kind", "KIND", "long_code, toll_free, short_code or alpha (told from the address)", false},
    {"verified", NULL, "It is verified (toll-free) or approved (short code)", false},
    {"program", "NAME", "Its program (the organization's first)", false},
    {"sid", "SID", "Its SID at Twilio: PN…, SC… or AI…", false},
    {"registered", "COUNTRIES", "where an alphanumeric ID is registered, such as \"GB SG\"", false},
    {"file", "FILE", "Addresses from a file, one a line (- for standard input)", false},
};
static const struct flag SENDER_UPDATE_FLAGS[] = {
    {"state", "STATE", "active or held", false},
    {"verified", "YES|NO", "It is verified (toll-free) or approved (short code)", false},
    {"registered", "COUNTRIES", "where an alphanumeric ID is registered, such as \"GB SG\"", false},
};

static json_t *one_sender(struct invocation *in, const char *address)
{
    json_t *one = json_pack("{s:s}", "address", address);
    put_flag(one, "kind", in, "kind");
    put_flag(one, "program", in, "program");
    put_flag(one, "sid", in, "sid");
    put_flag(one, "registered", in, "registered");
    if (flag_given(in, "verified")) (void)json_object_set_new(one, "verified", json_true());
    return one;
}

static int read_addresses(struct invocation *in, const char *file, json_t *senders)
{
    char line[128];
    int code = EXIT_DONE, number = 0;
    FILE *from = strcmp(file, "-") == 0 ? stdin : fopen(file, "re");
    if (from == NULL) return complain(in, EXIT_FAILED, "%s: %m", file);
    while (fgets(line, sizeof line, from) != NULL && code == EXIT_DONE) {
        size_t at;
        number++;
        line[strcspn(line, "\r\n")] = '\0';
        if (!str_is_utf8(str_from(line), &at))
            code = complain(in, EXIT_REFUSED, "%s line %d is not UTF-8 at byte %zu", file, number, at + 1);
        else if (line[0] != '\0' && line[0] != '#')
            (void)json_array_append_new(senders, one_sender(in, line));
    }
    if (from != stdin) (void)fclose(from);
    return code;
}

/* A mistyped number is a name, which is another kind of sender. */
static void tell_names(const struct invocation *in)
{
    for (int i = 0; i < in->count; i++) {
        if (!alpha_is_name(str_from(in->arguments[i]))) continue;
        (void)fprintf(stderr, "note: '%s' is an alphanumeric sender: a name that is shown instead of a number. The US and "
                              "Canada take none, some\n      countries only once it is registered there (--registered); "
                              "nobody can answer it, so marketing needs another way out.%s\n", in->arguments[i],
                      alpha_is_generic(str_from(in->arguments[i]))
                          ? "\n      It says of nobody that it is they: operators refuse such names (30042)." : "");
    }
}

static int sender_add(struct invocation *in)
{
    json_t *senders = json_array();
    const char *file = flag_value(in, "file");
    int code = file == NULL ? EXIT_DONE : read_addresses(in, file, senders);

    for (int i = 0; i < in->count; i++)
        (void)json_array_append_new(senders, one_sender(in, in->arguments[i]));
    if (code == EXIT_DONE && json_array_size(senders) == 0)
        code = complain(in, EXIT_USAGE, "no address is given");
    if (code != EXIT_DONE) {
        json_decref(senders);
        return code;
    }
    (void)fprintf(stderr, "adding %zu\n", json_array_size(senders));
    tell_names(in);
    return call_and_print(in, "POST", "/v1/senders", json_pack("{s:o}", "senders", senders), NULL, 0);
}

static int sender_list(struct invocation *in)
{
    return list_and_print(in, "/v1/senders", SENDER_COLUMNS, COUNT(SENDER_COLUMNS));
}

static int sender_at(struct invocation *in, const char *method, json_t *body)
{
    return call_on_argument(in, method, "/v1/senders/", "", body, SENDER_COLUMNS, COUNT(SENDER_COLUMNS));
}

static int sender_update(struct invocation *in)
{
    json_t *body = json_object();
    put_flag(body, "state", in, "state");
    put_flag(body, "registered", in, "registered");
    if (!put_yes(in, body, "verified", "verified")) {
        json_decref(body);
        return EXIT_USAGE;
    }
    return sender_at(in, "PATCH", body);
}

/* To say that it is active is to say that what it waited for is mended. */
static int sender_release(struct invocation *in)
{
    return sender_at(in, "PATCH", json_pack("{s:s}", "state", "active"));
}

static int sender_remove(struct invocation *in)
{
    return sender_at(in, "DELETE", NULL);
}

const struct verb VERB_SENDER_ADD = {"sender add",
                                     "[ADDRESS]…",
                                     "add numbers, short codes or alphanumeric IDs",
                                     VERB_SERVER | VERB_JSON,
                                     0,
                                     ARGUMENTS_MAX,
                                     SENDER_ADD_FLAGS,
                                     COUNT(SENDER_ADD_FLAGS),
                                     NULL,
                                     sender_add};
const struct verb VERB_SENDER_LIST = {
    "sender list", "", "list senders", VERB_SERVER | VERB_JSON, 0, 0, LIST_FLAGS, 1, NULL, sender_list};
const struct verb VERB_SENDER_UPDATE = {"sender update",
                                        "NUMBER|ID",
                                        "hold a sender, or record its verification",
                                        VERB_SERVER | VERB_JSON,
                                        1,
                                        1,
                                        SENDER_UPDATE_FLAGS,
                                        COUNT(SENDER_UPDATE_FLAGS),
                                        NULL,
                                        sender_update};
const struct verb VERB_SENDER_RELEASE = {
    "sender release", "NUMBER|ID", "let a sender send again that Twilio refused, once that is mended", VERB_SERVER | VERB_JSON, 1, 1,
    NULL, 0,
    "Twilio refuses some senders for something that a person has to mend (21659: no number of the account). Such a sender\n"
    "waits, tries again every five minutes, and tells why under `paused` (sender list --json, and the event sender.paused).",
    sender_release};
const struct verb VERB_SENDER_REMOVE = {
    "sender remove", "NUMBER|ID", "remove a sender", VERB_SERVER, 1, 1, NULL, 0, NULL, sender_remove};
