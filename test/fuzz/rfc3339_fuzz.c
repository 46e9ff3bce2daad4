/*
 * rfc3339_fuzz: what is read is a moment within the bounds, is written back as the same millisecond, and its date is
 * the one that counting days gives. The last eight bytes are also taken as a moment of their own.
 */
#include "base/rfc3339.h"
#include "rules/zone.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const int64_t LAST_MS = 253402300799999; /* 9999-12-31T23:59:59.999Z */

static uint64_t digits(const char *text, size_t count)
{
    uint64_t value = 0;
    BUG_IF(str_to_u64((struct str){text, count}, &value) != ERR_OK);
    return value;
}

static void check_moment(int64_t wall_ms)
{
    char text[RFC3339_BYTES];
    int64_t again = -1;
    rfc3339_format(wall_ms, text);
    BUG_IF(strlen(text) != RFC3339_BYTES - 1);
    BUG_IF(rfc3339_parse(str_from(text), &again) != ERR_OK || again != wall_ms);
    BUG_IF(zone_days_of_date((int32_t)digits(text, 4), (int32_t)digits(text + 5, 2), (int32_t)digits(text + 8, 2)) !=
           wall_ms / 86400000);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t wall_ms = -1;
    uint64_t any = 0;
    if (rfc3339_parse((struct str){(const char *)data, size}, &wall_ms) == ERR_OK) {
        BUG_IF(wall_ms < 0 || wall_ms > LAST_MS);
        check_moment(wall_ms);
    }
    if (size < sizeof any) return 0;
    memcpy(&any, data + size - sizeof any, sizeof any);
    check_moment((int64_t)(any % ((uint64_t)LAST_MS + 1)));
    return 0;
}
