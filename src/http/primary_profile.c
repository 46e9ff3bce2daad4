/* primary_profile: /v1/primary-profile: the ISV's own Primary Business Profile, asked of Twilio now. */
#include "app/primary_profile.h"

#include "base/json_out.h"
#include "http/body.h"
#include "http/request.h"

static void answered(struct request *q)
{
    static const char *const states[] = {"absent", "other", "rejected", "draft", "in_review", "approved"};
    const struct primary_ask *ask = q->state;
    struct buf *b;

    if (ask->result != ERR_OK) {
        bool denied = ask->result == ERR_DENIED;
        reply_refuse(q, denied ? ERR_CONFLICT : ERR_UNAVAILABLE, denied ? 409 : 503,
                     "Twilio was asked, and did not tell: %s", ask->fault.what);
        return;
    }
    b = reply_body(q);
    json_open(b, '{');
    json_put_text(b, "state", states[ask->found.state]);
    json_put_bool(b, "approved", ask->found.state == PRIMARY_APPROVED);
    json_put_text(b, "sid", ask->found.sid[0] == '\0' ? NULL : ask->found.sid);
    json_put_text(b, "status", ask->found.status[0] == '\0' ? NULL : ask->found.status);
    json_put_text(b, "explanation", primary_profile_words(&ask->found));
    json_close(b, '}');
    reply_json(q, 200);
}

static void finish(struct primary_ask *ask)
{
    request_wake(ask->owner);
}

static void get(struct request *q)
{
    struct primary_ask *ask = request_alloc(q, sizeof *ask);

    if (ask == NULL) return;
    if (q->app->ask_primary == NULL) {
        reply_refuse(q, ERR_UNAVAILABLE, 503, "Nobody asks Twilio here.");
        return;
    }
    ask->finish = finish;
    ask->owner = q;
    q->state = ask;
    request_wait(q, answered);
    q->app->ask_primary(q->app->onboarding, ask);
}

static const struct route ROUTES[] = {
    {"GET", "/v1/primary-profile", ROUTE_OPERATOR, KEY_SCOPE_OPERATOR, BODY_NONE, get, NULL, 0},
};
const struct route_table ROUTES_PRIMARY_PROFILE = ROUTE_TABLE(ROUTES);
