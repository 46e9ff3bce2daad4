/*
 * tree: an ordered table from keys of up to seven numbers to pointers or numbers (a treap whose priorities
 * are hashes of the keys, so that its shape depends on its content only). Owns its nodes, never what the
 * values point to. Without memory it stops the process: the ram twin serves tests and simulations.
 */
#ifndef STERLING_STORE_RAM_TREE_H
#define STERLING_STORE_RAM_TREE_H

#include "base/map.h"

enum { TREE_WORDS = 7 };
struct tree_key {
    uint64_t at[TREE_WORDS]; /* compared from the left; unused ones are 0 */
};
struct tree_node {
    struct tree_key key;
    union map_value value;
    uint64_t priority;
    struct tree_node *left, *right;
};
struct tree {
    struct tree_node *root;
    size_t count;
};

void tree_free(struct tree *t);
/* The value's place, or NULL. Valid until the next put or remove. */
union map_value *tree_get(const struct tree *t, const struct tree_key *key);
void tree_put(struct tree *t, const struct tree_key *key, union map_value value); /* inserts or replaces */
bool tree_remove(struct tree *t, const struct tree_key *key);
/* The least key above `key` (NULL: the least of all); NULL at the end. */
const struct tree_node *tree_after(const struct tree *t, const struct tree_key *key);

#endif
