/*
 * control: /_sandbox/… — seeding, faults, clock, ledger and oracle over HTTP, for tests in any language. The
 * page docs/sandbox.md describes it for people. This file reads and dispatches; control_*.c serve.
 *
 * JSON in, JSON out. An unknown member is refused by name, because a misspelt fault that is ignored makes a
 * test that cannot fail. Runs under the server's lock; owns nothing between calls.
 */
#include "sandbox/control_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void control_refuse(struct control *c, int http_status, const char *fmt, ...)
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

static bool member_take(const struct member *m, json_t *value)
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
bool control_read(struct control *c, json_t *object, const struct member *members, size_t count)
{
    const char *name;
    json_t *value;
    json_object_foreach (object, name, value) {
        const struct member *m = NULL;
        for (size_t i = 0; i < count; i++)
            if (strcmp(members[i].name, name) == 0) m = &members[i];
        if (m == NULL) {
            control_refuse(c, 400, "unknown member \"%.100s\"", name);
            return false;
        }
        if (!member_take(m, value)) {
            control_refuse(c, 400, "member \"%s\" has the wrong type", m->name);
            return false;
        }
    }
    return true;
}
/* "+14155551234" as its digits; 0 if it is no such thing. */
uint64_t control_number(struct str text)
{
    uint64_t number;
    if (text.len < 8 || text.at[0] != '+' || str_to_u64(str_slice(text, 1, text.len), &number) != ERR_OK)
        return 0;
    return number;
}

bool control_carrier(struct str name, enum sandbox_carrier *out)
{
    for (int i = 0; i < SANDBOX_CARRIER_COUNT; i++)
        if (str_equal(name, str_from(sandbox_carrier_name((enum sandbox_carrier)i)))) {
            *out = (enum sandbox_carrier)i;
            return true;
        }
    return false;
}

bool control_account(struct control *c, struct str sid, uint32_t *out)
{
    *out = sid.len == 0 ? 0 : sandbox_account_find(c->sb, sid);
    if (*out == SANDBOX_NONE) control_refuse(c, 404, "no account " STR_FMT, STR_ARG(str_slice(sid, 0, 100)));
    return *out != SANDBOX_NONE;
}

/* An empty sid is no service. */
bool control_service(struct control *c, struct str sid, uint32_t *out)
{
    *out = sid.len == 0 ? SANDBOX_NONE : sandbox_service_find(c->sb, sid);
    if (sid.len > 0 && *out == SANDBOX_NONE)
        control_refuse(c, 404, "no messaging service " STR_FMT, STR_ARG(str_slice(sid, 0, 100)));
    return sid.len == 0 || *out != SANDBOX_NONE;
}

uint32_t control_u32(int64_t value)
{
    return value < 0 ? 0 : value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

void control_serve_reset(struct control *c)
{
    int64_t seed = (int64_t)c->server->config.seed;
    if (!READ(c, c->body, INT("seed", &seed))) return;
    if (sb_server_reset(c->server, (uint64_t)seed) != ERR_OK) {
        control_refuse(c, 503, "no memory for a new world");
        return;
    }
    c->sb = c->server->sb;
    c->now_ms = sb_server_now(c->server);
    control_serve_index(c);
}

static const struct {
    const char *method, *path;
    void (*serve)(struct control *c);
} endpoints[] = {
    {"GET", "/_sandbox", control_serve_index},
    {"GET", "/_sandbox/", control_serve_index},
    {"GET", "/_sandbox/stats", control_serve_stats},
    {"POST", "/_sandbox/reset", control_serve_reset},
    {"GET", "/_sandbox/settings", control_serve_settings},
    {"POST", "/_sandbox/settings", control_serve_settings_set},
    {"GET", "/_sandbox/clock", control_serve_clock},
    {"POST", "/_sandbox/clock", control_serve_clock_set},
    {"GET", "/_sandbox/faults", control_serve_faults},
    {"POST", "/_sandbox/faults", control_serve_faults_set},
    {"DELETE", "/_sandbox/faults", control_serve_faults_clear},
    {"POST", "/_sandbox/faults/next", control_serve_fault_next},
    {"GET", "/_sandbox/reviews", control_serve_reviews},
    {"POST", "/_sandbox/reviews", control_serve_reviews_set},
    {"DELETE", "/_sandbox/reviews", control_serve_reviews_clear},
    {"POST", "/_sandbox/reviews/next", control_serve_review_next},
    {"POST", "/_sandbox/reviews/decide", control_serve_review_decide},
    {"GET", "/_sandbox/registrations", control_serve_registrations},
    {"GET", "/_sandbox/ledger", control_serve_ledger},
    {"POST", "/_sandbox/oracle", control_serve_oracle},
    {"GET", "/_sandbox/ids", control_serve_ids},
    {"GET", "/_sandbox/lookups", control_serve_lookups},
    {"GET", "/_sandbox/codes", control_serve_codes},
    {"POST", "/_sandbox/accounts", control_serve_account_add},
    {"POST", "/_sandbox/services", control_serve_service_add},
    {"POST", "/_sandbox/programs", control_serve_program_set},
    {"POST", "/_sandbox/numbers", control_serve_numbers_add},
    {"POST", "/_sandbox/handsets", control_serve_handset_set},
    {"POST", "/_sandbox/habits", control_serve_habits_set},
    {"POST", "/_sandbox/inbound", control_serve_inbound},
    {"GET", "/_sandbox/carriers", control_serve_carriers},
    {"POST", "/_sandbox/carriers", control_serve_carriers_set},
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
    control_refuse(c, 400, "the body is no JSON object: %s (line %d)", error.text, error.line);
    return false;
}

static void dispatch(struct control *c, const struct sandbox_http_request *request)
{
    struct str path, query = str_cut(request->target, '?', &path);
    bool known = false;
    if (form_decode(&c->arena, query, 64, &c->query) != ERR_OK) {
        control_refuse(c, 400, "the query is malformed");
        return;
    }
    for (size_t i = 0; i < sizeof endpoints / sizeof *endpoints; i++) {
        if (!str_equal(path, str_from(endpoints[i].path))) continue;
        known = true;
        if (!str_equal(request->method, str_from(endpoints[i].method))) continue;
        if (read_body(c, request)) endpoints[i].serve(c);
        return;
    }
    control_refuse(c, known ? 405 : 404,
                   known ? "not with this method" : "no such path: see docs/sandbox.md");
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
    if (buf_check(c.out) != ERR_OK) control_refuse(&c, 500, "the answer is too long: ask for less");
    json_decref(c.body);
    arena_reset(&c.arena);
}
