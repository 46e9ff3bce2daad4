/* tree: a treap. Contract in tree.h. */
#include "store/ram/tree.h"

#include <stdlib.h>
#include <string.h>

static int compare(const struct tree_key *a, const struct tree_key *b)
{
    for (int i = 0; i < TREE_WORDS; i++)
        if (a->at[i] != b->at[i]) return a->at[i] < b->at[i] ? -1 : 1;
    return 0;
}

static uint64_t priority_of(const struct tree_key *key)
{
    uint64_t hash = 0x9e3779b97f4a7c15ULL;
    for (int i = 0; i < TREE_WORDS; i++) {
        hash = (hash ^ key->at[i]) * 0xbf58476d1ce4e5b9ULL;
        hash ^= hash >> 29;
    }
    return hash;
}

static void free_nodes(struct tree_node *node)
{
    while (node != NULL) {
        struct tree_node *right = node->right;
        free_nodes(node->left);
        free(node);
        node = right;
    }
}

void tree_free(struct tree *t)
{
    free_nodes(t->root);
    *t = (struct tree){0};
}

static struct tree_node *find(const struct tree *t, const struct tree_key *key)
{
    struct tree_node *node = t->root;
    while (node != NULL) {
        int order = compare(key, &node->key);
        if (order == 0) return node;
        node = order < 0 ? node->left : node->right;
    }
    return NULL;
}

union map_value *tree_get(const struct tree *t, const struct tree_key *key)
{
    struct tree_node *node = find(t, key);
    return node == NULL ? NULL : &node->value;
}

/* Splits into what is below the key and what is above; the key is in neither. */
static void split(struct tree_node *node, const struct tree_key *key, struct tree_node **below,
                  struct tree_node **above)
{
    while (node != NULL) {
        if (compare(&node->key, key) < 0) {
            *below = node;
            below = &node->right;
            node = node->right;
        } else {
            *above = node;
            above = &node->left;
            node = node->left;
        }
    }
    *below = *above = NULL;
}

void tree_put(struct tree *t, const struct tree_key *key, union map_value value)
{
    struct tree_node *node = find(t, key), **place = &t->root;
    if (node != NULL) {
        node->value = value;
        return;
    }
    node = malloc(sizeof *node);
    NO_MEMORY_IF(node == NULL, "the store in memory");
    *node = (struct tree_node){.key = *key, .value = value, .priority = priority_of(key)};
    while (*place != NULL && (*place)->priority >= node->priority)
        place = compare(key, &(*place)->key) < 0 ? &(*place)->left : &(*place)->right;
    split(*place, key, &node->left, &node->right);
    *place = node;
    t->count++;
}

static struct tree_node *join(struct tree_node *below, struct tree_node *above)
{
    struct tree_node *root = NULL, **place = &root;
    while (below != NULL && above != NULL) {
        if (below->priority >= above->priority) {
            *place = below;
            place = &below->right;
            below = below->right;
        } else {
            *place = above;
            place = &above->left;
            above = above->left;
        }
    }
    *place = below != NULL ? below : above;
    return root;
}

bool tree_remove(struct tree *t, const struct tree_key *key)
{
    struct tree_node **place = &t->root, *node;
    while (*place != NULL) {
        int order = compare(key, &(*place)->key);
        if (order == 0) break;
        place = order < 0 ? &(*place)->left : &(*place)->right;
    }
    node = *place;
    if (node == NULL) return false;
    *place = join(node->left, node->right);
    free(node);
    t->count--;
    return true;
}

const struct tree_node *tree_after(const struct tree *t, const struct tree_key *key)
{
    const struct tree_node *node = t->root, *best = NULL;
    while (node != NULL) {
        if (key == NULL || compare(&node->key, key) > 0) {
            best = node;
            node = node->left;
        } else node = node->right;
    }
    return best;
}
