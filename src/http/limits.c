/*
 * limits: /v1/limits: every limit that holds for the organization's programs and senders, with its source.
 * What is in use at the moment is the engine's; /metrics tells which limits hold lanes back.
 */
#include "app/directory_limits.h"
#include "app/senders_walk.h"
#include "base/json_out.h"
#include "http/body.h"
#include "http/limits.h"
#include "rules/tier.h"

enum { PROGRAMS_MAX = 100 };

static const char *scope_name(enum limit_scope scope)
{
    switch (scope) {
    case LIMIT_ACCOUNT:
        return "account";
    case LIMIT_ORG:
        return "organization";
    case LIMIT_BRAND:
        return "brand";
    case LIMIT_BRAND_CARRIER:
        return "brand_carrier";
    case LIMIT_PROGRAM_CARRIER:
        return "program_carrier";
    case LIMIT_SENDER:
        return "sender";
    case LIMIT_SENDER_CARRIER:
        return "sender_carrier";
    case LIMIT_LOOKUP:
        return "lookup";
    case LIMIT_VERIFY:
        return "verify";
    }
    return "unknown";
}

static const char *const UNITS[] = {
    [LIMIT_MESSAGES] = "messages", [LIMIT_SEGMENTS] = "segments", [LIMIT_REQUESTS] = "requests"};

/* Bits (1 << enum sender_kind) of the program's active senders. False: answered. */
static bool kinds_of(struct request *q, uint32_t program, unsigned *kinds)
{
    const struct sender *s;
    struct senders_walk w;

    *kinds = 0;
    senders_walk_begin(&w, q->reader, q->caller.org.id);
    while ((s = senders_walk_next(&w)) != NULL)
        if (s->program == program && s->state == SENDER_ACTIVE) *kinds |= 1u << s->kind;
    if (w.code != ERR_OK) reply_read_failed(q, w.code, "sender");
    return w.code == ERR_OK;
}

static void put_rule(struct buf *b, const struct limit_rule *r, const struct program *g,
                     enum sender_kind kind)
{
    json_open(b, '{');
    json_put_text(b, "scope", scope_name(r->scope));
    json_put_str(b, "program", g->name);
    json_put_text(b, "sender_kind", sender_kind_name(kind));
    json_put_text(b, "carrier", r->carrier == CARRIER_ANY ? NULL : carrier_slug(r->carrier));
    json_put_int(b, "amount", r->amount);
    json_put_text(b, "unit", UNITS[r->unit]);
    json_key(b, "window_ms");
    if (r->window_ms == LIMIT_PACIFIC_DAY)
        json_nil(b);
    else
        json_int(b, r->window_ms);
    json_put_text(b, "window", r->window_ms == LIMIT_PACIFIC_DAY ? "pacific_day" : "rolling");
    json_put_text(b, "source", r->source);
    json_close(b, '}');
}

bool limits_put_program(struct request *q, struct buf *b, const struct program *g)
{
    struct tier_figures figures;
    unsigned kinds;

    if (!kinds_of(q, g->id, &kinds)) return false;
    directory_figures(q->app->settings, &figures);
    for (enum sender_kind kind = SENDER_LONG_CODE; kind <= SENDER_ALPHA; kind++) {
        const struct tier_subject subject = {.brand = g->brand,
                                             .trust_score = g->brand_score,
                                             .use_case = use_case_parse(g->use_case),
                                             .sender = kind};
        struct limit_rule rules[TIER_RULES_MAX];
        size_t count;
        if ((kinds & (1u << kind)) == 0) continue;
        count = tier_limits(&subject, &figures, rules);
        for (size_t i = 0; i < count; i++)
            put_rule(b, &rules[i], g, kind);
    }
    return true;
}

static void get(struct request *q)
{
    struct program *programs = request_alloc(q, PROGRAMS_MAX * sizeof *programs);
    size_t count = PROGRAMS_MAX;
    struct buf *b;
    enum err code;

    if (programs == NULL) return;
    code = q->app->store->ops->programs(q->reader, &q->arena, q->caller.org.id, 0, programs, &count);
    if (code != ERR_OK) {
        reply_read_failed(q, code, "program");
        return;
    }
    b = reply_body(q);
    json_open(b, '{');
    json_key(b, "data");
    json_open(b, '[');
    for (size_t i = 0; i < count; i++)
        if (!limits_put_program(q, b, &programs[i])) return;
    json_close(b, ']');
    json_put_null(b, "next_cursor");
    json_close(b, '}');
    reply_json(q, 200);
}

static const struct route ROUTES[] = {
    {"GET", "/v1/limits", ROUTE_TENANT, KEY_SCOPE_READ, BODY_NONE, get, NULL, 0},
};
const struct route_table ROUTES_LIMITS = ROUTE_TABLE(ROUTES);
