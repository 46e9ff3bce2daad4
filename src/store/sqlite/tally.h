/*
 * tally: how many messages of a campaign are in which state, by carrier, and why. Kept beside the campaign
 * so that a report does not count millions of rows; stored as one blob, written once per commit.
 */
#ifndef STERLING_STORE_SQLITE_TALLY_H
#define STERLING_STORE_SQLITE_TALLY_H

#include "base/buf.h"
#include "store/model.h"

enum { TALLY_CARRIERS = 16, TALLY_REASONS = 64, TALLY_ERRORS_MAX = 1024 };

struct tally_error {
    int32_t code;
    int64_t messages;
};
struct tally {
    int64_t cells[TALLY_CARRIERS][MESSAGE_STATES];
    int64_t reasons[TALLY_REASONS];
    struct tally_error *errors; /* owned; ascending by code; over the bound the rest counts as code 0 */
    size_t errors_count;
};

/* What of a message is tallied. */
struct tally_mark {
    enum message_state state;
    enum message_reason reason;
    uint8_t carrier;
    int32_t error_code;
};

void tally_free(struct tally *t);
/* Adds `by` (may be negative) messages of that kind. ERR_FULL without memory. */
MUST_CHECK enum err tally_add(struct tally *t, struct tally_mark mark, int64_t by);
int64_t tally_in(const struct tally *t, enum message_state s);
void tally_write(const struct tally *t, struct buf *out);
/* Into a zeroed tally. ERR_CORRUPT, ERR_FULL. */
MUST_CHECK enum err tally_read(struct tally *t, struct str bytes);

#endif
