/*
 * phone_fuzz: the first byte chooses the region, the rest is the number as written. What is accepted has at
 * most 15 digits, and its E.164 text gives the same number again; what is refused has a reason.
 */
#include "rules/quiet_places.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_accepted(const struct phone *p)
{
    struct phone again;
    struct quiet_places places;
    char text[PHONE_TEXT_BYTES];
    phone_format_e164(p->digits, text);
    BUG_IF(phone_parse(str_from(text), "US", &again, NULL) != ERR_OK);
    BUG_IF(again.digits != p->digits || again.type != p->type);
    BUG_IF(phone_from_digits(p->digits, &again) != ERR_OK || again.digits != p->digits);
    quiet_places_of_phone(p, &places);
    BUG_IF(quiet_hours_places(quiet_hours_bucket_key(&places), &places) != ERR_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const regions[] = {"US", "CA", "GB", "DE", "IN", "BR", "IT", ""};
    struct fault fault = {0};
    struct phone p;
    if (size == 0 || size > 256) return 0;
    struct str text = {(const char *)data + 1, size - 1};
    const char *region = regions[data[0] % 8];
    if (phone_parse(text, region, &p, &fault) == ERR_OK)
        check_accepted(&p);
    else
        BUG_IF(fault.what[0] == '\0');
    (void)!phone_parse_sender(text, region, &p, &fault);
    return 0;
}
