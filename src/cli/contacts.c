/* contacts: importing with progress and a file of rejected rows, exporting, listing. */
#include "cli/output.h"

#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
enum { POLL_MS = 200 };

static const struct flag IMPORT_FLAGS[] = {
    {"list", "NAME", "List the contacts join; made if there is none", false},
    {"region", "CC", "Country of numbers without one (the organization's)", false},
    {"rejects", "FILE", "Where rejected rows go (FILE.rejects.csv beside the upload)", false},
    {"consent", "BASIS", "Consent that all of them gave: written (marketing needs it) or express", false},
    {"disclosure", "TEXT", "The text that they were shown and agreed to", false},
    {"shown-at", "URL", "Where it was shown", false},
    {"attested-by", "WHO", "Who answers for it (needed with --consent)", false},
    {"given-at", "TIME", "By when they had agreed, with its zone; now if left out", false},
    {"no-wait", NULL, "Return when the upload is accepted", false},
};
static const struct flag LIST_FLAG[] = {{"list", "NAME", "Only this list", false},
                                        {"limit", "N", "At most so many rows (all)", false}};
static const struct flag EXPORT_FLAGS[] = {{"list", "NAME", "Only this list", false},
                                           {"output", "FILE", "Where to write (standard output)", false}};

static void show_import(json_t *job)
{
    char rows[32];
    int64_t bytes = json_int_at(job, "bytes");
    format_count(json_int_at(job, "rows"), rows);
    (void)fprintf(stderr, "\rimporting %3d%%  %s rows, %" PRId64 " rejected\033[K",
                  bytes == 0 ? 100 : (int)(json_int_at(job, "bytes_read") * 100 / bytes), rows,
                  json_int_at(job, "rejected"));
}

/* Follows an import to its end; *job is replaced by its last state. */
static int wait_for_import(struct client *c, json_t **job)
{
    bool terminal = isatty(STDERR_FILENO);
    char path[200];
    int code = EXIT_DONE;

    (void)snprintf(path, sizeof path, "/v1/imports/%s", json_text_at(*job, "id"));
    while (code == EXIT_DONE && strcmp(json_text_at(*job, "state"), "running") == 0) {
        json_t *next = NULL;
        (void)poll(NULL, 0, POLL_MS);
        code = client_call(c, "GET", path, NULL, &next);
        if (code != EXIT_DONE)
            return complain(c->in, code, "the import goes on: its state is at %s%s", c->url, path);
        json_decref(*job);
        *job = next;
        if (terminal) show_import(*job);
    }
    if (terminal) (void)fputs("\r\033[K", stderr);
    return code;
}

static int fetch_rejects(struct client *c, json_t *job, const char *file)
{
    char path[200], place[4000];
    const char *wanted = flag_value(c->in, "rejects");
    int code;

    if (wanted != NULL)
        (void)snprintf(place, sizeof place, "%s", wanted);
    else
        (void)snprintf(place, sizeof place, "%s.rejects.csv", strcmp(file, "-") == 0 ? "import" : file);
    (void)snprintf(path, sizeof path, "/v1/imports/%s/rejects.csv", json_text_at(job, "id"));
    code = client_download_to(c, path, place);
    if (code == EXIT_DONE)
        (void)fprintf(stderr,
                      "%" PRId64 " rejected rows, with reasons: %s (correct them and import that file)\n",
                      json_int_at(job, "rejected"), place);
    return code;
}

/* Who agreed already keeps that, who opted out stays so: of these no consent is recorded. */
static void print_consents(json_t *job)
{
    char count[32];
    if (json_is_null(json_object_get(job, "attestation"))) return;
    format_count(json_int_at(job, "consents"), count);
    (void)printf("consents recorded: %s, on entry %" PRId64 " of the ledger\n",
                 json_is_null(json_object_get(job, "consents")) ? "too many to count here" : count,
                 json_int_at(job, "attestation"));
}

static int finish_import(struct client *c, json_t **job, const char *file)
{
    static const struct column columns[] = {
        {"import", "id"},       {"state", "state"},           {"rows", "rows"},        {"added", "added"},
        {"updated", "updated"}, {"duplicates", "duplicates"}, {"rejected", "rejected"}};
    int code = wait_for_import(c, job);
    if (code != EXIT_DONE) return code;
    if (c->in->json)
        print_json(*job);
    else
        print_object(*job, columns, COUNT(columns));
    if (!c->in->json) print_consents(*job);
    if (strcmp(json_text_at(*job, "state"), "failed") == 0)
        return complain(c->in, EXIT_REFUSED, "%s", json_text_at(*job, "why"));
    return json_int_at(*job, "rejected") > 0 ? fetch_rejects(c, *job, file) : EXIT_DONE;
}

static int contacts_import(struct invocation *in)
{
    char *path = client_path("/v1/imports", "list", flag_value(in, "list"), "region", flag_value(in, "region"),
                             "consent", flag_value(in, "consent"), "disclosure", flag_value(in, "disclosure"), "url",
                             flag_value(in, "shown-at"), "attested_by", flag_value(in, "attested-by"), "given_at",
                             flag_value(in, "given-at"), NULL);
    json_t *job = NULL;
    struct client c;
    int code = client_open(&c, in);

    if (code == EXIT_DONE) {
        code = client_upload(&c, path, in->arguments[0], &job);
        if (code == EXIT_DONE && flag_given(in, "no-wait"))
            print_json(job);
        else if (code == EXIT_DONE)
            code = finish_import(&c, &job, in->arguments[0]);
        json_decref(job);
        client_close(&c);
    }
    free(path);
    return code;
}

static int contacts_export(struct invocation *in)
{
    char *path = client_path("/v1/contacts/export", "list", flag_value(in, "list"), NULL);
    const char *file = flag_value(in, "output");
    struct client c;
    int code = client_open(&c, in);

    if (code == EXIT_DONE) {
        code = file == NULL ? client_download(&c, path, stdout) : client_download_to(&c, path, file);
        client_close(&c);
    }
    free(path);
    return code;
}

static int contacts_list(struct invocation *in)
{
    static const struct column columns[] = {{"id", "id"},
                                            {"number", "number"},
                                            {"carrier", "carrier"},
                                            {"consent", "consent"},
                                            {"fields", "fields"}};
    char *path = client_path("/v1/contacts", "list", flag_value(in, "list"), NULL);
    int code = list_and_print(in, path, columns, COUNT(columns));
    free(path);
    return code;
}

const struct verb VERB_CONTACTS_IMPORT = {"contacts import",
                                          "FILE",
                                          "import contacts from a CSV file (- for standard input)",
                                          VERB_SERVER | VERB_JSON,
                                          1,
                                          1,
                                          IMPORT_FLAGS,
                                          COUNT(IMPORT_FLAGS),
                                          "The header names the columns. One is the number (number, phone, "
                                          "phone_number, mobile, to); carrier, state and\n"
                                          "time_zone are understood; columns that begin with _ are left out; "
                                          "all others become fields of the contact, which\n"
                                          "templates use as {{field}}. Rows that cannot be taken are set "
                                          "aside in a file with the reason, to be corrected and\n"
                                          "imported again.\n"
                                          "Marketing goes only to numbers with express written consent on record: "
                                          "--consent written, --disclosure and\n"
                                          "--attested-by record on what the consent of this file's contacts rests. "
                                          "It never lifts an opt-out.",
                                          contacts_import};
const struct verb VERB_CONTACTS_EXPORT = {
    "contacts export",   "",   "write contacts as CSV", VERB_SERVER, 0, 0, EXPORT_FLAGS,
    COUNT(EXPORT_FLAGS), NULL, contacts_export};
const struct verb VERB_CONTACTS_LIST = {
    "contacts list",  "",   "list contacts", VERB_SERVER | VERB_JSON, 0, 0, LIST_FLAG,
    COUNT(LIST_FLAG), NULL, contacts_list};
