/*
 * organizations: /v1/organizations (operator), /v1/organization (the key's own), /v1/programs.
 */
#include "app/accounts.h"
#include "app/orgs.h"
#include "app/view.h"
#include "base/json_out.h"
#include "http/body.h"
#include "rules/keyword.h"
#include "http/page.h"

#include <string.h>

static const char REGISTRATIONS[] = "none pending approved suspended";
static const char BRANDS[] = "none standard low_volume sole_proprietor";
static const char STATES[] = "active suspended closed";

/* Copies a text into a record's fixed place; one that does not fit is refused by name. */
static void take_fixed(struct json_in *in, const char *key, enum json_need need, char *out, size_t size)
{
    struct str text;

    if (json_in_text(in, key, need, size - 1, &text)) (void)!str_copy(text, out, size);
}

static void read_trait(struct json_in *in, const char *key, uint32_t trait, struct program *g)
{
    bool has = (g->traits & trait) != 0;

    (void)json_in_bool(in, key, JSON_OPTIONAL, &has);
    g->traits = has ? g->traits | trait : g->traits & ~trait;
}

static void read_automated(struct json_in *in, struct program *g)
{
    static const uint32_t traits[] = {0, PROGRAM_AUTOMATED_MARKETING, PROGRAM_AUTOMATED_ALL};
    size_t index;

    if (!json_in_choice(in, "automated_hours", JSON_OPTIONAL, "off marketing all", &index)) return;
    g->traits &= ~(uint32_t)(PROGRAM_AUTOMATED_MARKETING | PROGRAM_AUTOMATED_ALL);
    g->traits |= traits[index];
}

static void read_program(struct json_in *in, struct program *g)
{
    size_t index;
    int64_t score;

    (void)json_in_text(in, "name", JSON_OPTIONAL, 100, &g->name);
    take_fixed(in, "messaging_service_sid", JSON_OPTIONAL, g->service_sid, sizeof g->service_sid);
    if (json_in_choice(in, "registration", JSON_OPTIONAL, REGISTRATIONS, &index))
        g->registration = (enum registration_state)index;
    if (json_in_choice(in, "brand_type", JSON_OPTIONAL, BRANDS, &index)) g->brand = (enum brand_type)index;
    if (json_in_int(in, "brand_score", JSON_OPTIONAL, 0, 100, &score)) g->brand_score = (int32_t)score;
    (void)json_in_text(in, "use_case", JSON_OPTIONAL, 64, &g->use_case);
    (void)json_in_text(in, "brand_name", JSON_OPTIONAL, 100, &g->brand_name);
    (void)json_in_text(in, "help_text", JSON_OPTIONAL, 1600, &g->help_text);
    read_trait(in, "age_gated", PROGRAM_AGE_GATED, g);
    read_trait(in, "direct_lending", PROGRAM_DIRECT_LENDING, g);
    read_automated(in, g);
    json_in_end(in);
}

static void read_org(struct json_in *in, struct org_request *o)
{
    enum json_need need = o->org.id == 0 ? JSON_REQUIRED : JSON_OPTIONAL;
    size_t index;
    int64_t number;

    (void)json_in_text(in, "name", need, 200, &o->org.name);
    take_fixed(in, "account_sid", JSON_OPTIONAL, o->org.account_sid, sizeof o->org.account_sid);
    (void)json_in_secret(in, "auth_token", JSON_OPTIONAL, 128, &o->token);
    take_fixed(in, "region", JSON_OPTIONAL, o->org.region, sizeof o->org.region);
    if (json_in_int(in, "share", JSON_OPTIONAL, 1, 1000, &number)) o->org.share = (uint32_t)number;
    if (json_in_int(in, "spend_cap_micros", JSON_OPTIONAL, 0, INT64_MAX / 2, &number))
        o->org.spend_cap_micros = number;
    if (json_in_int(in, "frequency_cap", JSON_OPTIONAL, 0, FREQUENCY_MAX, &number))
        o->org.frequency.count = (uint8_t)number;
    if (json_in_int(in, "frequency_hours", JSON_OPTIONAL, 1, FREQUENCY_HOURS_MAX, &number))
        o->org.frequency.hours = (uint16_t)number;
    take_fixed(in, "countries", JSON_OPTIONAL, o->org.countries, sizeof o->org.countries);
    (void)json_in_text(in, "help_text", JSON_OPTIONAL, 1600, &o->org.help_text);
    (void)json_in_text(in, "opt_out_words", JSON_OPTIONAL, KEYWORD_OWN_BYTES_MAX, &o->org.opt_out_words);
    if (o->org.id == 0) return;
    if (json_in_choice(in, "state", JSON_OPTIONAL, STATES, &index))
        o->org.state = (enum org_state)(index + 1);
    if (json_in_secret(in, "auth_token_secondary", JSON_OPTIONAL, 128, &o->token2))
        o->clear_token2 = o->token2.len == 0;
}

/* The program that was made with the organization. False: answered. */
static bool read_first_program(struct request *q, org_id org, struct program *out)
{
    enum err code = orgs_program(q->reader, &q->arena, org, (struct str){NULL, 0}, out);

    if (code != ERR_OK) reply_read_failed(q, code, "program");
    return code == ERR_OK;
}

/* False: answered otherwise. */
static bool put_org(struct request *q, struct buf *b, const struct org *o)
{
    struct program g;

    if (!read_first_program(q, o->id, &g)) return false;
    view_org(q->app->ids, q->app->settings, b, o, &g);
    return true;
}

static void render_org(struct request *q, struct change *c, int *status, struct buf *out)
{
    const struct change_org *org = (const struct change_org *)c;
    const struct org_request *o = q->state;
    bool is_new = o->org.id == 0;

    *status = is_new ? 201 : 200;
    view_org(q->app->ids, q->app->settings, out, &org->org, is_new ? &org->first_program : &o->program);
}

static void create(struct request *q)
{
    struct org_request *o = request_alloc(q, sizeof *o);
    struct org_job *job = o == NULL ? NULL : request_alloc(q, sizeof *job);
    struct json_in in, nested;
    json_t *program;

    if (job == NULL || !body_open(q, &in)) return;
    orgs_default(q->app, o);
    take_fixed(&in, "slug", JSON_REQUIRED, o->org.slug, sizeof o->org.slug);
    read_org(&in, o);
    if (json_in_object(&in, "program", JSON_OPTIONAL, &program)) {
        json_in_open(&nested, program, "program.", &q->problem);
        read_program(&nested, &o->program);
    }
    if (!body_end(q, &in)) return;
    if (orgs_put(q->app, &q->arena, o, job, &q->problem) != ERR_OK) {
        reply_problem(q);
        return;
    }
    q->state = o;
    request_write(q, &job->job, render_org);
}

static bool find_org(struct request *q, struct org *o)
{
    enum err code = q->app->store->ops->org_by_slug(q->reader, &q->arena, q->args[0], o);

    if (code != ERR_OK) reply_read_failed(q, code, "organization");
    return code == ERR_OK;
}

static void render_program_of_org(struct request *q, struct change *c, int *status, struct buf *out)
{
    const struct change_program *program = (const struct change_program *)c;
    const struct org_request *o = q->state;

    *status = 200;
    view_org(q->app->ids, q->app->settings, out, &o->org, &program->program);
}

/* The first program, changed through its organization. */
static void patch_program(struct request *q, struct org_request *o, json_t *program)
{
    struct program_job *job = request_alloc(q, sizeof *job);
    struct json_in in;

    if (job == NULL) return;
    json_in_open(&in, program, "program.", &q->problem);
    read_program(&in, &o->program);
    if (problem_check(&q->problem) != ERR_OK ||
        orgs_put_program(q->app, &o->program, o->org.rev, job, &q->problem) != ERR_OK) {
        reply_problem(q);
        return;
    }
    request_write(q, &job->job, render_program_of_org);
}

static bool only_program(struct request *q, struct json_in *in)
{
    if (json_object_size(in->object) == 1) return true;
    json_in_refuse(in, "program", (struct str){NULL, 0},
                   "It came together with the organization's own fields.",
                   "Change the program in a request of its own, so that nothing is left half done.");
    reply_problem(q);
    return false;
}

static void patch(struct request *q)
{
    struct org_request *o = request_alloc(q, sizeof *o);
    struct org_job *job = o == NULL ? NULL : request_alloc(q, sizeof *job);
    struct json_in in;
    bool has_state, moves;
    json_t *program;

    if (job == NULL || !find_org(q, &o->org) || !body_open(q, &in)) return;
    q->state = o;
    if (!read_first_program(q, o->org.id, &o->program)) return;
    o->account_before = arena_str(&q->arena, str_from(o->org.account_sid));
    has_state = json_in_has(&in, "state");
    read_org(&in, o);
    if (json_in_object(&in, "program", JSON_OPTIONAL, &program)) {
        if (only_program(q, &in)) patch_program(q, o, program);
        return;
    }
    if (!body_end(q, &in)) return;
    if ((o->token.len > 0 || o->token2.len > 0 || o->clear_token2) &&
        accounts_is_rotating(q->reader, &q->arena, o->org.id)) {
        reply_refuse(q, ERR_CONFLICT, 409, "Its auth token is being rotated; give another when that has ended.");
        return;
    }
    moves = !str_equal(o->account_before, str_from(o->org.account_sid));
    if ((has_state && accounts_may_set_state(q->reader, &q->arena, &o->org, moves, &q->problem) != ERR_OK) ||
        orgs_put(q->app, &q->arena, o, job, &q->problem) != ERR_OK)
        reply_problem(q);
    else
        request_write(q, &job->job, render_org);
}

static void get(struct request *q)
{
    struct org o;

    if (find_org(q, &o) && put_org(q, reply_body(q), &o)) reply_json(q, 200);
}

static void get_own(struct request *q)
{
    if (put_org(q, reply_body(q), &q->caller.org)) reply_json(q, 200);
}

static void list(struct request *q)
{
    struct page page;
    struct org *rows;
    size_t count;
    struct buf *b;
    enum err code;

    if (!page_read(q, "", &page)) return;
    count = page.limit;
    rows = request_alloc(q, count * sizeof *rows);
    if (rows == NULL) return;
    code = q->app->store->ops->orgs(q->reader, &q->arena, (org_id)page.from, rows, &count);
    if (code != ERR_OK) {
        reply_read_failed(q, code, "organization");
        return;
    }
    b = page_open(q);
    for (size_t i = 0; i < count; i++)
        if (!put_org(q, b, &rows[i])) return;
    page_reply(q, count == page.limit ? rows[count - 1].id : 0);
}

/* ---- programs ---- */

static void list_programs(struct request *q)
{
    struct page page;
    struct program *rows;
    size_t count;
    struct buf *b;
    enum err code;

    if (!page_read(q, "", &page)) return;
    count = page.limit;
    rows = request_alloc(q, count * sizeof *rows);
    if (rows == NULL) return;
    code = q->app->store->ops->programs(q->reader, &q->arena, q->caller.org.id, (uint32_t)page.from, rows,
                                        &count);
    if (code != ERR_OK) {
        reply_read_failed(q, code, "program");
        return;
    }
    b = page_open(q);
    for (size_t i = 0; i < count; i++)
        view_program(q->app->ids, b, &rows[i]);
    page_reply(q, count == page.limit ? rows[count - 1].id : 0);
}

static void render_program(struct request *q, struct change *c, int *status, struct buf *out)
{
    *status = str_equal(q->method, STR("POST")) ? 201 : 200;
    view_program(q->app->ids, out, &((const struct change_program *)c)->program);
}

static void write_program(struct request *q, struct program *g)
{
    struct program_job *job = request_alloc(q, sizeof *job);
    struct json_in in;

    if (job == NULL || !body_open(q, &in)) return;
    read_program(&in, g);
    if (g->name.len == 0) (void)json_in_text(&in, "name", JSON_REQUIRED, 100, &g->name);
    if (!body_end(q, &in)) return;
    if (orgs_put_program(q->app, g, g->id == 0 ? 0 : q->caller.org.rev, job, &q->problem) != ERR_OK)
        reply_problem(q);
    else
        request_write(q, &job->job, render_program);
}

static bool is_operator(struct request *q)
{
    if (q->caller.is_operator) return true;
    reply_refuse(q, ERR_DENIED, 403,
                 "A program's registration is an operator's to tell: this needs an operator's key.");
    return false;
}

static void create_program(struct request *q)
{
    struct program g = {
        .org = q->caller.org.id, .brand_score = -1, .created_ms = clock_wall_ms(q->app->clock)};

    if (is_operator(q)) write_program(q, &g);
}

static void patch_program_by_id(struct request *q)
{
    struct program g;
    uint64_t id;
    enum err code;

    if (!is_operator(q) || !arg_id(q, 0, PUBLIC_PROGRAM, "program", &id)) return;
    code = orgs_program_by_id(q->reader, &q->arena, q->caller.org.id, (uint32_t)id, &g);
    if (code != ERR_OK)
        reply_read_failed(q, code, "program");
    else
        write_program(q, &g);
}

static const struct route ROUTES[] = {
    {"POST", "/v1/organizations", ROUTE_OPERATOR, KEY_SCOPE_OPERATOR, BODY_SETTING, create, NULL, 0},
    {"GET", "/v1/organizations", ROUTE_OPERATOR, KEY_SCOPE_OPERATOR, BODY_NONE, list, NULL, 0},
    {"GET", "/v1/organizations/{slug}", ROUTE_OPERATOR, KEY_SCOPE_OPERATOR, BODY_NONE, get, NULL, 0},
    {"PATCH", "/v1/organizations/{slug}", ROUTE_OPERATOR, KEY_SCOPE_OPERATOR, BODY_SETTING, patch, NULL,
     false},
    {"GET", "/v1/organization", ROUTE_TENANT, KEY_SCOPE_READ, BODY_NONE, get_own, NULL, 0},
    {"GET", "/v1/programs", ROUTE_TENANT, KEY_SCOPE_READ, BODY_NONE, list_programs, NULL, 0},
    {"POST", "/v1/programs", ROUTE_TENANT, KEY_SCOPE_MANAGE, BODY_SETTING, create_program, NULL, 0},
    {"PATCH", "/v1/programs/{id}", ROUTE_TENANT, KEY_SCOPE_MANAGE, BODY_SETTING, patch_program_by_id, NULL,
     false},
};
const struct route_table ROUTES_ORGANIZATIONS = ROUTE_TABLE(ROUTES);
