/* consents: prepares ledger entries and waits for the pump after an opt-out. Contract in consents.h. */
#include "app/consents.h"

#include "app/pump.h"
#include "rules/phone.h"

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

enum err consents_put(struct app *app, const struct org *org, const struct consent_request *q,
                      struct consent_job *out, struct problem *p)
{
    struct phone phone;
    struct fault f = {0};

    if (phone_parse(q->number, org->region, &phone, &f) != ERR_OK)
        (void)problem_field(p, "number", q->number, f.what, "Give it as +14155552671.");
    if (q->kind == CONSENT_OPT_IN && str_trim(q->evidence).len == 0)
        (void)problem_field(p, "evidence", q->evidence, "An opt-in without evidence proves nothing.",
                            "Say how and when the person agreed.");
    if (problem_check(p) != ERR_OK) return p->code;
    *out = (struct consent_job){
        .job = {.app = app, .change = &out->change.head, .after = on_stored, .after_repeats = true, .context = out}};
    out->change.head.kind = CHANGE_CONSENT;
    out->change.head.urgent = q->kind == CONSENT_OPT_OUT;
    out->change.entered = true;
    out->change.event = (struct consent){.org = org->id,
                                         .number = phone.digits,
                                         .kind = q->kind,
                                         .at_ms = clock_wall_ms(app->clock),
                                         .source = STR("operator"),
                                         .evidence = q->evidence};
    return ERR_OK;
}
