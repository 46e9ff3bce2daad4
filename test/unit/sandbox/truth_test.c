/* Faults, the ledger and the oracle: what was committed is known, whatever the client was told. */
#include "kit.h"

#include <string.h>

static void fault_on_next(struct kit *k, struct sandbox_fault_rule rule)
{
    if (rule.times == 0) rule.times = 1;
    if (rule.on == 0) rule.on = SANDBOX_ON_ALL;
    assert_int_equal(sandbox_fault_next(k->sb, &rule), ERR_OK);
}

static struct sandbox_ledger_entry entry(struct kit *k, uint64_t seq)
{
    struct sandbox_ledger_entry e;
    assert_int_equal(sandbox_ledger_get(k->sb, seq, &e), ERR_OK);
    return e;
}

static void each_fault_commits_or_not_as_its_name_says(void **state)
{
    static const struct {
        enum sandbox_fault fault;
        bool commits;
        int http_status; /* that the client may read; 0: nothing */
    } cases[] = {
        {SANDBOX_FAULT_NONE, true, 201}, {SANDBOX_FAULT_LATENCY, true, 201},
        {SANDBOX_FAULT_ERROR_BEFORE, false, 503}, {SANDBOX_FAULT_ERROR_AFTER, true, 503},
        {SANDBOX_FAULT_THROTTLE, false, 429}, {SANDBOX_FAULT_CLOSE_BEFORE, false, 0},
        {SANDBOX_FAULT_CLOSE_AFTER, true, 0}, {SANDBOX_FAULT_RESET_BEFORE, false, 0},
        {SANDBOX_FAULT_RESET_AFTER, true, 0}, {SANDBOX_FAULT_RESET_MID, true, 0},
        {SANDBOX_FAULT_HANG_BEFORE, false, 0}, {SANDBOX_FAULT_HANG_AFTER, true, 0},
        {SANDBOX_FAULT_TRUNCATED, true, 201}, {SANDBOX_FAULT_NOT_JSON, true, 201},
        {SANDBOX_FAULT_EDGE_4XX, false, 503}, {SANDBOX_FAULT_REDIRECT, false, 307},
        {SANDBOX_FAULT_DRIP, true, 201},
    };
    struct sandbox_config c = kit_config();
    struct kit *k = kit_new(&c, 1);
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sandbox_created r;
        fault_on_next(k, (struct sandbox_fault_rule){.fault = cases[i].fault, .http_status = 503});
        r = kit_send(k, k->plain, SANDBOX_NONE, VERIZON_TO, "x");
        assert_int_equal(r.message != 0, cases[i].commits);
        assert_int_equal(r.wire.fault, cases[i].fault);
        assert_int_equal(sandbox_directive_loses_answer(&r.wire), cases[i].http_status == 0);
        if (cases[i].http_status != 0) assert_int_equal(r.http_status, cases[i].http_status);
        assert_int_equal(entry(k, r.ledger_seq).message, r.message);
        assert_int_equal(entry(k, r.ledger_seq).fault, cases[i].fault);
    }
    assert_int_equal(sandbox_ledger_count(k->sb), sizeof cases / sizeof *cases);
    kit_free(k);
}

static void a_late_commit_comes_when_nobody_waits_any_more(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k = kit_new(&c, 1);
    struct sandbox_message out[2];
    struct sandbox_listed listed;
    struct sandbox_created r;
    (void)state;
    fault_on_next(k, (struct sandbox_fault_rule){.fault = SANDBOX_FAULT_LATE_COMMIT, .delay_ms = 45000});
    r = kit_send(k, k->plain, SANDBOX_NONE, VERIZON_TO, "Late");
    assert_int_equal(r.message, 0);
    assert_true(sandbox_directive_loses_answer(&r.wire));
    kit_run(k, 44999);
    assert_int_equal(entry(k, r.ledger_seq).message, 0);
    kit_run(k, 2);
    assert_int_equal(entry(k, r.ledger_seq).message, 1);
    assert_int_equal(entry(k, r.ledger_seq).committed_ms, START_MS + 45000);
    sandbox_list_messages(k->sb, k->now_ms, &(struct sandbox_list){.to = VERIZON_TO}, out, 2, &listed);
    assert_int_equal(listed.count, 1);
    assert_true(str_equal(out[0].body, STR("Late")));
    kit_run(k, 10000);
    assert_string_equal(kit_story(k, 1), "sent delivered");
    kit_free(k);
}

static void refused_creations_are_in_the_ledger_too(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k = kit_new(&c, 1);
    struct sandbox_created r = kit_send(k, k->plain, SANDBOX_NONE, UINT64_C(12125559111), "x");
    (void)state;
    assert_int_equal(entry(k, r.ledger_seq).http_status, 400);
    assert_int_equal(entry(k, r.ledger_seq).code, 21211);
    assert_int_equal(entry(k, r.ledger_seq).message, 0);
    kit_free(k);
}

static void rules_strike_what_they_match_and_only_so_often(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k = kit_new(&c, 1);
    struct sandbox_message out[1];
    struct sandbox_listed listed;
    (void)state;
    fault_on_next(k, (struct sandbox_fault_rule){.fault = SANDBOX_FAULT_THROTTLE, .on = SANDBOX_ON_CREATE,
                                                 .to = TMOBILE_TO, .skip = 1, .times = 2});
    sandbox_list_messages(k->sb, k->now_ms, &(struct sandbox_list){.to = TMOBILE_TO}, out, 1, &listed);
    assert_int_equal(listed.http_status, 200);
    assert_int_equal(kit_send(k, k->plain, SANDBOX_NONE, VERIZON_TO, "x").http_status, 201);
    assert_int_equal(kit_send(k, k->plain, SANDBOX_NONE, TMOBILE_TO, "x").http_status, 201);
    assert_int_equal(kit_send(k, k->plain, SANDBOX_NONE, TMOBILE_TO, "x").http_status, 429);
    assert_int_equal(kit_send(k, k->plain, SANDBOX_NONE, TMOBILE_TO, "x").http_status, 429);
    assert_int_equal(kit_send(k, k->plain, SANDBOX_NONE, TMOBILE_TO, "x").http_status, 201);
    kit_free(k);
}

static void a_plan_strikes_about_as_often_as_it_says(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k;
    struct sandbox_stats stats;
    uint64_t struck = 0;
    (void)state;
    c.faults = sandbox_fault_plan_rough(100000, false);
    c.long_code_mps_milli = 0;
    k = kit_new(&c, 1);
    for (int i = 0; i < 5000; i++) (void)kit_send_as(k, k->plain, SANDBOX_NONE, VERIZON_TO, "");
    sandbox_stats_get(k->sb, &stats);
    for (int i = 1; i < SANDBOX_FAULT_COUNT; i++) struck += stats.faults[i];
    assert_in_range(struck, 420, 580);
    assert_true(stats.faults[SANDBOX_FAULT_ERROR_AFTER] > 20);
    kit_free(k);
}

static void names_of_faults_read_back(void **state)
{
    (void)state;
    for (int i = 0; i < SANDBOX_FAULT_COUNT; i++) {
        enum sandbox_fault fault;
        assert_int_equal(sandbox_fault_from_name(str_from(sandbox_fault_name((enum sandbox_fault)i)), &fault),
                         ERR_OK);
        assert_int_equal(fault, i);
    }
}

static struct sandbox_verdict judge(struct kit *k, struct sandbox_oracle oracle)
{
    struct sandbox_verdict v;
    assert_int_equal(sandbox_ledger_check(k->sb, &oracle, &v), ERR_OK);
    return v;
}

static void the_oracle_sees_duplicates_by_our_own_id(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k = kit_new(&c, 1);
    struct sandbox_verdict v;
    (void)state;
    (void)kit_send_as(k, k->plain, SANDBOX_NONE, VERIZON_TO, "http://app.test/s?m=7&a=1#rc=3");
    (void)kit_send_as(k, k->plain, SANDBOX_NONE, VERIZON_TO, "http://app.test/s?m=8&a=1#rc=3");
    assert_int_equal(judge(k, (struct sandbox_oracle){.id_param = STR("m")}).duplicates, 0);
    fault_on_next(k, (struct sandbox_fault_rule){.fault = SANDBOX_FAULT_ERROR_BEFORE});
    (void)kit_send_as(k, k->plain, SANDBOX_NONE, VERIZON_TO, "http://app.test/s?m=9&a=1");
    (void)kit_send_as(k, k->plain, SANDBOX_NONE, VERIZON_TO, "http://app.test/s?m=9&a=2");
    assert_int_equal(judge(k, (struct sandbox_oracle){.id_param = STR("m")}).duplicates, 0);
    fault_on_next(k, (struct sandbox_fault_rule){.fault = SANDBOX_FAULT_CLOSE_AFTER});
    (void)kit_send_as(k, k->plain, SANDBOX_NONE, VERIZON_TO, "http://app.test/s?m=10&a=1");
    (void)kit_send_as(k, k->plain, SANDBOX_NONE, VERIZON_TO, "http://app.test/s?m=10&a=2");
    v = judge(k, (struct sandbox_oracle){.id_param = STR("m")});
    assert_int_equal(v.duplicates, 1);
    assert_int_equal(v.findings[0].first_seq, 5);
    assert_int_equal(v.findings[0].seq, 6);
    assert_int_equal(judge(k, (struct sandbox_oracle){.id_param = STR("")}).duplicates, 0);
    kit_free(k);
}

static void ids_are_read_from_a_path_too(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k = kit_new(&c, 1);
    (void)state;
    (void)kit_send_as(k, k->plain, SANDBOX_NONE, VERIZON_TO, "http://app.test/hooks/A1/status/55/1#rc=3");
    (void)kit_send_as(k, k->plain, SANDBOX_NONE, VERIZON_TO, "http://app.test/hooks/A1/status/55/2#rc=3");
    (void)kit_send_as(k, k->plain, SANDBOX_NONE, VERIZON_TO, "http://app.test/hooks/A1/status/56/1#rc=3");
    assert_int_equal(judge(k, (struct sandbox_oracle){.id_param = STR("/status/")}).duplicates, 1);
    assert_int_equal(judge(k, (struct sandbox_oracle){.id_param = STR("/nowhere/")}).duplicates, 0);
    kit_free(k);
}

static void count_id(void *user, struct str id, uint32_t times)
{
    uint32_t *sum = user;
    *sum += times * (str_equal(id, STR("7")) ? 10u : 1u);
}

static void ids_committed_are_listed_with_their_number(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k = kit_new(&c, 1);
    uint32_t sum = 0;
    (void)state;
    (void)kit_send_as(k, k->plain, SANDBOX_NONE, VERIZON_TO, "http://app.test/s?a=1&m=7");
    (void)kit_send_as(k, k->plain, SANDBOX_NONE, VERIZON_TO, "http://app.test/s?m=7");
    (void)kit_send_as(k, k->plain, SANDBOX_NONE, VERIZON_TO, "http://app.test/s?m=8");
    assert_int_equal(sandbox_ledger_ids(k->sb, STR("m"), count_id, &sum), ERR_OK);
    assert_int_equal(sum, 21);
    kit_free(k);
}

static void a_stop_counts_from_its_answered_webhook_to_the_next_start(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k;
    uint64_t message;
    (void)state;
    c.service_optout_async = true;
    k = kit_new(&c, 1);
    assert_int_equal(
        sandbox_inbound(k->sb, k->now_ms, VERIZON_TO, STR("+14155551000"), STR("STOP"), &message), ERR_OK);
    /* Not answered yet: what is under way now crossed it. */
    (void)kit_send(k, SANDBOX_NONE, k->service, VERIZON_TO, "x");
    assert_int_equal(judge(k, (struct sandbox_oracle){.id_param = STR("")}).after_stop, 0);
    kit_run(k, 1000);
    assert_int_equal(judge(k, (struct sandbox_oracle){.id_param = STR("")}).after_stop, 0);
    (void)kit_send(k, SANDBOX_NONE, k->service, VERIZON_TO, "x");
    assert_int_equal(judge(k, (struct sandbox_oracle){.id_param = STR("")}).after_stop, 1);
    assert_int_equal(judge(k, (struct sandbox_oracle){.stop_crossing_ms = 5000}).after_stop, 0);
    kit_run(k, 1000);
    assert_int_equal(
        sandbox_inbound(k->sb, k->now_ms, VERIZON_TO, STR("+14155551000"), STR("START"), &message), ERR_OK);
    (void)kit_send(k, SANDBOX_NONE, k->service, VERIZON_TO, "x");
    assert_int_equal(judge(k, (struct sandbox_oracle){.id_param = STR("")}).after_stop, 1);
    kit_free(k);
}

/* Gives its webhook's id. */
static uint64_t text(struct kit *k, const char *body)
{
    struct sandbox_webhook due[4];
    uint64_t message;
    assert_int_equal(
        sandbox_inbound(k->sb, k->now_ms, VERIZON_TO, STR("+14155551000"), str_from(body), &message), ERR_OK);
    k->now_ms += 1000;
    assert_int_equal(sandbox_step(k->sb, k->now_ms, due, 4), 1);
    assert_int_equal(due[0].message, message);
    return due[0].id;
}

/* A webhook has no date: of two that were turned round on their way nobody can know which text was the last. */
static void a_start_that_came_after_a_later_stop_is_no_broken_promise(void **state)
{
    struct sandbox_config c = kit_config();
    (void)state;
    c.service_optout_async = true;
    for (int turned = 0; turned < 2; turned++) {
        struct kit *k = kit_new(&c, 1);
        uint64_t start = text(k, "START"), stop = text(k, "STOP");
        sandbox_webhook_answered(k->sb, k->now_ms, turned ? stop : start, &k->answer);
        k->now_ms += 1000;
        sandbox_webhook_answered(k->sb, k->now_ms, turned ? start : stop, &k->answer);
        k->now_ms += 1000;
        (void)kit_send(k, SANDBOX_NONE, k->service, VERIZON_TO, "x");
        assert_int_equal(judge(k, (struct sandbox_oracle){.stop_crossing_ms = 150}).after_stop, turned ? 0 : 1);
        kit_free(k);
    }
}

static void a_sender_is_counted_towards_each_carrier_by_itself(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k = kit_new(&c, 1);
    struct sandbox_limit limit = {.scope = SANDBOX_PER_SENDER_CARRIER, .only = SANDBOX_NONE,
                                  .carrier = SANDBOX_CARRIER_COUNT, .window_ms = 1000, .most = 1};
    struct sandbox_oracle oracle = {.limits = &limit, .limits_count = 1};
    (void)state;
    (void)kit_send_as(k, k->plain, SANDBOX_NONE, VERIZON_TO, "");
    (void)kit_send_as(k, k->plain, SANDBOX_NONE, TMOBILE_TO, "");
    assert_int_equal(judge(k, oracle).over_limit, 0);
    kit_run(k, 999);
    (void)kit_send_as(k, k->plain, SANDBOX_NONE, VERIZON_TO, "");
    assert_int_equal(judge(k, oracle).over_limit, 1);
    kit_free(k);
}

static void windows_slide_and_are_never_over(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k = kit_new(&c, 1);
    struct sandbox_limit limits[] = {
        {.scope = SANDBOX_PER_SENDER,
         .only = SANDBOX_NONE,
         .carrier = SANDBOX_CARRIER_COUNT,
         .window_ms = 1000,
         .most = 10},
        {.scope = SANDBOX_PER_SERVICE_CARRIER,
         .only = k->service,
         .carrier = SANDBOX_TMOBILE,
         .window_ms = 1000,
         .most = 1},
        {.scope = SANDBOX_OVERALL, .window_ms = 10000, .most = 100},
    };
    struct sandbox_oracle oracle = {.limits = limits, .limits_count = 3};
    struct sandbox_verdict v;
    (void)state;
    for (int i = 0; i < 50; i++) {
        (void)kit_send_as(k, k->plain, SANDBOX_NONE, VERIZON_TO, "");
        kit_run(k, 100);
    }
    v = judge(k, oracle);
    assert_int_equal(v.over_limit, 0);
    assert_int_equal(v.fullest[0], 10);
    /* One a millisecond too early: the window that ends with it holds eleven. */
    kit_run(k, 900);
    for (int i = 0; i < 10; i++) (void)kit_send_as(k, k->plain, SANDBOX_NONE, VERIZON_TO, "");
    kit_run(k, 999);
    (void)kit_send_as(k, k->plain, SANDBOX_NONE, VERIZON_TO, "");
    v = judge(k, oracle);
    assert_int_equal(v.over_limit, 1);
    assert_int_equal(v.fullest[0], 11);
    assert_int_equal(v.findings[0].kind, SANDBOX_OVER_LIMIT);
    assert_int_equal(v.findings[0].limit, 0);
    (void)kit_send_as(k, k->number, k->service, TMOBILE_TO, "");
    (void)kit_send_as(k, k->number, k->service, VERIZON_TO, "");
    assert_int_equal(judge(k, oracle).fullest[1], 1);
    (void)kit_send_as(k, k->number, k->service, TMOBILE_TO, "");
    assert_int_equal(judge(k, oracle).fullest[1], 2);
    kit_free(k);
}

static void what_was_received_can_be_counted_too(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k = kit_new(&c, 1);
    struct sandbox_limit limit = {.scope = SANDBOX_OVERALL, .window_ms = 1000, .most = 100};
    struct sandbox_oracle oracle = {.limits = &limit, .limits_count = 1, .count_received = true};
    (void)state;
    fault_on_next(k, (struct sandbox_fault_rule){.fault = SANDBOX_FAULT_ERROR_BEFORE});
    fault_on_next(k, (struct sandbox_fault_rule){.fault = SANDBOX_FAULT_THROTTLE});
    for (int i = 0; i < 3; i++) (void)kit_send(k, k->plain, SANDBOX_NONE, VERIZON_TO, "x");
    assert_int_equal(judge(k, oracle).fullest[0], 2);
    oracle.count_received = false;
    assert_int_equal(judge(k, oracle).fullest[0], 1);
    kit_free(k);
}

static void a_full_ledger_says_what_it_dropped(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k;
    struct sandbox_ledger_entry e;
    (void)state;
    c.ledger_max = 2048;
    c.long_code_mps_milli = 0;
    k = kit_new(&c, 1);
    for (int i = 0; i < 5000; i++) (void)kit_send_as(k, k->plain, SANDBOX_NONE, VERIZON_TO, "");
    assert_int_equal(sandbox_ledger_count(k->sb), 5000);
    assert_int_equal(sandbox_ledger_dropped(k->sb), 3072);
    assert_int_equal(sandbox_ledger_get(k->sb, 3072, &e), ERR_NOT_FOUND);
    assert_int_equal(entry(k, 3073).message, 3073);
    assert_int_equal(judge(k, (struct sandbox_oracle){.id_param = STR("")}).dropped, 3072);
    kit_free(k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_fault_commits_or_not_as_its_name_says),
        cmocka_unit_test(a_late_commit_comes_when_nobody_waits_any_more),
        cmocka_unit_test(refused_creations_are_in_the_ledger_too),
        cmocka_unit_test(rules_strike_what_they_match_and_only_so_often),
        cmocka_unit_test(a_plan_strikes_about_as_often_as_it_says),
        cmocka_unit_test(names_of_faults_read_back),
        cmocka_unit_test(the_oracle_sees_duplicates_by_our_own_id),
        cmocka_unit_test(ids_are_read_from_a_path_too),
        cmocka_unit_test(ids_committed_are_listed_with_their_number),
        cmocka_unit_test(a_stop_counts_from_its_answered_webhook_to_the_next_start),
        cmocka_unit_test(a_start_that_came_after_a_later_stop_is_no_broken_promise),
        cmocka_unit_test(a_sender_is_counted_towards_each_carrier_by_itself),
        cmocka_unit_test(windows_slide_and_are_never_over),
        cmocka_unit_test(what_was_received_can_be_counted_too),
        cmocka_unit_test(a_full_ledger_says_what_it_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
