/* lookup: Lookup v2 over rest. Owns nothing; what is absent is empty. Contract in lookup.h. */
#include "twilio/lookup.h"

#include <inttypes.h>

#define NUMBER_MAX UINT64_C(999999999999999)
enum { TARGET_BYTES = 256 };

enum err lookup_target(struct buf *out, uint64_t number, const struct lookup_ask *ask)
{
    bool reassigned = ask->verified_on[0] != '\0';
    if (number == 0 || number > NUMBER_MAX) return ERR_INVALID;
    buf_addf(out, "/v2/PhoneNumbers/%%2B%" PRIu64, number);
    if (ask->line_type || reassigned)
        buf_addf(out, "?Fields=%s%s%s", ask->line_type ? "line_type_intelligence" : "",
                 ask->line_type && reassigned ? "%2C" : "", reassigned ? "reassigned_number" : "");
    if (reassigned) buf_addf(out, "&LastVerifiedDate=%.8s", ask->verified_on);
    return buf_check(out);
}

static uint64_t number_of(struct str text)
{
    uint64_t number;
    if (text.len < 2 || text.at[0] != '+' || str_to_u64(str_slice(text, 1, text.len), &number) != ERR_OK) return 0;
    return number > NUMBER_MAX ? 0 : number;
}

static enum lookup_reassigned reassigned_of(struct str said)
{
    if (str_equal_nocase(said, STR("yes"))) return LOOKUP_OWNER_CHANGED;
    return str_equal_nocase(said, STR("no")) ? LOOKUP_OWNER_SAME : LOOKUP_OWNER_UNKNOWN;
}

static void read_packages(const json_t *object, struct twilio_lookup *out)
{
    const json_t *line = json_object_get(object, "line_type_intelligence");
    const json_t *owner = json_object_get(object, "reassigned_number");
    if (json_is_object(line)) {
        twilio_json_copy(line, "type", out->type, sizeof out->type);
        twilio_json_copy(line, "carrier_name", out->carrier, sizeof out->carrier);
        twilio_json_copy(line, "mobile_country_code", out->mcc, sizeof out->mcc);
        twilio_json_copy(line, "mobile_network_code", out->mnc, sizeof out->mnc);
        out->line_error = twilio_json_int(line, "error_code", 0);
    }
    if (!json_is_object(owner)) return;
    out->reassigned_error = twilio_json_int(owner, "error_code", 0);
    if (out->reassigned_error == 0)
        out->reassigned = reassigned_of(twilio_json_text(owner, "is_number_reassigned"));
}

enum err lookup_from_json(const json_t *object, struct twilio_lookup *out)
{
    const json_t *reasons = json_object_get(object, "validation_errors");
    const char *reason = json_string_value(json_array_get(reasons, 0));
    *out = (struct twilio_lookup){0};
    if (!json_is_boolean(json_object_get(object, "valid"))) return ERR_INVALID;
    out->valid = twilio_json_bool(object, "valid", false);
    if (reason != NULL && str_copy(str_from(reason), out->invalid, sizeof out->invalid) != ERR_OK)
        out->invalid[0] = '\0';
    if (!out->valid) return ERR_OK;
    out->number = number_of(twilio_json_text(object, "phone_number"));
    if (out->number == 0) return ERR_INVALID;
    twilio_json_copy(object, "country_code", out->country, sizeof out->country);
    read_packages(object, out);
    return ERR_OK;
}

/* rest names the call by its path, and here that is somebody's number: faults are logged. */
static enum err refused(enum err failed, const struct rest_answer *answer, struct fault *f)
{
    if (failed == ERR_OK || failed == ERR_CANCELED) return failed;
    if (answer->http_status == 0)
        return fault_set(f, failed, "Twilio's Lookup cannot be reached or broke off");
    return fault_set(f, failed, "Twilio's Lookup answered %d, error %d", answer->http_status, answer->error_code);
}

enum err lookup_number(struct rest *r, const struct twilio_account *a, uint64_t number, const struct lookup_ask *ask,
                       struct twilio_lookup *out, int *error_code, struct fault *f)
{
    struct buf target;
    struct rest_answer answer = {0};
    struct rest_call call = {.product = TWILIO_LOOKUPS};
    enum err failed;
    *out = (struct twilio_lookup){0};
    buf_init(&target, TARGET_BYTES);
    failed = lookup_target(&target, number, ask);
    call.target = buf_str(&target);
    if (failed != ERR_OK)
        failed = fault_set(f, failed, "Lookup needs a number of 15 digits at most");
    else
        failed = refused(rest_do(r, a, &call, &answer, f), &answer, f);
    if (failed == ERR_OK && lookup_from_json(answer.json, out) != ERR_OK)
        failed = fault_set(f, ERR_UNAVAILABLE, "Twilio's Lookup answered with something else than a number");
    *error_code = failed == ERR_OK ? 0 : answer.error_code;
    rest_answer_free(&answer);
    buf_free(&target);
    return failed;
}
