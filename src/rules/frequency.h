/*
 * frequency: how often one person may get marketing from one organization, over any rolling window. What is
 * kept of a person is the instants of the last messages, packed, so that no history is read. Laws' caps come
 * from rules/quiet_hours.h, an organization's own from its settings. Pure.
 */
#ifndef STERLING_RULES_FREQUENCY_H
#define STERLING_RULES_FREQUENCY_H

#include "base/str.h"

enum {
    FREQUENCY_MAX = 16,
    FREQUENCY_HOURS_MAX = 720,
    FREQUENCY_BYTES_EACH = 6,
    FREQUENCY_BYTES = FREQUENCY_MAX * FREQUENCY_BYTES_EACH
};

/* At most `count` (1 … FREQUENCY_MAX) in `hours`; count 0: no cap. */
struct frequency_cap {
    uint8_t count;
    uint16_t hours;
};
/* The law's and the organization's: both hold. */
struct frequency_caps {
    struct frequency_cap law, own;
};
static inline bool frequency_capped(const struct frequency_caps *caps)
{
    return caps->law.count != 0 || caps->own.count != 0;
}

/* The last messages to one person, UTC milliseconds, ascending. */
struct frequency {
    int64_t at_ms[FREQUENCY_MAX];
    uint8_t count;
};

/* 0 if one more may go now; else when it may, if none goes until then. `except_ms`: one that does not count,
 * since it is the same message's earlier attempt (0: none). */
int64_t frequency_free_ms(const struct frequency *f, const struct frequency_caps *caps, int64_t now_ms,
                          int64_t except_ms);
/* Counts one in at `now_ms`, in the place of the one at `except_ms` if there is such; the oldest makes room.
 */
void frequency_note(struct frequency *f, int64_t now_ms, int64_t except_ms);

/* As bytes and back; what cannot be a row of ours reads as the newest that fit. */
size_t frequency_pack(const struct frequency *f, unsigned char out[FREQUENCY_BYTES]);
void frequency_unpack(struct str bytes, struct frequency *out);

#endif
