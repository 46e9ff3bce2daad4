/* explain: /v1/errors/{code} and /v1/segments: what a code means, what a text costs and why. */
#include "base/json_out.h"
#include "http/body.h"
#include "rules/playbook.h"
#include "rules/segment.h"

#include <stdio.h>

static void get_error(struct request *q)
{
    const struct playbook_entry *e;
    uint64_t code = 0;
    struct buf *b;

    if (str_to_u64(q->args[0], &code) != ERR_OK || code == 0 || code > INT32_MAX) {
        reply_refuse(q, ERR_NOT_FOUND, 404, "An error code is a whole number, such as 30007.");
        return;
    }
    e = playbook_get((int64_t)code);
    b = reply_body(q);
    json_open(b, '{');
    json_put_int(b, "code", (int64_t)code);
    json_put_bool(b, "known", playbook_knows((int64_t)code));
    json_put_text(b, "title", e->title);
    json_put_text(b, "family", e->family);
    json_put_text(b, "class", playbook_class_name(e->category));
    json_put_text(b, "action", playbook_action_name(e->action));
    json_put_text(b, "scope", playbook_scope_name(e->scope));
    json_put_bool(b, "retry_after_accept", e->retry_after_accept);
    json_put_str_or_null(b, "explanation", str_from(e->explanation));
    json_put_str_or_null(b, "remedy", str_from(e->remedy));
    json_close(b, '}');
    reply_json(q, 200);
}

static void put_count(struct buf *b, const struct segment_count *c)
{
    json_put_text(b, "encoding", segment_encoding_name(c->encoding));
    json_put_int(b, "units", c->units);
    json_put_int(b, "segments", c->segments);
    json_put_int(b, "characters", c->characters);
}

static void put_offenders(struct buf *b, struct str text, const struct segment_report *r)
{
    json_key(b, "offenders");
    json_open(b, '[');
    for (size_t i = 0; i < r->offender_count; i++) {
        const struct segment_offender *o = &r->offenders[i];
        char name[16];
        (void)snprintf(name, sizeof name, "U+%04X", o->code_point);
        json_open(b, '{');
        json_put_str(b, "character", str_slice(text, o->byte_at, o->byte_at + o->bytes));
        json_put_text(b, "code_point", name);
        json_put_int(b, "position", o->character_at);
        json_put_text(b, "replacement", o->replacement);
        json_close(b, '}');
    }
    json_close(b, ']');
}

static void put_parts(struct buf *b, struct str text, const struct segment_report *r)
{
    json_key(b, "parts");
    json_open(b, '[');
    for (uint32_t i = 0; i < r->plain.segments; i++) {
        json_open(b, '{');
        json_put_str(b, "text", str_slice(text, r->parts[i].from, r->parts[i].to));
        json_put_int(b, "units", r->parts[i].units);
        json_close(b, '}');
    }
    json_close(b, ']');
}

static void post_segments(struct request *q)
{
    struct segment_report r;
    struct fault f = {0};
    struct str text = {NULL, 0};
    struct json_in in;
    struct buf *b;

    if (!body_open(q, &in)) return;
    (void)json_in_text(&in, "text", JSON_REQUIRED, 65536, &text);
    if (!body_end(q, &in)) return;
    if (segment_describe(&q->arena, text, 0, &r, &f) != ERR_OK) {
        reply_refuse(q, ERR_INVALID, 422, "%s", f.what);
        return;
    }
    b = reply_body(q);
    json_open(b, '{');
    put_count(b, &r.plain);
    json_key(b, "smart");
    json_open(b, '{');
    put_count(b, &r.smart);
    json_close(b, '}');
    json_put_int(b, "saved_segments", r.saved_segments);
    put_offenders(b, text, &r);
    put_parts(b, text, &r);
    json_close(b, '}');
    reply_json(q, 200);
}

static const struct route ROUTES[] = {
    {"GET", "/v1/errors/{code}", ROUTE_EITHER, KEY_SCOPE_READ, BODY_NONE, get_error, NULL, 0},
    {"POST", "/v1/segments", ROUTE_EITHER, KEY_SCOPE_READ, 512 * 1024, post_segments, NULL, 0},
};
const struct route_table ROUTES_EXPLAIN = ROUTE_TABLE(ROUTES);
