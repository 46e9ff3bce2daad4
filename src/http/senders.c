/* senders: /v1/senders. */
#include "app/sender_pauses.h"
#include "app/senders.h"
#include "app/orgs.h"
#include "app/view.h"
#include "base/json_out.h"
#include "http/body.h"
#include "http/page.h"

#include <string.h>

static const char KINDS[] = "long_code toll_free short_code alpha";

/* Names of programs, read once per request. */
struct sender_answer {
    bool many, mended;
    int status;
    struct program *programs;
    size_t programs_count;
};
enum { PROGRAMS_MAX = 200 };

static bool programs_read(struct request *q, struct sender_answer *s)
{
    s->programs = request_alloc(q, PROGRAMS_MAX * sizeof *s->programs);
    if (s->programs == NULL) return false;
    s->programs_count = PROGRAMS_MAX;
    if (q->app->store->ops->programs(q->reader, &q->arena, q->caller.org.id, 0, s->programs,
                                     &s->programs_count) == ERR_OK)
        return true;
    reply_read_failed(q, ERR_IO, "program");
    return false;
}

static struct str program_name(const struct sender_answer *s, uint32_t id)
{
    for (size_t i = 0; i < s->programs_count; i++)
        if (s->programs[i].id == id) return s->programs[i].name;
    return (struct str){NULL, 0};
}

static uint32_t program_id(const struct sender_answer *s, struct str name)
{
    if (name.len == 0) return s->programs_count > 0 ? s->programs[0].id : 0;
    for (size_t i = 0; i < s->programs_count; i++)
        if (str_equal(s->programs[i].name, name)) return s->programs[i].id;
    return 0;
}

static void read_one(struct json_in *in, const struct sender_answer *s, struct sender_request *r)
{
    struct str program = {NULL, 0};
    size_t index;
    bool verified;

    r->verified = -1;
    (void)json_in_text(in, "address", JSON_REQUIRED, 40, &r->address);
    if (json_in_choice(in, "kind", JSON_OPTIONAL, KINDS, &index)) r->kind = (enum sender_kind)(index + 1);
    (void)json_in_text(in, "program", JSON_OPTIONAL, 100, &program);
    if (json_in_bool(in, "verified", JSON_OPTIONAL, &verified)) r->verified = verified ? 1 : 0;
    (void)json_in_text(in, "sid", JSON_OPTIONAL, 34, &r->sid);
    (void)json_in_text(in, "registered", JSON_OPTIONAL, REGISTERED_BYTES - 1, &r->registered);
    r->program = program_id(s, program);
    if (r->program == 0)
        json_in_refuse(in, "program", program, "There is no such program in this organization.",
                       "Use one of GET /v1/programs, or leave it out.");
    json_in_end(in);
}

/* The body is one sender, or {"senders": […]}. */
static struct sender_request *read_all(struct request *q, struct json_in *in, struct sender_answer *s,
                                       size_t *count)
{
    struct sender_request *all;
    json_t *items = NULL, *one;
    size_t i;

    s->many = json_in_has(in, "senders");
    if (s->many && !json_in_array(in, "senders", JSON_REQUIRED, SENDERS_AT_ONCE_MAX, &items)) return NULL;
    if (s->many && json_array_size(items) == 0)
        json_in_refuse(in, "senders", (struct str){NULL, 0}, "It is empty.", "Name at least one sender.");
    *count = s->many ? json_array_size(items) : 1;
    all = request_alloc(q, (*count + 1) * sizeof *all);
    if (all == NULL || !s->many) {
        if (all != NULL) read_one(in, s, all);
        return all;
    }
    json_array_foreach(items, i, one)
    {
        struct json_in nested;
        const char *path = arena_printf(&q->arena, "senders[%zu].", i);
        if (!json_is_object(one)) {
            json_in_refuse(in, "senders", (struct str){NULL, 0}, "An item is no object.",
                           "Send {\"address\": …} each.");
            break;
        }
        json_in_open(&nested, one, path == NULL ? "senders[]." : path, &q->problem);
        read_one(&nested, s, &all[i]);
    }
    json_in_end(in);
    return all;
}

/* In the installation's account, which others share, whose a number is, and what Twilio has verified, is for an
 * operator to say: texts that are written to a number go to the organization that has it. A name is nobody's. */
static bool may_say(struct request *q)
{
    if (q->caller.is_operator || q->caller.org.account_sid[0] != '\0') return true;
    reply_refuse(q, ERR_DENIED, 403, "The organization has no Twilio account of its own: whose a number is, and whether"
                                     " it is verified, is for an operator to say.");
    return false;
}

static bool may_add(struct request *q, const struct sender_request *all, const struct sender *senders, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if ((senders[i].kind != SENDER_ALPHA || all[i].verified == 1) && !may_say(q)) return false;
    return true;
}

/* What somebody has just said is mended is not told as paused: the engine learns of it in a moment. */
static void put_sender(const struct request *q, struct buf *out, const struct sender_answer *s,
                       const struct sender *one)
{
    struct sender_pause pause;
    bool paused = !s->mended && q->app->pauses != NULL && sender_pauses_find(q->app->pauses, one->org, one->id,
                                                               clock_wall_ms(q->app->clock), &pause);

    view_sender(q->app->ids, out, one, program_name(s, one->program), paused ? &pause : NULL);
}

static void render(struct request *q, struct change *c, int *status, struct buf *out)
{
    const struct change_senders *s = (const struct change_senders *)c;
    const struct sender_answer *answer = q->state;

    *status = answer->status;
    if (answer->many) {
        json_open(out, '{');
        json_key(out, "data");
        json_open(out, '[');
    }
    for (size_t i = 0; i < s->count; i++)
        put_sender(q, out, answer, &s->senders[i]);
    if (answer->many) {
        json_close(out, ']');
        json_close(out, '}');
    }
}

static void create(struct request *q)
{
    struct senders_job *job = request_alloc(q, sizeof *job);
    struct sender_answer *s = job == NULL ? NULL : request_alloc(q, sizeof *s);
    struct sender_request *all;
    struct json_in in;
    size_t count = 0;

    if (s == NULL || !body_open(q, &in) || !programs_read(q, s)) return;
    all = read_all(q, &in, s, &count);
    if (q->reply.status != 0) return;
    if (problem_check(&q->problem) != ERR_OK || all == NULL ||
        senders_add(q->app, &q->arena, &q->caller.org, all, count, s->many, job, &q->problem) != ERR_OK) {
        reply_problem(q);
        return;
    }
    if (!may_add(q, all, job->change.senders, count)) return;
    s->status = 201;
    q->state = s;
    request_write(q, &job->job, render);
}

static void list(struct request *q)
{
    struct sender_answer *s = request_alloc(q, sizeof *s);
    struct page page;
    struct sender *rows;
    size_t count;
    struct buf *b;
    enum err code;

    if (s == NULL || !page_read(q, "", &page) || !programs_read(q, s)) return;
    count = page.limit;
    rows = request_alloc(q, count * sizeof *rows);
    if (rows == NULL) return;
    code = q->app->store->ops->senders(q->reader, q->caller.org.id, (uint32_t)page.from, rows, &count);
    if (code != ERR_OK) {
        reply_read_failed(q, code, "sender");
        return;
    }
    b = page_open(q);
    for (size_t i = 0; i < count; i++)
        if (rows[i].state != SENDER_REMOVED)
            put_sender(q, b, s, &rows[i]);
    page_reply(q, count == page.limit ? rows[count - 1].id : 0);
}

static bool find_one(struct request *q, struct sender *out)
{
    uint64_t id;
    enum err code;

    if (arg_is_number(q, 0)) {
        code = q->app->store->ops->sender_by_address(q->reader, q->caller.org.id, q->args[0], out);
        if (code != ERR_OK) reply_read_failed(q, code, "sender");
        return code == ERR_OK;
    }
    if (!arg_id(q, 0, PUBLIC_SENDER, "sender", &id)) return false;
    code = id > UINT32_MAX ? ERR_NOT_FOUND
                           : senders_get(q->reader, q->caller.org.id, (uint32_t)id, out);
    if (code == ERR_OK && out->state == SENDER_REMOVED) code = ERR_NOT_FOUND;
    if (code != ERR_OK) reply_read_failed(q, code, "sender");
    return code == ERR_OK;
}

static void get(struct request *q)
{
    struct sender_answer *s = request_alloc(q, sizeof *s);
    struct sender one;

    if (s == NULL || !programs_read(q, s) || !find_one(q, &one)) return;
    put_sender(q, reply_body(q), s, &one);
    reply_json(q, 200);
}

/* What is to be changed; *was stays as it was read. NULL: answered. */
static struct sender *find_to_change(struct request *q, struct sender **was)
{
    struct sender *two = request_alloc(q, 2 * sizeof *two);

    if (two == NULL || !find_one(q, two)) return NULL;
    two[1] = two[0];
    *was = &two[1];
    return two;
}

static void patch(struct request *q)
{
    struct senders_job *job = request_alloc(q, sizeof *job);
    struct sender_answer *s = job == NULL ? NULL : request_alloc(q, sizeof *s);
    struct sender *was, *one = s == NULL ? NULL : find_to_change(q, &was);
    struct str sid = {NULL, 0}, registered;
    struct json_in in;
    bool mended = false; /* whoever says that it is active says so of what it was paused for, too */
    size_t index;

    if (one == NULL || !body_open(q, &in) || !programs_read(q, s)) return;
    if ((json_in_has(&in, "verified") || json_in_has(&in, "sid")) && !may_say(q)) return;
    if (json_in_choice(&in, "state", JSON_OPTIONAL, "active held", &index)) {
        one->state = (enum sender_state)(index + 1);
        mended = one->state == SENDER_ACTIVE;
    }
    (void)json_in_bool(&in, "verified", JSON_OPTIONAL, &one->verified);
    if (json_in_text(&in, "sid", JSON_OPTIONAL, 34, &sid) &&
        (!senders_sid_is_good(sid) || str_copy(sid, one->sid, sizeof one->sid) != ERR_OK))
        json_in_refuse(&in, "sid", sid, "It is no SID of a sender.",
                       "Give PN, SC or AI and 32 hexadecimal digits.");
    if (json_in_text(&in, "registered", JSON_OPTIONAL, REGISTERED_BYTES - 1, &registered))
        senders_register(one, registered, "", &q->problem);
    if (!body_end(q, &in)) return;
    s->status = 200;
    q->state = s;
    senders_put(q->app, one, was, job);
    job->mended = s->mended = mended;
    request_write(q, &job->job, render);
}

static void render_nothing(struct request *q, struct change *c, int *status, struct buf *out)
{
    (void)q;
    (void)c;
    (void)out;
    *status = 204;
}

static void delete (struct request *q)
{
    struct senders_job *job = request_alloc(q, sizeof *job);
    struct sender *was, *one = job == NULL ? NULL : find_to_change(q, &was);

    if (one == NULL) return;
    one->state = SENDER_REMOVED;
    senders_put(q->app, one, was, job);
    request_write(q, &job->job, render_nothing);
}

static const struct route ROUTES[] = {
    {"POST", "/v1/senders", ROUTE_TENANT, KEY_SCOPE_MANAGE, BODY_SETTING, create, NULL, 0},
    {"GET", "/v1/senders", ROUTE_TENANT, KEY_SCOPE_READ, BODY_NONE, list, NULL, 0},
    {"GET", "/v1/senders/{id}", ROUTE_TENANT, KEY_SCOPE_READ, BODY_NONE, get, NULL, 0},
    {"PATCH", "/v1/senders/{id}", ROUTE_TENANT, KEY_SCOPE_MANAGE, BODY_SETTING, patch, NULL, 0},
    {"DELETE", "/v1/senders/{id}", ROUTE_TENANT, KEY_SCOPE_MANAGE, BODY_NONE, delete, NULL, 0},
};
const struct route_table ROUTES_SENDERS = ROUTE_TABLE(ROUTES);
