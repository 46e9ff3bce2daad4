/*
 * services: Messaging Services over rest. Owns nothing. A record without its SID is refused; everything else
 * that is absent is empty. Contract in services.h.
 */
#include "twilio/services.h"

#include "twilio/form.h"

#include <stdio.h>

enum { PAGES_MAX = 200, TARGET_BYTES = 256 };

static const int NUMBER_IS_IN_THIS_SERVICE = 21710;
static const int NUMBER_IS_IN_ANOTHER_SERVICE = 21712;

enum err service_from_json(const json_t *object, struct twilio_service *out)
{
    *out = (struct twilio_service){0};
    if (!twilio_sid_is(twilio_json_text(object, "sid"), "MG")) return ERR_INVALID;
    twilio_json_copy(object, "sid", out->sid, sizeof out->sid);
    out->friendly_name = twilio_json_text(object, "friendly_name");
    out->usecase = twilio_json_text(object, "usecase");
    out->inbound_request_url = twilio_json_text(object, "inbound_request_url");
    out->inbound_method = twilio_json_text(object, "inbound_method");
    out->fallback_url = twilio_json_text(object, "fallback_url");
    out->status_callback = twilio_json_text(object, "status_callback");
    out->use_inbound_webhook_on_number = twilio_json_bool(object, "use_inbound_webhook_on_number", false);
    out->sticky_sender = twilio_json_bool(object, "sticky_sender", true);
    out->smart_encoding = twilio_json_bool(object, "smart_encoding", false);
    out->area_code_geomatch = twilio_json_bool(object, "area_code_geomatch", true);
    out->a2p_registered = twilio_json_bool(object, "us_app_to_person_registered", false);
    out->validity_period_s = twilio_json_int(object, "validity_period", 0);
    return ERR_OK;
}

enum err service_number_from_json(const json_t *object, struct twilio_service_number *out)
{
    const json_t *capabilities = json_object_get(object, "capabilities");

    *out = (struct twilio_service_number){0};
    if (!twilio_sid_is(twilio_json_text(object, "sid"), "PN")) return ERR_INVALID;
    twilio_json_copy(object, "sid", out->sid, sizeof out->sid);
    twilio_json_copy(object, "phone_number", out->phone_number, sizeof out->phone_number);
    twilio_json_copy(object, "country_code", out->country, sizeof out->country);
    for (size_t i = 0; i < json_array_size(capabilities); i++) /* ["MMS","SMS","Voice"], case not relied on */
        if (str_equal_nocase(str_from(json_string_value(json_array_get(capabilities, i))), STR("SMS")))
            out->sms = true;
    return ERR_OK;
}

/* ---- lists ----------------------------------------------------------------------------------------- */

struct service_walk {
    service_taker take;
    service_number_taker take_number;
    void *user;
};

static enum err take_service(void *user, const json_t *item, struct fault *f)
{
    const struct service_walk *walk = user;
    struct twilio_service service;
    if (service_from_json(item, &service) != ERR_OK)
        return fault_set(f, ERR_UNAVAILABLE, "Twilio listed a messaging service without a SID");
    return walk->take(walk->user, &service, f);
}

static enum err take_number(void *user, const json_t *item, struct fault *f)
{
    const struct service_walk *walk = user;
    struct twilio_service_number number;
    if (service_number_from_json(item, &number) != ERR_OK)
        return fault_set(f, ERR_UNAVAILABLE, "Twilio listed a service's number without a SID");
    return walk->take_number(walk->user, &number, f);
}

enum err services_list(struct rest *r, const struct twilio_account *a, service_taker take, void *user,
                       struct fault *f)
{
    struct rest_list list = {TWILIO_MESSAGING, STR("/v1/Services?PageSize=100"), "services", PAGES_MAX};
    struct service_walk walk = {.take = take, .user = user};
    return rest_each(r, a, &list, take_service, &walk, f);
}

/* "/v1/Services/{sid}" and what follows it; refuses what is no SID, so that nothing else gets into the path.
 */
static enum err service_target(struct buf *out, struct str sid, const char *rest, struct fault *f)
{
    buf_init(out, TARGET_BYTES);
    if (!twilio_sid_is(sid, "MG"))
        return fault_set(f, ERR_INVALID,
                         "'" STR_FMT "' is no messaging service's SID: it must be MG and 32 hex digits",
                         STR_ARG(str_slice(sid, 0, 40)));
    buf_addf(out, "/v1/Services/" STR_FMT "%s", STR_ARG(sid), rest);
    return buf_check(out);
}

enum err services_list_numbers(struct rest *r, const struct twilio_account *a, struct str sid,
                               service_number_taker take, void *user, struct fault *f)
{
    struct rest_list list = {TWILIO_MESSAGING, {NULL, 0}, "phone_numbers", PAGES_MAX};
    struct service_walk walk = {.take_number = take, .user = user};
    struct buf target;
    enum err failed = service_target(&target, sid, "/PhoneNumbers?PageSize=100", f);

    list.target = buf_str(&target);
    if (failed == ERR_OK) failed = rest_each(r, a, &list, take_number, &walk, f);
    buf_free(&target);
    return failed;
}

/* ---- one service ----------------------------------------------------------------------------------- */

enum err services_fetch(struct rest *r, const struct twilio_account *a, struct str sid,
                        struct twilio_service *out, struct rest_answer *answer, struct fault *f)
{
    struct buf target;
    enum err failed = service_target(&target, sid, "", f);
    struct rest_call call = {.product = TWILIO_MESSAGING, .target = buf_str(&target)};

    *out = (struct twilio_service){0};
    *answer = (struct rest_answer){0};
    if (failed == ERR_OK) failed = rest_do(r, a, &call, answer, f);
    if (failed == ERR_OK && service_from_json(answer->json, out) != ERR_OK)
        failed =
            fault_set(f, ERR_UNAVAILABLE,
                      "Twilio answered with something else than messaging service " STR_FMT, STR_ARG(sid));
    buf_free(&target);
    return failed;
}

static enum err post(struct rest *r, const struct twilio_account *a, struct str target,
                     const struct buf *form, int *error_code, struct fault *f)
{
    struct rest_call call = {.product = TWILIO_MESSAGING, .target = target, .form = form};
    struct rest_answer answer;
    enum err failed = rest_do(r, a, &call, &answer, f);
    *error_code = answer.error_code;
    rest_answer_free(&answer);
    return failed;
}

static void add_hooks(const struct service_webhooks *w, struct buf *form)
{
    if (w->inbound_request_url.len > 0) {
        form_encode_add(form, STR("InboundRequestUrl"), w->inbound_request_url);
        form_encode_add(form, STR("InboundMethod"), STR("POST"));
        form_encode_add(form, STR("UseInboundWebhookOnNumber"), STR("false"));
    }
    if (w->fallback_url.len > 0) {
        form_encode_add(form, STR("FallbackUrl"), w->fallback_url);
        form_encode_add(form, STR("FallbackMethod"), STR("POST"));
    }
    if (w->status_callback.len > 0) form_encode_add(form, STR("StatusCallback"), w->status_callback);
}

struct str services_usecase(struct str a2p)
{
    if (a2p.len == 0) return a2p;
    if (str_equal(a2p, STR("MARKETING"))) return STR("marketing");
    return str_equal(a2p, STR("2FA")) ? STR("verification") : STR("notifications");
}

static void add_flag(struct buf *form, struct str name, bool on)
{
    form_encode_add(form, name, on ? STR("true") : STR("false"));
}

void service_wanted_form(const struct service_wanted *w, struct buf *form)
{
    char seconds[16];

    add_hooks(&w->hooks, form);
    if (w->hooks.status_callback.len == 0) form_encode_add(form, STR("StatusCallback"), STR("")); /* takes it away */
    add_flag(form, STR("StickySender"), w->sticky_sender);
    add_flag(form, STR("AreaCodeGeomatch"), w->area_code_geomatch);
    add_flag(form, STR("SmartEncoding"), w->smart_encoding);
    if (w->usecase.len > 0) form_encode_add(form, STR("Usecase"), w->usecase);
    if (w->validity_period_s <= 0) return;
    (void)snprintf(seconds, sizeof seconds, "%d", w->validity_period_s);
    form_encode_add(form, STR("ValidityPeriod"), str_from(seconds));
}

enum err services_update(struct rest *r, const struct twilio_account *a, struct str sid,
                         const struct service_wanted *w, struct fault *f)
{
    struct buf target, form;
    int code = 0;
    enum err failed = service_target(&target, sid, "", f);

    buf_init(&form, 8192);
    service_wanted_form(w, &form);
    if (failed == ERR_OK && buf_check(&form) != ERR_OK)
        failed = fault_set(f, ERR_INVALID, "the webhook URLs of service " STR_FMT " are too long", STR_ARG(sid));
    if (failed == ERR_OK) failed = post(r, a, buf_str(&target), &form, &code, f);
    buf_free(&form);
    buf_free(&target);
    return failed;
}

enum err services_set_webhooks(struct rest *r, const struct twilio_account *a, struct str sid,
                               const struct service_webhooks *w, struct fault *f)
{
    struct buf target, form;
    int code = 0;
    enum err failed = service_target(&target, sid, "", f);

    buf_init(&form, 8192);
    add_hooks(w, &form);
    if (failed == ERR_OK && buf_check(&form) != ERR_OK)
        failed =
            fault_set(f, ERR_INVALID, "the webhook URLs of service " STR_FMT " are too long", STR_ARG(sid));
    if (failed == ERR_OK && form.len > 0) failed = post(r, a, buf_str(&target), &form, &code, f);
    buf_free(&form);
    buf_free(&target);
    return failed;
}

enum err services_attach_number(struct rest *r, const struct twilio_account *a, struct str sid,
                                struct str number_sid, struct fault *f)
{
    struct buf target, form;
    int code = 0;
    enum err failed = service_target(&target, sid, "/PhoneNumbers", f);

    buf_init(&form, TARGET_BYTES);
    if (failed == ERR_OK && !twilio_sid_is(number_sid, "PN"))
        failed = fault_set(f, ERR_INVALID, "a number's SID must be PN and 32 hex digits");
    form_encode_add(&form, STR("PhoneNumberSid"), number_sid);
    if (failed == ERR_OK) failed = post(r, a, buf_str(&target), &form, &code, f);
    if (failed != ERR_OK && code == NUMBER_IS_IN_THIS_SERVICE) failed = ERR_OK;
    if (failed != ERR_OK && code == NUMBER_IS_IN_ANOTHER_SERVICE)
        failed = fault_set(f, ERR_CONFLICT,
                           "number " STR_FMT " is in the pool of another messaging service: take it out "
                           "there first",
                           STR_ARG(number_sid));
    buf_free(&form);
    buf_free(&target);
    return failed;
}
