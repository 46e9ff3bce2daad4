/* sending_pattern: counts what was sent, and holds it against the table. Contract in sending_pattern.h. */
#include "rules/sending_pattern.h"

#include "base/mutant.h"

#include <inttypes.h>
#include <stdio.h>

enum { PROGRAMS_MAX = 32, USEFUL_SPARE = 9, NUMBER_LEAST = 100, JUMP = 10, SPLIT_LEAST = 2, DROPPED_SHARE = 4 };
static const int64_t DAY_MS = 86400000;

static int64_t window_ms(enum sending_pattern_id id)
{
    return sending_patterns[id].days * DAY_MS;
}

static bool near(const struct sending_campaign *a, const struct sending_campaign *b, enum sending_pattern_id id)
{
    int64_t apart_ms = a->at_ms - b->at_ms;

    return a->id != b->id && (apart_ms < 0 ? -apart_ms : apart_ms) <= window_ms(id);
}

static bool repeats(const struct sending_campaign *one, const struct sending_campaign *other,
                    enum sending_pattern_id id)
{
    return one->marketing && other->marketing && near(one, other, id) && alike_same(&one->text, &other->text);
}

static void found(struct sending_finding *out, size_t *count, enum sending_pattern_id id, int64_t seen, int64_t of)
{
    out[(*count)++] = (struct sending_finding){&sending_patterns[id], seen, of};
}

/* ---- numbers ---- */

void sending_numbers_add(struct sending_numbers *n, int64_t created_ms, bool gone, int64_t now_ms)
{
    int64_t age_ms = now_ms - created_ms;

    n->active += !gone;
    n->settled += !gone && age_ms >= window_ms(SENDING_IDLE_NUMBERS);
    n->dropped += gone && age_ms <= window_ms(SENDING_NUMBER_ROTATION);
}

size_t sending_judge_numbers(const struct sending_numbers *n, int64_t useful, int64_t people,
                             struct sending_finding out[SENDING_PATTERNS])
{
    int64_t active = (int64_t)n->active, settled = (int64_t)n->settled, dropped = (int64_t)n->dropped;
    size_t count = 0;

    if (active >= sending_patterns[SENDING_MANY_NUMBERS].least || (useful > 0 && active > useful + USEFUL_SPARE))
        found(out, &count, SENDING_MANY_NUMBERS, active, useful);
    if (settled >= sending_patterns[SENDING_IDLE_NUMBERS].least && people > 0 && people < settled * NUMBER_LEAST)
        found(out, &count, SENDING_IDLE_NUMBERS, settled, people);
    if (dropped >= sending_patterns[SENDING_NUMBER_ROTATION].least && dropped * DROPPED_SHARE >= active)
        found(out, &count, SENDING_NUMBER_ROTATION, dropped, active);
    return count;
}

int64_t sending_people(uint32_t program, const struct sending_campaign *others, size_t count, int64_t now_ms)
{
    int64_t people = 0;

    for (size_t i = 0; i < count; i++) {
        const struct sending_campaign *o = &others[i];
        bool then = o->at_ms <= now_ms && now_ms - o->at_ms <= window_ms(SENDING_IDLE_NUMBERS);
        if (o->program == program && then && o->people > 0) people += o->people;
    }
    return people;
}

/* ---- texts ---- */

int64_t sending_programs(const struct sending_campaign *one, const struct sending_campaign *others, size_t count)
{
    uint32_t programs[PROGRAMS_MAX] = {one->program};
    size_t known = 1;

    for (size_t i = 0; i < count && known < PROGRAMS_MAX && !MUTANT(snowshoeing_unseen); i++) {
        size_t at = 0;
        while (at < known && programs[at] != others[i].program) at++;
        if (at == known && repeats(one, &others[i], SENDING_PROGRAM_HOPPING)) programs[known++] = others[i].program;
    }
    return (int64_t)known;
}

static bool was_told(const struct sending_campaign *all, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (repeats(&all[at], &all[i], SENDING_PROGRAM_HOPPING)) return true;
    return false;
}

size_t sending_hopped(const struct sending_campaign *all, size_t count, int64_t now_ms, struct sending_hop *out,
                      size_t most)
{
    const struct sending_pattern *pattern = &sending_patterns[SENDING_PROGRAM_HOPPING];
    size_t n = 0;

    for (size_t i = 0; i < count && n < most; i++) {
        int64_t programs;
        if (now_ms - all[i].at_ms > window_ms(SENDING_PROGRAM_HOPPING) || was_told(all, i)) continue;
        programs = sending_programs(&all[i], all, count);
        if (programs >= pattern->least)
            out[n++] = (struct sending_hop){all[i].id, {pattern, programs, pattern->days}};
    }
    return n;
}

/* One text to everybody; or a list cut into several campaigns of a day, whatever fields it has. */
static void judge_identical(const struct sending_case *c, const struct sending_campaign *others, size_t count,
                            struct sending_finding *out, size_t *n)
{
    int64_t people = c->one.people > 0 ? c->one.people : 0, parts = 0;

    for (size_t i = 0; i < count; i++) {
        if (!repeats(&c->one, &others[i], SENDING_IDENTICAL_TEXT)) continue;
        people += others[i].people > 0 ? others[i].people : 0;
        parts++;
    }
    if (!c->one.marketing || (c->has_fields && parts < SPLIT_LEAST)) return;
    if (people >= sending_patterns[SENDING_IDENTICAL_TEXT].least)
        found(out, n, SENDING_IDENTICAL_TEXT, people, parts + 1);
}

static void judge_jump(const struct sending_case *c, const struct sending_campaign *others, size_t count,
                       struct sending_finding *out, size_t *n)
{
    int64_t most = 0;

    if (c->one.people < sending_patterns[SENDING_VOLUME_JUMP].least) return;
    for (size_t i = 0; i < count; i++) {
        const struct sending_campaign *o = &others[i];
        if (o->program != c->one.program || !near(&c->one, o, SENDING_VOLUME_JUMP) || o->at_ms > c->one.at_ms) continue;
        if (o->people > most) most = o->people;
    }
    if (c->one.people >= most * JUMP) found(out, n, SENDING_VOLUME_JUMP, c->one.people, most);
}

size_t sending_judge(const struct sending_case *c, const struct sending_campaign *others, size_t count,
                     struct sending_finding out[SENDING_PATTERNS])
{
    int64_t programs = sending_programs(&c->one, others, count);
    size_t n = 0;

    if (!c->home) found(out, &n, SENDING_GRAY_ROUTE, 0, 0);
    n += sending_judge_numbers(&c->numbers, c->useful_numbers,
                               sending_people(c->one.program, others, count, c->now_ms), &out[n]);
    if (programs >= sending_patterns[SENDING_PROGRAM_HOPPING].least)
        found(out, &n, SENDING_PROGRAM_HOPPING, programs, sending_patterns[SENDING_PROGRAM_HOPPING].days);
    judge_identical(c, others, count, out, &n);
    judge_jump(c, others, count, out, &n);
    return n;
}

/* ---- words ---- */

static void say_numbers(const struct sending_finding *f, int days, char *out)
{
    if (f->pattern == &sending_patterns[SENDING_IDLE_NUMBERS])
        (void)snprintf(out, SENDING_WORDS_BYTES, "%" PRId64 " long codes carried campaigns to %" PRId64
                       " people in %d days.", f->seen, f->of, days);
    else if (f->pattern == &sending_patterns[SENDING_NUMBER_ROTATION])
        (void)snprintf(out, SENDING_WORDS_BYTES, "%" PRId64 " long codes were added and dropped within %d days; it has "
                       "%" PRId64 " now.", f->seen, days, f->of);
    else if (f->of > 0)
        (void)snprintf(out, SENDING_WORDS_BYTES, "The program has %" PRId64 " long codes; %" PRId64
                       " would carry what carriers let it send.", f->seen, f->of);
    else (void)snprintf(out, SENDING_WORDS_BYTES, "The program has %" PRId64 " long codes.", f->seen);
}

void sending_words(const struct sending_finding *f, char out[SENDING_WORDS_BYTES])
{
    int days = f->pattern->days;

    switch ((enum sending_pattern_id)(f->pattern - sending_patterns)) {
    case SENDING_PROGRAM_HOPPING:
        (void)snprintf(out, SENDING_WORDS_BYTES, "%" PRId64 " programs send this text, or as good as this, within "
                       "%d days.", f->seen, days);
        return;
    case SENDING_IDENTICAL_TEXT:
        (void)snprintf(out, SENDING_WORDS_BYTES, "%" PRId64 " people get the same text, or as good as the same, from %"
                       PRId64 " campaign(s) of a day.", f->seen, f->of);
        return;
    case SENDING_VOLUME_JUMP:
        (void)snprintf(out, SENDING_WORDS_BYTES, "It goes to %" PRId64 " people; the program's greatest of %d days "
                       "went to %" PRId64 ".", f->seen, days, f->of);
        return;
    case SENDING_BULK_BY_SINGLES:
        (void)snprintf(out, SENDING_WORDS_BYTES, "%" PRId64 " of the newest %" PRId64 " single messages make the same "
                       "offer.", f->seen, f->of);
        return;
    case SENDING_GRAY_ROUTE:
        (void)snprintf(out, SENDING_WORDS_BYTES, "No sender may send within the US and Canada; people there wait.");
        return;
    default:
        say_numbers(f, days, out);
    }
}
