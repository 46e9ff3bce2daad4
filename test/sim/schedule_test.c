/*
 * schedule_test: many scheduled messages over four days with a night in which the clocks change, while the wall
 * clock is stepped back and forth by up to an hour, the machine sleeps for hours, and the sending thread is
 * restarted. By the clock that Sterling was shown: none leaves early, none twice, none is missed, and marketing
 * leaves in lawful hours only, for no longer than they last: the provider drops what it still has then.
 *
 * Marketing is another organization's, so slow that what waits in the morning is still there when the clock goes
 * back over the end of the night.
 *
 * STERLING_SCHEDULES says how many, STERLING_SIM_SEED the seed.
 */
#include "queue_sim.h"

#include "app/gate.h"
#include "app/pump.h"
#include "rules/phone.h"
#include "rules/quiet_places.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    SCHEDULES = 4000,
    IN_FLIGHT = 256,
    DAY_MS = 86400000,
    HOUR_MS = 3600000,
    SPAN_MS = 4 * DAY_MS,
    SETTLE_MS = 2 * DAY_MS, /* the next lawful window, and the steps, are past by then */
    ANSWER_MS = 40,
    MARKETING_MAX = 1500,
    GRACE_MS = 100, /* what was being armed at the moment of a step goes out */
};

struct flight {
    uint64_t tag;
    int64_t answer_ms;
};
struct plan {
    int64_t send_at_ms, late_ms;
    uint64_t zones;
    enum message_kind kind;
    int sent;
};
struct town {
    struct provider port; /* first */
    struct rng rng;
    int64_t now_ms, slept_ms, skew_ms, stepped_ms, start_ms;
    struct clock clock;
    struct settings settings;
    struct public_ids ids;
    struct store *store;
    struct queue_sim queue;
    struct pump *pump;
    org_id orgs[2]; /* the second one's are marketing */
    uint32_t programs[2];
    struct plan *plans;
    uint64_t first_id;
    size_t count, sent, early, twice, unlawful, beyond, unknown, steps_back, sleeps, restarts;
    struct flight flights[IN_FLIGHT];
    size_t flying;
    uint64_t sids;
    int64_t next_shock_ms;
    bool draining;
};

/* ---- a provider that takes everything ---- */

static void judge(struct town *t, struct str callback, int validity_s)
{
    struct str rest = str_slice(callback, str_find(callback, STR("/status/")) + 8, callback.len), id;
    struct gate_facts f = {.now_ms = t->clock.manual_wall_ms, .kind = KIND_MARKETING};
    bool settled = t->now_ms - t->stepped_ms > GRACE_MS;
    uint64_t message = 0;
    struct plan *p;

    (void)str_cut(rest, '/', &id);
    if (public_id_parse(&t->ids, PUBLIC_MESSAGE, id, &message) != ERR_OK || message < t->first_id ||
        message - t->first_id >= t->count) {
        t->unknown++;
        return;
    }
    p = &t->plans[message - t->first_id];
    if (p->sent++ > 0) t->twice++;
    else t->sent++;
    if (settled && f.now_ms < p->send_at_ms) t->early++;
    p->late_ms = f.now_ms - p->send_at_ms;
    if (t->now_ms - t->stepped_ms < p->late_ms) p->late_ms = t->now_ms - t->stepped_ms;
    if (p->kind != KIND_MARKETING) return;
    gate_quiet_facts(&f, p->zones, true);
    if (settled && f.quiet) t->unlawful++;
    if (settled && !f.quiet && f.now_ms + validity_s * INT64_C(1000) > f.window_ms + 1000) t->beyond++;
}

static enum err start(struct provider *port, const struct provider_request *r)
{
    struct town *t = (struct town *)(void *)port;

    if (t->flying == IN_FLIGHT) return ERR_FULL;
    if (r->call == PROVIDER_CREATE) judge(t, r->message.status_callback, r->message.validity_s);
    t->flights[t->flying++] = (struct flight){r->tag, t->now_ms + 1 + (int64_t)rng_below(&t->rng, ANSWER_MS)};
    return ERR_OK;
}

static size_t poll_answers(struct provider *port, int64_t timeout_ms, struct provider_answer out[], size_t max)
{
    struct town *t = (struct town *)(void *)port;
    size_t count = 0;

    (void)timeout_ms;
    for (size_t i = 0; i < t->flying && count < max;) {
        struct provider_answer a = {.tag = t->flights[i].tag, .call = PROVIDER_CREATE, .http_status = 201,
                                    .class = PROVIDER_CLASS_ACCEPTED, .first_byte_sent = true,
                                    .provider_date_ms = t->now_ms / 1000 * 1000};
        if (t->flights[i].answer_ms > t->now_ms) {
            i++;
            continue;
        }
        (void)snprintf(a.item.sid, sizeof a.item.sid, "SM%032" PRIx64, ++t->sids);
        out[count++] = a;
        t->flights[i] = t->flights[--t->flying];
    }
    return count;
}

static void answer_free(struct provider_answer *a)
{
    (void)a;
}

static void nothing(struct provider *port)
{
    (void)port;
}

static enum err set_account(struct provider *port, uint32_t account, const struct twilio_account *a, struct fault *f)
{
    (void)port;
    (void)account;
    (void)a;
    (void)f;
    return ERR_OK;
}

static bool bytes_out(struct provider *port, uint64_t tag)
{
    (void)port;
    (void)tag;
    return true;
}

static bool withdraw(struct provider *port, uint64_t tag)
{
    (void)bytes_out(port, tag);
    return false;
}

static const struct provider_ops OPS = {start, poll_answers, answer_free, nothing, set_account, nothing, bytes_out,
                                        withdraw};

/* ---- the town ---- */

static void show_time(struct town *t)
{
    t->clock.manual_wall_ms = t->now_ms + t->skew_ms;
    t->clock.manual_mono_us = (t->now_ms - t->slept_ms) * 1000;
}

static void apply(struct town *t, struct change *c)
{
    struct fault f = {0};

    assert_int_equal(t->store->ops->begin(t->store, &f), ERR_OK);
    t->store->ops->apply(t->store, c);
    if (c->result != ERR_OK) fail_msg("%s", c->fault.what);
    assert_int_equal(t->store->ops->commit(t->store, &f), ERR_OK);
}

static void add_sender(struct town *t, size_t at)
{
    struct sender row = {.org = t->orgs[at], .program = t->programs[at], .state = SENDER_ACTIVE, .verified = true,
                         .kind = at == 0 ? SENDER_SHORT_CODE : SENDER_LONG_CODE};
    struct change_senders s = {.head = {.kind = CHANGE_SENDERS}, .senders = &row, .count = 1};

    (void)snprintf(row.address, sizeof row.address, "%s", at == 0 ? "72280" : "+14157770000");
    if (at != 0) row.number = UINT64_C(14157770000);
    apply(t, &s.head);
}

static void add_org(struct town *t, size_t at)
{
    struct change_org c = {.head = {.kind = CHANGE_ORG},
                           .org = {.name = STR("Acme"), .state = ORG_ACTIVE, .region = "US", .share = 100},
                           .first_program = {.name = STR("default"), .registration = REGISTRATION_APPROVED,
                                             .brand = BRAND_STANDARD, .brand_score = 90, .use_case = STR("MIXED"),
                                             .service_sid = "MG00000000000000000000000000000001"}};
    struct store_reader *reader;
    struct arena text;
    struct program program;
    size_t count = 1;
    struct fault f;

    (void)snprintf(c.org.slug, sizeof c.org.slug, "acme%zu", at);
    (void)snprintf(c.org.hook_path, sizeof c.org.hook_path, "hook%zu", at);
    apply(t, &c.head);
    arena_init(&text, 1 << 16);
    assert_int_equal(t->store->ops->reader_open(t->store, &reader, &f), ERR_OK);
    assert_int_equal(t->store->ops->programs(reader, &text, c.org.id, 0, &program, &count), ERR_OK);
    t->orgs[at] = c.org.id;
    t->programs[at] = program.id;
    t->store->ops->reader_close(reader);
    arena_reset(&text);
    add_sender(t, at);
}

static uint64_t zones_of(uint64_t number)
{
    struct quiet_places places;
    struct phone phone;

    assert_int_equal(phone_from_digits(number, &phone), ERR_OK);
    quiet_places_of_phone(&phone, &places);
    return quiet_hours_bucket_key(&places);
}

static void admit(struct town *t, size_t i)
{
    static const uint64_t areas[] = {415, 212, 312, 713, 617, 206, 602, 907};
    struct plan *p = &t->plans[i];
    uint64_t number = UINT64_C(10000000000) + areas[i % 8] * 10000000 + (230 + i / 10000 % 700) * 10000 + i % 10000;
    struct change_admit c = {.head = {.kind = CHANGE_ADMIT}};
    bool marketing = i % 10 == 0 && i / 10 < MARKETING_MAX;

    p->kind = marketing ? KIND_MARKETING : KIND_TRANSACTIONAL;
    p->send_at_ms = t->start_ms + HOUR_MS + (int64_t)rng_below(&t->rng, SPAN_MS);
    p->zones = zones_of(number);
    c.message = (struct message){
        .org = t->orgs[marketing], .number = number, .program = t->programs[marketing], .state = MESSAGE_QUEUED,
        .kind = p->kind,
        .carrier = (uint8_t)(1 + i % 3), .zones = p->zones, .created_ms = t->start_ms, .body = STR("It is time."),
        .send_at_ms = p->send_at_ms, .expires_ms = t->start_ms + INT64_C(30) * DAY_MS};
    apply(t, &c.head);
    if (i == 0) t->first_id = c.message.id;
    assert_int_equal(c.message.id, t->first_id + i);
}

static bool starving; /* allocations fail (test/hostile/pump_memory_test.c) */

static void boot(struct town *t)
{
    struct pump_ports ports = {.clock = &t->clock, .store = t->store, .queue = &t->queue.port, .provider = &t->port,
                               .settings = &t->settings, .ids = &t->ids, .seed = rng_u64(&t->rng)};
    struct fault f = {0};

    if (pump_new(&ports, &t->pump, &f) != ERR_OK || pump_start(t->pump, &f) != ERR_OK) {
        NO_MEMORY_IF(starving, f.what); /* a start that is refused then is right */
        fail_msg("%s", f.what);
    }
    for (size_t at = 0; at < 2; at++)
        pump_tell(t->pump, &(struct note){.kind = NOTE_GATE, .org = t->orgs[at], .gate = GATE_OPEN});
}

static void open_town(struct town *t, int64_t start_ms, size_t count, uint64_t seed)
{
    static const unsigned char key[PUBLIC_KEY_BYTES] = {9};
    struct fault f = {0};

    *t = (struct town){.port.ops = &OPS, .rng = rng_seeded(seed), .now_ms = start_ms, .start_ms = start_ms,
                       .stepped_ms = start_ms, .count = count};
    settings_default(&t->settings);
    t->settings.consent_marketing = false;
    (void)snprintf(t->settings.public_url, sizeof t->settings.public_url, "https://sterling.test");
    (void)snprintf(t->settings.twilio_account_sid, sizeof t->settings.twilio_account_sid,
                   "AC00000000000000000000000000000001");
    (void)snprintf(t->settings.twilio_auth_token, sizeof t->settings.twilio_auth_token, "%032d", 1);
    t->settings.provider_in_flight_max = IN_FLIGHT / 2;
    t->settings.limits_tier4_per_min = 1;
    public_ids_init(&t->ids, key);
    clock_manual(&t->clock, start_ms);
    show_time(t);
    t->plans = calloc(count, sizeof *t->plans);
    assert_non_null(t->plans);
    assert_int_equal(store_ram_open(&t->store, &f), ERR_OK);
    queue_sim_init(&t->queue, t->store, seed + 1);
    add_org(t, 0);
    add_org(t, 1);
    for (size_t i = 0; i < count; i++)
        admit(t, i);
    t->next_shock_ms = start_ms + HOUR_MS;
    boot(t);
}

static void close_town(struct town *t)
{
    queue_sim_crash(&t->queue);
    pump_free(t->pump);
    t->store->ops->close(t->store);
    free(t->plans);
}

/* ---- what happens to its clock ---- */

static void step(struct town *t, int64_t to_skew_ms)
{
    if (to_skew_ms < t->skew_ms) t->steps_back++;
    t->skew_ms = to_skew_ms;
    t->stepped_ms = t->now_ms;
}

static void shock(struct town *t)
{
    if (t->now_ms < t->next_shock_ms || t->now_ms > t->start_ms + SPAN_MS) return;
    t->next_shock_ms = t->now_ms + (int64_t)rng_below(&t->rng, 2 * HOUR_MS);
    switch (rng_below(&t->rng, 6)) {
    case 0: /* the machine sleeps: the wall goes on, monotonic time does not */
        t->sleeps++;
        t->slept_ms += HOUR_MS;
        t->now_ms += HOUR_MS;
        t->stepped_ms = t->now_ms;
        break;
    case 1: t->draining = true; break;
    default: step(t, (int64_t)rng_below(&t->rng, 2 * HOUR_MS) - HOUR_MS); break;
    }
    show_time(t);
}

static void restart(struct town *t)
{
    if (!t->draining) return;
    pump_tell(t->pump, &(struct note){.kind = NOTE_DRAIN});
    if (!pump_drained(t->pump)) return;
    queue_sim_crash(&t->queue);
    pump_free(t->pump);
    t->draining = false;
    t->restarts++;
    boot(t);
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void live(struct town *t)
{
    int64_t end_ms = t->start_ms + SPAN_MS + SETTLE_MS, next_ms;

    while (t->now_ms < end_ms && t->sent < t->count) {
        show_time(t);
        shock(t);
        queue_sim_run(&t->queue, t->now_ms);
        next_ms = t->now_ms + pump_step(t->pump, 0);
        restart(t);
        next_ms = least(next_ms, t->queue.commit_at_ms);
        for (size_t i = 0; i < t->flying; i++)
            next_ms = least(next_ms, t->flights[i].answer_ms);
        if (t->now_ms < t->start_ms + SPAN_MS) next_ms = least(next_ms, t->next_shock_ms);
        if (t->draining) next_ms = least(next_ms, t->now_ms + 10);
        if (next_ms > t->now_ms) t->now_ms = next_ms;
    }
    pump_check(t->pump);
}

static int by_lateness(const void *a, const void *b)
{
    const struct plan *x = a, *y = b;

    return (x->late_ms > y->late_ms) - (x->late_ms < y->late_ms);
}

static uint64_t number_from(const char *name, uint64_t preset)
{
    const char *text = getenv(name);
    uint64_t value;

    return text != NULL && str_to_u64(str_from(text), &value) == ERR_OK ? value : preset;
}

static void live_through(int64_t start_ms)
{
    struct town *t = calloc(1, sizeof *t);
    uint64_t seed = number_from("STERLING_SIM_SEED", 1);
    size_t missed;

    assert_non_null(t);
    open_town(t, start_ms, (size_t)number_from("STERLING_SCHEDULES", SCHEDULES), seed);
    live(t);
    missed = t->count - t->sent;
    qsort(t->plans, t->count, sizeof *t->plans, by_lateness);
    print_message("# FIGURE %zu schedules, seed %" PRIu64 ": %zu early, %zu twice, %zu missed, %zu in quiet hours; half late "
                  "by %" PRId64 " ms; %zu steps back, %zu sleeps, %zu restarts\n", t->count, seed, t->early, t->twice,
                  missed, t->unlawful, t->plans[t->count / 2].late_ms, t->steps_back, t->sleeps, t->restarts);
    assert_int_equal(t->early, 0);
    assert_int_equal(t->twice, 0);
    assert_int_equal(missed, 0);
    assert_int_equal(t->unlawful, 0);
    assert_int_equal(t->beyond, 0);
    assert_int_equal(t->unknown, 0);
    assert_true(t->steps_back > 0 && t->sleeps > 0 && t->restarts > 0);
    close_town(t);
    free(t);
}

/* 12 March 2027, 12:00 UTC: two nights before the clocks go forward in the United States. */
static void schedules_hold_when_the_clocks_go_forward(void **state)
{
    (void)state;
    live_through(INT64_C(1804852800000));
}

/* 31 October 2026, 12:00 UTC: the clocks go back in the first night. */
static void schedules_hold_when_the_clocks_go_back(void **state)
{
    (void)state;
    live_through(INT64_C(1793448000000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schedules_hold_when_the_clocks_go_forward),
        cmocka_unit_test(schedules_hold_when_the_clocks_go_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
