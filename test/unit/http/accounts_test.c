/* An organization's Twilio account as people look at it while it moves. */
#include "face.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define KEY "SK00000000000000000000000000000a01"

static struct face f;
static struct store_ops whole;
static bool ends_now;

/* What was under way ends right before it is read, in a commit that sets the organization's key. */
static enum err end_then_get(struct store_reader *r, struct arena *a, org_id org, struct account_work *out)
{
    struct change_account c = {.head = {.kind = CHANGE_ACCOUNT}, .work = {.org = org, .progress = STR("{}")},
                               .with_org = true, .org = f.acme};

    if (ends_now) {
        ends_now = false;
        (void)snprintf(c.org.key_sid, sizeof c.org.key_sid, "%s", KEY);
        c.org.key_sealed = STR("sealed");
        face_change(&f, &c.head);
    }
    return whole.account_get(r, a, org, out);
}

static int setup(void **state)
{
    (void)state;
    face_open(&f);
    whole = f.ops;
    f.ops.account_get = end_then_get;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    face_close(&f);
    return 0;
}

static void what_has_ended_is_shown_with_what_it_set(void **state)
{
    (void)state;
    ends_now = true;
    expect_text(&f, 200, "GET", "/v1/organizations/acme/account", f.operator_key, NULL, "\"requests_use\":\"" KEY "\"");
    assert_false(ends_now);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_has_ended_is_shown_with_what_it_set, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
