/*
 * orgs: organizations and their programs, as an operator manages them.
 *
 * A request is the record as it is to be, with new tokens in plain beside it: they are sealed here, bound to
 * the account's SID. `after` makes caches of accounts stale and tells the pump.
 */
#ifndef STERLING_APP_ORGS_H
#define STERLING_APP_ORGS_H

#include "app/app.h"

struct org_request {
    struct org org;            /* id 0 creates */
    struct program program;    /* of a new organization */
    struct str token, token2;  /* new tokens in plain; empty: as they are */
    bool clear_token2;         /* the rotation is over */
    struct str account_before; /* the SID that the stored tokens are bound to */
};
struct org_job {
    struct app_job job;
    struct change_org change;
};
/* 1 to 63 of a-z, 0-9 and '-', not at the ends. */
bool orgs_slug_is_good(struct str slug);
/* What a new organization has when nothing is said. */
void orgs_default(struct app *app, struct org_request *q);
/* Checks everything and prepares; makes a hook path for a new one. */
MUST_CHECK enum err orgs_put(struct app *app, struct arena *a, struct org_request *q, struct org_job *out,
                             struct problem *p);

struct program_job {
    struct app_job job;
    struct change_program change;
};
/* org_rev: as in store/change.h. */
MUST_CHECK enum err orgs_put_program(struct app *app, const struct program *program, uint32_t org_rev,
                                     struct program_job *out, struct problem *p);
/* By name; empty: the first one, made with the organization. ERR_NOT_FOUND. */
MUST_CHECK enum err orgs_program(struct store_reader *r, struct arena *a, org_id org, struct str name,
                                 struct program *out);
MUST_CHECK enum err orgs_program_by_id(struct store_reader *r, struct arena *a, org_id org, uint32_t id,
                                       struct program *out);
/* "", "*" or "GB FR". */
bool orgs_countries_are_good(struct str text);

#endif
