/* consent_import: rows of CSV into entries, and back. Contract in consent_import.h. */
#include "app/consent_import.h"

#include "app/ledger.h"
#include "app/pump.h"
#include "app/senders.h"
#include "app/values.h"
#include "base/rfc3339.h"
#include "rules/csv.h"
#include "rules/phone.h"

#include <stdio.h>
#include <string.h>

enum { COLUMNS_MAX = 64, NO_WORD = 99 };

struct reading {
    struct consent_context *c;
    struct csv_reader *csv;
    struct consent_import *out;
    struct problem *p;
    size_t rows_max; /* room for entries */
    uint64_t lines_before;
    size_t words[COLUMNS_MAX]; /* of each column, NO_WORD: left out */
    size_t columns;
};

static size_t word_of(struct str name)
{
    for (size_t i = 0; i < CONSENT_WORDS; i++)
        if (str_equal_nocase(str_from(CONSENT_WORD_NAMES[i]), name)) return i;
    return NO_WORD;
}

static bool has_word(const struct reading *r, const char *name)
{
    for (size_t i = 0; i < r->columns; i++)
        if (r->words[i] < CONSENT_WORDS && strcmp(CONSENT_WORD_NAMES[r->words[i]], name) == 0) return true;
    return false;
}

static void read_header(struct reading *r)
{
    static const char *const needed[] = {"number", "state", "means", "given_at"};
    const struct str *names = csv_fields(r->csv, &r->columns);

    if (r->columns > COLUMNS_MAX) r->columns = COLUMNS_MAX;
    for (size_t i = 0; i < r->columns; i++) {
        struct str name = str_trim(names[i]);
        r->words[i] = word_of(name);
        if (r->words[i] != NO_WORD || name.len == 0 || name.at[0] == '_') continue;
        (void)problem_field(r->p, "header", name, "There is no such column.",
                            "Use the names of the fields of POST /v1/consents; begin it with _ to leave it out.");
    }
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
        if (!has_word(r, needed[i]))
            (void)problem_field(r->p, "header", str_from(needed[i]), "This column is missing.",
                                "An import says for each number its state, by which means, and when it was given.");
}

static unsigned long long line_in_file(const struct reading *r, uint64_t line)
{
    return line <= 1 ? line : r->lines_before + line; /* each part begins with the header */
}

static void read_row(struct reading *r)
{
    size_t count;
    const struct str *values = csv_fields(r->csv, &count);
    struct consent_words w = {.number = {NULL, 0}};

    BUG_IF(r->out->count == r->rows_max);
    for (size_t i = 0; i < count && i < r->columns; i++)
        if (r->words[i] < CONSENT_WORDS) *consent_word(&w, r->words[i]) = str_trim(values[i]);
    /* What somebody attested for others speaks through their rows. */
    if (w.number.len == 0 && str_equal(w.means, STR("import"))) return;
    (void)snprintf(r->c->prefix, sizeof r->c->prefix, "%llu.", line_in_file(r, csv_line(r->csv)));
    if (consent_entry_read(r->c, &w, &r->out->rows[r->out->count], r->p) == ERR_OK) r->out->count++;
    else r->out->bad++;
}

static void bad_row(struct reading *r)
{
    const struct csv_problem *bad = csv_problem(r->csv);
    char field[32];

    (void)snprintf(field, sizeof field, "%llu", line_in_file(r, bad->line));
    (void)problem_field(r->p, field, bad->column, bad->what, "Correct this line.");
    r->out->bad++;
}

/* One event of the reader's; ERR_OK to go on, whatever was wrong with a row. */
static enum err take(struct reading *r, enum csv_event event)
{
    if (event == CSV_MORE) csv_finish(r->csv); /* it has had all of it */
    if (event == CSV_HEADER) {
        read_header(r);
        return problem_check(r->p);
    }
    if (event != CSV_RECORD && event != CSV_BAD) return ERR_OK;
    if (r->out->count + r->out->bad == CONSENT_IMPORT_ROWS_MAX)
        return problem_set(r->p, ERR_LIMIT, "There are more than %d rows; split the file.", CONSENT_IMPORT_ROWS_MAX);
    if (event == CSV_RECORD) read_row(r);
    else bad_row(r);
    return ERR_OK;
}

/* A record takes a line at least. Most imports are small, and room for all that may be is some megabytes. */
static size_t records_most(struct str csv)
{
    size_t lines = 1;

    for (size_t i = 0; i < csv.len && lines < CONSENT_IMPORT_ROWS_MAX; i++)
        lines += csv.at[i] == '\n' || csv.at[i] == '\r';
    return lines;
}

enum err consent_import_read(struct consent_context *c, struct str csv, uint64_t lines_before,
                             struct consent_import *out, struct problem *p)
{
    struct reading r = {.c = c, .out = out, .p = p, .rows_max = records_most(csv), .lines_before = lines_before};
    enum csv_event event = CSV_MORE;
    enum err code = ERR_OK;

    *out = (struct consent_import){.rows = arena_alloc(c->arena, r.rows_max * sizeof *out->rows)};
    c->all_said = true;
    if (out->rows == NULL || csv_open(&(struct csv_options){0}, &r.csv) != ERR_OK)
        return problem_set(p, ERR_FULL, "There is no memory for this import now; try again.");
    csv_feed(r.csv, csv);
    while (code == ERR_OK && event != CSV_END) {
        event = csv_next(r.csv);
        code = take(&r, event);
    }
    csv_close(r.csv);
    return code == ERR_OK ? problem_check(p) : code;
}

/* ---- the write ---- */

static void withdrawn(void *owner)
{
    struct consent_import_job *j = owner;

    if (atomic_fetch_sub(&j->waiting, 1) == 1) app_job_finish(&j->job);
}

static bool on_stored(struct app_job *job)
{
    struct consent_import_job *j = job->context;

    /* One for this walk, so that it cannot end before it is over. */
    atomic_store(&j->waiting, 1);
    for (size_t i = 0; i < j->change.count; i++) {
        const struct consent *e = &j->change.rows[i];
        struct note n = {.kind = NOTE_STOPPED, .org = e->org, .number = e->number, .done = withdrawn, .owner = j};
        if (e->kind != CONSENT_OPT_OUT) continue;
        atomic_fetch_add(&j->waiting, 1);
        job->app->tell(job->app->pump, &n);
    }
    return atomic_fetch_sub(&j->waiting, 1) != 1;
}

void consent_import_put(struct app *app, const struct consent_import *in, struct consent_import_job *out)
{
    *out = (struct consent_import_job){
        .job = {.app = app, .change = &out->change.head, .after = on_stored, .after_repeats = true, .context = out}};
    out->change.head.kind = CHANGE_CONSENT;
    out->change.rows = in->rows;
    out->change.count = in->count;
}

/* ---- the way back ---- */

void consent_export_header(struct buf *out)
{
    struct csv_writer w = {.out = out, .delimiter = ','};

    for (size_t i = 0; i < CONSENT_WORDS; i++) csv_write(&w, str_from(CONSENT_WORD_NAMES[i]));
    csv_write(&w, STR("_recorded_at"));
    csv_write(&w, STR("_position"));
    csv_write(&w, STR("_hash"));
    csv_write_end(&w);
}

/* The program's name or the sender's address. */
static struct str scope_name(struct store_reader *r, struct arena *a, const struct consent *e)
{
    struct program program;
    struct sender sender;
    size_t count = 1;

    if (e->scope == CONSENT_OF_PROGRAM &&
        r->store->ops->programs(r, a, e->org, e->scope_id - 1, &program, &count) == ERR_OK && count == 1 &&
        program.id == e->scope_id)
        return program.name;
    if (e->scope == CONSENT_OF_SENDER && senders_get(r, e->org, e->scope_id, &sender) == ERR_OK)
        return arena_str(a, str_from(sender.address));
    return (struct str){NULL, 0};
}

/* What was attested for a whole list, in the words of that entry: whoever imports the row elsewhere has them. */
static void take_attestation(struct store_reader *r, struct arena *a, org_id org, struct str attestation,
                             struct consent_words *w)
{
    struct consent entry;
    struct values proof;
    uint64_t id;

    w->attested_by = w->disclosure =
        str_from(arena_printf(a, "see entry " STR_FMT " of the ledger that this comes from", STR_ARG(attestation)));
    if (str_to_u64(attestation, &id) != ERR_OK || ledger_entry(r, a, org, id, &entry) != ERR_OK ||
        values_parse(entry.proof, &proof) != ERR_OK)
        return;
    w->attested_by = arena_str(a, values_get(&proof, STR("attested_by")));
    w->disclosure = arena_str(a, values_get(&proof, STR("disclosure")));
    values_free(&proof);
}

static void words_of(struct store_reader *r, struct arena *a, const struct consent *e, const struct values *proof,
                     struct consent_words *w)
{
    char number[PHONE_TEXT_BYTES], at[RFC3339_BYTES];
    struct str attestation;

    phone_format_e164(e->number, number);
    rfc3339_format(e->at_ms, at);
    *w = (struct consent_words){.state = str_from(consent_kind_name(e->kind)), .means = e->source,
                                .scope = str_from(consent_scope_name(e->scope)), .evidence = e->evidence};
    if (e->number != 0) w->number = arena_str(a, str_from(number));
    w->given_at = arena_str(a, str_from(at));
    if (e->basis != CONSENT_BASIS_NONE) w->basis = str_from(consent_basis_name(e->basis));
    if (e->scope == CONSENT_OF_PROGRAM) w->program = scope_name(r, a, e);
    if (e->scope == CONSENT_OF_SENDER) w->sender = scope_name(r, a, e);
    for (size_t i = CONSENT_PROOF_FIRST; i < CONSENT_WORDS; i++)
        *consent_word(w, i) = values_get(proof, str_from(CONSENT_WORD_NAMES[i]));
    attestation = values_get(proof, STR("attestation"));
    if (attestation.len > 0) take_attestation(r, a, e->org, attestation, w);
}

enum err consent_export_row(struct store_reader *r, struct arena *a, const struct consent *e, struct buf *out)
{
    struct csv_writer w = {.out = out, .delimiter = ','};
    struct values proof = {0};
    struct consent_words words;
    char recorded[RFC3339_BYTES], position[24], hash[LEDGER_HEX_BYTES];

    if (e->proof.len == 0 || values_parse(e->proof, &proof) != ERR_OK) proof.object = NULL;
    words_of(r, a, e, &proof, &words);
    for (size_t i = 0; i < CONSENT_WORDS; i++) csv_write(&w, *consent_word(&words, i));
    values_free(&proof);
    rfc3339_format(e->recorded_ms, recorded);
    (void)snprintf(position, sizeof position, "%llu", (unsigned long long)e->position);
    ledger_hex(e->hash, hash);
    csv_write(&w, str_from(recorded));
    csv_write(&w, str_from(position));
    csv_write(&w, str_from(hash));
    csv_write_end(&w);
    return buf_check(out);
}
