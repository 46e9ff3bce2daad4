/* number_buy: numbers are bought once their price was told and agreed to. */
#include "cli/number.h"

#include "app/numbers.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
enum { POLL_MS = 200, COUNT_MAX = 100, WHY_BYTES = 1024 };

static const struct flag BUY_FLAGS[] = {
    NUMBER_WISH_FLAGS,
    {"count", "N", "So many, 1-100 (1)", false},
    {"plan", NULL, "As many as its brand wants: see number plan", false},
    {"per-minute", "N", "With --plan: for so many messages a minute", false},
    {"program", "NAME", "The organization's program (its first)", false},
    {"yes", NULL, "Do not ask whether it may cost that", false},
    {"no-wait", NULL, "Return when they are ordered", false},
};

static int quote(struct client *c, json_t **answer)
{
    const struct invocation *in = c->in;
    bool planned = flag_given(in, "plan");
    char count[16];
    char *path;
    int code;

    (void)snprintf(count, sizeof count, "%d", in->count);
    path = client_path("/v1/numbers/plan", "program", flag_value(in, "program"), "type", flag_value(in, "type"),
                       "messages_per_minute", planned ? flag_value(in, "per-minute") : NULL, "count",
                       planned ? NULL : in->count > 0 ? count : flag_value(in, "count") != NULL ?
                       flag_value(in, "count") : "1", NULL);
    code = client_call(c, "GET", path, NULL, answer);
    free(path);
    return code;
}

static void tell_reasons(const struct invocation *in, json_t *offer)
{
    json_t *reason;
    size_t i;

    if (!flag_given(in, "plan")) return;
    json_array_foreach(json_object_get(offer, "reasons"), i, reason)
        (void)fprintf(stderr, "- %s\n", json_string_value(reason));
}

/* EXIT_DONE: it may cost that. */
static int agree(const struct invocation *in, json_t *offer)
{
    char cost[32], answer[16] = "";

    format_money(json_int_at(offer, "monthly_cost_total_micros"), cost);
    tell_reasons(in, offer);
    (void)fprintf(stderr, "%lld %s number(s) cost %s a month\n", (long long)json_int_at(offer, "count"),
                  json_text_at(offer, "type"), cost);
    if (json_is_false(json_object_get(offer, "own_account")))
        (void)fputs("note: it has no Twilio account of its own: what it buys stays in the installation's. If it is to have one, "
                    "make it first (sterling account create SLUG)\n", stderr);
    if (flag_given(in, "yes")) return EXIT_DONE;
    if (!isatty(STDIN_FILENO)) return complain(in, EXIT_USAGE, "nothing was bought: agree to the cost with --yes");
    (void)fputs("Buy? [y/N] ", stderr);
    if (fgets(answer, sizeof answer, stdin) != NULL && (answer[0] == 'y' || answer[0] == 'Y')) return EXIT_DONE;
    return complain(in, EXIT_REFUSED, "nothing was bought");
}

static json_t *order_body(const struct invocation *in, json_t *offer, int *code)
{
    json_t *body = json_object(), *numbers = json_array();

    *code = number_put_wish(in, body);
    put_flag(body, "program", in, "program");
    for (int i = 0; i < in->count; i++) (void)json_array_append_new(numbers, json_string(in->arguments[i]));
    if (in->count > 0) (void)json_object_set(body, "numbers", numbers);
    else (void)json_object_set_new(body, "count", json_integer(json_int_at(offer, "count")));
    (void)json_object_set_new(body, "monthly_cost_max_micros",
                              json_integer(json_int_at(offer, "monthly_cost_total_micros")));
    json_decref(numbers);
    return body;
}

static bool is_open(json_t *number)
{
    const char *state = json_text_at(number, "state");
    return strcmp(state, "wanted") == 0 || strcmp(state, "buying") == 0 || strcmp(state, "setting_up") == 0;
}

/* What it waits for, as it is said anew: nothing happens while Twilio does not answer. */
static void tell_why(json_t *was, json_t *now)
{
    const char *number = json_text_at(now, "number");
    char why[WHY_BYTES];

    if (!is_open(now) || strcmp(json_text_at(now, "why"), json_text_at(was, "why")) == 0) return;
    (void)snprintf(why, sizeof why, "%s", json_text_at(now, "why"));
    text_make_plain(why);
    if (why[0] != '\0')
        (void)fprintf(stderr, "%s waits: %s\n", number[0] == '\0' ? json_text_at(now, "id") : number, why);
}

int number_wait(struct client *c, json_t *numbers)
{
    int code = EXIT_DONE;

    for (size_t i = 0; i < json_array_size(numbers) && code == EXIT_DONE;) {
        json_t *next = NULL;
        char *path;
        if (!is_open(json_array_get(numbers, i))) {
            i++;
            continue;
        }
        (void)poll(NULL, 0, POLL_MS);
        path = client_path_to("/v1/numbers/", json_text_at(json_array_get(numbers, i), "id"), "");
        code = client_call(c, "GET", path, NULL, &next);
        free(path);
        if (code != EXIT_DONE) break;
        tell_why(json_array_get(numbers, i), next);
        (void)json_array_set_new(numbers, i, next);
    }
    return code;
}

static int report(const struct invocation *in, json_t *answer)
{
    json_t *numbers = json_object_get(answer, "data"), *one;
    size_t i, failures = 0;

    if (in->json) print_json(answer);
    else print_table(numbers, NUMBER_COLUMNS, NUMBER_COLUMNS_COUNT);
    json_array_foreach(numbers, i, one) failures += strcmp(json_text_at(one, "state"), "failed") == 0;
    return failures == 0 ? EXIT_DONE : complain(in, EXIT_REFUSED, "%zu could not be bought", failures);
}

static int order(struct client *c, json_t *offer)
{
    json_t *answer = NULL, *body;
    int code;

    body = order_body(c->in, offer, &code);
    if (code == EXIT_DONE) code = client_call(c, "POST", "/v1/numbers", body, &answer);
    if (code == EXIT_DONE && !flag_given(c->in, "no-wait")) code = number_wait(c, json_object_get(answer, "data"));
    if (code == EXIT_DONE) code = report(c->in, answer);
    json_decref(answer);
    json_decref(body);
    return code;
}

/* What can be seen from here is wrong before it has a price. */
static int check_order(const struct invocation *in)
{
    const char *type = flag_value(in, "type"), *area = flag_value(in, "area-code");
    bool toll_free = type != NULL && strcmp(type, "toll_free") == 0;
    char number[20];

    for (int i = 0; i < in->count; i++) {
        if (!numbers_canonical(str_from(in->arguments[i]), "US", number) || number[0] != '+')
            return complain(in, EXIT_REFUSED, "'%s' is no number that can be bought: give one that a search offered, as "
                            "+14155552671", in->arguments[i]);
        if ((numbers_kind_of(str_from(number)) == OWNED_TOLL_FREE) != toll_free)
            return complain(in, EXIT_REFUSED, "%s is of another type: say --type toll_free of toll-free numbers, and of no "
                            "others", number);
    }
    if (area != NULL && (strlen(area) != 3 || strspn(area, "0123456789") != 3))
        return complain(in, EXIT_USAGE, "--area-code is three digits, as 415");
    return EXIT_DONE;
}

static int buy(struct invocation *in)
{
    json_t *offer = NULL;
    struct client c;
    int64_t ignored;
    int code;

    if (!flag_int(in, "count", 1, COUNT_MAX, 1, &ignored)) return EXIT_USAGE;
    if ((flag_given(in, "count") || in->count > 0) && flag_given(in, "plan"))
        return complain(in, EXIT_USAGE, "--plan tells how many: leave out --count and numbers");
    code = check_order(in);
    if (code == EXIT_DONE) code = client_open(&c, in);
    if (code != EXIT_DONE) return code;
    code = quote(&c, &offer);
    if (code == EXIT_DONE && json_int_at(offer, "count") == 0) {
        tell_reasons(in, offer);
        (void)fputs("nothing is to be bought\n", stderr);
    } else {
        if (code == EXIT_DONE) code = agree(in, offer);
        if (code == EXIT_DONE) code = order(&c, offer);
    }
    json_decref(offer);
    client_close(&c);
    return code;
}

const struct verb VERB_NUMBER_BUY = {
    "number buy", "[NUMBER]…", "buy numbers and make senders of them", VERB_SERVER | VERB_JSON, 0, COUNT_MAX, BUY_FLAGS,
    COUNT(BUY_FLAGS),
    "Numbers that a search offered, or --count of those that fit. What they cost a month is told first. Each is\n"
    "bought once, whatever happens meanwhile; its webhooks are set, and it joins the program's Messaging Service.",
    buy};
