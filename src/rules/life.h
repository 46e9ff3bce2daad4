/*
 * life: the states of a message and the moves between them (design section 4).
 *
 *     queued/held -> armed -> accepted -> sent -> delivered
 *                          \-> in_doubt -/    \-> undelivered, failed
 *     ends without the provider: failed, blocked, canceled, expired
 *
 * `armed` is never the state of a stored message row: an arms record without an outcome says it. Pure:
 * tables only. Whoever moves a message asks message_transition_legal first; a move that is not legal is a
 * bug, except a provider's late or doubled word, which message_rank sets aside.
 */
#ifndef STERLING_RULES_LIFE_H
#define STERLING_RULES_LIFE_H

#include "base/str.h"

/* Stable numbers: they are stored. The homes are: queued: a run beyond its cursor, or a `due` row; armed:
 * an arms record without an outcome; held: a `due` row in the future; in doubt: a `doubt` row; all other
 * states: the message row itself. */
enum message_state {
    MESSAGE_QUEUED = 1, MESSAGE_ARMED, MESSAGE_ACCEPTED, MESSAGE_SENT, MESSAGE_HELD,
    MESSAGE_IN_DOUBT, MESSAGE_DELIVERED, MESSAGE_UNDELIVERED, MESSAGE_FAILED, MESSAGE_BLOCKED,
    MESSAGE_CANCELED, MESSAGE_EXPIRED,
    MESSAGE_STATES /* count, last */
};

/* Why a message was held or ended without the provider's word. Stable numbers: they are stored. */
enum message_reason {
    REASON_NONE = 0,
    REASON_OPTED_OUT = 1, REASON_CONTACT_DELETED = 2, REASON_UNFILLED_FIELD = 3,
    REASON_QUIET_HOURS = 4, REASON_NO_SENDER = 5, REASON_REGISTRATION = 6, REASON_ORG_SUSPENDED = 7,
    REASON_SPEND_CAP = 8, REASON_TOO_LONG = 9, REASON_VALIDITY = 10, REASON_CAMPAIGN_CANCELED = 11,
    REASON_SCHEDULED = 12, REASON_RETRY = 13, REASON_FENCE = 14, REASON_SENDER_BUSY = 15,
    REASON_CANCELED_BY_USER = 16, REASON_ATTEMPTS = 17, REASON_TOLL_FREE_UNVERIFIED = 18,
    REASON_BUCKET_CHANGED = 19, REASON_CONFIGURATION = 20, REASON_COUNTRY = 21,
    REASON_STALE = 22, /* facts changed between drawing and arming: asked again */
    REASON_CONTENT = 23, /* rules/content.h blocks it */
    REASON_NO_CONSENT = 24, /* marketing, and no express written consent is on record */
    REASON_FREQUENCY = 25, /* so many were sent to this person lately as may be: rules/frequency.h */
    REASON_SENDER_COUNTRY = 27, REASON_SENDER_UNREGISTERED = 28, REASON_NO_WAY_OUT = 29, /* rules/alpha.h */
    REASON_NUMBER = 26, /* a landline, invalid, out of service …: rules/number_facts.h */
};

/* True if a message may go from one to the other (staying where it is counts for queued and held, which
 * may be put off again). False for numbers outside the enum. */
bool message_transition_legal(enum message_state from, enum message_state to);
/* No further move without the provider's word: delivered, undelivered, failed, blocked, canceled, expired. */
bool message_state_final(enum message_state s);

/* How much the provider has told about a message in that state, 0 … 6: nothing < accepted < canceled <
 * sent < failed < undelivered < delivered. A status applies only when its own rank is higher than the
 * message's, so that late, doubled and reordered callbacks commute. `bound`: a provider SID is known for
 * the last attempt; a queued one with a SID is waiting to be sent again after `failed` (or `undelivered`),
 * and then only `delivered` can still tell something new of that attempt. */
int message_rank(enum message_state s, bool bound);

/* "queued", "armed" … "in_doubt" …: stable, used in JSON and metrics. Never NULL; "" for no state. */
const char *message_state_name(enum message_state s);
/* The reverse, exact. ERR_INVALID leaves *out alone. */
MUST_CHECK enum err message_state_parse(struct str name, enum message_state *out);

#endif
