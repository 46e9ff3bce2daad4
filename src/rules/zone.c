/*
 * zone: finds zones in the system's tzdata and converts between instants and wall time. Owns the table of
 * zones seen so far, which only grows and holds at most one entry per name that tzdata has; an entry never
 * changes, so readers need no lock.
 */
#include "rules/zone.h"

#include "rules/tzif.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_BYTES = 48, SLOTS = 2048, DAY_S = 86400, DAY_MINUTES = 1440 };

struct zone {
    char name[NAME_BYTES];
    struct tzif rules;
};

static _Atomic(struct zone *) seen[SLOTS];

/* tzdata's names, and nothing that could lead out of its directory. */
static bool is_zone_name(struct str name)
{
    if (name.len == 0 || name.len >= NAME_BYTES || name.at[0] == '/') return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];
        bool alnum = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!alnum && c != '_' && c != '-' && c != '+' && c != '/') return false;
    }
    return true;
}

static FILE *open_tzdata(struct str name)
{
    const char *directory = getenv("TZDIR");
    char path[512];
    if (directory == NULL || directory[0] == '\0') directory = "/usr/share/zoneinfo";
    int length = snprintf(path, sizeof(path), "%s/" STR_FMT, directory, STR_ARG(name));
    if ((size_t)length >= sizeof(path)) return NULL;
    return fopen(path, "rbe");
}

static enum err load(struct str name, struct tzif *out)
{
    FILE *file = open_tzdata(name);
    if (file == NULL) return ERR_NOT_FOUND;
    enum err err = ERR_FULL;
    char *bytes = malloc(TZIF_BYTES_MAX + 1);
    if (bytes != NULL) {
        size_t length = fread(bytes, 1, TZIF_BYTES_MAX + 1, file);
        /* A directory of tzdata opens but does not read. */
        err = length == 0 ? ERR_NOT_FOUND : tzif_parse((struct str){bytes, length}, out);
        if (err == ERR_INVALID) err = ERR_CORRUPT;
    }
    free(bytes);
    (void)fclose(file);
    return err;
}

static enum err zone_new(struct str name, struct zone **out)
{
    struct zone *z = calloc(1, sizeof(*z));
    if (z == NULL) return ERR_FULL;
    enum err err = load(name, &z->rules);
    if (err == ERR_OK) err = str_copy(name, z->name, sizeof(z->name));
    if (err == ERR_OK) {
        *out = z;
        return ERR_OK;
    }
    free(z);
    return err;
}

static void zone_free(struct zone *z)
{
    if (z != NULL) tzif_free(&z->rules);
    free(z);
}

enum err zone_find(struct str name, const struct zone **out)
{
    if (!is_zone_name(name)) return ERR_NOT_FOUND;
    struct zone *made = NULL;
    size_t at = str_hash(name, 0) % SLOTS;
    for (size_t tries = 0; tries < SLOTS; tries++, at = (at + 1) % SLOTS) {
        struct zone *found = atomic_load_explicit(&seen[at], memory_order_acquire);
        if (found == NULL) {
            enum err err = made == NULL ? zone_new(name, &made) : ERR_OK;
            if (err != ERR_OK) return err;
            if (atomic_compare_exchange_strong(&seen[at], &found, made)) {
                *out = made;
                return ERR_OK;
            }
        }
        if (!str_equal(str_from(found->name), name)) continue;
        zone_free(made); /* another thread was first */
        *out = found;
        return ERR_OK;
    }
    zone_free(made);
    return ERR_FULL;
}

const char *zone_name_of(const struct zone *z)
{
    return z->name;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

int64_t zone_days_of_date(int32_t year, int32_t month, int32_t day)
{
    return tzif_days_of_date(year, month, day);
}

void zone_local(const struct zone *z, int64_t utc_ms, struct zone_time *out)
{
    int64_t utc_s = floor_div(utc_ms, 1000);
    int32_t offset = tzif_offset_s(&z->rules, utc_s), year, month, day;
    int64_t local = utc_s + offset, days = floor_div(local, DAY_S);
    int32_t second = (int32_t)(local - days * DAY_S);
    tzif_date_of_days(days, &year, &month, &day);
    *out = (struct zone_time){.year = year,
                              .month = (uint8_t)month,
                              .day = (uint8_t)day,
                              .weekday = (uint8_t)(((days + 4) % 7 + 7) % 7), /* 1970-01-01 was a Thursday */
                              .hour = (uint8_t)(second / 3600),
                              .minute = (uint8_t)(second / 60 % 60),
                              .second = (uint8_t)(second % 60),
                              .offset_s = offset};
}

/* The first instant in (low, high] whose offset is no longer `before`. */
static int64_t jump_between(const struct zone *z, int64_t low, int64_t high, int32_t before)
{
    while (high - low > 1) {
        int64_t middle = low + (high - low) / 2;
        if (tzif_offset_s(&z->rules, middle) == before)
            low = middle;
        else
            high = middle;
    }
    return high;
}

static int64_t utc_of_local(const struct zone *z, int64_t local, enum zone_pick pick)
{
    /* No place changes its clocks twice in two days, so the offsets on both sides are all there are. */
    int32_t before = tzif_offset_s(&z->rules, local - 26 * 3600);
    int32_t after = tzif_offset_s(&z->rules, local + 26 * 3600);
    int64_t by_before = local - before, by_after = local - after;
    bool before_holds = tzif_offset_s(&z->rules, by_before) == before;
    bool after_holds = tzif_offset_s(&z->rules, by_after) == after;
    if (before_holds && after_holds) return pick == ZONE_EARLIER ? by_before : by_after;
    if (before_holds) return by_before;
    if (after_holds) return by_after;
    return jump_between(z, local - 26 * 3600, local + 26 * 3600, before);
}

int64_t zone_utc_ms(const struct zone *z, int32_t year, int32_t month, int32_t day, int32_t minute_of_day,
                    enum zone_pick pick)
{
    int64_t days = tzif_days_of_date(year, month, day);
    return utc_of_local(z, days * DAY_S + (int64_t)minute_of_day * 60, pick) * 1000;
}

int64_t zone_next_midnight_ms(const struct zone *z, int64_t utc_ms)
{
    struct zone_time now;
    zone_local(z, utc_ms, &now);
    return zone_utc_ms(z, now.year, now.month, now.day + 1, 0, ZONE_EARLIER);
}

enum err zone_tzdata_version(char out[ZONE_VERSION_BYTES])
{
    char line[64] = "";
    FILE *file = open_tzdata(STR("tzdata.zi"));
    if (file == NULL) return ERR_NOT_FOUND;
    bool read = fgets(line, sizeof(line), file) != NULL;
    (void)fclose(file);
    struct str prefix = STR("# version "), first = str_from(line);
    if (!read || !str_starts(first, prefix)) return ERR_NOT_FOUND;
    return str_copy(str_trim(str_slice(first, prefix.len, first.len)), out, ZONE_VERSION_BYTES);
}

bool zone_tzdata_is_old(const char *version)
{
    return strcmp(version, ZONE_TZDATA_LEAST) < 0;
}
