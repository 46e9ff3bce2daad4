/*
 * server: the HTTP face over libmicrohttpd. Contract in server.h.
 *
 * One thread answers. An exchange is one request from its target to its answer; a fault makes it wait
 * (suspended, with a timer that the courier's thread keeps) or spoils its connection. Owns the model.
 */
#include "sandbox/server_parts.h"
#include "sandbox/site.h"
#include "twilio/date.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { CONNECTION_BYTES = 32768, ANSWER_BYTES_MAX = 16 << 20, DRIP_PIECES = 8 };

enum exchange_state { EXCHANGE_READING, EXCHANGE_WAITING, EXCHANGE_READY };
struct exchange {
    struct heap_node timer;
    struct sandbox_server *server;
    struct MHD_Connection *connection;
    enum exchange_state state;
    struct buf body; /* of the request */
    struct sandbox_http_answer answer;
    size_t sent;     /* DRIP, RESET_MID: bytes given */
    unsigned pieces; /* DRIP: pieces that may be given */
    bool suspended, too_large;
    char target[]; /* raw */
};

struct sandbox_server_config sandbox_server_config_default(void)
{
    return (struct sandbox_server_config){.model = sandbox_config_default(), .seed = 1, .control = true};
}

int64_t sb_server_now(struct sandbox_server *s)
{
    int64_t now_ms = clock_mono_ms(s->clock) + s->advanced_ms;
    sandbox_set_calendar(s->sb, clock_wall_ms(s->clock) - now_ms);
    return now_ms;
}

void sb_server_wake(struct sandbox_server *s, int64_t due_ms)
{
    if (due_ms >= s->wake_ms) return;
    s->wake_ms = due_ms;
    courier_wake(s->courier);
}

enum err sb_server_reset(struct sandbox_server *s, uint64_t seed)
{
    struct sandbox *fresh = sandbox_new(&s->config.model, seed);
    if (fresh == NULL) return ERR_FULL;
    sandbox_free(s->sb);
    s->sb = fresh;
    s->epoch++;
    return ERR_OK;
}

static void *exchange_begin(void *server, const char *target, struct MHD_Connection *connection)
{
    size_t bytes = strlen(target) + 1;
    struct exchange *e = calloc(1, sizeof *e + bytes);
    if (e == NULL) return NULL;
    e->server = server;
    e->connection = connection;
    memcpy(e->target, target, bytes);
    buf_init(&e->body, e->server->config.model.body_bytes_max);
    buf_init(&e->answer.body, ANSWER_BYTES_MAX);
    return e;
}

static void exchange_end(void *server, struct MHD_Connection *connection, void **con_cls,
                         enum MHD_RequestTerminationCode code)
{
    struct exchange *e = *con_cls;
    struct sandbox_server *s = server;
    (void)connection;
    (void)code;
    if (e == NULL) return;
    (void)pthread_mutex_lock(&s->lock);
    heap_remove(&s->timers, &e->timer);
    (void)pthread_mutex_unlock(&s->lock);
    buf_free(&e->body);
    buf_free(&e->answer.body);
    free(e);
    *con_cls = NULL;
}

int64_t sb_server_timers(struct sandbox_server *s, int64_t now_ms)
{
    struct heap_node *top;
    while ((top = heap_top(&s->timers)) != NULL && (top->key <= now_ms || s->stopping)) {
        struct exchange *e = HEAP_OWNER(top, struct exchange, timer);
        heap_remove(&s->timers, top);
        e->suspended = false;
        MHD_resume_connection(e->connection);
    }
    return top == NULL ? SANDBOX_NEVER : top->key;
}

/* False when the server stops or has no memory: then nothing waits any more. */
static bool exchange_wait(struct exchange *e, int64_t for_ms)
{
    struct sandbox_server *s = e->server;
    int64_t due_ms;
    bool waits;
    (void)pthread_mutex_lock(&s->lock);
    due_ms = sb_server_now(s) + for_ms;
    waits = !s->stopping && heap_put(&s->timers, &e->timer, due_ms) == ERR_OK;
    if (waits) {
        e->suspended = true;
        MHD_suspend_connection(e->connection);
        sb_server_wake(s, due_ms);
    }
    (void)pthread_mutex_unlock(&s->lock);
    return waits;
}

static struct str header(struct MHD_Connection *connection, const char *name)
{
    return str_from(MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name));
}

/* Under the lock. */
static uint32_t in_flight(void *server, uint32_t account)
{
    const struct sandbox_server *s = server;
    uint32_t count = 0;
    for (size_t i = 1; i <= s->timers.count; i++)
        count += HEAP_OWNER(s->timers.nodes[i], struct exchange, timer)->answer.account == account;
    return count;
}

/* Asked as a website, not as Twilio (app/site_fetch.h). */
static bool is_site(const struct exchange *e)
{
    return header(e->connection, "X-Sterling-Site").len > 0;
}

static void serve_site(struct exchange *e)
{
    e->answer.status = sandbox_site(header(e->connection, "Host"), str_from(e->target), &e->answer.body);
    e->answer.content_type = "text/html; charset=utf-8";
    e->answer.retry_after_s = -1;
    e->answer.wire = (struct sandbox_directive){SANDBOX_FAULT_NONE, 0};
}

static bool is_control(const struct exchange *e)
{
    return e->server->config.control && str_starts(str_from(e->target), STR("/_sandbox"));
}

/* Serves the request under the lock; the answer is complete then, whatever the wire does to it. */
static void exchange_serve(struct exchange *e, const char *method)
{
    struct sandbox_server *s = e->server;
    struct sandbox_http_request request = {
        .method = str_from(method),
        .target = str_from(e->target),
        .authorization = header(e->connection, "Authorization"),
        .content_type = header(e->connection, "Content-Type"),
        .api_version = header(e->connection, "X-Twilio-Api-Version"),
        .body = buf_str(&e->body),
        .in_flight = in_flight,
        .user = s,
    };
    int64_t now_ms;
    if (is_site(e)) {
        serve_site(e);
        return;
    }
    (void)pthread_mutex_lock(&s->lock);
    request.base_url = str_from(s->base_url);
    now_ms = sb_server_now(s);
    if (is_control(e))
        control_serve(s, now_ms, &request, &e->answer);
    else
        sandbox_request(s->sb, now_ms, &request, &e->answer);
    sb_server_wake(s, sandbox_next_event_ms(s->sb));
    (void)pthread_mutex_unlock(&s->lock);
}

/* Linux resets a connection that is dissolved so; a mere close would say good-bye first. */
static void connection_reset(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct sockaddr nowhere = {.sa_family = AF_UNSPEC};
    if (info != NULL) (void)connect(info->connect_fd, &nowhere, sizeof nowhere);
}

/* Half the answer, then a reset. */
static ssize_t read_half(void *exchange, uint64_t at, char *out, size_t room)
{
    struct exchange *e = exchange;
    size_t half = e->answer.body.len / 2, bytes = half - (size_t)at;
    if (at >= half) {
        connection_reset(e->connection);
        return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    if (bytes > room) bytes = room;
    memcpy(out, e->answer.body.at + at, bytes);
    return (ssize_t)bytes;
}

/* A piece, then a pause, until all is out. */
static ssize_t read_drip(void *exchange, uint64_t at, char *out, size_t room)
{
    struct exchange *e = exchange;
    size_t total = e->answer.body.len, piece = total / DRIP_PIECES + 1, bytes = total - (size_t)at;
    if (at > 0 && e->pieces == 0) {
        e->pieces = 1;
        if (exchange_wait(e, e->answer.wire.delay_ms / DRIP_PIECES)) return 0;
    }
    e->pieces = 0;
    if (bytes > piece) bytes = piece;
    if (bytes > room) bytes = room;
    memcpy(out, e->answer.body.at + at, bytes);
    return (ssize_t)bytes;
}

static struct MHD_Response *response_of(struct exchange *e)
{
    size_t bytes = e->answer.body.len;
    if (bytes > 1 && e->answer.wire.fault == SANDBOX_FAULT_RESET_MID)
        return MHD_create_response_from_callback(bytes, bytes, read_half, e, NULL);
    if (bytes > DRIP_PIECES && e->answer.wire.fault == SANDBOX_FAULT_DRIP)
        return MHD_create_response_from_callback(bytes, bytes, read_drip, e, NULL);
    return MHD_create_response_from_buffer(bytes, e->answer.body.at, MHD_RESPMEM_PERSISTENT);
}

static void add_header(struct MHD_Response *r, const char *name, const char *value)
{
    (void)MHD_add_response_header(r, name, value);
}

/* The provider's clock, which may have been set: libmicrohttpd would tell the system's. */
static void add_date(struct exchange *e, struct MHD_Response *r)
{
    char date[DATE_TEXT_BYTES];
    date_format_rfc2822(clock_wall_ms(e->server->clock), date);
    if (strlen(date) > 5) memcpy(date + strlen(date) - 5, "GMT", 4);
    add_header(r, "Date", date);
}

static void add_headers(struct exchange *e, struct MHD_Response *r)
{
    char number[16];
    add_date(e, r);
    if (e->answer.body.len > 0) add_header(r, "Content-Type", e->answer.content_type);
    if (e->answer.request_id[0] != '\0') add_header(r, "Twilio-Request-Id", e->answer.request_id);
    (void)snprintf(number, sizeof number, "%u", e->answer.concurrent);
    add_header(r, "Twilio-Concurrent-Requests", number);
    add_header(r, "X-API-Domain", "api.twilio.com");
    add_header(r, "X-Home-Region", "us1");
    if (e->answer.challenge) add_header(r, "WWW-Authenticate", "Basic realm=\"Twilio API\"");
    if (e->answer.location[0] != '\0') add_header(r, "Location", e->answer.location);
    if (e->answer.retry_after_s < 0) return;
    (void)snprintf(number, sizeof number, "%d", (int)e->answer.retry_after_s);
    add_header(r, "Retry-After", number);
}

static enum MHD_Result exchange_answer(struct exchange *e)
{
    struct MHD_Response *r = response_of(e);
    enum MHD_Result queued;
    uint32_t idle_ms;
    if (r == NULL) return MHD_NO;
    (void)pthread_mutex_lock(&e->server->lock);
    idle_ms = sandbox_faults_get(e->server->sb)->idle_close_ms;
    (void)pthread_mutex_unlock(&e->server->lock);
    (void)MHD_set_connection_option(e->connection, MHD_CONNECTION_OPTION_TIMEOUT, (idle_ms + 999) / 1000);
    add_headers(e, r);
    queued = MHD_queue_response(e->connection, (unsigned)e->answer.status, r);
    MHD_destroy_response(r);
    return queued;
}

/* After the request took effect: what does the wire do? */
static enum MHD_Result exchange_finish(struct exchange *e)
{
    switch (e->answer.wire.fault) {
    case SANDBOX_FAULT_CLOSE_BEFORE:
    case SANDBOX_FAULT_CLOSE_AFTER: return MHD_NO;
    case SANDBOX_FAULT_RESET_BEFORE:
    case SANDBOX_FAULT_RESET_AFTER: connection_reset(e->connection); return MHD_NO;
    case SANDBOX_FAULT_HANG_BEFORE:
    case SANDBOX_FAULT_HANG_AFTER:
    case SANDBOX_FAULT_LATE_COMMIT:
        if (e->state == EXCHANGE_READY) return MHD_NO;
        e->state = EXCHANGE_READY;
        return exchange_wait(e, e->answer.wire.delay_ms) ? MHD_YES : MHD_NO;
    case SANDBOX_FAULT_LATENCY:
        if (e->state == EXCHANGE_READY) break;
        e->state = EXCHANGE_READY;
        if (exchange_wait(e, e->answer.wire.delay_ms)) return MHD_YES;
        break;
    default: break;
    }
    return exchange_answer(e);
}

static enum MHD_Result refuse_large(struct exchange *e)
{
    e->answer.status = 413;
    e->answer.content_type = "application/json";
    e->answer.retry_after_s = -1;
    buf_add_text(&e->answer.body, "{\"code\":20413,\"message\":\"Request entity too large\",\"status\":413}");
    return exchange_answer(e);
}

static enum MHD_Result handle(void *server, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_bytes, void **con_cls)
{
    struct exchange *e = *con_cls;
    (void)server;
    (void)url;
    (void)version;
    if (e == NULL) return MHD_NO;
    e->connection = connection;
    if (e->state == EXCHANGE_READING) {
        e->state = EXCHANGE_WAITING;
        return MHD_YES;
    }
    if (e->state == EXCHANGE_READY) return exchange_finish(e);
    if (*upload_bytes > 0) {
        buf_add(&e->body, (struct str){upload, *upload_bytes});
        *upload_bytes = 0;
        return MHD_YES;
    }
    if (buf_check(&e->body) != ERR_OK) return refuse_large(e);
    exchange_serve(e, method);
    return exchange_finish(e);
}

static struct sandbox_server *server_new(const struct sandbox_server_config *config)
{
    struct sandbox_server *s = calloc(1, sizeof *s);
    if (s == NULL) return NULL;
    s->config = *config;
    s->clock = config->clock;
    s->wake_ms = SANDBOX_NEVER;
    heap_init(&s->timers);
    /* A program that remembers what it sent would take a second run's messages for the first's. */
    if (s->config.model.run == 0) s->config.model.run = (uint64_t)clock_wall_ms(s->clock);
    s->sb = sandbox_new(&s->config.model, config->seed);
    s->courier = courier_new(s, config->webhook_concurrency != 0 ? config->webhook_concurrency : 64);
    if (s->sb == NULL || s->courier == NULL || pthread_mutex_init(&s->lock, NULL) != 0) {
        if (s->courier != NULL) courier_free(s->courier);
        sandbox_free(s->sb);
        free(s);
        return NULL;
    }
    return s;
}

static void server_free(struct sandbox_server *s)
{
    courier_free(s->courier);
    sandbox_free(s->sb);
    heap_free(&s->timers);
    (void)pthread_mutex_destroy(&s->lock);
    free(s);
}

static enum err listen_on(struct sandbox_server *s, struct fault *fault)
{
    const char *address = s->config.bind_address != NULL ? s->config.bind_address : "127.0.0.1";
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(s->config.port)};
    const union MHD_DaemonInfo *info;
    if (inet_pton(AF_INET, address, &in.sin_addr) != 1)
        return fault_set(fault, ERR_INVALID, "the sandbox cannot listen on \"%s\": give an IPv4 address",
                         address);
    s->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_SUPPRESS_DATE_NO_CLOCK,
        s->config.port, NULL, NULL, handle, s, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&in,
        MHD_OPTION_URI_LOG_CALLBACK, exchange_begin, s, MHD_OPTION_NOTIFY_COMPLETED, exchange_end, s,
        MHD_OPTION_CONNECTION_LIMIT, s->config.connections_max != 0 ? s->config.connections_max : 1000u,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES, MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u,
        MHD_OPTION_END);
    if (s->daemon == NULL)
        return fault_set(fault, ERR_IO,
                         "the sandbox cannot listen on %s:%u: is the port taken? Choose another", address,
                         (unsigned)s->config.port);
    info = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_BIND_PORT);
    (void)pthread_mutex_lock(&s->lock);
    s->port = info != NULL ? info->port : s->config.port;
    (void)snprintf(s->base_url, sizeof s->base_url, "http://%s:%u", address, (unsigned)s->port);
    (void)pthread_mutex_unlock(&s->lock);
    return ERR_OK;
}

struct sandbox_server *sandbox_server_start(const struct sandbox_server_config *config, struct fault *fault)
{
    struct sandbox_server *s;
    BUG_IF(config->clock == NULL);
    s = server_new(config);
    if (s == NULL) {
        (void)fault_set(fault, ERR_FULL, "no memory for the sandbox");
        return NULL;
    }
    /* Requests that come before the courier runs wait for it in the model. */
    if (listen_on(s, fault) != ERR_OK) {
        server_free(s);
        return NULL;
    }
    if (pthread_create(&s->courier_thread, NULL, courier_run, s->courier) != 0) {
        (void)fault_set(fault, ERR_FULL, "no thread for the sandbox's webhooks");
        MHD_stop_daemon(s->daemon);
        server_free(s);
        return NULL;
    }
    return s;
}

void sandbox_server_stop(struct sandbox_server *s)
{
    if (s == NULL) return;
    (void)pthread_mutex_lock(&s->lock);
    s->stopping = true;
    (void)sb_server_timers(s, INT64_MAX);
    courier_wake(s->courier);
    (void)pthread_mutex_unlock(&s->lock);
    (void)pthread_join(s->courier_thread, NULL);
    MHD_stop_daemon(s->daemon);
    server_free(s);
}

uint16_t sandbox_server_port(const struct sandbox_server *s)
{
    return s->port;
}

void sandbox_server_with(struct sandbox_server *s,
                         void (*with)(void *user, struct sandbox *sb, int64_t now_ms), void *user)
{
    (void)pthread_mutex_lock(&s->lock);
    with(user, s->sb, sb_server_now(s));
    sb_server_wake(s, sandbox_next_event_ms(s->sb));
    (void)pthread_mutex_unlock(&s->lock);
}
