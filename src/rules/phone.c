/*
 * phone: +1 by the table of area codes, everything else through phone_foreign. Owns nothing. Reasons for
 * refusal never repeat the number, at most its area code or exchange.
 */
#include "rules/phone.h"

#include "rules/nanp.h"
#include "rules/phone_foreign.h"
#include "rules/phone_text.h"
#include "rules/zone_names.h"

#include <stdio.h>
#include <string.h>

/* What is shorter, with its country code, could be a short code. */
enum { NUMBER_LEAST = 1000000 };

static const char *const no_zones[] = {NULL};

/* Countries that +1 reaches: there a number without '+' has ten digits. */
static const char nanp_countries[][3] = {"US", "CA", "PR", "VI", "GU", "AS", "MP", "AG", "AI",
                                         "BB", "BM", "BS", "DM", "DO", "GD", "JM", "KN", "KY",
                                         "LC", "MS", "SX", "TC", "TT", "VC", "VG"};

static bool is_nanp_country(const char *country)
{
    for (size_t i = 0; i < sizeof(nanp_countries) / sizeof(nanp_countries[0]); i++)
        if (strcmp(nanp_countries[i], country) == 0) return true;
    return false;
}

static enum phone_type type_of(const struct nanp_area *area)
{
    static const enum phone_type types[] = {[NANP_GEOGRAPHIC] = PHONE_FIXED_OR_MOBILE,
                                            [NANP_TOLL_FREE] = PHONE_TOLL_FREE,
                                            [NANP_PREMIUM] = PHONE_PREMIUM,
                                            [NANP_PERSONAL] = PHONE_PERSONAL,
                                            [NANP_SERVICE] = PHONE_SPECIAL};
    return types[area->kind];
}

static enum err check_area(unsigned code, const struct nanp_area *area, struct fault *fault)
{
    if (code < 200)
        return fault_set(fault, ERR_INVALID, "area code %03u cannot be: none begins with 0 or 1", code);
    if (area == NULL)
        return fault_set(fault, ERR_INVALID, "area code %u is not in use: check the number", code);
    if (!area->in_service) return fault_set(fault, ERR_INVALID, "area code %u is not in service yet", code);
    return ERR_OK;
}

static enum err check_exchange(unsigned exchange, const struct nanp_area *area, struct fault *fault)
{
    if (exchange < 200)
        return fault_set(fault, ERR_INVALID,
                         "%03u cannot follow area code %u: no exchange begins with 0 or 1", exchange,
                         area->code);
    /* 411 and its like are services in every place, but ordinary behind a toll-free code. */
    if (area->kind == NANP_GEOGRAPHIC && exchange % 100 == 11)
        return fault_set(fault, ERR_INVALID, "%u cannot follow area code %u: it is a service number",
                         exchange, area->code);
    return ERR_OK;
}

/* Ten digits after +1. */
static enum err from_national(uint64_t national, struct phone *out, struct fault *fault)
{
    unsigned code = (unsigned)(national / 10000000), exchange = (unsigned)(national / 10000 % 1000);
    const struct nanp_area *area = nanp_find(code);
    enum err err = check_area(code, area, fault);
    if (err != ERR_OK) return err;
    BUG_IF(area == NULL);
    err = check_exchange(exchange, area, fault);
    if (err != ERR_OK) return err;
    *out = (struct phone){.digits = 10000000000 + national,
                          .type = type_of(area),
                          .area_code = area->code,
                          .zones = area->zones};
    memcpy(out->country, area->country, sizeof(out->country));
    memcpy(out->region, area->region, sizeof(out->region));
    return ERR_OK;
}

static uint64_t number_of(const char *digits, size_t count)
{
    uint64_t value = 0;
    for (size_t i = 0; i < count; i++)
        value = value * 10 + (uint64_t)(digits[i] - '0');
    return value;
}

static enum err refuse_length(unsigned count, struct fault *fault)
{
    if (count == 7) return fault_set(fault, ERR_INVALID, "has 7 digits: the area code is missing");
    if (count == 5 || count == 6)
        return fault_set(fault, ERR_INVALID, "has %u digits: a short code is not a person's number", count);
    if (count > 10)
        return fault_set(fault, ERR_INVALID,
                         "has %u digits: a US or Canadian number has 10 (11 with the 1); "
                         "write a foreign one with + and its country code",
                         count);
    return fault_set(fault, ERR_INVALID, "has %u digits: a US or Canadian number has 10", count);
}

/* Digits after an international prefix or '+'. */
static enum err parse_international(const char *digits, unsigned count, const char *region, struct phone *out,
                                    struct fault *fault)
{
    if (digits[0] == '1') {
        if (count == 11) return from_national(number_of(digits + 1, 10), out, fault);
        return fault_set(fault, ERR_INVALID, "has %u digits after +1, where 10 belong", count - 1);
    }
    char text[PHONE_DIGITS_MAX + 2];
    (void)snprintf(text, sizeof(text), "+%s", digits);
    struct phone_foreign got;
    enum err err = phone_foreign_parse(text, region, &got, fault);
    if (err != ERR_OK) return err;
    /* "+00 1 …" and the like: +1 is judged by its own table, however it was written. */
    if (got.digits / 10000000000 == 1) return from_national(got.digits % 10000000000, out, fault);
    if (got.digits < NUMBER_LEAST)
        return fault_set(fault, ERR_INVALID, "has too few digits: no number that gets texts is shorter than 7 with its"
                                             " country code");
    if (!got.valid)
        return fault_set(fault, ERR_INVALID, "is in no range of numbers that its country (+%u) has given out",
                         got.calling_code);
    *out = (struct phone){.digits = got.digits, .type = got.type, .zones = no_zones};
    memcpy(out->country, got.country, sizeof(out->country));
    if (got.country[0] != '\0') out->zones = zone_names_of_country(got.country);
    return ERR_OK;
}

static enum err parse_in_nanp(const struct phone_text *t, struct phone *out, struct fault *fault)
{
    const char *d = t->digits;
    if (t->count == 10) return from_national(number_of(d, 10), out, fault);
    if (t->count == 11 && d[0] == '1') return from_national(number_of(d + 1, 10), out, fault);
    if (t->count > 11 && strncmp(d, "011", 3) == 0)
        return parse_international(d + 3, t->count - 3, "US", out, fault);
    if (t->count > 11 && strncmp(d, "00", 2) == 0)
        return parse_international(d + 2, t->count - 2, "US", out, fault);
    return refuse_length(t->count, fault);
}

/* A number without '+' in a region outside +1: libphonenumber knows its prefixes. */
static enum err parse_abroad(const struct phone_text *t, const char *region, struct phone *out,
                             struct fault *fault)
{
    struct phone_foreign got;
    char digits[PHONE_TEXT_BYTES];
    enum err err = phone_foreign_parse(t->digits, region, &got, fault);
    if (err != ERR_OK) return err;
    phone_format_e164(got.digits, digits);
    return parse_international(digits + 1, (unsigned)strlen(digits + 1), region, out, fault);
}

static enum err parse(const struct phone_text *t, const char *region, struct phone *out, struct fault *fault)
{
    if (t->plus) return parse_international(t->digits, t->count, region, out, fault);
    if (is_nanp_country(region)) return parse_in_nanp(t, out, fault);
    return parse_abroad(t, region, out, fault);
}

enum err phone_parse(struct str text, const char *default_region, struct phone *out, struct fault *fault)
{
    struct phone_text t;
    enum err err = phone_text_read(text, &t, fault);
    return err == ERR_OK ? parse(&t, default_region, out, fault) : err;
}

enum err phone_parse_sender(struct str text, const char *default_region, struct phone *out,
                            struct fault *fault)
{
    struct phone_text t;
    enum err err = phone_text_read(text, &t, fault);
    if (err != ERR_OK) return err;
    bool short_code = !t.plus && (t.count == 5 || t.count == 6) && t.digits[0] > '1';
    if (!short_code || !is_nanp_country(default_region)) return parse(&t, default_region, out, fault);
    *out =
        (struct phone){.digits = number_of(t.digits, t.count), .type = PHONE_SHORT_CODE, .zones = no_zones};
    memcpy(out->country, default_region, sizeof(out->country));
    return ERR_OK;
}

enum err phone_from_digits(uint64_t digits, struct phone *out)
{
    if (digits / 10000000000 == 1) return from_national(digits % 10000000000, out, NULL);
    char text[PHONE_TEXT_BYTES];
    if (digits >= 1000000000000000 || digits < NUMBER_LEAST) return ERR_INVALID;
    phone_format_e164(digits, text);
    return parse_international(text + 1, (unsigned)strlen(text + 1), "US", out, NULL);
}

enum err phone_read_e164(struct str text, uint64_t *digits)
{
    struct str rest = str_slice(text, 1, text.len);

    *digits = 0;
    if (text.len < 2 || text.len > PHONE_TEXT_BYTES - 1 || text.at[0] != '+' || rest.at[0] == '0') return ERR_INVALID;
    return str_to_u64(rest, digits);
}

void phone_format_e164(uint64_t digits, char out[PHONE_TEXT_BYTES])
{
    char backwards[24];
    size_t count = 0;
    BUG_IF(digits >= 1000000000000000);
    do {
        backwards[count++] = (char)('0' + digits % 10);
        digits /= 10;
    } while (digits > 0);
    *out++ = '+';
    while (count > 0)
        *out++ = backwards[--count];
    *out = '\0';
}

const char *phone_type_name(enum phone_type type)
{
    static const char *const names[] = {
        [PHONE_UNKNOWN] = "unknown",      [PHONE_MOBILE] = "mobile",
        [PHONE_FIXED] = "fixed",          [PHONE_FIXED_OR_MOBILE] = "fixed_or_mobile",
        [PHONE_TOLL_FREE] = "toll_free",  [PHONE_PREMIUM] = "premium",
        [PHONE_PERSONAL] = "personal",    [PHONE_VOIP] = "voip",
        [PHONE_PAGER] = "pager",          [PHONE_SPECIAL] = "special",
        [PHONE_SHORT_CODE] = "short_code"};
    BUG_IF((size_t)type >= sizeof(names) / sizeof(names[0]));
    return names[type];
}

const char *phone_price_country(const struct phone *p)
{
    static const char territories[][3] = {"PR", "VI", "GU", "AS", "MP"};
    for (size_t i = 0; i < sizeof(territories) / sizeof(territories[0]); i++)
        if (strcmp(p->country, "US") == 0 && strcmp(p->region, territories[i]) == 0) return p->region;
    return p->country;
}
