/*
 * imports: a CSV upload becomes contacts, in the background, row by row, resumable after a crash.
 *
 * The header line is checked while the upload comes (import_columns.h). The upload is spooled to a file in the
 * data directory before the job is made; imports_start prepares the change that records it, and a worker (woken
 * through app->wake_imports) does the rest. Rejected rows are kept in a file of their own, in the upload's
 * columns, to be corrected and imported again.
 */
#ifndef STERLING_APP_IMPORTS_H
#define STERLING_APP_IMPORTS_H

#include "app/app.h"

struct import_request {
    org_id org;
    uint32_t list; /* 0: no list */
    char region[REGION_BYTES];
    struct str file; /* name of the spooled upload inside settings->data_dir, "spool/…" */
    int64_t bytes;
    const struct consent *attestation; /* on what the contacts' consent rests; NULL: nothing is said */
};
struct import_start {
    struct app_job job;
    struct change_import change;
    struct consent attestation;
};
/* ERR_OK: prepared, submit it; `after` wakes the worker. */
MUST_CHECK enum err imports_start(struct app *app, struct arena *a, const struct import_request *q,
                                  struct import_start *out, struct problem *p);
/* Does the job, or what is left of it: reads, stores in batches, removes the upload. ERR_OK also when the
 * upload was unusable and the job ended failed with its reason. ERR_CANCELED: asked to stop; it goes on at
 * the next call. Anything else (disk full, store gone, no memory): to be tried again. */
MUST_CHECK enum err imports_run(struct app *app, const struct import_job *job, const _Atomic bool *stopping,
                                struct fault *f);
/* Full path of the file of rejected rows; it may not exist (no rejects). {NULL} when the arena is full. */
const char *imports_rejects_path(const struct app *app, struct arena *a, const struct import_job *job);

#endif
