/* fair: start-time fair queueing. Contract in fair.h. */
#include "engine/fair.h"

void fair_enter(struct fair *f, struct fair_node *n, int64_t credit)
{
    if (fair_holds(n) && n->credit == credit) return;
    if (!fair_holds(n)) {
        if (n->tag < f->now - n->kept) n->tag = f->now - n->kept;
        n->kept = 0;
    }
    n->credit = credit;
    order_put(&f->order, &n->node, n->tag - credit);
}

void fair_leave(struct fair *f, struct fair_node *n)
{
    order_remove(&f->order, &n->node);
}

void fair_keep(struct fair_node *n, int64_t cost)
{
    n->kept = cost;
}

void fair_charge(struct fair *f, struct fair_node *n, int64_t cost)
{
    if (f->now < n->tag) f->now = n->tag;
    n->tag += cost;
    n->kept = 0;
    if (fair_holds(n)) order_put(&f->order, &n->node, n->tag - n->credit);
}
