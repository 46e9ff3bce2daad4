/*
 * price_text: the bytes of data/prices.tsv, as the build compiled them in. Used by price.c alone.
 */
#ifndef STERLING_RULES_PRICE_TEXT_H
#define STERLING_RULES_PRICE_TEXT_H

#include <stddef.h>

extern const char price_text[];
extern const size_t price_text_bytes;

#endif
