/* How a Messaging Service shall be, and what of it is told as different. */
#include "app/drift.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define HERE "https://here.example/twilio/abc/inbound"
#define FALLBACK "https://here.example/twilio/abc/fallback"

static struct service_wanted wanted(const char *use_case, int64_t validity_s)
{
    static struct settings s;
    struct service_wanted w;
    settings_default(&s);
    s.services_validity_period_s = validity_s;
    drift_wanted(&s, str_from(use_case), HERE, FALLBACK, &w);
    return w;
}

/* As Twilio would show what is wanted. */
static struct twilio_service right(void)
{
    return (struct twilio_service){.inbound_request_url = STR(HERE), .inbound_method = STR("POST"),
                                   .fallback_url = STR(FALLBACK), .sticky_sender = true, .smart_encoding = true,
                                   .area_code_geomatch = true, .usecase = STR("marketing"), .validity_period_s = 36000};
}

static const char *only(const struct twilio_service *is, const struct service_wanted *w)
{
    static struct drift_difference all[DRIFT_DIFFERENCES_MAX];
    size_t count = drift_compare(w, is, all);
    if (count == 0) return "";
    assert_int_equal(count, 1);
    return all[0].field;
}

static void what_is_as_wanted_differs_in_nothing(void **state)
{
    struct service_wanted w = wanted("MARKETING", 0);
    struct twilio_service s = right();
    (void)state;
    assert_string_equal(only(&s, &w), "");
    w = wanted("", 0); /* nobody said what it is for */
    s.usecase = STR("poll");
    assert_string_equal(only(&s, &w), "");
}

static void each_setting_is_told_by_its_name(void **state)
{
    struct service_wanted w = wanted("MARKETING", 3600);
    struct twilio_service base = right(), s;
    struct drift_difference all[DRIFT_DIFFERENCES_MAX];
    (void)state;
    base.validity_period_s = 3600;
#define DIFFERS(member, value, name) (s = base, s.member = value, assert_string_equal(only(&s, &w), name))
    DIFFERS(inbound_request_url, STR("https://elsewhere.example"), "inbound_request_url");
    DIFFERS(inbound_request_url, STR(""), "inbound_request_url");
    DIFFERS(inbound_method, STR("GET"), "inbound_method");
    DIFFERS(fallback_url, STR(""), "fallback_url");
    DIFFERS(status_callback, STR("https://elsewhere.example"), "status_callback");
    DIFFERS(use_inbound_webhook_on_number, true, "use_inbound_webhook_on_number");
    DIFFERS(sticky_sender, false, "sticky_sender");
    DIFFERS(area_code_geomatch, false, "area_code_geomatch");
    DIFFERS(smart_encoding, false, "smart_encoding");
    DIFFERS(usecase, STR("poll"), "usecase");
    DIFFERS(validity_period_s, 36000, "validity_period");
#undef DIFFERS
    assert_int_equal(drift_compare(&w, &s, all), 1);
    assert_string_equal(all[0].was, "3600");
    assert_string_equal(all[0].is, "36000");
    assert_int_equal(drift_compare(&w, &(struct twilio_service){.use_inbound_webhook_on_number = true,
                                                                .status_callback = STR("x"),
                                                                .inbound_method = STR("GET")}, all), 10);
}

static void services_usecases_follow_the_registered_one(void **state)
{
    (void)state;
    assert_true(str_equal(services_usecase(STR("MARKETING")), STR("marketing")));
    assert_true(str_equal(services_usecase(STR("2FA")), STR("verification")));
    assert_true(str_equal(services_usecase(STR("CUSTOMER_CARE")), STR("notifications")));
    assert_int_equal(services_usecase(STR("")).len, 0);
}

static void webhooks_elsewhere_are_counted_until_they_are_repaired(void **state)
{
    (void)state;
    assert_int_equal(drift_webhooks_elsewhere(STR("[]")), 0);
    assert_int_equal(drift_webhooks_elsewhere(STR("nonsense")), 0);
    assert_int_equal(drift_webhooks_elsewhere(STR(
        "[{\"kind\":\"service_setting\",\"field\":\"inbound_request_url\",\"repaired\":false},"
        "{\"kind\":\"service_setting\",\"field\":\"fallback_url\",\"repaired\":true},"
        "{\"kind\":\"service_setting\",\"field\":\"use_inbound_webhook_on_number\",\"repaired\":false},"
        "{\"kind\":\"service_setting\",\"field\":\"sticky_sender\",\"repaired\":false},"
        "{\"kind\":\"number_webhook\",\"field\":\"sms_url\",\"repaired\":false}, 7, {}]")), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_as_wanted_differs_in_nothing),
        cmocka_unit_test(each_setting_is_told_by_its_name),
        cmocka_unit_test(services_usecases_follow_the_registered_one),
        cmocka_unit_test(webhooks_elsewhere_are_counted_until_they_are_repaired),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
