/* twiml: a small reader of messaging TwiML. Contract in twiml.h. Only the cursor touches the document. */
#include "sandbox/twiml.h"

#include "base/buf.h"
#include "base/cursor.h"

struct tag {
    struct str name;
    bool closes, empty; /* </x>, <x/> */
    struct str to, status_callback;
};

static bool is_space(int c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void skip_space(struct cursor *c)
{
    while (is_space(cursor_peek(c))) (void)cursor_next(c);
}

static bool is_name_byte(int c)
{
    int lower = c | 0x20;
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == ':' ||
           c == '.';
}

static struct str read_name(struct cursor *c)
{
    size_t from = c->at;
    while (is_name_byte(cursor_peek(c))) (void)cursor_next(c);
    if (c->at == from) cursor_fail(c, ERR_INVALID);
    return str_slice(c->in, from, c->at);
}

static void add_code_point(struct buf *out, uint32_t cp)
{
    if (cp < 0x80) {
        buf_add_char(out, (char)cp);
    } else if (cp < 0x800) {
        buf_add_char(out, (char)(0xC0 | cp >> 6));
        buf_add_char(out, (char)(0x80 | (cp & 0x3F)));
    } else if (cp < 0x10000) {
        buf_add_char(out, (char)(0xE0 | cp >> 12));
        buf_add_char(out, (char)(0x80 | (cp >> 6 & 0x3F)));
        buf_add_char(out, (char)(0x80 | (cp & 0x3F)));
    } else {
        buf_add_char(out, (char)(0xF0 | cp >> 18));
        buf_add_char(out, (char)(0x80 | (cp >> 12 & 0x3F)));
        buf_add_char(out, (char)(0x80 | (cp >> 6 & 0x3F)));
        buf_add_char(out, (char)(0x80 | (cp & 0x3F)));
    }
}

static bool add_reference(struct buf *out, struct str digits)
{
    uint64_t cp = 0;
    bool hex = digits.len > 0 && (digits.at[0] == 'x' || digits.at[0] == 'X');
    if (digits.len == 0 || digits.len > 8) return false;
    for (size_t i = hex ? 1 : 0; i < digits.len; i++) {
        char c = digits.at[i], lower = (char)(c | 0x20);
        if (c >= '0' && c <= '9')
            cp = cp * (hex ? 16 : 10) + (uint64_t)(c - '0');
        else if (hex && lower >= 'a' && lower <= 'f')
            cp = cp * 16 + (uint64_t)(lower - 'a' + 10);
        else
            return false;
    }
    if (cp == 0 || cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF)) return false;
    add_code_point(out, (uint32_t)cp);
    return true;
}

static bool add_entity(struct buf *out, struct str name)
{
    static const struct {
        const char *name;
        char c;
    } entities[] = {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
    if (str_starts(name, STR("#"))) return add_reference(out, str_slice(name, 1, name.len));
    for (size_t i = 0; i < sizeof entities / sizeof *entities; i++)
        if (str_equal(name, str_from(entities[i].name))) {
            buf_add_char(out, entities[i].c);
            return true;
        }
    return false;
}

static void add_text(struct cursor *c, struct buf *out, struct str raw)
{
    while (raw.len > 0) {
        struct str plain, entity;
        size_t amp = str_find_char(raw, '&');
        plain = str_slice(raw, 0, amp);
        buf_add(out, plain);
        if (amp == raw.len) return;
        raw = str_slice(raw, amp + 1, raw.len);
        size_t end = str_find_char(raw, ';');
        entity = str_slice(raw, 0, end);
        if (end == raw.len || !add_entity(out, entity)) {
            cursor_fail(c, ERR_INVALID);
            return;
        }
        raw = str_slice(raw, end + 1, raw.len);
    }
}

static void skip_past(struct cursor *c, struct str end)
{
    struct str rest = str_slice(c->in, c->at, c->in.len);
    size_t at = str_find(rest, end);
    if (at == rest.len)
        cursor_fail(c, ERR_INVALID);
    else
        (void)cursor_take(c, at + end.len);
}

static bool looking_at(const struct cursor *c, struct str text)
{
    return str_starts(str_slice(c->in, c->at, c->in.len), text);
}

/* Comments, declarations and processing instructions; true if one was there. */
static bool skip_markup(struct cursor *c)
{
    if (looking_at(c, STR("<!--")))
        skip_past(c, STR("-->"));
    else if (looking_at(c, STR("<?")))
        skip_past(c, STR("?>"));
    else if (looking_at(c, STR("<!")) && !looking_at(c, STR("<![CDATA[")))
        skip_past(c, STR(">"));
    else
        return false;
    return true;
}

static struct str read_attribute_value(struct cursor *c, struct arena *arena)
{
    struct buf text;
    struct str value = {NULL, 0};
    int quote = cursor_next(c);
    if (quote != '"' && quote != '\'') cursor_fail(c, ERR_INVALID);
    buf_init(&text, TWIML_BYTES_MAX);
    add_text(c, &text, cursor_until(c, (char)quote));
    (void)cursor_next(c);
    if (buf_check(&text) == ERR_OK) value = arena_str(arena, buf_str(&text));
    buf_free(&text);
    return value;
}

static struct tag read_tag(struct cursor *c, struct arena *arena)
{
    struct tag t = {0};
    cursor_expect(c, STR("<"));
    t.closes = cursor_accept(c, '/');
    t.name = read_name(c);
    for (skip_space(c); is_name_byte(cursor_peek(c)); skip_space(c)) {
        struct str name = read_name(c), value;
        skip_space(c);
        cursor_expect(c, STR("="));
        skip_space(c);
        value = read_attribute_value(c, arena);
        if (str_equal(name, STR("to"))) t.to = value;
        if (str_equal(name, STR("statusCallback"))) t.status_callback = value;
    }
    t.empty = cursor_accept(c, '/');
    cursor_expect(c, STR(">"));
    return t;
}

/* Everything up to the closing tag of `name`: text and CDATA, and those of elements inside. */
static void read_content(struct cursor *c, struct arena *arena, struct str name, struct buf *text)
{
    unsigned depth = 0;
    while (cursor_check(c) == ERR_OK) {
        if (cursor_done(c)) {
            cursor_fail(c, ERR_INVALID);
        } else if (looking_at(c, STR("<![CDATA["))) {
            size_t from = c->at + 9;
            skip_past(c, STR("]]>"));
            if (cursor_check(c) == ERR_OK) buf_add(text, str_slice(c->in, from, c->at - 3));
        } else if (skip_markup(c)) {
            continue;
        } else if (cursor_peek(c) != '<') {
            add_text(c, text, cursor_until(c, '<'));
        } else {
            struct tag t = read_tag(c, arena);
            if (t.closes && depth == 0) {
                if (!str_equal(t.name, name)) cursor_fail(c, ERR_INVALID);
                return;
            }
            if (t.closes)
                depth--;
            else if (!t.empty && ++depth > 16)
                cursor_fail(c, ERR_LIMIT);
        }
    }
}

static int read_verb(struct cursor *c, struct arena *arena, const struct tag *t, struct twiml *out)
{
    struct buf text;
    bool message = str_equal(t->name, STR("Message")) || str_equal(t->name, STR("Sms"));
    if (!message && !str_equal(t->name, STR("Redirect"))) return 14110;
    if (message && out->count == TWIML_REPLIES_MAX) return 14109;
    buf_init(&text, TWIML_BYTES_MAX);
    if (!t->empty) read_content(c, arena, t->name, &text);
    if (message)
        out->replies[out->count++] =
            (struct twiml_reply){t->to, t->status_callback, arena_str(arena, str_trim(buf_str(&text)))};
    buf_free(&text);
    return 0;
}

static void skip_between(struct cursor *c)
{
    do {
        skip_space(c);
    } while (cursor_check(c) == ERR_OK && skip_markup(c));
}

int twiml_read(struct arena *arena, struct str document, struct twiml *out)
{
    struct cursor c = cursor_over(document);
    struct tag t;
    int code = 0;
    out->count = 0;
    if (document.len > TWIML_BYTES_MAX) return 11750;
    if (looking_at(&c, STR("\xEF\xBB\xBF"))) (void)cursor_take(&c, 3);
    skip_between(&c);
    if (cursor_done(&c) && cursor_check(&c) == ERR_OK) return 0;
    t = read_tag(&c, arena);
    if (cursor_check(&c) != ERR_OK || t.closes) return 12100;
    if (!str_equal(t.name, STR("Response"))) return 12102;
    while (!t.empty && code == 0) {
        struct tag verb;
        skip_between(&c);
        verb = read_tag(&c, arena);
        if (cursor_check(&c) != ERR_OK) return 12100;
        if (verb.closes) return str_equal(verb.name, t.name) ? 0 : 12100;
        code = read_verb(&c, arena, &verb, out);
    }
    return cursor_check(&c) != ERR_OK ? 12100 : code;
}
