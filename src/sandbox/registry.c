/*
 * registry: the store of things and the one table of their moves. Contract in registry.h.
 *
 * Owns every thing with its facts. What a move brings about (callbacks, events, programs) is the kinds' business:
 * see review.c.
 */
#include "sandbox/review.h"

#include "base/json_out.h"

#include <stdlib.h>
#include <string.h>

struct registry *sb_registry_new(uint64_t seed)
{
    struct registry *r = world_alloc(sizeof *r);
    heap_init(&r->reviews);
    r->rng = rng_seeded(seed);
    r->plan = sb_review_plan_default();
    return r;
}

static void thing_free(struct thing *t)
{
    json_decref(t->facts);
    json_decref(t->errors);
    free(t);
}

void sb_registry_free(struct registry *r)
{
    if (r == NULL) return;
    heap_free(&r->reviews);
    sb_register_log_free(&r->log);
    for (size_t kind = 0; kind < SID_KINDS; kind++) {
        for (size_t i = 0; i < r->tables[kind].count; i++) thing_free(r->tables[kind].at[i]);
        free(r->tables[kind].at);
    }
    free(r);
}

struct thing *sb_thing_new(struct sandbox *sb, enum sid_kind kind, uint32_t account, struct thing *parent)
{
    struct thing_table *table = &sb->registry->tables[kind];
    struct thing *t = world_alloc(sizeof *t);
    t->kind = kind;
    t->n = table->count;
    t->account = account;
    t->handle = SANDBOX_NONE;
    t->parent = parent;
    if (parent != NULL && parent->last != NULL) parent->last->next = t;
    if (parent != NULL && parent->first == NULL) parent->first = t;
    if (parent != NULL) parent->last = t;
    t->facts = json_object();
    BUG_IF(t->facts == NULL);
    t->created_ms = t->updated_ms = world_date(sb);
    sb_sid_make(sb, kind, t->n, t->sid);
    table->at = world_grow(table->at, table->count, &table->capacity, sizeof *table->at);
    table->at[table->count++] = t;
    return t;
}

size_t sb_thing_count(const struct sandbox *sb, enum sid_kind kind)
{
    return sb->registry->tables[kind].count;
}

struct thing *sb_thing_at(const struct sandbox *sb, enum sid_kind kind, uint64_t n)
{
    const struct thing_table *table = &sb->registry->tables[kind];
    return n < table->count ? table->at[n] : NULL;
}

struct thing *sb_thing_find(const struct sandbox *sb, enum sid_kind kind, struct str sid)
{
    uint64_t n = sb_sid_read(sb, kind, sid);
    struct thing *t = n == UINT64_MAX ? NULL : sb_thing_at(sb, kind, n);
    return t == NULL || t->removed ? NULL : t;
}

void sb_thing_remove(struct sandbox *sb, struct thing *t)
{
    sb_thing_plan(sb, t, THING_RESTS, 0);
    t->removed = true;
    t->removed_ms = sb->now_ms;
}

void sb_thing_plan(struct sandbox *sb, struct thing *t, enum thing_step step, int64_t after_ms)
{
    heap_remove(&sb->registry->reviews, &t->due);
    t->step = step;
    if (step != THING_RESTS) world_wait(sb, &sb->registry->reviews, &t->due, sb->now_ms + after_ms);
}

void sb_registry_check(const struct sandbox *sb)
{
    const struct registry *r = sb->registry;
    heap_check(&r->reviews);
    for (size_t kind = 0; kind < SID_KINDS; kind++)
        for (size_t i = 0; i < r->tables[kind].count; i++) {
            const struct thing *t = r->tables[kind].at[i];
            BUG_IF((t->step != THING_RESTS) != heap_holds(&t->due));
            BUG_IF(t->removed && t->step != THING_RESTS);
            BUG_IF(t->kind != (enum sid_kind)kind || t->n != i);
        }
}

int64_t sb_registry_due(const struct sandbox *sb)
{
    return world_due(&sb->registry->reviews);
}

bool sb_thing_may(const struct thing *t, enum thing_state state)
{
    static const bool moves[THING_STATES][THING_STATES] = {
        [THING_STANDING] = {[THING_DRAFT] = true, [THING_PENDING] = true, [THING_APPROVED] = true},
        [THING_DRAFT] = {[THING_PENDING] = true},
        [THING_PENDING] = {[THING_REVIEW] = true},
        [THING_REVIEW] = {[THING_APPROVED] = true, [THING_REJECTED] = true},
        [THING_REJECTED] = {[THING_PENDING] = true},
        [THING_APPROVED] = {[THING_SUSPENDED] = true},
        [THING_SUSPENDED] = {[THING_APPROVED] = true},
    };
    return moves[t->state][state];
}

void sb_thing_move(struct sandbox *sb, struct thing *t, enum thing_state state)
{
    BUG_IF(!sb_thing_may(t, state));
    t->state = state;
    t->updated_ms = world_date(sb);
}

struct str sb_fact(const struct thing *t, const char *name)
{
    const json_t *value = json_object_get(t->facts, name);
    if (!json_is_string(value)) return (struct str){NULL, 0};
    return (struct str){json_string_value(value), json_string_length(value)};
}

bool sb_fact_is(const struct thing *t, const char *name)
{
    return json_is_true(json_object_get(t->facts, name));
}

void sb_fact_set_new(struct thing *t, const char *name, json_t *value)
{
    BUG_IF(json_object_set_new(t->facts, name, value) != 0);
}

/* What is not UTF-8 is told with U+FFFD in its place, as everywhere in answers. */
void sb_fact_set(struct thing *t, const char *name, struct str value)
{
    struct buf quoted;
    json_t *text = value.len == 0 ? json_null() : json_stringn(value.at, value.len);
    if (text == NULL) {
        buf_init(&quoted, 1 << 20);
        json_str(&quoted, value);
        text = json_loadb(buf_text(&quoted), quoted.len, JSON_DECODE_ANY, NULL);
        buf_free(&quoted);
    }
    sb_fact_set_new(t, name, text == NULL ? json_null() : text);
}

void sb_registry_primary(struct sandbox *sb, bool there)
{
    struct thing *t = NULL;
    for (uint64_t n = 0; t == NULL && n < sb_thing_count(sb, SID_PROFILE); n++) {
        t = sb_thing_at(sb, SID_PROFILE, n);
        if (t->removed || !sb_fact_is(t, "_primary")) t = NULL;
    }
    if (t != NULL && !there) sb_thing_remove(sb, t);
    if (t != NULL || !there) return;
    t = sb_thing_new(sb, SID_PROFILE, 0, NULL);
    sb_fact_set(t, "friendly_name", STR("Primary business profile"));
    sb_fact_set(t, "email", STR("isv@example.com"));
    sb_fact_set(t, "policy_sid", STR("RN6433641899984f951173ef1738c3bdd0"));
    sb_fact_set_new(t, "_primary", json_true());
    t->state = THING_APPROVED; /* made at Twilio's console: its review is history */
}
