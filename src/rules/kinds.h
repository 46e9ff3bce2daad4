/*
 * kinds: what a message comes from and how its organization is registered. Words that rules, store and
 * engine share. Stable numbers: they are stored.
 */
#ifndef STERLING_RULES_KINDS_H
#define STERLING_RULES_KINDS_H

#include "base/str.h"

/* Reference section 9 (throughput) tells what each may do. */
enum sender_kind { SENDER_LONG_CODE = 1, SENDER_TOLL_FREE, SENDER_SHORT_CODE, SENDER_ALPHA };

/* How the brand is registered for A2P 10DLC; compliance section 4.1. Toll-free is no brand:
 * registrations have it, whose number is verified instead (5.1); programs never. */
enum brand_type { BRAND_NONE = 0, BRAND_STANDARD, BRAND_LOW_VOLUME, BRAND_SOLE_PROPRIETOR, BRAND_TOLL_FREE };

/* "long_code", "toll_free", "short_code", "alpha"; "none", "standard", "low_volume", "sole_proprietor", "toll_free".
 * Never NULL; a value outside the enum is a bug. */
const char *sender_kind_name(enum sender_kind kind);
const char *brand_type_name(enum brand_type type);
/* The reverse, any case, '-' and ' ' taken for '_'. ERR_INVALID leaves *out alone. */
MUST_CHECK enum err sender_kind_parse(struct str text, enum sender_kind *out);
MUST_CHECK enum err brand_type_parse(struct str text, enum brand_type *out);

#endif
