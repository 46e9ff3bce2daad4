/*
 * segment_fuzz: any bytes either are refused at an offset inside them, or are counted so that the parts cover
 * the text without gap, add up to the units and begin anew at each cut; the smart count is that of the smart
 * text; and a slow, independent count agrees on the texts it knows.
 */
#include "segment_slow.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PARTS_MAX = 4096 };

static void check_parts(struct str text, const struct segment_count *count)
{
    static struct segment_part parts[PARTS_MAX];
    size_t found = 0;
    uint32_t units = 0, at = 0;
    BUG_IF(segment_split(text, 0, parts, PARTS_MAX, &found) != ERR_OK);
    BUG_IF(found != count->segments);
    for (size_t i = 0; i < found; i++) {
        BUG_IF(parts[i].from != at || parts[i].to < at);
        at = parts[i].to;
        units += parts[i].units;
    }
    BUG_IF(at != text.len || units != count->units);
}

static void check_smart(struct str text)
{
    struct segment_count smart, again;
    struct buf sent;
    buf_init(&sent, SEGMENT_TEXT_BYTES_MAX);
    BUG_IF(segment_count(text, SEGMENT_SMART, &smart, NULL) != ERR_OK);
    BUG_IF(segment_smart(text, 0, &sent, NULL) != ERR_OK);
    BUG_IF(segment_count(buf_str(&sent), 0, &again, NULL) != ERR_OK);
    BUG_IF(memcmp(&smart, &again, sizeof(smart)) != 0);
    buf_free(&sent);
}

static void check_slowly(struct str text, const struct segment_count *count)
{
    struct segment_count slow;
    if (segment_slow_count(text, &slow)) BUG_IF(memcmp(&slow, count, sizeof slow) != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    struct segment_count count;
    struct segment_offender offender;
    size_t bad_at = 0, naive_at = 0, offenders = 0;
    if (size > 100000) return 0;
    bool well_formed = str_is_utf8(text, &naive_at);
    BUG_IF((segment_count(text, 0, &count, &bad_at) == ERR_OK) != well_formed);
    (void)!segment_count(text, SEGMENT_SURROGATES, &count, NULL);
    if (!well_formed) {
        BUG_IF(bad_at != naive_at);
        return 0;
    }
    BUG_IF(segment_count(text, 0, &count, NULL) != ERR_OK);
    BUG_IF(segment_offenders(text, 0, &offender, 1, &offenders) != ERR_OK);
    BUG_IF((offenders > 0) != (count.encoding == SEGMENT_UCS2));
    check_parts(text, &count);
    check_slowly(text, &count);
    check_smart(text);
    return 0;
}
