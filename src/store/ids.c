/* ids: message ids and months. Contract in ids.h. */
#include "store/ids.h"

enum { ID_STEP_BITS = 20 };
static const int64_t second_of_2020 = 1577836800;
static const int64_t day_ms = 86400000;

uint64_t message_id_next(uint64_t last, int64_t now_ms)
{
    int64_t seconds = now_ms / 1000 - second_of_2020;
    uint64_t by_time = seconds <= 0 ? 1 : (uint64_t)seconds << ID_STEP_BITS;
    return by_time > last ? by_time : last + 1;
}

/* Days to civil date, Howard Hinnant's algorithm: eras of 400 years that begin on the first of March. */
int32_t month_of(int64_t at_ms)
{
    int64_t days = at_ms / day_ms - (at_ms % day_ms < 0) + 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153; /* 0 is March */
    int64_t year = year_of_era + era * 400 + (month >= 10);
    return (int32_t)(year * 12 + (month < 10 ? month + 2 : month - 10));
}
