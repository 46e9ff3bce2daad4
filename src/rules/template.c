/*
 * template: cuts a text into literal stretches and placeholders once, and then only joins them.
 *
 * Owns one block of memory with the parts, the fields and a copy of the text that both point into. Rendering
 * copies values without looking at them, so nothing that a recipient's data says is ever expanded.
 */
#include "rules/template.h"

#include "base/cursor.h"
#include "base/starved.h"

#include <stdlib.h>
#include <string.h>

enum { LITERAL = -1 };

struct part {
    struct str text;   /* the stretch itself, or a field's default */
    int field;         /* index, or LITERAL */
    bool has_default;
};

struct template {
    struct part parts[TEMPLATE_PARTS_MAX];
    struct str fields[TEMPLATE_FIELDS_MAX];
    bool required[TEMPLATE_FIELDS_MAX];
    size_t parts_count, fields_count;
    size_t text_bytes;
    char text[]; /* the copy */
};

struct str template_text(const struct template *t)
{
    return (struct str){t->text, t->text_bytes};
}

/* Characters before byte `at`, plus one: what a person counts. */
static size_t position(const struct template *t, size_t at)
{
    size_t characters = 1;
    for (size_t i = 0; i < at; i++)
        if (((unsigned char)t->text[i] & 0xC0) != 0x80) characters++;
    return characters;
}

static enum err add_part(struct template *t, struct part part, struct fault *fault)
{
    if (t->parts_count == TEMPLATE_PARTS_MAX)
        return fault_set(fault, ERR_LIMIT,
                         "the template has more than %d pieces; use fewer placeholders", TEMPLATE_PARTS_MAX);
    t->parts[t->parts_count++] = part;
    return ERR_OK;
}

static enum err add_literal(struct template *t, struct str text, struct fault *fault)
{
    if (text.len == 0) return ERR_OK;
    return add_part(t, (struct part){.text = text, .field = LITERAL}, fault);
}

/* The index of the field of that name, new if need be; LITERAL when there are too many. */
static int field_index(struct template *t, struct str name)
{
    for (size_t i = 0; i < t->fields_count; i++)
        if (str_equal(t->fields[i], name)) return (int)i;
    if (t->fields_count == TEMPLATE_FIELDS_MAX) return LITERAL;
    t->fields[t->fields_count] = name;
    return (int)t->fields_count++;
}

/* ASCII letters and digits, '_', and every byte of another script's letters; '-' and '.' behind the first. */
static bool is_name(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.at[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
                    c >= 0x80;
        if (!word && (i == 0 || (c != '-' && c != '.'))) return false;
    }
    return true;
}

static enum err check_name(const struct template *t, size_t at, struct str name, struct fault *fault)
{
    size_t place = position(t, at);
    if (name.len == 0)
        return fault_set(fault, ERR_INVALID,
                         "the placeholder at character %zu has no field name; write {{name}}", place);
    if (name.len > TEMPLATE_NAME_MAX)
        return fault_set(fault, ERR_LIMIT,
                         "the field name at character %zu is longer than %d bytes; shorten it", place,
                         TEMPLATE_NAME_MAX);
    if (!is_name(name))
        return fault_set(fault, ERR_INVALID,
                         "\"" STR_FMT "\" at character %zu is no field name; use letters, digits, '_', '-'"
                         " and '.' without spaces, such as {{first_name}}",
                         STR_ARG(name), place);
    return ERR_OK;
}

/* What stands between {{ and }}, which begins at byte `at`. */
static enum err add_field(struct template *t, size_t at, struct str inside, struct fault *fault)
{
    struct str name, fallback = str_cut(inside, '|', &name);
    struct part part = {.has_default = name.len < inside.len, .text = str_trim(fallback)};
    enum err e;

    if (str_find(inside, STR("{{")) < inside.len)
        return fault_set(fault, ERR_INVALID,
                         "the placeholder at character %zu contains another \"{{\"; end the first with \"}}\""
                         " before it: placeholders cannot be nested",
                         position(t, at));
    name = str_trim(name);
    if ((e = check_name(t, at, name, fault)) != ERR_OK) return e;
    part.field = field_index(t, name);
    if (part.field == LITERAL)
        return fault_set(fault, ERR_LIMIT, "the template has more than %d different fields; use fewer",
                         TEMPLATE_FIELDS_MAX);
    if (!part.has_default) t->required[part.field] = true;
    return add_part(t, part, fault);
}

/* At "{{": an escape or a placeholder. */
static enum err parse_braces(struct template *t, struct cursor *c, struct fault *fault)
{
    size_t at = c->at, length;
    struct str rest = str_slice(c->in, at, c->in.len);
    enum err e;

    if (str_starts(rest, STR("{{{{"))) {
        (void)cursor_take(c, 4);
        return add_literal(t, str_slice(rest, 0, 2), fault);
    }
    length = str_find(rest, STR("}}"));
    if (length == rest.len)
        return fault_set(fault, ERR_INVALID,
                         "the placeholder at character %zu is never closed; end it with \"}}\", or write"
                         " \"{{{{\" for two plain braces",
                         position(t, at));
    e = add_field(t, at, str_slice(rest, 2, length), fault);
    (void)cursor_take(c, length + 2);
    return e;
}

static enum err parse(struct template *t, struct fault *fault)
{
    struct cursor c = cursor_over((struct str){t->text, t->text_bytes});
    enum err e = ERR_OK;

    while (e == ERR_OK && !cursor_done(&c)) {
        struct str rest = str_slice(c.in, c.at, c.in.len);
        struct str literal = cursor_take(&c, str_find(rest, STR("{{")));
        e = add_literal(t, literal, fault);
        if (e == ERR_OK && !cursor_done(&c)) e = parse_braces(t, &c, fault);
    }
    BUG_IF(e == ERR_OK && cursor_check(&c) != ERR_OK);
    return e;
}

static enum err check_text(struct str text, struct fault *fault)
{
    size_t bad = 0, characters = 0;
    if (text.len == 0) return fault_set(fault, ERR_INVALID, "the template is empty; write the text to send");
    if (text.len > 4 * (size_t)TEMPLATE_CHARS_MAX)
        return fault_set(fault, ERR_LIMIT, "the template is longer than %d characters; shorten it",
                         TEMPLATE_CHARS_MAX);
    if (!str_is_utf8(text, &bad))
        return fault_set(fault, ERR_INVALID, "the template is not UTF-8 at byte %zu; save it as UTF-8",
            bad + 1);
    for (size_t i = 0; i < text.len; i++)
        if (((unsigned char)text.at[i] & 0xC0) != 0x80) characters++;
    if (characters > TEMPLATE_CHARS_MAX)
        return fault_set(fault, ERR_LIMIT, "the template has %zu characters, %d are allowed; shorten it",
                         characters, TEMPLATE_CHARS_MAX);
    return ERR_OK;
}

enum err template_compile(struct str text, struct template **out, struct fault *fault)
{
    struct template *t;
    enum err e = check_text(text, fault);

    *out = NULL;
    if (e != ERR_OK) return e;
    t = starved_calloc(1, sizeof *t + text.len);
    if (t == NULL) return fault_set(fault, ERR_FULL, "no memory for a template; try again");
    memcpy(t->text, text.at, text.len);
    t->text_bytes = text.len;
    e = parse(t, fault);
    if (e != ERR_OK) {
        template_free(t);
        return e;
    }
    *out = t;
    return ERR_OK;
}

void template_free(struct template *t)
{
    free(t);
}

size_t template_field_count(const struct template *t)
{
    return t->fields_count;
}

struct str template_field(const struct template *t, size_t index)
{
    BUG_IF(index >= t->fields_count);
    return t->fields[index];
}

bool template_field_required(const struct template *t, size_t index)
{
    BUG_IF(index >= t->fields_count);
    return t->required[index];
}

/* Takes back what was appended since `len`. A failed buffer is empty already. */
static void take_back(struct buf *out, size_t len)
{
    if (out->at == NULL || out->len < len) return;
    out->len = len;
    out->at[len] = '\0';
}

enum err template_render(const struct template *t, template_value value, void *ctx, struct buf *out,
                         struct str *missing)
{
    size_t before = out->len;

    for (size_t i = 0; i < t->parts_count; i++) {
        const struct part *p = &t->parts[i];
        struct str text = p->text;
        if (p->field != LITERAL) {
            struct str name = t->fields[p->field];
            struct str given = value(ctx, (size_t)p->field, name);
            if (str_trim(given).len > 0) {
                text = given;
            } else if (!p->has_default) {
                take_back(out, before);
                if (missing != NULL) *missing = name;
                return ERR_NOT_FOUND;
            }
        }
        buf_add(out, text);
    }
    return buf_check(out);
}
