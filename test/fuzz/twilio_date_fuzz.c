/* RFC 2822 dates: what is read is written back as the same second. Retry-After takes any bytes. */
#include "twilio/classify.h"
#include "twilio/date.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    char written[DATE_TEXT_BYTES];
    int64_t ms = 0, again = 0, wait_ms = classify_retry_after_ms(text, 784111777000);

    BUG_IF(wait_ms < 0 || wait_ms > 3600 * 1000);
    if (date_parse_rfc2822(text, &ms) != ERR_OK) return 0;
    if (ms < 0) return 0; /* within a zone's reach of 1970 */
    date_format_rfc2822(ms, written);
    BUG_IF(date_parse_rfc2822(str_from(written), &again) != ERR_OK || again != ms);
    return 0;
}
