/* main: hands the words to the verb they name. */
#include "cli/verb.h"

int main(int argc, char **argv)
{
    struct invocation in;
    bool run;
    int code = invocation_parse(&in, argc - 1, argv + 1, &run);
    return code == EXIT_DONE && run ? in.verb->run(&in) : code;
}
