/*
 * onboarding_site: before a fee: the registration's website, as a reviewer will see it. The reading is site_check's;
 * here is what it means for the registration.
 */
#include "app/onboarding_inside.h"
#include "app/site_check.h"

enum { LOOK_MS = 1000, LOOKS_DOUBLE_MAX = 5 };

bool turn_wants_website(const struct onboarding_turn *t)
{
    bool first = t->p.made[STEP_BRAND].mark == MARK_TODO, again = t->p.brand_mended || t->p.campaign_mended;

    /* Its findings name a brand's and a campaign's refusals. */
    if (t->g.kind == BRAND_TOLL_FREE) return false;
    return t->app->sites != NULL && t->p.site.state == SITE_STATE_TODO && (first || again);
}

/* Each look is a commit: among a thousand that are read at once most must wait long. */
static enum onboarding_move wait_for_it(struct onboarding_turn *t, const char *words)
{
    int64_t pause_ms = (int64_t)LOOK_MS << (t->p.looks < LOOKS_DOUBLE_MAX ? t->p.looks : LOOKS_DOUBLE_MAX);

    if (pause_ms > t->app->settings->onboarding_poll_max_ms) pause_ms = t->app->settings->onboarding_poll_max_ms;
    t->p.looks++;
    t->words = words;
    t->next_ms = turn_now_ms(t) + pause_ms;
    return MOVE_WAIT;
}

enum onboarding_move turn_website(struct onboarding_turn *t, enum onboarding_step step)
{
    enum onboarding_step named = step < ONBOARDING_STEPS ? step : STEP_APPLIED;
    struct a2p_finding worst;
    const char *page;

    switch (site_checks_ask(t->app->sites, t->g.org, &t->facts, t->g.kind, true, t->p.site.at_ms, &t->p.site)) {
    case SITE_ANSWER_READING: return wait_for_it(t, "Its website is being read.");
    case SITE_ANSWER_BUSY: return wait_for_it(t, "Many websites are being read; its own is read later.");
    case SITE_ANSWER_KNOWN: break;
    }
    t->p.looks = 0;
    page = site_result_first_block(&t->p.site, &worst);
    if (page != NULL)
        return turn_mend(t, worst.code, arena_printf(t->a, "Nothing was sent yet. %s: %s %s", page, worst.why,
                                                     worst.fix));
    return turn_store(t, ONBOARDING_RUNNING, turn_now_ms(t), named, "website read", NULL) ? MOVE_ON : MOVE_LOST;
}
