/*
 * control: /_sandbox/… — seeding, faults, clock, ledger and oracle over HTTP, for tests in any language. The
 * page docs/sandbox.md describes it for people.
 *
 * JSON in, JSON out. An unknown member is refused by name, because a misspelt fault that is ignored makes a
 * test that cannot fail. Runs under the server's lock; owns nothing between calls.
 */
#include "base/json_out.h"
#include "base/rfc3339.h"
#include "sandbox/server_parts.h"
#include "sandbox/world.h"
#include "twilio/form.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEDGER_PAGE_MAX = 10000, NUMBERS_MAX = 10000, LIMITS_MAX = 64 };

struct control {
    struct sandbox_server *server;
    struct sandbox *sb;
    int64_t now_ms;
    struct buf *out;
    struct sandbox_http_answer *answer;
    json_t *body; /* an object; empty if none was sent */
    struct arena arena;
    struct form query;
};

static void refuse(struct control *c, int http_status, const char *fmt, ...) PRINTF_LIKE(3, 4);
static void refuse(struct control *c, int http_status, const char *fmt, ...)
{
    char text[512];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    buf_clear(c->out);
    c->answer->status = http_status;
    json_open(c->out, '{');
    json_put_text(c->out, "error", text);
    json_close(c->out, '}');
}

/* ---- reading ---- */

enum member_kind { MEMBER_TEXT, MEMBER_INT, MEMBER_BOOL, MEMBER_OBJECT, MEMBER_ARRAY };
struct member {
    const char *name;
    enum member_kind kind;
    void *to; /* struct str, int64_t, bool, json_t * */
    bool seen;
};

static bool member_take(struct member *m, json_t *value)
{
    switch (m->kind) {
    case MEMBER_TEXT:
        if (!json_is_string(value)) return false;
        *(struct str *)m->to = (struct str){json_string_value(value), json_string_length(value)};
        return true;
    case MEMBER_INT:
        if (!json_is_integer(value)) return false;
        *(int64_t *)m->to = json_integer_value(value);
        return true;
    case MEMBER_BOOL:
        if (!json_is_boolean(value)) return false;
        *(bool *)m->to = json_is_true(value);
        return true;
    case MEMBER_OBJECT:
        *(json_t **)m->to = value;
        return json_is_object(value);
    case MEMBER_ARRAY:
        *(json_t **)m->to = value;
        return json_is_array(value);
    }
    return false;
}

/* False after having refused a member of an unknown name or a wrong type. */
static bool read_members(struct control *c, json_t *object, struct member *members, size_t count)
{
    const char *name;
    json_t *value;
    json_object_foreach (object, name, value) {
        struct member *m = NULL;
        for (size_t i = 0; i < count; i++)
            if (strcmp(members[i].name, name) == 0) m = &members[i];
        if (m == NULL) {
            refuse(c, 400, "unknown member \"%.100s\"", name);
            return false;
        }
        if (!member_take(m, value)) {
            refuse(c, 400, "member \"%s\" has the wrong type", m->name);
            return false;
        }
        m->seen = true;
    }
    return true;
}
#define READ(c, object, ...)                                                                                 \
    read_members((c), (object), (struct member[]){__VA_ARGS__},                                              \
                 sizeof((struct member[]){__VA_ARGS__}) / sizeof(struct member))
#define TEXT(name, to) {(name), MEMBER_TEXT, (to), false}
#define INT(name, to) {(name), MEMBER_INT, (to), false}
#define BOOL(name, to) {(name), MEMBER_BOOL, (to), false}
#define OBJECT(name, to) {(name), MEMBER_OBJECT, (to), false}
#define ARRAY(name, to) {(name), MEMBER_ARRAY, (to), false}

/* "+14155551234" as its digits; 0 if it is no such thing. */
static uint64_t number_of(struct str text)
{
    uint64_t number;
    if (text.len < 8 || text.at[0] != '+' || str_to_u64(str_slice(text, 1, text.len), &number) != ERR_OK)
        return 0;
    return number;
}

static bool carrier_of(struct str name, enum sandbox_carrier *out)
{
    for (int i = 0; i < SANDBOX_CARRIER_COUNT; i++)
        if (str_equal(name, str_from(sandbox_carrier_name((enum sandbox_carrier)i)))) {
            *out = (enum sandbox_carrier)i;
            return true;
        }
    return false;
}

static bool account_of(struct control *c, struct str sid, uint32_t *out)
{
    *out = sid.len == 0 ? 0 : sandbox_account_find(c->sb, sid);
    if (*out == SANDBOX_NONE) refuse(c, 404, "no account " STR_FMT, STR_ARG(str_slice(sid, 0, 100)));
    return *out != SANDBOX_NONE;
}

/* An empty sid is no service. */
static bool service_of(struct control *c, struct str sid, uint32_t *out)
{
    *out = sid.len == 0 ? SANDBOX_NONE : sandbox_service_find(c->sb, sid);
    if (sid.len > 0 && *out == SANDBOX_NONE)
        refuse(c, 404, "no messaging service " STR_FMT, STR_ARG(str_slice(sid, 0, 100)));
    return sid.len == 0 || *out != SANDBOX_NONE;
}

static uint32_t clamp_u32(int64_t value)
{
    return value < 0 ? 0 : value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

/* ---- who is there ---- */

static void put_account(struct control *c, const char *key, uint32_t account)
{
    json_key(c->out, key);
    json_open(c->out, '{');
    json_put_text(c->out, "sid", sandbox_account_sid(c->sb, account));
    json_put_text(c->out, "auth_token", sandbox_account_token(c->sb, account));
    json_close(c->out, '}');
}

static void serve_index(struct control *c)
{
    json_open(c->out, '{');
    json_put_text(c->out, "base_url", c->server->base_url);
    put_account(c, "account", 0);
    put_account(c, "test_account", 1);
    json_put_time(c->out, "now", clock_wall_ms(c->server->clock));
    json_close(c->out, '}');
}

static void serve_account_add(struct control *c)
{
    struct str sid = {NULL, 0}, token = {NULL, 0}, name = STR("Subaccount");
    uint32_t account;
    enum err err;
    if (!READ(c, c->body, TEXT("sid", &sid), TEXT("auth_token", &token), TEXT("friendly_name", &name)))
        return;
    err = sandbox_account_add(c->sb, sid, token, name, &account);
    if (err != ERR_OK) {
        refuse(c, 400, "no account was made: %s (a sid is AC and 32 hex digits, a token at most 32 bytes)",
               err_name(err));
        return;
    }
    json_open(c->out, '{');
    json_put_text(c->out, "sid", sandbox_account_sid(c->sb, account));
    json_put_text(c->out, "auth_token", sandbox_account_token(c->sb, account));
    json_close(c->out, '}');
}

static bool set_program(struct control *c, uint32_t service, json_t *program)
{
    int64_t brand = 0, score = 80, att = 0, tmobile = 0, verizon = 0, cap = 0;
    struct sandbox_program p;
    if (!READ(c, program, INT("brand", &brand), INT("brand_score", &score), INT("att_mps_milli", &att),
              INT("tmobile_mps_milli", &tmobile), INT("verizon_mps_milli", &verizon),
              INT("tmobile_day_cap", &cap)))
        return false;
    p = (struct sandbox_program){clamp_u32(brand), clamp_u32(score), clamp_u32(att), clamp_u32(tmobile),
                                 clamp_u32(verizon), clamp_u32(cap)};
    if (sandbox_program_set(c->sb, service, &p) == ERR_OK) return true;
    refuse(c, 400, "brand_score is 0 … 100");
    return false;
}

static void serve_program_set(struct control *c)
{
    struct str sid = {NULL, 0};
    json_t *program = NULL;
    uint32_t service;
    if (!READ(c, c->body, TEXT("service", &sid), OBJECT("program", &program))) return;
    if (!service_of(c, sid, &service)) return;
    if (service == SANDBOX_NONE || program == NULL) {
        refuse(c, 400, "give service and program");
        return;
    }
    if (!set_program(c, service, program)) return;
    json_open(c->out, '{');
    json_close(c->out, '}');
}

static void serve_service_add(struct control *c)
{
    struct str account_sid = {NULL, 0};
    struct sandbox_service_params p = {.friendly_name = STR("Service"), .sticky_sender = true};
    int64_t validity = 0;
    json_t *program = NULL;
    uint32_t account, service;
    if (!READ(c, c->body, TEXT("account", &account_sid), TEXT("friendly_name", &p.friendly_name),
              TEXT("inbound_request_url", &p.inbound_url), TEXT("fallback_url", &p.fallback_url),
              TEXT("status_callback", &p.status_callback), BOOL("sticky_sender", &p.sticky_sender),
              BOOL("smart_encoding", &p.smart_encoding), INT("validity_period", &validity),
              BOOL("use_inbound_webhook_on_number", &p.use_inbound_webhook_on_number),
              OBJECT("program", &program)))
        return;
    p.validity_s = clamp_u32(validity);
    if (!account_of(c, account_sid, &account)) return;
    if (sandbox_service_add(c->sb, account, &p, &service) != ERR_OK) {
        refuse(c, 503, "no room for another service");
        return;
    }
    if (program != NULL && !set_program(c, service, program)) return;
    json_open(c->out, '{');
    json_put_text(c->out, "sid", sandbox_service_sid(c->sb, service));
    json_close(c->out, '}');
}

struct numbers_wanted {
    uint32_t account, service;
    struct str sms_url;
};

static bool add_number(struct control *c, const struct numbers_wanted *w, struct str address)
{
    uint32_t sender;
    enum err err = sandbox_sender_add(c->sb, w->account, address, w->service, w->sms_url, &sender);
    if (err == ERR_CONFLICT && sandbox_sender_find(c->sb, w->account, address) != SANDBOX_NONE)
        err = ERR_OK; /* already so */
    if (err != ERR_OK) {
        refuse(c, err == ERR_CONFLICT ? 409 : 400, "number " STR_FMT ": %s",
               STR_ARG(str_slice(address, 0, 40)), err_name(err));
        return false;
    }
    sender = sandbox_sender_find(c->sb, w->account, address);
    json_open(c->out, '{');
    json_put_text(c->out, "sid", sb_sender_at(c->sb, sender)->sid);
    json_put_text(c->out, "phone_number", sandbox_sender_address(c->sb, sender));
    json_close(c->out, '}');
    return true;
}

/* `count` long codes of an area: exchange 200 and up, line by line. */
static bool add_numbers_of_area(struct control *c, const struct numbers_wanted *w, int64_t area,
                                int64_t count)
{
    char address[SANDBOX_ADDRESS_BYTES];
    for (int64_t line = 0; count > 0 && line < 300000; line++) {
        uint64_t number = UINT64_C(10000000000) + (uint64_t)area * 10000000 + 2000000 + (uint64_t)line;
        if (sb_sender_by_number(c->sb, number) != SANDBOX_NONE) continue;
        (void)snprintf(address, sizeof address, "+%" PRIu64, number);
        if (!add_number(c, w, str_from(address))) return false;
        count--;
    }
    return true;
}

static void serve_numbers_add(struct control *c)
{
    struct str account_sid = {NULL, 0}, service_sid = {NULL, 0};
    struct numbers_wanted w = {.sms_url = {NULL, 0}};
    json_t *numbers = NULL;
    int64_t area = 415, count = 0;
    bool done = true;
    if (!READ(c, c->body, TEXT("account", &account_sid), TEXT("service", &service_sid),
              TEXT("sms_url", &w.sms_url), ARRAY("numbers", &numbers), INT("area_code", &area),
              INT("count", &count)))
        return;
    if (!account_of(c, account_sid, &w.account) || !service_of(c, service_sid, &w.service)) return;
    if (area < 200 || area > 999 || count < 0 || count > NUMBERS_MAX ||
        json_array_size(numbers) > NUMBERS_MAX) {
        refuse(c, 400, "area_code is 200 … 999, at most %d numbers at once", NUMBERS_MAX);
        return;
    }
    json_open(c->out, '{');
    json_key(c->out, "numbers");
    json_open(c->out, '[');
    for (size_t i = 0; done && i < json_array_size(numbers); i++)
        done = add_number(c, &w, str_from(json_string_value(json_array_get(numbers, i))));
    if (!done || !add_numbers_of_area(c, &w, area, count)) return;
    json_close(c->out, ']');
    json_close(c->out, '}');
}

/* ---- people and carriers ---- */

static void serve_handset_set(struct control *c)
{
    struct str number = {NULL, 0}, carrier = {NULL, 0};
    struct sandbox_handset h = {.carrier = SANDBOX_CARRIER_COUNT};
    int64_t code = 0, often = 0, reply_ms = 0;
    if (!READ(c, c->body, TEXT("number", &number), TEXT("carrier", &carrier), INT("error_code", &code),
              BOOL("silent", &h.silent), TEXT("reply", &h.reply), INT("reply_per_million", &often),
              INT("reply_ms", &reply_ms)))
        return;
    h.number = number_of(number);
    h.error_code = code < 0 || code > UINT16_MAX ? 0 : (int)code;
    h.reply_per_million = h.reply.len > 0 && often == 0 ? 1000000 : clamp_u32(often);
    h.reply_ms = clamp_u32(reply_ms);
    if (carrier.len > 0 && !carrier_of(carrier, &h.carrier)) {
        refuse(c, 400, "carrier is verizon, att, tmobile, other_us or foreign");
        return;
    }
    if (sandbox_handset_set(c->sb, &h) != ERR_OK) {
        refuse(c, 400, "no handset was set: number is E.164 with a plus");
        return;
    }
    json_open(c->out, '{');
    json_close(c->out, '}');
}

static void serve_habits_set(struct control *c)
{
    struct sandbox_config *config = &c->sb->config;
    int64_t stop = config->handset_stop, help = config->handset_help, reply = config->handset_reply;
    if (!READ(c, c->body, INT("stop_per_million", &stop), INT("help_per_million", &help),
              INT("reply_per_million", &reply)))
        return;
    config->handset_stop = clamp_u32(stop);
    config->handset_help = clamp_u32(help);
    config->handset_reply = clamp_u32(reply);
    json_open(c->out, '{');
    json_close(c->out, '}');
}

static void serve_inbound(struct control *c)
{
    struct str from = {NULL, 0}, to = {NULL, 0}, body = {NULL, 0};
    uint64_t message = 0;
    char sid[SANDBOX_SID_BYTES];
    enum err err;
    if (!READ(c, c->body, TEXT("from", &from), TEXT("to", &to), TEXT("body", &body))) return;
    err = sandbox_inbound(c->sb, c->now_ms, number_of(from), to, body, &message);
    if (err != ERR_OK) {
        refuse(c, err == ERR_NOT_FOUND ? 404 : 400,
               "not taken (%s): from is E.164, to a number of an active account", err_name(err));
        return;
    }
    sandbox_message_sid(c->sb, message, sid);
    json_open(c->out, '{');
    json_put_text(c->out, "sid", message == 0 ? NULL : sid);
    json_close(c->out, '}');
}

static void put_carrier(struct control *c, enum sandbox_carrier carrier)
{
    const struct sandbox_carrier_config *k = &c->sb->config.carriers[carrier];
    json_key(c->out, sandbox_carrier_name(carrier));
    json_open(c->out, '{');
    json_put_bool(c->out, "paused", c->sb->carrier_paused[carrier]);
    json_put_int(c->out, "filtered_per_million", k->filtered);
    json_put_int(c->out, "unreachable_per_million", k->unreachable);
    json_put_int(c->out, "unknown_per_million", k->unknown);
    json_put_int(c->out, "landline_per_million", k->landline);
    json_put_int(c->out, "no_receipt_per_million", k->no_receipt);
    json_put_int(c->out, "sent_ms_min", k->sent_ms_min);
    json_put_int(c->out, "sent_ms_max", k->sent_ms_max);
    json_put_int(c->out, "receipt_ms_min", k->receipt_ms_min);
    json_put_int(c->out, "receipt_ms_max", k->receipt_ms_max);
    json_close(c->out, '}');
}

static void serve_carriers(struct control *c)
{
    json_open(c->out, '{');
    for (int i = 0; i < SANDBOX_CARRIER_COUNT; i++) put_carrier(c, (enum sandbox_carrier)i);
    json_close(c->out, '}');
}

static bool set_carrier(struct control *c, enum sandbox_carrier carrier, json_t *object)
{
    struct sandbox_carrier_config *k = &c->sb->config.carriers[carrier];
    bool paused = c->sb->carrier_paused[carrier];
    int64_t v[9] = {k->filtered, k->unreachable, k->unknown, k->landline, k->no_receipt,
                    k->sent_ms_min, k->sent_ms_max, k->receipt_ms_min, k->receipt_ms_max};
    uint32_t *to[9] = {&k->filtered, &k->unreachable, &k->unknown, &k->landline, &k->no_receipt,
                       &k->sent_ms_min, &k->sent_ms_max, &k->receipt_ms_min, &k->receipt_ms_max};
    if (!READ(c, object, BOOL("paused", &paused), INT("filtered_per_million", &v[0]),
              INT("unreachable_per_million", &v[1]), INT("unknown_per_million", &v[2]),
              INT("landline_per_million", &v[3]), INT("no_receipt_per_million", &v[4]),
              INT("sent_ms_min", &v[5]), INT("sent_ms_max", &v[6]), INT("receipt_ms_min", &v[7]),
              INT("receipt_ms_max", &v[8])))
        return false;
    for (size_t i = 0; i < 9; i++) *to[i] = clamp_u32(v[i]);
    sandbox_carrier_pause(c->sb, carrier, paused, c->now_ms);
    return true;
}

static void serve_carriers_set(struct control *c)
{
    const char *name;
    json_t *value;
    json_object_foreach (c->body, name, value) {
        enum sandbox_carrier carrier;
        if (!carrier_of(str_from(name), &carrier) || !json_is_object(value)) {
            refuse(c, 400, "carriers are verizon, att, tmobile, other_us and foreign, each an object");
            return;
        }
        if (!set_carrier(c, carrier, value)) return;
    }
    serve_carriers(c);
}

/* ---- faults ---- */

struct plan_field {
    const char *name;
    size_t at;
};
#define PLAN_FIELD(name) {#name, offsetof(struct sandbox_fault_plan, name)}
static const struct plan_field plan_fields[] = {
    PLAN_FIELD(latency_ms_min), PLAN_FIELD(latency_ms_max), PLAN_FIELD(hang_ms), PLAN_FIELD(late_commit_ms),
    PLAN_FIELD(retry_after_s), PLAN_FIELD(list_lag_ms), PLAN_FIELD(idle_close_ms),
    PLAN_FIELD(callback_lost_per_million), PLAN_FIELD(callback_late_per_million),
    PLAN_FIELD(callback_jitter_per_million), PLAN_FIELD(callback_doubled_per_million),
    PLAN_FIELD(callback_forged_per_million), PLAN_FIELD(callback_late_ms), PLAN_FIELD(callback_jitter_ms),
    PLAN_FIELD(inbound_lost_per_million), PLAN_FIELD(inbound_doubled_per_million),
};
enum { PLAN_FIELDS = sizeof plan_fields / sizeof *plan_fields };

static uint32_t *plan_slot(struct sandbox_fault_plan *plan, size_t field)
{
    return (uint32_t *)(void *)((char *)plan + plan_fields[field].at);
}

static const struct {
    const char *name;
    unsigned on;
} request_kinds[] = {{"create", SANDBOX_ON_CREATE}, {"list", SANDBOX_ON_LIST}, {"other", SANDBOX_ON_OTHER}};

static void put_on(struct control *c, unsigned on)
{
    json_key(c->out, "on");
    json_open(c->out, '[');
    for (size_t i = 0; i < 3; i++)
        if ((on & request_kinds[i].on) != 0) json_str(c->out, str_from(request_kinds[i].name));
    json_close(c->out, ']');
}

static bool read_on(struct control *c, json_t *names, unsigned *on)
{
    if (names != NULL) *on = 0;
    for (size_t i = 0; i < json_array_size(names); i++) {
        struct str name = str_from(json_string_value(json_array_get(names, i)));
        unsigned kind = 0;
        for (size_t k = 0; k < 3; k++)
            if (str_equal(name, str_from(request_kinds[k].name))) kind = request_kinds[k].on;
        if (kind == 0) {
            refuse(c, 400, "\"on\" lists create, list and other");
            return false;
        }
        *on |= kind;
    }
    return true;
}

static void serve_faults(struct control *c)
{
    struct sandbox_fault_plan plan = *sandbox_faults_get(c->sb);
    json_open(c->out, '{');
    put_on(c, plan.on);
    json_key(c->out, "per_million");
    json_open(c->out, '{');
    for (int i = 1; i < SANDBOX_FAULT_COUNT; i++)
        json_put_int(c->out, sandbox_fault_name((enum sandbox_fault)i), plan.per_million[i]);
    json_close(c->out, '}');
    for (size_t i = 0; i < PLAN_FIELDS; i++) json_put_int(c->out, plan_fields[i].name, *plan_slot(&plan, i));
    json_put_bool(c->out, "mixed_retry_after", plan.mixed_retry_after);
    json_put_int(c->out, "rules_waiting", (int64_t)c->sb->rule_count);
    json_close(c->out, '}');
}

static bool read_per_million(struct control *c, json_t *object, struct sandbox_fault_plan *plan)
{
    const char *name;
    json_t *value;
    uint64_t sum = 0;
    json_object_foreach (object, name, value) {
        enum sandbox_fault fault;
        if (sandbox_fault_from_name(str_from(name), &fault) != ERR_OK || !json_is_integer(value)) {
            refuse(c, 400, "no fault \"%.60s\", or its value is no whole number", name);
            return false;
        }
        plan->per_million[fault] = clamp_u32(json_integer_value(value));
    }
    for (int i = 1; i < SANDBOX_FAULT_COUNT; i++) sum += plan->per_million[i];
    if (sum > 1000000) refuse(c, 400, "the faults of a request sum to more than 1,000,000 per million");
    return sum <= 1000000;
}

/* "rough": the laboratory's mix; what else is given goes on top of it, or of the plan in force. */
static void serve_faults_set(struct control *c)
{
    struct sandbox_fault_plan plan = *sandbox_faults_get(c->sb);
    struct member members[PLAN_FIELDS + 6];
    int64_t values[PLAN_FIELDS], rough = -1;
    bool forged = false, mixed = plan.mixed_retry_after, quiet = false;
    json_t *on = NULL, *per_million = NULL;
    for (size_t i = 0; i < PLAN_FIELDS; i++) {
        values[i] = INT64_MIN;
        members[i] = (struct member)INT(plan_fields[i].name, &values[i]);
    }
    members[PLAN_FIELDS] = (struct member)INT("rough", &rough);
    members[PLAN_FIELDS + 1] = (struct member)BOOL("forged", &forged);
    members[PLAN_FIELDS + 2] = (struct member)BOOL("mixed_retry_after", &mixed);
    members[PLAN_FIELDS + 3] = (struct member)ARRAY("on", &on);
    members[PLAN_FIELDS + 4] = (struct member)OBJECT("per_million", &per_million);
    members[PLAN_FIELDS + 5] = (struct member)BOOL("quiet", &quiet);
    if (!read_members(c, c->body, members, PLAN_FIELDS + 6)) return;
    if (quiet) plan = sandbox_fault_plan_quiet();
    if (rough >= 0) plan = sandbox_fault_plan_rough(clamp_u32(rough), forged);
    plan.mixed_retry_after = mixed;
    if (!read_on(c, on, &plan.on) || !read_per_million(c, per_million, &plan)) return;
    for (size_t i = 0; i < PLAN_FIELDS; i++)
        if (values[i] != INT64_MIN) *plan_slot(&plan, i) = clamp_u32(values[i]);
    sandbox_faults_set(c->sb, &plan);
    serve_faults(c);
}

static void serve_faults_clear(struct control *c)
{
    struct sandbox_fault_plan quiet = sandbox_fault_plan_quiet();
    sandbox_faults_set(c->sb, &quiet);
    sandbox_fault_rules_clear(c->sb);
    serve_faults(c);
}

static void serve_fault_next(struct control *c)
{
    struct str fault = {NULL, 0}, to = {NULL, 0};
    int64_t skip = 0, times = 1, status = 0, delay = 0, retry_after = 0;
    json_t *on = NULL;
    struct sandbox_fault_rule rule = {.on = SANDBOX_ON_ALL};
    if (!READ(c, c->body, TEXT("fault", &fault), ARRAY("on", &on), TEXT("to", &to), INT("skip", &skip),
              INT("times", &times), INT("status", &status), INT("delay_ms", &delay),
              INT("retry_after_s", &retry_after)))
        return;
    if (sandbox_fault_from_name(fault, &rule.fault) != ERR_OK) {
        refuse(c, 400, "no fault \"" STR_FMT "\"", STR_ARG(str_slice(fault, 0, 60)));
        return;
    }
    if (!read_on(c, on, &rule.on)) return;
    rule.to = number_of(to);
    rule.skip = clamp_u32(skip);
    rule.times = clamp_u32(times);
    rule.http_status = status >= 400 && status <= 599 ? (int)status : 0;
    rule.delay_ms = clamp_u32(delay);
    rule.retry_after_s = clamp_u32(retry_after);
    if (sandbox_fault_next(c->sb, &rule) != ERR_OK) {
        refuse(c, 400, "no rule was added: times is at least 1, and at most %d rules wait",
               SANDBOX_RULES_MAX);
        return;
    }
    serve_faults(c);
}

/* ---- time ---- */

static void serve_clock(struct control *c)
{
    json_open(c->out, '{');
    json_put_time(c->out, "now", clock_wall_ms(c->server->clock));
    json_put_int(c->out, "run_ms", c->now_ms);
    json_put_int(c->out, "advanced_ms", c->server->advanced_ms);
    json_close(c->out, '}');
}

/* "set" moves the calendar alone; "advance_ms" lets that much time pass, and everything due with it. */
static void serve_clock_set(struct control *c)
{
    struct clock *clock = c->server->clock;
    struct str set = {NULL, 0};
    int64_t advance = 0, wall = clock_wall_ms(clock);
    if (!READ(c, c->body, TEXT("set", &set), INT("advance_ms", &advance))) return;
    if ((set.len > 0 && rfc3339_parse(set, &wall) != ERR_OK) || advance < 0 ||
        advance > INT64_C(10) * 366 * 86400000) {
        refuse(c, 400,
               "set is a moment as 2026-03-01T10:00:00Z; advance_ms is at least 0 and at most ten years");
        return;
    }
    c->server->advanced_ms += advance;
    clock_set_wall_offset(clock, __atomic_load_n(&clock->wall_offset_ms, __ATOMIC_SEQ_CST) + wall + advance -
                                     clock_wall_ms(clock));
    c->now_ms = server_now(c->server);
    server_wake(c->server, c->now_ms);
    serve_clock(c);
}

/* ---- the truth ---- */

static void put_entry(struct control *c, const struct sandbox_ledger_entry *e)
{
    char sid[SANDBOX_SID_BYTES];
    sandbox_message_sid(c->sb, e->message, sid);
    json_open(c->out, '{');
    json_put_int(c->out, "seq", (int64_t)e->seq);
    json_put_int(c->out, "at_ms", e->at_ms);
    json_put_time(c->out, "date", e->date_ms);
    json_put_text(c->out, "account", sandbox_account_sid(c->sb, e->account));
    json_put_str_or_null(c->out, "service", str_from(sandbox_service_sid(c->sb, e->service)));
    json_put_str_or_null(c->out, "from", str_from(sandbox_sender_address(c->sb, e->sender)));
    json_put_number(c->out, "to", e->to);
    json_put_text(c->out, "carrier", sandbox_carrier_name(e->carrier));
    json_put_int(c->out, "segments", e->segments);
    json_put_text(c->out, "body_hash", arena_printf(&c->arena, "%016" PRIx64, e->body_hash));
    json_put_str_or_null(c->out, "status_callback", e->status_callback);
    json_put_text(c->out, "sid", e->message == 0 ? NULL : sid);
    json_put_int(c->out, "http_status", e->http_status);
    json_put_int(c->out, "code", e->code);
    json_put_text(c->out, "fault", sandbox_fault_name(e->fault));
    json_close(c->out, '}');
}

static int64_t query_int(struct control *c, const char *name, int64_t absent)
{
    uint64_t value;
    if (str_to_u64(form_get(&c->query, str_from(name)), &value) != ERR_OK || value > INT64_MAX) return absent;
    return (int64_t)value;
}

static void serve_ledger(struct control *c)
{
    uint64_t from = (uint64_t)query_int(c, "from", 1), limit = (uint64_t)query_int(c, "limit", 1000);
    uint64_t count = sandbox_ledger_count(c->sb), kept = sandbox_ledger_dropped(c->sb) + 1;
    if (limit > LEDGER_PAGE_MAX) limit = LEDGER_PAGE_MAX;
    if (from < kept) from = kept;
    json_open(c->out, '{');
    json_put_int(c->out, "count", (int64_t)count);
    json_put_int(c->out, "dropped", (int64_t)(kept - 1));
    json_key(c->out, "entries");
    json_open(c->out, '[');
    for (uint64_t seq = from; seq <= count && seq - from < limit; seq++) {
        struct sandbox_ledger_entry e;
        if (sandbox_ledger_get(c->sb, seq, &e) == ERR_OK) put_entry(c, &e);
    }
    json_close(c->out, ']');
    json_close(c->out, '}');
}

static bool read_scope(struct control *c, struct str scope, struct str only, struct sandbox_limit *limit)
{
    static const char *const scopes[] = {"account",         "service", "service_carrier",
                                         "account_carrier", "sender",  "all"};
    size_t at = 0;
    while (at < sizeof scopes / sizeof *scopes && !str_equal(scope, str_from(scopes[at]))) at++;
    if (at == sizeof scopes / sizeof *scopes) {
        refuse(c, 400, "scope is account, service, service_carrier, account_carrier, sender or all");
        return false;
    }
    limit->scope = (enum sandbox_limit_scope)at;
    limit->only = SANDBOX_NONE;
    if (only.len == 0) return true;
    switch (limit->scope) {
    case SANDBOX_PER_ACCOUNT:
    case SANDBOX_PER_ACCOUNT_CARRIER: return account_of(c, only, &limit->only);
    case SANDBOX_PER_SERVICE:
    case SANDBOX_PER_SERVICE_CARRIER: return service_of(c, only, &limit->only);
    default: limit->only = sb_sender_by_number(c->sb, number_of(only)); return true;
    }
}

static bool read_limit(struct control *c, json_t *object, struct sandbox_limit *limit)
{
    struct str scope = {NULL, 0}, only = {NULL, 0}, carrier = {NULL, 0};
    int64_t window = 0, most = 0;
    *limit = (struct sandbox_limit){.carrier = SANDBOX_CARRIER_COUNT};
    if (!READ(c, object, TEXT("scope", &scope), TEXT("only", &only), TEXT("carrier", &carrier),
              INT("window_ms", &window), INT("most", &most), BOOL("segments", &limit->in_segments)))
        return false;
    if (window <= 0 || most <= 0 || (carrier.len > 0 && !carrier_of(carrier, &limit->carrier))) {
        refuse(c, 400, "a limit has window_ms and most above 0, and perhaps a carrier");
        return false;
    }
    limit->window_ms = window;
    limit->most = (uint64_t)most;
    return read_scope(c, scope, only, limit);
}

static void put_findings(struct control *c, const struct sandbox_verdict *v)
{
    static const char *const kinds[] = {"duplicate", "after_stop", "over_limit"};
    json_key(c->out, "findings");
    json_open(c->out, '[');
    for (size_t i = 0; i < v->findings_count; i++) {
        const struct sandbox_finding *f = &v->findings[i];
        json_open(c->out, '{');
        json_put_text(c->out, "kind", kinds[f->kind]);
        json_put_int(c->out, "first_seq", (int64_t)f->first_seq);
        json_put_int(c->out, "seq", (int64_t)f->seq);
        if (f->kind == SANDBOX_OVER_LIMIT) json_put_int(c->out, "limit", (int64_t)f->limit);
        if (f->kind == SANDBOX_OVER_LIMIT) json_put_int(c->out, "counted", (int64_t)f->counted);
        json_close(c->out, '}');
    }
    json_close(c->out, ']');
}

static void put_verdict(struct control *c, const struct sandbox_verdict *v, size_t limits)
{
    json_open(c->out, '{');
    json_put_int(c->out, "received", (int64_t)v->received);
    json_put_int(c->out, "committed", (int64_t)v->committed);
    json_put_int(c->out, "identified", (int64_t)v->identified);
    json_put_int(c->out, "duplicates", (int64_t)v->duplicates);
    json_put_int(c->out, "after_stop", (int64_t)v->after_stop);
    json_put_int(c->out, "over_limit", (int64_t)v->over_limit);
    json_put_int(c->out, "dropped", (int64_t)v->dropped);
    json_key(c->out, "fullest");
    json_open(c->out, '[');
    for (size_t i = 0; i < limits && i < sizeof v->fullest / sizeof *v->fullest; i++)
        json_int(c->out, (int64_t)v->fullest[i]);
    json_close(c->out, ']');
    put_findings(c, v);
    json_close(c->out, '}');
}

static void serve_oracle(struct control *c)
{
    struct sandbox_limit limits[LIMITS_MAX];
    struct sandbox_oracle o = {.limits = limits};
    struct sandbox_verdict verdict;
    json_t *array = NULL;
    int64_t crossing = 0, from = 0;
    if (!READ(c, c->body, TEXT("id_param", &o.id_param), ARRAY("limits", &array),
              BOOL("count_received", &o.count_received), INT("stop_crossing_ms", &crossing),
              INT("from_seq", &from)))
        return;
    o.stop_crossing_ms = crossing;
    o.from_seq = from < 0 ? 0 : (uint64_t)from;
    o.limits_count = json_array_size(array);
    if (o.limits_count > LIMITS_MAX) {
        refuse(c, 400, "at most %d limits", LIMITS_MAX);
        return;
    }
    for (size_t i = 0; i < o.limits_count; i++)
        if (!read_limit(c, json_array_get(array, i), &limits[i])) return;
    if (sandbox_ledger_check(c->sb, &o, &verdict) != ERR_OK)
        refuse(c, 503, "no memory for the question");
    else
        put_verdict(c, &verdict, o.limits_count);
}

static void put_id(void *control, struct str id, uint32_t times)
{
    struct control *c = control;
    json_open(c->out, '[');
    json_str(c->out, id);
    json_int(c->out, times);
    json_close(c->out, ']');
}

static void serve_ids(struct control *c)
{
    json_open(c->out, '{');
    json_key(c->out, "ids");
    json_open(c->out, '[');
    if (sandbox_ledger_ids(c->sb, form_get(&c->query, STR("param")), put_id, c) != ERR_OK) {
        refuse(c, 503, "no memory for the question");
        return;
    }
    json_close(c->out, ']');
    json_close(c->out, '}');
}

static void serve_stats(struct control *c)
{
    struct sandbox_stats s;
    sandbox_stats_get(c->sb, &s);
    const struct {
        const char *name;
        uint64_t value;
    } counters[] = {
        {"requests", s.requests},
        {"created", s.created},
        {"refused", s.refused},
        {"inbound", s.inbound},
        {"webhooks", s.webhooks},
        {"webhooks_failed", s.webhooks_failed},
        {"webhooks_retried", s.webhooks_retried},
        {"webhooks_waiting", s.webhooks_waiting},
        {"webhooks_out", s.webhooks_out},
        {"webhooks_lost", s.webhooks_lost},
        {"webhooks_dropped", s.webhooks_dropped},
        {"alerts", s.alerts},
        {"waiting", s.waiting},
        {"messages_kept", s.messages_kept},
        {"forgotten", s.forgotten},
    };
    json_open(c->out, '{');
    for (size_t i = 0; i < sizeof counters / sizeof *counters; i++)
        json_put_int(c->out, counters[i].name, (int64_t)counters[i].value);
    json_key(c->out, "by_status");
    json_open(c->out, '{');
    for (int i = 0; i < SANDBOX_STATUS_COUNT; i++)
        json_put_int(c->out, sandbox_status_name((enum sandbox_status)i), (int64_t)s.by_status[i]);
    json_close(c->out, '}');
    json_key(c->out, "faults");
    json_open(c->out, '{');
    for (int i = 1; i < SANDBOX_FAULT_COUNT; i++)
        json_put_int(c->out, sandbox_fault_name((enum sandbox_fault)i), (int64_t)s.faults[i]);
    json_close(c->out, '}');
    json_close(c->out, '}');
}

static void serve_reset(struct control *c)
{
    int64_t seed = (int64_t)c->server->config.seed;
    if (!READ(c, c->body, INT("seed", &seed))) return;
    if (server_reset(c->server, (uint64_t)seed) != ERR_OK) {
        refuse(c, 503, "no memory for a new world");
        return;
    }
    c->sb = c->server->sb;
    c->now_ms = server_now(c->server);
    serve_index(c);
}

static const struct {
    const char *method, *path;
    void (*serve)(struct control *c);
} endpoints[] = {
    {"GET", "/_sandbox", serve_index},
    {"GET", "/_sandbox/", serve_index},
    {"GET", "/_sandbox/stats", serve_stats},
    {"POST", "/_sandbox/reset", serve_reset},
    {"GET", "/_sandbox/clock", serve_clock},
    {"POST", "/_sandbox/clock", serve_clock_set},
    {"GET", "/_sandbox/faults", serve_faults},
    {"POST", "/_sandbox/faults", serve_faults_set},
    {"DELETE", "/_sandbox/faults", serve_faults_clear},
    {"POST", "/_sandbox/faults/next", serve_fault_next},
    {"GET", "/_sandbox/ledger", serve_ledger},
    {"POST", "/_sandbox/oracle", serve_oracle},
    {"GET", "/_sandbox/ids", serve_ids},
    {"POST", "/_sandbox/accounts", serve_account_add},
    {"POST", "/_sandbox/services", serve_service_add},
    {"POST", "/_sandbox/programs", serve_program_set},
    {"POST", "/_sandbox/numbers", serve_numbers_add},
    {"POST", "/_sandbox/handsets", serve_handset_set},
    {"POST", "/_sandbox/habits", serve_habits_set},
    {"POST", "/_sandbox/inbound", serve_inbound},
    {"GET", "/_sandbox/carriers", serve_carriers},
    {"POST", "/_sandbox/carriers", serve_carriers_set},
};

static bool read_body(struct control *c, const struct sandbox_http_request *request)
{
    json_error_t error;
    if (request->body.len == 0) {
        c->body = json_object();
        return c->body != NULL;
    }
    c->body = json_loadb(request->body.at, request->body.len, JSON_REJECT_DUPLICATES, &error);
    if (json_is_object(c->body)) return true;
    refuse(c, 400, "the body is no JSON object: %s (line %d)", error.text, error.line);
    return false;
}

static void dispatch(struct control *c, const struct sandbox_http_request *request)
{
    struct str path, query = str_cut(request->target, '?', &path);
    bool known = false;
    if (form_decode(&c->arena, query, 64, &c->query) != ERR_OK) {
        refuse(c, 400, "the query is malformed");
        return;
    }
    for (size_t i = 0; i < sizeof endpoints / sizeof *endpoints; i++) {
        if (!str_equal(path, str_from(endpoints[i].path))) continue;
        known = true;
        if (!str_equal(request->method, str_from(endpoints[i].method))) continue;
        if (read_body(c, request)) endpoints[i].serve(c);
        return;
    }
    refuse(c, known ? 405 : 404, known ? "not with this method" : "no such path: see docs/sandbox.md");
}

void control_serve(struct sandbox_server *s, int64_t now_ms, const struct sandbox_http_request *request,
                   struct sandbox_http_answer *answer)
{
    struct control c = {.server = s, .sb = s->sb, .now_ms = now_ms, .out = &answer->body, .answer = answer};
    arena_init(&c.arena, 8 << 20);
    world_enter(c.sb, now_ms);
    answer->status = 200;
    answer->content_type = "application/json";
    answer->retry_after_s = -1;
    answer->account = SANDBOX_NONE;
    dispatch(&c, request);
    if (buf_check(c.out) != ERR_OK) refuse(&c, 500, "the answer is too long: ask for less");
    json_decref(c.body);
    arena_reset(&c.arena);
}
