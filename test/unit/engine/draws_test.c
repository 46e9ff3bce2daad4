/* What the engine asks of the store: so many draws at a time, and what becomes of what was drawn. */
#include "kit.h"

#include "base/rng.h"

enum { OF_ACCOUNT = 32, IN_ALL = 256, LANES_MAX = 400 };

struct drawing {
    struct kit k;
    struct engine_lane out[LANES_MAX]; /* asked for and not answered */
    size_t out_count, asked;
    bool seen[LANES_MAX]; /* by campaign */
};

static struct engine_lane lane_of(uint32_t org, uint64_t campaign)
{
    return (struct engine_lane){.org = org, .program = 1, .campaign = campaign, .kind = 3, .carrier = 1};
}

/* Accounts of one org each, with so many lanes each, all of which have something in the store. */
static struct drawing with_lanes(uint32_t accounts, uint64_t each)
{
    struct drawing d = {.k = kit_new((struct engine_config){.seed = 1, .guard_ms = -1})};

    for (uint32_t o = 1; o <= accounts; o++) {
        kit_org(&d.k, o, o, 1);
        kit_sender(&d.k, 100 + o, o, 0, true);
        for (uint64_t c = 0; c < each; c++) {
            struct engine_lane l = lane_of(o, (o - 1) * each + c + 1);
            assert_int_equal(engine_lane_ready(d.k.e, &l, 0), ERR_OK);
        }
    }
    return d;
}

static void step(struct drawing *d)
{
    while (kit_step(&d->k) > 0)
        for (size_t i = 0; i < d->k.count; i++) {
            const struct command *c = &d->k.out[i];
            if (c->kind == COMMAND_ARM) engine_armed(d->k.e, c->message, true, d->k.mono_ms);
            if (c->kind != COMMAND_DRAW) continue;
            d->out[d->out_count++] = c->lane;
            d->asked++;
            d->seen[c->campaign] = true;
        }
}

static size_t of_account(const struct drawing *d, uint32_t account)
{
    size_t n = 0;

    for (size_t i = 0; i < d->out_count; i++) n += d->out[i].org == account ? 1 : 0;
    return n;
}

/* The store has nothing of that lane. */
static void answer(struct drawing *d, size_t which)
{
    struct engine_lane l = d->out[which];

    d->out[which] = d->out[--d->out_count];
    assert_int_equal(engine_drawn(d->k.e, &l, NULL, 0, INT64_MAX), ERR_OK);
    step(d);
}

static void an_account_has_so_many_draws_out_at_a_time(void **state)
{
    struct drawing d = with_lanes(1, OF_ACCOUNT + 8);

    (void)state;
    step(&d);
    assert_int_equal(d.out_count, OF_ACCOUNT);
    for (size_t i = 1; i <= 8; i++) {
        answer(&d, 0);
        assert_int_equal(d.out_count, OF_ACCOUNT);
        assert_int_equal(d.asked, OF_ACCOUNT + i);
    }
    while (d.out_count > 0) answer(&d, 0);
    assert_int_equal(d.asked, OF_ACCOUNT + 8);
    for (size_t i = 1; i <= OF_ACCOUNT + 8; i++) assert_true(d.seen[i]);
    engine_free(d.k.e);
}

/* Whichever comes back first, all are asked for once, and never more at a time. */
static void all_accounts_together_have_so_many_out(void **state)
{
    struct rng rng = rng_seeded(7);

    (void)state;
    for (int round = 0; round < 4; round++) {
        struct drawing d = with_lanes(16, 24);
        step(&d);
        assert_int_equal(d.out_count, IN_ALL);
        while (d.out_count > 0) {
            answer(&d, (size_t)rng_below(&rng, (uint32_t)d.out_count));
            assert_true(d.out_count == IN_ALL || d.asked == 16 * 24);
            for (uint32_t a = 1; a <= 16; a++) assert_true(of_account(&d, a) <= OF_ACCOUNT);
        }
        for (size_t i = 1; i <= 16 * 24; i++) assert_true(d.seen[i]);
        engine_free(d.k.e);
    }
}

/* Lanes that run low ask ahead of their turn, but not beyond that number. */
static void nobody_draws_ahead_beyond_it(void **state)
{
    struct drawing d = with_lanes(1, OF_ACCOUNT);
    uint64_t message = 1;

    (void)state;
    step(&d);
    for (int lane = 0; lane < OF_ACCOUNT; lane++) {
        struct engine_lane l = d.out[0];
        struct engine_item items[4];
        for (size_t i = 0; i < 4; i++, message++) {
            items[i] = kit_item(message, 14155550000 + message);
            items[i].lane = l;
        }
        d.out[0] = d.out[--d.out_count];
        assert_int_equal(engine_drawn(d.k.e, &l, items, 4, 0), ERR_OK);
        if (lane % 4 != 3) continue;
        step(&d);
        assert_true(d.out_count <= OF_ACCOUNT);
    }
    assert_int_equal(d.out_count, OF_ACCOUNT);
    engine_free(d.k.e);
}

static struct kit drawn(const struct engine_item *i)
{
    struct kit k = kit_new((struct engine_config){.seed = 1, .guard_ms = -1});

    kit_sender(&k, 7, 1, 0, true);
    kit_step(&k); /* the engine learns the time */
    assert_int_equal(engine_lane_ready(k.e, &i->lane, 0), ERR_OK);
    kit_step(&k);
    assert_int_equal(kit_number_of(&k, COMMAND_DRAW), 1);
    assert_int_equal(engine_drawn(k.e, &i->lane, i, 1, INT64_MAX), ERR_OK);
    kit_step(&k);
    return k;
}

/* Between the look at the clock and the engine's. It is not forgotten: who draws it again has it judged anew. */
static void what_came_when_its_window_was_over_goes_back_and_is_drawn_again(void **state)
{
    struct engine_item i = kit_item(11, 14155550100);
    struct kit k;
    int owner;

    (void)state;
    i.owner = &owner;
    i.closes_wall_ms = KIT_WALL + 1000;
    k = drawn(&i);
    assert_non_null(kit_find(&k, COMMAND_GIVE_BACK, 11));
    assert_ptr_equal(kit_find(&k, COMMAND_GIVE_BACK, 11)->owner, &owner);
    assert_null(kit_find(&k, COMMAND_DRAW, 0)); /* not in a circle */
    k.mono_ms += 1000;
    kit_step(&k);
    assert_int_equal(kit_number_of(&k, COMMAND_DRAW), 1);
    engine_free(k.e);
}

static void what_came_when_its_validity_was_over_ends_expired(void **state)
{
    struct engine_item i = kit_item(11, 14155550100);
    const struct command *c;
    struct kit k;

    (void)state;
    i.expires_wall_ms = KIT_WALL + 1000;
    k = drawn(&i);
    c = kit_find(&k, COMMAND_SETBACK, 11);
    assert_non_null(c);
    assert_int_equal(c->to_state, MESSAGE_EXPIRED);
    assert_int_equal(c->reason, REASON_VALIDITY);
    assert_null(kit_find(&k, COMMAND_ARM, 11));
    engine_free(k.e);
}

static void a_lane_with_nothing_now_is_not_drawn_from(void **state)
{
    struct kit k = kit_new((struct engine_config){.seed = 1, .guard_ms = -1});
    struct engine_lane l = lane_of(1, 0);

    (void)state;
    kit_sender(&k, 7, 1, 0, true);
    assert_int_equal(engine_lane_ready(k.e, &l, INT64_MAX), ERR_OK);
    assert_int_equal(kit_step(&k), 0);
    assert_int_equal(engine_lane_ready(k.e, &l, 0), ERR_OK);
    kit_step(&k);
    assert_int_equal(kit_number_of(&k, COMMAND_DRAW), 1);
    engine_free(k.e);
}

/* One lane holds all that fits: it does not push itself out. Another's message does. */
static void a_full_engine_leaves_an_offer_in_the_store(void **state)
{
    struct kit k = kit_new((struct engine_config){.seed = 1, .guard_ms = -1, .items_max = 4});
    struct engine_item i = kit_item(15, 14155550150);

    (void)state;
    kit_sender(&k, 7, 1, 0, true);
    for (uint64_t m = 11; m <= 14; m++) kit_offer(&k, kit_item(m, 14155550000 + m));
    assert_int_equal(engine_offer(k.e, &i), ERR_FULL);
    assert_false(engine_holds(k.e, 15));
    i.lane.kind = 1;
    assert_int_equal(engine_offer(k.e, &i), ERR_OK);
    kit_step(&k);
    assert_int_equal(kit_number_of(&k, COMMAND_GIVE_BACK), 4);
    assert_non_null(kit_find(&k, COMMAND_ARM, 15));
    engine_free(k.e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_account_has_so_many_draws_out_at_a_time),
        cmocka_unit_test(all_accounts_together_have_so_many_out),
        cmocka_unit_test(nobody_draws_ahead_beyond_it),
        cmocka_unit_test(what_came_when_its_window_was_over_goes_back_and_is_drawn_again),
        cmocka_unit_test(what_came_when_its_validity_was_over_ends_expired),
        cmocka_unit_test(a_full_engine_leaves_an_offer_in_the_store),
        cmocka_unit_test(a_lane_with_nothing_now_is_not_drawn_from),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
