/*
 * site_pages.txt says which page earns which findings; each must earn just these. Besides: what a finding tells, and
 * how a page that could not be read is judged.
 */
#include "rules/a2p_rejection.h"
#include "rules/site_judge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PAGES_LEAST = 40, FILE_BYTES = 1 << 18, RULES_BYTES = 512 };

static const struct a2p_facts ACME = {.at = {[A2P_BRAND_NAME] = STR("Acme Dental"),
                                             [A2P_LEGAL_NAME] = STR("Acme Dental LLC")}};

static struct str file_text(char *out)
{
    FILE *f = fopen(HERE "/site_pages.txt", "rb");
    size_t n;

    assert_non_null(f);
    n = fread(out, 1, FILE_BYTES, f);
    assert_true(n < FILE_BYTES);
    (void)fclose(f);
    return (struct str){out, n};
}

static enum site_place place_named(struct str name)
{
    static const char *const names[SITE_PLACES] = {"home", "privacy", "terms", "opt_in"};

    for (int i = 0; i < SITE_PLACES; i++)
        if (str_equal(name, str_from(names[i]))) return (enum site_place)i;
    fail_msg("no such place: " STR_FMT, STR_ARG(name));
    return SITE_HOME;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The words of a list in the order of the alphabet. */
static void sorted(const char *const *names, size_t count, char out[RULES_BYTES])
{
    const char *all[SITE_FINDINGS_MAX];

    for (size_t i = 0; i < count; i++) all[i] = names[i];
    qsort(all, count, sizeof all[0], by_text);
    out[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        strcat(out, all[i]);
        strcat(out, " ");
    }
}

static void earned(enum site_place place, struct str html, char out[RULES_BYTES])
{
    struct site_page *page = calloc(1, sizeof *page);
    struct site_visit visit = {.place = place, .outcome = SITE_READ, .url = STR("https://acme-dental.example/x"),
                               .page = page};
    const char *names[SITE_FINDINGS_MAX];
    struct site_findings found;
    size_t count = 0;

    assert_int_equal(site_text_read(html, page), ERR_OK);
    site_judge(&ACME, BRAND_STANDARD, &visit, 1, &found);
    for (size_t i = 0; i < found.count; i++) {
        struct a2p_finding told;
        site_finding_tell(&found.at[i], &told);
        if (told.severity > A2P_NOTE) names[count++] = told.rule;
    }
    sorted(names, count, out);
    site_page_free(page);
    free(page);
}

static void wanted(struct str list, char out[RULES_BYTES])
{
    char text[RULES_BYTES];
    const char *names[SITE_FINDINGS_MAX];
    size_t count = 0;

    assert_int_equal(str_copy(list, text, sizeof text), ERR_OK);
    for (char *save = NULL, *one = strtok_r(text, " ", &save); one != NULL; one = strtok_r(NULL, " ", &save)) {
        uint8_t rule;
        if (!site_rule_named(str_from(one), &rule)) fail_msg("no such rule: %s", one);
        names[count++] = one;
    }
    sorted(names, count, out);
}

static size_t judge_record(struct str record)
{
    struct str head, html = str_cut(record, '\n', &head), place, name, rules = str_cut(head, ':', &name);
    char expected[RULES_BYTES], found[RULES_BYTES];

    name = str_cut(name, ' ', &place);
    wanted(rules, expected);
    earned(place_named(place), html, found);
    if (strcmp(expected, found) != 0)
        print_error(STR_FMT " " STR_FMT ": wanted \"%s\", found \"%s\"\n", STR_ARG(place), STR_ARG(name), expected,
                    found);
    return strcmp(expected, found) != 0;
}

static void each_page_earns_what_it_is_labelled_with(void **state)
{
    char *bytes = malloc(FILE_BYTES);
    struct str rest = file_text(bytes);
    size_t wrong = 0, pages = 0, at = str_find(rest, STR("\n== "));

    (void)state;
    while (at < rest.len) {
        size_t end;
        rest = str_slice(rest, at + 4, rest.len);
        end = str_find(rest, STR("\n== "));
        wrong += judge_record(str_slice(rest, 0, end));
        pages++;
        at = end;
    }
    free(bytes);
    assert_true(pages >= PAGES_LEAST);
    assert_int_equal(wrong, 0);
}

static void every_rule_is_whole(void **state)
{
    (void)state;
    for (size_t i = 1; i < site_rules_count(); i++) {
        struct site_finding f = {.rule = (uint8_t)i, .place = SITE_HOME};
        struct a2p_finding told;
        uint8_t back = 0;
        site_finding_tell(&f, &told);
        assert_true(site_rule_named(str_from(told.rule), &back));
        assert_int_equal(back, i);
        assert_true(told.why[0] != '\0' && told.fix[0] != '\0');
        assert_non_null(a2p_rejection(told.code));
        assert_int_not_equal(told.severity, A2P_CLEAN);
    }
}

static void a_page_that_cannot_be_read_is_refused_as_what_it_is_for(void **state)
{
    struct site_visit visits[] = {{.place = SITE_HOME, .outcome = SITE_NO_NAME, .url = STR("https://a.example/")},
                                  {.place = SITE_PRIVACY, .outcome = SITE_GONE, .url = STR("https://a.example/p")},
                                  {.place = SITE_TERMS, .outcome = SITE_PAPER, .url = STR("https://a.example/t.pdf")},
                                  {.place = SITE_OPT_IN, .outcome = SITE_GUARDED, .url = STR("https://a.example/f")}};
    static const struct {
        enum a2p_severity severity;
        enum a2p_field field;
        int32_t code;
        const char *rule;
    } told[] = {{A2P_BLOCK, A2P_WEBSITE, 30891, "page_no_host"}, {A2P_BLOCK, A2P_PRIVACY_URL, 30908, "page_gone"},
                {A2P_ASK, A2P_TERMS_URL, 30882, "page_pdf"}, {A2P_ASK, A2P_MESSAGE_FLOW, 30543, "page_guarded"}};
    struct site_findings found;

    (void)state;
    site_judge(&ACME, BRAND_STANDARD, visits, 4, &found);
    assert_int_equal(found.count, 4);
    assert_int_equal(found.worst, A2P_BLOCK);
    for (size_t i = 0; i < 4; i++) {
        struct a2p_finding f;
        site_finding_tell(&found.at[i], &f);
        assert_int_equal(f.severity, told[i].severity);
        assert_int_equal(f.field, told[i].field);
        assert_int_equal(f.code, told[i].code);
        assert_string_equal(f.rule, told[i].rule);
        assert_true(str_equal(f.words, visits[i].url));
    }
}

static void an_outcome_that_may_be_a_passing_trouble_passes(void **state)
{
    static const enum site_outcome passing[] = {SITE_NO_NAME, SITE_UNREACHABLE, SITE_SLOW, SITE_BROKEN, SITE_GUARDED};
    unsigned count = 0;
    uint8_t rule;

    (void)state;
    for (size_t i = 0; i < sizeof passing / sizeof passing[0]; i++) assert_true(site_outcome_passes(passing[i]));
    for (int o = SITE_READ; o < SITE_OUTCOMES; o++) count += site_outcome_passes((enum site_outcome)o);
    assert_int_equal(count, sizeof passing / sizeof passing[0]);
    assert_false(site_rule_named(STR("no_such_rule"), &rule));
}

static void more_findings_than_there_is_room_for_are_left_out(void **state)
{
    enum { VISITS = SITE_FINDINGS_MAX + 5 };
    struct site_visit visits[VISITS];
    struct site_findings found;

    (void)state;
    for (size_t i = 0; i < VISITS; i++)
        visits[i] = (struct site_visit){.place = SITE_HOME, .outcome = SITE_GUARDED, .url = STR("https://a.example/")};
    site_judge(&ACME, BRAND_STANDARD, visits, VISITS, &found);
    assert_int_equal(found.count, SITE_FINDINGS_MAX);
}

static struct str linked(const char *html, enum site_place place)
{
    static struct site_page page;
    static char address[SITE_ADDRESS_MAX];

    assert_int_equal(site_text_read(str_from(html), &page), ERR_OK);
    assert_int_equal(str_copy(site_link_to(&page, place), address, sizeof address), ERR_OK);
    site_page_free(&page);
    return str_from(address);
}

static void a_link_is_known_by_its_words_or_by_its_address(void **state)
{
    (void)state;
    assert_true(str_equal(linked("<a href=/a>Legal</a><a href=/b>Privacy policy</a>", SITE_PRIVACY), STR("/b")));
    assert_true(str_equal(linked("<a href=/a>Here</a><a href=/terms>Legal</a>", SITE_TERMS), STR("/terms")));
    assert_int_equal(linked("<a href=/a>Here</a>", SITE_TERMS).len, 0);
}

static void the_flows_pages_are_those_that_are_neither_terms_nor_policy(void **state)
{
    struct a2p_facts facts = {.at = {
        [A2P_MESSAGE_FLOW] = STR("People tick a box at https://acme.example/book. Terms: https://acme.example/legal/tos/ and "
                                 "https://acme.example/privacy. Or http://acme.example/old, https://acme.example/join."),
        [A2P_TERMS_URL] = STR("https://acme.example/legal/tos")}};
    struct str links[SITE_FLOW_LINKS_MAX];

    (void)state;
    assert_int_equal(site_flow_links(&facts, links), 2);
    assert_true(str_equal(links[0], STR("https://acme.example/book")));
    assert_true(str_equal(links[1], STR("https://acme.example/join")));
    facts.at[A2P_MESSAGE_FLOW] = STR("https://acme.example/a https://acme.example/terms https://acme.example/a/ "
                                     "https://acme.example/b https://acme.example/c");
    assert_int_equal(site_flow_links(&facts, links), 2); /* once each, and no more than are visited */
    assert_true(str_equal(links[0], STR("https://acme.example/a")));
    assert_true(str_equal(links[1], STR("https://acme.example/b")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_page_earns_what_it_is_labelled_with),
        cmocka_unit_test(every_rule_is_whole),
        cmocka_unit_test(a_page_that_cannot_be_read_is_refused_as_what_it_is_for),
        cmocka_unit_test(an_outcome_that_may_be_a_passing_trouble_passes),
        cmocka_unit_test(more_findings_than_there_is_room_for_are_left_out),
        cmocka_unit_test(a_link_is_known_by_its_words_or_by_its_address),
        cmocka_unit_test(the_flows_pages_are_those_that_are_neither_terms_nor_policy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
