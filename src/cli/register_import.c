/*
 * register import: a file of customers, each made an organization and its registration begun.
 *
 * Nothing is sent while a row is bad. An organization that has a registration (a canceled one aside) is skipped, so the
 * same file may be imported again after an interruption: each row's key makes a repeat of what was begun come to the
 * same registration even if the answer was lost.
 */
#include "cli/register_rows.h"

#include "cli/output.h"
#include "cli/register.h"
#include "rules/csv.h"
#include "twilio/signature.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
enum { REPORT_BYTES = 64 << 20, BAR_CELLS = 24, VALUE_BYTES = 128, DETAIL_BYTES = 65536 };

static volatile sig_atomic_t interrupted;
static void on_interrupt(int sign)
{
    (void)sign;
    interrupted = 1;
}

/* The row in hand is finished, what is left is reported as not reached; a second signal ends it at once. */
static void catch_interrupt(void)
{
    struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND};

    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
}

static bool is_bad(json_t *row)
{
    return json_array_size(json_object_get(row, "errors")) > 0;
}

static void put_state(json_t *row, const char *state, const char *id, const char *detail)
{
    (void)json_object_set_new(row, "state", json_string(state));
    (void)json_object_set_new(row, "registration", id == NULL ? json_null() : json_string(id));
    (void)json_object_set_new(row, "detail", detail == NULL ? json_null() : json_string(detail));
}

/* ---- one row ---- */

/* "city: It is required. country: It is no country code.", after what stands there already. */
static void add_errors(struct buf *words, json_t *errors)
{
    size_t at;
    json_t *one;

    json_array_foreach(errors, at, one) {
        const char *field = json_text_at(one, "field");
        buf_addf(words, "%s%s%s%s", words->len > 0 ? " " : "", field, field[0] == '\0' ? "" : ": ",
                 json_text_at(one, "reason"));
    }
}

static void put_words(json_t *row, const char *state, struct buf *words)
{
    char *text = buf_take(words);

    put_state(row, state, NULL, text == NULL || text[0] == '\0' ? "it was refused" : text);
    free(text);
}

static void put_refusal(json_t *row, json_t *refusal)
{
    const char *detail = json_text_at(refusal, "detail");
    struct buf words;

    buf_init(&words, DETAIL_BYTES);
    buf_add_text(&words, detail[0] == '\0' ? json_text_at(refusal, "title") : detail);
    add_errors(&words, json_object_get(refusal, "errors"));
    put_words(row, "failed", &words);
}

/* Each field that is wrong: the report is what a person mends the file by. */
static void put_bad(json_t *row)
{
    struct buf words;

    buf_init(&words, DETAIL_BYTES);
    add_errors(&words, json_object_get(row, "errors"));
    put_words(row, "bad", &words);
}

/* Made if it is not there. */
static int ensure_org(struct client *c, json_t *row)
{
    const char *program = json_text_at(row, "program");
    char *path = client_path_to("/v1/organizations/", json_text_at(row, "slug"), "");
    int code = client_call(c, "GET", path, NULL, NULL);
    json_t *body;

    free(path);
    if (code != EXIT_NOT_FOUND) return code;
    body = json_pack("{s:s, s:s}", "slug", json_text_at(row, "slug"), "name", json_text_at(row, "name"));
    if (program[0] != '\0') (void)json_object_set_new(body, "program", json_pack("{s:s}", "name", program));
    code = client_call(c, "POST", "/v1/organizations", body, NULL);
    json_decref(body);
    return code;
}

/* *id: the one that is not canceled, or "". *known: how many there are. */
static int look_for_one(struct client *c, char id[64], size_t *known)
{
    json_t *answer = NULL, *one;
    int code = client_call(c, "GET", "/v1/registrations?limit=200", NULL, &answer);
    size_t at;

    id[0] = '\0';
    *known = json_array_size(json_object_get(answer, "data"));
    json_array_foreach(json_object_get(answer, "data"), at, one)
        if (strcmp(json_text_at(one, "state"), "canceled") != 0)
            (void)snprintf(id, 64, "%s", json_text_at(one, "id"));
    json_decref(answer);
    return code;
}

static json_t *registration_body(struct invocation const *in, json_t *row)
{
    json_t *body = json_pack("{s:O, s:O, s:b}", "kind", json_object_get(row, "kind"), "facts",
                             json_object_get(row, "facts"), "start", !flag_given(in, "draft"));

    if (json_text_at(row, "program")[0] != '\0')
        (void)json_object_set(body, "program", json_object_get(row, "program"));
    register_put_unchecked(in, body);
    return body;
}

/* What it says and how many were there before: a row that was mended, or follows a canceled one, is another request. */
static void key_of(json_t *row, json_t *body, size_t known, char key[200])
{
    char *text = json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS);
    char hash[SIGNATURE_BODY_HASH_BYTES];

    signature_body_hash(str_from(text == NULL ? "" : text), hash);
    (void)snprintf(key, 200, "register-%s-%zu-%s", json_text_at(row, "slug"), known, hash);
    free(text);
}

static int begin(struct client *c, json_t *row, size_t known)
{
    json_t *body = registration_body(c->in, row), *answer = NULL;
    char key[200];
    int code;

    key_of(row, body, known, key);
    c->idempotency_key = key;
    code = client_call(c, "POST", "/v1/registrations", body, &answer);
    c->idempotency_key = NULL;
    if (code == EXIT_DONE)
        put_state(row, flag_given(c->in, "draft") ? "drafted" : "begun", json_text_at(answer, "id"), NULL);
    json_decref(answer);
    json_decref(body);
    return code;
}

static int import_row(struct client *c, json_t *row)
{
    json_t *refusal = NULL;
    char id[64];
    size_t known;
    int code;

    c->refusal = &refusal;
    (void)snprintf(c->org, sizeof c->org, "%s", json_text_at(row, "slug"));
    code = ensure_org(c, row);
    if (code == EXIT_DONE) code = look_for_one(c, id, &known);
    if (code == EXIT_DONE && id[0] != '\0') put_state(row, "skipped", id, "it has a registration already");
    else if (code == EXIT_DONE) code = begin(c, row, known);
    if (code != EXIT_DONE && code != EXIT_UNREACHABLE) put_refusal(row, refusal);
    c->refusal = NULL;
    json_decref(refusal);
    return code;
}

/* ---- all rows ---- */

static void show_progress(size_t done, size_t total)
{
    size_t full = done * BAR_CELLS / total;

    (void)fputs("\r[", stderr);
    for (size_t i = 0; i < BAR_CELLS; i++) (void)fputs(i < full ? "█" : "·", stderr);
    (void)fprintf(stderr, "] %zu of %zu\033[K", done, total);
}

/* Goes on after a row that is refused; ends where no server answers. EXIT_REFUSED if any row was. */
static int import_rows(struct client *c, json_t *rows)
{
    bool terminal = isatty(STDERR_FILENO);
    int code = EXIT_DONE;
    size_t at;
    json_t *row;

    catch_interrupt();
    json_array_foreach(rows, at, row) {
        int one = EXIT_DONE;
        if (!is_bad(row) && !interrupted && code != EXIT_UNREACHABLE) one = import_row(c, row);
        if (one != EXIT_DONE) code = one == EXIT_UNREACHABLE ? one : EXIT_REFUSED;
        if (terminal) show_progress(at + 1, json_array_size(rows));
    }
    if (terminal) (void)fputs("\r\033[K", stderr);
    if (interrupted)
        code = complain(c->in, EXIT_FAILED, "interrupted; import the same file again to go on");
    return code;
}

/* ---- reports ---- */

static void print_error(int64_t line, json_t *e)
{
    const char *field = json_text_at(e, "field");
    char value[VALUE_BYTES];

    (void)snprintf(value, sizeof value, "%s", json_text_at(e, "value"));
    text_make_plain(value);
    (void)fprintf(stderr, "line %" PRId64 ": %s", line, field);
    if (value[0] != '\0') (void)fprintf(stderr, " '%s'", value);
    (void)fprintf(stderr, "%s%s %s\n", field[0] == '\0' ? "" : ": ", json_text_at(e, "reason"), json_text_at(e, "fix"));
}

static void print_bad(json_t *rows)
{
    size_t at, i;
    json_t *row, *e;

    json_array_foreach(rows, at, row)
        json_array_foreach(json_object_get(row, "errors"), i, e)
            print_error(json_int_at(row, "line"), e);
}

static const char *const REPORT_COLUMNS[] = {"line", "slug", "state", "registration", "detail"};

static void write_rows(json_t *rows, struct buf *out)
{
    struct csv_writer w = {.out = out, .delimiter = ',', .formula_guard = true};
    size_t at;
    json_t *row;

    for (size_t i = 0; i < COUNT(REPORT_COLUMNS); i++) csv_write(&w, str_from(REPORT_COLUMNS[i]));
    csv_write_end(&w);
    json_array_foreach(rows, at, row) {
        char line[24];
        (void)snprintf(line, sizeof line, "%" PRId64, json_int_at(row, "line"));
        csv_write(&w, str_from(line));
        for (size_t i = 1; i < COUNT(REPORT_COLUMNS); i++)
            csv_write(&w, str_from(json_text_at(row, REPORT_COLUMNS[i])));
        csv_write_end(&w);
    }
}

static int write_report(struct invocation *in, json_t *rows)
{
    const char *file = flag_value(in, "report");
    struct buf text;
    FILE *out;
    bool good;

    if (file == NULL) return EXIT_DONE;
    out = fopen(file, "we");
    if (out == NULL) return complain(in, EXIT_FAILED, "%s: %m", file);
    buf_init(&text, REPORT_BYTES);
    write_rows(rows, &text);
    good = buf_check(&text) == ERR_OK && fwrite(text.at, 1, text.len, out) == text.len;
    buf_free(&text);
    good = fclose(out) == 0 && good;
    return good ? EXIT_DONE : complain(in, EXIT_FAILED, "%s: cannot be written: %m", file);
}

/* {rows, bad, begun, …, data: [{line, slug, state, …, errors}]}; facts are the caller's own and left out. */
static json_t *summary_of(json_t *rows)
{
    static const char *const states[] = {"good", "bad", "begun", "drafted", "skipped", "failed", "not reached"};
    json_t *whole = json_pack("{s:I}", "rows", (json_int_t)json_array_size(rows)), *row;
    size_t at;

    for (size_t i = 0; i < COUNT(states); i++) {
        int64_t count = 0;
        json_array_foreach(rows, at, row) count += strcmp(json_text_at(row, "state"), states[i]) == 0;
        if (count > 0) (void)json_object_set_new(whole, states[i], json_integer(count));
    }
    json_array_foreach(rows, at, row) (void)json_object_del(row, "facts");
    (void)json_object_set(whole, "data", rows);
    return whole;
}

static void print_summary(struct invocation *in, json_t *rows)
{
    static const struct column columns[] = {{"line", "line"}, {"organization", "slug"}, {"state", "state"},
                                            {"registration", "registration"}, {"detail", "detail"}};
    json_t *whole = summary_of(rows), *count;
    const char *name;

    if (in->json) print_json(whole);
    else {
        print_table(rows, columns, COUNT(columns));
        json_object_foreach(whole, name, count)
            if (json_is_integer(count)) (void)printf("%s: %" JSON_INTEGER_FORMAT "\n", name, json_integer_value(count));
    }
    json_decref(whole);
}

/* ---- the verb ---- */

/* Marks each row good, bad, or (until it is) not reached; gives how many are bad. */
static size_t mark(json_t *rows, bool dry)
{
    size_t at, bad = 0;
    json_t *row;

    json_array_foreach(rows, at, row) {
        bad += is_bad(row);
        if (is_bad(row)) put_bad(row);
        else put_state(row, dry ? "good" : "not reached", NULL, NULL);
    }
    return bad;
}

/* A tax id that several rows have is no mistake by itself, but the registry takes five brands of one, and then refuses
 * campaigns. What organizations have that are not in the file is not known here. */
static void tell_shared(json_t *rows)
{
    json_t *lines = json_object(), *row, *has;
    const char *number;
    size_t at;

    json_array_foreach(rows, at, row) {
        number = json_text_at(row, "facts.registration_number");
        if (number[0] == '\0' || strcmp(json_text_at(row, "kind"), "toll_free") == 0) continue;
        has = json_object_get(lines, number);
        if (has == NULL) {
            has = json_array();
            (void)json_object_set_new(lines, number, has);
        }
        (void)json_array_append(has, json_object_get(row, "line"));
    }
    json_object_foreach(lines, number, has)
        if (json_array_size(has) > 1)
            (void)fprintf(stderr, "note: %zu rows have the registration number %s (lines %lld, %lld%s): with more than five "
                          "brands of one tax id campaigns are refused (30898)\n", json_array_size(has), number,
                          (long long)json_integer_value(json_array_get(has, 0)),
                          (long long)json_integer_value(json_array_get(has, 1)), json_array_size(has) > 2 ? ", …" : "");
    json_decref(lines);
}

static int send_rows(struct invocation *in, json_t *rows)
{
    struct client c;
    int code = client_open(&c, in);

    if (code != EXIT_DONE) return code;
    code = import_rows(&c, rows);
    client_close(&c);
    return code;
}

static int register_import(struct invocation *in)
{
    bool dry = flag_given(in, "dry-run");
    json_t *rows = NULL;
    size_t bad;
    int code = register_rows_read(in, in->arguments[0], &rows), written;

    if (code == EXIT_DONE) {
        bad = mark(rows, dry);
        if (!in->json) tell_shared(rows);
        if (bad > 0) print_bad(rows);
        if (bad > 0 && !flag_given(in, "skip-bad"))
            code = complain(in, EXIT_REFUSED, "%zu of %zu rows are bad; nothing was sent", bad, json_array_size(rows));
        else if (!dry) code = send_rows(in, rows);
        written = write_report(in, rows);
        if (code == EXIT_DONE) code = written;
        print_summary(in, rows);
    }
    json_decref(rows);
    return code;
}

static const struct flag IMPORT_FLAGS[] = {
    {"dry-run", NULL, "Judge the rows, send nothing (no server is needed)", false},
    {"skip-bad", NULL, "Send the good rows although others are bad", false},
    {"draft", NULL, "Only store the registrations: register resubmit begins each", false},
    REGISTER_UNCHECKED,
    {"report", "FILE", "Write each row's state as CSV: line, slug, state, registration, detail", false},
};

const struct verb VERB_REGISTER_IMPORT = {
    "register import", "FILE", "register many customers from a CSV file (- for standard input)", VERB_SERVER | VERB_JSON,
    1, 1, IMPORT_FLAGS, COUNT(IMPORT_FLAGS),
    "The header names facts (see register fields), slug and kind, and perhaps name and program. Each row's organization is\n"
    "made if it is not there, and its registration begun. All rows are judged first; while one is bad nothing is sent. It\n"
    "may be interrupted and repeated: an organization that has a registration, but for a canceled one, is skipped.",
    register_import};
