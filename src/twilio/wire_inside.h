/*
 * wire_inside: what the parts of provider_wire share: origins, accounts, slots for connections, attempts. Private to
 * provider_wire.c, wire_origin.c and wire_flight.c.
 *
 * Invariants: an attempt has a slot exactly while it is CONNECTING, WRITING or AWAITING, and they point at each other;
 * a slot is in one place: free, idle with its origin, or at an attempt; there are as many slots as attempts.
 */
#ifndef STERLING_TWILIO_WIRE_INSIDE_H
#define STERLING_TWILIO_WIRE_INSIDE_H

#include "base/clock.h"
#include "base/map.h"
#include "twilio/http_answer.h"
#include "twilio/provider.h"
#include "twilio/wire_link.h"

#include <stdatomic.h>

enum { WIRE_ORIGINS_MAX = 64, WIRE_READ_BYTES = 64 * 1024 };

/* Where requests go: scheme, host and port. Lives as long as the provider. */
struct wire_origin {
    struct wire_name name;
    bool is_tls;
    char base[TWILIO_URL_BYTES]; /* as accounts name it */
    struct str prefix;           /* the path in it; a view */
    char host_field[WIRE_HOST_BYTES + WIRE_PORT_BYTES + 8];
    SSL_SESSION *session;
    struct wire_slot *idle; /* used last, first */
};

/* Replaced as a whole; freed when the last request that uses it ends. */
struct wire_account {
    size_t uses; /* attempts, and one for being current */
    char sid[TWILIO_SID_BYTES];
    struct buf fields; /* what all its requests say, with its credentials */
    struct wire_origin *origins[TWILIO_EDGES_MAX];
    size_t origins_count;
};

struct wire_slot {
    struct wire_link link;
    struct wire_origin *origin;
    struct wire_attempt *attempt; /* NULL: idle or free */
    int64_t idle_since_ms;
    uint32_t watched; /* events that epoll knows of */
    struct wire_slot *next; /* free, or idle with its origin */
};

enum wire_attempt_home {
    WIRE_FREE /* in p->free */,
    WIRE_QUEUED /* in p->queued: not a byte before the next poll */,
    WIRE_NAMING /* awaits its origin's addresses */,
    WIRE_CONNECTING,
    WIRE_WRITING,
    WIRE_AWAITING /* written, or answered before that */,
    WIRE_ENDED /* in p->ended */
};

struct wire_attempt {
    enum wire_attempt_home home;
    uint64_t tag;
    enum provider_call call;
    struct wire_account *account;
    struct wire_origin *origin;
    struct wire_slot *slot;
    char sid[TWILIO_SID_BYTES]; /* asked for; "" for CREATE, LIST and PROBE */
    struct buf request;         /* head and body; kept from use to use */
    size_t given, left;         /* bytes handed over; bytes that may have left */
    struct http_answer answer;
    size_t tried; /* addresses */
    int64_t deadline_ms, connect_deadline_ms; /* monotonic */
    char wrong[192]; /* "" while nothing went wrong but in the answer */
    struct wire_attempt *next; /* in its list */
};

struct wire_queue {
    struct wire_attempt *first, **end;
};

struct provider_wire {
    struct provider port; /* first: the port's pointer is ours */
    struct clock *clock;
    int64_t timeout_ms, connect_timeout_ms, idle_max_ms;
    int send_buffer_bytes;
    char *ca_file;
    wire_resolve *resolve;
    SSL_CTX *tls; /* made with the first origin that needs it */
    int epoll_fd, event_fd;
    atomic_bool is_woken;
    int64_t due_ms; /* monotonic: no deadline passes before */
    struct wire_attempt *attempts;
    struct wire_slot *slots, *free_slots;
    size_t count; /* of attempts, and of slots */
    size_t naming;
    struct wire_attempt *free;
    struct wire_queue queued, ended;
    struct map by_tag, accounts;
    struct wire_origin *origins[WIRE_ORIGINS_MAX];
    size_t origins_count;
    struct buf form; /* scratch */
    char chunk[WIRE_READ_BYTES];
};

/* wire_origin.c */
/* The origin of that base URL, made if there is none. */
MUST_CHECK enum err wire_origin_get(struct provider_wire *p, struct str base, struct wire_origin **out,
                                    struct fault *f);
void wire_origin_free(struct wire_origin *o);
MUST_CHECK enum err wire_account_new(struct provider_wire *p, const struct twilio_account *account,
                                     struct wire_account **out, struct fault *f);
void wire_account_release(struct wire_account *a);

/* wire_flight.c */
void wire_queue_init(struct wire_queue *q);
void wire_queue_put(struct wire_queue *q, struct wire_attempt *a);
struct wire_attempt *wire_queue_take(struct wire_queue *q);
/* Waits until something has ended, somebody wakes us, or deadline_ms has come. */
void wire_drive(struct provider_wire *p, int64_t deadline_ms);
/* Takes a queued or flying attempt whose first byte has not left out of everything. */
void wire_flight_drop(struct provider_wire *p, struct wire_attempt *a);

#endif
