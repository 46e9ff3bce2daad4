/* What cannot be read is not taken for absent: each is answered 503, and nothing is written of what was not read. */
#include "face.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct face f;
static struct store_ops whole;
static const char *failing; /* what its next call finds unreadable; NULL: nothing */
static char campaign[128], report[128], preflight[128], start[128], message[128], number[128];

static bool fails(const char *name)
{
    if (failing == NULL || strcmp(failing, name) != 0) return false;
    failing = NULL;
    return true;
}

static enum err list_get(struct store_reader *r, struct arena *a, org_id org, uint32_t id, struct contact_list *out)
{
    return fails("list_get") ? ERR_IO : whole.list_get(r, a, org, id, out);
}

static enum err list_by_name(struct store_reader *r, struct arena *a, org_id org, struct str name,
                             struct contact_list *out)
{
    return fails("list_by_name") ? ERR_IO : whole.list_by_name(r, a, org, name, out);
}

static enum err programs(struct store_reader *r, struct arena *a, org_id org, uint32_t after, struct program *out,
                         size_t *count)
{
    return fails("programs") ? ERR_IO : whole.programs(r, a, org, after, out, count);
}

static enum err senders(struct store_reader *r, org_id org, uint32_t after, struct sender *out, size_t *count)
{
    return fails("senders") ? ERR_IO : whole.senders(r, org, after, out, count);
}

static enum err sender_by_address(struct store_reader *r, org_id org, struct str address, struct sender *out)
{
    return fails("sender_by_address") ? ERR_IO : whole.sender_by_address(r, org, address, out);
}

static enum err consent_get(struct store_reader *r, struct arena *a, org_id org, uint64_t of, struct consent *out)
{
    return fails("consent_get") ? ERR_IO : whole.consent_get(r, a, org, of, out);
}

static enum err consent_holds(struct store_reader *r, org_id org, uint64_t of, uint32_t program, uint32_t sender,
                              struct consent_holds *out)
{
    return fails("consent_holds") ? ERR_IO : whole.consent_holds(r, org, of, program, sender, out);
}

static enum err number_facts(struct store_reader *r, org_id org, uint64_t of, struct number_facts *out)
{
    return fails("number_facts") ? ERR_IO : whole.number_facts(r, org, of, out);
}

static enum err acknowledgements(struct store_reader *r, struct arena *a, org_id org, uint64_t of,
                                 struct acknowledgement *out, size_t *count)
{
    return fails("acknowledgements") ? ERR_IO : whole.acknowledgements(r, a, org, of, out, count);
}

static void make(const char *target, const char *key, const char *headers, const char *body, const char *of,
                 char out[128])
{
    struct answer a = call(&f, "POST", target, key, headers, body);

    if (a.status < 200 || a.status > 299) fail_msg("POST %s: %d: %s", target, a.status, a.body);
    (void)snprintf(out, 128, "%s/%s", of, json_text(a.body, "id"));
    answer_free(&a);
}

static int setup(void **state)
{
    uint32_t people;

    (void)state;
    face_open(&f);
    whole = f.ops;
    failing = NULL;
    people = face_list(&f, &f.acme, "people");
    (void)face_contact(&f, &f.acme, people, 12125550101, "{}");
    (void)face_sender(&f, &f.acme, f.acme_program, "+14155550100", 14155550100);
    make("/v1/campaigns", f.acme_key, NULL, "{\"name\":\"Spring\",\"template\":\"Hi\",\"list\":\"people\"}",
         "/v1/campaigns", campaign);
    (void)snprintf(report, sizeof report, "%.100s/report", campaign);
    (void)snprintf(preflight, sizeof preflight, "%.100s/preflight", campaign);
    (void)snprintf(start, sizeof start, "%.100s/start", campaign);
    make("/v1/messages", f.acme_key, NULL, "{\"to\":\"+12125550103\",\"body\":\"Hi\",\"from\":\"+14155550100\"}",
         "/v1/messages", message);
    make("/v1/numbers/records", f.operator_key, "Sterling-Organization: acme\r\n",
         "{\"number\":\"54321\",\"kind\":\"short_code\"}", "/v1/numbers", number);
    f.ops.list_get = list_get;
    f.ops.list_by_name = list_by_name;
    f.ops.programs = programs;
    f.ops.senders = senders;
    f.ops.sender_by_address = sender_by_address;
    f.ops.consent_get = consent_get;
    f.ops.consent_holds = consent_holds;
    f.ops.number_facts = number_facts;
    f.ops.acknowledgements = acknowledgements;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    face_close(&f);
    return 0;
}

static void unread(const char *name, const char *method, const char *target, const char *key, const char *body)
{
    failing = name;
    expect(&f, 503, method, target, key, body);
    assert_null(failing);
}

/* An audience that was taken for "none is set" would be everybody. */
static void an_edit_keeps_the_audience_that_it_could_not_read(void **state)
{
    (void)state;
    unread("list_get", "PATCH", campaign, f.acme_key, "{\"name\":\"Summer\"}");
    unread("programs", "PATCH", campaign, f.acme_key, "{\"name\":\"Summer\"}");
    expect_text(&f, 200, "GET", campaign, f.acme_key, NULL, "\"name\":\"Spring\"");
    expect_text(&f, 200, "PATCH", campaign, f.acme_key, "{\"name\":\"Summer\"}", "\"name\":\"people\"");
    expect_text(&f, 200, "PATCH", campaign, f.acme_key, "{\"list\":\"\"}", "\"list\":null");
}

static void a_campaign_is_not_shown_without_its_audience(void **state)
{
    (void)state;
    unread("list_get", "GET", campaign, f.acme_key, NULL);
    unread("list_get", "GET", "/v1/campaigns", f.acme_key, NULL);
    unread("list_get", "GET", report, f.acme_key, NULL);
    unread("list_get", "POST", start, f.acme_key, "{\"acknowledge\":[\"all\"]}"); /* how many would be texted? */
    expect(&f, 202, "POST", "/v1/imports?list=people", f.acme_key, "number\n+12125550109\n");
    unread("list_get", "GET", "/v1/imports", f.acme_key, NULL);
    unread("programs", "GET", campaign, f.acme_key, NULL);
    unread("acknowledgements", "GET", preflight, f.acme_key, NULL);
    expect_text(&f, 200, "GET", campaign, f.acme_key, NULL, "\"state\":\"draft\"");
}

static void a_list_that_is_named_is_not_said_to_be_missing(void **state)
{
    (void)state;
    unread("list_by_name", "POST", "/v1/campaigns", f.acme_key,
           "{\"name\":\"x\",\"template\":\"Hi\",\"list\":\"people\"}");
    unread("list_by_name", "POST", "/v1/contacts", f.acme_key, "{\"number\":\"+12125550104\",\"list\":\"people\"}");
    unread("list_by_name", "GET", "/v1/contacts?list=people", f.acme_key, NULL);
    expect(&f, 404, "GET", "/v1/contacts?list=nobody", f.acme_key, NULL);
    expect_text(&f, 422, "POST", "/v1/contacts", f.acme_key, "{\"number\":\"+12125550104\",\"list\":\"nobody\"}",
                "There is no such list");
}

/* Changed through the organization, a program that was not read would be another one. */
static void an_organization_has_its_program(void **state)
{
    (void)state;
    unread("programs", "PATCH", "/v1/organizations/acme", f.operator_key, "{\"program\":{\"name\":\"other\"}}");
    unread("programs", "GET", "/v1/organization", f.acme_key, NULL);
    unread("programs", "GET", "/v1/organizations", f.operator_key, NULL);
    expect_text(&f, 200, "GET", "/v1/programs", f.acme_key, NULL, "{\"data\":[{\"id\":\"");
    expect_text(&f, 200, "PATCH", "/v1/organizations/acme", f.operator_key, "{\"program\":{\"name\":\"other\"}}",
                "\"brand_score\":80");
}

/* No word against texts is not what was not read. */
static void a_contact_is_not_shown_without_what_it_said(void **state)
{
    struct answer a;

    (void)state;
    unread("consent_get", "GET", "/v1/contacts/+12125550101", f.acme_key, NULL);
    unread("consent_get", "GET", "/v1/contacts", f.acme_key, NULL);
    unread("consent_get", "POST", "/v1/contacts", f.acme_key, "{\"number\":\"+12125550104\"}");
    expect(&f, 404, "GET", "/v1/contacts/+12125550104", f.acme_key, NULL);
    unread("number_facts", "GET", "/v1/contacts/+12125550101", f.acme_key, NULL);
    expect(&f, 200, "GET", "/v1/contacts/+12125550101", f.acme_key, NULL);
    failing = "consent_holds";
    a = call(&f, "GET", "/v1/contacts/export", f.acme_key, NULL, NULL); /* breaks off */
    assert_null(strstr(a.body, "+12125550101"));
    answer_free(&a);
    expect_text(&f, 200, "GET", "/v1/contacts/export", f.acme_key, NULL, "+12125550101");
}

static void what_names_a_sender_or_program_waits_for_it(void **state)
{
    (void)state;
    unread("senders", "GET", message, f.acme_key, NULL);
    unread("senders", "GET", "/v1/messages", f.acme_key, NULL);
    expect_text(&f, 200, "GET", message, f.acme_key, NULL, "\"from\":\"+14155550100\"");
    unread("sender_by_address", "POST", "/v1/content/check", f.acme_key,
           "{\"text\":\"Hi\",\"country\":\"GB\",\"from\":\"ACME\"}");
    unread("programs", "GET", number, f.acme_key, NULL);
    unread("programs", "GET", "/v1/numbers", f.acme_key, NULL);
    unread("programs", "PATCH", number, f.acme_key, "{\"notes\":\"x\"}");
    expect_text(&f, 200, "GET", number, f.acme_key, NULL, "\"program\":\"default\"");
    unread("senders", "GET", "/v1/limits", f.acme_key, NULL);
    expect(&f, 200, "GET", "/v1/limits", f.acme_key, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_edit_keeps_the_audience_that_it_could_not_read, setup, teardown),
        cmocka_unit_test_setup_teardown(a_campaign_is_not_shown_without_its_audience, setup, teardown),
        cmocka_unit_test_setup_teardown(a_list_that_is_named_is_not_said_to_be_missing, setup, teardown),
        cmocka_unit_test_setup_teardown(an_organization_has_its_program, setup, teardown),
        cmocka_unit_test_setup_teardown(a_contact_is_not_shown_without_what_it_said, setup, teardown),
        cmocka_unit_test_setup_teardown(what_names_a_sender_or_program_waits_for_it, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
