/*
 * template: a text with fields: "Hi {{name|there}}, your order {{order}} has shipped."
 *
 * {{field}} is replaced by the recipient's value, {{field|default}} by the default when the value is absent
 * or blank; spaces inside the braces do not matter. An empty default ({{field|}}) makes a field optional.
 * {{{{ stands for two literal opening braces; closing braces outside a field are ordinary text.
 * A field's name is letters, digits, '_', '-' and '.' (letters of any script), and begins with no '-' or '.'.
 * Values go in as they are and are never looked at again: a value of "{{order}}" comes out as just that.
 */
#ifndef STERLING_RULES_TEMPLATE_H
#define STERLING_RULES_TEMPLATE_H

#include "base/buf.h"

enum {
    TEMPLATE_CHARS_MAX = 1600, /* code points, fields counted as written (Twilio's own bound, 21617) */
    TEMPLATE_FIELDS_MAX = 32,  /* different names */
    TEMPLATE_PARTS_MAX = 129,  /* literal stretches and placeholders together */
    TEMPLATE_NAME_MAX = 64,    /* bytes of a name */
};

struct template; /* owns a copy of the text */

/* ERR_INVALID (empty text, not UTF-8, unclosed, empty or bad name, a field within a field) or ERR_LIMIT
 * (a bound above): the fault names the character position (from 1) and what to do. ERR_FULL without
 * memory. */
MUST_CHECK enum err template_compile(struct str text, struct template **out, struct fault *fault);
void template_free(struct template *t); /* NULL is fine */
struct str template_text(const struct template *t); /* as it was compiled; lives as long as the template */

/* The fields in order of first appearance, each once. Views live as long as the template. */
size_t template_field_count(const struct template *t);
struct str template_field(const struct template *t, size_t index);
/* True if some use of the field has no default, so that a blank value stops the message. */
bool template_field_required(const struct template *t, size_t index);

/* Gives the value of a field: index is that of template_field, so that a caller can look up once per
 * audience. {NULL,0} if absent. The view must last until template_render returns. */
typedef struct str (*template_value)(void *ctx, size_t index, struct str name);

/* Appends the text to `out`. ERR_NOT_FOUND when a field without default is absent or blank: *missing (may be
 * NULL) gets its name and `out` is as long as before. A failed `out` gives its own error. */
MUST_CHECK enum err template_render(const struct template *t, template_value value, void *ctx,
                                    struct buf *out, struct str *missing);

#endif
