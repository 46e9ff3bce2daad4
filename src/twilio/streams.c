/* streams: Event Streams over rest, and their events as they come. Owns nothing. Contract in streams.h. */
#include "twilio/streams.h"

#include "base/json_out.h"
#include "twilio/form.h"

#include <string.h>

enum { PAGES_MAX = 20, TARGET_BYTES = 256, FORM_BYTES = 16 * 1024, JSON_BYTES = 8 * 1024, SCHEMA_VERSION = 1 };

#define PREFIX "com.twilio.messaging.compliance."
static const char *const TYPES[] = {
    PREFIX "brand-registration.brand-registered", PREFIX "brand-registration.brand-failure",
    PREFIX "brand-registration.brand-verified", PREFIX "brand-registration.brand-unverified",
    PREFIX "brand-registration.brand-vetted-verified", PREFIX "campaign-registration.campaign-submitted",
    PREFIX "campaign-registration.campaign-approved", PREFIX "campaign-registration.campaign-failure",
    PREFIX "campaign-registration.campaign-deleted", PREFIX "number-registration.pending",
    PREFIX "number-registration.successful", PREFIX "number-registration.failed",
    PREFIX "number-deregistration.successful",
};

/* ---- looking ---- */

struct search {
    struct str description; /* {NULL,0}: whichever */
    char *sid, *url;
};

static enum err take_one(void *user, const json_t *item, struct fault *f)
{
    struct search *s = user;

    if (s->sid[0] != '\0') return ERR_OK;
    if (s->description.len > 0 && !str_equal(twilio_json_text(item, "description"), s->description)) return ERR_OK;
    if (!twilio_json_copy(item, "sid", s->sid, TWILIO_SID_BYTES))
        return fault_set(f, ERR_UNAVAILABLE, "Twilio listed a sink or subscription without a SID");
    if (s->url != NULL)
        (void)twilio_json_copy(json_object_get(item, "sink_configuration"), "destination", s->url, TWILIO_URL_BYTES);
    return ERR_OK;
}

enum err streams_find_sink(struct rest *r, const struct twilio_account *a, struct str description,
                           char sid[TWILIO_SID_BYTES], char url[TWILIO_URL_BYTES], struct fault *f)
{
    struct search search = {description, sid, url};
    struct rest_list list = {TWILIO_EVENTS, STR("/v1/Sinks?PageSize=100"), "sinks", PAGES_MAX};

    sid[0] = url[0] = '\0';
    return rest_each(r, a, &list, take_one, &search, f);
}

enum err streams_find_subscription(struct rest *r, const struct twilio_account *a, struct str sink,
                                   char sid[TWILIO_SID_BYTES], struct fault *f)
{
    struct search search = {{NULL, 0}, sid, NULL};
    struct rest_list list = {TWILIO_EVENTS, {NULL, 0}, "subscriptions", PAGES_MAX};
    struct buf target;
    enum err code;

    sid[0] = '\0';
    buf_init(&target, TARGET_BYTES);
    buf_add_text(&target, "/v1/Subscriptions?PageSize=100&SinkSid=");
    url_encode_add(&target, sink);
    list.target = buf_str(&target);
    code = rest_each(r, a, &list, take_one, &search, f);
    buf_free(&target);
    return code;
}

/* ---- making ---- */

static enum err make(struct rest *r, const struct twilio_account *a, struct str target, const struct buf *form,
                     char sid[TWILIO_SID_BYTES], enum provider_class *class, struct fault *f)
{
    struct rest_call call = {.product = TWILIO_EVENTS, .target = target, .form = form};
    struct rest_answer answer = {.class = PROVIDER_CLASS_UNSENT};
    enum err code = buf_check(form) == ERR_OK ? rest_do(r, a, &call, &answer, f)
                                              : fault_set(f, ERR_INVALID, "the request about events is too long");

    if (code == ERR_OK && !twilio_json_copy(answer.json, "sid", sid, TWILIO_SID_BYTES))
        code = fault_set(f, ERR_UNAVAILABLE, "Twilio answered without a SID");
    *class = answer.class;
    rest_answer_free(&answer);
    return code;
}

enum err streams_make_sink(struct rest *r, const struct twilio_account *a, struct str description, struct str url,
                           char sid[TWILIO_SID_BYTES], enum provider_class *class, struct fault *f)
{
    struct buf form, json;
    enum err code;

    buf_init(&form, FORM_BYTES);
    buf_init(&json, JSON_BYTES);
    json_open(&json, '{');
    json_put_str(&json, "destination", url);
    json_put_text(&json, "method", "POST");
    json_put_bool(&json, "batch_events", false);
    json_close(&json, '}');
    form_encode_add(&form, STR("Description"), description);
    form_encode_add(&form, STR("SinkType"), STR("webhook"));
    form_encode_add(&form, STR("SinkConfiguration"), buf_str(&json));
    code = make(r, a, STR("/v1/Sinks"), &form, sid, class, f);
    buf_free(&json);
    buf_free(&form);
    return code;
}

enum err streams_subscribe(struct rest *r, const struct twilio_account *a, struct str description, struct str sink,
                           char sid[TWILIO_SID_BYTES], enum provider_class *class, struct fault *f)
{
    struct buf form, json;
    enum err code;

    buf_init(&form, FORM_BYTES);
    form_encode_add(&form, STR("Description"), description);
    form_encode_add(&form, STR("SinkSid"), sink);
    for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++) {
        buf_init(&json, JSON_BYTES);
        json_open(&json, '{');
        json_put_text(&json, "type", TYPES[i]);
        json_put_int(&json, "schema_version", SCHEMA_VERSION);
        json_close(&json, '}');
        form_encode_add(&form, STR("Types"), buf_str(&json));
        buf_free(&json);
    }
    code = make(r, a, STR("/v1/Subscriptions"), &form, sid, class, f);
    buf_free(&form);
    return code;
}

static enum err drop(struct rest *r, const struct twilio_account *a, const char *where, const char *prefix,
                     struct str sid, struct fault *f)
{
    struct buf target;
    struct rest_call call = {.product = TWILIO_EVENTS, .removes = true};
    struct rest_answer answer = {0};
    enum err code = ERR_OK;

    buf_init(&target, TARGET_BYTES);
    if (!twilio_sid_is(sid, prefix)) code = fault_set(f, ERR_INVALID, "that is no SID of a sink or subscription");
    buf_addf(&target, "/v1/%s/" STR_FMT, where, STR_ARG(sid));
    call.target = buf_str(&target);
    if (code == ERR_OK) code = rest_do(r, a, &call, &answer, f);
    rest_answer_free(&answer);
    buf_free(&target);
    return code;
}

enum err streams_drop_sink(struct rest *r, const struct twilio_account *a, struct str sid, struct fault *f)
{
    return drop(r, a, "Sinks", "DG", sid, f);
}

enum err streams_unsubscribe(struct rest *r, const struct twilio_account *a, struct str sid, struct fault *f)
{
    return drop(r, a, "Subscriptions", "DF", sid, f);
}

/* ---- what comes ---- */

static enum stream_topic topic_of(struct str type)
{
    if (str_starts(type, STR(PREFIX "brand-registration."))) return STREAM_BRAND;
    if (str_starts(type, STR(PREFIX "campaign-registration."))) return STREAM_CAMPAIGN;
    if (str_starts(type, STR(PREFIX "number-registration.")) || str_starts(type, STR(PREFIX "number-deregistration.")))
        return STREAM_NUMBER;
    return STREAM_OTHER;
}

bool stream_event_read(const json_t *event, struct stream_event *out)
{
    const json_t *data = json_object_get(event, "data");

    *out = (struct stream_event){.type = twilio_json_text(event, "type")};
    if (!str_equal(twilio_json_text(event, "specversion"), STR("1.0")) || out->type.len == 0 ||
        !json_is_object(data))
        return false;
    out->topic = topic_of(out->type);
    out->account_sid = twilio_json_text(data, "accountsid");
    out->number_sid = twilio_json_text(data, "phonenumbersid");
    out->error_code = twilio_json_int(data, "errorcode", 0);
    out->registered = str_equal(out->type, STR(PREFIX "number-registration.successful"));
    out->failed = str_equal(out->type, STR(PREFIX "number-registration.failed"));
    return true;
}
