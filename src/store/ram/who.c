/* who: organizations, programs, senders and API keys in memory. */
#include "store/ram/ram.h"

#include "store/same.h"

#include <string.h>

struct org *ram_org(const struct ram_store *s, org_id id)
{
    return ram_row(&s->orgs, id);
}

struct program *ram_program(const struct ram_store *s, org_id org, uint32_t id)
{
    struct program *p = ram_row(&s->programs, id);
    return p != NULL && p->org == org ? p : NULL;
}

static void bump(struct ram_store *s, struct org *o)
{
    RAM_SET(s, o->rev, o->rev + 1);
}

/* ---- changes ---- */

static void program_add(struct ram_store *s, struct program *p)
{
    struct program *row = ram_new(s, sizeof *row);
    RAM_SET(s, s->counters[RAM_PROGRAMS], s->counters[RAM_PROGRAMS] + 1);
    p->id = (uint32_t)s->counters[RAM_PROGRAMS];
    *row = *p;
    row->name = ram_text(s, p->name);
    row->use_case = ram_text(s, p->use_case);
    row->brand_name = ram_text(s, p->brand_name);
    row->help_text = ram_text(s, p->help_text);
    ram_table_add(s, &s->programs, p->id, row);
}

static bool org_taken(const struct ram_store *s, const struct org *o)
{
    for (size_t i = 0; i < s->orgs.count; i++) {
        const struct org *other = s->orgs.at[i].row;
        if (other->id == o->id) continue;
        if (strcmp(other->slug, o->slug) == 0) return true;
        if (o->hook_path[0] != 0 && strcmp(other->hook_path, o->hook_path) == 0) return true;
    }
    return false;
}

static void org_texts(struct ram_store *s, struct org *row, const struct org *o)
{
    row->name = ram_text(s, o->name);
    row->token_sealed = ram_text(s, o->token_sealed);
    row->token2_sealed = ram_text(s, o->token2_sealed);
    row->key_sealed = ram_text(s, o->key_sealed);
    row->help_text = ram_text(s, o->help_text);
    row->opt_out_words = ram_text(s, o->opt_out_words);
}

static void org_create(struct ram_store *s, struct change_org *c)
{
    struct org *row = ram_new(s, sizeof *row);
    RAM_SET(s, s->counters[RAM_ORGS], s->counters[RAM_ORGS] + 1);
    c->org.id = (org_id)s->counters[RAM_ORGS];
    c->org.rev = 1;
    c->org.key_sid[0] = '\0';
    c->org.key_sealed = (struct str){NULL, 0};
    *row = c->org;
    org_texts(s, row, &c->org);
    ram_table_add(s, &s->orgs, c->org.id, row);
    c->first_program.org = c->org.id;
    if (c->first_program.name.len == 0) c->first_program.name = STR("default");
    program_add(s, &c->first_program);
}

/* The key is its account's. */
static void keep_key(struct org *o, const struct org *old)
{
    bool moved = strcmp(o->account_sid, old->account_sid) != 0;

    memcpy(o->key_sid, old->key_sid, sizeof o->key_sid);
    o->key_sealed = old->key_sealed;
    if (!moved) return;
    o->key_sid[0] = '\0';
    o->key_sealed = (struct str){NULL, 0};
}

static void org_replace(struct ram_store *s, struct org *row, struct org *o)
{
    const struct org old = *row;
    ram_touch(s, row, sizeof *row);
    o->rev = old.rev + 1;
    o->spent_micros = old.spent_micros;
    o->spent_month = old.spent_month;
    o->inbound_seen_ms = old.inbound_seen_ms;
    o->created_ms = old.created_ms;
    keep_key(o, &old);
    *row = *o;
    org_texts(s, row, o);
    if (old.name.len > 0) ram_drop(s, old.name.at);
    if (old.token_sealed.len > 0) ram_drop(s, old.token_sealed.at);
    if (old.token2_sealed.len > 0) ram_drop(s, old.token2_sealed.at);
    if (old.key_sealed.len > 0) ram_drop(s, old.key_sealed.at);
    if (old.help_text.len > 0) ram_drop(s, old.help_text.at);
    if (old.opt_out_words.len > 0) ram_drop(s, old.opt_out_words.at);
}

/* Armed by this process and unanswered, or in doubt. */
int64_t ram_open_attempts(const struct ram_store *s, org_id org)
{
    struct tree_key key = ram_key(0, 0, 0);
    const struct tree_node *node;
    int64_t open = 0;
    for (size_t i = 0; i < s->messages.count; i++) {
        const struct ram_message *m = s->messages.at[i].row;
        if (m->m.org == org && m->in_flight != 0) open++;
    }
    for (; (node = tree_after(&s->doubts, &key)) != NULL; key = node->key)
        if (((const struct doubt *)node->value.ptr)->org == org) open++;
    return open;
}

enum err ram_apply_org(struct ram_store *s, struct change *base)
{
    struct change_org *c = (struct change_org *)base;
    struct org *row = c->org.id == 0 ? NULL : ram_org(s, c->org.id);
    bool moved;
    if (c->org.id != 0 && row == NULL)
        return ram_refuse(base, ERR_NOT_FOUND, "there is no organization %u", c->org.id);
    if (row != NULL && strcmp(row->account_sid, c->org.account_sid) != 0 && ram_open_attempts(s, row->id) > 0)
        return ram_refuse(base, ERR_CONFLICT, STORE_ACCOUNT_BUSY, (long long)ram_open_attempts(s, row->id));
    if (row != NULL && c->org.rev != 0 && c->org.rev != row->rev)
        return ram_refuse(base, ERR_CONFLICT, STORE_ORG_CHANGED);
    if (org_taken(s, &c->org))
        return ram_refuse(base, ERR_CONFLICT, "the slug or hook path of \"%s\" is taken", c->org.slug);
    moved = row != NULL && strcmp(row->account_sid, c->org.account_sid) != 0;
    if (row == NULL) org_create(s, c);
    else org_replace(s, row, &c->org);
    ram_account_begin(s, c, moved);
    return ERR_OK;
}

enum err ram_apply_program(struct ram_store *s, struct change *base)
{
    struct program *p = &((struct change_program *)base)->program;
    uint32_t org_rev = ((struct change_program *)base)->org_rev;
    struct org *o = ram_org(s, p->org);
    struct program *row = p->id == 0 ? NULL : ram_program(s, p->org, p->id);
    if (o == NULL || (p->id != 0 && row == NULL))
        return ram_refuse(base, ERR_NOT_FOUND, "there is no such organization or program");
    if (org_rev != 0 && org_rev != o->rev) return ram_refuse(base, ERR_CONFLICT, STORE_PROGRAM_MOVED);
    for (size_t i = 0; i < s->programs.count; i++) {
        const struct program *other = s->programs.at[i].row;
        if (other->org == p->org && other->id != p->id && str_equal(other->name, p->name))
            return ram_refuse(base, ERR_CONFLICT, "a program of that name exists already");
    }
    if (row == NULL) program_add(s, p);
    else {
        struct str name = row->name, use_case = row->use_case, brand_name = row->brand_name;
        struct str help_text = row->help_text;
        ram_touch(s, row, sizeof *row);
        p->created_ms = row->created_ms;
        *row = *p;
        row->name = name;
        row->use_case = use_case;
        row->brand_name = brand_name;
        row->help_text = help_text;
        ram_set_text(s, &row->help_text, p->help_text);
        ram_set_text(s, &row->brand_name, p->brand_name);
        ram_set_text(s, &row->name, p->name);
        ram_set_text(s, &row->use_case, p->use_case);
    }
    bump(s, o);
    return ERR_OK;
}

static bool sender_taken(const struct ram_store *s, const struct sender *n)
{
    if (n->state == SENDER_REMOVED) return false;
    for (size_t i = 0; i < s->senders.count; i++) {
        const struct sender *other = s->senders.at[i].row;
        if (other->id == n->id || other->state == SENDER_REMOVED || strcmp(other->address, n->address) != 0) continue;
        if (other->org == n->org || (other->kind != SENDER_ALPHA && n->kind != SENDER_ALPHA)) return true;
    }
    return false;
}

static enum err sender_put(struct ram_store *s, struct change *c, struct sender *n)
{
    struct sender *row = n->id == 0 ? NULL : ram_row(&s->senders, n->id);
    if (ram_program(s, n->org, n->program) == NULL || (n->id != 0 && (row == NULL || row->org != n->org)))
        return ram_refuse(c, ERR_NOT_FOUND, "there is no such program or sender");
    if (row != NULL) n->created_ms = row->created_ms;
    if (sender_taken(s, n)) return ram_refuse(c, ERR_CONFLICT, "sender %s is in use already", n->address);
    if (row == NULL) {
        row = ram_new(s, sizeof *row);
        RAM_SET(s, s->counters[RAM_SENDERS], s->counters[RAM_SENDERS] + 1);
        n->id = (uint32_t)s->counters[RAM_SENDERS];
        ram_table_add(s, &s->senders, n->id, row);
    } else ram_touch(s, row, sizeof *row);
    *row = *n;
    return ERR_OK;
}

static enum err sender_is(struct ram_store *s, struct change *c, const struct sender *was)
{
    const struct sender *now = was == NULL ? NULL : ram_row(&s->senders, was->id);
    if (now == NULL || now->org != was->org || sender_same(was, now)) return ERR_OK;
    if (now->state == SENDER_REMOVED) return ram_refuse(c, ERR_NOT_FOUND, STORE_SENDER_REMOVED, was->address);
    return ram_refuse(c, ERR_CONFLICT, STORE_SENDER_MOVED, was->address);
}

enum err ram_apply_senders(struct ram_store *s, struct change *base)
{
    struct change_senders *c = (struct change_senders *)base;
    enum err code = sender_is(s, base, c->was);
    for (size_t i = 0; i < c->count && code == ERR_OK; i++) code = sender_put(s, base, &c->senders[i]);
    return code;
}

static enum err key_create(struct ram_store *s, struct change_key *c)
{
    struct api_key *row;
    for (size_t i = 0; i < s->keys.count; i++)
        if (memcmp(((struct api_key *)s->keys.at[i].row)->hash, c->key.hash, sizeof c->key.hash) == 0)
            return ram_refuse(&c->head, ERR_CONFLICT, "this key exists already");
    RAM_SET(s, s->counters[RAM_KEYS], s->counters[RAM_KEYS] + 1);
    c->key.id = (uint32_t)s->counters[RAM_KEYS];
    row = ram_new(s, sizeof *row);
    *row = c->key;
    row->name = ram_text(s, c->key.name);
    ram_table_add(s, &s->keys, row->id, row);
    return ERR_OK;
}

enum err ram_apply_key(struct ram_store *s, struct change *base)
{
    struct change_key *c = (struct change_key *)base;
    struct api_key *row;
    if (c->key.org != 0 && ram_org(s, c->key.org) == NULL)
        return ram_refuse(base, ERR_NOT_FOUND, "there is no organization %u", c->key.org);
    if (c->key.id == 0) return key_create(s, c);
    row = ram_row(&s->keys, c->key.id);
    if (row == NULL || row->org != c->key.org) return ram_refuse(base, ERR_NOT_FOUND, "there is no such key");
    ram_touch(s, row, sizeof *row);
    row->scopes = c->key.scopes;
    row->expires_ms = c->key.expires_ms;
    row->revoked_ms = c->key.revoked_ms;
    ram_set_text(s, &row->name, c->key.name);
    return ERR_OK;
}

/* ---- reads ---- */

static enum err org_out(struct arena *a, const struct org *row, struct org *out)
{
    enum err code = ERR_OK;
    if (row == NULL) return ERR_NOT_FOUND;
    *out = *row;
    out->name = ram_out_text(a, row->name, &code);
    out->token_sealed = ram_out_text(a, row->token_sealed, &code);
    out->token2_sealed = ram_out_text(a, row->token2_sealed, &code);
    out->key_sealed = ram_out_text(a, row->key_sealed, &code);
    out->help_text = ram_out_text(a, row->help_text, &code);
    out->opt_out_words = ram_out_text(a, row->opt_out_words, &code);
    return code;
}

enum err ram_org_get(struct store_reader *r, struct arena *a, org_id id, struct org *out)
{
    struct ram_store *s = ram_read_begin(r);
    return ram_read_end(s, org_out(a, ram_org(s, id), out));
}

enum err ram_org_by_slug(struct store_reader *r, struct arena *a, struct str slug, struct org *out)
{
    struct ram_store *s = ram_read_begin(r);
    const struct org *found = NULL;
    for (size_t i = 0; i < s->orgs.count && found == NULL; i++) {
        const struct org *o = s->orgs.at[i].row;
        if (str_equal(str_from(o->slug), slug)) found = o;
    }
    return ram_read_end(s, org_out(a, found, out));
}

enum err ram_org_by_hook_path(struct store_reader *r, struct arena *a, struct str path, struct org *out)
{
    struct ram_store *s = ram_read_begin(r);
    const struct org *found = NULL;
    for (size_t i = 0; i < s->orgs.count && found == NULL && path.len > 0; i++) {
        const struct org *o = s->orgs.at[i].row;
        if (str_equal(str_from(o->hook_path), path)) found = o;
    }
    return ram_read_end(s, org_out(a, found, out));
}

enum err ram_orgs(struct store_reader *r, struct arena *a, org_id after, struct org *out, size_t *count)
{
    struct ram_store *s = ram_read_begin(r);
    size_t room = *count;
    enum err code = ERR_OK;
    *count = 0;
    for (size_t i = ram_row_after(&s->orgs, after); i < s->orgs.count && *count < room && code == ERR_OK; i++)
        code = org_out(a, s->orgs.at[i].row, &out[(*count)++]);
    return ram_read_end(s, code);
}

enum err ram_programs(struct store_reader *r, struct arena *a, org_id org, uint32_t after, struct program *out,
                      size_t *count)
{
    struct ram_store *s = ram_read_begin(r);
    size_t room = *count;
    enum err code = ERR_OK;
    *count = 0;
    for (size_t i = ram_row_after(&s->programs, after); i < s->programs.count && *count < room; i++) {
        const struct program *row = s->programs.at[i].row;
        struct program *p = &out[*count];
        if (row->org != org) continue;
        *p = *row;
        p->name = ram_out_text(a, row->name, &code);
        p->use_case = ram_out_text(a, row->use_case, &code);
        p->brand_name = ram_out_text(a, row->brand_name, &code);
        p->help_text = ram_out_text(a, row->help_text, &code);
        (*count)++;
    }
    return ram_read_end(s, code);
}

enum err ram_senders(struct store_reader *r, org_id org, uint32_t after, struct sender *out, size_t *count)
{
    struct ram_store *s = ram_read_begin(r);
    size_t room = *count;
    *count = 0;
    for (size_t i = ram_row_after(&s->senders, after); i < s->senders.count && *count < room; i++) {
        const struct sender *row = s->senders.at[i].row;
        if (row->org == org) out[(*count)++] = *row;
    }
    return ram_read_end(s, ERR_OK);
}

enum err ram_sender_by_address(struct store_reader *r, org_id org, struct str address, struct sender *out)
{
    struct ram_store *s = ram_read_begin(r);
    for (size_t i = 0; i < s->senders.count; i++) {
        const struct sender *row = s->senders.at[i].row;
        if (row->org != org || row->state == SENDER_REMOVED || !str_equal(str_from(row->address), address)) continue;
        *out = *row;
        return ram_read_end(s, ERR_OK);
    }
    return ram_read_end(s, ERR_NOT_FOUND);
}

static enum err key_out(struct arena *a, const struct api_key *row, struct api_key *out)
{
    enum err code = ERR_OK;
    *out = *row;
    out->name = ram_out_text(a, row->name, &code);
    return code;
}

enum err ram_key_by_hash(struct store_reader *r, struct arena *a, const unsigned char hash[32], struct api_key *out)
{
    struct ram_store *s = ram_read_begin(r);
    for (size_t i = 0; i < s->keys.count; i++) {
        const struct api_key *row = s->keys.at[i].row;
        if (memcmp(row->hash, hash, sizeof row->hash) == 0) return ram_read_end(s, key_out(a, row, out));
    }
    return ram_read_end(s, ERR_NOT_FOUND);
}

enum err ram_keys(struct store_reader *r, struct arena *a, org_id org, uint32_t after, struct api_key *out,
                  size_t *count)
{
    struct ram_store *s = ram_read_begin(r);
    size_t room = *count;
    enum err code = ERR_OK;
    *count = 0;
    for (size_t i = ram_row_after(&s->keys, after); i < s->keys.count && *count < room && code == ERR_OK; i++) {
        const struct api_key *row = s->keys.at[i].row;
        if (row->org == org) code = key_out(a, row, &out[(*count)++]);
    }
    return ram_read_end(s, code);
}

/* ---- learned limits ---- */

static struct tree_key learned_key(const struct learned_limit *l)
{
    return ram_key(l->org, (uint64_t)l->scope << 32 | l->program,
                   (uint64_t)l->sender << 16 | (uint64_t)l->carrier << 8 | l->slot);
}

enum err ram_apply_sender_event(struct ram_store *s, struct change *base)
{
    const struct change_sender_event *c = (const struct change_sender_event *)base;

    if (ram_org(s, c->org) == NULL) return ram_refuse(base, ERR_NOT_FOUND, "there is no such organization");
    ram_event(s, (struct event){.org = c->org, .type = EVENT_SENDER, .ref = c->sender, .state = (uint8_t)c->event,
                                .code = c->code, .at_ms = c->at_ms});
    return ERR_OK;
}

enum err ram_apply_learned(struct ram_store *s, struct change *base)
{
    const struct change_learned *c = (const struct change_learned *)base;
    for (size_t i = 0; i < c->count; i++) {
        struct tree_key key = learned_key(&c->rows[i]);
        union map_value *was = tree_get(&s->learned, &key);
        struct learned_limit *row = was == NULL ? NULL : was->ptr;
        if (ram_org(s, c->rows[i].org) == NULL) continue;
        if (c->rows[i].units > 0 && row != NULL) {
            ram_touch(s, row, sizeof *row);
            *row = c->rows[i];
        } else if (c->rows[i].units > 0) {
            row = ram_new(s, sizeof *row);
            *row = c->rows[i];
            ram_tree_put(s, &s->learned, &key, (union map_value){.ptr = row});
        } else if (row != NULL) {
            ram_tree_remove(s, &s->learned, &key);
            ram_drop(s, row);
        }
    }
    return ERR_OK;
}

enum err ram_learned(struct store_reader *r, org_id org, struct learned_limit *out, size_t *count)
{
    struct ram_store *s = ram_read_begin(r);
    struct tree_key key = ram_key(org, 0, 0);
    const struct tree_node *node;
    size_t room = *count;
    *count = 0;
    while (*count < room && (node = tree_after(&s->learned, &key)) != NULL && node->key.at[0] == org) {
        key = node->key;
        out[(*count)++] = *(const struct learned_limit *)node->value.ptr;
    }
    return ram_read_end(s, ERR_OK);
}
