/*
 * url: takes URLs apart without touching a byte, and puts them together in the ways the official
 * package tries. Owns nothing; arena exhaustion shows as an empty result. Contract in url.h.
 */
#include "twilio/url.h"

#include "base/buf.h"
#include "base/cursor.h"
#include "twilio/form.h"

#include <stdlib.h>

enum { URL_BYTES_MAX = 64 * 1024, LEGACY_PAIRS_MAX = 100 };

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool in_set(char c, struct str set)
{
    return str_find_char(set, c) < set.len;
}

/* Offset of the first byte of `set`, or s.len. */
static size_t find_any(struct str s, struct str set)
{
    size_t i = 0;
    while (i < s.len && !in_set(s.at[i], set))
        i++;
    return i;
}

static size_t find_last(struct str s, char c)
{
    for (size_t i = s.len; i > 0; i--)
        if (s.at[i - 1] == c) return i - 1;
    return s.len;
}

static bool scheme_is_sound(struct str name)
{
    if (name.len == 0 || !is_alpha(name.at[0])) return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];
        if (!is_alpha(c) && !is_digit(c) && c != '+' && c != '.' && c != '-') return false;
    }
    return true;
}

/* Cuts "host:port", minding that an IPv6 literal has colons inside its brackets. */
static void split_port(struct str host_port, struct url_parts *out)
{
    size_t bracket = find_last(host_port, ']');
    size_t from = bracket == host_port.len ? 0 : bracket + 1;
    size_t colon = from + str_find_char(str_slice(host_port, from, host_port.len), ':');
    out->host = str_slice(host_port, 0, colon);
    out->port = str_slice(host_port, colon, host_port.len);
}

bool url_split(struct str url, struct url_parts *out)
{
    size_t scheme = str_find(url, STR("://"));
    struct str after, authority;
    size_t end, at;

    *out = (struct url_parts){.rest = url};
    if (scheme == url.len || !scheme_is_sound(str_slice(url, 0, scheme))) return false;
    after = str_slice(url, scheme + 3, url.len);
    end = find_any(after, STR("/?#"));
    authority = str_slice(after, 0, end);
    at = find_last(authority, '@');
    at = at == authority.len ? 0 : at + 1;
    out->scheme = str_slice(url, 0, scheme + 3);
    out->user_info = str_slice(authority, 0, at);
    split_port(str_slice(authority, at, authority.len), out);
    out->rest = str_slice(after, end, after.len);
    return true;
}

struct str url_without_fragment(struct str url)
{
    return str_slice(url, 0, str_find_char(url, '#'));
}

/* Moves what was built into the arena. */
static struct str keep(struct arena *arena, struct buf *built)
{
    struct str out = {NULL, 0};
    if (buf_check(built) == ERR_OK) out = arena_str(arena, buf_str(built));
    buf_free(built);
    return out;
}

struct str url_join(struct arena *arena, const struct url_parts *parts)
{
    struct buf built;
    buf_init(&built, URL_BYTES_MAX);
    buf_add(&built, parts->scheme);
    buf_add(&built, parts->user_info);
    buf_add(&built, parts->host);
    buf_add(&built, parts->port);
    buf_add(&built, parts->rest);
    return keep(arena, &built);
}

struct str url_without_port(struct arena *arena, struct str url)
{
    struct url_parts parts;
    if (!url_split(url, &parts) || parts.port.len == 0) return url;
    parts.port = (struct str){NULL, 0};
    return url_join(arena, &parts);
}

struct str url_with_port(struct arena *arena, struct str url)
{
    struct url_parts parts;
    if (!url_split(url, &parts) || parts.port.len > 0) return url;
    parts.port = str_equal_nocase(parts.scheme, STR("https://")) ? STR(":443") : STR(":80");
    return url_join(arena, &parts);
}

struct str url_query_get(struct str url, struct str name)
{
    struct str path, query, piece;
    query = str_cut(url_without_fragment(url), '?', &path);
    while (query.len > 0) {
        struct str key, value;
        query = str_cut(query, '&', &piece);
        value = str_cut(piece, '=', &key);
        if (str_equal(key, name)) return value.at == NULL ? STR("") : value;
    }
    return (struct str){NULL, 0};
}

/* ---- the WHATWG serialisation ---------------------------------------------------------------- */

static void add_escaped(struct buf *out, unsigned char c)
{
    static const char digits[] = "0123456789ABCDEF";

    buf_add_char(out, '%');
    buf_add_char(out, digits[c >> 4]);
    buf_add_char(out, digits[c & 15]);
}

/* Appends s, percent-encoding controls, everything past '~', and the bytes of `set`. */
static void encode_set(struct buf *out, struct str s, struct str set)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.at[i];
        if (c < 0x20 || c > 0x7e || in_set(s.at[i], set))
            add_escaped(out, c);
        else
            buf_add_char(out, s.at[i]);
    }
}

static void add_lower(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.at[i];
        buf_add_char(out, c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c);
    }
}

/* A host whose last label is a number is an IPv4 address; only the plain dotted form is taken. */
static bool host_is_plain_ipv4(struct str host)
{
    struct cursor c = cursor_over(host);
    for (int i = 0; i < 4; i++) {
        size_t from;
        uint64_t part;
        if (i > 0) cursor_expect(&c, STR("."));
        from = c.at;
        part = cursor_u64(&c);
        if (cursor_check(&c) != ERR_OK || part > 255 || (c.at - from > 1 && host.at[from] == '0')) return false;
    }
    return cursor_check(&c) == ERR_OK && cursor_done(&c);
}

static bool host_is_plain(struct str host)
{
    struct str label = host;
    size_t dot;

    if (host.len == 0) return false;
    for (size_t i = 0; i < host.len; i++)
        if (!is_alpha(host.at[i]) && !is_digit(host.at[i]) && !in_set(host.at[i], STR("-._~!$&'()*+,;=")))
            return false;
    if (label.at[label.len - 1] == '.') label.len--;
    dot = find_last(label, '.');
    if (dot < label.len) label = str_slice(label, dot + 1, label.len);
    if (label.len > 0 && is_digit(label.at[0])) {
        bool digits = true;
        for (size_t i = 0; i < label.len; i++)
            digits = digits && is_digit(label.at[i]);
        if (digits || str_starts(label, STR("0x")) || str_starts(label, STR("0X")))
            return host_is_plain_ipv4(host);
    }
    return true;
}

/* Appends ":port" unless it is the scheme's own. */
static enum err add_port(struct buf *out, struct str port, bool https)
{
    uint64_t number = 0;
    if (port.len <= 1) return ERR_OK;
    if (str_to_u64(str_slice(port, 1, port.len), &number) != ERR_OK || number > 65535) return ERR_INVALID;
    if (number != (https ? 443U : 80U)) buf_addf(out, ":%u", (unsigned)number);
    return ERR_OK;
}

static void add_user_info(struct buf *out, struct str user_info)
{
    static const char set[] = " \"#<>?`{}/:;=@[\\]^|";
    struct str user, password;
    if (user_info.len <= 1) return;
    password = str_cut(str_slice(user_info, 0, user_info.len - 1), ':', &user);
    encode_set(out, user, str_from(set));
    if (password.len > 0) {
        buf_add_char(out, ':');
        encode_set(out, password, str_from(set));
    }
    if (user.len > 0 || password.len > 0) buf_add_char(out, '@');
}

/* How many dots a path segment means, written plainly or escaped: 0 (it is a name), 1 or 2. */
static int segment_dots(struct str segment)
{
    int dots = 0;
    while (segment.len > 0 && dots < 3) {
        size_t bytes = segment.at[0] == '.'                                     ? 1
                       : str_equal_nocase(str_slice(segment, 0, 3), STR("%2e")) ? 3
                                                                                : 0;
        if (bytes == 0) return 0;
        segment = str_slice(segment, bytes, segment.len);
        dots++;
    }
    return dots == 3 ? 0 : dots;
}

/* Drops the last "/segment" of a path that starts at `from`. */
static void pop_segment(struct buf *out, size_t from)
{
    struct str path = str_slice(buf_str(out), from, out->len);
    size_t slash = find_last(path, '/');
    if (slash < path.len) {
        out->len = from + slash;
        out->at[out->len] = '\0';
    }
}

static void add_path(struct buf *out, struct str path)
{
    size_t from = out->len;
    bool last = false;

    if (path.len > 0) path = str_slice(path, 1, path.len);
    while (!last) {
        size_t end = find_any(path, STR("/\\"));
        struct str segment = str_slice(path, 0, end);
        int dots = segment_dots(segment);
        last = end == path.len;
        path = str_slice(path, end + 1, path.len);
        if (dots == 2) pop_segment(out, from);
        if (dots == 0) {
            buf_add_char(out, '/');
            encode_set(out, segment, STR(" \"#<>?`{}"));
        } else if (last) {
            buf_add_char(out, '/');
        }
    }
}

/* Trims controls and spaces at the ends and drops tabs and line ends inside, as the standard says. */
static void add_cleaned(struct buf *out, struct str url)
{
    while (url.len > 0 && (unsigned char)url.at[0] <= ' ')
        url = str_slice(url, 1, url.len);
    while (url.len > 0 && (unsigned char)url.at[url.len - 1] <= ' ')
        url.len--;
    for (size_t i = 0; i < url.len; i++)
        if (url.at[i] != '\t' && url.at[i] != '\n' && url.at[i] != '\r') buf_add_char(out, url.at[i]);
}

/* Splits "http(s):" with any slashes after it; false for another scheme. */
static bool split_special(struct str url, bool *https, struct url_parts *out)
{
    struct str scheme, after = str_cut(url, ':', &scheme);
    size_t end, at;

    *https = str_equal_nocase(scheme, STR("https"));
    if (!*https && !str_equal_nocase(scheme, STR("http"))) return false;
    while (after.len > 0 && (after.at[0] == '/' || after.at[0] == '\\'))
        after = str_slice(after, 1, after.len);
    end = find_any(after, STR("/\\?#"));
    out->rest = str_slice(after, end, after.len);
    after = str_slice(after, 0, end);
    at = find_last(after, '@');
    at = at == after.len ? 0 : at + 1;
    out->user_info = str_slice(after, 0, at);
    split_port(str_slice(after, at, after.len), out);
    return true;
}

static enum err add_normalised(struct buf *out, struct str cleaned)
{
    struct url_parts parts = {0};
    bool https = false;
    enum err failed;
    size_t question;

    if (!split_special(cleaned, &https, &parts) || !host_is_plain(parts.host)) return ERR_INVALID;
    buf_add_text(out, https ? "https://" : "http://");
    add_user_info(out, parts.user_info);
    add_lower(out, parts.host);
    failed = add_port(out, parts.port, https);
    if (failed != ERR_OK) return failed;
    question = str_find_char(parts.rest, '?');
    add_path(out, str_slice(parts.rest, 0, question));
    if (question < parts.rest.len) {
        buf_add_char(out, '?');
        encode_set(out, str_slice(parts.rest, question + 1, parts.rest.len), STR(" \"#<>'"));
    }
    return ERR_OK;
}

enum err url_normalise(struct arena *arena, struct str url, struct str *out)
{
    struct buf cleaned, built;
    enum err failed;

    buf_init(&cleaned, URL_BYTES_MAX);
    buf_init(&built, URL_BYTES_MAX);
    *out = (struct str){NULL, 0};
    add_cleaned(&cleaned, url_without_fragment(url));
    failed = add_normalised(&built, buf_str(&cleaned));
    if (failed == ERR_OK) {
        *out = keep(arena, &built);
        if (out->at == NULL) failed = ERR_FULL;
    }
    buf_free(&built);
    buf_free(&cleaned);
    return failed;
}

/* ---- the legacy query ------------------------------------------------------------------------- */

static int hex_digit(char c)
{
    size_t at = str_find_char(STR("0123456789abcdef"), c >= 'A' && c <= 'F' ? (char)(c + ('a' - 'A')) : c);
    return at < 16 ? (int)at : -1;
}

/* querystring.unescape: a malformed escape stays as it is written. */
static struct str unescape_lenient(struct arena *arena, struct str s)
{
    char *to = arena_alloc(arena, s.len + 1);
    size_t n = 0;

    if (to == NULL) return (struct str){NULL, 0};
    for (size_t i = 0; i < s.len; i++) {
        char c = s.at[i];
        if (c == '+') c = ' ';
        if (c == '%' && i + 2 < s.len && hex_digit(s.at[i + 1]) >= 0 && hex_digit(s.at[i + 2]) >= 0) {
            c = (char)(hex_digit(s.at[i + 1]) * 16 + hex_digit(s.at[i + 2]));
            i += 2;
        }
        to[n++] = c;
    }
    return (struct str){to, n};
}

/* querystring.escape leaves these besides letters and digits. */
static void add_legacy_escaped(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.at[i];
        bool plain = is_alpha(c) || is_digit(c) || in_set(c, STR("-_.!~*'()"));
        if (plain)
            buf_add_char(out, c);
        else
            add_escaped(out, (unsigned char)c);
    }
}

/* Takes the query apart; ERR_INVALID when it is outside what is ported. */
static enum err parse_legacy(struct arena *arena, struct str query, struct form *out)
{
    out->pairs = arena_alloc(arena, LEGACY_PAIRS_MAX * sizeof *out->pairs);
    out->count = 0;
    if (out->pairs == NULL) return ERR_FULL;
    while (query.len > 0) {
        struct str piece, name, value;
        query = str_cut(query, '&', &piece);
        if (piece.len == 0) continue;
        if (out->count == LEGACY_PAIRS_MAX) return ERR_LIMIT;
        value = unescape_lenient(arena, str_cut(piece, '=', &name));
        name = unescape_lenient(arena, name);
        if (!str_is_utf8(name, NULL) || !str_is_utf8(value, NULL)) return ERR_INVALID;
        out->pairs[out->count++] = (struct form_pair){name, value};
    }
    return ERR_OK;
}

/* JavaScript objects list keys that are array indexes first, ascending. */
static bool key_index(struct str name, uint64_t *out)
{
    if (name.len == 0 || name.len > 10 || (name.len > 1 && name.at[0] == '0')) return false;
    return str_to_u64(name, out) == ERR_OK && *out < UINT32_MAX;
}

static bool first_of_its_name(const struct form *f, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (str_equal(f->pairs[i].name, f->pairs[at].name)) return false;
    return true;
}

static void add_all_named(struct buf *out, const struct form *f, size_t first, size_t query_from)
{
    for (size_t i = first; i < f->count; i++) {
        if (!str_equal(f->pairs[i].name, f->pairs[first].name)) continue;
        if (out->len > query_from) buf_add_char(out, '&');
        add_legacy_escaped(out, f->pairs[i].name);
        buf_add_char(out, '=');
        add_legacy_escaped(out, f->pairs[i].value);
    }
}

static void add_legacy_query(struct buf *out, const struct form *f)
{
    size_t query_from = out->len;
    uint64_t least = 0, index = 0;

    for (;;) {
        size_t next = f->count;
        uint64_t next_index = UINT64_MAX;
        for (size_t i = 0; i < f->count; i++)
            if (key_index(f->pairs[i].name, &index) && index >= least && index < next_index) {
                next = i;
                next_index = index;
            }
        if (next == f->count) break;
        add_all_named(out, f, next, query_from);
        least = next_index + 1;
    }
    for (size_t i = 0; i < f->count; i++)
        if (!key_index(f->pairs[i].name, &index) && first_of_its_name(f, i))
            add_all_named(out, f, i, query_from);
}

struct str url_with_legacy_query(struct arena *arena, struct str url)
{
    size_t question = str_find_char(url, '?');
    struct form pairs = {NULL, 0};
    struct buf built;

    if (question + 1 >= url.len) return url;
    if (parse_legacy(arena, str_slice(url, question + 1, url.len), &pairs) != ERR_OK) return url;
    buf_init(&built, 3 * URL_BYTES_MAX);
    buf_add(&built, str_slice(url, 0, question + 1));
    add_legacy_query(&built, &pairs);
    return keep(arena, &built);
}
