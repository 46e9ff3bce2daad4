/* profiles: Trust Hub's customer profiles over rest. Owns nothing. Contract in profiles.h. */
#include "twilio/profiles.h"

enum { PAGES_MAX = 200 };

struct walk {
    profile_taker take;
    void *user;
};

static enum err take_one(void *user, const json_t *item, struct fault *f)
{
    const struct walk *w = user;
    struct twilio_profile p;

    if (!twilio_json_copy(item, "sid", p.sid, sizeof p.sid))
        return fault_set(f, ERR_UNAVAILABLE, "Twilio listed a customer profile without a SID");
    (void)twilio_json_copy(item, "policy_sid", p.policy_sid, sizeof p.policy_sid);
    (void)twilio_json_copy(item, "status", p.status, sizeof p.status);
    return w->take(w->user, &p, f);
}

enum err profiles_list(struct rest *r, const struct twilio_account *a, profile_taker take, void *user,
                       struct fault *f)
{
    struct rest_list list = {TWILIO_TRUSTHUB, STR("/v1/CustomerProfiles?PageSize=100"), "results", PAGES_MAX};
    struct walk walk = {take, user};

    return rest_each(r, a, &list, take_one, &walk, f);
}
