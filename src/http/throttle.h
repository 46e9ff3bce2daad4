/*
 * throttle: how often one peer may fail to authenticate: THROTTLE_FAILURES_MAX in a window. A bounded table
 * of peers; when it is full the oldest window gives way. Keys that were good lately pass however often their
 * peer failed, so that one bad client behind a shared proxy does not lock out the others. Pure but for its
 * own memory; time is an argument.
 */
#ifndef STERLING_HTTP_THROTTLE_H
#define STERLING_HTTP_THROTTLE_H

#include <stdbool.h>
#include <stdint.h>

enum { THROTTLE_PEERS = 1024, THROTTLE_KEYS = 1024, THROTTLE_FAILURES_MAX = 20, THROTTLE_WINDOW_MS = 60000 };

struct throttle_peer {
    uint64_t peer;
    int64_t since_ms;
    uint32_t failures;
};
struct throttle {
    struct throttle_peer peers[THROTTLE_PEERS];
    uint64_t good[THROTTLE_KEYS]; /* fingerprints, direct-mapped */
};

/* 0: go on; else milliseconds until this peer may try an unknown key again. */
int64_t throttle_wait_ms(const struct throttle *t, uint64_t peer, uint64_t key, int64_t now_ms);
void throttle_failed(struct throttle *t, uint64_t peer, uint64_t key, int64_t now_ms);
void throttle_passed(struct throttle *t, uint64_t key);

#endif
