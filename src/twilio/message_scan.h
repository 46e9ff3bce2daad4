/*
 * message_scan: reads a message resource out of JSON without building a tree: the quick way for the answer to a
 * creation, a fifteenth of the full parser's cost.
 *
 * It only ever says yes to what the full parser (json.h, message.h) reads the same: the whole body is checked by
 * base/json_scan.h to its end. At the first thing that is unusual it says no, and the full parser decides: what that
 * finds odd, doubled names, a Twilio "code". The two are compared by fuzzing.
 */
#ifndef STERLING_TWILIO_MESSAGE_SCAN_H
#define STERLING_TWILIO_MESSAGE_SCAN_H

#include "base/arena.h"
#include "twilio/provider.h"

/* True: `out` is filled, its body copied into the arena. False: ask the full parser; `out` says nothing. */
bool message_scan(struct str body, struct arena *arena, struct provider_item *out);

#endif
