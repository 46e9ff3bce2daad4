/*
 * learn: what the engine does to whoever was said to be too fast, or must not be used for now.
 * Pauses are lifted by time alone; the limits then allow less and grow back within some windows.
 */
#ifndef STERLING_ENGINE_LEARN_H
#define STERLING_ENGINE_LEARN_H

#include "engine/state.h"
#include "rules/playbook.h"

/* Who sent what was refused. Any of them may be NULL. */
struct learner {
    struct account *account;
    struct org *org;
    struct route *route;
    struct sender *sender;
};
/* Too fast: `scope` pauses for retry_after_ms (0: by our own back-off) and slows down. */
void learn_too_fast(struct engine *e, const struct learner *who, enum playbook_scope scope,
                    int64_t retry_after_ms);
/* Not to be used until somebody mends it: tried again after some minutes. Gives that pause. The account is known. */
int64_t learn_hold(struct engine *e, const struct learner *who, enum playbook_scope scope);
/* The day's cap is used up, whatever we counted. Gives when the day ends on the wall, 0 if unknown. */
int64_t learn_day_over(struct engine *e, const struct learner *who);

#endif
