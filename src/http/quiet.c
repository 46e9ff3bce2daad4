/* quiet: /v1/quiet-hours: when marketing may lawfully reach a number, and by which rules. */
#include "app/quiet_answer.h"
#include "base/rfc3339.h"
#include "http/body.h"
#include "http/server_parts.h"

static struct str postal_code(const struct request *q)
{
    struct str zip = request_param(q, STR("zip"));

    return zip.len > 0 ? zip : request_param(q, STR("postal_code"));
}

static void read_places(struct request *q, struct quiet_answer *a)
{
    struct quiet_said said = {.postal_code = postal_code(q), .state = request_param(q, STR("state")),
                              .time_zone = request_param(q, STR("time_zone")),
                              .country = request_param(q, STR("country"))};
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
                                "Give a postal code, a US state, an IANA zone such as America/Denver, or a country.");
    }
}

static void read_when(struct request *q, struct quiet_answer *a)
{
    struct str kind = request_param(q, STR("kind")), at = request_param(q, STR("at"));
    struct str automated = request_param(q, STR("automated_hours"));

    a->kind = KIND_MARKETING;
    a->at_ms = clock_wall_ms(q->app->clock);
    if (kind.len > 0 && message_kind_parse(kind, &a->kind) != ERR_OK)
        (void)problem_field(&q->problem, "?kind", kind, "There is no such kind.",
                            "It is marketing, transactional or conversational.");
    if (automated.len > 0 && quiet_automated_parse(automated, &a->places.automated) != ERR_OK)
        (void)problem_field(&q->problem, "?automated_hours", automated, "It is no choice.",
                            "It is off, marketing or all.");
    if (at.len > 0 && rfc3339_parse(at, &a->at_ms) != ERR_OK)
        (void)problem_field(&q->problem, "?at", at, "It is no time with a zone.",
                            "Give it as 2026-03-08T09:30:00-05:00 (%2B for a +).");
}

static void get(struct request *q)
{
    struct quiet_answer *a = request_alloc(q, sizeof *a);

    if (a == NULL) return;
    *a = (struct quiet_answer){.count = 0};
    if (request_params_only(q, "number postal_code zip state time_zone country automated_hours kind at region")) {
        read_places(q, a);
        read_when(q, a);
    }
    if (problem_check(&q->problem) != ERR_OK) {
        reply_problem(q);
        return;
    }
    if (quiet_answer_judge(a) != ERR_OK) {
        reply_refuse(q, ERR_NOT_FOUND, 503, "The system's time zones lack one of these places; install a current tzdata.");
        return;
    }
    quiet_answer_write(a, reply_body(q));
    reply_json(q, 200);
}

static const struct route ROUTES[] = {
    {"GET", "/v1/quiet-hours", ROUTE_EITHER, KEY_SCOPE_READ, BODY_NONE, get, NULL, 0},
};
const struct route_table ROUTES_QUIET = ROUTE_TABLE(ROUTES);
