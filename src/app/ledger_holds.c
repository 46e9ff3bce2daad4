/* ledger_holds: derived consent, and what was sent, against the ledger. Contract in ledger_holds.h. */
#include "app/ledger_holds.h"

#include "base/arena.h"

enum { SCRATCH_BYTES = 64 << 20, MOST_HAVE = 32 };

struct entries {
    struct consent *rows;
    size_t count;
};

struct looking {
    struct store_reader *r;
    struct arena *a;
    org_id org;
    uint64_t number;
    struct entries all, own;       /* the installation's and the organization's */
    struct consent_entry *folding; /* room for either */
    struct ledger_holds found;
};

static enum err read_into(const struct looking *l, org_id org, size_t room, struct entries *out)
{
    out->count = room;
    out->rows = arena_alloc(l->a, room * sizeof *out->rows);
    return out->rows == NULL ? ERR_FULL
                             : l->r->store->ops->consents(l->r, l->a, org, l->number, 0, out->rows, &out->count);
}

/* Room for as many as a number may have is more than most need, and clearing it would take longer than all else. */
static enum err read_entries(const struct looking *l, org_id org, struct entries *out)
{
    enum err code = read_into(l, org, MOST_HAVE, out);

    if (code == ERR_OK && out->count == MOST_HAVE) code = read_into(l, org, LEDGER_FOLD_MAX + 1, out);
    return code == ERR_OK && out->count > LEDGER_FOLD_MAX ? ERR_LIMIT : code;
}

static struct consent_holds fold(const struct looking *l, const struct entries *of, enum consent_scope scope,
                                 uint32_t scope_id, int64_t by_ms)
{
    return consent_fold_by(of->rows, of->count, scope, scope_id, by_ms, l->folding);
}

/* What the entries give for messages of that program from that sender (0: of any). */
static struct consent_holds fold_scopes(const struct looking *l, uint32_t program, uint32_t sender, int64_t by_ms)
{
    struct consent_holds scopes[CONSENT_SCOPES] = {0};

    scopes[CONSENT_OF_ALL] = fold(l, &l->all, CONSENT_OF_ALL, 0, by_ms);
    scopes[CONSENT_OF_ORG] = fold(l, &l->own, CONSENT_OF_ORG, 0, by_ms);
    if (program != 0) scopes[CONSENT_OF_PROGRAM] = fold(l, &l->own, CONSENT_OF_PROGRAM, program, by_ms);
    if (sender != 0) scopes[CONSENT_OF_SENDER] = fold(l, &l->own, CONSENT_OF_SENDER, sender, by_ms);
    return consent_join(scopes);
}

/* Schemas before the chain kept no basis over an opt-out: less than the ledger gives is no alarm there. */
static bool same(const struct consent_holds *held, const struct consent_holds *want)
{
    if (held->kind != want->kind || held->at_ms != want->at_ms || held->entry != want->entry) return false;
    return held->kind == CONSENT_OPT_IN ? held->basis == want->basis : held->basis <= want->basis;
}

static enum err compare(struct looking *l, uint32_t program, uint32_t sender)
{
    struct consent_holds held, want = fold_scopes(l, program, sender, INT64_MAX);
    enum err code = l->r->store->ops->consent_holds(l->r, l->org, l->number, program, sender, &held);

    if (code == ERR_OK) l->found.agree = l->found.agree && same(&held, &want);
    return code;
}

/* ---- what was sent ---- */

/* When the first opt-out was noted; INT64_MAX: there is none. */
static int64_t first_out_ms(const struct entries *of)
{
    int64_t first_ms = INT64_MAX;

    for (size_t i = 0; i < of->count; i++)
        if (of->rows[i].kind == CONSENT_OPT_OUT && of->rows[i].recorded_ms < first_ms)
            first_ms = of->rows[i].recorded_ms;
    return first_ms;
}

static bool is_out(const struct looking *l, const struct message *m, int64_t by_ms)
{
    return fold_scopes(l, m->program, m->sender, by_ms).kind == CONSENT_OPT_OUT;
}

/* Did it stand at each change within the minute around as well? */
static bool stays_out(const struct looking *l, const struct message *m, const struct entries *of)
{
    for (size_t i = 0; i < of->count; i++) {
        int64_t at_ms = of->rows[i].recorded_ms;
        bool around = at_ms > m->armed_ms - LEDGER_SETTLED_MS && at_ms <= m->armed_ms + LEDGER_SETTLED_MS;
        if (around && !is_out(l, m, at_ms)) return false;
    }
    return true;
}

static enum err judge_messages(struct looking *l, int64_t out_ms)
{
    size_t count = LEDGER_MESSAGES_MAX;
    struct message *rows = arena_alloc(l->a, count * sizeof *rows);
    enum err code = rows == NULL ? ERR_FULL
                                 : l->r->store->ops->messages_to(l->r, l->a, l->org, l->number, rows, &count);

    if (code != ERR_OK) return code;
    l->found.read = count;
    for (size_t i = 0; i < count; i++) {
        const struct message *m = &rows[i];
        if (m->armed_ms - LEDGER_SETTLED_MS < out_ms || !is_out(l, m, m->armed_ms - LEDGER_SETTLED_MS)) continue;
        if (!stays_out(l, m, &l->own) || !stays_out(l, m, &l->all)) continue;
        if (l->found.sent_after++ == 0) l->found.example = m->id;
    }
    return ERR_OK;
}

static enum err judge_sent(struct looking *l)
{
    int64_t own_ms = first_out_ms(&l->own), all_ms = first_out_ms(&l->all), out_ms = own_ms < all_ms ? own_ms : all_ms;

    return l->org == 0 || out_ms == INT64_MAX ? ERR_OK : judge_messages(l, out_ms);
}

static enum err make_room(struct looking *l)
{
    size_t most = l->all.count > l->own.count ? l->all.count : l->own.count;

    l->folding = arena_alloc(l->a, (most + 1) * sizeof *l->folding);
    return l->folding == NULL ? ERR_FULL : ERR_OK;
}

static enum err look(struct looking *l)
{
    enum err code = read_entries(l, 0, &l->all);

    if (code == ERR_OK) code = read_entries(l, l->org, &l->own);
    if (code == ERR_OK) code = make_room(l);
    if (code == ERR_OK) code = compare(l, 0, 0);
    for (size_t i = 0; i < l->own.count && code == ERR_OK && l->found.agree; i++) {
        const struct consent *e = &l->own.rows[i];
        if (e->scope == CONSENT_OF_PROGRAM) code = compare(l, e->scope_id, 0);
        if (e->scope == CONSENT_OF_SENDER) code = compare(l, 0, e->scope_id);
    }
    if (code == ERR_OK) code = judge_sent(l);
    l->found.unjudged = code == ERR_LIMIT;
    return code == ERR_LIMIT ? ERR_OK : code;
}

enum err ledger_holds_look(struct store_reader *r, org_id org, uint64_t number, struct ledger_holds *out)
{
    struct arena scratch;
    struct looking l = {.r = r, .a = &scratch, .org = org, .number = number, .found.agree = true};
    enum err code;

    arena_init(&scratch, SCRATCH_BYTES);
    r->store->ops->reader_hold(r);
    code = look(&l);
    r->store->ops->reader_release(r);
    arena_reset(&scratch);
    *out = l.found;
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
