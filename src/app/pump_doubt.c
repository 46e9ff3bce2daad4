/*
 * pump_doubt: finds out what became of attempts in doubt (design section 5, step 3).
 *
 * The engine says when to list; pages are read by listing.h; a message found is bound in one commit before the
 * engine lets the fence go. A clean listing counts only when monotonic time says that the attempt must be seen
 * by then: the wall clock, by which the engine was told when to list, may have been stepped.
 */
#include "app/pump_inside.h"

#include "base/failpoint.h"
#include "base/mutant.h"

#include <stdlib.h>
#include <string.h>

enum { LIST_PAGE_SIZE = 200 };
static const int64_t RIPE_SLACK_MS = 2000;

/* ---- is that SID another message's? ---- */

struct bound {
    struct pump *p;
    const struct pump_item *item;
    struct str sid;
    bool yes, failed; /* failed: the store could not say, so the listing says nothing */
};

static bool is_in_hand(const struct bound *b)
{
    for (const struct pump_item *i = pump_items_of_number(b->p, b->item->number); i != NULL; i = i->number_next)
        if (i != b->item && str_equal(str_from(i->sid), b->sid)) return true;
    return false;
}

/* Our own message may have it from a callback that came meanwhile: then it is found indeed. */
static void look_in_org(void *ctx, const struct directory_org *o)
{
    struct bound *b = ctx;
    bool taken;

    if (b->yes || b->failed) return;
    b->failed = b->p->ops->sid_taken(b->p->reader, o->id, b->item->number, b->sid, b->item->message, &taken) != ERR_OK;
    if (!b->failed) b->yes = taken;
}

static bool is_bound(void *ctx, struct str sid)
{
    struct bound *b = ctx;
    const struct directory_org *o = directory_org(b->p->directory, b->item->org);

    b->sid = sid;
    b->yes = is_in_hand(b);
    if (!b->yes && o != NULL) directory_each_of_account(b->p->directory, o->account, look_in_org, b);
    return b->yes;
}

/* ---- listing ---- */

static void failed(struct pump *p, struct pump_item *i)
{
    free(i->listing);
    i->listing = NULL;
    engine_listed(p->engine, i->message, LISTING_FAILED, p->wall_ms);
}

static enum err ask_page(struct pump *p, struct pump_item *i, struct str page)
{
    const struct directory_org *o = directory_org(p->directory, i->org);
    struct provider_request r = {.tag = ++p->last_tag, .call = PROVIDER_LIST, .list_page = page,
                                 .page_size = LIST_PAGE_SIZE};
    char to[PHONE_TEXT_BYTES];
    union map_value *place;
    enum err e;

    if (o == NULL) return ERR_NOT_FOUND;
    phone_format_e164(i->number, to);
    r.account = o->account;
    r.list_to = str_from(to);
    if (MUTANT(listing_by_date_sent)) r.list_date_after_ms = 1000;
    place = map_put(&p->tags, r.tag);
    if (place == NULL) return ERR_FULL;
    place->ptr = i;
    e = provider_start(p->ports.provider, &r);
    if (e != ERR_OK) (void)map_remove(&p->tags, r.tag);
    else i->tag = r.tag;
    return e;
}

void pump_list(struct pump *p, const struct command *c)
{
    struct pump_item *i = pump_item(p, c->message);

    BUG_IF(i == NULL);
    /* While its doubt is not durable (a full disk) nothing is concluded from a listing. */
    if (i->stage != ITEM_DOUBT || i->listing != NULL || i->tag != 0) {
        engine_listed(p->engine, i->message, LISTING_FAILED, p->wall_ms);
        return;
    }
    i->listing = calloc(1, sizeof *i->listing);
    if (i->listing == NULL || ask_page(p, i, (struct str){NULL, 0}) != ERR_OK) failed(p, i);
}

/* When it was armed, on the provider's clock: reckoned back from now by our monotonic time, or after a restart by
 * the wall clock, which may have been stepped since (LISTING_FAR_MS). An answer that was long on its way makes it
 * earlier: then the list is read further. */
static int64_t armed_by_provider_ms(const struct pump *p, const struct pump_item *i)
{
    int64_t now_ms = p->shown_wall_ms + p->counts.provider_offset_ms;

    return i->restored ? i->armed_ms + p->counts.provider_offset_ms : now_ms - (p->mono_ms - i->armed_mono_ms);
}

/* How long before a clean listing counts. An attempt from before the start may have been armed a moment before it. */
static int64_t ripens_in_ms(const struct pump *p, const struct pump_item *i)
{
    const struct settings *s = p->ports.settings;

    return i->armed_mono_ms + s->provider_timeout_ms + s->reconcile_first_ms - RIPE_SLACK_MS - p->mono_ms;
}

struct bind_job {
    struct pump_job job;
    struct change_bind change;
    bool by_answer; /* not by a listing */
};

/* Bound, or bound otherwise meanwhile: either way the attempt is settled. */
static void bind_finished(struct pump *p, struct pump_job *job)
{
    struct bind_job *b = (struct bind_job *)job;
    struct pump_item *i = pump_item(p, b->change.message);

    if (b->change.head.result != ERR_OK)
        log_event(LOG_WARN, "bind_refused", log_text("what", b->change.head.fault.what));
    if (i != NULL && i->stage == ITEM_DOUBT) {
        if (b->by_answer) engine_proved(p->engine, i->message);
        else engine_listed(p->engine, i->message, LISTING_FOUND, p->wall_ms);
    }
    free(b);
}

static struct bind_job *bind_new(const struct pump *p, const struct pump_item *i, const char *sid,
                                 enum message_state to)
{
    struct bind_job *b = calloc(1, sizeof *b);

    if (b == NULL) return NULL;
    b->change = (struct change_bind){.head = {.kind = CHANGE_BIND}, .org = i->org, .message = i->message, .to = to,
                                     .now_ms = p->wall_ms};
    memcpy(b->change.sid, sid, sizeof b->change.sid);
    b->job.change = &b->change.head;
    b->job.finish = bind_finished;
    return b;
}

static void bind_listed(struct pump *p, struct pump_item *i)
{
    struct bind_job *b = bind_new(p, i, i->listing->sid, listing_state(i->listing->status));

    if (b == NULL) {
        failed(p, i);
        return;
    }
    b->change.error_code = i->listing->error_code;
    free(i->listing);
    i->listing = NULL;
    pump_submit(p, &b->job);
}

void pump_doubt_bind(struct pump *p, struct pump_item *i, const char *sid)
{
    struct bind_job *b = bind_new(p, i, sid, MESSAGE_ACCEPTED);

    if (b == NULL) return; /* a listing will find it */
    b->by_answer = true;
    pump_submit(p, &b->job);
}

static void complete(struct pump *p, struct pump_item *i)
{
    int64_t ripens_ms = ripens_in_ms(p, i);

    if (i->listing->found) {
        bind_listed(p, i);
        return;
    }
    free(i->listing);
    i->listing = NULL;
    if (ripens_ms > 0) engine_listed_early(p->engine, i->message, ripens_ms, p->wall_ms);
    else engine_listed(p->engine, i->message, LISTING_CLEAN, p->wall_ms);
}

void pump_listed(struct pump *p, struct pump_item *i, const struct provider_answer *a)
{
    struct bound b = {.p = p, .item = i};
    bool more = a->next_page.len > 0, done;

    FAILPOINT("doubt.listed");
    if (i->listing == NULL) return;
    if (a->class != PROVIDER_CLASS_OK || i->stage != ITEM_DOUBT) {
        failed(p, i);
        return;
    }
    if (i->listing->message == 0) /* first page: the provider's clock is known by now */
        listing_begin(i->listing, i->message, i->number, armed_by_provider_ms(p, i),
                      i->restored ? LISTING_FAR_MS : LISTING_NEAR_MS, i->body_hash);
    done = listing_page(i->listing, a->items, a->items_count, more, is_bound, &b);
    if (b.failed) failed(p, i);
    else if (done) complete(p, i);
    else if (i->listing->pages >= LIST_PAGES_MAX || ask_page(p, i, a->next_page) != ERR_OK) failed(p, i);
}

/* ---- what the engine concludes ---- */

struct doubt_job {
    struct pump_job job;
    struct change_doubt change;
};

static void doubt_finished(struct pump *p, struct pump_job *job)
{
    struct doubt_job *d = (struct doubt_job *)job;
    struct pump_item *i = pump_item(p, d->change.doubt.message);
    struct lane_key lane = d->change.lane;

    if (d->change.absent && i != NULL && i->job == job) {
        /* Refused: a callback has proved it meanwhile. Drawn or not, the store knows. */
        pump_item_done(p, i);
        pump_lane_ready(p, &lane, p->wall_ms);
    }
    free(d);
}

static void move_doubt(struct pump *p, struct pump_item *i, const struct command *c, bool absent)
{
    struct doubt_job *d = calloc(1, sizeof *d);

    NO_MEMORY_IF(d == NULL, "a doubt that moves on");
    d->change = (struct change_doubt){.head = {.kind = CHANGE_DOUBT}, .absent = absent, .lane = i->lane,
                                      .now_ms = p->wall_ms};
    d->change.doubt = (struct doubt){.message = i->message, .org = i->org, .number = i->number,
                                     .attempt = i->attempt, .armed_ms = i->armed_ms, .sender = i->sender,
                                     .segments = i->segments, .deadline_ms = i->doubt_deadline_ms,
                                     .clean_listings = c->clean_listings, .next_ms = c->next_wall_ms,
                                     .cost_micros = i->cost_micros};
    d->job.change = &d->change.head;
    d->job.finish = doubt_finished;
    if (absent) i->job = &d->job;
    pump_submit(p, &d->job);
}

void pump_doubt_moved(struct pump *p, const struct command *c)
{
    struct pump_item *i = pump_item(p, c->message);

    BUG_IF(i == NULL);
    move_doubt(p, i, c, false);
}

void pump_doubt_absent(struct pump *p, const struct command *c)
{
    struct pump_item *i = pump_item(p, c->message);

    BUG_IF(i == NULL || i->stage != ITEM_DOUBT);
    i->stage = ITEM_RECORDING;
    move_doubt(p, i, c, true);
}

/* ---- from before a restart ---- */

enum err pump_doubt_restore(struct pump *p, const struct doubt *d)
{
    struct message m;
    struct pump_item *i;
    struct lane_key lane;
    struct engine_doubt e = {.message = d->message, .org = d->org, .number = d->number, .attempt = d->attempt,
                             .clean_listings = d->clean_listings, .deadline_wall_ms = d->deadline_ms,
                             .next_wall_ms = d->next_ms, .sender = d->sender, .segments = d->segments};
    enum err code = p->ops->message_get(p->reader, &p->scratch, d->org, d->message, &m);

    if (code != ERR_OK) return code;
    lane = (struct lane_key){.org = m.org, .program = m.program, .campaign = m.campaign, .kind = (uint8_t)m.kind,
                             .carrier = m.carrier};
    i = pump_item_new(p, d->message, d->number, &lane);
    if (i == NULL) return ERR_FULL;
    i->stage = ITEM_DOUBT;
    i->restored = true;
    i->attempt = d->attempt;
    i->sender = d->sender;
    i->segments = d->segments;
    i->armed_ms = d->armed_ms;
    i->armed_mono_ms = p->start_mono_ms;
    i->doubt_deadline_ms = d->deadline_ms;
    i->expires_ms = m.expires_ms;
    i->body_hash = pump_text_hash(p, &m);
    if (m.campaign != 0 && (i->campaign = pump_campaign(p, m.org, m.campaign)) != NULL) i->campaign->items++;
    pump_item_reserve(p, i, d->cost_micros);
    e.program = directory_lane(&lane).program;
    e.carrier = lane.carrier;
    return engine_doubt_restored(p->engine, &e);
}
