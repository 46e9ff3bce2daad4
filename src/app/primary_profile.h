/*
 * primary_profile: the ISV's own Primary Business Profile, on which every customer's profile hangs (reference 12.2).
 *
 * It is made and submitted in Twilio's console, by a person. Here it is found, and its absence or state explained: for
 * a registration, and for whoever asks before the first one.
 */
#ifndef STERLING_APP_PRIMARY_PROFILE_H
#define STERLING_APP_PRIMARY_PROFILE_H

#include "app/settings.h"
#include "store/model.h"
#include "twilio/rest.h"

enum primary_state { PRIMARY_ABSENT, PRIMARY_OTHER, PRIMARY_REJECTED, PRIMARY_DRAFT, PRIMARY_IN_REVIEW,
                     PRIMARY_APPROVED };
struct primary_profile {
    enum primary_state state;
    char sid[SID_BYTES]; /* "" absent */
    char status[24];     /* Twilio's word */
};
/* The one that the settings name, or of the primary policy the one that is furthest. As the installation's account. */
MUST_CHECK enum err primary_profile_look(struct rest *r, const struct settings *s, const struct twilio_account *parent,
                                         struct primary_profile *out, struct fault *f);
/* What that means and what to do. */
const char *primary_profile_words(const struct primary_profile *p);

/* Somebody who waits for an answer. Lives in its maker's memory until `finish` has been called, from any thread. */
struct primary_ask {
    struct primary_profile found; /* when result is ERR_OK */
    enum err result;
    struct fault fault;
    void (*finish)(struct primary_ask *ask);
    void *owner;
    struct primary_ask *next;
};

#endif
