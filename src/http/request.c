/*
 * request: makes and frees requests, and reads what came in them: target, headers, parameters.
 */
#include "http/server_parts.h"
#include "http/target.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* The URI log callback: the only place where the target is seen as it came. */
void *request_new(void *server, const char *target, struct MHD_Connection *c)
{
    struct http_server *s = server;
    struct request *q = calloc(1, sizeof *q);
    struct target t;

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
    t = target_split(arena_str(&q->arena, str_from(target)));
    q->broken = t.whole.at == NULL || strlen(target) > REQUEST_TARGET_MAX;
    q->target = t.whole;
    q->path = t.path;
    q->query = t.query;
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
