/*
 * api_message: POST, GET and DELETE of messages (reference 2). The parameters are judged here as far as their
 * form goes; what they mean is judged by the model, after the creation is in its ledger.
 */
#include "sandbox/call.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { CALLBACK_BYTES_MAX = 2048 };

static void put_from(struct call *c, const struct sandbox_message *m)
{
    if (m->direction == SANDBOX_INBOUND)
        sb_call_put_address(c->out, "from", m->from);
    else
        json_put_str_or_null(c->out, "from", str_from(sandbox_sender_address(c->sb, m->sender)));
}

/* "-0.00750": a charge is negative. */
static void put_price(struct call *c, const struct sandbox_message *m)
{
    char text[32];
    int64_t micros = m->price_micros < 0 ? -m->price_micros : m->price_micros;
    (void)snprintf(text, sizeof text, "%s%" PRId64 ".%05" PRId64, m->price_micros < 0 ? "-" : "",
                   micros / 1000000, micros % 1000000 / 10);
    json_put_text(c->out, "price", m->priced ? text : NULL);
}

static void put_error(struct call *c, const struct sandbox_message *m)
{
    if (m->error_code == 0)
        json_put_null(c->out, "error_code");
    else
        json_put_int(c->out, "error_code", m->error_code);
    json_put_text(c->out, "error_message", sb_call_error_text(m->error_code));
}

static void put_members(struct call *c, const struct sandbox_message *m, const char *sid)
{
    static const char *const directions[] = {"inbound", "outbound-api", "outbound-reply"};
    const char *account = sandbox_account_sid(c->sb, m->account);
    char segments[16];
    (void)snprintf(segments, sizeof segments, "%u", m->segments);
    json_put_str(c->out, "body", m->body);
    json_put_text(c->out, "num_segments", segments);
    json_put_text(c->out, "direction", directions[m->direction]);
    put_from(c, m);
    sb_call_put_address(c->out, "to", m->to);
    sb_call_put_date_2010(c, "date_updated", m->updated_ms);
    put_price(c, m);
    put_error(c, m);
    sb_call_put_path(c, "uri", "/2010-04-01/Accounts/%s/Messages/%s.json", account, sid);
    json_put_text(c->out, "account_sid", account);
    json_put_text(c->out, "num_media", "0");
    json_put_text(c->out, "status", sandbox_status_name(m->status));
    json_put_str_or_null(c->out, "messaging_service_sid", str_from(sandbox_service_sid(c->sb, m->service)));
    json_put_text(c->out, "sid", sid);
    sb_call_put_date_2010(c, "date_sent", m->sent_ms);
    sb_call_put_date_2010(c, "date_created", m->created_ms);
    json_put_text(c->out, "price_unit", "USD");
    json_put_text(c->out, "api_version", "2010-04-01");
    json_key(c->out, "subresource_uris");
    json_open(c->out, '{');
    sb_call_put_path(c, "media", "/2010-04-01/Accounts/%s/Messages/%s/Media.json", account, sid);
    json_close(c->out, '}');
}

static void put_message(struct call *c, const struct sandbox_message *m)
{
    char sid[SANDBOX_SID_BYTES];
    sandbox_message_sid(c->sb, m->number, sid);
    put_members(c, m, sid);
}

static bool is_host_byte(char c)
{
    char lower = (char)(c | 0x20);
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == ':' ||
           c == '[' || c == ']';
}

/* Absolute, http or https, a host without an underscore (reference 2.1, StatusCallback). */
static bool is_callback_url(struct str url)
{
    struct str rest, host;
    if (url.len > CALLBACK_BYTES_MAX) return false;
    if (str_starts(url, STR("https://")))
        rest = str_slice(url, 8, url.len);
    else if (str_starts(url, STR("http://")))
        rest = str_slice(url, 7, url.len);
    else
        return false;
    host = str_slice(rest, 0, str_find_char(rest, '/'));
    host = str_slice(host, 0, str_find_char(host, '?'));
    host = str_slice(host, 0, str_find_char(host, '#'));
    size_t at = str_find_char(host, '@');
    if (at < host.len) host = str_slice(host, at + 1, host.len);
    for (size_t i = 0; i < host.len; i++)
        if (!is_host_byte(host.at[i])) return false;
    return host.len > 0;
}

/* An alphanumeric sender need not be bought: whoever names one has it. */
static int read_from(struct call *c, struct sandbox_create *create)
{
    struct str from = str_trim(sb_call_param(c, "From"));
    enum sender_kind kind;
    uint64_t number = sb_call_read_number(from);
    char text[SANDBOX_ADDRESS_BYTES];
    if (from.len == 0) return 0;
    if (number != 0) {
        (void)snprintf(text, sizeof text, "+%" PRIu64, number);
        from = str_from(arena_printf(&c->arena, "%s", text));
    }
    create->sender = sandbox_sender_find(c->sb, c->account, from);
    if (create->sender != SANDBOX_NONE) return 0;
    if (!sb_sender_kind_of(from, &kind, &number)) return 21212;
    if (kind != SENDER_ALPHA) return sb_sender_by_number(c->sb, number) != SANDBOX_NONE ? 21660 : 21659;
    return sandbox_sender_add(c->sb, c->account, from, SANDBOX_NONE, STR(""), &create->sender) == ERR_OK
               ? 0
               : 21606;
}

static int read_service(struct call *c, struct sandbox_create *create)
{
    struct str sid = sb_call_param(c, "MessagingServiceSid");
    if (sid.len == 0) return 0;
    if (sid.len != SANDBOX_SID_BYTES - 1 || !str_starts(sid, STR("MG"))) return 21705;
    create->service = sandbox_service_find(c->sb, sid);
    if (create->service == SANDBOX_NONE) return 21701;
    create->smart_encoded |= sb_service_at(c->sb, create->service)->smart_encoding;
    return 0;
}

static int read_to(struct call *c, struct sandbox_create *create)
{
    struct str to = str_trim(sb_call_param(c, "To"));
    uint64_t short_code;
    if (to.len == 0) return 21604;
    create->to = sb_call_read_number(to);
    if (create->to != 0) return 0;
    return to.len <= 6 && to.len >= 3 && str_to_u64(to, &short_code) == ERR_OK ? 21265 : 21211;
}

static int read_content(struct call *c, struct sandbox_create *create)
{
    create->body = sb_call_param(c, "Body");
    if (sb_call_has(c, "MediaUrl")) return 21622;
    if (sb_call_has(c, "ContentSid")) return 21655;
    if (!str_is_utf8(create->body, NULL)) return 21618;
    return create->body.len > 4 * 1600 ? 21617 : 0;
}

static int read_schedule(struct call *c, struct sandbox_create *create)
{
    struct str at = sb_call_param(c, "SendAt"), type = sb_call_param(c, "ScheduleType");
    if (at.len == 0 && type.len == 0) return 0;
    if (!str_equal(type, STR("fixed"))) return 35126;
    if (at.len == 0) return 35111;
    if (create->service == SANDBOX_NONE) return 35118;
    return sb_call_read_date(at, &create->send_at_ms) == ERR_OK && create->send_at_ms > 0 ? 0 : 35114;
}

static int read_options(struct call *c, struct sandbox_create *create)
{
    uint64_t validity;
    struct str text = sb_call_param(c, "ValidityPeriod"), callback = sb_call_param(c, "StatusCallback");
    create->smart_encoded = sb_call_bool(c, "SmartEncoded", false);
    if (callback.len > 0 && !is_callback_url(callback)) return 21609;
    create->status_callback = callback;
    if (text.len == 0) return 0;
    if (str_to_u64(text, &validity) != ERR_OK || validity == 0 || validity > c->sb->config.validity_s_max)
        return 21624;
    create->validity_s = (uint32_t)validity;
    return 0;
}

/* 0, or the first complaint. All is read even so, because the ledger wants to know what came. */
static int read_create(struct call *c, struct sandbox_create *create)
{
    int codes[6];
    codes[3] = read_options(c, create);
    codes[0] = read_service(c, create);
    codes[1] = read_from(c, create);
    codes[2] = read_to(c, create);
    codes[4] = read_content(c, create);
    codes[5] = read_schedule(c, create);
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i] != 0) return codes[i];
    return 0;
}

/* Magic From first, then To; the numbers of the live account are nobody's here (reference 10). */
static int read_test_create(struct call *c, struct sandbox_create *create)
{
    struct str from = str_trim(sb_call_param(c, "From"));
    int code = read_options(c, create), to = read_to(c, create), content = read_content(c, create);
    if (from.len == 0) return 21603;
    int magic = sb_create_test_refusal(sb_call_read_number(from), create->to);
    if (magic != 0) return magic;
    if (to != 0) return to;
    if (code == 0) code = content;
    if (code == 0 && create->body.len == 0) code = 21602;
    return code;
}

/* Test credentials store nothing: the answer is made up from the request. */
static void put_test_message(struct call *c, const struct sandbox_create *create, uint64_t seq)
{
    char sid[SANDBOX_SID_BYTES];
    struct sandbox_message m = {
        .account = c->account,
        .service = SANDBOX_NONE,
        .sender = SANDBOX_NONE,
        .to = create->to,
        .direction = SANDBOX_INBOUND,
        .from = sb_call_read_number(sb_call_param(c, "From")),
        .status = SANDBOX_QUEUED,
        .segments = sb_message_segments(c->sb, create->body, create->smart_encoded),
        .created_ms = world_date(c->sb),
        .updated_ms = world_date(c->sb),
        .body = create->body,
    };
    sb_sid_make(c->sb, SID_MESSAGE, UINT64_C(1) << 48 | seq, sid);
    put_members(c, &m, sid);
}

static void put_created(struct call *c, const struct sandbox_create *create,
                        const struct sandbox_created *created)
{
    struct sandbox_message m;
    if (created->message == 0) {
        put_test_message(c, create, created->ledger_seq);
        return;
    }
    if (sandbox_message_get(c->sb, created->message, &m) == ERR_OK) put_message(c, &m);
}

void sb_api_message_create(struct call *c)
{
    bool is_test = sb_account_at(c->sb, c->account)->is_test;
    struct sandbox_create create = {.account = c->account, .sender = SANDBOX_NONE, .service = SANDBOX_NONE};
    struct sandbox_created created;
    int refusal = is_test ? read_test_create(c, &create) : read_create(c, &create);
    if (create.body.len > 4 * 1600) create.body = str_slice(create.body, 0, 4 * 1600);
    sb_create_message(c->sb, &create, refusal, &created);
    if (created.http_status == 201) {
        sb_call_ok(c, 201);
        put_created(c, &create, &created);
        json_close(c->out, '}');
    } else if (created.code != 0) {
        sb_call_error(c, created.http_status, created.code);
    }
    sb_call_spoil(c, &created.wire, created.http_status, created.code, created.retry_after_s);
}

/* "2026-01-01" is that day; the names carry the comparison (reference 2.3). */
static void read_dates(struct call *c, struct sandbox_list *q)
{
    int64_t ms;
    struct str day = sb_call_query(c, "DateSent"), after = sb_call_query(c, "DateSent>"),
               before = sb_call_query(c, "DateSent<");
    if (day.len > 0 && sb_call_read_date(str_slice(day, 0, 10), &ms) == ERR_OK) {
        q->sent_from_ms = ms;
        q->sent_before_ms = ms + 86400000;
    }
    if (after.len > 0 && sb_call_read_date(after, &ms) == ERR_OK) q->sent_from_ms = ms;
    if (before.len > 0 && sb_call_read_date(before, &ms) == ERR_OK)
        q->sent_before_ms = ms + (before.len == 10 ? 86400000 : 1000);
}

static bool read_list(struct call *c, struct sandbox_list *q)
{
    struct str to = sb_call_query(c, "To"), from = sb_call_query(c, "From");
    enum sender_kind kind;
    read_dates(c, q);
    q->to = sb_call_read_number(to);
    q->from = sb_call_read_number(from);
    if (to.len > 0 && q->to == 0 && !sb_sender_kind_of(to, &kind, &q->to)) return false;
    if (from.len > 0 && q->from == 0 && !sb_sender_kind_of(from, &kind, &q->from)) return false;
    return (to.len == 0 || q->to != 0) && (from.len == 0 || q->from != 0);
}

/* Older pages until the anchor is met; the last page's worth before it is what was asked. */
static size_t list_back(struct call *c, struct page *page, struct sandbox_list q, struct sandbox_message *out)
{
    struct sandbox_listed listed;
    uint64_t *newer = arena_alloc(&c->arena, page->size * sizeof *newer);
    size_t count = 0, kept;
    bool met = false;
    do {
        sandbox_list_messages(c->sb, c->sb->now_ms, &q, out, page->size, &listed);
        for (size_t i = 0; newer != NULL && i < listed.count && !met; i++) {
            met = out[i].number <= page->anchor;
            if (!met) newer[count++ % page->size] = out[i].number;
        }
        q.before = listed.next;
    } while (!met && listed.next != 0);
    kept = count < page->size ? count : page->size;
    for (size_t i = 0; i < kept; i++)
        if (sandbox_message_get(c->sb, newer[(count - kept + i) % page->size], &out[i]) != ERR_OK) kept = i;
    page->more = true;
    return kept;
}

static void put_list(struct call *c, const struct page *page, const struct sandbox_message *messages)
{
    sb_call_ok(c, 200);
    json_key(c->out, "messages");
    json_open(c->out, '[');
    for (size_t i = 0; i < page->count; i++) {
        json_open(c->out, '{');
        put_message(c, &messages[i]);
        json_close(c->out, '}');
    }
    json_close(c->out, ']');
    sb_page_put_2010(c, page);
    json_close(c->out, '}');
}

void sb_api_message_list(struct call *c)
{
    struct page page;
    struct sandbox_list q = {.account = c->account};
    struct sandbox_listed listed;
    struct sandbox_message *out;
    bool possible = read_list(c, &q);
    if (!sb_page_read(c, SID_MESSAGE, &page)) return;
    q.before = page.back ? 0 : page.anchor;
    out = arena_alloc(&c->arena, page.size * sizeof *out);
    if (out == NULL) {
        sb_call_error(c, 500, 20500);
        return;
    }
    sandbox_list_messages(c->sb, c->sb->now_ms, &q, out, page.size, &listed);
    page.count = !possible ? 0 : page.back ? list_back(c, &page, q, out) : listed.count;
    if (!page.back) page.more = possible && listed.next != 0;
    for (size_t i = 0; i < page.count; i++) page.ids[i] = out[i].number;
    put_list(c, &page, out);
    sb_call_spoil(c, &listed.wire, listed.http_status, listed.code, listed.retry_after_s);
}

/* The message that {} names, if it belongs to the account; 0 after having answered 404. */
static uint64_t message_named(struct call *c)
{
    struct sandbox_message m;
    uint64_t number = sandbox_message_number(c->sb, c->args[0]);
    if (number == 0 || sandbox_message_get(c->sb, number, &m) != ERR_OK || m.account != c->account) {
        sb_call_not_found(c);
        return 0;
    }
    return number;
}

static void answer_message(struct call *c, uint64_t number)
{
    struct sandbox_message m;
    if (sandbox_message_get(c->sb, number, &m) != ERR_OK) {
        sb_call_not_found(c);
        return;
    }
    sb_call_ok(c, 200);
    put_message(c, &m);
    json_close(c->out, '}');
}

void sb_api_message_fetch(struct call *c)
{
    uint64_t number = message_named(c);
    if (number != 0) answer_message(c, number);
}

static bool cancel(struct call *c, uint64_t number)
{
    if (!str_equal(sb_call_param(c, "Status"), STR("canceled"))) {
        sb_call_error(c, 400, 20001);
        return false;
    }
    if (sandbox_message_cancel(c->sb, c->sb->now_ms, number) == ERR_OK) return true;
    sb_call_error(c, 409, 30409);
    return false;
}

static bool redact(struct call *c, uint64_t number)
{
    if (sb_call_param(c, "Body").len > 0) {
        sb_call_error(c, 400, 20001);
        return false;
    }
    if (sandbox_message_redact(c->sb, c->sb->now_ms, number) == ERR_OK) return true;
    sb_call_error(c, 409, 20009);
    return false;
}

void sb_api_message_update(struct call *c)
{
    uint64_t number = message_named(c);
    if (number == 0) return;
    if (sb_call_has(c, "Status") && !cancel(c, number)) return;
    if (sb_call_has(c, "Body") && !redact(c, number)) return;
    answer_message(c, number);
}

void sb_api_message_delete(struct call *c)
{
    uint64_t number = message_named(c);
    if (number == 0) return;
    if (sandbox_message_delete(c->sb, c->sb->now_ms, number) == ERR_OK)
        sb_call_no_content(c);
    else
        sb_call_error(c, 409, 20009);
}

void sb_api_media_list(struct call *c)
{
    struct page page;
    if (message_named(c) == 0 || !sb_page_read(c, SID_MESSAGE, &page)) return;
    sb_call_ok(c, 200);
    json_key(c->out, "media_list");
    json_open(c->out, '[');
    json_close(c->out, ']');
    sb_page_put_2010(c, &page);
    json_close(c->out, '}');
}

void sb_api_feedback_create(struct call *c)
{
    const char *account = sandbox_account_sid(c->sb, c->account);
    struct str outcome = sb_call_param(c, "Outcome");
    if (message_named(c) == 0) return;
    if (outcome.len == 0) outcome = STR("confirmed");
    if (!str_equal(outcome, STR("confirmed")) && !str_equal(outcome, STR("unconfirmed"))) {
        sb_call_error(c, 400, 20001);
        return;
    }
    sb_call_ok(c, 200);
    json_put_text(c->out, "account_sid", account);
    json_put_str(c->out, "message_sid", c->args[0]);
    json_put_str(c->out, "outcome", outcome);
    sb_call_put_date_2010(c, "date_created", world_date(c->sb));
    sb_call_put_date_2010(c, "date_updated", world_date(c->sb));
    sb_call_put_path(c, "uri", "/2010-04-01/Accounts/%s/Messages/" STR_FMT "/Feedback.json", account,
                  STR_ARG(c->args[0]));
    json_close(c->out, '}');
}
