/*
 * request: the targets and forms of the six calls. Owns nothing; fails only for requests that cannot be said.
 * Contract in request.h.
 */
#include "twilio/request.h"

#include "twilio/form.h"
#include "twilio/message.h"

enum { FILTER_BYTES_MAX = 64 };

bool request_is_post(enum provider_call call)
{
    return call == PROVIDER_CREATE || call == PROVIDER_CANCEL || call == PROVIDER_REDACT;
}

bool request_is_sound(const struct provider_request *r)
{
    bool wants_sid = r->call == PROVIDER_FETCH || r->call == PROVIDER_CANCEL || r->call == PROVIDER_REDACT;
    if (wants_sid != (r->sid.len > 0) || (wants_sid && !twilio_sid_is_message(r->sid))) return false;
    return r->list_to.len <= FILTER_BYTES_MAX && r->list_from.len <= FILTER_BYTES_MAX;
}

static void add_messages(struct buf *out, const char *account_sid)
{
    buf_add(out, STR("/2010-04-01/Accounts/"));
    buf_add_text(out, account_sid);
    buf_add(out, STR("/Messages"));
}

static enum err add_page(struct buf *out, const char *account_sid, struct str page, struct str base)
{
    struct str target = {NULL, 0};
    struct buf wanted;
    enum err failed = twilio_link_target(page, base, &target);

    buf_init(&wanted, 256);
    add_messages(&wanted, account_sid);
    if (failed == ERR_OK && !str_starts(target, buf_str(&wanted))) failed = ERR_INVALID;
    if (failed == ERR_OK) buf_add(out, target);
    buf_free(&wanted);
    return failed;
}

enum err request_target_add(struct buf *out, const char *account_sid, const struct provider_request *r,
                            struct str base)
{
    if (r->call == PROVIDER_LIST && r->list_page.len > 0) return add_page(out, account_sid, r->list_page, base);
    add_messages(out, account_sid);
    if (r->sid.len > 0) {
        buf_add_char(out, '/');
        buf_add(out, r->sid);
    }
    buf_add(out, STR(".json"));
    if (r->call == PROVIDER_LIST) message_query_add(out, r);
    if (r->call == PROVIDER_PROBE) buf_add(out, STR("?PageSize=1"));
    return ERR_OK;
}

enum err request_form_add(struct buf *out, const struct provider_request *r)
{
    switch (r->call) {
    case PROVIDER_CREATE:
        return message_form_add(out, &r->message);
    case PROVIDER_CANCEL:
        form_encode_add(out, STR("Status"), STR("canceled"));
        return ERR_OK;
    case PROVIDER_REDACT:
        form_encode_add(out, STR("Body"), STR(""));
        return ERR_OK;
    case PROVIDER_FETCH:
    case PROVIDER_LIST:
    case PROVIDER_PROBE:
        break;
    }
    return ERR_OK;
}
