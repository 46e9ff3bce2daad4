/* campaign show and watch: a live line of progress, and the report at the end. */
#include "cli/campaign.h"

#include "base/clock.h"
#include "base/rfc3339.h"
#include "cli/output.h"
#include "cli/words.h"

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
enum { POLL_MS = 500, BAR_CELLS = 24 };

static const char *const STATES[] = {"delivered", "sent",     "accepted", "undelivered", "failed", "blocked",
                                     "expired",   "canceled", "in_doubt", "held",        "armed",  "queued"};

static int64_t count_of(json_t *campaign, const char *state)
{
    return json_int_at(json_object_get(campaign, "counts"), state);
}

/* Everything that needs no more sending. */
static int64_t done_of(json_t *campaign)
{
    int64_t waiting = count_of(campaign, "queued") + count_of(campaign, "held") +
                      count_of(campaign, "armed") + count_of(campaign, "in_doubt");
    return json_int_at(campaign, "audience") - waiting;
}

static void print_bar(int64_t done, int64_t total, FILE *out)
{
    int full = total <= 0 ? 0 : (int)(done * BAR_CELLS / total);
    (void)fputc('[', out);
    for (int i = 0; i < BAR_CELLS; i++)
        (void)fputs(i < full ? "█" : "·", out);
    (void)fputc(']', out);
}

/* "  errors 30003 ×8, 30005 ×4": the commonest. A message that waits after one has not failed. */
static void print_failures(json_t *report, FILE *out)
{
    size_t at;
    json_t *one;
    int shown = 0;
    json_array_foreach(json_object_get(report, "by_error"), at, one)
    {
        if (shown++ == 3) break;
        (void)fprintf(out, "%s%" PRId64 " ×%" PRId64, shown > 1 ? ", " : "  errors ", json_int_at(one, "code"),
                      json_int_at(one, "count"));
    }
}

static double number_at(json_t *object, const char *path)
{
    json_t *value = json_at(object, path);
    return value == NULL ? 0 : json_number_value(value);
}

/* What any one second may see, and what can be kept up. */
static void print_allowed(double peak, double sustained)
{
    if (peak > 0) (void)fprintf(stderr, " of %.0f/s", peak);
    if (sustained > 0 && peak > sustained) (void)fprintf(stderr, " (%.0f over minutes)", sustained);
}

/* "2026-07-18T20:00:00.000Z" → "20:00Z", with its day if that is another than now's. */
static void print_until(const char *what, const char *at)
{
    char now[RFC3339_BYTES];
    struct clock clock;

    if (at[0] == '\0') return;
    clock_system(&clock);
    rfc3339_format(clock_wall_ms(&clock), now);
    if (strncmp(now, at, 10) == 0) (void)fprintf(stderr, "  %s %.5sZ", what, at + 11);
    else (void)fprintf(stderr, "  %s %.10s %.5sZ", what, at, at + 11);
}

/* Until when who waits may lawfully be written to; and when those may who wait for their morning. */
static void print_hours(json_t *report)
{
    json_t *hours = json_object_get(report, "hours");
    int64_t waiting = json_int_at(hours, "waiting");

    if (!json_is_object(hours)) return;
    print_until("lawful until", json_text_at(hours, "last_closes_at"));
    if (waiting == 0) return;
    (void)fprintf(stderr, "  %" PRId64 " in quiet hours", waiting);
    print_until("until", json_text_at(hours, "opens_at"));
}

static void print_line(json_t *report, bool terminal)
{
    json_t *campaign = json_object_get(report, "campaign");
    int64_t total = json_int_at(campaign, "audience"), done = done_of(campaign);
    int64_t failed = count_of(campaign, "failed") + count_of(campaign, "undelivered");
    char sent_text[32], total_text[32], left[32];
    int64_t eta = json_int_at(campaign, "eta_s");

    format_count(done, sent_text);
    format_count(total, total_text);
    format_duration(eta, left);
    (void)fputs(terminal ? "\r" : "", stderr);
    print_bar(done, total, stderr);
    (void)fprintf(stderr, " %s/%s%s  delivered %" PRId64 "  failed %" PRId64, sent_text, total_text,
                  json_is_false(json_at(campaign, "audience_complete")) ? "+" : "",
                  count_of(campaign, "delivered"), failed);
    print_failures(report, stderr);
    (void)fprintf(stderr, "  %.0f/s", number_at(campaign, "rate_per_s"));
    print_allowed(number_at(campaign, "allowed_per_s"), number_at(campaign, "sustained_per_s"));
    if (eta > 0) (void)fprintf(stderr, "  %s left", left);
    print_hours(report);
    if (strcmp(json_text_at(campaign, "state"), "running") != 0)
        (void)fprintf(stderr, "  %s", json_text_at(campaign, "state"));
    (void)fputs(terminal ? "\033[K" : "\n", stderr);
    (void)fflush(stderr);
}

static void print_states(json_t *campaign)
{
    (void)puts("\nby state");
    for (size_t i = 0; i < COUNT(STATES); i++) {
        char n[32];
        if (count_of(campaign, STATES[i]) == 0) continue;
        format_count(count_of(campaign, STATES[i]), n);
        (void)printf("  %-12s %10s\n", STATES[i], n);
    }
}

static void print_errors(json_t *report)
{
    size_t at;
    json_t *one;
    if (json_array_size(json_object_get(report, "by_error")) > 0) (void)puts("\nby error");
    json_array_foreach(json_object_get(report, "by_error"), at, one)
    {
        const char *remedy = json_text_at(one, "remedy");
        (void)printf("  %" PRId64 "  ×%-6" PRId64 " %s\n         %s%s\n", json_int_at(one, "code"),
                     json_int_at(one, "count"), json_text_at(one, "title"), remedy,
                     remedy[0] == '\0' ? "See https://www.twilio.com/docs/api/errors." : "");
    }
    if (json_array_size(json_object_get(report, "by_reason")) > 0) (void)puts("\nset aside before sending");
    json_array_foreach(json_object_get(report, "by_reason"), at, one)
    {
        (void)printf("  %-18s ×%-6" PRId64 " ", json_text_at(one, "reason"), json_int_at(one, "count"));
        words_print(json_text_at(one, "explanation"), stdout);
        (void)putchar('\n');
    }
}

static void print_carriers(json_t *report)
{
    size_t at;
    json_t *one;
    (void)printf("\n%-14s %10s %10s %10s\n", "by carrier", "total", "delivered", "failed");
    json_array_foreach(json_object_get(report, "by_carrier"), at, one)(void)
        printf("  %-12s %10" PRId64 " %10" PRId64 " %10" PRId64 "\n", json_text_at(one, "name"),
               json_int_at(one, "total"), json_int_at(one, "counts.delivered"),
               json_int_at(one, "counts.failed") + json_int_at(one, "counts.undelivered"));
}

void report_print(json_t *report)
{
    json_t *campaign = json_object_get(report, "campaign"), *line;
    char audience[32], segments[32], cost[32], duration[32];
    size_t at;

    format_count(json_int_at(campaign, "audience"), audience);
    format_count(json_int_at(campaign, "segments"), segments);
    format_money(json_int_at(campaign, "cost_micros"), cost);
    format_duration((int64_t)(number_at(report, "duration_s") + 0.5), duration);
    (void)printf("%s (%s): %s%s%s\n", json_text_at(campaign, "name"), json_text_at(campaign, "id"),
                 json_text_at(campaign, "state"), json_text_at(campaign, "why")[0] == '\0' ? "" : ", ",
                 json_text_at(campaign, "why"));
    (void)printf("%s recipients, %s segments, %s, in %s: %.1f messages a second\n", audience, segments, cost,
                 duration, number_at(report, "achieved_per_s"));
    print_states(campaign);
    print_errors(report);
    print_carriers(report);
    if (json_array_size(json_object_get(report, "next")) > 0) (void)puts("\nwhere to look next");
    json_array_foreach(json_object_get(report, "next"), at, line)(void)
        printf("  %s\n", json_string_value(line));
}

static bool is_over(json_t *campaign)
{
    const char *state = json_text_at(campaign, "state");
    int64_t unsettled = count_of(campaign, "accepted") + count_of(campaign, "sent");
    if (strcmp(state, "running") == 0 || strcmp(state, "scheduled") == 0) return false;
    return strcmp(state, "completed") != 0 || unsettled == 0;
}

static int get_report(struct client *c, json_t **report)
{
    char *path = client_path_to("/v1/campaigns/", c->in->arguments[0], "/report");
    int code = client_call(c, "GET", path, NULL, report);
    free(path);
    return code;
}

static int campaign_show(struct invocation *in)
{
    struct client c;
    json_t *report = NULL;
    int code = client_open(&c, in);
    if (code != EXIT_DONE) return code;
    code = get_report(&c, &report);
    if (code == EXIT_DONE && in->json) print_json(report);
    if (code == EXIT_DONE && !in->json) report_print(report);
    json_decref(report);
    client_close(&c);
    return code;
}

static int watch(struct client *c, json_t **report, int64_t settle_s)
{
    bool terminal = isatty(STDERR_FILENO);
    int64_t still_rounds = 0, last_unsettled = -1;
    int code = EXIT_DONE;

    for (int64_t round = 0;; round++) {
        json_t *campaign;
        int64_t unsettled;
        json_decref(*report);
        code = get_report(c, report);
        if (code != EXIT_DONE) return code;
        campaign = json_object_get(*report, "campaign");
        if (!c->in->json && (terminal || round % 10 == 0)) print_line(*report, terminal);
        if (is_over(campaign)) break;
        /* Some carriers never send a receipt: once all is sent, wait only while receipts still come. */
        unsettled = count_of(campaign, "accepted") + count_of(campaign, "sent");
        still_rounds =
            strcmp(json_text_at(campaign, "state"), "completed") == 0 && unsettled == last_unsettled
                ? still_rounds + 1
                : 0;
        last_unsettled = unsettled;
        if (still_rounds * POLL_MS >= settle_s * 1000) break;
        (void)poll(NULL, 0, POLL_MS);
    }
    if (!c->in->json && !terminal) print_line(*report, terminal);
    if (terminal) (void)fputc('\n', stderr);
    return code;
}

static int campaign_watch(struct invocation *in)
{
    struct client c;
    json_t *report = NULL;
    int64_t settle_s;
    int code;

    if (!flag_int(in, "settle", 0, 86400, 15, &settle_s)) return EXIT_USAGE;
    code = client_open(&c, in);
    if (code != EXIT_DONE) return code;
    code = watch(&c, &report, settle_s);
    if (code == EXIT_DONE && in->json) print_json(report);
    if (code == EXIT_DONE && !in->json) {
        (void)putchar('\n');
        report_print(report);
    }
    /* A script goes on only after a campaign that came to its end. */
    if (code == EXIT_DONE &&
        strcmp(json_text_at(json_object_get(report, "campaign"), "state"), "completed") != 0)
        code = EXIT_FAILED;
    json_decref(report);
    client_close(&c);
    return code;
}

static const struct flag WATCH_FLAGS[] = {
    {"settle", "SECONDS", "When all is sent: wait for receipts until none came for so long (15)", false}};

const struct verb VERB_CAMPAIGN_SHOW = {
    "campaign show", "ID", "show a campaign's report", VERB_SERVER | VERB_JSON, 1, 1, NULL, 0, NULL,
    campaign_show};
const struct verb VERB_CAMPAIGN_WATCH = {
    "campaign watch",
    "ID",
    "follow a campaign to its end, then show the report",
    VERB_SERVER | VERB_JSON,
    1,
    1,
    WATCH_FLAGS,
    COUNT(WATCH_FLAGS),
    "The exit code is 0 when it is completed, 1 when it is a draft, paused or "
    "canceled.",
    campaign_watch};
