/* hooks: one thread, one libcurl multi handle, a bounded number of deliveries each endpoint. Contract in
 * hooks.h. An endpoint's position moves only past events that were delivered or stored for another try. */
#include "app/hooks_inside.h"

#include "base/backoff.h"
#include "base/log.h"
#include "base/mutant.h"

#include <stdlib.h>
#include <string.h>

enum {
    EVENTS_AHEAD = 64,       /* events read at once for one endpoint */
    NEWS_PAGE = 256,         /* events looked through at once */
    NEWS_PAGES = 64,         /* such pages before deliveries have their turn again */
    SKIPPED_UNSTORED = 4096, /* events of no interest an endpoint may have passed without it being stored */
    REFRESH_MS = 1000,       /* endpoints and their retries are read again at least so often */
    POLL_MS = 250,
};

int64_t hooks_next_try_ms(const struct settings *s, unsigned attempt, int64_t now_ms, uint64_t jitter)
{
    int64_t pause = backoff_ms(s->hooks_retry_first_ms, s->hooks_retry_max_ms, attempt);
    if ((int64_t)attempt >= s->hooks_attempts_max) return 0;
    pause = pause - pause / 10 + (int64_t)(jitter % (uint64_t)(pause / 5 + 1));
    return now_ms + (pause < 1 ? 1 : pause);
}

static size_t in_flight(const struct target *t)
{
    size_t count = 0;
    for (size_t i = 0; i < HOOKS_PER_ENDPOINT; i++)
        count += t->slots[i].state == DELIVERY_OUT;
    return count;
}

static bool has_room(const struct hooks *h, const struct target *t)
{
    return t->out < HOOKS_PER_ENDPOINT && hooks_has_turn(&h->load, t->pace, in_flight(t));
}

static bool start_delivery(struct hooks *h, struct target *t, const struct event *e, unsigned attempt)
{
    size_t before = in_flight(t);
    if (!has_room(h, t) || !delivery_start(h, t, e, attempt)) return false;
    hooks_load_add(&h->load, t->pace, before);
    return true;
}

static bool is_out(const struct target *t, uint64_t event)
{
    for (size_t i = 0; i < HOOKS_PER_ENDPOINT; i++)
        if (t->slots[i].state != DELIVERY_FREE && t->slots[i].event == event) return true;
    return false;
}

/* Marks the endpoints whose organizations have news, so that a commit costs nothing to all the others. */
static void scan_news(struct hooks *h)
{
    struct event page[NEWS_PAGE];
    size_t count = NEWS_PAGE;

    if (h->targets_count == 0) { /* nobody to tell: what comes up to now need not be looked at later */
        (void)!h->reader->store->ops->event_newest(h->reader, &h->scanned);
        return;
    }
    for (int pages = 0; pages < NEWS_PAGES && count == NEWS_PAGE; pages++) {
        org_id last = 0;
        if (h->reader->store->ops->events(h->reader, 0, h->scanned, page, &count) != ERR_OK) return;
        for (size_t i = 0; i < count; i++) {
            if (page[i].org == last) continue;
            last = page[i].org;
            for (size_t k = 0; k < h->targets_count; k++)
                if (h->targets[k]->org == last) h->targets[k]->fresh = true;
        }
        if (count > 0) h->scanned = page[count - 1].id;
    }
}

static void start_new_events(struct hooks *h, struct target *t)
{
    struct event events[EVENTS_AHEAD];
    size_t count = EVENTS_AHEAD;

    if (!t->fresh || !has_room(h, t) ||
        h->reader->store->ops->events(h->reader, t->org, t->read_to, events, &count) != ERR_OK)
        return;
    for (size_t i = 0; i < count; i++) {
        if ((t->types >> events[i].type & 1) != 0 && !start_delivery(h, t, &events[i], 0)) return;
        t->read_to = events[i].id;
    }
    t->fresh = count == EVENTS_AHEAD;
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

static void start_retries(struct hooks *h, struct target *t, int64_t now_mono_ms)
{
    struct hook_retry due[HOOKS_PER_ENDPOINT * 2];
    size_t count = sizeof due / sizeof due[0];
    struct event e;
    enum err code;

    if (now_mono_ms < t->retries_mono_ms || !has_room(h, t) ||
        h->reader->store->ops->hook_retries(h->reader, &h->scratch, t->org, t->id, false,
                                            clock_wall_ms(h->app->clock), 0, due, &count) != ERR_OK)
        return;
    for (size_t i = 0; i < count && has_room(h, t); i++) {
        if (is_out(t, due[i].event)) continue;
        code = h->reader->store->ops->event_get(h->reader, t->org, due[i].event, &e);
        if (code == ERR_NOT_FOUND)
            give_up(h, t, due[i].event);
        else if (code != ERR_OK || !start_delivery(h, t, &e, due[i].attempt))
            return; /* what does not read is not gone: it is due still */
    }
    if (count == 0) t->retries_mono_ms = now_mono_ms + REFRESH_MS;
}

static void note_result(struct hooks *h, bool ok, bool dead)
{
    struct app_counters *c = &h->app->counters;
    atomic_fetch_add(ok ? &c->hooks_delivered : &c->hooks_failed, 1);
    if (dead) atomic_fetch_add(&c->hooks_dead, 1);
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
    if (MUTANT(webhook_position_skips)) return position;
    for (size_t i = 0; i < HOOKS_PER_ENDPOINT; i++)
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

/* Frees the slots of what is finished; tries that failed, or ended after one that had, go to t->retries. */
static size_t take_finished(struct hooks *h, struct target *t, int64_t now_ms, size_t *finished)
{
    size_t count = 0;
    for (size_t i = 0; i < HOOKS_PER_ENDPOINT; i++) {
        struct delivery *d = &t->slots[i];
        if (d->state != DELIVERY_DONE) continue;
        if (d->error[0] != '\0' || d->attempt > 0)
            t->retries[count++] = retry_of(h, d, now_ms);
        else
            note_result(h, true, false);
        d->state = DELIVERY_FREE;
        t->out--;
        *finished += 1;
    }
    return count;
}

/* Writes what is finished; its texts stay in the slots until it is stored. Events that were of no interest
 * are passed without a write for each. */
static void store_progress(struct hooks *h, struct target *t, int64_t now_ms)
{
    size_t finished = 0, count = take_finished(h, t, now_ms, &finished);
    uint64_t position = safe_position(t);

    if (finished > 0) t->retries_mono_ms = 0;
    if (count == 0 &&
        (position == t->position || (finished == 0 && position < t->position + SKIPPED_UNSTORED)))
        return;
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
        /* endpoints_put refuses more than these. */
        if (h->targets_count == HOOKS_ENDPOINTS_MAX || (t = calloc(1, sizeof *t)) == NULL) {
            h->unserved++;
            return;
        }
        *t = (struct target){.id = e->id,
                             .org = e->org,
                             .position = e->position,
                             .read_to = e->position,
                             .fresh = true,
                             .hooks = h};
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
    size_t unserved = h->unserved;

    h->unserved = 0;
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
    atomic_store(&h->serving, h->targets_count > 0);
    if (h->unserved > unserved)
        log_event(LOG_ERROR, "webhooks_unserved", log_int("count", (int64_t)h->unserved));
}

static bool collect_finished(struct hooks *h)
{
    CURLMsg *message;
    bool any = false;
    int left;
    while ((message = curl_multi_info_read(h->multi, &left)) != NULL) {
        struct delivery *d = NULL;
        CURLcode code = message->data.result;
        if (message->msg != CURLMSG_DONE) continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&d);
        delivery_finish(h, d, code);
        any = true;
    }
    return any;
}

static void serve_target(struct hooks *h, struct target *t, int64_t now_mono_ms)
{
    if (is_writing(h, t)) return;
    if (t->unstored) {
        submit_progress(h, t);
        return;
    }
    store_progress(h, t, clock_wall_ms(h->app->clock));
    if (!t->seen || is_writing(h, t)) return;
    start_retries(h, t, now_mono_ms);
    start_new_events(h, t);
    arena_reset(&h->scratch);
}

static void count_load(struct hooks *h)
{
    int64_t out = 0;
    h->load = (struct hooks_load){0};
    for (size_t i = 0; i < h->targets_count; i++)
        for (size_t k = in_flight(h->targets[i]); k > 0; k--, out++)
            hooks_load_add(&h->load, h->targets[i]->pace, k - 1);
    atomic_store(&h->app->counters.hooks_in_flight, out);
    atomic_store(&h->app->counters.hooks_in_flight_slow, (int64_t)h->load.slow);
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
        scan_news(h);
        count_load(h);
        /* Another one is first each time, so that all come to what is shared. */
        h->first++;
        for (size_t i = 0; i < h->targets_count; i++)
            serve_target(h, h->targets[(h->first + i) % h->targets_count], now_mono_ms);
        (void)curl_multi_perform(h->multi, &running);
        if (!collect_finished(h) && !h->woken) (void)curl_multi_poll(h->multi, NULL, 0, POLL_MS, NULL);
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
    /* What is older than this is new to every endpoint that is taken up. */
    if (result == ERR_OK && app->store->ops->event_newest(h->reader, &h->scanned) == ERR_IO) result = ERR_IO;
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

void hooks_committed(struct hooks *h)
{
    if (atomic_load(&h->serving)) hooks_wake(h);
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
    for (size_t i = 0; i < HOOKS_PER_ENDPOINT; i++)
        if (t->slots[i].state == DELIVERY_OUT) delivery_finish(h, &t->slots[i], CURLE_ABORTED_BY_CALLBACK);
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
