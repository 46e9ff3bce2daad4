/* consent: the ledger in memory. What holds is always folded anew over all entries of a number: the plain model that
 * the other twin's steps are compared with. */
#include "store/ram/ram.h"

#include "store/chain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct consent_holds fold(const struct ram_store *s, org_id org, uint64_t number, enum consent_scope scope,
                                 uint32_t scope_id)
{
    const struct ram_of_number *known = ram_number(s, org, number);
    const struct ram_consent *e = known == NULL ? NULL : known->entries;
    struct consent_holds h;
    struct consent_entry *entries;
    size_t count = 0;
    for (const struct ram_consent *n = e; n != NULL; n = n->older) count++;
    entries = calloc(count + 1, sizeof *entries);
    BUG_IF(entries == NULL);
    count = 0;
    for (; e != NULL; e = e->older)
        if (consent_in_scope(&e->c, scope, scope_id, &entries[count])) count++;
    h = consent_fold(entries, count);
    free(entries);
    return h;
}

static bool has_narrow(const struct ram_of_number *known)
{
    const struct ram_consent *e = known->entries;
    while (e != NULL && e->c.scope == CONSENT_OF_ORG) e = e->older;
    return e != NULL;
}

struct consent_holds ram_consent_holds_for(const struct ram_store *s, org_id org, uint64_t number, uint32_t program,
                                           uint32_t sender)
{
    const struct ram_of_number *known = org == 0 ? NULL : ram_number(s, org, number), *all = ram_number(s, 0, number);
    struct consent_holds scopes[CONSENT_SCOPES] = {0}, joined;
    if (known == NULL && all == NULL) return scopes[0];
    if (all != NULL) scopes[CONSENT_OF_ALL] = all->holds;
    if (known != NULL && known->entries != NULL) {
        scopes[CONSENT_OF_ORG] = known->holds;
        scopes[CONSENT_OF_PROGRAM] = fold(s, org, number, CONSENT_OF_PROGRAM, program);
        if (sender != 0) scopes[CONSENT_OF_SENDER] = fold(s, org, number, CONSENT_OF_SENDER, sender);
    }
    joined = consent_join(scopes);
    joined.narrow = known != NULL && has_narrow(known);
    return joined;
}

/* Puts the entry at the end of its organization's chain. */
static void chain(struct ram_store *s, struct consent *e)
{
    struct tree_key key = ram_key(e->org, 0, 0);
    union map_value *place = tree_get(&s->chains, &key);
    struct chain_head *head = place == NULL ? ram_new(s, sizeof *head) : place->ptr;
    if (place == NULL) ram_tree_put(s, &s->chains, &key, (union map_value){.ptr = head});
    ram_touch(s, head, sizeof *head);
    BUG_IF(chain_append(head, e) != ERR_OK);
}

bool ram_consent(struct ram_store *s, struct consent *event)
{
    struct tree_key key = ram_sid_key(event->org, event->sid);
    struct ram_of_number *known;
    struct ram_consent *row;
    if (event->sid[0] != 0 && tree_get(&s->consent_sids, &key) != NULL) return false;
    RAM_SET(s, s->counters[RAM_CONSENTS], s->counters[RAM_CONSENTS] + 1);
    event->id = s->counters[RAM_CONSENTS];
    chain(s, event);
    row = ram_new(s, sizeof *row);
    row->c = *event;
    row->c.source = ram_text(s, event->source);
    row->c.evidence = ram_text(s, event->evidence);
    row->c.proof = ram_text(s, event->proof);
    ram_table_add(s, &s->consents, row->c.id, row);
    if (event->sid[0] != 0) ram_tree_put(s, &s->consent_sids, &key, (union map_value){.ptr = row});
    known = ram_number_put(s, event->org, event->number);
    row->older = known->entries;
    RAM_SET(s, known->entries, row);
    if (event->scope == CONSENT_OF_ORG || event->scope == CONSENT_OF_ALL)
        RAM_SET(s, known->holds, fold(s, event->org, event->number, event->scope, event->scope_id));
    if (fold(s, event->org, event->number, event->scope, event->scope_id).entry != event->id) return false;
    if (event->org != 0 && consent_means_of(event->source) != CONSENT_BY_IMPORT)
        ram_event(s, (struct event){.org = event->org, .type = EVENT_CONSENT, .ref = event->number,
                                    .state = (uint8_t)event->kind, .at_ms = event->at_ms});
    return true;
}

void ram_suppress(struct ram_store *s, org_id org, uint64_t number, int32_t error_code, int64_t now_ms)
{
    char evidence[32];
    struct consent e = {.org = org, .number = number, .kind = CONSENT_OPT_OUT, .at_ms = now_ms,
                        .recorded_ms = now_ms, .source = STR("provider")};
    (void)snprintf(evidence, sizeof evidence, "error %d", error_code);
    e.evidence = str_from(evidence);
    (void)ram_consent(s, &e);
}

void ram_attest(struct ram_store *s, org_id org, uint64_t number, uint64_t attestation)
{
    const struct ram_consent *row = ram_row(&s->consents, attestation);
    const struct ram_of_number *known = ram_number(s, org, number);
    char proof[CONSENT_ATTESTED_BYTES];
    struct consent e;
    if (row == NULL || row->c.org != org || row->c.basis == CONSENT_BASIS_NONE) return;
    if (known != NULL && known->holds.kind == CONSENT_OPT_OUT) return;
    if (known != NULL && known->holds.kind == CONSENT_OPT_IN && known->holds.basis >= row->c.basis) return;
    consent_attested_proof(attestation, proof);
    e = (struct consent){.org = org, .number = number, .kind = CONSENT_OPT_IN, .basis = row->c.basis,
                         .at_ms = row->c.at_ms, .recorded_ms = row->c.recorded_ms, .source = STR("import"),
                         .proof = str_from(proof)};
    (void)ram_consent(s, &e);
}

static enum err check_scope(const struct ram_store *s, struct change *base, const struct consent *e)
{
    const struct sender *sender;
    if (e->scope == CONSENT_OF_ALL && e->org == 0) return ERR_OK;
    if (e->scope == CONSENT_OF_ALL)
        return ram_refuse(base, ERR_INVALID, "an entry for the whole installation belongs to no organization");
    if (ram_org(s, e->org) == NULL)
        return ram_refuse(base, ERR_NOT_FOUND, "there is no organization %u", e->org);
    if (e->scope == CONSENT_OF_PROGRAM && ram_program(s, e->org, e->scope_id) == NULL)
        return ram_refuse(base, ERR_NOT_FOUND, "there is no program %u", e->scope_id);
    sender = e->scope == CONSENT_OF_SENDER ? ram_row(&s->senders, e->scope_id) : NULL;
    if (e->scope == CONSENT_OF_SENDER && (sender == NULL || sender->org != e->org))
        return ram_refuse(base, ERR_NOT_FOUND, "there is no sender %u", e->scope_id);
    return ERR_OK;
}

static enum err check_entry(const struct ram_store *s, struct change *base, const struct consent *e)
{
    if (e->kind <= CONSENT_NONE || e->kind >= CONSENT_KINDS)
        return ram_refuse(base, ERR_INVALID, "a consent event is an opt-in or an opt-out");
    return check_scope(s, base, e);
}

static bool is_there(const struct ram_store *s, const struct consent *e)
{
    const struct ram_of_number *known = ram_number(s, e->org, e->number);
    for (const struct ram_consent *n = known == NULL ? NULL : known->entries; n != NULL; n = n->older)
        if (n->c.scope == e->scope && n->c.scope_id == e->scope_id && n->c.kind == e->kind &&
            str_equal(n->c.source, e->source) && n->c.basis == e->basis && n->c.at_ms == e->at_ms)
            return true;
    return false;
}

static enum err apply_rows(struct ram_store *s, struct change_consent *c)
{
    enum err code = ERR_OK;
    c->added = c->repeated = 0;
    for (size_t i = 0; i < c->count && code == ERR_OK; i++) code = check_entry(s, &c->head, &c->rows[i]);
    for (size_t i = 0; i < c->count && code == ERR_OK; i++) {
        if (is_there(s, &c->rows[i])) {
            c->repeated++;
            continue;
        }
        (void)ram_consent(s, &c->rows[i]);
        c->added++;
    }
    return code;
}

enum err ram_apply_consent(struct ram_store *s, struct change *base)
{
    struct change_consent *c = (struct change_consent *)base;
    enum err code;
    c->applied = false;
    if (c->rows != NULL) return apply_rows(s, c);
    code = check_entry(s, base, &c->event);
    if (code != ERR_OK) return code;
    if (c->entered && c->event.kind == CONSENT_OPT_OUT) {
        struct consent_holds held = fold(s, c->event.org, c->event.number, c->event.scope, c->event.scope_id);
        if (held.at_ms > c->event.at_ms) c->event.at_ms = held.at_ms;
    }
    c->applied = ram_consent(s, &c->event);
    return ERR_OK;
}

/* ---- reads ---- */

static void consent_out(struct arena *a, const struct consent *row, struct consent *out, enum err *code)
{
    *out = *row;
    out->source = ram_out_text(a, row->source, code);
    out->evidence = ram_out_text(a, row->evidence, code);
    out->proof = ram_out_text(a, row->proof, code);
}

enum err ram_consent_get(struct store_reader *r, struct arena *a, org_id org, uint64_t number, struct consent *out)
{
    struct ram_store *s = ram_read_begin(r);
    const struct ram_of_number *known = ram_number(s, org, number);
    const struct ram_consent *row = NULL;
    enum err code = ERR_OK;
    if (known != NULL && known->holds.kind != CONSENT_NONE) row = ram_row(&s->consents, known->holds.entry);
    if (row == NULL) return ram_read_end(s, ERR_NOT_FOUND);
    consent_out(a, &row->c, out, &code);
    return ram_read_end(s, code);
}

enum err ram_consent_holds(struct store_reader *r, org_id org, uint64_t number, uint32_t program, uint32_t sender,
                           struct consent_holds *out)
{
    struct ram_store *s = ram_read_begin(r);
    *out = ram_consent_holds_for(s, org, number, program, sender);
    return ram_read_end(s, ERR_OK);
}

enum err ram_consent_head(struct store_reader *r, org_id org, struct chain_head *out)
{
    struct ram_store *s = ram_read_begin(r);
    struct tree_key key = ram_key(org, 0, 0);
    union map_value *place = tree_get(&s->chains, &key);
    *out = (struct chain_head){0};
    if (place != NULL) *out = *(const struct chain_head *)place->ptr;
    return ram_read_end(s, ERR_OK);
}

enum err ram_consents(struct store_reader *r, struct arena *a, org_id org, uint64_t number, uint64_t after,
                      struct consent *out, size_t *count)
{
    struct ram_store *s = ram_read_begin(r);
    size_t room = *count;
    enum err code = ERR_OK;
    *count = 0;
    for (size_t i = ram_row_after(&s->consents, after); i < s->consents.count && *count < room; i++) {
        const struct consent *row = &((const struct ram_consent *)s->consents.at[i].row)->c;
        if (row->org == org && (number == 0 || row->number == number)) consent_out(a, row, &out[(*count)++], &code);
    }
    return ram_read_end(s, code);
}
