/* review: the pile, its clock and its verdicts. Contract in review.h. */
#include "sandbox/review.h"

#include "sandbox/a2p.h"
#include "sandbox/trust.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    enum sid_kind kind;
} objects[REVIEW_OBJECTS] = {
    [REVIEW_PROFILE] = {"profile", SID_PROFILE},     [REVIEW_PRODUCT] = {"product", SID_PRODUCT},
    [REVIEW_BRAND] = {"brand", SID_BRAND},           [REVIEW_CAMPAIGN] = {"campaign", SID_CAMPAIGN},
    [REVIEW_NUMBER] = {"number", SID_NUMBER_REGISTRATION}, [REVIEW_TOLL_FREE] = {"toll_free", SID_TOLL_FREE},
};

const char *sb_review_object_name(enum review_object o) { return objects[o].name; }

enum review_object sb_review_object_of(enum sid_kind kind)
{
    for (int o = 0; o < REVIEW_OBJECTS; o++)
        if (objects[o].kind == kind) return (enum review_object)o;
    return REVIEW_OBJECTS;
}

struct review_plan sb_review_plan_default(void)
{
    struct review_plan plan = {.person_ms_min = 500, .person_ms_max = 2000, .brand_score = -1, .links_required = true};
    for (int o = 0; o < REVIEW_OBJECTS; o++)
        plan.objects[o] = (struct review_time){.pending_ms_min = 200, .pending_ms_max = 1000, .review_ms_min = 500,
                                               .review_ms_max = 2000};
    return plan;
}

uint32_t sb_review_draw(struct sandbox *sb, uint32_t min, uint32_t max)
{
    return max <= min ? min : min + (uint32_t)rng_below(&sb->registry->rng, (uint64_t)max - min + 1);
}

static struct review_time *time_of(struct sandbox *sb, const struct thing *t)
{
    enum review_object o = sb_review_object_of(t->kind);
    BUG_IF(o == REVIEW_OBJECTS);
    return &sb->registry->plan.objects[o];
}

/* Each family of codes belongs to some objects (twilio-errors.tsv, reference 11.2, 12.4, 12.5, 13). */
bool sb_review_code_fits(enum review_object o, int code)
{
    static const struct {
        int first, last;
        unsigned objects;
    } families[] = {
        {18001, 18099, 1u << REVIEW_PROFILE | 1u << REVIEW_PRODUCT},
        {18601, 18610, 1u << REVIEW_PROFILE | 1u << REVIEW_PRODUCT},
        {22200, 22230, 1u << REVIEW_PROFILE | 1u << REVIEW_PRODUCT},
        {21736, 21741, 1u << REVIEW_BRAND},
        {30701, 30799, 1u << REVIEW_BRAND},
        {30880, 30999, 1u << REVIEW_CAMPAIGN},
        {30538, 30570, 1u << REVIEW_CAMPAIGN | 1u << REVIEW_TOLL_FREE},
        {30436, 30527, 1u << REVIEW_TOLL_FREE},
        {30825, 30879, 1u << REVIEW_TOLL_FREE},
        {30125, 30126, 1u << REVIEW_NUMBER},
    };
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        if (code >= families[i].first && code <= families[i].last) return (families[i].objects >> o & 1) != 0;
    return false;
}

/* ---- verdicts ---- */

static bool rule_code(struct sandbox *sb, const struct thing *t, int *code)
{
    struct review_plan *plan = &sb->registry->plan;
    for (size_t i = 0; i < plan->rule_count; i++) {
        struct review_rule *r = &plan->rules[i];
        if (r->object != REVIEW_OBJECTS && r->object != sb_review_object_of(t->kind)) continue;
        if (r->sid[0] != '\0' && strcmp(r->sid, t->sid) != 0) continue;
        *code = r->code;
        if (--r->times == 0) memmove(r, r + 1, (--plan->rule_count - i) * sizeof *r);
        return true;
    }
    return false;
}

/* The first code of t's family that `text` asks for. */
static int magic_in(const struct thing *t, struct str text)
{
    const struct str mark = STR("REJECT-"), once = STR("ONCE-");
    size_t at;
    while ((at = str_find(text, mark)) < text.len) {
        uint64_t code = 0;
        bool only_once;
        text = str_slice(text, at + mark.len, text.len);
        only_once = str_starts(text, once);
        if (only_once) text = str_slice(text, once.len, text.len);
        if (str_to_u64(str_slice(text, 0, 5), &code) != ERR_OK || (only_once && t->rejected > 0)) continue;
        if (sb_review_code_fits(sb_review_object_of(t->kind), (int)code)) return (int)code;
    }
    return 0;
}

static int magic_of_facts(const struct thing *t, const struct thing *holder)
{
    char *text = json_dumps(holder->facts, JSON_COMPACT);
    int code = text == NULL ? 0 : magic_in(t, str_from(text));
    free(text);
    return code;
}

/* A bundle is judged with what is assigned to it, and with the addresses that its documents name. */
static int magic_of_bundle(const struct sandbox *sb, const struct thing *t, const struct thing *bundle)
{
    const struct thing *o, *at = bundle->first;
    int code = magic_of_facts(t, bundle);
    while (code == 0 && (o = sb_trust_assigned(sb, &at)) != NULL) {
        const struct thing *address = o->kind == SID_DOCUMENT ? sb_trust_address(sb, o) : NULL;
        if (o->kind != SID_PROFILE) code = magic_of_facts(t, o);
        if (code == 0 && address != NULL) code = magic_of_facts(t, address);
    }
    return code;
}

static int magic_of(const struct sandbox *sb, const struct thing *t)
{
    const struct thing *profile, *product;
    switch (t->kind) {
    case SID_PROFILE:
    case SID_PRODUCT: return magic_of_bundle(sb, t, t);
    case SID_BRAND: {
        int code;
        profile = sb_trust_bundle(sb, sb_fact(t, "customer_profile_bundle_sid"));
        product = sb_trust_bundle(sb, sb_fact(t, "a2p_profile_bundle_sid"));
        code = profile == NULL ? 0 : magic_of_bundle(sb, t, profile);
        return code != 0 || product == NULL ? code : magic_of_bundle(sb, t, product);
    }
    default: return magic_of_facts(t, t);
    }
}

static int chance_code(struct sandbox *sb, const struct thing *t)
{
    static const int codes[REVIEW_OBJECTS][6] = {
        [REVIEW_PROFILE] = {18601, 18602, 18603, 18604, 18606, 18609},
        [REVIEW_PRODUCT] = {18601, 18602, 18603, 18604, 18606, 18609},
        [REVIEW_BRAND] = {30795, 30796, 30797, 30798, 30799, 30754},
        [REVIEW_CAMPAIGN] = {30886, 30893, 30896, 30887, 30908, 30909},
        [REVIEW_NUMBER] = {30125, 30126, 30125, 30126, 30125, 30126},
        [REVIEW_TOLL_FREE] = {30445, 30446, 30473, 30476, 30513, 30544},
    };
    enum review_object o = sb_review_object_of(t->kind);
    if (!rng_chance(&sb->registry->rng, time_of(sb, t)->reject_per_million)) return 0;
    return codes[o][rng_below(&sb->registry->rng, 6)];
}

static int fault_of(const struct sandbox *sb, const struct thing *t)
{
    switch (t->kind) {
    case SID_PROFILE:
    case SID_PRODUCT: return sb_bundle_fault(sb, t);
    case SID_BRAND: return sb_brand_fault(sb, t);
    case SID_CAMPAIGN: return sb_campaign_fault(sb, t);
    default: return 0;
    }
}

static int verdict(struct sandbox *sb, const struct thing *t)
{
    int code;
    if (rule_code(sb, t, &code)) return code;
    if ((code = magic_of(sb, t)) != 0) return code;
    if ((code = fault_of(sb, t)) != 0) return code;
    return chance_code(sb, t);
}

/* ---- the pile ---- */

static void moved(struct sandbox *sb, struct thing *t, int code)
{
    switch (t->kind) {
    case SID_PROFILE:
    case SID_PRODUCT: sb_bundle_moved(sb, t, code); break;
    case SID_BRAND: sb_brand_moved(sb, t, code); break;
    case SID_CAMPAIGN: sb_campaign_moved(sb, t, code); break;
    case SID_NUMBER_REGISTRATION: sb_number_moved(sb, t, code); break;
    case SID_TOLL_FREE: sb_toll_free_moved(sb, t, code); break;
    default: break;
    }
}

static void plan_next(struct sandbox *sb, struct thing *t)
{
    const struct review_time *time = time_of(sb, t);
    if (time->held) {
        sb_thing_plan(sb, t, THING_RESTS, 0);
        return;
    }
    if (t->state == THING_PENDING)
        sb_thing_plan(sb, t, THING_IS_TAKEN_UP, sb_review_draw(sb, time->pending_ms_min, time->pending_ms_max));
    else if (t->state == THING_REVIEW)
        sb_thing_plan(sb, t, THING_IS_JUDGED, sb_review_draw(sb, time->review_ms_min, time->review_ms_max));
}

void sb_review_submit(struct sandbox *sb, struct thing *t)
{
    sb_thing_move(sb, t, THING_PENDING);
    t->submitted++;
    json_decref(t->errors);
    t->errors = NULL;
    plan_next(sb, t);
    moved(sb, t, 0);
}

static void take_up(struct sandbox *sb, struct thing *t)
{
    sb_thing_move(sb, t, THING_REVIEW);
    plan_next(sb, t);
    moved(sb, t, 0);
}

static void judge(struct sandbox *sb, struct thing *t, int code)
{
    sb_thing_plan(sb, t, THING_RESTS, 0);
    sb_thing_move(sb, t, code == 0 ? THING_APPROVED : THING_REJECTED);
    t->rejected += code != 0;
    moved(sb, t, code);
}

enum err sb_review_decide(struct sandbox *sb, struct thing *t, int code)
{
    if (t->state != THING_PENDING && t->state != THING_REVIEW) return ERR_CONFLICT;
    if (t->state == THING_PENDING) take_up(sb, t);
    judge(sb, t, code);
    return ERR_OK;
}

enum err sb_review_suspend(struct sandbox *sb, struct thing *t, bool suspended)
{
    enum thing_state state = suspended ? THING_SUSPENDED : THING_APPROVED;
    if (t->state != (suspended ? THING_APPROVED : THING_SUSPENDED)) return ERR_CONFLICT;
    sb_thing_move(sb, t, state);
    moved(sb, t, 0);
    return ERR_OK;
}

void sb_review_release(struct sandbox *sb, enum review_object o)
{
    struct thing *t;
    for (uint64_t n = 0; (t = sb_thing_at(sb, objects[o].kind, n)) != NULL; n++)
        if (!t->removed && (t->state == THING_PENDING || t->state == THING_REVIEW) && !sb_fact_is(t, "_mail_sent"))
            plan_next(sb, t); /* a mail that waits for its click is in nobody's pile */
}

void sb_review_await_person(struct sandbox *sb, struct thing *t)
{
    const struct review_plan *plan = &sb->registry->plan;
    if (plan->person_silent) return;
    sb_thing_plan(sb, t, THING_PERSON_ACTS, sb_review_draw(sb, plan->person_ms_min, plan->person_ms_max));
}

static void is_judged(struct sandbox *sb, struct thing *t)
{
    int late = 0;
    if (t->kind == SID_BRAND && sb_brand_waits(sb, t, &late)) return;
    judge(sb, t, late != 0 ? late : verdict(sb, t));
}

/* An expired passcode leaves its brand as it is, but says so. */
static void passcode_expires(struct thing *brand)
{
    json_decref(brand->errors);
    brand->errors = sb_review_errors(30752);
}

static void person_acts(struct sandbox *sb, struct thing *t)
{
    if (t->kind == SID_VETTING)
        sb_vetting_done(sb, t);
    else if (sb_brand_person_acted(sb, t))
        judge(sb, t, verdict(sb, t));
}

void sb_registry_step(struct sandbox *sb)
{
    struct thing *t = HEAP_OWNER(heap_top(&sb->registry->reviews), struct thing, due);
    enum thing_step step = t->step;
    sb_thing_plan(sb, t, THING_RESTS, 0);
    switch (step) {
    case THING_IS_TAKEN_UP: take_up(sb, t); break;
    case THING_IS_JUDGED:
        if (t->state == THING_REVIEW)
            is_judged(sb, t);
        else
            passcode_expires(t);
        break;
    case THING_PERSON_ACTS: person_acts(sb, t); break;
    default: break;
    }
}
