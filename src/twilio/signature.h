/*
 * signature: X-Twilio-Signature by all the rules of Twilio's security page and SDK. Pure but for the
 * keyed context, which one thread owns.
 *
 * A key is the account's auth token. `struct signature_key` holds a pre-keyed HMAC-SHA1 context
 * (re-initialised per check, 1.3 us), so make one per token and thread and keep it.
 */
#ifndef STERLING_TWILIO_SIGNATURE_H
#define STERLING_TWILIO_SIGNATURE_H

#include "base/arena.h"
#include "base/str.h"
#include "twilio/form.h"

enum { SIGNATURE_TEXT_BYTES = 29 }; /* base64 of 20 bytes and a terminator */

struct signature_key;
/* NULL without memory. Freed (and wiped) by signature_key_free. */
struct signature_key *signature_key_new(struct str token);
void signature_key_free(struct signature_key *k);

/* What Twilio would send for this URL (without fragment) and these parameters; NULL params for GET and JSON.
 */
MUST_CHECK enum err signature_make(struct signature_key *k, struct arena *scratch, struct str url,
                                   const struct form *params, char out[SIGNATURE_TEXT_BYTES]);

/* What `bodySHA256` of a JSON webhook's URL holds: the body's SHA-256 in lower-case hex. */
enum { SIGNATURE_BODY_HASH_BYTES = 65 };
void signature_body_hash(struct str body, char out[SIGNATURE_BODY_HASH_BYTES]);

struct signature_request {
    struct str url;    /* full URL as the peer called it: public base + raw target */
    bool is_form_post; /* parameters are signed */
    const struct form *params;
    struct str raw_body;  /* for bodySHA256 when the URL carries it */
    struct str signature; /* header value; empty when missing */
};
/* ERR_OK if any of the URL variants that Twilio's own SDK tries matches; ERR_DENIED otherwise, also
 * for a missing signature, and for a body that nothing signs (no form, and no bodySHA256 in the URL). ERR_FULL
 * when the scratch is exhausted: 64 KiB do for a webhook. Constant-time comparison. */
MUST_CHECK enum err signature_check(struct signature_key *k, struct arena *scratch,
                                    const struct signature_request *r);

/* Why a signature is wrong, for people: tries scheme, port, host, query order, trailing slash, form
 * versus no form, changed parameters. `reason` names the likeliest cause and the mend. ERR_OK if it is right.
 * Makes thousands of signatures; give the scratch 8 MiB, with less it tries less. */
MUST_CHECK enum err signature_diagnose(struct signature_key *k, struct arena *scratch,
                                       const struct signature_request *r, struct fault *reason);

#endif
