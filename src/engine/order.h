/*
 * order: a priority queue over int64 keys whose nodes carry their own links (a pairing heap), so that
 * queueing something never needs memory and never fails. Equal keys leave first in, first out, which makes
 * the engine's choices the same on every run.
 *
 * Owns nothing: nodes live in their owners. O(1) to put, O(log n) amortised to take out.
 */
#ifndef STERLING_ENGINE_ORDER_H
#define STERLING_ENGINE_ORDER_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct order_node {
    int64_t key;
    uint64_t tie;                            /* 0 outside; else when it came in */
    struct order_node *child, *next, *prev;  /* prev: the sibling before, or the parent of a first child */
};
struct order {
    struct order_node *root;
    uint64_t ties;
    size_t count;
};

static inline bool order_holds(const struct order_node *n)
{
    return n->tie != 0;
}
/* The node with the least key, NULL when empty. */
static inline struct order_node *order_top(const struct order *o)
{
    return o->root;
}
/* Inserts, or moves to another key (behind those that have it). */
void order_put(struct order *o, struct order_node *n, int64_t key);
/* Nothing if it is outside. */
void order_remove(struct order *o, struct order_node *n);
/* BUG_IF an invariant is broken. */
void order_check(const struct order *o);

#define ORDER_OWNER(node, type, member) ((type *)(void *)((char *)(node)-offsetof(type, member)))

#endif
