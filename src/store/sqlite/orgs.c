/* orgs: organizations with their programs, senders and API keys. Owns the org facts that the hot path looks
 * at (state, rev, spending); they are written once per commit. */
#include "store/sqlite/parts.h"

#include "base/mutant.h"
#include "store/ids.h"
#include "store/same.h"

#include <stdlib.h>
#include <string.h>

/* ---- facts ---- */

static struct org_facts *facts_read(struct sqlite_store *s, org_id id)
{
    struct query q = query_open(&s->conn, SQL_ORG_FACTS);
    struct org_facts *facts;
    bool found;
    query_int(&q, id);
    found = query_row(&q);
    facts = found ? calloc(1, sizeof *facts) : NULL;
    if (found && facts == NULL) store_out_of_memory(s); /* not "no such organization" */
    if (facts != NULL) {
        facts->id = id;
        facts->state = (enum org_state)query_get_u8(&q);
        facts->rev = query_get_u32(&q);
        facts->spent_micros = query_get(&q);
        facts->spent_month = query_get_i32(&q);
        facts->inbound_seen_ms = query_get(&q);
        facts->created_ms = query_get(&q);
    }
    query_end(&q);
    return facts;
}

struct org_facts *org_facts(struct sqlite_store *s, org_id id)
{
    struct org_facts *facts = map_ptr(&s->orgs, id);
    union map_value *place;
    if (facts != NULL) return facts;
    facts = facts_read(s, id);
    if (facts == NULL) return NULL;
    place = map_put(&s->orgs, id);
    if (place == NULL) {
        free(facts);
        store_out_of_memory(s);
        return NULL;
    }
    place->ptr = facts;
    return facts;
}

void org_facts_flush(struct sqlite_store *s)
{
    size_t i = 0;
    struct map_slot *slot;
    while ((slot = map_next(&s->orgs, &i)) != NULL) {
        struct org_facts *facts = slot->value.ptr;
        struct query q;
        if (!facts->dirty) continue;
        q = query_open(&s->conn, SQL_ORG_FACTS_SAVE);
        query_int(&q, facts->rev);
        query_int(&q, facts->spent_micros);
        query_int(&q, facts->spent_month);
        query_int(&q, facts->inbound_seen_ms);
        query_int(&q, facts->id);
        (void)query_run(&q);
        facts->dirty = false;
    }
}

void org_spend(struct sqlite_store *s, org_id id, int64_t micros, int64_t now_ms)
{
    struct org_facts *facts = micros == 0 ? NULL : org_facts(s, id);
    int32_t month = month_of(now_ms);
    if (facts == NULL) return;
    if (month > facts->spent_month) { /* an earlier one is a clock step: it counts in the month known */
        facts->spent_month = month;
        facts->spent_micros = 0;
    }
    facts->spent_micros += micros;
    facts->dirty = true;
}

/* ---- orgs and programs ---- */

static void bind_program(struct query *q, const struct program *p)
{
    query_str(q, p->name);
    query_text(q, p->service_sid);
    query_int(q, p->registration);
    query_int(q, p->brand);
    query_int(q, p->brand_score);
    query_str(q, p->use_case);
    query_str(q, p->brand_name);
    query_int(q, p->traits);
    query_str(q, p->help_text);
}

static bool program_insert(struct sqlite_store *s, struct program *p)
{
    struct query q;
    p->id = (uint32_t)store_next(s, COUNTER_PROGRAM);
    q = query_open(&s->conn, SQL_PROGRAM_INSERT);
    query_int(&q, p->id);
    query_int(&q, p->org);
    bind_program(&q, p);
    query_int(&q, p->created_ms);
    return query_run(&q);
}

static void bind_org(struct query *q, const struct org *o)
{
    query_text(q, o->slug);
    query_str(q, o->name);
    query_int(q, o->state);
    query_text(q, o->account_sid);
    query_blob(q, o->token_sealed.at, o->token_sealed.len);
    query_blob(q, o->token2_sealed.at, o->token2_sealed.len);
    query_text(q, o->hook_path);
    query_text(q, o->region);
    query_int(q, o->share);
    query_int(q, o->spend_cap_micros);
}

static void bind_rules(struct query *q, const struct org *o)
{
    query_int(q, o->frequency.count);
    query_int(q, o->frequency.hours);
    query_text(q, o->countries);
}

static enum err org_create(struct sqlite_store *s, struct change_org *c)
{
    struct org *o = &c->org;
    struct query q;
    o->id = (org_id)store_next(s, COUNTER_ORG);
    o->rev = 1;
    q = query_open(&s->conn, SQL_ORG_INSERT);
    query_int(&q, o->id);
    bind_org(&q, o);
    query_int(&q, o->spent_micros);
    query_int(&q, o->spent_month);
    query_str(&q, o->help_text);
    query_int(&q, o->inbound_seen_ms);
    query_int(&q, o->rev);
    query_int(&q, o->created_ms);
    query_str(&q, o->opt_out_words);
    bind_rules(&q, o);
    if (!query_run(&q)) {
        o->id = 0;
        return refuse(&c->head, ERR_CONFLICT, "an organization with the slug \"%s\" (or its hook path) exists"
                      " already; choose another slug", o->slug);
    }
    c->first_program.org = o->id;
    if (c->first_program.name.len == 0) c->first_program.name = STR("default");
    (void)program_insert(s, &c->first_program);
    account_begin(s, c, false);
    return ERR_OK;
}

bool account_moves(struct sqlite_store *s, const struct org *o)
{
    struct query q = query_open(&s->conn, SQL_ORG_ACCOUNT);
    bool moves;
    query_int(&q, o->id);
    moves = query_row(&q) && !str_equal(query_get_view(&q), str_from(o->account_sid));
    query_end(&q);
    return moves;
}

int64_t open_attempts(struct sqlite_store *s, org_id org)
{
    struct query q = query_open(&s->conn, SQL_ORG_DOUBTS);
    const struct map_slot *slot;
    int64_t open = 0;
    size_t i = 0;
    query_int(&q, org);
    if (query_row(&q)) open = query_get(&q);
    query_end(&q);
    while ((slot = map_next(&s->in_flight, &i)) != NULL)
        if (message_load(s, org, slot->key) != NULL) open++;
    return open;
}

/* The key is its account's. */
static void drop_key(struct sqlite_store *s, org_id org)
{
    struct query q = query_open(&s->conn, SQL_ORG_KEY_DROP);
    query_int(&q, org);
    (void)query_run(&q);
}

static enum err org_replace(struct sqlite_store *s, struct change_org *c)
{
    struct org *o = &c->org;
    struct org_facts *facts = org_facts(s, o->id);
    struct query q;
    int64_t open;
    bool moves;
    if (facts == NULL) return refuse(&c->head, ERR_NOT_FOUND, "there is no organization %u", o->id);
    if (o->rev != 0 && o->rev != facts->rev) return refuse(&c->head, ERR_CONFLICT, STORE_ORG_CHANGED);
    moves = account_moves(s, o);
    if (moves && (open = open_attempts(s, o->id)) > 0)
        return refuse(&c->head, ERR_CONFLICT, STORE_ACCOUNT_BUSY, (long long)open);
    q = query_open(&s->conn, SQL_ORG_UPDATE);
    bind_org(&q, o);
    query_str(&q, o->help_text);
    query_str(&q, o->opt_out_words);
    bind_rules(&q, o);
    query_int(&q, o->id);
    if (!query_run(&q))
        return refuse(&c->head, ERR_CONFLICT, "the slug \"%s\" (or the hook path) is another organization's;"
                      " choose another slug", o->slug);
    if (moves) drop_key(s, o->id);
    account_begin(s, c, moves);
    facts->state = o->state;
    facts->rev++;
    facts->dirty = true;
    o->rev = facts->rev;
    o->spent_micros = facts->spent_micros;
    o->spent_month = facts->spent_month;
    o->inbound_seen_ms = facts->inbound_seen_ms;
    o->created_ms = facts->created_ms;
    return ERR_OK;
}

enum err apply_org(struct sqlite_store *s, struct change *base)
{
    struct change_org *c = (struct change_org *)base;
    return c->org.id == 0 ? org_create(s, c) : org_replace(s, c);
}

/* `created` of a row named by (org, id); false if there is none. */
static bool created_of(struct sqlite_store *s, enum sql id, org_id org, uint32_t row, int64_t *created_ms)
{
    struct query q = query_open(&s->conn, id);
    bool found;
    query_int(&q, org);
    query_int(&q, row);
    found = query_row(&q);
    if (found) *created_ms = query_get(&q);
    query_end(&q);
    return found;
}

bool program_exists(struct sqlite_store *s, org_id org, uint32_t program)
{
    int64_t ignored;
    return created_of(s, SQL_PROGRAM_CREATED, org, program, &ignored);
}

bool sender_exists(struct sqlite_store *s, org_id org, uint32_t sender)
{
    int64_t ignored;
    return created_of(s, SQL_SENDER_CREATED, org, sender, &ignored);
}

static enum err program_replace(struct sqlite_store *s, struct change_program *c)
{
    struct program *p = &c->program;
    struct query q;
    if (!created_of(s, SQL_PROGRAM_CREATED, p->org, p->id, &p->created_ms))
        return refuse(&c->head, ERR_NOT_FOUND, "there is no program %u", p->id);
    q = query_open(&s->conn, SQL_PROGRAM_UPDATE);
    bind_program(&q, p);
    query_int(&q, p->org);
    query_int(&q, p->id);
    if (query_run(&q)) return ERR_OK;
    return refuse(&c->head, ERR_CONFLICT, "a program named \"" STR_FMT "\" exists already", STR_ARG(p->name));
}

enum err apply_program(struct sqlite_store *s, struct change *base)
{
    struct change_program *c = (struct change_program *)base;
    struct org_facts *facts = org_facts(s, c->program.org);
    enum err code = ERR_OK;
    if (facts == NULL) return refuse(base, ERR_NOT_FOUND, "there is no organization %u", c->program.org);
    if (c->org_rev != 0 && c->org_rev != facts->rev) return refuse(base, ERR_CONFLICT, STORE_PROGRAM_MOVED);
    if (c->program.id != 0) code = program_replace(s, c);
    else if (!program_insert(s, &c->program)) {
        c->program.id = 0;
        code = refuse(base, ERR_CONFLICT, "a program named \"" STR_FMT "\" exists already",
                      STR_ARG(c->program.name));
    }
    if (code != ERR_OK) return code;
    facts->rev++;
    facts->dirty = true;
    return ERR_OK;
}

/* ---- senders ---- */

static void bind_sender(struct query *q, const struct sender *n)
{
    query_int(q, n->program);
    query_int(q, n->kind);
    query_int(q, n->state);
    query_text(q, n->address);
    query_id(q, n->number);
    query_int(q, n->verified);
    query_text(q, n->sid);
    query_text(q, n->registered);
}

static bool sender_insert(struct sqlite_store *s, struct sender *n)
{
    struct query q;
    n->id = (uint32_t)store_next(s, COUNTER_SENDER);
    q = query_open(&s->conn, SQL_SENDER_INSERT);
    query_int(&q, n->id);
    query_int(&q, n->org);
    bind_sender(&q, n);
    query_int(&q, n->created_ms);
    return query_run(&q);
}

static bool sender_replace(struct sqlite_store *s, const struct sender *n)
{
    struct query q = query_open(&s->conn, SQL_SENDER_UPDATE);
    bind_sender(&q, n);
    query_int(&q, n->org);
    query_int(&q, n->id);
    return query_run(&q);
}

static void sender_read(struct query *q, struct sender *out)
{
    memset(out, 0, sizeof *out);
    out->id = query_get_u32(q);
    out->org = query_get_u32(q);
    out->program = query_get_u32(q);
    out->kind = (enum sender_kind)query_get_u8(q);
    out->state = (enum sender_state)query_get_u8(q);
    query_get_text(q, out->address, sizeof out->address);
    out->number = query_get_id(q);
    out->verified = query_get_u8(q) != 0;
    query_get_text(q, out->sid, sizeof out->sid);
    query_get_text(q, out->registered, sizeof out->registered);
    out->created_ms = query_get(q);
}

static size_t senders_after(struct conn *c, org_id org, uint32_t after, struct sender *out, size_t count)
{
    struct query q = query_open(c, SQL_SENDERS);
    size_t n = 0;
    query_int(&q, org);
    query_int(&q, after);
    query_int(&q, (int64_t)count);
    while (query_row(&q)) sender_read(&q, &out[n++]);
    return n;
}

static enum err sender_is(struct sqlite_store *s, struct change *c, const struct sender *was)
{
    struct sender now;
    if (was == NULL || was->id == 0 || senders_after(&s->conn, was->org, was->id - 1, &now, 1) != 1 ||
        now.id != was->id || sender_same(was, &now) || MUTANT(quarantine_undone))
        return ERR_OK;
    if (now.state == SENDER_REMOVED) return refuse(c, ERR_NOT_FOUND, STORE_SENDER_REMOVED, was->address);
    return refuse(c, ERR_CONFLICT, STORE_SENDER_MOVED, was->address);
}

static enum err sender_put(struct sqlite_store *s, struct change *c, struct sender *n)
{
    if (!program_exists(s, n->org, n->program))
        return refuse(c, ERR_NOT_FOUND, "sender %s: there is no program %u", n->address, n->program);
    if (n->id != 0 && !created_of(s, SQL_SENDER_CREATED, n->org, n->id, &n->created_ms))
        return refuse(c, ERR_NOT_FOUND, "there is no sender %u (%s)", n->id, n->address);
    if (n->id == 0 ? sender_insert(s, n) : sender_replace(s, n)) return ERR_OK;
    return refuse(c, ERR_CONFLICT, "sender %s is in use already; remove it where it is first", n->address);
}

enum err apply_senders(struct sqlite_store *s, struct change *base)
{
    struct change_senders *c = (struct change_senders *)base;
    enum err code = sender_is(s, base, c->was);
    for (size_t i = 0; i < c->count && code == ERR_OK; i++) code = sender_put(s, base, &c->senders[i]);
    return code;
}

/* ---- API keys ---- */

static enum err key_create(struct sqlite_store *s, struct change_key *c)
{
    struct api_key *k = &c->key;
    struct query q;
    k->id = (uint32_t)store_next(s, COUNTER_KEY);
    q = query_open(&s->conn, SQL_KEY_INSERT);
    query_int(&q, k->id);
    query_int(&q, k->org);
    query_blob(&q, k->hash, sizeof k->hash);
    query_text(&q, k->hint);
    query_str(&q, k->name);
    query_int(&q, k->scopes);
    query_int(&q, k->created_ms);
    query_int(&q, k->expires_ms);
    query_int(&q, k->revoked_ms);
    if (query_run(&q)) return ERR_OK;
    k->id = 0;
    return refuse(&c->head, ERR_CONFLICT, "this key exists already; make a new one");
}

enum err apply_key(struct sqlite_store *s, struct change *base)
{
    struct change_key *c = (struct change_key *)base;
    struct query q;
    if (c->key.org != 0 && org_facts(s, c->key.org) == NULL)
        return refuse(base, ERR_NOT_FOUND, "there is no organization %u", c->key.org);
    if (c->key.id == 0) return key_create(s, c);
    q = query_open(&s->conn, SQL_KEY_UPDATE);
    query_str(&q, c->key.name);
    query_int(&q, c->key.scopes);
    query_int(&q, c->key.expires_ms);
    query_int(&q, c->key.revoked_ms);
    query_int(&q, c->key.org);
    query_int(&q, c->key.id);
    (void)query_run(&q);
    return query_changes(&q) == 1 ? ERR_OK : refuse(base, ERR_NOT_FOUND, "there is no key %u", c->key.id);
}

/* ---- reads ---- */

static void org_read(struct query *q, struct arena *a, struct org *out)
{
    memset(out, 0, sizeof *out);
    out->id = query_get_u32(q);
    query_get_text(q, out->slug, sizeof out->slug);
    out->name = query_get_str(q, a);
    out->state = (enum org_state)query_get_u8(q);
    query_get_text(q, out->account_sid, sizeof out->account_sid);
    out->token_sealed = query_get_str(q, a);
    out->token2_sealed = query_get_str(q, a);
    query_get_text(q, out->hook_path, sizeof out->hook_path);
    query_get_text(q, out->region, sizeof out->region);
    out->share = query_get_u32(q);
    out->spend_cap_micros = query_get(q);
    out->spent_micros = query_get(q);
    out->spent_month = query_get_i32(q);
    out->help_text = query_get_str(q, a);
    out->inbound_seen_ms = query_get(q);
    out->rev = query_get_u32(q);
    out->created_ms = query_get(q);
    out->opt_out_words = query_get_str(q, a);
    out->frequency.count = query_get_u8(q);
    out->frequency.hours = (uint16_t)query_get_u32(q);
    query_get_text(q, out->countries, sizeof out->countries);
    query_get_text(q, out->key_sid, sizeof out->key_sid);
    out->key_sealed = query_get_str(q, a);
}

static enum err org_one(struct conn *c, struct query *q, struct arena *a, struct org *out)
{
    bool found = query_row(q);
    if (found) org_read(q, a, out);
    query_end(q);
    return read_one(c, found);
}

enum err sqlite_org_get(struct store_reader *r, struct arena *a, org_id id, struct org *out)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_ORG_GET);
    query_int(&q, id);
    return org_one(c, &q, a, out);
}

enum err sqlite_org_by_slug(struct store_reader *r, struct arena *a, struct str slug, struct org *out)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_ORG_BY_SLUG);
    query_str(&q, slug);
    return org_one(c, &q, a, out);
}

enum err sqlite_org_by_hook_path(struct store_reader *r, struct arena *a, struct str path, struct org *out)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_ORG_BY_HOOK_PATH);
    query_str(&q, path);
    return org_one(c, &q, a, out);
}

enum err sqlite_orgs(struct store_reader *r, struct arena *a, org_id after, struct org *out, size_t *count)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_ORGS);
    size_t n = 0;
    query_int(&q, after);
    query_int(&q, (int64_t)*count);
    while (query_row(&q)) org_read(&q, a, &out[n++]);
    return read_many(c, count, n);
}

enum err sqlite_programs(struct store_reader *r, struct arena *a, org_id org, uint32_t after, struct program *out,
                         size_t *count)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_PROGRAMS);
    size_t n = 0;
    query_int(&q, org);
    query_int(&q, after);
    query_int(&q, (int64_t)*count);
    while (query_row(&q)) {
        struct program *p = &out[n++];
        memset(p, 0, sizeof *p);
        p->id = query_get_u32(&q);
        p->org = query_get_u32(&q);
        p->name = query_get_str(&q, a);
        query_get_text(&q, p->service_sid, sizeof p->service_sid);
        p->registration = (enum registration_state)query_get_u8(&q);
        p->brand = (enum brand_type)query_get_u8(&q);
        p->brand_score = query_get_i32(&q);
        p->use_case = query_get_str(&q, a);
        p->brand_name = query_get_str(&q, a);
        p->traits = query_get_u32(&q);
        p->help_text = query_get_str(&q, a);
        p->created_ms = query_get(&q);
    }
    return read_many(c, count, n);
}

enum err sqlite_senders(struct store_reader *r, org_id org, uint32_t after, struct sender *out, size_t *count)
{
    struct conn *c = reader_conn(r);
    return read_many(c, count, senders_after(c, org, after, out, *count));
}

enum err sqlite_sender_by_address(struct store_reader *r, org_id org, struct str address, struct sender *out)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_SENDER_BY_ADDRESS);
    bool found;
    query_int(&q, org);
    query_str(&q, address);
    found = query_row(&q);
    if (found) sender_read(&q, out);
    query_end(&q);
    return read_one(c, found);
}

static void key_read(struct query *q, struct arena *a, struct api_key *out)
{
    struct str hash;
    memset(out, 0, sizeof *out);
    out->id = query_get_u32(q);
    out->org = query_get_u32(q);
    hash = query_get_view(q);
    if (hash.len == sizeof out->hash) memcpy(out->hash, hash.at, hash.len);
    query_get_text(q, out->hint, sizeof out->hint);
    out->name = query_get_str(q, a);
    out->scopes = query_get_u32(q);
    out->created_ms = query_get(q);
    out->expires_ms = query_get(q);
    out->revoked_ms = query_get(q);
}

enum err sqlite_key_by_hash(struct store_reader *r, struct arena *a, const unsigned char hash[32],
                            struct api_key *out)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_KEY_BY_HASH);
    bool found;
    query_blob(&q, hash, 32);
    found = query_row(&q);
    if (found) key_read(&q, a, out);
    query_end(&q);
    return read_one(c, found);
}

enum err sqlite_keys(struct store_reader *r, struct arena *a, org_id org, uint32_t after, struct api_key *out,
                     size_t *count)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_KEYS);
    size_t n = 0;
    query_int(&q, org);
    query_int(&q, after);
    query_int(&q, (int64_t)*count);
    while (query_row(&q)) key_read(&q, a, &out[n++]);
    return read_many(c, count, n);
}
