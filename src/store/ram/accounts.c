/* accounts: what is under way with the Twilio accounts of organizations, in memory. */
#include "store/ram/ram.h"

#include <string.h>

static struct account_work *find(const struct ram_store *s, org_id org)
{
    struct tree_key key = ram_key(org, 0, 0);
    const union map_value *slot = tree_get(&s->accounts, &key);

    return slot == NULL ? NULL : slot->ptr;
}

static void put(struct ram_store *s, struct account_work *w)
{
    struct account_work *row = find(s, w->org), old = {0};

    if (row != NULL) {
        old = *row;
        ram_touch(s, row, sizeof *row);
    } else row = ram_new(s, sizeof *row);
    w->rev = old.rev + 1;
    *row = *w;
    row->progress = old.progress;
    row->why = old.why;
    ram_set_text(s, &row->progress, w->progress);
    ram_set_text(s, &row->why, w->why);
    if (old.rev == 0) {
        struct tree_key key = ram_key(w->org, 0, 0);
        ram_tree_put(s, &s->accounts, &key, (union map_value){.ptr = row});
    }
}

void ram_account_begin(struct ram_store *s, const struct change_org *c, bool moved)
{
    struct account_work w = {.org = c->org.id, .progress = c->account.progress, .next_ms = c->account.next_ms,
                             .updated_ms = c->account.updated_ms};
    bool is_new = find(s, w.org) == NULL;

    if (is_new ? w.next_ms != 0 : moved) put(s, &w);
}

static void set_org(struct ram_store *s, struct org *row, struct org *o)
{
    ram_touch(s, row, sizeof *row);
    row->state = o->state;
    memcpy(row->account_sid, o->account_sid, sizeof row->account_sid);
    memcpy(row->key_sid, o->key_sid, sizeof row->key_sid);
    ram_set_text(s, &row->token_sealed, o->token_sealed);
    ram_set_text(s, &row->token2_sealed, o->token2_sealed);
    ram_set_text(s, &row->key_sealed, o->key_sealed);
    o->rev = ++row->rev;
}

enum err ram_apply_account(struct ram_store *s, struct change *base)
{
    struct change_account *c = (struct change_account *)base;
    struct org *org = ram_org(s, c->work.org);
    const struct account_work *row = find(s, c->work.org);
    bool moves;

    if (org == NULL) return ram_refuse(base, ERR_NOT_FOUND, "there is no organization %u", c->work.org);
    if ((row == NULL ? 0 : row->rev) != c->work.rev || (c->with_org && c->org.rev != org->rev))
        return ram_refuse(base, ERR_CONFLICT, STORE_ORG_CHANGED);
    moves = c->with_org && strcmp(org->account_sid, c->org.account_sid) != 0;
    if ((moves || c->idle) && ram_open_attempts(s, org->id) > 0)
        return ram_refuse(base, ERR_CONFLICT, STORE_ACCOUNT_BUSY, (long long)ram_open_attempts(s, org->id));
    if (c->with_org) set_org(s, org, &c->org);
    put(s, &c->work);
    if (c->told)
        ram_event(s, (struct event){.org = c->work.org, .type = EVENT_ACCOUNT, .ref = c->work.standing,
                                    .state = (uint8_t)org->state, .at_ms = c->work.updated_ms});
    return ERR_OK;
}

static enum err out_of(struct arena *a, const struct account_work *row, struct account_work *out)
{
    enum err code = ERR_OK;
    *out = *row;
    out->progress = ram_out_text(a, row->progress, &code);
    out->why = ram_out_text(a, row->why, &code);
    return code;
}

enum err ram_account_get(struct store_reader *r, struct arena *a, org_id org, struct account_work *out)
{
    struct ram_store *s = ram_read_begin(r);
    const struct account_work *row = find(s, org);
    return ram_read_end(s, row == NULL ? ERR_NOT_FOUND : out_of(a, row, out));
}

static bool is_before(int64_t at_ms, org_id org, int64_t other_ms, org_id other)
{
    return at_ms != other_ms ? at_ms < other_ms : org < other;
}

/* The one that follows the given pair. */
static const struct account_work *next_due(const struct ram_store *s, int64_t until_ms, int64_t after_ms, org_id after)
{
    struct tree_key key = ram_key(0, 0, 0);
    const struct account_work *best = NULL;
    const struct tree_node *node;

    for (; (node = tree_after(&s->accounts, &key)) != NULL; key = node->key) {
        const struct account_work *row = node->value.ptr;
        if (row->next_ms <= 0 || row->next_ms > until_ms || !is_before(after_ms, after, row->next_ms, row->org))
            continue;
        if (best == NULL || is_before(row->next_ms, row->org, best->next_ms, best->org)) best = row;
    }
    return best;
}

enum err ram_accounts_due(struct store_reader *r, struct arena *a, int64_t until_ms, int64_t after_ms, org_id after,
                          struct account_work *out, size_t *count)
{
    struct ram_store *s = ram_read_begin(r);
    size_t room = *count;
    enum err code = ERR_OK;
    *count = 0;
    while (*count < room && code == ERR_OK) {
        const struct account_work *row = next_due(s, until_ms, after_ms, after);
        if (row == NULL) break;
        after_ms = row->next_ms;
        after = row->org;
        code = out_of(a, row, &out[(*count)++]);
    }
    return ram_read_end(s, code);
}
