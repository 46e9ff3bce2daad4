/* limits: exact sliding windows in bounded memory. Contract in limits.h. Invariant: entries are ascending
 * in free_ms and their units with those of `spare` add up to `timed`. */
#include "engine/limits.h"

#include <stdlib.h>

static struct limit_entry *at(const struct limit *l, uint16_t i)
{
    return &l->entries[(l->head + i) & (l->capacity - 1)];
}

void limit_free(struct limit *l)
{
    free(l->entries);
    *l = (struct limit){0};
}

static void expire(struct limit *l, int64_t now_ms)
{
    while (l->count > 0 && at(l, 0)->free_ms <= now_ms) {
        l->timed -= at(l, 0)->units;
        l->head = (uint16_t)((l->head + 1) & (l->capacity - 1));
        l->count--;
    }
    if (l->spare.units > 0 && l->spare.free_ms <= now_ms) {
        l->timed -= l->spare.units;
        l->spare = (struct limit_entry){0};
    }
}

static bool grow(struct limit *l)
{
    uint16_t capacity = l->capacity == 0 ? 4 : (uint16_t)(l->capacity * 2);
    struct limit_entry *bigger;

    if (capacity > LIMIT_ENTRIES_MAX) return false;
    bigger = malloc(capacity * sizeof *bigger);
    if (bigger == NULL) return false;
    for (uint16_t i = 0; i < l->count; i++) bigger[i] = *at(l, i);
    free(l->entries);
    l->entries = bigger;
    l->capacity = capacity;
    l->head = 0;
    return true;
}

/* Amounts up to LIMIT_SPANS are exact: they cannot need more entries than there is room for. */
static int64_t span(const struct limit *l)
{
    return l->amount > LIMIT_SPANS ? l->window_ms / LIMIT_SPANS : 0;
}

static void join_upwards(struct limit *l, uint16_t i, int64_t free_ms, int64_t units)
{
    struct limit_entry *e;

    if (l->count == 0) {
        e = &l->spare;
    } else {
        e = at(l, i < l->count ? i : (uint16_t)(l->count - 1));
    }
    e->units += units;
    if (e->free_ms < free_ms) e->free_ms = free_ms;
}

/* Where an entry of that moment belongs: the first one that is freed at or after it. */
static uint16_t place_of(const struct limit *l, int64_t free_ms)
{
    uint16_t i = l->count;
    while (i > 0 && at(l, (uint16_t)(i - 1))->free_ms >= free_ms) i--;
    return i;
}

static void insert(struct limit *l, uint16_t i, int64_t free_ms, int64_t units)
{
    if (l->count == l->capacity && !grow(l)) {
        join_upwards(l, i, free_ms, units);
        return;
    }
    for (uint16_t k = l->count; k > i; k--) *at(l, k) = *at(l, (uint16_t)(k - 1));
    *at(l, i) = (struct limit_entry){free_ms, units};
    l->count++;
    if (i == l->count - 1) l->open_ms = free_ms;
}

/* What is over makes room first: joined to it, the new units would be kept longer than they must. */
static void add(struct limit *l, int64_t free_ms, int64_t units, int64_t now_ms)
{
    uint16_t i;

    if (l->count == l->capacity) expire(l, now_ms);
    i = place_of(l, free_ms);
    l->timed += units;
    if (i < l->count && at(l, i)->free_ms - free_ms <= span(l)) at(l, i)->units += units;
    else if (i == l->count && i > 0 && free_ms - l->open_ms <= span(l)) join_upwards(l, i, free_ms, units);
    else insert(l, i, free_ms, units);
}

/* What may be in use now: less than the amount for some windows after "too fast". */
static int64_t allowed(const struct limit *l, int64_t now_ms)
{
    int64_t back;

    if (l->learned == 0) return l->amount;
    back = (now_ms - l->learned_ms) / l->window_ms;
    if (back >= 8) return l->amount;
    back = l->learned + l->amount * back / 8;
    return back < l->amount ? back : l->amount;
}

/* When the entries alone have freed `units`; LIMIT_UNKNOWN if they never do. */
static int64_t freed_at(const struct limit *l, int64_t units)
{
    if (l->window_ms == 0) return LIMIT_UNKNOWN;
    for (uint16_t i = 0; i < l->count; i++) {
        units -= at(l, i)->units;
        if (units <= 0) return at(l, i)->free_ms;
    }
    if (units > l->spare.units) return LIMIT_UNKNOWN;
    if (l->count == 0 || at(l, (uint16_t)(l->count - 1))->free_ms < l->spare.free_ms) return l->spare.free_ms;
    return at(l, (uint16_t)(l->count - 1))->free_ms;
}

int64_t limit_room_at(struct limit *l, int64_t weight, int64_t now_ms)
{
    int64_t over, free_ms, in_use, most;

    if (l->amount == 0) return now_ms;
    expire(l, now_ms);
    in_use = l->pending + l->timed;
    most = allowed(l, now_ms);
    over = weight > most ? in_use : in_use + weight - most;
    if (over <= 0) return l->cool_ms > now_ms ? l->cool_ms : now_ms;
    free_ms = freed_at(l, over);
    return free_ms > l->cool_ms ? free_ms : l->cool_ms;
}

static bool is_paced(const struct limit *l)
{
    return l->amount > LIMIT_SPANS && l->window_ms > 0 && l->window_ms <= LIMIT_PACED_MS;
}

int64_t limit_paced_at(const struct limit *l, int64_t now_ms)
{
    bool goes = !is_paced(l) || l->paced_us <= (now_ms + LIMIT_PACE_AHEAD_MS) * 1000;

    return goes ? now_ms : now_ms + LIMIT_PACE_TICK_MS;
}

/* What so many units take of the pace. */
static int64_t pace_us(const struct limit *l, int64_t weight, int64_t now_ms)
{
    int64_t most = allowed(l, now_ms);

    return weight * l->window_ms * 1000 / (most + most / LIMIT_PACE_FASTER);
}

void limit_take(struct limit *l, int64_t weight, int64_t now_ms)
{
    if (is_paced(l)) {
        if (l->paced_us < now_ms * 1000) l->paced_us = now_ms * 1000;
        l->paced_us += pace_us(l, weight, now_ms);
    }
    l->pending += weight;
    l->used_ever += weight;
}

void limit_return(struct limit *l, int64_t weight, int64_t now_ms)
{
    BUG_IF(l->pending < weight);
    if (is_paced(l)) l->paced_us -= pace_us(l, weight, now_ms);
    l->pending -= weight;
    l->used_ever -= weight;
}

/* A heavy message alone holds the limit for weight / amount windows. */
static int64_t hold_ms(const struct limit *l, int64_t weight)
{
    if (l->amount == 0 || weight <= l->amount) return l->window_ms;
    return (l->window_ms * weight + l->amount - 1) / l->amount;
}

void limit_settle(struct limit *l, int64_t weight, int64_t from_ms, int64_t now_ms)
{
    BUG_IF(l->pending < weight);
    l->pending -= weight;
    if (l->window_ms == 0) l->timed += weight;
    else add(l, from_ms + hold_ms(l, weight), weight, now_ms);
}

void limit_restore(struct limit *l, int64_t weight, int64_t from_ms, int64_t now_ms)
{
    int64_t free_ms = from_ms + hold_ms(l, weight);

    if (l->window_ms != 0 && free_ms > now_ms) add(l, free_ms, weight, now_ms);
}

void limit_change(struct limit *l, int64_t amount, int64_t window_ms, int64_t now_ms)
{
    int64_t longer = window_ms - l->window_ms;

    BUG_IF((l->window_ms == 0) != (window_ms == 0));
    expire(l, now_ms);
    for (uint16_t i = 0; i < l->count; i++) at(l, i)->free_ms += longer;
    l->spare.free_ms += longer;
    l->open_ms += longer;
    l->amount = amount;
    l->window_ms = window_ms;
}

bool limit_learn(struct limit *l, int64_t now_ms, int64_t cool_for_ms)
{
    BUG_IF(l->window_ms == 0);
    if (now_ms < l->cool_ms) return false;
    if (l->amount > 0) {
        l->learned = allowed(l, now_ms) * 3 / 4;
        if (l->learned < 1) l->learned = 1;
        l->learned_ms = now_ms;
    }
    l->cool_ms = now_ms + cool_for_ms;
    return l->amount > 0;
}

void limit_relearn(struct limit *l, int64_t units, int64_t learned_ms)
{
    BUG_IF(l->window_ms == 0);
    if (l->amount == 0 || units <= 0 || units >= l->amount) return;
    l->learned = units;
    l->learned_ms = learned_ms;
}

void limit_day_begin(struct limit *l, int64_t used)
{
    l->timed = used;
}

int64_t limit_in_use(struct limit *l, int64_t now_ms)
{
    expire(l, now_ms);
    return l->pending + l->timed;
}

void limit_check(const struct limit *l)
{
    int64_t sum = l->spare.units;

    for (uint16_t i = 0; i < l->count; i++) {
        BUG_IF(at(l, i)->units <= 0);
        BUG_IF(i > 0 && at(l, i)->free_ms < at(l, (uint16_t)(i - 1))->free_ms);
        sum += at(l, i)->units;
    }
    BUG_IF(l->pending < 0 || l->timed < 0);
    BUG_IF(l->window_ms != 0 && sum != l->timed);
    BUG_IF(l->count > LIMIT_ENTRIES_MAX);
}
