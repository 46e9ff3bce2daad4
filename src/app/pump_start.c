/*
 * pump_start: takes up the work where the store says it was left.
 *
 * In this order, because each rests on what came before: organizations and limits, the carriers' day, uses of
 * limits by attempts before the restart, what limits learned,
 * doubts (they fence their numbers), campaigns, lanes with due rows.
 */
#include "app/pump_inside.h"

#include "base/mutant.h"

#include <stdlib.h>

enum { PAGE = 256, DAY_USES_FIRST = 256 };

void pump_account_gate(struct pump *p, uint32_t account)
{
    union map_value *known = map_put(&p->gates, account);

    if (known == NULL || known->num != 0) return;
    known->num = 1;
    engine_set_gate(p->engine, account, GATE_REPLIES_ONLY);
}

static void gate_accounts(struct pump *p)
{
    for (uint32_t account = 1; account <= directory_accounts(p->directory); account++) pump_account_gate(p, account);
}

/* Adds all that was used on a day, however many organizations used it, to `sums` by (org, carrier). */
static enum err add_day(struct pump *p, int32_t day, struct map *sums)
{
    struct day_use *uses;
    size_t room = DAY_USES_FIRST, count;
    enum err e;

    for (;; room *= 4) {
        count = room;
        uses = calloc(room, sizeof *uses);
        if (uses == NULL) return ERR_FULL;
        e = p->ops->day_uses(p->reader, day, uses, &count);
        if (e != ERR_OK || count < room) break;
        free(uses);
    }
    for (size_t n = 0; n < count && e == ERR_OK; n++) {
        union map_value *sum = map_put(sums, (uint64_t)uses[n].org << 8 | uses[n].carrier);
        if (sum == NULL) e = ERR_FULL;
        else sum->num += (uint64_t)uses[n].segments;
    }
    free(uses);
    return e;
}

/* What a clock that was ahead has booked on the next day was used on this one. */
enum err pump_day(struct pump *p)
{
    const struct map_slot *slot;
    struct map sums;
    enum err e = directory_day(p->wall_ms, &p->day, &p->day_ends_ms);

    map_init(&sums);
    if (e == ERR_OK) e = add_day(p, p->day, &sums);
    if (e == ERR_OK) e = add_day(p, p->day + 1, &sums);
    for (size_t n = 0; e == ERR_OK && (slot = map_next(&sums, &n)) != NULL;)
        engine_set_day(p->engine, (uint32_t)(slot->key >> 8), (uint8_t)slot->key, (int64_t)slot->value.num,
                       p->day_ends_ms);
    map_free(&sums);
    return e;
}

/* An attempt may have been answered so much later than it was armed, as far as our clock can tell. */
static int64_t uncertain_ms(const struct pump *p)
{
    return p->ports.settings->provider_timeout_ms + (p->ports.clock_is_steady ? 0 : CLOCK_STEP_MAX_MS);
}

/* When its slots began to run out: at its answer, where that is known and the clock can be believed; else as late
 * as it may have been. */
static int64_t answered_mono_ms(const struct pump *p, const struct armed *a)
{
    bool known = p->ports.clock_is_steady && a->answered_ms != 0;
    int64_t age_ms = p->wall_ms - (known ? a->answered_ms : a->armed_ms + uncertain_ms(p));

    return age_ms > 0 ? p->mono_ms - age_ms : p->mono_ms;
}

/* All attempts that may still use a limit, newest first; *count in: room for so many. */
static enum err read_uses(struct pump *p, struct armed **rows, size_t *count)
{
    int64_t since_ms = p->wall_ms - uncertain_ms(p) - directory_window_max_ms(p->directory);
    size_t room = *count;
    enum err e;

    *rows = calloc(room, sizeof **rows);
    if (*rows == NULL) return ERR_FULL;
    e = p->ops->arms_recent(p->reader, since_ms, *rows, count);
    if (e == ERR_OK && (*count < room || room >= ARMS_RESTORED_MAX)) return ERR_OK;
    free(*rows);
    *rows = NULL;
    if (e != ERR_OK) return e;
    *count = room * 4;
    return read_uses(p, rows, count);
}

struct use {
    int64_t answered_mono_ms;
    const struct armed *of;
};

static int by_answer(const void *a, const void *b)
{
    const struct use *x = a, *y = b;

    return (x->answered_mono_ms > y->answered_mono_ms) - (x->answered_mono_ms < y->answered_mono_ms);
}

/* As they were answered, which is not as they were armed, so that a limit keeps them apart. */
static enum err restore_in_order(struct pump *p, const struct armed *rows, size_t count)
{
    struct use *uses = calloc(count + 1, sizeof *uses);

    if (uses == NULL) return ERR_FULL;
    for (size_t n = 0; n < count; n++) uses[n] = (struct use){answered_mono_ms(p, &rows[n]), &rows[n]};
    qsort(uses, count, sizeof *uses, by_answer);
    for (size_t n = 0; n < count; n++) {
        const struct armed *a = uses[n].of;
        struct lane_key k = {.org = a->org, .program = a->program, .carrier = a->carrier};
        engine_restore_use(p->engine, a->org, directory_lane(&k).program, a->sender, a->carrier, a->segments,
                           uses[n].answered_mono_ms);
    }
    free(uses);
    return ERR_OK;
}

static enum err restore_uses(struct pump *p)
{
    struct armed *rows = NULL;
    size_t count = ARMS_RESTORED_FIRST;
    enum err e = read_uses(p, &rows, &count);

    if (e == ERR_OK && p->ports.clock_is_steady) e = p->ops->arms_answered(p->reader, rows, count);
    if (e == ERR_OK) e = restore_in_order(p, rows, count);
    free(rows);
    return e;
}

static enum err restore_doubts(struct pump *p)
{
    struct doubt rows[PAGE];
    uint64_t after = 0;
    size_t count;
    enum err e;

    do {
        count = PAGE;
        e = p->ops->doubts(p->reader, after, rows, &count);
        for (size_t n = 0; n < count && e == ERR_OK; n++) {
            after = rows[n].message;
            e = pump_doubt_restore(p, &rows[n]);
        }
        arena_reset(&p->scratch);
    } while (e == ERR_OK && count == PAGE);
    return e;
}

static enum err take_up_campaigns(struct pump *p)
{
    struct campaign *rows = calloc(DRAW_PAGE, sizeof *rows);
    uint64_t after = 0;
    size_t count;
    enum err e = rows == NULL ? ERR_FULL : ERR_OK;

    do {
        count = DRAW_PAGE;
        if (e == ERR_OK) e = p->ops->campaigns_live(p->reader, &p->scratch, after, rows, &count);
        for (size_t n = 0; n < count && e == ERR_OK; n++) {
            after = rows[n].id;
            if (pump_campaign(p, rows[n].org, rows[n].id) == NULL) e = ERR_FULL;
        }
        arena_reset(&p->scratch);
    } while (e == ERR_OK && count == DRAW_PAGE);
    free(rows);
    return e;
}

static enum err take_up_lanes(struct pump *p)
{
    struct lane_key rows[PAGE], after;
    int64_t earliest_ms[PAGE];
    bool first = true;
    size_t count;
    enum err e;

    do {
        count = PAGE;
        e = p->ops->due_lanes(p->reader, first ? NULL : &after, rows, earliest_ms, &count);
        for (size_t n = 0; n < count && e == ERR_OK; n++) {
            pump_lane_ready(p, &rows[n], earliest_ms[n]);
            after = rows[n];
            first = false;
        }
    } while (e == ERR_OK && count == PAGE);
    return e;
}

enum err pump_start(struct pump *p, struct fault *f)
{
    enum err e;

    pump_clock(p);
    p->start_mono_ms = p->mono_ms;
    engine_begin(p->engine, p->mono_ms, p->wall_ms);
    e = directory_load_orgs(p->directory);
    if (e == ERR_OK) e = pump_day(p);
    if (e != ERR_OK && f != NULL && f->code == ERR_OK)
        fault_set(f, e, "the sending thread cannot read who may send (%s)", err_name(e));
    if (e != ERR_OK) return e;
    gate_accounts(p);
    if (!MUTANT(tokens_minted_in_downtime)) e = restore_uses(p);
    if (e == ERR_OK) e = pump_learned_restore(p);
    if (e == ERR_OK) e = restore_doubts(p);
    if (e == ERR_OK) e = take_up_campaigns(p);
    if (e == ERR_OK && !MUTANT(start_forgets_waiting)) e = take_up_lanes(p);
    if (e != ERR_OK)
        return fault_set(f, e, "the sending thread cannot take up what was left (%s); check the database and "
                         "start again", err_name(e));
    p->started = true;
    return ERR_OK;
}
