/*
 * alerts: monitor alerts over rest. Owns nothing. Contract in alerts.h.
 */
#include "twilio/alerts.h"

#include "twilio/date.h"
#include "twilio/form.h"

enum { TARGET_BYTES = 512 };

enum err alert_from_json(const json_t *object, struct twilio_alert *out)
{
    *out = (struct twilio_alert){0};
    if (!twilio_sid_is(twilio_json_text(object, "sid"), "NO")) return ERR_INVALID;
    twilio_json_copy(object, "sid", out->sid, sizeof out->sid);
    twilio_json_copy(object, "resource_sid", out->resource_sid, sizeof out->resource_sid);
    twilio_json_copy(object, "service_sid", out->service_sid, sizeof out->service_sid);
    out->error_code = twilio_json_int(object, "error_code", 0);
    out->log_level = twilio_json_text(object, "log_level");
    out->request_method = twilio_json_text(object, "request_method");
    out->request_url = twilio_json_text(object, "request_url");
    out->alert_text = twilio_json_text(object, "alert_text");
    out->date_generated_ms = twilio_json_date_ms(object, "date_generated");
    return ERR_OK;
}

struct alert_walk {
    alert_taker take;
    void *user;
};

static enum err take_alert(void *user, const json_t *item, struct fault *f)
{
    const struct alert_walk *walk = user;
    struct twilio_alert alert;
    if (alert_from_json(item, &alert) != ERR_OK)
        return fault_set(f, ERR_UNAVAILABLE, "Twilio listed an alert without a SID");
    return walk->take(walk->user, &alert, f);
}

static void add_date(struct buf *target, const char *name, int64_t ms)
{
    char text[DATE_TEXT_BYTES];
    if (ms == 0) return;
    date_format_iso8601(ms, text);
    buf_addf(target, "&%s=", name);
    url_encode_add(target, str_from(text));
}

enum err alerts_list(struct rest *r, const struct twilio_account *a, const struct alert_filter *filter,
                     alert_taker take, void *user, struct fault *f)
{
    struct rest_list list = {TWILIO_MONITOR, {NULL, 0}, "alerts", filter->pages_max};
    struct alert_walk walk = {take, user};
    struct buf target;
    enum err failed;

    buf_init(&target, TARGET_BYTES);
    buf_add_text(&target, "/v1/Alerts?PageSize=1000");
    if (filter->log_level.len > 0) {
        buf_add_text(&target, "&LogLevel=");
        url_encode_add(&target, filter->log_level);
    }
    add_date(&target, "StartDate", filter->from_ms);
    add_date(&target, "EndDate", filter->until_ms);
    failed = buf_check(&target);
    list.target = buf_str(&target);
    if (failed == ERR_OK)
        failed = rest_each(r, a, &list, take_alert, &walk, f);
    else
        failed = fault_set(f, ERR_INVALID, "the filter for alerts is too long");
    buf_free(&target);
    return failed;
}
