/* TwiML as an application may answer it: read to an end within its bounds. */
#include "sandbox/overrides.h"
#include "sandbox/twiml.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    struct arena arena;
    struct twiml twiml;
    int bad;
    struct overrides o = overrides_read(text, &bad);
    if (o.retries > 5 || o.total_timeout_ms > 15000 || o.on == 0) abort();
    arena_init(&arena, 1 << 20);
    (void)twiml_read(&arena, text, &twiml);
    if (twiml.count > TWIML_REPLIES_MAX) abort();
    arena_reset(&arena);
    return 0;
}
