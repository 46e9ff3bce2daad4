/* api_verify: Verify v2 — services, verifications, checks, attempts (reference 16). */
#include "sandbox/call.h"

#include <inttypes.h>
#include <string.h>

/* ---- services ---- */

static void put_verify_service(struct call *c, uint64_t index)
{
    const struct verify_service *s = sb_verify_service_at(c->sb, index);
    static const char *const nulls[] = {"push", "totp", "whatsapp", "passkeys", "default_template_sid"};
    static const struct {
        const char *name, *path;
    } links[] = {
        {"verifications", "Verifications"}, {"verification_checks", "VerificationCheck"},
        {"rate_limits", "RateLimits"}, {"messaging_configurations", "MessagingConfigurations"},
    };
    char sid[SANDBOX_SID_BYTES];
    sb_sid_make(c->sb, SID_VERIFY_SERVICE, index, sid);
    json_put_text(c->out, "sid", sid);
    json_put_text(c->out, "account_sid", sandbox_account_sid(c->sb, s->account));
    json_put_text(c->out, "friendly_name", s->name);
    json_put_int(c->out, "code_length", s->code_length);
    json_put_bool(c->out, "lookup_enabled", s->lookup_enabled);
    json_put_bool(c->out, "psd2_enabled", s->psd2);
    json_put_bool(c->out, "skip_sms_to_landlines", s->skip_landlines);
    json_put_bool(c->out, "dtmf_input_required", s->dtmf_required);
    json_put_text(c->out, "tts_name", s->tts_name);
    json_put_bool(c->out, "do_not_share_warning_enabled", s->do_not_share);
    json_put_bool(c->out, "custom_code_enabled", s->custom_code);
    json_put_bool(c->out, "verify_event_subscription_enabled", s->events);
    for (size_t i = 0; i < sizeof nulls / sizeof *nulls; i++) json_put_null(c->out, nulls[i]);
    sb_call_put_date_iso(c, "date_created", world_shown(c->sb, s->created_ms));
    sb_call_put_date_iso(c, "date_updated", world_shown(c->sb, s->updated_ms));
    sb_call_put_url(c, "url", "/v2/Services/%s", sid);
    json_key(c->out, "links");
    json_open(c->out, '{');
    for (size_t i = 0; i < sizeof links / sizeof *links; i++)
        sb_call_put_url(c, links[i].name, "/v2/Services/%s/%s", sid, links[i].path);
    json_close(c->out, '}');
}

static void answer_verify_service(struct call *c, int http_status, uint64_t index)
{
    sb_call_ok(c, http_status);
    put_verify_service(c, index);
    json_close(c->out, '}');
}

/* A name has at most 32 bytes and no five digits. */
static bool name_is_good(struct str name)
{
    unsigned digits = 0;
    for (size_t i = 0; i < name.len; i++) digits += name.at[i] >= '0' && name.at[i] <= '9';
    return name.len > 0 && name.len <= 32 && digits < 5;
}

static bool service_is_good(const struct call *c, bool lookup_enabled)
{
    uint64_t length = 6;
    struct str text = sb_call_param(c, "CodeLength");
    if (sb_call_has(c, "FriendlyName") && !name_is_good(sb_call_param(c, "FriendlyName"))) return false;
    if (text.len > 0 && (str_to_u64(text, &length) != ERR_OK || length < 4 || length > VERIFY_CODE_MAX)) return false;
    return !sb_call_bool(c, "SkipSmsToLandlines", false) || sb_call_bool(c, "LookupEnabled", lookup_enabled);
}

static void read_verify_service(struct call *c, struct verify_service *s)
{
    uint64_t length;
    sb_call_set_text(c, "FriendlyName", &s->name);
    sb_call_set_text(c, "TtsName", &s->tts_name);
    if (str_to_u64(sb_call_param(c, "CodeLength"), &length) == ERR_OK) s->code_length = (unsigned)length;
    s->lookup_enabled = sb_call_bool(c, "LookupEnabled", s->lookup_enabled);
    s->skip_landlines = sb_call_bool(c, "SkipSmsToLandlines", s->skip_landlines);
    s->dtmf_required = sb_call_bool(c, "DtmfInputRequired", s->dtmf_required);
    s->do_not_share = sb_call_bool(c, "DoNotShareWarningEnabled", s->do_not_share);
    s->custom_code = sb_call_bool(c, "CustomCodeEnabled", s->custom_code);
    s->psd2 = sb_call_bool(c, "Psd2Enabled", s->psd2);
    s->events = sb_call_bool(c, "VerifyEventSubscriptionEnabled", s->events);
}

void sb_api_verify_service_create(struct call *c)
{
    uint32_t service;
    if (!sb_call_has(c, "FriendlyName") || !service_is_good(c, false)) {
        sb_call_error(c, 400, 60200);
        return;
    }
    service = sb_verify_service_add(c->sb, c->account);
    if (service == UINT32_MAX) {
        sb_call_error(c, 503, 20503);
        return;
    }
    read_verify_service(c, sb_verify_service_at(c->sb, service));
    answer_verify_service(c, 201, service);
}

/* The service that the first {} names, or UINT64_MAX after having answered 404. */
static uint64_t verify_service_named(struct call *c)
{
    uint64_t index = sb_sid_read(c->sb, SID_VERIFY_SERVICE, c->args[0]);
    const struct verify_service *s = sb_verify_service_at(c->sb, index);
    if (s != NULL && s->account == c->account && !s->removed) return index;
    sb_call_not_found(c);
    return UINT64_MAX;
}

void sb_api_verify_service_fetch(struct call *c)
{
    uint64_t index = verify_service_named(c);
    if (index != UINT64_MAX) answer_verify_service(c, 200, index);
}

void sb_api_verify_service_update(struct call *c)
{
    uint64_t index = verify_service_named(c);
    struct verify_service *s = sb_verify_service_at(c->sb, index);
    if (s == NULL) return;
    if (!service_is_good(c, s->lookup_enabled)) {
        sb_call_error(c, 400, 60200);
        return;
    }
    read_verify_service(c, s);
    s->updated_ms = world_date(c->sb);
    answer_verify_service(c, 200, index);
}

void sb_api_verify_service_delete(struct call *c)
{
    uint64_t index = verify_service_named(c);
    if (index == UINT64_MAX) return;
    sb_verify_service_at(c->sb, index)->removed = true;
    sb_call_no_content(c);
}

static bool is_verify_service(const struct call *c, uint64_t id)
{
    const struct verify_service *s = sb_verify_service_at(c->sb, id - 1);
    return s->account == c->account && !s->removed;
}

void sb_api_verify_service_list(struct call *c)
{
    struct page page;
    if (!sb_page_read(c, SID_VERIFY_SERVICE, &page)) return;
    sb_page_collect(c, &page, c->sb->verify.service_count, is_verify_service);
    sb_call_ok(c, 200);
    sb_page_put_meta(c, &page, "services");
    json_key(c->out, "services");
    json_open(c->out, '[');
    for (size_t i = 0; i < page.count; i++) {
        json_open(c->out, '{');
        put_verify_service(c, page.ids[i] - 1);
        json_close(c->out, '}');
    }
    json_close(c->out, ']');
    json_close(c->out, '}');
}

/* ---- verifications ---- */

/* Of attempt `n` (from 0) of a verification. */
static uint64_t attempt_number(uint64_t verification, unsigned n)
{
    return verification * VERIFY_SENDS_MAX + n;
}

/* Members that a verification and a check have in common. */
static void put_common(struct call *c, uint64_t index, const struct verification *v)
{
    char sid[SANDBOX_SID_BYTES];
    sb_sid_make(c->sb, SID_VERIFICATION, index, sid);
    json_put_text(c->out, "sid", sid);
    sb_sid_make(c->sb, SID_VERIFY_SERVICE, v->service, sid);
    json_put_text(c->out, "service_sid", sid);
    json_put_text(c->out, "account_sid",
                  sandbox_account_sid(c->sb, sb_verify_service_at(c->sb, v->service)->account));
    json_put_number(c->out, "to", v->to);
    json_put_text(c->out, "channel", v->channel);
    json_put_text(c->out, "status", sb_verify_status_name(v->status));
    json_put_bool(c->out, "valid", v->status == VERIFY_APPROVED);
    json_put_null(c->out, "amount");
    json_put_null(c->out, "payee");
    sb_call_put_date_iso(c, "date_created", world_shown(c->sb, v->created_ms));
    sb_call_put_date_iso(c, "date_updated", world_shown(c->sb, v->updated_ms));
}

static void put_lookup(struct call *c, const struct verification *v)
{
    struct phone phone;
    struct line line;
    json_key(c->out, "lookup");
    json_open(c->out, '{');
    if (sb_verify_service_at(c->sb, v->service)->lookup_enabled && phone_from_digits(v->to, &phone) == ERR_OK) {
        line = sb_line_of(c->sb, &phone);
        json_key(c->out, "carrier");
        json_open(c->out, '{');
        json_put_text(c->out, "mobile_country_code", line.mcc);
        json_put_text(c->out, "type", line.type);
        json_put_null(c->out, "error_code");
        json_put_text(c->out, "mobile_network_code", line.mnc);
        json_put_text(c->out, "name", line.carrier);
        json_close(c->out, '}');
    } else {
        json_put_null(c->out, "carrier");
    }
    json_close(c->out, '}');
}

static void put_sendings(struct call *c, uint64_t index, const struct verification *v)
{
    char sid[SANDBOX_SID_BYTES];
    json_key(c->out, "send_code_attempts");
    json_open(c->out, '[');
    for (unsigned i = 0; i < v->sends; i++) {
        sb_sid_make(c->sb, SID_VERIFY_ATTEMPT, attempt_number(index, i), sid);
        json_open(c->out, '{');
        sb_call_put_date_iso(c, "time", v->sent[i].at_ms);
        json_put_text(c->out, "channel", v->sent[i].channel);
        json_put_text(c->out, "attempt_sid", sid);
        json_close(c->out, '}');
    }
    json_close(c->out, ']');
}

static void answer_verification(struct call *c, int http_status, uint64_t index)
{
    const struct verification *v = sb_verification_at(c->sb, index);
    char sid[SANDBOX_SID_BYTES], service[SANDBOX_SID_BYTES];
    sb_sid_make(c->sb, SID_VERIFICATION, index, sid);
    sb_sid_make(c->sb, SID_VERIFY_SERVICE, v->service, service);
    sb_call_ok(c, http_status);
    put_common(c, index, v);
    put_lookup(c, v);
    put_sendings(c, index, v);
    json_put_null(c->out, "sna");
    sb_call_put_url(c, "url", "/v2/Services/%s/Verifications/%s", service, sid);
    json_close(c->out, '}');
}

static int http_status_of(int code)
{
    switch (code) {
    case 20404: return 404;
    case 20503: return 503;
    case 60202:
    case 60203:
    case 60207:
    case 60212:
    case 60245: return 429;
    case 60205:
    case 60238:
    case 60410:
    case 60605: return 403;
    default: return 400;
    }
}

/* NULL for a channel that is not spoken, with the code to refuse it with. */
static const char *read_channel(struct str channel, int *code)
{
    static const char *const spoken[] = {"sms", "call", "whatsapp"};
    for (size_t i = 0; i < sizeof spoken / sizeof *spoken; i++)
        if (str_equal(channel, str_from(spoken[i]))) return spoken[i];
    if (str_equal(channel, STR("auto"))) return "sms";
    *code = str_equal(channel, STR("email")) || str_equal(channel, STR("sna")) || str_equal(channel, STR("rcs"))
                ? 60223 : 60200;
    return NULL;
}

static bool custom_code_is_good(struct str code)
{
    for (size_t i = 0; i < code.len; i++)
        if (!((code.at[i] >= '0' && code.at[i] <= '9') || ((code.at[i] | 32) >= 'a' && (code.at[i] | 32) <= 'z')))
            return false;
    return code.len == 0 || (code.len >= 4 && code.len <= VERIFY_CODE_MAX);
}

void sb_api_verification_create(struct call *c)
{
    uint64_t service = verify_service_named(c), index = 0, to = sb_call_read_number(sb_call_param(c, "To"));
    struct str custom = sb_call_param(c, "CustomCode");
    const char *channel;
    int code = 0;
    if (service == UINT64_MAX) return;
    channel = read_channel(sb_call_param(c, "Channel"), &code);
    if (channel != NULL && (to == 0 || !custom_code_is_good(custom))) code = 60200;
    if (code == 0 && custom.len > 0 && !sb_verify_service_at(c->sb, service)->custom_code) code = 60204;
    if (code == 0) code = sb_verify_start(c->sb, (uint32_t)service, to, channel, custom, &index);
    if (code != 0)
        sb_call_error(c, http_status_of(code), code);
    else
        answer_verification(c, 201, index);
}

/* A pending verification of that service by its SID or recipient; NULL: none is alive. */
static struct verification *find_alive(struct call *c, uint64_t service, struct str name, uint64_t *index)
{
    struct verification *v;
    uint64_t to = sb_call_read_number(name);
    *index = sb_sid_read(c->sb, SID_VERIFICATION, name);
    if (*index == UINT64_MAX) return to == 0 ? NULL : sb_verification_of(c->sb, (uint32_t)service, to, index);
    v = sb_verification_at(c->sb, *index);
    return v == NULL || v->service != service ? NULL : v;
}

void sb_api_verification_fetch(struct call *c)
{
    uint64_t service = verify_service_named(c), index;
    const struct verification *v;
    if (service == UINT64_MAX) return;
    v = find_alive(c, service, sb_call_decode(c, c->args[1]), &index);
    if (v == NULL || v->status != VERIFY_PENDING)
        sb_call_not_found(c);
    else
        answer_verification(c, 200, index);
}

void sb_api_verification_update(struct call *c)
{
    uint64_t service = verify_service_named(c), index;
    struct str status = sb_call_param(c, "Status");
    struct verification *v;
    if (service == UINT64_MAX) return;
    v = find_alive(c, service, sb_call_decode(c, c->args[1]), &index);
    if (v == NULL || v->status != VERIFY_PENDING) {
        sb_call_not_found(c);
        return;
    }
    if (!str_equal(status, STR("canceled")) && !str_equal(status, STR("approved"))) {
        sb_call_error(c, 400, 60200);
        return;
    }
    v->status = str_equal(status, STR("approved")) ? VERIFY_APPROVED : VERIFY_CANCELED;
    v->updated_ms = world_date(c->sb);
    answer_verification(c, 200, index);
}

static void answer_check(struct call *c, uint64_t index, const struct verification *v)
{
    sb_call_ok(c, 200);
    put_common(c, index, v);
    json_put_null(c->out, "sna_attempts_error_codes");
    json_close(c->out, '}');
}

void sb_api_verification_check(struct call *c)
{
    uint64_t service = verify_service_named(c), index;
    struct str name = sb_call_param(c, "VerificationSid"), code = sb_call_param(c, "Code");
    struct verification *v;
    bool approved = false;
    int refused;
    if (service == UINT64_MAX) return;
    if (name.len == 0) name = sb_call_param(c, "To");
    if (name.len == 0 || code.len == 0) {
        sb_call_error(c, 400, name.len == 0 ? 60221 : 60200);
        return;
    }
    v = find_alive(c, service, name, &index);
    refused = v == NULL ? 20404 : sb_verify_check(c->sb, v, code, &approved);
    if (refused == 20404)
        sb_call_not_found(c);
    else if (refused != 0)
        sb_call_error(c, http_status_of(refused), refused);
    else
        answer_check(c, index, v);
}

/* ---- attempts: one for each code sent ---- */

static struct verification *attempt_at(const struct call *c, uint64_t number, unsigned *n)
{
    struct verification *v = sb_verification_at(c->sb, number / VERIFY_SENDS_MAX);
    *n = (unsigned)(number % VERIFY_SENDS_MAX);
    if (v == NULL || *n >= v->sends) return NULL;
    return sb_verify_service_at(c->sb, v->service)->account == c->account ? v : NULL;
}

static void put_attempt(struct call *c, uint64_t number)
{
    unsigned n;
    const struct verification *v = attempt_at(c, number, &n);
    char sid[SANDBOX_SID_BYTES], other[SANDBOX_SID_BYTES];
    BUG_IF(v == NULL);
    sb_sid_make(c->sb, SID_VERIFY_ATTEMPT, number, sid);
    json_put_text(c->out, "sid", sid);
    json_put_text(c->out, "account_sid", sandbox_account_sid(c->sb, c->account));
    sb_sid_make(c->sb, SID_VERIFY_SERVICE, v->service, other);
    json_put_text(c->out, "service_sid", other);
    sb_sid_make(c->sb, SID_VERIFICATION, number / VERIFY_SENDS_MAX, other);
    json_put_text(c->out, "verification_sid", other);
    sb_call_put_date_iso(c, "date_created", v->sent[n].at_ms);
    sb_call_put_date_iso(c, "date_updated", v->updated_ms);
    json_put_text(c->out, "conversion_status", v->status == VERIFY_APPROVED ? "converted" : "unconverted");
    json_put_text(c->out, "channel", v->sent[n].channel);
    json_put_null(c->out, "price");
    json_key(c->out, "channel_data");
    json_open(c->out, '{');
    json_put_number(c->out, "to", v->to);
    json_close(c->out, '}');
    sb_call_put_url(c, "url", "/v2/Attempts/%s", sid);
}

static bool is_attempt(const struct call *c, uint64_t id)
{
    unsigned n;
    const struct verification *v = attempt_at(c, id - 1, &n);
    struct str to = sb_call_query(c, "ChannelData.To"), of = sb_call_query(c, "VerificationSid"),
               service = sb_call_query(c, "VerifyServiceSid"), status = sb_call_query(c, "Status");
    if (v == NULL || (to.len > 0 && sb_call_read_number(to) != v->to)) return false;
    if (of.len > 0 && sb_sid_read(c->sb, SID_VERIFICATION, of) != (id - 1) / VERIFY_SENDS_MAX) return false;
    if (service.len > 0 && sb_sid_read(c->sb, SID_VERIFY_SERVICE, service) != v->service) return false;
    return status.len == 0 || str_equal(status, STR("converted")) == (v->status == VERIFY_APPROVED);
}

void sb_api_verify_attempt_list(struct call *c)
{
    struct page page;
    if (!sb_page_read(c, SID_VERIFY_ATTEMPT, &page)) return;
    sb_page_collect(c, &page, c->sb->verify.count * VERIFY_SENDS_MAX, is_attempt);
    sb_call_ok(c, 200);
    sb_page_put_meta(c, &page, "attempts");
    json_key(c->out, "attempts");
    json_open(c->out, '[');
    for (size_t i = 0; i < page.count; i++) {
        json_open(c->out, '{');
        put_attempt(c, page.ids[i] - 1);
        json_close(c->out, '}');
    }
    json_close(c->out, ']');
    json_close(c->out, '}');
}

void sb_api_verify_attempt_fetch(struct call *c)
{
    uint64_t number = sb_sid_read(c->sb, SID_VERIFY_ATTEMPT, c->args[0]);
    unsigned n;
    if (number == UINT64_MAX || attempt_at(c, number, &n) == NULL) {
        sb_call_not_found(c);
        return;
    }
    sb_call_ok(c, 200);
    put_attempt(c, number);
    json_close(c->out, '}');
}
