/*
 * campaigns: a template to an audience: created as a draft (or scheduled), started, paused, resumed,
 * canceled.
 *
 * Creation judges what can be judged before the audience is frozen and warns of the rest: what the text
 * costs, fields that nobody on the list has, a program that may not send yet; and shows its preflight
 * (app/preflight.h), which decides whether it may start. `after` tells the pump, and the
 * runtime wakes the worker that freezes audiences.
 */
#ifndef STERLING_APP_CAMPAIGNS_H
#define STERLING_APP_CAMPAIGNS_H

#include "app/app.h"
#include "app/preflight.h"

enum { CAMPAIGN_NAME_MAX = 200, CAMPAIGN_TEMPLATE_BYTES_MAX = 8192 };
enum { CAMPAIGN_WARNINGS_MAX = PREFLIGHT_FINDINGS_MAX + 12 };

struct campaign_request {
    uint64_t id;  /* 0 creates; else edits a draft */
    uint32_t rev; /* of the draft as it was read */
    struct str name, template_text;
    struct str list;  /* name or id; empty: list_id */
    uint32_t list_id; /* 0: all contacts */
    enum message_kind kind;
    struct str program;              /* name; empty: program_id */
    uint32_t program_id;             /* 0: the first */
    int64_t start_at_ms;             /* 0: a draft */
    int64_t validity_s;              /* 0: the setting */
    int64_t pause_failures_permille; /* -1: the setting; 0: never */
    bool retry_undelivered;
    struct preflight_acknowledged acknowledged; /* of one that starts by itself */
};
struct campaign_warning {
    const char *code, *detail;
};
struct campaign_job {
    struct app_job job;
    struct change_campaign change;
    struct contact_list list; /* id 0: all contacts */
    struct program program;
    struct campaign_warning warnings[CAMPAIGN_WARNINGS_MAX];
    size_t warnings_count;
    struct preflight preflight;
};
/* ERR_INVALID; ERR_CONFLICT: findings that are not acknowledged; else of a read that failed. Its commit is ERR_CONFLICT
 * if the draft was changed since it was read. */
MUST_CHECK enum err campaigns_put(struct app *app, struct store_reader *r, struct arena *a,
                                  const struct org *org, const struct campaign_request *q,
                                  struct campaign_job *out, struct problem *p);

struct campaign_move_job {
    struct app_job job;
    struct change_campaign_state change;
    struct campaign before; /* with its texts, which change.after lacks */
};
enum campaign_move { CAMPAIGN_START, CAMPAIGN_PAUSE, CAMPAIGN_RESUME, CAMPAIGN_CANCEL };
/* ERR_NOT_FOUND; ERR_INVALID: cannot start (what blocks in its preflight); ERR_CONFLICT: not from this state, or
 * findings that are not acknowledged. `by` is looked at for a start only; its commit is ERR_CONFLICT if the campaign
 * was changed since it was judged. */
MUST_CHECK enum err campaigns_move(struct app *app, struct store_reader *r, struct arena *a,
                                   const struct org *org, uint64_t campaign, enum campaign_move move,
                                   const struct preflight_acknowledged *by, struct campaign_move_job *out,
                                   struct problem *p);
/* The campaign as it is after the move, with its texts. */
void campaigns_after(const struct campaign_move_job *j, struct campaign *out);

#endif
