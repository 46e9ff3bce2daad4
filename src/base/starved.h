/*
 * starved: did this thread lately ask for memory in vain?
 *
 * Want of memory deep in a library or in a small helper can come out as something else: text that seems malformed, a
 * row that seems absent. Whoever is about to blame an input asks here first, and says "no memory" instead. The note is
 * made by arenas, buffers, maps, the JSON library's allocator and the database's errors.
 */
#ifndef STERLING_BASE_STARVED_H
#define STERLING_BASE_STARVED_H

#include <stdbool.h>
#include <stddef.h>

void starved_note(void);
/* True if it was noted on this thread since the last take. */
bool starved_take(void);
/* malloc and calloc that note: for libraries that take an allocator, and where NULL means more than no memory. */
void *starved_malloc(size_t bytes);
void *starved_calloc(size_t count, size_t bytes);

#endif
