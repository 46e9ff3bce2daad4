/* audience: one chunk of a campaign's recipients at a time. Contract in audience.h. */
#include "app/audience.h"

#include "app/gate.h"
#include "app/orgs.h"
#include "app/pump.h"

#include <stdlib.h>

enum { CHUNK_TEXT_BYTES = 64 << 20 };

static int by_bucket(const void *a, const void *b)
{
    const struct freeze_row *x = a, *y = b;
    if (x->zones != y->zones) return x->zones < y->zones ? -1 : 1;
    if (x->carrier != y->carrier) return x->carrier < y->carrier ? -1 : 1;
    return x->contact < y->contact ? -1 : x->contact > y->contact;
}

static enum err read_chunk(struct store_reader *r, const struct campaign *c, struct arena *a,
                           struct freeze_row *rows, size_t *count, uint64_t *upto)
{
    struct contact *page = arena_alloc(a, *count * sizeof *page);
    struct program program;
    enum err result;

    if (page == NULL) return ERR_FULL;
    result = orgs_program_by_id(r, a, c->org, c->program, &program);
    if (result == ERR_OK) result = r->store->ops->contacts(r, a, c->org, c->list, c->freeze_after, page, count);
    if (result != ERR_OK) return result;
    *upto = *count == 0 ? c->freeze_after : page[*count - 1].id;
    for (size_t i = 0; i < *count; i++)
        rows[i] = (struct freeze_row){page[i].id, page[i].number, gate_zones(page[i].zones, program.traits),
                                      page[i].carrier};
    qsort(rows, *count, sizeof *rows, by_bucket);
    return ERR_OK;
}

enum err audience_freeze_chunk(struct app *app, struct store_reader *r, const struct campaign *c,
                               bool *complete, struct fault *f)
{
    size_t want = c->audience == 0 ? AUDIENCE_FIRST_CHUNK : AUDIENCE_CHUNK, count = want;
    struct freeze_row *rows = calloc(want, sizeof *rows);
    struct change_freeze change = {.head = {.kind = CHANGE_FREEZE},
                                   .org = c->org,
                                   .campaign = c->id,
                                   .after = c->freeze_after,
                                   .rows = rows};
    struct arena a;
    enum err result;

    if (rows == NULL) return fault_set(f, ERR_FULL, "out of memory");
    arena_init(&a, CHUNK_TEXT_BYTES);
    result = read_chunk(r, c, &a, rows, &count, &change.upto);
    arena_reset(&a);
    if (result == ERR_OK) {
        change.count = count;
        change.last = *complete = count < want;
        change.now_ms = clock_wall_ms(app->clock);
        result = store_change_wait(app->queue, &change.head);
        if (result != ERR_OK) *f = change.head.fault;
    }
    free(rows);
    if (result == ERR_OK)
        app->tell(app->pump, &(struct note){.kind = NOTE_CAMPAIGN_CHANGED, .org = c->org, .campaign = c->id});
    return result;
}
