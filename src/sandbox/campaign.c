/*
 * campaign: what becomes of a campaign, the program that it gives its service, and the registration of the service's
 * numbers (reference 8, 9, 12.5). Contract in a2p.h.
 */
#include "sandbox/a2p.h"
#include "sandbox/review.h"

#include <stdio.h>

struct thing *sb_campaign_of(const struct sandbox *sb, uint32_t service)
{
    const struct service *v = sb_service_at(sb, service);
    return v == NULL ? NULL : v->campaign;
}

static void event(struct sandbox *sb, const struct thing *c, const char *type)
{
    const json_t *error = json_array_get(c->errors, 0);
    sb_event(sb, c, type,
             json_pack("{s:s, s:s, s:s, s:O?, s:O?, s:s, s:O?}", "campaignsid", c->sid, "brandsid", c->parent->sid,
                       "messagingservicesid", sandbox_service_sid(sb, c->handle), "externalcampaignid",
                       json_object_get(c->facts, "campaign_id"), "a2pusecase",
                       json_object_get(c->facts, "us_app_to_person_usecase"), "campaignregistrationstatus",
                       c->state == THING_APPROVED   ? "approved"
                       : c->state == THING_REJECTED ? "failed"
                                                    : "pending",
                       "errorcode", json_object_get(error, "error_code")));
}

int sb_campaign_fault(const struct sandbox *sb, const struct thing *c)
{
    struct str identity = sb_fact(c->parent, "identity_status");
    if (identity.len == 0 || str_equal(identity, STR("UNVERIFIED"))) return 30991;
    if (!sb->registry->plan.links_required) return 0;
    if (sb_fact(c, "privacy_policy_url").len == 0) return 30933;
    return sb_fact(c, "terms_and_conditions_url").len == 0 ? 30934 : 0;
}

/* ---- what carriers grant (carrier-throughput.tsv): segments a second each, and T-Mobile's day ---- */

struct grant {
    uint32_t att_milli, tmobile_milli, verizon_milli, day;
    const char *att_class, *tmobile_tier;
};

static struct grant grant_by_score(int64_t score, bool mixed)
{
    if (score >= 75) return (struct grant){75000, 75000, 75000, 200000, mixed ? "B" : "A", "TOP"};
    if (score >= 50) return (struct grant){40000, 40000, 40000, 40000, mixed ? "D" : "C", "UPPER_MID"};
    if (score >= 25) return (struct grant){4000, 4000, 4000, 10000, mixed ? "F" : "E", "LOWER_MID"};
    return (struct grant){4000, 4000, 4000, 2000, mixed ? "F" : "E", "LOW"};
}

static struct grant grant_of(const struct thing *c)
{
    struct str use = sb_fact(c, "us_app_to_person_usecase");
    const json_t *score = json_object_get(c->parent->facts, "brand_score");
    struct grant g = grant_by_score(json_is_integer(score) ? json_integer_value(score) : 0,
                                    str_equal(use, STR("MIXED")) || str_equal(use, STR("MARKETING")));
    if (sb_brand_is_sole(c->parent)) return (struct grant){250, 1000, 1000, 1000, "W", "LOW"};
    if (sb_fact_is(c->parent, "russell_3000")) g.day = 200000;
    if (sb_fact_is(c->parent, "government_entity")) g.day = UINT32_MAX;
    if (!str_equal(use, STR("LOW_VOLUME"))) return g;
    g.att_milli = g.tmobile_milli = g.verizon_milli = 1250;
    g.att_class = "T";
    return g;
}

static void open_program(struct sandbox *sb, struct thing *c)
{
    const json_t *score = json_object_get(c->parent->facts, "brand_score");
    struct grant g = grant_of(c);
    struct sandbox_program p = {
        .brand = UINT32_C(1) << 31 | (uint32_t)c->parent->n, /* apart from the numbers that tests give */
        .brand_score = json_is_integer(score) ? (unsigned)json_integer_value(score) : 0,
        .att_mps_milli = g.att_milli,
        .tmobile_mps_milli = g.tmobile_milli,
        .verizon_mps_milli = g.verizon_milli,
        .tmobile_day_cap = g.day,
    };
    sb_fact_set_new(c, "rate_limits",
                    json_pack("{s:{s:f, s:s}, s:{s:s}}", "att", "mps", (double)g.att_milli / 1000.0, "msg_class",
                              g.att_class, "tmobile", "brand_tier", g.tmobile_tier));
    if (sb_fact_is(c, "mock")) return; /* carries no traffic */
    world_must(sandbox_program_set(sb, c->handle, &p));
}

/* ---- the numbers of a service ---- */

static void number_event(struct sandbox *sb, const struct thing *r, const char *type)
{
    const struct sender *s = sb_sender_at(sb, r->handle);
    const json_t *error = json_array_get(r->errors, 0);
    sb_event(sb, r, type,
             json_pack("{s:s, s:s, s:s, s:s, s:s, s:O?}", "phonenumbersid", s->sid, "phonenumber", s->address,
                       "campaignsid", r->parent->sid, "brandsid", r->parent->parent->sid, "messagingservicesid",
                       sandbox_service_sid(sb, r->parent->handle), "errorcode", json_object_get(error, "error_code")));
}

static bool is_registering(const struct thing *c)
{
    for (const struct thing *r = c->first; r != NULL; r = r->next)
        if (!r->removed) return true;
    return false;
}

void sb_number_joined(struct sandbox *sb, uint32_t service, uint32_t sender)
{
    struct thing *c = sb_campaign_of(sb, service), *r;
    struct sender *s = sb_sender_at(sb, sender);
    if (c == NULL || c->state != THING_APPROVED || sb_fact_is(c, "mock") || s->kind != SENDER_LONG_CODE) return;
    if (sb_brand_is_sole(c->parent) && is_registering(c)) return; /* one number only */
    r = sb_thing_new(sb, SID_NUMBER_REGISTRATION, c->account, c);
    r->handle = sender;
    s->registration = r;
    sb_review_submit(sb, r);
}

void sb_number_left(struct sandbox *sb, uint32_t sender)
{
    struct sender *s = sb_sender_at(sb, sender);
    struct thing *r = s->registration;
    if (r == NULL) return;
    s->registration = NULL;
    sb_thing_remove(sb, r);
    number_event(sb, r, "number-deregistration.pending");
    number_event(sb, r, "number-deregistration.successful");
}

void sb_number_moved(struct sandbox *sb, struct thing *r, int code)
{
    if (code != 0) r->errors = sb_review_errors(code);
    if (r->state == THING_PENDING) number_event(sb, r, "number-registration.pending");
    if (r->state == THING_APPROVED) number_event(sb, r, "number-registration.successful");
    if (r->state == THING_REJECTED) number_event(sb, r, "number-registration.failed");
}

static void register_pool(struct sandbox *sb, struct thing *c)
{
    const struct service *v = sb_service_at(sb, c->handle);
    for (size_t i = 0; i < v->pool_count; i++)
        if (sb_sender_at(sb, v->pool[i])->registration == NULL) sb_number_joined(sb, c->handle, v->pool[i]);
}

/* ---- decisions ---- */

static void approve(struct sandbox *sb, struct thing *c)
{
    char id[16];
    bool first = sb_fact(c, "campaign_id").len == 0;
    json_decref(c->errors);
    c->errors = NULL;
    (void)snprintf(id, sizeof id, "C%06llX", (unsigned long long)c->n + 0xA00000);
    sb_fact_set(c, "campaign_id", str_from(id));
    open_program(sb, c);
    if (first) event(sb, c, "campaign-registration.campaign-approved");
    register_pool(sb, c);
}

void sb_campaign_moved(struct sandbox *sb, struct thing *c, int code)
{
    switch (c->state) {
    case THING_PENDING: event(sb, c, "campaign-registration.campaign-submitted"); break;
    case THING_APPROVED: approve(sb, c); break;
    case THING_REJECTED:
        c->errors = sb_review_errors(code);
        event(sb, c, "campaign-registration.campaign-failure");
        break;
    case THING_SUSPENDED:
        json_decref(c->errors);
        c->errors = sb_review_errors(30990);
        sb_program_close(sb, c->handle);
        break;
    default: break;
    }
}

void sb_campaign_remove(struct sandbox *sb, struct thing *c)
{
    struct service *v = sb_service_at(sb, c->handle);
    for (size_t i = 0; i < v->pool_count; i++) sb_number_left(sb, v->pool[i]);
    sb_program_close(sb, c->handle);
    sb_thing_remove(sb, c);
    v->campaign = NULL;
    event(sb, c, "campaign-registration.campaign-deleted");
}
