/*
 * public_id: the ids that the world sees, computed from our integers by a keyed permutation, so that
 * they tell nothing about counts or order and cannot be guessed into another organization's.
 *
 * Text form: prefix, underscore, 13 characters of Crockford's base 32 (lower case), e.g.
 * "msg_0f3k9v2m7qxyz". The key is the installation's, kept in the store's meta; changing it would break
 * every callback URL in flight. Not a secret that protects anything by itself: every read names the org.
 */
#ifndef STERLING_APP_PUBLIC_ID_H
#define STERLING_APP_PUBLIC_ID_H

#include "base/str.h"

enum public_kind {
    PUBLIC_MESSAGE,
    PUBLIC_CAMPAIGN,
    PUBLIC_CONTACT,
    PUBLIC_LIST,
    PUBLIC_SENDER,
    PUBLIC_KEY,
    PUBLIC_IMPORT,
    PUBLIC_ENDPOINT,
    PUBLIC_EVENT,
    PUBLIC_INBOUND,
    PUBLIC_PROGRAM,
    PUBLIC_CONSENT,
    PUBLIC_CURSOR,
    PUBLIC_REGISTRATION,
    PUBLIC_HYGIENE,
    PUBLIC_VERIFICATION,
    PUBLIC_NUMBER
};
enum { PUBLIC_ID_BYTES = 20, PUBLIC_KEY_BYTES = 16 };

struct public_ids {
    uint64_t round_keys[4];
};

void public_ids_init(struct public_ids *p, const unsigned char key[PUBLIC_KEY_BYTES]);
void public_id_format(const struct public_ids *p, enum public_kind kind, uint64_t id,
                      char out[PUBLIC_ID_BYTES]);
/* ERR_NOT_FOUND on anything that is not a well-formed id of that kind. */
MUST_CHECK enum err public_id_parse(const struct public_ids *p, enum public_kind kind, struct str text,
                                    uint64_t *id);

#endif
