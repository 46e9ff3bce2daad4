/* primary_profile: finds it among the account's profiles and says what its state means. Contract in the header. */
#include "app/primary_profile.h"

#include "twilio/profiles.h"
#include "twilio/registry.h"

#include <stdio.h>
#include <string.h>

struct search {
    const struct settings *settings;
    struct primary_profile *out;
};

static enum primary_state state_of(const char *status)
{
    static const enum primary_state states[] = {
        [REGISTRY_OTHER] = PRIMARY_OTHER, [REGISTRY_DRAFT] = PRIMARY_DRAFT, [REGISTRY_REVIEW] = PRIMARY_IN_REVIEW,
        [REGISTRY_APPROVED] = PRIMARY_APPROVED, [REGISTRY_REFUSED] = PRIMARY_REJECTED};

    return states[registry_state_named(str_from(status))];
}

static enum err take(void *user, const struct twilio_profile *p, struct fault *f)
{
    struct search *s = user;
    const char *named = s->settings->onboarding_primary_profile;
    bool fits = named[0] != '\0' ? strcmp(p->sid, named) == 0
                                 : strcmp(p->policy_sid, s->settings->onboarding_policy_primary) == 0;

    (void)f;
    if (!fits || state_of(p->status) <= s->out->state) return ERR_OK;
    s->out->state = state_of(p->status);
    (void)snprintf(s->out->sid, sizeof s->out->sid, "%s", p->sid);
    (void)snprintf(s->out->status, sizeof s->out->status, "%s", p->status);
    return ERR_OK;
}

enum err primary_profile_look(struct rest *r, const struct settings *s, const struct twilio_account *parent,
                              struct primary_profile *out, struct fault *f)
{
    struct search search = {s, out};

    *out = (struct primary_profile){.state = PRIMARY_ABSENT};
    return profiles_list(r, parent, take, &search, f);
}

const char *primary_profile_words(const struct primary_profile *p)
{
    switch (p->state) {
    case PRIMARY_APPROVED: return "Your own Primary Business Profile is approved: customers can be registered.";
    case PRIMARY_IN_REVIEW:
        return "Your own Primary Business Profile is not approved yet: Twilio reviews it, and every customer's profile"
               " hangs on it. Wait for its approval, then resubmit what waits.";
    case PRIMARY_DRAFT:
        return "Your own Primary Business Profile is not approved: it is a draft, and every customer's profile hangs on"
               " it. Complete it in Twilio's console (Trust Hub) as an ISV and submit it, then resubmit what waits.";
    case PRIMARY_REJECTED:
        return "Your own Primary Business Profile is not approved: Twilio refused it, and every customer's profile hangs"
               " on it. See in Twilio's console (Trust Hub) why, mend and submit it, then resubmit what waits.";
    case PRIMARY_ABSENT:
    case PRIMARY_OTHER: break;
    }
    return "Your own Primary Business Profile is not approved at Twilio, and every customer's profile hangs on"
           " it. Make it in Twilio's console (Trust Hub) as an ISV, wait for its approval, then resubmit; if it"
           " is approved, name it in onboarding.primary_profile.";
}
