/* registration_check: findings as JSON. Contract in registration_check.h. */
#include "app/registration_check.h"

#include "base/json_out.h"
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

static void put_finding(struct buf *out, const struct a2p_finding *f)
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
    for (size_t i = 0; i < found->count; i++) put_finding(out, &found->at[i]);
    json_close(out, ']');
}

void registration_check(const struct a2p_facts *facts, enum brand_type kind, struct buf *out)
{
    struct a2p_findings found;

    a2p_check(facts, kind, &found);
    registration_check_members(out, &found);
}
