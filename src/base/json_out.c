/* json_out: JSON, written forward. Owns nothing; the buffer tells failures. */
#include "base/json_out.h"

#include "base/rfc3339.h"

#include <inttypes.h>
#include <stdio.h>

/* A value or key may follow '{', '[' and ':' directly, or begin the document; anything else needs a comma. */
static void separate(struct buf *out)
{
    char last = out->len == 0 ? '[' : out->at[out->len - 1];

    if (last != '{' && last != '[' && last != ':') buf_add_char(out, ',');
}

void json_open(struct buf *out, char bracket)
{
    separate(out);
    buf_add_char(out, bracket);
}

void json_close(struct buf *out, char bracket)
{
    buf_add_char(out, bracket);
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c != '"' && c != '\\' && c < 0x7f;
}

static void add_escaped(struct buf *out, unsigned char c)
{
    static const char SHORT[] = "\"\"\\\\\bb\ff\nn\rr\tt";

    for (size_t i = 0; i + 1 < sizeof SHORT; i += 2) {
        if ((unsigned char)SHORT[i] != c) continue;
        buf_add_char(out, '\\');
        buf_add_char(out, SHORT[i + 1]);
        return;
    }
    buf_addf(out, "\\u%04x", c);
}

static void add_quoted_utf8(struct buf *out, struct str s)
{
    size_t from = 0;

    if (s.at == NULL) return; /* empty */
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.at[i];
        if (is_plain(c) || c >= 0x80) continue;
        buf_add(out, str_slice(s, from, i));
        add_escaped(out, c);
        from = i + 1;
    }
    buf_add(out, str_slice(s, from, s.len));
}

void json_str(struct buf *out, struct str value)
{
    size_t bad = 0;

    separate(out);
    buf_add_char(out, '"');
    while (!str_is_utf8(value, &bad)) {
        add_quoted_utf8(out, str_slice(value, 0, bad));
        buf_add_text(out, "\xef\xbf\xbd");
        value = str_slice(value, bad + 1, value.len);
    }
    add_quoted_utf8(out, value);
    buf_add_char(out, '"');
}

void json_key(struct buf *out, const char *name)
{
    json_str(out, str_from(name));
    buf_add_char(out, ':');
}

void json_int(struct buf *out, int64_t value)
{
    separate(out);
    buf_addf(out, "%" PRId64, value);
}

void json_bool(struct buf *out, bool value)
{
    json_raw(out, value ? STR("true") : STR("false"));
}

void json_nil(struct buf *out)
{
    json_raw(out, STR("null"));
}

void json_raw(struct buf *out, struct str json)
{
    separate(out);
    buf_add(out, json);
}

void json_put_str(struct buf *out, const char *name, struct str value)
{
    json_key(out, name);
    json_str(out, value);
}

void json_put_text(struct buf *out, const char *name, const char *value)
{
    if (value == NULL)
        json_put_null(out, name);
    else
        json_put_str(out, name, str_from(value));
}

void json_put_str_or_null(struct buf *out, const char *name, struct str value)
{
    if (value.len == 0)
        json_put_null(out, name);
    else
        json_put_str(out, name, value);
}

void json_put_int(struct buf *out, const char *name, int64_t value)
{
    json_key(out, name);
    json_int(out, value);
}

void json_put_bool(struct buf *out, const char *name, bool value)
{
    json_key(out, name);
    json_bool(out, value);
}

void json_put_null(struct buf *out, const char *name)
{
    json_key(out, name);
    json_nil(out);
}

void json_put_time(struct buf *out, const char *name, int64_t wall_ms)
{
    char text[RFC3339_BYTES];

    if (wall_ms == 0) {
        json_put_null(out, name);
        return;
    }
    rfc3339_format(wall_ms, text);
    json_put_text(out, name, text);
}

void json_put_number(struct buf *out, const char *name, uint64_t digits)
{
    char text[24];

    (void)snprintf(text, sizeof text, "+%" PRIu64, digits);
    json_put_text(out, name, digits == 0 ? NULL : text);
}
