/* lookups: the thread that asks Lookup, its queue and its pace. Contract in lookups.h. */
#include "app/lookups.h"

#include "app/hygiene.h"
#include "app/org_account.h"
#include "base/log.h"
#include "base/timed_cond.h"
#include "rules/carrier.h"
#include "rules/phone.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUND_MS = 1000, TEXT_BYTES = 4 << 20, PROGRAMS_PAGE = 16, PROGRAMS_BYTES = 1 << 20 };
#define DAY_MS INT64_C(86400000)

struct lookups {
    struct app *app;
    struct store_reader *reader;
    struct rest *rest;
    struct arena scratch;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct lookup_job *first, *last; /* who waits; under the lock */
    bool woken, running;
    _Atomic bool ending, stopping;
    int64_t next_mono_ms;            /* not before this: the pace */
};

/* ---- what is known ---- */

static void civil(int64_t at_ms, struct tm *out)
{
    time_t at = (time_t)(at_ms / 1000);
    (void)gmtime_r(&at, out);
}

int32_t lookups_month(int64_t now_ms)
{
    struct tm tm;
    civil(now_ms, &tm);
    return (int32_t)((tm.tm_year + 1900) * 100 + tm.tm_mon + 1);
}

void lookups_day(int64_t at_ms, char out[9])
{
    struct tm tm;
    civil(at_ms, &tm);
    (void)snprintf(out, 9, "%04u%02u%02u", (unsigned)(tm.tm_year + 1900) % 10000, (unsigned)(tm.tm_mon + 1) % 100,
                   (unsigned)tm.tm_mday % 100);
}

bool lookups_is_fresh(const struct app *app, const struct line_record *known, int64_t verified_ms)
{
    int64_t age_ms = clock_wall_ms(app->clock) - known->looked_ms;
    if (age_ms < 0 || age_ms >= app->settings->lookup_keep_days * DAY_MS) return false;
    if (verified_ms == 0 || !known->valid) return true;
    return known->owner != OWNER_NOT_ASKED && known->owner_since_ms / DAY_MS == verified_ms / DAY_MS;
}

uint8_t lookups_carrier(const struct line_record *l)
{
    struct phone phone;
    if (!l->valid || l->carrier[0] == '\0' || phone_from_digits(l->number, &phone) != ERR_OK) return 0;
    return (uint8_t)carrier_in_country(carrier_parse(str_from(l->carrier)), str_from(phone.country));
}

static void take_older(const struct consent_holds *h, int64_t *oldest_ms)
{
    if (h->kind == CONSENT_OPT_IN && h->at_ms > 0 && (*oldest_ms == 0 || h->at_ms < *oldest_ms)) *oldest_ms = h->at_ms;
}

int64_t lookups_consented_ms(struct store_reader *r, uint32_t org, uint64_t number)
{
    struct program page[PROGRAMS_PAGE];
    struct arena texts;
    uint32_t after = 0;
    size_t count = PROGRAMS_PAGE;
    int64_t oldest_ms = 0;
    enum err code = ERR_OK;

    arena_init(&texts, PROGRAMS_BYTES);
    while (count == PROGRAMS_PAGE && code == ERR_OK) {
        code = r->store->ops->programs(r, &texts, org, after, page, &count);
        for (size_t i = 0; i < count && code == ERR_OK; i++) {
            struct consent_holds h;
            after = page[i].id;
            code = r->store->ops->consent_holds(r, org, number, page[i].id, 0, &h);
            if (code == ERR_OK) take_older(&h, &oldest_ms);
        }
        arena_reset(&texts);
    }
    return code == ERR_OK ? oldest_ms : 0;
}

struct consent lookups_void(uint32_t org, uint64_t number, int64_t now_ms)
{
    return (struct consent){.org = org, .number = number, .kind = CONSENT_OPT_OUT, .scope = CONSENT_OF_ORG,
                            .at_ms = now_ms, .recorded_ms = now_ms, .source = STR("wrong_number"),
                            .evidence = STR("Twilio Lookup: reassigned since that consent was given")};
}

/* ---- asking ---- */

enum err lookups_account(struct app *app, struct arena *a, const struct org *org, struct twilio_account *out,
                         struct fault *f)
{
    const struct settings *s = app->settings;
    struct str sid = org_account_sid(s, org);

    /* Lookup acts on the account that authenticates: another's token would ask, and pay, for somebody else. */
    if (sid.len == 0 || (!str_equal(sid, str_from(s->twilio_account_sid)) && org->token_sealed.len == 0))
        return fault_set(f, ERR_DENIED, "the organization has no Twilio account with an auth token of its own");
    return org_account_open(app->sealer, s, a, org, out, f);
}

static bool wait_until(struct lookups *l, int64_t mono_ms)
{
    pthread_mutex_lock(&l->lock);
    while (!l->ending && clock_mono_ms(l->app->clock) < mono_ms)
        if (!timed_cond_wait(&l->changed, &l->lock, mono_ms * 1000)) break;
    pthread_mutex_unlock(&l->lock);
    return !l->ending;
}

static void record_of(const struct twilio_lookup *found, uint64_t number, int64_t verified_ms, int64_t now_ms,
                      struct line_record *out)
{
    static const enum line_owner owners[] = {OWNER_NOT_ASKED, OWNER_UNKNOWN, OWNER_SAME, OWNER_CHANGED};
    *out = (struct line_record){.number = number, .valid = found->valid, .line = line_type_parse(str_from(found->type)),
                                .looked_ms = now_ms};
    if (str_copy(str_from(found->carrier), out->carrier, sizeof out->carrier) != ERR_OK) out->carrier[0] = '\0';
    memcpy(out->mcc, found->mcc, sizeof out->mcc);
    memcpy(out->mnc, found->mnc, sizeof out->mnc);
    if (verified_ms == 0) return;
    out->owner = found->reassigned == LOOKUP_OWNER_NOT_ASKED ? OWNER_UNKNOWN : owners[found->reassigned];
    out->owner_since_ms = verified_ms;
}

enum err lookups_ask(struct lookups *l, const struct twilio_account *a, uint64_t number, int64_t verified_ms,
                     struct line_record *out, struct fault *f)
{
    struct lookup_ask ask = {.line_type = true};
    struct twilio_lookup found;
    int code = 0;
    enum err result;
    if (!wait_until(l, l->next_mono_ms)) return ERR_CANCELED;
    l->next_mono_ms = clock_mono_ms(l->app->clock) + (1000 + l->app->settings->limits_lookup_per_s - 1) /
                                                         l->app->settings->limits_lookup_per_s;
    if (verified_ms > 0) lookups_day(verified_ms, ask.verified_on);
    result = lookup_number(l->rest, a, number, &ask, &found, &code, f);
    if (result == ERR_NOT_FOUND) { /* no number at all, says Twilio */
        found = (struct twilio_lookup){0};
        result = ERR_OK;
    }
    if (result != ERR_OK) return result;
    record_of(&found, number, verified_ms, clock_wall_ms(l->app->clock), out);
    out->carrier_id = lookups_carrier(out);
    return ERR_OK;
}

/* ---- single numbers ---- */

/* What Twilio answered is paid for, whatever becomes of it here. */
static void store_answer(struct lookups *l, struct lookup_job *j, bool answered)
{
    struct change_lookup change = {.head = {.kind = CHANGE_LOOKUP}, .org = j->org.id, .month = j->change.month,
                                   .take = answered ? 0 : -1, .rows = &j->line,
                                   .count = j->result == ERR_OK ? 1 : 0};
    enum err stored = store_change_wait(l->app->queue, &change.head);
    if (stored != ERR_OK && j->result == ERR_OK) {
        j->result = stored;
        j->fault = change.head.fault;
    }
}

/* Was the person's yes there on the day since which somebody else has the number? A later one is the new owner's. */
static bool is_void(struct lookups *l, const struct lookup_job *j)
{
    int64_t said_ms;

    if (j->result != ERR_OK || j->line.owner != OWNER_CHANGED) return false;
    said_ms = lookups_consented_ms(l->reader, j->org.id, j->line.number);
    return said_ms > 0 && said_ms / DAY_MS <= j->line.owner_since_ms / DAY_MS;
}

/* As a list's walk does (hygiene.c). */
static void void_consent(struct lookups *l, struct lookup_job *j)
{
    struct consent row = lookups_void(j->org.id, j->line.number, clock_wall_ms(l->app->clock));
    struct change_consent change = {.head = {.kind = CHANGE_CONSENT}, .rows = &row, .count = 1};

    if (!is_void(l, j)) return;
    j->result = store_change_wait(l->app->queue, &change.head);
    j->voided = j->result == ERR_OK;
    if (!j->voided) j->fault = change.head.fault;
}

static void ask(struct lookups *l, struct lookup_job *j)
{
    struct twilio_account account = {0};
    j->result = l->ending ? fault_set(&j->fault, ERR_UNAVAILABLE, "the server is stopping; ask again")
                          : lookups_account(l->app, &l->scratch, &j->org, &account, &j->fault);
    if (j->result == ERR_OK)
        j->result = lookups_ask(l, &account, j->line.number, j->line.owner_since_ms, &j->line, &j->fault);
    if (j->result == ERR_CANCELED) j->result = ERR_UNAVAILABLE;
    twilio_account_wipe(&account);
}

/* The consent first: an answer that is stored is not asked for again, and a yes that stands would be believed. */
static void serve(struct lookups *l, struct lookup_job *j)
{
    bool answered;

    if (!j->cached) ask(l, j);
    answered = j->result == ERR_OK;
    void_consent(l, j);
    if (!j->cached) store_answer(l, j, answered);
    app_job_finish(&j->job);
}

static struct lookup_job *take(struct lookups *l)
{
    struct lookup_job *j;
    pthread_mutex_lock(&l->lock);
    j = l->first;
    if (j != NULL) l->first = j->next;
    pthread_mutex_unlock(&l->lock);
    return j;
}

/* The look-up is paid for durably, or was known: now the thread may go on with it. */
static bool on_taken(struct app_job *job)
{
    struct lookup_job *j = job->context;
    struct lookups *l = job->app->lookups;
    pthread_mutex_lock(&l->lock);
    j->next = NULL;
    if (l->first == NULL) l->first = j;
    else l->last->next = j;
    l->last = j;
    pthread_cond_broadcast(&l->changed);
    pthread_mutex_unlock(&l->lock);
    return true;
}

enum err lookups_get(struct app *app, struct store_reader *r, const struct org *org, uint64_t number,
                     int64_t verified_ms, struct lookup_job *out, struct problem *p)
{
    enum err code;
    *out = (struct lookup_job){.org = *org};
    code = r->store->ops->line_get(r, number, &out->line);
    if (code != ERR_OK && code != ERR_NOT_FOUND) return problem_set(p, code,
        "What is known of the number cannot be read now.");
    if (code == ERR_OK && lookups_is_fresh(app, &out->line, verified_ms)) {
        out->cached = true;
        out->line.carrier_id = lookups_carrier(&out->line);
        out->change = (struct change_lookup){.head = {.kind = CHANGE_LOOKUP}, .org = org->id, .rows = &out->line,
            .count = 1};
        out->job = (struct app_job){.app = app, .change = &out->change.head, .context = out};
        if (out->line.owner == OWNER_CHANGED && app->lookups != NULL) out->job.after = on_taken;
        return ERR_OK;
    }
    if (app->lookups == NULL)
        return problem_set(p, ERR_UNAVAILABLE, "Numbers cannot be looked up now; try again.");
    out->line = (struct line_record){.number = number, .owner_since_ms = verified_ms};
    out->change = (struct change_lookup){.head = {.kind = CHANGE_LOOKUP}, .org = org->id, .take = 1,
                                         .month = lookups_month(clock_wall_ms(app->clock)),
                                         .most = app->settings->lookup_month_max};
    out->job = (struct app_job){.app = app, .change = &out->change.head, .after = on_taken, .context = out};
    return ERR_OK;
}

/* ---- the thread ---- */

bool lookups_interrupted(struct lookups *l)
{
    bool waits;
    pthread_mutex_lock(&l->lock);
    waits = l->first != NULL;
    pthread_mutex_unlock(&l->lock);
    return waits || l->ending;
}

static void wait_for_work(struct lookups *l)
{
    int64_t end_us = clock_mono_us(l->app->clock) + ROUND_MS * 1000;
    pthread_mutex_lock(&l->lock);
    if (!l->woken && !l->stopping && l->first == NULL) (void)timed_cond_wait(&l->changed, &l->lock, end_us);
    l->woken = false;
    pthread_mutex_unlock(&l->lock);
}

static void *run(void *owner)
{
    struct lookups *l = owner;
    uint64_t place = 0;
    while (!l->stopping) {
        struct lookup_job *j;
        while ((j = take(l)) != NULL) {
            serve(l, j);
            arena_reset(&l->scratch);
        }
        if (!l->ending && hygiene_round(l, l->app, l->reader, &l->scratch, &place)) {
            arena_reset(&l->scratch);
            continue;
        }
        arena_reset(&l->scratch);
        wait_for_work(l);
    }
    return NULL;
}

static void release(struct lookups *l)
{
    if (l->reader != NULL) l->app->store->ops->reader_close(l->reader);
    rest_free(l->rest);
    arena_reset(&l->scratch);
    pthread_cond_destroy(&l->changed);
    pthread_mutex_destroy(&l->lock);
    free(l);
}

static enum err open_parts(struct lookups *l, struct fault *f)
{
    const struct settings *s = l->app->settings;
    struct rest_config rest = {.timeout_ms = s->provider_timeout_ms, .connect_timeout_ms =
        s->provider_connect_timeout_ms,
                               .tries_max = 1};
    enum err result = l->app->store->ops->reader_open(l->app->store, &l->reader, f);
    if (result == ERR_OK) result = rest_new(&rest, &l->rest, f);
    if (result == ERR_OK && pthread_create(&l->thread, NULL, run, l) != 0)
        result = fault_set(f, ERR_FULL, "no thread for look-ups");
    l->running = result == ERR_OK;
    return result;
}

enum err lookups_start(struct app *app, struct lookups **out, struct fault *f)
{
    struct lookups *l = calloc(1, sizeof *l);
    enum err result;
    *out = NULL;
    if (l == NULL) return fault_set(f, ERR_FULL, "out of memory");
    l->app = app;
    l->woken = true;
    arena_init(&l->scratch, TEXT_BYTES);
    pthread_mutex_init(&l->lock, NULL);
    timed_cond_init(&l->changed);
    result = open_parts(l, f);
    if (result != ERR_OK) {
        release(l);
        return result;
    }
    *out = l;
    return ERR_OK;
}

static void tell(struct lookups *l, _Atomic bool *what)
{
    pthread_mutex_lock(&l->lock);
    if (what != NULL) *what = true;
    l->woken = true;
    pthread_cond_broadcast(&l->changed);
    pthread_mutex_unlock(&l->lock);
}

void lookups_wake(struct lookups *l)
{
    tell(l, NULL);
}

void lookups_end(struct lookups *l)
{
    if (l != NULL) tell(l, &l->ending);
}

void lookups_stop(struct lookups *l)
{
    if (l == NULL) return;
    lookups_end(l);
    tell(l, &l->stopping);
    if (l->running) (void)pthread_join(l->thread, NULL);
    release(l);
}
