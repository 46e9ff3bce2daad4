/*
 * signature_parts: the two halves of signature_make, for the search in signature_diagnose.c, which
 * signs hundreds of URLs with the same parameters. Nobody else needs it.
 */
#ifndef STERLING_TWILIO_SIGNATURE_PARTS_H
#define STERLING_TWILIO_SIGNATURE_PARTS_H

#include "twilio/signature.h"

/* What is signed after the URL: names and values in order, a pair said twice only once. */
MUST_CHECK enum err signature_join_params(struct arena *scratch, const struct form *params, struct str *out);
/* Signs exactly url followed by joined. */
MUST_CHECK enum err signature_sign(struct signature_key *k, struct str url, struct str joined,
                                   char out[SIGNATURE_TEXT_BYTES]);

#endif
