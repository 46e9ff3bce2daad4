/* onboarding_make: what is made at Twilio: looked for first, begun in the store, made, done in the store. */
#include "app/onboarding_inside.h"

#include "app/account_turn.h"
#include "app/primary_profile.h"
#include "base/mutant.h"
#include "twilio/form.h"
#include "twilio/json.h"
#include "twilio/registry.h"

#include <stdio.h>
#include <string.h>

/* A service takes another campaign some seconds after its last one was deleted (reference 12.5). */
enum { FORM_BYTES = 64 * 1024, TARGET_BYTES = 512, CAMPAIGN_REST_MS = 6000 };

/* ---- where things are ---- */

static enum registry_kind kind_of(enum onboarding_step step)
{
    switch (step) {
    case STEP_PROFILE: return REGISTRY_PROFILE;
    case STEP_TRUST: return REGISTRY_PRODUCT;
    case STEP_BUSINESS:
    case STEP_REPRESENTATIVE:
    case STEP_REPRESENTATIVE2:
    case STEP_MESSAGING: return REGISTRY_END_USER;
    case STEP_DOCUMENT: return REGISTRY_DOCUMENT;
    case STEP_ADDRESS: return REGISTRY_ADDRESS;
    case STEP_BUSINESS_IN:
    case STEP_REPRESENTATIVE_IN:
    case STEP_REPRESENTATIVE2_IN:
    case STEP_DOCUMENT_IN:
    case STEP_PRIMARY_IN: return REGISTRY_IN_PROFILE;
    case STEP_MESSAGING_IN:
    case STEP_PROFILE_IN: return REGISTRY_IN_PRODUCT;
    case STEP_BRAND: return REGISTRY_BRAND;
    case STEP_SERVICE: return REGISTRY_SERVICE;
    case STEP_VETTING: return REGISTRY_VETTING;
    case STEP_CAMPAIGN: return REGISTRY_CAMPAIGN;
    case STEP_TOLL_FREE: return REGISTRY_TOLL_FREE;
    default: BUG_IF(true);
    }
}

/* Whose the collection is. */
static const char *owner_of(const struct onboarding_turn *t, enum registry_kind kind)
{
    switch (kind) {
    case REGISTRY_ADDRESS: return t->own.account_sid;
    case REGISTRY_IN_PROFILE: return t->p.made[STEP_PROFILE].sid;
    case REGISTRY_IN_PRODUCT: return t->p.made[STEP_TRUST].sid;
    case REGISTRY_VETTING: return t->p.made[STEP_BRAND].sid;
    case REGISTRY_CAMPAIGN: return t->p.made[STEP_SERVICE].sid;
    default: return "";
    }
}

/* What an assignment puts into its bundle. */
static const char *assigned(const struct onboarding_turn *t, enum onboarding_step step)
{
    return step == STEP_PROFILE_IN ? t->p.made[STEP_PROFILE].sid
         : step == STEP_PRIMARY_IN ? t->p.made[STEP_PRIMARY].sid
                                   : t->p.made[step - 1].sid;
}

static bool is_assignment(enum onboarding_step step)
{
    return step == STEP_BUSINESS_IN || step == STEP_REPRESENTATIVE_IN || step == STEP_REPRESENTATIVE2_IN ||
           step == STEP_DOCUMENT_IN || step == STEP_PRIMARY_IN || step == STEP_MESSAGING_IN || step == STEP_PROFILE_IN;
}

/* ---- looking ---- */

/* By what it is known: the name that we gave it; of a toll-free verification its number. */
static const char *name_of(struct onboarding_turn *t, enum onboarding_step step)
{
    char name[ONBOARDING_NAME_BYTES];

    if (step == STEP_TOLL_FREE) return t->p.numbers_count > 0 ? t->p.numbers[0].sid : "";
    onboarding_friendly_name(&t->subject, step, name);
    return arena_printf(t->a, "%s", name);
}

static void matches(struct onboarding_turn *t, enum onboarding_step step, const char *name, struct turn_search *s)
{
    s->match[0] = (struct turn_match){step == STEP_TOLL_FREE ? "tollfree_phone_number_sid" : "friendly_name", name};
    if (is_assignment(step)) s->match[0] = (struct turn_match){"object_sid", assigned(t, step)};
    if (step == STEP_VETTING) s->match[0] = (struct turn_match){"vetting_provider", "campaign-verify"};
    if (step == STEP_CAMPAIGN)
        s->match[0] = (struct turn_match){"brand_registration_sid", t->p.made[STEP_BRAND].sid};
    if (step != STEP_BRAND) return;
    s->match[0] = (struct turn_match){"customer_profile_bundle_sid", t->p.made[STEP_PROFILE].sid};
    s->match[1] = (struct turn_match){"a2p_profile_bundle_sid", t->p.made[STEP_TRUST].sid};
}

static enum err look(struct onboarding_turn *t, enum onboarding_step step, char sid[SID_BYTES])
{
    enum registry_kind kind = kind_of(step);
    struct registry_place p = registry_place(kind);
    const char *name = name_of(t, step);
    struct turn_search s = {.product = p.product, .key = p.list_key, .sid_member = p.sid_member};
    struct buf target;
    enum err code;

    matches(t, step, name, &s);
    if (step == STEP_VETTING) s.not_sid = t->p.vetting_before;
    buf_init(&target, TARGET_BYTES);
    registry_list_add(&target, kind, owner_of(t, kind), name);
    s.target = buf_text(&target);
    code = buf_check(&target) == ERR_OK ? turn_find(t, &s, sid) : buf_check(&target);
    buf_free(&target);
    return code;
}

/* ---- making ---- */

static bool is_paced(enum onboarding_step step)
{
    return step == STEP_BRAND || step == STEP_CAMPAIGN || step == STEP_VETTING || step == STEP_TOLL_FREE;
}

static void fill_form(struct onboarding_turn *t, enum onboarding_step step, bool update, struct buf *form)
{
    if (is_assignment(step)) form_encode_add(form, STR("ObjectSid"), str_from(assigned(t, step)));
    else onboarding_form(&t->subject, step, update, form);
}

/* member: the one to be updated; NULL: one is created. */
static enum err post(struct onboarding_turn *t, enum onboarding_step step, const char *member,
                     struct rest_answer *answer)
{
    enum registry_kind kind = kind_of(step);
    struct buf target, form;
    enum err code;

    buf_init(&target, TARGET_BYTES);
    buf_init(&form, FORM_BYTES);
    if (member == NULL) registry_collection_add(&target, kind, owner_of(t, kind));
    else registry_object_add(&target, kind, owner_of(t, kind), member);
    fill_form(t, step, member != NULL, &form);
    code = turn_call(t, registry_place(kind).product, buf_text(&target), &form, answer);
    buf_free(&form);
    buf_free(&target);
    return code;
}

static uint64_t told(const struct onboarding_turn *t, enum onboarding_step step)
{
    return is_assignment(step) ? 0 : onboarding_told(&t->subject, step);
}

bool turn_is_stale(const struct onboarding_turn *t, enum onboarding_step step)
{
    bool can_change = step == STEP_BUSINESS || step == STEP_REPRESENTATIVE || step == STEP_REPRESENTATIVE2 ||
                      step == STEP_MESSAGING || step == STEP_ADDRESS || step == STEP_VETTING ||
                      step == STEP_CAMPAIGN || step == STEP_TOLL_FREE;

    return can_change && t->p.made[step].mark == MARK_DONE && t->p.made[step].told != told(t, step);
}

/* The step in which others look at what that one makes; 0: its bundle is looked at. */
static enum onboarding_step review_of(enum onboarding_step step)
{
    switch (step) {
    case STEP_CAMPAIGN: return STEP_CAMPAIGN_APPROVED;
    case STEP_VETTING: return STEP_VETTED;
    case STEP_TOLL_FREE: return STEP_TOLL_FREE_APPROVED;
    default: return 0;
    }
}

/* It, or the bundle that holds it, is to be judged and submitted again. */
static void reopen(struct onboarding_turn *t, enum onboarding_step step)
{
    if (review_of(step) != 0) {
        t->p.made[review_of(step)].mark = MARK_TODO;
        return;
    }
    t->p.made[step >= STEP_TRUST ? STEP_TRUST_EVALUATED : STEP_PROFILE_EVALUATED].mark = MARK_TODO;
    t->p.made[step >= STEP_TRUST ? STEP_TRUST_SUBMITTED : STEP_PROFILE_SUBMITTED].mark = MARK_TODO;
}

/* Tells what is there already what the facts say now: repeating it changes nothing. */
static enum onboarding_move update(struct onboarding_turn *t, enum onboarding_step step)
{
    struct rest_answer answer;
    bool begun;
    char sid[SID_BYTES];
    enum err code;

    if (is_paced(step) && !t->pace(t->owner)) return MOVE_LOST;
    code = post(t, step, t->p.made[step].sid, &answer);
    rest_answer_free(&answer);
    if (code != ERR_OK) {
        enum onboarding_move move = turn_failed(t, code, &answer, &begun);
        if (!begun && step == STEP_CAMPAIGN) t->p.campaign_sent.begun_ms = 0;
        if (!begun || move != MOVE_AGAIN) return move;
        t->next_ms = turn_now_ms(t) + t->app->settings->onboarding_settle_ms; /* it may still take effect */
        return MOVE_WAIT;
    }
    (void)snprintf(sid, sizeof sid, "%s", t->p.made[step].sid);
    t->p.made[step].told = told(t, step);
    if (step == STEP_CAMPAIGN) {
        t->p.campaign_again++;
        t->p.campaign_mended = false;
        t->p.campaign_sent.begun_ms = 0;
    }
    reopen(t, step);
    return turn_done(t, step, sid, "updated");
}

static enum onboarding_move made(struct onboarding_turn *t, enum onboarding_step step, const char *sid,
                                 const char *outcome)
{
    t->p.made[step].told = told(t, step);
    if (is_assignment(step) || review_of(step) != 0) reopen(t, step); /* what came into a bundle is judged with it */
    if (step == STEP_CAMPAIGN) {
        t->p.campaign_fixed = onboarding_fixed(&t->subject);
        t->p.campaign_gone_ms = 0;
    }
    return turn_done(t, step, sid, outcome);
}

/* Stored as begun before a byte may leave. */
static bool begin(struct onboarding_turn *t, enum onboarding_step step)
{
    t->p.made[step].mark = MARK_BEGUN;
    t->p.made[step].at_ms = turn_now_ms(t);
    t->p.made[step].sid[0] = '\0';
    t->words = NULL;
    return turn_store(t, ONBOARDING_RUNNING, turn_now_ms(t), step, NULL, NULL);
}

static enum onboarding_move create(struct onboarding_turn *t, enum onboarding_step step)
{
    const char *member = registry_place(kind_of(step)).sid_member;
    struct rest_answer answer;
    char sid[SID_BYTES];
    bool begun;
    enum err code;

    if (is_paced(step) && !t->pace(t->owner)) return MOVE_LOST;
    if (!begin(t, step)) return MOVE_LOST;
    code = post(t, step, NULL, &answer);
    if (code == ERR_OK && !twilio_json_copy(answer.json, member, sid, sizeof sid)) {
        rest_answer_free(&answer);
        t->words = "Twilio answered without a SID.";
        return MOVE_AGAIN; /* begun: looked for next time */
    }
    rest_answer_free(&answer);
    if (code == ERR_OK) return made(t, step, sid, step == STEP_TOLL_FREE ? "submitted" : "created");
    {
        enum onboarding_move move = turn_failed(t, code, &answer, &begun);
        if (!begun && move != MOVE_LOST) t->p.made[step].mark = MARK_TODO;
        if (begun) t->p.made[step].at_ms = turn_now_ms(t);
        return move;
    }
}

/* The last campaign was deleted a moment ago: MOVE_WAIT until its service takes another. */
static enum onboarding_move rest_of_deleted(struct onboarding_turn *t, bool listed)
{
    int64_t at_ms = t->p.campaign_gone_ms + CAMPAIGN_REST_MS;

    if (t->p.campaign_gone_ms == 0 || t->p.made[STEP_CAMPAIGN].mark == MARK_BEGUN) return MOVE_ON;
    if (listed) return turn_wait(t, "Twilio still lists the campaign that was deleted.");
    if (turn_now_ms(t) >= at_ms) return MOVE_ON;
    t->next_ms = at_ms;
    t->words = "The campaign was deleted; another is made in some seconds.";
    return MOVE_WAIT;
}

/* Another token is another vetting. */
static void another_vetting(struct onboarding_turn *t)
{
    struct onboarding_made *m = &t->p.made[STEP_VETTING];

    (void)snprintf(t->p.vetting_before, sizeof t->p.vetting_before, "%s", m->sid);
    m->mark = MARK_TODO;
}

enum onboarding_move turn_make(struct onboarding_turn *t, enum onboarding_step step)
{
    struct onboarding_made *m = &t->p.made[step];
    struct rest_answer none = {0};
    char sid[SID_BYTES];
    bool begun;
    enum err code;

    if (m->mark == MARK_DONE && step == STEP_VETTING) another_vetting(t);
    if (m->mark == MARK_DONE) return update(t, step);
    code = look(t, step, sid);
    if (code != ERR_OK) return turn_failed(t, code, &none, &begun);
    if (MUTANT(not_looked_for)) sid[0] = '\0';
    if (step == STEP_CAMPAIGN && rest_of_deleted(t, sid[0] != '\0') != MOVE_ON) return MOVE_WAIT;
    if (sid[0] != '\0') return made(t, step, sid, "found");
    if (m->mark == MARK_BEGUN && turn_now_ms(t) < m->at_ms + t->app->settings->onboarding_settle_ms) {
        t->next_ms = m->at_ms + t->app->settings->onboarding_settle_ms;
        t->words = arena_printf(t->a, "It is not known yet whether Twilio made the %s; looked for again before another.",
                                onboarding_step_name(step));
        return MOVE_WAIT;
    }
    return create(t, step);
}

/* ---- the organization's account ---- */

/* Made as by "org account create", on the same record: this worker is the only one that serves the organization. */
static enum account_step make_account(struct onboarding_turn *t, struct account_turn *at)
{
    const struct onboarding_made *m = &t->p.made[STEP_ACCOUNT];
    enum account_step step;
    enum err code = t->r->store->ops->account_get(t->r, t->a, t->g.org, &at->work);

    if (code == ERR_NOT_FOUND) at->work = (struct account_work){.org = t->g.org};
    if (code == ERR_OK) code = account_progress_read(at->work.progress, &at->p);
    if (code != ERR_OK && code != ERR_NOT_FOUND) return ACCOUNT_AGAIN;
    at->p.wish = WISH_CREATE;
    if (at->p.begun_ms == 0 && m->mark == MARK_BEGUN) at->p.begun_ms = m->at_ms; /* by a version that kept it here */
    at->work.next_ms = turn_now_ms(t) + t->app->settings->onboarding_settle_ms; /* if this ends in the middle */
    step = account_make(at);
    /* What was begun and surely failed is over. */
    if ((step == ACCOUNT_AGAIN || step == ACCOUNT_REFUSED) && at->work.rev != 0) (void)account_store(at, 0, false);
    return step;
}

enum onboarding_move turn_account(struct onboarding_turn *t)
{
    struct account_turn at = {.app = t->app, .r = t->r, .rest = t->rest, .a = t->a, .org = t->org,
                              .parent = &t->parent};
    enum account_step step;

    if (t->org.account_sid[0] != '\0') return turn_done(t, STEP_ACCOUNT, t->org.account_sid, "found");
    if (!t->app->settings->onboarding_subaccounts) return turn_done(t, STEP_ACCOUNT, t->parent.account_sid, "shared");
    step = make_account(t, &at);
    explicit_bzero(&at.p, sizeof at.p);
    t->words = at.words;
    t->next_ms = at.next_ms;
    switch (step) {
    case ACCOUNT_ON:
        t->org = at.org;
        return turn_done(t, STEP_ACCOUNT, t->org.account_sid, "ready");
    case ACCOUNT_WAIT: return MOVE_WAIT;
    case ACCOUNT_REFUSED: return MOVE_MEND;
    case ACCOUNT_LOST: return MOVE_LOST;
    case ACCOUNT_AGAIN: break;
    }
    return MOVE_AGAIN;
}

/* ---- the ISV's own profile ---- */

enum onboarding_move turn_primary(struct onboarding_turn *t)
{
    struct primary_profile primary;
    struct rest_answer none = {0};
    struct fault f = {0};
    bool begun;
    enum err code = primary_profile_look(t->rest, t->app->settings, &t->parent, &primary, &f);

    if (code != ERR_OK) {
        t->words = arena_printf(t->a, "%s", f.what);
        return turn_failed(t, code, &none, &begun);
    }
    if (primary.state == PRIMARY_APPROVED) return turn_done(t, STEP_PRIMARY, primary.sid, "approved");
    return turn_mend(t, 0, primary_profile_words(&primary));
}
