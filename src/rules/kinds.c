/*
 * kinds: names of sender kinds and brand types. Owns nothing; an unknown name is ERR_INVALID.
 */
#include "rules/kinds.h"

static const char *const SENDERS[] = {
    [SENDER_LONG_CODE] = "long_code",
    [SENDER_TOLL_FREE] = "toll_free",
    [SENDER_SHORT_CODE] = "short_code",
    [SENDER_ALPHA] = "alpha",
};
static const char *const BRANDS[] = {
    [BRAND_NONE] = "none",
    [BRAND_STANDARD] = "standard",
    [BRAND_LOW_VOLUME] = "low_volume",
    [BRAND_SOLE_PROPRIETOR] = "sole_proprietor",
    [BRAND_TOLL_FREE] = "toll_free",
};

const char *sender_kind_name(enum sender_kind kind)
{
    BUG_IF(kind < SENDER_LONG_CODE || kind > SENDER_ALPHA);
    return SENDERS[kind];
}

const char *brand_type_name(enum brand_type type)
{
    BUG_IF(type > BRAND_TOLL_FREE);
    return BRANDS[type];
}

/* True if text is name, with '-' and ' ' taken for '_', and any case. */
static bool loosely_equal(struct str text, const char *name)
{
    struct str wanted = str_from(name);
    if (text.len != wanted.len) return false;
    for (size_t i = 0; i < text.len; i++) {
        struct str letter = str_slice(text, i, i + 1);
        if (letter.at[0] == '-' || letter.at[0] == ' ') letter = STR("_");
        if (!str_equal_nocase(letter, str_slice(wanted, i, i + 1))) return false;
    }
    return true;
}

enum err sender_kind_parse(struct str text, enum sender_kind *out)
{
    for (unsigned i = SENDER_LONG_CODE; i <= SENDER_ALPHA; i++) {
        if (!loosely_equal(text, SENDERS[i])) continue;
        *out = (enum sender_kind)i;
        return ERR_OK;
    }
    return ERR_INVALID;
}

enum err brand_type_parse(struct str text, enum brand_type *out)
{
    for (unsigned i = BRAND_NONE; i <= BRAND_TOLL_FREE; i++) {
        if (!loosely_equal(text, BRANDS[i])) continue;
        *out = (enum brand_type)i;
        return ERR_OK;
    }
    return ERR_INVALID;
}
