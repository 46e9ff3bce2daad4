/* onboarding_numbers: the numbers of a program: found or bought, put into its service. */
#include "app/account_progress.h"
#include "app/onboarding_inside.h"

#include "twilio/form.h"
#include "twilio/json.h"
#include "twilio/services.h"

#include <stdio.h>
#include <string.h>

enum { TARGET_BYTES = 512, FORM_BYTES = 2048, TAKEN_BY_ANOTHER = 21422, OFFERS = 5 };

static struct onboarding_number *known(struct onboarding_turn *t, struct str number)
{
    for (size_t i = 0; i < t->p.numbers_count; i++)
        if (str_equal(str_from(t->p.numbers[i].number), number)) return &t->p.numbers[i];
    return NULL;
}

static bool keep(struct onboarding_turn *t, const char *sid, struct str number, bool bought, const char *outcome)
{
    struct onboarding_number *n = &t->p.numbers[t->p.numbers_count];

    if (t->p.numbers_count == ONBOARDING_NUMBERS_MAX || known(t, number) != NULL) return true;
    *n = (struct onboarding_number){.bought = bought};
    (void)snprintf(n->sid, sizeof n->sid, "%s", sid);
    if (str_copy(number, n->number, sizeof n->number) != ERR_OK) return true;
    t->p.numbers_count++;
    if (bought) t->p.made[STEP_NUMBERS].mark = MARK_TODO;
    t->words = n->number;
    return turn_store(t, ONBOARDING_RUNNING, turn_now_ms(t), STEP_NUMBERS, outcome, sid);
}

struct number_walk {
    char sid[SID_BYTES], number[20];
    const char *member; /* which must be … */
    struct str value;   /* … this: Twilio takes a number for a pattern */
};

static enum err take_number(void *user, const json_t *item, struct fault *f)
{
    struct number_walk *w = user;

    if (w->sid[0] != '\0' || !str_equal(twilio_json_text(item, w->member), w->value)) return ERR_OK;
    if (twilio_json_copy(item, "sid", w->sid, sizeof w->sid) &&
        twilio_json_copy(item, "phone_number", w->number, sizeof w->number))
        return ERR_OK;
    return fault_set(f, ERR_UNAVAILABLE, "Twilio listed a number without a SID");
}

/* The account's number of which `member` is `value`. */
static enum err find(struct onboarding_turn *t, const char *parameter, const char *member, struct str value,
                     struct number_walk *out)
{
    struct fault f = {0};
    struct buf target;
    struct rest_list list = {TWILIO_API, {NULL, 0}, "incoming_phone_numbers", 2};
    enum err code;

    *out = (struct number_walk){.member = member, .value = value};
    buf_init(&target, TARGET_BYTES);
    buf_addf(&target, "/2010-04-01/Accounts/%s/IncomingPhoneNumbers.json?%s=", t->own.account_sid, parameter);
    url_encode_add(&target, value);
    list.target = buf_str(&target);
    code = rest_each(t->rest, &t->own, &list, take_number, out, &f);
    if (code != ERR_OK) t->words = arena_printf(t->a, "%s", f.what);
    buf_free(&target);
    return code;
}

/* ---- those it has ---- */

static enum onboarding_move take_own(struct onboarding_turn *t, struct str number)
{
    struct number_walk w;
    struct rest_answer none = {0};
    bool begun;
    enum err code;

    if (number.len == 0 || known(t, number) != NULL) return MOVE_ON;
    code = find(t, "PhoneNumber", "phone_number", number, &w);
    if (code != ERR_OK) return turn_failed(t, code, &none, &begun);
    if (w.sid[0] == '\0')
        return turn_mend(t, 0, arena_printf(t->a,
                                            "The account has no number " STR_FMT "; buy or move it there, or take it"
                                            " out of \"numbers\".", STR_ARG(number)));
    return keep(t, w.sid, str_from(w.number), false, "found") ? MOVE_ON : MOVE_LOST;
}

/* Those that were found before, and are not among the facts any more. */
static void drop_others(struct onboarding_turn *t)
{
    size_t kept = 0;

    for (size_t i = 0; i < t->p.numbers_count; i++) {
        struct str list = a2p_fact(&t->facts, A2P_NUMBERS), one;
        bool named = t->p.numbers[i].bought;
        while (list.len > 0 && !named) {
            list = str_cut(list, ',', &one);
            named = str_equal(str_trim(one), str_from(t->p.numbers[i].number));
        }
        if (named) t->p.numbers[kept++] = t->p.numbers[i];
    }
    t->p.numbers_count = kept;
}

/* ---- those that are bought ---- */

static enum err offer(struct onboarding_turn *t, char out[OFFERS][20], size_t *count)
{
    struct str area = a2p_fact(&t->facts, A2P_AREA_CODE), country = a2p_fact(&t->facts, A2P_COUNTRY);
    struct rest_answer answer;
    const json_t *list;
    struct buf target;
    enum err code;

    *count = 0;
    buf_init(&target, TARGET_BYTES);
    buf_addf(&target, "/2010-04-01/Accounts/%s/AvailablePhoneNumbers/%s/Local.json?SmsEnabled=true&PageSize=%d",
             t->own.account_sid, str_equal(country, STR("CA")) ? "CA" : "US", OFFERS);
    if (area.len > 0) {
        buf_add_text(&target, "&AreaCode=");
        url_encode_add(&target, area);
    }
    code = turn_call(t, false, TWILIO_API, buf_text(&target), NULL, &answer);
    buf_free(&target);
    list = code == ERR_OK ? json_object_get(answer.json, "available_phone_numbers") : NULL;
    for (size_t i = 0; i < json_array_size(list) && *count < OFFERS; i++)
        if (twilio_json_copy(json_array_get(list, i), "phone_number", out[*count], 20)) ++*count;
    rest_answer_free(&answer);
    return code;
}

static enum err purchase(struct onboarding_turn *t, const char *number, struct str marker, struct rest_answer *answer)
{
    struct buf form;
    enum err code;

    buf_init(&form, FORM_BYTES);
    form_encode_add(&form, STR("PhoneNumber"), str_from(number));
    form_encode_add(&form, STR("FriendlyName"), marker);
    form_encode_add(&form, STR("SmsUrl"),
                    str_from(arena_printf(t->a, "%s/twilio/%s/inbound", t->app->settings->public_url,
                                          t->org.hook_path)));
    form_encode_add(&form, STR("SmsMethod"), STR("POST"));
    code = turn_call(t, false, TWILIO_API,
                     arena_printf(t->a, "/2010-04-01/Accounts/%s/IncomingPhoneNumbers.json", t->own.account_sid), &form,
                     answer);
    buf_free(&form);
    return code;
}

static enum onboarding_move buy_one(struct onboarding_turn *t, struct str marker)
{
    char offers[OFFERS][20];
    size_t count;
    struct rest_answer answer = {0};
    enum onboarding_move move;
    bool begun;
    enum err code = offer(t, offers, &count);

    if (code != ERR_OK) return turn_failed(t, code, &answer, &begun);
    if (count == 0)
        return turn_mend(t, 21452, "Twilio has no number there; give another area_code, or leave it out.");
    t->p.made[STEP_NUMBERS] = (struct onboarding_made){.mark = MARK_BEGUN, .at_ms = turn_now_ms(t)};
    if (!turn_store(t, ONBOARDING_RUNNING, turn_now_ms(t), STEP_NUMBERS, NULL, NULL)) return MOVE_LOST;
    for (size_t i = 0; i < count; i++) {
        struct number_walk w = {.member = "phone_number", .value = str_from(offers[i])};
        struct fault f;
        code = purchase(t, offers[i], marker, &answer);
        if (code == ERR_OK && (take_number(&w, answer.json, &f) != ERR_OK || w.sid[0] == '\0')) code = ERR_UNAVAILABLE;
        rest_answer_free(&answer);
        if (code == ERR_OK) return keep(t, w.sid, str_from(w.number), true, "bought") ? MOVE_ON : MOVE_LOST;
        if (answer.error_code != TAKEN_BY_ANOTHER) break;
    }
    move = turn_failed(t, code, &answer, &begun);
    if (begun) t->p.made[STEP_NUMBERS].at_ms = turn_now_ms(t);
    else if (move != MOVE_LOST) t->p.made[STEP_NUMBERS].mark = MARK_TODO;
    return move;
}

/* The k-th to be bought: one that carries its mark was bought before we died. */
static enum onboarding_move buy(struct onboarding_turn *t, unsigned k)
{
    const char *marker = arena_printf(t->a, "%s number %u", t->id, k);
    const struct onboarding_made *m = &t->p.made[STEP_NUMBERS];
    int64_t settled_ms = m->at_ms + t->app->settings->onboarding_settle_ms;
    struct rest_answer none = {0};
    struct number_walk w;
    bool begun;
    enum err code = find(t, "FriendlyName", "friendly_name", str_from(marker), &w);

    if (code != ERR_OK) return turn_failed(t, code, &none, &begun);
    if (w.sid[0] != '\0') {
        if (known(t, str_from(w.number)) != NULL) return MOVE_ON;
        return keep(t, w.sid, str_from(w.number), true, "found") ? MOVE_ON : MOVE_LOST;
    }
    if (m->mark == MARK_BEGUN && turn_now_ms(t) < settled_ms) {
        t->next_ms = settled_ms;
        t->words = "It is not known yet whether a number was bought; looked for again before another.";
        return MOVE_WAIT;
    }
    return buy_one(t, str_from(marker));
}

enum onboarding_move turn_numbers(struct onboarding_turn *t)
{
    struct str list = a2p_fact(&t->facts, A2P_NUMBERS);
    enum onboarding_move move = MOVE_ON;
    uint64_t wanted = 0, own = 0;

    drop_others(t);
    while (list.len > 0 && move == MOVE_ON) {
        struct str one;
        list = str_cut(list, ',', &one);
        move = take_own(t, str_trim(one));
    }
    if (str_to_u64(a2p_fact(&t->facts, A2P_NUMBERS_TO_BUY), &wanted) != ERR_OK) wanted = 0;
    for (size_t i = 0; i < t->p.numbers_count; i++) own += !t->p.numbers[i].bought;
    if (wanted > ONBOARDING_NUMBERS_MAX - own) wanted = ONBOARDING_NUMBERS_MAX - own; /* a service takes no more */
    for (unsigned k = 1; k <= wanted && move == MOVE_ON; k++) move = buy(t, k);
    return move == MOVE_ON ? turn_done(t, STEP_NUMBERS, "", "ready") : move;
}

/* ---- into the service ---- */

/* Does Twilio tell us how the registration of a number ends? Only events do. */
static bool is_told(struct onboarding_turn *t)
{
    struct account_progress *p = arena_alloc(t->a, sizeof *p);
    struct account_work w;

    return p != NULL && t->r->store->ops->account_get(t->r, t->a, t->g.org, &w) == ERR_OK &&
           account_progress_read(w.progress, p) == ERR_OK && p->subscription_sid[0] != '\0';
}

/* Carriers drop what comes from a number that they do not know under the campaign yet. */
static enum onboarding_move confirm(struct onboarding_turn *t)
{
    struct onboarding_made *m = &t->p.made[STEP_NUMBERS_IN];
    size_t open = 0;

    for (size_t i = 0; i < t->p.numbers_count; i++) {
        const struct onboarding_number *n = &t->p.numbers[i];
        if (n->refused != 0)
            return turn_mend(t, n->refused,
                             arena_printf(t->a, "The number %s was not registered with the campaign. Take it out of the"
                                                " service and submit again, or ask Twilio's support.", n->number));
        open += !n->registered;
    }
    if (open == 0 || !is_told(t)) return turn_done(t, STEP_NUMBERS_IN, "", open == 0 ? "registered" : "attached");
    if (m->mark != MARK_BEGUN) *m = (struct onboarding_made){.mark = MARK_BEGUN, .at_ms = turn_now_ms(t)};
    t->next_ms = m->at_ms + t->app->settings->onboarding_numbers_wait_ms;
    if (turn_now_ms(t) >= t->next_ms) return turn_done(t, STEP_NUMBERS_IN, "", "attached");
    t->words = "Twilio registers the numbers with the campaign; that takes minutes as a rule.";
    return MOVE_WAIT;
}

enum onboarding_move turn_attach(struct onboarding_turn *t)
{
    for (size_t i = 0; i < t->p.numbers_count; i++) {
        struct onboarding_number *n = &t->p.numbers[i];
        struct fault f = {0};
        enum err code;
        if (n->attached) continue;
        code = services_attach_number(t->rest, &t->own, str_from(t->p.made[STEP_SERVICE].sid), str_from(n->sid), &f);
        if (code != ERR_OK) {
            struct rest_answer none = {0};
            bool begun;
            t->words = arena_printf(t->a, "%s", f.what);
            return turn_failed(t, code, &none, &begun);
        }
        n->attached = true;
    }
    return confirm(t);
}
