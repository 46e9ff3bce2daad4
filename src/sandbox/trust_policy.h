/*
 * trust_policy: what Trust Hub demands — its policies and its types of end users and documents, as tables
 * (reference 11.4, 11.5). Constant; the same for every account.
 */
#ifndef STERLING_SANDBOX_TRUST_POLICY_H
#define STERLING_SANDBOX_TRUST_POLICY_H

#include "base/str.h"

struct trust_type {
    const char *machine_name, *friendly_name;
    const char *fields; /* names with commas between; an optional one ends with '?' */
    const char *sid;    /* OY… */
};
struct trust_policy {
    const char *sid, *friendly_name;
    bool is_product;    /* of trust products, else of customer profiles */
    bool console_only;  /* bundles of it are made by hand */
    /* Machine names with commas between; an optional one ends with '?', alternatives have '|' between. */
    const char *end_users, *documents;
    const char *profile; /* machine name of the customer profile that must be assigned; NULL */
    const char *type;    /* machine name of a bundle of this policy */
};

size_t trust_policy_count(void);
const struct trust_policy *trust_policy_at(size_t i);
const struct trust_policy *trust_policy_find(struct str sid); /* NULL */
size_t trust_end_user_type_count(void);
const struct trust_type *trust_end_user_type_at(size_t i);
const struct trust_type *trust_end_user_type_find(struct str machine_name); /* NULL */
size_t trust_document_type_count(void);
const struct trust_type *trust_document_type_at(size_t i);
const struct trust_type *trust_document_type_find(struct str machine_name); /* NULL */

/* for (struct str rest = list; trust_next(&rest, ',', &item, &optional);) — items of the lists above. */
bool trust_next(struct str *rest, char separator, struct str *item, bool *optional);

#endif
