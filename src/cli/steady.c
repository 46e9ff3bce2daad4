/* steady: one line: boot id, clock difference, last step. Contract in steady.h. */
#include "cli/steady.h"

#include "base/str.h"

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

static bool has_moved(int64_t from_ms, int64_t to_ms)
{
    return to_ms - from_ms < -TOLERANCE_MS || to_ms - from_ms > TOLERANCE_MS;
}

bool steady_check(const char *path, struct clock *clock, struct steady *s)
{
    char boot[BOOT_ID_BYTES], line[128] = "";
    int64_t then_ms = 0, now_ms = clock_mono_ms(clock);
    struct str noted, then, stepped;
    FILE *in = fopen(path, "re");
    bool ok = in != NULL && fgets(line, sizeof line, in) != NULL;

    *s = (struct steady){.stepped_ms = INT64_MIN};
    if (in != NULL) (void)fclose(in);
    stepped = str_cut(str_cut(str_trim(str_from(line)), ' ', &noted), ' ', &then);
    ok = ok && str_to_i64(then, &then_ms) == ERR_OK && str_to_i64(stepped, &s->stepped_ms) == ERR_OK;
    if (!ok || !read_boot_id(boot) || !str_equal(noted, str_from(boot))) {
        s->stepped_ms = INT64_MIN;
        return false;
    }
    if (has_moved(then_ms, difference_ms(clock))) s->stepped_ms = now_ms;
    return s->stepped_ms == INT64_MIN || now_ms - s->stepped_ms > STEADY_AFTER_MS;
}

void steady_note(const char *path, struct clock *clock, struct steady *s)
{
    char boot[BOOT_ID_BYTES], temporary[620];
    int64_t moved_ms = difference_ms(clock);
    FILE *out;

    if (s->known && has_moved(s->difference_ms, moved_ms)) s->stepped_ms = clock_mono_ms(clock);
    s->known = true;
    s->difference_ms = moved_ms;
    if (!read_boot_id(boot)) return;
    (void)snprintf(temporary, sizeof temporary, "%s.new", path);
    out = fopen(temporary, "we");
    if (out == NULL) return;
    (void)fprintf(out, "%s %" PRId64 " %" PRId64 "\n", boot, moved_ms, s->stepped_ms);
    if (fclose(out) == 0) (void)rename(temporary, path);
}
