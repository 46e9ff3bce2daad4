/* drift: one look at one account, what it finds, and what is put right. Contract in drift.h. */
#include "app/drift.h"

#include "app/numbers_inside.h"
#include "app/orgs.h"
#include "app/owned_view.h"
#include "app/senders_walk.h"
#include "base/json_out.h"
#include "base/log.h"
#include "base/map.h"

#include <stdio.h>
#include <string.h>

enum { PAGE = 100, FOUND_AT_ONCE = 64, NUMBERS_MAX = 20000, AFTER_FAILURE_MS = 600000 };

/* ---- asking ---- */

static bool on_asked(struct app_job *job)
{
    if (job->app->wake_numbers != NULL) job->app->wake_numbers(job->app->numbers_owner);
    return false;
}

enum err drift_ask(struct app *app, struct store_reader *r, struct arena *a, org_id org, bool repair,
                   struct drift_job *out, struct problem *p)
{
    enum err code;

    *out = (struct drift_job){.change = {.head = {.kind = CHANGE_DRIFT}, .drift = {.org = org, .findings = STR("[]")}}};
    code = r->store->ops->drift_get(r, a, org, &out->change.drift);
    if (code != ERR_OK && code != ERR_NOT_FOUND)
        return problem_set(p, code, "What is known of the account cannot be read now.");
    if (out->change.drift.state != DRIFT_REPAIR) out->change.drift.state = repair ? DRIFT_REPAIR : DRIFT_LOOK;
    out->change.drift.why = (struct str){NULL, 0};
    out->change.drift.next_ms = clock_wall_ms(app->clock);
    out->job = (struct app_job){.app = app, .change = &out->change.head, .after = on_asked};
    return ERR_OK;
}

/* ---- what a look knows ---- */

struct seen_number {
    char number[20], sid[SID_BYTES];
    bool pooled; /* in its program's service */
    bool foreign; /* not this organization's */
    uint32_t program;
};
struct look {
    struct numbers_turn *t;
    bool repair, shared;
    struct buf findings;
    uint32_t count, repaired;
    struct seen_number *numbers;
    size_t numbers_count;
    struct owned_number *rows; /* by id */
    size_t rows_count;
    struct owned_number found[FOUND_AT_ONCE]; /* to be noted in one commit */
    size_t found_count;
    struct map seen;           /* by a number's hash: where it is in `numbers` */
    struct map live, gone;     /* and a live row of it in `rows`, or one that is gone */
    int64_t begun_ms;
    struct program *program; /* whose service is looked at */
};

struct finding {
    const char *kind, *number, *service, *field, *was, *is;
    struct str program;
    bool repairable, repaired;
};

static void add(struct look *l, const struct finding *f)
{
    struct buf *b = &l->findings;

    l->count++;
    l->repaired += f->repaired;
    if (l->count > DRIFT_FINDINGS_MAX) return;
    json_open(b, '{');
    json_put_text(b, "kind", f->kind);
    json_put_str_or_null(b, "program", f->program);
    json_put_text(b, "number", f->number);
    json_put_text(b, "service", f->service);
    json_put_text(b, "field", f->field);
    json_put_text(b, "was", f->was);
    json_put_text(b, "is", f->is);
    json_put_bool(b, "repairable", f->repairable);
    json_put_bool(b, "repaired", f->repaired);
    json_close(b, '}');
}

static bool may_repair(const struct look *l)
{
    return l->repair && l->t->pace(l->t->owner);
}

static bool put_at(struct map *m, const char *number, size_t at)
{
    union map_value *v = map_put(m, str_hash(str_from(number), 0));

    if (v != NULL) v->num = at;
    return v != NULL;
}

static struct owned_number *row_in(const struct look *l, const struct map *m, const char *number)
{
    const union map_value *v = map_get(m, str_hash(str_from(number), 0));

    return v != NULL && strcmp(l->rows[v->num].number, number) == 0 ? &l->rows[v->num] : NULL;
}

static struct owned_number *row_of(const struct look *l, const char *number)
{
    return row_in(l, &l->live, number);
}

static struct seen_number *seen_of(const struct look *l, const char *number)
{
    const union map_value *v = map_get(&l->seen, str_hash(str_from(number), 0));

    return v != NULL && strcmp(l->numbers[v->num].number, number) == 0 ? &l->numbers[v->num] : NULL;
}

static enum err make_room(struct look *l, size_t *room)
{
    size_t more = 2 * *room + PAGE;
    struct owned_number *rows = arena_alloc(l->t->a, more * sizeof *rows);

    if (rows == NULL) return ERR_FULL;
    if (l->rows_count > 0) memcpy(rows, l->rows, l->rows_count * sizeof *rows);
    l->rows = rows;
    *room = more;
    return ERR_OK;
}

static enum err read_rows(struct look *l)
{
    struct numbers_turn *t = l->t;
    size_t room = 0, count = PAGE;
    uint64_t after = 0;
    enum err code = ERR_OK;

    while (count == PAGE && code == ERR_OK) {
        if (room - l->rows_count < PAGE) code = make_room(l, &room);
        if (code == ERR_OK)
            code = t->r->store->ops->owned_list(t->r, t->a, t->org.id, after, &l->rows[l->rows_count], &count);
        if (code != ERR_OK) return code;
        l->rows_count += count;
        if (count > 0) after = l->rows[l->rows_count - 1].id;
    }
    for (size_t i = 0; i < l->rows_count && code == ERR_OK; i++) {
        const struct owned_number *n = &l->rows[i];
        if (owned_is_live(n->state) && !put_at(&l->live, n->number, i)) code = ERR_FULL;
        if (n->state == OWNED_GONE && !put_at(&l->gone, n->number, i)) code = ERR_FULL;
    }
    return code;
}

static enum err put_row(struct look *l, struct owned_number *n)
{
    enum err code = numbers_turn_store(l->t, n, NULL, NULL);

    return code == ERR_CONFLICT ? ERR_OK : code; /* somebody was quicker: the next look sees it */
}

/* ---- the account's numbers ---- */

/* A purchase of ours that is under way: its row does not know the number yet. */
static bool is_being_bought(const struct look *l, struct str name)
{
    uint64_t id;

    if (!str_starts(name, STR("sterling ")) ||
        public_id_parse(l->t->app->ids, PUBLIC_NUMBER, str_slice(name, 9, name.len), &id) != ERR_OK)
        return false;
    for (size_t low = 0, high = l->rows_count; low < high;) { /* rows come by id */
        size_t i = low + (high - low) / 2;
        if (l->rows[i].id == id) return l->rows[i].state == OWNED_WANTED || l->rows[i].state == OWNED_BUYING;
        if (l->rows[i].id < id) low = i + 1;
        else high = i;
    }
    return false;
}

static enum err put_found(struct look *l)
{
    struct change_owned change = {.head = {.kind = CHANGE_OWNED}, .org = l->t->org.id, .rows = l->found,
                                  .count = l->found_count};
    enum err code = l->found_count == 0 ? ERR_OK : store_change_wait(l->t->app->queue, &change.head);

    if (code == ERR_CONFLICT) { /* somebody was quicker with one of them: each by itself */
        code = ERR_OK;
        for (size_t i = 0; i < l->found_count && code == ERR_OK; i++) {
            l->found[i].id = l->found[i].rev = 0; /* what was refused was not made */
            code = put_row(l, &l->found[i]);
        }
    }
    l->found_count = 0;
    return code;
}

static enum err note_found(struct look *l, const struct twilio_number *n)
{
    struct owned_number row = {.org = l->t->org.id, .state = OWNED_FOUND,
                               .kind = numbers_kind_of(str_from(n->phone_number)),
                               .created_ms = numbers_turn_now_ms(l->t)};

    if (is_being_bought(l, n->friendly_name)) return ERR_OK;
    if (str_equal(n->origin, STR("hosted"))) row.kind = OWNED_HOSTED;
    memcpy(row.sid, n->sid, sizeof row.sid);
    if (str_copy(str_from(n->phone_number), row.number, sizeof row.number) != ERR_OK) return ERR_OK;
    add(l, &(struct finding){.kind = "number_found", .number = n->phone_number});
    row.updated_ms = row.created_ms;
    l->found[l->found_count++] = row;
    return l->found_count == FOUND_AT_ONCE ? put_found(l) : ERR_OK;
}

static void compare_webhook(struct look *l, const struct twilio_number *n)
{
    struct finding f = {.kind = "number_webhook", .number = n->phone_number, .field = "sms_url",
                        .was = l->t->inbound, .repairable = true};
    struct fault why;

    if (str_equal(n->sms_url, str_from(l->t->inbound)) && n->sms_application_sid.len == 0) return;
    f.is = arena_printf(l->t->a, STR_FMT, STR_ARG(n->sms_url));
    if (n->sms_application_sid.len > 0) {
        f.field = "sms_application_sid";
        f.was = "";
        f.is = arena_printf(l->t->a, STR_FMT, STR_ARG(n->sms_application_sid));
        f.repairable = false; /* it wins over any address: take it away in the console */
    } else if (may_repair(l))
        f.repaired = numbers_set_webhooks(l->t->rest, &l->t->account, str_from(n->sid), str_from(l->t->inbound),
                                          str_from(l->t->fallback), &why) == ERR_OK;
    add(l, &f);
}

static enum err take_number(void *user, const struct twilio_number *n, struct fault *f)
{
    struct look *l = user;
    struct seen_number *s;

    if (l->numbers_count == NUMBERS_MAX) return fault_set(f, ERR_LIMIT, "the account has more than %d numbers",
                                                          NUMBERS_MAX);
    s = &l->numbers[l->numbers_count++];
    *s = (struct seen_number){.foreign = true};
    memcpy(s->sid, n->sid, sizeof s->sid);
    if (str_copy(str_from(n->phone_number), s->number, sizeof s->number) != ERR_OK)
        return fault_set(f, ERR_UNAVAILABLE, "Twilio listed a number that is too long to be one");
    if (put_at(&l->seen, s->number, l->numbers_count - 1)) return ERR_OK;
    return fault_set(f, ERR_FULL, "there is no memory for the look");
}

/* The requests of a repair must not come between the pages of a list: what is listed is judged afterwards. */
struct listed {
    struct look *l;
    struct twilio_number *all;
    size_t count;
};

static enum err keep_number(void *user, const struct twilio_number *n, struct fault *f)
{
    struct listed *k = user;
    struct twilio_number *copy = &k->all[k->count];
    struct arena *a = k->l->t->a;
    enum err code = take_number(k->l, n, f);

    if (code != ERR_OK) return code;
    *copy = *n;
    copy->friendly_name = arena_str(a, n->friendly_name);
    copy->origin = arena_str(a, n->origin);
    copy->sms_url = arena_str(a, n->sms_url);
    copy->sms_application_sid = arena_str(a, n->sms_application_sid);
    k->count++;
    return ERR_OK;
}

/* It sends already, though nobody wrote it down here; or it is there again. */
static enum err note_sending(struct look *l, const struct twilio_number *n, uint32_t program)
{
    struct numbers_turn *t = l->t;
    struct owned_number *gone = row_of(l, n->phone_number) == NULL ? row_in(l, &l->gone, n->phone_number) : NULL;

    if (gone == NULL)
        return numbers_note(t->app, t->r, t->a, t->org.id, program, str_from(n->phone_number), str_from(n->sid), false);
    gone->state = OWNED_ACTIVE;
    gone->program = program;
    gone->why = (struct str){NULL, 0};
    memcpy(gone->sid, n->sid, sizeof gone->sid);
    return put_row(l, gone);
}

/* `seen`: what was kept of n. */
static enum err judge_number(struct look *l, const struct twilio_number *n, struct seen_number *seen)
{
    struct numbers_turn *t = l->t;
    struct owned_number *row = row_of(l, n->phone_number);
    struct sender sender;
    enum err code = t->r->store->ops->sender_by_address(t->r, t->org.id, str_from(n->phone_number), &sender);

    if (code != ERR_OK && code != ERR_NOT_FOUND) return code;
    if (row == NULL && code == ERR_NOT_FOUND) return l->shared ? ERR_OK : note_found(l, n);
    if (row != NULL && row->state == OWNED_FOUND && code == ERR_NOT_FOUND) {
        add(l, &(struct finding){.kind = "number_found", .number = n->phone_number});
        return ERR_OK;
    }
    seen->foreign = false;
    seen->program = row != NULL && row->program != 0 ? row->program : sender.program;
    if (row == NULL || row->state == OWNED_FOUND) return note_sending(l, n, seen->program);
    if (row->state == OWNED_ACTIVE || row->state == OWNED_QUARANTINED) compare_webhook(l, n);
    return ERR_OK;
}

static enum err look_at_numbers(struct look *l)
{
    struct numbers_turn *t = l->t;
    struct listed k = {.l = l, .all = arena_alloc(t->a, NUMBERS_MAX * sizeof *k.all)};
    enum err code;

    l->numbers = arena_alloc(t->a, NUMBERS_MAX * sizeof *l->numbers);
    if (k.all == NULL || l->numbers == NULL) return fault_set(&t->f, ERR_FULL, "there is no memory for the look");
    if (!t->pace(t->owner)) return ERR_CANCELED;
    code = numbers_list(t->rest, &t->account, STR(""), keep_number, &k, &t->f);
    for (size_t i = 0; i < k.count && code == ERR_OK; i++) code = judge_number(l, &k.all[i], &l->numbers[i]);
    return code == ERR_OK ? put_found(l) : code;
}

/* ---- numbers that are not there any more ---- */

static enum err note_gone(struct look *l, struct owned_number *n)
{
    bool was_found = n->state == OWNED_FOUND;

    if (!was_found) add(l, &(struct finding){.kind = "number_gone", .number = n->number});
    n->state = was_found ? OWNED_RELEASED : OWNED_GONE;
    n->why = was_found ? STR("The organization's account at Twilio has it no more.")
                       : STR("The organization's account at Twilio has it no more, so nothing can leave from it: remove "
                             "its sender, or get it back.");
    n->next_ms = 0;
    return put_row(l, n);
}

/* Whether somebody still means to send from a number that is gone. */
static enum err is_missed(struct look *l, const struct owned_number *n, bool *missed)
{
    struct numbers_turn *t = l->t;
    struct sender sender;
    enum err code = t->r->store->ops->sender_by_address(t->r, t->org.id, str_from(n->number), &sender);

    *missed = code == ERR_OK && sender.state != SENDER_REMOVED && row_of(l, n->number) == NULL;
    return code == ERR_NOT_FOUND ? ERR_OK : code;
}

/* Told once, whatever rows it has, as long as somebody means to send from it; over once the sender is removed. */
static enum err tell_missed(struct look *l, struct owned_number *n)
{
    bool missed;
    enum err code = is_missed(l, n, &missed);

    if (missed && row_in(l, &l->gone, n->number) == n)
        add(l, &(struct finding){.kind = n->sid[0] == '\0' ? "sender_not_in_account" : "number_gone",
                                 .number = n->number});
    if (missed || code != ERR_OK || row_of(l, n->number) != NULL) return code;
    n->state = OWNED_RELEASED;
    n->why = STR("The organization's account at Twilio does not have it, and no sender has it any more.");
    return put_row(l, n);
}

static enum err look_for_gone(struct look *l)
{
    enum err code = ERR_OK;

    for (size_t i = 0; i < l->rows_count && code == ERR_OK; i++) {
        struct owned_number *n = &l->rows[i];
        bool judged = n->state == OWNED_ACTIVE || n->state == OWNED_QUARANTINED || n->state == OWNED_FOUND;
        if (judged && strncmp(n->sid, "PN", 2) == 0 && seen_of(l, n->number) == NULL) code = note_gone(l, n);
        else if (n->state == OWNED_GONE && seen_of(l, n->number) == NULL) code = tell_missed(l, n);
    }
    return code;
}

/* ---- senders whose numbers were never there ---- */

/* What the account may have by now, for it was made while the look went on, is left to the next one. */
static bool is_to_be_there(struct look *l, const struct sender *s)
{
    struct owned_number now;

    if (s->state == SENDER_REMOVED || (s->kind != SENDER_LONG_CODE && s->kind != SENDER_TOLL_FREE)) return false;
    if (s->created_ms >= l->begun_ms || seen_of(l, s->address) != NULL) return false;
    if (row_of(l, s->address) != NULL || row_in(l, &l->gone, s->address) != NULL) return false;
    return l->t->r->store->ops->owned_by_number(l->t->r, l->t->a, l->t->org.id, str_from(s->address), &now) ==
           ERR_NOT_FOUND;
}

static enum err note_absent(struct look *l, const struct sender *s)
{
    struct owned_number row = {.org = l->t->org.id, .program = s->program, .state = OWNED_GONE,
                               .kind = numbers_kind_of(str_from(s->address)), .created_ms = numbers_turn_now_ms(l->t)};

    row.why = STR("A sender has this number, but the organization's account at Twilio does not, so nothing can leave "
                  "from it: remove the sender and add the right number, or get this one into the account.");
    add(l, &(struct finding){.kind = "sender_not_in_account", .number = s->address});
    return str_copy(str_from(s->address), row.number, sizeof row.number) == ERR_OK ? put_row(l, &row) : ERR_OK;
}

static enum err look_at_senders(struct look *l)
{
    struct numbers_turn *t = l->t;
    const struct sender *s;
    struct senders_walk w;
    enum err code = ERR_OK;

    senders_walk_begin(&w, t->r, t->org.id);
    while (code == ERR_OK && (s = senders_walk_next(&w)) != NULL)
        if (is_to_be_there(l, s)) code = note_absent(l, s);
    return code != ERR_OK ? code : w.code;
}

/* ---- services ---- */

static enum err compare_service(struct look *l)
{
    struct numbers_turn *t = l->t;
    struct drift_difference all[DRIFT_DIFFERENCES_MAX];
    struct rest_answer answer;
    struct twilio_service service;
    struct service_wanted wanted;
    struct fault why;
    bool repaired = false;
    size_t count = 0;
    enum err code = services_fetch(t->rest, &t->account, str_from(l->program->service_sid), &service, &answer, &t->f);

    drift_wanted(t->app->settings, l->program->use_case, t->inbound, t->fallback, &wanted);
    if (code == ERR_OK) count = drift_compare(&wanted, &service, all);
    rest_answer_free(&answer);
    if (code == ERR_NOT_FOUND)
        add(l, &(struct finding){.kind = "service_missing", .service = l->program->service_sid,
                                 .program = l->program->name});
    if (code != ERR_OK) return code;
    if (count > 0 && may_repair(l))
        repaired = services_update(t->rest, &t->account, str_from(l->program->service_sid), &wanted, &why) == ERR_OK;
    for (size_t i = 0; i < count; i++)
        add(l, &(struct finding){.kind = "service_setting", .service = l->program->service_sid,
                                 .program = l->program->name, .field = all[i].field, .was = all[i].was,
                                 .is = all[i].is, .repairable = true, .repaired = repaired});
    return ERR_OK;
}

static enum err take_pooled(void *user, const struct twilio_service_number *n, struct fault *f)
{
    struct look *l = user;
    struct seen_number *s = seen_of(l, n->phone_number);

    (void)f;
    if (s != NULL && !s->foreign && s->program == l->program->id) s->pooled = true;
    else if (s == NULL || s->foreign || s->program != l->program->id)
        add(l, &(struct finding){.kind = "service_other_number", .service = l->program->service_sid,
                                 .program = l->program->name, .number = l->shared ? NULL : n->phone_number});
    return ERR_OK;
}

static void ask_outside(struct look *l, const struct seen_number *s)
{
    struct numbers_turn *t = l->t;
    struct finding f = {.kind = "number_outside_service", .number = s->number, .service = l->program->service_sid,
                        .program = l->program->name, .repairable = true};
    struct fault why;

    if (may_repair(l))
        f.repaired = services_attach_number(t->rest, &t->account, str_from(l->program->service_sid), str_from(s->sid),
                                            &why) == ERR_OK;
    add(l, &f);
}

static enum err look_at_pool(struct look *l)
{
    struct numbers_turn *t = l->t;
    enum err code;

    if (!t->pace(t->owner)) return ERR_CANCELED;
    code = services_list_numbers(t->rest, &t->account, str_from(l->program->service_sid), take_pooled, l, &t->f);
    for (size_t i = 0; i < l->numbers_count && code == ERR_OK; i++) {
        const struct seen_number *s = &l->numbers[i];
        const struct owned_number *row = row_of(l, s->number);
        bool active = row == NULL || row->state == OWNED_ACTIVE;
        if (!s->foreign && !s->pooled && active && s->program == l->program->id) ask_outside(l, s);
    }
    return code;
}

static enum err look_at_services(struct look *l)
{
    struct numbers_turn *t = l->t;
    struct program g;
    uint32_t after = 0;
    size_t count = 1;
    enum err code = ERR_OK;

    while (code == ERR_OK) {
        code = t->r->store->ops->programs(t->r, t->a, t->org.id, after, &g, &count);
        if (code != ERR_OK || count == 0) return code;
        after = g.id;
        if (g.service_sid[0] == '\0') continue;
        if (!t->pace(t->owner)) return ERR_CANCELED;
        l->program = &g;
        code = compare_service(l);
        if (code == ERR_OK) code = look_at_pool(l);
        if (code == ERR_NOT_FOUND) code = ERR_OK; /* there is no such service, which was told */
    }
    return code;
}

/* ---- one look ---- */

static enum err look(struct look *l)
{
    enum err code = read_rows(l);

    if (code == ERR_OK) code = look_at_numbers(l);
    if (code == ERR_OK) code = look_for_gone(l);
    if (code == ERR_OK) code = look_at_senders(l);
    return code == ERR_OK ? look_at_services(l) : code;
}

static bool store(struct numbers_turn *t, struct drift *d, const struct look *l, enum err how)
{
    int64_t now_ms = numbers_turn_now_ms(t), every_ms = t->app->settings->drift_every_ms;
    struct change_drift change = {.head = {.kind = CHANGE_DRIFT}, .drift = *d, .told = how == ERR_OK};
    enum err code;

    change.drift.state = DRIFT_IDLE;
    change.drift.next_ms = every_ms == 0 ? 0 : now_ms + (how == ERR_OK || every_ms < AFTER_FAILURE_MS
                                                            ? every_ms : AFTER_FAILURE_MS);
    if (how == ERR_OK) {
        change.drift.findings = buf_str(&l->findings);
        change.drift.count = l->count;
        change.drift.repaired = l->repaired;
        change.drift.looked_ms = now_ms;
        change.drift.why = (struct str){NULL, 0};
    } else
        change.drift.why = str_from(t->f.what[0] != '\0' ? t->f.what : "The account could not be looked at.");
    code = store_change_wait(t->app->queue, &change.head);
    return code == ERR_OK || code == ERR_CONFLICT || code == ERR_NOT_FOUND;
}

bool drift_turn_run(struct numbers_turn *t, struct drift *d)
{
    struct look l = {.t = t, .repair = d->state == DRIFT_REPAIR || t->app->settings->drift_repair};
    enum err code = numbers_turn_open(t, d->org);
    bool stored;

    l.shared = t->org.account_sid[0] == '\0';
    map_init(&l.seen);
    map_init(&l.live);
    map_init(&l.gone);
    l.begun_ms = numbers_turn_now_ms(t);
    buf_init(&l.findings, DRIFT_BYTES_MAX);
    json_open(&l.findings, '[');
    if (code == ERR_OK) code = look(&l);
    json_close(&l.findings, ']');
    map_free(&l.seen);
    map_free(&l.live);
    map_free(&l.gone);
    if (code == ERR_CANCELED) {
        buf_free(&l.findings);
        return true; /* we stop: it is due at the next start */
    }
    if (code == ERR_OK) code = buf_check(&l.findings);
    stored = store(t, d, &l, code);
    buf_free(&l.findings);
    return stored;
}
