/*
 * tier: how much may be sent in how long, by whom to which carrier.
 *
 * Two tables apply side by side and the lowest wins (design section 6, compliance section 9): the user's
 * default figures, each of which the operator can set by name; and what carriers and Twilio publish
 * (data/carrier-throughput.tsv, compiled in). tier_limits() lists every rule that concerns a program and
 * one kind of sender; the engine makes limits of them. Pure.
 *
 * The brand tier, program x carrier and T-Mobile day rules are those of 10DLC registration, so they are
 * listed for long codes only (figure tier_all_senders = 1 makes the brand tier cover toll-free and short
 * codes too). Whether a sender may send at all (toll-free verification, registration) is a gate's
 * business, not a limit.
 */
#ifndef STERLING_RULES_TIER_H
#define STERLING_RULES_TIER_H

#include "rules/carrier.h"
#include "rules/kinds.h"

/* A2P campaign use cases; reference section 12.5. */
enum use_case {
    USE_CASE_UNKNOWN = 0, USE_CASE_2FA, USE_CASE_ACCOUNT_NOTIFICATION, USE_CASE_CUSTOMER_CARE,
    USE_CASE_DELIVERY_NOTIFICATION, USE_CASE_FRAUD_ALERT, USE_CASE_HIGHER_EDUCATION, USE_CASE_MARKETING,
    USE_CASE_MIXED, USE_CASE_POLLING_VOTING, USE_CASE_PUBLIC_SERVICE_ANNOUNCEMENT, USE_CASE_SECURITY_ALERT,
    USE_CASE_LOW_VOLUME, USE_CASE_AGENTS_FRANCHISES, USE_CASE_CHARITY, USE_CASE_EMERGENCY,
    USE_CASE_K12_EDUCATION, USE_CASE_POLITICAL, USE_CASE_PROXY, USE_CASE_SOCIAL, USE_CASE_SWEEPSTAKE,
    USE_CASE_SOLE_PROPRIETOR,
    USE_CASES, /* count, last */
};
/* Twilio's code ("MARKETING"), any case. USE_CASE_UNKNOWN if not known: Twilio adds some. */
enum use_case use_case_parse(struct str code);
const char *use_case_code(enum use_case u); /* never NULL; "UNKNOWN" */

enum tier { TIER_T1 = 1, TIER_T2, TIER_T3, TIER_T4 };
/* T2 from score 25, T3 from 50, T4 from 75; T1 for the rest, for an unknown score (-1) and for brands
 * that have none (low-volume, sole proprietor). */
enum tier tier_of(enum brand_type brand, int32_t trust_score);

enum limit_scope {
    LIMIT_ACCOUNT = 1,     /* the provider's account, all its organizations together */
    LIMIT_ORG,             /* one organization's own cap, if the operator sets one */
    LIMIT_BRAND,           /* all programs of an organization's brand */
    LIMIT_BRAND_CARRIER,   /* the brand's recipients at one carrier */
    LIMIT_PROGRAM_CARRIER, /* the program's recipients at one carrier, all its numbers together */
    LIMIT_SENDER,          /* one sending number or code */
    LIMIT_SENDER_CARRIER,  /* one number's recipients at one carrier */
    LIMIT_LOOKUP,          /* Lookup requests of the account */
    LIMIT_VERIFY,          /* Verify requests of one service */
};
enum limit_unit { LIMIT_MESSAGES = 1, LIMIT_SEGMENTS, LIMIT_REQUESTS };

/* At most `amount` in any window of window_ms; LIMIT_PACIFIC_DAY is the calendar day of
 * America/Los_Angeles. */
enum { LIMIT_PACIFIC_DAY = -1 };
struct limit_rule {
    enum limit_scope scope;
    enum carrier carrier; /* recipients it concerns; CARRIER_ANY: all */
    int64_t amount;       /* at least 1 */
    int64_t window_ms;    /* at least 1, or LIMIT_PACIFIC_DAY */
    enum limit_unit unit;
    const char *source;   /* for people: which table and row says so; static */
};
enum { TIER_RULES_MAX = 32 };

/* The figures an operator can set. Order of the table of figures. */
enum tier_figure {
    FIGURE_T1_PER_MINUTE, FIGURE_T2_PER_MINUTE, FIGURE_T3_PER_MINUTE, FIGURE_T4_PER_MINUTE,
    FIGURE_LONG_CODE_PER_SECOND, FIGURE_LONG_CODE_PER_MINUTE, FIGURE_TOLL_FREE_PER_SECOND,
    FIGURE_SHORT_CODE_PER_SECOND, FIGURE_ALPHA_PER_SECOND, FIGURE_LOOKUP_PER_SECOND, FIGURE_VERIFY_PER_SECOND,
    FIGURE_ACCOUNT_PER_SECOND, FIGURE_ACCOUNT_PER_DAY, FIGURE_ORG_PER_SECOND,
    FIGURE_TMOBILE_PER_DAY, FIGURE_ATT_PER_MINUTE, FIGURE_TIER_ALL_SENDERS,
    TIER_FIGURES, /* count, last */
};
struct tier_figure_info {
    const char *name;     /* "tier1_per_min": the setting is limits.tier1_per_min */
    int64_t value;        /* the default; 0 where it means: no such limit, or the carriers' table decides */
    int64_t min, max;
    const char *help;     /* one line */
};
const struct tier_figure_info *tier_figure_info(enum tier_figure f);

struct tier_figures {
    int64_t value[TIER_FIGURES];
};
void tier_figures_init(struct tier_figures *f); /* the defaults */
/* ERR_NOT_FOUND for a name, ERR_INVALID for a value outside its bounds; the fault says which are right. */
MUST_CHECK enum err tier_figures_set(struct tier_figures *f, struct str name, int64_t value,
                                     struct fault *fault);

struct tier_subject {
    enum brand_type brand;
    int32_t trust_score;        /* 0 … 100, -1 unknown */
    enum use_case use_case;     /* USE_CASE_UNKNOWN is taken for MIXED */
    enum sender_kind sender;
    bool russell_3000;          /* T-Mobile gives the top class before any score */
    bool government;            /* verified government entity: no T-Mobile day cap */
    bool profile_pending;       /* the ISV's primary business profile is not approved yet */
};
/* Fills out[0 … TIER_RULES_MAX) and returns how many. Unknown score: T1 and the Low-Volume rows. There is
 * no rule for CARRIER_UNKNOWN: its messages are charged to the rules of every US carrier. */
size_t tier_limits(const struct tier_subject *subject, const struct tier_figures *figures,
                   struct limit_rule out[TIER_RULES_MAX]);
/* The rules for requests to Lookup and Verify. Two of them. */
size_t tier_request_limits(const struct tier_figures *figures, struct limit_rule out[2]);

#endif
