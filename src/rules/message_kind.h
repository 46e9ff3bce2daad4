/*
 * message_kind: what a message is for, as the law sees it. The kind decides which gates are asked:
 * marketing waits for lawful hours and needs written consent; transactional and conversational
 * messages answer something the person did (compliance notes, section 3, rule 7).
 */
#ifndef STERLING_RULES_MESSAGE_KIND_H
#define STERLING_RULES_MESSAGE_KIND_H

#include "base/str.h"

/* The order in which an organization's kinds are served; the numbers are stored. */
enum message_kind {
    KIND_TRANSACTIONAL = 1, /* a code, a receipt, a reminder the person asked for */
    KIND_CONVERSATIONAL,    /* an answer in an open conversation */
    KIND_MARKETING,
};

/* "marketing", "transactional" or "conversational". Never NULL. */
const char *message_kind_name(enum message_kind kind);
/* The kind of that exact lower-case name. ERR_INVALID otherwise; *out is then untouched. */
MUST_CHECK enum err message_kind_parse(struct str name, enum message_kind *out);

#endif
