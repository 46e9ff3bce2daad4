/*
 * quiet_places: gathers where somebody may be and packs it into a key. Owns nothing.
 *
 * A key, from its lowest bit: in the US two states of 6 bits each; elsewhere two letters of the country,
 * each 1 … 26 in 6 bits, and bit 62. Then, from bit 12, five zones of 9 bits; in the US, from bit 57, whether the hours
 * of automated devices count. Unused places are 0.
 */
#include "rules/quiet_places.h"

#include "base/mutant.h"
#include "rules/postal.h"
#include "rules/quiet_tables.h"
#include "rules/zone_names.h"

#include <string.h>

enum { STATE_BITS = 6, ZONE_BITS = 9, ZONES_AT = 12, STATE_MASK = 63, ZONE_MASK = 511, AUTOMATED_AT = 57 };
#define AUTOMATED_MASK (UINT64_C(3) << AUTOMATED_AT)
#define ABROAD (UINT64_C(1) << 62)
#define KEY_MASK (ABROAD | ((UINT64_C(1) << (ZONES_AT + QUIET_ZONES_MAX * ZONE_BITS)) - 1))

/* A state's number is its place here plus 1. Keys are stored, so only ever add at the end. */
static const char state_numbers[][3] = {
    "AK", "AL", "AR", "AS", "AZ", "CA", "CO", "CT", "DC", "DE", "FL", "GA", "GU", "HI",
    "IA", "ID", "IL", "IN", "KS", "KY", "LA", "MA", "MD", "ME", "MI", "MN", "MO", "MP",
    "MS", "MT", "NC", "ND", "NE", "NH", "NJ", "NM", "NV", "NY", "OH", "OK", "OR", "PA",
    "PR", "RI", "SC", "SD", "TN", "TX", "UT", "VA", "VI", "VT", "WA", "WI", "WV", "WY"};
enum { STATES = sizeof(state_numbers) / sizeof(state_numbers[0]) };

static unsigned state_number(struct str name)
{
    for (unsigned i = 0; i < STATES; i++)
        if (str_equal(name, str_from(state_numbers[i]))) return i + 1;
    return 0;
}

static const char *const AUTOMATED_NAMES[] = {"off", "marketing", "all"};

const char *quiet_automated_name(enum quiet_automated a)
{
    return AUTOMATED_NAMES[a];
}

enum err quiet_automated_parse(struct str name, enum quiet_automated *out)
{
    for (int a = QUIET_AUTOMATED_OFF; a <= QUIET_AUTOMATED_ALL; a++) {
        if (!str_equal(name, str_from(AUTOMATED_NAMES[a]))) continue;
        *out = (enum quiet_automated)a;
        return ERR_OK;
    }
    return ERR_INVALID;
}

static bool is_country(const struct quiet_places *p, const char *country)
{
    return strcmp(p->country, country) == 0;
}

static bool has_zone(const struct quiet_places *p, const char *zone)
{
    for (unsigned i = 0; i < p->zone_count; i++)
        if (strcmp(p->zones[i], zone) == 0) return true;
    return false;
}

static enum err put_zone(struct quiet_places *p, struct str zone)
{
    unsigned id = zone_names_id(zone), at = p->zone_count;
    BUG_IF(id == 0);
    if (has_zone(p, zone_names_of_id(id))) return ERR_OK;
    if (at == QUIET_ZONES_MAX) return ERR_LIMIT;
    for (; at > 0 && zone_names_id(str_from(p->zones[at - 1])) > id; at--)
        p->zones[at] = p->zones[at - 1];
    p->zones[at] = zone_names_of_id(id);
    p->zone_count++;
    return ERR_OK;
}

static bool has_state(const struct quiet_places *p, struct str state)
{
    for (unsigned i = 0; i < p->state_count; i++)
        if (str_equal(state, str_from(p->states[i]))) return true;
    return false;
}

static enum err put_state(struct quiet_places *p, struct str state)
{
    unsigned number = state_number(state), at = p->state_count;
    if (number == 0) return ERR_INVALID;
    if (has_state(p, state)) return ERR_OK;
    if (at == QUIET_STATES_MAX) return ERR_LIMIT;
    for (; at > 0 && strcmp(p->states[at - 1], state_numbers[number - 1]) > 0; at--)
        memcpy(p->states[at], p->states[at - 1], sizeof(p->states[at]));
    memcpy(p->states[at], state_numbers[number - 1], sizeof(p->states[at]));
    p->state_count++;
    return ERR_OK;
}

static bool is_zone_of(const struct quiet_state_zone *z, struct str state)
{
    return str_equal(state, str_from(quiet_states[z->state].place));
}

static enum err put_zones_of_state(struct quiet_places *p, struct str state)
{
    enum err err = ERR_OK;
    for (size_t i = 0; i < quiet_state_zone_count && err == ERR_OK; i++)
        if (is_zone_of(&quiet_state_zones[i], state))
            err = put_zone(p, str_from(quiet_state_zones[i].zone));
    return err;
}

/* Makes plain what "no zone" means for states, before zones are added that are not theirs. */
static void name_zones_of_states(struct quiet_places *p)
{
    if (p->zone_count > 0) return;
    for (unsigned i = 0; i < p->state_count; i++) /* all zones of any two states fit */
        BUG_IF(put_zones_of_state(p, str_from(p->states[i])) != ERR_OK);
}

/* Does "all of the country" mean that zone, too? */
static bool is_zone_of_all(const struct quiet_places *p, const char *zone)
{
    if (!is_country(p, "US")) {
        const char *const *own = zone_names_of_country(p->country);
        while (*own != NULL && strcmp(*own, zone) != 0)
            own++;
        return *own != NULL;
    }
    for (size_t i = 0; i < quiet_state_zone_count; i++)
        if (quiet_state_zones[i].common && strcmp(quiet_state_zones[i].zone, zone) == 0) return true;
    return false;
}

/* More zones than fit: all of the country, if that means them. */
static enum err widen_to_country(struct quiet_places *p)
{
    for (unsigned i = 0; i < p->zone_count; i++)
        if (!is_zone_of_all(p, p->zones[i])) return ERR_LIMIT;
    p->state_count = p->zone_count = 0;
    p->any_state = is_country(p, "US");
    p->anywhere = true;
    return ERR_OK;
}

/* More states than fit: any state, in the zones of all that were named. */
static void widen_to_any_state(struct quiet_places *p)
{
    name_zones_of_states(p);
    p->state_count = 0;
    p->any_state = true;
}

static enum err add_domestic_zone(struct quiet_places *p, const char *zone)
{
    if (p->anywhere) return is_zone_of_all(p, zone) ? ERR_OK : ERR_LIMIT;
    enum err err = put_zone(p, str_from(zone));
    if (err != ERR_LIMIT) return err;
    err = widen_to_country(p);
    return err == ERR_OK && !is_zone_of_all(p, zone) ? ERR_LIMIT : err;
}

static enum err add_state(struct quiet_places *p, struct str state)
{
    if (p->any_state) return state_number(state) == 0 ? ERR_INVALID : ERR_OK;
    enum err err = put_state(p, state);
    if (err != ERR_LIMIT) return err;
    widen_to_any_state(p);
    return ERR_OK;
}

enum err quiet_places_add_state(struct quiet_places *p, struct str state)
{
    if (!is_country(p, "US")) return ERR_OK;
    struct quiet_places wider = *p;
    enum err err = add_state(&wider, state);
    /* Without a zone the states' own zones are meant anyhow; a state that was there came with its zones. */
    if (err == ERR_OK && wider.zone_count > 0 && !has_state(p, state)) err = put_zones_of_state(&wider, state);
    if (err == ERR_LIMIT) err = widen_to_country(&wider);
    if (err == ERR_OK) *p = wider;
    return err;
}

/* A code of the other country: whatever the state, under hours that satisfy both. */
static void cross_the_border(struct quiet_places *p)
{
    name_zones_of_states(p);
    /* Of a Canadian number without a place: every clock of Canada lies between these. */
    if (p->zone_count == 0 && is_country(p, "CA")) {
        BUG_IF(put_zone(p, STR("America/Vancouver")) != ERR_OK);
        BUG_IF(put_zone(p, STR("America/St_Johns")) != ERR_OK);
    }
    memcpy(p->country, "US", 3);
    p->state_count = 0;
    p->any_state = true;
}

/* Nothing but a country is known, and of a +1 number not even that: "US" stands for all that share +1. */
static bool tells_no_place(const struct quiet_places *p)
{
    return p->country[0] == '\0' || (is_country(p, "US") && p->state_count == 0 && p->zone_count == 0 && !p->any_state);
}

enum err quiet_places_add_country(struct quiet_places *p, struct str country)
{
    char name[3];

    if (str_copy(country, name, sizeof name) != ERR_OK || *zone_names_of_country(name) == NULL) return ERR_INVALID;
    if (is_country(p, name)) return ERR_OK;
    if (tells_no_place(p)) {
        memcpy(p->country, name, sizeof name);
        return ERR_OK;
    }
    struct quiet_places wider = *p;
    bool home = is_country(p, "US") || is_country(p, "CA");
    bool neighbour = strcmp(name, "US") == 0 || strcmp(name, "CA") == 0;
    if (!home || !neighbour) return ERR_LIMIT;
    cross_the_border(&wider);
    *p = wider;
    return ERR_OK;
}

static enum err add_prefix(struct quiet_places *p, const struct postal_prefix *found)
{
    enum err err = ERR_OK;
    name_zones_of_states(p);
    if (postal_is_canadian(found) != is_country(p, "CA"))
        cross_the_border(p);
    else if (found->states[0][0] == '*')
        widen_to_any_state(p);
    for (unsigned i = 0; found->states[i] != NULL; i++)
        if (found->states[i][0] >= 'A') BUG_IF(add_state(p, str_from(found->states[i])) != ERR_OK);
    for (unsigned i = 0; found->zones[i] != NULL && err == ERR_OK; i++)
        err = add_domestic_zone(p, found->zones[i]);
    return err;
}

enum err quiet_places_add_postal(struct quiet_places *p, struct str code)
{
    if (!is_country(p, "US") && !is_country(p, "CA")) return ERR_OK;
    const struct postal_prefix *found = postal_find(code);
    if (found == NULL) return ERR_INVALID;
    struct quiet_places wider = *p;
    if (MUTANT(postal_replaces_number)) wider.state_count = wider.zone_count = 0;
    enum err err = add_prefix(&wider, found);
    if (err == ERR_OK) *p = wider;
    return err;
}

/* Of each of them. */
static bool is_zone_of_states(const struct quiet_places *p, const char *zone)
{
    unsigned count = 0;
    for (size_t i = 0; i < quiet_state_zone_count; i++)
        for (unsigned j = 0; j < p->state_count && strcmp(quiet_state_zones[i].zone, zone) == 0; j++)
            if (is_zone_of(&quiet_state_zones[i], str_from(p->states[j]))) count++;
    return count == p->state_count;
}

/* A zone outside the states or the country is one more: their own stay. */
static enum err name_own_zones(struct quiet_places *p, const char *zone)
{
    if (is_country(p, "US")) {
        if (!is_zone_of_states(p, zone)) name_zones_of_states(p);
        return ERR_OK;
    }
    if (p->zone_count > 0 || is_zone_of_all(p, zone)) return ERR_OK;
    enum err err = ERR_OK;
    for (const char *const *own = zone_names_of_country(p->country); *own != NULL && err == ERR_OK; own++)
        err = put_zone(p, str_from(*own));
    return err;
}

enum err quiet_places_add_zone(struct quiet_places *p, struct str zone)
{
    struct quiet_places wider = *p;
    unsigned id = zone_names_id(zone);
    if (id == 0) return ERR_INVALID;
    if (p->anywhere) return is_zone_of_all(p, zone_names_of_id(id)) ? ERR_OK : ERR_LIMIT;
    enum err err = name_own_zones(&wider, zone_names_of_id(id));
    if (err == ERR_OK) err = put_zone(&wider, zone);
    if (err == ERR_OK) *p = wider;
    return err;
}

bool quiet_places_are_said(const struct quiet_places *p, const struct quiet_said *said)
{
    bool us = is_country(p, "US"), postal = us || is_country(p, "CA");
    if (said->country.len > 0 && !str_equal(said->country, str_from(p->country))) return true;
    return (postal && said->postal_code.len > 0) || (us && said->state.len > 0) || said->time_zone.len > 0;
}

enum err quiet_places_join(struct quiet_places *p, const struct quiet_said *said, const char **wrong)
{
    enum err err = ERR_OK;
    *wrong = "country";
    if (said->country.len > 0) err = quiet_places_add_country(p, said->country);
    if (err == ERR_OK) *wrong = "postal_code";
    if (err == ERR_OK && said->postal_code.len > 0) err = quiet_places_add_postal(p, said->postal_code);
    if (err == ERR_OK) *wrong = "state";
    if (err == ERR_OK && said->state.len > 0) err = quiet_places_add_state(p, said->state);
    if (err == ERR_OK) *wrong = "time_zone";
    if (err == ERR_OK && said->time_zone.len > 0) err = quiet_places_add_zone(p, said->time_zone);
    return err;
}

void quiet_places_of_phone(const struct phone *phone, struct quiet_places *out)
{
    *out = (struct quiet_places){.state_count = 0};
    memcpy(out->country, phone->country, sizeof(out->country));
    if (is_country(out, "US") && phone->region[0] != '\0')
        BUG_IF(put_state(out, str_from(phone->region)) != ERR_OK);
    /* Abroad the number tells the country only, and no zone already means all of it. */
    if (phone->area_code == 0) return;
    for (const char *const *zone = phone->zones; *zone != NULL; zone++)
        BUG_IF(put_zone(out, str_from(*zone)) != ERR_OK);
}

static bool is_letters(const char *country)
{
    return country[0] >= 'A' && country[0] <= 'Z' && country[1] >= 'A' && country[1] <= 'Z';
}

uint64_t quiet_hours_bucket_key(const struct quiet_places *p)
{
    uint64_t key = 0;
    if (is_country(p, "US")) {
        for (unsigned i = 0; i < p->state_count; i++)
            key |= (uint64_t)state_number(str_from(p->states[i])) << (i * STATE_BITS);
        key |= (uint64_t)p->automated << AUTOMATED_AT;
    } else {
        key = ABROAD;
        if (is_letters(p->country))
            key |= (uint64_t)(p->country[0] - 'A' + 1) | (uint64_t)(p->country[1] - 'A' + 1) << STATE_BITS;
    }
    for (unsigned i = 0; i < p->zone_count; i++)
        key |= (uint64_t)zone_names_id(str_from(p->zones[i])) << (ZONES_AT + i * ZONE_BITS);
    return key;
}

uint64_t quiet_hours_with_automated(uint64_t key, enum quiet_automated automated)
{
    if ((key & ABROAD) != 0) return key;
    return (key & ~AUTOMATED_MASK) | (uint64_t)automated << AUTOMATED_AT;
}

static enum err unpack_country(uint64_t key, struct quiet_places *out)
{
    unsigned first = key & STATE_MASK, second = key >> STATE_BITS & STATE_MASK;
    if (first > 26 || second > 26 || (first == 0) != (second == 0)) return ERR_INVALID;
    if (first == 0) return ERR_OK;
    out->country[0] = (char)('A' + first - 1);
    out->country[1] = (char)('A' + second - 1);
    return ERR_OK;
}

static enum err unpack_states(uint64_t key, struct quiet_places *out)
{
    unsigned automated = (unsigned)((key & AUTOMATED_MASK) >> AUTOMATED_AT);

    memcpy(out->country, "US", 3);
    if (automated > QUIET_AUTOMATED_ALL) return ERR_INVALID;
    out->automated = (enum quiet_automated)automated;
    for (unsigned i = 0; i < QUIET_STATES_MAX; i++) {
        unsigned number = key >> (i * STATE_BITS) & STATE_MASK;
        if (number == 0) continue;
        if (number > STATES) return ERR_INVALID;
        BUG_IF(put_state(out, str_from(state_numbers[number - 1])) != ERR_OK);
    }
    return ERR_OK;
}

enum err quiet_hours_places(uint64_t key, struct quiet_places *out)
{
    *out = (struct quiet_places){.state_count = 0};
    enum err err = key & ABROAD ? unpack_country(key, out) : unpack_states(key, out);
    for (unsigned i = 0; i < QUIET_ZONES_MAX && err == ERR_OK; i++) {
        unsigned id = key >> (ZONES_AT + i * ZONE_BITS) & ZONE_MASK;
        const char *zone = zone_names_of_id(id);
        if (id == 0) continue;
        err = zone == NULL ? ERR_INVALID : put_zone(out, str_from(zone));
    }
    /* Only what packs to the same key again came from packing: no doubles, no gaps, in order. */
    if (err != ERR_OK || quiet_hours_bucket_key(out) != key) return ERR_INVALID;
    out->any_state = is_country(out, "US") && out->state_count == 0 && out->zone_count > 0;
    return ERR_OK;
}
