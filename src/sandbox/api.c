/*
 * api: one REST request from its bytes to its answer — product, credentials, route, faults. Contract in
 * api.h.
 *
 * Owns nothing between calls. Whatever cannot be served is answered with Twilio's own error, never with a
 * failure of ours.
 */
#include "sandbox/call.h"
#include "sandbox/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAIRS_MAX = 500, ARENA_BYTES_MAX = 8 << 20, ANSWER_BYTES_MAX = 16 << 20 };
enum route_flag { ROUTE_2010 = 1, ROUTE_TEST = 2, ROUTE_ANY_ACCOUNT = 4, ROUTE_MODEL_FAULTS = 8,
                  ROUTE_NO_KEY = 16 };

struct route {
    const char *method, *path; /* {} takes one segment; {A} is the account of the 2010 API */
    void (*serve)(struct call *c);
    unsigned flags;
};

#define IN_ACCOUNT "/2010-04-01/Accounts/{A}"
#define NUMBERS IN_ACCOUNT "/IncomingPhoneNumbers"
#define AVAILABLE IN_ACCOUNT "/AvailablePhoneNumbers"
/* The first that fits is taken. */
static const struct route routes[] = {
    {"POST", IN_ACCOUNT "/Messages", sb_api_message_create, ROUTE_2010 | ROUTE_TEST | ROUTE_MODEL_FAULTS},
    {"GET", IN_ACCOUNT "/Messages", sb_api_message_list, ROUTE_2010 | ROUTE_MODEL_FAULTS},
    {"GET", IN_ACCOUNT "/Messages/{}", sb_api_message_fetch, ROUTE_2010},
    {"POST", IN_ACCOUNT "/Messages/{}", sb_api_message_update, ROUTE_2010},
    {"DELETE", IN_ACCOUNT "/Messages/{}", sb_api_message_delete, ROUTE_2010},
    {"GET", IN_ACCOUNT "/Messages/{}/Media", sb_api_media_list, ROUTE_2010},
    {"POST", IN_ACCOUNT "/Messages/{}/Feedback", sb_api_feedback_create, ROUTE_2010},
    {"POST", "/2010-04-01/Accounts", sb_api_account_create, ROUTE_2010 | ROUTE_NO_KEY},
    {"GET", "/2010-04-01/Accounts", sb_api_account_list, ROUTE_2010 | ROUTE_NO_KEY},
    {"GET", IN_ACCOUNT, sb_api_account_fetch, ROUTE_2010 | ROUTE_ANY_ACCOUNT | ROUTE_NO_KEY},
    {"POST", IN_ACCOUNT, sb_api_account_update, ROUTE_2010 | ROUTE_ANY_ACCOUNT | ROUTE_NO_KEY},
    {"POST", IN_ACCOUNT "/Keys", sb_api_key_create, ROUTE_2010 | ROUTE_NO_KEY},
    {"GET", IN_ACCOUNT "/Keys", sb_api_key_list, ROUTE_2010 | ROUTE_NO_KEY},
    {"GET", IN_ACCOUNT "/Keys/{}", sb_api_key_fetch, ROUTE_2010 | ROUTE_NO_KEY},
    {"POST", IN_ACCOUNT "/Keys/{}", sb_api_key_update, ROUTE_2010 | ROUTE_NO_KEY},
    {"DELETE", IN_ACCOUNT "/Keys/{}", sb_api_key_delete, ROUTE_2010 | ROUTE_NO_KEY},
    {"POST", IN_ACCOUNT "/Addresses", sb_api_address_create, ROUTE_2010},
    {"GET", IN_ACCOUNT "/Addresses", sb_api_address_list, ROUTE_2010},
    {"GET", IN_ACCOUNT "/Addresses/{}", sb_api_address_fetch, ROUTE_2010},
    {"POST", IN_ACCOUNT "/Addresses/{}", sb_api_address_update, ROUTE_2010},
    {"DELETE", IN_ACCOUNT "/Addresses/{}", sb_api_address_delete, ROUTE_2010},
    {"POST", NUMBERS, sb_api_number_create, ROUTE_2010 | ROUTE_TEST},
    {"GET", NUMBERS, sb_api_number_list, ROUTE_2010},
    {"POST", NUMBERS "/Local", sb_api_number_typed_create, ROUTE_2010},
    {"POST", NUMBERS "/TollFree", sb_api_number_typed_create, ROUTE_2010},
    {"POST", NUMBERS "/Mobile", sb_api_number_typed_create, ROUTE_2010},
    {"GET", NUMBERS "/Local", sb_api_number_typed_list, ROUTE_2010},
    {"GET", NUMBERS "/TollFree", sb_api_number_typed_list, ROUTE_2010},
    {"GET", NUMBERS "/Mobile", sb_api_number_typed_list, ROUTE_2010},
    {"GET", NUMBERS "/{}", sb_api_number_fetch, ROUTE_2010},
    {"POST", NUMBERS "/{}", sb_api_number_update, ROUTE_2010},
    {"DELETE", NUMBERS "/{}", sb_api_number_delete, ROUTE_2010},
    {"GET", AVAILABLE, sb_api_available_countries, ROUTE_2010},
    {"GET", AVAILABLE "/{}", sb_api_available_country, ROUTE_2010},
    {"GET", AVAILABLE "/{}/{}", sb_api_available_numbers, ROUTE_2010},
    {"GET", IN_ACCOUNT "/SMS/ShortCodes", sb_api_short_code_list, ROUTE_2010},
    {"GET", IN_ACCOUNT "/SMS/ShortCodes/{}", sb_api_short_code_fetch, ROUTE_2010},
    {"POST", IN_ACCOUNT "/SMS/ShortCodes/{}", sb_api_short_code_update, ROUTE_2010},
    {"POST", "/v1/Services", sb_api_service_create, 0},
    {"GET", "/v1/Services", sb_api_service_list, 0},
    {"GET", "/v1/Services/{}", sb_api_service_fetch, 0},
    {"POST", "/v1/Services/{}", sb_api_service_update, 0},
    {"DELETE", "/v1/Services/{}", sb_api_service_delete, 0},
    {"POST", "/v1/Services/{}/PhoneNumbers", sb_api_pool_add_number, 0},
    {"GET", "/v1/Services/{}/PhoneNumbers", sb_api_pool_list_numbers, 0},
    {"GET", "/v1/Services/{}/PhoneNumbers/{}", sb_api_pool_fetch_number, 0},
    {"DELETE", "/v1/Services/{}/PhoneNumbers/{}", sb_api_pool_remove_number, 0},
    {"POST", "/v1/Services/{}/ShortCodes", sb_api_pool_add_short_code, 0},
    {"GET", "/v1/Services/{}/ShortCodes", sb_api_pool_list_short_codes, 0},
    {"GET", "/v1/Services/{}/ShortCodes/{}", sb_api_pool_fetch_short_code, 0},
    {"DELETE", "/v1/Services/{}/ShortCodes/{}", sb_api_pool_remove_short_code, 0},
    {"POST", "/v1/Services/{}/AlphaSenders", sb_api_pool_add_alpha, 0},
    {"GET", "/v1/Services/{}/AlphaSenders", sb_api_pool_list_alphas, 0},
    {"GET", "/v1/Services/{}/AlphaSenders/{}", sb_api_pool_fetch_alpha, 0},
    {"DELETE", "/v1/Services/{}/AlphaSenders/{}", sb_api_pool_remove_alpha, 0},
    {"GET", "/v1/Policies", sb_api_policy_list, 0},
    {"GET", "/v1/Policies/{}", sb_api_policy_fetch, 0},
    {"GET", "/v1/EndUserTypes", sb_api_trust_type_list, 0},
    {"GET", "/v1/EndUserTypes/{}", sb_api_trust_type_fetch, 0},
    {"GET", "/v1/SupportingDocumentTypes", sb_api_trust_type_list, 0},
    {"GET", "/v1/SupportingDocumentTypes/{}", sb_api_trust_type_fetch, 0},
    {"POST", "/v1/EndUsers", sb_api_trust_part_create, 0},
    {"GET", "/v1/EndUsers", sb_api_trust_part_list, 0},
    {"GET", "/v1/EndUsers/{}", sb_api_trust_part_fetch, 0},
    {"POST", "/v1/EndUsers/{}", sb_api_trust_part_update, 0},
    {"DELETE", "/v1/EndUsers/{}", sb_api_trust_part_delete, 0},
    {"POST", "/v1/SupportingDocuments", sb_api_trust_part_create, 0},
    {"GET", "/v1/SupportingDocuments", sb_api_trust_part_list, 0},
    {"GET", "/v1/SupportingDocuments/{}", sb_api_trust_part_fetch, 0},
    {"POST", "/v1/SupportingDocuments/{}", sb_api_trust_part_update, 0},
    {"DELETE", "/v1/SupportingDocuments/{}", sb_api_trust_part_delete, 0},
    {"POST", "/v1/CustomerProfiles", sb_api_bundle_create, 0},
    {"GET", "/v1/CustomerProfiles", sb_api_bundle_list, 0},
    {"GET", "/v1/CustomerProfiles/{}", sb_api_bundle_fetch, 0},
    {"POST", "/v1/CustomerProfiles/{}", sb_api_bundle_update, 0},
    {"DELETE", "/v1/CustomerProfiles/{}", sb_api_bundle_delete, 0},
    {"POST", "/v1/CustomerProfiles/{}/EntityAssignments", sb_api_assignment_create, 0},
    {"GET", "/v1/CustomerProfiles/{}/EntityAssignments", sb_api_assignment_list, 0},
    {"GET", "/v1/CustomerProfiles/{}/EntityAssignments/{}", sb_api_assignment_fetch, 0},
    {"DELETE", "/v1/CustomerProfiles/{}/EntityAssignments/{}", sb_api_assignment_delete, 0},
    {"POST", "/v1/CustomerProfiles/{}/ChannelEndpointAssignments", sb_api_channel_create, 0},
    {"GET", "/v1/CustomerProfiles/{}/ChannelEndpointAssignments", sb_api_channel_list, 0},
    {"GET", "/v1/CustomerProfiles/{}/ChannelEndpointAssignments/{}", sb_api_channel_fetch, 0},
    {"DELETE", "/v1/CustomerProfiles/{}/ChannelEndpointAssignments/{}", sb_api_channel_delete, 0},
    {"POST", "/v1/CustomerProfiles/{}/Evaluations", sb_api_evaluation_create, 0},
    {"GET", "/v1/CustomerProfiles/{}/Evaluations", sb_api_evaluation_list, 0},
    {"GET", "/v1/CustomerProfiles/{}/Evaluations/{}", sb_api_evaluation_fetch, 0},
    {"POST", "/v1/TrustProducts", sb_api_bundle_create, 0},
    {"GET", "/v1/TrustProducts", sb_api_bundle_list, 0},
    {"GET", "/v1/TrustProducts/{}", sb_api_bundle_fetch, 0},
    {"POST", "/v1/TrustProducts/{}", sb_api_bundle_update, 0},
    {"DELETE", "/v1/TrustProducts/{}", sb_api_bundle_delete, 0},
    {"POST", "/v1/TrustProducts/{}/EntityAssignments", sb_api_assignment_create, 0},
    {"GET", "/v1/TrustProducts/{}/EntityAssignments", sb_api_assignment_list, 0},
    {"GET", "/v1/TrustProducts/{}/EntityAssignments/{}", sb_api_assignment_fetch, 0},
    {"DELETE", "/v1/TrustProducts/{}/EntityAssignments/{}", sb_api_assignment_delete, 0},
    {"POST", "/v1/TrustProducts/{}/ChannelEndpointAssignments", sb_api_channel_create, 0},
    {"GET", "/v1/TrustProducts/{}/ChannelEndpointAssignments", sb_api_channel_list, 0},
    {"GET", "/v1/TrustProducts/{}/ChannelEndpointAssignments/{}", sb_api_channel_fetch, 0},
    {"DELETE", "/v1/TrustProducts/{}/ChannelEndpointAssignments/{}", sb_api_channel_delete, 0},
    {"POST", "/v1/TrustProducts/{}/Evaluations", sb_api_evaluation_create, 0},
    {"GET", "/v1/TrustProducts/{}/Evaluations", sb_api_evaluation_list, 0},
    {"GET", "/v1/TrustProducts/{}/Evaluations/{}", sb_api_evaluation_fetch, 0},
    {"POST", "/v1/a2p/BrandRegistrations", sb_api_brand_create, 0},
    {"GET", "/v1/a2p/BrandRegistrations", sb_api_brand_list, 0},
    {"GET", "/v1/a2p/BrandRegistrations/{}", sb_api_brand_fetch, 0},
    {"POST", "/v1/a2p/BrandRegistrations/{}", sb_api_brand_update, 0},
    {"POST", "/v1/a2p/BrandRegistrations/{}/SmsOtp", sb_api_brand_passcode, 0},
    {"POST", "/v1/a2p/BrandRegistrations/{}/Vettings", sb_api_vetting_create, 0},
    {"GET", "/v1/a2p/BrandRegistrations/{}/Vettings", sb_api_vetting_list, 0},
    {"GET", "/v1/a2p/BrandRegistrations/{}/Vettings/{}", sb_api_vetting_fetch, 0},
    {"GET", "/v1/Services/{}/Compliance/Usa2p/Usecases", sb_api_campaign_use_cases, 0},
    {"POST", "/v1/Services/{}/Compliance/Usa2p", sb_api_campaign_create, 0},
    {"GET", "/v1/Services/{}/Compliance/Usa2p", sb_api_campaign_list, 0},
    {"GET", "/v1/Services/{}/Compliance/Usa2p/{}", sb_api_campaign_fetch, 0},
    {"POST", "/v1/Services/{}/Compliance/Usa2p/{}", sb_api_campaign_update, 0},
    {"DELETE", "/v1/Services/{}/Compliance/Usa2p/{}", sb_api_campaign_delete, 0},
    {"POST", "/v1/Tollfree/Verifications", sb_api_toll_free_create, 0},
    {"GET", "/v1/Tollfree/Verifications", sb_api_toll_free_list, 0},
    {"GET", "/v1/Tollfree/Verifications/{}", sb_api_toll_free_fetch, 0},
    {"POST", "/v1/Tollfree/Verifications/{}", sb_api_toll_free_update, 0},
    {"DELETE", "/v1/Tollfree/Verifications/{}", sb_api_toll_free_delete, 0},
    {"GET", "/v1/Types", sb_api_event_type_list, 0},
    {"GET", "/v1/Types/{}", sb_api_event_type_fetch, 0},
    {"POST", "/v1/Sinks", sb_api_sink_create, 0},
    {"GET", "/v1/Sinks", sb_api_sink_list, 0},
    {"GET", "/v1/Sinks/{}", sb_api_sink_fetch, 0},
    {"POST", "/v1/Sinks/{}", sb_api_sink_update, 0},
    {"DELETE", "/v1/Sinks/{}", sb_api_sink_delete, 0},
    {"POST", "/v1/Subscriptions", sb_api_subscription_create, 0},
    {"GET", "/v1/Subscriptions", sb_api_subscription_list, 0},
    {"GET", "/v1/Subscriptions/{}", sb_api_subscription_fetch, 0},
    {"DELETE", "/v1/Subscriptions/{}", sb_api_subscription_delete, 0},
    {"GET", "/v1/Subscriptions/{}/SubscribedEvents", sb_api_subscribed_list, 0},
    {"POST", "/v1/Subscriptions/{}/SubscribedEvents", sb_api_subscribed_create, 0},
    {"DELETE", "/v1/Subscriptions/{}/SubscribedEvents/{}", sb_api_subscribed_delete, 0},
    {"GET", "/v1/Alerts", sb_api_alert_list, 0},
    {"GET", "/v1/Alerts/{}", sb_api_alert_fetch, 0},
    {"POST", "/v1/AuthTokens/Secondary", sb_api_token_secondary, ROUTE_NO_KEY},
    {"DELETE", "/v1/AuthTokens/Secondary", sb_api_token_secondary_delete, ROUTE_NO_KEY},
    {"POST", "/v1/AuthTokens/Promote", sb_api_token_promote, ROUTE_NO_KEY},
    {"GET", "/v2/PhoneNumbers/{}", sb_api_lookup_fetch, 0},
    {"POST", "/v2/Services", sb_api_verify_service_create, 0},
    {"GET", "/v2/Services", sb_api_verify_service_list, 0},
    {"GET", "/v2/Services/{}", sb_api_verify_service_fetch, 0},
    {"POST", "/v2/Services/{}", sb_api_verify_service_update, 0},
    {"DELETE", "/v2/Services/{}", sb_api_verify_service_delete, 0},
    {"POST", "/v2/Services/{}/Verifications", sb_api_verification_create, 0},
    {"GET", "/v2/Services/{}/Verifications/{}", sb_api_verification_fetch, 0},
    {"POST", "/v2/Services/{}/Verifications/{}", sb_api_verification_update, 0},
    {"POST", "/v2/Services/{}/VerificationCheck", sb_api_verification_check, 0},
    {"GET", "/v2/Attempts", sb_api_verify_attempt_list, 0},
    {"GET", "/v2/Attempts/{}", sb_api_verify_attempt_fetch, 0},
};

/* The path says which product is meant; a segment with a dot before it is a host. */
static void split_target(struct call *c, struct str *query)
{
    struct str path, rest;
    size_t end;
    *query = str_cut(c->request->target, '?', &path);
    c->path = path;
    rest = str_slice(path, 1, path.len);
    end = str_find_char(rest, '/');
    if (str_find_char(str_slice(rest, 0, end), '.') < end && end < rest.len) {
        c->prefix = str_slice(path, 0, 1 + end);
        c->path = str_slice(path, 1 + end, path.len);
    }
}

static bool read_forms(struct call *c, struct str query)
{
    struct str type;
    (void)str_cut(c->request->content_type, ';', &type);
    if (form_decode(&c->arena, query, PAIRS_MAX, &c->query) != ERR_OK) return false;
    if (c->request->body.len == 0) return true;
    if (!str_equal_nocase(str_trim(type), STR("application/x-www-form-urlencoded"))) return true;
    return form_decode(&c->arena, c->request->body, PAIRS_MAX, &c->form) == ERR_OK;
}

/* `path` against "/a/{}/b"; the segments that stood for {} go to args, {A} to *account. */
static bool route_fits(const char *pattern, struct str path, struct str args[CALL_ARGS_MAX],
                       struct str *account)
{
    struct str want = str_from(pattern);
    size_t count = 0;
    while (want.len > 0 && path.len > 0) {
        struct str segment, wanted;
        if (path.at[0] != '/') return false;
        want = str_slice(want, 1, want.len);
        path = str_slice(path, 1, path.len);
        wanted = str_slice(want, 0, str_find_char(want, '/'));
        segment = str_slice(path, 0, str_find_char(path, '/'));
        want = str_slice(want, wanted.len, want.len);
        path = str_slice(path, segment.len, path.len);
        if (segment.len == 0) return false;
        if (str_equal(wanted, STR("{A}")))
            *account = segment;
        else if (str_equal(wanted, STR("{}")) && count < CALL_ARGS_MAX)
            args[count++] = segment;
        else if (!str_equal(wanted, segment))
            return false;
    }
    return want.len == 0 && path.len == 0;
}

static const struct route *route_find(struct call *c, struct str *account, bool *other_method)
{
    struct str path = c->path;
    bool is_2010 = str_starts(path, STR("/2010-04-01/"));
    /* Without the suffix the 2010 API speaks XML, which this one does not. */
    if (is_2010 && !str_ends(path, STR(".json"))) return NULL;
    if (is_2010) path = str_slice(path, 0, path.len - 5);
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        const struct route *r = &routes[i];
        memset(c->args, 0, sizeof c->args);
        if (!route_fits(r->path, path, c->args, account)) continue;
        if (str_equal(c->request->method, str_from(r->method))) return r;
        *other_method = true;
    }
    return NULL;
}

static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

static struct str base64_decode(struct arena *arena, struct str text)
{
    char *out = arena_alloc(arena, text.len + 1);
    uint32_t bits = 0, count = 0;
    size_t len = 0;
    for (size_t i = 0; out != NULL && i < text.len && text.at[i] != '='; i++) {
        int value = base64_value(text.at[i]);
        if (value < 0) return (struct str){NULL, 0};
        bits = bits << 6 | (uint32_t)value;
        if ((count += 6) < 8) continue;
        count -= 8;
        out[len++] = (char)(bits >> count & 0xFF);
    }
    return (struct str){out, out == NULL ? 0 : len};
}

static bool authenticate(struct call *c)
{
    struct str scheme, user, decoded, header = str_trim(c->request->authorization);
    struct account *a;
    struct str password, credentials = str_cut(header, ' ', &scheme);
    if (!str_equal_nocase(scheme, STR("Basic"))) return false;
    decoded = base64_decode(&c->arena, str_trim(credentials));
    password = str_cut(decoded, ':', &user);
    c->user = user;
    c->by_key = str_starts(user, STR("SK"));
    c->auth = c->by_key ? sb_api_key_account(c->sb, user, password) : sandbox_account_find(c->sb, user);
    a = sb_account_at(c->sb, c->auth);
    if (a == NULL || a->status == ACCOUNT_CLOSED) return false;
    return c->by_key || str_equal_secret(password, str_from(a->token)) ||
           (a->secondary[0] != '\0' && str_equal_secret(password, str_from(a->secondary)));
}

/* A parent may act for its subaccounts, in paths of the 2010 API only (reference 1.3). */
static bool may_act_for(const struct call *c, struct str sid)
{
    uint32_t account = sandbox_account_find(c->sb, sid);
    const struct account *a = sb_account_at(c->sb, account);
    return a != NULL && (account == c->auth || a->parent == c->auth);
}

/* Answers and returns false when the caller may not go on. */
static bool admit(struct call *c, const struct route *r, struct str path_account)
{
    const struct account *a = sb_account_at(c->sb, c->auth);
    uint32_t most = c->sb->config.concurrency_max;
    c->account = c->auth;
    if (c->request->in_flight != NULL)
        c->answer->concurrent += c->request->in_flight(c->request->user, c->auth);
    if (most > 0 && c->answer->concurrent > most) {
        sb_call_error(c, 429, 20429);
        return false;
    }
    if (path_account.len > 0 || (c->by_key && (r->flags & ROUTE_NO_KEY) != 0)) {
        if ((c->by_key && (r->flags & ROUTE_NO_KEY) != 0) || !may_act_for(c, path_account)) {
            c->answer->challenge = true;
            sb_call_error(c, 401, 20003);
            return false;
        }
        c->account = sandbox_account_find(c->sb, path_account);
    }
    if (a->is_test && (r->flags & ROUTE_TEST) == 0) {
        sb_call_error(c, 403, 20008);
        return false;
    }
    if ((r->flags & ROUTE_ANY_ACCOUNT) == 0 && !sb_account_is_active(c->sb, c->account) &&
        !str_equal(c->request->method, STR("GET"))) {
        sb_call_error(c, 403, 20005);
        return false;
    }
    return true;
}

/* A page such as an edge or a proxy makes: nothing of Twilio's in it. */
static void edge_page(struct call *c, int http_status)
{
    c->answer->status = http_status;
    c->answer->content_type = "text/html";
    buf_clear(c->out);
    buf_addf(c->out, "<html><head><title>%d</title></head><body><center><h1>%d</h1></center><hr>"
                     "<center>edge</center></body></html>\n", http_status, http_status);
}

static void redirect(struct call *c)
{
    c->answer->status = 307;
    buf_clear(c->out);
    (void)snprintf(c->answer->location, sizeof c->answer->location, STR_FMT STR_FMT,
                   STR_ARG(c->request->base_url), STR_ARG(c->request->target));
}

void sb_call_spoil(struct call *c, const struct sandbox_directive *wire, int http_status, int code,
                uint32_t retry_after_s)
{
    c->answer->wire = *wire;
    switch (wire->fault) {
    case SANDBOX_FAULT_ERROR_BEFORE:
    case SANDBOX_FAULT_ERROR_AFTER:
        if (code != 0)
            sb_call_error(c, http_status, code);
        else
            edge_page(c, http_status);
        break;
    case SANDBOX_FAULT_THROTTLE:
        sb_call_error(c, 429, 20429);
        if (retry_after_s > 0) c->answer->retry_after_s = (int32_t)retry_after_s;
        break;
    case SANDBOX_FAULT_EDGE_4XX: edge_page(c, http_status); break;
    case SANDBOX_FAULT_NOT_JSON: edge_page(c, c->answer->status); break;
    case SANDBOX_FAULT_REDIRECT: redirect(c); break;
    case SANDBOX_FAULT_TRUNCATED:
        if (c->out->len > 1) c->out->at[c->out->len /= 2] = '\0';
        break;
    default: break;
    }
}

static void serve(struct call *c, const struct route *r)
{
    struct fault_draw draw;
    int http_status = 0, code = 0;
    uint32_t retry_after_s = 0;
    struct sandbox_directive wire;
    if ((r->flags & ROUTE_MODEL_FAULTS) != 0) {
        r->serve(c);
        return;
    }
    draw = sb_fault_draw(c->sb, SANDBOX_ON_OTHER, 0);
    if (!sb_fault_is_before(draw.fault)) r->serve(c);
    (void)sb_fault_spoils(&draw, &http_status, &code, &retry_after_s);
    wire = (struct sandbox_directive){draw.fault, draw.delay_ms};
    sb_call_spoil(c, &wire, http_status, code, retry_after_s);
}

static void serve_admitted(struct call *c, const struct route *r, struct str path_account)
{
    sb_register_watch(c);
    if (!admit(c, r, path_account)) return;
    serve(c, r);
    sb_register_append(c);
}

static void answer_request(struct call *c)
{
    struct str query, path_account = {NULL, 0};
    const struct route *r;
    bool other_method = false;
    split_target(c, &query);
    if (!authenticate(c)) {
        c->auth = SANDBOX_NONE;
        c->answer->challenge = true;
        c->sb->registry->log.unauthenticated++;
        sb_call_error(c, 401, 20003);
        return;
    }
    c->answer->account = c->auth;
    r = route_find(c, &path_account, &other_method);
    if (r == NULL && other_method)
        sb_call_error(c, 405, 20004);
    else if (r == NULL)
        sb_call_not_found(c);
    else if (!read_forms(c, query))
        sb_call_error(c, 400, 20001);
    else
        serve_admitted(c, r, path_account);
}

void sandbox_request(struct sandbox *sb, int64_t now_ms, const struct sandbox_http_request *request,
                     struct sandbox_http_answer *answer)
{
    struct call *c = world_alloc(sizeof *c);
    world_enter(sb, now_ms);
    *c = (struct call){.sb = sb, .request = request, .answer = answer, .out = &answer->body,
                       .auth = SANDBOX_NONE, .account = SANDBOX_NONE};
    arena_init(&c->arena, ARENA_BYTES_MAX);
    answer->status = 500;
    answer->content_type = "application/json";
    answer->location[0] = '\0';
    answer->retry_after_s = -1;
    answer->account = SANDBOX_NONE;
    answer->concurrent = 1;
    answer->challenge = false;
    answer->wire = (struct sandbox_directive){SANDBOX_FAULT_NONE, 0};
    sb_sid_make(sb, SID_REQUEST, ++sb->request_seq, answer->request_id);
    answer_request(c);
    if (buf_check(c->out) != ERR_OK) {
        buf_clear(c->out);
        sb_call_error(c, 500, 20500);
    }
    arena_reset(&c->arena);
    free(c);
}
