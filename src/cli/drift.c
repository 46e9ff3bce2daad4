/* drift: how an organization's account at Twilio differs from what is wanted, shown and repaired. */
#include "cli/output.h"

#include <poll.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
enum { POLL_MS = 200 };

static const struct flag DRIFT_FLAGS[] = {
    {"repair", NULL, "Put right what can be: webhooks, settings, numbers outside their service", false},
    {"last", NULL, "Show what the last look found, without a new one", false},
};

static int wait_for(struct client *c, json_t **drift)
{
    int code = EXIT_DONE;

    while (code == EXIT_DONE && strcmp(json_text_at(*drift, "state"), "idle") != 0) {
        json_t *next = NULL;
        (void)poll(NULL, 0, POLL_MS);
        code = client_call(c, "GET", "/v1/drift", NULL, &next);
        if (code != EXIT_DONE) break;
        json_decref(*drift);
        *drift = next;
    }
    return code;
}

/* What a person does about it. */
static const struct {
    const char *kind, *fix;
} FIXES[] = {
    {"number_found", "sterling number adopt NUMBER makes it a sender; or release it in Twilio's console"},
    {"number_gone", "nothing can leave from it: sterling sender remove NUMBER, or get it back into the account"},
    {"sender_not_in_account", "nothing can leave from it: sterling sender remove NUMBER and add the right one, or get it "
                              "into the account"},
    {"number_webhook", "sterling drift --repair; an application is to be taken away in Twilio's console"},
    {"number_outside_service", "sterling drift --repair"},
    {"service_missing", "sterling org update --service"},
    {"service_setting", "sterling drift --repair"},
    {"service_other_number", "sterling number adopt NUMBER, or take it out in Twilio's console"},
};

static void print_fixes(json_t *findings)
{
    for (size_t k = 0; k < COUNT(FIXES); k++) {
        json_t *one;
        size_t i;
        bool open = false;
        json_array_foreach(findings, i, one)
            open = open || (strcmp(json_text_at(one, "kind"), FIXES[k].kind) == 0 &&
                            !json_is_true(json_object_get(one, "repaired")));
        if (open) (void)printf("%s: %s\n", FIXES[k].kind, FIXES[k].fix);
    }
}

static void print_drift(json_t *drift)
{
    static const struct column columns[] = {{"kind", "kind"},   {"number", "number"}, {"program", "program"},
                                            {"field", "field"}, {"was", "was"},       {"is", "is"},
                                            {"repaired", "repaired"}};

    (void)printf("looked at: %s\n", json_text_at(drift, "looked_at"));
    print_table(json_object_get(drift, "findings"), columns, COUNT(columns));
    print_fixes(json_object_get(drift, "findings"));
}

static int look(struct client *c, json_t **drift)
{
    json_t *body;
    int code;

    if (flag_given(c->in, "last")) return client_call(c, "GET", "/v1/drift", NULL, drift);
    body = json_pack("{s:b}", "repair", flag_given(c->in, "repair"));
    code = client_call(c, "POST", "/v1/drift", body, drift);
    json_decref(body);
    return code == EXIT_DONE ? wait_for(c, drift) : code;
}

static int drift(struct invocation *in)
{
    json_t *found = NULL;
    struct client c;
    int code = client_open(&c, in);

    if (code != EXIT_DONE) return code;
    code = look(&c, &found);
    if (code == EXIT_DONE && in->json) print_json(found);
    else if (code == EXIT_DONE) print_drift(found);
    if (code == EXIT_DONE && json_text_at(found, "why")[0] != '\0')
        code = complain(in, EXIT_FAILED, "%s", json_text_at(found, "why"));
    else if (code == EXIT_DONE && json_int_at(found, "found") > json_int_at(found, "repaired"))
        code = EXIT_REFUSED;
    json_decref(found);
    client_close(&c);
    return code;
}

const struct verb VERB_DRIFT = {
    "drift", "", "show how an organization's account at Twilio differs from what is wanted", VERB_SERVER | VERB_JSON, 0,
    0, DRIFT_FLAGS, COUNT(DRIFT_FLAGS),
    "Numbers that were bought or released elsewhere, webhooks that were changed, numbers outside their\n"
    "Messaging Service, settings of services. Exits with 4 while something differs that was not repaired.",
    drift};
