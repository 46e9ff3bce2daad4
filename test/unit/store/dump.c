/* dump: a store as text. See dump.h. */
#include "dump.h"
#include "twin.h"

#include "store/store.h"

#include <stdio.h>
#include <string.h>

enum { MANY = 400 };
#define READ(r, name, ...) ((r)->store->ops->name((r), __VA_ARGS__))
#define U(x) ((unsigned long long)(x))
#define I(x) ((long long)(x))

static void head(struct buf *out, const char *what, enum err code)
{
    buf_addf(out, "%s %s\n", what, err_name(code));
}

void dump_message(struct buf *out, const struct message *m)
{
    buf_addf(out, " m%llu o%u c%llu p%llu n%llu pr%u k%d s%d r%d a%u ca%u sg%u e%d se%u z%llu u%d ru%d $%lld",
            U(m->id),
             m->org, U(m->campaign), U(m->contact), U(m->number), m->program, (int)m->kind, (int)m->state,
             (int)m->reason, m->attempt, m->carrier, m->segments, m->error_code, m->sender, U(m->zones), m->urgent,
             m->retry_undelivered, I(m->cost_micros));
    buf_addf(out, " t%lld,%lld,%lld,%lld,%lld,%lld due%lld [%s] \"" STR_FMT "\"\n", I(m->created_ms),
            I(m->send_at_ms),
             I(m->expires_ms), I(m->armed_ms), I(m->answered_ms), I(m->updated_ms), I(m->due_at_ms), m->sid,
             STR_ARG(m->body));
}

static void dump_contact(struct buf *out, const struct contact *c)
{
    buf_addf(out, " p%llu o%u n%llu z%llu ca%u se%u d%d t%lld,%lld " STR_FMT "\n", U(c->id), c->org, U(c->number),
             U(c->zones), c->carrier, c->sender, c->deleted, I(c->created_ms), I(c->updated_ms),
                     STR_ARG(c->fields));
}

static void dump_org(struct store_reader *r, struct arena *a, org_id id, struct buf *out)
{
    struct org o = {0}, again = {0};
    enum err code = READ(r, org_get, a, id, &o);
    head(out, "org", code);
    if (code != ERR_OK) return;
    buf_addf(out, " a%s " STR_FMT " " STR_FMT " k%s " STR_FMT, o.account_sid, STR_ARG(o.token_sealed),
             STR_ARG(o.token2_sealed), o.key_sid, STR_ARG(o.key_sealed));
    buf_addf(out, " f%u/%u c\"%s\"", o.frequency.count, o.frequency.hours, o.countries);
    buf_addf(out, " %s " STR_FMT " s%d sh%u cap%lld sp%lld,%d h\"" STR_FMT "\" seen%lld rev%u t%lld %d%d\n", o.slug,
             STR_ARG(o.name), (int)o.state, o.share, I(o.spend_cap_micros), I(o.spent_micros), o.spent_month,
             STR_ARG(o.help_text), I(o.inbound_seen_ms), o.rev, I(o.created_ms),
             (int)READ(r, org_by_slug, a, str_from(o.slug), &again),
             (int)READ(r, org_by_hook_path, a, str_from(o.hook_path), &again));
}

static void dump_account(struct store_reader *r, struct arena *a, org_id org, struct buf *out)
{
    struct account_work w = {0}, *rows = arena_alloc(a, MANY * sizeof *rows);
    size_t count = MANY;
    head(out, "account", READ(r, account_get, a, org, &w));
    buf_addf(out, " r%u s%d t%lld,%lld,%lld " STR_FMT " " STR_FMT "\n", w.rev, (int)w.standing, I(w.seen_ms),
             I(w.next_ms), I(w.updated_ms), STR_ARG(w.progress), STR_ARG(w.why));
    head(out, "accounts due", READ(r, accounts_due, a, INT64_MAX, 0, 0, rows, &count));
    for (size_t i = 0; i < count; i++) buf_addf(out, " %u", rows[i].org);
}

static void dump_who(struct store_reader *r, struct arena *a, org_id org, struct buf *out)
{
    struct program *programs = arena_alloc(a, MANY * sizeof *programs);
    struct sender *senders = arena_alloc(a, MANY * sizeof *senders);
    struct api_key *keys = arena_alloc(a, MANY * sizeof *keys), key = {0};
    size_t count = MANY;
    head(out, "programs", READ(r, programs, a, org, 0, programs, &count));
    for (size_t i = 0; i < count; i++)
        buf_addf(out, " %u o%u " STR_FMT " %s r%d b%d,%d " STR_FMT " " STR_FMT " %u " STR_FMT " t%lld\n",
                 programs[i].id,
                 programs[i].org,
                 STR_ARG(programs[i].name), programs[i].service_sid, (int)programs[i].registration,
                 (int)programs[i].brand, programs[i].brand_score, STR_ARG(programs[i].use_case),
                 STR_ARG(programs[i].brand_name), programs[i].traits, STR_ARG(programs[i].help_text),
                 I(programs[i].created_ms));
    count = MANY;
    head(out, "senders", READ(r, senders, org, 0, senders, &count));
    for (size_t i = 0; i < count; i++) {
        struct sender found = {0};
        enum err code = READ(r, sender_by_address, org, str_from(senders[i].address), &found);
        buf_addf(out, " %u o%u p%u k%d s%d %s n%llu v%d %s [%s] t%lld by%d,%u\n", senders[i].id, senders[i].org,
                 senders[i].program, (int)senders[i].kind, (int)senders[i].state, senders[i].address,
                 U(senders[i].number), senders[i].verified, senders[i].sid, senders[i].registered,
                 I(senders[i].created_ms), (int)code,
                 code == ERR_OK ? found.id : 0);
    }
    count = MANY;
    head(out, "keys", READ(r, keys, a, org, 0, keys, &count));
    for (size_t i = 0; i < count; i++)
        buf_addf(out, " %u o%u %s " STR_FMT " %u t%lld,%lld,%lld %d\n", keys[i].id, keys[i].org, keys[i].hint,
                 STR_ARG(keys[i].name), keys[i].scopes, I(keys[i].created_ms), I(keys[i].expires_ms),
                 I(keys[i].revoked_ms), (int)READ(r, key_by_hash, a, keys[i].hash, &key));
}

static void dump_lists(struct store_reader *r, struct arena *a, org_id org, struct buf *out)
{
    struct contact_list *lists = arena_alloc(a, MANY * sizeof *lists), one = {0};
    struct contact *contacts = arena_alloc(a, MANY * sizeof *contacts);
    size_t count = MANY, members = MANY;
    head(out, "contacts", READ(r, contacts, a, org, 0, 0, contacts, &members));
    for (size_t i = 0; i < members; i++) dump_contact(out, &contacts[i]);
    head(out, "lists", READ(r, lists, a, org, 0, lists, &count));
    for (size_t i = 0; i < count; i++) {
        buf_addf(out, " %u o%u " STR_FMT " %lld t%lld %d%d:", lists[i].id, lists[i].org, STR_ARG(lists[i].name),
                 I(lists[i].members), I(lists[i].created_ms), (int)READ(r, list_by_name, a, org, lists[i].name,
                         &one),
                 (int)READ(r, list_get, a, org, lists[i].id, &one));
        members = MANY;
        head(out, "", READ(r, contacts, a, org, lists[i].id, 0, contacts, &members));
        for (size_t k = 0; k < members; k++) buf_addf(out, " p%llu", U(contacts[k].id));
    }
}

static void dump_consent(struct buf *out, const struct consent *e)
{
    buf_addf(out, " %llu o%u n%llu k%d at%lld " STR_FMT " " STR_FMT " [%s]", U(e->id), e->org, U(e->number),
             (int)e->kind, I(e->at_ms), STR_ARG(e->source), STR_ARG(e->evidence), e->sid);
    buf_addf(out, " s%d.%u b%d r%lld " STR_FMT " #%llu ", (int)e->scope, e->scope_id, (int)e->basis,
             I(e->recorded_ms), STR_ARG(e->proof), U(e->position));
    for (size_t i = 0; i < sizeof e->hash; i++) buf_addf(out, "%02x", e->hash[i]);
    buf_add_char(out, '\n');
}

static void dump_holds(struct store_reader *r, org_id org, uint64_t number, struct buf *out)
{
    struct consent_holds h;
    for (uint32_t program = 1; program <= 3; program++)
        for (uint32_t sender = 0; sender < 2; sender++) {
            head(out, " holds", READ(r, consent_holds, org, number, program, sender, &h));
            buf_addf(out, " p%u s%u k%d at%lld e%llu b%d.%llu\n", program, sender, (int)h.kind, I(h.at_ms),
                     U(h.entry), (int)h.basis, U(h.basis_entry));
        }
}

/* Of the SIDs that the test gives out, those that are somebody else's than the message's. */
static void dump_sids(struct store_reader *r, org_id org, uint64_t number, uint64_t message, struct buf *out)
{
    enum { SIDS = 6 }; /* of the forty that the test gives out */
    bool taken;
    for (unsigned i = 1; i <= SIDS; i++) {
        char sid[SID_BYTES];
        (void)snprintf(sid, sizeof sid, "SM%032x", i);
        if (READ(r, sid_taken, org, number, str_from(sid), message, &taken) == ERR_OK && taken)
            buf_addf(out, " taken%u", i);
    }
}

static void dump_recent(struct store_reader *r, org_id org, uint64_t number, struct buf *out)
{
    struct frequency recent = {.count = 0};
    head(out, "recent", READ(r, recent_sends, org, number, &recent));
    for (unsigned i = 0; i < recent.count; i++) buf_addf(out, " %lld", I(recent.at_ms[i]));
}

static void dump_facts(struct store_reader *r, org_id org, uint64_t number, struct buf *out)
{
    struct number_facts f = {0};
    head(out, "facts", READ(r, number_facts, org, number, &f));
    buf_addf(out, " %d@%lld %d/%d@%lld %u@%lld r%lld", (int)f.line, I(f.line_ms), (int)f.trouble, f.code,
             I(f.trouble_ms), f.misses, I(f.missed_ms), I(f.reached_ms));
}

static void dump_numbers(struct store_reader *r, struct arena *a, org_id org, const struct dump_range *range,
                         struct buf *out)
{
    struct consent *events = arena_alloc(a, MANY * sizeof *events), one = {0};
    struct message *messages = arena_alloc(a, MANY * sizeof *messages);
    struct contact contact = {0};
    struct chain_head chain = {0};
    size_t count = MANY;
    head(out, "consents", READ(r, consents, a, org, 0, 0, events, &count));
    for (size_t i = 0; i < count; i++) dump_consent(out, &events[i]);
    head(out, "chain", READ(r, consent_head, org, &chain));
    buf_addf(out, " %llu %02x%02x%02x%02x\n", U(chain.count), chain.hash[0], chain.hash[1],
             chain.hash[2], chain.hash[31]);
    for (uint64_t n = range->number_from; n < range->number_from + range->numbers; n++) {
        enum err code = READ(r, consent_get, a, org, n, &one);
        if (code == ERR_OK) dump_consent(out, &one);
        dump_holds(r, org, n, out);
        dump_recent(r, org, n, out);
        dump_facts(r, org, n, out);
        code = READ(r, contact_by_number, a, org, n, &contact);
        if (code == ERR_OK) dump_contact(out, &contact);
        count = 5;
        head(out, "to", READ(r, messages_to, a, org, n, messages, &count));
        for (size_t i = 0; i < count; i++) buf_addf(out, " m%llu.%d", U(messages[i].id), (int)messages[i].state);
        dump_sids(r, org, n, count > 0 ? messages[0].id : 0, out);
    }
}

static void dump_tallies(struct store_reader *r, org_id org, uint64_t campaign, struct buf *out)
{
    int32_t codes[64];
    int64_t numbers[64], reasons[64], table[16][MESSAGE_STATES];
    size_t count = 64;
    head(out, " errors", READ(r, campaign_errors, org, campaign, codes, numbers, &count));
    for (size_t i = 0; i < count; i++) buf_addf(out, " %d:%lld", codes[i], I(numbers[i]));
    head(out, " reasons", READ(r, campaign_reasons, org, campaign, reasons));
    for (size_t i = 0; i < 64; i++)
        if (reasons[i] != 0) buf_addf(out, " %zu:%lld", i, I(reasons[i]));
    head(out, " carriers", READ(r, campaign_carriers, org, campaign, table));
    for (size_t c = 0; c < 16; c++)
        for (size_t s = 0; s < MESSAGE_STATES; s++)
            if (table[c][s] != 0) buf_addf(out, " %zu.%zu:%lld", c, s, I(table[c][s]));
    buf_add_char(out, '\n');
}

static void dump_draw(struct store_reader *r, struct arena *a, const struct run *run, struct buf *out)
{
    struct message messages[8];
    struct contact people[8];
    size_t count = 8;
    head(out, " draw", READ(r, draw_run, a, run, run->next, messages, people, &count));
    for (size_t i = 0; i < count; i++) {
        dump_message(out, &messages[i]);
        dump_contact(out, &people[i]);
    }
}

static void dump_acknowledgements(struct store_reader *r, struct arena *a, org_id org, uint64_t campaign,
                                  struct buf *out)
{
    struct acknowledgement said[8];
    size_t count = 8;
    head(out, " acknowledgements", READ(r, acknowledgements, a, org, campaign, said, &count));
    for (size_t i = 0; i < count; i++)
        buf_addf(out, " %llu o%u c%llu t%lld " STR_FMT " r%u " STR_FMT "\n", U(said[i].id), said[i].org,
                 U(said[i].campaign), I(said[i].at_ms), STR_ARG(said[i].by), said[i].rule_set,
                 STR_ARG(said[i].findings));
}

static void dump_campaigns(struct store_reader *r, struct arena *a, org_id org, struct buf *out)
{
    struct campaign *campaigns = arena_alloc(a, MANY * sizeof *campaigns);
    struct run *runs = arena_alloc(a, MANY * sizeof *runs);
    size_t count = MANY;
    head(out, "campaigns", READ(r, campaigns, a, org, 0, campaigns, &count));
    for (size_t i = 0; i < count; i++) {
        const struct campaign *c = &campaigns[i];
        size_t found = MANY;
        buf_addf(out,
                " c%llu o%u p%u l%u " STR_FMT " k%d " STR_FMT " s%d " STR_FMT " f%d,%llu au%lld sg%lld $%lld",
                        U(c->id),
                 c->org, c->program, c->list, STR_ARG(c->name), (int)c->kind, STR_ARG(c->template_text),
                         (int)c->state,
                 STR_ARG(c->why), c->frozen, U(c->freeze_after), I(c->audience), I(c->segments), I(c->cost_micros));
        buf_addf(out, " rev%u t%lld,%lld,%lld:", c->rev, I(c->created_ms), I(c->started_ms), I(c->finished_ms));
        for (int s = 1; s < MESSAGE_STATES; s++) buf_addf(out, " %lld", I(c->counts[s]));
        dump_tallies(r, org, c->id, out);
        dump_acknowledgements(r, a, org, c->id, out);
        head(out, " runs", READ(r, runs, org, c->id, 0, runs, &found));
        for (size_t k = 0; k < found; k++) {
            buf_addf(out, " %llu c%llu o%u z%llu ca%u %llu,%llu,%llu\n", U(runs[k].id), U(runs[k].campaign),
                    runs[k].org,
                     U(runs[k].zones), runs[k].carrier, U(runs[k].lo), U(runs[k].hi), U(runs[k].next));
            dump_draw(r, a, &runs[k], out);
        }
    }
}

static void dump_messages(struct store_reader *r, struct arena *a, org_id org, struct buf *out)
{
    struct message *messages = arena_alloc(a, MANY * sizeof *messages);
    struct message_filter filter = {.org = org};
    uint64_t before = 0;
    do {
        size_t count = 40;
        head(out, "messages", READ(r, messages, a, &filter, before, messages, &count, &before));
        buf_addf(out, " more %llu\n", U(before));
        for (size_t i = 0; i < count; i++) dump_message(out, &messages[i]);
    } while (before != 0);
    filter.state = MESSAGE_CANCELED;
    {
        size_t count = MANY;
        head(out, "canceled", READ(r, messages, a, &filter, 0, messages, &count, &before));
        for (size_t i = 0; i < count; i++) buf_addf(out, " m%llu", U(messages[i].id));
    }
}

static void dump_due(struct store_reader *r, struct arena *a, struct buf *out)
{
    struct lane_key *lanes = arena_alloc(a, MANY * sizeof *lanes);
    int64_t *earliest = arena_alloc(a, MANY * sizeof *earliest), at = 0;
    struct due *due = arena_alloc(a, MANY * sizeof *due);
    struct message *messages = arena_alloc(a, MANY * sizeof *messages);
    struct contact *people = arena_alloc(a, MANY * sizeof *people);
    size_t count = MANY;
    head(out, "lanes", READ(r, due_lanes, NULL, lanes, earliest, &count));
    for (size_t i = 0; i < count; i++) {
        size_t found = MANY;
        enum err code = READ(r, due_earliest, &lanes[i], &at);
        buf_addf(out, " o%u p%u c%llu k%u ca%u %lld %d,%lld\n", lanes[i].org, lanes[i].program,
                U(lanes[i].campaign),
                 lanes[i].kind, lanes[i].carrier, I(earliest[i]), (int)code, I(at));
        head(out, " due", READ(r, draw_due, a, &lanes[i], INT64_MAX, 0, 0, due, messages, people, &found));
        for (size_t k = 0; k < found; k++) {
            buf_addf(out, " %lld m%llu p%llu", I(due[k].at_ms), U(due[k].message), U(people[k].id));
            dump_message(out, &messages[k]);
        }
    }
}

static void dump_engine(struct store_reader *r, struct arena *a, const struct dump_range *range, struct buf *out)
{
    struct doubt *doubts = arena_alloc(a, MANY * sizeof *doubts);
    struct armed *arms = arena_alloc(a, MANY * sizeof *arms);
    struct day_use uses[64];
    struct message *stuck = arena_alloc(a, MANY * sizeof *stuck);
    size_t count = MANY;
    uint64_t to = 0;
    head(out, "doubts", READ(r, doubts, 0, doubts, &count));
    for (size_t i = 0; i < count; i++)
        buf_addf(out, " m%llu o%u n%llu a%u cl%u %lld,%lld,%lld se%u sg%u $%lld\n", U(doubts[i].message),
                doubts[i].org,
                 U(doubts[i].number), doubts[i].attempt, doubts[i].clean_listings, I(doubts[i].armed_ms),
                 I(doubts[i].deadline_ms), I(doubts[i].next_ms), doubts[i].sender, doubts[i].segments,
                 I(doubts[i].cost_micros));
    count = 60;
    head(out, "arms", READ(r, arms_recent, 0, arms, &count));
    head(out, "answered", READ(r, arms_answered, arms, count));
    for (size_t i = 0; i < count; i++)
        buf_addf(out, " m%llu n%llu o%u p%u se%u sg%u a%u ca%u t%lld,%lld $%lld\n", U(arms[i].message),
                U(arms[i].number),
                 arms[i].org, arms[i].program, arms[i].sender, arms[i].segments, arms[i].attempt, arms[i].carrier,
                 I(arms[i].armed_ms), I(arms[i].answered_ms), I(arms[i].cost_micros));
    count = 64;
    head(out, "days", READ(r, day_uses, range->day, uses, &count));
    for (size_t i = 0; i < count; i++)
        buf_addf(out, " o%u ca%u %d %lld\n", uses[i].org, uses[i].carrier, uses[i].day, I(uses[i].segments));
    count = MANY;
    head(out, "stuck", READ(r, messages_stuck, a, 0, range->now_ms, 400, stuck, &count, &to));
    for (size_t i = 0; i < count; i++) buf_addf(out, " m%llu", U(stuck[i].id));
    buf_addf(out, " to %llu\n", U(to));
}

static void dump_inbound(struct store_reader *r, struct arena *a, org_id org, struct buf *out)
{
    struct inbound *texts = arena_alloc(a, MANY * sizeof *texts), one = {0};
    struct learned_limit *learned = arena_alloc(a, MANY * sizeof *learned);
    struct import_job *jobs = arena_alloc(a, MANY * sizeof *jobs);
    size_t count = MANY;
    head(out, "inbounds", READ(r, inbounds, a, org, 0, texts, &count));
    for (size_t i = 0; i < count; i++)
        buf_addf(out, " %llu o%u [%s] %llu %s " STR_FMT " k%d %lld,%lld %d\n", U(texts[i].id), texts[i].org,
                texts[i].sid,
                 U(texts[i].from), texts[i].to, STR_ARG(texts[i].body), (int)texts[i].keyword, I(texts[i].at_ms),
                 I(texts[i].received_ms), (int)READ(r, inbound_by_sid, a, org, str_from(texts[i].sid), &one));
    for (uint64_t number = 14155550100; number < 14155550104; number++) {
        int64_t at_ms = 0;
        buf_addf(out, "latest %d", (int)READ(r, inbound_latest, org, number, &at_ms));
        buf_addf(out, " %lld\n", I(at_ms));
    }
    count = MANY;
    head(out, "learned", READ(r, learned, org, learned, &count));
    for (size_t i = 0; i < count; i++)
        buf_addf(out, " o%u s%u p%u n%u c%u %u %lld,%lld\n", learned[i].org, learned[i].scope, learned[i].program,
                 learned[i].sender, learned[i].carrier, learned[i].slot, I(learned[i].units), I(learned[i].at_ms));
    count = MANY;
    head(out, "imports", READ(r, imports, a, org, 0, jobs, &count));
    for (size_t i = 0; i < count; i++)
        buf_addf(out, " %llu o%u l%u s%d %lld,%lld,%lld,%lld " STR_FMT "," STR_FMT " t%lld,%lld\n", U(jobs[i].id),
                 jobs[i].org, jobs[i].list, (int)jobs[i].state, I(jobs[i].added), I(jobs[i].updated),
                         I(jobs[i].rows),
                 I(jobs[i].resume_row), STR_ARG(jobs[i].file), STR_ARG(jobs[i].why), I(jobs[i].created_ms),
                 I(jobs[i].finished_ms));
}

static void dump_lookups(struct store_reader *r, struct arena *a, org_id org, struct buf *out)
{
    struct hygiene_job *rows = arena_alloc(a, MANY * sizeof *rows);
    size_t count = MANY;
    int64_t used = 0;
    buf_addf(out, "look-ups %d", (int)READ(r, lookups_used, org, 202611, &used));
    buf_addf(out, " %lld\n", I(used));
    for (uint64_t number = 1; number < 4; number++) {
        struct line_record l;
        buf_addf(out, " line %d", (int)READ(r, line_get, number, &l));
        buf_addf(out, " %llu %d %d %s %s %s %d %lld %lld\n", U(l.number), l.valid, (int)l.line, l.carrier, l.mcc, l.mnc,
                 (int)l.owner, I(l.owner_since_ms), I(l.looked_ms));
    }
    for (uint64_t id = 1; id < 6; id++) {
        struct hygiene_job j = {0};
        buf_addf(out, " walk %d", (int)READ(r, hygiene_get, a, org, id, &j));
        buf_addf(out, " %llu %u %d %llu %lld %lld " STR_FMT "\n", U(j.id), j.list, (int)j.state, U(j.after),
            I(j.looked),
                 I(j.cost_micros), STR_ARG(j.why));
    }
    if (org != 0) return;
    for (uint64_t after = 0, room = count; after < 3; after += 2, count = room) {
        head(out, "walks", READ(r, hygienes_running, a, after, rows, &count));
        for (size_t i = 0; i < count; i++) buf_addf(out, " %llu.%u", U(rows[i].id), rows[i].org);
    }
}

static void dump_verifications(struct store_reader *r, org_id org, struct buf *out)
{
    struct verification_record rows[MANY], v;
    struct verify_service_record s;
    size_t count = MANY;
    for (uint64_t at = 1; at < 7; at++) {
        buf_addf(out, " proof %d", (int)READ(r, verification_get, org, at, &v));
        buf_addf(out, " o%u %llu s%d c%d %s %s %u,%u e%d r%u %lld,%lld,%lld,%lld", v.org, U(v.number), (int)v.state,
                 (int)v.channel, v.locale, v.sid, v.sends, v.checks, v.code, v.rev, I(v.asked_ms), I(v.created_ms),
                 I(v.updated_ms), I(v.expires_ms));
        buf_addf(out, " of %d", (int)READ(r, verification_of, org, at, &v));
        buf_addf(out, " %llu\n", U(v.id));
    }
    buf_addf(out, "service %d", (int)READ(r, verify_service_get, org, &s));
    buf_addf(out, " %s %s %s %lld %lld\n", s.account, s.sid, s.name, I(s.began_ms), I(s.created_ms));
    if (org != 0) return;
    head(out, "over", READ(r, verifications_over, INT64_MAX, rows, &count));
    for (size_t i = 0; i < count; i++) buf_addf(out, " %llu.%u", U(rows[i].id), rows[i].org);
}

static void dump_registrations(struct store_reader *r, struct arena *a, org_id org, struct buf *out)
{
    struct registration *rows = arena_alloc(a, MANY * sizeof *rows), one = {0};
    struct registration_note *notes = arena_alloc(a, MANY * sizeof *notes);
    size_t count = MANY;
    head(out, "registrations", READ(r, registrations, a, org, 0, rows, &count));
    for (size_t i = 0; i < count; i++) {
        const struct registration *g = &rows[i];
        size_t said = MANY;
        buf_addf(out, " %llu o%u p%u k%d s%d r%u " STR_FMT "," STR_FMT "," STR_FMT " e%d n%lld t%lld,%lld %d\n",
                 U(g->id), g->org, g->program, (int)g->kind, (int)g->state, g->rev, STR_ARG(g->facts),
                 STR_ARG(g->progress), STR_ARG(g->why), g->code, I(g->next_ms), I(g->created_ms), I(g->updated_ms),
                 (int)READ(r, registration_get, a, org, g->id, &one));
        head(out, " notes", READ(r, registration_notes, a, org, g->id, 0, notes, &said));
        for (size_t k = 0; k < said; k++)
            buf_addf(out, "  %llu o%u g%llu " STR_FMT " " STR_FMT " %s e%d " STR_FMT " t%lld\n", U(notes[k].id),
                     notes[k].org, U(notes[k].registration), STR_ARG(notes[k].step), STR_ARG(notes[k].outcome),
                     notes[k].sid, notes[k].code, STR_ARG(notes[k].words), I(notes[k].at_ms));
    }
    if (org != 0) return;
    count = MANY;
    head(out, "registrations due", READ(r, registrations_due, a, INT64_MAX, 0, 0, rows, &count));
    for (size_t i = 0; i < count; i++) buf_addf(out, " %llu.%u.%lld", U(rows[i].id), rows[i].org, I(rows[i].next_ms));
    buf_addf(out, "\n");
}

static void dump_owned(struct store_reader *r, struct arena *a, org_id org, struct buf *out)
{
    struct owned_number *rows = arena_alloc(a, MANY * sizeof *rows), one = {0};
    struct drift *drifts = arena_alloc(a, MANY * sizeof *drifts);
    size_t count = MANY;
    head(out, "owned", READ(r, owned_list, a, org, 0, rows, &count));
    for (size_t i = 0; i < count; i++) {
        const struct owned_number *n = &rows[i];
        buf_addf(out, " %llu o%u p%u s%d k%d r%u %s %s b%d f%u " STR_FMT "," STR_FMT "," STR_FMT " e%d", U(n->id),
                 n->org, n->program, (int)n->state, (int)n->kind, n->rev, n->number, n->sid, n->bought, n->failures,
                 STR_ARG(n->wish), STR_ARG(n->notes), STR_ARG(n->why), n->code);
        buf_addf(out, " t%lld,%lld,%lld,%lld,%lld,%lld %d", I(n->since_ms), I(n->begun_ms), I(n->until_ms),
                 I(n->next_ms), I(n->created_ms), I(n->updated_ms), (int)READ(r, owned_get, a, org, n->id, &one));
        one = (struct owned_number){.id = 0};
        buf_addf(out, " %d", (int)READ(r, owned_by_number, a, org, str_from(n->number), &one));
        buf_addf(out, " %llu\n", U(one.id));
    }
    *drifts = (struct drift){.org = 0};
    buf_addf(out, " drift %d", (int)READ(r, drift_get, a, org, drifts));
    buf_addf(out, " o%u s%d r%u " STR_FMT "," STR_FMT " %u,%u %lld %lld\n", drifts[0].org, (int)drifts[0].state,
             drifts[0].rev, STR_ARG(drifts[0].findings), STR_ARG(drifts[0].why), drifts[0].count, drifts[0].repaired,
             I(drifts[0].looked_ms), I(drifts[0].next_ms));
    if (org != 0) return;
    count = MANY;
    head(out, "owned due", READ(r, owned_due, a, INT64_MAX, 0, 0, rows, &count));
    for (size_t i = 0; i < count; i++) buf_addf(out, " %llu.%u.%lld", U(rows[i].id), rows[i].org, I(rows[i].next_ms));
    count = MANY;
    head(out, "drifts due", READ(r, drifts_due, INT64_MAX, 0, 0, drifts, &count));
    for (size_t i = 0; i < count; i++) buf_addf(out, " %u.%u.%lld", drifts[i].org, drifts[i].rev, I(drifts[i].next_ms));
    buf_addf(out, "\n");
}

static void dump_events(struct store_reader *r, struct arena *a, org_id org, struct buf *out)
{
    struct event *events = arena_alloc(a, MANY * sizeof *events), one = {0};
    struct endpoint *endpoints = arena_alloc(a, MANY * sizeof *endpoints);
    struct hook_retry *retries = arena_alloc(a, MANY * sizeof *retries);
    uint64_t newest = 0, after;
    size_t count = MANY;
    head(out, "newest", READ(r, event_newest, &newest));
    after = newest > 40 ? newest - 40 : 0;
    head(out, "events", READ(r, events, org, after, events, &count));
    for (size_t i = 0; i < count; i++)
        buf_addf(out, " %llu o%u t%d r%llu c%llu s%u e%d %lld %d\n", U(events[i].id), events[i].org,
                 (int)events[i].type, U(events[i].ref), U(events[i].campaign), events[i].state, events[i].code,
                 I(events[i].at_ms), (int)READ(r, event_get, org, events[i].id, &one));
    count = MANY;
    head(out, "endpoints", READ(r, endpoints, a, org, 0, endpoints, &count));
    for (size_t i = 0; i < count; i++) {
        buf_addf(out, " %u o%u " STR_FMT " %u s%d at%llu\n", endpoints[i].id, endpoints[i].org,
                 STR_ARG(endpoints[i].url), endpoints[i].types, (int)endpoints[i].state, U(endpoints[i].position));
        for (int dead = 0; dead < 2; dead++) {
            size_t found = MANY;
            head(out, " retries", READ(r, hook_retries, a, endpoints[i].org, endpoints[i].id, dead == 1,
                    INT64_MAX, 0,
                                       retries, &found));
            for (size_t k = 0; k < found; k++)
                buf_addf(out, " %llu a%u %lld %d " STR_FMT "\n", U(retries[k].event), retries[k].attempt,
                         I(retries[k].next_ms), retries[k].last_status, STR_ARG(retries[k].last_error));
        }
    }
}

void dump_store(struct store_reader *r, struct arena *a, const struct dump_range *range, struct buf *out)
{
    struct store_stats s = {.now_ms = range->now_ms};

    r->store->ops->reader_hold(r);
    head(out, "stats", READ(r, stats, &s));
    buf_addf(out, " %lld %lld %lld %lld %lld %lld %lld %lld %lld\n", I(s.messages), I(s.due), I(s.due_now),
            I(s.doubts),
             I(s.arms), I(s.events), I(s.commits), I(s.oldest_doubt_ms), I(s.oldest_due_ms));
    for (org_id org = 0; org <= range->orgs; org++) {
        buf_addf(out, "==== org %u\n", org);
        dump_org(r, a, org, out);
        dump_who(r, a, org, out);
        dump_lists(r, a, org, out);
        dump_numbers(r, a, org, range, out);
        dump_campaigns(r, a, org, out);
        dump_messages(r, a, org, out);
        dump_inbound(r, a, org, out);
        dump_registrations(r, a, org, out);
        dump_account(r, a, org, out);
        dump_owned(r, a, org, out);
        dump_lookups(r, a, org, out);
        dump_verifications(r, org, out);
        dump_events(r, a, org, out);
    }
    dump_due(r, a, out);
    dump_engine(r, a, range, out);
    r->store->ops->reader_release(r);
}

void dump_compare(const struct buf *ram, const struct buf *sqlite, const char *what, uint64_t seed, int step)
{
    struct str a = buf_str(ram), b = buf_str(sqlite), line_a, line_b;
    assert_int_equal(buf_check(ram), ERR_OK);
    assert_int_equal(buf_check(sqlite), ERR_OK);
    if (str_equal(a, b)) return;
    do {
        a = str_cut(a, '\n', &line_a);
        b = str_cut(b, '\n', &line_b);
    } while (str_equal(line_a, line_b));
    fail_msg("%s differ at STERLING_SEED=%llu, step %d\n   ram: " STR_FMT "\nsqlite: " STR_FMT, what,
             (unsigned long long)seed, step, STR_ARG(line_a), STR_ARG(line_b));
}
