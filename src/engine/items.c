/* items: contract in items.h. Owns the slabs; tables hold what is alive. */
#include "engine/items.h"

#include <stdlib.h>

enum { SLAB_ITEMS = 128 };
struct item_slab {
    struct item_slab *next;
    struct item items[SLAB_ITEMS];
};

static uint64_t mix(uint64_t x)
{
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93ULL;
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93ULL;
    return x ^ (x >> 32);
}

static size_t power_of_two(size_t least)
{
    size_t n = 64;
    while (n < least) n *= 2;
    return n;
}

enum err items_setup(struct engine *e)
{
    size_t table = power_of_two(e->config.items_max), fence = power_of_two(e->config.in_flight_max * 4);

    e->by_id = calloc(table, sizeof *e->by_id);
    e->by_number = calloc(table, sizeof *e->by_number);
    e->fences = calloc(fence, sizeof *e->fences);
    e->table_mask = table - 1;
    e->fence_mask = fence - 1;
    return e->by_id == NULL || e->by_number == NULL || e->fences == NULL ? ERR_FULL : ERR_OK;
}

void items_free(struct engine *e)
{
    for (struct item_slab *s = e->slabs, *next; s != NULL; s = next) {
        next = s->next;
        free(s);
    }
    free(e->by_id);
    free(e->by_number);
    free(e->fences);
}

enum err items_reserve(struct engine *e, size_t count)
{
    while (e->free_count < count) {
        struct item_slab *s = malloc(sizeof *s);
        if (s == NULL) return ERR_FULL;
        s->next = e->slabs;
        e->slabs = s;
        for (size_t i = SLAB_ITEMS; i-- > 0;) {
            s->items[i].next = e->free_items;
            e->free_items = &s->items[i];
        }
        e->free_count += SLAB_ITEMS;
    }
    return ERR_OK;
}

struct item *item_new(struct engine *e, const struct engine_item *is)
{
    struct item *it = e->free_items;

    BUG_IF(it == NULL);
    e->free_items = it->next;
    e->free_count--;
    *it = (struct item){.is = *is, .seq = ++e->seq};
    it->out.kind = OUT_ITEM;
    return it;
}

void item_free(struct engine *e, struct item *it)
{
    it->next = e->free_items;
    e->free_items = it;
    e->free_count++;
}

void item_index(struct engine *e, struct item *it)
{
    struct item **id = &e->by_id[mix(it->is.message) & e->table_mask];
    struct item **number = &e->by_number[mix(it->is.number) & e->table_mask];

    it->id_next = *id;
    *id = it;
    it->number_next = *number;
    *number = it;
}

void item_unindex(struct engine *e, struct item *it)
{
    struct item **at = &e->by_id[mix(it->is.message) & e->table_mask];

    while (*at != it) at = &(*at)->id_next;
    *at = it->id_next;
    at = &e->by_number[mix(it->is.number) & e->table_mask];
    while (*at != it) at = &(*at)->number_next;
    *at = it->number_next;
}

struct item *item_find(const struct engine *e, uint64_t message)
{
    struct item *it = e->by_id[mix(message) & e->table_mask];

    while (it != NULL && it->is.message != message) it = it->id_next;
    return it;
}

struct item *item_of_number(const struct engine *e, uint64_t number, const struct item *it)
{
    struct item *at = it != NULL ? it->number_next : e->by_number[mix(number) & e->table_mask];

    while (at != NULL && at->is.number != number) at = at->number_next;
    return at;
}

static struct item **fence_slot(const struct engine *e, const struct account *a, uint64_t number)
{
    return &e->fences[mix(number * 31 + a->id) & e->fence_mask];
}

struct item *fence_holder(const struct engine *e, const struct account *a, uint64_t number)
{
    struct item *it = *fence_slot(e, a, number);

    while (it != NULL && (it->is.number != number || it->account != a)) it = it->fence_next;
    return it;
}

void fence_take(struct engine *e, struct item *it)
{
    struct item **at = fence_slot(e, it->account, it->is.number);

    it->fence_next = *at;
    *at = it;
}

void fence_drop(struct engine *e, struct item *it)
{
    struct item **at = fence_slot(e, it->account, it->is.number);

    while (*at != it) at = &(*at)->fence_next;
    *at = it->fence_next;
    it->fence_next = NULL;
}

void items_append(struct items *l, struct item *it)
{
    it->prev = l->tail;
    it->next = NULL;
    if (l->tail == NULL) l->head = it;
    else l->tail->next = it;
    l->tail = it;
    l->count++;
}

void items_insert(struct items *l, struct item *it)
{
    struct item *after = l->head;

    while (after != NULL && after->seq < it->seq) after = after->next;
    if (after == NULL) {
        items_append(l, it);
        return;
    }
    it->next = after;
    it->prev = after->prev;
    if (after->prev == NULL) l->head = it;
    else after->prev->next = it;
    after->prev = it;
    l->count++;
}

void items_remove(struct items *l, struct item *it)
{
    if (it->prev == NULL) l->head = it->next;
    else it->prev->next = it->next;
    if (it->next == NULL) l->tail = it->prev;
    else it->next->prev = it->prev;
    it->prev = it->next = NULL;
    BUG_IF(l->count == 0);
    l->count--;
}
