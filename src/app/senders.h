/*
 * senders: what an organization's messages come from. Adding makes the address canonical (E.164, short code
 * or alphanumeric), tells the kind from it where it was not said, and refuses what cannot be.
 */
#ifndef STERLING_APP_SENDERS_H
#define STERLING_APP_SENDERS_H

#include "app/app.h"

enum { SENDERS_AT_ONCE_MAX = 500 };

struct sender_request {
    struct str address;
    enum sender_kind kind; /* 0: told from the address */
    uint32_t program;
    int verified; /* 1, 0, or -1: by kind (true for long codes and alphanumeric ones) */
    struct str sid;
    struct str registered; /* "GB SG": the countries in which an alphanumeric one is registered */
};
struct senders_job {
    struct app_job job;
    struct change_senders change;
    bool added;  /* they are new: does the account at Twilio have their numbers? */
    bool mended; /* somebody says that what the one was paused for is mended: app/sender_pauses.h */
};
/* Prepares the adding of all of them; errors name "senders[i]." when `many`. */
MUST_CHECK enum err senders_add(struct app *app, struct arena *a, const struct org *org,
                                const struct sender_request *q, size_t count, bool many,
                                struct senders_job *out, struct problem *p);
/* Prepares the storing of one that exists, changed (state, verified, sid), unless it is no longer as it was read
 * (ERR_CONFLICT). Both must live until finish. */
void senders_put(struct app *app, struct sender *sender, const struct sender *was, struct senders_job *out);
MUST_CHECK enum err senders_get(struct store_reader *r, org_id org, uint32_t id, struct sender *out);
/* Says where it is registered; errors name "<prefix>registered". */
void senders_register(struct sender *s, struct str countries, const char *prefix, struct problem *p);
/* True for a SID that this kind of sender can have (PN, SC, AI and 32 hexadecimal digits), or none. */
bool senders_sid_is_good(struct str sid);

#endif
