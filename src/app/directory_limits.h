/*
 * directory_limits: turns the rules of rules/tier into the engine's limits for one organization.
 *
 * Part of the directory. Two rules that fall on the same limit: the lower wins. The brand's limits are taken
 * from its approved programs, or from all of them while none is approved.
 */
#ifndef STERLING_APP_DIRECTORY_LIMITS_H
#define STERLING_APP_DIRECTORY_LIMITS_H

#include "app/directory.h"

/* Makes the list of limits of an organization. ERR_FULL without memory. */
MUST_CHECK enum err directory_limits_make(const struct directory_org *o, const struct tier_figures *figures,
                                          struct directory_limits *out);
/* Tells the engine what differs between the limits it knows and the new ones; takes the new ones over. */
MUST_CHECK enum err directory_limits_tell(struct engine *e, struct directory_limits *known,
                                          struct directory_limits *now);
void directory_limits_free(struct directory_limits *l);
void directory_figures(const struct settings *s, struct tier_figures *out);
/* The program number that the engine knows a program's senders abroad by. */
uint32_t directory_program_abroad(uint32_t program);

#endif
