/* control_truth: the ledger, the oracle's questions, counters. */
#include "sandbox/control_parts.h"

#include <inttypes.h>
#include <stdio.h>

enum { LEDGER_PAGE_MAX = 10000, LIMITS_MAX = 64 };

static void put_entry(struct control *c, const struct sandbox_ledger_entry *e)
{
    char sid[SANDBOX_SID_BYTES];
    sandbox_message_sid(c->sb, e->message, sid);
    json_open(c->out, '{');
    json_put_int(c->out, "seq", (int64_t)e->seq);
    json_put_int(c->out, "at_ms", e->at_ms);
    json_put_time(c->out, "date", e->date_ms);
    json_put_text(c->out, "account", sandbox_account_sid(c->sb, e->account));
    json_put_str_or_null(c->out, "service", str_from(sandbox_service_sid(c->sb, e->service)));
    json_put_str_or_null(c->out, "from", str_from(sandbox_sender_address(c->sb, e->sender)));
    json_put_number(c->out, "to", e->to);
    json_put_text(c->out, "carrier", sandbox_carrier_name(e->carrier));
    json_put_int(c->out, "segments", e->segments);
    json_put_text(c->out, "body_hash", arena_printf(&c->arena, "%016" PRIx64, e->body_hash));
    json_put_str_or_null(c->out, "status_callback", e->status_callback);
    json_put_text(c->out, "sid", e->message == 0 ? NULL : sid);
    json_put_int(c->out, "http_status", e->http_status);
    json_put_int(c->out, "code", e->code);
    json_put_text(c->out, "fault", sandbox_fault_name(e->fault));
    json_close(c->out, '}');
}

static int64_t query_int(struct control *c, const char *name, int64_t absent)
{
    uint64_t value;
    if (str_to_u64(form_get(&c->query, str_from(name)), &value) != ERR_OK || value > INT64_MAX) return absent;
    return (int64_t)value;
}

void control_serve_ledger(struct control *c)
{
    uint64_t from = (uint64_t)query_int(c, "from", 1), limit = (uint64_t)query_int(c, "limit", 1000);
    uint64_t count = sandbox_ledger_count(c->sb), kept = sandbox_ledger_dropped(c->sb) + 1;
    if (limit > LEDGER_PAGE_MAX) limit = LEDGER_PAGE_MAX;
    if (from < kept) from = kept;
    json_open(c->out, '{');
    json_put_int(c->out, "count", (int64_t)count);
    json_put_int(c->out, "dropped", (int64_t)(kept - 1));
    json_key(c->out, "entries");
    json_open(c->out, '[');
    for (uint64_t seq = from; seq <= count && seq - from < limit; seq++) {
        struct sandbox_ledger_entry e;
        if (sandbox_ledger_get(c->sb, seq, &e) == ERR_OK) put_entry(c, &e);
    }
    json_close(c->out, ']');
    json_close(c->out, '}');
}

/* By number or short code; an alphanumeric name is many accounts' own. False after having refused. */
static bool read_sender(struct control *c, struct str address, uint32_t *out)
{
    enum sender_kind kind;
    uint64_t number;

    *out = SANDBOX_NONE;
    if (sb_sender_kind_of(address, &kind, &number) && number != 0) *out = sb_sender_by_number(c->sb, number);
    if (*out == SANDBOX_NONE) control_refuse(c, 404, "no sender " STR_FMT, STR_ARG(str_slice(address, 0, 100)));
    return *out != SANDBOX_NONE;
}

static bool read_scope(struct control *c, struct str scope, struct str only, struct sandbox_limit *limit)
{
    static const char *const scopes[] = {"account",         "service", "service_carrier",
                                         "account_carrier", "sender",  "sender_carrier", "all"};
    size_t at = 0;
    while (at < sizeof scopes / sizeof *scopes && !str_equal(scope, str_from(scopes[at]))) at++;
    if (at == sizeof scopes / sizeof *scopes) {
        control_refuse(c, 400, "scope is account, service, service_carrier, account_carrier, sender, sender_carrier or all");
        return false;
    }
    limit->scope = (enum sandbox_limit_scope)at;
    limit->only = SANDBOX_NONE;
    if (only.len == 0) return true;
    switch (limit->scope) {
    case SANDBOX_PER_ACCOUNT:
    case SANDBOX_PER_ACCOUNT_CARRIER: return control_account(c, only, &limit->only);
    case SANDBOX_PER_SERVICE:
    case SANDBOX_PER_SERVICE_CARRIER: return control_service(c, only, &limit->only);
    case SANDBOX_PER_SENDER:
    case SANDBOX_PER_SENDER_CARRIER: return read_sender(c, only, &limit->only);
    default: return true;
    }
}

static bool read_limit(struct control *c, json_t *object, struct sandbox_limit *limit)
{
    struct str scope = {NULL, 0}, only = {NULL, 0}, carrier = {NULL, 0};
    int64_t window = 0, most = 0;
    *limit = (struct sandbox_limit){.carrier = SANDBOX_CARRIER_COUNT};
    if (!READ(c, object, TEXT("scope", &scope), TEXT("only", &only), TEXT("carrier", &carrier),
              INT("window_ms", &window), INT("most", &most), BOOL("segments", &limit->in_segments)))
        return false;
    if (window <= 0 || most <= 0 || (carrier.len > 0 && !control_carrier(carrier, &limit->carrier))) {
        control_refuse(c, 400, "a limit has window_ms and most above 0, and perhaps a carrier");
        return false;
    }
    limit->window_ms = window;
    limit->most = (uint64_t)most;
    return read_scope(c, scope, only, limit);
}

static void put_findings(struct control *c, const struct sandbox_verdict *v)
{
    static const char *const kinds[] = {"duplicate", "after_stop", "over_limit"};
    json_key(c->out, "findings");
    json_open(c->out, '[');
    for (size_t i = 0; i < v->findings_count; i++) {
        const struct sandbox_finding *f = &v->findings[i];
        json_open(c->out, '{');
        json_put_text(c->out, "kind", kinds[f->kind]);
        json_put_int(c->out, "first_seq", (int64_t)f->first_seq);
        json_put_int(c->out, "seq", (int64_t)f->seq);
        if (f->kind == SANDBOX_OVER_LIMIT) json_put_int(c->out, "limit", (int64_t)f->limit);
        if (f->kind == SANDBOX_OVER_LIMIT) json_put_int(c->out, "counted", (int64_t)f->counted);
        if (f->kind == SANDBOX_AFTER_STOP) json_put_int(c->out, "late_ms", f->late_ms);
        json_close(c->out, '}');
    }
    json_close(c->out, ']');
}

static void put_verdict(struct control *c, const struct sandbox_verdict *v, size_t limits)
{
    json_open(c->out, '{');
    json_put_int(c->out, "received", (int64_t)v->received);
    json_put_int(c->out, "committed", (int64_t)v->committed);
    json_put_int(c->out, "identified", (int64_t)v->identified);
    json_put_int(c->out, "duplicates", (int64_t)v->duplicates);
    json_put_int(c->out, "after_stop", (int64_t)v->after_stop);
    json_put_int(c->out, "over_limit", (int64_t)v->over_limit);
    json_put_int(c->out, "dropped", (int64_t)v->dropped);
    json_key(c->out, "fullest");
    json_open(c->out, '[');
    for (size_t i = 0; i < limits && i < sizeof v->fullest / sizeof *v->fullest; i++)
        json_int(c->out, (int64_t)v->fullest[i]);
    json_close(c->out, ']');
    put_findings(c, v);
    json_close(c->out, '}');
}

void control_serve_oracle(struct control *c)
{
    struct sandbox_limit limits[LIMITS_MAX];
    struct sandbox_oracle o = {.limits = limits};
    struct sandbox_verdict verdict;
    json_t *array = NULL;
    int64_t crossing = 0, from = 0;
    if (!READ(c, c->body, TEXT("id_param", &o.id_param), ARRAY("limits", &array),
              BOOL("count_received", &o.count_received), INT("stop_crossing_ms", &crossing),
              INT("from_seq", &from)))
        return;
    o.stop_crossing_ms = crossing;
    o.from_seq = from < 0 ? 0 : (uint64_t)from;
    o.limits_count = json_array_size(array);
    if (o.limits_count > LIMITS_MAX) {
        control_refuse(c, 400, "at most %d limits", LIMITS_MAX);
        return;
    }
    for (size_t i = 0; i < o.limits_count; i++)
        if (!read_limit(c, json_array_get(array, i), &limits[i])) return;
    if (sandbox_ledger_check(c->sb, &o, &verdict) != ERR_OK)
        control_refuse(c, 503, "no memory for the question");
    else
        put_verdict(c, &verdict, o.limits_count);
}

static void put_id(void *control, struct str id, uint32_t times)
{
    struct control *c = control;
    json_open(c->out, '[');
    json_str(c->out, id);
    json_int(c->out, times);
    json_close(c->out, ']');
}

void control_serve_ids(struct control *c)
{
    json_open(c->out, '{');
    json_key(c->out, "ids");
    json_open(c->out, '[');
    if (sandbox_ledger_ids(c->sb, form_get(&c->query, STR("param")), put_id, c) != ERR_OK) {
        control_refuse(c, 503, "no memory for the question");
        return;
    }
    json_close(c->out, ']');
    json_close(c->out, '}');
}

void control_serve_stats(struct control *c)
{
    struct sandbox_stats s;
    sandbox_stats_get(c->sb, &s);
    const struct {
        const char *name;
        uint64_t value;
    } counters[] = {
        {"requests", s.requests},
        {"created", s.created},
        {"refused", s.refused},
        {"inbound", s.inbound},
        {"webhooks", s.webhooks},
        {"webhooks_failed", s.webhooks_failed},
        {"webhooks_retried", s.webhooks_retried},
        {"webhooks_waiting", s.webhooks_waiting},
        {"webhooks_out", s.webhooks_out},
        {"webhooks_lost", s.webhooks_lost},
        {"webhooks_dropped", s.webhooks_dropped},
        {"alerts", s.alerts},
        {"waiting", s.waiting},
        {"messages_kept", s.messages_kept},
        {"forgotten", s.forgotten},
    };
    json_open(c->out, '{');
    for (size_t i = 0; i < sizeof counters / sizeof *counters; i++)
        json_put_int(c->out, counters[i].name, (int64_t)counters[i].value);
    json_key(c->out, "by_status");
    json_open(c->out, '{');
    for (int i = 0; i < SANDBOX_STATUS_COUNT; i++)
        json_put_int(c->out, sandbox_status_name((enum sandbox_status)i), (int64_t)s.by_status[i]);
    json_close(c->out, '}');
    json_key(c->out, "faults");
    json_open(c->out, '{');
    for (int i = 1; i < SANDBOX_FAULT_COUNT; i++)
        json_put_int(c->out, sandbox_fault_name((enum sandbox_fault)i), (int64_t)s.faults[i]);
    json_close(c->out, '}');
    json_close(c->out, '}');
}

