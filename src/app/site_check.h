/*
 * site_check: reads the pages that a registration names, in the background, and has them judged (rules/site_judge).
 *
 * Some threads read; one organization has one of them at a time, and websites that were tried before have half of
 * them, so that slow ones hold up nobody else for long. A server that does not answer is asked for one page only. What
 * was found is remembered in memory for sites.keep_ms (what blocks for a minute alone: pages are mended), so that
 * asking again asks no website; a start forgets it, and reads again. What may pass (a server that is down) is tried
 * again some times before a patient asker is told.
 */
#ifndef STERLING_APP_SITE_CHECK_H
#define STERLING_APP_SITE_CHECK_H

#include "app/app.h"
#include "app/site_fetch.h"
#include "app/site_result.h"

struct site_checks;

MUST_CHECK enum err site_checks_start(struct app *app, struct site_checks **out, struct fault *f);
void site_checks_stop(struct site_checks *s); /* waits for its threads; NULL is fine */

enum site_answer {
    SITE_ANSWER_KNOWN,   /* *out is filled */
    SITE_ANSWER_READING, /* ask again later */
    SITE_ANSWER_BUSY,    /* the organization has too much on its way, or had too much this hour */
};
/* From any thread; blocks for nobody. `patient`: what may pass is tried again before it is told. What was read at
 * since_ms (wall) or before is read again: somebody mended a page since. */
enum site_answer site_checks_ask(struct site_checks *s, org_id org, const struct a2p_facts *facts,
                                 enum brand_type kind, bool patient, int64_t since_ms, struct site_result *out);

/* Reads and judges now, on this thread; for the command line, and for the threads. SITE_STATE_TODO: no memory. */
void site_check_now(const struct site_fetch_config *c, const struct a2p_facts *facts, enum brand_type kind,
                    int64_t now_ms, struct site_result *out);

#endif
