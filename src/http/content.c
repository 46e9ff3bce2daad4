/* content: /v1/content: what carriers and the law would say of a text. */
#include "app/content.h"
#include "app/orgs.h"
#include "base/json_out.h"
#include "http/body.h"
#include "http/server_parts.h"
#include "rules/alpha.h"

static const char KINDS[] = "transactional conversational marketing";

struct asked {
    struct str text, program, country, from;
    struct content_case facts;
    char to[3];           /* the country; empty: none was named */
    struct sender sender; /* an alphanumeric one; kind 0: none was named */
};

static bool read_asked(struct request *q, struct asked *out)
{
    struct json_in in;
    size_t index = KIND_MARKETING - 1;

    if (!body_open(q, &in)) return false;
    (void)json_in_text(&in, "text", JSON_REQUIRED, 65536, &out->text);
    (void)json_in_choice(&in, "kind", JSON_OPTIONAL, KINDS, &index);
    (void)json_in_text(&in, "program", JSON_OPTIONAL, 100, &out->program);
    (void)json_in_bool(&in, "template", JSON_OPTIONAL, &out->facts.template);
    (void)json_in_text(&in, "country", JSON_OPTIONAL, 2, &out->country);
    (void)json_in_text(&in, "from", JSON_OPTIONAL, ALPHA_CHARACTERS_MAX, &out->from);
    if (out->country.len > 0 && !content_country(out->country, out->to))
        json_in_refuse(&in, "country", out->country, "It is no country's code.", "Give two letters, such as GB.");
    if (out->from.len > 0 && !alpha_is_name(out->from))
        json_in_refuse(&in, "from", out->from, "It is no alphanumeric sender.",
                       "Give 1 to 11 letters and digits, or leave it out for a number.");
    out->facts.kind = (enum message_kind)(index + 1);
    return body_end(q, &in);
}

/* The organization's own of that name, with where it is registered; of no such, the name alone. False: answered. */
static bool read_from(struct request *q, struct asked *out)
{
    const struct org *org = &q->caller.org;
    enum err code = ERR_NOT_FOUND;

    if (out->from.len == 0) return true;
    if (org->id != 0) code = q->app->store->ops->sender_by_address(q->reader, org->id, out->from, &out->sender);
    if (code == ERR_OK) return true;
    if (code != ERR_NOT_FOUND) {
        reply_read_failed(q, code, "sender");
        return false;
    }
    out->sender = (struct sender){.kind = SENDER_ALPHA};
    BUG_IF(str_copy(out->from, out->sender.address, sizeof out->sender.address) != ERR_OK);
    return true;
}

/* An operator without an organization asks about the text alone. */
static bool read_sender(struct request *q, struct asked *out)
{
    const struct org *org = &q->caller.org;
    bool template = out->facts.template;
    struct program program;
    enum err code;

    if (org->id == 0) return true;
    code = orgs_program(q->reader, &q->arena, org->id, out->program, &program);
    if (code != ERR_OK) {
        reply_read_failed(q, code, "program");
        return false;
    }
    content_case_of(org, &program, out->facts.kind, &out->facts);
    out->facts.template = template;
    return true;
}

static void check(struct request *q)
{
    struct asked asked = {.text = {NULL, 0}};
    struct content_report report;
    struct buf *b;

    if (!read_asked(q, &asked) || !read_sender(q, &asked) || !read_from(q, &asked)) return;
    content_hear(asked.text, &asked.facts, asked.to, asked.sender.kind == 0 ? NULL : &asked.sender, &report);
    b = reply_body(q);
    json_open(b, '{');
    content_members(b, asked.text, &report);
    json_close(b, '}');
    reply_json(q, 200);
}

static const struct route ROUTES[] = {
    {"POST", "/v1/content/check", ROUTE_EITHER, KEY_SCOPE_READ, 512 * 1024, check, NULL, 0},
};
const struct route_table ROUTES_CONTENT = ROUTE_TABLE(ROUTES);
