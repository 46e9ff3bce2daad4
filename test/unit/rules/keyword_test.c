/* No STOP is missed, and no ordinary sentence is taken for one. */
#include "rules/keyword.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static enum keyword of(const char *body)
{
    return keyword_classify(str_from(body), STR(""), false).kind;
}

static void each_of_the_eight_stop_words_stops(void **state)
{
    static const char *const WORDS[] = {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL",
                                        "END",  "QUIT",    "OPTOUT",      "REVOKE"};
    (void)state;
    for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++) {
        struct keyword_hit hit = keyword_classify(str_from(WORDS[i]), STR(""), false);
        assert_int_equal(hit.kind, KEYWORD_STOP);
        assert_string_equal(hit.word, WORDS[i]);
        assert_false(hit.only_if_opted_out);
        assert_false(hit.by_provider);
        assert_int_equal(keyword_classify(str_from(WORDS[i]), STR(""), true).kind, KEYWORD_STOP);
    }
}

static void case_spacing_punctuation_and_decoration_do_not_matter(void **state)
{
    static const char *const BODIES[] = {
        "stop", "Stop", "sToP", " stop ", "STOP.", "STOP!!", "\"STOP\"", "'stop'", "(stop)", "*stop*",
        "#stop", "S T O P", "S.T.O.P.", "s-t-o-p", "st op", "\tstop\r\n", "stop\n\n", "Opt out", "OPT-OUT",
        "opt_out",
        "stop all", "Stop-All", "STOP STOP", "stop, stop, stop!", "un subscribe",
        "\xe2\x80\x9cSTOP\xe2\x80\x9d",             /* curly quotes */
        "\xc2\xa0stop\xc2\xa0",                     /* no-break spaces */
        "\xe2\x80\x8bS\xe2\x80\x8bTOP\xe2\x80\x8d", /* zero-width space and joiner */
        "\xef\xbb\xbfSTOP",                         /* byte order mark */
        "STOP \xf0\x9f\x9b\x91",                    /* a stop sign */
        "\xe2\x9b\x94 STOP \xe2\x9b\x94\xef\xb8\x8f",
        "\xef\xbc\xb3\xef\xbc\xb4\xef\xbc\xaf\xef\xbc\xb0", /* full-width letters */
        "\xef\xbd\x93\xef\xbd\x94\xef\xbd\x8f\xef\xbd\x90",
        "st\xc3\xb6p",                              /* an accent slipped in */
        "sto\xcc\x88p",                             /* the same, decomposed */
        "\xc2\xa1STOP!", "\xc2\xabstop\xc2\xbb", "STOP\xff", "\xc3STOP",
    };
    (void)state;
    for (size_t i = 0; i < sizeof BODIES / sizeof BODIES[0]; i++)
        if (of(BODIES[i]) != KEYWORD_STOP) fail_msg("not a STOP: <%s>", BODIES[i]);
}

static void sentences_with_a_stop_word_in_them_are_ordinary(void **state)
{
    static const char *const BODIES[] = {
        "stop by later", "Stop please", "please stop", "the end", "can you cancel my 3pm?", "don't stop",
        "STOP2", "stops", "stopped", "nonstop", "bus stop", "I quit smoking", "end of day?", "weekend",
        "unstoppable", "legend", "STOP\xe4\xbd\xa0", "\xd0\xa1TOP", "quite", "ending", "cancellation",
        "baja california", "alto sax", "stopstart", "STOP START", "", " ", "!!!", "\xf0\x9f\x91\x8d", "1",
        "Y",
    };
    (void)state;
    for (size_t i = 0; i < sizeof BODIES / sizeof BODIES[0]; i++)
        if (of(BODIES[i]) != KEYWORD_NONE) fail_msg("taken for a keyword: <%s>", BODIES[i]);
}

static void other_languages_stop_too(void **state)
{
    (void)state;
    assert_int_equal(of("ARRET"), KEYWORD_STOP);
    assert_int_equal(of("arr\xc3\xaat"), KEYWORD_STOP);
    assert_int_equal(of("Arre\xcc\x82t!"), KEYWORD_STOP);
    assert_int_equal(of("alto"), KEYWORD_STOP);
    assert_int_equal(of("BAJA"), KEYWORD_STOP);
    assert_int_equal(of("parar"), KEYWORD_STOP);
    assert_int_equal(of("Stopp"), KEYWORD_STOP);
    assert_int_equal(of("ayuda"), KEYWORD_HELP);
    assert_int_equal(of("aide"), KEYWORD_HELP);
}

static void start_and_help_families(void **state)
{
    (void)state;
    assert_int_equal(of("start"), KEYWORD_START);
    assert_int_equal(of("Unstop!"), KEYWORD_START);
    assert_int_equal(of("YES"), KEYWORD_START);
    assert_int_equal(of("help"), KEYWORD_HELP);
    assert_int_equal(of("Info?"), KEYWORD_HELP);
    assert_int_equal(of("yes please"), KEYWORD_NONE);
    assert_int_equal(of("helpful"), KEYWORD_NONE);
}

static void yes_counts_only_for_a_person_who_is_opted_out(void **state)
{
    (void)state;
    assert_true(keyword_classify(STR("yes"), STR(""), false).only_if_opted_out);
    assert_false(keyword_classify(STR("start"), STR(""), false).only_if_opted_out);
}

static void toll_free_is_undone_by_start_and_unstop_alone(void **state)
{
    (void)state;
    assert_int_equal(keyword_classify(STR("START"), STR(""), true).kind, KEYWORD_START);
    assert_int_equal(keyword_classify(STR("unstop"), STR(""), true).kind, KEYWORD_START);
    assert_int_equal(keyword_classify(STR("YES"), STR(""), true).kind, KEYWORD_NONE);
    assert_int_equal(keyword_classify(STR("HELP"), STR(""), true).kind, KEYWORD_HELP);
}

static void the_providers_own_classification_wins(void **state)
{
    struct keyword_hit hit = keyword_classify(STR("gracias, basta"), STR("STOP"), false);
    (void)state;
    assert_int_equal(hit.kind, KEYWORD_STOP);
    assert_true(hit.by_provider);
    assert_string_equal(hit.word, "");
    hit = keyword_classify(STR("STOP"), STR("HELP"), false);
    assert_int_equal(hit.kind, KEYWORD_HELP);
    hit = keyword_classify(STR("yes"), STR("start"), true);
    assert_int_equal(hit.kind, KEYWORD_START);
    assert_false(hit.only_if_opted_out);
    assert_string_equal(hit.word, "YES");
}

static void an_opt_out_type_not_known_leaves_it_to_the_body(void **state)
{
    (void)state;
    assert_int_equal(keyword_classify(STR("stop"), STR("PAUSE"), false).kind, KEYWORD_STOP);
    assert_int_equal(keyword_classify(STR("hello"), STR("PAUSE"), false).kind, KEYWORD_NONE);
}

static void a_very_long_text_is_no_keyword(void **state)
{
    char body[8001];
    (void)state;
    for (size_t i = 0; i + 4 < sizeof body; i += 4) memcpy(body + i, "STOP", 4);
    body[8000] = '\0';
    assert_int_equal(of(body), KEYWORD_NONE);
    assert_false(keyword_own_stops(str_from(body), STR("stop")));
    assert_int_equal(keyword_own_check(str_from(body), NULL), ERR_INVALID);
    memset(body, ' ', 7990);
    memcpy(body + 7990, "stop", 5);
    assert_int_equal(of(body), KEYWORD_STOP);
}

static void an_organization_s_own_words_stop_and_take_nobody_s_place(void **state)
{
    struct str own = STR("no gracias, Genug,basta ya");
    struct fault f = {0};
    (void)state;
    assert_int_equal(keyword_own_check(own, &f), ERR_OK);
    assert_int_equal(keyword_own_check(STR(""), &f), ERR_OK);
    assert_true(keyword_own_stops(STR("No, Gracias!"), own));
    assert_true(keyword_own_stops(STR("GENUG"), own) && keyword_own_stops(STR("genug genug"), own));
    assert_false(keyword_own_stops(STR("gracias"), own));
    assert_false(keyword_own_stops(STR("no gracias, I would rather come tomorrow"), own));
    assert_false(keyword_own_stops(STR(""), own));
    assert_true(keyword_own_stops(STR("genug"), STR("a,\xe9\x80\x80\xe8\xae\xa2,genug"))); /* words that are none */
    assert_int_equal(keyword_own_check(STR("genug, Help"), &f), ERR_CONFLICT);
    assert_non_null(strstr(f.what, "'Help' is reserved: everybody's word for HELP"));
    assert_int_equal(keyword_own_check(STR("yes"), &f), ERR_CONFLICT);
    assert_int_equal(keyword_own_check(STR("S.T.O.P."), &f), ERR_CONFLICT);
    assert_int_equal(keyword_own_check(STR("a"), &f), ERR_INVALID);
    assert_int_equal(keyword_own_check(STR("genug,,basta"), &f), ERR_INVALID);
    assert_int_equal(keyword_own_check(STR("\xff\xfe" "ab"), &f), ERR_INVALID);
    assert_int_equal(keyword_own_check(STR("\xe9\x80\x80\xe8\xae\xa2"), &f), ERR_INVALID); /* no Latin letters */
    assert_int_equal(keyword_own_check(STR("a word that goes on and on and on and on and on"), &f), ERR_INVALID);
}

static void twilio_s_default_handling_knows_its_own_words_only(void **state)
{
    (void)state;
    assert_true(keyword_stops_by_default(STR(" stop\n")) && keyword_stops_by_default(STR("OptOut")));
    assert_false(keyword_stops_by_default(STR("Stop.")) || keyword_stops_by_default(STR("ARRET")));
    assert_false(keyword_stops_by_default(STR("stop stop")) || keyword_stops_by_default(STR("opt out")));
}

static void yes_is_the_whole_text_in_three_languages(void **state)
{
    static const char *const YES[] = {"YES", "yes", "Y", "y.", " Yes! ", "Si", "S\xc3\xad", "s\xc3\xad",
                                      "Yes \xf0\x9f\x99\x82",
                                      "\xc2\xabOui\xc2\xbb", "\xc2\xa1S\xc3\xad!", "\"yes\"", "yes yes"};
    static const char *const NO[] = {"", " ", "no", "No.", "yes please", "s\xc3\xad, pero no", "yesterday", "Yes?",
                                     "\xc2\xbfS\xc3\xad?", "ouija", "\xf0\x9f\x99\x82", "why", "YES STOP", "ok",
                                     "yes yes yes yes yes yes yes yes yes yes yes yes yes yes yes yes yes yes yes yes "
                                     "yes yes yes yes yes yes yes yes yes yes yes yes yes yes yes yes yes yes yes yes "
                                     "yes yes yes yes yes yes yes yes yes yes yes yes yes yes yes yes yes yes yes yes"};
    (void)state;
    for (size_t i = 0; i < sizeof YES / sizeof YES[0]; i++)
        if (!keyword_says_yes(str_from(YES[i]))) fail_msg("no yes: <%s>", YES[i]);
    for (size_t i = 0; i < sizeof NO / sizeof NO[0]; i++)
        if (keyword_says_yes(str_from(NO[i]))) fail_msg("taken for a yes: <%s>", NO[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(yes_is_the_whole_text_in_three_languages),
        cmocka_unit_test(an_organization_s_own_words_stop_and_take_nobody_s_place),
        cmocka_unit_test(twilio_s_default_handling_knows_its_own_words_only),
        cmocka_unit_test(each_of_the_eight_stop_words_stops),
        cmocka_unit_test(case_spacing_punctuation_and_decoration_do_not_matter),
        cmocka_unit_test(sentences_with_a_stop_word_in_them_are_ordinary),
        cmocka_unit_test(other_languages_stop_too),
        cmocka_unit_test(start_and_help_families),
        cmocka_unit_test(yes_counts_only_for_a_person_who_is_opted_out),
        cmocka_unit_test(toll_free_is_undone_by_start_and_unstop_alone),
        cmocka_unit_test(the_providers_own_classification_wins),
        cmocka_unit_test(an_opt_out_type_not_known_leaves_it_to_the_body),
        cmocka_unit_test(a_very_long_text_is_no_keyword),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
