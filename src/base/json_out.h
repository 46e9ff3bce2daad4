/*
 * json_out: writes JSON into a bounded buffer as it goes: no tree, no allocation beyond the buffer's, and one
 * check at the end (buf_check). Reading JSON is jansson's work.
 *
 * Commas are put where they belong by looking at the byte before, which works because a string ends with its
 * quote. Text that is not UTF-8 is written with U+FFFD for each bad byte, so the document is always
 * well-formed.
 */
#ifndef STERLING_BASE_JSON_OUT_H
#define STERLING_BASE_JSON_OUT_H

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

void json_open(struct buf *out, char bracket);  /* '{' or '[' */
void json_close(struct buf *out, char bracket); /* '}' or ']' */
void json_key(struct buf *out, const char *name);

/* Values: elements of an array, or what follows a json_key. */
void json_str(struct buf *out, struct str value);
void json_int(struct buf *out, int64_t value);
void json_bool(struct buf *out, bool value);
/* null; not named so, because jansson exports that name and would call ours */
void json_nil(struct buf *out);
void json_raw(struct buf *out, struct str json); /* a whole value, already JSON */

/* Members of an object. */
void json_put_str(struct buf *out, const char *name, struct str value);
void json_put_text(struct buf *out, const char *name, const char *value); /* null when NULL */
/* null when empty */
void json_put_str_or_null(struct buf *out, const char *name, struct str value);
void json_put_int(struct buf *out, const char *name, int64_t value);
void json_put_bool(struct buf *out, const char *name, bool value);
void json_put_null(struct buf *out, const char *name);
void json_put_time(struct buf *out, const char *name, int64_t wall_ms);   /* RFC 3339; null when 0 */
void json_put_number(struct buf *out, const char *name, uint64_t digits); /* "+digits"; null when 0 */

#endif
