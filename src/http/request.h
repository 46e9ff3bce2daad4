/*
 * request: one request from its first line to its answer, and everything that belongs to it.
 *
 * Owned by the server's thread. While it waits for a commit, the committing thread may write into its job and
 * its answer's buffer and nobody else touches it; request_wake brings it home. All its memory is its arena's,
 * but the body and the answer.
 */
#ifndef STERLING_HTTP_REQUEST_H
#define STERLING_HTTP_REQUEST_H

#include "app/app.h"
#include "http/route.h"
#include "twilio/form.h"

#include <microhttpd.h>

enum {
    REQUEST_ARENA_MAX = 16 << 20,
    REQUEST_TARGET_MAX = 4096,
    REQUEST_QUERY_PAIRS_MAX = 32,
    REPLY_HEADERS_MAX = 6
};

enum request_phase {
    REQUEST_NEW,      /* the request line came */
    REQUEST_BODY,     /* the header came; pieces of the body may come */
    REQUEST_WAITING,  /* suspended: a commit, or another thread, will wake it */
    REQUEST_HELD,     /* the same, but the library asks for it again and again (request_hold) */
    REQUEST_ANSWERED, /* its answer is queued */
};

/* Who calls, as the key says. */
struct caller {
    bool known;
    uint32_t key, scopes;
    org_id key_org; /* whose the key is; 0: the installation's */
    int64_t expires_ms;
    struct org org; /* the organization acted for; id 0: an operator for none */
    bool is_operator;
};

/* A body made as it is read, by the server's thread. */
struct reply_stream {
    /* Fills at most `max` bytes; 0: nothing now (suspend_for_more was called), -1: the end, -2: broken off.
     */
    ssize_t (*read)(void *state, uint64_t at, char *out, size_t max);
    void (*close)(void *state);
    void *state;
};

struct reply {
    int status; /* 0: none yet */
    const char *content_type;
    struct {
        const char *name, *value;
    } headers[REPLY_HEADERS_MAX];
    size_t headers_count;
    struct buf body;
    struct MHD_Response
        *ready; /* a shared response, made at start; status and headers do not apply but status */
    struct reply_stream stream; /* read != NULL */
    int file;                   /* a descriptor to send, or -1; closed by the reply */
    int64_t file_bytes;
};

struct request;
/* Renders the answer of a write from its applied change. May run inside the transaction: no reader, no clock.
 */
typedef void request_render(struct request *q, struct change *c, int *status, struct buf *out);

struct write {
    struct change *change;  /* whose answer it is */
    struct idempotency idem;
    request_render *render;
    int status;             /* what render said */
    struct buf answer;      /* rendered within the transaction, plain */
    unsigned char hash[32]; /* of method, path and body */
    bool hashed;
};

struct request {
    struct http_server *server;
    struct app *app;
    struct store_reader *reader;
    struct MHD_Connection *connection;
    struct connection *link; /* the server's record of the connection */
    struct arena arena;
    enum request_phase phase;
    bool too_long;          /* the target is */
    bool lost;              /* held, and its connection is gone: freed when woken, unanswered */
    struct str target;      /* raw, as it came: path and query */
    struct str path, query; /* raw parts of it */
    struct str method;
    const struct route *route;
    struct str args[ROUTE_ARGS_MAX]; /* percent-decoded */
    struct form params;              /* the query, decoded */
    struct caller caller;
    struct buf body;
    uint64_t body_max, body_seen;
    struct problem problem;
    void *json; /* the parsed body, a json_t; freed with the request */
    struct reply reply;
    struct write write;
    void *state;                      /* the handler's */
    void (*woken)(struct request *q); /* after request_wake, on the server's thread: sets the reply */
    void (*drop)(struct request *q);  /* gives back what `state` owns; NULL is fine */
    int64_t started_us;
    struct request *next; /* the inbox's */
};

/* Header value or {NULL,0}. A view that lives as long as the request. */
struct str request_header(const struct request *q, const char *name);
/* A query parameter, {NULL,0} if absent. */
struct str request_param(const struct request *q, struct str name);
/* Refuses query parameters that are not in `names` (separated by spaces). False: the problem says so. */
bool request_params_only(struct request *q, const char *names);
/* A whole number within bounds, `preset` if absent; else the problem says so, and gives `preset`. */
int64_t request_param_int(struct request *q, const char *name, int64_t least, int64_t most, int64_t preset);
/* true or false, false if absent; else the problem says so. */
bool request_param_bool(struct request *q, const char *name);

/* Waits: the handler calls request_wait last, with what to do afterwards; later anybody calls request_wake
 * once. */
void request_wait(struct request *q, void (*woken)(struct request *q));
void request_wake(struct request *q); /* any thread */
/* request_wait for the shortest and most frequent of waits, a callback's commit. The connection is not suspended,
 * which would cost three system calls; the library asks after it each round instead. `woken` may touch nothing of
 * the connection, and is not called when the connection was lost meanwhile. */
void request_hold(struct request *q, void (*woken)(struct request *q));

/* Submits a job and answers after its commit: with the answer that `render` makes, or with a stored one if
 * this is a repeat, or with the problem of its refusal. */
void request_write(struct request *q, struct app_job *job, request_render *render);
/* The same in two halves, for a change that somebody else submits later: gives it the request's key (NULL: there is
 * none), and answers when it was committed. */
struct idempotency *request_key(struct request *q, struct change *c, request_render *render);
void request_written(struct request *q);
/* True if this POST was answered before, and now again (or refused, as the key was used for another request).
 * Ask first in a handler, before judging what has changed since. Hashes the body. */
bool request_repeats(struct request *q);
/* The same for a body that was hashed while it came. */
bool request_repeats_hashed(struct request *q, const unsigned char hash[32]);

/* ---- answers ---- */
/* The body to write into; then reply_json. */
struct buf *reply_body(struct request *q);
void reply_json(struct request *q, int status);
void reply_text(struct request *q, int status, const char *content_type, struct str text); /* copied */
void reply_empty(struct request *q, int status);
void reply_header(struct request *q, const char *name, const char *value); /* value copied */
/* What q->problem says, by its code. */
void reply_problem(struct request *q);
void reply_problem_as(struct request *q, int status);
/* One sentence. `status` 0: by code. */
void reply_refuse(struct request *q, enum err code, int status, const char *fmt, ...) PRINTF_LIKE(4, 5);
/* 503: whatever was being made for the request did not find memory. */
void reply_no_memory(struct request *q);
/* "No such campaign": also for another organization's. */
void reply_missing(struct request *q, const char *what);
/* A read failed: ERR_NOT_FOUND gives reply_missing, all else 503. */
void reply_read_failed(struct request *q, enum err code, const char *what);
int reply_status_of(enum err code);

#endif
