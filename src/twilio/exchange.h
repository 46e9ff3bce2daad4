/*
 * exchange: one HTTP request and its answer on a libcurl easy handle, set up so that libcurl can never repeat
 * or redirect it. Shared by provider_curl.c and rest.c; nobody else needs it.
 *
 * A body goes out through a read callback and there is no seek callback: libcurl repeats a request by itself
 * when a reused connection dies, up to five times, unless the body cannot be rewound. A kept connection on which
 * bytes wait is not used again (sockets.h). Redirects, Expect, cookies, HTTP/2 and early data are off;
 * certificates are verified. The process must ignore SIGPIPE.
 */
#ifndef STERLING_TWILIO_EXCHANGE_H
#define STERLING_TWILIO_EXCHANGE_H

#include "base/buf.h"
#include "base/err.h"
#include "twilio/account.h"
#include "twilio/classify.h"
#include "twilio/json.h"
#include "twilio/request.h"
#include "twilio/sockets.h"

#include <curl/curl.h>

struct exchange_settings {
    int64_t timeout_ms;         /* whole exchange */
    int64_t connect_timeout_ms; /* name, TCP and TLS */
    int64_t idle_max_ms;        /* connections idle longer are not used again; 0: each request has its own */
    int send_buffer_bytes;      /* SO_SNDBUF; 0: the system's */
    const char *ca_file;        /* PEM; NULL: the system's. Read at set-up */
};

enum { EXCHANGE_REQUEST_BYTES_MAX = REQUEST_BODY_BYTES_MAX };
enum { EXCHANGE_ANSWER_BYTES_MAX = 1 << 20, EXCHANGE_LIST_BYTES_MAX = 8 << 20 };

struct exchange {
    CURL *easy;
    struct buf request;  /* body to send */
    size_t drawn;        /* bytes of it that libcurl took */
    struct buf response; /* body received */
    char date[64], retry_after[64], request_id[PROVIDER_REQUEST_ID_BYTES];
    char error[CURL_ERROR_SIZE];
    bool is_post;
    bool first_byte_out; /* connected and about to send: from here on bytes may have gone */
    bool must_be_fresh;  /* on a connection of its own */
    struct sockets *sockets;
};

/* Once for the process; safe to repeat, from any thread. ERR_UNAVAILABLE if libcurl cannot start. */
MUST_CHECK enum err exchange_global_init(void);
/* `sockets` is shared by all exchanges of one owner and outlives their connections. */
MUST_CHECK enum err exchange_init(struct exchange *x, const struct exchange_settings *s, struct sockets *sockets);
void exchange_free(struct exchange *x);
/* Forgets the last exchange. For a POST, fill x->request before sending. */
void exchange_clear(struct exchange *x, size_t answer_bytes_max);
/* Ready to perform. `headers` must outlive the exchange. ERR_LIMIT if the body was over its bound. */
enum exchange_method { EXCHANGE_GET, EXCHANGE_POST, EXCHANGE_DELETE };
MUST_CHECK enum err exchange_prepare(struct exchange *x, enum exchange_method method, const char *url,
                                     struct curl_slist *headers);

/* True if libcurl's kept connection was unfit and not a byte was sent: perform it once more, it is made ready
 * for a connection of its own. False: see the outcome. */
bool exchange_wants_fresh(struct exchange *x, CURLcode result);

/* What libcurl saw, once it has finished with `result`. */
struct exchange_seen {
    bool handed_over; /* classify.h */
    int http_status;
    const char *failed; /* for people; NULL if an answer was read to its end. Lives with the exchange */
};
void exchange_seen(struct exchange *x, CURLcode result, struct exchange_seen *out);

/* The same, and what the body tells. `json` is the body if it is a JSON object (to be
 * json_decref'd), else NULL; `error` views it. has_resource is left to the caller. */
struct exchange_outcome {
    struct classify_exchange seen;
    json_t *json;
    struct twilio_error error;
    int64_t date_ms, retry_after_ms;
    const char *transport_error; /* for people; NULL if an answer was read to its end */
};
void exchange_outcome(struct exchange *x, CURLcode result, struct exchange_outcome *out);

/* Headers of every request of an account; NULL without memory. Freed by exchange_headers_free, which wipes
 * the credentials. */
struct curl_slist *exchange_headers(const struct twilio_account *a, bool is_post);
void exchange_headers_free(struct curl_slist *headers);

#endif
