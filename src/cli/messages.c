/* send and messages: single texts, and what became of them. */
#include "cli/output.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const struct column MESSAGE_COLUMNS[] = {{"id", "id"},
                                                {"to", "to"},
                                                {"from", "from"},
                                                {"state", "state"},
                                                {"reason", "reason.code"},
                                                {"why", "reason.explanation"},
                                                {"error", "error.code"},
                                                {"what it means", "error.explanation"},
                                                {"what to do", "error.remedy"},
                                                {"segments", "segments"},
                                                {"sid", "sid"},
                                                {"sent at", "answered_at"},
                                                {"body", "body"}};
static const struct column LIST_COLUMNS[] = {{"id", "id"},
                                             {"to", "to"},
                                             {"from", "from"},
                                             {"state", "state"},
                                             {"reason", "reason.code"},
                                             {"error", "error.code"},
                                             {"created", "created_at"}};

static const struct flag SEND_FLAGS[] = {
    {"kind", "KIND", "transactional, conversational or marketing (transactional)", false},
    {"from", "ADDRESS", "Sender (Sterling chooses)", false},
    {"program", "NAME", "The organization's program (default)", false},
    {"send-at", "TIME", "Not before, RFC 3339", false},
    {"postal-code", "CODE", "Where the recipient is: a ZIP code or a Canadian postal code", false},
    {"state", "STATE", "Where the recipient is: a US state", false},
    {"time-zone", "ZONE", "Where the recipient is: an IANA zone", false},
    {"country", "CODE", "Where the recipient lives, such as CA", false},
    {"when-quiet", "hold|refuse", "Marketing outside lawful hours waits for them (hold), or is refused", false},
    {"validity", "SECONDS", "How long it may wait before it expires", false},
    {"urgent", NULL, "Before all else of this organization", false},
};

static int send_one(struct invocation *in)
{
    json_t *body = json_pack("{s:s, s:s}", "to", in->arguments[0], "body", in->arguments[1]);
    int64_t validity;

    if (body == NULL) return complain(in, EXIT_USAGE, "the text is not UTF-8");
    if (!flag_int(in, "validity", 60, 604800, 0, &validity)) {
        json_decref(body);
        return EXIT_USAGE;
    }
    put_flag(body, "kind", in, "kind");
    put_flag(body, "from", in, "from");
    put_flag(body, "program", in, "program");
    put_flag(body, "send_at", in, "send-at");
    put_flag(body, "postal_code", in, "postal-code");
    put_flag(body, "state", in, "state");
    put_flag(body, "time_zone", in, "time-zone");
    put_flag(body, "country", in, "country");
    put_flag(body, "when_quiet", in, "when-quiet");
    if (validity > 0) (void)json_object_set_new(body, "validity_s", json_integer(validity));
    if (flag_given(in, "urgent")) (void)json_object_set_new(body, "urgent", json_true());
    return call_and_print(in, "POST", "/v1/messages", body, MESSAGE_COLUMNS, 6);
}

static const struct flag LIST_FILTERS[] = {
    {"campaign", "ID", "Only of this campaign", false},
    {"to", "NUMBER", "Only to this number", false},
    {"state", "STATE", "Only in this state (queued, delivered, failed, …)", false},
    {"limit", "N", "At most so many rows (100)", false},
};

static int messages_list(struct invocation *in)
{
    char *path = client_path("/v1/messages", "campaign", flag_value(in, "campaign"), "to",
                             flag_value(in, "to"), "state", flag_value(in, "state"), NULL);
    struct client c;
    int64_t limit;
    int code = flag_int(in, "limit", 1, 10000000, 100, &limit) ? client_open(&c, in) : EXIT_USAGE;

    if (code == EXIT_DONE) {
        code = print_list(&c, path, limit, LIST_COLUMNS, COUNT(LIST_COLUMNS));
        client_close(&c);
    }
    free(path);
    return code;
}

static int message_at(struct invocation *in, const char *method, const char *tail)
{
    return call_on_argument(in, method, "/v1/messages/", tail, NULL, MESSAGE_COLUMNS, COUNT(MESSAGE_COLUMNS));
}

static int messages_show(struct invocation *in)
{
    return message_at(in, "GET", "");
}

static int messages_cancel(struct invocation *in)
{
    return message_at(in, "POST", "/cancel");
}

/* ---- explain ---- */

static void print_verdicts(json_t *answer)
{
    size_t i;
    json_t *one;

    (void)printf("rules: %s, in force since %s; judged at %s\n", json_text_at(answer, "rules.version"),
                 json_text_at(answer, "rules.since"), json_text_at(answer, "judged_at"));
    json_array_foreach(json_at(answer, "verdicts"), i, one)
    {
        char *input = json_dumps(json_at(one, "input"), JSON_COMPACT);
        (void)printf("%-10s %-18s %s%s%s\n", json_text_at(one, "verdict"), json_text_at(one, "rule"),
                     json_text_at(one, "why"), json_text_at(one, "why")[0] == 0 ? "" : " ",
                     input == NULL || strcmp(input, "{}") == 0 ? "" : input);
        free(input);
    }
}

static int explain_message(struct invocation *in)
{
    static const struct column columns[] = {{"message", "message"}, {"to", "to"},         {"kind", "kind"},
                                            {"state", "state"},     {"reason", "reason"}, {"created", "created_at"}};
    char *path = client_path_to("/v1/messages/", in->arguments[0], "/explain");
    json_t *answer = NULL;
    struct client c;
    int code = client_open(&c, in);

    if (code == EXIT_DONE) {
        code = client_call(&c, "GET", path, NULL, &answer);
        if (code == EXIT_DONE && in->json) print_json(answer);
        else if (code == EXIT_DONE) {
            print_object(answer, columns, COUNT(columns));
            print_verdicts(answer);
        }
        json_decref(answer);
        client_close(&c);
    }
    free(path);
    return code;
}

const struct verb VERB_EXPLAIN = {
    "explain", "MESSAGE", "tell why a message was sent, held or ended: every rule, its verdict and its facts",
    VERB_SERVER | VERB_JSON, 1, 1, NULL, 0,
    "Rules stand in the order in which the gate asks them; what stands after the one that did not pass was not asked.",
    explain_message};
const struct verb VERB_SEND = {
    "send", "NUMBER TEXT", "send one message", VERB_SERVER | VERB_JSON, 2, 2, SEND_FLAGS, COUNT(SEND_FLAGS),
    NULL,   send_one};
const struct verb VERB_MESSAGES_LIST = {"messages list",
                                        "",
                                        "list messages, newest first",
                                        VERB_SERVER | VERB_JSON,
                                        0,
                                        0,
                                        LIST_FILTERS,
                                        COUNT(LIST_FILTERS),
                                        NULL,
                                        messages_list};
const struct verb VERB_MESSAGES_SHOW = {"messages show",
                                        "ID",
                                        "show a message and what its error means",
                                        VERB_SERVER | VERB_JSON,
                                        1,
                                        1,
                                        NULL,
                                        0,
                                        NULL,
                                        messages_show};
const struct verb VERB_MESSAGES_CANCEL = {"messages cancel",
                                          "ID",
                                          "cancel a message that was not sent yet",
                                          VERB_SERVER | VERB_JSON,
                                          1,
                                          1,
                                          NULL,
                                          0,
                                          NULL,
                                          messages_cancel};
