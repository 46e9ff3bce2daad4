/* accounts: what a person wants of an organization's account, and what is told of it. Contract in accounts.h. */
#include "app/accounts.h"

#include "app/account_progress.h"
#include "app/pump.h"
#include "app/view.h"
#include "base/json_out.h"
#include "twilio/subaccounts.h"

#include <stdio.h>
#include <string.h>

enum { LOOK_PAUSE_MS = 1000, ORGS_PAGE = 16, ORGS_BYTES = 1 << 20 };

/* ---- storing a wish ---- */

static bool on_wanted(struct app_job *job)
{
    const struct account_job *j = job->context;
    struct note n = {.kind = NOTE_ORG_CHANGED, .org = j->change.work.org};

    if (j->change.with_org) {
        atomic_fetch_add(&job->app->accounts_generation, 1);
        job->app->tell(job->app->pump, &n);
    }
    if (job->app->wake_registrations != NULL) job->app->wake_registrations(job->app->onboarding);
    return false;
}

static enum err keep(struct arena *a, const struct account_progress *p, struct str *out)
{
    struct buf text;
    enum err code;

    buf_init(&text, ACCOUNT_PROGRESS_BYTES_MAX);
    account_progress_write(p, &text);
    code = buf_check(&text);
    if (code == ERR_OK) *out = arena_str(a, buf_str(&text));
    buf_free(&text);
    return code == ERR_OK && out->at == NULL ? ERR_FULL : code;
}

/* The record as it is now; nothing is a beginning. */
static enum err open_work(struct store_reader *r, struct arena *a, const struct org *org, struct account_work *w,
                          struct account_progress *p, struct problem *problem)
{
    enum err code = r->store->ops->account_get(r, a, org->id, w);

    if (code == ERR_NOT_FOUND) {
        *w = (struct account_work){.org = org->id};
        code = ERR_OK;
    }
    if (code == ERR_OK) code = account_progress_read(w->progress, p);
    return code == ERR_OK ? ERR_OK : problem_set(problem, code, "What is stored of the account cannot be read now.");
}

bool accounts_is_rotating(struct store_reader *r, struct arena *a, org_id org)
{
    struct account_progress progress = {.rotation = ROTATION_NONE};
    struct account_work w;
    enum err code = r->store->ops->account_get(r, a, org, &w);
    bool rotating;

    if (code == ERR_NOT_FOUND) return false;
    if (code == ERR_OK) code = account_progress_read(w.progress, &progress);
    rotating = code != ERR_OK || progress.rotation != ROTATION_NONE;
    explicit_bzero(&progress, sizeof progress);
    return rotating;
}

enum err accounts_may_set_state(struct store_reader *r, struct arena *a, const struct org *org, bool moves,
                                struct problem *p)
{
    struct account_progress progress = {.wish = WISH_NONE};
    struct account_work w;
    enum err code = open_work(r, a, org, &w, &progress, p);

    if (code == ERR_OK && progress.wish != WISH_NONE && progress.wish != WISH_CREATE)
        code = problem_set(p, ERR_CONFLICT, "It is wanted to %s its account, which ends by itself and sets the state;"
                           " change it then.", account_wish_name(progress.wish));
    if (code == ERR_OK && progress.halted && !moves) /* or what a person wants now would end with Twilio's suspension */
        code = problem_set(p, ERR_CONFLICT, "Twilio has its account as suspended or closed, so it is stopped until the"
                           " account is active again. To keep it stopped after that, suspend its account; to start it,"
                           " resume its account, or give it another.");
    explicit_bzero(&progress, sizeof progress);
    return code;
}

static enum err prepare(struct app *app, struct arena *a, const struct org *org, struct account_work *w,
                        const struct account_progress *p, struct account_job *out, struct problem *problem)
{
    enum err code = keep(a, p, &w->progress);

    if (code != ERR_OK) return problem_set(problem, code, "What is wanted of the account cannot be kept.");
    w->next_ms = w->updated_ms = clock_wall_ms(app->clock);
    w->why = (struct str){NULL, 0};
    *out = (struct account_job){
        .job = {.app = app, .change = &out->change.head, .after = on_wanted, .context = out},
        .change = {.head.kind = CHANGE_ACCOUNT, .work = *w, .org = *org, .told = true}};
    return ERR_OK;
}

/* ---- verbs ---- */

static enum err check_installation(const struct app *app, struct problem *p)
{
    const struct settings *s = app->settings;

    if (s->twilio_account_sid[0] != '\0' && s->twilio_auth_token[0] != '\0') return ERR_OK;
    return problem_set(p, ERR_CONFLICT, "The settings twilio.account_sid and twilio.auth_token are needed: subaccounts"
                                        " are the installation's.");
}

static enum err check_create(const struct app *app, const struct org *org, struct problem *p)
{
    if (org->account_sid[0] != '\0')
        return problem_set(p, ERR_CONFLICT, "The organization has the account %s already.", org->account_sid);
    return check_installation(app, p);
}

static bool is_twin(const struct org *one, const struct org *org)
{
    return one->id != org->id && one->state != ORG_CLOSED && strcmp(one->account_sid, org->account_sid) == 0;
}

enum err accounts_alone(struct store_reader *r, const struct org *org, struct problem *p)
{
    struct org page[ORGS_PAGE];
    struct arena text; /* of one page: there may be many */
    size_t count = ORGS_PAGE;
    org_id after = 0;
    enum err code = ERR_OK;

    arena_init(&text, ORGS_BYTES);
    while (code == ERR_OK && count == ORGS_PAGE) {
        if (r->store->ops->orgs(r, &text, after, page, &count) != ERR_OK)
            code = problem_set(p, ERR_UNAVAILABLE, "The organizations cannot be read now; try again.");
        for (size_t i = 0; i < count && code == ERR_OK; i++) {
            after = page[i].id;
            if (is_twin(&page[i], org))
                code = problem_set(p, ERR_CONFLICT, "The organization %s has the same account, and would be locked out:"
                                   " rotate the token in Twilio's console, then give it to both.", page[i].slug);
        }
        arena_reset(&text);
    }
    return code;
}

static enum err check_rotate(const struct app *app, const struct org *org, const struct account_progress *progress,
                             struct problem *p)
{
    if (org->account_sid[0] == '\0' || org->token_sealed.len == 0)
        return problem_set(p, ERR_CONFLICT, "The organization has no account of its own, with an auth token: there is"
                                            " nothing to rotate.");
    if (strcmp(org->account_sid, app->settings->twilio_account_sid) == 0)
        return problem_set(p, ERR_CONFLICT, "Its account is the installation's own, whose token the settings hold and"
                                            " others use: rotate it in Twilio's console, then in twilio.auth_token.");
    if (progress->rotation != ROTATION_NONE)
        return problem_set(p, ERR_CONFLICT, "A rotation is under way (%s); it ends by itself.",
                           account_rotation_name(progress->rotation));
    if (org->token2_sealed.len > 0)
        return problem_set(p, ERR_CONFLICT, "A second token was given by hand (auth_token_secondary); take it away"
                                            " first.");
    return ERR_OK;
}

static enum err check(const struct app *app, const struct org *org, enum account_verb verb,
                      const struct account_progress *progress, struct problem *p)
{
    if (org->state == ORG_CLOSED) return problem_set(p, ERR_CONFLICT, "The organization is closed, for good.");
    if (progress->wish == WISH_CLOSE) return problem_set(p, ERR_CONFLICT, "The account is being closed.");
    switch (verb) {
    case ACCOUNT_VERB_CREATE: return check_create(app, org, p);
    case ACCOUNT_VERB_ROTATE: return check_rotate(app, org, progress, p);
    case ACCOUNT_VERB_SUSPEND:
    case ACCOUNT_VERB_RESUME:
    case ACCOUNT_VERB_CLOSE: return ERR_OK;
    }
    BUG_IF(true);
}

/* Who has no account at Twilio is stopped and started here alone. */
static void set_state(struct account_job *j, const struct org *org, enum account_verb verb)
{
    bool own = org->account_sid[0] != '\0';

    if (verb == ACCOUNT_VERB_SUSPEND) j->change.org.state = ORG_SUSPENDED;
    if (verb == ACCOUNT_VERB_CLOSE) j->change.org.state = ORG_CLOSED;
    if (verb == ACCOUNT_VERB_RESUME && !own) j->change.org.state = ORG_ACTIVE;
    j->change.with_org = j->change.org.state != org->state;
}

enum err accounts_want(struct app *app, struct store_reader *r, struct arena *a, const struct org *org,
                       enum account_verb verb, struct account_job *out, struct problem *p)
{
    static const enum account_wish wishes[] = {[ACCOUNT_VERB_CREATE] = WISH_CREATE,
                                               [ACCOUNT_VERB_SUSPEND] = WISH_SUSPEND,
                                               [ACCOUNT_VERB_RESUME] = WISH_RESUME,
                                               [ACCOUNT_VERB_CLOSE] = WISH_CLOSE};
    struct account_progress progress;
    struct account_work w;
    enum err code = open_work(r, a, org, &w, &progress, p);

    if (code == ERR_OK) code = check(app, org, verb, &progress, p);
    if (code == ERR_OK && verb == ACCOUNT_VERB_ROTATE) code = accounts_alone(r, org, p);
    if (code != ERR_OK) return code;
    if (verb == ACCOUNT_VERB_ROTATE) progress.rotation = ROTATION_WANTED;
    else {
        if (progress.wish != wishes[verb]) progress.begun_ms = 0;
        progress.wish = wishes[verb];
        progress.wished_ms = clock_wall_ms(app->clock);
    }
    code = prepare(app, a, org, &w, &progress, out, p);
    if (code == ERR_OK) set_state(out, org, verb);
    return code;
}

/* ---- API keys ---- */

/* Room for one more: the oldest that was revoked is forgotten. */
static bool make_room(struct account_progress *p)
{
    if (p->keys_count < ACCOUNT_KEYS_MAX) return true;
    for (size_t i = 0; i < p->keys_count; i++) {
        if (p->keys[i].state != ACCOUNT_KEY_REVOKED) continue;
        memmove(&p->keys[i], &p->keys[i + 1], (p->keys_count - i - 1) * sizeof p->keys[0]);
        p->keys_count--;
        return true;
    }
    return false;
}

enum err accounts_key_create(struct app *app, struct store_reader *r, struct arena *a, const struct org *org,
                             struct str name, struct account_job *out, struct problem *p)
{
    struct account_progress progress;
    struct account_work w;
    struct account_key *k;
    enum err code = open_work(r, a, org, &w, &progress, p);

    if (code != ERR_OK) return code;
    if (name.len == 0 || name.len >= sizeof k->name)
        return problem_field(p, "name", name, "A key's name has 1 to 40 bytes.", "Say what it is for.");
    if (org->account_sid[0] == '\0' || org->token_sealed.len == 0 || org->state == ORG_CLOSED)
        return problem_set(p, ERR_CONFLICT, "The organization has no open account of its own to make keys of.");
    if (!make_room(&progress))
        return problem_set(p, ERR_CONFLICT, "It has %d API keys; revoke one first.", ACCOUNT_KEYS_MAX);
    k = &progress.keys[progress.keys_count++];
    *k = (struct account_key){.id = ++progress.keys_made, .state = ACCOUNT_KEY_WANTED,
                              .created_ms = clock_wall_ms(app->clock)};
    (void)snprintf(k->name, sizeof k->name, STR_FMT, STR_ARG(name));
    return prepare(app, a, org, &w, &progress, out, p);
}

enum err accounts_key_revoke(struct app *app, struct store_reader *r, struct arena *a, const struct org *org,
                             uint32_t key, struct account_job *out, struct problem *p)
{
    struct account_progress progress;
    struct account_work w;
    const struct account_key *next;
    struct account_key *k;
    enum err code = open_work(r, a, org, &w, &progress, p);

    if (code != ERR_OK) return code;
    k = account_progress_key(&progress, key);
    if (k == NULL) return problem_set(p, ERR_NOT_FOUND, "There is no such key.");
    if (k->state == ACCOUNT_KEY_REVOKED || k->state == ACCOUNT_KEY_REVOKING)
        return problem_set(p, ERR_CONFLICT, "The key is %s already.", account_key_state_name(k->state));
    if (k->state == ACCOUNT_KEY_MAKING)
        return problem_set(p, ERR_CONFLICT, "The key is being made; revoke it when it is there.");
    k->state = k->state == ACCOUNT_KEY_WANTED ? ACCOUNT_KEY_REVOKED : ACCOUNT_KEY_REVOKING;
    k->revoked_ms = clock_wall_ms(app->clock);
    code = prepare(app, a, org, &w, &progress, out, p);
    if (code != ERR_OK) return code;
    next = account_progress_key_in_use(&progress);
    out->change.with_org = true;
    (void)snprintf(out->change.org.key_sid, sizeof out->change.org.key_sid, "%s", next == NULL ? "" : next->sid);
    out->change.org.key_sealed = next == NULL ? (struct str){NULL, 0} : arena_str(a, str_from(next->sealed));
    return ERR_OK;
}

/* ---- a beginning ---- */

enum err accounts_begin(const struct app *app, struct arena *a, const struct org *org, struct account_work *out)
{
    struct account_progress p = {.wish = WISH_CREATE, .wished_ms = clock_wall_ms(app->clock)};
    const struct settings *s = app->settings;
    bool can = s->twilio_account_sid[0] != '\0' && s->twilio_auth_token[0] != '\0';

    *out = (struct account_work){.updated_ms = p.wished_ms};
    if (org->account_sid[0] != '\0') {
        out->next_ms = p.wished_ms + s->accounts_look_ms;
        return ERR_OK;
    }
    if (org->id != 0 || !s->accounts_at_create || !can) return ERR_OK;
    out->next_ms = p.wished_ms;
    return keep(a, &p, &out->progress);
}

void accounts_look_soon(struct app *app, struct store_reader *r, struct arena *a, org_id org)
{
    struct change_account c = {.head.kind = CHANGE_ACCOUNT};
    int64_t now_ms = clock_wall_ms(app->clock);

    if (r->store->ops->account_get(r, a, org, &c.work) != ERR_OK) return;
    if (now_ms < c.work.seen_ms + LOOK_PAUSE_MS) now_ms = c.work.seen_ms + LOOK_PAUSE_MS; /* just asked */
    if (c.work.next_ms <= now_ms) return;
    c.work.next_ms = now_ms;
    (void)!store_change_wait(app->queue, &c.head); /* changed meanwhile: then it is being looked at */
}

/* ---- views ---- */

static void put_key(const struct account_progress *p, const struct account_key *k, struct buf *out)
{
    json_open(out, '{');
    json_put_int(out, "id", k->id);
    json_put_text(out, "name", k->name);
    json_put_text(out, "sid", k->sid[0] == '\0' ? NULL : k->sid);
    json_put_text(out, "state", account_key_state_name(k->state));
    json_put_bool(out, "in_use", k == account_progress_key_in_use(p));
    json_put_time(out, "created_at", k->created_ms);
    json_put_time(out, "revoked_at", k->revoked_ms);
    json_close(out, '}');
}

static void put_keys(const struct account_progress *p, struct buf *out)
{
    json_open(out, '[');
    for (size_t i = 0; i < p->keys_count; i++) put_key(p, &p->keys[i], out);
    json_close(out, ']');
}

static void read_or_none(const struct account_work *w, struct account_progress *p)
{
    if (account_progress_read(w == NULL ? (struct str){NULL, 0} : w->progress, p) != ERR_OK)
        *p = (struct account_progress){0};
}

void account_keys_view(const struct account_work *w, struct buf *out)
{
    struct account_progress p;

    read_or_none(w, &p);
    put_keys(&p, out);
    explicit_bzero(&p, sizeof p);
}

static void put_rotation(const struct account_progress *p, struct buf *out)
{
    const char *step = account_rotation_name(p->rotation);

    json_key(out, "rotation");
    json_open(out, '{');
    json_put_text(out, "step", step[0] == '\0' ? NULL : step);
    json_put_time(out, "since", p->rotation == ROTATION_NONE ? 0 : p->rotation_ms);
    json_put_time(out, "last_at", p->rotated_ms);
    json_close(out, '}');
}

void account_view(const struct org *org, const struct account_work *w, struct buf *out)
{
    static const char *const standings[] = {"unknown", "active", "suspended", "closed"};
    static const struct account_work none = {.org = 0};
    struct account_progress p;
    const struct account_work *work = w == NULL ? &none : w;
    bool own = org->account_sid[0] != '\0';
    const char *wish;

    read_or_none(w, &p);
    wish = account_wish_name(p.wish);
    json_open(out, '{');
    json_put_text(out, "organization", org->slug);
    json_put_text(out, "state", view_org_state(org->state));
    json_put_text(out, "account_sid", own ? org->account_sid : NULL);
    json_put_text(out, "uses", own ? "its own account" : "the installation's account");
    json_put_text(out, "at_twilio", own ? standings[work->standing] : NULL);
    json_put_time(out, "seen_at", work->seen_ms);
    json_put_text(out, "wanted", wish[0] == '\0' ? NULL : wish);
    json_put_bool(out, "busy", account_progress_is_busy(&p));
    json_put_str_or_null(out, "why", work->why);
    json_put_bool(out, "halted", p.halted);
    put_rotation(&p, out);
    json_put_text(out, "requests_use", org->key_sid[0] != '\0' ? org->key_sid : "auth token");
    json_key(out, "keys");
    put_keys(&p, out);
    json_put_text(out, "event_sink_sid", p.sink_sid[0] == '\0' ? NULL : p.sink_sid);
    json_put_int(out, "closed_kept_days", SUBACCOUNT_CLOSED_KEPT_DAYS);
    json_put_time(out, "next_at", work->next_ms);
    json_close(out, '}');
    explicit_bzero(&p, sizeof p);
}
