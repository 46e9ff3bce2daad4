/* events: the hub and its subscribers. Fails per subscriber only: a stream that cannot go on is ended. */
#include "http/events.h"

#include "app/event_view.h"
#include "app/keys.h"
#include "http/server_parts.h"

#include <stdlib.h>
#include <string.h>

/* SCRATCH_BYTES: a registration with its facts and progress, of which an event tells a little. */
enum { PAGE = 128, LOAD_PAGE = 512, RETRY_MS = 2000, ORG_SHARE = 4, ORG_LEAST = 4, SCRATCH_BYTES = 256 << 10 };

struct subscriber {
    struct events_hub *hub;
    struct request *request;
    org_id org;
    uint64_t campaign; /* 0: all */
    uint64_t position; /* events up to here were written or passed over */
    bool catching_up;  /* reads from the store until it has met what is kept */
    bool suspended, ended;
    struct buf pending;
    size_t pending_at;
    int64_t quiet_since_ms;
    struct subscriber *next, *previous;
};

/* An event and, once somebody wanted it, its text for the stream. */
struct kept {
    struct event event;
    char *text;
};

struct events_hub {
    struct http_server *server;
    _Atomic bool news;
    _Atomic size_t count;
    struct subscriber *first;
    struct kept *kept; /* [EVENTS_KEPT], a ring */
    size_t kept_count, kept_next;
    uint64_t base, newest; /* all events in (base, newest] are kept */
    bool ending;
};

struct events_hub *events_new(struct http_server *s)
{
    struct events_hub *h = calloc(1, sizeof *h);

    if (h == NULL) return NULL;
    h->server = s;
    h->kept = calloc(EVENTS_KEPT, sizeof *h->kept);
    if (h->kept != NULL) return h;
    free(h);
    return NULL;
}

void events_free(struct events_hub *h)
{
    if (h == NULL) return;
    BUG_IF(h->first != NULL);
    for (size_t i = 0; i < EVENTS_KEPT; i++)
        free(h->kept[i].text);
    free(h->kept);
    free(h);
}

void events_committed(struct events_hub *h)
{
    if (atomic_load(&h->count) == 0) return;
    if (!atomic_exchange(&h->news, true)) server_wake(h->server);
}

static const struct store_ops *ops_of(const struct events_hub *h)
{
    return h->server->app->store->ops;
}

static void keep(struct events_hub *h, const struct event *e)
{
    struct kept *place = &h->kept[h->kept_next];

    if (h->kept_count == EVENTS_KEPT)
        h->base = place->event.id;
    else
        h->kept_count++;
    free(place->text);
    *place = (struct kept){.event = *e};
    h->kept_next = (h->kept_next + 1) % EVENTS_KEPT;
    h->newest = e->id;
}

/* i-th oldest. */
static struct kept *kept_at(const struct events_hub *h, size_t i)
{
    return &h->kept[(h->kept_next + EVENTS_KEPT - h->kept_count + i) % EVENTS_KEPT];
}

/* Place of the first kept event after `position`; kept_count if there is none. */
static size_t kept_after(const struct events_hub *h, uint64_t position)
{
    size_t low = 0, high = h->kept_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (kept_at(h, middle)->event.id <= position)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool wants(const struct subscriber *u, const struct event *e)
{
    if (e->org != u->org) return false;
    if (u->campaign == 0) return true;
    return e->campaign == u->campaign || (e->type == EVENT_CAMPAIGN && e->ref == u->campaign);
}

static void wake(struct subscriber *u)
{
    if (!u->suspended) return;
    u->suspended = false;
    connection_enter(u->request->link, CONNECTION_ANSWERING);
    MHD_resume_connection(u->request->connection);
}

/* ---- writing to one subscriber ---- */

/* The lines of one event as they go over the wire; NULL without memory. free() by the caller. */
static char *text_make(struct events_hub *h, const struct event *e)
{
    struct arena scratch;
    struct buf b;
    char id[PUBLIC_ID_BYTES], type[EVENT_TYPE_BYTES], *text;

    arena_init(&scratch, SCRATCH_BYTES);
    buf_init(&b, EVENTS_BUFFER_BYTES);
    public_id_format(h->server->app->ids, PUBLIC_EVENT, e->id, id);
    event_type_format(e, type);
    buf_addf(&b, "id: %s\nevent: %s\ndata: ", id, type);
    {
        struct buf json;
        buf_init(&json, EVENTS_BUFFER_BYTES);
        event_render(h->server->app->ids, h->server->reader, &scratch, e, &json);
        buf_add(&b, buf_str(&json));
        buf_free(&json);
    }
    buf_add_text(&b, "\n\n");
    text = buf_take(&b);
    buf_free(&b);
    arena_reset(&scratch);
    return text;
}

/* False when there is no room left now: it comes next time. */
static bool put(struct subscriber *u, const char *text)
{
    struct str s = str_from(text);

    if (text == NULL) u->ended = true;
    if (u->ended || u->pending.len + s.len > EVENTS_BUFFER_BYTES) return false;
    buf_add(&u->pending, s);
    return true;
}

static bool put_one(struct subscriber *u, const struct event *e)
{
    char *text = text_make(u->hub, e);
    bool done = put(u, text);

    free(text);
    return done;
}

static void fill_from_store(struct subscriber *u)
{
    struct events_hub *h = u->hub;
    struct event page[PAGE];
    size_t count = PAGE;

    if (ops_of(h)->events(h->server->reader, u->org, u->position, page, &count) != ERR_OK) {
        u->ended = true;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (wants(u, &page[i]) && !put_one(u, &page[i])) return;
        u->position = page[i].id;
    }
    if (count == PAGE) return;
    if (u->position < h->newest) u->position = h->newest;
    u->catching_up = false;
}

static void fill_from_kept(struct subscriber *u)
{
    struct events_hub *h = u->hub;

    for (size_t i = kept_after(h, u->position); i < h->kept_count; i++) {
        struct kept *k = kept_at(h, i);
        if (wants(u, &k->event)) {
            if (k->text == NULL) k->text = text_make(h, &k->event);
            if (!put(u, k->text)) return;
        }
        u->position = k->event.id;
    }
}

static void fill(struct subscriber *u)
{
    while (u->catching_up && !u->ended && u->pending.len == 0)
        fill_from_store(u);
    if (!u->catching_up && u->position < u->hub->base) u->ended = true;
    if (!u->catching_up && !u->ended) fill_from_kept(u);
}

static ssize_t stream_read(void *state, uint64_t at, char *out, size_t max)
{
    struct subscriber *u = state;
    size_t left;

    (void)at;
    if (u->pending_at == u->pending.len && !u->ended) {
        buf_clear(&u->pending);
        u->pending_at = 0;
        fill(u);
    }
    left = u->pending.len - u->pending_at;
    if (left == 0 && u->ended) return -1;
    if (left == 0) {
        u->suspended = true;
        connection_enter(u->request->link, CONNECTION_HANDLING);
        MHD_suspend_connection(u->request->connection);
        return 0;
    }
    if (left > max) left = max;
    memcpy(out, u->pending.at + u->pending_at, left);
    u->pending_at += left;
    u->quiet_since_ms = clock_mono_ms(u->hub->server->app->clock);
    return (ssize_t)left;
}

static void stream_close(void *state)
{
    struct subscriber *u = state;

    if (u->next != NULL) u->next->previous = u->previous;
    if (u->previous != NULL) u->previous->next = u->next;
    if (u->hub->first == u) u->hub->first = u->next;
    atomic_fetch_sub(&u->hub->count, 1);
    atomic_fetch_sub(&u->hub->server->app->counters.events_subscribers, 1);
    buf_free(&u->pending);
    free(u);
}

/* ---- the hub ---- */

static uint64_t bit_of(org_id org)
{
    return 1ULL << (org % 64);
}

/* Wakes those whom one of the last `count` kept events concerns. The mask spares most of them the walk. */
static void wake_concerned(struct events_hub *h, size_t count, uint64_t orgs)
{
    for (struct subscriber *u = h->first; u != NULL; u = u->next) {
        if (!u->suspended || (orgs & bit_of(u->org)) == 0) continue;
        for (size_t i = h->kept_count - count; i < h->kept_count; i++) {
            if (!wants(u, &kept_at(h, i)->event)) continue;
            wake(u);
            break;
        }
    }
}

/* Those who are idle have passed over what did not concern them; the slow stay where they are, and are cut.
 */
static void settle(struct events_hub *h)
{
    for (struct subscriber *u = h->first; u != NULL; u = u->next) {
        if (u->suspended && !u->catching_up) u->position = h->newest;
        if (u->suspended || u->catching_up || u->position >= h->base || u->ended) continue;
        u->ended = true;
        atomic_fetch_add(&h->server->app->counters.events_dropped, 1);
    }
}

void events_serve(struct events_hub *h)
{
    struct event page[LOAD_PAGE];
    size_t count;

    if (!atomic_exchange(&h->news, false) || h->first == NULL) return;
    do {
        uint64_t orgs = 0;
        count = LOAD_PAGE;
        if (ops_of(h)->events(h->server->reader, 0, h->newest, page, &count) != ERR_OK) return;
        for (size_t i = 0; i < count; i++) {
            keep(h, &page[i]);
            orgs |= bit_of(page[i].org);
        }
        if (count > 0) wake_concerned(h, count, orgs);
        settle(h);
    } while (count == LOAD_PAGE);
}

static bool key_still_good(struct subscriber *u)
{
    struct http_server *s = u->hub->server;
    const struct caller *caller = &u->request->caller;
    struct arena scratch;
    struct api_key key;
    bool good;

    arena_init(&scratch, 64 * 1024);
    good = keys_get(s->reader, &scratch, caller->key_org, caller->key, &key) == ERR_OK &&
           key.revoked_ms == 0 && (key.expires_ms == 0 || key.expires_ms > clock_wall_ms(s->app->clock));
    arena_reset(&scratch);
    return good;
}

void events_sweep(struct events_hub *h, int64_t now_ms)
{
    for (struct subscriber *u = h->first; u != NULL; u = u->next) {
        if (!u->suspended || now_ms - u->quiet_since_ms < EVENTS_HEARTBEAT_MS) continue;
        if (!key_still_good(u)) u->ended = true;
        buf_clear(&u->pending);
        u->pending_at = 0;
        if (!u->ended) buf_add_text(&u->pending, ": still here\n\n");
        wake(u);
    }
}

void events_end(struct events_hub *h)
{
    h->ending = true;
    for (struct subscriber *u = h->first; u != NULL; u = u->next) {
        u->ended = true;
        wake(u);
    }
}

/* ---- the route ---- */

static bool org_has_room(const struct events_hub *h, org_id org)
{
    size_t mine = 0, most = h->server->options.subscribers_max / ORG_SHARE;

    for (const struct subscriber *u = h->first; u != NULL; u = u->next)
        mine += u->org == org;
    return mine < (most < ORG_LEAST ? ORG_LEAST : most);
}

static bool filters_read(struct request *q, uint64_t *campaign, uint64_t *after)
{
    struct str wanted = request_param(q, STR("campaign")), last = request_header(q, "Last-Event-ID");

    (void)request_params_only(q, "campaign last_event_id");
    if (last.len == 0) last = request_param(q, STR("last_event_id"));
    if (wanted.len > 0 && public_id_parse(q->app->ids, PUBLIC_CAMPAIGN, wanted, campaign) != ERR_OK)
        (void)problem_field(&q->problem, "?campaign", wanted, "It is no campaign's id.",
                            "Give an id such as cmp_..., or leave it out for all.");
    if (last.len > 0 && public_id_parse(q->app->ids, PUBLIC_EVENT, last, after) != ERR_OK)
        (void)problem_field(&q->problem, "Last-Event-ID", last, "It is no event's id.",
                            "Send the id of the last event you saw, or leave it out.");
    return problem_check(&q->problem) == ERR_OK;
}

/* The first bytes: how soon to come again, and where the stream begins. Says so if events before that are
 * gone. */
static void greet(struct subscriber *u, bool resumed)
{
    struct events_hub *h = u->hub;
    struct event oldest;
    size_t count = 1;
    char id[PUBLIC_ID_BYTES];

    public_id_format(h->server->app->ids, PUBLIC_EVENT, u->position, id);
    buf_addf(&u->pending, "retry: %d\nid: %s\n\n", RETRY_MS, id);
    if (!resumed || ops_of(h)->events(h->server->reader, 0, 0, &oldest, &count) != ERR_OK || count == 0)
        return;
    if (u->position + 1 >= oldest.id) return;
    buf_add_text(&u->pending,
                 "event: gap\ndata: {\"detail\":\"Events older than are kept were asked for; read the "
                 "present state by the API.\"}\n\n");
}

static struct subscriber *subscribe(struct request *q, uint64_t campaign, uint64_t position, bool resumed)
{
    struct events_hub *h = q->server->hub;
    struct subscriber *u = calloc(1, sizeof *u);

    if (u == NULL) return NULL;
    *u = (struct subscriber){.hub = h,
                             .request = q,
                             .org = q->caller.org.id,
                             .campaign = campaign,
                             .position = position,
                             .catching_up = true,
                             .next = h->first};
    u->quiet_since_ms = clock_mono_ms(q->app->clock);
    buf_init(&u->pending, EVENTS_BUFFER_BYTES);
    greet(u, resumed);
    if (h->first != NULL) h->first->previous = u;
    h->first = u;
    atomic_fetch_add(&h->count, 1);
    /* A commit between reading the newest event and being counted told nobody. */
    atomic_store(&h->news, true);
    server_wake(h->server);
    atomic_fetch_add(&q->app->counters.events_subscribers, 1);
    return u;
}

/* With nobody listening the hub reads nothing, so it begins where the store is now. */
static enum err hub_begin(struct events_hub *h)
{
    if (h->first != NULL) return ERR_OK;
    h->kept_count = h->kept_next = 0;
    if (ops_of(h)->event_newest(h->server->reader, &h->newest) != ERR_OK) return ERR_IO;
    h->base = h->newest;
    return ERR_OK;
}

static void events_get(struct request *q)
{
    struct events_hub *h = q->server->hub;
    uint64_t campaign = 0, after = 0;
    struct subscriber *u;
    bool resumed;

    if (!filters_read(q, &campaign, &after)) {
        reply_problem(q);
        return;
    }
    reply_text(q, 200, "text/event-stream", STR(""));
    if (str_equal(q->method, STR("HEAD"))) return;
    if (h->ending || atomic_load(&h->count) >= h->server->options.subscribers_max ||
        !org_has_room(h, q->caller.org.id)) {
        reply_refuse(q, ERR_UNAVAILABLE, 503, "All places for live events are taken here; %s.",
                     h->server->options.events_only ? "close unused streams"
                                                    : "use the events port, which has many");
        return;
    }
    resumed = after != 0;
    if (hub_begin(h) != ERR_OK || (!resumed && ops_of(h)->event_newest(q->reader, &after) != ERR_OK)) {
        reply_read_failed(q, ERR_IO, "event");
        return;
    }
    u = subscribe(q, campaign, after, resumed);
    if (u == NULL) {
        reply_refuse(q, ERR_FULL, 503, "There is no memory for a stream now; try again.");
        return;
    }
    reply_header(q, "X-Accel-Buffering", "no"); /* a proxy that buffers would hold events back */
    q->reply.stream = (struct reply_stream){stream_read, stream_close, u};
}

static const struct route ROUTES[] = {
    {"GET", "/v1/events", ROUTE_TENANT, KEY_SCOPE_READ, BODY_NONE, events_get, NULL, 0},
};
const struct route_table ROUTES_EVENTS = ROUTE_TABLE(ROUTES);

bool events_route_allowed(const struct route *r)
{
    return r->handle == events_get || r->access == ROUTE_OPEN;
}
