/* messages: what the driver tells of lanes, messages and attempts. Contract in engine.h. */
#include "engine/engine.h"

#include "engine/agenda.h"
#include "engine/doubt.h"
#include "engine/draw.h"
#include "engine/flight.h"
#include "engine/items.h"
#include "engine/lanes.h"
#include "engine/learn.h"
#include "engine/senders.h"
#include "engine/turns.h"
#include "engine/verdict.h"
#include "engine/world.h"

enum { DRAW_AGAIN_MS = 50, OFFERS_TIMES = 4 };

/* ---- lanes and campaigns ---- */

enum err engine_lane_ready(struct engine *e, const struct engine_lane *key, int64_t wall_ms)
{
    struct lane *l = lane_get(e, key, 0);

    if (l == NULL) return ERR_FULL;
    if (wall_ms != INT64_MAX) lane_note_store(e, l, wall_ms);
    return ERR_OK;
}

static void pause_campaign(struct engine *e, struct campaign *c)
{
    c->paused = true;
    for (struct lane *l = c->lanes; l != NULL; l = l->campaign_next) {
        lane_give_back(e, l, true);
        lane_consider(e, l);
    }
}

void engine_pause_campaign(struct engine *e, uint64_t campaign, bool paused)
{
    struct campaign *c = world_campaign(e, campaign);

    if (c == NULL || c->paused == paused) return;
    if (paused) {
        pause_campaign(e, c);
        return;
    }
    c->paused = false;
    autopause_reset(&c->watch);
    for (struct lane *l = c->lanes; l != NULL; l = l->campaign_next) lane_consider(e, l);
}

void engine_drop_campaign(struct engine *e, uint64_t campaign)
{
    struct campaign *c = map_ptr(&e->campaigns_by_id, campaign);

    if (c == NULL) return;
    for (struct lane *l = c->lanes; l != NULL; l = l->campaign_next) {
        lane_give_back(e, l, false);
        l->dropped = true;
        lane_consider(e, l);
    }
    campaign_drop_lanes(e, c);
}

void engine_watch_campaign(struct engine *e, uint64_t campaign, int32_t permille)
{
    struct campaign *c = world_campaign(e, campaign);

    if (c != NULL) c->watch.permille = permille;
}

void engine_campaign_result(struct engine *e, uint64_t campaign, bool failed)
{
    struct campaign *c = map_ptr(&e->campaigns_by_id, campaign);

    if (c == NULL || !autopause_result(&c->watch, failed, e->config.pause_sample_min)) return;
    pause_campaign(e, c);
    out_push(e, &c->out);
}

/* ---- messages come and go ---- */

static uint8_t variant_of(const struct engine_item *is)
{
    return (uint8_t)((is->urgent ? VARIANT_URGENT : 0) | (is->reply ? VARIANT_REPLY : 0));
}

static bool lanes_for(struct engine *e, const struct engine_lane *l, const struct engine_item *items,
                      size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (lane_get(e, l, variant_of(&items[i])) == NULL) return false;
    return true;
}

/* The lane is no longer wanted: what was drawn for it goes back. */
static enum err drawn_in_vain(struct engine *e, struct lane *l, const struct engine_item *items, size_t count)
{
    for (size_t i = 0; i < count; i++) (void)draw_admit(e, l, &items[i]);
    lane_forget(e, l);
    return ERR_OK;
}

/* A draw that brought nothing new is not repeated at once: what it brings may be on its way out. */
enum err engine_drawn(struct engine *e, const struct engine_lane *key, const struct engine_item *items,
                      size_t count, int64_t next_wall_ms)
{
    struct lane *main = lane_drawing(e, key);
    size_t taken = 0;

    if (main == NULL) main = lane_get(e, key, 0);
    if (main == NULL) return ERR_FULL;
    draw_done(e, main);
    if (items_reserve(e, count) != ERR_OK || !(main->dropped || lanes_for(e, key, items, count))) {
        lane_note_store(e, main, e->wall_ms + DRAW_AGAIN_MS);
        return ERR_FULL;
    }
    if (main->dropped) return drawn_in_vain(e, main, items, count);
    for (size_t i = 0; i < count; i++)
        taken += draw_admit(e, lane_get(e, key, variant_of(&items[i])), &items[i]) ? 1 : 0;
    if (taken == 0 && next_wall_ms <= e->wall_ms) next_wall_ms = e->wall_ms + DRAW_AGAIN_MS;
    if (next_wall_ms != INT64_MAX) lane_note_store(e, main, next_wall_ms);
    return ERR_OK;
}

enum err engine_offer(struct engine *e, const struct engine_item *item)
{
    struct lane *l = lane_get(e, &item->lane, variant_of(item));

    if (l == NULL) return ERR_FULL;
    if (item_find(e, item->message) != NULL) return ERR_CONFLICT;
    if ((!item->urgent && l->queue.count >= e->config.lane_ahead * OFFERS_TIMES) ||
        !draw_room_for_offer(e, l) || items_reserve(e, 1) != ERR_OK) {
        lane_note_store(e, l, e->wall_ms);
        return ERR_FULL;
    }
    (void)draw_admit(e, l, item);
    return ERR_OK;
}

bool engine_holds(const struct engine *e, uint64_t message)
{
    return item_find(e, message) != NULL;
}

bool engine_withdraw(struct engine *e, uint64_t message)
{
    struct item *it = item_find(e, message);

    if (it == NULL || it->state != ITEM_WAITING) return false;
    waiting_give_back(e, it, true);
    return true;
}

/* ---- attempts ---- */

void engine_armed(struct engine *e, uint64_t message, bool armed, int64_t mono_ms)
{
    struct item *it = item_find(e, message);

    agenda_now(e, mono_ms, e->wall_ms);
    BUG_IF(it == NULL || it->state != ITEM_ARMING);
    flight_armed(e, it, armed);
}

void engine_rename(struct engine *e, uint64_t message, uint64_t to)
{
    struct item *it = item_find(e, message);

    BUG_IF(it == NULL || it->state != ITEM_ARMING || item_find(e, to) != NULL);
    item_unindex(e, it);
    it->is.message = to;
    item_index(e, it);
}

void engine_answered(struct engine *e, const struct engine_answer *a, int64_t mono_ms, int64_t wall_ms)
{
    struct item *it = item_find(e, a->message);

    agenda_now(e, mono_ms, wall_ms);
    if (it == NULL || it->state == ITEM_WAITING || it->state == ITEM_ARMING) return;
    flight_answered(e, it, a);
}

void engine_stop_number(struct engine *e, uint32_t org, uint64_t number)
{
    struct item *it = item_of_number(e, number, NULL);

    while (it != NULL) {
        struct item *next = item_of_number(e, number, it);
        if (it->org->id == org) {
            if (it->state == ITEM_WAITING) waiting_give_back(e, it, true);
            else if (it->state == ITEM_ARMING || it->state == ITEM_POSTING) flight_recall(e, it);
        }
        it = next;
    }
}

void engine_proved(struct engine *e, uint64_t message)
{
    struct item *it = item_find(e, message);

    if (it == NULL) return;
    if (it->state == ITEM_POSTING) it->proved = true;
    if (it->state != ITEM_DOUBT) return;
    doubt_end(e, it, (struct last_word){.kind = COMMAND_RECORD, .record = RECORD_PROVED});
}

void engine_throttled(struct engine *e, uint32_t org, uint32_t program, uint32_t sender, uint8_t carrier,
                      int32_t error_code)
{
    struct org *o = map_ptr(&e->orgs_by_id, org);
    struct learner who = {NULL, o, NULL, map_ptr(&e->senders_by_id, sender)};
    enum playbook_action action = verdict_of(error_code).action;

    /* Most codes tell of a person or a text: they say nothing about speed. */
    if (o == NULL || (action != PLAYBOOK_THROTTLE && action != PLAYBOOK_NEXT_DAY)) return;
    who.account = o->account;
    who.route = world_route(e, o, program, carrier);
    if (action == PLAYBOOK_NEXT_DAY) (void)learn_day_over(e, &who);
    else learn_too_fast(e, &who, verdict_throttled(error_code), 0);
}

/* ---- doubt and breaker ---- */

enum err engine_doubt_restored(struct engine *e, const struct engine_doubt *d)
{
    struct org *o = map_ptr(&e->orgs_by_id, d->org);
    struct engine_item is = {.message = d->message, .number = d->number, .segments = d->segments,
                             .attempt = d->attempt, .expires_wall_ms = INT64_MAX, .closes_wall_ms = INT64_MAX,
                             .lane = {.org = d->org, .program = d->program, .carrier = d->carrier}};
    struct item *it;

    if (o == NULL || o->account == NULL) return ERR_NOT_FOUND;
    if (item_find(e, d->message) != NULL) return ERR_CONFLICT;
    if (items_reserve(e, 1) != ERR_OK) return ERR_FULL;
    it = item_new(e, &is);
    it->org = o;
    it->account = o->account;
    it->route = world_route(e, o, d->program, d->carrier);
    it->sender = map_ptr(&e->senders_by_id, d->sender);
    it->clean_listings = d->clean_listings;
    it->deadline_wall_ms = d->deadline_wall_ms;
    item_index(e, it);
    fence_take(e, it);
    doubt_resume(e, it, d->next_wall_ms);
    return ERR_OK;
}

void engine_listed(struct engine *e, uint64_t message, enum listing l, int64_t wall_ms)
{
    struct item *it = item_find(e, message);

    agenda_now(e, e->mono_ms, wall_ms);
    if (it != NULL && it->state == ITEM_DOUBT && it->listing) doubt_listed(e, it, l);
}

void engine_listed_early(struct engine *e, uint64_t message, int64_t ripe_ms, int64_t wall_ms)
{
    struct item *it = item_find(e, message);

    agenda_now(e, e->mono_ms, wall_ms);
    if (it != NULL && it->state == ITEM_DOUBT && it->listing) doubt_listed_early(e, it, ripe_ms);
}

void engine_probed(struct engine *e, uint32_t account, bool healthy, int64_t mono_ms)
{
    struct account *a = map_ptr(&e->accounts_by_id, account);

    agenda_now(e, mono_ms, e->wall_ms);
    if (a != NULL) flight_probed(e, a, healthy);
}

uint32_t engine_usual_sender(const struct engine *e, uint32_t org, uint32_t program, uint64_t number,
                             uint16_t area_code)
{
    const struct org *o = map_ptr(&e->orgs_by_id, org);
    const struct pool *p = o == NULL ? NULL : o->pools;
    const struct sender *s;

    while (p != NULL && p->program != program) p = p->next;
    s = p == NULL ? NULL : pool_usual(p, number, area_code);
    return s == NULL ? 0 : s->id;
}
