/*
 * memory: one driver's day in the engine, told again and again, the n-th allocation refused each time. Whatever is
 * refused, the call says so or leaves the work in the store, no invariant breaks, and at the end nothing is kept.
 * malloc and its like are wrapped by the linker.
 */
#include "kit.h"

#include "engine/limits.h"

#include <stdlib.h>

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_realloc(void *old, size_t bytes);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_realloc(void *old, size_t bytes);

static long until_refused = -1; /* allocations before the one that is refused; -1: none is */
static bool refused;

static bool granted(void)
{
    if (until_refused < 0 || until_refused-- > 0) return true;
    refused = true;
    return false;
}

void *__wrap_malloc(size_t bytes)
{
    return granted() ? __real_malloc(bytes) : NULL;
}

void *__wrap_calloc(size_t count, size_t bytes)
{
    return granted() ? __real_calloc(count, bytes) : NULL;
}

void *__wrap_realloc(void *old, size_t bytes)
{
    return granted() ? __real_realloc(old, bytes) : NULL;
}

/* Right, or out of memory because one was refused. */
static bool told(enum err result)
{
    if (result == ERR_FULL || result == ERR_NOT_FOUND) assert_true(refused); /* not found: it could not be told */
    else if (result != ERR_CONFLICT) assert_int_equal(result, ERR_OK);
    return result == ERR_OK;
}

/* Of somebody who is not known yet. */
static void tell_limits_first(struct kit *k)
{
    for (uint32_t scope = 0; scope < SCOPES; scope++) {
        struct engine_limit l = {.scope = (enum engine_scope)scope, .account = 20 + scope, .org = 20 + scope,
                                 .program = 1, .sender = 20 + scope, .carrier = 1, .amount = 5, .window_ms = 1000};
        (void)told(engine_set_limit(k->e, &l));
    }
}

static void tell_world(struct kit *k)
{
    tell_limits_first(k);
    for (uint32_t o = 1; o <= 3; o++) {
        struct engine_org org = {.org = o, .account = 1 + o % 2, .share = o, .active = true};
        (void)told(engine_set_org(k->e, &org));
    }
    for (uint32_t s = 0; s < 5; s++) {
        struct engine_sender sender = {.sender = 7 + s, .org = 1 + s % 3, .program = 1, .kind = 1, .usable = s != 4};
        (void)told(engine_set_sender(k->e, &sender));
    }
    for (int scope = 0; scope < SCOPES; scope++)
        for (uint8_t carrier = 1; carrier < 4; carrier++) {
            struct engine_limit l = {.scope = (enum engine_scope)scope, .account = 1, .org = 1, .program = 1,
                                     .sender = 7, .carrier = carrier, .slot = carrier, .amount = 50,
                                     .window_ms = 1000};
            (void)told(engine_set_limit(k->e, &l));
        }
    for (uint32_t program = 2; program < 4; program++) { /* one moves, one is of somebody new */
        struct engine_sender moves = {.sender = 8, .org = 2, .program = program, .kind = 1, .usable = true};
        struct engine_sender other = {.sender = 60 + program, .org = 60 + program, .program = 1, .kind = 1};
        (void)told(engine_set_sender(k->e, &moves));
        (void)told(engine_set_sender(k->e, &other));
    }
}

static void tell_past(struct kit *k)
{
    struct engine_doubt d = {.message = 900, .org = 1, .number = 14155550999, .attempt = 1,
                             .deadline_wall_ms = KIT_WALL, .next_wall_ms = KIT_WALL, .program = 1, .sender = 7,
                             .carrier = 1, .segments = 1};
    engine_restore_use(k->e, 1, 1, 7, 1, 2, k->mono_ms);
    (void)told(engine_doubt_restored(k->e, &d));
    engine_watch_campaign(k->e, 5, 100);
    engine_set_gate(k->e, 2, GATE_REPLIES_ONLY);
    engine_set_gate(k->e, 50, GATE_REPLIES_ONLY);
    engine_restore_use(k->e, 51, 1, 7, 1, 2, k->mono_ms);
    engine_pause_campaign(k->e, 77, true);
    engine_throttled(k->e, 1, 9, 7, 3, 30022);
    engine_throttled(k->e, 1, 8, 7, 3, 30023);
}

static void offer_messages(struct kit *k)
{
    struct engine_item items[4];
    for (uint64_t i = 0; i < 12; i++) {
        struct engine_item item = kit_item(11 + i, 14155550100 + i % 9);
        item.lane.org = i == 11 ? 70 : (uint32_t)(1 + i % 3); /* one that nobody told of */
        item.lane.carrier = (uint8_t)(i % 4);
        item.lane.campaign = i % 5;
        item.sticky_sender = i % 2 == 0 ? 7 : 0;
        (void)told(engine_offer(k->e, &item));
    }
    for (uint64_t i = 0; i < 4; i++) items[i] = kit_item(100 + i, 14155550200 + i);
    if (told(engine_lane_ready(k->e, &items[0].lane, 0)))
        (void)told(engine_drawn(k->e, &items[0].lane, items, 4, INT64_MAX));
}

/* Obeys the commands of one step; answers differ by message. */
static void obey(struct kit *k)
{
    for (size_t i = 0; i < k->count; i++) {
        const struct command *c = &k->out[i];
        struct engine_answer a = {.message = c->message, .class = (enum answer_class)(c->message % 6), .edge = c->edge,
                                  .error_code = c->message % 6 == 1 ? 21610 : c->message % 6 == 2 ? 20429 : 0};
        if (c->kind == COMMAND_ARM) engine_armed(k->e, c->message, c->message % 7 != 0, k->mono_ms);
        if (c->kind == COMMAND_POST) engine_answered(k->e, &a, k->mono_ms, kit_wall(k));
        if (c->kind == COMMAND_LIST) engine_listed(k->e, c->message, LISTING_CLEAN, kit_wall(k));
        if (c->kind == COMMAND_PROBE) engine_probed(k->e, c->account, true, k->mono_ms);
        if (c->kind == COMMAND_DRAW) (void)told(engine_drawn(k->e, &c->lane, NULL, 0, INT64_MAX));
    }
}

static void a_day(void)
{
    struct engine_config config = {.seed = 3, .guard_ms = -1, .in_flight_max = 8, .breaker_run = 3};
    struct kit k = {.mono_ms = 1000, .e = engine_new(&config)};
    if (k.e == NULL) {
        assert_true(refused);
        return;
    }
    engine_set_carriers(k.e, 5, 0);
    engine_begin(k.e, k.mono_ms, kit_wall(&k));
    tell_world(&k);
    tell_past(&k);
    offer_messages(&k);
    engine_check(k.e);
    for (int i = 0; i < 60; i++, k.mono_ms += 700) {
        kit_step(&k);
        obey(&k);
        if (i == 5) engine_stop_number(k.e, 1, 14155550103);
        if (i == 9) engine_pause_campaign(k.e, 1, true);
        if (i == 12) engine_drop_campaign(k.e, 2);
        if (i == 15) offer_messages(&k);
    }
    engine_check(k.e);
    engine_free(k.e);
}

static void whichever_allocation_is_refused_the_engine_stays_whole(void **state)
{
    long n = 0;
    (void)state;
    for (refused = true; refused; n++) {
        assert_true(n < 5000);
        refused = false;
        until_refused = n;
        a_day();
        until_refused = -1;
    }
    assert_true(n > 50);
}

/* ---- messages of a new campaign ---- */

static struct kit fresh(void)
{
    struct kit k = kit_new((struct engine_config){.seed = 3, .guard_ms = -1});

    engine_begin(k.e, k.mono_ms, kit_wall(&k));
    kit_org(&k, 40, 1, 1);
    return k;
}

static struct engine_item new_one(uint64_t message)
{
    struct engine_item i = kit_item(message, 14155550000 + message);

    i.lane.org = 40;
    i.lane.campaign = 9;
    i.urgent = message % 2 == 1;
    return i;
}

/* Now there is a sender: it goes. */
static void assert_goes(struct kit *k, uint64_t message)
{
    kit_sender(k, 90, 40, 0, true);
    kit_step(k);
    assert_non_null(kit_find(k, COMMAND_ARM, message));
}

static void an_offer_without_memory_stays_in_the_store_and_may_be_made_again(void **state)
{
    enum err result = ERR_FULL;
    long n = 0;

    (void)state;
    for (; result != ERR_OK; n++) {
        struct kit k = fresh();
        struct engine_item i = new_one(11);
        until_refused = n;
        result = engine_offer(k.e, &i);
        until_refused = -1;
        assert_true(result == ERR_OK || result == ERR_FULL);
        assert_int_equal(engine_holds(k.e, 11), result == ERR_OK);
        if (result == ERR_FULL) kit_offer(&k, i);
        assert_goes(&k, 11);
        engine_free(k.e);
    }
    assert_true(n > 5);
}

static void a_draw_without_memory_takes_nothing_and_is_asked_for_again(void **state)
{
    enum err result = ERR_FULL;
    long n = 0;

    (void)state;
    for (; result != ERR_OK; n++) {
        struct kit k = fresh();
        struct engine_item items[] = {new_one(11), new_one(12)};
        until_refused = n;
        result = engine_drawn(k.e, &items[0].lane, items, 2, INT64_MAX);
        until_refused = -1;
        assert_true(result == ERR_OK || result == ERR_FULL);
        assert_int_equal(engine_holds(k.e, 11), result == ERR_OK);
        assert_int_equal(engine_holds(k.e, 12), result == ERR_OK);
        if (result == ERR_FULL) assert_int_equal(engine_drawn(k.e, &items[0].lane, items, 2, INT64_MAX), ERR_OK);
        assert_goes(&k, 12);
        engine_free(k.e);
    }
    assert_true(n > 5);
}

/* ---- a limit ---- */

/* What finds no memory is kept in one lump until the last of it is over: never too short. */
static void a_limit_without_memory_holds_too_long_rather_than_too_short(void **state)
{
    struct limit l = {.amount = 3, .window_ms = 1000};

    (void)state;
    until_refused = 0;
    limit_restore(&l, 1, 5000, 5000);
    until_refused = 0;
    limit_restore(&l, 1, 5400, 5400);
    until_refused = -1;
    limit_check(&l);
    assert_int_equal(limit_in_use(&l, 5400), 2);
    assert_int_equal(limit_room_at(&l, 2, 5400), 6400);
    limit_restore(&l, 1, 5500, 5500); /* there is memory again: kept by itself */
    assert_int_equal(limit_room_at(&l, 2, 5500), 6500);
    limit_take(&l, 1, 5500);
    assert_int_equal(limit_room_at(&l, 3, 5500), LIMIT_UNKNOWN); /* one of three is not answered */
    limit_return(&l, 1, 5500);
    assert_int_equal(limit_in_use(&l, 6400), 1);
    limit_free(&l);
}

/* The lump is over after what is kept by itself. */
static void what_is_kept_in_a_lump_may_be_over_last(void **state)
{
    struct limit l = {.amount = 3, .window_ms = 1000};

    (void)state;
    until_refused = 0;
    limit_restore(&l, 2, 5900, 5000);
    until_refused = -1;
    limit_restore(&l, 1, 5100, 5100);
    limit_check(&l);
    assert_int_equal(limit_room_at(&l, 1, 5100), 6100);
    assert_int_equal(limit_room_at(&l, 3, 5100), 6900);
    limit_free(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_offer_without_memory_stays_in_the_store_and_may_be_made_again),
        cmocka_unit_test(a_draw_without_memory_takes_nothing_and_is_asked_for_again),
        cmocka_unit_test(a_limit_without_memory_holds_too_long_rather_than_too_short),
        cmocka_unit_test(what_is_kept_in_a_lump_may_be_over_last),
        cmocka_unit_test(whichever_allocation_is_refused_the_engine_stays_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
