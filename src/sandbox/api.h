/*
 * api: the REST face of the model, still without a network: one request in, one answer out.
 *
 * Speaks the 2010 API (Accounts, Messages, IncomingPhoneNumbers, AvailablePhoneNumbers, Addresses, Keys), Trust
 * Hub v1, Messaging v1 (Services with PhoneNumbers, ShortCodes and AlphaSenders, brands, campaigns, toll-free
 * verifications), Event Streams v1, Monitor Alerts, and Accounts v1 auth token rotation. The path says which product
 * is meant; a first path segment that is a host ("/messaging.twilio.com/v1/Services") is taken for the host.
 */
#ifndef STERLING_SANDBOX_API_H
#define STERLING_SANDBOX_API_H

#include "sandbox/model.h"

struct sandbox_http_request {
    struct str method, target; /* raw target: path and query */
    struct str base_url;       /* "http://127.0.0.1:4010": what absolute page links start with */
    struct str authorization;  /* header value; may be empty */
    struct str content_type, body;
    struct str api_version; /* header X-Twilio-Api-Version; may be empty */
    /* Requests of an account being answered now, this one not counted; NULL: none. */
    uint32_t (*in_flight)(void *user, uint32_t account);
    void *user;
};
struct sandbox_http_answer {
    int status;
    const char *content_type;
    struct buf body; /* caller: buf_init before, buf_free after */
    char request_id[SANDBOX_SID_BYTES];
    char location[256];     /* of redirects; "" otherwise */
    int32_t retry_after_s;  /* -1: no header */
    uint32_t account;       /* who was authenticated; SANDBOX_NONE */
    uint32_t concurrent;    /* requests of that account in flight, this one too */
    bool challenge;         /* send WWW-Authenticate */
    struct sandbox_directive wire;
};
/* Never fails: what cannot be served is answered with Twilio's own error. */
void sandbox_request(struct sandbox *sb, int64_t now_ms, const struct sandbox_http_request *request,
                     struct sandbox_http_answer *answer);

#endif
