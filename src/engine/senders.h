/*
 * senders: which sender a message goes by.
 *
 * Each number has its own order of a program's senders (rendezvous hash), so that the first choice is stable
 * and spread evenly; a sender of the recipient's area code comes before the others. `open` senders are those
 * with room for a unit; the choice walks only them. A sender for which items are parked keeps its room for
 * those of their class or better.
 */
#ifndef STERLING_ENGINE_SENDERS_H
#define STERLING_ENGINE_SENDERS_H

#include "engine/state.h"

uint64_t sender_seed(uint32_t sender);
/* The greater, the earlier in the number's order. */
uint64_t sender_score(uint64_t seed, uint64_t number);

/* When these limits have room for a message of that many segments: <= now means now. */
int64_t caps_room_at(struct caps *c, uint16_t segments, int64_t now_ms);
/* When the pace of all of them is to be asked again: now_ms means that it lets the next one go. */
int64_t caps_paced_at(const struct caps *c, int64_t now_ms);
int64_t sender_room_at(struct sender *s, uint16_t segments, int64_t now_ms);
/* Of its limits towards that carrier the one that lets such a message go last; NULL: all have room. */
struct cap *sender_carrier_full(const struct engine *e, const struct sender *s, uint8_t carrier, uint16_t segments);
/* When all of these have room; INT64_MAX: not known, or no sender. */
int64_t sender_free_at(const struct engine *e, struct sender *s, uint8_t carrier, uint16_t segments);
/* May this item go by it, a usable one, its limits apart? */
bool sender_lets(const struct sender *s, uint8_t class, const struct item *it);
/* The best with room for an item of that class; NULL: none. *usual: no better one was passed over. */
struct sender *pool_choose(const struct engine *e, struct pool *p, uint8_t class, const struct engine_item *is,
                           bool *usual);
/* The one that is free first for a message of that weight to that carrier; NULL: none usable. */
struct sender *pool_soonest(const struct engine *e, struct pool *p, uint8_t carrier, uint16_t segments);
/* First choice among the usable, whatever their room; NULL: none. */
struct sender *pool_usual(const struct pool *p, uint64_t number, uint16_t area_code);
/* Looks at the sender's limits and queue again and keeps the pool's books. Sets its timer while it is
 * full. */
void sender_refresh(struct engine *e, struct sender *s);

#endif
