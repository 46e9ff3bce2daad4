/* verifications: numbers that are proved, their services and guards, in memory. A trimmed row stays, as none. */
#include "store/ram/ram.h"

#include <string.h>

static struct tree_key use_key(org_id org, const struct verify_guard *g, int64_t slot)
{
    return (struct tree_key){{org, g->scope, g->key, (uint64_t)slot}};
}

static bool is_use_of(const struct tree_node *n, org_id org, const struct verify_guard *g)
{
    return n != NULL && n->key.at[0] == org && n->key.at[1] == (uint64_t)g->scope && n->key.at[2] == g->key;
}

/* The first slot of the guard at `slot` or later. */
static const struct tree_node *use_from(const struct ram_store *s, org_id org, const struct verify_guard *g,
                                        int64_t slot)
{
    struct tree_key before = use_key(org, g, slot - 1);
    const struct tree_node *n = tree_after(&s->verify_use, &before);
    return is_use_of(n, org, g) ? n : NULL;
}

static bool guard_lets(const struct ram_store *s, org_id org, const struct verify_guard *g, int64_t now_ms,
                       int64_t *free_ms)
{
    int64_t least = (now_ms - g->window_ms) / VERIFY_SLOT_MS, used = 0;
    const struct tree_node *n;
    for (n = use_from(s, org, g, least); n != NULL; n = use_from(s, org, g, (int64_t)n->key.at[3] + 1))
        used += (int64_t)n->value.num;
    if (used < g->most) return true;
    *free_ms = now_ms + g->window_ms;
    for (n = use_from(s, org, g, least); n != NULL && used >= g->most;
         n = use_from(s, org, g, (int64_t)n->key.at[3] + 1)) {
        used -= (int64_t)n->value.num;
        *free_ms = ((int64_t)n->key.at[3] + 1) * VERIFY_SLOT_MS + g->window_ms;
    }
    return false;
}

static void guard_take(struct ram_store *s, org_id org, const struct verify_guard *g, int64_t now_ms)
{
    struct tree_key key = use_key(org, g, now_ms / VERIFY_SLOT_MS);
    const union map_value *used = tree_get(&s->verify_use, &key);
    ram_tree_put(s, &s->verify_use, &key, (union map_value){.num = used == NULL ? 1 : used->num + 1});
}

static struct verification_record *row_of(const struct ram_store *s, org_id org, uint64_t id)
{
    struct verification_record *row = ram_row(&s->verifications, id);
    return row == NULL || org == 0 || row->org != org ? NULL : row;
}

static enum err put(struct ram_store *s, struct change_verification *c, enum verification_state *old)
{
    struct verification_record *v = &c->v, *row = v->id == 0 ? NULL : row_of(s, v->org, v->id);
    if (ram_org(s, v->org) == NULL) return ram_refuse(&c->head, ERR_NOT_FOUND, "there is no such organization");
    if (v->id == 0) {
        RAM_SET(s, s->counters[RAM_VERIFICATIONS], s->counters[RAM_VERIFICATIONS] + 1);
        v->id = s->counters[RAM_VERIFICATIONS];
        v->rev = 1;
        row = ram_new(s, sizeof *row);
        *row = *v;
        ram_table_add(s, &s->verifications, v->id, row);
        return ERR_OK;
    }
    if (row == NULL) return ram_refuse(&c->head, ERR_NOT_FOUND, "there is no such verification");
    if (row->rev != v->rev)
        return ram_refuse(&c->head, ERR_CONFLICT, "the verification was changed meanwhile; look at it again");
    BUG_IF(!verification_may_move(row->state, v->state));
    *old = row->state;
    v->number = row->number;
    v->created_ms = row->created_ms;
    v->rev = row->rev + 1;
    ram_touch(s, row, sizeof *row);
    *row = *v;
    return ERR_OK;
}

enum err ram_apply_verification(struct ram_store *s, struct change *base)
{
    struct change_verification *c = (struct change_verification *)base;
    enum verification_state old = 0;
    enum err code;
    for (size_t i = 0; i < c->guards_count; i++) {
        c->full = c->guards[i].scope;
        if (!guard_lets(s, c->v.org, &c->guards[i], c->now_ms, &c->free_ms))
            return ram_refuse(base, ERR_LIMIT, "%lld were taken", (long long)c->guards[i].most);
    }
    code = put(s, c, &old);
    if (code != ERR_OK) return code;
    for (size_t i = 0; i < c->guards_count; i++) guard_take(s, c->v.org, &c->guards[i], c->now_ms);
    if (old != c->v.state)
        ram_event(s, (struct event){.org = c->v.org, .type = EVENT_VERIFICATION, .ref = c->v.id,
                                    .state = (uint8_t)c->v.state, .code = c->v.code, .at_ms = c->now_ms});
    return ERR_OK;
}

void ram_verifications_trim(struct ram_store *s, int64_t created_before_ms, int64_t taken_before_ms)
{
    const struct tree_node *n = NULL;
    struct tree_key at;
    for (size_t i = 0; i < s->verifications.count; i++) {
        struct verification_record *row = s->verifications.at[i].row;
        if (row->org != 0 && row->created_ms < created_before_ms) RAM_SET(s, row->org, 0);
    }
    while ((n = tree_after(&s->verify_use, n == NULL ? NULL : &at)) != NULL) {
        at = n->key;
        if ((int64_t)at.at[3] < taken_before_ms / VERIFY_SLOT_MS) ram_tree_remove(s, &s->verify_use, &at);
    }
}

enum err ram_verification_get(struct store_reader *r, org_id org, uint64_t id, struct verification_record *out)
{
    struct ram_store *s = ram_read_begin(r);
    const struct verification_record *row = row_of(s, org, id);
    *out = row == NULL ? (struct verification_record){0} : *row;
    return ram_read_end(s, row == NULL ? ERR_NOT_FOUND : ERR_OK);
}

enum err ram_verification_of(struct store_reader *r, org_id org, uint64_t number, struct verification_record *out)
{
    struct ram_store *s = ram_read_begin(r);
    enum err code = ERR_NOT_FOUND;
    *out = (struct verification_record){0};
    for (size_t i = s->verifications.count; i > 0 && code == ERR_NOT_FOUND; i--) {
        const struct verification_record *row = s->verifications.at[i - 1].row;
        if (org == 0 || row->org != org || row->number != number) continue;
        *out = *row;
        code = ERR_OK;
    }
    return ram_read_end(s, code);
}

static bool is_before(const struct verification_record *v, int64_t expires_ms, uint64_t id)
{
    return v->expires_ms != expires_ms ? v->expires_ms < expires_ms : v->id < id;
}

enum err ram_verifications_over(struct store_reader *r, int64_t now_ms, struct verification_record *out, size_t *count)
{
    struct ram_store *s = ram_read_begin(r);
    size_t room = *count;
    *count = 0;
    while (*count < room) {
        const struct verification_record *best = NULL, *last = *count == 0 ? NULL : &out[*count - 1];
        for (size_t i = 0; i < s->verifications.count; i++) {
            const struct verification_record *row = s->verifications.at[i].row;
            if (row->org == 0 || !verification_is_open(row->state) || row->expires_ms > now_ms) continue;
            if (last != NULL && !is_before(last, row->expires_ms, row->id)) continue;
            if (best == NULL || is_before(row, best->expires_ms, best->id)) best = row;
        }
        if (best == NULL) break;
        out[(*count)++] = *best;
    }
    return ram_read_end(s, ERR_OK);
}

enum err ram_apply_verify_service(struct ram_store *s, struct change *base)
{
    const struct verify_service_record *v = &((struct change_verify_service *)base)->service;
    struct tree_key key = ram_key(v->org, 0, 0);
    const union map_value *known = tree_get(&s->verify_services, &key);
    struct verify_service_record *row;
    if (ram_org(s, v->org) == NULL) return ram_refuse(base, ERR_NOT_FOUND, "there is no such organization");
    for (const struct tree_node *n = NULL;
         (n = tree_after(&s->verify_services, n == NULL ? NULL : &n->key)) != NULL;) {
        const struct verify_service_record *other = n->value.ptr;
        if (v->sid[0] != '\0' && other->org != v->org && strcmp(other->sid, v->sid) == 0)
            return ram_refuse(base, ERR_CONFLICT, "the Verify service is another organization's");
    }
    row = known == NULL ? ram_new(s, sizeof *row) : known->ptr;
    if (known == NULL) ram_tree_put(s, &s->verify_services, &key, (union map_value){.ptr = row});
    ram_touch(s, row, sizeof *row);
    *row = *v;
    return ERR_OK;
}

enum err ram_verify_service_get(struct store_reader *r, org_id org, struct verify_service_record *out)
{
    struct ram_store *s = ram_read_begin(r);
    struct tree_key key = ram_key(org, 0, 0);
    const union map_value *known = tree_get(&s->verify_services, &key);
    *out = known == NULL ? (struct verify_service_record){0} : *(const struct verify_service_record *)known->ptr;
    return ram_read_end(s, known == NULL ? ERR_NOT_FOUND : ERR_OK);
}
