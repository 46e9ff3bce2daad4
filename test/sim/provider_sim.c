/* provider_sim: see the header. Owns its requests; the sandbox is the world's. */
#include "provider_sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ACCOUNTS_MAX = 16, REQUESTS_MAX = 1024, LIST_MAX = 50 };

enum fate { FATE_NORMAL, FATE_REFUSED, FATE_BROKEN, FATE_LOST };
static const char *const FATE_NAMES[] = {"leaves", "will not connect", "will break on its way", "will be lost"};

struct request {
    struct request *next;
    struct provider_request r; /* texts are copied */
    char *texts;
    enum fate fate;
    bool received, orphan;
    int64_t started_ms, first_byte_ms, received_ms, answer_ms;
    struct provider_answer answer;
};

struct provider_sim {
    struct provider port; /* first */
    struct sandbox *sb;
    struct rng rng;
    struct network_plan plan;
    int64_t now_ms, timeout_ms, outage_until_ms;
    uint32_t accounts[ACCOUNTS_MAX]; /* sandbox handle + 1 by our handle */
    struct request *first, **end;
    size_t count;
    struct provider_sim_counts counts;
    void (*heard)(void *owner, uint64_t to, const char *what);
    void *owner;
};

static struct provider_sim *of(struct provider *p)
{
    return (struct provider_sim *)(void *)p;
}

static void tell(const struct provider_sim *s, const struct request *q, const char *what)
{
    struct str to = q->r.call == PROVIDER_CREATE ? q->r.message.to : q->r.list_to;
    uint64_t number = 0;
    char line[160];

    if (s->heard == NULL) return;
    if (to.len > 1) (void)!str_to_u64(str_slice(to, 1, to.len), &number);
    (void)snprintf(line, sizeof line, "%s: %s", q->r.call == PROVIDER_CREATE ? "POST" : "list", what);
    s->heard(s->owner, number, line);
}

/* ---- answers ---- */

static int64_t whole_second(int64_t ms)
{
    return ms / 1000 * 1000;
}

static struct str keep(struct provider_answer *a, struct str text)
{
    char *copy = malloc(text.len + 1);

    BUG_IF(copy == NULL);
    if (text.len > 0) memcpy(copy, text.at, text.len);
    copy[text.len] = '\0';
    a->memory = copy;
    return (struct str){copy, text.len};
}

static void answer_free(struct provider_answer *a)
{
    for (size_t i = 0; i < a->items_count; i++) free((void *)(uintptr_t)a->items[i].body.at);
    free(a->items);
    free(a->memory);
    a->items = NULL;
    a->memory = NULL;
    a->items_count = 0;
}

static void classify(struct provider_answer *a, int http_status, int code, uint32_t retry_after_s,
                     const struct sandbox_directive *wire)
{
    bool create = a->call == PROVIDER_CREATE;

    a->http_status = http_status;
    a->error_code = code;
    a->retry_after_ms = (int64_t)retry_after_s * 1000;
    if (sandbox_directive_loses_answer(wire) || wire->fault == SANDBOX_FAULT_TRUNCATED ||
        wire->fault == SANDBOX_FAULT_NOT_JSON || wire->fault == SANDBOX_FAULT_EDGE_4XX ||
        wire->fault == SANDBOX_FAULT_REDIRECT || http_status >= 500)
        a->class = create ? PROVIDER_CLASS_IN_DOUBT : PROVIDER_CLASS_FAILED;
    else if (http_status == 429)
        a->class = create ? PROVIDER_CLASS_THROTTLED : PROVIDER_CLASS_FAILED;
    else if (http_status >= 400)
        a->class = create ? PROVIDER_CLASS_REJECTED : PROVIDER_CLASS_FAILED;
    else
        a->class = create ? PROVIDER_CLASS_ACCEPTED : PROVIDER_CLASS_OK;
}

/* When the answer is there, seen from the client: never later than its own deadline. */
static void set_answer_time(struct provider_sim *s, struct request *q, const struct sandbox_directive *wire)
{
    int64_t back_ms = (int64_t)rng_below(&s->rng, s->plan.travel_ms_max + 1);
    int64_t deadline_ms = q->started_ms + s->timeout_ms;

    q->answer_ms = q->received_ms + back_ms + (wire == NULL ? 0 : wire->delay_ms);
    if (q->answer_ms <= deadline_ms) return;
    q->answer_ms = deadline_ms;
    answer_free(&q->answer);
    q->answer.class = q->r.call == PROVIDER_CREATE ? PROVIDER_CLASS_IN_DOUBT : PROVIDER_CLASS_FAILED;
    q->answer.provider_date_ms = 0;
}

/* ---- the provider's side ---- */

static void receive_create(struct provider_sim *s, struct request *q, uint32_t account)
{
    const struct provider_message *m = &q->r.message;
    struct sandbox_create c = {.account = account, .body = m->body, .status_callback = m->status_callback,
                               .validity_s = (uint32_t)m->validity_s,
                               .service = sandbox_service_find(s->sb, m->messaging_service_sid),
                               .sender = sandbox_sender_find(s->sb, account, m->from)};
    struct sandbox_created out;

    BUG_IF(str_to_u64(str_slice(m->to, 1, m->to.len), &c.to) != ERR_OK);
    sandbox_create_message(s->sb, s->now_ms, &c, &out);
    tell(s, q, sandbox_fault_name(out.wire.fault));
    tell(s, q, out.message != 0 ? "received, committed" : "received, not committed");
    classify(&q->answer, out.http_status, out.code, out.retry_after_s, &out.wire);
    if (q->answer.class == PROVIDER_CLASS_ACCEPTED)
        sandbox_message_sid(s->sb, out.message, q->answer.item.sid);
    set_answer_time(s, q, &out.wire);
}

static enum provider_status status_of(enum sandbox_status status)
{
    return status_parse(str_from(sandbox_status_name(status)));
}

static const char *const DIRECTIONS[] = {"inbound", "outbound-api", "outbound-reply"};

/* A text as a list gives it. The same row has the same text in every list. */
static struct str text_of(const struct provider_sim *s, const struct sandbox_message *m)
{
    struct rng own = rng_seeded(m->number);
    bool other = m->direction != SANDBOX_INBOUND && rng_chance(&own, s->plan.other_text);
    struct str prefix = other ? STR("Sent from your trial account - ") : STR("");
    char *body = malloc(prefix.len + m->body.len + 1);

    BUG_IF(body == NULL);
    memcpy(body, prefix.at, prefix.len);
    if (m->body.len > 0) memcpy(body + prefix.len, m->body.at, m->body.len);
    return (struct str){body, prefix.len + m->body.len};
}

static void fill_item(const struct provider_sim *s, struct provider_answer *a, const struct sandbox_message *m)
{
    struct provider_item *item = &a->items[a->items_count++];

    *item = (struct provider_item){.status = status_of(m->status), .error_code = m->error_code,
                                   .inbound = m->direction == SANDBOX_INBOUND, .body = text_of(s, m),
                                   .date_created_ms = whole_second(m->created_ms)};
    sandbox_message_sid(s->sb, m->number, item->sid);
    (void)snprintf(item->direction, sizeof item->direction, "%s", DIRECTIONS[m->direction]);
    (void)snprintf(item->to, sizeof item->to, "+%llu", (unsigned long long)m->to);
    (void)snprintf(item->from, sizeof item->from, "+%llu", (unsigned long long)m->from);
}

static void receive_list(struct provider_sim *s, struct request *q, uint32_t account)
{
    struct sandbox_message rows[LIST_MAX];
    struct sandbox_list query = {.account = account, .sent_from_ms = q->r.list_date_after_ms,
                                .sent_before_ms = q->r.list_date_after_ms > 0 ? INT64_MAX : 0};
    struct sandbox_listed out;
    size_t most = q->r.page_size > 0 && q->r.page_size < LIST_MAX ? (size_t)q->r.page_size : LIST_MAX;
    char next[40];

    if (q->r.list_to.len > 1) BUG_IF(str_to_u64(str_slice(q->r.list_to, 1, q->r.list_to.len), &query.to) != ERR_OK);
    if (q->r.list_page.len > 0) {
        struct str number = q->r.list_page, to = str_cut(number, ' ', &number);
        BUG_IF(str_to_u64(number, &query.before) != ERR_OK || str_to_u64(to, &query.to) != ERR_OK);
    }
    sandbox_list_messages(s->sb, s->now_ms, &query, rows, most, &out);
    classify(&q->answer, out.http_status, out.code, out.retry_after_s, &out.wire);
    if (q->answer.class == PROVIDER_CLASS_OK) {
        q->answer.items = calloc(out.count + 1, sizeof *q->answer.items);
        BUG_IF(q->answer.items == NULL);
        for (size_t i = 0; i < out.count; i++) fill_item(s, &q->answer, &rows[i]);
        if (out.next == 0 && rng_chance(&s->rng, s->plan.endless)) out.next = UINT64_MAX;
        if (out.next != 0) {
            (void)snprintf(next, sizeof next, "%llu %llu", (unsigned long long)out.next,
                           (unsigned long long)query.to);
            q->answer.next_page = keep(&q->answer, str_from(next));
        }
    }
    set_answer_time(s, q, &out.wire);
}

static void receive(struct provider_sim *s, struct request *q)
{
    uint32_t account = q->r.account < ACCOUNTS_MAX ? s->accounts[q->r.account] : 0;

    q->received = true;
    s->counts.events++;
    q->answer.provider_date_ms = whole_second(s->now_ms);
    BUG_IF(account == 0);
    if (q->r.call == PROVIDER_CREATE) {
        receive_create(s, q, account - 1);
    } else if (q->r.call == PROVIDER_LIST) {
        receive_list(s, q, account - 1);
    } else {
        q->answer.class = PROVIDER_CLASS_OK;
        set_answer_time(s, q, NULL);
    }
}

/* ---- requests ---- */

static void request_free(struct request *q)
{
    answer_free(&q->answer);
    free(q->texts);
    free(q);
}

static void unlink_request(struct provider_sim *s, struct request **at)
{
    struct request *q = *at;

    *at = q->next;
    if (q->next == NULL) s->end = at;
    s->count--;
}

/* Copies every text of the request into one block. */
static void own_texts(struct request *q)
{
    struct str *all[] = {&q->r.message.to, &q->r.message.from, &q->r.message.messaging_service_sid,
                         &q->r.message.body, &q->r.message.status_callback, &q->r.sid, &q->r.list_to,
                         &q->r.list_from, &q->r.list_page};
    size_t bytes = 1, at = 0;

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) bytes += all[i]->len;
    q->texts = malloc(bytes);
    BUG_IF(q->texts == NULL);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (all[i]->len > 0) memcpy(q->texts + at, all[i]->at, all[i]->len);
        all[i]->at = q->texts + at;
        at += all[i]->len;
    }
}

static enum fate draw_fate(struct provider_sim *s)
{
    if (s->now_ms < s->outage_until_ms) return FATE_REFUSED;
    if (rng_chance(&s->rng, s->plan.refused)) return FATE_REFUSED;
    if (rng_chance(&s->rng, s->plan.broken)) return FATE_BROKEN;
    return rng_chance(&s->rng, s->plan.lost) ? FATE_LOST : FATE_NORMAL;
}

static void plan_request(struct provider_sim *s, struct request *q)
{
    bool create = q->r.call == PROVIDER_CREATE;

    q->fate = draw_fate(s);
    q->started_ms = s->now_ms;
    q->first_byte_ms = s->now_ms + (int64_t)rng_below(&s->rng, s->plan.connect_ms_max + 1);
    if (rng_chance(&s->rng, s->plan.slow)) q->first_byte_ms += (int64_t)rng_below(&s->rng, s->plan.slow_ms_max + 1);
    q->received_ms = q->first_byte_ms + 1 + (int64_t)rng_below(&s->rng, s->plan.travel_ms_max + 1);
    q->answer_ms = INT64_MAX;
    if (q->fate == FATE_NORMAL) return;
    q->answer_ms = q->received_ms;
    if (q->fate == FATE_REFUSED) q->first_byte_ms = INT64_MAX;
    if (q->fate == FATE_LOST) q->answer_ms = q->started_ms + s->timeout_ms;
    q->received_ms = INT64_MAX;
    q->answer.class = !create                ? PROVIDER_CLASS_FAILED
                      : q->fate == FATE_LOST ? PROVIDER_CLASS_IN_DOUBT
                                             : PROVIDER_CLASS_UNSENT;
}

static enum err start(struct provider *port, const struct provider_request *r)
{
    struct provider_sim *s = of(port);
    struct request *q;

    if (s->count >= REQUESTS_MAX) return ERR_FULL;
    if (r->account >= ACCOUNTS_MAX || s->accounts[r->account] == 0) return ERR_NOT_FOUND;
    q = calloc(1, sizeof *q);
    BUG_IF(q == NULL);
    q->r = *r;
    q->answer = (struct provider_answer){.tag = r->tag, .call = r->call};
    own_texts(q);
    plan_request(s, q);
    *s->end = q;
    s->end = &q->next;
    s->count++;
    s->counts.events++;
    tell(s, q, FATE_NAMES[q->fate]);
    if (r->call == PROVIDER_CREATE) s->counts.creates++;
    if (r->call == PROVIDER_LIST) s->counts.lists++;
    return ERR_OK;
}

static size_t poll_answers(struct provider *port, int64_t timeout_ms, struct provider_answer out[], size_t max)
{
    struct provider_sim *s = of(port);
    size_t count = 0;

    (void)timeout_ms;
    for (struct request **at = &s->first; *at != NULL && count < max;) {
        struct request *q = *at;
        if (q->orphan || q->answer_ms > s->now_ms) {
            at = &q->next;
            continue;
        }
        unlink_request(s, at);
        q->answer.first_byte_sent = q->first_byte_ms <= s->now_ms;
        s->counts.events++;
        tell(s, q, provider_class_name(q->answer.class));
        out[count++] = q->answer;
        q->answer.items = NULL;
        q->answer.items_count = 0;
        q->answer.memory = NULL;
        request_free(q);
    }
    return count;
}

static void nothing_to_wake(struct provider *port)
{
    (void)port;
}

static enum err set_account(struct provider *port, uint32_t account, const struct twilio_account *a, struct fault *f)
{
    struct provider_sim *s = of(port);
    uint32_t handle = sandbox_account_find(s->sb, str_from(a->account_sid));

    if (account >= ACCOUNTS_MAX || handle == SANDBOX_NONE)
        return fault_set(f, ERR_INVALID, "no such account in the simulated provider");
    s->accounts[account] = handle + 1;
    return ERR_OK;
}

static void stop(struct provider *port)
{
    (void)port; /* the world frees it */
}

static struct request **find(struct provider_sim *s, uint64_t tag)
{
    struct request **at = &s->first;

    while (*at != NULL && ((*at)->orphan || (*at)->r.tag != tag)) at = &(*at)->next;
    return at;
}

static bool bytes_out(struct provider *port, uint64_t tag)
{
    struct provider_sim *s = of(port);
    struct request **at = find(s, tag);

    return *at == NULL || (*at)->first_byte_ms <= s->now_ms;
}

static bool withdraw(struct provider *port, uint64_t tag)
{
    struct provider_sim *s = of(port);
    struct request **at = find(s, tag);

    if (*at == NULL || (*at)->first_byte_ms <= s->now_ms) return false;
    struct request *q = *at;
    tell(s, q, "withdrawn");
    unlink_request(s, at);
    request_free(q);
    s->counts.withdrawn++;
    return true;
}

static const struct provider_ops OPS = {start, poll_answers, answer_free, nothing_to_wake,
                                        set_account, stop, bytes_out, withdraw};

/* ---- the world's side ---- */

struct provider_sim *provider_sim_new(struct sandbox *sb, uint64_t seed, int64_t timeout_ms)
{
    struct provider_sim *s = calloc(1, sizeof *s);

    BUG_IF(s == NULL);
    s->port.ops = &OPS;
    s->sb = sb;
    s->rng = rng_seeded(seed);
    s->plan = (struct network_plan){.connect_ms_max = 5, .travel_ms_max = 20};
    s->timeout_ms = timeout_ms;
    s->now_ms = s->outage_until_ms = INT64_MIN;
    s->end = &s->first;
    return s;
}

void provider_sim_free(struct provider_sim *s)
{
    while (s->first != NULL) {
        struct request *q = s->first;
        unlink_request(s, &s->first);
        request_free(q);
    }
    free(s);
}

struct provider *provider_sim_port(struct provider_sim *s)
{
    return &s->port;
}

void provider_sim_plan(struct provider_sim *s, const struct network_plan *plan)
{
    s->plan = *plan;
}

void provider_sim_outage(struct provider_sim *s, int64_t until_ms)
{
    s->outage_until_ms = until_ms;
}

void provider_sim_run(struct provider_sim *s, int64_t now_ms)
{
    s->now_ms = now_ms;
    for (struct request **at = &s->first; *at != NULL;) {
        struct request *q = *at;
        if (!q->received && q->received_ms <= now_ms) receive(s, q);
        if (q->orphan && q->received) {
            unlink_request(s, at);
            request_free(q);
        } else {
            at = &q->next;
        }
    }
}

int64_t provider_sim_next_ms(const struct provider_sim *s)
{
    int64_t next_ms = INT64_MAX;

    for (const struct request *q = s->first; q != NULL; q = q->next) {
        if (!q->received && q->received_ms < next_ms) next_ms = q->received_ms;
        if (!q->orphan && q->answer_ms < next_ms) next_ms = q->answer_ms;
    }
    return next_ms;
}

int64_t provider_sim_arrives_ms(const struct provider_sim *s)
{
    int64_t next_ms = INT64_MAX;

    for (const struct request *q = s->first; q != NULL; q = q->next)
        if (!q->received && q->received_ms < next_ms) next_ms = q->received_ms;
    return next_ms;
}

void provider_sim_crash(struct provider_sim *s)
{
    for (struct request **at = &s->first; *at != NULL;) {
        struct request *q = *at;
        /* Some bytes had left: all of them may have, or not. */
        bool travels = !q->received && q->fate == FATE_NORMAL && q->first_byte_ms <= s->now_ms &&
                       rng_chance(&s->rng, 500000);
        if (travels || (q->orphan && !q->received)) {
            q->orphan = true;
            at = &q->next;
            continue;
        }
        unlink_request(s, at);
        request_free(q);
    }
}

void provider_sim_hear(struct provider_sim *s, void (*heard)(void *owner, uint64_t to, const char *what), void *owner)
{
    s->heard = heard;
    s->owner = owner;
}

struct provider_sim_counts provider_sim_counts(const struct provider_sim *s)
{
    return s->counts;
}
