/* registrations: checks and prepares what a person does with one. Contract in registrations.h. */
#include "app/registrations.h"

#include "app/onboarding_progress.h"
#include "app/orgs.h"
#include "app/registration_fees.h"
#include "app/site_result.h"
#include "app/view.h"
#include "base/json_out.h"
#include "rules/a2p_check.h"
#include "rules/a2p_difference.h"
#include "rules/a2p_rejection.h"

#include <stdio.h>

static const char UNCHECKED[] = "The checks were passed over.";
static const char ANEW[] = "No update of a campaign can carry this: it is deleted and made anew when it is resubmitted,"
                           " and its review costs the fee again.";
enum { FACTS_BYTES = 128 * 1024 };

const char *onboarding_state_name(enum onboarding_state state)
{
    static const char *const names[] = {"unknown", "draft", "running", "waiting", "action", "approved", "canceled"};

    return names[(unsigned)state < sizeof names / sizeof names[0] ? (unsigned)state : 0];
}

/* ---- facts ---- */

static void check_field(enum a2p_field field, const struct a2p_facts *facts, enum brand_type kind, struct problem *p)
{
    const struct a2p_field_info *info = a2p_field_info(field);
    struct str value = a2p_fact(facts, field);
    const char *name = arena_printf(p->arena, "facts.%s", info->name);

    if (value.len > info->bytes_max)
        (void)problem_field(p, name, value, arena_printf(p->arena, "It has %zu bytes; %zu is the most.", value.len,
                                                         info->bytes_max), "Shorten it.");
    if (value.len > 0 && (info->allowed & a2p_bit(kind)) == 0)
        (void)problem_field(p, name, value, arena_printf(p->arena, "A %s brand has no such fact.",
                                                         brand_type_name(kind)),
                            "Leave it out.");
}

void registrations_check_facts(const struct a2p_facts *facts, enum brand_type kind, bool checked, struct problem *p)
{
    struct a2p_findings *found = arena_alloc(p->arena, sizeof *found);

    if (found == NULL) {
        (void)problem_set(p, ERR_FULL, "There is no memory to check the facts.");
        return;
    }
    for (size_t i = 0; i < A2P_FIELDS && !checked; i++) check_field((enum a2p_field)i, facts, kind, p);
    if (!checked) return;
    a2p_check(facts, kind, found);
    for (size_t i = 0; i < found->count; i++) {
        const struct a2p_finding *one = &found->at[i];
        if (one->severity == A2P_BLOCK)
            (void)problem_field(p, arena_printf(p->arena, "facts.%s", a2p_field_info(one->field)->name), one->words,
                                one->why, one->fix);
    }
}

static enum err write_facts(const struct a2p_facts *facts, struct arena *a, struct str *out)
{
    struct buf text;
    enum err code;

    buf_init(&text, FACTS_BYTES);
    a2p_facts_write(facts, &text);
    code = buf_check(&text);
    if (code == ERR_OK) {
        *out = arena_str(a, buf_str(&text));
        if (out->at == NULL) code = ERR_FULL;
    }
    buf_free(&text);
    return code;
}

/* What is known already, with the named ones put over it. */
static enum err put_over(struct a2p_facts *facts, struct str given, struct arena *a, struct problem *p)
{
    struct a2p_facts news;
    struct fault f = {0};
    enum err code = a2p_facts_read(given, a, &news, &f);

    if (code == ERR_INVALID)
        return problem_field(p, "facts", (struct str){NULL, 0}, arena_printf(a, "%s.", f.what),
                             "Give names and texts as docs/registration.md lists them.");
    if (code != ERR_OK) return problem_set(p, code, "There is no memory for the facts.");
    for (size_t i = 0; i < A2P_FIELDS; i++)
        if (news.at[i].at != NULL) facts->at[i] = news.at[i];
    return ERR_OK;
}

static enum err take_facts(const struct a2p_facts *facts, enum brand_type kind, bool checked, struct arena *a,
                           struct str *out, struct problem *p)
{
    enum err code;

    registrations_check_facts(facts, kind, checked, p);
    if (problem_check(p) != ERR_OK) return p->code;
    code = write_facts(facts, a, out);
    return code == ERR_OK ? ERR_OK : problem_set(p, code, "The facts are too long together.");
}

/* What Twilio's objects carry for good cannot be mended in them. True: a failed campaign must be made anew for it. */
static bool check_fixed(const struct onboarding_progress *progress, const struct a2p_facts *before,
                        const struct a2p_facts *after, struct problem *p)
{
    bool campaign = progress->made[STEP_CAMPAIGN].mark != MARK_TODO, anew = false;
    bool approved = progress->made[STEP_CAMPAIGN_APPROVED].mark == MARK_DONE;

    for (size_t i = 0; i < A2P_FIELDS; i++) {
        enum a2p_field field = (enum a2p_field)i;
        const struct a2p_field_info *info = a2p_field_info(field);
        bool fixed = field == A2P_COUNTRY ? progress->made[STEP_ADDRESS].mark != MARK_TODO
                   : field == A2P_NUMBERS ? progress->made[STEP_TOLL_FREE].mark != MARK_TODO
                                          : info->part == A2P_PART_CAMPAIGN && approved;
        if (str_equal(before->at[i], after->at[i])) continue;
        anew |= campaign && info->part == A2P_PART_CAMPAIGN && !a2p_update_carries(field);
        if (!fixed) continue;
        (void)problem_field(p, arena_printf(p->arena, "facts.%s", info->name), after->at[i],
                            approved ? "An approved campaign cannot be changed."
                                     : "It is fixed once it was sent to Twilio.",
                            "Leave it, or cancel this registration and begin another.");
    }
    return anew;
}

/* ---- changes ---- */

static bool on_stored(struct app_job *job)
{
    if (job->app->wake_registrations != NULL) job->app->wake_registrations(job->app->onboarding);
    return false;
}

static void prepare(struct app *app, const struct registration *g, struct registration_job *out)
{
    *out = (struct registration_job){
        .job = {.app = app, .change = &out->change.head, .after = on_stored, .context = out},
        .change = {.head = {.kind = CHANGE_REGISTRATION}, .registration = *g}};
    out->change.registration.updated_ms = clock_wall_ms(app->clock);
}

static void note(struct registration_job *j, const char *outcome, const char *words)
{
    j->change.note = (struct registration_note){.at_ms = j->change.registration.updated_ms, .step = STR("registration"),
                                                .outcome = str_from(outcome), .words = str_from(words)};
}

static enum err check_installation(const struct app *app, struct problem *p)
{
    const struct settings *s = app->settings;

    if (s->onboarding_email[0] == '\0')
        return problem_set(p, ERR_CONFLICT, "The setting onboarding.email is empty: Twilio wants your own address for its"
                                            " mails about customers' profiles. Start the server with"
                                            " --onboarding.email=you@example.com.");
    if (s->twilio_auth_token[0] == '\0')
        return problem_set(p, ERR_CONFLICT, "The setting twilio.auth_token is empty: subaccounts are made, and profiles"
                                            " registered, with your account's token.");
    return ERR_OK;
}

/* What is submitted has its website read before the fee, or somebody said that it is not to be. */
static void want_website(struct onboarding_progress *p, int32_t code)
{
    (void)code;
    p->site = (struct site_result){.state = SITE_STATE_TODO};
}

static void pass_website_over(struct onboarding_progress *p, int32_t code)
{
    (void)code;
    p->site = (struct site_result){.state = SITE_STATE_PASSED};
}

/* `then` after it; may be NULL. */
static enum err change_progress(struct arena *a, struct registration *g,
                                void (*by)(struct onboarding_progress *, int32_t),
                                void (*then)(struct onboarding_progress *, int32_t))
{
    struct onboarding_progress p;
    struct buf text;
    enum err code = onboarding_progress_read(g->progress, &p);

    if (code != ERR_OK) return code;
    by(&p, g->code);
    if (then != NULL) then(&p, g->code);
    /* What was refused may have been mended: what was read before does not count. */
    if (p.site.state == SITE_STATE_TODO) p.site.at_ms = g->updated_ms;
    buf_init(&text, ONBOARDING_PROGRESS_BYTES_MAX);
    onboarding_progress_write(&p, &text);
    code = buf_check(&text);
    if (code == ERR_OK) g->progress = arena_str(a, buf_str(&text));
    buf_free(&text);
    return code == ERR_OK && g->progress.at == NULL ? ERR_FULL : code;
}

enum err registrations_create(struct app *app, struct store_reader *r, struct arena *a, org_id org,
                              const struct registration_request *q, struct registration_job *out, struct problem *p)
{
    struct registration g = {.org = org, .kind = q->kind, .created_ms = clock_wall_ms(app->clock),
                             .state = q->start ? ONBOARDING_RUNNING : ONBOARDING_DRAFT};
    struct a2p_facts facts = {.at = {{NULL, 0}}};
    struct program program;
    enum err code = orgs_program(r, a, org, q->program, &program);

    if (code == ERR_NOT_FOUND)
        return problem_field(p, "program", q->program, "There is no such program.", "Make it first, or leave it out.");
    if (code != ERR_OK) return problem_set(p, code, "The program cannot be read now.");
    code = put_over(&facts, q->facts, a, p);
    if (code == ERR_OK) code = take_facts(&facts, q->kind, q->start && !q->unchecked, a, &g.facts, p);
    if (code == ERR_OK && q->start) code = check_installation(app, p);
    if (code != ERR_OK) return code;
    if (q->unchecked && change_progress(a, &g, pass_website_over, NULL) != ERR_OK)
        return problem_set(p, ERR_FULL, "There is no memory for the registration's progress.");
    g.program = program.id;
    g.next_ms = q->start ? g.created_ms : 0;
    prepare(app, &g, out);
    note(out, q->start ? "started" : "drafted", q->start && q->unchecked ? UNCHECKED : "");
    return ERR_OK;
}

static struct str difference(const struct a2p_facts *before, const struct a2p_facts *after, struct arena *a)
{
    struct buf text;
    struct str kept;

    buf_init(&text, 3 * FACTS_BYTES);
    a2p_difference(before, after, &text);
    kept = buf_check(&text) == ERR_OK ? arena_str(a, buf_str(&text)) : (struct str){NULL, 0};
    buf_free(&text);
    return kept;
}

enum err registrations_edit(struct app *app, struct arena *a, const struct registration *now, struct str facts,
                            struct registration_job *out, struct problem *p)
{
    struct registration g = *now;
    struct onboarding_progress progress;
    struct a2p_facts before, after;
    struct fault f = {0};
    bool anew;
    enum err code;

    if (now->state != ONBOARDING_DRAFT && now->state != ONBOARDING_ACTION)
        return problem_set(p, ERR_CONFLICT, "Facts are mended in a draft, or when something was refused; this one is %s.",
                           onboarding_state_name(now->state));
    code = onboarding_progress_read(now->progress, &progress);
    if (code == ERR_OK) code = a2p_facts_read(now->facts, a, &before, &f);
    if (code != ERR_OK) return problem_set(p, ERR_CORRUPT, "The registration does not read back.");
    after = before;
    code = put_over(&after, facts, a, p);
    if (code == ERR_OK) code = take_facts(&after, now->kind, false, a, &g.facts, p); /* checked when it is submitted */
    if (code != ERR_OK) return code;
    anew = check_fixed(&progress, &before, &after, p);
    if (problem_check(p) != ERR_OK) return p->code;
    prepare(app, &g, out);
    out->changes = difference(&before, &after, a);
    note(out, "mended", anew ? ANEW : "");
    return ERR_OK;
}

/* Is it refused for what no update of the campaign can mend? */
static bool wants_another_campaign(int32_t code)
{
    const struct a2p_rejection *r = code == 0 ? NULL : a2p_rejection(code);

    return r != NULL && a2p_rejection_resubmit(r, A2P_OF_CAMPAIGN) == A2P_RESUBMIT_CAMPAIGN_NEW;
}

/* What is to be judged anew, when a person says that it was mended. */
static void reopen(struct onboarding_progress *p, int32_t code)
{
    bool campaign = p->made[STEP_CAMPAIGN].mark == MARK_DONE, brand = p->made[STEP_BRAND].mark == MARK_DONE;

    if (p->made[STEP_APPLIED].mark == MARK_DONE) {
        p->made[STEP_APPLIED].mark = p->made[STEP_CAMPAIGN_APPROVED].mark =
            p->made[STEP_BRAND_APPROVED].mark = MARK_TODO;
        p->brand_mended = p->campaign_mended = true;
    } else if (campaign && p->made[STEP_CAMPAIGN_APPROVED].mark != MARK_DONE) {
        p->campaign_mended = true;
        p->campaign_anew |= wants_another_campaign(code);
    } else if (brand && p->made[STEP_BRAND_APPROVED].mark != MARK_DONE) p->brand_mended = true;
    /* Numbers are found, bought and attached by looking first: what is there stays. */
    for (size_t i = 0; i < p->numbers_count; i++)
        if (p->numbers[i].refused != 0) { /* put into the service once more */
            p->numbers[i].attached = p->numbers[i].registered = false;
            p->numbers[i].refused = 0;
        }
    if (p->made[STEP_NUMBERS].mark == MARK_DONE) p->made[STEP_NUMBERS].mark = MARK_TODO;
    p->made[STEP_NUMBERS_IN].mark = p->made[STEP_APPLIED].mark = MARK_TODO;
    p->looks = p->failures = 0;
}

static void want_passcode(struct onboarding_progress *p, int32_t code)
{
    (void)code;
    p->otp_wanted = true;
}

static void leave(struct onboarding_progress *p, int32_t code)
{
    (void)p;
    (void)code;
}

static const struct {
    const char *name, *outcome;
    unsigned from; /* bits of states */
    enum onboarding_state to; /* 0: stays */
    void (*by)(struct onboarding_progress *p, int32_t code);
} verbs[] = {
    [REGISTRATION_START] = {"started", "started", 1u << ONBOARDING_DRAFT, ONBOARDING_RUNNING, leave},
    [REGISTRATION_RESUBMIT] = {"resubmitted", "resubmitted", 1u << ONBOARDING_ACTION, ONBOARDING_RUNNING, reopen},
    [REGISTRATION_OTP] = {"sent its passcode", "passcode wanted", 1u << ONBOARDING_WAITING, 0, want_passcode},
    [REGISTRATION_LOOK] = {"looked at", NULL,
                           1u << ONBOARDING_WAITING | 1u << ONBOARDING_RUNNING | 1u << ONBOARDING_APPROVED,
                           0, leave},
    [REGISTRATION_HEAR] = {"told of", NULL, 1u << ONBOARDING_ACTION | 1u << ONBOARDING_APPROVED, 0, leave},
    [REGISTRATION_CANCEL] = {"canceled", "canceled", 1u << ONBOARDING_DRAFT | 1u << ONBOARDING_RUNNING |
                             1u << ONBOARDING_WAITING | 1u << ONBOARDING_ACTION | 1u << ONBOARDING_APPROVED,
                             ONBOARDING_CANCELED,
                             leave},
};

enum err registrations_move(struct app *app, struct arena *a, const struct registration *now,
                            enum registration_verb verb, bool unchecked, struct registration_job *out,
                            struct problem *p)
{
    struct registration g = *now;
    struct a2p_facts facts;
    struct fault f = {0};
    enum err code;

    if ((verbs[verb].from & 1u << now->state) == 0)
        return problem_set(p, ERR_CONFLICT, "A registration that is %s cannot be %s.",
                           onboarding_state_name(now->state), verbs[verb].name);
    code = a2p_facts_read(now->facts, a, &facts, &f);
    if (code != ERR_OK && verb != REGISTRATION_CANCEL)
        return problem_set(p, ERR_CORRUPT, "The stored facts do not read back.");
    if (verb == REGISTRATION_OTP && now->kind != BRAND_SOLE_PROPRIETOR && !a2p_is_public(&facts))
        return problem_set(p, ERR_CONFLICT, "Only sole proprietors are sent a passcode, and contacts of public companies"
                                            " a link.");
    if (verbs[verb].to == ONBOARDING_RUNNING) {
        registrations_check_facts(&facts, now->kind, !unchecked, p);
        if (problem_check(p) != ERR_OK || check_installation(app, p) != ERR_OK) return p->code;
    }
    code = change_progress(a, &g, verbs[verb].by, verbs[verb].to != ONBOARDING_RUNNING ? NULL
                                                  : unchecked ? pass_website_over : want_website);
    if (code != ERR_OK) return problem_set(p, code, "The registration's progress does not read back.");
    if (verbs[verb].to != 0) g.state = verbs[verb].to;
    if (verbs[verb].to == ONBOARDING_RUNNING) {
        g.why = (struct str){NULL, 0};
        g.code = 0;
    }
    if (verb != REGISTRATION_HEAR) g.next_ms = verb == REGISTRATION_CANCEL ? 0 : clock_wall_ms(app->clock);
    prepare(app, &g, out);
    if (verbs[verb].outcome != NULL) note(out, verbs[verb].outcome, unchecked ? UNCHECKED : "");
    return ERR_OK;
}

/* ---- views ---- */

static void put_steps(const struct onboarding_progress *p, struct buf *out)
{
    static const char *const marks[] = {"todo", "begun", "done"};

    json_key(out, "steps");
    json_open(out, '[');
    for (size_t i = 0; i < ONBOARDING_STEPS; i++) {
        const struct onboarding_made *m = &p->made[i];
        if (m->mark == MARK_TODO) continue;
        json_open(out, '{');
        json_put_text(out, "step", onboarding_step_name((enum onboarding_step)i));
        json_put_text(out, "state", marks[m->mark]);
        json_put_text(out, "sid", m->sid[0] == '\0' ? NULL : m->sid);
        json_put_time(out, "at", m->at_ms);
        json_close(out, '}');
    }
    json_close(out, ']');
}

static void put_numbers(const struct onboarding_progress *p, struct buf *out)
{
    json_key(out, "numbers");
    json_open(out, '[');
    for (size_t i = 0; i < p->numbers_count; i++) {
        json_open(out, '{');
        json_put_text(out, "number", p->numbers[i].number);
        json_put_text(out, "sid", p->numbers[i].sid);
        json_put_bool(out, "attached", p->numbers[i].attached);
        json_put_bool(out, "registered", p->numbers[i].registered);
        json_put_int(out, "refused", p->numbers[i].refused);
        json_close(out, '}');
    }
    json_close(out, ']');
}

static enum a2p_family refused_family(const struct registration *g, const struct onboarding_progress *p)
{
    if (g->kind == BRAND_TOLL_FREE) return A2P_OF_TOLLFREE;
    return p->made[STEP_CAMPAIGN].mark != MARK_TODO ? A2P_OF_CAMPAIGN
           : p->made[STEP_BRAND].mark != MARK_TODO  ? A2P_OF_BRAND
                                                    : A2P_OF_PROFILE;
}

/* What a refusal means, and what is to be done. */
static void put_refusal(const struct registration *g, const struct onboarding_progress *p, struct buf *out)
{
    bool before = p->site.state == SITE_STATE_READ && p->site.worst == A2P_BLOCK; /* the fee, for its website */
    const struct a2p_rejection *r = g->state == ONBOARDING_ACTION && g->code != 0 ? a2p_rejection(g->code) : NULL;
    enum a2p_family refused = refused_family(g, p);

    json_key(out, "refusal");
    if (r == NULL) {
        json_nil(out);
        return;
    }
    json_open(out, '{');
    json_put_text(out, "title", r->title);
    json_put_text(out, "why", r->why);
    json_put_text(out, "fix", r->fix);
    json_key(out, "fields");
    json_open(out, '[');
    for (size_t i = 0; i < r->field_count; i++) json_str(out, str_from(a2p_field_info(r->fields[i])->name));
    json_close(out, ']');
    json_put_text(out, "resubmit", before ? "Mend the page, then submit it again: nothing was sent yet."
                                          : a2p_resubmit_how(a2p_rejection_resubmit(r, refused)));
    json_put_text(out, "fee", before ? "nothing: it was refused before a fee" : r->fee);
    json_close(out, '}');
}

static void put_progress(const struct onboarding_progress *p, struct buf *out)
{
    size_t done = 0;

    for (size_t i = 0; i < ONBOARDING_STEPS; i++) done += p->made[i].mark == MARK_DONE;
    json_put_int(out, "steps_done", (int64_t)done);
    if (p->score >= 0) json_put_int(out, "brand_score", p->score);
    else json_put_null(out, "brand_score");
    json_put_text(out, "identity", p->identity[0] == '\0' ? NULL : p->identity);
    json_put_int(out, "brand_resubmissions", p->brand_again);
    json_put_int(out, "campaign_resubmissions", p->campaign_again);
    put_steps(p, out);
    put_numbers(p, out);
}

static void put_fees(const struct app *app, const struct registration *g, const struct onboarding_progress *p,
                     struct buf *out)
{
    const struct a2p_rejection *r = g->state == ONBOARDING_ACTION && g->code != 0 ? a2p_rejection(g->code) : NULL;
    struct a2p_paid paid = registration_paid(p);
    struct a2p_facts facts;
    struct arena arena;

    arena_init(&arena, FACTS_BYTES);
    if (a2p_facts_read(g->facts.len > 0 ? g->facts : STR("{}"), &arena, &facts, NULL) != ERR_OK)
        facts = (struct a2p_facts){.at = {{NULL, 0}}};
    registration_fees_member(app->prices, &facts, g->kind, &paid,
                             r != NULL ? a2p_rejection_resubmit(r, refused_family(g, p)) : A2P_RESUBMIT_NONE,
                             clock_wall_ms(app->clock), out);
    arena_reset(&arena);
}

static void put_registration(const struct app *app, const struct registration *g, bool with_facts, struct buf *out)
{
    const struct public_ids *ids = app->ids;
    struct onboarding_progress p;

    view_put_id(ids, out, "id", PUBLIC_REGISTRATION, g->id);
    view_put_id(ids, out, "program", PUBLIC_PROGRAM, g->program);
    json_put_text(out, "kind", brand_type_name(g->kind));
    json_put_text(out, "state", onboarding_state_name(g->state));
    json_put_str_or_null(out, "why", g->why);
    if (g->code != 0) json_put_int(out, "code", g->code);
    else json_put_null(out, "code");
    if (onboarding_progress_read(g->progress, &p) != ERR_OK) p = (struct onboarding_progress){.score = -1};
    put_refusal(g, &p, out);
    put_progress(&p, out);
    site_result_member(&p.site, out);
    if (with_facts) {
        put_fees(app, g, &p, out);
        json_key(out, "facts");
        json_raw(out, g->facts.len > 0 ? g->facts : STR("{}"));
    }
    json_put_time(out, "next_look_at", g->next_ms);
    json_put_time(out, "created_at", g->created_ms);
    json_put_time(out, "updated_at", g->updated_ms);
}

void registration_view(const struct app *app, const struct registration *g, bool with_facts, struct buf *out)
{
    json_open(out, '{');
    put_registration(app, g, with_facts, out);
    json_close(out, '}');
}

void registration_view_changed(const struct app *app, const struct registration *g, struct str changes,
                               struct buf *out)
{
    json_open(out, '{');
    put_registration(app, g, true, out);
    json_key(out, "changes");
    json_raw(out, changes.len > 0 ? changes : STR("[]"));
    json_close(out, '}');
}

void registration_note_view(const struct registration_note *n, struct buf *out)
{
    json_open(out, '{');
    json_put_time(out, "at", n->at_ms);
    json_put_str(out, "step", n->step);
    json_put_str(out, "outcome", n->outcome);
    json_put_text(out, "sid", n->sid[0] == '\0' ? NULL : n->sid);
    if (n->code != 0) json_put_int(out, "code", n->code);
    else json_put_null(out, "code");
    json_put_str_or_null(out, "words", n->words);
    json_close(out, '}');
}
