/*
 * memory: allocations that fail on purpose. The test is linked with --wrap for malloc, calloc and realloc, so that what
 * our own code asks for passes here; SQLite, jansson, libcurl and OpenSSL are given allocators that do the same.
 *
 * Threads that said memory_spare (the test's own) are not counted.
 */
#ifndef STERLING_TEST_HOSTILE_MEMORY_H
#define STERLING_TEST_HOSTILE_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

/* First thing in main, before any library was used. */
void memory_install(void);
/* The calling thread's allocations never fail and are not counted. */
void memory_spare(bool spared);
/* From now on: the n-th allocation (from 1) fails, and with `forever` all after it. */
void memory_fail(int64_t n, bool forever);
/* None fails any more; true if one did. */
bool memory_recover(void);

#endif
