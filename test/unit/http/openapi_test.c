/* The description and the tables of routes name the same operations, with the same scopes. */
#include "http/openapi.h"
#include "http/route.h"

#include "app/keys.h"

#include <ctype.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static json_t *paths_of(json_t **doc)
{
    json_error_t e;

    *doc = json_loadb(openapi_text, openapi_text_bytes, JSON_REJECT_DUPLICATES, &e);
    if (*doc == NULL) fail_msg("line %d: %s", e.line, e.text);
    return json_object_get(*doc, "paths");
}

static const struct route *route_at(const char *method, const char *pattern)
{
    for (size_t t = 0; t < ROUTE_TABLES_COUNT; t++)
        for (size_t i = 0; i < ROUTE_TABLES[t]->count; i++)
            if (strcasecmp(ROUTE_TABLES[t]->routes[i].method, method) == 0 &&
                strcmp(ROUTE_TABLES[t]->routes[i].pattern, pattern) == 0)
                return &ROUTE_TABLES[t]->routes[i];
    return NULL;
}

static void check_described(const struct route *r, json_t *paths)
{
    char method[16] = "";
    const char *scope;
    json_t *operation;

    for (size_t i = 0; r->method[i] != '\0'; i++)
        method[i] = (char)tolower(r->method[i]);
    operation = json_object_get(json_object_get(paths, r->pattern), method);
    if (operation == NULL) fail_msg("%s %s is not described", r->method, r->pattern);
    scope = json_string_value(json_object_get(operation, "x-sterling-scope"));
    if (r->access < ROUTE_TENANT)
        assert_null(scope);
    else if (scope == NULL || strcmp(scope, keys_scope_name(r->scope)) != 0)
        fail_msg("%s %s: scope is described as %s", r->method, r->pattern, scope == NULL ? "none" : scope);
    if (strcmp(r->method, "POST") != 0 && strcmp(r->method, "PATCH") != 0)
        assert_null(json_object_get(operation, "requestBody"));
}

static void every_route_is_described(void **state)
{
    json_t *doc, *paths = paths_of(&doc);

    (void)state;
    for (size_t t = 0; t < ROUTE_TABLES_COUNT; t++)
        for (size_t i = 0; i < ROUTE_TABLES[t]->count; i++)
            check_described(&ROUTE_TABLES[t]->routes[i], paths);
    json_decref(doc);
}

static void everything_described_is_served(void **state)
{
    json_t *doc, *paths = paths_of(&doc), *operations, *operation;
    const char *pattern, *method;

    (void)state;
    json_object_foreach(paths, pattern, operations)
        json_object_foreach(operations, method, operation) if (route_at(method, pattern) == NULL)
            fail_msg("%s %s is described and not served", method, pattern);
    json_decref(doc);
}

/* What a webhook can ask for, the live stream has too, and says so. */
static void the_stream_names_every_kind_of_event(void **state)
{
    json_t *doc, *paths = paths_of(&doc), *kinds = NULL, *kind;
    const char *told = NULL;
    size_t i;

    (void)state;
    assert_int_equal(json_unpack(paths, "{s:{s:{s:{s:{s:s}}}}}", "/v1/events", "get", "responses", "200", "description",
                                 &told), 0);
    assert_int_equal(json_unpack(doc, "{s:{s:{s:{s:{s:{s:o}}}}}}", "components", "schemas", "Webhook", "properties",
                                 "events", "items", &kinds), 0);
    kinds = json_object_get(kinds, "enum");
    assert_true(json_array_size(kinds) > 0);
    json_array_foreach(kinds, i, kind)
    {
        char wanted[40];
        (void)snprintf(wanted, sizeof wanted, " %s.", json_string_value(kind));
        if (strstr(told, wanted) == NULL) fail_msg("%s is not told of in \"%s\"", wanted, told);
    }
    json_decref(doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_route_is_described),
        cmocka_unit_test(everything_described_is_served),
        cmocka_unit_test(the_stream_names_every_kind_of_event),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
