/* onboarding_toll_free: the verification of one toll-free number (reference section 13): looked for and submitted as
 * everything is (turn_make), waited for, edited while Twilio lets it be, else removed and submitted anew. Approved: its
 * sender is marked as verified, which is what the gate asks. */
#include "app/onboarding_inside.h"

#include "base/rfc3339.h"
#include "twilio/json.h"

#include <stdio.h>
#include <string.h>

enum { FORM_BYTES = 32 * 1024, REASONS_BYTES = 1500 };

static const char *object_of(struct onboarding_turn *t)
{
    return turn_target(t, REGISTRY_TOLL_FREE, "", t->p.made[STEP_TOLL_FREE].sid);
}

static enum onboarding_move made(struct onboarding_turn *t, const char *sid, const char *outcome)
{
    t->p.made[STEP_TOLL_FREE].told = onboarding_told(&t->subject, STEP_TOLL_FREE);
    t->p.made[STEP_TOLL_FREE_APPROVED].mark = MARK_TODO;
    return turn_done(t, STEP_TOLL_FREE, sid, outcome);
}

static enum err post_edit(struct onboarding_turn *t, struct rest_answer *answer)
{
    struct buf form;
    enum err code;

    buf_init(&form, FORM_BYTES);
    onboarding_form(&t->subject, STEP_TOLL_FREE, true, &form);
    code = turn_call(t, TWILIO_MESSAGING, object_of(t), &form, answer);
    buf_free(&form);
    return code;
}

/* ---- submitting again ---- */

static bool is_editable(const struct onboarding_turn *t, const json_t *v)
{
    int64_t until_ms = 0;

    if (!twilio_json_bool(v, "edit_allowed", false)) return false;
    return rfc3339_parse(twilio_json_text(v, "edit_expiration"), &until_ms) != ERR_OK || turn_now_ms(t) < until_ms;
}

/* What cannot be edited any more is removed; the next step submits another. */
static enum onboarding_move remove_it(struct onboarding_turn *t)
{
    struct onboarding_made *m = &t->p.made[STEP_TOLL_FREE];
    struct rest_answer answer;
    char sid[SID_BYTES];
    bool begun;
    enum err code;

    if (!t->pace(t->owner)) return MOVE_LOST;
    code = turn_remove(t, TWILIO_MESSAGING, object_of(t), &answer);
    if (code != ERR_OK && code != ERR_NOT_FOUND) return turn_failed(t, code, &answer, &begun);
    (void)snprintf(sid, sizeof sid, "%s", m->sid);
    *m = (struct onboarding_made){.mark = MARK_TODO};
    t->words = "It could not be edited any more.";
    t->code = 0;
    return turn_store(t, ONBOARDING_RUNNING, turn_now_ms(t), STEP_TOLL_FREE, "removed", sid) ? MOVE_ON : MOVE_LOST;
}

static enum onboarding_move edit(struct onboarding_turn *t)
{
    struct rest_answer answer;
    bool begun;
    enum err code;

    if (!t->pace(t->owner)) return MOVE_LOST;
    code = post_edit(t, &answer);
    rest_answer_free(&answer);
    if (code == ERR_INVALID && answer.error_code == 30437) return remove_it(t);
    return code == ERR_OK ? made(t, t->p.made[STEP_TOLL_FREE].sid, "edited") : turn_failed(t, code, &answer, &begun);
}

/* Looked at first: an edit whose answer was lost has put it under review again. */
static enum onboarding_move mend(struct onboarding_turn *t)
{
    struct rest_answer answer;
    bool begun, rejected = false, editable = false;
    enum err code = turn_call(t, TWILIO_MESSAGING, object_of(t), NULL, &answer);

    if (code == ERR_OK) {
        rejected = registry_state(REGISTRY_TOLL_FREE, answer.json) == REGISTRY_REFUSED;
        editable = is_editable(t, answer.json);
    }
    rest_answer_free(&answer);
    if (code == ERR_NOT_FOUND) return remove_it(t);
    if (code != ERR_OK) return turn_failed(t, code, &answer, &begun);
    if (!rejected) return made(t, t->p.made[STEP_TOLL_FREE].sid, "under review already");
    return editable ? edit(t) : remove_it(t);
}

enum onboarding_move turn_toll_free(struct onboarding_turn *t)
{
    return t->p.made[STEP_TOLL_FREE].mark == MARK_DONE ? mend(t) : turn_make(t, STEP_TOLL_FREE);
}

/* ---- the review ---- */

static const char *refusal(struct onboarding_turn *t, const json_t *v)
{
    const json_t *reasons = json_object_get(v, "rejection_reasons");
    struct str until = twilio_json_text(v, "edit_expiration");
    struct buf words;
    const char *said;

    buf_init(&words, REASONS_BYTES);
    for (size_t i = 0; i < json_array_size(reasons) && i < 5; i++) {
        if (i > 0) buf_add_text(&words, "; ");
        buf_add(&words, twilio_json_text(json_array_get(reasons, i), "reason"));
    }
    if (words.len == 0) buf_add(&words, twilio_json_text(v, "rejection_reason"));
    if (is_editable(t, v) && until.len > 0)
        buf_addf(&words, " It can be edited, and keeps its place, until " STR_FMT ".", STR_ARG(until));
    else buf_add_text(&words, " It cannot be edited: resubmitted it is removed, and another waits its whole turn.");
    said = buf_check(&words) == ERR_OK ? arena_printf(t->a, "%s", buf_text(&words)) : "Twilio refused it.";
    buf_free(&words);
    return said;
}

static enum onboarding_move judge(struct onboarding_turn *t, const json_t *v)
{
    enum registry_state state = registry_state(REGISTRY_TOLL_FREE, v);

    if (state == REGISTRY_APPROVED) return MOVE_ON;
    if (state == REGISTRY_REFUSED)
        return turn_mend(t, twilio_json_int(v, "error_code", 0), refusal(t, v));
    return turn_wait(t, "Twilio reviews the toll-free verification, which takes three to five working days.");
}

static enum onboarding_move look(struct onboarding_turn *t)
{
    struct rest_answer answer;
    enum onboarding_move move;
    bool begun;
    enum err code = turn_call(t, TWILIO_MESSAGING, object_of(t), NULL, &answer);

    move = code == ERR_OK ? judge(t, answer.json) : MOVE_LOST;
    rest_answer_free(&answer);
    if (code == ERR_OK) return move;
    if (code != ERR_NOT_FOUND) return turn_failed(t, code, &answer, &begun);
    t->p.made[STEP_TOLL_FREE].mark = MARK_TODO;
    return turn_mend(t, 0, "The verification is gone at Twilio; resubmit, and another is made.");
}

enum onboarding_move turn_toll_free_review(struct onboarding_turn *t)
{
    enum onboarding_move move = look(t);

    return move == MOVE_ON ? turn_done(t, STEP_TOLL_FREE_APPROVED, "", "approved") : move;
}

/* ---- what follows ---- */

enum onboarding_move turn_toll_free_apply(struct onboarding_turn *t)
{
    enum err code = turn_put_sender(t, &t->p.numbers[0], 1);

    if (code == ERR_OK) return turn_done(t, STEP_APPLIED, "", "verified");
    return code == ERR_INVALID || code == ERR_NOT_FOUND || code == ERR_CONFLICT ? turn_mend(t, 0, t->words)
                                                                                : MOVE_AGAIN;
}

/* One that was approved may be refused or removed later: then its number sends no more. */
enum onboarding_move turn_toll_free_recheck(struct onboarding_turn *t)
{
    enum onboarding_move move = look(t);

    if (move != MOVE_MEND && move != MOVE_WAIT) return move;
    if (turn_put_sender(t, &t->p.numbers[0], 0) != ERR_OK) return MOVE_AGAIN;
    t->p.made[STEP_TOLL_FREE_APPROVED].mark = t->p.made[STEP_APPLIED].mark = MARK_TODO;
    return move;
}
