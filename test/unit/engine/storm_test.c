/*
 * A provider that takes less than we may send and says 429 to the rest, or to everything for a while, and one that
 * cannot be reached: what each message costs in requests, and how soon all that is allowed is used again. The clock
 * is virtual; there is always something to send.
 */
#include "kit.h"

#include <stdint.h>
#include <stdlib.h>

enum {
    TICK = 20, SECOND = 1000, MINUTE = 60000, TRAVEL = 80, SENDERS = 8, PER_S = 10, ALL_PER_S = SENDERS * PER_S,
    QUEUE_MAX = 4096, NUMBERS = 1000000,
};
static const int32_t TOO_FAST = 20429; /* of the account */

struct queued {
    uint64_t message;
    uint8_t attempt;
    int64_t at_ms; /* wall: may be drawn from then on; of a request: when its answer is there */
    enum answer_class class;
};
struct storm {
    struct kit k;
    uint64_t messages;
    struct queued again[QUEUE_MAX], flying[QUEUE_MAX];
    size_t again_count, flying_count;
    int64_t taken_ms[QUEUE_MAX]; /* a ring */
    size_t taken;
    size_t takes_per_s;          /* SIZE_MAX: all */
    bool away;
    int64_t retry_after_ms;
    uint64_t requests, accepted;
};

static struct storm *storm_new(void)
{
    struct storm *s = calloc(1, sizeof *s);

    assert_non_null(s);
    s->takes_per_s = SIZE_MAX;
    s->k = kit_new((struct engine_config){.seed = 1, .guard_ms = -1, .attempts_max = 50});
    for (uint32_t i = 1; i <= SENDERS; i++) {
        kit_sender(&s->k, i, 1, 0, true);
        kit_limit(&s->k, (struct engine_limit){.scope = SCOPE_SENDER, .org = 1, .program = 1, .sender = i,
                                               .amount = PER_S, .window_ms = SECOND});
    }
    assert_int_equal(engine_lane_ready(s->k.e, &(struct engine_lane){.org = 1, .program = 1, .kind = 3, .carrier = 1},
                                       kit_wall(&s->k)), ERR_OK);
    return s;
}

static void storm_free(struct storm *s)
{
    engine_free(s->k.e);
    free(s);
}

static void put(struct queued *list, size_t *count, struct queued q)
{
    assert_true(*count < QUEUE_MAX);
    list[(*count)++] = q;
}

/* Those that were sent back and are due, then new ones; there is always more. */
static void draw(struct storm *s, const struct command *c)
{
    struct engine_item items[KIT_TAKE * 8];
    size_t n = 0, most = c->want < sizeof items / sizeof *items ? c->want : sizeof items / sizeof *items;

    for (size_t i = 0; i < s->again_count && n < most;) {
        struct queued q = s->again[i];
        if (q.at_ms > kit_wall(&s->k)) {
            i++;
            continue;
        }
        s->again[i] = s->again[--s->again_count];
        items[n] = kit_item(q.message, 14150000000 + q.message % NUMBERS);
        items[n++].attempt = q.attempt;
    }
    while (n < most) {
        uint64_t message = ++s->messages;
        items[n++] = kit_item(message, 14150000000 + message % NUMBERS);
    }
    assert_int_equal(engine_drawn(s->k.e, &c->lane, items, n, kit_wall(&s->k)), ERR_OK);
}

/* What the provider makes of a request that arrives now. */
static enum answer_class take(struct storm *s)
{
    int64_t since_ms = s->k.mono_ms - SECOND;

    if (s->away) return ANSWER_UNSENT;
    if (s->takes_per_s == 0) return ANSWER_THROTTLED;
    if (s->takes_per_s < SIZE_MAX && s->taken >= s->takes_per_s &&
        s->taken_ms[(s->taken - s->takes_per_s) % QUEUE_MAX] > since_ms)
        return ANSWER_THROTTLED;
    s->taken_ms[s->taken++ % QUEUE_MAX] = s->k.mono_ms;
    s->accepted++;
    return ANSWER_ACCEPTED;
}

static void obey(struct storm *s, const struct command *c)
{
    switch (c->kind) {
    case COMMAND_DRAW: draw(s, c); break;
    case COMMAND_ARM: engine_armed(s->k.e, c->message, true, s->k.mono_ms); break;
    case COMMAND_POST:
        s->requests++;
        put(s->flying, &s->flying_count,
            (struct queued){.message = c->message, .at_ms = s->k.mono_ms + TRAVEL, .class = take(s)});
        break;
    case COMMAND_PROBE: engine_probed(s->k.e, c->account, !s->away, s->k.mono_ms); break;
    case COMMAND_RECORD:
        if (c->record == RECORD_AGAIN)
            put(s->again, &s->again_count,
                (struct queued){.message = c->message, .attempt = (uint8_t)(c->attempt + 1), .at_ms = c->next_wall_ms});
        break;
    default: break;
    }
}

static void answer_due(struct storm *s)
{
    for (size_t i = 0; i < s->flying_count;) {
        struct queued q = s->flying[i];
        struct engine_answer a = {.message = q.message, .class = q.class};
        if (q.at_ms > s->k.mono_ms) {
            i++;
            continue;
        }
        s->flying[i] = s->flying[--s->flying_count];
        if (q.class == ANSWER_THROTTLED) {
            a.error_code = TOO_FAST;
            a.retry_after_ms = s->retry_after_ms;
        }
        engine_answered(s->k.e, &a, s->k.mono_ms, kit_wall(&s->k));
    }
}

/* Gives how many the provider accepted meanwhile. */
static uint64_t run(struct storm *s, int64_t for_ms)
{
    uint64_t before = s->accepted;

    for (int64_t until = s->k.mono_ms + for_ms; s->k.mono_ms < until; s->k.mono_ms += TICK) {
        answer_due(s);
        while ((s->k.count = engine_step(s->k.e, s->k.mono_ms, kit_wall(&s->k), s->k.out, KIT_TAKE)) > 0)
            for (size_t i = 0; i < s->k.count; i++) obey(s, &s->k.out[i]);
    }
    engine_check(s->k.e);
    return s->accepted - before;
}

/* How long until a stretch of five seconds begins in which 99 % of that many a minute are accepted. */
static int64_t recovers_in(struct storm *s, uint64_t a_minute)
{
    enum { STRETCH = 50, STEP = 100 };
    uint64_t of[STRETCH] = {0}, sum = 0;
    int64_t ms = 0;

    for (size_t at = 0; ms < 10 * MINUTE; ms += STEP, at = (at + 1) % STRETCH) {
        sum -= of[at];
        of[at] = run(s, STEP);
        sum += of[at];
        if (sum * 12 * 100 >= a_minute * 99) break;
    }
    return ms < STRETCH * STEP ? 0 : ms + STEP - STRETCH * STEP;
}

enum trouble { TROUBLE_THROTTLED, TROUBLE_AWAY };

/* After a calm minute there is trouble for so long. Gives how long all it does then takes to be used again. */
static int64_t lives_through(struct storm *s, enum trouble trouble, int64_t for_ms)
{
    uint64_t a_minute = run(s, MINUTE);

    s->requests = s->accepted = 0;
    s->away = trouble == TROUBLE_AWAY;
    if (trouble == TROUBLE_THROTTLED) s->takes_per_s = 0;
    (void)run(s, for_ms);
    s->away = false;
    s->takes_per_s = SIZE_MAX;
    return recovers_in(s, a_minute);
}

static void assert_costs(const struct storm *s, uint64_t permille)
{
    if (s->requests * 1000 > s->accepted * permille)
        fail_msg("%llu requests for %llu messages", (unsigned long long)s->requests, (unsigned long long)s->accepted);
}

static void in_a_storm_of_429_a_message_costs_a_tenth_more_at_most(void **state)
{
    (void)state;
    for (int64_t for_ms = SECOND; for_ms <= 128 * SECOND; for_ms *= 2)
        for (int said = 0; said < 2; said++) {
            struct storm *s = storm_new();
            s->retry_after_ms = said == 1 ? SECOND : 0;
            (void)lives_through(s, TROUBLE_THROTTLED, for_ms);
            (void)run(s, MINUTE);
            assert_costs(s, 1100);
            storm_free(s);
        }
}

static void a_provider_that_takes_less_for_good_costs_a_seventh_more_at_most(void **state)
{
    static const size_t TAKES[] = {70, 40, 20};

    (void)state;
    for (size_t i = 0; i < sizeof TAKES / sizeof *TAKES; i++) {
        struct storm *s = storm_new();
        s->takes_per_s = TAKES[i];
        (void)run(s, 5 * MINUTE);
        assert_costs(s, 1143);
        storm_free(s);
    }
}

static void who_is_told_when_uses_all_again_five_seconds_later(void **state)
{
    (void)state;
    for (int64_t for_ms = SECOND; for_ms <= 128 * SECOND; for_ms *= 2) {
        struct storm *s = storm_new();
        s->retry_after_ms = SECOND;
        assert_in_range(lives_through(s, TROUBLE_THROTTLED, for_ms), 0, 5 * SECOND);
        storm_free(s);
    }
}

/* Pauses double, so that whoever is in trouble for long is asked seldom: the last one is as long as all before. */
static void else_as_soon_as_the_trouble_was_long_or_at_most_in_a_minute(void **state)
{
    static const int64_t LONGEST[] = {[TROUBLE_THROTTLED] = MINUTE, [TROUBLE_AWAY] = MINUTE / 2};

    (void)state;
    for (enum trouble t = TROUBLE_THROTTLED; t <= TROUBLE_AWAY; t++)
        for (int64_t for_ms = SECOND; for_ms <= 256 * SECOND; for_ms *= 2) {
            struct storm *s = storm_new();
            int64_t most = for_ms < LONGEST[t] ? for_ms : LONGEST[t], took = lives_through(s, t, for_ms);
            if (took > most + SECOND)
                fail_msg("%d s of trouble %d, and %d ms after it", (int)(for_ms / SECOND), (int)t, (int)took);
            storm_free(s);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_a_storm_of_429_a_message_costs_a_tenth_more_at_most),
        cmocka_unit_test(a_provider_that_takes_less_for_good_costs_a_seventh_more_at_most),
        cmocka_unit_test(who_is_told_when_uses_all_again_five_seconds_later),
        cmocka_unit_test(else_as_soon_as_the_trouble_was_long_or_at_most_in_a_minute),
    };

    return cmocka_run_group_tests_name("storm", tests, NULL, NULL);
}
