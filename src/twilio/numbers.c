/*
 * numbers: incoming phone numbers over rest. Owns nothing. Contract in numbers.h.
 */
#include "twilio/numbers.h"

#include "twilio/form.h"

#include <string.h>
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

/* ---- finding numbers to buy ---- */

const char *number_type_name(enum number_type t)
{
    return t == NUMBER_MOBILE ? "mobile" : t == NUMBER_TOLL_FREE ? "toll_free" : "local";
}

enum err number_offer_from_json(const json_t *object, struct number_offer *out)
{
    *out = (struct number_offer){0};
    if (!twilio_json_copy(object, "phone_number", out->phone_number, sizeof out->phone_number) ||
        out->phone_number[0] != '+')
        return ERR_INVALID;
    out->friendly_name = twilio_json_text(object, "friendly_name");
    out->locality = twilio_json_text(object, "locality");
    out->region = twilio_json_text(object, "region");
    out->postal_code = twilio_json_text(object, "postal_code");
    out->address_requirements = twilio_json_text(object, "address_requirements");
    out->beta = twilio_json_bool(object, "beta", false);
    out->sms = capability(object, "sms");
    out->mms = capability(object, "mms");
    out->voice = capability(object, "voice");
    return ERR_OK;
}

static void ask(struct buf *target, const char *name, struct str value)
{
    if (value.len == 0) return;
    buf_addf(target, "&%s=", name);
    url_encode_add(target, value);
}

static void search_target(const struct twilio_account *a, const struct number_search *s, struct buf *target)
{
    buf_addf(target, "/2010-04-01/Accounts/%s/AvailablePhoneNumbers/", a->account_sid);
    url_encode_add(target, s->country);
    buf_addf(target, "/%s.json?PageSize=%d", s->type == NUMBER_MOBILE ? "Mobile"
             : s->type == NUMBER_TOLL_FREE ? "TollFree" : "Local", s->limit);
    ask(target, "AreaCode", s->area_code);
    ask(target, "Contains", s->contains);
    ask(target, "InRegion", s->region);
    ask(target, "InLocality", s->locality);
    ask(target, "InPostalCode", s->postal_code);
    ask(target, "NearNumber", s->near_number);
    ask(target, "NearLatLong", s->near_lat_long);
    if (s->distance_miles > 0) buf_addf(target, "&Distance=%d", s->distance_miles);
    if (s->sms) buf_add_text(target, "&SmsEnabled=true");
    if (s->mms) buf_add_text(target, "&MmsEnabled=true");
    if (s->voice) buf_add_text(target, "&VoiceEnabled=true");
}

static enum err take_offers(const json_t *list, offer_taker take, void *user, struct fault *f)
{
    enum err code = ERR_OK;

    if (!json_is_array(list)) return fault_set(f, ERR_UNAVAILABLE, "Twilio answered a search with no list of numbers");
    for (size_t i = 0; i < json_array_size(list) && code == ERR_OK; i++) {
        struct number_offer offer;
        if (number_offer_from_json(json_array_get(list, i), &offer) == ERR_OK) code = take(user, &offer, f);
    }
    return code;
}

enum err numbers_search(struct rest *r, const struct twilio_account *a, const struct number_search *s,
                        offer_taker take, void *user, int *error_code, struct fault *f)
{
    struct buf target;
    struct rest_answer answer = {0};
    struct rest_call call = {.product = TWILIO_API};
    enum err code;

    buf_init(&target, TARGET_BYTES * 4);
    search_target(a, s, &target);
    call.target = buf_str(&target);
    code = buf_check(&target) != ERR_OK ? fault_set(f, ERR_INVALID, "what is searched for is too long")
                                        : rest_do(r, a, &call, &answer, f);
    if (code == ERR_OK) code = take_offers(json_object_get(answer.json, "available_phone_numbers"), take, user, f);
    *error_code = answer.error_code;
    rest_answer_free(&answer);
    buf_free(&target);
    return code;
}

/* ---- one at a time ---- */

struct found_walk {
    enum number_key by;
    struct str value, sms_url;
    struct number_found *out;
};

static void fill_found(const struct twilio_number *n, struct str sms_url, struct number_found *out)
{
    memcpy(out->sid, n->sid, sizeof out->sid);
    memcpy(out->phone_number, n->phone_number, sizeof out->phone_number);
    out->is_webhook_other = !str_equal(n->sms_url, sms_url) || n->sms_application_sid.len > 0;
    out->sms = n->sms;
}

static enum err take_found(void *user, const struct twilio_number *n, struct fault *f)
{
    const struct found_walk *w = user;
    struct str mine = w->by == NUMBER_BY_NAME ? n->friendly_name : str_from(n->phone_number);

    (void)f;
    if (w->out->sid[0] == '\0' && str_equal(mine, w->value)) fill_found(n, w->sms_url, w->out);
    return ERR_OK;
}

static enum err list_by(struct rest *r, const struct twilio_account *a, const char *filter, struct str value,
                        number_taker take, void *user, struct fault *f)
{
    struct rest_list list = {TWILIO_API, {NULL, 0}, "incoming_phone_numbers", PAGES_MAX};
    struct number_walk walk = {take, user};
    struct buf target;
    enum err failed;

    buf_init(&target, TARGET_BYTES);
    buf_addf(&target, "/2010-04-01/Accounts/%s/IncomingPhoneNumbers.json?PageSize=1000", a->account_sid);
    ask(&target, filter, value);
    failed = buf_check(&target);
    list.target = buf_str(&target);
    failed = failed == ERR_OK ? rest_each(r, a, &list, take_number, &walk, f)
                              : fault_set(f, ERR_INVALID, "the number to look for is too long");
    buf_free(&target);
    return failed;
}

enum err numbers_list(struct rest *r, const struct twilio_account *a, struct str phone_number,
                      number_taker take, void *user, struct fault *f)
{
    return list_by(r, a, "PhoneNumber", phone_number, take, user, f);
}

enum err numbers_find(struct rest *r, const struct twilio_account *a, enum number_key by, struct str value,
                      struct str sms_url, struct number_found *out, struct fault *f)
{
    struct found_walk walk = {by, value, sms_url, out};

    *out = (struct number_found){.is_webhook_other = false};
    return list_by(r, a, by == NUMBER_BY_NAME ? "FriendlyName" : "PhoneNumber", value, take_found, &walk, f);
}

enum err numbers_buy(struct rest *r, const struct twilio_account *a, const struct number_purchase *p,
                     struct number_found *out, struct rest_answer *answer, struct fault *f)
{
    struct buf form, target;
    struct rest_call call = {TWILIO_API, {NULL, 0}, &form, false};
    struct twilio_number bought;
    enum err code;

    *out = (struct number_found){.is_webhook_other = false};
    buf_init(&form, 8192);
    buf_init(&target, TARGET_BYTES);
    buf_addf(&target, "/2010-04-01/Accounts/%s/IncomingPhoneNumbers.json", a->account_sid);
    form_encode_add(&form, STR("PhoneNumber"), p->phone_number);
    form_encode_add(&form, STR("FriendlyName"), p->name);
    form_encode_add(&form, STR("SmsUrl"), p->sms_url);
    form_encode_add(&form, STR("SmsMethod"), STR("POST"));
    call.target = buf_str(&target);
    code = rest_do(r, a, &call, answer, f);
    if (code == ERR_OK && number_from_json(answer->json, &bought) != ERR_OK) {
        code = fault_set(f, ERR_UNAVAILABLE, "Twilio answered a purchase with something else than a number");
        answer->class = PROVIDER_CLASS_IN_DOUBT;
    }
    if (code == ERR_OK) fill_found(&bought, p->sms_url, out);
    rest_answer_free(answer);
    buf_free(&target);
    buf_free(&form);
    return code;
}

enum err numbers_release(struct rest *r, const struct twilio_account *a, struct str sid, struct rest_answer *answer,
                         struct fault *f)
{
    struct buf target;
    struct rest_call call = {TWILIO_API, {NULL, 0}, NULL, true};
    enum err code;

    *answer = (struct rest_answer){0};
    if (!twilio_sid_is(sid, "PN")) return fault_set(f, ERR_INVALID, "a number's SID must be PN and 32 hex digits");
    buf_init(&target, TARGET_BYTES);
    buf_addf(&target, "/2010-04-01/Accounts/%s/IncomingPhoneNumbers/" STR_FMT ".json", a->account_sid, STR_ARG(sid));
    call.target = buf_str(&target);
    code = rest_do(r, a, &call, answer, f);
    rest_answer_free(answer);
    buf_free(&target);
    return code == ERR_NOT_FOUND ? ERR_OK : code;
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
