/*
 * pump_runs: the stretches of a campaign, their cursors, and when they may be drawn from.
 *
 * Invariant of a run: every message with row.next <= id < read is in the run's list (in hand and not settled),
 * or what became of it is durable. So the cursor may stand at the first of the list, or at `read` when the
 * list is empty, and a restart draws again at most what the store knows to be past waiting. A change that settles
 * the first of the list takes the cursor along.
 */
#include "app/pump_inside.h"

#include "base/mutant.h"
#include "rules/quiet_hours.h"

#include <stdlib.h>

/* ---- cursors ---- */

void pump_run_put(struct pump_run *r, struct pump_item *i)
{
    struct pump_item *before = r->last;

    while (before != NULL && before->message > i->message) before = before->run_previous;
    i->run = r;
    i->run_previous = before;
    i->run_next = before != NULL ? before->run_next : r->first;
    if (i->run_next != NULL) i->run_next->run_previous = i;
    else r->last = i;
    if (before != NULL) before->run_next = i;
    else r->first = i;
}

static void take_out(struct pump_item *i)
{
    struct pump_run *r = i->run;

    if (i->run_previous != NULL) i->run_previous->run_next = i->run_next;
    else r->first = i->run_next;
    if (i->run_next != NULL) i->run_next->run_previous = i->run_previous;
    else r->last = i->run_previous;
    i->run = NULL;
    i->run_previous = i->run_next = NULL;
}

void pump_run_dirty(struct pump *p, struct pump_run *r)
{
    if (r->dirty) return;
    if (p->dirty == NULL) p->dirty_mono_ms = p->mono_ms;
    r->dirty = true;
    r->dirty_next = p->dirty;
    p->dirty = r;
}

void pump_run_settle(struct pump *p, struct pump_item *i)
{
    struct pump_run *r = i->run;

    if (r == NULL) return;
    take_out(i);
    pump_run_dirty(p, r);
}

void pump_run_give_back(struct pump *p, struct pump_item *i)
{
    struct pump_run *r = i->run;

    (void)p;
    if (r == NULL) return;
    take_out(i);
    if (i->message < r->read) r->read = i->message;
}

uint64_t pump_run_cursor(const struct pump_run *r)
{
    return r->first != NULL && r->first->message < r->read ? r->first->message : r->read;
}

/* Changes are applied in the order in which they are submitted, so it may pass what earlier ones carry, if they were
 * not refused. */
struct arm_cursor pump_run_cursor_with(const struct pump_run *r, const struct pump_job *job)
{
    const struct pump_item *i = r->first;
    struct arm_cursor c = {.run = r->row.id, .org = r->row.org};

    for (; i != NULL && (i->job != NULL || MUTANT(cursor_passes_unarmed)); i = i->run_next)
        if (i->job != NULL && i->job != job) c.from = i->message + 1;
    c.next = i != NULL && i->message < r->read ? i->message : r->read;
    return c;
}

static void run_free(struct pump *p, struct pump_run *r)
{
    struct pump_campaign *c = r->campaign;
    uint8_t carrier = r->row.carrier;

    for (struct pump_run **at = &p->dirty; r->dirty && *at != NULL; at = &(*at)->dirty_next) {
        if (*at != r) continue;
        *at = r->dirty_next;
        break;
    }
    while (r->first != NULL) take_out(r->first);
    if (r->previous != NULL) r->previous->next = r->next;
    else c->first[carrier] = r->next;
    if (r->next != NULL) r->next->previous = r->previous;
    else c->last[carrier] = r->previous;
    c->runs--;
    (void)map_remove(&p->runs, r->row.id);
    free(r);
}

static enum err run_add(struct pump *p, struct pump_campaign *c, const struct run *row)
{
    struct pump_run *r = calloc(1, sizeof *r);
    union map_value *place = r == NULL ? NULL : map_put(&p->runs, row->id);

    if (place == NULL) {
        free(r);
        return ERR_FULL;
    }
    r->row = *row;
    if (r->row.carrier >= CARRIER_COUNT) r->row.carrier = CARRIER_UNKNOWN;
    r->sent = r->read = row->next;
    r->campaign = c;
    r->previous = c->last[r->row.carrier];
    if (r->previous != NULL) r->previous->next = r;
    else c->first[r->row.carrier] = r;
    c->last[r->row.carrier] = r;
    c->runs++;
    place->ptr = r;
    return ERR_OK;
}

enum err pump_runs_read(struct pump *p, struct pump_campaign *c)
{
    struct run page[DRAW_PAGE];
    size_t count, seen = 0;

    do {
        enum err e;
        if (c->runs >= RUNS_HELD_MAX || seen >= RUNS_READ_MAX) {
            c->runs_all = false;
            return ERR_OK;
        }
        count = DRAW_PAGE;
        e = p->ops->runs(p->reader, c->org, c->id, c->runs_after, page, &count);
        for (size_t i = 0; i < count && e == ERR_OK; i++) {
            if (map_get(&p->runs, page[i].id) == NULL) e = run_add(p, c, &page[i]);
            if (e == ERR_OK) c->runs_after = page[i].id;
        }
        if (e != ERR_OK) return e;
        seen += count;
    } while (count == DRAW_PAGE);
    c->runs_all = true;
    return ERR_OK;
}

void pump_run_moved(struct pump *p, uint64_t run, uint64_t next)
{
    struct pump_run *r = map_ptr(&p->runs, run);
    struct pump_campaign *c;

    if (r == NULL) return;
    if (next > r->row.next) r->row.next = next;
    if (pump_run_cursor(r) > r->sent) pump_run_dirty(p, r);
    if (r->row.next < r->row.hi || r->first != NULL) return;
    c = r->campaign;
    run_free(p, r);
    if (c->runs == 0 || (!c->runs_all && c->runs < RUNS_HELD_MAX / 2)) pump_campaign_look(p, c);
}

void pump_run_refused(struct pump *p, uint64_t run)
{
    struct pump_run *r = map_ptr(&p->runs, run);

    if (r == NULL) return;
    r->sent = r->row.next;
    pump_run_dirty(p, r);
}

void pump_runs_free(struct pump *p, struct pump_campaign *c)
{
    for (size_t carrier = 0; carrier < CARRIER_COUNT; carrier++)
        while (c->first[carrier] != NULL) run_free(p, c->first[carrier]);
}

static bool rests(const struct pump_run *r)
{
    return r->first == NULL && !r->dirty && r->row.next >= pump_run_cursor(r);
}

bool pump_runs_rest(struct pump *p, struct pump_campaign *c)
{
    bool more = false;

    for (size_t carrier = 0; carrier < CARRIER_COUNT; carrier++) {
        struct pump_run *next;
        for (struct pump_run *r = c->first[carrier]; r != NULL; r = next) {
            next = r->next;
            if (rests(r)) { /* those before it are over, or in memory */
                if (r->row.id <= c->runs_after) c->runs_after = r->row.id - 1;
                c->runs_all = false;
                run_free(p, r);
            } else if (r->first == NULL) {
                more = true;
            }
        }
    }
    return more;
}

/* ---- lawful hours ---- */

/* No key of places has this bit: rules/quiet_places.h. */
#define OTHER_KINDS (UINT64_C(1) << 63)

static uint64_t pack_window(bool open, int64_t until_ms)
{
    uint64_t until = until_ms > INT64_MAX / 2 ? (uint64_t)(INT64_MAX / 2) : (uint64_t)until_ms;

    return until << 1 | (open ? 1 : 0);
}

static void unpack_window(uint64_t packed, bool *open, int64_t *until_ms)
{
    *open = (packed & 1) != 0;
    *until_ms = (int64_t)(packed >> 1);
    if (*until_ms >= INT64_MAX / 2) *until_ms = INT64_MAX;
}

void pump_window(struct pump *p, uint64_t zones, enum message_kind kind, bool *open, int64_t *until_ms)
{
    struct gate_facts f = {.now_ms = p->wall_ms, .kind = kind};
    uint64_t key = kind == KIND_MARKETING ? zones : zones | OTHER_KINDS;
    union map_value *known;

    *open = true;
    *until_ms = INT64_MAX;
    if (!p->ports.settings->quiet_hours || !quiet_hours_any(zones, kind)) return;
    known = map_get(&p->windows, key);
    if (known != NULL) {
        unpack_window(known->num, open, until_ms);
        if (p->wall_ms < *until_ms) return;
    }
    gate_quiet_facts(&f, zones, true);
    *open = !f.quiet;
    *until_ms = f.window_ms;
    if (p->windows.count >= WINDOWS_MAX && known == NULL) {
        map_free(&p->windows);
        map_init(&p->windows);
    }
    known = map_put(&p->windows, key);
    if (known != NULL) known->num = pack_window(*open, *until_ms);
}

/* Laws change at midnight somewhere, so what holds is asked anew each hour. */
struct frequency_cap pump_law_cap(struct pump *p, uint64_t zones)
{
    int64_t hour = p->wall_ms / INT64_C(3600000);
    struct frequency_cap cap;
    union map_value *known;

    if (!p->ports.settings->quiet_hours) return (struct frequency_cap){0, 0};
    if (hour != p->law_caps_hour || p->law_caps.count >= WINDOWS_MAX) {
        map_free(&p->law_caps);
        map_init(&p->law_caps);
        p->law_caps_hour = hour;
    }
    known = map_get(&p->law_caps, zones);
    if (known != NULL) return (struct frequency_cap){(uint8_t)(known->num >> 16), (uint16_t)(known->num & 0xffff)};
    cap = gate_law_cap(zones, KIND_MARKETING, p->wall_ms, true);
    known = map_put(&p->law_caps, zones);
    if (known != NULL) known->num = (uint64_t)cap.count << 16 | cap.hours;
    return cap;
}

/* Of the open ones the one that closes first, because the others have time. */
struct pump_run *pump_run_open(struct pump *p, struct pump_campaign *c, enum message_kind kind, uint8_t carrier,
                               int64_t *opens_ms)
{
    struct pump_run *best = NULL;
    int64_t best_closes_ms = 0;

    *opens_ms = INT64_MAX;
    for (struct pump_run *r = c->first[carrier]; r != NULL; r = r->next) {
        int64_t until_ms;
        bool open;
        if (r->read >= r->row.hi) continue;
        pump_window(p, r->row.zones, kind, &open, &until_ms);
        if (!open) {
            if (until_ms < *opens_ms) *opens_ms = until_ms;
        } else if (best == NULL || until_ms < best_closes_ms) {
            best = r;
            best_closes_ms = until_ms;
        }
    }
    return best;
}
