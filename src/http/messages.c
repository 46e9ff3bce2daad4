/* messages: /v1/messages, /v1/inbound. */
#include "app/content.h"
#include "app/messages.h"
#include "app/senders.h"
#include "app/verdicts.h"
#include "app/view.h"
#include "base/json_out.h"
#include "http/body.h"
#include "http/page.h"

#include "rules/phone.h"

static const char KINDS[] = "transactional conversational marketing";

/* With the address of its sender, if one was chosen. False: answered. */
static bool put_message(struct request *q, struct buf *b, const struct message *m)
{
    struct sender s;
    enum err code = m->sender == 0 ? ERR_NOT_FOUND : senders_get(q->reader, q->caller.org.id, m->sender, &s);

    if (code == ERR_OK) view_message(q->app->ids, b, m, str_from(s.address));
    else if (code == ERR_NOT_FOUND) view_message(q->app->ids, b, m, (struct str){NULL, 0});
    else reply_read_failed(q, code, "sender");
    return code == ERR_OK || code == ERR_NOT_FOUND;
}

/* What only asks does not keep a single message: whoever sent it is told. */
static void put_warnings(struct buf *out, struct str text, const struct content_report *r)
{
    if (r->worst < CONTENT_ASK) return;
    json_key(out, "warnings");
    json_open(out, '[');
    for (size_t i = 0; i < r->count && r->findings[i].severity >= CONTENT_ASK; i++) {
        const struct content_rule *rule = r->findings[i].rule;
        json_open(out, '{');
        json_put_text(out, "code", rule->id);
        json_put_text(out, "detail", rule->title);
        json_put_str_or_null(out, "words", content_words_of(&r->findings[i], text, 120));
        json_put_text(out, "fix", rule->fix);
        json_close(out, '}');
    }
    json_close(out, ']');
}

static void render(struct request *q, struct change *c, int *status, struct buf *out)
{
    const struct message_job *job = q->state;
    const struct message *m = &((const struct change_admit *)c)->message;

    *status = 202;
    json_open(out, '{');
    view_message_members(q->app->ids, out, m, str_from(job->sender.address));
    put_warnings(out, m->body, &job->content);
    json_close(out, '}');
}

static void read_message(struct json_in *in, struct message_request *m)
{
    size_t index;

    (void)json_in_text(in, "to", JSON_REQUIRED, 40, &m->to);
    (void)json_in_text(in, "body", JSON_OPTIONAL, MESSAGE_CHARACTERS_MAX * 8, &m->body);
    (void)json_in_text(in, "template", JSON_OPTIONAL, MESSAGE_CHARACTERS_MAX * 8, &m->template_text);
    (void)json_in_fields(in, "fields", JSON_OPTIONAL, 32768, &m->fields);
    if (json_in_choice(in, "kind", JSON_OPTIONAL, KINDS, &index)) m->kind = (enum message_kind)(index + 1);
    (void)json_in_text(in, "from", JSON_OPTIONAL, 40, &m->from);
    (void)json_in_text(in, "program", JSON_OPTIONAL, 100, &m->program);
    (void)json_in_time(in, "send_at", JSON_OPTIONAL, &m->send_at_ms);
    (void)json_in_bool(in, "urgent", JSON_OPTIONAL, &m->urgent);
    (void)json_in_int(in, "validity_s", JSON_OPTIONAL, VALIDITY_LEAST_S, VALIDITY_MOST_S, &m->validity_s);
    (void)json_in_bool(in, "retry_undelivered", JSON_OPTIONAL, &m->retry_undelivered);
    (void)json_in_text(in, "postal_code", JSON_OPTIONAL, 20, &m->where.postal_code);
    (void)json_in_text(in, "state", JSON_OPTIONAL, 40, &m->where.state);
    (void)json_in_text(in, "time_zone", JSON_OPTIONAL, 64, &m->where.time_zone);
    (void)json_in_text(in, "country", JSON_OPTIONAL, 2, &m->where.country);
    if (json_in_choice(in, "when_quiet", JSON_OPTIONAL, "hold refuse", &index)) m->refuse_quiet = index == 1;
}

static void create(struct request *q)
{
    struct message_job *job = request_alloc(q, sizeof *job);
    struct message_request m = {.kind = KIND_TRANSACTIONAL};
    struct json_in in;

    if (job == NULL || !body_open(q, &in)) return;
    read_message(&in, &m);
    if (!body_end(q, &in)) return;
    if (messages_admit(q->app, q->reader, &q->arena, &q->caller.org, &m, job, &q->problem) != ERR_OK) {
        reply_problem(q);
        return;
    }
    q->state = job;
    request_write(q, &job->job, render);
}

static bool find(struct request *q, struct message *out)
{
    uint64_t id;
    enum err code;

    if (!arg_id(q, 0, PUBLIC_MESSAGE, "message", &id)) return false;
    code = q->app->store->ops->message_get(q->reader, &q->arena, q->caller.org.id, id, out);
    if (code != ERR_OK) reply_read_failed(q, code, "message");
    return code == ERR_OK;
}

static void get(struct request *q)
{
    struct message m;

    if (!find(q, &m)) return;
    m.body = messages_text(q->reader, &q->arena, &m);
    if (put_message(q, reply_body(q), &m)) reply_json(q, 200);
}

static void explain(struct request *q)
{
    struct message m;
    enum err code;

    if (!find(q, &m)) return;
    code = verdicts_write(q->app, q->reader, &q->arena, &m, reply_body(q));
    if (code == ERR_OK) reply_json(q, 200);
    else reply_read_failed(q, code, "message");
}

static bool filter_read(struct request *q, struct message_filter *f)
{
    struct str campaign = request_param(q, STR("campaign")), to = request_param(q, STR("to"));
    struct str state = request_param(q, STR("state"));
    struct phone phone = {0};

    *f = (struct message_filter){.org = q->caller.org.id};
    if (campaign.len > 0 && public_id_parse(q->app->ids, PUBLIC_CAMPAIGN, campaign, &f->campaign) != ERR_OK)
        (void)problem_field(&q->problem, "?campaign", campaign, "It is no campaign's id.",
                            "Give an id such as cmp_....");
    if (to.len > 0 && phone_parse(to, q->caller.org.region, &phone, NULL) != ERR_OK)
        (void)problem_field(&q->problem, "?to", to, "It is no phone number.",
                            "Give it as +14155552671 (%2B for the +).");
    if (state.len > 0 && message_state_parse(state, &f->state) != ERR_OK)
        (void)problem_field(
            &q->problem, "?state", state, "It is no state of a message.",
            "Use queued, held, accepted, sent, in_doubt, delivered, undelivered, failed, blocked, "
            "canceled or expired.");
    f->number = phone.digits;
    if (problem_check(&q->problem) == ERR_OK) return true;
    reply_problem(q);
    return false;
}

static void list(struct request *q)
{
    struct message_filter filter;
    struct page page;
    struct message *rows;
    uint64_t next = 0;
    size_t count;
    struct buf *b;
    enum err code;

    if (!page_read(q, "campaign to state", &page) || !filter_read(q, &filter)) return;
    count = page.limit;
    rows = request_alloc(q, count * sizeof *rows);
    if (rows == NULL) return;
    code = q->app->store->ops->messages(q->reader, &q->arena, &filter, page.from, rows, &count, &next);
    if (code != ERR_OK) {
        reply_read_failed(q, code, "message");
        return;
    }
    b = page_open(q);
    for (size_t i = 0; i < count; i++)
        if (!put_message(q, b, &rows[i])) return;
    page_reply(q, next);
}

/* ---- cancel ---- */

struct cancel {
    struct message_cancel_job job;
    struct message message;
};

static void render_cancel(struct request *q, struct change *change, int *status, struct buf *out)
{
    struct cancel *c = q->state;

    (void)change;
    *status = 200;
    c->message.state = MESSAGE_CANCELED;
    c->message.reason = REASON_CANCELED_BY_USER;
    c->message.updated_ms = c->job.change.now_ms;
    view_message(q->app->ids, out, &c->message, (struct str){NULL, 0});
}

static void cancel(struct request *q)
{
    struct cancel *c = request_alloc(q, sizeof *c);
    struct json_in in;

    if (c == NULL || !body_open_optional(q, &in) || !body_end(q, &in)) return;
    if (!find(q, &c->message)) return;
    messages_cancel(q->app, q->caller.org.id, c->message.id, &c->job);
    q->state = c;
    request_write(q, &c->job.job, render_cancel);
}

/* ---- inbound ---- */

static void list_inbound(struct request *q)
{
    struct page page;
    struct inbound *rows;
    size_t count;
    struct buf *b;
    enum err code;

    if (!page_read(q, "", &page)) return;
    count = page.limit;
    rows = request_alloc(q, count * sizeof *rows);
    if (rows == NULL) return;
    code = q->app->store->ops->inbounds(q->reader, &q->arena, q->caller.org.id, page.from, rows, &count);
    if (code != ERR_OK) {
        reply_read_failed(q, code, "inbound text");
        return;
    }
    b = page_open(q);
    for (size_t i = 0; i < count; i++)
        view_inbound(q->app->ids, b, &rows[i]);
    page_reply(q, count == page.limit ? rows[count - 1].id : 0);
}

static const struct route ROUTES[] = {
    {"POST", "/v1/messages", ROUTE_TENANT, KEY_SCOPE_SEND, BODY_SETTING, create, NULL, 0},
    {"GET", "/v1/messages", ROUTE_TENANT, KEY_SCOPE_READ, BODY_NONE, list, NULL, 0},
    {"GET", "/v1/messages/{id}/explain", ROUTE_TENANT, KEY_SCOPE_READ, BODY_NONE, explain, NULL, 0},
    {"GET", "/v1/messages/{id}", ROUTE_TENANT, KEY_SCOPE_READ, BODY_NONE, get, NULL, 0},
    {"POST", "/v1/messages/{id}/cancel", ROUTE_TENANT, KEY_SCOPE_SEND, BODY_SETTING, cancel, NULL, 0},
    {"GET", "/v1/inbound", ROUTE_TENANT, KEY_SCOPE_READ, BODY_NONE, list_inbound, NULL, 0},
};
const struct route_table ROUTES_MESSAGES = ROUTE_TABLE(ROUTES);
