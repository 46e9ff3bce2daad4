/* number: finding, listing, adopting, recording, quarantining and releasing numbers. Buying is in number_buy.c. */
#include "cli/number.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

const struct column NUMBER_COLUMNS[NUMBER_COLUMNS_COUNT] = {
    {"id", "id"},   {"number", "number"},   {"kind", "kind"},         {"state", "state"},
    {"why", "why"}, {"program", "program"}, {"until", "quarantined_until"}, {"notes", "notes"}};

/* ---- what is looked for ---- */

static bool put_near(const struct invocation *in, json_t *body)
{
    const char *near = flag_value(in, "near");
    int64_t miles;

    if (near != NULL)
        (void)json_object_set_new(body, strchr(near, ',') != NULL ? "near_lat_long" : "near_number", json_string(near));
    if (!flag_int(in, "distance", 1, 500, 0, &miles)) return false;
    if (miles > 0) (void)json_object_set_new(body, "distance_miles", json_integer(miles));
    return true;
}

int number_put_wish(const struct invocation *in, json_t *body)
{
    put_flag(body, "country", in, "country");
    put_flag(body, "type", in, "type");
    put_flag(body, "area_code", in, "area-code");
    put_flag(body, "contains", in, "contains");
    put_flag(body, "region", in, "region");
    put_flag(body, "locality", in, "locality");
    put_flag(body, "postal_code", in, "postal-code");
    if (flag_given(in, "mms")) (void)json_object_set_new(body, "mms", json_true());
    if (flag_given(in, "voice")) (void)json_object_set_new(body, "voice", json_true());
    return put_near(in, body) ? EXIT_DONE : EXIT_USAGE;
}

static const struct flag SEARCH_FLAGS[] = {NUMBER_WISH_FLAGS, {"limit", "N", "At most so many, 1-50 (20)", false}};

static const char *text_or_null(json_t *body, const char *name)
{
    return json_string_value(json_object_get(body, name));
}

static char *search_path(json_t *w, const char *miles, const char *limit)
{
    bool mms = json_is_true(json_object_get(w, "mms")), voice = json_is_true(json_object_get(w, "voice"));

    return client_path("/v1/numbers/available", "country", text_or_null(w, "country"), "type", text_or_null(w, "type"),
                       "area_code", text_or_null(w, "area_code"), "contains", text_or_null(w, "contains"), "region",
                       text_or_null(w, "region"), "locality", text_or_null(w, "locality"), "postal_code",
                       text_or_null(w, "postal_code"), "near_number", text_or_null(w, "near_number"), "near_lat_long",
                       text_or_null(w, "near_lat_long"), "distance_miles", miles, "limit", limit, "mms",
                       mms ? "true" : NULL, "voice", voice ? "true" : NULL, NULL);
}

static void print_offers(const struct invocation *in, json_t *answer)
{
    static const struct column columns[] = {{"number", "number"},     {"place", "locality"},
                                            {"region", "region"},     {"mms", "mms"},
                                            {"voice", "voice"},       {"address needed", "address_requirements"}};
    char price[32];

    if (in->json) {
        print_json(answer);
        return;
    }
    format_money(json_int_at(answer, "monthly_cost_micros"), price);
    print_table(json_object_get(answer, "data"), columns, COUNT(columns));
    (void)printf("%s a month each\n", price);
}

static int search(struct invocation *in)
{
    json_t *wish = json_object(), *answer = NULL;
    struct client c;
    char *path = NULL;
    int code = number_put_wish(in, wish);

    if (code == EXIT_DONE) code = client_open(&c, in);
    if (code == EXIT_DONE) {
        path = search_path(wish, flag_value(in, "distance"), flag_value(in, "limit"));
        code = client_call(&c, "GET", path, NULL, &answer);
        if (code == EXIT_DONE) print_offers(in, answer);
        client_close(&c);
    }
    free(path);
    json_decref(answer);
    json_decref(wish);
    return code;
}

/* ---- what there is ---- */

static int list(struct invocation *in)
{
    return list_and_print(in, "/v1/numbers", NUMBER_COLUMNS, NUMBER_COLUMNS_COUNT);
}

static const struct column SHOW_COLUMNS[] = {
    {"id", "id"},           {"number", "number"}, {"kind", "kind"},         {"state", "state"},
    {"why", "why"},         {"program", "program"}, {"sid", "sid"},         {"bought", "bought"},
    {"leased since", "leased_since"}, {"quarantined until", "quarantined_until"}, {"notes", "notes"}};

static int act(struct invocation *in, const char *method, const char *tail, json_t *body)
{
    return call_on_argument(in, method, "/v1/numbers/", tail, body, SHOW_COLUMNS, COUNT(SHOW_COLUMNS));
}

static int show(struct invocation *in)
{
    return act(in, "GET", "", NULL);
}

/* *number is what became of it. */
static int adopt_it(struct client *c, json_t *body, json_t **number)
{
    json_t *all;
    int code = client_call(c, "POST", "/v1/numbers/adopt", body, number);

    if (code != EXIT_DONE || flag_given(c->in, "no-wait")) return code;
    all = json_pack("[O]", *number);
    code = number_wait(c, all);
    json_decref(*number);
    *number = json_incref(json_array_get(all, 0));
    json_decref(all);
    return code;
}

static int adopt(struct invocation *in)
{
    json_t *body = json_pack("{s:s}", "number", in->arguments[0]), *number = NULL;
    struct client c;
    int code;

    put_flag(body, "program", in, "program");
    code = client_open(&c, in);
    if (code == EXIT_DONE) {
        code = adopt_it(&c, body, &number);
        if (code == EXIT_DONE && in->json) print_json(number);
        else if (code == EXIT_DONE) print_object(number, SHOW_COLUMNS, COUNT(SHOW_COLUMNS));
        if (code == EXIT_DONE && strcmp(json_text_at(number, "state"), "failed") == 0)
            code = complain(in, EXIT_REFUSED, "it was not adopted: %s", json_text_at(number, "why"));
        client_close(&c);
    }
    json_decref(number);
    json_decref(body);
    return code;
}

static int record(struct invocation *in)
{
    json_t *body = json_pack("{s:s, s:b}", "number", in->arguments[0], "approved", !flag_given(in, "not-approved"));

    put_flag(body, "kind", in, "kind");
    put_flag(body, "program", in, "program");
    put_flag(body, "sid", in, "sid");
    put_flag(body, "notes", in, "notes");
    put_flag(body, "leased_since", in, "leased-since");
    return call_and_print(in, "POST", "/v1/numbers/records", body, SHOW_COLUMNS, COUNT(SHOW_COLUMNS));
}

static int quarantine(struct invocation *in)
{
    json_t *body = json_object();
    int64_t days;

    if (!flag_int(in, "days", 0, 3650, -1, &days)) {
        json_decref(body);
        return EXIT_USAGE;
    }
    if (days >= 0) (void)json_object_set_new(body, "days", json_integer(days));
    return act(in, "POST", "/quarantine", body);
}

static int restore(struct invocation *in)
{
    return act(in, "POST", "/restore", NULL);
}

static int release(struct invocation *in)
{
    return act(in, "POST", "/release", json_pack("{s:b}", "force", flag_given(in, "force")));
}

static int retry(struct invocation *in)
{
    return act(in, "POST", "/retry", NULL);
}

static int note(struct invocation *in)
{
    return act(in, "PATCH", "", json_pack("{s:s}", "notes", in->arguments[1]));
}

/* ---- planning ---- */

static const struct flag PLAN_FLAGS[] = {
    {"program", "NAME", "The organization's program (its first)", false},
    {"type", "TYPE", "local or toll_free (local)", false},
    {"per-minute", "N", "For so many messages a minute (all that its brand may send)", false},
};

static void print_plan(const struct invocation *in, json_t *answer)
{
    static const struct column columns[] = {{"messages a minute", "messages_per_minute"}, {"numbers wanted", "wanted"},
                                            {"to buy", "to_buy"}};
    json_t *reason;
    size_t i;
    char cost[32];

    if (in->json) {
        print_json(answer);
        return;
    }
    format_money(json_int_at(answer, "monthly_cost_total_micros"), cost);
    print_object(answer, columns, COUNT(columns));
    (void)printf("cost: %s a month\n", cost);
    json_array_foreach(json_object_get(answer, "reasons"), i, reason) (void)printf("- %s\n", json_string_value(reason));
}

static int plan(struct invocation *in)
{
    char *path = client_path("/v1/numbers/plan", "program", flag_value(in, "program"), "type", flag_value(in, "type"),
                             "messages_per_minute", flag_value(in, "per-minute"), NULL);
    json_t *answer = NULL;
    struct client c;
    int code = client_open(&c, in);

    if (code == EXIT_DONE) {
        code = client_call(&c, "GET", path, NULL, &answer);
        if (code == EXIT_DONE) print_plan(in, answer);
        client_close(&c);
    }
    json_decref(answer);
    free(path);
    return code;
}

static const struct flag ADOPT_FLAGS[] = {{"program", "NAME", "The organization's program (its first)", false},
                                          {"no-wait", NULL, "Return when it is stored", false}};
static const struct flag RECORD_FLAGS[] = {
    {"kind", "KIND", "short_code or hosted", false},
    {"program", "NAME", "The organization's program (its first)", false},
    {"sid", "SID", "SC… or PN…, if Twilio has one", false},
    {"notes", "TEXT", "Whatever is to be remembered of it", false},
    {"leased-since", "TIME", "As 2026-01-31T00:00:00Z", false},
    {"not-approved", NULL, "It may not send yet", false},
};
static const struct flag QUARANTINE_FLAGS[] = {{"days", "N", "For so long (numbers.quarantine_days)", false}};
static const struct flag RELEASE_FLAGS[] = {
    {"force", NULL, "Although its quarantine is not over: whoever gets it next gets the answers", false}};

#define ONE VERB_SERVER | VERB_JSON, 1, 1
const struct verb VERB_NUMBER_SEARCH = {
    "number search", "", "search for numbers that could be bought", VERB_SERVER | VERB_JSON, 0, 0, SEARCH_FLAGS,
    COUNT(SEARCH_FLAGS), NULL, search};
const struct verb VERB_NUMBER_PLAN = {
    "number plan", "", "tell how many numbers a program wants, and why", VERB_SERVER | VERB_JSON, 0, 0, PLAN_FLAGS,
    COUNT(PLAN_FLAGS), NULL, plan};
const struct verb VERB_NUMBER_LIST = {
    "number list", "", "list an organization's numbers", VERB_SERVER | VERB_JSON, 0, 0, LIST_FLAGS, 1, NULL, list};
const struct verb VERB_NUMBER_SHOW = {"number show", "NUMBER|ID", "show one number", ONE, NULL, 0, NULL, show};
const struct verb VERB_NUMBER_ADOPT = {
    "number adopt", "NUMBER", "take in a number that is in the account at Twilio already", ONE, ADOPT_FLAGS, 2,
    "Its webhooks are set, it joins the program's Messaging Service, and is a sender from then on.", adopt};
const struct verb VERB_NUMBER_RECORD = {
    "number record", "NUMBER", "write down a short code or a hosted number", ONE, RECORD_FLAGS, COUNT(RECORD_FLAGS),
    "Twilio's API cannot lease these. A recorded one is a sender.", record};
const struct verb VERB_NUMBER_QUARANTINE = {
    "number quarantine", "NUMBER|ID", "send from a number no more, but keep and hear it", ONE, QUARANTINE_FLAGS, 1,
    "People who wrote to it may still write, and STOP still counts. Then it may be released.", quarantine};
const struct verb VERB_NUMBER_RESTORE = {
    "number restore", "NUMBER|ID", "send from a quarantined number again", ONE, NULL, 0, NULL, restore};
const struct verb VERB_NUMBER_RELEASE = {
    "number release", "NUMBER|ID", "give a quarantined number back to Twilio, for good", ONE, RELEASE_FLAGS, 1, NULL,
    release};
const struct verb VERB_NUMBER_RETRY = {
    "number retry", "ID", "try again what failed, or waits", ONE, NULL, 0, NULL, retry};
const struct verb VERB_NUMBER_NOTE = {
    "number note", "NUMBER|ID TEXT", "remember something about a number", VERB_SERVER | VERB_JSON, 2, 2, NULL, 0, NULL,
    note};
