/*
 * api_number: finding, buying, changing and releasing numbers; short codes (reference 14.3, 14.4).
 *
 * The sandbox's supply is every number that nobody has: a search offers some of them by rule, a purchase
 * takes any. All take SMS; some have no MMS, and others no voice.
 */
#include "rules/nanp.h"
#include "sandbox/call.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool has_mms(uint64_t number)
{
    return number % 7 != 3;
}

static bool has_voice(uint64_t number)
{
    return number % 7 != 5;
}

static void put_capabilities(struct call *c, uint64_t number)
{
    json_key(c->out, "capabilities");
    json_open(c->out, '{');
    json_put_bool(c->out, "fax", false);
    json_put_bool(c->out, "mms", has_mms(number));
    json_put_bool(c->out, "sms", true);
    json_put_bool(c->out, "voice", has_voice(number));
    json_close(c->out, '}');
}

/* As a search wants it: "true", "false" or nothing. */
static bool suits(const struct call *c, const char *name, bool has)
{
    struct str wanted = sb_call_query(c, name);

    return wanted.len == 0 || str_equal_nocase(wanted, has ? STR("true") : STR("false"));
}

static void put_voice(struct call *c, const struct sender *s)
{
    json_put_text(c->out, "voice_receive_mode", "voice");
    json_put_null(c->out, "voice_application_sid");
    json_put_bool(c->out, "voice_caller_id_lookup", false);
    json_put_text(c->out, "voice_fallback_method", "POST");
    json_put_null(c->out, "voice_fallback_url");
    json_put_text(c->out, "voice_method", "POST");
    json_put_str_or_null(c->out, "voice_url", str_from(s->voice_url));
    json_put_text(c->out, "emergency_status", "Inactive");
    json_put_null(c->out, "emergency_address_sid");
    json_put_text(c->out, "emergency_address_status", "unregistered");
}

static void put_sms(struct call *c, const struct sender *s)
{
    json_put_str_or_null(c->out, "friendly_name", str_from(s->name));
    sb_call_put_method(c, "sms_fallback_method", s->sms_fallback_get);
    json_put_text(c->out, "sms_fallback_url", s->sms_fallback_url == NULL ? "" : s->sms_fallback_url);
    sb_call_put_method(c, "sms_method", s->sms_get);
    json_put_text(c->out, "sms_url", s->sms_url == NULL ? "" : s->sms_url);
    json_put_text(c->out, "api_version", "2010-04-01");
    sb_call_put_date_2010(c, "date_created", world_shown(c->sb, s->created_ms));
    sb_call_put_date_2010(c, "date_updated", world_shown(c->sb, s->updated_ms));
    json_put_text(c->out, "sid", s->sid);
}

static bool is_typed_path(const struct call *c)
{
    return str_ends(c->path, STR("/Local.json")) || str_ends(c->path, STR("/TollFree.json")) ||
           str_ends(c->path, STR("/Mobile.json"));
}

static void put_number(struct call *c, const struct sender *s)
{
    const char *account = sandbox_account_sid(c->sb, s->account);
    json_put_text(c->out, "account_sid", account);
    json_put_null(c->out, "address_sid");
    json_put_text(c->out, "address_requirements", "none");
    json_put_bool(c->out, "beta", false);
    put_capabilities(c, s->number);
    put_sms(c, s);
    json_put_null(c->out, "identity_sid");
    json_put_text(c->out, "phone_number", s->address);
    json_put_text(c->out, "origin", "twilio");
    json_put_null(c->out, "sms_application_sid");
    json_put_text(c->out, "status_callback", s->status_callback == NULL ? "" : s->status_callback);
    json_put_text(c->out, "status_callback_method", "POST");
    json_put_null(c->out, "trunk_sid");
    sb_call_put_path(c, "uri", "/2010-04-01/Accounts/%s/IncomingPhoneNumbers/%s.json", account, s->sid);
    put_voice(c, s);
    json_put_null(c->out, "bundle_sid");
    json_put_text(c->out, "status", "in-use");
    if (is_typed_path(c)) return; /* the typed lists leave it out, by Twilio's own description */
    json_put_text(c->out, "type",
                  s->kind == SENDER_TOLL_FREE ? "toll-free" : s->kind == SENDER_FOREIGN ? "mobile" : "local");
}

static void answer_number(struct call *c, int http_status, uint32_t sender)
{
    sb_call_ok(c, http_status);
    put_number(c, sb_sender_at(c->sb, sender));
    json_close(c->out, '}');
}

static void read_settings(struct call *c, struct sender *s)
{
    sb_call_set_text(c, "FriendlyName", &s->name);
    sb_call_set_text(c, "SmsUrl", &s->sms_url);
    sb_call_set_text(c, "SmsFallbackUrl", &s->sms_fallback_url);
    sb_call_set_text(c, "StatusCallback", &s->status_callback);
    sb_call_set_text(c, "VoiceUrl", &s->voice_url);
    sb_call_set_get(c, "SmsMethod", &s->sms_get);
    sb_call_set_get(c, "SmsFallbackMethod", &s->sms_fallback_get);
}

static bool is_area_code(uint64_t area)
{
    return area >= 200 && area <= 999 && area % 100 != 11 && area / 10 % 10 != 9;
}

/* The nth number that is offered in an area: exchange 200 … 899 but 555 and services such as 411, lines spread out. */
static uint64_t offered(uint64_t area, uint64_t n)
{
    uint64_t exchange = 200 + n * 37 % 699;
    if (exchange >= 555) exchange++;
    if (exchange % 100 == 11) exchange++;
    return UINT64_C(10000000000) + area * 10000000 + exchange * 10000 + (n * 7919 + 101) % 10000;
}

static uint64_t offered_free(const struct call *c, uint64_t area, uint64_t *n)
{
    for (; *n < 100000; ++*n) {
        uint64_t number = offered(area, *n);
        if (sb_sender_by_number(c->sb, number) == SANDBOX_NONE) return number;
    }
    return 0;
}

static int test_purchase(struct call *c, uint64_t *number)
{
    struct str wanted = sb_call_param(c, "PhoneNumber"), area = sb_call_param(c, "AreaCode");
    if (wanted.len == 0 && area.len > 0) {
        *number = UINT64_C(15005550006);
        return str_equal(area, STR("500")) ? 0 : 21452;
    }
    *number = sb_call_read_number(wanted);
    if (*number == UINT64_C(15005550000)) return 21422;
    return *number == UINT64_C(15005550006) ? 0 : 21421;
}

static int purchase(struct call *c, uint64_t *number)
{
    struct str wanted = sb_call_param(c, "PhoneNumber"), text = sb_call_param(c, "AreaCode");
    uint64_t area = 0, n = 0;
    if (wanted.len > 0) {
        *number = sb_call_read_number(wanted);
        if (*number == 0) return 21421;
        return sb_sender_by_number(c->sb, *number) != SANDBOX_NONE ? 21422 : 0;
    }
    if (text.len == 0) return 21421;
    if (str_to_u64(text, &area) != ERR_OK || !is_area_code(area)) return 21451;
    *number = offered_free(c, area, &n);
    return *number == 0 ? 21452 : 0;
}

/* What the test credentials buy exists in the answer only. */
static void answer_test_number(struct call *c, uint64_t number)
{
    struct sender s = {.account = c->account, .number = number, .kind = SENDER_LONG_CODE,
                       .created_ms = world_date(c->sb), .updated_ms = world_date(c->sb)};
    (void)snprintf(s.address, sizeof s.address, "+%" PRIu64, number);
    sb_sid_make(c->sb, SID_NUMBER, UINT64_C(1) << 48 | ++c->sb->request_seq, s.sid);
    sb_call_ok(c, 201);
    put_number(c, &s);
    json_close(c->out, '}');
}

void sb_api_number_create(struct call *c)
{
    uint64_t number = 0;
    uint32_t sender;
    char address[SANDBOX_ADDRESS_BYTES];
    bool is_test = sb_account_at(c->sb, c->account)->is_test;
    int code = is_test ? test_purchase(c, &number) : purchase(c, &number);
    if (code == 0 && sb_call_param(c, "FriendlyName").len > 64) code = 20002;
    if (code != 0) {
        sb_call_error(c, 400, code);
        return;
    }
    if (is_test) {
        answer_test_number(c, number);
        return;
    }
    (void)snprintf(address, sizeof address, "+%" PRIu64, number);
    if (sandbox_sender_add(c->sb, c->account, str_from(address), SANDBOX_NONE, STR(""), &sender) != ERR_OK) {
        sb_call_error(c, 503, 20503);
        return;
    }
    read_settings(c, sb_sender_at(c->sb, sender));
    memcpy(c->made, sb_sender_at(c->sb, sender)->sid, sizeof c->made);
    answer_number(c, 201, sender);
}

static bool is_type(const struct call *c, enum sender_kind kind)
{
    struct str path = str_slice(c->path, 0, c->path.len - 5);
    if (str_ends(path, STR("/Local"))) return kind == SENDER_LONG_CODE;
    if (str_ends(path, STR("/TollFree"))) return kind == SENDER_TOLL_FREE;
    return kind == SENDER_FOREIGN;
}

void sb_api_number_typed_create(struct call *c)
{
    enum sender_kind kind;
    uint64_t number = sb_call_read_number(sb_call_param(c, "PhoneNumber"));
    char address[SANDBOX_ADDRESS_BYTES];
    (void)snprintf(address, sizeof address, "+%" PRIu64, number);
    if (number == 0 || !sb_sender_kind_of(str_from(address), &kind, &number) || !is_type(c, kind))
        sb_call_error(c, 400, 21421);
    else
        sb_api_number_create(c);
}

/* A filter of digits with `*` for one digit, found anywhere in the number. */
static bool matches_at(struct str pattern, const char *text)
{
    for (size_t i = 0; i < pattern.len; i++)
        if (text[i] == '\0' || (pattern.at[i] != '*' && pattern.at[i] != text[i])) return false;
    return true;
}

static bool matches(struct str pattern, const char *text)
{
    for (; *text != '\0'; text++)
        if (matches_at(pattern, text)) return true;
    return pattern.len == 0;
}

static bool is_number(const struct call *c, uint64_t id)
{
    const struct sender *s = sb_sender_at(c->sb, (uint32_t)(id - 1));
    struct str name = sb_call_query(c, "FriendlyName"), number = sb_call_query(c, "PhoneNumber");
    if (s->account != c->account || s->released || s->kind == SENDER_ALPHA || s->kind == SENDER_SHORT_CODE)
        return false;
    if (name.len > 0 && !str_equal(name, str_from(s->name))) return false;
    return matches(number, s->address);
}

static bool is_typed_number(const struct call *c, uint64_t id)
{
    return is_number(c, id) && is_type(c, sb_sender_at(c->sb, (uint32_t)(id - 1))->kind);
}

static void list_numbers(struct call *c, bool (*keep)(const struct call *c, uint64_t id))
{
    struct page page;
    if (!sb_page_read(c, SID_NUMBER, &page)) return;
    sb_page_collect(c, &page, c->sb->sender_count, keep);
    sb_call_ok(c, 200);
    json_key(c->out, "incoming_phone_numbers");
    json_open(c->out, '[');
    for (size_t i = 0; i < page.count; i++) {
        json_open(c->out, '{');
        put_number(c, sb_sender_at(c->sb, (uint32_t)(page.ids[i] - 1)));
        json_close(c->out, '}');
    }
    json_close(c->out, ']');
    sb_page_put_2010(c, &page);
    json_close(c->out, '}');
}

void sb_api_number_list(struct call *c)
{
    list_numbers(c, is_number);
}

void sb_api_number_typed_list(struct call *c)
{
    list_numbers(c, is_typed_number);
}

/* The sender that {} names, or SANDBOX_NONE after having answered 404. */
static uint32_t sender_named(struct call *c, enum sid_kind kind)
{
    uint64_t n = sb_sid_read(c->sb, kind, c->args[0]);
    const struct sender *s = n == UINT64_MAX ? NULL : sb_sender_at(c->sb, (uint32_t)n);
    if (s == NULL || s->released || s->account != c->account) {
        sb_call_not_found(c);
        return SANDBOX_NONE;
    }
    return (uint32_t)n;
}

void sb_api_number_fetch(struct call *c)
{
    uint32_t sender = sender_named(c, SID_NUMBER);
    if (sender != SANDBOX_NONE) answer_number(c, 200, sender);
}

/* 0, or why the number may not go to that account. */
static int move(struct call *c, uint32_t sender, struct str sid)
{
    uint32_t to = sandbox_account_find(c->sb, sid);
    if (sb_account_at(c->sb, c->auth)->parent != SANDBOX_NONE) return 21474;
    if (to == SANDBOX_NONE || sb_account_root(c->sb, to) != c->auth) return 21473;
    if (to != c->account) sb_sender_move(c->sb, sender, to);
    return 0;
}

void sb_api_number_update(struct call *c)
{
    uint32_t sender = sender_named(c, SID_NUMBER);
    int code = 0;
    if (sender == SANDBOX_NONE) return;
    if (sb_call_param(c, "FriendlyName").len > 64) code = 20002;
    if (code == 0 && sb_call_has(c, "AccountSid")) code = move(c, sender, sb_call_param(c, "AccountSid"));
    if (code != 0) {
        sb_call_error(c, 400, code);
        return;
    }
    read_settings(c, sb_sender_at(c->sb, sender));
    sb_sender_at(c->sb, sender)->updated_ms = world_date(c->sb);
    answer_number(c, 200, sender);
}

void sb_api_number_delete(struct call *c)
{
    uint32_t sender = sender_named(c, SID_NUMBER);
    if (sender == SANDBOX_NONE) return;
    sb_sender_release(c->sb, sender);
    sb_call_no_content(c);
}

static void put_country(struct call *c, const char *code, const char *name)
{
    const char *account = sandbox_account_sid(c->sb, c->account);
    json_put_text(c->out, "country_code", code);
    json_put_text(c->out, "country", name);
    sb_call_put_path(c, "uri", "/2010-04-01/Accounts/%s/AvailablePhoneNumbers/%s.json", account, code);
    json_put_bool(c->out, "beta", false);
    json_key(c->out, "subresource_uris");
    json_open(c->out, '{');
    sb_call_put_path(c, "local", "/2010-04-01/Accounts/%s/AvailablePhoneNumbers/%s/Local.json", account,
                     code);
    sb_call_put_path(c, "toll_free", "/2010-04-01/Accounts/%s/AvailablePhoneNumbers/%s/TollFree.json",
                     account, code);
    json_close(c->out, '}');
}

void sb_api_available_countries(struct call *c)
{
    sb_call_ok(c, 200);
    json_key(c->out, "countries");
    json_open(c->out, '[');
    json_open(c->out, '{');
    put_country(c, "US", "United States");
    json_close(c->out, '}');
    json_open(c->out, '{');
    put_country(c, "CA", "Canada");
    json_close(c->out, '}');
    json_close(c->out, ']');
    sb_call_put_path(c, "uri", "/2010-04-01/Accounts/%s/AvailablePhoneNumbers.json",
                  sandbox_account_sid(c->sb, c->account));
    json_close(c->out, '}');
}

void sb_api_available_country(struct call *c)
{
    bool us = str_equal(c->args[0], STR("US"));
    if (!us && !str_equal(c->args[0], STR("CA"))) {
        sb_call_not_found(c);
        return;
    }
    sb_call_ok(c, 200);
    put_country(c, us ? "US" : "CA", us ? "United States" : "Canada");
    json_close(c->out, '}');
}

static const char *region_of(uint64_t number)
{
    const struct nanp_area *area = nanp_find((unsigned)(number / 10000000 % 1000));
    return area == NULL ? "" : area->region;
}

static void put_available(struct call *c, uint64_t number)
{
    char friendly[24], e164[24];
    (void)snprintf(friendly, sizeof friendly, "(%03u) %03u-%04u", (unsigned)(number / 10000000 % 1000),
                   (unsigned)(number / 10000 % 1000), (unsigned)(number % 10000));
    (void)snprintf(e164, sizeof e164, "+%" PRIu64, number);
    json_open(c->out, '{');
    json_put_text(c->out, "friendly_name", friendly);
    json_put_text(c->out, "phone_number", e164);
    json_put_null(c->out, "lata");
    json_put_null(c->out, "locality");
    json_put_null(c->out, "rate_center");
    json_put_null(c->out, "latitude");
    json_put_null(c->out, "longitude");
    json_put_str_or_null(c->out, "region", str_from(region_of(number)));
    json_put_null(c->out, "postal_code");
    json_put_str(c->out, "iso_country", c->args[0]);
    json_put_text(c->out, "address_requirements", "none");
    json_put_bool(c->out, "beta", false);
    put_capabilities(c, number);
    json_close(c->out, '}');
}

/* The area that a search is about: asked for, or that of the number that others shall be near to. False: no such. */
static bool read_area(struct call *c, uint64_t *area)
{
    struct str code = sb_call_query(c, "AreaCode"), near = sb_call_query(c, "NearNumber");
    uint64_t number = near.len == 0 ? 0 : sb_call_read_number(near);

    *area = 0;
    if (number / UINT64_C(10000000000) == 1) *area = number / 10000000 % 1000;
    if (code.len == 0) return near.len == 0 || is_area_code(*area);
    return str_to_u64(code, area) == ERR_OK && is_area_code(*area);
}

/* In the state or province that is asked for: its area codes are ours. */
static size_t areas_in(struct str region, uint64_t *out, size_t room)
{
    size_t count = 0;

    for (size_t i = 0; i < nanp_area_count && count < room; i++)
        if (nanp_areas[i].in_service && nanp_areas[i].kind == NANP_GEOGRAPHIC &&
            str_equal_nocase(str_from(nanp_areas[i].region), region))
            out[count++] = nanp_areas[i].code;
    return count;
}

static void put_offers(struct call *c, struct page *page, const uint64_t *areas, size_t areas_count)
{
    char text[24];
    struct str contains = sb_call_query(c, "Contains");
    if (areas_count == 0) return;
    for (uint64_t i = 0; i < 20000 && page->count < page->size; i++) {
        uint64_t number = offered(areas[i % areas_count], i / areas_count);
        (void)snprintf(text, sizeof text, "+%" PRIu64, number);
        if (sb_sender_by_number(c->sb, number) != SANDBOX_NONE || !matches(contains, text)) continue;
        if (!suits(c, "MmsEnabled", has_mms(number)) || !suits(c, "VoiceEnabled", has_voice(number)) ||
            !suits(c, "SmsEnabled", true))
            continue;
        put_available(c, number);
        page->count++;
    }
}

void sb_api_available_numbers(struct call *c)
{
    static const uint64_t us[] = {415, 212, 312, 213, 602, 404}, canada[] = {416, 604, 514},
                          toll_free[] = {833, 844, 855, 866, 877, 888};
    bool is_us = str_equal(c->args[0], STR("US")), free_of_toll = str_equal(c->args[1], STR("TollFree"));
    uint64_t area = 0, regional[64];
    struct str region = sb_call_query(c, "InRegion");
    struct page page;
    if ((!is_us && !str_equal(c->args[0], STR("CA"))) ||
        (!free_of_toll && !str_equal(c->args[1], STR("Local")))) {
        sb_call_not_found(c);
        return;
    }
    if (!read_area(c, &area)) {
        sb_call_error(c, 400, 21451);
        return;
    }
    if (!sb_page_read(c, SID_NUMBER, &page)) return;
    sb_call_ok(c, 200);
    json_key(c->out, "available_phone_numbers");
    json_open(c->out, '[');
    if (region.len > 0 && area == 0 && !free_of_toll)
        put_offers(c, &page, regional, areas_in(region, regional, sizeof regional / sizeof *regional));
    else if (area != 0)
        put_offers(c, &page, &area, 1);
    else if (free_of_toll)
        put_offers(c, &page, toll_free, sizeof toll_free / sizeof *toll_free);
    else if (is_us)
        put_offers(c, &page, us, sizeof us / sizeof *us);
    else
        put_offers(c, &page, canada, sizeof canada / sizeof *canada);
    json_close(c->out, ']');
    page.count = 0; /* no links: every search stands alone (reference 14.3) */
    sb_page_put_2010(c, &page);
    json_close(c->out, '}');
}

static bool is_short_code(const struct call *c, uint64_t id)
{
    const struct sender *s = sb_sender_at(c->sb, (uint32_t)(id - 1));
    struct str code = sb_call_query(c, "ShortCode");
    if (s->account != c->account || s->released || s->kind != SENDER_SHORT_CODE) return false;
    return code.len == 0 || str_equal(code, str_from(s->address));
}

static void put_short_code(struct call *c, const struct sender *s)
{
    const char *account = sandbox_account_sid(c->sb, s->account);
    json_put_text(c->out, "account_sid", account);
    put_sms(c, s);
    json_put_text(c->out, "short_code", s->address);
    sb_call_put_path(c, "uri", "/2010-04-01/Accounts/%s/SMS/ShortCodes/%s.json", account, s->sid);
}

void sb_api_short_code_list(struct call *c)
{
    struct page page;
    if (!sb_page_read(c, SID_SHORT_CODE, &page)) return;
    sb_page_collect(c, &page, c->sb->sender_count, is_short_code);
    sb_call_ok(c, 200);
    json_key(c->out, "short_codes");
    json_open(c->out, '[');
    for (size_t i = 0; i < page.count; i++) {
        json_open(c->out, '{');
        put_short_code(c, sb_sender_at(c->sb, (uint32_t)(page.ids[i] - 1)));
        json_close(c->out, '}');
    }
    json_close(c->out, ']');
    sb_page_put_2010(c, &page);
    json_close(c->out, '}');
}

static void answer_short_code(struct call *c, uint32_t sender)
{
    sb_call_ok(c, 200);
    put_short_code(c, sb_sender_at(c->sb, sender));
    json_close(c->out, '}');
}

void sb_api_short_code_fetch(struct call *c)
{
    uint32_t sender = sender_named(c, SID_SHORT_CODE);
    if (sender != SANDBOX_NONE) answer_short_code(c, sender);
}

void sb_api_short_code_update(struct call *c)
{
    uint32_t sender = sender_named(c, SID_SHORT_CODE);
    if (sender == SANDBOX_NONE) return;
    read_settings(c, sb_sender_at(c->sb, sender));
    answer_short_code(c, sender);
}
