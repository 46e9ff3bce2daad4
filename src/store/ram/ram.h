/*
 * ram: the store in plain memory: what the files of this twin share.
 *
 * Written from the port's contract, not from the sqlite twin, because it is the model that the other is
 * compared with. Everything a transaction changes is noted in an undo log first, so that a refused change or
 * a rollback takes it back. One writer holds the lock from begin to commit; readers wait. A read between
 * begin and commit on the writing thread is a bug. Without memory it stops the process.
 */
#ifndef STERLING_STORE_RAM_RAM_H
#define STERLING_STORE_RAM_RAM_H

#include "store/ram/tree.h"
#include "store/store.h"

#include <pthread.h>
#include <stdatomic.h>

enum ram_counter {
    RAM_ORGS, RAM_PROGRAMS, RAM_SENDERS, RAM_KEYS, RAM_LISTS, RAM_CONTACTS, RAM_CONSENTS, RAM_CAMPAIGNS,
    RAM_ARMS, RAM_INBOUND, RAM_EVENTS, RAM_IMPORTS, RAM_ENDPOINTS,
    RAM_REGISTRATIONS, RAM_REGISTRATION_NOTES, RAM_HYGIENES, RAM_VERIFICATIONS, RAM_OWNED, RAM_COUNTERS
};

/* Rows by ascending id. */
struct table_entry {
    uint64_t id;
    void *row;
};
struct table {
    struct table_entry *at;
    size_t count, capacity;
    size_t first; /* rows before it were trimmed */
};

struct ram_sid { /* of an attempt that is not the last */
    const struct ram_sid *next;
    char sid[SID_BYTES];
};
struct ram_of_number { /* of one organization */
    struct contact *contact;
    struct consent_holds holds; /* in the organization's own scope */
    struct ram_consent *entries; /* newest first, of every scope */
    struct ram_message *newest;
    const struct ram_sid *sids;
};
struct ram_consent { /* one entry of the ledger */
    struct consent c;
    struct ram_consent *older; /* of the same number */
};
struct ram_list {
    struct contact_list list;
    struct tree members; /* contact id -> struct contact */
};
struct ram_campaign {
    struct campaign c; /* counts unused */
    int64_t cells[16][MESSAGE_STATES];
    int64_t reasons[64];
    struct tree errors; /* code (biased) -> number of messages */
};
struct ram_message {
    struct message m;
    bool booked;                /* the answer to the last attempt is known and counted */
    bool due_armed;             /* its due row is marked */
    uint8_t in_flight;          /* attempt armed by this process, not answered */
    struct ram_campaign *campaign;
    struct run *run;
    struct ram_message *older;  /* of the same number */
};
struct ram_arms {
    uint64_t id;
    int64_t at_ms;
    size_t count;
    struct armed items[];
};
struct ram_batch { /* events of one organization and commit */
    org_id org;
    uint64_t first, last;
    int64_t at_ms; /* of the newest */
    struct event events[];
};
struct ram_answer { /* for an Idempotency-Key */
    org_id org;
    struct str key, body;
    unsigned char request_hash[32];
    int status;
    int64_t at_ms;
};

struct ram_block {
    struct ram_block *previous, *next;
};

struct undo;
struct ram_store {
    struct store base;
    pthread_rwlock_t lock;
    pthread_t writer; /* while in_transaction */
    _Atomic bool in_transaction;
    _Atomic uint64_t commit_number;
    struct ram_block *blocks; /* all rows and texts */
    struct undo *undo;
    size_t undo_count, undo_capacity;
    unsigned char *saved; /* bytes of the undo log */
    size_t saved_len, saved_capacity;
    void **garbage; /* freed at the commit */
    size_t garbage_count, garbage_capacity;
    uint64_t moves[MESSAGE_STATES][MESSAGE_STATES]; /* ever made, also those taken back: what tests have covered */
    struct event *events; /* of this transaction */
    size_t events_count, events_capacity;
    uint64_t counters[RAM_COUNTERS], last_message;
    int64_t messages_total;
    struct table orgs, programs, senders, keys, lists, contacts, consents, campaigns, runs, messages, arms, batches,
        inbound, imports, endpoints, acknowledgements, registrations, registration_notes, hygienes,
        verifications, owned;
    struct map messages_by_id;
    struct map numbers;   /* organization and number -> struct ram_of_number */
    struct tree chains;   /* organization -> struct chain_head */
    struct tree consent_sids, inbound_sids; /* org and sid -> struct consent, struct inbound */
    struct tree due;      /* lane, at, message -> struct ram_message */
    struct tree doubts;   /* message -> struct doubt */
    struct tree days;     /* day, org, carrier -> segments */
    struct tree recent;   /* org, number -> struct frequency */
    struct tree lines;    /* number -> struct line_record */
    struct tree accounts; /* org -> struct account_work */
    struct tree drifts;   /* organization -> struct drift */
    struct tree lookup_use; /* org, month -> look-ups used */
    struct tree verify_use; /* org, scope, key, slot -> taken */
    struct tree verify_services; /* org -> struct verify_service_record */
    struct tree facts;    /* org, number -> struct number_facts */
    struct tree learned;  /* org, what limit -> struct learned_limit */
    struct tree retries;  /* org, endpoint, event -> struct hook_retry */
    struct tree answers;  /* org, hash of the key, turn -> struct ram_answer */
    struct tree metas;    /* hash of the name, turn -> struct ram_meta */
};
struct ram_meta {
    struct str name, value;
};

static inline struct ram_store *ram_of(struct store *s)
{
    return (struct ram_store *)(void *)s;
}

/* ---- memory.c ---- */
void *ram_new(struct ram_store *s, size_t bytes);            /* zeroed; given back on rollback */
struct str ram_text(struct ram_store *s, struct str text);   /* a copy, terminated */
void ram_drop(struct ram_store *s, const void *piece);       /* freed at the commit; NULL is fine */
void ram_touch(struct ram_store *s, void *at, size_t bytes); /* before changing it in place */
#define RAM_SET(s, place, value) (ram_touch((s), &(place), sizeof(place)), (place) = (value))
void ram_set_text(struct ram_store *s, struct str *place, struct str text);
void ram_table_add(struct ram_store *s, struct table *t, uint64_t id, void *row);
void *ram_row(const struct table *t, uint64_t id);
size_t ram_row_after(const struct table *t, uint64_t id); /* index of the first row above id */
void ram_map_put(struct ram_store *s, struct map *m, uint64_t key, void *value); /* new keys only */
void ram_tree_put(struct ram_store *s, struct tree *t, const struct tree_key *key, union map_value value);
void ram_tree_remove(struct ram_store *s, struct tree *t, const struct tree_key *key);
size_t ram_undo_mark(const struct ram_store *s);
void ram_undo_to(struct ram_store *s, size_t mark);
void ram_settle(struct ram_store *s); /* at the commit: nothing more to take back */
void ram_free_all(struct ram_store *s);
/* NULL if nothing is known of the number; ram_number_put makes it. */
struct ram_of_number *ram_number(const struct ram_store *s, org_id org, uint64_t number);
struct ram_of_number *ram_number_put(struct ram_store *s, org_id org, uint64_t number);
struct tree_key ram_key(uint64_t a, uint64_t b, uint64_t c);
struct tree_key ram_sid_key(org_id org, const char *sid);

/* ---- ram.c ---- */
enum err ram_refuse(struct change *c, enum err code, const char *fmt, ...) PRINTF_LIKE(3, 4);
void ram_event(struct ram_store *s, struct event e);
/* Every read is between these two. */
struct ram_store *ram_read_begin(struct store_reader *r);
enum err ram_read_end(struct ram_store *s, enum err code);
/* A copy of the text in the arena; ERR_LIMIT through *code if it is full. */
struct str ram_out_text(struct arena *a, struct str text, enum err *code);

/* ---- who.c ---- */
struct org *ram_org(const struct ram_store *s, org_id id);
struct program *ram_program(const struct ram_store *s, org_id org, uint32_t id);
enum err ram_apply_org(struct ram_store *s, struct change *c);
enum err ram_apply_program(struct ram_store *s, struct change *c);
enum err ram_apply_senders(struct ram_store *s, struct change *c);
enum err ram_apply_key(struct ram_store *s, struct change *c);
enum err ram_org_get(struct store_reader *r, struct arena *a, org_id id, struct org *out);
enum err ram_org_by_slug(struct store_reader *r, struct arena *a, struct str slug, struct org *out);
enum err ram_org_by_hook_path(struct store_reader *r, struct arena *a, struct str path, struct org *out);
enum err ram_orgs(struct store_reader *r, struct arena *a, org_id after, struct org *out, size_t *count);
enum err ram_programs(struct store_reader *r, struct arena *a, org_id org, uint32_t after, struct program *out,
                      size_t *count);
enum err ram_senders(struct store_reader *r, org_id org, uint32_t after, struct sender *out, size_t *count);
enum err ram_sender_by_address(struct store_reader *r, org_id org, struct str address, struct sender *out);
enum err ram_key_by_hash(struct store_reader *r, struct arena *a, const unsigned char hash[32], struct api_key *out);
enum err ram_keys(struct store_reader *r, struct arena *a, org_id org, uint32_t after, struct api_key *out,
                  size_t *count);

/* ---- contacts.c ---- */
struct contact *ram_contact(const struct ram_store *s, org_id org, uint64_t id);
struct ram_list *ram_list(const struct ram_store *s, org_id org, uint32_t id);
void ram_contact_out(struct arena *a, const struct contact *row, struct contact *out, enum err *code);
enum err ram_apply_list(struct ram_store *s, struct change *c);
enum err ram_apply_contacts(struct ram_store *s, struct change *c);
enum err ram_apply_contact_delete(struct ram_store *s, struct change *c);
enum err ram_contact_get(struct store_reader *r, struct arena *a, org_id org, uint64_t id, struct contact *out);
enum err ram_contact_by_number(struct store_reader *r, struct arena *a, org_id org, uint64_t number,
                               struct contact *out);
enum err ram_contacts(struct store_reader *r, struct arena *a, org_id org, uint32_t list, uint64_t after,
                      struct contact *out, size_t *count);
enum err ram_list_by_name(struct store_reader *r, struct arena *a, org_id org, struct str name,
                          struct contact_list *out);
enum err ram_list_get(struct store_reader *r, struct arena *a, org_id org, uint32_t id, struct contact_list *out);
enum err ram_lists(struct store_reader *r, struct arena *a, org_id org, uint32_t after, struct contact_list *out,
                   size_t *count);

/* ---- consent.c ---- */
struct consent_holds ram_consent_holds_for(const struct ram_store *s, org_id org, uint64_t number, uint32_t program,
                                           uint32_t sender);
bool ram_consent(struct ram_store *s, struct consent *event); /* true: it took effect; fills in id and chain */
/* As the port says of an import with an attestation. */
void ram_attest(struct ram_store *s, org_id org, uint64_t number, uint64_t attestation);
void ram_suppress(struct ram_store *s, org_id org, uint64_t number, int32_t error_code, int64_t now_ms);
enum err ram_apply_consent(struct ram_store *s, struct change *c);
enum err ram_consent_get(struct store_reader *r, struct arena *a, org_id org, uint64_t number, struct consent *out);
enum err ram_consent_holds(struct store_reader *r, org_id org, uint64_t number, uint32_t program, uint32_t sender,
                           struct consent_holds *out);
enum err ram_consent_head(struct store_reader *r, org_id org, struct chain_head *out);
enum err ram_consents(struct store_reader *r, struct arena *a, org_id org, uint64_t number, uint64_t after,
                      struct consent *out, size_t *count);

/* ---- campaigns.c ---- */
struct ram_campaign *ram_campaign(const struct ram_store *s, org_id org, uint64_t id);
enum err ram_apply_campaign(struct ram_store *s, struct change *c);
enum err ram_apply_campaign_state(struct ram_store *s, struct change *c);
enum err ram_apply_freeze(struct ram_store *s, struct change *c);
enum err ram_campaign_get(struct store_reader *r, struct arena *a, org_id org, uint64_t id, struct campaign *out);
enum err ram_campaigns(struct store_reader *r, struct arena *a, org_id org, uint64_t before, struct campaign *out,
                       size_t *count);
enum err ram_campaigns_live(struct store_reader *r, struct arena *a, uint64_t after, struct campaign *out,
                            size_t *count);
enum err ram_runs(struct store_reader *r, org_id org, uint64_t campaign, uint64_t after, struct run *out,
                  size_t *count);
enum err ram_campaign_errors(struct store_reader *r, org_id org, uint64_t campaign, int32_t *codes,
                             int64_t *numbers, size_t *count);
enum err ram_campaign_carriers(struct store_reader *r, org_id org, uint64_t campaign,
                               int64_t table[16][MESSAGE_STATES]);
enum err ram_acknowledgements(struct store_reader *r, struct arena *a, org_id org, uint64_t campaign,
                              struct acknowledgement *out, size_t *count);
enum err ram_campaign_reasons(struct store_reader *r, org_id org, uint64_t campaign, int64_t reasons[64]);

/* ---- messages.c ---- */
struct ram_message *ram_message(const struct ram_store *s, org_id org, uint64_t id);
bool ram_waits(enum message_state s);
/* Beyond its run's cursor, without a due row. */
bool ram_in_run(const struct ram_message *m);
/* As reads say it: canceled with its campaign, or as stored. */
enum message_state ram_state(const struct ram_message *m);
void ram_message_add(struct ram_store *s, struct ram_message *m);
/* A change of a message is between these two; `from` is what ram_edit gave. */
enum message_state ram_edit(struct ram_store *s, struct ram_message *m);
void ram_edited(struct ram_store *s, struct ram_message *m, enum message_state from, int64_t now_ms);
void ram_due_remove(struct ram_store *s, struct ram_message *m);
void ram_due_put(struct ram_store *s, struct ram_message *m, uint8_t carrier, int64_t at_ms);
void ram_book(struct ram_store *s, struct ram_message *m, uint16_t segments, int64_t cost_micros, int64_t now_ms);
/* Notes that a SID is an attempt's of that message, though not its last one's. */
void ram_sid_known(struct ram_store *s, const struct ram_message *m, const char *sid);
void ram_sid_put(struct ram_store *s, struct ram_message *m, const char *sid); /* the last attempt's; "" not known */
enum err ram_sid_taken(struct store_reader *r, org_id org, uint64_t number, struct str sid, uint64_t message,
                       bool *taken);
enum err ram_apply_admit(struct ram_store *s, struct change *c);
enum err ram_apply_cancel(struct ram_store *s, struct change *c);
enum err ram_message_get(struct store_reader *r, struct arena *a, org_id org, uint64_t id, struct message *out);
enum err ram_messages(struct store_reader *r, struct arena *a, const struct message_filter *f, uint64_t before,
                      struct message *out, size_t *count, uint64_t *more_before);
enum err ram_messages_to(struct store_reader *r, struct arena *a, org_id org, uint64_t number, struct message *out,
                         size_t *count);
enum err ram_messages_stuck(struct store_reader *r, struct arena *a, uint64_t after, int64_t before_ms,
                            size_t scan_max, struct message *out, size_t *count, uint64_t *scanned_to);
enum err ram_draw_run(struct store_reader *r, struct arena *a, const struct run *run, uint64_t from,
                      struct message *out, struct contact *contacts, size_t *count);
enum err ram_draw_due(struct store_reader *r, struct arena *a, const struct lane_key *lane, int64_t until_ms,
                      int64_t after_ms, uint64_t after_message, struct due *due, struct message *out,
                      struct contact *contacts, size_t *count);
enum err ram_due_lanes(struct store_reader *r, const struct lane_key *after, struct lane_key *out,
                       int64_t *earliest_ms, size_t *count);
enum err ram_due_earliest(struct store_reader *r, const struct lane_key *lane, int64_t *at_ms);

/* ---- arm.c ---- */
void ram_day_use(struct ram_store *s, org_id org, uint8_t carrier, int32_t day, int64_t segments);
enum err ram_apply_arm(struct ram_store *s, struct change *c);
enum err ram_apply_recover(struct ram_store *s, struct change *c);
void ram_arms_trim(struct ram_store *s, const struct change_trim *c);
enum err ram_arms_answered(struct store_reader *r, struct armed *rows, size_t count);
enum err ram_arms_recent(struct store_reader *r, int64_t since_ms, struct armed *out, size_t *count);
enum err ram_recent_sends(struct store_reader *r, org_id org, uint64_t number, struct frequency *out);
enum err ram_day_uses(struct store_reader *r, int32_t day, struct day_use *out, size_t *count);

/* ---- numbers.c ---- */
void ram_number_looked(struct ram_store *s, org_id org, const struct line_record *l);
void ram_number_ended(struct ram_store *s, org_id org, uint64_t number, enum message_state end, int32_t code,
                      int64_t at_ms);
void ram_number_wrote(struct ram_store *s, org_id org, uint64_t number, int64_t at_ms);
enum err ram_apply_numbers(struct ram_store *s, struct change *c);
enum err ram_number_facts(struct store_reader *r, org_id org, uint64_t number, struct number_facts *out);

/* ---- answers.c ---- */
void ram_doubt_put(struct ram_store *s, struct ram_message *m, struct doubt d);
enum err ram_apply_outcome(struct ram_store *s, struct change *c);
enum err ram_apply_status(struct ram_store *s, struct change *c);
enum err ram_apply_bind(struct ram_store *s, struct change *c);
enum err ram_apply_doubt(struct ram_store *s, struct change *c);
enum err ram_doubts(struct store_reader *r, uint64_t after, struct doubt *out, size_t *count);

/* ---- inbound.c ---- */
enum err ram_apply_inbound(struct ram_store *s, struct change *c);
enum err ram_inbounds(struct store_reader *r, struct arena *a, org_id org, uint64_t before, struct inbound *out,
                      size_t *count);
enum err ram_inbound_latest(struct store_reader *r, org_id org, uint64_t number, int64_t *at_ms);
enum err ram_apply_learned(struct ram_store *s, struct change *c);
enum err ram_apply_sender_event(struct ram_store *s, struct change *c);
enum err ram_learned(struct store_reader *r, org_id org, struct learned_limit *out, size_t *count);
enum err ram_inbound_by_sid(struct store_reader *r, struct arena *a, org_id org, struct str sid,
                            struct inbound *out);
enum err ram_import_store(struct ram_store *s, struct change *c, struct import_job *job);
enum err ram_apply_import(struct ram_store *s, struct change *c);
enum err ram_import_get(struct store_reader *r, struct arena *a, org_id org, uint64_t id, struct import_job *out);
enum err ram_imports(struct store_reader *r, struct arena *a, org_id org, uint64_t before, struct import_job *out,
                     size_t *count);
enum err ram_imports_running(struct store_reader *r, struct arena *a, struct import_job *out, size_t *count);

/* ---- lookups.c ---- */
enum err ram_apply_lookup(struct ram_store *s, struct change *c);
enum err ram_apply_hygiene(struct ram_store *s, struct change *c);
enum err ram_line_get(struct store_reader *r, uint64_t number, struct line_record *out);
enum err ram_lookups_used(struct store_reader *r, org_id org, int32_t month, int64_t *used);
enum err ram_hygiene_get(struct store_reader *r, struct arena *a, org_id org, uint64_t id, struct hygiene_job *out);
enum err ram_hygienes_running(struct store_reader *r, struct arena *a, uint64_t after, struct hygiene_job *out,
                              size_t *count);

/* ---- verifications.c ---- */
enum err ram_apply_verification(struct ram_store *s, struct change *c);
enum err ram_apply_verify_service(struct ram_store *s, struct change *c);
void ram_verifications_trim(struct ram_store *s, int64_t created_before_ms, int64_t taken_before_ms);
enum err ram_verification_get(struct store_reader *r, org_id org, uint64_t id, struct verification_record *out);
enum err ram_verification_of(struct store_reader *r, org_id org, uint64_t number, struct verification_record *out);
enum err ram_verifications_over(struct store_reader *r, int64_t now_ms, struct verification_record *out, size_t *count);
enum err ram_verify_service_get(struct store_reader *r, org_id org, struct verify_service_record *out);

/* ---- accounts.c ---- */
void ram_account_begin(struct ram_store *s, const struct change_org *c, bool moved);
enum err ram_apply_account(struct ram_store *s, struct change *c);
enum err ram_account_get(struct store_reader *r, struct arena *a, org_id org, struct account_work *out);
enum err ram_accounts_due(struct store_reader *r, struct arena *a, int64_t until_ms, int64_t after_ms, org_id after,
                          struct account_work *out, size_t *count);
int64_t ram_open_attempts(const struct ram_store *s, org_id org); /* who.c */

/* ---- registrations.c ---- */
enum err ram_apply_registration(struct ram_store *s, struct change *c);
enum err ram_registration_get(struct store_reader *r, struct arena *a, org_id org, uint64_t id,
                              struct registration *out);
enum err ram_registrations(struct store_reader *r, struct arena *a, org_id org, uint64_t before,
                           struct registration *out, size_t *count);
enum err ram_registrations_due(struct store_reader *r, struct arena *a, int64_t until_ms, int64_t after_ms,
                               uint64_t after_id, struct registration *out, size_t *count);
enum err ram_registration_notes(struct store_reader *r, struct arena *a, org_id org, uint64_t registration,
                                uint64_t after, struct registration_note *out, size_t *count);

/* ---- owned.c ---- */
enum err ram_apply_owned(struct ram_store *s, struct change *c);
enum err ram_owned_get(struct store_reader *r, struct arena *a, org_id org, uint64_t id, struct owned_number *out);
enum err ram_owned_list(struct store_reader *r, struct arena *a, org_id org, uint64_t after, struct owned_number *out,
                        size_t *count);
enum err ram_owned_by_number(struct store_reader *r, struct arena *a, org_id org, struct str number,
                             struct owned_number *out);
enum err ram_owned_due(struct store_reader *r, struct arena *a, int64_t until_ms, int64_t after_ms, uint64_t after_id,
                       struct owned_number *out, size_t *count);
enum err ram_apply_drift(struct ram_store *s, struct change *c);
enum err ram_drift_get(struct store_reader *r, struct arena *a, org_id org, struct drift *out);
enum err ram_drifts_due(struct store_reader *r, int64_t until_ms, int64_t after_ms, org_id after_org,
                        struct drift *out, size_t *count);

/* ---- events.c ---- */
void ram_events_commit(struct ram_store *s);
void ram_events_trim(struct ram_store *s, int64_t before_ms);
enum err ram_events(struct store_reader *r, org_id org, uint64_t after, struct event *out, size_t *count);
enum err ram_event_newest(struct store_reader *r, uint64_t *id);
enum err ram_event_get(struct store_reader *r, org_id org, uint64_t id, struct event *out);
enum err ram_apply_endpoint(struct ram_store *s, struct change *c);
enum err ram_apply_hooks(struct ram_store *s, struct change *c);
enum err ram_endpoints(struct store_reader *r, struct arena *a, org_id org, uint32_t after, struct endpoint *out,
                       size_t *count);
enum err ram_hook_retries(struct store_reader *r, struct arena *a, org_id org, uint32_t endpoint, bool dead,
                          int64_t until_ms, uint64_t after_event, struct hook_retry *out, size_t *count);

/* ---- meta.c ---- */
int ram_answer_lookup(struct ram_store *s, struct change *c); /* 0 none, 1 given, -1 refused */
enum err ram_answer_store(struct ram_store *s, struct change *c);
enum err ram_apply_meta(struct ram_store *s, struct change *c);
enum err ram_apply_trim(struct ram_store *s, struct change *c);
enum err ram_answer_get(struct store_reader *r, struct arena *a, org_id org, struct str key,
                        const unsigned char request_hash[32], int *status, struct str *body);
enum err ram_meta_get(struct store_reader *r, struct arena *a, struct str name, struct str *value);
enum err ram_stats(struct store_reader *r, struct store_stats *out);

#endif
