/*
 * inherited: listening sockets that whoever started us holds (systemd's socket activation, sd_listen_fds(3)).
 *
 * They outlive the process: while one server ends and the next begins, connections wait in the backlog and none is
 * refused. Descriptors from 3 on; LISTEN_PID must be ours, LISTEN_FDS is their number, LISTEN_FDNAMES may say "http"
 * and "events"; without such names the first serves the API and the second live events.
 */
#ifndef STERLING_CLI_INHERITED_H
#define STERLING_CLI_INHERITED_H

#include "base/err.h"

struct inherited {
    int http, events; /* listening sockets, close-on-exec and non-blocking; -1: open one by the settings */
};

/* Reads the environment and takes the variables off it, so that they count once. No such variables, or another
 * process's: both -1. ERR_INVALID: what was handed over is no listening TCP socket, or more than two are. */
MUST_CHECK enum err inherited_take(struct inherited *out, struct fault *f);

#endif
