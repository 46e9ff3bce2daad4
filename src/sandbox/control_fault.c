/* control_fault: the fault plan, rules for the next requests, and the clock. */
#include "sandbox/control_parts.h"

#include "base/rfc3339.h"

#include <stddef.h>

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
            control_refuse(c, 400, "\"on\" lists create, list and other");
            return false;
        }
        *on |= kind;
    }
    return true;
}

void control_serve_faults(struct control *c)
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
            control_refuse(c, 400, "no fault \"%.60s\", or its value is no whole number", name);
            return false;
        }
        plan->per_million[fault] = control_u32(json_integer_value(value));
    }
    for (int i = 1; i < SANDBOX_FAULT_COUNT; i++) sum += plan->per_million[i];
    if (sum > 1000000)
        control_refuse(c, 400, "the faults of a request sum to more than 1,000,000 per million");
    return sum <= 1000000;
}

/* "rough": the laboratory's mix; what else is given goes on top of it, or of the plan in force. */
void control_serve_faults_set(struct control *c)
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
    if (!control_read(c, c->body, members, PLAN_FIELDS + 6)) return;
    if (quiet) plan = sandbox_fault_plan_quiet();
    if (rough >= 0) plan = sandbox_fault_plan_rough(control_u32(rough), forged);
    plan.mixed_retry_after = mixed;
    if (!read_on(c, on, &plan.on) || !read_per_million(c, per_million, &plan)) return;
    for (size_t i = 0; i < PLAN_FIELDS; i++)
        if (values[i] != INT64_MIN) *plan_slot(&plan, i) = control_u32(values[i]);
    sandbox_faults_set(c->sb, &plan);
    control_serve_faults(c);
}

void control_serve_faults_clear(struct control *c)
{
    struct sandbox_fault_plan quiet = sandbox_fault_plan_quiet();
    sandbox_faults_set(c->sb, &quiet);
    sandbox_fault_rules_clear(c->sb);
    control_serve_faults(c);
}

void control_serve_fault_next(struct control *c)
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
        control_refuse(c, 400, "no fault \"" STR_FMT "\"", STR_ARG(str_slice(fault, 0, 60)));
        return;
    }
    if (!read_on(c, on, &rule.on)) return;
    rule.to = control_number(to);
    rule.skip = control_u32(skip);
    rule.times = control_u32(times);
    rule.http_status = status >= 400 && status <= 599 ? (int)status : 0;
    rule.delay_ms = control_u32(delay);
    rule.retry_after_s = control_u32(retry_after);
    if (sandbox_fault_next(c->sb, &rule) != ERR_OK) {
        control_refuse(c, 400, "no rule was added: times is at least 1, and at most %d rules wait",
               SANDBOX_RULES_MAX);
        return;
    }
    control_serve_faults(c);
}

void control_serve_clock(struct control *c)
{
    json_open(c->out, '{');
    json_put_time(c->out, "now", clock_wall_ms(c->server->clock));
    json_put_int(c->out, "run_ms", c->now_ms);
    json_put_int(c->out, "advanced_ms", c->server->advanced_ms);
    json_close(c->out, '}');
}

/* "set" moves the calendar alone; "advance_ms" lets that much time pass, and everything due with it. */
void control_serve_clock_set(struct control *c)
{
    struct clock *clock = c->server->clock;
    struct str set = {NULL, 0};
    int64_t advance = 0, wall = clock_wall_ms(clock);
    if (!READ(c, c->body, TEXT("set", &set), INT("advance_ms", &advance))) return;
    if ((set.len > 0 && rfc3339_parse(set, &wall) != ERR_OK) || advance < 0 ||
        advance > INT64_C(10) * 366 * 86400000) {
        control_refuse(c, 400,
               "set is a moment as 2026-03-01T10:00:00Z; advance_ms is at least 0 and at most ten years");
        return;
    }
    c->server->advanced_ms += advance;
    clock_set_wall_offset(clock, __atomic_load_n(&clock->wall_offset_ms, __ATOMIC_SEQ_CST) + wall + advance -
                                     clock_wall_ms(clock));
    c->now_ms = sb_server_now(c->server);
    sb_server_wake(c->server, c->now_ms);
    control_serve_clock(c);
}

