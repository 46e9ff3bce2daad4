/* completion, man: made from the table of verbs, so they cannot disagree with it. */
#include "app/settings.h"
#include "cli/verb.h"

#include <stdio.h>
#include <string.h>

static void each_flag(const struct verb *v, void (*print)(const struct flag *f))
{
    for (size_t i = 0; i < v->flags_count; i++)
        print(&v->flags[i]);
    for (size_t i = 0; (v->kinds & VERB_JSON) != 0 && i < JSON_FLAGS_COUNT; i++)
        print(&JSON_FLAGS[i]);
    for (size_t i = 0; (v->kinds & VERB_SERVER) != 0 && i < SERVER_FLAGS_COUNT; i++)
        print(&SERVER_FLAGS[i]);
}

static void print_word(const struct flag *f)
{
    (void)printf(" --%s", f->name);
}

static void print_bash(void)
{
    (void)puts("# bash completion for sterling\n_sterling() {\n"
               "  local cur=${COMP_WORDS[COMP_CWORD]} verb=\"${COMP_WORDS[1]} ${COMP_WORDS[2]}\" words\n"
               "  case \"$verb\" in");
    for (size_t i = 0; i < VERBS_COUNT; i++) {
        bool two = strchr(VERBS[i]->name, ' ') != NULL;
        (void)printf("    '%s%s) words=\"--help", VERBS[i]->name, two ? "'*" : " '*");
        each_flag(VERBS[i], print_word);
        (void)puts("\" ;;");
    }
    (void)puts("  esac\n  if [ \"$COMP_CWORD\" = 1 ]; then words=\"");
    for (size_t i = 0; i < VERBS_COUNT; i++)
        (void)printf("%.*s ", (int)strcspn(VERBS[i]->name, " "), VERBS[i]->name);
    (void)puts("help\"\n  elif [ \"$COMP_CWORD\" = 2 ]; then case \"${COMP_WORDS[1]}\" in");
    for (size_t i = 0; i < VERBS_COUNT; i++) {
        const char *second = strchr(VERBS[i]->name, ' ');
        if (second != NULL)
            (void)printf("    %.*s) words=\"$words %s\" ;;&\n", (int)(second - VERBS[i]->name),
                         VERBS[i]->name, second + 1);
    }
    (void)puts("  esac; fi\n  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
               "  [ ${#COMPREPLY[@]} -gt 0 ] || mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n}\n"
               "complete -F _sterling sterling");
}

static const char *fish_verb;
static void print_fish_flag(const struct flag *f)
{
    char text[256];
    size_t n = 0;
    for (const char *c = f->help; *c != '\0' && n + 2 < sizeof text; c++)
        if (*c != '\'') text[n++] = *c;
    text[n] = '\0';
    (void)printf("complete -c sterling -n '__fish_seen_subcommand_from %s' -l %s%s -d '%s'\n", fish_verb,
                 f->name, f->value == NULL ? "" : " -r", text);
}

static void print_fish(void)
{
    (void)puts("# fish completion for sterling");
    for (size_t i = 0; i < VERBS_COUNT; i++) {
        const char *second = strchr(VERBS[i]->name, ' ');
        if (second == NULL)
            (void)printf("complete -c sterling -n __fish_use_subcommand -f -a %s -d \"%s\"\n", VERBS[i]->name,
                         VERBS[i]->summary);
        else
            (void)printf("complete -c sterling -n '__fish_seen_subcommand_from %.*s' -f -a %s -d \"%s\"\n",
                         (int)(second - VERBS[i]->name), VERBS[i]->name, second + 1, VERBS[i]->summary);
        fish_verb = second == NULL ? VERBS[i]->name : second + 1;
        each_flag(VERBS[i], print_fish_flag);
    }
}

static int completion_verb(struct invocation *in)
{
    if (strcmp(in->arguments[0], "bash") == 0)
        print_bash();
    else if (strcmp(in->arguments[0], "zsh") == 0) {
        (void)puts("#compdef sterling\nautoload -U +X bashcompinit && bashcompinit");
        print_bash();
    } else if (strcmp(in->arguments[0], "fish") == 0)
        print_fish();
    else
        return complain(in, EXIT_USAGE, "'%s' is none of bash, zsh, fish", in->arguments[0]);
    return EXIT_DONE;
}

/* roff text: a leading dot or quote and every backslash and dash would be taken for a command. */
static void print_roff(const char *text)
{
    bool line_start = true;
    for (; *text != '\0'; text++) {
        if (line_start && (*text == '.' || *text == '\'')) (void)fputs("\\&", stdout);
        if (*text == '\\')
            (void)fputs("\\e", stdout);
        else if (*text == '-')
            (void)fputs("\\-", stdout);
        else
            (void)putchar(*text);
        line_start = *text == '\n';
    }
}

static void print_roff_flag(const struct flag *f)
{
    (void)printf(".TP\n\\fB\\-\\-%s\\fR%s%s\n", f->name, f->value == NULL ? "" : " ",
                 f->value == NULL ? "" : f->value);
    print_roff(f->help);
    (void)putchar('\n');
}

static void print_verb_roff(const struct verb *v)
{
    (void)printf(".SS %s %s\n", v->name, v->arguments);
    print_roff(v->summary);
    (void)puts(".");
    if (v->details != NULL) {
        (void)puts(".PP");
        print_roff(v->details);
        (void)putchar('\n');
    }
    each_flag(v, print_roff_flag);
}

static int man_verb(struct invocation *in)
{
    (void)in;
    (void)puts(".TH STERLING 1 \"\" \"Sterling\" \"User Commands\"\n.SH NAME\nsterling \\- send SMS for many "
               "customers through Twilio\n"
               ".SH SYNOPSIS\n.B sterling\nVERB [arguments] [\\-\\-flags]\n.SH DESCRIPTION\n"
               "The server that an ISV runs to text on behalf of its customers, and the command line that "
               "drives it.\n.SH VERBS");
    for (size_t i = 0; i < VERBS_COUNT; i++)
        print_verb_roff(VERBS[i]);
    (void)puts(".SH SETTINGS\nOf serve and config; each also as an environment variable STERLING_NAME.");
    for (size_t i = 0; i < SETTINGS_COUNT; i++) {
        (void)printf(".TP\n\\fB%s\\fR\n", SETTINGS[i].name);
        print_roff(SETTINGS[i].help);
        (void)putchar('\n');
    }
    (void)puts(".SH EXIT STATUS\n0 done, 1 failed, 2 wrong usage, 3 not found, 4 refused with a reason, 5 no "
               "server answered.");
    return EXIT_DONE;
}

const struct verb VERB_COMPLETION = {"completion",
                                     "bash|zsh|fish",
                                     "print shell completion",
                                     0,
                                     1,
                                     1,
                                     NULL,
                                     0,
                                     "For bash: sterling completion bash > /etc/bash_completion.d/sterling",
                                     completion_verb};
const struct verb VERB_MAN = {"man", "", "print the manual page (roff)", 0,       0, 0,
                              NULL,  0,  "sterling man | man -l -",      man_verb};
