/* frequency: counts instants in rolling windows. Owns nothing. */
#include "rules/frequency.h"

#include <string.h>

#define HOUR_MS INT64_C(3600000)

static int64_t free_under(const struct frequency *f, const struct frequency_cap *cap, int64_t now_ms,
                          int64_t except_ms)
{
    int64_t window_ms = cap->hours * HOUR_MS;
    unsigned inside = 0;

    if (cap->count == 0) return 0;
    /* From the newest: the one that makes the cap full must leave first. */
    for (unsigned i = f->count; i > 0; i--) {
        int64_t at_ms = f->at_ms[i - 1];
        if (at_ms == except_ms || at_ms <= now_ms - window_ms) continue;
        if (++inside == cap->count) return at_ms + window_ms;
    }
    return 0;
}

int64_t frequency_free_ms(const struct frequency *f, const struct frequency_caps *caps, int64_t now_ms,
                          int64_t except_ms)
{
    int64_t law_ms = free_under(f, &caps->law, now_ms, except_ms);
    int64_t own_ms = free_under(f, &caps->own, now_ms, except_ms);

    return law_ms > own_ms ? law_ms : own_ms;
}

static void remove_at(struct frequency *f, unsigned i)
{
    memmove(&f->at_ms[i], &f->at_ms[i + 1], (f->count - i - 1U) * sizeof f->at_ms[0]);
    f->count--;
}

void frequency_note(struct frequency *f, int64_t now_ms, int64_t except_ms)
{
    unsigned at;

    for (unsigned i = 0; i < f->count; i++) {
        if (f->at_ms[i] != except_ms) continue;
        remove_at(f, i);
        break;
    }
    if (f->count == FREQUENCY_MAX) remove_at(f, 0);
    /* After a clock was set back some are in the future. */
    for (at = f->count; at > 0 && f->at_ms[at - 1] > now_ms; at--)
        f->at_ms[at] = f->at_ms[at - 1];
    f->at_ms[at] = now_ms;
    f->count++;
}

size_t frequency_pack(const struct frequency *f, unsigned char out[FREQUENCY_BYTES])
{
    unsigned char *at = out;

    for (unsigned i = 0; i < f->count; i++)
        for (unsigned b = 0; b < FREQUENCY_BYTES_EACH; b++)
            *at++ = (unsigned char)((uint64_t)f->at_ms[i] >> (8 * b));
    return (size_t)(at - out);
}

void frequency_unpack(struct str bytes, struct frequency *out)
{
    *out = (struct frequency){.count = 0};
    while (bytes.len >= FREQUENCY_BYTES_EACH) {
        uint64_t at_ms = 0;
        for (unsigned b = FREQUENCY_BYTES_EACH; b > 0; b--)
            at_ms = at_ms << 8 | (unsigned char)bytes.at[b - 1];
        frequency_note(out, (int64_t)at_ms, INT64_MIN);
        bytes = str_slice(bytes, FREQUENCY_BYTES_EACH, bytes.len);
    }
}
