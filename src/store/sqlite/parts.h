/*
 * parts: what the files of the sqlite twin share: the store, the facts it keeps between statements, and
 * each aggregate's changes and reads.
 *
 * What a transaction changes often is kept as facts (campaigns, runs, orgs) and message rows in memory and written
 * once, before the commit or before a savepoint (store_flush). A rollback forgets all of it. Failures
 * stick to the writer's connection, so functions here return nothing but refusals; store_apply looks.
 */
#ifndef STERLING_STORE_SQLITE_PARTS_H
#define STERLING_STORE_SQLITE_PARTS_H

#include "base/map.h"
#include "store/sqlite/conn.h"
#include "store/sqlite/tally.h"
#include "store/store.h"

#include <stdatomic.h>

/* Stable numbers: they are stored. */
enum counter {
    COUNTER_COMMIT = 1, COUNTER_ORG, COUNTER_PROGRAM, COUNTER_SENDER, COUNTER_KEY, COUNTER_LIST,
    COUNTER_CONTACT, COUNTER_CONSENT, COUNTER_CAMPAIGN, COUNTER_MESSAGE, COUNTER_ARMS, COUNTER_INBOUND,
    COUNTER_EVENT, COUNTER_IMPORT, COUNTER_ENDPOINT, COUNTER_MESSAGES_TOTAL,
    COUNTER_ARMS_LOW, /* every attempt in an arms record below this one is answered */
    COUNTER_REGISTRATION, COUNTER_REGISTRATION_NOTE, COUNTER_HYGIENE, COUNTER_VERIFICATION, COUNTER_OWNED,
    COUNTERS          /* count, last */
};

/* What the writer looks at or changes of an org in the hot path. */
struct org_facts {
    org_id id;
    enum org_state state;
    uint32_t rev;
    int64_t spent_micros, inbound_seen_ms, created_ms;
    int32_t spent_month;
    bool dirty;
};

struct campaign_facts {
    struct campaign c; /* text fields empty, counts unused */
    struct tally tally;
    bool dirty;        /* state, rev, freeze, times */
    bool tally_dirty;
};

struct run_facts {
    org_id org;
    uint64_t id, campaign, hi, next; /* id is lo; 0: an empty place */
    int64_t gone;                    /* of [next, hi), those that left the queue out of turn */
    bool dirty;
};
enum { RUNS_KEPT = 16 };

/* Stable numbers: they are stored. */
enum { MESSAGE_FLAG_URGENT = 1, MESSAGE_FLAG_RETRY_UNDELIVERED = 2, MESSAGE_FLAG_BOOKED = 4 };

/* What is looked at of each row that a transaction meets comes first, in one line of the cache with the ids. */
struct message_row {
    struct message_row *touched_next;
    bool touched;      /* by this transaction: in the list */
    bool dirty;
    bool booked;       /* segments and cost of the last attempt were counted */
    struct message m;  /* body empty */
};
/* Rows that stay in memory after the commit, because a message's next word comes soon: a callback that finds its
 * row here saves the read. So many are young; as many older ones stay beside them. */
enum { ROWS_KEPT = 8192, ROWS_A_BLOCK = ARENA_KEEPS ? 256 : 1, BLOCKS_SPARE_MAX = 2 * ROWS_KEPT / ROWS_A_BLOCK };

/* Rows of neighbours are neighbours in memory: scattered over megabytes each costs a miss of the cache, and one of the
 * page tables, too. */
struct row_block {
    struct row_block *next;
    size_t used;
    struct message_row rows[ROWS_A_BLOCK];
};

/* What in_flight held before: 0 for nothing. */
struct arm_undo {
    uint64_t message, packed;
};

struct sqlite_store {
    struct store base;
    struct conn conn;
    char *path;
    struct store_sqlite_options options; /* its path is the one above */
    int lock_fd;
    _Atomic uint64_t commit_number;
    _Atomic int readers;
    _Atomic int64_t messages_total;
    bool in_transaction;
    int64_t wal_pages;        /* in the log after the last commit */
    int64_t page_bytes;
    uint64_t counters[COUNTERS], counters_committed[COUNTERS];
    struct map orgs;          /* id -> struct org_facts */
    struct map campaigns;     /* id -> struct campaign_facts */
    struct run_facts runs[RUNS_KEPT];
    unsigned runs_turn;       /* the place taken next */
    struct map in_flight;     /* message -> packed: attempt armed by this process and not answered, its arms record */
    struct map arms_open;     /* arms record -> how many of its attempts are in flight */
    bool recovered, recovered_committed; /* what an earlier process armed is settled: arms_open knows all */
    uint64_t arms_at_open;    /* the newest record of an earlier process */
    struct arm_undo *armed;   /* of this transaction */
    size_t armed_count, armed_capacity;
    struct map rows, rows_old; /* id -> struct message_row, as committed but for those touched */
    struct row_block *blocks, *blocks_old, *blocks_spare; /* of rows, of rows_old, of none */
    size_t blocks_spare_count;
    struct message_row *touched; /* of this transaction */
    size_t touched_count;
    struct map days;          /* packed (org, carrier, day) -> segments; of this transaction */
    struct event *events;     /* of this transaction */
    size_t events_count, events_capacity;
};

struct sqlite_reader {
    struct store_reader base;
    struct conn conn;
};

static inline struct sqlite_store *store_of(struct store *s)
{
    return (struct sqlite_store *)(void *)s;
}
static inline struct conn *reader_conn(struct store_reader *r)
{
    struct conn *c = &((struct sqlite_reader *)(void *)r)->conn;
    conn_clear(c);
    return c;
}
/* What a read of one thing answers. */
static inline enum err read_one(const struct conn *c, bool found)
{
    if (conn_check(c) != ERR_OK) return conn_check(c);
    return found ? ERR_OK : ERR_NOT_FOUND;
}
/* What a read of rows answers. */
static inline enum err read_many(const struct conn *c, size_t *count, size_t filled)
{
    *count = conn_check(c) == ERR_OK ? filled : 0;
    return conn_check(c);
}

/* ---- sqlite.c ---- */
uint64_t store_next(struct sqlite_store *s, enum counter which);
void store_flush(struct sqlite_store *s); /* writes what is kept in memory */
enum err refuse(struct change *c, enum err code, const char *fmt, ...) PRINTF_LIKE(3, 4);
void store_out_of_memory(struct sqlite_store *s);
MUST_CHECK enum err sqlite_backup(struct store *base, const char *path, struct fault *f);

/* ---- orgs.c ---- */
struct org_facts *org_facts(struct sqlite_store *s, org_id id); /* NULL: no such org (or broken) */
void org_facts_flush(struct sqlite_store *s);
void org_spend(struct sqlite_store *s, org_id id, int64_t micros, int64_t now_ms);
bool program_exists(struct sqlite_store *s, org_id org, uint32_t program);
bool sender_exists(struct sqlite_store *s, org_id org, uint32_t sender);
enum err apply_org(struct sqlite_store *s, struct change *c);
enum err apply_program(struct sqlite_store *s, struct change *c);
enum err apply_senders(struct sqlite_store *s, struct change *c);
enum err apply_key(struct sqlite_store *s, struct change *c);
enum err sqlite_org_get(struct store_reader *r, struct arena *a, org_id id, struct org *out);
enum err sqlite_org_by_slug(struct store_reader *r, struct arena *a, struct str slug, struct org *out);
enum err sqlite_org_by_hook_path(struct store_reader *r, struct arena *a, struct str path, struct org *out);
enum err sqlite_orgs(struct store_reader *r, struct arena *a, org_id after, struct org *out, size_t *count);
enum err sqlite_programs(struct store_reader *r, struct arena *a, org_id org, uint32_t after, struct program *out,
                         size_t *count);
enum err sqlite_senders(struct store_reader *r, org_id org, uint32_t after, struct sender *out, size_t *count);
enum err sqlite_sender_by_address(struct store_reader *r, org_id org, struct str address, struct sender *out);
enum err sqlite_key_by_hash(struct store_reader *r, struct arena *a, const unsigned char hash[32],
                            struct api_key *out);
enum err sqlite_keys(struct store_reader *r, struct arena *a, org_id org, uint32_t after, struct api_key *out,
                     size_t *count);

/* ---- contacts.c ---- */
bool list_exists(struct sqlite_store *s, org_id org, uint32_t list);
enum err apply_list(struct sqlite_store *s, struct change *c);
enum err apply_contacts(struct sqlite_store *s, struct change *c);
enum err apply_contact_delete(struct sqlite_store *s, struct change *c);
/* Reads CONTACT_COLUMNS. */
void contact_read(struct query *q, struct arena *a, struct contact *out);
enum err sqlite_contact_get(struct store_reader *r, struct arena *a, org_id org, uint64_t id, struct contact *out);
enum err sqlite_contact_by_number(struct store_reader *r, struct arena *a, org_id org, uint64_t number,
                                  struct contact *out);
enum err sqlite_contacts(struct store_reader *r, struct arena *a, org_id org, uint32_t list, uint64_t after,
                         struct contact *out, size_t *count);
enum err sqlite_list_by_name(struct store_reader *r, struct arena *a, org_id org, struct str name,
                             struct contact_list *out);
enum err sqlite_list_get(struct store_reader *r, struct arena *a, org_id org, uint32_t id,
                         struct contact_list *out);
enum err sqlite_lists(struct store_reader *r, struct arena *a, org_id org, uint32_t after,
                      struct contact_list *out, size_t *count);

/* ---- consent.c, consent_reads.c, chain_old.c ---- */
/* What holds for a message of that program from that sender (0: not chosen). */
struct consent_holds consent_holds_for(struct conn *c, org_id org, uint64_t number, uint32_t program, uint32_t sender);
struct chain_head consent_head_read(struct conn *c, org_id org);
/* Reads HOLDS_COLUMNS; CONSENT_COLUMNS. */
struct consent_holds consent_holds_read(struct query *q);
void consent_read(struct query *q, struct arena *a, struct consent *out);
/* The part of a migration that SQL cannot do; failures stick to the connection. */
void consent_chain_old(struct conn *c);
/* Appends, chains and applies; true if it now decides in its scope. */
bool consent_record(struct sqlite_store *s, struct consent *event);
/* On what the consent of an import's contacts rests. */
struct consent_attested {
    org_id org;
    uint64_t entry;
    int64_t at_ms, recorded_ms;
    enum consent_basis basis; /* none: there is no such entry */
};
struct consent_attested consent_attested_read(struct sqlite_store *s, org_id org, uint64_t attestation);
/* Opts the number in on it, unless it is opted out or has as good a consent. */
void consent_attest(struct sqlite_store *s, const struct consent_attested *a, uint64_t number);
/* The provider says that the number opted out. */
void consent_suppress(struct sqlite_store *s, org_id org, uint64_t number, int32_t error_code, int64_t now_ms);
enum err apply_consent(struct sqlite_store *s, struct change *c);
enum err sqlite_consent_get(struct store_reader *r, struct arena *a, org_id org, uint64_t number,
                            struct consent *out);
enum err sqlite_consent_holds(struct store_reader *r, org_id org, uint64_t number, uint32_t program,
                              uint32_t sender, struct consent_holds *out);
enum err sqlite_consent_head(struct store_reader *r, org_id org, struct chain_head *out);
enum err sqlite_consents(struct store_reader *r, struct arena *a, org_id org, uint64_t number, uint64_t after,
                         struct consent *out, size_t *count);

/* ---- campaigns.c, freeze.c ---- */
/* Any org's when org is 0 is never asked: NULL if it is not that org's. */
struct campaign_facts *campaign_facts(struct sqlite_store *s, org_id org, uint64_t id);
void campaign_facts_flush(struct sqlite_store *s);
void campaign_facts_drop(struct sqlite_store *s);   /* forgets all, written or not */
void campaign_facts_shrink(struct sqlite_store *s); /* between transactions: keeps the memory bounded */
void campaign_tally(struct sqlite_store *s, struct campaign_facts *c, struct tally_mark mark, int64_t by);
bool campaign_is_canceled(struct sqlite_store *s, org_id org, uint64_t campaign);
/* The run that the message is in; NULL if none. Good until the next call. */
struct run_facts *run_of(struct sqlite_store *s, org_id org, uint64_t message);
void run_facts_flush(struct sqlite_store *s);
/* A message of [next, hi) left the queue out of turn. */
void run_gone(struct sqlite_store *s, org_id org, uint64_t message);
void run_advance(struct sqlite_store *s, struct arm_cursor *cursor);
enum err apply_campaign(struct sqlite_store *s, struct change *c);
enum err apply_campaign_state(struct sqlite_store *s, struct change *c);
enum err apply_freeze(struct sqlite_store *s, struct change *c);
enum err sqlite_campaign_get(struct store_reader *r, struct arena *a, org_id org, uint64_t id, struct campaign *out);
enum err sqlite_campaigns(struct store_reader *r, struct arena *a, org_id org, uint64_t before,
                          struct campaign *out, size_t *count);
enum err sqlite_campaigns_live(struct store_reader *r, struct arena *a, uint64_t after, struct campaign *out,
                               size_t *count);
enum err sqlite_runs(struct store_reader *r, org_id org, uint64_t campaign, uint64_t after, struct run *out,
                     size_t *count);
enum err sqlite_campaign_errors(struct store_reader *r, org_id org, uint64_t campaign, int32_t *codes,
                                int64_t *numbers, size_t *count);
enum err sqlite_campaign_carriers(struct store_reader *r, org_id org, uint64_t campaign,
                                  int64_t table[16][MESSAGE_STATES]);
enum err sqlite_acknowledgements(struct store_reader *r, struct arena *a, org_id org, uint64_t campaign,
                                 struct acknowledgement *out, size_t *count);
/* Keeps it, if it has findings. */
void acknowledge(struct sqlite_store *s, org_id org, uint64_t campaign, const struct acknowledgement *said);
enum err sqlite_campaign_reasons(struct store_reader *r, org_id org, uint64_t campaign, int64_t reasons[64]);

/* ---- messages.c: rows ---- */
struct message_row *message_load(struct sqlite_store *s, org_id org, uint64_t id); /* NULL: not that org's */
bool message_known(const struct sqlite_store *s, uint64_t id); /* in memory */
/* Those of [from, to) into memory, in one statement, where message_load finds them. */
void message_load_ahead(struct sqlite_store *s, org_id org, uint64_t from, uint64_t to);
void message_rows_flush(struct sqlite_store *s);
void message_rows_drop(struct sqlite_store *s);    /* forgets all, written or not */
void message_rows_free(struct sqlite_store *s);    /* the same, and their memory: at the end */
void message_rows_settle(struct sqlite_store *s);  /* after the commit: keeps the memory bounded */
/* What a message is before it moves. */
struct message_was {
    struct tally_mark mark; /* canceled with its campaign, if it was */
    bool in_run;            /* see message_in_run */
};
/* Take it before changing the row … */
struct message_was message_was(struct sqlite_store *s, struct message_row *row);
/* … and give it here after: checks the move, counts, tells it as an event, writes later. */
void message_moved(struct sqlite_store *s, struct message_row *row, struct message_was was, int64_t now_ms);
bool message_waits(enum message_state s); /* queued or held */
/* Waits in its run, beyond the cursor, with no due row. */
bool message_in_run(struct sqlite_store *s, const struct message *m);
/* Its due row, of which it has at most one. */
void message_due_remove(struct sqlite_store *s, struct message_row *row);
void message_due_put(struct sqlite_store *s, struct message_row *row, uint8_t carrier, int64_t at_ms);
/* Marks it armed; false if it was, or there is none. */
bool message_due_arm(struct sqlite_store *s, const struct message_row *row, uint8_t attempt);
/* Counts what an accepted attempt cost, for message, campaign and org. */
void message_book(struct sqlite_store *s, struct message_row *row, uint16_t segments, int64_t cost_micros,
                  int64_t now_ms);
/* ---- sids.c ---- */
/* The SID of its last attempt, "" until that is known. The one before is kept: it is still ours. */
void message_sid_put(struct sqlite_store *s, struct message_row *row, const char *sid);
/* Keeps a SID of an attempt that is not the last, or not the one we were told first. */
void message_sid_known(struct sqlite_store *s, const struct message_row *row, const char *sid);
enum err sqlite_sid_taken(struct store_reader *r, org_id org, uint64_t number, struct str sid, uint64_t message,
                          bool *taken);

enum err apply_admit(struct sqlite_store *s, struct change *c);
enum err apply_cancel(struct sqlite_store *s, struct change *c);
/* Reads MESSAGE_COLUMNS. */
void message_read(struct query *q, struct message_row *out);

/* ---- message_reads.c, due.c ---- */
enum err sqlite_message_get(struct store_reader *r, struct arena *a, org_id org, uint64_t id, struct message *out);
enum err sqlite_messages(struct store_reader *r, struct arena *a, const struct message_filter *f, uint64_t before,
                         struct message *out, size_t *count, uint64_t *more_before);
enum err sqlite_messages_to(struct store_reader *r, struct arena *a, org_id org, uint64_t number,
                            struct message *out, size_t *count);
enum err sqlite_messages_stuck(struct store_reader *r, struct arena *a, uint64_t after, int64_t before_ms,
                               size_t scan_max, struct message *out, size_t *count, uint64_t *scanned_to);
enum err sqlite_draw_run(struct store_reader *r, struct arena *a, const struct run *run, uint64_t from,
                         struct message *out, struct contact *contacts, size_t *count);
enum err sqlite_draw_due(struct store_reader *r, struct arena *a, const struct lane_key *lane, int64_t until_ms,
                         int64_t after_ms, uint64_t after_message, struct due *due, struct message *out,
                         struct contact *contacts, size_t *count);
enum err sqlite_due_lanes(struct store_reader *r, const struct lane_key *after, struct lane_key *out,
                          int64_t *earliest_ms, size_t *count);
enum err sqlite_due_earliest(struct store_reader *r, const struct lane_key *lane, int64_t *at_ms);

/* ---- arm.c ---- */
/* The attempt of a message that this process armed and nobody answered; 0 if there is none. */
uint64_t in_flight(const struct sqlite_store *s, uint64_t message);
void in_flight_answered(struct sqlite_store *s, uint64_t message);
/* Takes back what this transaction did after its first `kept` moves. */
void in_flight_undo(struct sqlite_store *s, size_t kept);
/* Moves COUNTER_ARMS_LOW up, so that a start need not read what was answered long ago. */
void arms_low_advance(struct sqlite_store *s);
/* What change_trim says of arms records. */
void arms_trim(struct sqlite_store *s, const struct change_trim *c);
enum err apply_arm(struct sqlite_store *s, struct change *c);
enum err apply_recover(struct sqlite_store *s, struct change *c);
void day_use_add(struct sqlite_store *s, org_id org, uint8_t carrier, int32_t day, int64_t segments);
void day_use_flush(struct sqlite_store *s);
enum err sqlite_arms_answered(struct store_reader *r, struct armed *rows, size_t count);
enum err sqlite_arms_recent(struct store_reader *r, int64_t since_ms, struct armed *out, size_t *count);
enum err sqlite_recent_sends(struct store_reader *r, org_id org, uint64_t number, struct frequency *out);
enum err sqlite_day_uses(struct store_reader *r, int32_t day, struct day_use *out, size_t *count);

/* ---- numbers.c ---- */
/* Lookup said so. A line of unknown kind says nothing. */
void number_looked(struct sqlite_store *s, org_id org, const struct line_record *l);
/* A message to it ended so: delivered, or with a code that may tell something of the number. */
void number_ended(struct sqlite_store *s, org_id org, uint64_t number, enum message_state end, int32_t code,
                  int64_t at_ms);
void number_wrote(struct sqlite_store *s, org_id org, uint64_t number, int64_t at_ms);
enum err apply_numbers(struct sqlite_store *s, struct change *c);
enum err sqlite_number_facts(struct store_reader *r, org_id org, uint64_t number, struct number_facts *out);

/* ---- outcome.c, status.c, doubts.c ---- */
enum err apply_outcome(struct sqlite_store *s, struct change *c);
enum err apply_status(struct sqlite_store *s, struct change *c);
enum err apply_bind(struct sqlite_store *s, struct change *c);
enum err apply_doubt(struct sqlite_store *s, struct change *c);
bool doubt_get(struct sqlite_store *s, org_id org, uint64_t message, struct doubt *out);
void doubt_put(struct sqlite_store *s, const struct doubt *d);
void doubt_remove(struct sqlite_store *s, org_id org, uint64_t message);
/* The provider's word proves that a doubted attempt was accepted: books it and forgets the doubt. */
void doubt_proved(struct sqlite_store *s, struct message_row *row, int64_t now_ms);
enum err sqlite_doubts(struct store_reader *r, uint64_t after, struct doubt *out, size_t *count);

/* ---- inbound.c, imports.c ---- */
enum err apply_inbound(struct sqlite_store *s, struct change *c);
enum err sqlite_inbounds(struct store_reader *r, struct arena *a, org_id org, uint64_t before, struct inbound *out,
                         size_t *count);
enum err sqlite_inbound_latest(struct store_reader *r, org_id org, uint64_t number, int64_t *at_ms);
enum err sqlite_learned(struct store_reader *r, org_id org, struct learned_limit *out, size_t *count);
enum err apply_learned(struct sqlite_store *s, struct change *c);
enum err apply_sender_event(struct sqlite_store *s, struct change *c);
enum err sqlite_inbound_by_sid(struct store_reader *r, struct arena *a, org_id org, struct str sid,
                               struct inbound *out);
enum err apply_import(struct sqlite_store *s, struct change *c);
enum err import_store(struct sqlite_store *s, struct change *c, struct import_job *job);
enum err sqlite_import_get(struct store_reader *r, struct arena *a, org_id org, uint64_t id, struct import_job *out);
enum err sqlite_imports(struct store_reader *r, struct arena *a, org_id org, uint64_t before,
                        struct import_job *out, size_t *count);
enum err sqlite_imports_running(struct store_reader *r, struct arena *a, struct import_job *out, size_t *count);

/* ---- events.c, hooks.c ---- */
void event_add(struct sqlite_store *s, const struct event *e); /* its id is given at the commit */
void events_flush(struct sqlite_store *s);
void events_trim(struct sqlite_store *s, int64_t before_ms);
enum err sqlite_events(struct store_reader *r, org_id org, uint64_t after, struct event *out, size_t *count);
enum err sqlite_event_newest(struct store_reader *r, uint64_t *id);
enum err sqlite_event_get(struct store_reader *r, org_id org, uint64_t id, struct event *out);
enum err apply_endpoint(struct sqlite_store *s, struct change *c);
enum err apply_hooks(struct sqlite_store *s, struct change *c);
enum err sqlite_endpoints(struct store_reader *r, struct arena *a, org_id org, uint32_t after,
                          struct endpoint *out, size_t *count);
enum err sqlite_hook_retries(struct store_reader *r, struct arena *a, org_id org, uint32_t endpoint, bool dead,
                             int64_t until_ms, uint64_t after_event, struct hook_retry *out, size_t *count);

/* ---- meta.c ---- */
/* 0: not seen; 1: the stored answer was given; -1: refused (the change says why). */
int idempotency_lookup(struct sqlite_store *s, struct change *c);
enum err idempotency_store(struct sqlite_store *s, struct change *c);
enum err apply_meta(struct sqlite_store *s, struct change *c);
enum err apply_trim(struct sqlite_store *s, struct change *c);
enum err sqlite_answer_get(struct store_reader *r, struct arena *a, org_id org, struct str key,
                           const unsigned char request_hash[32], int *status, struct str *body);
enum err sqlite_meta_get(struct store_reader *r, struct arena *a, struct str name, struct str *value);
enum err sqlite_stats(struct store_reader *r, struct store_stats *out);

/* ---- lookups.c ---- */
enum err apply_lookup(struct sqlite_store *s, struct change *c);
enum err apply_verification(struct sqlite_store *s, struct change *c);
enum err apply_verify_service(struct sqlite_store *s, struct change *c);
enum err apply_hygiene(struct sqlite_store *s, struct change *c);
enum err sqlite_line_get(struct store_reader *r, uint64_t number, struct line_record *out);
enum err sqlite_lookups_used(struct store_reader *r, org_id org, int32_t month, int64_t *used);
enum err sqlite_verification_get(struct store_reader *r, org_id org, uint64_t id, struct verification_record *out);
enum err sqlite_verification_of(struct store_reader *r, org_id org, uint64_t number, struct verification_record *out);
enum err sqlite_verifications_over(struct store_reader *r, int64_t now_ms, struct verification_record *out,
                                   size_t *count);
enum err sqlite_verify_service_get(struct store_reader *r, org_id org, struct verify_service_record *out);
enum err sqlite_hygiene_get(struct store_reader *r, struct arena *a, org_id org, uint64_t id, struct hygiene_job *out);
enum err sqlite_hygienes_running(struct store_reader *r, struct arena *a, uint64_t after, struct hygiene_job *out,
                                 size_t *count);

/* ---- accounts.c ---- */
void account_begin(struct sqlite_store *s, const struct change_org *c, bool moved);
enum err apply_account(struct sqlite_store *s, struct change *c);
enum err sqlite_account_get(struct store_reader *r, struct arena *a, org_id org, struct account_work *out);
enum err sqlite_accounts_due(struct store_reader *r, struct arena *a, int64_t until_ms, int64_t after_ms, org_id after,
                             struct account_work *out, size_t *count);
/* Of orgs.c: would another account be another; armed by this process and unanswered, or in doubt. */
bool account_moves(struct sqlite_store *s, const struct org *o);
int64_t open_attempts(struct sqlite_store *s, org_id org);

/* ---- registrations.c ---- */
enum err apply_registration(struct sqlite_store *s, struct change *c);
enum err sqlite_registration_get(struct store_reader *r, struct arena *a, org_id org, uint64_t id,
                                 struct registration *out);
enum err sqlite_registrations(struct store_reader *r, struct arena *a, org_id org, uint64_t before,
                              struct registration *out, size_t *count);
enum err sqlite_registrations_due(struct store_reader *r, struct arena *a, int64_t until_ms, int64_t after_ms,
                                  uint64_t after_id, struct registration *out, size_t *count);
enum err sqlite_registration_notes(struct store_reader *r, struct arena *a, org_id org, uint64_t registration,
                                   uint64_t after, struct registration_note *out, size_t *count);

/* ---- owned.c ---- */
enum err apply_owned(struct sqlite_store *s, struct change *c);
enum err sqlite_owned_get(struct store_reader *r, struct arena *a, org_id org, uint64_t id, struct owned_number *out);
enum err sqlite_owned_list(struct store_reader *r, struct arena *a, org_id org, uint64_t after,
                           struct owned_number *out, size_t *count);
enum err sqlite_owned_by_number(struct store_reader *r, struct arena *a, org_id org, struct str number,
                                struct owned_number *out);
enum err sqlite_owned_due(struct store_reader *r, struct arena *a, int64_t until_ms, int64_t after_ms,
                          uint64_t after_id, struct owned_number *out, size_t *count);
enum err apply_drift(struct sqlite_store *s, struct change *c);
enum err sqlite_drift_get(struct store_reader *r, struct arena *a, org_id org, struct drift *out);
enum err sqlite_drifts_due(struct store_reader *r, int64_t until_ms, int64_t after_ms, org_id after_org,
                           struct drift *out, size_t *count);

#endif
