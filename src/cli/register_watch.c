/* register status and watch: where a registration stands, and following it until a person is needed or it is done. */
#include "cli/register.h"

#include "cli/output.h"
#include "rules/playbook.h"

#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
enum { POLL_MS = 500 };

static const struct column COLUMNS[] = {{"id", "id"},
                                        {"kind", "kind"},
                                        {"state", "state"},
                                        {"why", "why"},
                                        {"code", "code"},
                                        {"brand score", "brand_score"},
                                        {"identity", "identity"},
                                        {"brand resubmitted", "brand_resubmissions"},
                                        {"campaign resubmitted", "campaign_resubmissions"},
                                        {"next look", "next_look_at"},
                                        {"begun", "created_at"},
                                        {"changed", "updated_at"}};
static const struct column STEP_COLUMNS[] = {{"step", "step"}, {"state", "state"}, {"sid", "sid"}, {"at", "at"}};
static const struct column NUMBER_COLUMNS[] = {{"number", "number"}, {"sid", "sid"}, {"attached", "attached"},
                                               {"registered", "registered"}, {"refused", "refused"}};

static bool is_in(json_t *registration, const char *state)
{
    return strcmp(json_text_at(registration, "state"), state) == 0;
}

static json_t *step_of(json_t *registration, const char *name)
{
    size_t at;
    json_t *step;

    json_array_foreach(json_object_get(registration, "steps"), at, step)
        if (strcmp(json_text_at(step, "step"), name) == 0) return step;
    return NULL;
}

/* What was wrong, which fields to change, how it is sent again and at what cost: as the server tells it. */
static void print_rejection(int64_t code, json_t *refusal)
{
    json_t *fields = json_object_get(refusal, "fields"), *one;
    size_t at;

    (void)printf("\n%" PRId64 ": %s\n%s\n%s\n", code, json_text_at(refusal, "title"), json_text_at(refusal, "why"),
                 json_text_at(refusal, "fix"));
    json_array_foreach(fields, at, one) (void)printf("%s%s", at == 0 ? "fields: " : ", ", json_string_value(one));
    if (json_array_size(fields) > 0) (void)putchar('\n');
    (void)printf("sent again: %s\ncosts: %s\n", json_text_at(refusal, "resubmit"), json_text_at(refusal, "fee"));
}

/* The reason stands above; this is what Twilio's code means and which way it goes on. */
static void print_refusal(json_t *registration)
{
    int64_t code = json_int_at(registration, "code");
    const struct playbook_entry *e = playbook_get(code);
    json_t *refusal = json_object_get(registration, "refusal");

    if (json_is_object(refusal)) print_rejection(code, refusal);
    else if (code != 0 && playbook_knows(code)) {
        (void)printf("\n%" PRId64 ": %s\n", code, e->title);
        if (e->explanation[0] != '\0') (void)puts(e->explanation);
        if (e->remedy[0] != '\0') (void)puts(e->remedy);
    }
    (void)printf("\nWhat to do: mend it and submit it again, with\n"
                 "  sterling register fix %s FIELD=VALUE … --resubmit\n",
                 json_text_at(registration, "id"));
}

/* What a reviewer would say to its pages, read before a fee. */
static void print_website(json_t *website)
{
    json_t *findings = json_object_get(website, "findings"), *one;
    size_t at;

    if (!json_is_object(website)) return;
    if (strcmp(json_text_at(website, "state"), "read") != 0) (void)puts("\nwebsite: passed over");
    else (void)printf("\nwebsite: %s (%" PRId64 " pages read at %s)\n", json_text_at(website, "verdict"),
                      json_int_at(website, "pages"), json_text_at(website, "read_at"));
    json_array_foreach(findings, at, one)
        (void)printf("  %-5s %s: %s (refusal %" PRId64 ")\n        %s\n        %s\n", json_text_at(one, "severity"),
                     json_text_at(one, "field"), json_text_at(one, "why"), json_int_at(one, "code"),
                     json_text_at(one, "words"), json_text_at(one, "fix"));
}

static void put_money(const json_t *fees, const char *name, const char *after)
{
    char text[32];

    format_money((int64_t)json_integer_value(json_object_get(fees, name)), text);
    (void)printf("%s%s", text, after);
}

void register_print_fees(json_t *fees)
{
    json_t *items = json_object_get(fees, "items"), *one;
    size_t at;

    if (!json_is_object(fees)) return;
    (void)printf("\nfees: ");
    put_money(fees, "expected_micros", " once and ");
    put_money(fees, "month_micros", " a month; so far ");
    put_money(fees, "counted_micros", " and ");
    put_money(fees, "month_counted_micros", " a month\n");
    json_array_foreach(items, at, one) {
        (void)printf("  %-42s %" PRId64 " x ", json_text_at(one, "what"), json_int_at(one, "expected"));
        if (json_is_integer(json_object_get(one, "each_micros"))) put_money(one, "each_micros", "");
        else (void)printf("(not in the price table)");
        (void)puts(json_is_true(json_object_get(one, "monthly")) ? " a month" : "");
    }
}

void register_print(json_t *registration)
{
    json_t *numbers = json_object_get(registration, "numbers");

    print_object(registration, COLUMNS, COUNT(COLUMNS));
    if (json_array_size(json_object_get(registration, "steps")) > 0) {
        (void)putchar('\n');
        print_table(json_object_get(registration, "steps"), STEP_COLUMNS, COUNT(STEP_COLUMNS));
    }
    if (json_array_size(numbers) > 0) {
        (void)putchar('\n');
        print_table(numbers, NUMBER_COLUMNS, COUNT(NUMBER_COLUMNS));
    }
    print_website(json_object_get(registration, "website"));
    register_print_fees(json_object_get(registration, "fees"));
    if (is_in(registration, "action")) print_refusal(registration);
    if (is_in(registration, "draft"))
        (void)printf("\nWhat to do: complete it and submit it, with\n"
                     "  sterling register fix %s FIELD=VALUE … --resubmit\n",
                     json_text_at(registration, "id"));
}

static int register_status(struct invocation *in)
{
    struct client c;
    json_t *registration = NULL;
    int code = client_open(&c, in);

    if (code != EXIT_DONE) return code;
    code = register_call(&c, "GET", in->arguments[0], "", NULL, &registration);
    if (code == EXIT_DONE && in->json) print_json(registration);
    if (code == EXIT_DONE && !in->json) register_print(registration);
    json_decref(registration);
    client_close(&c);
    return code;
}

/* ---- watch ---- */

/* What changed since the last look: steps that were done, and the state with its reason. */
static void print_news(json_t *before, json_t *now)
{
    size_t at;
    json_t *step;

    json_array_foreach(json_object_get(now, "steps"), at, step) {
        if (strcmp(json_text_at(step, "state"), "done") != 0) continue;
        if (json_equal(step, step_of(before, json_text_at(step, "step")))) continue;
        (void)fprintf(stderr, "%s  %-26s %s\n", json_text_at(step, "at"), json_text_at(step, "step"),
                      json_text_at(step, "sid"));
    }
    if (!is_in(now, json_text_at(before, "state")) ||
        strcmp(json_text_at(now, "why"), json_text_at(before, "why")) != 0)
        (void)fprintf(stderr, "%s  %s%s%s\n", json_text_at(now, "updated_at"), json_text_at(now, "state"),
                      json_text_at(now, "why")[0] == '\0' ? "" : ": ", json_text_at(now, "why"));
}

/* Until it moves no further by itself; *now is its last state. */
static int follow(struct client *c, json_t **now)
{
    for (;;) {
        json_t *next = NULL;
        int code = register_call(c, "GET", c->in->arguments[0], "", NULL, &next);
        if (code != EXIT_DONE) return code;
        if (!c->in->json) print_news(*now, next);
        json_decref(*now);
        *now = next;
        if (!is_in(next, "running") && !is_in(next, "waiting")) return EXIT_DONE;
        (void)poll(NULL, 0, POLL_MS);
    }
}

static int register_watch(struct invocation *in)
{
    struct client c;
    json_t *registration = NULL;
    int code = client_open(&c, in);

    if (code != EXIT_DONE) return code;
    code = follow(&c, &registration);
    if (code == EXIT_DONE && in->json) print_json(registration);
    if (code == EXIT_DONE && !in->json) register_print(registration);
    /* A script goes on only with a program that may send. */
    if (code == EXIT_DONE && !is_in(registration, "approved")) code = EXIT_FAILED;
    json_decref(registration);
    client_close(&c);
    return code;
}

const struct verb VERB_REGISTER_STATUS = {
    "register status", "ID", "show a registration: its steps, what it waits for, what was refused and what to do",
    VERB_SERVER | VERB_JSON, 1, 1, NULL, 0, NULL, register_status};
const struct verb VERB_REGISTER_WATCH = {
    "register watch", "ID", "follow a registration until it is approved, or a person is needed", VERB_SERVER | VERB_JSON,
    1, 1, NULL, 0,
    "Prints each step as it is done. The exit code is 0 when it is approved, 1 when it is a draft, was refused (state\n"
    "action) or canceled. Reviews take days; it may be broken off and begun again at any time.",
    register_watch};
