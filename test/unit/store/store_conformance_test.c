/* The store's contract, asked of one twin: `ram` or `sqlite`. */
#include "twin.h"

#include <stdlib.h>

int main(int argc, char **argv)
{
    static const struct suite *const suites[] = {
        &who_suite, &contacts_suite, &consent_suite, &campaigns_suite, &messages_suite, &arm_suite, &outcome_suite,
        &status_suite, &doubts_suite, &inbound_suite, &events_suite, &idempotency_suite,
        &registrations_suite, &accounts_suite, &lookups_suite, &verifications_suite, &owned_suite, &store_suite,
    };
    static struct CMUnitTest tests[512];
    size_t count = 0;
    if (argc > 1) twin_kind = argv[1];
    for (size_t i = 0; i < sizeof suites / sizeof suites[0]; i++)
        for (size_t k = 0; k < suites[i]->count && count < 512; k++) tests[count++] = suites[i]->tests[k];
    return _cmocka_run_group_tests("store", tests, count, NULL, NULL);
}
