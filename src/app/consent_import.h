/*
 * consent_import: a CSV of consent entries, all taken or none: what other systems know of opt-ins and opt-outs.
 *
 * The header names the columns, which are the words of consent_entry.h; number, state, means and given_at must be
 * there, those that begin with '_' are left out. One wrong row refuses the file, and every wrong one up to a bound is
 * named with its line, column and value. Rows that the ledger has already are not written again, so that a file may be
 * sent twice.
 */
#ifndef STERLING_APP_CONSENT_IMPORT_H
#define STERLING_APP_CONSENT_IMPORT_H

#include "app/app.h"
#include "app/consent_entry.h"

enum { CONSENT_IMPORT_ROWS_MAX = 10000, CONSENT_IMPORT_BYTES_MAX = 4 << 20 };
#define CONSENT_IMPORT_LINES_MAX INT64_C(1000000000000) /* of the parts before */

struct consent_import {
    struct consent *rows; /* in the arena */
    size_t count, bad;    /* rows that are right, and wrong */
};
/* Reads it all. ERR_OK when no row is wrong; else the problem names the first ones. Of a file that comes in parts, each
 * with the header, `lines_before` is how many of its lines came before, without the header's: so a row is named by its
 * line in the file. */
MUST_CHECK enum err consent_import_read(struct consent_context *c, struct str csv, uint64_t lines_before,
                                        struct consent_import *out, struct problem *p);

struct consent_import_job {
    struct app_job job;
    struct change_consent change;
    _Atomic size_t waiting; /* opt-outs whose withdrawal is awaited */
};
/* Prepares the write; it is answered when what had not gone to those who opted out was withdrawn. */
void consent_import_put(struct app *app, const struct consent_import *in, struct consent_import_job *out);

/* The same columns, and _recorded_at, _position and _hash: what this reads again. */
void consent_export_header(struct buf *out);
MUST_CHECK enum err consent_export_row(struct store_reader *r, struct arena *a, const struct consent *e,
                                       struct buf *out);

#endif
