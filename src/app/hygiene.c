/* hygiene: walks over lists. Contract in hygiene.h.
 *
 * A chunk is: read contacts, take the look-ups out of the budget (durable), ask, then what was said, the consents that
 * it makes void, and the walk's place, in this order. A crash between repeats a chunk whose answers are known then. */
#include "app/hygiene.h"

#include "base/log.h"

#include <string.h>

enum { CHUNK = 20, WALKS = 16 };

struct walk {
    struct lookups *lookups;
    struct app *app;
    struct store_reader *reader;
    struct arena *arena;
    struct hygiene_job *job;
    struct twilio_account account;
    struct contact contacts[CHUNK];
    struct line_record lines[CHUNK];
    int64_t verified_ms[CHUNK];
    bool wanted[CHUNK]; /* to be asked of Twilio */
    size_t count, done; /* of contacts; those told of by `lines` */
    int64_t taken, asked;
    int32_t month;      /* that pays */
    bool blocked;       /* the world is broken: later */
};

static bool on_begun(struct app_job *job)
{
    if (job->app->lookups != NULL) lookups_wake(job->app->lookups);
    return false;
}

enum err hygiene_begin(struct app *app, org_id org, uint32_t list, int64_t limit, struct hygiene_start *out,
                       struct problem *p)
{
    if (app->lookups == NULL) return problem_set(p, ERR_UNAVAILABLE, "Numbers cannot be looked up now; try again.");
    *out = (struct hygiene_start){
        .job = {.app = app, .change = &out->change.head, .after = on_begun},
        .change = {.head = {.kind = CHANGE_HYGIENE},
                   .job = {.org = org, .list = list, .state = HYGIENE_RUNNING, .limit = limit,
                           .created_ms = clock_wall_ms(app->clock)}}};
    return ERR_OK;
}

static void stop(struct walk *w, enum hygiene_state state, struct str why)
{
    w->job->state = state;
    w->job->why = why;
    w->job->finished_ms = clock_wall_ms(w->app->clock);
}

/* The day since which the number must be the same person's; 0: not asked, or not known. */
static int64_t verified(struct walk *w, uint64_t number)
{
    if (!w->app->settings->lookup_reassigned || number / UINT64_C(10000000000) != 1) return 0;
    return lookups_consented_ms(w->reader, w->job->org, number);
}

static enum err read_chunk(struct walk *w, int64_t *wanted)
{
    const struct store_ops *ops = w->reader->store->ops;
    enum err code;
    w->count = CHUNK;
    code = ops->contacts(w->reader, w->arena, w->job->org, w->job->list, w->job->after, w->contacts, &w->count);
    for (size_t i = 0; i < w->count && code == ERR_OK; i++) {
        w->verified_ms[i] = verified(w, w->contacts[i].number);
        code = ops->line_get(w->reader, w->contacts[i].number, &w->lines[i]);
        w->wanted[i] = code == ERR_NOT_FOUND || !lookups_is_fresh(w->app, &w->lines[i], w->verified_ms[i]);
        if (code == ERR_NOT_FOUND) code = ERR_OK;
        *wanted += w->wanted[i];
    }
    return code;
}

static enum err take(struct walk *w, int64_t count, int64_t *used)
{
    struct change_lookup c = {.head = {.kind = CHANGE_LOOKUP}, .org = w->job->org, .take = count, .month = w->month,
                              .most = w->app->settings->lookup_month_max};
    enum err code = store_change_wait(w->app->queue, &c.head);
    *used = c.used;
    return code;
}

/* As many of the wanted as limit and budget allow. */
static enum err take_what_is_left(struct walk *w, int64_t wanted)
{
    int64_t left = w->job->limit == 0 ? wanted : w->job->limit - w->job->looked, used = 0;
    enum err code;
    w->taken = wanted < left ? wanted : left;
    if (w->taken <= 0) return ERR_OK;
    code = take(w, w->taken, &used);
    if (code == ERR_LIMIT) {
        w->taken = w->app->settings->lookup_month_max - used;
        if (w->taken <= 0) w->taken = 0;
        code = w->taken == 0 ? ERR_OK : take(w, w->taken, &used);
    }
    if (code != ERR_OK) w->taken = 0;
    return code == ERR_LIMIT ? ERR_OK : code;
}

static bool needs_money(struct walk *w)
{
    bool own = w->job->limit > 0 && w->job->looked + w->asked >= w->job->limit;
    if (w->asked < w->taken) return false;
    stop(w, HYGIENE_STOPPED,
         own ? STR("its limit of look-ups is used; begin again to go on")
             : STR("this month's look-ups are used (setting lookup.month_max); begin again next month, or raise it"));
    return true;
}

static void refused(struct walk *w, enum err code, const struct fault *f)
{
    bool for_good = rest_refused(code);
    if (for_good) stop(w, HYGIENE_STOPPED, arena_str(w->arena, str_from(f->what)));
    w->blocked = true;
    log_event(LOG_WARN, for_good ? "look_up_of_list_stopped" : "lookup_will_be_tried_again",
              log_text("error", err_name(code)), log_text("why", f->what));
}

/* Asks for the contacts of the chunk in turn, until one cannot be told. */
static void ask_chunk(struct walk *w)
{
    for (w->done = 0; w->done < w->count && !lookups_interrupted(w->lookups); w->done++) {
        struct fault f = {0};
        size_t i = w->done;
        enum err code;
        if (!w->wanted[i]) {
            w->lines[i].carrier_id = lookups_carrier(&w->lines[i]);
            continue;
        }
        if (needs_money(w)) return;
        code = lookups_ask(w->lookups, &w->account, w->contacts[i].number, w->verified_ms[i], &w->lines[i], &f);
        if (code == ERR_CANCELED) return;
        if (code != ERR_OK) {
            refused(w, code, &f);
            return;
        }
        w->asked++;
    }
}

static void count_line(struct hygiene_job *j, const struct line_record *l)
{
    if (!l->valid) j->invalid++;
    else if (l->line == LINE_MOBILE) j->mobile++;
    else if (l->line == LINE_LANDLINE) j->landline++;
    else if (l->line == LINE_FIXED_VOIP || l->line == LINE_NON_FIXED_VOIP) j->voip++;
    else if (l->line == LINE_UNKNOWN) j->unknown++;
    else j->other++;
    j->reassigned += l->owner == OWNER_CHANGED;
}

static void count_chunk(struct walk *w)
{
    const struct settings *s = w->app->settings;
    struct hygiene_job *j = w->job;
    for (size_t i = 0; i < w->done; i++) {
        count_line(j, &w->lines[i]);
        j->contacts++;
        j->after = w->contacts[i].id;
        if (!w->wanted[i]) {
            j->cached++;
            continue;
        }
        j->looked++;
        j->cost_micros += s->lookup_price_micros +
                          (w->verified_ms[i] > 0 && w->lines[i].valid ? s->lookup_reassigned_price_micros : 0);
    }
}

/* Whoever has the number now never agreed. Somebody who opted out already is left as he is. */
static enum err void_consents(struct walk *w)
{
    struct consent rows[CHUNK];
    struct change_consent c = {.head = {.kind = CHANGE_CONSENT}, .rows = rows};
    int64_t now_ms = clock_wall_ms(w->app->clock);

    for (size_t i = 0; i < w->done; i++) {
        if (w->lines[i].owner != OWNER_CHANGED || w->verified_ms[i] == 0) continue;
        rows[c.count++] = lookups_void(w->job->org, w->contacts[i].number, now_ms);
    }
    return c.count == 0 ? ERR_OK : store_change_wait(w->app->queue, &c.head);
}

static enum err store_chunk(struct walk *w)
{
    struct change_lookup said = {.head = {.kind = CHANGE_LOOKUP}, .org = w->job->org, .take = w->asked - w->taken,
                                 .month = w->month, .rows = w->lines, .count = w->done};
    struct change_hygiene place = {.head = {.kind = CHANGE_HYGIENE}};
    enum err code = said.take == 0 && said.count == 0 ? ERR_OK : store_change_wait(w->app->queue, &said.head);
    if (code == ERR_OK) code = void_consents(w);
    if (code != ERR_OK) return code;
    place.job = *w->job;
    return store_change_wait(w->app->queue, &place.head);
}

static enum err walk_chunk(struct walk *w, struct fault *f)
{
    struct org org;
    int64_t wanted = 0;
    enum err code = w->reader->store->ops->org_get(w->reader, w->arena, w->job->org, &org);
    if (code != ERR_OK) return code;
    code = lookups_account(w->app, w->arena, &org, &w->account, f);
    if (code != ERR_OK) {
        stop(w, HYGIENE_STOPPED, arena_str(w->arena, str_from(f->what)));
        return store_chunk(w);
    }
    code = read_chunk(w, &wanted);
    if (code == ERR_OK) code = take_what_is_left(w, wanted);
    if (code != ERR_OK) return code;
    if (w->count == 0) stop(w, HYGIENE_DONE, STR(""));
    ask_chunk(w);
    count_chunk(w);
    return store_chunk(w);
}

bool hygiene_round(struct lookups *l, struct app *app, struct store_reader *r, struct arena *a, uint64_t *place)
{
    struct hygiene_job jobs[WALKS];
    size_t count = WALKS;
    bool more = *place > 0; /* those before it have their turn again */
    if (r->store->ops->hygienes_running(r, a, *place, jobs, &count) != ERR_OK) return false;
    *place = count == WALKS ? jobs[count - 1].id : 0;
    for (size_t i = 0; i < count && !lookups_interrupted(l); i++) {
        struct walk w = {.lookups = l, .app = app, .reader = r, .arena = a, .job = &jobs[i],
                         .month = lookups_month(clock_wall_ms(app->clock))};
        struct fault f = {0};
        enum err code = walk_chunk(&w, &f);
        twilio_account_wipe(&w.account);
        if (code != ERR_OK)
            log_event(LOG_ERROR, "list_will_be_looked_up_again", log_text("error", err_name(code)),
                      log_text("why", f.what));
        more = more || (code == ERR_OK && !w.blocked && jobs[i].state == HYGIENE_RUNNING);
    }
    return more || lookups_interrupted(l);
}
