/*
 * imports: /v1/imports. The upload is spooled as it comes, made durable off this thread, and recorded: only
 * then is it answered, and only the worker reads it. One whose header line is wrong is refused at once: no
 * list, no job and no file come of it.
 */
#include "app/consent_entry.h"
#include "app/import_columns.h"
#include "app/imports.h"
#include "app/contacts.h"
#include "app/ledger.h"
#include "app/view.h"
#include "http/body.h"
#include "http/page.h"
#include "http/server_parts.h"
#include "http/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* One upload on its way. */
struct upload {
    struct spool_file *file;
    struct import_header *header;
    struct import_start start;
    struct list_job list;
    struct str list_name;
    uint32_t list_id;
    char region[REGION_BYTES];
    struct consent attestation;
    bool attested;
    bool recorded; /* submitted */
};

static void drop(struct request *q)
{
    struct upload *u = q->state;
    const struct change *c = &u->start.change.head;

    /* The file is the job's once the job is stored; a refused or repeated request leaves none behind. */
    u->file->kept = u->recorded && c->result == ERR_OK && !(c->idem != NULL && c->idem->replayed);
    spool_drop(u->file);
    import_header_close(u->header);
}

static void refuse_disk(struct request *q, const struct spool_file *f)
{
    if (f->failed == ERR_FULL)
        reply_refuse(q, ERR_FULL, 503,
                     "The disk is full: the upload was dropped. Free space and send it again.");
    else
        reply_refuse(q, ERR_IO, 503, "The upload cannot be kept: %s. See the setting data_dir.",
                     strerror(f->why));
}

/* What the tenant says the contacts' consent rests on: one entry of the ledger for all of them. */
static void attestation_read(struct request *q, struct upload *u)
{
    struct consent_context c = {.reader = q->reader, .arena = &q->arena, .org = &q->caller.org, .nobody = true,
                                .prefix = "?", .now_ms = clock_wall_ms(q->app->clock)};
    struct consent_words w = {.state = STR("opted_in"), .means = STR("import"),
                              .basis = request_param(q, STR("consent")),
                              .disclosure = request_param(q, STR("disclosure")), .url = request_param(q, STR("url")),
                              .attested_by = request_param(q, STR("attested_by")),
                              .given_at = request_param(q, STR("given_at")),
                              .reference = request_param(q, STR("reference"))};

    if (w.basis.len > 0) {
        w.evidence = STR("attested for the contacts of an import");
        u->attested = consent_entry_read(&c, &w, &u->attestation, &q->problem) == ERR_OK;
    } else if (w.disclosure.len + w.url.len + w.attested_by.len + w.given_at.len + w.reference.len > 0) {
        (void)problem_field(&q->problem, "?consent", w.basis, "It is not said what consent the contacts gave.",
                            "Use written or express.");
    }
}

static bool params_read(struct request *q, struct upload *u)
{
    struct str region = request_param(q, STR("region"));

    (void)request_params_only(q, "list region consent disclosure url attested_by given_at reference");
    attestation_read(q, u);
    u->list_name = request_param(q, STR("list"));
    memcpy(u->region, q->caller.org.region, sizeof u->region);
    if (region.len > 0 && (region.len != 2 || region.at[0] < 'A' || region.at[0] > 'Z' ||
                           region.at[1] < 'A' || region.at[1] > 'Z'))
        (void)problem_field(&q->problem, "?region", region, "It is no country code.",
                            "Give two capital letters (ISO 3166), such as US.");
    else if (region.len == 2)
        memcpy(u->region, region.at, 2);
    if (u->list_name.len > LIST_NAME_MAX)
        (void)problem_field(&q->problem, "?list", u->list_name, "A list's name has at most 100 bytes.",
                            "Shorten it.");
    if (problem_check(&q->problem) == ERR_OK) return true;
    reply_problem(q);
    return false;
}

static struct upload *begin(struct request *q)
{
    struct upload *u = request_alloc(q, sizeof *u);

    if (u == NULL || !params_read(q, u)) return NULL;
    u->file = spool_begin(q->app->settings->data_dir);
    if (u->file == NULL ||
        import_header_open((size_t)q->app->settings->import_record_bytes_max, &u->header) != ERR_OK) {
        spool_drop(u->file);
        reply_refuse(q, ERR_FULL, 503, "There is no memory for an upload now; try again.");
        return NULL;
    }
    q->state = u;
    q->drop = drop;
    if (u->file->failed == ERR_OK) return u;
    refuse_disk(q, u->file);
    return NULL;
}

static void take(struct request *q, struct str piece)
{
    struct upload *u = q->state != NULL ? q->state : begin(q);

    if (u == NULL) return;
    if (import_header_take(u->header, piece, &q->problem) != ERR_OK) {
        reply_problem(q);
        return;
    }
    spool_write(u->file, piece);
    if (u->file->failed != ERR_OK) refuse_disk(q, u->file);
}

static void render(struct request *q, struct change *c, int *status, struct buf *out)
{
    const struct upload *u = q->state;

    *status = 202;
    view_import(q->app->ids, out, &((const struct change_import *)c)->job, u->list_name, -1);
}

static void record(struct request *q)
{
    struct upload *u = q->state;
    struct import_request r = {.org = q->caller.org.id, .list = u->list_id, .bytes = u->file->bytes};

    memcpy(r.region, u->region, sizeof r.region);
    if (u->attested) r.attestation = &u->attestation;
    r.file = str_from(u->file->name);
    if (imports_start(q->app, &q->arena, &r, &u->start, &q->problem) != ERR_OK) {
        reply_problem(q);
        return;
    }
    u->recorded = true;
    request_write(q, &u->start.job, render);
}

static void on_list(struct app_job *job)
{
    request_wake(job->owner);
}

static void list_stored(struct request *q)
{
    struct upload *u = q->state;

    if (u->list.change.head.result != ERR_OK) {
        reply_refuse(q, u->list.change.head.result, 0, "The list cannot be made: %s",
                     u->list.change.head.fault.what);
        return;
    }
    u->list_id = u->list.change.list.id;
    record(q);
}

/* The list is found or made first: the job names it. */
static void put_list(struct request *q)
{
    struct upload *u = q->state;

    if (lists_put(q->app, q->caller.org.id, u->list_name, &u->list, &q->problem) != ERR_OK) {
        reply_problem(q);
        return;
    }
    u->list.job.owner = q;
    u->list.job.finish = on_list;
    request_wait(q, list_stored);
    app_submit(&u->list.job);
}

static void sealed(struct request *q)
{
    struct upload *u = q->state;

    if (u->file->failed != ERR_OK)
        refuse_disk(q, u->file);
    else if (request_repeats_hashed(q, u->file->hash))
        return;
    else if (u->list_name.len > 0)
        put_list(q);
    else
        record(q);
}

static void create(struct request *q)
{
    struct upload *u = q->state;

    if (u == NULL || u->file->bytes == 0) {
        reply_refuse(q, ERR_INVALID, 422, "The body is empty; send the CSV file with its header line.");
        return;
    }
    if (import_header_end(u->header, &q->problem) != ERR_OK) {
        reply_problem(q);
        return;
    }
    request_wait(q, sealed);
    spool_seal(q->server->spool, u->file, q);
}

/* With the name of its list, if it has one. False: answered. */
static bool put_import(struct request *q, struct buf *b, const struct import_job *job, int64_t consents)
{
    struct contact_list l = {.name = {NULL, 0}};
    enum err code = ERR_OK;

    if (job->list != 0) code = q->app->store->ops->list_get(q->reader, &q->arena, q->caller.org.id, job->list, &l);
    if (code == ERR_OK) view_import(q->app->ids, b, job, l.name, consents);
    else reply_read_failed(q, code, "list");
    return code == ERR_OK;
}

static bool find(struct request *q, struct import_job *out)
{
    uint64_t id;
    enum err code;

    if (!arg_id(q, 0, PUBLIC_IMPORT, "import", &id)) return false;
    code = q->app->store->ops->import_get(q->reader, &q->arena, q->caller.org.id, id, out);
    if (code != ERR_OK) reply_read_failed(q, code, "import");
    return code == ERR_OK;
}

static void get(struct request *q)
{
    struct import_job job;
    int64_t consents = -1;

    if (!find(q, &job)) return;
    if (job.state != IMPORT_RUNNING && job.attestation != 0 &&
        ledger_attested(q->reader, q->caller.org.id, job.attestation, job.finished_ms, &consents) != ERR_OK)
        consents = -1; /* too many to count for an answer */
    if (put_import(q, reply_body(q), &job, consents)) reply_json(q, 200);
}

static void list(struct request *q)
{
    struct page page;
    struct import_job *rows;
    size_t count;
    struct buf *b;
    enum err code;

    if (!page_read(q, "", &page)) return;
    count = page.limit;
    rows = request_alloc(q, count * sizeof *rows);
    if (rows == NULL) return;
    code = q->app->store->ops->imports(q->reader, &q->arena, q->caller.org.id, page.from, rows, &count);
    if (code != ERR_OK) {
        reply_read_failed(q, code, "import");
        return;
    }
    b = page_open(q);
    for (size_t i = 0; i < count; i++)
        if (!put_import(q, b, &rows[i], -1)) return;
    page_reply(q, count == page.limit ? rows[count - 1].id : 0);
}

static void rejects(struct request *q)
{
    struct import_job job;
    struct stat about;
    const char *path;
    int fd;

    if (!find(q, &job)) return;
    path = imports_rejects_path(q->app, &q->arena, &job);
    fd = path == NULL || job.rejected == 0 ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &about) != 0) {
        if (fd >= 0) (void)close(fd);
        reply_refuse(q, ERR_NOT_FOUND, 404, "No row of this import was set aside%s.",
                     job.state == IMPORT_RUNNING ? " so far" : "");
        return;
    }
    reply_text(q, 200, "text/csv; charset=utf-8", STR(""));
    reply_header(q, "Content-Disposition", "attachment; filename=\"rejects.csv\"");
    q->reply.file = fd;
    q->reply.file_bytes = about.st_size;
}

static const struct route ROUTES[] = {
    {"POST", "/v1/imports", ROUTE_TENANT, KEY_SCOPE_SEND, BODY_IMPORT, create, take, 0},
    {"GET", "/v1/imports", ROUTE_TENANT, KEY_SCOPE_READ, BODY_NONE, list, NULL, 0},
    {"GET", "/v1/imports/{id}", ROUTE_TENANT, KEY_SCOPE_READ, BODY_NONE, get, NULL, 0},
    {"GET", "/v1/imports/{id}/rejects.csv", ROUTE_TENANT, KEY_SCOPE_READ, BODY_NONE, rejects, NULL, 0},
};
const struct route_table ROUTES_IMPORTS = ROUTE_TABLE(ROUTES);
