/*
 * verdicts: why a message was sent, held or ended: each rule of the gate in its order, what it answered, and on which
 * facts.
 *
 * No message keeps a row of verdicts for it. Its row says when it was judged and which rule did not pass (`reason`): by
 * the gate's order all before that one passed, and none after it was asked. The facts are made again as they were then:
 * consent from the ledger, which is append-only and says when each entry was recorded; places and times from the
 * message; rules from the version of the tables that was in force, whose dates the installation keeps.
 */
#ifndef STERLING_APP_VERDICTS_H
#define STERLING_APP_VERDICTS_H

#include "app/app.h"

/* As a JSON object. Errors are the store's. */
MUST_CHECK enum err verdicts_write(struct app *app, struct store_reader *r, struct arena *a, const struct message *m,
                                   struct buf *out);
/* Of it the members "judged_at", "rules" (their version) and "verdicts". */
MUST_CHECK enum err verdicts_members(struct app *app, struct store_reader *r, struct arena *a, const struct message *m,
                                     struct buf *out);

/* The name in the store of "SINCE VERSION\n" lines, oldest first: which rules were in force from when on. */
#define VERDICTS_RULE_SETS "rule_sets"
/* The lines with this build's version added, if the last of them is another; else {NULL, 0}. */
struct str verdicts_rule_sets(struct arena *a, struct str lines, const char *version, int64_t now_ms);
/* The version in force then; empty: not known. */
struct str verdicts_rule_set_at(struct str lines, int64_t at_ms, int64_t *since_ms);

#endif
