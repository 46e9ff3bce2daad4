/*
 * onboarding_forms: what each object of a registration is told, as Twilio's parameters (reference sections 11.5,
 * 12.2–12.5). Pure.
 */
#ifndef STERLING_APP_ONBOARDING_FORMS_H
#define STERLING_APP_ONBOARDING_FORMS_H

#include "app/onboarding_progress.h"
#include "app/settings.h"
#include "rules/a2p_facts.h"

struct onboarding_subject {
    const struct settings *settings;
    enum brand_type kind;
    const struct a2p_facts *facts;
    const struct onboarding_progress *progress;
    const char *id;        /* the registration's public id */
    const char *hook_path; /* the organization's */
};

/* Does this registration have that step? */
bool onboarding_has_step(const struct onboarding_subject *s, enum onboarding_step step);
/* What Twilio shows people, and by which what was made is found again: "reg_… customer_profile". */
enum { ONBOARDING_NAME_BYTES = 64 };
void onboarding_friendly_name(const struct onboarding_subject *s, enum onboarding_step step,
                              char out[ONBOARDING_NAME_BYTES]);
/* Appends the form of the creation, or of the update, of what that step makes. Only for steps that make something. */
void onboarding_form(const struct onboarding_subject *s, enum onboarding_step step, bool update, struct buf *form);
/* A hash over the form: what was told last, so that a change is seen. Never 0. */
uint64_t onboarding_told(const struct onboarding_subject *s, enum onboarding_step step);
/* The same over what of a campaign no update can change. */
uint64_t onboarding_fixed(const struct onboarding_subject *s);
/* The use case as Twilio has it: its own for low-volume and sole proprietor brands. */
struct str onboarding_use_case(const struct onboarding_subject *s);

#endif
