/* The magic numbers against the real Twilio (reference section 10), with its *test* credentials: nothing is
 * sent or charged. Opt-in: script/test live, with TWILIO_TEST_ACCOUNT_SID and TWILIO_TEST_AUTH_TOKEN set.
 * STERLING_LIVE_BASE_URL points it at a sandbox instead. */
#include "base/clock.h"
#include "twilio/provider_wire.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct provider *provider;
static struct clock clock;

/* The client that serves: libcurl's only where the environment names a proxy. */
static enum err open_client(struct fault *f)
{
    const struct provider_curl_config config = {
        .clock = &clock, .in_flight_max = 4, .timeout_ms = 35000, .connect_timeout_ms = 10000, .idle_max_ms = 15000};

    if (provider_wire_is_proxied()) return provider_curl_new(&config, &provider, f);
    return provider_wire_new(&config, NULL, &provider, f);
}

static int setup(void **state)
{
    const char *sid = getenv("TWILIO_TEST_ACCOUNT_SID"), *token = getenv("TWILIO_TEST_AUTH_TOKEN");
    struct twilio_account account;
    struct fault f = {0};
    (void)state;
    (void)signal(SIGPIPE, SIG_IGN);
    clock_system(&clock);
    if (twilio_account_set(
            &account,
            &(struct twilio_credentials){.account_sid = str_from(sid),
                                         .auth_token = str_from(token),
                                         .base_url = str_from(getenv("STERLING_LIVE_BASE_URL"))},
            &f) != ERR_OK ||
        open_client(&f) != ERR_OK ||
        provider_set_account(provider, 1, &account, &f) != ERR_OK) {
        (void)fprintf(stderr, "# %s\n", f.what);
        return -1;
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    provider_stop(provider);
    return 0;
}

static struct provider_answer create(const char *from, const char *to, const char *body)
{
    static uint64_t tag;
    struct provider_answer answer;
    const struct provider_request q = {
        .tag = ++tag,
        .call = PROVIDER_CREATE,
        .account = 1,
        .message = {.to = str_from(to), .from = str_from(from), .body = str_from(body)}};
    assert_int_equal(provider_start(provider, &q), ERR_OK);
    while (provider_poll(provider, 1000, &answer, 1) == 0)
        continue;
    return answer;
}

static void check_refused(const char *from, const char *to, int code)
{
    struct provider_answer a = create(from, to, "Sterling live test");
    if (a.class != PROVIDER_CLASS_REJECTED || a.error_code != code)
        fail_msg("from %s to %s: %s %d instead of rejected %d", from, to, provider_class_name(a.class),
                 a.error_code, code);
    provider_answer_free(provider, &a);
}

static void the_good_pair_is_accepted(void **state)
{
    struct provider_answer a = create("+15005550006", "+14155552671", "Sterling live test");
    (void)state;
    assert_int_equal(a.class, PROVIDER_CLASS_ACCEPTED);
    assert_int_equal(a.http_status, 201);
    assert_true(twilio_sid_is_message(str_from(a.item.sid)));
    provider_answer_free(provider, &a);
}

static void bad_senders_are_refused_with_their_codes(void **state)
{
    (void)state;
    check_refused("+15005550001", "+14155552671", 21212);
    check_refused("+15005550007", "+14155552671", 21606);
    check_refused("+15005550008", "+14155552671", 21611);
}

static void bad_recipients_are_refused_with_their_codes(void **state)
{
    (void)state;
    check_refused("+15005550006", "+15005550001", 21211);
    check_refused("+15005550006", "+15005550002", 21612);
    check_refused("+15005550006", "+15005550003", 21408);
    check_refused("+15005550006", "+15005550004", 21610);
    check_refused("+15005550006", "+15005550009", 21614);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_good_pair_is_accepted),
        cmocka_unit_test(bad_senders_are_refused_with_their_codes),
        cmocka_unit_test(bad_recipients_are_refused_with_their_codes),
    };
    if (getenv("TWILIO_TEST_ACCOUNT_SID") == NULL || getenv("TWILIO_TEST_AUTH_TOKEN") == NULL) {
        (void)puts("1..0 # SKIP the real Twilio was NOT asked: TWILIO_TEST_ACCOUNT_SID and TWILIO_TEST_AUTH_TOKEN "
                   "are not set");
        return 0;
    }
    return cmocka_run_group_tests(tests, setup, teardown);
}
