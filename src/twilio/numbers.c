/*
 * numbers: incoming phone numbers over rest. Owns nothing. Contract in numbers.h.
 */
#include "twilio/numbers.h"

#include "twilio/form.h"

#include <strings.h>

enum { PAGES_MAX = 200, TARGET_BYTES = 512 };

/* Examples write {"sms":true}, live answers have long used {"SMS":true} (reference section 14.3). */
static bool capability(const json_t *object, const char *name)
{
    json_t *capabilities = json_object_get(object, "capabilities"), *value;
    const char *key;
    json_object_foreach(capabilities, key, value)
    {
        if (strcasecmp(key, name) == 0) return json_is_true(value);
    }
    return false;
}

enum err number_from_json(const json_t *object, struct twilio_number *out)
{
    *out = (struct twilio_number){0};
    if (!twilio_sid_is(twilio_json_text(object, "sid"), "PN")) return ERR_INVALID;
    twilio_json_copy(object, "sid", out->sid, sizeof out->sid);
    twilio_json_copy(object, "phone_number", out->phone_number, sizeof out->phone_number);
    out->friendly_name = twilio_json_text(object, "friendly_name");
    out->status = twilio_json_text(object, "status");
    out->origin = twilio_json_text(object, "origin");
    out->sms_url = twilio_json_text(object, "sms_url");
    out->sms_method = twilio_json_text(object, "sms_method");
    out->sms_fallback_url = twilio_json_text(object, "sms_fallback_url");
    out->sms_application_sid = twilio_json_text(object, "sms_application_sid");
    out->sms = capability(object, "sms");
    out->mms = capability(object, "mms");
    out->voice = capability(object, "voice");
    return ERR_OK;
}

struct number_walk {
    number_taker take;
    void *user;
};

static enum err take_number(void *user, const json_t *item, struct fault *f)
{
    const struct number_walk *walk = user;
    struct twilio_number number;
    if (number_from_json(item, &number) != ERR_OK)
        return fault_set(f, ERR_UNAVAILABLE, "Twilio listed a phone number without a SID");
    return walk->take(walk->user, &number, f);
}

enum err numbers_list(struct rest *r, const struct twilio_account *a, struct str phone_number,
                      number_taker take, void *user, struct fault *f)
{
    struct rest_list list = {TWILIO_API, {NULL, 0}, "incoming_phone_numbers", PAGES_MAX};
    struct number_walk walk = {take, user};
    struct buf target;
    enum err failed;

    buf_init(&target, TARGET_BYTES);
    buf_addf(&target, "/2010-04-01/Accounts/%s/IncomingPhoneNumbers.json?PageSize=1000", a->account_sid);
    if (phone_number.len > 0) {
        buf_add_text(&target, "&PhoneNumber=");
        url_encode_add(&target, phone_number);
    }
    failed = buf_check(&target);
    list.target = buf_str(&target);
    if (failed == ERR_OK)
        failed = rest_each(r, a, &list, take_number, &walk, f);
    else
        failed = fault_set(f, ERR_INVALID, "the number to look for is too long");
    buf_free(&target);
    return failed;
}

enum err numbers_set_webhooks(struct rest *r, const struct twilio_account *a, struct str sid,
                              struct str sms_url, struct str sms_fallback_url, struct fault *f)
{
    struct buf target, form;
    struct rest_call call = {.product = TWILIO_API, .form = &form};
    struct rest_answer answer = {0};
    enum err failed;

    if (!twilio_sid_is(sid, "PN"))
        return fault_set(f, ERR_INVALID, "a number's SID must be PN and 32 hex digits");
    buf_init(&target, TARGET_BYTES);
    buf_init(&form, 8192);
    buf_addf(&target, "/2010-04-01/Accounts/%s/IncomingPhoneNumbers/" STR_FMT ".json", a->account_sid,
             STR_ARG(sid));
    if (sms_url.len > 0) {
        form_encode_add(&form, STR("SmsUrl"), sms_url);
        form_encode_add(&form, STR("SmsMethod"), STR("POST"));
    }
    if (sms_fallback_url.len > 0) {
        form_encode_add(&form, STR("SmsFallbackUrl"), sms_fallback_url);
        form_encode_add(&form, STR("SmsFallbackMethod"), STR("POST"));
    }
    call.target = buf_str(&target);
    failed = buf_check(&form);
    if (failed != ERR_OK)
        failed =
            fault_set(f, ERR_INVALID, "the webhook URLs of number " STR_FMT " are too long", STR_ARG(sid));
    else if (form.len > 0)
        failed = rest_do(r, a, &call, &answer, f);
    rest_answer_free(&answer);
    buf_free(&form);
    buf_free(&target);
    return failed;
}
