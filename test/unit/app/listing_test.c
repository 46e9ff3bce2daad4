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
    r.status = status;
    assert_true(listing_page(&l, &r, 1, false, bound_to_another, nobodys));
    return l.found;
}

/* A provider may have changed the text, a clock may have been stepped, and a message may have failed since. */
static void neither_text_nor_date_nor_fate_rules_one_out(void **state)
{
    static const char *const TEXTS[] = {"hello ann", "Sent from your trial account - Hello, Ann", "another text", ""};
    static const enum provider_status FATES[] = {PROVIDER_QUEUED, PROVIDER_DELIVERED, PROVIDER_UNDELIVERED,
                                                 PROVIDER_FAILED, PROVIDER_CANCELED};

    (void)state;
    for (size_t t = 0; t < sizeof TEXTS / sizeof TEXTS[0]; t++) {
        for (size_t f = 0; f < sizeof FATES / sizeof FATES[0]; f++) {
            assert_true(is_found(FATES[f], ARMED_MS + 1000, TEXTS[t]));
            assert_true(is_found(FATES[f], ARMED_MS - 3600000, TEXTS[t]));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_to_the_number_is_ours),
        cmocka_unit_test(one_bound_to_another_message_is_left_out),
        cmocka_unit_test(others_texts_are_left_out),
        cmocka_unit_test(neither_text_nor_date_nor_fate_rules_one_out),
        cmocka_unit_test(a_list_is_complete_only_when_it_was_read_to_before_the_arming),
    };
    return cmocka_run_group_tests_name("listing", tests, NULL, NULL);
}
