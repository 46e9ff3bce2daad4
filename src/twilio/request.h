/*
 * request: what a call of the provider port says on the wire: its target, its form, and whether it can be said
 * at all. Shared by the clients behind the port. Pure.
 */
#ifndef STERLING_TWILIO_REQUEST_H
#define STERLING_TWILIO_REQUEST_H

#include "base/buf.h"
#include "twilio/provider.h"

#define REQUEST_USER_AGENT "Sterling/0.1"

enum { REQUEST_BODY_BYTES_MAX = 64 * 1024, REQUEST_URL_BYTES_MAX = 8192 };

bool request_is_post(enum provider_call call);
/* False if the SID is missing, superfluous or malformed, or a filter is too long. */
bool request_is_sound(const struct provider_request *r);
/* Appends path and query below `base` (scheme and host, perhaps a path), which is only needed to tell that a page
 * link stays there. ERR_INVALID if the link leads elsewhere. */
MUST_CHECK enum err request_target_add(struct buf *out, const char *account_sid, const struct provider_request *r,
                                       struct str base);
/* Appends the form of a POST, nothing for a GET. ERR_INVALID if it lacks something. */
MUST_CHECK enum err request_form_add(struct buf *out, const struct provider_request *r);

#endif
