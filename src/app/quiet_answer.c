/* quiet_answer: judged by the rules, written as it is read. Contract in quiet_answer.h. */
#include "app/quiet_answer.h"

#include "base/json_out.h"

enum err quiet_answer_judge(struct quiet_answer *a)
{
    uint64_t key = quiet_hours_bucket_key(&a->places);
    enum err code = quiet_hours_window(key, a->kind, a->at_ms, &a->window);

    if (code == ERR_OK) code = quiet_hours_lines(key, a->kind, a->at_ms, a->lines, &a->count);
    if (code == ERR_OK) code = quiet_hours_cap(key, a->at_ms, &a->cap);
    if (a->kind != KIND_MARKETING) a->cap.count = 0;
    return code;
}

static void put_instant(struct buf *b, const char *name, int64_t at_ms)
{
    if (at_ms == INT64_MAX) json_put_null(b, name);
    else json_put_time(b, name, at_ms);
}

static void put_places(struct buf *b, const struct quiet_places *p)
{
    json_key(b, "places");
    json_open(b, '{');
    json_put_text(b, "country", p->country);
    json_key(b, "states");
    json_open(b, '[');
    for (unsigned i = 0; i < p->state_count; i++) json_str(b, str_from(p->states[i]));
    json_close(b, ']');
    json_key(b, "time_zones");
    json_open(b, '[');
    for (unsigned i = 0; i < p->zone_count; i++) json_str(b, str_from(p->zones[i]));
    json_close(b, ']');
    json_close(b, '}');
}

static void put_cap(struct buf *b, const struct quiet_cap *c)
{
    if (c->count == 0) {
        json_put_null(b, "cap");
        return;
    }
    json_key(b, "cap");
    json_open(b, '{');
    json_put_int(b, "count", c->count);
    json_put_int(b, "hours", c->hours);
    json_put_text(b, "rule", c->rule);
    json_put_text(b, "source", c->source);
    json_close(b, '}');
}

static void put_line(struct buf *b, const struct quiet_line *l)
{
    json_open(b, '{');
    json_put_text(b, "rule", l->rule);
    json_put_text(b, "zone", l->zone);
    json_put_text(b, "source", l->source);
    json_put_text(b, "holiday", l->holiday[0] == 0 ? NULL : l->holiday);
    put_instant(b, "opens_at", l->opens_ms);
    put_instant(b, "closes_at", l->closes_ms);
    if (l->cap != 0) {
        json_key(b, "cap");
        json_open(b, '{');
        json_put_int(b, "count", l->cap);
        json_put_int(b, "hours", l->cap_hours);
        json_close(b, '}');
    }
    json_close(b, '}');
}

void quiet_answer_write(const struct quiet_answer *a, struct buf *b)
{
    json_open(b, '{');
    json_put_text(b, "kind", message_kind_name(a->kind));
    json_put_time(b, "at", a->at_ms);
    put_places(b, &a->places);
    json_put_bool(b, "open", a->window.open);
    put_instant(b, "next_open_at", a->window.next_open_ms);
    put_instant(b, "closes_at", a->window.closes_ms);
    json_put_text(b, "decided_by", a->window.rule);
    json_put_text(b, "zone", a->window.zone);
    json_put_text(b, "source", a->window.source);
    put_cap(b, &a->cap);
    json_key(b, "rules");
    json_open(b, '[');
    for (size_t i = 0; i < a->count; i++) put_line(b, &a->lines[i]);
    json_close(b, ']');
    json_close(b, '}');
}
