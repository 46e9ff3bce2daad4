/* account_turn: a turn from its beginning to what is stored of it. Contract in account_turn.h and accounts.h. */
#include "app/account_turn.h"

#include "app/accounts.h"
#include "app/org_account.h"
#include "app/pump.h"
#include "base/backoff.h"
#include "base/log.h"

#include <stdio.h>
#include <string.h>

enum { AGAIN_FIRST_MS = 2000, AGAIN_MAX_MS = 300000, STORE_TRIES = 3 };

int64_t account_now_ms(const struct account_turn *t)
{
    return clock_wall_ms(t->app->clock);
}

const char *account_name(struct account_turn *t)
{
    return arena_printf(t->a, "sterling %s", t->org.hook_path);
}

static void note_next(struct account_turn *t, int64_t at_ms)
{
    if (t->next_ms == 0 || at_ms < t->next_ms) t->next_ms = at_ms;
}

enum account_step account_wait(struct account_turn *t, int64_t at_ms, const char *words)
{
    note_next(t, at_ms);
    if (words != NULL) t->words = words;
    return ACCOUNT_WAIT;
}

enum account_step account_failed(struct account_turn *t, enum err code, const struct fault *f)
{
    t->words = arena_printf(t->a, "%s", f->what);
    return rest_refused(code) ? ACCOUNT_REFUSED : ACCOUNT_AGAIN;
}

/* ---- storing ---- */

static bool on_stored(struct app_job *job)
{
    const struct change_account *c = (const struct change_account *)job->change;
    struct note n = {.kind = NOTE_ORG_CHANGED, .org = c->work.org};

    if (!c->with_org) return false;
    atomic_fetch_add(&job->app->accounts_generation, 1);
    job->app->tell(job->app->pump, &n);
    return false;
}

/* What is named is taken from the turn, all else from what is stored now. */
static void merge(const struct org *to_be, unsigned set, struct org *now)
{
    if ((set & ACCOUNT_SET_STATE) != 0 && now->state != ORG_CLOSED) now->state = to_be->state; /* that is for good */
    if ((set & ACCOUNT_SET_ACCOUNT) != 0) {
        memcpy(now->account_sid, to_be->account_sid, sizeof now->account_sid);
        now->token_sealed = to_be->token_sealed;
        now->token2_sealed = to_be->token2_sealed;
    }
    if ((set & ACCOUNT_SET_KEY) == 0) return;
    memcpy(now->key_sid, to_be->key_sid, sizeof now->key_sid);
    now->key_sealed = to_be->key_sealed;
}

/* What people see of it move; not what it waits for, which comes and goes. */
static uint64_t face_of(const struct account_turn *t, enum org_state state)
{
    char text[32 + 4 * ACCOUNT_KEYS_MAX];
    int n = snprintf(text, sizeof text, "%d %d %d %d", (int)t->work.standing, (int)state, (int)t->p.wish,
                     (int)t->p.rotation);

    for (size_t i = 0; i < t->p.keys_count; i++)
        n += snprintf(text + n, sizeof text - (size_t)n, " %d", (int)t->p.keys[i].state);
    return str_hash((struct str){text, (size_t)n}, 0);
}

static enum err store_once(struct account_turn *t, const struct org *to_be, unsigned set, bool idle, struct fault *f)
{
    struct change_account c = {.head.kind = CHANGE_ACCOUNT, .work = t->work, .with_org = set != 0, .idle = idle};
    struct app_job job = {.app = t->app, .change = &c.head, .after = on_stored};
    enum err code = t->r->store->ops->org_get(t->r, t->a, t->work.org, &c.org);

    if (code != ERR_OK) return code;
    merge(to_be, set, &c.org);
    c.told = face_of(t, c.org.state) != t->face;
    code = app_submit_wait(&job);
    *f = c.head.fault;
    if (code != ERR_OK) return code;
    t->work.rev = c.work.rev;
    t->org = c.org;
    t->face = face_of(t, c.org.state);
    return ERR_OK;
}

/* False: somebody else changed the record. */
static bool is_mine(struct account_turn *t)
{
    struct account_work now = {0};
    enum err code = t->r->store->ops->account_get(t->r, t->a, t->work.org, &now);

    return (code == ERR_OK || code == ERR_NOT_FOUND) && now.rev == t->work.rev;
}

/* Is it refused while attempts are open? */
static bool wants_quiet(struct account_turn *t, unsigned set, bool idle)
{
    struct org now;

    if (idle || (set & ACCOUNT_SET_ACCOUNT) == 0) return idle;
    return t->r->store->ops->org_get(t->r, t->a, t->work.org, &now) == ERR_OK &&
           strcmp(now.account_sid, t->org.account_sid) != 0;
}

enum account_step account_store(struct account_turn *t, unsigned set, bool idle)
{
    struct org to_be = t->org;
    bool quiet = wants_quiet(t, set, idle);
    struct buf text;
    struct fault f = {0};
    enum err code;

    buf_init(&text, ACCOUNT_PROGRESS_BYTES_MAX);
    account_progress_write(&t->p, &text);
    BUG_IF(buf_check(&text) == ERR_LIMIT);
    t->work.progress = buf_str(&text);
    t->work.why = str_from(t->words);
    t->work.updated_ms = account_now_ms(t);
    code = buf_check(&text);
    for (int i = 0; i < STORE_TRIES && code == ERR_OK; i++) {
        code = store_once(t, &to_be, set, idle, &f);
        if (code != ERR_CONFLICT || idle || !is_mine(t)) break;
        code = i + 1 < STORE_TRIES ? ERR_OK : ERR_CONFLICT; /* only the organization was changed meanwhile */
    }
    buf_free(&text);
    t->work.progress = t->work.why = (struct str){NULL, 0};
    if (code == ERR_OK) return ACCOUNT_ON;
    if (code != ERR_CONFLICT) t->unstored = true;
    t->words = arena_printf(t->a, "%s", f.what);
    /* What was to be stored with the organization is not: going on would store the rest without it. */
    return code == ERR_CONFLICT && quiet && is_mine(t) ? ACCOUNT_WAIT : ACCOUNT_LOST;
}

/* ---- a turn ---- */

static enum err open_accounts(struct account_turn *t, struct twilio_account *parent, struct fault *f)
{
    const struct settings *s = t->app->settings;
    struct org none = {.id = 0};
    enum err code = org_account_open_by_token(t->app->sealer, s, t->a, &none, parent, f);

    t->parent = parent;
    if (code != ERR_OK && code != ERR_NOT_FOUND && code != ERR_INVALID) return code;
    if (t->org.account_sid[0] == '\0') return ERR_OK;
    if (code != ERR_OK) t->parent = &t->own; /* an installation without a token: each account for itself */
    code = org_account_open_by_token(t->app->sealer, s, t->a, &t->org, &t->own, f);
    t->has_own = code == ERR_OK;
    return code;
}

/* Parts after what a person wants and what Twilio says: each may wait by itself. */
static enum account_step tend(struct account_turn *t)
{
    enum account_step (*const parts[])(struct account_turn *) = {account_rotate, account_keys, account_stream};

    for (size_t i = 0; i < sizeof parts / sizeof parts[0] && t->work.standing == STANDING_ACTIVE; i++) {
        enum account_step step = parts[i](t);
        if (step == ACCOUNT_LOST || step == ACCOUNT_AGAIN) return step;
    }
    return ACCOUNT_ON;
}

static enum account_step walk(struct account_turn *t)
{
    enum account_step step = t->p.wish == WISH_CREATE ? account_make(t) : ACCOUNT_ON;

    if (step != ACCOUNT_ON || (t->p.wish == WISH_NONE && !t->has_own)) return step;
    if (t->has_own) step = account_look(t);
    if (step == ACCOUNT_ON && t->p.wish != WISH_NONE) step = account_wish(t);
    return step == ACCOUNT_ON && t->has_own ? tend(t) : step;
}

/* Stored at the end, whatever came of it: when it is looked at again. */
static void settle(struct account_turn *t, enum account_step step)
{
    const struct settings *s = t->app->settings;
    int64_t now_ms = account_now_ms(t);
    bool ended = t->work.standing == STANDING_CLOSED || t->org.account_sid[0] == '\0';

    if (step == ACCOUNT_LOST) return;
    if (step == ACCOUNT_AGAIN) note_next(t, now_ms + backoff_ms(AGAIN_FIRST_MS, AGAIN_MAX_MS, ++t->p.failures));
    else t->p.failures = 0;
    if (!ended) note_next(t, now_ms + s->accounts_look_ms);
    t->work.next_ms = t->next_ms;
    (void)account_store(t, 0, false);
}

static enum err prepare(struct account_turn *t, struct twilio_account *parent, struct fault *f)
{
    /* First: what is stored at the end is written over what was read. */
    enum err code = account_progress_read(t->work.progress, &t->p);

    if (code != ERR_OK) return fault_set(f, ERR_CORRUPT, "what is stored of its account does not read back");
    code = t->r->store->ops->org_get(t->r, t->a, t->work.org, &t->org);
    if (code != ERR_OK) return fault_set(f, code, "its organization cannot be read now");
    t->face = face_of(t, t->org.state);
    return open_accounts(t, parent, f);
}

bool accounts_turn(struct app *app, struct store_reader *r, struct rest *rest, struct arena *a,
                   const struct account_work *w)
{
    struct account_turn *t = arena_alloc(a, sizeof *t);
    struct twilio_account parent = {.edges_count = 0};
    struct fault f = {0};
    enum err code;

    if (t == NULL) return false;
    *t = (struct account_turn){.app = app, .r = r, .rest = rest, .a = a, .work = *w};
    code = prepare(t, &parent, &f);
    if (code == ERR_OK) settle(t, walk(t));
    else {
        log_event(LOG_ERROR, "account_cannot_go_on", log_int("org", w->org), log_text("why", f.what));
        t->words = arena_printf(a, "It cannot go on: %s", f.what);
        if (code != ERR_CORRUPT) settle(t, ACCOUNT_AGAIN); /* what does not read back is not written over */
    }
    twilio_account_wipe(&t->own);
    twilio_account_wipe(&parent);
    explicit_bzero(&t->p, sizeof t->p);
    return code == ERR_OK && !t->unstored;
}
