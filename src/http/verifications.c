/* verifications: /v1/verifications and /v1/verify/service: numbers proved with codes that Twilio Verify sends. A code
 * that comes in is wiped when it was asked about, and is in no answer. */
#include "app/verifier.h"
#include "base/json_out.h"
#include "http/body.h"
#include "http/request.h"
#include "rules/phone.h"
#include "rules/playbook.h"

#include <stdio.h>
#include <string.h>

enum { ADDRESS_MAX = 64, TO_MAX = 64 };

/* ---- views ---- */

static void put_error(struct buf *b, int32_t code)
{
    const struct playbook_entry *e = playbook_get(code);
    if (code == 0) {
        json_put_null(b, "error");
        return;
    }
    json_key(b, "error");
    json_open(b, '{');
    json_put_int(b, "code", code);
    json_put_text(b, "title", e->title);
    json_put_str_or_null(b, "explanation", str_from(e->explanation));
    json_put_str_or_null(b, "remedy", str_from(e->remedy));
    json_close(b, '}');
}

static int64_t left_of(const struct verification_record *v, int64_t most, int64_t used)
{
    return verification_is_open(v->state) && used < most ? most - used : 0;
}

static void view(const struct public_ids *ids, struct buf *b, const struct verification_record *v, const bool *valid)
{
    char id[PUBLIC_ID_BYTES];
    public_id_format(ids, PUBLIC_VERIFICATION, v->id, id);
    json_open(b, '{');
    json_put_text(b, "id", id);
    json_put_number(b, "to", v->number);
    json_put_text(b, "channel", verification_channel_name(v->channel));
    json_put_str_or_null(b, "locale", str_from(v->locale));
    json_put_text(b, "status", verification_state_name(v->state));
    if (valid != NULL) json_put_bool(b, "valid", *valid);
    json_put_str_or_null(b, "sid", str_from(v->sid));
    json_put_int(b, "codes_sent", v->sends);
    json_put_int(b, "codes_left", left_of(v, VERIFICATION_SENDS_MAX, v->sends));
    json_put_int(b, "attempts", v->checks);
    json_put_int(b, "attempts_left", left_of(v, VERIFICATION_CHECKS_MAX, v->checks));
    put_error(b, v->code);
    json_put_time(b, "created_at", v->created_ms);
    json_put_time(b, "updated_at", v->updated_ms);
    json_put_time(b, "expires_at", v->expires_ms);
    json_close(b, '}');
}

static void view_service(struct buf *b, const struct verify_service_record *s)
{
    json_open(b, '{');
    json_put_text(b, "sid", s->sid);
    json_put_text(b, "name", s->name);
    json_put_text(b, "account_sid", s->account);
    json_put_time(b, "created_at", s->created_ms);
    json_close(b, '}');
}

/* ---- refusals ---- */

static int status_of(enum err code)
{
    if (code == ERR_LIMIT) return 429;
    return code == ERR_DENIED ? 409 : reply_status_of(code);
}

static void put_wait(struct request *q, const struct verify_job *j)
{
    char seconds[24];
    int64_t wait_ms = j->wait_ms > 1000 ? j->wait_ms : 1000;
    (void)snprintf(seconds, sizeof seconds, "%lld", (long long)((wait_ms + 999) / 1000));
    reply_header(q, "Retry-After", seconds);
}

/* What is not prepared, or was not well answered. */
static void refuse(struct request *q, const struct verify_job *j)
{
    q->problem.twilio_code = j->twilio_code;
    if (q->problem.code == ERR_LIMIT) put_wait(q, j);
    reply_problem_as(q, status_of(q->problem.code));
}

static const char *guard_words(enum verify_scope scope)
{
    static const char *const words[VERIFY_SCOPES] = {
        [VERIFY_OF_NUMBER] = "This number was sent as many codes as it may get in an hour (verify.number_per_h)",
        [VERIFY_OF_ADDRESS] = "This client address was given as many codes as it may in an hour (verify.address_per_h)",
        [VERIFY_OF_COUNTRY] = "This country was sent as many codes as it may get in an hour (verify.country_per_h)",
        [VERIFY_CHECKS] = "As many codes were tried for this number as may be in an hour (verify.checks_per_h)",
    };
    return words[scope];
}

static void refuse_taken(struct request *q, struct verify_job *j)
{
    const struct change_verification *c = &j->before;
    problem_init(&q->problem, &q->arena);
    if (c->head.result != ERR_LIMIT) {
        (void)problem_fault(&q->problem, &c->head.fault);
        q->problem.code = c->head.result;
    } else
        (void)problem_set(&q->problem, ERR_LIMIT, "%s; nothing was asked of Twilio.", guard_words(c->full));
    j->wait_ms = c->free_ms - c->now_ms;
    refuse(q, j);
}

static void refuse_asked(struct request *q, const struct verify_job *j)
{
    const struct playbook_entry *e = playbook_get(j->twilio_code);
    problem_init(&q->problem, &q->arena);
    if (j->twilio_code != 0 && playbook_knows(j->twilio_code))
        (void)problem_set(&q->problem, j->result, "Twilio refused (%d, %s). %s %s", (int)j->twilio_code, e->title,
                          e->explanation, e->remedy);
    else
        (void)problem_set(&q->problem, j->result, "Twilio Verify: %s", j->fault.what);
    refuse(q, j);
}

/* False: the refusal was answered. */
static bool went_well(struct request *q)
{
    struct verify_job *j = q->state;
    if (j->job.change != NULL && j->before.head.result != ERR_OK) refuse_taken(q, j);
    else if (j->result != ERR_OK) refuse_asked(q, j);
    else return true;
    return false;
}

/* ---- start ---- */

static void on_finish(struct app_job *job)
{
    request_wake(job->owner);
}

static void submit(struct request *q, struct verify_job *j, void (*woken)(struct request *q))
{
    q->state = j;
    j->job.owner = q;
    j->finish = on_finish;
    request_wait(q, woken);
    verifier_submit(j);
}

static void render_start(struct request *q, struct change *c, int *status, struct buf *out)
{
    *status = 201;
    view(q->app->ids, out, &((const struct change_verification *)c)->v, NULL);
}

static void started(struct request *q)
{
    if (went_well(q)) request_written(q);
}

static void read_to(struct request *q, struct json_in *in, struct verify_ask *ask)
{
    struct str text = {NULL, 0};
    struct phone phone = {0};
    struct fault f = {0};
    if (!json_in_text(in, "to", JSON_REQUIRED, TO_MAX, &text)) return;
    if (phone_parse(text, q->caller.org.region, &phone, &f) != ERR_OK)
        json_in_refuse(in, "to", text, f.what, "Give it as +14155552671.");
    ask->number = phone.digits;
}

static void read_ask(struct request *q, struct json_in *in, struct verify_ask *ask)
{
    struct str address = {NULL, 0};
    size_t channel = 0;
    read_to(q, in, ask);
    (void)json_in_choice(in, "channel", JSON_OPTIONAL, "sms call", &channel);
    ask->channel = (enum verification_channel)(VERIFICATION_BY_SMS + channel);
    if (json_in_text(in, "locale", JSON_OPTIONAL, ADDRESS_MAX, &ask->locale) && ask->locale.len > 0 &&
        !verification_locale_is_good(ask->locale))
        json_in_refuse(in, "locale", ask->locale, "It is no language.", "Give it as en or pt-BR.");
    if (!json_in_text(in, "client_address", JSON_OPTIONAL, ADDRESS_MAX, &address) || address.len == 0) return;
    ask->has_address = ip_parse(address, &ask->address) == ERR_OK;
    if (!ask->has_address)
        json_in_refuse(in, "client_address", address, "It is no network address.",
                       "Give the address of the person's own device, as 203.0.113.7 or 2001:db8::7.");
}

static void begin(struct request *q)
{
    struct verify_job *j = request_alloc(q, sizeof *j);
    struct verify_ask ask = {0};
    struct json_in in;
    if (j == NULL || !body_open(q, &in)) return;
    read_ask(q, &in, &ask);
    if (!body_end(q, &in)) return;
    if (verifier_begin(q->app, q->reader, &q->caller.org, &ask, j, &q->problem) != ERR_OK) {
        refuse(q, j);
        return;
    }
    /* The first of two that are the same may have been answered since this one looked: with the number claimed it is
     * answered, or was not asked. */
    if (request_repeats(q)) {
        verifier_drop(j);
        return;
    }
    j->idem = request_key(q, &j->after.head, render_start);
    submit(q, j, started);
}

/* ---- check, cancel, show ---- */

static void checked(struct request *q)
{
    const struct verify_job *j = q->state;
    if (!went_well(q)) return;
    view(q->app->ids, reply_body(q), &j->after.v, &j->valid);
    reply_json(q, 200);
}

/* The organization's own, before anything else is judged. False: answered. */
static bool find(struct request *q, struct verification_record *v)
{
    uint64_t id;
    enum err code;
    if (!arg_id(q, 0, PUBLIC_VERIFICATION, "verification", &id)) return false;
    code = q->app->store->ops->verification_get(q->reader, q->caller.org.id, id, v);
    if (code != ERR_OK) reply_read_failed(q, code, "verification");
    return code == ERR_OK;
}

/* The code, which no refusal may repeat: whatever else than a text it is, its value stays unsaid. */
static struct str read_code(struct json_in *in)
{
    json_t *code = json_in_has(in, "code") ? json_object_get(in->object, "code") : NULL;
    if (json_is_string(code)) return (struct str){json_string_value(code), json_string_length(code)};
    json_in_refuse(in, "code", (struct str){NULL, 0}, code == NULL ? "It is missing." : "It is no text.",
                   "Send the digits that the person typed, as a text in quotes.");
    return (struct str){NULL, 0};
}

static void check(struct request *q)
{
    struct verify_job *j = request_alloc(q, sizeof *j);
    struct json_in in;
    struct str code;
    struct verification_record v;
    enum err result;
    if (j == NULL || !find(q, &v) || !body_open(q, &in)) return;
    code = read_code(&in);
    if (!body_end(q, &in)) return;
    result = verifier_check(q->app, q->reader, &q->caller.org, v.id, code, j, &q->problem);
    if (q->body.at != NULL) explicit_bzero(q->body.at, q->body.len);
    if (result == ERR_NOT_FOUND) reply_missing(q, "verification");
    else if (result != ERR_OK) refuse(q, j);
    else submit(q, j, checked);
}

static void canceled(struct request *q)
{
    const struct verify_job *j = q->state;
    if (!went_well(q)) return;
    view(q->app->ids, reply_body(q), &j->after.v, NULL);
    reply_json(q, 200);
}

static void cancel(struct request *q)
{
    struct verify_job *j = request_alloc(q, sizeof *j);
    struct verification_record v;
    enum err result;
    if (j == NULL || !find(q, &v)) return;
    result = verifier_cancel(q->app, q->reader, &q->caller.org, v.id, j, &q->problem);
    if (result == ERR_NOT_FOUND) reply_missing(q, "verification");
    else if (result != ERR_OK) refuse(q, j);
    else submit(q, j, canceled);
}

static void show(struct request *q)
{
    struct verification_record v;
    if (!find(q, &v)) return;
    verifier_judge(q->app, &v);
    view(q->app->ids, reply_body(q), &v, NULL);
    reply_json(q, 200);
}

/* ---- the organization's service ---- */

static void show_service(struct request *q)
{
    struct verify_service_record s;
    enum err code = q->app->store->ops->verify_service_get(q->reader, q->caller.org.id, &s);
    if (code == ERR_NOT_FOUND || (code == ERR_OK && s.sid[0] == '\0')) {
        reply_refuse(q, ERR_NOT_FOUND, 404, "The organization has no Verify service yet; its first verification makes it.");
        return;
    }
    if (code != ERR_OK) {
        reply_read_failed(q, code, "service");
        return;
    }
    view_service(reply_body(q), &s);
    reply_json(q, 200);
}

static void service_made(struct request *q)
{
    const struct verify_job *j = q->state;
    if (!went_well(q)) return;
    view_service(reply_body(q), &j->service);
    reply_json(q, 200);
}

static void make_service(struct request *q)
{
    struct verify_job *j = request_alloc(q, sizeof *j);
    if (j == NULL) return;
    if (verifier_service(q->app, q->reader, &q->caller.org, j, &q->problem) != ERR_OK) refuse(q, j);
    else submit(q, j, service_made);
}

static const struct route ROUTES[] = {
    {"POST", "/v1/verifications", ROUTE_TENANT, KEY_SCOPE_SEND, BODY_SETTING, begin, NULL, 0},
    {"GET", "/v1/verifications/{id}", ROUTE_TENANT, KEY_SCOPE_READ, BODY_NONE, show, NULL, 0},
    {"POST", "/v1/verifications/{id}/check", ROUTE_TENANT, KEY_SCOPE_SEND, BODY_SETTING, check, NULL, 0},
    {"POST", "/v1/verifications/{id}/cancel", ROUTE_TENANT, KEY_SCOPE_SEND, BODY_SETTING, cancel, NULL, 0},
    {"GET", "/v1/verify/service", ROUTE_TENANT, KEY_SCOPE_READ, BODY_NONE, show_service, NULL, 0},
    {"POST", "/v1/verify/service", ROUTE_TENANT, KEY_SCOPE_MANAGE, BODY_SETTING, make_service, NULL, 0},
};
const struct route_table ROUTES_VERIFICATIONS = ROUTE_TABLE(ROUTES);
