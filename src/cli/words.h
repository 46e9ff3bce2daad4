/*
 * words: what the server says of calls of its API, in the words of this command line.
 *
 * The server answers programs: "Use one of GET /v1/senders". Who typed a command reads the verb for it.
 */
#ifndef STERLING_CLI_WORDS_H
#define STERLING_CLI_WORDS_H

#include <stdio.h>

/* Writes the text; NULL: nothing. */
void words_print(const char *text, FILE *out);

#endif
