/* site_check: what is read of a registration's pages, and the threads that do. Contract in site_check.h. Owns its
 * threads and entries; an entry in ENTRY_READING is one thread's. */
#include "app/site_check.h"

#include "base/starved.h"
#include "base/timed_cond.h"

#include <pthread.h>
#include <stdlib.h>

enum {
    PAGES_MAX = 3 + SITE_FLOW_LINKS_MAX, THREADS = 8, AGAIN_MAX = THREADS / 2, ENTRIES_MAX = 1024,
    FACTS_BYTES = 128 * 1024, WAITING_PER_ORG = 8, TRIES_MAX = 3, BLOCKED_KEEP_MS = 60000,
    HOUR_MS = 3600000, IDLE_MS = 60000,
};

/* ---- reading ---- */

struct reading {
    const struct site_fetch_config *config;
    struct site_visit visits[PAGES_MAX];
    struct site_page *pages; /* PAGES_MAX */
    char urls[PAGES_MAX][SITE_URL_BYTES];
    size_t count;
};

static bool is_https(struct str url)
{
    return url.len > 8 && str_equal_nocase(str_slice(url, 0, 8), STR("https://"));
}

/* A server that does not answer is not asked for its next page: each would cost the whole wait. */
static bool is_known_dead(const struct reading *r, struct str url, enum site_outcome *outcome)
{
    for (size_t i = 0; i < r->count; i++) {
        const struct site_visit *v = &r->visits[i];
        bool dead = v->outcome == SITE_SLOW || v->outcome == SITE_UNREACHABLE || v->outcome == SITE_NO_NAME;
        if (!dead || !str_equal(a2p_host(v->url), a2p_host(url))) continue;
        *outcome = v->outcome;
        return true;
    }
    return false;
}

/* Not twice the same; what is no https address is the other checks' to tell. */
static void visit(struct reading *r, enum site_place place, struct str url)
{
    struct site_visit *v = &r->visits[r->count];

    if (r->count == PAGES_MAX || !is_https(url) || url.len >= SITE_URL_BYTES) return;
    for (size_t i = 0; i < r->count; i++)
        if (str_equal(r->visits[i].url, url)) return;
    memcpy(r->urls[r->count], url.at, url.len);
    r->urls[r->count][url.len] = '\0';
    *v = (struct site_visit){.place = place, .url = str_from(r->urls[r->count])};
    if (!is_known_dead(r, v->url, &v->outcome)) v->outcome = site_fetch(r->config, v->url, &r->pages[r->count]);
    v->page = v->outcome == SITE_READ ? &r->pages[r->count] : NULL;
    r->count++;
}

/* That the facts name, or that the website links. */
static void visit_linked(struct reading *r, enum site_place place, struct str named)
{
    const struct site_page *home = r->count > 0 && r->visits[0].place == SITE_HOME ? r->visits[0].page : NULL;
    char url[SITE_URL_BYTES];
    struct str link;

    if (named.len > 0 || home == NULL) {
        visit(r, place, named);
        return;
    }
    link = site_link_to(home, place);
    if (link.len > 0 && site_url_join(home->base.len > 0 ? home->base : r->visits[0].url, link, url))
        visit(r, place, str_from(url));
}

static void read_pages(struct reading *r, const struct a2p_facts *facts)
{
    struct str links[SITE_FLOW_LINKS_MAX];
    size_t n = site_flow_links(facts, links);

    visit(r, SITE_HOME, a2p_fact(facts, A2P_WEBSITE));
    visit_linked(r, SITE_PRIVACY, a2p_fact(facts, A2P_PRIVACY_URL));
    visit_linked(r, SITE_TERMS, a2p_fact(facts, A2P_TERMS_URL));
    for (size_t i = 0; i < n; i++) visit(r, SITE_OPT_IN, links[i]);
}

void site_check_now(const struct site_fetch_config *c, const struct a2p_facts *facts, enum brand_type kind,
                    int64_t now_ms, struct site_result *out)
{
    struct reading *r = starved_calloc(1, sizeof *r);
    struct site_findings found;

    *out = (struct site_result){.state = SITE_STATE_TODO, .at_ms = now_ms};
    if (r == NULL) return;
    (void)starved_take();
    r->config = c;
    r->pages = starved_calloc(PAGES_MAX, sizeof *r->pages);
    if (r->pages != NULL) {
        read_pages(r, facts);
        site_judge(facts, kind, r->visits, r->count, &found);
        site_result_take(out, &found);
    }
    for (size_t i = 0; i < r->count; i++) {
        out->pages += r->visits[i].outcome == SITE_READ;
        out->passes = out->passes || site_outcome_passes(r->visits[i].outcome);
        site_page_free(&r->pages[i]);
    }
    free(r->pages);
    free(r);
    /* No website is blamed for what looked wrong for want of memory. */
    if (starved_take()) *out = (struct site_result){.state = SITE_STATE_TODO, .at_ms = now_ms};
}

/* ---- what is known ---- */

enum entry_state { ENTRY_FREE = 0, ENTRY_WAITING, ENTRY_READING, ENTRY_DONE };
struct entry {
    enum entry_state state;
    org_id org;
    enum brand_type kind;
    uint64_t key;      /* of what is judged */
    int64_t due_ms;    /* WAITING: not before (monotonic) */
    int64_t done_ms;   /* DONE: since (monotonic) */
    unsigned tries;
    bool told;         /* somebody was given the result */
    unsigned reads;    /* begun since … */
    int64_t hour_ms;   /* … then (monotonic), within the hour */
    char *facts;       /* JSON, WAITING and READING */
    struct site_result result;
};
struct site_checks {
    struct app *app;
    _Atomic bool stopping;
    pthread_mutex_t lock;
    pthread_cond_t woken;
    pthread_t threads[THREADS];
    size_t running;
    struct entry entries[ENTRIES_MAX];
};

/* Of the facts that pages are asked for and judged by. */
static uint64_t key_of(org_id org, const struct a2p_facts *facts, enum brand_type kind)
{
    static const enum a2p_field fields[] = {A2P_LEGAL_NAME,  A2P_BRAND_NAME, A2P_FIRST_NAME, A2P_LAST_NAME,
                                            A2P_WEBSITE,     A2P_MESSAGE_FLOW, A2P_PRIVACY_URL, A2P_TERMS_URL,
                                            A2P_AGE_GATED,   A2P_DIRECT_LENDING};
    uint64_t key = (uint64_t)org << 8 | (uint64_t)kind;

    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) key = str_hash(a2p_fact(facts, fields[i]), key);
    return key;
}

static struct entry *find(struct site_checks *s, org_id org, uint64_t key)
{
    for (size_t i = 0; i < ENTRIES_MAX; i++)
        if (s->entries[i].state != ENTRY_FREE && s->entries[i].key == key && s->entries[i].org == org)
            return &s->entries[i];
    return NULL;
}

static bool is_stale(const struct site_checks *s, const struct entry *e, int64_t now_ms)
{
    int64_t keep_ms = s->app->settings->sites_keep_ms;

    if (!e->told) return false; /* however rarely it is asked for */
    if (e->result.worst == A2P_BLOCK && keep_ms > BLOCKED_KEEP_MS) keep_ms = BLOCKED_KEEP_MS;
    return now_ms - e->done_ms >= keep_ms;
}

/* A free one, or the one that was done longest ago. NULL: all are under way. */
static struct entry *make_room(struct site_checks *s)
{
    struct entry *oldest = NULL;

    for (size_t i = 0; i < ENTRIES_MAX; i++) {
        struct entry *e = &s->entries[i];
        if (e->state == ENTRY_FREE) return e;
        if (e->state == ENTRY_DONE && (oldest == NULL || e->done_ms < oldest->done_ms)) oldest = e;
    }
    return oldest;
}

static bool has_too_much(const struct site_checks *s, org_id org, int64_t now_ms)
{
    int64_t waiting = 0, this_hour = 0;

    for (size_t i = 0; i < ENTRIES_MAX; i++) {
        const struct entry *e = &s->entries[i];
        if (e->state == ENTRY_FREE || e->org != org) continue;
        waiting += e->state != ENTRY_DONE;
        this_hour += now_ms - e->hour_ms < HOUR_MS ? e->reads : 0;
    }
    return waiting >= WAITING_PER_ORG || this_hour >= s->app->settings->sites_per_hour;
}

static enum site_answer enqueue(struct site_checks *s, struct entry *e, const struct entry *want,
                                const struct a2p_facts *facts)
{
    struct buf json;

    buf_init(&json, FACTS_BYTES);
    a2p_facts_write(facts, &json);
    if (buf_check(&json) != ERR_OK) {
        buf_free(&json);
        return SITE_ANSWER_BUSY;
    }
    *e = *want;
    e->state = ENTRY_WAITING;
    e->facts = buf_take(&json);
    buf_free(&json);
    pthread_cond_signal(&s->woken);
    return SITE_ANSWER_READING;
}

static enum site_answer ask_locked(struct site_checks *s, const struct entry *want, const struct a2p_facts *facts,
                                   bool patient, int64_t since_ms, struct site_result *out)
{
    int64_t now_ms = clock_mono_ms(s->app->clock);
    struct entry *e = find(s, want->org, want->key), again = *want;
    bool unsettled, old = e != NULL && e->state == ENTRY_DONE && e->result.at_ms <= since_ms;

    again.due_ms = now_ms;
    if (e != NULL && (e->state == ENTRY_READING || (e->state == ENTRY_WAITING && (e->tries == 0 || patient))))
        return SITE_ANSWER_READING;
    unsettled = e != NULL && e->result.passes && e->result.worst == A2P_BLOCK && e->tries < TRIES_MAX && patient &&
                !old;
    if (e != NULL && !unsettled && !old && (e->state == ENTRY_WAITING || !is_stale(s, e, now_ms))) {
        *out = e->result;
        e->told = true;
        return SITE_ANSWER_KNOWN;
    }
    if (e != NULL && now_ms - e->hour_ms < HOUR_MS) {
        again.hour_ms = e->hour_ms;
        again.reads = e->reads;
    } else again.hour_ms = now_ms;
    if (unsettled) {
        again.tries = e->tries;
        again.due_ms = now_ms + s->app->settings->sites_retry_ms;
        again.result = e->result;
    }
    if (!unsettled && has_too_much(s, want->org, now_ms)) return SITE_ANSWER_BUSY;
    again.reads++;
    if (e == NULL) e = make_room(s);
    return e == NULL ? SITE_ANSWER_BUSY : enqueue(s, e, &again, facts);
}

enum site_answer site_checks_ask(struct site_checks *s, org_id org, const struct a2p_facts *facts,
                                 enum brand_type kind, bool patient, int64_t since_ms, struct site_result *out)
{
    struct entry want = {.org = org, .kind = kind, .key = key_of(org, facts, kind)};
    enum site_answer answer;

    pthread_mutex_lock(&s->lock);
    answer = ask_locked(s, &want, facts, patient, since_ms, out);
    pthread_mutex_unlock(&s->lock);
    return answer;
}

/* ---- the threads ---- */

static bool is_served(const struct site_checks *s, org_id org)
{
    for (size_t i = 0; i < ENTRIES_MAX; i++)
        if (s->entries[i].state == ENTRY_READING && s->entries[i].org == org) return true;
    return false;
}

/* Websites that were tried before have half of the threads: however many of them are slow, a new one has its turn. */
static bool may_try_again(const struct site_checks *s)
{
    size_t busy = 0;

    for (size_t i = 0; i < ENTRIES_MAX; i++) busy += s->entries[i].state == ENTRY_READING && s->entries[i].tries > 0;
    return busy < AGAIN_MAX;
}

/* The first that is due, of an organization that no thread serves. *wait_ms: until the next is due. */
static struct entry *take(struct site_checks *s, int64_t *wait_ms)
{
    int64_t now_ms = clock_mono_ms(s->app->clock);
    struct entry *first = NULL;
    bool again = may_try_again(s);

    *wait_ms = IDLE_MS;
    for (size_t i = 0; i < ENTRIES_MAX; i++) {
        struct entry *e = &s->entries[i];
        if (e->state != ENTRY_WAITING || (e->tries > 0 && !again) || is_served(s, e->org)) continue;
        if (e->due_ms > now_ms) *wait_ms = e->due_ms - now_ms < *wait_ms ? e->due_ms - now_ms : *wait_ms;
        else if (first == NULL || e->due_ms < first->due_ms) first = e;
    }
    if (first != NULL) first->state = ENTRY_READING;
    return first;
}

static void read_entry(struct site_checks *s, const struct entry *e, struct site_result *out)
{
    struct site_fetch_config c = {.timeout_ms = s->app->settings->sites_timeout_ms,
                                  .test_port = (uint16_t)s->app->settings->sites_test_port, .stopping = &s->stopping};
    struct a2p_facts facts;
    struct arena arena;

    arena_init(&arena, 2 * FACTS_BYTES);
    *out = (struct site_result){.state = SITE_STATE_TODO};
    if (a2p_facts_read(str_from(e->facts), &arena, &facts, NULL) == ERR_OK)
        site_check_now(&c, &facts, e->kind, clock_wall_ms(s->app->clock), out);
    arena_reset(&arena);
}

static void finish(struct site_checks *s, struct entry *e, const struct site_result *result)
{
    free(e->facts);
    e->facts = NULL;
    e->result = *result;
    e->tries++;
    e->done_ms = clock_mono_ms(s->app->clock);
    /* Not for want of memory: then it is as if nobody had asked. */
    e->state = result->state == SITE_STATE_TODO ? ENTRY_FREE : ENTRY_DONE;
    pthread_cond_broadcast(&s->woken); /* others of its organization may have their turn */
}

static void *run(void *owner)
{
    struct site_checks *s = owner;

    pthread_mutex_lock(&s->lock);
    while (!s->stopping) {
        struct site_result result;
        int64_t wait_ms;
        struct entry *e = take(s, &wait_ms);
        if (e == NULL) {
            int64_t at_us = clock_mono_us(s->app->clock) + wait_ms * 1000;
            (void)timed_cond_wait(&s->woken, &s->lock, at_us);
            continue;
        }
        pthread_mutex_unlock(&s->lock);
        read_entry(s, e, &result);
        pthread_mutex_lock(&s->lock);
        finish(s, e, &result);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

enum err site_checks_start(struct app *app, struct site_checks **out, struct fault *f)
{
    struct site_checks *s = calloc(1, sizeof *s);

    *out = NULL;
    if (s == NULL) return fault_set(f, ERR_FULL, "there is no memory to read websites");
    s->app = app;
    pthread_mutex_init(&s->lock, NULL);
    timed_cond_init(&s->woken);
    for (; s->running < THREADS; s->running++)
        if (pthread_create(&s->threads[s->running], NULL, run, s) != 0) {
            site_checks_stop(s);
            return fault_set(f, ERR_FULL, "no thread to read websites");
        }
    *out = s;
    return ERR_OK;
}

void site_checks_stop(struct site_checks *s)
{
    if (s == NULL) return;
    pthread_mutex_lock(&s->lock);
    s->stopping = true;
    pthread_cond_broadcast(&s->woken);
    pthread_mutex_unlock(&s->lock);
    for (size_t i = 0; i < s->running; i++) (void)pthread_join(s->threads[i], NULL);
    for (size_t i = 0; i < ENTRIES_MAX; i++) free(s->entries[i].facts);
    pthread_cond_destroy(&s->woken);
    pthread_mutex_destroy(&s->lock);
    free(s);
}
