/*
 * fair: whose turn it is among those that want one, in proportion to their shares (start-time fair
 * queueing: the smooth form of deficit round-robin, with O(log n) a turn and no rounds).
 *
 * Each member has a tag: how much service it has had, divided by its share. The least tag is next. One
 * that comes back after a rest starts at the queue's own time, so that rest earns no credit: a newcomer
 * waits for at most one turn of every other member, and nobody is starved.
 */
#ifndef STERLING_ENGINE_FAIR_H
#define STERLING_ENGINE_FAIR_H

#include "engine/order.h"

struct fair_node {
    struct order_node node;
    int64_t tag, credit;
    int64_t kept; /* how far behind the queue's own time it may come back */
};
struct fair {
    struct order order;
    int64_t now; /* the tag of the last one served */
};

/* Wants turns from now on; `credit` is how far it may go ahead of its tag (urgent work). Also changes the
 * credit of one that is in already. */
void fair_enter(struct fair *f, struct fair_node *n, int64_t credit);
void fair_leave(struct fair *f, struct fair_node *n);
/* It is its turn, and what it is to be used for must be fetched first. When it has left for that and comes back, it
 * may stand a turn of that cost behind: others who were served meanwhile do not make it wait for one more of each. */
void fair_keep(struct fair_node *n, int64_t cost);
/* Was served: `cost` is service divided by share. */
void fair_charge(struct fair *f, struct fair_node *n, int64_t cost);
static inline struct fair_node *fair_top(const struct fair *f)
{
    struct order_node *n = order_top(&f->order);
    return n == NULL ? NULL : ORDER_OWNER(n, struct fair_node, node);
}
static inline bool fair_holds(const struct fair_node *n)
{
    return order_holds(&n->node);
}

#endif
