/* number_facts: folds what error codes and Lookup say of a number. Owns nothing. */
#include "rules/number_facts.h"

#define DAY_MS INT64_C(86400000)
enum { CODE_UNREACHABLE = 30003, MISSES_DAYS = 30 };

static const char *const line_names[LINE_TYPES] = {
    "unknown", "mobile", "landline", "fixedVoip", "nonFixedVoip", "personal",
    "tollFree", "premium", "sharedCost", "uan", "voicemail", "pager"};

const char *line_type_name(enum line_type t)
{
    return t > LINE_UNKNOWN && t < LINE_TYPES ? line_names[t] : line_names[LINE_UNKNOWN];
}

enum line_type line_type_parse(struct str name)
{
    for (int t = LINE_UNKNOWN; t < LINE_TYPES; t++)
        if (str_equal(name, str_from(line_names[t]))) return (enum line_type)t;
    return LINE_UNKNOWN;
}

const char *number_trouble_name(enum number_trouble t)
{
    static const char *const names[NUMBER_TROUBLES] = {"", "landline", "invalid", "out_of_service", "unreachable"};
    return t > NUMBER_FINE && t < NUMBER_TROUBLES ? names[t] : "";
}

static enum number_trouble trouble_of(int32_t code)
{
    switch (code) {
    case 21614: /* 'To' number is not a valid mobile number */
    case 21635: /* 'To' number cannot be a landline */
    case 30006: /* Landline or unreachable carrier */
        return NUMBER_LANDLINE;
    case 21211: /* Invalid 'To' Phone Number */
        return NUMBER_INVALID;
    case 30005: /* Unknown destination handset */
        return NUMBER_GONE;
    case CODE_UNREACHABLE: /* Unreachable destination handset: off, roaming, sometimes a landline */
        return NUMBER_SILENT;
    default: return NUMBER_FINE;
    }
}

bool number_facts_tells(int32_t code)
{
    return trouble_of(code) != NUMBER_FINE;
}

/* True if it is one too many. A telephone that was off once says nothing yet. */
static bool missed(struct number_facts *f, int64_t at_ms)
{
    if (f->misses == 0 || at_ms - f->missed_ms > MISSES_DAYS * DAY_MS) {
        f->misses = 0;
        f->missed_ms = at_ms;
    }
    if (f->misses < NUMBER_MISSES) f->misses++;
    return f->misses == NUMBER_MISSES;
}

bool number_facts_failed(struct number_facts *f, int32_t code, int64_t at_ms)
{
    enum number_trouble t = trouble_of(code);

    if (t == NUMBER_FINE) return false;
    if (t == NUMBER_SILENT && !missed(f, at_ms)) return true;
    f->trouble = t;
    f->code = code;
    f->trouble_ms = at_ms;
    return true;
}

void number_facts_reached(struct number_facts *f, int64_t at_ms)
{
    f->trouble = NUMBER_FINE;
    f->code = 0;
    f->trouble_ms = 0;
    f->misses = 0;
    f->missed_ms = 0;
    if (at_ms > f->reached_ms) f->reached_ms = at_ms;
}

static bool takes_texts(enum line_type line)
{
    return line != LINE_UNKNOWN && line != LINE_LANDLINE;
}

void number_facts_line(struct number_facts *f, enum line_type line, int64_t at_ms)
{
    f->line = line;
    f->line_ms = at_ms;
    /* It was ported since: what is no landline now was refused as one before. */
    if (!takes_texts(line) || f->trouble != NUMBER_LANDLINE || f->trouble_ms > at_ms) return;
    f->trouble = NUMBER_FINE;
    f->code = 0;
    f->trouble_ms = 0;
}

static struct number_verdict until(enum number_trouble trouble, int64_t since_ms, int64_t days, bool looked_up)
{
    return (struct number_verdict){trouble, since_ms, since_ms + days * DAY_MS, looked_up};
}

struct number_verdict number_facts_judge(const struct number_facts *f, const struct number_terms *terms, int64_t now_ms)
{
    struct number_verdict v = {NUMBER_FINE, 0, 0, false};

    if (f->trouble != NUMBER_FINE)
        v = until(f->trouble, f->trouble_ms,
                  f->trouble == NUMBER_SILENT ? terms->silent_days : terms->unfit_days, false);
    /* A landline that takes texts (a hosted number) has been reached. */
    if (v.until_ms <= now_ms && f->line == LINE_LANDLINE && f->reached_ms == 0)
        v = until(NUMBER_LANDLINE, f->line_ms, terms->unfit_days, true);
    if (v.until_ms <= now_ms) return (struct number_verdict){NUMBER_FINE, 0, 0, false};
    return v;
}
