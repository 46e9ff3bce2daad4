/* Who refuses in plain words is heard, and who does not is not: revocation_phrases.tsv says which is which. */
#include "base/buf.h"
#include "rules/revocation_words.h"
#include "rules/letter.h"
#include "rules/revocation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PHRASES_LEAST = 400, PERCENT_LEAST = 98, LINE_MAX_BYTES = 4096 };

static const char *const NAMES[] = {"none", "stop", "wrong"};

static enum revocation_kind of(const char *text)
{
    return revocation_read(str_from(text)).kind;
}

struct score {
    int phrases, heard, missed, imagined, confused;
};

static void judge(struct score *s, const char *label, const char *phrase)
{
    struct revocation r = revocation_read(str_from(phrase));
    bool refuses = strcmp(label, "none") != 0;

    s->phrases++;
    s->heard += refuses && r.kind != REVOCATION_NONE;
    if (strcmp(label, NAMES[r.kind]) == 0) return;
    print_message("# %s, read as %s (\"%.*s\"): %s\n", label, NAMES[r.kind], (int)r.words.len,
                  r.words.len > 0 ? r.words.at : "", phrase);
    s->missed += refuses && r.kind == REVOCATION_NONE;
    s->imagined += !refuses;
    s->confused += refuses && r.kind != REVOCATION_NONE;
}

static void labelled_phrases_are_read_as_people_mean_them(void **state)
{
    FILE *file = fopen(HERE "/revocation_phrases.tsv", "r");
    char line[LINE_MAX_BYTES];
    struct score s = {0};

    (void)state;
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        char *tab = strchr(line, '\t');
        if (line[0] == '#') continue;
        assert_non_null(tab);
        *tab = '\0';
        tab[1 + strcspn(tab + 1, "\n")] = '\0';
        judge(&s, line, tab + 1);
    }
    (void)fclose(file);
    print_message("# %d phrases: precision %.2f%%, recall %.2f%%\n", s.phrases,
                  100.0 * s.heard / (s.heard + s.imagined), 100.0 * s.heard / (s.heard + s.missed));
    assert_true(s.phrases >= PHRASES_LEAST);
    assert_true(100 * s.heard >= PERCENT_LEAST * (s.heard + s.imagined));
    assert_true(100 * s.heard >= PERCENT_LEAST * (s.heard + s.missed));
    assert_int_equal(s.confused, 0);
}

static void case_accents_apostrophes_and_stretched_letters_do_not_matter(void **state)
{
    (void)state;
    assert_int_equal(of("PLEASE STOP TEXTING ME"), REVOCATION_STOP);
    assert_int_equal(of("don\xe2\x80\x99t text me anymore"), REVOCATION_STOP);
    assert_int_equal(of("do not text me anymore"), REVOCATION_STOP);
    assert_int_equal(of("pleeease stoppp texting meee"), REVOCATION_STOP);
    assert_int_equal(of("s.t.o.p texting me"), REVOCATION_STOP);
    assert_int_equal(of("s t o p"), REVOCATION_STOP);
    assert_int_equal(of("no me env\xc3\xad" "en m\xc3\xa1s"), REVOCATION_STOP);
    assert_int_equal(of("\xd0\xa1\xd0\xa2\xd0\x9e\xd0\x9f"), REVOCATION_STOP); /* upper-case Cyrillic */
}

static void what_is_not_wanted_to_stop_goes_on(void **state)
{
    (void)state;
    assert_int_equal(of("don't stop texting me"), REVOCATION_NONE);
    assert_int_equal(of("if you don't stop texting me I will sue"), REVOCATION_STOP);
    assert_int_equal(of("don't stop. I mean it, stop texting my ex"), REVOCATION_STOP);
}

static void a_pattern_stays_within_its_clause(void **state)
{
    (void)state;
    assert_int_equal(of("take me to the car wash, off the list price?"), REVOCATION_NONE);
    assert_int_equal(of("please. do you have it in blue?"), REVOCATION_NONE);
}

static void a_wrong_thing_is_no_wrong_number(void **state)
{
    (void)state;
    assert_int_equal(of("zły numer"), REVOCATION_WRONG_NUMBER);
    assert_int_equal(of("Pomyłka!"), REVOCATION_WRONG_NUMBER);
    assert_int_equal(of("Błędny kod, proszę o nowy"), REVOCATION_NONE);
    assert_int_equal(of("неправильный номер"), REVOCATION_WRONG_NUMBER);
    assert_int_equal(of("вы ошиблись"), REVOCATION_WRONG_NUMBER);
    assert_int_equal(of("Неправильный код"), REVOCATION_NONE);
}

static void the_words_that_say_so_are_shown(void **state)
{
    struct revocation r = revocation_read(STR("Hi there, please stop texting me. Bye"));

    (void)state;
    assert_true(str_equal(r.words, STR("please stop texting")));
    assert_string_equal(r.language, "en");
    assert_true(strlen(r.pattern) > 0);
    r = revocation_read(STR("see you at five"));
    assert_int_equal(r.words.len, 0);
    assert_string_equal(r.pattern, "");
    assert_string_equal(r.language, "");
}

static void any_bytes_have_an_answer(void **state)
{
    static char text[20000];

    (void)state;
    assert_int_equal(of(""), REVOCATION_NONE);
    assert_int_equal(of("\xff\xfe\xc3"), REVOCATION_NONE);
    for (size_t i = 0; i + 8 < sizeof text; i += 8) memcpy(text + i, "dont no ", 8);
    assert_int_equal(of(text), REVOCATION_NONE);
    memset(text, 'a', sizeof text - 1); /* one word, longer than any */
    assert_int_equal(of(text), REVOCATION_NONE);
    memcpy(text, "stop texting me ", 16);
    assert_int_equal(of(text), REVOCATION_STOP);
}

static void every_mark_that_ends_a_clause_ends_it(void **state)
{
    static const char *const marks[] = {".", "!", "?", ",", ";", ":", "\n", "\r", "(", ")", "\xe2\x80\x93",
                                        "\xe2\x80\x94", "\xe2\x80\xa6", "\xe3\x80\x81", "\xe3\x80\x82", "\xef\xbc\x8c",
                                        "\xef\xbc\x81", "\xef\xbc\x9f"};
    struct heard_word words[REVOCATION_WORDS_MAX];
    char text[64];
    (void)state;
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        (void)snprintf(text, sizeof text, "hello there%s you", marks[i]);
        assert_int_equal(revocation_hear(str_from(text), words), 3);
        assert_true(words[0].opens && !words[1].opens);
        if (!words[2].opens) fail_msg("%s", text);
    }
}

static void every_apostrophe_and_invisible_character_is_part_of_its_word(void **state)
{
    static const char *const joints[] = {"'", "`", "\xc2\xb4", "\xe2\x80\x98", "\xe2\x80\x99", "\xe2\x80\x8b",
                                         "\xe2\x80\x8d", "\xef\xbb\xbf", "\xc2\xad", "\xcc\x80", "\xcd\xaf"};
    struct heard_word words[REVOCATION_WORDS_MAX], plain[REVOCATION_WORDS_MAX];
    char text[64];
    (void)state;
    assert_int_equal(revocation_hear(STR("dont"), plain), 1);
    for (size_t i = 0; i < sizeof joints / sizeof *joints; i++) {
        (void)snprintf(text, sizeof text, "don%st", joints[i]);
        assert_int_equal(revocation_hear(str_from(text), words), 1);
        if (words[0].id != plain[0].id) fail_msg("%s", text);
    }
}

static void other_scripts_long_words_and_spelt_out_ones_are_heard(void **state)
{
    struct heard_word words[REVOCATION_WORDS_MAX], lower[REVOCATION_WORDS_MAX];
    struct buf text;
    (void)state;
    assert_int_equal(revocation_hear(STR("\xd0\xa1\xd0\xa2\xd0\x9e\xd0\x9f"), words), 1);
    assert_int_equal(revocation_hear(STR("\xd1\x81\xd1\x82\xd0\xbe\xd0\xbf"), lower), 1);
    assert_int_equal(words[0].id, lower[0].id);
    assert_int_equal(revocation_hear(STR("\xe5\x81\x9c\xe6\xad\xa2 \xd1\x90"), words), 2);
    assert_int_equal(revocation_hear(STR("\xc4\x81\xc4\x82"), words), 1);
    assert_int_equal(revocation_hear(STR("s.t.o.p"), words), 1);
    assert_int_equal(revocation_hear(STR("s.t.o.p.q"), words), 5);
    assert_int_equal(revocation_hear(STR("s t"), words), 2);
    buf_init(&text, 8192);
    for (int i = 0; i < 40; i++) buf_add_text(&text, "ab");
    assert_int_equal(revocation_hear(buf_str(&text), words), 1);
    assert_int_equal(words[0].id, 0);
    buf_clear(&text);
    for (int i = 0; i < REVOCATION_WORDS_MAX + 9; i++) buf_add_text(&text, i % 2 == 0 ? "x " : "yy ");
    assert_int_equal(revocation_hear(buf_str(&text), words), REVOCATION_WORDS_MAX);
    buf_clear(&text);
    for (int i = 0; i < 40; i++) buf_add_text(&text, "x ");
    assert_int_equal(revocation_hear(buf_str(&text), words), 40);
    buf_free(&text);
}

static void bytes_that_are_no_character_are_no_letter(void **state)
{
    static const char *const bad[] = {"\x80",     "\xc1\x81",         "\xf5\x80\x80\x80", "\xc3(",
                                      "\xe2\x82", "\xf0\x9f\x98", "\xe2\xff\x80",     "\xff"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct cursor c = cursor_over(str_from(bad[i]));
        assert_int_equal(letter_take(&c), 0xFFFD);
    }
    assert_int_equal(letter_fold(0xE9), 'E');
    assert_int_equal(letter_fold(0x100), '?');
    assert_int_equal(letter_fold(0xAA), '?');
    assert_int_equal(letter_fold(0xFF21), 'A');
    assert_int_equal(letter_fold(0xFF5F), 0);
    assert_int_equal(letter_fold('['), 0);
    assert_int_equal(letter_fold('`'), 0);
    assert_int_equal(letter_fold('/'), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labelled_phrases_are_read_as_people_mean_them),
        cmocka_unit_test(case_accents_apostrophes_and_stretched_letters_do_not_matter),
        cmocka_unit_test(what_is_not_wanted_to_stop_goes_on),
        cmocka_unit_test(a_pattern_stays_within_its_clause),
        cmocka_unit_test(a_wrong_thing_is_no_wrong_number),
        cmocka_unit_test(the_words_that_say_so_are_shown),
        cmocka_unit_test(any_bytes_have_an_answer),
        cmocka_unit_test(every_mark_that_ends_a_clause_ends_it),
        cmocka_unit_test(every_apostrophe_and_invisible_character_is_part_of_its_word),
        cmocka_unit_test(other_scripts_long_words_and_spelt_out_ones_are_heard),
        cmocka_unit_test(bytes_that_are_no_character_are_no_letter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
