/*
 * keys: API keys: 200 random bits, shown once, stored as their SHA-256, with scopes, an expiry and a
 * revocation.
 *
 * A key's text is "sk_" and 40 characters of Crockford's base 32. With that much randomness a plain hash is
 * enough: there is nothing to guess.
 */
#ifndef STERLING_APP_KEYS_H
#define STERLING_APP_KEYS_H

#include "app/app.h"

enum { KEY_TEXT_BYTES = 44, KEY_HASH_BYTES = 32, KEY_NAME_MAX = 100 };

/* ERR_FULL without memory. */
MUST_CHECK enum err keys_hash(struct str text, unsigned char out[KEY_HASH_BYTES]);

/* "read", "send", "manage", "operator": one bit each. 0 for anything else. */
uint32_t keys_scope_bit(struct str name);
const char *keys_scope_name(uint32_t bit);

struct key_job {
    struct app_job job;
    struct change_key change;
    char text[KEY_TEXT_BYTES]; /* the secret of a new key */
};

struct key_request {
    org_id org; /* 0: an operator's key */
    struct str name;
    uint32_t scopes;
    int64_t expires_ms; /* 0: never */
};
/* Prepares a new key. Refuses: no scope, an expiry in the past, scope operator for an organization's key. */
MUST_CHECK enum err keys_create(struct app *app, const struct key_request *q, struct key_job *out,
                                struct problem *p);
/* Prepares the revocation of a key of the organization. ERR_NOT_FOUND. */
MUST_CHECK enum err keys_revoke(struct app *app, struct store_reader *r, struct arena *a, org_id org,
                                uint32_t id, struct key_job *out);
/* Reads one key by id. ERR_NOT_FOUND. */
MUST_CHECK enum err keys_get(struct store_reader *r, struct arena *a, org_id org, uint32_t id,
                             struct api_key *out);

#endif
