/* What two people do with a campaign at once: the second is told, and nothing of the first's is undone. */
#include "face.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct face f;
static struct store_ops whole;
static bool other_is_quicker;
static char campaign[128], start[128];

/* Somebody else's edit is committed right after this one's read. */
static enum err get_then_edit(struct store_reader *r, struct arena *a, org_id org, uint64_t id, struct campaign *out)
{
    enum err code = whole.campaign_get(r, a, org, id, out);
    struct change_campaign c = {.head = {.kind = CHANGE_CAMPAIGN}};

    if (!other_is_quicker) return code;
    other_is_quicker = false;
    c.campaign = *out;
    c.campaign.template_text = STR("Nobody has judged this");
    face_change(&f, &c.head);
    return code;
}

static int setup(void **state)
{
    struct answer a;
    uint32_t people;

    (void)state;
    face_open(&f);
    whole = f.ops;
    people = face_list(&f, &f.acme, "people");
    (void)face_contact(&f, &f.acme, people, 12125550101, "{}");
    (void)face_sender(&f, &f.acme, f.acme_program, "+14155550100", 14155550100);
    a = call(&f, "POST", "/v1/campaigns", f.acme_key, NULL,
             "{\"name\":\"Spring\",\"template\":\"Hi\",\"list\":\"people\"}");
    assert_int_equal(a.status, 201);
    (void)snprintf(campaign, sizeof campaign, "/v1/campaigns/%s", json_text(a.body, "id"));
    (void)snprintf(start, sizeof start, "%.100s/start", campaign);
    answer_free(&a);
    f.ops.campaign_get = get_then_edit;
    other_is_quicker = true;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    face_close(&f);
    return 0;
}

static void an_edit_does_not_undo_another_of_this_moment(void **state)
{
    (void)state;
    expect_text(&f, 409, "PATCH", campaign, f.acme_key, "{\"name\":\"Summer\"}", "read it again, then change");
    expect_text(&f, 200, "GET", campaign, f.acme_key, NULL, "\"name\":\"Spring\"");
    expect_text(&f, 200, "PATCH", campaign, f.acme_key, "{\"name\":\"Summer\"}",
                "\"template\":\"Nobody has judged this\"");
}

static void a_text_that_was_not_judged_does_not_start(void **state)
{
    (void)state;
    expect_text(&f, 409, "POST", start, f.acme_key, "{\"acknowledge\":[\"all\"]}", "was changed meanwhile");
    expect_text(&f, 200, "GET", campaign, f.acme_key, NULL, "\"state\":\"draft\"");
    expect_text(&f, 200, "POST", start, f.acme_key, "{\"acknowledge\":[\"all\"]}", "\"state\":\"running\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_edit_does_not_undo_another_of_this_moment, setup, teardown),
        cmocka_unit_test_setup_teardown(a_text_that_was_not_judged_does_not_start, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
