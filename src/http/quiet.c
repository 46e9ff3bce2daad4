/* quiet: /v1/quiet-hours: when marketing may lawfully reach a number, and by which rules. */
#include "base/json_out.h"
#include "base/rfc3339.h"
#include "http/body.h"
#include "http/server_parts.h"
#include "rules/quiet_hours.h"

struct asked {
    struct quiet_places places;
    enum message_kind kind;
    int64_t at_ms;
    struct quiet_window window;
    struct quiet_cap cap;
    struct quiet_line lines[QUIET_LINES_MAX];
    size_t count;
};

static struct str postal_code(const struct request *q)
{
    struct str zip = request_param(q, STR("zip"));

    return zip.len > 0 ? zip : request_param(q, STR("postal_code"));
}

static void read_places(struct request *q, struct asked *a)
{
    struct quiet_said said = {.postal_code = postal_code(q), .state = request_param(q, STR("state")),
                              .time_zone = request_param(q, STR("time_zone"))};
    struct str number = request_param(q, STR("number")), region = request_param(q, STR("region"));
    char country[REGION_BYTES] = "US";
    const char *wrong = "";
    struct fault f = {0};
    struct phone phone;

    if (q->caller.org.id != 0) memcpy(country, q->caller.org.region, sizeof country);
    if (region.len > 0 && str_copy(region, country, sizeof country) != ERR_OK)
        (void)problem_field(&q->problem, "?region", region, "It is no country.", "Give two letters, such as US.");
    else if (phone_parse(number, country, &phone, &f) != ERR_OK)
        (void)problem_field(&q->problem, "?number", number, f.what, "Give it as +14155552671 (%2B for the +).");
    else {
        quiet_places_of_phone(&phone, &a->places);
        if (quiet_places_join(&a->places, &said, &wrong) != ERR_OK)
            (void)problem_field(&q->problem, wrong[0] == 0 ? "?number" : wrong, (struct str){NULL, 0},
                                "It is not known as a place, or there are more places than can be held.",
                                "Give a postal code, a US state, or an IANA zone such as America/Denver.");
    }
}

static void read_when(struct request *q, struct asked *a)
{
    struct str kind = request_param(q, STR("kind")), at = request_param(q, STR("at"));

    a->kind = KIND_MARKETING;
    a->at_ms = clock_wall_ms(q->app->clock);
    if (kind.len > 0 && message_kind_parse(kind, &a->kind) != ERR_OK)
        (void)problem_field(&q->problem, "?kind", kind, "There is no such kind.",
                            "It is marketing, transactional or conversational.");
    if (at.len > 0 && rfc3339_parse(at, &a->at_ms) != ERR_OK)
        (void)problem_field(&q->problem, "?at", at, "It is no time with a zone.",
                            "Give it as 2026-03-08T09:30:00-05:00 (%2B for a +).");
}

static enum err judge(struct asked *a)
{
    uint64_t key = quiet_hours_bucket_key(&a->places);
    enum err code = quiet_hours_window(key, a->kind, a->at_ms, &a->window);

    if (code == ERR_OK) code = quiet_hours_lines(key, a->at_ms, a->lines, &a->count);
    if (code == ERR_OK) code = quiet_hours_cap(key, a->at_ms, &a->cap);
    if (a->kind != KIND_MARKETING) a->count = a->cap.count = 0;
    return code;
}

/* ---- the answer, as sterling quiet-hours --json has it ---- */

static void put_instant(struct buf *b, const char *name, int64_t at_ms)
{
    if (at_ms == INT64_MAX) json_put_null(b, name);
    else json_put_time(b, name, at_ms);
}

static void put_places(struct buf *b, const struct quiet_places *p)
{
    json_key(b, "places");
    json_open(b, '{');
    json_put_text(b, "country", p->country);
    json_key(b, "states");
    json_open(b, '[');
    for (unsigned i = 0; i < p->state_count; i++) json_str(b, str_from(p->states[i]));
    json_close(b, ']');
    json_key(b, "time_zones");
    json_open(b, '[');
    for (unsigned i = 0; i < p->zone_count; i++) json_str(b, str_from(p->zones[i]));
    json_close(b, ']');
    json_close(b, '}');
}

static void put_cap(struct buf *b, const struct quiet_cap *c)
{
    if (c->count == 0) {
        json_put_null(b, "cap");
        return;
    }
    json_key(b, "cap");
    json_open(b, '{');
    json_put_int(b, "count", c->count);
    json_put_int(b, "hours", c->hours);
    json_put_text(b, "rule", c->rule);
    json_put_text(b, "source", c->source);
    json_close(b, '}');
}

static void put_line(struct buf *b, const struct quiet_line *l)
{
    json_open(b, '{');
    json_put_text(b, "rule", l->rule);
    json_put_text(b, "zone", l->zone);
    json_put_text(b, "source", l->source);
    json_put_text(b, "holiday", l->holiday[0] == 0 ? NULL : l->holiday);
    put_instant(b, "opens_at", l->opens_ms);
    put_instant(b, "closes_at", l->closes_ms);
    json_close(b, '}');
}

static void put_answer(struct buf *b, const struct asked *a)
{
    json_open(b, '{');
    json_put_text(b, "kind", message_kind_name(a->kind));
    json_put_time(b, "at", a->at_ms);
    put_places(b, &a->places);
    json_put_bool(b, "open", a->window.open);
    put_instant(b, "next_open_at", a->window.next_open_ms);
    put_instant(b, "closes_at", a->window.closes_ms);
    json_put_text(b, "decided_by", a->window.rule);
    json_put_text(b, "zone", a->window.zone);
    json_put_text(b, "source", a->window.source);
    put_cap(b, &a->cap);
    json_key(b, "rules");
    json_open(b, '[');
    for (size_t i = 0; i < a->count; i++) put_line(b, &a->lines[i]);
    json_close(b, ']');
    json_close(b, '}');
}

static void get(struct request *q)
{
    struct asked *a = request_alloc(q, sizeof *a);

    if (a == NULL) return;
    *a = (struct asked){.count = 0};
    if (request_params_only(q, "number postal_code zip state time_zone kind at region")) {
        read_places(q, a);
        read_when(q, a);
    }
    if (problem_check(&q->problem) != ERR_OK) {
        reply_problem(q);
        return;
    }
    if (judge(a) != ERR_OK) {
        reply_refuse(q, ERR_NOT_FOUND, 503, "The system's time zones lack one of these places; install a current tzdata.");
        return;
    }
    put_answer(reply_body(q), a);
    reply_json(q, 200);
}

static const struct route ROUTES[] = {
    {"GET", "/v1/quiet-hours", ROUTE_EITHER, KEY_SCOPE_READ, BODY_NONE, get, NULL, 0},
};
const struct route_table ROUTES_QUIET = ROUTE_TABLE(ROUTES);
