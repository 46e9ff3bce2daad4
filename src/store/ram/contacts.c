/* contacts: people and lists in memory. */
#include "store/ram/ram.h"

#include "base/mutant.h"
#include "store/fields.h"

#include <string.h>

struct contact *ram_contact(const struct ram_store *s, org_id org, uint64_t id)
{
    struct contact *row = ram_row(&s->contacts, id);
    return row != NULL && row->org == org ? row : NULL;
}

struct ram_list *ram_list(const struct ram_store *s, org_id org, uint32_t id)
{
    struct ram_list *row = ram_row(&s->lists, id);
    return row != NULL && row->list.org == org ? row : NULL;
}

static struct ram_list *list_named(const struct ram_store *s, org_id org, struct str name)
{
    for (size_t i = 0; i < s->lists.count; i++) {
        struct ram_list *row = s->lists.at[i].row;
        if (row->list.org == org && str_equal(row->list.name, name)) return row;
    }
    return NULL;
}

/* ---- changes ---- */

enum err ram_apply_list(struct ram_store *s, struct change *base)
{
    struct contact_list *list = &((struct change_list *)base)->list;
    struct ram_list *row = list_named(s, list->org, list->name);
    struct str name = list->name;
    if (ram_org(s, list->org) == NULL)
        return ram_refuse(base, ERR_NOT_FOUND, "there is no organization %u", list->org);
    if (row == NULL) {
        row = ram_new(s, sizeof *row);
        RAM_SET(s, s->counters[RAM_LISTS], s->counters[RAM_LISTS] + 1);
        row->list = (struct contact_list){.id = (uint32_t)s->counters[RAM_LISTS], .org = list->org,
                                          .name = ram_text(s, name), .created_ms = list->created_ms};
        ram_table_add(s, &s->lists, row->list.id, row);
    }
    *list = row->list;
    list->name = name;
    return ERR_OK;
}

static void contact_joins(struct ram_store *s, struct ram_list *list, struct contact *row)
{
    struct tree_key key = ram_key(row->id, 0, 0);
    if (tree_get(&list->members, &key) != NULL) return;
    ram_tree_put(s, &list->members, &key, (union map_value){.ptr = row});
    RAM_SET(s, list->list.members, list->list.members + 1);
}

static struct contact *contact_new(struct ram_store *s, org_id org, uint64_t number, int64_t now_ms)
{
    struct ram_of_number *known = ram_number_put(s, org, number);
    struct contact *row = ram_new(s, sizeof *row);
    RAM_SET(s, s->counters[RAM_CONTACTS], s->counters[RAM_CONTACTS] + 1);
    *row = (struct contact){.id = s->counters[RAM_CONTACTS], .org = org, .number = number, .fields = STR("{}"),
                            .created_ms = now_ms};
    row->fields = ram_text(s, row->fields);
    ram_table_add(s, &s->contacts, row->id, row);
    RAM_SET(s, known->contact, row);
    return row;
}

static enum err fields_put(struct ram_store *s, struct change_contacts *c, struct contact *row, struct str news)
{
    struct buf merged;
    enum err code;
    if (news.len == 0) news = STR("{}");
    if (!c->merge_fields) {
        ram_set_text(s, &row->fields, news);
        return ERR_OK;
    }
    buf_init(&merged, FIELDS_BYTES_MAX);
    code = fields_merge(row->fields, news, &merged);
    if (code == ERR_OK) ram_set_text(s, &row->fields, buf_str(&merged));
    buf_free(&merged);
    return code == ERR_OK ? ERR_OK : ram_refuse(&c->head, code, "the fields of a contact do not merge");
}

static enum err contact_put(struct ram_store *s, struct change_contacts *c, struct ram_list *list, struct contact *in)
{
    struct ram_of_number *known = ram_number(s, c->org, in->number);
    struct contact *row = known == NULL || MUTANT(number_is_two_people) ? NULL : known->contact;
    bool is_new = row == NULL, fresh = is_new || row->deleted;
    bool repeated = !fresh && row->updated_ms == c->now_ms;
    enum err code = ERR_OK;
    if (is_new) row = contact_new(s, c->org, in->number, c->now_ms);
    else ram_touch(s, row, sizeof *row);
    if (is_new) ram_set_text(s, &row->fields, in->fields.len > 0 ? in->fields : STR("{}"));
    else code = fields_put(s, c, row, in->fields);
    if (code != ERR_OK) return code;
    if (is_new || !in->place_unsaid) row->zones = in->zones;
    if (in->carrier != 0) row->carrier = in->carrier;
    if (in->sender != 0) row->sender = in->sender;
    if (fresh) row->created_ms = c->now_ms;
    row->deleted = false;
    row->updated_ms = c->now_ms;
    if (fresh) c->added++;
    else if (repeated) c->duplicates++;
    else c->updated++;
    in->id = row->id;
    in->org = c->org;
    in->zones = row->zones;
    in->carrier = row->carrier;
    in->sender = row->sender;
    in->deleted = false;
    in->created_ms = row->created_ms;
    in->updated_ms = row->updated_ms;
    if (list != NULL) contact_joins(s, list, row);
    return ERR_OK;
}

enum err ram_apply_contacts(struct ram_store *s, struct change *base)
{
    struct change_contacts *c = (struct change_contacts *)base;
    struct ram_list *list = c->list == 0 ? NULL : ram_list(s, c->org, c->list);
    enum err code = ERR_OK;
    c->added = c->updated = c->duplicates = 0;
    if (ram_org(s, c->org) == NULL || (c->list != 0 && list == NULL))
        return ram_refuse(base, ERR_NOT_FOUND, "there is no such organization or list");
    for (size_t i = 0; i < c->count && code == ERR_OK; i++) {
        code = contact_put(s, c, list, &c->rows[i]);
        if (code == ERR_OK && c->import != NULL && c->import->attestation != 0)
            ram_attest(s, c->org, c->rows[i].number, c->import->attestation);
    }
    if (code != ERR_OK || c->import == NULL) return code;
    c->import->added += c->added;
    c->import->updated += c->updated;
    c->import->duplicates += c->duplicates;
    return ram_import_store(s, base, c->import);
}

enum err ram_apply_contact_delete(struct ram_store *s, struct change *base)
{
    struct change_contact_delete *c = (struct change_contact_delete *)base;
    struct contact *row = ram_contact(s, c->org, c->contact);
    struct tree_key key = ram_key(c->contact, 0, 0);
    if (row == NULL || row->deleted) return ram_refuse(base, ERR_NOT_FOUND, "there is no such contact");
    ram_touch(s, row, sizeof *row);
    row->deleted = true;
    row->sender = 0;
    row->updated_ms = c->now_ms;
    ram_set_text(s, &row->fields, STR("{}"));
    for (size_t i = 0; i < s->lists.count; i++) {
        struct ram_list *list = s->lists.at[i].row;
        if (list->list.org != c->org || tree_get(&list->members, &key) == NULL) continue;
        ram_tree_remove(s, &list->members, &key);
        RAM_SET(s, list->list.members, list->list.members - 1);
    }
    return ERR_OK;
}

/* ---- reads ---- */

void ram_contact_out(struct arena *a, const struct contact *row, struct contact *out, enum err *code)
{
    *out = *row;
    out->fields = ram_out_text(a, row->fields, code);
}

static enum err contact_one(struct arena *a, const struct contact *row, struct contact *out)
{
    enum err code = ERR_OK;
    if (row == NULL) return ERR_NOT_FOUND;
    ram_contact_out(a, row, out, &code);
    return code;
}

enum err ram_contact_get(struct store_reader *r, struct arena *a, org_id org, uint64_t id, struct contact *out)
{
    struct ram_store *s = ram_read_begin(r);
    return ram_read_end(s, contact_one(a, ram_contact(s, org, id), out));
}

enum err ram_contact_by_number(struct store_reader *r, struct arena *a, org_id org, uint64_t number,
                               struct contact *out)
{
    struct ram_store *s = ram_read_begin(r);
    const struct ram_of_number *known = ram_number(s, org, number);
    return ram_read_end(s, contact_one(a, known == NULL ? NULL : known->contact, out));
}

static enum err contacts_of_list(struct arena *a, const struct ram_list *list, uint64_t after, struct contact *out,
                                 size_t *count)
{
    size_t room = *count;
    struct tree_key key = ram_key(after, 0, 0);
    const struct tree_node *node;
    enum err code = ERR_OK;
    *count = 0;
    while (list != NULL && *count < room && (node = tree_after(&list->members, &key)) != NULL) {
        key = node->key;
        ram_contact_out(a, node->value.ptr, &out[(*count)++], &code);
    }
    return code;
}

static enum err contacts_of_org(const struct ram_store *s, struct arena *a, org_id org, uint64_t after,
                                struct contact *out, size_t *count)
{
    size_t room = *count;
    enum err code = ERR_OK;
    *count = 0;
    for (size_t i = ram_row_after(&s->contacts, after); i < s->contacts.count && *count < room; i++) {
        const struct contact *row = s->contacts.at[i].row;
        if (row->org == org && !row->deleted) ram_contact_out(a, row, &out[(*count)++], &code);
    }
    return code;
}

enum err ram_contacts(struct store_reader *r, struct arena *a, org_id org, uint32_t list, uint64_t after,
                      struct contact *out, size_t *count)
{
    struct ram_store *s = ram_read_begin(r);
    if (list != 0) return ram_read_end(s, contacts_of_list(a, ram_list(s, org, list), after, out, count));
    return ram_read_end(s, contacts_of_org(s, a, org, after, out, count));
}

static enum err list_out(struct arena *a, const struct ram_list *row, struct contact_list *out)
{
    enum err code = ERR_OK;
    if (row == NULL) return ERR_NOT_FOUND;
    *out = row->list;
    out->name = ram_out_text(a, row->list.name, &code);
    return code;
}

enum err ram_list_by_name(struct store_reader *r, struct arena *a, org_id org, struct str name,
                          struct contact_list *out)
{
    struct ram_store *s = ram_read_begin(r);
    return ram_read_end(s, list_out(a, list_named(s, org, name), out));
}

enum err ram_list_get(struct store_reader *r, struct arena *a, org_id org, uint32_t id, struct contact_list *out)
{
    struct ram_store *s = ram_read_begin(r);
    return ram_read_end(s, list_out(a, ram_list(s, org, id), out));
}

enum err ram_lists(struct store_reader *r, struct arena *a, org_id org, uint32_t after, struct contact_list *out,
                   size_t *count)
{
    struct ram_store *s = ram_read_begin(r);
    size_t room = *count;
    enum err code = ERR_OK;
    *count = 0;
    for (size_t i = ram_row_after(&s->lists, after); i < s->lists.count && *count < room && code == ERR_OK; i++) {
        const struct ram_list *row = s->lists.at[i].row;
        if (row->list.org == org) code = list_out(a, row, &out[(*count)++]);
    }
    return ram_read_end(s, code);
}
