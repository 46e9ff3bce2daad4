/*
 * spool: uploads on their way to disk. The server's thread writes the pieces; a thread of the spool makes the
 * whole durable (file and directory synced) and then wakes the request, so that a slow disk stops nobody
 * else.
 *
 * A file that was not kept is removed when it is dropped. Names are random: "spool/upload-<hex>.csv".
 */
#ifndef STERLING_HTTP_SPOOL_H
#define STERLING_HTTP_SPOOL_H

#include "http/request.h"

struct spool;
struct spool_file {
    int fd;
    char name[64]; /* inside the data directory */
    char path[640];
    int64_t bytes;
    unsigned char hash[32]; /* SHA-256 of the bytes, once sealed */
    void *digest;
    enum err failed; /* ERR_OK, or ERR_FULL or ERR_IO with `why` */
    int why;         /* errno */
    bool kept;
    struct request *request;
    struct spool_file *next;
};

struct spool *spool_new(void); /* NULL without memory or thread */
void spool_free(struct spool *s);
/* Makes the file; without success `failed` says why. NULL without memory. */
struct spool_file *spool_begin(const char *data_dir);
void spool_write(struct spool_file *f, struct str piece);
/* Syncs in the background, then calls request_wake. Call request_wait first. */
void spool_seal(struct spool *s, struct spool_file *f, struct request *q);
void spool_drop(struct spool_file *f); /* removes it unless kept; NULL is fine */

#endif
