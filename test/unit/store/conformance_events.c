/* Inbound texts, live events, webhooks, idempotency, and the store itself. */
#include "twin.h"

#include <stdio.h>

/* ---- inbound ---- */

static struct change_inbound inbound(org_id org, const char *sid, enum consent_kind kind, int64_t at_ms)
{
    struct change_inbound c = {.head.kind = CHANGE_INBOUND, .consent = kind, .sender = 6};
    c.inbound = (struct inbound){.org = org, .from = 14155550100, .to = "+14155550000", .body = STR("Stop"),
                                 .keyword = kind == CONSENT_OPT_OUT ? 1 : 0, .at_ms = at_ms,
                                 .received_ms = at_ms + 3};
    (void)snprintf(c.inbound.sid, sizeof c.inbound.sid, "%s", sid);
    return c;
}

static void the_latest_text_of_a_person_is_the_one_the_provider_dates_last(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme"), other = make_org(t, "other");
    struct change_inbound late = inbound(org, SID_A, CONSENT_NONE, T0 + 50);
    struct change_inbound early = inbound(org, SID_B, CONSENT_NONE, T0 + 20);
    int64_t at_ms = 0;
    assert_int_equal(t->ops->inbound_latest(t->reader, org, 14155550100, &at_ms), ERR_NOT_FOUND);
    assert_int_equal(PUT(t, &late), ERR_OK);
    assert_int_equal(PUT(t, &early), ERR_OK);
    assert_int_equal(t->ops->inbound_latest(t->reader, org, 14155550100, &at_ms), ERR_OK);
    assert_true(at_ms == T0 + 50);
    assert_int_equal(t->ops->inbound_latest(t->reader, other, 14155550100, &at_ms), ERR_NOT_FOUND);
    assert_int_equal(t->ops->inbound_latest(t->reader, org, 14155550101, &at_ms), ERR_NOT_FOUND);
}

static void what_a_limit_learned_is_kept_until_it_is_forgotten(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme"), other = make_org(t, "other");
    struct learned_limit rows[] = {
        {.org = org, .scope = 5, .program = 1, .sender = 9, .slot = 2, .units = 75, .at_ms = T0},
        {.org = org, .scope = 4, .program = 1, .carrier = 3, .slot = 2, .units = 30, .at_ms = T0},
        {.org = other, .scope = 4, .program = 2, .carrier = 3, .slot = 2, .units = 10, .at_ms = T0},
        {.org = 999, .scope = 4, .units = 10, .at_ms = T0},
    }, got[4];
    struct change_learned c = {.head.kind = CHANGE_LEARNED, .rows = rows, .count = 4};
    size_t count = 4;
    assert_int_equal(PUT(t, &c), ERR_OK);
    twin_reopen(t);
    assert_int_equal(t->ops->learned(t->reader, org, got, &count), ERR_OK);
    assert_int_equal(count, 2);
    assert_true(got[0].scope == 4 && got[0].carrier == 3 && got[0].units == 30 && got[0].slot == 2);
    assert_true(got[1].scope == 5 && got[1].sender == 9 && got[1].units == 75 && got[1].at_ms == T0);
    rows[0].units = 56;
    rows[0].at_ms = T0 + 5;
    rows[1].units = 0;
    c.count = 2;
    assert_int_equal(PUT(t, &c), ERR_OK);
    count = 4;
    assert_int_equal(t->ops->learned(t->reader, org, got, &count), ERR_OK);
    assert_int_equal(count, 1);
    assert_true(got[0].units == 56 && got[0].at_ms == T0 + 5);
    count = 4;
    assert_int_equal(t->ops->learned(t->reader, other, got, &count), ERR_OK);
    assert_int_equal(count, 1);
}

static void an_inbound_text_counts_once_for_ever(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme"), other = make_org(t, "other");
    uint64_t person = make_contact(t, org, 14155550100, 0);
    struct change_inbound c = inbound(org, SID_A, CONSENT_OPT_OUT, T0 + 50);
    struct inbound got = {0}, page[2];
    struct contact contact = {0};
    struct org o = {0};
    size_t count = 2;
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_true(!c.duplicate && c.consent_applied && c.inbound.id > 0);
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_true(c.duplicate && !c.consent_applied);
    assert_int_equal(t->ops->inbound_by_sid(t->reader, &t->arena, org, STR(SID_A), &got), ERR_OK);
    assert_true(got.from == 14155550100 && str_equal(got.body, STR("Stop")) && got.received_ms == T0 + 53);
    assert_string_equal(got.to, "+14155550000");
    assert_int_equal(t->ops->inbound_by_sid(t->reader, &t->arena, other, STR(SID_A), &got), ERR_NOT_FOUND);
    assert_int_equal(t->ops->inbounds(t->reader, &t->arena, org, 0, page, &count), ERR_OK);
    assert_int_equal(count, 1);
    count = 2;
    assert_int_equal(t->ops->inbounds(t->reader, &t->arena, other, 0, page, &count), ERR_OK);
    assert_int_equal(count, 0);
    assert_int_equal(t->ops->contact_get(t->reader, &t->arena, org, person, &contact), ERR_OK);
    assert_int_equal(contact.sender, 6);
    assert_int_equal(t->ops->org_get(t->reader, &t->arena, org, &o), ERR_OK);
    assert_true(o.inbound_seen_ms == T0 + 50);
    c = inbound(org, SID_B, CONSENT_NONE, T0 + 20); /* read back later: the mark never goes back */
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(t->ops->org_get(t->reader, &t->arena, org, &o), ERR_OK);
    assert_true(o.inbound_seen_ms == T0 + 50);
    count = 2;
    assert_int_equal(t->ops->inbounds(t->reader, &t->arena, org, c.inbound.id, page, &count), ERR_OK);
    assert_true(count == 1 && strcmp(page[0].sid, SID_A) == 0);
}

static void a_stop_blocks_what_is_armed_after_it(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    struct change_inbound c = inbound(org, SID_A, CONSENT_OPT_OUT, T0 + 50);
    struct consent e = {0};
    uint64_t message = admit(t, org, 14155550100, 0);
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(arm(t, org, message, 1), ARM_OPTED_OUT);
    assert_int_equal(t->ops->consent_get(t->reader, &t->arena, org, 14155550100, &e), ERR_OK);
    assert_true(str_equal(e.source, STR("keyword")) && str_equal(e.evidence, STR("Stop")) && e.at_ms == T0 + 50);
    c = inbound(org, SID_B, CONSENT_OPT_IN, T0 + 60);
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(arm(t, org, admit(t, org, 14155550100, 0), 1), ARM_ARMED);
}

static void an_inbound_text_needs_an_org_and_a_sid(void **state)
{
    struct twin *t = *state;
    struct change_inbound c = inbound(99, SID_A, CONSENT_NONE, T0);
    assert_int_equal(PUT(t, &c), ERR_NOT_FOUND);
    c = inbound(make_org(t, "acme"), "", CONSENT_NONE, T0);
    assert_int_equal(PUT(t, &c), ERR_INVALID);
}

static const struct CMUnitTest inbound_tests[] = {
    STORE_TEST(an_inbound_text_counts_once_for_ever),
    STORE_TEST(the_latest_text_of_a_person_is_the_one_the_provider_dates_last),
    STORE_TEST(what_a_limit_learned_is_kept_until_it_is_forgotten),
    STORE_TEST(a_stop_blocks_what_is_armed_after_it),
    STORE_TEST(an_inbound_text_needs_an_org_and_a_sid),
};
const struct suite inbound_suite = {inbound_tests, sizeof inbound_tests / sizeof inbound_tests[0]};

/* ---- events and webhooks ---- */

static void events_tell_each_move_in_order_to_its_org(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme"), other = make_org(t, "other");
    uint64_t message = admit(t, org, 14155550100, 0), newest = 0;
    struct event e[8];
    size_t count = 8;
    admit(t, other, 14155550100, 0);
    assert_int_equal(arm(t, org, message, 1), ARM_ARMED);
    assert_int_equal(answer(t, accepted(org, message, 1, SID_A)), ERR_OK);
    assert_int_equal(status(t, org, message, 1, SID_A, MESSAGE_UNDELIVERED), STATUS_APPLIED);
    assert_int_equal(t->ops->events(t->reader, org, 0, e, &count), ERR_OK);
    assert_int_equal(count, 3);
    assert_true(e[0].state == MESSAGE_QUEUED && e[1].state == MESSAGE_ACCEPTED && e[2].state == MESSAGE_UNDELIVERED);
    assert_true(e[2].code == 30003 && e[2].ref == message && e[2].type == EVENT_MESSAGE && e[2].at_ms == T0 + 30);
    assert_true(e[0].id < e[1].id && e[1].id < e[2].id && e[1].org == org);
    assert_int_equal(t->ops->event_newest(t->reader, &newest), ERR_OK);
    assert_true(newest == e[2].id);
    assert_int_equal(t->ops->event_get(t->reader, org, e[1].id, &e[5]), ERR_OK);
    assert_true(e[5].ref == message && e[5].state == MESSAGE_ACCEPTED);
    assert_int_equal(t->ops->event_get(t->reader, other, e[1].id, &e[5]), ERR_NOT_FOUND);
    assert_int_equal(t->ops->event_get(t->reader, 0, e[1].id, &e[5]), ERR_OK);
    assert_int_equal(t->ops->event_get(t->reader, org, newest + 1, &e[5]), ERR_NOT_FOUND);
    count = 8;
    assert_int_equal(t->ops->events(t->reader, 0, 0, e, &count), ERR_OK);
    assert_int_equal(count, 4);
    count = 1;
    assert_int_equal(t->ops->events(t->reader, org, e[0].id, e, &count), ERR_OK);
    assert_true(count == 1 && e[0].state == MESSAGE_ACCEPTED);
}

static void every_kind_of_thing_is_told(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    struct change_inbound in = inbound(org, SID_A, CONSENT_OPT_OUT, T0 + 50);
    struct change_import job = {.head.kind = CHANGE_IMPORT, .job = {.org = org, .state = IMPORT_RUNNING,
                                                                    .created_ms = T0}};
    uint64_t campaign = make_campaign(t, org, CAMPAIGN_RUNNING);
    struct event e[8];
    size_t count = 8;
    unsigned seen = 0;
    assert_int_equal(PUT(t, &in), ERR_OK);
    assert_int_equal(PUT(t, &job), ERR_OK);
    assert_int_equal(t->ops->events(t->reader, org, 0, e, &count), ERR_OK);
    for (size_t i = 0; i < count; i++) {
        seen |= 1u << e[i].type;
        if (e[i].type == EVENT_CAMPAIGN) assert_true(e[i].ref == campaign);
        if (e[i].type == EVENT_CONSENT) assert_true(e[i].ref == 14155550100 && e[i].state == CONSENT_OPT_OUT);
    }
    assert_int_equal(seen, 1u << EVENT_CAMPAIGN | 1u << EVENT_INBOUND | 1u << EVENT_CONSENT | 1u << EVENT_IMPORT);
}

static void a_large_commits_events_are_all_there(void **state)
{
    enum { MANY = 1300 };
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    static struct change_admit c[MANY];
    static struct event e[MANY];
    struct fault f;
    uint64_t last = 0;
    assert_int_equal(t->ops->begin(t->store, &f), ERR_OK);
    for (size_t i = 0; i < MANY; i++) {
        c[i] = (struct change_admit){.head.kind = CHANGE_ADMIT};
        c[i].message = (struct message){.org = org, .program = 1, .number = 14155550100 + i, .state = MESSAGE_QUEUED,
                                        .kind = KIND_TRANSACTIONAL, .created_ms = T0};
        t->ops->apply(t->store, &c[i].head);
        assert_int_equal(c[i].head.result, ERR_OK);
    }
    assert_int_equal(t->ops->commit(t->store, &f), ERR_OK);
    for (size_t got = 0; got < MANY;) {
        size_t count = 700;
        assert_int_equal(t->ops->events(t->reader, org, last, e, &count), ERR_OK);
        assert_true(count > 0);
        for (size_t i = 0; i < count; i++, got++) {
            assert_true(e[i].id == last + 1 && e[i].ref == c[got].message.id);
            last = e[i].id;
        }
    }
}

static void old_events_go_oldest_first(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    struct change_trim trim = {.head.kind = CHANGE_TRIM, .events_before_ms = T0 + 25};
    uint64_t message = admit(t, org, 14155550100, 0);
    struct event e[8];
    size_t count = 8;
    assert_int_equal(arm(t, org, message, 1), ARM_ARMED);
    assert_int_equal(answer(t, accepted(org, message, 1, SID_A)), ERR_OK);                     /* T0 + 20 */
    assert_int_equal(status(t, org, message, 1, SID_A, MESSAGE_SENT), STATUS_APPLIED);         /* T0 + 30 */
    assert_int_equal(PUT(t, &trim), ERR_OK);
    assert_int_equal(t->ops->events(t->reader, org, 0, e, &count), ERR_OK);
    assert_true(count == 1 && e[0].state == MESSAGE_SENT && e[0].id == 3); /* ids go on */
}

static void an_endpoint_begins_at_the_newest_event_and_never_goes_back(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme"), other = make_org(t, "other");
    struct change_endpoint c = {.head.kind = CHANGE_ENDPOINT};
    struct change_hooks h = {.head.kind = CHANGE_HOOKS, .org = org, .position = 9};
    struct endpoint page[2];
    size_t count = 2;
    uint64_t newest;
    admit(t, org, 14155550100, 0);
    assert_int_equal(t->ops->event_newest(t->reader, &newest), ERR_OK);
    c.endpoint = (struct endpoint){.org = org, .url = STR("https://x.example/h"), .secret_sealed = STR("s"),
                                   .types = 1u << EVENT_MESSAGE, .state = ENDPOINT_ACTIVE, .created_ms = T0};
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_true(c.endpoint.position == newest);
    h.endpoint = c.endpoint.id;
    assert_int_equal(PUT(t, &h), ERR_OK);
    h.position = 4;
    assert_int_equal(PUT(t, &h), ERR_OK);
    assert_int_equal(t->ops->endpoints(t->reader, &t->arena, org, 0, page, &count), ERR_OK);
    assert_true(count == 1 && page[0].position == 9 && str_equal(page[0].url, STR("https://x.example/h")));
    count = 2;
    assert_int_equal(t->ops->endpoints(t->reader, &t->arena, other, 0, page, &count), ERR_OK);
    assert_int_equal(count, 0);
    count = 2;
    assert_int_equal(t->ops->endpoints(t->reader, &t->arena, 0, 0, page, &count), ERR_OK);
    assert_int_equal(count, 1);
    c.endpoint.state = ENDPOINT_DISABLED;
    c.endpoint.position = 0;
    assert_int_equal(PUT(t, &c), ERR_OK);
    count = 2;
    assert_int_equal(t->ops->endpoints(t->reader, &t->arena, 0, 0, page, &count), ERR_OK);
    assert_int_equal(count, 0);
    h.org = c.endpoint.org = other;
    assert_int_equal(PUT(t, &c), ERR_NOT_FOUND);
    assert_int_equal(PUT(t, &h), ERR_NOT_FOUND);
}

static enum err retries(struct twin *t, org_id org, uint32_t endpoint, bool dead, int64_t until_ms, uint64_t after,
                        struct hook_retry *out, size_t *count)
{
    return t->ops->hook_retries(t->reader, &t->arena, org, endpoint, dead, until_ms, after, out, count);
}

static void retries_are_due_dead_or_done(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme"), other = make_org(t, "other");
    struct change_endpoint c = {.head.kind = CHANGE_ENDPOINT, .endpoint = {.org = org, .state = ENDPOINT_ACTIVE}};
    struct hook_retry put_these[3], page[4];
    struct change_hooks h = {.head.kind = CHANGE_HOOKS, .org = org, .retries = put_these, .count = 3};
    size_t count = 4;
    assert_int_equal(PUT(t, &c), ERR_OK);
    h.endpoint = c.endpoint.id;
    put_these[0] = (struct hook_retry){.event = 5, .attempt = 1, .next_ms = T0 + 10, .last_status = 503};
    put_these[1] = (struct hook_retry){.event = 6, .attempt = 2, .next_ms = T0 + 20, .last_error = STR("refused")};
    put_these[2] = (struct hook_retry){.event = 7, .attempt = 24, .next_ms = 0, .last_status = 410};
    assert_int_equal(PUT(t, &h), ERR_OK);
    assert_int_equal(retries(t, org, h.endpoint, false, T0 + 15, 0, page, &count), ERR_OK);
    assert_true(count == 1 && page[0].event == 5 && page[0].last_status == 503 && page[0].endpoint == h.endpoint);
    count = 4;
    assert_int_equal(retries(t, org, h.endpoint, false, T0 + 25, 5, page, &count), ERR_OK);
    assert_true(count == 1 && page[0].event == 6 && str_equal(page[0].last_error, STR("refused")));
    count = 4;
    assert_int_equal(retries(t, org, h.endpoint, true, 0, 0, page, &count), ERR_OK);
    assert_true(count == 1 && page[0].event == 7 && page[0].attempt == 24 && page[0].org == org);
    count = 4;
    assert_int_equal(retries(t, other, h.endpoint, true, 0, 0, page, &count), ERR_OK);
    assert_int_equal(count, 0);
    put_these[0].attempt = 0; /* delivered */
    h.count = 1;
    assert_int_equal(PUT(t, &h), ERR_OK);
    count = 4;
    assert_int_equal(retries(t, org, h.endpoint, false, T0 + 99, 0, page, &count), ERR_OK);
    assert_true(count == 1 && page[0].event == 6);
}

static void a_sender_that_waits_and_goes_on_is_told(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme"), other = make_org(t, "other");
    struct change_sender_event c = {.head.kind = CHANGE_SENDER_EVENT, .org = org, .sender = 7, .event = SENDER_PAUSED,
                                    .code = 21659, .at_ms = T0 + 3};
    struct event got[3];
    size_t count = 3;
    assert_int_equal(PUT(t, &c), ERR_OK);
    c.event = SENDER_RELEASED;
    assert_int_equal(PUT(t, &c), ERR_OK);
    c.org = 99;
    assert_int_equal(PUT(t, &c), ERR_NOT_FOUND);
    twin_reopen(t);
    assert_int_equal(t->ops->events(t->reader, org, 0, got, &count), ERR_OK);
    assert_int_equal(count, 2);
    assert_true(got[0].type == EVENT_SENDER && got[0].ref == 7 && got[0].code == 21659 && got[0].at_ms == T0 + 3);
    assert_true(got[0].state == SENDER_PAUSED && got[1].state == SENDER_RELEASED);
    count = 3;
    assert_int_equal(t->ops->events(t->reader, other, 0, got, &count), ERR_OK);
    assert_int_equal(count, 0);
}

static const struct CMUnitTest event_tests[] = {
    STORE_TEST(a_sender_that_waits_and_goes_on_is_told),
    STORE_TEST(events_tell_each_move_in_order_to_its_org),
    STORE_TEST(every_kind_of_thing_is_told),
    STORE_TEST(a_large_commits_events_are_all_there),
    STORE_TEST(old_events_go_oldest_first),
    STORE_TEST(an_endpoint_begins_at_the_newest_event_and_never_goes_back),
    STORE_TEST(retries_are_due_dead_or_done),
};
const struct suite events_suite = {event_tests, sizeof event_tests / sizeof event_tests[0]};
