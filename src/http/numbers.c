/* numbers: /v1/numbers: searched, planned, bought, adopted, recorded, quarantined, released. */
#include "app/number_workers.h"
#include "app/orgs.h"
#include "app/owned_view.h"
#include "base/json_out.h"
#include "http/body.h"
#include "http/page.h"

#include <string.h>

enum { NAME_BYTES = 100, WORD_BYTES = 64, OFFERS_BYTES = 64 * 1024, RATE_MAX = 1000000 };
#define MONTHLY_MAX INT64_C(1000000000000)
static const char TYPES[] = "local mobile toll_free"; /* as enum number_type, which begins with 1 */

/* Of a number that is for none: empty. False: answered. */
static bool read_program(struct request *q, uint32_t id, struct str *name)
{
    struct program p = {.name = {NULL, 0}};
    enum err code = id == 0 ? ERR_OK : orgs_program_by_id(q->reader, &q->arena, q->caller.org.id, id, &p);

    *name = p.name;
    if (code != ERR_OK) reply_read_failed(q, code, "program");
    return code == ERR_OK;
}

static void render(struct request *q, struct change *c, int *status, struct buf *out)
{
    const struct change_owned *done = (const struct change_owned *)c;
    const struct numbers_job *job = q->state;

    *status = 200;
    owned_view(q->app->ids, &done->rows[0], job->program, out);
}

static void render_order(struct request *q, struct change *c, int *status, struct buf *out)
{
    const struct change_owned *done = (const struct change_owned *)c;
    const struct numbers_job *job = q->state;

    *status = 202;
    json_open(out, '{');
    json_key(out, "data");
    json_open(out, '[');
    for (size_t i = 0; i < done->count; i++) owned_view(q->app->ids, &done->rows[i], job->program, out);
    json_close(out, ']');
    json_close(out, '}');
}

/* ---- ordering ---- */

/* `region`: the organization's, where numbers are bought unless another country is named. */
static void read_wish(struct json_in *in, struct str region, struct number_search *s)
{
    size_t type = 0;
    int64_t miles = 0;

    s->country = region;
    s->sms = true;
    (void)json_in_text(in, "country", JSON_OPTIONAL, 2, &s->country);
    (void)json_in_choice(in, "type", JSON_OPTIONAL, TYPES, &type);
    s->type = (enum number_type)(type + 1);
    (void)json_in_text(in, "area_code", JSON_OPTIONAL, 3, &s->area_code);
    (void)json_in_text(in, "contains", JSON_OPTIONAL, 16, &s->contains);
    (void)json_in_text(in, "region", JSON_OPTIONAL, WORD_BYTES, &s->region);
    (void)json_in_text(in, "locality", JSON_OPTIONAL, WORD_BYTES, &s->locality);
    (void)json_in_text(in, "postal_code", JSON_OPTIONAL, 16, &s->postal_code);
    (void)json_in_text(in, "near_number", JSON_OPTIONAL, 16, &s->near_number);
    (void)json_in_text(in, "near_lat_long", JSON_OPTIONAL, WORD_BYTES, &s->near_lat_long);
    if (json_in_int(in, "distance_miles", JSON_OPTIONAL, 1, 500, &miles)) s->distance_miles = (int)miles;
    (void)json_in_bool(in, "mms", JSON_OPTIONAL, &s->mms);
    (void)json_in_bool(in, "voice", JSON_OPTIONAL, &s->voice);
}

/* The numbers that were named, as many as they are. */
static struct str *read_exact(struct request *q, struct json_in *in, size_t *count)
{
    json_t *items = NULL, *one;
    struct str *all;
    size_t i;

    if (!json_in_array(in, "numbers", JSON_OPTIONAL, NUMBERS_AT_ONCE_MAX, &items)) return NULL;
    all = request_alloc(q, (json_array_size(items) + 1) * sizeof *all);
    if (all == NULL) return NULL;
    json_array_foreach(items, i, one) all[i] = json_is_string(one) ? str_from(json_string_value(one)) : STR("");
    if (json_array_size(items) == 0)
        json_in_refuse(in, "numbers", (struct str){NULL, 0}, "It is empty.", "Name a number, or give count.");
    *count = json_array_size(items);
    return all;
}

static void order(struct request *q)
{
    struct numbers_job *job = request_alloc(q, sizeof *job);
    struct number_order o = {.count = 1, .monthly_max_micros = -1};
    struct json_in in;
    int64_t count = 1;

    if (job == NULL || !body_open(q, &in)) return;
    read_wish(&in, str_from(q->caller.org.region), &o.wish.search);
    (void)json_in_int(&in, "count", JSON_OPTIONAL, 1, NUMBERS_AT_ONCE_MAX, &count);
    o.count = (size_t)count;
    if (json_in_has(&in, "numbers")) o.exact = read_exact(q, &in, &o.count);
    (void)json_in_text(&in, "program", JSON_OPTIONAL, NAME_BYTES, &o.program);
    (void)json_in_int(&in, "monthly_cost_max_micros", JSON_OPTIONAL, 0, MONTHLY_MAX, &o.monthly_max_micros);
    if (!body_end(q, &in)) return;
    if (numbers_order(q->app, q->reader, &q->arena, &q->caller.org, &o, job, &q->problem) != ERR_OK) {
        reply_problem(q);
        return;
    }
    q->state = job;
    request_write(q, &job->job, render_order);
}

static void adopt(struct request *q)
{
    struct numbers_job *job = request_alloc(q, sizeof *job);
    struct str number = {NULL, 0}, program = {NULL, 0};
    struct json_in in;

    if (job == NULL || !body_open(q, &in)) return;
    (void)json_in_text(&in, "number", JSON_REQUIRED, 40, &number);
    (void)json_in_text(&in, "program", JSON_OPTIONAL, NAME_BYTES, &program);
    if (!body_end(q, &in)) return;
    q->state = job;
    if (numbers_adopt(q->app, q->reader, &q->arena, &q->caller.org, number, program, q->caller.is_operator, job,
                      &q->problem) != ERR_OK)
        reply_problem(q);
    else
        request_write(q, &job->job, render);
}

static void record(struct request *q)
{
    struct numbers_job *job = request_alloc(q, sizeof *job);
    struct number_record r = {.approved = true};
    struct json_in in;
    size_t kind = 0;

    if (job == NULL || !body_open(q, &in)) return;
    (void)json_in_text(&in, "number", JSON_REQUIRED, 40, &r.number);
    (void)json_in_choice(&in, "kind", JSON_REQUIRED, "short_code hosted", &kind);
    r.kind = kind == 0 ? OWNED_SHORT_CODE : OWNED_HOSTED;
    (void)json_in_text(&in, "program", JSON_OPTIONAL, NAME_BYTES, &r.program);
    (void)json_in_text(&in, "sid", JSON_OPTIONAL, 34, &r.sid);
    (void)json_in_text(&in, "notes", JSON_OPTIONAL, NUMBER_NOTES_BYTES_MAX, &r.notes);
    (void)json_in_time(&in, "leased_since", JSON_OPTIONAL, &r.since_ms);
    (void)json_in_bool(&in, "approved", JSON_OPTIONAL, &r.approved);
    if (!body_end(q, &in)) return;
    q->state = job;
    if (numbers_record(q->app, q->reader, &q->arena, &q->caller.org, &r, job, &q->problem) != ERR_OK) reply_problem(q);
    else request_write(q, &job->job, render);
}

/* ---- one number ---- */

/* By its id, or by the number itself. */
static bool find(struct request *q, struct owned_number *n)
{
    uint64_t id;
    enum err code;

    if (arg_is_number(q, 0)) {
        code = q->app->store->ops->owned_by_number(q->reader, &q->arena, q->caller.org.id, q->args[0], n);
        if (code != ERR_OK) reply_read_failed(q, code, "number");
        return code == ERR_OK;
    }
    if (!arg_id(q, 0, PUBLIC_NUMBER, "number", &id)) return false;
    code = q->app->store->ops->owned_get(q->reader, &q->arena, q->caller.org.id, id, n);
    if (code != ERR_OK) reply_read_failed(q, code, "number");
    return code == ERR_OK;
}

static void get(struct request *q)
{
    struct owned_number n;
    struct str program;

    if (!find(q, &n) || !read_program(q, n.program, &program)) return;
    owned_view(q->app->ids, &n, program, reply_body(q));
    reply_json(q, 200);
}

static void list(struct request *q)
{
    struct page page;
    struct owned_number *rows;
    struct buf *b;
    size_t count;
    enum err code;

    if (!page_read(q, "", &page)) return;
    count = page.limit;
    rows = request_alloc(q, count * sizeof *rows);
    if (rows == NULL) return;
    code = q->app->store->ops->owned_list(q->reader, &q->arena, q->caller.org.id, page.from, rows, &count);
    if (code != ERR_OK) {
        reply_read_failed(q, code, "number");
        return;
    }
    b = page_open(q);
    for (size_t i = 0; i < count; i++) {
        struct str program;
        if (!read_program(q, rows[i].program, &program)) return;
        owned_view(q->app->ids, &rows[i], program, b);
    }
    page_reply(q, count == page.limit ? rows[count - 1].id : 0);
}

static void patch(struct request *q)
{
    struct numbers_job *job = request_alloc(q, sizeof *job);
    struct owned_number n;
    struct json_in in;
    int64_t since_ms = -1;

    if (job == NULL || !find(q, &n) || !body_open(q, &in)) return;
    (void)json_in_text(&in, "notes", JSON_OPTIONAL, NUMBER_NOTES_BYTES_MAX, &n.notes);
    (void)json_in_time(&in, "leased_since", JSON_OPTIONAL, &since_ms);
    if (!body_end(q, &in) || !read_program(q, n.program, &job->program)) return;
    if (numbers_edit(q->app, &q->arena, &n, n.notes, since_ms, job, &q->problem) != ERR_OK) {
        reply_problem(q);
        return;
    }
    q->state = job;
    request_write(q, &job->job, render);
}

static void move(struct request *q, enum number_verb verb)
{
    struct numbers_job *job = request_alloc(q, sizeof *job);
    struct number_move m = {.verb = verb, .days = -1};
    struct owned_number n;
    struct json_in in;

    if (job == NULL || !find(q, &n) || !body_open_optional(q, &in)) return;
    if (verb == NUMBER_QUARANTINE) (void)json_in_int(&in, "days", JSON_OPTIONAL, 0, 3650, &m.days);
    if (verb == NUMBER_RELEASE) (void)json_in_bool(&in, "force", JSON_OPTIONAL, &m.force);
    if (!body_end(q, &in) || !read_program(q, n.program, &job->program)) return;
    q->state = job;
    if (numbers_move(q->app, q->reader, &q->arena, &n, &m, job, &q->problem) != ERR_OK) reply_problem(q);
    else request_write(q, &job->job, render);
}

static void quarantine(struct request *q) { move(q, NUMBER_QUARANTINE); }
static void restore(struct request *q) { move(q, NUMBER_RESTORE); }
static void release(struct request *q) { move(q, NUMBER_RELEASE); }
static void retry(struct request *q) { move(q, NUMBER_RETRY); }

/* ---- searching ---- */

struct search {
    struct number_ask ask;
    struct buf offers;
};

static void drop_search(struct request *q)
{
    struct search *s = q->state;
    buf_free(&s->offers);
}

static void found(struct request *q)
{
    struct search *s = q->state;
    const struct number_ask *ask = &s->ask;
    struct buf *b = reply_body(q);

    if (ask->result == ERR_NOT_FOUND)
        reply_refuse(q, ERR_NOT_FOUND, 404, "Twilio has no numbers of that type in that country.");
    else if (ask->result == ERR_INVALID)
        reply_refuse(q, ERR_INVALID, 422, "Twilio does not take that search: %s", ask->fault.what);
    else if (ask->result != ERR_OK)
        reply_refuse(q, ERR_UNAVAILABLE, 503, "Twilio could not be asked: %s", ask->fault.what);
    else {
        json_open(b, '{');
        json_put_int(b, "monthly_cost_micros", numbers_price_micros(q->app->settings, ask->search.type));
        json_key(b, "data");
        json_raw(b, buf_str(&s->offers));
        json_close(b, '}');
        reply_json(q, 200);
    }
}

static void finish(struct number_ask *ask)
{
    struct request *q = ask->owner;
    struct search *s = q->state;

    json_close(&s->offers, ']');
    if (ask->result == ERR_OK) ask->result = buf_check(&s->offers);
    request_wake(q);
}

static bool param_type(struct request *q, enum number_type *out)
{
    struct str type = request_param(q, STR("type"));

    *out = NUMBER_LOCAL;
    if (type.len == 0 || str_equal(type, STR("local"))) return true;
    *out = str_equal(type, STR("mobile")) ? NUMBER_MOBILE : NUMBER_TOLL_FREE;
    if (*out == NUMBER_MOBILE || str_equal(type, STR("toll_free"))) return true;
    (void)problem_field(&q->problem, "?type", type, "There is no such type.", "Use local, mobile or toll_free.");
    return false;
}

static void read_search(struct request *q, struct number_search *s)
{
    int64_t code;

    (void)request_params_only(q, "country type area_code contains region locality postal_code near_number near_lat_long"
                                 " distance_miles mms voice limit");
    *s = (struct number_search){.sms = true, .country = request_param(q, STR("country"))};
    if (s->country.len == 0) s->country = str_from(q->caller.org.region);
    (void)param_type(q, &s->type);
    s->area_code = request_param(q, STR("area_code"));
    if (s->area_code.len > 0 && (s->area_code.len != 3 || str_to_i64(s->area_code, &code) != ERR_OK || code < 0))
        (void)problem_field(&q->problem, "?area_code", s->area_code, "It is no area code.",
                            "Give three digits, as 415.");
    s->contains = request_param(q, STR("contains"));
    s->region = request_param(q, STR("region"));
    s->locality = request_param(q, STR("locality"));
    s->postal_code = request_param(q, STR("postal_code"));
    s->near_number = request_param(q, STR("near_number"));
    s->near_lat_long = request_param(q, STR("near_lat_long"));
    s->distance_miles = (int)request_param_int(q, "distance_miles", 1, 500, 0);
    s->mms = request_param_bool(q, "mms");
    s->voice = request_param_bool(q, "voice");
    s->limit = (int)request_param_int(q, "limit", 1, NUMBER_OFFERS_MAX, 20);
    if (s->country.len != 2)
        (void)problem_field(&q->problem, "?country", s->country, "It is no country code.", "Give two letters, as US.");
}

static void available(struct request *q)
{
    struct search *s = request_alloc(q, sizeof *s);
    struct number_workers *workers = q->app->number_workers;

    if (s == NULL) return;
    read_search(q, &s->ask.search);
    if (problem_check(&q->problem) != ERR_OK) {
        reply_problem(q);
        return;
    }
    if (workers == NULL) {
        reply_refuse(q, ERR_UNAVAILABLE, 503, "Numbers cannot be searched for now; try again.");
        return;
    }
    buf_init(&s->offers, OFFERS_BYTES);
    json_open(&s->offers, '[');
    s->ask.org = q->caller.org;
    s->ask.offers = &s->offers;
    s->ask.finish = finish;
    s->ask.owner = q;
    q->state = s;
    q->drop = drop_search;
    request_wait(q, found);
    number_workers_ask(workers, &s->ask);
}

/* ---- planning ---- */

static bool has_own_account(const struct request *q)
{
    const char *sid = q->caller.org.account_sid;

    return sid[0] != '\0' && strcmp(sid, q->app->settings->twilio_account_sid) != 0;
}

static void view_plan(struct request *q, const struct number_plan *p, enum number_type type, int64_t count)
{
    int64_t price = numbers_price_micros(q->app->settings, type);
    struct buf *b = reply_body(q);

    json_open(b, '{');
    json_put_text(b, "type", number_type_name(type));
    json_put_int(b, "messages_per_minute", p->rate_per_min);
    json_put_int(b, "wanted", p->wanted);
    json_put_int(b, "most", p->most);
    json_put_int(b, "to_buy", p->to_buy);
    json_put_int(b, "monthly_cost_micros", price);
    json_put_int(b, "count", count < 0 ? p->to_buy : count);
    json_put_int(b, "monthly_cost_total_micros", price * (count < 0 ? p->to_buy : count));
    json_put_bool(b, "own_account", has_own_account(q));
    json_key(b, "reasons");
    json_open(b, '[');
    for (size_t i = 0; i < p->reasons_count; i++) json_str(b, str_from(p->reasons[i]));
    json_close(b, ']');
    json_close(b, '}');
}

static void plan(struct request *q)
{
    struct number_plan *p = request_alloc(q, sizeof *p);
    enum number_type type;
    int64_t rate, count;
    enum err code;

    if (p == NULL) return;
    (void)request_params_only(q, "program type messages_per_minute count");
    (void)param_type(q, &type);
    rate = request_param_int(q, "messages_per_minute", 1, RATE_MAX, 0);
    count = request_param_int(q, "count", 1, NUMBERS_AT_ONCE_MAX, -1);
    if (problem_check(&q->problem) != ERR_OK) {
        reply_problem(q);
        return;
    }
    code = numbers_plan(q->app, q->reader, &q->arena, &q->caller.org, request_param(q, STR("program")), type, rate, p);
    if (code != ERR_OK) {
        reply_read_failed(q, code, "program");
        return;
    }
    view_plan(q, p, type, count);
    reply_json(q, 200);
}

static const struct route ROUTES[] = {
    {"GET", "/v1/numbers/available", ROUTE_TENANT, KEY_SCOPE_MANAGE, BODY_NONE, available, NULL, 0},
    {"GET", "/v1/numbers/plan", ROUTE_TENANT, KEY_SCOPE_READ, BODY_NONE, plan, NULL, 0},
    {"POST", "/v1/numbers/adopt", ROUTE_TENANT, KEY_SCOPE_MANAGE, BODY_SETTING, adopt, NULL, 0},
    {"POST", "/v1/numbers/records", ROUTE_TENANT, KEY_SCOPE_OPERATOR, BODY_SETTING, record, NULL, 0},
    {"POST", "/v1/numbers", ROUTE_TENANT, KEY_SCOPE_OPERATOR, BODY_SETTING, order, NULL, 0},
    {"GET", "/v1/numbers", ROUTE_TENANT, KEY_SCOPE_READ, BODY_NONE, list, NULL, 0},
    {"GET", "/v1/numbers/{id}", ROUTE_TENANT, KEY_SCOPE_READ, BODY_NONE, get, NULL, 0},
    {"PATCH", "/v1/numbers/{id}", ROUTE_TENANT, KEY_SCOPE_MANAGE, BODY_SETTING, patch, NULL, 0},
    {"POST", "/v1/numbers/{id}/quarantine", ROUTE_TENANT, KEY_SCOPE_MANAGE, BODY_SETTING, quarantine, NULL, 0},
    {"POST", "/v1/numbers/{id}/restore", ROUTE_TENANT, KEY_SCOPE_MANAGE, BODY_SETTING, restore, NULL, 0},
    {"POST", "/v1/numbers/{id}/release", ROUTE_TENANT, KEY_SCOPE_OPERATOR, BODY_SETTING, release, NULL, 0},
    {"POST", "/v1/numbers/{id}/retry", ROUTE_TENANT, KEY_SCOPE_OPERATOR, BODY_SETTING, retry, NULL, 0},
};
const struct route_table ROUTES_NUMBERS = ROUTE_TABLE(ROUTES);
