/* Contacts, lists and the consent ledger. */
#include "twin.h"

#include <stdio.h>

static struct contact contact_of(struct twin *t, org_id org, uint64_t number)
{
    struct contact c = {0};
    assert_int_equal(t->ops->contact_by_number(t->reader, &t->arena, org, number, &c), ERR_OK);
    return c;
}

static uint32_t make_list(struct twin *t, org_id org, const char *name)
{
    struct change_list c = {.head.kind = CHANGE_LIST, .list = {.org = org, .name = str_from(name), .created_ms = T0}};
    assert_int_equal(PUT(t, &c), ERR_OK);
    return c.list.id;
}

static struct contact_list list_of(struct twin *t, org_id org, uint32_t id)
{
    struct contact_list l = {0};
    assert_int_equal(t->ops->list_get(t->reader, &t->arena, org, id, &l), ERR_OK);
    return l;
}

static void a_number_is_one_contact_of_its_org(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme"), other = make_org(t, "other");
    struct contact rows[3], found = {0};
    struct change_contacts c = {.head.kind = CHANGE_CONTACTS, .org = org, .rows = rows, .count = 3, .now_ms = T0};
    rows[0] = (struct contact){.number = 14155550100, .fields = STR("{\"a\":\"1\"}"), .zones = UINT64_MAX,
                               .carrier = 2};
    rows[1] = (struct contact){.number = 14155550101};
    rows[2] = (struct contact){.number = 14155550100, .fields = STR("{\"b\":\"2\"}"), .zones = 8, .sender = 3};
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_true(c.added == 2 && c.updated == 0 && c.duplicates == 1);
    assert_true(rows[0].id == rows[2].id && rows[0].id != rows[1].id);
    assert_true(rows[0].created_ms == T0 && rows[0].org == org);
    found = contact_of(t, org, 14155550100);
    assert_true(str_equal(found.fields, STR("{\"b\":\"2\"}")) && found.zones == 8);
    assert_true(found.carrier == 2 && found.sender == 3); /* unknown ones keep what is known */
    assert_true(str_equal(contact_of(t, org, 14155550101).fields, STR("{}")));
    assert_int_equal(t->ops->contact_by_number(t->reader, &t->arena, other, 14155550100, &found), ERR_NOT_FOUND);
    assert_int_equal(t->ops->contact_get(t->reader, &t->arena, other, rows[0].id, &found), ERR_NOT_FOUND);
    c.now_ms = T0 + 1;
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_true(c.updated == 2 && c.duplicates == 1); /* only what this moment has put already */
    c.org = 99;
    assert_int_equal(PUT(t, &c), ERR_NOT_FOUND);
}

static void a_contact_put_without_a_place_stays_where_it_was(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    struct contact rows[2];
    struct change_contacts c = {.head.kind = CHANGE_CONTACTS, .org = org, .rows = rows, .count = 2, .now_ms = T0};
    struct change_contact_delete gone = {.head.kind = CHANGE_CONTACT_DELETE, .org = org, .now_ms = T0};
    rows[0] = (struct contact){.number = 14155550100, .zones = 8};
    rows[1] = (struct contact){.number = 14155550101, .zones = 5, .place_unsaid = true};
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_true(contact_of(t, org, 14155550101).zones == 5); /* of a new one its number is all that is known */
    rows[0] = (struct contact){.number = 14155550100, .zones = 5, .place_unsaid = true};
    rows[1] = (struct contact){.number = 14155550101, .zones = 6};
    c.now_ms = T0 + 1;
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_true(rows[0].zones == 8 && contact_of(t, org, 14155550100).zones == 8);
    assert_true(contact_of(t, org, 14155550101).zones == 6);
    assert_false(contact_of(t, org, 14155550100).place_unsaid);
    gone.contact = rows[0].id;
    assert_int_equal(PUT(t, &gone), ERR_OK);
    rows[0] = (struct contact){.number = 14155550100, .zones = 5, .place_unsaid = true};
    c.now_ms = T0 + 2;
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_true(contact_of(t, org, 14155550100).zones == 8);
}

static void fields_merge_when_asked(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    struct contact row = {.number = 14155550100, .fields = STR("{\"a\":\"1\",\"b\":\"x\"}")};
    struct change_contacts c = {.head.kind = CHANGE_CONTACTS, .org = org, .rows = &row, .count = 1, .now_ms = T0};
    assert_int_equal(PUT(t, &c), ERR_OK);
    c.merge_fields = true;
    c.now_ms = T0 + 1;
    row.fields = STR("{\"b\":\"y\",\"c\":\"z\"}");
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_true(str_equal(contact_of(t, org, 14155550100).fields, STR("{\"a\":\"1\",\"b\":\"y\",\"c\":\"z\"}")));
    assert_true(row.created_ms == T0 && contact_of(t, org, 14155550100).updated_ms == T0 + 1);
    row.fields = STR("[1]");
    assert_int_equal(PUT(t, &c), ERR_INVALID);
    assert_true(contact_of(t, org, 14155550100).updated_ms == T0 + 1);
}

static void lists_are_found_by_name_and_count_members(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme"), other = make_org(t, "other");
    uint32_t list = make_list(t, org, "vip");
    struct contact_list found = {0};
    uint64_t a = make_contact(t, org, 14155550100, list), b = make_contact(t, org, 14155550101, list);
    struct contact page[4];
    size_t count = 1;
    assert_int_equal(make_list(t, org, "vip"), list);
    assert_int_equal(make_contact(t, org, 14155550100, list), a); /* once a member, always one */
    make_contact(t, org, 14155550102, 0);
    assert_true(list_of(t, org, list).members == 2);
    assert_int_equal(t->ops->list_by_name(t->reader, &t->arena, org, STR("vip"), &found), ERR_OK);
    assert_true(found.id == list && found.created_ms == T0);
    assert_int_equal(t->ops->list_by_name(t->reader, &t->arena, other, STR("vip"), &found), ERR_NOT_FOUND);
    assert_int_equal(t->ops->list_get(t->reader, &t->arena, other, list, &found), ERR_NOT_FOUND);
    assert_int_equal(t->ops->contacts(t->reader, &t->arena, org, list, 0, page, &count), ERR_OK);
    assert_true(count == 1 && page[0].id == a);
    count = 4;
    assert_int_equal(t->ops->contacts(t->reader, &t->arena, org, list, a, page, &count), ERR_OK);
    assert_true(count == 1 && page[0].id == b);
    count = 4;
    assert_int_equal(t->ops->contacts(t->reader, &t->arena, org, 0, 0, page, &count), ERR_OK);
    assert_int_equal(count, 3);
    count = 4;
    assert_int_equal(t->ops->contacts(t->reader, &t->arena, other, list, 0, page, &count), ERR_OK);
    assert_int_equal(count, 0);
    count = 1;
    assert_int_equal(t->ops->lists(t->reader, &t->arena, other, 0, &found, &count), ERR_OK);
    assert_int_equal(count, 0);
}

static void another_orgs_list_takes_nobody_in(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme"), other = make_org(t, "other");
    uint32_t theirs = make_list(t, other, "vip");
    struct contact row = {.number = 14155550100};
    struct change_contacts c = {.head.kind = CHANGE_CONTACTS, .org = org, .list = theirs, .rows = &row, .count = 1,
                                .now_ms = T0};
    assert_int_equal(PUT(t, &c), ERR_NOT_FOUND);
    assert_true(list_of(t, other, theirs).members == 0);
    assert_int_equal(t->ops->contact_by_number(t->reader, &t->arena, org, 14155550100, &row), ERR_NOT_FOUND);
}

static void a_deleted_contact_is_forgotten_until_it_is_put_again(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme"), other = make_org(t, "other");
    uint32_t list = make_list(t, org, "vip"), second = make_list(t, org, "all");
    uint64_t id = make_contact(t, org, 14155550100, list);
    struct change_contact_delete c = {.head.kind = CHANGE_CONTACT_DELETE, .org = other, .contact = id, .now_ms = T0};
    struct contact row = {.number = 14155550100, .fields = STR("{\"n\":\"2\"}")}, page[2];
    struct change_contacts again = {.head.kind = CHANGE_CONTACTS, .org = org, .rows = &row, .count = 1,
                                    .now_ms = T0 + 9};
    size_t count = 2;
    assert_int_equal(make_contact(t, org, 14155550100, second), id);
    assert_int_equal(PUT(t, &c), ERR_NOT_FOUND);
    c.org = org;
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_true(contact_of(t, org, 14155550100).deleted);
    assert_true(str_equal(contact_of(t, org, 14155550100).fields, STR("{}")));
    assert_true(list_of(t, org, list).members == 0 && list_of(t, org, second).members == 0);
    assert_int_equal(t->ops->contacts(t->reader, &t->arena, org, 0, 0, page, &count), ERR_OK);
    assert_int_equal(count, 0);
    assert_int_equal(PUT(t, &c), ERR_NOT_FOUND);
    assert_int_equal(PUT(t, &again), ERR_OK);
    assert_true(again.added == 1 && row.id == id && row.created_ms == T0 + 9);
    assert_false(contact_of(t, org, 14155550100).deleted);
    assert_true(list_of(t, org, list).members == 0);
}

static void an_import_moves_on_with_its_contacts(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme"), other = make_org(t, "other");
    struct change_import made = {.head.kind = CHANGE_IMPORT};
    struct contact rows[2] = {{.number = 14155550100}, {.number = 14155550101}};
    struct change_contacts c = {.head.kind = CHANGE_CONTACTS, .org = org, .rows = rows, .count = 2, .now_ms = T0};
    struct import_job job = {0}, page[2];
    size_t count = 2;
    made.job = (struct import_job){.org = org, .state = IMPORT_RUNNING, .region = "US", .bytes = 100, .added = 5,
                                   .file = STR("up.csv"), .created_ms = T0};
    assert_int_equal(PUT(t, &made), ERR_OK);
    job = made.job;
    job.resume_row = 3;
    c.import = &job;
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(t->ops->import_get(t->reader, &t->arena, org, job.id, &job), ERR_OK);
    assert_true(job.added == 7 && job.updated == 0 && job.resume_row == 3 && str_equal(job.file, STR("up.csv")));
    assert_int_equal(t->ops->import_get(t->reader, &t->arena, other, job.id, &job), ERR_NOT_FOUND);
    assert_int_equal(t->ops->imports_running(t->reader, &t->arena, page, &count), ERR_OK);
    assert_int_equal(count, 1);
    job.org = other; /* not theirs: nothing of the change is stored */
    rows[0].number = 14155550199;
    assert_int_equal(PUT(t, &c), ERR_NOT_FOUND);
    assert_int_equal(t->ops->contact_by_number(t->reader, &t->arena, org, 14155550199, &rows[0]), ERR_NOT_FOUND);
    made.job.state = IMPORT_FAILED;
    made.job.why = STR("no header");
    made.job.finished_ms = T0 + 4;
    assert_int_equal(PUT(t, &made), ERR_OK);
    count = 2;
    assert_int_equal(t->ops->imports_running(t->reader, &t->arena, page, &count), ERR_OK);
    assert_int_equal(count, 0);
    count = 2;
    assert_int_equal(t->ops->imports(t->reader, &t->arena, org, 0, page, &count), ERR_OK);
    assert_true(count == 1 && page[0].state == IMPORT_FAILED && str_equal(page[0].why, STR("no header")));
    count = 2;
    assert_int_equal(t->ops->imports(t->reader, &t->arena, other, 0, page, &count), ERR_OK);
    assert_int_equal(count, 0);
}

static const struct CMUnitTest tests[] = {
    STORE_TEST(a_number_is_one_contact_of_its_org),
    STORE_TEST(a_contact_put_without_a_place_stays_where_it_was),
    STORE_TEST(fields_merge_when_asked),
    STORE_TEST(lists_are_found_by_name_and_count_members),
    STORE_TEST(another_orgs_list_takes_nobody_in),
    STORE_TEST(a_deleted_contact_is_forgotten_until_it_is_put_again),
    STORE_TEST(an_import_moves_on_with_its_contacts),
};
const struct suite contacts_suite = {tests, sizeof tests / sizeof tests[0]};

/* ---- consent ---- */

static bool consent(struct twin *t, org_id org, enum consent_kind kind, int64_t at_ms, const char *sid)
{
    struct change_consent c = {.head.kind = CHANGE_CONSENT};
    c.event = (struct consent){.org = org, .number = 14155550100, .kind = kind, .at_ms = at_ms,
                               .source = STR("keyword"), .evidence = STR("STOP")};
    (void)snprintf(c.event.sid, sizeof c.event.sid, "%s", sid);
    assert_int_equal(PUT(t, &c), ERR_OK);
    return c.applied;
}

static enum consent_kind consent_now(struct twin *t, org_id org)
{
    struct consent e = {0};
    enum err code = t->ops->consent_get(t->reader, &t->arena, org, 14155550100, &e);
    return code == ERR_NOT_FOUND ? CONSENT_NONE : e.kind;
}

static void consent_follows_the_providers_dates_not_our_arrivals(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme"), other = make_org(t, "other");
    struct consent ledger[8];
    size_t count = 8;
    assert_int_equal(consent_now(t, org), CONSENT_NONE);
    assert_true(consent(t, org, CONSENT_OPT_IN, T0 + 2, SID_A));
    assert_false(consent(t, org, CONSENT_OPT_OUT, T0 + 1, SID_B)); /* came late, happened before */
    assert_int_equal(consent_now(t, org), CONSENT_OPT_IN);
    assert_true(consent(t, org, CONSENT_OPT_OUT, T0 + 3, SID_C));
    assert_int_equal(consent_now(t, org), CONSENT_OPT_OUT);
    assert_int_equal(consent_now(t, other), CONSENT_NONE);
    assert_int_equal(t->ops->consents(t->reader, &t->arena, org, 14155550100, 0, ledger, &count), ERR_OK);
    assert_int_equal(count, 3); /* all of them are in the ledger */
    assert_true(ledger[1].at_ms == T0 + 1 && str_equal(ledger[1].evidence, STR("STOP")));
    assert_string_equal(ledger[1].sid, SID_B);
    count = 8;
    assert_int_equal(t->ops->consents(t->reader, &t->arena, org, 0, ledger[0].id, ledger, &count), ERR_OK);
    assert_int_equal(count, 2);
    count = 8;
    assert_int_equal(t->ops->consents(t->reader, &t->arena, other, 14155550100, 0, ledger, &count), ERR_OK);
    assert_int_equal(count, 0);
}

static void on_the_same_date_an_opt_out_wins_in_any_order(void **state)
{
    struct twin *t = *state;
    org_id a = make_org(t, "a"), b = make_org(t, "b");
    assert_true(consent(t, a, CONSENT_OPT_OUT, T0, SID_A));
    assert_false(consent(t, a, CONSENT_OPT_IN, T0, SID_B));
    assert_true(consent(t, b, CONSENT_OPT_IN, T0, SID_A));
    assert_true(consent(t, b, CONSENT_OPT_OUT, T0, SID_B));
    assert_int_equal(consent_now(t, a), CONSENT_OPT_OUT);
    assert_int_equal(consent_now(t, b), CONSENT_OPT_OUT);
}

static void an_opt_out_that_somebody_enters_now_counts_though_the_provider_s_clock_is_ahead(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    struct change_consent c = {.head.kind = CHANGE_CONSENT, .entered = true};
    assert_true(consent(t, org, CONSENT_OPT_IN, T0 + 900, SID_A)); /* by the provider's clock */
    c.event = (struct consent){.org = org, .number = 14155550100, .kind = CONSENT_OPT_IN, .at_ms = T0,
                               .source = STR("operator"), .evidence = STR("by telephone")};
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_false(c.applied); /* only an opt-out is worth that */
    c.event.kind = CONSENT_OPT_OUT;
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_true(c.applied);
    assert_int_equal(c.event.at_ms, T0 + 900);
    assert_int_equal(consent_now(t, org), CONSENT_OPT_OUT);
}

static void a_sid_counts_once(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    struct consent ledger[4];
    size_t count = 4;
    assert_true(consent(t, org, CONSENT_OPT_OUT, T0, SID_A));
    assert_true(consent(t, org, CONSENT_OPT_IN, T0 + 1, ""));
    assert_false(consent(t, org, CONSENT_OPT_OUT, T0 + 5, SID_A)); /* replayed with another date */
    assert_int_equal(consent_now(t, org), CONSENT_OPT_IN);
    assert_int_equal(t->ops->consents(t->reader, &t->arena, org, 14155550100, 0, ledger, &count), ERR_OK);
    assert_int_equal(count, 2);
}

static void what_is_no_consent_is_refused(void **state)
{
    struct twin *t = *state;
    struct change_consent c = {.head.kind = CHANGE_CONSENT, .event = {.org = make_org(t, "acme"), .number = 1}};
    assert_int_equal(PUT(t, &c), ERR_INVALID);
    c.event.kind = CONSENT_OPT_OUT;
    c.event.org = 99;
    assert_int_equal(PUT(t, &c), ERR_NOT_FOUND);
}

static void an_import_opts_in_whom_it_may_on_its_attestation(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    struct consent on = {.org = org, .kind = CONSENT_OPT_IN, .basis = CONSENT_BASIS_WRITTEN, .at_ms = T0 + 5,
                         .recorded_ms = T0 + 6, .source = STR("import"), .evidence = STR("attested")};
    struct change_import start = {.head.kind = CHANGE_IMPORT, .attestation = &on,
                                  .job = {.org = org, .state = IMPORT_RUNNING, .region = "US", .file = STR("x")}};
    struct contact rows[] = {{.number = 14155550100}, {.number = 14155550101}, {.number = 14155550102}};
    struct change_contacts batch = {.head.kind = CHANGE_CONTACTS, .org = org, .rows = rows, .count = 3,
                                    .now_ms = T0 + 7, .import = &start.job};
    struct consent_holds h;
    struct chain_head before, after;
    assert_true(consent(t, org, CONSENT_OPT_OUT, T0, SID_A)); /* of …100 */
    assert_int_equal(PUT(t, &start), ERR_OK);
    assert_true(start.job.attestation == on.id && on.number == 0 && on.position == 2);
    assert_int_equal(PUT(t, &batch), ERR_OK);
    assert_int_equal(t->ops->consent_holds(t->reader, org, 14155550100, 1, 0, &h), ERR_OK);
    assert_int_equal(h.kind, CONSENT_OPT_OUT);
    assert_int_equal(t->ops->consent_holds(t->reader, org, 14155550101, 1, 0, &h), ERR_OK);
    assert_true(h.kind == CONSENT_OPT_IN && h.basis == CONSENT_BASIS_WRITTEN && h.at_ms == T0 + 5);
    assert_int_equal(t->ops->consent_head(t->reader, org, &before), ERR_OK);
    assert_int_equal(before.count, 4);
    assert_int_equal(PUT(t, &batch), ERR_OK); /* the same rows once more add nothing to the ledger */
    assert_int_equal(t->ops->consent_head(t->reader, org, &after), ERR_OK);
    assert_memory_equal(&before, &after, sizeof after);
}

static void many_entries_are_all_taken_or_none_and_once(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    struct consent rows[3] = {
        {.org = org, .number = 14155550100, .kind = CONSENT_OPT_OUT, .at_ms = T0, .source = STR("keyword")},
        {.org = org, .number = 14155550101, .kind = CONSENT_OPT_IN, .at_ms = T0 + 1, .source = STR("paper")},
        {.org = org, .number = 14155550102, .kind = CONSENT_OPT_IN, .at_ms = T0 + 2, .source = STR("paper"),
         .scope = CONSENT_OF_PROGRAM, .scope_id = 99}};
    struct change_consent c = {.head.kind = CHANGE_CONSENT, .rows = rows, .count = 3};
    struct chain_head head;
    assert_int_equal(PUT(t, &c), ERR_NOT_FOUND);
    assert_int_equal(t->ops->consent_head(t->reader, org, &head), ERR_OK);
    assert_int_equal(head.count, 0); /* nothing half done */
    c.count = 2;
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_true(c.added == 2 && c.repeated == 0);
    rows[1].at_ms++;
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_true(c.added == 1 && c.repeated == 1);
    assert_int_equal(consent_now(t, org), CONSENT_OPT_OUT);
}

static const struct CMUnitTest consent_tests[] = {
    STORE_TEST(many_entries_are_all_taken_or_none_and_once),
    STORE_TEST(an_import_opts_in_whom_it_may_on_its_attestation),
    STORE_TEST(consent_follows_the_providers_dates_not_our_arrivals),
    STORE_TEST(on_the_same_date_an_opt_out_wins_in_any_order),
    STORE_TEST(an_opt_out_that_somebody_enters_now_counts_though_the_provider_s_clock_is_ahead),
    STORE_TEST(a_sid_counts_once),
    STORE_TEST(what_is_no_consent_is_refused),
};
const struct suite consent_suite = {consent_tests, sizeof consent_tests / sizeof consent_tests[0]};
