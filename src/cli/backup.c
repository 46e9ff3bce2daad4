/* backup: a consistent copy of the database while the server runs. */
#include "app/audit.h"
#include "cli/config.h"
#include "cli/failpoints.h"
#include "store/store.h"

#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* A line of progress on a terminal, by the size of what is written so far. */
struct progress {
    const char *from, *to;
    pthread_t thread;
    bool running;
    _Atomic bool done;
};

static int64_t bytes_of(const char *path, const char *tail)
{
    char name[4200];
    struct stat info;
    (void)snprintf(name, sizeof name, "%s%s", path, tail);
    return stat(name, &info) == 0 ? (int64_t)info.st_size : 0;
}

static void *show_progress(void *owner)
{
    struct progress *p = owner;
    int64_t all = bytes_of(p->from, "");
    while (!p->done) {
        int64_t now = bytes_of(p->to, ".unfinished") + bytes_of(p->to, ".unfinished-wal");
        if (all > 0) (void)fprintf(stderr, "\rcopying %3d%%", (int)(now >= all ? 99 : now * 100 / all));
        (void)poll(NULL, 0, 200);
    }
    (void)fputs("\r\033[K", stderr);
    return NULL;
}

static enum err copy(struct store *store, const char *from, const char *to, struct fault *f)
{
    struct progress p = {.from = from, .to = to};
    enum err result;

    p.running = isatty(STDERR_FILENO) && pthread_create(&p.thread, NULL, show_progress, &p) == 0;
    result = store->ops->backup(store, to, f);
    p.done = true;
    if (p.running) (void)pthread_join(p.thread, NULL);
    return result;
}

/* For `sterling audit`. Whoever may only read the data directory cannot leave it; the copy is good all the same. */
static void remember(const struct settings *s)
{
    char path[600];
    FILE *out;

    (void)snprintf(path, sizeof path, "%s/" AUDIT_BACKUP_FILE, s->data_dir);
    out = fopen(path, "we");
    if (out != NULL) (void)fclose(out);
}

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
    if (copy(store, path, in->arguments[0], &f) != ERR_OK) code = complain(in, EXIT_FAILED, "%s", f.what);
    store->ops->close(store);
    if (code == EXIT_DONE) remember(&s);
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
