/*
 * listing: reads the provider's list of messages to one number and says whether an attempt in doubt is there
 * (design section 5, step 3).
 *
 * Pages come newest first, filtered by To alone: a queued message has no DateSent, and the sender may be
 * another than the one asked for. A message counts as a candidate if it is outbound to that number, was
 * created no earlier than the attempt was armed (on the provider's clock, less a margin) and its SID is not
 * bound to another message. The listing is complete when a page ends the list or reaches further back than
 * that moment. Of several the one with our text goes first, then the oldest. Neither text nor date nor fate rules
 * one out: providers change texts (a trial account's prefix, Smart Encoding), clocks are stepped, and an unbound
 * message must be taken for ours, because taking it for a stranger's may send ours twice. What earlier attempts
 * left is told by its SID, which the store keeps.
 *
 * Pure: whether a SID is bound is asked through a function. Bounded by the caller's count of pages.
 */
#ifndef STERLING_APP_LISTING_H
#define STERLING_APP_LISTING_H

#include "store/model.h"
#include "twilio/provider.h"

/* Dates are whole seconds, and clocks are compared by them. After a restart our clock may have been stepped
 * since the arming, so the list is read much further back; that costs little, since what is there is bound. */
static const int64_t LISTING_NEAR_MS = 15000;
static const int64_t LISTING_FAR_MS = 86400000;

struct doubt_listing {
    uint64_t message, number;
    int64_t since_ms;      /* armed, on the provider's clock, less the margin */
    uint64_t body_hash;    /* listing_body_hash of our text; 0: not known */
    unsigned pages;
    bool found, found_by_body;
    char sid[SID_BYTES];
    enum provider_status status;
    int32_t error_code;
    int64_t created_ms;
};

/* True if that SID is another message's, or an earlier attempt's. */
typedef bool (*listing_bound)(void *ctx, struct str sid);

void listing_begin(struct doubt_listing *l, uint64_t message, uint64_t number, int64_t armed_provider_ms,
                   int64_t margin_ms, uint64_t body_hash);
/* Takes one page in. True: complete, `found` is the verdict. False: the next page is needed. */
bool listing_page(struct doubt_listing *l, const struct provider_item *rows, size_t count, bool more,
                  listing_bound bound, void *ctx);
/* Hash of a text without what a provider may change: letters and digits only, case folded. Never 0. */
uint64_t listing_body_hash(struct str text);
/* The message's state for a provider's status; MESSAGE_ACCEPTED while it is on its way. */
enum message_state listing_state(enum provider_status s);

#endif
