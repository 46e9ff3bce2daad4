/*
 * pace: how fast a campaign moves, measured between the times somebody asks. A bounded, direct-mapped table;
 * a collision only makes the next answer the average since the start. Time is an argument.
 */
#ifndef STERLING_HTTP_PACE_H
#define STERLING_HTTP_PACE_H

#include <stdint.h>

struct pace;

struct pace *pace_new(void); /* NULL without memory */
void pace_free(struct pace *p);
/* `done`: messages that have gone to the provider so far. Messages per 1,000 seconds over about the last ten
 * seconds, or since `started_ms` where nobody asked lately. */
int64_t pace_per_ks(struct pace *p, uint64_t campaign, int64_t done, int64_t started_ms, int64_t now_ms);

#endif
