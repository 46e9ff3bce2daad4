/*
 * register_log: the ledger of what was registered — every object that a request made, by whom and with what, and
 * every request that named an object of somebody else. Part of the model; for the room's own files.
 *
 * The judge of "nothing was made twice" and "nobody ever used another's things": it knows what the client cannot.
 */
#ifndef STERLING_SANDBOX_REGISTER_LOG_H
#define STERLING_SANDBOX_REGISTER_LOG_H

#include "sandbox/world.h"

struct call;
enum { REGISTER_LOG_MAX = 1000000, FOREIGN_KEPT_MAX = 64 };

struct register_entry {
    int64_t at_ms, date_ms; /* run time; calendar */
    uint32_t account, auth; /* whose it is; who authenticated */
    char key[SANDBOX_SID_BYTES], sid[SANDBOX_SID_BYTES]; /* key: the API key used, or "" */
    char *path, *fact;      /* fact: the first telling parameter, "FriendlyName=Acme" */
    uint64_t form_hash;
    int http_status;        /* what the client read, if it read anything */
    bool repeats;           /* the same account asked for the same before, in the same words */
};
/* A request that named a thing of an account which is none of its business. */
struct foreign_request {
    int64_t at_ms;
    uint32_t auth, owner;
    char sid[SANDBOX_SID_BYTES];
    char path[256];
};
struct register_log {
    struct register_entry *entries;
    size_t count, capacity;
    struct map seen; /* (account, path, form) -> 1 */
    uint64_t dropped, repeated, foreign, unauthenticated;
    struct foreign_request kept[FOREIGN_KEPT_MAX]; /* the first ones */
};

/* Before a request is served. */
void sb_register_watch(struct call *c);
/* After it: appends what it made, if it made anything (call.made). */
void sb_register_append(struct call *c);
void sb_register_log_free(struct register_log *log);
/* The account that a SID of any kind belongs to; SANDBOX_NONE if it names nothing. */
uint32_t sb_register_owner(const struct sandbox *sb, struct str sid);

#endif
