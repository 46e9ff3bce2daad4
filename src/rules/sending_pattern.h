/*
 * sending_pattern: does what an organization sends, and did of late, look as carriers' filters and fines describe it?
 *
 * The patterns are rows of data/sending-patterns.tsv: snowshoeing over programs and over numbers, numbers that come and
 * go, gray routes, identical texts in a burst, a sudden rise of volume. What is judged is a campaign and the numbers of
 * its program, against the other campaigns of the organization. Pure; what was sent as single messages is not counted
 * in, but for bulk_by_singles, which whoever reads them tells.
 */
#ifndef STERLING_RULES_SENDING_PATTERN_H
#define STERLING_RULES_SENDING_PATTERN_H

#include "rules/alike.h"
#include "rules/content.h"

enum sending_pattern_id {
    SENDING_GRAY_ROUTE, SENDING_MANY_NUMBERS, SENDING_IDLE_NUMBERS, SENDING_NUMBER_ROTATION, SENDING_PROGRAM_HOPPING,
    SENDING_IDENTICAL_TEXT, SENDING_VOLUME_JUMP, SENDING_BULK_BY_SINGLES,
    SENDING_PATTERNS /* count, last */
};
/* Static; lives for ever. */
struct sending_pattern {
    const char *id; /* "gray_route", stable */
    enum content_severity severity;
    const char *since; /* YYYY-MM-DD, valid from */
    int32_t least, days;
    const char *title, *source, *fix;
};
extern const struct sending_pattern sending_patterns[SENDING_PATTERNS];

struct sending_campaign {
    uint64_t id;
    uint32_t program;
    bool marketing;
    int64_t at_ms;  /* when it began, or will */
    int64_t people; /* -1: not known */
    struct alike text;
};
/* The long codes of a program. */
struct sending_numbers {
    size_t active;
    size_t settled; /* of them, added before the days that idle_numbers looks back */
    size_t dropped; /* added within the days of number_rotation, and gone again */
};
void sending_numbers_add(struct sending_numbers *n, int64_t created_ms, bool gone, int64_t now_ms);

struct sending_case {
    int64_t now_ms;
    struct sending_campaign one;
    bool has_fields;       /* its texts differ by their recipients' fields */
    int64_t useful_numbers; /* as many as what it may send needs; 0: not known */
    bool home;              /* some sender reaches people in the US and Canada, or none is ready at all */
    struct sending_numbers numbers;
};
struct sending_finding {
    const struct sending_pattern *pattern;
    int64_t seen, of; /* counts, as the pattern's sentence says them */
};

struct sending_hop {
    uint64_t campaign;
    struct sending_finding finding;
};

/* The patterns that it shows, in the table's order; gives their number. `others` may hold the campaign itself. */
size_t sending_judge(const struct sending_case *c, const struct sending_campaign *others, size_t count,
                     struct sending_finding out[SENDING_PATTERNS]);
/* Those of them that are about numbers, of `people` texted in the last days of idle_numbers. */
size_t sending_judge_numbers(const struct sending_numbers *n, int64_t useful, int64_t people,
                             struct sending_finding out[SENDING_PATTERNS]);
/* Over how many programs the text of `one` went within the days of program_hopping, its own counted in. */
int64_t sending_programs(const struct sending_campaign *one, const struct sending_campaign *others, size_t count);
/* The texts that of late went over several programs, each told by its newest campaign. `all` is newest first. */
size_t sending_hopped(const struct sending_campaign *all, size_t count, int64_t now_ms, struct sending_hop *out,
                      size_t most);
/* To how many people the program's campaigns went in the last days of idle_numbers. */
int64_t sending_people(uint32_t program, const struct sending_campaign *others, size_t count, int64_t now_ms);
/* What was counted, as a sentence. */
enum { SENDING_WORDS_BYTES = 240 };
void sending_words(const struct sending_finding *f, char out[SENDING_WORDS_BYTES]);

#endif
