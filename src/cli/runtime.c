/* runtime: the house, lit. Contract in runtime.h. Owns every thread of the server. */
#include "cli/runtime.h"

#include "app/hooks.h"
#include "app/lookups.h"
#include "app/verifier.h"
#include "app/number_workers.h"
#include "app/pump.h"
#include "app/onboarding.h"
#include "app/reconcile.h"
#include "app/site_check.h"
#include "app/spool_sweep.h"
#include "app/workers.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "base/rng.h"
#include "cli/first_start.h"
#include "cli/inherited.h"
#include "cli/restored.h"
#include "cli/steady.h"
#include "http/server.h"
#include "rules/price.h"
#include "rules/zone.h"
#include "sandbox/server.h"
#include "store/epoch.h"
#include "twilio/provider_wire.h"

#include <curl/curl.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PUMP_WAIT_MS = 1000, EPOCH_EVERY_MS = 500, DRAIN_EXTRA_MS = 2000 };

struct runtime {
    struct settings settings;
    struct clock clock;
    struct sandbox_server *sandbox;
    struct store *store;
    struct writer *writer;
    struct sealer *sealer;
    struct public_ids ids;
    struct price_table prices;
    struct sender_pauses pauses;
    struct provider *provider;
    struct pump *pump;
    struct app app;
    struct http_server *http, *events;
    struct hooks *hooks;
    /* Looked at by threads that may run before these were made. */
    struct workers *_Atomic workers;
    struct reconcile *_Atomic reconcile;
    struct onboarding *_Atomic onboarding;
    struct epoch_file epoch;
    struct steady steady; /* the epoch thread's, once that runs */
    enum epoch_state epoch_state;
    _Atomic bool restored, pump_stopping, epoch_stopping;
    pthread_t pump_thread, epoch_thread;
    bool pump_running, epoch_running;
    pthread_mutex_t listeners_lock; /* guards listening: who hears of commits */
    pthread_mutex_t epoch_lock;     /* guards epoch */
    bool listening;
    struct inherited sockets;
    bool address_is_held; /* by whoever started us: the next server has it, too */
    char url[256], events_url[256], sandbox_url[128], db_path[600], epoch_path[600], clock_path[600];
};

/* ---- the threads that are the runtime's own ---- */

static void *run_pump(void *owner)
{
    struct runtime *r = owner;
    int64_t wait_ms = 0;
    while (!r->pump_stopping) {
        int64_t useful_ms = pump_step(r->pump, wait_ms);
        wait_ms = useful_ms > PUMP_WAIT_MS ? PUMP_WAIT_MS : useful_ms < 0 ? 0 : useful_ms;
    }
    return NULL;
}

/* While an older copy is being read back the file must keep saying so: it is not written then. */
static bool write_epoch(struct runtime *r)
{
    struct fault f = {0};
    enum err result;
    if (r->restored) return false;
    pthread_mutex_lock(&r->epoch_lock);
    result = epoch_write(&r->epoch, r->store->ops->commit_number(r->store), &f);
    pthread_mutex_unlock(&r->epoch_lock);
    if (result != ERR_OK) log_event(LOG_ERROR, "epoch_not_written", log_text("why", f.what));
    return result == ERR_OK;
}

static void *run_epoch(void *owner)
{
    struct runtime *r = owner;
    uint64_t written = 0;
    while (!r->epoch_stopping) {
        uint64_t now = r->store->ops->commit_number(r->store);
        if (now != written && write_epoch(r)) written = now;
        steady_note(r->clock_path, &r->clock, &r->steady);
        clock_pause(&r->clock, EPOCH_EVERY_MS);
    }
    return NULL;
}

/* ---- what parts tell each other ---- */

static void tell(void *owner, const struct note *n)
{
    struct runtime *r = owner;
    struct reconcile *reconcile = r->reconcile;
    struct workers *workers = r->workers;
    pump_tell(r->pump, n);
    if (n->kind == NOTE_ORG_CHANGED && reconcile != NULL) reconcile_wake(reconcile);
    if (n->kind == NOTE_CAMPAIGN_CHANGED && workers != NULL) workers_wake_campaigns(workers);
}

static void look(void *owner, struct pump_view *out)
{
    struct runtime *r = owner;
    pump_view(r->pump, out);
}

static void writer_look(void *writer, struct writer_stats *out)
{
    writer_stats_get(writer, out);
}

static void wake_imports(void *owner)
{
    struct runtime *r = owner;
    struct workers *workers = r->workers;
    if (workers != NULL) workers_wake_imports(workers);
}

static void wake_registrations(void *owner)
{
    struct runtime *r = owner;
    onboarding_wake(r->onboarding);
}

static void account_refused(void *owner, org_id org)
{
    struct runtime *r = owner;
    onboarding_look_at_account(r->onboarding, org);
}

static void ask_primary(void *owner, struct primary_ask *ask)
{
    struct runtime *r = owner;
    onboarding_ask_primary(r->onboarding, ask);
}

static void wake_numbers(void *owner)
{
    struct runtime *r = owner;
    number_workers_wake(r->app.number_workers);
}

static void look_at_numbers(void *owner, org_id org)
{
    struct runtime *r = owner;
    number_workers_look(r->app.number_workers, org);
}

static void committed(void *owner, uint64_t number)
{
    struct runtime *r = owner;
    (void)number;
    pthread_mutex_lock(&r->listeners_lock);
    if (r->listening) {
        http_server_committed(r->http);
        http_server_committed(r->events);
        hooks_committed(r->hooks);
    }
    pthread_mutex_unlock(&r->listeners_lock);
}

static void set_listening(struct runtime *r, bool on)
{
    pthread_mutex_lock(&r->listeners_lock);
    r->listening = on;
    pthread_mutex_unlock(&r->listeners_lock);
}

/* A failed sync is never retried: the log on disk is the truth, and only a new start reads it. */
static void store_broken(void *owner, const struct fault *f)
{
    (void)owner;
    log_event(LOG_ERROR, "store_broken", log_text("error", err_name(f->code)), log_text("why", f->what));
    _exit(70);
}

static void restored_done(void *owner)
{
    struct runtime *r = owner;
    r->restored = false;
    (void)write_epoch(r);
    log_event(LOG_WARN, "restored_copy_adopted");
}

/* ---- starting ---- */

static enum err make_directory(const char *path, struct fault *f)
{
    if (mkdir(path, 0700) == 0 || errno == EEXIST) return ERR_OK;
    return fault_set(f, ERR_IO,
                     "directory %s cannot be made: %m; make it, or set data_dir to one that can be written",
                     path);
}

static enum err prepare(struct runtime *r, struct fault *f)
{
    static const char *const levels[] = {"debug", "info", "warn", "error", "off"};
    char spool[600], version[ZONE_VERSION_BYTES];
    enum log_level level = LOG_INFO;
    enum err result = settings_check(&r->settings, f);

    if (result != ERR_OK) return result;
    for (int i = 0; i <= LOG_OFF; i++)
        if (strcmp(levels[i], r->settings.log_level) == 0) level = (enum log_level)i;
    clock_system(&r->clock);
    log_setup(level, &r->clock, NULL);
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
    if (zone_tzdata_version(version) != ERR_OK || zone_tzdata_is_old(version))
        log_event(LOG_WARN, "tzdata_is_old", log_text("wanted", ZONE_TZDATA_LEAST));
    (void)snprintf(spool, sizeof spool, "%s/spool", r->settings.data_dir);
    (void)snprintf(r->db_path, sizeof r->db_path, "%s/sterling.db", r->settings.data_dir);
    (void)snprintf(r->epoch_path, sizeof r->epoch_path, "%s/epoch", r->settings.data_dir);
    (void)snprintf(r->clock_path, sizeof r->clock_path, "%s/clock", r->settings.data_dir);
    result = make_directory(r->settings.data_dir, f);
    return result == ERR_OK ? make_directory(spool, f) : result;
}

static enum err start_sandbox(struct runtime *r, struct fault *f)
{
    struct sandbox_server_config c = sandbox_server_config_default();
    struct settings *s = &r->settings;

    if (!s->sandbox) return ERR_OK;
    /* The sandbox's account is whoever the settings say, so that a restart finds the same one. */
    if (s->twilio_account_sid[0] == '\0')
        (void)snprintf(s->twilio_account_sid, sizeof s->twilio_account_sid, SETTINGS_SANDBOX_SID);
    if (s->twilio_auth_token[0] == '\0')
        (void)snprintf(s->twilio_auth_token, sizeof s->twilio_auth_token, SETTINGS_SANDBOX_TOKEN);
    if (s->twilio_base_url[0] != '\0') return ERR_OK; /* a sandbox that runs elsewhere */
    c.seed = (uint64_t)s->sandbox_seed;
    c.port = (uint16_t)s->sandbox_port;
    c.clock = &r->clock;
    c.model.account_sid = str_from(s->twilio_account_sid);
    c.model.auth_token = str_from(s->twilio_auth_token);
    r->sandbox = sandbox_server_start(&c, f);
    if (r->sandbox == NULL) return f->code == ERR_OK ? ERR_UNAVAILABLE : f->code;
    (void)snprintf(r->sandbox_url, sizeof r->sandbox_url, "http://127.0.0.1:%u",
                   sandbox_server_port(r->sandbox));
    if (s->sites_test_port == 0) s->sites_test_port = sandbox_server_port(r->sandbox);
    (void)snprintf(s->twilio_base_url, sizeof s->twilio_base_url, "%s", r->sandbox_url);
    return ERR_OK;
}

static enum err open_store(struct runtime *r, struct fault *f)
{
    const struct store_sqlite_options options = {.path = r->db_path,
                                                 .cache_kib = r->settings.store_cache_kib,
                                                 .wal_bytes_max = r->settings.store_wal_bytes_max};
    bool first = access(r->db_path, F_OK) != 0;
    enum err result = first_start_open_key(&r->settings, first, &r->sealer, f);

    FAILPOINT("start.key");
    if (result == ERR_OK) result = store_sqlite_open(&options, &r->store, f);
    if (result == ERR_OK) result = epoch_open(&r->epoch, r->epoch_path, r->store, &r->epoch_state, f);
    if (result != ERR_OK) return result;
    FAILPOINT("start.opened");
    r->restored = r->epoch_state != EPOCH_SAME && !r->settings.restored_ok;
    if (r->restored)
        log_event(
            LOG_WARN, "database_is_an_older_copy", log_text("epoch", epoch_state_name(r->epoch_state)),
            log_text("meaning", "nothing is armed until the messages sent since were read back from Twilio"));
    return ERR_OK;
}

static enum err recover(struct runtime *r, struct fault *f)
{
    int64_t now_ms = clock_wall_ms(&r->clock);
    struct change_recover change = {.head = {.kind = CHANGE_RECOVER},
                                    .now_ms = now_ms,
                                    .deadline_ms = now_ms + r->settings.provider_timeout_ms,
                                    .first_ms = now_ms + r->settings.reconcile_first_ms};
    enum err result = store_change_wait(writer_queue(r->writer), &change.head);
    if (result != ERR_OK) return fault_set(f, result, "%s", change.head.fault.what);
    if (change.doubts_made > 0)
        log_event(LOG_WARN, "armed_attempts_in_doubt", log_int("count", change.doubts_made));
    return ERR_OK;
}

static enum err start_writer(struct runtime *r, struct fault *f)
{
    const struct writer_options options = {.queue_max = 65536,
                                           .batch_max = 4096,
                                           .batch_ms = r->settings.store_batch_ms,
                                           .clock = &r->clock,
                                           .fatal = store_broken,
                                           .committed = committed,
                                           .owner = r};
    enum err result = writer_start(r->store, &options, &r->writer, f);
    if (result == ERR_OK) result = recover(r, f);
    FAILPOINT("start.recovered");
    if (result == ERR_OK)
        result = first_start_prepare(&r->settings, r->store, writer_queue(r->writer), r->sealer, &r->clock,
                                     &r->ids, f);
    return result;
}

static enum err new_provider(struct runtime *r, size_t in_flight, struct provider **out, struct fault *f)
{
    struct provider_curl_config config = {.clock = &r->clock,
                                          .in_flight_max = in_flight,
                                          .timeout_ms = r->settings.provider_timeout_ms,
                                          .connect_timeout_ms = r->settings.provider_connect_timeout_ms,
                                          .idle_max_ms = r->settings.provider_idle_max_ms};
    bool wire = strcmp(r->settings.provider_client, "wire") == 0;

    if (wire && !provider_wire_is_proxied()) return provider_wire_new(&config, NULL, out, f);
    if (wire) log_event(LOG_INFO, "provider_client", log_text("client", "curl"), log_text("because", "proxy"));
    return provider_curl_new(&config, out, f);
}

/* A restored copy sends nothing at all, not even replies, until it was read back. */
static void shut_gates(struct runtime *r)
{
    struct store_reader *reader;
    struct arena text;
    struct fault f;
    struct org page[32];
    org_id after = 0;

    if (r->store->ops->reader_open(r->store, &reader, &f) != ERR_OK) return;
    arena_init(&text, 1 << 20);
    for (;;) {
        size_t count = sizeof page / sizeof page[0];
        if (r->store->ops->orgs(reader, &text, after, page, &count) != ERR_OK || count == 0) break;
        for (size_t i = 0; i < count; i++)
            pump_tell(r->pump, &(struct note){.kind = NOTE_GATE, .org = page[i].id, .gate = GATE_SHUT});
        after = page[count - 1].id;
        arena_reset(&text);
    }
    arena_reset(&text);
    r->store->ops->reader_close(reader);
}

static enum err start_pump(struct runtime *r, struct fault *f)
{
    uint64_t seed = 0;
    struct pump_ports ports = {.clock = &r->clock,
                               .store = r->store,
                               .queue = writer_queue(r->writer),
                               .settings = &r->settings,
                               .ids = &r->ids,
                               .pauses = &r->pauses,
                               .sealer = r->sealer,
                               .account_refused = account_refused,
                               .clock_is_steady = steady_check(r->clock_path, &r->clock, &r->steady),
                               .owner = r};
    enum err result = rng_secret(&seed, sizeof seed);

    if (result == ERR_OK)
        result = new_provider(r, (size_t)r->settings.provider_in_flight_max + 16, &r->provider, f);
    if (result != ERR_OK) return result;
    ports.provider = r->provider;
    ports.seed = seed;
    result = pump_new(&ports, &r->pump, f);
    if (result == ERR_OK) result = pump_start(r->pump, f);
    if (result != ERR_OK) return result;
    if (r->restored) shut_gates(r);
    if (pthread_create(&r->pump_thread, NULL, run_pump, r) != 0)
        return fault_set(f, ERR_FULL, "no thread for sending");
    r->pump_running = true;
    return ERR_OK;
}

static void fill_app(struct runtime *r)
{
    r->app.settings = &r->settings;
    r->app.clock = &r->clock;
    r->app.store = r->store;
    r->app.queue = writer_queue(r->writer);
    r->app.sealer = r->sealer;
    r->app.ids = &r->ids;
    r->app.pauses = &r->pauses;
    r->app.prices = &r->prices;
    r->app.tell = tell;
    r->app.look = look;
    r->app.pump = r;
    r->app.urgent_by_pump = true;
    r->app.writer_look = writer_look;
    r->app.writer = r->writer;
    r->app.wake_imports = wake_imports;
    r->app.imports = r;
    r->app.wake_registrations = wake_registrations;
    r->app.onboarding = r;
    r->app.ask_primary = ask_primary;
    r->app.wake_numbers = wake_numbers;
    r->app.look_at_numbers = look_at_numbers;
    r->app.numbers_owner = r;
}

static enum err start_http(struct runtime *r, bool events, struct http_server **out, char *url, size_t size,
                           struct fault *f)
{
    const struct settings *s = &r->settings;
    int *socket = events ? &r->sockets.events : &r->sockets.http;
    const struct http_options options = {.app = &r->app,
                                         .listen = s->listen,
                                         .port = (uint16_t)(events ? s->events_port : s->port),
                                         .connections_max = (size_t)s->http_connections_max,
                                         .subscribers_max = (size_t)s->events_subscribers_max,
                                         .header_timeout_ms = s->http_header_timeout_ms,
                                         .events_only = events,
                                         .inherited = *socket >= 0,
                                         .socket = *socket};
    char host[64];
    bool is_six;
    enum err result = http_server_start(&options, out, f);
    if (result != ERR_OK) return result;
    *socket = -1; /* the server's now */
    http_server_address(*out, host, sizeof host);
    if (strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0) (void)snprintf(host, sizeof host, "127.0.0.1");
    is_six = strchr(host, ':') != NULL;
    (void)snprintf(url, size, "http://%s%s%s:%u", is_six ? "[" : "", host, is_six ? "]" : "",
                   http_server_port(*out));
    return ERR_OK;
}

/* A sandbox that runs elsewhere has no websites, and the customers it has are made up. */
static enum err start_sites(struct runtime *r, struct fault *f)
{
    const struct settings *s = &r->settings;
    struct site_checks *sites = NULL;
    enum err result = ERR_OK;

    if (s->sites_check && (!s->sandbox || s->sites_test_port != 0)) result = site_checks_start(&r->app, &sites, f);
    r->app.sites = sites;
    return result;
}

static enum err start_background(struct runtime *r, struct fault *f)
{
    struct reconcile_options options = {.app = &r->app,
                                        .read_alerts = true,
                                        .restored = r->restored,
                                        .restored_since_ms = r->epoch.written_ms,
                                        .restored_done = restored_done,
                                        .owner = r};
    struct workers *workers = NULL;
    struct reconcile *reconcile = NULL;
    struct onboarding *onboarding = NULL;
    struct lookups *lookups = NULL;
    struct verifier *verifier = NULL;
    struct number_workers *number_workers = NULL;
    enum err result = workers_start(&r->app, &workers, f);
    r->workers = workers;
    if (result == ERR_OK) result = hooks_start(&r->app, &r->hooks, f);
    if (result == ERR_OK) result = lookups_start(&r->app, &lookups, f);
    r->app.lookups = lookups;
    if (result == ERR_OK) result = verifier_start(&r->app, &verifier, f);
    r->app.verifier = verifier;
    if (result == ERR_OK) result = number_workers_start(&r->app, &number_workers, f);
    r->app.number_workers = number_workers;
    if (result == ERR_OK) result = new_provider(r, 4, &options.provider, f);
    if (result == ERR_OK) result = reconcile_start(&options, &reconcile, f);
    r->reconcile = reconcile;
    if (result == ERR_OK) result = start_sites(r, f);
    if (result == ERR_OK) result = onboarding_start(&r->app, &onboarding, f);
    r->onboarding = onboarding;
    if (result != ERR_OK) return result;
    if (pthread_create(&r->epoch_thread, NULL, run_epoch, r) != 0)
        return fault_set(f, ERR_FULL, "no thread for the epoch file");
    r->epoch_running = true;
    return ERR_OK;
}

static void sweep_uploads(struct runtime *r)
{
    size_t removed = spool_sweep(r->settings.data_dir, r->store);
    if (removed > 0) log_event(LOG_INFO, "unfinished_uploads_removed", log_int("count", removed));
}

/* What the file said of the server before, or says of this one. */
static void forget_server(const struct runtime *r)
{
    if (!r->address_is_held) first_start_forget_server(&r->settings);
}

static enum err start_all(struct runtime *r, struct fault *f)
{
    enum err result = prepare(r, f);
    if (result == ERR_OK) result = inherited_take(&r->sockets, f);
    if (result == ERR_OK) result = start_sandbox(r, f);
    if (result == ERR_OK) result = first_start_prices(&r->settings, &r->prices, f);
    r->address_is_held = r->sockets.http >= 0;
    if (result == ERR_OK) result = open_store(r, f);
    if (result == ERR_OK) forget_server(r); /* the directory is ours; who had it before may have been killed */
    if (result == ERR_OK) result = start_writer(r, f);
    if (result != ERR_OK) return result;
    FAILPOINT("start.prepared");
    sweep_uploads(r);
    if (r->restored) result = restored_pause_campaigns(r->store, writer_queue(r->writer), &r->clock, f);
    if (result != ERR_OK) return result;
    fill_app(r);
    /* HTTP first binds its port: without PUBLIC_URL (sandbox only) callbacks go there. The pump is told of
     * nothing before it runs, because no request is served before `ready`. */
    result = start_http(r, false, &r->http, r->url, sizeof r->url, f);
    if (result == ERR_OK && r->settings.public_url[0] == '\0')
        (void)snprintf(r->settings.public_url, sizeof r->settings.public_url, "%s", r->url);
    if (result == ERR_OK) result = start_pump(r, f);
    FAILPOINT("start.pump");
    if (result == ERR_OK) result = start_http(r, true, &r->events, r->events_url, sizeof r->events_url, f);
    if (result == ERR_OK) result = start_background(r, f);
    if (result == ERR_OK)
        result = first_start_server_file(&r->settings, r->url, r->events_url, r->sandbox_url, f);
    if (result != ERR_OK) return result;
    set_listening(r, true);
    r->app.ready = true;
    FAILPOINT("start.ready");
    return ERR_OK;
}

enum err runtime_start(const struct settings *s, struct runtime **out, struct fault *f)
{
    struct runtime *r = calloc(1, sizeof *r);
    enum err result;

    *out = NULL;
    if (r == NULL) return fault_set(f, ERR_FULL, "out of memory");
    r->settings = *s;
    pthread_mutex_init(&r->listeners_lock, NULL);
    pthread_mutex_init(&r->epoch_lock, NULL);
    sender_pauses_init(&r->pauses);
    r->sockets = (struct inherited){-1, -1};
    result = start_all(r, f);
    if (result != ERR_OK) {
        runtime_stop(r);
        return result;
    }
    log_event(LOG_INFO, "started", log_text("url", r->url), log_text("events_url", r->events_url),
              log_text("public_url", r->settings.public_url), log_bool("sandbox", r->settings.sandbox));
    *out = r;
    return ERR_OK;
}

/* ---- stopping ---- */

static void drain(struct runtime *r)
{
    int64_t until_ms = clock_mono_ms(&r->clock) + r->settings.provider_timeout_ms + DRAIN_EXTRA_MS;
    pump_tell(r->pump, &(struct note){.kind = NOTE_DRAIN});
    while (!pump_drained(r->pump) && clock_mono_ms(&r->clock) < until_ms)
        clock_pause(&r->clock, 10);
    if (!pump_drained(r->pump)) log_event(LOG_WARN, "stopped_with_answers_outstanding");
}

void runtime_stop(struct runtime *r)
{
    if (r == NULL) return;
    r->app.ready = false;
    if (r->pump_running) drain(r);
    FAILPOINT("stop.drained");
    set_listening(r, false);
    lookups_end(r->app.lookups);
    verifier_end(r->app.verifier);
    onboarding_end(r->onboarding);
    number_workers_end(r->app.number_workers);
    /* Requests first: what they tell goes to the others. */
    if (r->http != NULL) {
        forget_server(r); /* while the port is still ours */
        http_server_stop(r->http);
    }
    if (r->events != NULL) http_server_stop(r->events);
    onboarding_stop(r->onboarding);
    site_checks_stop(r->app.sites);
    r->app.sites = NULL;
    reconcile_stop(r->reconcile);
    workers_stop(r->workers);
    lookups_stop(r->app.lookups);
    r->app.lookups = NULL;
    verifier_stop(r->app.verifier);
    r->app.verifier = NULL;
    number_workers_stop(r->app.number_workers);
    r->app.number_workers = NULL;
    hooks_stop(r->hooks);
    if (r->pump_running) {
        r->pump_stopping = true;
        provider_wakeup(r->provider);
        (void)pthread_join(r->pump_thread, NULL);
    }
    r->epoch_stopping = true;
    if (r->epoch_running) (void)pthread_join(r->epoch_thread, NULL);
    if (r->writer != NULL) writer_stop(r->writer);
    FAILPOINT("stop.stored");
    if (r->pump != NULL) pump_free(r->pump);
    provider_stop(r->provider);
    if (r->store != NULL) {
        if (r->epoch_running) (void)write_epoch(r);
        r->store->ops->close(r->store);
    }
    if (r->sandbox != NULL) sandbox_server_stop(r->sandbox);
    sealer_close(r->sealer);
    price_free(&r->prices);
    if (r->app.settings != NULL) log_event(LOG_INFO, "stopped");
    pthread_mutex_destroy(&r->listeners_lock);
    pthread_mutex_destroy(&r->epoch_lock);
    explicit_bzero(&r->settings, sizeof r->settings);
    free(r);
}

const char *runtime_url(const struct runtime *r)
{
    return r->url;
}

const char *runtime_events_url(const struct runtime *r)
{
    return r->events_url;
}

const char *runtime_sandbox_url(const struct runtime *r)
{
    return r->sandbox_url;
}
