/* absent: one pass over an organization's numbers. Contract in absent.h. */
#include "app/absent.h"

#include "rules/phone.h"

enum { PAGE = 64, PAGE_BYTES_MAX = 4 << 20 };
enum { GONE = 1, LIVE }; /* what the rows of a number say; a live one says it all */

static enum err note(struct absent *out, const struct owned_number *n)
{
    union map_value *v;
    uint64_t digits;

    if (phone_read_e164(str_from(n->number), &digits) != ERR_OK) return ERR_OK; /* a short code */
    if (!owned_is_live(n->state) && n->state != OWNED_GONE) return ERR_OK;
    v = map_put(&out->numbers, digits);
    if (v == NULL) return ERR_FULL;
    if (v->num != LIVE) v->num = owned_is_live(n->state) ? LIVE : GONE;
    return ERR_OK;
}

enum err absent_read(struct store_reader *r, org_id org, struct absent *out)
{
    struct owned_number page[PAGE];
    struct arena texts;
    size_t count = PAGE;
    uint64_t after = 0;
    enum err code = ERR_OK;

    map_init(&out->numbers);
    arena_init(&texts, PAGE_BYTES_MAX);
    while (count == PAGE && code == ERR_OK) {
        arena_reset(&texts);
        code = r->store->ops->owned_list(r, &texts, org, after, page, &count);
        for (size_t i = 0; i < count && code == ERR_OK; i++) code = note(out, &page[i]);
        if (code == ERR_OK && count > 0) after = page[count - 1].id;
    }
    arena_reset(&texts);
    if (code != ERR_OK) absent_free(out);
    return code;
}

bool absent_has(const struct absent *all, const struct sender *s)
{
    const union map_value *v;

    if (s->kind != SENDER_LONG_CODE && s->kind != SENDER_TOLL_FREE) return false;
    v = map_get(&all->numbers, s->number);
    return v != NULL && v->num == GONE;
}

void absent_free(struct absent *all)
{
    map_free(&all->numbers);
    map_init(&all->numbers);
}
