/* site_tag: names, attributes, and kinds of elements. Contract in site_tag.h. */
#include "rules/site_tag.h"

static bool is_space(int c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static bool is_letter(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int low(int c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

/* Byte offset of `word`, any case, or s.len. */
static size_t find_nocase(struct str s, struct str word)
{
    for (size_t at = 0; at + word.len <= s.len; at++)
        if (low(s.at[at]) == low(word.at[0]) && str_equal_nocase(str_slice(s, at, at + word.len), word)) return at;
    return s.len;
}

/* ---- taking one ---- */

static void skip_spaces(struct cursor *c)
{
    while (is_space(cursor_peek(c))) (void)cursor_next(c);
}

/* Past the first `mark`, or to the end. */
static void skip_past(struct cursor *c, struct str mark)
{
    struct str rest = str_slice(c->in, c->at, c->in.len);
    size_t at = str_find(rest, mark);

    (void)cursor_take(c, at < rest.len ? at + mark.len : rest.len);
}

static struct str take_name(struct cursor *c, bool attribute)
{
    size_t begin = c->at;

    for (int b = cursor_peek(c); b >= 0 && !is_space(b) && b != '>' && b != '/'; b = cursor_peek(c)) {
        if (attribute && b == '=' && c->at > begin) break;
        (void)cursor_next(c);
    }
    return str_slice(c->in, begin, c->at);
}

static struct str take_value(struct cursor *c)
{
    struct str value;
    size_t begin;
    char quote = '\0';

    if (cursor_accept(c, '"')) quote = '"';
    else if (cursor_accept(c, '\'')) quote = '\'';
    if (quote != '\0') {
        value = cursor_until(c, quote);
        (void)cursor_accept(c, quote);
        return value;
    }
    begin = c->at;
    for (int b = cursor_peek(c); b >= 0 && !is_space(b) && b != '>'; b = cursor_peek(c)) (void)cursor_next(c);
    return str_slice(c->in, begin, c->at);
}

static void take_attribute(struct cursor *c, struct site_tag *out)
{
    struct site_attribute one = {.name = take_name(c, true)};

    skip_spaces(c);
    if (cursor_accept(c, '=')) {
        skip_spaces(c);
        one.value = take_value(c);
    }
    if (out->count < SITE_ATTRIBUTES_MAX) out->attributes[out->count++] = one;
}

static bool is_void(const struct site_tag *t)
{
    static const char *const names[] = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta",
                                        "source", "track", "wbr", "frame", "param", NULL};

    for (const char *const *n = names; *n != NULL; n++)
        if (site_tag_is(t, *n)) return true;
    return false;
}

static bool take_declaration(struct cursor *c)
{
    struct str rest = str_slice(c->in, c->at, c->in.len);

    if (str_starts(rest, STR("<!--"))) {
        (void)cursor_take(c, 4);
        /* "<!-->" and "<!--->" are comments, too. */
        if (str_starts(rest, STR("<!-->"))) (void)cursor_take(c, 1);
        else if (str_starts(rest, STR("<!--->"))) (void)cursor_take(c, 2);
        else skip_past(c, STR("-->"));
        return true;
    }
    if (!str_starts(rest, STR("<!")) && !str_starts(rest, STR("<?"))) return false;
    skip_past(c, STR(">"));
    return true;
}

bool site_tag_take(struct cursor *c, struct site_tag *out)
{
    struct cursor look = *c;

    out->name = (struct str){NULL, 0};
    out->count = 0;
    out->alone = false;
    if (take_declaration(c)) return true;
    (void)cursor_next(&look);
    out->closing = cursor_accept(&look, '/');
    if (!is_letter(cursor_peek(&look))) return false;
    out->name = take_name(&look, false);
    for (skip_spaces(&look); !cursor_done(&look) && cursor_peek(&look) != '>'; skip_spaces(&look)) {
        out->alone = cursor_accept(&look, '/');
        if (!out->alone) take_attribute(&look, out);
    }
    (void)cursor_accept(&look, '>');
    out->alone = out->alone || is_void(out);
    *c = look;
    return true;
}

/* ---- asking ---- */

bool site_tag_is(const struct site_tag *t, const char *name)
{
    return str_equal_nocase(t->name, str_from(name));
}

static const struct site_attribute *attribute_of(const struct site_tag *t, const char *name)
{
    for (size_t i = 0; i < t->count; i++)
        if (str_equal_nocase(t->attributes[i].name, str_from(name))) return &t->attributes[i];
    return NULL;
}

bool site_tag_has(const struct site_tag *t, const char *attribute)
{
    return attribute_of(t, attribute) != NULL;
}

struct str site_tag_value(const struct site_tag *t, const char *attribute)
{
    const struct site_attribute *one = attribute_of(t, attribute);

    return one == NULL ? (struct str){NULL, 0} : one->value;
}

bool site_tag_is_raw(const struct site_tag *t)
{
    static const char *const names[] = {"script", "style", "title", "textarea", "template", "noscript", "iframe",
                                        "noframes", "svg", "object", NULL};

    for (const char *const *n = names; *n != NULL; n++)
        if (site_tag_is(t, *n)) return !t->alone || !site_tag_is(t, "svg");
    return false;
}

struct str site_tag_raw_content(struct cursor *c, const struct site_tag *t)
{
    struct str rest = str_slice(c->in, c->at, c->in.len), content;
    size_t from = 0;

    for (;;) {
        size_t at = from + str_find(str_slice(rest, from, rest.len), STR("</"));
        if (at >= rest.len) break;
        if (str_equal_nocase(str_slice(rest, at + 2, at + 2 + t->name.len), t->name)) {
            content = str_slice(rest, 0, at);
            (void)cursor_take(c, at);
            skip_past(c, STR(">"));
            return content;
        }
        from = at + 2;
    }
    (void)cursor_take(c, rest.len);
    return rest;
}

bool site_tag_is_inline(const struct site_tag *t)
{
    static const char *const names[] = {"a", "abbr", "acronym", "b", "bdi", "big", "cite", "code", "em", "font", "i",
                                        "img", "ins", "kbd", "mark", "q", "s", "small", "span", "strong", "sub", "sup",
                                        "time", "tt", "u", "var", "wbr", "input", "label", NULL};

    for (const char *const *n = names; *n != NULL; n++)
        if (site_tag_is(t, *n)) return true;
    return false;
}

bool site_tag_hides(const struct site_tag *t)
{
    struct str style = site_tag_value(t, "style");

    /* An end tag may be left out of these: what hides them would hide all that follows. */
    if (site_tag_is(t, "p") || site_tag_is(t, "li") || site_tag_is(t, "td") || site_tag_is(t, "tr")) return false;
    return site_tag_has(t, "hidden") || find_nocase(style, STR("display:none")) < style.len ||
           find_nocase(style, STR("display: none")) < style.len;
}

bool site_tag_speaks_of_phone(struct str hint)
{
    return find_nocase(hint, STR("phone")) < hint.len || find_nocase(hint, STR("mobile")) < hint.len ||
           find_nocase(hint, STR("cell")) < hint.len || str_starts(hint, STR("tel")) ||
           find_nocase(hint, STR("movil")) < hint.len;
}

bool site_tag_wants_script(struct str noscript)
{
    return find_nocase(noscript, STR("javascript")) < noscript.len;
}
