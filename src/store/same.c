/* same: field by field. Contract in same.h. */
#include "store/same.h"

#include "base/mutant.h"

#include <string.h>

bool sender_same(const struct sender *a, const struct sender *b)
{
    return a->program == b->program && a->kind == b->kind && a->state == b->state && a->number == b->number &&
           a->verified == b->verified && strcmp(a->address, b->address) == 0 && strcmp(a->sid, b->sid) == 0 &&
           strcmp(a->registered, b->registered) == 0;
}

bool campaign_same(uint32_t rev, const struct campaign *now)
{
    return rev == 0 || rev == now->rev || MUTANT(campaign_written_over);
}
