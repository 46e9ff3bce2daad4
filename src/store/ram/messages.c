/* messages: their rows, moves and due rows in memory. */
#include "store/ram/ram.h"

#include "base/mutant.h"
#include "store/ids.h"

#include <string.h>

struct ram_message *ram_message(const struct ram_store *s, org_id org, uint64_t id)
{
    struct ram_message *m = map_ptr(&s->messages_by_id, id);
    return m != NULL && m->m.org == org ? m : NULL;
}

bool ram_waits(enum message_state s)
{
    return s == MESSAGE_QUEUED || s == MESSAGE_HELD;
}

bool ram_in_run(const struct ram_message *m)
{
    return m->run != NULL && m->m.state == MESSAGE_QUEUED && m->m.due_at_ms == 0 && m->m.id >= m->run->next;
}

enum message_state ram_state(const struct ram_message *m)
{
    bool canceled = m->campaign != NULL && m->campaign->c.state == CAMPAIGN_CANCELED;
    return canceled && ram_in_run(m) ? MESSAGE_CANCELED : m->m.state;
}

void ram_message_add(struct ram_store *s, struct ram_message *m)
{
    struct ram_of_number *known = ram_number_put(s, m->m.org, m->m.number);
    m->older = known->newest;
    RAM_SET(s, known->newest, m);
    ram_table_add(s, &s->messages, m->m.id, m);
    ram_map_put(s, &s->messages_by_id, m->m.id, m);
    RAM_SET(s, s->last_message, m->m.id);
    RAM_SET(s, s->messages_total, s->messages_total + 1);
}

/* ---- moving ---- */

static void count(struct ram_store *s, struct ram_message *m, int64_t by)
{
    struct ram_campaign *c = m->campaign;
    enum message_state state = ram_state(m);
    enum message_reason reason = state != m->m.state ? REASON_CAMPAIGN_CANCELED : m->m.reason;
    if (c == NULL) return;
    RAM_SET(s, c->cells[m->m.carrier][state], c->cells[m->m.carrier][state] + by);
    if (reason != REASON_NONE) RAM_SET(s, c->reasons[reason], c->reasons[reason] + by);
    if (m->m.error_code != 0) {
        struct tree_key key = ram_key((uint64_t)((int64_t)m->m.error_code - INT32_MIN), 0, 0);
        union map_value *was = tree_get(&c->errors, &key);
        uint64_t now = (was == NULL ? 0 : was->num) + (uint64_t)by;
        if (now == 0) ram_tree_remove(s, &c->errors, &key);
        else ram_tree_put(s, &c->errors, &key, (union map_value){.num = now});
    }
}

enum message_state ram_edit(struct ram_store *s, struct ram_message *m)
{
    ram_touch(s, m, sizeof *m);
    count(s, m, -1);
    return ram_state(m);
}

void ram_edited(struct ram_store *s, struct ram_message *m, enum message_state from, int64_t now_ms)
{
    BUG_IF(m->m.state != from && !message_transition_legal(from, m->m.state));
    s->moves[from][m->m.state]++;
    count(s, m, 1);
    m->m.updated_ms = now_ms;
    if (m->m.state != from)
        ram_event(s, (struct event){.org = m->m.org, .type = EVENT_MESSAGE, .ref = m->m.id, .campaign = m->m.campaign,
                                    .state = (uint8_t)m->m.state, .code = m->m.error_code, .at_ms = now_ms});
}

static struct tree_key due_key(const struct message *m, int64_t at_ms)
{
    return (struct tree_key){{m->org, m->program, m->campaign, (uint64_t)m->kind, m->carrier, (uint64_t)at_ms, m->id}};
}

void ram_due_remove(struct ram_store *s, struct ram_message *m)
{
    struct tree_key key = due_key(&m->m, m->m.due_at_ms);
    if (m->m.due_at_ms == 0) return;
    ram_tree_remove(s, &s->due, &key);
    m->m.due_at_ms = 0;
    m->due_armed = false;
}

void ram_due_put(struct ram_store *s, struct ram_message *m, uint8_t carrier, int64_t at_ms)
{
    struct tree_key key;
    ram_due_remove(s, m);
    m->m.carrier = carrier < 16 ? carrier : 0;
    m->m.due_at_ms = at_ms > 0 ? at_ms : 1;
    key = due_key(&m->m, m->m.due_at_ms);
    ram_tree_put(s, &s->due, &key, (union map_value){.ptr = m});
}

void ram_book(struct ram_store *s, struct ram_message *m, uint16_t segments, int64_t cost_micros, int64_t now_ms)
{
    struct org *o = ram_org(s, m->m.org);
    int32_t month = month_of(now_ms);
    m->booked = true;
    m->m.segments = segments;
    m->m.cost_micros += cost_micros;
    if (m->campaign != NULL) {
        RAM_SET(s, m->campaign->c.segments, m->campaign->c.segments + segments);
        RAM_SET(s, m->campaign->c.cost_micros, m->campaign->c.cost_micros + cost_micros);
    }
    if (cost_micros == 0) return;
    ram_touch(s, o, sizeof *o);
    if (month > o->spent_month) {
        o->spent_month = month;
        o->spent_micros = 0;
    }
    o->spent_micros += cost_micros;
}

/* ---- direct messages ---- */

static void arm_admitted(struct ram_store *s, struct change_admit *c)
{
    struct arm_item *item = c->arm->items;

    BUG_IF(c->arm->items_count != 1);
    item->armed.message = c->message.id;
    item->armed.number = c->message.number;
    item->due_at_ms = c->message.due_at_ms;
    c->arm->head.result = ram_apply_arm(s, &c->arm->head);
    c->armed = item->verdict == ARM_ARMED;
}

enum err ram_apply_admit(struct ram_store *s, struct change *base)
{
    struct change_admit *c = (struct change_admit *)base;
    struct message *in = &c->message;
    struct ram_message *m;
    c->armed = false;
    if (ram_program(s, in->org, in->program) == NULL)
        return ram_refuse(base, ERR_NOT_FOUND, "there is no such program");
    if (!ram_waits(in->state) || in->campaign != 0 || in->carrier >= 16)
        return ram_refuse(base, ERR_INVALID, "a direct message is admitted as queued or held, outside a campaign");
    in->id = message_id_next(s->last_message, in->created_ms);
    in->attempt = 0;
    in->error_code = 0;
    in->cost_micros = in->armed_ms = in->answered_ms = in->due_at_ms = 0;
    in->sid[0] = 0;
    in->updated_ms = in->created_ms;
    m = ram_new(s, sizeof *m);
    m->m = *in;
    m->m.body = ram_text(s, in->body);
    ram_message_add(s, m);
    ram_due_put(s, m, in->carrier, in->send_at_ms > in->created_ms ? in->send_at_ms : in->created_ms);
    in->due_at_ms = m->m.due_at_ms;
    ram_event(s, (struct event){.org = in->org, .type = EVENT_MESSAGE, .ref = in->id, .state = (uint8_t)in->state,
                                .at_ms = in->created_ms});
    if (c->arm != NULL) arm_admitted(s, c);
    return ERR_OK;
}

enum err ram_apply_cancel(struct ram_store *s, struct change *base)
{
    struct change_cancel *c = (struct change_cancel *)base;
    struct ram_message *m = ram_message(s, c->org, c->message);
    enum message_state from;
    if (m == NULL) return ram_refuse(base, ERR_NOT_FOUND, "there is no such message");
    if (!ram_waits(ram_state(m)) || m->in_flight != 0 || (m->m.due_at_ms == 0 && !ram_in_run(m)))
        return ram_refuse(base, ERR_CONFLICT, "the message cannot be canceled any more");
    from = ram_edit(s, m);
    ram_due_remove(s, m);
    m->m.state = MESSAGE_CANCELED;
    m->m.reason = REASON_CANCELED_BY_USER;
    ram_edited(s, m, from, c->now_ms);
    return ERR_OK;
}

/* ---- reads ---- */

static void message_out(struct arena *a, const struct ram_message *m, struct message *out, enum err *code)
{
    *out = m->m;
    out->state = ram_state(m);
    if (out->state != m->m.state) out->reason = REASON_CAMPAIGN_CANCELED;
    out->body = ram_out_text(a, m->m.body, code);
}

enum err ram_message_get(struct store_reader *r, struct arena *a, org_id org, uint64_t id, struct message *out)
{
    struct ram_store *s = ram_read_begin(r);
    const struct ram_message *m = ram_message(s, org, id);
    enum err code = m == NULL ? ERR_NOT_FOUND : ERR_OK;
    if (m != NULL) message_out(a, m, out, &code);
    return ram_read_end(s, code);
}

enum err ram_messages(struct store_reader *r, struct arena *a, const struct message_filter *f, uint64_t before,
                      struct message *out, size_t *count, uint64_t *more_before)
{
    enum { READ_MAX = 5000 };
    struct ram_store *s = ram_read_begin(r);
    size_t room = *count, read = 0;
    enum err code = ERR_OK;
    *count = 0;
    *more_before = room == 0 ? (before == 0 || before > INT64_MAX ? INT64_MAX : before) : 0;
    for (size_t i = s->messages.count; i > 0 && *count < room; i--) {
        const struct ram_message *m = s->messages.at[i - 1].row;
        if (m->m.org != f->org || (before != 0 && m->m.id >= before)) continue;
        if (f->direct && m->m.campaign != 0) continue;
        if (f->number != 0 ? m->m.number != f->number : f->campaign != 0 && m->m.campaign != f->campaign) continue;
        read++;
        if ((f->state == 0 || ram_state(m) == f->state) && (f->campaign == 0 || m->m.campaign == f->campaign))
            message_out(a, m, &out[(*count)++], &code);
        if (*count == room || read >= READ_MAX) {
            *more_before = m->m.id;
            break;
        }
    }
    return ram_read_end(s, code);
}

enum err ram_messages_to(struct store_reader *r, struct arena *a, org_id org, uint64_t number, struct message *out,
                         size_t *count)
{
    struct ram_store *s = ram_read_begin(r);
    const struct ram_of_number *known = ram_number(s, org, number);
    size_t room = *count;
    enum err code = ERR_OK;
    *count = 0;
    for (const struct ram_message *m = known == NULL ? NULL : known->newest; m != NULL && *count < room; m = m->older)
        message_out(a, m, &out[(*count)++], &code);
    return ram_read_end(s, code);
}

static bool is_kept(const struct ram_of_number *known, struct str sid)
{
    const struct ram_sid *at = known == NULL ? NULL : known->sids;
    while (at != NULL && !str_equal(str_from(at->sid), sid)) at = at->next;
    return at != NULL;
}

void ram_sid_known(struct ram_store *s, const struct ram_message *m, const char *sid)
{
    struct ram_of_number *known = ram_number_put(s, m->m.org, m->m.number);
    struct ram_sid *row;
    BUG_IF(known == NULL);
    if (sid[0] == 0 || strcmp(sid, m->m.sid) == 0 || is_kept(known, str_from(sid))) return;
    if (MUTANT(earlier_sid_forgotten)) return;
    row = ram_new(s, sizeof *row);
    memcpy(row->sid, sid, strlen(sid));
    row->next = known->sids;
    RAM_SET(s, known->sids, row);
}

void ram_sid_put(struct ram_store *s, struct ram_message *m, const char *sid)
{
    char before[SID_BYTES];
    memcpy(before, m->m.sid, sizeof before);
    memset(m->m.sid, 0, sizeof m->m.sid);
    memcpy(m->m.sid, sid, strlen(sid));
    ram_sid_known(s, m, before);
}

enum err ram_sid_taken(struct store_reader *r, org_id org, uint64_t number, struct str sid, uint64_t message,
                       bool *taken)
{
    struct ram_store *s = ram_read_begin(r);
    const struct ram_of_number *known = ram_number(s, org, number);
    *taken = sid.len > 0 && is_kept(known, sid);
    for (const struct ram_message *m = known == NULL ? NULL : known->newest; m != NULL && sid.len > 0; m = m->older)
        if (m->m.id != message && str_equal(str_from(m->m.sid), sid)) *taken = true;
    return ram_read_end(s, ERR_OK);
}

enum err ram_messages_stuck(struct store_reader *r, struct arena *a, uint64_t after, int64_t before_ms,
                            size_t scan_max, struct message *out, size_t *count, uint64_t *scanned_to)
{
    struct ram_store *s = ram_read_begin(r);
    size_t room = *count, read = 0;
    enum err code = ERR_OK;
    *count = 0;
    *scanned_to = after;
    for (size_t i = ram_row_after(&s->messages, after); i < s->messages.count; i++) {
        const struct ram_message *m = s->messages.at[i].row;
        if (*count >= room || read++ >= scan_max) break;
        *scanned_to = m->m.id;
        if (m->m.state != MESSAGE_ACCEPTED && m->m.state != MESSAGE_SENT) continue;
        if (m->m.updated_ms < before_ms) message_out(a, m, &out[(*count)++], &code);
    }
    return ram_read_end(s, code);
}

/* As stored, with its contact. */
static void drawn_out(const struct ram_store *s, struct arena *a, const struct ram_message *m, struct message *out,
                      struct contact *contact, enum err *code)
{
    const struct contact *row = ram_contact(s, m->m.org, m->m.contact);
    *out = m->m;
    out->body = ram_out_text(a, m->m.body, code);
    memset(contact, 0, sizeof *contact);
    if (row != NULL && !row->deleted) ram_contact_out(a, row, contact, code);
}

enum err ram_draw_run(struct store_reader *r, struct arena *a, const struct run *run, uint64_t from,
                      struct message *out, struct contact *contacts, size_t *count)
{
    struct ram_store *s = ram_read_begin(r);
    size_t room = *count;
    uint64_t id = from > run->lo ? from : run->lo;
    enum err code = ERR_OK;
    *count = 0;
    for (; id < run->hi && *count < room; id++) {
        const struct ram_message *m = ram_message(s, run->org, id);
        if (m == NULL) break;
        drawn_out(s, a, m, &out[*count], &contacts[*count], &code);
        (*count)++;
    }
    return ram_read_end(s, code);
}

static struct tree_key lane_start(const struct lane_key *lane)
{
    return (struct tree_key){{lane->org, lane->program, lane->campaign, lane->kind, lane->carrier}};
}

static bool in_lane(const struct tree_key *key, const struct lane_key *lane)
{
    return key->at[0] == lane->org && key->at[1] == lane->program && key->at[2] == lane->campaign &&
           key->at[3] == lane->kind && key->at[4] == lane->carrier;
}

/* The next due row that is not armed. */
static const struct tree_node *due_after(const struct ram_store *s, const struct tree_key *key)
{
    const struct tree_node *node = tree_after(&s->due, key);
    while (node != NULL && ((struct ram_message *)node->value.ptr)->due_armed) node = tree_after(&s->due, &node->key);
    return node;
}

enum err ram_draw_due(struct store_reader *r, struct arena *a, const struct lane_key *lane, int64_t until_ms,
                      int64_t after_ms, uint64_t after_message, struct due *due, struct message *out,
                      struct contact *contacts, size_t *count)
{
    struct ram_store *s = ram_read_begin(r);
    struct tree_key key = lane_start(lane);
    const struct tree_node *node;
    size_t room = *count;
    enum err code = ERR_OK;
    *count = 0;
    key.at[5] = after_ms > 0 ? (uint64_t)after_ms : 0;
    key.at[6] = after_message;
    while (*count < room && (node = due_after(s, &key)) != NULL && in_lane(&node->key, lane)) {
        key = node->key;
        if (key.at[5] > (uint64_t)(until_ms > 0 ? until_ms : 0)) break;
        due[*count] = (struct due){.lane = *lane, .at_ms = (int64_t)key.at[5], .message = key.at[6]};
        drawn_out(s, a, node->value.ptr, &out[*count], &contacts[*count], &code);
        (*count)++;
    }
    return ram_read_end(s, code);
}

enum err ram_due_lanes(struct store_reader *r, const struct lane_key *after, struct lane_key *out,
                       int64_t *earliest_ms, size_t *count)
{
    struct ram_store *s = ram_read_begin(r);
    struct tree_key key = {{0}};
    const struct tree_node *node;
    size_t room = *count;
    *count = 0;
    if (after != NULL) {
        key = lane_start(after);
        key.at[5] = key.at[6] = UINT64_MAX;
    }
    while (*count < room && (node = due_after(s, &key)) != NULL) {
        const uint64_t *at = node->key.at;
        out[*count] = (struct lane_key){.org = (org_id)at[0], .program = (uint32_t)at[1], .campaign = at[2],
                                        .kind = (uint8_t)at[3], .carrier = (uint8_t)at[4]};
        earliest_ms[*count] = (int64_t)at[5];
        key = lane_start(&out[(*count)++]);
        key.at[5] = key.at[6] = UINT64_MAX;
    }
    return ram_read_end(s, ERR_OK);
}

enum err ram_due_earliest(struct store_reader *r, const struct lane_key *lane, int64_t *at_ms)
{
    struct ram_store *s = ram_read_begin(r);
    struct tree_key key = lane_start(lane);
    const struct tree_node *node = due_after(s, &key);
    if (node == NULL || !in_lane(&node->key, lane)) return ram_read_end(s, ERR_NOT_FOUND);
    *at_ms = (int64_t)node->key.at[5];
    return ram_read_end(s, ERR_OK);
}
