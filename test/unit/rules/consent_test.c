/* consent: what follows from a number's entries, whatever the order in which they came. */
#include "rules/consent.h"

#include "base/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MANY = 8 };

static const enum consent_kind OUT = CONSENT_OPT_OUT, IN = CONSENT_OPT_IN;
static const enum consent_basis WRITTEN = CONSENT_BASIS_WRITTEN, EXPRESS = CONSENT_BASIS_EXPRESS;

static struct consent_entry entry(uint64_t id, int64_t at_ms, enum consent_kind kind, enum consent_means means,
                                  enum consent_basis basis)
{
    return (struct consent_entry){id, at_ms, kind, means, basis};
}

static void assert_holds(struct consent_holds h, enum consent_kind kind, uint64_t decides, enum consent_basis basis)
{
    assert_int_equal(h.kind, kind);
    assert_int_equal(h.entry, decides);
    assert_int_equal(h.basis, basis);
}

#define FOLD(...) consent_fold((struct consent_entry[]){__VA_ARGS__}, \
                               sizeof((struct consent_entry[]){__VA_ARGS__}) / sizeof(struct consent_entry))

static void names_read_back_and_strangers_do_not(void **state)
{
    enum consent_means m;
    enum consent_scope s;
    enum consent_basis b;
    enum consent_kind k;
    (void)state;
    for (enum consent_means i = 0; i < CONSENT_MEANS; i++) {
        assert_int_equal(consent_means_parse(str_from(consent_means_name(i)), &m), ERR_OK);
        assert_int_equal(m, i);
    }
    assert_int_equal(consent_scope_parse(STR("program"), &s), ERR_OK);
    assert_int_equal(consent_basis_parse(STR("written"), &b), ERR_OK);
    assert_int_equal(consent_kind_parse(STR("asked"), &k), ERR_OK);
    assert_int_equal(consent_scope_parse(STR("galaxy"), &s), ERR_INVALID);
    assert_int_equal(consent_basis_parse(STR("Written"), &b), ERR_INVALID);
    assert_int_equal(consent_kind_parse(STR(""), &k), ERR_INVALID);
    assert_int_equal(consent_means_of(STR("pigeon")), CONSENT_BY_OTHER);
    assert_string_equal(consent_scope_name(CONSENT_SCOPES), "");
    assert_int_equal(consent_means_basis(CONSENT_BY_VERBAL), EXPRESS);
    assert_int_equal(consent_means_basis(CONSENT_BY_WEB_FORM), WRITTEN);
    assert_int_equal(consent_means_basis(CONSENT_BY_PROVIDER), CONSENT_BASIS_NONE);
}

static void start_restores_what_there_was_and_no_more(void **state)
{
    (void)state;
    assert_holds(FOLD(entry(1, 10, IN, CONSENT_BY_WEB_FORM, WRITTEN), entry(2, 20, OUT, CONSENT_BY_KEYWORD, 0),
                      entry(3, 30, IN, CONSENT_BY_KEYWORD, EXPRESS)), IN, 3, WRITTEN);
    assert_holds(FOLD(entry(1, 20, OUT, CONSENT_BY_KEYWORD, 0), entry(2, 30, IN, CONSENT_BY_KEYWORD, EXPRESS)), IN, 2,
                 EXPRESS);
    /* By telephone they agreed to less than they had signed before. */
    assert_holds(FOLD(entry(1, 10, IN, CONSENT_BY_WEB_FORM, WRITTEN), entry(2, 20, OUT, CONSENT_BY_KEYWORD, 0),
                      entry(3, 30, IN, CONSENT_BY_VERBAL, EXPRESS)), IN, 3, EXPRESS);
    /* It was somebody else who had signed. */
    assert_holds(FOLD(entry(1, 10, IN, CONSENT_BY_WEB_FORM, WRITTEN), entry(2, 20, OUT, CONSENT_BY_WRONG_NUMBER, 0),
                      entry(3, 30, IN, CONSENT_BY_KEYWORD, EXPRESS)), IN, 3, EXPRESS);
}

static void an_import_never_lifts_an_opt_out(void **state)
{
    (void)state;
    assert_holds(FOLD(entry(1, 10, OUT, CONSENT_BY_KEYWORD, 0), entry(2, 99, IN, CONSENT_BY_IMPORT, WRITTEN)), OUT, 1,
                 CONSENT_BASIS_NONE);
    assert_holds(FOLD(entry(1, 10, OUT, CONSENT_BY_KEYWORD, 0), entry(2, 99, IN, CONSENT_BY_WEB_FORM, WRITTEN)), IN, 2,
                 WRITTEN);
    assert_holds(FOLD(entry(1, 10, IN, CONSENT_BY_IMPORT, WRITTEN), entry(2, 20, OUT, CONSENT_BY_KEYWORD, 0),
                      entry(3, 30, IN, CONSENT_BY_KEYWORD, EXPRESS)), IN, 3, WRITTEN);
}

static void a_question_decides_nothing(void **state)
{
    (void)state;
    assert_holds(FOLD(entry(1, 10, CONSENT_ASKED, CONSENT_BY_WEB_FORM, WRITTEN)), CONSENT_NONE, 0, CONSENT_BASIS_NONE);
    assert_holds(FOLD(entry(1, 10, CONSENT_ASKED, CONSENT_BY_WEB_FORM, WRITTEN),
                      entry(2, 20, IN, CONSENT_BY_DOUBLE_OPT_IN, WRITTEN)), IN, 2, WRITTEN);
}

static void on_the_same_date_an_opt_out_stands_above(void **state)
{
    (void)state;
    assert_holds(FOLD(entry(1, 10, OUT, CONSENT_BY_KEYWORD, 0), entry(2, 10, IN, CONSENT_BY_KEYWORD, EXPRESS)), OUT, 1,
                 EXPRESS);
    assert_holds(FOLD(entry(1, 10, IN, CONSENT_BY_KEYWORD, EXPRESS), entry(2, 10, IN, CONSENT_BY_PAPER, WRITTEN)), IN,
                 1, WRITTEN);
}

static void an_entry_that_says_nothing_changes_nothing(void **state)
{
    struct consent_holds h = {.kind = CONSENT_NONE}, before;
    struct consent_entry first = entry(1, 10, OUT, CONSENT_BY_KEYWORD, CONSENT_BASIS_NONE);
    struct consent_entry again = entry(2, 10, OUT, CONSENT_BY_OPERATOR, CONSENT_BASIS_NONE);
    struct consent_entry none = entry(3, 20, CONSENT_NONE, CONSENT_BY_OPERATOR, CONSENT_BASIS_NONE);

    (void)state;
    consent_step(&h, &first);
    before = h;
    consent_step(&h, &again); /* of two of one date the first decides */
    consent_step(&h, &none);
    assert_true(consent_holds_same(&h, &before));
}

static void what_holds_is_the_same_if_all_of_it_is(void **state)
{
    const struct consent_holds h = {IN, 10, 1, WRITTEN, 1, 10, false, false};
    struct consent_holds others[] = {h, h, h, h, h, h};

    (void)state;
    others[0].kind = OUT;
    others[1].at_ms = 11;
    others[2].entry = 2;
    others[3].basis = EXPRESS;
    others[4].basis_entry = 2;
    others[5].seen_ms = 11;
    assert_true(consent_holds_same(&h, &h));
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) assert_false(consent_holds_same(&h, &others[i]));
}

static void shuffle(struct rng *r, struct consent_entry *entries, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        size_t k = (size_t)rng_below(r, i);
        struct consent_entry kept = entries[i - 1];
        entries[i - 1] = entries[k];
        entries[k] = kept;
    }
}

/* As a store does it: one by one, folding anew only when the next one is not in order. */
static struct consent_holds one_by_one(const struct consent_entry *entries, size_t count)
{
    struct consent_entry seen[MANY];
    struct consent_holds h = {0};
    for (size_t i = 0; i < count; i++) {
        if (consent_in_order(&h, &entries[i])) {
            consent_step(&h, &entries[i]);
            continue;
        }
        memcpy(seen, entries, (i + 1) * sizeof *seen);
        h = consent_fold(seen, i + 1);
    }
    return h;
}

static void the_order_of_arrival_does_not_matter(void **state)
{
    struct rng r = rng_seeded(1);
    (void)state;
    for (int round = 0; round < 20000; round++) {
        struct consent_entry entries[MANY], sorted[MANY];
        size_t count = 1 + (size_t)rng_below(&r, MANY);
        struct consent_holds want, got;
        for (size_t i = 0; i < count; i++)
            entries[i] = entry(i + 1, (int64_t)rng_below(&r, 6), (enum consent_kind)(1 + rng_below(&r, 3)),
                               (enum consent_means)rng_below(&r, CONSENT_MEANS),
                               (enum consent_basis)rng_below(&r, CONSENT_BASES));
        memcpy(sorted, entries, sizeof entries);
        want = consent_fold(sorted, count);
        shuffle(&r, entries, count);
        got = one_by_one(entries, count);
        assert_true(consent_holds_same(&want, &got));
    }
}

static void the_latest_word_that_covers_a_message_decides(void **state)
{
    struct consent_holds s[CONSENT_SCOPES] = {0}, h;
    (void)state;
    s[CONSENT_OF_ORG] = FOLD(entry(1, 10, OUT, CONSENT_BY_KEYWORD, 0));
    s[CONSENT_OF_PROGRAM] = FOLD(entry(2, 20, IN, CONSENT_BY_WEB_FORM, WRITTEN));
    assert_holds(consent_join(s), IN, 2, WRITTEN);
    s[CONSENT_OF_SENDER] = FOLD(entry(3, 30, OUT, CONSENT_BY_KEYWORD, 0));
    assert_int_equal(consent_join(s).kind, OUT);
    s[CONSENT_OF_ORG] = FOLD(entry(4, 30, IN, CONSENT_BY_KEYWORD, EXPRESS));
    assert_int_equal(consent_join(s).entry, 3); /* the same date */
    s[CONSENT_OF_ORG] = FOLD(entry(4, 31, IN, CONSENT_BY_KEYWORD, EXPRESS));
    h = consent_join(s);
    assert_holds(h, IN, 4, WRITTEN); /* and what the program's web form showed still counts */
    s[CONSENT_OF_ALL] = FOLD(entry(5, 1, OUT, CONSENT_BY_OPERATOR, 0));
    assert_int_equal(consent_join(s).entry, 5);
    s[CONSENT_OF_ALL] = FOLD(entry(5, 99, IN, CONSENT_BY_OPERATOR, EXPRESS));
    assert_int_equal(consent_join(s).entry, 4); /* it only lifts what it blocked */
}

static void between_scopes_only_what_came_after_a_stop_takes_it_back(void **state)
{
    struct consent_holds s[CONSENT_SCOPES] = {0};
    (void)state;
    /* Dated ahead of its arrival by somebody's fast clock: the STOP came later. */
    s[CONSENT_OF_PROGRAM] = FOLD(entry(1, 30, IN, CONSENT_BY_WEB_FORM, WRITTEN));
    s[CONSENT_OF_ORG] = FOLD(entry(2, 20, OUT, CONSENT_BY_KEYWORD, 0));
    assert_int_equal(consent_join(s).kind, OUT);
    /* An import lifts no opt-out of another scope, neither way round. */
    s[CONSENT_OF_PROGRAM] = FOLD(entry(3, 40, IN, CONSENT_BY_IMPORT, WRITTEN));
    assert_int_equal(consent_join(s).kind, OUT);
    s[CONSENT_OF_PROGRAM] = FOLD(entry(4, 50, OUT, CONSENT_BY_KEYWORD, 0));
    s[CONSENT_OF_ORG] = FOLD(entry(5, 60, IN, CONSENT_BY_IMPORT, WRITTEN));
    assert_int_equal(consent_join(s).kind, OUT);
    s[CONSENT_OF_ORG] = FOLD(entry(6, 60, IN, CONSENT_BY_WEB_FORM, WRITTEN));
    assert_holds(consent_join(s), IN, 6, WRITTEN);
}

static void a_wrong_number_leaves_no_scope_a_basis(void **state)
{
    struct consent_entry program[] = {entry(1, 10, IN, CONSENT_BY_WEB_FORM, WRITTEN), consent_void(2, 20)};
    struct consent_holds s[CONSENT_SCOPES] = {0};
    (void)state;
    s[CONSENT_OF_ORG] =
        FOLD(entry(2, 20, OUT, CONSENT_BY_WRONG_NUMBER, 0), entry(3, 30, IN, CONSENT_BY_KEYWORD, EXPRESS));
    s[CONSENT_OF_PROGRAM] = consent_fold(program, 2);
    assert_holds(consent_join(s), IN, 3, EXPRESS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(between_scopes_only_what_came_after_a_stop_takes_it_back),
        cmocka_unit_test(a_wrong_number_leaves_no_scope_a_basis),
        cmocka_unit_test(names_read_back_and_strangers_do_not),
        cmocka_unit_test(start_restores_what_there_was_and_no_more),
        cmocka_unit_test(an_import_never_lifts_an_opt_out),
        cmocka_unit_test(a_question_decides_nothing),
        cmocka_unit_test(on_the_same_date_an_opt_out_stands_above),
        cmocka_unit_test(an_entry_that_says_nothing_changes_nothing),
        cmocka_unit_test(what_holds_is_the_same_if_all_of_it_is),
        cmocka_unit_test(the_order_of_arrival_does_not_matter),
        cmocka_unit_test(the_latest_word_that_covers_a_message_decides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
