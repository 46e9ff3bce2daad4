/* verifier_turn: one job at Twilio: the organization's service, then what is asked of it, then what became of it in the
 * store. On a worker; contract in verifier.h. */
#include "app/verifier.h"

#include "app/lookups.h"
#include "base/log.h"
#include "twilio/verify.h"

#include <stdio.h>
#include <string.h>

struct turn {
    struct app *app;
    struct rest *rest;
    struct verify_job *j;
    struct twilio_account account;
};

static int64_t now_ms(const struct turn *t)
{
    return clock_wall_ms(t->app->clock);
}

static struct str service_of(const struct turn *t)
{
    return str_from(t->j->service.sid);
}

/* ---- the organization's service ---- */

static enum err service_put(struct turn *t, const char *sid, int64_t began_ms)
{
    struct change_verify_service c = {.head = {.kind = CHANGE_VERIFY_SERVICE}, .service = t->j->service};
    enum err code;
    (void)snprintf(c.service.sid, sizeof c.service.sid, "%s", sid);
    c.service.began_ms = began_ms;
    c.service.created_ms = sid[0] == '\0' ? 0 : now_ms(t);
    code = store_change_wait(t->app->queue, &c.head);
    if (code == ERR_OK) t->j->service = c.service;
    else if (code != ERR_CONFLICT) t->j->fault = c.head.fault;
    return code;
}

/* Two organizations of one account and one name: what is another's already is passed by. */
static enum err take_service(void *user, const struct twilio_verify_service *s, struct fault *f)
{
    struct turn *t = user;
    enum err code;
    if (t->j->service.sid[0] != '\0' || !str_equal(s->friendly_name, str_from(t->j->service.name))) return ERR_OK;
    code = service_put(t, s->sid, 0);
    return code == ERR_OK || code == ERR_CONFLICT ? ERR_OK : fault_set(f, code, "the service cannot be stored");
}

static enum err service_make(struct turn *t)
{
    struct verify_job *j = t->j;
    char sid[TWILIO_SID_BYTES] = "";
    enum provider_class class = PROVIDER_CLASS_UNSENT;
    enum err code = service_put(t, "", now_ms(t));
    if (code != ERR_OK) return code;
    code = verify_service_create(t->rest, &t->account, str_from(j->service.name),
                                 (unsigned)t->app->settings->verify_code_length, sid, &class, &j->fault);
    if (code == ERR_OK) return service_put(t, sid, 0);
    /* What surely was not made need not be waited for. */
    if (class != PROVIDER_CLASS_IN_DOUBT && service_put(t, "", 0) != ERR_OK) return ERR_UNAVAILABLE;
    return code;
}

/* Looked for before it is made; one that may have been made just now is given time to appear. */
static enum err service_find(struct turn *t)
{
    struct verify_job *j = t->j;
    int64_t settled_ms;
    enum err code;
    if (strcmp(j->service.account, t->account.account_sid) != 0) j->service = (struct verify_service_record){0};
    if (j->service.sid[0] != '\0') return ERR_OK;
    j->service.org = j->org.id;
    (void)snprintf(j->service.account, sizeof j->service.account, "%s", t->account.account_sid);
    verification_service_name(j->org.name, j->service.name);
    code = verify_services_list(t->rest, &t->account, take_service, t, &j->fault);
    if (code != ERR_OK || j->service.sid[0] != '\0') return code;
    settled_ms = j->service.began_ms + t->app->settings->onboarding_settle_ms;
    if (j->service.began_ms != 0 && settled_ms > now_ms(t))
        return fault_set(&j->fault, ERR_UNAVAILABLE, "whether its Verify service was made is not known yet; try again"
                                                     " in a minute");
    return service_make(t);
}

/* The job had its one request: another takes a turn of the service's. */
static enum err once_more(struct turn *t)
{
    if (verifier_pace(t->app->verifier, t->j->org.id)) return ERR_OK;
    return fault_set(&t->j->fault, ERR_UNAVAILABLE, "the server is stopping; ask again");
}

/* ---- what becomes of a verification ---- */

static void became(struct turn *t, enum verification_state state)
{
    struct verification_record *v = &t->j->after.v;
    v->state = state;
    v->asked_ms = 0;
    t->j->settled = true;
    if (state != VERIFICATION_FAILED && state != VERIFICATION_SPENT) v->code = 0;
}

static void found_out(struct turn *t, const struct twilio_verification *found)
{
    struct verification_record *v = &t->j->after.v;
    memcpy(v->sid, found->sid, sizeof v->sid);
    v->sends = (uint8_t)(found->sends > 0 && found->sends < UINT8_MAX ? found->sends : v->sends + 1u);
    became(t, VERIFICATION_PENDING);
}

/* A request to send that nobody heard back from: is its code out? ERR_NOT_FOUND: no. Of a code that is sent once more,
 * Twilio's count of them tells. */
static enum err look_for_it(struct turn *t)
{
    const struct verification_record *v = &t->j->before.v;
    struct twilio_verification found;
    enum err code = verify_find(t->rest, &t->account, service_of(t), v->number, &found, &t->j->fault);
    if (code == ERR_OK && v->sid[0] != '\0' && found.sends <= v->sends) return ERR_NOT_FOUND;
    if (code == ERR_OK) found_out(t, &found);
    return code;
}

static bool is_answer(enum err code)
{
    return code != ERR_UNAVAILABLE && code != ERR_TIMEOUT && code != ERR_CANCELED;
}

static void refused(struct turn *t, enum err code)
{
    struct verify_job *j = t->j;
    struct verification_record *v = &j->after.v;
    if (j->twilio_code == VERIFY_TOO_MANY_SENDS || j->twilio_code == VERIFY_TOO_MANY_CHECKS)
        j->wait_ms = v->expires_ms - now_ms(t);
    else if (code == ERR_LIMIT) j->wait_ms = 1000;
    if (!is_answer(code)) return; /* not known: stays as it is, and is looked for next time */
    v->code = j->twilio_code;
    v->asked_ms = 0;
    j->settled = true;
    if (v->state == VERIFICATION_STARTING) v->state = VERIFICATION_FAILED;
    if (j->twilio_code == VERIFY_TOO_MANY_CHECKS && verification_may_move(v->state, VERIFICATION_SPENT))
        v->state = VERIFICATION_SPENT;
}

static enum err start(struct turn *t)
{
    struct verify_job *j = t->j;
    const struct verification_record *v = &j->before.v;
    struct verify_start ask = {.to = v->number, .channel = str_from(verification_channel_name(v->channel)),
                               .locale = str_from(v->locale)};
    struct twilio_verification made;
    enum err code;
    if (j->after.v.asked_ms != 0) {
        j->after.v = *v;
        code = look_for_it(t);
        if (code == ERR_NOT_FOUND) code = once_more(t);
        if (code != ERR_OK || j->settled) return code;
    }
    j->after.v = *v;
    code = verify_start(t->rest, &t->account, service_of(t), &ask, &made, &j->twilio_code, &j->fault);
    if (code == ERR_OK) found_out(t, &made);
    else refused(t, code);
    if (code == ERR_NOT_FOUND) (void)service_put(t, "", 0); /* somebody removed the service: made anew next time */
    return code == ERR_NOT_FOUND ? ERR_UNAVAILABLE : code;
}

/* The code's SID is known, or can be found. */
static enum err be_known(struct turn *t)
{
    enum err code;
    if (t->j->after.v.sid[0] != '\0') return ERR_OK;
    code = look_for_it(t);
    if (code == ERR_NOT_FOUND)
        return fault_set(&t->j->fault, ERR_CONFLICT, "no code was sent to this number; start the verification again");
    return code == ERR_OK ? once_more(t) : code;
}

static enum err check(struct turn *t)
{
    struct verify_job *j = t->j;
    struct verification_record *v = &j->after.v;
    struct twilio_verification said;
    enum err code;
    j->after.v = j->before.v;
    code = be_known(t);
    if (code != ERR_OK) return code;
    code = verify_check(t->rest, &t->account, service_of(t), str_from(v->sid), str_from(j->code), &said,
                        &j->twilio_code, &j->fault);
    explicit_bzero(j->code, sizeof j->code);
    if (code == ERR_NOT_FOUND) {
        became(t, VERIFICATION_EXPIRED);
        return fault_set(&j->fault, ERR_CONFLICT, "the verification is over; start another one");
    }
    if (code != ERR_OK) {
        refused(t, code);
        return code;
    }
    j->valid = verification_state_parse(str_from(said.status)) == VERIFICATION_APPROVED;
    if (j->valid) became(t, VERIFICATION_APPROVED);
    else if (v->checks >= VERIFICATION_CHECKS_MAX) {
        v->code = VERIFY_TOO_MANY_CHECKS;
        became(t, VERIFICATION_SPENT);
    }
    return ERR_OK;
}

static enum err cancel(struct turn *t)
{
    struct verify_job *j = t->j;
    struct twilio_verification said;
    enum err code;
    j->after.v = j->before.v;
    code = be_known(t);
    if (code == ERR_OK)
        code = verify_cancel(t->rest, &t->account, service_of(t), str_from(j->after.v.sid), &said, &j->fault);
    /* What never went out, or is over there, cannot be checked any more. */
    if (code == ERR_NOT_FOUND || code == ERR_CONFLICT) code = ERR_OK;
    if (code == ERR_OK) became(t, VERIFICATION_CANCELED);
    return code;
}

/* Twilio was not asked: what was taken stays taken, but nothing is out. What was in doubt before still is. */
static void not_asked(struct turn *t)
{
    struct verify_job *j = t->j;
    bool doubt = j->task != VERIFY_TASK_START || j->after.v.asked_ms != 0;
    j->after.v = j->before.v;
    if (doubt || j->task == VERIFY_TASK_SERVICE) return;
    became(t, j->after.v.state == VERIFICATION_STARTING ? VERIFICATION_FAILED : j->after.v.state);
}

/* ---- the turn ---- */

static void store_after(struct turn *t)
{
    struct verify_job *j = t->j;
    struct change_verification *c = &j->after;
    enum err code;
    c->head = (struct change){.kind = CHANGE_VERIFICATION, .idem = j->result == ERR_OK ? j->idem : NULL};
    c->now_ms = c->v.updated_ms = now_ms(t);
    code = store_change_wait(t->app->queue, &c->head);
    /* The same key was answered meanwhile: what happened now is kept all the same. */
    if (code == ERR_OK && c->head.idem != NULL && c->head.idem->replayed) {
        c->head = (struct change){.kind = CHANGE_VERIFICATION};
        code = store_change_wait(t->app->queue, &c->head);
    }
    if (code == ERR_OK || j->result != ERR_OK) return;
    j->result = code == ERR_CONFLICT ? ERR_CONFLICT : ERR_UNAVAILABLE;
    j->fault = c->head.fault;
}

static void tell(const struct turn *t)
{
    const struct verify_job *j = t->j;
    log_event(j->result == ERR_OK ? LOG_INFO : LOG_WARN, "verification", log_int("org", j->org.id),
              log_e164("number", j->before.v.number), log_int("task", j->task),
              log_text("state", verification_state_name(j->after.v.state)), log_int("code", j->twilio_code),
              log_text("result", err_name(j->result)));
}

void verifier_turn(struct app *app, struct rest *rest, struct arena *scratch, struct verify_job *j)
{
    struct turn t = {.app = app, .rest = rest, .j = j};
    j->result = lookups_account(app, scratch, &j->org, &t.account, &j->fault);
    if (j->result == ERR_OK) j->result = service_find(&t);
    if (j->result != ERR_OK) not_asked(&t);
    else if (j->task == VERIFY_TASK_START) j->result = start(&t);
    else if (j->task == VERIFY_TASK_CHECK) j->result = check(&t);
    else if (j->task == VERIFY_TASK_CANCEL) j->result = cancel(&t);
    twilio_account_wipe(&t.account);
    if (j->settled) store_after(&t);
    if (j->task != VERIFY_TASK_SERVICE) tell(&t);
}

enum { SWEEP = 64 };

void verifier_sweep(struct app *app, struct store_reader *r)
{
    struct verification_record over[SWEEP];
    int64_t at_ms = clock_wall_ms(app->clock);
    size_t count = SWEEP;
    if (r->store->ops->verifications_over(r, at_ms, over, &count) != ERR_OK) return;
    for (size_t i = 0; i < count; i++) {
        struct change_verification c = {.head = {.kind = CHANGE_VERIFICATION}, .v = over[i], .now_ms = at_ms};
        if (verifier_is_claimed(app->verifier, over[i].org, over[i].number)) continue; /* its code may be right */
        c.v.state = VERIFICATION_EXPIRED;
        c.v.asked_ms = 0;
        c.v.updated_ms = at_ms;
        (void)!store_change_wait(app->queue, &c.head); /* changed meanwhile: over already, or next time */
    }
}
