/* serve, sandbox: the verbs that stay. They end on SIGTERM, SIGINT or SIGHUP, in order. */
#include "cli/config.h"
#include "cli/failpoints.h"
#include "cli/runtime.h"
#include "sandbox/server.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Blocks the signals before any thread is made, so that only sigwait sees them. A terminal that closes ends the server
 * in order, too, unless whoever started it had it ignore that (nohup). */
static void block_signals(sigset_t *set)
{
    struct sigaction hangup;

    (void)signal(SIGPIPE, SIG_IGN);
    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    if (sigaction(SIGHUP, NULL, &hangup) != 0 || hangup.sa_handler != SIG_IGN) sigaddset(set, SIGHUP);
    (void)pthread_sigmask(SIG_BLOCK, set, NULL);
}

/* An unknown name is answered with the list of those there are. */
static int arm_failpoint(struct invocation *in, const struct settings *s)
{
    struct fault f = {0};
    enum err result = failpoints_from_environment(s, &f);

    if (result == ERR_OK) return EXIT_DONE;
    (void)complain(in, EXIT_REFUSED, "%s", f.what);
    if (result == ERR_NOT_FOUND) failpoints_print(stderr);
    return EXIT_REFUSED;
}

static int serve_verb(struct invocation *in)
{
    struct settings s;
    struct runtime *r;
    struct fault f = {0};
    sigset_t set;
    int which, code = EXIT_DONE;

    if (flag_given(in, "failpoints")) {
        failpoints_print(stdout);
        return EXIT_DONE;
    }
    code = config_gather(in, &s);
    if (code == EXIT_DONE) code = arm_failpoint(in, &s);
    if (code != EXIT_DONE) return code;
    (void)umask(077); /* contacts, texts and keys are nobody else's on this machine */
    block_signals(&set);
    if (runtime_start(&s, &r, &f) != ERR_OK) return complain(in, EXIT_REFUSED, "%s", f.what);
    (void)printf("sterling listens on %s (events on %s)\n", runtime_url(r), runtime_events_url(r));
    if (runtime_sandbox_url(r)[0] != '\0') (void)printf("sandbox listens on %s\n", runtime_sandbox_url(r));
    (void)fflush(stdout);
    (void)sigwait(&set, &which);
    runtime_stop(r);
    return EXIT_DONE;
}

static const struct flag SERVE_FLAGS[] = {
    {"failpoints", NULL, "List the places where STERLING_FAILPOINT=name[@hit]:crash|pause|error can break a server "
                         "that runs the sandbox", false},
};

const struct verb VERB_SERVE = {"serve",
                                "",
                                "run the server",
                                VERB_SETTINGS,
                                0,
                                0,
                                SERVE_FLAGS,
                                COUNT(SERVE_FLAGS),
                                "Needs TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and PUBLIC_URL, or --sandbox. "
                                "Stops on SIGTERM, SIGINT or SIGHUP: arms nothing\n"
                                "more, waits for answers, leaves nothing in doubt. Every setting is a flag "
                                "here, a line of the config file, and an\n"
                                "environment variable.",
                                serve_verb};

static const struct flag SANDBOX_FLAGS[] = {
    {"port", "PORT", "Port on 127.0.0.1 (8090); 0 takes a free one", false},
    {"account-sid", "AC…", "The account's SID (made from the seed)", false},
    {"auth-token", "TOKEN", "Its auth token (made from the seed)", false},
    {"seed", "N", "Seed of SIDs, latencies and faults (1)", false},
    {"no-control", NULL, "Do not serve the control face /_sandbox/", false},
};

static int sandbox_verb(struct invocation *in)
{
    struct sandbox_server_config c = sandbox_server_config_default();
    struct sandbox_server *server;
    struct clock clock;
    struct fault f = {0};
    int64_t port, seed;
    sigset_t set;
    int which;

    if (!flag_int(in, "port", 0, 65535, 8090, &port) || !flag_int(in, "seed", 0, INT64_MAX, 1, &seed))
        return EXIT_USAGE;
    clock_system(&clock);
    c.clock = &clock;
    c.port = (uint16_t)port;
    c.seed = (uint64_t)seed;
    c.control = !flag_given(in, "no-control");
    c.model.account_sid = str_from(flag_value(in, "account-sid"));
    c.model.auth_token = str_from(flag_value(in, "auth-token"));
    block_signals(&set);
    server = sandbox_server_start(&c, &f);
    if (server == NULL) return complain(in, EXIT_REFUSED, "%s", f.what);
    (void)printf("sandbox listens on http://127.0.0.1:%u\n", sandbox_server_port(server));
    (void)fflush(stdout);
    (void)sigwait(&set, &which);
    sandbox_server_stop(server);
    return EXIT_DONE;
}

const struct verb VERB_SANDBOX = {"sandbox",
                                  "",
                                  "run the built-in Twilio alone, for any program that speaks to Twilio",
                                  0,
                                  0,
                                  0,
                                  SANDBOX_FLAGS,
                                  COUNT(SANDBOX_FLAGS),
                                  "Point your program's Twilio client at its address. GET /_sandbox/ tells "
                                  "account, token and what can be asked of it;\n"
                                  "docs/sandbox.md has the whole.",
                                  sandbox_verb};
