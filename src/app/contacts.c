/* contacts: numbers made canonical, places and carriers joined with what is known. Contract in contacts.h. */
#include "app/contacts.h"

#include "app/values.h"
#include "rules/carrier.h"
#include "rules/phone.h"

#include <string.h>

static void take_carrier(const struct contact_request *q, const struct phone *phone, struct contact *row,
                         struct problem *p)
{
    enum carrier named = CARRIER_UNKNOWN;

    if (q->carrier.len > 0 && carrier_from_slug(q->carrier, &named) != ERR_OK)
        named = carrier_parse(q->carrier);
    if (q->carrier.len > 0 && named == CARRIER_UNKNOWN && !str_equal(q->carrier, STR("unknown")))
        (void)problem_field(p, "carrier", q->carrier, "This carrier is not known.",
                            "Use att, tmobile, verizon, uscc or other_us, or leave it out.");
    row->carrier = (uint8_t)carrier_in_country(named, str_from(phone->country));
}

void contacts_refuse_place(const struct quiet_said *said, const char *wrong, enum err why, struct problem *p)
{
    bool postal = str_equal(str_from(wrong), STR("postal_code")), state = str_equal(str_from(wrong), STR("state"));
    bool country = str_equal(str_from(wrong), STR("country"));
    struct str value = country ? said->country : postal ? said->postal_code : state ? said->state : said->time_zone;

    if (country)
        (void)problem_field(p, wrong, value,
                            why == ERR_LIMIT ? "The number is another country's, whose hours hold for it."
                                             : "It is no country that is known.",
                            why == ERR_LIMIT ? "Give the time_zone where the person is, or leave it out."
                                             : "Give its two letters, such as CA.");
    else if (why == ERR_LIMIT)
        (void)problem_field(p, wrong, value, "With the number and what else was said, these are more places than can be held.",
                            "Give only the place where the person is.");
    else if (postal)
        (void)problem_field(p, wrong, value, "It is no postal code of the US or Canada that tells a place.",
                            "Give it as 02139 or K1A 0B1; for the armed forces' codes give time_zone.");
    else if (state)
        (void)problem_field(p, wrong, value, "It is no US state.", "Give its two letters, such as TX.");
    else
        (void)problem_field(p, wrong, value, "It is no time zone.", "Give an IANA name, such as America/Chicago.");
}

/* What the number tells, and what the tenant knows; with nothing new said, a known contact stays where it is. */
static void take_places(const struct contact_request *q, const struct phone *phone, struct contact *row,
                        struct problem *p)
{
    struct quiet_places places;
    const char *wrong;
    enum err err;

    quiet_places_of_phone(phone, &places);
    row->place_unsaid = !quiet_places_are_said(&places, &q->where);
    err = quiet_places_join(&places, &q->where, &wrong);
    if (err != ERR_OK) contacts_refuse_place(&q->where, wrong, err, p);
    row->zones = quiet_hours_bucket_key(&places);
}

enum err contacts_put(struct app *app, struct store_reader *r, struct arena *a, const struct org *org,
                      const struct contact_request *q, struct contact_job *out, struct problem *p)
{
    struct contact known = {0};
    struct phone phone;
    struct fault f = {0};

    *out = (struct contact_job){.job = {.app = app, .change = &out->change.head, .context = out}};
    if (phone_parse(q->number, org->region, &phone, &f) != ERR_OK)
        return problem_field(p, "number", q->number, f.what, "Give it as +14155552671.");
    if (r->store->ops->contact_by_number(r, a, org->id, phone.digits, &known) != ERR_OK) known.id = 0;
    out->row = (struct contact){.org = org->id, .number = phone.digits, .fields = q->fields};
    if (q->fields.len == 0) out->row.fields = STR("{}");
    /* The store merges again; this is so that the answer shows the whole. */
    if (q->merge && known.id != 0 && !known.deleted)
        out->row.fields = values_merge(a, known.fields, out->row.fields);
    if (out->row.fields.at == NULL) return problem_set(p, ERR_LIMIT, "The contact's fields are too many.");
    take_carrier(q, &phone, &out->row, p);
    take_places(q, &phone, &out->row, p);
    if (problem_check(p) != ERR_OK) return p->code;
    out->change.head.kind = CHANGE_CONTACTS;
    out->change.org = org->id;
    out->change.list = q->list;
    out->change.rows = &out->row;
    out->change.count = 1;
    out->change.merge_fields = q->merge;
    out->change.now_ms = clock_wall_ms(app->clock);
    return ERR_OK;
}

void contacts_delete(struct app *app, org_id org, uint64_t contact, struct contact_delete_job *out)
{
    *out = (struct contact_delete_job){.job = {.app = app, .change = &out->change.head, .context = out}};
    out->change.head.kind = CHANGE_CONTACT_DELETE;
    out->change.org = org;
    out->change.contact = contact;
    out->change.now_ms = clock_wall_ms(app->clock);
}

enum err contacts_find(struct app *app, struct store_reader *r, struct arena *a, const struct org *org,
                       struct str text, struct contact *out)
{
    struct phone phone;
    uint64_t id = 0;
    enum err code;

    if (public_id_parse(app->ids, PUBLIC_CONTACT, text, &id) == ERR_OK)
        code = r->store->ops->contact_get(r, a, org->id, id, out);
    else if (phone_parse(text, org->region, &phone, NULL) == ERR_OK)
        code = r->store->ops->contact_by_number(r, a, org->id, phone.digits, out);
    else
        code = ERR_NOT_FOUND;
    return code == ERR_OK && out->deleted ? ERR_NOT_FOUND : code;
}

enum err lists_put(struct app *app, org_id org, struct str name, struct list_job *out, struct problem *p)
{
    name = str_trim(name);
    if (name.len == 0 || name.len > LIST_NAME_MAX)
        return problem_field(p, "name", name, "A list's name has 1 to 100 bytes.",
                             "Use something like \"customers\".");
    *out = (struct list_job){.job = {.app = app, .change = &out->change.head, .context = out}};
    out->change.head.kind = CHANGE_LIST;
    out->change.list.org = org;
    out->change.list.name = name;
    out->change.list.created_ms = clock_wall_ms(app->clock);
    return ERR_OK;
}

enum err lists_find(struct app *app, struct store_reader *r, struct arena *a, org_id org, struct str text,
                    struct contact_list *out)
{
    uint64_t id = 0;

    if (public_id_parse(app->ids, PUBLIC_LIST, text, &id) == ERR_OK && id <= UINT32_MAX)
        return r->store->ops->list_get(r, a, org, (uint32_t)id, out);
    return r->store->ops->list_by_name(r, a, org, text, out);
}
