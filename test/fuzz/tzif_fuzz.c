/*
 * tzif_fuzz: any bytes as a compiled time zone, and as the rule in its footer. What is accepted gives an
 * offset within the bounds of RFC 9636 at any instant.
 */
#include "rules/tzif.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int64_t instants[] = {INT32_MIN, -1, 0, 1, 1772953200, 4102444800, INT64_C(1) << 40};
    struct str bytes = {(const char *)data, size};
    struct tzif_rule rule;
    struct tzif zone;
    (void)!tzif_parse_rule(bytes, &rule);
    if (tzif_parse(bytes, &zone) != ERR_OK) return 0;
    for (size_t i = 0; i < sizeof(instants) / sizeof(instants[0]); i++) {
        int32_t offset = tzif_offset_s(&zone, instants[i]);
        BUG_IF(offset < -25 * 3600 || offset > 26 * 3600);
    }
    tzif_free(&zone);
    return 0;
}
