/* epoch: one line beside the database. Contract in epoch.h. */
#include "store/epoch.h"

#include "base/cursor.h"
#include "base/failpoint.h"
#include "base/mutant.h"
#include "base/rng.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct str FORMAT = {"sterling-epoch 1 ", 17};

const char *epoch_state_name(enum epoch_state s)
{
    static const char *const names[] = {"", "same", "restored", "missing", "foreign"};
    BUG_IF(s < EPOCH_SAME || s > EPOCH_FOREIGN);
    return names[s];
}

static enum err make_id(struct epoch_file *e, struct store *store, struct fault *f)
{
    unsigned char random[16];
    struct change_meta change = {.head = {.kind = CHANGE_META}, .name = STR("installation")};
    enum err result = rng_secret(random, sizeof random);

    if (result != ERR_OK) return fault_set(f, result, "no randomness: %m");
    for (size_t i = 0; i < sizeof random; i++)
        (void)snprintf(e->installation + 2 * i, 3, "%02x", random[i]);
    change.value = str_from(e->installation);
    result = store->ops->begin(store, f);
    if (result != ERR_OK) return result;
    store->ops->apply(store, &change.head);
    if (change.head.result != ERR_OK) {
        store->ops->rollback(store);
        return fault_set(f, change.head.result, "%s", change.head.fault.what);
    }
    return store->ops->commit(store, f);
}

/* The id in the database (empty: none yet) and the date of its last event. What cannot be read is not absent: a copy
 * that is taken for a new installation would send everything again. */
static enum err read_facts(struct epoch_file *e, struct store_reader *reader, struct arena *text)
{
    const struct store_ops *ops = reader->store->ops;
    struct event last;
    struct str id = {NULL, 0};
    uint64_t newest = 0;
    size_t count = 1;
    enum err result = ops->meta_get(reader, text, STR("installation"), &id);

    if (result == ERR_NOT_FOUND) result = ERR_OK;
    if (result == ERR_OK && str_copy(id, e->installation, sizeof e->installation) != ERR_OK) result = ERR_CORRUPT;
    if (result == ERR_OK) result = ops->event_newest(reader, &newest);
    if (result == ERR_OK && newest > 0) result = ops->events(reader, 0, newest - 1, &last, &count);
    if (result == ERR_OK && newest > 0 && count == 1) e->written_ms = last.at_ms;
    return result;
}

static enum err read_database(struct epoch_file *e, struct store *store, struct fault *f)
{
    struct store_reader *reader;
    struct arena text;
    enum err result = store->ops->reader_open(store, &reader, f);

    if (result != ERR_OK) return result;
    arena_init(&text, 65536);
    result = read_facts(e, reader, &text);
    if (result != ERR_OK)
        (void)fault_set(f, result, "the database's installation id or newest event does not read back: %s",
                        err_name(result));
    store->ops->reader_close(reader);
    arena_reset(&text);
    return result;
}

struct epoch_line {
    struct str installation;
    uint64_t commits, written_ms;
};

static enum err parse_line(struct str text, struct epoch_line *out)
{
    struct cursor c = cursor_over(text);
    cursor_expect(&c, FORMAT);
    out->installation = cursor_until(&c, ' ');
    cursor_expect(&c, STR(" "));
    out->commits = cursor_u64(&c);
    cursor_expect(&c, STR(" "));
    out->written_ms = cursor_u64(&c);
    cursor_expect(&c, STR("\n"));
    return cursor_check(&c);
}

static enum epoch_state compare(struct epoch_file *e, uint64_t commits)
{
    char text[256] = "";
    struct epoch_line line;
    ssize_t n = -1;
    int fd = open(e->path, O_RDONLY | O_CLOEXEC);

    if (fd >= 0) {
        n = read(fd, text, sizeof text);
        (void)close(fd);
    }
    if (n < 0 || parse_line((struct str){text, (size_t)n}, &line) != ERR_OK) return EPOCH_MISSING;
    e->commits = line.commits;
    if (MUTANT(epoch_ignored)) return EPOCH_SAME;
    if (!str_equal(line.installation, str_from(e->installation))) return EPOCH_FOREIGN;
    return line.commits > commits ? EPOCH_RESTORED : EPOCH_SAME;
}

enum err epoch_open(struct epoch_file *e, const char *path, struct store *store, enum epoch_state *state,
                    struct fault *f)
{
    enum err result;

    *e = (struct epoch_file){0};
    if (str_copy(str_from(path), e->path, sizeof e->path) != ERR_OK)
        return fault_set(f, ERR_LIMIT, "the path of the epoch file is too long");
    result = read_database(e, store, f);
    if (result != ERR_OK) return result;
    if (e->installation[0] == '\0') {
        *state = EPOCH_SAME;
        FAILPOINT("epoch.before_id");
        return make_id(e, store, f);
    }
    *state = compare(e, store->ops->commit_number(store));
    return ERR_OK;
}

static bool write_all(int fd, const char *text, size_t n)
{
    return write(fd, text, n) == (ssize_t)n && fsync(fd) == 0;
}

static void sync_directory(const char *path)
{
    char copy[600];
    int fd;
    (void)snprintf(copy, sizeof copy, "%s", path);
    fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    (void)fsync(fd);
    (void)close(fd);
}

enum err epoch_write(struct epoch_file *e, uint64_t commits, struct fault *f)
{
    char text[256], temporary[620];
    int n = snprintf(text, sizeof text, "%.*s%s %" PRIu64 " %" PRId64 "\n", (int)FORMAT.len, FORMAT.at,
                     e->installation, commits, e->written_ms);
    int fd;
    bool ok;

    (void)snprintf(temporary, sizeof temporary, "%s.new", e->path);
    fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    FAILPOINT("epoch.created");
    ok = fd >= 0 && !FAILPOINT_FAILS("epoch.write") && write_all(fd, text, (size_t)n);
    if (fd >= 0) (void)close(fd);
    FAILPOINT("epoch.written");
    if (!ok || rename(temporary, e->path) != 0)
        return fault_set(f, ERR_IO, "the epoch file %s cannot be written: %s", e->path, strerror(errno));
    FAILPOINT("epoch.renamed");
    sync_directory(e->path);
    e->commits = commits;
    return ERR_OK;
}
