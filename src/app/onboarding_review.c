/* onboarding_review: what others decide: evaluations at once; profiles, brands and campaigns after a look by people. */
#include "app/onboarding_inside.h"

#include "twilio/form.h"
#include "twilio/json.h"

#include <stdio.h>
#include <string.h>

enum { FORM_BYTES = 1024, WORDS_BYTES = 2048 };

static enum registry_kind kind_of(enum onboarding_step bundle)
{
    return bundle == STEP_PROFILE ? REGISTRY_PROFILE : REGISTRY_PRODUCT;
}

static const char *bundle_target(struct onboarding_turn *t, enum onboarding_step bundle)
{
    return turn_target(t, kind_of(bundle), "", t->p.made[bundle].sid);
}

static enum onboarding_step bundle_of(enum onboarding_step step)
{
    return step == STEP_PROFILE_EVALUATED || step == STEP_PROFILE_SUBMITTED ? STEP_PROFILE : STEP_TRUST;
}

/* ---- evaluations ---- */

static void add_invalid(const json_t *result, struct buf *words, int32_t *code)
{
    const json_t *invalid = json_object_get(result, "invalid");

    for (size_t i = 0; i < json_array_size(invalid); i++) {
        const json_t *one = json_array_get(invalid, i);
        if (*code == 0) *code = twilio_json_int(one, "error_code", 0);
        if (words->len > 0) buf_add_text(words, "; ");
        buf_add(words, twilio_json_text(one, "object_field"));
        buf_add_text(words, ": ");
        buf_add(words, twilio_json_text(one, "failure_reason"));
    }
}

/* What an evaluation found lacking, in one line. */
static const char *lacking(struct onboarding_turn *t, const json_t *evaluation, int32_t *code)
{
    const json_t *results = json_object_get(evaluation, "results");
    struct buf words;
    const char *said;

    buf_init(&words, WORDS_BYTES);
    for (size_t i = 0; i < json_array_size(results); i++) {
        const json_t *one = json_array_get(results, i);
        if (json_is_true(json_object_get(one, "passed"))) continue;
        if (*code == 0) *code = twilio_json_int(one, "error_code", 0);
        add_invalid(one, &words, code);
        if (words.len == 0) buf_add(&words, twilio_json_text(one, "failure_reason"));
    }
    said = arena_printf(t->a, "Twilio finds the facts incomplete: %s", words.len > 0 ? buf_text(&words)
                        : "see its console");
    buf_free(&words);
    return said;
}

enum onboarding_move turn_evaluate(struct onboarding_turn *t, enum onboarding_step step)
{
    enum onboarding_step bundle = bundle_of(step);
    struct rest_answer answer;
    struct buf form, target;
    int32_t reason = 0;
    bool begun;
    enum err code;

    buf_init(&form, FORM_BYTES);
    buf_init(&target, FORM_BYTES);
    onboarding_form(&t->subject, step, false, &form);
    registry_evaluations_add(&target, kind_of(bundle), t->p.made[bundle].sid);
    code = turn_call(t, TWILIO_TRUSTHUB, buf_text(&target), &form, &answer);
    buf_free(&target);
    buf_free(&form);
    if (code == ERR_OK && !str_equal(twilio_json_text(answer.json, "status"), STR("compliant"))) {
        const char *words = lacking(t, answer.json, &reason);
        rest_answer_free(&answer);
        return turn_mend(t, reason, words);
    }
    rest_answer_free(&answer);
    return code == ERR_OK ? turn_done(t, step, "", "compliant") : turn_failed(t, code, &answer, &begun);
}

/* ---- bundles ---- */

enum onboarding_move turn_submit(struct onboarding_turn *t, enum onboarding_step step)
{
    const char *target = bundle_target(t, bundle_of(step));
    enum registry_state state;
    struct rest_answer answer;
    struct buf form;
    bool begun;
    enum err code = turn_call(t, TWILIO_TRUSTHUB, target, NULL, &answer);

    if (code != ERR_OK) {
        rest_answer_free(&answer);
        return turn_failed(t, code, &answer, &begun);
    }
    state = registry_state(kind_of(bundle_of(step)), answer.json);
    rest_answer_free(&answer);
    if (state != REGISTRY_DRAFT && state != REGISTRY_REFUSED) return turn_done(t, step, "", "under review already");
    buf_init(&form, FORM_BYTES);
    registry_submission_add(&form);
    code = turn_call(t, TWILIO_TRUSTHUB, target, &form, &answer);
    buf_free(&form);
    rest_answer_free(&answer);
    return code == ERR_OK ? turn_done(t, step, "", "submitted") : turn_failed(t, code, &answer, &begun);
}

/* The first of an object's errors, or what it says else. */
static enum onboarding_move refused(struct onboarding_turn *t, const json_t *object, const char *what)
{
    const json_t *first = json_array_get(json_object_get(object, "errors"), 0);
    int32_t code = twilio_json_int(first, "error_code", twilio_json_int(first, "code", 0));
    struct str said = twilio_json_text(first, "description");

    if (said.len == 0) said = twilio_json_text(first, "message");
    if (said.len == 0) said = twilio_json_text(object, "failure_reason");
    return turn_mend(t, code, arena_printf(t->a, "%s was refused: " STR_FMT, what,
                                           STR_ARG(said.len > 0 ? said : STR("Twilio gives no reason"))));
}

/* MOVE_ON: not refused. */
static enum onboarding_move bundle_stands(struct onboarding_turn *t, enum onboarding_step bundle, const char *what)
{
    struct rest_answer answer;
    bool begun;
    enum err code = turn_call(t, TWILIO_TRUSTHUB, bundle_target(t, bundle), NULL, &answer);
    enum onboarding_move move = MOVE_ON;

    if (code != ERR_OK) move = turn_failed(t, code, &answer, &begun);
    else if (registry_state(kind_of(bundle), answer.json) == REGISTRY_REFUSED) {
        /* to be submitted once more when it was mended */
        t->p.made[bundle == STEP_PROFILE ? STEP_PROFILE_EVALUATED : STEP_TRUST_EVALUATED].mark = MARK_TODO;
        t->p.made[bundle == STEP_PROFILE ? STEP_PROFILE_SUBMITTED : STEP_TRUST_SUBMITTED].mark = MARK_TODO;
        move = refused(t, answer.json, what);
    }
    rest_answer_free(&answer);
    return move;
}

/* ---- the brand ---- */

static void take_brand(struct onboarding_turn *t, const json_t *brand)
{
    t->p.score = twilio_json_int(brand, "brand_score", -1);
    if (!twilio_json_copy(brand, "identity_status", t->p.identity, sizeof t->p.identity)) t->p.identity[0] = '\0';
}

/* Of public companies the registry wants their contact to open a link that it mails. */
static bool is_mailed(const struct onboarding_turn *t)
{
    return t->g.kind != BRAND_SOLE_PROPRIETOR && a2p_is_public(&t->facts);
}

/* Text or mail, asked for once for each wish, whatever comes of it: nobody is bothered again and again. */
static enum onboarding_move send_passcode(struct onboarding_turn *t)
{
    const char *what = is_mailed(t) ? "The link was mailed again; the brand's contact must open it."
                                    : "The passcode was texted again; the sole proprietor must answer YES.";
    struct rest_answer answer;
    struct buf empty, target;
    bool begun;
    enum err code;

    t->p.otp_wanted = false;
    t->p.looks = 0;
    if (!turn_store(t, ONBOARDING_WAITING, turn_now_ms(t), STEP_BRAND_APPROVED, NULL, NULL)) return MOVE_LOST;
    buf_init(&empty, 1);
    buf_init(&target, FORM_BYTES);
    if (is_mailed(t)) buf_add_text(&target, turn_brand_target(t));
    else registry_passcode_add(&target, t->p.made[STEP_BRAND].sid);
    code = turn_call(t, TWILIO_MESSAGING, buf_text(&target), &empty, &answer);
    buf_free(&target);
    rest_answer_free(&answer);
    if (code != ERR_OK && turn_failed(t, code, &answer, &begun) == MOVE_LOST) return MOVE_LOST;
    return turn_wait(t, code == ERR_OK ? what : arena_printf(t->a, "It was not sent again: %s", t->words));
}

static enum onboarding_move judge_approved(struct onboarding_turn *t)
{
    bool verified = registry_is_verified(str_from(t->p.identity));

    if (verified) t->p.brand_mended = false;
    if (verified) return turn_done(t, STEP_BRAND_APPROVED, t->p.made[STEP_BRAND].sid, "approved");
    if (t->g.kind == BRAND_SOLE_PROPRIETOR && t->p.otp_wanted) return send_passcode(t);
    if (t->g.kind == BRAND_SOLE_PROPRIETOR)
        return turn_wait(t, "The registry texted a passcode to the mobile number of the sole proprietor, who must answer"
                            " YES within 24 hours; sterling register passcode sends it again.");
    if (t->p.identity[0] == '\0') return turn_wait(t, "The brand is approved; its identity is being verified.");
    return turn_mend(t, 30991, "The brand is approved, but the registry could not verify who it is, and campaigns of such"
                               " brands are refused. Mend legal name, number and address so that they are as the tax"
                               " office has them, then resubmit.");
}

static enum onboarding_move judge_brand(struct onboarding_turn *t, const json_t *brand)
{
    enum registry_state state = registry_state(REGISTRY_BRAND, brand);
    enum onboarding_move move;
    bool failed = state == REGISTRY_REFUSED, unverified;

    take_brand(t, brand);
    unverified = state == REGISTRY_APPROVED && strcmp(t->p.identity, "UNVERIFIED") == 0;
    if (turn_went_through(&t->p.brand_sent, brand, failed || unverified)) {
        t->p.brand_again++;
        t->p.brand_mended = false;
    }
    if (unverified && t->p.brand_mended) return turn_brand_again(t, brand, true);
    if (state == REGISTRY_APPROVED) return judge_approved(t);
    if (failed && t->p.brand_mended) return turn_brand_again(t, brand, false);
    if (!failed && state != REGISTRY_REVIEW)
        return turn_mend(t, 0, arena_printf(t->a, "The brand is " STR_FMT " at the registry; ask Twilio's support.",
                                            STR_ARG(registry_state_word(REGISTRY_BRAND, brand))));
    move = bundle_stands(t, STEP_PROFILE, "The customer profile");
    if (move == MOVE_ON) move = bundle_stands(t, STEP_TRUST, "The messaging profile");
    if (move != MOVE_ON) return move;
    if (failed) return refused(t, brand, "The brand");
    t->p.brand_mended = false; /* it is under way */
    if (is_mailed(t) && t->p.otp_wanted) return send_passcode(t);
    if (is_mailed(t))
        return turn_wait(t, arena_printf(t->a, "The registry looks at the brand, and mails a link to " STR_FMT ", the"
                                               " contact of the public company, who must open it; sterling register"
                                               " passcode has it mailed again.",
                                         STR_ARG(a2p_fact(&t->facts, A2P_BRAND_CONTACT_EMAIL))));
    return turn_wait(t, "The registry looks at the brand; that takes minutes as a rule, days at most.");
}

enum onboarding_move turn_brand_review(struct onboarding_turn *t)
{
    struct rest_answer answer;
    bool begun;
    enum err code = turn_call(t, TWILIO_MESSAGING, turn_brand_target(t), NULL, &answer);
    enum onboarding_move move = code == ERR_OK ? judge_brand(t, answer.json) : turn_failed(t, code, &answer, &begun);

    rest_answer_free(&answer);
    return move;
}

/* ---- the vetting of a political organization ---- */

enum onboarding_move turn_vetting_review(struct onboarding_turn *t)
{
    const char *sid = t->p.made[STEP_VETTING].sid;
    const char *target = turn_target(t, REGISTRY_VETTING, t->p.made[STEP_BRAND].sid, sid);
    enum registry_state state;
    struct rest_answer answer;
    bool begun;
    enum err code = turn_call(t, TWILIO_MESSAGING, target, NULL, &answer);
    enum onboarding_move move;

    if (code != ERR_OK) {
        rest_answer_free(&answer);
        return turn_failed(t, code, &answer, &begun);
    }
    state = registry_state(REGISTRY_VETTING, answer.json);
    rest_answer_free(&answer);
    if (state == REGISTRY_APPROVED)
        move = turn_done(t, STEP_VETTED, sid, "approved");
    else if (state == REGISTRY_REFUSED) {
        (void)snprintf(t->p.vetting_before, sizeof t->p.vetting_before, "%s", sid);
        t->p.made[STEP_VETTING].mark = MARK_TODO; /* once more when it was mended */
        move = turn_mend(t, 0, "Campaign Verify's token was not accepted: it is another brand's, was used up or has"
                               " expired. Order another there, put it into campaign_verify_token, then resubmit.");
    } else move = turn_wait(t, "The registry checks the Campaign Verify token; that takes minutes as a rule.");
    return move;
}

/* ---- the campaign ---- */

static enum onboarding_move judge_campaign(struct onboarding_turn *t, const json_t *campaign)
{
    enum registry_state state = registry_state(REGISTRY_CAMPAIGN, campaign);

    if (state == REGISTRY_APPROVED)
        return turn_done(t, STEP_CAMPAIGN_APPROVED, t->p.made[STEP_CAMPAIGN].sid, "approved");
    if (state == REGISTRY_REFUSED) return refused(t, campaign, "The campaign");
    if (state != REGISTRY_REVIEW)
        return turn_mend(t, 30990, arena_printf(t->a, "The campaign is " STR_FMT "; ask Twilio's support.",
                                                STR_ARG(registry_state_word(REGISTRY_CAMPAIGN, campaign))));
    return turn_wait(t, "The campaign is being reviewed; that takes days as a rule, weeks at most.");
}

enum onboarding_move turn_campaign_review(struct onboarding_turn *t)
{
    struct rest_answer answer;
    bool begun, failed, mended = t->p.campaign_mended || turn_is_stale(t, STEP_CAMPAIGN);
    enum onboarding_move move;
    enum err code;

    if (t->p.campaign_leaving) return turn_campaign_leave(t);
    code = turn_call(t, TWILIO_MESSAGING, turn_campaign_target(t), NULL, &answer);
    failed = code == ERR_OK && registry_state(REGISTRY_CAMPAIGN, answer.json) == REGISTRY_REFUSED;
    if (code == ERR_OK && turn_went_through(&t->p.campaign_sent, answer.json, failed)) {
        t->p.campaign_again++;
        mended = false;
    }
    if (code == ERR_OK && (!failed || !mended)) {
        t->p.campaign_mended = false;
        t->p.made[STEP_CAMPAIGN].told = onboarding_told(&t->subject, STEP_CAMPAIGN);
    }
    if (mended && failed) move = turn_campaign_again(t, answer.json);
    else move = code == ERR_OK ? judge_campaign(t, answer.json) : turn_failed(t, code, &answer, &begun);
    rest_answer_free(&answer);
    return move;
}

/* ---- afterwards ---- */

enum onboarding_move turn_recheck(struct onboarding_turn *t)
{
    struct rest_answer answer;
    int32_t score = t->p.score;
    bool begun, suspended;
    enum err code = turn_call(t, TWILIO_MESSAGING, turn_brand_target(t), NULL, &answer);

    if (code == ERR_OK) {
        take_brand(t, answer.json);
        suspended = registry_state(REGISTRY_BRAND, answer.json) != REGISTRY_APPROVED;
        rest_answer_free(&answer);
        if (suspended)
            return turn_suspend(t, "The registry no longer has the brand as approved; ask Twilio's support.");
        code = turn_call(t, TWILIO_MESSAGING, turn_campaign_target(t), NULL, &answer);
    }
    if (code != ERR_OK) {
        rest_answer_free(&answer);
        return turn_failed(t, code, &answer, &begun);
    }
    suspended = registry_state(REGISTRY_CAMPAIGN, answer.json) != REGISTRY_APPROVED;
    rest_answer_free(&answer);
    if (suspended)
        return turn_suspend(t, "The campaign is no longer approved; carriers drop its texts. Ask Twilio's support.");
    if (score != t->p.score) t->p.made[STEP_APPLIED].mark = MARK_TODO;
    return MOVE_ON;
}
