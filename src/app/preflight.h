/*
 * preflight: what will happen when a campaign starts, and what speaks against it.
 *
 * Answers how much goes out in a second, a minute and a day and when it ends; which senders may send; what becomes of
 * failures, opt-outs, and of everything if the provider is down. A finding that blocks keeps it from starting; one
 * that asks wants to be acknowledged by its code, and who did so, when, and by which rules is kept with the start.
 * Judged from the first contacts of the audience (app/campaign_sample.h). Owns nothing; texts live in the arena.
 */
#ifndef STERLING_APP_PREFLIGHT_H
#define STERLING_APP_PREFLIGHT_H

#include "app/allowance.h"
#include "app/campaign_sample.h"
#include "app/gate.h"
#include "app/problem.h"
#include "rules/sending_pattern.h"

enum { PREFLIGHT_COUNTRIES_MAX = 12, PREFLIGHT_ABROAD_SENDERS_MAX = 16 };
/* A country other than the US and Canada of which contacts were sampled. */
struct preflight_country {
    char country[3];
    size_t contacts;
    bool off;                    /* the organization does not send there */
    enum message_reason refused; /* why no sender may write there; REASON_NONE: one may, or there is none */
    struct content_report text;  /* what that country wants of the template */
};

enum { PREFLIGHT_FINDINGS_MAX = 32, PREFLIGHT_ACKNOWLEDGED_MAX = 32, PREFLIGHT_SENDER_KINDS = SENDER_ALPHA + 1 };

struct preflight_finding {
    const char *code; /* stable: a rule's id, or one of preflight's own */
    enum content_severity severity;
    const char *detail, *fix;
    struct str words; /* of the template; empty: none */
};

/* What becomes of failures, from the settings. */
struct preflight_patience {
    int64_t attempts_max, retry_first_ms, retry_max_ms;      /* of a message */
    int64_t breaker_run, probe_first_ms, probe_max_ms;       /* failures in a row, then probes */
};

struct preflight {
    struct campaign campaign; /* as it would be started */
    struct program program;
    struct campaign_sample sample;
    int64_t audience;         /* -1: more than was looked at, and not counted yet */
    int64_t segments;         /* of the whole audience, as of the sample; -1: unknown */
    struct allowance allowed;
    int64_t day_segments;     /* the tightest limit of a carrier's day; 0: none */
    int64_t finish_s;         /* -1: cannot be told */
    size_t open_now;          /* of the sampled, in lawful hours */
    size_t no_consent;        /* of the sampled, without the written consent that marketing needs, or opted out */
    size_t unfit[NUMBER_TROUBLES]; /* of the sampled, numbers that texts do not come to */
    int64_t cost_micros, budget_micros; /* of all; what may still be spent this month, -1: no cap */
    struct gate_pool pool;
    struct sender abroad[PREFLIGHT_ABROAD_SENDERS_MAX]; /* ready ones that reach other countries */
    size_t abroad_count;
    struct preflight_country countries[PREFLIGHT_COUNTRIES_MAX];
    size_t countries_count;
    struct preflight_patience patience;
    size_t absent, absent_ready; /* senders that the account at Twilio was seen to lack; of those that may send */
    char absent_one[20];         /* one of them */
    size_t at_home;           /* of the sampled, in the US or Canada */
    size_t elsewhere;         /* of those, in the other country than the organization is in */
    struct sending_numbers numbers;
    struct sending_finding patterns[SENDING_PATTERNS];
    size_t patterns_count;
    size_t senders[PREFLIGHT_SENDER_KINDS], ready[PREFLIGHT_SENDER_KINDS]; /* by enum sender_kind */
    struct preflight_finding findings[PREFLIGHT_FINDINGS_MAX];
    size_t count;             /* gravest first */
    enum content_severity worst;
};

/* `c` has its template, list, program and kind. ERR_CORRUPT: its template does not compile. */
MUST_CHECK enum err preflight_of(struct app *app, struct store_reader *r, struct arena *a, const struct org *org,
                                 const struct campaign *c, struct preflight *out);
/* One finding more, in its place; a NULL detail (no memory) is none. What keeps it from starting now is a note to
 * what starts by itself later. For preflight's own files. */
void preflight_say(struct preflight *f, enum content_severity severity, const char *code, const char *detail,
                   const char *fix);
enum content_severity preflight_blocks_now(const struct preflight *f);
/* The countries of the sampled contacts; and what speaks against them. */
void preflight_look_abroad(struct preflight *f, const struct org *org);
void preflight_judge_abroad(struct preflight *f, struct arena *a);
/* What was sent before, from its numbers and others; and whether it looks like what carriers filter. */
MUST_CHECK enum err preflight_look_at_patterns(struct store_reader *r, int64_t now_ms, bool has_fields,
                                               struct preflight *f);
void preflight_judge_patterns(struct preflight *f, struct arena *a);
/* The findings alone, from what is known. For preflight.c. */
void preflight_judge(struct preflight *f, const struct org *org, const struct template *t, struct arena *a);

struct preflight_acknowledged {
    struct str codes[PREFLIGHT_ACKNOWLEDGED_MAX]; /* "all": whatever there is */
    size_t count;
    struct str by; /* who: a key's id */
};
/* ERR_OK: it may start. ERR_INVALID: something blocks; ERR_CONFLICT: something is not acknowledged; the problem
 * says each. */
MUST_CHECK enum err preflight_check(const struct preflight *f, const struct preflight_acknowledged *by,
                                    struct problem *p);
/* What is kept of it with the start; without findings that ask nothing (out->findings empty). Lives in the arena. */
MUST_CHECK enum err preflight_record(const struct preflight *f, const struct preflight_acknowledged *by,
                                     int64_t now_ms, struct arena *a, struct acknowledgement *out);
/* Members of an object: verdict, rule_set, findings, volume, audience, senders and what becomes of things. */
void preflight_members(struct buf *out, const struct preflight *f);

#endif
