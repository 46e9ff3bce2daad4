/*
 * line: what a telephone line is, as Twilio's Lookup tells it (reference 15): its kind, its carrier, whether it
 * answers, when it was last given to somebody else. Part of the pure model.
 *
 * It agrees with what becomes of messages: a line that is a landline here gives 30006 to every text, one that is
 * out of service 30005, and the carrier is the one that limits are counted with.
 */
#ifndef STERLING_SANDBOX_LINE_H
#define STERLING_SANDBOX_LINE_H

#include "base/str.h"
#include "rules/phone.h"

struct sandbox;

enum lookup_package {
    LOOKUP_VALIDATION, LOOKUP_CALLER_NAME, LOOKUP_SIM_SWAP, LOOKUP_CALL_FORWARDING, LOOKUP_LINE_TYPE,
    LOOKUP_LINE_STATUS, LOOKUP_IDENTITY_MATCH, LOOKUP_REASSIGNED, LOOKUP_SMS_PUMPING, LOOKUP_QUALITY,
    LOOKUP_PRE_FILL, LOOKUP_PACKAGES
};
const char *sb_lookup_package_name(enum lookup_package package); /* "line_type_intelligence" */

/* What an account asked of Lookup. */
struct lookup_use {
    uint64_t requests, throttled;        /* throttled ones are among the requests */
    uint64_t packages[LOOKUP_PACKAGES];  /* answered with data or with the package's own error */
    int64_t second;
    uint32_t in_second;
};

#define LINE_NO_DATA INT64_MIN
struct line {
    const char *type;                /* "mobile", "landline", "fixedVoip", …; NULL when not found */
    const char *carrier, *mcc, *mnc; /* NULL: none */
    const char *status;              /* "active", "inactive", "unreachable" */
    int error;                       /* every package fails with it; 0: none */
    int64_t reassigned_ms;           /* calendar; 0: never; LINE_NO_DATA */
};
struct line sb_line_of(const struct sandbox *sb, const struct phone *phone);
/* Texts to it end so by what kind of line it is: 30006, or 0. Cheap. */
int sb_line_refusal(const struct sandbox *sb, uint64_t number);
/* "landline" as its static name; NULL for none of Twilio's. */
const char *sb_line_type_find(struct str name);

#endif
