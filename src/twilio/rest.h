/*
 * rest: blocking calls of Twilio's API for worker threads: everything but the sending of messages.
 *
 * One thread owns a client. The same rules of safety as for sending: a POST goes out once, whatever happens;
 * a GET that met 429, 5xx or a broken network is tried again with back-off. Waiting is the owner's: it gives
 * a function that can be told to stop.
 */
#ifndef STERLING_TWILIO_REST_H
#define STERLING_TWILIO_REST_H

#include "base/err.h"
#include "twilio/account.h"
#include "twilio/json.h"
#include "twilio/provider.h"

struct rest;

struct rest_config {
    int64_t timeout_ms, connect_timeout_ms; /* of one try */
    unsigned tries_max;                     /* of a GET, the first included */
    int64_t retry_first_ms, retry_max_ms;   /* back-off: doubles, drawn from its upper half; Retry-After wins */
    uint64_t seed;
    /* Waits so long; false: stop now (the call ends with ERR_CANCELED). NULL: a GET is tried once. */
    bool (*wait)(void *owner, int64_t ms);
    void *owner;
    const char *ca_file;                    /* PEM instead of the system's, or NULL; must outlive the client */
};

MUST_CHECK enum err rest_new(const struct rest_config *c, struct rest **out, struct fault *f);
void rest_free(struct rest *r);

struct rest_call {
    enum twilio_product product;
    struct str target;      /* path and query below the product's base URL, encoded */
    const struct buf *form; /* POST with this form; NULL: GET, or DELETE */
    bool removes;           /* DELETE: sent once, like a POST; what is gone already is ERR_NOT_FOUND */
};
struct rest_answer {
    int http_status;            /* 0 if none came */
    int error_code;             /* Twilio's; 0 none */
    enum provider_class class;  /* of a POST: what it proves (classify.h); of a GET: OK or FAILED */
    json_t *json;               /* the body when 2xx; to be freed with rest_answer_free */
    int64_t date_ms;            /* the provider's clock; 0 unknown */
    char request_id[PROVIDER_REQUEST_ID_BYTES];
};

/* Twilio's codes when user and secret are not those of an account (401 and 403 have others, too), and when they are its
 * test credentials: 403, good for creations only, of which nothing comes (reference section 10). */
enum { TWILIO_NOT_AUTHENTICATED = 20003, TWILIO_TEST_CREDENTIALS = 20008 };

/* ERR_OK: 2xx with a JSON object, of a DELETE without. Else a fault that names call, status and Twilio's words, and
 *   ERR_DENIED 401, 403 with Twilio's error · ERR_NOT_FOUND 404 · ERR_CONFLICT 409 · ERR_LIMIT 429
 *   ERR_INVALID other 4xx · ERR_TIMEOUT · ERR_CANCELED
 *   ERR_UNAVAILABLE 5xx, 3xx, 401 and 403 of somebody else, unreadable answer, no connection
 * For a POST or DELETE look at answer->class before trying again. The answer is filled in every case. */
MUST_CHECK enum err rest_do(struct rest *r, const struct twilio_account *a, const struct rest_call *call,
                            struct rest_answer *answer, struct fault *f);
void rest_answer_free(struct rest_answer *answer);
/* What rest_do answered with: does Twilio refuse it, and would again? */
bool rest_refused(enum err code);

/* Takes one item of a list. What is not ERR_OK ends the walk and is its result. */
typedef enum err (*rest_item_taker)(void *user, const json_t *item, struct fault *f);

struct rest_list {
    enum twilio_product product;
    struct str target;      /* of the first page, with its filters */
    const char *key;        /* of the list in the body */
    size_t pages_max;       /* ERR_LIMIT if there are more */
};
/* Walks a list to its end, in either paging style. ERR_OK only when every page was read. */
MUST_CHECK enum err rest_each(struct rest *r, const struct twilio_account *a, const struct rest_list *list,
                              rest_item_taker take, void *user, struct fault *f);

#endif
