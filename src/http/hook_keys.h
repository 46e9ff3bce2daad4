/*
 * hook_keys: which account a webhook path belongs to, and the keyed contexts that check its signatures. A
 * bounded cache of the server's thread; an entry is read again when app->accounts_generation has moved.
 */
#ifndef STERLING_HTTP_HOOK_KEYS_H
#define STERLING_HTTP_HOOK_KEYS_H

#include "app/app.h"
#include "twilio/signature.h"

struct hook_account {
    struct org org; /* its texts live as long as the entry */
    struct str account_sid;
    struct signature_key *primary, *secondary; /* secondary may be NULL */
};

struct hook_keys;
struct hook_keys *hook_keys_new(void); /* NULL without memory */
void hook_keys_free(struct hook_keys *k);
/* Valid until the next call. ERR_NOT_FOUND: no such path. ERR_DENIED: the account has no token that unseals.
 */
MUST_CHECK enum err hook_keys_find(struct hook_keys *k, struct app *app, struct store_reader *r,
                                   struct str path, const struct hook_account **out, struct fault *f);

#endif
