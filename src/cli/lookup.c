/* lookup: what Twilio's Lookup says of a number, and of all numbers of a list. */
#include "cli/output.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
enum { POLL_MS = 200 };

static const struct flag LOOKUP_FLAGS[] = {
    {"verified-on", "DAY", "Ask, too, whether somebody else has it since that day, 2026-01-31 (US)", false},
};
static const struct flag HYGIENE_FLAGS[] = {
    {"limit", "N", "At most so many look-ups; what is known already costs nothing", false},
    {"no-wait", NULL, "Return when it is begun", false},
};

static int lookup(struct invocation *in)
{
    static const struct column columns[] = {{"number", "number"},         {"valid", "valid"},
                                            {"line", "line_type"},        {"carrier", "carrier"},
                                            {"reassigned", "reassigned"}, {"consent void", "consent_voided"},
                                            {"looked up", "looked_up_at"},
                                            {"known already", "cached"}};
    char *tail = client_path("", "verified_on", flag_value(in, "verified-on"), NULL);
    int code = tail == NULL ? complain(in, EXIT_FAILED, "out of memory")
                            : call_on_argument(in, "GET", "/v1/lookups/", tail, NULL, columns, COUNT(columns));
    free(tail);
    return code;
}

static int wait_for_walk(struct client *c, json_t **job)
{
    bool terminal = isatty(STDERR_FILENO);
    char path[200];
    int code = EXIT_DONE;
    (void)snprintf(path, sizeof path, "/v1/hygiene/%s", json_text_at(*job, "id"));
    while (code == EXIT_DONE && strcmp(json_text_at(*job, "state"), "running") == 0) {
        json_t *next = NULL;
        char walked[32];
        (void)poll(NULL, 0, POLL_MS);
        code = client_call(c, "GET", path, NULL, &next);
        if (code != EXIT_DONE) break;
        json_decref(*job);
        *job = next;
        format_count(json_int_at(*job, "contacts"), walked);
        if (terminal) (void)fprintf(stderr, "\rlooking up: %s contacts\033[K", walked);
    }
    if (terminal) (void)fputs("\r\033[K", stderr);
    return code;
}

static void print_walk(const struct invocation *in, json_t *job)
{
    static const struct column columns[] = {
        {"hygiene", "id"},       {"state", "state"},     {"contacts", "contacts"}, {"mobile", "mobile"},
        {"landline", "landline"}, {"voip", "voip"},      {"other", "other"},       {"invalid", "invalid"},
        {"unknown", "unknown"},  {"reassigned", "reassigned"}, {"looked up", "looked_up"},
        {"known already", "known_already"}};
    char cost[32];
    if (in->json) {
        print_json(job);
        return;
    }
    format_money(json_int_at(job, "cost_micros"), cost);
    print_object(job, columns, COUNT(columns));
    (void)printf("cost: %s\n", cost);
}

static int hygiene(struct invocation *in)
{
    json_t *body = json_object(), *job = NULL;
    const char *limit = flag_value(in, "limit");
    char *path = client_path_to("/v1/lists/", in->arguments[0], "/hygiene"), *end = NULL;
    long long most = limit == NULL ? 0 : strtoll(limit, &end, 10);
    struct client c;
    int code = EXIT_DONE;
    if (limit != NULL && (*end != '\0' || most < 1))
        code = complain(in, EXIT_USAGE, "--limit '%s' is no number above 0", limit);
    if (code == EXIT_DONE) code = client_open(&c, in);
    if (code == EXIT_DONE) {
        if (limit != NULL) (void)json_object_set_new(body, "limit", json_integer(most));
        code = client_call(&c, "POST", path, body, &job);
        if (code == EXIT_DONE && !flag_given(in, "no-wait")) code = wait_for_walk(&c, &job);
        if (code == EXIT_DONE) print_walk(in, job);
        if (code == EXIT_DONE && strcmp(json_text_at(job, "state"), "stopped") == 0)
            code = complain(in, EXIT_REFUSED, "%s", json_text_at(job, "why"));
        client_close(&c);
    }
    json_decref(job);
    json_decref(body);
    free(path);
    return code;
}

const struct verb VERB_LOOKUP = {
    "lookup", "NUMBER", "ask what kind of line a number is", VERB_SERVER | VERB_JSON, 1, 1, LOOKUP_FLAGS,
    COUNT(LOOKUP_FLAGS),
    "Twilio's Lookup is asked, and paid, once in lookup.keep_days; each organization has so many look-ups a month\n"
    "(lookup.month_max). Landlines and numbers that nobody can have get no texts from then on.",
    lookup};
const struct verb VERB_CONTACTS_HYGIENE = {
    "contacts hygiene", "LIST", "look up all numbers of a list", VERB_SERVER | VERB_JSON, 1, 1, HYGIENE_FLAGS,
    COUNT(HYGIENE_FLAGS),
    "Finds landlines, numbers that nobody can have, and carriers. It goes on in the background, also after a restart;\n"
    "begun again it asks only for what is not known. With the setting lookup.reassigned it asks, too, whether a number was\n"
    "given to somebody else since its consent.",
    hygiene};
