/* memory: counts and fails. Contract in memory.h. */
#include "memory.h"

#include <curl/curl.h>
#include <jansson.h>
#include <openssl/crypto.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_realloc(void *old, size_t bytes);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_realloc(void *old, size_t bytes);

static _Atomic int64_t left; /* allocations until one fails; 0: none will */
static _Atomic bool forever_on, failed;
static _Thread_local bool is_spared;
static sqlite3_mem_methods sqlite_own;

static bool fails(void)
{
    int64_t now = left, then;

    /* Not below 0, whoever recovers meanwhile. For ever: the next one too. */
    do {
        if (is_spared || now == 0) return false;
        then = now == 1 && forever_on ? 1 : now - 1;
    } while (!atomic_compare_exchange_weak(&left, &now, then));
    if (now > 1) return false;
    failed = true;
    return true;
}

void *__wrap_malloc(size_t bytes)
{
    return fails() ? NULL : __real_malloc(bytes);
}

void *__wrap_calloc(size_t count, size_t bytes)
{
    return fails() ? NULL : __real_calloc(count, bytes);
}

void *__wrap_realloc(void *old, size_t bytes)
{
    return fails() ? NULL : __real_realloc(old, bytes);
}

static void *sqlite_malloc(int bytes)
{
    return fails() ? NULL : sqlite_own.xMalloc(bytes);
}

static void *sqlite_realloc(void *old, int bytes)
{
    return fails() ? NULL : sqlite_own.xRealloc(old, bytes);
}

static void *openssl_malloc(size_t bytes, const char *file, int line)
{
    (void)file;
    (void)line;
    return fails() ? NULL : __real_malloc(bytes);
}

static void *openssl_realloc(void *old, size_t bytes, const char *file, int line)
{
    (void)file;
    (void)line;
    return fails() ? NULL : __real_realloc(old, bytes);
}

static void openssl_free(void *old, const char *file, int line)
{
    (void)file;
    (void)line;
    free(old);
}

static char *copy(const char *text)
{
    size_t bytes = strlen(text) + 1;
    char *made = __wrap_malloc(bytes);

    if (made != NULL) memcpy(made, text, bytes);
    return made;
}

void memory_install(void)
{
    sqlite3_mem_methods mine;

    if (CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc, openssl_free) != 1) abort();
    if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &sqlite_own) != SQLITE_OK) abort();
    mine = sqlite_own;
    mine.xMalloc = sqlite_malloc;
    mine.xRealloc = sqlite_realloc;
    if (sqlite3_config(SQLITE_CONFIG_MALLOC, &mine) != SQLITE_OK) abort();
    json_set_alloc_funcs(__wrap_malloc, free);
    if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, __wrap_malloc, free, __wrap_realloc, copy, __wrap_calloc) != CURLE_OK)
        abort();
    memory_spare(true);
}

void memory_spare(bool spared)
{
    is_spared = spared;
}

void memory_fail(int64_t n, bool forever)
{
    failed = false;
    forever_on = forever;
    left = n;
}

bool memory_recover(void)
{
    left = 0;
    return failed;
}
