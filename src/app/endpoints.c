/* endpoints: checks, secrets and replays of tenants' webhooks. Contract in endpoints.h. */
#include "app/endpoints.h"

#include "base/rng.h"

#include <stdio.h>
#include <string.h>

static void check_url(const struct app *app, struct str url, struct problem *p)
{
    bool secure = str_starts(url, STR("https://")), plain = str_starts(url, STR("http://"));
    struct str rest = str_slice(url, secure ? 8 : 7, url.len), host;
    bool clean = url.len <= ENDPOINT_URL_MAX;

    for (size_t i = 0; i < url.len; i++)
        clean = clean && url.at[i] > ' ' && (unsigned char)url.at[i] < 0x7f;
    host = str_slice(rest, 0, str_find_char(rest, '/'));
    if ((!secure && !plain) || !clean || host.len == 0)
        (void)problem_field(p, "url", url, "It is no http address.",
                            "Give something like https://example.com/hooks.");
    else if (str_find_char(host, '@') < host.len)
        (void)problem_field(p, "url", (struct str){NULL, 0}, "It holds a user name or password.",
                            "Leave them out: deliveries are signed.");
    else if (str_find_char(url, '#') < url.len)
        (void)problem_field(p, "url", url, "It has a fragment, which is never sent.",
                            "Leave out what follows '#'.");
    else if (!secure && !app->settings->hooks_allow_private)
        (void)problem_field(p, "url", url, "It is not encrypted.", "Use https.");
}

static enum err secret_make(char out[ENDPOINT_SECRET_BYTES])
{
    static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
    unsigned char random[ENDPOINT_SECRET_BYTES - 7];
    enum err code = rng_secret(random, sizeof random);

    memcpy(out, "whsec_", 6);
    for (size_t i = 0; i < sizeof random && code == ERR_OK; i++)
        out[6 + i] = alphabet[random[i] & 31];
    out[ENDPOINT_SECRET_BYTES - 1] = '\0';
    return code;
}

/* Endpoints of an organization, or (0) the active ones of all; `stop` ends the count. */
static enum err count_all(struct store_reader *r, org_id org, size_t stop, size_t *out)
{
    enum { PAGE = 64 };
    struct endpoint page[PAGE];
    struct arena scratch;
    size_t count = PAGE;
    uint32_t after = 0;
    enum err code = ERR_OK;

    *out = 0;
    arena_init(&scratch, PAGE * 4096);
    while (count == PAGE && *out < stop && code == ERR_OK) {
        code = r->store->ops->endpoints(r, &scratch, org, after, page, &count);
        for (size_t i = 0; i < count && code == ERR_OK; i++)
            *out += page[i].state != ENDPOINT_REMOVED;
        if (count > 0) after = page[count - 1].id;
        arena_reset(&scratch);
    }
    return code;
}

static bool is_served(struct store_reader *r, struct arena *a, const struct endpoint *e)
{
    struct endpoint stored;
    return e->id != 0 && endpoints_get(r, a, e->org, e->id, &stored) == ERR_OK &&
           stored.state == ENDPOINT_ACTIVE;
}

static void check_count(struct store_reader *r, struct arena *a, const struct endpoint *e, struct problem *p)
{
    size_t own = 0, all = 0;

    if (e->state != ENDPOINT_ACTIVE || is_served(r, a, e)) return;
    if ((e->id == 0 && count_all(r, e->org, ENDPOINTS_MAX, &own) != ERR_OK) ||
        count_all(r, 0, HOOKS_ENDPOINTS_MAX, &all) != ERR_OK)
        (void)problem_set(p, ERR_IO, "Reading failed; try again.");
    else if (own >= ENDPOINTS_MAX)
        (void)problem_set(p, ERR_LIMIT, "An organization has at most %d webhooks; remove one first.",
                          ENDPOINTS_MAX);
    else if (all >= HOOKS_ENDPOINTS_MAX)
        (void)problem_set(p, ERR_LIMIT,
                          "This installation serves at most %d webhooks; disable one that is not used.",
                          HOOKS_ENDPOINTS_MAX);
}

enum err endpoints_put(struct app *app, struct store_reader *r, struct arena *a,
                       const struct endpoint *endpoint, struct endpoint_job *out, struct problem *p)
{
    enum err code = ERR_OK;

    check_url(app, endpoint->url, p);
    if (endpoint->types == 0)
        (void)problem_field(p, "events", (struct str){NULL, 0}, "It names no kind of event.",
                            "Name at least one, such as message; docs/webhooks.md has them all.");
    check_count(r, a, endpoint, p);
    if (problem_check(p) != ERR_OK) return p->code;
    *out = (struct endpoint_job){.job = {.app = app, .change = &out->change.head, .context = out}};
    out->change.head.kind = CHANGE_ENDPOINT;
    out->change.endpoint = *endpoint;
    if (endpoint->id != 0) return ERR_OK;
    code = secret_make(out->secret);
    if (code == ERR_OK)
        code = app_seal(app, a, endpoint->org, "webhook", str_from(out->secret),
                        &out->change.endpoint.secret_sealed);
    return code == ERR_OK ? ERR_OK
                          : problem_set(p, code, "The webhook's secret could not be made or sealed.");
}

enum err endpoints_get(struct store_reader *r, struct arena *a, org_id org, uint32_t id, struct endpoint *out)
{
    size_t count = 1;
    enum err code = id == 0 ? ERR_NOT_FOUND : r->store->ops->endpoints(r, a, org, id - 1, out, &count);

    if (code != ERR_OK) return code;
    return count == 1 && out->id == id && out->state != ENDPOINT_REMOVED ? ERR_OK : ERR_NOT_FOUND;
}

/* Reads dead letters: those after `after`, at most `max`. */
static enum err dead_read(struct store_reader *r, struct arena *a, org_id org, uint32_t endpoint,
                          uint64_t after, struct hook_retry *out, size_t *count)
{
    return r->store->ops->hook_retries(r, a, org, endpoint, true, INT64_MAX, after, out, count);
}

static enum err dead_find(struct app *app, struct store_reader *r, struct arena *a, struct change_hooks *c,
                          uint64_t event, struct hook_retry *out, struct problem *p)
{
    char id[PUBLIC_ID_BYTES];
    size_t count = 1;
    enum err code = dead_read(r, a, c->org, c->endpoint, event - 1, out, &count);

    if (code != ERR_OK) return problem_set(p, code, "Reading failed; try again.");
    if (count == 1 && out->event == event) return ERR_OK;
    public_id_format(app->ids, PUBLIC_EVENT, event, id);
    return problem_field(p, "events", str_from(id), "It is no dead letter of this webhook.",
                         "List the dead letters to see their ids.");
}

enum err endpoints_replay(struct app *app, struct store_reader *r, struct arena *a, org_id org,
                          uint32_t endpoint, const uint64_t *events, size_t count, struct replay_job *out,
                          struct problem *p)
{
    struct hook_retry *rows = arena_alloc(a, (count == 0 ? REPLAY_MAX : count) * sizeof *rows);
    size_t found = REPLAY_MAX;

    *out = (struct replay_job){.job = {.app = app, .change = &out->change.head, .context = out}};
    out->change.head.kind = CHANGE_HOOKS;
    out->change.org = org;
    out->change.endpoint = endpoint;
    if (rows == NULL) return problem_set(p, ERR_FULL, "There is no memory for this request now.");
    if (count == 0 && dead_read(r, a, org, endpoint, 0, rows, &found) != ERR_OK)
        return problem_set(p, ERR_IO, "Reading failed; try again.");
    for (size_t i = 0; i < count; i++)
        if (dead_find(app, r, a, &out->change, events[i], &rows[i], p) == ERR_IO) return p->code;
    if (problem_check(p) != ERR_OK) return p->code;
    out->change.count = count == 0 ? found : count;
    out->change.retries = rows;
    for (size_t i = 0; i < out->change.count; i++) {
        rows[i].attempt = 1;
        rows[i].next_ms = clock_wall_ms(app->clock);
    }
    return ERR_OK;
}
