/*
 * provider_curl: requests as attempts on a bounded set of easy handles, driven by libcurl's socket interface
 * over one epoll. Owns handles, connections, accounts' headers and answers not yet polled. A failure of the
 * network is an answer, never an error. Contract in provider.h.
 */
#include "twilio/provider_curl.h"

#include "base/map.h"
#include "twilio/answer.h"
#include "twilio/exchange.h"
#include "twilio/request.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { IN_FLIGHT_MOST = 4096, EVENTS_AT_ONCE = 64, WAIT_MS_MAX = 60000 };

/* What requests of an account share. Replaced as a whole; freed when the last request that uses it ends. */
struct curl_account {
    size_t uses; /* attempts, and one for being current */
    struct twilio_account account;
    struct curl_slist *get_headers, *post_headers;
};

enum attempt_home {
    ATTEMPT_FREE /* in p->free */,
    ATTEMPT_FLYING /* in the multi handle */,
    ATTEMPT_DONE /* in p->done */
};

struct attempt {
    struct exchange x; /* kept from use to use */
    enum attempt_home home;
    uint64_t tag;
    enum provider_call call;
    struct curl_account *account;
    char sid[TWILIO_SID_BYTES]; /* asked for; "" for CREATE and LIST */
    CURLcode result;
    struct attempt *next; /* in its list */
};

struct provider_curl {
    struct provider port; /* first: the port's pointer is ours */
    struct clock *clock;
    struct exchange_settings settings;
    char *ca_file;
    CURLM *multi;
    int epoll_fd, event_fd;
    int64_t timer_due_ms; /* monotonic; -1 none: when libcurl wants to be called */
    struct attempt *attempts;
    size_t attempts_count;
    struct attempt *free, *done, **done_end;
    struct map by_tag, accounts;
    struct sockets sockets;
};

static struct provider_curl *of(struct provider *p)
{
    return (struct provider_curl *)(void *)p;
}

/* ---- accounts -------------------------------------------------------------------------------------- */

static void account_release(struct curl_account *a)
{
    if (a == NULL || --a->uses > 0) return;
    exchange_headers_free(a->get_headers);
    exchange_headers_free(a->post_headers);
    twilio_account_wipe(&a->account);
    free(a);
}

static enum err set_account(struct provider *port, uint32_t handle, const struct twilio_account *account,
                            struct fault *f)
{
    struct provider_curl *p = of(port);
    struct curl_account *a = calloc(1, sizeof *a);
    union map_value *place;

    if (a == NULL) return fault_set(f, ERR_FULL, "no memory for account %s", account->account_sid);
    *a = (struct curl_account){.uses = 1, .account = *account};
    a->get_headers = exchange_headers(account, false);
    a->post_headers = exchange_headers(account, true);
    place = map_put(&p->accounts, handle);
    if (a->get_headers == NULL || a->post_headers == NULL || place == NULL) {
        account_release(a);
        return fault_set(f, ERR_FULL, "no memory for account %s", account->account_sid);
    }
    account_release(place->ptr);
    place->ptr = a;
    return ERR_OK;
}

/* ---- libcurl's sockets and timer ------------------------------------------------------------------- */

static int watch_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *seen)
{
    struct provider_curl *p = user;
    struct epoll_event event = {.data.fd = fd};

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        (void)epoll_ctl(p->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
        return 0;
    }
    if (what == CURL_POLL_IN || what == CURL_POLL_INOUT) event.events |= EPOLLIN;
    if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT) event.events |= EPOLLOUT;
    if (epoll_ctl(p->epoll_fd, seen == NULL ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event) != 0) return -1;
    curl_multi_assign(p->multi, fd, p);
    return 0;
}

static int set_timer(CURLM *multi, long timeout_ms, void *user)
{
    struct provider_curl *p = user;
    (void)multi;
    p->timer_due_ms = timeout_ms < 0 ? -1 : clock_mono_ms(p->clock) + timeout_ms;
    return 0;
}

/* Moves what libcurl has finished to the done list. */
static void collect(struct provider_curl *p)
{
    CURLMsg *message;
    int left = 0;

    while ((message = curl_multi_info_read(p->multi, &left)) != NULL) {
        struct attempt *a = NULL;
        CURLcode result = message->data.result;
        CURL *easy = message->easy_handle;
        if (message->msg != CURLMSG_DONE) continue;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&a);
        curl_multi_remove_handle(p->multi, easy);
        if (exchange_wants_fresh(&a->x, result) && curl_multi_add_handle(p->multi, easy) == CURLM_OK)
            continue;
        a->home = ATTEMPT_DONE;
        a->result = result;
        a->next = NULL;
        *p->done_end = a;
        p->done_end = &a->next;
    }
}

static void run_timer(struct provider_curl *p)
{
    int running = 0;
    if (p->timer_due_ms < 0 || clock_mono_ms(p->clock) < p->timer_due_ms) return;
    p->timer_due_ms = -1;
    curl_multi_socket_action(p->multi, CURL_SOCKET_TIMEOUT, 0, &running);
}

/* Handles what epoll gave; true if somebody woke us. */
static bool run_events(struct provider_curl *p, const struct epoll_event *events, int count)
{
    bool woken = false;
    for (int i = 0; i < count; i++) {
        int running = 0, flags = 0;
        if (events[i].data.fd == p->event_fd) {
            uint64_t times;
            woken = read(p->event_fd, &times, sizeof times) == (ssize_t)sizeof times || woken;
            continue;
        }
        if ((events[i].events & (EPOLLIN | EPOLLHUP)) != 0) flags |= CURL_CSELECT_IN;
        if ((events[i].events & EPOLLOUT) != 0) flags |= CURL_CSELECT_OUT;
        if ((events[i].events & EPOLLERR) != 0) flags |= CURL_CSELECT_ERR;
        curl_multi_socket_action(p->multi, events[i].data.fd, flags, &running);
    }
    return woken;
}

/* Waits until something is done, somebody wakes us, or deadline_ms has come. */
static void drive(struct provider_curl *p, int64_t deadline_ms)
{
    struct epoll_event events[EVENTS_AT_ONCE];
    bool woken = false;
    int64_t now_ms;

    do {
        int64_t until_ms = deadline_ms;
        int count;
        run_timer(p);
        collect(p);
        now_ms = clock_mono_ms(p->clock);
        if (p->timer_due_ms >= 0 && p->timer_due_ms < until_ms) until_ms = p->timer_due_ms;
        if (p->done != NULL || until_ms < now_ms) until_ms = now_ms;
        if (until_ms > now_ms + WAIT_MS_MAX) until_ms = now_ms + WAIT_MS_MAX;
        count = epoll_wait(p->epoll_fd, events, EVENTS_AT_ONCE, (int)(until_ms - now_ms));
        BUG_IF(count < 0 && errno != EINTR);
        woken = run_events(p, events, count);
        run_timer(p);
        collect(p);
    } while (p->done == NULL && !woken && now_ms < deadline_ms);
}

/* ---- starting -------------------------------------------------------------------------------------- */

static void attempt_release(struct provider_curl *p, struct attempt *a)
{
    map_remove(&p->by_tag, a->tag);
    account_release(a->account);
    a->account = NULL;
    a->home = ATTEMPT_FREE;
    a->next = p->free;
    p->free = a;
}

/* Puts URL, form and headers into the attempt's exchange. */
static enum err prepare(struct attempt *a, const struct provider_request *r)
{
    bool is_post = request_is_post(r->call);
    struct buf url, base;
    enum err failed;

    exchange_clear(&a->x, r->call == PROVIDER_LIST ? EXCHANGE_LIST_BYTES_MAX : EXCHANGE_ANSWER_BYTES_MAX);
    buf_init(&url, REQUEST_URL_BYTES_MAX);
    buf_init(&base, TWILIO_URL_BYTES);
    twilio_base_url_add(&base, &a->account->account, TWILIO_API, r->edge);
    buf_add(&url, buf_str(&base));
    failed = request_target_add(&url, a->account->account.account_sid, r, buf_str(&base));
    if (failed == ERR_OK) failed = request_form_add(&a->x.request, r);
    if (failed == ERR_OK) failed = buf_check(&url);
    if (failed == ERR_OK)
        failed = exchange_prepare(&a->x, is_post ? EXCHANGE_POST : EXCHANGE_GET, buf_text(&url),
                                  is_post ? a->account->post_headers : a->account->get_headers);
    buf_free(&base);
    buf_free(&url);
    return failed;
}

/* An easy handle is made when it is first needed, because many installations never fly so many. */
static enum err make_ready(struct provider_curl *p, struct attempt *a)
{
    enum err failed;
    if (a->x.easy != NULL) return ERR_OK;
    failed = exchange_init(&a->x, &p->settings, &p->sockets);
    if (failed == ERR_OK) curl_easy_setopt(a->x.easy, CURLOPT_PRIVATE, a);
    return failed;
}

static enum err start(struct provider *port, const struct provider_request *r)
{
    struct provider_curl *p = of(port);
    struct attempt *a = p->free;
    struct curl_account *account = map_ptr(&p->accounts, r->account);
    union map_value *place;
    enum err failed;

    if (account == NULL) return ERR_NOT_FOUND;
    if (!request_is_sound(r) || map_get(&p->by_tag, r->tag) != NULL) return ERR_INVALID;
    if (a == NULL) return ERR_FULL;
    failed = make_ready(p, a);
    place = failed == ERR_OK ? map_put(&p->by_tag, r->tag) : NULL;
    if (place == NULL) return failed != ERR_OK ? failed : ERR_FULL;
    place->ptr = a;
    p->free = a->next;
    account->uses++;
    a->account = account;
    a->tag = r->tag;
    a->call = r->call;
    failed = str_copy(r->sid, a->sid, sizeof a->sid);
    if (failed == ERR_OK) failed = prepare(a, r);
    if (failed == ERR_OK && curl_multi_add_handle(p->multi, a->x.easy) != CURLM_OK) failed = ERR_FULL;
    if (failed == ERR_OK)
        a->home = ATTEMPT_FLYING;
    else
        attempt_release(p, a);
    return failed == ERR_LIMIT ? ERR_INVALID : failed;
}

/* ---- answering ------------------------------------------------------------------------------------- */

/* Tells what a finished attempt has seen. */
static void read_answer(struct attempt *a, struct provider_answer *out)
{
    struct exchange_seen seen;

    exchange_seen(&a->x, a->result, &seen);
    answer_make(&(struct answer_seen){.tag = a->tag,
                                      .call = a->call,
                                      .sid = a->sid,
                                      .first_byte_sent = a->x.first_byte_out,
                                      .handed_over = seen.handed_over,
                                      .complete = seen.failed == NULL,
                                      .http_status = seen.http_status,
                                      .body = buf_str(&a->x.response),
                                      .date = a->x.date,
                                      .retry_after = a->x.retry_after,
                                      .request_id = a->x.request_id,
                                      .failed = seen.failed},
                out);
}

static size_t poll_answers(struct provider *port, int64_t timeout_ms, struct provider_answer out[],
                           size_t max)
{
    struct provider_curl *p = of(port);
    size_t count = 0;

    drive(p, clock_mono_ms(p->clock) + (timeout_ms < 0 ? 0 : timeout_ms));
    while (p->done != NULL && count < max) {
        struct attempt *a = p->done;
        p->done = a->next;
        if (p->done == NULL) p->done_end = &p->done;
        read_answer(a, &out[count++]);
        attempt_release(p, a);
    }
    return count;
}

/* ---- the rest of the port -------------------------------------------------------------------------- */

static void wakeup(struct provider *port)
{
    uint64_t one = 1;
    ssize_t written = write(of(port)->event_fd, &one, sizeof one);
    (void)written; /* a full counter wakes as well */
}

static bool bytes_out(struct provider *port, uint64_t tag)
{
    const struct attempt *a = map_ptr(&of(port)->by_tag, tag);
    return a == NULL || a->x.first_byte_out;
}

static bool withdraw(struct provider *port, uint64_t tag)
{
    struct provider_curl *p = of(port);
    struct attempt *a = map_ptr(&p->by_tag, tag);

    if (a == NULL || a->home != ATTEMPT_FLYING || a->x.first_byte_out) return false;
    curl_multi_remove_handle(p->multi, a->x.easy);
    attempt_release(p, a);
    return true;
}

static void stop(struct provider *port)
{
    struct provider_curl *p = of(port);
    struct map_slot *slot;

    for (size_t i = 0; i < p->attempts_count; i++) {
        struct attempt *a = &p->attempts[i];
        if (a->home == ATTEMPT_FLYING) curl_multi_remove_handle(p->multi, a->x.easy);
        account_release(a->account);
        exchange_free(&a->x);
    }
    curl_multi_cleanup(p->multi); /* still watches sockets while it closes them */
    for (size_t i = 0; (slot = map_next(&p->accounts, &i)) != NULL;)
        account_release(slot->value.ptr);
    sockets_free(&p->sockets);
    map_free(&p->accounts);
    map_free(&p->by_tag);
    if (p->epoll_fd >= 0) close(p->epoll_fd);
    if (p->event_fd >= 0) close(p->event_fd);
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

static enum err make_multi(struct provider_curl *p)
{
    CURLMcode bad = CURLM_OK;

    p->multi = curl_multi_init();
    if (p->multi == NULL) return ERR_FULL;
    bad |= curl_multi_setopt(p->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
    bad |= curl_multi_setopt(p->multi, CURLMOPT_SOCKETDATA, p);
    bad |= curl_multi_setopt(p->multi, CURLMOPT_TIMERFUNCTION, set_timer);
    bad |= curl_multi_setopt(p->multi, CURLMOPT_TIMERDATA, p);
    bad |= curl_multi_setopt(p->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
    bad |= curl_multi_setopt(p->multi, CURLMOPT_MAXCONNECTS, (long)p->attempts_count);
    return bad == CURLM_OK ? ERR_OK : ERR_UNAVAILABLE;
}

static enum err make_epoll(struct provider_curl *p)
{
    struct epoll_event event = {.events = EPOLLIN};

    p->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    p->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    event.data.fd = p->event_fd;
    if (p->epoll_fd < 0 || p->event_fd < 0) return ERR_IO;
    return epoll_ctl(p->epoll_fd, EPOLL_CTL_ADD, p->event_fd, &event) == 0 ? ERR_OK : ERR_IO;
}

static enum err make_attempts(struct provider_curl *p, size_t count)
{
    p->attempts = calloc(count, sizeof *p->attempts);
    if (p->attempts == NULL) return ERR_FULL;
    p->attempts_count = count;
    for (size_t i = count; i > 0; i--) {
        p->attempts[i - 1].next = p->free;
        p->free = &p->attempts[i - 1];
    }
    return ERR_OK;
}

enum err provider_curl_new(const struct provider_curl_config *c, struct provider **out, struct fault *f)
{
    struct provider_curl *p;
    enum err failed = exchange_global_init();

    *out = NULL;
    if (failed != ERR_OK) return fault_set(f, failed, "libcurl does not start");
    if (c->in_flight_max < 1 || c->in_flight_max > IN_FLIGHT_MOST || c->timeout_ms < 1 ||
        c->connect_timeout_ms < 1)
        return fault_set(f, ERR_INVALID, "requests in flight must be 1 to %d, and timeouts at least 1 ms",
                         IN_FLIGHT_MOST);
    p = calloc(1, sizeof *p);
    if (p == NULL) return fault_set(f, ERR_FULL, "no memory for the provider's client");
    *p = (struct provider_curl){
        .port = {&OPS}, .clock = c->clock, .epoll_fd = -1, .event_fd = -1, .timer_due_ms = -1};
    p->done_end = &p->done;
    map_init(&p->by_tag);
    map_init(&p->accounts);
    sockets_init(&p->sockets);
    if (c->ca_file != NULL) p->ca_file = strdup(c->ca_file);
    p->settings = (struct exchange_settings){c->timeout_ms, c->connect_timeout_ms, c->idle_max_ms,
                                             c->send_buffer_bytes, p->ca_file};
    failed = make_attempts(p, c->in_flight_max);
    if (failed == ERR_OK) failed = make_multi(p);
    if (failed == ERR_OK) failed = make_epoll(p);
    if (failed == ERR_OK) {
        *out = &p->port;
        return ERR_OK;
    }
    stop(&p->port);
    return fault_set(f, failed, "the provider's client cannot be set up: %s", err_name(failed));
}
