/* consents: prepares ledger entries and waits for the pump after an opt-out. Contract in consents.h. */
#include "app/consents.h"

#include "app/pump.h"

/* So long a question of double opt-in waits for its YES. */
static const int64_t ASKED_FOR_MS = INT64_C(30) * 86400000;

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

/* What was recorded last of this person; kind CONSENT_NONE: nothing. */
static enum err newest_entry(struct store_reader *r, struct arena *a, org_id org, uint64_t number, struct consent *out)
{
    struct consent page[32];
    uint64_t after = 0;
    size_t count = 32;

    out->kind = CONSENT_NONE;
    while (count == 32) {
        enum err code = r->store->ops->consents(r, a, org, number, after, page, &count);
        if (code != ERR_OK) return code;
        if (count == 0) break;
        *out = page[count - 1];
        after = out->id;
    }
    return ERR_OK;
}

int64_t consents_answer_until(int64_t asked_ms)
{
    return asked_ms + ASKED_FOR_MS;
}

enum err consents_question(struct store_reader *r, struct arena *a, org_id org, uint64_t number, int64_t now_ms,
                           struct consent *out)
{
    enum err code = newest_entry(r, a, org, number, out);

    if (code != ERR_OK) return code;
    return out->kind == CONSENT_ASKED && now_ms <= consents_answer_until(out->at_ms) ? ERR_OK : ERR_NOT_FOUND;
}
