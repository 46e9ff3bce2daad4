/* quiet_dump: answers lines of "number TAB postal code TAB state TAB time zone TAB instant (UTC ms) TAB automated
 * hours (off, marketing, all)" with "open TAB next opening TAB closing" for marketing ("-" for never), under "all" for
 * transactional texts, or "invalid" for what is refused. Judged by quiet_zoneinfo.py and quiet_intl.js, which read the
 * tables by themselves. */
#include "rules/quiet_hours.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void print_ms(int64_t ms, char end)
{
    if (ms == INT64_MAX)
        (void)printf("-%c", end);
    else
        (void)printf("%" PRId64 "%c", ms, end);
}

static bool answer(struct str number, const struct quiet_said *said, struct str instant, struct str automated)
{
    const char *wrong;
    struct phone phone;
    struct quiet_places places;
    enum message_kind kind = str_equal(automated, STR("all")) ? KIND_TRANSACTIONAL : KIND_MARKETING;
    struct quiet_window w;
    int64_t at_ms;

    if (phone_parse(number, "US", &phone, NULL) != ERR_OK || str_to_i64(instant, &at_ms) != ERR_OK) return false;
    quiet_places_of_phone(&phone, &places);
    if (quiet_places_join(&places, said, &wrong) != ERR_OK) return false;
    if (quiet_automated_parse(automated, &places.automated) != ERR_OK) abort();
    if (quiet_hours_window(quiet_hours_bucket_key(&places), kind, at_ms, &w) != ERR_OK) abort();
    (void)printf("%d\t", w.open ? 1 : 0);
    print_ms(w.next_open_ms, '\t');
    print_ms(w.closes_ms, '\n');
    return true;
}

int main(void)
{
    char line[256];

    while (fgets(line, sizeof line, stdin) != NULL) {
        struct quiet_said said = {.country = {NULL, 0}};
        struct str number, instant, rest = str_cut(str_trim(str_from(line)), '\t', &number);
        rest = str_cut(rest, '\t', &said.postal_code);
        rest = str_cut(rest, '\t', &said.state);
        rest = str_cut(rest, '\t', &said.time_zone);
        rest = str_cut(rest, '\t', &instant);
        if (!answer(number, &said, instant, rest)) (void)puts("invalid");
    }
    return 0;
}
