/*
 * status: the provider's word on a message, and how such words merge.
 *
 * Callbacks come late, doubled and reordered (reference section 3.4), so a status has a rank and only the
 * highest seen counts: status_merge is commutative, associative and idempotent. The order, lowest first:
 * unknown, receiving, received, scheduled, accepted, queued, canceled, sending, sent, failed, undelivered,
 * partially_delivered, delivered, read. Canceled ranks below sending because a message seen leaving was
 * not canceled in time.
 */
#ifndef STERLING_RULES_STATUS_H
#define STERLING_RULES_STATUS_H

#include "base/str.h"

/* In order of rank. Reference section 3.1. */
enum provider_status {
    PROVIDER_UNKNOWN = 0,
    PROVIDER_RECEIVING,
    PROVIDER_RECEIVED,  /* final, inbound */
    PROVIDER_SCHEDULED,
    PROVIDER_ACCEPTED,
    PROVIDER_QUEUED,
    PROVIDER_CANCELED,  /* final */
    PROVIDER_SENDING,
    PROVIDER_SENT,      /* may be the last one ever seen */
    PROVIDER_FAILED,    /* final: never left the provider, or refused at once */
    PROVIDER_UNDELIVERED,         /* final: the carrier's receipt says no */
    PROVIDER_PARTIALLY_DELIVERED, /* deprecated by Twilio */
    PROVIDER_DELIVERED, /* final, but may become read */
    PROVIDER_READ,      /* final */
    PROVIDER_STATUSES,  /* count, last */
};

/* Any case ("delivered", and "DELIVERED" as events write it). PROVIDER_UNKNOWN for a word not known:
 * Twilio adds words without notice, so that is no error. */
enum provider_status status_parse(struct str text);
const char *status_text(enum provider_status s); /* Twilio's lower-case word; "unknown"; never NULL */
enum provider_status status_merge(enum provider_status old, enum provider_status news);
bool status_is_final(enum provider_status s);

#endif
