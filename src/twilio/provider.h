/*
 * provider: the narrow port through which the sending thread speaks to a provider of messages.
 *
 * Asynchronous: start a request, poll for answers. One thread owns a provider and makes every call but
 * `wakeup`. Implementations put `struct provider` first in their own structure: provider_wire.h (our
 * own client), provider_curl.h (libcurl) and a simulated one for tests. The port promises, whatever implements it:
 *   - one start is at most one request on the wire that could take effect: nothing is repeated silently,
 *     no redirect is followed, no early data is sent (design section 5, trap list);
 *   - every start that returned ERR_OK gives exactly one answer, unless it was withdrawn or the provider
 *     was stopped (then the caller must take the attempt for in doubt if bytes were out);
 *   - the class of an answer is that of the table in design section 5, made by classify.h.
 */
#ifndef STERLING_TWILIO_PROVIDER_H
#define STERLING_TWILIO_PROVIDER_H

#include "base/err.h"
#include "base/str.h"
#include "rules/status.h"
#include "twilio/account.h"

enum provider_call {
    PROVIDER_CREATE, /* POST Messages.json */
    PROVIDER_FETCH,  /* GET Messages/{sid}.json */
    PROVIDER_LIST,   /* GET Messages.json, one page */
    PROVIDER_PROBE,  /* a harmless GET: does the provider answer? */
    PROVIDER_CANCEL, /* POST Messages/{sid}.json Status=canceled */
    PROVIDER_REDACT, /* POST Messages/{sid}.json Body= */
};

/* One creation. Empty text and zero mean that the parameter is not sent. */
struct provider_message {
    struct str to, from, messaging_service_sid, body, status_callback;
    int validity_s; /* ValidityPeriod, 1 … 36000 */
    bool smart_encoded;
};

/* Text is the caller's and is copied by start. */
struct provider_request {
    uint64_t tag;     /* the caller's, unique among requests in flight; comes back in the answer */
    enum provider_call call;
    uint32_t account; /* the caller's handle, made known by set_account */
    uint8_t edge;     /* which of the account's edges, modulo their number */
    struct provider_message message; /* CREATE */
    struct str sid;                  /* FETCH, CANCEL, REDACT */
    struct str list_to, list_from;   /* LIST: filters, empty for none */
    struct str list_page;            /* LIST: next_page of the answer before; then no other filter counts */
    int64_t list_date_after_ms, list_date_before_ms; /* LIST: by DateSent, whole seconds, inclusive; 0 none */
    int page_size;                   /* LIST: 1 … 1000; 0 takes the provider's default */
};

/* What became of a request: design section 5. Writes: the first five; reads: the last two. */
enum provider_class {
    PROVIDER_CLASS_ACCEPTED,  /* 2xx with a SID: `item` is filled */
    PROVIDER_CLASS_REJECTED,  /* 4xx with a Twilio error body: error_code says why */
    PROVIDER_CLASS_THROTTLED, /* 429: did not take effect */
    PROVIDER_CLASS_UNSENT,    /* the last request byte was never handed over: did not take effect */
    PROVIDER_CLASS_IN_DOUBT,  /* may have taken effect; never repeat before it is resolved */
    PROVIDER_CLASS_OK,        /* LIST, FETCH: items or item are filled. PROBE: the provider itself answered */
    PROVIDER_CLASS_FAILED,    /* no usable answer; http_status and error_code tell more if there was one */
};
/* Stable lower-case word ("in_doubt"); never NULL. */
const char *provider_class_name(enum provider_class c);

enum { PROVIDER_ADDRESS_BYTES = 48, PROVIDER_REQUEST_ID_BYTES = 40 };

/* A message resource (reference section 2.2). Absent dates are 0. */
struct provider_item {
    char sid[TWILIO_SID_BYTES];
    char messaging_service_sid[TWILIO_SID_BYTES]; /* "" without one */
    char to[PROVIDER_ADDRESS_BYTES];   /* "" if absent or longer than any address we could have used */
    char from[PROVIDER_ADDRESS_BYTES]; /* "" while the sender is not picked */
    struct str body;                   /* lives with the answer */
    enum provider_status status;
    int error_code; /* 0 none */
    int segments;   /* 0 while unknown */
    int64_t date_created_ms, date_sent_ms, date_updated_ms;
    int64_t price_micros; /* what it cost, positive; meaningful if has_price (rated, in USD) */
    bool has_price;
    bool inbound;
    char direction[16]; /* "inbound", "outbound-api", "outbound-reply", "outbound-call" */
};

struct provider_answer {
    uint64_t tag;
    enum provider_call call;
    enum provider_class class;
    int http_status;             /* 0 if no status line came */
    int error_code;              /* Twilio's code, 0 none */
    struct str error_message;    /* Twilio's, or what went wrong on the way; for people. Never a secret, but it may
                                    quote a number: not for logs */
    int64_t retry_after_ms;      /* 0 none */
    int64_t provider_date_ms;    /* its Date header: its clock; 0 none */
    bool first_byte_sent;        /* a byte of the request may have gone out */
    char request_id[PROVIDER_REQUEST_ID_BYTES]; /* Twilio-Request-Id, for support; "" none */
    struct provider_item item;   /* ACCEPTED; FETCH when OK */
    struct provider_item *items; /* LIST when OK */
    size_t items_count;
    struct str next_page;        /* LIST: for list_page; empty on the last page */
    void *memory;                /* what the texts above live in; released by answer_free */
};

struct provider;
struct provider_ops {
    /* ERR_FULL: as many are in flight as are allowed; poll first. ERR_NOT_FOUND: no such account.
     * ERR_INVALID: the request lacks something or is too long; nothing will be sent. Does not block. */
    enum err (*start)(struct provider *p, const struct provider_request *r);
    /* Moves everything along and waits at most timeout_ms for an answer or a wakeup (0: does not wait).
     * Fills up to `max` answers; each must be given to answer_free. */
    size_t (*poll)(struct provider *p, int64_t timeout_ms, struct provider_answer out[], size_t max);
    void (*answer_free)(struct provider_answer *a);
    /* Ends a poll that waits. From any thread. */
    void (*wakeup)(struct provider *p);
    /* Adds or replaces; requests in flight keep what they were started with. */
    enum err (*set_account)(struct provider *p, uint32_t account, const struct twilio_account *a,
                            struct fault *f);
    /* Closes all connections and frees the provider, itself included. */
    void (*stop)(struct provider *p);
    /* May the first byte of this request have gone out? True also for tags not in flight. */
    bool (*bytes_out)(struct provider *p, uint64_t tag);
    /* True: no byte had gone and none will, and no answer comes. False: leave it to its answer. */
    bool (*withdraw)(struct provider *p, uint64_t tag);
};

struct provider {
    const struct provider_ops *ops;
};

static inline enum err MUST_CHECK provider_start(struct provider *p, const struct provider_request *r)
{
    return p->ops->start(p, r);
}
static inline size_t provider_poll(struct provider *p, int64_t timeout_ms, struct provider_answer out[], size_t max)
{
    return p->ops->poll(p, timeout_ms, out, max);
}
static inline void provider_answer_free(struct provider *p, struct provider_answer *a)
{
    p->ops->answer_free(a);
}
static inline void provider_wakeup(struct provider *p)
{
    p->ops->wakeup(p);
}
static inline enum err MUST_CHECK provider_set_account(struct provider *p, uint32_t account,
                                                       const struct twilio_account *a, struct fault *f)
{
    return p->ops->set_account(p, account, a, f);
}
static inline void provider_stop(struct provider *p)
{
    if (p != NULL) p->ops->stop(p);
}
static inline bool provider_bytes_out(struct provider *p, uint64_t tag)
{
    return p->ops->bytes_out(p, tag);
}
static inline bool provider_withdraw(struct provider *p, uint64_t tag)
{
    return p->ops->withdraw(p, tag);
}

#endif
