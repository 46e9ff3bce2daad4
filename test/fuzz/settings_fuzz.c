/*
 * settings_fuzz: a configuration file of any bytes is taken or refused with words that name the line; every setting
 * is within its bounds then, and its printed form sets the same value again.
 */
#include "app/settings.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_setting(const struct settings *s, const struct setting *one)
{
    char text[600], again[600];
    static struct settings fresh;
    struct fault f = {.what = ""};
    int64_t number = 0;
    settings_format(s, one, text, sizeof text);
    if (one->secret) {
        BUG_IF(strcmp(text, "(set)") != 0 && strcmp(text, "(not set)") != 0);
        return;
    }
    if (one->type == SETTING_INT) {
        memcpy(&number, (const char *)s + one->offset, sizeof number);
        BUG_IF(number < one->least || number > one->most);
    }
    BUG_IF(settings_set(&fresh, one, str_from(text), &f) != ERR_OK);
    settings_format(&fresh, one, again, sizeof again);
    BUG_IF(strcmp(text, again) != 0);
}

static bool is_as_in(const struct settings *a, const struct settings *b, const struct setting *one)
{
    size_t bytes = one->type == SETTING_TEXT  ? one->size
                   : one->type == SETTING_INT ? sizeof(int64_t)
                                              : sizeof(bool);
    return memcmp((const char *)a + one->offset, (const char *)b + one->offset, bytes) == 0;
}

/* The presets once, because they are made of their texts; then what is set otherwise. */
static void check_settings(const struct settings *s, const struct settings *preset)
{
    static bool presets_seen;
    for (size_t i = 0; i < SETTINGS_COUNT; i++)
        if (!presets_seen || !is_as_in(s, preset, &SETTINGS[i])) check_setting(s, &SETTINGS[i]);
    presets_seen = true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct settings preset;
    static int fd = -1;
    struct settings s;
    struct fault f = {.what = ""};
    char path[64];
    if (fd < 0) {
        fd = memfd_create("settings", MFD_CLOEXEC);
        settings_default(&preset);
        check_settings(&preset, &preset);
    }
    BUG_IF(fd < 0 || ftruncate(fd, 0) != 0 || pwrite(fd, data, size, 0) != (ssize_t)size);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    s = preset;
    if (settings_read_file(&s, path, &f) != ERR_OK)
        BUG_IF(strstr(f.what, " line ") == NULL);
    else
        BUG_IF(f.what[0] != '\0');
    check_settings(&s, &preset);
    (void)!settings_check(&s, &f);
    return 0;
}
