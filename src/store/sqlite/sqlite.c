/* sqlite: the store over SQLite: open, lock, transactions, checkpoints. Contract in store/store.h.
 * Owns the writer's connection and the lock file; readers own theirs. A failure inside a transaction spoils
 * the whole of it (commit tells), because SQLite may have rolled back by itself; a refused change spoils
 * nothing. */
#include "store/sqlite/parts.h"
#include "base/mutant.h"
#include "store/sqlite/schema.h"

#include "base/failpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { IDLE_CHECKPOINT_PAGES = 1024, READER_CACHE_SHARE = 4 };

uint64_t store_next(struct sqlite_store *s, enum counter which)
{
    return ++s->counters[which];
}

enum err refuse(struct change *c, enum err code, const char *fmt, ...)
{
    va_list args;
    c->fault.code = code;
    va_start(args, fmt);
    (void)vsnprintf(c->fault.what, sizeof c->fault.what, fmt, args);
    va_end(args);
    return code;
}

void store_out_of_memory(struct sqlite_store *s)
{
    conn_fail(&s->conn, SQLITE_NOMEM, "keeping facts");
}

/* ---- transactions ---- */

static void forget(struct sqlite_store *s)
{
    size_t i = 0;
    struct map_slot *slot;
    while ((slot = map_next(&s->orgs, &i)) != NULL) free(slot->value.ptr);
    map_free(&s->orgs);
    campaign_facts_drop(s);
    message_rows_drop(s);
    map_free(&s->days);
    memset(s->runs, 0, sizeof s->runs);
}

void store_flush(struct sqlite_store *s)
{
    message_rows_flush(s);
    org_facts_flush(s);
    campaign_facts_flush(s);
    run_facts_flush(s);
    day_use_flush(s);
}

static void run_simple(struct sqlite_store *s, enum sql id)
{
    struct query q = query_open(&s->conn, id);
    (void)query_run(&q);
}

static enum err sqlite_begin(struct store *base, struct fault *f)
{
    struct sqlite_store *s = store_of(base);
    BUG_IF(s->in_transaction);
    conn_clear(&s->conn);
    /* A rollback that found no memory has left its transaction open. */
    if (sqlite3_get_autocommit(s->conn.db) == 0) run_simple(s, SQL_ROLLBACK);
    run_simple(s, SQL_BEGIN);
    if (conn_check(&s->conn) != ERR_OK) return fault_set(f, conn_check(&s->conn), "%s", s->conn.fault.what);
    s->in_transaction = true;
    return ERR_OK;
}

static void sqlite_rollback(struct store *base)
{
    struct sqlite_store *s = store_of(base);
    BUG_IF(!s->in_transaction);
    conn_clear(&s->conn);
    if (sqlite3_get_autocommit(s->conn.db) == 0) run_simple(s, SQL_ROLLBACK);
    forget(s);
    in_flight_undo(s, 0);
    s->recovered = s->recovered_committed;
    s->events_count = 0;
    memcpy(s->counters, s->counters_committed, sizeof s->counters);
    s->in_transaction = false;
}

static void counters_flush(struct sqlite_store *s)
{
    for (unsigned i = 1; i < COUNTERS; i++) {
        struct query q;
        if (s->counters[i] == s->counters_committed[i]) continue;
        q = query_open(&s->conn, SQL_COUNTER_SAVE);
        query_int(&q, i);
        query_id(&q, s->counters[i]);
        (void)query_run(&q);
    }
}

static int on_wal(void *owner, sqlite3 *db, const char *name, int pages)
{
    (void)db;
    (void)name;
    ((struct sqlite_store *)owner)->wal_pages = pages;
    return SQLITE_OK;
}

static void checkpoint(struct sqlite_store *s, int mode)
{
    int in_log = 0, moved = 0;
    FAILPOINT("checkpoint.before");
    /* A busy reader or a full disk only puts it off: the log stays whole and the next idle moment tries again. */
    if (sqlite3_wal_checkpoint_v2(s->conn.db, NULL, mode, &in_log, &moved) != SQLITE_OK) return;
    s->wal_pages = in_log - moved;
    FAILPOINT("checkpoint.after");
}

static bool wal_over_bound(const struct sqlite_store *s)
{
    return s->options.wal_bytes_max > 0 && s->wal_pages * s->page_bytes > s->options.wal_bytes_max;
}

static void committed(struct sqlite_store *s)
{
    memcpy(s->counters_committed, s->counters, sizeof s->counters);
    s->recovered_committed = s->recovered;
    atomic_store(&s->commit_number, s->counters[COUNTER_COMMIT]);
    atomic_store(&s->messages_total, (int64_t)s->counters[COUNTER_MESSAGES_TOTAL]);
    s->events_count = s->armed_count = 0;
    s->in_transaction = false;
    message_rows_settle(s);
    campaign_facts_shrink(s);
    if (wal_over_bound(s)) checkpoint(s, SQLITE_CHECKPOINT_TRUNCATE);
}

static enum err sqlite_commit(struct store *base, struct fault *f)
{
    struct sqlite_store *s = store_of(base);
    enum err code;
    BUG_IF(!s->in_transaction);
    store_flush(s);
    events_flush(s);
    s->counters[COUNTER_COMMIT]++;
    arms_low_advance(s);
    counters_flush(s);
    run_simple(s, SQL_COMMIT);
    code = conn_check(&s->conn);
    if (code == ERR_OK) {
        committed(s);
        return ERR_OK;
    }
    code = fault_set(f, code, "commit %llu: %s", (unsigned long long)s->counters[COUNTER_COMMIT],
                     s->conn.fault.what);
    sqlite_rollback(base);
    return code;
}

static uint64_t sqlite_commit_number(struct store *base)
{
    return atomic_load(&store_of(base)->commit_number);
}

static void sqlite_idle(struct store *base)
{
    struct sqlite_store *s = store_of(base);
    if (s->in_transaction) return;
    if (wal_over_bound(s)) checkpoint(s, SQLITE_CHECKPOINT_TRUNCATE);
    else if (s->wal_pages >= IDLE_CHECKPOINT_PAGES) checkpoint(s, SQLITE_CHECKPOINT_PASSIVE);
}

/* ---- changes ---- */

/* Those that write in several steps and may be refused between them are wrapped in a savepoint; the hot ones
 * look first and then write, because a savepoint costs as much as the change. */
static const struct {
    enum err (*apply)(struct sqlite_store *s, struct change *c);
    bool savepoint;
} kinds[] = {
    [CHANGE_ORG] = {apply_org, true},
    [CHANGE_PROGRAM] = {apply_program, true},
    [CHANGE_SENDERS] = {apply_senders, true},
    [CHANGE_KEY] = {apply_key, true},
    [CHANGE_LIST] = {apply_list, true},
    [CHANGE_CONTACTS] = {apply_contacts, true},
    [CHANGE_CONTACT_DELETE] = {apply_contact_delete, true},
    [CHANGE_CONSENT] = {apply_consent, false},
    [CHANGE_CAMPAIGN] = {apply_campaign, true},
    [CHANGE_CAMPAIGN_STATE] = {apply_campaign_state, false},
    [CHANGE_FREEZE] = {apply_freeze, false},
    [CHANGE_ADMIT] = {apply_admit, false},
    [CHANGE_CANCEL] = {apply_cancel, false},
    [CHANGE_ARM] = {apply_arm, false},
    [CHANGE_OUTCOME] = {apply_outcome, false},
    [CHANGE_STATUS] = {apply_status, false},
    [CHANGE_INBOUND] = {apply_inbound, false},
    [CHANGE_DOUBT] = {apply_doubt, false},
    [CHANGE_BIND] = {apply_bind, false},
    [CHANGE_RECOVER] = {apply_recover, false},
    [CHANGE_IMPORT] = {apply_import, true},
    [CHANGE_ENDPOINT] = {apply_endpoint, true},
    [CHANGE_HOOKS] = {apply_hooks, true},
    [CHANGE_META] = {apply_meta, false},
    [CHANGE_LEARNED] = {apply_learned, false},
    [CHANGE_SENDER_EVENT] = {apply_sender_event, false},
    [CHANGE_REGISTRATION] = {apply_registration, true},
    [CHANGE_LOOKUP] = {apply_lookup, true},
    [CHANGE_HYGIENE] = {apply_hygiene, true},
    [CHANGE_VERIFICATION] = {apply_verification, true},
    [CHANGE_VERIFY_SERVICE] = {apply_verify_service, true},
    [CHANGE_ACCOUNT] = {apply_account, true},
    [CHANGE_OWNED] = {apply_owned, true},
    [CHANGE_DRIFT] = {apply_drift, true},
    [CHANGE_NUMBERS] = {apply_numbers, false},
    [CHANGE_TRIM] = {apply_trim, false},
};

static enum err apply_whole(struct sqlite_store *s, struct change *c)
{
    enum err code = kinds[c->kind].apply(s, c);
    if (code == ERR_OK && c->idem != NULL) code = idempotency_store(s, c);
    return code;
}

static enum err apply_in_savepoint(struct sqlite_store *s, struct change *c)
{
    uint64_t counters[COUNTERS];
    size_t events = s->events_count, armed = s->armed_count;
    enum err code;

    store_flush(s);
    memcpy(counters, s->counters, sizeof counters);
    run_simple(s, SQL_SAVEPOINT);
    code = apply_whole(s, c);
    if (code != ERR_OK && conn_check(&s->conn) == ERR_OK) {
        run_simple(s, SQL_SAVEPOINT_UNDO);
        forget(s);
        in_flight_undo(s, armed);
        s->events_count = events;
        memcpy(s->counters, counters, sizeof counters);
    }
    run_simple(s, SQL_SAVEPOINT_RELEASE);
    return code;
}

static void sqlite_apply(struct store *base, struct change *c)
{
    struct sqlite_store *s = store_of(base);
    BUG_IF(!s->in_transaction || c->kind < CHANGE_ORG || c->kind > CHANGE_TRIM);
    c->result = ERR_OK;
    fault_clear(&c->fault);
    if (conn_check(&s->conn) == ERR_OK) {
        int seen = c->idem == NULL || MUTANT(idempotency_forgotten) ? 0 : idempotency_lookup(s, c);
        if (seen < 0) c->result = ERR_CONFLICT;
        if (seen == 0)
            c->result = kinds[c->kind].savepoint || c->idem != NULL ? apply_in_savepoint(s, c) : apply_whole(s, c);
    }
    if (conn_check(&s->conn) == ERR_OK) return;
    c->result = conn_check(&s->conn);
    c->fault = s->conn.fault;
}

/* ---- readers ---- */

static enum err sqlite_reader_open(struct store *base, struct store_reader **out, struct fault *f)
{
    struct sqlite_store *s = store_of(base);
    struct sqlite_reader *r = calloc(1, sizeof *r);
    enum err code;
    if (r == NULL) return fault_set(f, ERR_FULL, "no memory for a reader of %s", s->path);
    r->base.store = base;
    code = conn_open(&r->conn, s->path, CONN_READ, s->options.cache_kib / READER_CACHE_SHARE, f);
    if (code != ERR_OK) {
        free(r);
        return code;
    }
    atomic_fetch_add(&s->readers, 1);
    *out = &r->base;
    return ERR_OK;
}

static void sqlite_reader_close(struct store_reader *base)
{
    struct sqlite_reader *r = (struct sqlite_reader *)(void *)base;
    atomic_fetch_sub(&store_of(base->store)->readers, 1);
    conn_close(&r->conn);
    free(r);
}

static void sqlite_reader_hold(struct store_reader *r)
{
    (void)sqlite3_exec(reader_conn(r)->db, "BEGIN", NULL, NULL, NULL);
}

static void sqlite_reader_release(struct store_reader *r)
{
    if (!sqlite3_get_autocommit(reader_conn(r)->db))
        (void)sqlite3_exec(reader_conn(r)->db, "ROLLBACK", NULL, NULL, NULL);
}

/* ---- opening and closing ---- */

static enum err lock_take(struct sqlite_store *s, struct fault *f)
{
    char path[4096], holder[32] = "";
    ssize_t n;
    if (snprintf(path, sizeof path, "%s.lock", s->path) >= (int)sizeof path)
        return fault_set(f, ERR_LIMIT, "the path of the database is too long: %s", s->path);
    s->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (s->lock_fd < 0)
        return fault_set(f, ERR_IO, "%s: %s; is the directory there and writable?", path, strerror(errno));
    if (flock(s->lock_fd, LOCK_EX | LOCK_NB) != 0 && !MUTANT(lock_ignored)) {
        n = pread(s->lock_fd, holder, sizeof holder - 1, 0);
        holder[n > 0 ? strcspn(holder, "\n") : 0] = 0;
        return fault_set(f, ERR_CONFLICT, "%s is in use by the server with process id %s; stop it first, or name"
                         " another data_dir", s->path, holder[0] != 0 ? holder : "unknown");
    }
    n = snprintf(holder, sizeof holder, "%ld\n", (long)getpid());
    if (ftruncate(s->lock_fd, 0) != 0 || pwrite(s->lock_fd, holder, (size_t)n, 0) != n)
        return fault_set(f, ERR_IO, "%s: %s", path, strerror(errno));
    return ERR_OK;
}

static void counters_load(struct sqlite_store *s)
{
    struct query q = query_open(&s->conn, SQL_COUNTERS_LOAD);
    while (query_row(&q)) {
        uint64_t id = query_get_id(&q);
        if (id < COUNTERS) s->counters[id] = query_get_id(&q);
    }
    memcpy(s->counters_committed, s->counters, sizeof s->counters);
    s->arms_at_open = s->counters[COUNTER_ARMS];
    atomic_store(&s->commit_number, s->counters[COUNTER_COMMIT]);
    atomic_store(&s->messages_total, (int64_t)s->counters[COUNTER_MESSAGES_TOTAL]);
}

static int64_t page_bytes(struct sqlite_store *s)
{
    sqlite3_stmt *statement = NULL;
    int64_t bytes = 4096;
    if (sqlite3_prepare_v2(s->conn.db, "PRAGMA page_size", -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        bytes = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return bytes;
}

static enum err open_for_tools(struct sqlite_store *s, struct fault *f)
{
    enum err code = conn_open(&s->conn, s->path, CONN_READ, s->options.cache_kib, f);
    if (code == ERR_OK) code = schema_verify(&s->conn, s->path, f);
    return code;
}

static enum err open_for_server(struct sqlite_store *s, struct fault *f)
{
    enum err code = lock_take(s, f);
    FAILPOINT("open.locked");
    if (code == ERR_OK) code = conn_open(&s->conn, s->path, CONN_WRITE, s->options.cache_kib, f);
    if (code == ERR_OK) code = schema_migrate(&s->conn, s->path, f);
    if (code != ERR_OK) return code;
    FAILPOINT("open.migrated");
    (void)conn_exec(&s->conn, "PRAGMA journal_mode = WAL");
    (void)conn_exec(&s->conn, MUTANT(arm_not_synced) ? "PRAGMA synchronous = NORMAL" : "PRAGMA synchronous = FULL");
    (void)conn_exec(&s->conn, "PRAGMA wal_autocheckpoint = 0");
    sqlite3_wal_hook(s->conn.db, on_wal, s);
    return ERR_OK;
}

static void sqlite_close(struct store *base)
{
    struct sqlite_store *s = store_of(base);
    BUG_IF(atomic_load(&s->readers) != 0);
    if (s->in_transaction) sqlite_rollback(base);
    forget(s);
    message_rows_free(s);
    map_free(&s->in_flight);
    map_free(&s->arms_open);
    free(s->armed);
    free(s->events);
    if (s->conn.db != NULL) conn_close(&s->conn);
    if (s->lock_fd >= 0) (void)close(s->lock_fd);
    free(s->path);
    free(s);
}

static const struct store_ops ops = {
    .close = sqlite_close,
    .begin = sqlite_begin,
    .apply = sqlite_apply,
    .commit = sqlite_commit,
    .rollback = sqlite_rollback,
    .commit_number = sqlite_commit_number,
    .idle = sqlite_idle,
    .backup = sqlite_backup,
    .reader_open = sqlite_reader_open,
    .reader_close = sqlite_reader_close,
    .reader_hold = sqlite_reader_hold,
    .reader_release = sqlite_reader_release,
    .org_get = sqlite_org_get,
    .org_by_slug = sqlite_org_by_slug,
    .org_by_hook_path = sqlite_org_by_hook_path,
    .orgs = sqlite_orgs,
    .programs = sqlite_programs,
    .senders = sqlite_senders,
    .sender_by_address = sqlite_sender_by_address,
    .key_by_hash = sqlite_key_by_hash,
    .keys = sqlite_keys,
    .contact_get = sqlite_contact_get,
    .contact_by_number = sqlite_contact_by_number,
    .contacts = sqlite_contacts,
    .list_by_name = sqlite_list_by_name,
    .list_get = sqlite_list_get,
    .lists = sqlite_lists,
    .consent_get = sqlite_consent_get,
    .consents = sqlite_consents,
    .consent_holds = sqlite_consent_holds,
    .consent_head = sqlite_consent_head,
    .campaign_get = sqlite_campaign_get,
    .campaigns = sqlite_campaigns,
    .campaigns_live = sqlite_campaigns_live,
    .runs = sqlite_runs,
    .draw_run = sqlite_draw_run,
    .draw_due = sqlite_draw_due,
    .due_lanes = sqlite_due_lanes,
    .due_earliest = sqlite_due_earliest,
    .message_get = sqlite_message_get,
    .messages = sqlite_messages,
    .messages_to = sqlite_messages_to,
    .sid_taken = sqlite_sid_taken,
    .messages_stuck = sqlite_messages_stuck,
    .campaign_errors = sqlite_campaign_errors,
    .campaign_carriers = sqlite_campaign_carriers,
    .acknowledgements = sqlite_acknowledgements,
    .campaign_reasons = sqlite_campaign_reasons,
    .doubts = sqlite_doubts,
    .arms_recent = sqlite_arms_recent,
    .arms_answered = sqlite_arms_answered,
    .day_uses = sqlite_day_uses,
    .recent_sends = sqlite_recent_sends,
    .number_facts = sqlite_number_facts,
    .inbounds = sqlite_inbounds,
    .inbound_by_sid = sqlite_inbound_by_sid,
    .inbound_latest = sqlite_inbound_latest,
    .learned = sqlite_learned,
    .events = sqlite_events,
    .event_newest = sqlite_event_newest,
    .event_get = sqlite_event_get,
    .endpoints = sqlite_endpoints,
    .hook_retries = sqlite_hook_retries,
    .import_get = sqlite_import_get,
    .imports = sqlite_imports,
    .imports_running = sqlite_imports_running,
    .line_get = sqlite_line_get,
    .lookups_used = sqlite_lookups_used,
    .hygiene_get = sqlite_hygiene_get,
    .verification_get = sqlite_verification_get,
    .verification_of = sqlite_verification_of,
    .verifications_over = sqlite_verifications_over,
    .verify_service_get = sqlite_verify_service_get,
    .hygienes_running = sqlite_hygienes_running,
    .account_get = sqlite_account_get,
    .accounts_due = sqlite_accounts_due,
    .owned_get = sqlite_owned_get,
    .owned_list = sqlite_owned_list,
    .owned_by_number = sqlite_owned_by_number,
    .owned_due = sqlite_owned_due,
    .drift_get = sqlite_drift_get,
    .drifts_due = sqlite_drifts_due,
    .registration_get = sqlite_registration_get,
    .registrations = sqlite_registrations,
    .registrations_due = sqlite_registrations_due,
    .registration_notes = sqlite_registration_notes,
    .answer_get = sqlite_answer_get,
    .meta_get = sqlite_meta_get,
    .stats = sqlite_stats,
};

/* The library's count of its memory is asked by nobody and costs a lock for each piece. Once, before its first use. */
static void configure_library(void)
{
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

enum err store_sqlite_open(const struct store_sqlite_options *o, struct store **out, struct fault *f)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct sqlite_store *s = calloc(1, sizeof *s);
    enum err code = ERR_OK;
    (void)pthread_once(&once, configure_library);
    if (s == NULL) return fault_set(f, ERR_FULL, "no memory to open %s", o->path);
    s->base.ops = &ops;
    s->lock_fd = -1;
    s->options = *o;
    s->path = strdup(o->path);
    s->options.path = s->path;
    if (s->path == NULL) code = fault_set(f, ERR_FULL, "no memory to open %s", o->path);
    if (code == ERR_OK) code = o->read_only ? open_for_tools(s, f) : open_for_server(s, f);
    if (code == ERR_OK) {
        counters_load(s);
        s->page_bytes = page_bytes(s);
        if (conn_check(&s->conn) != ERR_OK)
            code = fault_set(f, conn_check(&s->conn), "%s: %s", s->path, s->conn.fault.what);
    }
    if (code != ERR_OK) {
        sqlite_close(&s->base);
        return code;
    }
    *out = &s->base;
    return ERR_OK;
}
