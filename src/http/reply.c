/*
 * reply: says what the answer is; reply_send.c hands it to the library. Problems follow RFC 9457.
 */
#include "http/request.h"

#include "base/json_out.h"
#include "base/mutant.h"
#include "base/starved.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct buf *reply_body(struct request *q)
{
    buf_clear(&q->reply.body);
    return &q->reply.body;
}

void reply_json(struct request *q, int status)
{
    if (buf_check(&q->reply.body) == ERR_FULL) {
        reply_no_memory(q);
        return;
    }
    if (buf_check(&q->reply.body) != ERR_OK) {
        reply_refuse(q, ERR_LIMIT, 500,
                     "The answer is larger than this server makes; ask for a smaller page.");
        return;
    }
    q->reply.status = status;
    q->reply.content_type = "application/json";
}

void reply_text(struct request *q, int status, const char *content_type, struct str text)
{
    buf_add(reply_body(q), text);
    reply_json(q, status);
    if (q->reply.status == status) q->reply.content_type = content_type;
}

void reply_empty(struct request *q, int status)
{
    buf_clear(&q->reply.body);
    q->reply.status = status;
    q->reply.content_type = NULL;
}

void reply_header(struct request *q, const char *name, const char *value)
{
    const char *kept = arena_copy(&q->arena, str_from(value));

    BUG_IF(q->reply.headers_count == REPLY_HEADERS_MAX);
    if (kept == NULL) return;
    q->reply.headers[q->reply.headers_count].name = name;
    q->reply.headers[q->reply.headers_count++].value = kept;
}

int reply_status_of(enum err code)
{
    switch (code) {
    case ERR_INVALID:
    case ERR_LIMIT:
        return 422;
    case ERR_NOT_FOUND:
        return 404;
    case ERR_CONFLICT:
        return 409;
    case ERR_DENIED:
        return 403;
    default:
        return 503;
    }
}

static const char *title_of(int status)
{
    switch (status) {
    case 400:
        return "The request cannot be read";
    case 401:
        return "No valid credentials";
    case 403:
        return "Not allowed with this key";
    case 404:
        return "Not found";
    case 405:
        return "Method not allowed";
    case 409:
        return "Its present state forbids this";
    case 413:
        return "The request is too large";
    case 414:
        return "The address is too long";
    case 415:
        return "This content type is not read here";
    case 422:
        return "A value is not right";
    case 429:
        return "Too many requests";
    case 503:
        return "Not possible now, try again";
    default:
        return "Error";
    }
}

static void errors_render(struct buf *b, const struct problem *p)
{
    if (p->count == 0) return;
    json_key(b, "errors");
    json_open(b, '[');
    for (size_t i = 0; i < p->count; i++) {
        json_open(b, '{');
        json_put_text(b, "field", p->errors[i].field);
        if (p->errors[i].value != NULL) json_put_text(b, "value", p->errors[i].value);
        json_put_text(b, "reason", p->errors[i].reason);
        json_put_text(b, "fix", p->errors[i].fix);
        json_close(b, '}');
    }
    json_close(b, ']');
}

/* Whoever asked is not to blame for what was judged without memory. */
static int blame_nobody(struct request *q, int status)
{
    if (MUTANT(want_of_memory_blamed) || !starved_take() || status < 400 || status >= 500) return status;
    problem_init(&q->problem, &q->arena);
    (void)problem_set(&q->problem, ERR_FULL, "There is no memory for this request now; try again.");
    return 503;
}

static void problem_render(struct request *q, int said)
{
    int status = blame_nobody(q, said);
    struct buf *b = reply_body(q);

    json_open(b, '{');
    json_put_text(b, "type", "about:blank");
    json_put_text(b, "title", title_of(status));
    json_put_int(b, "status", status);
    json_put_text(b, "detail", q->problem.detail);
    if (q->problem.twilio_code != 0) json_put_int(b, "twilio_code", q->problem.twilio_code);
    errors_render(b, &q->problem);
    json_close(b, '}');
    q->reply.status = status;
    q->reply.content_type = "application/problem+json";
    if (status == 503) reply_header(q, "Retry-After", "1");
}

void reply_problem(struct request *q)
{
    problem_render(q, reply_status_of(q->problem.code));
}

void reply_problem_as(struct request *q, int status)
{
    problem_render(q, status);
}

void reply_refuse(struct request *q, enum err code, int status, const char *fmt, ...)
{
    struct fault words = {.code = code};
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(words.what, sizeof words.what, fmt, args);
    va_end(args);
    problem_init(&q->problem, &q->arena);
    (void)problem_fault(&q->problem, &words);
    problem_render(q, status != 0 ? status : reply_status_of(code));
}

void reply_no_memory(struct request *q)
{
    reply_refuse(q, ERR_FULL, 503, "There is no memory for this request now; try again.");
}

void reply_missing(struct request *q, const char *what)
{
    const char *where = strcmp(what, "organization") == 0 ? "" : " in this organization";

    /* These alone are not listed. */
    if (strcmp(what, "verification") == 0)
        reply_refuse(q, ERR_NOT_FOUND, 404, "There is no such %s%s; its id was in the answer that started it.", what, where);
    else reply_refuse(q, ERR_NOT_FOUND, 404, "There is no such %s%s; list them to see their ids.", what, where);
}

void reply_read_failed(struct request *q, enum err code, const char *what)
{
    if (code == ERR_NOT_FOUND)
        reply_missing(q, what);
    else
        reply_refuse(q, code, 503, "Reading failed (%s); try again, and see the server's log if it stays.",
                     err_name(code));
}
