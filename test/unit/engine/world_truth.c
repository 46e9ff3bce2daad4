/* world_truth: the ledger of what the provider saw, held against every limit: any sliding window of its clock
 * holds no more than the limit ever allowed, or one heavy message alone; any day no more than its cap. */
#include "world_state.h"

/* ---- the truth ---- */

static bool counts_for(const struct engine_limit *l, const struct message *m, uint32_t sender)
{
    const struct engine_lane *k = &m->is.lane;
    bool carrier = k->carrier == l->carrier || k->carrier == 0;

    switch (l->scope) {
    case SCOPE_ACCOUNT: return m->account == l->account;
    case SCOPE_ORG:
    case SCOPE_BRAND: return k->org == l->org;
    case SCOPE_BRAND_CARRIER_DAY: return k->org == l->org && carrier;
    case SCOPE_PROGRAM_CARRIER: return k->org == l->org && k->program == l->program && carrier;
    case SCOPE_SENDER: return sender == l->sender;
    case SCOPE_SENDER_CARRIER: return sender == l->sender && carrier;
    case SCOPES: break;
    }
    return false;
}

struct mark {
    int64_t at_ms, weight;
};

static int by_time(const void *a, const void *b)
{
    const struct mark *x = a, *y = b;
    return (x->at_ms > y->at_ms) - (x->at_ms < y->at_ms);
}

/* Any window holds no more than the amount, or one heavy message alone. */
static void check_windows(struct world *w, const struct rule *l, const struct mark *marks, size_t n)
{
    int64_t sum = 0;
    size_t from = 0;

    for (size_t i = 0; i < n; i++) {
        sum += marks[i].weight;
        while (marks[from].at_ms <= marks[i].at_ms - l->is.window_ms) sum -= marks[from++].weight;
        WRONG_IF(w, sum > l->most && from != i, "limit: %lld of %lld in %lld ms, scope %d, at %lld",
                 (long long)sum, (long long)l->most, (long long)l->is.window_ms, (int)l->is.scope,
                 (long long)marks[i].at_ms);
    }
}

static void check_days(struct world *w, const struct rule *l, const struct mark *marks, size_t n)
{
    int64_t sum = 0, day = -1;
    size_t heads = 0;

    for (size_t i = 0; i < n; i++) {
        if (world_day(marks[i].at_ms) != day) sum = 0, heads = 0;
        day = world_day(marks[i].at_ms);
        sum += marks[i].weight;
        heads++;
        WRONG_IF(w, sum > l->most && heads > 1, "day: %lld of %lld", (long long)sum, (long long)l->most);
    }
}

void world_check_truth(struct world *w)
{
    struct mark *marks = calloc(w->seen_count + 1, sizeof *marks);

    for (size_t i = 0; i < w->limits_count; i++) {
        const struct rule *l = &w->limits[i];
        bool day = l->is.scope == SCOPE_BRAND_CARRIER_DAY;
        size_t n = 0;
        for (size_t k = 0; k < w->seen_count; k++) {
            const struct message *m =
                w->ledger[k].message == 0 ? NULL : world_message(w, w->ledger[k].message);
            if (m == NULL || !counts_for(&l->is, m, w->ledger[k].sender) ||
                (day && !w->ledger[k].carrier_saw))
                continue;
            marks[n++] = (struct mark){w->ledger[k].at_ms, l->is.counts_segments ? m->is.segments : 1};
        }
        qsort(marks, n, sizeof *marks, by_time);
        if (day) check_days(w, l, marks, n);
        else check_windows(w, l, marks, n);
    }
    free(marks);
}
