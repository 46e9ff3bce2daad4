/*
 * playbook: what a provider's error code means, and what to do about it.
 *
 * One row per code of data/error-playbook.tsv, compiled in: Twilio's title, its family, our class, and
 * the action that the engine obeys and `sterling error` explains. Codes not in the table get the safe
 * default of their range, which never sends again. Sources: Twilio's error dictionary (titles), reference
 * section 1.8, compliance sections 4.5, 5.1 and 6.2.
 */
#ifndef STERLING_RULES_PLAYBOOK_H
#define STERLING_RULES_PLAYBOOK_H

#include "rules/status.h"

/* What kind of trouble. */
enum playbook_class {
    PLAYBOOK_CLASS_INFO = 0, PLAYBOOK_CLASS_RETRY_BACKOFF, PLAYBOOK_CLASS_THROTTLE,
    PLAYBOOK_CLASS_HOLD_CONFIG, PLAYBOOK_CLASS_RECIPIENT, PLAYBOOK_CLASS_CONTENT, PLAYBOOK_CLASS_OPT_OUT,
    PLAYBOOK_CLASS_FILTERED, PLAYBOOK_CLASS_ACCOUNT, PLAYBOOK_CLASS_REGISTRATION,
    PLAYBOOK_CLASS_CLIENT_BUG, PLAYBOOK_CLASS_WEBHOOK,
    PLAYBOOK_CLASSES, /* count, last */
};

/* What the engine does when the provider *refuses a request* with the code. */
enum playbook_action {
    PLAYBOOK_NOTE = 0, /* tell a person; no message is concerned. If one is after all: it ends failed */
    PLAYBOOK_END,      /* this message has failed for good */
    PLAYBOOK_RETRY,    /* try again after back-off */
    PLAYBOOK_THROTTLE, /* too fast: try again after back-off, and the limit at `scope` learns */
    PLAYBOOK_NEXT_DAY, /* a day's cap is used up: wait for midnight Pacific */
    PLAYBOOK_WINDOW,   /* outside lawful hours: wait for the next window */
    PLAYBOOK_HOLD,     /* what `scope` names is not used until somebody mends it; the message waits.
                        * Scope request: nothing of ours is held; for a message this is as FIX */
    PLAYBOOK_SUPPRESS, /* the recipient opted out: record it, end the message as blocked */
    PLAYBOOK_FIX,      /* a request we should not have made: the message ends failed, an operator is told */
    PLAYBOOK_DOUBT,    /* it may have been done: never repeat, find out (design section 5) */
    PLAYBOOK_ACTIONS,  /* count, last */
};

/* What is at fault, and what a HOLD holds or a THROTTLE slows. */
enum playbook_scope {
    PLAYBOOK_SCOPE_REQUEST = 0, PLAYBOOK_SCOPE_RECIPIENT, PLAYBOOK_SCOPE_CONTENT, PLAYBOOK_SCOPE_SENDER,
    PLAYBOOK_SCOPE_PROGRAM, PLAYBOOK_SCOPE_PROGRAM_CARRIER, PLAYBOOK_SCOPE_BRAND_CARRIER,
    PLAYBOOK_SCOPE_ACCOUNT, PLAYBOOK_SCOPE_COUNTRY, PLAYBOOK_SCOPE_WEBHOOK, PLAYBOOK_SCOPE_PROVIDER,
    PLAYBOOK_SCOPES, /* count, last */
};

struct playbook_entry {
    int32_t code;            /* 0 in the default of a range */
    enum playbook_class category;
    enum playbook_action action;
    enum playbook_scope scope;
    bool retry_after_accept; /* never handed to a carrier: may be sent again after status `failed` */
    const char *title;       /* Twilio's; "Unknown code" in a default */
    const char *family;      /* "messages delivery" */
    const char *explanation; /* ours: what happened and why; "" if the title says it all */
    const char *remedy;      /* ours: what to do now; never "" when there is an explanation */
};

/* Never NULL; static. */
const struct playbook_entry *playbook_get(int64_t code);
bool playbook_knows(int64_t code);
/* What to do when an *accepted* message got this status with this code. Failed: `action` if the entry says
 * retry_after_accept, for the provider never handed it over. SUPPRESS always stays. Else PLAYBOOK_END; an
 * undelivered message is sent again only if its sender asked for that, which is the caller's to know. What
 * `scope` says is to be held is held all the same. */
enum playbook_action playbook_after_accept(const struct playbook_entry *entry, enum provider_status status);
/* True if sending an undelivered message again may end otherwise: the action is a kind of waiting. */
bool playbook_may_pass(const struct playbook_entry *entry);

size_t playbook_count(void);
const struct playbook_entry *playbook_at(size_t index); /* ascending by code; index < playbook_count() */

const char *playbook_class_name(enum playbook_class c);   /* "retry_backoff" … as in the data file */
const char *playbook_action_name(enum playbook_action a); /* "retry" … as in the data file */
const char *playbook_scope_name(enum playbook_scope s);   /* "sender" … as in the data file */

#endif
