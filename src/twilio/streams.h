/*
 * streams: Event Streams: the sink that events are posted to, and the subscription that says which (reference 17.1).
 *
 * Acts on the account that authenticates. Both are found again by their description. A POST goes out once: `class`
 * tells what a failed one proves. Blocking; errors are those of rest.h.
 */
#ifndef STERLING_TWILIO_STREAMS_H
#define STERLING_TWILIO_STREAMS_H

#include "twilio/rest.h"

/* The webhook sink with that description; none: sid is "". `url` gets where it posts to, if it fits. */
MUST_CHECK enum err streams_find_sink(struct rest *r, const struct twilio_account *a, struct str description,
                                      char sid[TWILIO_SID_BYTES], char url[TWILIO_URL_BYTES], struct fault *f);
MUST_CHECK enum err streams_make_sink(struct rest *r, const struct twilio_account *a, struct str description,
                                      struct str url, char sid[TWILIO_SID_BYTES], enum provider_class *class,
                                      struct fault *f);
/* Subscriptions go first. ERR_NOT_FOUND: it is gone already. */
MUST_CHECK enum err streams_drop_sink(struct rest *r, const struct twilio_account *a, struct str sid, struct fault *f);

/* A subscription of that sink; none: sid is "". */
MUST_CHECK enum err streams_find_subscription(struct rest *r, const struct twilio_account *a, struct str sink,
                                              char sid[TWILIO_SID_BYTES], struct fault *f);
/* To the events about registrations of brands, campaigns and numbers. */
MUST_CHECK enum err streams_subscribe(struct rest *r, const struct twilio_account *a, struct str description,
                                      struct str sink, char sid[TWILIO_SID_BYTES], enum provider_class *class,
                                      struct fault *f);
MUST_CHECK enum err streams_unsubscribe(struct rest *r, const struct twilio_account *a, struct str sid,
                                        struct fault *f);

/* What one event is about. Texts view the JSON. */
enum stream_topic { STREAM_OTHER, STREAM_BRAND, STREAM_CAMPAIGN, STREAM_NUMBER };
struct stream_event {
    enum stream_topic topic;
    struct str type, account_sid;
    /* of a number: */
    struct str number_sid; /* PN… */
    bool registered, failed;       /* neither: it is under way, or was taken out */
    int32_t error_code;
};
/* One CloudEvent. False: it is none. */
bool stream_event_read(const json_t *event, struct stream_event *out);

#endif
