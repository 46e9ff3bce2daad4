/*
 * Ordinary texts of businesses pass and forbidden ones are blocked: content_texts.tsv says which are which, and the
 * terms were made by looking at it. content_texts_later.tsv was written after them, and is never looked at to change a
 * term: its figures are those to expect of other people's texts.
 */
#include "base/str.h"
#include "rules/content.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PASS_LEAST = 400, FORBID_LEAST = 300, LINE_BYTES = 4096 };

struct score {
    const char *file;
    bool show;
    int pass, forbid, alarms, missed, asked;
};

static bool has(const char *context, const char *word)
{
    return strstr(context, word) != NULL;
}

static struct content_case case_of(const char *context, const char *brand)
{
    struct content_case c = {.kind = KIND_MARKETING, .age_gated = has(context, "age"),
                             .direct_lending = has(context, "lend"),
                             .brand = str_from(strcmp(brand, "-") == 0 ? NULL : brand)};

    if (strcmp(context, "t") == 0 || has(context, "lend")) c.kind = KIND_TRANSACTIONAL;
    if (strcmp(context, "c") == 0) c.kind = KIND_CONVERSATIONAL;
    if (has(context, "political")) c.use_case = USE_CASE_POLITICAL;
    if (has(context, "charity")) c.use_case = USE_CASE_CHARITY;
    if (has(context, "sweep")) c.use_case = USE_CASE_SWEEPSTAKE;
    return c;
}

static void judge(struct score *s, bool forbidden, const struct content_case *c, const char *text)
{
    struct content_report r;

    content_check(str_from(text), c, &r);
    for (size_t i = 0; i < r.count; i++)
        assert_true((size_t)r.findings[i].offset + r.findings[i].length <= strlen(text));
    s->pass += !forbidden;
    s->forbid += forbidden;
    s->asked += !forbidden && r.worst == CONTENT_ASK;
    s->alarms += !forbidden && r.worst == CONTENT_BLOCK;
    s->missed += forbidden && r.worst != CONTENT_BLOCK;
    if (s->show && forbidden == (r.worst != CONTENT_BLOCK))
        print_message("# %s, %s (%s): %s\n", forbidden ? "missed" : "false alarm", content_severity_name(r.worst),
                      r.count > 0 ? r.findings[0].rule->id : "", text);
}

/* With any one word of it in a field: where its value can make nothing worse, the template is blocked already. */
static void fields_are_judged_like_words(const struct content_case *c, const char *text)
{
    struct content_case of_template = *c;
    bool blocked = content_blocks(str_from(text), c);
    char template[LINE_BYTES];

    of_template.template = true;
    for (const char *word = text; *word != '\0'; word += strcspn(word, " "), word += strspn(word, " ")) {
        int bytes = (int)strcspn(word, " .,:;!?");
        (void)snprintf(template, sizeof template, "%.*s{{x}}%s", (int)(word - text), text, word + bytes);
        if (!content_value_plain((struct str){word, (size_t)bytes})) continue;
        if (content_template_open(str_from(template))) continue;
        if (blocked && !content_blocks(str_from(template), &of_template))
            fail_msg("with \"%.*s\" in a field it is not blocked: %s", bytes, word, text);
    }
}

static double precision(const struct score *s)
{
    int found = s->forbid - s->missed;
    return 100.0 * found / (found + s->alarms);
}

static double recall(const struct score *s)
{
    return 100.0 * (s->forbid - s->missed) / s->forbid;
}

static void read_texts(struct score *s)
{
    char path[512], line[LINE_BYTES];
    FILE *file;

    (void)snprintf(path, sizeof path, "%s/%s", HERE, s->file);
    file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        char *save = NULL, *label, *context, *brand, *text;
        struct content_case c;
        if (line[0] == '#' || strncmp(line, "label\t", 6) == 0) continue;
        label = strtok_r(line, "\t", &save);
        context = strtok_r(NULL, "\t", &save);
        brand = strtok_r(NULL, "\t", &save);
        text = strtok_r(NULL, "\n", &save);
        assert_non_null(text);
        c = case_of(context, brand);
        judge(s, strcmp(label, "forbid") == 0, &c, text);
        fields_are_judged_like_words(&c, text);
    }
    (void)fclose(file);
    print_message("# %s: %d ordinary, %d forbidden: precision %.1f%%, recall %.1f%%; of the ordinary %d blocked, %d "
                  "asked about\n",
                  s->file, s->pass, s->forbid, precision(s), recall(s), s->alarms, s->asked);
}

static void ordinary_texts_pass_and_forbidden_ones_are_blocked(void **state)
{
    struct score s = {.file = "content_texts.tsv", .show = true};

    (void)state;
    read_texts(&s);
    assert_true(s.pass >= PASS_LEAST && s.forbid >= FORBID_LEAST);
    assert_true(precision(&s) >= 99.5 && recall(&s) >= 99.0);
}

static void texts_that_nobody_looked_at_are_mostly_judged_right(void **state)
{
    struct score s = {.file = "content_texts_later.tsv", .show = getenv("STERLING_TEST_HELD_OUT") != NULL};

    (void)state;
    read_texts(&s);
    assert_true(precision(&s) >= 85.0 && recall(&s) >= 70.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ordinary_texts_pass_and_forbidden_ones_are_blocked),
        cmocka_unit_test(texts_that_nobody_looked_at_are_mostly_judged_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
