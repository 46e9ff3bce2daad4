/*
 * account: verbs about organizations' Twilio accounts: made, suspended, resumed, closed; auth tokens and API keys.
 * The server does it in steps by itself; --wait follows them.
 */
#include "cli/output.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

enum { POLL_MS = 500 };

static const struct column COLUMNS[] = {{"organization", "organization"},
                                        {"state here", "state"},
                                        {"account", "account_sid"},
                                        {"uses", "uses"},
                                        {"at Twilio", "at_twilio"},
                                        {"seen", "seen_at"},
                                        {"wanted", "wanted"},
                                        {"rotation", "rotation.step"},
                                        {"rotated", "rotation.last_at"},
                                        {"requests use", "requests_use"},
                                        {"events to", "event_sink_sid"},
                                        {"why", "why"},
                                        {"looked at again", "next_at"}};
static const struct column KEY_COLUMNS[] = {{"id", "id"},         {"name", "name"},          {"sid", "sid"},
                                            {"state", "state"},   {"in use", "in_use"},      {"created", "created_at"},
                                            {"revoked", "revoked_at"}};

#define WAIT_FLAG {"wait", NULL, "Follow it until it is done, or refused", false}
static const struct flag WAIT_FLAGS[] = {WAIT_FLAG};
static const struct flag CLOSE_FLAGS[] = {WAIT_FLAG, {"yes", NULL, "Do not ask", false}};

static int call(struct client *c, const char *method, const char *tail, json_t *body, json_t **answer)
{
    char *path = client_path_to("/v1/organizations/", c->in->arguments[0], tail);
    int code = client_call(c, method, path, body, answer);

    free(path);
    return code;
}

static void print_account(const struct invocation *in, json_t *account)
{
    json_t *keys = json_object_get(account, "keys");

    if (in->json) {
        print_json(account);
        return;
    }
    print_object(account, COLUMNS, COUNT(COLUMNS));
    if (json_array_size(keys) == 0) return;
    (void)putchar('\n');
    print_table(keys, KEY_COLUMNS, COUNT(KEY_COLUMNS));
}

/* What is wanted, and how far it is, whenever that changes. */
static void print_news(json_t *before, json_t *now)
{
    static const char *const said[] = {"wanted", "rotation.step", "at_twilio", "why"};
    bool news = before == NULL;

    for (size_t i = 0; i < COUNT(said); i++)
        news |= strcmp(json_text_at(before, said[i]), json_text_at(now, said[i])) != 0;
    if (!news) return;
    (void)fprintf(stderr, "%s%s  at Twilio: %s%s%s\n", json_text_at(now, "wanted"), json_text_at(now, "rotation.step"),
                  json_text_at(now, "at_twilio"), json_text_at(now, "why")[0] == '\0' ? "" : ": ",
                  json_text_at(now, "why"));
}

/* Is there something to wait for? With `key` (its name or id): only what that key still is to become. */
static bool is_under_way(json_t *now, const char *key)
{
    json_t *one;
    size_t i;
    bool moves = false;

    if (!json_is_true(json_object_get(now, "busy")) || key == NULL) return json_is_true(json_object_get(now, "busy"));
    json_array_foreach(json_object_get(now, "keys"), i, one)
    {
        const char *state = json_text_at(one, "state");
        char id[24];
        (void)snprintf(id, sizeof id, "%lld", (long long)json_int_at(one, "id"));
        if (strcmp(json_text_at(one, "name"), key) != 0 && strcmp(id, key) != 0) continue;
        moves = moves || (strcmp(state, "ready") != 0 && strcmp(state, "revoked") != 0);
    }
    return moves;
}

static int follow(struct client *c, const char *key, json_t **now)
{
    json_t *before = NULL;
    int code = EXIT_DONE;

    while (code == EXIT_DONE && is_under_way(*now, key)) {
        if (!c->in->json) print_news(before, *now);
        json_decref(before);
        before = *now;
        *now = NULL;
        (void)poll(NULL, 0, POLL_MS);
        code = call(c, "GET", "/account", NULL, now);
    }
    json_decref(before);
    return code;
}

/* Takes `body` over. */
static int tell_of(struct invocation *in, const char *method, const char *tail, json_t *body, bool wait,
                   const char *key)
{
    struct client c;
    json_t *account = NULL;
    int code = client_open(&c, in);

    if (code == EXIT_DONE) {
        code = call(&c, method, tail, body, &account);
        if (code == EXIT_DONE && wait) code = follow(&c, key, &account);
        if (code == EXIT_DONE) print_account(in, account);
        json_decref(account);
        client_close(&c);
    }
    json_decref(body);
    return code;
}

static int tell(struct invocation *in, const char *method, const char *tail, json_t *body, bool wait)
{
    return tell_of(in, method, tail, body, wait, NULL);
}

static int show(struct invocation *in) { return tell(in, "GET", "/account", NULL, false); }
static int watch(struct invocation *in) { return tell(in, "GET", "/account", NULL, true); }
static int create(struct invocation *in) { return tell(in, "POST", "/account", NULL, flag_given(in, "wait")); }
static int suspend(struct invocation *in) { return tell(in, "POST", "/account/suspend", NULL, flag_given(in, "wait")); }
static int resume(struct invocation *in) { return tell(in, "POST", "/account/resume", NULL, flag_given(in, "wait")); }
static int rotate(struct invocation *in) { return tell(in, "POST", "/account/rotate", NULL, flag_given(in, "wait")); }

static int primary(struct invocation *in)
{
    static const struct column columns[] = {{"state", "state"}, {"profile", "sid"}, {"Twilio's word", "status"},
                                            {"meaning", "explanation"}};
    struct client c;
    json_t *found = NULL;
    int code = client_open(&c, in);

    if (code != EXIT_DONE) return code;
    code = client_call(&c, "GET", "/v1/primary-profile", NULL, &found);
    if (code == EXIT_DONE && in->json) print_json(found);
    if (code == EXIT_DONE && !in->json) print_object(found, columns, COUNT(columns));
    /* A script goes on only when customers can be registered. */
    if (code == EXIT_DONE && !json_is_true(json_object_get(found, "approved"))) code = EXIT_FAILED;
    json_decref(found);
    client_close(&c);
    return code;
}

/* ---- close ---- */

static bool is_sure(const struct invocation *in)
{
    char line[128];

    if (flag_given(in, "yes")) return true;
    (void)fprintf(stderr,
                  "Closing is for good. Nothing is sent for %s any more, its senders are withdrawn and its numbers\n"
                  "released at once; Twilio keeps a closed account 30 days, then deletes it with its logs.\n"
                  "Type its name to close it: ",
                  in->arguments[0]);
    if (fgets(line, sizeof line, stdin) == NULL) return false;
    line[strcspn(line, "\r\n")] = '\0';
    return strcmp(line, in->arguments[0]) == 0;
}

static int close_account(struct invocation *in)
{
    if (!is_sure(in)) return complain(in, EXIT_REFUSED, "not confirmed; nothing was closed (--yes does not ask)");
    return tell(in, "POST", "/account/close", json_pack("{s:s}", "confirm", in->arguments[0]), flag_given(in, "wait"));
}

/* ---- keys ---- */

static int key_add(struct invocation *in)
{
    return tell_of(in, "POST", "/account/keys", json_pack("{s:s}", "name", in->arguments[1]), flag_given(in, "wait"),
                   in->arguments[1]);
}

static int key_list(struct invocation *in)
{
    char *path = client_path_to("/v1/organizations/", in->arguments[0], "/account/keys");
    int code = list_and_print(in, path, KEY_COLUMNS, COUNT(KEY_COLUMNS));

    free(path);
    return code;
}

static int key_revoke(struct invocation *in)
{
    char *tail = client_path_to("/account/keys/", in->arguments[1], "");
    int code = tell_of(in, "DELETE", tail, NULL, flag_given(in, "wait"), in->arguments[1]);

    free(tail);
    return code;
}

const struct verb VERB_ACCOUNT_SHOW = {
    "account show", "SLUG", "show an organization's Twilio account and what is under way with it",
    VERB_SERVER | VERB_JSON, 1, 1, NULL, 0, NULL, show};
const struct verb VERB_ACCOUNT_WATCH = {
    "account watch", "SLUG", "follow what is under way with an account until it is done",
    VERB_SERVER | VERB_JSON, 1, 1, NULL, 0, NULL, watch};
const struct verb VERB_ACCOUNT_CREATE = {
    "account create", "SLUG", "make a Twilio subaccount for an organization that has no account",
    VERB_SERVER | VERB_JSON, 1, 1, WAIT_FLAGS, COUNT(WAIT_FLAGS),
    "Registering makes one by itself, and org create does where accounts.at_create is true. It is looked for by its\n"
    "name before it is made, so that none is made twice.", create};
const struct verb VERB_ACCOUNT_SUSPEND = {
    "account suspend", "SLUG", "stop sending for an organization, then suspend its account at Twilio",
    VERB_SERVER | VERB_JSON, 1, 1, WAIT_FLAGS, COUNT(WAIT_FLAGS),
    "Nothing is sent from the moment of the answer. Twilio is told when the last attempts have ended.", suspend};
const struct verb VERB_ACCOUNT_RESUME = {
    "account resume", "SLUG", "make an organization's account active at Twilio, then send again",
    VERB_SERVER | VERB_JSON, 1, 1, WAIT_FLAGS, COUNT(WAIT_FLAGS), NULL, resume};
const struct verb VERB_ACCOUNT_CLOSE = {
    "account close", "SLUG", "close an organization and its account, for good",
    VERB_SERVER | VERB_JSON, 1, 1, CLOSE_FLAGS, COUNT(CLOSE_FLAGS),
    "Asks first. Nothing is sent any more, senders are withdrawn, numbers are released; Twilio keeps a closed account\n"
    "30 days, then deletes it with its logs. What is stored here stays.", close_account};
const struct verb VERB_ACCOUNT_ROTATE = {
    "account rotate", "SLUG", "give an account a new auth token, without a webhook refused",
    VERB_SERVER | VERB_JSON, 1, 1, WAIT_FLAGS, COUNT(WAIT_FLAGS),
    "Twilio makes a second token, which is stored sealed and used; after accounts.rotate_pause_ms it becomes the first;\n"
    "webhooks signed with the old one are accepted accounts.rotate_keep_ms more. Each step survives a crash.", rotate};
const struct verb VERB_ACCOUNT_KEY_ADD = {
    "account key-add", "SLUG NAME", "make an API key of an account, used in place of its auth token",
    VERB_SERVER | VERB_JSON, 2, 2, WAIT_FLAGS, COUNT(WAIT_FLAGS),
    "Its secret is stored sealed and never shown. The newest key is used. Webhooks are still signed with the token.",
    key_add};
const struct verb VERB_ACCOUNT_KEY_LIST = {
    "account key-list", "SLUG", "list the API keys of an account", VERB_SERVER | VERB_JSON, 1, 1, NULL, 0, NULL,
    key_list};
const struct verb VERB_ACCOUNT_KEY_REVOKE = {
    "account key-revoke", "SLUG ID", "stop using an API key at once and remove it at Twilio",
    VERB_SERVER | VERB_JSON, 2, 2, WAIT_FLAGS, COUNT(WAIT_FLAGS), NULL, key_revoke};
const struct verb VERB_ACCOUNT_PRIMARY = {
    "account primary", "", "look at your own Primary Business Profile, on which all registrations hang",
    VERB_SERVER | VERB_JSON, 0, 0, NULL, 0,
    "Asks Twilio now. The exit code is 0 when it is approved; else it says what to do.", primary};
