/*
 * wire: keep-alive HTTP/1.1 on non-blocking sockets, as little as the bench needs. No TLS, no chunks: both
 * ends are on this machine and say Content-Length.
 *
 * Not part of the server. A connection owns its buffers; what cannot go on ends the program with words,
 * because a bench with a hole in it must print no figures.
 */
#ifndef STERLING_BENCH_WIRE_H
#define STERLING_BENCH_WIRE_H

#include "base/str.h"

#include <stdnoreturn.h>

enum { WIRE_BYTES = 32 * 1024 };

struct wire {
    int fd;
    size_t in_len, out_len, out_at, taken;
    char in[WIRE_BYTES], out[WIRE_BYTES];
};

/* Says why on standard error and exits 1. */
noreturn void bench_fail(const char *fmt, ...) PRINTF_LIKE(1, 2);
/* The value of --name VALUE; `absent` if not given, or fails if that is NULL. */
const char *bench_option(int argc, char **argv, const char *name, const char *absent);
long bench_number(int argc, char **argv, const char *name, const char *absent);
/* User and system time of this process so far. */
int64_t bench_cpu_us(void);
/* All of a file, terminated; for the life of the program. */
char *bench_file(const char *path);

/* "http://127.0.0.1:PORT" */
unsigned wire_port(const char *url);
int wire_listen(unsigned *port); /* on loopback, a free port */
void wire_dial(struct wire *w, unsigned port);
void wire_accept(struct wire *w, int fd);
void wire_watch(int epoll_fd, int fd, void *owner, bool writing);
/* Reads what there is. False when the peer ended the connection. */
bool wire_fill(struct wire *w);
/* The message at the front, if it is all there: head with its blank line, and body. wire_take drops it. */
bool wire_message(struct wire *w, struct str *head, struct str *body);
void wire_take(struct wire *w);
/* Queues bytes, and writes what the socket takes. True when all are gone. */
void wire_put(struct wire *w, struct str bytes);
bool wire_flush(struct wire *w);
/* Value of a header, without the blanks around it; {NULL, 0} if absent. */
struct str wire_header(struct str head, struct str name);
int wire_status(struct str head);

#endif
