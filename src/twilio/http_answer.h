/*
 * http_answer: a strict, bounded reader of one HTTP/1.1 answer (RFC 9112), fed piece by piece as bytes come.
 *
 * Knows no sockets and no time. Owns the bytes it keeps. Interim answers (1xx) are passed over. The first thing
 * that is not as it must be makes it BAD for good, with words that say why: a bare LF, a folded or malformed field,
 * Content-Length beside Transfer-Encoding, two lengths that differ, any coding but "chunked", a head or body over
 * its bound, a switch of protocols. What follows the answer is not read: who feeds sees bytes left over.
 */
#ifndef STERLING_TWILIO_HTTP_ANSWER_H
#define STERLING_TWILIO_HTTP_ANSWER_H

#include "base/buf.h"

enum { HTTP_ANSWER_HEAD_BYTES_MAX = 64 * 1024, HTTP_ANSWER_INTERIM_MAX = 8 };

enum http_answer_home {
    HTTP_ANSWER_STATUS,     /* awaits a status line */
    HTTP_ANSWER_FIELDS,     /* awaits fields, or the line that ends them */
    HTTP_ANSWER_LENGTH,     /* in a body of a told length */
    HTTP_ANSWER_TO_END,     /* in a body that ends with the connection */
    HTTP_ANSWER_CHUNK_SIZE, /* awaits the line before a chunk */
    HTTP_ANSWER_CHUNK,      /* in a chunk */
    HTTP_ANSWER_CHUNK_END,  /* awaits the empty line after a chunk */
    HTTP_ANSWER_TRAILER,    /* awaits fields after the last chunk */
    HTTP_ANSWER_DONE,       /* read to its proper end */
    HTTP_ANSWER_BAD         /* `wrong` says why */
};

struct http_answer {
    enum http_answer_home home;
    int status;        /* of the final answer, known with its status line; 0 before */
    bool keeps;        /* DONE: the peer lets the connection be used again */
    struct buf body;   /* whole when DONE */
    char date[64], retry_after[64], request_id[40]; /* "" for none, or if too long */
    const char *wrong; /* BAD: for people, static */
    /* inside */
    struct buf line;
    size_t head_bytes;
    uint64_t left, length;
    unsigned interim;
    int coming; /* status of the answer whose head is read */
    bool line_is_read, has_length, is_chunked, says_close, says_keep, is_old;
};

void http_answer_init(struct http_answer *a);
void http_answer_free(struct http_answer *a);
/* Ready for the next answer, whose body may have so many bytes. */
void http_answer_clear(struct http_answer *a, size_t body_bytes_max);
/* Reads on; returns how many bytes were taken: all, unless it is DONE or BAD. */
size_t http_answer_feed(struct http_answer *a, struct str bytes);
/* The connection ended in order: DONE if that is how the body ends, else BAD. */
void http_answer_end(struct http_answer *a);
static inline bool http_answer_over(const struct http_answer *a)
{
    return a->home == HTTP_ANSWER_DONE || a->home == HTTP_ANSWER_BAD;
}

#endif
