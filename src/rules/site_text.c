/*
 * site_text: one pass over the bytes of a page. Contract in site_text.h. Tags are taken apart in site_tag.c; here is
 * what each does to the words.
 */
#include "rules/site_text.h"

#include "base/utf8.h"
#include "rules/site_entity.h"
#include "rules/site_tag.h"

enum { ARENA_BYTES = 512 * 1024 };

struct reader {
    struct cursor in;
    bool utf8;
    struct site_page *page;
    bool space, block;      /* what stands before the next word */
    bool in_word;
    struct str hidden;      /* the name of the element that hides all within it; empty: none */
    size_t hidden_depth;
    struct site_link *open; /* the link whose words are read */
    bool no_memory;
};

/* ---- words ---- */

static bool has_room(const struct buf *b, size_t most, size_t bytes)
{
    return b->len + bytes <= most;
}

static void put_gap(struct reader *r)
{
    struct buf *words = &r->page->words;

    if (words->len > 0 && r->block) buf_add_char(words, '\n');
    else if (words->len > 0 && r->space) buf_add_char(words, ' ');
    r->block = r->space = false;
}

static void put_letter(struct reader *r, uint32_t point)
{
    char bytes[4];
    size_t n;

    point = site_letter_plain(point);
    if (point == 0) return;
    if (point == ' ') {
        r->space = true;
        r->in_word = false;
        return;
    }
    if (!has_room(&r->page->words, SITE_WORDS_BYTES, 8)) {
        r->page->cut = true;
        return;
    }
    if (!r->in_word) r->page->count++;
    put_gap(r);
    r->in_word = true;
    n = utf8_put(point, bytes);
    buf_add(&r->page->words, (struct str){bytes, n});
}

/* One character of the input, or a reference to one. */
static uint32_t take_letter(struct cursor *c, bool utf8)
{
    uint32_t point = site_letter_take(c, utf8);

    if (point == '&') {
        uint32_t named = site_entity_take(c);
        if (named != 0) return named;
    }
    return point;
}

static void put_words(struct reader *r, struct str raw)
{
    struct cursor c = cursor_over(raw);

    while (!cursor_done(&c)) put_letter(r, take_letter(&c, r->utf8));
}

static void end_block(struct reader *r)
{
    r->block = true;
    r->in_word = false;
}

/* ---- what is kept of attributes ---- */

static struct str decoded(struct reader *r, struct str raw, size_t most)
{
    struct cursor c = cursor_over(raw);
    struct buf text;
    struct str kept;

    buf_init(&text, most + 4);
    while (!cursor_done(&c) && has_room(&text, most, 4)) {
        char bytes[4];
        uint32_t point = site_letter_plain(take_letter(&c, r->utf8));
        if (point != 0) buf_add(&text, (struct str){bytes, utf8_put(point, bytes)});
    }
    kept = arena_str(&r->page->arena, str_trim(buf_str(&text)));
    if (buf_check(&text) != ERR_OK || kept.at == NULL) r->no_memory = true;
    buf_free(&text);
    return kept;
}

static void add_title(struct reader *r, struct str raw)
{
    struct cursor c = cursor_over(raw);
    struct buf *title = &r->page->title;

    if (title->len > 0) buf_add_char(title, '\n');
    while (!cursor_done(&c) && has_room(title, SITE_TITLE_BYTES, 5)) {
        char bytes[4];
        uint32_t point = site_letter_plain(take_letter(&c, r->utf8));
        if (point != 0) buf_add(title, (struct str){bytes, utf8_put(point, bytes)});
    }
}

/* ---- elements ---- */

static void close_link(struct reader *r)
{
    if (r->open != NULL) r->open->to = r->page->words.len;
    r->open = NULL;
}

static void open_link(struct reader *r, const struct site_tag *t)
{
    struct str address = site_tag_value(t, "href");

    close_link(r);
    if (address.len == 0) return;
    if (r->page->links_count == SITE_LINKS_MAX || address.len > SITE_ADDRESS_MAX) {
        r->page->cut = true;
        return;
    }
    r->open = &r->page->links[r->page->links_count++];
    r->open->address = decoded(r, address, SITE_ADDRESS_MAX);
    r->open->from = r->open->to = r->page->words.len;
    /* A link that is a picture has its words here. */
    if (site_tag_has(t, "aria-label")) {
        r->space = true;
        put_words(r, site_tag_value(t, "aria-label"));
        r->space = true;
    }
}

static void see_input(struct reader *r, const struct site_tag *t)
{
    struct str type = site_tag_value(t, "type");
    static const char *const hints[] = {"name", "id", "placeholder", "autocomplete", "aria-label"};

    if (str_equal_nocase(type, STR("password"))) r->page->password = true;
    if (str_equal_nocase(type, STR("checkbox"))) {
        r->page->box = true;
        if (site_tag_has(t, "checked")) r->page->box_ticked = true;
        return;
    }
    if (str_equal_nocase(type, STR("tel"))) r->page->phone_field = true;
    for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++) {
        struct str hint = site_tag_value(t, hints[i]);
        if (str_equal_nocase(type, STR("hidden"))) return;
        if (site_tag_speaks_of_phone(hint)) r->page->phone_field = true;
    }
}

static void see_meta(struct reader *r, const struct site_tag *t)
{
    struct str name = site_tag_value(t, "name"), property = site_tag_value(t, "property");
    struct str content = site_tag_value(t, "content");

    if (str_equal_nocase(site_tag_value(t, "http-equiv"), STR("refresh"))) {
        size_t at = str_find_char(content, '=');
        struct str url = at < content.len ? str_trim(str_slice(content, at + 1, content.len)) : STR("");
        if (url.len > 1 && (url.at[0] == '\'' || url.at[0] == '"')) /* url='https://…' */
            url = str_slice(url, 1, 1 + str_find_char(str_slice(url, 1, url.len), url.at[0]));
        if (url.len > 0) r->page->refresh = decoded(r, url, SITE_ADDRESS_MAX);
    }
    if (str_equal_nocase(name, STR("description")) || str_equal_nocase(property, STR("og:site_name")) ||
        str_equal_nocase(property, STR("og:title")))
        add_title(r, content);
}

static void see_element(struct reader *r, const struct site_tag *t)
{
    struct site_page *p = r->page;

    if (site_tag_is(t, "a") || site_tag_is(t, "area")) open_link(r, t);
    else if (site_tag_is(t, "input")) see_input(r, t);
    else if (site_tag_is(t, "meta")) see_meta(r, t);
    else if (site_tag_is(t, "form")) p->forms++;
    else if (site_tag_is(t, "frame")) p->frames++; /* an iframe is raw */
    else if (site_tag_is(t, "base") && p->base.len == 0) p->base = decoded(r, site_tag_value(t, "href"), SITE_ADDRESS_MAX);
    else if (site_tag_is(t, "img")) {
        r->space = true;
        put_words(r, site_tag_value(t, "alt"));
        r->space = true;
    }
}

/* Elements whose content is no text for people, to their end tag. */
static bool skip_raw(struct reader *r, const struct site_tag *t)
{
    struct str content;

    if (!site_tag_is_raw(t)) return false;
    content = site_tag_raw_content(&r->in, t);
    if (site_tag_is(t, "script")) r->page->scripts++;
    if (site_tag_is(t, "title")) add_title(r, content);
    if (site_tag_is(t, "textarea")) r->space = true;
    if (site_tag_is(t, "iframe")) r->page->frames++;
    if (site_tag_is(t, "noscript") && site_tag_wants_script(content)) r->page->wants_script = true;
    return true;
}

/* From the element that hides to its end: counted by its own name alone. */
static void hide(struct reader *r, const struct site_tag *t)
{
    if (r->hidden.len == 0) {
        if (t->closing || !site_tag_hides(t)) return;
        r->hidden = t->name;
        r->hidden_depth = 0;
    }
    if (!str_equal_nocase(t->name, r->hidden)) return;
    if (!t->closing) r->hidden_depth++;
    else if (--r->hidden_depth == 0) r->hidden.len = 0;
}

static void see_tag(struct reader *r, const struct site_tag *t)
{
    bool was_hidden = r->hidden.len > 0;

    if (!t->closing && skip_raw(r, t)) return;
    if (!t->alone) hide(r, t);
    if (was_hidden || r->hidden.len > 0) return;
    if (t->closing && site_tag_is(t, "a")) close_link(r);
    if (!t->closing) see_element(r, t);
    if (!site_tag_is_inline(t)) end_block(r);
}

static void read_on(struct reader *r)
{
    while (!cursor_done(&r->in)) {
        struct site_tag tag;
        if (cursor_peek(&r->in) == '<' && site_tag_take(&r->in, &tag)) {
            if (tag.name.len > 0) see_tag(r, &tag);
            continue;
        }
        if (r->hidden.len > 0) (void)cursor_next(&r->in);
        else put_letter(r, take_letter(&r->in, r->utf8));
    }
    close_link(r);
}

static void begin(struct site_page *page)
{
    *page = (struct site_page){.count = 0};
    buf_init(&page->words, SITE_WORDS_BYTES + 16);
    buf_init(&page->title, SITE_TITLE_BYTES + 16);
    arena_init(&page->arena, ARENA_BYTES);
}

static enum err verdict(const struct reader *r)
{
    bool sound = buf_check(&r->page->words) == ERR_OK && buf_check(&r->page->title) == ERR_OK && !r->no_memory;

    return sound ? ERR_OK : ERR_FULL;
}

enum err site_text_read(struct str html, struct site_page *out)
{
    struct reader r = {.in = cursor_over(html), .utf8 = str_is_utf8(html, NULL), .page = out};

    begin(out);
    read_on(&r);
    return verdict(&r);
}

enum err site_text_plain(struct str text, struct site_page *out)
{
    struct reader r = {.in = cursor_over(text), .utf8 = str_is_utf8(text, NULL), .page = out};

    begin(out);
    while (!cursor_done(&r.in)) {
        if (cursor_peek(&r.in) == '\n') end_block(&r);
        put_letter(&r, site_letter_take(&r.in, r.utf8));
    }
    return verdict(&r);
}

void site_page_free(struct site_page *page)
{
    buf_free(&page->words);
    buf_free(&page->title);
    arena_reset(&page->arena);
}

struct str site_link_words(const struct site_page *page, const struct site_link *link)
{
    return str_trim(str_slice(buf_str(&page->words), link->from, link->to));
}
