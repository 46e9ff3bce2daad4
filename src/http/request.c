/*
 * request: makes and frees requests, and reads what came in them: target, headers, parameters.
 */
#include "http/client_address.h"
#include "http/server_parts.h"
#include "http/target.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An empty one; its arena may have a block already. NULL without memory. */
static struct request *request_take(struct http_server *s)
{
    struct request *q = s->kept;
    struct arena arena;

    if (q == NULL) {
        q = calloc(1, sizeof *q);
        if (q != NULL) arena_init(&q->arena, REQUEST_ARENA_MAX);
        return q;
    }
    s->kept = q->next;
    s->kept_count--;
    arena = q->arena;
    memset(q, 0, sizeof *q);
    q->arena = arena;
    return q;
}

static void request_keep(struct http_server *s, struct request *q)
{
    if (ARENA_KEEPS && s->kept_count < REQUESTS_KEPT_MAX) {
        arena_clear(&q->arena);
        q->next = s->kept;
        s->kept = q;
        s->kept_count++;
        return;
    }
    arena_reset(&q->arena);
    free(q);
}

void requests_kept_free(struct http_server *s)
{
    struct request *next;

    for (struct request *q = s->kept; q != NULL; q = next) {
        next = q->next;
        arena_reset(&q->arena);
        free(q);
    }
    s->kept = NULL;
    s->kept_count = 0;
}

/* The URI log callback: the only place where the target is seen as it came. */
void *request_new(void *server, const char *target, struct MHD_Connection *c)
{
    struct http_server *s = server;
    struct request *q = request_take(s);
    struct str raw = str_from(target);
    struct target t;

    if (q == NULL) return NULL;
    s->requests++;
    q->server = s;
    q->app = s->app;
    q->reader = s->reader;
    q->connection = c;
    q->reply.file = -1;
    q->started_us = s->now_us;
    buf_init(&q->reply.body, REQUEST_ARENA_MAX);
    problem_init(&q->problem, &q->arena);
    t = target_split(arena_str(&q->arena, raw));
    q->too_long = raw.len > REQUEST_TARGET_MAX;
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
    request_keep(q->server, q);
}

struct str request_header(const struct request *q, const char *name)
{
    return str_from(MHD_lookup_connection_value(q->connection, MHD_HEADER_KIND, name));
}

struct header_lines {
    const char *name;
    struct buf all;
};

static enum MHD_Result add_line(void *context, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct header_lines *h = context;

    (void)kind;
    if (!str_equal_nocase(str_from(name), str_from(h->name))) return MHD_YES;
    if (h->all.len > 0) buf_add_char(&h->all, ',');
    buf_add_text(&h->all, value == NULL ? "" : value);
    return MHD_YES;
}

/* A header that comes in several lines is one list; without memory for it the proxy itself is who asks. */
uint64_t request_customer(struct request *q)
{
    struct http_server *s = q->server;
    struct header_lines h = {.name = s->is_forwarded ? "Forwarded" : "X-Forwarded-For"};
    struct ip client;

    if (!q->link->trusted) return q->link->peer;
    buf_init(&h.all, REQUEST_TARGET_MAX);
    (void)MHD_get_connection_values(q->connection, MHD_HEADER_KIND, add_line, &h);
    client = client_address(&q->link->address, &s->trusted, buf_str(&h.all), s->is_forwarded);
    buf_free(&h.all);
    return ip_customer(&client);
}

struct str request_param(const struct request *q, struct str name)
{
    return form_get(&q->params, name);
}

static bool is_listed(struct str name, struct str names)
{
    struct str rest = names, one;

    while (rest.len > 0) {
        rest = str_cut(rest, ' ', &one);
        if (str_equal(one, name)) return true;
    }
    return false;
}

bool request_params_only(struct request *q, const char *names)
{
    struct str known = str_from(names);
    bool good = true;

    for (size_t i = 0; i < q->params.count; i++) {
        struct str name = q->params.pairs[i].name;
        const char *field = arena_printf(&q->arena, "?" STR_FMT, STR_ARG(name));
        if (is_listed(name, known)) continue;
        (void)problem_field(
            &q->problem, field == NULL ? "?" : field, q->params.pairs[i].value,
            "This query parameter is not known here.",
            arena_printf(&q->arena, "Leave it out. Known: " STR_FMT ".",
                         STR_ARG(known.len == 0 ? STR("none") : known)));
        good = false;
    }
    return good;
}

int64_t request_param_int(struct request *q, const char *name, int64_t least, int64_t most, int64_t preset)
{
    struct str text = request_param(q, str_from(name));
    char field[48], fix[64];
    int64_t value = preset;

    if (text.len == 0) return preset;
    if (str_to_i64(text, &value) == ERR_OK && value >= least && value <= most) return value;
    (void)snprintf(field, sizeof field, "?%s", name);
    (void)snprintf(fix, sizeof fix, "Give a whole number from %" PRId64 " to %" PRId64 ".", least, most);
    (void)problem_field(&q->problem, field, text, "It is no number within bounds.", fix);
    return preset;
}

bool request_param_bool(struct request *q, const char *name)
{
    struct str text = request_param(q, str_from(name));
    char field[48];

    if (str_equal(text, STR("true"))) return true;
    if (text.at == NULL || str_equal(text, STR("false"))) return false;
    (void)snprintf(field, sizeof field, "?%s", name);
    (void)problem_field(&q->problem, field, text, "It is neither true nor false.",
                        "Write true or false, or leave it out.");
    return false;
}
