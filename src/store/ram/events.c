/* events: live events, webhook endpoints and their retries in memory. */
#include "store/ram/ram.h"

#include <string.h>

/* ---- events ---- */

/* In a stable order by organization: a plain insertion sort would do, but batches may be large. */
static void events_sort(struct event *events, size_t count, struct event *spare)
{
    size_t middle = count / 2, left = 0, right = middle;
    if (count < 2) return;
    events_sort(events, middle, spare);
    events_sort(events + middle, count - middle, spare);
    for (size_t i = 0; i < count; i++)
        spare[i] = right == count || (left < middle && events[left].org <= events[right].org) ? events[left++]
                                                                                              : events[right++];
    memcpy(events, spare, count * sizeof *events);
}

static void batch_add(struct ram_store *s, const struct event *events, size_t count)
{
    struct ram_batch *b = ram_new(s, sizeof *b + count * sizeof b->events[0]);
    b->org = events[0].org;
    b->first = s->counters[RAM_EVENTS] + 1;
    for (size_t i = 0; i < count; i++) {
        b->events[i] = events[i];
        b->events[i].id = ++s->counters[RAM_EVENTS];
        if (events[i].at_ms > b->at_ms) b->at_ms = events[i].at_ms;
    }
    b->last = s->counters[RAM_EVENTS];
    ram_table_add(s, &s->batches, b->last, b);
}

void ram_events_commit(struct ram_store *s)
{
    enum { BATCH_EVENTS_MAX = 512 }; /* events of one commit are trimmed in these portions */
    size_t from = 0;
    struct event *spare;
    if (s->events_count == 0) return;
    spare = ram_new(s, s->events_count * sizeof *spare);
    events_sort(s->events, s->events_count, spare);
    ram_drop(s, spare);
    for (size_t i = 1; i <= s->events_count; i++) {
        if (i < s->events_count && s->events[i].org == s->events[from].org && i - from < BATCH_EVENTS_MAX) continue;
        batch_add(s, s->events + from, i - from);
        from = i;
    }
}

void ram_events_trim(struct ram_store *s, int64_t before_ms)
{
    while (s->batches.first < s->batches.count) {
        struct ram_batch *b = s->batches.at[s->batches.first].row;
        if (b->at_ms >= before_ms) return;
        ram_drop(s, b);
        RAM_SET(s, s->batches.first, s->batches.first + 1);
    }
}

static void events_read(const struct ram_store *s, org_id org, uint64_t after, struct event *out, size_t *count)
{
    size_t room = *count;
    *count = 0;
    for (size_t i = ram_row_after(&s->batches, after); i < s->batches.count && *count < room; i++) {
        const struct ram_batch *b = s->batches.at[i].row;
        if (org != 0 && b->org != org) continue;
        for (uint64_t id = b->first; id <= b->last && *count < room; id++)
            if (id > after) out[(*count)++] = b->events[id - b->first];
    }
}

enum err ram_events(struct store_reader *r, org_id org, uint64_t after, struct event *out, size_t *count)
{
    struct ram_store *s = ram_read_begin(r);
    events_read(s, org, after, out, count);
    return ram_read_end(s, ERR_OK);
}

enum err ram_event_newest(struct store_reader *r, uint64_t *id)
{
    struct ram_store *s = ram_read_begin(r);
    *id = s->batches.first < s->batches.count ? s->batches.at[s->batches.count - 1].id : 0;
    return ram_read_end(s, ERR_OK);
}

enum err ram_event_get(struct store_reader *r, org_id org, uint64_t id, struct event *out)
{
    struct ram_store *s = ram_read_begin(r);
    size_t count = 1;
    if (id == 0) return ram_read_end(s, ERR_NOT_FOUND);
    events_read(s, org, id - 1, out, &count);
    return ram_read_end(s, count == 1 && out->id == id ? ERR_OK : ERR_NOT_FOUND);
}

/* ---- endpoints ---- */

enum err ram_apply_endpoint(struct ram_store *s, struct change *base)
{
    struct endpoint *e = &((struct change_endpoint *)base)->endpoint, *row;
    if (ram_org(s, e->org) == NULL) return ram_refuse(base, ERR_NOT_FOUND, "there is no such organization");
    row = e->id == 0 ? NULL : ram_row(&s->endpoints, e->id);
    if (e->id != 0 && (row == NULL || row->org != e->org))
        return ram_refuse(base, ERR_NOT_FOUND, "there is no such endpoint");
    if (row == NULL) {
        row = ram_new(s, sizeof *row);
        RAM_SET(s, s->counters[RAM_ENDPOINTS], s->counters[RAM_ENDPOINTS] + 1);
        e->id = (uint32_t)s->counters[RAM_ENDPOINTS];
        e->position = s->counters[RAM_EVENTS];
        *row = *e;
        row->url = ram_text(s, e->url);
        row->secret_sealed = ram_text(s, e->secret_sealed);
        ram_table_add(s, &s->endpoints, e->id, row);
        return ERR_OK;
    }
    ram_set_text(s, &row->url, e->url);
    ram_set_text(s, &row->secret_sealed, e->secret_sealed);
    RAM_SET(s, row->types, e->types);
    RAM_SET(s, row->state, e->state);
    return ERR_OK;
}

static struct hook_retry *retry_get(const struct ram_store *s, const struct tree_key *key)
{
    union map_value *value = tree_get(&s->retries, key);
    return value == NULL ? NULL : value->ptr;
}

static void retry_put(struct ram_store *s, const struct change_hooks *c, const struct hook_retry *in)
{
    struct tree_key key = ram_key(c->org, c->endpoint, in->event);
    struct hook_retry *old = retry_get(s, &key), *row;
    if (old != NULL && old->last_error.len > 0) ram_drop(s, old->last_error.at);
    ram_drop(s, old);
    if (in->attempt == 0) {
        ram_tree_remove(s, &s->retries, &key);
        return;
    }
    row = ram_new(s, sizeof *row);
    *row = *in;
    row->org = c->org;
    row->endpoint = c->endpoint;
    row->last_error = ram_text(s, in->last_error);
    ram_tree_put(s, &s->retries, &key, (union map_value){.ptr = row});
}

enum err ram_apply_hooks(struct ram_store *s, struct change *base)
{
    struct change_hooks *c = (struct change_hooks *)base;
    struct endpoint *e = ram_row(&s->endpoints, c->endpoint);
    if (e == NULL || e->org != c->org) return ram_refuse(base, ERR_NOT_FOUND, "there is no such endpoint");
    if (c->position > e->position) RAM_SET(s, e->position, c->position);
    for (size_t i = 0; i < c->count; i++) retry_put(s, c, &c->retries[i]);
    return ERR_OK;
}

enum err ram_endpoints(struct store_reader *r, struct arena *a, org_id org, uint32_t after, struct endpoint *out,
                       size_t *count)
{
    struct ram_store *s = ram_read_begin(r);
    size_t room = *count;
    enum err code = ERR_OK;
    *count = 0;
    for (size_t i = ram_row_after(&s->endpoints, after); i < s->endpoints.count && *count < room; i++) {
        const struct endpoint *row = s->endpoints.at[i].row;
        if (org == 0 ? row->state != ENDPOINT_ACTIVE : row->org != org) continue;
        out[*count] = *row;
        out[*count].url = ram_out_text(a, row->url, &code);
        out[*count].secret_sealed = ram_out_text(a, row->secret_sealed, &code);
        (*count)++;
    }
    return ram_read_end(s, code);
}

enum err ram_hook_retries(struct store_reader *r, struct arena *a, org_id org, uint32_t endpoint, bool dead,
                          int64_t until_ms, uint64_t after_event, struct hook_retry *out, size_t *count)
{
    struct ram_store *s = ram_read_begin(r);
    struct tree_key key = ram_key(org, endpoint, after_event);
    const struct tree_node *node;
    size_t room = *count;
    enum err code = ERR_OK;
    *count = 0;
    while (*count < room && (node = tree_after(&s->retries, &key)) != NULL) {
        const struct hook_retry *row = node->value.ptr;
        key = node->key;
        if (key.at[0] != org || key.at[1] != endpoint) break;
        if (dead ? row->next_ms != 0 : row->next_ms <= 0 || row->next_ms > until_ms) continue;
        out[*count] = *row;
        out[(*count)++].last_error = ram_out_text(a, row->last_error, &code);
    }
    return ram_read_end(s, code);
}
