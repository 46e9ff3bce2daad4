/*
 * endpoints: where a tenant receives webhooks: URL, kinds of events, signing secret. The secret is made here,
 * shown once and stored sealed. Whether the URL's address may be called is asked at each delivery (hooks.h);
 * here it must be https, or http where private addresses are allowed (development).
 */
#ifndef STERLING_APP_ENDPOINTS_H
#define STERLING_APP_ENDPOINTS_H

#include "app/app.h"

enum {
    ENDPOINT_URL_MAX = 1000,
    ENDPOINT_SECRET_BYTES = 47,
    ENDPOINTS_MAX = 20,         /* of one organization */
    HOOKS_ENDPOINTS_MAX = 1024, /* active ones of the installation */
};

struct endpoint_job {
    struct app_job job;
    struct change_endpoint change;
    char secret[ENDPOINT_SECRET_BYTES]; /* of a new one, else empty */
};
/* endpoint->id 0 makes a new one. */
MUST_CHECK enum err endpoints_put(struct app *app, struct store_reader *r, struct arena *a,
                                  const struct endpoint *endpoint, struct endpoint_job *out,
                                  struct problem *p);
MUST_CHECK enum err endpoints_get(struct store_reader *r, struct arena *a, org_id org, uint32_t id,
                                  struct endpoint *out);

struct replay_job {
    struct app_job job;
    struct change_hooks change;
};
/* Prepares another try for dead letters: the given events, or (count 0) the first `REPLAY_MAX` of all. Those
 * that are no dead letters are refused by their id. change.count tells how many. */
enum { REPLAY_MAX = 1000 };
MUST_CHECK enum err endpoints_replay(struct app *app, struct store_reader *r, struct arena *a, org_id org,
                                     uint32_t endpoint, const uint64_t *events, size_t count,
                                     struct replay_job *out, struct problem *p);

#endif
