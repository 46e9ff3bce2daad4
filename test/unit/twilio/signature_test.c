/* Signatures as Twilio makes them, and the check that accepts what the official package accepts. */
#include "twilio/signature.h"

#include "signature_vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;
static struct signature_key *key;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, 1 << 22);
    key = signature_key_new(STR(TOKEN_2));
    return key == NULL;
}

static int teardown(void **state)
{
    (void)state;
    signature_key_free(key);
    arena_reset(&arena);
    return 0;
}

static struct form decode(const char *body)
{
    struct form f;
    assert_int_equal(form_decode(&arena, str_from(body), 100, &f), ERR_OK);
    return f;
}

static enum err check(const char *signature, const char *url, const char *body)
{
    struct form f = decode(body);
    struct signature_request r = {.url = str_from(url),
                                  .is_form_post = true,
                                  .params = &f,
                                  .raw_body = str_from(body),
                                  .signature = str_from(signature)};
    return signature_check(key, &arena, &r);
}

static const char *sign(const char *url, const char *body)
{
    static char out[SIGNATURE_TEXT_BYTES];
    struct form f = decode(body);
    assert_int_equal(signature_make(key, &arena, str_from(url), &f, out), ERR_OK);
    return out;
}

static void every_vector_is_made_and_accepted(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof signature_vectors / sizeof *signature_vectors; i++) {
        const struct signature_vector *v = &signature_vectors[i];
        struct signature_key *k = signature_key_new(str_from(v->token));
        struct form f = decode(v->form);
        char out[SIGNATURE_TEXT_BYTES];
        struct signature_request r = {.url = str_from(v->url),
                                      .is_form_post = v->json == NULL,
                                      .params = &f,
                                      .raw_body = str_from(v->json),
                                      .signature = {out, SIGNATURE_TEXT_BYTES - 1}};

        assert_non_null(k);
        assert_int_equal(signature_make(k, &arena, r.url, v->json == NULL ? &f : NULL, out), ERR_OK);
        assert_string_equal(out, v->signature);
        assert_int_equal(signature_check(k, &arena, &r), ERR_OK);
        out[3] = out[3] == 'A' ? 'B' : 'A';
        assert_int_equal(signature_check(k, &arena, &r), ERR_DENIED);
        signature_key_free(k);
    }
}

#define PLAIN "https://sms.example.test/inbound"
#define STANDARD "https://sms.example.test:443/inbound"
#define OTHER "https://sms.example.test:8443/inbound"

static void ports_are_forgiven_as_the_package_forgives_them(void **state)
{
    static const struct {
        const char *signed_over, *seen_at;
        enum err expected;
    } rows[] = {
        {STANDARD, PLAIN, ERR_OK},  {STANDARD, STANDARD, ERR_OK},  {STANDARD, OTHER, ERR_DENIED},
        {PLAIN, PLAIN, ERR_OK},     {PLAIN, STANDARD, ERR_OK},     {PLAIN, OTHER, ERR_OK},
        {OTHER, PLAIN, ERR_DENIED}, {OTHER, STANDARD, ERR_DENIED}, {OTHER, OTHER, ERR_OK},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(check(sign(rows[i].signed_over, "Body=x"), rows[i].seen_at, "Body=x"),
                         rows[i].expected);
}

static void escaped_forms_of_the_url_are_tried(void **state)
{
    (void)state;
    assert_int_equal(check(sign("https://h.test/a?q=it%27s", "Body=x"), "https://h.test/a?q=it's", "Body=x"),
                     ERR_OK);
    assert_int_equal(check(sign("https://h.test/a?q=it's", "Body=x"), "https://h.test/a?q=it%27s", "Body=x"),
                     ERR_OK);
    assert_int_equal(
        check(sign("https://h.test:443/a?q=a%20b", "Body=x"), "https://h.test/a?q=a+b", "Body=x"), ERR_OK);
    assert_int_equal(
        check(sign("https://h.test/caf%C3%A9", "Body=x"), "https://H.test/caf\xc3\xa9", "Body=x"), ERR_OK);
    assert_int_equal(check(sign("https://h.test/a?b=2&a=1", "Body=x"), "https://h.test/a?a=1&b=2", "Body=x"),
                     ERR_DENIED);
    assert_int_equal(check(sign("https://h.test/a/", "Body=x"), "https://h.test/a", "Body=x"), ERR_DENIED);
}

static void the_fragment_is_not_signed(void **state)
{
    char plain[SIGNATURE_TEXT_BYTES];
    (void)state;
    snprintf(plain, sizeof plain, "%s", sign(PLAIN, "Body=x"));
    assert_string_equal(sign(PLAIN "#rc=5&rp=all", "Body=x"), plain);
    assert_int_equal(check(plain, PLAIN "#rc=5&rp=all", "Body=x"), ERR_OK);
}

static void any_change_of_the_parameters_is_denied(void **state)
{
    const char *good = "lHNuPsRxKwl5eH+TDDE3Xn5ZBYU=";
    char kept[SIGNATURE_TEXT_BYTES];
    (void)state;
    snprintf(kept, sizeof kept, "%s", sign(PLAIN, "A=1&B=&C=x+y"));
    assert_int_equal(check(kept, PLAIN, "C=x%20y&B=&A=1"), ERR_OK);
    assert_int_equal(check(kept, PLAIN, "A=1&C=x+y"), ERR_DENIED);
    assert_int_equal(check(kept, PLAIN, "A=1&B=&C=x+y&D=1"), ERR_DENIED);
    assert_int_equal(check(kept, PLAIN, "A=1&B=&C=x++y"), ERR_DENIED);
    assert_int_equal(check(kept, PLAIN, "a=1&B=&C=x+y"), ERR_DENIED);
    assert_int_equal(check("", PLAIN, "A=1"), ERR_DENIED);
    assert_int_equal(check(good + 1, PLAIN, "A=1"), ERR_DENIED);
}

static void every_character_of_the_signature_counts(void **state)
{
    char good[SIGNATURE_TEXT_BYTES], bad[SIGNATURE_TEXT_BYTES];
    (void)state;
    snprintf(good, sizeof good, "%s", sign(PLAIN, "A=1"));
    for (size_t i = 0; i + 1 < sizeof good; i++) {
        memcpy(bad, good, sizeof bad);
        bad[i] = good[i] == 'x' ? 'y' : 'x';
        assert_int_equal(check(bad, PLAIN, "A=1"), ERR_DENIED);
    }
    assert_int_equal(check(good, PLAIN, "A=1"), ERR_OK);
}

static void many_parameters_sort_the_same_as_few(void **state)
{
    char body[4096] = "", reversed[4096] = "";
    size_t a = 0, b = 0;
    (void)state;
    for (int i = 0; i < 90; i++) {
        a += (size_t)snprintf(body + a, sizeof body - a, "%sParam%02d=v%d", i > 0 ? "&" : "", i, i * 7 % 5);
        b += (size_t)snprintf(reversed + b, sizeof reversed - b, "%sParam%02d=v%d", i > 0 ? "&" : "", 89 - i,
                              (89 - i) * 7 % 5);
    }
    assert_int_equal(check(sign(PLAIN, body), PLAIN, reversed), ERR_OK);
}

/* Expected by the official package: names are sorted by UTF-16 code unit, so an emoji comes before U+FF21. */
static void names_sort_by_utf16_code_unit(void **state)
{
    (void)state;
    assert_string_equal(sign(PLAIN, "%EF%BC%A1=1&%F0%9F%98%80=2&z=3"), "doKoEWht0+lOYpJd9NtHnond0ns=");
}

static void a_json_body_must_match_its_hash(void **state)
{
    const struct signature_vector *v = &signature_vectors[18];
    struct signature_request r = {
        .url = str_from(v->url), .raw_body = str_from(v->json), .signature = str_from(v->signature)};
    (void)state;
    assert_int_equal(signature_check(key, &arena, &r), ERR_OK);
    r.raw_body.len--;
    assert_int_equal(signature_check(key, &arena, &r), ERR_DENIED);
    r.raw_body.len = 0;
    assert_int_equal(signature_check(key, &arena, &r), ERR_DENIED);
}

static void a_body_that_nothing_signs_is_denied(void **state)
{
    char plain[SIGNATURE_TEXT_BYTES];
    struct signature_request r = {.url = STR(PLAIN), .signature = {plain, SIGNATURE_TEXT_BYTES - 1}};
    (void)state;
    assert_int_equal(signature_make(key, &arena, r.url, NULL, plain), ERR_OK);
    assert_int_equal(signature_check(key, &arena, &r), ERR_OK);
    r.raw_body = STR("{\"MessageStatus\":\"delivered\"}");
    assert_int_equal(signature_check(key, &arena, &r), ERR_DENIED);
}

static void memory_over_the_bound_is_told_apart_from_a_wrong_signature(void **state)
{
    struct arena small;
    struct form f = decode("A=1&B=2");
    struct signature_request r = {.url = STR(PLAIN),
                                  .is_form_post = true,
                                  .params = &f,
                                  .signature = STR("RmLRt30QJdjoEmn8TSVwlzqToJQ=")};
    (void)state;
    arena_init(&small, 16);
    assert_int_equal(signature_check(key, &small, &r), ERR_FULL);
    arena_reset(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_vector_is_made_and_accepted),
        cmocka_unit_test(ports_are_forgiven_as_the_package_forgives_them),
        cmocka_unit_test(escaped_forms_of_the_url_are_tried),
        cmocka_unit_test(the_fragment_is_not_signed),
        cmocka_unit_test(any_change_of_the_parameters_is_denied),
        cmocka_unit_test(every_character_of_the_signature_counts),
        cmocka_unit_test(many_parameters_sort_the_same_as_few),
        cmocka_unit_test(names_sort_by_utf16_code_unit),
        cmocka_unit_test(a_json_body_must_match_its_hash),
        cmocka_unit_test(a_body_that_nothing_signs_is_denied),
        cmocka_unit_test(memory_over_the_bound_is_told_apart_from_a_wrong_signature),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
