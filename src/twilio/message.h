/*
 * message: the message resource (reference sections 2.2 and 2.3), from JSON to provider_item, and the forms
 * and queries that ask for it. Pure.
 */
#ifndef STERLING_TWILIO_MESSAGE_H
#define STERLING_TWILIO_MESSAGE_H

#include "base/arena.h"
#include "base/buf.h"
#include "twilio/json.h"
#include "twilio/provider.h"

/* Fills `out`; its body is copied into the arena. ERR_INVALID without a message SID, ERR_FULL when the arena
 * is exhausted. Unknown, absent or malformed optional fields are left empty. */
MUST_CHECK enum err message_from_json(const json_t *object, struct arena *arena, struct provider_item *out);
/* All messages of a page. ERR_INVALID if it is no page of messages or one of them is malformed: a listing that
 * proves absence must not skip any. */
MUST_CHECK enum err message_page_from_json(const json_t *body, struct arena *arena, struct provider_item **items,
                                           size_t *count, struct str *next_page);

/* "-0.00750" as 7500: the decimal text of a price, sign dropped by turning charges positive (a credit is
 * negative). Further than micro-dollars is rounded away from zero. ERR_INVALID on anything else. */
MUST_CHECK enum err message_price_micros(struct str text, int64_t *out);

/* Appends the form of a creation. ERR_INVALID without To, a sender and a body, or with a ValidityPeriod out of
 * 1 … 36000. */
MUST_CHECK enum err message_form_add(struct buf *out, const struct provider_message *m);
/* Appends "?To=…&PageSize=…" for a list, or nothing if nothing is asked. */
void message_query_add(struct buf *out, const struct provider_request *r);

#endif
