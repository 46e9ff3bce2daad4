/*
 * model: a Twilio without a network. Accounts, services, senders, messages and their queues, carriers,
 * handsets, opt-outs, webhooks, and the ledger of what truly happened.
 *
 * Pure: no I/O, no threads, no clock; every call takes `now_ms`, run time in milliseconds, which never goes
 * back (a smaller one counts as the latest seen). Dates are run time plus the calendar offset, so a
 * simulation passes its virtual wall clock and leaves the offset 0. Same config, seed and calls give the same
 * SIDs, outcomes and webhooks. Behaviour follows sections 1–10 and 14 of the reference; where sources
 * differ it is a setting.
 *
 * Things are named by small handles (index, from 0) for speed, and by SIDs outside. Messages are named by
 * their number, from 1, ascending in order of creation. Bounded: every table has a maximum in the config; a
 * full one refuses with ERR_FULL (HTTP 503), but messages that are at rest make room, oldest first.
 */
#ifndef STERLING_SANDBOX_MODEL_H
#define STERLING_SANDBOX_MODEL_H

#include "base/buf.h"
#include "base/str.h"
#include "sandbox/faults.h"

enum { SANDBOX_SID_BYTES = 35, SANDBOX_ADDRESS_BYTES = 24, SANDBOX_TOKEN_BYTES = 33 };
#define SANDBOX_NONE UINT32_MAX /* no handle */
#define SANDBOX_NEVER INT64_MAX

/* Addresses as numbers: E.164 digits; short codes carry this bit, alphanumeric IDs have no number. */
#define SANDBOX_SHORT_CODE_BIT (UINT64_C(1) << 62)

enum sandbox_status {
    SANDBOX_ACCEPTED, SANDBOX_SCHEDULED, SANDBOX_CANCELED, SANDBOX_QUEUED, SANDBOX_SENDING, SANDBOX_SENT,
    SANDBOX_DELIVERED, SANDBOX_UNDELIVERED, SANDBOX_FAILED, SANDBOX_RECEIVED, SANDBOX_STATUS_COUNT
};
const char *sandbox_status_name(enum sandbox_status status); /* as on the wire: "undelivered" */

enum sandbox_direction { SANDBOX_INBOUND, SANDBOX_OUTBOUND_API, SANDBOX_OUTBOUND_REPLY };

enum sandbox_carrier {
    SANDBOX_VERIZON, SANDBOX_ATT, SANDBOX_TMOBILE, SANDBOX_OTHER_US, SANDBOX_FOREIGN, SANDBOX_CARRIER_COUNT
};
/* "verizon", "att", "tmobile", "other_us", "foreign" */
const char *sandbox_carrier_name(enum sandbox_carrier carrier);

/* How a carrier treats what reaches it, per million; the first that applies decides. */
struct sandbox_carrier_config {
    uint32_t unknown;     /* 30005, by number: the same number always */
    uint32_t landline;    /* 30006, by number */
    uint32_t filtered;    /* undelivered 30007 */
    uint32_t unreachable; /* undelivered 30003 */
    uint32_t no_receipt;  /* stays `sent` for ever */
    uint32_t sent_ms_min, sent_ms_max;       /* from leaving the queue to `sent` */
    uint32_t receipt_ms_min, receipt_ms_max; /* from `sent` to the receipt, uniform … */
    uint32_t receipt_tail;                   /* … but per million of them ten times as long */
};

struct sandbox_config {
    /* Who is there at the start. Empty ones are made from the seed. */
    struct str account_sid, auth_token;           /* the main account, handle 0 */
    struct str test_account_sid, test_auth_token; /* magic numbers only; reference section 10 */
    /* Bounds. */
    uint32_t accounts_max, services_max, senders_max, handsets_max, webhooks_max, alerts_max;
    uint64_t messages_max, ledger_max;
    uint32_t body_bytes_max; /* of an HTTP request */
    /* Sender rates in thousandths of a segment per second; 0 is unlimited. */
    uint32_t long_code_mps_milli, registered_mps_milli, toll_free_mps_milli, short_code_mps_milli,
        alpha_mps_milli, foreign_mps_milli;
    uint32_t queue_s;          /* a queue holds so many seconds of its rate: 36,000 */
    uint32_t validity_s_max;   /* and default: 36,000 */
    uint32_t schedule_s_min, schedule_s_max; /* SendAt: 900 … 35 days */
    uint32_t concurrency_max;  /* requests of one account in flight; over it 429. 0 is unlimited */
    uint32_t account_mps_max;  /* messages a second of an account tree; over it 429 63017. 0 is unlimited */
    uint32_t lookup_per_s_max; /* requests of an account in a second; over it 429 60616. 0 is unlimited */
    uint32_t verify_per_s_max; /* verifications started by a service in a second; over it 429 60207 */
    bool lookup_canada;        /* Canadian line types are approved; else the package fails with 60601 */
    /* +1 long codes without an approved program fail with 30034; in force anyway for accounts with a brand. */
    bool a2p_enforced;
    bool toll_free_enforced;   /* toll-free numbers that are not verified fail with 30032 */
    uint32_t registration_writes_per_s; /* brands and campaigns, per account; over it 429. 0 is unlimited */
    bool service_optout_async; /* 21610 asynchronously with a service (reference 4.3) */
    uint32_t pick_ms_min, pick_ms_max; /* from `accepted` to `queued`, services only */
    uint32_t callback_ms_min, callback_ms_max; /* from an event to its webhook */
    uint32_t webhook_retry_gap_ms;
    struct sandbox_carrier_config carriers[SANDBOX_CARRIER_COUNT];
    uint32_t carrier_percent[SANDBOX_FOREIGN]; /* of +1 numbers, by number; sums to 100 */
    /* What handsets without settings of their own do when a message reaches them, per million. */
    uint32_t handset_stop, handset_help, handset_reply;
    struct str handset_reply_text;
    uint32_t handset_ms_min, handset_ms_max; /* they take so long */
    struct sandbox_fault_plan faults;
    uint64_t run; /* another run of the same seed: only SIDs of messages, alerts and requests differ */
    /* Segments of a body; NULL takes the house's own counter. */
    unsigned (*count_segments)(struct str body, bool smart_encoded);
};

/* Everything as the reference has it; carriers deliver about 99.6%; handsets are silent; no faults. */
struct sandbox_config sandbox_config_default(void);

struct sandbox;
/* Copies the config with its texts. NULL without memory. */
struct sandbox *sandbox_new(const struct sandbox_config *config, uint64_t seed);
void sandbox_free(struct sandbox *sb);
/* Dates shown are now_ms + offset_ms from now on; what is waiting waits as long as before. */
void sandbox_set_calendar(struct sandbox *sb, int64_t offset_ms);

/* ---- accounts, services, senders (seeding; the REST face makes the same things) ---- */

/* A subaccount of the main account. Empty sid or token: made from the seed. */
MUST_CHECK enum err sandbox_account_add(struct sandbox *sb, struct str sid, struct str token,
                                        struct str friendly_name, uint32_t *account);
uint32_t sandbox_account_find(const struct sandbox *sb, struct str sid); /* SANDBOX_NONE if absent */
const char *sandbox_account_sid(const struct sandbox *sb, uint32_t account);
const char *sandbox_account_token(const struct sandbox *sb, uint32_t account); /* primary: signs webhooks */

struct sandbox_service_params {
    struct str friendly_name, inbound_url, fallback_url, status_callback;
    bool sticky_sender, area_code_geomatch, smart_encoding, use_inbound_webhook_on_number;
    uint32_t validity_s; /* 0: the maximum */
};
MUST_CHECK enum err sandbox_service_add(struct sandbox *sb, uint32_t account,
                                        const struct sandbox_service_params *params, uint32_t *service);
uint32_t sandbox_service_find(const struct sandbox *sb, struct str sid);
const char *sandbox_service_sid(const struct sandbox *sb, uint32_t service);

/* An approved A2P program on a service, with what carriers grant it by the brand's score (reference 9). */
struct sandbox_program {
    uint32_t brand;       /* any number; services with the same one share the T-Mobile day */
    unsigned brand_score; /* 0 … 100 */
    /* Segments a second per campaign and carrier, in thousandths; 0 takes the score's. */
    uint32_t att_mps_milli, tmobile_mps_milli, verizon_mps_milli;
    uint32_t tmobile_day_cap; /* segments; 0 takes the score's */
};
MUST_CHECK enum err sandbox_program_set(struct sandbox *sb, uint32_t service,
                                        const struct sandbox_program *program);

/* A number, short code or alphanumeric ID of an account; `service` may be SANDBOX_NONE. The kind is told
 * from the address ("+1415…", "+1800…", "72345", "ACME"). ERR_CONFLICT if somebody has that number. */
MUST_CHECK enum err sandbox_sender_add(struct sandbox *sb, uint32_t account, struct str address,
                                       uint32_t service, struct str sms_url, uint32_t *sender);
uint32_t sandbox_sender_find(const struct sandbox *sb, uint32_t account, struct str address);
const char *sandbox_sender_address(const struct sandbox *sb, uint32_t sender);

/* ---- carriers and handsets ---- */

enum sandbox_carrier sandbox_carrier_of(const struct sandbox *sb, uint64_t number);
/* A paused carrier takes nothing; messages wait in queue (and may expire). */
void sandbox_carrier_pause(struct sandbox *sb, enum sandbox_carrier carrier, bool paused, int64_t now_ms);

struct sandbox_handset {
    uint64_t number;
    enum sandbox_carrier carrier; /* SANDBOX_CARRIER_COUNT: by number */
    int error_code;               /* every message ends undelivered with it; 0 as the carrier does */
    /* What Lookup tells of it (line.h). */
    const char *line_type;        /* static: sb_line_type_find; NULL: as the number says */
    int lookup_error;             /* every package fails with it; 0: none */
    int64_t reassigned_ms;        /* calendar day on which somebody else got it; 0: never */
    bool silent;                  /* no receipt ever */
    uint32_t reply_per_million;   /* answers a message that reached it with … */
    struct str reply;             /* … this (copied) */
    uint32_t reply_ms;            /* 0: the config's */
};
/* Sets or replaces. Numbers without one follow the magic ranges of docs/sandbox.md, then the config. */
MUST_CHECK enum err sandbox_handset_set(struct sandbox *sb, const struct sandbox_handset *handset);
/* `from` texts `to` (an address of a sender). *message gets the number of the inbound message, 0 if Twilio
 * keeps none (reference 4.1). ERR_NOT_FOUND if nobody owns `to`. */
MUST_CHECK enum err sandbox_inbound(struct sandbox *sb, int64_t now_ms, uint64_t from, struct str to,
                                    struct str body, uint64_t *message);

/* ---- messages: the typed entry ---- */

struct sandbox_create {
    uint32_t account;
    uint64_t to;     /* E.164 digits */
    uint32_t sender; /* From: a handle, or SANDBOX_NONE */
    uint32_t service;
    struct str body, status_callback; /* copied */
    uint32_t validity_s;              /* 0: the service's, else the maximum */
    int64_t send_at_ms;               /* calendar time; 0: now */
    unsigned segments;                /* 0: counted here */
    bool smart_encoded;
};
/* `http_status` and `code` are what the client reads if it reads anything (see `wire`); `message` is the
 * truth: the number committed now, or 0 (LATE_COMMIT commits in a later step). */
struct sandbox_created {
    int http_status; /* 201; 400, 429 … with `code` */
    int code;        /* Twilio's error code; 0 for 201 and for pages of an edge */
    uint32_t retry_after_s;
    uint64_t message;
    uint64_t ledger_seq;
    enum sandbox_status status; /* of 201 */
    struct sandbox_directive wire;
};
void sandbox_create_message(struct sandbox *sb, int64_t now_ms, const struct sandbox_create *create,
                            struct sandbox_created *out);

/* A message as Twilio shows it. Texts are views that live until the next call with this model. */
struct sandbox_message {
    uint64_t number;
    uint32_t account, service, sender; /* sender: SANDBOX_NONE until one is picked */
    uint64_t to, from;                 /* 0 for an alphanumeric or absent From */
    enum sandbox_direction direction;
    enum sandbox_status status;
    int error_code;
    unsigned segments; /* 0 until a service's sender is picked */
    int64_t created_ms, updated_ms, sent_ms; /* calendar; sent_ms 0 until sent */
    int64_t price_micros;                    /* negative is a charge; 0 until final */
    bool priced;
    struct str body, status_callback;
};
MUST_CHECK enum err sandbox_message_get(struct sandbox *sb, uint64_t number, struct sandbox_message *out);
void sandbox_message_sid(const struct sandbox *sb, uint64_t number, char out[SANDBOX_SID_BYTES]);
/* 0 if that is no SID of this model. */
uint64_t sandbox_message_number(const struct sandbox *sb, struct str sid);

/* Newest first. `wire` and http_status as for create: under a fault the rows are not to be believed seen. */
struct sandbox_list {
    uint32_t account;
    uint64_t to, from;                     /* 0: any */
    int64_t sent_from_ms, sent_before_ms;  /* by date_sent; both 0: any (queued messages have none) */
    uint64_t before;                       /* only numbers below; 0: from the newest */
};
struct sandbox_listed {
    int http_status, code;
    uint32_t retry_after_s;
    size_t count;
    uint64_t next; /* `before` of the next page; 0 at the end */
    struct sandbox_directive wire;
};
void sandbox_list_messages(struct sandbox *sb, int64_t now_ms, const struct sandbox_list *query,
                           struct sandbox_message *out, size_t out_max, struct sandbox_listed *listed);

/* ERR_CONFLICT in the wrong state, ERR_NOT_FOUND. */
MUST_CHECK enum err sandbox_message_cancel(struct sandbox *sb, int64_t now_ms, uint64_t number);
MUST_CHECK enum err sandbox_message_redact(struct sandbox *sb, int64_t now_ms, uint64_t number);
MUST_CHECK enum err sandbox_message_delete(struct sandbox *sb, int64_t now_ms, uint64_t number);

/* ---- the world goes on ---- */

/* NOTICE: a status callback of a registration (form). EVENTS: CloudEvents of an event stream (JSON array). */
enum sandbox_webhook_kind {
    SANDBOX_WEBHOOK_STATUS, SANDBOX_WEBHOOK_INBOUND, SANDBOX_WEBHOOK_NOTICE, SANDBOX_WEBHOOK_EVENTS
};

/* One HTTP request that Twilio makes now. Texts live until the webhook is answered. */
struct sandbox_webhook {
    uint64_t id;
    enum sandbox_webhook_kind kind;
    uint32_t account; /* whose token signs */
    struct str url;   /* with its fragment; see url_bytes */
    size_t url_bytes; /* what goes out and is signed: url without the fragment */
    bool is_get, is_fallback;
    bool forged;      /* to be signed with another token */
    unsigned attempt; /* 1 … */
    uint64_t message; /* 0: none */
    enum sandbox_status status; /* MessageStatus of this callback */
    int error_code;
    uint32_t connect_timeout_ms, read_timeout_ms, total_timeout_ms; /* what is left of them */
    char idempotency_token[SANDBOX_SID_BYTES + 4];
};
/* Lets everything happen that is due and hands out webhooks that are due, at most out_max; call again
 * while it fills the array. Each must be answered. */
size_t sandbox_step(struct sandbox *sb, int64_t now_ms, struct sandbox_webhook *out, size_t out_max);
/* When something is due next, perhaps at once; SANDBOX_NEVER if nothing is. */
int64_t sandbox_next_event_ms(const struct sandbox *sb);

/* Appends the form parameters (reference 3.3, 4.1), encoded, or of EVENTS the JSON. ERR_NOT_FOUND once it is answered. */
MUST_CHECK enum err sandbox_webhook_form(struct sandbox *sb, uint64_t webhook, struct buf *form);

enum sandbox_webhook_failure {
    SANDBOX_WEBHOOK_ANSWERED,        /* http_status is set */
    SANDBOX_WEBHOOK_CONNECT_FAILED,  /* refused, timed out, TLS or name failed */
    SANDBOX_WEBHOOK_READ_FAILED      /* connected, but no answer came */
};
struct sandbox_webhook_answer {
    enum sandbox_webhook_failure failure;
    int http_status;
    struct str content_type, body; /* TwiML of inbound webhooks; may be empty */
};
/* Decides on retries (overrides in the fragment, reference 5.2), the fallback URL, alerts, TwiML replies. */
void sandbox_webhook_answered(struct sandbox *sb, int64_t now_ms, uint64_t webhook,
                              const struct sandbox_webhook_answer *answer);

/* ---- faults ---- */

void sandbox_faults_set(struct sandbox *sb, const struct sandbox_fault_plan *plan);
const struct sandbox_fault_plan *sandbox_faults_get(const struct sandbox *sb);
MUST_CHECK enum err sandbox_fault_next(struct sandbox *sb, const struct sandbox_fault_rule *rule);
void sandbox_fault_rules_clear(struct sandbox *sb);

/* ---- counters ---- */

struct sandbox_stats {
    uint64_t requests, created, refused, inbound, webhooks, webhooks_failed, webhooks_retried, alerts;
    uint64_t by_status[SANDBOX_STATUS_COUNT]; /* messages in it now, deleted and forgotten ones too */
    uint64_t messages_kept, forgotten;        /* forgotten: made room */
    uint64_t waiting;                         /* messages with something still to happen */
    uint64_t webhooks_waiting, webhooks_out;
    uint64_t webhooks_lost, webhooks_dropped; /* lost: by a fault; dropped: over webhooks_max */
    uint64_t faults[SANDBOX_FAULT_COUNT];
};
void sandbox_stats_get(const struct sandbox *sb, struct sandbox_stats *out);
/* BUG_IF an invariant is broken; for tests and simulations. */
void sandbox_check(const struct sandbox *sb);

#endif
