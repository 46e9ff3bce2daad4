/* backup: a consistent copy while the server runs. Reads in one transaction on a connection of its own, so
 * the writer is not held up; the copy gets its name only when it is whole and synced. Fails: ERR_CONFLICT if
 * the name is taken, else as the disk does; the unfinished copy is then removed. */
#include "store/sqlite/parts.h"

#include "base/failpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static enum err sync_path(const char *path, int flags, struct fault *f)
{
    int fd = open(path, flags | O_CLOEXEC);
    enum err code = ERR_OK;
    if (fd < 0 || fsync(fd) != 0) code = fault_set(f, ERR_IO, "%s: %s", path, strerror(errno));
    if (fd >= 0) (void)close(fd);
    return code;
}

static enum err sync_directory_of(const char *path, struct fault *f)
{
    char directory[4096];
    const char *slash = strrchr(path, '/');
    if (slash == NULL) return sync_path(".", O_RDONLY | O_DIRECTORY, f);
    (void)snprintf(directory, sizeof directory, "%.*s", slash == path ? 1 : (int)(slash - path), path);
    return sync_path(directory, O_RDONLY | O_DIRECTORY, f);
}

static enum err copy_pages(struct conn *from, struct conn *to, struct fault *f)
{
    sqlite3_backup *b = sqlite3_backup_init(to->db, "main", from->db, "main");
    int step, finish;
    if (b == NULL) return fault_set(f, conn_err_of(sqlite3_errcode(to->db)), "backup: %s", sqlite3_errmsg(to->db));
    step = sqlite3_backup_step(b, -1); /* all at once: one snapshot, never restarted by the writer */
    finish = sqlite3_backup_finish(b);
    if (step == SQLITE_DONE && finish == SQLITE_OK) return ERR_OK;
    return fault_set(f, conn_err_of(step == SQLITE_DONE ? finish : step), "backup: %s", sqlite3_errmsg(to->db));
}

static enum err copy_to(struct sqlite_store *s, const char *path, struct fault *f)
{
    struct conn from, to;
    enum err code = conn_open(&from, s->path, CONN_READ, s->options.cache_kib, f);
    if (code != ERR_OK) return code;
    code = conn_open(&to, path, CONN_WRITE, 2048, f);
    if (code == ERR_OK) {
        code = copy_pages(&from, &to, f);
        conn_close(&to);
    }
    conn_close(&from);
    return code;
}

enum err sqlite_backup(struct store *base, const char *path, struct fault *f)
{
    char unfinished[4096];
    enum err code;
    if (snprintf(unfinished, sizeof unfinished, "%s.unfinished", path) >= (int)sizeof unfinished)
        return fault_set(f, ERR_LIMIT, "the path of the copy is too long: %s", path);
    if (access(path, F_OK) == 0)
        return fault_set(f, ERR_CONFLICT, "%s exists already; name a new file for the copy", path);
    (void)unlink(unfinished);
    code = copy_to(store_of(base), unfinished, f);
    FAILPOINT("backup.copied");
    if (code == ERR_OK) code = sync_path(unfinished, O_RDWR, f);
    /* link, not rename: it refuses a name that was taken meanwhile. */
    if (code == ERR_OK && link(unfinished, path) != 0)
        code = fault_set(f, errno == EEXIST ? ERR_CONFLICT : ERR_IO, "%s: %s", path, strerror(errno));
    FAILPOINT("backup.linked");
    (void)unlink(unfinished);
    if (code == ERR_OK) code = sync_directory_of(path, f);
    return code;
}
