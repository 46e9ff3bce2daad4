/* Organizations, programs, senders, keys: who may send, and nobody sees another's. */
#include "twin.h"

#include <stdio.h>
#include <string.h>

static struct org org_of(struct twin *t, org_id id)
{
    struct org o = {0};
    assert_int_equal(t->ops->org_get(t->reader, &t->arena, id, &o), ERR_OK);
    return o;
}

static void an_org_is_created_with_its_program(void **state)
{
    struct twin *t = *state;
    struct change_org c = {.head.kind = CHANGE_ORG};
    struct org o;
    struct program p;
    size_t count = 1;
    c.org = (struct org){.slug = "acme", .name = STR("Acme Ltd"), .state = ORG_ACTIVE, .account_sid = "AC1",
                         .token_sealed = {"a\0b", 3}, .hook_path = "h1", .region = "US", .share = 7,
                         .spend_cap_micros = 5, .frequency = {4, 168}, .countries = "GB FR",
                         .help_text = STR("Call us"), .opt_out_words = STR("basta"), .created_ms = T0};
    c.first_program = (struct program){.brand = BRAND_STANDARD, .brand_score = 80, .use_case = STR("MIXED"),
                                         .help_text = STR("Ask us")};
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_true(c.org.id == 1 && c.org.rev == 1 && c.first_program.id == 1);
    o = org_of(t, c.org.id);
    assert_true(str_equal(o.name, STR("Acme Ltd")) && str_equal(o.help_text, STR("Call us")));
    assert_true(str_equal(o.opt_out_words, STR("basta")));
    assert_true(o.token_sealed.len == 3 && memcmp(o.token_sealed.at, "a\0b", 3) == 0 && o.token2_sealed.len == 0);
    assert_true(o.frequency.count == 4 && o.frequency.hours == 168 && strcmp(o.countries, "GB FR") == 0);
    assert_true(o.share == 7 && o.spend_cap_micros == 5 && o.rev == 1 && o.created_ms == T0);
    assert_string_equal(o.account_sid, "AC1");
    assert_int_equal(t->ops->org_by_slug(t->reader, &t->arena, STR("acme"), &o), ERR_OK);
    assert_int_equal(t->ops->org_by_hook_path(t->reader, &t->arena, STR("h1"), &o), ERR_OK);
    assert_int_equal(o.id, 1);
    assert_int_equal(t->ops->org_by_slug(t->reader, &t->arena, STR("acm"), &o), ERR_NOT_FOUND);
    assert_int_equal(t->ops->org_by_hook_path(t->reader, &t->arena, STR(""), &o), ERR_NOT_FOUND);
    assert_int_equal(t->ops->org_get(t->reader, &t->arena, 2, &o), ERR_NOT_FOUND);
    assert_int_equal(t->ops->programs(t->reader, &t->arena, 1, 0, &p, &count), ERR_OK);
    assert_true(count == 1 && str_equal(p.name, STR("default")) && p.brand_score == 80 && p.org == 1);
    assert_true(str_equal(p.help_text, STR("Ask us")));
}

static void a_taken_slug_or_hook_path_is_refused_and_leaves_nothing(void **state)
{
    struct twin *t = *state;
    org_id first = make_org(t, "acme"), second = make_org(t, "other");
    struct change_org c = {.head.kind = CHANGE_ORG, .org = {.slug = "acme", .hook_path = "new"}};
    struct org list[4];
    struct program programs[4];
    size_t count = 4;
    assert_int_equal(PUT(t, &c), ERR_CONFLICT);
    c.org.id = 0;
    (void)snprintf(c.org.slug, sizeof c.org.slug, "third");
    (void)snprintf(c.org.hook_path, sizeof c.org.hook_path, "hook-acme");
    assert_int_equal(PUT(t, &c), ERR_CONFLICT);
    c.org = org_of(t, second);
    (void)snprintf(c.org.slug, sizeof c.org.slug, "acme");
    assert_int_equal(PUT(t, &c), ERR_CONFLICT);
    assert_int_equal(t->ops->orgs(t->reader, &t->arena, 0, list, &count), ERR_OK);
    assert_true(count == 2 && list[0].id == first && list[1].id == second);
    assert_string_equal(list[1].slug, "other");
    count = 4;
    assert_int_equal(t->ops->programs(t->reader, &t->arena, 3, 0, programs, &count), ERR_OK);
    assert_int_equal(count, 0);
    assert_int_equal(make_org(t, "third"), 3); /* refused ones used no id */
}

static void replacing_an_org_keeps_what_the_store_counts(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    uint64_t message = admit(t, org, 14155550100, 0);
    struct change_org c = {.head.kind = CHANGE_ORG};
    assert_int_equal(arm(t, org, message, 1), ARM_ARMED);
    assert_int_equal(answer(t, accepted(org, message, 1, SID_A)), ERR_OK);
    c.org = org_of(t, org);
    c.org.spent_micros = 0;
    c.org.spent_month = 1;
    c.org.created_ms = 1;
    c.org.rev = 77;
    assert_int_equal(PUT(t, &c), ERR_CONFLICT);
    c.org.rev = 0; /* whatever it is by now */
    c.org.state = ORG_SUSPENDED;
    c.org.name = STR("New name");
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_true(c.org.rev == 2 && c.org.spent_micros == 15800 && c.org.created_ms == T0);
    assert_true(org_of(t, org).rev == 2 && org_of(t, org).spent_micros == 15800);
    assert_int_equal(org_of(t, org).state, ORG_SUSPENDED);
    assert_true(str_equal(org_of(t, org).name, STR("New name")));
    c.org.id = 99;
    assert_int_equal(PUT(t, &c), ERR_NOT_FOUND);
}

static void programs_are_named_once_and_bump_their_org(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme"), other = make_org(t, "other");
    struct change_program c = {.head.kind = CHANGE_PROGRAM, .program = {.org = org, .name = STR("second")}};
    struct program list[4];
    size_t count = 4;
    uint32_t id;
    assert_int_equal(PUT(t, &c), ERR_OK);
    id = c.program.id;
    assert_int_equal(org_of(t, org).rev, 2);
    c.program.id = 0;
    assert_int_equal(PUT(t, &c), ERR_CONFLICT);
    c.program.org = other;
    assert_int_equal(PUT(t, &c), ERR_OK); /* the name is another organization's there */
    c.program = (struct program){.id = id, .org = other, .name = STR("stolen")};
    assert_int_equal(PUT(t, &c), ERR_NOT_FOUND);
    c.program = (struct program){.id = id, .org = org, .name = STR("default")};
    assert_int_equal(PUT(t, &c), ERR_CONFLICT);
    c.program = (struct program){.id = id, .org = org, .name = STR("second"), .service_sid = "MG1",
                                 .registration = REGISTRATION_APPROVED, .brand_score = -1};
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(org_of(t, org).rev, 3);
    assert_int_equal(t->ops->programs(t->reader, &t->arena, org, 1, list, &count), ERR_OK);
    assert_true(count == 1 && list[0].registration == REGISTRATION_APPROVED && list[0].brand_score == -1);
    assert_string_equal(list[0].service_sid, "MG1");
    c.program = (struct program){.org = 99, .name = STR("x")};
    assert_int_equal(PUT(t, &c), ERR_NOT_FOUND);
}

static enum err put_sender(struct twin *t, struct sender *n)
{
    struct change_senders c = {.head.kind = CHANGE_SENDERS, .senders = n, .count = 1};
    return PUT(t, &c);
}

static void a_program_that_moved_meanwhile_is_not_written_over(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    uint32_t seen = org_of(t, org).rev;
    struct change_program edit = {.head.kind = CHANGE_PROGRAM, .org_rev = seen,
                                  .program = {.id = first_program(t, org), .org = org, .name = STR("renamed")}};
    struct change_program approval = edit;
    struct program p;
    size_t count = 1;
    assert_int_equal(PUT(t, &edit), ERR_OK);
    approval.program.name = STR("default");
    assert_int_equal(PUT(t, &approval), ERR_CONFLICT);
    assert_int_equal(t->ops->programs(t->reader, &t->arena, org, 0, &p, &count), ERR_OK);
    assert_true(str_equal(p.name, STR("renamed")));
    approval.org_rev = org_of(t, org).rev;
    assert_int_equal(PUT(t, &approval), ERR_OK);
}

static void a_sender_that_was_quarantined_meanwhile_is_not_written_over(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    struct sender s = {.org = org, .program = first_program(t, org), .kind = SENDER_LONG_CODE, .state = SENDER_ACTIVE,
                       .address = "+14155550000", .number = 14155550000, .verified = true};
    struct sender was, quarantined, edited, now;
    struct change_senders edit = {.head.kind = CHANGE_SENDERS, .senders = &edited, .count = 1, .was = &was};
    size_t count = 1;
    assert_int_equal(put_sender(t, &s), ERR_OK);
    edited = quarantined = was = s;
    quarantined.state = SENDER_HELD;
    assert_int_equal(put_sender(t, &quarantined), ERR_OK);
    (void)snprintf(edited.sid, sizeof edited.sid, "PN1");
    assert_int_equal(PUT(t, &edit), ERR_CONFLICT);
    assert_non_null(strstr(edit.head.fault.what, "+14155550000"));
    assert_int_equal(t->ops->senders(t->reader, org, 0, &now, &count), ERR_OK);
    assert_true(count == 1 && now.state == SENDER_HELD && now.sid[0] == '\0');
    was = edited = now;
    (void)snprintf(edited.sid, sizeof edited.sid, "PN1");
    assert_int_equal(PUT(t, &edit), ERR_OK);
    assert_int_equal(t->ops->sender_by_address(t->reader, org, STR("+14155550000"), &now), ERR_OK);
    assert_true(now.state == SENDER_HELD);
    assert_string_equal(now.sid, "PN1");
}

static void a_number_is_one_orgs_an_alpha_id_may_be_severals(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme"), other = make_org(t, "other");
    uint32_t mine = first_program(t, org), theirs = first_program(t, other);
    struct sender a = {.org = org, .program = mine, .kind = SENDER_LONG_CODE, .state = SENDER_ACTIVE,
                       .address = "+14155550000", .number = 14155550000, .verified = true, .sid = "PN1"};
    struct sender b = a, alpha = {.org = org, .program = mine, .kind = SENDER_ALPHA, .state = SENDER_ACTIVE,
                                  .address = "ACME", .registered = "GB SG"};
    struct sender found = {0};
    assert_int_equal(put_sender(t, &a), ERR_OK);
    b.org = other;
    b.program = theirs;
    assert_int_equal(put_sender(t, &b), ERR_CONFLICT);
    assert_int_equal(t->ops->sender_by_address(t->reader, org, STR("+14155550000"), &found), ERR_OK);
    assert_true(found.id == a.id && found.verified && found.number == 14155550000);
    assert_string_equal(found.sid, "PN1");
    assert_int_equal(t->ops->sender_by_address(t->reader, other, STR("+14155550000"), &found), ERR_NOT_FOUND);
    assert_int_equal(put_sender(t, &alpha), ERR_OK);
    assert_int_equal(t->ops->sender_by_address(t->reader, org, STR("ACME"), &found), ERR_OK);
    assert_string_equal(found.registered, "GB SG");
    alpha.id = 0;
    assert_int_equal(put_sender(t, &alpha), ERR_CONFLICT); /* twice in one organization */
    alpha.id = 0;
    alpha.org = other;
    alpha.program = theirs;
    assert_int_equal(put_sender(t, &alpha), ERR_OK);
    a.state = SENDER_REMOVED;
    assert_int_equal(put_sender(t, &a), ERR_OK);
    assert_int_equal(t->ops->sender_by_address(t->reader, org, STR("+14155550000"), &found), ERR_NOT_FOUND);
    b.id = 0;
    assert_int_equal(put_sender(t, &b), ERR_OK); /* it was given up */
    a.org = other;
    assert_int_equal(put_sender(t, &a), ERR_NOT_FOUND); /* another organization's id, or program */
}

static void one_bad_sender_refuses_all_of_the_change(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    uint32_t program = first_program(t, org);
    struct sender two[2], list[4];
    struct change_senders c = {.head.kind = CHANGE_SENDERS, .senders = two, .count = 2};
    size_t count = 4;
    for (int i = 0; i < 2; i++)
        two[i] = (struct sender){.org = org, .program = program, .kind = SENDER_LONG_CODE, .state = SENDER_ACTIVE,
                                 .address = "+14155550000", .number = 14155550000};
    assert_int_equal(PUT(t, &c), ERR_CONFLICT);
    assert_int_equal(t->ops->senders(t->reader, org, 0, list, &count), ERR_OK);
    assert_int_equal(count, 0);
    (void)snprintf(two[1].address, sizeof two[1].address, "+14155550001");
    two[0].id = two[1].id = 0;
    assert_int_equal(PUT(t, &c), ERR_OK);
    count = 4;
    assert_int_equal(t->ops->senders(t->reader, org, two[0].id, list, &count), ERR_OK);
    assert_true(count == 1 && list[0].id == two[1].id);
}

static void keys_are_found_by_hash_and_revoked_by_their_org(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme"), other = make_org(t, "other");
    struct change_key c = {.head.kind = CHANGE_KEY};
    struct api_key k = {0};
    size_t count = 1;
    c.key = (struct api_key){.org = org, .hash = {1, 2, 3}, .hint = "sk_abc", .name = STR("ci"),
                             .scopes = KEY_SCOPE_READ | KEY_SCOPE_SEND, .created_ms = T0, .expires_ms = T0 + 5};
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(t->ops->key_by_hash(t->reader, &t->arena, c.key.hash, &k), ERR_OK);
    assert_true(k.id == c.key.id && k.org == org && k.scopes == 3 && str_equal(k.name, STR("ci")));
    assert_string_equal(k.hint, "sk_abc");
    c.key.id = 0;
    assert_int_equal(PUT(t, &c), ERR_CONFLICT);
    c.key = k;
    c.key.org = other;
    c.key.revoked_ms = T0 + 1;
    assert_int_equal(PUT(t, &c), ERR_NOT_FOUND);
    c.key.org = org;
    c.key.hash[0] = 9; /* not to be changed */
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(t->ops->keys(t->reader, &t->arena, org, 0, &k, &count), ERR_OK);
    assert_true(count == 1 && k.revoked_ms == T0 + 1 && k.hash[0] == 1 && k.created_ms == T0);
    assert_int_equal(t->ops->keys(t->reader, &t->arena, other, 0, &k, &count), ERR_OK);
    assert_int_equal(count, 0);
    c.key = (struct api_key){.org = 0, .hash = {7}, .scopes = KEY_SCOPE_OPERATOR};
    assert_int_equal(PUT(t, &c), ERR_OK); /* an operator's */
    c.key = (struct api_key){.org = 99, .hash = {8}};
    assert_int_equal(PUT(t, &c), ERR_NOT_FOUND);
}

static const struct CMUnitTest tests[] = {
    STORE_TEST(an_org_is_created_with_its_program),
    STORE_TEST(a_taken_slug_or_hook_path_is_refused_and_leaves_nothing),
    STORE_TEST(replacing_an_org_keeps_what_the_store_counts),
    STORE_TEST(programs_are_named_once_and_bump_their_org),
    STORE_TEST(a_program_that_moved_meanwhile_is_not_written_over),
    STORE_TEST(a_sender_that_was_quarantined_meanwhile_is_not_written_over),
    STORE_TEST(a_number_is_one_orgs_an_alpha_id_may_be_severals),
    STORE_TEST(one_bad_sender_refuses_all_of_the_change),
    STORE_TEST(keys_are_found_by_hash_and_revoked_by_their_org),
};
const struct suite who_suite = {tests, sizeof tests / sizeof tests[0]};
