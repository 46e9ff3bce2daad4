/* memory: rows, tables and the undo log of the ram twin. See ram.h. Owns every row and text; without memory
 * it stops the process. */
#include "store/ram/ram.h"

#include <stdlib.h>
#include <string.h>

enum undo_kind { UNDO_BYTES, UNDO_NEW, UNDO_TABLE, UNDO_MAP, UNDO_TREE_ADDED, UNDO_TREE_GONE,
                 UNDO_DROP };
struct undo {
    enum undo_kind kind;
    void *at;              /* bytes, row, table, map or tree */
    size_t bytes, saved;   /* of UNDO_BYTES: how many, and where in `saved` */
    struct tree_key key;
    union map_value value; /* the tree's, as it was */
};

static void *grow(void *array, size_t *capacity, size_t need, size_t size)
{
    size_t wanted = *capacity == 0 ? 64 : *capacity;
    if (need <= *capacity) return array;
    while (wanted < need) wanted *= 2;
    array = realloc(array, wanted * size);
    NO_MEMORY_IF(array == NULL, "the store in memory");
    *capacity = wanted;
    return array;
}

static struct undo *note(struct ram_store *s, enum undo_kind kind, void *at)
{
    struct undo *u;
    s->undo = grow(s->undo, &s->undo_capacity, s->undo_count + 1, sizeof *s->undo);
    u = &s->undo[s->undo_count++];
    u->kind = kind;
    u->at = at;
    return u;
}

/* ---- rows and texts ---- */

void *ram_new(struct ram_store *s, size_t bytes)
{
    struct ram_block *block = calloc(1, sizeof *block + bytes);
    NO_MEMORY_IF(block == NULL, "the store in memory");
    block->next = s->blocks;
    if (s->blocks != NULL) s->blocks->previous = block;
    s->blocks = block;
    note(s, UNDO_NEW, block + 1);
    return block + 1;
}

static void block_free(struct ram_store *s, void *piece)
{
    struct ram_block *block = (struct ram_block *)piece - 1;
    if (block->next != NULL) block->next->previous = block->previous;
    if (block->previous != NULL) block->previous->next = block->next;
    else s->blocks = block->next;
    free(block);
}

struct str ram_text(struct ram_store *s, struct str text)
{
    char *copy;
    if (text.len == 0) return (struct str){"", 0};
    copy = ram_new(s, text.len + 1);
    memcpy(copy, text.at, text.len);
    return (struct str){copy, text.len};
}

void ram_drop(struct ram_store *s, const void *piece)
{
    if (piece == NULL) return;
    s->garbage = grow(s->garbage, &s->garbage_capacity, s->garbage_count + 1, sizeof *s->garbage);
    s->garbage[s->garbage_count++] = (void *)(uintptr_t)piece;
    note(s, UNDO_DROP, NULL);
}

void ram_set_text(struct ram_store *s, struct str *place, struct str text)
{
    const char *old = place->len > 0 ? place->at : NULL;
    ram_touch(s, place, sizeof *place);
    *place = ram_text(s, text);
    ram_drop(s, old);
}

void ram_touch(struct ram_store *s, void *at, size_t bytes)
{
    struct undo *u = note(s, UNDO_BYTES, at);
    s->saved = grow(s->saved, &s->saved_capacity, s->saved_len + bytes, 1);
    memcpy(s->saved + s->saved_len, at, bytes);
    u->bytes = bytes;
    u->saved = s->saved_len;
    s->saved_len += bytes;
}

/* ---- tables ---- */

void ram_table_add(struct ram_store *s, struct table *t, uint64_t id, void *row)
{
    BUG_IF(t->count > 0 && t->at[t->count - 1].id >= id);
    t->at = grow(t->at, &t->capacity, t->count + 1, sizeof *t->at);
    t->at[t->count++] = (struct table_entry){id, row};
    note(s, UNDO_TABLE, t);
}

size_t ram_row_after(const struct table *t, uint64_t id)
{
    size_t low = t->first, high = t->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (t->at[middle].id <= id) low = middle + 1;
        else high = middle;
    }
    return low;
}

void *ram_row(const struct table *t, uint64_t id)
{
    size_t after = ram_row_after(t, id);
    return after > t->first && t->at[after - 1].id == id ? t->at[after - 1].row : NULL;
}

void ram_map_put(struct ram_store *s, struct map *m, uint64_t key, void *value)
{
    union map_value *place = map_put(m, key);
    struct undo *u = note(s, UNDO_MAP, m);
    NO_MEMORY_IF(place == NULL, "the store in memory");
    place->ptr = value;
    u->key.at[0] = key;
}

void ram_tree_put(struct ram_store *s, struct tree *t, const struct tree_key *key, union map_value value)
{
    union map_value *was = tree_get(t, key);
    struct undo *u = note(s, was == NULL ? UNDO_TREE_ADDED : UNDO_TREE_GONE, t);
    u->key = *key;
    if (was != NULL) u->value = *was;
    tree_put(t, key, value);
}

void ram_tree_remove(struct ram_store *s, struct tree *t, const struct tree_key *key)
{
    union map_value *was = tree_get(t, key);
    struct undo *u;
    if (was == NULL) return;
    u = note(s, UNDO_TREE_GONE, t);
    u->key = *key;
    u->value = *was;
    (void)tree_remove(t, key);
}

/* 15 digits are less than 2^50; more than 16,383 organizations are none of this twin's business. */
static bool number_key(org_id org, uint64_t number, uint64_t *key)
{
    *key = (uint64_t)org << 50 | number;
    return number < 1ULL << 50 && org < 1u << 14;
}

struct ram_of_number *ram_number(const struct ram_store *s, org_id org, uint64_t number)
{
    uint64_t key;
    return number_key(org, number, &key) ? map_ptr(&s->numbers, key) : NULL;
}

struct ram_of_number *ram_number_put(struct ram_store *s, org_id org, uint64_t number)
{
    uint64_t key;
    struct ram_of_number *known;
    BUG_IF(!number_key(org, number, &key));
    known = map_ptr(&s->numbers, key);
    if (known != NULL) return known;
    known = ram_new(s, sizeof *known);
    ram_map_put(s, &s->numbers, key, known);
    return known;
}

struct tree_key ram_key(uint64_t a, uint64_t b, uint64_t c)
{
    return (struct tree_key){{a, b, c}};
}

struct tree_key ram_sid_key(org_id org, const char *sid)
{
    struct tree_key key = {{org}};
    memcpy(&key.at[1], sid, strnlen(sid, SID_BYTES));
    return key;
}

/* ---- taking back ---- */

size_t ram_undo_mark(const struct ram_store *s)
{
    return s->undo_count;
}

static void undo_one(struct ram_store *s, const struct undo *u)
{
    switch (u->kind) {
    case UNDO_BYTES:
        memcpy(u->at, s->saved + u->saved, u->bytes);
        s->saved_len = u->saved;
        return;
    case UNDO_NEW: block_free(s, u->at); return;
    case UNDO_TABLE: ((struct table *)u->at)->count--; return;
    case UNDO_MAP: (void)map_remove(u->at, u->key.at[0]); return;
    case UNDO_TREE_ADDED: (void)tree_remove(u->at, &u->key); return;
    case UNDO_TREE_GONE: tree_put(u->at, &u->key, u->value); return;
    case UNDO_DROP: s->garbage_count--; return;
    }
}

void ram_undo_to(struct ram_store *s, size_t mark)
{
    while (s->undo_count > mark) undo_one(s, &s->undo[--s->undo_count]);
}

void ram_settle(struct ram_store *s)
{
    for (size_t i = 0; i < s->garbage_count; i++) block_free(s, s->garbage[i]);
    s->garbage_count = s->undo_count = s->saved_len = 0;
}

void ram_free_all(struct ram_store *s)
{
    while (s->blocks != NULL) block_free(s, s->blocks + 1);
    free(s->undo);
    free(s->saved);
    free(s->garbage);
}
