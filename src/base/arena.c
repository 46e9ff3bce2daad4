/* arena: all at once. Contract in arena.h. */
#include "base/arena.h"

#include "base/starved.h"

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BLOCK_BYTES = ARENA_KEEPS ? 8192 : 0,      /* 0: every piece its own malloc */
    SMALL_BLOCK_BYTES = ARENA_KEEPS ? 960 : 0, /* with all headers below the 1,032 bytes up to which glibc caches */
};

struct arena_block {
    struct arena_block *next;
    size_t used, capacity;
    alignas(16) char bytes[];
};

void arena_init(struct arena *a, size_t max_bytes)
{
    *a = (struct arena){.max_bytes = max_bytes, .block_bytes = BLOCK_BYTES};
}

void arena_init_small(struct arena *a, size_t max_bytes)
{
    *a = (struct arena){.max_bytes = max_bytes, .block_bytes = SMALL_BLOCK_BYTES};
}

void arena_reset(struct arena *a)
{
    while (a->blocks != NULL) {
        struct arena_block *next = a->blocks->next;
        free(a->blocks);
        a->blocks = next;
    }
    a->used_bytes = 0;
}

void arena_clear(struct arena *a)
{
    struct arena_block *kept = a->blocks;

    if (kept == NULL || kept->capacity != a->block_bytes) {
        arena_reset(a);
        return;
    }
    a->blocks = kept->next;
    arena_reset(a);
    kept->next = NULL;
    kept->used = 0;
    a->blocks = kept;
}

void *arena_alloc(struct arena *a, size_t bytes)
{
    size_t need = (bytes + 15) & ~(size_t)15;
    struct arena_block *block = a->blocks;
    void *piece;

    if (need < bytes || need > a->max_bytes || a->used_bytes > a->max_bytes - need) return NULL;
    if (block == NULL || block->capacity - block->used < need) {
        size_t capacity = need > a->block_bytes ? need : a->block_bytes;
        block = starved_malloc(sizeof *block + capacity);
        if (block == NULL) return NULL;
        *block = (struct arena_block){.next = a->blocks, .capacity = capacity};
        a->blocks = block;
    }
    piece = block->bytes + block->used;
    block->used += need;
    a->used_bytes += need;
    memset(piece, 0, need);
    return piece;
}

char *arena_copy(struct arena *a, struct str s)
{
    char *copy = arena_alloc(a, s.len + 1);
    if (copy != NULL && s.len > 0) memcpy(copy, s.at, s.len);
    return copy;
}

struct str arena_str(struct arena *a, struct str s)
{
    const char *copy = arena_copy(a, s);
    return copy == NULL ? (struct str){NULL, 0} : (struct str){copy, s.len};
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list args, again;
    char *text = NULL;
    int n;

    va_start(args, fmt);
    va_copy(again, args);
    n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (n >= 0) text = arena_alloc(a, (size_t)n + 1);
    if (text != NULL) (void)vsnprintf(text, (size_t)n + 1, fmt, again);
    va_end(again);
    return text;
}
