/* drift_compare: how a service shall be, and how it is not. Contract in drift.h. */
#include "app/drift.h"

#include "base/mutant.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

void drift_wanted(const struct settings *s, struct str use_case, const char *inbound, const char *fallback,
                  struct service_wanted *out)
{
    *out = (struct service_wanted){.hooks = {.inbound_request_url = str_from(inbound),
                                             .fallback_url = str_from(fallback)},
                                   .usecase = services_usecase(use_case),
                                   .sticky_sender = s->services_sticky_sender,
                                   .smart_encoding = s->services_smart_encoding,
                                   .area_code_geomatch = s->services_area_code_geomatch,
                                   .validity_period_s = (int)s->services_validity_period_s};
}

static void differs(struct drift_difference *all, size_t *count, const char *field, struct str was, struct str is)
{
    struct drift_difference *d = &all[*count];

    if (*count == DRIFT_DIFFERENCES_MAX) return;
    d->field = field;
    (void)snprintf(d->was, sizeof d->was, STR_FMT, STR_ARG(was));
    (void)snprintf(d->is, sizeof d->is, STR_FMT, STR_ARG(is));
    ++*count;
}

static void compare_text(struct drift_difference *all, size_t *count, const char *field, struct str was, struct str is)
{
    if (!str_equal(was, is)) differs(all, count, field, was, is);
}

static struct str word(bool on)
{
    return on ? STR("true") : STR("false");
}

size_t drift_compare(const struct service_wanted *w, const struct twilio_service *is,
                     struct drift_difference out[DRIFT_DIFFERENCES_MAX])
{
    char was_s[16], is_s[16];
    size_t count = 0;

    if (!MUTANT(drift_webhook_unseen))
        compare_text(out, &count, "inbound_request_url", w->hooks.inbound_request_url, is->inbound_request_url);
    /* Twilio's own default when it says nothing. */
    if (is->inbound_method.len > 0) compare_text(out, &count, "inbound_method", STR("POST"), is->inbound_method);
    compare_text(out, &count, "fallback_url", w->hooks.fallback_url, is->fallback_url);
    /* Each message names its own; a service's would only tell others. */
    compare_text(out, &count, "status_callback", w->hooks.status_callback, is->status_callback);
    compare_text(out, &count, "use_inbound_webhook_on_number", word(false), word(is->use_inbound_webhook_on_number));
    compare_text(out, &count, "sticky_sender", word(w->sticky_sender), word(is->sticky_sender));
    compare_text(out, &count, "area_code_geomatch", word(w->area_code_geomatch), word(is->area_code_geomatch));
    compare_text(out, &count, "smart_encoding", word(w->smart_encoding), word(is->smart_encoding));
    if (w->usecase.len > 0) compare_text(out, &count, "usecase", w->usecase, is->usecase);
    (void)snprintf(was_s, sizeof was_s, "%d", w->validity_period_s);
    (void)snprintf(is_s, sizeof is_s, "%d", is->validity_period_s);
    if (w->validity_period_s > 0) compare_text(out, &count, "validity_period", str_from(was_s), str_from(is_s));
    return count;
}

size_t drift_webhooks_elsewhere(struct str findings)
{
    json_t *all = findings.len == 0 ? NULL : json_loadb(findings.at, findings.len, 0, NULL), *one;
    size_t i, count = 0;

    json_array_foreach(all, i, one)
    {
        const char *kind = json_string_value(json_object_get(one, "kind"));
        const char *field = json_string_value(json_object_get(one, "field"));
        bool hook = field != NULL && (strcmp(field, "inbound_request_url") == 0 || strcmp(field, "fallback_url") == 0 ||
                                      strcmp(field, "use_inbound_webhook_on_number") == 0);
        count += kind != NULL && strcmp(kind, "service_setting") == 0 && hook &&
                 !json_is_true(json_object_get(one, "repaired"));
    }
    json_decref(all);
    return count;
}
