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

static void print_valued(const struct flag *f)
{
    if (f->value != NULL) print_word(f);
}

static bool is_first_of_its_word(size_t index)
{
    size_t n = strcspn(VERBS[index]->name, " ");
    for (size_t i = 0; i < index; i++)
        if (strcspn(VERBS[i]->name, " ") == n && strncmp(VERBS[i]->name, VERBS[index]->name, n) == 0)
            return false;
    return true;
}

/* What the verb's arguments may be, where that is a choice: "bash|zsh|fish". */
static void print_choices(const struct verb *v)
{
    if (strchr(v->arguments, '[') != NULL || strchr(v->arguments, '|') == NULL) return;
    (void)putchar(' ');
    for (const char *c = v->arguments; *c != '\0'; c++)
        (void)putchar(*c == '|' ? ' ' : *c);
}

static void print_bash_verb(const struct verb *v)
{
    (void)printf("    '%s%s) words=\"--help", v->name, strchr(v->name, ' ') != NULL ? "'*" : " '*");
    print_choices(v);
    each_flag(v, print_word);
    for (size_t i = 0; (v->kinds & VERB_SETTINGS) != 0 && i < SETTINGS_COUNT; i++)
        (void)printf(" --%s=", SETTINGS[i].name);
    (void)printf("\" valued=\"");
    each_flag(v, print_valued);
    (void)puts("\" ;;");
}

/* The second words of every first one. */
static void print_bash_groups(void)
{
    for (size_t i = 0; i < VERBS_COUNT; i++) {
        int n = (int)strcspn(VERBS[i]->name, " ");
        if (VERBS[i]->name[n] == '\0' || !is_first_of_its_word(i)) continue;
        (void)printf("    %.*s) words=\"--help", n, VERBS[i]->name);
        for (size_t k = i; k < VERBS_COUNT; k++)
            if (strncmp(VERBS[k]->name, VERBS[i]->name, (size_t)n + 1) == 0)
                (void)printf(" %s", VERBS[k]->name + n + 1);
        (void)puts("\" ;;");
    }
}

static void print_bash(void)
{
    (void)puts("# bash completion for sterling\n_sterling() {\n"
               "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words= valued=\n"
               "  case \"${COMP_WORDS[1]} ${COMP_WORDS[2]}\" in");
    for (size_t i = 0; i < VERBS_COUNT; i++)
        print_bash_verb(VERBS[i]);
    (void)printf("  esac\n  if [ \"$COMP_CWORD\" = 1 ]; then words=\"--help");
    for (size_t i = 0; i < VERBS_COUNT; i++)
        if (is_first_of_its_word(i)) (void)printf(" %.*s", (int)strcspn(VERBS[i]->name, " "), VERBS[i]->name);
    (void)puts("\"\n  elif [ \"$COMP_CWORD\" = 2 ]; then case \"${COMP_WORDS[1]}\" in");
    print_bash_groups();
    /* Bash makes '=' a word of its own. What is not known here is a file, perhaps. */
    (void)puts("  esac; fi\n"
               "  case \"$valued = \" in *\" $prev \"*) words= ;; esac\n"
               "  if [ \"$cur\" = = ]; then cur= words=; fi\n"
               "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
               "  [ ${#COMPREPLY[@]} -gt 0 ] || mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
               "  case \"${COMPREPLY[*]}\" in *=) compopt -o nospace 2>/dev/null ;; esac\n}\n"
               "complete -F _sterling sterling");
}

static const char *fish_verb;
static void print_fish_flag(const struct flag *f)
{
    char text[256];
    size_t n = 0;
    for (const char *c = f->help; *c != '\0' && n + 2 < sizeof text; c++)
    {
        if (*c == '\'') text[n++] = '\\';
        text[n++] = *c;
    }
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
    (void)puts(".SH EXIT STATUS\n" EXIT_CODES_TEXT);
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
