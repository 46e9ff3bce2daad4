/*
 * file: small files that must be there whole or not at all, whatever kills the process or the power.
 */
#ifndef STERLING_BASE_FILE_H
#define STERLING_BASE_FILE_H

#include "base/str.h"

/* Makes the names in the directory of `path` durable. ERR_IO, with errno set. */
MUST_CHECK enum err file_sync_directory_of(const char *path);
/* A new file, mode 0600, that appears under its name only when its bytes are on disk: written beside it as
 * PATH.new, synced, renamed, directory synced. ERR_CONFLICT: the name is taken. A PATH.new that a crash left is
 * overwritten. */
MUST_CHECK enum err file_write_new(const char *path, struct str text, struct fault *f);

#endif
