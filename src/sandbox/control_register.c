/* control_register: the ledger of registrations, for tests that judge it. */
#include "sandbox/control_parts.h"
#include "sandbox/register_log.h"
#include "sandbox/registry.h"

enum { ENTRIES_PAGE_MAX = 10000 };

static const struct {
    const char *name;
    enum sid_kind kind;
} kinds[] = {
    {"address", SID_ADDRESS}, {"key", SID_KEY}, {"end_user", SID_END_USER}, {"document", SID_DOCUMENT},
    {"profile", SID_PROFILE}, {"product", SID_PRODUCT}, {"assignment", SID_ASSIGNMENT}, {"channel", SID_CHANNEL},
    {"evaluation", SID_EVALUATION}, {"brand", SID_BRAND}, {"vetting", SID_VETTING}, {"campaign", SID_CAMPAIGN},
    {"number_registration", SID_NUMBER_REGISTRATION}, {"toll_free", SID_TOLL_FREE}, {"sink", SID_SINK},
    {"subscription", SID_SUBSCRIPTION},
};

/* How many there are now; SANDBOX_NONE is everybody's. */
static int64_t existing(const struct sandbox *sb, enum sid_kind kind, uint32_t account)
{
    const struct thing *t;
    int64_t count = 0;
    for (uint64_t n = 0; (t = sb_thing_at(sb, kind, n)) != NULL; n++)
        count += !t->removed && (account == SANDBOX_NONE || t->account == account);
    return count;
}

/* How often they were sent to be reviewed, those that are gone included. */
static int64_t submissions(const struct sandbox *sb, enum sid_kind kind, uint32_t account)
{
    const struct thing *t;
    int64_t count = 0;
    for (uint64_t n = 0; (t = sb_thing_at(sb, kind, n)) != NULL; n++)
        if (account == SANDBOX_NONE || t->account == account) count += t->submitted;
    return count;
}

static void put_submitted(struct control *c, uint32_t account)
{
    static const enum sid_kind reviewed[] = {SID_PROFILE, SID_PRODUCT, SID_BRAND, SID_CAMPAIGN, SID_TOLL_FREE};
    json_key(c->out, "submitted");
    json_open(c->out, '{');
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        for (size_t k = 0; k < sizeof reviewed / sizeof *reviewed; k++)
            if (kinds[i].kind == reviewed[k])
                json_put_int(c->out, kinds[i].name, submissions(c->sb, reviewed[k], account));
    json_close(c->out, '}');
}

static void put_counts(struct control *c, uint32_t account)
{
    int64_t services = 0, numbers = 0;
    json_key(c->out, "exist");
    json_open(c->out, '{');
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        json_put_int(c->out, kinds[i].name, existing(c->sb, kinds[i].kind, account));
    for (size_t i = 0; i < c->sb->service_count; i++)
        services += !c->sb->services[i]->removed && (account == SANDBOX_NONE || c->sb->services[i]->account == account);
    for (size_t i = 0; i < c->sb->sender_count; i++)
        numbers += !c->sb->senders[i]->released && (account == SANDBOX_NONE || c->sb->senders[i]->account == account);
    json_put_int(c->out, "service", services);
    json_put_int(c->out, "sender", numbers);
    json_put_int(c->out, "account", (int64_t)c->sb->account_count - 2); /* subaccounts */
    json_close(c->out, '}');
}

static void put_foreign(struct control *c, const struct register_log *log)
{
    json_key(c->out, "foreign_requests");
    json_open(c->out, '[');
    for (size_t i = 0; i < log->foreign && i < FOREIGN_KEPT_MAX; i++) {
        const struct foreign_request *f = &log->kept[i];
        json_open(c->out, '{');
        json_put_int(c->out, "at_ms", f->at_ms);
        json_put_text(c->out, "authenticated", sandbox_account_sid(c->sb, f->auth));
        json_put_text(c->out, "sid", f->sid);
        json_put_text(c->out, "owner", sandbox_account_sid(c->sb, f->owner));
        json_put_text(c->out, "path", f->path);
        json_close(c->out, '}');
    }
    json_close(c->out, ']');
}

static void put_entry(struct control *c, const struct register_entry *e, size_t seq)
{
    json_open(c->out, '{');
    json_put_int(c->out, "seq", (int64_t)seq);
    json_put_int(c->out, "at_ms", e->at_ms);
    json_put_time(c->out, "date", e->date_ms);
    json_put_text(c->out, "account", sandbox_account_sid(c->sb, e->account));
    json_put_text(c->out, "authenticated", sandbox_account_sid(c->sb, e->auth));
    json_put_str_or_null(c->out, "key", str_from(e->key));
    json_put_text(c->out, "sid", e->sid);
    json_put_text(c->out, "path", e->path);
    json_put_str_or_null(c->out, "fact", str_from(e->fact));
    json_put_int(c->out, "http_status", e->http_status);
    json_put_bool(c->out, "repeats", e->repeats);
    json_close(c->out, '}');
}

static uint64_t query_number(struct control *c, const char *name, uint64_t absent)
{
    uint64_t value;
    return str_to_u64(form_get(&c->query, str_from(name)), &value) == ERR_OK ? value : absent;
}

void control_serve_registrations(struct control *c)
{
    const struct register_log *log = &c->sb->registry->log;
    uint64_t from = query_number(c, "from", 1), limit = query_number(c, "limit", 1000);
    struct str sid = form_get(&c->query, STR("account"));
    bool repeated_only = str_equal(form_get(&c->query, STR("repeats")), STR("true"));
    uint32_t account = SANDBOX_NONE;
    if (sid.len > 0 && !control_account(c, sid, &account)) return;
    if (limit > ENTRIES_PAGE_MAX) limit = ENTRIES_PAGE_MAX;
    json_open(c->out, '{');
    json_put_int(c->out, "count", (int64_t)log->count);
    json_put_int(c->out, "dropped", (int64_t)log->dropped);
    json_put_int(c->out, "repeated", (int64_t)log->repeated);
    json_put_int(c->out, "foreign", (int64_t)log->foreign);
    json_put_int(c->out, "unauthenticated", (int64_t)log->unauthenticated);
    put_counts(c, account);
    put_submitted(c, account);
    put_foreign(c, log);
    json_key(c->out, "entries");
    json_open(c->out, '[');
    for (size_t i = from == 0 ? 0 : (size_t)from - 1; i < log->count && limit > 0; i++) {
        const struct register_entry *e = &log->entries[i];
        if ((account != SANDBOX_NONE && e->account != account) || (repeated_only && !e->repeats)) continue;
        put_entry(c, e, i + 1);
        limit--;
    }
    json_close(c->out, ']');
    json_close(c->out, '}');
}
