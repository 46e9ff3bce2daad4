/*
 * segment_tables: what segmentation must know of each code point. The arrays are made at build time by
 * script/tables/segment.py from data/gsm7.tsv, data/smart-encoding.tsv and data/grapheme-break.tsv.
 */
#ifndef STERLING_RULES_SEGMENT_TABLES_H
#define STERLING_RULES_SEGMENT_TABLES_H

#include <stddef.h>
#include <stdint.h>

/* Grapheme_Cluster_Break classes of Unicode 10 (UAX #29), in the order of the script. */
enum grapheme_class {
    GRAPHEME_OTHER,
    GRAPHEME_CR,
    GRAPHEME_LF,
    GRAPHEME_CONTROL,
    GRAPHEME_EXTEND,
    GRAPHEME_REGIONAL,
    GRAPHEME_SPACING,
    GRAPHEME_L,
    GRAPHEME_V,
    GRAPHEME_T,
    GRAPHEME_LV,
    GRAPHEME_LVT,
    GRAPHEME_PREPEND,
    GRAPHEME_BASE,
    GRAPHEME_MODIFIER,
    GRAPHEME_ZWJ,
    GRAPHEME_GLUE,
    GRAPHEME_BASE_GLUE,
    GRAPHEME_NONE /* no code point: the start of the text */
};

enum {
    SEGMENT_CLASS_MASK = 0x1F,
    SEGMENT_GSM_ONE = 0x20, /* one septet */
    SEGMENT_GSM_TWO = 0x40, /* escape and one septet */
    SEGMENT_GSM_ANY = SEGMENT_GSM_ONE | SEGMENT_GSM_TWO,
    SEGMENT_REPLACED = 0x80, /* smart encoding puts something else */
};

struct segment_replacement {
    uint32_t code_point;
    const char *text; /* ASCII; "" removes */
};

extern const uint8_t segment_blocks[];
extern const uint8_t segment_properties[];
extern const struct segment_replacement segment_replacements[]; /* ascending */
extern const size_t segment_replacement_count;

/* Class and flags of a code point up to 0x10FFFF. */
static inline uint8_t segment_property(uint32_t code_point)
{
    return segment_properties[(size_t)segment_blocks[code_point >> 7] << 7 | (code_point & 0x7F)];
}

#endif
