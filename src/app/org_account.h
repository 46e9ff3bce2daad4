/*
 * org_account: which Twilio account an organization sends through, and its auth tokens.
 *
 * An organization has an account of its own (SID and sealed tokens), or none: then it uses the
 * installation's, whose SID and token are settings. A sealed token is bound to its account's SID
 * ("account:AC…:token"), so it cannot be moved to another account's row; the secret of an API key to both SIDs.
 * `sealer` NULL: stored plain.
 */
#ifndef STERLING_APP_ORG_ACCOUNT_H
#define STERLING_APP_ORG_ACCOUNT_H

#include "app/seal.h"
#include "app/settings.h"
#include "store/model.h"
#include "twilio/account.h"

enum org_token { ORG_TOKEN_PRIMARY, ORG_TOKEN_SECONDARY };

/* The SID; empty when neither organization nor installation has one. A view of either. */
struct str org_account_sid(const struct settings *s, const struct org *org);
/* The token in plain, in the arena. ERR_NOT_FOUND: there is no such token. ERR_DENIED with words from unseal.
 */
MUST_CHECK enum err org_account_token(const struct sealer *sealer, const struct settings *s, struct arena *a,
                                      const struct org *org, enum org_token which, struct str *out,
                                      struct fault *f);
/* All that its requests need: its API key, if it has one, and its token; the installation's for its account. Secrets
 * are in the arena. ERR_NOT_FOUND: neither is known. */
MUST_CHECK enum err org_account_credentials(const struct sealer *sealer, const struct settings *s, struct arena *a,
                                            const struct org *org, struct twilio_credentials *out, struct fault *f);
/* Who authenticates for requests of that organization, to be wiped by the caller. Errors are those of
 * org_account_credentials and twilio_account_set. */
MUST_CHECK enum err org_account_open(const struct sealer *sealer, const struct settings *s, struct arena *a,
                                     const struct org *org, struct twilio_account *out, struct fault *f);
/* With its token, though it has a key: keys may not touch accounts, tokens and keys (reference 14.2). */
MUST_CHECK enum err org_account_open_by_token(const struct sealer *sealer, const struct settings *s, struct arena *a,
                                              const struct org *org, struct twilio_account *out, struct fault *f);
MUST_CHECK enum err org_account_seal(const struct sealer *sealer, struct arena *a, struct str account_sid,
                                     struct str plain, struct str *out);
MUST_CHECK enum err org_account_seal_key(const struct sealer *sealer, struct arena *a, struct str account_sid,
                                         struct str key_sid, struct str plain, struct str *out);
MUST_CHECK enum err org_account_unseal_key(const struct sealer *sealer, struct arena *a, struct str account_sid,
                                           struct str key_sid, struct str sealed, struct str *out, struct fault *f);

#endif
