/* A wrong signature is explained by the least change that makes it right. */
#include "twilio/signature.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define URL "https://sms.example.test/inbound"

static struct arena arena;
static struct signature_key *key, *other_key;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, 1 << 26);
    key = signature_key_new(STR("2bd9e9638872de601313dc77410d3b23"));
    other_key = signature_key_new(STR("f0a1b2c3d4e5f60718293a4b5c6d7e8f"));
    return key == NULL || other_key == NULL;
}

static int teardown(void **state)
{
    (void)state;
    signature_key_free(key);
    signature_key_free(other_key);
    arena_reset(&arena);
    return 0;
}

static struct form decode(const char *body)
{
    struct form f;
    assert_int_equal(form_decode(&arena, str_from(body), 100, &f), ERR_OK);
    return f;
}

/* Signs one request, diagnoses another, and looks for the words in the reason. */
static void expect(struct signature_key *k, const char *url, const char *body, const char *seen_url,
                   const char *seen_body, const char *words)
{
    struct form made = decode(body), seen = decode(seen_body);
    char signature[SIGNATURE_TEXT_BYTES];
    struct fault reason = {0};
    struct signature_request r = {.url = str_from(seen_url),
                                  .is_form_post = true,
                                  .params = &seen,
                                  .signature = {signature, SIGNATURE_TEXT_BYTES - 1}};

    assert_int_equal(signature_make(k, &arena, str_from(url), &made, signature), ERR_OK);
    assert_int_equal(signature_diagnose(key, &arena, &r, &reason), words == NULL ? ERR_OK : ERR_DENIED);
    if (words != NULL && strstr(reason.what, words) == NULL) fail_msg("'%s' lacks '%s'", reason.what, words);
}

static void what_is_right_stays_right(void **state)
{
    (void)state;
    expect(key, URL, "Body=x", URL, "Body=x", NULL);
}

static void differences_of_the_url_are_named(void **state)
{
    (void)state;
    expect(key, URL, "Body=x", "http://sms.example.test/inbound", "Body=x", "proxy that ends TLS");
    expect(key, "http://h.test/", "Body=x", "https://h.test/", "Body=x", "called it with http but");
    expect(key, "https://h.test:8443/a", "Body=x", "https://h.test/a", "Body=x", "the port differs");
    expect(key, URL "/", "Body=x", URL, "Body=x", "slash at the end");
    expect(key, URL, "Body=x", URL "/", "Body=x", "slash at the end");
    expect(key, URL "?b=1&a=2", "Body=x", URL "?a=2&b=1", "Body=x", "raw one");
    expect(key, URL "?a=1&b=2", "Body=x", URL "?b=2&a=1", "Body=x", "re-ordered");
    expect(key, URL "?a=x+y", "Body=x", URL "?a=x%20y", "Body=x", "re-encoded");
    expect(key, URL, "Body=x", URL "?debug=1", "Body=x", "not part of the URL");
    expect(key, "https://h.test/a/?q=1", "Body=x", "http://h.test/a?q=1", "Body=x", "proxy that ends TLS");
    expect(key, "https://h.test/a/?q=1", "Body=x", "http://h.test/a?q=1", "Body=x", "slash");
}

static void differences_of_the_parameters_are_named(void **state)
{
    (void)state;
    expect(key, URL, "", URL, "Body=x", "no parameters were signed");
    expect(key, URL, "Body=x", URL, "Body=x&Extra=", "were added");
    expect(key, URL,
           "Body=x&FromCity=&FromState=&FromZip=&FromCountry=&ToCity=&ToState=&ToZip=&ToCountry=", URL,
           "Body=x", "dropped by the body parser");
    expect(key, URL, "Body=x", URL, "Body=x&tenant=7", "'tenant' was not sent by Twilio");
    expect(key, URL, "From=%2B1415", URL, "From=+1415", "encode it as %2B");
    expect(key, URL, "Body=a%0D%0Ab", URL, "Body=a%0Ab", "CR LF");
    expect(key, URL, "Tag=b", URL, "Tag=a&Tag=b", "repeated parameter");
}

static void what_cannot_be_mended_gets_the_likeliest_cause(void **state)
{
    (void)state;
    expect(other_key, URL, "AccountSid=ACaa&Body=x", URL, "AccountSid=ACaa&Body=x",
           "not that of account ACaa");
    expect(key, URL, "Body=x", "http://localhost:8080/inbound", "Body=x", "inner host");
    expect(other_key, URL, "Body=x", URL, "Body=x", "another account's");
}

static const char *diagnose(struct signature_request r)
{
    static struct fault reason;
    reason = (struct fault){0};
    assert_int_equal(signature_diagnose(key, &arena, &r, &reason), ERR_DENIED);
    return reason.what;
}

/* Signed over the URL with its fragment, as hand-made tests do. */
static void a_signed_fragment_is_named(void **state)
{
    struct form one = decode("%23rc=5");
    char signature[SIGNATURE_TEXT_BYTES];
    (void)state;
    /* '#' sorts first, so the fragment may be signed as the name of a parameter. */
    one.pairs[0].name = STR("#rc=5");
    one.pairs[0].value = STR("");
    assert_int_equal(signature_make(key, &arena, STR(URL), &one, signature), ERR_OK);
    assert_non_null(strstr(
        diagnose((struct signature_request){.url = STR(URL "#rc=5"), .signature = str_from(signature)}),
        "fragment"));
}

static void headers_and_bodies_are_looked_at(void **state)
{
    char signature[SIGNATURE_TEXT_BYTES];
    struct str url = STR(URL "?bodySHA256=5acc8c42afac89ac1d182167a9a01ab3ffe02f2d991fbd81a20796c6249a1f0c");
    (void)state;
    assert_int_equal(signature_make(key, &arena, url, NULL, signature), ERR_OK);
    assert_non_null(strstr(diagnose((struct signature_request){.url = STR(URL)}), "header is missing"));
    assert_non_null(strstr(diagnose((struct signature_request){.url = STR(URL), .signature = STR("abc")}),
                           "'abc' is no"));
    assert_non_null(strstr(diagnose((struct signature_request){
                               .url = url, .raw_body = STR("{ }"), .signature = str_from(signature)}),
                           "parsed and written again"));
    assert_non_null(strstr(diagnose((struct signature_request){
                               .url = STR(URL), .raw_body = STR("{}"), .signature = str_from(signature)}),
                           "no bodySHA256"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_right_stays_right),
        cmocka_unit_test(differences_of_the_url_are_named),
        cmocka_unit_test(differences_of_the_parameters_are_named),
        cmocka_unit_test(what_cannot_be_mended_gets_the_likeliest_cause),
        cmocka_unit_test(a_signed_fragment_is_named),
        cmocka_unit_test(headers_and_bodies_are_looked_at),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
