/*
 * quiet_hours: when marketing may lawfully reach somebody.
 *
 * US: the federal floor 08:00-21:00 at the called party's clock, and each state's stricter row
 * (data/us-quiet-hours.tsv: 47 CFR 64.1200(c)(1), 16 CFR 310.4(c), state statutes). Elsewhere
 * data/country-rules.tsv; a country without a rule there gets 09:00-20:00 and no Sunday. A moment is
 * lawful if every plausible state's rule allows it in every plausible zone (compliance notes, section 3).
 * Nothing known of a US number: every state in its own zones at once.
 *
 * Rules have days of validity: the one in force on the local day counts, so a change of law is a change of a table.
 * Where a law names holidays it is closed on them (rules/holiday.h). Transactional and conversational messages have no
 * window, but that a key may ask for the stricter hours that some states set for automated devices
 * (data/us-automated-hours.tsv), which may hold transactional ones as well. Not here: holidays or emergencies that are
 * declared ad hoc. Pure but for tzdata (rules/zone.h); thread-safe.
 */
#ifndef STERLING_RULES_QUIET_HOURS_H
#define STERLING_RULES_QUIET_HOURS_H

#include "rules/message_kind.h"
#include "rules/quiet_places.h"

struct quiet_window {
    bool open;
    int64_t next_open_ms; /* now if open; else the first lawful instant; INT64_MAX: none within 15 days */
    int64_t closes_ms;    /* when that window ends: nothing may arrive at or after it; INT64_MAX: never */
    /* Whose rule it is: if open, that which closes first, else that which opens last. A state ("KY"), "US" or
     * a country; its source; its zone. Static; "" when nothing ever closes. */
    const char *rule, *source, *zone;
};

/* May a message of `kind` reach the places of that key (quiet_hours_bucket_key) now? The answer holds until
 * closes_ms if open, else until next_open_ms, so keep it till then: it costs about a microsecond a zone, and
 * some hundred for "somewhere in the US". ERR_INVALID for a bad key, ERR_NOT_FOUND when tzdata lacks a zone
 * (too old); the window is then closed and has no next. */
MUST_CHECK enum err quiet_hours_window(uint64_t key, enum message_kind kind, int64_t now_ms,
                                       struct quiet_window *out);

/* May hours hold at all for messages of that kind to that key? */
bool quiet_hours_any(uint64_t key, enum message_kind kind);

/* Does data/country-rules.tsv say anything of that country (ISO 3166)? */
bool quiet_hours_knows_country(const char *country);

/* One rule in one zone, as it stands at an instant: what a window is made of. Static texts. */
struct quiet_line {
    const char *rule, *source, *zone;
    const char *holiday;          /* the local day's, if the rule closes on it; else "" */
    int64_t opens_ms, closes_ms;  /* the window that holds then, or the next; INT64_MAX: none within 8 days */
    uint8_t cap, cap_hours;       /* 0: none */
};
enum { QUIET_LINES_MAX = 128 };
/* All of a key for that kind; `out` has room for QUIET_LINES_MAX. Fails as above; *count is 0 then. */
MUST_CHECK enum err quiet_hours_lines(uint64_t key, enum message_kind kind, int64_t now_ms,
                                      struct quiet_line *out, size_t *count);

/* How many marketing messages one person may get in so many hours, whoever of an organization sends them: the strictest
 * of the plausible rules. count 0: no law known to us says. Fails as above. */
struct quiet_cap {
    uint8_t count, hours;
    const char *rule, *source; /* static; "" without a cap */
};
MUST_CHECK enum err quiet_hours_cap(uint64_t key, int64_t now_ms, struct quiet_cap *out);

#endif
