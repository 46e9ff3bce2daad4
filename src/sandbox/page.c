/*
 * page: lists in Twilio's two styles (reference 1.7). A page token names the item beside the page, so that
 * what is created meanwhile neither repeats nor hides an item. Contract in call.h.
 */
#include "sandbox/call.h"

#include <string.h>

static bool read_token(struct call *c, struct page *page, struct str token)
{
    uint64_t id;
    if (token.len == 0) return true;
    if (!str_starts(token, STR("PA")) && !str_starts(token, STR("PB"))) return false;
    id = sb_sid_read(c->sb, page->kind, str_slice(token, 2, token.len));
    if (id == UINT64_MAX) return false;
    page->back = token.at[1] == 'B';
    page->anchor = id;
    return true;
}

bool sb_page_read(struct call *c, enum sid_kind kind, struct page *page)
{
    uint64_t size = 50, number = 0;
    *page = (struct page){.kind = kind};
    if (sb_call_query(c, "PageSize").len > 0 &&
        (str_to_u64(sb_call_query(c, "PageSize"), &size) != ERR_OK || size == 0)) {
        sb_call_error(c, 400, 20001);
        return false;
    }
    if (size > PAGE_SIZE_MAX) {
        sb_call_error(c, 400, 20007);
        return false;
    }
    if (sb_call_query(c, "Page").len > 0 &&
        (str_to_u64(sb_call_query(c, "Page"), &number) != ERR_OK || number > 1000000))
        number = 0;
    page->size = (uint32_t)size;
    page->number = (uint32_t)number;
    /* `Page` alone is not enough (21481). */
    if (!read_token(c, page, sb_call_query(c, "PageToken")) || (number > 0 && page->anchor == 0)) {
        sb_call_error(c, 400, 21481);
        return false;
    }
    page->ids = arena_alloc(&c->arena, (size_t)size * sizeof *page->ids);
    if (page->ids == NULL) page->size = 0;
    return page->ids != NULL;
}

/* The items just newer than the anchor, found from the oldest of them up and then turned round. */
static void collect_back(struct call *c, struct page *page, uint64_t newest,
                         bool (*keep)(const struct call *c, uint64_t id))
{
    for (uint64_t id = page->anchor + 1; id <= newest && page->count < page->size; id++)
        if (keep(c, id)) page->ids[page->count++] = id;
    for (size_t i = 0; i < page->count / 2; i++) {
        uint64_t id = page->ids[i];
        page->ids[i] = page->ids[page->count - 1 - i];
        page->ids[page->count - 1 - i] = id;
    }
    page->more = true;
}

void sb_page_collect(struct call *c, struct page *page, uint64_t newest,
                  bool (*keep)(const struct call *c, uint64_t id))
{
    if (page->back) {
        collect_back(c, page, newest, keep);
        return;
    }
    for (uint64_t id = page->anchor != 0 ? page->anchor - 1 : newest; id > 0; id--) {
        if (!keep(c, id)) continue;
        if (page->count == page->size) {
            page->more = true;
            return;
        }
        page->ids[page->count++] = id;
    }
}

/* path?filters&PageSize=…[&Page=…][&PageToken=…] */
static struct str page_link(struct call *c, const struct page *page, uint32_t number, char direction,
                            uint64_t anchor)
{
    struct buf query;
    struct str link;
    char sid[SANDBOX_SID_BYTES];
    buf_init(&query, 65536);
    for (size_t i = 0; i < c->query.count; i++)
        if (!str_starts(c->query.pairs[i].name, STR("Page")))
            form_encode_add(&query, c->query.pairs[i].name, c->query.pairs[i].value);
    form_encode_add(&query, STR("PageSize"), str_from(arena_printf(&c->arena, "%u", page->size)));
    form_encode_add(&query, STR("Page"), str_from(arena_printf(&c->arena, "%u", number)));
    sb_sid_make(c->sb, page->kind, anchor, sid);
    if (anchor != 0)
        form_encode_add(&query, STR("PageToken"), str_from(arena_printf(&c->arena, "P%c%s", direction, sid)));
    link = str_from(arena_printf(&c->arena, STR_FMT "?%s", STR_ARG(c->path), buf_text(&query)));
    buf_free(&query);
    return link;
}

static struct str link_next(struct call *c, const struct page *page)
{
    if (!page->more || page->count == 0) return (struct str){NULL, 0};
    return page_link(c, page, page->number + 1, 'A', page->ids[page->count - 1]);
}

static struct str link_previous(struct call *c, const struct page *page)
{
    if (page->number == 0 || page->count == 0) return (struct str){NULL, 0};
    return page_link(c, page, page->number - 1, 'B', page->ids[0]);
}

void sb_page_put_2010(struct call *c, const struct page *page)
{
    uint64_t start = (uint64_t)page->number * page->size;
    json_put_int(c->out, "page", page->number);
    json_put_int(c->out, "page_size", page->size);
    json_put_int(c->out, "start", (int64_t)start);
    json_put_int(c->out, "end", (int64_t)(page->count == 0 ? start : start + page->count - 1));
    json_put_str(c->out, "uri", str_slice(c->request->target, c->prefix.len, c->request->target.len));
    json_put_str(c->out, "first_page_uri", page_link(c, page, 0, 'A', 0));
    json_put_str_or_null(c->out, "next_page_uri", link_next(c, page));
    json_put_str_or_null(c->out, "previous_page_uri", link_previous(c, page));
}

static void put_absolute(struct call *c, const char *name, struct str link)
{
    if (link.len == 0)
        json_put_null(c->out, name);
    else
        json_put_text(c->out, name,
                      arena_printf(&c->arena, STR_FMT STR_FMT STR_FMT, STR_ARG(c->request->base_url),
                                   STR_ARG(c->prefix), STR_ARG(link)));
}

void sb_page_put_meta(struct call *c, const struct page *page, const char *key)
{
    json_key(c->out, "meta");
    json_open(c->out, '{');
    json_put_int(c->out, "page", page->number);
    json_put_int(c->out, "page_size", page->size);
    put_absolute(c, "first_page_url", page_link(c, page, 0, 'A', 0));
    put_absolute(c, "previous_page_url", link_previous(c, page));
    put_absolute(c, "url", str_slice(c->request->target, c->prefix.len, c->request->target.len));
    put_absolute(c, "next_page_url", link_next(c, page));
    json_put_text(c->out, "key", key);
    json_close(c->out, '}');
}
