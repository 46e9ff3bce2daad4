/* steady: one line, boot id and clock difference. Contract in steady.h. */
#include "cli/steady.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { TOLERANCE_MS = 500, BOOT_ID_BYTES = 40 };

static bool read_boot_id(char out[BOOT_ID_BYTES])
{
    FILE *in = fopen("/proc/sys/kernel/random/boot_id", "re");
    bool ok = in != NULL && fgets(out, BOOT_ID_BYTES, in) != NULL;
    if (in != NULL) (void)fclose(in);
    if (ok) out[strcspn(out, "\n")] = '\0';
    return ok;
}

static int64_t difference_ms(struct clock *clock)
{
    return clock_wall_ms(clock) - clock_mono_ms(clock);
}

bool steady_check(const char *path, struct clock *clock)
{
    char boot[BOOT_ID_BYTES], noted[BOOT_ID_BYTES];
    int64_t then_ms = 0, moved_ms;
    FILE *in = fopen(path, "re");
    bool ok = in != NULL && fscanf(in, "%39s %" SCNd64, noted, &then_ms) == 2;

    if (in != NULL) (void)fclose(in);
    if (!ok || !read_boot_id(boot) || strcmp(boot, noted) != 0) return false;
    moved_ms = difference_ms(clock) - then_ms;
    return moved_ms >= -TOLERANCE_MS && moved_ms <= TOLERANCE_MS;
}

void steady_note(const char *path, struct clock *clock)
{
    char boot[BOOT_ID_BYTES], temporary[620];
    FILE *out;

    if (!read_boot_id(boot)) return;
    (void)snprintf(temporary, sizeof temporary, "%s.new", path);
    out = fopen(temporary, "we");
    if (out == NULL) return;
    (void)fprintf(out, "%s %" PRId64 "\n", boot, difference_ms(clock));
    if (fclose(out) == 0) (void)rename(temporary, path);
}
