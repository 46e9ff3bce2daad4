/*
 * grapheme: the cluster rules as a small state machine. Owns nothing, cannot fail. The comments name
 * the rules of UAX #29; "as the splitter" marks where it departs from them.
 */
#include "rules/grapheme.h"

/* What follows the first code point of the cluster, seen as regional indicators. */
enum grapheme_rest { REST_EMPTY, REST_REGIONAL, REST_REGIONAL_THEN_OTHER, REST_OTHER };

static bool is_base(uint8_t class)
{
    return class == GRAPHEME_BASE || class == GRAPHEME_BASE_GLUE;
}

static bool is_break_class(uint8_t class)
{
    return class == GRAPHEME_CONTROL || class == GRAPHEME_CR || class == GRAPHEME_LF;
}

void grapheme_init(struct grapheme *g)
{
    *g = (struct grapheme){.start = GRAPHEME_NONE, .last = GRAPHEME_NONE, .before = GRAPHEME_NONE};
}

/* Breaks that the splitter finds by looking at the whole cluster before it asks the pair. */
static bool breaks_by_context(const struct grapheme *g, uint8_t next)
{
    if (next == GRAPHEME_MODIFIER && g->rest != REST_EMPTY && g->rest_all_extend &&
        g->start != GRAPHEME_EXTEND && !is_base(g->start))
        return true;
    if (next == GRAPHEME_REGIONAL)
        return g->rest == REST_EMPTY && g->start != GRAPHEME_PREPEND && g->start != GRAPHEME_REGIONAL;
    return g->rest == REST_REGIONAL_THEN_OTHER;
}

/* GB6, GB7, GB8: Hangul syllables. */
static bool joins_hangul(uint8_t last, uint8_t next)
{
    switch (last) {
    case GRAPHEME_L:
        return next == GRAPHEME_L || next == GRAPHEME_V || next == GRAPHEME_LV || next == GRAPHEME_LVT;
    case GRAPHEME_LV:
    case GRAPHEME_V:
        return next == GRAPHEME_V || next == GRAPHEME_T;
    case GRAPHEME_LVT:
    case GRAPHEME_T:
        return next == GRAPHEME_T;
    default:
        return false;
    }
}

/* GB10 as the splitter: at most one Extend may stand between base and modifier. */
static bool joins_modifier(const struct grapheme *g)
{
    return g->has_extend ? g->last == GRAPHEME_EXTEND && is_base(g->before) : is_base(g->last);
}

static bool joins(const struct grapheme *g, uint8_t next)
{
    if (g->last == GRAPHEME_CR && next == GRAPHEME_LF) return true;    /* GB3 */
    if (is_break_class(g->last) || is_break_class(next)) return false; /* GB4, GB5 */
    if (joins_hangul(g->last, next)) return true;                      /* GB6 to GB8 */
    if (next == GRAPHEME_EXTEND || next == GRAPHEME_ZWJ || next == GRAPHEME_SPACING)
        return true;                                         /* GB9, 9a */
    if (g->last == GRAPHEME_PREPEND) return true;            /* GB9b */
    if (next == GRAPHEME_MODIFIER) return joins_modifier(g); /* GB10 */
    if (g->last == GRAPHEME_ZWJ && (next == GRAPHEME_GLUE || next == GRAPHEME_BASE_GLUE))
        return true; /* GB11 */
    return g->last == GRAPHEME_REGIONAL && next == GRAPHEME_REGIONAL &&
           !g->rest_has_regional; /* GB12, GB13 */
}

static void begin_cluster(struct grapheme *g, uint8_t class)
{
    *g = (struct grapheme){.start = class,
                           .last = class,
                           .before = GRAPHEME_NONE,
                           .rest = REST_EMPTY,
                           .rest_all_extend = true,
                           .has_extend = class == GRAPHEME_EXTEND};
}

static void extend_cluster(struct grapheme *g, uint8_t class)
{
    bool regional = class == GRAPHEME_REGIONAL;
    if (g->rest == REST_EMPTY)
        g->rest = regional ? REST_REGIONAL : REST_OTHER;
    else if (g->rest == REST_REGIONAL) /* a second one would have begun a cluster of its own */
        g->rest = REST_REGIONAL_THEN_OTHER;
    g->before = g->last;
    g->last = class;
    g->rest_all_extend = g->rest_all_extend && class == GRAPHEME_EXTEND;
    g->has_extend = g->has_extend || class == GRAPHEME_EXTEND;
    g->rest_has_regional = g->rest_has_regional || regional;
}

bool grapheme_next(struct grapheme *g, uint8_t class)
{
    if (g->start != GRAPHEME_NONE && !breaks_by_context(g, class) && joins(g, class)) {
        extend_cluster(g, class);
        return false;
    }
    begin_cluster(g, class);
    return true;
}
