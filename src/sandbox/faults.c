/* faults: draws what goes wrong with a request. Contract in faults.h. State is the model's. */
#include "sandbox/world.h"

#include <string.h>

static const char *const fault_names[SANDBOX_FAULT_COUNT] = {
    [SANDBOX_FAULT_NONE] = "none", [SANDBOX_FAULT_LATENCY] = "latency",
    [SANDBOX_FAULT_ERROR_BEFORE] = "error_before", [SANDBOX_FAULT_ERROR_AFTER] = "error_after",
    [SANDBOX_FAULT_THROTTLE] = "throttle", [SANDBOX_FAULT_CLOSE_BEFORE] = "close_before",
    [SANDBOX_FAULT_CLOSE_AFTER] = "close_after", [SANDBOX_FAULT_RESET_BEFORE] = "reset_before",
    [SANDBOX_FAULT_RESET_AFTER] = "reset_after", [SANDBOX_FAULT_RESET_MID] = "reset_mid",
    [SANDBOX_FAULT_HANG_BEFORE] = "hang_before", [SANDBOX_FAULT_HANG_AFTER] = "hang_after",
    [SANDBOX_FAULT_LATE_COMMIT] = "late_commit", [SANDBOX_FAULT_TRUNCATED] = "truncated",
    [SANDBOX_FAULT_NOT_JSON] = "not_json", [SANDBOX_FAULT_EDGE_4XX] = "edge_4xx",
    [SANDBOX_FAULT_REDIRECT] = "redirect", [SANDBOX_FAULT_DRIP] = "drip",
};

const char *sandbox_fault_name(enum sandbox_fault fault)
{
    return fault_names[fault];
}

enum err sandbox_fault_from_name(struct str name, enum sandbox_fault *out)
{
    for (int i = 0; i < SANDBOX_FAULT_COUNT; i++)
        if (str_equal(name, str_from(fault_names[i]))) {
            *out = (enum sandbox_fault)i;
            return ERR_OK;
        }
    return ERR_NOT_FOUND;
}

struct sandbox_fault_plan sandbox_fault_plan_quiet(void)
{
    return (struct sandbox_fault_plan){
        .on = SANDBOX_ON_ALL, .latency_ms_min = 50, .latency_ms_max = 400, .hang_ms = 60000,
        .late_commit_ms = 45000, .retry_after_s = 1, .mixed_retry_after = true,
        .callback_late_ms = 24 * 3600 * 1000, .callback_jitter_ms = 2000,
    };
}

struct sandbox_fault_plan sandbox_fault_plan_rough(uint32_t per_million, bool forged)
{
    /* Parts of a hundred. The rare and slow ones are kept rare, so that a test of minutes meets each. */
    static const unsigned char share[SANDBOX_FAULT_COUNT] = {
        [SANDBOX_FAULT_LATENCY] = 14, [SANDBOX_FAULT_ERROR_BEFORE] = 12, [SANDBOX_FAULT_ERROR_AFTER] = 12,
        [SANDBOX_FAULT_THROTTLE] = 14, [SANDBOX_FAULT_CLOSE_BEFORE] = 6, [SANDBOX_FAULT_CLOSE_AFTER] = 10,
        [SANDBOX_FAULT_RESET_BEFORE] = 6, [SANDBOX_FAULT_RESET_AFTER] = 8, [SANDBOX_FAULT_RESET_MID] = 5,
        [SANDBOX_FAULT_HANG_BEFORE] = 1, [SANDBOX_FAULT_HANG_AFTER] = 1, [SANDBOX_FAULT_LATE_COMMIT] = 1,
        [SANDBOX_FAULT_TRUNCATED] = 3, [SANDBOX_FAULT_NOT_JSON] = 3, [SANDBOX_FAULT_EDGE_4XX] = 1,
        [SANDBOX_FAULT_REDIRECT] = 1, [SANDBOX_FAULT_DRIP] = 2,
    };
    struct sandbox_fault_plan plan = sandbox_fault_plan_quiet();
    for (int i = 0; i < SANDBOX_FAULT_COUNT; i++)
        plan.per_million[i] = (uint32_t)((uint64_t)per_million * share[i] / 100);
    plan.callback_lost_per_million = per_million / 4;
    plan.callback_late_per_million = per_million / 100;
    plan.callback_jitter_per_million = per_million / 2;
    plan.callback_doubled_per_million = per_million / 4;
    plan.callback_forged_per_million = forged ? per_million / 10 : 0;
    plan.inbound_lost_per_million = per_million / 4;
    plan.inbound_doubled_per_million = per_million / 4;
    return plan;
}

void sandbox_faults_set(struct sandbox *sb, const struct sandbox_fault_plan *plan)
{
    sb->config.faults = *plan;
}

const struct sandbox_fault_plan *sandbox_faults_get(const struct sandbox *sb)
{
    return &sb->config.faults;
}

enum err sandbox_fault_next(struct sandbox *sb, const struct sandbox_fault_rule *rule)
{
    if (sb->rule_count == SANDBOX_RULES_MAX) return ERR_FULL;
    if (rule->fault >= SANDBOX_FAULT_COUNT || rule->times == 0 || rule->on == 0) return ERR_INVALID;
    sb->rules[sb->rule_count++] = *rule;
    return ERR_OK;
}

void sandbox_fault_rules_clear(struct sandbox *sb)
{
    sb->rule_count = 0;
}

bool sb_fault_chance(struct sandbox *sb, uint32_t per_million)
{
    return per_million > 0 && rng_chance(&sb->fault_rng, per_million);
}

static uint32_t fault_between(struct sandbox *sb, uint32_t min, uint32_t max)
{
    return max <= min ? min : min + (uint32_t)rng_below(&sb->fault_rng, (uint64_t)max - min + 1);
}

static bool rule_strikes(struct sandbox *sb, enum sandbox_request_kind kind, uint64_t to,
                         struct sandbox_fault_rule *out)
{
    for (size_t i = 0; i < sb->rule_count; i++) {
        struct sandbox_fault_rule *r = &sb->rules[i];
        if ((r->on & (unsigned)kind) == 0 || (r->to != 0 && r->to != to)) continue;
        if (r->skip > 0) {
            r->skip--;
            continue;
        }
        *out = *r;
        if (--r->times == 0) {
            memmove(r, r + 1, (sb->rule_count - i - 1) * sizeof *r);
            sb->rule_count--;
        }
        return true;
    }
    return false;
}

static enum sandbox_fault plan_draw(struct sandbox *sb, enum sandbox_request_kind kind)
{
    const struct sandbox_fault_plan *plan = &sb->config.faults;
    uint64_t sum = 0, at;
    if ((plan->on & (unsigned)kind) == 0) return SANDBOX_FAULT_NONE;
    for (int i = 1; i < SANDBOX_FAULT_COUNT; i++) sum += plan->per_million[i];
    if (sum == 0) return SANDBOX_FAULT_NONE;
    at = rng_below(&sb->fault_rng, 1000000);
    for (int i = 1; i < SANDBOX_FAULT_COUNT; i++) {
        if (at < plan->per_million[i]) return (enum sandbox_fault)i;
        at -= plan->per_million[i];
    }
    return SANDBOX_FAULT_NONE;
}

static uint32_t fault_delay_ms(struct sandbox *sb, enum sandbox_fault fault)
{
    const struct sandbox_fault_plan *plan = &sb->config.faults;
    switch (fault) {
    case SANDBOX_FAULT_LATENCY:
    case SANDBOX_FAULT_DRIP: return fault_between(sb, plan->latency_ms_min, plan->latency_ms_max);
    case SANDBOX_FAULT_HANG_BEFORE:
    case SANDBOX_FAULT_HANG_AFTER: return plan->hang_ms;
    case SANDBOX_FAULT_LATE_COMMIT: return plan->late_commit_ms;
    default: return 0;
    }
}

static int fault_status(struct sandbox *sb, enum sandbox_fault fault)
{
    static const int server_errors[] = {500, 502, 503, 504}, edge_errors[] = {403, 404, 408, 413};
    switch (fault) {
    case SANDBOX_FAULT_ERROR_BEFORE:
    case SANDBOX_FAULT_ERROR_AFTER: return server_errors[rng_below(&sb->fault_rng, 4)];
    case SANDBOX_FAULT_EDGE_4XX: return edge_errors[rng_below(&sb->fault_rng, 4)];
    default: return 0;
    }
}

struct fault_draw sb_fault_draw(struct sandbox *sb, enum sandbox_request_kind kind, uint64_t to)
{
    const struct sandbox_fault_plan *plan = &sb->config.faults;
    struct sandbox_fault_rule rule = {0};
    struct fault_draw d = {0};
    sb->stats.requests++;
    if (rule_strikes(sb, kind, to, &rule)) {
        d = (struct fault_draw){rule.fault, rule.http_status, rule.delay_ms, rule.retry_after_s};
    } else {
        d.fault = plan_draw(sb, kind);
        if (d.fault == SANDBOX_FAULT_THROTTLE &&
            (!plan->mixed_retry_after || rng_chance(&sb->fault_rng, 500000)))
            d.retry_after_s = plan->retry_after_s;
    }
    if (d.http_status == 0) d.http_status = fault_status(sb, d.fault);
    if (d.delay_ms == 0) d.delay_ms = fault_delay_ms(sb, d.fault);
    /* Only a creation can be committed late. */
    if (d.fault == SANDBOX_FAULT_LATE_COMMIT && kind != SANDBOX_ON_CREATE) d.fault = SANDBOX_FAULT_HANG_AFTER;
    sb->stats.faults[d.fault]++;
    return d;
}

bool sb_fault_is_before(enum sandbox_fault fault)
{
    switch (fault) {
    case SANDBOX_FAULT_ERROR_BEFORE:
    case SANDBOX_FAULT_THROTTLE:
    case SANDBOX_FAULT_CLOSE_BEFORE:
    case SANDBOX_FAULT_RESET_BEFORE:
    case SANDBOX_FAULT_HANG_BEFORE:
    case SANDBOX_FAULT_EDGE_4XX:
    case SANDBOX_FAULT_REDIRECT: return true;
    default: return false;
    }
}

/* 502 and 504 are an edge's own pages and carry no code of Twilio's (reference 1.8). */
static int server_error_code(int http_status)
{
    return http_status == 500 ? 20500 : http_status == 503 ? 20503 : 0;
}

bool sb_fault_spoils(const struct fault_draw *draw, int *http_status, int *code, uint32_t *retry_after_s)
{
    switch (draw->fault) {
    case SANDBOX_FAULT_ERROR_BEFORE:
    case SANDBOX_FAULT_ERROR_AFTER:
        *http_status = draw->http_status;
        *code = server_error_code(draw->http_status);
        return true;
    case SANDBOX_FAULT_THROTTLE:
        *http_status = 429;
        *code = 20429;
        *retry_after_s = draw->retry_after_s;
        return true;
    case SANDBOX_FAULT_EDGE_4XX:
        *http_status = draw->http_status;
        *code = 0;
        return true;
    case SANDBOX_FAULT_REDIRECT:
        *http_status = 307;
        *code = 0;
        return true;
    default: return false;
    }
}
