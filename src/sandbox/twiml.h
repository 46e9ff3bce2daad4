/*
 * twiml: reads the answer to an inbound webhook: <Response><Message>…</Message></Response>.
 *
 * Understands what messaging replies use: Message with `to` and `statusCallback`, its text or <Body>, and
 * Redirect as a verb that is not followed. Comments, declarations, CDATA and the five entities are XML's.
 * Bounded: 64 KB, 10 replies (reference 4.2). Pure; text lives in the arena.
 */
#ifndef STERLING_SANDBOX_TWIML_H
#define STERLING_SANDBOX_TWIML_H

#include "base/arena.h"

enum { TWIML_REPLIES_MAX = 10, TWIML_BYTES_MAX = 65536 };

struct twiml_reply {
    struct str to, status_callback, body; /* `to` empty: whoever wrote */
};
struct twiml {
    struct twiml_reply replies[TWIML_REPLIES_MAX];
    size_t count;
};

/* 0, or the code Twilio would log: 11750 too long, 12100 not XML, 12102 root is not Response, 14109 too many
 * replies, 14110 another verb. An empty document is no reply. */
int twiml_read(struct arena *arena, struct str document, struct twiml *out);

#endif
