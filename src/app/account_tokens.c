/* account_tokens: rotating an account's auth token, and its API keys. Contract in account_turn.h. Owns each secret from
 * Twilio's answer until it is sealed, and wipes it. */
#include "app/account_turn.h"

#include "app/accounts.h"
#include "app/org_account.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "twilio/credentials.h"
#include "twilio/subaccounts.h"
#include "twilio/tokens.h"

#include <stdio.h>
#include <string.h>

enum { REVOKE_PAUSE_MS = 2000 }; /* what was begun with the key is answered by then */

/* ---- the auth token ---- */

static enum account_step refuse(struct account_turn *t, const char *words)
{
    t->words = words;
    t->p.rotation = ROTATION_NONE;
    t->p.drop_first = false;
    log_event(LOG_WARN, "token_rotation_ended", log_text("org", t->org.slug), log_text("why", words));
    return ACCOUNT_REFUSED;
}

static enum account_step enter(struct account_turn *t, enum account_rotation rotation, unsigned set)
{
    t->p.rotation = rotation;
    t->p.rotation_ms = account_now_ms(t);
    log_event(LOG_INFO, "token_rotation", log_text("org", t->org.slug),
              log_text("step", account_rotation_name(rotation)));
    return account_store(t, set, false);
}

/* The new one is used from this commit on; the old one, Twilio's primary still, is accepted. */
static enum account_step take_new(struct account_turn *t, struct str token)
{
    struct str old = t->org.token_sealed, sealed;
    enum account_step step;

    if (org_account_seal(t->app->sealer, t->a, str_from(t->org.account_sid), token, &sealed) != ERR_OK) {
        t->words = "The new token cannot be sealed.";
        return ACCOUNT_AGAIN;
    }
    t->org.token2_sealed = old;
    t->org.token_sealed = sealed;
    t->p.drop_first = false;
    step = enter(t, ROTATION_BOTH, ACCOUNT_SET_ACCOUNT);
    if (step == ACCOUNT_ON) (void)snprintf(t->own.secret, sizeof t->own.secret, STR_FMT, STR_ARG(token));
    return step;
}

/* One that may have been made, and of which nobody knows the value, is in the way. */
static enum account_step drop_lost(struct account_turn *t)
{
    int64_t settled_ms = t->p.rotation_ms + t->app->settings->onboarding_settle_ms;
    struct fault f = {0};
    enum err code;

    if (account_now_ms(t) < settled_ms)
        return account_wait(t, settled_ms, "It is not known yet whether Twilio made a second token; that one is dropped"
                                           " before another is made.");
    code = tokens_drop_secondary(t->rest, &t->own, &f);
    if (code == ERR_OK || code == ERR_NOT_FOUND) return ACCOUNT_ON;
    return account_failed(t, code, &f) == ACCOUNT_REFUSED ? refuse(t, t->words) : ACCOUNT_AGAIN;
}

static enum account_step make_second(struct account_turn *t)
{
    char token[TWILIO_SECRET_BYTES] = "";
    enum provider_class class;
    struct fault f = {0};
    enum account_step step = enter(t, ROTATION_MAKING, 0);
    enum err code;

    if (step != ACCOUNT_ON) return step;
    FAILPOINT("account.token_begun");
    code = tokens_make_secondary(t->rest, &t->own, token, &class, &f);
    FAILPOINT("account.token_made");
    if (code == ERR_OK) step = take_new(t, str_from(token));
    else step = account_failed(t, code, &f);
    explicit_bzero(token, sizeof token);
    if (code != ERR_OK && class != PROVIDER_CLASS_IN_DOUBT) t->p.rotation = ROTATION_WANTED;
    if (step != ACCOUNT_REFUSED) return step;
    return refuse(t, arena_printf(t->a, "Twilio made no second auth token, and the first stays: %s", f.what));
}

/* Does the old token still authenticate? Then nothing was promoted. */
static enum err old_works(struct account_turn *t, struct fault *f)
{
    struct twilio_account as = t->own;
    struct twilio_subaccount s;
    struct str old;
    int error_code = 0;
    enum err code = org_account_token(t->app->sealer, t->app->settings, t->a, &t->org, ORG_TOKEN_SECONDARY, &old, f);

    if (code != ERR_OK) return code == ERR_NOT_FOUND ? ERR_DENIED : code;
    code = str_copy(old, as.secret, sizeof as.secret);
    explicit_bzero((char *)(uintptr_t)old.at, old.len);
    if (code == ERR_OK) code = subaccounts_fetch(t->rest, &as, str_from(t->org.account_sid), &s, &error_code, f);
    if (code == ERR_DENIED && error_code != TWILIO_NOT_AUTHENTICATED) code = ERR_UNAVAILABLE; /* it says nothing */
    subaccount_wipe(&s);
    twilio_account_wipe(&as);
    return code;
}

/* The one that is used is no token any more: somebody removed it at Twilio. */
static enum account_step undo(struct account_turn *t)
{
    enum account_step step;

    t->org.token_sealed = t->org.token2_sealed;
    t->org.token2_sealed = (struct str){NULL, 0};
    t->p.rotation = ROTATION_NONE;
    t->words = "The second auth token was removed at Twilio before it became the first: the old one stays.";
    step = account_store(t, ACCOUNT_SET_ACCOUNT, false);
    return step == ACCOUNT_ON ? ACCOUNT_REFUSED : step;
}

/* Somebody who took the account meanwhile, with the old token, would be locked out. False: t->words tells who. */
static bool is_alone(struct account_turn *t)
{
    struct problem twin;

    problem_init(&twin, t->a);
    if (accounts_alone(t->r, &t->org, &twin) == ERR_OK) return true;
    t->words = arena_printf(t->a, "The old token is kept: %s", twin.detail);
    return false;
}

static enum account_step keep_old(struct account_turn *t)
{
    return account_wait(t, account_now_ms(t) + t->app->settings->accounts_rotate_pause_ms, t->words);
}

static enum account_step promote(struct account_turn *t)
{
    enum provider_class class;
    struct fault f = {0};
    enum account_step step;
    enum err code;

    if (t->p.rotation == ROTATION_PROMOTING) { /* an earlier one may have got through */
        code = old_works(t, &f);
        if (code == ERR_DENIED) return enter(t, ROTATION_PROMOTED, 0);
        if (code != ERR_OK) return account_failed(t, code, &f) == ACCOUNT_LOST ? ACCOUNT_LOST : ACCOUNT_AGAIN;
    }
    step = enter(t, ROTATION_PROMOTING, 0);
    if (step != ACCOUNT_ON) return step;
    FAILPOINT("account.promote_begun");
    /* Asked again once it is stored: who came meanwhile is seen. */
    if (!is_alone(t)) {
        t->p.rotation = ROTATION_BOTH;
        return keep_old(t);
    }
    code = tokens_promote(t->rest, &t->own, &class, &f);
    FAILPOINT("account.promoted");
    if (code == ERR_OK) return enter(t, ROTATION_PROMOTED, 0);
    if (code != ERR_NOT_FOUND && code != ERR_DENIED) {
        (void)account_failed(t, code, &f);
        return ACCOUNT_AGAIN;
    }
    code = old_works(t, &f);
    if (code == ERR_OK) return undo(t);
    if (code == ERR_DENIED) return enter(t, ROTATION_PROMOTED, 0);
    (void)account_failed(t, code, &f);
    return ACCOUNT_AGAIN;
}

static enum account_step forget_old(struct account_turn *t)
{
    t->org.token2_sealed = (struct str){NULL, 0};
    t->p.rotated_ms = account_now_ms(t);
    t->words = NULL;
    return enter(t, ROTATION_NONE, ACCOUNT_SET_ACCOUNT);
}

static enum account_step rotate_once(struct account_turn *t)
{
    const struct settings *s = t->app->settings;
    int64_t now_ms = account_now_ms(t), used_ms = t->p.rotation_ms + s->accounts_rotate_pause_ms,
            kept_ms = t->p.rotation_ms + s->accounts_rotate_keep_ms;
    enum account_step step;

    switch (t->p.rotation) {
    case ROTATION_NONE: return ACCOUNT_ON;
    case ROTATION_WANTED: return make_second(t);
    case ROTATION_MAKING:
        step = drop_lost(t);
        return step == ACCOUNT_ON ? make_second(t) : step;
    case ROTATION_BOTH:
        if (now_ms < used_ms)
            return account_wait(t, used_ms, "Both tokens are accepted; the new one is used, and becomes the first when"
                                            " nothing is under way with the old one.");
        return is_alone(t) ? promote(t) : keep_old(t);
    case ROTATION_PROMOTING: return promote(t);
    case ROTATION_PROMOTED:
        if (now_ms < kept_ms)
            return account_wait(t, kept_ms, "The new token is the first; webhooks signed with the old one are accepted"
                                            " a while.");
        return forget_old(t);
    }
    BUG_IF(true);
}

enum account_step account_rotate(struct account_turn *t)
{
    enum account_step step = ACCOUNT_ON;

    while (step == ACCOUNT_ON && t->p.rotation != ROTATION_NONE) step = rotate_once(t);
    return step;
}

/* ---- API keys ---- */

static const char *key_name(struct account_turn *t, const struct account_key *k)
{
    return arena_printf(t->a, "%s %u", account_name(t), k->id);
}

/* The organization uses the newest that is ready. */
static void use_newest(struct account_turn *t)
{
    const struct account_key *k = account_progress_key_in_use(&t->p);

    (void)snprintf(t->org.key_sid, sizeof t->org.key_sid, "%s", k == NULL ? "" : k->sid);
    t->org.key_sealed = k == NULL ? (struct str){NULL, 0} : arena_str(t->a, str_from(k->sealed));
}

static enum account_step key_made(struct account_turn *t, struct account_key *k, struct str secret)
{
    struct str sealed;

    if (org_account_seal_key(t->app->sealer, t->a, str_from(t->org.account_sid), str_from(k->sid), secret,
                             &sealed) != ERR_OK ||
        str_copy(sealed, k->sealed, sizeof k->sealed) != ERR_OK) {
        t->words = "The key's secret cannot be sealed.";
        return ACCOUNT_AGAIN;
    }
    k->state = ACCOUNT_KEY_READY;
    k->created_ms = account_now_ms(t);
    use_newest(t);
    return account_store(t, ACCOUNT_SET_KEY, false);
}

static enum account_step key_refused(struct account_turn *t, struct account_key *k, const struct fault *f)
{
    k->state = ACCOUNT_KEY_REVOKED;
    k->revoked_ms = account_now_ms(t);
    t->words = arena_printf(t->a, "Twilio made no API key: %s", f->what);
    return ACCOUNT_REFUSED;
}

static enum account_step make_key(struct account_turn *t, struct account_key *k)
{
    char secret[TWILIO_SECRET_BYTES] = "";
    enum provider_class class;
    struct fault f = {0};
    enum account_step step;
    enum err code;

    k->state = ACCOUNT_KEY_MAKING;
    k->begun_ms = account_now_ms(t);
    step = account_store(t, 0, false);
    if (step != ACCOUNT_ON) return step;
    FAILPOINT("account.key_begun");
    code = twilio_keys_create(t->rest, &t->own, str_from(key_name(t, k)), k->sid, secret, &class, &f);
    FAILPOINT("account.key_made");
    if (code == ERR_OK) step = key_made(t, k, str_from(secret));
    else step = account_failed(t, code, &f);
    explicit_bzero(secret, sizeof secret);
    if (code != ERR_OK && class != PROVIDER_CLASS_IN_DOUBT) k->state = ACCOUNT_KEY_WANTED;
    return step == ACCOUNT_REFUSED ? key_refused(t, k, &f) : step;
}

static enum account_step drop_key(struct account_turn *t, struct account_key *k)
{
    k->state = ACCOUNT_KEY_REVOKED;
    k->revoked_ms = account_now_ms(t);
    return account_store(t, 0, false);
}

/* One whose secret was lost on the way is removed before it is made anew. */
static enum account_step make_key_anew(struct account_turn *t, struct account_key *k)
{
    int64_t settled_ms = k->begun_ms + t->app->settings->onboarding_settle_ms;
    char sid[TWILIO_SID_BYTES];
    struct fault f = {0};
    enum err code = twilio_keys_find(t->rest, &t->own, str_from(key_name(t, k)), sid, &f);

    if (code == ERR_OK && sid[0] == '\0' && account_now_ms(t) < settled_ms)
        return account_wait(t, settled_ms, "It is not known yet whether Twilio made the API key; looked for again before"
                                           " another.");
    if (code == ERR_OK && sid[0] != '\0') code = twilio_keys_remove(t->rest, &t->own, str_from(sid), &f);
    if (code == ERR_OK || code == ERR_NOT_FOUND) return t->org.state == ORG_CLOSED ? drop_key(t, k) : make_key(t, k);
    return account_failed(t, code, &f) == ACCOUNT_REFUSED ? key_refused(t, k, &f) : ACCOUNT_AGAIN;
}

static enum account_step revoke_key(struct account_turn *t, struct account_key *k)
{
    struct fault f = {0};
    enum err code = ERR_OK;

    if (account_now_ms(t) < k->revoked_ms + REVOKE_PAUSE_MS)
        return account_wait(t, k->revoked_ms + REVOKE_PAUSE_MS, NULL);
    if (k->sid[0] != '\0') code = twilio_keys_remove(t->rest, &t->own, str_from(k->sid), &f);
    if (code != ERR_OK && code != ERR_NOT_FOUND) {
        (void)account_failed(t, code, &f);
        return ACCOUNT_AGAIN; /* a key that still works must not look revoked */
    }
    k->state = ACCOUNT_KEY_REVOKED;
    explicit_bzero(k->sealed, sizeof k->sealed);
    return account_store(t, 0, false);
}

/* One that was removed in Twilio's console refuses everything: the token is used again. */
static enum account_step check_key(struct account_turn *t)
{
    struct twilio_account by_key = {.edges_count = 0};
    struct twilio_account_info info;
    struct account_key *k = (struct account_key *)(uintptr_t)account_progress_key_in_use(&t->p);
    struct fault f = {0};
    enum err code;

    if (k == NULL) return ACCOUNT_ON;
    code = org_account_open(t->app->sealer, t->app->settings, t->a, &t->org, &by_key, &f);
    if (code == ERR_OK) code = credentials_check(t->rest, &by_key, &info, &f);
    twilio_account_wipe(&by_key);
    /* Good, or not to be told now. */
    if (code != ERR_DENIED || info.error_code != TWILIO_NOT_AUTHENTICATED) return ACCOUNT_ON;
    k->state = ACCOUNT_KEY_REVOKED;
    k->revoked_ms = account_now_ms(t);
    explicit_bzero(k->sealed, sizeof k->sealed);
    use_newest(t);
    t->words = arena_printf(t->a, "Twilio does not accept API key %s any more; it is not used.", k->sid);
    log_event(LOG_WARN, "api_key_refused", log_text("org", t->org.slug), log_text("key", k->sid));
    return account_store(t, ACCOUNT_SET_KEY, false);
}

void account_keys_withdraw(struct account_turn *t, bool gone)
{
    int64_t now_ms = account_now_ms(t);

    for (size_t i = 0; i < t->p.keys_count; i++) {
        struct account_key *k = &t->p.keys[i];
        bool there = !gone && (k->state == ACCOUNT_KEY_READY || k->state == ACCOUNT_KEY_REVOKING);
        if (!gone && k->state == ACCOUNT_KEY_MAKING) continue; /* looked for, removed, and not made again */
        if (there) (void)account_wait(t, now_ms + REVOKE_PAUSE_MS, NULL);
        if (k->state != ACCOUNT_KEY_REVOKED && k->state != ACCOUNT_KEY_REVOKING) k->revoked_ms = now_ms;
        k->state = there ? ACCOUNT_KEY_REVOKING : ACCOUNT_KEY_REVOKED; /* one that still works must not look revoked */
        explicit_bzero(k->sealed, sizeof k->sealed);
    }
    use_newest(t);
}

enum account_step account_keys(struct account_turn *t)
{
    enum account_step step = check_key(t);

    for (size_t i = 0; i < t->p.keys_count && step != ACCOUNT_LOST && step != ACCOUNT_AGAIN; i++) {
        struct account_key *k = &t->p.keys[i];
        if (k->state == ACCOUNT_KEY_WANTED) step = make_key(t, k);
        else if (k->state == ACCOUNT_KEY_MAKING) step = make_key_anew(t, k);
        else if (k->state == ACCOUNT_KEY_REVOKING) step = revoke_key(t, k);
    }
    return step;
}
