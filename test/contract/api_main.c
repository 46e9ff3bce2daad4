/* api_main: the HTTP face over a fresh store, for the contract tests: prints where it is and its keys as one
 * line of JSON, and runs until its standard input ends. */
#include "../unit/http/face.h"

#include <stdio.h>

int main(void)
{
    static struct face f;
    char line[16];

    face_open(&f);
    (void)printf("{\"port\":%u,\"operator\":\"%s\",\"key\":\"%s\"}\n", http_server_port(f.server),
                 f.operator_key, f.acme_key);
    (void)fflush(stdout);
    while (fgets(line, sizeof line, stdin) != NULL)
        continue;
    face_close(&f);
    return 0;
}
