/* consent: the consent ledger on the command line. */
#include "cli/consent.h"

#include "cli/output.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const struct column CONSENT_COLUMNS[] = {
    {"number", "number"},   {"state", "state"},         {"scope", "scope"}, {"means", "source"},
    {"basis", "basis"},     {"given", "at"},            {"recorded", "recorded_at"},
    {"evidence", "evidence"}, {"proof", "proof"},       {"entry", "entry"}, {"position", "position"},
    {"hash", "hash"}};
static const struct column ASKED_COLUMNS[] = {{"asked", "asked_at"}, {"YES counts until", "answer_until"}};

static const struct flag ENTRY_FLAGS[] = {
    {"evidence", "TEXT", "How and when the person agreed or refused", false},
    {"means", "MEANS", "web_form, keyword, paper, verbal, point_of_sale, double_opt_in, operator …", false},
    {"basis", "BASIS", "express or written (opt-ins)", false},
    {"scope", "SCOPE", "organization, program, sender or installation", false},
    {"program", "NAME", "The program, for the scope program", false},
    {"sender", "ADDRESS", "The sender, for the scope sender", false},
    {"given-at", "TIME", "When, with its zone; now if left out", false},
    {"disclosure", "TEXT", "The text that was shown", false},
    {"shown-at", "URL", "Where it was shown", false},
    {"ip", "ADDRESS", "The person's IP address, if on the web", false},
    {"user-agent", "TEXT", "The person's browser, if on the web", false},
    {"attested-by", "WHO", "Who answers for it", false},
    {"reference", "TEXT", "A scan, a recording, a ticket", false},
    {"identity", "TEXT", "Who the person said to be", false},
};
static const char *const ENTRY_FIELDS[] = {
    "evidence", "means", "basis", "scope", "program", "sender", "given_at", "disclosure", "url", "ip", "user_agent",
    "attested_by", "reference", "identity"};

static int consent_show(struct invocation *in)
{
    char *path = client_path_to("/v1/consents/", in->arguments[0], "");
    json_t *answer = NULL;
    struct client c;
    int code = client_open(&c, in);

    if (code == EXIT_DONE) {
        code = client_call(&c, "GET", path, NULL, &answer);
        if (code == EXIT_DONE && in->json) print_json(answer);
        else if (code == EXIT_DONE) print_object(answer, CONSENT_COLUMNS, COUNT(CONSENT_COLUMNS));
        if (code == EXIT_DONE && !in->json && json_text_at(answer, "asked_at")[0] != '\0')
            print_object(answer, ASKED_COLUMNS, COUNT(ASKED_COLUMNS));
        client_close(&c);
    }
    json_decref(answer);
    free(path);
    return code;
}

static int consent_set(struct invocation *in, const char *state)
{
    json_t *body = json_pack("{s:s, s:s}", "number", in->arguments[0], "state", state);

    for (size_t i = 0; i < COUNT(ENTRY_FIELDS); i++) put_flag(body, ENTRY_FIELDS[i], in, ENTRY_FLAGS[i].name);
    if (flag_value(in, "evidence") == NULL && flag_value(in, "disclosure") == NULL &&
        flag_value(in, "reference") == NULL) {
        json_decref(body);
        return complain(in, EXIT_USAGE, "--evidence is missing: say where this comes from");
    }
    return call_and_print(in, "POST", "/v1/consents", body, CONSENT_COLUMNS, COUNT(CONSENT_COLUMNS));
}

static int consent_opt_out(struct invocation *in)
{
    return consent_set(in, "opted_out");
}

static int consent_opt_in(struct invocation *in)
{
    return consent_set(in, "opted_in");
}

static int consent_ask(struct invocation *in)
{
    return consent_set(in, "asked");
}

/* ---- verify ---- */

struct sent {
    int64_t messages, unjudged;
    json_t *example;
};

/* What the stretches before found is added to the answer's own. */
static void add_sent(json_t *answer, struct sent *all)
{
    json_t *sent = json_at(answer, "sent_after_opt_out"), *own = json_at(sent, "example");

    all->messages += json_int_at(sent, "messages");
    all->unjudged += json_int_at(sent, "unjudged");
    if (all->example == NULL && json_is_string(own)) all->example = json_incref(own);
    (void)json_object_set_new(sent, "messages", json_integer(all->messages));
    (void)json_object_set_new(sent, "unjudged", json_integer(all->unjudged));
    if (all->example != NULL) (void)json_object_set(sent, "example", all->example);
}

int consent_verify_all(struct client *c, json_t **last)
{
    char path[64] = "/v1/consents/verify";
    struct sent all = {.example = NULL};
    int code;

    do {
        json_decref(*last);
        *last = NULL;
        code = client_call(c, "GET", path, NULL, last);
        if (code != EXIT_DONE) break;
        add_sent(*last, &all);
        (void)snprintf(path, sizeof path, "/v1/consents/verify?after=%" PRId64, json_int_at(*last, "next"));
    } while (!json_is_true(json_at(*last, "finished")));
    json_decref(all.example);
    return code;
}

static void print_unsound(json_t *answer)
{
    (void)printf("sound: NO\nentry at position %" PRId64 " (number %s) %s\n", json_int_at(answer, "problem.position"),
                 json_text_at(answer, "problem.number"), json_text_at(answer, "problem.what"));
}

static int consent_verify(struct invocation *in)
{
    static const struct column columns[] = {{"entries", "checked.entries"}, {"head", "checked.head"},
                                             {"sent after opt-out", "sent_after_opt_out.messages"},
                                             {"for example", "sent_after_opt_out.example"},
                                             {"numbers not judged", "sent_after_opt_out.unjudged"}};
    json_t *answer = NULL;
    struct client c;
    int code = client_open(&c, in);

    if (code != EXIT_DONE) return code;
    code = consent_verify_all(&c, &answer);
    if (code == EXIT_DONE) {
        bool sound = json_is_true(json_at(answer, "sound"));
        if (in->json) print_json(answer);
        else if (!sound) print_unsound(answer);
        else (void)puts("sound: yes");
        if (!in->json) print_object(answer, columns, COUNT(columns));
        if (!sound || json_int_at(answer, "sent_after_opt_out.messages") > 0) code = EXIT_FAILED;
    }
    json_decref(answer);
    client_close(&c);
    return code;
}

/* ---- import, export, evidence ---- */

enum { PART_ROWS = 1000, PART_BYTES = 3 << 20 /* a row more is within the 4 MiB that the server takes */ };

/* A part of a file: its header line and some rows, in memory. It ends only where quotes are closed, so that a row with
 * a line break in it is not cut. */
struct part {
    FILE *in;
    char *header, *text;
    size_t text_len, lines_before, lines; /* of it, without the header */
};

static bool quotes_open(const char *line, bool open)
{
    for (; *line != 0; line++)
        if (*line == '"') open = !open;
    return open;
}

/* The next part in p->text; false at the end of the file. */
static bool part_next(struct part *p)
{
    char *line = NULL;
    size_t capacity = 0, lines = 0, bytes = 0;
    bool open = false;
    FILE *out;

    free(p->text);
    p->text = NULL;
    out = open_memstream(&p->text, &p->text_len);
    if (out == NULL) return false;
    (void)fputs(p->header, out);
    while (((lines < PART_ROWS && bytes < PART_BYTES) || open) && getline(&line, &capacity, p->in) > 0) {
        (void)fputs(line, out);
        bytes += strlen(line);
        open = quotes_open(line, open);
        lines++;
    }
    free(line);
    p->lines_before += p->lines;
    p->lines = lines;
    return fclose(out) == 0 && lines > 0;
}

/* Sends the whole file, part by part. */
static int send_parts(struct client *c, struct part *p, bool dry, json_t *total)
{
    static const char *const counts[] = {"rows", "added", "repeated"};
    size_t capacity = 0;
    int code = EXIT_DONE;

    if (fseek(p->in, 0, SEEK_SET) != 0) return complain(c->in, EXIT_REFUSED, "it is read twice: give a file, no pipe");
    p->lines_before = p->lines = 0;
    if (getline(&p->header, &capacity, p->in) <= 0) return complain(c->in, EXIT_REFUSED, "the file is empty");
    while (code == EXIT_DONE && part_next(p)) {
        json_t *answer = NULL;
        char before[24], *path;
        (void)snprintf(before, sizeof before, "%zu", p->lines_before);
        path = client_path("/v1/consents/import", "lines_before", p->lines_before == 0 ? NULL : before, "dry_run",
                           dry ? "true" : NULL, NULL);
        code = client_send_text(c, "POST", path, "text/csv", p->text, p->text_len, &answer);
        free(path);
        for (size_t i = 0; code == EXIT_DONE && i < COUNT(counts); i++)
            (void)json_object_set_new(total, counts[i],
                                      json_integer(json_int_at(total, counts[i]) + json_int_at(answer, counts[i])));
        json_decref(answer);
    }
    return code;
}

/* All parts are judged before the first is stored; what was stored is not stored again. */
static int consent_import(struct invocation *in)
{
    static const struct column columns[] = {{"rows", "rows"}, {"added", "added"}, {"repeated", "repeated"}};
    struct part p = {.in = fopen(in->arguments[0], "re")};
    json_t *judged = json_object(), *stored = json_object();
    struct client c = {.in = in};
    int code = p.in == NULL ? complain(in, EXIT_FAILED, "%s: %m", in->arguments[0]) : client_open(&c, in);

    if (code == EXIT_DONE) {
        code = send_parts(&c, &p, true, judged);
        free(p.header);
        p.header = NULL;
        if (code == EXIT_DONE && !flag_given(in, "dry-run")) code = send_parts(&c, &p, false, stored);
        if (code == EXIT_DONE) {
            json_t *shown = flag_given(in, "dry-run") ? judged : stored;
            if (in->json) print_json(shown);
            else print_object(shown, columns, COUNT(columns));
        }
        client_close(&c);
    }
    free(p.header);
    free(p.text);
    json_decref(judged);
    json_decref(stored);
    if (p.in != NULL) (void)fclose(p.in);
    return code;
}

static int download(struct invocation *in, const char *path)
{
    const char *file = flag_value(in, "output");
    struct client c;
    int code = client_open(&c, in);

    if (code != EXIT_DONE) return code;
    code = file == NULL ? client_download(&c, path, stdout) : client_download_to(&c, path, file);
    client_close(&c);
    return code;
}

static int consent_export(struct invocation *in)
{
    return download(in, "/v1/consents/export");
}

/* Puts the next stretch of the path behind the document's, and its members in place of those before. */
static int follow_path(struct client *c, json_t *chain)
{
    static const char *const members[] = {"entries", "head", "path_reaches_head", "path_left_out", "path_next"};
    json_t *answer = NULL;
    char after[32], *tail, *path;
    int code;

    (void)snprintf(after, sizeof after, "%" PRId64, json_int_at(chain, "path_next"));
    tail = client_path("/evidence", "path_after", after, NULL);
    path = client_path_to("/v1/consents/", c->in->arguments[0], tail);
    code = client_call(c, "GET", path, NULL, &answer);
    free(path);
    free(tail);
    if (code == EXIT_DONE) (void)json_array_extend(json_object_get(chain, "path"), json_object_get(answer, "path"));
    for (size_t i = 0; code == EXIT_DONE && i < COUNT(members); i++)
        (void)json_object_set(chain, members[i], json_object_get(answer, members[i]));
    json_decref(answer);
    return code;
}

static int read_evidence(struct client *c, json_t **document)
{
    char *path = client_path_to("/v1/consents/", c->in->arguments[0], "/evidence");
    int code = client_call(c, "GET", path, NULL, document);
    json_t *chain = json_object_get(*document, "chain");

    free(path);
    while (code == EXIT_DONE && json_int_at(chain, "path_next") != 0) code = follow_path(c, chain);
    return code;
}

/* Into FILE.part, which gets its name when it is whole. */
static int write_document(const struct invocation *in, const json_t *document, const char *file)
{
    char part[4096];

    if (file == NULL) {
        print_json((json_t *)document);
        return EXIT_DONE;
    }
    (void)snprintf(part, sizeof part, "%s.part", file);
    if (json_dump_file(document, part, JSON_INDENT(2)) != 0 || rename(part, file) != 0)
        return complain(in, EXIT_FAILED, "%s: %m", file);
    return EXIT_DONE;
}

static int consent_evidence(struct invocation *in)
{
    json_t *document = NULL;
    struct client c;
    int code = client_open(&c, in);

    if (code != EXIT_DONE) return code;
    code = read_evidence(&c, &document);
    if (code == EXIT_DONE) code = write_document(in, document, flag_value(in, "output"));
    json_decref(document);
    client_close(&c);
    return code;
}

static const struct flag IMPORT_FLAGS[] = {{"dry-run", NULL, "Judge the file, store nothing", false}};
static const struct flag OUTPUT_FLAGS[] = {{"output", "FILE", "Where to write (standard output)", false}};

const struct verb VERB_CONSENT_IMPORT = {
    "consent import", "FILE", "import opt-ins and opt-outs from a CSV file", VERB_SERVER | VERB_JSON, 1, 1,
    IMPORT_FLAGS, COUNT(IMPORT_FLAGS),
    "Columns: number, state (opted_in, opted_out, asked), means, given_at (with its zone), and where they apply basis,\n"
    "scope, program, sender, evidence, disclosure, url, ip, user_agent, attested_by, reference, identity. One wrong row\n"
    "refuses the file before anything is stored; what is there already is not stored again.",
    consent_import};
const struct verb VERB_CONSENT_EXPORT = {
    "consent export", "", "write the consent ledger as CSV", VERB_SERVER, 0, 0, OUTPUT_FLAGS, COUNT(OUTPUT_FLAGS), NULL,
    consent_export};
const struct verb VERB_CONSENT_EVIDENCE = {
    "consent evidence", "NUMBER", "write one file for a lawyer: entries, messages, verdicts, chain proof", VERB_SERVER, 1,
    1, OUTPUT_FLAGS, COUNT(OUTPUT_FLAGS),
    "JSON that needs nothing else: with the canonical text of each entry and the digests up to the ledger's head,\n"
    "anybody can compute the hashes again. Run consent verify beside it.",
    consent_evidence};
const struct verb VERB_CONSENT_SHOW = {
    "consent show", "NUMBER", "show whether a number may be texted, and on what that rests",
    VERB_SERVER | VERB_JSON, 1, 1, NULL, 0, NULL, consent_show};
const struct verb VERB_CONSENT_OPT_OUT = {
    "consent opt-out", "NUMBER", "record an opt-out", VERB_SERVER | VERB_JSON, 1, 1, ENTRY_FLAGS,
    COUNT(ENTRY_FLAGS), NULL, consent_opt_out};
const struct verb VERB_CONSENT_OPT_IN = {
    "consent opt-in", "NUMBER", "record an opt-in", VERB_SERVER | VERB_JSON, 1, 1, ENTRY_FLAGS,
    COUNT(ENTRY_FLAGS),
    "Marketing needs written consent: --means says how the person gave it (web_form, paper …), --disclosure what was\n"
    "shown and agreed to.", consent_opt_in};
const struct verb VERB_CONSENT_ASK = {
    "consent ask", "NUMBER", "record that a number was asked; YES within 30 days opts it in",
    VERB_SERVER | VERB_JSON, 1, 1, ENTRY_FLAGS, COUNT(ENTRY_FLAGS),
    "Double opt-in: send the question as a message (\"Reply YES to get …\"); the answer completes this entry.",
    consent_ask};
const struct verb VERB_CONSENT_VERIFY = {
    "consent verify", "", "check that nobody altered the consent ledger, and that opt-outs were kept to",
    VERB_SERVER | VERB_JSON, 0, 0, NULL, 0,
    "Prints how many entries the chain has and its head. Note the head outside this server (a mail, a notary): only that\n"
    "shows a ledger that was written anew as a whole. Exit code 1 if something was altered, or\n"
    "anything was sent after an opt-out.",
    consent_verify};
