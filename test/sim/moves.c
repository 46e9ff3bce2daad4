/* moves: have the worlds seen every legal move of a message (rules/life.h)? */
#include "sim_run.h"

#include <inttypes.h>
#include <stdio.h>

/* Legal, but not to be met in these worlds; each with the reason why. One that is met after all is told, so that
 * this list stays true. */
static const struct move {
    enum message_state from, to;
} EXCUSED[] = {
    /* What is sent again after `failed` waits as queued, and may be put off only from there. */
    {MESSAGE_ACCEPTED, MESSAGE_HELD}, {MESSAGE_SENT, MESSAGE_HELD},
    /* A refusal that comes after the doubt is not taken for one: the listing decides. */
    {MESSAGE_IN_DOUBT, MESSAGE_HELD}, {MESSAGE_IN_DOUBT, MESSAGE_BLOCKED},
    /* Ended by us, and then the provider speaks of it: only in a restored copy, which these worlds lack
     * (test/unit/app/reconcile_test.c and the store's conformance have them). */
    {MESSAGE_BLOCKED, MESSAGE_ACCEPTED}, {MESSAGE_BLOCKED, MESSAGE_SENT}, {MESSAGE_BLOCKED, MESSAGE_DELIVERED},
    {MESSAGE_BLOCKED, MESSAGE_UNDELIVERED}, {MESSAGE_BLOCKED, MESSAGE_FAILED}, {MESSAGE_BLOCKED, MESSAGE_CANCELED},
    {MESSAGE_EXPIRED, MESSAGE_ACCEPTED}, {MESSAGE_EXPIRED, MESSAGE_SENT}, {MESSAGE_EXPIRED, MESSAGE_DELIVERED},
    {MESSAGE_EXPIRED, MESSAGE_UNDELIVERED}, {MESSAGE_EXPIRED, MESSAGE_FAILED}, {MESSAGE_EXPIRED, MESSAGE_CANCELED},
    {MESSAGE_CANCELED, MESSAGE_ACCEPTED},
    /* The provider's model refuses nothing with a code that holds. */
    {MESSAGE_ARMED, MESSAGE_HELD},
};
enum { EXCUSED_COUNT = sizeof EXCUSED / sizeof EXCUSED[0] };

/* Thought not sent, put off into quiet hours, and then the provider says what became of it: once in some thousand
 * worlds, so that it must be met only in so many; in fewer it may be or not (the store's conformance and differential
 * tests have it). */
static const struct rare {
    struct move is;
    uint64_t worlds;
} RARE[] = {
    {{MESSAGE_HELD, MESSAGE_SENT}, 10000}, {{MESSAGE_HELD, MESSAGE_DELIVERED}, 10000},
    {{MESSAGE_HELD, MESSAGE_UNDELIVERED}, 10000}, {{MESSAGE_HELD, MESSAGE_FAILED}, UINT64_MAX},
};
enum { RARE_COUNT = sizeof RARE / sizeof RARE[0] };

static bool is(const struct move *m, enum message_state from, enum message_state to)
{
    return m->from == from && m->to == to;
}

/* Of a legal move: was it met or not as the lists above say? */
static bool is_as_told(enum message_state from, enum message_state to, bool met, uint64_t worlds, int *excused)
{
    bool rare = false, in_list = false;

    for (int i = 0; i < RARE_COUNT; i++) rare |= is(&RARE[i].is, from, to) && worlds < RARE[i].worlds;
    for (int i = 0; i < EXCUSED_COUNT; i++) in_list |= is(&EXCUSED[i], from, to);
    *excused += rare || in_list;
    return rare || met != in_list;
}

bool moves_covered(const uint64_t moves[MESSAGE_STATES][MESSAGE_STATES], uint64_t worlds)
{
    int legal = 0, met = 0, excused = 0, wrong = 0;

    for (enum message_state from = MESSAGE_QUEUED; from < MESSAGE_STATES; from++)
        for (enum message_state to = MESSAGE_QUEUED; to < MESSAGE_STATES; to++) {
            if (!message_transition_legal(from, to)) continue;
            legal++;
            if (moves[from][to] > 0) met++;
            if (is_as_told(from, to, moves[from][to] > 0, worlds, &excused)) continue;
            printf("move %s -> %s %s\n", message_state_name(from), message_state_name(to),
                   moves[from][to] > 0 ? "is excused, but was met" : "never happened");
            wrong++;
        }
    printf("moves: met=%d legal_moves=%d excused=%d wrong_moves=%d\n", met, legal, excused, wrong);
    return wrong == 0;
}
