/* ledger_holds: derived consent against the ledger that it is derived from. Contract in ledger_holds.h. */
#include "app/ledger_holds.h"

#include "base/arena.h"

enum { SCRATCH_BYTES = 64 << 20 };

struct entries {
    struct consent *rows;
    size_t count;
};

struct looking {
    struct store_reader *r;
    struct arena *a;
    org_id org;
    uint64_t number;
    struct entries all, own; /* the installation's and the organization's */
    bool agree;
};

static enum err read_entries(const struct looking *l, org_id org, struct entries *out)
{
    enum err code;

    out->count = LEDGER_FOLD_MAX + 1;
    out->rows = arena_alloc(l->a, out->count * sizeof *out->rows);
    if (out->rows == NULL) return ERR_FULL;
    code = l->r->store->ops->consents(l->r, l->a, org, l->number, 0, out->rows, &out->count);
    return code == ERR_OK && out->count > LEDGER_FOLD_MAX ? ERR_LIMIT : code;
}

static enum err fold(const struct looking *l, const struct entries *of, enum consent_scope scope, uint32_t scope_id,
                     struct consent_holds *out)
{
    struct consent_entry *entries = arena_alloc(l->a, (of->count + 1) * sizeof *entries);
    size_t kept = 0;

    if (entries == NULL) return ERR_FULL;
    for (size_t i = 0; i < of->count; i++) kept += consent_in_scope(&of->rows[i], scope, scope_id, &entries[kept]);
    *out = consent_fold(entries, kept);
    return ERR_OK;
}

/* Schemas before the chain kept no basis over an opt-out: less than the ledger gives is no alarm there. */
static bool same(const struct consent_holds *held, const struct consent_holds *want)
{
    if (held->kind != want->kind || held->at_ms != want->at_ms || held->entry != want->entry) return false;
    return held->kind == CONSENT_OPT_IN ? held->basis == want->basis : held->basis <= want->basis;
}

/* What holds for messages of that program, or from that sender (0: of any). */
static enum err compare(struct looking *l, uint32_t program, uint32_t sender)
{
    struct consent_holds scopes[CONSENT_SCOPES] = {0}, held, want;
    enum err code = fold(l, &l->all, CONSENT_OF_ALL, 0, &scopes[CONSENT_OF_ALL]);

    if (code == ERR_OK) code = fold(l, &l->own, CONSENT_OF_ORG, 0, &scopes[CONSENT_OF_ORG]);
    if (code == ERR_OK && program != 0)
        code = fold(l, &l->own, CONSENT_OF_PROGRAM, program, &scopes[CONSENT_OF_PROGRAM]);
    if (code == ERR_OK && sender != 0) code = fold(l, &l->own, CONSENT_OF_SENDER, sender, &scopes[CONSENT_OF_SENDER]);
    if (code == ERR_OK) code = l->r->store->ops->consent_holds(l->r, l->org, l->number, program, sender, &held);
    if (code != ERR_OK) return code;
    want = consent_join(scopes);
    l->agree = l->agree && same(&held, &want);
    return ERR_OK;
}

static enum err look(struct looking *l)
{
    enum err code = read_entries(l, 0, &l->all);

    if (code == ERR_OK) code = read_entries(l, l->org, &l->own);
    if (code == ERR_OK) code = compare(l, 0, 0);
    for (size_t i = 0; i < l->own.count && code == ERR_OK && l->agree; i++) {
        const struct consent *e = &l->own.rows[i];
        if (e->scope == CONSENT_OF_PROGRAM) code = compare(l, e->scope_id, 0);
        if (e->scope == CONSENT_OF_SENDER) code = compare(l, 0, e->scope_id);
    }
    return code == ERR_LIMIT ? ERR_OK : code;
}

enum err ledger_holds_agree(struct store_reader *r, org_id org, uint64_t number, bool *agree)
{
    struct arena scratch;
    struct looking l = {.r = r, .a = &scratch, .org = org, .number = number, .agree = true};
    enum err code;

    arena_init(&scratch, SCRATCH_BYTES);
    r->store->ops->reader_hold(r);
    code = look(&l);
    r->store->ops->reader_release(r);
    arena_reset(&scratch);
    *agree = l.agree;
    return code;
}

enum err ledger_holds_last(struct store_reader *r, const struct consent *e, bool *last)
{
    struct arena scratch;
    struct consent next;
    size_t count = 1;
    enum err code;

    *last = false;
    if (e->number == 0) return ERR_OK; /* an attestation: nobody's */
    arena_init(&scratch, 1 << 20);
    code = r->store->ops->consents(r, &scratch, e->org, e->number, e->id, &next, &count);
    arena_reset(&scratch);
    *last = code == ERR_OK && count == 0;
    return code;
}
