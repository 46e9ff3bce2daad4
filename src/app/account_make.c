/* account_make: accounts made, looked at, suspended, resumed and closed. Contract in account_turn.h. */
#include "app/account_turn.h"

#include "app/org_account.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "base/mutant.h"
#include "twilio/subaccounts.h"

#include <stdio.h>
#include <string.h>

enum { BUSY_AGAIN_MS = 1000, BUSY_MAX_MS = 300000, SENDERS_PAGE = 32 };

/* ---- made ---- */

/* The subaccount and its token become the organization's. */
static enum account_step adopt(struct account_turn *t, const struct twilio_subaccount *s)
{
    enum err code = s->token[0] == '\0' ? ERR_UNAVAILABLE
                                        : org_account_seal(t->app->sealer, t->a, str_from(s->sid),
                                                           str_from(s->token), &t->org.token_sealed);
    enum account_standing before = t->work.standing;
    enum account_step step;

    if (code != ERR_OK) {
        t->words = "Twilio does not tell the subaccount's auth token, or it cannot be sealed.";
        return ACCOUNT_AGAIN;
    }
    (void)snprintf(t->org.account_sid, sizeof t->org.account_sid, "%s", s->sid);
    t->org.token2_sealed = (struct str){NULL, 0};
    t->p.wish = WISH_NONE;
    t->p.begun_ms = 0;
    t->work.standing = STANDING_ACTIVE;
    t->work.seen_ms = t->work.next_ms = t->next_ms = account_now_ms(t); /* due at once, with its own credentials */
    t->words = NULL;
    step = account_store(t, ACCOUNT_SET_ACCOUNT, false);
    if (step != ACCOUNT_WAIT) return step;
    t->org.account_sid[0] = '\0'; /* found again by its name, when the organization's last attempts have ended */
    t->p.wish = WISH_CREATE;
    t->work.standing = before;
    t->next_ms = 0;
    return account_wait(t, account_now_ms(t) + BUSY_AGAIN_MS, t->words);
}

static enum account_step create(struct account_turn *t)
{
    struct twilio_subaccount made;
    enum provider_class class;
    struct fault f = {0};
    enum account_step step;
    enum err code;

    t->p.begun_ms = account_now_ms(t);
    t->words = NULL;
    step = account_store(t, 0, false);
    if (step != ACCOUNT_ON) return step;
    FAILPOINT("account.begun");
    code = subaccounts_create(t->rest, t->parent, str_from(account_name(t)), &made, &class, &f);
    FAILPOINT("account.made");
    if (code == ERR_OK) step = adopt(t, &made);
    else {
        step = account_failed(t, code, &f);
        if (class != PROVIDER_CLASS_IN_DOUBT) t->p.begun_ms = 0;
        else t->p.begun_ms = account_now_ms(t);
        if (step == ACCOUNT_REFUSED) t->p.wish = WISH_NONE;
    }
    subaccount_wipe(&made);
    return step;
}

enum account_step account_make(struct account_turn *t)
{
    int64_t settled_ms = t->p.begun_ms + t->app->settings->onboarding_settle_ms;
    struct twilio_subaccount found;
    struct fault f = {0};
    enum account_step step;
    enum err code;

    if (t->org.account_sid[0] != '\0') {
        t->p.wish = WISH_NONE;
        return ACCOUNT_ON;
    }
    code = subaccounts_find(t->rest, t->parent, str_from(account_name(t)), &found, &f);
    if (code != ERR_OK) {
        step = account_failed(t, code, &f);
        if (step == ACCOUNT_REFUSED) t->p.wish = WISH_NONE;
    } else if (found.sid[0] != '\0' && !MUTANT(account_not_looked_for)) step = adopt(t, &found);
    else if (t->p.begun_ms != 0 && account_now_ms(t) < settled_ms)
        step = account_wait(t, settled_ms, "It is not known yet whether Twilio made the account; looked for again"
                                           " before another.");
    else step = create(t);
    subaccount_wipe(&found);
    return step;
}

/* ---- looked at ---- */

static enum account_standing standing_of(enum subaccount_status status)
{
    static const enum account_standing standings[] = {
        [SUBACCOUNT_UNKNOWN] = STANDING_UNKNOWN, [SUBACCOUNT_ACTIVE] = STANDING_ACTIVE,
        [SUBACCOUNT_SUSPENDED] = STANDING_SUSPENDED, [SUBACCOUNT_CLOSED] = STANDING_CLOSED};

    return standings[status];
}

static bool is_parents_own(const struct account_turn *t)
{
    return strcmp(t->org.account_sid, t->parent->account_sid) == 0;
}

/* As the parent sees it; what is not below the parent is asked as itself. */
static enum err fetch(struct account_turn *t, enum account_standing *out, struct fault *f)
{
    struct twilio_subaccount s;
    struct str sid = str_from(t->org.account_sid);
    int error_code = 0;
    enum err code = subaccounts_fetch(t->rest, t->parent, sid, &s, &error_code, f);

    if (!is_parents_own(t) && error_code != TWILIO_ACCOUNT_NOT_ACTIVE &&
        (code == ERR_NOT_FOUND || code == ERR_DENIED)) {
        subaccount_wipe(&s);
        code = subaccounts_fetch(t->rest, &t->own, sid, &s, &error_code, f);
    }
    *out = standing_of(s.status);
    subaccount_wipe(&s);
    if (code != ERR_OK && error_code == TWILIO_ACCOUNT_NOT_ACTIVE) {
        *out = STANDING_SUSPENDED;
        return ERR_OK;
    }
    return code;
}

/* Suspended or closed in Twilio's console, or by Twilio: nothing is sent until it is active again. */
static enum account_step halt(struct account_turn *t)
{
    if (!MUTANT(account_halt_ignored)) t->org.state = ORG_SUSPENDED;
    t->p.halted = true;
    t->words = t->work.standing == STANDING_CLOSED
                   ? "Twilio has the account as closed, which is for good: nothing is sent any more. Give the"
                     " organization another account."
                   : "Twilio has the account as suspended, and Sterling did not ask for it: nothing is sent until it"
                     " is active again. See Twilio's console for the reason, or resume it.";
    log_event(LOG_WARN, "account_halted", log_text("org", t->org.slug), log_text("why", t->words));
    return account_store(t, ACCOUNT_SET_STATE, false);
}

static enum account_step go_on(struct account_turn *t)
{
    t->p.halted = false;
    t->words = NULL;
    if (t->org.state != ORG_SUSPENDED) return ACCOUNT_ON;
    t->org.state = ORG_ACTIVE;
    log_event(LOG_INFO, "account_active_again", log_text("org", t->org.slug));
    return account_store(t, ACCOUNT_SET_STATE, false);
}

enum account_step account_look(struct account_turn *t)
{
    struct fault f = {0};
    enum account_standing standing;
    enum err code = fetch(t, &standing, &f);

    if (code != ERR_OK) {
        enum account_step step = account_failed(t, code, &f);
        if (step != ACCOUNT_REFUSED) return step;
        t->words = arena_printf(t->a, "Twilio refuses to tell of the account: %s", f.what);
        return t->p.wish == WISH_NONE ? ACCOUNT_WAIT : ACCOUNT_ON; /* what is wanted is refused in its own words */
    }
    t->work.standing = standing;
    t->work.seen_ms = account_now_ms(t);
    if (t->p.wish != WISH_NONE) return ACCOUNT_ON;
    if (standing == STANDING_ACTIVE && t->p.halted) return go_on(t);
    if (standing != STANDING_ACTIVE && standing != STANDING_UNKNOWN && t->org.state == ORG_ACTIVE) return halt(t);
    if (t->p.halted) t->words = arena_str(t->a, t->work.why).at;
    return ACCOUNT_ON;
}

/* ---- suspended, resumed, closed ---- */

static enum err withdraw_page(struct account_turn *t, struct sender *page, size_t count, size_t *withdrawn)
{
    struct sender gone[SENDERS_PAGE];
    struct change_senders c = {.head.kind = CHANGE_SENDERS, .senders = gone};

    for (size_t i = 0; i < count; i++) {
        if (page[i].state == SENDER_REMOVED) continue;
        gone[c.count] = page[i];
        gone[c.count++].state = SENDER_REMOVED;
    }
    *withdrawn += c.count;
    return c.count == 0 ? ERR_OK : store_change_wait(t->app->queue, &c.head);
}

/* Its numbers are gone with the account. */
static enum err withdraw_senders(struct account_turn *t, size_t *withdrawn)
{
    struct sender page[SENDERS_PAGE];
    uint32_t after = 0;

    *withdrawn = 0;
    for (;;) {
        size_t count = SENDERS_PAGE;
        enum err code = t->r->store->ops->senders(t->r, t->org.id, after, page, &count);
        if (code == ERR_OK) code = withdraw_page(t, page, count, withdrawn);
        if (code != ERR_OK || count == 0) return code;
        after = page[count - 1].id;
    }
}

/* refusal: why Twilio did not close it; NULL: it did. */
static enum account_step closed(struct account_turn *t, const char *refusal)
{
    size_t withdrawn;

    if (withdraw_senders(t, &withdrawn) != ERR_OK) {
        t->words = "Its senders are not withdrawn yet.";
        return ACCOUNT_AGAIN;
    }
    account_keys_withdraw(t, refusal == NULL);
    t->p.wish = WISH_NONE;
    if (refusal == NULL) t->p.rotation = ROTATION_NONE;
    t->words = refusal != NULL ? refusal
             : t->has_own ? arena_printf(t->a, "Closed for good; %zu sender(s) withdrawn. Twilio keeps a closed account"
                                               " %d days, then deletes it with its logs.", withdrawn,
                                         SUBACCOUNT_CLOSED_KEPT_DAYS)
                          : arena_printf(t->a, "Closed for good; %zu sender(s) withdrawn.", withdrawn);
    return account_store(t, ACCOUNT_SET_KEY, false);
}

static enum account_step fulfilled(struct account_turn *t)
{
    bool resumed = t->p.wish == WISH_RESUME;

    if (t->p.wish == WISH_CLOSE) return closed(t, NULL);
    if (t->p.wish == WISH_SUSPEND) t->p.halted = false; /* a person's, whoever stopped it first */
    t->p.wish = WISH_NONE;
    t->p.begun_ms = 0;
    t->words = NULL;
    if (resumed) {
        t->p.halted = false;
        t->org.state = ORG_ACTIVE;
    }
    return account_store(t, resumed ? ACCOUNT_SET_STATE : 0, false);
}

/* Attempts under way are answered, and doubts settled, with the account's own credentials: they come first. */
static enum account_step begin(struct account_turn *t)
{
    bool stops = t->p.wish == WISH_SUSPEND || t->p.wish == WISH_CLOSE;
    bool patient = stops && account_now_ms(t) < t->p.wished_ms + BUSY_MAX_MS;
    enum account_step step;

    t->p.begun_ms = account_now_ms(t);
    step = account_store(t, 0, patient);
    if (step != ACCOUNT_WAIT) return step;
    t->p.begun_ms = 0;
    return account_wait(t, account_now_ms(t) + BUSY_AGAIN_MS,
                        "Sterling has stopped; Twilio is told when the last attempts have ended.");
}

/* What was stopped here stays stopped. */
static enum account_step refused(struct account_turn *t, const char *words)
{
    enum account_step step = t->p.wish == WISH_CLOSE ? closed(t, words) : ACCOUNT_ON;

    if (step != ACCOUNT_ON) return step; /* still wanted: what is not withdrawn is withdrawn next time */
    t->p.wish = WISH_NONE;
    t->p.begun_ms = 0;
    t->words = words;
    return ACCOUNT_REFUSED;
}

static enum account_step tell_twilio(struct account_turn *t, enum subaccount_status status)
{
    struct twilio_subaccount s;
    struct fault f = {0};
    enum account_step step = begin(t);
    enum err code;

    if (step != ACCOUNT_ON) return step;
    FAILPOINT("account.state_begun");
    code = subaccounts_set_status(t->rest, t->parent, str_from(t->org.account_sid), status, &s, &f);
    FAILPOINT("account.state_told");
    if (code == ERR_OK) t->work.standing = standing_of(s.status);
    subaccount_wipe(&s);
    if (code == ERR_OK) return fulfilled(t);
    step = account_failed(t, code, &f);
    if (step != ACCOUNT_REFUSED) return step;
    return refused(t, arena_printf(t->a, "Twilio did not %s the account: %s", account_wish_name(t->p.wish), f.what));
}

enum account_step account_wish(struct account_turn *t)
{
    static const enum subaccount_status wanted[] = {
        [WISH_SUSPEND] = SUBACCOUNT_SUSPENDED, [WISH_RESUME] = SUBACCOUNT_ACTIVE, [WISH_CLOSE] = SUBACCOUNT_CLOSED};

    if (!t->has_own || t->work.standing == standing_of(wanted[t->p.wish])) return fulfilled(t);
    if (is_parents_own(t)) return refused(t, "The account is the installation's own, and is not changed at Twilio.");
    return tell_twilio(t, wanted[t->p.wish]);
}
