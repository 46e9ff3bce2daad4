/*
 * sid: a provider's identifier as it is stored: SM or MM and 32 hex digits become 17 bytes (type, binary);
 * anything else is kept as it is behind a zero byte. Pure.
 */
#ifndef STERLING_STORE_SID_H
#define STERLING_STORE_SID_H

#include "store/model.h"

enum { SID_PACKED_MAX = SID_BYTES };

/* Packs terminated text of at most SID_BYTES - 1 bytes; returns the length, 0 for an empty sid. */
size_t sid_pack(const char *sid, unsigned char out[SID_PACKED_MAX]);
/* The reverse; ERR_CORRUPT (out = "") for bytes that sid_pack never makes. */
MUST_CHECK enum err sid_unpack(const unsigned char *in, size_t len, char out[SID_BYTES]);

#endif
