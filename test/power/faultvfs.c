/* faultvfs: files as arrays of bytes, and a list of what was done to them. Contract in faultvfs.h. */
#include "faultvfs.h"

#include "base/err.h"
#include "base/rng.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES_MAX = 32, NAME_BYTES = 160, INODES_MAX = 4096, SHM_REGIONS = 16, SHM_SLOTS = 8, SECTOR = 512 };

struct bytes {
    unsigned char *at;
    size_t len, capacity;
};

/* Shared memory of a log's index: it belongs to the machine, not to the disk, and is gone after a crash. */
struct shm {
    void *regions[SHM_REGIONS];
    int shared[SHM_SLOTS];
    bool exclusive[SHM_SLOTS];
    int users;
};

struct inode {
    struct bytes now;
    struct bytes durable; /* as of the replay */
    size_t *pending;      /* steps since the last sync, of the replay */
    size_t pending_count, pending_capacity;
    struct shm shm;
};

struct name {
    char text[NAME_BYTES];
    int inode; /* -1: free */
};

enum kind { STEP_WRITE, STEP_TRUNCATE, STEP_SYNC, STEP_CREATE, STEP_REMOVE, STEP_SYNC_NAMES };
struct step {
    enum kind kind;
    int inode;
    int64_t offset; /* or length */
    size_t data, bytes;
    char name[NAME_BYTES];
};

struct handle {
    sqlite3_file base;
    int inode;
    int lock;
    bool anonymous, dirsync, mapped;
    unsigned shm_shared, shm_exclusive; /* slots held */
    struct handle *next;
};

static struct {
    struct inode inodes[INODES_MAX];
    int inodes_count, inodes_recorded; /* those above came after the recording */
    struct name names[NAMES_MAX];
    struct handle *handles;
    bool recording;
    struct step *steps;
    size_t steps_count, steps_capacity;
    struct bytes data;                    /* of all writes */
    struct name seen[NAMES_MAX], durable[NAMES_MAX]; /* of the replay: as made, and as synced */
    size_t replayed;
    enum failing failing;
    uint64_t until;
    bool forever, failed, held;
    struct rng rng;
} disk;

/* ---- bytes ---- */

static void reserve(struct bytes *b, size_t len)
{
    size_t capacity = b->capacity == 0 ? 4096 : b->capacity;
    if (len <= b->capacity) return;
    while (capacity < len) capacity *= 2;
    b->at = realloc(b->at, capacity);
    BUG_IF(b->at == NULL);
    b->capacity = capacity;
}

static void set_len(struct bytes *b, size_t len)
{
    reserve(b, len);
    if (len > b->len) memset(b->at + b->len, 0, len - b->len);
    b->len = len;
}

static void put(struct bytes *b, size_t offset, const void *from, size_t bytes)
{
    if (bytes == 0) return;
    if (offset + bytes > b->len) set_len(b, offset + bytes);
    memcpy(b->at + offset, from, bytes);
}

static void copy(struct bytes *to, const struct bytes *from)
{
    to->len = 0;
    put(to, 0, from->at, from->len);
}

static void drop(struct bytes *b)
{
    free(b->at);
    *b = (struct bytes){0};
}

/* ---- names ---- */

static struct name *name_find(struct name *names, const char *text)
{
    for (int i = 0; i < NAMES_MAX; i++)
        if (names[i].text[0] != 0 && strcmp(names[i].text, text) == 0) return &names[i];
    return NULL;
}

static void name_set(struct name *names, const char *text, int inode)
{
    struct name *n = name_find(names, text);
    for (int i = 0; n == NULL && i < NAMES_MAX; i++)
        if (names[i].text[0] == 0) n = &names[i];
    BUG_IF(n == NULL);
    (void)snprintf(n->text, sizeof n->text, "%s", inode < 0 ? "" : text);
    n->inode = inode;
}

static int inode_new(void)
{
    BUG_IF(disk.inodes_count == INODES_MAX);
    return disk.inodes_count++;
}

/* ---- steps ---- */

static void record(struct step step, const void *data)
{
    if (!disk.recording) return;
    if (disk.steps_count == disk.steps_capacity) {
        disk.steps_capacity = disk.steps_capacity == 0 ? 1024 : 2 * disk.steps_capacity;
        disk.steps = realloc(disk.steps, disk.steps_capacity * sizeof *disk.steps);
        BUG_IF(disk.steps == NULL);
    }
    step.data = disk.data.len;
    if (data != NULL) put(&disk.data, disk.data.len, data, step.bytes);
    disk.steps[disk.steps_count++] = step;
}

void faultvfs_record(bool on)
{
    disk.recording = on;
    disk.inodes_recorded = disk.inodes_count;
}

size_t faultvfs_steps(void)
{
    return disk.steps_count;
}

/* ---- failing ---- */

static bool fails(enum failing how)
{
    if (disk.failing != how || disk.held) return false;
    if (disk.failed) return disk.forever;
    if (disk.until-- > 0) return false;
    disk.failed = true;
    return true;
}

void faultvfs_fail(enum failing how, uint64_t n, bool forever)
{
    disk.failing = how;
    disk.until = n;
    disk.forever = forever;
    disk.failed = false;
}

bool faultvfs_failed(void)
{
    return disk.failed;
}

uint64_t faultvfs_left(void)
{
    return disk.until;
}

void faultvfs_hold(bool on)
{
    disk.held = on;
}

/* ---- files ---- */

static struct handle *of(sqlite3_file *f)
{
    return (struct handle *)(void *)f;
}

static struct bytes *content(sqlite3_file *f)
{
    return &disk.inodes[of(f)->inode].now;
}

static void shm_release(struct handle *h)
{
    struct shm *shm = &disk.inodes[h->inode].shm;
    for (int i = 0; i < SHM_SLOTS; i++) {
        if ((h->shm_shared & 1U << i) != 0) shm->shared[i]--;
        if ((h->shm_exclusive & 1U << i) != 0) shm->exclusive[i] = false;
    }
    h->shm_shared = h->shm_exclusive = 0;
    if (!h->mapped) return;
    h->mapped = false;
    if (--shm->users > 0) return;
    for (int i = 0; i < SHM_REGIONS; i++) free(shm->regions[i]);
    memset(shm, 0, sizeof *shm);
}

static int file_close(sqlite3_file *f)
{
    struct handle **at = &disk.handles;
    shm_release(of(f));
    while (*at != of(f)) at = &(*at)->next;
    *at = of(f)->next;
    return SQLITE_OK;
}

static int file_read(sqlite3_file *f, void *to, int bytes, sqlite3_int64 offset)
{
    struct bytes *b = content(f);
    size_t want = (size_t)bytes, from = (size_t)offset, have;
    if (fails(FAIL_IO)) return SQLITE_IOERR_READ;
    have = from >= b->len ? 0 : b->len - from < want ? b->len - from : want;
    if (have == want && fails(FAIL_SHORT_READ)) have = 0;
    if (have > 0) memcpy(to, b->at + from, have);
    if (have == want) return SQLITE_OK;
    memset((char *)to + have, 0, want - have);
    return SQLITE_IOERR_SHORT_READ;
}

static int file_write(sqlite3_file *f, const void *from, int bytes, sqlite3_int64 offset)
{
    if (fails(FAIL_IO)) return SQLITE_IOERR_WRITE;
    if (fails(FAIL_FULL)) return SQLITE_FULL;
    put(content(f), (size_t)offset, from, (size_t)bytes);
    if (!of(f)->anonymous)
        record((struct step){STEP_WRITE, of(f)->inode, offset, 0, (size_t)bytes, ""}, from);
    return SQLITE_OK;
}

static int file_truncate(sqlite3_file *f, sqlite3_int64 length)
{
    if (fails(FAIL_IO)) return SQLITE_IOERR_TRUNCATE;
    set_len(content(f), (size_t)length);
    record((struct step){STEP_TRUNCATE, of(f)->inode, length, 0, 0, ""}, NULL);
    return SQLITE_OK;
}

/* As on unix: the first sync of a journal or log also syncs the directory it was made in. */
static int file_sync(sqlite3_file *f, int flags)
{
    (void)flags;
    if (fails(FAIL_IO) || fails(FAIL_SYNC)) return SQLITE_IOERR_FSYNC;
    record((struct step){STEP_SYNC, of(f)->inode, 0, 0, 0, ""}, NULL);
    if (of(f)->dirsync) record((struct step){STEP_SYNC_NAMES, 0, 0, 0, 0, ""}, NULL);
    of(f)->dirsync = false;
    return SQLITE_OK;
}

static int file_size(sqlite3_file *f, sqlite3_int64 *size)
{
    if (fails(FAIL_IO)) return SQLITE_IOERR_FSTAT;
    *size = (sqlite3_int64)content(f)->len;
    return SQLITE_OK;
}

/* The highest lock that others hold on the same file. */
static int others(const struct handle *mine)
{
    int most = SQLITE_LOCK_NONE;
    for (const struct handle *h = disk.handles; h != NULL; h = h->next)
        if (h != mine && h->inode == mine->inode && h->lock > most) most = h->lock;
    return most;
}

static int file_lock(sqlite3_file *f, int level)
{
    struct handle *h = of(f);
    int most = others(h);
    if (h->lock >= level) return SQLITE_OK;
    if (level == SQLITE_LOCK_SHARED && most >= SQLITE_LOCK_PENDING) return SQLITE_BUSY;
    if (level == SQLITE_LOCK_RESERVED && most >= SQLITE_LOCK_RESERVED) return SQLITE_BUSY;
    if (level == SQLITE_LOCK_EXCLUSIVE && most >= SQLITE_LOCK_SHARED) {
        h->lock = SQLITE_LOCK_PENDING;
        return SQLITE_BUSY;
    }
    h->lock = level;
    return SQLITE_OK;
}

static int file_unlock(sqlite3_file *f, int level)
{
    if (of(f)->lock > level) of(f)->lock = level;
    return SQLITE_OK;
}

static int file_is_reserved(sqlite3_file *f, int *out)
{
    *out = others(of(f)) >= SQLITE_LOCK_RESERVED || of(f)->lock >= SQLITE_LOCK_RESERVED;
    return SQLITE_OK;
}

static int file_control(sqlite3_file *f, int what, void *argument)
{
    (void)f, (void)what, (void)argument;
    return SQLITE_NOTFOUND;
}

static int file_sector(sqlite3_file *f)
{
    (void)f;
    return 4096;
}

/* What the unix VFS says too: a torn write harms no byte beside it. */
static int file_traits(sqlite3_file *f)
{
    (void)f;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static int shm_map(sqlite3_file *f, int region, int bytes, int extend, void volatile **out)
{
    struct shm *shm = &disk.inodes[of(f)->inode].shm;
    *out = NULL;
    if (region >= SHM_REGIONS) return SQLITE_NOMEM;
    if (!of(f)->mapped) shm->users++;
    of(f)->mapped = true;
    if (shm->regions[region] == NULL && extend != 0) shm->regions[region] = calloc(1, (size_t)bytes);
    *out = shm->regions[region];
    return SQLITE_OK;
}

static int shm_lock(sqlite3_file *f, int first, int count, int flags)
{
    struct handle *h = of(f);
    struct shm *shm = &disk.inodes[h->inode].shm;
    bool shared = (flags & SQLITE_SHM_SHARED) != 0;
    for (int i = first; i < first + count && (flags & SQLITE_SHM_LOCK) != 0; i++) {
        bool mine = (h->shm_shared & 1U << i) != 0;
        if (shm->exclusive[i] || (!shared && shm->shared[i] > (mine ? 1 : 0))) return SQLITE_BUSY;
    }
    for (int i = first; i < first + count; i++) {
        unsigned bit = 1U << i;
        if ((flags & SQLITE_SHM_LOCK) != 0) {
            if (shared && (h->shm_shared & bit) == 0) shm->shared[i]++, h->shm_shared |= bit;
            if (!shared) shm->exclusive[i] = true, h->shm_exclusive |= bit;
        } else {
            if ((h->shm_shared & bit) != 0) shm->shared[i]--, h->shm_shared &= ~bit;
            if ((h->shm_exclusive & bit) != 0) shm->exclusive[i] = false, h->shm_exclusive &= ~bit;
        }
    }
    return SQLITE_OK;
}

static void shm_barrier(sqlite3_file *f)
{
    (void)f;
}

static int shm_unmap(sqlite3_file *f, int remove)
{
    (void)remove;
    shm_release(of(f));
    return SQLITE_OK;
}

static const sqlite3_io_methods methods = {
    .iVersion = 2, .xClose = file_close, .xRead = file_read, .xWrite = file_write, .xTruncate = file_truncate,
    .xSync = file_sync, .xFileSize = file_size, .xLock = file_lock, .xUnlock = file_unlock,
    .xCheckReservedLock = file_is_reserved, .xFileControl = file_control, .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_traits, .xShmMap = shm_map, .xShmLock = shm_lock, .xShmBarrier = shm_barrier,
    .xShmUnmap = shm_unmap};

/* ---- the file system ---- */

static int vfs_open(sqlite3_vfs *v, const char *text, sqlite3_file *f, int flags, int *out_flags)
{
    struct handle *h = of(f);
    struct name *n = text == NULL ? NULL : name_find(disk.names, text);
    (void)v;
    *h = (struct handle){.inode = n == NULL ? -1 : n->inode, .anonymous = text == NULL};
    if (fails(FAIL_IO)) return SQLITE_CANTOPEN;
    if (n == NULL) {
        if ((flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
        h->inode = inode_new();
        if (text != NULL) name_set(disk.names, text, h->inode);
        if (text != NULL) {
            struct step made = {STEP_CREATE, h->inode, 0, 0, 0, ""};
            (void)snprintf(made.name, sizeof made.name, "%s", text);
            record(made, NULL);
        }
        h->dirsync = (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL)) != 0;
    }
    h->base.pMethods = &methods;
    h->next = disk.handles;
    disk.handles = h;
    if (out_flags != NULL) *out_flags = flags;
    return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *v, const char *text, int sync_directory)
{
    struct step gone = {STEP_REMOVE, 0, 0, 0, 0, ""};
    (void)v;
    if (name_find(disk.names, text) == NULL) return SQLITE_IOERR_DELETE_NOENT;
    if (fails(FAIL_IO)) return SQLITE_IOERR_DELETE;
    name_set(disk.names, text, -1);
    (void)snprintf(gone.name, sizeof gone.name, "%s", text);
    record(gone, NULL);
    if (sync_directory != 0) record((struct step){STEP_SYNC_NAMES, 0, 0, 0, 0, ""}, NULL);
    return SQLITE_OK;
}

/* An empty file is no file to SQLite, as on unix. */
static int vfs_access(sqlite3_vfs *v, const char *text, int flags, int *out)
{
    struct name *n = name_find(disk.names, text);
    (void)v;
    *out = n != NULL && (flags != SQLITE_ACCESS_EXISTS || disk.inodes[n->inode].now.len > 0);
    return SQLITE_OK;
}

static int vfs_full_path(sqlite3_vfs *v, const char *text, int size, char *out)
{
    (void)v;
    return snprintf(out, (size_t)size, "%s", text) < size ? SQLITE_OK : SQLITE_CANTOPEN;
}

static int vfs_randomness(sqlite3_vfs *v, int bytes, char *out)
{
    (void)v;
    for (int i = 0; i < bytes; i++) out[i] = (char)rng_below(&disk.rng, 256);
    return bytes;
}

static int vfs_sleep(sqlite3_vfs *v, int us)
{
    (void)v;
    return us;
}

static int vfs_time(sqlite3_vfs *v, sqlite3_int64 *out)
{
    (void)v;
    *out = INT64_C(212000000000000);
    return SQLITE_OK;
}

static sqlite3_vfs vfs = {.iVersion = 2, .szOsFile = sizeof(struct handle), .mxPathname = NAME_BYTES - 1,
                          .zName = "fault", .xOpen = vfs_open, .xDelete = vfs_delete, .xAccess = vfs_access,
                          .xFullPathname = vfs_full_path, .xRandomness = vfs_randomness, .xSleep = vfs_sleep,
                          .xCurrentTimeInt64 = vfs_time};

void faultvfs_install(void)
{
    disk.rng = rng_seeded(1);
    /* One thread, and nobody asks how much memory there is: a recovery costs a third less. */
    BUG_IF(sqlite3_config(SQLITE_CONFIG_SINGLETHREAD) != SQLITE_OK);
    BUG_IF(sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) != SQLITE_OK);
    BUG_IF(sqlite3_vfs_register(&vfs, 1) != SQLITE_OK);
    faultvfs_forget();
}

static void forget_now(void)
{
    BUG_IF(disk.handles != NULL);
    for (int i = 0; i < NAMES_MAX; i++) disk.names[i] = (struct name){.inode = -1};
}

void faultvfs_forget(void)
{
    forget_now();
    faultvfs_fail(FAIL_NONE, 0, false);
    for (int i = 0; i < disk.inodes_count; i++) {
        drop(&disk.inodes[i].now);
        drop(&disk.inodes[i].durable);
        free(disk.inodes[i].pending);
        disk.inodes[i] = (struct inode){0};
    }
    disk.inodes_count = 0;
    free(disk.steps);
    disk.steps = NULL;
    disk.steps_count = disk.steps_capacity = 0;
    drop(&disk.data);
    faultvfs_rewind();
}

/* ---- what a crash leaves ---- */

void faultvfs_rewind(void)
{
    for (int i = 0; i < disk.inodes_count; i++) {
        disk.inodes[i].durable.len = 0;
        disk.inodes[i].pending_count = 0;
    }
    for (int i = 0; i < NAMES_MAX; i++) disk.seen[i] = disk.durable[i] = (struct name){.inode = -1};
    disk.replayed = 0;
}

void faultvfs_settle(void)
{
    disk.steps_count = disk.replayed = 0;
    disk.data.len = 0;
    for (int i = 0; i < disk.inodes_count; i++) {
        copy(&disk.inodes[i].durable, &disk.inodes[i].now);
        disk.inodes[i].pending_count = 0;
    }
    memcpy(disk.seen, disk.names, sizeof disk.seen);
    memcpy(disk.durable, disk.names, sizeof disk.durable);
    faultvfs_record(true);
}

static void apply(struct bytes *b, const struct step *s)
{
    if (s->kind == STEP_WRITE) put(b, (size_t)s->offset, disk.data.at + s->data, s->bytes);
    else set_len(b, (size_t)s->offset);
}

static void pend(struct inode *n, size_t step)
{
    if (n->pending_count == n->pending_capacity) {
        n->pending_capacity = n->pending_capacity == 0 ? 64 : 2 * n->pending_capacity;
        n->pending = realloc(n->pending, n->pending_capacity * sizeof *n->pending);
        BUG_IF(n->pending == NULL);
    }
    n->pending[n->pending_count++] = step;
}

static void replay_one(size_t at)
{
    const struct step *s = &disk.steps[at];
    struct inode *n = &disk.inodes[s->inode];
    switch (s->kind) {
    case STEP_WRITE:
    case STEP_TRUNCATE: pend(n, at); break;
    case STEP_SYNC:
        for (size_t i = 0; i < n->pending_count; i++) apply(&n->durable, &disk.steps[n->pending[i]]);
        n->pending_count = 0;
        break;
    case STEP_CREATE: name_set(disk.seen, s->name, s->inode); break;
    case STEP_REMOVE: name_set(disk.seen, s->name, -1); break;
    case STEP_SYNC_NAMES: memcpy(disk.durable, disk.seen, sizeof disk.durable); break;
    }
}

static void replay(size_t step)
{
    BUG_IF(step < disk.replayed || step > disk.steps_count);
    while (disk.replayed < step) replay_one(disk.replayed++);
}

size_t faultvfs_unsynced(size_t step)
{
    size_t count = 0;
    replay(step);
    for (int i = 0; i < disk.inodes_count; i++) count += disk.inodes[i].pending_count;
    return count;
}

/* Some of its sectors, or noise in some of them. */
static void apply_in_part(struct bytes *b, const struct step *s, bool garbled, struct rng *rng)
{
    for (size_t at = 0; at < s->bytes; at += SECTOR) {
        size_t bytes = s->bytes - at < SECTOR ? s->bytes - at : SECTOR;
        unsigned char noise[SECTOR];
        if (rng_below(rng, 2) == 0) continue;
        if (!garbled || rng_below(rng, 2) == 0) {
            put(b, (size_t)s->offset + at, disk.data.at + s->data + at, bytes);
            continue;
        }
        for (size_t i = 0; i < bytes; i++) noise[i] = (unsigned char)rng_below(rng, 256);
        put(b, (size_t)s->offset + at, noise, bytes);
    }
}

static void suffer(struct bytes *b, const struct step *s, enum damage damage, struct rng *rng)
{
    uint64_t lot = damage == DAMAGE_KEEP ? 0 : damage == DAMAGE_DROP ? 1
                                                                    : rng_below(rng, damage == DAMAGE_SOME ? 2 : 3);
    if (lot == 0) apply(b, s);
    else if (lot == 2 && s->kind == STEP_WRITE) apply_in_part(b, s, damage == DAMAGE_GARBLED, rng);
}

/* Names change whole: the old one or the new one, each by itself. */
static void find_names(enum damage damage, struct rng *rng)
{
    bool keep = damage == DAMAGE_KEEP;
    memcpy(disk.names, disk.durable, sizeof disk.names);
    for (int i = 0; i < NAMES_MAX; i++) {
        const struct name *n = &disk.seen[i];
        if (n->text[0] != 0 && (keep || (damage != DAMAGE_DROP && rng_below(rng, 2) == 0)))
            name_set(disk.names, n->text, n->inode);
    }
    for (int i = 0; i < NAMES_MAX; i++) {
        char text[NAME_BYTES];
        memcpy(text, disk.names[i].text, sizeof text);
        if (text[0] == 0 || name_find(disk.seen, text) != NULL) continue;
        if (keep || (damage != DAMAGE_DROP && rng_below(rng, 2) == 0)) name_set(disk.names, text, -1);
    }
}

static void forget_since_recording(void)
{
    for (int i = disk.inodes_recorded; i < disk.inodes_count; i++) {
        drop(&disk.inodes[i].now);
        disk.inodes[i] = (struct inode){0};
    }
    disk.inodes_count = disk.inodes_recorded;
}

void faultvfs_crash(size_t step, enum damage damage, uint64_t seed)
{
    struct rng rng = rng_seeded(seed * 1000003 + step);
    BUG_IF(disk.recording);
    replay(step);
    forget_now();
    forget_since_recording();
    find_names(damage, &rng);
    for (int i = 0; i < NAMES_MAX; i++) {
        struct inode *n = disk.names[i].text[0] == 0 ? NULL : &disk.inodes[disk.names[i].inode];
        if (n == NULL) continue;
        copy(&n->now, &n->durable);
        for (size_t p = 0; p < n->pending_count; p++) suffer(&n->now, &disk.steps[n->pending[p]], damage, &rng);
    }
}
