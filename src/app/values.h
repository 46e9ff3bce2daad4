/*
 * values: fills a template from a JSON object of texts. The object is parsed once and kept until values_free.
 */
#ifndef STERLING_APP_VALUES_H
#define STERLING_APP_VALUES_H

#include "base/arena.h"
#include "base/buf.h"
#include "rules/template.h"

struct values {
    void *object; /* json_t */
};
/* `json` empty is no field at all. ERR_INVALID if it is no object. */
MUST_CHECK enum err values_parse(struct str json, struct values *out);
void values_free(struct values *f); /* safe when zeroed */
/* The value, {NULL,0} if absent or no text. Lives as long as the fields. */
struct str values_get(const struct values *f, struct str name);
/* As template_render. */
MUST_CHECK enum err values_render(const struct values *f, const struct template *t, struct buf *out,
                                  struct str *missing);

/* The object of `over` laid over that of `under`, compact, in the arena. {NULL,0} if either is no object or
 * the arena is full. */
struct str values_merge(struct arena *a, struct str under, struct str over);

#endif
