/* audit_scan_fuzz: a line of a log. A regular expression, written apart, must see the same numbers. */
#include "app/audit_scan.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool regex_sees_number(const char *line)
{
    static regex_t pattern;
    static bool compiled;

    if (!compiled && regcomp(&pattern, "([+]|%2B)[1-9][0-9]{9,14}([^0-9A-Za-z_*-]|$)", REG_EXTENDED | REG_NOSUB) != 0)
        abort();
    compiled = true;
    return regexec(&pattern, line, 0, NULL, 0) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *line = malloc(size + 1);
    enum audit_leak leak;

    BUG_IF(line == NULL);
    for (size_t i = 0; i < size; i++) line[i] = (char)(data[i] == 0 || data[i] > 126 ? '?' : data[i]);
    line[size] = '\0';
    leak = audit_scan_line((struct str){line, size});
    if (leak != AUDIT_LEAK_SECRET) BUG_IF((leak == AUDIT_LEAK_NUMBER) != regex_sees_number(line));
    free(line);
    return 0;
}
