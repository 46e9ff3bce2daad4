/*
 * json_in: reads a JSON body field by field, and refuses what nobody asked for.
 *
 * Each reader names a key, takes its value if the type and bounds are right, and writes the mistake into the
 * problem if not; json_in_end refuses keys that no reader asked for, with the nearest known one. null counts
 * as absent. Texts are valid UTF-8 without NUL (jansson sees to it) and live as long as the document.
 * Bounded: depth JSON_DEPTH_MAX, duplicates refused, keys asked JSON_KEYS_MAX.
 */
#ifndef STERLING_HTTP_JSON_IN_H
#define STERLING_HTTP_JSON_IN_H

#include "app/problem.h"

#include <jansson.h>
#include <stdint.h>

enum { JSON_DEPTH_MAX = 12, JSON_KEYS_MAX = 24 };

struct json_doc {
    json_t *root;
};
/* Once before documents are parsed: want of memory is told apart from bad JSON. Any number of times. */
void json_doc_setup(void);
/* The document: an object. ERR_INVALID with line and column in the problem (answer 400), else json_doc_free.
 */
MUST_CHECK enum err json_doc_parse(struct json_doc *d, struct str body, struct problem *p);
void json_doc_free(struct json_doc *d); /* safe when zeroed */

struct json_in {
    json_t *object;
    struct problem *problem;
    const char *path; /* "" or "senders[3]." */
    const char *asked[JSON_KEYS_MAX];
    size_t asked_count;
};
enum json_need { JSON_OPTIONAL, JSON_REQUIRED };

void json_in_open(struct json_in *in, json_t *object, const char *path, struct problem *p);
/* True if the key is there with something other than null (of whatever type). */
bool json_in_has(struct json_in *in, const char *key);
/* Each returns true and fills *out if the value is there and right; false leaves *out alone. */
bool json_in_text(struct json_in *in, const char *key, enum json_need need, size_t bytes_max,
                  struct str *out);
/* A text that no refusal repeats. */
bool json_in_secret(struct json_in *in, const char *key, enum json_need need, size_t bytes_max, struct str *out);
bool json_in_int(struct json_in *in, const char *key, enum json_need need, int64_t least, int64_t most,
                 int64_t *out);
bool json_in_bool(struct json_in *in, const char *key, enum json_need need, bool *out);
/* RFC 3339 text. */
bool json_in_time(struct json_in *in, const char *key, enum json_need need, int64_t *wall_ms);
/* One of `names` (separated by spaces); *index is its place. */
bool json_in_choice(struct json_in *in, const char *key, enum json_need need, const char *names,
                    size_t *index);
/* Several of `names`, each once; bit i for the i-th name. */
bool json_in_choices(struct json_in *in, const char *key, enum json_need need, const char *names,
                     uint32_t *bits);
bool json_in_object(struct json_in *in, const char *key, enum json_need need, json_t **out);
bool json_in_array(struct json_in *in, const char *key, enum json_need need, size_t items_max, json_t **out);
/* An object whose values are texts, numbers or booleans, as {"name": "text"}: written again as compact JSON
 * of texts, keys sorted. */
bool json_in_fields(struct json_in *in, const char *key, enum json_need need, size_t bytes_max,
                    struct str *out);
/* Refuses the keys that were not asked for. */
void json_in_end(struct json_in *in);
/* Adds an error for a key of this object. */
void json_in_refuse(struct json_in *in, const char *key, struct str value, const char *reason,
                    const char *fix);

#endif
