/* campaigns: their record, life, audience and tallies in memory. */
#include "store/ram/ram.h"

#include "base/mutant.h"
#include "store/ids.h"
#include "store/same.h"

#include <string.h>

struct ram_campaign *ram_campaign(const struct ram_store *s, org_id org, uint64_t id)
{
    struct ram_campaign *row = ram_row(&s->campaigns, id);
    return row != NULL && row->c.org == org ? row : NULL;
}

static void campaign_event(struct ram_store *s, const struct campaign *c, int64_t at_ms)
{
    ram_event(s, (struct event){.org = c->org, .type = EVENT_CAMPAIGN, .ref = c->id, .campaign = c->id,
                                .state = (uint8_t)c->state, .at_ms = at_ms});
}

/* Who let it start although something spoke against it. Append only. */
static void acknowledge(struct ram_store *s, org_id org, uint64_t campaign, const struct acknowledgement *said)
{
    struct acknowledgement *row;
    if (said->findings.len == 0) return;
    row = ram_new(s, sizeof *row);
    *row = *said;
    row->id = s->acknowledgements.count + 1;
    row->org = org;
    row->campaign = campaign;
    row->by = ram_text(s, said->by);
    row->findings = ram_text(s, said->findings);
    ram_table_add(s, &s->acknowledgements, row->id, row);
}

/* ---- creating and editing ---- */

static void campaign_create(struct ram_store *s, struct campaign *c)
{
    struct ram_campaign *row = ram_new(s, sizeof *row);
    RAM_SET(s, s->counters[RAM_CAMPAIGNS], s->counters[RAM_CAMPAIGNS] + 1);
    c->id = s->counters[RAM_CAMPAIGNS];
    c->rev = 1;
    c->frozen = false;
    c->freeze_after = 0;
    c->audience = c->segments = c->cost_micros = c->started_ms = c->finished_ms = 0;
    memset(c->counts, 0, sizeof c->counts);
    row->c = *c;
    row->c.name = ram_text(s, c->name);
    row->c.template_text = ram_text(s, c->template_text);
    row->c.why = ram_text(s, c->why);
    ram_table_add(s, &s->campaigns, c->id, row);
    campaign_event(s, c, c->created_ms);
}

static enum err campaign_edit(struct ram_store *s, struct change_campaign *base)
{
    struct campaign *c = &base->campaign;
    struct ram_campaign *row = ram_campaign(s, c->org, c->id);
    struct campaign *old;
    if (row == NULL) return ram_refuse(&base->head, ERR_NOT_FOUND, "there is no such campaign");
    old = &row->c;
    if (old->state != CAMPAIGN_DRAFT) return ram_refuse(&base->head, ERR_CONFLICT, "the campaign is no draft any more");
    if (!campaign_same(c->rev, old)) return ram_refuse(&base->head, ERR_CONFLICT, STORE_CAMPAIGN_MOVED);
    ram_touch(s, old, sizeof *old);
    old->program = c->program;
    old->list = c->list;
    old->kind = c->kind;
    old->state = c->state;
    old->retry_undelivered = c->retry_undelivered;
    old->validity_s = c->validity_s;
    old->pause_failures_permille = c->pause_failures_permille;
    old->start_at_ms = c->start_at_ms;
    old->rev++;
    ram_set_text(s, &old->name, c->name);
    ram_set_text(s, &old->template_text, c->template_text);
    ram_set_text(s, &old->why, c->why);
    c->rev = old->rev;
    c->created_ms = old->created_ms;
    campaign_event(s, old, old->created_ms);
    return ERR_OK;
}

enum err ram_apply_campaign(struct ram_store *s, struct change *base)
{
    struct change_campaign *c = (struct change_campaign *)base;
    struct campaign *m = &c->campaign;
    enum err code = ERR_OK;
    if (ram_org(s, m->org) == NULL) return ram_refuse(base, ERR_NOT_FOUND, "there is no such organization");
    if (m->state != CAMPAIGN_DRAFT && m->state != CAMPAIGN_SCHEDULED)
        return ram_refuse(base, ERR_INVALID, "a campaign is put as a draft or scheduled");
    if (ram_program(s, m->org, m->program) == NULL || (m->list != 0 && ram_list(s, m->org, m->list) == NULL))
        return ram_refuse(base, ERR_NOT_FOUND, "there is no such program or list");
    if (m->id != 0) code = campaign_edit(s, c);
    else campaign_create(s, m);
    if (code == ERR_OK) acknowledge(s, m->org, m->id, &c->acknowledged);
    return code;
}

/* ---- moving along ---- */

static bool may_move(enum campaign_state from, enum campaign_state to)
{
    switch (to) {
    case CAMPAIGN_RUNNING: return from == CAMPAIGN_DRAFT || from == CAMPAIGN_SCHEDULED || from == CAMPAIGN_PAUSED;
    case CAMPAIGN_PAUSED: return from == CAMPAIGN_RUNNING;
    case CAMPAIGN_COMPLETED: return from == CAMPAIGN_RUNNING;
    case CAMPAIGN_CANCELED: return from < CAMPAIGN_COMPLETED;
    case CAMPAIGN_DRAFT: case CAMPAIGN_SCHEDULED: break;
    }
    return false;
}

/* Counts, one by one, what the cursors have not reached. The campaign is still as it was. */
static void cancel_rest(struct ram_store *s, struct ram_campaign *row)
{
    for (size_t i = 0; i < s->runs.count; i++) {
        const struct run *run = s->runs.at[i].row;
        if (run->campaign != row->c.id) continue;
        for (uint64_t id = run->next; id < run->hi; id++) {
            const struct ram_message *m = ram_message(s, row->c.org, id);
            if (!ram_in_run(m)) continue;
            RAM_SET(s, row->cells[m->m.carrier][MESSAGE_QUEUED], row->cells[m->m.carrier][MESSAGE_QUEUED] - 1);
            RAM_SET(s, row->cells[m->m.carrier][MESSAGE_CANCELED], row->cells[m->m.carrier][MESSAGE_CANCELED] + 1);
            RAM_SET(s, row->reasons[REASON_CAMPAIGN_CANCELED], row->reasons[REASON_CAMPAIGN_CANCELED] + 1);
        }
    }
}

static void counts_out(const struct ram_campaign *row, struct campaign *out)
{
    memset(out->counts, 0, sizeof out->counts);
    for (int carrier = 0; carrier < 16; carrier++)
        for (int state = 0; state < MESSAGE_STATES; state++) out->counts[state] += row->cells[carrier][state];
}

enum err ram_apply_campaign_state(struct ram_store *s, struct change *base)
{
    struct change_campaign_state *c = (struct change_campaign_state *)base;
    struct ram_campaign *row = ram_campaign(s, c->org, c->campaign);
    if (row == NULL) return ram_refuse(base, ERR_NOT_FOUND, "there is no such campaign");
    if (!may_move(row->c.state, c->to)) return ram_refuse(base, ERR_CONFLICT, "the campaign cannot become that");
    if (!campaign_same(c->rev, &row->c)) return ram_refuse(base, ERR_CONFLICT, STORE_CAMPAIGN_MOVED);
    acknowledge(s, c->org, c->campaign, &c->acknowledged);
    if (c->to == CAMPAIGN_CANCELED) cancel_rest(s, row);
    ram_touch(s, &row->c, sizeof row->c);
    row->c.state = c->to;
    row->c.rev++;
    if (c->to == CAMPAIGN_RUNNING && row->c.started_ms == 0) row->c.started_ms = c->now_ms;
    if (c->to >= CAMPAIGN_COMPLETED) row->c.finished_ms = c->now_ms;
    ram_set_text(s, &row->c.why, c->why);
    campaign_event(s, &row->c, c->now_ms);
    c->after = row->c;
    c->after.name = c->after.template_text = c->after.why = (struct str){NULL, 0};
    counts_out(row, &c->after);
    return ERR_OK;
}

/* ---- freezing ---- */

static void freeze_one(struct ram_store *s, const struct change_freeze *c, struct ram_campaign *row, struct run *run,
                       const struct freeze_row *in)
{
    struct ram_message *m = ram_new(s, sizeof *m);
    m->m = (struct message){
        .id = run->hi++, .org = c->org, .campaign = c->campaign, .contact = in->contact, .number = in->number,
        .program = row->c.program, .kind = row->c.kind, .state = MESSAGE_QUEUED, .carrier = in->carrier,
        .zones = in->zones, .retry_undelivered = row->c.retry_undelivered, .created_ms = c->now_ms,
        .expires_ms = row->c.validity_s > 0 ? c->now_ms + (int64_t)row->c.validity_s * 1000 : 0,
        .updated_ms = c->now_ms, .body = {"", 0},
    };
    m->campaign = row;
    m->run = run;
    ram_message_add(s, m);
    RAM_SET(s, row->cells[in->carrier][MESSAGE_QUEUED], row->cells[in->carrier][MESSAGE_QUEUED] + 1);
}

static struct run *run_new(struct ram_store *s, const struct change_freeze *c, const struct freeze_row *like,
                           uint64_t lo)
{
    struct run *run = ram_new(s, sizeof *run);
    *run = (struct run){.id = lo, .campaign = c->campaign, .org = c->org, .zones = like->zones,
                        .carrier = like->carrier, .lo = lo, .hi = lo, .next = lo};
    ram_table_add(s, &s->runs, lo, run);
    return run;
}

static bool chunk_sound(const struct change_freeze *c)
{
    for (size_t i = 0; i < c->count; i++)
        if (c->rows[i].contact <= c->after || c->rows[i].contact > c->upto || c->rows[i].carrier >= 16) return false;
    return c->upto >= c->after;
}

enum err ram_apply_freeze(struct ram_store *s, struct change *base)
{
    struct change_freeze *c = (struct change_freeze *)base;
    struct ram_campaign *row = ram_campaign(s, c->org, c->campaign);
    struct run *run = NULL;
    uint64_t id = message_id_next(s->last_message, c->now_ms);
    c->runs_made = 0;
    if (row == NULL) return ram_refuse(base, ERR_NOT_FOUND, "there is no such campaign");
    if (row->c.state == CAMPAIGN_DRAFT || row->c.state > CAMPAIGN_PAUSED || row->c.frozen ||
        (row->c.freeze_after != c->after && !MUTANT(audience_frozen_twice)))
        return ram_refuse(base, ERR_CONFLICT, "that part of the audience is not wanted");
    if (!chunk_sound(c)) return ram_refuse(base, ERR_INVALID, "a row is outside the chunk");
    for (size_t i = 0; i < c->count; i++, id++) {
        if (run == NULL || run->zones != c->rows[i].zones || run->carrier != c->rows[i].carrier) {
            run = run_new(s, c, &c->rows[i], id);
            c->runs_made++;
        }
        freeze_one(s, c, row, run, &c->rows[i]);
    }
    RAM_SET(s, row->c.freeze_after, c->upto);
    RAM_SET(s, row->c.audience, row->c.audience + (int64_t)c->count);
    RAM_SET(s, row->c.frozen, c->last);
    return ERR_OK;
}

/* ---- reads ---- */

static void campaign_out(struct arena *a, const struct ram_campaign *row, struct campaign *out, enum err *code)
{
    *out = row->c;
    out->name = ram_out_text(a, row->c.name, code);
    out->template_text = ram_out_text(a, row->c.template_text, code);
    out->why = ram_out_text(a, row->c.why, code);
    counts_out(row, out);
}

enum err ram_campaign_get(struct store_reader *r, struct arena *a, org_id org, uint64_t id, struct campaign *out)
{
    struct ram_store *s = ram_read_begin(r);
    const struct ram_campaign *row = ram_campaign(s, org, id);
    enum err code = row == NULL ? ERR_NOT_FOUND : ERR_OK;
    if (row != NULL) campaign_out(a, row, out, &code);
    return ram_read_end(s, code);
}

enum err ram_campaigns(struct store_reader *r, struct arena *a, org_id org, uint64_t before, struct campaign *out,
                       size_t *count)
{
    struct ram_store *s = ram_read_begin(r);
    size_t room = *count;
    enum err code = ERR_OK;
    *count = 0;
    for (size_t i = s->campaigns.count; i > 0 && *count < room; i--) {
        const struct ram_campaign *row = s->campaigns.at[i - 1].row;
        if (row->c.org == org && (before == 0 || row->c.id < before)) campaign_out(a, row, &out[(*count)++], &code);
    }
    return ram_read_end(s, code);
}

enum err ram_campaigns_live(struct store_reader *r, struct arena *a, uint64_t after, struct campaign *out,
                            size_t *count)
{
    struct ram_store *s = ram_read_begin(r);
    size_t room = *count;
    enum err code = ERR_OK;
    *count = 0;
    for (size_t i = ram_row_after(&s->campaigns, after); i < s->campaigns.count && *count < room; i++) {
        const struct ram_campaign *row = s->campaigns.at[i].row;
        if (row->c.state >= CAMPAIGN_SCHEDULED && row->c.state <= CAMPAIGN_PAUSED)
            campaign_out(a, row, &out[(*count)++], &code);
    }
    return ram_read_end(s, code);
}

enum err ram_runs(struct store_reader *r, org_id org, uint64_t campaign, uint64_t after, struct run *out,
                  size_t *count)
{
    struct ram_store *s = ram_read_begin(r);
    size_t room = *count;
    *count = 0;
    for (size_t i = ram_row_after(&s->runs, after); i < s->runs.count && *count < room; i++) {
        const struct run *run = s->runs.at[i].row;
        if (run->org == org && run->campaign == campaign && run->next < run->hi) out[(*count)++] = *run;
    }
    return ram_read_end(s, ERR_OK);
}

enum err ram_campaign_errors(struct store_reader *r, org_id org, uint64_t campaign, int32_t *codes,
                             int64_t *numbers, size_t *count)
{
    struct ram_store *s = ram_read_begin(r);
    const struct ram_campaign *row = ram_campaign(s, org, campaign);
    const struct tree_node *node = NULL;
    size_t room = *count;
    *count = 0;
    if (row == NULL) return ram_read_end(s, ERR_NOT_FOUND);
    while (*count < room && (node = tree_after(&row->errors, node == NULL ? NULL : &node->key)) != NULL) {
        codes[*count] = (int32_t)((int64_t)node->key.at[0] + INT32_MIN);
        numbers[(*count)++] = (int64_t)node->value.num;
    }
    return ram_read_end(s, ERR_OK);
}

enum err ram_campaign_carriers(struct store_reader *r, org_id org, uint64_t campaign,
                               int64_t table[16][MESSAGE_STATES])
{
    struct ram_store *s = ram_read_begin(r);
    const struct ram_campaign *row = ram_campaign(s, org, campaign);
    if (row != NULL) memcpy(table, row->cells, sizeof row->cells);
    return ram_read_end(s, row == NULL ? ERR_NOT_FOUND : ERR_OK);
}

enum err ram_acknowledgements(struct store_reader *r, struct arena *a, org_id org, uint64_t campaign,
                              struct acknowledgement *out, size_t *count)
{
    struct ram_store *s = ram_read_begin(r);
    size_t room = *count;
    enum err code = ERR_OK;
    *count = 0;
    for (size_t i = 0; i < s->acknowledgements.count && *count < room; i++) {
        const struct acknowledgement *row = s->acknowledgements.at[i].row;
        struct acknowledgement *one = &out[*count];
        if (row->org != org || row->campaign != campaign) continue;
        *one = *row;
        one->by = ram_out_text(a, row->by, &code);
        one->findings = ram_out_text(a, row->findings, &code);
        (*count)++;
    }
    return ram_read_end(s, code);
}

enum err ram_campaign_reasons(struct store_reader *r, org_id org, uint64_t campaign, int64_t reasons[64])
{
    struct ram_store *s = ram_read_begin(r);
    const struct ram_campaign *row = ram_campaign(s, org, campaign);
    if (row != NULL) memcpy(reasons, row->reasons, sizeof row->reasons);
    return ram_read_end(s, row == NULL ? ERR_NOT_FOUND : ERR_OK);
}
