/*
 * health: /healthz, /readyz and /metrics (Prometheus text format 0.0.4).
 *
 * Metrics name no organization and no number. They are open to the machine itself, unless the request came
 * through a proxy; to anybody else they need an operator's key.
 */
#include "app/pump.h"
#include "http/server_parts.h"
#include "store/queue.h"

#include <inttypes.h>
#include <stdio.h>

static void healthz(struct request *q)
{
    reply_text(q, 200, "application/json", STR("{\"status\":\"ok\"}"));
}

static void readyz(struct request *q)
{
    bool ready = atomic_load(&q->app->ready);

    reply_text(q, ready ? 200 : 503, "application/json",
               ready ? STR("{\"status\":\"ready\"}") : STR("{\"status\":\"not ready\"}"));
}

/* ---- metrics ---- */

static void head(struct buf *b, const char *name, const char *type, const char *help)
{
    buf_addf(b, "# HELP sterling_%s %s\n# TYPE sterling_%s %s\n", name, help, name, type);
}

static void one(struct buf *b, const char *name, const char *type, const char *help, int64_t value)
{
    head(b, name, type, help);
    buf_addf(b, "sterling_%s %" PRId64 "\n", name, value);
}

static void put_http(struct buf *b, struct app_counters *c)
{
    one(b, "http_requests_total", "counter", "Requests received.", c->requests);
    one(b, "http_requests_refused_total", "counter", "Requests answered with 4xx or 5xx.",
        c->requests_refused);
    one(b, "auth_failures_total", "counter", "Requests with a bad key.", c->auth_failures);
    one(b, "auth_throttled_total", "counter", "Requests turned away after too many bad keys.",
        c->auth_throttled);
    one(b, "http_connections_refused_total", "counter", "Connections over what one address may have.",
        c->connections_refused);
    one(b, "http_connections_shut_total", "counter", "Connections shut because their peer was too slow.",
        c->connections_shut);
    one(b, "messages_admitted_total", "counter", "Single messages accepted by the API.", c->admitted);
    one(b, "imports_started_total", "counter", "Imports accepted.", c->imports_started);
    one(b, "events_subscribers", "gauge", "Live event streams open.", c->events_subscribers);
    one(b, "events_dropped_total", "counter", "Live event streams dropped because they read too slowly.",
        c->events_dropped);
    one(b, "callbacks_total", "counter", "Signed status callbacks received.", c->callbacks);
    one(b, "callbacks_denied_total", "counter", "Webhooks refused: bad signature, other account.",
        c->callbacks_denied);
    one(b, "callbacks_unknown_total", "counter", "Callbacks for messages that are not known.",
        c->callbacks_unknown);
    one(b, "inbound_total", "counter", "Inbound texts stored.", c->inbound);
    one(b, "inbound_duplicates_total", "counter", "Inbound texts that were known.", c->inbound_duplicates);
    one(b, "stops_total", "counter", "Opt-outs recorded.", c->stops);
}

static void put_hooks(struct buf *b, struct app_counters *c)
{
    one(b, "webhooks_delivered_total", "counter", "Tenant webhooks answered with 2xx.", c->hooks_delivered);
    one(b, "webhooks_failed_total", "counter", "Tries of tenant webhooks that failed.", c->hooks_failed);
    one(b, "webhooks_dead_total", "counter", "Tenant webhooks given up after the last try.", c->hooks_dead);
    one(b, "webhooks_in_flight", "gauge", "Tenant webhooks that await an answer.", c->hooks_in_flight);
    one(b, "webhooks_in_flight_slow", "gauge", "Of them, those at endpoints that were slow before.",
        c->hooks_in_flight_slow);
}

static void put_delays(struct buf *b, struct app_counters *c)
{
    int64_t seen = 0;

    head(b, "callback_delay_seconds", "histogram",
         "Time from a message's last known moment to its next status callback.");
    for (int i = 0; i <= CALLBACK_DELAY_STEPS; i++) {
        seen += c->callback_delay[i];
        if (i < CALLBACK_DELAY_STEPS)
            buf_addf(b, "sterling_callback_delay_seconds_bucket{le=\"%g\"} %" PRId64 "\n",
                     (double)CALLBACK_DELAY_BOUNDS_MS[i] / 1000.0, seen);
        else
            buf_addf(b, "sterling_callback_delay_seconds_bucket{le=\"+Inf\"} %" PRId64 "\n", seen);
    }
    buf_addf(b,
             "sterling_callback_delay_seconds_sum %.3f\nsterling_callback_delay_seconds_count %" PRId64 "\n",
             (double)c->callback_delay_sum_ms / 1000.0, seen);
}

static void put_lanes(struct buf *b, const struct engine_view *e)
{
    static const char *const scopes[] = {"account",         "org",   "brand", "brand_carrier_day",
                                         "program_carrier", "sender", "sender_carrier"};

    head(b, "lanes_blocked", "gauge", "Lanes that wait for a limit, by its scope.");
    for (size_t i = 0; i < sizeof scopes / sizeof *scopes; i++)
        buf_addf(b, "sterling_lanes_blocked{limit=\"%s\"} %zu\n", scopes[i], e->lanes_blocked[i]);
    one(b, "lanes", "gauge", "Lanes known to the engine.", (int64_t)e->lanes);
    one(b, "engine_messages", "gauge", "Messages held by the engine.", (int64_t)e->items);
    one(b, "attempts_in_flight", "gauge", "Attempts armed and unanswered.", (int64_t)e->in_flight);
    one(b, "breakers_open", "gauge", "Accounts whose breaker is open.", (int64_t)e->breakers_open);
}

static void put_pump(struct buf *b, const struct app *app)
{
    struct pump_view v = {0};

    if (app->look == NULL) return;
    app->look(app->pump, &v);
    put_lanes(b, &v.engine);
    head(b, "provider_answers_total", "counter", "Answers to message requests, by what they meant.");
    buf_addf(b,
             "sterling_provider_answers_total{class=\"accepted\"} %" PRId64 "\n"
             "sterling_provider_answers_total{class=\"rejected\"} %" PRId64 "\n"
             "sterling_provider_answers_total{class=\"throttled\"} %" PRId64 "\n"
             "sterling_provider_answers_total{class=\"unsent\"} %" PRId64 "\n"
             "sterling_provider_answers_total{class=\"in_doubt\"} %" PRId64 "\n",
             v.accepted, v.rejected, v.throttled, v.unsent, v.in_doubt);
    head(b, "provider_refusals_total", "counter", "Message requests refused, by the provider's error code.");
    for (size_t i = 0; i < PUMP_REFUSALS_MAX && v.refusals[i].count > 0; i++)
        buf_addf(b, "sterling_provider_refusals_total{code=\"%d\"} %" PRId64 "\n", v.refusals[i].code,
                 v.refusals[i].count);
    one(b, "provider_posts_total", "counter", "Message requests made.", v.posts);
    one(b, "messages_drawn_total", "counter", "Messages drawn from the store.", v.drawn);
    one(b, "urgent_at_once_total", "counter", "Urgent messages admitted and armed by one commit.", v.urgent_at_once);
    one(b, "messages_blocked_total", "counter", "Messages ended by a gate.", v.blocked);
    one(b, "campaign_stretches", "gauge", "Stretches of campaigns in memory; of a paused one, those with messages in hand.",
        v.stretches);
    one(b, "messages_held_total", "counter", "Messages put off by a gate.", v.held);
}

static void put_store(struct request *q, struct buf *b)
{
    struct store_stats s = {0};
    struct writer_stats w = {0};
    int64_t now_ms = clock_wall_ms(q->app->clock);

    if (q->app->store->ops->stats(q->reader, &s) == ERR_OK) {
        one(b, "messages_stored", "gauge", "Messages in the store.", s.messages);
        one(b, "messages_due", "gauge", "Single messages and retries that wait.", s.due);
        one(b, "messages_due_now", "gauge", "Of them, those whose time has come.", s.due_now);
        one(b, "messages_in_doubt", "gauge", "Attempts whose outcome is unknown.", s.doubts);
        one(b, "oldest_doubt_seconds", "gauge", "Age of the oldest doubt.",
            s.oldest_doubt_ms == 0 ? 0 : (now_ms - s.oldest_doubt_ms) / 1000);
        one(b, "oldest_due_seconds", "gauge", "How long the oldest due message has been due.",
            s.oldest_due_ms == 0 || s.oldest_due_ms > now_ms ? 0 : (now_ms - s.oldest_due_ms) / 1000);
        one(b, "store_wal_bytes", "gauge", "Bytes in the write-ahead log.", s.wal_bytes);
    }
    if (q->app->writer_look == NULL) return;
    q->app->writer_look(q->app->writer, &w);
    one(b, "store_commits_total", "counter", "Durable commits.", w.commits);
    one(b, "store_changes_total", "counter", "Changes committed.", w.changes);
    one(b, "store_queue", "gauge", "Changes waiting for a commit.", w.queued);
    one(b, "store_batch_largest", "gauge", "Most changes in one commit.", w.batch_largest);
    head(b, "store_commit_seconds_total", "counter", "Time spent in commits.");
    buf_addf(b, "sterling_store_commit_seconds_total %.6f\n", (double)w.commit_us_total / 1e6);
    head(b, "store_commit_seconds_max", "gauge", "Longest commit.");
    buf_addf(b, "sterling_store_commit_seconds_max %.6f\n", (double)w.commit_us_max / 1e6);
}

static void put_errors(struct buf *b, struct app_counters *c)
{
    head(b, "message_errors_total", "counter", "Status callbacks that brought an error, by code.");
    for (size_t i = 0; i < APP_ERROR_CODES; i++) {
        int32_t code = atomic_load(&c->error_codes[i].code);
        if (code != 0)
            buf_addf(b, "sterling_message_errors_total{code=\"%d\"} %" PRId64 "\n", code,
                     (int64_t)atomic_load(&c->error_codes[i].count));
    }
}

static bool is_local(const struct request *q)
{
    return q->link->loopback && request_header(q, "X-Forwarded-For").at == NULL &&
           request_header(q, "Forwarded").at == NULL && request_header(q, "Via").at == NULL;
}

static void metrics(struct request *q)
{
    struct buf *b;

    if (!is_local(q)) {
        auth_check(q);
        if (q->reply.status == 0 && !q->caller.is_operator)
            reply_refuse(q, ERR_DENIED, 403, "This needs an operator's key.");
        if (q->reply.status != 0) return;
    }
    b = reply_body(q);
    put_http(b, &q->app->counters);
    put_hooks(b, &q->app->counters);
    put_delays(b, &q->app->counters);
    put_pump(b, q->app);
    put_store(q, b);
    put_errors(b, &q->app->counters);
    reply_json(q, 200);
    if (q->reply.status == 200) q->reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
}

static const struct route ROUTES[] = {
    {"GET", "/healthz", ROUTE_OPEN, 0, BODY_NONE, healthz, NULL, 0},
    {"GET", "/readyz", ROUTE_OPEN, 0, BODY_NONE, readyz, NULL, 0},
    {"GET", "/metrics", ROUTE_OPEN, 0, BODY_NONE, metrics, NULL, 0},
};
const struct route_table ROUTES_HEALTH = ROUTE_TABLE(ROUTES);
