/*
 * quiet_places_fuzz: a bucket's key as it may stand in a database, and "state \n zone \n postal code" as a tenant may
 * write them: what is accepted is a key that means the same places again, and has a window that opens when it says.
 */
#include "rules/quiet_hours.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const int64_t NOW_MS = 1773000000000;

static void check_key(uint64_t key)
{
    struct quiet_places places;
    struct quiet_window now, then;
    if (quiet_hours_places(key, &places) != ERR_OK) return;
    BUG_IF(quiet_hours_bucket_key(&places) != key);
    BUG_IF(places.state_count > QUIET_STATES_MAX || places.zone_count > QUIET_ZONES_MAX);
    if (quiet_hours_window(key, KIND_MARKETING, NOW_MS, &now) != ERR_OK) return;
    BUG_IF(now.open && (now.next_open_ms != NOW_MS || now.closes_ms <= NOW_MS));
    BUG_IF(!now.open && now.next_open_ms <= NOW_MS);
    if (now.open || now.next_open_ms == INT64_MAX) return;
    BUG_IF(quiet_hours_window(key, KIND_MARKETING, now.next_open_ms, &then) != ERR_OK || !then.open);
    BUG_IF(quiet_hours_window(key, KIND_MARKETING, now.next_open_ms - 1, &then) != ERR_OK || then.open);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t key = 0;
    struct str state, zone, code = str_cut((struct str){(const char *)data, size}, '\n', &state);
    code = str_cut(code, '\n', &zone);
    struct phone phone;
    struct quiet_places places, before;
    memcpy(&key, data, size < sizeof key ? size : sizeof key);
    check_key(key);
    if (phone_from_digits(14155550100, &phone) != ERR_OK) return 0;
    quiet_places_of_phone(&phone, &places);
    before = places;
    if (quiet_places_add_state(&places, state) != ERR_OK) BUG_IF(memcmp(&before, &places, sizeof places) != 0);
    before = places;
    if (quiet_places_add_zone(&places, zone) != ERR_OK) BUG_IF(memcmp(&before, &places, sizeof places) != 0);
    before = places;
    if (quiet_places_add_postal(&places, code) != ERR_OK) BUG_IF(memcmp(&before, &places, sizeof places) != 0);
    if (memcmp(&before, &places, sizeof places) != 0) check_key(quiet_hours_bucket_key(&places));
    return 0;
}
