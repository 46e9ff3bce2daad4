/* toll_free: what becomes of a toll-free verification and its number (reference 13). Contract in a2p.h. */
#include "sandbox/a2p.h"
#include "sandbox/review.h"

static const int64_t edit_window_ms = 7 * INT64_C(86400000);

static void event(struct sandbox *sb, const struct thing *t, const char *type)
{
    sb_event(sb, t, type,
             json_pack("{s:s, s:s, s:O?}", "tollfreeverificationsid", t->sid, "phonenumbersid",
                       sb_sender_at(sb, t->handle)->sid, "errorcode", json_object_get(t->facts, "error_code")));
}

/* Disallowed content stays so, however it is put. */
static bool may_edit(int code)
{
    return !(code >= 30441 && code <= 30444) && !(code >= 30455 && code <= 30469) && code != 30480;
}

static void reject(struct sandbox *sb, struct thing *t, int code)
{
    const char *fields, *text = sb_review_text(code, &fields);
    sb_fact_set(t, "rejection_reason", str_from(text));
    sb_fact_set_new(t, "error_code", json_integer(code));
    sb_fact_set_new(t, "rejection_reasons", json_pack("[{s:i, s:s}]", "code", code, "reason", text));
    sb_fact_set_new(t, "edit_allowed", json_boolean(may_edit(code)));
    sb_fact_set_new(t, "_edit_until_ms", json_integer(world_date(sb) + edit_window_ms));
    event(sb, t, "toll-free-verification.rejected");
}

static void clear(struct thing *t)
{
    static const char *const names[] = {"rejection_reason", "error_code", "rejection_reasons", "edit_allowed",
                                        "_edit_until_ms"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) (void)json_object_del(t->facts, names[i]);
}

void sb_toll_free_moved(struct sandbox *sb, struct thing *t, int code)
{
    sb_sender_at(sb, t->handle)->verified = t->state == THING_APPROVED;
    switch (t->state) {
    case THING_PENDING:
        clear(t);
        event(sb, t, t->submitted > 1 ? "toll-free-verification.edit" : "toll-free-verification.requested");
        break;
    case THING_REVIEW: event(sb, t, "toll-free-verification.pending-review"); break;
    case THING_APPROVED: event(sb, t, "toll-free-verification.request-approved"); break;
    case THING_REJECTED: reject(sb, t, code); break;
    default: break;
    }
}

void sb_toll_free_remove(struct sandbox *sb, struct thing *t)
{
    sb_sender_at(sb, t->handle)->verified = false;
    sb_thing_remove(sb, t);
    event(sb, t, "toll-free-verification.deleted");
}
