/*
 * pump_senders: tells of senders that wait because the provider refused them for something that a person has to mend,
 * and lets them go on once somebody says that it is.
 *
 * An answer that says so has the engine pause them by itself, and try again by itself (engine/learn.c); of a status
 * callback it is told here. It becomes an event, a line of the log, and what GET /v1/senders shows.
 */
#include "app/pump_inside.h"
#include "rules/playbook.h"

#include <stdlib.h>

struct pause_job {
    struct pump_job job;
    struct change_sender_event change;
};

static void finished(struct pump *p, struct pump_job *job)
{
    (void)p;
    if (job->change->result != ERR_OK)
        log_event(LOG_WARN, "sender_event_not_kept", log_text("what", job->change->fault.what));
    free(job);
}

/* Without memory nobody is told by an event; the sender shows it all the same. */
static void tell(struct pump *p, const struct sender_pause *pause, enum sender_event event)
{
    struct pause_job *j = calloc(1, sizeof *j);

    log_event(event == SENDER_PAUSED ? LOG_WARN : LOG_INFO,
              event == SENDER_PAUSED ? "sender_paused" : "sender_released", log_int("org", pause->org),
              log_int("sender", pause->sender), log_int("code", pause->code));
    if (j == NULL) return;
    j->change = (struct change_sender_event){.head = {.kind = CHANGE_SENDER_EVENT}, .org = pause->org,
                                             .sender = pause->sender, .event = event, .code = pause->code,
                                             .at_ms = p->wall_ms};
    j->job.change = &j->change.head;
    j->job.finish = finished;
    pump_submit(p, &j->job);
}

/* Does the code hold the sender, or all of its pool? */
static bool holds_sender(int32_t code, bool *pool)
{
    const struct playbook_entry *entry = playbook_get(code);

    *pool = entry->scope == PLAYBOOK_SCOPE_PROGRAM;
    return code != 0 && entry->action == PLAYBOOK_HOLD && (*pool || entry->scope == PLAYBOOK_SCOPE_SENDER);
}

void pump_sender_refused(struct pump *p, org_id org, uint32_t sender, int32_t code)
{
    struct sender_pause pause = {.org = org, .sender = sender, .code = code, .until_ms = p->wall_ms + ENGINE_HOLD_MS};

    if (p->ports.pauses == NULL || sender == 0 || !holds_sender(code, &pause.whole_pool)) return;
    if (sender_pauses_put(p->ports.pauses, &pause, p->wall_ms)) tell(p, &pause, SENDER_PAUSED);
}

void pump_sender_told(struct pump *p, const struct note *n)
{
    bool pool;

    if (!holds_sender(n->code, &pool)) return;
    engine_hold_sender(p->engine, n->sender, pool);
    pump_sender_refused(p, n->org, n->sender, n->code);
}

void pump_sender_release(struct pump *p, const struct note *n)
{
    struct sender_pause pause;

    if (p->ports.pauses == NULL || !sender_pauses_end(p->ports.pauses, n->org, n->sender, &pause)) return;
    engine_release_sender(p->engine, n->sender, pause.whole_pool);
    tell(p, &pause, SENDER_RELEASED);
}
