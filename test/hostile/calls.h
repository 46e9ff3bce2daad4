/*
 * calls: system calls on sockets that fail on purpose, for tests linked with --wrap for socket, connect, send, recv,
 * getsockopt, epoll_ctl, epoll_wait and eventfd. Only threads that said calls_count(true) are counted.
 */
#ifndef STERLING_TEST_HOSTILE_CALLS_H
#define STERLING_TEST_HOSTILE_CALLS_H

#include <stdbool.h>
#include <stdint.h>

void calls_count(bool counted);
/* From now on the n-th call (from 1) of this thread fails with `error`; with `forever` all after it too. A wait for
 * events that fails is interrupted (EINTR), as it may be at any time; that is no failure for ever. */
void calls_fail(int64_t n, bool forever, int error);
bool calls_recover(void); /* none fails any more; true if one did */

#endif
