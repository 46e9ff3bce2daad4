/*
 * withdrawn_test: a STOP meets an attempt that is with the provider, but whose first byte has not gone. It is
 * withdrawn, and judged anew: it ends if the STOP is meant for it, and leaves after all if it is not. Who refused one
 * sender of a pool is written to by another.
 */
int schedule_main(void);
#define main schedule_main /* the same town */
#include "schedule_test.c"
#undef main

enum { PATIENCE = 2000 };
static const int64_t NOON_MS = INT64_C(1793448000000);
static const uint64_t SOMEBODY = UINT64_C(14152300001), CANADIAN = UINT64_C(14165550199);

/* ---- a provider that writes nothing before it is told to ---- */

static bool writes;

static enum err take(struct provider *port, const struct provider_request *r)
{
    struct town *t = (struct town *)(void *)port;

    t->flights[t->flying++] = (struct flight){r->tag, t->now_ms + ANSWER_MS};
    return ERR_OK;
}

static size_t answers(struct provider *port, int64_t timeout_ms, struct provider_answer out[], size_t max)
{
    return writes ? poll_answers(port, timeout_ms, out, max) : 0;
}

static bool byte_gone(struct provider *port, uint64_t tag)
{
    (void)port;
    (void)tag;
    return writes;
}

static bool give_back(struct provider *port, uint64_t tag)
{
    struct town *t = (struct town *)(void *)port;

    if (writes) return false;
    for (size_t i = 0; i < t->flying; i++)
        if (t->flights[i].tag == tag) t->flights[i] = t->flights[--t->flying];
    return true;
}

static const struct provider_ops SLOW = {take, answers, answer_free, nothing, set_account, nothing, byte_gone,
                                         give_back};

/* ---- a story ---- */

/* Another program of the same organization, with a sender of its own. */
struct other { uint32_t program, sender; };

static struct other add_other(struct town *t)
{
    struct change_program p = {.head = {.kind = CHANGE_PROGRAM},
                               .program = {.org = t->orgs[0], .name = STR("other"), .brand = BRAND_STANDARD,
                                           .registration = REGISTRATION_APPROVED, .use_case = STR("MIXED"),
                                           .service_sid = "MG00000000000000000000000000000002"}};
    struct sender row = {.org = t->orgs[0], .state = SENDER_ACTIVE, .verified = true, .kind = SENDER_SHORT_CODE,
                         .address = "72281"};
    struct change_senders s = {.head = {.kind = CHANGE_SENDERS}, .senders = &row, .count = 1};

    apply(t, &p.head);
    row.program = p.program.id;
    apply(t, &s.head);
    pump_tell(t->pump, &(struct note){.kind = NOTE_ORG_CHANGED, .org = t->orgs[0]});
    return (struct other){p.program.id, row.id};
}

static struct town *town(void)
{
    struct town *t = calloc(1, sizeof *t);

    assert_non_null(t);
    open_town(t, NOON_MS, 0, 1);
    t->port.ops = &SLOW;
    writes = false;
    return t;
}

static void steps(struct town *t, size_t count)
{
    for (size_t i = 0; i < count; i++, t->now_ms++) {
        show_time(t);
        queue_sim_run(&t->queue, t->now_ms);
        (void)pump_step(t->pump, 0);
    }
}

static uint8_t carrier_of(uint64_t number)
{
    return number == SOMEBODY ? CARRIER_ATT : CARRIER_UNKNOWN;
}

static uint64_t send_to(struct town *t, uint64_t number)
{
    struct change_admit c = {.head = {.kind = CHANGE_ADMIT}};
    struct lane_key lane;

    c.message = (struct message){
        .org = t->orgs[0], .number = number, .program = t->programs[0], .state = MESSAGE_QUEUED,
        .kind = KIND_TRANSACTIONAL, .carrier = carrier_of(number), .zones = zones_of(number), .created_ms = t->now_ms,
        .body = STR("It is time."), .expires_ms = t->now_ms + DAY_MS};
    apply(t, &c.head);
    lane = (struct lane_key){.org = t->orgs[0], .program = t->programs[0], .kind = KIND_TRANSACTIONAL,
                             .carrier = carrier_of(number)};
    pump_tell(t->pump, &(struct note){.kind = NOTE_ADMITTED, .org = t->orgs[0], .message = c.message.id,
                                      .lane = lane, .at_ms = t->now_ms});
    return c.message.id;
}

static uint64_t send(struct town *t)
{
    return send_to(t, SOMEBODY);
}

static void told(void *owner)
{
    *(bool *)owner = true;
}

/* The person says no to that scope. Its webhook is answered once nothing of it can leave. */
static void stop_by(struct town *t, uint64_t number, enum consent_scope scope, uint32_t scope_id)
{
    struct change_consent c = {.head = {.kind = CHANGE_CONSENT},
                               .event = {.org = t->orgs[0], .number = number, .scope = scope, .scope_id = scope_id,
                                         .kind = CONSENT_OPT_OUT, .source = STR("operator"), .at_ms = t->now_ms,
                                         .recorded_ms = t->now_ms}};
    bool answered = false;

    apply(t, &c.head);
    pump_tell(t->pump, &(struct note){.kind = NOTE_STOPPED, .org = t->orgs[0], .number = number, .done = told,
                                      .owner = &answered});
    steps(t, 20);
    assert_true(answered);
}

static void say_stop(struct town *t, enum consent_scope scope, uint32_t scope_id)
{
    stop_by(t, SOMEBODY, scope, scope_id);
}

static struct message found(struct town *t, uint64_t message)
{
    struct store_reader *reader;
    struct arena text;
    struct message m;
    struct fault f;

    arena_init(&text, 1 << 16);
    assert_int_equal(t->store->ops->reader_open(t->store, &reader, &f), ERR_OK);
    assert_int_equal(t->store->ops->message_get(reader, &text, t->orgs[0], message, &m), ERR_OK);
    t->store->ops->reader_close(reader);
    arena_reset(&text);
    return m;
}

/* Sends, waits until it is with the provider, stops by that scope, and lets the provider write. */
static struct message through(struct town *t, enum consent_scope scope, uint32_t scope_id)
{
    uint64_t message = send(t);
    struct message m;

    steps(t, 100);
    assert_int_equal(t->flying, 1);
    say_stop(t, scope, scope_id);
    writes = true;
    steps(t, PATIENCE);
    m = found(t, message);
    assert_int_equal(t->sids, m.state == MESSAGE_ACCEPTED);
    close_town(t);
    free(t);
    return m;
}

static void a_stop_ends_what_was_with_the_provider_without_a_byte_out(void **state)
{
    struct message m = through(town(), CONSENT_OF_ORG, 0);
    (void)state;
    assert_int_equal(m.state, MESSAGE_BLOCKED);
    assert_int_equal(m.reason, REASON_OPTED_OUT);
}

static void a_stop_to_another_program_ends_nothing(void **state)
{
    struct town *t = town();
    (void)state;
    assert_int_equal(through(t, CONSENT_OF_PROGRAM, add_other(t).program).state, MESSAGE_ACCEPTED);
}

static void a_stop_to_another_sender_ends_nothing(void **state)
{
    struct town *t = town();
    (void)state;
    assert_int_equal(through(t, CONSENT_OF_SENDER, add_other(t).sender).state, MESSAGE_ACCEPTED);
}

/* A second sender of the program that messages go out of. */
static uint32_t add_sibling(struct town *t)
{
    struct sender row = {.org = t->orgs[0], .program = t->programs[0], .state = SENDER_ACTIVE, .verified = true,
                         .kind = SENDER_SHORT_CODE, .address = "72282"};
    struct change_senders s = {.head = {.kind = CHANGE_SENDERS}, .senders = &row, .count = 1};

    apply(t, &s.head);
    pump_tell(t->pump, &(struct note){.kind = NOTE_ORG_CHANGED, .org = t->orgs[0]});
    return row.id;
}

/* Sent to somebody who refused the `first` sender, or the `second`, or both. */
static struct message sent_after_refusing(bool first, bool second, uint32_t *first_id, uint32_t *second_id)
{
    struct town *t = town();
    struct message m;

    *second_id = add_sibling(t);
    *first_id = *second_id - 2; /* the other organization's is between them */
    if (first) say_stop(t, CONSENT_OF_SENDER, *first_id);
    if (second) say_stop(t, CONSENT_OF_SENDER, *second_id);
    writes = true;
    m.id = send(t);
    steps(t, PATIENCE);
    m = found(t, m.id);
    close_town(t);
    free(t);
    return m;
}

static void a_refused_sender_is_not_chosen_and_another_is(void **state)
{
    uint32_t first, second;
    struct message m = sent_after_refusing(true, false, &first, &second);

    (void)state;
    assert_int_equal(m.state, MESSAGE_ACCEPTED);
    assert_int_equal(m.sender, second);
    m = sent_after_refusing(false, true, &first, &second);
    assert_int_equal(m.state, MESSAGE_ACCEPTED);
    assert_int_equal(m.sender, first);
    m = sent_after_refusing(true, true, &first, &second);
    assert_int_equal(m.state, MESSAGE_BLOCKED);
    assert_int_equal(m.reason, REASON_OPTED_OUT);
}

static uint32_t add_long_code(struct town *t, uint64_t number)
{
    struct sender row = {.org = t->orgs[0], .program = t->programs[0], .state = SENDER_ACTIVE, .verified = true,
                         .kind = SENDER_LONG_CODE, .number = number};
    struct change_senders s = {.head = {.kind = CHANGE_SENDERS}, .senders = &row, .count = 1};

    (void)snprintf(row.address, sizeof row.address, "+%" PRIu64, number);
    apply(t, &s.head);
    pump_tell(t->pump, &(struct note){.kind = NOTE_ORG_CHANGED, .org = t->orgs[0]});
    return row.id;
}

/* A Canadian, whom the program's short code, of the US, does not reach, refused one of its two long codes. */
static void who_is_left_writes_though_a_sender_of_another_country_is_not_refused(void **state)
{
    struct town *t = town();
    uint32_t refused = add_long_code(t, UINT64_C(14157770001)), left = add_long_code(t, UINT64_C(14157770002));
    struct message m;

    (void)state;
    stop_by(t, CANADIAN, CONSENT_OF_SENDER, refused);
    writes = true;
    m.id = send_to(t, CANADIAN);
    steps(t, PATIENCE);
    m = found(t, m.id);
    assert_int_equal(m.state, MESSAGE_ACCEPTED);
    assert_int_equal(m.sender, left);
    close_town(t);
    free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stop_ends_what_was_with_the_provider_without_a_byte_out),
        cmocka_unit_test(a_stop_to_another_program_ends_nothing),
        cmocka_unit_test(a_stop_to_another_sender_ends_nothing),
        cmocka_unit_test(a_refused_sender_is_not_chosen_and_another_is),
        cmocka_unit_test(who_is_left_writes_though_a_sender_of_another_country_is_not_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
