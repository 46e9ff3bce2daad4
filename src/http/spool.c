/* spool: one thread, one list of files to sync. Disk errors are kept in the file and answered by its request.
 */
#include "http/spool.h"

#include "base/failpoint.h"
#include "base/rng.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WRITE_BEHIND_BYTES = 8 << 20 };

struct spool {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct spool_file *first, **last;
    bool stopping;
};

static void fail(struct spool_file *f, int error)
{
    if (f->failed != ERR_OK) return;
    f->failed = error == ENOSPC || error == EDQUOT ? ERR_FULL : ERR_IO;
    f->why = error;
}

static void sync_directory(struct spool_file *f)
{
    char directory[sizeof f->path];
    int fd, cut = (int)str_find(str_from(f->path), STR("/upload-"));

    (void)snprintf(directory, sizeof directory, "%.*s", cut, f->path);
    fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0) fail(f, errno);
    if (fd >= 0) (void)close(fd);
}

static void make_durable(struct spool_file *f)
{
    if (FAILPOINT_FAILS("upload.sync")) fail(f, EIO);
    if (f->failed == ERR_OK && fsync(f->fd) != 0) fail(f, errno);
    if (f->failed == ERR_OK) sync_directory(f);
    if (f->fd >= 0 && close(f->fd) != 0) fail(f, errno);
    f->fd = -1;
    FAILPOINT("upload.synced");
    if (f->failed == ERR_OK && EVP_DigestFinal_ex(f->digest, f->hash, NULL) != 1) fail(f, EIO);
    request_wake(f->request);
}

static struct spool_file *take(struct spool *s)
{
    struct spool_file *f;

    (void)pthread_mutex_lock(&s->lock);
    while (s->first == NULL && !s->stopping)
        (void)pthread_cond_wait(&s->changed, &s->lock);
    f = s->first;
    if (f != NULL) s->first = f->next;
    if (s->first == NULL) s->last = &s->first;
    (void)pthread_mutex_unlock(&s->lock);
    return f;
}

static void *spool_main(void *arg)
{
    struct spool_file *f;

    while ((f = take(arg)) != NULL)
        make_durable(f);
    return NULL;
}

struct spool *spool_new(void)
{
    struct spool *s = calloc(1, sizeof *s);

    if (s == NULL) return NULL;
    (void)pthread_mutex_init(&s->lock, NULL);
    (void)pthread_cond_init(&s->changed, NULL);
    s->last = &s->first;
    if (pthread_create(&s->thread, NULL, spool_main, s) == 0) return s;
    free(s);
    return NULL;
}

void spool_free(struct spool *s)
{
    if (s == NULL) return;
    (void)pthread_mutex_lock(&s->lock);
    s->stopping = true;
    (void)pthread_cond_signal(&s->changed);
    (void)pthread_mutex_unlock(&s->lock);
    (void)pthread_join(s->thread, NULL);
    (void)pthread_cond_destroy(&s->changed);
    (void)pthread_mutex_destroy(&s->lock);
    free(s);
}

static enum err name_make(struct spool_file *f, const char *data_dir)
{
    unsigned char random[12];
    enum err code = rng_secret(random, sizeof random);
    int used = snprintf(f->name, sizeof f->name, "spool/upload-");

    if (code != ERR_OK) return code;
    for (size_t i = 0; i < sizeof random; i++, used += 2)
        (void)snprintf(f->name + used, sizeof f->name - (size_t)used, "%02x", random[i]);
    (void)snprintf(f->name + used, sizeof f->name - (size_t)used, ".csv");
    (void)snprintf(f->path, sizeof f->path, "%s/spool", data_dir);
    if (mkdir(f->path, 0700) != 0 && errno != EEXIST) fail(f, errno);
    used = snprintf(f->path, sizeof f->path, "%s/%s", data_dir, f->name);
    return used > 0 && (size_t)used < sizeof f->path ? ERR_OK : ERR_LIMIT;
}

struct spool_file *spool_begin(const char *data_dir)
{
    struct spool_file *f = calloc(1, sizeof *f);

    if (f == NULL) return NULL;
    f->fd = -1;
    f->digest = EVP_MD_CTX_new();
    if (f->digest == NULL || EVP_DigestInit_ex(f->digest, EVP_sha256(), NULL) != 1 ||
        name_make(f, data_dir) != ERR_OK) {
        spool_drop(f);
        return NULL;
    }
    if (f->failed == ERR_OK) f->fd = open(f->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (f->failed == ERR_OK && f->fd < 0) fail(f, errno);
    return f;
}

void spool_write(struct spool_file *f, struct str piece)
{
    int64_t before = f->bytes;

    if (f->failed != ERR_OK) return;
    if (EVP_DigestUpdate(f->digest, piece.at, piece.len) != 1) fail(f, EIO);
    while (piece.len > 0 && f->failed == ERR_OK) {
        ssize_t wrote = write(f->fd, piece.at, piece.len);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) {
            fail(f, errno);
            return;
        }
        f->bytes += wrote;
        piece = str_slice(piece, (size_t)wrote, piece.len);
    }
    /* Begins to write early, so that the sync at the end is short. */
    if (before / WRITE_BEHIND_BYTES != f->bytes / WRITE_BEHIND_BYTES)
        (void)sync_file_range(f->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
}

void spool_seal(struct spool *s, struct spool_file *f, struct request *q)
{
    f->request = q;
    f->next = NULL;
    (void)pthread_mutex_lock(&s->lock);
    *s->last = f;
    s->last = &f->next;
    (void)pthread_cond_signal(&s->changed);
    (void)pthread_mutex_unlock(&s->lock);
}

void spool_drop(struct spool_file *f)
{
    if (f == NULL) return;
    if (f->fd >= 0) (void)close(f->fd);
    if (!f->kept && f->path[0] != '\0') (void)unlink(f->path);
    EVP_MD_CTX_free(f->digest);
    free(f);
}
