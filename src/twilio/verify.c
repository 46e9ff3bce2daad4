/* verify: Verify v2 over rest. Owns nothing; forms that held a code are wiped. Contract in verify.h. */
#include "twilio/verify.h"

#include "twilio/form.h"

#include <stdio.h>
#include <string.h>

enum { PAGES_MAX = 100, TARGET_BYTES = 256, FORM_BYTES = 1024 };

enum err verify_service_from_json(const json_t *object, struct twilio_verify_service *out)
{
    *out = (struct twilio_verify_service){0};
    if (!twilio_sid_is(twilio_json_text(object, "sid"), "VA")) return ERR_INVALID;
    twilio_json_copy(object, "sid", out->sid, sizeof out->sid);
    out->friendly_name = twilio_json_text(object, "friendly_name");
    out->code_length = twilio_json_int(object, "code_length", 0);
    return ERR_OK;
}

enum err verification_from_json(const json_t *object, struct twilio_verification *out)
{
    *out = (struct twilio_verification){0};
    if (!twilio_sid_is(twilio_json_text(object, "sid"), "VE")) return ERR_INVALID;
    twilio_json_copy(object, "sid", out->sid, sizeof out->sid);
    if (!twilio_json_copy(object, "status", out->status, sizeof out->status)) return ERR_INVALID;
    twilio_json_copy(object, "channel", out->channel, sizeof out->channel);
    out->valid = twilio_json_bool(object, "valid", false);
    out->sends = (unsigned)json_array_size(json_object_get(object, "send_code_attempts"));
    return ERR_OK;
}

struct walk {
    verify_service_taker take;
    void *user;
};

static enum err take_service(void *user, const json_t *item, struct fault *f)
{
    const struct walk *walk = user;
    struct twilio_verify_service service;
    if (verify_service_from_json(item, &service) != ERR_OK)
        return fault_set(f, ERR_UNAVAILABLE, "Twilio listed a Verify service without a SID");
    return walk->take(walk->user, &service, f);
}

enum err verify_services_list(struct rest *r, const struct twilio_account *a, verify_service_taker take, void *user,
                              struct fault *f)
{
    struct rest_list list = {TWILIO_VERIFY, STR("/v2/Services?PageSize=100"), "services", PAGES_MAX};
    struct walk walk = {take, user};
    return rest_each(r, a, &list, take_service, &walk, f);
}

enum err verify_service_create(struct rest *r, const struct twilio_account *a, struct str name, unsigned code_length,
                               char sid[TWILIO_SID_BYTES], enum provider_class *class, struct fault *f)
{
    struct buf form;
    struct rest_answer answer = {0};
    struct rest_call call = {.product = TWILIO_VERIFY, .target = STR("/v2/Services"), .form = &form};
    struct twilio_verify_service made;
    char length[12];
    enum err failed;
    buf_init(&form, FORM_BYTES);
    (void)snprintf(length, sizeof length, "%u", code_length);
    form_encode_add(&form, STR("FriendlyName"), name);
    form_encode_add(&form, STR("CodeLength"), str_from(length));
    failed = buf_check(&form) != ERR_OK ? fault_set(f, ERR_INVALID, "the name of the Verify service is too long")
                                        : rest_do(r, a, &call, &answer, f);
    if (failed == ERR_OK && verify_service_from_json(answer.json, &made) != ERR_OK)
        failed = fault_set(f, ERR_UNAVAILABLE, "Twilio answered with something else than a Verify service");
    if (failed == ERR_OK) memcpy(sid, made.sid, sizeof made.sid);
    *class = answer.class;
    rest_answer_free(&answer);
    buf_free(&form);
    return failed;
}

/* "/v2/Services/{sid}" and what follows; what is no SID does not get into a path. */
static enum err target_of(struct buf *out, struct str service, const char *rest, struct str verification,
                          struct fault *f)
{
    buf_init(out, TARGET_BYTES);
    if (!twilio_sid_is(service, "VA"))
        return fault_set(f, ERR_INVALID, "a Verify service's SID must be VA and 32 hex digits");
    if (verification.len > 0 && !twilio_sid_is(verification, "VE"))
        return fault_set(f, ERR_INVALID, "a verification's SID must be VE and 32 hex digits");
    buf_addf(out, "/v2/Services/" STR_FMT "%s" STR_FMT, STR_ARG(service), rest, STR_ARG(verification));
    return buf_check(out);
}

static enum err ask(struct rest *r, const struct twilio_account *a, const struct buf *target, const struct buf *form,
                    struct twilio_verification *out, int *error_code, struct fault *f)
{
    struct rest_answer answer = {0};
    struct rest_call call = {.product = TWILIO_VERIFY, .target = buf_str(target), .form = form};
    enum err failed = form != NULL && buf_check(form) != ERR_OK
                          ? fault_set(f, ERR_INVALID, "the request to Verify is too long")
                          : rest_do(r, a, &call, &answer, f);
    if (failed == ERR_OK && verification_from_json(answer.json, out) != ERR_OK)
        failed = fault_set(f, ERR_UNAVAILABLE, "Twilio answered with something else than a verification");
    *error_code = failed == ERR_OK ? 0 : answer.error_code;
    rest_answer_free(&answer);
    return failed;
}

/* A form that held a code leaves nothing behind. */
static void form_wipe(struct buf *form)
{
    if (form->at != NULL) explicit_bzero(form->at, form->len);
    buf_free(form);
}

enum err verify_start(struct rest *r, const struct twilio_account *a, struct str service,
                      const struct verify_start *start, struct twilio_verification *out, int *error_code,
                      struct fault *f)
{
    struct buf target, form;
    char to[24];
    enum err failed = target_of(&target, service, "/Verifications", (struct str){NULL, 0}, f);
    *out = (struct twilio_verification){0};
    *error_code = 0;
    buf_init(&form, FORM_BYTES);
    (void)snprintf(to, sizeof to, "+%llu", (unsigned long long)start->to);
    form_encode_add(&form, STR("To"), str_from(to));
    form_encode_add(&form, STR("Channel"), start->channel);
    if (start->locale.len > 0) form_encode_add(&form, STR("Locale"), start->locale);
    if (failed == ERR_OK) failed = ask(r, a, &target, &form, out, error_code, f);
    buf_free(&form);
    buf_free(&target);
    return failed;
}

enum err verify_check(struct rest *r, const struct twilio_account *a, struct str service, struct str verification,
                      struct str code, struct twilio_verification *out, int *error_code, struct fault *f)
{
    struct buf target, form;
    enum err failed = target_of(&target, service, "/VerificationCheck", (struct str){NULL, 0}, f);
    *out = (struct twilio_verification){0};
    *error_code = 0;
    buf_init(&form, FORM_BYTES);
    form_encode_add(&form, STR("VerificationSid"), verification);
    form_encode_add(&form, STR("Code"), code);
    if (failed == ERR_OK) failed = ask(r, a, &target, &form, out, error_code, f);
    form_wipe(&form);
    buf_free(&target);
    return failed;
}

enum err verify_fetch(struct rest *r, const struct twilio_account *a, struct str service, struct str verification,
                      struct twilio_verification *out, struct fault *f)
{
    struct buf target;
    int code;
    enum err failed = target_of(&target, service, "/Verifications/", verification, f);
    *out = (struct twilio_verification){0};
    if (failed == ERR_OK) failed = ask(r, a, &target, NULL, out, &code, f);
    buf_free(&target);
    return failed;
}

enum err verify_find(struct rest *r, const struct twilio_account *a, struct str service, uint64_t to,
                     struct twilio_verification *out, struct fault *f)
{
    struct buf target;
    int code;
    enum err failed = target_of(&target, service, "/Verifications/", (struct str){NULL, 0}, f);
    *out = (struct twilio_verification){0};
    buf_addf(&target, "%%2B%llu", (unsigned long long)to);
    if (failed == ERR_OK) failed = buf_check(&target);
    if (failed == ERR_OK) failed = ask(r, a, &target, NULL, out, &code, f);
    buf_free(&target);
    return failed;
}

enum err verify_cancel(struct rest *r, const struct twilio_account *a, struct str service, struct str verification,
                       struct twilio_verification *out, struct fault *f)
{
    struct buf target, form;
    int code;
    enum err failed = target_of(&target, service, "/Verifications/", verification, f);
    *out = (struct twilio_verification){0};
    buf_init(&form, FORM_BYTES);
    form_encode_add(&form, STR("Status"), STR("canceled"));
    if (failed == ERR_OK) failed = ask(r, a, &target, &form, out, &code, f);
    buf_free(&form);
    buf_free(&target);
    return failed;
}
