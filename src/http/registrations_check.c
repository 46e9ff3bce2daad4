/* registrations_check: /v1/registrations/check: what a reviewer would refuse, before anything is sent or kept. */
#include "app/registration_check.h"
#include "app/registration_fees.h"
#include "app/site_check.h"
#include "base/json_out.h"
#include "http/body.h"
#include "http/server_parts.h"

enum { FACTS_BYTES = 128 * 1024 };
/* As enum brand_type, which begins with none. */
static const char KINDS[] = "standard low_volume sole_proprietor toll_free";

/* What is known of its website; else the reading has begun, and who asks again is told. */
static void put_website(struct request *q, const struct a2p_facts *facts, enum brand_type kind, struct buf *b)
{
    struct site_result result = {.state = SITE_STATE_TODO};
    struct site_checks *sites = q->app->sites;
    enum site_answer answer = SITE_ANSWER_KNOWN;

    if (sites != NULL) answer = site_checks_ask(sites, q->caller.org.id, facts, kind, false, 0, &result);
    if (answer == SITE_ANSWER_KNOWN) {
        site_result_member(&result, b);
        return;
    }
    json_key(b, "website");
    json_open(b, '{');
    json_put_text(b, "state", answer == SITE_ANSWER_READING ? "reading" : "busy");
    json_close(b, '}');
}

static void check(struct request *q)
{
    struct a2p_facts facts;
    struct fault why = {.code = ERR_OK};
    struct str text = STR("{}");
    struct json_in in;
    size_t kind = 0;
    enum err code;
    struct buf *b;
    bool website = false;

    if (!body_open(q, &in)) return;
    (void)json_in_choice(&in, "kind", JSON_REQUIRED, KINDS, &kind);
    (void)json_in_fields(&in, "facts", JSON_REQUIRED, FACTS_BYTES, &text);
    (void)json_in_bool(&in, "website", JSON_OPTIONAL, &website);
    if (!body_end(q, &in)) return;
    code = a2p_facts_read(text, &q->arena, &facts, &why);
    if (code != ERR_OK) {
        (void)problem_field(&q->problem, "facts", (struct str){NULL, 0}, why.what,
                            "Give names and texts as docs/registration.md lists them.");
        reply_problem(q);
        return;
    }
    b = reply_body(q);
    json_open(b, '{');
    registration_check(&facts, (enum brand_type)(kind + 1), b);
    registration_fees_member(q->app->prices, &facts, (enum brand_type)(kind + 1), &(struct a2p_paid){.brands = 0},
                             A2P_RESUBMIT_NONE, clock_wall_ms(q->app->clock), b);
    if (website) put_website(q, &facts, (enum brand_type)(kind + 1), b);
    json_close(b, '}');
    reply_json(q, 200);
}

static const struct route ROUTES[] = {
    {"POST", "/v1/registrations/check", ROUTE_EITHER, KEY_SCOPE_READ, 262144, check, NULL, 0},
};
const struct route_table ROUTES_REGISTRATIONS_CHECK = ROUTE_TABLE(ROUTES);
