/* Audiences and the workers that tend them: who is on the list is frozen chunk by chunk, each once, in runs
 * of one bucket; a repeated chunk is refused; a scheduled campaign starts at its time; imports are run. */
#include "app/audience.h"

#include "app/imports.h"
#include "app/workers.h"

#include "house.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PEOPLE = AUDIENCE_FIRST_CHUNK + AUDIENCE_CHUNK + 300, BUCKETS = 5, ROWS_AT_ONCE = 1000 };
static const uint64_t FIRST_NUMBER = 12125550000;
static const int64_t HOUR_MS = 3600000;
static struct house h;
static struct workers *workers;

static int setup(void **state)
{
    (void)state;
    house_open(&h);
    workers = NULL;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    workers_stop(workers);
    house_close(&h);
    return 0;
}

static void start_workers(void)
{
    struct fault f = {0};
    assert_int_equal(workers_start(&h.app, &workers, &f), ERR_OK);
}

/* Contacts with numbers from FIRST_NUMBER on, scattered over buckets. */
static uint32_t list_of(size_t count)
{
    uint32_t list = house_list(&h, "people");
    struct contact *rows = calloc(ROWS_AT_ONCE, sizeof *rows);
    assert_non_null(rows);
    for (size_t done = 0; done < count;) {
        struct change_contacts change = {.head = {.kind = CHANGE_CONTACTS},
                                         .org = h.org,
                                         .list = list,
                                         .rows = rows,
                                         .now_ms = clock_wall_ms(&h.clock)};
        for (change.count = 0; change.count < ROWS_AT_ONCE && done < count; done++)
            rows[change.count++] = (struct contact){.org = h.org,
                                                    .number = FIRST_NUMBER + done,
                                                    .fields = STR("{}"),
                                                    .zones = 100 + done * 7 % 2,
                                                    .carrier = (uint8_t)(1 + done % BUCKETS)};
        house_change(&h, &change.head, ERR_OK);
    }
    free(rows);
    return list;
}

static struct campaign campaign_of(uint64_t id)
{
    struct campaign c;
    assert_int_equal(h.store->ops->campaign_get(h.reader, &h.text, h.org, id, &c), ERR_OK);
    return c;
}

static uint64_t put_campaign(uint32_t list, int64_t start_at_ms)
{
    struct program p[1];
    size_t count = 1;
    struct change_campaign change = {.head = {.kind = CHANGE_CAMPAIGN}};
    assert_int_equal(h.store->ops->programs(h.reader, &h.text, h.org, 0, p, &count), ERR_OK);
    change.campaign = (struct campaign){.org = h.org,
                                        .program = p[0].id,
                                        .list = list,
                                        .name = STR("Sale"),
                                        .kind = KIND_MARKETING,
                                        .template_text = STR("Hi"),
                                        .state = start_at_ms == 0 ? CAMPAIGN_DRAFT : CAMPAIGN_SCHEDULED,
                                        .validity_s = 3600,
                                        .start_at_ms = start_at_ms,
                                        .created_ms = clock_wall_ms(&h.clock)};
    house_change(&h, &change.head, ERR_OK);
    return change.campaign.id;
}

static void move(uint64_t campaign, enum campaign_state to)
{
    struct change_campaign_state change = {.head = {.kind = CHANGE_CAMPAIGN_STATE},
                                           .org = h.org,
                                           .campaign = campaign,
                                           .to = to,
                                           .now_ms = clock_wall_ms(&h.clock)};
    house_change(&h, &change.head, ERR_OK);
}

/* Every number once; every run of one bucket; runs together are the audience. */
static void check_frozen(uint64_t campaign, size_t wanted)
{
    unsigned char *seen = calloc(wanted, 1);
    uint64_t after = 0;
    size_t rows = 0;
    struct run page[16];
    assert_non_null(seen);
    for (;;) {
        size_t count = 16;
        assert_int_equal(h.store->ops->runs(h.reader, h.org, campaign, after, page, &count), ERR_OK);
        if (count == 0) break;
        for (size_t i = 0; i < count; i++) {
            for (uint64_t id = page[i].lo; id < page[i].hi; id++, rows++) {
                struct message m;
                assert_int_equal(h.store->ops->message_get(h.reader, &h.text, h.org, id, &m), ERR_OK);
                assert_in_range(m.number, FIRST_NUMBER, FIRST_NUMBER + wanted - 1);
                assert_int_equal(seen[m.number - FIRST_NUMBER]++, 0);
                assert_int_equal(m.zones, page[i].zones);
                assert_int_equal(m.carrier, page[i].carrier);
                assert_int_equal(m.campaign, campaign);
            }
            arena_reset(&h.text);
        }
        after = page[count - 1].id;
    }
    assert_int_equal(rows, wanted);
    free(seen);
}

static void everybody_is_frozen_once_in_runs_of_one_bucket(void **state)
{
    uint64_t id = put_campaign(list_of(PEOPLE), 0);
    bool complete = false;
    int chunks = 0;
    struct fault f = {0};
    (void)state;
    move(id, CAMPAIGN_RUNNING);
    while (!complete) {
        struct campaign c = campaign_of(id);
        int notes = h.notes[NOTE_CAMPAIGN_CHANGED];
        assert_int_equal(audience_freeze_chunk(&h.app, h.reader, &c, &complete, &f), ERR_OK);
        assert_int_equal(h.notes[NOTE_CAMPAIGN_CHANGED], notes + 1);
        if (chunks++ == 0) assert_int_equal(campaign_of(id).audience, AUDIENCE_FIRST_CHUNK);
    }
    assert_int_equal(chunks, 3);
    assert_int_equal(campaign_of(id).audience, PEOPLE);
    assert_true(campaign_of(id).frozen);
    check_frozen(id, PEOPLE);
}

static void a_chunk_that_is_repeated_is_refused(void **state)
{
    uint64_t id = put_campaign(list_of(400), 0);
    struct campaign stale;
    bool complete = false;
    struct fault f = {0};
    (void)state;
    move(id, CAMPAIGN_RUNNING);
    stale = campaign_of(id);
    assert_int_equal(audience_freeze_chunk(&h.app, h.reader, &stale, &complete, &f), ERR_OK);
    assert_int_equal(audience_freeze_chunk(&h.app, h.reader, &stale, &complete, &f), ERR_CONFLICT);
    assert_true(f.what[0] != '\0');
    assert_int_equal(campaign_of(id).audience, AUDIENCE_FIRST_CHUNK);
}

static void who_joins_after_the_audience_is_complete_is_not_in(void **state)
{
    uint32_t list = list_of(10);
    uint64_t id = put_campaign(list, 0);
    bool complete = false;
    struct campaign c;
    struct fault f = {0};
    (void)state;
    move(id, CAMPAIGN_RUNNING);
    c = campaign_of(id);
    assert_int_equal(audience_freeze_chunk(&h.app, h.reader, &c, &complete, &f), ERR_OK);
    assert_true(complete);
    (void)house_contact(&h, list, FIRST_NUMBER + 10, "{}");
    c = campaign_of(id);
    assert_int_equal(audience_freeze_chunk(&h.app, h.reader, &c, &complete, &f), ERR_CONFLICT);
    assert_int_equal(campaign_of(id).audience, 10);
}

static void await_frozen(uint64_t id)
{
    while (!campaign_of(id).frozen) {
        workers_wake_campaigns(workers);
        clock_pause(&h.clock, 5);
    }
}

static void a_running_campaign_is_frozen_by_the_worker(void **state)
{
    uint64_t id = put_campaign(list_of(PEOPLE), 0);
    (void)state;
    start_workers();
    move(id, CAMPAIGN_RUNNING);
    await_frozen(id);
    check_frozen(id, PEOPLE);
}

static void a_scheduled_campaign_starts_at_its_time_and_not_before(void **state)
{
    uint32_t list = list_of(3);
    uint64_t later = put_campaign(list, clock_wall_ms(&h.clock) + 2 * HOUR_MS), soon;
    (void)state;
    soon = put_campaign(list, clock_wall_ms(&h.clock) + HOUR_MS);
    start_workers();
    workers_wake_campaigns(workers);
    assert_int_equal(campaign_of(soon).state, CAMPAIGN_SCHEDULED);
    clock_set_wall_offset(&h.clock, HOUR_MS);
    await_frozen(soon);
    assert_int_equal(campaign_of(soon).state, CAMPAIGN_RUNNING);
    assert_int_equal(campaign_of(soon).audience, 3);
    assert_int_equal(campaign_of(later).state, CAMPAIGN_SCHEDULED);
    clock_set_wall_offset(&h.clock, 2 * HOUR_MS);
    await_frozen(later);
    assert_int_equal(campaign_of(later).state, CAMPAIGN_RUNNING);
}

/* A queue that refuses every start and counts. */
static struct refusing {
    struct store_queue queue;
    struct store_queue *real;
    _Atomic int starts;
} refusing;

static void submit_or_refuse(struct store_queue *q, struct change *c)
{
    (void)q;
    if (c->kind != CHANGE_CAMPAIGN_STATE) {
        refusing.real->submit(refusing.real, c);
        return;
    }
    refusing.starts++;
    c->result = fault_set(&c->fault, ERR_FULL, "the disk is full");
    c->done(c);
}

static void a_start_that_the_disk_refuses_is_tried_once_a_round(void **state)
{
    struct store_queue *real = h.app.queue;
    uint64_t id = put_campaign(list_of(3), clock_wall_ms(&h.clock) - 1000);
    (void)state;
    refusing = (struct refusing){.queue = {.submit = submit_or_refuse}, .real = real};
    h.app.queue = &refusing.queue;
    start_workers();
    while (refusing.starts == 0)
        clock_pause(&h.clock, 2);
    workers_stop(workers); /* joins: a round that did not end would hang here */
    workers = NULL;
    assert_true(refusing.starts <= 2);
    h.app.queue = real;
    start_workers();
    await_frozen(id);
}

static void an_import_is_run_when_the_worker_is_woken(void **state)
{
    static const char text[] = "number\n+12125550001\n+12125550002\n";
    struct import_request q = {.org = h.org, .region = "US", .file = STR("spool/w.csv"), .bytes = sizeof text - 1};
    struct import_start job;
    struct import_job now = {.state = IMPORT_RUNNING};
    struct problem p;
    (void)state;
    problem_init(&p, &h.text);
    house_write(&h, "spool/w.csv", text, sizeof text - 1);
    start_workers();
    assert_int_equal(imports_start(&h.app, &h.text, &q, &job, &p), ERR_OK);
    assert_int_equal(app_submit_wait(&job.job), ERR_OK);
    workers_wake_imports(workers);
    while (now.state == IMPORT_RUNNING) {
        clock_pause(&h.clock, 2);
        assert_int_equal(
            h.store->ops->import_get(h.reader, &h.text, h.org, job.change.job.id, &now), ERR_OK);
    }
    assert_int_equal(now.state, IMPORT_DONE);
    assert_int_equal(now.added, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(everybody_is_frozen_once_in_runs_of_one_bucket),
        TEST(a_chunk_that_is_repeated_is_refused),
        TEST(who_joins_after_the_audience_is_complete_is_not_in),
        TEST(a_running_campaign_is_frozen_by_the_worker),
        TEST(a_scheduled_campaign_starts_at_its_time_and_not_before),
        TEST(a_start_that_the_disk_refuses_is_tried_once_a_round),
        TEST(an_import_is_run_when_the_worker_is_woken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
