/*
 * api_lookup: Lookup v2, GET /v2/PhoneNumbers/{number} (reference 15).
 *
 * Everything a request could be charged for is counted per account (control face: GET /_sandbox/lookups). A number
 * that nobody can have is 200 with valid:false; only what is no number at all is 404. A package that fails says so in
 * its own object.
 */
#include "sandbox/call.h"

#include "base/rfc3339.h"
#include "rules/phone.h"

#include <stdio.h>
#include <string.h>

struct lookup {
    struct call *c;
    struct phone phone;
    bool valid;
    bool wanted[LOOKUP_PACKAGES];
    struct line line;
    const char *invalid; /* why it is not valid; NULL if it is */
    char given[PHONE_TEXT_BYTES + 8]; /* '+' and digits, as asked */
};

/* Digits with the usual marks; false for anything else. */
static bool read_digits(struct lookup *l, struct str text)
{
    size_t count = 0;
    bool plus = text.len > 0 && text.at[0] == '+';
    l->given[count++] = '+';
    if (!plus) l->given[count++] = '1';
    for (size_t i = plus ? 1 : 0; i < text.len; i++) {
        if (text.at[i] != '\0' && strchr(" -.()", text.at[i]) != NULL) continue;
        if (text.at[i] < '0' || text.at[i] > '9' || count + 1 >= sizeof l->given) return false;
        l->given[count++] = text.at[i];
    }
    l->given[count] = '\0';
    return count > 4;
}

static const char *reason(const struct lookup *l)
{
    size_t digits = strlen(l->given) - 1, least = l->given[1] == '1' ? 11 : 8, most = l->given[1] == '1' ? 11 : 15;
    if (l->given[1] == '0') return "INVALID_COUNTRY_CODE";
    return digits < least ? "TOO_SHORT" : digits > most ? "TOO_LONG" : "INVALID_BUT_POSSIBLE";
}

/* False when it has answered: what is no number at all does not exist. */
static bool read_number(struct lookup *l)
{
    struct str text = sb_call_decode(l->c, l->c->args[0]), country = sb_call_query(l->c, "CountryCode");
    char region[3] = "US";
    if (country.len > 0 && str_copy(country, region, sizeof region) != ERR_OK) {
        sb_call_error(l->c, 400, 60618);
        return false;
    }
    if (!read_digits(l, str_trim(text))) {
        sb_call_not_found(l->c);
        return false;
    }
    l->valid = phone_parse(text, region, &l->phone, NULL) == ERR_OK &&
               sb_carrier_magic(l->phone.digits).refusal != 21211;
    l->invalid = l->valid ? NULL : reason(l);
    return true;
}

/* False when it has answered. */
static bool read_fields(struct lookup *l)
{
    struct str field, rest = sb_call_query(l->c, "Fields");
    while (rest.len > 0) {
        bool known = false;
        rest = str_cut(rest, ',', &field);
        for (int i = 0; i < LOOKUP_PACKAGES; i++)
            if (str_equal(str_trim(field), str_from(sb_lookup_package_name((enum lookup_package)i))))
                l->wanted[i] = known = true;
        if (known) continue;
        sb_call_error(l->c, 400, 60618);
        return false;
    }
    return true;
}

static bool take_turn(struct lookup *l)
{
    struct lookup_use *use = &sb_account_at(l->c->sb, l->c->account)->lookups;
    uint32_t most = l->c->sb->config.lookup_per_s_max;
    int64_t second = l->c->sb->now_ms / 1000;
    use->requests++;
    if (use->second != second) use->in_second = 0;
    use->second = second;
    if (most == 0 || ++use->in_second <= most) return true;
    use->throttled++;
    sb_call_error(l->c, 429, 60616);
    return false;
}

static void put_text(struct call *c, const char *name, const char *value, const struct lookup *l)
{
    json_put_text(c->out, name, l->line.error != 0 ? NULL : value);
}

static void put_error_code(struct lookup *l)
{
    if (l->line.error != 0)
        json_put_int(l->c->out, "error_code", l->line.error);
    else
        json_put_null(l->c->out, "error_code");
}

static void put_line_type(struct lookup *l)
{
    struct call *c = l->c;
    put_text(c, "mobile_country_code", l->line.mcc, l);
    put_text(c, "mobile_network_code", l->line.mnc, l);
    put_text(c, "carrier_name", l->line.carrier, l);
    put_text(c, "type", l->line.type, l);
    put_error_code(l);
}

static void put_line_status(struct lookup *l)
{
    put_text(l->c, "status", l->line.status, l);
    put_error_code(l);
}

static void put_caller_name(struct lookup *l)
{
    put_text(l->c, "caller_name", "SANDBOX CALLER", l);
    put_text(l->c, "caller_type", "UNDETERMINED", l);
    put_error_code(l);
}

/* "20240131" as its midnight. */
static bool read_day(struct str text, int64_t *day_ms)
{
    char moment[32];
    if (text.len != 8) return false;
    (void)snprintf(moment, sizeof moment, "%.4s-%.2s-%.2sT00:00:00Z", text.at, text.at + 4, text.at + 6);
    return rfc3339_parse(str_from(moment), day_ms) == ERR_OK;
}

static void put_reassigned(struct lookup *l)
{
    struct str day = sb_call_query(l->c, "LastVerifiedDate");
    int64_t verified_ms = 0, changed = l->line.reassigned_ms;
    const char *said = changed == LINE_NO_DATA ? "no_data_available" : "no";
    int error = l->line.error;
    if (error == 0 && !read_day(day, &verified_ms)) error = day.len == 0 ? 60617 : 60618;
    if (changed > 0 && changed > verified_ms) said = "yes";
    json_put_str_or_null(l->c->out, "last_verified_date", day);
    json_put_text(l->c->out, "is_number_reassigned", error != 0 ? NULL : said);
    json_put_text(l->c->out, "error_code", error != 0 ? arena_printf(&l->c->arena, "%d", error) : NULL);
}

static void put_sms_pumping(struct lookup *l)
{
    bool failed = l->line.error != 0;
    put_text(l->c, "carrier_risk_category", "low", l);
    if (failed) json_put_null(l->c->out, "number_blocked");
    else json_put_bool(l->c->out, "number_blocked", false);
    json_put_null(l->c->out, "number_blocked_date");
    if (failed) json_put_null(l->c->out, "number_blocked_last_3_months");
    else json_put_bool(l->c->out, "number_blocked_last_3_months", false);
    if (failed) json_put_null(l->c->out, "sms_pumping_risk_score");
    else json_put_int(l->c->out, "sms_pumping_risk_score", 0);
    put_error_code(l);
}

static void put_packages(struct lookup *l)
{
    static void (*const put[LOOKUP_PACKAGES])(struct lookup *l) = {
        [LOOKUP_CALLER_NAME] = put_caller_name, [LOOKUP_LINE_TYPE] = put_line_type,
        [LOOKUP_LINE_STATUS] = put_line_status, [LOOKUP_REASSIGNED] = put_reassigned,
        [LOOKUP_SMS_PUMPING] = put_sms_pumping,
    };
    struct lookup_use *use = &sb_account_at(l->c->sb, l->c->account)->lookups;
    for (int i = LOOKUP_CALLER_NAME; i < LOOKUP_PACKAGES; i++) {
        const char *name = sb_lookup_package_name((enum lookup_package)i);
        if (!l->wanted[i] || !l->valid || put[i] == NULL) {
            json_put_null(l->c->out, name);
            continue;
        }
        use->packages[i]++;
        json_key(l->c->out, name);
        json_open(l->c->out, '{');
        put[i](l);
        json_close(l->c->out, '}');
    }
}

static void put_format(struct lookup *l, const char *e164)
{
    struct call *c = l->c;
    uint64_t n = l->phone.digits;
    bool nanp = n / UINT64_C(10000000000) == 1;
    if (!l->valid) {
        json_put_null(c->out, "calling_country_code");
        json_put_null(c->out, "country_code");
        json_put_text(c->out, "phone_number", e164);
        json_put_null(c->out, "national_format");
        return;
    }
    json_put_text(c->out, "calling_country_code", nanp ? "1" : NULL);
    json_put_str_or_null(c->out, "country_code", str_from(l->phone.country));
    json_put_text(c->out, "phone_number", e164);
    json_put_text(c->out, "national_format",
                  nanp ? arena_printf(&c->arena, "(%03u) %03u-%04u", (unsigned)(n / 10000000 % 1000),
                                      (unsigned)(n / 10000 % 1000), (unsigned)(n % 10000))
                       : e164);
}

void sb_api_lookup_fetch(struct call *c)
{
    struct lookup l = {.c = c};
    char e164[PHONE_TEXT_BYTES];
    const char *number = l.given;
    if (!read_number(&l) || !read_fields(&l) || !take_turn(&l)) return;
    if (l.valid) {
        l.line = sb_line_of(c->sb, &l.phone);
        phone_format_e164(l.phone.digits, e164);
        number = e164;
    }
    sb_call_ok(c, 200);
    put_format(&l, number);
    json_put_bool(c->out, "valid", l.valid);
    json_key(c->out, "validation_errors");
    json_open(c->out, '[');
    if (l.invalid != NULL) json_str(c->out, str_from(l.invalid));
    json_close(c->out, ']');
    put_packages(&l);
    sb_call_put_url(c, "url", "/v2/PhoneNumbers/%s", number);
    json_close(c->out, '}');
}
