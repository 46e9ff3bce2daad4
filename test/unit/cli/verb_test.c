/* Words to verbs: what is taken, what is complained of, and with which exit code; and the table of verbs,
 * which help, completion and the manual page must tell whole. */
#include "app/settings.h"
#include "cli/verb.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { WORDS_MAX = 300, TEXT_BYTES = 1 << 20 };
static char text[TEXT_BYTES];

/* What `body` writes to a stream goes to `text`. */
static FILE *capture_begin(FILE *stream, int *saved)
{
    FILE *file = tmpfile();
    assert_non_null(file);
    (void)fflush(stream);
    *saved = dup(fileno(stream));
    assert_true(dup2(fileno(file), fileno(stream)) >= 0);
    return file;
}

static void capture_end(FILE *stream, FILE *file, int saved)
{
    size_t n;
    (void)fflush(stream);
    assert_true(dup2(saved, fileno(stream)) >= 0);
    (void)close(saved);
    rewind(file);
    n = fread(text, 1, sizeof text - 1, file);
    text[n] = '\0';
    (void)fclose(file);
}

/* Parses words; both streams are captured, what went to stderr stays in `text` (stdout if that was empty). */
static int parse(struct invocation *in, bool *run, const char *const *words)
{
    char *argv[WORDS_MAX];
    int argc = 0, code, saved_out, saved_err;
    FILE *out, *err;
    char *printed;
    while (words[argc] != NULL) {
        argv[argc] = (char *)(uintptr_t)words[argc];
        argc++;
    }
    out = capture_begin(stdout, &saved_out);
    err = capture_begin(stderr, &saved_err);
    code = invocation_parse(in, argc, argv, run);
    capture_end(stdout, out, saved_out);
    printed = strdup(text);
    capture_end(stderr, err, saved_err);
    if (text[0] == '\0') (void)snprintf(text, sizeof text, "%s", printed);
    free(printed);
    return code;
}

#define PARSE(in, run, ...) parse(in, run, (const char *const[]){__VA_ARGS__, NULL})

static void assert_refused(const char *const *words, const char *because)
{
    struct invocation in;
    bool run = true;
    assert_int_equal(parse(&in, &run, words), EXIT_USAGE);
    if (strstr(text, because) == NULL) fail_msg("'%s' does not say '%s'", text, because);
}
#define REFUSED(because, ...) assert_refused((const char *const[]){__VA_ARGS__, NULL}, because)

static void words_and_flags_come_in_any_order(void **state)
{
    struct invocation in;
    bool run;
    (void)state;
    assert_int_equal(PARSE(&in, &run, "send", "--urgent", "+14155550100", "--kind=marketing", "Hi", "--json",
                           "--org", "acme"),
                     EXIT_DONE);
    assert_true(run);
    assert_string_equal(in.verb->name, "send");
    assert_int_equal(in.count, 2);
    assert_string_equal(in.arguments[0], "+14155550100");
    assert_string_equal(in.arguments[1], "Hi");
    assert_string_equal(flag_value(&in, "kind"), "marketing");
    assert_string_equal(flag_value(&in, "org"), "acme");
    assert_true(flag_given(&in, "urgent"));
    assert_false(flag_given(&in, "from"));
    assert_true(in.json);
}

static void two_words_name_a_verb(void **state)
{
    struct invocation in;
    bool run;
    (void)state;
    assert_int_equal(PARSE(&in, &run, "campaign", "list"), EXIT_DONE);
    assert_string_equal(in.verb->name, "campaign list");
    assert_int_equal(in.count, 0);
}

static void after_two_dashes_all_is_argument(void **state)
{
    struct invocation in;
    bool run;
    (void)state;
    assert_int_equal(PARSE(&in, &run, "segment", "--json", "--", "--help"), EXIT_DONE);
    assert_true(run);
    assert_string_equal(in.arguments[0], "--help");
    assert_true(in.json);
    assert_int_equal(PARSE(&in, &run, "send", "--", "+14155550100", "--"), EXIT_DONE);
    assert_string_equal(in.arguments[1], "--");
}

static void one_dash_is_an_argument(void **state)
{
    struct invocation in;
    bool run;
    (void)state;
    assert_int_equal(PARSE(&in, &run, "segment", "-"), EXIT_DONE);
    assert_string_equal(in.arguments[0], "-");
}

static void the_last_value_counts_and_repeating_flags_keep_all(void **state)
{
    struct invocation in;
    bool run;
    (void)state;
    assert_int_equal(PARSE(&in, &run, "signature", "--param", "A=1", "--param=B=2", "--url", "x", "--url", "y"),
                     EXIT_DONE);
    assert_string_equal(flag_value(&in, "url"), "y");
    assert_string_equal(flag_nth(&in, "param", 0), "A=1");
    assert_string_equal(flag_nth(&in, "param", 1), "B=2");
    assert_null(flag_nth(&in, "param", 2));
}

static void an_empty_value_is_a_value(void **state)
{
    struct invocation in;
    bool run;
    (void)state;
    assert_int_equal(PARSE(&in, &run, "campaign", "list", "--org="), EXIT_DONE);
    assert_string_equal(flag_value(&in, "org"), "");
}

static void settings_are_flags_of_the_verbs_that_take_them(void **state)
{
    struct invocation in;
    bool run;
    (void)state;
    assert_int_equal(PARSE(&in, &run, "serve", "--sandbox", "--port=0", "--provider.timeout_ms", "500"), EXIT_DONE);
    assert_string_equal(flag_value(&in, "sandbox"), "true");
    assert_string_equal(flag_value(&in, "port"), "0");
    assert_string_equal(flag_value(&in, "provider.timeout_ms"), "500");
    assert_int_equal(PARSE(&in, &run, "serve", "--sandbox=false"), EXIT_DONE);
    assert_string_equal(flag_value(&in, "sandbox"), "false");
    REFUSED("there is no flag --sandbox", "version", "--sandbox");
}

static void wrong_words_are_wrong_usage_and_say_which(void **state)
{
    (void)state;
    REFUSED("there is no verb 'sned'", "sned", "+14155550100", "Hi");
    REFUSED("there is no verb 'campaign strat'", "campaign", "strat", "x");
    REFUSED("sterling campaign start", "campaign");
    REFUSED("there is no flag --kond", "send", "a", "b", "--kond", "x");
    REFUSED("there is no flag --", "send", "a", "b", "--=x");
    REFUSED("--kind needs a value", "send", "a", "b", "--kind");
    REFUSED("--urgent takes no value", "send", "a", "b", "--urgent=yes");
    REFUSED("missing: NUMBER TEXT", "send");
    REFUSED("missing: TEXT", "send", "+14155550100");
    REFUSED("'c' is one argument too many", "send", "a", "b", "c");
    REFUSED("see: sterling send --help", "send");
}

static void more_words_than_fit_are_refused(void **state)
{
    const char *words[WORDS_MAX] = {"sender", "add"};
    struct invocation in;
    bool run;
    (void)state;
    for (int i = 2; i < WORDS_MAX - 1; i++)
        words[i] = i % 2 == 0 ? "+14155550100" : "--verified";
    assert_int_equal(parse(&in, &run, words), EXIT_DONE);
    for (int i = 2; i < WORDS_MAX - 1; i++)
        words[i] = "+14155550100";
    assert_refused(words, "too many");
    for (int i = 2; i < WORDS_MAX - 1; i++)
        words[i] = "--verified";
    assert_refused(words, "too many");
}

static void whole_numbers_are_checked(void **state)
{
    struct invocation in;
    bool run;
    int64_t n;
    int saved;
    FILE *err;
    (void)state;
    assert_int_equal(PARSE(&in, &run, "campaign", "list", "--limit", "12x"), EXIT_DONE);
    err = capture_begin(stderr, &saved);
    assert_false(flag_int(&in, "limit", 1, 100, 7, &n));
    capture_end(stderr, err, saved);
    assert_non_null(strstr(text, "--limit: '12x' is not a whole number from 1 to 100"));
    assert_int_equal(PARSE(&in, &run, "campaign", "list", "--limit", "101"), EXIT_DONE);
    err = capture_begin(stderr, &saved);
    assert_false(flag_int(&in, "limit", 1, 100, 7, &n));
    capture_end(stderr, err, saved);
    assert_int_equal(PARSE(&in, &run, "campaign", "list", "--limit", "100"), EXIT_DONE);
    assert_true(flag_int(&in, "limit", 1, 100, 7, &n));
    assert_int_equal(n, 100);
    assert_int_equal(PARSE(&in, &run, "campaign", "list"), EXIT_DONE);
    assert_true(flag_int(&in, "limit", 1, 100, 7, &n));
    assert_int_equal(n, 7);
}

static void help_is_everywhere_and_does_nothing_else(void **state)
{
    struct invocation in;
    bool run = true;
    (void)state;
    for (size_t i = 0; i < VERBS_COUNT; i++) {
        char first[64] = "", *second;
        const char *words[4] = {first};
        assert_true(strlen(VERBS[i]->name) < sizeof first);
        strcpy(first, VERBS[i]->name);
        second = strchr(first, ' ');
        if (second != NULL) *second++ = '\0';
        words[1] = second == NULL ? "--help" : second;
        words[2] = second == NULL ? NULL : "--help";
        assert_int_equal(parse(&in, &run, words), EXIT_DONE);
        assert_false(run);
        assert_non_null(strstr(text, VERBS[i]->summary));
        for (size_t f = 0; f < VERBS[i]->flags_count; f++)
            assert_non_null(strstr(text, VERBS[i]->flags[f].help));
    }
    assert_int_equal(PARSE(&in, &run, "--help"), EXIT_DONE);
    for (size_t i = 0; i < VERBS_COUNT; i++)
        assert_non_null(strstr(text, VERBS[i]->summary));
    assert_int_equal(PARSE(&in, &run, "campaign", "--help"), EXIT_DONE);
    assert_false(run);
    assert_int_equal(parse(&in, &run, (const char *const[]){NULL}), EXIT_USAGE);
}

static bool is_flag(const struct verb *v, size_t i, const char **name)
{
    size_t server = (v->kinds & VERB_SERVER) != 0 ? SERVER_FLAGS_COUNT : 0;
    size_t json = (v->kinds & VERB_JSON) != 0 ? JSON_FLAGS_COUNT : 0;
    size_t settings = (v->kinds & VERB_SETTINGS) != 0 ? SETTINGS_COUNT : 0;
    if (i < v->flags_count) return (*name = v->flags[i].name) != NULL;
    i -= v->flags_count;
    if (i < server) return (*name = SERVER_FLAGS[i].name) != NULL;
    i -= server;
    if (i < json) return (*name = JSON_FLAGS[i].name) != NULL;
    i -= json;
    return i < settings && (*name = SETTINGS[i].name) != NULL;
}

static void the_table_is_whole_and_flags_are_unique(void **state)
{
    (void)state;
    for (size_t i = 0; i < VERBS_COUNT; i++) {
        const struct verb *v = VERBS[i];
        const char *a, *b;
        assert_non_null(v->summary);
        assert_true(strlen(v->summary) > 8 && v->summary[strlen(v->summary) - 1] != '.');
        assert_non_null(v->run);
        assert_non_null(v->arguments);
        assert_true(v->least <= v->most && v->most <= ARGUMENTS_MAX);
        for (size_t other = i + 1; other < VERBS_COUNT; other++)
            assert_string_not_equal(v->name, VERBS[other]->name);
        for (size_t x = 0; is_flag(v, x, &a); x++) {
            assert_string_not_equal(a, "help");
            for (size_t y = x + 1; is_flag(v, y, &b); y++)
                if (strcmp(a, b) == 0) fail_msg("%s has --%s twice", v->name, a);
        }
        for (size_t f = 0; f < v->flags_count; f++)
            assert_true(v->flags[f].help != NULL && v->flags[f].help[0] != '\0');
    }
}

/* Runs a verb that only prints; what it printed is in `text`. */
static int run_verb(const char *const *words)
{
    struct invocation in;
    bool run;
    int code, saved;
    FILE *out;
    assert_int_equal(parse(&in, &run, words), EXIT_DONE);
    out = capture_begin(stdout, &saved);
    code = in.verb->run(&in);
    capture_end(stdout, out, saved);
    return code;
}

static void completion_and_manual_tell_every_verb_and_flag(void **state)
{
    static const char *const shells[] = {"bash", "zsh", "fish"};
    (void)state;
    for (size_t s = 0; s < 3; s++) {
        assert_int_equal(run_verb((const char *const[]){"completion", shells[s], NULL}), EXIT_DONE);
        for (size_t i = 0; i < VERBS_COUNT; i++) {
            const char *last = strrchr(VERBS[i]->name, ' ');
            assert_non_null(strstr(text, last == NULL ? VERBS[i]->name : last + 1));
            for (size_t f = 0; f < VERBS[i]->flags_count; f++)
                assert_non_null(strstr(text, VERBS[i]->flags[f].name));
        }
    }
    assert_non_null(strstr(text, "'The server\\'s address;")); /* in fish's quotes */
    assert_int_equal(run_verb((const char *const[]){"man", NULL}), EXIT_DONE);
    for (size_t i = 0; i < VERBS_COUNT; i++) {
        char heading[100];
        (void)snprintf(heading, sizeof heading, ".SS %s", VERBS[i]->name);
        assert_non_null(strstr(text, heading));
    }
    for (size_t i = 0; i < SETTINGS_COUNT; i++)
        assert_non_null(strstr(text, SETTINGS[i].name));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_and_flags_come_in_any_order),
        cmocka_unit_test(two_words_name_a_verb),
        cmocka_unit_test(after_two_dashes_all_is_argument),
        cmocka_unit_test(one_dash_is_an_argument),
        cmocka_unit_test(the_last_value_counts_and_repeating_flags_keep_all),
        cmocka_unit_test(an_empty_value_is_a_value),
        cmocka_unit_test(settings_are_flags_of_the_verbs_that_take_them),
        cmocka_unit_test(wrong_words_are_wrong_usage_and_say_which),
        cmocka_unit_test(more_words_than_fit_are_refused),
        cmocka_unit_test(whole_numbers_are_checked),
        cmocka_unit_test(help_is_everywhere_and_does_nothing_else),
        cmocka_unit_test(the_table_is_whole_and_flags_are_unique),
        cmocka_unit_test(completion_and_manual_tell_every_verb_and_flag),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
