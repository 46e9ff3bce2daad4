/* quiet_hours where tzdata is missing: no window, no line, no cap is made up; the fault is told. */
#include "rules/quiet_hours.h"
#include "rules/quiet_tables.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static const int64_t NOW = INT64_C(1784000000000);

static void asks_in_vain(uint64_t key, enum message_kind kind)
{
    struct quiet_line lines[QUIET_LINES_MAX];
    struct quiet_window window;
    size_t count = 1;

    assert_int_equal(quiet_hours_window(key, kind, NOW, &window), ERR_NOT_FOUND);
    assert_false(window.open);
    assert_int_equal(window.next_open_ms, INT64_MAX);
    assert_int_equal(quiet_hours_lines(key, kind, NOW, lines, &count), ERR_NOT_FOUND);
    assert_int_equal(count, 0);
}

static void no_place_has_hours(void **state)
{
    static const char *const zones[] = {"America/New_York", "America/Chicago"};
    struct quiet_places p = {.country = "US"}, abroad = {.country = "BR"};
    struct quiet_cap cap;

    (void)state;
    asks_in_vain(0, KIND_MARKETING); /* somewhere in the US */
    asks_in_vain(quiet_hours_bucket_key(&abroad), KIND_MARKETING);
    assert_int_equal(quiet_places_add_state(&p, STR("TX")), ERR_OK);
    assert_int_equal(quiet_places_add_state(&p, STR("FL")), ERR_OK);
    asks_in_vain(quiet_hours_bucket_key(&p), KIND_MARKETING);
    for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++)
        assert_int_equal(quiet_places_add_zone(&p, str_from(zones[i])), ERR_OK);
    asks_in_vain(quiet_hours_bucket_key(&p), KIND_MARKETING);
    assert_int_equal(quiet_hours_cap(quiet_hours_bucket_key(&p), NOW, &cap), ERR_NOT_FOUND);
    assert_int_equal(cap.count, 0);
}

static void nor_have_automated_devices(void **state)
{
    struct quiet_places p;

    (void)state;
    asks_in_vain(quiet_hours_with_automated(0, QUIET_AUTOMATED_ALL), KIND_TRANSACTIONAL);
    for (size_t i = 0; i < quiet_automated_count; i++)
        for (size_t j = 0; j < quiet_automated_count; j++) {
            uint64_t key;
            if (!quiet_automated[i].any_kind || !quiet_automated[j].any_kind) continue;
            p = (struct quiet_places){.country = "US"};
            assert_int_equal(quiet_places_add_state(&p, str_from(quiet_automated[i].place)), ERR_OK);
            assert_int_equal(quiet_places_add_state(&p, str_from(quiet_automated[j].place)), ERR_OK);
            key = quiet_hours_bucket_key(&p);
            asks_in_vain(quiet_hours_with_automated(key, QUIET_AUTOMATED_ALL), KIND_TRANSACTIONAL);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_place_has_hours),
        cmocka_unit_test(nor_have_automated_devices),
    };

    if (setenv("TZDIR", HERE "/no-such-directory", 1) != 0) return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
