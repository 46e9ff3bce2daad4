/* page: paging by cursor. The cursor is a public id of its own kind, so that it says nothing about counts. */
#include "http/page.h"

#include "base/json_out.h"

bool page_read(struct request *q, const char *filters, struct page *out)
{
    struct str limit = request_param(q, STR("limit")), cursor = request_param(q, STR("cursor"));
    const char *known = arena_printf(&q->arena, "limit cursor %s", filters);
    uint64_t value = PAGE_LIMIT_DEFAULT;

    *out = (struct page){.limit = PAGE_LIMIT_DEFAULT};
    (void)request_params_only(q, known == NULL ? "limit cursor" : known);
    if (limit.at != NULL && (str_to_u64(limit, &value) != ERR_OK || value < 1 || value > PAGE_LIMIT_MAX))
        (void)problem_field(&q->problem, "?limit", limit, "It is out of range.",
                            "Give a whole number from 1 to 200.");
    else
        out->limit = (size_t)value;
    if (cursor.at != NULL && public_id_parse(q->app->ids, PUBLIC_CURSOR, cursor, &out->from) != ERR_OK)
        (void)problem_field(&q->problem, "?cursor", cursor, "It is no cursor of ours.",
                            "Send the next_cursor of the page before, unchanged.");
    if (problem_check(&q->problem) == ERR_OK) return true;
    reply_problem(q);
    return false;
}

struct buf *page_open(struct request *q)
{
    struct buf *b = reply_body(q);

    json_open(b, '{');
    json_key(b, "data");
    json_open(b, '[');
    return b;
}

void page_reply(struct request *q, uint64_t next)
{
    struct buf *b = &q->reply.body;
    char cursor[PUBLIC_ID_BYTES];

    json_close(b, ']');
    public_id_format(q->app->ids, PUBLIC_CURSOR, next, cursor);
    json_put_text(b, "next_cursor", next == 0 ? NULL : cursor);
    json_close(b, '}');
    reply_json(q, 200);
}
