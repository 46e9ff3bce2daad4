/* preflight_patterns: whether it looks like what carriers filter, by what was sent before. Contract in preflight.h. */
#include "app/preflight.h"
#include "app/sending_history.h"

enum { ROWS_BYTES_MAX = 16 << 20, MINUTES_PER_NUMBER = 100 };

/* Long codes that what it may send needs, at what a number carries in a minute; 0: not known. */
static int64_t useful_numbers(const struct preflight *f)
{
    return f->allowed.sustained_per_ks > 0 ? f->allowed.sustained_per_ks * 60 / 1000 / MINUTES_PER_NUMBER + 1 : 0;
}

static bool reaches_home(const struct preflight *f)
{
    bool some = false;

    for (unsigned k = 0; k < PREFLIGHT_SENDER_KINDS; k++) some = some || f->ready[k] > 0;
    return !some || f->pool.home != 0 || f->at_home == 0;
}

enum err preflight_look_at_patterns(struct store_reader *r, int64_t now_ms, bool has_fields, struct preflight *f)
{
    struct sending_case one = {.now_ms = now_ms, .has_fields = has_fields, .useful_numbers = useful_numbers(f),
                               .home = reaches_home(f), .numbers = f->numbers};
    struct sending_campaign *others;
    struct arena rows;
    size_t count;
    enum err code;

    sending_history_of(&f->campaign, now_ms, &one.one);
    one.one.people = f->audience;
    arena_init(&rows, ROWS_BYTES_MAX);
    code = sending_history_read(r, &rows, f->campaign.org, &others, &count);
    if (code == ERR_OK) f->patterns_count = sending_judge(&one, others, count, f->patterns);
    arena_reset(&rows);
    return code;
}

void preflight_judge_patterns(struct preflight *f, struct arena *a)
{
    for (size_t i = 0; i < f->patterns_count; i++) {
        const struct sending_pattern *p = f->patterns[i].pattern;
        char counted[SENDING_WORDS_BYTES];
        sending_words(&f->patterns[i], counted);
        preflight_say(f, p->severity, p->id, arena_printf(a, "%s %s (%s).", counted, p->title, p->source), p->fix);
    }
}
