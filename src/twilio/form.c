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

/* What stands for itself is found and copied sixteen bytes at a time, because a webhook's body is mostly that. */
typedef unsigned char bytes16 __attribute__((vector_size(16)));
typedef uint64_t halves __attribute__((vector_size(16)));
enum { BLOCK = sizeof(bytes16) };

static bool is_special(char c)
{
    return c == '&' || c == '=' || c == '+' || c == '%';
}

/* The first special byte of a block, or BLOCK. A comparison sets all bits of a byte. */
static size_t first_special(bytes16 b)
{
    halves hit = (halves)((b == '&') | (b == '=') | (b == '+') | (b == '%'));
    if (__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__ && (hit[0] | hit[1]) != 0) return 0;
    if (hit[0] != 0) return (size_t)__builtin_ctzll(hit[0]) / 8;
    return hit[1] != 0 ? 8 + (size_t)__builtin_ctzll(hit[1]) / 8 : BLOCK;
}

/* Copies the bytes before the next special one, and says how many. Writes up to a block more than that. */
static size_t copy_plain(struct str from, char *to)
{
    size_t n = 0, special = BLOCK;
    bytes16 b;

    for (; from.len - n >= BLOCK && special == BLOCK; n += special) {
        memcpy(&b, from.at + n, BLOCK);
        memcpy(to + n, &b, BLOCK);
        special = first_special(b);
    }
    if (special < BLOCK) return n;
    for (; n < from.len && !is_special(from.at[n]); n++) to[n] = from.at[n];
    return n;
}

/* Decodes a name or a value, up to `end` or '&', to *room, and advances *room past it. The end is not taken. */
static struct str decode_piece(struct cursor *in, char end, char **room)
{
    struct str out = {*room, 0};
    char *to = *room;

    while (!cursor_done(in)) {
        size_t plain = copy_plain(str_slice(in->in, in->at, in->in.len), to);
        int c, high, low;
        in->at += plain;
        to += plain;
        c = cursor_peek(in);
        if (c < 0 || c == '&' || c == end) break;
        in->at++;
        if (c == '%') {
            high = hex_value(cursor_next(in));
            low = hex_value(cursor_next(in));
            if (high < 0 || low < 0) cursor_fail(in, ERR_INVALID);
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
    struct cursor in = cursor_over(body);
    size_t count = count_pairs(body);
    char *room;

    *out = (struct form){NULL, 0};
    if (count == 0) return ERR_OK;
    if (count > pairs_max) return ERR_LIMIT;
    out->pairs = arena_alloc(arena, count * sizeof *out->pairs);
    room = arena_alloc(arena, body.len + BLOCK);
    if (out->pairs == NULL || room == NULL) return ERR_FULL;
    while (!cursor_done(&in)) {
        struct form_pair pair;
        if (cursor_accept(&in, '&')) continue;
        pair.name = decode_piece(&in, '=', &room);
        (void)cursor_accept(&in, '=');
        pair.value = decode_piece(&in, '&', &room);
        out->pairs[out->count++] = pair;
    }
    if (cursor_check(&in) != ERR_OK) *out = (struct form){NULL, 0};
    return cursor_check(&in);
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
