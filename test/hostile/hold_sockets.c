/*
 * hold_sockets: what systemd is to a server with socket activation, for tests: binds two loopback ports and holds
 * them while the server that serves them is planned to end and to begin again.
 *
 *   hold_sockets PORT EVENTS_PORT PROGRAM ARGUMENT…
 *
 * SIGHUP: asks the server to end (SIGTERM), waits, says "ended CODE" on stdout and starts it again. SIGUSR1: the same
 * with SIGKILL. SIGTERM: asks it to end and ends with its code. A server that ends by itself ends this with 1.
 */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FIRST = 3, SOCKETS = 2, BACKLOG = 1024 };

_Noreturn static void give_up(const char *what)
{
    perror(what);
    exit(2);
}

static int hold(const char *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int yes = 1, fd = socket(AF_INET, SOCK_STREAM, 0);

    if (fd < 0) give_up("socket");
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(fd, (const struct sockaddr *)&at, sizeof at) != 0 || listen(fd, BACKLOG) != 0) give_up("bind");
    return fd;
}

/* The server gets them as 3 and 4, and nothing else of ours. */
static pid_t start(const int *fds, const sigset_t *before, char **command)
{
    char pid[24];
    int high[SOCKETS];
    pid_t child = fork();

    if (child != 0) return child;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)sigprocmask(SIG_SETMASK, before, NULL);
    for (int i = 0; i < SOCKETS; i++)
        high[i] = dup(fds[i]);
    for (int i = 0; i < SOCKETS; i++)
        if (dup2(high[i], FIRST + i) < 0) give_up("dup2");
    for (int i = 0; i < SOCKETS; i++)
        if (high[i] >= FIRST + SOCKETS) (void)close(high[i]);
    (void)snprintf(pid, sizeof pid, "%ld", (long)getpid());
    (void)setenv("LISTEN_PID", pid, 1);
    (void)setenv("LISTEN_FDS", "2", 1);
    (void)execv(command[0], command);
    give_up(command[0]);
}

static int end(pid_t child, int sig)
{
    int status = 0;

    (void)kill(child, sig);
    if (waitpid(child, &status, 0) != child) give_up("waitpid");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
    sigset_t set, before;
    int fds[SOCKETS], which = 0;
    pid_t child;

    if (argc < 4) return 2;
    fds[0] = hold(argv[1]);
    fds[1] = hold(argv[2]);
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGHUP);
    (void)sigaddset(&set, SIGUSR1);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGCHLD);
    (void)sigprocmask(SIG_BLOCK, &set, &before);
    child = start(fds, &before, argv + 3);
    while (sigwait(&set, &which) == 0) {
        if (which == SIGTERM) return end(child, SIGTERM);
        if (which == SIGHUP || which == SIGUSR1) {
            printf("ended %d\n", end(child, which == SIGHUP ? SIGTERM : SIGKILL));
            fflush(stdout);
            child = start(fds, &before, argv + 3);
        } else if (waitpid(child, NULL, WNOHANG) == child) {
            fprintf(stderr, "the server ended by itself\n");
            return 1;
        }
    }
    return 2;
}
