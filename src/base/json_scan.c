/*
 * json_scan: one pass with a sticky "odd"; only peek, next and scan_text look at bytes. Contract in json_scan.h.
 */
#include "base/json_scan.h"

#include "base/utf8.h"

#include <string.h>

enum { DEPTH_MAX = 8, DIGITS_MAX = 15 };

static int peek(const struct json_scan *s)
{
    return s->at < s->end ? (unsigned char)*s->at : -1;
}

static int next(struct json_scan *s)
{
    if (s->at < s->end) return (unsigned char)*s->at++;
    s->odd = true;
    return -1;
}

static void expect(struct json_scan *s, struct str literal)
{
    struct str rest = {s->at, (size_t)(s->end - s->at)};
    if (str_starts(rest, literal))
        s->at += literal.len;
    else
        s->odd = true;
}

static int next_visible(struct json_scan *s)
{
    while (peek(s) == ' ' || peek(s) == '\n' || peek(s) == '\r' || peek(s) == '\t')
        s->at++;
    return peek(s);
}

/* ---- texts ----------------------------------------------------------------------------------------- */

static int hex4(struct json_scan *s)
{
    int value = 0;
    for (int i = 0; i < 4; i++) {
        int c = next(s);
        if (c >= '0' && c <= '9')
            value = value * 16 + c - '0';
        else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
            value = value * 16 + (c | 0x20) - 'a' + 10;
        else
            s->odd = true;
    }
    return value;
}

/* What follows a backslash, as a code point; NUL and lone surrogates are odd. */
static int escape(struct json_scan *s)
{
    static const char plain[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    int c = next(s), high, low;
    size_t at = c < 0 ? 0 : str_find_char(STR("\"\\/bfnrt"), (char)c);

    if (s->odd) return 0;
    if (c != 'u') {
        if (at == sizeof plain - 1) s->odd = true;
        return meant[at];
    }
    high = hex4(s);
    if (high == 0 || (high >= 0xdc00 && high <= 0xdfff)) s->odd = true;
    if (high < 0xd800 || high > 0xdbff) return high;
    expect(s, STR("\\u"));
    low = hex4(s);
    if (low < 0xdc00 || low > 0xdfff) s->odd = true;
    return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

/* What stands for itself in a text: all but the quote, the backslash and controls. */
static bool is_plain(unsigned char c)
{
    return c >= ' ' && c != '"' && c != '\\';
}

/* Where the first byte is whose top bit is set; bytes of the word are in the order of memory only on such a machine. */
static size_t first_of(uint64_t tops)
{
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? (size_t)__builtin_ctzll(tops) / 8 : 0;
}

/* Over plain bytes, eight at a time, up to one that is not, or is not ASCII, or near the end. No byte of the word has
 * its top bit set in `stops` unless one at or before it stops: the first that has it does. */
static const char *skip_plain(const char *at, const char *end)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;

    for (uint64_t word; end - at >= (ptrdiff_t)sizeof word; at += sizeof word) {
        uint64_t quote, slash, stops;
        memcpy(&word, at, sizeof word);
        quote = word ^ ones * '"';
        slash = word ^ ones * '\\';
        stops = ((quote - ones) & ~quote) | ((slash - ones) & ~slash) | ((word - ones * ' ') & ~word) | word;
        if ((stops & tops) != 0) return at + first_of(stops & tops);
    }
    return at;
}

/* From the opening quote to behind the closing one. */
static void scan_text(struct json_scan *s, struct json_scan_value *v)
{
    const char *from = ++s->at;

    *v = (struct json_scan_value){.kind = JSON_SCAN_TEXT};
    for (;;) {
        int c;
        unsigned char high = 0;
        const char *at = skip_plain(s->at, s->end);
        for (; at < s->end && is_plain((unsigned char)*at); at++)
            high |= (unsigned char)*at;
        s->at = at;
        s->not_ascii = s->not_ascii || high > 0x7f;
        c = next(s);
        if (c != '\\') {
            if (c != '"') s->odd = true;
            break;
        }
        v->escaped = true;
        (void)escape(s);
        if (s->odd) break;
    }
    if (!s->odd) v->raw = (struct str){from, (size_t)(s->at - from) - 1};
}

struct str json_scan_text(const struct json_scan_value *v, struct arena *arena, bool *full)
{
    struct json_scan in;
    char *room;
    size_t len = 0;

    if (v->kind != JSON_SCAN_TEXT) return (struct str){NULL, 0};
    if (!v->escaped) return v->raw;
    room = arena_alloc(arena, v->raw.len + 1); /* never longer than it was written */
    if (room == NULL) {
        *full = true;
        return (struct str){NULL, 0};
    }
    in = (struct json_scan){.at = v->raw.at, .end = v->raw.at + v->raw.len};
    while (in.at < in.end) {
        int c = next(&in);
        if (c == '\\')
            len += utf8_put((uint32_t)escape(&in), room + len);
        else
            room[len++] = (char)c;
    }
    return (struct str){room, len};
}

/* ---- other values ---------------------------------------------------------------------------------- */

static void scan_integer(struct json_scan *s, struct json_scan_value *v)
{
    const char *from = s->at, *digits;

    if (peek(s) == '-') s->at++;
    digits = s->at;
    while (peek(s) >= '0' && peek(s) <= '9')
        s->at++;
    if (s->at == digits || s->at - digits > DIGITS_MAX || (*digits == '0' && s->at - digits > 1)) s->odd = true;
    if (peek(s) == '.' || peek(s) == 'e' || peek(s) == 'E') s->odd = true;
    *v = (struct json_scan_value){.kind = JSON_SCAN_INTEGER, .raw = {from, (size_t)(s->at - from)}};
}

static void scan_value(struct json_scan *s, int depth, struct json_scan_value *v);

/* Name and colon; the value is next. */
static void scan_name(struct json_scan *s, struct json_scan_value *name)
{
    *name = (struct json_scan_value){0};
    if (next_visible(s) == '"')
        scan_text(s, name);
    else
        s->odd = true;
    if (name->escaped || next_visible(s) != ':') s->odd = true;
    if (!s->odd) s->at++;
}

/* A list or an object that does not concern us, from its opening bracket. */
static void skip_many(struct json_scan *s, int depth, char close)
{
    struct json_scan_value ignored;

    s->at++;
    if (depth == 0) s->odd = true;
    if (!s->odd && next_visible(s) == close) {
        s->at++;
        return;
    }
    while (!s->odd) {
        int c;
        if (close == '}') scan_name(s, &ignored);
        if (!s->odd) scan_value(s, depth - 1, &ignored);
        c = s->odd ? -1 : next_visible(s);
        if (c != ',' && c != close) s->odd = true;
        if (!s->odd) s->at++;
        if (c == close) return;
    }
}

static void scan_value(struct json_scan *s, int depth, struct json_scan_value *v)
{
    *v = (struct json_scan_value){.kind = JSON_SCAN_OTHER};
    switch (next_visible(s)) {
    case '"':
        scan_text(s, v);
        return;
    case '{':
        skip_many(s, depth, '}');
        return;
    case '[':
        skip_many(s, depth, ']');
        return;
    case 'n':
        expect(s, STR("null"));
        return;
    case 't':
        expect(s, STR("true"));
        return;
    case 'f':
        expect(s, STR("false"));
        return;
    default:
        scan_integer(s, v);
    }
}

/* ---- members --------------------------------------------------------------------------------------- */

struct json_scan json_scan_over(struct str in)
{
    return (struct json_scan){.at = in.at, .end = in.len > 0 ? in.at + in.len : in.at, .in = in};
}

/* The bracket or the comma before a member. False: there is none. */
static bool begin_member(struct json_scan *s)
{
    bool first = s->at == s->in.at;
    int c = next_visible(s);

    if (first ? c != '{' : c != ',' && c != '}') s->odd = true;
    if (s->odd) return false;
    s->at++;
    s->is_over = c == '}' || (first && next_visible(s) == '}' && next(s) == '}');
    return !s->is_over;
}

bool json_scan_next(struct json_scan *s, struct str *name, struct json_scan_value *value)
{
    struct json_scan_value named;

    if (s->odd || s->is_over || !begin_member(s)) return false;
    scan_name(s, &named);
    if (!s->odd) scan_value(s, DEPTH_MAX, value);
    *name = named.raw;
    return !s->odd;
}

bool json_scan_is_sound(struct json_scan *s)
{
    if (s->odd || !s->is_over || next_visible(s) != -1) return false;
    return !s->not_ascii || str_is_utf8(s->in, NULL);
}
