/* contacts: people's numbers with their fields, and the lists they are in. */
#include "store/sqlite/parts.h"

#include "store/fields.h"

#include <string.h>

/* ---- lists ---- */

static void list_read(struct query *q, struct arena *a, struct contact_list *out)
{
    memset(out, 0, sizeof *out);
    out->id = query_get_u32(q);
    out->org = query_get_u32(q);
    out->name = query_get_str(q, a);
    out->members = query_get(q);
    out->created_ms = query_get(q);
}

bool list_exists(struct sqlite_store *s, org_id org, uint32_t list)
{
    struct query q = query_open(&s->conn, SQL_LIST_GET);
    bool found;
    query_int(&q, org);
    query_int(&q, list);
    found = query_row(&q);
    query_end(&q);
    return found;
}

/* Fills in id, members and created_ms of the list of that name. */
static bool list_find(struct sqlite_store *s, struct contact_list *list)
{
    struct query q = query_open(&s->conn, SQL_LIST_BY_NAME);
    bool found;
    query_int(&q, list->org);
    query_str(&q, list->name);
    found = query_row(&q);
    if (found) {
        list->id = query_get_u32(&q);
        query_skip(&q);
        query_skip(&q);
        list->members = query_get(&q);
        list->created_ms = query_get(&q);
    }
    query_end(&q);
    return found;
}

enum err apply_list(struct sqlite_store *s, struct change *base)
{
    struct contact_list *list = &((struct change_list *)base)->list;
    struct query q;
    if (org_facts(s, list->org) == NULL)
        return refuse(base, ERR_NOT_FOUND, "there is no organization %u", list->org);
    if (list_find(s, list)) return ERR_OK;
    list->id = (uint32_t)store_next(s, COUNTER_LIST);
    list->members = 0;
    q = query_open(&s->conn, SQL_LIST_INSERT);
    query_int(&q, list->id);
    query_int(&q, list->org);
    query_str(&q, list->name);
    query_int(&q, list->created_ms);
    (void)query_run(&q);
    return ERR_OK;
}

static void list_grow(struct sqlite_store *s, org_id org, uint32_t list, int64_t by)
{
    struct query q;
    if (by == 0) return;
    q = query_open(&s->conn, SQL_LIST_GROW);
    query_int(&q, by);
    query_int(&q, org);
    query_int(&q, list);
    (void)query_run(&q);
}

static int64_t member_change(struct sqlite_store *s, enum sql id, org_id org, uint32_t list, uint64_t contact)
{
    struct query q = query_open(&s->conn, id);
    query_int(&q, org);
    query_int(&q, list);
    query_id(&q, contact);
    (void)query_run(&q);
    return query_changes(&q);
}

/* ---- contacts ---- */

/* What is known of a number; fields are given to `merged` when they are to be merged. */
struct known {
    bool found, deleted;
    uint64_t id, zones;
    uint8_t carrier;
    uint32_t sender;
    int64_t created_ms, updated_ms;
    enum err merge;
};

static struct known contact_known(struct sqlite_store *s, org_id org, const struct contact *row, struct buf *merged)
{
    struct known k = {0};
    struct query q = query_open(&s->conn, SQL_CONTACT_BY_NUMBER);
    query_int(&q, org);
    query_id(&q, row->number);
    k.found = query_row(&q);
    if (k.found) {
        struct str fields;
        k.id = query_get_id(&q);
        query_skip(&q);
        query_skip(&q);
        fields = query_get_view(&q);
        if (merged != NULL) k.merge = fields_merge(fields, row->fields, merged);
        k.zones = query_get_id(&q);
        k.carrier = query_get_u8(&q);
        k.sender = query_get_u32(&q);
        k.deleted = query_get_u8(&q) != 0;
        k.created_ms = query_get(&q);
        k.updated_ms = query_get(&q);
    }
    query_end(&q);
    return k;
}

static void contact_update(struct sqlite_store *s, const struct contact *row, struct str fields)
{
    struct query q = query_open(&s->conn, SQL_CONTACT_UPDATE);
    query_str(&q, fields);
    query_id(&q, row->zones);
    query_int(&q, row->carrier);
    query_int(&q, row->sender);
    query_int(&q, row->created_ms);
    query_int(&q, row->updated_ms);
    query_int(&q, row->org);
    query_id(&q, row->id);
    (void)query_run(&q);
}

/* False: the number is there already. Asked first, because most rows of an import are new: the look-up that the
 * index needs anyway is then the only one. */
static bool contact_insert(struct sqlite_store *s, struct contact *row, struct str fields)
{
    struct query q = query_open(&s->conn, SQL_CONTACT_INSERT);
    query_id(&q, s->counters[COUNTER_CONTACT] + 1);
    query_int(&q, row->org);
    query_id(&q, row->number);
    query_str(&q, fields);
    query_id(&q, row->zones);
    query_int(&q, row->carrier);
    query_int(&q, row->sender);
    query_int(&q, row->created_ms);
    query_int(&q, row->updated_ms);
    (void)query_run(&q);
    if (query_changes(&q) != 1) return false;
    row->id = store_next(s, COUNTER_CONTACT);
    return true;
}

static enum err contact_put_again(struct sqlite_store *s, struct change_contacts *c, struct contact *row,
                                  struct buf *merged, struct str fields)
{
    struct known k;
    buf_clear(merged);
    k = contact_known(s, c->org, row, c->merge_fields ? merged : NULL);
    if (k.merge != ERR_OK)
        return refuse(&c->head, k.merge, "contact %llu: its fields are no JSON object of texts, or too large",
                      (unsigned long long)k.id);
    row->id = k.id;
    row->created_ms = k.deleted ? c->now_ms : k.created_ms;
    if (row->place_unsaid) row->zones = k.zones;
    if (row->carrier == 0) row->carrier = k.carrier;
    if (row->sender == 0) row->sender = k.sender;
    contact_update(s, row, c->merge_fields ? buf_str(merged) : fields);
    if (k.deleted) c->added++;
    else if (k.updated_ms == c->now_ms) c->duplicates++;
    else c->updated++;
    return ERR_OK;
}

static enum err contact_put(struct sqlite_store *s, struct change_contacts *c, struct contact *row, struct buf *merged)
{
    struct str fields = row->fields.len > 0 ? row->fields : STR("{}");
    row->org = c->org;
    row->deleted = false;
    row->created_ms = row->updated_ms = c->now_ms;
    if (!contact_insert(s, row, fields)) return contact_put_again(s, c, row, merged, fields);
    c->added++;
    return ERR_OK;
}

enum err apply_contacts(struct sqlite_store *s, struct change *base)
{
    struct change_contacts *c = (struct change_contacts *)base;
    struct consent_attested attested = {.basis = CONSENT_BASIS_NONE};
    struct buf merged;
    enum err code = ERR_OK;
    int64_t joined = 0;

    c->added = c->updated = c->duplicates = 0;
    if (org_facts(s, c->org) == NULL) return refuse(base, ERR_NOT_FOUND, "there is no organization %u", c->org);
    if (c->list != 0 && !list_exists(s, c->org, c->list))
        return refuse(base, ERR_NOT_FOUND, "there is no list %u", c->list);
    if (c->import != NULL && c->import->attestation != 0)
        attested = consent_attested_read(s, c->org, c->import->attestation);
    buf_init(&merged, FIELDS_BYTES_MAX);
    for (size_t i = 0; i < c->count && code == ERR_OK; i++) {
        code = contact_put(s, c, &c->rows[i], &merged);
        if (code == ERR_OK && c->list != 0)
            joined += member_change(s, SQL_MEMBER_INSERT, c->org, c->list, c->rows[i].id);
        if (code == ERR_OK && attested.basis != CONSENT_BASIS_NONE) consent_attest(s, &attested, c->rows[i].number);
    }
    buf_free(&merged);
    if (code == ERR_OK) list_grow(s, c->org, c->list, joined);
    if (code != ERR_OK || c->import == NULL) return code;
    c->import->added += c->added;
    c->import->updated += c->updated;
    c->import->duplicates += c->duplicates;
    return import_store(s, base, c->import);
}

static void contact_leave_lists(struct sqlite_store *s, org_id org, uint64_t contact)
{
    uint32_t after = 0, list = 0;
    do {
        struct query q = query_open(&s->conn, SQL_LISTS);
        query_int(&q, org);
        query_int(&q, after);
        query_int(&q, 1);
        list = query_row(&q) ? query_get_u32(&q) : 0;
        query_end(&q);
        if (list != 0) list_grow(s, org, list, -member_change(s, SQL_MEMBER_DELETE, org, list, contact));
        after = list;
    } while (list != 0);
}

enum err apply_contact_delete(struct sqlite_store *s, struct change *base)
{
    struct change_contact_delete *c = (struct change_contact_delete *)base;
    struct query q = query_open(&s->conn, SQL_CONTACT_DELETE);
    query_int(&q, c->now_ms);
    query_int(&q, c->org);
    query_id(&q, c->contact);
    (void)query_run(&q);
    if (query_changes(&q) != 1)
        return refuse(base, ERR_NOT_FOUND, "there is no contact %llu", (unsigned long long)c->contact);
    contact_leave_lists(s, c->org, c->contact);
    return ERR_OK;
}

/* ---- reads ---- */

void contact_read(struct query *q, struct arena *a, struct contact *out)
{
    memset(out, 0, sizeof *out);
    out->id = query_get_id(q);
    out->org = query_get_u32(q);
    out->number = query_get_id(q);
    out->fields = query_get_str(q, a);
    out->zones = query_get_id(q);
    out->carrier = query_get_u8(q);
    out->sender = query_get_u32(q);
    out->deleted = query_get_u8(q) != 0;
    out->created_ms = query_get(q);
    out->updated_ms = query_get(q);
}

static enum err contact_one(struct store_reader *r, enum sql id, struct arena *a, org_id org, uint64_t key,
                            struct contact *out)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, id);
    bool found;
    query_int(&q, org);
    query_id(&q, key);
    found = query_row(&q);
    if (found) contact_read(&q, a, out);
    query_end(&q);
    return read_one(c, found);
}

enum err sqlite_contact_get(struct store_reader *r, struct arena *a, org_id org, uint64_t id, struct contact *out)
{
    return contact_one(r, SQL_CONTACT_GET, a, org, id, out);
}

enum err sqlite_contact_by_number(struct store_reader *r, struct arena *a, org_id org, uint64_t number,
                                  struct contact *out)
{
    return contact_one(r, SQL_CONTACT_BY_NUMBER, a, org, number, out);
}

enum err sqlite_contacts(struct store_reader *r, struct arena *a, org_id org, uint32_t list, uint64_t after,
                         struct contact *out, size_t *count)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, list == 0 ? SQL_CONTACTS_ALL : SQL_CONTACTS_OF_LIST);
    size_t n = 0;
    query_int(&q, org);
    if (list != 0) query_int(&q, list);
    query_id(&q, after);
    query_int(&q, (int64_t)*count);
    while (query_row(&q)) contact_read(&q, a, &out[n++]);
    return read_many(c, count, n);
}

enum err sqlite_list_by_name(struct store_reader *r, struct arena *a, org_id org, struct str name,
                             struct contact_list *out)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_LIST_BY_NAME);
    bool found;
    query_int(&q, org);
    query_str(&q, name);
    found = query_row(&q);
    if (found) list_read(&q, a, out);
    query_end(&q);
    return read_one(c, found);
}

enum err sqlite_list_get(struct store_reader *r, struct arena *a, org_id org, uint32_t id, struct contact_list *out)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_LIST_GET);
    bool found;
    query_int(&q, org);
    query_int(&q, id);
    found = query_row(&q);
    if (found) list_read(&q, a, out);
    query_end(&q);
    return read_one(c, found);
}

enum err sqlite_lists(struct store_reader *r, struct arena *a, org_id org, uint32_t after,
                      struct contact_list *out, size_t *count)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_LISTS);
    size_t n = 0;
    query_int(&q, org);
    query_int(&q, after);
    query_int(&q, (int64_t)*count);
    while (query_row(&q)) list_read(&q, a, &out[n++]);
    return read_many(c, count, n);
}
