/* reconcile: rounds over accounts. Contract in reconcile.h. State between rounds is the account's table below
 * and the store's meta "inbound_seen:AC…": the provider's date up to which its inbound messages are known. */
#include "app/reconcile.h"

#include "app/inbound.h"
#include "app/org_account.h"
#include "app/pump.h"
#include "app/status.h"
#include "base/map.h"
#include "base/log.h"
#include "base/mutant.h"
#include "base/timed_cond.h"
#include "rules/life.h"
#include "rules/phone.h"
#include "rules/playbook.h"
#include "store/ids.h"
#include "twilio/account.h"
#include "twilio/alerts.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
    ACCOUNTS_MAX = 16384,
    PAGE_SIZE = 1000,
    STUCK_PAGE = 64,
    STUCK_SCAN = 20000,
    MARGIN_MS = 120000, /* clocks differ, and dates are whole seconds */
    TEXT_BYTES = 64 << 20,
    ORGS_BYTES = 4 << 20, /* of a page of organizations */
    CANDIDATES = 64,
    PAIRS = 8,
    NEXT_BYTES = 1024,
    WALK_FAILURES_MAX = 3,
    ALERT_PAGES_MAX = 10,
    RELIST_MS = 1000,
    RESTS = 4, REST_US_MIN = 10000, /* between rounds: so many times as long as the last one took, at least 10 ms */
    GATE_TIMES = 3, GATE_ROUNDS = 16, /* a new organization's gate is told in so many rounds, any one's each so many */
};
/* Messages wait a week at most, and receipts come within days: older ones are not asked for any more. */
static const int64_t STUCK_AGE_MS = INT64_C(14) * 86400000;

/* A listing on its way: it goes on where the minute's requests ran out. */
struct walk {
    bool under_way;
    int failures;
    int64_t since_ms, provider_now_ms;
    char next[NEXT_BYTES]; /* the page to read next; empty: the first */
};

struct account {
    char sid[SID_BYTES];
    org_id first_org;      /* whose token opens it */
    int64_t born_ms;       /* the oldest of its organizations */
    int64_t swept_mono_ms; /* -1 never */
    int64_t minute_mono_ms, minute_requests;
    bool open, restored_done, usable;
    int64_t alerts_mono_ms, alerts_since_ms; /* -1 never; wall, of the newest alert that was read */
    uint32_t opened_rev;                     /* of first_org, when its token was read */
    struct walk walk;
    struct map fetched; /* messages that this walk asked the provider for, for the sake of a later attempt */
};

/* Which organization is whose: listed each round, and before a walk if an organization was stored meanwhile. */
struct member {
    org_id org;
    uint64_t account; /* its SID's hash */
};

struct reconcile {
    struct reconcile_options o;
    struct app *app;
    struct rest *rest; /* for Twilio's alerts; NULL: they are not read */
    struct store_reader *reader;
    struct arena text;
    struct account *accounts;
    size_t accounts_count;
    struct map by_sid; /* an account's SID's hash: where it is in `accounts` */
    struct map gates;  /* organization: its revision, and how often its gate is still to be told of that one */
    struct member *known;
    size_t known_count, known_room;
    bool known_missed; /* for want of memory */
    org_id last_org;
    uint64_t known_generation; /* app->accounts_generation when they were listed */
    int64_t known_mono_ms;
    org_id *members; /* of the account that is being listed */
    size_t members_count, members_room;
    uint64_t stuck_after, next_tag;
    int64_t stuck_mono_ms;
    bool restored_told;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t woken_up;
    bool woken;
    _Atomic bool stopping;
    struct reconcile_view count; /* its thread's */
    struct reconcile_view view;  /* a copy, under the lock */
};

/* ---- one request at a time ---- */

static bool within_budget(struct reconcile *r, struct account *a)
{
    int64_t now_ms = clock_mono_ms(r->app->clock);
    if (a->minute_requests == 0 || now_ms - a->minute_mono_ms >= 60000) {
        a->minute_mono_ms = now_ms;
        a->minute_requests = 0;
    }
    return a->minute_requests++ < r->app->settings->reconcile_per_min;
}

/* Waits for its answer, which the caller frees. ERR_LIMIT: the minute's requests are used up. ERR_NOT_FOUND: 404. */
static enum err ask(struct reconcile *r, struct account *a, struct provider_request *q,
                    struct provider_answer *answer)
{
    bool gone;

    if (!within_budget(r, a)) return ERR_LIMIT;
    q->tag = ++r->next_tag;
    q->account = (uint32_t)(a - r->accounts);
    r->count.requests++;
    if (provider_start(r->o.provider, q) != ERR_OK) return ERR_UNAVAILABLE;
    while (!r->stopping)
        if (provider_poll(r->o.provider, 500, answer, 1) == 1) {
            if (answer->class == PROVIDER_CLASS_OK) return ERR_OK;
            log_event(LOG_WARN, "reconcile_request_failed", log_int("status", answer->http_status),
                      log_int("code", answer->error_code));
            r->count.failed++;
            gone = answer->http_status == 404;
            if (answer->error_code == TWILIO_TEST_CREDENTIALS)
                atomic_store(&r->app->counters.test_credentials, true);
            provider_answer_free(r->o.provider, answer);
            return gone ? ERR_NOT_FOUND : ERR_UNAVAILABLE;
        }
    return ERR_CANCELED;
}

/* ---- which accounts there are ---- */

static struct account *find_account(struct reconcile *r, struct str sid)
{
    const union map_value *at = map_get(&r->by_sid, str_hash(sid, 0));

    return at != NULL && str_equal(str_from(r->accounts[at->num].sid), sid) ? &r->accounts[at->num] : NULL;
}

static void open_account(struct reconcile *r, struct account *a, const struct org *org)
{
    struct twilio_account account = {0};
    struct fault f = {0};

    a->opened_rev = org->rev;
    a->usable = org_account_open(r->app->sealer, r->app->settings, &r->text, org, &account, &f) == ERR_OK &&
                provider_set_account(r->o.provider, (uint32_t)(a - r->accounts), &account, &f) == ERR_OK;
    if (!a->usable)
        log_event(LOG_ERROR, "account_unusable", log_text("account", a->sid), log_text("why", f.what));
    twilio_account_wipe(&account);
}

static void make_account(struct reconcile *r, const struct org *org, struct str sid)
{
    struct account *a = &r->accounts[r->accounts_count];
    union map_value *at;

    *a = (struct account){.first_org = org->id,
                          .born_ms = org->created_ms,
                          .swept_mono_ms = -1,
                          .alerts_mono_ms = -1,
                          .alerts_since_ms = clock_wall_ms(r->app->clock)};
    if (str_copy(sid, a->sid, sizeof a->sid) != ERR_OK) return;
    at = map_put(&r->by_sid, str_hash(sid, 0));
    if (at == NULL) return; /* the next round tries again */
    at->num = r->accounts_count++;
    open_account(r, a, org);
}

/* A new organization on an account whose texts are known may send at once. The pump may not know it yet: it is told
 * some times, and now and then for ever. */
static void tell_gate(struct reconcile *r, const struct org *org)
{
    union map_value *gate = map_put(&r->gates, org->id);
    uint64_t left = gate == NULL || gate->num >> 8 != org->rev ? GATE_TIMES : gate->num & 0xff;

    if (left > 0 || (r->count.rounds + org->id) % GATE_ROUNDS == 0)
        r->app->tell(r->app->pump, &(struct note){.kind = NOTE_GATE, .org = org->id, .gate = GATE_OPEN});
    if (gate != NULL) gate->num = (uint64_t)org->rev << 8 | (left > 0 ? left - 1 : 0);
}

static void take_org(struct reconcile *r, const struct org *org)
{
    struct str sid = org_account_sid(r->app->settings, org);
    struct account *a = find_account(r, sid);

    if (sid.len == 0 || org->state == ORG_CLOSED) return;
    if (a == NULL) {
        if (r->accounts_count < ACCOUNTS_MAX) make_account(r, org, sid);
        return;
    }
    if (!a->usable || (org->id == a->first_org && org->rev != a->opened_rev)) open_account(r, a, org);
    if (a->open) tell_gate(r, org);
}

/* In memory of its own: an account has thousands of organizations. Not ERR_OK: not all were visited. */
static enum err each_org(struct reconcile *r, org_id after, void (*visit)(struct reconcile *, const struct org *))
{
    struct org page[32];
    struct arena text;
    enum err result = ERR_OK;
    size_t count;

    arena_init(&text, ORGS_BYTES);
    do {
        count = sizeof page / sizeof page[0];
        result = r->reader->store->ops->orgs(r->reader, &text, after, page, &count);
        for (size_t i = 0; i < count && result == ERR_OK; i++)
            visit(r, &page[i]);
        if (result == ERR_OK && count > 0) after = page[count - 1].id;
        arena_reset(&text);
    } while (result == ERR_OK && count > 0);
    return result;
}

static void visit_take(struct reconcile *r, const struct org *org)
{
    if (r->known_count == r->known_room) {
        size_t room = r->known_room == 0 ? 16 : 2 * r->known_room;
        struct member *more = realloc(r->known, room * sizeof *more);
        r->known_missed = r->known_missed || more == NULL;
        if (more == NULL) return;
        r->known = more;
        r->known_room = room;
    }
    r->known[r->known_count++] = (struct member){org->id, str_hash(org_account_sid(r->app->settings, org), 0)};
    r->last_org = org->id;
    take_org(r, org);
}

/* All of them, or those that came since. Not ERR_OK: some are missed. */
static enum err know_orgs(struct reconcile *r, bool anew)
{
    uint64_t generation = atomic_load(&r->app->accounts_generation);
    enum err result;

    if (anew) {
        r->known_count = 0;
        r->known_missed = false;
        r->last_org = 0;
        r->known_mono_ms = clock_mono_ms(r->app->clock);
    }
    result = each_org(r, r->last_org, visit_take);
    if (result == ERR_OK && r->known_missed) result = ERR_FULL;
    r->known_missed = result != ERR_OK;
    if (anew) r->known_generation = generation; /* else what one of the old ones became is not known */
    return result;
}

/* A text to one that was missed would pass for nobody's, and be taken for read: none is. */
static enum err know_members(struct reconcile *r, const struct account *a)
{
    uint64_t key = str_hash(str_from(a->sid), 0);
    bool old = clock_mono_ms(r->app->clock) - r->known_mono_ms >= RELIST_MS;
    enum err result = ERR_OK;

    if (r->known_missed || r->known_generation != atomic_load(&r->app->accounts_generation))
        result = know_orgs(r, old || r->known_missed);
    r->members_count = 0;
    for (size_t i = 0; i < r->known_count && result == ERR_OK; i++) {
        if (r->known[i].account != key) continue;
        if (r->members_count == r->members_room) {
            size_t room = r->members_room == 0 ? 16 : 2 * r->members_room;
            org_id *more = realloc(r->members, room * sizeof *more);
            if (more == NULL) return ERR_FULL;
            r->members = more;
            r->members_room = room;
        }
        r->members[r->members_count++] = r->known[i].org;
    }
    return result;
}

/* ---- a listed message goes the way of a webhook ---- */

static void add_pair(struct form *f, struct str name, struct str value)
{
    f->pairs[f->count++] = (struct form_pair){name, value};
}

/* The provider's date of the text that contests that one; 0: nothing does, or the provider has it no more. */
static enum err rival_date(struct reconcile *r, struct account *a, const struct inbound_job *job, int64_t provider_ms,
                           int64_t *out)
{
    char sid[SID_BYTES];
    struct provider_request q = {.call = PROVIDER_FETCH, .sid = {sid, 0}};
    struct provider_answer answer;
    enum err result;

    *out = 0;
    if (!app_inbound_contested(r->reader, &r->text, job, provider_ms, sid)) return ERR_OK;
    q.sid = str_from(sid);
    result = ask(r, a, &q, &answer);
    if (result == ERR_NOT_FOUND) return ERR_OK;
    if (result != ERR_OK) return result;
    *out = answer.item.date_created_ms;
    provider_answer_free(r->o.provider, &answer);
    return ERR_OK;
}

static enum err store_inbound(struct reconcile *r, struct account *a, const struct org *org,
                              const struct provider_item *item)
{
    struct form_pair pairs[PAIRS];
    struct form form = {.pairs = pairs};
    struct inbound_job job;
    struct fault f = {0};
    int64_t rival_ms;
    enum err result;

    add_pair(&form, STR("MessageSid"), str_from(item->sid));
    add_pair(&form, STR("AccountSid"), str_from(a->sid));
    add_pair(&form, STR("From"), str_from(item->from));
    add_pair(&form, STR("To"), str_from(item->to));
    add_pair(&form, STR("Body"), item->body);
    result = app_inbound(r->app, r->reader, &r->text, org, &form, &job, &f);
    if (result == ERR_INVALID || result == ERR_DENIED) {
        log_event(LOG_WARN, "inbound_set_aside", log_text("sid", item->sid), log_text("why", f.what));
        return ERR_OK;
    }
    if (result == ERR_OK) result = rival_date(r, a, &job, item->date_created_ms, &rival_ms);
    if (result != ERR_OK) return result;
    app_inbound_date(r->reader, &r->text, &job, item->date_created_ms, rival_ms);
    result = app_submit_wait(&job.job);
    r->count.inbound_found += result == ERR_OK && !job.change.duplicate;
    return result;
}

/* ERR_OK also when it is nobody's or known. Anything else: the sweep must come by again. */
static enum err take_inbound(struct reconcile *r, struct account *a, const struct provider_item *item)
{
    const struct store_ops *ops = r->reader->store->ops;
    struct inbound known;
    struct sender sender;
    struct org org;

    for (size_t i = 0; i < r->members_count; i++) {
        enum err found = inbound_sender_find(r->reader, r->members[i], str_from(item->to), &sender);
        if (found == ERR_NOT_FOUND) continue;
        if (found != ERR_OK) return found;
        if (ops->inbound_by_sid(r->reader, &r->text, r->members[i], str_from(item->sid), &known) == ERR_OK)
            return ERR_OK;
        if (ops->org_get(r->reader, &r->text, r->members[i], &org) != ERR_OK) return ERR_UNAVAILABLE;
        return store_inbound(r, a, &org, item);
    }
    return ERR_OK;
}

/* How well a text of ours fits what was sent: the same, one whose text is rendered when it is drawn, another.
 */
static int likeness(const struct message *m, const struct provider_item *item)
{
    return m->body.len == 0 ? 1 : str_equal(str_trim(m->body), str_trim(item->body)) ? 2 : 0;
}

static bool may_be_it(const struct message *m, const struct provider_item *item)
{
    int64_t latest_ms = item->date_created_ms + MARGIN_MS;
    if (m->created_ms > latest_ms || m->send_at_ms > latest_ms) return false;
    return m->state == MESSAGE_QUEUED || m->state == MESSAGE_HELD || m->state == MESSAGE_IN_DOUBT;
}

/* Is that SID an attempt's of ours, the last of its message or one before? */
static enum err is_known(struct reconcile *r, org_id org, uint64_t number, const struct provider_item *item, bool *out)
{
    return r->reader->store->ops->sid_taken(r->reader, org, number, str_from(item->sid), 0, out);
}

/* Of ours to that number the likeliest that waits, among equals the oldest; 0: none, or the SID is known. */
static enum err unbound_message(struct reconcile *r, org_id org, const struct provider_item *item,
                                uint64_t *out)
{
    struct message ours[CANDIDATES];
    size_t count = CANDIDATES;
    uint64_t number = 0;
    int best = -1;
    bool known = false;
    enum err result;

    *out = 0;
    if (phone_read_e164(str_from(item->to), &number) != ERR_OK) return ERR_OK;
    result = is_known(r, org, number, item, &known);
    if (result != ERR_OK || known) return result;
    result = r->reader->store->ops->messages_to(r->reader, &r->text, org, number, ours, &count);
    for (size_t i = 0; result == ERR_OK && i < count; i++) {
        if (!may_be_it(&ours[i], item) || likeness(&ours[i], item) < best) continue;
        best = likeness(&ours[i], item); /* newest first: the last of the best is the oldest */
        *out = ours[i].id;
    }
    return result;
}

/* ERR_NOT_FOUND: it was not. Answers by TwiML are not messages of ours, and what another organization's number sent
 * is not this one's. */
static enum err was_sent_by(struct reconcile *r, org_id org, const struct provider_item *item)
{
    struct sender sender;
    if (strcmp(item->direction, "outbound-reply") == 0) return ERR_NOT_FOUND;
    return item->from[0] == '\0' ? ERR_OK : inbound_sender_find(r->reader, org, str_from(item->from), &sender);
}

static enum err fetch_stuck(struct reconcile *r, const struct message *m);

/* What the provider has as failed before any carrier had it is no proof of a sending, for it would be sent again:
 * as often it is the attempt before the one that the copy is about to make. */
static bool never_left(const struct provider_item *item)
{
    return item->status == PROVIDER_FAILED && playbook_get(item->error_code)->retry_after_accept;
}

static bool may_have_failed_since(const struct message *m, const struct provider_item *item)
{
    return (m->state == MESSAGE_ACCEPTED || m->state == MESSAGE_SENT) && m->sid[0] != '\0' &&
           m->armed_ms <= item->date_created_ms + MARGIN_MS && likeness(m, item) > 0;
}

static bool waits_again(struct reconcile *r, org_id org, uint64_t message)
{
    struct message m;
    return r->reader->store->ops->message_get(r->reader, &r->text, org, message, &m) == ERR_OK &&
           (m.state == MESSAGE_QUEUED || m.state == MESSAGE_HELD);
}

/* The copy may know a message as accepted that has failed since and was sent again: then the item is its next
 * attempt. What became of the attempt that the copy knows is asked of the provider, once in a walk; only if it is
 * to be sent again now can the item be that sending. *out: that message, 0 for none. */
static enum err retried_message(struct reconcile *r, struct account *a, org_id org,
                                const struct provider_item *item, uint64_t *out)
{
    struct message ours[CANDIDATES];
    size_t count = CANDIDATES;
    uint64_t number = 0;
    bool sid_known = false;
    enum err result;

    if (phone_read_e164(str_from(item->to), &number) != ERR_OK) return ERR_OK;
    result = is_known(r, org, number, item, &sid_known);
    if (result != ERR_OK || sid_known) return result;
    result = r->reader->store->ops->messages_to(r->reader, &r->text, org, number, ours, &count);
    for (size_t i = 0; result == ERR_OK && i < count; i++) {
        union map_value *known;
        if (!may_have_failed_since(&ours[i], item)) continue;
        if (map_get(&a->fetched, ours[i].id) != NULL) continue;
        result = fetch_stuck(r, &ours[i]);
        known = result == ERR_OK ? map_put(&a->fetched, ours[i].id) : NULL;
        if (result == ERR_OK && known == NULL) result = ERR_FULL;
        if (result != ERR_OK || !waits_again(r, org, ours[i].id)) continue;
        *out = ours[i].id;
        break;
    }
    return result;
}

/* Binds the item to the message of ours that it was. ERR_NOT_FOUND: to none. One that a callback bound meanwhile to its
 * own item was not this one: the next likeliest is, else it would be sent again. */
static enum err bind_outbound(struct reconcile *r, struct account *a, org_id org, const struct provider_item *item)
{
    struct change_bind change;
    uint64_t refused = 0, message;

    for (;;) {
        enum err result = unbound_message(r, org, item, &message);
        if (result == ERR_OK && message == 0) result = retried_message(r, a, org, item, &message);
        if (result != ERR_OK) return result;
        if (message == 0) return ERR_NOT_FOUND;
        if (message == refused) return ERR_OK;
        change = (struct change_bind){.head = {.kind = CHANGE_BIND}, .org = org, .message = message,
                                      .to = MESSAGE_ACCEPTED, .error_code = item->error_code,
                                      .now_ms = clock_wall_ms(r->app->clock)};
        (void)snprintf(change.sid, sizeof change.sid, "%s", item->sid);
        result = store_change_wait(r->app->queue, &change.head);
        r->count.bound += result == ERR_OK;
        if (result != ERR_CONFLICT) return result == ERR_NOT_FOUND ? ERR_OK : result;
        refused = message;
    }
}

static enum err take_outbound(struct reconcile *r, struct account *a, const struct provider_item *item)
{
    if (never_left(item)) return ERR_OK;
    for (size_t i = 0; i < r->members_count; i++) {
        enum err result = was_sent_by(r, r->members[i], item);
        if (result == ERR_OK) result = bind_outbound(r, a, r->members[i], item);
        if (result != ERR_NOT_FOUND) return result;
    }
    return ERR_OK;
}

static enum err take_page(struct reconcile *r, struct account *a, const struct provider_answer *page,
                          bool inbound, bool *reached)
{
    enum err result = ERR_OK;
    for (size_t i = 0; i < page->items_count && result == ERR_OK; i++) {
        const struct provider_item *item = &page->items[i];
        arena_reset(&r->text); /* a page of people with many messages each would fill it */
        /* Queued messages have no date sent, so outbound ones are listed without that filter: newest first.
         */
        if (item->date_created_ms < a->walk.since_ms) *reached = !inbound || *reached;
        if (item->inbound != inbound || item->date_created_ms < a->walk.since_ms) continue;
        result = inbound ? take_inbound(r, a, item) : take_outbound(r, a, item);
    }
    return result;
}

/* Reads one page and takes what is on it. *reached: the listing is done. */
static enum err walk_page(struct reconcile *r, struct account *a, bool inbound, bool *reached)
{
    struct walk *w = &a->walk;
    struct provider_request q = {
        .call = PROVIDER_LIST, .page_size = PAGE_SIZE, .list_page = str_from(w->next)};
    struct provider_answer answer;
    enum err result;

    if (w->next[0] == '\0' && inbound) q.list_date_after_ms = w->since_ms;
    result = ask(r, a, &q, &answer);
    if (result != ERR_OK) return result;
    if (w->provider_now_ms == 0) w->provider_now_ms = answer.provider_date_ms;
    result = take_page(r, a, &answer, inbound, reached);
    *reached = *reached || answer.next_page.len == 0;
    if (result == ERR_OK && !*reached) result = str_copy(answer.next_page, w->next, sizeof w->next);
    provider_answer_free(r->o.provider, &answer);
    return result;
}

/* Lists an account's messages since a moment, newest first, page by page, and stores or binds each.
 * ERR_LIMIT: the minute's requests ran out; the next call goes on from there. */
static enum err walk_listing(struct reconcile *r, struct account *a, int64_t since_ms, bool inbound)
{
    struct walk *w = &a->walk;
    enum err result = ERR_OK;
    bool reached = false;

    if (!w->under_way) *w = (struct walk){.under_way = true, .since_ms = since_ms < 0 ? 0 : since_ms};
    result = know_members(r, a);
    while (result == ERR_OK && !reached && !r->stopping) {
        arena_reset(&r->text);
        result = walk_page(r, a, inbound, &reached);
    }
    if (r->stopping && !reached) return ERR_CANCELED;
    if (result == ERR_OK) w->under_way = false;
    if (!w->under_way) map_free(&a->fetched);
    if (result != ERR_OK && result != ERR_LIMIT && ++w->failures == WALK_FAILURES_MAX)
        w->under_way = false; /* the page may be gone: from the beginning, then */
    return result;
}

/* ---- inbound ---- */

static struct str seen_name(struct reconcile *r, const struct account *a)
{
    return str_from(arena_printf(&r->text, "inbound_seen:%s", a->sid));
}

static int64_t seen_until(struct reconcile *r, const struct account *a)
{
    struct str value;
    int64_t ms;
    if (r->reader->store->ops->meta_get(r->reader, &r->text, seen_name(r, a), &value) != ERR_OK)
        return a->born_ms;
    return str_to_i64(value, &ms) == ERR_OK ? ms : a->born_ms;
}

static void sweep_inbound(struct reconcile *r, struct account *a)
{
    struct change_meta change = {.head = {.kind = CHANGE_META}};
    enum err result = walk_listing(r, a, seen_until(r, a) - MARGIN_MS, true);
    int64_t provider_now_ms = a->walk.provider_now_ms;

    if (result != ERR_OK) return;
    a->swept_mono_ms = clock_mono_ms(r->app->clock);
    if (provider_now_ms == 0) provider_now_ms = clock_wall_ms(r->app->clock);
    change.name = seen_name(r, a);
    change.value = str_from(arena_printf(&r->text, "%" PRId64, provider_now_ms));
    (void)!store_change_wait(r->app->queue, &change.head);
    if (a->open) return;
    a->open = true;
    for (size_t i = 0; i < r->members_count; i++)
        r->app->tell(r->app->pump, &(struct note){.kind = NOTE_GATE, .org = r->members[i], .gate = GATE_OPEN});
    log_event(LOG_INFO, "account_caught_up", log_text("account", a->sid),
              log_int("inbound_found", r->count.inbound_found));
}

/* ---- a restored copy ---- */

static void read_back(struct reconcile *r, struct account *a)
{
    if (walk_listing(r, a, r->o.restored_since_ms - MARGIN_MS, false) != ERR_OK) return;
    a->restored_done = true;
    log_event(LOG_WARN, "restored_copy_read_back", log_text("account", a->sid),
              log_int("bound", r->count.bound));
}

static void tell_restored_done(struct reconcile *r)
{
    for (size_t i = 0; i < r->accounts_count; i++)
        if (!r->accounts[i].restored_done) return;
    r->restored_told = true;
    if (r->o.restored_done != NULL) r->o.restored_done(r->o.owner);
}

/* ---- stuck messages ---- */

/* ERR_OK also when it says nothing of ours; anything else: it is to be asked for again. */
static enum err take_status(struct reconcile *r, const struct org *org, const struct message *m,
                            const struct provider_item *item)
{
    struct form_pair pairs[PAIRS];
    struct form form = {.pairs = pairs};
    struct status_job job;
    struct fault f = {0};
    enum err result;

    add_pair(&form, STR("MessageSid"), str_from(item->sid));
    add_pair(&form, STR("MessageStatus"), str_from(status_text(item->status)));
    add_pair(&form, STR("AccountSid"), org_account_sid(r->app->settings, org));
    add_pair(&form, STR("To"), str_from(item->to));
    if (item->error_code != 0)
        add_pair(&form, STR("ErrorCode"), str_from(arena_printf(&r->text, "%d", item->error_code)));
    result = app_status(r->app, r->reader, &r->text, org, m->id, m->attempt, &form, &job, &f);
    if (result == ERR_INVALID || result == ERR_DENIED || (result == ERR_OK && job.job.change == NULL)) return ERR_OK;
    if (result == ERR_OK) result = app_submit_wait(&job.job);
    r->count.statuses_found += result == ERR_OK && job.change.verdict == STATUS_APPLIED;
    return result;
}

static enum err fetch_stuck(struct reconcile *r, const struct message *m)
{
    struct provider_request q = {.call = PROVIDER_FETCH, .sid = str_from(m->sid)};
    struct provider_answer answer;
    struct account *a;
    struct org org;
    enum err result;

    result = r->reader->store->ops->org_get(r->reader, &r->text, m->org, &org);
    if (result != ERR_OK) return result == ERR_NOT_FOUND ? ERR_OK : result;
    a = find_account(r, org_account_sid(r->app->settings, &org));
    if (a == NULL || !a->usable || m->sid[0] == '\0') return ERR_OK;
    result = ask(r, a, &q, &answer);
    if (result != ERR_OK) return result;
    result = take_status(r, &org, m, &answer.item);
    provider_answer_free(r->o.provider, &answer);
    return result;
}

static void sweep_stuck(struct reconcile *r)
{
    int64_t before_ms = clock_wall_ms(r->app->clock) - r->app->settings->reconcile_stuck_ms;
    struct message page[STUCK_PAGE];
    size_t count = STUCK_PAGE;
    uint64_t scanned_to = 0;

    if (r->stuck_after == 0) r->stuck_after = message_id_next(0, clock_wall_ms(r->app->clock) - STUCK_AGE_MS);
    if (r->reader->store->ops->messages_stuck(r->reader, &r->text, r->stuck_after, before_ms, STUCK_SCAN,
                                              page, &count, &scanned_to) != ERR_OK)
        return;
    for (size_t i = 0; i < count && !r->stopping; i++) {
        if (fetch_stuck(r, &page[i]) == ERR_LIMIT) return; /* goes on from here at the next round */
        r->stuck_after = page[i].id;
    }
    if (count == 0 && scanned_to <= r->stuck_after) { /* the end: the walk begins anew at the next sweep */
        r->stuck_after = 0;
        r->stuck_mono_ms = clock_mono_ms(r->app->clock);
    } else {
        r->stuck_after = scanned_to;
    }
}

/* ---- Twilio's own alerts ---- */

struct alerts {
    struct reconcile *r;
    const struct account *account;
    int64_t newest_ms;
};

/* Only those about requests to us: what else the account does is not Sterling's. */
static enum err take_alert(void *owner, const struct twilio_alert *alert, struct fault *f)
{
    struct alerts *found = owner;
    (void)f;
    /* Dates are whole seconds and the filter is inclusive: those of the second read last were told already.
     */
    if (alert->date_generated_ms <= found->account->alerts_since_ms) return ERR_OK;
    if (alert->date_generated_ms > found->newest_ms) found->newest_ms = alert->date_generated_ms;
    if (!str_starts(alert->request_url, str_from(found->r->app->settings->public_url))) return ERR_OK;
    found->r->count.alerts_found++;
    log_event(LOG_WARN, "twilio_alert", log_text("account", found->account->sid),
              log_int("code", alert->error_code), log_text("sid", alert->sid),
              log_text("meaning", playbook_get(alert->error_code)->title));
    return ERR_OK;
}

static void sweep_alerts(struct reconcile *r, struct account *a)
{
    struct alerts found = {.r = r, .account = a, .newest_ms = a->alerts_since_ms};
    struct alert_filter filter = {.from_ms = a->alerts_since_ms, .pages_max = ALERT_PAGES_MAX};
    struct twilio_account account = {0};
    struct fault f = {0};
    struct org org;
    enum err result;

    a->alerts_mono_ms = clock_mono_ms(r->app->clock);
    if (r->reader->store->ops->org_get(r->reader, &r->text, a->first_org, &org) != ERR_OK) return;
    result = org_account_open(r->app->sealer, r->app->settings, &r->text, &org, &account, &f);
    if (result == ERR_OK && within_budget(r, a))
        result = alerts_list(r->rest, &account, &filter, take_alert, &found, &f);
    twilio_account_wipe(&account);
    a->alerts_since_ms = found.newest_ms;
    if (result != ERR_OK && result != ERR_LIMIT)
        log_event(LOG_INFO, "alerts_not_read", log_text("account", a->sid), log_text("why", f.what));
}

/* ---- rounds ---- */

static bool is_due(const struct reconcile *r, int64_t since_mono_ms)
{
    return since_mono_ms < 0 ||
           clock_mono_ms(r->app->clock) - since_mono_ms >= r->app->settings->reconcile_every_ms;
}

static void one_round(struct reconcile *r)
{
    int64_t open = 0;

    (void)!know_orgs(r, true);
    arena_reset(&r->text);
    for (size_t i = 0; i < r->accounts_count && !r->stopping; i++) {
        struct account *a = &r->accounts[i];
        if (!a->usable) continue;
        if (r->o.restored && !a->restored_done) read_back(r, a);
        if ((!r->o.restored || a->restored_done) && is_due(r, a->swept_mono_ms)) sweep_inbound(r, a);
        if (r->rest != NULL && is_due(r, a->alerts_mono_ms)) sweep_alerts(r, a);
        open += a->open;
        arena_reset(&r->text);
    }
    if (r->o.restored && !r->restored_told) tell_restored_done(r);
    if (is_due(r, r->stuck_mono_ms) && !MUTANT(stuck_not_swept)) sweep_stuck(r);
    arena_reset(&r->text);
    r->count.rounds++;
    r->count.accounts = (int64_t)r->accounts_count;
    r->count.accounts_open = open;
    r->count.last_round_ms = clock_wall_ms(r->app->clock);
    pthread_mutex_lock(&r->lock);
    r->view = r->count;
    pthread_mutex_unlock(&r->lock);
}

/* Whoever is woken again and again, because a thousand organizations are being registered, still rests longer than it
 * works: a round reads them all. */
static void wait_for_work(struct reconcile *r, int64_t began_us)
{
    int64_t pause_ms =
        r->app->settings->reconcile_every_ms < 1000 ? r->app->settings->reconcile_every_ms : 1000;
    int64_t now_us = clock_mono_us(r->app->clock), rest_us = (now_us - began_us) * RESTS;
    int64_t end_us = now_us + pause_ms * 1000, earliest_us;

    if (rest_us < REST_US_MIN) rest_us = REST_US_MIN;
    earliest_us = rest_us < end_us - now_us ? now_us + rest_us : end_us;
    pthread_mutex_lock(&r->lock);
    while (!r->stopping && clock_mono_us(r->app->clock) < (r->woken ? earliest_us : end_us))
        (void)timed_cond_wait(&r->woken_up, &r->lock, r->woken ? earliest_us : end_us);
    r->woken = false;
    pthread_mutex_unlock(&r->lock);
}

static void *run(void *owner)
{
    struct reconcile *r = owner;
    while (!r->stopping) {
        int64_t began_us = clock_mono_us(r->app->clock);
        one_round(r);
        wait_for_work(r, began_us);
    }
    return NULL;
}

static void release(struct reconcile *r)
{
    if (r->reader != NULL) r->app->store->ops->reader_close(r->reader);
    provider_stop(r->o.provider);
    if (r->rest != NULL) rest_free(r->rest);
    arena_reset(&r->text);
    pthread_cond_destroy(&r->woken_up);
    pthread_mutex_destroy(&r->lock);
    for (size_t i = 0; i < r->accounts_count; i++) map_free(&r->accounts[i].fetched);
    map_free(&r->by_sid);
    map_free(&r->gates);
    free(r->accounts);
    free(r->known);
    free(r->members);
    free(r);
}

enum err reconcile_start(const struct reconcile_options *o, struct reconcile **out, struct fault *f)
{
    struct reconcile *r = calloc(1, sizeof *r);
    enum err result = ERR_OK;

    *out = NULL;
    if (r == NULL) {
        provider_stop(o->provider);
        return fault_set(f, ERR_FULL, "out of memory");
    }
    *r = (struct reconcile){.o = *o, .app = o->app, .stuck_mono_ms = -1, .woken = true};
    map_init(&r->by_sid);
    map_init(&r->gates);
    arena_init(&r->text, TEXT_BYTES);
    pthread_mutex_init(&r->lock, NULL);
    timed_cond_init(&r->woken_up);
    r->accounts = calloc(ACCOUNTS_MAX, sizeof *r->accounts);
    if (r->accounts == NULL) result = fault_set(f, ERR_FULL, "out of memory");
    if (result == ERR_OK) result = r->app->store->ops->reader_open(r->app->store, &r->reader, f);
    if (result == ERR_OK && o->read_alerts)
        result = rest_new(
            &(struct rest_config){.timeout_ms = r->app->settings->provider_timeout_ms,
                                  .connect_timeout_ms = r->app->settings->provider_connect_timeout_ms,
                                  .tries_max = 1},
            &r->rest, f);
    if (result == ERR_OK && pthread_create(&r->thread, NULL, run, r) != 0)
        result = fault_set(f, ERR_FULL, "no thread for reconciling");
    if (result != ERR_OK) {
        release(r);
        return result;
    }
    *out = r;
    return ERR_OK;
}

void reconcile_wake(struct reconcile *r)
{
    pthread_mutex_lock(&r->lock);
    r->woken = true;
    pthread_cond_signal(&r->woken_up);
    pthread_mutex_unlock(&r->lock);
}

void reconcile_stop(struct reconcile *r)
{
    if (r == NULL) return;
    r->stopping = true;
    reconcile_wake(r);
    provider_wakeup(r->o.provider);
    (void)pthread_join(r->thread, NULL);
    release(r);
}

void reconcile_view(struct reconcile *r, struct reconcile_view *out)
{
    pthread_mutex_lock(&r->lock);
    *out = r->view;
    pthread_mutex_unlock(&r->lock);
}
