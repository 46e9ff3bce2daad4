/* throttle: a set-associative table of failing peers: eight places a peer, the oldest gives way. */
#include "http/throttle.h"

#include <stddef.h>

enum { WAYS = 8 };

static size_t set_of(uint64_t peer)
{
    return (size_t)((peer >> 7) % (THROTTLE_PEERS / WAYS)) * WAYS;
}

static bool is_current(const struct throttle_peer *p, int64_t now_ms)
{
    return p->failures > 0 && now_ms - p->since_ms < THROTTLE_WINDOW_MS;
}

int64_t throttle_wait_ms(const struct throttle *t, uint64_t peer, uint64_t key, int64_t now_ms)
{
    if (t->good[key % THROTTLE_KEYS] == key) return 0;
    for (size_t i = set_of(peer); i < set_of(peer) + WAYS; i++) {
        const struct throttle_peer *p = &t->peers[i];
        if (p->peer != peer || !is_current(p, now_ms) || p->failures < THROTTLE_FAILURES_MAX) continue;
        return p->since_ms + THROTTLE_WINDOW_MS - now_ms;
    }
    return 0;
}

/* The peer's own place, else a free one, else the oldest. */
static struct throttle_peer *place_for(struct throttle *t, uint64_t peer, int64_t now_ms)
{
    struct throttle_peer *best = &t->peers[set_of(peer)];

    for (size_t i = set_of(peer); i < set_of(peer) + WAYS; i++) {
        struct throttle_peer *p = &t->peers[i];
        if (p->peer == peer && is_current(p, now_ms)) return p;
        if (p->since_ms < best->since_ms) best = p;
    }
    *best = (struct throttle_peer){.peer = peer, .since_ms = now_ms};
    return best;
}

void throttle_failed(struct throttle *t, uint64_t peer, uint64_t key, int64_t now_ms)
{
    if (t->good[key % THROTTLE_KEYS] == key) t->good[key % THROTTLE_KEYS] = 0;
    place_for(t, peer, now_ms)->failures++;
}

void throttle_passed(struct throttle *t, uint64_t key)
{
    t->good[key % THROTTLE_KEYS] = key;
}
