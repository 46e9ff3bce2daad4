/* control_lookup: what Lookup was asked, and the codes that Verify sent, as the handset would show them. */
#include "sandbox/control_parts.h"

enum { CODES_MAX = 100 };

static void put_use(struct control *c, uint32_t account)
{
    const struct lookup_use *use = &sb_account_at(c->sb, account)->lookups;
    json_open(c->out, '{');
    json_put_text(c->out, "account", sandbox_account_sid(c->sb, account));
    json_put_int(c->out, "requests", (int64_t)use->requests);
    json_put_int(c->out, "throttled", (int64_t)use->throttled);
    json_key(c->out, "packages");
    json_open(c->out, '{');
    for (int i = 0; i < LOOKUP_PACKAGES; i++)
        if (use->packages[i] > 0)
            json_put_int(c->out, sb_lookup_package_name((enum lookup_package)i), (int64_t)use->packages[i]);
    json_close(c->out, '}');
    json_close(c->out, '}');
}

void control_serve_lookups(struct control *c)
{
    json_open(c->out, '{');
    json_key(c->out, "accounts");
    json_open(c->out, '[');
    for (uint32_t i = 0; i < c->sb->account_count; i++)
        if (sb_account_at(c->sb, i)->lookups.requests > 0) put_use(c, i);
    json_close(c->out, ']');
    json_close(c->out, '}');
}

static void put_code(struct control *c, uint64_t index, const struct verification *v)
{
    char sid[SANDBOX_SID_BYTES];
    json_open(c->out, '{');
    sb_sid_make(c->sb, SID_VERIFICATION, index, sid);
    json_put_text(c->out, "verification", sid);
    sb_sid_make(c->sb, SID_VERIFY_SERVICE, v->service, sid);
    json_put_text(c->out, "service", sid);
    json_put_text(c->out, "account", sandbox_account_sid(c->sb, sb_verify_service_at(c->sb, v->service)->account));
    json_put_number(c->out, "to", v->to);
    json_put_text(c->out, "code", v->code);
    json_put_text(c->out, "channel", v->channel);
    json_put_text(c->out, "status", sb_verify_status_name(v->status));
    json_put_int(c->out, "sends", v->sends);
    json_close(c->out, '}');
}

/* Newest first; ?to=%2B1415… for one handset. */
void control_serve_codes(struct control *c)
{
    struct str to = form_get(&c->query, STR("to"));
    uint64_t number = control_number(to);
    size_t shown = 0;
    json_open(c->out, '{');
    json_key(c->out, "codes");
    json_open(c->out, '[');
    for (uint64_t i = c->sb->verify.count; i > 0 && shown < CODES_MAX; i--) {
        const struct verification *v = sb_verification_at(c->sb, i - 1);
        if (to.len > 0 && v->to != number) continue;
        put_code(c, i - 1, v);
        shown++;
    }
    json_close(c->out, ']');
    json_close(c->out, '}');
}
