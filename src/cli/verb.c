/* verb: finding a verb in the table, taking its flags, and helping. Contract in verb.h. */
#include "cli/verb.h"

#include "app/settings.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct flag SERVER_FLAGS[] = {
    {"url", "URL", "The server's address; STERLING_URL, else the server of the data directory", false},
    {"key", "KEY", "API key; STERLING_API_KEY, else the operator key of the data directory", false},
    {"org", "SLUG", "Organization to act for (operator keys); STERLING_ORG", false},
    {"data-dir", "DIR", "Where the local server keeps its files; STERLING_DATA_DIR", false},
    {"idempotency-key", "KEY", "Begin again what was lost, doing nothing twice: the key that was told then", false},
};
const size_t SERVER_FLAGS_COUNT = sizeof SERVER_FLAGS / sizeof SERVER_FLAGS[0];
const struct flag JSON_FLAGS[] = {{"json", NULL, "Print JSON", false}};
const size_t JSON_FLAGS_COUNT = 1;

static char dashed(char c)
{
    return c == '_' ? '-' : c;
}

bool flag_is_named(const char *name, struct str typed)
{
    size_t i = 0;
    for (; i < typed.len && name[i] != '\0'; i++)
        if (dashed(name[i]) != dashed(typed.at[i])) return false;
    return i == typed.len && name[i] == '\0';
}

static const struct flag *find_in(const struct flag *flags, size_t count, struct str name)
{
    for (size_t i = 0; i < count; i++)
        if (flag_is_named(flags[i].name, name)) return &flags[i];
    return NULL;
}

static const struct setting *find_setting(const struct verb *v, struct str name)
{
    for (size_t i = 0; (v->kinds & VERB_SETTINGS) != 0 && i < SETTINGS_COUNT; i++)
        if (flag_is_named(SETTINGS[i].name, name)) return &SETTINGS[i];
    return NULL;
}

static const struct flag *find_flag(const struct verb *v, struct str name)
{
    const struct flag *f = find_in(v->flags, v->flags_count, name);
    if (f == NULL && (v->kinds & VERB_SERVER) != 0) f = find_in(SERVER_FLAGS, SERVER_FLAGS_COUNT, name);
    if (f == NULL && (v->kinds & VERB_JSON) != 0) f = find_in(JSON_FLAGS, JSON_FLAGS_COUNT, name);
    return f;
}

int complain(const struct invocation *in, int code, const char *fmt, ...)
{
    va_list args;
    (void)fprintf(stderr, "sterling%s%s: ", in->verb == NULL ? "" : " ",
                  in->verb == NULL ? "" : in->verb->name);
    va_start(args, fmt);
    (void)vfprintf(stderr, fmt, args);
    va_end(args);
    (void)fputc('\n', stderr);
    if (code == EXIT_USAGE)
        (void)fprintf(stderr, "see: sterling %s%s--help\n", in->verb == NULL ? "" : in->verb->name,
                      in->verb == NULL ? "" : " ");
    return code;
}

/* The verb that argv[0] or argv[0..1] names; *words tells how many were used. */
static const struct verb *find_verb(int argc, char **argv, int *words)
{
    for (size_t i = 0; i < VERBS_COUNT; i++) {
        struct str first, second = str_cut(str_from(VERBS[i]->name), ' ', &first);
        if (argc < 1 || !str_equal(first, str_from(argv[0]))) continue;
        if (second.len == 0 || (argc > 1 && str_equal(second, str_from(argv[1])))) {
            *words = second.len == 0 ? 1 : 2;
            return VERBS[i];
        }
    }
    return NULL;
}

static void print_group(const char *word)
{
    for (size_t i = 0; i < VERBS_COUNT; i++) {
        struct str first;
        (void)str_cut(str_from(VERBS[i]->name), ' ', &first);
        if (str_equal(first, str_from(word)))
            (void)printf("  sterling %s %s\n      %s\n", VERBS[i]->name, VERBS[i]->arguments,
                         VERBS[i]->summary);
    }
}

static bool is_group(const char *word)
{
    for (size_t i = 0; i < VERBS_COUNT; i++) {
        struct str first;
        if (str_cut(str_from(VERBS[i]->name), ' ', &first).len > 0 && str_equal(first, str_from(word)))
            return true;
    }
    return false;
}

void help_print_all(void)
{
    (void)puts("Sterling: the server an ISV runs to text on behalf of its customers through Twilio.\n\n"
               "usage: sterling VERB [arguments] [--flags]\n");
    for (size_t i = 0; i < VERBS_COUNT; i++)
        (void)printf("  %-22s %s\n", VERBS[i]->name, VERBS[i]->summary);
    (void)puts("\n`sterling VERB --help` tells more. " EXIT_CODES_TEXT);
}

static void print_flags(const struct flag *flags, size_t count)
{
    for (size_t i = 0; i < count; i++)
        (void)printf("  --%s%s%s\n      %s%s\n", flags[i].name, flags[i].value == NULL ? "" : " ",
                     flags[i].value == NULL ? "" : flags[i].value, flags[i].help,
                     flags[i].repeats ? " (may be repeated)" : "");
}

void help_print_verb(const struct verb *v)
{
    (void)printf("%s: %s\n\nusage: sterling %s%s%s [--flags]\n", v->name, v->summary, v->name,
                 v->arguments[0] == '\0' ? "" : " ", v->arguments);
    if (v->details != NULL) (void)printf("\n%s\n", v->details);
    (void)puts("\nflags:\n  --help\n      Print this");
    print_flags(v->flags, v->flags_count);
    if ((v->kinds & VERB_JSON) != 0) print_flags(JSON_FLAGS, JSON_FLAGS_COUNT);
    if ((v->kinds & VERB_SERVER) != 0) print_flags(SERVER_FLAGS, SERVER_FLAGS_COUNT);
    if ((v->kinds & VERB_SETTINGS) != 0)
        for (size_t i = 0; i < SETTINGS_COUNT; i++)
            (void)printf("  --%s=VALUE (%s)\n      %s\n", SETTINGS[i].name,
                         SETTINGS[i].secret              ? "secret"
                         : SETTINGS[i].preset[0] == '\0' ? "empty"
                                                         : SETTINGS[i].preset,
                         SETTINGS[i].help);
    (void)puts("\n" EXIT_CODES_TEXT);
}

/* One word that begins with "--". Gives how many words were used, 0 after a complaint. */
static int take_flag(struct invocation *in, int argc, char **argv)
{
    const char *equals = strchr(argv[0], '=');
    struct str name =
        str_slice(str_from(argv[0]), 2, equals == NULL ? strlen(argv[0]) : (size_t)(equals - argv[0]));
    bool has_value = equals != NULL;
    const struct flag *f = find_flag(in->verb, name);
    const struct setting *one = find_setting(in->verb, name);
    bool is_switch = f != NULL ? f->value == NULL : one != NULL && one->type == SETTING_BOOL;
    const char *given = "", *known = f != NULL ? f->name : one != NULL ? one->name : NULL;

    if (known == NULL)
        return complain(in, EXIT_USAGE, "there is no flag --" STR_FMT, STR_ARG(name)) * 0;
    if (f != NULL && is_switch && has_value)
        return complain(in, EXIT_USAGE, "--%s takes no value", f->name) * 0;
    if (has_value)
        given = equals + 1;
    else if (!is_switch && argc > 1)
        given = argv[1];
    else if (!is_switch)
        return complain(in, EXIT_USAGE, "--" STR_FMT " needs a value", STR_ARG(name)) * 0;
    else if (one != NULL)
        given = "true";
    if (in->given_count == ARGUMENTS_MAX) return complain(in, EXIT_USAGE, "too many flags") * 0;
    in->given[in->given_count].name = known;
    in->given[in->given_count++].value = given;
    return !has_value && !is_switch ? 2 : 1;
}

/* "ID FIELD=VALUE…" after one of them was given: "FIELD=VALUE…". */
static const char *words_after(const char *words, int given)
{
    for (; given > 0 && strchr(words, ' ') != NULL; given--) words = strchr(words, ' ') + 1;
    return words;
}

/* What goes to a server goes as JSON, which holds UTF-8 alone, and nothing of it may be left out. EXIT_DONE, or a
 * complaint. */
static int check_letters(const struct invocation *in)
{
    size_t at;

    if ((in->verb->kinds & VERB_SERVER) == 0) return EXIT_DONE;
    for (int i = 0; i < in->count; i++)
        if (!str_is_utf8(str_from(in->arguments[i]), &at))
            return complain(in, EXIT_USAGE, "argument %d is not UTF-8 at byte %zu", i + 1, at + 1);
    for (int i = 0; i < in->given_count; i++)
        if (!str_is_utf8(str_from(in->given[i].value), &at))
            return complain(in, EXIT_USAGE, "--%s is not UTF-8 at byte %zu", in->given[i].name, at + 1);
    return EXIT_DONE;
}

static int take_words(struct invocation *in, int argc, char **argv, bool *run)
{
    bool only_arguments = false;
    for (int i = 0; i < argc;) {
        if (!only_arguments && strcmp(argv[i], "--") == 0) {
            only_arguments = true;
            i++;
        } else if (!only_arguments && (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)) {
            help_print_verb(in->verb);
            *run = false;
            return EXIT_DONE;
        } else if (!only_arguments && strncmp(argv[i], "--", 2) == 0) {
            int used = take_flag(in, argc - i, argv + i);
            if (used == 0) return EXIT_USAGE;
            i += used;
        } else if (in->count < ARGUMENTS_MAX) {
            in->arguments[in->count++] = argv[i++];
        } else {
            return complain(in, EXIT_USAGE, "too many arguments");
        }
    }
    if (in->count < in->verb->least)
        return complain(in, EXIT_USAGE, "missing: %s", words_after(in->verb->arguments, in->count));
    if (in->count > in->verb->most)
        return complain(in, EXIT_USAGE, "'%s' is one argument too many", in->arguments[in->verb->most]);
    in->json = flag_given(in, "json");
    return check_letters(in);
}

enum { NEAR_LETTERS_MAX = 32 };

/* How many letters are put in, left out or changed between two words. */
static size_t apart(struct str a, struct str b)
{
    size_t row[NEAR_LETTERS_MAX + 1];

    if (b.len > NEAR_LETTERS_MAX) return NEAR_LETTERS_MAX;
    for (size_t k = 0; k <= b.len; k++) row[k] = k;
    for (size_t i = 1; i <= a.len; i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t k = 1; k <= b.len; k++) {
            size_t change = corner + (a.at[i - 1] != b.at[k - 1]);
            size_t skip = (row[k] < row[k - 1] ? row[k] : row[k - 1]) + 1;
            corner = row[k];
            row[k] = change < skip ? change : skip;
        }
    }
    return row[b.len];
}

/* The first word of a verb that begins like it or is spelled nearly like it; empty: none is near. */
static struct str nearest(struct str typed)
{
    struct str found = {"", 0};
    size_t least = typed.len > 4 ? 3 : 2;

    for (size_t i = 0; i < VERBS_COUNT; i++) {
        struct str first;
        (void)str_cut(str_from(VERBS[i]->name), ' ', &first);
        if (typed.len > 1 && str_starts(first, typed)) return first;
        if (apart(typed, first) >= least) continue;
        least = apart(typed, first);
        found = first;
    }
    return found;
}

static int complain_of_verb(const struct invocation *in, const char *typed)
{
    struct str near = nearest(str_from(typed));

    if (near.len == 0) return complain(in, EXIT_USAGE, "there is no verb '%s'", typed);
    return complain(in, EXIT_USAGE, "there is no verb '%s'; is `sterling " STR_FMT "` meant?", typed, STR_ARG(near));
}

int invocation_parse(struct invocation *in, int argc, char **argv, bool *run)
{
    static char version[] = "version";
    int words = 0;
    *in = (struct invocation){0};
    *run = false;
    if (argc < 1) {
        help_print_all();
        return EXIT_USAGE;
    }
    if (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0 || strcmp(argv[0], "help") == 0) {
        help_print_all();
        return EXIT_DONE;
    }
    if (strcmp(argv[0], "--version") == 0) argv[0] = version;
    in->verb = find_verb(argc, argv, &words);
    if (in->verb == NULL && is_group(argv[0])) {
        bool help = argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0);
        if (argc > 1 && !help)
            return complain(in, EXIT_USAGE, "there is no verb '%s %s'; see: sterling %s --help", argv[0],
                            argv[1], argv[0]);
        print_group(argv[0]);
        return help ? EXIT_DONE : EXIT_USAGE;
    }
    if (in->verb == NULL) return complain_of_verb(in, argv[0]);
    *run = true;
    return take_words(in, argc - words, argv + words, run);
}

const char *flag_value(const struct invocation *in, const char *name)
{
    for (int i = in->given_count; i > 0; i--)
        if (strcmp(in->given[i - 1].name, name) == 0) return in->given[i - 1].value;
    return NULL;
}

bool flag_given(const struct invocation *in, const char *name)
{
    return flag_value(in, name) != NULL;
}

const char *flag_nth(const struct invocation *in, const char *name, int n)
{
    for (int i = 0; i < in->given_count; i++)
        if (strcmp(in->given[i].name, name) == 0 && n-- == 0) return in->given[i].value;
    return NULL;
}

bool flag_int(const struct invocation *in, const char *name, int64_t least, int64_t most, int64_t preset,
              int64_t *out)
{
    const char *value = flag_value(in, name);
    *out = preset;
    if (value == NULL) return true;
    if (str_to_i64(str_from(value), out) == ERR_OK && *out >= least && *out <= most) return true;
    complain(in, EXIT_USAGE, "--%s: '%s' is not a whole number from %" PRId64 " to %" PRId64, name, value,
             least, most);
    return false;
}
