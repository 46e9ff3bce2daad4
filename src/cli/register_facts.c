/* register fields, and facts as people give them: field=value words, a JSON file. Contract in register.h. */
#include "cli/register.h"

#include "cli/output.h"
#include "rules/a2p_example.h"
#include "rules/csv.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
enum { EXAMPLE_BYTES_MAX = 1 << 20 };

static int take(const struct invocation *in, struct str name, json_t *text, json_t *facts)
{
    enum a2p_field field;

    if (a2p_field_named(name, &field) != ERR_OK) {
        json_decref(text);
        return complain(in, EXIT_USAGE, "\"" STR_FMT "\" is no field; `sterling register fields` lists them",
                        STR_ARG(name));
    }
    if (text == NULL) return complain(in, EXIT_USAGE, "%s: the value is not UTF-8", a2p_field_info(field)->name);
    (void)json_object_set_new(facts, a2p_field_info(field)->name, text);
    return EXIT_DONE;
}

int register_take_word(const struct invocation *in, const char *word, json_t *facts)
{
    const char *equals = strchr(word, '=');

    if (equals == NULL) return complain(in, EXIT_USAGE, "'%s' is not FIELD=VALUE", word);
    return take(in, str_slice(str_from(word), 0, (size_t)(equals - word)), json_string(equals + 1), facts);
}

/* As the table has it: texts; numbers and booleans in a file are written as such. NULL: nothing of the kind. */
static json_t *as_text(json_t *value)
{
    if (json_is_string(value)) return json_incref(value);
    if (json_is_boolean(value)) return json_string(json_is_true(value) ? "true" : "false");
    if (json_is_integer(value)) return json_sprintf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
    return NULL;
}

int register_take_file(const struct invocation *in, const char *file, json_t *facts)
{
    json_error_t why;
    const char *name;
    json_t *value;
    json_t *root = strcmp(file, "-") == 0 ? json_loadf(stdin, 0, &why) : json_load_file(file, 0, &why);
    int code = EXIT_DONE;

    if (root == NULL && why.line < 1) return complain(in, EXIT_REFUSED, "%s", why.text); /* it cannot be opened */
    if (root == NULL) return complain(in, EXIT_REFUSED, "%s: line %d: %s", file, why.line, why.text);
    if (!json_is_object(root)) code = complain(in, EXIT_REFUSED, "%s: not a JSON object of facts", file);
    json_object_foreach(root, name, value) {
        json_t *text = as_text(value);
        if (text == NULL) code = complain(in, EXIT_REFUSED, "%s: %s is not a text", file, name);
        else code = take(in, str_from(name), text, facts);
        if (code != EXIT_DONE) break;
    }
    json_decref(root);
    return code;
}

/* ---- register fields ---- */

static const char *need_name(unsigned bits)
{
    static const char *const names[] = {"", "standard", "low_volume", "businesses", "sole_proprietor",
                                        "standard, sole_proprietor", "low_volume, sole_proprietor", "all"};
    static const char *const with[] = {"toll_free", "standard, toll_free", "low_volume, toll_free",
                                       "businesses, toll_free", "sole_proprietor, toll_free",
                                       "standard, sole_proprietor, toll_free", "low_volume, sole_proprietor, toll_free",
                                       "all, toll_free"};

    return (bits & A2P_FOR_TOLL_FREE) != 0 ? with[bits & A2P_FOR_ALL] : names[bits & A2P_FOR_ALL];
}

static json_t *field_row(enum a2p_field field)
{
    const struct a2p_field_info *info = a2p_field_info(field);

    return json_pack("{s:s, s:s, s:s, s:s, s:I, s:s}", "field", info->name, "part", a2p_part_name(info->part),
                     "required", need_name(info->required), "allowed", need_name(info->allowed), "bytes_max",
                     (json_int_t)info->bytes_max, "help", info->help);
}

int register_read_kind(const struct invocation *in, enum brand_type *out)
{
    const char *said = flag_value(in, "kind");

    *out = BRAND_STANDARD;
    if (said != NULL && (brand_type_parse(str_from(said), out) != ERR_OK || *out == BRAND_NONE))
        return complain(in, EXIT_USAGE, "--kind is standard, low_volume, sole_proprietor or toll_free");
    return EXIT_DONE;
}

static void print_example_json(const struct a2p_facts *facts)
{
    json_t *whole = json_object();

    for (size_t i = 0; i < A2P_FIELDS; i++)
        if (facts->at[i].len > 0)
            (void)json_object_set_new(whole, a2p_field_info((enum a2p_field)i)->name,
                                      json_stringn(facts->at[i].at, facts->at[i].len));
    print_json(whole);
    json_decref(whole);
}

/* A header and the row of one customer, as register import takes them. */
static int print_example_csv(const struct invocation *in, const struct a2p_facts *facts, enum brand_type kind)
{
    struct buf text;
    struct csv_writer w = {.out = &text, .delimiter = ','};
    int code = EXIT_DONE;

    buf_init(&text, EXAMPLE_BYTES_MAX);
    csv_write(&w, STR("slug"));
    csv_write(&w, STR("kind"));
    for (size_t i = 0; i < A2P_FIELDS; i++)
        if (facts->at[i].len > 0) csv_write(&w, str_from(a2p_field_info((enum a2p_field)i)->name));
    csv_write_end(&w);
    csv_write(&w, STR("acme"));
    csv_write(&w, str_from(brand_type_name(kind)));
    for (size_t i = 0; i < A2P_FIELDS; i++)
        if (facts->at[i].len > 0) csv_write(&w, facts->at[i]);
    csv_write_end(&w);
    if (buf_check(&text) != ERR_OK) code = complain(in, EXIT_FAILED, "out of memory");
    else (void)fwrite(text.at, 1, text.len, stdout);
    buf_free(&text);
    return code;
}

static int print_example(const struct invocation *in)
{
    struct a2p_facts facts;
    enum brand_type kind;
    int code = register_read_kind(in, &kind);

    if (code != EXIT_DONE) return code;
    a2p_example(kind, &facts);
    if (flag_given(in, "csv")) return print_example_csv(in, &facts, kind);
    print_example_json(&facts);
    return EXIT_DONE;
}

static int register_fields(struct invocation *in)
{
    static const struct column columns[] = {{"field", "field"},     {"needed by", "required"}, {"part", "part"},
                                            {"bytes", "bytes_max"}, {"what it is", "help"}};
    json_t *rows, *whole;

    if (flag_given(in, "example")) return print_example(in);
    if (flag_given(in, "csv")) return complain(in, EXIT_USAGE, "--csv goes with --example");
    rows = json_array();
    for (size_t i = 0; i < A2P_FIELDS; i++) (void)json_array_append_new(rows, field_row((enum a2p_field)i));
    whole = json_pack("{s:o}", "data", rows);
    if (in->json) print_json(whole);
    else print_table(rows, columns, COUNT(columns));
    json_decref(whole);
    return EXIT_DONE;
}

static const struct flag FIELDS_FLAGS[] = {
    {"example", NULL, "Print a complete file of facts instead, to be written over", false},
    {"csv", NULL, "With --example: as a file for register import, with one customer", false},
    {"kind", "KIND", "Of that: standard, low_volume, sole_proprietor or toll_free (standard)", false},
};

const struct verb VERB_REGISTER_FIELDS = {
    "register fields", "", "list the facts of a registration, and which kind of brand needs which", VERB_JSON, 0, 0,
    FIELDS_FLAGS, COUNT(FIELDS_FLAGS),
    "`sterling register fields --example > acme.json` is a file that register check lets pass and the sandbox approves.",
    register_fields};
