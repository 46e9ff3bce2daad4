/*
 * pump_campaigns: the campaigns in hand: taking up, pausing, dropping and completing them; and the lanes that
 * the engine was told of.
 *
 * Owns struct pump_campaign and struct pump_lane. A campaign is forgotten when it is over and nothing of it
 * is in hand; a message of it that waits again (sent again after `failed`) brings it back.
 */
#include "app/pump_inside.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- lanes ---- */

static bool same_lane(const struct lane_key *a, const struct lane_key *b)
{
    return a->org == b->org && a->program == b->program && a->campaign == b->campaign && a->kind == b->kind &&
           a->carrier == b->carrier;
}

static struct pump_lane *lane_of(struct pump *p, const struct lane_key *k)
{
    uint64_t hash = pump_lane_hash(k);

    for (;; hash++) { /* the next number where two lanes share a hash */
        union map_value *place = map_put(&p->lanes, hash);
        struct pump_lane *lane;
        NO_MEMORY_IF(place == NULL, "a lane of messages");
        lane = place->ptr;
        if (lane != NULL && !same_lane(&lane->key, k)) continue;
        if (lane != NULL) return lane;
        lane = calloc(1, sizeof *lane);
        NO_MEMORY_IF(lane == NULL, "a lane of messages");
        lane->key = *k;
        place->ptr = lane;
        return lane;
    }
}

static void lane_sweep(struct pump *p, const struct lane_key *k)
{
    struct pump_lane *lane = lane_of(p, k);

    if (lane->sweep) return;
    lane->sweep = true;
    p->sweeps++;
    p->sweep_mono_ms = p->mono_ms;
}

static void tell_ready(struct pump *p, const struct lane_key *k, int64_t wall_ms)
{
    struct engine_lane l = directory_lane(k);
    enum err e;

    (void)lane_of(p, k);
    e = engine_lane_ready(p->engine, &l, wall_ms);
    NO_MEMORY_IF(e != ERR_OK, "a lane of messages");
}

void pump_lane_ready(struct pump *p, const struct lane_key *k, int64_t wall_ms)
{
    const struct directory_campaign *c;

    if (k->campaign == 0) {
        tell_ready(p, k, wall_ms);
        return;
    }
    if (pump_campaign(p, k->org, k->campaign) == NULL) return;
    c = directory_campaign(p->directory, k->campaign);
    if (c->state == CAMPAIGN_CANCELED) lane_sweep(p, k);
    else tell_ready(p, k, wall_ms);
}

void pump_item_done(struct pump *p, struct pump_item *i)
{
    struct lane_key lane = i->lane;
    bool again = i->seen_again;

    pump_item_free(p, i);
    if (again) pump_lane_ready(p, &lane, p->wall_ms);
}

void pump_lanes_of_org(struct pump *p, org_id org)
{
    struct map_slot *slot;

    for (size_t i = 0; (slot = map_next(&p->lanes, &i)) != NULL;) {
        const struct pump_lane *lane = slot->value.ptr;
        struct engine_lane l = directory_lane(&lane->key);
        if (lane->key.org != org || lane->sweep) continue;
        NO_MEMORY_IF(engine_lane_ready(p->engine, &l, p->wall_ms) != ERR_OK, "a lane of messages");
    }
}

/* ---- campaigns ---- */

void pump_campaign_ready(struct pump *p, struct pump_campaign *c)
{
    const struct directory_campaign *d = directory_campaign(p->directory, c->id);
    struct lane_key k = {.org = c->org, .program = d->program, .campaign = c->id, .kind = (uint8_t)d->kind};

    if (d->state != CAMPAIGN_RUNNING) return;
    if (pump_runs_read(p, c) != ERR_OK) c->runs_all = false;
    for (k.carrier = 0; k.carrier < CARRIER_COUNT; k.carrier++)
        if (c->first[k.carrier] != NULL) tell_ready(p, &k, p->wall_ms);
    pump_campaign_look(p, c);
}

/* Its lanes with due rows are known from start, admission and outcomes. */
static void lanes_of_campaign(struct pump *p, const struct pump_campaign *c)
{
    struct map_slot *slot;

    for (size_t i = 0; (slot = map_next(&p->lanes, &i)) != NULL;) {
        const struct pump_lane *lane = slot->value.ptr;
        struct engine_lane l = directory_lane(&lane->key);
        if (lane->key.campaign != c->id) continue;
        NO_MEMORY_IF(engine_lane_ready(p->engine, &l, p->wall_ms) != ERR_OK, "a lane of messages");
    }
}

static void sweep_all(struct pump *p, const struct pump_campaign *c, const struct directory_campaign *d)
{
    struct lane_key k = {.org = c->org, .program = d->program, .campaign = c->id, .kind = (uint8_t)d->kind};

    for (k.carrier = 0; k.carrier < CARRIER_COUNT; k.carrier++) lane_sweep(p, &k);
}

/* Puts engine and runs into the state that the store told. */
static void follow(struct pump *p, struct pump_campaign *c)
{
    const struct directory_campaign *d = directory_campaign(p->directory, c->id);

    switch (d->state) {
    case CAMPAIGN_RUNNING:
    case CAMPAIGN_COMPLETED:
        engine_pause_campaign(p->engine, c->id, false);
        engine_watch_campaign(p->engine, c->id,
                              d->state == CAMPAIGN_RUNNING ? d->pause_failures_permille : 0);
        pump_campaign_ready(p, c);
        lanes_of_campaign(p, c);
        break;
    case CAMPAIGN_DRAFT:
    case CAMPAIGN_SCHEDULED:
    case CAMPAIGN_PAUSED:
        engine_pause_campaign(p->engine, c->id, true);
        pump_campaign_look(p, c);
        break;
    case CAMPAIGN_CANCELED:
        engine_drop_campaign(p->engine, c->id);
        pump_runs_free(p, c);
        sweep_all(p, c, d);
        break;
    }
}

static struct pump_campaign *campaign_new(struct pump *p, org_id org, uint64_t id)
{
    struct pump_campaign *c = calloc(1, sizeof *c);
    union map_value *place = c == NULL ? NULL : map_put(&p->campaigns, id);

    if (place == NULL) {
        free(c);
        return NULL;
    }
    c->id = id;
    c->org = org;
    c->check_mono_ms = INT64_MAX;
    place->ptr = c;
    return c;
}

struct pump_campaign *pump_campaign(struct pump *p, org_id org, uint64_t campaign)
{
    struct pump_campaign *c = map_ptr(&p->campaigns, campaign);

    if (c != NULL) return c;
    return pump_campaign_changed(p, org, campaign) == ERR_OK ? map_ptr(&p->campaigns, campaign) : NULL;
}

static void forget(struct pump *p, struct pump_campaign *c)
{
    struct map_slot *slot;

    engine_drop_campaign(p->engine, c->id);
    pump_runs_free(p, c);
    for (size_t i = 0; (slot = map_next(&p->lanes, &i)) != NULL;) {
        struct pump_lane *lane = slot->value.ptr;
        if (lane->key.campaign != c->id) continue;
        if (lane->sweep) p->sweeps--;
        free(lane);
        (void)map_remove(&p->lanes, slot->key);
    }
    directory_forget_campaign(p->directory, c->id);
    (void)map_remove(&p->campaigns, c->id);
    free(c);
}

enum err pump_campaign_changed(struct pump *p, org_id org, uint64_t campaign)
{
    struct pump_campaign *c = map_ptr(&p->campaigns, campaign);
    enum err e = directory_load_campaign(p->directory, org, campaign);

    if (e != ERR_OK) return e;
    if (c == NULL) c = campaign_new(p, org, campaign);
    if (c == NULL) return ERR_FULL;
    follow(p, c);
    return ERR_OK;
}

void pump_campaigns_free(struct pump *p)
{
    struct map_slot *slot;

    for (size_t i = 0; (slot = map_next(&p->campaigns, &i)) != NULL;) {
        pump_runs_free(p, slot->value.ptr);
        free(slot->value.ptr);
    }
    for (size_t i = 0; (slot = map_next(&p->lanes, &i)) != NULL;) free(slot->value.ptr);
    map_free(&p->campaigns);
    map_free(&p->lanes);
    map_free(&p->runs);
}

/* ---- sweeping what a canceled campaign left ---- */

/* True when the lane is clean: nothing waits in it and nothing of the campaign is in hand. */
static bool sweep_lane(struct pump *p, const struct lane_key *k)
{
    struct pump_campaign *c = map_ptr(&p->campaigns, k->campaign);
    size_t count = DRAW_PAGE, fresh = 0;
    enum err e = p->ops->draw_due(p->reader, &p->scratch, k, INT64_MAX, 0, 0, p->dues, p->rows, p->contacts, &count);

    for (size_t i = 0; i < count && e == ERR_OK; i++) {
        struct pump_item *item;
        if (pump_item(p, p->rows[i].id) != NULL) continue;
        item = pump_item_new(p, p->rows[i].id, p->rows[i].number, k);
        if (item == NULL) break;
        item->due_at_ms = p->dues[i].at_ms;
        if (c != NULL) {
            item->campaign = c;
            c->items++;
        }
        pump_setback(p, item, MESSAGE_CANCELED, REASON_CAMPAIGN_CANCELED, 0);
        fresh++;
    }
    arena_reset(&p->scratch);
    return e == ERR_OK && fresh == 0 && (c == NULL || c->items == 0);
}

void pump_sweep(struct pump *p)
{
    struct map_slot *slot;
    uint64_t over[DRAW_PAGE];
    size_t count = 0;

    if (p->sweeps == 0 || p->mono_ms < p->sweep_mono_ms) return;
    p->sweep_mono_ms = p->mono_ms + SWEEP_MS;
    if (pump_store_full(p)) return;
    for (size_t i = 0; (slot = map_next(&p->lanes, &i)) != NULL;) {
        struct pump_lane *lane = slot->value.ptr;
        if (!lane->sweep || p->setbacks_count >= SETBACKS_MAX) continue;
        if (!sweep_lane(p, &lane->key)) continue;
        lane->sweep = false;
        p->sweeps--;
        if (count < DRAW_PAGE) over[count++] = lane->key.campaign;
    }
    for (size_t i = 0; i < count; i++) {
        struct pump_campaign *c = map_ptr(&p->campaigns, over[i]);
        if (c != NULL) pump_campaign_look(p, c);
    }
}

/* ---- completion ---- */

struct state_job {
    struct pump_job job;
    struct change_campaign_state change;
    char why[160];
};

static void state_finished(struct pump *p, struct pump_job *job)
{
    struct state_job *s = (struct state_job *)job;
    struct pump_campaign *c = map_ptr(&p->campaigns, s->change.campaign);

    enum err e;

    if (c != NULL) c->closing = false;
    e = pump_campaign_changed(p, s->change.org, s->change.campaign);
    if (e != ERR_OK && e != ERR_NOT_FOUND)
        pump_tell(p, &(struct note){.kind = NOTE_CAMPAIGN_CHANGED, .org = s->change.org,
                                    .campaign = s->change.campaign});
    free(s);
}

static void move_campaign(struct pump *p, struct pump_campaign *c, enum campaign_state to, const char *why)
{
    struct state_job *s = calloc(1, sizeof *s);

    if (s == NULL) return;
    c->closing = true;
    (void)snprintf(s->why, sizeof s->why, "%s", why);
    s->change = (struct change_campaign_state){.head = {.kind = CHANGE_CAMPAIGN_STATE, .urgent = true},
                                               .org = c->org, .campaign = c->id, .to = to,
                                               .why = str_from(s->why), .now_ms = p->wall_ms};
    s->job.change = &s->change.head;
    s->job.finish = state_finished;
    pump_submit(p, &s->job);
}

void pump_campaign_pause(struct pump *p, const struct command *c)
{
    struct pump_campaign *mine = map_ptr(&p->campaigns, c->campaign);
    char why[160];

    engine_pause_campaign(p->engine, c->campaign, true);
    if (mine == NULL || mine->closing) return;
    (void)snprintf(why, sizeof why, "stopped by itself: %lld of the first %lld messages failed; look at the "
                   "errors, then resume or cancel", (long long)c->failures, (long long)c->total);
    move_campaign(p, mine, CAMPAIGN_PAUSED, why);
}

void pump_campaign_forbid(struct pump *p, struct pump_campaign *c, struct str text, const struct content_case *facts)
{
    struct content_report report;
    char why[160];

    if (c->closing) return;
    content_check(text, facts, &report); /* gravest first */
    (void)snprintf(why, sizeof why, "stopped by itself: its text is forbidden by now (%s); cancel it and start one with "
                   "another", report.count > 0 ? report.findings[0].rule->title : "");
    move_campaign(p, c, CAMPAIGN_PAUSED, why);
}

static bool nothing_unsent(const struct campaign *row)
{
    int64_t settled = 0;

    for (int s = MESSAGE_QUEUED; s < MESSAGE_STATES; s++)
        if (s != MESSAGE_QUEUED && s != MESSAGE_HELD && s != MESSAGE_IN_DOUBT && s != MESSAGE_ARMED)
            settled += row->counts[s];
    return row->frozen && settled >= row->audience;
}

static bool waits_in_store(struct pump *p, const struct pump_campaign *c)
{
    struct map_slot *slot;

    for (size_t i = 0; (slot = map_next(&p->lanes, &i)) != NULL;) {
        const struct pump_lane *lane = slot->value.ptr;
        int64_t at_ms;
        if (lane->key.campaign != c->id) continue;
        if (p->ops->due_earliest(p->reader, &lane->key, &at_ms) != ERR_NOT_FOUND) return true;
    }
    return false;
}

/* A campaign that is over and not in hand is forgotten; one with nothing unsent is completed; one that rests keeps no
 * stretches in memory. */
static void check(struct pump *p, struct pump_campaign *c)
{
    const struct directory_campaign *d = directory_campaign(p->directory, c->id);
    struct campaign row;
    enum err e;

    if (d->state == CAMPAIGN_PAUSED || d->state == CAMPAIGN_SCHEDULED || d->state == CAMPAIGN_DRAFT) {
        if (pump_runs_rest(p, c)) pump_campaign_look(p, c);
        return;
    }
    if (d->state == CAMPAIGN_RUNNING && !c->runs_all && c->runs < RUNS_HELD_MAX) pump_campaign_ready(p, c);
    if (c->closing || c->items > 0 || c->runs > 0) return;
    if (d->state == CAMPAIGN_RUNNING && c->runs_all) {
        e = p->ops->campaign_get(p->reader, &p->scratch, c->org, c->id, &row);
        if (e == ERR_OK && row.state == CAMPAIGN_RUNNING && nothing_unsent(&row))
            move_campaign(p, c, CAMPAIGN_COMPLETED, "");
        arena_reset(&p->scratch);
    } else if ((d->state == CAMPAIGN_COMPLETED || d->state == CAMPAIGN_CANCELED) && !waits_in_store(p, c)) {
        forget(p, c);
    }
}

void pump_campaigns_check(struct pump *p)
{
    struct map_slot *slot;

    if (p->mono_ms < p->check_mono_ms) return;
    p->check_mono_ms = INT64_MAX;
    for (size_t i = 0; (slot = map_next(&p->campaigns, &i)) != NULL;) {
        struct pump_campaign *c = slot->value.ptr;
        if (c->check_mono_ms <= p->mono_ms) {
            c->check_mono_ms = INT64_MAX;
            check(p, c);
        } else if (c->check_mono_ms < p->check_mono_ms) {
            p->check_mono_ms = c->check_mono_ms;
        }
    }
}
