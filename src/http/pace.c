/* pace: two samples a campaign, the older at least SPAN_MS back once it can be. */
#include "http/pace.h"

#include <stdlib.h>

enum { PLACES = 256, SPAN_MS = 5000, STALE_MS = 60000 };

struct sample {
    int64_t at_ms, done;
};
struct place {
    uint64_t campaign;
    struct sample older, newer;
};
struct pace {
    struct place places[PLACES];
};

struct pace *pace_new(void)
{
    return calloc(1, sizeof(struct pace));
}

void pace_free(struct pace *p)
{
    free(p);
}

static int64_t rate(struct sample from, int64_t done, int64_t now_ms)
{
    int64_t span_ms = now_ms - from.at_ms;

    if (span_ms <= 0 || done <= from.done) return 0;
    /* Within the first second the figure is what was done so far, not what a whole second might bring. */
    return (done - from.done) * 1000000 / (span_ms < 1000 ? 1000 : span_ms);
}

int64_t pace_per_ks(struct pace *p, uint64_t campaign, int64_t done, int64_t started_ms, int64_t now_ms)
{
    struct place *place = &p->places[campaign % PLACES];
    struct sample now = {now_ms, done}, start = {started_ms, 0};

    if (place->campaign != campaign || now_ms - place->newer.at_ms > STALE_MS ||
        now_ms < place->newer.at_ms) {
        *place = (struct place){campaign, now, now};
        return started_ms == 0 ? 0 : rate(start, done, now_ms);
    }
    if (now_ms - place->newer.at_ms >= SPAN_MS) {
        place->older = place->newer;
        place->newer = now;
    }
    if (now_ms - place->older.at_ms < 1000) return started_ms == 0 ? 0 : rate(start, done, now_ms);
    return rate(place->older, done, now_ms);
}
