/*
 * report: /v1/campaigns/{id}/report: how it went, by state, error (with its remedy), carrier and reason, and
 * where to look next.
 */
#include "app/campaign_hours.h"
#include "app/view.h"
#include "base/json_out.h"
#include "http/body.h"
#include "http/campaign_facts.h"
#include "rules/carrier.h"
#include "rules/playbook.h"

#include <stdio.h>
#include <stdlib.h>

enum { ERRORS_MAX = 64, CARRIERS = 16, REASONS = 64, ERRORS_NAMED = 3 };

struct report {
    struct campaign c;
    int32_t codes[ERRORS_MAX];
    int64_t numbers[ERRORS_MAX];
    size_t errors;
    int64_t carriers[CARRIERS][MESSAGE_STATES];
    int64_t reasons[REASONS];
};

static enum err read_report(struct request *q, uint64_t id, struct report *r)
{
    const struct store_ops *ops = q->app->store->ops;
    org_id org = q->caller.org.id;
    enum err code = ops->campaign_get(q->reader, &q->arena, org, id, &r->c);

    r->errors = ERRORS_MAX;
    if (code == ERR_OK) code = ops->campaign_errors(q->reader, org, id, r->codes, r->numbers, &r->errors);
    if (code == ERR_OK) code = ops->campaign_carriers(q->reader, org, id, r->carriers);
    if (code == ERR_OK) code = ops->campaign_reasons(q->reader, org, id, r->reasons);
    return code;
}

/* Most frequent first; a handful of rows. */
static void sort_errors(struct report *r)
{
    for (size_t i = 1; i < r->errors; i++) {
        for (size_t k = i; k > 0 && r->numbers[k] > r->numbers[k - 1]; k--) {
            int64_t number = r->numbers[k];
            int32_t code = r->codes[k];
            r->numbers[k] = r->numbers[k - 1];
            r->codes[k] = r->codes[k - 1];
            r->numbers[k - 1] = number;
            r->codes[k - 1] = code;
        }
    }
}

static void put_errors(struct buf *b, const struct report *r)
{
    json_key(b, "by_error");
    json_open(b, '[');
    for (size_t i = 0; i < r->errors; i++) {
        const struct playbook_entry *e = playbook_get(r->codes[i]);
        json_open(b, '{');
        json_put_int(b, "code", r->codes[i]);
        json_put_int(b, "count", r->numbers[i]);
        json_put_text(b, "title", e->title);
        json_put_str_or_null(b, "explanation", str_from(e->explanation));
        json_put_str_or_null(b, "remedy", str_from(e->remedy));
        json_close(b, '}');
    }
    json_close(b, ']');
}

/* Rows beyond cursors are queued and in no carrier's table until they are drawn. */
static void put_carriers(struct buf *b, const struct report *r)
{
    json_key(b, "by_carrier");
    json_open(b, '[');
    for (int k = 0; k < CARRIERS; k++) {
        int64_t total = 0;
        for (int s = 0; s < MESSAGE_STATES; s++)
            total += r->carriers[k][s];
        if (total == 0) continue;
        json_open(b, '{');
        json_put_text(b, "carrier", k < CARRIER_COUNT ? carrier_slug((enum carrier)k) : "unknown");
        json_put_text(b, "name", k < CARRIER_COUNT ? carrier_name((enum carrier)k) : "unknown");
        json_put_int(b, "total", total);
        json_key(b, "counts");
        view_counts(b, r->carriers[k]);
        json_close(b, '}');
    }
    json_close(b, ']');
}

static void put_reasons(struct buf *b, const struct report *r)
{
    json_key(b, "by_reason");
    json_open(b, '[');
    for (int i = 1; i < REASONS; i++) {
        if (r->reasons[i] == 0) continue;
        json_open(b, '{');
        json_put_text(b, "reason", view_reason((enum message_reason)i));
        json_put_int(b, "count", r->reasons[i]);
        json_put_str_or_null(b, "explanation", str_from(view_reason_explained((enum message_reason)i)));
        json_close(b, '}');
    }
    json_close(b, ']');
}

static void put_duration(struct buf *b, const struct campaign *c, int64_t now_ms)
{
    int64_t end_ms = c->finished_ms != 0 ? c->finished_ms : now_ms;
    int64_t took_ms = c->started_ms == 0 || end_ms < c->started_ms ? 0 : end_ms - c->started_ms;
    int64_t per_ks = took_ms == 0 ? 0 : view_campaign_done(c) * 1000000 / took_ms;

    json_key(b, "duration_s");
    buf_addf(b, "%lld.%lld", (long long)(took_ms / 1000), (long long)(took_ms % 1000 / 100));
    json_key(b, "achieved_per_s");
    buf_addf(b, "%lld.%lld", (long long)(per_ks / 1000), (long long)(per_ks % 1000 / 100));
}

static void put_hint(struct buf *b, const char *text)
{
    json_str(b, str_from(text));
}

/* Where to look next, the most useful first. */
static void put_next(struct buf *b, const struct report *r)
{
    char text[256];

    json_key(b, "next");
    json_open(b, '[');
    if (r->c.state == CAMPAIGN_PAUSED)
        put_hint(b, "The campaign is paused: see \"why\", then resume or cancel it.");
    for (size_t i = 0; i < r->errors && i < ERRORS_NAMED; i++) {
        (void)snprintf(text, sizeof text, "Error %d: %s See \"sterling error %d\".", r->codes[i],
                       playbook_get(r->codes[i])->remedy, r->codes[i]);
        put_hint(b, text);
    }
    if (r->reasons[REASON_UNFILLED_FIELD] > 0)
        put_hint(b,
                 "Some recipients lack a field of the template: complete them, or give the field a default.");
    if (r->c.counts[MESSAGE_IN_DOUBT] > 0)
        put_hint(
            b,
            "Some outcomes are in doubt: they are being looked up at the provider and settle by themselves.");
    if (r->c.counts[MESSAGE_ACCEPTED] + r->c.counts[MESSAGE_SENT] > 0)
        put_hint(b, "Some receipts have not come yet; carriers may take minutes, some never send one.");
    json_close(b, ']');
}

/* null where no hours hold. An end of INT64_MAX never comes. */
static void put_hours(struct buf *b, const struct campaign_hours *h)
{
    json_key(b, "hours");
    if (!h->known) {
        json_nil(b);
        return;
    }
    json_open(b, '{');
    json_put_int(b, "open", h->open);
    json_put_int(b, "waiting", h->waiting);
    json_put_time(b, "closes_at", h->closes_ms == INT64_MAX ? 0 : h->closes_ms);
    json_put_time(b, "last_closes_at", h->last_closes_ms == INT64_MAX ? 0 : h->last_closes_ms);
    json_put_time(b, "opens_at", h->opens_ms);
    json_close(b, '}');
}

static void get(struct request *q)
{
    struct report *r = request_alloc(q, sizeof *r);
    struct view_campaign_facts facts;
    struct campaign_hours hours = {.known = false};
    struct buf *b;
    uint64_t id;
    enum err code;

    if (r == NULL || !arg_id(q, 0, PUBLIC_CAMPAIGN, "campaign", &id)) return;
    code = read_report(q, id, r);
    if (code == ERR_OK && r->c.state == CAMPAIGN_RUNNING)
        code = campaign_hours_of(q->app, q->reader, &q->arena, &r->c, &hours);
    if (code != ERR_OK) {
        reply_read_failed(q, code, "campaign");
        return;
    }
    sort_errors(r);
    if (!campaign_facts_read(q, &r->c, true, &facts)) return;
    b = reply_body(q);
    json_open(b, '{');
    json_key(b, "campaign");
    json_open(b, '{');
    view_campaign_members(q->app->ids, b, &r->c, &facts);
    json_close(b, '}');
    put_errors(b, r);
    put_carriers(b, r);
    put_reasons(b, r);
    put_duration(b, &r->c, facts.now_ms);
    put_hours(b, &hours);
    put_next(b, r);
    json_close(b, '}');
    reply_json(q, 200);
}

static const struct route ROUTES[] = {
    {"GET", "/v1/campaigns/{id}/report", ROUTE_TENANT, KEY_SCOPE_READ, BODY_NONE, get, NULL, 0},
};
const struct route_table ROUTES_REPORT = ROUTE_TABLE(ROUTES);
