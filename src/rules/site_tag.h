/*
 * site_tag: one tag of HTML taken apart: its name, its attributes, and what kind of element it is. For site_text alone.
 * Pure; only views of the input. Source: WHATWG HTML, sections 13.2.5 and 15.3.
 */
#ifndef STERLING_RULES_SITE_TAG_H
#define STERLING_RULES_SITE_TAG_H

#include "base/cursor.h"

enum { SITE_ATTRIBUTES_MAX = 24 };

struct site_attribute {
    struct str name, value; /* as written */
};
struct site_tag {
    struct str name;  /* empty: a comment, a declaration */
    bool closing;     /* </name> */
    bool alone;       /* has no content: <br>, <input/> */
    struct site_attribute attributes[SITE_ATTRIBUTES_MAX]; /* later ones are left out */
    size_t count;
};

/* At '<'. Takes the tag, or comment, to its end or the input's. False, and nothing is taken: it is a text's "<". */
bool site_tag_take(struct cursor *c, struct site_tag *out);

bool site_tag_is(const struct site_tag *t, const char *name);
bool site_tag_has(const struct site_tag *t, const char *attribute);
struct str site_tag_value(const struct site_tag *t, const char *attribute); /* empty if there is none */

/* Its content is not read as HTML: script, style, title, … */
bool site_tag_is_raw(const struct site_tag *t);
/* What stands to its end tag, which is taken, too. */
struct str site_tag_raw_content(struct cursor *c, const struct site_tag *t);
bool site_tag_is_inline(const struct site_tag *t); /* goes on in the same sentence */
bool site_tag_hides(const struct site_tag *t);     /* and all within it */

bool site_tag_speaks_of_phone(struct str hint);
bool site_tag_wants_script(struct str noscript); /* "Enable JavaScript to …" */

#endif
