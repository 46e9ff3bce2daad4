/* One table of settings: defaults in bounds, every source, faults that name setting, value and bounds. */
#include "app/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void defaults_are_the_tables(void **state)
{
    struct settings s;
    (void)state;
    settings_default(&s);
    assert_int_equal(s.provider_timeout_ms, 35000);
    assert_int_equal(s.limits_tier4_per_min, 60000);
    assert_true(s.quiet_hours);
    assert_string_equal(s.callback_overrides, "rc=5&rp=all");
}

static void a_bad_value_names_setting_value_and_bounds(void **state)
{
    struct settings s;
    struct fault f;
    (void)state;
    settings_default(&s);
    assert_int_equal(settings_set(&s, settings_find(STR("port")), STR("70000"), &f), ERR_INVALID);
    assert_string_equal(f.what, "port: '70000' is not a whole number from 0 to 65535");
    assert_int_equal(settings_set(&s, settings_find(STR("sandbox")), STR("perhaps"), &f), ERR_INVALID);
    assert_null(settings_find(STR("no.such")));
}

static void environment_wins_over_file(void **state)
{
    char path[] = "/tmp/sterling-conf-XXXXXX";
    int fd = mkstemp(path);
    struct settings s;
    struct fault f;
    (void)state;
    assert_true(fd >= 0);
    assert_true(dprintf(fd, "# a comment\n\nreconcile.first_ms = 5\nport=1234\n") > 0);
    settings_default(&s);
    assert_int_equal(settings_read_file(&s, path, &f), ERR_OK);
    assert_int_equal(s.reconcile_first_ms, 5);
    assert_int_equal(setenv("STERLING_RECONCILE_FIRST_MS", "7", 1), 0);
    assert_int_equal(setenv("TWILIO_EDGE", "dublin", 1), 0);
    assert_int_equal(settings_read_environment(&s, &f), ERR_OK);
    assert_int_equal(s.reconcile_first_ms, 7);
    assert_int_equal(s.port, 1234);
    assert_string_equal(s.twilio_edge, "dublin");
    assert_int_equal(setenv("STERLING_RECONCILE_FIRST_MS", "soon", 1), 0);
    assert_int_equal(settings_read_environment(&s, &f), ERR_INVALID);
    assert_non_null(strstr(f.what, "STERLING_RECONCILE_FIRST_MS"));
    assert_int_equal(unsetenv("STERLING_RECONCILE_FIRST_MS"), 0);
    assert_int_equal(unsetenv("TWILIO_EDGE"), 0);
    assert_true(dprintf(fd, "prot = 1\n") > 0);
    assert_int_equal(settings_read_file(&s, path, &f), ERR_INVALID);
    assert_non_null(strstr(f.what, "line 5"));
    assert_non_null(strstr(f.what, "'prot'"));
    (void)close(fd);
    (void)unlink(path);
}

static void missing_or_malformed_credentials_refuse_to_start(void **state)
{
    struct settings s;
    struct fault f;
    (void)state;
    settings_default(&s);
    assert_int_equal(settings_check(&s, &f), ERR_INVALID);
    assert_non_null(strstr(f.what, "--sandbox"));
    s.sandbox = true;
    assert_int_equal(settings_check(&s, &f), ERR_OK);
    (void)snprintf(s.provider_client, sizeof s.provider_client, "wget");
    assert_int_equal(settings_check(&s, &f), ERR_INVALID);
    assert_string_equal(f.what, "provider.client: 'wget' is neither wire nor curl");
    (void)snprintf(s.provider_client, sizeof s.provider_client, "curl");
    assert_int_equal(settings_check(&s, &f), ERR_OK);
    s.sandbox = false;
    (void)snprintf(s.twilio_account_sid, sizeof s.twilio_account_sid, "AC%032d", 1);
    (void)snprintf(s.twilio_auth_token, sizeof s.twilio_auth_token, "token");
    assert_int_equal(settings_check(&s, &f), ERR_INVALID);
    assert_non_null(strstr(f.what, "TWILIO_AUTH_TOKEN"));
    assert_null(strstr(f.what, "token;"));
    (void)snprintf(s.twilio_auth_token, sizeof s.twilio_auth_token, "%032d", 2);
    assert_int_equal(settings_check(&s, &f), ERR_INVALID);
    assert_non_null(strstr(f.what, "PUBLIC_URL"));
    (void)snprintf(s.public_url, sizeof s.public_url, "https://sms.example.com/");
    assert_int_equal(settings_check(&s, &f), ERR_INVALID);
    (void)snprintf(s.public_url, sizeof s.public_url, "https://sms.example.com");
    assert_int_equal(settings_check(&s, &f), ERR_OK);
}

static void secrets_are_never_shown(void **state)
{
    struct settings s;
    char text[64];
    (void)state;
    settings_default(&s);
    settings_format(&s, settings_find(STR("twilio.auth_token")), text, sizeof text);
    assert_string_equal(text, "(not set)");
    (void)snprintf(s.twilio_auth_token, sizeof s.twilio_auth_token, "hunter2");
    settings_format(&s, settings_find(STR("twilio.auth_token")), text, sizeof text);
    assert_string_equal(text, "(set)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_the_tables),
        cmocka_unit_test(a_bad_value_names_setting_value_and_bounds),
        cmocka_unit_test(environment_wins_over_file),
        cmocka_unit_test(missing_or_malformed_credentials_refuse_to_start),
        cmocka_unit_test(secrets_are_never_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
