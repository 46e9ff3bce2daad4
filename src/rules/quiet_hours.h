/*
 * quiet_hours: when marketing may lawfully reach somebody.
 *
 * US: the federal floor 08:00-21:00 at the called party's clock, and each state's stricter row
 * (data/us-quiet-hours.tsv: 47 CFR 64.1200(c)(1), 16 CFR 310.4(c), state statutes). Elsewhere
 * data/country-rules.tsv; a country without a rule there gets 09:00-20:00 and no Sunday. A moment is
 * lawful if every plausible state's rule allows it in every plausible zone (compliance notes, section 3).
 * Nothing known of a US number: every state in its own zones at once.
 *
 * Not here yet: legal holidays, caps per day, the stricter hours some states set for automated devices.
 * Transactional and conversational messages have no window. Pure but for tzdata (rules/zone.h);
 * thread-safe.
 */
#ifndef STERLING_RULES_QUIET_HOURS_H
#define STERLING_RULES_QUIET_HOURS_H

#include "rules/message_kind.h"
#include "rules/phone.h"

enum { QUIET_STATES_MAX = 3, QUIET_ZONES_MAX = 4 };

/* Where somebody may be: one country, and of it states (US only) and zones. No state means any of the
 * country's, no zone means all the zones of the states or of the country. Sorted, without doubles. */
struct quiet_places {
    char country[3];
    char states[QUIET_STATES_MAX][3];
    const char *zones[QUIET_ZONES_MAX]; /* static names */
    uint8_t state_count, zone_count;
};

/* What the number alone tells. */
void quiet_places_of_phone(const struct phone *phone, struct quiet_places *out);
/* Adds what the tenant knows. ERR_INVALID for a state or zone that does not exist (or a state outside the
 * US), ERR_LIMIT beyond what a key can hold; *p is unchanged then. An alias of a zone ("US/Eastern") is
 * taken by its proper name. */
MUST_CHECK enum err quiet_places_add_state(struct quiet_places *p, struct str state);
MUST_CHECK enum err quiet_places_add_zone(struct quiet_places *p, struct str zone);

/*
 * The places as one number, for campaigns to bucket their recipients by. Stable: the same places give the
 * same key in every version, and a key means the same places (states and zones are held by numbers that
 * are never given out again). 0 is "somewhere in the US". Fits int64.
 */
uint64_t quiet_hours_bucket_key(const struct quiet_places *p);
/* The way back. ERR_INVALID if no places give that key. */
MUST_CHECK enum err quiet_hours_places(uint64_t key, struct quiet_places *out);

struct quiet_window {
    bool open;
    int64_t next_open_ms; /* now if open; else the first lawful instant; INT64_MAX: never */
    int64_t closes_ms;    /* when that window ends: nothing may arrive at or after it; INT64_MAX: never */
    /* What closes it: the rule ("KY", "US", "GB"), its source and the zone. Static; "" when nothing does. */
    const char *rule, *source, *zone;
};

/* May a message of `kind` reach those places now? The answer holds until closes_ms if open, else until
 * next_open_ms, so keep it till then. Costs a few microseconds for one zone. ERR_INVALID for a bad key,
 * ERR_NOT_FOUND when tzdata lacks a zone; the window is then closed for ever. */
MUST_CHECK enum err quiet_hours_window(uint64_t key, enum message_kind kind, int64_t now_ms,
                                       struct quiet_window *out);

#endif
