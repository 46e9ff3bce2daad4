/*
 * register: what the verbs of registrations share: facts as people give them, the call on one, how one is shown.
 */
#ifndef STERLING_CLI_REGISTER_H
#define STERLING_CLI_REGISTER_H

#include "cli/client.h"
#include "rules/a2p_facts.h"

/* "field=value" into facts, under the field's own name; an empty value takes the fact away. EXIT_DONE, or complains. */
int register_take_word(const struct invocation *in, const char *word, json_t *facts);
/* A file that is one JSON object of facts ("-" is standard input) into facts. EXIT_DONE, or complains. */
int register_take_file(const struct invocation *in, const char *file, json_t *facts);
/* --kind of the command line (standard if left out). EXIT_DONE, or complains. */
int register_read_kind(const struct invocation *in, enum brand_type *out);

/* METHOD /v1/registrations/{id}{tail}; as client_call. */
int register_call(struct client *c, const char *method, const char *id, const char *tail, json_t *body,
                  json_t **answer);

/* How a flag that passes the checks over is declared, and what it adds to a body. */
#define REGISTER_UNCHECKED {"unchecked", NULL, "Although the checks are sure that it will be refused; it is noted", false}
void register_put_unchecked(const struct invocation *in, json_t *body);

/* Steps with SIDs and times, numbers; what it waits for, or what was refused, why, and what to do now. */
void register_print(json_t *registration);
/* What it costs and has cost, item by item: a registration's "fees". */
void register_print_fees(json_t *fees);

#endif
