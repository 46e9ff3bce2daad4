/* registration_check: findings as JSON. Contract in registration_check.h. */
#include "app/registration_check.h"

#include "base/json_out.h"
#include "rules/a2p_advice.h"
#include "rules/a2p_difference.h"

enum { WORDS_SHOWN_MAX = 120, MASK_BYTES = 64 };

static struct str shown(struct str words)
{
    size_t end = words.len < WORDS_SHOWN_MAX ? words.len : WORDS_SHOWN_MAX;

    while (end < words.len && end > 0 && ((unsigned char)words.at[end] & 0xC0) == 0x80) end--;
    return str_slice(words, 0, end);
}

static void put_words(struct buf *out, const struct a2p_finding *f)
{
    struct buf masked;

    if (f->words.len == 0 || !a2p_is_personal(f->field)) {
        json_put_str_or_null(out, "words", shown(f->words));
        return;
    }
    buf_init(&masked, MASK_BYTES);
    a2p_mask(f->words, &masked);
    json_put_str(out, "words", buf_str(&masked));
    buf_free(&masked);
}

void registration_check_finding(struct buf *out, const struct a2p_finding *f)
{
    json_open(out, '{');
    json_put_text(out, "severity", a2p_severity_name(f->severity));
    json_put_text(out, "field", a2p_field_info(f->field)->name);
    json_put_text(out, "rule", f->rule);
    put_words(out, f);
    if (f->code != 0) json_put_int(out, "code", f->code);
    else json_put_null(out, "code");
    json_put_text(out, "why", f->why);
    json_put_text(out, "fix", f->fix);
    json_close(out, '}');
}

void registration_check_members(struct buf *out, const struct a2p_findings *found)
{
    json_put_text(out, "verdict", a2p_severity_name(found->worst));
    json_key(out, "findings");
    json_open(out, '[');
    for (size_t i = 0; i < found->count; i++) registration_check_finding(out, &found->at[i]);
    json_close(out, ']');
}

static void put_vetting(struct buf *out, enum brand_type kind, enum use_case use_case)
{
    static const int32_t scores[] = {-1, 25, 50, 75};

    json_key(out, "vetting");
    json_open(out, '[');
    for (size_t i = 0; kind == BRAND_STANDARD && i < sizeof scores / sizeof scores[0]; i++) {
        struct a2p_raise raise = a2p_limits_with(kind, use_case, scores[i]);
        json_open(out, '{');
        if (scores[i] < 0) json_put_null(out, "score");
        else json_put_int(out, "score", scores[i]);
        json_put_int(out, "tier", (int64_t)raise.tier);
        json_put_int(out, "tmobile_per_day", raise.tmobile_per_day);
        json_put_int(out, "att_per_minute", raise.att_per_minute);
        json_close(out, '}');
    }
    json_close(out, ']');
}

void registration_advice_member(struct buf *out, const struct a2p_facts *facts, enum brand_type kind)
{
    struct a2p_advice advice;

    if (kind == BRAND_TOLL_FREE) { /* what is advised is for campaigns */
        json_put_null(out, "advice");
        return;
    }
    a2p_advise(facts, kind, 0, &advice);
    json_key(out, "advice");
    json_open(out, '{');
    json_put_text(out, "use_case", use_case_code(advice.best));
    json_key(out, "candidates");
    json_open(out, '[');
    for (size_t i = 0; i < advice.count; i++) {
        json_open(out, '{');
        json_put_text(out, "use_case", use_case_code(advice.candidates[i].use_case));
        json_put_text(out, "why", advice.candidates[i].why);
        json_close(out, '}');
    }
    json_close(out, ']');
    put_vetting(out, kind, advice.best);
    json_close(out, '}');
}

void registration_check(const struct a2p_facts *facts, enum brand_type kind, struct buf *out)
{
    struct a2p_findings found;

    a2p_check(facts, kind, &found);
    registration_check_members(out, &found);
    registration_advice_member(out, facts, kind);
}
