/*
 * flight: one attempt's life after it was chosen.
 *
 *     ARMING --armed--> POSTING --answered--> its last word, or DOUBT
 *
 * The answer decides by the table of design section 5, step 2; a refusal by the playbook. Attempts proved
 * unsent never use up a message: only its validity ends them.
 */
#ifndef STERLING_ENGINE_FLIGHT_H
#define STERLING_ENGINE_FLIGHT_H

#include "engine/state.h"

void flight_armed(struct engine *e, struct item *it, bool armed);
void flight_answered(struct engine *e, struct item *it, const struct engine_answer *a);
/* The account's probe timer, and the answer to the probe. */
void flight_probe(struct engine *e, struct account *a);
void flight_probed(struct engine *e, struct account *a, bool healthy);
/* Attempts whose answer should long have come. */
void flight_overdue(struct engine *e);
/* When the first of them will be so; INT64_MAX: none. */
int64_t flight_overdue_at(const struct engine *e);
/* Nothing of it may go out any more: an armed one whose POST was not taken is withdrawn, else a recall. */
void flight_recall(struct engine *e, struct item *it);

#endif
