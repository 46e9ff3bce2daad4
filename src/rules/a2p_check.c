/* a2p_check: what every field has to satisfy, and the order of the checks. Contract in a2p_check.h. */
#include "rules/a2p_check_inside.h"

const char *a2p_severity_name(enum a2p_severity s)
{
    static const char *const names[] = {"clean", "note", "ask", "block"};

    BUG_IF((unsigned)s > A2P_BLOCK);
    return names[s];
}

void a2p_find_words(const struct a2p_case *c, enum a2p_severity severity, enum a2p_field field, const char *rule,
                    struct str words, int32_t code, const char *why, const char *fix)
{
    struct a2p_findings *out = c->out;

    if (severity > out->worst) out->worst = severity;
    out->cut = out->cut || out->count == A2P_FINDINGS_MAX;
    if (out->count == A2P_FINDINGS_MAX) return;
    out->at[out->count++] = (struct a2p_finding){severity, field, rule, words, code, why, fix};
}

void a2p_find(const struct a2p_case *c, enum a2p_severity severity, enum a2p_field field, const char *rule,
              int32_t code, const char *why, const char *fix)
{
    a2p_find_words(c, severity, field, rule, said(c, field), code, why, fix);
}

/* With what a missing field is refused. */
static int32_t missing_code(enum a2p_field field)
{
    if (field == A2P_REGISTRATION_NUMBER) return 30757;
    if (field == A2P_PRIVACY_URL) return 30933;
    if (field == A2P_TERMS_URL) return 30934;
    switch (a2p_field_info(field)->part) {
    case A2P_PART_CAMPAIGN: return 21727;
    case A2P_PART_ADDRESS: return 22219;
    default: return 22215;
    }
}

static void check_presence(const struct a2p_case *c, enum a2p_field field)
{
    const struct a2p_field_info *info = a2p_field_info(field);
    unsigned bit = a2p_bit(c->kind);

    if (has(c, field) && (info->allowed & bit) == 0)
        a2p_find(c, A2P_BLOCK, field, "not_allowed", c->kind == BRAND_TOLL_FREE ? 0 : 30701,
                 "A brand of this kind has no such field.",
                 "Leave it empty, or choose the kind of brand that has it.");
    if (!has(c, field) && (info->required & bit) != 0)
        a2p_find(c, A2P_BLOCK, field, "missing", c->kind == BRAND_TOLL_FREE ? 0 : missing_code(field),
                 "It is required.", info->help);
    if (said(c, field).len > info->bytes_max)
        a2p_find(c, A2P_BLOCK, field, "too_long", info->part == A2P_PART_CAMPAIGN ? 21728 : 30701,
                 "It is longer than the registry takes.", "Make it shorter.");
}

static bool is_yes_or_no(enum a2p_field field)
{
    return field == A2P_EMBEDDED_LINKS || field == A2P_EMBEDDED_PHONE || field == A2P_SUBSCRIBER_OPT_IN ||
           field == A2P_AGE_GATED || field == A2P_DIRECT_LENDING || field == A2P_SKIP_VETTING || field == A2P_MOCK;
}

/* What no key writes; lines may be broken where texts are long. */
static bool has_controls(enum a2p_field field, struct str value)
{
    bool lines = field >= A2P_DESCRIPTION && field <= A2P_HELP_MESSAGE;

    for (size_t i = 0; i < value.len; i++) {
        unsigned char ch = (unsigned char)value.at[i];
        bool space = ch == '\n' || ch == '\r' || ch == '\t';
        if (ch == 0x7f || (ch < ' ' && !(lines && space))) return true;
    }
    return false;
}

static bool has_letters(struct str value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char ch = (unsigned char)value.at[i];
        if (ch >= 0x80 || (ch >= 'A' && ch <= 'Z') || (ch >= 'a' && ch <= 'z')) return true;
    }
    return false;
}

/* Names and places are words. A brand may be called 360. */
static void check_words(const struct a2p_case *c)
{
    static const enum a2p_field words[] = {A2P_LEGAL_NAME, A2P_BRAND_NAME, A2P_STREET, A2P_CITY, A2P_FIRST_NAME,
                                           A2P_LAST_NAME, A2P_TITLE, A2P_FIRST_NAME2, A2P_LAST_NAME2, A2P_TITLE2};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        enum a2p_field field = words[i];
        if (!has(c, field) || has_letters(said(c, field))) continue;
        a2p_find(c, field == A2P_LEGAL_NAME || field == A2P_BRAND_NAME ? A2P_ASK : A2P_BLOCK, field, "no_letters",
                 c->kind == BRAND_TOLL_FREE ? 0 : 30756, "It has no letters.",
                 "Write it in words, as the papers have it.");
    }
}

static void check_token(const struct a2p_case *c)
{
    struct str token = said(c, A2P_CAMPAIGN_VERIFY_TOKEN);

    if (token.len > 0 && (!str_starts(token, STR("cv|")) || str_find_char(token, ' ') < token.len))
        a2p_find(c, A2P_BLOCK, A2P_CAMPAIGN_VERIFY_TOKEN, "token", c->kind == BRAND_TOLL_FREE ? 30501 : 21722,
                 "It is no Campaign Verify token.", "Copy it whole from Campaign Verify; it begins with cv|.");
}

static void check_form(const struct a2p_case *c, enum a2p_field field)
{
    struct str value = said(c, field);

    if (value.len == 0) return;
    if (!str_is_utf8(value, NULL))
        a2p_find(c, A2P_BLOCK, field, "not_text", 30701, "It is not text (UTF-8).",
                 "Write it again in a plain editor.");
    else if (has_controls(field, value))
        a2p_find(c, A2P_BLOCK, field, "controls", 30701, "It has characters that no key writes, or more than one line.",
                 "Write it again, on one line.");
    else if (is_yes_or_no(field) && !str_equal(value, STR("true")) && !str_equal(value, STR("false")))
        a2p_find(c, A2P_BLOCK, field, "yes_or_no", 30701, "It is a yes or no.", "Write true or false.");
    else if (a2p_is_placeholder(value))
        a2p_find(c, A2P_BLOCK, field, "placeholder",
                 a2p_field_info(field)->part == A2P_PART_CAMPAIGN ? 30886 : 30756,
                 "It looks like a stand-in for what is still to be written.", "Write the real thing.");
}

void a2p_check(const struct a2p_facts *facts, enum brand_type kind, struct a2p_findings *out)
{
    struct a2p_case c = {facts, kind, out};

    BUG_IF(kind == BRAND_NONE);
    out->worst = A2P_CLEAN;
    out->cut = false;
    out->count = 0;
    for (int f = 0; f < A2P_FIELDS; f++) {
        check_presence(&c, (enum a2p_field)f);
        check_form(&c, (enum a2p_field)f);
    }
    check_words(&c);
    check_token(&c);
    if (kind == BRAND_TOLL_FREE) {
        a2p_check_toll_free(&c);
        return;
    }
    if (kind != BRAND_SOLE_PROPRIETOR) a2p_check_business(&c);
    a2p_check_web(&c);
    a2p_check_address(&c);
    a2p_check_people(&c);
    a2p_check_campaign(&c);
    a2p_check_flow(&c);
    a2p_check_samples(&c);
    a2p_check_replies(&c);
    a2p_check_numbers(&c);
}
