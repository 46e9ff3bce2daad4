/*
 * breaker: stops sending by a way that does not answer, and finds out when it does again.
 *
 *     CLOSED --a run of failures--> OPEN --time--> PROBING --healthy--> HALF --one success--> CLOSED
 *                                    ^                |unhealthy          |failure
 *                                    +----------------+-------------------+   (the pause doubles)
 *
 * pace: how many attempts an account may have under way. It halves when the provider says too fast, begins
 * at one after an outage, and grows back: doubling up to the last good half, then by one a round.
 *
 * Pure state; time is an argument.
 */
#ifndef STERLING_ENGINE_BREAKER_H
#define STERLING_ENGINE_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

enum breaker_state { BREAKER_CLOSED, BREAKER_OPEN, BREAKER_PROBING, BREAKER_HALF };
struct breaker {
    enum breaker_state state;
    uint32_t run;      /* failures in a row */
    bool trying;       /* HALF: the one attempt is under way */
    int64_t pause_ms;  /* the last one */
    int64_t probe_ms;  /* OPEN: when to probe */
};
struct breaker_rule {
    uint32_t run;
    int64_t probe_ms, probe_max_ms;
};

/* May an attempt go by this way now? */
bool breaker_lets(const struct breaker *b);
/* An attempt was chosen for it. */
void breaker_chosen(struct breaker *b);
/* The provider answered, whatever it said. True if that closed it. */
bool breaker_good(struct breaker *b);
/* Unsent or in doubt. True if that opened it. */
bool breaker_bad(struct breaker *b, const struct breaker_rule *rule, int64_t now_ms);
/* The attempt ended without saying anything about the way. */
void breaker_neutral(struct breaker *b);
/* OPEN and its time has come: a probe must go out. */
void breaker_probe(struct breaker *b);
void breaker_probed(struct breaker *b, bool healthy, const struct breaker_rule *rule, int64_t now_ms);

struct pace {
    uint32_t cap;       /* attempts under way; 0: no bound */
    uint32_t threshold; /* up to here it doubles a round */
    uint32_t credit;    /* successes since it last grew */
};
void pace_halve(struct pace *p, uint32_t in_flight); /* too fast */
void pace_restart(struct pace *p);                   /* after an outage */
void pace_grow(struct pace *p, uint32_t most);       /* one success; no bound from `most` on */

#endif
