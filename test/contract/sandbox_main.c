/*
 * sandbox_main: the sandbox's server alone, for the contract tests.
 *
 * Prints {"port":…} on one line when it listens and stops when its standard input ends, so that a test that
 * dies leaves nothing behind. Arguments: a seed (default 1) and "steady" for carriers that never fail.
 */
#include "sandbox/server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void make_steady(struct sandbox_config *model)
{
    for (int i = 0; i < SANDBOX_CARRIER_COUNT; i++)
        model->carriers[i] = (struct sandbox_carrier_config){
            .sent_ms_min = 5, .sent_ms_max = 20, .receipt_ms_min = 20, .receipt_ms_max = 60};
    model->handset_ms_min = model->handset_ms_max = 50;
    model->long_code_mps_milli = 0;
}

int main(int argc, char **argv)
{
    struct sandbox_server_config config = sandbox_server_config_default();
    struct clock clock;
    struct fault fault = {0};
    struct sandbox_server *server;
    char ignored[256];
    if (argc > 1) config.seed = strtoull(argv[1], NULL, 10);
    if (argc > 2 && strcmp(argv[2], "steady") == 0) make_steady(&config.model);
    clock_system(&clock);
    config.clock = &clock;
    server = sandbox_server_start(&config, &fault);
    if (server == NULL) {
        (void)fprintf(stderr, "%s\n", fault.what);
        return 1;
    }
    (void)printf("{\"port\":%u}\n", (unsigned)sandbox_server_port(server));
    (void)fflush(stdout);
    while (read(STDIN_FILENO, ignored, sizeof ignored) > 0) continue;
    sandbox_server_stop(server);
    return 0;
}
