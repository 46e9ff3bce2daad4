/* Look-ups: what Lookup said is kept for everybody, a month's budget is never overdrawn, a list is walked once at a
 * time. */
#include "twin.h"

static struct change_lookup taking(org_id org, int32_t month, int64_t take)
{
    return (struct change_lookup){.head.kind = CHANGE_LOOKUP, .org = org, .month = month, .take = take, .most = 10};
}

static int64_t used(struct twin *t, org_id org, int32_t month)
{
    int64_t out = -1;
    assert_int_equal(t->ops->lookups_used(t->reader, org, month, &out), ERR_OK);
    return out;
}

static void what_lookup_said_replaces_what_it_said_before(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    struct line_record row = {.number = 14155550100, .valid = true, .line = LINE_LANDLINE, .carrier =
        "Sandbox Exchange",
                              .owner = OWNER_CHANGED, .owner_since_ms = T0 - 5, .looked_ms = T0}, got;
    struct change_lookup c = taking(org, 202611, 0);
    assert_int_equal(t->ops->line_get(t->reader, row.number, &got), ERR_NOT_FOUND);
    c.rows = &row;
    c.count = 1;
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(t->ops->line_get(t->reader, row.number, &got), ERR_OK);
    assert_true(got.valid && got.line == LINE_LANDLINE && got.owner == OWNER_CHANGED && got.looked_ms == T0);
    assert_true(got.number == row.number && got.owner_since_ms == T0 - 5);
    assert_string_equal(got.carrier, "Sandbox Exchange");
    row = (struct line_record){.number = row.number, .valid = true, .line = LINE_MOBILE, .carrier = "Verizon Wireless",
                               .mcc = "311", .mnc = "480", .looked_ms = T0 + 9};
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(t->ops->line_get(t->reader, row.number, &got), ERR_OK);
    assert_true(got.line == LINE_MOBILE && got.owner == OWNER_NOT_ASKED && got.looked_ms == T0 + 9);
    assert_string_equal(got.mnc, "480");
    assert_int_equal(used(t, org, 202611), 0);
}

/* What the gate will ask of the number, for the organization that looked. */
static enum number_trouble trouble(struct twin *t, org_id org, uint64_t number)
{
    static const struct number_terms terms = {180, 30};
    struct number_facts f;
    assert_int_equal(t->ops->number_facts(t->reader, org, number, &f), ERR_OK);
    return number_facts_judge(&f, &terms, T0 + 10).trouble;
}

static void what_lookup_said_of_the_line_decides_whether_it_is_written_to(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme"), other = make_org(t, "other");
    struct line_record rows[] = {{.number = 14155550100, .valid = true, .line = LINE_LANDLINE, .looked_ms = T0},
                                 {.number = 14155550101, .valid = false, .looked_ms = T0},
                                 {.number = 14155550102, .valid = true, .line = LINE_MOBILE, .looked_ms = T0}};
    struct change_lookup c = taking(org, 202611, 0);
    c.rows = rows;
    c.count = 3;
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(trouble(t, org, 14155550100), NUMBER_LANDLINE);
    assert_int_equal(trouble(t, org, 14155550101), NUMBER_INVALID);
    assert_int_equal(trouble(t, org, 14155550102), NUMBER_FINE);
    assert_int_equal(trouble(t, other, 14155550101), NUMBER_FINE);
}

static void a_month_is_not_overdrawn_and_can_be_given_back(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme"), other = make_org(t, "other");
    struct change_lookup c = taking(org, 202611, 7), none = taking(9, 202611, 1);
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(c.used, 7);
    c = taking(org, 202611, 4);
    assert_int_equal(PUT(t, &c), ERR_LIMIT);
    assert_int_equal(c.used, 7);
    assert_true(str_find(str_from(c.head.fault.what), STR("7 of 10 look-ups")) < strlen(c.head.fault.what));
    c = taking(org, 202611, 3);
    assert_int_equal(PUT(t, &c), ERR_OK);
    c = taking(org, 202611, -2);
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(used(t, org, 202611), 8);
    assert_int_equal(used(t, org, 202612), 0);
    assert_int_equal(used(t, other, 202611), 0);
    c = taking(other, 202611, -2);
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(used(t, other, 202611), 0);
    assert_int_equal(PUT(t, &none), ERR_NOT_FOUND);
}

static void a_list_is_walked_once_at_a_time(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme"), other = make_org(t, "other");
    struct change_hygiene c = {.head.kind = CHANGE_HYGIENE, .job = {.org = org, .list = 3, .state = HYGIENE_RUNNING,
                               .limit = 50, .created_ms = T0}}, again = c, theirs;
    struct hygiene_job page[3], got;
    size_t count = 3;
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(c.job.id, 1);
    assert_int_equal(PUT(t, &again), ERR_CONFLICT);
    assert_int_equal(again.job.id, 1);
    theirs = c;
    theirs.job.org = other;
    assert_int_equal(PUT(t, &theirs), ERR_NOT_FOUND);
    assert_int_equal(t->ops->hygiene_get(t->reader, &t->arena, other, 1, &got), ERR_NOT_FOUND);
    c.job.after = 77;
    c.job.looked = 5;
    c.job.reassigned = 2;
    c.job.cost_micros = 40000;
    c.job.why = STR("the month's look-ups are used");
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(t->ops->hygienes_running(t->reader, &t->arena, 0, page, &count), ERR_OK);
    assert_true(count == 1 && page[0].after == 77 && page[0].limit == 50 && page[0].looked == 5);
    count = 3;
    assert_int_equal(t->ops->hygienes_running(t->reader, &t->arena, page[0].id, page, &count), ERR_OK);
    assert_int_equal(count, 0); /* behind it there is none */
    c.job.state = HYGIENE_STOPPED;
    c.job.finished_ms = T0 + 5;
    assert_int_equal(PUT(t, &c), ERR_OK);
    count = 3;
    assert_int_equal(t->ops->hygienes_running(t->reader, &t->arena, 0, page, &count), ERR_OK);
    assert_int_equal(count, 0);
    assert_int_equal(t->ops->hygiene_get(t->reader, &t->arena, org, 1, &got), ERR_OK);
    assert_true(got.reassigned == 2 && got.cost_micros == 40000 && got.finished_ms == T0 + 5 && got.created_ms == T0);
    assert_true(str_equal(got.why, STR("the month's look-ups are used")));
    again.job.id = 0;
    assert_int_equal(PUT(t, &again), ERR_OK);
    assert_int_equal(again.job.id, 2);
}

static const struct CMUnitTest tests[] = {
    STORE_TEST(what_lookup_said_replaces_what_it_said_before),
    STORE_TEST(what_lookup_said_of_the_line_decides_whether_it_is_written_to),
    STORE_TEST(a_month_is_not_overdrawn_and_can_be_given_back),
    STORE_TEST(a_list_is_walked_once_at_a_time),
};
const struct suite lookups_suite = {tests, sizeof tests / sizeof tests[0]};
