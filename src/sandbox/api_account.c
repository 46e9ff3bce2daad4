/* api_account: accounts, subaccounts and the rotation of auth tokens (reference 1.2, 1.3, 14.1). */
#include "sandbox/call.h"

#include <string.h>

static const char *const status_names[] = {"active", "suspended", "closed"};

static void put_subresources(struct call *c, const char *sid)
{
    static const struct {
        const char *name, *path;
    } subresources[] = {
        {"addresses", "Addresses"},
        {"available_phone_numbers", "AvailablePhoneNumbers"},
        {"incoming_phone_numbers", "IncomingPhoneNumbers"},
        {"keys", "Keys"},
        {"messages", "Messages"},
        {"short_codes", "SMS/ShortCodes"},
    };
    json_key(c->out, "subresource_uris");
    json_open(c->out, '{');
    for (size_t i = 0; i < sizeof subresources / sizeof *subresources; i++)
        sb_call_put_path(c, subresources[i].name, "/2010-04-01/Accounts/%s/%s.json", sid,
                         subresources[i].path);
    json_close(c->out, '}');
}

static void put_account(struct call *c, const struct account *a)
{
    const struct account *owner = a->parent == SANDBOX_NONE ? a : sb_account_at(c->sb, a->parent);
    json_put_text(c->out, "auth_token", a->token);
    sb_call_put_date_2010(c, "date_created", world_shown(c->sb, a->created_ms));
    sb_call_put_date_2010(c, "date_updated", world_shown(c->sb, a->updated_ms));
    json_put_text(c->out, "friendly_name", a->name == NULL ? "" : a->name);
    json_put_text(c->out, "owner_account_sid", owner->sid);
    json_put_text(c->out, "sid", a->sid);
    json_put_text(c->out, "status", status_names[a->status]);
    json_put_text(c->out, "type", "Full");
    sb_call_put_path(c, "uri", "/2010-04-01/Accounts/%s.json", a->sid);
    put_subresources(c, a->sid);
}

static void answer_account(struct call *c, int http_status, const struct account *a)
{
    sb_call_ok(c, http_status);
    put_account(c, a);
    json_close(c->out, '}');
}

static void answer_made(struct call *c, const struct account *a)
{
    memcpy(c->made, a->sid, sizeof c->made);
    answer_account(c, 201, a);
}

void sb_api_account_create(struct call *c)
{
    struct str name = sb_call_param(c, "FriendlyName");
    uint32_t account;
    if (sb_account_at(c->sb, c->auth)->parent != SANDBOX_NONE)
        sb_call_error(c, 400, 21101);
    else if (name.len > 64)
        sb_call_error(c, 400, 20002);
    else if (sandbox_account_add(c->sb, STR(""), STR(""), name.len > 0 ? name : STR("SubAccount"),
                                 &account) != ERR_OK)
        sb_call_error(c, 400, 21480);
    else
        answer_made(c, sb_account_at(c->sb, account));
}

static bool is_mine(const struct call *c, uint64_t id)
{
    const struct account *a = sb_account_at(c->sb, (uint32_t)(id - 1));
    struct str name = sb_call_query(c, "FriendlyName"), status = sb_call_query(c, "Status");
    if (a == NULL || a->is_test || (id - 1 != c->auth && a->parent != c->auth)) return false;
    if (name.len > 0 && !str_equal(name, str_from(a->name))) return false;
    return status.len == 0 || str_equal(status, str_from(status_names[a->status]));
}

void sb_api_account_list(struct call *c)
{
    struct page page;
    if (!sb_page_read(c, SID_ACCOUNT, &page)) return;
    sb_page_collect(c, &page, c->sb->account_count, is_mine);
    sb_call_ok(c, 200);
    json_key(c->out, "accounts");
    json_open(c->out, '[');
    for (size_t i = 0; i < page.count; i++) {
        json_open(c->out, '{');
        put_account(c, sb_account_at(c->sb, (uint32_t)(page.ids[i] - 1)));
        json_close(c->out, '}');
    }
    json_close(c->out, ']');
    sb_page_put_2010(c, &page);
    json_close(c->out, '}');
}

void sb_api_account_fetch(struct call *c)
{
    answer_account(c, 200, sb_account_at(c->sb, c->account));
}

/* 0, or why this account may not get that status. */
static int status_refusal(const struct call *c, const struct account *a, struct str status)
{
    bool known = false;
    for (size_t i = 0; i < 3; i++) known |= str_equal(status, str_from(status_names[i]));
    if (!known) return 21475;
    if (a->parent == SANDBOX_NONE) return 21477;
    if (a->status == ACCOUNT_CLOSED) return 21479;
    return sb_account_at(c->sb, a->parent)->status != ACCOUNT_ACTIVE ? 21476 : 0;
}

void sb_api_account_update(struct call *c)
{
    struct account *a = sb_account_at(c->sb, c->account);
    struct str status = sb_call_param(c, "Status");
    int code;
    /* What suspends or revives a subaccount is its parent's credentials. */
    if (status.len > 0 && a->parent != SANDBOX_NONE && c->auth == c->account) {
        c->answer->challenge = true;
        sb_call_error(c, 401, 20003);
        return;
    }
    code = status.len > 0 ? status_refusal(c, a, status) : 0;
    if (code == 0 && sb_call_param(c, "FriendlyName").len > 64) code = 20002;
    if (code != 0) {
        sb_call_error(c, 400, code);
        return;
    }
    for (size_t i = 0; i < 3; i++)
        if (str_equal(status, str_from(status_names[i]))) a->status = (enum account_status)i;
    if (sb_call_param(c, "FriendlyName").len > 0) sb_call_set_text(c, "FriendlyName", &a->name);
    a->updated_ms = world_date(c->sb);
    answer_account(c, 200, a);
}

static void answer_token(struct call *c, int http_status, const struct account *a, const char *name,
                         const char *token)
{
    sb_call_ok(c, http_status);
    json_put_text(c->out, "account_sid", a->sid);
    sb_call_put_date_iso(c, "date_created", world_shown(c->sb, a->secondary_ms));
    sb_call_put_date_iso(c, "date_updated", world_shown(c->sb, a->secondary_ms));
    json_put_text(c->out, name, token);
    sb_call_put_url(c, "url", "/v1/AuthTokens/%s", strcmp(name, "auth_token") == 0 ? "Promote" : "Secondary");
    json_close(c->out, '}');
}

void sb_api_token_secondary(struct call *c)
{
    struct account *a = sb_account_at(c->sb, c->auth);
    sb_sid_token(c->sb, (UINT64_C(1) << 32) + ++c->sb->request_seq, a->secondary);
    a->secondary_ms = world_date(c->sb);
    answer_token(c, 201, a, "secondary_auth_token", a->secondary);
}

void sb_api_token_secondary_delete(struct call *c)
{
    struct account *a = sb_account_at(c->sb, c->auth);
    if (a->secondary[0] == '\0') {
        sb_call_not_found(c);
        return;
    }
    a->secondary[0] = '\0';
    sb_call_no_content(c);
}

/* Signatures follow the primary token from now on. */
void sb_api_token_promote(struct call *c)
{
    struct account *a = sb_account_at(c->sb, c->auth);
    if (a->secondary[0] == '\0') {
        sb_call_not_found(c);
        return;
    }
    memcpy(a->token, a->secondary, sizeof a->token);
    a->secondary[0] = '\0';
    answer_token(c, 200, a, "auth_token", a->token);
}
