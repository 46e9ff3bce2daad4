/*
 * onboarding_progress: how far a registration has come: what was made at Twilio and under which SID, and which facts
 * each object was last told. Stored with the registration as a JSON document.
 *
 * A step is recorded twice: as begun before its request may leave, as done with what came of it. One that is begun
 * and not done may have taken effect; it is looked for before it is made again.
 */
#ifndef STERLING_APP_ONBOARDING_PROGRESS_H
#define STERLING_APP_ONBOARDING_PROGRESS_H

#include "app/site_result.h"
#include "base/arena.h"
#include "base/buf.h"
#include "store/model.h"

/* In the order in which they are made (reference sections 12.2 and 12.3). */
enum onboarding_step {
    STEP_ACCOUNT,           /* the organization's subaccount */
    STEP_PRIMARY,           /* the ISV's own profile, which must be approved */
    STEP_PROFILE,           /* the secondary customer profile … */
    STEP_BUSINESS, STEP_BUSINESS_IN,             /* … with what it consists of */
    STEP_REPRESENTATIVE, STEP_REPRESENTATIVE_IN,
    STEP_REPRESENTATIVE2, STEP_REPRESENTATIVE2_IN,
    STEP_ADDRESS, STEP_DOCUMENT, STEP_DOCUMENT_IN,
    STEP_PRIMARY_IN,
    STEP_PROFILE_EVALUATED, STEP_PROFILE_SUBMITTED,
    STEP_TRUST,             /* the trust product */
    STEP_MESSAGING, STEP_MESSAGING_IN,
    STEP_PROFILE_IN,
    STEP_TRUST_EVALUATED, STEP_TRUST_SUBMITTED,
    STEP_BRAND, STEP_SERVICE,
    STEP_BRAND_APPROVED,    /* others review */
    STEP_VETTING,           /* of political organizations: their Campaign Verify token */
    STEP_VETTED,            /* others check it */
    STEP_CAMPAIGN,
    STEP_CAMPAIGN_APPROVED, /* others review */
    STEP_NUMBERS, STEP_NUMBERS_IN,
    STEP_TOLL_FREE,         /* of a toll-free number, instead of all that: its verification */
    STEP_TOLL_FREE_APPROVED, /* others review */
    STEP_APPLIED,           /* the program may send */
    ONBOARDING_STEPS        /* count, last */
};
const char *onboarding_step_name(enum onboarding_step step); /* "customer_profile" */

enum onboarding_mark { MARK_TODO, MARK_BEGUN, MARK_DONE };
struct onboarding_made {
    enum onboarding_mark mark;
    char sid[SID_BYTES];
    int64_t at_ms;   /* begun or done then */
    uint64_t told;   /* hash of the facts that it carries */
};
/* What failed and is submitted again. It carries the time of the object's last change before that: a later one tells
 * that a submission took effect whose answer was lost, so that none is made, and paid for, twice. */
enum { TWILIO_DATE_BYTES = 32 };
struct onboarding_again {
    int64_t begun_ms; /* 0: none is under way */
    char seen[TWILIO_DATE_BYTES];
};
enum { ONBOARDING_NUMBERS_MAX = 49, IDENTITY_BYTES = 20 };
struct onboarding_number {
    char sid[SID_BYTES], number[20];
    bool attached, bought;
    bool applied;     /* its sender was put once: who takes it away since wants it away */
    bool registered;  /* with the campaign, at the carriers: told by an event */
    int32_t refused;  /* Twilio's code when that failed; 0 not */
};
struct onboarding_progress {
    struct onboarding_made made[ONBOARDING_STEPS];
    struct onboarding_number numbers[ONBOARDING_NUMBERS_MAX];
    size_t numbers_count;
    uint32_t failures, looks;   /* requests that failed, looks that saw no change; in a row */
    uint32_t brand_again, campaign_again; /* how often each was submitted again */
    bool brand_mended, campaign_mended;   /* submit again */
    struct onboarding_again brand_sent, campaign_sent;
    bool campaign_anew;         /* no update can carry what was mended: delete it, make another */
    bool campaign_leaving;      /* its deletion may have begun */
    uint32_t campaigns_gone;    /* how many were deleted: each was paid for */
    int64_t campaign_gone_ms;   /* it was deleted then, and no other is made yet; 0: no */
    uint64_t campaign_fixed;    /* hash of what it was told that no update can change; 0: not known */
    char vetting_before[SID_BYTES]; /* not to be taken for a new one */
    bool otp_wanted;            /* text the passcode again */
    int32_t score;              /* the brand's; -1 unknown */
    char identity[IDENTITY_BYTES];
    struct site_result site;    /* what its website was found to be, before the fee that comes next */
};

enum { ONBOARDING_PROGRESS_BYTES_MAX = 64 * 1024 };
/* An empty document is a beginning. ERR_CORRUPT if it does not read back; ERR_FULL. */
MUST_CHECK enum err onboarding_progress_read(struct str json, struct onboarding_progress *out);
void onboarding_progress_write(const struct onboarding_progress *p, struct buf *out);

#endif
