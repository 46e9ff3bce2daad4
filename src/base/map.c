/* map: uint64 keys to pointers or numbers. Contract in map.h. */
#include "base/map.h"

#include "base/starved.h"

#include <stdlib.h>

enum { SLOT_FREE = 0, SLOT_USED = 1, SLOT_REMOVED = 2 };

void map_init(struct map *m)
{
    *m = (struct map){0};
}

void map_free(struct map *m)
{
    free(m->slots);
    *m = (struct map){0};
}

static uint64_t mix(uint64_t x)
{
    x ^= x >> 30;
    x *= 0xbf58476d1ce4e5b9ULL;
    x ^= x >> 27;
    x *= 0x94d049bb133111ebULL;
    return x ^ (x >> 31);
}

static struct map_slot *find(const struct map *m, uint64_t key)
{
    if (m->capacity == 0) return NULL;
    for (size_t i = (size_t)mix(key);; i++) {
        struct map_slot *s = &m->slots[i & (m->capacity - 1)];
        if (s->used == SLOT_FREE) return NULL;
        if (s->used == SLOT_USED && s->key == key) return s;
    }
}

union map_value *map_get(const struct map *m, uint64_t key)
{
    struct map_slot *s = find(m, key);
    return s == NULL ? NULL : &s->value;
}

void *map_ptr(const struct map *m, uint64_t key)
{
    struct map_slot *s = find(m, key);
    return s == NULL ? NULL : s->value.ptr;
}

static struct map_slot *place_new(struct map *m, uint64_t key)
{
    for (size_t i = (size_t)mix(key);; i++) {
        struct map_slot *s = &m->slots[i & (m->capacity - 1)];
        if (s->used == SLOT_USED) continue;
        if (s->used == SLOT_FREE) m->filled++;
        *s = (struct map_slot){.key = key, .used = SLOT_USED};
        m->count++;
        return s;
    }
}

static bool regrow(struct map *m)
{
    struct map old = *m;
    size_t capacity = 16;
    while (capacity < old.count * 3) capacity *= 2;
    m->slots = calloc(capacity, sizeof *m->slots);
    if (m->slots == NULL) {
        starved_note();
        *m = old;
        return false;
    }
    m->capacity = capacity;
    m->count = m->filled = 0;
    for (size_t i = 0; i < old.capacity; i++)
        if (old.slots[i].used == SLOT_USED) place_new(m, old.slots[i].key)->value = old.slots[i].value;
    free(old.slots);
    return true;
}

union map_value *map_put(struct map *m, uint64_t key)
{
    struct map_slot *s = find(m, key);
    if (s != NULL) return &s->value;
    if ((m->filled + 1) * 4 > m->capacity * 3 && !regrow(m)) return NULL;
    return &place_new(m, key)->value;
}

bool map_remove(struct map *m, uint64_t key)
{
    struct map_slot *s = find(m, key);
    if (s == NULL) return false;
    s->used = SLOT_REMOVED;
    m->count--;
    return true;
}

struct map_slot *map_next(const struct map *m, size_t *i)
{
    while (*i < m->capacity) {
        struct map_slot *s = &m->slots[(*i)++];
        if (s->used == SLOT_USED) return s;
    }
    return NULL;
}
