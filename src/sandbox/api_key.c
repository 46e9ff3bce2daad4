/* api_key: API keys and addresses of the 2010 API (reference 14.2, C.1). */
#include "sandbox/call_thing.h"

enum { KEY_NAME_BYTES_MAX = 64 };

static const struct field key_fields[] = {{"FriendlyName", "friendly_name", FIELD_TEXT, false}};
static const struct thing_face key_face = {
    .kind = SID_KEY, .list_key = "keys", .flags = FACE_2010 | FACE_NO_ACCOUNT, .fields = key_fields,
    .field_count = 1,
};

static void put_secret(struct call *c, const struct thing *t)
{
    json_put_str(c->out, "secret", sb_fact(t, "_secret"));
}

void sb_api_key_create(struct call *c)
{
    struct thing_face with_secret = key_face;
    char secret[SANDBOX_TOKEN_BYTES];
    struct thing *t;
    if (sb_call_param(c, "FriendlyName").len > KEY_NAME_BYTES_MAX) {
        sb_call_error(c, 400, 20002);
        return;
    }
    t = sb_call_make(c, &key_face, NULL);
    sb_sid_token(c->sb, (UINT64_C(2) << 32) + t->n, secret);
    sb_fact_set(t, "_secret", str_from(secret));
    with_secret.put_more = put_secret; /* told once */
    sb_call_answer_thing(c, &with_secret, 201, t);
}

void sb_api_key_list(struct call *c) { sb_call_list_things(c, &key_face, NULL); }

void sb_api_key_fetch(struct call *c)
{
    struct thing *t = sb_call_thing(c, SID_KEY, c->args[0]);
    if (t != NULL) sb_call_answer_thing(c, &key_face, 200, t);
}

void sb_api_key_update(struct call *c)
{
    struct thing *t = sb_call_thing(c, SID_KEY, c->args[0]);
    if (t == NULL) return;
    if (sb_call_param(c, "FriendlyName").len > KEY_NAME_BYTES_MAX) {
        sb_call_error(c, 400, 20002);
        return;
    }
    sb_call_read_fields(c, &key_face, t);
    t->updated_ms = world_date(c->sb);
    sb_call_answer_thing(c, &key_face, 200, t);
}

void sb_api_key_delete(struct call *c)
{
    struct thing *t = sb_call_thing(c, SID_KEY, c->args[0]);
    if (t == NULL) return;
    sb_thing_remove(c->sb, t);
    sb_call_no_content(c);
}

uint32_t sb_api_key_account(const struct sandbox *sb, struct str sid, struct str secret)
{
    const struct thing *t = sb_thing_find(sb, SID_KEY, sid);
    return t != NULL && str_equal_secret(secret, sb_fact(t, "_secret")) ? t->account : SANDBOX_NONE;
}

/* ---- addresses ---- */

static const struct field address_fields[] = {
    {"CustomerName", "customer_name", FIELD_TEXT, true},
    {"Street", "street", FIELD_TEXT, true},
    {"City", "city", FIELD_TEXT, true},
    {"Region", "region", FIELD_TEXT, true},
    {"PostalCode", "postal_code", FIELD_TEXT, true},
    {"IsoCountry", "iso_country", FIELD_TEXT, true},
    {"FriendlyName", "friendly_name", FIELD_TEXT, false},
    {"StreetSecondary", "street_secondary", FIELD_TEXT, false},
};

static void put_address(struct call *c, const struct thing *t)
{
    json_put_bool(c->out, "emergency_enabled", sb_fact_is(t, "_emergency"));
    json_put_bool(c->out, "validated", false);
    json_put_bool(c->out, "verified", false);
    sb_call_put_path(c, "uri", "/2010-04-01/Accounts/%s/Addresses/%s.json", sandbox_account_sid(c->sb, t->account),
                     t->sid);
}

static bool filter(const struct call *c, const struct thing *t, const char *param, const char *fact)
{
    struct str wanted = sb_call_query(c, param);
    return wanted.len == 0 || str_equal(wanted, sb_fact(t, fact));
}

static bool keep_address(const struct call *c, const struct thing *t)
{
    return filter(c, t, "CustomerName", "customer_name") && filter(c, t, "FriendlyName", "friendly_name") &&
           filter(c, t, "IsoCountry", "iso_country");
}

static const struct thing_face address_face = {
    .kind = SID_ADDRESS, .list_key = "addresses", .flags = FACE_2010, .fields = address_fields,
    .field_count = sizeof address_fields / sizeof *address_fields, .put_more = put_address, .keep = keep_address,
};

static void read_address(struct call *c, struct thing *t)
{
    sb_call_read_fields(c, &address_face, t);
    if (sb_call_has(c, "EmergencyEnabled"))
        sb_fact_set_new(t, "_emergency", json_boolean(sb_call_bool(c, "EmergencyEnabled", false)));
}

void sb_api_address_create(struct call *c)
{
    struct thing *t;
    if (sb_call_lacks(c, &address_face)) return;
    if (sb_call_param(c, "IsoCountry").len != 2) {
        sb_call_refuse(c, "IsoCountry is a country's two letters");
        return;
    }
    t = sb_call_make(c, &address_face, NULL);
    read_address(c, t);
    sb_call_answer_thing(c, &address_face, 201, t);
}

void sb_api_address_list(struct call *c) { sb_call_list_things(c, &address_face, NULL); }

void sb_api_address_fetch(struct call *c)
{
    struct thing *t = sb_call_thing(c, SID_ADDRESS, c->args[0]);
    if (t != NULL) sb_call_answer_thing(c, &address_face, 200, t);
}

void sb_api_address_update(struct call *c)
{
    struct thing *t = sb_call_thing(c, SID_ADDRESS, c->args[0]);
    if (t == NULL) return;
    read_address(c, t);
    t->updated_ms = world_date(c->sb);
    sb_call_answer_thing(c, &address_face, 200, t);
}

void sb_api_address_delete(struct call *c)
{
    struct thing *t = sb_call_thing(c, SID_ADDRESS, c->args[0]);
    if (t == NULL) return;
    sb_thing_remove(c->sb, t);
    sb_call_no_content(c);
}
