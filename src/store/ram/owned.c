/* owned: numbers that organizations have at Twilio, and how their accounts there differ, in memory. */
#include "store/ram/ram.h"

#include <string.h>

/* ---- numbers ---- */

static const struct owned_number *live_one(const struct ram_store *s, org_id org, struct str number, uint64_t but)
{
    for (size_t i = 0; i < s->owned.count && number.len > 0; i++) {
        const struct owned_number *row = s->owned.at[i].row;
        if (row->org == org && row->id != but && owned_is_live(row->state) && str_equal(str_from(row->number), number))
            return row;
    }
    return NULL;
}

static void insert(struct ram_store *s, struct owned_number *n)
{
    struct owned_number *row = ram_new(s, sizeof *row);
    RAM_SET(s, s->counters[RAM_OWNED], s->counters[RAM_OWNED] + 1);
    n->id = s->counters[RAM_OWNED];
    n->rev = 1;
    *row = *n;
    row->wish = ram_text(s, n->wish);
    row->notes = ram_text(s, n->notes);
    row->why = ram_text(s, n->why);
    ram_table_add(s, &s->owned, n->id, row);
}

static void update(struct ram_store *s, struct owned_number *row, struct owned_number *n)
{
    struct owned_number old = *row;

    n->created_ms = old.created_ms;
    n->rev = old.rev + 1;
    ram_touch(s, row, sizeof *row);
    *row = *n;
    row->wish = old.wish;
    row->notes = old.notes;
    row->why = old.why;
    ram_set_text(s, &row->wish, n->wish);
    ram_set_text(s, &row->notes, n->notes);
    ram_set_text(s, &row->why, n->why);
}

static enum err put(struct ram_store *s, struct change_owned *c, struct owned_number *n)
{
    struct owned_number *row = n->id == 0 ? NULL : ram_row(&s->owned, n->id);

    if (n->program != 0 && ram_program(s, n->org, n->program) == NULL)
        return ram_refuse(&c->head, ERR_NOT_FOUND, "there is no such program");
    if (n->id != 0 && (row == NULL || row->org != n->org))
        return ram_refuse(&c->head, ERR_NOT_FOUND, "there is no such number");
    if (row != NULL && row->rev != n->rev)
        return ram_refuse(&c->head, ERR_CONFLICT, "the number was changed meanwhile; look at it again");
    if (owned_is_live(n->state) && live_one(s, n->org, str_from(n->number), n->id) != NULL)
        return ram_refuse(&c->head, ERR_CONFLICT, "the organization has %s already", n->number);
    if (row == NULL) insert(s, n);
    else update(s, row, n);
    if (c->quiet) return ERR_OK;
    ram_event(s, (struct event){.org = n->org, .type = EVENT_NUMBER, .ref = n->id, .state = (uint8_t)n->state,
                                .code = n->code, .at_ms = n->updated_ms});
    return ERR_OK;
}

enum err ram_apply_owned(struct ram_store *s, struct change *base)
{
    struct change_owned *c = (struct change_owned *)base;
    struct change_senders sender = {.senders = c->sender, .count = c->sender != NULL, .was = c->sender_was};
    enum err code = ERR_OK;

    if (ram_org(s, c->org) == NULL) return ram_refuse(base, ERR_NOT_FOUND, "there is no such organization");
    if (c->sender != NULL) {
        c->sender->org = c->org;
        code = ram_apply_senders(s, &sender.head);
        if (code != ERR_OK) base->fault = sender.head.fault;
    }
    for (size_t i = 0; i < c->count && code == ERR_OK; i++) {
        c->rows[i].org = c->org;
        code = put(s, c, &c->rows[i]);
    }
    return code;
}

static enum err out_of(struct arena *a, const struct owned_number *row, struct owned_number *out)
{
    enum err code = ERR_OK;
    *out = *row;
    out->wish = ram_out_text(a, row->wish, &code);
    out->notes = ram_out_text(a, row->notes, &code);
    out->why = ram_out_text(a, row->why, &code);
    return code;
}

enum err ram_owned_get(struct store_reader *r, struct arena *a, org_id org, uint64_t id, struct owned_number *out)
{
    struct ram_store *s = ram_read_begin(r);
    const struct owned_number *row = ram_row(&s->owned, id);
    return ram_read_end(s, row == NULL || row->org != org ? ERR_NOT_FOUND : out_of(a, row, out));
}

enum err ram_owned_by_number(struct store_reader *r, struct arena *a, org_id org, struct str number,
                             struct owned_number *out)
{
    struct ram_store *s = ram_read_begin(r);
    const struct owned_number *row = live_one(s, org, number, 0);
    return ram_read_end(s, row == NULL ? ERR_NOT_FOUND : out_of(a, row, out));
}

enum err ram_owned_list(struct store_reader *r, struct arena *a, org_id org, uint64_t after, struct owned_number *out,
                        size_t *count)
{
    struct ram_store *s = ram_read_begin(r);
    size_t room = *count;
    enum err code = ERR_OK;
    *count = 0;
    for (size_t i = ram_row_after(&s->owned, after); i < s->owned.count && *count < room && code == ERR_OK; i++) {
        const struct owned_number *row = s->owned.at[i].row;
        if (row->org == org) code = out_of(a, row, &out[(*count)++]);
    }
    return ram_read_end(s, code);
}

static bool is_before(int64_t at_ms, uint64_t id, int64_t other_ms, uint64_t other)
{
    return at_ms != other_ms ? at_ms < other_ms : id < other;
}

/* The one that follows the given pair. */
static const struct owned_number *next_due(const struct ram_store *s, int64_t until_ms, int64_t after_ms,
                                           uint64_t after_id)
{
    const struct owned_number *best = NULL;

    for (size_t i = 0; i < s->owned.count; i++) {
        const struct owned_number *row = s->owned.at[i].row;
        if (row->next_ms <= 0 || row->next_ms > until_ms || !is_before(after_ms, after_id, row->next_ms, row->id))
            continue;
        if (best == NULL || is_before(row->next_ms, row->id, best->next_ms, best->id)) best = row;
    }
    return best;
}

enum err ram_owned_due(struct store_reader *r, struct arena *a, int64_t until_ms, int64_t after_ms, uint64_t after_id,
                       struct owned_number *out, size_t *count)
{
    struct ram_store *s = ram_read_begin(r);
    size_t room = *count;
    enum err code = ERR_OK;
    *count = 0;
    while (*count < room && code == ERR_OK) {
        const struct owned_number *row = next_due(s, until_ms, after_ms, after_id);
        if (row == NULL) break;
        after_ms = row->next_ms;
        after_id = row->id;
        code = out_of(a, row, &out[(*count)++]);
    }
    return ram_read_end(s, code);
}

/* ---- drift ---- */

static struct drift *drift_of(const struct ram_store *s, org_id org)
{
    struct tree_key key = ram_key(org, 0, 0);
    const union map_value *known = tree_get(&s->drifts, &key);
    return known == NULL ? NULL : known->ptr;
}

static struct drift *drift_place(struct ram_store *s, org_id org)
{
    struct tree_key key = ram_key(org, 0, 0);
    struct drift *row = drift_of(s, org);

    if (row != NULL) {
        ram_touch(s, row, sizeof *row);
        return row;
    }
    row = ram_new(s, sizeof *row);
    ram_tree_put(s, &s->drifts, &key, (union map_value){.ptr = row});
    return row;
}

enum err ram_apply_drift(struct ram_store *s, struct change *base)
{
    struct change_drift *c = (struct change_drift *)base;
    struct drift *d = &c->drift, *row = drift_of(s, d->org);
    struct str findings, why;

    if (ram_org(s, d->org) == NULL) return ram_refuse(base, ERR_NOT_FOUND, "there is no such organization");
    if ((row == NULL ? 0 : row->rev) != d->rev)
        return ram_refuse(base, ERR_CONFLICT, "a look at the account has ended meanwhile; ask again");
    d->rev++;
    row = drift_place(s, d->org);
    findings = row->findings;
    why = row->why;
    *row = *d;
    row->findings = findings;
    row->why = why;
    ram_set_text(s, &row->findings, d->findings);
    ram_set_text(s, &row->why, d->why);
    if (c->told)
        ram_event(s, (struct event){.org = d->org, .type = EVENT_DRIFT, .ref = d->count, .state = (uint8_t)d->state,
                                    .code = (int32_t)d->repaired, .at_ms = d->looked_ms});
    return ERR_OK;
}

enum err ram_drift_get(struct store_reader *r, struct arena *a, org_id org, struct drift *out)
{
    struct ram_store *s = ram_read_begin(r);
    const struct drift *row = drift_of(s, org);
    enum err code = ERR_OK;
    if (row == NULL) return ram_read_end(s, ERR_NOT_FOUND);
    *out = *row;
    out->findings = ram_out_text(a, row->findings, &code);
    out->why = ram_out_text(a, row->why, &code);
    return ram_read_end(s, code);
}

static const struct drift *next_drift(const struct ram_store *s, int64_t until_ms, int64_t after_ms, org_id after_org)
{
    const struct drift *best = NULL;

    for (const struct tree_node *n = tree_after(&s->drifts, NULL); n != NULL; n = tree_after(&s->drifts, &n->key)) {
        const struct drift *row = n->value.ptr;
        if (row->next_ms <= 0 || row->next_ms > until_ms || !is_before(after_ms, after_org, row->next_ms, row->org))
            continue;
        if (best == NULL || is_before(row->next_ms, row->org, best->next_ms, best->org)) best = row;
    }
    return best;
}

enum err ram_drifts_due(struct store_reader *r, int64_t until_ms, int64_t after_ms, org_id after_org,
                        struct drift *out, size_t *count)
{
    struct ram_store *s = ram_read_begin(r);
    size_t room = *count;
    *count = 0;
    while (*count < room) {
        const struct drift *row = next_drift(s, until_ms, after_ms, after_org);
        if (row == NULL) break;
        after_ms = row->next_ms;
        after_org = row->org;
        out[*count] = *row;
        out[*count].findings = out[*count].why = (struct str){NULL, 0};
        ++*count;
    }
    return ram_read_end(s, ERR_OK);
}
