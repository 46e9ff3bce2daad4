/*
 * store: the port to what is remembered. A table of functions with twins behind it: ram and sqlite.
 *
 * One thread writes: begin, apply (any number), commit. Readers are opened one per thread and see
 * committed state only. Reads give ERR_NOT_FOUND for what is absent or another organization's. Arrays
 * and texts read live in the arena. Pages: rows with id > after (ascending) or, where said, newest first
 * with id < before (0: from the newest); `*count` in: capacity of out, out: rows filled.
 *
 * Fails: ERR_FULL (disk) leaves the transaction rolled back and the store usable; ERR_IO or ERR_CORRUPT
 * from commit means the process must stop and recover from the log (a failed sync is never retried).
 */
#ifndef STERLING_STORE_STORE_H
#define STERLING_STORE_STORE_H

#include "store/change.h"

struct store;
struct store_reader;

struct store_stats {
    int64_t messages, due, due_now, doubts, arms, events, wal_bytes, commits;
    int64_t oldest_doubt_ms, oldest_due_ms; /* by armed_ms and at_ms; 0 none */
    int64_t now_ms;                         /* in: due_now counts what is due by then */
};

struct day_use { org_id org; uint8_t carrier; int32_t day; int64_t segments; };

struct message_filter {
    org_id org;
    uint64_t campaign, number; /* 0: any */
    enum message_state state;  /* 0: any */
    bool direct;               /* none of a campaign; with neither of the two above */
};

enum { ARMS_CLOCK_BACK_MS = 7200000 };

struct store_ops {
    void (*close)(struct store *s);
    MUST_CHECK enum err (*begin)(struct store *s, struct fault *f);
    void (*apply)(struct store *s, struct change *c); /* sets c->result and the change's outputs */
    MUST_CHECK enum err (*commit)(struct store *s, struct fault *f); /* durable when ERR_OK */
    void (*rollback)(struct store *s);
    uint64_t (*commit_number)(struct store *s); /* of the last durable commit; ascends by one each */
    /* A moment without work: checkpoint and the like; forced when the log is over its bound. */
    void (*idle)(struct store *s);
    MUST_CHECK enum err (*backup)(struct store *s, const char *path, struct fault *f);

    MUST_CHECK enum err (*reader_open)(struct store *s, struct store_reader **out, struct fault *f);
    void (*reader_close)(struct store_reader *r);
    /* Between the two every read sees the same commit, and costs less. Short: it holds up checkpoints. What cannot be
     * held is read as ever. */
    void (*reader_hold)(struct store_reader *r);
    void (*reader_release)(struct store_reader *r);

    /* who */
    enum err (*org_get)(struct store_reader *r, struct arena *a, org_id id, struct org *out);
    enum err (*org_by_slug)(struct store_reader *r, struct arena *a, struct str slug, struct org *out);
    enum err (*org_by_hook_path)(struct store_reader *r, struct arena *a, struct str path, struct org *out);
    enum err (*orgs)(struct store_reader *r, struct arena *a, org_id after, struct org *out, size_t *count);
    enum err (*programs)(struct store_reader *r, struct arena *a, org_id org, uint32_t after, struct program *out, size_t *count);
    enum err (*senders)(struct store_reader *r, org_id org, uint32_t after, struct sender *out, size_t *count);
    enum err (*sender_by_address)(struct store_reader *r, org_id org, struct str address, struct sender *out); /* active or held */
    enum err (*key_by_hash)(struct store_reader *r, struct arena *a, const unsigned char hash[32], struct api_key *out);
    enum err (*keys)(struct store_reader *r, struct arena *a, org_id org, uint32_t after, struct api_key *out, size_t *count);
    /* to whom */
    enum err (*contact_get)(struct store_reader *r, struct arena *a, org_id org, uint64_t id, struct contact *out);
    enum err (*contact_by_number)(struct store_reader *r, struct arena *a, org_id org, uint64_t number, struct contact *out);
    /* list 0: all of the org. Deleted ones are left out. */
    enum err (*contacts)(struct store_reader *r, struct arena *a, org_id org, uint32_t list, uint64_t after, struct contact *out, size_t *count);
    enum err (*list_by_name)(struct store_reader *r, struct arena *a, org_id org, struct str name, struct contact_list *out);
    enum err (*list_get)(struct store_reader *r, struct arena *a, org_id org, uint32_t id, struct contact_list *out);
    enum err (*lists)(struct store_reader *r, struct arena *a, org_id org, uint32_t after, struct contact_list *out, size_t *count);
    /* The entry that decides in the organization's own scope; ERR_NOT_FOUND when there is none. */
    enum err (*consent_get)(struct store_reader *r, struct arena *a, org_id org, uint64_t number, struct consent *out);
    enum err (*consents)(struct store_reader *r, struct arena *a, org_id org, uint64_t number, uint64_t after, struct consent *out, size_t *count);
    /* What holds for a message of that program from that sender (0: not chosen yet): the installation's and the
     * organization's word, the program's and the sender's. kind CONSENT_NONE: nobody ever said anything. `narrow` is filled in. */
    enum err (*consent_holds)(struct store_reader *r, org_id org, uint64_t number, uint32_t program, uint32_t sender, struct consent_holds *out);
    enum err (*consent_head)(struct store_reader *r, org_id org, struct chain_head *out); /* zeroed when there is no entry */
    /* When marketing that was capped last went to that person; zeroed when none did. */
    enum err (*recent_sends)(struct store_reader *r, org_id org, uint64_t number, struct frequency *out);
    /* What is known of the number itself; zeroed when nothing is. */
    enum err (*number_facts)(struct store_reader *r, org_id org, uint64_t number, struct number_facts *out);
    /* what */
    enum err (*campaign_get)(struct store_reader *r, struct arena *a, org_id org, uint64_t id, struct campaign *out);
    enum err (*campaigns)(struct store_reader *r, struct arena *a, org_id org, uint64_t before, struct campaign *out, size_t *count);
    /* Campaigns of every org that are scheduled, running or paused: for start-up. */
    enum err (*campaigns_live)(struct store_reader *r, struct arena *a, uint64_t after, struct campaign *out, size_t *count);
    /* Runs of a campaign with next < hi, ascending. */
    enum err (*runs)(struct store_reader *r, org_id org, uint64_t campaign, uint64_t after, struct run *out, size_t *count);
    /* Messages of a run from id `from` in every state (some may have been canceled or bound meanwhile), with
     * their contacts (contact[i].id == 0: gone or deleted). */
    enum err (*draw_run)(struct store_reader *r, struct arena *a, const struct run *run, uint64_t from, struct message *out, struct contact *contacts, size_t *count);
    /* Due rows of a lane with at <= until, ascending by (at, message), after the given pair, and their messages. */
    enum err (*draw_due)(struct store_reader *r, struct arena *a, const struct lane_key *lane, int64_t until_ms, int64_t after_ms, uint64_t after_message, struct due *due, struct message *out, struct contact *contacts, size_t *count);
    /* Every lane that has due rows, with its earliest time: call with the last lane (or NULL) to go on. */
    enum err (*due_lanes)(struct store_reader *r, const struct lane_key *after, struct lane_key *out, int64_t *earliest_ms, size_t *count);
    enum err (*due_earliest)(struct store_reader *r, const struct lane_key *lane, int64_t *at_ms); /* ERR_NOT_FOUND: none */
    enum err (*message_get)(struct store_reader *r, struct arena *a, org_id org, uint64_t id, struct message *out);
    enum err (*messages)(struct store_reader *r, struct arena *a, const struct message_filter *f, uint64_t before, struct message *out, size_t *count, uint64_t *more_before); /* newest first; reads a bounded number of rows: *more_before tells where to go on (even when fewer than asked came), 0 at the end */
    /* Messages of the org to a number, newest first, bounded. */
    enum err (*messages_to)(struct store_reader *r, struct arena *a, org_id org, uint64_t number, struct message *out, size_t *count);
    /* Is that SID another message's to the number, or an earlier attempt's (of any message to it)? */
    enum err (*sid_taken)(struct store_reader *r, org_id org, uint64_t number, struct str sid, uint64_t message, bool *taken);
    /* Not final for too long: accepted or sent, updated before `before_ms`, id > after, scanning at most `scan_max` rows; *scanned_to tells where it stopped. */
    enum err (*messages_stuck)(struct store_reader *r, struct arena *a, uint64_t after, int64_t before_ms, size_t scan_max, struct message *out, size_t *count, uint64_t *scanned_to);
    enum err (*campaign_errors)(struct store_reader *r, org_id org, uint64_t campaign, int32_t *codes, int64_t *numbers, size_t *count); /* by error code */
    enum err (*campaign_carriers)(struct store_reader *r, org_id org, uint64_t campaign, int64_t table[16][MESSAGE_STATES]);
    enum err (*acknowledgements)(struct store_reader *r, struct arena *a, org_id org, uint64_t campaign, struct acknowledgement *out, size_t *count); /* oldest first */
    enum err (*campaign_reasons)(struct store_reader *r, org_id org, uint64_t campaign, int64_t reasons[64]);
    enum err (*doubts)(struct store_reader *r, uint64_t after, struct doubt *out, size_t *count); /* all orgs */
    /* Newest first, with answered ones; found wherever the wall clock was not set back by more than ARMS_CLOCK_BACK_MS. */
    enum err (*arms_recent)(struct store_reader *r, int64_t since_ms, struct armed *out, size_t *count);
    enum err (*arms_answered)(struct store_reader *r, struct armed *rows, size_t count); /* fills in answered_ms */
    enum err (*day_uses)(struct store_reader *r, int32_t day, struct day_use *out, size_t *count);
    enum err (*inbounds)(struct store_reader *r, struct arena *a, org_id org, uint64_t before, struct inbound *out, size_t *count);
    enum err (*inbound_by_sid)(struct store_reader *r, struct arena *a, org_id org, struct str sid, struct inbound *out);
    enum err (*inbound_latest)(struct store_reader *r, org_id org, uint64_t number, int64_t *at_ms); /* the provider's date of that person's last text; ERR_NOT_FOUND */
    enum err (*learned)(struct store_reader *r, org_id org, struct learned_limit *out, size_t *count);
    /* live events and tenant webhooks; org 0: all */
    enum err (*events)(struct store_reader *r, org_id org, uint64_t after, struct event *out, size_t *count);
    enum err (*event_newest)(struct store_reader *r, uint64_t *id);
    enum err (*event_get)(struct store_reader *r, org_id org, uint64_t id, struct event *out);
    enum err (*endpoints)(struct store_reader *r, struct arena *a, org_id org, uint32_t after, struct endpoint *out, size_t *count); /* org 0: all active */
    enum err (*hook_retries)(struct store_reader *r, struct arena *a, org_id org, uint32_t endpoint, bool dead, int64_t until_ms, uint64_t after_event, struct hook_retry *out, size_t *count);
    enum err (*import_get)(struct store_reader *r, struct arena *a, org_id org, uint64_t id, struct import_job *out);
    enum err (*imports)(struct store_reader *r, struct arena *a, org_id org, uint64_t before, struct import_job *out, size_t *count);
    enum err (*imports_running)(struct store_reader *r, struct arena *a, struct import_job *out, size_t *count); /* all orgs */
    enum err (*line_get)(struct store_reader *r, uint64_t number, struct line_record *out); /* what Lookup said */
    enum err (*lookups_used)(struct store_reader *r, org_id org, int32_t month, int64_t *used);
    enum err (*hygiene_get)(struct store_reader *r, struct arena *a, org_id org, uint64_t id, struct hygiene_job *out);
    /* Of all organizations, those behind the id `after`, in its order. */
    enum err (*hygienes_running)(struct store_reader *r, struct arena *a, uint64_t after, struct hygiene_job *out,
                                 size_t *count);
    enum err (*verification_get)(struct store_reader *r, org_id org, uint64_t id, struct verification_record *out);
    enum err (*verification_of)(struct store_reader *r, org_id org, uint64_t number, struct verification_record *out); /* the newest of a number */
    enum err (*verifications_over)(struct store_reader *r, int64_t now_ms, struct verification_record *out, size_t *count); /* of all orgs: open ones whose time is over */
    enum err (*verify_service_get)(struct store_reader *r, org_id org, struct verify_service_record *out);
    enum err (*registration_get)(struct store_reader *r, struct arena *a, org_id org, uint64_t id, struct registration *out);
    enum err (*registrations)(struct store_reader *r, struct arena *a, org_id org, uint64_t before, struct registration *out, size_t *count); /* newest first; before 0: from the newest */
    /* Of all orgs, those with next_ms in [1, until], ascending by (next_ms, id), after the given pair. */
    enum err (*registrations_due)(struct store_reader *r, struct arena *a, int64_t until_ms, int64_t after_ms, uint64_t after_id, struct registration *out, size_t *count);
    enum err (*registration_notes)(struct store_reader *r, struct arena *a, org_id org, uint64_t registration, uint64_t after, struct registration_note *out, size_t *count); /* oldest first */
    enum err (*account_get)(struct store_reader *r, struct arena *a, org_id org, struct account_work *out);
    /* Of all orgs, those with next_ms in [1, until], ascending by (next_ms, org), after the given pair. */
    enum err (*accounts_due)(struct store_reader *r, struct arena *a, int64_t until_ms, int64_t after_ms, org_id after, struct account_work *out, size_t *count);
    enum err (*owned_get)(struct store_reader *r, struct arena *a, org_id org, uint64_t id, struct owned_number *out);
    enum err (*owned_list)(struct store_reader *r, struct arena *a, org_id org, uint64_t after, struct owned_number *out, size_t *count);
    enum err (*owned_by_number)(struct store_reader *r, struct arena *a, org_id org, struct str number, struct owned_number *out); /* the live one */
    /* Of all orgs, those with next_ms in [1, until], ascending by (next_ms, id), after the given pair. */
    enum err (*owned_due)(struct store_reader *r, struct arena *a, int64_t until_ms, int64_t after_ms, uint64_t after_id, struct owned_number *out, size_t *count);
    enum err (*drift_get)(struct store_reader *r, struct arena *a, org_id org, struct drift *out);
    /* Of all orgs, as owned_due; the ids are organizations. Texts are left empty. */
    enum err (*drifts_due)(struct store_reader *r, int64_t until_ms, int64_t after_ms, org_id after_org, struct drift *out, size_t *count);
    /* The stored answer of a POST that is repeated, so that what it found then is not judged anew. ERR_NOT_FOUND:
     * none yet. ERR_CONFLICT: the key was used for another request. */
    enum err (*answer_get)(struct store_reader *r, struct arena *a, org_id org, struct str key, const unsigned char request_hash[32], int *status, struct str *body);
    enum err (*meta_get)(struct store_reader *r, struct arena *a, struct str name, struct str *value);
    enum err (*stats)(struct store_reader *r, struct store_stats *out);
};

/* Every twin's handle and reader begin with these. */
struct store {
    const struct store_ops *ops;
};
struct store_reader {
    struct store *store;
};

/* The twins. */
MUST_CHECK enum err store_ram_open(struct store **out, struct fault *f);
/* How often it moved a message from one state to the other, armed ones by what became of the attempt. */
uint64_t store_ram_moves(const struct store *s, enum message_state from, enum message_state to);

struct store_sqlite_options {
    const char *path;
    int64_t cache_kib;      /* page cache of the writer; readers get a quarter each */
    int64_t wal_bytes_max;  /* forced checkpoint above */
    bool read_only;         /* for tools: no lock, no migration */
};
/* Takes an exclusive lock file beside the database (ERR_CONFLICT: another server has it), migrates an older
 * schema, refuses a newer one (ERR_NEWER). */
MUST_CHECK enum err store_sqlite_open(const struct store_sqlite_options *o, struct store **out, struct fault *f);

#endif
