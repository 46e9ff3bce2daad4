/* Which texts a filter takes for the same one, and which are different offers. */
#include "rules/alike.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char TENTS[] = "Acme Outdoor: 20% off all tents this week with code AUTUMN20 at https://acme.example/tents. "
                            "Reply STOP to opt out.";

static bool same(const char *a, const char *b)
{
    struct alike first, second;

    alike_hear(str_from(a), &first);
    alike_hear(str_from(b), &second);
    assert_int_equal(alike_same(&first, &second), alike_same(&second, &first));
    return alike_same(&first, &second);
}

static void what_was_dressed_up_is_the_same(void **state)
{
    static const char *const dressed[] = {
        TENTS,
        "ACME OUTDOOR: 30% off all tents this week with code autumn20 at https://acme.example/tents. Reply STOP to opt out!",
        "Hi {{first_name|there}}, Acme Outdoor: 20% off all tents this week with code AUTUMN20 at "
        "https://acme.example/tents. Reply STOP to opt out.",
        "Acme Outdoor: 20% off all tents this month with code AUTUMN20 at https://acme.example/tents. Reply STOP to opt out.",
        "\xD0\x90" "cme Outdo\xD0\xBEr: 20% off all tents this week with code AUTUMN20 at https://acme.example/tents. "
        "Reply STOP to opt out.",
    };

    (void)state;
    for (size_t i = 0; i < sizeof dressed / sizeof dressed[0]; i++)
        if (!same(TENTS, dressed[i])) fail_msg("not the same: %s", dressed[i]);
}

static void other_offers_of_one_sender_are_not(void **state)
{
    static const char *const other[] = {
        "Acme Outdoor: new boots have come in, free delivery until Sunday. Reply STOP to opt out.",
        "Acme Outdoor: buy one lamp, get one free, in all shops and at https://acme.example/lamps. Reply STOP to opt out.",
        "Acme Outdoor: your order 1234 has left our house and comes on Friday.",
    };

    (void)state;
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++)
        if (same(TENTS, other[i])) fail_msg("the same: %s", other[i]);
}

static void a_few_words_are_everybodys(void **state)
{
    struct alike a;

    (void)state;
    assert_false(same("Your code is 123456", "Your code is 654321"));
    assert_false(same("alpha beta gamma delta epsilon", "alpha beta gamma delta")); /* too few pairs to tell */
    alike_hear(STR("no no no no no no no"), &a);
    assert_int_equal(a.count, 1); /* each pair once */
    assert_false(same("{{text}}", "{{text}}") || same("", "") || same("Yes", "Yes"));
    alike_hear(STR("Your code is 1"), &a);
    assert_int_equal(alike_key(&a), 0);
}

static void a_key_is_the_texts_without_what_changes(void **state)
{
    struct alike a, b, c;

    (void)state;
    alike_hear(STR("Sale at Acme, Ann: take 20% off until 5 pm, code A1"), &a);
    alike_hear(STR("SALE at Acme, Ann: take 30% off until 6 pm, code A1"), &b);
    alike_hear(STR("Sale at Acme, Bob: take 20% off until 5 pm, code A1"), &c);
    assert_int_not_equal(alike_key(&a), 0);
    assert_int_equal(alike_key(&a), alike_key(&b));
    assert_int_not_equal(alike_key(&a), alike_key(&c));
    alike_hear(STR("Sale at Acme, {{name}}: take 20% off until 5 pm, code A1"), &b);
    alike_hear(STR("Sale at Acme: take 20% off until 5 pm, code A1"), &c);
    assert_int_equal(alike_key(&b), alike_key(&c));
}

/* Of long texts a part stands for all; every n-th word of 300 is another. */
static bool same_but_for_each(int nth)
{
    char first[4096] = "", other[4096] = "";
    size_t a = 0, b = 0;

    for (int i = 0; i < 300; i++) {
        char one = (char)('a' + i % 26), two = (char)('a' + i / 26);
        a += (size_t)snprintf(first + a, sizeof first - a, "tent%c%c ", two, one);
        b += (size_t)snprintf(other + b, sizeof other - b, "%s%c%c ", i % nth == 0 ? "boot" : "tent", two, one);
    }
    return same(first, other);
}

static void long_texts_are_compared_by_a_part(void **state)
{
    (void)state;
    assert_true(same_but_for_each(300) && same_but_for_each(40) && same_but_for_each(14));
    assert_false(same_but_for_each(10) || same_but_for_each(2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_dressed_up_is_the_same),
        cmocka_unit_test(other_offers_of_one_sender_are_not),
        cmocka_unit_test(a_few_words_are_everybodys),
        cmocka_unit_test(a_key_is_the_texts_without_what_changes),
        cmocka_unit_test(long_texts_are_compared_by_a_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
