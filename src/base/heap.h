/*
 * heap: an intrusive binary min-heap over int64 keys (times). Nodes live in the caller's objects
 * and know their place, so that removal and re-keying are O(log n). Owns only its pointer array.
 */
#ifndef STERLING_BASE_HEAP_H
#define STERLING_BASE_HEAP_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct heap_node {
    int64_t key;
    size_t place; /* 1 … n inside a heap, 0 outside */
};
struct heap {
    struct heap_node **nodes; /* [1 … count] */
    size_t count, capacity;
};

void heap_init(struct heap *h);
void heap_free(struct heap *h); /* forgets the nodes; they stay their owners' */
bool heap_holds(const struct heap_node *n);
/* Inserts or re-keys. ERR_FULL without memory. Equal keys leave in no particular but a
 * deterministic order. */
MUST_CHECK enum err heap_put(struct heap *h, struct heap_node *n, int64_t key);
void heap_remove(struct heap *h, struct heap_node *n); /* nothing if outside */
struct heap_node *heap_top(const struct heap *h);      /* NULL when empty */
void heap_check(const struct heap *h);                 /* BUG_IF an invariant is broken */

#define HEAP_OWNER(node, type, member) ((type *)(void *)((char *)(node)-offsetof(type, member)))

#endif
