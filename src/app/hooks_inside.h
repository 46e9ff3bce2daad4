/*
 * hooks_inside: what the files of hooks share. hooks.c owns the thread, the endpoints and what is stored;
 * hooks_post.c one delivery over the wire; hooks_turn.c who may begin one.
 */
#ifndef STERLING_APP_HOOKS_INSIDE_H
#define STERLING_APP_HOOKS_INSIDE_H

#include "app/endpoints.h"
#include "app/hooks.h"
#include "base/rng.h"

#include <curl/curl.h>
#include <pthread.h>

enum {
    HOOKS_PER_ENDPOINT = 4, /* deliveries at once to one endpoint */
    HOOKS_EXTRA_MAX = 128,  /* deliveries beyond the first of each endpoint, in all */
    HOOKS_SLOW_MAX = 64,    /* deliveries to endpoints that were slow, in all */
    HOOKS_SLOW_PART = 10,   /* slow: longer than this part of hooks.timeout_ms */
    HOOKS_BODY_BYTES = 65536,
};

/* ---- whose turn it is (hooks_turn.c): pure ---- */

enum hooks_pace {
    HOOKS_NEW = 0, /* nothing was heard of it yet */
    HOOKS_QUICK,   /* its last delivery ended soon, well or badly */
    HOOKS_SLOW,    /* it took longer, or nothing came at all */
};
struct hooks_load {
    size_t extra, slow; /* deliveries out: beyond an endpoint's first; to slow endpoints */
};
/* Every endpoint has one delivery of its own, whatever the others do. A quick one may have some more, while
 * all of its are young. Slow ones share a few, one each: thousands that hang hold no more than these. */
bool hooks_has_turn(const struct hooks_load *all, enum hooks_pace pace, size_t out);
/* Counts one more delivery to an endpoint that has `out`. */
void hooks_load_add(struct hooks_load *all, enum hooks_pace pace, size_t out);

/* ---- one delivery (hooks_post.c) ---- */

enum delivery_state { DELIVERY_FREE = 0, DELIVERY_OUT, DELIVERY_DONE };

struct delivery {
    enum delivery_state state;
    uint64_t event;
    unsigned attempt; /* failed tries before this one */
    CURL *curl;
    struct curl_slist *headers;
    struct buf body;
    long http_status;
    size_t answer_bytes;
    bool is_private; /* its address was refused */
    char error[CURL_ERROR_SIZE];
    struct target *target;
    int64_t started_ms;
};

/* An endpoint as the thread works on it. */
struct target {
    uint32_t id;
    org_id org;
    char url[ENDPOINT_URL_MAX + 1];
    char secret[256];
    uint32_t types;
    uint64_t position; /* stored */
    uint64_t read_to;  /* events up to here were looked at */
    struct delivery slots[HOOKS_PER_ENDPOINT];
    size_t out; /* slots that are not free */
    enum hooks_pace pace;
    bool fresh;              /* its organization may have events it was not asked about */
    int64_t retries_mono_ms; /* when its retries are looked at again */
    bool seen;               /* still an active endpoint at the last refresh */
    bool writing;            /* a progress change is on its way */
    bool unstored;           /* it came back refused and is to be written again */
    struct change_hooks change;
    struct hook_retry retries[HOOKS_PER_ENDPOINT];
    struct hooks *hooks;
};

struct hooks {
    struct app *app;
    struct store_reader *reader;
    struct arena scratch;
    CURLM *multi;
    pthread_t thread;
    _Atomic bool stopping, woken, serving; /* serving: somebody has an endpoint */
    struct target *targets[HOOKS_ENDPOINTS_MAX];
    size_t first, targets_count;
    size_t unserved; /* active endpoints there is no room for */
    struct hooks_load load;
    uint64_t scanned; /* events up to here were looked through for whom they concern */
    int64_t refreshed_ms;
    struct rng rng;
    pthread_mutex_t lock;  /* guards hand-backs (`writing`, `unstored`) */
    pthread_cond_t stored; /* signalled when a hand-back came */
};

/* Begins to deliver; false when there is no memory now. The target must have a free slot. */
bool delivery_start(struct hooks *h, struct target *t, const struct event *e, unsigned attempt);
/* Takes libcurl's verdict: the slot is DELIVERY_DONE, with an empty `error` if it went well. */
void delivery_finish(struct hooks *h, struct delivery *d, CURLcode code);

#endif
