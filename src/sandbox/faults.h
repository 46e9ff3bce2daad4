/*
 * faults: what goes wrong, by seed or by request. Part of the pure model.
 *
 * A plan holds probabilities, drawn from the model's own seed; a rule strikes the next N requests that match
 * it and goes before the plan. A fault on a request is told as a directive: the model says what the wire must
 * do to the answer, the HTTP face (or a simulation) does it. Whether the request took effect is decided in
 * the model and is in the ledger.
 */
#ifndef STERLING_SANDBOX_FAULTS_H
#define STERLING_SANDBOX_FAULTS_H

#include "base/str.h"

/* What happens to one request that was fully received. "Before" and "after" are before and after commit. */
enum sandbox_fault {
    SANDBOX_FAULT_NONE,
    SANDBOX_FAULT_LATENCY,      /* committed now, answered after delay_ms (callbacks may come first) */
    SANDBOX_FAULT_ERROR_BEFORE, /* 500/502/503/504, nothing committed */
    SANDBOX_FAULT_ERROR_AFTER,  /* the same, but committed */
    SANDBOX_FAULT_THROTTLE,     /* 429 20429; Retry-After unless retry_after_s is 0 */
    SANDBOX_FAULT_CLOSE_BEFORE, /* connection closed without an answer, nothing committed */
    SANDBOX_FAULT_CLOSE_AFTER,  /* the same, but committed: the lost answer */
    SANDBOX_FAULT_RESET_BEFORE, /* RST without an answer, nothing committed */
    SANDBOX_FAULT_RESET_AFTER,  /* the same, but committed */
    SANDBOX_FAULT_RESET_MID,    /* committed; RST after half the bytes of the answer */
    SANDBOX_FAULT_HANG_BEFORE,  /* never answered, nothing committed; closed after delay_ms */
    SANDBOX_FAULT_HANG_AFTER,   /* the same, but committed (half-open) */
    SANDBOX_FAULT_LATE_COMMIT,  /* never answered; committed only after delay_ms */
    SANDBOX_FAULT_TRUNCATED,    /* committed; a complete answer whose JSON is cut in half */
    SANDBOX_FAULT_NOT_JSON,     /* committed; 2xx with a page of HTML */
    SANDBOX_FAULT_EDGE_4XX,     /* an edge's 4xx page without Twilio's error body; nothing committed */
    SANDBOX_FAULT_REDIRECT,     /* 307 to the same place; nothing committed */
    SANDBOX_FAULT_DRIP,         /* committed; the answer comes in pieces, over delay_ms in all */
    SANDBOX_FAULT_COUNT
};

/* Stable lower-case names ("close_after"), as the control face speaks them. */
const char *sandbox_fault_name(enum sandbox_fault fault);
MUST_CHECK enum err sandbox_fault_from_name(struct str name, enum sandbox_fault *out);

/* What the wire does to an answer. */
struct sandbox_directive {
    enum sandbox_fault fault;
    uint32_t delay_ms; /* LATENCY, DRIP: until the (last) byte; HANG, LATE_COMMIT: until the close */
};

/* True if the client gets no readable status line: the outcome is unknown to it. */
static inline bool sandbox_directive_loses_answer(const struct sandbox_directive *d)
{
    switch (d->fault) {
    case SANDBOX_FAULT_CLOSE_BEFORE: case SANDBOX_FAULT_CLOSE_AFTER: case SANDBOX_FAULT_RESET_BEFORE:
    case SANDBOX_FAULT_RESET_AFTER: case SANDBOX_FAULT_RESET_MID: case SANDBOX_FAULT_HANG_BEFORE:
    case SANDBOX_FAULT_HANG_AFTER: case SANDBOX_FAULT_LATE_COMMIT: return true;
    default: return false;
    }
}

/* Which requests a plan or a rule strikes. */
enum sandbox_request_kind {
    SANDBOX_ON_CREATE = 1, /* POST Messages */
    SANDBOX_ON_LIST = 2,   /* GET Messages */
    SANDBOX_ON_OTHER = 4,
    SANDBOX_ON_ALL = 7,
};

struct sandbox_fault_plan {
    /* Drawn once a request; sum at most 1,000,000; [NONE] is ignored. */
    uint32_t per_million[SANDBOX_FAULT_COUNT];
    unsigned on;                               /* mask of sandbox_request_kind */
    uint32_t latency_ms_min, latency_ms_max;   /* LATENCY, DRIP */
    uint32_t hang_ms;                          /* HANG_*: the close comes then */
    uint32_t late_commit_ms;                   /* LATE_COMMIT */
    uint32_t retry_after_s;                    /* THROTTLE; half of them come without the header if mixed */
    bool mixed_retry_after;
    uint32_t list_lag_ms;      /* a message shows in lists only so long after its creation */
    uint32_t idle_close_ms;    /* the face closes idle connections after this; 0 never */
    /* Callbacks, per webhook; the first three exclude each other. */
    uint32_t callback_lost_per_million;
    uint32_t callback_late_per_million;   /* by callback_late_ms */
    uint32_t callback_jitter_per_million; /* by 0 … callback_jitter_ms: reorders */
    uint32_t callback_doubled_per_million;
    uint32_t callback_forged_per_million; /* one more, wrongly signed, with a false status */
    uint32_t callback_late_ms, callback_jitter_ms;
    /* The inbound webhook: lost altogether, or doubled. */
    uint32_t inbound_lost_per_million, inbound_doubled_per_million;
};

/* Strikes the next `times` requests that match, before the plan is asked. */
struct sandbox_fault_rule {
    enum sandbox_fault fault;
    unsigned on;            /* mask of sandbox_request_kind */
    uint64_t to;            /* 0 any; else creations to and lists by this number only */
    uint32_t skip, times;   /* lets `skip` matching requests through first */
    int http_status;        /* ERROR_*, EDGE_4XX; 0 draws one */
    uint32_t delay_ms;      /* 0 takes the plan's */
    uint32_t retry_after_s; /* THROTTLE; 0 sends no header */
};

enum { SANDBOX_RULES_MAX = 256 };

/* Latency 50 … 400 ms, hang 60 s, late commit 45 s, Retry-After 1 s, late 24 h, jitter 2 s; nothing is
 * likely. */
struct sandbox_fault_plan sandbox_fault_plan_quiet(void);
/* The mix of the laboratory: per_million of all requests fail in one way or another, and as many
 * callbacks are lost, late, doubled or out of order. Forgeries too if asked. */
struct sandbox_fault_plan sandbox_fault_plan_rough(uint32_t per_million, bool forged);

#endif
