/*
 * content: what rules/content is asked about a text of an organization, and how its answer is told.
 *
 * The command line judges a text alone with the same words as the API. Owns nothing.
 */
#ifndef STERLING_APP_CONTENT_H
#define STERLING_APP_CONTENT_H

#include "app/problem.h"
#include "base/buf.h"
#include "rules/content.h"
#include "store/model.h"

/* Views of the records; `program` may be NULL. */
void content_case_of(const struct org *org, const struct program *program, enum message_kind kind,
                     struct content_case *out);
/* What is said of a text to somebody there, `country` being NULL for nobody in particular: by content, and by
 * country_content. `sender`: an alphanumeric one that it will come from; NULL: not known. */
void content_hear(struct str text, const struct content_case *facts, const char *country, const struct sender *sender,
                  struct content_report *out);
/* "gb" → "GB". False if it is not two letters. */
bool content_country(struct str text, char out[3]);
/* Is any of it blocked? Who the sender will be is the gate's to ask. */
bool content_forbidden(struct str text, const struct content_case *facts, const char *country);
/* An error for each finding that is at least so grave, about `field`: the words, why, and what to do. */
void content_problem(const struct content_report *r, enum content_severity least, struct str text, const char *field,
                     struct problem *p);
/* Members of an object: verdict, rule_set, findings. */
void content_members(struct buf *out, struct str text, const struct content_report *r);
/* The words of a finding, at most `most` bytes of them. */
struct str content_words_of(const struct content_finding *f, struct str text, size_t most);
enum { CONTENT_VERSION_BYTES = 9 };
void content_version_format(uint32_t version, char out[CONTENT_VERSION_BYTES]);
void content_version_text(char out[CONTENT_VERSION_BYTES]); /* of the rule set */

#endif
