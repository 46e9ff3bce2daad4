/* Form bodies: what decodes must survive encoding and decoding again, unchanged. */
#include "twilio/form.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
    if (form_decode(&arena, (struct str){(const char *)data, size}, 100, &f) == ERR_OK)
        check_round_trip(&arena, &f, size);
    arena_reset(&arena);
    return 0;
}
