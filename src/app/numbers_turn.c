/*
 * numbers_turn: a number is looked for, bought, set up, given back. Contract in numbers_inside.h.
 *
 * A purchase is stored as begun before it is asked for, and names our row (FriendlyName): so whoever comes after a
 * death finds it at Twilio instead of buying another. What may have been bought is looked for until
 * onboarding.settle_ms is over.
 */
#include "app/numbers_inside.h"

#include "app/org_account.h"
#include "app/orgs.h"
#include "app/pump.h"
#include "base/backoff.h"
#include "base/mutant.h"
#include "twilio/services.h"

#include <stdio.h>
#include <string.h>

enum { OFFERS = 5, AGAIN_FIRST_MS = 2000, AGAIN_MAX_MS = 900000, PUT_OFF_MS = 600000, TAKEN_TIMES_MAX = 5 };

int64_t numbers_turn_now_ms(const struct numbers_turn *t)
{
    return clock_wall_ms(t->app->clock);
}

/* "sterling num_…", the FriendlyName by which a purchase is found again. */
static void marker_of(const struct app *app, uint64_t id, char out[NUMBERS_MARKER_BYTES])
{
    char text[PUBLIC_ID_BYTES];

    public_id_format(app->ids, PUBLIC_NUMBER, id, text);
    (void)snprintf(out, NUMBERS_MARKER_BYTES, "sterling %s", text);
}

enum err numbers_turn_open(struct numbers_turn *t, org_id org)
{
    enum err code = t->r->store->ops->org_get(t->r, t->a, org, &t->org);

    if (code != ERR_OK) return fault_set(&t->f, code, "the organization cannot be read");
    if (t->org.state != ORG_ACTIVE) return fault_set(&t->f, ERR_CONFLICT, "the organization is not active");
    (void)snprintf(t->inbound, sizeof t->inbound, "%s/twilio/%s/inbound", t->app->settings->public_url,
                   t->org.hook_path);
    (void)snprintf(t->fallback, sizeof t->fallback, "%s/twilio/%s/fallback", t->app->settings->public_url,
                   t->org.hook_path);
    return org_account_open(t->app->sealer, t->app->settings, t->a, &t->org, &t->account, &t->f);
}

void numbers_turn_close(struct numbers_turn *t)
{
    twilio_account_wipe(&t->account);
}

/* ---- storing ---- */

enum step { STEP_ON, STEP_END, STEP_UNSTORED };

static bool looks_the_same(struct numbers_turn *t, const struct owned_number *n)
{
    struct owned_number was;

    return n->id != 0 && t->r->store->ops->owned_get(t->r, t->a, n->org, n->id, &was) == ERR_OK &&
           was.state == n->state && was.program == n->program && was.code == n->code && was.since_ms == n->since_ms &&
           was.until_ms == n->until_ms && strcmp(was.number, n->number) == 0 && strcmp(was.sid, n->sid) == 0 &&
           str_equal(was.why, n->why);
}

enum err numbers_turn_store(struct numbers_turn *t, struct owned_number *n, struct sender *sender,
                            const struct sender *was)
{
    struct change_owned change = {.head = {.kind = CHANGE_OWNED}, .org = n->org, .rows = n, .count = 1,
                                  .sender = sender, .sender_was = was, .quiet = looks_the_same(t, n)};
    enum err code;

    n->updated_ms = numbers_turn_now_ms(t);
    code = store_change_wait(t->app->queue, &change.head);
    if (sender != NULL && code == ERR_CONFLICT) t->f = change.head.fault;
    return code;
}

static bool is_settled(enum err code)
{
    return code == ERR_OK || code == ERR_CONFLICT || code == ERR_NOT_FOUND; /* somebody was quicker */
}

static enum step put_with(struct numbers_turn *t, struct owned_number *n, struct sender *sender,
                          const struct sender *was)
{
    enum err code = numbers_turn_store(t, n, sender, was);

    if (code == ERR_OK) return STEP_ON;
    return is_settled(code) ? STEP_END : STEP_UNSTORED;
}

bool numbers_turn_put_off(struct numbers_turn *t, struct owned_number *n)
{
    n->why = str_from(t->f.what);
    n->next_ms = numbers_turn_now_ms(t) + PUT_OFF_MS;
    return is_settled(numbers_turn_store(t, n, NULL, NULL));
}

static enum step put(struct numbers_turn *t, struct owned_number *n, enum owned_state state, int64_t next_ms)
{
    n->state = state;
    n->next_ms = next_ms;
    return put_with(t, n, NULL, NULL);
}

static enum step ended(enum step s)
{
    return s == STEP_UNSTORED ? s : STEP_END;
}

static enum step wait_until(struct numbers_turn *t, struct owned_number *n, enum owned_state state, int64_t next_ms,
                            const char *why)
{
    n->why = str_from(why);
    return ended(put(t, n, state, next_ms));
}

/* The world is broken: later, in growing pauses. */
static enum step again(struct numbers_turn *t, struct owned_number *n, enum owned_state state)
{
    n->failures++;
    return wait_until(t, n, state, numbers_turn_now_ms(t) + backoff_ms(AGAIN_FIRST_MS, AGAIN_MAX_MS, n->failures),
                      t->f.what);
}

static enum step failed(struct numbers_turn *t, struct owned_number *n, int code, const char *why)
{
    n->code = code;
    n->why = str_from(why);
    return ended(put(t, n, OWNED_FAILED, 0));
}

/* ---- buying ---- */

struct offers {
    char numbers[OFFERS][20];
    size_t count;
};

static enum err take_offer(void *user, const struct number_offer *o, struct fault *f)
{
    struct offers *all = user;

    (void)f;
    if (all->count < OFFERS && str_copy(str_from(o->phone_number), all->numbers[all->count], 20) == ERR_OK)
        all->count++;
    return ERR_OK;
}

static enum step took(struct numbers_turn *t, struct owned_number *n, const struct number_found *found)
{
    struct owned_number other;

    if (t->r->store->ops->owned_by_number(t->r, t->a, n->org, str_from(found->phone_number), &other) == ERR_OK &&
        other.id != n->id)
        return failed(t, n, 0, "What was bought is among the organization's numbers already: somebody adopted it.");
    memcpy(n->sid, found->sid, sizeof n->sid);
    if (str_copy(str_from(found->phone_number), n->number, sizeof n->number) != ERR_OK)
        return failed(t, n, 0, "Twilio named a number that is too long to be one.");
    n->bought = true;
    n->since_ms = numbers_turn_now_ms(t);
    n->failures = 0;
    n->code = 0;
    n->why = (struct str){NULL, 0};
    return put(t, n, OWNED_SETTING_UP, n->since_ms);
}

/* What is offered. STEP_END: there is nothing to buy, which is stored. */
static enum step find_offers(struct numbers_turn *t, struct owned_number *n, const struct number_wish *w,
                             struct offers *out)
{
    int twilio = 0;
    enum err code;

    if (w->number.len > 0) {
        if (str_copy(w->number, out->numbers[0], sizeof out->numbers[0]) == ERR_OK) out->count = 1;
        return STEP_ON;
    }
    if (!t->pace(t->owner)) return STEP_END;
    code = numbers_search(t->rest, &t->account, &w->search, take_offer, out, &twilio, &t->f);
    if (code != ERR_OK) return rest_refused(code) ? failed(t, n, twilio, t->f.what) : again(t, n, OWNED_WANTED);
    if (out->count > 0) return STEP_ON;
    return failed(t, n, NUMBER_NONE_THERE, "Twilio has no such number now; ask for another area code, or for less.");
}

static enum step not_bought(struct numbers_turn *t, struct owned_number *n, enum err code,
                            const struct rest_answer *answer)
{
    if (answer->class == PROVIDER_CLASS_IN_DOUBT) {
        n->begun_ms = numbers_turn_now_ms(t);
        return wait_until(t, n, OWNED_BUYING, n->begun_ms + t->app->settings->onboarding_settle_ms,
                          "It is not known yet whether a number was bought; looked for again before another.");
    }
    if (answer->error_code == NUMBER_TAKEN && n->failures < TAKEN_TIMES_MAX && n->number[0] == '\0')
        return again(t, n, OWNED_WANTED); /* others were quicker: what is offered then? */
    return rest_refused(code) ? failed(t, n, answer->error_code, t->f.what) : again(t, n, OWNED_WANTED);
}

static enum step buy_offered(struct numbers_turn *t, struct owned_number *n, const struct offers *offers)
{
    char marker[NUMBERS_MARKER_BYTES];
    struct rest_answer answer = {0};
    struct number_found bought;
    enum step step;
    enum err code = ERR_INVALID;

    marker_of(t->app, n->id, marker);
    n->begun_ms = numbers_turn_now_ms(t);
    n->why = (struct str){NULL, 0};
    step = put(t, n, OWNED_BUYING, n->begun_ms);
    if (step != STEP_ON) return step;
    for (size_t i = 0; i < offers->count; i++) {
        struct number_purchase p = {str_from(offers->numbers[i]), str_from(marker), str_from(t->inbound)};
        if (!t->pace(t->owner)) return STEP_END;
        code = numbers_buy(t->rest, &t->account, &p, &bought, &answer, &t->f);
        if (code == ERR_OK) return took(t, n, &bought);
        if (answer.error_code != NUMBER_TAKEN) break;
    }
    return not_bought(t, n, code, &answer);
}

static enum step buy(struct numbers_turn *t, struct owned_number *n)
{
    int64_t settled_ms = n->begun_ms + t->app->settings->onboarding_settle_ms;
    char marker[NUMBERS_MARKER_BYTES];
    struct number_found found;
    struct number_wish wish;
    struct offers offers = {.count = 0};
    enum step step;

    if (number_wish_read(n->wish, t->a, &wish) != ERR_OK)
        return failed(t, n, 0, "What was asked for does not read back; order it again.");
    marker_of(t->app, n->id, marker);
    if (!t->pace(t->owner)) return STEP_END;
    if (numbers_find(t->rest, &t->account, NUMBER_BY_NAME, str_from(marker), str_from(t->inbound), &found, &t->f) !=
        ERR_OK)
        return again(t, n, n->state);
    if (found.sid[0] != '\0' && !MUTANT(purchase_not_looked_for)) return took(t, n, &found);
    if (n->state == OWNED_BUYING && numbers_turn_now_ms(t) < settled_ms)
        return wait_until(t, n, OWNED_BUYING, settled_ms,
                          "It is not known yet whether a number was bought; looked for again before another.");
    step = find_offers(t, n, &wish, &offers);
    return step == STEP_ON ? buy_offered(t, n, &offers) : step;
}

/* ---- setting up ---- */

static enum step tell_twilio(struct numbers_turn *t, struct owned_number *n, const struct program *program)
{
    struct number_found found;
    enum err code;

    if (!t->pace(t->owner)) return STEP_END;
    code = numbers_find(t->rest, &t->account, NUMBER_BY_ADDRESS, str_from(n->number), str_from(t->inbound), &found,
                        &t->f);
    if (code != ERR_OK) return again(t, n, OWNED_SETTING_UP);
    if (found.sid[0] == '\0') return failed(t, n, 0, "The organization's account at Twilio has no such number.");
    memcpy(n->sid, found.sid, sizeof n->sid);
    if (found.is_webhook_other) {
        if (!t->pace(t->owner)) return STEP_END;
        code = numbers_set_webhooks(t->rest, &t->account, str_from(n->sid), str_from(t->inbound),
                                    str_from(t->fallback), &t->f);
    }
    if (code == ERR_OK && program->service_sid[0] != '\0') {
        if (!t->pace(t->owner)) return STEP_END;
        code = services_attach_number(t->rest, &t->account, str_from(program->service_sid), str_from(n->sid), &t->f);
    }
    return code == ERR_OK ? STEP_ON : again(t, n, OWNED_SETTING_UP);
}

static enum step set_up(struct numbers_turn *t, struct owned_number *n)
{
    struct note changed = {.kind = NOTE_ORG_CHANGED, .org = n->org};
    struct program program;
    struct sender sender, was;
    enum step step;
    enum err code = orgs_program_by_id(t->r, t->a, n->org, n->program, &program);

    if (code == ERR_NOT_FOUND) return failed(t, n, 0, "The program that it was for is not there.");
    if (code == ERR_OK) {
        step = tell_twilio(t, n, &program);
        if (step != STEP_ON) return step;
        code = numbers_sender(t->app, t->r, n, &sender);
    }
    if (code != ERR_OK && code != ERR_NOT_FOUND) { /* no sender yet: a new one */
        (void)fault_set(&t->f, code, "the number's program or sender cannot be read");
        return again(t, n, OWNED_SETTING_UP);
    }
    was = sender;
    sender.program = n->program;
    sender.state = SENDER_ACTIVE;
    memcpy(sender.sid, n->sid, sizeof sender.sid);
    n->state = OWNED_ACTIVE;
    n->next_ms = 0;
    n->failures = 0;
    n->why = (struct str){NULL, 0};
    t->f = (struct fault){0};
    step = put_with(t, n, &sender, &was);
    if (step == STEP_ON) t->app->tell(t->app->pump, &changed);
    if (step == STEP_END && t->f.what[0] != '\0' && was.id != 0) return again(t, n, OWNED_SETTING_UP); /* it moved */
    /* Its address is another organization's sender: a person must know. */
    if (step == STEP_END && t->f.what[0] != '\0') return failed(t, n, 0, t->f.what);
    return ended(step);
}

/* ---- giving back ---- */

/* One that was never set up may be in the account all the same. In the installation's, which others share, it may be
 * another's: there nothing is given back by its address alone. */
static bool is_to_be_found(const struct numbers_turn *t, const struct owned_number *n)
{
    return n->sid[0] == '\0' && n->number[0] == '+' && n->kind != OWNED_HOSTED && t->org.account_sid[0] != '\0';
}

static enum step release(struct numbers_turn *t, struct owned_number *n)
{
    struct number_found found;
    struct rest_answer answer;
    enum err code = ERR_OK;

    if (is_to_be_found(t, n)) {
        if (!t->pace(t->owner)) return STEP_END;
        code = numbers_find(t->rest, &t->account, NUMBER_BY_ADDRESS, str_from(n->number), str_from(t->inbound), &found,
                            &t->f);
        if (code != ERR_OK) return again(t, n, OWNED_RELEASING);
        memcpy(n->sid, found.sid, sizeof n->sid);
    }
    if (strncmp(n->sid, "PN", 2) == 0 && n->kind != OWNED_HOSTED) {
        if (!t->pace(t->owner)) return STEP_END;
        code = numbers_release(t->rest, &t->account, str_from(n->sid), &answer, &t->f);
        n->code = answer.error_code;
    }
    if (code != ERR_OK) return again(t, n, OWNED_RELEASING);
    n->why = (struct str){NULL, 0};
    n->code = 0;
    n->failures = 0;
    return ended(put(t, n, OWNED_RELEASED, 0));
}

bool numbers_turn_run(struct numbers_turn *t, struct owned_number *n)
{
    enum step step = STEP_ON;

    while (step == STEP_ON) {
        switch (n->state) {
        case OWNED_WANTED:
        case OWNED_BUYING: step = buy(t, n); break;
        case OWNED_SETTING_UP: step = set_up(t, n); break;
        case OWNED_RELEASING: step = release(t, n); break;
        default: step = ended(put(t, n, n->state, 0)); break; /* nothing is to be done */
        }
    }
    return step != STEP_UNSTORED;
}
