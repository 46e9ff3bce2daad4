/*
 * segment: counts and splits in two passes. The first asks each code point whether it is GSM-7; a text
 * of nothing else is counted in septets at once, because no GSM-7 character joins a grapheme cluster
 * with another. Only other texts are cut into clusters and packed by UTF-16 units.
 *
 * Owns nothing. Fails on malformed UTF-8 and on texts over SEGMENT_TEXT_BYTES_MAX.
 */
#include "rules/segment.h"

#include "rules/grapheme.h"
#include "rules/utf8.h"

/* Room in a lone segment and in one of several, in units (reference 7.1). */
static const struct {
    uint32_t alone, shared;
} rooms[] = {[SEGMENT_GSM7] = {160, 153}, [SEGMENT_UCS2] = {70, 67}};

const char *segment_encoding_name(enum segment_encoding encoding)
{
    return encoding == SEGMENT_GSM7 ? "GSM-7" : "UCS-2";
}

static const char *replacement_of(uint32_t point)
{
    size_t low = 0, high = segment_replacement_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (segment_replacements[middle].code_point < point)
            low = middle + 1;
        else
            high = middle;
    }
    return segment_replacements[low].text;
}

/* Code points as they will be sent: with SEGMENT_SMART a replaced one gives its replacement's. */
struct reader {
    struct str text;
    size_t at;           /* next byte */
    size_t from;         /* first byte of the code point just read */
    const char *pending; /* rest of a replacement */
    bool smart, surrogates, failed;
    bool after_high;  /* the last was a lone high surrogate: a low one after it is a pair ill-encoded */
    uint8_t property; /* of the code point just read */
};

static struct reader reader_over(struct str text, unsigned flags)
{
    return (struct reader){.text = text,
                           .pending = "",
                           .smart = (flags & SEGMENT_SMART) != 0,
                           .surrogates = (flags & SEGMENT_SURROGATES) != 0};
}

static bool reader_raw(struct reader *r, uint32_t *point)
{
    if (r->at >= r->text.len) return false;
    r->from = r->at;
    int32_t got = utf8_next(r->text, &r->at, r->surrogates);
    bool pair = r->after_high && (got & ~0x3FF) == 0xDC00;
    if (got == UTF8_BAD || pair) {
        r->at = r->from;
        r->failed = true;
        return false;
    }
    r->after_high = (got & ~0x3FF) == 0xD800;
    r->property = segment_property((uint32_t)got);
    *point = (uint32_t)got;
    return true;
}

/* The next code point; false at the end or on malformed bytes (then `failed`, at `at`). */
static bool reader_next(struct reader *r, uint32_t *point)
{
    while (*r->pending == '\0') {
        if (!reader_raw(r, point)) return false;
        if (!r->smart || !(r->property & SEGMENT_REPLACED)) return true;
        r->pending = replacement_of(*point);
    }
    *point = (unsigned char)*r->pending++;
    r->property = segment_property(*point);
    return true;
}

static uint32_t septets_of(uint8_t property)
{
    return property & SEGMENT_GSM_TWO ? 2 : 1;
}

static uint32_t utf16_units(uint32_t point)
{
    return point > 0xFFFF ? 2 : 1;
}

/*
 * Puts indivisible pieces into segments as the calculator does: what stands in a lone segment beyond the
 * room of a shared one moves, with the piece that overflowed it, into the second, unasked.
 */
struct packer {
    uint32_t alone, shared;
    uint32_t segments, units, total; /* units: in the segment being filled */
    uint32_t begin;                  /* first byte of that segment */
    uint32_t mark_units, mark_at;    /* while alone: the most that fits a shared segment, and where it ends */
    struct segment_part *parts;
    size_t parts_max;
};

static struct packer packer_for(enum segment_encoding encoding, struct segment_part *parts, size_t parts_max)
{
    return (struct packer){.alone = rooms[encoding].alone,
                           .shared = rooms[encoding].shared,
                           .segments = 1,
                           .parts = parts,
                           .parts_max = parts_max};
}

/* Ends the current segment at byte `to` with `units`, and begins the next there. */
static void packer_cut(struct packer *p, uint32_t to, uint32_t units)
{
    if (p->segments <= p->parts_max) p->parts[p->segments - 1] = (struct segment_part){p->begin, to, units};
    p->segments++;
    p->begin = to;
    p->units -= units;
}

/* Adds a piece of so many units that stands in bytes [from, to). */
static void packer_add(struct packer *p, uint32_t units, size_t from, size_t to)
{
    bool alone = p->segments == 1;
    p->total += units;
    if (p->units + units > (alone ? p->alone : p->shared))
        packer_cut(p, alone ? p->mark_at : (uint32_t)from, alone ? p->mark_units : p->units);
    p->units += units;
    if (p->segments == 1 && p->units <= p->shared) {
        p->mark_units = p->units;
        p->mark_at = (uint32_t)to;
    }
}

static uint32_t packer_end(struct packer *p, size_t to)
{
    if (p->segments <= p->parts_max)
        p->parts[p->segments - 1] = (struct segment_part){p->begin, (uint32_t)to, p->units};
    return p->segments;
}

static void pack_septets(struct reader r, struct packer *p)
{
    uint32_t point;
    while (reader_next(&r, &point))
        packer_add(p, septets_of(r.property), r.from, r.at);
}

/* Packs clusters; returns how many there are. CR LF is one cluster but two pieces. */
static uint32_t pack_clusters(struct reader r, struct packer *p)
{
    struct grapheme g;
    grapheme_init(&g);
    uint32_t point, units = 0, clusters = 0;
    size_t from = 0, to = 0;
    while (reader_next(&r, &point)) {
        uint8_t class = r.property & SEGMENT_CLASS_MASK;
        if (grapheme_next(&g, class) || class == GRAPHEME_LF) {
            if (clusters > 0) packer_add(p, units, from, to);
            clusters++;
            units = 0;
            from = r.from;
        }
        units += utf16_units(point);
        to = r.at;
    }
    packer_add(p, units, from, to); /* an empty text is GSM-7, so there is a last cluster */
    return clusters;
}

/* One pass that finds malformed bytes, the encoding, the septets and the code points. */
static bool survey(struct reader *r, struct segment_count *out)
{
    uint32_t point, septets = 0, characters = 0;
    uint8_t all = SEGMENT_GSM_ANY;
    while (reader_next(r, &point)) {
        if (!(r->property & SEGMENT_GSM_ANY)) all = 0;
        septets += septets_of(r->property);
        characters++;
    }
    *out = (struct segment_count){.encoding = all ? SEGMENT_GSM7 : SEGMENT_UCS2,
                                  .units = septets,
                                  .characters = characters,
                                  .graphemes = characters};
    return !r->failed;
}

/* Septets of a text that is ASCII and GSM-7 throughout, 0 if it is not. Smart encoding leaves such a
 * text alone: all it replaces in ASCII is outside GSM-7. */
static uint32_t plain_septets(struct str text)
{
    uint32_t extensions = 0;
    unsigned char high = 0;
    unsigned in_gsm = SEGMENT_GSM_ONE;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];
        unsigned property = segment_properties[c & 0x7FU];
        high |= c;
        in_gsm &= property | property >> 1;
        extensions += property >> 6 & 1U;
    }
    return in_gsm && high < 0x80 ? (uint32_t)text.len + extensions : 0;
}

/* Counts and, given parts, splits. */
static enum err measure(struct str text, unsigned flags, struct segment_part *parts, size_t parts_max,
                        struct segment_count *out, size_t *bad_at)
{
    if (text.len > SEGMENT_TEXT_BYTES_MAX) return ERR_LIMIT;
    struct reader survey_reader = reader_over(text, flags);
    if (!survey(&survey_reader, out)) {
        if (bad_at != NULL) *bad_at = survey_reader.at;
        return ERR_INVALID;
    }
    out->segments = 1;
    if (out->encoding == SEGMENT_GSM7 && out->units <= rooms[SEGMENT_GSM7].alone && parts_max == 0)
        return ERR_OK;
    struct packer packer = packer_for(out->encoding, parts, parts_max);
    if (out->encoding == SEGMENT_GSM7)
        pack_septets(reader_over(text, flags), &packer);
    else
        out->graphemes = pack_clusters(reader_over(text, flags), &packer);
    out->segments = packer_end(&packer, text.len);
    out->units = packer.total;
    return ERR_OK;
}

enum err segment_count(struct str text, unsigned flags, struct segment_count *out, size_t *bad_at)
{
    if (text.len > SEGMENT_TEXT_BYTES_MAX) return ERR_LIMIT;
    uint32_t length = (uint32_t)text.len, septets = plain_septets(text);
    bool lone = septets <= rooms[SEGMENT_GSM7].alone;
    /* With two-septet characters a long text must be packed: one of them may not fit where it falls. */
    if (septets == 0 || (!lone && septets != length)) return measure(text, flags, NULL, 0, out, bad_at);
    uint32_t shared = rooms[SEGMENT_GSM7].shared;
    *out = (struct segment_count){SEGMENT_GSM7, septets, lone ? 1 : (septets + shared - 1) / shared, length,
                                  length};
    return ERR_OK;
}

enum err segment_split(struct str text, unsigned flags, struct segment_part *parts, size_t parts_max,
                       size_t *count)
{
    struct segment_count counted;
    enum err err = measure(text, flags & ~(unsigned)SEGMENT_SMART, parts, parts_max, &counted, NULL);
    if (err == ERR_OK) *count = counted.segments;
    return err;
}

enum err segment_offenders(struct str text, unsigned flags, struct segment_offender *out, size_t max,
                           size_t *count)
{
    if (text.len > SEGMENT_TEXT_BYTES_MAX) return ERR_LIMIT;
    struct reader r = reader_over(text, flags & ~(unsigned)SEGMENT_SMART);
    uint32_t point, character = 0;
    size_t found = 0;
    for (; reader_next(&r, &point); character++) {
        if (r.property & SEGMENT_GSM_ANY) continue;
        if (found < max)
            out[found] =
                (struct segment_offender){point, (uint32_t)r.from, character, (uint32_t)(r.at - r.from),
                                          r.property & SEGMENT_REPLACED ? replacement_of(point) : NULL};
        found++;
    }
    *count = found;
    return r.failed ? ERR_INVALID : ERR_OK;
}

enum err segment_smart(struct str text, unsigned flags, struct buf *out, size_t *replaced)
{
    if (text.len > SEGMENT_TEXT_BYTES_MAX) return ERR_LIMIT;
    struct reader r = reader_over(text, flags & ~(unsigned)SEGMENT_SMART);
    uint32_t point;
    size_t changed = 0, copied = 0;
    while (reader_next(&r, &point)) {
        if (!(r.property & SEGMENT_REPLACED)) continue;
        buf_add(out, str_slice(text, copied, r.from));
        buf_add_text(out, replacement_of(point));
        copied = r.at;
        changed++;
    }
    buf_add(out, str_slice(text, copied, text.len));
    if (replaced != NULL) *replaced = changed;
    return r.failed ? ERR_INVALID : ERR_OK;
}
