/* The document about one number says of each message what was on record when it was judged, or says that it does not
 * say it: never more, and never something that is so only today. */
#include "face.h"

#include "app/evidence.h"
#include "app/verdicts.h"
#include "rules/rule_set.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NUMBER "+12125550191"
static const uint64_t number = 12125550191;
static const char TARGET[] = "/v1/consents/" NUMBER "/evidence";
static struct face f;

static int setup(void **state)
{
    (void)state;
    face_open(&f);
    (void)face_sender(&f, &f.acme, f.acme_program, "+14155550100", 14155550100);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    face_close(&f);
    return 0;
}

/* The target of its explanation; static memory. */
static const char *sent(void)
{
    static char target[96];
    struct answer a = call(&f, "POST", "/v1/messages", f.acme_key, NULL, "{\"to\":\"" NUMBER "\",\"body\":\"Hi\"}");
    const char *id = strstr(a.body, "\"id\":\"");

    if (a.status != 202 || id == NULL) fail_msg("%d: %s", a.status, a.body);
    (void)snprintf(target, sizeof target, "/v1/messages/%.*s/explain", (int)strcspn(id + 6, "\""), id + 6);
    answer_free(&a);
    return target;
}

static struct answer got(const char *target)
{
    struct answer a = call(&f, "GET", target, f.acme_key, NULL, NULL);

    if (a.status != 200) fail_msg("%s: %d: %s", target, a.status, a.body);
    return a;
}

/* So many refusals. */
static void refuse(size_t times)
{
    struct consent *rows = calloc(times, sizeof *rows);
    struct change_consent c = {.head.kind = CHANGE_CONSENT, .rows = rows, .count = times};
    int64_t now_ms = clock_wall_ms(&f.clock);

    assert_non_null(rows);
    for (size_t i = 0; i < times; i++)
        rows[i] = (struct consent){.org = f.acme.id, .number = number, .kind = CONSENT_OPT_OUT, .scope = CONSENT_OF_ORG,
                                   .at_ms = now_ms - (int64_t)(times - i), .recorded_ms = now_ms,
                                   .source = STR("operator"), .evidence = STR("a call")};
    face_change(&f, &c.head);
    free(rows);
}

static void of_too_long_a_ledger_no_consent_is_told(void **state)
{
    const char *explain = sent();
    struct answer a;

    (void)state;
    refuse(1999);
    a = got(TARGET);
    assert_non_null(strstr(a.body, "\"verdicts\":[{\"rule\":"));
    assert_non_null(strstr(a.body, "\"verdicts_left_out\":null}]"));
    assert_non_null(strstr(a.body, "\"complete\":false")); /* its first 500 entries are in it */
    answer_free(&a);
    a = got(explain);
    assert_non_null(strstr(a.body, "\"state\":\"opted_out\""));
    answer_free(&a);
    refuse(1);
    a = got(TARGET);
    assert_non_null(strstr(a.body, "\"holds\":{\"state\":\"opted_out\""));
    assert_non_null(strstr(a.body, "\"verdicts\":null,\"verdicts_left_out\":\"A ledger has so many entries"));
    assert_null(strstr(a.body, "\"state\":\"none\""));
    assert_non_null(strstr(a.body, "\"complete\":false"));
    answer_free(&a);
    a = call(&f, "GET", explain, f.acme_key, NULL, NULL);
    assert_true(a.status >= 400);
    answer_free(&a);
}

static void entries_that_all_fit_are_all(void **state)
{
    struct answer a;

    (void)state;
    refuse(EVIDENCE_ENTRIES_MAX);
    a = got(TARGET);
    assert_non_null(strstr(a.body, "\"complete\":true"));
    answer_free(&a);
    refuse(1);
    a = got(TARGET);
    assert_non_null(strstr(a.body, "\"complete\":false"));
    answer_free(&a);
}

/* What the document says, without what is said of today. */
static void expect_of_then_only(const struct answer *a)
{
    static const char *const of_now[] = {"\"now\":", "counted", "line_type", "number_trouble", "spared_until", "paused",
                                         "written_needed"};

    for (size_t i = 0; i < sizeof of_now / sizeof of_now[0]; i++)
        if (strstr(a->body, of_now[i]) != NULL) fail_msg("%s is in %s", of_now[i], a->body);
}

static void what_is_known_of_today_only_is_told_to_who_asks_why_and_never_as_evidence(void **state)
{
    const char *explain = sent();
    struct answer a;

    (void)state;
    a = got(explain);
    assert_non_null(strstr(a.body, "\"now\":{\"written_needed\":false}"));
    assert_non_null(strstr(a.body, "\"now\":{\"line_type\":"));
    assert_non_null(strstr(a.body, "\"now\":{\"asked\":false}"));
    assert_non_null(strstr(a.body, "\"now\":{\"counted\":0}"));
    answer_free(&a);
    a = got(TARGET);
    assert_non_null(strstr(a.body, "\"rule\":\"number\",\"verdict\":\"pass\",\"law\":"));
    assert_non_null(strstr(a.body, "\"rule\":\"frequency\",\"verdict\":\"pass\",\"law\":"));
    expect_of_then_only(&a);
    answer_free(&a);
}

/* The tables in force from the beginning. */
static void tables_were(const char *version)
{
    char line[64];
    struct change_meta c = {.head = {.kind = CHANGE_META}, .name = STR(VERDICTS_RULE_SETS)};

    (void)snprintf(line, sizeof line, "0 %s\n", version);
    c.value = str_from(line);
    face_change(&f, &c.head);
}

static void tables_that_changed_since_are_told(void **state)
{
    struct answer a;

    (void)state;
    (void)sent();
    tables_were("0123456789abcdef");
    a = got(TARGET);
    assert_non_null(strstr(a.body, "\"version\":\"0123456789abcdef\""));
    assert_non_null(strstr(a.body, "\"inputs_note\":\"Hours, caps and countries below are read"));
    answer_free(&a);
    tables_were(rule_set_version);
    a = got(TARGET);
    assert_non_null(strstr(a.body, "\"inputs_note\":null"));
    answer_free(&a);
}

static int ledgers_read; /* of the number's */
static enum err count_consents(struct store_reader *r, struct arena *a, org_id org, uint64_t of, uint64_t after,
                               struct consent *out, size_t *count)
{
    ledgers_read += of == number;
    return f.store->ops->consents(r, a, org, of, after, out, count);
}

static void both_ledgers_are_read_once_for_all_messages(void **state)
{
    struct store_ops ops = *f.store->ops;
    struct store counting = {&ops};
    struct arena a;
    struct buf out;

    (void)state;
    for (int i = 0; i < 3; i++) (void)sent();
    refuse(1);
    ops.consents = count_consents;
    arena_init(&a, 16 << 20);
    buf_init(&out, 16 << 20);
    f.reader->store = &counting;
    assert_int_equal(evidence_write(&f.app, f.reader, &a, &f.acme, number, &out), ERR_OK);
    f.reader->store = f.store;
    assert_int_equal(ledgers_read, 2);
    assert_non_null(strstr(buf_text(&out), "\"rule\":\"consent\",\"verdict\":\"pass\""));
    buf_free(&out);
    arena_reset(&a);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(of_too_long_a_ledger_no_consent_is_told),
        TEST(entries_that_all_fit_are_all),
        TEST(what_is_known_of_today_only_is_told_to_who_asks_why_and_never_as_evidence),
        TEST(tables_that_changed_since_are_told),
        TEST(both_ledgers_are_read_once_for_all_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
