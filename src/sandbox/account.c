/* account: the main account, its subaccounts, the test credentials. Contract in model.h
 * (reference 1.3, 14.1). */
#include "sandbox/world.h"

#include <string.h>

struct account *sb_account_at(const struct sandbox *sb, uint32_t account)
{
    return account < sb->account_count ? sb->accounts[account] : NULL;
}

/* Takes the draft's SID and token. */
enum err sb_account_make(struct sandbox *sb, struct account draft, struct str name, uint32_t *account)
{
    union map_value *slot;
    struct account *a;
    if (sb->account_count >= sb->config.accounts_max + 1u) return ERR_FULL;
    slot = map_put(&sb->by_sid, str_hash(str_from(draft.sid), 0));
    BUG_IF(slot == NULL);
    if (slot->num != 0) return ERR_CONFLICT;
    slot->num = sb->account_count + 1;
    a = world_alloc(sizeof *a);
    *a = draft;
    a->name = world_text(name);
    a->created_ms = a->updated_ms = world_date(sb);
    sb->accounts = world_grow(sb->accounts, sb->account_count, &sb->account_capacity, sizeof *sb->accounts);
    sb->accounts[sb->account_count] = a;
    *account = (uint32_t)sb->account_count++;
    return ERR_OK;
}

enum err sandbox_account_add(struct sandbox *sb, struct str sid, struct str token, struct str friendly_name,
                             uint32_t *account)
{
    struct account a = {.parent = 0};
    uint64_t n = sb->account_count;
    if (sid.len == 0)
        sb_sid_make(sb, SID_ACCOUNT, n, a.sid);
    else if (sid.len != SANDBOX_SID_BYTES - 1 || !str_starts(sid, STR("AC")) ||
             str_copy(sid, a.sid, sizeof a.sid) != ERR_OK)
        return ERR_INVALID;
    if (token.len == 0)
        sb_sid_token(sb, 100 + n, a.token);
    else if (str_copy(token, a.token, sizeof a.token) != ERR_OK)
        return ERR_INVALID;
    return sb_account_make(sb, a, friendly_name, account);
}

uint32_t sandbox_account_find(const struct sandbox *sb, struct str sid)
{
    union map_value *slot = map_get(&sb->by_sid, str_hash(sid, 0));
    uint64_t at = slot == NULL ? 0 : slot->num;
    if (at == 0 || at > sb->account_count || !str_equal(str_from(sb->accounts[at - 1]->sid), sid))
        return SANDBOX_NONE;
    return (uint32_t)(at - 1);
}

const char *sandbox_account_sid(const struct sandbox *sb, uint32_t account)
{
    struct account *a = sb_account_at(sb, account);
    return a == NULL ? "" : a->sid;
}

const char *sandbox_account_token(const struct sandbox *sb, uint32_t account)
{
    struct account *a = sb_account_at(sb, account);
    return a == NULL ? "" : a->token;
}

uint32_t sb_account_root(const struct sandbox *sb, uint32_t account)
{
    const struct account *a = sb_account_at(sb, account);
    BUG_IF(a == NULL);
    return a->parent == SANDBOX_NONE ? account : a->parent;
}

bool sb_account_is_active(const struct sandbox *sb, uint32_t account)
{
    const struct account *a = sb_account_at(sb, account), *root = sb_account_at(sb, sb_account_root(sb, account));
    BUG_IF(a == NULL || root == NULL);
    return a->status == ACCOUNT_ACTIVE && root->status == ACCOUNT_ACTIVE;
}
