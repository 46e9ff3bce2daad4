/*
 * pump_arm: the commits that arm, set back and move cursors (design section 5, step 1).
 *
 * Messages that the engine wants armed in one take go into one change, with the setbacks that wait and the
 * cursors that may move. Only what that very change settles, or what is durable already, lets a cursor pass.
 */
#include "app/pump_inside.h"

#include "base/failpoint.h"

#include <stdlib.h>

struct arm_job {
    struct pump_job job;
    struct change_arm change;
    struct pump_item **items, **set_back;
    struct arm_item *rows;
    struct arm_setback *setbacks;
    struct arm_cursor *cursors;
};

void pump_setback(struct pump *p, struct pump_item *i, enum message_state to, enum message_reason reason,
                  int64_t next_ms)
{
    if (i->admission != NULL) { /* it is judged again when it is in the store */
        pump_urgent_plain(p, i);
        pump_item_free(p, i);
        return;
    }
    i->stage = ITEM_RECORDING;
    i->to = to;
    i->reason = reason;
    i->next_ms = next_ms;
    pump_item_drop_body(i);
    i->setback_next = p->setbacks;
    p->setbacks = i;
    p->setbacks_count++;
    if (i->run != NULL) pump_run_dirty(p, i->run);
}

static size_t count_dirty(const struct pump *p)
{
    size_t count = 0;

    for (const struct pump_run *r = p->dirty; r != NULL; r = r->dirty_next) count++;
    return count;
}

static void arm_free(struct arm_job *a)
{
    free(a->items);
    free(a->set_back);
    free(a->rows);
    free(a->setbacks);
    free(a->cursors);
    free(a);
}

static void arm_drop(struct pump_job *job)
{
    arm_free((struct arm_job *)job);
}

static struct arm_job *arm_new(size_t items, size_t setbacks, size_t cursors)
{
    struct arm_job *a = calloc(1, sizeof *a);

    if (a == NULL) return NULL;
    a->items = calloc(items + 1, sizeof(struct pump_item *));
    a->set_back = calloc(setbacks + 1, sizeof(struct pump_item *));
    a->rows = calloc(items + 1, sizeof *a->rows);
    a->setbacks = calloc(setbacks + 1, sizeof *a->setbacks);
    a->cursors = calloc(cursors + 1, sizeof *a->cursors);
    if (a->items != NULL && a->set_back != NULL && a->rows != NULL && a->setbacks != NULL && a->cursors != NULL)
        return a;
    arm_free(a);
    return NULL;
}

/* ---- filling it ---- */

/* The sender is known now, and with it the cost. */
static void price_item(struct pump *p, struct pump_item *i)
{
    const struct directory_org *o = directory_org(p->directory, i->org);
    const struct directory_program *program = o == NULL ? NULL : directory_program(o, i->lane.program);
    const struct directory_sender *s = o == NULL ? NULL : directory_sender(o, i->sender);
    struct phone phone;
    struct gate_priced m = {.phone = &phone, .carrier = i->lane.carrier, .charity = i->charity,
                            .segments = i->segments, .at_ms = p->wall_ms};

    if (program == NULL || s == NULL || phone_from_digits(i->number, &phone) != ERR_OK) return;
    pump_item_reserve(p, i, gate_cost(directory_prices(p->directory), &program->pool, s->kind, &m));
}

struct arm_item pump_arm_row(struct pump *p, struct pump_item *i)
{
    struct arm_item row = {.lane = i->lane, .run = i->run != NULL ? i->run->row.id : 0, .due_at_ms = i->due_at_ms,
                           .org_rev = i->org_rev, .campaign_rev = i->campaign_rev, .caps = i->caps,
                           .needs_written = gate_needs_written((enum message_kind)i->lane.kind, p->ports.settings)};

    row.armed = (struct armed){.message = i->message, .number = i->number, .org = i->org,
                               .program = i->lane.program, .sender = i->sender, .segments = i->segments,
                               .attempt = i->attempt, .carrier = i->lane.carrier, .armed_ms = p->wall_ms};
    price_item(p, i);
    row.armed.cost_micros = i->cost_micros;
    i->day = p->day;
    return row;
}

static void add_items(struct pump *p, struct arm_job *a)
{
    for (size_t n = 0; n < p->arming_count; n++) {
        struct pump_item *i = p->arming[n];
        i->job = &a->job;
        a->items[n] = i;
        a->rows[n] = pump_arm_row(p, i);
        if (i->urgent) a->change.head.urgent = true;
    }
    a->change.items = a->rows;
    a->change.items_count = p->arming_count;
    p->arming_count = 0;
}

static void add_setbacks(struct pump *p, struct arm_job *a)
{
    size_t n = 0;

    for (struct pump_item *i = p->setbacks; i != NULL; i = i->setback_next) {
        i->job = &a->job;
        a->set_back[n] = i;
        a->setbacks[n++] = (struct arm_setback){
            .message = i->message, .org = i->org, .lane = i->lane, .run = i->run != NULL ? i->run->row.id : 0,
            .due_at_ms = i->due_at_ms, .to = i->to, .reason = i->reason, .next_ms = i->next_ms};
    }
    a->change.setbacks = a->setbacks;
    a->change.setbacks_count = n;
    p->setbacks = NULL;
    p->setbacks_count = 0;
}

static void add_cursors(struct pump *p, struct arm_job *a)
{
    size_t n = 0;

    while (p->dirty != NULL) {
        struct pump_run *r = p->dirty;
        struct arm_cursor cursor = pump_run_cursor_with(r, &a->job);
        p->dirty = r->dirty_next;
        r->dirty = false;
        if (cursor.next <= r->sent) continue;
        r->sent = cursor.next;
        a->cursors[n++] = cursor;
    }
    a->change.cursors = a->cursors;
    a->change.cursors_count = n;
}

/* ---- when it is durable ---- */

static void settle(struct pump *p, struct pump_item *i)
{
    i->job = NULL;
    pump_run_settle(p, i);
}

static void item_armed(struct pump *p, struct pump_item *i, const struct arm_item *row, int64_t armed_ms)
{
    bool armed = row->verdict == ARM_ARMED;

    settle(p, i);
    i->stage = armed ? ITEM_ARMED : ITEM_LEAVING;
    i->armed_ms = armed_ms;
    i->armed_mono_ms = p->mono_ms;
    if (row->verdict == ARM_OPTED_OUT || row->verdict == ARM_NO_CONSENT) p->counts.blocked++;
    engine_armed(p->engine, i->message, armed, p->mono_ms);
}

/* The change was refused as a whole: nothing of it happened, so all of it is drawn again. */
static void item_refused(struct pump *p, struct pump_item *i)
{
    i->job = NULL;
    pump_run_give_back(p, i);
    i->stage = ITEM_LEAVING;
    engine_armed(p->engine, i->message, false, p->mono_ms);
}

/* No memory for the change: nothing was armed. Setbacks and cursors wait for the next one. */
static void give_back_arming(struct pump *p)
{
    while (p->arming_count > 0) item_refused(p, p->arming[--p->arming_count]);
}

static void setback_refused(struct pump *p, struct pump_item *i)
{
    struct lane_key lane = i->lane;

    i->job = NULL;
    pump_run_give_back(p, i);
    pump_item_free(p, i);
    pump_lane_ready(p, &lane, p->wall_ms + STORE_WAIT_MS);
}

/* The engine knows itself when to draw its lane again. */
void pump_given_back(struct pump *p, const struct command *c)
{
    struct pump_item *i = c->owner;

    BUG_IF(i->stage != ITEM_WAITING && i->stage != ITEM_LEAVING);
    if (i->admission != NULL) pump_urgent_plain(p, i);
    pump_run_give_back(p, i);
    pump_item_done(p, i);
}

static void setback_done(struct pump *p, struct pump_item *i)
{
    struct lane_key lane = i->lane;
    int64_t next_ms = i->next_ms;
    bool waits = i->to == MESSAGE_HELD || i->to == MESSAGE_QUEUED;

    settle(p, i);
    pump_item_done(p, i);
    if (waits) pump_lane_ready(p, &lane, next_ms);
}

static void arm_finished(struct pump *p, struct pump_job *job)
{
    struct arm_job *a = (struct arm_job *)job;
    bool done = a->change.head.result == ERR_OK;

    FAILPOINT("send.armed");
    p->arms_out--;
    if (!done) log_event(LOG_ERROR, "arm_refused", log_text("what", a->change.head.fault.what));
    for (size_t n = 0; n < a->change.items_count; n++) {
        if (done) item_armed(p, a->items[n], &a->rows[n], a->change.now_ms);
        else item_refused(p, a->items[n]);
    }
    for (size_t n = 0; n < a->change.setbacks_count; n++) {
        if (done) setback_done(p, a->set_back[n]);
        else setback_refused(p, a->set_back[n]);
    }
    for (size_t n = 0; n < a->change.cursors_count; n++) {
        if (done && !a->cursors[n].behind) pump_run_moved(p, a->cursors[n].run, a->cursors[n].next);
        else pump_run_refused(p, a->cursors[n].run);
    }
    arm_free(a);
}

/* Armed is the moment of the commit, not of the first try. */
static void arm_again(struct pump *p, struct pump_job *job)
{
    struct arm_job *a = (struct arm_job *)job;

    a->change.now_ms = p->wall_ms;
    a->change.day = p->day;
    for (size_t n = 0; n < a->change.items_count; n++) {
        a->rows[n].armed.armed_ms = p->wall_ms;
        a->rows[n].verdict = ARM_PENDING;
        a->items[n]->day = p->day;
    }
}

static void submit(struct pump *p)
{
    struct arm_job *a = arm_new(p->arming_count, p->setbacks_count, count_dirty(p));

    if (a == NULL) {
        give_back_arming(p);
        return;
    }
    a->change.head.kind = CHANGE_ARM;
    a->change.now_ms = p->wall_ms;
    a->change.day = p->day;
    add_items(p, a);
    add_setbacks(p, a);
    add_cursors(p, a);
    a->job.change = &a->change.head;
    a->job.finish = arm_finished;
    a->job.again = arm_again;
    a->job.drop = arm_drop;
    if (a->change.items_count == 0 && a->change.setbacks_count == 0 && a->change.cursors_count == 0) {
        arm_free(a);
        return;
    }
    p->arms_out++;
    pump_outcomes_flush(p); /* a record goes before the next arming of its number: else a crash between them would
                               leave two attempts in doubt behind one fence */
    pump_submit(p, &a->job);
}

/* It would overtake records that wait for space; one of them may be its number's. */
static void urgent_refused(struct pump *p, struct pump_item *i)
{
    pump_urgent_plain(p, i);
    i->stage = ITEM_LEAVING;
    engine_armed(p->engine, i->message, false, p->mono_ms);
}

void pump_arm_collect(struct pump *p, const struct command *c)
{
    struct pump_item *i = c->owner;

    i->stage = ITEM_ARMING;
    i->sender = c->sender;
    i->attempt = c->attempt;
    i->usual = c->usual;
    if (i->admission != NULL) {
        if (pump_store_full(p)) urgent_refused(p, i);
        else pump_urgent_arm(p, i);
        return;
    }
    p->arming[p->arming_count++] = i;
    if (i->run != NULL) pump_run_dirty(p, i->run); /* else the store would keep a due row for each until its answer */
    if (p->arming_count == p->arming_capacity) pump_arm_flush(p);
}

void pump_arm_flush(struct pump *p)
{
    if (p->arming_count > 0) submit(p);
}

void pump_arm_lag(struct pump *p)
{
    bool lags = p->dirty != NULL && p->mono_ms - p->dirty_mono_ms >= CURSOR_LAG_MS;

    if (p->setbacks_count >= SETBACKS_BATCH || ((p->setbacks_count > 0 || lags) && p->arms_out == 0)) submit(p);
}
