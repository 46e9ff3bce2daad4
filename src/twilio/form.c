/*
 * form: names and values as browsers and Twilio write them. Decoded text lives in the caller's
 * arena; nothing is kept. A malformed escape refuses the whole body, because a guess at it could
 * be signed differently. Contract in form.h.
 */
#include "twilio/form.h"

#include "base/cursor.h"

static int hex_value(int c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* Decodes one name or value into room[0 … piece.len], and advances *room past it. */
static struct str decode_piece(struct str piece, char **room, enum err *failed)
{
    struct cursor in = cursor_over(piece);
    struct str out = {*room, 0};
    char *to = *room;

    while (!cursor_done(&in)) {
        int c = cursor_next(&in);
        if (c == '%') {
            int high = hex_value(cursor_next(&in));
            int low = hex_value(cursor_next(&in));
            if (high < 0 || low < 0) {
                *failed = ERR_INVALID;
                return out;
            }
            c = high * 16 + low;
        } else if (c == '+') {
            c = ' ';
        }
        *to++ = (char)c;
    }
    out.len = (size_t)(to - out.at);
    *room = to;
    return out;
}

static size_t count_pairs(struct str body)
{
    struct str piece;
    size_t count = 0;
    while (body.len > 0) {
        body = str_cut(body, '&', &piece);
        if (piece.len > 0) count++;
    }
    return count;
}

enum err form_decode(struct arena *arena, struct str body, size_t pairs_max, struct form *out)
{
    size_t count = count_pairs(body);
    enum err failed = ERR_OK;
    char *room;

    *out = (struct form){NULL, 0};
    if (count == 0) return ERR_OK;
    if (count > pairs_max) return ERR_LIMIT;
    out->pairs = arena_alloc(arena, count * sizeof *out->pairs);
    room = arena_alloc(arena, body.len);
    if (out->pairs == NULL || room == NULL) return ERR_FULL;
    while (body.len > 0 && failed == ERR_OK) {
        struct str piece, name, value;
        body = str_cut(body, '&', &piece);
        if (piece.len == 0) continue;
        value = str_cut(piece, '=', &name);
        name = decode_piece(name, &room, &failed);
        value = decode_piece(value, &room, &failed);
        out->pairs[out->count++] = (struct form_pair){name, value};
    }
    if (failed != ERR_OK) *out = (struct form){NULL, 0};
    return failed;
}

static const struct form_pair *find_pair(const struct form *f, struct str name)
{
    for (size_t i = 0; i < f->count; i++)
        if (str_equal(f->pairs[i].name, name)) return &f->pairs[i];
    return NULL;
}

struct str form_get(const struct form *f, struct str name)
{
    const struct form_pair *pair = find_pair(f, name);
    return pair == NULL ? (struct str){NULL, 0} : pair->value;
}

bool form_has(const struct form *f, struct str name)
{
    return find_pair(f, name) != NULL;
}

/* RFC 3986 section 2.3. */
static const bool UNRESERVED[256] = {['a' ... 'z'] = true, ['A' ... 'Z'] = true, ['0' ... '9'] = true,
                                     ['-'] = true,         ['.'] = true,         ['_'] = true,
                                     ['~'] = true};

/* Piece by piece over a small block, so that the buffer is asked once for many bytes. */
static void encode_add(struct buf *out, struct str s, bool space_is_plus)
{
    static const char digits[] = "0123456789ABCDEF";
    char block[192];
    size_t len = 0;

    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.at[i];
        if (len > sizeof block - 3) {
            buf_add(out, (struct str){block, len});
            len = 0;
        }
        if (UNRESERVED[c]) {
            block[len++] = s.at[i];
        } else if (c == ' ' && space_is_plus) {
            block[len++] = '+';
        } else {
            block[len++] = '%';
            block[len++] = digits[c >> 4];
            block[len++] = digits[c & 15];
        }
    }
    buf_add(out, (struct str){block, len});
}

void form_encode_add(struct buf *out, struct str name, struct str value)
{
    if (out->len > 0) buf_add_char(out, '&');
    encode_add(out, name, true);
    buf_add_char(out, '=');
    encode_add(out, value, true);
}

void url_encode_add(struct buf *out, struct str s)
{
    encode_add(out, s, false);
}
