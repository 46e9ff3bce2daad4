/* schema: tables and migrations. Contract in schema.h. Why the hot tables look as they do: performance.md
 * section 4 ("cursor"): integer keys, no index on state, none on SID. */
#include "store/sqlite/schema.h"

#include "store/sqlite/parts.h"

#include "base/failpoint.h"

#include <stdio.h>

static const char first_schema[] =
    /* installation-wide */
    "CREATE TABLE counters (id INTEGER PRIMARY KEY, value INTEGER NOT NULL);"
    "CREATE TABLE meta (name TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE idempotency (org INTEGER NOT NULL, key TEXT NOT NULL, request_hash BLOB NOT NULL,"
    " status INTEGER NOT NULL, answer BLOB NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (org, key)) WITHOUT ROWID;"
    /* who */
    "CREATE TABLE orgs (id INTEGER PRIMARY KEY, slug TEXT NOT NULL UNIQUE, name TEXT NOT NULL,"
    " state INTEGER NOT NULL, account_sid TEXT NOT NULL, token_sealed BLOB NOT NULL, token2_sealed BLOB NOT NULL,"
    " hook_path TEXT NOT NULL, region TEXT NOT NULL, share INTEGER NOT NULL, spend_cap INTEGER NOT NULL,"
    " spent INTEGER NOT NULL, spent_month INTEGER NOT NULL, help_text TEXT NOT NULL,"
    " inbound_seen INTEGER NOT NULL, rev INTEGER NOT NULL, created INTEGER NOT NULL);"
    "CREATE UNIQUE INDEX orgs_hook_path ON orgs (hook_path) WHERE hook_path <> '';"
    "CREATE TABLE programs (id INTEGER PRIMARY KEY, org INTEGER NOT NULL, name TEXT NOT NULL,"
    " service_sid TEXT NOT NULL, registration INTEGER NOT NULL, brand INTEGER NOT NULL,"
    " brand_score INTEGER NOT NULL, use_case TEXT NOT NULL, created INTEGER NOT NULL);"
    "CREATE UNIQUE INDEX programs_name ON programs (org, name);"
    "CREATE INDEX programs_org ON programs (org, id);"
    "CREATE TABLE senders (id INTEGER PRIMARY KEY, org INTEGER NOT NULL, program INTEGER NOT NULL,"
    " kind INTEGER NOT NULL, state INTEGER NOT NULL, address TEXT NOT NULL, number INTEGER NOT NULL,"
    " verified INTEGER NOT NULL, sid TEXT NOT NULL, created INTEGER NOT NULL);"
    "CREATE INDEX senders_org ON senders (org, id);"
    /* A number is one organization's; an alphanumeric ID (kind 4) may be several's. 3 is removed. */
    "CREATE UNIQUE INDEX senders_number ON senders (address) WHERE state <> 3 AND kind <> 4;"
    "CREATE UNIQUE INDEX senders_address ON senders (org, address) WHERE state <> 3;"
    "CREATE TABLE api_keys (id INTEGER PRIMARY KEY, org INTEGER NOT NULL, hash BLOB NOT NULL UNIQUE,"
    " hint TEXT NOT NULL, name TEXT NOT NULL, scopes INTEGER NOT NULL, created INTEGER NOT NULL,"
    " expires INTEGER NOT NULL, revoked INTEGER NOT NULL);"
    "CREATE INDEX api_keys_org ON api_keys (org, id);"
    /* to whom */
    "CREATE TABLE contacts (id INTEGER PRIMARY KEY, org INTEGER NOT NULL, number INTEGER NOT NULL,"
    " fields TEXT NOT NULL, zones INTEGER NOT NULL, carrier INTEGER NOT NULL, sender INTEGER NOT NULL,"
    " deleted INTEGER NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL);"
    "CREATE UNIQUE INDEX contacts_number ON contacts (org, number);"
    "CREATE INDEX contacts_org ON contacts (org, id);"
    "CREATE TABLE lists (id INTEGER PRIMARY KEY, org INTEGER NOT NULL, name TEXT NOT NULL,"
    " members INTEGER NOT NULL, created INTEGER NOT NULL);"
    "CREATE UNIQUE INDEX lists_name ON lists (org, name);"
    "CREATE INDEX lists_org ON lists (org, id);"
    "CREATE TABLE list_members (org INTEGER NOT NULL, list INTEGER NOT NULL, contact INTEGER NOT NULL,"
    " PRIMARY KEY (org, list, contact)) WITHOUT ROWID;"
    "CREATE TABLE consents (id INTEGER PRIMARY KEY, org INTEGER NOT NULL, number INTEGER NOT NULL,"
    " kind INTEGER NOT NULL, at INTEGER NOT NULL, source TEXT NOT NULL, evidence TEXT NOT NULL, sid BLOB);"
    "CREATE INDEX consents_number ON consents (org, number, id);"
    "CREATE INDEX consents_org ON consents (org, id);"
    "CREATE UNIQUE INDEX consents_sid ON consents (org, sid) WHERE sid IS NOT NULL;"
    "CREATE TABLE consent_now (org INTEGER NOT NULL, number INTEGER NOT NULL, kind INTEGER NOT NULL,"
    " at INTEGER NOT NULL, event INTEGER NOT NULL, PRIMARY KEY (org, number)) WITHOUT ROWID;"
    /* what */
    "CREATE TABLE campaigns (id INTEGER PRIMARY KEY, org INTEGER NOT NULL, program INTEGER NOT NULL,"
    " list INTEGER NOT NULL, name TEXT NOT NULL, kind INTEGER NOT NULL, template TEXT NOT NULL,"
    " state INTEGER NOT NULL, why TEXT NOT NULL, retry_undelivered INTEGER NOT NULL, validity INTEGER NOT NULL,"
    " pause_failures INTEGER NOT NULL, start_at INTEGER NOT NULL, frozen INTEGER NOT NULL,"
    " freeze_after INTEGER NOT NULL, rev INTEGER NOT NULL, created INTEGER NOT NULL, started INTEGER NOT NULL,"
    " finished INTEGER NOT NULL);"
    "CREATE INDEX campaigns_org ON campaigns (org, id);"
    "CREATE INDEX campaigns_live ON campaigns (id) WHERE state IN (2, 3, 4);"
    "CREATE TABLE tallies (campaign INTEGER PRIMARY KEY, org INTEGER NOT NULL, audience INTEGER NOT NULL,"
    " segments INTEGER NOT NULL, cost INTEGER NOT NULL, data BLOB NOT NULL);"
    /* id is the first message's; `gone`: of [next, hi), those that left the queue out of turn. */
    "CREATE TABLE runs (id INTEGER PRIMARY KEY, campaign INTEGER NOT NULL, org INTEGER NOT NULL,"
    " zones INTEGER NOT NULL, carrier INTEGER NOT NULL, hi INTEGER NOT NULL, next INTEGER NOT NULL,"
    " gone INTEGER NOT NULL);"
    "CREATE INDEX runs_campaign ON runs (org, campaign, id);"
    "CREATE INDEX runs_org ON runs (org, id);"
    /* Zeros and NULLs take no room in a row. */
    "CREATE TABLE messages (id INTEGER PRIMARY KEY, org INTEGER NOT NULL, campaign INTEGER NOT NULL,"
    " contact INTEGER NOT NULL, number INTEGER NOT NULL, program INTEGER NOT NULL, kind INTEGER NOT NULL,"
    " state INTEGER NOT NULL, reason INTEGER NOT NULL DEFAULT 0, attempt INTEGER NOT NULL DEFAULT 0,"
    " carrier INTEGER NOT NULL, segments INTEGER NOT NULL DEFAULT 0, error_code INTEGER NOT NULL DEFAULT 0,"
    " sender INTEGER NOT NULL DEFAULT 0, zones INTEGER NOT NULL, flags INTEGER NOT NULL,"
    " cost INTEGER NOT NULL DEFAULT 0, created INTEGER NOT NULL, send_at INTEGER NOT NULL DEFAULT 0,"
    " expires INTEGER NOT NULL, armed INTEGER NOT NULL DEFAULT 0, answered INTEGER NOT NULL DEFAULT 0,"
    " updated INTEGER NOT NULL, due_at INTEGER NOT NULL DEFAULT 0, sid BLOB, body TEXT);"
    "CREATE INDEX messages_number ON messages (org, number, id);"
    "CREATE INDEX messages_direct ON messages (org, id) WHERE campaign = 0;"
    "CREATE TABLE due (org INTEGER NOT NULL, program INTEGER NOT NULL, campaign INTEGER NOT NULL,"
    " kind INTEGER NOT NULL, carrier INTEGER NOT NULL, at INTEGER NOT NULL, message INTEGER NOT NULL,"
    " armed INTEGER NOT NULL, PRIMARY KEY (org, program, campaign, kind, carrier, at, message)) WITHOUT ROWID;"
    "CREATE TABLE doubts (message INTEGER PRIMARY KEY, org INTEGER NOT NULL, number INTEGER NOT NULL,"
    " attempt INTEGER NOT NULL, clean_listings INTEGER NOT NULL, armed INTEGER NOT NULL,"
    " deadline INTEGER NOT NULL, next INTEGER NOT NULL, sender INTEGER NOT NULL, segments INTEGER NOT NULL,"
    " cost INTEGER NOT NULL);"
    "CREATE TABLE arms (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, items BLOB NOT NULL);"
    "CREATE TABLE day_use (day INTEGER NOT NULL, org INTEGER NOT NULL, carrier INTEGER NOT NULL,"
    " segments INTEGER NOT NULL, PRIMARY KEY (day, org, carrier)) WITHOUT ROWID;"
    "CREATE TABLE inbound (id INTEGER PRIMARY KEY, org INTEGER NOT NULL, sid BLOB NOT NULL,"
    " sender INTEGER NOT NULL, recipient TEXT NOT NULL, body TEXT NOT NULL, keyword INTEGER NOT NULL,"
    " at INTEGER NOT NULL, received INTEGER NOT NULL);"
    "CREATE UNIQUE INDEX inbound_sid ON inbound (org, sid);"
    "CREATE INDEX inbound_org ON inbound (org, id);"
    "CREATE TABLE imports (id INTEGER PRIMARY KEY, org INTEGER NOT NULL, list INTEGER NOT NULL,"
    " state INTEGER NOT NULL, region TEXT NOT NULL, bytes INTEGER NOT NULL, bytes_read INTEGER NOT NULL,"
    " row_count INTEGER NOT NULL, added INTEGER NOT NULL, updated INTEGER NOT NULL, duplicates INTEGER NOT NULL,"
    " rejected INTEGER NOT NULL, resume_row INTEGER NOT NULL, file TEXT NOT NULL, why TEXT NOT NULL,"
    " created INTEGER NOT NULL, finished INTEGER NOT NULL);"
    "CREATE INDEX imports_org ON imports (org, id);"
    "CREATE INDEX imports_running ON imports (id) WHERE state = 1;"
    /* Events of one organization and commit are one row: `items` is packed (events.c). */
    "CREATE TABLE events (last INTEGER PRIMARY KEY, first INTEGER NOT NULL, org INTEGER NOT NULL,"
    " at INTEGER NOT NULL, items BLOB NOT NULL);"
    "CREATE INDEX events_org ON events (org, last);"
    "CREATE TABLE endpoints (id INTEGER PRIMARY KEY, org INTEGER NOT NULL, url TEXT NOT NULL,"
    " secret_sealed BLOB NOT NULL, types INTEGER NOT NULL, state INTEGER NOT NULL, position INTEGER NOT NULL,"
    " created INTEGER NOT NULL);"
    "CREATE INDEX endpoints_org ON endpoints (org, id);"
    "CREATE TABLE hook_retries (org INTEGER NOT NULL, endpoint INTEGER NOT NULL, event INTEGER NOT NULL,"
    " attempt INTEGER NOT NULL, next INTEGER NOT NULL, last_status INTEGER NOT NULL, last_error TEXT NOT NULL,"
    " PRIMARY KEY (org, endpoint, event)) WITHOUT ROWID;";

static const char second_schema[] =
    /* When did that person last write? Asked of each reply while only replies pass. */
    "CREATE INDEX inbound_person ON inbound (org, sender, at);"
    "CREATE TABLE learned (org INTEGER NOT NULL, scope INTEGER NOT NULL, program INTEGER NOT NULL,"
    " sender INTEGER NOT NULL, carrier INTEGER NOT NULL, slot INTEGER NOT NULL, units INTEGER NOT NULL,"
    " at INTEGER NOT NULL, PRIMARY KEY (org, scope, program, sender, carrier, slot)) WITHOUT ROWID;";

static const char third_schema[] =
    /* SIDs of attempts that were followed by another: still ours, so that no doubt is settled by them. */
    "CREATE TABLE earlier_sids (org INTEGER NOT NULL, number INTEGER NOT NULL, sid BLOB NOT NULL,"
    " message INTEGER NOT NULL, PRIMARY KEY (org, number, sid)) WITHOUT ROWID;";

static const char chained_schema[] =
    /* The ledger says more, and is chained: store/chain.h. What was opted in before was express consent. */
    "ALTER TABLE consents ADD COLUMN scope INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE consents ADD COLUMN scope_id INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE consents ADD COLUMN basis INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE consents ADD COLUMN recorded INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE consents ADD COLUMN proof TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE consents ADD COLUMN position INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE consents ADD COLUMN hash BLOB NOT NULL DEFAULT '';"
    "UPDATE consents SET recorded = at, basis = CASE WHEN kind = 2 THEN 1 ELSE 0 END;"
    "CREATE TABLE chains (org INTEGER PRIMARY KEY, count INTEGER NOT NULL, head BLOB NOT NULL);"
    /* What holds in one scope, packed: no join with the ledger is needed to ask. `scoped`: consent_scopes has more. */
    "ALTER TABLE consent_now ADD COLUMN basis INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE consent_now ADD COLUMN basis_event INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE consent_now ADD COLUMN seen INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE consent_now ADD COLUMN scoped INTEGER NOT NULL DEFAULT 0;"
    "UPDATE consent_now SET seen = at; UPDATE consent_now SET basis = 1, basis_event = event WHERE kind = 2;"
    "CREATE TABLE consent_scopes (org INTEGER NOT NULL, number INTEGER NOT NULL, scope INTEGER NOT NULL,"
    " scope_id INTEGER NOT NULL, kind INTEGER NOT NULL, at INTEGER NOT NULL, event INTEGER NOT NULL,"
    " basis INTEGER NOT NULL, basis_event INTEGER NOT NULL, seen INTEGER NOT NULL,"
    " PRIMARY KEY (org, number, scope, scope_id)) WITHOUT ROWID;";

static const char attested_schema[] = "ALTER TABLE imports ADD COLUMN attestation INTEGER NOT NULL DEFAULT 0;";

static const char judged_schema[] =
    /* What rules/content lets a program's texts say; and who let a campaign start against which findings. */
    "ALTER TABLE programs ADD COLUMN brand_name TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE programs ADD COLUMN traits INTEGER NOT NULL DEFAULT 0;"
    "CREATE TABLE acknowledgements (id INTEGER PRIMARY KEY, org INTEGER NOT NULL, campaign INTEGER NOT NULL,"
    " at INTEGER NOT NULL, said_by TEXT NOT NULL, rule_set INTEGER NOT NULL, findings TEXT NOT NULL);"
    "CREATE INDEX acknowledgements_campaign ON acknowledgements (org, campaign, id);";

static const char worded_schema[] = "ALTER TABLE orgs ADD COLUMN opt_out_words TEXT NOT NULL DEFAULT '';";

static const char capped_schema[] =
    /* What one person was sent lately, packed: rules/frequency.h. Only of those to whom a cap applies. */
    "CREATE TABLE recent_sends (org INTEGER NOT NULL, number INTEGER NOT NULL, sent BLOB NOT NULL,"
    " PRIMARY KEY (org, number)) WITHOUT ROWID;"
    "ALTER TABLE orgs ADD COLUMN frequency_cap INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE orgs ADD COLUMN frequency_hours INTEGER NOT NULL DEFAULT 0;"
    /* Who was here before countries had to be named may go on sending where it did. */
    "ALTER TABLE orgs ADD COLUMN countries TEXT NOT NULL DEFAULT '*';";

static const char onboarding_schema[] =
    "CREATE TABLE registrations (id INTEGER PRIMARY KEY, org INTEGER NOT NULL, program INTEGER NOT NULL,"
    " kind INTEGER NOT NULL, state INTEGER NOT NULL, rev INTEGER NOT NULL, facts TEXT NOT NULL,"
    " progress TEXT NOT NULL, why TEXT NOT NULL, code INTEGER NOT NULL, next INTEGER NOT NULL,"
    " created INTEGER NOT NULL, updated INTEGER NOT NULL);"
    "CREATE INDEX registrations_org ON registrations (org, id);"
    "CREATE INDEX registrations_program ON registrations (org, program, state);"
    "CREATE INDEX registrations_due ON registrations (next, id) WHERE next > 0;"
    "CREATE TABLE registration_notes (id INTEGER PRIMARY KEY, org INTEGER NOT NULL, registration INTEGER NOT NULL,"
    " at INTEGER NOT NULL, step TEXT NOT NULL, outcome TEXT NOT NULL, sid TEXT NOT NULL, code INTEGER NOT NULL,"
    " words TEXT NOT NULL);"
    "CREATE INDEX registration_notes_of ON registration_notes (org, registration, id);";

static const char numbers_schema[] =
    /* What is known of a number itself: rules/number_facts.h. Only of those of which something is. */
    "CREATE TABLE number_facts (org INTEGER NOT NULL, number INTEGER NOT NULL, line INTEGER NOT NULL,"
    " line_at INTEGER NOT NULL, trouble INTEGER NOT NULL, code INTEGER NOT NULL, trouble_at INTEGER NOT NULL,"
    " misses INTEGER NOT NULL, missed_at INTEGER NOT NULL, reached_at INTEGER NOT NULL,"
    " PRIMARY KEY (org, number)) WITHOUT ROWID;"
    "ALTER TABLE senders ADD COLUMN registered TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE programs ADD COLUMN help_text TEXT NOT NULL DEFAULT '';";

static const char lookups_schema[] =
    /* What Lookup said of a number, whoever asked: store/model.h, struct line_record. */
    "CREATE TABLE lines (number INTEGER PRIMARY KEY, valid INTEGER NOT NULL, line INTEGER NOT NULL,"
    " carrier TEXT NOT NULL, mcc TEXT NOT NULL, mnc TEXT NOT NULL, owner INTEGER NOT NULL,"
    " owner_since INTEGER NOT NULL, looked INTEGER NOT NULL);"
    "CREATE TABLE lookup_use (org INTEGER NOT NULL, month INTEGER NOT NULL, used INTEGER NOT NULL,"
    " PRIMARY KEY (org, month)) WITHOUT ROWID;"
    "CREATE TABLE hygienes (id INTEGER PRIMARY KEY, org INTEGER NOT NULL, list INTEGER NOT NULL,"
    " state INTEGER NOT NULL, after INTEGER NOT NULL, most INTEGER NOT NULL, contacts INTEGER NOT NULL,"
    " looked INTEGER NOT NULL, cached INTEGER NOT NULL, mobile INTEGER NOT NULL, landline INTEGER NOT NULL,"
    " voip INTEGER NOT NULL, other INTEGER NOT NULL, invalid INTEGER NOT NULL, unknown INTEGER NOT NULL,"
    " reassigned INTEGER NOT NULL, cost INTEGER NOT NULL, why TEXT NOT NULL, created INTEGER NOT NULL,"
    " finished INTEGER NOT NULL);"
    "CREATE INDEX hygienes_running ON hygienes (org, list) WHERE state = 1;";

static const char verify_schema[] =
    /* Numbers that were proved, by codes that nobody here knows; and what guards took: store/change.h. */
    "CREATE TABLE verifications (id INTEGER PRIMARY KEY, org INTEGER NOT NULL, number INTEGER NOT NULL,"
    " state INTEGER NOT NULL, channel INTEGER NOT NULL, locale TEXT NOT NULL, sid TEXT NOT NULL,"
    " sends INTEGER NOT NULL, checks INTEGER NOT NULL, code INTEGER NOT NULL, rev INTEGER NOT NULL,"
    " asked INTEGER NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL, expires INTEGER NOT NULL);"
    "CREATE INDEX verifications_number ON verifications (org, number, id);"
    "CREATE INDEX verifications_open ON verifications (expires, id) WHERE state IN (1, 2);"
    "CREATE INDEX verifications_created ON verifications (created);"
    "CREATE TABLE verify_services (org INTEGER PRIMARY KEY, account TEXT NOT NULL, sid TEXT NOT NULL,"
    " name TEXT NOT NULL, began INTEGER NOT NULL, created INTEGER NOT NULL);"
    "CREATE UNIQUE INDEX verify_services_sid ON verify_services (sid) WHERE sid <> '';"
    "CREATE TABLE verify_use (org INTEGER NOT NULL, scope INTEGER NOT NULL, key INTEGER NOT NULL,"
    " slot INTEGER NOT NULL, used INTEGER NOT NULL, PRIMARY KEY (org, scope, key, slot)) WITHOUT ROWID;"
    "CREATE INDEX verify_use_slot ON verify_use (slot);";

static const char accounts_schema[] =
    /* What is under way with the accounts of organizations; those that have one are looked at once. */
    "CREATE TABLE accounts (org INTEGER PRIMARY KEY, rev INTEGER NOT NULL, standing INTEGER NOT NULL,"
    " seen INTEGER NOT NULL, progress TEXT NOT NULL, why TEXT NOT NULL, next INTEGER NOT NULL,"
    " updated INTEGER NOT NULL);"
    "CREATE INDEX accounts_due ON accounts (next, org) WHERE next > 0;"
    "INSERT INTO accounts SELECT id, 1, 0, 0, '', '', 1, created FROM orgs WHERE account_sid <> '';"
    "ALTER TABLE orgs ADD COLUMN key_sid TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE orgs ADD COLUMN key_sealed BLOB NOT NULL DEFAULT x'';";

static const char owned_schema[] =
    /* Numbers that organizations have at Twilio, and how their accounts there differ: store/model.h. */
    "CREATE TABLE owned (id INTEGER PRIMARY KEY, org INTEGER NOT NULL, program INTEGER NOT NULL,"
    " state INTEGER NOT NULL, kind INTEGER NOT NULL, rev INTEGER NOT NULL, number TEXT NOT NULL, sid TEXT NOT NULL,"
    " bought INTEGER NOT NULL, failures INTEGER NOT NULL, wish TEXT NOT NULL, notes TEXT NOT NULL, why TEXT NOT NULL,"
    " code INTEGER NOT NULL, since INTEGER NOT NULL, begun INTEGER NOT NULL, until INTEGER NOT NULL,"
    " next INTEGER NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL);"
    "CREATE INDEX owned_org ON owned (org, id);"
    "CREATE INDEX owned_number ON owned (org, number);"
    "CREATE INDEX owned_due ON owned (next, id) WHERE next > 0;"
    "CREATE TABLE drifts (org INTEGER PRIMARY KEY, state INTEGER NOT NULL, rev INTEGER NOT NULL,"
    " findings TEXT NOT NULL, why TEXT NOT NULL, count INTEGER NOT NULL, repaired INTEGER NOT NULL,"
    " looked INTEGER NOT NULL, next INTEGER NOT NULL);"
    "CREATE INDEX drifts_due ON drifts (next, org) WHERE next > 0;";

struct schema_step {
    const char *sql;
    void (*then)(struct conn *c); /* what SQL cannot do, in the same transaction; NULL: nothing */
};
/* Append only: a version that has been released is never edited. */
static const struct schema_step migrations[] = {
    {first_schema, NULL}, {second_schema, NULL}, {third_schema, NULL}, {chained_schema, consent_chain_old},
    {attested_schema, NULL}, {judged_schema, NULL}, {worded_schema, NULL}, {capped_schema, NULL},
    {onboarding_schema, NULL}, {numbers_schema, NULL},
    {lookups_schema, NULL}, {verify_schema, NULL}, {accounts_schema, NULL}, {owned_schema, NULL}};
enum { VERSIONS = sizeof migrations / sizeof migrations[0] };

int schema_version(void)
{
    return VERSIONS;
}

static int64_t one_int(struct conn *c, const char *text)
{
    sqlite3_stmt *statement = NULL;
    int64_t value = 0;
    int result = sqlite3_prepare_v2(c->db, text, -1, &statement, NULL);
    if (result == SQLITE_OK) result = sqlite3_step(statement);
    if (result == SQLITE_ROW) value = sqlite3_column_int64(statement, 0);
    else conn_fail(c, result, text);
    sqlite3_finalize(statement);
    return value;
}

static enum err check(struct conn *c, const char *path, int64_t *version, struct fault *f)
{
    int64_t application = one_int(c, "PRAGMA application_id");
    *version = one_int(c, "PRAGMA user_version");
    if (conn_check(c) != ERR_OK) return fault_set(f, conn_check(c), "%s: %s", path, c->fault.what);
    if (application != SCHEMA_APPLICATION_ID && (application != 0 || *version != 0))
        return fault_set(f, ERR_INVALID, "%s is another program's database (application_id %lld); name another"
                         " data_dir", path, (long long)application);
    if (*version == 0 && one_int(c, "SELECT COUNT(*) FROM sqlite_master") > 0)
        return fault_set(f, ERR_INVALID, "%s is another program's database (it has tables, but not ours); name"
                         " another data_dir", path);
    if (*version > VERSIONS)
        return fault_set(f, ERR_NEWER, "%s was written by a newer version (its schema is %lld, this build knows"
                         " up to %d); run that version or a later one, or restore a copy made before the upgrade",
                         path, (long long)*version, VERSIONS);
    return ERR_OK;
}

static enum err migrate_one(struct conn *c, const struct schema_step *step, int version)
{
    char text[128];
    (void)snprintf(text, sizeof text, "PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT",
                   SCHEMA_APPLICATION_ID, version);
    (void)conn_exec(c, "BEGIN IMMEDIATE");
    (void)conn_exec(c, step->sql);
    if (step->then != NULL) step->then(c);
    FAILPOINT("migrate.before_commit");
    (void)conn_exec(c, text);
    if (conn_check(c) != ERR_OK) (void)sqlite3_exec(c->db, "ROLLBACK", NULL, NULL, NULL);
    return conn_check(c);
}

enum err schema_migrate(struct conn *c, const char *path, struct fault *f)
{
    int64_t version = 0;
    enum err code = check(c, path, &version, f);
    if (code != ERR_OK) return code;
    for (int next = (int)version + 1; next <= VERSIONS; next++)
        if (migrate_one(c, &migrations[next - 1], next) != ERR_OK)
            return fault_set(f, conn_check(c), "%s: upgrading to schema %d: %s", path, next, c->fault.what);
    return ERR_OK;
}

enum err schema_verify(struct conn *c, const char *path, struct fault *f)
{
    int64_t version = 0;
    enum err code = check(c, path, &version, f);
    if (code != ERR_OK) return code;
    if (version < VERSIONS)
        return fault_set(f, ERR_CONFLICT, "%s has schema %lld, this build reads %d; start the server once to"
                         " upgrade it", path, (long long)version, VERSIONS);
    return ERR_OK;
}
