/*
 * pump_items: the messages in hand, found by id and by number, and what they reserve of spending caps.
 *
 * Owns every item from pump_item_new to pump_item_free. Fails only for want of memory.
 */
#include "app/pump_inside.h"

#include <stdlib.h>
#include <string.h>

uint64_t pump_lane_hash(const struct lane_key *k)
{
    uint64_t words[2] = {(uint64_t)k->org << 32 | k->program, k->campaign};
    uint64_t seed = (uint64_t)k->kind << 8 | k->carrier;

    return str_hash((struct str){(const char *)words, sizeof words}, seed);
}

struct pump_item *pump_item(const struct pump *p, uint64_t message)
{
    return map_ptr(&p->items, message);
}

struct pump_item *pump_items_of_number(const struct pump *p, uint64_t number)
{
    return map_ptr(&p->numbers, number);
}

struct pump_item *pump_item_new(struct pump *p, uint64_t message, uint64_t number, const struct lane_key *lane)
{
    struct pump_item *i = malloc(sizeof *i); /* calloc of glibc passes by the pieces that were just freed */
    union map_value *by_id = i == NULL ? NULL : map_put(&p->items, message);
    union map_value *by_number = by_id == NULL ? NULL : map_put(&p->numbers, number);

    if (by_number == NULL) {
        if (by_id != NULL) (void)map_remove(&p->items, message);
        free(i);
        return NULL;
    }
    *i = (struct pump_item){.message = message, .number = number, .lane = *lane, .org = lane->org,
                            .stage = ITEM_WAITING, .closes_ms = INT64_MAX, .number_next = by_number->ptr};
    by_id->ptr = i;
    by_number->ptr = i;
    return i;
}

void pump_item_rename(struct pump *p, struct pump_item *i, uint64_t message)
{
    union map_value *place = map_put(&p->items, message);

    BUG_IF(place == NULL || place->ptr != NULL);
    place->ptr = i;
    (void)map_remove(&p->items, i->message);
    i->message = message;
}

static void leave_number(struct pump *p, const struct pump_item *i)
{
    union map_value *place = map_get(&p->numbers, i->number);
    struct pump_item *at = place->ptr;

    if (at == i) {
        place->ptr = i->number_next;
        if (i->number_next == NULL) (void)map_remove(&p->numbers, i->number);
        return;
    }
    while (at->number_next != i) at = at->number_next;
    at->number_next = i->number_next;
}

void pump_item_reserve(struct pump *p, struct pump_item *i, int64_t cost_micros)
{
    int64_t change = cost_micros - i->cost_micros;
    union map_value *v = change == 0 ? NULL : map_put(&p->reserved, i->org);

    if (change == 0) return;
    NO_MEMORY_IF(v == NULL, "what messages under way may cost");
    v->num += (uint64_t)change;
    i->cost_micros = cost_micros;
}

int64_t pump_reserved(const struct pump *p, org_id org)
{
    const union map_value *v = map_get(&p->reserved, org);

    return v == NULL ? 0 : (int64_t)v->num;
}

void pump_campaign_look(struct pump *p, struct pump_campaign *c)
{
    if (c->check_mono_ms != INT64_MAX) return;
    c->check_mono_ms = p->mono_ms + CHECK_MS;
    if (c->check_mono_ms < p->check_mono_ms) p->check_mono_ms = c->check_mono_ms;
}

void pump_item_drop_body(struct pump_item *i)
{
    free((void *)(uintptr_t)i->body.at);
    i->body = (struct str){NULL, 0};
}

void pump_item_free(struct pump *p, struct pump_item *i)
{
    pump_item_reserve(p, i, 0);
    if (i->campaign != NULL && --i->campaign->items == 0) pump_campaign_look(p, i->campaign);
    leave_number(p, i);
    (void)map_remove(&p->items, i->message);
    if (i->tag != 0) (void)map_remove(&p->tags, i->tag);
    pump_item_drop_body(i);
    free(i->listing);
    free(i);
}
