/* import_columns: names and roles of an upload's columns. Contract in import_columns.h. */
#include "app/import_columns.h"

#include "base/mutant.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct import_header {
    struct csv_reader *csv;
    size_t taken, taken_max; /* bytes looked at, and how many may be before the header must have ended */
    bool done;
    struct import_columns columns;
};

static const struct {
    const char *name;
    enum import_role role;
} ROLES[] = {
    {"number", COLUMN_NUMBER},   {"phone", COLUMN_NUMBER},        {"phone_number", COLUMN_NUMBER},
    {"mobile", COLUMN_NUMBER},   {"mobile_phone", COLUMN_NUMBER}, {"cell", COLUMN_NUMBER},
    {"to", COLUMN_NUMBER},       {"msisdn", COLUMN_NUMBER},       {"telephone", COLUMN_NUMBER},
    {"carrier", COLUMN_CARRIER}, {"state", COLUMN_STATE},         {"time_zone", COLUMN_ZONE},
    {"timezone", COLUMN_ZONE},   {"country", COLUMN_REGION},      {"region", COLUMN_REGION},
    {"zip", COLUMN_POSTAL},      {"zip_code", COLUMN_POSTAL},     {"zipcode", COLUMN_POSTAL},
    {"postcode", COLUMN_POSTAL}, {"postal_code", COLUMN_POSTAL},
};

/* "First Name" becomes first_name. */
static void take_name(struct str header, char out[IMPORT_NAME_BYTES])
{
    size_t n = 0;
    header = str_trim(header);
    for (size_t i = 0; i < header.len && n + 1 < IMPORT_NAME_BYTES; i++) {
        char c = header.at[i];
        if (c >= 'A' && c <= 'Z') c = (char)(c + ('a' - 'A'));
        if (c == ' ' || c == '-' || c == '.') c = '_';
        out[n++] = c;
    }
    out[n] = '\0';
}

static enum import_role role_of(const char *name)
{
    if (name[0] == '\0' || name[0] == '_') return COLUMN_IGNORED;
    for (size_t i = 0; i < sizeof ROLES / sizeof ROLES[0]; i++)
        if (strcmp(ROLES[i].name, name) == 0) return ROLES[i].role;
    return COLUMN_FIELD;
}

static bool is_repeated(const struct import_columns *c, size_t index)
{
    if (c->at[index].role == COLUMN_IGNORED) return false;
    for (size_t i = 0; i < index; i++)
        if (strcmp(c->at[i].name, c->at[index].name) == 0) return true;
    return false;
}

enum err import_columns_read(const struct csv_reader *csv, struct import_columns *out, struct fault *f)
{
    size_t numbers = 0;
    const struct str *fields = csv_fields(csv, &out->count);

    if (out->count > IMPORT_COLUMNS_MAX)
        return fault_set(f, ERR_LIMIT, "the header has %zu columns; at most %d are taken", out->count,
                         IMPORT_COLUMNS_MAX);
    for (size_t i = 0; i < out->count; i++) {
        struct import_column *one = &out->at[i];
        take_name(fields[i], one->name);
        one->role = role_of(one->name);
        if (is_repeated(out, i))
            return fault_set(f, ERR_INVALID, "two columns are called %s; rename one of them, or leave it out",
                             one->name);
        /* The first is texted; a second number is a field like others. */
        if (one->role == COLUMN_NUMBER && ++numbers > 1) one->role = COLUMN_FIELD;
        if (one->role == COLUMN_NUMBER) out->number = i;
    }
    return numbers > 0 ? ERR_OK
                       : fault_set(f, ERR_INVALID,
                                   "the header has no column for the phone number; name it number, phone, "
                                   "phone_number, mobile or to");
}

enum err import_header_open(size_t record_bytes_max, struct import_header **out)
{
    const struct csv_options options = {.record_bytes_max = record_bytes_max};
    struct import_header *h = calloc(1, sizeof *h);

    *out = h;
    if (h == NULL) return ERR_FULL;
    h->done = MUTANT(import_header_unchecked);
    h->taken_max = 2 * record_bytes_max; /* empty lines may stand before it */
    if (csv_open(&options, &h->csv) == ERR_OK) return ERR_OK;
    free(h);
    *out = NULL;
    return ERR_FULL;
}

void import_header_close(struct import_header *h)
{
    if (h == NULL) return;
    csv_close(h->csv);
    free(h);
}

/* "what is wrong; what to do" of line N. */
static enum err refuse(struct problem *p, uint64_t line, struct str column, const char *what)
{
    struct str reason, fix = str_cut(str_from(what), ';', &reason);
    char field[48];

    (void)snprintf(field, sizeof field, "line %llu", (unsigned long long)line);
    fix = str_trim(fix);
    return problem_field(p, field, column, arena_printf(p->arena, STR_FMT, STR_ARG(reason)),
                         arena_printf(p->arena, STR_FMT, STR_ARG(fix)));
}

static enum err read_on(struct import_header *h, struct problem *p)
{
    const struct csv_problem *bad;
    struct fault f = {0};

    switch (csv_next(h->csv)) {
    case CSV_MORE:
        return ERR_OK;
    case CSV_HEADER:
        h->done = true;
        if (import_columns_read(h->csv, &h->columns, &f) == ERR_OK) return ERR_OK;
        return refuse(p, csv_line(h->csv), (struct str){NULL, 0}, f.what);
    case CSV_BAD:
        h->done = true;
        bad = csv_problem(h->csv);
        return refuse(p, bad->line, bad->column, bad->what);
    case CSV_RECORD:
    case CSV_END:
        break;
    }
    h->done = true;
    return ERR_OK;
}

enum err import_header_take(struct import_header *h, struct str piece, struct problem *p)
{
    enum err code;

    if (h->done) return ERR_OK;
    csv_feed(h->csv, piece);
    code = read_on(h, p);
    h->taken += piece.len;
    if (h->done || h->taken <= h->taken_max) return code;
    h->done = true;
    return refuse(p, 1, (struct str){NULL, 0},
                  "there is no end of the header line in sight; begin the file with the columns' names");
}

enum err import_header_end(struct import_header *h, struct problem *p)
{
    if (h->done) return ERR_OK;
    csv_finish(h->csv);
    return read_on(h, p);
}
