/* doubt: contract in doubt.h. Invariant: an item in doubt holds its fence and is in exactly one of: the
 * fresh list, its account's queue, or a listing under way. */
#include "engine/doubt.h"

#include "base/mutant.h"
#include "engine/agenda.h"
#include "engine/fence.h"
#include "engine/items.h"
#include "engine/slots.h"
#include "engine/turns.h"

enum { CLEAN_ENOUGH = 2, FAILED_WAIT_MAX_MS = 900000 };

static void set_timer(struct engine *e, struct account *a)
{
    struct order_node *top = order_top(&a->doubts);
    int64_t room;

    if (top == NULL) {
        timer_set(e, &a->doubt, INT64_MAX);
        return;
    }
    room = limit_room_at(&a->listings, 1, e->mono_ms);
    timer_set(e, &a->doubt, room > top->key ? room : top->key);
}

/* wait_ms below 0: as long as the wall clock says. */
static void freshen(struct engine *e, struct item *it, int64_t wait_ms, int64_t next_wall_ms)
{
    it->wait_ms = wait_ms;
    it->next_wall_ms = next_wall_ms;
    items_append(&e->fresh, it);
    it->fresh = true;
}

void doubt_begin(struct engine *e, struct item *it)
{
    int64_t wait = it->deadline_ms - e->mono_ms + e->config.reconcile_first_ms;

    it->state = ITEM_DOUBT;
    e->doubts++;
    freshen(e, it, wait, e->wall_ms + wait);
    item_say(e, it, SAY_DOUBT);
    fence_set_back_all(e, it);
}

void doubt_resume(struct engine *e, struct item *it, int64_t next_wall_ms)
{
    it->state = ITEM_DOUBT;
    e->doubts++;
    freshen(e, it, -1, next_wall_ms);
}

/* The deadline of an attempt from before the restart is known on the wall only. */
static void hold_slots(struct engine *e, struct item *it)
{
    int64_t from = e->mono_ms + (it->deadline_wall_ms - e->wall_ms);

    slots_restore(e, it->org, it->route, it->sender, it->is.segments, from);
}

void doubt_settle(struct engine *e)
{
    while (e->fresh.head != NULL) {
        struct item *it = e->fresh.head;
        int64_t wait = it->wait_ms >= 0 ? it->wait_ms : it->next_wall_ms - e->wall_ms;
        items_remove(&e->fresh, it);
        it->fresh = false;
        if (it->wait_ms < 0) hold_slots(e, it);
        order_put(&it->account->doubts, &it->node, e->mono_ms + (wait > 0 ? wait : 0));
        set_timer(e, it->account);
    }
}

void doubt_due(struct engine *e, struct account *a)
{
    struct order_node *top;

    while ((top = order_top(&a->doubts)) != NULL && top->key <= e->mono_ms) {
        struct item *it = ORDER_OWNER(top, struct item, node);
        if (limit_room_at(&a->listings, 1, e->mono_ms) > e->mono_ms) break;
        order_remove(&a->doubts, top);
        limit_restore(&a->listings, 1, e->mono_ms, e->mono_ms);
        it->listing = true;
        item_say(e, it, SAY_LIST);
    }
    set_timer(e, a);
}

void doubt_end(struct engine *e, struct item *it, struct last_word last)
{
    if (it->fresh) items_remove(&e->fresh, it);
    order_remove(&it->account->doubts, &it->node);
    set_timer(e, it->account);
    e->doubts--;
    item_unindex(e, it);
    item_say_last(e, it, last);
    fence_open(e, it);
    if (it->lane != NULL && last.next_wall_ms != 0) lane_note_store(e, it->lane, last.next_wall_ms);
}

static int64_t failed_wait_ms(const struct engine *e, struct item *it)
{
    int64_t wait = e->config.reconcile_second_ms > 1000 ? e->config.reconcile_second_ms : 1000;

    for (uint8_t i = 0; i < it->failed_listings; i++) wait *= 2;
    if (wait >= FAILED_WAIT_MAX_MS) return FAILED_WAIT_MAX_MS;
    it->failed_listings++;
    return wait;
}

/* Lists again after so long, which is made durable. */
static void list_again(struct engine *e, struct item *it, int64_t wait)
{
    freshen(e, it, wait, e->wall_ms + wait);
    item_say(e, it, SAY_MOVED);
}

void doubt_listed(struct engine *e, struct item *it, enum listing l)
{
    it->listing = false;
    if (l == LISTING_FOUND) {
        doubt_end(e, it, (struct last_word){.kind = COMMAND_RECORD, .record = RECORD_PROVED});
        return;
    }
    if (l == LISTING_CLEAN && ++it->clean_listings >= (MUTANT(absent_after_one_listing) ? 1 : CLEAN_ENOUGH)) {
        doubt_end(e, it, (struct last_word){.kind = COMMAND_DOUBT_ABSENT, .next_wall_ms = e->wall_ms});
        return;
    }
    list_again(e, it, l == LISTING_CLEAN ? e->config.reconcile_second_ms : failed_wait_ms(e, it));
}

void doubt_listed_early(struct engine *e, struct item *it, int64_t ripe_ms)
{
    it->listing = false;
    list_again(e, it, ripe_ms < FAILED_WAIT_MAX_MS ? ripe_ms : FAILED_WAIT_MAX_MS); /* it may be found before that */
}
