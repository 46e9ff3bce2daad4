/* consent: names, and the fold over a number's entries. Contract in consent.h. */
#include "rules/consent.h"

#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const char *const KINDS[CONSENT_KINDS] = {"none", "opted_out", "opted_in", "asked"};
static const char *const SCOPES[CONSENT_SCOPES] = {"organization", "program", "sender", "installation"};
static const char *const BASES[CONSENT_BASES] = {"none", "express", "written"};
static const char *const MEANS[CONSENT_MEANS] = {
    "other", "web_form", "keyword", "paper", "verbal", "point_of_sale", "double_opt_in", "import", "operator",
    "provider", "free_text", "wrong_number"};

static const char *name_in(const char *const *names, size_t count, unsigned index)
{
    return index < count ? names[index] : "";
}

static enum err index_in(const char *const *names, size_t count, struct str name, unsigned *index)
{
    for (size_t i = 0; i < count; i++) {
        if (!str_equal(str_from(names[i]), name)) continue;
        *index = (unsigned)i;
        return ERR_OK;
    }
    return ERR_INVALID;
}

const char *consent_kind_name(enum consent_kind k)
{
    return name_in(KINDS, COUNT(KINDS), (unsigned)k);
}

const char *consent_scope_name(enum consent_scope s)
{
    return name_in(SCOPES, COUNT(SCOPES), (unsigned)s);
}

const char *consent_basis_name(enum consent_basis b)
{
    return name_in(BASES, COUNT(BASES), (unsigned)b);
}

const char *consent_means_name(enum consent_means m)
{
    return name_in(MEANS, COUNT(MEANS), (unsigned)m);
}

enum err consent_kind_parse(struct str name, enum consent_kind *out)
{
    unsigned index;
    if (index_in(KINDS, COUNT(KINDS), name, &index) != ERR_OK) return ERR_INVALID;
    *out = (enum consent_kind)index;
    return ERR_OK;
}

enum err consent_scope_parse(struct str name, enum consent_scope *out)
{
    unsigned index;
    if (index_in(SCOPES, COUNT(SCOPES), name, &index) != ERR_OK) return ERR_INVALID;
    *out = (enum consent_scope)index;
    return ERR_OK;
}

enum err consent_basis_parse(struct str name, enum consent_basis *out)
{
    unsigned index;
    if (index_in(BASES, COUNT(BASES), name, &index) != ERR_OK) return ERR_INVALID;
    *out = (enum consent_basis)index;
    return ERR_OK;
}

enum err consent_means_parse(struct str name, enum consent_means *out)
{
    unsigned index;
    if (index_in(MEANS, COUNT(MEANS), name, &index) != ERR_OK) return ERR_INVALID;
    *out = (enum consent_means)index;
    return ERR_OK;
}

enum consent_means consent_means_of(struct str name)
{
    enum consent_means m = CONSENT_BY_OTHER;
    return consent_means_parse(name, &m) == ERR_OK ? m : CONSENT_BY_OTHER;
}

enum consent_basis consent_means_basis(enum consent_means m)
{
    switch (m) {
    case CONSENT_BY_WEB_FORM:
    case CONSENT_BY_KEYWORD:
    case CONSENT_BY_PAPER:
    case CONSENT_BY_POINT_OF_SALE:
    case CONSENT_BY_DOUBLE_OPT_IN:
    case CONSENT_BY_IMPORT: return CONSENT_BASIS_WRITTEN;
    case CONSENT_BY_OPERATOR: /* that somebody here wrote it down is no act of the person (64.1200(f)(9)) */
    case CONSENT_BY_VERBAL:
    case CONSENT_BY_OTHER: return CONSENT_BASIS_EXPRESS;
    default: return CONSENT_BASIS_NONE; /* these only take back */
    }
}

static void void_basis(struct consent_holds *h)
{
    h->basis = CONSENT_BASIS_NONE; /* it was somebody else's */
    h->basis_entry = 0;
}

static void opt_out(struct consent_holds *h, const struct consent_entry *e)
{
    if (h->kind == CONSENT_NONE || e->at_ms > h->at_ms || (e->at_ms == h->at_ms && h->kind == CONSENT_OPT_IN)) {
        h->kind = CONSENT_OPT_OUT;
        h->at_ms = e->at_ms;
        h->entry = e->id;
        h->imported = false;
    }
    if (e->means == CONSENT_BY_WRONG_NUMBER) void_basis(h);
}

static void opt_in(struct consent_holds *h, const struct consent_entry *e)
{
    bool lifts = h->kind == CONSENT_OPT_OUT;
    if (lifts && (e->at_ms <= h->at_ms || e->means == CONSENT_BY_IMPORT)) return;
    if (e->basis > h->basis || (lifts && e->means != CONSENT_BY_KEYWORD)) {
        h->basis = e->basis;
        h->basis_entry = e->id;
    }
    if (h->kind != CONSENT_NONE && e->at_ms <= h->at_ms) return;
    h->kind = CONSENT_OPT_IN;
    h->at_ms = e->at_ms;
    h->entry = e->id;
    h->imported = e->means == CONSENT_BY_IMPORT;
}

void consent_step(struct consent_holds *h, const struct consent_entry *e)
{
    bool is_void = e->kind == CONSENT_NONE && e->means == CONSENT_BY_WRONG_NUMBER;
    if (e->kind == CONSENT_OPT_OUT) opt_out(h, e);
    if (e->kind == CONSENT_OPT_IN) opt_in(h, e);
    if (is_void) void_basis(h);
    if ((is_void || e->kind == CONSENT_OPT_OUT || e->kind == CONSENT_OPT_IN) &&
        e->at_ms > h->seen_ms) h->seen_ms = e->at_ms;
}

bool consent_in_order(const struct consent_holds *h, const struct consent_entry *e)
{
    return h->kind == CONSENT_NONE || e->at_ms > h->seen_ms ||
           (e->kind != CONSENT_OPT_IN && e->kind != CONSENT_OPT_OUT);
}

bool consent_holds_same(const struct consent_holds *a, const struct consent_holds *b)
{
    return a->kind == b->kind && a->at_ms == b->at_ms && a->entry == b->entry && a->basis == b->basis &&
           a->basis_entry == b->basis_entry && a->seen_ms == b->seen_ms;
}

static int by_date(const void *left, const void *right)
{
    const struct consent_entry *a = left, *b = right;
    if (a->at_ms != b->at_ms) return a->at_ms < b->at_ms ? -1 : 1;
    if ((a->kind == CONSENT_OPT_OUT) != (b->kind == CONSENT_OPT_OUT)) return a->kind == CONSENT_OPT_OUT ? 1 : -1;
    return a->id < b->id ? -1 : a->id > b->id;
}

struct consent_holds consent_fold(struct consent_entry *entries, size_t count)
{
    struct consent_holds h = {0};
    if (count > 1) qsort(entries, count, sizeof *entries, by_date);
    for (size_t i = 0; i < count; i++) consent_step(&h, &entries[i]);
    return h;
}

/* Does this opt-in take that opt-out of another scope back? */
static bool takes_back(const struct consent_holds *in, const struct consent_holds *out)
{
    return in->at_ms > out->at_ms && in->entry > out->entry && !in->imported;
}

static void best_basis(struct consent_holds *h, const struct consent_holds *other)
{
    if (other->basis <= h->basis) return;
    h->basis = other->basis;
    h->basis_entry = other->basis_entry;
}

static struct consent_holds join_two(const struct consent_holds *a, const struct consent_holds *b)
{
    bool a_is_later = a->at_ms > b->at_ms;
    struct consent_holds both;
    if (b->kind == CONSENT_NONE) return *a;
    if (a->kind == CONSENT_NONE) return *b;
    if (a->kind != b->kind) {
        const struct consent_holds *in = a->kind == CONSENT_OPT_IN ? a : b, *out = a->kind == CONSENT_OPT_IN ? b : a;
        return takes_back(in, out) ? *in : *out;
    }
    both = a_is_later ? *a : *b;
    if (both.kind == CONSENT_OPT_IN) best_basis(&both, a_is_later ? b : a);
    return both;
}

struct consent_holds consent_join(const struct consent_holds scopes[CONSENT_SCOPES])
{
    struct consent_holds out = scopes[CONSENT_OF_ORG];
    if (scopes[CONSENT_OF_ALL].kind == CONSENT_OPT_OUT) return scopes[CONSENT_OF_ALL];
    for (unsigned i = CONSENT_OF_PROGRAM; i <= CONSENT_OF_SENDER; i++) out = join_two(&out, &scopes[i]);
    return out;
}
