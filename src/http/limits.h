/* limits: the limits of a program as /v1/limits shows them; a campaign's preflight shows them, too. */
#ifndef STERLING_HTTP_LIMITS_H
#define STERLING_HTTP_LIMITS_H

#include "http/request.h"

/* Elements of an array: every limit that holds for the program's active senders. False: they could not be read, which
 * was answered. */
MUST_CHECK bool limits_put_program(struct request *q, struct buf *b, const struct program *g);

#endif
