/* a2p_rejection: every documented refusal is explained, with the field to change and the way to send it again. */
#include "rules/a2p_rejection.h"

#include "rules/playbook.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* The playbook's families that a registration can meet. */
static bool is_of_a_registration(const char *family)
{
    static const char *const families[] = {
        "A2P brand", "A2P brand/campaign", "A2P campaign", "A2P number registration", "toll-free verification",
        "toll-free + A2P review", "number verification review", "trust hub profile review", "regulatory/trust hub",
        "regulatory/trust hub document review"};

    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++)
        if (strcmp(families[i], family) == 0) return true;
    return false;
}

static void no_documented_code_is_missing(void **state)
{
    size_t found = 0;

    (void)state;
    for (size_t i = 0; i < playbook_count(); i++) {
        const struct playbook_entry *e = playbook_at(i);
        if (!is_of_a_registration(e->family) && (e->code < 21710 || e->code > 21741)) continue;
        if (a2p_rejection(e->code) == NULL) fail_msg("%d (%s) is not explained", e->code, e->title);
        found++;
    }
    assert_true(found >= 290);
}

static void every_row_can_be_read_by_people(void **state)
{
    (void)state;
    for (size_t i = 0; i < a2p_rejection_count(); i++) {
        const struct a2p_rejection *r = a2p_rejection_at(i);
        assert_ptr_equal(a2p_rejection(r->code), r);
        assert_true(i == 0 || a2p_rejection_at(i - 1)->code < r->code);
        assert_true(r->families != 0 && r->title[0] != '\0' && r->source[0] != '\0' && r->fee[0] != '\0');
        assert_true(strlen(r->why) > 15 && strlen(r->fix) > 10);
        assert_true(r->field_count <= A2P_REJECTION_FIELDS_MAX);
        for (size_t k = 0; k < r->field_count; k++) assert_true(a2p_rejection_names(r, r->fields[k]));
    }
    assert_null(a2p_rejection(30001));
    assert_null(a2p_rejection(0));
}

static void the_fields_that_matter_are_named(void **state)
{
    static const struct {
        int32_t code;
        enum a2p_field first;
        enum a2p_resubmit rule;
    } want[] = {
        {18602, A2P_REGISTRATION_NUMBER, A2P_RESUBMIT_PROFILE},
        {21740, A2P_BRAND_CONTACT_EMAIL, A2P_RESUBMIT_BRAND_UPDATE},
        {30795, A2P_REGISTRATION_NUMBER, A2P_RESUBMIT_BRAND_UPDATE},
        {30751, A2P_MOBILE_PHONE, A2P_RESUBMIT_BRAND_UPDATE},
        {30886, A2P_DESCRIPTION, A2P_RESUBMIT_CAMPAIGN_UPDATE},
        {30890, A2P_HELP_MESSAGE, A2P_RESUBMIT_CAMPAIGN_NEW},
        {30900, A2P_USE_CASE, A2P_RESUBMIT_CAMPAIGN_NEW},
        {30933, A2P_PRIVACY_URL, A2P_RESUBMIT_CAMPAIGN_UPDATE},
        {30940, A2P_SAMPLE1, A2P_RESUBMIT_NONE},
        {30473, A2P_WEBSITE, A2P_RESUBMIT_TOLLFREE_EDIT},
    };

    (void)state;
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        const struct a2p_rejection *r = a2p_rejection(want[i].code);
        assert_non_null(r);
        assert_int_equal(r->fields[0], want[i].first);
        assert_int_equal(r->resubmit, want[i].rule);
    }
}

static void a_shared_code_goes_by_what_was_refused(void **state)
{
    const struct a2p_rejection *r = a2p_rejection(30545);

    (void)state;
    assert_int_equal(r->families, A2P_OF_CAMPAIGN | A2P_OF_TOLLFREE);
    assert_int_equal(a2p_rejection_resubmit(r, A2P_OF_CAMPAIGN), A2P_RESUBMIT_CAMPAIGN_UPDATE);
    assert_int_equal(a2p_rejection_resubmit(r, A2P_OF_TOLLFREE), A2P_RESUBMIT_TOLLFREE_EDIT);
    r = a2p_rejection(30900);
    assert_int_equal(a2p_rejection_resubmit(r, A2P_OF_CAMPAIGN), A2P_RESUBMIT_CAMPAIGN_NEW);
    assert_int_equal(a2p_rejection_resubmit(r, A2P_OF_TOLLFREE), A2P_RESUBMIT_TOLLFREE_EDIT);
    assert_int_equal(a2p_rejection_resubmit(a2p_rejection(18602), A2P_OF_TOLLFREE), A2P_RESUBMIT_PROFILE);
    assert_true(a2p_rejection_names(r, A2P_USE_CASE) && !a2p_rejection_names(r, A2P_CITY));
}

/* Whatever a campaign's update is to mend, it can carry, or the website or a profile behind the campaign is mended. */
static void an_update_is_only_promised_for_what_it_carries(void **state)
{
    (void)state;
    for (size_t i = 0; i < a2p_rejection_count(); i++) {
        const struct a2p_rejection *r = a2p_rejection_at(i);
        bool any = r->field_count == 0;
        for (size_t k = 0; k < r->field_count; k++)
            if (a2p_update_carries(r->fields[k]) || a2p_field_info(r->fields[k])->part != A2P_PART_CAMPAIGN) any = true;
        if (r->resubmit == A2P_RESUBMIT_CAMPAIGN_UPDATE && !any) fail_msg("%d cannot be mended so", r->code);
    }
    assert_false(a2p_update_carries(A2P_USE_CASE));
    assert_false(a2p_update_carries(A2P_HELP_MESSAGE));
}

static void each_way_to_send_it_again_has_words(void **state)
{
    (void)state;
    for (int r = 0; r < A2P_RESUBMITS; r++) {
        assert_true(strlen(a2p_resubmit_name((enum a2p_resubmit)r)) > 3);
        assert_true(strlen(a2p_resubmit_how((enum a2p_resubmit)r)) > 20);
        assert_true(strlen(a2p_resubmit_fee((enum a2p_resubmit)r)) > 3);
    }
    assert_string_equal(a2p_resubmit_name(A2P_RESUBMIT_PROFILE), "profile_resubmit");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_documented_code_is_missing),
        cmocka_unit_test(every_row_can_be_read_by_people),
        cmocka_unit_test(the_fields_that_matter_are_named),
        cmocka_unit_test(a_shared_code_goes_by_what_was_refused),
        cmocka_unit_test(an_update_is_only_promised_for_what_it_carries),
        cmocka_unit_test(each_way_to_send_it_again_has_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
