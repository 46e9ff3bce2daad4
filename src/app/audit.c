/* audit: facts of the installation, and what they give. Contract in audit.h. */
#include "app/audit.h"

#include "app/pump.h"
#include "base/json_out.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const int64_t SKEW_MAX_MS = 5000, BACKUP_AGE_MAX_MS = INT64_C(48) * 3600000, DOUBT_AGE_MAX_MS = 2 * 3600000;
enum { PATH_BYTES = 640 };

void audit_begin(struct audit_report *r, struct arena *arena)
{
    memset(r, 0, sizeof *r);
    r->arena = arena;
}

void audit_add(struct audit_report *r, enum audit_id rule, struct str organization, const char *fmt, ...)
{
    char text[400];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    r->asked[rule] = true;
    if (r->count == AUDIT_FINDINGS_MAX) {
        r->more = true;
        return;
    }
    r->findings[r->count++] = (struct audit_finding){rule, organization, arena_str(r->arena, str_from(text))};
}

/* ---- facts ---- */

/* ERR_NOT_FOUND: there is no such file. ERR_IO: it cannot be told. */
static enum err stat_in(const struct settings *s, const char *name, struct stat *info)
{
    char path[PATH_BYTES];

    (void)snprintf(path, sizeof path, "%s%s%s", s->data_dir, name[0] == '\0' ? "" : "/", name);
    if (stat(path, info) == 0) return ERR_OK;
    return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
}

/* In a directory that is closed to others its files are, too. */
static enum err open_files(const struct settings *s, struct arena *a, struct str *out)
{
    static const char *const names[] = {"sterling.db", "sterling.db-wal", "master.key", "operator.key", "server.json"};
    struct stat info;
    struct buf list;
    enum err code = stat_in(s, "", &info);

    if (code != ERR_OK || (info.st_mode & S_IXOTH) == 0) return code;
    buf_init(&list, 256);
    for (size_t i = 0; i < sizeof names / sizeof names[0] && (code == ERR_OK || code == ERR_NOT_FOUND); i++) {
        code = stat_in(s, names[i], &info);
        if (code == ERR_OK && (info.st_mode & S_IROTH) != 0)
            buf_addf(&list, "%s%s", buf_str(&list).len > 0 ? ", " : "", names[i]);
    }
    *out = arena_str(a, buf_str(&list));
    buf_free(&list);
    return code == ERR_NOT_FOUND ? ERR_OK : code;
}

static void look_at_files(const struct settings *s, struct arena *a, struct audit_facts *out)
{
    enum err code = open_files(s, a, &out->open_files);
    struct stat info;

    if (code == ERR_OK) code = stat_in(s, AUDIT_BACKUP_FILE, &info);
    if (code == ERR_OK) out->backup_ms = (int64_t)info.st_mtime * 1000;
    else if (code == ERR_NOT_FOUND && stat_in(s, "", &info) == ERR_OK) code = ERR_OK;
    out->files_known = code == ERR_OK;
}

void audit_look(struct app *app, struct store_reader *reader, struct arena *a, struct audit_facts *out)
{
    struct store_stats stats = {0};
    struct pump_view view = {.provider_clock_known = false};

    *out = (struct audit_facts){.now_ms = clock_wall_ms(app->clock), .sealed = app->sealer != NULL};
    look_at_files(app->settings, a, out);
    if (app->look != NULL) app->look(app->pump, &view);
    out->test_credentials = atomic_load(&app->counters.test_credentials);
    out->clock_known = view.provider_clock_known;
    out->clock_offset_ms = view.provider_offset_ms;
    out->doubts_known = app->store->ops->stats(reader, &stats) == ERR_OK;
    if (out->doubts_known) out->oldest_doubt_ms = stats.oldest_doubt_ms;
}

/* ---- the installation ---- */

static void ask(struct audit_report *r, enum audit_id rule, bool found, const char *detail)
{
    r->asked[rule] = true;
    if (found) audit_add(r, rule, (struct str){NULL, 0}, "%s", detail);
}

/* As `ask`; what is not known is not told as sound. */
static void ask_known(struct audit_report *r, enum audit_id rule, bool known, bool found, const char *detail)
{
    r->unknown[rule] = !known;
    if (known) ask(r, rule, found, detail);
}

static void ask_clock(const struct audit_facts *f, struct audit_report *r)
{
    int64_t off_ms = f->clock_offset_ms < 0 ? -f->clock_offset_ms : f->clock_offset_ms;

    ask_known(r, AUDIT_CLOCK_SKEW, f->clock_known, false, "");
    if (f->clock_known && off_ms > SKEW_MAX_MS)
        audit_add(r, AUDIT_CLOCK_SKEW, (struct str){NULL, 0}, "our clock is %" PRId64 " s %s Twilio's", off_ms / 1000,
                  f->clock_offset_ms > 0 ? "behind" : "ahead of");
}

static void ask_backup(const struct audit_facts *f, struct audit_report *r)
{
    int64_t age_ms = f->now_ms - f->backup_ms;

    ask_known(r, AUDIT_BACKUP_OLD, f->files_known, f->backup_ms == 0,
              "`sterling backup` was never run on this data directory");
    if (f->backup_ms != 0 && age_ms > BACKUP_AGE_MAX_MS)
        audit_add(r, AUDIT_BACKUP_OLD, (struct str){NULL, 0}, "the newest is %" PRId64 " hours old", age_ms / 3600000);
}

static bool is_plain(const char *url)
{
    return strncmp(url, "http://", 7) == 0;
}

/* The setting that has a secret of Twilio's; NULL: none. (The sandbox sets its own where there are none.) */
static const char *credentials(const struct settings *s)
{
    if (s->twilio_auth_token[0] != '\0' && strcmp(s->twilio_auth_token, SETTINGS_SANDBOX_TOKEN) != 0)
        return "sandbox is on, and twilio.auth_token is set";
    return s->twilio_api_secret[0] == '\0' ? NULL : "sandbox is on, and twilio.api_secret is set";
}

void audit_installation(const struct settings *s, const struct audit_facts *f, struct audit_report *r)
{
    const char *live = s->sandbox ? credentials(s) : NULL;
    bool late = f->oldest_doubt_ms != 0 && f->now_ms - f->oldest_doubt_ms > DOUBT_AGE_MAX_MS;

    ask(r, AUDIT_PUBLIC_PLAIN, !s->sandbox && is_plain(s->public_url), s->public_url);
    ask(r, AUDIT_PROVIDER_ELSEWHERE, !s->sandbox && s->twilio_base_url[0] != '\0', s->twilio_base_url);
    ask(r, AUDIT_LIVE_IN_SANDBOX, live != NULL, live);
    ask(r, AUDIT_TEST_CREDENTIALS, f->test_credentials, "Twilio answered with error 20008");
    ask(r, AUDIT_QUIET_OFF, !s->quiet_hours, "quiet_hours = false");
    ask(r, AUDIT_CONSENT_OFF, !s->consent_marketing, "consent.marketing = false");
    ask(r, AUDIT_RESTORED_OK, s->restored_ok, "restored_ok = true");
    ask(r, AUDIT_HOOKS_PRIVATE, s->hooks_allow_private, "hooks.allow_private = true");
    ask(r, AUDIT_SITES_TEST, !s->sandbox && s->sites_test_port != 0, "sites.test_port is set");
    ask(r, AUDIT_SITES_UNREAD, !s->sandbox && !s->sites_check, "sites.check = false");
    ask(r, AUDIT_SECRETS_PLAIN, !f->sealed, "the server runs without a master key");
    ask_known(r, AUDIT_FILES_OPEN, f->files_known, f->open_files.len > 0, f->open_files.at);
    ask_clock(f, r);
    ask_backup(f, r);
    ask_known(r, AUDIT_DOUBT_OLD, f->doubts_known, late, "the oldest doubt is more than two hours old");
}

/* ---- told ---- */

void audit_view(struct buf *out, const struct audit_report *r)
{
    json_key(out, "rules");
    json_open(out, '[');
    for (size_t i = 0; i < AUDIT_RULES; i++) {
        if (!r->asked[i] && !r->unknown[i]) continue;
        json_open(out, '{');
        json_put_text(out, "id", AUDIT_TABLE[i].id);
        json_put_text(out, "severity", audit_severity_name(AUDIT_TABLE[i].severity));
        json_put_text(out, "title", AUDIT_TABLE[i].title);
        json_put_bool(out, "answered", !r->unknown[i]);
        json_put_text(out, "impact", AUDIT_TABLE[i].impact);
        json_put_text(out, "fix", AUDIT_TABLE[i].fix);
        json_put_text(out, "reference", AUDIT_TABLE[i].reference);
        json_close(out, '}');
    }
    json_close(out, ']');
    json_key(out, "findings");
    json_open(out, '[');
    for (size_t i = 0; i < r->count; i++) {
        const struct audit_finding *f = &r->findings[i];
        json_open(out, '{');
        json_put_text(out, "rule", AUDIT_TABLE[f->rule].id);
        json_put_text(out, "severity", audit_severity_name(AUDIT_TABLE[f->rule].severity));
        json_put_str_or_null(out, "organization", f->organization);
        json_put_str(out, "detail", f->detail);
        json_close(out, '}');
    }
    json_close(out, ']');
    json_put_bool(out, "more", r->more);
}
