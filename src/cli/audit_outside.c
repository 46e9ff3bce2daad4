/* audit_outside: see the header. */
#include "cli/audit_outside.h"

#include "app/audit_scan.h"
#include "cli/consent.h"
#include "cli/output.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { LINE_FINDINGS_MAX = 20, LINE_BYTES = 65536 };
static const long PROBE_MS = 10000;

static void found(struct audit_outside *o, enum audit_id rule, const char *organization, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

static void found(struct audit_outside *o, enum audit_id rule, const char *organization, const char *fmt, ...)
{
    char detail[600];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(detail, sizeof detail, fmt, args);
    va_end(args);
    (void)json_array_append_new(o->findings,
                                json_pack("{s:s, s:s, s:s?, s:s}", "rule", AUDIT_TABLE[rule].id, "severity",
                                          audit_severity_name(AUDIT_TABLE[rule].severity), "organization",
                                          organization, "detail", detail));
}

/* ---- webhooks ---- */

static size_t swallow(char *at, size_t size, size_t count, void *owner)
{
    (void)at, (void)owner;
    return size * count;
}

/* The status of a forged text; 0: nobody answered, *why says so. `signature` NULL: unsigned. */
static long forge(struct client *c, const char *url, const char *signature, const char **why)
{
    static const char form[] = "MessageSid=SM00000000000000000000000000000000&From=%2B15005550000&To=%2B15005550000"
                               "&Body=STOP";
    char header[200];
    struct curl_slist *headers = NULL;
    long status = 0;
    CURLcode code;

    (void)snprintf(header, sizeof header, "X-Twilio-Signature: %s", signature == NULL ? "" : signature);
    if (signature != NULL) headers = curl_slist_append(headers, header);
    curl_easy_reset(c->curl);
    curl_easy_setopt(c->curl, CURLOPT_URL, url);
    curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS, form);
    curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(c->curl, CURLOPT_WRITEFUNCTION, swallow);
    curl_easy_setopt(c->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c->curl, CURLOPT_TIMEOUT_MS, PROBE_MS);
    curl_easy_setopt(c->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    code = curl_easy_perform(c->curl);
    *why = curl_easy_strerror(code);
    if (code == CURLE_OK) curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
    curl_slist_free_all(headers);
    return status;
}

static void judge_answer(struct audit_outside *o, const char *organization, const char *what, long status,
                         const char *why)
{
    if (status == 401 || status == 403) return;
    if (status >= 200 && status < 300)
        found(o, AUDIT_WEBHOOK_OPEN, organization, "an inbound text %s was answered with %ld, not 401", what, status);
    else if (status != 0)
        found(o, AUDIT_WEBHOOK_UNREACHED, organization, "an inbound text %s was answered with %ld", what, status);
    else found(o, AUDIT_WEBHOOK_UNREACHED, organization, "%s", why);
}

void audit_webhooks(struct audit_outside *o, json_t *organization)
{
    const char *url = json_text_at(organization, "webhooks.inbound"), *slug = json_text_at(organization, "slug");
    const char *why = "";
    long status;

    o->asked[AUDIT_WEBHOOK_OPEN] = o->asked[AUDIT_WEBHOOK_UNREACHED] = true;
    if (url[0] == '\0') {
        found(o, AUDIT_WEBHOOK_UNREACHED, slug, "there is no PUBLIC_URL, so Twilio has no address to call");
        return;
    }
    status = forge(o->client, url, NULL, &why);
    judge_answer(o, slug, "without a signature", status, why);
    if (status == 0) return;
    status = forge(o->client, url, "AAAAAAAAAAAAAAAAAAAAAAAAAAA=", &why);
    judge_answer(o, slug, "with a wrong signature", status, why);
}

/* ---- ledgers ---- */

/* A ledger that is broken was not walked to its end, and not who opted out by it. */
static void judge_ledger(struct audit_outside *o, const char *slug, json_t *answer)
{
    const char *organization = slug[0] == '\0' ? NULL : slug;
    int64_t sent = json_int_at(answer, "sent_after_opt_out.messages");

    if (json_int_at(answer, "sent_after_opt_out.unjudged") > 0) o->unknown[AUDIT_SENT_AFTER] = true;
    if (!json_is_true(json_at(answer, "sound"))) {
        o->unknown[AUDIT_SENT_AFTER] = true;
        found(o, AUDIT_LEDGER_BROKEN, organization, "entry %" PRId64 " %s", json_int_at(answer, "problem.position"),
              json_text_at(answer, "problem.what"));
    }
    if (sent > 0)
        found(o, AUDIT_SENT_AFTER, organization, "%" PRId64 " message(s), one of them %s", sent,
              json_text_at(answer, "sent_after_opt_out.example"));
}

int audit_ledger(struct audit_outside *o, const char *slug)
{
    json_t *answer = NULL;
    int code;

    (void)snprintf(o->client->org, sizeof o->client->org, "%s", slug);
    code = consent_verify_all(o->client, &answer);
    o->client->org[0] = '\0';
    o->asked[AUDIT_LEDGER_BROKEN] = o->asked[AUDIT_SENT_AFTER] = true;
    if (code == EXIT_DONE) judge_ledger(o, slug, answer);
    json_decref(answer);
    return code;
}

/* ---- files ---- */

struct lines {
    struct audit_outside *owner;
    enum audit_id rule;
    const char *path;
    bool open_to_others;
    int64_t number;
    int found;
};

static void judge_line(struct lines *l, struct str line)
{
    enum audit_leak leak = audit_scan_line(line);

    l->number++;
    if (leak == AUDIT_LEAK_NONE) return;
    l->found++;
    if (l->found <= LINE_FINDINGS_MAX)
        found(l->owner, l->rule, NULL, "%s, line %" PRId64 ": %s%s", l->path, l->number, audit_leak_name(leak),
              l->open_to_others ? "; others on this machine may read the file" : "");
}

static int scan(struct audit_outside *o, enum audit_id rule, const char *path)
{
    struct lines l = {.owner = o, .rule = rule, .path = path};
    FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    char *line = NULL;
    size_t size = 0;
    struct stat info;
    ssize_t n;

    if (in == NULL) return complain(o->client->in, EXIT_NOT_FOUND, "%s: %m", path);
    l.open_to_others = fstat(fileno(in), &info) == 0 && S_ISREG(info.st_mode) && (info.st_mode & S_IROTH) != 0;
    while ((n = getline(&line, &size, in)) > 0) judge_line(&l, (struct str){line, (size_t)n});
    free(line);
    if (in != stdin) (void)fclose(in);
    if (l.found > LINE_FINDINGS_MAX)
        found(o, rule, NULL, "%s: %d more lines like these", path, l.found - LINE_FINDINGS_MAX);
    o->asked[rule] = true;
    return EXIT_DONE;
}

int audit_configuration(struct audit_outside *o, const char *path)
{
    return scan(o, AUDIT_CONFIG_SECRET, path);
}

int audit_log(struct audit_outside *o, const char *path)
{
    return scan(o, AUDIT_LOG_PERSONAL, path);
}
