/*
 * quiet_places: where somebody may be, for the sake of quiet hours, and those places as one number.
 *
 * A number's area code is a first guess, since numbers move; what the tenant knows is added to it, never put
 * in its place (compliance notes, section 3, rules 1 and 2). Pure; allocates nothing.
 */
#ifndef STERLING_RULES_QUIET_PLACES_H
#define STERLING_RULES_QUIET_PLACES_H

#include "rules/phone.h"

enum { QUIET_STATES_MAX = 2, QUIET_ZONES_MAX = 5 };

/* Whether the stricter hours of automated devices count (data/us-automated-hours.tsv): who sends decides that, and for
 * what. Stable: they are in keys. */
enum quiet_automated {
    QUIET_AUTOMATED_OFF = 0,
    QUIET_AUTOMATED_MARKETING, /* for marketing */
    QUIET_AUTOMATED_ALL,       /* for transactional texts too, where the act speaks of every call */
};

const char *quiet_automated_name(enum quiet_automated a); /* "off", "marketing", "all" */
MUST_CHECK enum err quiet_automated_parse(struct str name, enum quiet_automated *out);

/* One country, and of it states (US only) and zones. No state means any of the country's, no zone means all
 * zones of the states or of the country. Sorted, without doubles. More places than fit are made wider, never
 * narrower: any state, then all of the country. */
struct quiet_places {
    char country[3]; /* "" for numbers that belong to no country */
    char states[QUIET_STATES_MAX][3];
    const char *zones[QUIET_ZONES_MAX]; /* static, proper names */
    uint8_t state_count, zone_count;
    bool any_state; /* US: in those zones whatever the state; states that are added later change nothing */
    bool anywhere;  /* all of the country, whatever of it is added later */
    enum quiet_automated automated; /* US only */
};

/* What the number alone tells. */
void quiet_places_of_phone(const struct phone *phone, struct quiet_places *out);
/* Adds the country where the person lives, as ISO 3166 ("CA"). Of a number that tells no place (toll-free, and those of
 * no country) it tells which country's hours hold; between the US and Canada the strictest of all states hold, as with
 * a code across the border. ERR_INVALID for a country without time zones, ERR_LIMIT for any other than the number's: a
 * key holds one country, and time_zone can say where in the world somebody is; *p is unchanged then. */
MUST_CHECK enum err quiet_places_add_country(struct quiet_places *p, struct str country);
/* Adds the state the tenant gives ("TX") with all of its zones; but if it is one of p->states already, by the
 * number or a postal code, its zones are as good as known. Outside the US states play no part and this does
 * nothing. ERR_INVALID for a state that does not exist, ERR_LIMIT if what is known already reaches abroad and no
 * more fits; *p is unchanged then. */
MUST_CHECK enum err quiet_places_add_state(struct quiet_places *p, struct str state);
/* Adds the places of a postal code (rules/postal.h). Only for numbers of the US and Canada; elsewhere codes
 * play no part. A number of the one with a code of the other is somewhere under the strictest hours of all
 * states, which satisfy Canada's too. ERR_INVALID for a code that tells no place, ERR_LIMIT as above. */
MUST_CHECK enum err quiet_places_add_postal(struct quiet_places *p, struct str code);
/* Adds the time zone the tenant gives, by its proper name or an alias ("US/Eastern"); it may be abroad. Of a
 * country or state of several zones, of which nothing else told zones, it tells which. ERR_INVALID for a zone
 * that does not exist, ERR_LIMIT beyond QUIET_ZONES_MAX; *p is unchanged then. A state and a zone on top of any
 * number always fit. */
MUST_CHECK enum err quiet_places_add_zone(struct quiet_places *p, struct str zone);

/* What a tenant says about where somebody is, each empty if nothing: all of it joined with the number. On failure
 * *wrong names what could not be taken ("country", "postal_code", "state", "time_zone"), and *p has the rest. */
struct quiet_said {
    struct str country, postal_code, state, time_zone;
};
MUST_CHECK enum err quiet_places_join(struct quiet_places *p, const struct quiet_said *said, const char **wrong);
/* Does any of it play a part for a number of p's country? What is refused still does. */
bool quiet_places_are_said(const struct quiet_places *p, const struct quiet_said *said);

/*
 * The places as one number, for campaigns to bucket their recipients by. Stable: the same places give the
 * same key in every version, and a key means the same places (states and zones are held by numbers that
 * are never given out again). 0 is "somewhere in the US". Fits int64.
 */
uint64_t quiet_hours_bucket_key(const struct quiet_places *p);
/* The same places, judged with the hours of automated devices or without; keys of other countries stay as they are. */
uint64_t quiet_hours_with_automated(uint64_t key, enum quiet_automated automated);
/* The way back. ERR_INVALID if no places give that key. */
MUST_CHECK enum err quiet_hours_places(uint64_t key, struct quiet_places *out);

#endif
