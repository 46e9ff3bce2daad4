/*
 * app: submits jobs and brings them home; seals secrets under their organization's name. Owns nothing.
 */
#include "app/app.h"

#include "app/pump.h"
#include "app/seal.h"

#include <pthread.h>
#include <stdio.h>

const int64_t CALLBACK_DELAY_BOUNDS_MS[CALLBACK_DELAY_STEPS] = {100,   500,   1000,   5000,
                                                                15000, 60000, 600000, 3600000};

static void on_done(struct change *c)
{
    struct app_job *job = c->owner;
    bool replayed = c->idem != NULL && c->idem->replayed;

    if (c->result == ERR_OK && (!replayed || job->after_repeats) && job->after != NULL && job->after(job)) return;
    job->finish(job);
}

void app_submit(struct app_job *job)
{
    BUG_IF(job->app == NULL || job->change == NULL || job->finish == NULL);
    job->change->owner = job;
    job->change->done = on_done;
    if (job->by_pump) {
        struct note n = {.kind = NOTE_URGENT, .admit = (struct change_admit *)(void *)job->change};
        job->app->tell(job->app->pump, &n);
        return;
    }
    job->app->queue->submit(job->app->queue, job->change);
}

void app_job_finish(struct app_job *job)
{
    job->finish(job);
}

struct wait {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool done;
};

static void on_wait_done(struct app_job *job)
{
    struct wait *w = job->owner;

    (void)pthread_mutex_lock(&w->lock);
    w->done = true;
    (void)pthread_cond_signal(&w->changed);
    (void)pthread_mutex_unlock(&w->lock);
}

enum err app_submit_wait(struct app_job *job)
{
    struct wait w = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false};

    if (job->change == NULL) return ERR_OK;
    job->owner = &w;
    job->finish = on_wait_done;
    app_submit(job);
    (void)pthread_mutex_lock(&w.lock);
    while (!w.done)
        (void)pthread_cond_wait(&w.changed, &w.lock);
    (void)pthread_mutex_unlock(&w.lock);
    (void)pthread_cond_destroy(&w.changed);
    (void)pthread_mutex_destroy(&w.lock);
    return job->change->result;
}

/* Long enough for any org id and the few names that callers give. */
enum { CONTEXT_BYTES = 96 };

static struct str context_of(org_id org, const char *what, char out[CONTEXT_BYTES])
{
    (void)snprintf(out, CONTEXT_BYTES, "org:%u:%s", org, what);
    return str_from(out);
}

enum err app_seal(const struct app *app, struct arena *a, org_id org, const char *what, struct str plain,
                  struct str *out)
{
    char context[CONTEXT_BYTES];

    if (app->sealer != NULL) return seal(app->sealer, a, context_of(org, what, context), plain, out);
    *out = arena_str(a, plain);
    return out->at == NULL ? ERR_FULL : ERR_OK;
}

enum err app_unseal(const struct app *app, struct arena *a, org_id org, const char *what, struct str sealed,
                    struct str *out, struct fault *f)
{
    char context[CONTEXT_BYTES];

    if (app->sealer != NULL) return unseal(app->sealer, a, context_of(org, what, context), sealed, out, f);
    *out = arena_str(a, sealed);
    return out->at == NULL ? ERR_FULL : ERR_OK;
}

void app_count_callback_delay(struct app *app, int64_t delay_ms)
{
    int step = 0;

    if (delay_ms < 0) delay_ms = 0;
    while (step < CALLBACK_DELAY_STEPS && delay_ms > CALLBACK_DELAY_BOUNDS_MS[step])
        step++;
    atomic_fetch_add(&app->counters.callback_delay[step], 1);
    atomic_fetch_add(&app->counters.callback_delay_sum_ms, delay_ms);
}

void app_count_error(struct app *app, int32_t code)
{
    for (size_t i = 0; i < APP_ERROR_CODES && code != 0; i++) {
        struct app_error_count *e = &app->counters.error_codes[i];
        int32_t found = 0;
        if (!atomic_compare_exchange_strong(&e->code, &found, code) && found != code) continue;
        atomic_fetch_add(&e->count, 1);
        return;
    }
}
