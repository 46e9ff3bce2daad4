/* campaign_hours: adds the windows of a campaign's buckets up. Contract in campaign_hours.h. */
#include "app/campaign_hours.h"

#include "app/gate.h"
#include "rules/quiet_hours.h"

enum { RUNS_PAGE = 200, PLACES_MAX = 64 };

struct known_place {
    uint64_t zones;
    bool quiet;
    int64_t until_ms;
};

struct counting {
    const struct app *app;
    struct gate_facts facts;
    struct known_place places[PLACES_MAX]; /* the last so many: runs of one place come many times */
    size_t count;
    struct campaign_hours *out;
};

static struct known_place place_of(struct counting *n, uint64_t zones)
{
    struct known_place *p;

    for (size_t i = 0; i < n->count && i < PLACES_MAX; i++)
        if (n->places[i].zones == zones) return n->places[i];
    gate_quiet_facts(&n->facts, zones, n->app->settings->quiet_hours);
    p = &n->places[n->count++ % PLACES_MAX];
    *p = (struct known_place){zones, n->facts.quiet, n->facts.window_ms};
    return *p;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a == 0 || b < a ? b : a;
}

static void count_run(struct counting *n, const struct run *run)
{
    int64_t left = (int64_t)(run->hi - run->next);
    struct campaign_hours *out = n->out;
    struct known_place p;

    if (run->next >= run->hi) return;
    if (!quiet_hours_any(run->zones, n->facts.kind)) return;
    p = place_of(n, run->zones);
    out->known = true;
    if (p.quiet) {
        out->waiting += left;
        if (p.until_ms != INT64_MAX) out->opens_ms = earlier(out->opens_ms, p.until_ms);
        return;
    }
    out->open += left;
    out->closes_ms = earlier(out->closes_ms, p.until_ms);
    if (p.until_ms > out->last_closes_ms) out->last_closes_ms = p.until_ms;
}

enum err campaign_hours_of(const struct app *app, struct store_reader *r, struct arena *a, const struct campaign *c,
                           struct campaign_hours *out)
{
    struct counting n = {.app = app, .facts = {.kind = c->kind, .now_ms = clock_wall_ms(app->clock)}, .out = out};
    struct run *rows = arena_alloc(a, RUNS_PAGE * sizeof *rows);
    uint64_t after = 0;
    size_t seen = 0, count;

    *out = (struct campaign_hours){.known = false};
    if (!app->settings->quiet_hours) return ERR_OK;
    if (rows == NULL) return ERR_FULL;
    do {
        enum err e;
        count = RUNS_PAGE;
        e = r->store->ops->runs(r, c->org, c->id, after, rows, &count);
        if (e != ERR_OK) return e;
        for (size_t i = 0; i < count; i++) count_run(&n, &rows[i]);
        if (count > 0) after = rows[count - 1].id;
        seen += count;
    } while (count == RUNS_PAGE && seen < CAMPAIGN_HOURS_RUNS_MAX);
    return ERR_OK;
}
