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

static void warn(struct arena *a, struct campaign_job *j, const char *code, const char *detail)
{
    const char *kept = detail == NULL ? NULL : arena_copy(a, str_from(detail));

    if (kept == NULL || j->warnings_count == CAMPAIGN_WARNINGS_MAX) return;
    j->warnings[j->warnings_count++] = (struct campaign_warning){code, kept};
}

/* ---- what the sample tells ---- */

/* A field that must be filled and that nobody sampled has: nothing could be sent. */
static void judge_fields(struct arena *a, const struct template *t, const struct campaign_sample *s, struct problem *p)
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

static void warn_of_defaults(struct arena *a, struct campaign_job *j, const struct template *t,
                             const struct campaign_sample *s)
{
    for (size_t i = 0; i < template_field_count(t) && s->contacts > 0; i++) {
        if (template_field_required(t, i) || s->lacking[i] < s->contacts) continue;
        warn(a, j, "unknown_field",
             arena_printf(a, "No contact looked at has \"" STR_FMT "\"; its default will be used.",
                          STR_ARG(template_field(t, i))));
    }
}

static void warn_of_encoding(struct arena *a, struct campaign_job *j, const struct campaign_sample *s)
{
    if (s->ucs2 == 0) return;
    warn(a, j, "encoding",
         arena_printf(a, "%zu of %zu filled texts hold characters outside GSM-7, which shortens segments to 70 characters; "
                         "POST /v1/segments names them.", s->ucs2, s->filled));
}

/* Without an audience to look at, the template itself is counted. */
static void warn_of_template(struct arena *a, struct campaign_job *j, struct str template_text)
{
    struct campaign_sample bare = {0};

    campaign_sample_count(&bare, template_text);
    if (bare.segments_most > 1)
        warn(a, j, "segments", arena_printf(a, "The text takes %u segments; each is paid for.", bare.segments_most));
    warn_of_encoding(a, j, &bare);
}

/* What speaks against its start, and what else its author may want to know. */
static void warn_of_all(struct arena *a, struct campaign_job *j, const struct template *t, struct str template_text)
{
    const struct preflight *f = &j->preflight;

    if (f->sample.contacts > 0 && j->list.id != 0)
        warn(a, j, "audience", arena_printf(a, "The list has %lld members.", (long long)j->list.members));
    for (size_t i = 0; i < f->count; i++) warn(a, j, f->findings[i].code, f->findings[i].detail);
    if (f->sample.contacts == 0) warn_of_template(a, j, template_text);
    else warn_of_encoding(a, j, &f->sample);
    warn_of_defaults(a, j, t, &f->sample);
}

/* ---- creating and editing ---- */

/* What could not be read is not taken for absent: without a list, everybody would be texted. */
static void take_list(struct app *app, struct store_reader *r, struct arena *a, const struct org *org,
                      const struct campaign_request *q, struct campaign_job *j, struct problem *p)
{
    enum err code = ERR_OK;

    if (q->list.len > 0) code = lists_find(app, r, a, org->id, q->list, &j->list);
    else if (q->list_id != 0) code = r->store->ops->list_get(r, a, org->id, q->list_id, &j->list);
    if (code == ERR_NOT_FOUND)
        (void)problem_field(p, "list", q->list, "There is no such list in this organization.",
                            "Use one of GET /v1/lists, or import contacts into it first.");
    else if (code != ERR_OK)
        (void)problem_set(p, code, "The list could not be read (%s); try again.", err_name(code));
}

static void take_program(struct store_reader *r, struct arena *a, const struct org *org,
                         const struct campaign_request *q, struct campaign_job *j, struct problem *p)
{
    enum err code = q->program.len == 0 && q->program_id != 0
                        ? orgs_program_by_id(r, a, org->id, q->program_id, &j->program)
                        : orgs_program(r, a, org->id, q->program, &j->program);

    if (code == ERR_NOT_FOUND)
        (void)problem_field(p, "program", q->program, "There is no such program in this organization.",
                            "Use one of GET /v1/programs, or leave it out.");
    else if (code != ERR_OK)
        (void)problem_set(p, code, "The program could not be read (%s); try again.", err_name(code));
}

static void take_names(struct app *app, struct store_reader *r, struct arena *a, const struct org *org,
                       const struct campaign_request *q, struct campaign_job *j, struct problem *p)
{
    if (str_trim(q->name).len == 0 || q->name.len > CAMPAIGN_NAME_MAX)
        (void)problem_field(p, "name", q->name, "A campaign's name has 1 to 200 bytes.",
                            "Give it a telling name.");
    take_list(app, r, a, org, q, j, p);
    take_program(r, a, org, q, j, p);
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
        .rev = q->rev,
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

/* May it start? What was acknowledged is kept in *out. */
static void settle(struct app *app, struct arena *a, const struct preflight *f, const struct preflight_acknowledged *by,
                   struct acknowledgement *out, struct problem *p)
{
    enum err code = preflight_check(f, by, p);

    if (code == ERR_OK) code = preflight_record(f, by, clock_wall_ms(app->clock), a, out);
    if (code == ERR_FULL) (void)problem_set(p, code, "There was no memory for it; try again.");
}

static void judge(struct app *app, struct store_reader *r, struct arena *a, const struct org *org,
                  const struct campaign_request *q, struct campaign_job *j, const struct template *t, struct problem *p)
{
    const struct campaign *c = &j->change.campaign;
    enum err code = preflight_of(app, r, a, org, c, &j->preflight);

    if (code != ERR_OK) {
        (void)problem_set(p, code, "The audience could not be looked at (%s); try again.", err_name(code));
        return;
    }
    judge_fields(a, t, &j->preflight.sample, p);
    warn_of_all(a, j, t, q->template_text);
    if (problem_check(p) == ERR_OK && c->state == CAMPAIGN_SCHEDULED)
        settle(app, a, &j->preflight, &q->acknowledged, &j->change.acknowledged, p);
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
                            "Write fields as {{first_name}}, or with a default as {{first_name|there}}.");
    else if (problem_check(p) == ERR_OK) {
        fill(app, org, q, out);
        judge(app, r, a, org, q, out, t, p);
    }
    template_free(t);
    return problem_check(p);
}

/* ---- moves ---- */

static void check_start(struct app *app, struct store_reader *r, struct arena *a, const struct org *org,
                        const struct preflight_acknowledged *by, struct campaign_move_job *out, struct problem *p)
{
    struct preflight *f = arena_alloc(a, sizeof *f);
    struct campaign now = out->before;
    enum err code;

    now.state = CAMPAIGN_DRAFT; /* a scheduled one that is started by hand has no time left to be mended in */
    code = f == NULL ? ERR_FULL : preflight_of(app, r, a, org, &now, f);
    if (code == ERR_CORRUPT)
        (void)problem_set(p, code, "The stored template does not compile; edit the campaign.");
    else if (code != ERR_OK)
        (void)problem_set(p, code, "The campaign could not be looked at (%s); try again.", err_name(code));
    else
        settle(app, a, f, by, &out->change.acknowledged, p);
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
                        uint64_t campaign, enum campaign_move move, const struct preflight_acknowledged *by,
                        struct campaign_move_job *out, struct problem *p)
{
    enum err code;

    *out = (struct campaign_move_job){
        .job = {.app = app, .change = &out->change.head, .after = on_moved, .context = out}};
    code = r->store->ops->campaign_get(r, a, org->id, campaign, &out->before);
    if (code != ERR_OK) return code;
    if (!is_legal(out->before.state, move))
        return problem_set(p, ERR_CONFLICT, "A campaign that is %s cannot be %s.",
                           view_campaign_state(out->before.state), MOVES[move].verb);
    if (move == CAMPAIGN_START) {
        check_start(app, r, a, org, by, out, p);
        out->change.rev = out->before.rev;
    }
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
