/* target: splitting and decoding of request targets. Contract in target.h. */
#include "http/target.h"

#include "base/cursor.h"

static struct str without_origin(struct str raw)
{
    size_t scheme;
    struct str rest;

    if (raw.len == 0 || raw.at[0] == '/') return raw; /* nearly always: nothing needs to be looked for */
    scheme = str_find(raw, STR("://"));
    if (scheme == raw.len) return raw;
    rest = str_slice(raw, scheme + 3, raw.len);
    return str_slice(rest, str_find_char(rest, '/'), rest.len);
}

struct target target_split(struct str raw)
{
    struct target t = {.whole = without_origin(raw)};
    size_t question = str_find_char(t.whole, '?');

    t.path = str_slice(t.whole, 0, question);
    if (question < t.whole.len) t.query = str_slice(t.whole, question + 1, t.whole.len);
    return t;
}

static int hex_of(int c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

enum err target_decode(struct arena *a, struct str segment, struct str *out)
{
    struct cursor c = cursor_over(segment);
    char *to;
    size_t used = 0;

    *out = segment;
    if (str_find_char(segment, '%') == segment.len) return ERR_OK;
    to = arena_alloc(a, segment.len + 1);
    if (to == NULL) return ERR_FULL;
    while (!cursor_done(&c)) {
        int byte = cursor_next(&c);
        if (byte == '%') {
            int high = hex_of(cursor_next(&c)), low = hex_of(cursor_next(&c));
            byte = high * 16 + low;
            if (high < 0 || low < 0 || byte == 0) return ERR_INVALID;
        }
        to[used++] = (char)byte;
    }
    *out = (struct str){to, used};
    return ERR_OK;
}
