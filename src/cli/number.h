/* number: what the verbs about numbers share: the flags that say what number is looked for, and columns. */
#ifndef STERLING_CLI_NUMBER_H
#define STERLING_CLI_NUMBER_H

#include "cli/output.h"

/* At the head of a table of flags. */
#define NUMBER_WISH_FLAGS                                                                              \
    {"country", "CC", "Two capitals (its region)", false},                                              \
    {"type", "TYPE", "local, toll_free or mobile (local)", false},                                     \
    {"area-code", "NNN", "Three digits, US and Canada", false},                                        \
    {"contains", "PATTERN", "Digits or letters; * stands for one digit", false},                       \
    {"region", "REGION", "State or province, as CA", false},                                           \
    {"locality", "PLACE", "City", false},                                                              \
    {"postal-code", "CODE", "Postal code", false},                                                     \
    {"near", "PLACE", "Near a number (+14155552671) or a place (37.77,-122.41)", false},               \
    {"distance", "MILES", "… within so many miles, 1-500 (25)", false},                                \
    {"mms", NULL, "It must take pictures", false},                                                     \
    {"voice", NULL, "It must take calls", false}

/* Into a JSON body (the API's names), complaining about what is wrong. */
int number_put_wish(const struct invocation *in, json_t *body);
/* Waits until each of the numbers of the JSON array has come to something; they are replaced by what they are then. */
int number_wait(struct client *c, json_t *numbers);
extern const struct column NUMBER_COLUMNS[];
enum { NUMBER_COLUMNS_COUNT = 8 };

#endif
