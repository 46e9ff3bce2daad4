/*
 * choose: whose turn it is, whether it can go now, and by which sender.
 *
 * All limits, the fence and a sender must let a message go; then its slots are taken, it holds the fence and
 * is to be armed. Otherwise it, its lane, its org or its account waits where it is stuck. A second message to
 * a fenced number waits behind the fence while that is a matter of seconds; it is set back (REASON_FENCE)
 * when the holder is in doubt or its lane may look no further ahead: so a fence never stops a lane.
 */
#ifndef STERLING_ENGINE_CHOOSE_H
#define STERLING_ENGINE_CHOOSE_H

#include "engine/state.h"

/* Gives turns until `arms` attempts were chosen or nobody can go on. */
void choose_attempts(struct engine *e, size_t arms);
/* Could choose_attempts do something? */
bool choose_can(const struct engine *e);

#endif
