/* numbers: what is known of numbers themselves (rules/number_facts.h). A row stands only for one of which something is
 * known, so that most messages find none. */
#include "store/sqlite/parts.h"

static bool facts_read(struct conn *c, org_id org, uint64_t number, struct number_facts *out)
{
    struct query q = query_open(c, SQL_NUMBER_GET);
    bool found;
    *out = (struct number_facts){0};
    query_int(&q, org);
    query_id(&q, number);
    found = query_row(&q);
    if (found) {
        out->line = (enum line_type)query_get_u8(&q);
        out->line_ms = query_get(&q);
        out->trouble = (enum number_trouble)query_get_u8(&q);
        out->code = query_get_i32(&q);
        out->trouble_ms = query_get(&q);
        out->misses = query_get_u8(&q);
        out->missed_ms = query_get(&q);
        out->reached_ms = query_get(&q);
    }
    query_end(&q);
    return found;
}

static void facts_write(struct sqlite_store *s, org_id org, uint64_t number, const struct number_facts *f)
{
    struct query q = query_open(&s->conn, SQL_NUMBER_PUT);
    query_int(&q, org);
    query_id(&q, number);
    query_int(&q, f->line);
    query_int(&q, f->line_ms);
    query_int(&q, f->trouble);
    query_int(&q, f->code);
    query_int(&q, f->trouble_ms);
    query_int(&q, f->misses);
    query_int(&q, f->missed_ms);
    query_int(&q, f->reached_ms);
    (void)query_run(&q);
}

void number_wrote(struct sqlite_store *s, org_id org, uint64_t number, int64_t at_ms)
{
    struct number_facts f;
    if (!facts_read(&s->conn, org, number, &f)) return;
    number_facts_reached(&f, at_ms);
    facts_write(s, org, number, &f);
}

void number_ended(struct sqlite_store *s, org_id org, uint64_t number, enum message_state end, int32_t code,
                  int64_t at_ms)
{
    struct number_facts f;
    if (end == MESSAGE_DELIVERED) {
        number_wrote(s, org, number, at_ms);
        return;
    }
    if (!number_facts_tells(code)) return;
    (void)facts_read(&s->conn, org, number, &f);
    if (number_facts_failed(&f, code, at_ms)) facts_write(s, org, number, &f);
}

void number_looked(struct sqlite_store *s, org_id org, const struct line_record *l)
{
    struct number_facts f;
    if (l->valid && l->line == LINE_UNKNOWN) return;
    (void)facts_read(&s->conn, org, l->number, &f);
    if (l->valid) number_facts_line(&f, l->line, l->looked_ms);
    else (void)number_facts_failed(&f, NUMBER_CODE_INVALID, l->looked_ms);
    facts_write(s, org, l->number, &f);
}

enum err apply_numbers(struct sqlite_store *s, struct change *base)
{
    const struct change_numbers *c = (const struct change_numbers *)base;
    if (org_facts(s, c->org) == NULL) return refuse(base, ERR_NOT_FOUND, "there is no organization %u", c->org);
    for (size_t i = 0; i < c->count; i++) {
        struct number_facts f;
        (void)facts_read(&s->conn, c->org, c->rows[i].number, &f);
        number_facts_line(&f, c->rows[i].line, c->at_ms);
        facts_write(s, c->org, c->rows[i].number, &f);
    }
    return ERR_OK;
}

enum err sqlite_number_facts(struct store_reader *r, org_id org, uint64_t number, struct number_facts *out)
{
    struct conn *c = reader_conn(r);
    (void)facts_read(c, org, number, out);
    return read_one(c, true);
}
