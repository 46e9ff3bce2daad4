/* Each pattern of sending that carriers filter or fine: just before it is one, and from where it is. */
#include "rules/sending_pattern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const int64_t DAY = 86400000, NOW = INT64_C(1800000000000);
static const char OFFER[] = "Acme Outdoor: half price on all tents until Sunday. Reply STOP to opt out.";
static const char NEWS[] = "Acme Outdoor: our new shop in the station opens on Monday at nine, come and see it.";

static struct sending_campaign campaign(uint64_t id, uint32_t program, int64_t age_ms, int64_t people, const char *text)
{
    struct sending_campaign c = {.id = id, .program = program, .marketing = true, .at_ms = NOW - age_ms,
                                 .people = people};

    alike_hear(str_from(text), &c.text);
    return c;
}

static struct sending_case planned(int64_t people, const char *text)
{
    return (struct sending_case){.now_ms = NOW, .one = campaign(1, 7, 0, people, text), .home = true,
                                 .has_fields = true};
}

/* What it says of that pattern; "": it is not found. */
static const char *said(const struct sending_case *c, const struct sending_campaign *others, size_t count,
                        enum sending_pattern_id id)
{
    static char words[SENDING_WORDS_BYTES];
    struct sending_finding found[SENDING_PATTERNS];
    size_t n = sending_judge(c, others, count, found);

    for (size_t i = 0; i < n; i++) {
        if (found[i].pattern != &sending_patterns[id]) continue;
        sending_words(&found[i], words);
        return words;
    }
    return "";
}

static void expect_edge(int64_t least, struct sending_case *c, size_t *number, enum sending_pattern_id id)
{
    *number = (size_t)least - 1;
    assert_string_equal(said(c, NULL, 0, id), "");
    *number = (size_t)least;
    assert_string_not_equal(said(c, NULL, 0, id), "");
}

static void an_ordinary_campaign_shows_none(void **state)
{
    struct sending_campaign others[] = {campaign(2, 7, 7 * DAY, 900, OFFER), campaign(3, 8, 3 * DAY, 900, NEWS)};
    struct sending_case c = planned(1000, OFFER);
    struct sending_finding found[SENDING_PATTERNS];

    (void)state;
    c.numbers = (struct sending_numbers){.active = 3, .settled = 3, .dropped = 1};
    c.useful_numbers = 2;
    assert_int_equal(sending_judge(&c, others, 2, found), 0);
    c.has_fields = false;
    c.home = true;
    assert_int_equal(sending_judge(&c, others, 2, found), 0);
}

static void a_text_over_several_programs_is_snowshoeing(void **state)
{
    struct sending_campaign others[] = {campaign(2, 8, 30 * DAY, 10, OFFER), campaign(3, 8, DAY, 10, OFFER),
                                        campaign(4, 9, 2 * DAY, 10, OFFER)};
    struct sending_case c = planned(100, OFFER);

    (void)state;
    assert_string_equal(said(&c, others, 1, SENDING_PROGRAM_HOPPING),
                        "2 programs send this text, or as good as this, within 30 days.");
    assert_string_equal(said(&c, others, 3, SENDING_PROGRAM_HOPPING),
                        "3 programs send this text, or as good as this, within 30 days.");
    others[0].at_ms--;
    assert_string_equal(said(&c, others, 1, SENDING_PROGRAM_HOPPING), "");
    others[0] = campaign(2, 7, DAY, 10, OFFER); /* its own */
    assert_string_equal(said(&c, others, 1, SENDING_PROGRAM_HOPPING), "");
    others[0] = campaign(2, 8, DAY, 10, NEWS);
    assert_string_equal(said(&c, others, 1, SENDING_PROGRAM_HOPPING), "");
    others[1].marketing = false;
    assert_string_equal(said(&c, &others[1], 1, SENDING_PROGRAM_HOPPING), "");
    others[2].at_ms = NOW + 3 * DAY; /* one that will start */
    assert_string_not_equal(said(&c, &others[2], 1, SENDING_PROGRAM_HOPPING), "");
}

static void a_text_that_hopped_is_told_once_and_not_for_ever(void **state)
{
    struct sending_campaign all[] = {campaign(5, 7, 0, 10, OFFER),        campaign(4, 7, DAY, 10, OFFER),
                                     campaign(3, 7, 2 * DAY, 10, NEWS),   campaign(2, 8, 3 * DAY, 10, OFFER),
                                     campaign(1, 8, 30 * DAY, 10, OFFER)};
    struct sending_hop hops[4];

    (void)state;
    assert_int_equal(sending_hopped(all, 5, NOW, hops, 4), 1);
    assert_int_equal(hops[0].campaign, 5);
    assert_int_equal(hops[0].finding.seen, 2);
    assert_int_equal(sending_hopped(all, 5, NOW + 30 * DAY, hops, 4), 1);
    assert_int_equal(sending_hopped(all, 5, NOW + 30 * DAY + 1, hops, 4), 0);
    assert_int_equal(sending_hopped(all, 3, NOW, hops, 4), 0);
    assert_int_equal(sending_hopped(all, 5, NOW, hops, 0), 0); /* as many as there is room for */
}

static void many_numbers_are_more_than_carriers_or_speed_want(void **state)
{
    struct sending_case c = planned(100, OFFER);

    (void)state;
    expect_edge(50, &c, &c.numbers.active, SENDING_MANY_NUMBERS);
    c.useful_numbers = 3;
    expect_edge(13, &c, &c.numbers.active, SENDING_MANY_NUMBERS);
    assert_string_equal(said(&c, NULL, 0, SENDING_MANY_NUMBERS),
                        "The program has 13 long codes; 3 would carry what carriers let it send.");
}

static void numbers_that_carry_next_to_nothing_are_idle(void **state)
{
    struct sending_campaign others[] = {campaign(2, 7, 30 * DAY, 999, NEWS), campaign(3, 8, DAY, 100000, NEWS)};
    struct sending_case c = planned(100, OFFER);

    (void)state;
    c.numbers = (struct sending_numbers){.active = 10, .settled = 10};
    assert_string_equal(said(&c, others, 2, SENDING_IDLE_NUMBERS),
                        "10 long codes carried campaigns to 999 people in 30 days.");
    others[0].people = 1000;
    assert_string_equal(said(&c, others, 2, SENDING_IDLE_NUMBERS), "");
    others[0].people = 999;
    c.numbers.settled = 9;
    assert_string_equal(said(&c, others, 2, SENDING_IDLE_NUMBERS), "");
    c.numbers.settled = 10;
    others[0].at_ms--; /* nothing is known of the last month */
    assert_string_equal(said(&c, others, 2, SENDING_IDLE_NUMBERS), "");
}

static void numbers_that_come_and_go_are_recycled(void **state)
{
    struct sending_case c = planned(100, OFFER);

    (void)state;
    c.numbers.active = 4;
    expect_edge(5, &c, &c.numbers.dropped, SENDING_NUMBER_ROTATION);
    c.numbers.active = 21; /* of many, five are no pattern */
    assert_string_equal(said(&c, NULL, 0, SENDING_NUMBER_ROTATION), "");
}

static void numbers_count_by_their_age(void **state)
{
    struct sending_numbers n = {0};

    (void)state;
    sending_numbers_add(&n, NOW - 30 * DAY, false, NOW);
    sending_numbers_add(&n, NOW - 30 * DAY + 1, false, NOW);
    sending_numbers_add(&n, NOW - 60 * DAY, true, NOW);
    sending_numbers_add(&n, NOW - 60 * DAY - 1, true, NOW);
    assert_int_equal(n.active, 2);
    assert_int_equal(n.settled, 1);
    assert_int_equal(n.dropped, 1);
}

static void one_text_to_very_many_is_a_burst(void **state)
{
    struct sending_campaign parts[] = {campaign(2, 7, DAY, 2000, OFFER), campaign(3, 7, 0, 2000, OFFER)};
    struct sending_case c = planned(4999, OFFER);

    (void)state;
    c.has_fields = false;
    assert_string_equal(said(&c, NULL, 0, SENDING_IDENTICAL_TEXT), "");
    c.one.people = 5000;
    assert_string_not_equal(said(&c, NULL, 0, SENDING_IDENTICAL_TEXT), "");
    c.has_fields = true;
    assert_string_equal(said(&c, NULL, 0, SENDING_IDENTICAL_TEXT), "");
    c.one.people = 1000; /* a list cut in three does not hide it, nor do fields */
    assert_string_equal(said(&c, parts, 2, SENDING_IDENTICAL_TEXT),
                        "5000 people get the same text, or as good as the same, from 3 campaign(s) of a day.");
    parts[0].at_ms--;
    assert_string_equal(said(&c, parts, 2, SENDING_IDENTICAL_TEXT), "");
}

static void a_sudden_rise_is_held_against_the_last_months(void **state)
{
    struct sending_campaign others[] = {campaign(2, 7, 90 * DAY, 501, NEWS), campaign(3, 8, DAY, 9000, NEWS)};
    struct sending_campaign fewer[] = {others[0], campaign(3, 7, DAY, 500, NEWS)};
    struct sending_case c = planned(5010, OFFER);

    (void)state;
    assert_string_equal(said(&c, fewer, 2, SENDING_VOLUME_JUMP),
                        "It goes to 5010 people; the program's greatest of 90 days went to 501.");
    assert_string_equal(said(&c, others, 2, SENDING_VOLUME_JUMP),
                        "It goes to 5010 people; the program's greatest of 90 days went to 501.");
    c.one.people = 5009;
    assert_string_equal(said(&c, others, 2, SENDING_VOLUME_JUMP), "");
    others[0].at_ms--; /* too long ago: as if it had never sent */
    assert_string_not_equal(said(&c, others, 2, SENDING_VOLUME_JUMP), "");
    others[0] = campaign(2, 7, -DAY, 90000, NEWS); /* what will come was never sent */
    assert_string_not_equal(said(&c, others, 2, SENDING_VOLUME_JUMP), "");
    c.one.people = 4999;
    assert_string_equal(said(&c, others, 2, SENDING_VOLUME_JUMP), "");
}

static void a_gray_route_is_one(void **state)
{
    struct sending_case c = planned(100, OFFER);

    (void)state;
    assert_string_equal(said(&c, NULL, 0, SENDING_GRAY_ROUTE), "");
    c.home = false;
    assert_string_not_equal(said(&c, NULL, 0, SENDING_GRAY_ROUTE), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ordinary_campaign_shows_none),
        cmocka_unit_test(a_text_over_several_programs_is_snowshoeing),
        cmocka_unit_test(a_text_that_hopped_is_told_once_and_not_for_ever),
        cmocka_unit_test(many_numbers_are_more_than_carriers_or_speed_want),
        cmocka_unit_test(numbers_that_carry_next_to_nothing_are_idle),
        cmocka_unit_test(numbers_that_come_and_go_are_recycled),
        cmocka_unit_test(numbers_count_by_their_age),
        cmocka_unit_test(one_text_to_very_many_is_a_burst),
        cmocka_unit_test(a_sudden_rise_is_held_against_the_last_months),
        cmocka_unit_test(a_gray_route_is_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
