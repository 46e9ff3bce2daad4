/*
 * ledger: what truly happened, and the oracle over it. Part of the pure model.
 *
 * Every message creation that was fully received is appended, whatever became of it, before it takes effect.
 * The oracle reads the ledger alone, never what the program under test says of itself.
 */
#ifndef STERLING_SANDBOX_LEDGER_H
#define STERLING_SANDBOX_LEDGER_H

#include "sandbox/model.h"

/* Texts are views that live until the next creation. */
struct sandbox_ledger_entry {
    uint64_t seq;           /* 1 … without gaps */
    int64_t at_ms;          /* run time */
    int64_t date_ms;        /* calendar */
    uint32_t account, service, sender;
    uint64_t to;
    enum sandbox_carrier carrier;
    unsigned segments;
    uint64_t body_hash;     /* str_hash(body, 0) */
    struct str status_callback;
    uint64_t message;       /* committed number, or 0 */
    int64_t committed_ms;   /* run time; SANDBOX_NEVER if not committed */
    int http_status, code;  /* what was (or would have been) answered */
    enum sandbox_fault fault;
};
uint64_t sandbox_ledger_count(const struct sandbox *sb);
/* Entries no longer kept because ledger_max was reached: the oracle then cannot vouch for them. */
uint64_t sandbox_ledger_dropped(const struct sandbox *sb);
MUST_CHECK enum err sandbox_ledger_get(const struct sandbox *sb, uint64_t seq,
                                       struct sandbox_ledger_entry *out);

enum sandbox_limit_scope {
    SANDBOX_PER_ACCOUNT,
    SANDBOX_PER_SERVICE,         /* the program, all carriers */
    SANDBOX_PER_SERVICE_CARRIER, /* the program with each carrier */
    SANDBOX_PER_ACCOUNT_CARRIER,
    SANDBOX_PER_SENDER,          /* creations that named From, or the sender that was picked */
    SANDBOX_PER_SENDER_CARRIER,  /* the sender with each carrier */
    SANDBOX_OVERALL
};
/* No window of window_ms, wherever it starts, may hold more than `most`: [t, t + window_ms). */
struct sandbox_limit {
    enum sandbox_limit_scope scope;
    uint32_t only;                /* a handle of that scope (account, service, sender); SANDBOX_NONE: each */
    enum sandbox_carrier carrier; /* SANDBOX_CARRIER_COUNT: each */
    int64_t window_ms;
    uint64_t most;
    bool in_segments;             /* else messages */
};

/* What one finding is about. */
enum sandbox_finding_kind {
    SANDBOX_DUPLICATE, /* one message of ours committed twice */
    SANDBOX_AFTER_STOP,
    SANDBOX_OVER_LIMIT
};
struct sandbox_finding {
    enum sandbox_finding_kind kind;
    uint64_t first_seq, seq; /* DUPLICATE: both; AFTER_STOP: seq; OVER_LIMIT: the window's ends */
    size_t limit;            /* OVER_LIMIT: index in the list given */
    uint64_t counted;        /* OVER_LIMIT: what the window held */
    int64_t late_ms;         /* AFTER_STOP: received so long after the answer to the STOP */
};

struct sandbox_oracle {
    /* Our message id in the StatusCallback: the value of this query parameter ("m"), or with slashes the
     * path segment that follows it ("/status/"). Empty, or a URL without it: the whole URL up to the fragment
     * is the id. Creations without a callback are not identified. */
    struct str id_param;
    const struct sandbox_limit *limits;
    size_t limits_count;
    bool count_received;      /* windows count every creation received but 429, not only those committed */
    int64_t stop_crossing_ms; /* so soon after its webhook was answered a creation may cross a STOP */
    uint64_t from_seq;        /* 0: all */
};
struct sandbox_verdict {
    uint64_t received, committed, identified;
    uint64_t duplicates, after_stop, over_limit; /* over_limit: entries that closed a window over its limit */
    uint64_t dropped;                            /* see sandbox_ledger_dropped */
    uint64_t fullest[32];                        /* per limit (the first 32): the fullest window seen */
    struct sandbox_finding findings[64];         /* the first ones */
    size_t findings_count;
};
/* A STOP counts from the moment its inbound webhook was answered with success, to the next START.
 * ERR_FULL without memory. */
MUST_CHECK enum err sandbox_ledger_check(const struct sandbox *sb, const struct sandbox_oracle *oracle,
                                         struct sandbox_verdict *out);

/* Calls `each` for every distinct id committed, with how often; for comparing with the sender's own list. */
MUST_CHECK enum err sandbox_ledger_ids(const struct sandbox *sb, struct str id_param,
                                       void (*each)(void *user, struct str id, uint32_t times), void *user);

#endif
