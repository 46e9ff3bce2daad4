/*
 * request: makes and frees requests, and reads what came in them: target, headers, parameters.
 */
#include "http/server_parts.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* An absolute-form target ("http://host/path", RFC 9112 section 3.2.2) is routed by its path. */
static struct str without_origin(struct str target)
{
    size_t scheme = str_find(target, STR("://"));
    struct str rest;

    if (target.len == 0 || target.at[0] == '/' || scheme == target.len) return target;
    rest = str_slice(target, scheme + 3, target.len);
    return str_slice(rest, str_find_char(rest, '/'), rest.len);
}

/* The URI log callback: the only place where the target is seen as it came. */
void *request_new(void *server, const char *target, struct MHD_Connection *c)
{
    struct http_server *s = server;
    struct request *q = calloc(1, sizeof *q);
    size_t question;

    if (q == NULL) return NULL;
    s->requests++;
    q->server = s;
    q->app = s->app;
    q->reader = s->reader;
    q->connection = c;
    q->reply.file = -1;
    q->started_us = clock_mono_us(s->app->clock);
    arena_init(&q->arena, REQUEST_ARENA_MAX);
    buf_init(&q->reply.body, REQUEST_ARENA_MAX);
    problem_init(&q->problem, &q->arena);
    q->target = without_origin(arena_str(&q->arena, str_from(target)));
    q->broken = q->target.at == NULL || strlen(target) > REQUEST_TARGET_MAX;
    question = str_find_char(q->target, '?');
    q->path = str_slice(q->target, 0, question);
    q->query =
        question < q->target.len ? str_slice(q->target, question + 1, q->target.len) : (struct str){NULL, 0};
    return q;
}

void request_free(struct request *q)
{
    q->server->requests--;
    if (q->drop != NULL) q->drop(q);
    reply_free(q);
    json_decref(q->json);
    buf_free(&q->write.answer);
    buf_free(&q->write.idem.answer);
    buf_free(&q->body);
    arena_reset(&q->arena);
    free(q);
}

struct str request_header(const struct request *q, const char *name)
{
    return str_from(MHD_lookup_connection_value(q->connection, MHD_HEADER_KIND, name));
}

struct str request_param(const struct request *q, struct str name)
{
    return form_get(&q->params, name);
}

static bool is_listed(struct str name, const char *names)
{
    struct str rest = str_from(names), one;

    while (rest.len > 0) {
        rest = str_cut(rest, ' ', &one);
        if (str_equal(one, name)) return true;
    }
    return false;
}

bool request_params_only(struct request *q, const char *names)
{
    bool good = true;

    for (size_t i = 0; i < q->params.count; i++) {
        struct str name = q->params.pairs[i].name;
        const char *field = arena_printf(&q->arena, "?" STR_FMT, STR_ARG(name));
        if (is_listed(name, names)) continue;
        (void)problem_field(
            &q->problem, field == NULL ? "?" : field, q->params.pairs[i].value,
            "This query parameter is not known here.",
            arena_printf(&q->arena, "Leave it out. Known: %s.", *names == '\0' ? "none" : names));
        good = false;
    }
    return good;
}
