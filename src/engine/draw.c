/* draw: contract in draw.h. */
#include "engine/draw.h"

#include "engine/agenda.h"
#include "engine/items.h"
#include "engine/lanes.h"
#include "engine/turns.h"
#include "engine/waiting.h"
#include "engine/world.h"

#include "rules/life.h"

enum { APPETITE_MIN = 2, QUICK_MS = 2000, NO_ROOM_MS = 250, GATED_MS = 5000 };

/* An eighth is kept for messages that are offered, not drawn. */
static size_t room(const struct engine *e)
{
    size_t most = e->config.items_max - e->config.items_max / 8, used = e->items + e->promised;

    return used < most ? most - used : 0;
}

static void draw_start(struct engine *e, struct lane *l, size_t want)
{
    struct account *a = l->org->account;

    l->drawing = true;
    l->promised = want;
    l->draw_wall_ms = INT64_MAX;
    l->drawn_ms = e->mono_ms;
    timer_set(e, &l->draw, INT64_MAX);
    e->promised += want;
    e->draws++;
    a->draws++;
    l->drawn_for = a;
    out_push(e, &l->out);
}

/* Twice as much when the last lot went quickly, half when it did not. */
static void learn_appetite(const struct engine *e, struct lane *l)
{
    if (e->mono_ms - l->drawn_ms < QUICK_MS) l->appetite *= 2;
    else l->appetite /= 2;
    if (l->appetite < APPETITE_MIN) l->appetite = APPETITE_MIN;
    if (l->appetite > e->config.lane_ahead) l->appetite = (uint32_t)e->config.lane_ahead;
}

static bool too_many_draws(const struct engine *e, const struct account *a)
{
    return a->draws >= DRAWS_ACCOUNT_MAX || e->draws >= DRAWS_MAX;
}

/* A lane that waits at a limit, or for its gate, would draw in vain before that lets it go. One that could go
 * on lets the others have the room for a moment, else lanes would push each other out without end while
 * nothing can be armed. */
static int64_t draw_again_in(const struct engine *e, const struct lane *l)
{
    const struct cap *c =
        l->phase != LANE_WAITING || l->waits->of != WAITS_OF_CAP ? NULL : ORDER_OWNER(l->waits, struct cap, waits);

    if (!lane_allowed(l)) return GATED_MS;
    if (l->phase != LANE_WAITING) return NO_ROOM_MS;
    if (c == NULL || !order_holds(&c->timer.node)) return NO_ROOM_MS;
    return c->timer.node.key - (cap_is_day(c) ? e->wall_ms : e->mono_ms);
}

static bool evict(struct engine *e, const struct lane *keep)
{
    int64_t again_in;
    struct lane *l = e->idle_first;

    while (l != NULL && l->main == keep->main) l = l->idle_next;
    if (l == NULL) return false;
    if (l->main->appetite > APPETITE_MIN) l->main->appetite /= 2;
    again_in = draw_again_in(e, l);
    lane_give_back(e, l, false);
    l->main->draw_wall_ms = INT64_MAX;
    lane_note_store(e, l, e->wall_ms + again_in);
    return true;
}

bool draw_room_for_offer(struct engine *e, const struct lane *l)
{
    while (e->items >= e->config.items_max)
        if (!evict(e, l)) return false;
    return true;
}

static void wait_for_draws(struct engine *e, struct account *a)
{
    account_stop(e, a, BLOCK_DRAWS, INT64_MAX);
    if (a->in_draw_line) return;
    a->in_draw_line = true;
    a->draws_next = NULL;
    *e->draw_waiters_end = a;
    e->draw_waiters_end = &a->draws_next;
}

void draw_turn(struct engine *e, struct lane *l)
{
    size_t want;

    if (too_many_draws(e, l->org->account)) {
        wait_for_draws(e, l->org->account);
        return;
    }
    while (room(e) == 0 && evict(e, l)) continue;
    if (room(e) == 0) {
        l->draw_wall_ms = INT64_MAX;
        lane_note_store(e, l, e->wall_ms + NO_ROOM_MS);
        return;
    }
    learn_appetite(e, l);
    want = l->appetite < room(e) ? l->appetite : room(e);
    draw_start(e, l, want);
    fair_keep(&l->turn, 1);
    fair_keep(&l->org->turn, SHARE_SCALE / l->org->share);
    lane_consider(e, l);
}

void draw_ahead(struct engine *e, struct lane *l)
{
    l = l->main;
    if (l->drawing || l->draw_wall_ms > e->wall_ms || !lane_allowed(l)) return;
    if (l->held >= l->appetite / 2) return;
    if (too_many_draws(e, l->org->account) || room(e) < l->appetite) return;
    learn_appetite(e, l);
    draw_start(e, l, l->appetite < room(e) ? l->appetite : room(e));
    lane_consider(e, l);
}

/* Two for each that came back, and all once there is much room: so nobody is left waiting, and one draw does
 * not wake ten thousand accounts. */
static void go_on(struct engine *e)
{
    size_t wake = e->draws < DRAWS_MAX / 2 ? SIZE_MAX : 2;

    while (e->draw_waiters != NULL && wake > 0) {
        struct account *a = e->draw_waiters;
        e->draw_waiters = a->draws_next;
        if (e->draw_waiters == NULL) e->draw_waiters_end = &e->draw_waiters;
        a->in_draw_line = false;
        if (a->block != BLOCK_DRAWS) continue;
        account_go(e, a);
        wake--;
    }
}

void draw_done(struct engine *e, struct lane *l)
{
    struct account *a = l->drawn_for;

    if (!l->drawing) return;
    l->drawing = false;
    e->promised -= l->promised;
    l->promised = 0;
    e->draws--;
    a->draws--;
    if (a->block == BLOCK_DRAWS) account_go(e, a);
    go_on(e);
}

static void hand_back(struct engine *e, const struct engine_item *is)
{
    item_say_last(e, item_new(e, is), (struct last_word){.kind = COMMAND_GIVE_BACK});
}

/* Not now, but it will be drawn again once its campaign or org goes on. */
static bool stopped(const struct lane *l)
{
    return !l->org->active || (l->campaign != NULL && l->campaign->paused);
}

bool draw_admit(struct engine *e, struct lane *l, const struct engine_item *is)
{
    bool has = item_find(e, is->message) != NULL;
    struct item *it;

    if (has || l->dropped || stopped(l) || is->closes_wall_ms <= e->wall_ms) {
        hand_back(e, is);
        if (!has && !l->dropped) lane_note_store(e, l, e->wall_ms + (stopped(l) ? 0 : NO_ROOM_MS));
        return false;
    }
    it = item_new(e, is);
    item_index(e, it);
    lane_put(e, l, it);
    return true;
}

void waiting_end(struct engine *e, struct item *it, struct last_word last, bool again)
{
    struct lane *l = it->lane;

    lane_take(e, it);
    item_unindex(e, it);
    e->items--;
    item_say_last(e, it, last);
    if (again) lane_note_store(e, l, last.kind == COMMAND_SETBACK ? last.next_wall_ms : e->wall_ms);
}

void waiting_give_back(struct engine *e, struct item *it, bool again)
{
    waiting_end(e, it, (struct last_word){.kind = COMMAND_GIVE_BACK}, again);
}

void lane_give_back(struct engine *e, struct lane *l, bool again)
{
    while (l->queue.head != NULL) waiting_give_back(e, l->queue.head, again);
    while (l->parked.head != NULL) waiting_give_back(e, l->parked.head, again);
}

static struct item *first_due(const struct engine *e, const struct items *list, int64_t *least)
{
    for (struct item *it = list->head; it != NULL; it = it->next) {
        int64_t ends = it->is.expires_wall_ms < it->is.closes_wall_ms ? it->is.expires_wall_ms
                                                                      : it->is.closes_wall_ms;
        if (ends <= e->wall_ms) return it;
        if (ends < *least) *least = ends;
    }
    return NULL;
}

static void waiting_end_due(struct engine *e, struct item *it)
{
    if (it->is.expires_wall_ms > e->wall_ms) waiting_give_back(e, it, true);
    else waiting_end(e, it, (struct last_word){.kind = COMMAND_SETBACK, .to_state = MESSAGE_EXPIRED,
                                               .reason = REASON_VALIDITY}, false);
}

/* Begins anew after each: taking one out may move others between queue and park. */
void lane_deadlines(struct engine *e, struct lane *l)
{
    struct item *due;
    int64_t least;

    do {
        least = INT64_MAX;
        due = first_due(e, &l->queue, &least);
        if (due == NULL) due = first_due(e, &l->parked, &least);
        if (due != NULL) waiting_end_due(e, due);
    } while (due != NULL);
    l->deadline_wall_ms = least;
    timer_set(e, &l->deadline, least);
}
