/*
 * map: a hash table from uint64 keys to pointers or numbers. Open addressing, grows by doubling.
 * Owns its slots, never what the values point to. Iteration order depends on keys and history only,
 * so a simulation replays.
 */
#ifndef STERLING_BASE_MAP_H
#define STERLING_BASE_MAP_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

union map_value {
    void *ptr;
    uint64_t num;
};
struct map_slot {
    uint64_t key;
    union map_value value;
    unsigned char used; /* 0 never, 1 used, 2 removed */
};
struct map {
    struct map_slot *slots;
    size_t count, filled, capacity; /* capacity is 0 or a power of two; filled counts removed too */
};

void map_init(struct map *m);
void map_free(struct map *m);
/* The value's place, or NULL. Valid until the next put. */
union map_value *map_get(const struct map *m, uint64_t key);
void *map_ptr(const struct map *m, uint64_t key); /* the pointer, or NULL */
/* Inserts (zeroed) if absent; NULL without memory. */
union map_value *map_put(struct map *m, uint64_t key);
bool map_remove(struct map *m, uint64_t key); /* false if it was absent */
/* for (size_t i = 0; (slot = map_next(m, &i)) != NULL;) — no put while iterating. */
struct map_slot *map_next(const struct map *m, size_t *i);

#endif
