/* onboarding_apply: what was approved becomes what the program may do: its limits, its service, its senders. */
#include "app/onboarding_inside.h"

#include "app/numbers.h"
#include "app/orgs.h"
#include "app/senders.h"
#include "store/same.h"

#include <stdio.h>

static enum err put_program(struct onboarding_turn *t, enum registration_state state)
{
    struct program_job *job = arena_alloc(t->a, sizeof *job);
    struct program program;
    struct problem p;
    struct str name = a2p_fact(&t->facts, A2P_BRAND_NAME);
    enum err code = job == NULL ? ERR_FULL : t->r->store->ops->org_get(t->r, t->a, t->g.org, &t->org);

    /* The organization is read before the program: what changes either meanwhile is not undone. */
    if (code == ERR_OK) code = orgs_program_by_id(t->r, t->a, t->g.org, t->g.program, &program);
    if (code != ERR_OK) return code;
    program.registration = state;
    program.brand = t->g.kind;
    program.brand_score = t->p.score;
    program.use_case = onboarding_use_case(&t->subject);
    if (name.len > 0) program.brand_name = name;
    (void)snprintf(program.service_sid, sizeof program.service_sid, "%s", t->p.made[STEP_SERVICE].sid);
    problem_init(&p, t->a);
    code = orgs_put_program(t->app, &program, t->org.rev, job, &p);
    if (code == ERR_OK) code = app_submit_wait(&job->job);
    if (code != ERR_OK)
        t->words = arena_printf(t->a, "%s", p.detail[0] != '\0' ? p.detail : job->change.head.fault.what);
    return code;
}

/* Somebody else was at the number's sender in this moment, so that the next turn must read it again. was: NULL: it had
 * none. */
static bool has_moved(const struct onboarding_turn *t, const struct onboarding_number *n, const struct sender *was)
{
    struct sender now;
    enum err code = t->r->store->ops->sender_by_address(t->r, t->g.org, str_from(n->number), &now);

    return was == NULL ? code == ERR_OK : code == ERR_NOT_FOUND || (code == ERR_OK && !sender_same(was, &now));
}

enum err turn_put_sender(struct onboarding_turn *t, struct onboarding_number *n, int verified)
{
    struct senders_job *job = arena_alloc(t->a, sizeof *job);
    struct sender_request q = {.address = str_from(n->number), .program = t->g.program, .verified = verified,
                               .sid = str_from(n->sid)};
    struct sender *old = arena_alloc(t->a, sizeof *old), *was = arena_alloc(t->a, sizeof *was);
    struct problem p;
    bool known;
    enum err code;

    if (job == NULL || old == NULL || was == NULL) return ERR_FULL;
    problem_init(&p, t->a);
    code = t->r->store->ops->sender_by_address(t->r, t->g.org, str_from(n->number), old);
    known = code == ERR_OK;
    if (code == ERR_NOT_FOUND && n->applied) return ERR_OK;
    if (known) {
        *was = *old;
        if (verified < 0) old->program = t->g.program;
        else old->verified = verified > 0;
        (void)snprintf(old->sid, sizeof old->sid, "%s", n->sid);
        senders_put(t->app, old, was, job);
    } else if (code == ERR_NOT_FOUND)
        code = senders_add(t->app, t->a, &t->org, &q, 1, false, job, &p);
    if (code == ERR_OK) code = app_submit_wait(&job->job);
    if ((code == ERR_CONFLICT || code == ERR_NOT_FOUND) && has_moved(t, n, known ? was : NULL)) code = ERR_UNAVAILABLE;
    if (code == ERR_OK) {
        n->applied = true;
        return numbers_note(t->app, t->r, t->a, t->g.org, t->g.program, str_from(n->number), str_from(n->sid),
                            n->bought);
    }
    t->words = arena_printf(t->a, "%s: %s", n->number, p.count > 0 ? p.errors[0].reason
                                : p.detail[0] != '\0' ? p.detail : job->change.head.fault.what);
    return code;
}

enum onboarding_move turn_apply(struct onboarding_turn *t)
{
    enum err code = ERR_OK;

    for (size_t i = 0; i < t->p.numbers_count && code == ERR_OK; i++) code = turn_put_sender(t, &t->p.numbers[i], -1);
    if (code == ERR_CONFLICT) return turn_mend(t, 0, t->words);
    if (code == ERR_OK) code = put_program(t, REGISTRATION_APPROVED); /* in conflict: with an edit of this moment */
    if (code == ERR_OK) return turn_done(t, STEP_APPLIED, "", "approved");
    return code == ERR_INVALID || code == ERR_NOT_FOUND ? turn_mend(t, 0, t->words) : MOVE_AGAIN;
}

enum onboarding_move turn_suspend(struct onboarding_turn *t, const char *words)
{
    if (put_program(t, REGISTRATION_SUSPENDED) != ERR_OK) return MOVE_AGAIN;
    return turn_mend(t, 30990, words);
}
