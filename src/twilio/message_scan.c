/*
 * message_scan: one pass over the bytes with a sticky "odd". Texts with escapes are decoded into the arena, others
 * are views of the input until message_from_fields copies them. Contract in message_scan.h.
 */
#include "twilio/message_scan.h"

#include "twilio/message_fields.h"

#include <limits.h>
#include <stddef.h>

enum { DEPTH_MAX = 8, DIGITS_MAX = 15 };

struct scan {
    const char *at, *end;
    bool odd;     /* sticks */
    bool not_ascii;
    struct arena *arena;
};

/* A value as far as it concerns us. */
struct value {
    enum { VALUE_OTHER, VALUE_TEXT, VALUE_INTEGER } kind;
    struct str raw; /* TEXT: between the quotes; INTEGER: the digits */
    bool escaped;
};

static int peek(const struct scan *s)
{
    return s->at < s->end ? (unsigned char)*s->at : -1;
}

static int next(struct scan *s)
{
    if (s->at < s->end) return (unsigned char)*s->at++;
    s->odd = true;
    return -1;
}

static void expect(struct scan *s, struct str literal)
{
    struct str rest = {s->at, (size_t)(s->end - s->at)};
    if (str_starts(rest, literal))
        s->at += literal.len;
    else
        s->odd = true;
}

static int next_visible(struct scan *s)
{
    while (peek(s) == ' ' || peek(s) == '\n' || peek(s) == '\r' || peek(s) == '\t')
        s->at++;
    return peek(s);
}

/* ---- texts ----------------------------------------------------------------------------------------- */

static int hex4(struct scan *s)
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
static int escape(struct scan *s)
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

/* From the opening quote to behind the closing one. */
static void scan_text(struct scan *s, struct value *v)
{
    const char *from = ++s->at;

    *v = (struct value){.kind = VALUE_TEXT};
    for (;;) {
        int c = next(s);
        if (s->odd || c == '"') break;
        if (c < ' ') s->odd = true;
        if (c > 0x7f) s->not_ascii = true;
        if (c == '\\') {
            v->escaped = true;
            (void)escape(s);
        }
    }
    if (!s->odd) v->raw = (struct str){from, (size_t)(s->at - from) - 1};
}

static size_t put_utf8(char *to, int c)
{
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        to[0] = (char)(0xc0 | c >> 6);
        to[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        to[0] = (char)(0xe0 | c >> 12);
        to[1] = (char)(0x80 | (c >> 6 & 0x3f));
        to[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    to[0] = (char)(0xf0 | c >> 18);
    to[1] = (char)(0x80 | (c >> 12 & 0x3f));
    to[2] = (char)(0x80 | (c >> 6 & 0x3f));
    to[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

/* The text that was meant: never longer than it was written. */
static struct str decoded(struct scan *s, const struct value *v)
{
    struct scan in = {.at = v->raw.at, .end = v->raw.at + v->raw.len};
    char *room;
    size_t len = 0;

    if (v->kind != VALUE_TEXT) return (struct str){NULL, 0};
    if (!v->escaped) return v->raw;
    room = arena_alloc(s->arena, v->raw.len + 1);
    if (room == NULL) {
        s->odd = true;
        return (struct str){NULL, 0};
    }
    while (in.at < in.end) {
        int c = next(&in);
        if (c == '\\')
            len += put_utf8(room + len, escape(&in));
        else
            room[len++] = (char)c;
    }
    return (struct str){room, len};
}

/* ---- other values ---------------------------------------------------------------------------------- */

static void scan_integer(struct scan *s, struct value *v)
{
    const char *from = s->at, *digits;

    if (peek(s) == '-') s->at++;
    digits = s->at;
    while (peek(s) >= '0' && peek(s) <= '9')
        s->at++;
    if (s->at == digits || s->at - digits > DIGITS_MAX || (*digits == '0' && s->at - digits > 1)) s->odd = true;
    if (peek(s) == '.' || peek(s) == 'e' || peek(s) == 'E') s->odd = true;
    *v = (struct value){.kind = VALUE_INTEGER, .raw = {from, (size_t)(s->at - from)}};
}

static void scan_value(struct scan *s, int depth, struct value *v);

/* Name and colon; the value is next. */
static void scan_name(struct scan *s, struct value *name)
{
    *name = (struct value){0};
    if (next_visible(s) == '"')
        scan_text(s, name);
    else
        s->odd = true;
    if (name->escaped || next_visible(s) != ':') s->odd = true;
    if (!s->odd) s->at++;
}

/* A list or an object that does not concern us, from its opening bracket. */
static void skip_many(struct scan *s, int depth, char close)
{
    struct value ignored;

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

static void scan_value(struct scan *s, int depth, struct value *v)
{
    *v = (struct value){.kind = VALUE_OTHER};
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

/* ---- the message ----------------------------------------------------------------------------------- */

struct field {
    struct str name;
    size_t offset;
    bool is_number;
};
#define TEXT_FIELD(name) {STR(#name), offsetof(struct message_fields, name), false}
#define NUMBER_FIELD(name) {STR(#name), offsetof(struct message_fields, name), true}
static const struct field FIELDS[] = {
    TEXT_FIELD(sid),          TEXT_FIELD(messaging_service_sid), TEXT_FIELD(to),           TEXT_FIELD(from),
    TEXT_FIELD(direction),    TEXT_FIELD(status),                TEXT_FIELD(body),         TEXT_FIELD(date_created),
    TEXT_FIELD(date_sent),    TEXT_FIELD(date_updated),          TEXT_FIELD(price),        TEXT_FIELD(price_unit),
    NUMBER_FIELD(error_code), NUMBER_FIELD(num_segments),        {STR("code"), 0, false},
};
enum { FIELDS_COUNT = sizeof FIELDS / sizeof FIELDS[0], FIELD_CODE = FIELDS_COUNT - 1 };

/* As twilio_json_int: an integer, or a text of one. */
static int as_int(struct scan *s, const struct value *v)
{
    struct str text = v->kind == VALUE_INTEGER ? v->raw : decoded(s, v);
    int64_t number = 0;

    if (str_to_i64(text, &number) != ERR_OK || number < INT_MIN || number > INT_MAX) return 0;
    return (int)number;
}

static void keep(struct scan *s, struct message_fields *f, unsigned *seen, struct str name, const struct value *v)
{
    size_t i = 0;

    while (i < FIELDS_COUNT && !str_equal(FIELDS[i].name, name))
        i++;
    if (i == FIELDS_COUNT) return;
    if (i == FIELD_CODE || (*seen & 1U << i) != 0) {
        s->odd = true;
        return;
    }
    *seen |= 1U << i;
    if (FIELDS[i].is_number)
        *(int *)(void *)((char *)f + FIELDS[i].offset) = as_int(s, v);
    else
        *(struct str *)(void *)((char *)f + FIELDS[i].offset) = decoded(s, v);
}

static void scan_message(struct scan *s, struct message_fields *f)
{
    unsigned seen = 0;
    int c = 0;

    if (next_visible(s) != '{') s->odd = true;
    while (!s->odd && c != '}') {
        struct value name, value;
        s->at++; /* the bracket, or the comma */
        scan_name(s, &name);
        if (!s->odd) scan_value(s, DEPTH_MAX, &value);
        if (!s->odd) keep(s, f, &seen, name.raw, &value);
        c = s->odd ? -1 : next_visible(s);
        if (c != ',' && c != '}') s->odd = true;
    }
    if (!s->odd) s->at++;
    if (!s->odd && next_visible(s) != -1) s->odd = true;
}

bool message_scan(struct str body, struct arena *arena, struct provider_item *out)
{
    struct scan s = {.at = body.at, .end = body.at + body.len, .arena = arena};
    struct message_fields fields = {0};

    if (body.len == 0) return false;
    scan_message(&s, &fields);
    if (s.odd || (s.not_ascii && !str_is_utf8(body, NULL))) return false;
    return message_from_fields(&fields, arena, out) == ERR_OK;
}
