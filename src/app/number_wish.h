/*
 * number_wish: what number is to be bought, as it is stored until there is one: a JSON object of texts and numbers,
 * named as the API names them.
 */
#ifndef STERLING_APP_NUMBER_WISH_H
#define STERLING_APP_NUMBER_WISH_H

#include "base/arena.h"
#include "base/buf.h"
#include "twilio/numbers.h"

enum { NUMBER_WISH_BYTES_MAX = 2048, NUMBER_OFFERS_MAX = 50 };

struct number_wish {
    struct number_search search;
    struct str number; /* this very one; empty: any that fits */
};
void number_wish_write(const struct number_wish *w, struct buf *out);
/* Texts live in the arena. ERR_CORRUPT: it is none. */
MUST_CHECK enum err number_wish_read(struct str json, struct arena *a, struct number_wish *out);

#endif
