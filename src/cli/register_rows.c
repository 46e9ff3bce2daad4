/* register_rows: reads and judges a file of customers. Contract in register_rows.h. */
#include "cli/register_rows.h"

#include "app/orgs.h"
#include "app/registrations.h"
#include "rules/csv.h"

#include <inttypes.h>
#include <string.h>

enum { COLUMNS_MAX = 256, CHUNK_BYTES = 65536, JUDGE_BYTES = 1 << 20 };

/* Columns that are no facts. */
static const char *const OWN[] = {"slug", "name", "kind", "program"};
enum { OWN_COUNT = sizeof OWN / sizeof OWN[0] };

struct reading {
    const struct invocation *in;
    const char *columns[COLUMNS_MAX]; /* the fact's name, or one of OWN */
    bool own[COLUMNS_MAX];
    json_t *rows;
    json_t *lines; /* slug → the line that has it */
    struct arena arena;
};

static json_t *text_of(struct str s)
{
    return json_stringn(s.at == NULL ? "" : s.at, s.len);
}

static void refuse(json_t *row, const char *field, const char *value, const char *reason, const char *fix)
{
    (void)json_array_append_new(json_object_get(row, "errors"),
                                json_pack("{s:s, s:s, s:s, s:s}", "field", field, "value", value, "reason", reason,
                                          "fix", fix));
}

/* ---- the header ---- */

static int take_column(struct reading *r, size_t at, struct str name)
{
    enum a2p_field field;

    for (size_t i = 0; i < OWN_COUNT; i++)
        if (str_equal(name, str_from(OWN[i]))) r->columns[at] = OWN[i];
    r->own[at] = r->columns[at] != NULL;
    if (!r->own[at] && a2p_field_named(name, &field) == ERR_OK) r->columns[at] = a2p_field_info(field)->name;
    if (r->columns[at] == NULL)
        return complain(r->in, EXIT_REFUSED, "column \"" STR_FMT "\" is no field; `sterling register fields` lists"
                        " them, and there are slug, name, kind and program", STR_ARG(name));
    for (size_t i = 0; i < at; i++)
        if (r->columns[i] == r->columns[at])
            return complain(r->in, EXIT_REFUSED, "column \"%s\" is there twice", r->columns[at]);
    return EXIT_DONE;
}

static int take_header(struct reading *r, const struct csv_reader *csv)
{
    size_t count;
    const struct str *names = csv_fields(csv, &count);
    bool slug = false, kind = false;
    int code = EXIT_DONE;

    for (size_t i = 0; i < count && code == EXIT_DONE; i++) {
        code = take_column(r, i, str_trim(names[i]));
        slug = slug || r->columns[i] == OWN[0];
        kind = kind || r->columns[i] == OWN[2];
    }
    if (code == EXIT_DONE && (!slug || !kind))
        code = complain(r->in, EXIT_REFUSED, "column \"%s\" is missing", slug ? "kind" : "slug");
    return code;
}

/* ---- a row ---- */

static json_t *row_new(struct reading *r, uint64_t line)
{
    json_t *row = json_pack("{s:I, s:s, s:s, s:s, s:s, s:{}, s:[]}", "line", (json_int_t)line, "slug", "", "name", "",
                            "kind", "", "program", "", "facts", "errors");

    (void)json_array_append_new(r->rows, row);
    return row;
}

static void judge_slug(struct reading *r, json_t *row, const char *slug)
{
    char reason[64];
    json_t *other = json_object_get(r->lines, slug);

    (void)snprintf(reason, sizeof reason, "Line %" JSON_INTEGER_FORMAT " has it already.", json_integer_value(other));
    if (!orgs_slug_is_good(str_from(slug)))
        refuse(row, "slug", slug, "A slug is 1 to 63 of a-z, 0-9 and '-', not at the ends.", "Choose another.");
    else if (other != NULL) refuse(row, "slug", slug, reason, "Give each organization one row.");
    else (void)json_object_set(r->lines, slug, json_object_get(row, "line"));
}

static void judge_facts(struct reading *r, json_t *row, enum brand_type kind)
{
    json_t *facts = json_object_get(row, "facts"), *value;
    struct a2p_facts all = {.at = {{NULL, 0}}};
    struct problem p;
    const char *name;

    arena_reset(&r->arena);
    problem_init(&p, &r->arena);
    json_object_foreach(facts, name, value) {
        enum a2p_field field;
        if (a2p_field_named(str_from(name), &field) == ERR_OK) all.at[field] = str_from(json_string_value(value));
    }
    registrations_check_facts(&all, kind, !flag_given(r->in, "unchecked"), &p);
    for (size_t i = 0; i < p.count; i++) {
        const struct problem_error *e = &p.errors[i];
        refuse(row, e->field + strlen("facts."), e->value == NULL ? "" : e->value, e->reason, e->fix);
    }
}

static void judge(struct reading *r, json_t *row)
{
    const char *said = json_string_value(json_object_get(row, "kind"));
    enum brand_type kind = BRAND_NONE;

    judge_slug(r, row, json_string_value(json_object_get(row, "slug")));
    if (brand_type_parse(str_from(said), &kind) != ERR_OK || kind == BRAND_NONE) {
        refuse(row, "kind", said, "It is not known.", "Write standard, low_volume, sole_proprietor or toll_free.");
        return;
    }
    (void)json_object_set_new(row, "kind", json_string(brand_type_name(kind)));
    judge_facts(r, row, kind);
}

/* Without a name it is called as the tax office has it, or as itself. */
static void name_it(json_t *row)
{
    static const char *const facts[] = {"legal_name", "brand_name"};

    for (size_t i = 0; i < 2 && json_string_length(json_object_get(row, "name")) == 0; i++) {
        json_t *fact = json_object_get(json_object_get(row, "facts"), facts[i]);
        if (fact != NULL) (void)json_object_set(row, "name", fact);
    }
    if (json_string_length(json_object_get(row, "name")) == 0)
        (void)json_object_set(row, "name", json_object_get(row, "slug"));
}

static void take_record(struct reading *r, const struct csv_reader *csv)
{
    size_t count;
    const struct str *fields = csv_fields(csv, &count);
    json_t *row = row_new(r, csv_line(csv));

    for (size_t i = 0; i < count; i++) {
        struct str value = str_trim(fields[i]);
        if (value.len == 0) continue;
        (void)json_object_set_new(r->own[i] ? row : json_object_get(row, "facts"), r->columns[i], text_of(value));
    }
    name_it(row);
    judge(r, row);
}

static int take_bad(struct reading *r, const struct csv_problem *problem)
{
    char field[128];

    if (problem->fatal) return complain(r->in, EXIT_REFUSED, "line %" PRIu64 ": %s", problem->line, problem->what);
    (void)snprintf(field, sizeof field, STR_FMT, STR_ARG(problem->column));
    refuse(row_new(r, problem->line), field, "", problem->what, "");
    return EXIT_DONE;
}

/* ---- the file ---- */

/* Until it wants more. */
static int take_events(struct reading *r, struct csv_reader *csv)
{
    int code = EXIT_DONE;
    enum csv_event event;

    while (code == EXIT_DONE && (event = csv_next(csv)) != CSV_MORE && event != CSV_END) {
        if (event == CSV_HEADER) code = take_header(r, csv);
        else if (event == CSV_RECORD) take_record(r, csv);
        else code = take_bad(r, csv_problem(csv));
    }
    return code;
}

static int take_file(struct reading *r, FILE *from, struct csv_reader *csv)
{
    static char chunk[CHUNK_BYTES];
    size_t n;
    int code = EXIT_DONE;

    while (code == EXIT_DONE && (n = fread(chunk, 1, sizeof chunk, from)) > 0) {
        csv_feed(csv, (struct str){chunk, n});
        code = take_events(r, csv);
    }
    if (code == EXIT_DONE && ferror(from)) code = complain(r->in, EXIT_FAILED, "the file cannot be read: %m");
    if (code == EXIT_DONE) { /* else some of the chunk is unread, after which there is no more to be had */
        csv_finish(csv);
        code = take_events(r, csv);
    }
    if (code == EXIT_DONE && json_array_size(r->rows) == 0)
        code = complain(r->in, EXIT_REFUSED, "the file has no rows");
    return code;
}

int register_rows_read(const struct invocation *in, const char *file, json_t **rows)
{
    struct reading r = {.in = in, .rows = json_array(), .lines = json_object()};
    struct csv_reader *csv = NULL;
    FILE *from = strcmp(file, "-") == 0 ? stdin : fopen(file, "re");
    int code;

    *rows = r.rows;
    arena_init(&r.arena, JUDGE_BYTES);
    if (from == NULL) code = complain(in, EXIT_FAILED, "%s: %m", file);
    else if (csv_open(&(struct csv_options){.columns_max = COLUMNS_MAX}, &csv) != ERR_OK)
        code = complain(in, EXIT_FAILED, "out of memory");
    else code = take_file(&r, from, csv);
    csv_close(csv);
    arena_reset(&r.arena);
    json_decref(r.lines);
    if (from != NULL && from != stdin) (void)fclose(from);
    return code;
}
