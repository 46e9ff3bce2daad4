/* life: states and moves of a message. Contract in life.h. */
#include "rules/life.h"

#define TO(state) (1u << MESSAGE_##state)

/* What the provider may say of a message whose bytes it has (or turns out to have) seen. */
#define EVIDENCE (TO(ACCEPTED) | TO(SENT) | TO(DELIVERED) | TO(UNDELIVERED) | TO(FAILED) | TO(CANCELED))
/* Where a message waiting for its turn, or an attempt just answered, can go. */
#define OPEN (EVIDENCE | TO(QUEUED) | TO(HELD) | TO(IN_DOUBT) | TO(BLOCKED) | TO(EXPIRED))

static const struct {
    const char *name;
    unsigned to;
    int rank;
    bool final;
} life[MESSAGE_STATES] = {
    [0] = {"", 0, 0, false},
    [MESSAGE_QUEUED] = {"queued", OPEN | TO(ARMED), 0, false},
    [MESSAGE_HELD] = {"held", OPEN | TO(ARMED), 0, false},
    [MESSAGE_ARMED] = {"armed", OPEN, 0, false},
    [MESSAGE_IN_DOUBT] = {"in_doubt", OPEN & ~TO(IN_DOUBT), 0, false},
    /* queued and held from here: sent again after `failed` with a code that means no carrier ever had it. */
    [MESSAGE_ACCEPTED] = {"accepted", (EVIDENCE & ~TO(ACCEPTED)) | TO(QUEUED) | TO(HELD), 1, false},
    [MESSAGE_SENT] = {"sent", TO(DELIVERED) | TO(UNDELIVERED) | TO(FAILED) | TO(QUEUED) | TO(HELD), 3, false},
    [MESSAGE_DELIVERED] = {"delivered", 0, 6, true},
    [MESSAGE_UNDELIVERED] = {"undelivered", TO(DELIVERED), 5, true},
    [MESSAGE_FAILED] = {"failed", TO(DELIVERED) | TO(UNDELIVERED), 4, true},
    /* Ended by us; the provider's word still wins, because it tells what happened. */
    [MESSAGE_BLOCKED] = {"blocked", EVIDENCE, 0, true},
    [MESSAGE_CANCELED] = {"canceled", EVIDENCE & ~TO(CANCELED), 2, true},
    [MESSAGE_EXPIRED] = {"expired", EVIDENCE, 0, true},
};

static bool is_state(enum message_state s)
{
    return s >= MESSAGE_QUEUED && s < MESSAGE_STATES;
}

bool message_transition_legal(enum message_state from, enum message_state to)
{
    return is_state(from) && is_state(to) && (life[from].to & (1u << to)) != 0;
}

bool message_state_final(enum message_state s)
{
    return is_state(s) && life[s].final;
}

int message_rank(enum message_state s, bool bound)
{
    if (!is_state(s)) return 0;
    if (!bound && s == MESSAGE_CANCELED) return 0; /* canceled by us, before any attempt */
    if (bound && (s == MESSAGE_QUEUED || s == MESSAGE_HELD)) return life[MESSAGE_UNDELIVERED].rank;
    return life[s].rank;
}

const char *message_state_name(enum message_state s)
{
    return is_state(s) ? life[s].name : "";
}

enum err message_state_parse(struct str name, enum message_state *out)
{
    for (int s = MESSAGE_QUEUED; s < MESSAGE_STATES; s++) {
        if (!str_equal(name, str_from(life[s].name))) continue;
        *out = (enum message_state)s;
        return ERR_OK;
    }
    return ERR_INVALID;
}
