/* differential_verifications: random changes of verifications and their services. */
#include "differential.h"

#include <stdio.h>

void fill_verification(struct rng *rng, struct store_reader *r, org_id org, int64_t now_ms,
                       struct change_verification *c)
{
    struct verification_record known = {0};
    uint64_t id = rng_below(rng, 2) * rng_below(rng, 6);
    c->head.kind = CHANGE_VERIFICATION;
    c->now_ms = now_ms;
    (void)r->store->ops->verification_get(r, org, id, &known);
    c->v = (struct verification_record){.id = id, .org = org, .number = 1 + rng_below(rng, 3),
                                        .rev = known.rev + (rng_below(rng, 6) == 0),
                                        .state = (enum verification_state)(1 + rng_below(rng, VERIFICATION_STATES - 1)),
                                        .channel = VERIFICATION_BY_CALL, .locale = "pt-BR", .sid = "VE1",
                                        .sends = (uint8_t)rng_below(rng, 6), .checks = (uint8_t)rng_below(rng, 6),
                                        .code = 60203, .asked_ms = now_ms, .created_ms = now_ms, .updated_ms = now_ms,
                                        .expires_ms = now_ms + 600000};
    /* A move that is not legal is a bug, and not to be tried here. */
    if (known.id != 0 && !verification_may_move(known.state, c->v.state)) c->v.rev = known.rev + 1;
    c->guards_count = rng_below(rng, 3);
    for (size_t i = 0; i < c->guards_count; i++)
        c->guards[i] = (struct verify_guard){(enum verify_scope)(VERIFY_OF_NUMBER + i), rng_below(rng, 3), 3600000,
                                             3 + (int64_t)rng_below(rng, 4)};
}

void fill_verify_service(struct rng *rng, org_id org, int64_t now_ms, struct change_verify_service *c)
{
    static const char *const sids[] = {"", "VA1", "VA2", "VA3"};
    c->head.kind = CHANGE_VERIFY_SERVICE;
    c->service = (struct verify_service_record){.org = org, .account = "AC1", .name = "Acme", .began_ms = now_ms,
                                                .created_ms = now_ms};
    (void)snprintf(c->service.sid, SID_BYTES, "%s", sids[rng_below(rng, 4)]);
}
