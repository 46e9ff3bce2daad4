/*
 * route: what is served where. One table per resource, beside its handlers; routes.c lists the tables.
 *
 * Patterns are literal segments and {name}s: "/v1/campaigns/{id}/start". A literal segment wins over a name
 * only by being listed first.
 */
#ifndef STERLING_HTTP_ROUTE_H
#define STERLING_HTTP_ROUTE_H

#include "base/str.h"
#include "store/model.h"

struct request;

/* Who may call. */
enum route_access {
    ROUTE_OPEN = 1, /* anybody */
    ROUTE_SIGNED,   /* Twilio: the handler checks the signature */
    ROUTE_TENANT,   /* a key of an organization, or an operator's that names one */
    ROUTE_EITHER,   /* as ROUTE_TENANT, or an operator's key that names none: the installation itself */
    ROUTE_OPERATOR, /* an operator's key */
};

enum { ROUTE_ARGS_MAX = 3, ROUTE_SEGMENTS_MAX = 8 };
enum { BODY_NONE = 0, BODY_SETTING = -1, BODY_IMPORT = -2 }; /* else a bound in bytes */

enum route_flags {
    ROUTE_SECRET_ANSWER = 1, /* its answer holds a secret: stored sealed for repeats */
    ROUTE_REPEATS_WAIT = 2, /* a repeat goes all the way, because what the first waits for may be under way */
};

struct route {
    const char *method; /* "GET", "POST", "PATCH", "DELETE" */
    const char *pattern;
    enum route_access access;
    unsigned scope;                    /* KEY_SCOPE_…, 0 where access needs none */
    int64_t body_max;                  /* bytes, or one of BODY_… */
    void (*handle)(struct request *q); /* once the body is whole; http thread */
    /* Takes the body piece by piece instead of collecting it; a reply that it sets ends the taking. */
    void (*take)(struct request *q, struct str piece);
    unsigned flags;
};

struct route_table {
    const struct route *routes;
    size_t count;
};
#define ROUTE_TABLE(array)                                                                                   \
    {                                                                                                        \
        (array), sizeof(array) / sizeof *(array)                                                             \
    }

/* All tables, for the router, the OpenAPI check and tests. */
extern const struct route_table *const ROUTE_TABLES[];
extern const size_t ROUTE_TABLES_COUNT;

struct route_match {
    const struct route *route;       /* NULL: none for this method */
    bool path_known;                 /* some method is served there; if not this one, `allow` says which */
    char allow[64];                  /* "GET, HEAD, POST"; empty when a route was found */
    struct str args[ROUTE_ARGS_MAX]; /* raw, not percent-decoded; views of the path */
};
/* `path` is raw, without query. HEAD is answered by GET's route. */
void route_find(struct str method, struct str path, struct route_match *out);

#endif
