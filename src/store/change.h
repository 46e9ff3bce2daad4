/*
 * change: everything that can be written, as data.
 *
 * A change is filled by its maker, given to a queue (store/queue.h), applied inside a transaction
 * together with others, and handed back through `done` once that transaction is durable or has failed.
 * It is all-or-nothing by itself: one refused change does not spoil its neighbours. Memory, including
 * everything it points to, stays the maker's, untouched until `done`.
 */
#ifndef STERLING_STORE_CHANGE_H
#define STERLING_STORE_CHANGE_H

#include "base/arena.h"
#include "base/buf.h"
#include "store/model.h"

enum change_kind {
    CHANGE_ORG = 1, CHANGE_PROGRAM, CHANGE_SENDERS, CHANGE_KEY, CHANGE_LIST, CHANGE_CONTACTS,
    CHANGE_CONTACT_DELETE, CHANGE_CONSENT, CHANGE_CAMPAIGN, CHANGE_CAMPAIGN_STATE, CHANGE_FREEZE,
    CHANGE_ADMIT, CHANGE_CANCEL, CHANGE_ARM, CHANGE_OUTCOME, CHANGE_STATUS, CHANGE_INBOUND,
    CHANGE_DOUBT, CHANGE_BIND, CHANGE_RECOVER, CHANGE_IMPORT, CHANGE_ENDPOINT, CHANGE_HOOKS,
    CHANGE_META, CHANGE_LEARNED, CHANGE_SENDER_EVENT, CHANGE_REGISTRATION, CHANGE_NUMBERS,
    CHANGE_LOOKUP, CHANGE_HYGIENE, CHANGE_VERIFICATION, CHANGE_VERIFY_SERVICE,
    CHANGE_ACCOUNT, CHANGE_OWNED, CHANGE_DRIFT,
    CHANGE_TRIM,
};

struct change;

/* Idempotency (design section 7): the effect and its answer are stored in one commit. A refused change
 * stores nothing: the same key may be tried again. */
struct idempotency {
    org_id org;
    struct str key;               /* 1 … 255 bytes */
    unsigned char request_hash[32];
    int64_t now_ms;
    /* Renders the answer from the applied change; called inside the transaction. */
    void (*render)(struct change *c, int *status, struct buf *body);
    bool replayed;                /* out: the stored answer was given instead; the change was not applied */
    bool other_request;           /* out: the ERR_CONFLICT is the key's: it came with another request */
    int status;                   /* out */
    struct buf answer;            /* out; initialised by the maker, freed by the maker */
};

struct change {
    enum change_kind kind;
    bool urgent;                  /* commit at once */
    struct idempotency *idem;     /* may be NULL. Same key, other request: ERR_CONFLICT with fault */
    enum err result;              /* out */
    void (*done)(struct change *c); /* on the committing thread; must be quick; may free the change */
    void *owner;                  /* the maker's */
    struct change *next;          /* the queue's */
    struct fault fault;           /* out, when result is not ERR_OK; last, because seldom looked at */
};

/* id 0 creates (id is filled in), else replaces. Creating an org also creates its program "default" (or as
 * first_program is named). rev is bumped by the store. spent_*, inbound_seen_ms and created_ms are kept
 * unless created. ERR_CONFLICT: slug or hook path taken; or another account_sid while attempts of the org are
 * armed or in doubt, because only the account that they went to can say what became of them. */
#define STORE_ORG_CHANGED "the organization was changed meanwhile; look at it again"
#define STORE_ACCOUNT_BUSY                                                                             \
    "%lld attempt(s) to send are open (armed or in doubt), and only the account that they went to can say what" \
    " became of them; suspend the organization, wait until no message is in_doubt, then change the account"
/* Its API key stays as it is, but goes with the account. org.rev, unless 0, must be the stored one (ERR_CONFLICT). What
 * is under way with an account that is new here begins with `account` (its next_ms, progress and updated_ms). */
struct change_org { struct change head; struct org org; struct program first_program; struct account_work account; };
/* What is under way with an organization's account: work.rev must be the stored one (0: there is none), and is bumped;
 * else ERR_CONFLICT. with_org: in the same commit the organization gets org's state, account_sid, tokens and key, and
 * its rev is bumped; org.rev must be the stored one. idle, or an account_sid that is new: ERR_CONFLICT while attempts
 * are armed or in doubt, as for CHANGE_ORG. told: people see something of it that moved, which is an event.
 * ERR_NOT_FOUND: the organization. */
struct change_account { struct change head; struct account_work work; bool with_org, idle, told; struct org org; };
/* The same of a program. org_rev: the org's as it was when the program was read, so that a change between is not
 * undone (ERR_CONFLICT); 0: whatever it is now. */
#define STORE_PROGRAM_MOVED "the organization or one of its programs was changed meanwhile; read it again, then change it"
struct change_program { struct change head; struct program program; uint32_t org_rev; };
/* Creates (id 0) or replaces by id. ERR_CONFLICT: the address is another active sender's. was: what the one that is
 * replaced was when it was read, so that a change between (a quarantine) is not undone (ERR_CONFLICT; ERR_NOT_FOUND if it
 * was removed); NULL: whatever it is now. */
#define STORE_SENDER_MOVED "sender %s was changed meanwhile; read it again, then change it"
#define STORE_SENDER_REMOVED "sender %s was removed meanwhile"
struct change_senders { struct change head; struct sender *senders; size_t count; const struct sender *was; };
/* Nothing but the event: a sender waits for a person to mend something (code), or goes on. ERR_NOT_FOUND: the
 * organization. */
struct change_sender_event {
    struct change head;
    org_id org;
    uint32_t sender;
    enum sender_event event;
    int32_t code;
    int64_t at_ms;
};
/* id 0 creates; else sets name, scopes, expires_ms, revoked_ms of (org, id). */
struct change_key { struct change head; struct api_key key; };
struct change_list { struct change head; struct contact_list list; }; /* finds or creates by name */

/* Upserts by (org, number); new fields replace old ones of the same name when merge_fields, else all.
 * Carrier 0, sender 0 and place_unsaid keep what is known (row.zones is filled in then). Joins each to `list` unless 0. row.id is filled in;
 * row.created_ms == now_ms tells a new one. A deleted contact that is put again is undeleted and counts as
 * new; one that the same now_ms had put already (of an import: a row before it) is a duplicate, and no update.
 * If the import names an attestation, each number that is neither opted out nor opted in on as good a basis gets an
 * opt-in that rests on it.
 * `import` (optional): this change's added, updated and duplicates are added to its counters, and it is stored in
 * the same commit (by id, within org). ERR_NOT_FOUND: the list; ERR_INVALID: fields that
 * are no JSON object; ERR_LIMIT: merged fields over 64 KiB. */
struct change_contacts {
    struct change head;
    org_id org;
    uint32_t list;
    struct contact *rows;
    size_t count;
    bool merge_fields;
    int64_t now_ms;
    int64_t added, updated, duplicates; /* out; each row is in one of them */
    struct import_job *import;
};
/* Marks it deleted, forgets its fields and lists; the number stays for the consent ledger. */
struct change_contact_delete { struct change head; org_id org; uint64_t contact; int64_t now_ms; };

/* Appends to the ledger and its chain; `applied`: it now decides in its scope (rules/consent.h). A sid counts once per
 * org. `entered`: somebody writes it down now, by our clock, and the latest may be dated by the provider's, which may
 * be ahead: an opt-out is then dated with it and wins. ERR_NOT_FOUND: the organization, program or sender. */
struct change_consent {
    struct change head;
    struct consent event;
    bool entered;
    bool applied;                /* out */
    /* Instead of `event`: many, all or none. One that says what an entry there says already (scope, number, state,
     * means, basis, date) is not written again. */
    struct consent *rows;        /* NULL: `event` */
    size_t count;
    int64_t added, repeated;     /* out */
};

/* id 0 creates a draft or scheduled; else edits a draft (ERR_CONFLICT otherwise). ERR_NOT_FOUND: program or
 * list. Counters, freeze and times of start and end are the store's. rev of one that is edited: as it was read, so that
 * an edit between is not undone (ERR_CONFLICT); 0: whatever it is now. */
#define STORE_CAMPAIGN_MOVED "the campaign was changed meanwhile; read it again, then change or start it"
struct change_campaign { struct change head; struct campaign campaign; struct acknowledgement acknowledged; };
/* Moves a campaign along: draft|scheduled→running, running↔paused, any live→canceled, running→completed.
 * ERR_CONFLICT (with fault) if the move is not legal from its state. Canceling closes due rows lazily:
 * they end `canceled` when drawn; rows beyond cursors count as canceled at once. */
struct change_campaign_state {
    struct change head;
    org_id org;
    uint64_t campaign;
    enum campaign_state to;
    uint32_t rev; /* of what was judged: another is not moved (ERR_CONFLICT); 0: whatever it is now */
    struct str why;
    int64_t now_ms;
    struct acknowledgement acknowledged; /* kept with the move, if it has findings */
    struct campaign after; /* out; text fields empty */
};

/* Adds a chunk of the audience, already ordered by (zones, carrier): creates messages with consecutive
 * ids and one run per stretch. Contacts ascending over chunks: `after` must equal freeze_after
 * (ERR_CONFLICT otherwise, so that a repeated chunk is refused). The campaign is scheduled, running or paused
 * and not frozen (else ERR_CONFLICT). Messages expire validity_s after now_ms. carrier is below 16. */
struct freeze_row { uint64_t contact, number; uint64_t zones; uint8_t carrier; };
struct change_freeze {
    struct change head;
    org_id org;
    uint64_t campaign;
    uint64_t after, upto;   /* contact ids: (after, upto] */
    bool last;              /* the audience is complete with this chunk (count may be 0) */
    const struct freeze_row *rows;
    size_t count;
    int64_t now_ms;
    uint32_t runs_made;     /* out */
};

/* Accepts a direct message: stored queued (or held) with a due row at max(send_at, now). id filled in. With `arm`
 * (one item; its message, number and due time are filled in) it is armed by the same commit, as change_arm would
 * with its verdict; if that is not ARM_ARMED, it is admitted all the same. What is refused or replayed arms
 * nothing. */
struct change_arm;
struct change_admit {
    struct change head;
    struct message message;
    struct change_arm *arm;      /* may be NULL */
    bool armed;                  /* out */
};
/* Cancels a message that was not armed yet: ERR_CONFLICT if it is past that, ERR_NOT_FOUND. */
struct change_cancel { struct change head; org_id org; uint64_t message; int64_t now_ms; };

enum arm_verdict { ARM_PENDING = 0, ARM_ARMED, ARM_OPTED_OUT, ARM_STALE, ARM_NO_CONSENT };
struct arm_item {
    struct armed armed;          /* attempt, sender and so on; armed_ms is the change's now_ms */
    struct lane_key lane;        /* where a stale one from a run is put */
    uint64_t run;                /* 0: from a due row at due_at_ms */
    int64_t due_at_ms;
    uint32_t org_rev, campaign_rev; /* as they were when drawn */
    bool needs_written;          /* marketing: express written consent must be on record */
    struct frequency_caps caps;  /* of marketing to this person: judged again, and counted */
    enum arm_verdict verdict;    /* out */
};
/* A recipient that the drawing ends or puts off, recorded when the cursor passes it. */
struct arm_setback {
    uint64_t message;
    org_id org;
    struct lane_key lane;        /* where a held or queued one is put: its carrier becomes the message's */
    uint64_t run;
    int64_t due_at_ms;           /* its present due row when run is 0 (the store knows it too) */
    enum message_state to;       /* blocked, expired, canceled: ends; held or queued: due again at next_ms */
    enum message_reason reason;
    int64_t next_ms;
};
/* Moves to `next` only from `from` on (0: from anywhere): what lies below it is settled by changes that were submitted
 * before this one, and they may have been refused. */
struct arm_cursor { uint64_t run; org_id org; uint64_t next, from; bool behind; /* out: had not come to `from` */ };
/* One commit: arms every item whose facts still hold (opt-out looked up; org_rev and campaign_rev equal; no cap on
 * messages to the person reached; org active; campaign running, or completed, for what is sent again) and writes one
 * arms record; opted-out ones, and those without the consent that they need, end blocked, unless only the sender that
 * was chosen (not asked for) is refused; stale ones, and those, get (or keep) a due row at now; setbacks are written; cursors move (never
 * back). Day use is counted for armed items. Due rows of armed messages stay until the outcome, marked, and
 * are not drawn meanwhile. One armed from its run ahead of the cursor leaves the run: it gets an armed due row
 * at now.
 * A message that is no longer waiting (canceled, bound, answered, or this attempt was already answered) is
 * stale too and left as it is; so is everything of a canceled campaign's runs, whose cursors stand still. */
struct change_arm {
    struct change head;
    int64_t now_ms;
    int32_t day;                 /* Pacific day number, for brand × carrier day caps */
    struct arm_item *items;
    size_t items_count;
    const struct arm_setback *setbacks;
    size_t setbacks_count;
    struct arm_cursor *cursors;
    size_t cursors_count;
    uint64_t arms_id;            /* out; 0 when nothing was armed */
};

enum outcome_kind { OUTCOME_ACCEPTED = 1, OUTCOME_ENDED, OUTCOME_AGAIN, OUTCOME_DOUBT, OUTCOME_WITHDRAWN };
/* Accepted, ended, doubt: as they say. Again: no byte went or none counts; waits at next_ms (to: held, else
 * queued). Withdrawn: taken back before its first byte: `to` is an end, or held or queued at next_ms. Every
 * kind records the attempt, so that the next one has a higher number. */
struct outcome {
    uint64_t message;
    org_id org;
    uint8_t attempt;
    enum outcome_kind kind;
    uint32_t sender;
    uint16_t segments;
    int64_t cost_micros;         /* accepted: added to message, campaign and org's month */
    char sid[SID_BYTES];         /* accepted */
    int32_t error_code;          /* ended, again */
    enum message_state to;       /* ended: failed, blocked, expired, canceled; again, withdrawn: see above */
    enum message_reason reason;
    struct lane_key lane;        /* again, withdrawn: where it waits; its carrier becomes the message's */
    int64_t armed_ms;            /* when it was armed; 0: unknown */
    int64_t due_at_ms;           /* the present due row (0: none) is removed (the store knows it too) */
    int64_t next_ms;             /* again, withdrawn: the new due row */
    struct doubt doubt;          /* doubt */
    uint32_t contact_sender;     /* accepted: remember for this contact, 0: no change */
    uint64_t contact;
    int32_t day; uint8_t carrier; uint16_t day_release; /* again or withdrawn: segments given back to that day */
    bool suppress;               /* the provider says opted out: consent event with source "provider" */
};
/* Records answers. A message already moved on by an early callback merges, never goes back. An answer to an
 * attempt that has one already changes nothing, except that a late one settles a doubt. */
struct change_outcome { struct change head; int64_t now_ms; const struct outcome *items; size_t count; };

enum status_verdict { STATUS_APPLIED = 1, STATUS_UNCHANGED, STATUS_UNKNOWN_MESSAGE, STATUS_FOREIGN };
/* A provider status for (org's account, message, attempt from 1). Binds the sid if none is bound; another sid
 * for the same attempt, or a number that is not the message's, is STATUS_FOREIGN and changes nothing. Proves acceptance of a doubt. When the
 * status is `failed` (or `undelivered` of a message with retry_undelivered) and may_retry and attempts and
 * validity allow and its campaign is not canceled, the message is queued again with a due row at
 * retry_at_ms. STATUS_UNKNOWN_MESSAGE: no such message of that org. An earlier attempt's status is
 * STATUS_UNCHANGED. */
struct change_status {
    struct change head;
    org_id org;
    uint64_t message;
    uint8_t attempt;
    char sid[SID_BYTES];
    uint64_t number;             /* whom the words say it went to; 0: they do not say */
    enum message_state to;       /* accepted, sent, delivered, undelivered, failed, canceled */
    int32_t error_code;
    bool may_retry, suppress;
    uint8_t attempts_max;
    int64_t retry_at_ms, now_ms;
    enum status_verdict verdict; /* out */
    struct message after;        /* out; body empty */
};

/* Stores an inbound text once per sid, applies its consent event, remembers the sender for the contact,
 * moves org.inbound_seen_ms forward. */
struct change_inbound {
    struct change head;
    struct inbound inbound;
    enum consent_kind consent;
    enum consent_scope scope;    /* of the consent: what the person was asked about, else the organization */
    uint32_t scope_id;
    uint32_t sender;             /* ours, that received it */
    bool duplicate;              /* out */
    bool consent_applied;        /* out */
};

/* Moves a doubt along: another listing was clean, or absence is proved (queued again, or ended by validity). */
struct change_doubt {
    struct change head;
    struct doubt doubt;          /* message names it; clean_listings and next_ms are stored */
    bool absent;                 /* proved: back to queued with a due row at now_ms, lane below */
    struct lane_key lane;
    int64_t now_ms;
};
/* Binds a provider message found by listing: to a doubt, or (restored copy) to a queued message, whose next
 * attempt it then was. The same sid again merges like a status. ERR_CONFLICT: it has another sid, or an end
 * of our own making; ERR_NOT_FOUND. */
struct change_bind {
    struct change head;
    org_id org;
    uint64_t message;
    char sid[SID_BYTES];
    enum message_state to;       /* as for change_status */
    int32_t error_code;
    int64_t now_ms;
};

/* On start: every armed attempt without an outcome becomes a doubt, with this deadline and first listing at
 * first_ms; one that only a callback has answered is booked (segments, cost). Repeating it changes nothing. */
struct change_recover {
    struct change head;
    int64_t now_ms, deadline_ms, first_ms;
    int64_t doubts_made; /* out */
};

/* id 0 creates; else replaces all but org, program, kind and created_ms, if it still has registration.rev (ERR_CONFLICT
 * otherwise, or if the program has another that is not canceled). rev is bumped. ERR_NOT_FOUND: organization or
 * program. A note with a step is appended in the same commit. */
struct change_registration {
    struct change head;
    struct registration registration;
    struct registration_note note; /* step empty: none */
};
/* Takes look-ups out of an organization's month (ERR_LIMIT, nothing changed, if more than `most` would be used), or gives
 * them back (take < 0), and stores what Lookup said: for everybody, and for the organization's own facts about the
 * number (as CHANGE_NUMBERS) and its contact's carrier. ERR_NOT_FOUND: the organization. */
#define STORE_LOOKUPS_SPENT "%lld of %lld look-ups of this month are used"
struct change_lookup {
    struct change head;
    org_id org;
    int32_t month; /* 202611 */
    int64_t take, most;
    const struct line_record *rows;
    size_t count;
    int64_t used;  /* out; of ERR_LIMIT too */
};
/* id 0 creates (ERR_CONFLICT, and the id of that one, if the list has one that runs); else replaces by (org, id). */
struct change_hygiene { struct change head; struct hygiene_job job; };
/* id 0 creates; else replaces all but number and created_ms, if it still has v.rev (ERR_CONFLICT otherwise). rev is
 * bumped; a change of state is an event. First each guard takes one, in slots of a minute: if one had `most` or more in
 * its window nothing is changed: ERR_LIMIT, with the guard's scope and when one may be taken again. So a window that
 * begins anywhere has at most `most`, over restarts, too. ERR_NOT_FOUND: the organization, or it has no such one. A
 * move that is not legal is a bug. */
enum { VERIFY_GUARDS_MAX = 3, VERIFY_SLOT_MS = 60000 };
struct verify_guard {
    enum verify_scope scope;
    uint64_t key;              /* the number, ip_customer() of an address, two letters of a country */
    int64_t window_ms, most;
};
struct change_verification {
    struct change head;
    struct verification_record v;
    struct verify_guard guards[VERIFY_GUARDS_MAX];
    size_t guards_count;
    int64_t now_ms;
    enum verify_scope full;    /* out */
    int64_t free_ms;           /* out */
};
/* Creates or replaces that of its organization. ERR_CONFLICT: the service is another organization's. */
struct change_verify_service { struct change head; struct verify_service_record service; };
/* Each row: id 0 creates; else replaces all but org and created_ms, if it still has row.rev. rev is bumped, and each is
 * told as an event. `sender` is stored in the same commit as by CHANGE_SENDERS; refused, it leaves the rows as given. All
 * or nothing. ERR_CONFLICT: a row was changed meanwhile, or its number is another live row's of the organization.
 * ERR_NOT_FOUND: organization, program, row. */
struct change_owned {
    struct change head;
    org_id org;
    struct owned_number *rows;
    size_t count;
    struct sender *sender; /* NULL: none */
    const struct sender *sender_was; /* as change_senders.was */
    bool quiet;            /* nothing that people see of them changed: no event */
};
/* Creates (rev 0) or replaces an organization's, if it still has drift.rev (ERR_CONFLICT otherwise). rev is bumped.
 * `told`: a look has ended, which is an event at looked_ms. ERR_NOT_FOUND: the organization. */
struct change_drift { struct change head; struct drift drift; bool told; };
/* id 0 creates. With an attestation (an opt-in without a number) that is recorded first, and the job names it. */
struct change_import { struct change head; struct import_job job; struct consent *attestation; };
struct change_endpoint { struct change head; struct endpoint endpoint; }; /* id 0 creates, position at the newest event */
/* Progress of one endpoint's deliveries: retries with attempt 0 are removed, others stored. */
struct change_hooks {
    struct change head;
    org_id org;
    uint32_t endpoint;
    uint64_t position;           /* never goes back; 0: unchanged */
    const struct hook_retry *retries;
    size_t count;
};
struct change_meta { struct change head; struct str name, value; }; /* an empty value removes it */
/* Remembers what limits learned, each in place of what it learned before; 0 units forgets it. Rows of an unknown
 * org are left out. */
struct change_learned { struct change head; const struct learned_limit *rows; size_t count; };

/* Somebody who knows (Lookup, an operator) says what kinds of line numbers are. What error codes say of them, and that
 * they were reached, is folded in by outcomes, statuses and inbound texts. ERR_NOT_FOUND: the organization. */
struct number_line { uint64_t number; enum line_type line; };
struct change_numbers {
    struct change head;
    org_id org;
    const struct number_line *rows;
    size_t count;
    int64_t at_ms;
};

/* Housekeeping: old idempotency answers, events, verifications (with events), what guards took before `verify_before_ms`,
 * day use older than 40 days before the newest, and
 * arms records from before `arms_before_ms` (0: none), the oldest first and ARMS_TRIMMED_MAX at most, up to the first that is
 * younger (one from later than `arms_future_ms`, which a wrong clock dated, is not) or has an attempt without an answer. Events of one organization and commit go together, oldest first. */
enum { ARMS_TRIMMED_MAX = 20000 };
struct change_trim { struct change head; int64_t idempotency_before_ms, events_before_ms, verify_before_ms, arms_before_ms, arms_future_ms; };

#endif
