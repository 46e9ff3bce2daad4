/* lookups: what Lookup said of numbers, what was used of the budgets, walks over lists, in memory. */
#include "store/ram/ram.h"

static int64_t used_in(const struct ram_store *s, org_id org, int32_t month)
{
    struct tree_key key = ram_key(org, (uint64_t)month, 0);
    const union map_value *used = tree_get(&s->lookup_use, &key);
    return used == NULL ? 0 : (int64_t)used->num;
}

static void line_put(struct ram_store *s, const struct line_record *l)
{
    struct tree_key key = ram_key(l->number, 0, 0);
    const union map_value *known = tree_get(&s->lines, &key);
    struct line_record *row = known == NULL ? ram_new(s, sizeof *row) : known->ptr;
    if (known == NULL) ram_tree_put(s, &s->lines, &key, (union map_value){.ptr = row});
    ram_touch(s, row, sizeof *row);
    *row = *l;
    row->carrier_id = 0;
}

static void contact_carrier(struct ram_store *s, org_id org, const struct line_record *l)
{
    const struct ram_of_number *known = ram_number(s, org, l->number);
    struct contact *c = known == NULL ? NULL : known->contact;
    if (l->carrier_id == 0 || c == NULL || c->deleted) return;
    ram_touch(s, c, sizeof *c);
    c->carrier = l->carrier_id;
}

enum err ram_apply_lookup(struct ram_store *s, struct change *base)
{
    struct change_lookup *c = (struct change_lookup *)base;
    struct tree_key key = ram_key(c->org, (uint64_t)c->month, 0);
    int64_t used = used_in(s, c->org, c->month);
    if (ram_org(s, c->org) == NULL) return ram_refuse(base, ERR_NOT_FOUND, "there is no such organization");
    if (c->take > 0 && used + c->take > c->most) {
        c->used = used;
        return ram_refuse(base, ERR_LIMIT, STORE_LOOKUPS_SPENT, (long long)used, (long long)c->most);
    }
    c->used = used + c->take > 0 ? used + c->take : 0;
    if (c->take != 0) ram_tree_put(s, &s->lookup_use, &key, (union map_value){.num = (uint64_t)c->used});
    for (size_t i = 0; i < c->count; i++) {
        line_put(s, &c->rows[i]);
        ram_number_looked(s, c->org, &c->rows[i]);
        contact_carrier(s, c->org, &c->rows[i]);
    }
    return ERR_OK;
}

enum err ram_line_get(struct store_reader *r, uint64_t number, struct line_record *out)
{
    struct ram_store *s = ram_read_begin(r);
    struct tree_key key = ram_key(number, 0, 0);
    const union map_value *known = tree_get(&s->lines, &key);
    *out = (struct line_record){0};
    if (known != NULL) *out = *(const struct line_record *)known->ptr;
    return ram_read_end(s, known == NULL ? ERR_NOT_FOUND : ERR_OK);
}

enum err ram_lookups_used(struct store_reader *r, org_id org, int32_t month, int64_t *used)
{
    struct ram_store *s = ram_read_begin(r);
    *used = used_in(s, org, month);
    return ram_read_end(s, ERR_OK);
}

static const struct hygiene_job *walk_of(const struct ram_store *s, const struct hygiene_job *j)
{
    for (size_t i = 0; i < s->hygienes.count; i++) {
        const struct hygiene_job *row = s->hygienes.at[i].row;
        if (row->org == j->org && row->list == j->list && row->state == HYGIENE_RUNNING) return row;
    }
    return NULL;
}

enum err ram_apply_hygiene(struct ram_store *s, struct change *base)
{
    struct hygiene_job *j = &((struct change_hygiene *)base)->job, *row = NULL;
    const struct hygiene_job *other = j->id == 0 ? walk_of(s, j) : NULL;
    struct str why = {NULL, 0};
    if (ram_org(s, j->org) == NULL) return ram_refuse(base, ERR_NOT_FOUND, "there is no such organization");
    if (other != NULL) {
        j->id = other->id;
        return ram_refuse(base, ERR_CONFLICT, "the list is being looked up already");
    }
    if (j->id != 0) row = ram_row(&s->hygienes, j->id);
    if (j->id != 0 && (row == NULL || row->org != j->org))
        return ram_refuse(base, ERR_NOT_FOUND, "there is no such look-up of a list");
    if (row == NULL) {
        RAM_SET(s, s->counters[RAM_HYGIENES], s->counters[RAM_HYGIENES] + 1);
        j->id = s->counters[RAM_HYGIENES];
        row = ram_new(s, sizeof *row);
        ram_table_add(s, &s->hygienes, j->id, row);
    } else {
        ram_touch(s, row, sizeof *row);
        why = row->why;
    }
    *row = *j;
    row->why = why;
    ram_set_text(s, &row->why, j->why);
    return ERR_OK;
}

enum err ram_hygiene_get(struct store_reader *r, struct arena *a, org_id org, uint64_t id, struct hygiene_job *out)
{
    struct ram_store *s = ram_read_begin(r);
    const struct hygiene_job *row = ram_row(&s->hygienes, id);
    enum err code = ERR_OK;
    if (row == NULL || row->org != org) return ram_read_end(s, ERR_NOT_FOUND);
    *out = *row;
    out->why = ram_out_text(a, row->why, &code);
    return ram_read_end(s, code);
}

enum err ram_hygienes_running(struct store_reader *r, struct arena *a, uint64_t after, struct hygiene_job *out,
                              size_t *count)
{
    struct ram_store *s = ram_read_begin(r);
    size_t room = *count;
    enum err code = ERR_OK;
    *count = 0;
    for (size_t i = 0; i < s->hygienes.count && *count < room && code == ERR_OK; i++) {
        const struct hygiene_job *row = s->hygienes.at[i].row;
        if (row->state != HYGIENE_RUNNING || row->id <= after) continue;
        out[*count] = *row;
        out[(*count)++].why = ram_out_text(a, row->why, &code);
    }
    return ram_read_end(s, code);
}
