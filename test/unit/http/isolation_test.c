/*
 * Who may call what, for every route in the tables: without a key, with an unknown, expired or revoked one,
 * with one that lacks the scope, and with another organization's. The cases are made from the tables, so that
 * a new route is tested the day it is written.
 */
#include "face.h"

#include "http/route.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct face f;
/* Things of acme's, by the beginning of the route that shows them. */
static struct {
    const char *prefix;
    char id[32];
} things[] = {{"/v1/messages/", ""},
              {"/v1/campaigns/", ""},
              {"/v1/contacts/", ""},
              {"/v1/lists/", ""},
              {"/v1/imports/", ""},
              {"/v1/senders/", ""},
              {"/v1/webhooks/", ""},
              {"/v1/keys/", ""},
              {"/v1/programs/", ""},
              {"/v1/registrations/", ""},
              {"/v1/errors/", "30007"},
              {"/v1/consents/", "+12125550101"},
              {"/v1/lookups/", "+12125550101"},
              {"/v1/hygiene/", ""},
              {"/v1/verifications/", ""},
              {"/v1/numbers/", ""},
              {"/v1/organizations/", "acme"}};

static void keep(const char *prefix, const char *id)
{
    for (size_t i = 0; i < sizeof things / sizeof *things; i++)
        if (strcmp(things[i].prefix, prefix) == 0)
            (void)snprintf(things[i].id, sizeof things[i].id, "%s", id);
}

static void make_with(const char *key, const char *headers, const char *prefix, const char *target, const char *body)
{
    struct answer a = call(&f, "POST", target, key, headers, body);

    if (a.status < 200 || a.status > 299) fail_msg("%s: %d %s", target, a.status, a.body);
    keep(prefix, json_text(a.body, "id"));
    answer_free(&a);
}

static void make(const char *prefix, const char *target, const char *body)
{
    make_with(f.acme_key, NULL, prefix, target, body);
}

/* Nobody asks Verify here: a verification, and the service, are put into the store. */
static void make_verification(void)
{
    struct change_verification made = {.head = {.kind = CHANGE_VERIFICATION}, .now_ms = clock_wall_ms(f.app.clock),
        .v = {.org = f.acme.id, .number = 12125550101, .state = VERIFICATION_PENDING, .channel = VERIFICATION_BY_SMS,
              .sid = "VE00000000000000000000000000000a01"}};
    struct change_verify_service service = {.head = {.kind = CHANGE_VERIFY_SERVICE},
        .service = {.org = f.acme.id, .account = "AC1", .sid = "VA00000000000000000000000000000a01", .name = "hush"}};
    made.v.expires_ms = made.now_ms + VERIFICATION_LIFE_MS;
    assert_int_equal(store_change_wait(f.app.queue, &made.head), ERR_OK);
    assert_int_equal(store_change_wait(f.app.queue, &service.head), ERR_OK);
    keep("/v1/verifications/", face_id(&f, PUBLIC_VERIFICATION, made.v.id));
}

/* Nobody asks Lookup here: what it said, and a walk over a list, are put into the store. */
static void make_lookups(void)
{
    struct line_record line = {.number = 12125550101, .valid = true, .line = LINE_MOBILE,
                               .looked_ms = clock_wall_ms(f.app.clock)};
    struct change_lookup said = {.head = {.kind = CHANGE_LOOKUP}, .org = f.acme.id, .rows = &line, .count = 1};
    struct change_hygiene walk = {.head = {.kind = CHANGE_HYGIENE},
                                  .job = {.org = f.acme.id, .list = 1, .state = HYGIENE_DONE, .why = STR("hush")}};
    assert_int_equal(store_change_wait(f.app.queue, &said.head), ERR_OK);
    assert_int_equal(store_change_wait(f.app.queue, &walk.head), ERR_OK);
    keep("/v1/hygiene/", face_id(&f, PUBLIC_HYGIENE, walk.job.id));
}

static int setup(void **state)
{
    (void)state;
    face_open(&f);
    make("/v1/senders/", "/v1/senders", "{\"address\":\"+14155550100\"}");
    make("/v1/lists/", "/v1/lists", "{\"name\":\"people\"}");
    make("/v1/contacts/", "/v1/contacts", "{\"number\":\"+12125550101\",\"list\":\"people\"}");
    make("/v1/campaigns/", "/v1/campaigns",
         "{\"name\":\"secret plan\",\"template\":\"hush\",\"list\":\"people\"}");
    make("/v1/messages/", "/v1/messages", "{\"to\":\"+12125550101\",\"body\":\"hush\"}");
    make("/v1/imports/", "/v1/imports", "number\n+12125550101\n");
    make("/v1/webhooks/", "/v1/webhooks", "{\"url\":\"https://example.com/hush\"}");
    make("/v1/keys/", "/v1/keys", "{\"name\":\"hush\",\"scopes\":[\"read\"]}");
    make_with(f.operator_key, "Sterling-Organization: acme\r\n", "/v1/registrations/", "/v1/registrations",
              "{\"kind\":\"standard\",\"start\":false,\"facts\":{\"legal_name\":\"hush\"}}");
    keep("/v1/programs/", face_id(&f, PUBLIC_PROGRAM, f.acme_program));
    make_lookups();
    make_verification();
    make_with(f.operator_key, "Sterling-Organization: acme\r\n", "/v1/numbers/", "/v1/numbers/records",
              "{\"number\":\"54321\",\"kind\":\"short_code\",\"notes\":\"hush\"}");
    make("", "/v1/consents", "{\"number\":\"+12125550102\",\"state\":\"opted_out\"}");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    face_close(&f);
    return 0;
}

static const char *thing_of(const char *pattern)
{
    for (size_t i = 0; i < sizeof things / sizeof *things; i++)
        if (strncmp(pattern, things[i].prefix, strlen(things[i].prefix)) == 0) return things[i].id;
    fail_msg("%s: tell this test what to put there", pattern);
    return "";
}

/* The pattern with acme's ids in its places. */
static void target_of(const struct route *r, char *out, size_t size)
{
    const char *open = strchr(r->pattern, '{'), *close = open == NULL ? NULL : strchr(open, '}');

    if (open == NULL)
        (void)snprintf(out, size, "%s", r->pattern);
    else
        (void)snprintf(out, size, "%.*s%s%s", (int)(open - r->pattern), r->pattern, thing_of(r->pattern),
                       close + 1);
}

static bool takes_body(const struct route *r)
{
    return strcmp(r->method, "POST") == 0 || strcmp(r->method, "PATCH") == 0;
}

static int status_with(const struct route *r, const char *key, const char *headers, char *body, size_t size)
{
    char target[256];
    struct answer a;
    int status;

    target_of(r, target, sizeof target);
    a = call(&f, strcmp(r->pattern, "/v1/events") == 0 ? "HEAD" : r->method, target, key, headers,
             takes_body(r) ? "{}" : NULL);
    status = a.status;
    if (body != NULL) (void)snprintf(body, size, "%s", a.body == NULL ? "" : a.body);
    answer_free(&a);
    return status;
}

static void wanted(const struct route *r, const char *with, int status, int want)
{
    if (status != want)
        fail_msg("%s %s with %s: %d instead of %d", r->method, r->pattern, with, status, want);
}

typedef void route_check(const struct route *r);
static void for_each_guarded(route_check *check)
{
    for (size_t t = 0; t < ROUTE_TABLES_COUNT; t++)
        for (size_t i = 0; i < ROUTE_TABLES[t]->count; i++)
            if (ROUTE_TABLES[t]->routes[i].access >= ROUTE_TENANT) check(&ROUTE_TABLES[t]->routes[i]);
}

static void check_bad_keys(const struct route *r)
{
    static unsigned char from = 10;

    /* A fresh peer each time: too many bad keys from one are 429, which is tested elsewhere. */
    face_from(from++);
    wanted(r, "no key", status_with(r, NULL, NULL, NULL, 0), 401);
    wanted(r, "an unknown key", status_with(r, "sk_unknown", NULL, NULL, 0), 401);
    wanted(r, "an expired key", status_with(r, f.expired_key, NULL, NULL, 0), 401);
    wanted(r, "a revoked key", status_with(r, f.revoked_key, NULL, NULL, 0), 401);
    wanted(r, "basic credentials", status_with(r, NULL, "Authorization: Basic c2tfOg==\r\n", NULL, 0), 401);
    face_from(1);
}

static void bad_keys_open_nothing(void **state)
{
    (void)state;
    for_each_guarded(check_bad_keys);
}

static void check_scope(const struct route *r)
{
    const char *lacking = r->scope == KEY_SCOPE_READ ? f.send_key : f.read_key;

    if (r->access == ROUTE_OPERATOR) lacking = f.acme_key;
    wanted(r, "a key without the scope", status_with(r, lacking, NULL, NULL, 0), 403);
}

static void a_narrow_key_is_refused(void **state)
{
    (void)state;
    for_each_guarded(check_scope);
}

static void check_rival(const struct route *r)
{
    char body[65536];
    int status;
    bool names_thing = strchr(r->pattern, '{') != NULL && strncmp(r->pattern, "/v1/errors/", 11) != 0 &&
                       strncmp(r->pattern, "/v1/consents/", 13) != 0 &&
                       strncmp(r->pattern, "/v1/lookups/", 12) != 0; /* what Lookup said is everybody's */

    if (r->access == ROUTE_OPERATOR) return;
    status = status_with(r, f.rival_key, NULL, body, sizeof body);
    /* Programs and registrations are an operator's to change: that is said before any id is looked at. */
    if (names_thing && (r->scope & KEY_SCOPE_OPERATOR) != 0) wanted(r, "another's id, no operator", status, 403);
    else if (names_thing && strcmp(r->pattern, "/v1/programs/{id}") != 0) wanted(r, "another's id", status, 404);
    if (strstr(body, "hush") != NULL || strstr(body, "secret plan") != NULL ||
        (names_thing && strstr(body, "2125550101") != NULL) || strstr(body, "acme") != NULL)
        fail_msg("%s %s shows a rival: %s", r->method, r->pattern, body);
}

static void another_organization_sees_nothing(void **state)
{
    (void)state;
    for_each_guarded(check_rival);
}

static void check_operator(const struct route *r)
{
    int status;

    if (r->access != ROUTE_TENANT) return;
    wanted(r, "an operator's key alone", status_with(r, f.operator_key, NULL, NULL, 0), 400);
    wanted(r, "an operator for nobody",
           status_with(r, f.operator_key, "Sterling-Organization: nobody\r\n", NULL, 0), 404);
    wanted(r, "a tenant for another", status_with(r, f.acme_key, "Sterling-Organization: rival\r\n", NULL, 0),
           404);
    if (strcmp(r->method, "GET") != 0) return;
    status = status_with(r, f.operator_key, "Sterling-Organization: acme\r\n", NULL, 0);
    /* No row was rejected, and nobody asks Twilio for numbers here. */
    if (status != 200 && strstr(r->pattern, "rejects") == NULL && strcmp(r->pattern, "/v1/numbers/available") != 0)
        wanted(r, "an operator for acme", status, 200);
}

static void an_operator_acts_for_whom_it_names(void **state)
{
    (void)state;
    for_each_guarded(check_operator);
}

static void a_closed_organization_is_shut(void **state)
{
    struct change_org c = {.head = {.kind = CHANGE_ORG}, .org = f.rival};

    (void)state;
    c.org.state = ORG_CLOSED;
    face_change(&f, &c.head);
    expect_text(&f, 401, "GET", "/v1/lists", f.rival_key, NULL, "closed");
}

/* A number of the account that others share is another's as likely as one's own. */
static void in_a_shared_account_an_operator_says_whose_a_number_is(void **state)
{
    static const char acting[] = "Sterling-Organization: rival\r\n", verified[] = "{\"verified\":true}";
    struct change_org c = {.head = {.kind = CHANGE_ORG}, .org = f.rival};
    char target[64];
    struct answer a;

    (void)state;
    c.org.account_sid[0] = '\0';
    c.org.token_sealed = (struct str){NULL, 0};
    face_change(&f, &c.head);
    expect_text(&f, 403, "POST", "/v1/senders", f.rival_key, "{\"address\":\"+14155550177\"}", "an operator");
    expect_text(&f, 403, "POST", "/v1/senders", f.rival_key,
                "{\"senders\":[{\"address\":\"RIVAL\"},{\"address\":\"54321\"}]}", "an operator");
    expect(&f, 403, "POST", "/v1/senders", f.rival_key, "{\"address\":\"tel:+14155550177\"}"); /* no name */
    expect(&f, 403, "POST", "/v1/senders", f.rival_key, "{\"address\":\"RIVAL\",\"verified\":true}");
    expect(&f, 201, "POST", "/v1/senders", f.rival_key, "{\"address\":\"RIVAL\"}");
    a = call(&f, "POST", "/v1/senders", f.operator_key, acting, "{\"address\":\"+18335550177\"}");
    assert_int_equal(a.status, 201);
    (void)snprintf(target, sizeof target, "/v1/senders/%s", json_text(a.body, "id"));
    answer_free(&a);
    expect_text(&f, 403, "PATCH", target, f.rival_key, verified, "an operator");
    expect(&f, 200, "PATCH", target, f.rival_key, "{\"state\":\"held\"}");
    a = call(&f, "PATCH", target, f.operator_key, acting, verified);
    assert_int_equal(a.status, 200);
    answer_free(&a);
}

static void too_many_bad_keys_are_turned_away_but_good_ones_pass(void **state)
{
    struct answer a;

    (void)state;
    expect(&f, 200, "GET", "/v1/lists", f.acme_key, NULL);
    face_from(200);
    for (int i = 0; i < 20; i++)
        expect(&f, 401, "GET", "/v1/lists", "sk_guess", NULL);
    a = call(&f, "GET", "/v1/lists", "sk_guess", NULL, NULL);
    assert_int_equal(a.status, 429);
    assert_non_null(strstr(a.head, "Retry-After:"));
    answer_free(&a);
    expect(&f, 200, "GET", "/v1/lists", f.acme_key, NULL);
    face_from(201);
    expect(&f, 401, "GET", "/v1/lists", "sk_guess", NULL);
    face_from(1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(bad_keys_open_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_narrow_key_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(another_organization_sees_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(an_operator_acts_for_whom_it_names, setup, teardown),
        cmocka_unit_test_setup_teardown(a_closed_organization_is_shut, setup, teardown),
        cmocka_unit_test_setup_teardown(in_a_shared_account_an_operator_says_whose_a_number_is, setup, teardown),
        cmocka_unit_test_setup_teardown(too_many_bad_keys_are_turned_away_but_good_ones_pass, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
