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
    enum err err = segment_count(text, flags, &out->plain, &bad_at);
    if (err == ERR_INVALID)
        return fault_set(fault, err,
                         "the text is not UTF-8: the byte at offset %zu does not belong; "
                         "save it as UTF-8 and try again",
                         bad_at);
    if (err != ERR_OK) return err;
    return segment_count(text, flags | SEGMENT_SMART, &out->smart, NULL);
}

static enum err make_smart_text(struct arena *arena, struct str text, unsigned flags,
                                struct segment_report *out)
{
    struct buf made;
    size_t replaced = 0;
    buf_init(&made, SEGMENT_TEXT_BYTES_MAX);
    enum err err = segment_smart(text, flags, &made, &replaced);
    if (err == ERR_OK) err = buf_check(&made);
    out->smart_text = text;
    if (err == ERR_OK && replaced > 0) {
        out->smart_text = arena_str(arena, buf_str(&made));
        if (out->smart_text.at == NULL) err = ERR_FULL;
    }
    buf_free(&made);
    return err;
}

static enum err list_offenders(struct arena *arena, struct str text, unsigned flags,
                               struct segment_report *out)
{
    enum err err = segment_offenders(text, flags, NULL, 0, &out->offender_count);
    if (err != ERR_OK || out->offender_count == 0) return err;
    out->offenders = arena_alloc(arena, out->offender_count * sizeof(*out->offenders));
    if (out->offenders == NULL) return ERR_FULL;
    err = segment_offenders(text, flags, out->offenders, out->offender_count, &out->offender_count);
    for (size_t i = 0; i < out->offender_count; i++)
        if (out->offenders[i].replacement == NULL) out->stubborn_count++;
    return err;
}

static enum err list_parts(struct arena *arena, struct str text, unsigned flags, uint32_t count,
                           struct segment_part **out)
{
    size_t found = 0;
    *out = arena_alloc(arena, count * sizeof(**out));
    if (*out == NULL) return ERR_FULL;
    enum err err = segment_split(text, flags, *out, count, &found);
    BUG_IF(err == ERR_OK && found != count);
    return err;
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
