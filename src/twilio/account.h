/*
 * account: whose account, who authenticates, and where Twilio is.
 *
 * A value: copied freely, owned by whoever holds it, wiped with twilio_account_wipe. Host names follow the
 * rules of Twilio's SDK (reference section 1.1); one override points every product at another host.
 */
#ifndef STERLING_TWILIO_ACCOUNT_H
#define STERLING_TWILIO_ACCOUNT_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

enum { TWILIO_SID_BYTES = 35, TWILIO_SECRET_BYTES = 129, TWILIO_EDGE_BYTES = 24, TWILIO_EDGES_MAX = 4,
       TWILIO_URL_BYTES = 512 };

struct twilio_account {
    char account_sid[TWILIO_SID_BYTES];  /* AC…: whose resources; in the path of the 2010 API */
    char user[TWILIO_SID_BYTES];         /* who authenticates: AC… (this account or its parent) or SK… */
    char secret[TWILIO_SECRET_BYTES];    /* auth token, or the API key's secret */
    char edges[TWILIO_EDGES_MAX][TWILIO_EDGE_BYTES]; /* in order of preference; none: Twilio's default */
    size_t edges_count;
    char region[TWILIO_EDGE_BYTES];      /* "us1"; empty: not named */
    char base_url[TWILIO_URL_BYTES];     /* override for every product, without a slash at the end; or empty */
};

/* What settings and organizations say; any may be empty but as told. */
struct twilio_credentials {
    struct str account_sid;             /* required */
    struct str auth_token;              /* this or the key pair is required */
    struct str parent_sid;              /* whose auth_token it is, if not the account's own */
    struct str key_sid, key_secret;     /* API key; goes before auth_token */
    struct str edges;                   /* "dublin" or "dublin,frankfurt" */
    struct str region;
    struct str base_url;                /* http(s)://host[:port][/path] */
};

/* ERR_INVALID with a fault that names the setting and what is wrong with it; secrets are never quoted.
 * Tokens must be 32 hex digits unless base_url is given (a test double may use any). */
MUST_CHECK enum err twilio_account_set(struct twilio_account *a, const struct twilio_credentials *c,
                                       struct fault *f);
void twilio_account_wipe(struct twilio_account *a);
/* True if both were made from the same credentials. */
bool twilio_account_equal(const struct twilio_account *a, const struct twilio_account *b);

/* True for `prefix` (two capitals) and 32 lower-case hex digits. */
bool twilio_sid_is(struct str sid, const char *prefix);
/* True for the SID of a message: SM… or MM…. */
bool twilio_sid_is_message(struct str sid);

enum twilio_product { TWILIO_API, TWILIO_MESSAGING, TWILIO_MONITOR, TWILIO_LOOKUPS, TWILIO_VERIFY,
                      TWILIO_TRUSTHUB, TWILIO_ACCOUNTS, TWILIO_EVENTS, TWILIO_PRODUCTS };

/* Appends "https://messaging.dublin.ie1.twilio.com", or the override. `edge` counts into edges, modulo. */
void twilio_base_url_add(struct buf *out, const struct twilio_account *a, enum twilio_product product,
                         unsigned edge);
/* Appends "Basic …" for the Authorization header. */
void twilio_authorization_add(struct buf *out, const struct twilio_account *a);
/* The path and query of a page link, relative (2010) or absolute (v1), to be asked for at `base` and nowhere
 * else, so that a link can never carry our credentials away. ERR_INVALID if it is no link. A view of `link`. */
MUST_CHECK enum err twilio_link_target(struct str link, struct str base, struct str *target);

#endif
