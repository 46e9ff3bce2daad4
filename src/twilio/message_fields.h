/*
 * message_fields: the fields of a message resource that we keep, as text, whoever read them out of the JSON.
 * Private to message.c and message_scan.c.
 */
#ifndef STERLING_TWILIO_MESSAGE_FIELDS_H
#define STERLING_TWILIO_MESSAGE_FIELDS_H

#include "base/arena.h"
#include "twilio/provider.h"

/* Absent, null and fields of another type are empty; numbers 0. */
struct message_fields {
    struct str sid, messaging_service_sid, to, from, direction, status, body;
    struct str date_created, date_sent, date_updated, price, price_unit;
    int error_code, num_segments;
};

/* Fills `out`; the body is copied into the arena. ERR_INVALID without a message SID, ERR_FULL without memory. */
MUST_CHECK enum err message_from_fields(const struct message_fields *f, struct arena *arena,
                                        struct provider_item *out);

#endif
