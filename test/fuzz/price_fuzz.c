/* Any bytes are a table of prices or are refused with words; no message costs less than nothing. */
#include "rules/price.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct price_table t;
    struct fault fault = {.what = ""};
    enum err e = price_parse((struct str){(const char *)data, size}, &t, &fault);

    BUG_IF((e == ERR_OK) != (fault.what[0] == '\0'));
    BUG_IF((e == ERR_OK) != (t.rows != NULL));
    if (e != ERR_OK) return 0;
    for (unsigned c = 0; c < CARRIER_COUNT; c++) {
        struct price_query q = {.country = "US", .sender = SENDER_LONG_CODE, .carrier = (enum carrier)c,
                                .charity = c % 2 == 0, .segments = 3, .at_ms = (int64_t)size << 40};
        int64_t micros;
        e = price_message(&t, &q, &micros);
        BUG_IF(micros < 0 || (e != ERR_OK && micros != 0));
    }
    price_free(&t);
    return 0;
}
