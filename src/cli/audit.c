/* audit: the red flags of a running installation: what the server says of itself, and what is seen from outside. */
#include "cli/audit_outside.h"
#include "cli/output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

struct audit {
    struct audit_outside outside;
    struct client client;
    json_t *rules; /* an array; one of each id */
};

static json_t *rule_of(json_t *rules, const char *id)
{
    size_t at;
    json_t *one;

    json_array_foreach(rules, at, one) if (strcmp(json_text_at(one, "id"), id) == 0) return one;
    return NULL;
}

/* A rule that could not be answered somewhere is not answered. */
static void take_rules(json_t *rules, json_t *page)
{
    size_t at;
    json_t *one;

    json_array_foreach(page, at, one) {
        json_t *known = rule_of(rules, json_text_at(one, "id"));
        if (known == NULL) (void)json_array_append(rules, one);
        else if (json_is_false(json_at(one, "answered"))) (void)json_object_set_new(known, "answered", json_false());
    }
}

static int ask_server(struct audit *a)
{
    char *path = client_path("/v1/audit", "limit", "50", NULL);
    int code;

    for (;;) {
        json_t *page = NULL;
        code = client_call(&a->client, "GET", path, NULL, &page);
        free(path);
        if (code != EXIT_DONE) return code;
        take_rules(a->rules, json_at(page, "rules"));
        (void)json_array_extend(a->outside.findings, json_at(page, "findings"));
        if (!json_is_string(json_at(page, "next_cursor"))) {
            json_decref(page);
            return EXIT_DONE;
        }
        path = client_path("/v1/audit", "limit", "50", "cursor", json_text_at(page, "next_cursor"), NULL);
        json_decref(page);
    }
}

static int ask_page(struct audit *a, json_t *organizations)
{
    int code = EXIT_DONE;
    size_t at;
    json_t *one;

    json_array_foreach(organizations, at, one) {
        audit_webhooks(&a->outside, one);
        code = audit_ledger(&a->outside, json_text_at(one, "slug"));
        if (code != EXIT_DONE) break;
    }
    return code;
}

/* The installation's own ledger; webhooks and ledger of each organization. */
static int ask_organizations(struct audit *a)
{
    char *path = client_path("/v1/organizations", "limit", "200", NULL);
    int code = audit_ledger(&a->outside, "");

    while (path != NULL && code == EXIT_DONE) {
        json_t *page = NULL;
        code = client_call(&a->client, "GET", path, NULL, &page);
        free(path);
        path = NULL;
        if (code == EXIT_DONE) code = ask_page(a, json_at(page, "data"));
        if (code == EXIT_DONE && json_is_string(json_at(page, "next_cursor")))
            path = client_path("/v1/organizations", "limit", "200", "cursor", json_text_at(page, "next_cursor"), NULL);
        json_decref(page);
    }
    free(path);
    return code;
}

static int ask_files(struct invocation *in, struct audit *a)
{
    const char *config = flag_given(in, "config") ? flag_value(in, "config") : getenv("STERLING_CONFIG_FILE");
    int code = config == NULL || config[0] == '\0' ? EXIT_DONE : audit_configuration(&a->outside, config);

    for (int i = 0; code == EXIT_DONE && flag_nth(in, "log", i) != NULL; i++)
        code = audit_log(&a->outside, flag_nth(in, "log", i));
    return code;
}

static json_t *rule_json(const struct audit_rule *r, bool answered)
{
    return json_pack("{s:s, s:s, s:s, s:b, s:s, s:s, s:s}", "id", r->id, "severity", audit_severity_name(r->severity),
                     "title", r->title, "answered", answered, "impact", r->impact, "fix", r->fix, "reference",
                     r->reference);
}

static void take_outside_rules(struct audit *a)
{
    for (size_t i = 0; i < AUDIT_RULES; i++)
        if (a->outside.asked[i])
            (void)json_array_append_new(a->rules, rule_json(&AUDIT_TABLE[i], !a->outside.unknown[i]));
}

/* ---- told ---- */

static bool is_about(json_t *finding, json_t *rule)
{
    return strcmp(json_text_at(finding, "rule"), json_text_at(rule, "id")) == 0;
}

static void print_rule(json_t *rule, json_t *findings)
{
    bool first = true;
    size_t at;
    json_t *one;

    json_array_foreach(findings, at, one) {
        const char *organization = json_text_at(one, "organization");
        if (!is_about(one, rule)) continue;
        if (first) (void)printf("%s  %s\n", json_text_at(rule, "severity"), json_text_at(rule, "title"));
        first = false;
        (void)printf("  %s%s%s\n", organization, organization[0] == '\0' ? "" : ": ", json_text_at(one, "detail"));
    }
    if (first) return;
    (void)printf("  Impact: %s\n  Fix: %s\n  See: %s\n\n", json_text_at(rule, "impact"), json_text_at(rule, "fix"),
                 json_text_at(rule, "reference"));
}

static bool is_found(json_t *rule, json_t *findings)
{
    bool any = false;
    size_t at;
    json_t *one;

    json_array_foreach(findings, at, one) any = any || is_about(one, rule);
    return any;
}

static void print_people(json_t *rules, json_t *findings)
{
    size_t at, sound = 0;
    json_t *rule;

    for (enum audit_severity s = AUDIT_CRITICAL; s >= AUDIT_NOTE; s--)
        json_array_foreach(rules, at, rule) if (strcmp(json_text_at(rule, "severity"), audit_severity_name(s)) == 0)
            print_rule(rule, findings);
    json_array_foreach(rules, at, rule) {
        bool answered = !json_is_false(json_at(rule, "answered"));
        if (!answered) (void)printf("unanswered  %s\n", json_text_at(rule, "title"));
        sound += answered && !is_found(rule, findings);
    }
    (void)printf("%zu rules asked, %zu of them found nothing; %zu findings\n", json_array_size(rules), sound,
                 json_array_size(findings));
}

static bool severity_read(const char *name, enum audit_severity *out)
{
    for (*out = AUDIT_NOTE; *out <= AUDIT_CRITICAL; (*out)++)
        if (strcmp(name, audit_severity_name(*out)) == 0) return true;
    return false;
}

static enum audit_severity worst_of(json_t *findings)
{
    enum audit_severity worst = 0, s;
    size_t at;
    json_t *one;

    json_array_foreach(findings, at, one) if (severity_read(json_text_at(one, "severity"), &s) && s > worst) worst = s;
    return worst;
}

static int ask_all(struct invocation *in, struct audit *a)
{
    int code = ask_files(in, a);

    if (code == EXIT_DONE) code = ask_server(a);
    if (code == EXIT_DONE && !flag_given(in, "inside")) code = ask_organizations(a);
    take_outside_rules(a);
    return code;
}

static int list_rules(struct invocation *in)
{
    json_t *all = json_array();

    for (size_t i = 0; i < AUDIT_RULES; i++) {
        const struct audit_rule *r = &AUDIT_TABLE[i];
        (void)json_array_append_new(all, rule_json(r, true));
        if (!in->json) (void)printf("%-8s  %-28s  %s\n", audit_severity_name(r->severity), r->id, r->title);
    }
    if (in->json) print_json(all);
    json_decref(all);
    return EXIT_DONE;
}

static void print_audit(const struct invocation *in, const struct audit *a)
{
    json_t *all = json_pack("{s:O, s:O}", "rules", a->rules, "findings", a->outside.findings);

    if (in->json) print_json(all);
    else print_people(a->rules, a->outside.findings);
    json_decref(all);
}

static int audit_verb(struct invocation *in)
{
    const char *words = flag_given(in, "fail-on") ? flag_value(in, "fail-on") : "warning";
    enum audit_severity fail_on;
    struct audit a = {.rules = json_array(), .outside = {.findings = json_array()}};
    int code;

    if (flag_given(in, "rules")) code = list_rules(in);
    else if (!severity_read(words, &fail_on))
        code = complain(in, EXIT_USAGE, "--fail-on '%s': note, warning or critical", words);
    else if ((code = client_open(&a.client, in)) == EXIT_DONE) {
        a.outside.client = &a.client;
        code = ask_all(in, &a);
        if (code == EXIT_DONE) {
            print_audit(in, &a);
            if (worst_of(a.outside.findings) >= fail_on) code = EXIT_FAILED;
        }
        client_close(&a.client);
    }
    json_decref(a.rules);
    json_decref(a.outside.findings);
    return code;
}

static const struct flag AUDIT_FLAGS[] = {
    {"config", "FILE", "Look for secrets and numbers in this configuration file (STERLING_CONFIG_FILE)", false},
    {"log", "FILE", "Look for numbers and secrets in this log; - is standard input", true},
    {"fail-on", "SEVERITY", "Exit code 1 from this severity on: note, warning (preset) or critical", false},
    {"rules", NULL, "List what is asked, and ask nothing", false},
    {"inside", NULL, "Ask the server only: no calls to its own webhooks, no ledger walked", false},
};

const struct verb VERB_AUDIT = {
    "audit", "", "show the red flags of this installation, and what to do", VERB_SERVER | VERB_JSON, 0, 0, AUDIT_FLAGS,
    COUNT(AUDIT_FLAGS),
    "Needs an operator's key. Forged texts, unsigned and wrongly signed, are sent to each organization's webhook through\n"
    "PUBLIC_URL: a server that takes one is open to anybody. They name no message and change nothing. A rule that could\n"
    "not be answered is told as such. docs/audit.md lists the rules.",
    audit_verb};
