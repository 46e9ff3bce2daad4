/* backup: a consistent copy of the database while the server runs. */
#include "cli/config.h"
#include "cli/failpoints.h"
#include "store/store.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int backup_verb(struct invocation *in)
{
    struct settings s;
    struct store *store;
    struct fault f = {0};
    char path[600];
    int code = config_gather(in, &s);

    if (code != EXIT_DONE) return code;
    if (failpoints_from_environment(&s, &f) != ERR_OK) return complain(in, EXIT_REFUSED, "%s", f.what);
    (void)umask(077); /* the copy holds what the database holds */
    (void)snprintf(path, sizeof path, "%s/sterling.db", s.data_dir);
    if (access(path, R_OK) != 0)
        return complain(in, EXIT_FAILED, "%s: %m; name the server's directory with --data_dir", path);
    if (store_sqlite_open(&(struct store_sqlite_options){.path = path, .cache_kib = 8192, .read_only = true},
                          &store, &f) != ERR_OK)
        return complain(in, EXIT_FAILED, "%s", f.what);
    if (store->ops->backup(store, in->arguments[0], &f) != ERR_OK)
        code = complain(in, EXIT_FAILED, "%s", f.what);
    store->ops->close(store);
    if (code == EXIT_DONE)
        (void)fprintf(stderr,
                      "%s written. The master key is not in it: keep a copy of the key apart. A server "
                      "started on an older\n"
                      "copy sends nothing until it has read back from Twilio what was sent since.\n",
                      in->arguments[0]);
    return code;
}

const struct verb VERB_BACKUP = {
    "backup",      "FILE", "copy the database while the server runs",
    VERB_SETTINGS, 1,      1,
    NULL,          0,      "Reads the database in --data_dir directly. FILE must not exist.",
    backup_verb};
