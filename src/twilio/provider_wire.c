/*
 * provider_wire: the port itself: what starts an attempt, what its answer is, and the making and ending of it all.
 * Owns attempts, connections, origins and accounts. A failure of the network is an answer, never an error. Contract
 * in provider_wire.h and provider.h.
 */
#include "twilio/provider_wire.h"

#include "base/mutant.h"
#include "twilio/answer.h"
#include "twilio/request.h"
#include "twilio/wire_inside.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { IN_FLIGHT_MOST = 4096, ANSWER_BYTES_MAX = 1 << 20, LIST_BYTES_MAX = 8 << 20, KEPT_BYTES_MAX = 64 * 1024 };
enum { HEAD_BYTES_MAX = REQUEST_URL_BYTES_MAX + 2048 };

static struct provider_wire *of(struct provider *p)
{
    return (struct provider_wire *)(void *)p;
}

static enum err set_account(struct provider *port, uint32_t handle, const struct twilio_account *account,
                            struct fault *f)
{
    struct provider_wire *p = of(port);
    struct wire_account *a;
    enum err failed = wire_account_new(p, account, &a, f);
    union map_value *place = failed == ERR_OK ? map_put(&p->accounts, handle) : NULL;

    if (failed != ERR_OK) return failed;
    if (place == NULL) {
        wire_account_release(a);
        return fault_set(f, ERR_FULL, "no memory for account %s", account->account_sid);
    }
    wire_account_release(place->ptr);
    place->ptr = a;
    return ERR_OK;
}

/* ---- starting -------------------------------------------------------------------------------------- */

static void drop_big(struct buf *b)
{
    if (b->capacity > KEPT_BYTES_MAX) buf_free(b);
}

static void attempt_release(struct provider_wire *p, struct wire_attempt *a)
{
    map_remove(&p->by_tag, a->tag);
    wire_account_release(a->account);
    a->account = NULL;
    a->home = WIRE_FREE;
    drop_big(&a->request);
    drop_big(&a->answer.body);
    a->next = p->free;
    p->free = a;
}

static void add_number(struct buf *out, size_t number)
{
    char digits[20];
    size_t at = sizeof digits;

    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    buf_add(out, (struct str){digits + at, sizeof digits - at});
}

/* The bytes of a request, head and body. The order of fields is libcurl's. */
static enum err write_request(struct provider_wire *p, struct wire_attempt *a, const struct provider_request *r)
{
    struct buf *out = &a->request;
    bool is_post = request_is_post(r->call);
    enum err failed;

    buf_clear(&p->form);
    buf_clear(out);
    failed = request_form_add(&p->form, r);
    buf_add(out, is_post ? STR("POST ") : STR("GET "));
    buf_add(out, a->origin->prefix);
    if (failed == ERR_OK) failed = request_target_add(out, a->account->sid, r, str_from(a->origin->base));
    buf_add(out, STR(" HTTP/1.1\r\nHost: "));
    buf_add_text(out, a->origin->host_field);
    buf_add(out, buf_str(&a->account->fields));
    if (is_post) {
        buf_add(out, STR("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: "));
        add_number(out, p->form.len);
        buf_add(out, STR("\r\n"));
    }
    buf_add(out, STR("\r\n"));
    buf_add(out, buf_str(&p->form));
    if (failed == ERR_OK) failed = buf_check(&p->form);
    return failed == ERR_OK ? buf_check(out) : failed;
}

static void reset(struct wire_attempt *a, const struct provider_request *r, struct wire_account *account)
{
    account->uses++;
    a->account = account;
    a->origin = account->origins[r->edge % account->origins_count];
    a->tag = r->tag;
    a->call = r->call;
    a->given = a->left = a->tried = 0;
    a->wrong[0] = '\0';
    http_answer_clear(&a->answer, r->call == PROVIDER_LIST ? LIST_BYTES_MAX : ANSWER_BYTES_MAX);
}

static void queue(struct provider_wire *p, struct wire_attempt *a)
{
    int64_t now_ms = clock_mono_ms(p->clock);

    a->deadline_ms = now_ms + p->timeout_ms;
    a->connect_deadline_ms = now_ms + p->connect_timeout_ms;
    if (a->deadline_ms < p->due_ms) p->due_ms = a->deadline_ms;
    if (a->connect_deadline_ms < p->due_ms) p->due_ms = a->connect_deadline_ms;
    a->home = WIRE_QUEUED;
    wire_queue_put(&p->queued, a);
}

static enum err start(struct provider *port, const struct provider_request *r)
{
    struct provider_wire *p = of(port);
    struct wire_attempt *a = p->free;
    struct wire_account *account = map_ptr(&p->accounts, r->account);
    union map_value *place;
    enum err failed;

    if (account == NULL) return ERR_NOT_FOUND;
    if (!request_is_sound(r) || map_get(&p->by_tag, r->tag) != NULL) return ERR_INVALID;
    if (a == NULL) return ERR_FULL;
    place = map_put(&p->by_tag, r->tag);
    if (place == NULL) return ERR_FULL;
    place->ptr = a;
    p->free = a->next;
    reset(a, r, account);
    failed = str_copy(r->sid, a->sid, sizeof a->sid);
    if (failed == ERR_OK) failed = write_request(p, a, r);
    if (failed == ERR_OK)
        queue(p, a);
    else
        attempt_release(p, a);
    return failed == ERR_LIMIT ? ERR_INVALID : failed;
}

/* ---- answering ------------------------------------------------------------------------------------- */

static void read_answer(const struct wire_attempt *a, struct provider_answer *out)
{
    const struct http_answer *h = &a->answer;

    answer_make(&(struct answer_seen){.tag = a->tag,
                                      .call = a->call,
                                      .sid = a->sid,
                                      .first_byte_sent = a->left > 0,
                                      .handed_over = a->left == a->request.len && !MUTANT(wire_written_is_unsent),
                                      .complete = h->home == HTTP_ANSWER_DONE,
                                      .http_status = h->status,
                                      .body = buf_str(&h->body),
                                      .date = h->date,
                                      .retry_after = h->retry_after,
                                      .request_id = h->request_id,
                                      .failed = a->wrong[0] != '\0' ? a->wrong : h->wrong},
                out);
}

static size_t poll_answers(struct provider *port, int64_t timeout_ms, struct provider_answer out[], size_t max)
{
    struct provider_wire *p = of(port);
    struct wire_attempt *a;
    size_t count = 0;

    wire_drive(p, clock_mono_ms(p->clock) + (timeout_ms < 0 ? 0 : timeout_ms));
    while (count < max && (a = wire_queue_take(&p->ended)) != NULL) {
        read_answer(a, &out[count++]);
        attempt_release(p, a);
    }
    return count;
}

/* ---- the rest of the port -------------------------------------------------------------------------- */

static void wakeup(struct provider *port)
{
    struct provider_wire *p = of(port);
    uint64_t one = 1;

    if (atomic_exchange(&p->is_woken, true)) return; /* the wake before is not taken yet: it serves for this one */
    if (write(p->event_fd, &one, sizeof one) < 0) { /* a full counter wakes as well */
    }
}

static bool bytes_out(struct provider *port, uint64_t tag)
{
    const struct wire_attempt *a = map_ptr(&of(port)->by_tag, tag);
    return a == NULL || a->left > 0;
}

static bool withdraw(struct provider *port, uint64_t tag)
{
    struct provider_wire *p = of(port);
    struct wire_attempt *a = map_ptr(&p->by_tag, tag);

    if (a == NULL || a->home == WIRE_ENDED || a->left > 0) return false;
    wire_flight_drop(p, a);
    attempt_release(p, a);
    return true;
}

static void stop(struct provider *port)
{
    struct provider_wire *p = of(port);
    struct map_slot *slot;

    for (size_t i = 0; p->slots != NULL && i < p->count; i++)
        wire_link_close(&p->slots[i].link);
    for (size_t i = 0; p->attempts != NULL && i < p->count; i++) {
        wire_account_release(p->attempts[i].account);
        buf_free(&p->attempts[i].request);
        http_answer_free(&p->attempts[i].answer);
    }
    for (size_t i = 0; (slot = map_next(&p->accounts, &i)) != NULL;)
        wire_account_release(slot->value.ptr);
    for (size_t i = 0; i < p->origins_count; i++)
        wire_origin_free(p->origins[i]);
    map_free(&p->accounts);
    map_free(&p->by_tag);
    SSL_CTX_free(p->tls);
    buf_free(&p->form);
    if (p->epoll_fd >= 0) close(p->epoll_fd);
    if (p->event_fd >= 0) close(p->event_fd);
    free(p->slots);
    free(p->attempts);
    free(p->ca_file);
    free(p);
}

static const struct provider_ops OPS = {
    .start = start,
    .poll = poll_answers,
    .answer_free = answer_free,
    .wakeup = wakeup,
    .set_account = set_account,
    .stop = stop,
    .bytes_out = bytes_out,
    .withdraw = withdraw,
};

/* ---- making ---------------------------------------------------------------------------------------- */

static enum err make_epoll(struct provider_wire *p)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = p};

    p->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    p->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (p->epoll_fd < 0 || p->event_fd < 0) return ERR_IO;
    return epoll_ctl(p->epoll_fd, EPOLL_CTL_ADD, p->event_fd, &event) == 0 ? ERR_OK : ERR_IO;
}

static enum err make_attempts(struct provider_wire *p, size_t count)
{
    p->attempts = calloc(count, sizeof *p->attempts);
    p->slots = calloc(count, sizeof *p->slots);
    p->count = p->attempts != NULL && p->slots != NULL ? count : 0;
    if (p->count == 0) return ERR_FULL;
    for (size_t i = count; i-- > 0;) {
        struct wire_attempt *a = &p->attempts[i];
        buf_init(&a->request, HEAD_BYTES_MAX + REQUEST_BODY_BYTES_MAX);
        http_answer_init(&a->answer);
        a->next = p->free;
        p->free = a;
        p->slots[i] = (struct wire_slot){.link.fd = -1, .next = p->free_slots};
        p->free_slots = &p->slots[i];
    }
    return ERR_OK;
}

static struct provider_wire *make(const struct provider_curl_config *c, wire_resolve *resolve)
{
    struct provider_wire *p = calloc(1, sizeof *p);

    if (p == NULL) return NULL;
    p->port = (struct provider){&OPS};
    p->clock = c->clock;
    p->timeout_ms = c->timeout_ms;
    p->connect_timeout_ms = c->connect_timeout_ms;
    p->idle_max_ms = c->idle_max_ms;
    p->send_buffer_bytes = c->send_buffer_bytes;
    p->resolve = resolve;
    p->epoll_fd = p->event_fd = -1;
    p->due_ms = INT64_MAX;
    wire_queue_init(&p->queued);
    wire_queue_init(&p->ended);
    map_init(&p->by_tag);
    map_init(&p->accounts);
    buf_init(&p->form, REQUEST_BODY_BYTES_MAX);
    return p;
}

enum err provider_wire_new(const struct provider_curl_config *c, wire_resolve *resolve, struct provider **out,
                           struct fault *f)
{
    struct provider_wire *p;
    enum err failed = ERR_OK;

    *out = NULL;
    if (c->in_flight_max < 1 || c->in_flight_max > IN_FLIGHT_MOST || c->timeout_ms < 1 || c->connect_timeout_ms < 1)
        return fault_set(f, ERR_INVALID, "requests in flight must be 1 to %d, and timeouts at least 1 ms",
                         IN_FLIGHT_MOST);
    p = make(c, resolve);
    if (p == NULL) return fault_set(f, ERR_FULL, "no memory for the provider's client");
    if (c->ca_file != NULL) {
        p->ca_file = strdup(c->ca_file);
        if (p->ca_file == NULL) failed = ERR_FULL;
    }
    if (failed == ERR_OK) failed = make_attempts(p, c->in_flight_max);
    if (failed == ERR_OK) failed = make_epoll(p);
    if (failed == ERR_OK) {
        *out = &p->port;
        return ERR_OK;
    }
    stop(&p->port);
    return fault_set(f, failed, "the provider's client cannot be set up: %s", err_name(failed));
}

bool provider_wire_is_proxied(void)
{
    static const char *const names[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && value[0] != '\0') return true;
    }
    return false;
}
