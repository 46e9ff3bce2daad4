/*
 * items: the messages that the engine holds: their memory, and how they are found by message, by number,
 * and by the fence of (account, number). Chained tables of fixed size, so that only items_reserve needs
 * memory. At most one item of an account and number holds the fence (ARMING, POSTING, DOUBT).
 */
#ifndef STERLING_ENGINE_ITEMS_H
#define STERLING_ENGINE_ITEMS_H

#include "engine/state.h"

MUST_CHECK enum err items_setup(struct engine *e);
void items_free(struct engine *e);
/* Memory for `count` more; ERR_FULL. */
MUST_CHECK enum err items_reserve(struct engine *e, size_t count);
/* From what was reserved; zeroed but for `is`. In no table yet. */
struct item *item_new(struct engine *e, const struct engine_item *is);
/* Back to the free ones; it must be in no list and no table. */
void item_free(struct engine *e, struct item *it);

void item_index(struct engine *e, struct item *it);   /* findable by message and number */
void item_unindex(struct engine *e, struct item *it);
struct item *item_find(const struct engine *e, uint64_t message);
/* The next item of that number after `it` (NULL: the first). */
struct item *item_of_number(const struct engine *e, uint64_t number, const struct item *it);

/* Who holds the fence; NULL: nobody. */
struct item *fence_holder(const struct engine *e, const struct account *a, uint64_t number);
void fence_take(struct engine *e, struct item *it);
void fence_drop(struct engine *e, struct item *it);

void items_append(struct items *l, struct item *it);
/* By seq: where it was before it was parked. */
void items_insert(struct items *l, struct item *it);
void items_remove(struct items *l, struct item *it);

#endif
