/* onboarding_numbers: the numbers of a program: found or bought, put into its service. */
#include "app/account_progress.h"
#include "app/onboarding_inside.h"

#include "twilio/numbers.h"
#include "twilio/services.h"

#include <stdio.h>
#include <string.h>

enum { OFFERS = 5, TAKEN_TIMES_MAX = 5 };

static struct onboarding_number *known(struct onboarding_turn *t, struct str number)
{
    for (size_t i = 0; i < t->p.numbers_count; i++)
        if (str_equal(str_from(t->p.numbers[i].number), number)) return &t->p.numbers[i];
    return NULL;
}

static bool keep(struct onboarding_turn *t, const char *sid, struct str number, bool bought, const char *outcome)
{
    struct onboarding_number *n = &t->p.numbers[t->p.numbers_count];
    bool full = t->p.numbers_count == ONBOARDING_NUMBERS_MAX;

    BUG_IF(full && bought); /* paid for, and forgotten */
    if (full || known(t, number) != NULL) return true;
    *n = (struct onboarding_number){.bought = bought};
    (void)snprintf(n->sid, sizeof n->sid, "%s", sid);
    if (str_copy(number, n->number, sizeof n->number) != ERR_OK) return true;
    t->p.numbers_count++;
    if (bought) t->p.made[STEP_NUMBERS].mark = MARK_TODO;
    t->words = n->number;
    return turn_store(t, ONBOARDING_RUNNING, turn_now_ms(t), STEP_NUMBERS, outcome, sid);
}

static const char *inbound_url(struct onboarding_turn *t)
{
    return arena_printf(t->a, "%s/twilio/%s/inbound", t->app->settings->public_url, t->org.hook_path);
}

/* The account's number of that address, or of that name. */
static enum err find(struct onboarding_turn *t, enum number_key by, struct str value, struct number_found *out)
{
    struct fault f = {0};
    enum err code = numbers_find(t->rest, &t->own, by, value, str_from(inbound_url(t)), out, &f);

    if (code != ERR_OK) t->words = arena_printf(t->a, "%s", f.what);
    return code;
}

/* ---- those it has ---- */

static enum onboarding_move take_own(struct onboarding_turn *t, struct str number)
{
    struct number_found w;
    struct rest_answer none = {0};
    bool begun;
    enum err code;

    if (number.len == 0 || known(t, number) != NULL) return MOVE_ON;
    code = find(t, NUMBER_BY_ADDRESS, number, &w);
    if (code != ERR_OK) return turn_failed(t, code, &none, &begun);
    if (w.sid[0] == '\0')
        return turn_mend(t, 0, arena_printf(t->a,
                                            "The account has no number " STR_FMT "; buy or move it there, or take it"
                                            " out of \"numbers\".", STR_ARG(number)));
    return keep(t, w.sid, str_from(w.phone_number), false, "found") ? MOVE_ON : MOVE_LOST;
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

struct offers {
    char numbers[OFFERS][20];
    size_t count;
};

static enum err take_offer(void *user, const struct number_offer *o, struct fault *f)
{
    struct offers *all = user;

    (void)f;
    if (all->count < OFFERS && str_copy(str_from(o->phone_number), all->numbers[all->count], 20) == ERR_OK)
        all->count++;
    return ERR_OK;
}

static enum err offer(struct onboarding_turn *t, struct offers *out)
{
    bool is_canada = str_equal(a2p_fact(&t->facts, A2P_COUNTRY), STR("CA"));
    struct number_search s = {.country = is_canada ? STR("CA") : STR("US"), .type = NUMBER_LOCAL, .sms = true,
                              .area_code = a2p_fact(&t->facts, A2P_AREA_CODE), .limit = OFFERS};
    struct fault f = {0};
    enum err code = numbers_search(t->rest, &t->own, &s, take_offer, out, &t->code, &f);

    if (code != ERR_OK) t->words = arena_printf(t->a, "%s", f.what);
    return code;
}

static enum onboarding_move not_bought(struct onboarding_turn *t, enum err code, const struct rest_answer *answer)
{
    bool begun;
    enum onboarding_move move = turn_failed(t, code, answer, &begun);

    if (begun) t->p.made[STEP_NUMBERS].at_ms = turn_now_ms(t);
    else if (move != MOVE_LOST) t->p.made[STEP_NUMBERS].mark = MARK_TODO;
    return move;
}

static enum onboarding_move buy_one(struct onboarding_turn *t, struct str marker)
{
    struct offers offers = {.count = 0};
    struct rest_answer answer = {0};
    struct fault f = {0};
    bool begun;
    enum err code = offer(t, &offers);

    if (code != ERR_OK) {
        answer.error_code = t->code;
        return turn_failed(t, code, &answer, &begun);
    }
    if (offers.count == 0)
        return turn_mend(t, NUMBER_NONE_THERE, "Twilio has no number there; give another area_code, or leave it out.");
    t->p.made[STEP_NUMBERS] = (struct onboarding_made){.mark = MARK_BEGUN, .at_ms = turn_now_ms(t)};
    if (!turn_store(t, ONBOARDING_RUNNING, turn_now_ms(t), STEP_NUMBERS, NULL, NULL)) return MOVE_LOST;
    for (size_t i = 0; i < offers.count; i++) {
        struct number_purchase p = {str_from(offers.numbers[i]), marker, str_from(inbound_url(t))};
        struct number_found bought;
        code = numbers_buy(t->rest, &t->own, &p, &bought, &answer, &f);
        if (code == ERR_OK)
            return keep(t, bought.sid, str_from(bought.phone_number), true, "bought") ? MOVE_ON : MOVE_LOST;
        if (answer.error_code != NUMBER_TAKEN) break;
    }
    t->words = arena_printf(t->a, "%s", f.what);
    if (answer.error_code == NUMBER_TAKEN && t->p.failures < TAKEN_TIMES_MAX) code = ERR_UNAVAILABLE;
    return not_bought(t, code, &answer); /* others were quicker: what is offered then? */
}

static unsigned count_bought(const struct onboarding_turn *t)
{
    unsigned count = 0;

    for (size_t i = 0; i < t->p.numbers_count; i++) count += t->p.numbers[i].bought;
    return count;
}

/* The k-th to be bought: one that carries its mark was bought before we died. */
static enum onboarding_move buy(struct onboarding_turn *t, unsigned k)
{
    const char *marker = arena_printf(t->a, "%s number %u", t->id, k);
    const struct onboarding_made *m = &t->p.made[STEP_NUMBERS];
    int64_t settled_ms = m->at_ms + t->app->settings->onboarding_settle_ms;
    struct rest_answer none = {0};
    struct number_found w;
    bool begun;
    enum err code = find(t, NUMBER_BY_NAME, str_from(marker), &w);

    if (code != ERR_OK) return turn_failed(t, code, &none, &begun);
    if (w.sid[0] != '\0') {
        struct onboarding_number *n = known(t, str_from(w.phone_number));
        if (n == NULL) return keep(t, w.sid, str_from(w.phone_number), true, "found") ? MOVE_ON : MOVE_LOST;
        n->bought = true; /* though the facts name it since */
        return MOVE_ON;
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
    uint64_t wanted = 0, room;

    drop_others(t);
    while (list.len > 0 && move == MOVE_ON) {
        struct str one;
        list = str_cut(list, ',', &one);
        move = take_own(t, str_trim(one));
    }
    if (str_to_u64(a2p_fact(&t->facts, A2P_NUMBERS_TO_BUY), &wanted) != ERR_OK) wanted = 0;
    room = ONBOARDING_NUMBERS_MAX - (t->p.numbers_count - count_bought(t)); /* a service takes no more */
    if (wanted > room) wanted = room;
    /* What is stored as bought is not looked for: its name at Twilio is anybody's to change. */
    for (unsigned k = count_bought(t) + 1; k <= wanted && move == MOVE_ON; k++) move = buy(t, k);
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
