/* onboarding_again: what failed is submitted again, and no submission is made twice: each may cost a fee. */
#include "app/onboarding_inside.h"

#include "base/mutant.h"
#include "twilio/json.h"

#include <stdio.h>
#include <string.h>

enum { BRAND_DID_NOT_FAIL = 21725 };

const char *turn_brand_target(struct onboarding_turn *t)
{
    return turn_target(t, REGISTRY_BRAND, "", t->p.made[STEP_BRAND].sid);
}

const char *turn_campaign_target(struct onboarding_turn *t)
{
    return turn_target(t, REGISTRY_CAMPAIGN, t->p.made[STEP_SERVICE].sid, t->p.made[STEP_CAMPAIGN].sid);
}

/* ---- begun, and over ---- */

bool turn_went_through(struct onboarding_again *again, const json_t *object, bool failed)
{
    bool changed = !str_equal(twilio_json_text(object, "date_updated"), str_from(again->seen));

    if (again->begun_ms == 0 || (failed && !changed)) return false;
    *again = (struct onboarding_again){.begun_ms = 0};
    return true;
}

/* Stored as begun before a byte may leave. MOVE_WAIT: an earlier one may still take effect. */
static enum onboarding_move begin(struct onboarding_turn *t, enum onboarding_step step, struct onboarding_again *again,
                                  const json_t *object)
{
    int64_t now_ms = turn_now_ms(t), settled_ms = again->begun_ms + t->app->settings->onboarding_settle_ms;

    if (again->begun_ms != 0 && now_ms < settled_ms) {
        t->next_ms = settled_ms;
        t->words = arena_printf(t->a, "It is not known yet whether the %s was submitted again; looked at before another"
                                      " time.", onboarding_step_name(step));
        return MOVE_WAIT;
    }
    again->begun_ms = now_ms;
    if (!twilio_json_copy(object, "date_updated", again->seen, sizeof again->seen)) again->seen[0] = '\0';
    t->words = NULL;
    if (MUTANT(resubmission_forgotten)) again->begun_ms = 0;
    return turn_store(t, ONBOARDING_RUNNING, now_ms, step, NULL, NULL) ? MOVE_ON : MOVE_LOST;
}

/* ---- brands ---- */

enum onboarding_move turn_brand_again(struct onboarding_turn *t, const json_t *brand, bool approved)
{
    struct rest_answer answer;
    struct buf empty;
    bool begun = false;
    enum onboarding_move move;
    enum err code;

    if (!t->pace(t->owner)) return MOVE_LOST;
    move = begin(t, STEP_BRAND, &t->p.brand_sent, brand);
    if (move != MOVE_ON) return move;
    buf_init(&empty, 1);
    code = turn_call(t, TWILIO_MESSAGING, turn_brand_target(t), &empty, &answer);
    rest_answer_free(&answer);
    if (code != ERR_OK) move = turn_failed(t, code, &answer, &begun);
    if (!begun) t->p.brand_sent = (struct onboarding_again){.begun_ms = 0};
    if (code != ERR_OK && answer.error_code != BRAND_DID_NOT_FAIL) return move;
    t->p.brand_mended = false;
    if (code != ERR_OK && approved)
        return turn_mend(t, answer.error_code, "Twilio takes no new submission of a brand that is approved, though who it"
                                               " is could not be verified; ask its support.");
    if (code == ERR_OK) t->p.brand_again++;
    t->p.looks = 0;
    return turn_wait(t, "The brand was submitted again; the registry looks at it.");
}

/* ---- campaigns ---- */

/* No update can carry what was mended. */
static bool wants_another(const struct onboarding_turn *t)
{
    return t->p.campaign_anew || (t->p.campaign_fixed != 0 && t->p.campaign_fixed != onboarding_fixed(&t->subject));
}

enum onboarding_move turn_campaign_again(struct onboarding_turn *t, const json_t *campaign)
{
    enum onboarding_move move;

    if (wants_another(t)) {
        t->p.campaign_leaving = true;
        t->words = NULL;
        if (!turn_store(t, ONBOARDING_RUNNING, turn_now_ms(t), STEP_CAMPAIGN, NULL, NULL)) return MOVE_LOST;
        return turn_campaign_leave(t);
    }
    move = begin(t, STEP_CAMPAIGN, &t->p.campaign_sent, campaign);
    return move == MOVE_ON ? turn_make(t, STEP_CAMPAIGN) : move;
}

/* Repeating it changes nothing: no other is made before it is stored as gone. */
enum onboarding_move turn_campaign_leave(struct onboarding_turn *t)
{
    struct onboarding_made *m = &t->p.made[STEP_CAMPAIGN];
    struct rest_answer answer;
    char sid[SID_BYTES];
    bool begun;
    enum err code;

    if (!t->pace(t->owner)) return MOVE_LOST;
    code = turn_remove(t, TWILIO_MESSAGING, turn_campaign_target(t), &answer);
    if (code != ERR_OK && code != ERR_NOT_FOUND) return turn_failed(t, code, &answer, &begun);
    (void)snprintf(sid, sizeof sid, "%s", m->sid);
    *m = (struct onboarding_made){.mark = MARK_TODO};
    t->p.campaign_leaving = t->p.campaign_anew = t->p.campaign_mended = false;
    t->p.campaign_sent = (struct onboarding_again){.begun_ms = 0};
    t->p.campaign_gone_ms = turn_now_ms(t);
    t->p.campaigns_gone++;
    t->p.campaign_again++;
    t->p.failures = t->p.looks = 0;
    t->words = NULL;
    t->code = 0;
    return turn_store(t, ONBOARDING_RUNNING, t->p.campaign_gone_ms, STEP_CAMPAIGN, "deleted", sid) ? MOVE_ON
                                                                                                   : MOVE_LOST;
}
