/* sid_fuzz: any text packs and unpacks to itself; any stored bytes unpack to a text that packs to them, or are
 * refused. */
#include "store/sid.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const uint8_t *data, size_t size)
{
    char text[SID_BYTES] = "", again[SID_BYTES];
    unsigned char packed[SID_PACKED_MAX];
    size_t length;
    memcpy(text, data, size < sizeof text ? size : sizeof text - 1);
    text[strcspn(text, "\n")] = '\0';
    length = sid_pack(text, packed);
    BUG_IF(length > sizeof packed || (length == 0) != (text[0] == '\0'));
    BUG_IF(sid_unpack(packed, length, again) != ERR_OK || strcmp(text, again) != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[SID_BYTES];
    unsigned char packed[SID_PACKED_MAX];
    check_text(data, size);
    if (sid_unpack(data, size, text) != ERR_OK) return 0;
    /* A text of zeroes ends early: only what reads back as the same bytes must pack to them. */
    if (size == 0 || data[0] == 0) return 0;
    BUG_IF(sid_pack(text, packed) != size || memcmp(packed, data, size) != 0);
    return 0;
}
