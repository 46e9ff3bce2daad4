/*
 * quiet_answer: when marketing may lawfully reach somebody, by which rules, and why: one answer for `sterling
 * quiet-hours` and for /v1/quiet-hours.
 */
#ifndef STERLING_APP_QUIET_ANSWER_H
#define STERLING_APP_QUIET_ANSWER_H

#include "base/buf.h"
#include "rules/quiet_hours.h"

struct quiet_answer {
    /* asked */
    struct quiet_places places;
    enum message_kind kind;
    int64_t at_ms;
    /* answered; of other kinds than marketing no cap, and lines only of automated devices */
    struct quiet_window window;
    struct quiet_cap cap;
    struct quiet_line lines[QUIET_LINES_MAX];
    size_t count;
};

/* ERR_NOT_FOUND: the system's time zones lack one of the places. */
MUST_CHECK enum err quiet_answer_judge(struct quiet_answer *a);
/* As a JSON object; moments that never come are null. */
void quiet_answer_write(const struct quiet_answer *a, struct buf *out);

#endif
