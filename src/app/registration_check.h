/*
 * registration_check: how the findings of rules/a2p_check are told: by the API, by the command line, before a start.
 *
 * Owns nothing.
 */
#ifndef STERLING_APP_REGISTRATION_CHECK_H
#define STERLING_APP_REGISTRATION_CHECK_H

#include "rules/a2p_check.h"

/* Members of an object: verdict, findings (each: severity, field, rule, words or null, code or null, why, fix). Words
 * are cut at 120 bytes, between characters, and masked where the field is personal. */
void registration_check_members(struct buf *out, const struct a2p_findings *found);
/* One of them. */
void registration_check_finding(struct buf *out, const struct a2p_finding *f);
/* A member "advice": the use case that fits, why, and the limits that scores would give. */
void registration_advice_member(struct buf *out, const struct a2p_facts *facts, enum brand_type kind);
/* Checks and writes them, with the advice. */
void registration_check(const struct a2p_facts *facts, enum brand_type kind, struct buf *out);

#endif
