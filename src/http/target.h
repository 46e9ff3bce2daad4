/*
 * target: a request's target taken apart: path, query, and percent-decoded path segments. Pure; views of the
 * input but for what had to be decoded, which lives in the arena.
 */
#ifndef STERLING_HTTP_TARGET_H
#define STERLING_HTTP_TARGET_H

#include "base/arena.h"

struct target {
    struct str whole;       /* path and query, as they came */
    struct str path, query; /* raw; the query without '?' */
};
/* An absolute-form target ("http://host/path", RFC 9112 section 3.2.2) is taken by its path. */
struct target target_split(struct str raw);
/* One segment of a path. A plus sign is itself. ERR_INVALID on a malformed escape or a NUL byte, ERR_FULL. */
MUST_CHECK enum err target_decode(struct arena *a, struct str segment, struct str *out);

#endif
