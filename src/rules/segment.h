/*
 * segment: how many SMS a text costs, and why.
 *
 * Encoding, units, segments and the split are those of Twilio's sms-segments-calculator 1.3.0, quirks
 * included (reference 7.3), because that is what a person will compare with: extended grapheme
 * clusters of Unicode 10 as its grapheme splitter finds them, never split; CR LF is two characters.
 * Pure; counting and splitting allocate nothing. Input is UTF-8.
 */
#ifndef STERLING_RULES_SEGMENT_H
#define STERLING_RULES_SEGMENT_H

#include "base/arena.h"
#include "base/buf.h"

enum segment_encoding {
    SEGMENT_GSM7, /* every code point is in the 137 of reference 7.2; a unit is a septet */
    SEGMENT_UCS2, /* a unit is a UTF-16 code unit */
};

enum segment_flags {
    SEGMENT_SMART = 1, /* as after smart encoding (reference 7.4) */
    /* Accept lone surrogates in three bytes, as JavaScript may hold them; never to be sent. */
    SEGMENT_SURROGATES = 2,
};

enum {
    SEGMENT_TEXT_BYTES_MAX = 1 << 20,
    SEGMENT_DESCRIBE_BYTES_MAX = 1 << 17, /* smart encoding may make a text seven times as long */
};

struct segment_count {
    enum segment_encoding encoding;
    uint32_t units;      /* septets or UTF-16 units, concatenation headers left out */
    uint32_t segments;   /* at least 1: an empty text is one empty segment */
    uint32_t characters; /* code points */
    uint32_t graphemes;  /* user-perceived characters; CR LF counts two */
};

/* "GSM-7" or "UCS-2", as Twilio writes them. */
const char *segment_encoding_name(enum segment_encoding encoding);

/* Counts `text`. ERR_INVALID on malformed UTF-8 (*bad_at is the offset of the first bad byte; may be
 * NULL), ERR_LIMIT over SEGMENT_TEXT_BYTES_MAX. Per 100 characters about 0.1 us in ASCII, 0.4 with accents,
 * 1.2 in UCS-2. */
MUST_CHECK enum err segment_count(struct str text, unsigned flags, struct segment_count *out, size_t *bad_at);

/* One segment: bytes [from, to) of the text, and its units. */
struct segment_part {
    uint32_t from, to, units;
};
/* Cuts `text` as it will be sent (so call segment_smart first where that applies) into parts.
 * *count is the number there are; the first parts_max are filled. Errors as segment_count. */
MUST_CHECK enum err segment_split(struct str text, unsigned flags, struct segment_part *parts,
                                  size_t parts_max, size_t *count);

/* A code point outside GSM-7. One is enough to make the whole text UCS-2. */
struct segment_offender {
    uint32_t code_point;
    uint32_t byte_at;      /* offset of its first byte */
    uint32_t character_at; /* code points before it */
    uint32_t bytes;        /* its length in the text */
    /* What smart encoding puts there ("" removes it), NULL if it leaves it. Static. */
    const char *replacement;
};
/* Every offender in order; *count is how many there are, the first `max` are filled. Errors as
 * segment_count. */
MUST_CHECK enum err segment_offenders(struct str text, unsigned flags, struct segment_offender *out,
                                      size_t max, size_t *count);

/* Appends `text` with smart encoding done; *replaced (may be NULL) is the number of code points that
 * changed. Errors as segment_count; `out` tells its own by buf_check. */
MUST_CHECK enum err segment_smart(struct str text, unsigned flags, struct buf *out, size_t *replaced);

/* What `sterling segment` shows. Everything lives in the arena; `smart_text` is `text` itself when
 * smart encoding changes nothing. */
struct segment_report {
    struct segment_count plain, smart;
    struct segment_part *parts, *smart_parts; /* plain.segments and smart.segments of them */
    struct segment_offender *offenders;
    size_t offender_count;
    size_t stubborn_count; /* offenders without a replacement: they keep UCS-2 even when smart */
    struct str smart_text;
    int32_t saved_segments; /* plain less smart; below zero where a replacement is longer */
};
/* ERR_INVALID and ERR_LIMIT (over SEGMENT_DESCRIBE_BYTES_MAX) with the offset or the bound in `fault`,
 * ERR_FULL when the arena is. */
MUST_CHECK enum err segment_describe(struct arena *arena, struct str text, unsigned flags,
                                     struct segment_report *out, struct fault *fault);

#endif
