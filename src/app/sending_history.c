/* sending_history: campaigns, numbers and single messages as the rule compares them. Contract in sending_history.h. */
#include "app/sending_history.h"

enum { PAGE = 100, ROWS_BYTES_MAX = 8 << 20, SLOTS = 2048 /* at most half full */ };
_Static_assert(SLOTS >= 2 * SENDING_SINGLES_MAX, "a free slot is always found");
static const int64_t DAY_MS = 86400000;

void sending_history_of(const struct campaign *c, int64_t now_ms, struct sending_campaign *out)
{
    *out = (struct sending_campaign){.id = c->id, .program = c->program, .marketing = c->kind == KIND_MARKETING,
                                     .at_ms = c->started_ms != 0    ? c->started_ms
                                              : c->start_at_ms != 0 ? c->start_at_ms
                                                                    : now_ms,
                                     .people = c->audience};
    alike_hear(c->template_text, &out->text);
}

static bool was_or_will_be(const struct campaign *c)
{
    return c->started_ms != 0 || c->state == CAMPAIGN_SCHEDULED;
}

enum err sending_history_read(struct store_reader *r, struct arena *a, org_id org, struct sending_campaign **out,
                              size_t *count)
{
    struct sending_campaign *all = arena_alloc(a, SENDING_CAMPAIGNS_MAX * sizeof *all);
    struct campaign *rows = arena_alloc(a, PAGE * sizeof *rows);
    enum err code = all == NULL || rows == NULL ? ERR_FULL : ERR_OK;
    uint64_t before = 0;
    size_t n = PAGE;

    *out = all;
    *count = 0;
    for (size_t read = 0; code == ERR_OK && n == PAGE && read < SENDING_CAMPAIGNS_MAX; read += n) {
        code = r->store->ops->campaigns(r, a, org, before, rows, &n);
        for (size_t i = 0; code == ERR_OK && i < n; i++) {
            before = rows[i].id;
            if (was_or_will_be(&rows[i])) sending_history_of(&rows[i], 0, &all[(*count)++]);
        }
    }
    return code;
}

void sending_history_number(struct sending_numbers *n, const struct sender *s, int64_t now_ms)
{
    if (s->kind == SENDER_LONG_CODE) sending_numbers_add(n, s->created_ms, s->state == SENDER_REMOVED, now_ms);
}

/* ---- single messages ---- */

struct tally {
    int64_t since_ms;
    int64_t seen, most;
    struct { uint32_t key; int32_t count; } slots[SLOTS];
};

static void count_in(struct tally *t, const struct message *m)
{
    struct alike text;
    uint32_t key, at;

    if (m->created_ms < t->since_ms) return;
    t->seen++;
    if (m->kind != KIND_MARKETING && !content_sells(m->body)) return;
    alike_hear(m->body, &text);
    key = alike_key(&text);
    if (key == 0) return;
    for (at = key % SLOTS; t->slots[at].key != 0 && t->slots[at].key != key;) at = (at + 1) % SLOTS;
    t->slots[at].key = key;
    if (++t->slots[at].count > t->most) t->most = t->slots[at].count;
}

static enum err read_singles(struct store_reader *r, struct arena *a, org_id org, struct tally *t)
{
    const struct message_filter singles = {.org = org, .direct = true};
    struct message *rows = arena_alloc(a, PAGE * sizeof *rows);
    uint64_t before = 0;

    for (int read = 0; rows != NULL && read < SENDING_SINGLES_MAX;) {
        size_t n = PAGE;
        uint64_t more = 0;
        enum err code = r->store->ops->messages(r, a, &singles, before, rows, &n, &more);
        if (code != ERR_OK) return code;
        for (size_t i = 0; i < n; i++) count_in(t, &rows[i]);
        if (more == 0 || (n > 0 && rows[n - 1].created_ms < t->since_ms)) return ERR_OK;
        before = more;
        read += PAGE;
    }
    return rows == NULL ? ERR_FULL : ERR_OK;
}

enum err sending_history_singles(struct store_reader *r, org_id org, int64_t now_ms, struct sending_finding *out)
{
    const struct sending_pattern *pattern = &sending_patterns[SENDING_BULK_BY_SINGLES];
    struct arena rows;
    struct tally *t;
    enum err code;

    *out = (struct sending_finding){.pattern = NULL};
    arena_init(&rows, ROWS_BYTES_MAX);
    t = arena_alloc(&rows, sizeof *t);
    code = t == NULL ? ERR_FULL : ERR_OK;
    if (t != NULL) {
        *t = (struct tally){.since_ms = now_ms - pattern->days * DAY_MS};
        code = read_singles(r, &rows, org, t);
        if (code == ERR_OK && t->most >= pattern->least) *out = (struct sending_finding){pattern, t->most, t->seen};
    }
    arena_reset(&rows);
    return code;
}
