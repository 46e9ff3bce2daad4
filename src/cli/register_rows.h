/*
 * register_rows: a file of customers, one a row, read and judged before anything is sent.
 *
 * The header names facts (rules/a2p_facts.h), and slug, name, kind and program. A row becomes a JSON object: line (its
 * first in the file), slug, name, kind, program, facts, and errors: [{field, value, reason, fix}], empty if it is good.
 */
#ifndef STERLING_CLI_REGISTER_ROWS_H
#define STERLING_CLI_REGISTER_ROWS_H

#include "cli/client.h"

/* *rows becomes an array, to be decref'ed, in the file's order. EXIT_DONE, also if rows are bad; complains about a file
 * that is not readable as a whole. "-" is standard input. */
int register_rows_read(const struct invocation *in, const char *file, json_t **rows);

#endif
