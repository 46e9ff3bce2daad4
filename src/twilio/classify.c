/*
 * classify: the table of the send protocol as straight-line code. Owns nothing, fails never: what it does
 * not know is in doubt. Contract in classify.h.
 */
#include "twilio/classify.h"

#include "base/mutant.h"
#include "twilio/date.h"

enum { RETRY_AFTER_MS_MAX = 3600 * 1000 };

static enum provider_class classify_write(const struct classify_exchange *x)
{
    int status = x->http_status;

    if (status == 0)
        return x->handed_over && !MUTANT(retry_on_timeout) ? PROVIDER_CLASS_IN_DOUBT : PROVIDER_CLASS_UNSENT;
    if (status >= 500 && MUTANT(retry_on_5xx)) return PROVIDER_CLASS_UNSENT;
    /* A 429 is never processed (error 20429), whoever says it and however its body ends. */
    if (status == 429) return PROVIDER_CLASS_THROTTLED;
    if (!x->complete) return PROVIDER_CLASS_IN_DOUBT;
    if (status >= 200 && status < 300 && x->has_resource) return PROVIDER_CLASS_ACCEPTED;
    if (status >= 400 && status < 500 && (x->twilio_code != 0 || MUTANT(edge_refusal_believed)))
        return PROVIDER_CLASS_REJECTED;
    return MUTANT(unreadable_answer_is_unsent) ? PROVIDER_CLASS_UNSENT : PROVIDER_CLASS_IN_DOUBT;
}

static enum provider_class classify_read(const struct classify_exchange *x)
{
    bool success = x->complete && x->http_status >= 200 && x->http_status < 300 && x->has_resource;
    return success ? PROVIDER_CLASS_OK : PROVIDER_CLASS_FAILED;
}

static enum provider_class classify_probe(const struct classify_exchange *x)
{
    bool refused =
        x->http_status >= 400 && x->http_status < 500 && x->http_status != 429 && x->twilio_code != 0;
    return x->complete && refused ? PROVIDER_CLASS_OK : classify_read(x);
}

enum provider_class classify_exchange(enum provider_call call, const struct classify_exchange *x)
{
    switch (call) {
    case PROVIDER_CREATE:
    case PROVIDER_CANCEL:
    case PROVIDER_REDACT:
        return classify_write(x);
    case PROVIDER_PROBE:
        return classify_probe(x);
    case PROVIDER_FETCH:
    case PROVIDER_LIST:
        break;
    }
    return classify_read(x);
}

int64_t classify_retry_after_ms(struct str header, int64_t provider_date_ms)
{
    uint64_t seconds = 0;
    int64_t at_ms = 0, wait_ms = 0;

    header = str_trim(header);
    if (header.len == 0) return 0;
    if (str_to_u64(header, &seconds) == ERR_OK)
        wait_ms = seconds > RETRY_AFTER_MS_MAX / 1000 ? RETRY_AFTER_MS_MAX : (int64_t)seconds * 1000;
    else if (provider_date_ms > 0 && date_parse_rfc2822(header, &at_ms) == ERR_OK)
        wait_ms = at_ms - provider_date_ms;
    if (wait_ms < 0) return 0;
    return wait_ms > RETRY_AFTER_MS_MAX ? RETRY_AFTER_MS_MAX : wait_ms;
}

const char *provider_class_name(enum provider_class c)
{
    switch (c) {
    case PROVIDER_CLASS_ACCEPTED:
        return "accepted";
    case PROVIDER_CLASS_REJECTED:
        return "rejected";
    case PROVIDER_CLASS_THROTTLED:
        return "throttled";
    case PROVIDER_CLASS_UNSENT:
        return "unsent";
    case PROVIDER_CLASS_IN_DOUBT:
        return "in_doubt";
    case PROVIDER_CLASS_OK:
        return "ok";
    case PROVIDER_CLASS_FAILED:
        return "failed";
    }
    return "unknown";
}
