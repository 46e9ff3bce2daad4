/* registration_events: reads what a sink posts, finds whom it concerns. Contract in the header. */
#include "app/registration_events.h"

#include "app/onboarding_progress.h"
#include "twilio/streams.h"

#include <string.h>

enum { EVENTS_MAX = 1000, NUMBER_NOT_REGISTERED = 30125 };

static void take_number(const struct stream_event *e, struct stream_events *out)
{
    struct stream_number *n = &out->numbers[out->numbers_count];

    if ((!e->registered && !e->failed) || out->numbers_count == STREAM_NUMBERS_MAX) return;
    *n = (struct stream_number){.registered = e->registered};
    if (e->failed) n->refused = e->error_code != 0 ? e->error_code : NUMBER_NOT_REGISTERED;
    if (str_copy(e->number_sid, n->sid, sizeof n->sid) == ERR_OK) out->numbers_count++;
}

static enum err take(const json_t *item, struct str account_sid, struct stream_events *out)
{
    struct stream_event e;

    if (!stream_event_read(item, &e)) return ERR_INVALID;
    if (e.topic == STREAM_OTHER) return ERR_OK;
    if (!str_equal(e.account_sid, account_sid)) return ERR_DENIED;
    if (e.topic == STREAM_NUMBER) take_number(&e, out);
    else out->reviewed = true;
    return ERR_OK;
}

enum err stream_events_read(struct str body, struct str account_sid, struct stream_events *out)
{
    json_t *all = json_loadb(body.at, body.len, JSON_REJECT_DUPLICATES, NULL);
    enum err code = json_is_array(all) && json_array_size(all) <= EVENTS_MAX ? ERR_OK : ERR_INVALID;

    *out = (struct stream_events){.reviewed = false};
    for (size_t i = 0; i < json_array_size(all) && code == ERR_OK; i++)
        code = take(json_array_get(all, i), account_sid, out);
    json_decref(all);
    return code;
}

/* An approved one may have lost its approval; one that waits may wait no longer. */
static bool is_reviewed(const struct registration *g, const struct stream_events *told)
{
    return told->reviewed && (g->state == ONBOARDING_WAITING || g->state == ONBOARDING_APPROVED);
}

/* Whether what is told of its numbers counts: later too, as of several that are refused the first one makes it
 * somebody's to act on, and a number may lose its registration. */
static bool hears(const struct registration *g)
{
    return g->state == ONBOARDING_WAITING || g->state == ONBOARDING_RUNNING || g->state == ONBOARDING_ACTION ||
           g->state == ONBOARDING_APPROVED;
}

/* Else what was told is noted, and that is all. */
static bool is_looked_at(const struct registration *g, const struct stream_events *told)
{
    return g->state == ONBOARDING_WAITING || g->state == ONBOARDING_RUNNING || is_reviewed(g, told);
}

/* True: that was not known. The last word counts: they may come out of order, but hardly across a refusal. */
static bool note_number(struct onboarding_progress *p, const struct stream_number *n)
{
    for (size_t i = 0; i < p->numbers_count; i++) {
        struct onboarding_number *known = &p->numbers[i];
        if (strcmp(known->sid, n->sid) != 0) continue;
        if (known->registered == n->registered && known->refused == n->refused) return false;
        known->registered = n->registered;
        known->refused = n->refused;
        return true;
    }
    return false;
}

/* Notes what was told of its numbers. *news: there was something. */
static enum err note_numbers(struct arena *a, struct registration *g, const struct stream_events *told, bool *news)
{
    struct onboarding_progress *p = arena_alloc(a, sizeof *p);
    struct buf text;
    enum err code = p == NULL ? ERR_FULL : onboarding_progress_read(g->progress, p);

    *news = false;
    if (code != ERR_OK || !hears(g)) return code;
    for (size_t i = 0; i < told->numbers_count; i++) *news |= note_number(p, &told->numbers[i]);
    if (!*news) return ERR_OK;
    buf_init(&text, ONBOARDING_PROGRESS_BYTES_MAX);
    onboarding_progress_write(p, &text);
    code = buf_check(&text);
    if (code == ERR_OK) g->progress = arena_str(a, buf_str(&text));
    buf_free(&text);
    return code == ERR_OK && g->progress.at == NULL ? ERR_FULL : code;
}

enum err stream_events_next(struct app *app, struct store_reader *r, struct arena *a, org_id org,
                            const struct stream_events *told, uint64_t *after, struct registration_job *out,
                            struct problem *p)
{
    for (;;) {
        struct registration g;
        size_t count = 1;
        bool news;
        enum err code = r->store->ops->registrations(r, a, org, *after, &g, &count);
        if (code != ERR_OK) return code;
        if (count == 0) return ERR_NOT_FOUND;
        *after = g.id;
        code = note_numbers(a, &g, told, &news);
        if (code != ERR_OK) return code;
        if (!news && !is_reviewed(&g, told)) continue;
        return registrations_move(app, a, &g, is_looked_at(&g, told) ? REGISTRATION_LOOK : REGISTRATION_HEAR, false,
                                  out, p);
    }
}
