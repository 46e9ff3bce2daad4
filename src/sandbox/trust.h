/*
 * trust: Trust Hub's bundles (customer profiles and trust products) as the reviewer reads them. Part of the model;
 * for the room's own files.
 */
#ifndef STERLING_SANDBOX_TRUST_H
#define STERLING_SANDBOX_TRUST_H

#include "sandbox/registry.h"
#include "sandbox/trust_policy.h"

/* An end user, document or profile by its SID; NULL. Profiles and products alike are bundles. */
struct thing *sb_trust_object(const struct sandbox *sb, struct str sid);
struct thing *sb_trust_bundle(const struct sandbox *sb, struct str sid);
const struct trust_policy *sb_trust_policy(const struct thing *bundle);
/* "authorized_representative_1", "customer_profile_address", "primary_customer_profile_type_business". */
struct str sb_trust_machine_name(const struct thing *object);
/* The objects assigned to a bundle, in order: for (at = bundle->first; (o = sb_trust_assigned(sb, &at)) != NULL;) */
struct thing *sb_trust_assigned(const struct sandbox *sb, const struct thing **at);
/* What is assigned against the policy (reference 11.3): the value of `results`. */
json_t *sb_trust_evaluate(const struct sandbox *sb, const struct thing *bundle, bool *compliant);
/* A field of an assigned end user's attributes, wherever it is; {NULL,0}. Looks into assigned profiles too. */
struct str sb_trust_attribute(const struct sandbox *sb, const struct thing *bundle, const char *type,
                              const char *field);
/* The address that a document names, if it is there and the same account's; NULL. */
struct thing *sb_trust_address(const struct sandbox *sb, const struct thing *document);
/* May its contents change now? */
bool sb_trust_is_editable(const struct thing *bundle);

#endif
