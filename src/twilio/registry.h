/*
 * registry: where Trust Hub's and A2P 10DLC's objects live at Twilio, how they are listed, and what their states mean
 * (reference sections 11 and 12).
 *
 * One table instead of paths and status words all over: whoever makes, looks for or judges one of these asks here.
 */
#ifndef STERLING_TWILIO_REGISTRY_H
#define STERLING_TWILIO_REGISTRY_H

#include "base/buf.h"
#include "twilio/account.h"
#include "twilio/json.h"

enum registry_kind {
    REGISTRY_PROFILE, REGISTRY_PRODUCT,       /* bundles: customer profiles, trust products */
    REGISTRY_END_USER, REGISTRY_DOCUMENT,
    REGISTRY_ADDRESS,     /* of an account */
    REGISTRY_IN_PROFILE, REGISTRY_IN_PRODUCT, /* assignments to a bundle */
    REGISTRY_BRAND,
    REGISTRY_VETTING,     /* of a brand: by Campaign Verify */
    REGISTRY_SERVICE,
    REGISTRY_CAMPAIGN,    /* of a service */
    REGISTRY_TOLL_FREE,   /* verifications; named by their number's SID */
    REGISTRY_KINDS        /* count, last */
};
struct registry_place {
    enum twilio_product product;
    const char *list_key;   /* of the list in a page */
    const char *sid_member; /* of an object in it */
};
struct registry_place registry_place(enum registry_kind kind);

/* Appends the target of the collection, of its list (the whole, or by name where it can be asked so) and of one
 * object. `of` is whose the collection is: the SID of account, bundle, brand or service; "" where it is nobody's. */
void registry_collection_add(struct buf *out, enum registry_kind kind, const char *of);
void registry_list_add(struct buf *out, enum registry_kind kind, const char *of, const char *name);
void registry_object_add(struct buf *out, enum registry_kind kind, const char *of, const char *sid);
/* …/Evaluations of a bundle; …/SmsOtp of a brand. */
void registry_evaluations_add(struct buf *out, enum registry_kind kind, const char *sid);
void registry_passcode_add(struct buf *out, const char *brand_sid);

/* The form by which a bundle is submitted. */
void registry_submission_add(struct buf *form);

/* Of bundles, brands, vettings, campaigns and toll-free verifications. */
enum registry_state {
    REGISTRY_OTHER,    /* suspended, being deleted, or a word that is not known */
    REGISTRY_DRAFT,
    REGISTRY_REVIEW,   /* others look at it */
    REGISTRY_APPROVED,
    REGISTRY_REFUSED
};
enum registry_state registry_state_named(struct str word);
enum registry_state registry_state(enum registry_kind kind, const json_t *object);
/* Twilio's word for it; empty if it has none. Lives as long as the object. */
struct str registry_state_word(enum registry_kind kind, const json_t *object);
/* A brand whose owner the registry knows by now: campaigns of others are refused. By `identity_status`. */
bool registry_is_verified(struct str identity);

#endif
