/* account_stream: the sink and subscription by which Twilio tells of an account's registrations (reference 17.1).
 * Contract in account_turn.h. Both are looked for before they are made, and looked at again in each turn; where they
 * cannot be had, registrations are looked at in pauses all the same. */
#include "app/account_turn.h"

#include "base/failpoint.h"
#include "base/str.h"
#include "twilio/streams.h"

#include <stdio.h>
#include <string.h>

static const char *sink_url(struct account_turn *t)
{
    return arena_printf(t->a, "%s/twilio/%s/events", t->app->settings->public_url, t->org.hook_path);
}

static enum account_step refused(struct account_turn *t, enum err code, const struct fault *f)
{
    enum account_step step = account_failed(t, code, f);

    t->words = arena_printf(t->a, "Twilio does not tell of this account's registrations by itself; they are looked at in"
                                  " pauses: %s", f->what);
    return step;
}

/* Stored before the request may leave. */
static enum account_step begin(struct account_turn *t)
{
    int64_t settled_ms = t->p.stream_begun_ms + t->app->settings->onboarding_settle_ms;

    if (t->p.stream_begun_ms != 0 && account_now_ms(t) < settled_ms) return account_wait(t, settled_ms, NULL);
    t->p.stream_begun_ms = account_now_ms(t);
    return account_store(t, 0, false);
}

static enum account_step made(struct account_turn *t)
{
    t->p.stream_begun_ms = 0;
    return account_store(t, 0, false);
}

static enum account_step not_made(struct account_turn *t, enum err code, enum provider_class class,
                                  const struct fault *f)
{
    if (class != PROVIDER_CLASS_IN_DOUBT) t->p.stream_begun_ms = 0;
    return refused(t, code, f);
}

static enum account_step make_sink(struct account_turn *t, const char *url)
{
    enum provider_class class;
    struct fault f = {0};
    enum account_step step = begin(t);
    enum err code;

    if (step != ACCOUNT_ON) return step;
    code = streams_make_sink(t->rest, &t->own, str_from(account_name(t)), str_from(url), t->p.sink_sid, &class, &f);
    FAILPOINT("account.sink_made");
    if (code == ERR_OK) return made(t);
    t->p.sink_sid[0] = '\0';
    return not_made(t, code, class, &f);
}

/* One that posts to where we were before. */
static enum account_step drop_sink(struct account_turn *t, const char *sink)
{
    char subscription[TWILIO_SID_BYTES];
    struct fault f = {0};
    enum err code = streams_find_subscription(t->rest, &t->own, str_from(sink), subscription, &f);

    if (code == ERR_OK && subscription[0] != '\0')
        code = streams_unsubscribe(t->rest, &t->own, str_from(subscription), &f);
    if (code == ERR_OK || code == ERR_NOT_FOUND) code = streams_drop_sink(t->rest, &t->own, str_from(sink), &f);
    if (code == ERR_OK || code == ERR_NOT_FOUND) return ACCOUNT_ON;
    return refused(t, code, &f);
}

static enum account_step keep_sink(struct account_turn *t, const char *url)
{
    char sid[TWILIO_SID_BYTES], now[TWILIO_URL_BYTES];
    struct fault f = {0};
    enum account_step step;
    enum err code = streams_find_sink(t->rest, &t->own, str_from(account_name(t)), sid, now, &f);

    if (code != ERR_OK) return refused(t, code, &f);
    if (strcmp(sid, t->p.sink_sid) != 0) t->p.subscription_sid[0] = '\0';
    (void)snprintf(t->p.sink_sid, sizeof t->p.sink_sid, "%s", sid);
    if (sid[0] != '\0' && strcmp(now, url) == 0) return ACCOUNT_ON;
    if (sid[0] != '\0') {
        step = drop_sink(t, sid);
        if (step != ACCOUNT_ON) return step;
    }
    t->p.sink_sid[0] = t->p.subscription_sid[0] = '\0';
    return make_sink(t, url);
}

static enum account_step keep_subscription(struct account_turn *t)
{
    enum provider_class class;
    struct str sink = str_from(t->p.sink_sid);
    struct fault f = {0};
    enum account_step step;
    enum err code = streams_find_subscription(t->rest, &t->own, sink, t->p.subscription_sid, &f);

    if (code != ERR_OK) return refused(t, code, &f);
    if (t->p.subscription_sid[0] != '\0') {
        t->p.stream_begun_ms = 0;
        return ACCOUNT_ON;
    }
    step = begin(t);
    if (step != ACCOUNT_ON) return step;
    code = streams_subscribe(t->rest, &t->own, str_from(account_name(t)), sink, t->p.subscription_sid, &class, &f);
    FAILPOINT("account.subscribed");
    if (code == ERR_OK) return made(t);
    t->p.subscription_sid[0] = '\0';
    return not_made(t, code, class, &f);
}

enum account_step account_stream(struct account_turn *t)
{
    enum account_step step;

    if (t->org.state == ORG_CLOSED) return ACCOUNT_ON; /* Twilio did not close its account */
    if (!t->app->settings->accounts_streams || t->app->settings->public_url[0] == '\0') return ACCOUNT_ON;
    step = keep_sink(t, sink_url(t));
    return step == ACCOUNT_ON ? keep_subscription(t) : step;
}
