/* restored: campaigns of an older copy wait for a person. Contract in restored.h. */
#include "cli/restored.h"

#include "base/log.h"

enum { PAGE = 16, TEXT_BYTES = 4 << 20 };

static enum err move(struct store_queue *queue, const struct campaign *c, enum campaign_state to,
                     int64_t now_ms, struct fault *f)
{
    struct change_campaign_state change = {
        .head = {.kind = CHANGE_CAMPAIGN_STATE},
        .org = c->org,
        .campaign = c->id,
        .to = to,
        .why = STR("the database is an older copy: it may have been sent since; look before resuming"),
        .now_ms = now_ms};
    enum err result = store_change_wait(queue, &change.head);
    return result == ERR_OK ? ERR_OK : fault_set(f, result, "%s", change.head.fault.what);
}

static enum err pause_one(struct store_queue *queue, const struct campaign *c, int64_t now_ms,
                          struct fault *f)
{
    bool overdue = c->state == CAMPAIGN_SCHEDULED && c->start_at_ms <= now_ms;
    enum err result = ERR_OK;

    if (!overdue && (c->state != CAMPAIGN_RUNNING || c->frozen)) return ERR_OK;
    /* A scheduled one can only be paused from running, which nobody sees: nothing runs yet. */
    if (overdue) result = move(queue, c, CAMPAIGN_RUNNING, now_ms, f);
    if (result == ERR_OK) result = move(queue, c, CAMPAIGN_PAUSED, now_ms, f);
    if (result == ERR_OK) log_event(LOG_WARN, "campaign_paused_in_older_copy", log_int("campaign", c->id));
    return result;
}

enum err restored_pause_campaigns(struct store *store, struct store_queue *queue, struct clock *clock,
                                  struct fault *f)
{
    struct store_reader *reader;
    struct arena text;
    uint64_t after = 0;
    size_t count = PAGE;
    enum err result = store->ops->reader_open(store, &reader, f);

    if (result != ERR_OK) return result;
    arena_init(&text, TEXT_BYTES);
    while (result == ERR_OK && count == PAGE) {
        struct campaign page[PAGE];
        result = store->ops->campaigns_live(reader, &text, after, page, &count);
        for (size_t i = 0; result == ERR_OK && i < count; i++) {
            after = page[i].id;
            result = pause_one(queue, &page[i], clock_wall_ms(clock), f);
        }
        arena_reset(&text);
    }
    store->ops->reader_close(reader);
    return result;
}
