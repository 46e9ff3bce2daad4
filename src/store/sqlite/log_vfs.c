/* log_vfs: writes of the log, gathered. Contract in log_vfs.h. Owns a buffer for each log, from its first write on. */
#include "store/sqlite/log_vfs.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <string.h>

enum { KEPT_MAX = 128 * 1024, FRAME_HEADER = 24, FRAME_COMMIT_AT = 4, FRAME_COMMIT_END = 8 };

/* The file below lies behind this one, in the memory that SQLite gives for both. */
struct log_file {
    sqlite3_file base;
    unsigned char *kept; /* KEPT_MAX; NULL without memory: then nothing is kept */
    size_t kept_bytes;
    sqlite3_int64 kept_at;
    bool committing;     /* a commit's last frame has begun */
};

static sqlite3_vfs *below_vfs;
static sqlite3_vfs log_vfs;

static struct log_file *log_of(sqlite3_file *f)
{
    return (struct log_file *)(void *)f;
}

static sqlite3_file *below(sqlite3_file *f)
{
    return (sqlite3_file *)(void *)(log_of(f) + 1);
}

static int pass_on(sqlite3_file *f)
{
    struct log_file *l = log_of(f);
    int bytes = (int)l->kept_bytes;
    l->kept_bytes = 0;
    return bytes == 0 ? SQLITE_OK : below(f)->pMethods->xWrite(below(f), l->kept, bytes, l->kept_at);
}

/* ---- a log ---- */

static int log_close(sqlite3_file *f)
{
    (void)pass_on(f); /* of no commit, so nobody misses what is refused */
    sqlite3_free(log_of(f)->kept);
    log_of(f)->kept = NULL;
    return below(f)->pMethods->xClose(below(f));
}

static int log_read(sqlite3_file *f, void *to, int bytes, sqlite3_int64 offset)
{
    struct log_file *l = log_of(f);
    sqlite3_int64 kept_end = l->kept_at + (sqlite3_int64)l->kept_bytes;
    bool apart = l->kept_bytes == 0 || offset + bytes <= l->kept_at || offset >= kept_end;
    int result;
    if (!apart && offset >= l->kept_at && offset + bytes <= kept_end) {
        memcpy(to, l->kept + (offset - l->kept_at), (size_t)bytes);
        return SQLITE_OK;
    }
    result = apart ? SQLITE_OK : pass_on(f);
    return result != SQLITE_OK ? result : below(f)->pMethods->xRead(below(f), to, bytes, offset);
}

static bool says_commit(const unsigned char *header)
{
    for (int i = FRAME_COMMIT_AT; i < FRAME_COMMIT_END; i++)
        if (header[i] != 0) return true;
    return false;
}

static bool can_keep(struct log_file *l, int bytes, sqlite3_int64 offset)
{
    if (l->kept == NULL) l->kept = sqlite3_malloc(KEPT_MAX);
    if (l->kept == NULL) return false;
    if (l->kept_bytes == 0) return bytes <= KEPT_MAX;
    return offset == l->kept_at + (sqlite3_int64)l->kept_bytes && (size_t)bytes <= KEPT_MAX - l->kept_bytes;
}

static void keep(struct log_file *l, const void *from, int bytes, sqlite3_int64 offset)
{
    if (l->kept_bytes == 0) l->kept_at = offset;
    memcpy(l->kept + l->kept_bytes, from, (size_t)bytes);
    l->kept_bytes += (size_t)bytes;
}

static int log_write(sqlite3_file *f, const void *from, int bytes, sqlite3_int64 offset)
{
    struct log_file *l = log_of(f);
    int result;
    if (bytes == FRAME_HEADER) l->committing = says_commit(from); /* nothing else that SQLite writes here is as short */
    if (!can_keep(l, bytes, offset)) {
        result = pass_on(f);
        if (result != SQLITE_OK) return result;
        if (!can_keep(l, bytes, offset)) return below(f)->pMethods->xWrite(below(f), from, bytes, offset);
    }
    keep(l, from, bytes, offset);
    return l->committing ? pass_on(f) : SQLITE_OK;
}

static int log_truncate(sqlite3_file *f, sqlite3_int64 bytes)
{
    int result = pass_on(f);
    return result != SQLITE_OK ? result : below(f)->pMethods->xTruncate(below(f), bytes);
}

static int log_sync(sqlite3_file *f, int flags)
{
    int result = pass_on(f);
    return result != SQLITE_OK ? result : below(f)->pMethods->xSync(below(f), flags);
}

static int log_size(sqlite3_file *f, sqlite3_int64 *bytes)
{
    int result = pass_on(f);
    return result != SQLITE_OK ? result : below(f)->pMethods->xFileSize(below(f), bytes);
}

static int log_lock(sqlite3_file *f, int level)
{
    return below(f)->pMethods->xLock(below(f), level);
}

static int log_unlock(sqlite3_file *f, int level)
{
    return below(f)->pMethods->xUnlock(below(f), level);
}

static int log_is_reserved(sqlite3_file *f, int *out)
{
    return below(f)->pMethods->xCheckReservedLock(below(f), out);
}

static int log_control(sqlite3_file *f, int what, void *argument)
{
    int result = pass_on(f);
    return result != SQLITE_OK ? result : below(f)->pMethods->xFileControl(below(f), what, argument);
}

static int log_sector(sqlite3_file *f)
{
    return below(f)->pMethods->xSectorSize(below(f));
}

static int log_traits(sqlite3_file *f)
{
    return below(f)->pMethods->xDeviceCharacteristics(below(f));
}

/* Version 1: what later ones add (shared memory, mapping) is never asked of a log. */
static const sqlite3_io_methods methods = {
    .iVersion = 1, .xClose = log_close, .xRead = log_read, .xWrite = log_write, .xTruncate = log_truncate,
    .xSync = log_sync, .xFileSize = log_size, .xLock = log_lock, .xUnlock = log_unlock,
    .xCheckReservedLock = log_is_reserved, .xFileControl = log_control, .xSectorSize = log_sector,
    .xDeviceCharacteristics = log_traits};

/* ---- the file system ---- */

static int vfs_open(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *out_flags)
{
    int result;
    (void)v;
    if ((flags & SQLITE_OPEN_WAL) == 0) return below_vfs->xOpen(below_vfs, name, f, flags, out_flags);
    memset(log_of(f), 0, sizeof(struct log_file));
    result = below_vfs->xOpen(below_vfs, name, below(f), flags, out_flags);
    if (below(f)->pMethods != NULL) f->pMethods = &methods; /* then SQLite closes it, also after a failure */
    return result;
}

/* All but the opening is the same, with the same pAppData, which is where a VFS keeps what is its own. */
static void make_vfs(void)
{
    below_vfs = sqlite3_vfs_find(NULL);
    if (below_vfs == NULL) return;
    log_vfs = *below_vfs;
    log_vfs.pNext = NULL;
    log_vfs.zName = "sterling-log";
    log_vfs.szOsFile = (int)sizeof(struct log_file) + below_vfs->szOsFile;
    log_vfs.xOpen = vfs_open;
    if (sqlite3_vfs_register(&log_vfs, 0) != SQLITE_OK) log_vfs.zName = NULL;
}

const char *log_vfs_name(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, make_vfs);
    return log_vfs.zName;
}
