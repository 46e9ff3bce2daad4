/*
 * output: how verbs print: JSON as it came, tables of columns picked from JSON objects, and figures for
 * people.
 */
#ifndef STERLING_CLI_OUTPUT_H
#define STERLING_CLI_OUTPUT_H

#include "cli/client.h"

#include <stdio.h>

/* A column: its heading and a path into each object ("list.name", "counts.delivered"). */
struct column {
    const char *heading, *path;
};

void print_json(json_t *root);
/* Rows of an array of objects, as wide as their contents. "(none)" when there are none. */
void print_table(json_t *rows, const struct column *columns, size_t count);
/* "heading: value" lines of one object. */
void print_object(json_t *object, const struct column *columns, size_t count);
/* What would move a terminal becomes spaces: texts are tenants', and anybody's who texts them. */
void text_make_plain(char *text);
/* The value at a path as text for people (times and numbers as they are; null is "-"). out[size]. */
void format_at(json_t *object, const char *path, char *out, size_t size);
json_t *json_at(json_t *object, const char *path);          /* borrowed; NULL if absent */
int64_t json_int_at(json_t *object, const char *path);      /* 0 if absent or null */
const char *json_text_at(json_t *object, const char *path); /* "" if absent or null */
/* 1234567 → "1,234,567". */
void format_count(int64_t n, char out[32]);
/* Micro-dollars → "$12.34" (four decimals below a dollar). */
void format_money(int64_t micros, char out[32]);
/* Seconds → "1h 02m", "2m 05s", "7s". */
void format_duration(int64_t seconds, char out[32]);

/* Prints a whole list route: follows cursors up to `limit` rows (0: all); as JSON an array under "data". */
int print_list(struct client *c, const char *path, int64_t limit, const struct column *columns, size_t count);

/* object[name] = the flag's value, if it was given. */
void put_flag(json_t *object, const char *name, const struct invocation *in, const char *flag);
/* Opens a client, makes one call (taking `body` over) and prints the answer: JSON, or the columns (may be
 * NULL). */
int call_and_print(struct invocation *in, const char *method, const char *path, json_t *body,
                   const struct column *columns, size_t count);
/* The same for the thing that the first argument names: base/ARGUMENT + tail. */
int call_on_argument(struct invocation *in, const char *method, const char *base, const char *tail, json_t *body,
                     const struct column *columns, size_t count);
/* print_list for a whole verb, with --limit. */
int list_and_print(struct invocation *in, const char *path, const struct column *columns, size_t count);
extern const struct flag LIST_FLAGS[];
extern const size_t LIST_FLAGS_COUNT;

#endif
