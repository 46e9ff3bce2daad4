/* onboarding_progress and its forms: what is stored comes back; what Twilio is told follows the facts. */
#include "app/onboarding_forms.h"

#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

enum { BYTES = 64 * 1024 };

static void what_was_made_comes_back(void **state)
{
    struct onboarding_progress p = {.score = 64, .brand_again = 2, .brand_mended = true, .looks = 7,
                                    .numbers_count = 1};
    struct site_findings site = {.worst = A2P_BLOCK, .count = 1,
                                 .at = {{.rule = 1, .place = SITE_TERMS, .words = STR("https://acme.example/terms")}}};
    struct onboarding_progress back;
    struct buf out;

    (void)state;
    p.made[STEP_BRAND] =
        (struct onboarding_made){MARK_DONE, "BN00000000000000000000000000000001", 5, UINT64_C(1) << 62};
    p.made[STEP_CAMPAIGN] = (struct onboarding_made){.mark = MARK_BEGUN, .at_ms = 9};
    p.numbers[0] = (struct onboarding_number){
        "PN00000000000000000000000000000002", "+14155550100", true, true, true, true, 30125};
    (void)snprintf(p.identity, sizeof p.identity, "VERIFIED");
    (void)snprintf(p.vetting_before, sizeof p.vetting_before, "VT00000000000000000000000000000003");
    p.brand_sent = (struct onboarding_again){7, "2026-11-29T10:00:00Z"};
    p.campaign_sent = (struct onboarding_again){8, "2026-11-29T10:00:01Z"};
    p.campaign_anew = p.campaign_leaving = true;
    p.campaign_gone_ms = 10;
    p.campaigns_gone = 2;
    p.campaign_fixed = UINT64_C(1) << 62;
    site_result_take(&p.site, &site);
    p.site.at_ms = 12;
    buf_init(&out, BYTES);
    onboarding_progress_write(&p, &out);
    assert_int_equal(onboarding_progress_read(buf_str(&out), &back), ERR_OK);
    assert_memory_equal(&p.brand_sent, &back.brand_sent, sizeof p.brand_sent);
    assert_memory_equal(&p.campaign_sent, &back.campaign_sent, sizeof p.campaign_sent);
    assert_true(back.campaign_anew && back.campaign_leaving && back.campaign_gone_ms == 10);
    assert_true(back.campaign_fixed == UINT64_C(1) << 62);
    assert_string_equal(back.vetting_before, "VT00000000000000000000000000000003");
    assert_memory_equal(&p.made, &back.made, sizeof p.made);
    assert_true(back.score == 64 && back.brand_again == 2 && back.brand_mended && back.looks == 7);
    assert_true(!back.campaign_mended && !back.otp_wanted && back.numbers_count == 1);
    assert_true(back.numbers[0].attached && back.numbers[0].bought && back.numbers[0].registered);
    assert_true(back.numbers[0].applied);
    assert_int_equal(back.numbers[0].refused, 30125);
    assert_string_equal(back.numbers[0].number, "+14155550100");
    assert_string_equal(back.identity, "VERIFIED");
    assert_int_equal(back.campaigns_gone, 2);
    assert_true(back.site.state == SITE_STATE_READ && back.site.worst == A2P_BLOCK && back.site.at_ms == 12);
    assert_true(back.site.count == 1 && back.site.at[0].rule == 1 && back.site.at[0].place == SITE_TERMS);
    assert_string_equal(back.site.at[0].words, "https://acme.example/terms");
    buf_free(&out);
}

/* Stored before numbers said whether their sender was put: it was if the program was told to send. */
static void older_numbers_were_put_when_the_program_was_told_to_send(void **state)
{
    struct onboarding_progress p;

    (void)state;
    assert_int_equal(onboarding_progress_read(STR("{\"steps\":{\"program_may_send\":{\"done\":true}},\"numbers\":["
                                                  "{\"sid\":\"PN1\",\"number\":\"+14155550100\"},{\"sid\":\"PN2\","
                                                  "\"number\":\"+14155550101\",\"applied\":false}]}"), &p), ERR_OK);
    assert_true(p.numbers[0].applied && !p.numbers[1].applied);
    assert_int_equal(onboarding_progress_read(STR("{\"steps\":{\"numbers\":{\"done\":true}},\"numbers\":[{\"sid\":"
                                                  "\"PN1\",\"number\":\"+14155550100\"}]}"), &p), ERR_OK);
    assert_false(p.numbers[0].applied);
}

static void what_does_not_read_back_is_no_beginning(void **state)
{
    struct onboarding_progress p;

    (void)state;
    assert_int_equal(onboarding_progress_read(STR(""), &p), ERR_OK);
    assert_true(p.score == -1 && p.made[STEP_ACCOUNT].mark == MARK_TODO);
    assert_int_equal(onboarding_progress_read(STR("{"), &p), ERR_CORRUPT);
    assert_int_equal(onboarding_progress_read(STR("[]"), &p), ERR_CORRUPT);
    assert_int_equal(onboarding_progress_read(STR("{\"steps\":{\"brand\":{\"sid\":"
                                                  "\"BN000000000000000000000000000000000001\"}}}"), &p), ERR_CORRUPT);
}

static struct settings settings;
static struct onboarding_progress progress;
static struct a2p_facts facts;
static struct onboarding_subject subject = {&settings, BRAND_STANDARD, &facts, &progress, "reg_1", "hook"};

static int set_up(void **state)
{
    (void)state;
    settings_default(&settings);
    subject.kind = BRAND_STANDARD;
    facts = (struct a2p_facts){.at = {[A2P_LEGAL_NAME] = STR("Acme & Sons"), [A2P_COMPANY_TYPE] = STR("non_profit"),
                                      [A2P_STOCK_TICKER] = STR("ACM"), [A2P_OPT_IN_KEYWORDS] = STR("START, JOIN"),
                                      [A2P_USE_CASE] = STR("MARKETING"), [A2P_BRAND_NAME] = STR("Acme")}};
    return 0;
}

static bool form_says(enum onboarding_step step, bool update, const char *words)
{
    struct buf form;
    bool says;

    buf_init(&form, BYTES);
    onboarding_form(&subject, step, update, &form);
    assert_int_equal(buf_check(&form), ERR_OK);
    says = strstr(buf_text(&form), words) != NULL;
    buf_free(&form);
    return says;
}

static void twilio_is_told_what_the_facts_say(void **state)
{
    (void)state;
    assert_true(form_says(STEP_BUSINESS, false, "Acme+%26+Sons"));
    assert_true(form_says(STEP_BUSINESS, false, "Type=customer_profile_business_information"));
    assert_false(form_says(STEP_BUSINESS, true, "Type="));
    assert_true(form_says(STEP_MESSAGING, false, "non-profit")); /* as the setting has it */
    assert_false(form_says(STEP_MESSAGING, false, "ACM\""));     /* no stock but of public companies */
    assert_true(form_says(STEP_CAMPAIGN, false, "OptInKeywords=START&OptInKeywords=JOIN"));
    assert_false(form_says(STEP_CAMPAIGN, true, "OptInKeywords"));
    assert_true(form_says(STEP_CAMPAIGN, false, "UsAppToPersonUsecase=MARKETING"));
    assert_false(form_says(STEP_BRAND, false, "SkipAutomaticSecVet"));
    subject.kind = BRAND_LOW_VOLUME;
    assert_true(form_says(STEP_BRAND, false, "SkipAutomaticSecVet=true"));
    assert_true(form_says(STEP_CAMPAIGN, false, "UsAppToPersonUsecase=LOW_VOLUME"));
    subject.kind = BRAND_SOLE_PROPRIETOR;
    assert_true(form_says(STEP_BRAND, false, "BrandType=SOLE_PROPRIETOR"));
    assert_true(form_says(STEP_REPRESENTATIVE, false, "starter_customer_profile_information"));
    assert_false(onboarding_has_step(&subject, STEP_BUSINESS));
}

static void a_change_is_seen_by_the_object_that_carries_it(void **state)
{
    uint64_t business = onboarding_told(&subject, STEP_BUSINESS), campaign = onboarding_told(&subject, STEP_CAMPAIGN);

    (void)state;
    facts.at[A2P_LEGAL_NAME] = STR("Acme and Sons");
    assert_true(onboarding_told(&subject, STEP_BUSINESS) != business);
    assert_true(onboarding_told(&subject, STEP_CAMPAIGN) == campaign);
    assert_false(onboarding_has_step(&subject, STEP_REPRESENTATIVE2));
    facts.at[A2P_FIRST_NAME2] = STR("Ada");
    assert_true(onboarding_has_step(&subject, STEP_REPRESENTATIVE2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_made_comes_back),
        cmocka_unit_test(older_numbers_were_put_when_the_program_was_told_to_send),
        cmocka_unit_test(what_does_not_read_back_is_no_beginning),
        cmocka_unit_test_setup(twilio_is_told_what_the_facts_say, set_up),
        cmocka_unit_test_setup(a_change_is_seen_by_the_object_that_carries_it, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
