/*
 * arena: memory for one request or one batch, given back all at once.
 *
 * Owns every byte it hands out. Under AddressSanitizer each piece is a malloc of its own, so that
 * an overrun or a use after reset is seen (h2o). Bounded: past `max_bytes` it returns NULL.
 */
#ifndef STERLING_BASE_ARENA_H
#define STERLING_BASE_ARENA_H

#include "base/str.h"

/* Under AddressSanitizer nothing is kept for a second use, so that one after the end is seen. */
#if defined(__SANITIZE_ADDRESS__)
#define ARENA_KEEPS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_KEEPS 0
#endif
#endif
#ifndef ARENA_KEEPS
#define ARENA_KEEPS 1
#endif

struct arena_block;
struct arena {
    struct arena_block *blocks;
    size_t used_bytes, max_bytes, block_bytes;
};

void arena_init(struct arena *a, size_t max_bytes);
/* For something small that is made and freed often: its blocks are of a size that malloc keeps at hand. */
void arena_init_small(struct arena *a, size_t max_bytes);
void arena_reset(struct arena *a); /* frees everything; usable again */
void arena_clear(struct arena *a); /* the same, but keeps one block for what comes next */
/* Zeroed, 16-byte aligned; NULL over the bound or without memory. */
void *arena_alloc(struct arena *a, size_t bytes);
/* A terminated copy; NULL as above. */
char *arena_copy(struct arena *a, struct str s);
/* A terminated copy as a view; {NULL,0} as above. */
struct str arena_str(struct arena *a, struct str s);
char *arena_printf(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
