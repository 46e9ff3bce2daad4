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

static void check_form(const struct a2p_case *c, enum a2p_field field)
{
    struct str value = said(c, field);

    if (value.len == 0) return;
    if (!str_is_utf8(value, NULL))
        a2p_find(c, A2P_BLOCK, field, "not_text", 30701, "It is not text (UTF-8).",
                 "Write it again in a plain editor.");
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
