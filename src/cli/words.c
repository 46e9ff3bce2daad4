/* words: one pass over the text, the longest call first. Contract in words.h. */
#include "cli/words.h"

#include <string.h>

static const struct {
    const char *call, *verb;
} WORDS[] = {
    {"one of GET /v1/lists", "a list that is there"},
    {"one of GET /v1/programs", "a program that is there"},
    {"GET /v1/senders", "`sterling sender list`"},
    {"POST /v1/senders", "`sterling sender add`"},
    {"POST /v1/segments", "`sterling segment`"},
    {"POST /v1/lists", "`sterling contacts import --list`"},
    {"POST /v1/content/check", "`sterling content check`"},
    {"the fields of POST /v1/consents", "the columns that `sterling consent import --help` names"},
    {" (%2B14155552671 in an address)", ""},
};
enum { WORDS_COUNT = sizeof WORDS / sizeof WORDS[0] };

void words_print(const char *text, FILE *out)
{
    while (text != NULL && *text != '\0') {
        size_t i = 0;
        while (i < WORDS_COUNT && strncmp(text, WORDS[i].call, strlen(WORDS[i].call)) != 0) i++;
        if (i == WORDS_COUNT) {
            (void)fputc(*text++, out);
            continue;
        }
        (void)fputs(WORDS[i].verb, out);
        text += strlen(WORDS[i].call);
    }
}
