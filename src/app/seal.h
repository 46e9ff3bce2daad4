/*
 * seal: secrets at rest. AES-256-GCM under a master key that lives outside the database: in a file
 * (mode 0600 or stricter) or a systemd credential.
 *
 * A sealed text is base64 of version, key id, nonce, ciphertext and tag; `context` (such as
 * "org:12:token") is authenticated, so a sealed value cannot be moved to another place. The key file holds
 * one or more lines of 64 hex digits: the first seals, all unseal, which is how a key is rotated.
 * Fails closed: ERR_DENIED for a wrong key or context, with words that say what to do.
 */
#ifndef STERLING_APP_SEAL_H
#define STERLING_APP_SEAL_H

#include "base/arena.h"
#include "base/str.h"

struct sealer;

enum seal_key {
    SEAL_KEY_THERE,
    SEAL_KEY_MADE,      /* a new one (0600) when it is missing */
    SEAL_KEY_CREDENTIAL /* of systemd: since its version 254 the service may read it by a list, which shows as 0440 */
};
/* Reads the key file. Refuses (the fault says how to mend it) when it is missing, malformed, or readable by others. */
MUST_CHECK enum err sealer_open(const char *path, enum seal_key kind, struct sealer **out, struct fault *f);
void sealer_close(struct sealer *s); /* wipes the keys */
/* Sealed and plain texts live in the arena. */
MUST_CHECK enum err seal(const struct sealer *s, struct arena *a, struct str context, struct str plain,
                         struct str *out);
MUST_CHECK enum err unseal(const struct sealer *s, struct arena *a, struct str context, struct str sealed,
                           struct str *out, struct fault *f);
/* True if it was sealed by another than the first key, and should be sealed anew. */
bool seal_is_old(const struct sealer *s, struct str sealed);

#endif
