/* site: the sandbox's websites pass a review, and its magic words fail just where they say. */
#include "sandbox/site.h"

#include "rules/site_judge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct a2p_facts ACME = {.at = {[A2P_BRAND_NAME] = STR("Acme Dental"),
                                             [A2P_LEGAL_NAME] = STR("Acme Dental LLC")}};

/* The first rule that is more than a note; "" none. */
static const char *earned(const char *host, const char *target, enum site_place place)
{
    struct site_page *page = malloc(sizeof *page);
    struct site_visit visit = {.place = place, .url = STR("https://acme-dental.example/"), .page = page};
    struct site_findings found;
    const char *rule = "";
    struct buf html;

    buf_init(&html, 65536);
    assert_int_equal(sandbox_site(str_from(host), str_from(target), &html), 200);
    assert_int_equal(site_text_read(buf_str(&html), page), ERR_OK);
    site_judge(&ACME, BRAND_STANDARD, &visit, 1, &found);
    for (size_t i = 0; i < found.count && rule[0] == '\0'; i++) {
        struct a2p_finding f;
        site_finding_tell(&found.at[i], &f);
        if (f.severity > A2P_NOTE) rule = f.rule;
    }
    site_page_free(page);
    free(page);
    buf_free(&html);
    return rule;
}

static void every_host_has_good_pages(void **state)
{
    (void)state;
    assert_string_equal(earned("www.acme-dental.example:4010", "/", SITE_HOME), "");
    assert_string_equal(earned("acme-dental.example", "/privacy-policy", SITE_PRIVACY), "");
    assert_string_equal(earned("acme-dental.example", "/terms", SITE_TERMS), "");
    assert_string_equal(earned("acme-dental.example", "/join?x=1", SITE_OPT_IN), "");
    assert_string_equal(earned("text-sign.example", "/", SITE_HOME), "site_brand"); /* a home page, of somebody else */
    assert_string_equal(earned("", "", SITE_HOME), "site_brand");
}

static void magic_words_fail_as_they_say(void **state)
{
    struct buf html;

    (void)state;
    assert_string_equal(earned("site-parked.acme.example", "/", SITE_HOME), "page_parked");
    assert_string_equal(earned("acme.example", "/site-unfinished", SITE_HOME), "page_unfinished");
    assert_string_equal(earned("acme.example", "/site-login", SITE_HOME), "page_login");
    assert_string_equal(earned("acme.example", "/site-scripts", SITE_HOME), "page_scripts");
    assert_string_equal(earned("acme.example", "/site-shares/privacy", SITE_PRIVACY), "privacy_shares");
    assert_string_equal(earned("acme.example", "/site-silent", SITE_PRIVACY), "privacy_mobile");
    assert_string_equal(earned("acme.example", "/site-silent", SITE_TERMS), "terms_texts");
    assert_string_equal(earned("acme.example", "/site-ticked", SITE_OPT_IN), "opt_in_ticked");
    buf_init(&html, 65536);
    assert_int_equal(sandbox_site(STR("a.example"), STR("/site-404"), &html), 404);
    assert_int_equal(sandbox_site(STR("site-500.example"), STR("/"), &html), 500);
    buf_free(&html);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_host_has_good_pages),
        cmocka_unit_test(magic_words_fail_as_they_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
