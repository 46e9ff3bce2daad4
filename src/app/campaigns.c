/* campaigns: drafts, their warnings, and their moves. Contract in campaigns.h. */
#include "app/campaigns.h"

#include "app/contacts.h"
#include "app/values.h"
#include "app/messages.h"
#include "app/orgs.h"
#include "app/pump.h"
#include "app/view.h"
#include "rules/segment.h"

#include <stdio.h>
#include <string.h>

enum { SAMPLE_MAX = 500, SENDERS_PAGE = 200 };

/* What a sample of the audience tells about the template. */
struct sample {
    size_t contacts, filled, too_long, ucs2;
    uint32_t segments_most;
    size_t lacking[TEMPLATE_FIELDS_MAX]; /* contacts without a value, by field */
    char known[256];                     /* fields that the first contact has, for people */
};

static void warn(struct arena *a, struct campaign_job *j, const char *code, const char *detail)
{
    const char *kept = detail == NULL ? NULL : arena_copy(a, str_from(detail));

    if (kept == NULL || j->warnings_count == CAMPAIGN_WARNINGS_MAX) return;
    j->warnings[j->warnings_count++] = (struct campaign_warning){code, kept};
}

/* ---- sampling ---- */

static void count_text(struct sample *s, struct str text)
{
    struct segment_count count;

    if (segment_count(text, 0, &count, NULL) != ERR_OK) return;
    s->filled++;
    s->too_long += count.characters > MESSAGE_CHARACTERS_MAX;
    s->ucs2 += count.encoding == SEGMENT_UCS2;
    if (count.segments > s->segments_most) s->segments_most = count.segments;
}

static void sample_contact(struct sample *s, const struct template *t, const struct contact *c)
{
    struct values f;
    struct buf out;

    if (values_parse(c->fields, &f) != ERR_OK) return;
    s->contacts++;
    for (size_t i = 0; i < template_field_count(t); i++)
        s->lacking[i] += str_trim(values_get(&f, template_field(t, i))).len == 0;
    buf_init(&out, SEGMENT_TEXT_BYTES_MAX);
    if (values_render(&f, t, &out, NULL) == ERR_OK) count_text(s, buf_str(&out));
    buf_free(&out);
    values_free(&f);
}

static enum err sample_audience(struct store_reader *r, org_id org, uint32_t list, const struct template *t,
                                struct sample *s)
{
    struct arena scratch;
    struct contact *rows;
    size_t count = SAMPLE_MAX;
    enum err code;

    memset(s, 0, sizeof *s);
    arena_init(&scratch, SAMPLE_MAX * 64 * 1024);
    rows = arena_alloc(&scratch, SAMPLE_MAX * sizeof *rows);
    code = rows == NULL ? ERR_FULL : r->store->ops->contacts(r, &scratch, org, list, 0, rows, &count);
    for (size_t i = 0; code == ERR_OK && i < count; i++)
        sample_contact(s, t, &rows[i]);
    if (code == ERR_OK && count > 0)
        (void)snprintf(s->known, sizeof s->known, STR_FMT,
                       STR_ARG(str_slice(rows[0].fields, 0, sizeof s->known - 1)));
    arena_reset(&scratch);
    return code;
}

/* A field that must be filled and that nobody sampled has: nothing could be sent. */
static void judge_fields(struct arena *a, const struct template *t, const struct sample *s, struct problem *p)
{
    for (size_t i = 0; i < template_field_count(t) && s->contacts > 0; i++) {
        struct str name = template_field(t, i);
        if (!template_field_required(t, i) || s->lacking[i] < s->contacts) continue;
        (void)problem_field(
            p, "template", name, "No contact looked at has this field, so nobody could be texted.",
            arena_printf(
                a, "Use a field they have (the first one's: %s), or give a default: {{" STR_FMT "|there}}.",
                s->known, STR_ARG(name)));
    }
}

static void warn_of_fields(struct arena *a, struct campaign_job *j, const struct template *t,
                           const struct sample *s)
{
    for (size_t i = 0; i < template_field_count(t); i++) {
        struct str name = template_field(t, i);
        bool required = template_field_required(t, i);
        if (s->lacking[i] == 0) continue;
        if (required)
            warn(a, j, "unfilled_field",
                 arena_printf(
                     a, "%zu of %zu contacts looked at have no \"" STR_FMT "\"; they will be set aside.",
                     s->lacking[i], s->contacts, STR_ARG(name)));
        else if (s->lacking[i] == s->contacts)
            warn(a, j, "unknown_field",
                 arena_printf(a, "No contact looked at has \"" STR_FMT "\"; its default will be used.",
                              STR_ARG(name)));
    }
}

static void warn_of_text(struct arena *a, struct campaign_job *j, const struct sample *s)
{
    if (s->segments_most > 1)
        warn(a, j, "segments",
             arena_printf(a, "The longest of %zu filled texts takes %u segments; each is paid for.",
                          s->filled, s->segments_most));
    if (s->ucs2 > 0)
        warn(a, j, "encoding",
             arena_printf(
                 a,
                 "%zu of %zu filled texts hold characters outside GSM-7, which shortens segments to 70 "
                 "characters; POST /v1/segments names them.",
                 s->ucs2, s->filled));
    if (s->too_long > 0)
        warn(a, j, "too_long",
             arena_printf(a, "%zu of %zu filled texts are over 1,600 characters; they will be set aside.",
                          s->too_long, s->filled));
}

/* Without an audience to look at, the template itself is counted. */
static void warn_of_audience(struct arena *a, struct campaign_job *j, const struct sample *s,
                             struct str template_text)
{
    struct sample bare = {0};

    if (s->contacts > 0 && j->list.id != 0)
        warn(a, j, "audience", arena_printf(a, "The list has %lld members.", (long long)j->list.members));
    if (s->contacts > 0) return;
    warn(a, j, "audience_empty", "There is nobody in the audience yet; import contacts before the start.");
    count_text(&bare, template_text);
    warn_of_text(a, j, &bare);
}

static size_t count_senders(struct store_reader *r, struct arena *a, org_id org, uint32_t program)
{
    struct sender *rows = arena_alloc(a, SENDERS_PAGE * sizeof *rows);
    size_t count = SENDERS_PAGE, active = 0;
    uint32_t after = 0;

    while (rows != NULL && r->store->ops->senders(r, a, org, after, rows, &count) == ERR_OK && count > 0) {
        for (size_t i = 0; i < count; i++)
            active += rows[i].program == program && rows[i].state == SENDER_ACTIVE;
        after = rows[count - 1].id;
        count = SENDERS_PAGE;
    }
    return active;
}

static void warn_of_program(struct store_reader *r, struct arena *a, org_id org, struct campaign_job *j)
{
    if (count_senders(r, a, org, j->program.id) == 0)
        warn(a, j, "no_sender", "The program has no active sender; add one before the start.");
    if (j->program.registration != REGISTRATION_APPROVED)
        warn(a, j, "registration",
             arena_printf(a,
                          "The program's 10DLC registration is \"%s\"; texts from long codes wait until it "
                          "is approved.",
                          view_registration(j->program.registration)));
}

/* ---- creating and editing ---- */

static void take_names(struct app *app, struct store_reader *r, struct arena *a, const struct org *org,
                       const struct campaign_request *q, struct campaign_job *j, struct problem *p)
{
    if (str_trim(q->name).len == 0 || q->name.len > CAMPAIGN_NAME_MAX)
        (void)problem_field(p, "name", q->name, "A campaign's name has 1 to 200 bytes.",
                            "Give it a telling name.");
    if (q->list.len > 0 && lists_find(app, r, a, org->id, q->list, &j->list) != ERR_OK)
        (void)problem_field(p, "list", q->list, "There is no such list in this organization.",
                            "Use one of GET /v1/lists, or import contacts into it first.");
    if (orgs_program(r, a, org->id, q->program, &j->program) != ERR_OK)
        (void)problem_field(p, "program", q->program, "There is no such program in this organization.",
                            "Use one of GET /v1/programs, or leave it out.");
    messages_check_schedule(app, "start_at", q->start_at_ms, p);
}

static void fill(struct app *app, const struct org *org, const struct campaign_request *q,
                 struct campaign_job *j)
{
    const struct settings *s = app->settings;
    int64_t permille =
        q->pause_failures_permille >= 0 ? q->pause_failures_permille : s->campaign_pause_failures_permille;

    j->change.campaign = (struct campaign){
        .id = q->id,
        .org = org->id,
        .program = j->program.id,
        .list = j->list.id,
        .name = str_trim(q->name),
        .kind = q->kind,
        .template_text = q->template_text,
        .state = q->start_at_ms != 0 ? CAMPAIGN_SCHEDULED : CAMPAIGN_DRAFT,
        .retry_undelivered = q->retry_undelivered,
        .validity_s = (int32_t)(q->validity_s != 0 ? q->validity_s : s->send_validity_s),
        .pause_failures_permille = (int32_t)permille,
        .start_at_ms = q->start_at_ms,
        .created_ms = clock_wall_ms(app->clock),
    };
}

static void tell_campaign(struct app *app, org_id org, uint64_t campaign)
{
    struct note n = {.kind = NOTE_CAMPAIGN_CHANGED, .org = org, .campaign = campaign};

    app->tell(app->pump, &n);
}

static bool on_put(struct app_job *job)
{
    const struct campaign_job *j = job->context;

    tell_campaign(job->app, j->change.campaign.org, j->change.campaign.id);
    return false;
}

static void judge(struct store_reader *r, struct arena *a, org_id org, struct campaign_job *j,
                  const struct template *t, struct str text, struct problem *p)
{
    struct sample s;

    if (sample_audience(r, org, j->list.id, t, &s) != ERR_OK) {
        (void)problem_set(p, ERR_IO, "The audience could not be looked at; try again.");
        return;
    }
    judge_fields(a, t, &s, p);
    warn_of_audience(a, j, &s, text);
    warn_of_text(a, j, &s);
    warn_of_fields(a, j, t, &s);
    warn_of_program(r, a, org, j);
}

enum err campaigns_put(struct app *app, struct store_reader *r, struct arena *a, const struct org *org,
                       const struct campaign_request *q, struct campaign_job *out, struct problem *p)
{
    struct template *t = NULL;
    struct fault f = {0};

    *out = (struct campaign_job){
        .job = {.app = app, .change = &out->change.head, .after = on_put, .context = out}};
    out->change.head.kind = CHANGE_CAMPAIGN;
    take_names(app, r, a, org, q, out, p);
    if (template_compile(q->template_text, &t, &f) != ERR_OK)
        (void)problem_field(p, "template", q->template_text, f.what,
                            "Mend the template; docs: rules for {{fields}}.");
    else if (problem_check(p) == ERR_OK)
        judge(r, a, org->id, out, t, q->template_text, p);
    template_free(t);
    if (problem_check(p) != ERR_OK) return p->code;
    fill(app, org, q, out);
    return ERR_OK;
}

/* ---- moves ---- */

static void check_start(struct app *app, struct store_reader *r, struct arena *a, const struct org *org,
                        const struct campaign *c, struct problem *p)
{
    struct template *t = NULL;
    struct sample s;

    (void)app;
    if (org->state != ORG_ACTIVE)
        (void)problem_set(p, ERR_CONFLICT, "The organization is %s; nothing of it is sent.",
                          view_org_state(org->state));
    if (template_compile(c->template_text, &t, NULL) != ERR_OK) {
        (void)problem_set(p, ERR_CORRUPT, "The stored template does not compile; edit the campaign.");
        return;
    }
    if (sample_audience(r, org->id, c->list, t, &s) != ERR_OK)
        (void)problem_set(p, ERR_IO, "The audience could not be looked at; try again.");
    else if (s.contacts == 0)
        (void)problem_field(p, "list", (struct str){NULL, 0}, "The audience is empty.",
                            "Import contacts into the list first.");
    else
        judge_fields(a, t, &s, p);
    if (count_senders(r, a, org->id, c->program) == 0)
        (void)problem_field(p, "program", (struct str){NULL, 0}, "The program has no active sender.",
                            "Add a sender with POST /v1/senders first.");
    template_free(t);
}

static bool on_moved(struct app_job *job)
{
    const struct campaign_move_job *j = job->context;

    tell_campaign(job->app, j->change.org, j->change.campaign);
    return false;
}

/* The table of what a person may ask from which state; the store asks again within the commit. */
static bool is_legal(enum campaign_state from, enum campaign_move move)
{
    switch (move) {
    case CAMPAIGN_START:
        return from == CAMPAIGN_DRAFT || from == CAMPAIGN_SCHEDULED;
    case CAMPAIGN_PAUSE:
        return from == CAMPAIGN_RUNNING;
    case CAMPAIGN_RESUME:
        return from == CAMPAIGN_PAUSED;
    case CAMPAIGN_CANCEL:
        return from == CAMPAIGN_DRAFT || from == CAMPAIGN_SCHEDULED || from == CAMPAIGN_RUNNING ||
               from == CAMPAIGN_PAUSED;
    }
    return false;
}

static const struct {
    enum campaign_state to;
    const char *verb, *why;
} MOVES[] = {
    [CAMPAIGN_START] = {CAMPAIGN_RUNNING, "started", ""},
    [CAMPAIGN_PAUSE] = {CAMPAIGN_PAUSED, "paused", "Paused by a person."},
    [CAMPAIGN_RESUME] = {CAMPAIGN_RUNNING, "resumed", ""},
    [CAMPAIGN_CANCEL] = {CAMPAIGN_CANCELED, "canceled", "Canceled by a person."},
};

enum err campaigns_move(struct app *app, struct store_reader *r, struct arena *a, const struct org *org,
                        uint64_t campaign, enum campaign_move move, struct campaign_move_job *out,
                        struct problem *p)
{
    enum err code;

    *out = (struct campaign_move_job){
        .job = {.app = app, .change = &out->change.head, .after = on_moved, .context = out}};
    code = r->store->ops->campaign_get(r, a, org->id, campaign, &out->before);
    if (code != ERR_OK) return code;
    if (!is_legal(out->before.state, move))
        return problem_set(p, ERR_CONFLICT, "A campaign that is %s cannot be %s.",
                           view_campaign_state(out->before.state), MOVES[move].verb);
    if (move == CAMPAIGN_START) check_start(app, r, a, org, &out->before, p);
    if (problem_check(p) != ERR_OK) return p->code;
    out->change.head.kind = CHANGE_CAMPAIGN_STATE;
    out->change.head.urgent = true;
    out->change.org = org->id;
    out->change.campaign = campaign;
    out->change.to = MOVES[move].to;
    out->change.why = str_from(MOVES[move].why);
    out->change.now_ms = clock_wall_ms(app->clock);
    return ERR_OK;
}

void campaigns_after(const struct campaign_move_job *j, struct campaign *out)
{
    *out = j->change.after;
    out->name = j->before.name;
    out->template_text = j->before.template_text;
    out->why = j->change.why;
}
