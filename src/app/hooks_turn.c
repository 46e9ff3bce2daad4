/* hooks_turn: keeps endpoints that hang from delaying the others. Contract in hooks_inside.h. */
#include "app/hooks_inside.h"
#include "base/mutant.h"

bool hooks_has_turn(const struct hooks_load *all, enum hooks_pace pace, size_t out)
{
    if (MUTANT(webhook_slots_shared)) return out < HOOKS_PER_ENDPOINT && all->extra < HOOKS_EXTRA_MAX;
    if (pace == HOOKS_SLOW) return out == 0 && all->slow < HOOKS_SLOW_MAX;
    if (out == 0) return true;
    return pace == HOOKS_QUICK && out < HOOKS_PER_ENDPOINT && all->extra < HOOKS_EXTRA_MAX;
}

void hooks_load_add(struct hooks_load *all, enum hooks_pace pace, size_t out)
{
    if (pace == HOOKS_SLOW) all->slow++;
    if (out > 0) all->extra++;
}
