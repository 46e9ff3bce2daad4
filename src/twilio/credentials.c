/*
 * credentials: a GET that does no harm. Standard API keys may not read the account itself (reference section
 * 1.2), so they ask for one message instead. Contract in credentials.h.
 */
#include "twilio/credentials.h"

#include <string.h>

enum { TARGET_BYTES = 128 };

static enum err read_info(const json_t *json, struct twilio_account_info *out, struct fault *f)
{
    twilio_json_copy(json, "sid", out->account_sid, sizeof out->account_sid);
    twilio_json_copy(json, "owner_account_sid", out->owner_sid, sizeof out->owner_sid);
    twilio_json_copy(json, "friendly_name", out->friendly_name, sizeof out->friendly_name);
    twilio_json_copy(json, "status", out->status, sizeof out->status);
    twilio_json_copy(json, "type", out->type, sizeof out->type);
    out->is_known = true;
    if (out->status[0] == '\0' || strcmp(out->status, "active") == 0) return ERR_OK;
    return fault_set(f, ERR_DENIED, "Twilio account %s is %s: it cannot send until it is active again",
                     out->account_sid, out->status);
}

enum err credentials_check(struct rest *r, const struct twilio_account *a, struct twilio_account_info *out,
                           struct fault *f)
{
    bool by_key = strncmp(a->user, "SK", 2) == 0;
    struct rest_call call = {.product = TWILIO_API};
    struct rest_answer answer;
    struct buf target;
    enum err failed;

    *out = (struct twilio_account_info){0};
    buf_init(&target, TARGET_BYTES);
    buf_addf(&target, "/2010-04-01/Accounts/%s%s.json%s", a->account_sid, by_key ? "/Messages" : "",
             by_key ? "?PageSize=1" : "");
    call.target = buf_str(&target);
    failed = rest_do(r, a, &call, &answer, f);
    out->error_code = answer.error_code;
    if (failed == ERR_OK && !by_key)
        failed = read_info(answer.json, out, f);
    else if (answer.error_code == TWILIO_TEST_CREDENTIALS)
        failed = ERR_OK;
    else if (failed == ERR_DENIED && answer.http_status == 401)
        failed =
            fault_set(f, ERR_DENIED,
                      "Twilio refuses the credentials of account %s (error %d): check that the %s is "
                      "the current one of %s, and of this region",
                      a->account_sid, answer.error_code, by_key ? "API key's secret" : "auth token", a->user);
    rest_answer_free(&answer);
    buf_free(&target);
    return failed;
}
