/* api_alert: Monitor's alerts about webhooks that failed (reference 17.2). */
#include "sandbox/call.h"

#include <stdio.h>

static void put_alert(struct call *c, const struct alert *a, bool details)
{
    char sid[SANDBOX_SID_BYTES], resource[SANDBOX_SID_BYTES], code[16];
    sb_sid_make(c->sb, SID_ALERT, a->seq, sid);
    sandbox_message_sid(c->sb, a->message, resource);
    (void)snprintf(code, sizeof code, "%d", a->error_code);
    json_put_text(c->out, "account_sid", sandbox_account_sid(c->sb, a->account));
    json_put_text(c->out, "alert_text",
                  arena_printf(&c->arena,
                               "Msg&sourceComponent=14100&httpResponse=%d&ErrorCode=%d&LogLevel=ERROR",
                               a->http_status, a->error_code));
    json_put_text(c->out, "api_version", "2010-04-01");
    sb_call_put_date_iso(c, "date_created", a->date_ms);
    sb_call_put_date_iso(c, "date_generated", a->date_ms);
    sb_call_put_date_iso(c, "date_updated", a->date_ms);
    json_put_text(c->out, "error_code", code);
    json_put_text(c->out, "log_level", "error");
    json_put_text(c->out, "more_info",
                  arena_printf(&c->arena, "https://www.twilio.com/docs/errors/%d", a->error_code));
    json_put_text(c->out, "request_method", a->is_get ? "GET" : "POST");
    json_put_text(c->out, "request_url", a->url);
    json_put_text(c->out, "resource_sid", resource);
    json_put_text(c->out, "sid", sid);
    sb_call_put_url(c, "url", "/v1/Alerts/%s", sid);
    json_put_str_or_null(c->out, "service_sid", str_from(sandbox_service_sid(c->sb, a->service)));
    if (!details) return;
    json_put_text(c->out, "request_variables", a->variables == NULL ? "" : a->variables);
    json_put_text(c->out, "request_headers", "");
    json_put_text(c->out, "response_headers", a->content_type);
    json_put_text(c->out, "response_body", a->body == NULL ? "" : a->body);
}

/* "2026-01-01" or a full moment; `absent` if there is none. */
static int64_t query_date(const struct call *c, const char *name, int64_t absent)
{
    int64_t ms;
    struct str text = sb_call_query(c, name);
    return text.len > 0 && sb_call_read_date(text, &ms) == ERR_OK ? ms : absent;
}

static bool is_shown(const struct call *c, uint64_t id)
{
    const struct alert *a = sb_alert_at(c->sb, id);
    struct str level = sb_call_query(c, "LogLevel");
    if (a == NULL || a->account != c->account) return false;
    if (level.len > 0 && !str_equal(level, STR("error"))) return false;
    return a->date_ms >= query_date(c, "StartDate", 0) && a->date_ms <= query_date(c, "EndDate", INT64_MAX);
}

void sb_api_alert_list(struct call *c)
{
    struct page page;
    if (!sb_page_read(c, SID_ALERT, &page)) return;
    sb_page_collect(c, &page, c->sb->alert_last, is_shown);
    sb_call_ok(c, 200);
    sb_page_put_meta(c, &page, "alerts");
    json_key(c->out, "alerts");
    json_open(c->out, '[');
    for (size_t i = 0; i < page.count; i++) {
        json_open(c->out, '{');
        put_alert(c, sb_alert_at(c->sb, page.ids[i]), false);
        json_close(c->out, '}');
    }
    json_close(c->out, ']');
    json_close(c->out, '}');
}

void sb_api_alert_fetch(struct call *c)
{
    uint64_t seq = sb_sid_read(c->sb, SID_ALERT, c->args[0]);
    const struct alert *a = seq == UINT64_MAX || seq == 0 ? NULL : sb_alert_at(c->sb, seq);
    if (a == NULL || a->account != c->account) {
        sb_call_not_found(c);
        return;
    }
    sb_call_ok(c, 200);
    put_alert(c, a, true);
    json_close(c->out, '}');
}
