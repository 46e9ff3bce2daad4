/*
 * phone_text: the digits of a number as people write it, whatever stands between them. Knows no
 * numbering plan. Refuses what cannot be one number, in words that do not repeat the number.
 */
#ifndef STERLING_RULES_PHONE_TEXT_H
#define STERLING_RULES_PHONE_TEXT_H

#include "base/str.h"

enum { PHONE_DIGITS_MAX = 24 /* an international prefix and 15 digits fit well */ };

struct phone_text {
    char digits[PHONE_DIGITS_MAX + 1]; /* '0' … '9', terminated */
    unsigned count;                    /* at least 1 */
    bool plus;                         /* a plus sign came before them */
};

MUST_CHECK enum err phone_text_read(struct str text, struct phone_text *out, struct fault *fault);

#endif
