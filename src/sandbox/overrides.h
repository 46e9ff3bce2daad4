/*
 * overrides: Twilio's connection overrides in a webhook URL's fragment, "#rc=3&rp=5xx,ct" (reference 5.2).
 * Pure.
 */
#ifndef STERLING_SANDBOX_OVERRIDES_H
#define STERLING_SANDBOX_OVERRIDES_H

#include "base/str.h"

enum override_retry { RETRY_4XX = 1, RETRY_5XX = 2, RETRY_CONNECT = 4, RETRY_READ = 8, RETRY_ALL = 15 };

struct overrides {
    uint32_t connect_timeout_ms, read_timeout_ms, total_timeout_ms;
    uint32_t retries; /* 0 … 5, beside the first try */
    unsigned on;      /* mask of override_retry */
};

/* Reads the fragment of `url`; what is absent has Twilio's default. A bad value keeps the default and gives
 * 11243 in *bad, which is 0 otherwise. */
struct overrides overrides_read(struct str url, int *bad);
/* Bytes before the '#', which is what goes out and is signed. */
size_t overrides_url_bytes(struct str url);

#endif
