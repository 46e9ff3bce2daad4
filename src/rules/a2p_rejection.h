/*
 * a2p_rejection: what a refusal of a brand, campaign, profile or toll-free verification is about: why, which fields
 * of the registration to change, and how it is sent again then.
 *
 * One row per code of data/a2p-rejections.tsv, compiled in; the words are those of rules/playbook where it has some.
 * Sources: Twilio's error dictionary; reference sections 11 to 13; compliance sections 4.1, 4.5 and 5.1. Pure.
 */
#ifndef STERLING_RULES_A2P_REJECTION_H
#define STERLING_RULES_A2P_REJECTION_H

#include "rules/a2p_facts.h"

/* What was refused. Bits: toll-free and A2P reviews share some codes. */
enum a2p_family { A2P_OF_BRAND = 1, A2P_OF_CAMPAIGN = 2, A2P_OF_PROFILE = 4, A2P_OF_TOLLFREE = 8 };

/* What is done once the field is right. */
enum a2p_resubmit {
    A2P_RESUBMIT_NONE = 0,        /* nothing helps but an appeal */
    A2P_RESUBMIT_AGAIN,           /* the step itself is done again: nothing was created, or somebody was waited for */
    A2P_RESUBMIT_BRAND_UPDATE,    /* profile's data, profile, then the brand's empty update: three are free */
    A2P_RESUBMIT_CAMPAIGN_UPDATE, /* the failed campaign is updated: see a2p_update_carries */
    A2P_RESUBMIT_CAMPAIGN_NEW,    /* deleted and created anew: an update cannot carry it */
    A2P_RESUBMIT_PROFILE,         /* the profile or trust product is submitted again */
    A2P_RESUBMIT_TOLLFREE_EDIT,   /* within the edit window, else a new verification */
    A2P_RESUBMIT_SUPPORT,         /* only Twilio's support can go on */
    A2P_RESUBMITS                 /* count, last */
};
/* "none", "again", "brand_update", "campaign_update", "campaign_new", "profile_resubmit", "tollfree_edit", "support";
 * one sentence for people; what it costs. Never NULL. */
const char *a2p_resubmit_name(enum a2p_resubmit r);
const char *a2p_resubmit_how(enum a2p_resubmit r);
const char *a2p_resubmit_fee(enum a2p_resubmit r);

enum { A2P_REJECTION_FIELDS_MAX = 10 };
struct a2p_rejection {
    int32_t code;
    unsigned families; /* enum a2p_family */
    enum a2p_field fields[A2P_REJECTION_FIELDS_MAX]; /* likeliest first */
    size_t field_count; /* 0: the refusal itself names them, or none is at fault */
    enum a2p_resubmit resubmit; /* see a2p_rejection_resubmit */
    const char *title, *why, *fix; /* Twilio's title; ours for people: sentences, never "" */
    const char *fee;               /* what sending it again costs; never "" */
    const char *source;
};

/* NULL for a code that is none of these families. Static. */
const struct a2p_rejection *a2p_rejection(int32_t code);
/* How it is sent again if `refused` is what was refused: the rule of a code that two families share depends on it. */
enum a2p_resubmit a2p_rejection_resubmit(const struct a2p_rejection *r, enum a2p_family refused);
bool a2p_rejection_names(const struct a2p_rejection *r, enum a2p_field field);

/* Can an update of a failed campaign carry a new value of it (reference section 12.5)? Else it takes a new campaign. */
bool a2p_update_carries(enum a2p_field field);

/* All, ascending by code. */
size_t a2p_rejection_count(void);
const struct a2p_rejection *a2p_rejection_at(size_t index);

#endif
