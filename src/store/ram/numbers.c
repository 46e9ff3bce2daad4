/* numbers: what is known of numbers themselves, in memory. */
#include "store/ram/ram.h"

static struct number_facts *facts_of(const struct ram_store *s, org_id org, uint64_t number)
{
    struct tree_key key = ram_key(org, number, 0);
    const union map_value *known = tree_get(&s->facts, &key);
    return known == NULL ? NULL : known->ptr;
}

/* To be changed: made if there is none. */
static struct number_facts *facts_for(struct ram_store *s, org_id org, uint64_t number)
{
    struct tree_key key = ram_key(org, number, 0);
    struct number_facts *f = facts_of(s, org, number);
    if (f == NULL) {
        f = ram_new(s, sizeof *f);
        ram_tree_put(s, &s->facts, &key, (union map_value){.ptr = f});
    }
    ram_touch(s, f, sizeof *f);
    return f;
}

void ram_number_wrote(struct ram_store *s, org_id org, uint64_t number, int64_t at_ms)
{
    if (facts_of(s, org, number) != NULL) number_facts_reached(facts_for(s, org, number), at_ms);
}

void ram_number_ended(struct ram_store *s, org_id org, uint64_t number, enum message_state end, int32_t code,
                      int64_t at_ms)
{
    if (end == MESSAGE_DELIVERED) ram_number_wrote(s, org, number, at_ms);
    else if (number_facts_tells(code)) (void)number_facts_failed(facts_for(s, org, number), code, at_ms);
}

void ram_number_looked(struct ram_store *s, org_id org, const struct line_record *l)
{
    if (l->valid && l->line == LINE_UNKNOWN) return;
    if (l->valid) number_facts_line(facts_for(s, org, l->number), l->line, l->looked_ms);
    else (void)number_facts_failed(facts_for(s, org, l->number), NUMBER_CODE_INVALID, l->looked_ms);
}

enum err ram_apply_numbers(struct ram_store *s, struct change *base)
{
    const struct change_numbers *c = (const struct change_numbers *)base;
    if (ram_org(s, c->org) == NULL) return ram_refuse(base, ERR_NOT_FOUND, "there is no such organization");
    for (size_t i = 0; i < c->count; i++)
        number_facts_line(facts_for(s, c->org, c->rows[i].number), c->rows[i].line, c->at_ms);
    return ERR_OK;
}

enum err ram_number_facts(struct store_reader *r, org_id org, uint64_t number, struct number_facts *out)
{
    struct ram_store *s = ram_read_begin(r);
    const struct number_facts *f = facts_of(s, org, number);
    *out = f == NULL ? (struct number_facts){0} : *f;
    return ram_read_end(s, ERR_OK);
}
