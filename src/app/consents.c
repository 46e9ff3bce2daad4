/* consents: prepares ledger entries and waits for the pump after an opt-out. Contract in consents.h. */
#include "app/consents.h"

#include "app/pump.h"

static void on_withdrawn(void *owner)
{
    app_job_finish(owner);
}

void consents_tell_stopped(struct app_job *job, org_id org, uint64_t number)
{
    struct note n = {.kind = NOTE_STOPPED, .org = org, .number = number, .done = on_withdrawn, .owner = job};

    atomic_fetch_add(&job->app->counters.stops, 1);
    job->app->tell(job->app->pump, &n);
}

static bool on_stored(struct app_job *job)
{
    const struct consent_job *j = job->context;

    if (j->change.event.kind != CONSENT_OPT_OUT) return false;
    consents_tell_stopped(job, j->change.event.org, j->change.event.number);
    return true;
}

enum err consents_put(struct app *app, struct store_reader *r, struct arena *a, const struct org *org,
                      const struct consent_words *q, struct consent_job *out, struct problem *p)
{
    struct consent_context c = {.reader = r, .arena = a, .org = org, .now_ms = clock_wall_ms(app->clock)};

    *out = (struct consent_job){
        .job = {.app = app, .change = &out->change.head, .after = on_stored, .after_repeats = true, .context = out}};
    if (consent_entry_read(&c, q, &out->change.event, p) != ERR_OK) return p->code;
    out->change.head.kind = CHANGE_CONSENT;
    out->change.head.urgent = out->change.event.kind == CONSENT_OPT_OUT;
    /* Said to have been given at another time: it takes its place by that. */
    out->change.entered = q->given_at.len == 0;
    return ERR_OK;
}
