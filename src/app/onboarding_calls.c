/* onboarding_calls: requests of a turn, and what their ends prove. Contract in onboarding_inside.h. */
#include "app/onboarding_inside.h"

#include "base/failpoint.h"
#include "base/mutant.h"
#include "twilio/json.h"

#include <string.h>

enum { PAGES_MAX = 200, TARGET_BYTES = 512 };

static const struct twilio_account *account_of(const struct onboarding_turn *t)
{
    BUG_IF(!t->has_own);
    return MUTANT(parent_registers) ? &t->parent : &t->own;
}

static void answered(void)
{
    FAILPOINT("registration.answered");
}

enum err turn_call(struct onboarding_turn *t, enum twilio_product product, const char *target,
                   const struct buf *form, struct rest_answer *answer)
{
    struct fault f = {0};
    struct rest_call call = {.product = product, .target = str_from(target), .form = form};
    enum err code;

    *answer = (struct rest_answer){0};
    code = form != NULL && buf_check(form) != ERR_OK ? fault_set(&f, buf_check(form), "the request is too long")
                                                     : rest_do(t->rest, account_of(t), &call, answer, &f);
    if (code != ERR_OK) t->words = arena_printf(t->a, "%s", f.what);
    if (code == ERR_OK && form != NULL) answered();
    return code;
}

enum err turn_remove(struct onboarding_turn *t, enum twilio_product product, const char *target,
                     struct rest_answer *answer)
{
    struct fault f = {0};
    struct rest_call call = {.product = product, .target = str_from(target), .removes = true};
    enum err code;

    code = rest_do(t->rest, account_of(t), &call, answer, &f);
    if (code == ERR_OK) answered();
    if (code != ERR_OK) t->words = arena_printf(t->a, "%s", f.what);
    return code;
}

enum onboarding_move turn_failed(struct onboarding_turn *t, enum err code, const struct rest_answer *answer,
                                 bool *begun)
{
    *begun = answer->class == PROVIDER_CLASS_IN_DOUBT;
    t->code = answer->error_code;
    if (code == ERR_CANCELED) return MOVE_LOST;
    return rest_refused(code) ? MOVE_MEND : MOVE_AGAIN;
}

const char *turn_target(struct onboarding_turn *t, enum registry_kind kind, const char *of, const char *sid)
{
    struct buf target;
    const char *kept;

    buf_init(&target, TARGET_BYTES);
    registry_object_add(&target, kind, of, sid);
    kept = arena_printf(t->a, "%s", buf_text(&target));
    buf_free(&target);
    return kept;
}

struct search_walk {
    const struct turn_search *s;
    char *sid;
};

static bool fits(const struct turn_search *s, const json_t *item)
{
    if (s->not_sid != NULL && str_equal(twilio_json_text(item, s->sid_member), str_from(s->not_sid))) return false;
    for (size_t i = 0; i < 3 && s->match[i].member != NULL; i++)
        if (!str_equal(twilio_json_text(item, s->match[i].member), str_from(s->match[i].value))) return false;
    return true;
}

static enum err take(void *user, const json_t *item, struct fault *f)
{
    struct search_walk *walk = user;

    if (walk->sid[0] != '\0' || !fits(walk->s, item)) return ERR_OK;
    if (!twilio_json_copy(item, walk->s->sid_member, walk->sid, SID_BYTES))
        return fault_set(f, ERR_UNAVAILABLE, "Twilio listed something without a SID");
    return ERR_OK;
}

enum err turn_find(struct onboarding_turn *t, const struct turn_search *s, char sid[SID_BYTES])
{
    struct fault f = {0};
    struct search_walk walk = {s, sid};
    struct rest_list list = {s->product, str_from(s->target), s->key, PAGES_MAX};
    enum err code;

    sid[0] = '\0';
    code = rest_each(t->rest, account_of(t), &list, take, &walk, &f);
    if (code != ERR_OK) t->words = arena_printf(t->a, "%s", f.what);
    return code;
}
