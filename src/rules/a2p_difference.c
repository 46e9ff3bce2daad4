/* a2p_difference: field by field, masked where personal. Contract in a2p_difference.h. */
#include "rules/a2p_difference.h"

#include "base/json_out.h"

enum { MASKED_MIN = 5, MASK_BYTES = 64 };

bool a2p_is_personal(enum a2p_field field)
{
    switch (a2p_field_info(field)->part) {
    case A2P_PART_REPRESENTATIVE:
    case A2P_PART_REPRESENTATIVE2: return true;
    default:
        return field == A2P_REGISTRATION_NUMBER || field == A2P_MOBILE_PHONE || field == A2P_BRAND_CONTACT_EMAIL ||
               field == A2P_CAMPAIGN_VERIFY_TOKEN || field == A2P_STREET || field == A2P_STREET2;
    }
}

/* Whole characters of UTF-8: the first, and the last. */
static struct str first_of(struct str s)
{
    size_t n = 1;

    while (n < s.len && ((unsigned char)s.at[n] & 0xC0) == 0x80) n++;
    return str_slice(s, 0, n);
}

static struct str last_of(struct str s)
{
    size_t at = s.len - 1;

    while (at > 0 && ((unsigned char)s.at[at] & 0xC0) == 0x80) at--;
    return str_slice(s, at, s.len);
}

void a2p_mask(struct str value, struct buf *out)
{
    if (value.len >= MASKED_MIN) buf_add(out, first_of(value));
    buf_add_text(out, "\xE2\x80\xA6");
    if (value.len >= MASKED_MIN) buf_add(out, last_of(value));
}

static void put_value(struct buf *out, const char *name, struct str value, bool personal)
{
    struct buf masked;

    if (value.len == 0 || !personal) {
        json_put_str_or_null(out, name, value);
        return;
    }
    buf_init(&masked, MASK_BYTES);
    a2p_mask(value, &masked);
    json_put_str(out, name, buf_str(&masked));
    buf_free(&masked);
}

void a2p_difference(const struct a2p_facts *before, const struct a2p_facts *after, struct buf *out)
{
    json_open(out, '[');
    for (int i = 0; i < A2P_FIELDS; i++) {
        const struct a2p_field_info *info = a2p_field_info((enum a2p_field)i);
        if (str_equal(before->at[i], after->at[i])) continue;
        json_open(out, '{');
        json_put_text(out, "field", info->name);
        json_put_text(out, "part", a2p_part_name(info->part));
        put_value(out, "before", before->at[i], a2p_is_personal((enum a2p_field)i));
        put_value(out, "after", after->at[i], a2p_is_personal((enum a2p_field)i));
        json_close(out, '}');
    }
    json_close(out, ']');
}
