/* config show, config check, version: what is set, where it may be set, and what this is. */
#include "cli/config.h"

#include "cli/output.h"
#include "rules/zone.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static int set_from_flags(struct invocation *in, struct settings *s)
{
    struct fault f;
    for (int i = 0; i < in->given_count; i++) {
        const struct setting *one = settings_find(str_from(in->given[i].name));
        if (one == NULL) continue;
        if (settings_set(s, one, str_from(in->given[i].value), &f) != ERR_OK)
            return complain(in, EXIT_USAGE, "--%s", f.what);
    }
    return EXIT_DONE;
}

int config_gather(struct invocation *in, struct settings *s)
{
    const char *file =
        flag_given(in, "config_file") ? flag_value(in, "config_file") : getenv("STERLING_CONFIG_FILE");
    struct fault f;

    settings_default(s);
    if (file != NULL && file[0] != '\0' && settings_read_file(s, file, &f) != ERR_OK)
        return complain(in, EXIT_USAGE, "%s", f.what);
    if (settings_read_environment(s, &f) != ERR_OK) return complain(in, EXIT_USAGE, "%s", f.what);
    return set_from_flags(in, s);
}

static const char *type_name(const struct setting *one)
{
    return one->type == SETTING_INT ? "integer" : one->type == SETTING_BOOL ? "boolean" : "text";
}

static void print_settings_json(const struct settings *s)
{
    json_t *list = json_array();
    for (size_t i = 0; i < SETTINGS_COUNT; i++) {
        char value[1024];
        settings_format(s, &SETTINGS[i], value, sizeof value);
        (void)json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:b, s:s}", "name",
                                                    SETTINGS[i].name, "value", value, "default",
                                                    SETTINGS[i].preset, "type", type_name(&SETTINGS[i]),
                                                    "secret", SETTINGS[i].secret ? 1 : 0, "help",
                                                    SETTINGS[i].help));
    }
    print_json(list);
    json_decref(list);
}

/* The page docs/settings.md; a test compares them. */
static void print_settings_markdown(void)
{
    (void)puts(
        "# Settings\n\n"
        "Made by `sterling config show --markdown`. Later sources win: default, file (`--config_file`, lines "
        "`name = value`),\n"
        "environment (`STERLING_` and the name in capitals, `.` as `_`), command line (`--name=value`). They are\n"
        "read at the start; a planned restart loses and refuses nothing ([going-live.md](going-live.md)).\n\n"
        "| setting | type | default | bounds | what it does |\n|---|---|---|---|---|");
    for (size_t i = 0; i < SETTINGS_COUNT; i++) {
        const struct setting *one = &SETTINGS[i];
        char bounds[64] = "";
        if (one->type == SETTING_INT)
            (void)snprintf(bounds, sizeof bounds, "%" PRId64 " … %" PRId64, one->least, one->most);
        (void)printf("| `%s`%s%s%s | %s | %s%s%s | %s | %s%s |\n", one->name,
                     one->env == NULL ? "" : " (`", one->env == NULL ? "" : one->env,
                     one->env == NULL ? "" : "`)", type_name(one), one->preset[0] == '\0' ? "" : "`",
                     one->preset, one->preset[0] == '\0' ? "" : "`", bounds, one->help,
                     one->secret ? " Secret." : "");
    }
}

static int config_show(struct invocation *in)
{
    struct settings s;
    int code = config_gather(in, &s);

    if (code != EXIT_DONE) return code;
    if (flag_given(in, "markdown")) {
        print_settings_markdown();
        return EXIT_DONE;
    }
    if (in->json) {
        print_settings_json(&s);
        return EXIT_DONE;
    }
    for (size_t i = 0; i < SETTINGS_COUNT; i++) {
        char value[1024];
        settings_format(&s, &SETTINGS[i], value, sizeof value);
        (void)printf("%-34s %s\n", SETTINGS[i].name, value);
    }
    return EXIT_DONE;
}

static int config_check(struct invocation *in)
{
    char version[ZONE_VERSION_BYTES];
    struct settings s;
    struct fault f;
    int code = config_gather(in, &s);

    if (code != EXIT_DONE) return code;
    if (settings_check(&s, &f) != ERR_OK) return complain(in, EXIT_REFUSED, "%s", f.what);
    if (zone_tzdata_version(version) != ERR_OK || zone_tzdata_is_old(version))
        (void)fprintf(stderr, "warning: the system's tzdata is older than " ZONE_TZDATA_LEAST
                              "; local times may be wrong. Run: apt-get install --only-upgrade tzdata\n");
    (void)puts(in->json ? "{\"good\": true}" : "the settings are good");
    return EXIT_DONE;
}

static int version_verb(struct invocation *in)
{
    if (in->json)
        (void)printf("{\"name\": \"sterling\", \"version\": \"%s\"}\n", STERLING_VERSION);
    else
        (void)printf("sterling %s\n", STERLING_VERSION);
    return EXIT_DONE;
}

static const struct flag SHOW_FLAGS[] = {
    {"markdown", NULL, "Print the settings table as a page of documentation", false}};

const struct verb VERB_CONFIG_SHOW = {"config show",
                                      "",
                                      "show every setting and its value; secrets are not shown",
                                      VERB_JSON | VERB_SETTINGS,
                                      0,
                                      0,
                                      SHOW_FLAGS,
                                      COUNT(SHOW_FLAGS),
                                      NULL,
                                      config_show};
const struct verb VERB_CONFIG_CHECK = {"config check",
                                       "",
                                       "say whether these settings are good for `serve`",
                                       VERB_JSON | VERB_SETTINGS,
                                       0,
                                       0,
                                       NULL,
                                       0,
                                       "They come from the flags and the environment given here, and the file of "
                                       "--config_file. What only\na start shows (the master key, the table of "
                                       "prices, the database, free ports) is not looked at.",
                                       config_check};
const struct verb VERB_VERSION = {"version", "",   "print the version", VERB_JSON, 0, 0, NULL,
                                  0,         NULL, version_verb};
