/*
 * account_progress: what is under way with an organization's Twilio account, stored with it as a JSON document:
 * what a person wants of it, how far a rotation of its auth token is, its API keys, its stream of events.
 *
 * What is made at Twilio is stored twice: as begun before its request may leave, as made with what came of it. What is
 * begun and not made may have taken effect, and is looked for. Secrets are sealed.
 */
#ifndef STERLING_APP_ACCOUNT_PROGRESS_H
#define STERLING_APP_ACCOUNT_PROGRESS_H

#include "base/buf.h"
#include "base/err.h"
#include "store/model.h"

enum account_wish { WISH_NONE, WISH_CREATE, WISH_SUSPEND, WISH_RESUME, WISH_CLOSE };

/* Twilio knows a primary and, while it lasts, a secondary token; requests may carry either, webhooks are signed with
 * the primary one. We keep one that is used and one that is accepted besides. */
enum account_rotation {
    ROTATION_NONE,
    ROTATION_WANTED,   /* nothing was asked of Twilio */
    ROTATION_MAKING,   /* the secondary one may have been made; one whose value was lost is dropped and made anew */
    ROTATION_BOTH,     /* the new one is used, the old one is still Twilio's primary and accepted */
    ROTATION_PROMOTING,/* the new one may be the primary one by now */
    ROTATION_PROMOTED  /* it is; the old one is accepted until what was signed with it has come */
};

enum account_key_state {
    ACCOUNT_KEY_WANTED,
    ACCOUNT_KEY_MAKING,  /* may have been made; one whose secret was lost is removed and made anew */
    ACCOUNT_KEY_READY,   /* the newest of these is used */
    ACCOUNT_KEY_REVOKING,/* not used any more, to be removed at Twilio */
    ACCOUNT_KEY_REVOKED
};
enum { ACCOUNT_KEYS_MAX = 20, ACCOUNT_KEY_NAME_BYTES = 41, ACCOUNT_SEALED_BYTES = 512 };
struct account_key {
    uint32_t id; /* 1 … */
    enum account_key_state state;
    char name[ACCOUNT_KEY_NAME_BYTES], sid[SID_BYTES], sealed[ACCOUNT_SEALED_BYTES];
    int64_t created_ms, revoked_ms, begun_ms;
};

struct account_progress {
    enum account_wish wish;
    int64_t wished_ms, begun_ms;  /* wanted; its request may have left: 0 not */
    bool halted;                  /* the organization was stopped because Twilio suspended its account */
    enum account_rotation rotation;
    int64_t rotation_ms, rotated_ms; /* that step began; the last rotation ended */
    bool drop_first;              /* a secondary token whose value was lost is in the way */
    uint32_t keys_made;           /* ids given */
    struct account_key keys[ACCOUNT_KEYS_MAX];
    size_t keys_count;
    char sink_sid[SID_BYTES], subscription_sid[SID_BYTES];
    int64_t stream_begun_ms;      /* a sink or subscription may have been made: 0 not */
    uint32_t failures;            /* requests that failed, in a row */
};

const char *account_wish_name(enum account_wish wish);             /* "create"; "" none */
const char *account_rotation_name(enum account_rotation rotation); /* "both_accepted"; "" none */
const char *account_key_state_name(enum account_key_state state);  /* "ready" */

enum { ACCOUNT_PROGRESS_BYTES_MAX = 28 * 1024 };
/* An empty document is a beginning. ERR_CORRUPT if it does not read back; ERR_FULL. */
MUST_CHECK enum err account_progress_read(struct str json, struct account_progress *out);
void account_progress_write(const struct account_progress *p, struct buf *out);
/* Is anything to be done besides looking? */
bool account_progress_is_busy(const struct account_progress *p);
struct account_key *account_progress_key(struct account_progress *p, uint32_t id); /* NULL: none */
/* The one to be used: the newest that is ready. NULL: none, the auth token is used. */
const struct account_key *account_progress_key_in_use(const struct account_progress *p);

#endif
