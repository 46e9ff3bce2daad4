/*
 * pump_notes: what other threads tell the pump, and the answers that they wait for.
 *
 * A note is copied into a list under the lock; the pump's thread takes the whole list at its next step. A STOP
 * is answered (its `done` called) once no attempt of that number can leave any more that had not left before. What
 * changed and does not read now is read again soon: nobody tells it twice.
 */
#include "app/pump_inside.h"

#include <stdlib.h>

struct note_node {
    struct note note;
    struct note_node *next;
};

void pump_tell(struct pump *p, const struct note *n)
{
    struct note_node *node = malloc(sizeof *node);
    bool first;

    NO_MEMORY_IF(node == NULL, "what the sending thread is told"); /* an untold STOP must not be answered */
    node->note = *n;
    node->next = NULL;
    pthread_mutex_lock(&p->lock);
    first = p->notes.last == NULL;
    if (!first) p->notes.last->next = node;
    else p->notes.first = node;
    p->notes.last = node;
    pthread_mutex_unlock(&p->lock);
    if (n->kind == NOTE_URGENT || n->kind == NOTE_STOPPED) atomic_store(&p->hurry, true);
    /* Whoever put the first one there wakes: all are taken at once. */
    if (first) bell_ring(&p->bell);
}

/* Everything waiting was drawn under facts that have changed: it is asked again. */
static void take_back_waiting(struct pump *p, org_id org)
{
    struct map_slot *slot;

    for (size_t n = 0; (slot = map_next(&p->items, &n)) != NULL;) {
        const struct pump_item *i = slot->value.ptr;
        if (i->org == org && i->stage == ITEM_WAITING) (void)engine_withdraw(p->engine, i->message);
    }
}

/* Did it read? What is gone did, too. */
static bool is_read(enum err e, const char *event, const struct note *n)
{
    if (e == ERR_OK || e == ERR_NOT_FOUND) return true;
    log_event(LOG_ERROR, event, log_int("org", n->org), log_text("why", err_name(e)));
    return false;
}

static bool org_changed(struct pump *p, const struct note *n)
{
    org_id org = n->org;
    const struct directory_org *o = directory_org(p->directory, org);
    uint32_t rev = o == NULL ? 0 : o->rev;
    uint32_t account = o == NULL ? 0 : o->account;
    enum err e = directory_load_org(p->directory, org);

    o = directory_org(p->directory, org);
    if (o != NULL) {
        if (o->account != account) pump_account_gate(p, o->account);
        if (o->rev != rev) take_back_waiting(p, org);
        pump_lanes_of_org(p, org);
    }
    return is_read(e, "org_not_read", n);
}

/* Organization 0 is the installation: who wants nothing from anybody. */
static bool is_meant(const struct pump_item *i, const struct note *n)
{
    return n->org == 0 || i->org == n->org;
}

static void stopped(struct pump *p, const struct note *n)
{
    struct pump_stop *s = calloc(1, sizeof *s);

    NO_MEMORY_IF(s == NULL, "a STOP");
    for (struct pump_item *i = pump_items_of_number(p, n->number); i != NULL; i = i->number_next) {
        if (!is_meant(i, n)) continue;
        i->stopped = true;
        if (n->org == 0) engine_stop_number(p->engine, i->org, n->number);
    }
    if (n->org != 0) engine_stop_number(p->engine, n->org, n->number);
    s->note = *n;
    s->next = p->stops;
    p->stops = s;
}

/* An attempt of that number may still leave: it is being armed, or is with the provider without a byte out. */
static bool may_leave(const struct pump *p, const struct note *n)
{
    for (const struct pump_item *i = pump_items_of_number(p, n->number); i != NULL; i = i->number_next) {
        if (!is_meant(i, n) || !i->stopped) continue;
        if (i->stage == ITEM_WAITING || i->stage == ITEM_ARMING) return true;
        if (i->stage == ITEM_ARMED && (i->tag == 0 || !provider_bytes_out(p->ports.provider, i->tag))) return true;
    }
    return false;
}

void pump_stops_answer(struct pump *p)
{
    for (struct pump_stop **at = &p->stops; *at != NULL;) {
        struct pump_stop *s = *at;
        if (may_leave(p, &s->note)) {
            at = &s->next;
            continue;
        }
        *at = s->next;
        if (s->note.done != NULL) s->note.done(s->note.owner);
        free(s);
    }
}

static bool is_final_failure(uint8_t state)
{
    return state == MESSAGE_FAILED || state == MESSAGE_UNDELIVERED;
}

static void status_came(struct pump *p, const struct note *n)
{
    struct pump_item *i = pump_item(p, n->message);
    struct pump_campaign *c = n->campaign == 0 ? NULL : map_ptr(&p->campaigns, n->campaign);

    if (i != NULL && i->attempt == n->attempt &&
        (i->stage == ITEM_ARMED || i->stage == ITEM_RECORDING || i->stage == ITEM_DOUBT)) {
        i->proved = true;
        engine_proved(p->engine, n->message);
    }
    if (n->campaign != 0 && (n->state == MESSAGE_DELIVERED || is_final_failure(n->state)))
        engine_campaign_result(p->engine, n->campaign, is_final_failure(n->state));
    if (n->code != 0) {
        struct engine_lane l = directory_lane(&n->lane);
        engine_throttled(p->engine, n->org, l.program, n->sender, l.carrier, n->code);
        pump_sender_told(p, n);
    }
    if (c != NULL && c->items == 0 && c->runs == 0) pump_campaign_look(p, c);
}

static void admitted(struct pump *p, const struct note *n)
{
    struct pump_item *i = pump_item(p, n->message);

    if (i != NULL) i->seen_again = true; /* sent again after `failed`, and its answer is not recorded yet */
    else if (n->urgent && n->at_ms <= p->wall_ms) pump_offer(p, &n->lane, n->message);
    if (i != NULL || pump_item(p, n->message) == NULL) pump_lane_ready(p, &n->lane, n->at_ms);
}

/* False: it is to be taken again. */
static bool take(struct pump *p, const struct note *n)
{
    const struct directory_org *o;

    switch (n->kind) {
    case NOTE_ORG_CHANGED: return org_changed(p, n);
    case NOTE_CAMPAIGN_CHANGED:
        return is_read(pump_campaign_changed(p, n->org, n->campaign), "campaign_not_read", n);
    case NOTE_ADMITTED: admitted(p, n); break;
    case NOTE_URGENT: pump_urgent_offer(p, n->admit); break;
    case NOTE_CANCELED: (void)engine_withdraw(p->engine, n->message); break;
    case NOTE_STOPPED: stopped(p, n); break;
    case NOTE_STATUS: status_came(p, n); break;
    case NOTE_GATE:
        o = directory_org(p->directory, n->org);
        if (o != NULL) engine_set_gate(p->engine, o->account, n->gate);
        break;
    case NOTE_DRAIN:
        p->draining = true;
        engine_set_draining(p->engine, true);
        break;
    case NOTE_SENDER_MENDED: pump_sender_release(p, n); break;
    }
    return true;
}

static void put_off(struct pump *p, struct note_node *node)
{
    node->next = NULL;
    if (p->unread.last == NULL) p->unread.first = node;
    else p->unread.last->next = node;
    p->unread.last = node;
    p->unread_mono_ms = p->mono_ms + STORE_WAIT_MS;
}

static void take_all(struct pump *p, struct note_list taken)
{
    for (struct note_node *n = taken.first, *next; n != NULL; n = next) {
        next = n->next;
        if (take(p, &n->note)) free(n);
        else put_off(p, n);
    }
}

void pump_notes_take(struct pump *p)
{
    struct note_list taken;

    pthread_mutex_lock(&p->lock);
    taken = p->notes;
    p->notes = (struct note_list){NULL, NULL};
    pthread_mutex_unlock(&p->lock);
    if (p->unread.first != NULL && p->mono_ms >= p->unread_mono_ms) {
        struct note_list again = p->unread;
        p->unread = (struct note_list){NULL, NULL};
        take_all(p, again);
    }
    take_all(p, taken);
}

void pump_notes_free(struct pump *p)
{
    for (struct note_node *n = p->notes.first, *next; n != NULL; n = next) {
        next = n->next;
        if (n->note.kind == NOTE_URGENT) pump_urgent_cancel(n->note.admit);
        free(n);
    }
    for (struct note_node *n = p->unread.first, *next; n != NULL; n = next) {
        next = n->next;
        free(n);
    }
    for (struct pump_stop *s = p->stops, *next; s != NULL; s = next) {
        next = s->next;
        free(s);
    }
}
