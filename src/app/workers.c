/* workers: two threads and their rounds. Contract in workers.h. A round that fails because the world is
 * broken is logged and tried again; nothing is lost, because every round starts from what the store says. */
#include "app/workers.h"

#include "app/audience.h"
#include "app/imports.h"
#include "app/pump.h"
#include "base/log.h"
#include "base/timed_cond.h"

#include <pthread.h>
#include <stdlib.h>

enum {
    ROUND_MS = 1000,
    TRIM_EVERY_MS = 60000,
    PAGE = 32,
    TEXT_BYTES = 4 << 20,
    IDEMPOTENT_HOUR_MS = 3600000,
    ARMS_KEEP_H = 48 /* a start asks for those of the longest window of a limit and a clock's step, which is hours */
};

struct worker {
    struct app *app;
    struct store_reader *reader;
    struct arena scratch;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t woken_up;
    bool woken;
    bool running;
    _Atomic bool *stopping;
    void (*round)(struct worker *w);
    int64_t trimmed_mono_ms;
};

struct workers {
    _Atomic bool stopping;
    struct worker imports, house;
};

static void log_failure(const char *what, const struct fault *f)
{
    log_event(LOG_ERROR, what, log_text("error", err_name(f->code)), log_text("why", f->what));
}

static void imports_round(struct worker *w)
{
    struct import_job jobs[PAGE];
    size_t count = PAGE;

    if (w->reader->store->ops->imports_running(w->reader, &w->scratch, jobs, &count) != ERR_OK) return;
    for (size_t i = 0; i < count && !*w->stopping; i++) {
        struct fault f = {0};
        enum err result = imports_run(w->app, &jobs[i], w->stopping, &f);
        if (result != ERR_OK && result != ERR_CANCELED) log_failure("import_will_be_tried_again", &f);
    }
}

static bool start_scheduled(struct worker *w, const struct campaign *c)
{
    struct change_campaign_state change = {.head = {.kind = CHANGE_CAMPAIGN_STATE},
                                           .org = c->org,
                                           .campaign = c->id,
                                           .to = CAMPAIGN_RUNNING,
                                           .why = STR("its time has come"),
                                           .now_ms = clock_wall_ms(w->app->clock)};
    if (store_change_wait(w->app->queue, &change.head) != ERR_OK) {
        log_failure("scheduled_campaign_not_started", &change.head.fault);
        return false;
    }
    w->app->tell(w->app->pump,
                 &(struct note){.kind = NOTE_CAMPAIGN_CHANGED, .org = c->org, .campaign = c->id});
    return true;
}

/* One chunk each, so that a huge audience does not hold up a small one. True if there is more to do. */
static bool tend_campaigns(struct worker *w)
{
    uint64_t after = 0;
    bool more = false;

    for (;;) {
        struct campaign page[PAGE];
        size_t count = PAGE;
        if (w->reader->store->ops->campaigns_live(w->reader, &w->scratch, after, page, &count) != ERR_OK ||
            count == 0)
            break;
        for (size_t i = 0; i < count && !*w->stopping; i++) {
            const struct campaign *c = &page[i];
            struct fault f = {0};
            bool complete = true;
            if (c->state == CAMPAIGN_SCHEDULED && c->start_at_ms <= clock_wall_ms(w->app->clock))
                more = start_scheduled(w, c) || more;
            if (c->state != CAMPAIGN_RUNNING || c->frozen) continue;
            if (audience_freeze_chunk(w->app, w->reader, c, &complete, &f) != ERR_OK)
                log_failure("audience_will_be_tried_again", &f);
            else
                more = more || !complete;
        }
        after = page[count - 1].id;
        arena_reset(&w->scratch);
    }
    return more && !*w->stopping;
}

static void trim(struct worker *w)
{
    const struct settings *s = w->app->settings;
    int64_t now_ms = clock_wall_ms(w->app->clock);
    struct change_trim change = {.head = {.kind = CHANGE_TRIM},
                                 .idempotency_before_ms = now_ms - s->idempotency_keep_h * IDEMPOTENT_HOUR_MS,
                                 .events_before_ms = now_ms - s->events_keep_h * IDEMPOTENT_HOUR_MS,
                                 .verify_before_ms = now_ms - 2 * IDEMPOTENT_HOUR_MS,
                                 .arms_before_ms = now_ms - ARMS_KEEP_H * IDEMPOTENT_HOUR_MS,
                                 .arms_future_ms = now_ms + ARMS_CLOCK_BACK_MS};
    if (store_change_wait(w->app->queue, &change.head) != ERR_OK)
        log_failure("trim_failed", &change.head.fault);
}

static void house_round(struct worker *w)
{
    int64_t now_mono_ms = clock_mono_ms(w->app->clock);
    while (tend_campaigns(w))
        arena_reset(&w->scratch);
    if (now_mono_ms - w->trimmed_mono_ms < TRIM_EVERY_MS) return;
    w->trimmed_mono_ms = now_mono_ms;
    trim(w);
}

static void wait_for_work(struct worker *w)
{
    pthread_mutex_lock(&w->lock);
    if (!w->woken && !*w->stopping)
        (void)timed_cond_wait(&w->woken_up, &w->lock, clock_mono_us(w->app->clock) + ROUND_MS * 1000);
    w->woken = false;
    pthread_mutex_unlock(&w->lock);
}

static void *run(void *owner)
{
    struct worker *w = owner;
    while (!*w->stopping) {
        w->round(w);
        arena_reset(&w->scratch);
        wait_for_work(w);
    }
    return NULL;
}

static enum err start(struct worker *w, struct app *app, _Atomic bool *stopping,
                      void (*round)(struct worker *), struct fault *f)
{
    enum err result;

    *w = (struct worker){.app = app, .stopping = stopping, .round = round, .woken = true};
    arena_init(&w->scratch, TEXT_BYTES);
    pthread_mutex_init(&w->lock, NULL);
    timed_cond_init(&w->woken_up);
    result = app->store->ops->reader_open(app->store, &w->reader, f);
    if (result != ERR_OK) return result;
    if (pthread_create(&w->thread, NULL, run, w) != 0)
        return fault_set(f, ERR_FULL, "no thread for background work");
    w->running = true;
    return ERR_OK;
}

static void wake(struct worker *w)
{
    pthread_mutex_lock(&w->lock);
    w->woken = true;
    pthread_cond_signal(&w->woken_up);
    pthread_mutex_unlock(&w->lock);
}

static void stop(struct worker *w)
{
    if (w->app == NULL) return;
    wake(w);
    if (w->running) (void)pthread_join(w->thread, NULL);
    if (w->reader != NULL) w->app->store->ops->reader_close(w->reader);
    arena_reset(&w->scratch);
    pthread_cond_destroy(&w->woken_up);
    pthread_mutex_destroy(&w->lock);
}

enum err workers_start(struct app *app, struct workers **out, struct fault *f)
{
    struct workers *w = calloc(1, sizeof *w);
    enum err result;

    *out = NULL;
    if (w == NULL) return fault_set(f, ERR_FULL, "out of memory");
    result = start(&w->imports, app, &w->stopping, imports_round, f);
    if (result == ERR_OK) result = start(&w->house, app, &w->stopping, house_round, f);
    if (result == ERR_OK)
        *out = w;
    else
        workers_stop(w);
    return result;
}

void workers_wake_imports(struct workers *w)
{
    wake(&w->imports);
}

void workers_wake_campaigns(struct workers *w)
{
    wake(&w->house);
}

void workers_stop(struct workers *w)
{
    if (w == NULL) return;
    w->stopping = true;
    stop(&w->imports);
    stop(&w->house);
    free(w);
}
