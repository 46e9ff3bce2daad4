/*
 * twin: what every test of the store stands on: one of the twins, opened empty, and short ways to change and
 * read it. Each helper asserts that what it does by the way succeeds.
 */
#ifndef STERLING_TEST_STORE_TWIN_H
#define STERLING_TEST_STORE_TWIN_H

#include "store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { DAY_MS = 86400000, MINUTE_MS = 60000 };
#define T0 ((int64_t)1750000000000) /* 2025-06-15 */

struct twin {
    struct store *store;
    const struct store_ops *ops;
    struct store_reader *reader;
    struct arena arena;
    char directory[64]; /* empty for ram */
};

extern const char *twin_kind; /* "ram" or "sqlite" */

void twin_open(struct twin *t);
void twin_close(struct twin *t);
void twin_reopen(struct twin *t); /* sqlite: from disk; ram: nothing */
bool twin_on_disk(void);
void twin_path(const struct twin *t, char *out, size_t size);

/* cmocka's fixtures: *state is a struct twin. */
int twin_setup(void **state);
int twin_teardown(void **state);

/* One change in a commit of its own; by twin_put, where a test has its own way to commit. */
enum err put(struct twin *t, struct change *c);
extern enum err (*twin_put)(struct twin *t, struct change *c);
#define PUT(t, c) (twin_change_bytes = sizeof *(c), put((t), &(c)->head))
extern size_t twin_change_bytes; /* of the change that is being put */

/* ---- the usual world ---- */
org_id make_org(struct twin *t, const char *slug);
uint32_t first_program(struct twin *t, org_id org);
uint64_t make_contact(struct twin *t, org_id org, uint64_t number, uint32_t list);
uint64_t make_campaign(struct twin *t, org_id org, enum campaign_state state);
enum err move_campaign(struct twin *t, org_id org, uint64_t campaign, enum campaign_state to);
/* `count` rows of one bucket with numbers from `number` on; gives the run. */
struct run freeze_some(struct twin *t, org_id org, uint64_t campaign, uint64_t number, size_t count);
uint64_t admit(struct twin *t, org_id org, uint64_t number, int64_t send_at_ms);
struct lane_key lane_of(struct twin *t, org_id org, uint64_t message);
/* Arms one message as the pump would: from its run (with the cursor behind it) or its due row. */
struct arm_item arm_item(struct twin *t, org_id org, uint64_t message, uint8_t attempt); /* drawn from its due row */
enum arm_verdict arm(struct twin *t, org_id org, uint64_t message, uint8_t attempt);
struct outcome accepted(org_id org, uint64_t message, uint8_t attempt, const char *sid);
enum err answer(struct twin *t, struct outcome o);
enum status_verdict status(struct twin *t, org_id org, uint64_t message, uint8_t attempt, const char *sid,
                           enum message_state to);
void opt_out(struct twin *t, org_id org, uint64_t number, int64_t at_ms);
struct message message_of(struct twin *t, org_id org, uint64_t message);
struct campaign campaign_of(struct twin *t, org_id org, uint64_t campaign);
size_t due_in(struct twin *t, const struct lane_key *lane, int64_t until_ms);

#define SID_A "SM00000000000000000000000000000a01"
#define SID_B "SM00000000000000000000000000000b02"
#define SID_C "SM00000000000000000000000000000c03"

/* ---- the suites ---- */
#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, twin_setup, twin_teardown)
struct suite {
    const struct CMUnitTest *tests;
    size_t count;
};
extern const struct suite who_suite, contacts_suite, consent_suite, campaigns_suite, messages_suite, arm_suite,
    outcome_suite, status_suite, doubts_suite, inbound_suite, events_suite, idempotency_suite, registrations_suite,
    accounts_suite, lookups_suite, verifications_suite, owned_suite, store_suite;

#endif
