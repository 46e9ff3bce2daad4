/* file: writing under another name, then renaming. Contract in file.h. */
#include "base/file.h"

#include "base/failpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES = 4096 };

enum err file_sync_directory_of(const char *path)
{
    char directory[PATH_BYTES];
    const char *slash = strrchr(path, '/');
    int fd, kept, failed;

    if (slash == NULL) (void)snprintf(directory, sizeof directory, ".");
    else (void)snprintf(directory, sizeof directory, "%.*s", slash == path ? 1 : (int)(slash - path), path);
    fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return ERR_IO;
    failed = fsync(fd);
    kept = errno;
    (void)close(fd);
    errno = kept;
    return failed == 0 ? ERR_OK : ERR_IO;
}

/* Never over another file. Where the file system cannot say so in one step, the link does. */
static bool take_name(const char *from, const char *to)
{
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0) return true;
    if (errno != EINVAL && errno != ENOSYS) return false;
    return link(from, to) == 0 && unlink(from) == 0;
}

static bool write_synced(const char *path, struct str text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), kept;
    bool ok = fd >= 0;

    FAILPOINT("file.created");
    ok = ok && write(fd, text.at, text.len) == (ssize_t)text.len && fsync(fd) == 0;
    kept = errno;
    if (fd >= 0) (void)close(fd);
    errno = kept;
    return ok;
}

enum err file_write_new(const char *path, struct str text, struct fault *f)
{
    char unfinished[PATH_BYTES];

    if (snprintf(unfinished, sizeof unfinished, "%s.new", path) >= (int)sizeof unfinished)
        return fault_set(f, ERR_LIMIT, "the path is too long: %s", path);
    if (access(path, F_OK) == 0) return fault_set(f, ERR_CONFLICT, "%s exists already", path);
    if (!write_synced(unfinished, text)) return fault_set(f, ERR_IO, "%s cannot be written: %m", unfinished);
    FAILPOINT("file.written");
    if (!take_name(unfinished, path))
        return fault_set(f, errno == EEXIST ? ERR_CONFLICT : ERR_IO, "%s cannot be put in place: %m", path);
    FAILPOINT("file.named");
    if (file_sync_directory_of(path) != ERR_OK)
        return fault_set(f, ERR_IO, "the directory of %s cannot be synced: %m", path);
    return ERR_OK;
}
