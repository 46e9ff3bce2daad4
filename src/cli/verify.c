/* verify: numbers proved by codes that Twilio Verify sends. */
#include "cli/output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
enum { CODE_LINE_BYTES = 64 };

static const struct flag START_FLAGS[] = {
    {"channel", "CHANNEL", "sms (default), or call where the setting verify.calls is on", false},
    {"locale", "LOCALE", "Language of the text, en or pt-BR; Twilio chooses by the country otherwise", false},
    {"client-address", "ADDRESS", "Network address of the person's device: counted against abuse", false},
};
static const struct column VERIFICATION[] = {
    {"verification", "id"}, {"to", "to"}, {"channel", "channel"}, {"status", "status"},
    {"codes sent", "codes_sent"}, {"codes left", "codes_left"}, {"tries left", "attempts_left"},
    {"expires", "expires_at"}, {"error", "error.title"}};
static const struct column SERVICE[] = {
    {"service", "sid"}, {"name", "name"}, {"account", "account_sid"}, {"created", "created_at"}};

static int start(struct invocation *in)
{
    json_t *body = json_pack("{s:s}", "to", in->arguments[0]);
    put_flag(body, "channel", in, "channel");
    put_flag(body, "locale", in, "locale");
    put_flag(body, "client_address", in, "client-address");
    return call_and_print(in, "POST", "/v1/verifications", body, VERIFICATION, COUNT(VERIFICATION));
}

/* Not on the command line, where other users of the machine may read it. */
static const char *code_typed(struct invocation *in, char line[CODE_LINE_BYTES])
{
    if (in->count > 1) return in->arguments[1];
    if (isatty(STDIN_FILENO)) (void)fputs("code: ", stderr);
    if (fgets(line, CODE_LINE_BYTES, stdin) == NULL) line[0] = '\0';
    line[strcspn(line, "\r\n")] = '\0';
    return line;
}

static int check(struct invocation *in)
{
    char line[CODE_LINE_BYTES] = "";
    char *path = client_path_to("/v1/verifications/", in->arguments[0], "/check");
    json_t *body = json_pack("{s:s}", "code", code_typed(in, line)), *answer = NULL;
    struct client c;
    int code = client_open(&c, in);
    c.once = true; /* each try counts */
    if (code == EXIT_DONE) {
        code = client_call(&c, "POST", path, body, &answer);
        if (code == EXIT_DONE && in->json) print_json(answer);
        else if (code == EXIT_DONE) print_object(answer, VERIFICATION, COUNT(VERIFICATION));
        if (code == EXIT_DONE && !json_is_true(json_object_get(answer, "valid")))
            code = complain(in, EXIT_REFUSED, "that is not the code; %s",
                            json_int_at(answer, "attempts_left") > 0 ? "ask again" : "start another verification");
        client_close(&c);
    }
    explicit_bzero(line, sizeof line);
    json_decref(answer);
    json_decref(body);
    free(path);
    return code;
}

static int show(struct invocation *in)
{
    return call_on_argument(in, "GET", "/v1/verifications/", "", NULL, VERIFICATION, COUNT(VERIFICATION));
}

static int cancel(struct invocation *in)
{
    return call_on_argument(in, "POST", "/v1/verifications/", "/cancel", json_object(), VERIFICATION,
                            COUNT(VERIFICATION));
}

static int service(struct invocation *in)
{
    bool makes = in->count > 0;
    if (makes && strcmp(in->arguments[0], "create") != 0)
        return complain(in, EXIT_USAGE, "'%s' is nothing that can be done with it; say create, or nothing to see it",
                        in->arguments[0]);
    return call_and_print(in, makes ? "POST" : "GET", "/v1/verify/service", makes ? json_object() : NULL, SERVICE,
                          COUNT(SERVICE));
}

const struct verb VERB_VERIFY_START = {
    "verify start", "NUMBER", "send a code to a number that somebody says is theirs", VERB_SERVER | VERB_JSON, 1, 1,
    START_FLAGS, COUNT(START_FLAGS),
    "Within ten minutes it is the same code, sent once more; five times at most. Opt-outs are not asked, because the\n"
    "person is waiting for it; how many codes a number, a client's address and a country get in an hour is limited\n"
    "(verify.number_per_h, verify.address_per_h, verify.country_per_h), whatever is restarted.",
    start};
const struct verb VERB_VERIFY_CHECK = {
    "verify check", "VERIFICATION [CODE]", "ask whether a code is right", VERB_SERVER | VERB_JSON, 1, 2, NULL, 0,
    "Reads the code from the standard input when it is not given. Five tries; a wrong code exits with 4.", check};
const struct verb VERB_VERIFY_SHOW = {
    "verify show", "VERIFICATION", "show a verification", VERB_SERVER | VERB_JSON, 1, 1, NULL, 0, NULL, show};
const struct verb VERB_VERIFY_CANCEL = {
    "verify cancel", "VERIFICATION", "end a verification: its code is good for nothing", VERB_SERVER | VERB_JSON, 1, 1,
    NULL, 0, NULL, cancel};
const struct verb VERB_VERIFY_SERVICE = {
    "verify service", "[create]", "show the organization's Verify service, or make it", VERB_SERVER | VERB_JSON, 0, 1,
    NULL, 0, "The first verification makes it, too. Recipients read its name, the organization's, in the text.",
    service};
