/* heap: intrusive binary min-heap. Contract in heap.h. Invariant: nodes[i]->place == i and
 * nodes[i/2]->key <= nodes[i]->key. */
#include "base/heap.h"

#include <stdlib.h>

void heap_init(struct heap *h)
{
    *h = (struct heap){0};
}

void heap_free(struct heap *h)
{
    for (size_t i = 1; i <= h->count; i++) h->nodes[i]->place = 0;
    free(h->nodes);
    *h = (struct heap){0};
}

bool heap_holds(const struct heap_node *n)
{
    return n->place != 0;
}

static void set(struct heap *h, size_t place, struct heap_node *n)
{
    h->nodes[place] = n;
    n->place = place;
}

static void rise(struct heap *h, size_t at)
{
    struct heap_node *n = h->nodes[at];
    while (at > 1 && h->nodes[at / 2]->key > n->key) {
        set(h, at, h->nodes[at / 2]);
        at /= 2;
    }
    set(h, at, n);
}

static void sink(struct heap *h, size_t at)
{
    struct heap_node *n = h->nodes[at];
    for (;;) {
        size_t child = at * 2;
        if (child > h->count) break;
        if (child < h->count && h->nodes[child + 1]->key < h->nodes[child]->key) child++;
        if (n->key <= h->nodes[child]->key) break;
        set(h, at, h->nodes[child]);
        at = child;
    }
    set(h, at, n);
}

enum err heap_put(struct heap *h, struct heap_node *n, int64_t key)
{
    if (n->place == 0) {
        if (h->count + 1 >= h->capacity) {
            size_t capacity = h->capacity < 16 ? 16 : h->capacity * 2;
            struct heap_node **grown = realloc(h->nodes, capacity * sizeof(struct heap_node *));
            if (grown == NULL) return ERR_FULL;
            h->nodes = grown;
            h->capacity = capacity;
        }
        n->key = key;
        set(h, ++h->count, n);
        rise(h, h->count);
        return ERR_OK;
    }
    BUG_IF(n->place > h->count || h->nodes[n->place] != n);
    n->key = key;
    rise(h, n->place);
    sink(h, n->place);
    return ERR_OK;
}

void heap_remove(struct heap *h, struct heap_node *n)
{
    size_t at = n->place;
    struct heap_node *last;
    if (at == 0) return;
    BUG_IF(at > h->count || h->nodes[at] != n);
    last = h->nodes[h->count--];
    n->place = 0;
    if (last == n) return;
    set(h, at, last);
    rise(h, at);
    sink(h, last->place);
}

struct heap_node *heap_top(const struct heap *h)
{
    return h->count == 0 ? NULL : h->nodes[1];
}

void heap_check(const struct heap *h)
{
    for (size_t i = 1; i <= h->count; i++) {
        BUG_IF(h->nodes[i]->place != i);
        BUG_IF(i > 1 && h->nodes[i / 2]->key > h->nodes[i]->key);
    }
}
