/*
 * kit: a small driver for tests of one behaviour: an engine, a virtual clock, and the commands it gave.
 * Carriers 0 … 4; 0 is unknown. One account 1 with org 1 (more by kit_org), program 1.
 */
#ifndef STERLING_TEST_ENGINE_KIT_H
#define STERLING_TEST_ENGINE_KIT_H

#include "engine/engine.h"
#include "rules/life.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { KIT_TAKE = 64, KIT_WALL = 1000000 };

struct kit {
    struct engine *e;
    int64_t mono_ms;
    struct command out[KIT_TAKE]; /* of the last step */
    size_t count;
};

static inline int64_t kit_wall(const struct kit *k)
{
    return KIT_WALL + k->mono_ms;
}

static inline void kit_org(struct kit *k, uint32_t org, uint32_t account, uint32_t share)
{
    struct engine_org o = {.org = org, .account = account, .share = share, .active = true};
    assert_int_equal(engine_set_org(k->e, &o), ERR_OK);
}

static inline void kit_sender(struct kit *k, uint32_t sender, uint32_t org, uint16_t area_code, bool usable)
{
    struct engine_sender s = {.sender = sender, .org = org, .program = 1, .kind = 1, .area_code = area_code,
                              .usable = usable};
    assert_int_equal(engine_set_sender(k->e, &s), ERR_OK);
}

static inline void kit_limit(struct kit *k, struct engine_limit l)
{
    assert_int_equal(engine_set_limit(k->e, &l), ERR_OK);
}

static inline struct kit kit_new(struct engine_config c)
{
    struct kit k = {.mono_ms = 1000};

    k.e = engine_new(&c);
    assert_non_null(k.e);
    engine_set_carriers(k.e, 5, 0);
    kit_org(&k, 1, 1, 1);
    return k;
}

static inline struct engine_item kit_item(uint64_t message, uint64_t number)
{
    return (struct engine_item){.message = message, .lane = {.org = 1, .program = 1, .kind = 3, .carrier = 1},
                                .number = number, .segments = 1, .attempt = 1, .expires_wall_ms = INT64_MAX,
                                .closes_wall_ms = INT64_MAX};
}

static inline void kit_offer(struct kit *k, struct engine_item i)
{
    assert_int_equal(engine_offer(k->e, &i), ERR_OK);
}

/* One take. */
static inline size_t kit_step(struct kit *k)
{
    k->count = engine_step(k->e, k->mono_ms, kit_wall(k), k->out, KIT_TAKE);
    engine_check(k->e);
    return k->count;
}

static inline const struct command *kit_find(const struct kit *k, enum command_kind kind, uint64_t message)
{
    for (size_t i = 0; i < k->count; i++)
        if (k->out[i].kind == kind && (message == 0 || k->out[i].message == message)) return &k->out[i];
    return NULL;
}

static inline size_t kit_number_of(const struct kit *k, enum command_kind kind)
{
    size_t n = 0;
    for (size_t i = 0; i < k->count; i++) n += k->out[i].kind == kind ? 1 : 0;
    return n;
}

static inline void kit_answer(struct kit *k, uint64_t message, enum answer_class class, int32_t code)
{
    struct engine_answer a = {.message = message, .class = class, .error_code = code};
    engine_answered(k->e, &a, k->mono_ms, kit_wall(k));
}

/* Steps until it is armed, then posted. Gives the sender. */
static inline uint32_t kit_post(struct kit *k, uint64_t message)
{
    const struct command *c;
    uint32_t sender;

    kit_step(k);
    c = kit_find(k, COMMAND_ARM, message);
    assert_non_null(c);
    sender = c->sender;
    engine_armed(k->e, message, true, k->mono_ms);
    kit_step(k);
    assert_non_null(kit_find(k, COMMAND_POST, message));
    return sender;
}

#endif
