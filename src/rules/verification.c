/* verification: states, shapes and names. Contract in verification.h. */
#include "rules/verification.h"

#include <string.h>

static const char *const NAMES[VERIFICATION_STATES] = {"unknown", "starting", "pending", "approved", "canceled",
                                                       "expired", "max_attempts_reached", "failed"};
#define TO(state) (1u << (state))
/* A code sent once more leaves a pending one pending. */
static const unsigned MOVES[VERIFICATION_STATES] = {
    [VERIFICATION_STARTING] = TO(VERIFICATION_STARTING) | TO(VERIFICATION_PENDING) | TO(VERIFICATION_FAILED) |
                              TO(VERIFICATION_EXPIRED) | TO(VERIFICATION_CANCELED) | TO(VERIFICATION_SPENT) |
                              TO(VERIFICATION_APPROVED), /* the answer to the start was lost, the code was not */
    [VERIFICATION_PENDING] = TO(VERIFICATION_PENDING) | TO(VERIFICATION_APPROVED) | TO(VERIFICATION_CANCELED) |
                             TO(VERIFICATION_EXPIRED) | TO(VERIFICATION_SPENT),
};

const char *verification_state_name(enum verification_state s)
{
    return NAMES[(unsigned)s < VERIFICATION_STATES ? s : 0];
}

const char *verification_channel_name(enum verification_channel c)
{
    return c == VERIFICATION_BY_CALL ? "call" : "sms";
}

bool verification_may_move(enum verification_state from, enum verification_state to)
{
    return (MOVES[from] & TO(to)) != 0;
}

bool verification_is_open(enum verification_state s)
{
    return s == VERIFICATION_STARTING || s == VERIFICATION_PENDING;
}

enum verification_state verification_state_parse(struct str word)
{
    for (enum verification_state s = VERIFICATION_PENDING; s < VERIFICATION_STATES; s++)
        if (str_equal(word, str_from(NAMES[s]))) return s;
    return str_equal(word, STR("deleted")) ? VERIFICATION_CANCELED : VERIFICATION_FAILED;
}

bool verification_code_is_good(struct str code)
{
    for (size_t i = 0; i < code.len; i++)
        if (code.at[i] < '0' || code.at[i] > '9') return false;
    return code.len >= VERIFICATION_CODE_MIN && code.len <= VERIFICATION_CODE_MAX;
}

static bool all_between(struct str s, char least, char most)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.at[i] < least || s.at[i] > most) return false;
    return true;
}

bool verification_locale_is_good(struct str locale)
{
    if (locale.len != 2 && locale.len != 5) return false;
    if (!all_between(str_slice(locale, 0, 2), 'a', 'z')) return false;
    return locale.len == 2 || (locale.at[2] == '-' && all_between(str_slice(locale, 3, 5), 'A', 'Z'));
}

void verification_service_name(struct str organization, char out[VERIFICATION_NAME_BYTES])
{
    size_t len = 0, whole = 0;
    unsigned digits = 0;
    for (size_t i = 0; i < organization.len && len < VERIFICATION_NAME_BYTES - 1; i++) {
        unsigned char c = (unsigned char)organization.at[i];
        if (c < 0x20 || c == 0x7f) continue;
        if (c >= '0' && c <= '9' && ++digits > 4) continue;
        out[len++] = (char)c;
        /* A letter of several bytes is whole where the next one begins. */
        if (i + 1 == organization.len || ((unsigned char)organization.at[i + 1] & 0xC0) != 0x80) whole = len;
    }
    while (whole > 0 && out[whole - 1] == ' ') whole--;
    out[whole] = '\0';
    if (whole == 0) memcpy(out, "Sterling", sizeof "Sterling");
}
