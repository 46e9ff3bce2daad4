/* Reading back what webhooks did not tell, from a provider that is a list in this file: gates open only after
 * the texts that were missed are stored, a STOP among them counts by its date, what is stuck is fetched, a
 * restored copy binds what was sent since, and all of it within so many requests a minute. */
#include "app/reconcile.h"

#include "house.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ACCOUNT "AC00000000000000000000000000000001"
#define OURS "+14155550000"
enum { ITEMS_MAX = 64, MINUTE_MS = 60000 };
static const int64_t HOUR_MS = 3600000;

/* ---- time: the system's, and so much more ---- */

static _Atomic int64_t shift_ms;
static struct clock system_clock, shifted;

static int64_t shifted_wall_ms(struct clock *c)
{
    (void)c;
    return clock_wall_ms(&system_clock) + shift_ms;
}

static int64_t shifted_mono_us(struct clock *c)
{
    (void)c;
    return clock_mono_us(&system_clock) + shift_ms * 1000;
}

/* ---- the provider ---- */

static struct fake {
    struct provider provider;
    pthread_mutex_t lock;
    struct provider_item items[ITEMS_MAX]; /* newest first */
    size_t items_count, page_size;
    struct provider_request asked;
    size_t asked_page;
    char asked_sid[TWILIO_SID_BYTES];
    bool pending;
    _Atomic int failures; /* so many requests fail first */
    _Atomic int refusal;  /* with that code; 0: with none */
    _Atomic int lists, fetches, accounts;
    struct provider_item page[ITEMS_MAX];
    char next[32];
} fake;

static enum err fake_start(struct provider *p, const struct provider_request *r)
{
    (void)p;
    fake.asked = *r;
    fake.asked_page = 0;
    if (r->list_page.len > 0) {
        char page[16];
        assert_int_equal(str_copy(r->list_page, page, sizeof page), ERR_OK);
        fake.asked_page = strtoul(page, NULL, 10);
    }
    assert_int_equal(str_copy(r->sid, fake.asked_sid, sizeof fake.asked_sid), ERR_OK);
    fake.pending = true;
    return ERR_OK;
}

static void answer_list(struct provider_answer *a)
{
    size_t size = fake.page_size == 0 ? ITEMS_MAX : fake.page_size, from = fake.asked_page * size;
    fake.lists++;
    for (size_t i = from; i < fake.items_count && a->items_count < size; i++) {
        if (fake.items[i].date_created_ms < fake.asked.list_date_after_ms) continue;
        fake.page[a->items_count++] = fake.items[i];
    }
    a->items = fake.page;
    if (from + size >= fake.items_count) return;
    (void)snprintf(fake.next, sizeof fake.next, "%zu", fake.asked_page + 1);
    a->next_page = str_from(fake.next);
}

static void answer_fetch(struct provider_answer *a)
{
    fake.fetches++;
    a->class = PROVIDER_CLASS_FAILED;
    for (size_t i = 0; i < fake.items_count; i++)
        if (strcmp(fake.items[i].sid, fake.asked_sid) == 0) {
            a->class = PROVIDER_CLASS_OK;
            a->item = fake.items[i];
        }
}

static size_t fake_poll(struct provider *p, int64_t timeout_ms, struct provider_answer out[], size_t max)
{
    (void)p, (void)timeout_ms, (void)max;
    if (!fake.pending) return 0;
    fake.pending = false;
    pthread_mutex_lock(&fake.lock);
    out[0] = (struct provider_answer){.tag = fake.asked.tag, .call = fake.asked.call,
                                      .class = PROVIDER_CLASS_OK, .http_status = 200,
                                      .provider_date_ms = clock_wall_ms(&shifted)};
    if (fake.failures > 0) {
        fake.failures--;
        out[0].class = PROVIDER_CLASS_FAILED;
        out[0].http_status = fake.refusal == 0 ? 503 : 403;
        out[0].error_code = fake.refusal;
    } else if (fake.asked.call == PROVIDER_LIST) {
        answer_list(out);
    } else {
        answer_fetch(out);
    }
    pthread_mutex_unlock(&fake.lock);
    return 1;
}

static void fake_free(struct provider_answer *a)
{
    (void)a;
}

static void fake_nothing(struct provider *p)
{
    (void)p;
}

static enum err fake_set_account(struct provider *p, uint32_t account, const struct twilio_account *a,
                                 struct fault *f)
{
    (void)p, (void)account, (void)a, (void)f;
    pthread_mutex_lock(&fake.lock);
    fake.accounts++;
    pthread_mutex_unlock(&fake.lock);
    return ERR_OK;
}

static const struct provider_ops FAKE_OPS = {.start = fake_start, .poll = fake_poll, .answer_free = fake_free,
                                             .wakeup = fake_nothing, .set_account = fake_set_account,
                                             .stop = fake_nothing};

/* Adds one at the end: call it newest first. */
static struct provider_item *list_item(unsigned mark, bool inbound, const char *number, const char *body,
                                       int64_t created_ms)
{
    struct provider_item *i = &fake.items[fake.items_count++];
    *i = (struct provider_item){.body = str_from(body),
                                .inbound = inbound,
                                .status = inbound ? PROVIDER_RECEIVED : PROVIDER_QUEUED,
                                .date_created_ms = created_ms / 1000 * 1000};
    (void)snprintf(i->sid, sizeof i->sid, "SM%032x", mark);
    (void)snprintf(i->to, sizeof i->to, "%s", inbound ? OURS : number);
    (void)snprintf(i->from, sizeof i->from, "%s", inbound ? number : OURS);
    return i;
}

/* ---- the installation ---- */

static struct house h;
static struct reconcile *reconcile;
static _Atomic int gates_opened, stops, adopted;
static struct full_disk {
    struct store_queue queue;
    struct store_queue *real;
    _Atomic int inbound_refusals, status_refusals;
    _Atomic bool binds_before; /* the next binding comes second, after that of a callback to the same message */
    struct change_bind first;
} disk;

static void hear(void *owner, const struct note *n)
{
    (void)owner;
    if (n->kind == NOTE_GATE && n->gate == GATE_OPEN) gates_opened++;
    if (n->kind == NOTE_STOPPED) stops++;
    if (n->done != NULL) n->done(n->owner);
}

static void left_alone(struct change *c)
{
    (void)c;
}

static bool refuses(const struct change *c)
{
    return (c->kind == CHANGE_INBOUND && atomic_fetch_sub(&disk.inbound_refusals, 1) > 0) ||
           (c->kind == CHANGE_STATUS && atomic_fetch_sub(&disk.status_refusals, 1) > 0);
}

static void submit_or_refuse(struct store_queue *q, struct change *c)
{
    (void)q;
    if (c->kind == CHANGE_BIND && atomic_exchange(&disk.binds_before, false)) {
        disk.first.message = ((struct change_bind *)c)->message;
        disk.real->submit(disk.real, &disk.first.head);
    }
    if (!refuses(c)) {
        disk.real->submit(disk.real, c);
        return;
    }
    c->result = fault_set(&c->fault, ERR_FULL, "the disk is full");
    c->done(c);
}

static void adopt(void *owner)
{
    (void)owner;
    adopted++;
}

static int setup(void **state)
{
    (void)state;
    house_open(&h);
    shift_ms = 0;
    clock_system(&system_clock);
    shifted = (struct clock){.wall_ms = shifted_wall_ms, .mono_us = shifted_mono_us};
    h.app.clock = &shifted;
    h.app.tell = hear;
    disk = (struct full_disk){.queue = {.submit = submit_or_refuse}, .real = h.app.queue};
    h.app.queue = &disk.queue;
    (void)snprintf(h.settings.twilio_account_sid, sizeof h.settings.twilio_account_sid, ACCOUNT);
    (void)snprintf(h.settings.twilio_auth_token, sizeof h.settings.twilio_auth_token,
                   "0123456789abcdef0123456789abcdef");
    h.settings.reconcile_every_ms = 100;
    gates_opened = stops = adopted = 0;
    fake = (struct fake){.provider = {&FAKE_OPS}};
    pthread_mutex_init(&fake.lock, NULL);
    reconcile = NULL;
    return 0;
}

static void stop(void)
{
    reconcile_stop(reconcile);
    reconcile = NULL;
}

static int teardown(void **state)
{
    (void)state;
    stop();
    house_close(&h);
    return 0;
}

static void start(bool restored)
{
    struct reconcile_options o = {.app = &h.app, .provider = &fake.provider, .restored = restored,
                                  .restored_since_ms = clock_wall_ms(&shifted) - HOUR_MS,
                                  .restored_done = adopt};
    struct fault f = {0};
    assert_int_equal(reconcile_start(&o, &reconcile, &f), ERR_OK);
}

static struct reconcile_view view(void)
{
    struct reconcile_view v;
    reconcile_view(reconcile, &v);
    return v;
}

/* Lets at least so many whole rounds pass. */
static void rounds(int64_t count)
{
    int64_t until = view().rounds + count + 1;
    while (view().rounds < until) {
        reconcile_wake(reconcile);
        clock_pause(&system_clock, 2);
    }
}

static uint64_t admit(uint64_t number)
{
    int64_t now_ms = clock_wall_ms(&shifted);
    struct program p[1];
    size_t count = 1;
    struct change_admit change = {.head = {.kind = CHANGE_ADMIT}};
    assert_int_equal(h.store->ops->programs(h.reader, &h.text, h.org, 0, p, &count), ERR_OK);
    change.message = (struct message){.org = h.org, .program = p[0].id, .number = number,
                                      .kind = KIND_TRANSACTIONAL, .state = MESSAGE_QUEUED,
                                      .created_ms = now_ms, .send_at_ms = now_ms,
                                      .expires_ms = now_ms + 24 * HOUR_MS, .body = STR("hello")};
    house_change(&h, &change.head, ERR_OK);
    return change.message.id;
}

static struct message message_of(uint64_t id)
{
    struct message m;
    assert_int_equal(h.store->ops->message_get(h.reader, &h.text, h.org, id, &m), ERR_OK);
    return m;
}

static void accept(uint64_t id, const char *sid)
{
    struct change_bind change = {.head = {.kind = CHANGE_BIND}, .org = h.org, .message = id,
                                 .to = MESSAGE_ACCEPTED, .now_ms = clock_wall_ms(&shifted)};
    (void)snprintf(change.sid, sizeof change.sid, "%s", sid);
    house_change(&h, &change.head, ERR_OK);
}

static void consent(uint64_t number, enum consent_kind kind, int64_t at_ms)
{
    struct change_consent change = {.head = {.kind = CHANGE_CONSENT},
                                    .event = {.org = h.org, .number = number, .kind = kind, .at_ms = at_ms,
                                              .source = STR("operator"), .evidence = STR("form")}};
    house_change(&h, &change.head, ERR_OK);
}

/* A text that came by a webhook while our clock was wrong by `wrong_ms`; the list has its true date. */
static void said_live(unsigned mark, const char *number, enum consent_kind kind, int64_t at_ms, int64_t wrong_ms)
{
    struct change_consent change = {.head = {.kind = CHANGE_CONSENT},
                                    .event = {.org = h.org, .kind = kind, .at_ms = at_ms + wrong_ms,
                                              .source = STR("keyword")}};
    const struct provider_item *i =
        list_item(mark, true, number, kind == CONSENT_OPT_OUT ? "STOP" : "START", at_ms);
    assert_int_equal(str_to_u64(str_from(number + 1), &change.event.number), ERR_OK);
    memcpy(change.event.sid, i->sid, sizeof change.event.sid);
    house_change(&h, &change.head, ERR_OK);
}

static enum consent_kind consent_of(uint64_t number)
{
    struct consent c;
    if (h.store->ops->consent_get(h.reader, &h.text, h.org, number, &c) != ERR_OK) return CONSENT_NONE;
    return c.kind;
}

static bool is_stored(const struct provider_item *i)
{
    struct inbound known;
    return h.store->ops->inbound_by_sid(h.reader, &h.text, h.org, str_from(i->sid), &known) == ERR_OK;
}

/* ---- stories ---- */

static void the_gate_opens_after_the_missed_texts_are_stored(void **state)
{
    int64_t now_ms = clock_wall_ms(&shifted);
    const struct provider_item *text = list_item(0x10, true, "+14155550601", "are you open?", now_ms);
    (void)state;
    fake.failures = 2;
    start(false);
    rounds(1);
    while (gates_opened == 0)
        clock_pause(&system_clock, 2);
    assert_true(is_stored(text));
    assert_int_equal(fake.failures, 0);
    rounds(2);
    assert_int_equal(view().inbound_found, 1);
    assert_int_equal(view().accounts_open, 1);
}

static void the_gate_stays_shut_while_the_list_cannot_be_read(void **state)
{
    (void)state;
    fake.failures = 1000;
    start(false);
    rounds(4);
    assert_int_equal(gates_opened, 0);
    assert_int_equal(view().accounts_open, 0);
}

static void test_credentials_are_known_by_their_refusal(void **state)
{
    (void)state;
    fake.failures = 1000;
    start(false);
    rounds(2);
    assert_false(atomic_load(&h.app.counters.test_credentials));
    fake.refusal = 20008;
    rounds(2);
    assert_true(atomic_load(&h.app.counters.test_credentials));
}

static void the_gate_stays_shut_while_a_missed_text_cannot_be_stored(void **state)
{
    const struct provider_item *text =
        list_item(0x11, true, "+14155550602", "STOP", clock_wall_ms(&shifted));
    (void)state;
    disk.inbound_refusals = 2;
    start(false);
    while (gates_opened == 0)
        clock_pause(&system_clock, 2);
    assert_true(is_stored(text));
    assert_int_equal(consent_of(14155550602), CONSENT_OPT_OUT);
}

/* A store of which some reads fail first. */
static struct store_ops whole_ops;
static _Atomic int sender_failures, orgs_failures;

static enum err failing_sender(struct store_reader *r, org_id org, struct str address, struct sender *out)
{
    if (atomic_load(&sender_failures) > 0 && atomic_fetch_sub(&sender_failures, 1) > 0) return ERR_IO;
    return whole_ops.sender_by_address(r, org, address, out);
}

/* Each second read of organizations: that of an account's members, not the one that finds the account. */
static enum err failing_orgs(struct store_reader *r, struct arena *a, org_id after, struct org *out, size_t *count)
{
    int left = after == 0 && atomic_load(&orgs_failures) > 0 ? atomic_fetch_sub(&orgs_failures, 1) : 0;
    return left % 2 == 1 ? ERR_FULL : whole_ops.orgs(r, a, after, out, count);
}

static void a_missed_stop_whose_organization_cannot_be_read_is_not_taken_for_nobodys(void **state)
{
    const struct provider_item *text =
        list_item(0x11, true, "+14155550602", "STOP", clock_wall_ms(&shifted));
    (void)state;
    whole_ops = h.ops;
    h.ops.sender_by_address = failing_sender;
    h.ops.orgs = failing_orgs;
    sender_failures = 2;
    orgs_failures = 4;
    start(false);
    while (gates_opened == 0)
        clock_pause(&system_clock, 2);
    stop();
    h.ops.sender_by_address = whole_ops.sender_by_address;
    h.ops.orgs = whole_ops.orgs;
    assert_true(is_stored(text));
    assert_int_equal(consent_of(14155550602), CONSENT_OPT_OUT);
}

static void a_stop_that_was_missed_counts_by_the_providers_date(void **state)
{
    int64_t now_ms = clock_wall_ms(&shifted), then_ms = now_ms - HOUR_MS;
    (void)state;
    consent(14155550603, CONSENT_OPT_IN, then_ms - MINUTE_MS);
    consent(14155550604, CONSENT_OPT_IN, then_ms + MINUTE_MS);
    list_item(0x12, true, "+14155550603", "Stop", then_ms);
    list_item(0x13, true, "+14155550604", "Stop", then_ms);
    start(false);
    while (gates_opened == 0)
        clock_pause(&system_clock, 2);
    assert_int_equal(consent_of(14155550603), CONSENT_OPT_OUT);
    assert_int_equal(consent_of(14155550604), CONSENT_OPT_IN);
    assert_int_equal(stops, 2);
}

/* What came live is dated by our clock, and that may have been an hour off: the provider is asked for its own dates. */
static void a_wrong_clock_turns_no_stop_and_start_round(void **state)
{
    int64_t then_ms = clock_wall_ms(&shifted) - 3 * HOUR_MS;
    (void)state;
    said_live(0x20, "+14155550611", CONSENT_OPT_OUT, then_ms + MINUTE_MS, -HOUR_MS);
    list_item(0x21, true, "+14155550611", "START", then_ms);
    list_item(0x22, true, "+14155550612", "STOP", then_ms + MINUTE_MS);
    said_live(0x23, "+14155550612", CONSENT_OPT_IN, then_ms, HOUR_MS);
    list_item(0x24, true, "+14155550613", "START", then_ms + MINUTE_MS);
    said_live(0x25, "+14155550613", CONSENT_OPT_OUT, then_ms, -HOUR_MS);
    said_live(0x26, "+14155550614", CONSENT_OPT_IN, then_ms + MINUTE_MS, 0);
    list_item(0x27, true, "+14155550614", "STOP", then_ms);
    start(false);
    while (gates_opened == 0)
        clock_pause(&system_clock, 2);
    assert_int_equal(consent_of(14155550611), CONSENT_OPT_OUT);
    assert_int_equal(consent_of(14155550612), CONSENT_OPT_OUT);
    assert_int_equal(consent_of(14155550613), CONSENT_OPT_IN);
    assert_int_equal(consent_of(14155550614), CONSENT_OPT_IN);
}

static void a_message_that_is_stuck_is_fetched_and_finished(void **state)
{
    struct provider_item *sent = list_item(0x14, false, "+14155550605", "hello", clock_wall_ms(&shifted));
    uint64_t id = admit(14155550605);
    (void)state;
    accept(id, sent->sid);
    sent->status = PROVIDER_UNDELIVERED;
    sent->error_code = 30003;
    start(false);
    rounds(3);
    assert_int_equal(fake.fetches, 0); /* it is too young: it may still come by itself */
    shift_ms += h.settings.reconcile_stuck_ms + MINUTE_MS;
    for (int n = 0; n < 100 && view().statuses_found == 0; n++)
        rounds(1);
    assert_int_equal(message_of(id).state, MESSAGE_UNDELIVERED);
    assert_int_equal(message_of(id).error_code, 30003);
}

/* Nothing new to be told of it: it is asked for once a sweep, not once a round. */
static void a_message_that_stays_on_its_way_does_not_eat_the_budget(void **state)
{
    struct provider_item *sent = list_item(0x15, false, "+14155550606", "hello", clock_wall_ms(&shifted));
    uint64_t id = admit(14155550606);
    (void)state;
    accept(id, sent->sid);
    sent->status = PROVIDER_SENT;
    h.settings.reconcile_every_ms = 10 * HOUR_MS;
    shift_ms += h.settings.reconcile_stuck_ms + MINUTE_MS;
    start(false);
    rounds(8);
    assert_int_equal(fake.fetches, 1);
    assert_int_equal(message_of(id).state, MESSAGE_SENT);
}

static void a_list_longer_than_a_minutes_requests_is_read_to_its_end(void **state)
{
    int64_t now_ms = clock_wall_ms(&shifted);
    struct provider_item *last = NULL;
    (void)state;
    for (unsigned mark = 0; mark < 11; mark++)
        last = list_item(mark, true, "+14155550607", "hello", now_ms - (int64_t)mark * 1000);
    fake.page_size = 1;
    h.settings.reconcile_per_min = 4;
    start(false);
    rounds(5);
    assert_int_equal(fake.lists, 4);
    assert_int_equal(gates_opened, 0);
    shift_ms += MINUTE_MS;
    rounds(5);
    assert_int_equal(fake.lists, 8);
    assert_int_equal(gates_opened, 0);
    shift_ms += MINUTE_MS;
    while (gates_opened == 0)
        rounds(1);
    assert_int_equal(view().inbound_found, 11);
    assert_true(is_stored(last));
}

static void a_restored_copy_binds_what_was_sent_since_and_only_then_opens(void **state)
{
    int64_t now_ms = clock_wall_ms(&shifted);
    uint64_t sent = admit(14155550608), waiting = admit(14155550609);
    const struct provider_item *item = list_item(0x16, false, "+14155550608", "hello", now_ms + 1000);
    (void)state;
    list_item(0x17, false, "+14155550609", "hello", now_ms - 2 * HOUR_MS); /* before the copy was made */
    fake.failures = 1;
    start(true);
    while (gates_opened == 0)
        clock_pause(&system_clock, 2);
    assert_int_equal(message_of(sent).state, MESSAGE_ACCEPTED);
    assert_string_equal(message_of(sent).sid, item->sid);
    assert_int_equal(message_of(waiting).state, MESSAGE_QUEUED);
    while (adopted == 0)
        clock_pause(&system_clock, 2);
    rounds(3);
    assert_int_equal(adopted, 1);
    assert_int_equal(view().bound, 1);
}

/* Two of the same to one person, and the callback of the first comes between the reading and the commit. */
static void a_restored_copy_binds_the_next_likeliest_when_a_callback_took_the_first(void **state)
{
    int64_t now_ms = clock_wall_ms(&shifted);
    uint64_t first = admit(14155550616), second = admit(14155550616);
    const struct provider_item *newer = list_item(0x20, false, "+14155550616", "hello", now_ms + 2000);
    const struct provider_item *older = list_item(0x21, false, "+14155550616", "hello", now_ms + 1000);
    (void)state;
    disk.first = (struct change_bind){.head = {.kind = CHANGE_BIND, .done = left_alone}, .org = h.org,
                                      .to = MESSAGE_ACCEPTED, .now_ms = now_ms};
    (void)snprintf(disk.first.sid, sizeof disk.first.sid, "%s", older->sid);
    disk.binds_before = true;
    start(true);
    while (adopted == 0)
        clock_pause(&system_clock, 2);
    assert_int_equal(disk.first.head.result, ERR_OK);
    assert_string_equal(message_of(first).sid, older->sid);
    assert_string_equal(message_of(second).sid, newer->sid);
    assert_int_equal(message_of(second).state, MESSAGE_ACCEPTED);
    rounds(3);
    assert_int_equal(view().bound, 1);
}

/* The copy knows the first attempt; it failed since, and the second one was sent. */
static void a_restored_copy_binds_the_retry_of_what_it_knows_as_accepted(void **state)
{
    int64_t now_ms = clock_wall_ms(&shifted);
    uint64_t id = admit(14155550610);
    const struct provider_item *second = list_item(0x18, false, "+14155550610", "hello", now_ms + 2000);
    struct provider_item *first = list_item(0x19, false, "+14155550610", "hello", now_ms + 1000);
    (void)state;
    accept(id, first->sid);
    first->status = PROVIDER_FAILED;
    first->error_code = 30001;
    disk.status_refusals = 1; /* the disk is full just when the first one's end is to be stored: it is asked again */
    start(true);
    while (adopted == 0)
        clock_pause(&system_clock, 2);
    assert_int_equal(message_of(id).state, MESSAGE_ACCEPTED);
    assert_string_equal(message_of(id).sid, second->sid);
    assert_int_equal(message_of(id).attempt, 2);
    rounds(3);
    assert_int_equal(fake.fetches, 2);
}

/* Sent again before the copy was made, so no row has its SID any more; it is no sending of the message that waits. */
static void a_restored_copy_binds_nothing_to_what_an_earlier_attempt_left(void **state)
{
    int64_t now_ms = clock_wall_ms(&shifted);
    uint64_t sent = admit(14155550615), waiting;
    struct provider_item *second = list_item(0x1e, false, "+14155550615", "hello", now_ms + 2000);
    struct provider_item *first = list_item(0x1f, false, "+14155550615", "hello", now_ms + 1000);
    struct change_status failed = {.head = {.kind = CHANGE_STATUS}, .org = h.org, .message = sent, .attempt = 1,
                                   .to = MESSAGE_FAILED, .error_code = 30001, .may_retry = true,
                                   .retry_at_ms = now_ms, .attempts_max = 5, .now_ms = now_ms};
    struct change_status again = {.head = {.kind = CHANGE_STATUS}, .org = h.org, .message = sent, .attempt = 2,
                                  .to = MESSAGE_SENT, .now_ms = now_ms};
    (void)state;
    accept(sent, first->sid);
    memcpy(failed.sid, first->sid, sizeof failed.sid);
    memcpy(again.sid, second->sid, sizeof again.sid);
    house_change(&h, &failed.head, ERR_OK);
    house_change(&h, &again.head, ERR_OK);
    waiting = admit(14155550615);
    first->status = PROVIDER_UNDELIVERED;
    start(true);
    while (adopted == 0)
        clock_pause(&system_clock, 2);
    assert_int_equal(message_of(waiting).state, MESSAGE_QUEUED);
    assert_string_equal(message_of(sent).sid, second->sid);
    assert_int_equal(view().bound, 0);
}

/* What came of the copy's attempt is still open: the other message is one that the copy does not know. */
static void a_restored_copy_leaves_alone_what_is_on_its_way(void **state)
{
    int64_t now_ms = clock_wall_ms(&shifted);
    uint64_t id = admit(14155550611);
    const struct provider_item *first;
    (void)state;
    list_item(0x1a, false, "+14155550611", "hello", now_ms + 2000);
    first = list_item(0x1b, false, "+14155550611", "hello", now_ms + 1000);
    accept(id, first->sid);
    start(true);
    while (adopted == 0)
        clock_pause(&system_clock, 2);
    assert_string_equal(message_of(id).sid, first->sid);
    assert_int_equal(view().bound, 0);
}

/* An old attempt that failed is not taken for the sending of another message to the same person. */
static void a_restored_copy_binds_nothing_to_an_attempt_that_never_left(void **state)
{
    int64_t now_ms = clock_wall_ms(&shifted);
    uint64_t retried = admit(14155550612), waiting = admit(14155550612);
    const struct provider_item *second = list_item(0x1c, false, "+14155550612", "hello", now_ms + 2000);
    struct provider_item *first = list_item(0x1d, false, "+14155550612", "hello", now_ms + 1000);
    (void)state;
    first->status = PROVIDER_FAILED;
    first->error_code = 30001;
    start(true);
    while (adopted == 0)
        clock_pause(&system_clock, 2);
    assert_string_equal(message_of(retried).sid, second->sid);
    assert_int_equal(message_of(waiting).state, MESSAGE_QUEUED);
    assert_string_equal(message_of(waiting).sid, "");
}

static void a_restored_copy_that_cannot_be_read_back_stays_shut(void **state)
{
    (void)state;
    fake.failures = 1000;
    start(true);
    rounds(4);
    assert_int_equal(gates_opened, 0);
    assert_int_equal(adopted, 0);
}

static void a_changed_token_is_used_from_the_next_round(void **state)
{
    struct change_org change = {.head = {.kind = CHANGE_ORG}};
    int before;
    (void)state;
    start(false);
    rounds(2);
    before = fake.accounts;
    atomic_fetch_add(&h.app.accounts_generation, 1); /* another organization was stored */
    rounds(2);
    assert_int_equal(fake.accounts, before);
    change.org = h.acme;
    house_change(&h, &change.head, ERR_OK);
    atomic_fetch_add(&h.app.accounts_generation, 1);
    rounds(2);
    assert_int_equal(fake.accounts, before + 1);
}

/* Thousands of organizations: each round reads them once, whatever it sweeps, and tells few of their gates again. */
static _Atomic int listings;

static enum err counted_orgs(struct store_reader *r, struct arena *a, org_id after, struct org *out, size_t *count)
{
    listings += after == 0;
    return whole_ops.orgs(r, a, after, out, count);
}

static void a_round_reads_the_organizations_once(void **state)
{
    int64_t read, passed;
    (void)state;
    whole_ops = h.ops;
    h.ops.orgs = counted_orgs;
    listings = 0;
    start(false);
    for (int i = 0; i < 64; i++) {
        shift_ms += 100; /* a sweep is due in each */
        rounds(1);
    }
    read = listings;
    passed = view().rounds;
    stop();
    h.ops.orgs = whole_ops.orgs;
    assert_true(fake.lists >= 64);
    assert_true(read <= passed + 1); /* and the one that is under way */
    assert_true(gates_opened >= 1 && gates_opened <= 1 + 3 + passed / 16 + 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_gate_opens_after_the_missed_texts_are_stored),
        TEST(the_gate_stays_shut_while_the_list_cannot_be_read),
        TEST(test_credentials_are_known_by_their_refusal),
        TEST(the_gate_stays_shut_while_a_missed_text_cannot_be_stored),
        TEST(a_missed_stop_whose_organization_cannot_be_read_is_not_taken_for_nobodys),
        TEST(a_stop_that_was_missed_counts_by_the_providers_date),
        TEST(a_wrong_clock_turns_no_stop_and_start_round),
        TEST(a_message_that_is_stuck_is_fetched_and_finished),
        TEST(a_message_that_stays_on_its_way_does_not_eat_the_budget),
        TEST(a_list_longer_than_a_minutes_requests_is_read_to_its_end),
        TEST(a_restored_copy_binds_what_was_sent_since_and_only_then_opens),
        TEST(a_restored_copy_binds_the_next_likeliest_when_a_callback_took_the_first),
        TEST(a_restored_copy_binds_the_retry_of_what_it_knows_as_accepted),
        TEST(a_restored_copy_binds_nothing_to_what_an_earlier_attempt_left),
        TEST(a_restored_copy_leaves_alone_what_is_on_its_way),
        TEST(a_restored_copy_binds_nothing_to_an_attempt_that_never_left),
        TEST(a_restored_copy_that_cannot_be_read_back_stays_shut),
        TEST(a_round_reads_the_organizations_once),
        TEST(a_changed_token_is_used_from_the_next_round),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
