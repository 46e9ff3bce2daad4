/* openapi: the document that describes this API, compiled in from data/openapi.json. */
#ifndef STERLING_HTTP_OPENAPI_H
#define STERLING_HTTP_OPENAPI_H

#include <stddef.h>

extern const char openapi_text[];
extern const size_t openapi_text_bytes;

#endif
