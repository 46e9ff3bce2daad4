/* api_service: messaging services and their pools of numbers, short codes and alpha senders (reference 8). */
#include "sandbox/call.h"

#include <inttypes.h>
#include <string.h>

static void put_links(struct call *c, const char *sid)
{
    static const struct {
        const char *name, *path;
    } links[] = {
        {"phone_numbers", "PhoneNumbers"}, {"short_codes", "ShortCodes"}, {"alpha_senders", "AlphaSenders"},
        {"messages", "Messages"}, {"us_app_to_person", "Compliance/Usa2p"},
        {"us_app_to_person_usecases", "Compliance/Usa2p/Usecases"}, {"channel_senders", "ChannelSenders"},
        {"destination_alpha_senders", "DestinationAlphaSenders"},
    };
    json_key(c->out, "links");
    json_open(c->out, '{');
    for (size_t i = 0; i < sizeof links / sizeof *links; i++)
        sb_call_put_url(c, links[i].name, "/v1/Services/%s/%s", sid, links[i].path);
    json_close(c->out, '}');
}

static void put_service(struct call *c, const struct service *v)
{
    json_put_text(c->out, "sid", v->sid);
    json_put_text(c->out, "account_sid", sandbox_account_sid(c->sb, v->account));
    json_put_text(c->out, "friendly_name", v->name == NULL ? "" : v->name);
    sb_call_put_date_iso(c, "date_created", world_shown(c->sb, v->created_ms));
    sb_call_put_date_iso(c, "date_updated", world_shown(c->sb, v->updated_ms));
    json_put_text(c->out, "inbound_request_url", v->inbound_url);
    sb_call_put_method(c, "inbound_method", v->inbound_get);
    json_put_text(c->out, "fallback_url", v->fallback_url);
    sb_call_put_method(c, "fallback_method", v->fallback_get);
    json_put_text(c->out, "status_callback", v->status_callback);
    json_put_bool(c->out, "sticky_sender", v->sticky_sender);
    json_put_bool(c->out, "mms_converter", v->mms_converter);
    json_put_bool(c->out, "smart_encoding", v->smart_encoding);
    json_put_text(c->out, "scan_message_content", v->scan_message_content);
    json_put_bool(c->out, "fallback_to_long_code", v->fallback_to_long_code);
    json_put_bool(c->out, "area_code_geomatch", v->area_code_geomatch);
    json_put_bool(c->out, "synchronous_validation", v->synchronous_validation);
    json_put_int(c->out, "validity_period", v->validity_s);
    sb_call_put_url(c, "url", "/v1/Services/%s", v->sid);
    put_links(c, v->sid);
    json_put_text(c->out, "usecase", v->usecase);
    json_put_bool(c->out, "us_app_to_person_registered", v->program.approved || v->campaign != NULL);
    json_put_bool(c->out, "use_inbound_webhook_on_number", v->use_inbound_webhook_on_number);
}

static void answer_service(struct call *c, int http_status, const struct service *v)
{
    sb_call_ok(c, http_status);
    put_service(c, v);
    json_close(c->out, '}');
}

static int service_refusal(struct call *c)
{
    static const char *const usecases[] = {"notifications", "marketing", "verification", "discussion", "poll",
                                           "undeclared"};
    struct str usecase = sb_call_param(c, "Usecase"), validity = sb_call_param(c, "ValidityPeriod");
    uint64_t seconds = 1;
    bool known = usecase.len == 0;
    for (size_t i = 0; i < sizeof usecases / sizeof *usecases; i++)
        known |= str_equal(usecase, str_from(usecases[i]));
    if (!known) return 21713;
    if (sb_call_param(c, "FriendlyName").len > 64) return 20002;
    if (validity.len > 0 && (str_to_u64(validity, &seconds) != ERR_OK || seconds == 0 ||
                             seconds > c->sb->config.validity_s_max))
        return 21624;
    return 0;
}

static void read_service_settings(struct call *c, struct service *v)
{
    uint64_t seconds;
    struct str scan = sb_call_param(c, "ScanMessageContent");
    sb_call_set_text(c, "FriendlyName", &v->name);
    sb_call_set_text(c, "InboundRequestUrl", &v->inbound_url);
    sb_call_set_text(c, "FallbackUrl", &v->fallback_url);
    sb_call_set_text(c, "StatusCallback", &v->status_callback);
    if (sb_call_param(c, "Usecase").len > 0) sb_call_set_text(c, "Usecase", &v->usecase);
    sb_call_set_get(c, "InboundMethod", &v->inbound_get);
    sb_call_set_get(c, "FallbackMethod", &v->fallback_get);
    v->sticky_sender = sb_call_bool(c, "StickySender", v->sticky_sender);
    v->mms_converter = sb_call_bool(c, "MmsConverter", v->mms_converter);
    v->smart_encoding = sb_call_bool(c, "SmartEncoding", v->smart_encoding);
    v->fallback_to_long_code = sb_call_bool(c, "FallbackToLongCode", v->fallback_to_long_code);
    v->area_code_geomatch = sb_call_bool(c, "AreaCodeGeomatch", v->area_code_geomatch);
    v->synchronous_validation = sb_call_bool(c, "SynchronousValidation", v->synchronous_validation);
    v->use_inbound_webhook_on_number =
        sb_call_bool(c, "UseInboundWebhookOnNumber", v->use_inbound_webhook_on_number);
    if (str_to_u64(sb_call_param(c, "ValidityPeriod"), &seconds) == ERR_OK) v->validity_s = (uint32_t)seconds;
    if (str_equal(scan, STR("enable"))) v->scan_message_content = "enable";
    if (str_equal(scan, STR("disable"))) v->scan_message_content = "disable";
    if (str_equal(scan, STR("inherit"))) v->scan_message_content = "inherit";
}

void sb_api_service_create(struct call *c)
{
    struct sandbox_service_params params = {.friendly_name = sb_call_param(c, "FriendlyName"),
                                            .sticky_sender = true,
                                            .area_code_geomatch = true,
                                            .smart_encoding = true};
    uint32_t service;
    int code = params.friendly_name.len == 0 ? 20001 : service_refusal(c);
    if (code != 0) {
        sb_call_error(c, 400, code);
    } else if (sandbox_service_add(c->sb, c->account, &params, &service) != ERR_OK) {
        sb_call_error(c, 400, 21102);
    } else {
        sb_service_at(c->sb, service)->mms_converter = true;
        read_service_settings(c, sb_service_at(c->sb, service));
        memcpy(c->made, sb_service_at(c->sb, service)->sid, sizeof c->made);
        answer_service(c, 201, sb_service_at(c->sb, service));
    }
}

static bool is_service(const struct call *c, uint64_t id)
{
    const struct service *v = sb_service_at(c->sb, (uint32_t)(id - 1));
    return v->account == c->account && !v->removed;
}

void sb_api_service_list(struct call *c)
{
    struct page page;
    if (!sb_page_read(c, SID_SERVICE, &page)) return;
    sb_page_collect(c, &page, c->sb->service_count, is_service);
    sb_call_ok(c, 200);
    sb_page_put_meta(c, &page, "services");
    json_key(c->out, "services");
    json_open(c->out, '[');
    for (size_t i = 0; i < page.count; i++) {
        json_open(c->out, '{');
        put_service(c, sb_service_at(c->sb, (uint32_t)(page.ids[i] - 1)));
        json_close(c->out, '}');
    }
    json_close(c->out, ']');
    json_close(c->out, '}');
}

uint32_t sb_call_service(struct call *c)
{
    uint32_t service = sandbox_service_find(c->sb, c->args[0]);
    const struct service *v = sb_service_at(c->sb, service);
    if (v != NULL && v->account == c->account) return service;
    sb_call_not_found(c);
    return SANDBOX_NONE;
}

void sb_api_service_fetch(struct call *c)
{
    uint32_t service = sb_call_service(c);
    if (service != SANDBOX_NONE) answer_service(c, 200, sb_service_at(c->sb, service));
}

void sb_api_service_update(struct call *c)
{
    uint32_t service = sb_call_service(c);
    int code;
    if (service == SANDBOX_NONE) return;
    code = service_refusal(c);
    if (code != 0) {
        sb_call_error(c, 400, code);
        return;
    }
    read_service_settings(c, sb_service_at(c->sb, service));
    sb_service_at(c->sb, service)->updated_ms = world_date(c->sb);
    answer_service(c, 200, sb_service_at(c->sb, service));
}

void sb_api_service_delete(struct call *c)
{
    uint32_t service = sb_call_service(c);
    if (service == SANDBOX_NONE) return;
    sb_service_remove(c->sb, service);
    sb_call_no_content(c);
}

/* ---- pools: three kinds of sender with the same life ---- */

struct pool_kind {
    enum sid_kind sid;
    const char *path, *list_key, *address_key, *sid_param;
    bool has_country;
};
static const struct pool_kind number_pool = {SID_NUMBER, "PhoneNumbers", "phone_numbers", "phone_number",
                                             "PhoneNumberSid", true};
static const struct pool_kind short_code_pool = {SID_SHORT_CODE, "ShortCodes", "short_codes", "short_code",
                                                 "ShortCodeSid", true};
static const struct pool_kind alpha_pool = {SID_ALPHA, "AlphaSenders", "alpha_senders", "alpha_sender",
                                            "AlphaSender", false};

static enum sid_kind sid_of(enum sender_kind kind)
{
    return kind == SENDER_ALPHA ? SID_ALPHA : kind == SENDER_SHORT_CODE ? SID_SHORT_CODE : SID_NUMBER;
}

static void put_pool_sender(struct call *c, const struct pool_kind *p, const struct sender *s)
{
    const char *service = sandbox_service_sid(c->sb, s->service);
    json_put_text(c->out, "sid", s->sid);
    json_put_text(c->out, "account_sid", sandbox_account_sid(c->sb, s->account));
    json_put_text(c->out, "service_sid", service);
    sb_call_put_date_iso(c, "date_created", world_shown(c->sb, s->joined_ms));
    sb_call_put_date_iso(c, "date_updated", world_shown(c->sb, s->joined_ms));
    json_put_text(c->out, p->address_key, s->address);
    if (p->has_country) json_put_text(c->out, "country_code", s->kind == SENDER_FOREIGN ? "ZZ" : "US");
    json_key(c->out, "capabilities");
    json_open(c->out, '[');
    json_str(c->out, STR("SMS"));
    if (s->kind == SENDER_LONG_CODE || s->kind == SENDER_TOLL_FREE) json_str(c->out, STR("MMS"));
    json_close(c->out, ']');
    sb_call_put_url(c, "url", "/v1/Services/%s/%s/%s", service, p->path, s->sid);
}

static void answer_pool_sender(struct call *c, const struct pool_kind *p, int http_status, uint32_t sender)
{
    sb_call_ok(c, http_status);
    put_pool_sender(c, p, sb_sender_at(c->sb, sender));
    json_close(c->out, '}');
}

static uint32_t owned_sender(const struct call *c, enum sid_kind kind, struct str sid)
{
    uint64_t n = sb_sid_read(c->sb, kind, sid);
    const struct sender *s = n == UINT64_MAX ? NULL : sb_sender_at(c->sb, (uint32_t)n);
    return s == NULL || s->released || s->account != c->account ? SANDBOX_NONE : (uint32_t)n;
}

static void pool_add(struct call *c, const struct pool_kind *p)
{
    uint32_t service = sb_call_service(c), sender;
    if (service == SANDBOX_NONE) return;
    sender = owned_sender(c, p->sid, sb_call_param(c, p->sid_param));
    if (sender == SANDBOX_NONE) {
        sb_call_error(c, 404, 20404);
        return;
    }
    struct sender *s = sb_sender_at(c->sb, sender);
    if (s->service != SANDBOX_NONE && s->service != service) {
        sb_call_error(c, 409, 21712);
        return;
    }
    if (s->service == service) {
        answer_pool_sender(c, p, 200, sender);
        return;
    }
    sb_service_join(c->sb, service, sender);
    answer_pool_sender(c, p, 201, sender);
}

/* An ID joins the service that first names it. */
void sb_api_pool_add_alpha(struct call *c)
{
    struct str address = sb_call_param(c, "AlphaSender");
    enum sender_kind kind;
    uint64_t number;
    uint32_t service = sb_call_service(c), sender;
    if (service == SANDBOX_NONE) return;
    if (address.len == 0 || !sb_sender_kind_of(address, &kind, &number) || kind != SENDER_ALPHA) {
        sb_call_error(c, 400, address.len == 0 ? 21708 : 21709);
        return;
    }
    sender = sandbox_sender_find(c->sb, c->account, address);
    if (sender != SANDBOX_NONE && sb_sender_at(c->sb, sender)->service != SANDBOX_NONE) {
        sb_call_error(c, 409, sb_sender_at(c->sb, sender)->service == service ? 21710 : 21712);
        return;
    }
    if (sender == SANDBOX_NONE &&
        sandbox_sender_add(c->sb, c->account, address, SANDBOX_NONE, STR(""), &sender) != ERR_OK) {
        sb_call_error(c, 503, 20503);
        return;
    }
    sb_service_join(c->sb, service, sender);
    answer_pool_sender(c, &alpha_pool, 201, sender);
}

static bool is_in_pool(const struct call *c, uint64_t id)
{
    const struct sender *s = sb_sender_at(c->sb, (uint32_t)(id - 1));
    uint32_t service = sandbox_service_find(c->sb, c->args[0]);
    const char *path = sid_of(s->kind) == SID_ALPHA ? "/AlphaSenders" :
                       sid_of(s->kind) == SID_SHORT_CODE ? "/ShortCodes" : "/PhoneNumbers";
    return s->service == service && str_ends(c->path, str_from(path));
}

static void pool_list(struct call *c, const struct pool_kind *p)
{
    struct page page;
    if (sb_call_service(c) == SANDBOX_NONE || !sb_page_read(c, p->sid, &page)) return;
    sb_page_collect(c, &page, c->sb->sender_count, is_in_pool);
    sb_call_ok(c, 200);
    sb_page_put_meta(c, &page, p->list_key);
    json_key(c->out, p->list_key);
    json_open(c->out, '[');
    for (size_t i = 0; i < page.count; i++) {
        json_open(c->out, '{');
        put_pool_sender(c, p, sb_sender_at(c->sb, (uint32_t)(page.ids[i] - 1)));
        json_close(c->out, '}');
    }
    json_close(c->out, ']');
    json_close(c->out, '}');
}

/* The pool's sender that the second {} names, or SANDBOX_NONE after having answered 404. */
static uint32_t pool_named(struct call *c, const struct pool_kind *p)
{
    uint32_t service = sb_call_service(c), sender;
    if (service == SANDBOX_NONE) return SANDBOX_NONE;
    sender = owned_sender(c, p->sid, c->args[1]);
    if (sender != SANDBOX_NONE && sb_sender_at(c->sb, sender)->service == service) return sender;
    sb_call_not_found(c);
    return SANDBOX_NONE;
}

static void pool_fetch(struct call *c, const struct pool_kind *p)
{
    uint32_t sender = pool_named(c, p);
    if (sender != SANDBOX_NONE) answer_pool_sender(c, p, 200, sender);
}

static void pool_remove(struct call *c, const struct pool_kind *p)
{
    uint32_t sender = pool_named(c, p);
    if (sender == SANDBOX_NONE) return;
    sb_service_leave(c->sb, sender);
    sb_call_no_content(c);
}

void sb_api_pool_add_number(struct call *c) { pool_add(c, &number_pool); }
void sb_api_pool_list_numbers(struct call *c) { pool_list(c, &number_pool); }
void sb_api_pool_fetch_number(struct call *c) { pool_fetch(c, &number_pool); }
void sb_api_pool_remove_number(struct call *c) { pool_remove(c, &number_pool); }
void sb_api_pool_add_short_code(struct call *c) { pool_add(c, &short_code_pool); }
void sb_api_pool_list_short_codes(struct call *c) { pool_list(c, &short_code_pool); }
void sb_api_pool_fetch_short_code(struct call *c) { pool_fetch(c, &short_code_pool); }
void sb_api_pool_remove_short_code(struct call *c) { pool_remove(c, &short_code_pool); }
void sb_api_pool_list_alphas(struct call *c) { pool_list(c, &alpha_pool); }
void sb_api_pool_fetch_alpha(struct call *c) { pool_fetch(c, &alpha_pool); }
void sb_api_pool_remove_alpha(struct call *c) { pool_remove(c, &alpha_pool); }
