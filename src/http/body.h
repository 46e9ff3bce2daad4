/*
 * body: a handler's first and last step with a JSON body.
 *
 *     if (!body_open(q, &in)) return;   // a repeat was answered, or the JSON is broken
 *     json_in_text(&in, …); …
 *     if (!body_end(q, &in)) return;    // unknown keys and wrong values were answered
 */
#ifndef STERLING_HTTP_BODY_H
#define STERLING_HTTP_BODY_H

#include "http/json_in.h"
#include "http/request.h"

/* For POST answers repeats first. An empty body is taken as {} where `may_be_empty`. False: answered. */
bool body_open(struct request *q, struct json_in *in);
bool body_open_optional(struct request *q, struct json_in *in);
bool body_end(struct request *q, struct json_in *in);
/* Before a write whose use case refused: answers the problem, by its code. Always false. */
bool body_refused(struct request *q, enum err code, const char *what);

/* Path argument `index` as a public id. False: answered 404 naming `what`. */
bool arg_id(struct request *q, size_t index, enum public_kind kind, const char *what, uint64_t *id);
/* Is it the number itself ("+14155552671", "54321") instead of an id? */
bool arg_is_number(const struct request *q, size_t index);
/* Memory of the request, zeroed; NULL was answered 503. */
void *request_alloc(struct request *q, size_t bytes);

#endif
