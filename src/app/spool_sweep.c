/* spool_sweep: the directory against the running imports. Contract in spool_sweep.h. */
#include "app/spool_sweep.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { RUNNING_MAX = 4096, TEXT_BYTES = 4 << 20, NAME_BYTES = 300 };

struct running {
    struct import_job *jobs;
    size_t count;
};

/* "upload-<hex>.csv", and nothing longer. */
static bool is_upload(struct str name)
{
    size_t dot = str_find_char(name, '.');
    return str_starts(name, STR("upload-")) && str_equal(str_slice(name, dot, name.len), STR(".csv"));
}

static bool is_wanted(const struct running *r, const char *name)
{
    char file[NAME_BYTES];
    (void)snprintf(file, sizeof file, "spool/%s", name);
    for (size_t i = 0; i < r->count; i++)
        if (str_equal(r->jobs[i].file, str_from(file))) return true;
    return false;
}

static size_t sweep(DIR *directory, const struct running *r)
{
    const struct dirent *entry;
    size_t removed = 0;
    while ((entry = readdir(directory)) != NULL)
        if (is_upload(str_from(entry->d_name)) && !is_wanted(r, entry->d_name))
            removed += unlinkat(dirfd(directory), entry->d_name, 0) == 0;
    return removed;
}

size_t spool_sweep(const char *data_dir, struct store *store)
{
    struct running r = {.jobs = calloc(RUNNING_MAX, sizeof *r.jobs), .count = RUNNING_MAX};
    struct store_reader *reader = NULL;
    struct arena text;
    struct fault f = {0};
    char path[NAME_BYTES + 400];
    DIR *directory;
    size_t removed = 0;

    (void)snprintf(path, sizeof path, "%s/spool", data_dir);
    directory = opendir(path);
    arena_init(&text, TEXT_BYTES);
    if (directory != NULL && r.jobs != NULL && store->ops->reader_open(store, &reader, &f) == ERR_OK &&
        store->ops->imports_running(reader, &text, r.jobs, &r.count) == ERR_OK && r.count < RUNNING_MAX)
        removed = sweep(directory, &r);
    if (reader != NULL) store->ops->reader_close(reader);
    if (directory != NULL) (void)closedir(directory);
    arena_reset(&text);
    free(r.jobs);
    return removed;
}
