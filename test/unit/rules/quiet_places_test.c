/* quiet_places: what a number and a tenant tell, and keys there and back. */
#include "rules/quiet_places.h"

#include "base/rng.h"
#include "rules/nanp.h"
#include "rules/quiet_tables.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static struct quiet_places of(const char *number)
{
    struct phone phone;
    struct quiet_places p;
    assert_int_equal(phone_parse(str_from(number), "US", &phone, NULL), ERR_OK);
    quiet_places_of_phone(&phone, &p);
    return p;
}

static void check_way_back(const struct quiet_places *p)
{
    struct quiet_places again;
    uint64_t key = quiet_hours_bucket_key(p);
    assert_int_equal(quiet_hours_places(key, &again), ERR_OK);
    assert_string_equal(again.country, p->country);
    assert_int_equal(again.state_count, p->state_count);
    assert_int_equal(again.zone_count, p->zone_count);
    for (unsigned i = 0; i < p->state_count; i++)
        assert_string_equal(again.states[i], p->states[i]);
    for (unsigned i = 0; i < p->zone_count; i++)
        assert_string_equal(again.zones[i], p->zones[i]);
    assert_true(key < UINT64_C(1) << 63);
}

static struct quiet_places with(struct quiet_places p, const char *postal_code, const char *state,
                                const char *time_zone)
{
    const struct quiet_said said = {
        .postal_code = str_from(postal_code), .state = str_from(state), .time_zone = str_from(time_zone)};
    const char *wrong;
    assert_int_equal(quiet_places_join(&p, &said, &wrong), ERR_OK);
    check_way_back(&p);
    return p;
}

static bool is_in(const struct quiet_places *p, const char *zone)
{
    for (unsigned i = 0; i < p->zone_count; i++)
        if (strcmp(p->zones[i], zone) == 0) return true;
    return false;
}

static void every_area_code_has_a_key_that_leads_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < nanp_area_count; i++) {
        struct phone phone = {0};
        struct quiet_places p;
        if (phone_from_digits((1000ULL + nanp_areas[i].code) * 10000000 + 5550123, &phone) != ERR_OK)
            continue;
        quiet_places_of_phone(&phone, &p);
        check_way_back(&p);
    }
}

/* They are stored: a change here would send recipients at another place's hours. */
static void keys_never_change_their_meaning(void **state)
{
    (void)state;
    struct quiet_places p = of("+18005550199");
    assert_int_equal(quiet_hours_bucket_key(&p), 0);
    p = of("+12125550123");
    assert_int_equal(quiet_hours_bucket_key(&p), 38 | 373 << 12);
    p = of("+447400123456");
    assert_int_equal(quiet_hours_bucket_key(&p), UINT64_C(1) << 62 | 7 | 2 << 6);
    static const char *const states[] = {
        "AK", "AL", "AR", "AS", "AZ", "CA", "CO", "CT", "DC", "DE", "FL", "GA", "GU", "HI",
        "IA", "ID", "IL", "IN", "KS", "KY", "LA", "MA", "MD", "ME", "MI", "MN", "MO", "MP",
        "MS", "MT", "NC", "ND", "NE", "NH", "NJ", "NM", "NV", "NY", "OH", "OK", "OR", "PA",
        "PR", "RI", "SC", "SD", "TN", "TX", "UT", "VA", "VI", "VT", "WA", "WI", "WV", "WY"};
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        p = (struct quiet_places){.country = "US"};
        assert_int_equal(quiet_places_add_state(&p, str_from(states[i])), ERR_OK);
        assert_int_equal(quiet_hours_bucket_key(&p), i + 1);
    }
    p = of("+18505550123");
    assert_string_equal(p.states[0], "FL");
    assert_int_equal(quiet_hours_bucket_key(&p), UINT64_C(11) | UINT64_C(373) << 12 | UINT64_C(383) << 21);
}

static void the_same_places_in_any_order_give_one_key(void **state)
{
    (void)state;
    struct quiet_places a = of("+12125550123"), b = of("+14155550123");
    assert_int_equal(quiet_places_add_state(&a, STR("CA")), ERR_OK);
    assert_int_equal(quiet_places_add_state(&b, STR("NY")), ERR_OK);
    assert_int_equal(quiet_hours_bucket_key(&a), quiet_hours_bucket_key(&b));
    assert_string_equal(a.states[0], "CA");
    assert_string_equal(a.states[1], "NY");
    check_way_back(&a);
}

/* Which states reach into two zones is told by quiet_state_zones; numbers of every area code meet each. */
static void a_state_brings_all_of_its_zones(void **state)
{
    (void)state;
    for (size_t i = 0; i < nanp_area_count; i++) {
        struct phone phone = {0};
        struct quiet_places number;
        if (phone_from_digits((1000ULL + nanp_areas[i].code) * 10000000 + 5550123, &phone) != ERR_OK) continue;
        quiet_places_of_phone(&phone, &number);
        for (size_t j = 0; j < quiet_state_zone_count && number.zone_count > 0; j++) {
            struct quiet_places p = number;
            struct str other = str_from(quiet_states[quiet_state_zones[j].state].place);
            if (strcmp(p.country, "US") != 0 || str_equal(other, str_from(p.states[0]))) continue;
            assert_int_equal(quiet_places_add_state(&p, other), ERR_OK);
            assert_true(is_in(&p, quiet_state_zones[j].zone));
            assert_true(is_in(&p, number.zones[0]));
        }
    }
    struct quiet_places p = of("+12125550123"); /* Memphis is an hour behind New York and Knoxville */
    assert_int_equal(quiet_places_add_state(&p, STR("TN")), ERR_OK);
    assert_int_equal(p.zone_count, 2);
    assert_true(is_in(&p, "America/Chicago"));
    p = with(of("+12125550123"), "", "TX", "America/Chicago");
    assert_int_equal(p.zone_count, 3);
}

static void a_state_that_is_told_already_brings_no_more(void **state)
{
    (void)state;
    struct quiet_places p = of("+16155550123"); /* Nashville */
    assert_int_equal(quiet_places_add_state(&p, STR("TN")), ERR_OK);
    assert_int_equal(p.zone_count, 1);
    p = with(of("+12125550123"), "37402", "TN", ""); /* Chattanooga */
    assert_int_equal(p.state_count, 2);
    assert_int_equal(p.zone_count, 1);
    assert_string_equal(p.zones[0], "America/New_York");
}

static void a_zone_tells_where_in_its_state_if_nothing_else_does(void **state)
{
    (void)state;
    struct quiet_places p = with(of("+18005550199"), "", "TN", "America/Chicago");
    assert_int_equal(p.zone_count, 1);
    p = with(of("+18005550199"), "", "TN", "America/Denver");
    assert_int_equal(p.zone_count, 3);
    p = of("+18005550199"); /* not a zone of both states: neither is known better */
    assert_int_equal(quiet_places_add_state(&p, STR("AL")), ERR_OK);
    assert_int_equal(quiet_places_add_state(&p, STR("TN")), ERR_OK);
    assert_int_equal(quiet_places_add_zone(&p, STR("America/New_York")), ERR_OK);
    assert_int_equal(p.zone_count, 2);
}

static void an_alias_of_a_zone_is_the_zone(void **state)
{
    (void)state;
    struct quiet_places p = of("+12125550123");
    assert_int_equal(quiet_places_add_zone(&p, STR("US/Eastern")), ERR_OK);
    assert_int_equal(p.zone_count, 1);
    assert_int_equal(quiet_places_add_zone(&p, STR("Europe/Kiev")), ERR_OK);
    assert_string_equal(p.zones[0], "Europe/Kyiv");
    check_way_back(&p);
}

static void what_does_not_exist_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    struct quiet_places p = of("+12125550123"), before = p;
    assert_int_equal(quiet_places_add_state(&p, STR("ON")), ERR_INVALID);
    assert_int_equal(quiet_places_add_state(&p, STR("ny")), ERR_INVALID);
    assert_int_equal(quiet_places_add_state(&p, STR("")), ERR_INVALID);
    assert_int_equal(quiet_places_add_zone(&p, STR("America/Nowhere")), ERR_INVALID);
    assert_memory_equal(&p, &before, sizeof(p));
}

static void one_state_and_one_zone_fit_on_top_of_any_number(void **state)
{
    (void)state;
    for (size_t i = 0; i < nanp_area_count; i++) {
        struct phone phone = {0};
        struct quiet_places p;
        if (phone_from_digits((1000ULL + nanp_areas[i].code) * 10000000 + 5550123, &phone) != ERR_OK)
            continue;
        quiet_places_of_phone(&phone, &p);
        assert_int_equal(quiet_places_add_state(&p, STR("AK")), ERR_OK);
        /* A Canadian number without a place may be in more zones than fit beside one abroad. */
        bool fits = p.zone_count > 0 || strcmp(p.country, "CA") != 0;
        assert_int_equal(quiet_places_add_zone(&p, STR("Asia/Tokyo")), fits ? ERR_OK : ERR_LIMIT);
        check_way_back(&p);
    }
}

static void more_zones_than_a_key_can_hold_are_refused_abroad(void **state)
{
    (void)state;
    static const char *const zones[] = {"Asia/Tokyo", "Asia/Seoul", "Asia/Dubai", "Europe/Rome"};
    struct quiet_places p = of("+12125550123"), before;
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(quiet_places_add_zone(&p, str_from(zones[i])), ERR_OK);
    before = p;
    assert_int_equal(quiet_places_add_zone(&p, STR("Europe/Paris")), ERR_LIMIT);
    assert_int_equal(quiet_places_add_state(&p, STR("TX")), ERR_LIMIT);
    assert_int_equal(quiet_places_add_postal(&p, STR("90210")), ERR_LIMIT);
    assert_memory_equal(&p, &before, sizeof(p));
}

static void a_third_state_makes_it_any_state_in_the_zones_of_all(void **state)
{
    (void)state;
    struct quiet_places p = with(of("+12125550123"), "90210", "TX", "");
    assert_int_equal(p.state_count, 0);
    assert_int_equal(p.zone_count, 4);
    /* A fourth changes nothing but zones, and one that does not exist is still refused. */
    assert_int_equal(quiet_places_add_state(&p, STR("CT")), ERR_OK);
    assert_int_equal(p.state_count, 0);
    assert_int_equal(quiet_places_add_state(&p, STR("ON")), ERR_INVALID);
}

static void more_zones_of_the_country_than_fit_are_all_of_it(void **state)
{
    (void)state;
    /* Kentucky or Tennessee, Oregon, Alaska: six zones. */
    struct quiet_places p = with(of("+12705550123"), "97901", "AK", "");
    assert_int_equal(quiet_hours_bucket_key(&p), 0);
    assert_int_equal(quiet_places_add_zone(&p, STR("America/Denver")), ERR_OK);
    assert_int_equal(quiet_hours_bucket_key(&p), 0);
    assert_int_equal(quiet_places_add_zone(&p, STR("Asia/Tokyo")), ERR_LIMIT);
    assert_int_equal(quiet_places_add_postal(&p, STR("94105")), ERR_OK);
    assert_int_equal(quiet_hours_bucket_key(&p), 0);
    assert_int_equal(quiet_places_add_postal(&p, STR("V5K 0A1")), ERR_LIMIT);
    assert_int_equal(quiet_places_add_country(&p, STR("CA")), ERR_OK); /* it is under the strictest hours already */
    assert_int_equal(quiet_hours_bucket_key(&p), 0);
    p = with(of("+18675550123"), "A0P 1S0", "", "");
    assert_string_equal(p.country, "CA");
    assert_int_equal(p.zone_count, 0);
}

static void a_key_full_of_zones_takes_no_code_across_the_border(void **state)
{
    static const char *const zones[] = {"America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles",
                                        "America/Anchorage"};
    struct quiet_places p = of("+18005550199"), before;
    (void)state;
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++)
        assert_int_equal(quiet_places_add_zone(&p, str_from(zones[i])), ERR_OK);
    before = p;
    assert_int_equal(quiet_places_add_postal(&p, STR("V5K 0A1")), ERR_LIMIT);
    assert_int_equal(quiet_places_add_postal(&p, STR("X0A 0A0")), ERR_LIMIT); /* in four zones */
    assert_memory_equal(&p, &before, sizeof p);
}

static void all_zones_of_any_two_states_fit(void **state)
{
    (void)state;
    for (size_t i = 0; i < quiet_state_count; i++)
        for (size_t j = 0; j < quiet_state_count; j++) {
            struct quiet_places p = {.country = "US"};
            assert_int_equal(quiet_places_add_state(&p, str_from(quiet_states[i].place)), ERR_OK);
            assert_int_equal(quiet_places_add_state(&p, str_from(quiet_states[j].place)), ERR_OK);
            assert_int_equal(quiet_places_add_zone(&p, STR("America/New_York")), ERR_OK);
            check_way_back(&p);
        }
}

static void a_postal_code_is_added_to_what_the_number_tells(void **state)
{
    (void)state;
    struct quiet_places p = with(of("+12125550123"), "90210-1234", "", "");
    assert_int_equal(p.state_count, 2);
    assert_string_equal(p.states[0], "CA");
    assert_string_equal(p.states[1], "NY");
    assert_int_equal(p.zone_count, 2);
    /* Of a number that tells no place the code tells it all. */
    p = with(of("+18005550199"), "2139", "", "");
    assert_string_equal(p.states[0], "MA");
    assert_int_equal(p.state_count, 1);
    assert_int_equal(p.zone_count, 1);
    p = with(of("+19285550123"), "86515", "", ""); /* Window Rock, on both sides of a state line */
    assert_string_equal(p.states[0], "AZ");
    assert_string_equal(p.states[1], "NM");
    p = with(of("+16715550123"), "96939", "", ""); /* Palau: whatever the state */
    assert_int_equal(p.state_count, 0);
    assert_int_equal(p.zone_count, 2);
}

static void a_code_across_the_border_is_under_the_strictest_hours(void **state)
{
    (void)state;
    struct quiet_places p = with(of("+12125550123"), "V5K 0A1", "", "");
    assert_string_equal(p.country, "US");
    assert_int_equal(p.state_count, 0);
    assert_int_equal(p.zone_count, 2);
    p = with(of("+16045550123"), "98101", "", "");
    assert_string_equal(p.country, "US");
    assert_int_equal(p.state_count, 0);
    p = with(of("+447400123456"), "98101", "", "");
    assert_string_equal(p.country, "GB");
    assert_int_equal(p.zone_count, 0);
}

static struct quiet_places living_in(struct quiet_places p, const char *country)
{
    const struct quiet_said said = {.country = str_from(country)};
    const char *wrong;
    assert_int_equal(quiet_places_join(&p, &said, &wrong), ERR_OK);
    check_way_back(&p);
    return p;
}

static void a_country_narrows_a_number_that_tells_no_place(void **state)
{
    struct quiet_places toll_free = living_in(of("+18005550123"), "CA"), none;
    const struct quiet_said in_canada = {.country = STR("CA")}, at_home = {.country = STR("US")};
    (void)state;
    assert_string_equal(toll_free.country, "CA");
    assert_true(toll_free.zone_count == 0 && !toll_free.any_state);
    assert_string_equal(living_in(of("+18005550123"), "US").country, "US");
    none = (struct quiet_places){.country = ""};
    none = living_in(none, "GB");
    assert_string_equal(none.country, "GB");
    assert_true(quiet_places_are_said(&toll_free, &at_home) && !quiet_places_are_said(&toll_free, &in_canada));
}

static void a_country_across_the_border_is_under_the_strictest_hours(void **state)
{
    struct quiet_places p = living_in(of("+16135550123"), "US"); /* Ottawa */
    (void)state;
    assert_true(p.any_state && p.state_count == 0 && is_in(&p, "America/Toronto"));
    p = living_in(of("+12125550123"), "CA");
    assert_true(p.any_state && is_in(&p, "America/New_York"));
    assert_string_equal(living_in(of("+12125550123"), "US").states[0], "NY"); /* nothing new */
    p = of("+18005550123");
    assert_int_equal(quiet_places_add_zone(&p, STR("America/Denver")), ERR_OK);
    p = living_in(p, "CA"); /* the zone tells more than the number */
    assert_true(p.any_state && is_in(&p, "America/Denver"));
}

static void another_country_than_the_numbers_is_refused(void **state)
{
    struct quiet_places p = of("+33612345678"), before = p;
    (void)state;
    assert_int_equal(quiet_places_add_country(&p, STR("GB")), ERR_LIMIT);
    assert_int_equal(quiet_places_add_country(&p, STR("XX")), ERR_INVALID);
    assert_int_equal(quiet_places_add_country(&p, STR("France")), ERR_INVALID);
    assert_int_equal(quiet_places_add_country(&p, STR("fr")), ERR_INVALID);
    assert_int_equal(quiet_places_add_country(&p, STR("F")), ERR_INVALID);
    assert_int_equal(quiet_places_add_country(&p, ((struct str){"F\0", 2})), ERR_INVALID);
    assert_int_equal(quiet_places_add_country(&p, STR("FR")), ERR_OK);
    assert_memory_equal(&p, &before, sizeof p);
    p = of("+12125550123");
    assert_int_equal(quiet_places_add_country(&p, STR("GB")), ERR_LIMIT);
}

static void a_code_that_tells_no_place_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",         "0",      "00",       "9021",   "x",       "90210-",
                                      "90210-12", "902101", "SW1A 1AA", "K1A 0B", "D1A 0B1", "09012",
                                      "34012",    "96201",  "00001",    "902 10", "9021O",   "K1A  0B1"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct quiet_places p = of("+12125550123"), before = p;
        assert_int_equal(quiet_places_add_postal(&p, str_from(bad[i])), ERR_INVALID);
        assert_memory_equal(&p, &before, sizeof(p));
    }
    struct quiet_places p = of("+12125550123");
    assert_int_equal(quiet_places_add_postal(&p, STR("601")), ERR_OK); /* 00601, Puerto Rico */
    assert_string_equal(p.states[1], "PR");
}

static void a_zone_abroad_is_added_to_those_of_the_country(void **state)
{
    (void)state;
    struct quiet_places p = with(of("+447400123456"), "", "", "America/New_York");
    assert_int_equal(p.zone_count, 2);
    p = with(of("+5511961234567"), "", "", "America/Sao_Paulo"); /* of its own it tells which */
    assert_int_equal(p.zone_count, 1);
    assert_int_equal(quiet_places_add_zone(&p, STR("Asia/Tokyo")), ERR_OK);
    assert_int_equal(p.zone_count, 2);
    p = of("+5511961234567");
    assert_int_equal(quiet_places_add_zone(&p, STR("Asia/Tokyo")), ERR_LIMIT);
    p = with((struct quiet_places){.country = ""}, "", "", "Asia/Tokyo"); /* a number of no country has none */
    assert_int_equal(p.zone_count, 1);
    /* A state of a number without a place keeps its zones. */
    p = with(of("+18005550199"), "", "NY", "America/Los_Angeles");
    assert_int_equal(p.zone_count, 2);
}

static void what_cannot_be_taken_is_named(void **state)
{
    (void)state;
    const struct quiet_said bad[] = {
        {.postal_code = STR("x")}, {.state = STR("ON")}, {.time_zone = STR("Mars")}, {.country = STR("Mars")}};
    static const char *const names[] = {"postal_code", "state", "time_zone", "country"};
    for (size_t i = 0; i < 4; i++) {
        struct quiet_places p = of("+12125550123");
        const char *wrong = NULL;
        assert_int_equal(quiet_places_join(&p, &bad[i], &wrong), ERR_INVALID);
        assert_string_equal(wrong, names[i]);
    }
}

static void abroad_states_play_no_part(void **state)
{
    (void)state;
    struct quiet_places p = of("+14165550123");
    assert_string_equal(p.country, "CA");
    assert_int_equal(p.zone_count, 1);
    assert_int_equal(quiet_places_add_state(&p, STR("ON")), ERR_OK);
    assert_int_equal(p.state_count, 0);
    p = of("+447400123456");
    assert_int_equal(p.zone_count, 0);
}

static void a_number_that_is_no_key_is_refused(void **state)
{
    (void)state;
    static const uint64_t bad[] = {57,
                                   38 | 38 << 6,
                                   38 << 6,
                                   6 | 38 << 6 | 511ULL << 12,
                                   383ULL << 12 | 373ULL << 21,
                                   373ULL << 21,
                                   1ULL << 62 | 27,
                                   1ULL << 62 | 7,
                                   3ULL << 57,
                                   1ULL << 59,
                                   1ULL << 62 | 7 | 5 << 6 | 1ULL << 57,
                                   1ULL << 61,
                                   1ULL << 63,
                                   UINT64_MAX};
    struct rng rng = rng_seeded(7);
    struct quiet_places p;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(quiet_hours_places(bad[i], &p), ERR_INVALID);
    for (int i = 0; i < 20000; i++) {
        uint64_t key = rng_u64(&rng) & (rng_u64(&rng) | 0xFFF);
        if (quiet_hours_places(key, &p) == ERR_OK) assert_int_equal(quiet_hours_bucket_key(&p), key);
    }
}

static void what_is_no_code_of_a_country_is_no_country(void **state)
{
    static const char codes[][3] = {"", "a", "1A", "A1", "[A", "A[", "aA", "Aa"};
    struct quiet_places p = {.state_count = 0}, out;
    uint64_t nowhere = quiet_hours_bucket_key(&p);
    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        memcpy(p.country, codes[i], 3);
        assert_int_equal(quiet_hours_bucket_key(&p), nowhere);
    }
    assert_int_equal(quiet_hours_places(nowhere, &out), ERR_OK);
    assert_string_equal(out.country, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_area_code_has_a_key_that_leads_back),
        cmocka_unit_test(keys_never_change_their_meaning),
        cmocka_unit_test(the_same_places_in_any_order_give_one_key),
        cmocka_unit_test(a_state_brings_all_of_its_zones),
        cmocka_unit_test(a_state_that_is_told_already_brings_no_more),
        cmocka_unit_test(a_zone_tells_where_in_its_state_if_nothing_else_does),
        cmocka_unit_test(an_alias_of_a_zone_is_the_zone),
        cmocka_unit_test(what_does_not_exist_is_refused_and_changes_nothing),
        cmocka_unit_test(one_state_and_one_zone_fit_on_top_of_any_number),
        cmocka_unit_test(more_zones_than_a_key_can_hold_are_refused_abroad),
        cmocka_unit_test(a_third_state_makes_it_any_state_in_the_zones_of_all),
        cmocka_unit_test(more_zones_of_the_country_than_fit_are_all_of_it),
        cmocka_unit_test(a_key_full_of_zones_takes_no_code_across_the_border),
        cmocka_unit_test(all_zones_of_any_two_states_fit),
        cmocka_unit_test(a_postal_code_is_added_to_what_the_number_tells),
        cmocka_unit_test(a_code_across_the_border_is_under_the_strictest_hours),
        cmocka_unit_test(a_country_narrows_a_number_that_tells_no_place),
        cmocka_unit_test(a_country_across_the_border_is_under_the_strictest_hours),
        cmocka_unit_test(another_country_than_the_numbers_is_refused),
        cmocka_unit_test(a_code_that_tells_no_place_is_refused),
        cmocka_unit_test(a_zone_abroad_is_added_to_those_of_the_country),
        cmocka_unit_test(what_cannot_be_taken_is_named),
        cmocka_unit_test(abroad_states_play_no_part),
        cmocka_unit_test(a_number_that_is_no_key_is_refused),
        cmocka_unit_test(what_is_no_code_of_a_country_is_no_country),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
