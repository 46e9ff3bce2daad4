/*
 * bell: a wake-up of another thread that may be put off for a moment.
 *
 * Who tells many things one after the other (the writer, after a commit) holds its rings meanwhile: whoever would be
 * woken by the first of them, and sleep again before the second, is woken once, at the end. A thread that holds
 * nothing rings at once; what one thread holds puts off no ring of another.
 */
#ifndef STERLING_BASE_BELL_H
#define STERLING_BASE_BELL_H

#include <stdatomic.h>

struct bell {
    void (*ring)(void *owner); /* from any thread */
    void *owner;
    _Atomic unsigned users; /* 0: nobody will ring any more that has begun to */
};

/* Until bells_release this thread's rings wait. Not nested. */
void bells_hold(void);
/* Rings each bell that was rung meanwhile, once, in the order of the first rings. */
void bells_release(void);
void bell_ring(struct bell *b);
/* Around handing something over and ringing for it, if the one who takes it may take the bell down then. */
void bell_enter(struct bell *b);
void bell_leave(struct bell *b);
/* Waits until nobody is between the two, nor holds a ring: then the bell may be taken down. */
void bell_await_quiet(struct bell *b);

#endif
