/*
 * oracle: judges the ledger — nothing twice, nothing after STOP, no window over its limit. Contract in
 * ledger.h.
 *
 * Reads the records in order once per question; owns only what it needs while it runs.
 */
#include "sandbox/world.h"

#include <stdlib.h>
#include <string.h>

static struct str path_segment_after(struct str url, struct str marker)
{
    size_t at = str_find(url, marker), end;
    struct str rest = str_slice(url, at + marker.len, url.len);
    for (end = 0; end < rest.len && rest.at[end] != '/' && rest.at[end] != '?'; end++) continue;
    return at == url.len || end == 0 ? url : str_slice(rest, 0, end);
}

/* The id under which the sender filed its message (struct sandbox_oracle). */
static struct str callback_id(const char *callback, struct str param)
{
    struct str url = str_slice(str_from(callback), 0, str_find_char(str_from(callback), '#'));
    struct str query = str_slice(url, str_find_char(url, '?') + 1, url.len);
    if (str_starts(param, STR("/"))) return path_segment_after(url, param);
    while (param.len > 0 && query.len > 0) {
        struct str pair, name;
        query = str_cut(query, '&', &pair);
        struct str value = str_cut(pair, '=', &name);
        if (str_equal(name, param)) return value;
    }
    return url;
}

static void found(struct sandbox_verdict *v, struct sandbox_finding finding)
{
    if (v->findings_count < sizeof v->findings / sizeof *v->findings)
        v->findings[v->findings_count++] = finding;
}

static uint64_t first_seq(const struct sandbox *sb, uint64_t wanted)
{
    uint64_t kept = sandbox_ledger_dropped(sb) + 1;
    return wanted > kept ? wanted : kept;
}

static enum err check_duplicates(const struct sandbox *sb, const struct sandbox_oracle *o,
                                 struct sandbox_verdict *v)
{
    struct map ids;
    enum err err = ERR_OK;
    map_init(&ids);
    for (uint64_t seq = first_seq(sb, o->from_seq); seq <= sb->record_last; seq++) {
        const struct record *r = sb_ledger_at(sb, seq);
        union map_value *slot;
        v->received++;
        if (r->message == 0) continue;
        v->committed++;
        if (r->callback == NULL) continue;
        v->identified++;
        slot = map_put(&ids, str_hash(callback_id(r->callback, o->id_param), r->account));
        if (slot == NULL) {
            err = ERR_FULL;
            break;
        }
        if (slot->num != 0) {
            v->duplicates++;
            found(v, (struct sandbox_finding){.kind = SANDBOX_DUPLICATE, .first_seq = slot->num, .seq = seq});
        } else {
            slot->num = seq;
        }
    }
    map_free(&ids);
    return err;
}

/* Chains of consents by (account, peer), in order of time: *next[i] follows consent i (index + 1). */
static enum err chain_consents(const struct sandbox *sb, struct map *heads, size_t **next)
{
    *next = calloc(sb->consent_count + 1, sizeof **next);
    if (*next == NULL) return ERR_FULL;
    for (size_t i = sb->consent_count; i > 0; i--) {
        const struct consent *c = &sb->consents[i - 1];
        union map_value *slot = map_put(heads, world_pair(c->account, c->peer));
        if (slot == NULL) return ERR_FULL;
        (*next)[i - 1] = slot->num;
        slot->num = i;
    }
    return ERR_OK;
}

/* By the order in which the webhooks came, which a network may turn round; of two at once nobody can tell. */
static bool start_came_last(const struct sandbox *sb, const struct record *r, const struct map *heads,
                            const size_t *next, int64_t crossing_ms)
{
    union map_value *head = map_get(heads, world_pair(r->account, r->to));
    int64_t last_ms[2] = {-1, -1}; /* START, STOP */
    for (size_t i = head == NULL ? 0 : head->num; i != 0; i = next[i - 1]) {
        const struct consent *c = &sb->consents[i - 1];
        if (c->answered_ms <= r->at_ms && c->answered_ms > last_ms[c->stop]) last_ms[c->stop] = c->answered_ms;
    }
    return last_ms[false] >= 0 && last_ms[false] > last_ms[true] - crossing_ms;
}

/* How long after the answer to its receiver's STOP it came; -1: no STOP stood, or it crossed it. */
static int64_t after_stop_ms(const struct sandbox *sb, const struct record *r, const struct map *heads,
                             const size_t *next, int64_t crossing_ms)
{
    union map_value *head = map_get(heads, world_pair(r->account, r->to));
    int64_t stopped_ms = SANDBOX_NEVER;
    for (size_t i = head == NULL ? 0 : head->num; i != 0; i = next[i - 1]) {
        const struct consent *c = &sb->consents[i - 1];
        if (c->stop && c->answered_ms < stopped_ms)
            stopped_ms = c->answered_ms;
        else if (!c->stop && c->at_ms <= r->at_ms)
            stopped_ms = SANDBOX_NEVER;
    }
    if (stopped_ms == SANDBOX_NEVER || stopped_ms + crossing_ms >= r->at_ms) return -1;
    return start_came_last(sb, r, heads, next, crossing_ms) ? -1 : r->at_ms - stopped_ms;
}

static enum err check_stops(const struct sandbox *sb, const struct sandbox_oracle *o,
                            struct sandbox_verdict *v)
{
    struct map heads;
    size_t *next = NULL;
    enum err err;
    map_init(&heads);
    err = chain_consents(sb, &heads, &next);
    for (uint64_t seq = first_seq(sb, o->from_seq); err == ERR_OK && seq <= sb->record_last; seq++) {
        const struct record *r = sb_ledger_at(sb, seq);
        int64_t late_ms = r->message == 0 ? -1 : after_stop_ms(sb, r, &heads, next, o->stop_crossing_ms);
        if (late_ms < 0) continue;
        v->after_stop++;
        found(v, (struct sandbox_finding){.kind = SANDBOX_AFTER_STOP, .seq = seq, .late_ms = late_ms});
    }
    free(next);
    map_free(&heads);
    return err;
}

/* The entries of one key that are inside the window that ends now. */
struct window {
    struct window_entry {
        int64_t at_ms;
        uint64_t seq;
        uint32_t weight;
    } *entries; /* ring */
    size_t capacity, from, count;
    uint64_t sum;
};

static struct window_entry *window_entry(struct window *w, size_t i)
{
    return &w->entries[(w->from + i) & (w->capacity - 1)];
}

static bool window_push(struct window *w, struct window_entry e)
{
    if (w->count == w->capacity) {
        size_t capacity = w->capacity == 0 ? 16 : w->capacity * 2;
        struct window_entry *entries = malloc(capacity * sizeof *entries);
        if (entries == NULL) return false;
        for (size_t i = 0; i < w->count; i++) entries[i] = *window_entry(w, i);
        free(w->entries);
        *w = (struct window){entries, capacity, 0, w->count, w->sum};
    }
    *window_entry(w, w->count++) = e;
    w->sum += e.weight;
    return true;
}

static void window_slide(struct window *w, int64_t now_ms, int64_t window_ms)
{
    while (w->count > 0 && now_ms - window_entry(w, 0)->at_ms >= window_ms) {
        w->sum -= window_entry(w, 0)->weight;
        w->from = (w->from + 1) & (w->capacity - 1);
        w->count--;
    }
}

static uint32_t record_sender(const struct sandbox *sb, const struct record *r)
{
    const struct message *m = sb_message_at(sb, r->message);
    return r->sender != SANDBOX_NONE || m == NULL ? r->sender : m->sender;
}

/* False if the limit does not concern the record. */
static bool limit_key(const struct sandbox *sb, const struct sandbox_limit *l, const struct record *r,
                      uint64_t *key)
{
    uint32_t who;
    switch (l->scope) {
    case SANDBOX_PER_ACCOUNT:
    case SANDBOX_PER_ACCOUNT_CARRIER: who = r->account; break;
    case SANDBOX_PER_SERVICE:
    case SANDBOX_PER_SERVICE_CARRIER: who = r->service; break;
    case SANDBOX_PER_SENDER:
    case SANDBOX_PER_SENDER_CARRIER: who = record_sender(sb, r); break;
    default: *key = 0; return true;
    }
    if (who == SANDBOX_NONE || (l->only != SANDBOX_NONE && l->only != who)) return false;
    *key = (uint64_t)who << 8;
    if (l->scope == SANDBOX_PER_SERVICE_CARRIER || l->scope == SANDBOX_PER_ACCOUNT_CARRIER ||
        l->scope == SANDBOX_PER_SENDER_CARRIER) {
        if (l->carrier != SANDBOX_CARRIER_COUNT && l->carrier != (enum sandbox_carrier)r->carrier)
            return false;
        *key |= r->carrier;
    }
    return true;
}

static bool limit_counts(const struct sandbox_oracle *o, const struct record *r)
{
    return o->count_received ? r->http_status != 429 : r->message != 0;
}

static struct window *window_of(struct map *windows, uint64_t key)
{
    union map_value *slot = map_put(windows, key);
    if (slot == NULL) return NULL;
    if (slot->ptr == NULL) slot->ptr = calloc(1, sizeof(struct window));
    return slot->ptr;
}

static void judge_window(const struct sandbox_limit *l, size_t limit, struct window *w, uint64_t seq,
                         struct sandbox_verdict *v)
{
    if (limit < sizeof v->fullest / sizeof *v->fullest && w->sum > v->fullest[limit])
        v->fullest[limit] = w->sum;
    /* What is heavier than a limit passes an empty window. */
    if (w->sum <= l->most || w->count == 1) return;
    v->over_limit++;
    found(v, (struct sandbox_finding){.kind = SANDBOX_OVER_LIMIT,
                                      .first_seq = window_entry(w, 0)->seq,
                                      .seq = seq,
                                      .limit = limit,
                                      .counted = w->sum});
}

static void windows_free(struct map *windows)
{
    struct map_slot *slot;
    for (size_t i = 0; (slot = map_next(windows, &i)) != NULL;) {
        struct window *w = slot->value.ptr;
        if (w != NULL) free(w->entries);
        free(w);
    }
    map_free(windows);
}

static enum err check_limit(const struct sandbox *sb, const struct sandbox_oracle *o, size_t limit,
                            struct sandbox_verdict *v)
{
    const struct sandbox_limit *l = &o->limits[limit];
    struct map windows;
    enum err err = ERR_OK;
    map_init(&windows);
    for (uint64_t seq = first_seq(sb, o->from_seq); err == ERR_OK && seq <= sb->record_last; seq++) {
        const struct record *r = sb_ledger_at(sb, seq);
        uint64_t key;
        struct window *w;
        if (!limit_counts(o, r) || !limit_key(sb, l, r, &key)) continue;
        w = window_of(&windows, key);
        if (w != NULL) window_slide(w, r->at_ms, l->window_ms);
        if (w == NULL ||
            !window_push(w, (struct window_entry){r->at_ms, seq, l->in_segments ? r->segments : 1u}))
            err = ERR_FULL;
        else
            judge_window(l, limit, w, seq, v);
    }
    windows_free(&windows);
    return err;
}

enum err sandbox_ledger_check(const struct sandbox *sb, const struct sandbox_oracle *oracle,
                              struct sandbox_verdict *out)
{
    enum err err;
    *out = (struct sandbox_verdict){.dropped = sandbox_ledger_dropped(sb)};
    err = check_duplicates(sb, oracle, out);
    if (err == ERR_OK) err = check_stops(sb, oracle, out);
    for (size_t i = 0; err == ERR_OK && i < oracle->limits_count; i++) err = check_limit(sb, oracle, i, out);
    return err;
}

enum err sandbox_ledger_ids(const struct sandbox *sb, struct str id_param,
                            void (*each)(void *user, struct str id, uint32_t times), void *user)
{
    struct map ids;
    struct map_slot *slot;
    enum err err = ERR_OK;
    map_init(&ids);
    for (uint64_t seq = first_seq(sb, 0); seq <= sb->record_last; seq++) {
        const struct record *r = sb_ledger_at(sb, seq);
        union map_value *value;
        if (r->message == 0 || r->callback == NULL) continue;
        value = map_put(&ids, str_hash(callback_id(r->callback, id_param), r->account));
        if (value == NULL) {
            err = ERR_FULL;
            break;
        }
        /* The first record's place above, how often below. */
        value->num = value->num == 0 ? seq << 20 | 1 : value->num + 1;
    }
    for (size_t i = 0; err == ERR_OK && (slot = map_next(&ids, &i)) != NULL;)
        each(user, callback_id(sb_ledger_at(sb, slot->value.num >> 20)->callback, id_param),
             (uint32_t)(slot->value.num & 0xFFFFF));
    map_free(&ids);
    return err;
}
