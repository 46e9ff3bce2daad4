/*
 * pump_urgent: an urgent message whose lane is free is admitted and armed in one commit (design section 2).
 *
 * Who admits it hands the admission over (NOTE_URGENT) instead of submitting it. The message is offered to the
 * engine under an id of the pump's own, as if it had been drawn. If the engine arms it at once, the admission goes
 * to the store with its arming in it, and the message takes its true id when it is durable. If not (a limit, the
 * gate, the fence, a full store), it goes to the store as any other admission, and is drawn when its time comes.
 *
 * Owns a pump_urgent from the offer until the commit came back. The admission stays its maker's, whose `done` is
 * called once: after the commit, on the writer's thread, when the pump has been told.
 */
#include "app/pump_inside.h"

#include <stddef.h>
#include <stdlib.h>

enum { TURNS_MAX = 2 };
static const uint64_t OWN_BIT = UINT64_C(1) << 63; /* no id of the store's has it */

struct pump_urgent {
    struct pump_job job;
    struct change back;          /* the job's: it is never refused for want of space */
    struct change_admit *admit;  /* its maker's */
    void (*done)(struct change *c);
    struct pump_item *item;
    struct change_arm arm;
    struct arm_item row;
    uint64_t message;            /* after the commit: its id, 0 if it was not armed */
    int turns;                   /* steps in which the engine had more to say than about it */
    struct pump_urgent *next;
};

static void submit(struct pump *p, struct change_admit *c)
{
    p->ports.queue->submit(p->ports.queue, &c->head);
}

static void leave(struct pump *p, struct pump_urgent *u)
{
    struct pump_urgent **at = &p->urgents;

    while (*at != u) at = &(*at)->next;
    *at = u->next;
}

void pump_urgent_offer(struct pump *p, struct change_admit *c)
{
    const struct message *m = &c->message;
    struct lane_key lane = {.org = m->org, .program = m->program, .kind = (uint8_t)m->kind, .carrier = m->carrier};
    struct message mine = *m;
    struct pump_urgent *u = calloc(1, sizeof *u);

    mine.id = OWN_BIT | ++p->urgents_ever;
    if (u != NULL) u->item = p->draining ? NULL : pump_draw_urgent(p, &lane, &mine);
    if (u == NULL || u->item == NULL) {
        free(u);
        submit(p, c);
        return;
    }
    u->admit = c;
    u->item->admission = u;
    u->next = p->urgents;
    p->urgents = u;
}

void pump_urgent_plain(struct pump *p, struct pump_item *i)
{
    struct pump_urgent *u = i->admission;

    i->admission = NULL;
    leave(p, u);
    submit(p, u->admit);
    free(u);
}

void pump_urgent_rest(struct pump *p, bool more)
{
    for (struct pump_urgent *u = p->urgents, *next; u != NULL; u = next) {
        struct pump_item *i = u->item;
        next = u->next;
        if (more && u->turns++ < TURNS_MAX) continue;
        pump_urgent_plain(p, i);
        if (engine_withdraw(p->engine, i->message)) i->stage = ITEM_LEAVING;
    }
}

/* ---- armed ---- */

static struct pump_urgent *urgent_of(struct change_arm *arm)
{
    return (struct pump_urgent *)(void *)((char *)arm - offsetof(struct pump_urgent, arm));
}

/* On the writer's thread. The pump is told first: it has bytes to send; it may free `u` from then on. */
static void urgent_done(struct change *c)
{
    struct change_admit *admit = (struct change_admit *)(void *)c;
    struct pump_urgent *u = urgent_of(admit->arm);
    void (*done)(struct change * c) = u->done;

    if (c->result == ERR_OK && admit->armed) u->message = admit->message.id;
    u->row.due_at_ms = admit->message.due_at_ms;
    admit->arm = NULL;
    c->done = done;
    atomic_store(&u->job.pump->hurry, true);
    pump_job_back(&u->job);
    done(c);
}

static void urgent_finished(struct pump *p, struct pump_job *job)
{
    struct pump_urgent *u = (struct pump_urgent *)(void *)job;
    struct pump_item *i = u->item;
    bool armed = u->message != 0;

    i->job = NULL;
    i->admission = NULL;
    i->stage = armed ? ITEM_ARMED : ITEM_LEAVING;
    if (armed) {
        engine_rename(p->engine, i->message, u->message);
        pump_item_rename(p, i, u->message);
        i->due_at_ms = u->row.due_at_ms;
        i->armed_ms = u->arm.now_ms;
        i->armed_mono_ms = p->mono_ms;
        p->counts.urgent_at_once++;
    } else if (u->row.verdict == ARM_OPTED_OUT) {
        p->counts.blocked++;
    }
    engine_armed(p->engine, i->message, armed, p->mono_ms);
    free(u);
}

void pump_urgent_arm(struct pump *p, struct pump_item *i)
{
    struct pump_urgent *u = i->admission;
    struct change *c = &u->admit->head;

    leave(p, u);
    u->row = pump_arm_row(p, i);
    u->arm = (struct change_arm){.head = {.kind = CHANGE_ARM}, .now_ms = p->wall_ms, .day = p->day,
                                 .items = &u->row, .items_count = 1};
    u->job = (struct pump_job){.pump = p, .change = &u->back, .finish = urgent_finished};
    u->admit->arm = &u->arm;
    u->done = c->done;
    c->done = urgent_done; /* the owner stays: the answer to an Idempotency-Key is rendered in the transaction */
    c->urgent = true;
    i->job = &u->job;
    p->jobs_out++;
    pump_outcomes_flush(p);
    submit(p, u->admit);
}

/* ---- the end ---- */

void pump_urgent_cancel(struct change_admit *c)
{
    c->head.result = fault_set(&c->head.fault, ERR_CANCELED, "the server is stopping; send it again");
    c->head.done(&c->head);
}

void pump_urgent_free(struct pump *p)
{
    for (struct pump_urgent *u = p->urgents, *next; u != NULL; u = next) {
        next = u->next;
        pump_urgent_cancel(u->admit);
        free(u);
    }
    p->urgents = NULL;
}
