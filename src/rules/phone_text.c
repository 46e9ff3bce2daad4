/*
 * phone_text: one pass over the code points of a written number. Digits of any script count, spaces,
 * dashes, dots, slashes, brackets and invisible marks are passed over, and anything else is a reason to
 * refuse, the likeliest of which is named. Owns nothing.
 */
#include "rules/phone_text.h"

#include "rules/utf8.h"

/* Zeros of the decimal digits of scripts (Unicode general category Nd, basic plane). */
static const uint16_t zeros[] = {0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6,
                                 0x0C66, 0x0CE6, 0x0D66, 0x0DE6, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090,
                                 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40,
                                 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10};

/* Spaces, dashes, brackets and marks outside ASCII that may stand in a number. */
static const struct {
    uint16_t first, last;
} passed_over[] = {{0x00A0, 0x00A0}, {0x00AD, 0x00AD}, {0x00B7, 0x00B7}, {0x2000, 0x2015}, {0x2022, 0x2022},
                   {0x2024, 0x2024}, {0x2028, 0x202F}, {0x205F, 0x2064}, {0x2066, 0x206F}, {0x2212, 0x2212},
                   {0x3000, 0x3000}, {0x30FC, 0x30FC}, {0xFE58, 0xFE58}, {0xFE63, 0xFE63}, {0xFEFF, 0xFEFF},
                   {0xFF08, 0xFF09}, {0xFF0D, 0xFF0F}};

static int digit_value(uint32_t point)
{
    if (point >= '0' && point <= '9') return (int)point - '0';
    if (point < 0x80) return -1;
    for (size_t i = 0; i < sizeof(zeros) / sizeof(zeros[0]); i++)
        if (point - zeros[i] < 10) return (int)(point - zeros[i]);
    return -1;
}

static bool is_passed_over(uint32_t point)
{
    if (point < 0x80)
        return point == ' ' || point == '-' || point == '.' || point == '(' || point == ')' || point == '/' ||
               (point >= '\t' && point <= '\r');
    for (size_t i = 0; i < sizeof(passed_over) / sizeof(passed_over[0]); i++)
        if (point >= passed_over[i].first && point <= passed_over[i].last) return true;
    return false;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_ascii_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool starts_nocase(struct str text, struct str prefix)
{
    return text.len >= prefix.len && str_equal_nocase(str_slice(text, 0, prefix.len), prefix);
}

static struct str without_scheme(struct str text)
{
    static const char *const schemes[] = {"tel:", "sms:", "callto:"};
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
        if (starts_nocase(text, str_from(schemes[i])))
            return str_slice(text, str_from(schemes[i]).len, text.len);
    return text;
}

/* "4155552671.0": a spreadsheet took the column for numbers, but lost no digit. */
static struct str without_decimal_zero(struct str text)
{
    size_t dot = str_find_char(text, '.');
    if (dot < 10 || dot + 2 != text.len || text.at[dot + 1] != '0') return text;
    for (size_t i = text.at[0] == '+'; i < dot; i++)
        if (!is_ascii_digit(text.at[i])) return text;
    return str_slice(text, 0, dot);
}

/* "4.155552671E+10": digits are gone. */
static bool is_rounded(struct str text)
{
    size_t e = 0;
    while (e < text.len && (is_ascii_digit(text.at[e]) || text.at[e] == '.' || text.at[e] == ','))
        e++;
    return e > 0 && e + 2 < text.len && (text.at[e] == 'E' || text.at[e] == 'e') && text.at[e + 1] == '+' &&
           is_ascii_digit(text.at[e + 2]);
}

static bool is_extension(struct str rest)
{
    return rest.at[0] == '#' || rest.at[0] == ';' || starts_nocase(rest, STR("ext")) ||
           (rest.len > 1 && (rest.at[0] == 'x' || rest.at[0] == 'X') && !is_letter(rest.at[1]));
}

/* Why what stands at `at` cannot be in a number. */
static enum err refuse(struct str text, size_t at, unsigned digits, struct fault *fault)
{
    struct str rest = str_slice(text, at, text.len);
    if (is_rounded(text))
        return fault_set(fault, ERR_INVALID,
                         "a spreadsheet rounded this number (it is written with an exponent): "
                         "format the column as text and export again");
    if (digits >= 7 && is_extension(rest))
        return fault_set(fault, ERR_INVALID,
                         "has an extension, which a text cannot reach: give a direct number");
    if (is_letter(rest.at[0]))
        return fault_set(fault, ERR_INVALID, "holds letters: write the number in digits");
    if (rest.at[0] == '+')
        return fault_set(fault, ERR_INVALID, "has a plus sign in the middle: give one number");
    if (rest.at[0] == ',' || rest.at[0] == ';' || rest.at[0] == '&' || rest.at[0] == '|')
        return fault_set(fault, ERR_INVALID, "holds '%c': give one number", rest.at[0]);
    return fault_set(fault, ERR_INVALID, "holds a character that is no part of a number, at byte %zu", at);
}

/* Takes the code point just read. False if it has no place there. */
static bool take(struct phone_text *out, uint32_t point)
{
    int digit = digit_value(point);
    if (digit >= 0 && out->count < PHONE_DIGITS_MAX) out->digits[out->count] = (char)('0' + digit);
    if (digit >= 0) {
        out->count++;
        return true;
    }
    bool plus = point == '+' || point == 0xFF0B;
    if (!plus) return is_passed_over(point);
    if (out->plus || out->count > 0) return false;
    return out->plus = true;
}

enum err phone_text_read(struct str text, struct phone_text *out, struct fault *fault)
{
    struct str s = str_trim(text);
    *out = (struct phone_text){.count = 0};
    if (s.len > 0 && s.at[0] == '\'') s = str_slice(s, 1, s.len); /* a spreadsheet's mark for text */
    s = without_decimal_zero(str_trim(without_scheme(s)));
    for (size_t at = 0; at < s.len;) {
        size_t from = at;
        int32_t point = utf8_next(s, &at, false);
        if (point == UTF8_BAD) return fault_set(fault, ERR_INVALID, "is not UTF-8 at byte %zu", from);
        if (!take(out, (uint32_t)point)) return refuse(s, from, out->count, fault);
    }
    if (out->count == 0) return fault_set(fault, ERR_INVALID, s.len == 0 ? "is empty" : "holds no digits");
    if (out->count > PHONE_DIGITS_MAX)
        return fault_set(fault, ERR_INVALID, "has %u digits, too many for one number", out->count);
    return ERR_OK;
}
