/* main: hands the words to the verb they name. */
#include "cli/verb.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    struct invocation in;
    bool run;
    int code = invocation_parse(&in, argc - 1, argv + 1, &run);

    if (code == EXIT_DONE && run) code = in.verb->run(&in);
    if (code == EXIT_DONE && (fflush(stdout) != 0 || ferror(stdout) != 0))
        code = complain(&in, EXIT_FAILED, "what was to be told could not be written whole: %m");
    return code;
}
