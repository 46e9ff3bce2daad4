/* audit_org: the red flags of one organization. Contract in audit.h. */
#include "app/audit.h"

#include "app/absent.h"
#include "app/content.h"
#include "app/drift.h"
#include "app/public_id.h"
#include "app/senders_walk.h"
#include "app/sending_history.h"
#include "rules/quiet_hours.h"

#include <string.h>

enum { PAGE = 200, CAMPAIGNS_READ_MAX = 400, TOLD_MAX = 5, ROWS_BYTES_MAX = 16 << 20 };

struct seen_program {
    struct program row;
    bool long_code; /* it sends from 10DLC numbers */
    struct sending_numbers numbers;
};
struct look {
    struct app *app;
    struct store_reader *reader;
    const struct org *org;
    struct audit_report *report;
    struct arena rows;             /* what was read; given back when the organization is done */
    struct seen_program *programs;
    size_t programs_count, capacity;
    struct absent absent;
};

static struct str slug(const struct look *l)
{
    return arena_str(l->report->arena, str_from(l->org->slug));
}

static struct seen_program *program_of(const struct look *l, uint32_t id)
{
    for (size_t i = 0; i < l->programs_count; i++)
        if (l->programs[i].row.id == id) return &l->programs[i];
    return NULL;
}

/* Room for another page. */
static bool grow_programs(struct look *l)
{
    struct seen_program *more = arena_alloc(&l->rows, (l->capacity * 2 + PAGE) * sizeof *more);

    if (more == NULL) return false;
    if (l->programs_count > 0) memcpy(more, l->programs, l->programs_count * sizeof *more);
    l->programs = more;
    l->capacity = l->capacity * 2 + PAGE;
    return true;
}

static bool read_programs(struct look *l)
{
    struct program *rows = arena_alloc(&l->rows, PAGE * sizeof *rows);
    uint32_t after = 0;
    size_t count = PAGE;

    while (rows != NULL && count == PAGE) {
        if (l->app->store->ops->programs(l->reader, &l->rows, l->org->id, after, rows, &count) != ERR_OK) return false;
        if (l->programs_count + count > l->capacity && !grow_programs(l)) return false;
        for (size_t i = 0; i < count; i++) l->programs[l->programs_count++] = (struct seen_program){.row = rows[i]};
        if (count > 0) after = rows[count - 1].id;
    }
    return rows != NULL;
}

static void asks(struct look *l, const enum audit_id *rules, size_t count, bool answered)
{
    for (size_t i = 0; i < count; i++) {
        l->report->asked[rules[i]] = l->report->asked[rules[i]] || answered;
        l->report->unknown[rules[i]] = l->report->unknown[rules[i]] || !answered;
    }
}

/* ---- senders ---- */

/* Twilio's magic numbers, +1 500 555 00xx. */
static bool is_test_number(uint64_t number)
{
    return number / 100 == 150055500;
}

static void ask_sender(struct look *l, const struct sender *s)
{
    struct seen_program *g = program_of(l, s->program);
    bool code = s->kind == SENDER_TOLL_FREE || s->kind == SENDER_SHORT_CODE;

    if (g != NULL) sending_history_number(&g->numbers, s, clock_wall_ms(l->app->clock));
    if (s->state != SENDER_ACTIVE) return;
    if (g != NULL && s->kind == SENDER_LONG_CODE) g->long_code = true;
    if (absent_has(&l->absent, s)) audit_add(l->report, AUDIT_ABSENT, slug(l), "%s", s->address);
    if (code && !s->verified) audit_add(l->report, AUDIT_UNVERIFIED, slug(l), "%s", s->address);
    if (!l->app->settings->sandbox && is_test_number(s->number))
        audit_add(l->report, AUDIT_TEST_NUMBER, slug(l), "%s", s->address);
    if (s->kind == SENDER_LONG_CODE && g != NULL && g->row.service_sid[0] == '\0')
        audit_add(l->report, AUDIT_NO_SERVICE, slug(l), "%s, program " STR_FMT, s->address, STR_ARG(g->row.name));
}

static bool ask_senders(struct look *l)
{
    bool known = absent_read(l->reader, l->org->id, &l->absent) == ERR_OK;
    const struct sender *s;
    struct senders_walk w;

    senders_walk_begin(&w, l->reader, l->org->id);
    while (known && (s = senders_walk_next(&w)) != NULL) ask_sender(l, s);
    known = known && w.code == ERR_OK;
    absent_free(&l->absent);
    return known;
}

/* ---- campaigns ---- */

static void ask_content(struct look *l, const struct campaign *c)
{
    const struct seen_program *g = program_of(l, c->program);
    struct content_case facts;
    struct content_report found;

    content_case_of(l->org, g == NULL ? NULL : &g->row, c->kind, &facts);
    facts.template = true;
    content_check(c->template_text, &facts, &found);
    if (found.worst == CONTENT_BLOCK)
        audit_add(l->report, AUDIT_CONTENT, slug(l), "campaign '" STR_FMT "': %s", STR_ARG(c->name),
                  found.findings[0].rule->title);
}

static void ask_campaign(struct look *l, const struct campaign *c)
{
    const struct seen_program *g = program_of(l, c->program);

    if (c->state != CAMPAIGN_RUNNING && c->state != CAMPAIGN_SCHEDULED && c->state != CAMPAIGN_PAUSED) return;
    if (c->kind == KIND_MARKETING && g != NULL && g->row.registration != REGISTRATION_APPROVED &&
        g->long_code)
        audit_add(l->report, AUDIT_UNREGISTERED, slug(l), "campaign '" STR_FMT "' of program " STR_FMT,
                  STR_ARG(c->name), STR_ARG(g->row.name));
    if (c->pause_failures_permille == 0)
        audit_add(l->report, AUDIT_CAMPAIGN_UNWATCHED, slug(l), "campaign '" STR_FMT "'", STR_ARG(c->name));
    ask_content(l, c);
}

/* The newest ones: what is live is rarely old. */
static bool ask_campaigns(struct look *l)
{
    struct campaign *rows = arena_alloc(&l->rows, PAGE * sizeof *rows);
    uint64_t before = 0;
    size_t count = PAGE;

    for (size_t read = 0; rows != NULL && count == PAGE && read < CAMPAIGNS_READ_MAX; read += count) {
        if (l->app->store->ops->campaigns(l->reader, &l->rows, l->org->id, before, rows, &count) != ERR_OK)
            return false;
        for (size_t i = 0; i < count; i++) ask_campaign(l, &rows[i]);
        if (count > 0) before = rows[count - 1].id;
    }
    return rows != NULL;
}

/* ---- what it all looks like (rules/sending_pattern.h) ---- */

static void tell_pattern(struct look *l, const struct sending_finding *f, const char *what, struct str name)
{
    char words[SENDING_WORDS_BYTES];

    sending_words(f, words);
    audit_add(l->report, AUDIT_EVASION, slug(l), "%s " STR_FMT ": %s", what, STR_ARG(name), words);
}

static void ask_texts(struct look *l, const struct sending_campaign *sent, size_t count, int64_t now_ms)
{
    struct sending_hop hops[TOLD_MAX];
    size_t n = sending_hopped(sent, count, now_ms, hops, TOLD_MAX);
    char id[PUBLIC_ID_BYTES];

    for (size_t i = 0; i < n; i++) {
        public_id_format(l->app->ids, PUBLIC_CAMPAIGN, hops[i].campaign, id);
        tell_pattern(l, &hops[i].finding, "campaign", str_from(id));
    }
}

static bool ask_patterns(struct look *l)
{
    int64_t now_ms = clock_wall_ms(l->app->clock);
    struct sending_finding found[SENDING_PATTERNS];
    struct sending_campaign *sent;
    size_t count;

    if (sending_history_read(l->reader, &l->rows, l->org->id, &sent, &count) != ERR_OK) return false;
    ask_texts(l, sent, count, now_ms);
    for (size_t i = 0; i < l->programs_count; i++) {
        const struct seen_program *g = &l->programs[i];
        int64_t people = sending_people(g->row.id, sent, count, now_ms);
        size_t n = sending_judge_numbers(&g->numbers, 0, people, found);
        for (size_t k = 0; k < n; k++) tell_pattern(l, &found[k], "program", g->row.name);
    }
    return true;
}

static bool ask_singles(struct look *l)
{
    struct sending_finding f;
    char words[SENDING_WORDS_BYTES];

    if (sending_history_singles(l->reader, l->org->id, clock_wall_ms(l->app->clock), &f) != ERR_OK) return false;
    if (f.pattern == NULL) return true;
    sending_words(&f, words);
    audit_add(l->report, AUDIT_SINGLES, slug(l), "%s", words);
    return true;
}

/* ---- webhooks, account ---- */

static void ask_endpoint(struct look *l, const struct endpoint *e)
{
    struct str host, rest = e->url;

    if (e->state != ENDPOINT_ACTIVE || !str_starts(rest, STR("http://"))) return;
    (void)str_cut(str_slice(rest, 7, rest.len), '/', &host); /* what follows may hold a secret */
    audit_add(l->report, AUDIT_HOOK_PLAIN, slug(l), "http://" STR_FMT, STR_ARG(host));
}

static bool ask_endpoints(struct look *l)
{
    struct endpoint *rows = arena_alloc(&l->rows, PAGE * sizeof *rows);
    uint32_t after = 0;
    size_t count = PAGE;

    while (rows != NULL && count == PAGE) {
        if (l->app->store->ops->endpoints(l->reader, &l->rows, l->org->id, after, rows, &count) != ERR_OK)
            return false;
        for (size_t i = 0; i < count; i++) ask_endpoint(l, &rows[i]);
        if (count > 0) after = rows[count - 1].id;
    }
    return rows != NULL;
}

/* What the last look at the account saw (app/drift.h). False: it has a service, and was never looked at. */
static bool ask_drift(struct look *l)
{
    struct drift d;
    size_t elsewhere, services = 0;

    for (size_t i = 0; i < l->programs_count; i++) services += l->programs[i].row.service_sid[0] != '\0';
    if (services == 0) return true;
    if (l->app->store->ops->drift_get(l->reader, &l->rows, l->org->id, &d) != ERR_OK || d.looked_ms == 0) return false;
    elsewhere = drift_webhooks_elsewhere(d.findings);
    if (elsewhere > 0)
        audit_add(l->report, AUDIT_WEBHOOK_ELSEWHERE, slug(l), "%zu setting(s) of webhooks, at the last look",
                  elsewhere);
    return true;
}

/* The countries it may send to of which nothing is known. */
static void ask_countries(struct look *l)
{
    struct str rest = str_from(l->org->countries), one;
    struct buf unknown;

    buf_init(&unknown, sizeof l->org->countries + 1);
    while (rest.len > 0) {
        char country[3] = "";
        rest = str_cut(rest, ' ', &one);
        if (one.len == 0 || (str_copy(one, country, sizeof country) == ERR_OK && quiet_hours_knows_country(country)))
            continue;
        buf_addf(&unknown, "%s" STR_FMT, buf_str(&unknown).len > 0 ? " " : "", STR_ARG(one));
    }
    if (buf_str(&unknown).len > 0)
        audit_add(l->report, AUDIT_COUNTRY_UNRULED, slug(l), STR_FMT, STR_ARG(buf_str(&unknown)));
    buf_free(&unknown);
}

static void ask_account(struct look *l)
{
    const struct org *o = l->org;

    if (o->account_sid[0] != '\0' && o->token_sealed.len == 0)
        audit_add(l->report, AUDIT_TOKEN_MISSING, slug(l), "account %.4s…", o->account_sid);
    if (o->help_text.len == 0) audit_add(l->report, AUDIT_HELP_MISSING, slug(l), "no help text is set");
    if (o->spend_cap_micros == 0) audit_add(l->report, AUDIT_SPEND_OPEN, slug(l), "no cap is set");
    if (o->frequency.count == 0) audit_add(l->report, AUDIT_FREQUENCY_OPEN, slug(l), "no cap is set");
    ask_countries(l);
}

void audit_org(struct app *app, struct store_reader *reader, const struct org *org, struct audit_report *r)
{
    static const enum audit_id account[] = {AUDIT_TOKEN_MISSING, AUDIT_HELP_MISSING, AUDIT_SPEND_OPEN,
                                            AUDIT_FREQUENCY_OPEN, AUDIT_COUNTRY_UNRULED};
    static const enum audit_id senders[] = {AUDIT_UNVERIFIED, AUDIT_TEST_NUMBER, AUDIT_NO_SERVICE,
                                            AUDIT_ABSENT};
    static const enum audit_id campaigns[] = {AUDIT_UNREGISTERED, AUDIT_CAMPAIGN_UNWATCHED, AUDIT_CONTENT};
    static const enum audit_id endpoints[] = {AUDIT_HOOK_PLAIN};
    static const enum audit_id drift[] = {AUDIT_WEBHOOK_ELSEWHERE};
    static const enum audit_id patterns[] = {AUDIT_EVASION}, singles[] = {AUDIT_SINGLES};
    struct look l = {.app = app, .reader = reader, .org = org, .report = r};
    bool known, known_senders;

    if (org->state != ORG_ACTIVE) return;
    arena_init(&l.rows, ROWS_BYTES_MAX);
    ask_account(&l);
    asks(&l, account, 5, true);
    known = read_programs(&l);
    known_senders = known && ask_senders(&l);
    asks(&l, senders, 4, known_senders);
    asks(&l, campaigns, 3, known && ask_campaigns(&l));
    asks(&l, endpoints, 1, ask_endpoints(&l));
    asks(&l, drift, 1, known && ask_drift(&l));
    asks(&l, patterns, 1, known_senders && ask_patterns(&l));
    asks(&l, singles, 1, ask_singles(&l));
    arena_reset(&l.rows);
}
