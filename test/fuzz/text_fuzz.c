/*
 * text_fuzz: views, numbers, UTF-8 and the cursor against slow readings of the same bytes. The first byte is what is
 * looked for.
 */
#include "base/cursor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* RFC 3629, section 4, row by row. Returns the length of the sequence that begins here, 0 for none. */
static size_t utf8_sequence(const unsigned char *p, size_t left)
{
    static const struct {
        unsigned char first, last, second_least, second_most;
        size_t length;
    } rows[] = {{0x00, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
                {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
                {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (p[0] < rows[i].first || p[0] > rows[i].last) continue;
        if (left < rows[i].length) return 0;
        if (rows[i].length > 1 && (p[1] < rows[i].second_least || p[1] > rows[i].second_most)) return 0;
        for (size_t k = 2; k < rows[i].length; k++)
            if (p[k] < 0x80 || p[k] > 0xbf) return 0;
        return rows[i].length;
    }
    return 0;
}

static void check_utf8(struct str text)
{
    size_t at = 0, bad_at = 0, length;
    while (at < text.len &&
           (length = utf8_sequence((const unsigned char *)text.at + at, text.len - at)) > 0)
        at += length;
    BUG_IF(str_is_utf8(text, &bad_at) != (at == text.len));
    BUG_IF(at < text.len && bad_at != at);
}

static void check_numbers(struct str text)
{
    char copy[32], *end = NULL;
    uint64_t number = 0;
    int64_t with_sign = 0;
    bool plain = text.len > 0 && text.len < sizeof copy;
    for (size_t i = 0; i < text.len; i++)
        plain = plain && text.at[i] >= '0' && text.at[i] <= '9';
    if (text.len >= sizeof copy) return;
    BUG_IF(str_copy(text, copy, sizeof copy) != ERR_OK);
    errno = 0;
    unsigned long long wanted = strtoull(copy, &end, 10);
    BUG_IF((str_to_u64(text, &number) == ERR_OK) != (plain && errno == 0));
    BUG_IF(plain && errno == 0 && number != wanted);
    errno = 0;
    long long signed_wanted = strtoll(copy, &end, 10);
    bool signed_plain = text.len > 0 && (copy[0] == '-' || (copy[0] >= '0' && copy[0] <= '9'));
    signed_plain = signed_plain && errno == 0 && end != copy && (size_t)(end - copy) == text.len;
    BUG_IF((str_to_i64(text, &with_sign) == ERR_OK) != signed_plain);
    BUG_IF(signed_plain && with_sign != signed_wanted);
}

static void check_cuts(struct str text, char wanted)
{
    struct str head, tail = str_cut(text, wanted, &head), needle = str_slice(text, text.len / 2, text.len / 2 + 3);
    const void *slow = text.len == 0 ? NULL : memchr(text.at, wanted, text.len);
    size_t at = str_find(text, needle);
    BUG_IF(str_find_char(text, wanted) != (slow == NULL ? text.len : (size_t)((const char *)slow - text.at)));
    BUG_IF(head.len + tail.len + (slow == NULL ? 0 : 1) != text.len);
    BUG_IF(needle.len > 0 && at > text.len / 2);
    BUG_IF(needle.len > 0 && !str_equal(str_slice(text, at, at + needle.len), needle));
    BUG_IF(!str_equal_secret(text, text) || str_compare(text, text) != 0 || !str_equal_nocase(text, text));
}

/* A cursor never passes the end, and the first failure sticks. */
static void check_cursor(struct str text)
{
    struct cursor c = cursor_over(text);
    size_t before = 0;
    while (!cursor_done(&c)) {
        int kind = cursor_next(&c) % 5;
        if (kind == 0) (void)cursor_take(&c, 7);
        if (kind == 1) (void)cursor_until(&c, ' ');
        if (kind == 2) (void)cursor_u64(&c);
        if (kind == 3) (void)cursor_le(&c, 3);
        BUG_IF(c.at > text.len || c.at < before);
        before = c.at;
    }
    if (cursor_check(&c) == ERR_OK) BUG_IF(c.at != text.len);
    BUG_IF(cursor_next(&c) != -1 || cursor_check(&c) == ERR_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) return 0;
    struct str text = {(const char *)data + 1, size - 1};
    check_utf8(text);
    check_numbers(text);
    check_cuts(text, (char)data[0]);
    check_cursor(text);
    return 0;
}
