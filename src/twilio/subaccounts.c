/* subaccounts: the 2010 API's accounts over rest. Owns nothing. Contract in subaccounts.h. */
#include "twilio/subaccounts.h"

#include "twilio/form.h"

#include <string.h>

enum { PAGES_MAX = 100, TARGET_BYTES = 512, FORM_BYTES = 512 };

void subaccount_wipe(struct twilio_subaccount *s)
{
    explicit_bzero(s, sizeof *s);
}

static const char *const WORDS[] = {"", "active", "suspended", "closed"};

static enum subaccount_status status_of(struct str word)
{
    enum subaccount_status s = SUBACCOUNT_CLOSED;

    while (s != SUBACCOUNT_UNKNOWN && !str_equal(word, str_from(WORDS[s]))) s--;
    return s;
}

/* Copies what an account is, and leaves no token behind in the answer. */
static enum err take(const json_t *json, struct twilio_subaccount *out, struct fault *f)
{
    *out = (struct twilio_subaccount){0};
    if (!twilio_sid_is(twilio_json_text(json, "sid"), "AC"))
        return fault_set(f, ERR_UNAVAILABLE, "Twilio answered with something else than an account");
    (void)twilio_json_copy(json, "sid", out->sid, sizeof out->sid);
    out->status = status_of(twilio_json_text(json, "status"));
    (void)twilio_json_copy_secret(json, "auth_token", out->token, sizeof out->token);
    return ERR_OK;
}

struct search {
    struct str name;
    struct twilio_subaccount *out;
};

static enum err take_named(void *user, const json_t *item, struct fault *f)
{
    struct search *s = user;
    struct twilio_subaccount one;
    enum err code = take(item, &one, f);
    bool fits = code == ERR_OK && s->out->sid[0] == '\0' && one.status == SUBACCOUNT_ACTIVE &&
                str_equal(twilio_json_text(item, "friendly_name"), s->name);

    if (fits) *s->out = one;
    subaccount_wipe(&one);
    return code;
}

enum err subaccounts_find(struct rest *r, const struct twilio_account *parent, struct str name,
                          struct twilio_subaccount *out, struct fault *f)
{
    struct search search = {name, out};
    struct rest_list list = {TWILIO_API, {NULL, 0}, "accounts", PAGES_MAX};
    struct buf target;
    enum err code;

    *out = (struct twilio_subaccount){0};
    buf_init(&target, TARGET_BYTES);
    buf_add_text(&target, "/2010-04-01/Accounts.json?PageSize=100&Status=active&FriendlyName=");
    url_encode_add(&target, name);
    list.target = buf_str(&target);
    code = buf_check(&target) == ERR_OK ? rest_each(r, parent, &list, take_named, &search, f)
                                        : fault_set(f, ERR_INVALID, "the account's name is too long");
    buf_free(&target);
    return code;
}

/* form NULL: GET. */
static enum err ask(struct rest *r, const struct twilio_account *as, const struct buf *target, const struct buf *form,
                    struct twilio_subaccount *out, struct rest_answer *answer, struct fault *f)
{
    struct rest_call call = {.product = TWILIO_API, .target = buf_str(target), .form = form};
    enum err code;

    *out = (struct twilio_subaccount){0};
    *answer = (struct rest_answer){.class = PROVIDER_CLASS_UNSENT};
    code = buf_check(target) != ERR_OK || (form != NULL && buf_check(form) != ERR_OK)
               ? fault_set(f, ERR_INVALID, "the request about an account is too long")
               : rest_do(r, as, &call, answer, f);
    if (code == ERR_OK) code = take(answer->json, out, f);
    rest_answer_free(answer);
    return code;
}

enum err subaccounts_create(struct rest *r, const struct twilio_account *parent, struct str name,
                            struct twilio_subaccount *out, enum provider_class *class, struct fault *f)
{
    struct rest_answer answer;
    struct buf target, form;
    enum err code;

    buf_init(&target, TARGET_BYTES);
    buf_init(&form, FORM_BYTES);
    buf_add_text(&target, "/2010-04-01/Accounts.json");
    form_encode_add(&form, STR("FriendlyName"), name);
    code = ask(r, parent, &target, &form, out, &answer, f);
    *class = answer.class;
    buf_free(&form);
    buf_free(&target);
    return code;
}

static enum err account_target(struct buf *out, struct str sid, struct fault *f)
{
    buf_init(out, TARGET_BYTES);
    if (!twilio_sid_is(sid, "AC")) return fault_set(f, ERR_INVALID, "an account's SID must be AC and 32 hex digits");
    buf_addf(out, "/2010-04-01/Accounts/" STR_FMT ".json", STR_ARG(sid));
    return buf_check(out);
}

enum err subaccounts_fetch(struct rest *r, const struct twilio_account *as, struct str sid,
                           struct twilio_subaccount *out, int *error_code, struct fault *f)
{
    struct rest_answer answer = {0};
    struct buf target;
    enum err code = account_target(&target, sid, f);

    if (code == ERR_OK) code = ask(r, as, &target, NULL, out, &answer, f);
    *error_code = answer.error_code;
    buf_free(&target);
    return code;
}

enum err subaccounts_set_status(struct rest *r, const struct twilio_account *parent, struct str sid,
                                enum subaccount_status status, struct twilio_subaccount *out, struct fault *f)
{
    struct rest_answer answer;
    struct buf target, form;
    enum err code = account_target(&target, sid, f);

    buf_init(&form, FORM_BYTES);
    form_encode_add(&form, STR("Status"), str_from(WORDS[status]));
    if (code == ERR_OK) code = ask(r, parent, &target, &form, out, &answer, f);
    buf_free(&form);
    buf_free(&target);
    return code;
}
