/*
 * site_entity: character references of HTML ("&eacute;", "&#8217;"), and letters as phrases are compared: for
 * site_text alone. Pure. Source: WHATWG HTML, section 13.5, as far as pages in English, Spanish, French and German
 * use it.
 */
#ifndef STERLING_RULES_SITE_ENTITY_H
#define STERLING_RULES_SITE_ENTITY_H

#include "base/cursor.h"

/* The cursor stands behind '&'. Takes the reference and gives its code point; 0, and nothing is taken: it is none. */
uint32_t site_entity_take(struct cursor *c);
/* A code point as it is kept: curly quotes straight, dashes and spaces plain; 0 for what is not seen at all. */
uint32_t site_letter_plain(uint32_t point);
/* The next character of UTF-8, or of Latin-1. The cursor is not at its end. */
uint32_t site_letter_take(struct cursor *c, bool utf8);

#endif
