/* story: what happened in a world, a line each, for people. Kept only when the config asks for it; owns its lines. */
#include "world.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { LINES_MAX = 200000, SHOWN_MAX = 70, TEXT_BYTES = 160 };

struct line {
    int64_t at_ms;
    uint64_t number;
    char text[TEXT_BYTES];
};
static struct line *lines;
static size_t lines_count;

void world_say(struct world *w, uint64_t number, const char *fmt, ...)
{
    va_list args;
    struct line *l;

    if (!w->config.tell || lines == NULL) return;
    l = &lines[lines_count++ % LINES_MAX];
    l->at_ms = w->now_ms - w->start_ms;
    l->number = number;
    va_start(args, fmt);
    (void)vsnprintf(l->text, sizeof l->text, fmt, args);
    va_end(args);
}

/* ---- what others tell ---- */

static void of_provider(void *owner, uint64_t to, const char *what)
{
    world_say(owner, to, "%s", what);
}

static uint64_t number_of(const struct world *w, org_id org, uint64_t message)
{
    struct message m;
    struct arena a;
    uint64_t number = 0;

    arena_init(&a, 1 << 20);
    if (w->store->ops->message_get(w->reader, &a, org, message, &m) == ERR_OK) number = m.number;
    arena_reset(&a);
    return number;
}

static void say_arms(struct world *w, const struct change_arm *c)
{
    for (size_t i = 0; i < c->items_count; i++)
        world_say(w, number_of(w, c->items[i].armed.org, c->items[i].armed.message),
                  "message %" PRIu64 " attempt %u %s", c->items[i].armed.message, c->items[i].armed.attempt,
                  c->items[i].verdict == ARM_ARMED ? "is armed" : "is not armed");
    for (size_t i = 0; i < c->setbacks_count; i++)
        world_say(w, number_of(w, c->setbacks[i].org, c->setbacks[i].message), "message %" PRIu64 " is set back: %s",
                  c->setbacks[i].message, message_state_name(c->setbacks[i].to));
}

static const char *const OUTCOMES[] = {
    [OUTCOME_ACCEPTED] = "accepted", [OUTCOME_ENDED] = "ended", [OUTCOME_AGAIN] = "goes again",
    [OUTCOME_DOUBT] = "in doubt", [OUTCOME_WITHDRAWN] = "withdrawn"};

static void say_outcomes(struct world *w, const struct change_outcome *c)
{
    for (size_t i = 0; i < c->count; i++)
        world_say(w, number_of(w, c->items[i].org, c->items[i].message), "message %" PRIu64 " attempt %u recorded: %s",
                  c->items[i].message, c->items[i].attempt, OUTCOMES[c->items[i].kind]);
}

void story_of_change(struct world *w, const struct change *c)
{
    if (c->kind == CHANGE_ARM) say_arms(w, (const struct change_arm *)c);
    if (c->kind == CHANGE_OUTCOME) say_outcomes(w, (const struct change_outcome *)c);
    if (c->kind == CHANGE_STATUS) {
        const struct change_status *s = (const struct change_status *)c;
        world_say(w, number_of(w, s->org, s->message), "message %" PRIu64 " attempt %u: the provider says %s",
                  s->message, s->attempt, message_state_name(s->to));
    }
    if (c->kind == CHANGE_DOUBT) {
        const struct doubt *d = &((const struct change_doubt *)c)->doubt;
        world_say(w, d->number, "doubt of message %" PRIu64 " attempt %u: %s", d->message, d->attempt,
                  ((const struct change_doubt *)c)->absent ? "proved absent" : "listed");
    }
    if (c->kind == CHANGE_BIND) {
        const struct change_bind *b = (const struct change_bind *)c;
        world_say(w, number_of(w, b->org, b->message), "message %" PRIu64 " is bound to %s", b->message, b->sid);
    }
}

static void of_queue(void *owner, const struct change *c)
{
    story_of_change(owner, c);
}

void story_begin(struct world *w)
{
    if (lines == NULL) lines = calloc(LINES_MAX, sizeof *lines);
    BUG_IF(lines == NULL);
    lines_count = 0;
    provider_sim_hear(w->provider, of_provider, w);
    w->queue.heard = of_queue;
    w->queue.owner = w;
}

/* ---- telling it ---- */

static bool concerns(const struct line *l, uint64_t number)
{
    return number == 0 || l->number == 0 || l->number == number;
}

void world_story_print(uint64_t number)
{
    size_t oldest = lines_count > LINES_MAX ? lines_count - LINES_MAX : 0, first = lines_count, shown = 0;

    if (lines == NULL) return;
    while (first > oldest && shown < SHOWN_MAX)
        if (concerns(&lines[--first % LINES_MAX], number)) shown++;
    if (number != 0) printf("# the story of +%" PRIu64 " and of everybody:\n", number);
    for (; first < lines_count; first++) {
        const struct line *l = &lines[first % LINES_MAX];
        if (!concerns(l, number)) continue;
        printf("#   +%" PRId64 ".%03" PRId64 " s  %s\n", l->at_ms / 1000, l->at_ms % 1000, l->text);
    }
}
