/*
 * segment_describe: everything that a person asks about a text, gathered in an arena. Slow beside
 * segment_count: it reads the text about ten times. Fails as segment_count does, in words.
 */
#include "rules/segment.h"

static enum err count_both(struct str text, unsigned flags, struct segment_report *out, struct fault *fault)
{
    size_t bad_at = 0;
    if (text.len > SEGMENT_DESCRIBE_BYTES_MAX)
        return fault_set(fault, ERR_LIMIT, "the text has %zu bytes, more than %d: shorten it", text.len,
                         SEGMENT_DESCRIBE_BYTES_MAX);
    if (segment_count(text, flags, &out->plain, &bad_at) != ERR_OK)
        return fault_set(fault, ERR_INVALID,
                         "the text is not UTF-8: the byte at offset %zu does not belong; "
                         "save it as UTF-8 and try again",
                         bad_at);
    return segment_count(text, flags | SEGMENT_SMART, &out->smart, NULL);
}

static enum err make_smart_text(struct arena *arena, struct str text, unsigned flags,
                                struct segment_report *out)
{
    struct buf made;
    size_t replaced = 0;
    buf_init(&made, SEGMENT_TEXT_BYTES_MAX);
    BUG_IF(segment_smart(text, flags, &made, &replaced) != ERR_OK); /* it has been counted already */
    out->smart_text = text;
    if (replaced > 0)
        out->smart_text = buf_check(&made) == ERR_OK ? arena_str(arena, buf_str(&made)) : (struct str){NULL, 0};
    buf_free(&made);
    return replaced > 0 && out->smart_text.at == NULL ? ERR_FULL : ERR_OK;
}

static enum err list_offenders(struct arena *arena, struct str text, unsigned flags,
                               struct segment_report *out)
{
    BUG_IF(segment_offenders(text, flags, NULL, 0, &out->offender_count) != ERR_OK);
    if (out->offender_count == 0) return ERR_OK;
    out->offenders = arena_alloc(arena, out->offender_count * sizeof(*out->offenders));
    if (out->offenders == NULL) return ERR_FULL;
    BUG_IF(segment_offenders(text, flags, out->offenders, out->offender_count, &out->offender_count) != ERR_OK);
    for (size_t i = 0; i < out->offender_count; i++)
        if (out->offenders[i].replacement == NULL) out->stubborn_count++;
    return ERR_OK;
}

static enum err list_parts(struct arena *arena, struct str text, unsigned flags, uint32_t count,
                           struct segment_part **out)
{
    size_t found = 0;
    *out = arena_alloc(arena, count * sizeof(**out));
    if (*out == NULL) return ERR_FULL;
    BUG_IF(segment_split(text, flags, *out, count, &found) != ERR_OK || found != count);
    return ERR_OK;
}

static enum err gather(struct arena *arena, struct str text, unsigned flags, struct segment_report *out)
{
    enum err err = make_smart_text(arena, text, flags, out);
    if (err == ERR_OK) err = list_offenders(arena, text, flags, out);
    if (err == ERR_OK) err = list_parts(arena, text, flags, out->plain.segments, &out->parts);
    if (err == ERR_OK)
        err = list_parts(arena, out->smart_text, flags, out->smart.segments, &out->smart_parts);
    return err;
}

enum err segment_describe(struct arena *arena, struct str text, unsigned flags, struct segment_report *out,
                          struct fault *fault)
{
    *out = (struct segment_report){0};
    flags &= ~(unsigned)SEGMENT_SMART;
    enum err err = count_both(text, flags, out, fault);
    if (err != ERR_OK) return err;
    out->saved_segments = (int32_t)out->plain.segments - (int32_t)out->smart.segments;
    err = gather(arena, text, flags, out);
    if (err != ERR_OK)
        return fault_set(fault, err, "not enough memory to describe a text of %zu bytes", text.len);
    return ERR_OK;
}
