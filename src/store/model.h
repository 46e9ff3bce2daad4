/*
 * model: the records that Sterling remembers, as plain values.
 *
 * Every record but the installation's own names its organization, and every read or change that
 * serves a tenant names it too. Times are UTC milliseconds (0: never), money is micro-dollars, numbers
 * are the digits of E.164. Text in a record read from a store lives in the arena given to the read;
 * text in a record given to a change stays the caller's until the change is done.
 */
#ifndef STERLING_STORE_MODEL_H
#define STERLING_STORE_MODEL_H

#include "base/str.h"
#include "rules/consent.h"
#include "rules/frequency.h"
#include "rules/kinds.h" /* sender_kind, brand_type */
#include "rules/life.h"
#include "rules/message_kind.h"
#include "rules/number_facts.h"
#include "rules/verification.h"

#include <stdio.h>

typedef uint32_t org_id; /* 1 …; 0 is the installation (operator) */

enum { SID_BYTES = 35, SLUG_BYTES = 64, HOOK_PATH_BYTES = 33, REGION_BYTES = 3,
       COUNTRIES_BYTES = 256, REGISTERED_BYTES = 128 };

/* ---- who ---- */

enum org_state { ORG_ACTIVE = 1, ORG_SUSPENDED, ORG_CLOSED };

struct org {
    org_id id;
    char slug[SLUG_BYTES];       /* unique, [a-z0-9-] */
    struct str name;
    enum org_state state;
    char account_sid[SID_BYTES]; /* Twilio (sub)account; several orgs may share one */
    struct str token_sealed;     /* sealed auth token; empty: the installation's account */
    struct str token2_sealed;    /* sealed secondary token while rotating */
    char hook_path[HOOK_PATH_BYTES]; /* opaque id in webhook URLs, unique */
    char region[REGION_BYTES];   /* default region for numbers, "US" */
    uint32_t share;              /* weight in fair sharing, 1 … 1000 */
    int64_t spend_cap_micros;    /* per calendar month UTC; 0: none */
    int64_t spent_micros;        /* in spent_month */
    int32_t spent_month;         /* year * 12 + month-1 */
    struct str help_text;        /* answer to HELP; empty: none */
    struct str opt_out_words;    /* its own words for STOP, commas between (rules/keyword.h) */
    int64_t inbound_seen_ms;     /* provider date up to which inbound messages are known */
    uint32_t rev;                /* bumped by each change of org, program or registration */
    int64_t created_ms;
    struct frequency_cap frequency; /* marketing to one person, by its own wish; count 0: none */
    char countries[COUNTRIES_BYTES]; /* "GB FR": where it may send besides the US and Canada; "*": anywhere */
    char key_sid[SID_BYTES];     /* API key of its account, used in place of the token; empty: none */
    struct str key_sealed;       /* that key's sealed secret */
};

/* What Twilio says of an account. Stable numbers: they are stored. */
enum account_standing { STANDING_UNKNOWN = 0, STANDING_ACTIVE, STANDING_SUSPENDED, STANDING_CLOSED };
enum { ACCOUNT_WORK_BYTES_MAX = 32 * 1024 }; /* its texts together, as read */
/* What is under way with an organization's Twilio account: app/accounts.h. */
struct account_work {
    org_id org;
    uint32_t rev;              /* bumped by each change; 0: nothing is stored */
    enum account_standing standing;
    int64_t seen_ms;           /* when Twilio said so */
    struct str progress;       /* JSON: app/account_progress.h; its secrets are sealed */
    struct str why;            /* what it waits for, or what was refused */
    int64_t next_ms;           /* looked at again then; 0: not before it is changed */
    int64_t updated_ms;
};

enum registration_state { REGISTRATION_NONE = 0, REGISTRATION_PENDING, REGISTRATION_APPROVED,
                          REGISTRATION_SUSPENDED };

/* What an operator vouches for: recipients gave a date of birth and are of age; it lends itself. And chose: the stricter
 * hours of automated devices count, for marketing, or for transactional texts too. */
enum { PROGRAM_AGE_GATED = 1, PROGRAM_DIRECT_LENDING = 2, PROGRAM_AUTOMATED_MARKETING = 4, PROGRAM_AUTOMATED_ALL = 8 };

/* One A2P campaign of an organization with its Messaging Service. */
struct program {
    uint32_t id;
    org_id org;
    struct str name;             /* unique in the org; the first is "default" */
    char service_sid[SID_BYTES]; /* MG…; empty: plain From */
    enum registration_state registration;
    enum brand_type brand;
    int32_t brand_score;         /* 0 … 100, -1 unknown */
    struct str use_case;         /* "MARKETING", "MIXED", "LOW_VOLUME", … */
    struct str brand_name;       /* what recipients know it by; empty: the organization's name */
    uint32_t traits;             /* PROGRAM_… */
    struct str help_text;        /* its own answer to HELP; empty: the organization's */
    int64_t created_ms;
};

enum sender_event { SENDER_PAUSED = 1, SENDER_RELEASED }; /* stored */
enum sender_state { SENDER_ACTIVE = 1, SENDER_HELD, SENDER_REMOVED };

struct sender {
    uint32_t id;
    org_id org;
    uint32_t program;
    enum sender_kind kind;
    enum sender_state state;
    char address[20];     /* "+1…", "12345" or alphanumeric */
    uint64_t number;      /* digits, 0 for alphanumeric */
    bool verified;        /* toll-free verification, short code approval; true for the rest */
    char sid[SID_BYTES];  /* PN…, SC…, AI…; may be empty */
    char registered[REGISTERED_BYTES]; /* "GB SG": where an operator says that this alphanumeric ID is registered */
    int64_t created_ms;
};

enum { KEY_SCOPE_READ = 1, KEY_SCOPE_SEND = 2, KEY_SCOPE_MANAGE = 4, KEY_SCOPE_OPERATOR = 8 };

struct api_key {
    uint32_t id;
    org_id org;            /* 0 for an operator's key */
    unsigned char hash[32]; /* SHA-256 of the key's text */
    char hint[16];          /* first characters, for people */
    struct str name;
    uint32_t scopes;
    int64_t created_ms, expires_ms, revoked_ms; /* 0: never */
};

/* What a limit learned from "too fast" (engine/limits.h): `units` a window from at_ms on, growing back. It is
 * named as the engine names it. */
struct learned_limit {
    org_id org;
    uint8_t scope;        /* enum engine_scope, as a number */
    uint32_t program, sender;
    uint8_t carrier, slot;
    int64_t units, at_ms; /* 0 units: forgotten */
};

/* ---- to whom ---- */

struct contact {
    uint64_t id;
    org_id org;
    uint64_t number;
    struct str fields;   /* a JSON object of strings; "{}" when none */
    uint64_t zones;      /* key of the set of plausible (state, zone) pairs: rules/quiet_hours.h */
    uint8_t carrier;     /* enum carrier of rules/carrier.h */
    uint32_t sender;     /* the sender this contact last heard from; 0: the default choice */
    bool deleted;
    bool place_unsaid;   /* only when put: `zones` is what the number alone tells */
    int64_t created_ms, updated_ms;
};

struct contact_list {
    uint32_t id;
    org_id org;
    struct str name; /* unique in the org */
    int64_t members;
    int64_t created_ms;
};

/* One entry of the ledger; what holds is the fold over a number's entries: rules/consent.h. */
enum { CHAIN_HASH_BYTES = 32 };
struct consent {
    uint64_t id;
    org_id org;           /* 0: the installation's own, with scope CONSENT_OF_ALL */
    uint64_t number;
    enum consent_kind kind;
    enum consent_scope scope;
    uint32_t scope_id;    /* the program or sender; else 0 */
    enum consent_basis basis; /* of an opt-in */
    int64_t at_ms;        /* when it was given: the provider's date, or what the evidence says */
    int64_t recorded_ms;  /* when it was written down here */
    struct str source;    /* the means: a name of rules/consent.h */
    struct str evidence;  /* the inbound text, error code, or note */
    struct str proof;     /* a JSON object of texts: what was shown, where, who attests; empty: none */
    char sid[SID_BYTES];  /* inbound message, if any */
    uint64_t position;    /* in the organization's chain, from 1 */
    unsigned char hash[CHAIN_HASH_BYTES]; /* store/chain.h */
};
/* The proof of an opt-in that rests on an import's attestation. */
enum { CONSENT_ATTESTED_BYTES = 48 };
static inline void consent_attested_proof(uint64_t entry, char out[CONSENT_ATTESTED_BYTES])
{
    (void)snprintf(out, CONSENT_ATTESTED_BYTES, "{\"attestation\":\"%llu\"}", (unsigned long long)entry);
}
/* What a row is to the fold of one scope (rules/consent.h). False: nothing. A wrong number takes every narrower scope's
 * basis. */
static inline bool consent_in_scope(const struct consent *c, enum consent_scope scope, uint32_t scope_id,
                                    struct consent_entry *out)
{
    enum consent_means means = consent_means_of(c->source);

    if (c->scope == scope && c->scope_id == scope_id)
        *out = (struct consent_entry){c->id, c->at_ms, c->kind, means, c->basis};
    else if (means == CONSENT_BY_WRONG_NUMBER && c->scope == CONSENT_OF_ORG) *out = consent_void(c->id, c->at_ms);
    else return false;
    return true;
}
/* What holds in one scope by the rows that had been recorded by then; `room` for as many entries. */
static inline struct consent_holds consent_fold_by(const struct consent *rows, size_t count, enum consent_scope scope,
                                                   uint32_t scope_id, int64_t by_ms, struct consent_entry *room)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++)
        if (rows[i].recorded_ms <= by_ms) kept += consent_in_scope(&rows[i], scope, scope_id, &room[kept]);
    return consent_fold(room, kept);
}
/* The end of an organization's chain. Zeroed: no entry yet. */
struct chain_head {
    uint64_t count;
    unsigned char hash[CHAIN_HASH_BYTES]; /* of the last entry */
};

/* ---- what ---- (enum message_kind: rules/message_kind.h, message_state and message_reason:
 * rules/life.h) */

/* What reads say of the state: a message drawn by its run's cursor and armed, but not yet answered, still
 * reads as queued; a campaign's message beyond the cursor when the campaign was canceled reads as
 * canceled. */
struct message {
    uint64_t id;            /* ascending; (seconds since 2020) * 2^20 + n, so that a restored copy of the
                               database does not give an id a second time. Below 2^53 */
    org_id org;
    uint64_t campaign;      /* 0: direct */
    uint64_t contact;       /* 0: direct to a bare number */
    uint64_t number;
    uint32_t program;
    enum message_kind kind;
    enum message_state state;
    enum message_reason reason;
    uint8_t attempt;        /* last attempt with a recorded outcome */
    uint8_t carrier;
    uint16_t segments;      /* 0 until known */
    int32_t error_code;     /* Twilio's, 0 none */
    uint32_t sender;        /* of the last attempt, or asked for; 0: Sterling chooses */
    uint64_t zones;
    bool urgent;
    bool retry_undelivered; /* the sender asked for it */
    int64_t cost_micros;
    int64_t created_ms, send_at_ms, expires_ms, armed_ms, answered_ms, updated_ms;
    int64_t due_at_ms;      /* of its due row; 0: it has none */
    char sid[SID_BYTES];    /* of the last attempt */
    struct str body;        /* direct messages; campaigns: empty, the template says it */
};

enum campaign_state {
    CAMPAIGN_DRAFT = 1, CAMPAIGN_SCHEDULED, CAMPAIGN_RUNNING, CAMPAIGN_PAUSED, CAMPAIGN_COMPLETED,
    CAMPAIGN_CANCELED,
};

struct campaign {
    uint64_t id;
    org_id org;
    uint32_t program;
    uint32_t list;              /* audience; 0: all contacts */
    struct str name;
    enum message_kind kind;
    struct str template_text;
    enum campaign_state state;
    struct str why;             /* why paused or canceled, for people */
    bool retry_undelivered;
    int32_t validity_s;         /* per message, 60 … 604800 */
    int32_t pause_failures_permille; /* auto-pause threshold; 0: never */
    int64_t start_at_ms;        /* scheduled start, 0 none */
    bool frozen;                /* the audience is complete */
    uint64_t freeze_after;      /* contact id up to which it is frozen */
    int64_t audience;           /* rows frozen so far */
    int64_t counts[MESSAGE_STATES]; /* messages by state; queued = audience - all others */
    int64_t segments, cost_micros;
    uint32_t rev;               /* bumped by each change of state or content */
    int64_t created_ms, started_ms, finished_ms;
};

/* Somebody said that a campaign may start although something spoke against it (app/preflight.h). Append only. */
struct acknowledgement {
    uint64_t id;
    org_id org;
    uint64_t campaign;
    int64_t at_ms;
    struct str by;       /* whose key */
    uint32_t rule_set;   /* content_version */
    struct str findings; /* JSON; empty: nothing was to be acknowledged, and nothing is kept */
};

/* A stretch of a campaign's messages with consecutive ids [lo, hi) of one bucket: same zones, same
 * carrier. `next` is the durable cursor: below it every message was armed, refused or moved to due. */
struct run {
    uint64_t id;
    uint64_t campaign;
    org_id org;
    uint64_t zones;
    uint8_t carrier;
    uint64_t lo, hi, next;
};

/* The lane of a message: what shares its limits. */
struct lane_key {
    org_id org;
    uint32_t program;
    uint64_t campaign; /* 0: direct */
    uint8_t kind;      /* enum message_kind */
    uint8_t carrier;
};

/* A message waiting for its time outside a cursor: direct, held, retried. */
struct due {
    struct lane_key lane;
    int64_t at_ms;
    uint64_t message;
};

/* An attempt whose outcome is unknown. One row per message; design section 5, step 3. */
struct doubt {
    uint64_t message;
    org_id org;
    uint64_t number;
    uint8_t attempt;
    uint8_t clean_listings;   /* complete listings so far with nothing found */
    int64_t armed_ms;         /* when it was armed, our wall clock */
    int64_t deadline_ms;      /* when its answer stopped being possible */
    int64_t next_ms;          /* when to list next */
    uint32_t sender;
    uint16_t segments;
    int64_t cost_micros;      /* booked when acceptance is proved */
};

struct inbound {
    uint64_t id;
    org_id org;
    char sid[SID_BYTES];  /* unique for ever */
    uint64_t from;
    char to[20];
    struct str body;
    /* REFUSAL, WRONG_NUMBER: free text that takes consent back (rules/revocation.h). Stored. */
    enum { INBOUND_TEXT = 0, INBOUND_STOP, INBOUND_START, INBOUND_HELP, INBOUND_REFUSAL, INBOUND_WRONG_NUMBER,
           INBOUND_CONFIRMED /* YES to a double opt-in */ } keyword;
    int64_t at_ms;        /* provider's date if known, else arrival */
    int64_t received_ms;
};

/* What an opt-in by text rests on: who was asked, and shown to what, has answered in writing. */
static inline enum consent_basis inbound_consent_basis(const struct inbound *in)
{
    return in->keyword == INBOUND_CONFIRMED ? CONSENT_BASIS_WRITTEN : CONSENT_BASIS_EXPRESS;
}

/* The source of the consent that an inbound text expresses. */
static inline struct str inbound_consent_source(const struct inbound *in)
{
    if (in->keyword == INBOUND_REFUSAL) return STR("free_text");
    if (in->keyword == INBOUND_CONFIRMED) return STR("double_opt_in");
    return in->keyword == INBOUND_WRONG_NUMBER ? STR("wrong_number") : STR("keyword");
}

/* Live events, also the source of tenant webhooks. Small on purpose; details are read by reference. */
enum event_type {
    EVENT_MESSAGE = 1,   /* ref = message, state and code as below */
    EVENT_CAMPAIGN = 2,  /* ref = campaign, state = enum campaign_state */
    EVENT_INBOUND = 3,   /* ref = inbound id, state = keyword */
    EVENT_CONSENT = 4,   /* ref = number, state = enum consent_kind */
    EVENT_IMPORT = 5,    /* ref = import id, state = enum import_state */
    EVENT_REGISTRATION = 6, /* ref = registration, state = enum onboarding_state, code = Twilio's */
    EVENT_VERIFICATION = 7, /* ref = verification, state = enum verification_state, code = Twilio's */
    EVENT_SENDER = 8, /* ref = sender, state = enum sender_event, code = Twilio's */
    EVENT_NUMBER = 9,  /* ref = owned number, state = enum owned_state, code = Twilio's */
    EVENT_DRIFT = 10,  /* ref = how many findings, code = how many of them were repaired */
    EVENT_ACCOUNT = 11, /* the organization's Twilio account: ref = enum account_standing, state = enum org_state */
};
struct event {
    uint64_t id;   /* ascending over the installation */
    org_id org;
    enum event_type type;
    uint64_t ref;
    uint64_t campaign; /* of a message; else 0 */
    uint8_t state;
    int32_t code;
    int64_t at_ms;
};

enum import_state { IMPORT_RUNNING = 1, IMPORT_DONE, IMPORT_FAILED };
struct import_job {
    uint64_t id;
    org_id org;
    uint32_t list;
    enum import_state state;
    char region[REGION_BYTES];
    int64_t bytes, bytes_read, rows, added, updated, duplicates, rejected;
    int64_t resume_row;       /* rows before this are stored */
    struct str file;          /* name of the spooled upload, in the data directory */
    struct str why;           /* when failed */
    uint64_t attestation;     /* the ledger's entry on which the consent of its contacts rests; 0: none */
    int64_t created_ms, finished_ms;
};

/* What Lookup said of a number, whoever asked: the installation's own, shared by its organizations. */
enum { LINE_CARRIER_BYTES = 64, LINE_NETWORK_BYTES = 4 };
enum line_owner { OWNER_NOT_ASKED = 0, OWNER_UNKNOWN, OWNER_SAME, OWNER_CHANGED }; /* stored */
struct line_record {
    uint64_t number;
    bool valid;              /* false: nobody can have it */
    enum line_type line;
    char carrier[LINE_CARRIER_BYTES]; /* Lookup's words; "" */
    char mcc[LINE_NETWORK_BYTES], mnc[LINE_NETWORK_BYTES];
    enum line_owner owner;   /* has somebody else got it since owner_since_ms? */
    int64_t owner_since_ms;  /* the day that was asked about; 0 */
    int64_t looked_ms;
    uint8_t carrier_id;      /* only when put: enum carrier of the organization's contact; 0 keeps what it has */
};

/* One walk over a list's numbers with Lookup: app/hygiene.h. */
enum hygiene_state { HYGIENE_RUNNING = 1, HYGIENE_DONE, HYGIENE_STOPPED }; /* stored; STOPPED: `why` says so */
struct hygiene_job {
    uint64_t id;
    org_id org;
    uint32_t list;
    enum hygiene_state state;
    uint64_t after;          /* the contact up to which it is done */
    int64_t limit;           /* at most so many look-ups; 0: no limit of its own */
    int64_t contacts, looked, cached; /* walked; asked of Twilio; known already */
    int64_t mobile, landline, voip, other, invalid, unknown, reassigned; /* what the walked ones are */
    int64_t cost_micros;
    struct str why;
    int64_t created_ms, finished_ms;
};

/* One number that is being proved, or was: rules/verification.h. */
struct verification_record {
    uint64_t id;
    org_id org;
    uint64_t number;
    enum verification_state state;
    enum verification_channel channel;      /* of the last sending */
    char locale[VERIFICATION_LOCALE_BYTES]; /* "": Twilio's choice */
    char sid[SID_BYTES];                    /* VE…; "" until it is known */
    uint8_t sends, checks;                  /* codes sent; codes tried */
    int32_t code;                           /* Twilio's, of the last refusal; 0 none */
    uint32_t rev;                           /* bumped by each change */
    int64_t asked_ms;                       /* a request to send whose end is not known; 0 none */
    int64_t created_ms, updated_ms, expires_ms;
};
/* An organization's service at Twilio Verify. */
struct verify_service_record {
    org_id org;
    char account[SID_BYTES]; /* whose it is */
    char sid[SID_BYTES];     /* VA…; "": it was begun at began_ms, and whether it was made is not known */
    char name[VERIFICATION_NAME_BYTES];
    int64_t began_ms, created_ms;
};

/* One program's way from a form to a campaign that may send: app/onboarding.h. Stable numbers: they are stored. */
enum onboarding_state {
    ONBOARDING_DRAFT = 1,  /* facts are collected */
    ONBOARDING_RUNNING,    /* steps are made */
    ONBOARDING_WAITING,    /* others review, or a person must answer */
    ONBOARDING_ACTION,     /* refused: something must be mended, then resubmitted */
    ONBOARDING_APPROVED,
    ONBOARDING_CANCELED,
};
enum { REGISTRATION_BYTES_MAX = 256 * 1024 }; /* its texts together, as read */
struct registration {
    uint64_t id;
    org_id org;
    uint32_t program;
    enum brand_type kind;
    enum onboarding_state state;
    uint32_t rev;              /* bumped by each change */
    struct str facts;          /* JSON: rules/a2p_facts.h */
    struct str progress;       /* JSON: app/onboarding_progress.h */
    struct str why;            /* what it waits for, or what is to be mended */
    int32_t code;              /* Twilio's, of a refusal; 0 none */
    int64_t next_ms;           /* looked at again then; 0: not before it is changed */
    int64_t created_ms, updated_ms;
};
/* What became of a step, for people and for evidence. */
struct registration_note {
    uint64_t id;
    org_id org;
    uint64_t registration;
    int64_t at_ms;
    struct str step, outcome;  /* "brand", "created" */
    char sid[SID_BYTES];       /* Twilio's object, or "" */
    int32_t code;
    struct str words;
};

/* A number that an organization has at Twilio, had, or shall have: app/numbers.h. Stable numbers: they are stored. */
enum owned_state {
    OWNED_WANTED = 1,  /* to be bought */
    OWNED_BUYING,      /* a purchase may have been made: it is looked for before another is */
    OWNED_SETTING_UP,  /* in the account: webhooks, service and sender are to be set */
    OWNED_ACTIVE,
    OWNED_QUARANTINED, /* kept and listened to, not sent from */
    OWNED_RELEASING,   /* to be given back to Twilio */
    OWNED_RELEASED,
    OWNED_FAILED,      /* `why` says why there is none */
    OWNED_FOUND,       /* in the account, but nobody asked for it here */
    OWNED_GONE,        /* it was in the account */
};
enum owned_kind { OWNED_LOCAL = 1, OWNED_MOBILE, OWNED_TOLL_FREE, OWNED_SHORT_CODE, OWNED_HOSTED }; /* stored */
/* Does the number itself belong to that row, and to no other of its organization? */
static inline bool owned_is_live(enum owned_state s)
{
    return s != OWNED_RELEASED && s != OWNED_FAILED && s != OWNED_GONE;
}
enum { OWNED_BYTES_MAX = 16 * 1024 }; /* its texts together, as read */
struct owned_number {
    uint64_t id;
    org_id org;
    uint32_t program;       /* whose it is to be, or is */
    enum owned_state state;
    enum owned_kind kind;
    uint32_t rev;           /* bumped by each change */
    char number[20];        /* "+1…", a short code; "" until one is bought */
    char sid[SID_BYTES];    /* PN…, SC…; "" */
    bool bought;            /* by Sterling */
    uint32_t failures;      /* in a row, of the world */
    struct str wish;        /* what is to be bought, JSON: app/numbers.h */
    struct str notes;       /* an operator's */
    struct str why;
    int32_t code;           /* Twilio's, of a refusal; 0 none */
    int64_t since_ms;       /* leased since; 0 unknown */
    int64_t begun_ms;       /* when a purchase began */
    int64_t until_ms;       /* quarantined until */
    int64_t next_ms;        /* there is something to do then; 0: nothing */
    int64_t created_ms, updated_ms;
};

/* How an organization's account at Twilio differs from what is wanted: app/drift.h. One row an organization. */
enum drift_state { DRIFT_IDLE = 1, DRIFT_LOOK, DRIFT_REPAIR }; /* stored; asked for: a look, and a repair, too */
enum { DRIFT_BYTES_MAX = 512 * 1024 };
struct drift {
    org_id org;
    enum drift_state state;
    uint32_t rev;           /* bumped by each change; 0: there is no row */
    struct str findings;    /* a JSON array */
    struct str why;         /* the last look failed */
    uint32_t count, repaired;
    int64_t looked_ms;      /* the last complete look; 0 never */
    int64_t next_ms;        /* 0: not by itself */
};

enum endpoint_state { ENDPOINT_ACTIVE = 1, ENDPOINT_DISABLED, ENDPOINT_REMOVED };
/* Where a tenant receives webhooks. */
struct endpoint {
    uint32_t id;
    org_id org;
    struct str url;
    struct str secret_sealed;
    uint32_t types;           /* bit (1 << enum event_type) */
    enum endpoint_state state;
    uint64_t position;        /* events up to here were delivered or set aside for retry */
    int64_t created_ms;
};
struct hook_retry {
    uint32_t endpoint;
    org_id org;
    uint64_t event;
    uint16_t attempt;
    int64_t next_ms;          /* 0: dead letter */
    int32_t last_status;      /* HTTP status, 0 when there was no answer */
    struct str last_error;
};

/* One attempt in the arms record. */
struct armed {
    uint64_t message;
    uint64_t number;
    org_id org;
    uint32_t program, sender;
    uint16_t segments;
    uint8_t attempt, carrier;
    int64_t armed_ms;
    int64_t cost_micros;      /* what it will cost if accepted; 0 … 4,294,967,295 */
    int64_t answered_ms;      /* of arms_answered only; 0: it is not, or another attempt came after it */
};

#endif
