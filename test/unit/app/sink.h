/*
 * sink: a scripted HTTP server on the loopback, for tests of what we POST. Answers one connection after the
 * other, each with the next status of its script (200, or `otherwise`, when the script has run out), and
 * remembers every request. A thread of its own; sink_stop ends it and closes what it left hanging.
 */
#ifndef STERLING_TEST_UNIT_APP_SINK_H
#define STERLING_TEST_UNIT_APP_SINK_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

enum { SINK_REQUESTS_MAX = 256, SINK_BODY_BYTES = 4096, SINK_HANG = -1, SINK_LONG_ANSWER = -2 };

struct sink_request {
    char event[64], signature[128], body[SINK_BODY_BYTES];
};

struct sink {
    int listener, wake[2];
    int port;
    char location[128]; /* sent with 3xx */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t came;
    int script[32]; /* HTTP statuses, SINK_HANG (never answers), SINK_LONG_ANSWER (200 and a megabyte) */
    size_t script_length;
    int otherwise;
    struct sink_request requests[SINK_REQUESTS_MAX];
    size_t count;
    int hung[SINK_REQUESTS_MAX];
    size_t hung_count;
};

void sink_start(struct sink *s);
/* Statuses of the next requests; call it before they come. */
void sink_script(struct sink *s, const int *statuses, size_t count);
/* The status of all requests behind the script; call it before they come. */
void sink_otherwise(struct sink *s, int status);
/* Blocks until that many requests came in all. */
void sink_wait(struct sink *s, size_t count);
size_t sink_count(struct sink *s);
/* How many of them carried this event id. */
size_t sink_count_event(struct sink *s, const char *event);
void sink_stop(struct sink *s);

#endif
