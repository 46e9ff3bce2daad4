/* consent: the ledger of opt-ins and opt-outs, append-only and chained, and what holds now for each number. */
#include "store/sqlite/parts.h"

#include "store/chain.h"
#include "store/sid.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VOID_MAX = 256 };   /* narrow scopes of one number */
enum { FOLD_MAX = 100000 }; /* entries of one number in one scope that are folded anew */

/* ---- what holds ---- */

struct consent_holds consent_holds_read(struct query *q)
{
    struct consent_holds h = {0};
    h.kind = (enum consent_kind)query_get_u8(q);
    h.at_ms = query_get(q);
    h.entry = query_get_id(q);
    h.basis = (enum consent_basis)query_get_u8(q);
    h.basis_entry = query_get_id(q);
    h.seen_ms = query_get(q);
    return h;
}

static struct consent_holds held_in_scope(struct conn *c, org_id org, uint64_t number, enum consent_scope scope,
                                          uint32_t scope_id)
{
    bool whole = scope == CONSENT_OF_ORG || scope == CONSENT_OF_ALL;
    struct query q = query_open(c, whole ? SQL_CONSENT_HELD : SQL_CONSENT_SCOPE_HELD);
    struct consent_holds h = {0};
    query_int(&q, org);
    query_id(&q, number);
    if (!whole) {
        query_int(&q, scope);
        query_int(&q, scope_id);
    }
    if (query_row(&q)) h = consent_holds_read(&q);
    query_end(&q);
    return h;
}

/* An import's opt-in takes no opt-out of another scope back: only where the two meet is it asked for. */
static void ask_imports(struct conn *c, org_id org, struct consent_holds scopes[CONSENT_SCOPES])
{
    bool refused = false;
    for (unsigned i = 0; i < CONSENT_OF_ALL; i++) refused = refused || scopes[i].kind == CONSENT_OPT_OUT;
    for (unsigned i = 0; refused && i < CONSENT_OF_ALL; i++) {
        struct query q;
        if (scopes[i].kind != CONSENT_OPT_IN) continue;
        q = query_open(c, SQL_CONSENT_SOURCE);
        query_int(&q, org);
        query_id(&q, scopes[i].entry);
        if (query_row(&q)) scopes[i].imported = consent_means_of(query_get_view(&q)) == CONSENT_BY_IMPORT;
        query_end(&q);
    }
}

struct consent_holds consent_holds_for(struct conn *c, org_id org, uint64_t number, uint32_t program, uint32_t sender)
{
    struct consent_holds scopes[CONSENT_SCOPES] = {0}, joined;
    struct query q = query_open(c, SQL_CONSENT_NOW);
    bool scoped = false;
    query_int(&q, org);
    query_id(&q, number);
    query_id(&q, number);
    while (query_row(&q)) {
        bool all = query_get_u32(&q) == 0;
        if (query_get(&q) != 0 && !all) scoped = true;
        scopes[all ? CONSENT_OF_ALL : CONSENT_OF_ORG] = consent_holds_read(&q);
    }
    if (scoped) {
        scopes[CONSENT_OF_PROGRAM] = held_in_scope(c, org, number, CONSENT_OF_PROGRAM, program);
        if (sender != 0) scopes[CONSENT_OF_SENDER] = held_in_scope(c, org, number, CONSENT_OF_SENDER, sender);
        ask_imports(c, org, scopes);
    }
    joined = consent_join(scopes);
    joined.narrow = scoped;
    return joined;
}

static void bind_holds(struct query *q, const struct consent_holds *h)
{
    query_int(q, h->kind);
    query_int(q, h->at_ms);
    query_id(q, h->entry);
    query_int(q, h->basis);
    query_id(q, h->basis_entry);
    query_int(q, h->seen_ms);
}

static void hold(struct sqlite_store *s, const struct consent *e, const struct consent_holds *h)
{
    bool whole = e->scope == CONSENT_OF_ORG || e->scope == CONSENT_OF_ALL;
    struct query q;
    if (!whole) {
        q = query_open(&s->conn, SQL_CONSENT_SCOPED);
        query_int(&q, e->org);
        query_id(&q, e->number);
        (void)query_run(&q);
    }
    q = query_open(&s->conn, whole ? SQL_CONSENT_HOLD : SQL_CONSENT_SCOPE_HOLD);
    query_int(&q, e->org);
    query_id(&q, e->number);
    if (!whole) {
        query_int(&q, e->scope);
        query_int(&q, e->scope_id);
    }
    bind_holds(&q, h);
    (void)query_run(&q);
}

static struct consent_entry entry_of(const struct consent *e)
{
    return (struct consent_entry){e->id, e->at_ms, e->kind, consent_means_of(e->source), e->basis};
}

/* Over every entry of the scope, because one came that is older than what held, or is of a narrow scope, whose basis
 * other scopes' entries take away. */
static struct consent_holds fold_anew(struct sqlite_store *s, const struct consent *e)
{
    struct query q = query_open(&s->conn, SQL_CONSENT_FOLD);
    struct consent_entry *entries = NULL;
    struct consent_holds h = {0};
    size_t count = 0, capacity = 0;
    query_int(&q, e->org);
    query_id(&q, e->number);
    query_int(&q, e->scope);
    query_int(&q, e->scope_id);
    while (count < FOLD_MAX && query_row(&q)) {
        if (count == capacity) {
            size_t wanted = capacity == 0 ? 16 : capacity * 2;
            struct consent_entry *grown = realloc(entries, wanted * sizeof *grown);
            if (grown == NULL) {
                store_out_of_memory(s);
                break;
            }
            entries = grown;
            capacity = wanted;
        }
        entries[count].id = query_get_id(&q);
        entries[count].at_ms = query_get(&q);
        entries[count].kind = (enum consent_kind)query_get_u8(&q);
        entries[count].means = consent_means_of(query_get_view(&q));
        entries[count].basis = (enum consent_basis)query_get_u8(&q);
        if (query_get_u8(&q) != e->scope || query_get_u32(&q) != e->scope_id)
            entries[count] = consent_void(entries[count].id, entries[count].at_ms);
        count++;
    }
    query_end(&q);
    if (count > 0) h = consent_fold(entries, count);
    free(entries);
    return h;
}

/* ---- the ledger ---- */

static bool sid_known(struct sqlite_store *s, org_id org, const char *sid)
{
    struct query q;
    bool found;
    if (sid[0] == 0) return false;
    q = query_open(&s->conn, SQL_CONSENT_SID_KNOWN);
    query_int(&q, org);
    query_sid(&q, sid);
    found = query_row(&q);
    query_end(&q);
    return found;
}

struct chain_head consent_head_read(struct conn *c, org_id org)
{
    struct query q = query_open(c, SQL_CHAIN_GET);
    struct chain_head head = {0};
    query_int(&q, org);
    if (query_row(&q)) {
        struct str hash;
        head.count = query_get_id(&q);
        hash = query_get_view(&q);
        if (hash.len == sizeof head.hash) memcpy(head.hash, hash.at, sizeof head.hash);
        else conn_fail(c, SQLITE_CORRUPT, "reading the consent ledger's head");
    }
    query_end(&q);
    return head;
}

static void head_save(struct sqlite_store *s, org_id org, const struct chain_head *head)
{
    struct query q = query_open(&s->conn, SQL_CHAIN_SAVE);
    query_int(&q, org);
    query_id(&q, head->count);
    query_blob(&q, head->hash, sizeof head->hash);
    (void)query_run(&q);
}

static void consent_insert(struct sqlite_store *s, const struct consent *e)
{
    struct query q = query_open(&s->conn, SQL_CONSENT_INSERT);
    query_id(&q, e->id);
    query_int(&q, e->org);
    query_id(&q, e->number);
    query_int(&q, e->kind);
    query_int(&q, e->at_ms);
    query_str(&q, e->source);
    query_str(&q, e->evidence);
    query_sid(&q, e->sid);
    query_int(&q, e->scope);
    query_int(&q, e->scope_id);
    query_int(&q, e->basis);
    query_int(&q, e->recorded_ms);
    query_str(&q, e->proof);
    query_id(&q, e->position);
    query_blob(&q, e->hash, sizeof e->hash);
    (void)query_run(&q);
}

/* Writes the entry at the end of its organization's chain. */
static void append(struct sqlite_store *s, struct consent *e)
{
    struct chain_head head = consent_head_read(&s->conn, e->org);
    e->id = store_next(s, COUNTER_CONSENT);
    if (chain_append(&head, e) != ERR_OK) store_out_of_memory(s);
    consent_insert(s, e);
    head_save(s, e->org, &head);
}

/* The number turned out to be somebody else's: so it is in every narrower scope. */
static void void_scopes(struct sqlite_store *s, const struct consent *e)
{
    struct query q = query_open(&s->conn, SQL_CONSENT_SCOPES_OF);
    struct consent scopes[VOID_MAX] = {0};
    size_t count = 0;
    query_int(&q, e->org);
    query_id(&q, e->number);
    while (count < VOID_MAX && query_row(&q)) {
        scopes[count] = (struct consent){.org = e->org, .number = e->number};
        scopes[count].scope = (enum consent_scope)query_get_u8(&q);
        scopes[count++].scope_id = query_get_u32(&q);
    }
    query_end(&q);
    for (size_t i = 0; i < count; i++) {
        struct consent_holds now = fold_anew(s, &scopes[i]);
        hold(s, &scopes[i], &now);
    }
}

bool consent_record(struct sqlite_store *s, struct consent *e)
{
    struct consent_holds held, now;
    struct consent_entry entry;
    bool narrow = e->scope == CONSENT_OF_PROGRAM || e->scope == CONSENT_OF_SENDER;
    if (sid_known(s, e->org, e->sid)) return false;
    append(s, e);
    held = now = held_in_scope(&s->conn, e->org, e->number, e->scope, e->scope_id);
    entry = entry_of(e);
    if (entry.means == CONSENT_BY_WRONG_NUMBER && e->scope == CONSENT_OF_ORG) void_scopes(s, e);
    if (!narrow && consent_in_order(&held, &entry)) consent_step(&now, &entry);
    else now = fold_anew(s, e);
    if (!consent_holds_same(&now, &held)) hold(s, e, &now);
    if (now.entry != e->id) return false;
    if (e->org != 0 && entry.means != CONSENT_BY_IMPORT) /* the import tells itself */
        event_add(s, &(struct event){.org = e->org, .type = EVENT_CONSENT, .ref = e->number,
                                     .state = (uint8_t)e->kind, .at_ms = e->at_ms});
    return true;
}

void consent_suppress(struct sqlite_store *s, org_id org, uint64_t number, int32_t error_code, int64_t now_ms)
{
    char evidence[32];
    struct consent e = {.org = org, .number = number, .kind = CONSENT_OPT_OUT, .at_ms = now_ms,
                        .recorded_ms = now_ms, .source = STR("provider")};
    (void)snprintf(evidence, sizeof evidence, "error %d", error_code);
    e.evidence = str_from(evidence);
    (void)consent_record(s, &e);
}

struct consent_attested consent_attested_read(struct sqlite_store *s, org_id org, uint64_t attestation)
{
    struct consent_attested a = {.org = org, .entry = attestation};
    struct query q = query_open(&s->conn, SQL_CONSENT_ATTESTED);
    query_int(&q, org);
    query_id(&q, attestation);
    if (query_row(&q)) {
        a.at_ms = query_get(&q);
        a.recorded_ms = query_get(&q);
        a.basis = (enum consent_basis)query_get_u8(&q);
    }
    query_end(&q);
    return a;
}

void consent_attest(struct sqlite_store *s, const struct consent_attested *a, uint64_t number)
{
    struct consent_holds held = held_in_scope(&s->conn, a->org, number, CONSENT_OF_ORG, 0);
    struct consent e = {.org = a->org, .number = number, .kind = CONSENT_OPT_IN, .basis = a->basis,
                        .at_ms = a->at_ms, .recorded_ms = a->recorded_ms, .source = STR("import")};
    char proof[CONSENT_ATTESTED_BYTES];
    if (held.kind == CONSENT_OPT_OUT || (held.kind == CONSENT_OPT_IN && held.basis >= a->basis)) return;
    consent_attested_proof(a->entry, proof);
    e.proof = str_from(proof);
    (void)consent_record(s, &e);
}

static enum err check_scope(struct sqlite_store *s, struct change *base, const struct consent *e)
{
    if (e->scope == CONSENT_OF_ALL) {
        if (e->org == 0) return ERR_OK;
        return refuse(base, ERR_INVALID, "an entry for the whole installation belongs to no organization");
    }
    if (org_facts(s, e->org) == NULL) return refuse(base, ERR_NOT_FOUND, "there is no organization %u", e->org);
    if (e->scope == CONSENT_OF_PROGRAM && !program_exists(s, e->org, e->scope_id))
        return refuse(base, ERR_NOT_FOUND, "there is no program %u", e->scope_id);
    if (e->scope == CONSENT_OF_SENDER && !sender_exists(s, e->org, e->scope_id))
        return refuse(base, ERR_NOT_FOUND, "there is no sender %u", e->scope_id);
    return ERR_OK;
}

static enum err check_entry(struct sqlite_store *s, struct change *base, const struct consent *e)
{
    if (e->kind <= CONSENT_NONE || e->kind >= CONSENT_KINDS)
        return refuse(base, ERR_INVALID, "a consent event is an opt-in or an opt-out");
    return check_scope(s, base, e);
}

static bool is_there(struct sqlite_store *s, const struct consent *e)
{
    struct query q = query_open(&s->conn, SQL_CONSENT_SAME);
    bool found;
    query_int(&q, e->org);
    query_id(&q, e->number);
    query_int(&q, e->scope);
    query_int(&q, e->scope_id);
    query_int(&q, e->kind);
    query_str(&q, e->source);
    query_int(&q, e->basis);
    query_int(&q, e->at_ms);
    found = query_row(&q);
    query_end(&q);
    return found;
}

/* All are looked at before the first is written. */
static enum err apply_rows(struct sqlite_store *s, struct change_consent *c)
{
    c->added = c->repeated = 0;
    for (size_t i = 0; i < c->count; i++) {
        enum err code = check_entry(s, &c->head, &c->rows[i]);
        if (code != ERR_OK) return code;
    }
    for (size_t i = 0; i < c->count; i++) {
        if (is_there(s, &c->rows[i])) {
            c->repeated++;
            continue;
        }
        (void)consent_record(s, &c->rows[i]);
        c->added++;
    }
    return ERR_OK;
}

enum err apply_consent(struct sqlite_store *s, struct change *base)
{
    struct change_consent *c = (struct change_consent *)base;
    enum err code;
    c->applied = false;
    if (c->rows != NULL) return apply_rows(s, c);
    code = check_entry(s, base, &c->event);
    if (code != ERR_OK) return code;
    if (c->entered && c->event.kind == CONSENT_OPT_OUT) {
        struct consent_holds held =
            held_in_scope(&s->conn, c->event.org, c->event.number, c->event.scope, c->event.scope_id);
        if (held.at_ms > c->event.at_ms) c->event.at_ms = held.at_ms;
    }
    c->applied = consent_record(s, &c->event);
    return ERR_OK;
}
