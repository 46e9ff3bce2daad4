/* small: see the header. Owns everything in struct small, for one way through. */
#include "small.h"

#include "app/pump.h"
#include "base/clock.h"
#include "rules/carrier.h"
#include "store/store.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MESSAGES = 2, REQUESTS_MAX = 8, TRUTHS_MAX = 8, ACTIONS_MAX = 32, STEPS_MAX = 4000, QUIET_MAX = 3 };
static const int64_t START_MS = INT64_C(1793620800000);

struct request {
    bool used, create, arrives, arrived, answers_first, due; /* due: its answer may be taken */
    uint64_t tag, number;
    size_t message; /* which of the two */
    enum small_outcome outcome;
    uint8_t attempt;
    char page[8];
};
/* What the provider has. */
struct truth {
    size_t message;
    uint64_t number;
    uint8_t attempt;
    char sid[SID_BYTES];
    int64_t created_ms;
    bool callback_due;
};
struct small {
    struct store_queue queue; /* first: submit gets this */
    struct provider provider;
    struct choices *c;
    struct clock clock;
    struct store *store;
    struct store_reader *reader;
    struct settings settings;
    struct public_ids ids;
    struct pump *pump;
    struct change *first, *last;
    struct request requests[REQUESTS_MAX];
    struct truth truths[TRUTHS_MAX];
    size_t truths_count;
    struct org org;
    uint32_t program;
    struct message messages[MESSAGES];
    enum small_outcome outcomes[MESSAGES];
    bool crashed, quick_commits;
    char *wrong;
};

static struct small *of_queue(struct store_queue *q)
{
    return (struct small *)(void *)q;
}

static struct small *of_provider(struct provider *p)
{
    return (struct small *)(void *)((char *)p - offsetof(struct small, provider));
}

PRINTF_LIKE(2, 3) static void is_wrong(struct small *s, const char *fmt, ...)
{
    va_list args;

    if (s->wrong[0] != '\0') return;
    va_start(args, fmt);
    (void)vsnprintf(s->wrong, SMALL_WRONG_BYTES, fmt, args);
    va_end(args);
}

/* ---- the store's queue ---- */

static void submit(struct store_queue *q, struct change *c)
{
    struct small *s = of_queue(q);

    c->next = NULL;
    if (s->first == NULL) s->first = c;
    else s->last->next = c;
    s->last = c;
}

static void commit(struct small *s)
{
    struct change *all = s->first;
    struct fault f = {0};

    s->first = s->last = NULL;
    BUG_IF(s->store->ops->begin(s->store, &f) != ERR_OK);
    for (struct change *c = all; c != NULL; c = c->next) s->store->ops->apply(s->store, c);
    BUG_IF(s->store->ops->commit(s->store, &f) != ERR_OK);
    for (struct change *c = all, *next; c != NULL; c = next) {
        next = c->next;
        c->done(c);
    }
}

static void commit_now(struct small *s, struct change *c)
{
    struct fault f = {0};

    BUG_IF(s->store->ops->begin(s->store, &f) != ERR_OK);
    s->store->ops->apply(s->store, c);
    if (c->result != ERR_OK) bug(__FILE__, __LINE__, c->fault.what);
    BUG_IF(s->store->ops->commit(s->store, &f) != ERR_OK);
}

/* ---- the provider ---- */

static size_t message_of_url(const struct small *s, struct str url, uint8_t *attempt)
{
    struct str rest = str_slice(url, str_find(url, STR("/status/")) + 8, url.len), id;
    uint64_t message = 0, number = 0;

    rest = str_cut(rest, '/', &id);
    (void)str_cut(rest, '#', &rest);
    BUG_IF(public_id_parse(&s->ids, PUBLIC_MESSAGE, id, &message) != ERR_OK || str_to_u64(rest, &number) != ERR_OK);
    *attempt = (uint8_t)number;
    for (size_t i = 0; i < MESSAGES; i++)
        if (s->messages[i].id == message) return i;
    BUG_IF(true);
    return 0;
}

static bool outcome_arrives(enum small_outcome o)
{
    return o != SMALL_REFUSED && o != SMALL_LOST;
}

static enum err start(struct provider *port, const struct provider_request *r)
{
    struct small *s = of_provider(port);
    struct request *q = s->requests;
    struct str to = r->call == PROVIDER_CREATE ? r->message.to : r->list_to;

    while (q < s->requests + REQUESTS_MAX && q->used) q++;
    BUG_IF(q == s->requests + REQUESTS_MAX);
    *q = (struct request){.used = true, .create = r->call == PROVIDER_CREATE, .tag = r->tag};
    if (to.len > 1) BUG_IF(str_to_u64(str_slice(to, 1, to.len), &q->number) != ERR_OK);
    if (!q->create) return ERR_OK;
    q->message = message_of_url(s, r->message.status_callback, &q->attempt);
    q->outcome = q->attempt == 1 ? s->outcomes[q->message] : SMALL_ACCEPTED;
    q->arrives = outcome_arrives(q->outcome);
    q->answers_first = q->outcome == SMALL_ANSWER_LOST;
    return ERR_OK;
}

static bool commits(enum small_outcome o)
{
    return o == SMALL_ACCEPTED || o == SMALL_5XX_AFTER || o == SMALL_ANSWER_LOST;
}

static void arrive(struct small *s, struct request *q)
{
    struct truth *t = &s->truths[s->truths_count];

    q->arrived = true;
    if (!commits(q->outcome)) return;
    BUG_IF(s->truths_count == TRUTHS_MAX);
    s->truths_count++;
    *t = (struct truth){.message = q->message, .number = q->number, .attempt = q->attempt, .callback_due = true,
                        .created_ms = s->clock.manual_wall_ms / 1000 * 1000};
    (void)snprintf(t->sid, sizeof t->sid, "SM%032zx", s->truths_count);
}

static const struct {
    enum provider_class class;
    int http_status, code;
} ANSWERS[SMALL_OUTCOMES] = {
    [SMALL_ACCEPTED] = {PROVIDER_CLASS_ACCEPTED, 201, 0},      [SMALL_REJECTED] = {PROVIDER_CLASS_REJECTED, 400, 21211},
    [SMALL_THROTTLED] = {PROVIDER_CLASS_THROTTLED, 429, 20429}, [SMALL_REFUSED] = {PROVIDER_CLASS_UNSENT, 0, 0},
    [SMALL_5XX_BEFORE] = {PROVIDER_CLASS_IN_DOUBT, 500, 20500}, [SMALL_5XX_AFTER] = {PROVIDER_CLASS_IN_DOUBT, 502, 0},
    [SMALL_ANSWER_LOST] = {PROVIDER_CLASS_IN_DOUBT, 0, 0},      [SMALL_LOST] = {PROVIDER_CLASS_IN_DOUBT, 0, 0},
};

static void answer_create(const struct small *s, const struct request *q, struct provider_answer *a)
{
    *a = (struct provider_answer){.tag = q->tag, .call = PROVIDER_CREATE, .class = ANSWERS[q->outcome].class,
                                  .http_status = ANSWERS[q->outcome].http_status,
                                  .error_code = ANSWERS[q->outcome].code,
                                  .first_byte_sent = q->outcome != SMALL_REFUSED};
    for (size_t i = 0; i < s->truths_count; i++)
        if (s->truths[i].message == q->message && s->truths[i].attempt == q->attempt)
            memcpy(a->item.sid, s->truths[i].sid, sizeof a->item.sid);
    if (a->http_status != 0) a->provider_date_ms = s->clock.manual_wall_ms / 1000 * 1000;
}

static void answer_list(const struct small *s, const struct request *q, struct provider_answer *a)
{
    *a = (struct provider_answer){.tag = q->tag, .call = PROVIDER_LIST, .class = PROVIDER_CLASS_OK, .http_status = 200,
                                  .provider_date_ms = s->clock.manual_wall_ms / 1000 * 1000};
    a->items = calloc(TRUTHS_MAX, sizeof *a->items);
    BUG_IF(a->items == NULL);
    for (size_t i = s->truths_count; i > 0; i--) {
        const struct truth *t = &s->truths[i - 1];
        struct provider_item *item = &a->items[a->items_count];
        if (t->number != q->number) continue;
        *item = (struct provider_item){.status = PROVIDER_QUEUED, .date_created_ms = t->created_ms};
        memcpy(item->sid, t->sid, sizeof item->sid);
        (void)snprintf(item->direction, sizeof item->direction, "outbound-api");
        (void)snprintf(item->to, sizeof item->to, "+%" PRIu64, t->number);
        a->items_count++;
    }
}

/* Lists are answered at once and truly; creations when that was chosen. */
static size_t poll_answers(struct provider *port, int64_t timeout_ms, struct provider_answer out[], size_t max)
{
    struct small *s = of_provider(port);
    size_t count = 0;

    (void)timeout_ms;
    for (size_t i = 0; i < REQUESTS_MAX && count < max; i++) {
        struct request *q = &s->requests[i];
        if (!q->used || q->create) continue;
        answer_list(s, q, &out[count++]);
        q->used = false;
    }
    for (size_t i = 0; i < REQUESTS_MAX && count < max; i++) {
        struct request *q = &s->requests[i];
        if (!q->used || !q->create || !q->due) continue;
        answer_create(s, q, &out[count++]);
        q->due = false;
        q->used = q->arrives && !q->arrived; /* it still travels */
        q->tag = 0;
    }
    return count;
}

static void answer_free(struct provider_answer *a)
{
    free(a->items);
    a->items = NULL;
}

static void nothing(struct provider *port)
{
    (void)port;
}

static enum err set_account(struct provider *port, uint32_t account, const struct twilio_account *a, struct fault *f)
{
    (void)port, (void)account, (void)a, (void)f;
    return ERR_OK;
}

static bool bytes_out(struct provider *port, uint64_t tag)
{
    (void)port, (void)tag;
    return true;
}

static bool withdraw(struct provider *port, uint64_t tag)
{
    (void)port, (void)tag;
    return false;
}

static const struct provider_ops PROVIDER_OPS = {start, poll_answers, answer_free, nothing, set_account, nothing,
                                                 bytes_out, withdraw};

/* ---- callbacks ---- */

struct callback {
    struct change_status change;
    struct small *s;
};

static void callback_done(struct change *c)
{
    struct callback *b = c->owner;
    const struct message *m = &b->change.after;
    struct small *s = b->s;

    if (c->result == ERR_OK && b->change.verdict == STATUS_FOREIGN)
        is_wrong(s, "a true callback was taken for foreign");
    if (c->result == ERR_OK && b->change.verdict == STATUS_APPLIED)
        pump_tell(s->pump, &(struct note){.kind = NOTE_STATUS, .org = b->change.org, .message = b->change.message,
                                          .state = (uint8_t)b->change.to, .attempt = b->change.attempt,
                                          .sender = m->sender,
                                          .lane = {.org = m->org, .program = m->program, .kind = (uint8_t)m->kind,
                                                   .carrier = m->carrier}});
    free(b);
}

static void call_back(struct small *s, struct truth *t)
{
    struct callback *b = calloc(1, sizeof *b);

    BUG_IF(b == NULL);
    t->callback_due = false;
    b->s = s;
    b->change = (struct change_status){.head = {.kind = CHANGE_STATUS, .done = callback_done, .owner = b},
                                       .org = s->org.id, .message = s->messages[t->message].id, .attempt = t->attempt,
                                       .to = MESSAGE_DELIVERED, .now_ms = s->clock.manual_wall_ms};
    memcpy(b->change.sid, t->sid, sizeof b->change.sid);
    submit(&s->queue, &b->change.head);
}

/* ---- the process ---- */

static void recover(struct small *s)
{
    int64_t now_ms = s->clock.manual_wall_ms;
    struct change_recover c = {.head = {.kind = CHANGE_RECOVER}, .now_ms = now_ms,
                               .deadline_ms = now_ms + s->settings.provider_timeout_ms,
                               .first_ms = now_ms + s->settings.provider_timeout_ms + s->settings.reconcile_first_ms};

    commit_now(s, &c.head);
}

static void boot(struct small *s)
{
    struct pump_ports ports = {.clock = &s->clock, .store = s->store, .queue = &s->queue, .provider = &s->provider,
                               .settings = &s->settings, .ids = &s->ids, .seed = 1, .clock_is_steady = true};
    struct fault f = {0};

    recover(s);
    if (pump_new(&ports, &s->pump, &f) != ERR_OK || pump_start(s->pump, &f) != ERR_OK) bug(__FILE__, __LINE__, f.what);
    pump_tell(s->pump, &(struct note){.kind = NOTE_GATE, .org = s->org.id, .gate = GATE_OPEN});
}

static void lose_changes(struct small *s)
{
    for (struct change *c = s->first, *next; c != NULL; c = next) {
        next = c->next;
        c->result = ERR_CANCELED;
        c->done(c);
    }
    s->first = s->last = NULL;
}

/* Of a request under way the last byte may have gone, or not. Nobody hears an answer. */
static void crash(struct small *s)
{
    s->crashed = true;
    lose_changes(s);
    pump_free(s->pump);
    s->pump = NULL;
    for (size_t i = 0; i < REQUESTS_MAX; i++) {
        struct request *q = &s->requests[i];
        if (!q->used) continue;
        q->tag = 0;
        q->used = q->create && q->arrives && !q->arrived && choose(s->c, 2) == 0;
    }
    s->clock.manual_wall_ms += 1000;
    s->clock.manual_mono_us = 0;
    boot(s);
}

/* ---- what can happen next ---- */

enum action_kind { ACTION_COMMIT, ACTION_ARRIVE, ACTION_ANSWER, ACTION_CALLBACK, ACTION_CRASH };
struct action {
    enum action_kind kind;
    size_t at;
};

static bool can_answer(const struct request *q)
{
    return q->used && q->create && q->tag != 0 && (q->arrived || !q->arrives || q->answers_first);
}

/* Where commits are quick, nothing else happens while a change waits for its own. */
static size_t list_actions(const struct small *s, struct action out[ACTIONS_MAX])
{
    size_t count = 0;
    bool only_commits = s->first != NULL && s->quick_commits;

    if (s->first != NULL) out[count++] = (struct action){ACTION_COMMIT, 0};
    for (size_t i = 0; i < REQUESTS_MAX && !only_commits; i++) {
        const struct request *q = &s->requests[i];
        if (q->used && q->create && q->arrives && !q->arrived) out[count++] = (struct action){ACTION_ARRIVE, i};
        if (can_answer(q)) out[count++] = (struct action){ACTION_ANSWER, i};
    }
    for (size_t i = 0; i < s->truths_count && !only_commits; i++)
        if (s->truths[i].callback_due) out[count++] = (struct action){ACTION_CALLBACK, i};
    if (!s->crashed && count > 0) out[count++] = (struct action){ACTION_CRASH, 0};
    return count;
}

static void act(struct small *s, const struct action *a)
{
    switch (a->kind) {
    case ACTION_COMMIT: commit(s); break;
    case ACTION_ARRIVE:
        arrive(s, &s->requests[a->at]);
        if (s->requests[a->at].tag == 0) s->requests[a->at].used = false; /* nobody waits for its answer */
        break;
    case ACTION_ANSWER: s->requests[a->at].due = true; break;
    case ACTION_CALLBACK: call_back(s, &s->truths[a->at]); break;
    case ACTION_CRASH: crash(s); break;
    }
}

/* Until it has nothing more to say now; gives how long it would wait. */
static int64_t run_pump(struct small *s)
{
    int64_t wait_ms = 0;

    for (int n = 0; n < 64; n++) {
        wait_ms = pump_step(s->pump, 0);
        if (wait_ms > 0) break;
    }
    pump_check(s->pump);
    return wait_ms;
}

static bool at_rest(struct small *s)
{
    struct store_stats stats = {.now_ms = s->clock.manual_wall_ms};

    BUG_IF(s->store->ops->stats(s->reader, &stats) != ERR_OK);
    return stats.due == 0 && stats.doubts == 0 && s->first == NULL;
}

/* One thing happens, or time goes on. False: all is at rest. */
static bool step(struct small *s)
{
    struct action actions[ACTIONS_MAX];
    int64_t wait_ms = run_pump(s);
    size_t count = list_actions(s, actions);

    if (count > 0) {
        act(s, &actions[choose(s->c, (uint32_t)count)]);
        return true;
    }
    if (at_rest(s)) return false;
    s->clock.manual_wall_ms += wait_ms > 0 ? wait_ms : 1;
    s->clock.manual_mono_us += (wait_ms > 0 ? wait_ms : 1) * 1000;
    return true;
}

/* ---- the judge ---- */

static void judge_one(struct small *s, size_t i)
{
    struct message m;
    struct arena a;
    size_t sent = 0;
    const struct truth *last = NULL;
    bool accepted;

    arena_init(&a, 1 << 16);
    BUG_IF(s->store->ops->message_get(s->reader, &a, s->org.id, s->messages[i].id, &m) != ERR_OK);
    arena_reset(&a);
    for (size_t n = 0; n < s->truths_count; n++) {
        if (s->truths[n].message != i) continue;
        last = &s->truths[n];
        sent++;
    }
    accepted = m.state == MESSAGE_ACCEPTED || m.state == MESSAGE_SENT || m.state == MESSAGE_DELIVERED;
    if (sent > 1)
        is_wrong(s, "message %zu was sent %zu times", i, sent);
    else if (sent == 0 && s->outcomes[i] != SMALL_REJECTED)
        is_wrong(s, "message %zu is %s but was never sent", i, message_state_name(m.state));
    else if (sent == 1 && (!accepted || strcmp(m.sid, last->sid) != 0))
        is_wrong(s, "message %zu was sent, but is %s as %s", i, message_state_name(m.state), m.sid);
    else if (sent == 0 && m.state != MESSAGE_FAILED)
        is_wrong(s, "message %zu was refused, but is %s", i, message_state_name(m.state));
}

/* ---- opening ---- */

static void add_org(struct small *s)
{
    struct change_org c = {.head = {.kind = CHANGE_ORG}};
    struct program row;
    struct arena a;
    size_t count = 1;

    c.org = (struct org){.name = STR("Org"), .slug = "org", .hook_path = "hook", .state = ORG_ACTIVE, .region = "US",
                         .share = 1, .created_ms = START_MS};
    c.first_program = (struct program){.name = STR("default"), .registration = REGISTRATION_APPROVED,
                                       .brand = BRAND_STANDARD, .brand_score = 80, .use_case = STR("MIXED"),
                                       .service_sid = "MG00000000000000000000000000000001"};
    commit_now(s, &c.head);
    s->org.id = c.org.id;
    arena_init(&a, 1 << 16);
    BUG_IF(s->store->ops->programs(s->reader, &a, s->org.id, 0, &row, &count) != ERR_OK || count != 1);
    s->program = row.id;
    arena_reset(&a);
}

static void add_sender(struct small *s)
{
    struct sender row = {.org = s->org.id, .program = s->program, .kind = SENDER_LONG_CODE, .state = SENDER_ACTIVE,
                         .verified = true, .number = UINT64_C(14157770000), .address = "+14157770000"};
    struct change_senders c = {.head = {.kind = CHANGE_SENDERS}, .senders = &row, .count = 1};

    commit_now(s, &c.head);
}

static void admit(struct small *s, size_t i, uint64_t number)
{
    struct change_admit c = {.head = {.kind = CHANGE_ADMIT}};

    c.message = (struct message){.org = s->org.id, .number = number, .program = s->program, .state = MESSAGE_QUEUED,
                                 .kind = KIND_TRANSACTIONAL, .carrier = CARRIER_VERIZON, .created_ms = START_MS,
                                 .body = STR("Your code is 1234"), .expires_ms = START_MS + 86400000};
    commit_now(s, &c.head);
    s->messages[i] = c.message;
}

static void open_small(struct small *s, bool one_number)
{
    static const unsigned char key[PUBLIC_KEY_BYTES] = {7};
    struct fault f = {0};

    s->queue.submit = submit;
    s->provider.ops = &PROVIDER_OPS;
    clock_manual(&s->clock, START_MS);
    settings_default(&s->settings);
    (void)snprintf(s->settings.public_url, sizeof s->settings.public_url, "https://sterling.test");
    (void)snprintf(s->settings.twilio_base_url, sizeof s->settings.twilio_base_url, "http://small");
    (void)snprintf(s->settings.twilio_account_sid, sizeof s->settings.twilio_account_sid, "AC%032d", 1);
    (void)snprintf(s->settings.twilio_auth_token, sizeof s->settings.twilio_auth_token, "%032d", 1);
    s->settings.quiet_hours = false;
    s->settings.consent_marketing = false;
    s->settings.numbers_unfit_days = 0; /* what is told of one message does not end the other */
    s->settings.send_items_max = 64;
    s->settings.provider_in_flight_max = MESSAGES + 2; /* some room is kept for urgent ones */
    public_ids_init(&s->ids, key);
    BUG_IF(store_ram_open(&s->store, &f) != ERR_OK || s->store->ops->reader_open(s->store, &s->reader, &f) != ERR_OK);
    add_org(s);
    add_sender(s);
    for (size_t i = 0; i < MESSAGES; i++) admit(s, i, UINT64_C(12125550100) + (one_number ? 0 : i));
    boot(s);
}

static void close_small(struct small *s)
{
    lose_changes(s);
    pump_free(s->pump);
    s->store->ops->reader_close(s->reader);
    s->store->ops->close(s->store);
    free(s);
}

bool small_run(struct choices *c, const struct small_scope *scope, char wrong[SMALL_WRONG_BYTES])
{
    bool narrow = scope->second_outcomes < SMALL_OUTCOMES;
    uint32_t pair = choose(c, SMALL_OUTCOMES * (scope->second_outcomes + narrow)), second = pair / SMALL_OUTCOMES;
    struct small *s;
    int steps = 0;

    wrong[0] = '\0';
    if (scope->jobs > 1 && pair % scope->jobs != scope->job) return false;
    s = calloc(1, sizeof *s);
    BUG_IF(s == NULL);
    s->c = c;
    s->wrong = wrong;
    s->quick_commits = scope->quick_commits;
    s->outcomes[0] = (enum small_outcome)(pair % SMALL_OUTCOMES);
    s->outcomes[1] = second < scope->second_outcomes ? (enum small_outcome)second : SMALL_ANSWER_LOST;
    open_small(s, choose(c, 2) == 1);
    while (wrong[0] == '\0' && step(s))
        if (++steps > STEPS_MAX) is_wrong(s, "never comes to rest");
    for (size_t i = 0; i < MESSAGES; i++) judge_one(s, i);
    close_small(s);
    return true;
}

uint64_t small_enumerate(const struct small_scope *scope, char wrong[SMALL_WRONG_BYTES])
{
    struct choices c = {.at = 0};
    uint64_t worlds = 0;

    do {
        if (small_run(&c, scope, wrong)) worlds++;
        if (wrong[0] == '\0') continue;
        printf("# world %" PRIu64 " of the small ones, by the choices", worlds);
        for (uint32_t i = 0; i < c.at; i++) printf(" %u/%u", c.value[i], c.bound[i]);
        printf(": %s\n", wrong);
        break;
    } while (choices_next(&c));
    return worlds;
}
