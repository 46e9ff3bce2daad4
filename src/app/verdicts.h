/*
 * verdicts: why a message was sent, held or ended: each rule of the gate in its order, what it answered, and on which
 * facts.
 *
 * No message keeps a row of verdicts for it. Its row says when it was judged and which rule did not pass (`reason`): by
 * the gate's order all before that one passed, and none after it was asked. The facts are made again as they were then:
 * consent from the ledger, which is append-only and says when each entry was recorded; places and times from the
 * message; rules from the version of the tables that was in force, whose dates the installation keeps. What goes as it
 * comes (facts of a number, counts, pauses, settings) is known of now only: for a person who asks why a message waits
 * it is told as `now`, and never in evidence.
 */
#ifndef STERLING_APP_VERDICTS_H
#define STERLING_APP_VERDICTS_H

#include "app/app.h"

enum { VERDICTS_ENTRIES_MAX = 2000 };
/* A number's entries in the installation's ledger and in the organization's, oldest first. */
struct verdicts_ledger {
    struct consent *rows;
    size_t count;
};
struct verdicts_ledgers {
    struct verdicts_ledger all, own;
};

/* In the arena. ERR_LIMIT: one of them has VERDICTS_ENTRIES_MAX or more, and nothing can be judged by them; the first
 * ones of each are filled in all the same. Other errors are the store's. Read the message before: then no entry by
 * which it was judged is missing. */
MUST_CHECK enum err verdicts_ledgers_read(struct store_reader *r, struct arena *a, org_id org, uint64_t number,
                                          struct verdicts_ledgers *out);
/* As a JSON object, with what is so now. ERR_LIMIT as above; other errors are the store's. */
MUST_CHECK enum err verdicts_write(struct app *app, struct store_reader *r, struct arena *a, const struct message *m,
                                   struct buf *out);
/* For evidence, as members: "judged_at", "rules" (their version), "verdicts" with nothing but what was so then, and
 * "verdicts_left_out". Of ledgers that are NULL (they are too long) "verdicts" is null, and the last one says why. */
MUST_CHECK enum err verdicts_members_then(struct app *app, struct store_reader *r, struct arena *a,
                                          const struct message *m, const struct verdicts_ledgers *ledgers,
                                          struct buf *out);

/* The name in the store of "SINCE VERSION\n" lines, oldest first: which rules were in force from when on. */
#define VERDICTS_RULE_SETS "rule_sets"
/* The lines with this build's version added, if the last of them is another; else {NULL, 0}. */
struct str verdicts_rule_sets(struct arena *a, struct str lines, const char *version, int64_t now_ms);
/* The version in force then; empty: not known. */
struct str verdicts_rule_set_at(struct str lines, int64_t at_ms, int64_t *since_ms);

#endif
