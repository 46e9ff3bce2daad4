/* campaign: creating, moving along, listing. Watching and the report are in campaign_watch.c. */
#include "cli/campaign.h"

#include "cli/output.h"
#include "cli/words.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const struct column COLUMNS[] = {{"id", "id"},
                                        {"name", "name"},
                                        {"state", "state"},
                                        {"why", "why"},
                                        {"kind", "kind"},
                                        {"list", "list.name"},
                                        {"audience", "audience"},
                                        {"delivered", "counts.delivered"},
                                        {"starts", "start_at"},
                                        {"template", "template"}};
static const struct column LIST_COLUMNS[] = {{"id", "id"},
                                             {"name", "name"},
                                             {"state", "state"},
                                             {"kind", "kind"},
                                             {"audience", "audience"},
                                             {"delivered", "counts.delivered"},
                                             {"created", "created_at"}};

static const struct flag CREATE_FLAGS[] = {
    {"template", "TEXT", "What is sent: {{field}} and {{field|default}} are filled in", false},
    {"template-file", "FILE", "The same from a file (- for standard input)", false},
    {"list", "NAME", "Who it goes to (all contacts)", false},
    {"kind", "KIND", "marketing, transactional or conversational (marketing)", false},
    {"program", "NAME", "The organization's program (default)", false},
    {"start-at", "TIME", "Starts by itself then, RFC 3339", false},
    {"validity", "SECONDS", "How long a message may wait before it expires", false},
    {"pause-failures", "PERMILLE", "Pauses itself at this share of failures; 0: never", false},
    {"retry-undelivered", NULL, "Send again when a carrier did not deliver", false},
    {"start", NULL, "Start it at once", false},
    {"acknowledge", "CODE", "Start although this was found (see campaign preflight); all: whatever is found", true},
    {"id-only", NULL, "Print only the new id", false},
};

/* The text, free() it; or complains and gives the code. */
static int read_template(struct invocation *in, char **out)
{
    const char *file = flag_value(in, "template-file");
    char text[8194]; /* one more than the longest, so that a longer one shows */
    size_t n;
    FILE *from;

    *out = NULL;
    if (file == NULL && !flag_given(in, "template"))
        return complain(in, EXIT_USAGE, "--template or --template-file is missing");
    if (file == NULL) {
        *out = strdup(flag_value(in, "template"));
        return EXIT_DONE;
    }
    from = strcmp(file, "-") == 0 ? stdin : fopen(file, "re");
    if (from == NULL) return complain(in, EXIT_FAILED, "%s: %m", file);
    n = fread(text, 1, sizeof text - 1, from);
    if (from != stdin) (void)fclose(from);
    if (n == sizeof text - 1) return complain(in, EXIT_REFUSED, "%s: longer than %zu bytes", file, n - 1);
    while (n > 0 && text[n - 1] == '\n')
        n--;
    *out = strndup(text, n);
    return EXIT_DONE;
}

static json_t *acknowledged(struct invocation *in);

/* One that starts by itself is acknowledged when it is made. */
static void put_acknowledged(json_t *body, struct invocation *in)
{
    json_t *said = acknowledged(in);

    if (said != NULL) (void)json_object_update(body, said);
    json_decref(said);
}

static json_t *create_body(struct invocation *in, const char *template)
{
    json_t *body = json_pack("{s:s, s:s}", "name", in->arguments[0], "template", template);
    int64_t validity, permille;

    if (body == NULL) {
        complain(in, EXIT_USAGE, "name or template is not UTF-8");
        return NULL;
    }
    if (!flag_int(in, "validity", 60, 604800, 0, &validity) ||
        !flag_int(in, "pause-failures", 0, 1000, -1, &permille)) {
        json_decref(body);
        return NULL;
    }
    put_flag(body, "list", in, "list");
    put_flag(body, "kind", in, "kind");
    put_flag(body, "program", in, "program");
    put_flag(body, "start_at", in, "start-at");
    if (flag_given(in, "start-at")) put_acknowledged(body, in);
    if (validity > 0) (void)json_object_set_new(body, "validity_s", json_integer(validity));
    if (permille >= 0) (void)json_object_set_new(body, "pause_failures_permille", json_integer(permille));
    if (flag_given(in, "retry-undelivered"))
        (void)json_object_set_new(body, "retry_undelivered", json_true());
    return body;
}

static int move(struct client *c, const char *id, const char *verb, json_t *body, json_t **answer)
{
    char *path = client_path_to("/v1/campaigns/", id, verb);
    int code = client_call(c, "POST", path, body, answer);
    free(path);
    return code;
}

/* {"acknowledge": […]} of the flags; NULL: none were given. */
static json_t *acknowledged(struct invocation *in)
{
    json_t *codes, *body;
    const char *code;

    if (!flag_given(in, "acknowledge")) return NULL;
    codes = json_array();
    for (int n = 0; (code = flag_nth(in, "acknowledge", n)) != NULL; n++)
        (void)json_array_append_new(codes, json_string(code));
    body = json_pack("{s:o}", "acknowledge", codes);
    return body;
}

/* What was found, gravest first. */
static void print_findings(json_t *preflight)
{
    size_t at;
    json_t *finding;
    json_array_foreach(json_object_get(preflight, "findings"), at, finding) {
        const char *words = json_text_at(finding, "words");
        (void)fprintf(stderr, "%s: ", json_text_at(finding, "severity"));
        words_print(json_text_at(finding, "detail"), stderr);
        (void)fprintf(stderr, "%s%s%s [%s]\n       ", words[0] != '\0' ? " \"" : "", words,
                      words[0] != '\0' ? "\"" : "", json_text_at(finding, "code"));
        words_print(json_text_at(finding, "fix"), stderr);
        (void)fputc('\n', stderr);
    }
}

static const struct column PREFLIGHT_COLUMNS[] = {{"verdict", "verdict"},
                                                  {"kind", "kind"},
                                                  {"program", "program"},
                                                  {"registration", "registration"},
                                                  {"use case", "use_case"},
                                                  {"recipients", "volume.recipients"},
                                                  {"segments", "volume.segments"},
                                                  {"a second, peak", "volume.per_second_peak"},
                                                  {"a minute", "volume.per_minute"},
                                                  {"a day", "volume.per_day"},
                                                  {"carrier's day", "volume.carrier_day_segments"},
                                                  {"looked at", "volume.looked_at"},
                                                  {"in lawful hours", "volume.in_lawful_hours_now"},
                                                  {"valid for", "validity_s"},
                                                  {"retries", "retries"},
                                                  {"opt-outs", "opt_outs"},
                                                  {"provider down", "provider_down"}};
static const struct column SENDER_COLUMNS[] = {{"sender", "kind"}, {"count", "count"}, {"may send", "may_send"}};
static const struct column LIMIT_COLUMNS[] = {{"limit", "scope"},   {"sender", "sender_kind"},
                                              {"carrier", "carrier"}, {"amount", "amount"},
                                              {"unit", "unit"},     {"window ms", "window_ms"}};

/* The answers; what was found is told beside them (print_findings). */
static void print_preflight(json_t *answer)
{
    char duration[32], money[32];

    print_object(answer, PREFLIGHT_COLUMNS, COUNT(PREFLIGHT_COLUMNS));
    if (json_is_integer(json_at(answer, "volume.finishes_in_s"))) {
        format_duration(json_int_at(answer, "volume.finishes_in_s"), duration);
        (void)printf("finishes in: %s of lawful hours\n", duration);
    }
    if (json_is_integer(json_at(answer, "volume.cost_micros"))) {
        format_money(json_int_at(answer, "volume.cost_micros"), money);
        (void)printf("costs about: %s\n", money);
    }
    print_table(json_object_get(answer, "senders"), SENDER_COLUMNS, COUNT(SENDER_COLUMNS));
    if (json_object_get(answer, "limits") != NULL)
        print_table(json_object_get(answer, "limits"), LIMIT_COLUMNS, COUNT(LIMIT_COLUMNS));
}

static bool is_found(json_t *preflight, const char *code)
{
    size_t at;
    json_t *finding;
    json_array_foreach(json_object_get(preflight, "findings"), at, finding)
        if (strcmp(json_text_at(finding, "code"), code) == 0) return true;
    return false;
}

/* Warnings repeat the findings, for callers that read nothing else: each is told once. */
static void print_warnings(json_t *campaign)
{
    json_t *preflight = json_object_get(campaign, "preflight"), *warning;
    size_t at;
    json_array_foreach(json_object_get(campaign, "warnings"), at, warning)
    {
        if (is_found(preflight, json_text_at(warning, "code"))) continue;
        (void)fputs("note: ", stderr);
        words_print(json_text_at(warning, "detail"), stderr);
        (void)fputc('\n', stderr);
    }
    print_findings(preflight);
}

static void print_campaign(struct invocation *in, json_t *campaign)
{
    if (flag_given(in, "id-only")) {
        (void)puts(json_text_at(campaign, "id"));
        return;
    }
    if (in->json) {
        print_json(campaign);
        return;
    }
    print_object(campaign, COLUMNS, COUNT(COLUMNS));
}

/* One that was created, with its preflight: what the answer to its start does not say. */
static void print_created(struct invocation *in, json_t *created, json_t *started)
{
    json_t *preflight = json_object_get(created, "preflight");

    if (started != NULL && in->json) (void)json_object_set(started, "preflight", preflight);
    print_campaign(in, started != NULL ? started : created);
    if (!in->json && !flag_given(in, "id-only")) print_preflight(preflight);
}

/* Starts what was just created. A campaign that may not start is not left behind as a draft nobody asked for.
 */
static int start_created(struct client *c, struct invocation *in, json_t *campaign, json_t **started)
{
    const char *id = json_text_at(campaign, "id");
    json_t *canceled = NULL, *body = acknowledged(in);
    int code = move(c, id, "/start", body, started);

    json_decref(body);
    if (code == EXIT_REFUSED && move(c, id, "/cancel", NULL, &canceled) == EXIT_DONE)
        (void)fprintf(stderr, "Nothing was sent; %s was canceled. Mend this and create it again.\n", id);
    json_decref(canceled);
    return code;
}

static int campaign_create(struct invocation *in)
{
    char *template;
    json_t *body, *campaign = NULL, *started = NULL;
    struct client c;
    int code = read_template(in, &template);

    if (code != EXIT_DONE) return code;
    body = create_body(in, template);
    free(template);
    if (body == NULL) return EXIT_USAGE;
    code = client_open(&c, in);
    if (code == EXIT_DONE) {
        code = client_call(&c, "POST", "/v1/campaigns", body, &campaign);
        /* The refusal of a start names what stands against it; else that is told here. */
        if (code == EXIT_DONE && flag_given(in, "start")) code = start_created(&c, in, campaign, &started);
        if (code == EXIT_DONE && !in->json && !flag_given(in, "id-only")) print_warnings(campaign);
        if (code == EXIT_DONE) print_created(in, campaign, started);
        client_close(&c);
    }
    json_decref(started);
    json_decref(campaign);
    json_decref(body);
    return code;
}

static int move_verb(struct invocation *in, const char *verb)
{
    struct client c;
    json_t *answer = NULL, *body;
    int code = client_open(&c, in);
    if (code != EXIT_DONE) return code;
    body = acknowledged(in);
    code = move(&c, in->arguments[0], verb, body, &answer);
    json_decref(body);
    if (code == EXIT_DONE && answer != NULL) print_campaign(in, answer);
    json_decref(answer);
    client_close(&c);
    return code;
}

static int campaign_start(struct invocation *in)
{
    return move_verb(in, "/start");
}

static int campaign_pause(struct invocation *in)
{
    return move_verb(in, "/pause");
}

static int campaign_resume(struct invocation *in)
{
    return move_verb(in, "/resume");
}

static int campaign_cancel(struct invocation *in)
{
    return move_verb(in, "/cancel");
}

static int campaign_preflight(struct invocation *in)
{
    struct client c;
    json_t *answer = NULL;
    char *path;
    int code = client_open(&c, in);

    if (code != EXIT_DONE) return code;
    path = client_path_to("/v1/campaigns/", in->arguments[0], "/preflight");
    code = client_call(&c, "GET", path, NULL, &answer);
    free(path);
    if (code == EXIT_DONE && in->json) print_json(answer);
    if (code == EXIT_DONE && !in->json) {
        print_preflight(answer);
        print_findings(answer);
    }
    if (code == EXIT_DONE && strcmp(json_text_at(answer, "verdict"), "block") == 0) code = EXIT_REFUSED;
    json_decref(answer);
    client_close(&c);
    return code;
}

static const struct flag START_FLAGS[] = {
    {"acknowledge", "CODE", "Start although this was found (see campaign preflight); all: whatever is found", true},
};

static int campaign_list(struct invocation *in)
{
    return list_and_print(in, "/v1/campaigns", LIST_COLUMNS, COUNT(LIST_COLUMNS));
}

const struct verb VERB_CAMPAIGN_CREATE = {"campaign create",
                                          "NAME",
                                          "create a campaign",
                                          VERB_SERVER | VERB_JSON,
                                          1,
                                          1,
                                          CREATE_FLAGS,
                                          COUNT(CREATE_FLAGS),
                                          "It stays a draft until `campaign start` (or --start, or the time "
                                          "of --start-at). A message with an unfilled field\n"
                                          "is never sent: its recipient is set aside with the reason. What speaks against it is printed;\n"
                                          "what blocks keeps it from starting, the rest wants --acknowledge CODE (or all).",
                                          campaign_create};
const struct verb VERB_CAMPAIGN_START = {
    "campaign start",   "ID",           "start a campaign", VERB_SERVER | VERB_JSON, 1, 1, START_FLAGS,
    COUNT(START_FLAGS), NULL, campaign_start};
const struct verb VERB_CAMPAIGN_PREFLIGHT = {
    "campaign preflight", "ID", "tell what will happen when it starts, and what speaks against it",
    VERB_SERVER | VERB_JSON, 1, 1, NULL, 0,
    "Exit 4 if something blocks it. What asks is acknowledged by its code when the campaign is started.",
    campaign_preflight};
const struct verb VERB_CAMPAIGN_PAUSE = {"campaign pause",
                                         "ID",
                                         "send nothing more until it is resumed",
                                         VERB_SERVER | VERB_JSON,
                                         1,
                                         1,
                                         NULL,
                                         0,
                                         NULL,
                                         campaign_pause};
const struct verb VERB_CAMPAIGN_RESUME = {
    "campaign resume", "ID", "send on after a pause", VERB_SERVER | VERB_JSON, 1, 1, NULL, 0, NULL,
    campaign_resume};
const struct verb VERB_CAMPAIGN_CANCEL = {"campaign cancel",
                                          "ID",
                                          "end it; what was not sent is never sent",
                                          VERB_SERVER | VERB_JSON,
                                          1,
                                          1,
                                          NULL,
                                          0,
                                          NULL,
                                          campaign_cancel};
const struct verb VERB_CAMPAIGN_LIST = {
    "campaign list", "", "list campaigns, newest first", VERB_SERVER | VERB_JSON, 0, 0, LIST_FLAGS, 1, NULL,
    campaign_list};
