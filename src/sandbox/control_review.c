/*
 * control_review: the reviewers, at a test's bidding — how long they take, what they decide, what they have on
 * their desks.
 */
#include "sandbox/control_parts.h"
#include "sandbox/review.h"

static bool read_object(struct control *c, struct str name, enum review_object *out)
{
    *out = REVIEW_OBJECTS;
    if (name.len == 0 || str_equal(name, STR("any"))) return true;
    for (int o = 0; o < REVIEW_OBJECTS; o++)
        if (str_equal(name, str_from(sb_review_object_name((enum review_object)o)))) *out = (enum review_object)o;
    if (*out != REVIEW_OBJECTS) return true;
    control_refuse(c, 400, "object is profile, product, brand, campaign, number, toll_free or any");
    return false;
}

static void put_time(struct control *c, enum review_object o)
{
    const struct review_time *t = &c->sb->registry->plan.objects[o];
    json_key(c->out, sb_review_object_name(o));
    json_open(c->out, '{');
    json_put_int(c->out, "pending_ms_min", t->pending_ms_min);
    json_put_int(c->out, "pending_ms_max", t->pending_ms_max);
    json_put_int(c->out, "review_ms_min", t->review_ms_min);
    json_put_int(c->out, "review_ms_max", t->review_ms_max);
    json_put_int(c->out, "reject_per_million", t->reject_per_million);
    json_put_bool(c->out, "held", t->held);
    json_close(c->out, '}');
}

void control_serve_reviews(struct control *c)
{
    const struct review_plan *plan = &c->sb->registry->plan;
    bool primary = false;
    struct thing *t;
    for (uint64_t n = 0; (t = sb_thing_at(c->sb, SID_PROFILE, n)) != NULL; n++)
        primary |= !t->removed && sb_fact_is(t, "_primary");
    json_open(c->out, '{');
    for (int o = 0; o < REVIEW_OBJECTS; o++) put_time(c, (enum review_object)o);
    json_put_int(c->out, "person_ms_min", plan->person_ms_min);
    json_put_int(c->out, "person_ms_max", plan->person_ms_max);
    json_put_bool(c->out, "person_silent", plan->person_silent);
    json_put_bool(c->out, "links_required", plan->links_required);
    json_put_int(c->out, "brand_score", plan->brand_score);
    json_put_bool(c->out, "primary_profile", primary);
    json_put_int(c->out, "rules", (int64_t)plan->rule_count);
    json_close(c->out, '}');
}

static bool set_time(struct control *c, enum review_object o, json_t *object)
{
    struct review_time *t = &c->sb->registry->plan.objects[o];
    uint32_t *to[] = {&t->pending_ms_min, &t->pending_ms_max, &t->review_ms_min, &t->review_ms_max,
                      &t->reject_per_million};
    int64_t v[] = {t->pending_ms_min, t->pending_ms_max, t->review_ms_min, t->review_ms_max, t->reject_per_million};
    bool held = t->held;
    if (!READ(c, object, INT("pending_ms_min", &v[0]), INT("pending_ms_max", &v[1]), INT("review_ms_min", &v[2]),
              INT("review_ms_max", &v[3]), INT("reject_per_million", &v[4]), BOOL("held", &held)))
        return false;
    for (size_t i = 0; i < 5; i++) *to[i] = control_u32(v[i]);
    if (t->held != held) {
        t->held = held;
        sb_review_release(c->sb, o);
    }
    return true;
}

/* {"all": {…}} first, then each by its name. */
void control_serve_reviews_set(struct control *c)
{
    struct review_plan *plan = &c->sb->registry->plan;
    json_t *one[REVIEW_OBJECTS] = {0}, *all = NULL;
    struct member members[REVIEW_OBJECTS + 7];
    int64_t person_min = plan->person_ms_min, person_max = plan->person_ms_max;
    bool primary = false;
    for (int o = 0; o < REVIEW_OBJECTS; o++)
        members[o] = (struct member)OBJECT(sb_review_object_name((enum review_object)o), &one[o]);
    members[REVIEW_OBJECTS] = (struct member)OBJECT("all", &all);
    members[REVIEW_OBJECTS + 1] = (struct member)INT("person_ms_min", &person_min);
    members[REVIEW_OBJECTS + 2] = (struct member)INT("person_ms_max", &person_max);
    members[REVIEW_OBJECTS + 3] = (struct member)BOOL("person_silent", &plan->person_silent);
    members[REVIEW_OBJECTS + 4] = (struct member)INT("brand_score", &plan->brand_score);
    members[REVIEW_OBJECTS + 6] = (struct member)BOOL("links_required", &plan->links_required);
    members[REVIEW_OBJECTS + 5] = (struct member)BOOL("primary_profile", &primary);
    if (!control_read(c, c->body, members, REVIEW_OBJECTS + 7)) return;
    for (int o = 0; o < REVIEW_OBJECTS; o++) {
        if (all != NULL && !set_time(c, (enum review_object)o, all)) return;
        if (one[o] != NULL && !set_time(c, (enum review_object)o, one[o])) return;
    }
    plan->person_ms_min = control_u32(person_min);
    plan->person_ms_max = control_u32(person_max);
    if (plan->brand_score > 100) plan->brand_score = 100;
    if (json_object_get(c->body, "primary_profile") != NULL) sb_registry_primary(c->sb, primary);
    control_serve_reviews(c);
}

void control_serve_review_next(struct control *c)
{
    struct review_plan *plan = &c->sb->registry->plan;
    struct str object = {NULL, 0}, sid = {NULL, 0};
    struct review_rule rule = {.times = 1};
    int64_t code = 0, times = 1;
    if (!READ(c, c->body, TEXT("object", &object), TEXT("sid", &sid), INT("code", &code), INT("times", &times)) ||
        !read_object(c, object, &rule.object))
        return;
    if (rule.object != REVIEW_OBJECTS && code != 0 && !sb_review_code_fits(rule.object, (int)code)) {
        control_refuse(c, 400, "code %d is none that a %s is rejected with", (int)code,
                       sb_review_object_name(rule.object));
        return;
    }
    if (times < 1 || plan->rule_count == REVIEW_RULES_MAX || str_copy(sid, rule.sid, sizeof rule.sid) != ERR_OK) {
        control_refuse(c, 400, "times is at least 1, sid one SID, and at most %d rules wait", REVIEW_RULES_MAX);
        return;
    }
    rule.code = (int)code;
    rule.times = control_u32(times);
    plan->rules[plan->rule_count++] = rule;
    control_serve_reviews(c);
}

void control_serve_reviews_clear(struct control *c)
{
    c->sb->registry->plan = sb_review_plan_default();
    for (int o = 0; o < REVIEW_OBJECTS; o++) sb_review_release(c->sb, (enum review_object)o);
    control_serve_reviews(c);
}

/* By its own SID; a campaign also by its service's, a number's registration by the number's. */
static struct thing *find(struct control *c, struct str sid)
{
    static const enum sid_kind kinds[] = {SID_PROFILE, SID_PRODUCT, SID_BRAND, SID_CAMPAIGN, SID_NUMBER_REGISTRATION,
                                          SID_TOLL_FREE};
    uint64_t number = sb_sid_read(c->sb, SID_NUMBER, sid);
    uint32_t service = sandbox_service_find(c->sb, sid);
    struct thing *t = NULL;
    for (size_t i = 0; t == NULL && i < sizeof kinds / sizeof *kinds; i++) t = sb_thing_find(c->sb, kinds[i], sid);
    if (t != NULL) return t;
    for (uint64_t n = sb_thing_count(c->sb, SID_CAMPAIGN); service != SANDBOX_NONE && n > 0; n--) {
        t = sb_thing_at(c->sb, SID_CAMPAIGN, n - 1);
        if (!t->removed && t->handle == service) return t;
    }
    for (uint64_t n = sb_thing_count(c->sb, SID_NUMBER_REGISTRATION); number != UINT64_MAX && n > 0; n--) {
        t = sb_thing_at(c->sb, SID_NUMBER_REGISTRATION, n - 1);
        if (!t->removed && t->handle == number) return t;
    }
    control_refuse(c, 404, "no such object is registered: " STR_FMT, STR_ARG(str_slice(sid, 0, 40)));
    return NULL;
}

void control_serve_review_decide(struct control *c)
{
    struct str sid = {NULL, 0}, decision = {NULL, 0};
    int64_t code = 0;
    struct thing *t;
    enum err err = ERR_INVALID;
    if (!READ(c, c->body, TEXT("sid", &sid), TEXT("decision", &decision), INT("code", &code))) return;
    if ((t = find(c, sid)) == NULL) return;
    if (str_equal(decision, STR("approve"))) err = sb_review_decide(c->sb, t, 0);
    if (str_equal(decision, STR("reject")) && code > 0) err = sb_review_decide(c->sb, t, (int)code);
    if (str_equal(decision, STR("suspend"))) err = sb_review_suspend(c->sb, t, true);
    if (str_equal(decision, STR("restore"))) err = sb_review_suspend(c->sb, t, false);
    if (err == ERR_OK) {
        json_open(c->out, '{');
        json_put_text(c->out, "sid", t->sid);
        json_close(c->out, '}');
    } else if (err == ERR_CONFLICT) {
        control_refuse(c, 409, "%s is not in a state from which that is possible", t->sid);
    } else {
        control_refuse(c, 400, "decision is approve, reject (with a code), suspend or restore");
    }
}
