/*
 * content_links: the links of a text, as a handset shows them, and as people write them to get past a filter
 * ("hxxp://", "bit[.]ly", full-width letters). For rules/content only. Pure, total.
 */
#ifndef STERLING_RULES_CONTENT_LINKS_H
#define STERLING_RULES_CONTENT_LINKS_H

#include "base/str.h"

enum { CONTENT_LINKS_MAX = 12, CONTENT_HOST_BYTES = 96 };

struct content_link {
    size_t from, to; /* bytes of the text */
    char host[CONTENT_HOST_BYTES]; /* lower case; "" if it is too long or none */
    bool insecure;  /* http:// */
    bool shortener; /* of the table of shared ones */
    bool official;  /* of a company that is often forged: the true one */
    bool disguised; /* written so that a filter does not see it, an address of digits, or with a user's name */
    bool has_path;
};

/* Finds at most CONTENT_LINKS_MAX, in order; gives their number. */
size_t content_links_find(struct str text, struct content_link out[CONTENT_LINKS_MAX]);
/* True if a text of these bytes may begin, hold or complete a link: the cheap question before finding any. */
bool content_links_possible(struct str text);

#endif
