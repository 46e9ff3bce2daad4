/*
 * site_result: what a business's pages were found to be, small enough to be kept with a registration, and told as the
 * other findings of a check are.
 */
#ifndef STERLING_APP_SITE_RESULT_H
#define STERLING_APP_SITE_RESULT_H

#include "rules/site_judge.h"

#include <jansson.h>

enum { SITE_RESULT_FINDINGS = 24, SITE_RESULT_WORDS = 121 };

enum site_state {
    SITE_STATE_TODO = 0,
    SITE_STATE_READ,
    SITE_STATE_PASSED /* somebody said that it is to be passed over */
};
struct site_result {
    enum site_state state;
    int64_t at_ms;   /* wall clock; before it is read: what was found until then does not count */
    uint32_t pages;  /* that were read */
    bool passes;     /* what is wrong may be better in some minutes: a server was down */
    enum a2p_severity worst;
    size_t count;
    struct {
        uint8_t rule, place;
        char words[SITE_RESULT_WORDS];
    } at[SITE_RESULT_FINDINGS];
};

/* Keeps what fits: words are cut between characters, findings after the last that has room are left out. */
void site_result_take(struct site_result *out, const struct site_findings *found);
/* The finding `i`; its words are a view of the result. */
struct a2p_finding site_result_finding(const struct site_result *r, size_t i);
/* The gravest of those that block: what a refusal would give. NULL: none does. */
const char *site_result_first_block(const struct site_result *r, struct a2p_finding *out);

/* As it is stored; what does not read back is SITE_STATE_TODO. */
void site_result_write(const struct site_result *r, struct buf *out);
void site_result_read(const json_t *object, struct site_result *out);
/* A member "website": null if nothing was read; else state, read_at, pages, verdict, findings. */
void site_result_member(const struct site_result *r, struct buf *out);

#endif
