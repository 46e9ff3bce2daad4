/* differential: random changes of one kind each, for differential_test.c, which grew too long to hold them all. */
#ifndef STERLING_TEST_STORE_DIFFERENTIAL_H
#define STERLING_TEST_STORE_DIFFERENTIAL_H

#include "base/rng.h"
#include "store/change.h"
#include "store/store.h"

void fill_verification(struct rng *rng, struct store_reader *r, org_id org, int64_t now_ms,
                       struct change_verification *c);
void fill_verify_service(struct rng *rng, org_id org, int64_t now_ms, struct change_verify_service *c);

#endif
