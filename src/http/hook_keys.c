/* hook_keys: direct-mapped by the path's hash; a collision reads again, no more. Tokens are wiped after
 * keying. */
#include "http/hook_keys.h"

#include "app/org_account.h"

#include <stdlib.h>
#include <string.h>

enum { PLACES = 512, ENTRY_BYTES_MAX = 64 * 1024 };

struct entry {
    bool used;
    uint64_t generation;
    struct arena arena;
    struct hook_account account;
};
struct hook_keys {
    struct entry entries[PLACES];
};

struct hook_keys *hook_keys_new(void)
{
    struct hook_keys *k = calloc(1, sizeof *k);

    if (k == NULL) return NULL;
    for (size_t i = 0; i < PLACES; i++)
        arena_init(&k->entries[i].arena, ENTRY_BYTES_MAX);
    return k;
}

static void entry_clear(struct entry *e)
{
    signature_key_free(e->account.primary);
    signature_key_free(e->account.secondary);
    e->account = (struct hook_account){0};
    e->used = false;
    arena_reset(&e->arena);
}

void hook_keys_free(struct hook_keys *k)
{
    if (k == NULL) return;
    for (size_t i = 0; i < PLACES; i++)
        entry_clear(&k->entries[i]);
    free(k);
}

static enum err key_make(struct entry *e, struct app *app, enum org_token which, struct signature_key **out,
                         struct fault *f)
{
    struct str token;
    enum err code =
        org_account_token(app->sealer, app->settings, &e->arena, &e->account.org, which, &token, f);

    if (code != ERR_OK) return code;
    *out = signature_key_new(token);
    explicit_bzero((char *)(uintptr_t)token.at, token.len);
    return *out == NULL ? ERR_FULL : ERR_OK;
}

static enum err entry_fill(struct entry *e, struct app *app, struct store_reader *r, struct str path,
                           struct fault *f)
{
    enum err code = app->store->ops->org_by_hook_path(r, &e->arena, path, &e->account.org);

    if (code != ERR_OK) return code;
    e->account.account_sid = arena_str(&e->arena, org_account_sid(app->settings, &e->account.org));
    if (e->account.account_sid.at == NULL) return ERR_FULL;
    code = key_make(e, app, ORG_TOKEN_PRIMARY, &e->account.primary, f);
    if (code == ERR_NOT_FOUND) return fault_set(f, ERR_DENIED, "the account has no auth token");
    if (code != ERR_OK) return code;
    code = key_make(e, app, ORG_TOKEN_SECONDARY, &e->account.secondary, f);
    return code == ERR_NOT_FOUND ? ERR_OK : code;
}

enum err hook_keys_find(struct hook_keys *k, struct app *app, struct store_reader *r, struct str path,
                        const struct hook_account **out, struct fault *f)
{
    struct entry *e = &k->entries[str_hash(path, 0) % PLACES];
    uint64_t generation = atomic_load(&app->accounts_generation);
    enum err code = ERR_OK;

    if (!e->used || e->generation != generation || !str_equal(str_from(e->account.org.hook_path), path)) {
        entry_clear(e);
        code = entry_fill(e, app, r, path, f);
        if (code != ERR_OK) {
            entry_clear(e);
            return code;
        }
        e->used = true;
        e->generation = generation;
    }
    *out = &e->account;
    return ERR_OK;
}
