/* senders: contract in senders.h. Invariant: pool->open holds each open sender at its `place`, and
 * open_for[c] counts those whose rank is above c. */
#include "engine/senders.h"

#include "engine/agenda.h"
#include "engine/world.h"

uint64_t sender_seed(uint32_t sender)
{
    uint64_t x = (sender + UINT64_C(1)) * 0x9e3779b97f4a7c15ULL;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31);
}

uint64_t sender_score(uint64_t seed, uint64_t number)
{
    uint64_t x = (number * 0x9e3779b97f4a7c15ULL) ^ seed;
    x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93ULL;
    return (x ^ (x >> 29)) * 0x94d049bb133111ebULL;
}

/* A sender of the area code beats any that is not; then the score decides, which no two senders have alike:
 * sender_seed and sender_score are one to one. */
struct best {
    bool local;
    uint64_t score;
};

static bool beats(struct best a, const struct best *b)
{
    if (a.local != b->local) return a.local;
    return a.score > b->score;
}

static struct best rate(const struct sender *s, uint64_t number, uint16_t area_code)
{
    return (struct best){area_code != 0 && s->area_code == area_code, sender_score(s->seed, number)};
}

struct sender *pool_usual(const struct pool *p, uint64_t number, uint16_t area_code)
{
    struct sender *found = NULL;
    struct best best = {0};

    for (uint32_t i = 0; i < p->count; i++) {
        struct best now = rate(p->all[i], number, area_code);
        if (!p->all[i]->usable || (found != NULL && !beats(now, &best))) continue;
        found = p->all[i];
        best = now;
    }
    return found;
}

int64_t caps_room_at(struct caps *c, uint16_t segments, int64_t now_ms)
{
    int64_t latest = now_ms;

    for (uint8_t i = 0; i < c->count; i++) {
        struct limit *l = &c->at[i]->limit;
        int64_t at = limit_room_at(l, limit_weight(l, segments), now_ms);
        if (at > latest) latest = at;
    }
    return latest;
}

int64_t caps_paced_at(const struct caps *c, int64_t now_ms)
{
    int64_t latest = now_ms;

    for (uint8_t i = 0; i < c->count; i++) {
        int64_t at = limit_paced_at(&c->at[i]->limit, now_ms);
        if (at > latest) latest = at;
    }
    return latest;
}

int64_t sender_room_at(struct sender *s, uint16_t segments, int64_t now_ms)
{
    int64_t at = caps_room_at(&s->caps, segments, now_ms);

    return at > s->cool_ms ? at : s->cool_ms;
}

struct cap *sender_carrier_full(const struct engine *e, const struct sender *s, uint8_t carrier, uint16_t segments)
{
    struct cap *full = NULL;
    int64_t latest = e->mono_ms;

    for (uint8_t i = 0; i < s->carrier_caps.count; i++) {
        struct cap *c = s->carrier_caps.at[i];
        int64_t at = !cap_concerns(e, c, carrier)
                         ? latest
                         : limit_room_at(&c->limit, limit_weight(&c->limit, segments), e->mono_ms);
        if (at <= latest) continue;
        full = c;
        latest = at;
    }
    return full;
}

int64_t sender_free_at(const struct engine *e, struct sender *s, uint8_t carrier, uint16_t segments)
{
    struct cap *full;
    int64_t own, theirs;

    if (s == NULL) return INT64_MAX;
    own = sender_room_at(s, segments, e->mono_ms);
    full = sender_carrier_full(e, s, carrier, segments);
    if (full == NULL) return own;
    theirs = limit_room_at(&full->limit, limit_weight(&full->limit, segments), e->mono_ms);
    return own > theirs ? own : theirs;
}

bool sender_lets(const struct sender *s, uint8_t class, const struct item *it)
{
    return class < s->rank || it->woken_by == s;
}

/* Of an open one: may it take that, its class and its carrier's limit too? */
static bool takes(const struct engine *e, struct sender *s, uint8_t class, const struct engine_item *is)
{
    if (class >= s->rank) return false;
    if (is->segments > 1 && sender_room_at(s, is->segments, e->mono_ms) > e->mono_ms) return false;
    return sender_carrier_full(e, s, is->lane.carrier, is->segments) == NULL;
}

struct sender *pool_choose(const struct engine *e, struct pool *p, uint8_t class, const struct engine_item *is,
                           bool *usual)
{
    struct sender *found = NULL;
    struct best best = {0};

    *usual = p->open_count == p->usable_count;
    if (p->open_for[class] == 0) return NULL;
    for (uint32_t i = 0; i < p->open_count; i++) {
        struct sender *s = p->open[i];
        struct best now = rate(s, is->number, is->area_code);
        if (found != NULL && !beats(now, &best)) continue;
        if (!takes(e, s, class, is)) {
            *usual = false;
            continue;
        }
        found = s;
        best = now;
    }
    return found;
}

struct sender *pool_soonest(const struct engine *e, struct pool *p, uint8_t carrier, uint16_t segments)
{
    struct sender *found = NULL;
    int64_t best = INT64_MAX;

    for (uint32_t i = 0; i < p->count; i++) {
        int64_t at = p->all[i]->usable ? sender_free_at(e, p->all[i], carrier, segments) : INT64_MAX;
        if (!p->all[i]->usable || (found != NULL && at >= best)) continue;
        found = p->all[i];
        best = at;
    }
    return found;
}

static void leave_open(struct sender *s)
{
    struct pool *p = s->pool;

    for (uint8_t c = 0; c < s->rank; c++) p->open_for[c]--;
    p->open[s->place] = p->open[--p->open_count];
    p->open[s->place]->place = s->place;
    s->open = false;
}

static void join_open(struct sender *s)
{
    struct pool *p = s->pool;

    for (uint8_t c = 0; c < s->rank; c++) p->open_for[c]++;
    s->place = p->open_count;
    p->open[p->open_count++] = s;
    s->open = true;
}

/* Items park under class << 60 | seq. */
static uint8_t rank_of(const struct sender *s)
{
    const struct order_node *n = order_top(&s->parked);

    return n == NULL ? CLASSES : (uint8_t)(n->key >> 60);
}

void sender_refresh(struct engine *e, struct sender *s)
{
    int64_t at = s->usable ? sender_room_at(s, 1, e->mono_ms) : INT64_MAX;
    bool open = at <= e->mono_ms;
    uint8_t rank = rank_of(s);

    timer_set(e, &s->timer, open ? INT64_MAX : at);
    if (open == s->open && rank == s->rank) return;
    if (s->open) leave_open(s);
    s->rank = rank;
    if (open) join_open(s);
}
