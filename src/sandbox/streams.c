/*
 * streams: events of registrations as CloudEvents to the sinks that subscribed to them (reference 17.1). Contract in
 * a2p.h.
 *
 * A subscription gets the events of its own account and of that account's subaccounts. Each event is a body of its
 * own: an array with one element. Faults of callbacks double and reorder them; what is lost comes all the same.
 */
#include "sandbox/a2p.h"

#include "base/rfc3339.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define PREFIX "com.twilio.messaging.compliance."
static const char *const types[] = {
    PREFIX "brand-registration.brand-registered", PREFIX "brand-registration.brand-failure",
    PREFIX "brand-registration.brand-verified", PREFIX "brand-registration.brand-unverified",
    PREFIX "brand-registration.brand-vetted-verified", PREFIX "brand-registration.email-2fa-sent",
    PREFIX "brand-registration.email-2fa-opened", PREFIX "brand-registration.email-2fa-clicked",
    PREFIX "brand-registration.email-2fa-completed", PREFIX "brand-registration.email-2fa-timeout",
    PREFIX "brand-registration.brand-secondary-vetting-failure",
    PREFIX "campaign-registration.campaign-submitted", PREFIX "campaign-registration.campaign-approved",
    PREFIX "campaign-registration.campaign-failure", PREFIX "campaign-registration.campaign-deleted",
    PREFIX "number-registration.pending", PREFIX "number-registration.successful",
    PREFIX "number-registration.failed", PREFIX "number-deregistration.pending",
    PREFIX "number-deregistration.successful", PREFIX "toll-free-verification.requested",
    PREFIX "toll-free-verification.pending-review", PREFIX "toll-free-verification.edit",
    PREFIX "toll-free-verification.request-approved", PREFIX "toll-free-verification.rejected",
    PREFIX "toll-free-verification.deleted",
};

size_t sb_event_type_count(void) { return sizeof types / sizeof *types; }
const char *sb_event_type_at(size_t i) { return types[i]; }

static bool is_subscribed(const struct sandbox *sb, const struct thing *s, const struct thing *about, struct str type)
{
    json_t *item;
    size_t i;
    if (s->removed || s->parent->removed) return false;
    if (s->account != about->account && s->account != sb_account_root(sb, about->account)) return false;
    json_array_foreach (json_object_get(s->facts, "_types"), i, item)
        if (str_equal(type, str_from(json_string_value(json_object_get(item, "type"))))) return true;
    return false;
}

static char *cloud_event(struct sandbox *sb, const struct thing *about, const char *type, json_t *data)
{
    char id[48], time[RFC3339_BYTES];
    json_t *array;
    char *text;
    uint64_t a = world_pair(sb->key ^ ++sb->registry->events, 7);
    (void)snprintf(id, sizeof id, "EZ%016" PRIx64 "%016" PRIx64, a, world_pair(a, sb->registry->events));
    rfc3339_format(world_date(sb), time);
    array = json_pack("[{s:s, s:s, s:s+, s:s, s:s, s:s, s:s, s:O}]", "specversion", "1.0", "type", type, "source",
                      "/messaging/compliance/", about->sid, "id", id, "dataschema",
                      "https://events-schemas.twilio.com/Messaging.Compliance/1", "datacontenttype",
                      "application/json", "time", time, "data", data);
    text = json_dumps(array, JSON_COMPACT);
    json_decref(array);
    return text;
}

static void send(struct sandbox *sb, const struct thing *sink, const char *body)
{
    const json_t *url = json_object_get(json_object_get(sink->facts, "sink_configuration"), "destination");
    if (!json_is_string(url)) return;
    sb_webhook_notice(sb, sink->account, str_from(json_string_value(url)), str_from(body), true);
}

void sb_event(struct sandbox *sb, const struct thing *about, const char *type, json_t *data)
{
    char full[128], created[RFC3339_BYTES], updated[RFC3339_BYTES];
    const struct thing *s;
    char *body = NULL;
    BUG_IF(data == NULL);
    (void)snprintf(full, sizeof full, PREFIX "%s", type);
    rfc3339_format(world_shown(sb, about->created_ms), created);
    rfc3339_format(world_shown(sb, about->updated_ms), updated);
    (void)json_object_set_new(data, "accountsid", json_string(sandbox_account_sid(sb, about->account)));
    (void)json_object_set_new(data, "createddate", json_string(created));
    (void)json_object_set_new(data, "updateddate", json_string(updated));
    (void)json_object_set_new(data, "timestamp", json_integer(world_date(sb)));
    for (uint64_t n = 0; (s = sb_thing_at(sb, SID_SUBSCRIPTION, n)) != NULL; n++) {
        if (!is_subscribed(sb, s, about, str_from(full))) continue;
        if (body == NULL) body = cloud_event(sb, about, full, data);
        send(sb, s->parent, body);
    }
    free(body);
    json_decref(data);
}
