/*
 * audit: the red flags of a running installation and its configuration, each with what it may cost and how to mend it.
 *
 * The rules are one table (audit_rules.c). A report says of each rule that was asked whether it found something: a rule
 * that could not be asked is told as such and never as sound. What only somebody outside can see (do the webhooks
 * refuse what is not signed? what do configuration and logs give away?) is asked by the command line, with the rules'
 * words from the same table.
 *
 * Organizations are looked at one after the other, so that a caller may stop and go on. Findings are bounded; `more`
 * says that there were others.
 */
#ifndef STERLING_APP_AUDIT_H
#define STERLING_APP_AUDIT_H

#include "app/app.h"
#include "base/buf.h"
#include "store/store.h"

enum audit_severity { AUDIT_NOTE = 1, AUDIT_WARNING, AUDIT_CRITICAL };

enum audit_id {
    /* the installation */
    AUDIT_PUBLIC_PLAIN, AUDIT_PROVIDER_ELSEWHERE, AUDIT_LIVE_IN_SANDBOX, AUDIT_TEST_CREDENTIALS, AUDIT_QUIET_OFF,
    AUDIT_CONSENT_OFF, AUDIT_RESTORED_OK, AUDIT_HOOKS_PRIVATE, AUDIT_SITES_TEST, AUDIT_SITES_UNREAD,
    AUDIT_SECRETS_PLAIN, AUDIT_FILES_OPEN, AUDIT_CLOCK_SKEW, AUDIT_BACKUP_OLD, AUDIT_DOUBT_OLD,
    /* an organization */
    AUDIT_UNREGISTERED, AUDIT_UNVERIFIED, AUDIT_TEST_NUMBER, AUDIT_CONTENT, AUDIT_CAMPAIGN_UNWATCHED, AUDIT_HOOK_PLAIN,
    AUDIT_TOKEN_MISSING, AUDIT_HELP_MISSING, AUDIT_SPEND_OPEN, AUDIT_FREQUENCY_OPEN, AUDIT_NO_SERVICE, AUDIT_ABSENT,
    AUDIT_WEBHOOK_ELSEWHERE, AUDIT_EVASION, AUDIT_SINGLES, AUDIT_COUNTRY_UNRULED,
    /* asked from outside */
    AUDIT_LEDGER_BROKEN, AUDIT_SENT_AFTER, AUDIT_WEBHOOK_OPEN, AUDIT_WEBHOOK_UNREACHED, AUDIT_CONFIG_SECRET,
    AUDIT_LOG_PERSONAL,
    AUDIT_RULES
};

struct audit_rule {
    const char *id; /* "webhook_open", stable */
    enum audit_severity severity;
    const char *title, *impact, *fix, *reference;
};
extern const struct audit_rule AUDIT_TABLE[AUDIT_RULES];
const char *audit_severity_name(enum audit_severity s); /* "note", "warning", "critical" */

struct audit_finding {
    enum audit_id rule;
    struct str organization; /* slug; empty: the installation */
    struct str detail;       /* what was found, in words; never a secret or a whole number */
};

enum { AUDIT_FINDINGS_MAX = 300 };
struct audit_report {
    struct arena *arena;     /* of the findings' texts */
    struct audit_finding findings[AUDIT_FINDINGS_MAX];
    size_t count;
    bool more;
    bool asked[AUDIT_RULES], unknown[AUDIT_RULES]; /* unknown: could not be answered */
};

/* What is known about the machine, gathered by audit_look. */
struct audit_facts {
    int64_t now_ms;
    bool clock_known;
    int64_t clock_offset_ms;  /* the provider's clock less ours */
    bool files_known;         /* the data directory and what is in it could be looked at */
    int64_t backup_ms;        /* the newest backup; 0: there is none */
    bool doubts_known;        /* the store told */
    int64_t oldest_doubt_ms;  /* 0: none */
    bool sealed;              /* there is a sealer */
    bool test_credentials;    /* the provider said that they are */
    struct str open_files;    /* names of files that others on the machine may read, by commas */
};

void audit_begin(struct audit_report *r, struct arena *arena);
void audit_add(struct audit_report *r, enum audit_id rule, struct str organization, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
/* Reads clock, files and store. */
void audit_look(struct app *app, struct store_reader *reader, struct arena *a, struct audit_facts *out);
void audit_installation(const struct settings *s, const struct audit_facts *f, struct audit_report *r);
/* What cannot be read is unknown. */
void audit_org(struct app *app, struct store_reader *reader, const struct org *org, struct audit_report *r);

/* The members "rules" (asked or unknown) and "findings" of an object. */
void audit_view(struct buf *out, const struct audit_report *r);

/* `sterling backup` leaves it in the data directory: its time of change is that of the newest backup. */
#define AUDIT_BACKUP_FILE "last-backup"

#endif
