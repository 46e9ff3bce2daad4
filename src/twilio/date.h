/*
 * date: the two ways Twilio writes time (reference section 1.5), to and from UTC milliseconds. Reading the
 * ISO 8601 one is base/rfc3339.h's. Pure.
 */
#ifndef STERLING_TWILIO_DATE_H
#define STERLING_TWILIO_DATE_H

#include "base/err.h"
#include "base/str.h"

enum { DATE_TEXT_BYTES = 32 };

/* "Thu, 24 Aug 2023 05:01:45 +0000" (RFC 2822, the 2010 API) and "… GMT" (RFC 7231, the Date header). The
 * weekday may be missing but not wrong in form; a zone is hours and minutes east, GMT or UTC. Years 1970 … 9999. */
MUST_CHECK enum err date_parse_rfc2822(struct str s, int64_t *out_ms);
/* "2023-08-24T05:01:45Z", whole seconds rounded down. Out of years 1970 … 9999 it is clamped. */
void date_format_iso8601(int64_t ms, char out[DATE_TEXT_BYTES]);
/* "Thu, 24 Aug 2023 05:01:45 +0000", as above. */
void date_format_rfc2822(int64_t ms, char out[DATE_TEXT_BYTES]);

#endif
