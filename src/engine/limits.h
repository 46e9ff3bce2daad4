/*
 * limits: so many units in so long, never exceeded on the provider's clock.
 *
 * A slot is taken when an attempt is chosen and freed one window after its answer: the provider saw the
 * request somewhere between the two, so any window of its clock holds no more than was taken here at once
 * (design section 6). Units of unanswered attempts are `pending`; those of answered ones wait in `entries`,
 * in order of the moment they are freed. Memory is bounded: small amounts are kept exactly; of large ones
 * neighbours are joined upwards in time, which frees some units up to a 400th of a window late.
 *
 * A message heavier than the amount passes only when nothing is in use and then holds the limit for
 * weight / amount windows. After "too fast" the limit learns: nothing passes for a while, then less, growing
 * back within some windows. Window 0 is a day: units stay used until limit_day_begin.
 *
 * A large amount in a short window has a pace: it is handed out evenly, not all at once at its beginning. A burst would
 * come back in each window, keep the processors busy for a part of it, and let an urgent message of the same
 * organization wait for the rest. The pace is asked for apart from the room (limit_paced_at): the engine asks at the
 * limits of organizations and accounts, and not for what is urgent.
 *
 * Pure: time is an argument (monotonic ms, never going back). Without memory an entry is joined into the
 * latest one, so nothing here fails.
 */
#ifndef STERLING_ENGINE_LIMITS_H
#define STERLING_ENGINE_LIMITS_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum { LIMIT_ENTRIES_MAX = 512, LIMIT_SPANS = 400 };
/* Paced are amounts above LIMIT_SPANS in windows up to LIMIT_PACED_MS. After a pause goes at once what belongs to
 * LIMIT_PACE_AHEAD_MS, and then what belongs to LIMIT_PACE_TICK_MS together, a LIMIT_PACE_FASTER-th faster than the
 * window gives it back, so that what a stall has lost is caught up. */
enum { LIMIT_PACED_MS = 1000, LIMIT_PACE_AHEAD_MS = 25, LIMIT_PACE_TICK_MS = 5, LIMIT_PACE_FASTER = 50 };
/* limit_room_at: not before some attempt is answered, or the day ends. */
#define LIMIT_UNKNOWN INT64_MAX

struct limit_entry {
    int64_t free_ms, units;
};
struct limit {
    int64_t amount;     /* units a window; 0: no limit, but what passes is kept in mind */
    int64_t window_ms;  /* 0: a day */
    int64_t pending, timed, used_ever; /* units; timed is the sum of the entries (of a day: all answered) */
    struct limit_entry *entries;       /* a ring: head … head + count, by free_ms */
    struct limit_entry spare;          /* what found no memory */
    uint16_t head, count, capacity;
    bool counts_segments;
    int64_t open_ms;    /* free_ms of the first unit joined into the last entry */
    int64_t cool_ms;    /* nothing passes before */
    int64_t learned, learned_ms; /* what is allowed since then, growing back; 0: nothing learned */
    int64_t paced_us;   /* how far in time the pace has handed out */
};

void limit_free(struct limit *l);
/* What one message weighs here. */
static inline int64_t limit_weight(const struct limit *l, uint16_t segments)
{
    return l->counts_segments ? segments : 1;
}
/* Changes amount and window (never from or to a day). Slots in use get the whole new window. */
void limit_change(struct limit *l, int64_t amount, int64_t window_ms, int64_t now_ms);
/* When `weight` units may pass, as far as is known: <= now_ms means now. LIMIT_UNKNOWN as above. */
int64_t limit_room_at(struct limit *l, int64_t weight, int64_t now_ms);
/* When the pace is to be asked again: now_ms means it lets the next one go. */
int64_t limit_paced_at(const struct limit *l, int64_t now_ms);
void limit_take(struct limit *l, int64_t weight, int64_t now_ms);
/* The attempt's place in time is known to be over at from_ms: its slot is freed one window later. */
void limit_settle(struct limit *l, int64_t weight, int64_t from_ms, int64_t now_ms);
/* No byte went, or the provider says it did not count: freed at once. */
void limit_return(struct limit *l, int64_t weight, int64_t now_ms);
/* Units that were never pending here (before a restart). What is over by now_ms takes no place. */
void limit_restore(struct limit *l, int64_t weight, int64_t from_ms, int64_t now_ms);
/* The provider said too fast. True: less is allowed from now on than before. Never of a day, as below. */
bool limit_learn(struct limit *l, int64_t now_ms, int64_t cool_for_ms);
/* What was learned so long ago, before a restart; what is over changes nothing. */
void limit_relearn(struct limit *l, int64_t units, int64_t learned_ms);
/* Of a day: a new one begins with this much used; attempts under way count in it too. */
void limit_day_begin(struct limit *l, int64_t used);
/* Units in use now. */
int64_t limit_in_use(struct limit *l, int64_t now_ms);
/* BUG_IF an invariant is broken. */
void limit_check(const struct limit *l);

#endif
