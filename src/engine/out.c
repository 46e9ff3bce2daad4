/* out: contract in out.h. */
#include "engine/out.h"

#include "engine/items.h"
#include "engine/lanes.h"

static struct command about(const struct item *it)
{
    return (struct command){
        .message = it->is.message,
        .lane = it->is.lane,
        .owner = it->is.owner,
        .account = it->account == NULL ? 0 : it->account->id,
        .sender = it->sender == NULL ? 0 : it->sender->id,
        .attempt = it->is.attempt,
        .edge = it->edge,
        .number = it->is.number,
        .campaign = it->is.lane.campaign,
        .usual = it->usual,
        .segments = it->is.segments,
        .carrier = it->is.lane.carrier,
        .clean_listings = it->clean_listings,
    };
}

static void last_word(const struct item *it, struct command *c)
{
    const struct last_word *w = &it->last;

    c->kind = w->kind;
    c->record = w->record;
    c->to_state = w->to_state;
    c->reason = w->reason;
    c->suppress = w->suppress;
    c->error_code = w->error_code;
    c->next_wall_ms = w->next_wall_ms;
}

/* The first of what is to be said of it, in the order of a life. */
static struct command say_next(struct item *it)
{
    struct command c = about(it);
    uint8_t what = it->say & (uint8_t)-it->say;

    BUG_IF(what == 0);
    it->say &= (uint8_t)~what;
    switch (what) {
    case SAY_ARM: c.kind = COMMAND_ARM; break;
    case SAY_POST: c.kind = COMMAND_POST; c.deadline_wall_ms = it->deadline_wall_ms; break;
    case SAY_RECALL: c.kind = COMMAND_RECALL; break;
    case SAY_DOUBT:
        c.kind = COMMAND_RECORD;
        c.record = RECORD_DOUBT;
        c.deadline_wall_ms = it->deadline_wall_ms;
        c.next_wall_ms = it->next_wall_ms;
        break;
    case SAY_LIST: c.kind = COMMAND_LIST; c.deadline_wall_ms = it->deadline_wall_ms; break;
    case SAY_MOVED: c.kind = COMMAND_DOUBT_MOVED; c.next_wall_ms = it->next_wall_ms; break;
    default: last_word(it, &c); break;
    }
    return c;
}

static void drop_item(struct engine *e, struct item *it)
{
    struct lane *l = it->lane;

    item_free(e, it);
    if (l == NULL) return;
    l->refs--;
    lane_forget(e, l);
}

static struct command draw(struct lane *l)
{
    return (struct command){.kind = COMMAND_DRAW, .lane = l->key, .want = l->promised,
                            .account = l->org->account->id, .campaign = l->key.campaign};
}

static struct command pause(struct engine *e, struct campaign *c)
{
    struct command out = {.kind = COMMAND_PAUSE_CAMPAIGN,
                          .campaign = c->id,
                          .lane = c->lanes == NULL ? (struct engine_lane){.campaign = c->id} : c->lanes->key,
                          .failures = c->watch.failures,
                          .total = c->watch.total};

    campaign_forget(e, c);
    return out;
}

static struct command learned(const struct engine *e, const struct cap *c)
{
    return (struct command){.kind = COMMAND_LEARNED, .limit = c->spec, .learned_units = c->limit.learned,
                            .learned_ago_ms = e->mono_ms - c->limit.learned_ms};
}

static void take_first(struct engine *e)
{
    struct out *o = e->out_first;

    e->out_first = o->next;
    if (e->out_first == NULL) e->out_last = NULL;
    o->next = NULL;
    o->queued = false;
}

size_t out_take(struct engine *e, struct command *out, size_t max)
{
    size_t n = 0;

    while (n < max && e->out_first != NULL) {
        struct out *o = e->out_first;
        struct item *it = ORDER_OWNER(o, struct item, out);
        struct lane *l = ORDER_OWNER(o, struct lane, out);
        struct account *a = ORDER_OWNER(o, struct account, out);

        if (o->kind == OUT_ITEM) out[n++] = say_next(it);
        if (o->kind == OUT_ITEM && it->say != 0) continue;
        take_first(e);
        if (o->kind == OUT_ITEM && it->state == ITEM_DONE) drop_item(e, it);
        else if (o->kind == OUT_DRAW) out[n++] = draw(l);
        else if (o->kind == OUT_PROBE)
            out[n++] = (struct command){.kind = COMMAND_PROBE, .account = a->id, .edge = a->probing};
        else if (o->kind == OUT_LEARNED) out[n++] = learned(e, ORDER_OWNER(o, struct cap, out));
        else if (o->kind == OUT_PAUSE) out[n++] = pause(e, ORDER_OWNER(o, struct campaign, out));
    }
    return n;
}
