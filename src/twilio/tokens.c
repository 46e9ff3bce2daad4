/* tokens: secondary auth tokens and API keys over rest. Owns nothing. Contract in tokens.h. */
#include "twilio/tokens.h"

#include "twilio/form.h"

#include <string.h>

enum { PAGES_MAX = 20, TARGET_BYTES = 256, FORM_BYTES = 512 };

static enum err call_once(struct rest *r, const struct twilio_account *a, const struct rest_call *call,
                          struct rest_answer *answer, struct fault *f)
{
    *answer = (struct rest_answer){.class = PROVIDER_CLASS_UNSENT};
    if (strncmp(a->user, "SK", 2) == 0)
        return fault_set(f, ERR_INVALID, "tokens and keys are asked for with an auth token, not with an API key");
    return rest_do(r, a, call, answer, f);
}

/* ---- the secondary token ---- */

enum err tokens_make_secondary(struct rest *r, const struct twilio_account *a, char token[TWILIO_SECRET_BYTES],
                               enum provider_class *class, struct fault *f)
{
    struct buf empty;
    struct rest_call call = {.product = TWILIO_ACCOUNTS, .target = STR("/v1/AuthTokens/Secondary"), .form = &empty};
    struct rest_answer answer;
    enum err code;

    buf_init(&empty, 1);
    code = call_once(r, a, &call, &answer, f);
    if (code == ERR_OK && !twilio_json_copy_secret(answer.json, "secondary_auth_token", token, TWILIO_SECRET_BYTES))
        code = fault_set(f, ERR_UNAVAILABLE, "Twilio answered without the secondary auth token");
    *class = answer.class;
    rest_answer_free(&answer);
    return code;
}

enum err tokens_drop_secondary(struct rest *r, const struct twilio_account *a, struct fault *f)
{
    struct rest_call call = {.product = TWILIO_ACCOUNTS, .target = STR("/v1/AuthTokens/Secondary"), .removes = true};
    struct rest_answer answer;
    enum err code = call_once(r, a, &call, &answer, f);

    rest_answer_free(&answer);
    return code;
}

enum err tokens_promote(struct rest *r, const struct twilio_account *a, enum provider_class *class, struct fault *f)
{
    struct buf empty;
    struct rest_call call = {.product = TWILIO_ACCOUNTS, .target = STR("/v1/AuthTokens/Promote"), .form = &empty};
    struct rest_answer answer;
    char token[TWILIO_SECRET_BYTES];
    enum err code;

    buf_init(&empty, 1);
    code = call_once(r, a, &call, &answer, f);
    (void)twilio_json_copy_secret(answer.json, "auth_token", token, sizeof token); /* so that it is wiped there */
    explicit_bzero(token, sizeof token);
    *class = answer.class;
    rest_answer_free(&answer);
    return code;
}

/* ---- API keys ---- */

struct search {
    struct str name;
    char *sid;
};

static enum err take_key(void *user, const json_t *item, struct fault *f)
{
    struct search *s = user;

    if (s->sid[0] != '\0' || !str_equal(twilio_json_text(item, "friendly_name"), s->name)) return ERR_OK;
    if (twilio_json_copy(item, "sid", s->sid, TWILIO_SID_BYTES)) return ERR_OK;
    return fault_set(f, ERR_UNAVAILABLE, "Twilio listed an API key without a SID");
}

enum err twilio_keys_find(struct rest *r, const struct twilio_account *a, struct str name, char sid[TWILIO_SID_BYTES],
                   struct fault *f)
{
    struct search search = {name, sid};
    struct rest_list list = {TWILIO_API, {NULL, 0}, "keys", PAGES_MAX};
    struct buf target;
    enum err code;

    sid[0] = '\0';
    buf_init(&target, TARGET_BYTES);
    buf_addf(&target, "/2010-04-01/Accounts/%s/Keys.json?PageSize=100", a->account_sid);
    list.target = buf_str(&target);
    code = rest_each(r, a, &list, take_key, &search, f);
    buf_free(&target);
    return code;
}

enum err twilio_keys_create(struct rest *r, const struct twilio_account *a, struct str name, char sid[TWILIO_SID_BYTES],
                     char secret[TWILIO_SECRET_BYTES], enum provider_class *class, struct fault *f)
{
    struct buf target, form;
    struct rest_call call = {.product = TWILIO_API, .form = &form};
    struct rest_answer answer;
    enum err code;

    buf_init(&target, TARGET_BYTES);
    buf_init(&form, FORM_BYTES);
    buf_addf(&target, "/2010-04-01/Accounts/%s/Keys.json", a->account_sid);
    form_encode_add(&form, STR("FriendlyName"), name);
    call.target = buf_str(&target);
    code = call_once(r, a, &call, &answer, f);
    if (code == ERR_OK && (!twilio_json_copy_secret(answer.json, "secret", secret, TWILIO_SECRET_BYTES) ||
                           !twilio_json_copy(answer.json, "sid", sid, TWILIO_SID_BYTES)))
        code = fault_set(f, ERR_UNAVAILABLE, "Twilio answered without the API key");
    *class = answer.class;
    rest_answer_free(&answer);
    buf_free(&form);
    buf_free(&target);
    return code;
}

enum err twilio_keys_remove(struct rest *r, const struct twilio_account *a, struct str sid, struct fault *f)
{
    struct buf target;
    struct rest_call call = {.product = TWILIO_API, .removes = true};
    struct rest_answer answer = {0};
    enum err code = ERR_OK;

    buf_init(&target, TARGET_BYTES);
    if (!twilio_sid_is(sid, "SK")) code = fault_set(f, ERR_INVALID, "an API key's SID must be SK and 32 hex digits");
    buf_addf(&target, "/2010-04-01/Accounts/%s/Keys/" STR_FMT ".json", a->account_sid, STR_ARG(sid));
    call.target = buf_str(&target);
    if (code == ERR_OK) code = call_once(r, a, &call, &answer, f);
    rest_answer_free(&answer);
    buf_free(&target);
    return code;
}
