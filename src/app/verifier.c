/* verifier: who waits for Verify, at what pace, and what is judged before it is asked. Contract in verifier.h. Owns its
 * threads; a job in `first` is its maker's. */
#include "app/verifier.h"

#include "app/gate.h"
#include "base/map.h"
#include "base/timed_cond.h"
#include "rules/phone.h"
#include "twilio/verify.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { WORKERS_MAX = 16, ROUND_MS = 1000, WAIT_MAX_US = 1000000, JOBS_MAX = 1024, TEXT_BYTES = 1 << 20 };
#define HOUR_MS INT64_C(3600000)

struct worker {
    struct verifier *v;
    struct store_reader *reader;
    struct rest *rest;
    struct arena scratch;
    pthread_t thread;
    bool running;
    org_id org;  /* whose job it has; 0 none */
    bool makes;  /* it looks for that organization's service, or makes it */
};
struct verifier {
    struct app *app;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* Under the lock. */
    struct verify_job *first; /* every job that was prepared and is not finished, the oldest last */
    size_t jobs;
    struct map paces;         /* organization -> monotonic microseconds: not before this */
    _Atomic bool ending, stopping;
    size_t count;
    struct worker workers[WORKERS_MAX];
};

/* ---- claims: one job a number, no queue longer than a second ---- */

static struct verify_job *job_of(const struct verifier *v, org_id org, uint64_t number)
{
    for (struct verify_job *j = v->first; j != NULL; j = j->next)
        if (j->org.id == org && j->number == number) return j;
    return NULL;
}

static int64_t interval_us(const struct app *app)
{
    /* A little slower than allowed: requests overtake each other on their way. */
    return 1020000 / app->settings->limits_verify_per_s + 1;
}

static int64_t queue_us(const struct verifier *v, org_id org, int64_t now_us)
{
    const union map_value *next = map_get(&v->paces, org);
    int64_t wait_us = next == NULL ? 0 : (int64_t)next->num - now_us;
    if (wait_us < 0) wait_us = 0;
    for (const struct verify_job *j = v->first; j != NULL; j = j->next)
        if (j->org.id == org) wait_us += interval_us(v->app);
    return wait_us;
}

/* Under the lock. ERR_LIMIT with the time to wait. */
static enum err claim_it(struct verifier *v, struct verify_job *j)
{
    int64_t wait_us = queue_us(v, j->org.id, clock_mono_us(v->app->clock));
    j->wait_ms = 1000;
    if (j->number != 0 && job_of(v, j->org.id, j->number) != NULL) {
        j->twilio_code = VERIFY_AT_ONCE;
        return ERR_LIMIT;
    }
    j->wait_ms = wait_us / 1000;
    if (wait_us > WAIT_MAX_US || v->jobs == JOBS_MAX) return ERR_LIMIT;
    j->next = v->first;
    v->first = j;
    v->jobs++;
    return ERR_OK;
}

static void release(struct verifier *v, struct verify_job *j)
{
    struct verify_job **at = &v->first;
    pthread_mutex_lock(&v->lock);
    while (*at != NULL && *at != j) at = &(*at)->next;
    if (*at == j) {
        *at = j->next;
        v->jobs--;
    }
    pthread_mutex_unlock(&v->lock);
}

static void on_finished(struct app_job *job)
{
    struct verify_job *j = job->context;
    release(job->app->verifier, j);
    explicit_bzero(j->code, sizeof j->code);
    j->finish(job);
}

/* What is taken is stored, or nothing had to be: a worker may have it. */
static bool on_stored(struct app_job *job)
{
    struct verify_job *j = job->context;
    struct verifier *v = job->app->verifier;
    pthread_mutex_lock(&v->lock);
    j->queued = true;
    pthread_cond_broadcast(&v->changed);
    pthread_mutex_unlock(&v->lock);
    return true;
}

static enum err claim(struct app *app, const struct org *org, struct verify_job *j, struct problem *p)
{
    struct verifier *v = app->verifier;
    enum err code;
    if (v == NULL || v->ending) return problem_set(p, ERR_UNAVAILABLE, "Numbers cannot be verified now; try again.");
    j->org = *org;
    j->job = (struct app_job){.app = app, .change = &j->before.head, .after = on_stored, .finish = on_finished,
                              .context = j};
    pthread_mutex_lock(&v->lock);
    code = claim_it(v, j);
    pthread_mutex_unlock(&v->lock);
    if (code == ERR_OK) return ERR_OK;
    return problem_set(p, code, j->twilio_code != 0
                                    ? "Another request for this number is under way; wait for its answer."
                                    : "The organization's Verify service is asked as fast as it may be"
                                      " (limits.verify_per_s); wait a moment.");
}

bool verifier_is_claimed(struct verifier *v, org_id org, uint64_t number)
{
    bool claimed;

    if (v == NULL) return false;
    pthread_mutex_lock(&v->lock);
    claimed = job_of(v, org, number) != NULL;
    pthread_mutex_unlock(&v->lock);
    return claimed;
}

/* Under the lock. */
static int64_t slot(struct verifier *v, org_id org)
{
    int64_t now_us = clock_mono_us(v->app->clock);
    union map_value *next = map_put(&v->paces, org);
    int64_t at_us = next != NULL && (int64_t)next->num > now_us ? (int64_t)next->num : now_us;

    if (next != NULL) next->num = (uint64_t)(at_us + interval_us(v->app));
    return at_us;
}

int64_t verifier_slot_us(struct verifier *v, org_id org)
{
    int64_t at_us;

    pthread_mutex_lock(&v->lock);
    at_us = slot(v, org);
    pthread_mutex_unlock(&v->lock);
    return at_us;
}

bool verifier_pace(struct verifier *v, org_id org)
{
    int64_t at_us;

    pthread_mutex_lock(&v->lock);
    at_us = slot(v, org);
    while (!v->ending && clock_mono_us(v->app->clock) < at_us) (void)timed_cond_wait(&v->changed, &v->lock, at_us);
    pthread_mutex_unlock(&v->lock);
    return !v->ending;
}

/* ---- what is judged before ---- */

void verifier_judge(const struct app *app, struct verification_record *v)
{
    if (verification_is_open(v->state) && v->expires_ms <= clock_wall_ms(app->clock))
        v->state = VERIFICATION_EXPIRED;
}

static uint64_t country_key(const struct phone *p)
{
    return (uint64_t)(unsigned char)p->country[0] << 8 | (unsigned char)p->country[1];
}

static enum err judge_number(const struct app *app, struct store_reader *r, const struct org *org,
                             const struct verify_ask *ask, struct phone *phone, struct problem *p)
{
    struct number_facts known;
    char text[PHONE_TEXT_BYTES];
    phone_format_e164(ask->number, text);
    if (phone_from_digits(ask->number, phone) != ERR_OK || phone->type == PHONE_PREMIUM ||
        phone->type == PHONE_SPECIAL || phone->type == PHONE_PAGER || phone->type == PHONE_TOLL_FREE)
        return problem_field(p, "to", str_from(text), "Nobody's telephone has this kind of number.",
                             "Ask for a mobile number.");
    if (gate_country_off(org->region, org->countries, phone))
        return problem_field(p, "to", str_from(text), "Its country is not enabled for this organization.",
                             "An operator enables it: sterling org update ORG --countries.");
    if (ask->channel == VERIFICATION_BY_CALL && !app->settings->verify_calls)
        return problem_field(p, "channel", STR("call"), "Codes are not spoken here: the setting verify.calls is off.",
                             "Use sms.");
    if (r->store->ops->number_facts(r, org->id, ask->number, &known) != ERR_OK)
        return problem_set(p, ERR_UNAVAILABLE, "What is known of the number cannot be read now.");
    if (known.line == LINE_LANDLINE && ask->channel == VERIFICATION_BY_SMS)
        return problem_field(p, "to", str_from(text), "It is a landline, which cannot get texts.",
                             app->settings->verify_calls ? "Use the channel call." : "Ask for a mobile number.");
    return ERR_OK;
}

static void guard_start(const struct app *app, const struct verify_ask *ask, const struct phone *phone,
                        struct change_verification *c)
{
    const struct settings *s = app->settings;
    c->guards[c->guards_count++] =
        (struct verify_guard){VERIFY_OF_NUMBER, ask->number, HOUR_MS, s->verify_number_per_h};
    if (ask->has_address)
        c->guards[c->guards_count++] =
            (struct verify_guard){VERIFY_OF_ADDRESS, ip_customer(&ask->address), HOUR_MS, s->verify_address_per_h};
    c->guards[c->guards_count++] =
        (struct verify_guard){VERIFY_OF_COUNTRY, country_key(phone), HOUR_MS, s->verify_country_per_h};
}

/* The one that a start goes on with: Verify has one code for a number, for ten minutes. */
static enum err find_open(struct store_reader *r, const struct org *org, uint64_t number, int64_t now_ms,
                          struct verify_job *j, struct problem *p)
{
    struct verification_record known;
    enum err code = r->store->ops->verification_of(r, org->id, number, &known);
    if (code == ERR_NOT_FOUND) return ERR_OK;
    if (code != ERR_OK) return problem_set(p, ERR_UNAVAILABLE, "The verification cannot be read now; try again.");
    if (known.expires_ms <= now_ms) return ERR_OK;
    j->wait_ms = known.expires_ms - now_ms;
    if (known.state == VERIFICATION_SPENT || (known.state == VERIFICATION_PENDING &&
                                              known.sends >= VERIFICATION_SENDS_MAX)) {
        j->twilio_code = known.state == VERIFICATION_SPENT ? VERIFY_TOO_MANY_CHECKS : VERIFY_TOO_MANY_SENDS;
        return problem_set(p, ERR_LIMIT, "This number has had all the codes and tries of its ten minutes.");
    }
    if (verification_is_open(known.state)) j->before.v = known;
    return ERR_OK;
}

static enum err read_service(struct store_reader *r, const struct org *org, struct verify_job *j, struct problem *p)
{
    enum err code = r->store->ops->verify_service_get(r, org->id, &j->service);
    if (code == ERR_OK || code == ERR_NOT_FOUND) return ERR_OK;
    return problem_set(p, ERR_UNAVAILABLE, "The organization's Verify service cannot be read now; try again.");
}

static void prepare_start(const struct verify_ask *ask, int64_t now_ms, struct verify_job *j)
{
    struct verification_record *v = &j->before.v;
    if (v->id == 0)
        *v = (struct verification_record){.org = j->org.id, .number = ask->number, .state = VERIFICATION_STARTING,
                                          .created_ms = now_ms, .expires_ms = now_ms + VERIFICATION_LIFE_MS};
    /* A request of which nothing is known yet is looked for first: `after` remembers that there was one. */
    j->after.v.asked_ms = v->asked_ms;
    v->channel = ask->channel;
    v->asked_ms = now_ms;
    v->updated_ms = now_ms;
    if (str_copy(ask->locale, v->locale, sizeof v->locale) != ERR_OK) v->locale[0] = '\0';
}

static enum err judge_org(const struct org *org, struct problem *p)
{
    if (org->state == ORG_ACTIVE) return ERR_OK;
    return problem_set(p, ERR_CONFLICT, "The organization is %s: it sends no codes.",
                       org->state == ORG_CLOSED ? "closed" : "suspended");
}

enum err verifier_begin(struct app *app, struct store_reader *r, const struct org *org, const struct verify_ask *ask,
                        struct verify_job *out, struct problem *p)
{
    int64_t now_ms = clock_wall_ms(app->clock);
    struct phone phone;
    enum err code = judge_org(org, p);
    *out = (struct verify_job){.task = VERIFY_TASK_START, .number = ask->number};
    if (code == ERR_OK) code = judge_number(app, r, org, ask, &phone, p);
    if (code != ERR_OK) return code;
    out->before = (struct change_verification){.head = {.kind = CHANGE_VERIFICATION}, .now_ms = now_ms};
    /* Claimed first: what is read then is what the last request for this number has left. */
    code = claim(app, org, out, p);
    if (code != ERR_OK) return code;
    code = read_service(r, org, out, p);
    if (code == ERR_OK) code = find_open(r, org, ask->number, now_ms, out, p);
    if (code != ERR_OK) {
        release(app->verifier, out);
        return code;
    }
    guard_start(app, ask, &phone, &out->before);
    prepare_start(ask, now_ms, out);
    return ERR_OK;
}

static enum err read_own(struct store_reader *r, const struct org *org, uint64_t id, struct verification_record *v,
                         struct problem *p)
{
    enum err code = r->store->ops->verification_get(r, org->id, id, v);
    if (code == ERR_OK || code == ERR_NOT_FOUND) return code;
    return problem_set(p, ERR_UNAVAILABLE, "The verification cannot be read now; try again.");
}

static enum err find_own(struct app *app, struct store_reader *r, const struct org *org, uint64_t id,
                         struct verify_job *out, struct problem *p)
{
    struct verification_record v = {.org = org->id};
    enum err code = read_own(r, org, id, &v, p);
    out->number = v.number;
    if (code == ERR_OK) code = claim(app, org, out, p);
    if (code != ERR_OK) return code;
    /* Claimed: nobody else changes it now. */
    code = read_own(r, org, id, &v, p);
    if (code == ERR_OK) code = read_service(r, org, out, p);
    verifier_judge(app, &v);
    if (code == ERR_OK && v.state == VERIFICATION_SPENT) {
        out->twilio_code = VERIFY_TOO_MANY_CHECKS;
        out->wait_ms = v.expires_ms - clock_wall_ms(app->clock);
        code = problem_set(p, out->wait_ms > 0 ? ERR_LIMIT : ERR_CONFLICT,
                           "Too many wrong codes were tried, and the verification is over; start another one.");
    } else if (code == ERR_OK && !verification_is_open(v.state))
        code = problem_set(p, ERR_CONFLICT, "The verification is over (%s); start another one.",
                           verification_state_name(v.state));
    out->before = (struct change_verification){.head = {.kind = CHANGE_VERIFICATION}, .v = v,
                                               .now_ms = clock_wall_ms(app->clock)};
    out->before.v.updated_ms = out->before.now_ms;
    if (code != ERR_OK) release(app->verifier, out);
    return code;
}

enum err verifier_check(struct app *app, struct store_reader *r, const struct org *org, uint64_t id, struct str typed,
                        struct verify_job *out, struct problem *p)
{
    enum err code;
    *out = (struct verify_job){.task = VERIFY_TASK_CHECK};
    if (!verification_code_is_good(typed) || str_copy(typed, out->code, sizeof out->code) != ERR_OK)
        return problem_field(p, "code", (struct str){NULL, 0}, "It is not 4 to 10 digits.",
                             "Send the digits that the person typed, as a text in quotes.");
    code = find_own(app, r, org, id, out, p);
    if (code != ERR_OK) {
        explicit_bzero(out->code, sizeof out->code);
        return code;
    }
    out->before.v.checks++;
    out->before.guards[0] = (struct verify_guard){VERIFY_CHECKS, out->before.v.number, HOUR_MS,
                                                  app->settings->verify_checks_per_h};
    out->before.guards_count = 1;
    return ERR_OK;
}

enum err verifier_cancel(struct app *app, struct store_reader *r, const struct org *org, uint64_t id,
                         struct verify_job *out, struct problem *p)
{
    *out = (struct verify_job){.task = VERIFY_TASK_CANCEL};
    return find_own(app, r, org, id, out, p);
}

enum err verifier_service(struct app *app, struct store_reader *r, const struct org *org, struct verify_job *out,
                          struct problem *p)
{
    enum err code = judge_org(org, p);
    *out = (struct verify_job){.task = VERIFY_TASK_SERVICE};
    if (code == ERR_OK) code = read_service(r, org, out, p);
    if (code == ERR_OK) code = claim(app, org, out, p);
    if (code != ERR_OK) return code;
    out->job.change = NULL; /* nothing is taken for it */
    return ERR_OK;
}

void verifier_submit(struct verify_job *j)
{
    if (j->job.change == NULL) (void)on_stored(&j->job);
    else app_submit(&j->job);
}

void verifier_drop(struct verify_job *j)
{
    release(j->job.app->verifier, j);
    explicit_bzero(j->code, sizeof j->code);
}

/* ---- workers ---- */

static bool is_free(const struct verifier *v, const struct verify_job *j, bool makes)
{
    size_t busy = 0;
    for (size_t i = 0; i < v->count; i++) {
        if (v->workers[i].org != j->org.id) continue;
        busy++;
        if (makes && v->workers[i].makes) return false;
    }
    /* One organization, whose Twilio may hang, leaves a worker for the others. */
    return busy == 0 || busy + 1 < v->count;
}

/* The oldest that may be asked now. *wait_us: until one may be, if none may. Under the lock. */
static struct verify_job *take(struct verifier *v, struct worker *w, int64_t *wait_us)
{
    int64_t now_us = clock_mono_us(v->app->clock);
    struct verify_job *best = NULL;
    *wait_us = ROUND_MS * 1000;
    for (struct verify_job *j = v->first; j != NULL; j = j->next) {
        const union map_value *next = map_get(&v->paces, j->org.id);
        if (!j->queued || (!v->ending && !is_free(v, j, j->service.sid[0] == '\0'))) continue;
        if (!v->ending && next != NULL && (int64_t)next->num > now_us) {
            if ((int64_t)next->num - now_us < *wait_us) *wait_us = (int64_t)next->num - now_us;
            continue;
        }
        best = j; /* the list has the newest first */
    }
    if (best != NULL) {
        (void)slot(v, best->org.id);
        best->queued = false;
        w->org = best->org.id;
        w->makes = best->service.sid[0] == '\0';
    }
    return best;
}

static struct verify_job *wait_for_job(struct worker *w)
{
    struct verifier *v = w->v;
    struct verify_job *j;
    int64_t wait_us;
    pthread_mutex_lock(&v->lock);
    j = take(v, w, &wait_us);
    if (j == NULL && !v->stopping) {
        (void)timed_cond_wait(&v->changed, &v->lock, clock_mono_us(v->app->clock) + wait_us);
        j = take(v, w, &wait_us);
    }
    pthread_mutex_unlock(&v->lock);
    return j;
}

/* The job before it may have found the service, made it, or begun to, since this one was prepared. */
static void read_service_again(struct worker *w, struct verify_job *j)
{
    struct verify_service_record now;
    if (j->service.sid[0] != '\0') return;
    if (w->reader->store->ops->verify_service_get(w->reader, j->org.id, &now) == ERR_OK) j->service = now;
}

static void serve(struct worker *w, struct verify_job *j)
{
    struct verifier *v = w->v;
    if (!v->ending) read_service_again(w, j);
    if (v->ending) j->result = fault_set(&j->fault, ERR_UNAVAILABLE, "the server is stopping; ask again");
    else verifier_turn(v->app, w->rest, &w->scratch, j);
    arena_reset(&w->scratch);
    app_job_finish(&j->job);
    pthread_mutex_lock(&v->lock);
    w->org = 0;
    w->makes = false;
    pthread_cond_broadcast(&v->changed);
    pthread_mutex_unlock(&v->lock);
}

static void *run(void *owner)
{
    struct worker *w = owner;
    struct verifier *v = w->v;
    int64_t swept_ms = 0;
    while (!v->stopping) {
        struct verify_job *j = wait_for_job(w);
        int64_t now_ms = clock_mono_ms(v->app->clock);
        if (j != NULL) serve(w, j);
        if (w != v->workers || now_ms - swept_ms < ROUND_MS || v->ending) continue;
        swept_ms = now_ms;
        verifier_sweep(v->app, w->reader);
    }
    return NULL;
}

static enum err start_worker(struct verifier *v, struct worker *w, struct fault *f)
{
    const struct settings *s = v->app->settings;
    struct rest_config config = {.timeout_ms = s->provider_timeout_ms,
                                 .connect_timeout_ms = s->provider_connect_timeout_ms, .tries_max = 1,
                                 .seed = (uint64_t)(w - v->workers) + 1};
    enum err code;
    w->v = v;
    arena_init(&w->scratch, TEXT_BYTES);
    code = v->app->store->ops->reader_open(v->app->store, &w->reader, f);
    if (code == ERR_OK) code = rest_new(&config, &w->rest, f);
    if (code != ERR_OK) return code;
    if (pthread_create(&w->thread, NULL, run, w) != 0) return fault_set(f, ERR_FULL, "no thread for verifications");
    w->running = true;
    return ERR_OK;
}

enum err verifier_start(struct app *app, struct verifier **out, struct fault *f)
{
    struct verifier *v = calloc(1, sizeof *v);
    enum err code = ERR_OK;
    *out = NULL;
    if (v == NULL) return fault_set(f, ERR_FULL, "out of memory");
    v->app = app;
    v->count = (size_t)app->settings->verify_workers;
    map_init(&v->paces);
    pthread_mutex_init(&v->lock, NULL);
    timed_cond_init(&v->changed);
    for (size_t i = 0; i < v->count && code == ERR_OK; i++) code = start_worker(v, &v->workers[i], f);
    if (code == ERR_OK) *out = v;
    else verifier_stop(v);
    return code;
}

static void tell(struct verifier *v, _Atomic bool *what)
{
    pthread_mutex_lock(&v->lock);
    *what = true;
    pthread_cond_broadcast(&v->changed);
    pthread_mutex_unlock(&v->lock);
}

void verifier_end(struct verifier *v)
{
    if (v != NULL) tell(v, &v->ending);
}

void verifier_stop(struct verifier *v)
{
    if (v == NULL) return;
    verifier_end(v);
    tell(v, &v->stopping);
    for (size_t i = 0; i < v->count; i++) {
        struct worker *w = &v->workers[i];
        if (w->running) (void)pthread_join(w->thread, NULL);
        rest_free(w->rest);
        if (w->reader != NULL) v->app->store->ops->reader_close(w->reader);
        arena_reset(&w->scratch);
    }
    map_free(&v->paces);
    pthread_cond_destroy(&v->changed);
    pthread_mutex_destroy(&v->lock);
    free(v);
}
