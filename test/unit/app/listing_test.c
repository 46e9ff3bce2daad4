/* What a provider's list says about one attempt in doubt: which row is ours, and when enough was read. */
#include "app/listing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { NUMBER = 155501 };
static const int64_t ARMED_MS = 1000000;

static struct doubt_listing begun(void)
{
    struct doubt_listing l;

    listing_begin(&l, 7, NUMBER, ARMED_MS, 1000, listing_body_hash(STR("Hello, Ann")));
    return l;
}

static struct provider_item row(const char *sid, int64_t created_ms, const char *body)
{
    struct provider_item r = {.status = PROVIDER_QUEUED, .date_created_ms = created_ms, .body = str_from(body)};

    (void)snprintf(r.sid, sizeof r.sid, "%s", sid);
    (void)snprintf(r.to, sizeof r.to, "+%d", (int)NUMBER);
    (void)snprintf(r.direction, sizeof r.direction, "outbound-api");
    return r;
}

static bool bound_to_another(void *ctx, struct str sid)
{
    return str_equal(sid, str_from(ctx));
}

static char nobodys[] = "", first[] = "SM1";

static void a_message_to_the_number_is_ours(void **state)
{
    struct doubt_listing l = begun();
    struct provider_item r = row("SM1", ARMED_MS + 5000, "hello ann");

    (void)state;
    assert_true(listing_page(&l, &r, 1, false, bound_to_another, nobodys));
    assert_true(l.found && l.found_by_body);
    assert_string_equal(l.sid, "SM1");
}

static void one_bound_to_another_message_is_left_out(void **state)
{
    struct doubt_listing l = begun();
    struct provider_item rows[] = {row("SM2", ARMED_MS + 9000, "other"), row("SM1", ARMED_MS + 5000, "hello ann")};

    (void)state;
    assert_true(listing_page(&l, rows, 2, false, bound_to_another, first));
    assert_true(l.found && !l.found_by_body);
    assert_string_equal(l.sid, "SM2");
}

static void others_texts_are_left_out(void **state)
{
    struct doubt_listing l = begun();
    struct provider_item inbound = row("SM1", ARMED_MS + 1000, "STOP"), reply = row("SM2", ARMED_MS + 2000, "bye");
    struct provider_item elsewhere = row("SM3", ARMED_MS + 3000, "hello ann");
    struct provider_item rows[3];

    (void)state;
    inbound.inbound = true;
    (void)snprintf(reply.direction, sizeof reply.direction, "outbound-reply");
    (void)snprintf(elsewhere.to, sizeof elsewhere.to, "+15550000");
    rows[0] = inbound;
    rows[1] = reply;
    rows[2] = elsewhere;
    assert_true(listing_page(&l, rows, 3, false, bound_to_another, nobodys));
    assert_false(l.found);
}

static void a_list_is_complete_only_when_it_was_read_to_before_the_arming(void **state)
{
    struct doubt_listing l = begun();
    struct provider_item later = row("SM1", ARMED_MS + 5000, "x"), earlier = row("SM2", ARMED_MS - 5000, "hello ann");

    (void)state;
    assert_false(listing_page(&l, &later, 1, true, bound_to_another, first));
    assert_true(listing_page(&l, &earlier, 1, true, bound_to_another, first));
    assert_false(l.found); /* older than the attempt */
    assert_int_equal(l.pages, 2);
}

static bool is_found(enum provider_status status, int64_t created_ms, const char *body)
{
    struct doubt_listing l;
    struct provider_item r = row("SM1", created_ms, body);

    listing_begin(&l, 7, NUMBER, ARMED_MS, LISTING_FAR_MS, listing_body_hash(STR("Hello, Ann")));
    l.dates_tell = l.text_tells = true;
    r.status = status;
    assert_true(listing_page(&l, &r, 1, false, bound_to_another, nobodys));
    return l.found;
}

/* After a restart lists are read far back: what earlier attempts left there is bound to nobody any more. */
static void what_an_earlier_attempt_left_is_not_ours(void **state)
{
    (void)state;
    assert_false(is_found(PROVIDER_FAILED, ARMED_MS - 60000, "hello ann"));
    assert_false(is_found(PROVIDER_UNDELIVERED, ARMED_MS - 60000, "another text"));
    assert_true(is_found(PROVIDER_UNDELIVERED, ARMED_MS - 60000, "hello ann"));
    assert_false(is_found(PROVIDER_UNDELIVERED, ARMED_MS - 5000, "another text"));
    assert_false(is_found(PROVIDER_FAILED, ARMED_MS - 5000, "another text"));
    assert_true(is_found(PROVIDER_FAILED, ARMED_MS + 1000, "hello ann"));
    assert_true(is_found(PROVIDER_UNDELIVERED, ARMED_MS + 1000, ""));
    assert_true(is_found(PROVIDER_DELIVERED, ARMED_MS - 60000, "another text"));
}

static bool is_found_by_text_alone(const char *body)
{
    struct doubt_listing l;
    struct provider_item r = row("SM1", ARMED_MS - 3600000, body);

    listing_begin(&l, 7, NUMBER, ARMED_MS, LISTING_FAR_MS, listing_body_hash(STR("Hello, Ann")));
    r.status = PROVIDER_FAILED;
    assert_true(listing_page(&l, &r, 1, false, bound_to_another, nobodys));
    return l.found;
}

/* The clock was stepped since the arming, and no earlier attempt is known that could have left it. */
static void what_failed_with_our_text_is_ours_when_dates_tell_nothing(void **state)
{
    (void)state;
    assert_true(is_found_by_text_alone("hello ann"));
    assert_false(is_found_by_text_alone("another text"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_to_the_number_is_ours),
        cmocka_unit_test(one_bound_to_another_message_is_left_out),
        cmocka_unit_test(others_texts_are_left_out),
        cmocka_unit_test(what_an_earlier_attempt_left_is_not_ours),
        cmocka_unit_test(what_failed_with_our_text_is_ours_when_dates_tell_nothing),
        cmocka_unit_test(a_list_is_complete_only_when_it_was_read_to_before_the_arming),
    };
    return cmocka_run_group_tests_name("listing", tests, NULL, NULL);
}
