/* Form bodies: a reading byte by byte agrees, and what decodes survives encoding and decoding again, unchanged. */
#include "twilio/form.h"

#include <stdint.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The next byte that a piece means, or -1 at its end and at a bad escape. */
static int next_meant(struct str *in)
{
    unsigned value;
    char digits[3] = "", past;
    char c = in->len > 0 ? in->at[0] : '&';

    if (c != '%') {
        *in = str_slice(*in, 1, in->len);
        return c == '+' ? ' ' : (unsigned char)c;
    }
    if (in->len < 3) return -1;
    memcpy(digits, in->at + 1, 2);
    if (strspn(digits, "0123456789abcdefABCDEF") != 2 || sscanf(digits, "%x%c", &value, &past) != 1) return -1;
    *in = str_slice(*in, 3, in->len);
    return (int)value;
}

/* True if the piece is what was decoded of it. */
static bool means(struct str piece, struct str decoded)
{
    for (size_t i = 0; i < decoded.len; i++)
        if (piece.len == 0 || next_meant(&piece) != (unsigned char)decoded.at[i]) return false;
    return piece.len == 0;
}

static void check_slowly(struct str body, const struct form *f)
{
    size_t count = 0;

    while (body.len > 0) {
        struct str piece, name, value;
        body = str_cut(body, '&', &piece);
        if (piece.len == 0) continue;
        value = str_cut(piece, '=', &name);
        BUG_IF(count == f->count);
        BUG_IF(!means(name, f->pairs[count].name) || !means(value, f->pairs[count].value));
        count++;
    }
    BUG_IF(count != f->count);
}

/* Refused for what it says: some escape is none. */
static bool has_bad_escape(struct str body)
{
    while (body.len > 0)
        if (next_meant(&body) < 0) return true;
    return false;
}

static void check_round_trip(struct arena *arena, const struct form *f, size_t size)
{
    struct buf out;
    struct form again;

    buf_init(&out, 3 * size + 64);
    for (size_t i = 0; i < f->count; i++)
        form_encode_add(&out, f->pairs[i].name, f->pairs[i].value);
    BUG_IF(buf_check(&out) != ERR_OK);
    BUG_IF(form_decode(arena, buf_str(&out), 100, &again) != ERR_OK);
    BUG_IF(again.count != f->count);
    for (size_t i = 0; i < f->count; i++) {
        BUG_IF(!str_equal(again.pairs[i].name, f->pairs[i].name));
        BUG_IF(!str_equal(again.pairs[i].value, f->pairs[i].value));
        BUG_IF(!form_has(f, f->pairs[i].name));
    }
    buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct form f;

    if (size > 1 << 16) return 0;
    arena_init(&arena, 1 << 22);
    switch (form_decode(&arena, (struct str){(const char *)data, size}, 100, &f)) {
    case ERR_OK:
        check_slowly((struct str){(const char *)data, size}, &f);
        check_round_trip(&arena, &f, size);
        break;
    case ERR_INVALID: BUG_IF(!has_bad_escape((struct str){(const char *)data, size})); break;
    default: break;
    }
    arena_reset(&arena);
    return 0;
}
