/* frequency: rolling windows to the millisecond, two caps at once, and rows as bytes. */
#include "rules/frequency.h"

#include "base/rng.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define HOUR INT64_C(3600000)
static const int64_t NOW = INT64_C(1790000000000);
static const struct frequency_caps THREE_A_DAY = {.law = {3, 24}};

static void the_fourth_waits_until_the_first_is_a_day_old(void **state)
{
    struct frequency f = {.count = 0};

    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(frequency_free_ms(&f, &THREE_A_DAY, NOW + i, 0), 0);
        frequency_note(&f, NOW + i, 0);
    }
    assert_int_equal(frequency_free_ms(&f, &THREE_A_DAY, NOW + 3, 0), NOW + 24 * HOUR);
    assert_int_equal(frequency_free_ms(&f, &THREE_A_DAY, NOW + 24 * HOUR - 1, 0), NOW + 24 * HOUR);
    assert_int_equal(frequency_free_ms(&f, &THREE_A_DAY, NOW + 24 * HOUR, 0), 0);
}

static void of_two_caps_the_later_decides(void **state)
{
    const struct frequency_caps both = {.law = {3, 24}, .own = {2, 168}};
    struct frequency f = {.count = 0};

    (void)state;
    frequency_note(&f, NOW, 0);
    frequency_note(&f, NOW + 1, 0);
    assert_int_equal(frequency_free_ms(&f, &both, NOW + 2, 0), NOW + 168 * HOUR);
    assert_int_equal(frequency_free_ms(&f, &THREE_A_DAY, NOW + 2, 0), 0);
    assert_false(frequency_capped(&(struct frequency_caps){.law = {0, 0}}));
    assert_int_equal(frequency_free_ms(&f, &(struct frequency_caps){.law = {0, 0}}, NOW + 2, 0), 0);
}

static void an_earlier_attempt_is_replaced_not_counted(void **state)
{
    struct frequency f = {.count = 0};

    (void)state;
    for (int i = 0; i < 3; i++)
        frequency_note(&f, NOW + i, 0);
    assert_int_equal(frequency_free_ms(&f, &THREE_A_DAY, NOW + 9, NOW + 1), 0);
    frequency_note(&f, NOW + 9, NOW + 1);
    assert_int_equal(f.count, 3);
    assert_int_equal(f.at_ms[1], NOW + 2);
    assert_int_equal(f.at_ms[2], NOW + 9);
}

static void the_newest_are_kept_in_order(void **state)
{
    struct frequency f = {.count = 0};

    (void)state;
    for (int i = 0; i < FREQUENCY_MAX + 5; i++)
        frequency_note(&f, NOW + i, 0);
    assert_int_equal(f.count, FREQUENCY_MAX);
    assert_int_equal(f.at_ms[0], NOW + 5);
    frequency_note(&f, NOW + 7, 0); /* a clock was set back */
    for (unsigned i = 1; i < f.count; i++)
        assert_true(f.at_ms[i - 1] <= f.at_ms[i]);
}

static void rows_lead_back(void **state)
{
    struct rng rng = rng_seeded(5);
    unsigned char bytes[FREQUENCY_BYTES + 1] = {0};

    (void)state;
    for (int i = 0; i < 2000; i++) {
        struct frequency f = {.count = 0}, again;
        for (uint64_t n = rng_below(&rng, 20); n > 0; n--)
            frequency_note(&f, NOW + (int64_t)rng_below(&rng, 1000), 0);
        size_t length = frequency_pack(&f, bytes);
        assert_int_equal(length, f.count * FREQUENCY_BYTES_EACH);
        frequency_unpack((struct str){(const char *)bytes, length}, &again);
        assert_int_equal(again.count, f.count);
        assert_memory_equal(again.at_ms, f.at_ms, f.count * sizeof f.at_ms[0]);
    }
    for (size_t length = 0; length < sizeof bytes; length++) { /* whatever stands there */
        struct frequency f;
        frequency_unpack((struct str){(const char *)bytes, length}, &f);
        assert_true(f.count <= FREQUENCY_MAX);
    }
}

/* Whatever goes only when it may: in no window of 24 hours are there more than three. */
static void no_window_ever_has_more(void **state)
{
    struct rng rng = rng_seeded(11);
    struct frequency f = {.count = 0};
    int64_t sent[4000], now = NOW;
    size_t count = 0;

    (void)state;
    for (int i = 0; i < 4000; i++) {
        int64_t free_ms = frequency_free_ms(&f, &THREE_A_DAY, now, 0);
        if (free_ms == 0) {
            frequency_note(&f, now, 0);
            sent[count++] = now;
        }
        now =
            free_ms > now && rng_below(&rng, 2) == 0 ? free_ms : now + (int64_t)rng_below(&rng, 6 * 3600000);
    }
    assert_true(count > 500);
    for (size_t i = 3; i < count; i++)
        assert_true(sent[i] - sent[i - 3] >= 24 * HOUR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fourth_waits_until_the_first_is_a_day_old),
        cmocka_unit_test(of_two_caps_the_later_decides),
        cmocka_unit_test(an_earlier_attempt_is_replaced_not_counted),
        cmocka_unit_test(the_newest_are_kept_in_order),
        cmocka_unit_test(rows_lead_back),
        cmocka_unit_test(no_window_ever_has_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
