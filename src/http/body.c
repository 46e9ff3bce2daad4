/* body: opening and closing JSON bodies, and what handlers share. The document is freed with the request. */
#include "http/body.h"

static bool open_body(struct request *q, struct json_in *in, struct str text)
{
    struct json_doc doc;

    if (str_equal(q->method, STR("POST")) && request_repeats(q)) return false;
    if (json_doc_parse(&doc, text, &q->problem) != ERR_OK) {
        reply_refuse(q, ERR_INVALID, 400, "%s", q->problem.detail);
        return false;
    }
    q->json = doc.root;
    json_in_open(in, doc.root, "", &q->problem);
    return true;
}

bool body_open(struct request *q, struct json_in *in)
{
    return open_body(q, in, buf_str(&q->body));
}

bool body_open_optional(struct request *q, struct json_in *in)
{
    return open_body(q, in, q->body.len == 0 ? STR("{}") : buf_str(&q->body));
}

bool body_end(struct request *q, struct json_in *in)
{
    json_in_end(in);
    if (problem_check(&q->problem) == ERR_OK) return true;
    reply_problem(q);
    return false;
}

bool body_refused(struct request *q, enum err code, const char *what)
{
    if (problem_check(&q->problem) != ERR_OK)
        reply_problem(q);
    else
        reply_read_failed(q, code, what);
    return false;
}

bool arg_is_number(const struct request *q, size_t index)
{
    struct str text = q->args[index];

    return str_starts(text, STR("+")) || (text.len > 0 && text.at[0] >= '0' && text.at[0] <= '9');
}

bool arg_id(struct request *q, size_t index, enum public_kind kind, const char *what, uint64_t *id)
{
    if (public_id_parse(q->app->ids, kind, q->args[index], id) == ERR_OK) return true;
    reply_missing(q, what);
    return false;
}

void *request_alloc(struct request *q, size_t bytes)
{
    void *p = arena_alloc(&q->arena, bytes);

    if (p == NULL) reply_no_memory(q);
    return p;
}
