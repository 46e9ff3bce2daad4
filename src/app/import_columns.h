/*
 * import_columns: what the header line of an upload says its columns are, and the check of that line while the
 * upload still comes, so that one that cannot be used is refused before anything is kept of it.
 *
 * A column is the number, something Sterling understands (carrier, postal code, state, time zone, region), nothing
 * (no name, or one that begins with '_'), or a field of the contact. Names are lower case, words joined by '_'.
 */
#ifndef STERLING_APP_IMPORT_COLUMNS_H
#define STERLING_APP_IMPORT_COLUMNS_H

#include "app/problem.h"
#include "rules/csv.h"

enum { IMPORT_COLUMNS_MAX = 256, IMPORT_NAME_BYTES = 64 };

enum import_role {
    COLUMN_FIELD,
    COLUMN_NUMBER,
    COLUMN_CARRIER,
    COLUMN_POSTAL,
    COLUMN_STATE,
    COLUMN_ZONE,
    COLUMN_REGION,
    COLUMN_IGNORED
};

struct import_column {
    enum import_role role;
    char name[IMPORT_NAME_BYTES]; /* what templates say */
};

struct import_columns {
    struct import_column at[IMPORT_COLUMNS_MAX];
    size_t count, number; /* `number` is the index of the column with the telephone number */
};

/* From the reader that has just given CSV_HEADER. ERR_INVALID or ERR_LIMIT with the reason. */
MUST_CHECK enum err import_columns_read(const struct csv_reader *csv, struct import_columns *out,
                                        struct fault *f);

struct import_header;
/* ERR_FULL without memory. Records longer than that are not taken. */
MUST_CHECK enum err import_header_open(size_t record_bytes_max, struct import_header **out);
void import_header_close(struct import_header *h); /* NULL is fine */
/* The next piece of the upload, from its beginning. ERR_OK unless the header is known to be wrong. */
MUST_CHECK enum err import_header_take(struct import_header *h, struct str piece, struct problem *p);
/* No piece comes any more. */
MUST_CHECK enum err import_header_end(struct import_header *h, struct problem *p);

#endif
