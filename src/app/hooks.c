/* hooks: one thread, one libcurl multi handle, a bounded number of deliveries each endpoint. Contract in
 * hooks.h. An endpoint's position moves only past events that were delivered or stored for another try. */
#include "app/hooks.h"

#include "app/address.h"
#include "app/event_view.h"
#include "base/log.h"
#include "base/rng.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    ENDPOINTS_MAX = 1024,
    IN_FLIGHT_MAX = 128, /* deliveries at once */
    PER_ENDPOINT_MAX = 4,
    BODY_BYTES_MAX = 64 * 1024,
    EVENTS_AHEAD = 64, /* events read at once for one endpoint */
    REFRESH_MS = 1000, /* endpoints are read again at least so often */
};

enum delivery_state { DELIVERY_FREE = 0, DELIVERY_OUT, DELIVERY_DONE };

struct delivery {
    enum delivery_state state;
    uint64_t event;
    unsigned attempt; /* failed tries before this one */
    CURL *curl;
    struct curl_slist *headers;
    struct buf body;
    long http_status;
    size_t answer_bytes;
    bool is_private; /* its address was refused */
    char error[CURL_ERROR_SIZE];
    struct target *target;
    int64_t started_ms;
};

/* An endpoint as this thread works on it. */
struct target {
    uint32_t id;
    org_id org;
    char url[2048];
    char secret[256];
    uint32_t types;
    uint64_t position; /* stored */
    uint64_t read_to;  /* events up to here were looked at */
    struct delivery slots[PER_ENDPOINT_MAX];
    size_t out;
    bool seen;     /* still an active endpoint at the last refresh */
    bool writing;  /* a progress change is on its way */
    bool unstored; /* it came back refused and is to be written again */
    struct change_hooks change;
    struct hook_retry retries[PER_ENDPOINT_MAX];
    struct hooks *hooks;
};

struct hooks {
    struct app *app;
    struct store_reader *reader;
    struct arena scratch;
    CURLM *multi;
    pthread_t thread;
    _Atomic bool stopping, woken;
    struct target *targets[ENDPOINTS_MAX];
    size_t first, targets_count, in_flight;
    int64_t refreshed_ms;
    struct rng rng;
    pthread_mutex_t lock;  /* guards hand-backs (`writing`, `unstored`) and the view */
    pthread_cond_t stored; /* signalled when a hand-back came */
    struct hooks_view view;
};

int64_t hooks_next_try_ms(const struct settings *s, unsigned attempt, int64_t now_ms, uint64_t jitter)
{
    int64_t pause = s->hooks_retry_first_ms;
    if ((int64_t)attempt >= s->hooks_attempts_max) return 0;
    for (unsigned i = 1; i < attempt && pause < s->hooks_retry_max_ms; i++)
        pause *= 2;
    if (pause > s->hooks_retry_max_ms) pause = s->hooks_retry_max_ms;
    pause = pause - pause / 10 + (int64_t)(jitter % (uint64_t)(pause / 5 + 1));
    return now_ms + (pause < 1 ? 1 : pause);
}

void hooks_sign(struct str secret, int64_t now_ms, struct str body, char out[HOOK_SIGNATURE_BYTES])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    struct buf text;
    int n = snprintf(out, HOOK_SIGNATURE_BYTES, "t=%" PRId64 ",v1=", now_ms / 1000);

    buf_init(&text, BODY_BYTES_MAX + 32);
    buf_addf(&text, "%" PRId64 ".", now_ms / 1000);
    buf_add(&text, body);
    BUG_IF(HMAC(EVP_sha256(), secret.at, (int)secret.len, (const unsigned char *)buf_text(&text), text.len,
                digest, &length) == NULL);
    for (unsigned i = 0; i < length; i++)
        n += snprintf(out + n, HOOK_SIGNATURE_BYTES - (size_t)n, "%02x", digest[i]);
    buf_free(&text);
}

static curl_socket_t open_public_socket(void *owner, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct delivery *d = owner;
    (void)purpose;
    d->is_private = !d->target->hooks->app->settings->hooks_allow_private && !address_is_public(&address->addr);
    if (d->is_private) return CURL_SOCKET_BAD;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* The status says all; of the rest a bounded part is read, so that the connection ends in good order. */
static size_t ignore_answer(char *at, size_t size, size_t count, void *owner)
{
    struct delivery *d = owner;
    (void)at;
    d->answer_bytes += size * count;
    return d->answer_bytes > BODY_BYTES_MAX ? 0 : size * count;
}

static void set_options(struct delivery *d, const struct settings *s)
{
    curl_easy_setopt(d->curl, CURLOPT_URL, d->target->url);
    curl_easy_setopt(d->curl, CURLOPT_HTTPHEADER, d->headers);
    curl_easy_setopt(d->curl, CURLOPT_POSTFIELDSIZE, (long)d->body.len);
    curl_easy_setopt(d->curl, CURLOPT_POSTFIELDS, buf_text(&d->body));
    curl_easy_setopt(d->curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(d->curl, CURLOPT_PROXY, "");
    curl_easy_setopt(d->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(d->curl, CURLOPT_TIMEOUT_MS, (long)s->hooks_timeout_ms);
    curl_easy_setopt(d->curl, CURLOPT_PROTOCOLS_STR, s->hooks_allow_private ? "http,https" : "https");
    curl_easy_setopt(d->curl, CURLOPT_OPENSOCKETFUNCTION, open_public_socket);
    curl_easy_setopt(d->curl, CURLOPT_OPENSOCKETDATA, d);
    curl_easy_setopt(d->curl, CURLOPT_WRITEFUNCTION, ignore_answer);
    curl_easy_setopt(d->curl, CURLOPT_WRITEDATA, d);
    curl_easy_setopt(d->curl, CURLOPT_ERRORBUFFER, d->error);
    curl_easy_setopt(d->curl, CURLOPT_PRIVATE, d);
}

static bool start_delivery(struct hooks *h, struct target *t, const struct event *e, unsigned attempt)
{
    struct delivery *d = NULL;
    char line[160], id[PUBLIC_ID_BYTES], signature[HOOK_SIGNATURE_BYTES];

    for (size_t i = 0; i < PER_ENDPOINT_MAX && d == NULL; i++)
        if (t->slots[i].state == DELIVERY_FREE) d = &t->slots[i];
    if (d == NULL || h->in_flight >= IN_FLIGHT_MAX) return false;
    *d = (struct delivery){.state = DELIVERY_OUT, .event = e->id, .attempt = attempt, .target = t};
    buf_init(&d->body, BODY_BYTES_MAX);
    event_render(h->app->ids, h->reader, &h->scratch, e, &d->body);
    arena_reset(&h->scratch);
    d->curl = curl_easy_init();
    if (d->curl == NULL || buf_check(&d->body) != ERR_OK) {
        if (d->curl != NULL) curl_easy_cleanup(d->curl);
        buf_free(&d->body);
        d->state = DELIVERY_FREE;
        return false;
    }
    public_id_format(h->app->ids, PUBLIC_EVENT, e->id, id);
    hooks_sign(str_from(t->secret), clock_wall_ms(h->app->clock), buf_str(&d->body), signature);
    d->headers = curl_slist_append(NULL, "Content-Type: application/json");
    (void)snprintf(line, sizeof line, "Sterling-Event: %s", id);
    d->headers = curl_slist_append(d->headers, line);
    (void)snprintf(line, sizeof line, "Sterling-Signature: %s", signature);
    d->headers = curl_slist_append(d->headers, line);
    set_options(d, h->app->settings);
    d->started_ms = clock_mono_ms(h->app->clock);
    BUG_IF(curl_multi_add_handle(h->multi, d->curl) != CURLM_OK);
    t->out++;
    h->in_flight++;
    return true;
}

static bool has_room(const struct hooks *h, const struct target *t)
{
    return t->out < PER_ENDPOINT_MAX && h->in_flight < IN_FLIGHT_MAX && !t->writing;
}

static bool is_out(const struct target *t, uint64_t event)
{
    for (size_t i = 0; i < PER_ENDPOINT_MAX; i++)
        if (t->slots[i].state != DELIVERY_FREE && t->slots[i].event == event) return true;
    return false;
}

static void start_new_events(struct hooks *h, struct target *t)
{
    struct event events[EVENTS_AHEAD];
    size_t count = EVENTS_AHEAD;

    if (!has_room(h, t) ||
        h->reader->store->ops->events(h->reader, t->org, t->read_to, events, &count) != ERR_OK)
        return;
    for (size_t i = 0; i < count; i++) {
        if ((t->types >> events[i].type & 1) != 0 && !start_delivery(h, t, &events[i], 0)) return;
        t->read_to = events[i].id;
    }
}

/* The event is older than what is kept: it stays a dead letter that says so. */
static void give_up(const struct hooks *h, struct target *t, uint64_t event)
{
    struct delivery *d = t->slots;
    while (d->state != DELIVERY_FREE) /* has_room said that there is one */
        d++;
    *d = (struct delivery){.state = DELIVERY_DONE,
                           .event = event,
                           .attempt = (unsigned)h->app->settings->hooks_attempts_max,
                           .target = t};
    (void)snprintf(d->error, sizeof d->error, "the event is older than events.keep_h and is gone");
    t->out++;
}

static void start_retries(struct hooks *h, struct target *t, int64_t now_ms)
{
    struct hook_retry due[PER_ENDPOINT_MAX * 2];
    size_t count = sizeof due / sizeof due[0];
    struct event e;

    if (!has_room(h, t) || h->reader->store->ops->hook_retries(h->reader, &h->scratch, t->org, t->id, false,
                                                               now_ms, 0, due, &count) != ERR_OK)
        return;
    for (size_t i = 0; i < count && has_room(h, t); i++) {
        if (is_out(t, due[i].event)) continue;
        if (h->reader->store->ops->event_get(h->reader, t->org, due[i].event, &e) != ERR_OK)
            give_up(h, t, due[i].event);
        else if (!start_delivery(h, t, &e, due[i].attempt))
            return;
    }
}

static void note_result(struct hooks *h, bool ok, bool dead)
{
    pthread_mutex_lock(&h->lock);
    if (ok)
        h->view.delivered++;
    else
        h->view.failed++;
    if (dead) h->view.dead++;
    h->view.in_flight = (int64_t)h->in_flight;
    pthread_mutex_unlock(&h->lock);
}

static void finish_delivery(struct hooks *h, struct delivery *d, CURLcode code)
{
    curl_easy_getinfo(d->curl, CURLINFO_RESPONSE_CODE, &d->http_status);
    if (d->is_private) {
        (void)snprintf(d->error, sizeof d->error, "its address is private: only public ones are called");
    } else if (code != CURLE_OK && code != CURLE_WRITE_ERROR) {
        d->http_status = 0;
        if (d->error[0] == '\0') (void)snprintf(d->error, sizeof d->error, "%s", curl_easy_strerror(code));
    } else if (d->http_status < 200 || d->http_status > 299) {
        (void)snprintf(d->error, sizeof d->error, "answered %ld%s", d->http_status,
                       d->http_status >= 300 && d->http_status < 400 ? "; redirects are not followed" : "");
    } else {
        d->error[0] = '\0';
    }
    curl_multi_remove_handle(h->multi, d->curl);
    curl_easy_cleanup(d->curl);
    curl_slist_free_all(d->headers);
    buf_free(&d->body);
    d->state = DELIVERY_DONE;
    h->in_flight--;
}

static void progress_stored(struct change *c)
{
    struct target *t = c->owner;
    struct hooks *h = t->hooks;
    pthread_mutex_lock(&h->lock);
    t->writing = false;
    /* Refused by a full disk, it is written again in a while; a removed endpoint's is let go. */
    t->unstored = c->result != ERR_OK && c->result != ERR_NOT_FOUND;
    pthread_cond_broadcast(&h->stored);
    if (!t->unstored) hooks_wake(h);
    pthread_mutex_unlock(&h->lock);
}

static void submit_progress(struct hooks *h, struct target *t)
{
    pthread_mutex_lock(&h->lock);
    t->writing = true;
    t->unstored = false;
    pthread_mutex_unlock(&h->lock);
    h->app->queue->submit(h->app->queue, &t->change.head);
}

/* The lowest event still out, less one: everything up to there is delivered or becomes a retry. */
static uint64_t safe_position(const struct target *t)
{
    uint64_t position = t->read_to;
    for (size_t i = 0; i < PER_ENDPOINT_MAX; i++)
        if (t->slots[i].state == DELIVERY_OUT && t->slots[i].attempt == 0 && t->slots[i].event <= position)
            position = t->slots[i].event - 1;
    return position < t->position ? t->position : position;
}

static struct hook_retry retry_of(struct hooks *h, const struct delivery *d, int64_t now_ms)
{
    struct hook_retry retry = {.endpoint = d->target->id, .org = d->target->org, .event = d->event};
    bool ok = d->error[0] == '\0';
    if (!ok) {
        retry.attempt = (uint16_t)(d->attempt + 1);
        retry.next_ms = hooks_next_try_ms(h->app->settings, d->attempt + 1, now_ms, rng_u64(&h->rng));
        retry.last_status = (int32_t)d->http_status;
        retry.last_error = str_from(d->error);
    }
    note_result(h, ok, !ok && retry.next_ms == 0);
    return retry;
}

/* Writes what is finished; the texts stay in the slots until it is stored. */
static void store_progress(struct hooks *h, struct target *t, int64_t now_ms)
{
    size_t count = 0;
    uint64_t position;

    for (size_t i = 0; i < PER_ENDPOINT_MAX; i++) {
        struct delivery *d = &t->slots[i];
        if (d->state != DELIVERY_DONE) continue;
        if (d->error[0] != '\0' || d->attempt > 0)
            t->retries[count++] = retry_of(h, d, now_ms);
        else
            note_result(h, true, false);
        d->state = DELIVERY_FREE;
        t->out--;
    }
    position = safe_position(t);
    if (count == 0 && position == t->position) return;
    t->position = position;
    t->change = (struct change_hooks){.head = {.kind = CHANGE_HOOKS, .done = progress_stored, .owner = t},
                                      .org = t->org,
                                      .endpoint = t->id,
                                      .position = position,
                                      .retries = t->retries,
                                      .count = count};
    submit_progress(h, t);
}

static struct target *find_target(struct hooks *h, uint32_t id)
{
    for (size_t i = 0; i < h->targets_count; i++)
        if (h->targets[i]->id == id) return h->targets[i];
    return NULL;
}

static void take_endpoint(struct hooks *h, const struct endpoint *e)
{
    struct target *t = find_target(h, e->id);
    struct str secret;
    struct fault f;

    if (t == NULL) {
        if (h->targets_count == ENDPOINTS_MAX || (t = calloc(1, sizeof *t)) == NULL) return;
        *t = (struct target){
            .id = e->id, .org = e->org, .position = e->position, .read_to = e->position, .hooks = h};
        h->targets[h->targets_count++] = t;
    }
    t->seen = false;
    t->types = e->types;
    if (app_unseal(h->app, &h->scratch, e->org, "webhook", e->secret_sealed, &secret, &f) != ERR_OK) {
        log_event(LOG_ERROR, "webhook_secret_unreadable", log_int("endpoint", e->id),
                  log_text("why", f.what));
        return;
    }
    t->seen = str_copy(secret, t->secret, sizeof t->secret) == ERR_OK &&
              str_copy(e->url, t->url, sizeof t->url) == ERR_OK;
}

static bool is_writing(struct hooks *h, const struct target *t)
{
    bool writing;
    pthread_mutex_lock(&h->lock);
    writing = t->writing;
    pthread_mutex_unlock(&h->lock);
    return writing;
}

static void free_gone_targets(struct hooks *h)
{
    for (size_t i = 0; i < h->targets_count;) {
        struct target *t = h->targets[i];
        if (t->seen || t->out > 0 || is_writing(h, t)) {
            i++;
            continue;
        }
        free(t);
        h->targets[i] = h->targets[--h->targets_count];
    }
}

static void refresh_endpoints(struct hooks *h)
{
    struct endpoint page[64];
    uint32_t after = 0;

    for (size_t i = 0; i < h->targets_count; i++)
        h->targets[i]->seen = false;
    for (;;) {
        size_t count = sizeof page / sizeof page[0];
        if (h->reader->store->ops->endpoints(h->reader, &h->scratch, 0, after, page, &count) != ERR_OK ||
            count == 0)
            break;
        for (size_t i = 0; i < count; i++)
            take_endpoint(h, &page[i]);
        after = page[count - 1].id;
        arena_reset(&h->scratch);
    }
    arena_reset(&h->scratch);
    free_gone_targets(h);
}

static void collect_finished(struct hooks *h)
{
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(h->multi, &left)) != NULL) {
        struct delivery *d = NULL;
        CURLcode code = message->data.result;
        if (message->msg != CURLMSG_DONE) continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&d);
        finish_delivery(h, d, code);
    }
}

static void serve_target(struct hooks *h, struct target *t)
{
    if (is_writing(h, t)) return;
    if (t->unstored) {
        submit_progress(h, t);
        return;
    }
    if (t->seen) start_retries(h, t, clock_wall_ms(h->app->clock));
    if (t->seen) start_new_events(h, t);
    store_progress(h, t, clock_wall_ms(h->app->clock));
    arena_reset(&h->scratch);
}

static void *run(void *owner)
{
    struct hooks *h = owner;
    while (!h->stopping) {
        int64_t now_mono_ms = clock_mono_ms(h->app->clock);
        int running;

        h->woken = false;
        if (now_mono_ms - h->refreshed_ms >= REFRESH_MS || h->refreshed_ms == 0) {
            refresh_endpoints(h);
            h->refreshed_ms = now_mono_ms;
        }
        /* Another one is first each time, so that endpoints that hang do not take every slot that comes free. */
        h->first++;
        for (size_t i = 0; i < h->targets_count; i++)
            serve_target(h, h->targets[(h->first + i) % h->targets_count]);
        (void)curl_multi_perform(h->multi, &running);
        collect_finished(h);
        if (!h->woken) (void)curl_multi_poll(h->multi, NULL, 0, 250, NULL);
    }
    return NULL;
}

enum err hooks_start(struct app *app, struct hooks **out, struct fault *f)
{
    struct hooks *h = calloc(1, sizeof *h);
    uint64_t seed = 0;
    enum err result;

    *out = NULL;
    if (h == NULL) return fault_set(f, ERR_FULL, "out of memory");
    h->app = app;
    arena_init(&h->scratch, 4 << 20);
    pthread_mutex_init(&h->lock, NULL);
    pthread_cond_init(&h->stored, NULL);
    h->multi = curl_multi_init();
    result = h->multi == NULL ? ERR_FULL : rng_secret(&seed, sizeof seed);
    h->rng = rng_seeded(seed);
    if (result == ERR_OK) result = app->store->ops->reader_open(app->store, &h->reader, f);
    if (result == ERR_OK && pthread_create(&h->thread, NULL, run, h) != 0)
        result = fault_set(f, ERR_FULL, "no thread for tenants' webhooks");
    if (result != ERR_OK) {
        if (h->reader != NULL) app->store->ops->reader_close(h->reader);
        if (h->multi != NULL) curl_multi_cleanup(h->multi);
        free(h);
        return result;
    }
    *out = h;
    return ERR_OK;
}

void hooks_wake(struct hooks *h)
{
    if (!atomic_exchange(&h->woken, true)) (void)curl_multi_wakeup(h->multi);
}

/* The writer holds changes that live in the targets: they must have come back. */
static void await_hand_backs(struct hooks *h)
{
    pthread_mutex_lock(&h->lock);
    for (size_t i = 0; i < h->targets_count; i++)
        while (h->targets[i]->writing)
            (void)pthread_cond_wait(&h->stored, &h->lock);
    pthread_mutex_unlock(&h->lock);
}

static void free_target(struct hooks *h, struct target *t)
{
    for (size_t i = 0; i < PER_ENDPOINT_MAX; i++)
        if (t->slots[i].state == DELIVERY_OUT) finish_delivery(h, &t->slots[i], CURLE_ABORTED_BY_CALLBACK);
    free(t);
}

void hooks_stop(struct hooks *h)
{
    if (h == NULL) return;
    h->stopping = true;
    (void)curl_multi_wakeup(h->multi);
    (void)pthread_join(h->thread, NULL);
    await_hand_backs(h);
    for (size_t i = 0; i < h->targets_count; i++)
        free_target(h, h->targets[i]);
    curl_multi_cleanup(h->multi);
    h->app->store->ops->reader_close(h->reader);
    arena_reset(&h->scratch);
    pthread_mutex_destroy(&h->lock);
    pthread_cond_destroy(&h->stored);
    free(h);
}

void hooks_view(struct hooks *h, struct hooks_view *out)
{
    pthread_mutex_lock(&h->lock);
    *out = h->view;
    pthread_mutex_unlock(&h->lock);
}
