/*
 * revocation: runs the patterns of the table over the words of a text. Owns nothing, allocates nothing, cannot fail.
 * Contract in revocation.h.
 *
 * The leftmost match counts, at one place the row that stands first; a row that means "no refusal" uses its words up,
 * so that "don't stop texting" is not read again from "stop".
 */
#include "rules/revocation.h"

#include "rules/revocation_tables.h"
#include "rules/revocation_words.h"

/* More than any pattern of the table needs on a text that people write; a text made to need more reads as no. */
enum { TRIES_MAX = 200000 };

struct reading {
    struct heard_word words[REVOCATION_WORDS_MAX];
    size_t count;
    unsigned tries;
};

enum { NO_MATCH = -1 };

static bool in_set(uint16_t set, uint16_t word)
{
    return (revocation_sets[set * revocation_set_bytes + word / 8u] >> word % 8u & 1) != 0;
}

/* A pattern's words stand in one clause: but for its first, none may open another. */
static bool has_word(const struct reading *r, size_t begin, size_t at)
{
    return at < r->count && (at == begin || !r->words[at].opens);
}

static bool ends_here(const struct reading *r, size_t at)
{
    return at == r->count || r->words[at].opens;
}

/* Where the match that begins with `begin` ends, from this step and word on. Depth is bounded by the pattern. */
static int run(struct reading *r, size_t step, size_t begin, size_t at)
{
    for (;; step++) {
        uint16_t value = revocation_steps[step].value;
        int end;

        if (++r->tries > TRIES_MAX) return NO_MATCH;
        switch ((enum revocation_step_kind)revocation_steps[step].kind) {
        case STEP_SET:
            if (!has_word(r, begin, at) || !in_set(value, r->words[at].id)) return NO_MATCH;
            at++;
            break;
        case STEP_ANY:
            if (!has_word(r, begin, at)) return NO_MATCH;
            at++;
            break;
        case STEP_OPENS:
            if (at >= r->count || !r->words[at].opens) return NO_MATCH;
            break;
        case STEP_CLOSES:
            if (!ends_here(r, at)) return NO_MATCH;
            break;
        case STEP_TRY:
            end = run(r, step + 1, begin, at);
            if (end != NO_MATCH) return end;
            step += value;
            break;
        case STEP_JUMP: step += value; break;
        case STEP_NOT:
            if (run(r, step + 1, begin, at) != NO_MATCH) return NO_MATCH;
            step += value;
            break;
        case STEP_MATCH: return (int)at;
        }
    }
}

static struct revocation found(struct str text, const struct reading *r, const struct revocation_rule *rule,
                               size_t begin, size_t end)
{
    return (struct revocation){.kind = rule->means,
                               .words = str_slice(text, r->words[begin].from, r->words[end - 1].to),
                               .pattern = rule->pattern,
                               .language = rule->language};
}

struct revocation revocation_read(struct str text)
{
    struct reading r;
    size_t begin = 0;

    r.count = revocation_hear(text, r.words);
    while (begin < r.count) {
        size_t next = begin + 1;
        const uint16_t *first = &revocation_starts_first[r.words[begin].id];
        for (size_t i = first[0]; i < first[1]; i++) {
            const struct revocation_rule *rule = &revocation_rules[revocation_starts[i]];
            int end;
            r.tries = 0;
            end = run(&r, rule->first_step, begin, begin);
            if (end <= (int)begin) continue;
            if (rule->means != REVOCATION_NONE) return found(text, &r, rule, begin, (size_t)end);
            next = (size_t)end;
            break;
        }
        begin = next;
    }
    return (struct revocation){.kind = REVOCATION_NONE, .words = {NULL, 0}, .pattern = "", .language = ""};
}
