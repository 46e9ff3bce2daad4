/* Queues (reference 9): rates of senders and programs, overflow, expiry, T-Mobile's day, paused carriers. */
#include "kit.h"

#include "sandbox/world.h" /* for the Pacific day, which is not told outside */

static unsigned two_segments(struct str body, bool smart)
{
    (void)body;
    (void)smart;
    return 2;
}

/* How many of the messages from `first` on were sent before end_ms. */
static unsigned sent_before(struct kit *k, uint64_t first, uint64_t count, int64_t end_ms)
{
    unsigned sent = 0;
    for (uint64_t i = 0; i < count; i++) {
        struct sandbox_message m = kit_message(k, first + i);
        sent += m.sent_ms != 0 && m.sent_ms < end_ms;
    }
    return sent;
}

static void a_long_code_sends_one_segment_a_second(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k = kit_new(&c, 1);
    uint64_t first = 0;
    (void)state;
    for (int i = 0; i < 20; i++) {
        struct sandbox_created r = kit_send(k, k->plain, SANDBOX_NONE, VERIZON_TO, "x");
        if (i == 0) first = r.message;
    }
    kit_run(k, 60000);
    assert_int_equal(sent_before(k, first, 20, START_MS + 5000), 5);
    assert_int_equal(sent_before(k, first, 20, START_MS + 15000), 15);
    kit_free(k);
}

static void rates_count_segments(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k;
    (void)state;
    c.count_segments = two_segments;
    k = kit_new(&c, 1);
    for (int i = 0; i < 10; i++) (void)kit_send(k, k->plain, SANDBOX_NONE, VERIZON_TO, "x");
    kit_run(k, 60000);
    assert_int_equal(sent_before(k, 1, 10, START_MS + 10000), 5);
    kit_free(k);
}

static void a_program_has_a_rate_with_each_carrier(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k = kit_new(&c, 1);
    (void)state;
    /* Score 80: 75 a second with each of the three. */
    for (int i = 0; i < 300; i++) (void)kit_send(k, k->number, k->service, VERIZON_TO, "x");
    for (int i = 0; i < 300; i++) (void)kit_send(k, k->number, k->service, TMOBILE_TO, "x");
    kit_run(k, 20000);
    assert_in_range(sent_before(k, 1, 300, START_MS + 2030), 145, 152);
    assert_in_range(sent_before(k, 301, 300, START_MS + 2030), 145, 152);
    assert_int_equal(sent_before(k, 1, 600, START_MS + 4500), 600);
    kit_free(k);
}

static void a_full_queue_is_refused_or_fails(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k;
    struct sandbox_created r = {0};
    (void)state;
    c.queue_s = 10;
    k = kit_new(&c, 1);
    for (int i = 0; i < 12; i++) r = kit_send(k, k->plain, SANDBOX_NONE, VERIZON_TO, "x");
    assert_int_equal(r.code, 21611);
    kit_run(k, 2000);
    assert_int_equal(kit_send(k, k->plain, SANDBOX_NONE, VERIZON_TO, "x").http_status, 201);
    for (int i = 0; i < 760; i++) r = kit_send(k, k->number, k->service, VERIZON_TO, "x");
    assert_int_equal(r.http_status, 201);
    kit_run(k, 1000);
    assert_int_equal(kit_status(k, r.message), SANDBOX_FAILED);
    assert_int_equal(kit_message(k, r.message).error_code, 30001);
    assert_string_equal(kit_story(k, r.message), "failed");
    kit_free(k);
}

static void what_waits_too_long_expires(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k = kit_new(&c, 1);
    struct sandbox_created r = {0};
    struct sandbox_create create = {
        .to = VERIZON_TO, .sender = k->plain, .service = SANDBOX_NONE, .body = STR("x"), .validity_s = 5};
    (void)state;
    for (int i = 0; i < 10; i++) sandbox_create_message(k->sb, k->now_ms, &create, &r);
    kit_run(k, 4900);
    assert_int_equal(kit_status(k, r.message), SANDBOX_QUEUED);
    kit_run(k, 200);
    assert_int_equal(kit_status(k, r.message), SANDBOX_FAILED);
    assert_int_equal(kit_message(k, r.message).error_code, 30036);
    /* What expired did not use the sender's time. */
    create.validity_s = 0;
    sandbox_create_message(k->sb, k->now_ms, &create, &r);
    kit_run(k, 1500);
    assert_int_equal(kit_status(k, r.message), SANDBOX_DELIVERED);
    kit_free(k);
}

static void t_mobile_counts_a_day_of_the_brand(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k = kit_new(&c, 1);
    struct sandbox_program p = {.brand = 1, .brand_score = 80, .tmobile_day_cap = 5};
    struct sandbox_created r = {0};
    (void)state;
    assert_int_equal(sandbox_program_set(k->sb, k->service, &p), ERR_OK);
    for (int i = 0; i < 6; i++) r = kit_send(k, k->number, k->service, TMOBILE_TO, "x");
    kit_run(k, 5000);
    assert_int_equal(kit_message(k, r.message).error_code, 30023);
    assert_int_equal(kit_status(k, r.message - 1), SANDBOX_DELIVERED);
    r = kit_send(k, k->number, k->service, VERIZON_TO, "x");
    kit_run(k, 5000);
    assert_int_equal(kit_status(k, r.message), SANDBOX_DELIVERED);
    /* It began at 00:00 Pacific, 08:00 UTC; so it ends a day later. */
    kit_run(k, 86400000 - 20000);
    r = kit_send(k, k->number, k->service, TMOBILE_TO, "x");
    kit_run(k, 5000);
    assert_int_equal(kit_message(k, r.message).error_code, 30023);
    kit_run(k, 10000);
    r = kit_send(k, k->number, k->service, TMOBILE_TO, "x");
    kit_run(k, 5000);
    assert_int_equal(kit_status(k, r.message), SANDBOX_DELIVERED);
    kit_free(k);
}

static void the_pacific_day_follows_daylight_time(void **state)
{
    const int64_t hour = 3600000, day = 24 * hour;
    const int64_t march_14_2027 = INT64_C(1804982400000),
                  november_7_2027 = INT64_C(1825545600000); /* 00:00 UTC */
    (void)state;
    assert_int_equal(sb_carrier_pacific_day(march_14_2027 + 8 * hour) * day, march_14_2027);
    assert_int_equal(sb_carrier_pacific_day(march_14_2027 + 8 * hour - 1) * day, march_14_2027 - day);
    assert_int_equal(sb_carrier_pacific_day(march_14_2027 + day + 7 * hour) * day, march_14_2027 + day);
    assert_int_equal(sb_carrier_pacific_day(march_14_2027 + day + 7 * hour - 1) * day, march_14_2027);
    assert_int_equal(sb_carrier_pacific_day(november_7_2027 + 7 * hour) * day, november_7_2027);
    assert_int_equal(sb_carrier_pacific_day(november_7_2027 + day + 8 * hour - 1) * day, november_7_2027);
    assert_int_equal(sb_carrier_pacific_day(november_7_2027 + day + 8 * hour) * day, november_7_2027 + day);
}

static void unregistered_long_codes_fail_where_registration_is_enforced(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k;
    struct sandbox_created plain, registered;
    (void)state;
    c.a2p_enforced = true;
    k = kit_new(&c, 1);
    plain = kit_send(k, k->plain, SANDBOX_NONE, VERIZON_TO, "x");
    registered = kit_send(k, k->number, k->service, VERIZON_TO, "x");
    kit_run(k, 5000);
    assert_int_equal(kit_message(k, plain.message).error_code, 30034);
    assert_int_equal(kit_status(k, plain.message), SANDBOX_FAILED);
    assert_int_equal(kit_status(k, registered.message), SANDBOX_DELIVERED);
    kit_free(k);
}

static void a_paused_carrier_holds_and_is_not_flooded_when_it_comes_back(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k = kit_new(&c, 1);
    struct sandbox_created r;
    (void)state;
    sandbox_carrier_pause(k->sb, SANDBOX_VERIZON, true, k->now_ms);
    for (int i = 0; i < 150; i++) (void)kit_send(k, k->number, k->service, VERIZON_TO, "x");
    r = kit_send(k, k->number, k->service, TMOBILE_TO, "x");
    kit_run(k, 60000);
    assert_int_equal(kit_status(k, 1), SANDBOX_QUEUED);
    assert_int_equal(kit_status(k, r.message), SANDBOX_DELIVERED);
    sandbox_carrier_pause(k->sb, SANDBOX_VERIZON, false, k->now_ms);
    kit_run(k, 60000);
    assert_int_equal(kit_status(k, 150), SANDBOX_DELIVERED);
    assert_in_range(sent_before(k, 1, 150, START_MS + 61010), 70, 78);
    kit_free(k);
}

static void a_service_spreads_its_load_and_sticks_to_who_spoke_first(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k = kit_new(&c, 1);
    uint32_t second;
    unsigned by_first = 0;
    uint64_t from;
    struct sandbox_created r;
    (void)state;
    assert_int_equal(sandbox_sender_add(k->sb, 0, STR("+14155551001"), k->service, STR(""), &second), ERR_OK);
    for (uint64_t i = 0; i < 40; i++) {
        r = kit_send(k, SANDBOX_NONE, k->service, VERIZON_TO + i * 100, "x");
        kit_run(k, 100);
        by_first += kit_message(k, r.message).sender == k->number;
    }
    assert_in_range(by_first, 15, 25);
    from = kit_message(k, r.message).from;
    for (int i = 0; i < 5; i++) {
        r = kit_send(k, SANDBOX_NONE, k->service, VERIZON_TO + UINT64_C(3900), "x");
        kit_run(k, 100);
        assert_int_equal(kit_message(k, r.message).from, from);
    }
    kit_free(k);
}

static void alphanumeric_senders_do_not_reach_north_america(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k = kit_new(&c, 1);
    uint32_t alpha;
    struct sandbox_created r;
    (void)state;
    assert_int_equal(sandbox_sender_add(k->sb, 0, STR("ACME"), k->service, STR(""), &alpha), ERR_OK);
    assert_int_equal(kit_send(k, alpha, k->service, VERIZON_TO, "x").code, 21612);
    r = kit_send(k, SANDBOX_NONE, k->service, UINT64_C(447700900123), "x");
    kit_run(k, 5000);
    assert_int_equal(kit_message(k, r.message).sender, alpha);
    assert_int_equal(kit_status(k, r.message), SANDBOX_DELIVERED);
    kit_free(k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_long_code_sends_one_segment_a_second),
        cmocka_unit_test(rates_count_segments),
        cmocka_unit_test(a_program_has_a_rate_with_each_carrier),
        cmocka_unit_test(a_full_queue_is_refused_or_fails),
        cmocka_unit_test(what_waits_too_long_expires),
        cmocka_unit_test(t_mobile_counts_a_day_of_the_brand),
        cmocka_unit_test(the_pacific_day_follows_daylight_time),
        cmocka_unit_test(unregistered_long_codes_fail_where_registration_is_enforced),
        cmocka_unit_test(a_paused_carrier_holds_and_is_not_flooded_when_it_comes_back),
        cmocka_unit_test(a_service_spreads_its_load_and_sticks_to_who_spoke_first),
        cmocka_unit_test(alphanumeric_senders_do_not_reach_north_america),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
