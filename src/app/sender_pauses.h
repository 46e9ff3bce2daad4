/*
 * sender_pauses: which senders the provider refused for something that a person has to mend (21659: no number of the
 * account; 21660; 21606 …), and until when the engine leaves them alone by itself.
 *
 * Written by the pump, read by whoever shows senders; both from any thread. Kept in memory only, as the pause itself
 * is: a restart tries again. Bounded: of more than SENDER_PAUSES_MAX the one that ends first is forgotten.
 */
#ifndef STERLING_APP_SENDER_PAUSES_H
#define STERLING_APP_SENDER_PAUSES_H

#include "store/model.h"

#include <pthread.h>
#include <stdbool.h>

enum { SENDER_PAUSES_MAX = 256 };

struct sender_pause {
    org_id org;
    uint32_t sender;
    int32_t code;     /* Twilio's */
    bool whole_pool;  /* the code speaks of the program: all of its senders wait */
    int64_t since_ms, until_ms, told_ms; /* told: when somebody was last told of it */
};

struct sender_pauses {
    pthread_mutex_t lock;
    struct sender_pause at[SENDER_PAUSES_MAX];
    size_t count;
};

void sender_pauses_init(struct sender_pauses *p);
void sender_pauses_free(struct sender_pauses *p);
/* Paused, or again. True if somebody should be told: it is new, has another code, or was told an hour ago. */
bool sender_pauses_put(struct sender_pauses *p, const struct sender_pause *pause, int64_t now_ms);
/* What holds of it now; false: nothing. */
bool sender_pauses_find(struct sender_pauses *p, org_id org, uint32_t sender, int64_t now_ms, struct sender_pause *out);
/* Forgets it; false: it was not paused. *out is what held. */
bool sender_pauses_end(struct sender_pauses *p, org_id org, uint32_t sender, struct sender_pause *out);
size_t sender_pauses_count(struct sender_pauses *p, int64_t now_ms);

#endif
