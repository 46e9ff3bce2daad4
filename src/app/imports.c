/* imports: from a spooled CSV to contacts, in batches that carry their own progress. Contract in imports.h.
 * A batch of contacts and the job's counters are one commit, so a crash repeats no row and loses none; the
 * file of rejected rows is written anew on every run, because it follows from the upload alone. Two batches
 * take turns: one is filled while the other is with the store. */
#include "app/imports.h"

#include "app/import_columns.h"
#include "base/failpoint.h"
#include "base/json_out.h"
#include "rules/carrier.h"
#include "rules/csv.h"
#include "rules/phone.h"
#include "rules/quiet_hours.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    BATCH_ROWS = 1000,
    CHUNK_BYTES = 65536,
    FIELDS_BYTES_MAX = 32768,
    CARRIERS_KNOWN = 64, /* carrier names remembered with what they mean: a file has few, on many rows */
    CARRIER_NAME_BYTES = 48
};

/* Rows on their way to the store, with the job as it is once they are there. */
struct batch {
    struct contact *rows;
    size_t count;
    struct arena text;
    struct import_job job;
    struct change_contacts change;
    struct importer *importer;
    bool out; /* with the store; guarded by the importer's lock */
};

struct known_carrier {
    char name[CARRIER_NAME_BYTES];
    enum carrier carrier;
};

struct importer {
    struct app *app;
    struct known_carrier carriers[CARRIERS_KNOWN]; /* by the name's hash */
    const _Atomic bool *stopping;
    struct import_job job;
    struct arena job_text;
    struct csv_reader *csv;
    FILE *in, *rejects;
    struct import_columns columns;
    struct batch batches[2];
    struct batch *filling, *sent; /* `sent` is with the store, or empty */
    pthread_mutex_t lock;
    pthread_cond_t came;
    int64_t row; /* records seen, from 1 */
    int64_t
        already; /* records up to this were stored by an earlier run: only their rejects are written again */
    char chunk[CHUNK_BYTES];
    struct buf fields, line;
};

const char *imports_rejects_path(const struct app *app, struct arena *a, const struct import_job *job)
{
    return arena_printf(a, "%s/" STR_FMT ".rejects.csv", app->settings->data_dir, STR_ARG(job->file));
}

static bool wake_worker(struct app_job *job)
{
    if (job->app->wake_imports != NULL) job->app->wake_imports(job->app->imports);
    atomic_fetch_add(&job->app->counters.imports_started, 1);
    return false;
}

enum err imports_start(struct app *app, struct arena *a, const struct import_request *q,
                       struct import_start *out, struct problem *p)
{
    struct str file = arena_str(a, q->file);
    if (file.at == NULL) return problem_set(p, ERR_FULL, "the request is too large");
    *out = (struct import_start){
        .job = {.app = app, .change = &out->change.head, .after = wake_worker},
        .change = {.head = {.kind = CHANGE_IMPORT},
                   .job = {.org = q->org,
                           .list = q->list,
                           .state = IMPORT_RUNNING,
                           .bytes = q->bytes,
                           .file = file,
                           .created_ms = clock_wall_ms(app->clock)}},
    };
    memcpy(out->change.job.region, q->region, sizeof q->region);
    if (q->attestation == NULL) return ERR_OK;
    out->attestation = *q->attestation;
    out->change.attestation = &out->attestation;
    return ERR_OK;
}

static enum err write_reject(struct importer *m, struct str raw, int64_t line, struct str column, const char *why,
                             struct fault *f)
{
    struct csv_writer w = {.out = &m->line,
                           .delimiter = csv_delimiter(m->csv) == 0 ? ',' : csv_delimiter(m->csv)};
    char where[32];

    m->job.rejected++;
    (void)snprintf(where, sizeof where, "%lld", (long long)line);
    buf_clear(&m->line);
    buf_add(&m->line, raw);
    buf_add_char(&m->line, w.delimiter);
    w.in_record = false;
    csv_write(&w, str_from(where));
    csv_write(&w, column);
    csv_write(&w, str_from(why));
    csv_write_end(&w);
    if (buf_check(&m->line) == ERR_FULL) return fault_set(f, ERR_FULL, "out of memory");
    (void)fwrite(buf_text(&m->line), 1, m->line.len, m->rejects);
    return ERR_OK;
}

static enum err take_header(struct importer *m, struct fault *f)
{
    enum err code = import_columns_read(m->csv, &m->columns, f);

    if (code != ERR_OK) return code;
    (void)fprintf(m->rejects, STR_FMT "%c_line%c_column%c_reason\r\n", STR_ARG(csv_raw(m->csv)),
                  csv_delimiter(m->csv), csv_delimiter(m->csv), csv_delimiter(m->csv));
    return ERR_OK;
}

static enum carrier carrier_of(struct importer *m, struct str name)
{
    struct known_carrier *k = &m->carriers[str_hash(name, 0) % CARRIERS_KNOWN];

    if (name.len > 0 && str_equal(str_from(k->name), name)) return k->carrier;
    if (name.len == 0 || str_copy(name, k->name, sizeof k->name) != ERR_OK) return carrier_parse(name);
    k->carrier = carrier_parse(name);
    return k->carrier;
}

/* "de" → DE; false: it is not two letters. */
static bool region_of(struct str value, char out[REGION_BYTES])
{
    value = str_trim(value);
    if (value.len != 2) return false;
    out[0] = (char)(value.at[0] & ~0x20);
    out[1] = (char)(value.at[1] & ~0x20);
    out[2] = '\0';
    return true;
}

static void take_said(struct importer *m, const struct str *values, struct quiet_said *said, enum carrier *carrier)
{
    for (size_t i = 0; i < m->columns.count; i++) {
        struct str value = str_trim(values[i]);
        enum import_role role = m->columns.at[i].role;
        if (role == COLUMN_CARRIER) *carrier = carrier_of(m, value);
        if (value.len == 0) continue;
        if (role == COLUMN_POSTAL) said->postal_code = value;
        if (role == COLUMN_STATE) said->state = value;
        if (role == COLUMN_ZONE) said->time_zone = value;
    }
}

static const char *column_of(const struct importer *m, enum import_role role)
{
    for (size_t i = 0; i < m->columns.count; i++)
        if (m->columns.at[i].role == role) return m->columns.at[i].name;
    return "";
}

/* What a row says about place and carrier. A postal code or state that we do not know is kept as a field only:
 * addresses abroad have them, too. A zone that does not exist is a reason to set the row aside. */
static bool take_place(struct importer *m, const struct str *values, const struct phone *phone,
                       struct contact *c, const char **bad_column, const char **why)
{
    struct quiet_places places, number;
    struct quiet_said said = {.state = {NULL, 0}};
    char lives_in[REGION_BYTES] = "";
    enum carrier carrier = CARRIER_UNKNOWN;
    enum err err = ERR_OK;

    take_said(m, values, &said, &carrier);
    for (size_t i = 0; i < m->columns.count; i++)
        if (m->columns.at[i].role == COLUMN_REGION && region_of(values[i], lives_in)) said.country = str_from(lives_in);
    quiet_places_of_phone(phone, &places);
    number = places;
    /* Of a number of another country it is a field only. */
    if (said.country.len > 0 && quiet_places_add_country(&places, said.country) != ERR_OK) said.country.len = 0;
    if (said.postal_code.len > 0) err = quiet_places_add_postal(&places, said.postal_code);
    if (err == ERR_INVALID) said.postal_code.len = 0;
    if (said.state.len > 0 && err != ERR_LIMIT) {
        err = quiet_places_add_state(&places, said.state);
        if (err == ERR_INVALID) said.state.len = 0;
    }
    *bad_column = column_of(m, COLUMN_ZONE);
    *why = "not a time zone; give an IANA name such as America/Chicago, or leave it empty";
    if (err != ERR_LIMIT) err = said.time_zone.len > 0 ? quiet_places_add_zone(&places, said.time_zone) : ERR_OK;
    if (err == ERR_LIMIT) *why = "with the number and the rest of this row more places than can be held; leave one of them";
    if (err != ERR_OK) return false;
    c->zones = quiet_hours_bucket_key(&places);
    c->place_unsaid = !quiet_places_are_said(&number, &said);
    c->carrier = (uint8_t)carrier_in_country(carrier, str_from(phone->country));
    return true;
}

/* Into m->fields. ERR_LIMIT: they are too long. */
static enum err put_fields(struct importer *m, const struct str *values)
{
    buf_clear(&m->fields);
    json_open(&m->fields, '{');
    for (size_t i = 0; i < m->columns.count; i++) {
        enum import_role role = m->columns.at[i].role;
        if (role == COLUMN_NUMBER || role == COLUMN_CARRIER || role == COLUMN_IGNORED) continue;
        if (str_trim(values[i]).len > 0) json_put_str(&m->fields, m->columns.at[i].name, str_trim(values[i]));
    }
    json_close(&m->fields, '}');
    return buf_check(&m->fields);
}

static enum err set_aside(struct importer *m, const char *column, const char *why, struct fault *f)
{
    return write_reject(m, csv_raw(m->csv), (int64_t)csv_line(m->csv), str_from(column), why, f);
}

/* A row is set aside for what it says, never because there was no memory for it: ERR_FULL. */
static enum err take_record(struct importer *m, struct fault *f)
{
    size_t count;
    const struct str *values = csv_fields(m->csv, &count);
    const char *column = "", *why = "";
    char region[REGION_BYTES];
    struct phone phone;
    struct fault bad = {0};
    struct contact c = {.org = m->job.org};
    enum err code;

    memcpy(region, m->job.region, sizeof region);
    for (size_t i = 0; i < m->columns.count; i++)
        if (m->columns.at[i].role == COLUMN_REGION) (void)region_of(values[i], region);
    code = phone_parse(values[m->columns.number], region, &phone, &bad);
    if (code == ERR_FULL) return fault_set(f, ERR_FULL, "%s", bad.what);
    if (code != ERR_OK) return set_aside(m, m->columns.at[m->columns.number].name, bad.what, f);
    if (!take_place(m, values, &phone, &c, &column, &why)) return set_aside(m, column, why, f);
    code = put_fields(m, values); /* also on a second run, so that the rejects are the same */
    if (code == ERR_LIMIT) return set_aside(m, "", "the fields of this row together are too long; shorten them", f);
    if (code != ERR_OK) return fault_set(f, code, "out of memory");
    if (m->row <= m->already) return ERR_OK;
    c.number = phone.digits;
    c.fields = arena_str(&m->filling->text, buf_str(&m->fields));
    if (c.fields.at == NULL) return fault_set(f, ERR_FULL, "out of memory");
    m->filling->rows[m->filling->count++] = c;
    return ERR_OK;
}

static void batch_stored(struct change *c)
{
    struct batch *b = c->owner;
    struct importer *m = b->importer;

    (void)pthread_mutex_lock(&m->lock);
    b->out = false;
    (void)pthread_cond_signal(&m->came);
    (void)pthread_mutex_unlock(&m->lock);
}

/* Waits for the batch that is with the store and takes over what it counted. Nothing to do if there is none. */
static enum err await_sent(struct importer *m, struct fault *f)
{
    struct batch *b = m->sent;

    if (b == NULL) return ERR_OK;
    (void)pthread_mutex_lock(&m->lock);
    while (b->out)
        (void)pthread_cond_wait(&m->came, &m->lock);
    (void)pthread_mutex_unlock(&m->lock);
    m->sent = NULL;
    if (b->change.head.result != ERR_OK)
        return fault_set(f, b->change.head.result, "%s", b->change.head.fault.what);
    m->job.added = b->job.added;
    m->job.updated = b->job.updated;
    m->job.duplicates = b->job.duplicates;
    b->count = 0;
    arena_reset(&b->text);
    return ERR_OK;
}

/* Sends the batch and the job's progress as one commit; the next rows go into the other batch. */
static enum err send_batch(struct importer *m, enum import_state state, struct fault *f)
{
    struct batch *b = m->filling;
    enum err result = await_sent(m, f);

    if (result != ERR_OK) return result;
    m->job.resume_row = m->row;
    m->job.state = state;
    if (state != IMPORT_RUNNING) m->job.finished_ms = clock_wall_ms(m->app->clock);
    b->job = m->job;
    b->change = (struct change_contacts){
        .head = {.kind = CHANGE_CONTACTS, .done = batch_stored, .owner = b},
        .org = m->job.org,
        .list = m->job.list,
        .rows = b->rows,
        .count = b->count,
        .now_ms = m->job.created_ms,
        .import = &b->job,
    };
    b->out = true;
    m->sent = b;
    m->filling = b == &m->batches[0] ? &m->batches[1] : &m->batches[0];
    m->app->queue->submit(m->app->queue, &b->change.head);
    return state == IMPORT_RUNNING ? ERR_OK : await_sent(m, f);
}

/* Feeds the file through the reader; ERR_CANCELED when asked to stop (the job goes on at the next start). */
static enum err read_rows(struct importer *m, struct fault *f)
{
    enum err result = ERR_OK;
    bool more = true;

    while (result == ERR_OK) {
        enum csv_event event = csv_next(m->csv);
        if (event == CSV_END) return ERR_OK;
        if (event == CSV_MORE && more) {
            size_t n = fread(m->chunk, 1, sizeof m->chunk, m->in);
            m->job.bytes_read += (int64_t)n;
            more = n > 0;
            if (ferror(m->in))
                return fault_set(f, ERR_IO, "the upload cannot be read back: %s", strerror(errno));
            if (more)
                csv_feed(m->csv, (struct str){m->chunk, n});
            else
                csv_finish(m->csv);
            continue;
        }
        if (event == CSV_HEADER) {
            result = take_header(m, f);
            continue;
        }
        m->row++;
        if (event == CSV_BAD && csv_problem(m->csv)->fatal)
            return fault_set(f, ERR_INVALID, "line %llu: %s", (unsigned long long)csv_problem(m->csv)->line,
                             csv_problem(m->csv)->what);
        m->job.rows = m->row;
        if (event == CSV_BAD)
            result = write_reject(m, csv_problem(m->csv)->raw, (int64_t)csv_problem(m->csv)->line,
                                  csv_problem(m->csv)->column, csv_problem(m->csv)->what, f);
        else
            result = take_record(m, f);
        if (result == ERR_OK && m->filling->count == BATCH_ROWS) result = send_batch(m, IMPORT_RUNNING, f);
        if (*m->stopping) return ERR_CANCELED;
    }
    return result;
}

static enum err open_files(struct importer *m, struct fault *f)
{
    const struct csv_options options = {.record_bytes_max =
                                            (size_t)m->app->settings->import_record_bytes_max};
    const char *rejects = imports_rejects_path(m->app, &m->job_text, &m->job);
    const char *upload =
        arena_printf(&m->job_text, "%s/" STR_FMT, m->app->settings->data_dir, STR_ARG(m->job.file));

    if (rejects == NULL || upload == NULL || csv_open(&options, &m->csv) != ERR_OK)
        return fault_set(f, ERR_FULL, "out of memory");
    m->in = fopen(upload, "re");
    if (m->in == NULL) return fault_set(f, ERR_IO, "the upload cannot be read back: %s", strerror(errno));
    m->rejects = fopen(rejects, "we");
    if (m->rejects == NULL)
        return fault_set(f, ERR_IO, "the file of rejected rows cannot be written: %s", strerror(errno));
    return ERR_OK;
}

static void close_files(struct importer *m, bool finished)
{
    const char *rejects = imports_rejects_path(m->app, &m->job_text, &m->job);
    const char *upload =
        arena_printf(&m->job_text, "%s/" STR_FMT, m->app->settings->data_dir, STR_ARG(m->job.file));

    csv_close(m->csv);
    if (m->in != NULL) (void)fclose(m->in);
    if (m->rejects != NULL) (void)fclose(m->rejects);
    if (!finished) return;
    FAILPOINT("import.before_removal");
    if (upload != NULL) (void)unlink(upload);
    if (m->job.rejected == 0 && rejects != NULL) (void)unlink(rejects);
}

static enum err finish_import(struct importer *m, enum err result, struct fault *f)
{
    if (result == ERR_OK && (fflush(m->rejects) != 0 || fsync(fileno(m->rejects)) != 0))
        result = fault_set(f, ERR_IO, "the file of rejected rows cannot be written: %s", strerror(errno));
    if (result == ERR_OK) return send_batch(m, IMPORT_DONE, f);
    if (result != ERR_INVALID && result != ERR_LIMIT) return result;
    /* The upload itself is unusable: what was stored stays, and the reason is kept for people. */
    m->job.why = arena_str(&m->job_text, str_from(f->what));
    return send_batch(m, IMPORT_FAILED, f);
}

static enum err batches_make(struct importer *m, struct fault *f)
{
    for (size_t i = 0; i < 2; i++) {
        struct batch *b = &m->batches[i];
        b->importer = m;
        /* Each row's with its end, rounded up: always enough. */
        arena_init(&b->text, (size_t)BATCH_ROWS * (FIELDS_BYTES_MAX + 64));
        b->rows = calloc(BATCH_ROWS, sizeof *b->rows);
        if (b->rows == NULL) return fault_set(f, ERR_FULL, "out of memory");
    }
    m->filling = &m->batches[0];
    return ERR_OK;
}

static void importer_free(struct importer *m)
{
    for (size_t i = 0; i < 2; i++) {
        arena_reset(&m->batches[i].text);
        free(m->batches[i].rows);
    }
    buf_free(&m->fields);
    buf_free(&m->line);
    arena_reset(&m->job_text);
    (void)pthread_cond_destroy(&m->came);
    (void)pthread_mutex_destroy(&m->lock);
    free(m);
}

enum err imports_run(struct app *app, const struct import_job *job, const _Atomic bool *stopping, struct fault *f)
{
    struct importer *m = calloc(1, sizeof *m);
    struct fault later = {0};
    enum err result;

    if (m == NULL) return fault_set(f, ERR_FULL, "out of memory");
    *m = (struct importer){.app = app, .stopping = stopping, .job = *job, .already = job->resume_row};
    m->job.rejected = m->job.rows = m->job.bytes_read = 0;
    (void)pthread_mutex_init(&m->lock, NULL);
    (void)pthread_cond_init(&m->came, NULL);
    arena_init(&m->job_text, 65536);
    buf_init(&m->fields, FIELDS_BYTES_MAX);
    buf_init(&m->line, (size_t)app->settings->import_record_bytes_max + 4096);
    result = batches_make(m, f);
    FAILPOINT("import.begin");
    if (result == ERR_OK) result = open_files(m, f);
    if (result == ERR_OK) result = read_rows(m, f);
    result = finish_import(m, result, f);
    (void)!await_sent(m, &later); /* whatever happened, the store must not be left with our memory */
    close_files(m, result == ERR_OK);
    importer_free(m);
    return result;
}
