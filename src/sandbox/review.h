/*
 * review: the people and machines who judge what is registered, on the model's own clock. Part of the model; for
 * the room's own files.
 *
 * How long each stage takes is drawn from ranges; the verdict is the first of: a rule that a test has set, magic
 * text among the submitted facts ("REJECT-30893", "REJECT-ONCE-30893"), a fault of the submission itself, chance.
 * A code concerns only the objects of its family, so that one business name may reject a brand and nothing else.
 */
#ifndef STERLING_SANDBOX_REVIEW_H
#define STERLING_SANDBOX_REVIEW_H

#include "sandbox/registry.h"

const char *sb_review_object_name(enum review_object o); /* "profile" … "toll_free" */
enum review_object sb_review_object_of(enum sid_kind kind); /* REVIEW_OBJECTS if nobody reviews it */

struct review_plan sb_review_plan_default(void);

/* Draft or rejected: into the reviewer's pile. */
void sb_review_submit(struct sandbox *sb, struct thing *t);
/* Now, whatever its plan; code 0 approves. ERR_CONFLICT if it is not in the pile. */
MUST_CHECK enum err sb_review_decide(struct sandbox *sb, struct thing *t, int code);
/* ERR_CONFLICT if it is not approved (or, to end it, not suspended). */
MUST_CHECK enum err sb_review_suspend(struct sandbox *sb, struct thing *t, bool suspended);
/* May this code reject that object? */
bool sb_review_code_fits(enum review_object o, int code);
/* After a change of `held`: what waited goes on. */
void sb_review_release(struct sandbox *sb, enum review_object o);
uint32_t sb_review_draw(struct sandbox *sb, uint32_t min, uint32_t max);
/* Plans what a person does next, unless nobody answers. */
void sb_review_await_person(struct sandbox *sb, struct thing *t);

/* review_text.c: Twilio's words for a rejection, and the fields it names (commas between; "" none). */
const char *sb_review_text(int code, const char **fields);
/* {error_code, description, fields, url} in an array, as brands and campaigns show it. */
json_t *sb_review_errors(int code);

/* What a move brings about, each kind's own. */
void sb_bundle_moved(struct sandbox *sb, struct thing *t, int code);
/* 0, or what is wrong with the submission itself. */
int sb_bundle_fault(const struct sandbox *sb, const struct thing *t);

#endif
