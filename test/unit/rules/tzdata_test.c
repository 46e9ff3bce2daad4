/* What happens when tzdata is missing, damaged, old or made by somebody else: TZDIR leads to a directory of our own. */
#include "rules/quiet_hours.h"
#include "rules/zone.h"
#include "scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

enum { ZONES_OF_A_PROCESS = 2048 };

static char directory[96];
static const int64_t NOW_MS = 1773000000000;

static void put(const char *name, const char *bytes, size_t length)
{
    char path[128];
    FILE *out;
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    out = fopen(path, "wbe");
    assert_non_null(out);
    assert_int_equal(fwrite(bytes, 1, length, out), length);
    assert_int_equal(fclose(out), 0);
}

static enum err find(const char *name)
{
    const struct zone *z = NULL;
    return zone_find(str_from(name), &z);
}

static int open_directory(void **state)
{
    (void)state;
    assert_true(scratch_make(directory, sizeof directory, "tzdata"));
    return setenv("TZDIR", directory, 1);
}

static int remove_directory(void **state)
{
    char command[128];
    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf '%s'", directory);
    return system(command);
}

static void a_zone_that_is_missing_or_damaged_says_which(void **state)
{
    char path[128];
    (void)state;
    put("Damaged", "this is no TZif file", 20);
    (void)snprintf(path, sizeof path, "%s/Folder", directory);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(find("Missing"), ERR_NOT_FOUND);
    assert_int_equal(find("Folder"), ERR_NOT_FOUND);
    put("Empty", "", 0);
    assert_int_equal(find("Empty"), ERR_NOT_FOUND);
    assert_int_equal(find("Damaged"), ERR_CORRUPT);
}

static void names_that_could_lead_elsewhere_are_not_looked_for(void **state)
{
    static const char *const names[] = {"", "/etc/passwd", "../x", "a b", "a@", "a[", "a`", "a{", "a:", "a,",
                                        "a_name_that_is_longer_than_any_that_tzdata_has_ever_had"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) assert_int_equal(find(names[i]), ERR_NOT_FOUND);
}

static void without_its_zones_nobody_may_be_reached(void **state)
{
    static const struct {
        const char *country, *zone, *state;
    } places[] = {{"US", NULL, NULL}, {"US", "America/Denver", NULL}, {"US", NULL, "TX"},
                  {"US", "America/Denver", "CO"}, {"DE", NULL, NULL}, {"DE", "Europe/Berlin", NULL}};
    (void)state;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        struct quiet_places p = {.state_count = 0};
        struct quiet_window w;
        memcpy(p.country, places[i].country, 3);
        if (places[i].state != NULL) assert_int_equal(quiet_places_add_state(&p, str_from(places[i].state)), ERR_OK);
        if (places[i].zone != NULL) assert_int_equal(quiet_places_add_zone(&p, str_from(places[i].zone)), ERR_OK);
        assert_int_equal(quiet_hours_window(quiet_hours_bucket_key(&p), KIND_MARKETING, NOW_MS, &w), ERR_NOT_FOUND);
        assert_false(w.open);
        assert_int_equal(w.next_open_ms, INT64_MAX);
    }
}

static void the_release_is_read_from_the_first_line_only(void **state)
{
    static const char *const bad[] = {"", "# redo\n", "version 2026f\n",
                                      "# version a-release-name-of-more-bytes-than-fit\n"};
    char version[ZONE_VERSION_BYTES];
    (void)state;
    assert_int_equal(zone_tzdata_version(version), ERR_NOT_FOUND);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        put("tzdata.zi", bad[i], strlen(bad[i]));
        assert_int_not_equal(zone_tzdata_version(version), ERR_OK);
    }
    put("tzdata.zi", "# version 2027a\nR x\n", 20);
    assert_int_equal(zone_tzdata_version(version), ERR_OK);
    assert_string_equal(version, "2027a");
    assert_false(zone_tzdata_is_old(version));
}

static void the_directory_is_the_systems_unless_another_is_named(void **state)
{
    char long_path[600];
    (void)state;
    memset(long_path, 'x', sizeof long_path - 1);
    long_path[sizeof long_path - 1] = '\0';
    assert_int_equal(setenv("TZDIR", long_path, 1), 0);
    assert_int_equal(find("Europe/Paris"), ERR_NOT_FOUND);
    assert_int_equal(setenv("TZDIR", "", 1), 0);
    assert_int_equal(find("Europe/Paris"), ERR_OK);
    assert_int_equal(unsetenv("TZDIR"), 0);
    assert_int_equal(find("Europe/Rome"), ERR_OK);
    assert_int_equal(setenv("TZDIR", directory, 1), 0);
}

/* The last one: it fills the table of this process. Found zones stay found, with what they were. */
static void more_zones_than_the_table_holds_are_refused_not_confused(void **state)
{
    char bytes[4096], name[32];
    FILE *in = fopen("/usr/share/zoneinfo/Etc/GMT-1", "rbe");
    size_t length, refused = 0;
    (void)state;
    assert_non_null(in);
    length = fread(bytes, 1, sizeof bytes, in);
    assert_int_equal(fclose(in), 0);
    for (int i = 0; i < ZONES_OF_A_PROCESS + 3; i++) {
        (void)snprintf(name, sizeof name, "Many%d", i);
        put(name, bytes, length);
        enum err e = find(name);
        if (e == ERR_FULL) refused++;
        else assert_int_equal(e, ERR_OK);
    }
    assert_in_range(refused, 1, 64);
    assert_int_equal(find("Many0"), ERR_OK);
    assert_int_equal(find("Europe/Paris"), ERR_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_zone_that_is_missing_or_damaged_says_which),
        cmocka_unit_test(names_that_could_lead_elsewhere_are_not_looked_for),
        cmocka_unit_test(without_its_zones_nobody_may_be_reached),
        cmocka_unit_test(the_release_is_read_from_the_first_line_only),
        cmocka_unit_test(the_directory_is_the_systems_unless_another_is_named),
        cmocka_unit_test(more_zones_than_the_table_holds_are_refused_not_confused),
    };
    return cmocka_run_group_tests(tests, open_directory, remove_directory);
}
