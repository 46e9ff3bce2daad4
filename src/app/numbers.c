/* numbers: orders and moves, as changes. Contract in numbers.h. */
#include "app/numbers.h"

#include "app/absent.h"
#include "app/orgs.h"
#include "app/owned_view.h"
#include "app/pump.h"
#include "app/senders_walk.h"
#include "base/mutant.h"
#include "rules/phone.h"
#include "rules/tier.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DAY_MS INT64_C(86400000)
#define DOLLARS "%" PRId64 ".%02" PRId64
#define DOLLARS_ARG(micros) (micros) / 1000000, (micros) / 10000 % 100

/* ---- what all share ---- */

bool numbers_canonical(struct str text, const char *region, char out[20])
{
    struct phone phone;
    struct fault f;

    if (phone_parse_sender(text, region, &phone, &f) != ERR_OK) return false;
    if (phone.type == PHONE_SHORT_CODE) (void)snprintf(out, 20, "%" PRIu64, phone.digits);
    else phone_format_e164(phone.digits, out);
    return true;
}

enum owned_kind numbers_kind_of(struct str number)
{
    struct phone phone;
    struct fault f;

    if (phone_parse_sender(number, "US", &phone, &f) != ERR_OK) return OWNED_LOCAL;
    if (phone.type == PHONE_SHORT_CODE) return OWNED_SHORT_CODE;
    if (phone.type == PHONE_TOLL_FREE) return OWNED_TOLL_FREE;
    return phone.type == PHONE_MOBILE ? OWNED_MOBILE : OWNED_LOCAL;
}

/* Rows are there: the workers begin, and the engine learns of a sender that changed. */
static bool on_stored(struct app_job *job)
{
    struct numbers_job *j = job->context;
    struct note n = {.kind = NOTE_ORG_CHANGED, .org = j->change.org};

    if (j->change.sender != NULL) job->app->tell(job->app->pump, &n);
    if (job->app->wake_numbers != NULL) job->app->wake_numbers(job->app->numbers_owner);
    return false;
}

static void prepare(struct app *app, org_id org, struct owned_number *rows, size_t count, struct numbers_job *out)
{
    struct str program = out->program;

    *out = (struct numbers_job){.rows = rows, .program = program, .sender = out->sender,
                                .sender_was = out->sender_was};
    out->change = (struct change_owned){.head = {.kind = CHANGE_OWNED}, .org = org, .rows = rows, .count = count};
    out->job = (struct app_job){.app = app, .change = &out->change.head, .after = on_stored, .context = out};
}

static void take_sender(struct numbers_job *out)
{
    out->change.sender = &out->sender;
    out->change.sender_was = &out->sender_was;
}

static enum err memory_is_out(struct problem *p)
{
    return problem_set(p, ERR_FULL, "There is no memory for this request now.");
}

static enum err find_program(struct store_reader *r, struct arena *a, org_id org, struct str name,
                             struct program *out, struct problem *p)
{
    enum err code = orgs_program(r, a, org, name, out);

    if (code == ERR_NOT_FOUND)
        return problem_field(p, "program", name, "There is no such program in this organization.",
                             "Use one of GET /v1/programs, or leave it out.");
    return code == ERR_OK ? ERR_OK : problem_set(p, code, "The organization's programs cannot be read now.");
}

enum err numbers_sender(struct app *app, struct store_reader *r, const struct owned_number *n, struct sender *out)
{
    struct phone phone = {0};
    struct fault f;
    enum err code = r->store->ops->sender_by_address(r, n->org, str_from(n->number), out);

    if (code != ERR_NOT_FOUND) return code;
    *out = (struct sender){.org = n->org, .program = n->program, .state = SENDER_ACTIVE, .kind = SENDER_LONG_CODE,
                           .created_ms = clock_wall_ms(app->clock)};
    if (phone_parse_sender(str_from(n->number), "US", &phone, &f) != ERR_OK) return ERR_INVALID;
    if (phone.type == PHONE_SHORT_CODE) out->kind = SENDER_SHORT_CODE;
    if (phone.type == PHONE_TOLL_FREE) out->kind = SENDER_TOLL_FREE;
    out->number = phone.digits;
    out->verified = out->kind == SENDER_LONG_CODE;
    memcpy(out->address, n->number, sizeof out->address);
    memcpy(out->sid, n->sid, sizeof out->sid);
    return ERR_NOT_FOUND;
}

/* ---- ordering ---- */

int64_t numbers_price_micros(const struct settings *s, enum number_type type)
{
    if (type == NUMBER_TOLL_FREE) return s->numbers_toll_free_price_micros;
    return type == NUMBER_MOBILE ? s->numbers_mobile_price_micros : s->numbers_local_price_micros;
}

static enum err check_price(const struct settings *s, const struct number_order *o, struct problem *p)
{
    int64_t price = numbers_price_micros(s, o->wish.search.type) * (int64_t)o->count;

    char reason[160];

    if (o->monthly_max_micros >= price) return ERR_OK;
    (void)snprintf(reason, sizeof reason, "%zu number(s) cost " DOLLARS " dollars a month, %s.", o->count,
                   DOLLARS_ARG(price), o->monthly_max_micros < 0 ? "which nobody agreed to"
                                                                    : "which is more than that");
    return problem_field(p, "monthly_cost_max_micros", (struct str){NULL, 0}, reason,
                         "Send what it may cost a month, in millionths of a dollar.");
}

static bool is_digits(struct str text, size_t least, size_t most)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] < '0' || text.at[i] > '9') return false;
    return text.len >= least && text.len <= most;
}

static void check_wish(const struct number_wish *w, struct problem *p)
{
    struct str country = w->search.country;

    if (country.len != 2 || country.at[0] < 'A' || country.at[0] > 'Z' || country.at[1] < 'A' || country.at[1] > 'Z')
        (void)problem_field(p, "country", country, "It is no country code.", "Give two capital letters, as US.");
    if (w->search.area_code.len > 0 && !is_digits(w->search.area_code, 3, 3))
        (void)problem_field(p, "area_code", w->search.area_code, "It is no area code.", "Give three digits, as 415.");
    if (w->search.contains.len == 1)
        (void)problem_field(p, "contains", w->search.contains, "It is too short.", "Give two characters at least.");
}

static enum err fill_orders(struct app *app, struct arena *a, const struct org *org, const struct number_order *o,
                            uint32_t program, struct owned_number *rows, struct problem *p)
{
    int64_t now_ms = clock_wall_ms(app->clock);

    for (size_t i = 0; i < o->count; i++) {
        struct number_wish wish = o->wish;
        char number[20] = "";
        struct buf text;
        if (o->exact != NULL && (!numbers_canonical(o->exact[i], org->region, number) || number[0] != '+'))
            return problem_field(p, "numbers", o->exact[i], "It is no number that can be bought.",
                                 "Give one that a search offered, as +14155552671.");
        if (o->exact != NULL &&
            (numbers_kind_of(str_from(number)) == OWNED_TOLL_FREE) != (wish.search.type == NUMBER_TOLL_FREE))
            return problem_field(p, "numbers", o->exact[i], "It is of another type than was said, and price.",
                                 "Say type toll_free of toll-free numbers, and of no others.");
        wish.number = str_from(number);
        buf_init(&text, NUMBER_WISH_BYTES_MAX);
        number_wish_write(&wish, &text);
        rows[i] = (struct owned_number){.org = org->id, .program = program, .state = OWNED_WANTED, .next_ms = now_ms,
                                        .kind = (enum owned_kind)wish.search.type, .created_ms = now_ms,
                                        .updated_ms = now_ms, .wish = arena_str(a, buf_str(&text))};
        memcpy(rows[i].number, number, sizeof number);
        if (buf_check(&text) != ERR_OK) (void)problem_set(p, ERR_INVALID, "What is searched for is too long.");
        buf_free(&text);
    }
    return problem_check(p);
}

enum err numbers_order(struct app *app, struct store_reader *r, struct arena *a, const struct org *org,
                       const struct number_order *order, struct numbers_job *out, struct problem *p)
{
    struct owned_number *rows = arena_alloc(a, order->count * sizeof *rows);
    struct program program;

    if (rows == NULL) return memory_is_out(p);
    check_wish(&order->wish, p);
    if (problem_check(p) != ERR_OK || check_price(app->settings, order, p) != ERR_OK ||
        find_program(r, a, org->id, order->program, &program, p) != ERR_OK ||
        fill_orders(app, a, org, order, program.id, rows, p) != ERR_OK)
        return problem_check(p);
    out->program = program.name;
    prepare(app, org->id, rows, order->count, out);
    return ERR_OK;
}

/* ---- adopting, recording ---- */

/* The row of a number that was found, or a new one. */
static enum err row_for(struct app *app, struct store_reader *r, struct arena *a, const struct org *org,
                        const char *number, struct owned_number *out, struct problem *p)
{
    enum err code = r->store->ops->owned_by_number(r, a, org->id, str_from(number), out);

    if (code == ERR_OK && out->state != OWNED_FOUND)
        return problem_set(p, ERR_CONFLICT, "The organization has %s already: it is %s.", number,
                           owned_state_name(out->state));
    if (code == ERR_NOT_FOUND) {
        *out = (struct owned_number){.org = org->id, .created_ms = clock_wall_ms(app->clock)};
        (void)snprintf(out->number, sizeof out->number, "%s", number);
        code = ERR_OK;
    }
    return code == ERR_OK ? ERR_OK : problem_set(p, code, "The organization's numbers cannot be read now.");
}

enum err numbers_adopt(struct app *app, struct store_reader *r, struct arena *a, const struct org *org,
                       struct str number, struct str program_name, bool is_operator, struct numbers_job *out,
                       struct problem *p)
{
    struct owned_number *n = arena_alloc(a, sizeof *n);
    struct program program;
    char canonical[20];

    if (n == NULL) return memory_is_out(p);
    if (org->account_sid[0] == '\0' && !is_operator)
        return problem_set(p, ERR_DENIED, "The organization has no Twilio account of its own: whose a number is, is for "
                           "an operator to say.");
    if (!numbers_canonical(number, org->region, canonical) || canonical[0] != '+')
        return problem_field(p, "number", number, "It is no number that can be adopted.",
                             "Give one of the account, as +14155552671; a short code is recorded.");
    if (find_program(r, a, org->id, program_name, &program, p) != ERR_OK ||
        row_for(app, r, a, org, canonical, n, p) != ERR_OK)
        return problem_check(p);
    n->program = program.id;
    n->state = OWNED_SETTING_UP;
    n->kind = numbers_kind_of(str_from(canonical));
    n->why = (struct str){NULL, 0};
    n->failures = 0;
    n->updated_ms = n->next_ms = clock_wall_ms(app->clock);
    out->program = program.name;
    prepare(app, org->id, n, 1, out);
    return ERR_OK;
}

enum err numbers_record(struct app *app, struct store_reader *r, struct arena *a, const struct org *org,
                        const struct number_record *q, struct numbers_job *out, struct problem *p)
{
    struct owned_number *n = arena_alloc(a, sizeof *n);
    struct program program;
    char canonical[20];
    enum err code;

    if (n == NULL) return memory_is_out(p);
    if (!numbers_canonical(q->number, org->region, canonical) ||
        (canonical[0] == '+') == (q->kind == OWNED_SHORT_CODE))
        return problem_field(p, "number", q->number, "It is no number of that kind.",
                             "Give a short code of 5 or 6 digits, or a hosted number as +14155552671.");
    if (find_program(r, a, org->id, q->program, &program, p) != ERR_OK ||
        row_for(app, r, a, org, canonical, n, p) != ERR_OK)
        return problem_check(p);
    n->program = program.id;
    n->state = OWNED_ACTIVE;
    n->kind = q->kind;
    n->notes = q->notes;
    n->since_ms = q->since_ms;
    n->updated_ms = clock_wall_ms(app->clock);
    if (q->sid.len > 0 && str_copy(q->sid, n->sid, sizeof n->sid) != ERR_OK)
        return problem_field(p, "sid", q->sid, "It is no SID.", "Give SC or PN and 32 hexadecimal digits.");
    code = numbers_sender(app, r, n, &out->sender);
    if (code != ERR_OK && code != ERR_NOT_FOUND)
        return problem_set(p, code, "The organization's senders cannot be read now.");
    out->sender_was = out->sender;
    out->sender.verified = q->approved;
    out->program = program.name;
    prepare(app, org->id, n, 1, out);
    take_sender(out);
    return ERR_OK;
}

/* ---- moving ---- */

static enum err illegal(const struct owned_number *n, const char *what, struct problem *p)
{
    return problem_set(p, ERR_CONFLICT, "The number is %s: %s.", owned_state_name(n->state), what);
}

/* Its sender, if it has one, goes with it, in the same commit. */
static enum err with_sender(struct app *app, struct store_reader *r, const struct owned_number *n,
                            enum sender_state state, struct numbers_job *out, bool *has, struct problem *p)
{
    enum err code = n->number[0] == '\0' ? ERR_NOT_FOUND : numbers_sender(app, r, n, &out->sender);

    out->sender_was = out->sender;
    *has = code == ERR_OK;
    if (!MUTANT(quarantined_still_sends) || state != SENDER_HELD) out->sender.state = state;
    return code == ERR_OK || code == ERR_NOT_FOUND || code == ERR_INVALID
               ? ERR_OK : problem_set(p, code, "The organization's senders cannot be read now.");
}

static enum err quarantine(struct app *app, struct owned_number *n, int64_t days, struct problem *p)
{
    if (n->state != OWNED_ACTIVE && n->state != OWNED_SETTING_UP)
        return illegal(n, "only one that is active can be quarantined", p);
    if (days < 0) days = app->settings->numbers_quarantine_days;
    n->state = OWNED_QUARANTINED;
    n->until_ms = clock_wall_ms(app->clock) + days * DAY_MS;
    n->next_ms = 0;
    return ERR_OK;
}

static enum err restore(struct owned_number *n, struct problem *p)
{
    if (n->state != OWNED_QUARANTINED) return illegal(n, "only one that is quarantined can be restored", p);
    n->state = OWNED_ACTIVE;
    n->until_ms = n->next_ms = 0;
    return ERR_OK;
}

/* One that was quarantined before it was set up: it goes on with that, and its sender becomes active there. */
static void set_up_first(struct app *app, struct owned_number *n, bool *has_sender)
{
    if (*has_sender && (n->sid[0] != '\0' || n->kind == OWNED_SHORT_CODE || n->kind == OWNED_HOSTED)) return;
    *has_sender = false;
    n->state = OWNED_SETTING_UP;
    n->next_ms = clock_wall_ms(app->clock);
}

static enum err release(struct app *app, struct owned_number *n, bool force, struct problem *p)
{
    int64_t now_ms = clock_wall_ms(app->clock);

    if (n->state == OWNED_WANTED) { /* nothing was bought yet: the wish is taken back */
        n->state = OWNED_RELEASED;
        n->next_ms = 0;
        return ERR_OK;
    }
    if (n->state == OWNED_BUYING || !owned_is_live(n->state) || n->state == OWNED_RELEASING)
        return illegal(n, "there is nothing to release, or not yet", p);
    if (!force && n->state != OWNED_QUARANTINED)
        return illegal(n, "quarantine it first, or force the release", p);
    if (!force && n->until_ms > now_ms)
        return problem_set(p, ERR_CONFLICT, "Its quarantine lasts %" PRId64 " more day(s): wait, or force the release.",
                           (n->until_ms - now_ms + DAY_MS - 1) / DAY_MS);
    n->state = OWNED_RELEASING;
    n->next_ms = now_ms;
    return ERR_OK;
}

static enum err retry(struct app *app, struct owned_number *n, struct problem *p)
{
    if (n->state == OWNED_FAILED) n->state = n->sid[0] == '\0' && n->wish.len > 0 ? OWNED_WANTED : OWNED_SETTING_UP;
    else if (n->state != OWNED_SETTING_UP && n->state != OWNED_RELEASING && n->state != OWNED_WANTED)
        return illegal(n, "there is nothing to try again", p);
    n->next_ms = clock_wall_ms(app->clock);
    return ERR_OK;
}

enum err numbers_move(struct app *app, struct store_reader *r, struct arena *a, const struct owned_number *now,
                      const struct number_move *m, struct numbers_job *out, struct problem *p)
{
    struct owned_number *n = arena_alloc(a, sizeof *n);
    enum sender_state state = m->verb == NUMBER_QUARANTINE ? SENDER_HELD : m->verb == NUMBER_RESTORE ? SENDER_ACTIVE
                                                                                                     : SENDER_REMOVED;
    bool has_sender = false;
    enum err code;

    if (n == NULL) return memory_is_out(p);
    *n = *now;
    code = m->verb == NUMBER_QUARANTINE ? quarantine(app, n, m->days, p)
           : m->verb == NUMBER_RESTORE  ? restore(n, p)
           : m->verb == NUMBER_RELEASE  ? release(app, n, m->force, p)
                                        : retry(app, n, p);
    /* What was not bought yet has no sender: one of that address was there before. */
    if (code == ERR_OK && m->verb != NUMBER_RETRY && now->state != OWNED_WANTED)
        code = with_sender(app, r, n, state, out, &has_sender, p);
    if (code != ERR_OK) return code;
    if (m->verb == NUMBER_RESTORE) set_up_first(app, n, &has_sender);
    n->why = (struct str){NULL, 0};
    n->code = 0;
    n->failures = 0;
    n->updated_ms = clock_wall_ms(app->clock);
    prepare(app, n->org, n, 1, out);
    if (has_sender) take_sender(out);
    return ERR_OK;
}

enum err numbers_edit(struct app *app, struct arena *a, const struct owned_number *now, struct str notes,
                      int64_t since_ms, struct numbers_job *out, struct problem *p)
{
    struct owned_number *n = arena_alloc(a, sizeof *n);

    if (n == NULL) return memory_is_out(p);
    *n = *now;
    n->notes = notes;
    if (since_ms >= 0) n->since_ms = since_ms;
    n->updated_ms = clock_wall_ms(app->clock);
    prepare(app, n->org, n, 1, out);
    return ERR_OK;
}

/* ---- planning ---- */

static enum err count_senders(struct store_reader *r, const struct program *g, enum sender_kind kind,
                              struct number_plan_ask *ask)
{
    const struct sender *s;
    struct senders_walk w;
    struct absent absent;
    enum err code = absent_read(r, g->org, &absent);

    senders_walk_begin(&w, r, g->org);
    while (code == ERR_OK && (s = senders_walk_next(&w)) != NULL) {
        if (s->program != g->id || s->kind != kind || s->state != SENDER_ACTIVE) continue;
        if (absent_has(&absent, s)) ask->absent++;
        else ask->have++;
    }
    absent_free(&absent);
    return code != ERR_OK ? code : w.code;
}

enum err numbers_plan(struct app *app, struct store_reader *r, struct arena *a, const struct org *org,
                      struct str program_name, enum number_type type, int64_t rate_per_min, struct number_plan *out)
{
    const struct settings *s = app->settings;
    const int64_t tiers[] = {s->limits_tier1_per_min, s->limits_tier2_per_min, s->limits_tier3_per_min,
                             s->limits_tier4_per_min};
    int64_t long_code = s->limits_long_code_per_s * 60;
    struct number_plan_ask ask = {.toll_free = type == NUMBER_TOLL_FREE, .rate_per_min = rate_per_min};
    struct program program;
    enum err code = orgs_program(r, a, org->id, program_name, &program);

    if (code == ERR_OK)
        code = count_senders(r, &program, ask.toll_free ? SENDER_TOLL_FREE : SENDER_LONG_CODE, &ask);
    if (code != ERR_OK) return code;
    ask.brand = program.brand;
    ask.tier = (int)tier_of(program.brand, program.brand_score);
    ask.tier_per_min = tiers[ask.tier - 1];
    ask.number_per_min = ask.toll_free ? s->limits_toll_free_per_s * 60
                         : long_code < s->limits_long_code_per_min ? long_code : s->limits_long_code_per_min;
    number_plan_make(&ask, out);
    return ERR_OK;
}

/* ---- noting ---- */

enum err numbers_note(struct app *app, struct store_reader *r, struct arena *a, org_id org, uint32_t program,
                      struct str number, struct str sid, bool bought)
{
    struct owned_number n;
    struct change_owned change = {.head = {.kind = CHANGE_OWNED}, .org = org, .rows = &n, .count = 1};
    enum err code = r->store->ops->owned_by_number(r, a, org, number, &n);

    if (code == ERR_OK && n.state != OWNED_FOUND) return ERR_OK;
    if (code != ERR_OK && code != ERR_NOT_FOUND) return code;
    if (code == ERR_NOT_FOUND) n = (struct owned_number){.created_ms = clock_wall_ms(app->clock)};
    if (str_copy(number, n.number, sizeof n.number) != ERR_OK || str_copy(sid, n.sid, sizeof n.sid) != ERR_OK)
        return ERR_INVALID;
    n.program = program;
    n.state = OWNED_ACTIVE;
    n.kind = numbers_kind_of(number);
    n.bought = bought;
    n.next_ms = 0;
    n.updated_ms = clock_wall_ms(app->clock);
    if (bought && n.since_ms == 0) n.since_ms = n.updated_ms;
    code = store_change_wait(app->queue, &change.head);
    return code == ERR_CONFLICT ? ERR_OK : code; /* somebody noted it meanwhile */
}
