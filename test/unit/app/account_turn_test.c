/* account_turn: what is stored of a turn is stored whole, whoever changes the organization meanwhile; what is put off
 * is told once. */
#include "app/account_turn.h"
#include "app/accounts.h"
#include "app/numbers_inside.h"
#include "house.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct house h;
static enum err (*org_get)(struct store_reader *r, struct arena *a, org_id id, struct org *out);
static int changes_left;
static enum err (*orgs_listed)(struct store_reader *r, struct arena *a, org_id after, struct org *out, size_t *count);
static bool twin_comes;

/* Between our reading and our storing somebody else stores the organization. */
static enum err org_get_then_change(struct store_reader *r, struct arena *a, org_id id, struct org *out)
{
    enum err code = org_get(r, a, id, out);
    struct change_org c = {.head = {.kind = CHANGE_ORG}, .org = *out};

    if (code != ERR_OK || changes_left == 0) return code;
    changes_left--;
    c.org.share++;
    house_change(&h, &c.head, ERR_OK);
    return code;
}

static int begin(void **state)
{
    (void)state;
    house_open(&h);
    org_get = h.ops.org_get;
    h.ops.org_get = org_get_then_change;
    changes_left = 0;
    return 0;
}

static int end(void **state)
{
    (void)state;
    house_close(&h);
    return 0;
}

static struct account_turn turn(void)
{
    return (struct account_turn){.app = &h.app, .r = h.reader, .a = &h.text, .work = {.org = h.org}, .org = h.acme};
}

static void assert_stored(const char *token, enum account_rotation rotation)
{
    struct account_progress p;
    struct account_work w;
    struct org org;

    assert_int_equal(org_get(h.reader, &h.text, h.org, &org), ERR_OK);
    assert_true(str_equal(org.token_sealed, str_from(token)));
    assert_int_equal(h.store->ops->account_get(h.reader, &h.text, h.org, &w), ERR_OK);
    assert_int_equal(account_progress_read(w.progress, &p), ERR_OK);
    assert_int_equal(p.rotation, rotation);
}

static void a_token_and_its_rotation_are_stored_together_or_not_at_all(void **state)
{
    struct account_turn t = turn();

    (void)state;
    assert_int_equal(account_store(&t, 0, false), ACCOUNT_ON);
    t.org.token_sealed = STR("new");
    t.p.rotation = ROTATION_BOTH;
    changes_left = 99;
    assert_int_equal(account_store(&t, ACCOUNT_SET_ACCOUNT, false), ACCOUNT_LOST);
    changes_left = 0;
    assert_stored("", ROTATION_NONE);
    t.org.token_sealed = STR("new");
    changes_left = 1; /* somebody edits the organization once: that is no reason to lose anything */
    assert_int_equal(account_store(&t, ACCOUNT_SET_ACCOUNT, false), ACCOUNT_ON);
    assert_stored("new", ROTATION_BOTH);
}

static struct org closed(struct org org)
{
    org.state = ORG_CLOSED;
    return org;
}

static struct org twin_of(const char *slug, enum org_state state)
{
    struct change_org c = {.head = {.kind = CHANGE_ORG}, .org = h.acme};

    c.org.id = 0;
    c.org.rev = 0;
    c.org.state = state;
    (void)snprintf(c.org.slug, sizeof c.org.slug, "%s", slug);
    (void)snprintf(c.org.hook_path, sizeof c.org.hook_path, "%.16s", "twintwintwintwin");
    house_change(&h, &c.head, ERR_OK);
    return c.org;
}

static void an_old_token_is_kept_while_another_has_the_account(void **state)
{
    struct account_turn t = turn();
    struct problem p;
    struct org twin;

    (void)state;
    t.p.rotation = ROTATION_BOTH; /* long ago: both are to become one now */
    problem_init(&p, &h.text);
    twin = twin_of("twin", ORG_ACTIVE);
    assert_int_equal(accounts_alone(h.reader, &h.acme, &p), ERR_CONFLICT);
    assert_int_equal(account_rotate(&t), ACCOUNT_WAIT);
    assert_non_null(strstr(t.words, "organization twin has the same account"));
    assert_int_equal(t.p.rotation, ROTATION_BOTH);
    house_change(&h, &(struct change_org){.head = {.kind = CHANGE_ORG}, .org = closed(twin)}.head, ERR_OK);
    problem_init(&p, &h.text);
    assert_int_equal(accounts_alone(h.reader, &h.acme, &p), ERR_OK);
}

/* Right after the organizations were read, another takes the account. */
static enum err orgs_then_twin(struct store_reader *r, struct arena *a, org_id after, struct org *out, size_t *count)
{
    enum err code = orgs_listed(r, a, after, out, count);

    if (twin_comes) (void)twin_of("late", ORG_ACTIVE);
    twin_comes = false;
    return code;
}

/* Without the second look the turn would ask Twilio, which this test has none of. */
static void who_takes_the_account_while_it_is_asked_keeps_the_old_token(void **state)
{
    struct account_turn t = turn();

    (void)state;
    t.p.rotation = ROTATION_BOTH;
    orgs_listed = h.ops.orgs;
    h.ops.orgs = orgs_then_twin;
    twin_comes = true;
    assert_int_equal(account_rotate(&t), ACCOUNT_WAIT);
    assert_non_null(strstr(t.words, "organization late has the same account"));
    assert_int_equal(t.p.rotation, ROTATION_BOTH); /* as the turn's end stores it */
}

static void a_key_that_may_be_there_does_not_look_revoked(void **state)
{
    struct account_turn t = turn();

    (void)state;
    t.p.keys_count = 3;
    t.p.keys[0] = (struct account_key){.id = 1, .state = ACCOUNT_KEY_MAKING};
    t.p.keys[1] = (struct account_key){.id = 2, .state = ACCOUNT_KEY_READY};
    t.p.keys[2] = (struct account_key){.id = 3, .state = ACCOUNT_KEY_WANTED};
    account_keys_withdraw(&t, false); /* Twilio did not close the account */
    assert_int_equal(t.p.keys[0].state, ACCOUNT_KEY_MAKING);
    assert_int_equal(t.p.keys[1].state, ACCOUNT_KEY_REVOKING);
    assert_int_equal(t.p.keys[2].state, ACCOUNT_KEY_REVOKED);
    account_keys_withdraw(&t, true);
    for (size_t i = 0; i < t.p.keys_count; i++) assert_int_equal(t.p.keys[i].state, ACCOUNT_KEY_REVOKED);
}

static void a_number_that_cannot_be_begun_says_so_once(void **state)
{
    struct owned_number n = {.org = h.org, .program = 1, .state = OWNED_WANTED, .kind = OWNED_LOCAL, .wish = STR("{}"),
                             .next_ms = 1, .created_ms = 1, .updated_ms = 1};
    struct change_owned c = {.head = {.kind = CHANGE_OWNED}, .org = h.org, .rows = &n, .count = 1};
    struct numbers_turn t = {.app = &h.app, .r = h.reader, .a = &h.text};
    struct event events[16];
    size_t count = 16, told = 0;

    (void)state;
    house_change(&h, &c.head, ERR_OK);
    (void)fault_set(&t.f, ERR_CONFLICT, "the organization is not active");
    for (int i = 0; i < 6; i++) assert_true(numbers_turn_put_off(&t, &n));
    assert_int_equal(n.failures, 0); /* nothing was tried: what others buy first is counted by itself */
    assert_int_equal(h.store->ops->events(h.reader, h.org, 0, events, &count), ERR_OK);
    for (size_t i = 0; i < count; i++) told += events[i].type == EVENT_NUMBER;
    assert_int_equal(told, 2); /* wanted, and why it waits */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_token_and_its_rotation_are_stored_together_or_not_at_all, begin, end),
        cmocka_unit_test_setup_teardown(an_old_token_is_kept_while_another_has_the_account, begin, end),
        cmocka_unit_test_setup_teardown(who_takes_the_account_while_it_is_asked_keeps_the_old_token, begin, end),
        cmocka_unit_test_setup_teardown(a_key_that_may_be_there_does_not_look_revoked, begin, end),
        cmocka_unit_test_setup_teardown(a_number_that_cannot_be_begun_says_so_once, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
