/* api_stream: Event Streams' types, sinks and subscriptions (reference 17.1). */
#include "sandbox/a2p.h"
#include "sandbox/call_thing.h"

/* ---- types ---- */

static void put_type(struct call *c, size_t i)
{
    const char *type = sb_event_type_at(i);
    json_put_text(c->out, "type", type);
    json_put_text(c->out, "schema_id", "Messaging.Compliance");
    sb_call_put_date_iso(c, "date_created", world_shown(c->sb, 0));
    sb_call_put_date_iso(c, "date_updated", world_shown(c->sb, 0));
    json_put_text(c->out, "description", type);
    json_put_text(c->out, "status", "GA");
    json_put_text(c->out, "documentation_url", "https://www.twilio.com/docs/events/event-types");
    sb_call_put_url(c, "url", "/v1/Types/%s", type);
    json_key(c->out, "links");
    json_open(c->out, '{');
    sb_call_put_url(c, "schema", "/v1/Schemas/Messaging.Compliance");
    json_close(c->out, '}');
}

void sb_api_event_type_list(struct call *c) { sb_call_list_static(c, "types", sb_event_type_count(), put_type); }

static bool is_type(struct str type)
{
    for (size_t i = 0; i < sb_event_type_count(); i++)
        if (str_equal(type, str_from(sb_event_type_at(i)))) return true;
    return false;
}

void sb_api_event_type_fetch(struct call *c)
{
    for (size_t i = 0; i < sb_event_type_count(); i++) {
        if (!str_equal(c->args[0], str_from(sb_event_type_at(i)))) continue;
        sb_call_ok(c, 200);
        put_type(c, i);
        json_close(c->out, '}');
        return;
    }
    sb_call_not_found(c);
}

/* ---- sinks ---- */

static const struct field sink_fields[] = {
    {"Description", "description", FIELD_TEXT, true},
    {"SinkConfiguration", "sink_configuration", FIELD_JSON, true},
    {"SinkType", "sink_type", FIELD_TEXT, true},
};

static void put_sink(struct call *c, const struct thing *t)
{
    bool webhook = str_equal(sb_fact(t, "sink_type"), STR("webhook"));
    json_put_text(c->out, "status", webhook ? "active" : "initialized");
    sb_call_put_url(c, "url", "/v1/Sinks/%s", t->sid);
    json_key(c->out, "links");
    json_open(c->out, '{');
    sb_call_put_url(c, "sink_test", "/v1/Sinks/%s/Test", t->sid);
    sb_call_put_url(c, "sink_validate", "/v1/Sinks/%s/Validate", t->sid);
    json_close(c->out, '}');
}

static const struct thing_face sink_face = {
    .kind = SID_SINK, .list_key = "sinks", .flags = FACE_NO_ACCOUNT, .fields = sink_fields, .field_count = 3,
    .put_more = put_sink,
};

void sb_api_sink_create(struct call *c)
{
    struct str type = sb_call_param(c, "SinkType");
    if (sb_call_lacks(c, &sink_face)) return;
    if (!str_equal(type, STR("webhook")) && !str_equal(type, STR("kinesis")) && !str_equal(type, STR("segment")) &&
        !str_equal(type, STR("email"))) {
        sb_call_refuse(c, "SinkType is webhook, kinesis, segment or email");
        return;
    }
    sb_call_answer_thing(c, &sink_face, 201, sb_call_make(c, &sink_face, NULL));
}

void sb_api_sink_list(struct call *c) { sb_call_list_things(c, &sink_face, NULL); }

void sb_api_sink_fetch(struct call *c)
{
    struct thing *t = sb_call_thing(c, SID_SINK, c->args[0]);
    if (t != NULL) sb_call_answer_thing(c, &sink_face, 200, t);
}

void sb_api_sink_update(struct call *c)
{
    struct thing *t = sb_call_thing(c, SID_SINK, c->args[0]);
    if (t == NULL) return;
    sb_fact_set(t, "description", sb_call_param(c, "Description"));
    t->updated_ms = world_date(c->sb);
    sb_call_answer_thing(c, &sink_face, 200, t);
}

void sb_api_sink_delete(struct call *c)
{
    struct thing *t = sb_call_thing(c, SID_SINK, c->args[0]);
    if (t == NULL) return;
    for (const struct thing *s = t->first; s != NULL; s = s->next)
        if (!s->removed) {
            sb_call_error_as(c, 400, 91007, "Sink has subscriptions and cannot be deleted");
            return;
        }
    sb_thing_remove(c->sb, t);
    sb_call_no_content(c);
}

/* ---- subscriptions ---- */

static const struct field subscription_fields[] = {
    {"Description", "description", FIELD_TEXT, true},
    {"SinkSid", "sink_sid", FIELD_TEXT, true},
};

static void put_subscription(struct call *c, const struct thing *t)
{
    sb_call_put_url(c, "url", "/v1/Subscriptions/%s", t->sid);
    json_key(c->out, "links");
    json_open(c->out, '{');
    sb_call_put_url(c, "subscribed_events", "/v1/Subscriptions/%s/SubscribedEvents", t->sid);
    json_close(c->out, '}');
}

static bool keep_subscription(const struct call *c, const struct thing *t)
{
    struct str sink = sb_call_query(c, "SinkSid");
    return sink.len == 0 || str_equal(sink, str_from(t->parent->sid));
}

static const struct thing_face subscription_face = {
    .kind = SID_SUBSCRIPTION, .list_key = "subscriptions", .fields = subscription_fields, .field_count = 2,
    .put_more = put_subscription, .keep = keep_subscription,
};

/* One {"type", "schema_version"}, or a list of them. False if that is none. */
static bool take_types(json_t *types, json_t *value)
{
    json_t *item;
    size_t i;
    const char *type = json_string_value(json_object_get(value, "type"));
    if (json_is_array(value)) {
        json_array_foreach (value, i, item)
            if (!take_types(types, item)) return false;
        return true;
    }
    if (type == NULL || !is_type(str_from(type))) return false;
    return json_array_append_new(types, json_pack("{s:s, s:I}", "type", type, "schema_version",
                                                  json_integer_value(json_object_get(value, "schema_version")))) == 0;
}

/* NULL after having refused. */
static json_t *read_types(struct call *c)
{
    json_t *types = json_array();
    bool good = true;
    for (size_t i = 0; i < c->form.count; i++) {
        struct str text = c->form.pairs[i].value;
        json_t *value;
        if (!str_equal(c->form.pairs[i].name, STR("Types")) || text.len == 0) continue;
        value = json_loadb(text.at, text.len, 0, NULL);
        good = good && value != NULL && take_types(types, value);
        json_decref(value);
    }
    if (good && json_array_size(types) > 0) return types;
    json_decref(types);
    sb_call_refuse(c, "Types is a list of {\"type\", \"schema_version\"} of known types");
    return NULL;
}

void sb_api_subscription_create(struct call *c)
{
    struct thing *sink, *t;
    json_t *types;
    if (sb_call_lacks(c, &subscription_face)) return;
    sink = sb_call_thing(c, SID_SINK, sb_call_param(c, "SinkSid"));
    if (sink == NULL || (types = read_types(c)) == NULL) return;
    t = sb_call_make(c, &subscription_face, sink);
    sb_fact_set_new(t, "_types", types);
    sb_call_answer_thing(c, &subscription_face, 201, t);
}

void sb_api_subscription_list(struct call *c) { sb_call_list_things(c, &subscription_face, NULL); }

static struct thing *subscription_named(struct call *c) { return sb_call_thing(c, SID_SUBSCRIPTION, c->args[0]); }

void sb_api_subscription_fetch(struct call *c)
{
    struct thing *t = subscription_named(c);
    if (t != NULL) sb_call_answer_thing(c, &subscription_face, 200, t);
}

void sb_api_subscription_delete(struct call *c)
{
    struct thing *t = subscription_named(c);
    if (t == NULL) return;
    sb_thing_remove(c->sb, t);
    sb_call_no_content(c);
}

/* ---- what is subscribed to ---- */

static json_t *types_of(const struct thing *t) { return json_object_get(t->facts, "_types"); }

static void put_event(struct call *c, size_t i)
{
    const struct thing *t = sb_thing_find(c->sb, SID_SUBSCRIPTION, c->args[0]);
    const json_t *item = json_array_get(types_of(t), i);
    const char *type = json_string_value(json_object_get(item, "type"));
    json_put_text(c->out, "account_sid", sandbox_account_sid(c->sb, t->account));
    json_put_text(c->out, "type", type);
    json_put_int(c->out, "schema_version", json_integer_value(json_object_get(item, "schema_version")));
    json_put_text(c->out, "subscription_sid", t->sid);
    sb_call_put_url(c, "url", "/v1/Subscriptions/%s/SubscribedEvents/%s", t->sid, type);
}

static void answer_event(struct call *c, int http_status, size_t i)
{
    sb_call_ok(c, http_status);
    put_event(c, i);
    json_close(c->out, '}');
}

void sb_api_subscribed_list(struct call *c)
{
    struct thing *t = subscription_named(c);
    if (t != NULL) sb_call_list_static(c, "types", json_array_size(types_of(t)), put_event);
}

static size_t subscribed_place(const struct thing *t, struct str type)
{
    size_t i = 0;
    while (i < json_array_size(types_of(t)) &&
           !str_equal(type, str_from(json_string_value(json_object_get(json_array_get(types_of(t), i), "type")))))
        i++;
    return i;
}

void sb_api_subscribed_create(struct call *c)
{
    struct thing *t = subscription_named(c);
    struct str type = sb_call_param(c, "Type");
    uint64_t version = 1;
    size_t place;
    if (t == NULL) return;
    if (!is_type(type) || (sb_call_param(c, "SchemaVersion").len > 0 &&
                           str_to_u64(sb_call_param(c, "SchemaVersion"), &version) != ERR_OK)) {
        sb_call_refuse(c, "Type is a known type, SchemaVersion a number");
        return;
    }
    place = subscribed_place(t, type);
    if (place < json_array_size(types_of(t))) {
        answer_event(c, 200, place);
        return;
    }
    (void)json_array_append_new(types_of(t), json_pack("{s:s%, s:I}", "type", type.at, type.len, "schema_version",
                                                       (json_int_t)version));
    answer_event(c, 201, place);
}

void sb_api_subscribed_delete(struct call *c)
{
    struct thing *t = subscription_named(c);
    size_t place;
    if (t == NULL) return;
    place = subscribed_place(t, c->args[1]);
    if (place == json_array_size(types_of(t))) {
        sb_call_not_found(c);
        return;
    }
    (void)json_array_remove(types_of(t), place);
    sb_call_no_content(c);
}
