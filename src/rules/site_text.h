/*
 * site_text: what a person reads on a web page: its visible words, its links, and of its forms what a reviewer
 * looks at.
 *
 * No browser: no script is run, no style sheet read. Words are UTF-8 in reading order with single spaces; where a block
 * ends stands a newline, so that a sentence stays in one line. Typographic quotes, dashes and no-break spaces are
 * written plainly ("don't"), so that phrases are found. Scripts, styles, comments, and what is hidden by an attribute
 * or an inline style are left out.
 *
 * Pure; total: any bytes give a page. Everything is bounded: what is over SITE_WORDS_BYTES or SITE_LINKS_MAX is left
 * out, and `cut` says so. Other encodings than UTF-8 are read as Latin-1. Source: WHATWG HTML, sections 13.1 and 15.3.
 */
#ifndef STERLING_RULES_SITE_TEXT_H
#define STERLING_RULES_SITE_TEXT_H

#include "base/arena.h"
#include "base/buf.h"

enum { SITE_WORDS_BYTES = 96 * 1024, SITE_TITLE_BYTES = 1024, SITE_LINKS_MAX = 256, SITE_ADDRESS_MAX = 1024 };

struct site_link {
    struct str address; /* as written, entities read; not resolved */
    size_t from, to;    /* its words: bytes of `words` */
};
struct site_page {
    struct buf words, title; /* title: and what the page calls itself for search engines */
    struct site_link links[SITE_LINKS_MAX];
    size_t links_count, count; /* count: of visible words */
    struct str base, refresh;  /* <base href>, and where the page goes by itself; empty: none */
    size_t scripts, frames, forms;
    bool password;       /* a field for one */
    bool phone_field;    /* an input for a phone number */
    bool box, box_ticked; /* a checkbox; one that is ticked in advance */
    bool wants_script;   /* it says that it shows nothing without scripts */
    bool cut;            /* there was more */
    struct arena arena;  /* addresses */
};

/* Reads a page into *out, which the caller ends with site_page_free whatever is returned. ERR_FULL: no memory. */
MUST_CHECK enum err site_text_read(struct str html, struct site_page *out);
/* A document of plain text: all of it is words. */
MUST_CHECK enum err site_text_plain(struct str text, struct site_page *out);
void site_page_free(struct site_page *page);
/* The words of a link. Views live as long as the page. */
struct str site_link_words(const struct site_page *page, const struct site_link *link);

#endif
