/* openapi: /v1/openapi.json. */
#include "http/openapi.h"

#include "http/request.h"

static void get(struct request *q)
{
    reply_text(q, 200, "application/json", (struct str){openapi_text, openapi_text_bytes});
}

static const struct route ROUTES[] = {
    {"GET", "/v1/openapi.json", ROUTE_OPEN, 0, BODY_NONE, get, NULL, 0},
};
const struct route_table ROUTES_OPENAPI = ROUTE_TABLE(ROUTES);
