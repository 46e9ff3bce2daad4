/*
 * quiet_places: gathers where somebody may be and packs it into a key. Owns nothing.
 *
 * A key, from its lowest bit: in the US two states of 6 bits each; elsewhere two letters of the country,
 * each 1 … 26 in 6 bits, and bit 62. Then, from bit 12, five zones of 9 bits. Unused places are 0.
 */
#include "rules/quiet_places.h"

#include "rules/quiet_tables.h"
#include "rules/zone_names.h"

#include <string.h>

enum { STATE_BITS = 6, ZONE_BITS = 9, ZONES_AT = 12, STATE_MASK = 63, ZONE_MASK = 511 };
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

static bool is_us(const struct quiet_places *p)
{
    return strcmp(p->country, "US") == 0;
}

static bool has_zone(const struct quiet_places *p, const char *zone)
{
    for (unsigned i = 0; i < p->zone_count; i++)
        if (strcmp(p->zones[i], zone) == 0) return true;
    return false;
}

enum err quiet_places_add_zone(struct quiet_places *p, struct str zone)
{
    unsigned id = zone_names_id(zone), at = p->zone_count;
    if (id == 0) return ERR_INVALID;
    if (has_zone(p, zone_names_of_id(id))) return ERR_OK;
    if (at == QUIET_ZONES_MAX) return ERR_LIMIT;
    for (; at > 0 && zone_names_id(str_from(p->zones[at - 1])) > id; at--)
        p->zones[at] = p->zones[at - 1];
    p->zones[at] = zone_names_of_id(id);
    p->zone_count++;
    return ERR_OK;
}

static enum err add_state_alone(struct quiet_places *p, struct str state)
{
    unsigned number = state_number(state), at = p->state_count;
    if (number == 0) return ERR_INVALID;
    for (unsigned i = 0; i < at; i++)
        if (str_equal(state, str_from(p->states[i]))) return ERR_OK;
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

static enum err add_zones_of_state(struct quiet_places *p, struct str state)
{
    for (size_t i = 0; i < quiet_state_zone_count; i++)
        if (is_zone_of(&quiet_state_zones[i], state) && has_zone(p, quiet_state_zones[i].zone)) return ERR_OK;
    enum err err = ERR_OK;
    for (size_t i = 0; i < quiet_state_zone_count && err == ERR_OK; i++)
        if (is_zone_of(&quiet_state_zones[i], state))
            err = quiet_places_add_zone(p, str_from(quiet_state_zones[i].zone));
    return err;
}

enum err quiet_places_add_state(struct quiet_places *p, struct str state)
{
    if (!is_us(p)) return ERR_OK;
    struct quiet_places wider = *p;
    enum err err = add_state_alone(&wider, state);
    /* Without a zone the states' own zones are meant anyhow. */
    if (err == ERR_OK && p->zone_count > 0) err = add_zones_of_state(&wider, state);
    if (err == ERR_OK) *p = wider;
    return err;
}

void quiet_places_of_phone(const struct phone *phone, struct quiet_places *out)
{
    *out = (struct quiet_places){.state_count = 0};
    memcpy(out->country, phone->country, sizeof(out->country));
    if (is_us(out) && phone->region[0] != '\0')
        BUG_IF(add_state_alone(out, str_from(phone->region)) != ERR_OK);
    /* Abroad the number tells the country only, and no zone already means all of it. */
    if (phone->area_code == 0) return;
    for (const char *const *zone = phone->zones; *zone != NULL; zone++)
        BUG_IF(quiet_places_add_zone(out, str_from(*zone)) != ERR_OK);
}

static bool is_letters(const char *country)
{
    return country[0] >= 'A' && country[0] <= 'Z' && country[1] >= 'A' && country[1] <= 'Z' &&
           country[2] == '\0';
}

uint64_t quiet_hours_bucket_key(const struct quiet_places *p)
{
    uint64_t key = 0;
    if (is_us(p)) {
        for (unsigned i = 0; i < p->state_count; i++)
            key |= (uint64_t)state_number(str_from(p->states[i])) << (i * STATE_BITS);
    } else {
        key = ABROAD;
        if (is_letters(p->country))
            key |= (uint64_t)(p->country[0] - 'A' + 1) | (uint64_t)(p->country[1] - 'A' + 1) << STATE_BITS;
    }
    for (unsigned i = 0; i < p->zone_count; i++)
        key |= (uint64_t)zone_names_id(str_from(p->zones[i])) << (ZONES_AT + i * ZONE_BITS);
    return key;
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
    memcpy(out->country, "US", 3);
    for (unsigned i = 0; i < QUIET_STATES_MAX; i++) {
        unsigned number = key >> (i * STATE_BITS) & STATE_MASK;
        if (number == 0) continue;
        if (number > STATES || add_state_alone(out, str_from(state_numbers[number - 1])) != ERR_OK)
            return ERR_INVALID;
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
        err = zone == NULL ? ERR_INVALID : quiet_places_add_zone(out, str_from(zone));
    }
    /* Only what packs to the same key again came from packing: no doubles, no gaps, in order. */
    if (err != ERR_OK || quiet_hours_bucket_key(out) != key) return ERR_INVALID;
    return ERR_OK;
}
