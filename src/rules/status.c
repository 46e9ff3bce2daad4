/*
 * status: the provider's words, ranked. The enum's order is the rank, so merging is taking the greater
 * one, and there is nothing that could fail. Contract in status.h.
 */
#include "rules/status.h"

static const char *const TEXTS[PROVIDER_STATUSES] = {
    [PROVIDER_UNKNOWN] = "unknown",
    [PROVIDER_RECEIVING] = "receiving",
    [PROVIDER_RECEIVED] = "received",
    [PROVIDER_SCHEDULED] = "scheduled",
    [PROVIDER_ACCEPTED] = "accepted",
    [PROVIDER_QUEUED] = "queued",
    [PROVIDER_CANCELED] = "canceled",
    [PROVIDER_SENDING] = "sending",
    [PROVIDER_SENT] = "sent",
    [PROVIDER_FAILED] = "failed",
    [PROVIDER_UNDELIVERED] = "undelivered",
    [PROVIDER_PARTIALLY_DELIVERED] = "partially_delivered",
    [PROVIDER_DELIVERED] = "delivered",
    [PROVIDER_READ] = "read",
};

enum provider_status status_parse(struct str text)
{
    for (unsigned i = PROVIDER_UNKNOWN + 1; i < PROVIDER_STATUSES; i++)
        if (str_equal_nocase(text, str_from(TEXTS[i]))) return (enum provider_status)i;
    return PROVIDER_UNKNOWN;
}

const char *status_text(enum provider_status s)
{
    BUG_IF(s >= PROVIDER_STATUSES);
    return TEXTS[s];
}

enum provider_status status_merge(enum provider_status old, enum provider_status news)
{
    BUG_IF(old >= PROVIDER_STATUSES || news >= PROVIDER_STATUSES);
    return news > old ? news : old;
}

bool status_is_final(enum provider_status s)
{
    switch (s) {
    case PROVIDER_RECEIVED:
    case PROVIDER_CANCELED:
    case PROVIDER_FAILED:
    case PROVIDER_UNDELIVERED:
    case PROVIDER_PARTIALLY_DELIVERED:
    case PROVIDER_DELIVERED:
    case PROVIDER_READ:
        return true;
    default:
        return false;
    }
}
