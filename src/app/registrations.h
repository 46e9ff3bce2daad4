/*
 * registrations: what a person does with a registration: begins it, mends its facts, submits it again, cancels it.
 * The moving is onboarding.h's.
 */
#ifndef STERLING_APP_REGISTRATIONS_H
#define STERLING_APP_REGISTRATIONS_H

#include "app/app.h"
#include "rules/a2p_facts.h"

struct registration_request {
    enum brand_type kind;
    struct str program; /* name; empty: the organization's first */
    struct str facts;   /* JSON object of texts: rules/a2p_facts.h */
    bool start;         /* at once; else it is a draft */
    bool unchecked;     /* although the checks are sure that it will be refused; noted */
};
struct registration_job {
    struct app_job job;
    struct change_registration change;
    struct str changes; /* of an edit: rules/a2p_difference, masked where personal */
};
MUST_CHECK enum err registrations_create(struct app *app, struct store_reader *r, struct arena *a, org_id org,
                                         const struct registration_request *q, struct registration_job *out,
                                         struct problem *p);
/* Sets the named facts (an empty text takes one away). Only of a draft, or of one that waits for mending. */
MUST_CHECK enum err registrations_edit(struct app *app, struct arena *a, const struct registration *now,
                                       struct str facts, struct registration_job *out, struct problem *p);
/* All that a reviewer is sure to refuse, before a fee is paid; not `checked`, as of a draft: only what cannot be kept.
 * Fields are named "facts.city". */
void registrations_check_facts(const struct a2p_facts *facts, enum brand_type kind, bool checked, struct problem *p);
enum registration_verb {
    REGISTRATION_START,    /* a draft is begun */
    REGISTRATION_RESUBMIT, /* what was refused is tried again, with what was mended */
    REGISTRATION_OTP,      /* the passcode is texted to the sole proprietor again */
    REGISTRATION_LOOK,     /* what others review is looked at now */
    REGISTRATION_HEAR,     /* it stays as it is and due when it was: only what was told of it is noted */
    REGISTRATION_CANCEL    /* nothing more is made; what was made at Twilio stays */
};
MUST_CHECK enum err registrations_move(struct app *app, struct arena *a, const struct registration *now,
                                       enum registration_verb verb, bool unchecked, struct registration_job *out,
                                       struct problem *p);

const char *onboarding_state_name(enum onboarding_state state); /* "waiting" */

/* As JSON: its steps, what is to be mended and how. With facts and fees if asked. */
void registration_view(const struct app *app, const struct registration *g, bool with_facts, struct buf *out);
/* With what an edit changed. */
void registration_view_changed(const struct app *app, const struct registration *g, struct str changes,
                               struct buf *out);
void registration_note_view(const struct registration_note *n, struct buf *out);

#endif
