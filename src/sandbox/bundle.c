/* bundle: what the review of a customer profile or trust product brings about (reference 11.2). */
#include "sandbox/review.h"
#include "sandbox/trust.h"
#include "twilio/form.h"

#include <stdio.h>

int sb_bundle_fault(const struct sandbox *sb, const struct thing *t)
{
    bool compliant;
    json_t *results = sb_trust_evaluate(sb, t, &compliant), *result;
    int code = 0;
    size_t i;
    json_array_foreach (results, i, result)
        if (code == 0 && !json_is_true(json_object_get(result, "passed")))
            code = (int)json_integer_value(json_object_get(result, "error_code"));
    json_decref(results);
    return code;
}

static const char *status_name(enum thing_state state)
{
    switch (state) {
    case THING_PENDING: return "pending-review";
    case THING_REVIEW: return "in-review";
    case THING_APPROVED: return "twilio-approved";
    default: return "twilio-rejected";
    }
}

static void call_back(struct sandbox *sb, const struct thing *t, int code)
{
    const char *fields;
    struct buf form;
    buf_init(&form, 4096);
    form_encode_add(&form, STR("AccountSid"), str_from(sandbox_account_sid(sb, t->account)));
    form_encode_add(&form, STR("BundleSid"), str_from(t->sid));
    form_encode_add(&form, STR("Status"), str_from(status_name(t->state)));
    if (code != 0) form_encode_add(&form, STR("failure_reason"), str_from(sb_review_text(code, &fields)));
    sb_webhook_notice(sb, t->account, sb_fact(t, "status_callback"), buf_str(&form), false);
    buf_free(&form);
}

/* Documents have the state of the bundle that they were last handed in with. */
static void take_documents(struct sandbox *sb, const struct thing *t)
{
    struct thing *o;
    const struct thing *at = t->first;
    while ((o = sb_trust_assigned(sb, &at)) != NULL)
        if (o->kind == SID_DOCUMENT) o->state = t->state;
}

void sb_bundle_moved(struct sandbox *sb, struct thing *t, int code)
{
    const char *fields;
    char more_info[64];
    (void)snprintf(more_info, sizeof more_info, "https://www.twilio.com/docs/errors/%d", code);
    if (code != 0)
        t->errors = json_pack("[{s:i, s:s, s:s}]", "code", code, "message", sb_review_text(code, &fields), "more_info",
                              more_info);
    take_documents(sb, t);
    call_back(sb, t, code);
}
