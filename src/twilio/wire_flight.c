/*
 * wire_flight: what becomes of attempts between start and answer: names, connections, bytes, deadlines. Each event
 * moves one connection on as far as it goes without waiting. Contract in wire_inside.h.
 */
#include "twilio/wire_inside.h"

#include "base/failpoint.h"
#include "base/mutant.h"

#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { EVENTS_AT_ONCE = 256, WAIT_MS_MAX = 60000 };

/* ---- lists ----------------------------------------------------------------------------------------- */

void wire_queue_init(struct wire_queue *q)
{
    q->first = NULL;
    q->end = &q->first;
}

void wire_queue_put(struct wire_queue *q, struct wire_attempt *a)
{
    a->next = NULL;
    *q->end = a;
    q->end = &a->next;
}

struct wire_attempt *wire_queue_take(struct wire_queue *q)
{
    struct wire_attempt *a = q->first;
    if (a == NULL) return NULL;
    q->first = a->next;
    if (q->first == NULL) q->end = &q->first;
    return a;
}

static void queue_remove(struct wire_queue *q, const struct wire_attempt *a)
{
    struct wire_attempt **at = &q->first;
    while (*at != a)
        at = &(*at)->next;
    *at = a->next;
    if (*at == NULL) q->end = at;
}

/* ---- slots ----------------------------------------------------------------------------------------- */

static void slot_free(struct provider_wire *p, struct wire_slot *s)
{
    wire_link_close(&s->link); /* epoll forgets it by itself */
    s->origin = NULL;
    s->attempt = NULL;
    s->watched = 0;
    s->next = p->free_slots;
    p->free_slots = s;
}

static void idle_remove(struct wire_slot *s)
{
    struct wire_slot **at = &s->origin->idle;
    while (*at != s)
        at = &(*at)->next;
    *at = s->next;
}

static void idle_put(struct provider_wire *p, struct wire_slot *s)
{
    s->attempt = NULL;
    s->idle_since_ms = clock_mono_ms(p->clock);
    s->next = s->origin->idle;
    s->origin->idle = s;
}

/* A kept connection that may be used, or NULL. Those that may not are closed. */
static struct wire_slot *idle_take(struct provider_wire *p, struct wire_origin *o, int64_t now_ms)
{
    while (o->idle != NULL) {
        struct wire_slot *s = o->idle;
        o->idle = s->next;
        if (MUTANT(wire_connection_unlooked)) return s;
        if (now_ms - s->idle_since_ms < p->idle_max_ms && wire_link_is_silent(&s->link)) return s;
        slot_free(p, s);
    }
    return NULL;
}

/* As many slots as attempts: if none is free, one is idle. */
static struct wire_slot *slot_new(struct provider_wire *p)
{
    struct wire_slot *s, *oldest = NULL;

    for (size_t i = 0; p->free_slots == NULL && i < p->origins_count; i++)
        for (s = p->origins[i]->idle; s != NULL; s = s->next)
            if (oldest == NULL || s->idle_since_ms < oldest->idle_since_ms) oldest = s;
    if (oldest != NULL) {
        idle_remove(oldest);
        slot_free(p, oldest);
    }
    s = p->free_slots;
    BUG_IF(s == NULL);
    p->free_slots = s->next;
    return s;
}

static bool watch(struct provider_wire *p, struct wire_slot *s)
{
    uint32_t wanted = s->link.wants_write ? (uint32_t)EPOLLOUT | (uint32_t)EPOLLIN : (uint32_t)EPOLLIN;
    struct epoll_event event = {.events = wanted, .data.ptr = s};

    if (s->watched == wanted) return true;
    if (epoll_ctl(p->epoll_fd, s->watched == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, s->link.fd, &event) != 0) return false;
    s->watched = wanted;
    return true;
}

/* ---- ends ------------------------------------------------------------------------------------------ */

static void leave_naming(struct provider_wire *p, const struct wire_attempt *a)
{
    if (a->home == WIRE_NAMING) p->naming--;
}

static void end(struct provider_wire *p, struct wire_attempt *a)
{
    leave_naming(p, a);
    a->slot = NULL;
    a->home = WIRE_ENDED;
    wire_queue_put(&p->ended, a);
}

/* Without a whole answer. What is too long to be told is cut. */
static void fail(struct provider_wire *p, struct wire_attempt *a, const char *wrong, const char *about)
{
    BUG_IF(snprintf(a->wrong, sizeof a->wrong, "%s%s%s", wrong, about[0] != '\0' ? ": " : "", about) < 0);
    if (a->slot != NULL) slot_free(p, a->slot);
    end(p, a);
}

/* The answer is over, well or badly. Whatever came after it belongs to nothing: not on this connection again. */
static void finish(struct provider_wire *p, struct wire_attempt *a, bool more_came)
{
    struct wire_slot *s = a->slot;
    bool keep = a->answer.home == HTTP_ANSWER_DONE && a->answer.keeps && !more_came && p->idle_max_ms > 0 &&
                a->given == a->request.len;

    if (keep)
        idle_put(p, s);
    else
        slot_free(p, s);
    end(p, a);
}

void wire_flight_drop(struct provider_wire *p, struct wire_attempt *a)
{
    if (a->home == WIRE_QUEUED) queue_remove(&p->queued, a);
    leave_naming(p, a);
    if (a->slot != NULL) slot_free(p, a->slot);
    a->slot = NULL;
}

/* ---- bytes ----------------------------------------------------------------------------------------- */

/* Only a mutant does this: what a client does that takes a kept connection without an answer for a stale one. */
static void repeat(struct provider_wire *p, struct wire_attempt *a)
{
    slot_free(p, a->slot);
    a->slot = NULL;
    a->given = a->left = 0;
    a->tried = 1;
    http_answer_clear(&a->answer, a->answer.body.max);
    a->home = WIRE_QUEUED;
    wire_queue_put(&p->queued, a);
}

/* Reads what is there. True if the attempt still flies. */
static bool take_bytes(struct provider_wire *p, struct wire_attempt *a)
{
    for (;;) {
        size_t got = 0, used;
        switch (wire_link_read(&a->slot->link, p->chunk, sizeof p->chunk, &got)) {
        case WIRE_AGAIN:
            return true;
        case WIRE_BROKEN:
            fail(p, a, a->slot->link.wrong, "");
            return false;
        case WIRE_END:
            http_answer_end(&a->answer);
            if (MUTANT(wire_repeats) && a->answer.status == 0 && a->tried == 0) {
                repeat(p, a);
                return false;
            }
            finish(p, a, false);
            return false;
        case WIRE_DONE:
            break;
        }
        if (a->call == PROVIDER_CREATE) FAILPOINT("send.answer_came");
        used = http_answer_feed(&a->answer, (struct str){p->chunk, got});
        if (http_answer_over(&a->answer)) {
            finish(p, a, used < got);
            return false;
        }
        if (got < sizeof p->chunk && !wire_link_may_hold(&a->slot->link)) return true;
    }
}

static void await_events(struct provider_wire *p, struct wire_attempt *a)
{
    if (!watch(p, a->slot)) fail(p, a, "the connection cannot be watched", "");
}

static void write_on(struct provider_wire *p, struct wire_attempt *a)
{
    struct wire_link *l = &a->slot->link;

    a->home = WIRE_WRITING;
    if (a->call == PROVIDER_CREATE && a->given == 0) FAILPOINT("send.connected");
    switch (wire_link_write(l, buf_str(&a->request), &a->given, &a->left)) {
    case WIRE_DONE:
        if (a->call == PROVIDER_CREATE) FAILPOINT("send.last_byte");
        a->home = WIRE_AWAITING;
        break;
    case WIRE_AGAIN:
        break;
    case WIRE_END:
    case WIRE_BROKEN: {
        char wrong[sizeof l->wrong];
        (void)snprintf(wrong, sizeof wrong, "%s", l->wrong);
        /* The peer may have answered before it broke the connection. */
        if (take_bytes(p, a)) fail(p, a, wrong, "");
        return;
    }
    }
    await_events(p, a);
}

/* ---- connecting ------------------------------------------------------------------------------------ */

static struct wire_peer peer_of(const struct provider_wire *p, struct wire_origin *o)
{
    return (struct wire_peer){o->is_tls ? p->tls : NULL, o->name.host, o->name.is_digits, &o->session};
}

static size_t address_of(const struct wire_attempt *a)
{
    const struct wire_name *n = &a->origin->name;
    return n->count > 0 ? (n->first + a->tried) % n->count : 0; /* another attempt may have them forgotten */
}

/* Begins to connect to the next address that takes it; after the last one the attempt has failed. */
static void dial(struct provider_wire *p, struct wire_attempt *a, struct wire_slot *s, const char *why)
{
    struct wire_origin *o = a->origin;
    struct wire_peer peer = peer_of(p, o);

    s->origin = o;
    s->attempt = a;
    a->slot = s;
    leave_naming(p, a);
    a->home = WIRE_CONNECTING;
    for (; a->tried < o->name.count; a->tried++) {
        s->watched = 0;
        if (wire_link_dial(&s->link, &o->name.addresses[address_of(a)], &peer, p->send_buffer_bytes) != WIRE_BROKEN) {
            await_events(p, a);
            return;
        }
        (void)snprintf(a->wrong, sizeof a->wrong, "%s", s->link.wrong);
        why = a->wrong;
        wire_link_close(&s->link);
    }
    wire_name_forget(&o->name);
    fail(p, a, o->host_field, why);
}

static void establish(struct provider_wire *p, struct wire_attempt *a)
{
    struct wire_slot *s = a->slot;
    char wrong[sizeof s->link.wrong];

    switch (wire_link_establish(&s->link)) {
    case WIRE_DONE:
        write_on(p, a);
        return;
    case WIRE_AGAIN:
        await_events(p, a);
        return;
    case WIRE_END:
    case WIRE_BROKEN:
        break;
    }
    (void)snprintf(wrong, sizeof wrong, "%s", s->link.wrong);
    if (s->link.is_connected) { /* TLS: another address would say the same */
        fail(p, a, a->origin->host_field, wrong);
        return;
    }
    wire_name_blame(&a->origin->name, address_of(a));
    wire_link_close(&s->link);
    a->tried++;
    dial(p, a, s, wrong);
}

/* ---- launching ------------------------------------------------------------------------------------- */

static void launch(struct provider_wire *p, struct wire_attempt *a, int64_t now_ms)
{
    struct wire_origin *o = a->origin;
    struct wire_slot *s = idle_take(p, o, now_ms);

    if (s != NULL) {
        s->attempt = a;
        a->slot = s;
        write_on(p, a);
        return;
    }
    (void)wire_name_take(&o->name, now_ms);
    switch (wire_name_ask(&o->name, now_ms, p->event_fd)) {
    case ERR_OK:
        dial(p, a, slot_new(p), "");
        return;
    case ERR_UNAVAILABLE:
        a->home = WIRE_NAMING;
        p->naming++;
        return;
    default:
        fail(p, a, o->name.host, wire_name_failure(&o->name));
    }
}

static void launch_queued(struct provider_wire *p)
{
    int64_t now_ms = p->queued.first != NULL ? clock_mono_ms(p->clock) : 0;
    struct wire_attempt *a;

    while ((a = wire_queue_take(&p->queued)) != NULL)
        launch(p, a, now_ms);
}

/* Attempts whose origin was looked up go on. */
static void take_names(struct provider_wire *p)
{
    int64_t now_ms = clock_mono_ms(p->clock);

    for (size_t i = 0; p->naming > 0 && i < p->count; i++) {
        struct wire_attempt *a = &p->attempts[i];
        struct wire_name *n;
        if (a->home != WIRE_NAMING) continue;
        n = &a->origin->name;
        (void)wire_name_take(n, now_ms);
        if (n->count > 0)
            dial(p, a, slot_new(p), "");
        else if (n->lookup == NULL)
            fail(p, a, n->host, wire_name_failure(n));
    }
}

/* ---- deadlines ------------------------------------------------------------------------------------- */

static bool is_flying(const struct wire_attempt *a)
{
    return a->home != WIRE_FREE && a->home != WIRE_ENDED;
}

static int64_t deadline_of(const struct wire_attempt *a)
{
    bool connects = a->home == WIRE_QUEUED || a->home == WIRE_NAMING || a->home == WIRE_CONNECTING;
    return connects && a->connect_deadline_ms < a->deadline_ms ? a->connect_deadline_ms : a->deadline_ms;
}

static void expire(struct provider_wire *p, struct wire_attempt *a)
{
    if (a->home == WIRE_QUEUED) queue_remove(&p->queued, a);
    if (a->home == WIRE_CONNECTING) wire_name_blame(&a->origin->name, address_of(a));
    fail(p, a, a->origin->host_field,
         a->home == WIRE_WRITING || a->home == WIRE_AWAITING ? "no answer in time" : "no connection in time");
}

/* Deadlines only ever move away, so all are looked at once in a while and not at each step. */
static void run_deadlines(struct provider_wire *p, int64_t now_ms)
{
    if (now_ms < p->due_ms) return;
    p->due_ms = INT64_MAX;
    for (size_t i = 0; i < p->count; i++) {
        struct wire_attempt *a = &p->attempts[i];
        if (is_flying(a) && deadline_of(a) <= now_ms) expire(p, a);
        if (is_flying(a) && deadline_of(a) < p->due_ms) p->due_ms = deadline_of(a);
    }
    for (size_t i = 0; i < p->count; i++) {
        struct wire_slot *s = &p->slots[i];
        if (s->origin == NULL || s->attempt != NULL) continue;
        if (now_ms - s->idle_since_ms >= p->idle_max_ms) {
            idle_remove(s);
            slot_free(p, s);
        } else if (s->idle_since_ms + p->idle_max_ms < p->due_ms) {
            p->due_ms = s->idle_since_ms + p->idle_max_ms;
        }
    }
}

/* ---- the loop -------------------------------------------------------------------------------------- */

static void run_event(struct provider_wire *p, struct wire_slot *s, uint32_t events)
{
    struct wire_attempt *a = s->attempt;
    bool reads = (events & ((uint32_t)EPOLLIN | (uint32_t)EPOLLHUP | (uint32_t)EPOLLERR)) != 0;

    if (s->origin == NULL) return; /* closed by an event before this one */
    if (a == NULL) {
        if (wire_link_is_silent(&s->link)) return;
        idle_remove(s);
        slot_free(p, s);
        return;
    }
    if (a->home == WIRE_CONNECTING) {
        establish(p, a);
        return;
    }
    /* TLS may have to write before it can read on. */
    if ((reads || a->home == WIRE_AWAITING) && !take_bytes(p, a)) return;
    /* Refused before all was said: the rest is not sent. */
    if (a->home == WIRE_WRITING && a->answer.status >= 300) {
        a->home = WIRE_AWAITING;
        s->link.wants_write = false;
    }
    if (a->home == WIRE_WRITING)
        write_on(p, a);
    else
        await_events(p, a);
}

/* Handles what epoll gave; true if somebody woke us. */
static bool run_events(struct provider_wire *p, const struct epoll_event *events, int count)
{
    bool woken = false, told = false;

    for (int i = 0; i < count; i++) {
        uint64_t times;
        if (events[i].data.ptr != p) {
            run_event(p, events[i].data.ptr, events[i].events);
            continue;
        }
        woken = read(p->event_fd, &times, sizeof times) == (ssize_t)sizeof times || woken;
        atomic_store(&p->is_woken, false); /* after the read: what is told from now on wakes again */
        told = true;
    }
    /* Last: it may use slots again, of which events were still to come. */
    if (told) take_names(p);
    return woken;
}

void wire_drive(struct provider_wire *p, int64_t deadline_ms)
{
    struct epoll_event events[EVENTS_AT_ONCE];
    bool woken = false;
    int64_t now_ms;

    do {
        int64_t until_ms;
        int count;
        launch_queued(p);
        now_ms = clock_mono_ms(p->clock);
        run_deadlines(p, now_ms);
        until_ms = deadline_ms < p->due_ms ? deadline_ms : p->due_ms;
        if (p->ended.first != NULL || until_ms < now_ms) until_ms = now_ms;
        if (until_ms > now_ms + WAIT_MS_MAX) until_ms = now_ms + WAIT_MS_MAX;
        count = epoll_wait(p->epoll_fd, events, EVENTS_AT_ONCE, (int)(until_ms - now_ms));
        BUG_IF(count < 0 && errno != EINTR);
        woken = run_events(p, events, count);
    } while (p->ended.first == NULL && !woken && now_ms < deadline_ms);
}
