/*
 * rfc3339: moments as text: "2026-03-01T09:30:00.000Z" (RFC 3339, section 5.6). Pure: no zone but the offset
 * that is written, no locale, no clock. Years 1970 to 9999.
 */
#ifndef STERLING_BASE_RFC3339_H
#define STERLING_BASE_RFC3339_H

#include "base/str.h"

enum { RFC3339_BYTES = 25 };

/* Always UTC with milliseconds. A moment out of range is written as the nearest one in it. */
void rfc3339_format(int64_t wall_ms, char out[RFC3339_BYTES]);
/* Takes any fraction (cut to milliseconds) and any offset; 'T' or a space between; second 60 counts
 * as 59.999. ERR_INVALID on anything else, such as a missing offset: a moment without a zone is a guess. */
MUST_CHECK enum err rfc3339_parse(struct str text, int64_t *wall_ms);

#endif
