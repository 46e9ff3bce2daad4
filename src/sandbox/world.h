/*
 * world: what the model's own files share. Not for anyone else; the contract is model.h.
 *
 * Objects live one by one on the heap and never move, so that views and handles stay good. Invariant of a
 * message: it waits in `events`  <=>  its step is not STEP_NONE; its chunk's `busy` counts the messages of it
 * that wait, and every webhook that names one of them.
 */
#ifndef STERLING_SANDBOX_WORLD_H
#define STERLING_SANDBOX_WORLD_H

#include "base/heap.h"
#include "base/map.h"
#include "base/rng.h"
#include "sandbox/ledger.h"
#include "sandbox/line.h"
#include "sandbox/model.h"
#include "sandbox/verify.h"

enum { MESSAGES_PER_CHUNK = 1024, NAME_BYTES = 65, US_CARRIERS = SANDBOX_FOREIGN };
#define US_PER_MS INT64_C(1000)

struct thing; /* registry.h */

enum account_status { ACCOUNT_ACTIVE, ACCOUNT_SUSPENDED, ACCOUNT_CLOSED };
struct account {
    char sid[SANDBOX_SID_BYTES], token[SANDBOX_TOKEN_BYTES], secondary[SANDBOX_TOKEN_BYTES];
    char *name;
    uint32_t parent; /* SANDBOX_NONE for the main and the test account */
    bool is_test;
    enum account_status status;
    int64_t created_ms, updated_ms, secondary_ms;
    uint64_t newest; /* message; head of the chain older_account */
    int64_t second;  /* account_mps_max: the second counted, of the account's parent */
    uint32_t in_second;
    struct lookup_use lookups;
    bool registers;        /* it has a brand: unregistered traffic is stopped */
    int64_t write_second;  /* of brands and campaigns: run time */
    uint32_t writes;
};

enum sender_kind { SENDER_LONG_CODE, SENDER_TOLL_FREE, SENDER_SHORT_CODE, SENDER_ALPHA, SENDER_FOREIGN,
                   SENDER_KIND_COUNT };
struct sender {
    char sid[SANDBOX_SID_BYTES], address[SANDBOX_ADDRESS_BYTES];
    uint64_t number; /* 0: alphanumeric */
    enum sender_kind kind;
    uint32_t account, service;
    bool released, sms_get, sms_fallback_get;
    char *name, *sms_url, *sms_fallback_url, *status_callback, *voice_url;
    int64_t created_ms, updated_ms, joined_ms; /* joined: its service */
    int64_t free_us;                           /* run time at which its queue is empty */
    struct thing *registration; /* with its service's campaign; NULL */
    bool verified;              /* toll-free */
};

struct brand {
    uint32_t number;
    int64_t day; /* Pacific */
    uint64_t used, cap;
};
struct program {
    bool approved;
    uint32_t brand; /* index in brands */
    unsigned brand_score;
    uint32_t mps_milli[SANDBOX_CARRIER_COUNT]; /* 0: unlimited */
    int64_t free_us[SANDBOX_CARRIER_COUNT];
};
struct service {
    char sid[SANDBOX_SID_BYTES];
    uint32_t account;
    bool removed, sticky_sender, area_code_geomatch, smart_encoding, use_inbound_webhook_on_number;
    bool inbound_get, fallback_get, mms_converter, fallback_to_long_code, synchronous_validation;
    char *name, *inbound_url, *fallback_url, *status_callback, *usecase;
    const char *scan_message_content; /* static */
    uint32_t validity_s;
    int64_t created_ms, updated_ms;
    struct program program;
    struct thing *campaign; /* NULL: none was ever asked for here */
    uint32_t *pool; /* senders */
    size_t pool_count, pool_capacity, pool_cursor;
};

enum message_step { STEP_NONE, STEP_PICK, STEP_DEPART, STEP_SENT, STEP_RECEIPT, STEP_EXPIRE };
enum message_flag {
    MESSAGE_DELETED = 1,
    MESSAGE_SMART = 2,
    MESSAGE_NO_RECEIPT = 4,
    MESSAGE_NEVER_LEFT = 8,
    MESSAGE_PRICED = 16,
};
struct message {
    struct heap_node event; /* when `step` happens, run time */
    uint64_t number, peer;  /* peer: the handset */
    uint64_t older_to, older_account;
    int64_t created_ms, updated_ms, sent_ms; /* calendar */
    int64_t made_ms, expires_ms;             /* run time */
    char *text;                              /* callback, NUL, body, NUL */
    uint32_t account, sender, service;
    uint32_t receipt_ms; /* planned */
    int32_t price_micros;
    uint16_t callback_bytes, body_bytes, error_code, planned_code;
    uint8_t status, direction, step, carrier, flags, segments, webhooks;
};
struct message_chunk {
    struct message at[MESSAGES_PER_CHUNK];
    uint32_t busy;
};

struct handset {
    struct sandbox_handset set; /* reply.at is owned */
};

/* A reply that a handset will make, or a creation that is committed late. */
enum chore_kind { CHORE_INBOUND, CHORE_CREATE };
struct chore {
    struct heap_node due;
    enum chore_kind kind;
    uint64_t from;                /* INBOUND */
    uint32_t sender;              /* INBOUND: to */
    struct sandbox_create create; /* CREATE: its texts lie in `text` */
    uint64_t ledger_seq;
    char text[];
};

struct webhook {
    struct heap_node due;
    uint64_t id; /* generation << 32 | slot */
    enum sandbox_webhook_kind kind;
    uint64_t message;
    enum sandbox_status status;
    int error_code, failed_code;     /* failed_code: ErrorCode of a fallback */
    uint32_t account;
    char *body;                      /* NOTICE, EVENTS */
    char *url, *first_url;           /* first_url: ErrorUrl of a fallback */
    bool is_get, is_fallback, forged, out;
    unsigned attempt;
    int64_t event_ms, started_ms;    /* calendar; run time of the first try */
};

struct alert {
    uint64_t seq, message;
    uint32_t account, service;
    int error_code, http_status;
    bool is_get;
    char *url, *variables, *body; /* variables: the form sent */
    char content_type[64];
    int64_t date_ms;
};

/* A STOP or START that Twilio understood. */
struct consent {
    uint32_t account;
    uint64_t peer, message;
    bool stop;
    int64_t at_ms, answered_ms; /* run time; SANDBOX_NEVER until its webhook was answered with success */
};

/* One creation in the ledger; `seq` is its place. */
struct record {
    int64_t at_ms, date_ms, committed_ms;
    uint64_t to, body_hash, message;
    char *callback;
    uint32_t account, service, sender;
    int http_status, code;
    uint16_t segments;
    uint8_t carrier, fault;
};
enum { RECORDS_PER_CHUNK = 1024 };
struct record_chunk {
    struct record at[RECORDS_PER_CHUNK];
};

struct registry;
struct sandbox {
    struct sandbox_config config; /* texts owned below */
    char *config_text;
    uint64_t key; /* of the SIDs */
    struct rng rng, fault_rng;
    int64_t now_ms, calendar_ms; /* run time, INT64_MIN until it begins; offset */
    int64_t began_ms;            /* calendar: the date of what was there before */

    struct account **accounts;
    size_t account_count, account_capacity;
    struct service **services;
    size_t service_count, service_capacity;
    struct sender **senders;
    size_t sender_count, sender_capacity;
    struct brand *brands;
    size_t brand_count, brand_capacity;
    struct map by_sid, by_address; /* accounts by SID, senders by address: hash -> index + 1 */

    struct message_chunk **chunks;
    size_t chunk_count, chunk_capacity;
    uint64_t first_chunk, last_number;
    struct map by_to; /* (account, to) -> newest number */
    struct heap events, chores, webhooks_due;
    uint64_t waits; /* counts what was put in them */

    struct map handsets, opted_out, sticky;
    bool carrier_paused[SANDBOX_CARRIER_COUNT];
    uint64_t *held; /* messages waiting for a paused carrier */
    size_t held_count, held_capacity;

    struct webhook **webhook_slots;
    uint32_t *webhook_free;
    size_t webhook_count, webhook_capacity, webhook_free_count, webhooks_live;
    uint32_t webhook_generation;

    struct alert **alerts; /* ring */
    uint64_t alert_last;
    struct consent *consents;
    size_t consent_count, consent_capacity;
    struct map consent_by_message; /* -> index + 1 */

    struct record_chunk **records;
    size_t record_chunk_count, record_chunk_capacity;
    uint64_t record_first_chunk, record_last;

    struct sandbox_fault_rule rules[SANDBOX_RULES_MAX];
    size_t rule_count;
    uint64_t request_seq;
    struct registry *registry;
    struct verify_world verify;
    struct sandbox_stats stats;
};

/* ---- model.c ---- */
void world_enter(struct sandbox *sb, int64_t now_ms); /* lets what is due happen */
int64_t world_date(const struct sandbox *sb);         /* calendar time now; 0 before it begins */
int64_t world_shown(const struct sandbox *sb, int64_t date_ms); /* a date as told outside */
void world_must(enum err err);                        /* out of memory is the end of a sandbox */
void *world_alloc(size_t bytes);
char *world_text(struct str s); /* a terminated copy; NULL for an empty one */
void world_set_text(char **slot, struct str s);
/* Grows `array` (of items of item_bytes) to hold count + 1; returns it. */
void *world_grow(void *array, size_t count, size_t *capacity, size_t item_bytes);
uint32_t world_between(struct sandbox *sb, uint32_t min, uint32_t max); /* uniform, both included */
void world_wait(struct sandbox *sb, struct heap *h, struct heap_node *node, int64_t at_ms);
int64_t world_due(const struct heap *h); /* of the first; SANDBOX_NEVER */
uint64_t world_pair(uint64_t a, uint64_t b);                            /* a key of two numbers */

/* ---- sid.c ---- */
enum sid_kind {
    SID_ACCOUNT,
    SID_TEST_ACCOUNT,
    SID_SERVICE,
    SID_NUMBER,
    SID_SHORT_CODE,
    SID_ALPHA,
    SID_MESSAGE,
    SID_ALERT,
    SID_REQUEST,
    SID_VERIFY_SERVICE,
    SID_VERIFICATION,
    SID_VERIFY_ATTEMPT,
    SID_ADDRESS,
    SID_KEY,
    SID_END_USER,
    SID_DOCUMENT,
    SID_PROFILE,
    SID_PRODUCT,
    SID_ASSIGNMENT,
    SID_CHANNEL,
    SID_EVALUATION,
    SID_BRAND,
    SID_VETTING,
    SID_CAMPAIGN,
    SID_NUMBER_REGISTRATION,
    SID_TOLL_FREE,
    SID_SINK,
    SID_SUBSCRIPTION,
    SID_KINDS /* count, last */
};
void sb_sid_make(const struct sandbox *sb, enum sid_kind kind, uint64_t n, char out[SANDBOX_SID_BYTES]);
uint64_t sb_sid_read(const struct sandbox *sb, enum sid_kind kind, struct str sid); /* n, or UINT64_MAX */
void sb_sid_token(const struct sandbox *sb, uint64_t n, char out[SANDBOX_TOKEN_BYTES]);

/* ---- account.c, service.c, sender.c ---- */
struct account *sb_account_at(const struct sandbox *sb, uint32_t account);
MUST_CHECK enum err sb_account_make(struct sandbox *sb, struct account draft, struct str name,
                                    uint32_t *account);
uint32_t sb_account_root(const struct sandbox *sb, uint32_t account); /* itself or its parent */
bool sb_account_is_active(const struct sandbox *sb, uint32_t account); /* and so is its parent */

struct service *sb_service_at(const struct sandbox *sb, uint32_t service);
void sb_service_join(struct sandbox *sb, uint32_t service, uint32_t sender);
void sb_service_leave(struct sandbox *sb, uint32_t sender);
void sb_service_remove(struct sandbox *sb, uint32_t service);
void sb_program_close(struct sandbox *sb, uint32_t service); /* the program is approved no more */
/* A sender for this recipient, or SANDBOX_NONE (reference 8). */
uint32_t sb_service_pick(struct sandbox *sb, uint32_t service, uint64_t to);

struct sender *sb_sender_at(const struct sandbox *sb, uint32_t sender);
uint32_t sb_sender_by_number(const struct sandbox *sb, uint64_t number); /* whoever owns it */
bool sb_sender_kind_of(struct str address, enum sender_kind *kind, uint64_t *number);
bool sb_sender_can_reach(const struct sender *s, uint64_t to);
void sb_sender_release(struct sandbox *sb, uint32_t sender);
void sb_sender_move(struct sandbox *sb, uint32_t sender, uint32_t account);
uint32_t sb_sender_mps_milli(const struct sandbox *sb, const struct sender *s);

/* ---- message.c ---- */
struct message_draft {
    uint32_t account, sender, service;
    uint64_t peer;
    enum sandbox_direction direction;
    enum sandbox_status status;
    struct str body, status_callback;
    unsigned segments;
    uint32_t validity_s;
    bool smart;
};
/* NULL if there is no room. */
struct message *sb_message_new(struct sandbox *sb, const struct message_draft *draft);
struct message *sb_message_at(const struct sandbox *sb, uint64_t number); /* NULL if forgotten or never was */
void sb_message_move(struct sandbox *sb, struct message *m, enum sandbox_status status);
void sb_message_fail(struct sandbox *sb, struct message *m, int code);
void sb_message_plan(struct sandbox *sb, struct message *m, enum message_step step, int64_t at_ms);
void sb_message_busy(struct sandbox *sb, const struct message *m, int change);
struct str sb_message_body(const struct message *m);
struct str sb_message_callback(const struct message *m);
void sb_message_show(struct sandbox *sb, const struct message *m, struct sandbox_message *out);
bool sb_message_is_final(const struct message *m);
unsigned sb_message_segments(const struct sandbox *sb, struct str body, bool smart);
void sb_messages_free(struct sandbox *sb);
uint64_t sb_message_newest_to(const struct sandbox *sb, uint32_t account, uint64_t to);

/* ---- create.c ---- */
/* As sandbox_create_message, but refused with `refusal` if that is not 0; date checks are done. */
void sb_create_message(struct sandbox *sb, const struct sandbox_create *create, int refusal,
                    struct sandbox_created *out);
void sb_create_late(struct sandbox *sb, struct chore *chore);
/* Without ledger, faults and checks: confirmations and TwiML replies. */
void sb_create_reply(struct sandbox *sb, uint32_t sender, uint64_t to, struct str body,
                     struct str status_callback);
int sb_create_http_status(int code); /* of an error code */
int sb_create_test_refusal(uint64_t from,
                           uint64_t to); /* magic numbers of the test credentials (reference 10) */

/* ---- queue.c ---- */
bool sb_queue_is_full(const struct sandbox *sb, uint32_t sender, uint64_t to);
void sb_queue_enter(struct sandbox *sb, struct message *m); /* has a sender and segments */
void sb_queue_event(struct sandbox *sb, struct message *m); /* its step is due */

/* ---- carrier.c ---- */
struct magic {
    int refusal, code; /* at creation; from the carrier */
    bool silent;
    uint32_t receipt_ms;  /* 0: as usual */
    const char *reply;    /* NULL: none */
};
struct magic sb_carrier_magic(uint64_t number);
/* Decides what becomes of a message that leaves its queue now: planned_code, receipt_ms, flags. */
void sb_carrier_decide(struct sandbox *sb, struct message *m);
uint32_t sb_carrier_sent_ms(struct sandbox *sb, const struct message *m);
/* False, and nothing used, if the T-Mobile day of the message's brand is full. */
bool sb_carrier_take_day(struct sandbox *sb, const struct message *m);
int64_t sb_carrier_pacific_day(int64_t date_ms);
void sb_carrier_score_grants(unsigned score, uint32_t *mps_milli, uint32_t *day_cap);
bool sb_carrier_never_left(int code); /* failed, not undelivered */
/* Drawn by number: a landline stays one. Handsets and magic numbers are not asked. */
bool sb_carrier_is_landline(const struct sandbox *sb, uint64_t number);
bool sb_carrier_is_unknown(const struct sandbox *sb, uint64_t number);

/* ---- handset.c ---- */
bool sb_handset_opted_out(const struct sandbox *sb, uint32_t sender, uint32_t service, uint64_t peer);
void sb_handset_got(struct sandbox *sb, const struct message *m);
void sb_handset_chore(struct sandbox *sb, struct chore *chore);
void sb_handset_inbound_answered(struct sandbox *sb, uint64_t message);
void sb_handsets_free(struct sandbox *sb);

/* ---- webhook.c, alert.c ---- */
void sb_webhook_status(struct sandbox *sb, struct message *m);
void sb_webhook_inbound(struct sandbox *sb, struct message *m, struct str url, bool is_get);
/* A form (or JSON) of no message; nothing without a URL. */
void sb_webhook_notice(struct sandbox *sb, uint32_t account, struct str url, struct str body, bool is_json);
void sb_webhooks_free(struct sandbox *sb);
void sb_alert_add(struct sandbox *sb, const struct webhook *w, int code,
                  const struct sandbox_webhook_answer *answer);
struct alert *sb_alert_at(const struct sandbox *sb, uint64_t seq);
void sb_alerts_free(struct sandbox *sb);

/* ---- faults.c ---- */
struct fault_draw {
    enum sandbox_fault fault;
    int http_status;
    uint32_t delay_ms, retry_after_s;
};
struct fault_draw sb_fault_draw(struct sandbox *sb, enum sandbox_request_kind kind, uint64_t to);
bool sb_fault_is_before(enum sandbox_fault fault); /* nothing takes effect */
/* Fills what the client reads of a fault that spoils the answer; false if the answer stands. */
bool sb_fault_spoils(const struct fault_draw *draw, int *http_status, int *code, uint32_t *retry_after_s);
bool sb_fault_chance(struct sandbox *sb, uint32_t per_million);

/* ---- ledger.c ---- */
uint64_t sb_ledger_append(struct sandbox *sb, const struct sandbox_create *create, unsigned segments,
                       enum sandbox_fault fault);
struct record *sb_ledger_at(const struct sandbox *sb, uint64_t seq); /* NULL if dropped */
void sb_ledger_free(struct sandbox *sb);

#endif
