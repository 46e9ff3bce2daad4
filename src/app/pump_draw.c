/*
 * pump_draw: reads messages that wait in the store, asks the gate, renders, and gives them to the engine.
 *
 * Due rows of a lane go first, then the runs of its campaign. A message that the gate does not let pass is set
 * back with the reason; one that is in hand already is skipped. What is read lives in the scratch arena; only
 * the rendered text is kept, as long as the engine holds the message.
 */
#include "app/content.h"
#include "app/pump_inside.h"
#include "base/json_scan.h"
#include "base/mutant.h"
#include "base/starved.h"
#include "rules/alpha.h"
#include "rules/country_content.h"
#include "rules/phone.h"
#include "rules/segment.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { BODY_BYTES_MAX = 64 << 10, FIELDS_SCANNED_MAX = 24 };

struct draw {
    struct pump *p;
    struct lane_key lane;
    struct engine_lane engine_lane;
    const struct directory_org *org;
    const struct directory_program *program;
    const struct directory_campaign *campaign; /* NULL: direct */
    struct pump_campaign *mine;                /* NULL: direct */
    struct gate_facts lane_facts;
    struct content_case content;
    bool template_open;
    int64_t spent_micros;
    size_t want, count, scanned;
    bool full;                                 /* no memory: come again later */
};

/* ---- one message ---- */

/* The fields of a contact, flat texts that we wrote ourselves: scanned, or, if anything is unusual, parsed. */
struct fields {
    struct json_scan_value values[FIELDS_SCANNED_MAX];
    struct str names[FIELDS_SCANNED_MAX];
    size_t count;
    json_t *parsed; /* NULL: scanned */
    struct arena *arena;
    bool full; /* no memory for a value */
    bool telling; /* some value may change what the template's content is judged to be */
};

static bool fields_scan(struct fields *f, struct str json)
{
    struct json_scan s = json_scan_over(json);

    while (f->count < FIELDS_SCANNED_MAX && json_scan_next(&s, &f->names[f->count], &f->values[f->count]))
        f->count++;
    return json_scan_is_sound(&s);
}

static struct str field_look_up(struct fields *f, struct str name)
{
    const json_t *value;

    if (f->parsed == NULL) {
        for (size_t n = f->count; n-- > 0;) /* of two of a name the last counts */
            if (str_equal(f->names[n], name)) return json_scan_text(&f->values[n], f->arena, &f->full);
        return (struct str){NULL, 0};
    }
    value = json_object_getn(f->parsed, name.at, name.len);
    if (!json_is_string(value)) return (struct str){NULL, 0};
    return (struct str){json_string_value(value), json_string_length(value)};
}

static struct str field_value(void *ctx, size_t index, struct str name)
{
    struct fields *f = ctx;
    struct str value = field_look_up(f, name);

    (void)index;
    if (!f->telling) f->telling = !content_value_plain(value);
    return value;
}

/* The text of the message. ERR_NOT_FOUND: a field is unfilled (or the template cannot be used at all). ERR_FULL: no
 * memory for it now. */
static enum err render(const struct draw *d, const struct message *m, const struct contact *c, struct buf *out,
                       bool *telling)
{
    struct fields fields = {.arena = &d->p->scratch};
    enum err e = ERR_FULL;

    *telling = true;
    if (d->campaign == NULL) {
        buf_add(out, m->body);
        return buf_check(out);
    }
    if (d->campaign->text == NULL) return ERR_NOT_FOUND;
    (void)starved_take();
    if (c->fields.len > 0 && !fields_scan(&fields, c->fields)) {
        fields.count = 0;
        fields.parsed = json_loadb(c->fields.at, c->fields.len, 0, NULL);
    }
    if (!starved_take()) e = template_render(d->campaign->text, field_value, &fields, out, NULL);
    json_decref(fields.parsed);
    *telling = fields.telling && !MUTANT(content_values_unseen);
    return fields.full ? ERR_FULL : e;
}

struct drawn {
    const struct message *message;
    const struct contact *contact; /* id 0: none */
    struct pump_run *run;          /* NULL: from a due row */
    int64_t due_at_ms;
    struct phone phone;
    struct buf text;
    struct segment_count count;
    struct frequency_caps caps;
    uint64_t zones;
    uint8_t carrier;
    uint32_t asked_sender;         /* 0: any */
    struct gate_abroad to;         /* where it goes; nobody is counted */
    struct gate_facts facts;
};

static void count_sender(struct gate_abroad *g, const struct directory_sender *s)
{
    gate_abroad_count(g, &(struct gate_abroad_sender){s->id, s->kind, s->address, s->registered});
}

static bool may_write(const struct drawn *w, const struct directory_sender *s)
{
    struct gate_abroad one = w->to;

    count_sender(&one, s);
    return one.allowed > 0;
}

/* What holds of each sender that could be chosen, for a person who said something of one of them. Where some are
 * refused, one that is not is asked for, and rather one that may write to that country; where all are, it is as if the
 * person had refused the program. */
static enum err unrefused_sender(const struct draw *d, struct drawn *w, struct consent_holds *h)
{
    const struct message *m = w->message;
    struct consent_holds of = *h, refused = {0};
    uint32_t one = 0, silent = 0;

    for (size_t i = 0; i < d->org->senders_count; i++) {
        const struct directory_sender *s = &d->org->senders[i];
        enum err e;
        if (s->program != m->program || !s->usable || s->abroad != d->lane_facts.abroad) continue;
        e = d->p->ops->consent_holds(d->p->reader, m->org, m->number, m->program, s->id, &of);
        if (e != ERR_OK) return e;
        if (of.kind == CONSENT_OPT_OUT) refused = of;
        else if (!may_write(w, s)) silent = s->id;
        else if (one == 0 || s->id == w->contact->sender) one = s->id;
    }
    if (refused.kind != CONSENT_OPT_OUT) return ERR_OK;
    if (one == 0) one = silent;
    w->asked_sender = one;
    if (one == 0) *h = refused;
    return ERR_OK;
}

/* A sender is not chosen yet but where the message asks for one; arming looks again. */
static enum err consent_facts(const struct draw *d, struct drawn *w)
{
    const struct message *m = w->message;
    struct consent_holds h;
    enum err e;

    w->asked_sender = d->campaign == NULL ? m->sender : 0;
    e = d->p->ops->consent_holds(d->p->reader, m->org, m->number, m->program, w->asked_sender, &h);
    if (e == ERR_OK && h.narrow && w->asked_sender == 0) e = unrefused_sender(d, w, &h);
    if (e == ERR_OK) gate_consent_facts(&w->facts, &h, d->p->ports.settings);
    return e;
}

static enum err number_facts(const struct draw *d, struct drawn *w)
{
    struct number_facts n;
    enum err e = d->p->ops->number_facts(d->p->reader, w->message->org, w->message->number, &n);

    if (e == ERR_OK) gate_number_facts(&w->facts, &n, d->p->ports.settings);
    return e;
}

static void place_facts(const struct draw *d, struct drawn *w)
{
    bool known = w->contact->id != 0;
    uint8_t carrier = known ? w->contact->carrier : w->message->carrier;

    if (carrier >= CARRIER_COUNT) carrier = CARRIER_UNKNOWN;
    w->zones = gate_zones(known ? w->contact->zones : w->message->zones, d->program->traits);
    w->carrier = (uint8_t)carrier_in_country((enum carrier)carrier, str_from(w->phone.country));
    w->facts.abroad = gate_is_abroad(&w->phone);
    w->facts.country_off = gate_country_off(d->org->region, d->org->countries, &w->phone);
    w->facts.bucket_changed = w->carrier != d->lane.carrier;
    if (w->run != NULL && w->zones != w->run->row.zones) w->facts.bucket_changed = true;
}

static void sender_facts(const struct draw *d, struct drawn *w)
{
    const struct directory_sender *s;

    if (d->campaign != NULL || w->message->sender == 0) return;
    s = directory_sender(d->org, w->message->sender);
    w->facts.sender_unusable = s == NULL || !s->usable;
}

/* Without memory nothing is said of the text: the message would end for a field that has its value. */
static enum err text_facts(const struct draw *d, struct drawn *w)
{
    bool telling;
    enum err e = render(d, w->message, w->contact, &w->text, &telling);

    if (e == ERR_FULL) return e;
    if (e != ERR_OK) {
        w->facts.unfilled = true;
        return ERR_OK;
    }
    if (segment_count(buf_str(&w->text), 0, &w->count, NULL) != ERR_OK) w->facts.characters = UINT32_MAX;
    else w->facts.characters = w->count.characters;
    /* Else what the template says was judged already; other countries ask about whole texts. */
    telling = telling || d->template_open || (w->facts.abroad && country_content_any(w->phone.country));
    if (telling && content_forbidden(buf_str(&w->text), &d->content, w->phone.country)) w->facts.forbidden = true;
    return ERR_OK;
}

/* At home it can only be a short code that does not reach the other country. */
static bool any_may_write(const struct draw *d, const struct drawn *w)
{
    if (w->facts.abroad) return false;
    if ((d->program->pool.home & UINT32_C(1) << (unsigned)SENDER_SHORT_CODE) == 0) return true;
    return w->phone.country[0] == '\0' || strcmp(d->org->region, w->phone.country) == 0;
}

static void country_facts(const struct draw *d, struct drawn *w)
{
    w->to = (struct gate_abroad){.to = {.country = w->phone.country, .kind = w->message->kind,
                                        .home = !w->facts.abroad, .region = d->org->region,
                                        .number = w->message->number, .sender = w->contact->sender}};
    w->to.to.way_out = w->facts.abroad && alpha_way_out(buf_str(&w->text));
}

/* Not every sender may write everywhere: where some may not, one that may is asked for. */
static void abroad_facts(const struct draw *d, struct drawn *w)
{
    struct gate_abroad g = w->to;

    if (d->lane_facts.abroad != w->facts.abroad || any_may_write(d, w)) return;
    for (size_t i = 0; i < d->org->senders_count; i++) {
        const struct directory_sender *s = &d->org->senders[i];
        if (s->program != w->message->program || !s->usable || s->abroad != w->facts.abroad) continue;
        if (w->asked_sender != 0 && w->asked_sender != s->id) continue;
        count_sender(&g, s);
    }
    if (g.allowed == 0) w->facts.sender_refused = g.why;
    else if (g.refused > 0) w->asked_sender = g.chosen;
}

static void money_facts(const struct draw *d, struct drawn *w)
{
    struct gate_priced priced = {.phone = &w->phone, .carrier = d->lane.carrier, .charity = d->program->charity,
                                 .segments = w->count.segments, .at_ms = d->p->wall_ms};

    w->facts.cap_micros = d->org->cap_micros;
    w->facts.spent_micros = d->spent_micros + pump_reserved(d->p, d->org->id);
    w->facts.cost_micros = gate_cost(directory_prices(d->p->directory), &d->program->pool, 0, &priced);
}

/* Lawful where the contact is now, and, of a single message, also where it was said to go when it was admitted. */
static void quiet_facts(const struct draw *d, struct drawn *w)
{
    const struct message *m = w->message;
    uint64_t said = gate_zones(m->zones, d->program->traits);
    int64_t other_ms;
    bool open, other_open;

    pump_window(d->p, w->zones, m->kind, &open, &w->facts.window_ms);
    w->facts.quiet = !open;
    if (d->campaign != NULL || said == w->zones) return;
    pump_window(d->p, said, m->kind, &other_open, &other_ms);
    if (open && !other_open) {
        w->facts.quiet = true;
        w->facts.window_ms = other_ms;
    } else if (open == other_open && (other_ms < w->facts.window_ms) == open) {
        w->facts.window_ms = other_ms; /* of two that close the earlier, of two that open the later */
    }
}

/* The person's history is not read: what was capped left a packed row. */
static enum err frequency_facts(const struct draw *d, struct drawn *w)
{
    const struct message *m = w->message;
    struct frequency_cap said;
    struct frequency recent;
    enum err e;

    if (m->kind != KIND_MARKETING) return ERR_OK;
    w->caps = (struct frequency_caps){.law = pump_law_cap(d->p, w->zones), .own = d->org->frequency};
    if (d->campaign == NULL && gate_zones(m->zones, d->program->traits) != w->zones) {
        said = pump_law_cap(d->p, gate_zones(m->zones, d->program->traits));
        if (w->caps.law.count == 0 || (said.count != 0 && said.count < w->caps.law.count)) w->caps.law = said;
    }
    if (!frequency_capped(&w->caps)) return ERR_OK;
    e = d->p->ops->recent_sends(d->p->reader, m->org, m->number, &recent);
    if (e == ERR_OK) w->facts.capped_ms = frequency_free_ms(&recent, &w->caps, d->p->wall_ms, m->armed_ms);
    return e;
}

static enum err collect_facts(const struct draw *d, struct drawn *w)
{
    const struct message *m = w->message;
    enum err e;

    w->facts = d->lane_facts;
    w->facts.recipient = true;
    w->facts.expires_ms = m->expires_ms;
    w->facts.send_at_ms = m->send_at_ms;
    w->facts.contact_gone = m->contact != 0 && (w->contact->id == 0 || w->contact->deleted);
    if (phone_from_digits(m->number, &w->phone) != ERR_OK) w->facts.contact_gone = true;
    place_facts(d, w);
    sender_facts(d, w);
    e = text_facts(d, w);
    if (e != ERR_OK) return e;
    country_facts(d, w);
    e = consent_facts(d, w); /* after those: it chooses among the senders that may write there */
    if (e == ERR_OK) e = number_facts(d, w);
    if (e != ERR_OK) return e;
    abroad_facts(d, w);
    money_facts(d, w);
    quiet_facts(d, w);
    return frequency_facts(d, w);
}

static struct pump_item *item_from(const struct draw *d, const struct drawn *w)
{
    const struct message *m = w->message;
    struct pump_item *i = pump_item_new(d->p, m->id, m->number, &d->lane);

    if (i == NULL) return NULL;
    i->contact = m->contact;
    i->contact_sender = w->contact->id != 0 ? w->contact->sender : 0;
    i->org_rev = d->org->rev;
    i->campaign_rev = d->campaign != NULL ? d->campaign->rev : 0;
    i->caps = w->caps;
    i->attempt = m->attempt;
    i->urgent = m->urgent;
    i->charity = d->program->charity;
    i->due_at_ms = w->due_at_ms;
    i->expires_ms = m->expires_ms;
    i->campaign = d->mine;
    if (d->mine != NULL) d->mine->items++;
    if (w->run != NULL) pump_run_put(w->run, i);
    return i;
}

/* It answers a text of that person's which is in the store, and not an old one: what passes while only replies do
 * is told by what the person did, not by what the sender calls it. */
static bool is_reply(const struct draw *d, const struct message *m)
{
    struct pump *p = d->p;
    int64_t at_ms;

    return d->campaign == NULL && m->kind == KIND_CONVERSATIONAL &&
           p->ops->inbound_latest(p->reader, m->org, m->number, &at_ms) == ERR_OK &&
           p->wall_ms - at_ms <= p->ports.settings->send_reply_within_ms;
}

static void offer_item(struct draw *d, struct pump_item *i, const struct drawn *w)
{
    const struct message *m = w->message;
    bool conversational = m->kind == KIND_CONVERSATIONAL;

    d->p->drawn[d->count++] = (struct engine_item){
        .message = m->id, .lane = d->engine_lane, .number = m->number, .sticky_sender = i->contact_sender,
        .asked_sender = w->asked_sender, .area_code = w->phone.area_code,
        .segments = i->segments, .attempt = (uint8_t)(m->attempt + 1), .urgent = m->urgent,
        .await_sender = conversational, .reply = is_reply(d, m),
        .expires_wall_ms = i->expires_ms,
        .closes_wall_ms = i->closes_ms, .owner = i};
}

static void pass(struct draw *d, struct pump_item *i, struct drawn *w, const struct gate_verdict *v)
{
    struct str text = buf_str(&w->text);

    i->segments = w->count.segments > UINT16_MAX ? UINT16_MAX : (uint16_t)w->count.segments;
    i->closes_ms = v->closes_ms;
    i->body_hash = listing_body_hash(text);
    i->body.len = text.len;
    i->body.at = buf_take(&w->text);
    pump_item_reserve(d->p, i, w->facts.cost_micros);
    offer_item(d, i, w);
    d->p->counts.drawn++;
}

static void set_back(struct draw *d, struct pump_item *i, const struct drawn *w, const struct gate_verdict *v)
{
    int64_t next_ms = v->until_ms == INT64_MAX ? d->p->wall_ms + RECHECK_MS : v->until_ms;

    if (v->answer == VERDICT_END) d->p->counts.blocked++;
    else d->p->counts.held++;
    if (v->reason == REASON_BUCKET_CHANGED) i->lane.carrier = w->carrier;
    pump_setback(d->p, i, v->to, v->reason, next_ms);
}

/* False: nothing more can be taken in now. */
static bool take_row(struct draw *d, struct drawn *w)
{
    struct gate_verdict v;
    struct pump_item *i;

    d->scanned++;
    buf_init(&w->text, BODY_BYTES_MAX);
    if (collect_facts(d, w) != ERR_OK || (i = item_from(d, w)) == NULL) {
        buf_free(&w->text);
        d->full = true;
        return false;
    }
    v = gate_ask(&w->facts);
    if (v.answer == VERDICT_PASS) pass(d, i, w, &v);
    else set_back(d, i, w, &v);
    buf_free(&w->text);
    return true;
}

static bool is_waiting(const struct message *m)
{
    return m->state == MESSAGE_QUEUED || m->state == MESSAGE_HELD;
}

static bool has_room(const struct draw *d)
{
    return !d->full && d->count < d->want && d->count < DRAW_ITEMS_MAX && d->scanned < DRAW_SCAN_MAX &&
           d->p->setbacks_count < SETBACKS_MAX;
}

/* ---- a lane ---- */

/* One that the engine holds leaves it with a word; any other is looked for again when it is let go. */
static bool in_hand(struct pump *p, uint64_t message)
{
    struct pump_item *i = pump_item(p, message);

    if (i != NULL && i->stage != ITEM_WAITING) i->seen_again = true;
    return i != NULL;
}

/* Its run was told to draw it again, but the engine has not let it go yet: the cursor must not pass it. */
static bool given_back(struct pump *p, uint64_t message)
{
    const struct pump_item *i = pump_item(p, message);

    return i != NULL && i->stage == ITEM_LEAVING && i->run == NULL;
}

/* Takes due rows until there is no room (true: more may be there) or none are left (false). */
static bool draw_due(struct draw *d)
{
    struct pump *p = d->p;
    int64_t after_ms = 0;
    uint64_t after = 0;

    while (has_room(d)) {
        size_t count = DRAW_PAGE;
        enum err e = p->ops->draw_due(p->reader, &p->scratch, &d->lane, p->wall_ms, after_ms, after, p->dues,
                                      p->rows, p->contacts, &count);
        if (e != ERR_OK) d->full = true;
        if (e != ERR_OK || count == 0) return e != ERR_OK;
        for (size_t i = 0; i < count && has_room(d); i++) {
            struct drawn w = {.message = &p->rows[i], .contact = &p->contacts[i], .due_at_ms = p->dues[i].at_ms};
            after_ms = p->dues[i].at_ms;
            after = p->dues[i].message;
            if (is_waiting(w.message) && !in_hand(p, after) && !take_row(d, &w)) break;
        }
        if (has_room(d) && count < DRAW_PAGE) return false;
    }
    return true;
}

/* When the first due row after now is due; INT64_MAX: none. */
static int64_t next_due(const struct draw *d)
{
    struct pump *p = d->p;
    size_t count = 1;
    enum err e = p->ops->draw_due(p->reader, &p->scratch, &d->lane, INT64_MAX, p->wall_ms, INT64_MAX, p->dues,
                                  p->rows, p->contacts, &count);

    return e == ERR_OK && count > 0 ? p->dues[0].at_ms : INT64_MAX;
}

static void draw_run_page(struct draw *d, struct pump_run *r)
{
    struct pump *p = d->p;
    size_t count = d->want - d->count < DRAW_PAGE ? d->want - d->count : DRAW_PAGE;
    size_t asked = count;
    enum err e = p->ops->draw_run(p->reader, &p->scratch, &r->row, r->read, p->rows, p->contacts, &count);

    if (e != ERR_OK) {
        d->full = true;
        return;
    }
    for (size_t i = 0; i < count && has_room(d); i++) {
        struct drawn w = {.message = &p->rows[i], .contact = &p->contacts[i], .run = r};
        /* A row of its own among the due ones is drawn there. */
        bool ours = is_waiting(w.message) && w.message->due_at_ms == 0;
        if (ours && given_back(p, w.message->id)) {
            d->full = true;
            break;
        }
        if (ours && !in_hand(p, w.message->id) && !take_row(d, &w)) return;
        r->read = w.message->id + 1;
        d->scanned++;
    }
    if (count < asked && has_room(d)) r->read = r->row.hi;
    pump_run_dirty(p, r);
}

/* True: more may be there. Else *opens_ms says when a closed run opens. */
static bool draw_runs(struct draw *d, int64_t *opens_ms)
{
    *opens_ms = INT64_MAX;
    if (d->mine == NULL) return false;
    while (has_room(d)) {
        struct pump_run *r =
            pump_run_open(d->p, d->mine, (enum message_kind)d->lane.kind, d->lane.carrier, opens_ms);
        if (r == NULL) return false;
        draw_run_page(d, r);
    }
    return true;
}

static int64_t spent_this_month(struct draw *d)
{
    struct org row;

    if (d->org->cap_micros <= 0) return 0;
    if (d->p->ops->org_get(d->p->reader, &d->p->scratch, d->org->id, &row) != ERR_OK) return 0;
    return row.spent_month == gate_month(d->p->wall_ms) ? row.spent_micros : 0;
}

/* A template is judged once for all that is drawn now: by today's rules, and by what its program may do today. False:
 * it says what is forbidden, and somebody has to look. */
static bool content_facts(struct draw *d)
{
    struct content_case of_template;
    struct str text;

    d->content = (struct content_case){.kind = (enum message_kind)d->lane.kind,
                                       .use_case = d->program->subject.use_case,
                                       .age_gated = (d->program->traits & PROGRAM_AGE_GATED) != 0,
                                       .direct_lending = (d->program->traits & PROGRAM_DIRECT_LENDING) != 0,
                                       .brand = str_from(d->program->brand)};
    if (d->campaign == NULL || d->campaign->text == NULL) return true;
    text = template_text(d->campaign->text);
    of_template = d->content;
    of_template.template = true;
    d->template_open = content_template_open(text);
    if (!content_blocks(text, &of_template)) return true;
    d->lane_facts.forbidden = true;
    if (d->campaign->state != CAMPAIGN_RUNNING) return true; /* what is sent once more ends one by one */
    pump_campaign_forbid(d->p, d->mine, text, &of_template);
    return false;
}

/* False: nothing may be drawn from the lane until *until_ms. */
static bool draw_begin(struct draw *d, struct pump *p, const struct engine_lane *l, int64_t *until_ms)
{
    struct gate_verdict v;

    *d = (struct draw){.p = p, .lane = directory_lane_key(l), .engine_lane = *l};
    *until_ms = INT64_MAX;
    d->org = directory_org(p->directory, l->org);
    d->program = d->org == NULL ? NULL : directory_program(d->org, d->lane.program);
    if (d->program == NULL || !d->org->sendable) return false;
    if (l->campaign != 0) {
        d->mine = pump_campaign(p, l->org, l->campaign);
        d->campaign = d->mine == NULL ? NULL : directory_campaign(p->directory, l->campaign);
        if (d->campaign == NULL) return false;
    }
    d->lane_facts = (struct gate_facts){
        .now_ms = p->wall_ms, .kind = (enum message_kind)d->lane.kind, .org = d->org->state,
        .campaign = d->campaign == NULL ? 0 : d->campaign->state, .pool = d->program->pool,
        .abroad = d->lane.carrier == CARRIER_FOREIGN};
    v = gate_ask(&d->lane_facts);
    *until_ms = v.until_ms;
    if (v.answer != VERDICT_PASS) return false;
    *until_ms = p->wall_ms + RECHECK_MS;
    return content_facts(d);
}

static void give(struct draw *d, int64_t next_ms)
{
    if (engine_drawn(d->p->engine, &d->engine_lane, d->p->drawn, d->count, next_ms) == ERR_OK) return;
    /* Nothing was taken, for want of memory; the engine asks again. */
    for (size_t n = 0; n < d->count; n++) {
        struct pump_item *i = d->p->drawn[n].owner;
        pump_run_give_back(d->p, i);
        pump_item_free(d->p, i);
    }
}

void pump_draw(struct pump *p, const struct command *c)
{
    struct draw d;
    int64_t until_ms, opens_ms = INT64_MAX, next_ms;
    bool more;

    if (!draw_begin(&d, p, &c->lane, &until_ms)) {
        give(&d, until_ms);
        return;
    }
    if (pump_store_full(p)) {
        give(&d, p->wall_ms + STORE_WAIT_MS);
        return;
    }
    d.want = c->want;
    p->ops->reader_hold(p->reader);
    d.spent_micros = spent_this_month(&d);
    more = draw_due(&d);
    if (!more) more = draw_runs(&d, &opens_ms);
    next_ms = more ? p->wall_ms : next_due(&d);
    p->ops->reader_release(p->reader);
    if (d.full || (more && p->setbacks_count >= SETBACKS_MAX)) next_ms = p->wall_ms + STORE_WAIT_MS;
    else if (opens_ms < next_ms) next_ms = opens_ms;
    if (d.mine != NULL && !more) pump_campaign_look(p, d.mine);
    give(&d, next_ms);
    arena_reset(&p->scratch);
}

/* ---- one message, admitted just now and urgent ---- */

static enum err read_contact(struct pump *p, const struct message *m, struct contact *out)
{
    enum err e = ERR_NOT_FOUND;

    *out = (struct contact){0};
    if (m->contact != 0) e = p->ops->contact_get(p->reader, &p->scratch, m->org, m->contact, out);
    if (e != ERR_OK) *out = (struct contact){0};
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

void pump_offer(struct pump *p, const struct lane_key *lane, uint64_t message)
{
    struct engine_lane l = directory_lane(lane);
    struct draw d;
    struct message *m = &p->rows[0];
    int64_t until_ms;
    struct drawn w = {.message = m, .contact = &p->contacts[0]};

    if (pump_item(p, message) != NULL || pump_store_full(p) || !draw_begin(&d, p, &l, &until_ms)) return;
    if (p->ops->message_get(p->reader, &p->scratch, lane->org, message, m) == ERR_OK && is_waiting(m) &&
        m->due_at_ms != 0 && m->due_at_ms <= p->wall_ms && read_contact(p, m, &p->contacts[0]) == ERR_OK) {
        d.want = 1;
        d.spent_micros = spent_this_month(&d);
        w.due_at_ms = m->due_at_ms;
        (void)take_row(&d, &w);
        if (d.count == 1 && engine_offer(p->engine, &p->drawn[0]) != ERR_OK) /* it stays in the store */
            pump_item_free(p, p->drawn[0].owner);
    }
    arena_reset(&p->scratch);
}

/* As take_row, but what the gate does not pass is left alone. */
static struct pump_item *take_passing(struct draw *d, struct drawn *w)
{
    struct pump_item *i = NULL;
    struct gate_verdict v;

    buf_init(&w->text, BODY_BYTES_MAX);
    if (collect_facts(d, w) == ERR_OK) {
        v = gate_ask(&w->facts);
        if (v.answer == VERDICT_PASS) i = item_from(d, w);
        if (i != NULL) pass(d, i, w, &v);
    }
    buf_free(&w->text);
    return i;
}

struct pump_item *pump_draw_urgent(struct pump *p, const struct lane_key *lane, const struct message *m)
{
    struct engine_lane l = directory_lane(lane);
    struct drawn w = {.message = m, .contact = &p->contacts[0]};
    struct pump_item *i = NULL;
    struct draw d;
    int64_t until_ms;

    if (pump_store_full(p) || !draw_begin(&d, p, &l, &until_ms)) return NULL;
    if (read_contact(p, m, &p->contacts[0]) == ERR_OK) {
        d.spent_micros = spent_this_month(&d);
        i = take_passing(&d, &w);
    }
    arena_reset(&p->scratch);
    if (i == NULL || engine_offer(p->engine, &p->drawn[0]) == ERR_OK) return i;
    pump_item_free(p, i);
    return NULL;
}

uint64_t pump_text_hash(struct pump *p, const struct message *m)
{
    struct draw d = {.p = p};
    struct contact contact;
    struct buf text;
    uint64_t hash = 0;
    bool telling;

    if (m->campaign != 0) {
        if (pump_campaign(p, m->org, m->campaign) == NULL) return 0;
        d.campaign = directory_campaign(p->directory, m->campaign);
    }
    buf_init(&text, BODY_BYTES_MAX);
    if (read_contact(p, m, &contact) == ERR_OK && render(&d, m, &contact, &text, &telling) == ERR_OK)
        hash = listing_body_hash(buf_str(&text));
    buf_free(&text);
    return hash;
}
