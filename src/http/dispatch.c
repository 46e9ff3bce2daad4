/*
 * dispatch: leads a request through its phases as the library calls us: header, body, handling, answer.
 *
 * A request refused at its header is answered at once when its body would be long (the connection is then
 * closed), else after its body has been read and dropped, so that the client sees the answer and the
 * connection stays usable.
 */
#include "http/events.h"
#include "http/server_parts.h"
#include "http/target.h"

#include "base/failpoint.h"
#include "base/log.h"
#include "base/starved.h"
#include "base/mutant.h"

enum { DRAIN_MAX = 64 * 1024 };

static uint64_t bound_of(const struct request *q)
{
    const struct settings *s = q->app->settings;

    if (q->route->body_max == BODY_SETTING) return (uint64_t)s->http_body_bytes_max;
    if (q->route->body_max == BODY_IMPORT) return (uint64_t)s->http_import_bytes_max;
    return (uint64_t)q->route->body_max;
}

static void refuse_large(struct request *q)
{
    if (q->body_max == 0)
        reply_refuse(q, ERR_LIMIT, 413, "This request takes no body.");
    else
        reply_refuse(q, ERR_LIMIT, 413, "The body is longer than the %llu bytes that are taken here.",
                     (unsigned long long)q->body_max);
}

/* What the header says; 0 when it says nothing or comes in chunks. */
static uint64_t declared_length(const struct request *q)
{
    uint64_t length = 0;

    return str_to_u64(request_header(q, "Content-Length"), &length) == ERR_OK ? length : 0;
}

static bool is_chunked(const struct request *q)
{
    return request_header(q, "Transfer-Encoding").len > 0;
}

static bool find_route(struct request *q)
{
    struct route_match m;

    route_find(q->method, q->path, &m);
    q->route = m.route;
    if (q->server->options.events_only && m.route != NULL && !events_route_allowed(m.route)) {
        reply_refuse(q, ERR_NOT_FOUND, 404, "This port serves /v1/events only; ask the main port.");
        return false;
    }
    if (m.route != NULL) {
        for (size_t i = 0; i < ROUTE_ARGS_MAX; i++)
            q->args[i] = m.args[i];
        return true;
    }
    if (!m.path_known) {
        reply_refuse(q, ERR_NOT_FOUND, 404,
                     "Nothing is served at this path; /v1/openapi.json lists what is.");
        return false;
    }
    if (str_equal(q->method, STR("OPTIONS")))
        reply_empty(q, 204);
    else
        reply_refuse(q, ERR_INVALID, 405, "This path takes %s.", m.allow);
    reply_header(q, "Allow", m.allow);
    return false;
}

/* Percent-decodes what the path names, and the query. */
static enum err decode_target(struct request *q)
{
    enum err code = ERR_OK;

    for (size_t i = 0; i < ROUTE_ARGS_MAX && code == ERR_OK; i++)
        code = target_decode(&q->arena, q->args[i], &q->args[i]);
    return code != ERR_OK ? code : form_decode(&q->arena, q->query, REQUEST_QUERY_PAIRS_MAX, &q->params);
}

/* While the house is being lit only health is served; at stop everything is, until the last moment. */
static bool is_open(struct request *q)
{
    if (!q->server->open) q->server->open = atomic_load(&q->app->ready);
    return q->server->open || q->route->access == ROUTE_OPEN;
}

static void begin(struct request *q, const char *method)
{
    enum err code;

    q->method = arena_str(&q->arena, str_from(method));
    if (q->too_long) {
        reply_refuse(q, ERR_LIMIT, 414, "The address is longer than %d bytes.", REQUEST_TARGET_MAX);
        return;
    }
    if (q->target.at == NULL || q->method.at == NULL) {
        reply_no_memory(q);
        return;
    }
    if (!find_route(q)) return;
    if (!is_open(q)) {
        reply_refuse(q, ERR_UNAVAILABLE, 503, "The server is starting; try again in a moment.");
        return;
    }
    q->body_max = bound_of(q);
    buf_init(&q->body, q->route->take == NULL ? (size_t)q->body_max + 1 : 1);
    code = q->route->access == ROUTE_SIGNED ? ERR_OK : decode_target(q);
    if (code == ERR_FULL)
        reply_no_memory(q);
    else if (code != ERR_OK)
        reply_refuse(q, ERR_INVALID, 400, "The address has a malformed %%-escape or too many parameters.");
    if (code != ERR_OK) return;
    if (q->route->access >= ROUTE_TENANT && q->reply.status == 0) auth_check(q);
    if (q->reply.status == 0 && declared_length(q) > q->body_max) refuse_large(q);
}

static enum MHD_Result on_header(struct request *q, const char *method)
{
    (void)starved_take();
    atomic_fetch_add(&q->app->counters.requests, 1);
    q->phase = REQUEST_BODY;
    connection_enter(q->link, CONNECTION_BODY);
    begin(q, method);
    if (q->reply.status != 0 && (is_chunked(q) || declared_length(q) > DRAIN_MAX)) return reply_send(q);
    return MHD_YES;
}

static enum MHD_Result on_piece(struct request *q, struct str piece)
{
    q->body_seen += piece.len;
    connection_body_came(q->link, q->body_seen, q->started_us / 1000);
    if (q->reply.status != 0) return q->body_seen > q->body_max + DRAIN_MAX ? MHD_NO : MHD_YES;
    if (q->body_seen > q->body_max + MUTANT(body_limit_off_by_one))
        refuse_large(q);
    else if (q->route->take != NULL)
        q->route->take(q, piece);
    else
        buf_add(&q->body, piece);
    return MHD_YES;
}

static enum MHD_Result on_whole(struct request *q)
{
    (void)starved_take();
    connection_enter(q->link, CONNECTION_HANDLING);
    if (q->reply.status == 0 && buf_check(&q->body) != ERR_OK)
        reply_no_memory(q);
    if (q->reply.status == 0) q->route->handle(q);
    if (q->phase == REQUEST_WAITING || q->phase == REQUEST_HELD) return MHD_YES;
    return reply_send(q);
}

enum MHD_Result dispatch(void *server, struct MHD_Connection *c, const char *url, const char *method,
                         const char *version, const char *data, size_t *size, void **context)
{
    struct request *q = *context;

    (void)server;
    (void)url; /* decoded already: a signature is made over the raw one */
    (void)version;
    if (q == NULL) return MHD_NO;
    switch (q->phase) {
    case REQUEST_NEW:
        q->link = MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
        return q->link == NULL ? MHD_NO : on_header(q, method);
    case REQUEST_BODY:
        if (*size == 0) return on_whole(q);
        {
            struct str piece = {data, *size};
            *size = 0;
            return on_piece(q, piece);
        }
    case REQUEST_WAITING:
        return reply_send(q);
    case REQUEST_HELD:
        break;
    case REQUEST_ANSWERED:
        break;
    }
    return MHD_YES;
}

static void log_request(const struct request *q)
{
    if (q->reply.status >= 400) atomic_fetch_add(&q->app->counters.requests_refused, 1);
    log_event(q->reply.status >= 500 ? LOG_WARN : LOG_DEBUG, "request", log_str("method", q->method),
              log_text("route", q->route != NULL ? q->route->pattern : "-"),
              log_int("status", q->reply.status), log_int("took_us", clock_mono_us(q->app->clock) - q->started_us),
              log_int("org", q->caller.org.id), log_int("key", q->caller.key));
}

void dispatch_completed(void *server, struct MHD_Connection *c, void **context,
                        enum MHD_RequestTerminationCode why)
{
    struct request *q = *context;

    (void)server;
    (void)c;
    (void)why;
    if (q == NULL) return;
    *context = NULL;
    if (MUTANT(freed_before_logged)) request_free(q);
    if (q->phase != REQUEST_NEW) log_request(q);
    if (q->write.change != NULL) FAILPOINT("http.answered");
    if (q->route != NULL && (q->route->flags & ROUTE_SIGNED) != 0) FAILPOINT("webhook.answered");
    if (q->link != NULL) connection_enter(q->link, CONNECTION_HEADER);
    q->lost = q->phase == REQUEST_HELD; /* the store has its change still */
    if (!q->lost) request_free(q);
}
