/* keyword_abroad: STOP in other languages, in any case and noise, from where it means that. */
#include "rules/keyword.h"
#include "rules/keyword_abroad.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static bool stops(const char *text, const char *country)
{
    return keyword_abroad_find(str_from(text), country) != NULL;
}

static void words_of_other_languages_stop(void **state)
{
    static const char *const words[] = {"Cancelar", "desabonner", "Désabonner!", " ABMELDEN.", "afmelden", "Wypisz",
                                        "rezygnuję", "REZYGNUJĘ", "odhlásit", "leiratkozás", "стоп", "СТОП!",
                                        "Отписаться",
                                        "στοπ", "Διαγραφή", "διαγραφή", "ΔΙΑΓΡΑΦΗ", "iptal", "İPTAL", "berhenti", "退订",
                                        "退订。", "「停止」", "수신거부", "ยกเลิก", "إلغاء", "הסר", "הסר!", "стоп стоп",
                                        "退订〰", "إلغاء؟", "،إلغاء", "إِلغَاء", "הָסֵר", "הסר׃"};

    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (!stops(words[i], "DE")) fail_msg("'%s' is not taken", words[i]);
}

static void some_words_stop_only_where_they_mean_that(void **state)
{
    (void)state;
    assert_true(stops("TC", "VN") && stops("tu choi", "VN"));
    assert_false(stops("TC", "US") || stops("TC", ""));
    assert_true(stops("TD", "CN") && stops("t", "CN"));
    assert_false(stops("TD", "CA") || stops("t", "US") || stops("R", "DE"));
    assert_true(stops("ret", "TR"));
    assert_false(stops("ret", "DE"));
}

static void a_word_within_a_text_is_none(void **state)
{
    static const char *const texts[] = {"", "!", "cancelar mi cita del lunes", "Ich will mich nicht abmelden", "стопка",
                                        "退订单号", "הסר את זה", "\xff\xfe", "cancel", "ya", "停止ス", "إلغاءٓ", "הסרא"};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (stops(texts[i], "US")) fail_msg("'%s' is taken", texts[i]);
}

static void a_text_of_more_letters_than_any_word_is_none(void **state)
{
    char text[128] = "";

    (void)state;
    for (int i = 0; i < 8; i++) strcat(text, "cancelar");
    assert_true(stops(text, "US")); /* 64 letters */
    strcat(text, "cancelar");
    assert_false(stops(text, "US"));
}

/* Each word of the table is found as it stands there, from each of its countries, and means nothing else to us. */
static void every_word_of_the_table_is_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < keyword_abroad_count; i++) {
        const struct keyword_abroad *w = &keyword_abroad_words[i];
        struct str rest = str_from(w->countries), one;
        char country[3] = "";
        enum keyword kind = keyword_classify(str_from(w->word), STR(""), false).kind;
        do {
            rest = str_cut(rest, ' ', &one);
            if (one.len == 2) assert_int_equal(str_copy(one, country, sizeof country), ERR_OK);
            assert_ptr_equal(keyword_abroad_find(str_from(w->word), country), w);
        } while (rest.len > 0);
        assert_true(kind == KEYWORD_NONE || kind == KEYWORD_STOP);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_of_other_languages_stop),
        cmocka_unit_test(some_words_stop_only_where_they_mean_that),
        cmocka_unit_test(a_word_within_a_text_is_none),
        cmocka_unit_test(a_text_of_more_letters_than_any_word_is_none),
        cmocka_unit_test(every_word_of_the_table_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
