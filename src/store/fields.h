/* fields: merging the fields of a contact, two JSON objects. Pure; used by both twins. */
#ifndef STERLING_STORE_FIELDS_H
#define STERLING_STORE_FIELDS_H

#include "base/buf.h"

enum { FIELDS_BYTES_MAX = 65536 };

/* Appends `old` with the members of `news` put over it, in order of first appearance. ERR_INVALID if one is no
 * JSON object, ERR_LIMIT or ERR_FULL as `out` says. An empty text counts as {}. */
MUST_CHECK enum err fields_merge(struct str old, struct str news, struct buf *out);

#endif
