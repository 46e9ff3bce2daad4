/* order: a pairing heap with intrusive nodes. Contract in order.h. Invariant: a parent is before its
 * children by (key, tie); prev of a first child is its parent, and the root has neither prev nor next. */
#include "engine/order.h"

static bool before(const struct order_node *a, const struct order_node *b)
{
    return a->key < b->key || (a->key == b->key && a->tie < b->tie);
}

/* Joins two roots. Either may be NULL. */
static struct order_node *join(struct order_node *a, struct order_node *b)
{
    if (a == NULL) return b;
    if (b == NULL) return a;
    if (before(b, a)) {
        struct order_node *swap = a;
        a = b;
        b = swap;
    }
    b->prev = a;
    b->next = a->child;
    if (b->next != NULL) b->next->prev = b;
    a->child = b;
    return a;
}

/* Joins a list of siblings into one tree: in pairs from the front, then the pairs from the back. */
static struct order_node *join_all(struct order_node *first)
{
    struct order_node *pairs = NULL, *root = NULL;

    while (first != NULL) {
        struct order_node *a = first, *b = a->next;
        first = b == NULL ? NULL : b->next;
        a->next = a->prev = NULL;
        if (b != NULL) b->next = b->prev = NULL;
        a = join(a, b);
        a->next = pairs;
        pairs = a;
    }
    while (pairs != NULL) {
        struct order_node *next = pairs->next;
        pairs->next = NULL;
        root = join(root, pairs);
        pairs = next;
    }
    return root;
}

void order_put(struct order *o, struct order_node *n, int64_t key)
{
    if (order_holds(n)) order_remove(o, n);
    *n = (struct order_node){.key = key, .tie = ++o->ties};
    o->root = join(o->root, n);
    o->count++;
}

static void unlink_subtree(struct order_node *n)
{
    if (n->prev->child == n) n->prev->child = n->next;
    else n->prev->next = n->next;
    if (n->next != NULL) n->next->prev = n->prev;
}

void order_remove(struct order *o, struct order_node *n)
{
    struct order_node *below;

    if (!order_holds(n)) return;
    BUG_IF(o->count == 0);
    below = join_all(n->child);
    if (n == o->root) {
        o->root = below;
    } else {
        unlink_subtree(n);
        o->root = join(o->root, below);
    }
    o->count--;
    *n = (struct order_node){.key = n->key};
}

/* Walks without a stack of its own: down by child, along by next, up by prev. */
void order_check(const struct order *o)
{
    const struct order_node *n = o->root;
    size_t seen = 0;

    BUG_IF((n == NULL) != (o->count == 0));
    BUG_IF(n != NULL && (n->prev != NULL || n->next != NULL));
    while (n != NULL) {
        seen++;
        BUG_IF(!order_holds(n));
        BUG_IF(n->child != NULL && (n->child->prev != n || before(n->child, n)));
        BUG_IF(n->next != NULL && n->next->prev != n);
        if (n->child != NULL) {
            n = n->child;
            continue;
        }
        while (n != NULL && n->next == NULL) {
            while (n->prev != NULL && n->prev->child != n) n = n->prev;
            n = n->prev;
        }
        if (n != NULL) n = n->next;
    }
    BUG_IF(seen != o->count);
}
