/* settings: the table and its walkers. Contract in settings.h. The table is the only place where a
 * setting's name, bounds, default and help are written. */
#include "app/settings.h"

#include "base/buf.h"
#include "base/cursor.h"
#include "base/ip.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AT(field) offsetof(struct settings, field), sizeof(((struct settings *)0)->field)
#define TEXT(name, field, preset, help)                                                                      \
    {                                                                                                        \
        name, SETTING_TEXT, AT(field), NULL, preset, 0, 0, false, help                                       \
    }
#define TEXT_ENV(name, field, env, secret, help)                                                             \
    {                                                                                                        \
        name, SETTING_TEXT, AT(field), env, "", 0, 0, secret, help                                           \
    }
#define INT(name, field, preset, least, most, help)                                                          \
    {                                                                                                        \
        name, SETTING_INT, AT(field), NULL, preset, least, most, false, help                                 \
    }
#define BOOL(name, field, preset, help)                                                                      \
    {                                                                                                        \
        name, SETTING_BOOL, AT(field), NULL, preset, 0, 1, false, help                                       \
    }

const struct setting SETTINGS[] = {
    TEXT("data_dir", data_dir, "/var/lib/sterling",
         "Directory of the database, uploads, keys and the epoch file."),
    TEXT("listen", listen, "127.0.0.1", "Address the HTTP server binds. TLS ends at a proxy in front."),
    INT("port", port, "8080", 0, 65535,
        "Port of API, webhooks and metrics; 0 takes a free one and prints it."),
    INT("events_port", events_port, "8081", 0, 65535, "Port of live events (SSE); 0 takes a free one."),
    TEXT_ENV("public_url", public_url, "PUBLIC_URL", false,
             "What Twilio calls back, e.g. https://sms.example.com. Signatures are checked against it."),
    TEXT(
        "key_file", key_file, "",
        "Master key that seals secrets. Empty: DATA_DIR/master.key, or the systemd credential sterling-key."),
    TEXT("config_file", config_file, "",
         "File of name = value lines, read before environment and command line."),
    TEXT("prices_file", prices_file, "", "Your own price table. Empty: the built-in, dated one."),

    TEXT_ENV("twilio.account_sid", twilio_account_sid, "TWILIO_ACCOUNT_SID", false,
             "The installation's Twilio account (AC…)."),
    TEXT_ENV("twilio.auth_token", twilio_auth_token, "TWILIO_AUTH_TOKEN", true,
             "Its auth token: API password and webhook signing key."),
    TEXT_ENV("twilio.api_key", twilio_api_key, "TWILIO_API_KEY", false,
             "API key (SK…) for requests instead of the auth token."),
    TEXT_ENV("twilio.api_secret", twilio_api_secret, "TWILIO_API_SECRET", true, "Secret of that API key."),
    TEXT_ENV("twilio.edge", twilio_edge, "TWILIO_EDGE", false, "Twilio edge, e.g. dublin."),
    TEXT_ENV("twilio.region", twilio_region, "TWILIO_REGION", false, "Twilio region, e.g. ie1."),
    TEXT("twilio.base_url", twilio_base_url, "",
         "Sends every product's requests to this base URL instead (a test double)."),
    BOOL("sandbox", sandbox, "false", "Run against the built-in Twilio; needs no account."),
    INT("sandbox.port", sandbox_port, "0", 0, 65535, "Port of the built-in Twilio; 0 takes a free one."),
    INT("sandbox.seed", sandbox_seed, "1", 0, INT64_MAX,
        "Seed of the built-in Twilio: SIDs, latencies, faults."),

    TEXT("provider.client", provider_client, "wire",
         "HTTP client that sends messages and reads them back: wire (our own), or curl (libcurl), which is also "
         "taken when HTTPS_PROXY or ALL_PROXY is set."),
    INT("provider.timeout_ms", provider_timeout_ms, "35000", 100, 120000,
        "Longest wait for an answer. Shorter than Twilio's own bound (about 30 s) creates doubt."),
    INT("provider.connect_timeout_ms", provider_connect_timeout_ms, "10000", 50, 60000,
        "Longest wait for a connection."),
    INT("provider.idle_max_ms", provider_idle_max_ms, "15000", 0, 300000,
        "Connections idle longer are not used again."),
    INT("provider.in_flight_max", provider_in_flight_max, "128", 1, 2000, "Requests in flight at once."),
    INT("provider.urgent_reserve", provider_urgent_reserve, "8", 0, 1000,
        "Of these, kept for urgent messages while others wait; at most half."),
    TEXT("callback_overrides", callback_overrides, "rc=5&rp=all",
         "Connection overrides put in the fragment of webhook URLs."),

    INT("reconcile.first_ms", reconcile_first_ms, "60000", 0, 86400000,
             "First listing this long after the deadline of an attempt in doubt."),
    INT("reconcile.second_ms", reconcile_second_ms, "30000", 0, 86400000,
             "Second listing this long after the first."),
    INT("reconcile.per_min", reconcile_per_min, "120", 1, 60000,
             "Listings a minute and account that reconciling may use."),
    INT("reconcile.every_ms", reconcile_every_ms, "300000", 100, 86400000,
             "Pause between sweeps of stuck messages, inbound texts and alerts."),
    BOOL("onboarding.subaccounts", onboarding_subaccounts, "true",
         "Registering makes a Twilio subaccount for an organization that has no account; false: the installation's."),
    TEXT("onboarding.email", onboarding_email, "",
         "Your address for Twilio's mails about customers' profiles. Needed before anything is registered."),
    TEXT("onboarding.primary_profile", onboarding_primary_profile, "",
         "SID (BU…) of your own approved Primary Business Profile. Empty: found by its policy."),
    TEXT("onboarding.policy_primary", onboarding_policy_primary, "RN6433641899984f951173ef1738c3bdd0",
         "Twilio's policy of primary business profiles."),
    TEXT("onboarding.policy_profile", onboarding_policy_profile, "RNdfbf3fae0e1107f8aded0e7cead80bf5",
         "Twilio's policy of secondary customer profiles."),
    TEXT("onboarding.policy_trust", onboarding_policy_trust, "RNb0d4771c2c98518d916a3d4cd70a8f8b",
         "Twilio's policy of A2P messaging profiles."),
    TEXT("onboarding.policy_sole", onboarding_policy_sole, "RN806dd6cd175f314e1f96a9727ee271f4",
         "Twilio's policy of sole proprietors' starter profiles."),
    TEXT("onboarding.policy_sole_trust", onboarding_policy_sole_trust, "RN670d5d2e282a6130ae063b234b6019c8",
         "Twilio's policy of sole proprietors' messaging profiles."),
    TEXT("onboarding.non_profit", onboarding_non_profit, "non-profit",
         "How Twilio wants the company type of non-profits written; its pages differ (non_profit)."),
    INT("onboarding.workers", onboarding_workers, "4", 1, 16, "Registrations moved along at once."),
    INT("onboarding.settle_ms", onboarding_settle_ms, "60000", 0, 3600000,
             "What may have been made at Twilio is looked for until then, before it is made again."),
    INT("onboarding.poll_first_ms", onboarding_poll_first_ms, "15000", 10, 86400000,
             "First pause before a review is looked at again; grows by half."),
    INT("onboarding.poll_max_ms", onboarding_poll_max_ms, "900000", 10, 86400000, "Longest such pause."),
    INT("onboarding.recheck_ms", onboarding_recheck_ms, "86400000", 10, 2592000000,
             "Pause before an approved registration is looked at again: its score may change, it may be suspended."),
    INT("onboarding.numbers_wait_ms", onboarding_numbers_wait_ms, "3600000", 0, 604800000,
             "Where events are told, a number whose registration nobody told of counts as registered after so long."),
    INT("onboarding.writes_per_min", onboarding_writes_per_min, "60", 1, 60000,
             "Brands and campaigns written a minute; Twilio allows one a second."),
    BOOL("sites.check", sites_check, "true",
         "Before a fee is paid, website, privacy policy, terms and the page where people agree are read and judged."),
    INT("sites.timeout_ms", sites_timeout_ms, "10000", 100, 60000, "Longest wait for one page."),
    INT("sites.keep_ms", sites_keep_ms, "21600000", 0, 604800000,
             "What was found is taken for true for so long; what blocks for a minute at most."),
    INT("sites.retry_ms", sites_retry_ms, "30000", 10, 3600000,
             "Pause before a website that did not answer is tried again; three tries in all."),
    INT("sites.per_hour", sites_per_hour, "60", 1, 1000,
             "Registrations of one organization whose websites are read in an hour."),
    INT("sites.test_port", sites_test_port, "0", 0, 65535,
        "Tests only: every website is a plain server at this port of the loopback. The sandbox sets its own."),

    BOOL("accounts.at_create", accounts_at_create, "false",
         "Each new organization that brings no account gets a Twilio subaccount at once; else when it registers, or by "
         "sterling account create."),
    INT("accounts.look_ms", accounts_look_ms, "3600000", 100, 864000000,
             "Pause before Twilio is asked again whether an organization's account is active."),
    INT("accounts.rotate_pause_ms", accounts_rotate_pause_ms, "60000", 0, 86400000,
             "Rotating an auth token: the new one is used so long before it becomes Twilio's first."),
    INT("accounts.rotate_keep_ms", accounts_rotate_keep_ms, "900000", 0, 86400000,
             "Rotating an auth token: webhooks signed with the old one are accepted so long after that."),
    BOOL("accounts.streams", accounts_streams, "true",
         "Organizations' own accounts get a sink of Event Streams that tells of registrations; needs public_url."),

    INT("reconcile.stuck_ms", reconcile_stuck_ms, "900000", 100, 864000000,
             "A message not final for this long is fetched from Twilio."),

    INT("limits.guard_ms", limits_guard_ms, "-1", -1, 10000,
             "For limits of a second: -1 frees a slot a window after the answer; else window plus this after "
             "the first byte."),
    INT("limits.long_code_per_s", limits_long_code_per_s, "10", 1, 100000,
             "Messages a second from one 10DLC number."),
    INT("limits.long_code_per_min", limits_long_code_per_min, "100", 1, 1000000,
             "Messages a minute from one 10DLC number."),
    INT("limits.toll_free_per_s", limits_toll_free_per_s, "3", 1, 100000,
             "Segments a second from one toll-free number."),
    INT("limits.short_code_per_s", limits_short_code_per_s, "100", 1, 100000,
             "Segments a second from one short code."),
    INT("limits.lookup_per_s", limits_lookup_per_s, "100", 1, 100000, "Lookup requests a second."),
    INT("limits.verify_per_s", limits_verify_per_s, "10", 1, 100000,
             "Verify requests a second and service."),
    INT("verify.workers", verify_workers, "4", 1, 16, "Verifications asked of Twilio at once."),
    INT("verify.code_length", verify_code_length, "6", 4, 10, "Digits of a code, of services made from now on."),
    BOOL("verify.calls", verify_calls, "false", "Codes may also be spoken in a call."),
    INT("verify.number_per_h", verify_number_per_h, "5", 1, 1000,
             "Codes that one organization may have sent to one number in any hour."),
    INT("verify.address_per_h", verify_address_per_h, "20", 1, 100000,
             "Codes that one organization may have sent for one client address (an IPv6 /64) in any hour."),
    INT("verify.country_per_h", verify_country_per_h, "1000", 1, 10000000,
             "Codes that one organization may have sent to one country in any hour."),
    INT("verify.checks_per_h", verify_checks_per_h, "15", 1, 1000,
             "Codes that may be tried for one number in any hour."),
    INT("lookup.month_max", lookup_month_max, "10000", 0, 1000000000,
             "Numbers that one organization may have looked up in a calendar month (UTC); 0: none."),
    INT("lookup.keep_days", lookup_keep_days, "30", 1, 3650,
             "What Lookup said of a number is taken for true for so long."),
    BOOL("lookup.reassigned", lookup_reassigned, "false",
              "Looking up a list also asks whether a number was given to somebody else since its consent (US), which is void "
              "then."),
    INT("lookup.price_micros", lookup_price_micros, "8000", 0, 100000000,
             "What the kind of one number's line costs, in millionths of a dollar, for reports."),
    INT("lookup.reassigned_price_micros", lookup_reassigned_price_micros, "20000", 0, 100000000,
             "What asking whether a number was reassigned costs, for reports."),
    INT("limits.account_per_s", limits_account_per_s, "2000", 1, 100000,
             "Messages a second of one Twilio account."),
    INT("limits.org_per_s", limits_org_per_s, "0", 0, 100000,
             "Messages a second of one organization; 0: no own limit."),
    INT("limits.tier1_per_min", limits_tier1_per_min, "50", 1, 10000000,
             "Messages a minute of a T1 brand (new)."),
    INT("limits.tier2_per_min", limits_tier2_per_min, "750", 1, 10000000,
             "Messages a minute of a T2 brand (score 25-49)."),
    INT("limits.tier3_per_min", limits_tier3_per_min, "4500", 1, 10000000,
             "Messages a minute of a T3 brand (score 50-74)."),
    INT("limits.tier4_per_min", limits_tier4_per_min, "60000", 1, 10000000,
             "Messages a minute of a T4 brand (score 75+)."),

    INT("send.attempts_max", send_attempts_max, "5", 1, 50, "Attempts for one message."),
    INT("send.retry_first_ms", send_retry_first_ms, "2000", 1, 3600000,
             "First pause before another attempt; doubles."),
    INT("send.retry_max_ms", send_retry_max_ms, "300000", 1, 86400000, "Longest such pause."),
    INT("send.validity_s", send_validity_s, "86400", 60, 604800,
             "How long a message may wait before it expires."),
    INT("send.items_max", send_items_max, "20000", 100, 1000000,
        "Messages held in memory, whatever waits in the store."),
    INT("send.reply_within_ms", send_reply_within_ms, "86400000", 0, 2592000000,
        "While only replies go out (after downtime): a conversational message is one so long after its person wrote."),
    INT("breaker.run", breaker_run, "8", 1, 1000,
        "Unsent or doubtful outcomes in a row that open the breaker."),
    INT("breaker.probe_ms", breaker_probe_ms, "1000", 10, 600000, "First pause before a probe; doubles."),
    INT("breaker.probe_max_ms", breaker_probe_max_ms, "30000", 10, 3600000, "Longest pause between probes."),
    INT("campaign.pause_failures_permille", campaign_pause_failures_permille, "200", 0, 1000,
             "A campaign pauses itself when this share of its outcomes fails; 0: never."),
    INT("campaign.pause_sample_min", campaign_pause_sample_min, "50", 1, 1000000,
             "Outcomes before that is judged."),
    BOOL("quiet_hours", quiet_hours, "true", "Hold marketing messages outside the recipient's lawful hours."),
    BOOL("consent.marketing", consent_marketing, "true",
         "Marketing needs express written consent on record; false: only opt-outs count, you answer for the rest."),
    INT("numbers.unfit_days", numbers_unfit_days, "180", 0, 3650,
             "A landline, an invalid number and one out of service are not written to for so long; 0: always."),
    INT("numbers.silent_days", numbers_silent_days, "30", 0, 3650,
             "A number that could not be reached three times in 30 days gets no marketing for so long; 0: it does."),
    INT("numbers.quarantine_days", numbers_quarantine_days, "45", 0, 3650,
             "A number that is given up is kept and listened to for so long before it may be released."),
    INT("numbers.requests_per_min", numbers_requests_per_min, "600", 1, 60000,
             "Requests a minute for buying and setting up numbers, and for looks at accounts."),
    INT("numbers.local_price_micros", numbers_local_price_micros, "1150000", 0, 1000000000,
             "What a local number costs a month, in millionths of a dollar: told before one is bought."),
    INT("numbers.mobile_price_micros", numbers_mobile_price_micros, "15000000", 0, 1000000000,
             "What a mobile number costs a month; it differs by country."),
    INT("numbers.toll_free_price_micros", numbers_toll_free_price_micros, "2150000", 0, 1000000000,
             "What a toll-free number costs a month."),
    BOOL("services.sticky_sender", services_sticky_sender, "true",
         "Messaging Services keep the sender that a person first heard from."),
    BOOL("services.smart_encoding", services_smart_encoding, "true",
         "Messaging Services replace characters that would make a text longer."),
    BOOL("services.area_code_geomatch", services_area_code_geomatch, "true",
         "Messaging Services prefer a sender of the recipient's area code."),
    INT("services.validity_period_s", services_validity_period_s, "0", 0, 36000,
             "How long a Messaging Service keeps a message in its queue; 0: as it is there."),
    INT("drift.every_ms", drift_every_ms, "86400000", 0, 2592000000,
             "Pause between looks at an organization's account at Twilio; 0: only when asked for."),
    BOOL("drift.repair", drift_repair, "false",
         "What differs there is put right at once; false: it is only told."),
    BOOL("restored_ok", restored_ok, "false",
         "Send although the database is an older copy. Messages sent since may be sent twice."),

    INT("store.cache_kib", store_cache_kib, "24576", 1024, 16777216, "Page cache of the database's writer."),
    INT("store.wal_bytes_max", store_wal_bytes_max, "67108864", 1048576, INT64_C(17179869184),
        "A checkpoint is forced above this."),
    INT("store.batch_ms", store_batch_ms, "5", 0, 100, "Longest time a change waits for others under load."),
    INT("idempotency.keep_h", idempotency_keep_h, "72", 1, 8760,
             "Hours an Idempotency-Key's answer is kept."),
    INT("events.keep_h", events_keep_h, "240", 1, 8760,
             "Hours live events can be read back, and tenant webhooks tried or replayed."),

    INT("http.connections_max", http_connections_max, "2048", 16, 100000, "Connections at once."),
    INT("http.connections_per_address_max", http_connections_per_address_max, "0", 0, 100000,
        "Connections at once from one address (IPv6: /64), trusted proxies apart; 0: no such limit."),
    TEXT("http.trusted_proxies", http_trusted_proxies, "",
         "Addresses and ranges (10.0.0.0/8, commas between) of proxies that are believed who asks."),
    TEXT("http.client_header", http_client_header, "x-forwarded-for",
         "Header in which they say it: x-forwarded-for or forwarded. They must set it or add to it."),
    INT("http.body_bytes_max", http_body_bytes_max, "1048576", 1024, 67108864,
        "Largest request body but for imports."),
    INT("http.import_bytes_max", http_import_bytes_max, "1073741824", 1024, INT64_C(1099511627776),
        "Largest import."),
    INT("http.header_timeout_ms", http_header_timeout_ms, "10000", 100, 120000,
        "Longest time for a request's header to arrive."),
    INT("events.subscribers_max", events_subscribers_max, "1000", 1, 100000,
        "Live event subscribers at once."),

    INT("hooks.attempts_max", hooks_attempts_max, "24", 1, 100,
             "Tries of one tenant webhook before it is a dead letter."),
    INT("hooks.retry_first_ms", hooks_retry_first_ms, "5000", 1, 86400000,
             "First pause before another try; doubles."),
    INT("hooks.retry_max_ms", hooks_retry_max_ms, "61200000", 1, 604800000,
             "Longest such pause; with 24 tries the last is a week after the first."),
    INT("hooks.timeout_ms", hooks_timeout_ms, "10000", 100, 60000,
             "Longest wait for a tenant's answer."),
    BOOL("hooks.allow_private", hooks_allow_private, "false",
         "Allow tenant webhooks to private addresses (tests, intranets)."),
    INT("import.record_bytes_max", import_record_bytes_max, "65536", 256, 16777216,
        "Longest CSV record; longer ones are set aside."),
    TEXT("log.level", log_level, "info", "debug, info, warn, error or off."),
};
const size_t SETTINGS_COUNT = sizeof SETTINGS / sizeof SETTINGS[0];

const struct setting *settings_find(struct str name)
{
    for (size_t i = 0; i < SETTINGS_COUNT; i++)
        if (str_equal(str_from(SETTINGS[i].name), name)) return &SETTINGS[i];
    return NULL;
}

static void *place(struct settings *s, const struct setting *one)
{
    return (char *)s + one->offset;
}

static enum err set_int(struct settings *s, const struct setting *one, struct str value, struct fault *f)
{
    int64_t number;
    if (str_to_i64(value, &number) != ERR_OK || number < one->least || number > one->most)
        return fault_set(f, ERR_INVALID,
                         "%s: '" STR_FMT "' is not a whole number from %" PRId64 " to %" PRId64, one->name,
                         STR_ARG(value), one->least, one->most);
    memcpy(place(s, one), &number, sizeof number);
    return ERR_OK;
}

static enum err set_bool(struct settings *s, const struct setting *one, struct str value, struct fault *f)
{
    bool on = str_equal(value, STR("true")) || str_equal(value, STR("1")) || str_equal(value, STR("yes"));
    bool off = str_equal(value, STR("false")) || str_equal(value, STR("0")) || str_equal(value, STR("no"));
    if (!on && !off)
        return fault_set(f, ERR_INVALID, "%s: '" STR_FMT "' is neither true nor false", one->name,
                         STR_ARG(value));
    memcpy(place(s, one), &on, sizeof on);
    return ERR_OK;
}

enum err settings_set(struct settings *s, const struct setting *one, struct str value, struct fault *f)
{
    switch (one->type) {
    case SETTING_INT:
        return set_int(s, one, value, f);
    case SETTING_BOOL:
        return set_bool(s, one, value, f);
    case SETTING_TEXT:
        break;
    }
    if (str_find_char(value, '\0') < value.len || str_copy(value, place(s, one), one->size) != ERR_OK)
        return fault_set(f, ERR_INVALID, "%s: the value is longer than %zu bytes", one->name, one->size - 1);
    return ERR_OK;
}

void settings_default(struct settings *s)
{
    memset(s, 0, sizeof *s);
    for (size_t i = 0; i < SETTINGS_COUNT; i++)
        BUG_IF(settings_set(s, &SETTINGS[i], str_from(SETTINGS[i].preset), NULL) != ERR_OK);
}

static enum err read_line(struct settings *s, const char *path, unsigned line, struct str text,
                          struct fault *f)
{
    struct str name, value = str_trim(str_cut(text, '=', &name));
    const struct setting *one;

    name = str_trim(name);
    if (name.len == 0 || name.at[0] == '#') return ERR_OK;
    one = settings_find(name);
    if (one == NULL)
        return fault_set(f, ERR_INVALID,
                         "%s line %u: there is no setting '" STR_FMT "' (see: sterling config show)", path,
                         line, STR_ARG(name));
    if (settings_set(s, one, value, f) != ERR_OK) {
        fault_prefix(f, "%s line %u", path, line);
        return ERR_INVALID;
    }
    return ERR_OK;
}

enum err settings_read_file(struct settings *s, const char *path, struct fault *f)
{
    char text[4096];
    unsigned line = 0;
    enum err result = ERR_OK;
    FILE *in = fopen(path, "re");

    if (in == NULL) return fault_set(f, ERR_IO, "%s: cannot be read: %m", path);
    while (result == ERR_OK && fgets(text, sizeof text, in) != NULL) {
        line++;
        if (strlen(text) == sizeof text - 1)
            result =
                fault_set(f, ERR_LIMIT, "%s line %u: longer than %zu bytes", path, line, sizeof text - 2);
        else
            result = read_line(s, path, line, str_from(text), f);
    }
    (void)fclose(in);
    return result;
}

static void environment_name(const struct setting *one, char *out, size_t size)
{
    int n = snprintf(out, size, "STERLING_%s", one->name);
    BUG_IF(n < 0 || (size_t)n >= size);
    for (char *c = out + 9; *c != '\0'; c++) {
        if (*c >= 'a' && *c <= 'z') *c = (char)(*c - ('a' - 'A'));
        if (*c == '.') *c = '_';
    }
}

enum err settings_read_environment(struct settings *s, struct fault *f)
{
    for (size_t i = 0; i < SETTINGS_COUNT; i++) {
        const struct setting *one = &SETTINGS[i];
        char name[80];
        const char *value = one->env == NULL ? NULL : getenv(one->env);
        environment_name(one, name, sizeof name);
        if (getenv(name) != NULL) value = getenv(name);
        if (value != NULL && settings_set(s, one, str_from(value), f) != ERR_OK) {
            fault_prefix(f, "environment %s", getenv(name) != NULL ? name : one->env);
            return ERR_INVALID;
        }
    }
    return ERR_OK;
}

static bool is_hex_sid(const char *text, const char *prefix)
{
    if (strlen(text) != 34 || strncmp(text, prefix, 2) != 0) return false;
    return strspn(text + 2, "0123456789abcdef") == 32;
}

static enum err check_url(const char *name, const char *url, struct fault *f)
{
    struct str u = str_from(url);
    bool ok = str_starts(u, STR("https://")) || str_starts(u, STR("http://"));
    if (!ok || str_find_char(u, '#') < u.len || str_find_char(u, '?') < u.len ||
        str_find_char(u, ' ') < u.len || str_ends(u, STR("/")))
        return fault_set(
            f, ERR_INVALID,
            "%s: '%s' is not a base URL; give scheme and host (and path), without a slash at the end, "
            "query or fragment, e.g. https://sms.example.com",
            name, url);
    return ERR_OK;
}

static enum err check_credentials(const struct settings *s, struct fault *f)
{
    if (s->twilio_account_sid[0] == '\0' || s->twilio_auth_token[0] == '\0')
        return fault_set(f, ERR_INVALID,
                         "TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN are not both set; set them, or run "
                         "`sterling serve --sandbox`, which needs no account");
    if (!is_hex_sid(s->twilio_account_sid, "AC"))
        return fault_set(f, ERR_INVALID,
                         "TWILIO_ACCOUNT_SID: an account SID is AC and 32 hex digits in lower case; copy it "
                         "from the Twilio console");
    if (strlen(s->twilio_auth_token) != 32 || strspn(s->twilio_auth_token, "0123456789abcdef") != 32)
        return fault_set(f, ERR_INVALID,
                         "TWILIO_AUTH_TOKEN: an auth token is 32 hex digits in lower case; copy it from the "
                         "Twilio console");
    if ((s->twilio_api_key[0] != '\0') != (s->twilio_api_secret[0] != '\0'))
        return fault_set(f, ERR_INVALID,
                         "TWILIO_API_KEY and TWILIO_API_SECRET go together; set both or neither");
    if (s->twilio_api_key[0] != '\0' && !is_hex_sid(s->twilio_api_key, "SK"))
        return fault_set(f, ERR_INVALID,
                         "TWILIO_API_KEY: an API key SID is SK and 32 hex digits in lower case");
    if (s->public_url[0] == '\0')
        return fault_set(
            f, ERR_INVALID,
            "PUBLIC_URL is not set; set it to what Twilio can call, e.g. https://sms.example.com");
    return ERR_OK;
}

static enum err check_proxies(const struct settings *s, struct fault *f)
{
    struct ip_ranges ranges;
    enum err result = ip_ranges_parse(str_from(s->http_trusted_proxies), &ranges, f);

    if (result != ERR_OK) {
        fault_prefix(f, "http.trusted_proxies");
        return result;
    }
    if (strcmp(s->http_client_header, "x-forwarded-for") == 0 || strcmp(s->http_client_header, "forwarded") == 0)
        return ERR_OK;
    return fault_set(f, ERR_INVALID, "http.client_header: '%s' is neither x-forwarded-for nor forwarded",
                     s->http_client_header);
}

enum err settings_check(const struct settings *s, struct fault *f)
{
    static const char *const levels[] = {"debug", "info", "warn", "error", "off"};
    bool level_known = false;
    enum err result = ERR_OK;

    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++)
        level_known = level_known || strcmp(s->log_level, levels[i]) == 0;
    if (!level_known)
        return fault_set(f, ERR_INVALID, "log.level: '%s' is not debug, info, warn, error or off",
                         s->log_level);
    if (strcmp(s->provider_client, "wire") != 0 && strcmp(s->provider_client, "curl") != 0)
        return fault_set(f, ERR_INVALID, "provider.client: '%s' is neither wire nor curl", s->provider_client);
    if (!s->sandbox) result = check_credentials(s, f);
    if (result == ERR_OK && s->public_url[0] != '\0') result = check_url("public_url", s->public_url, f);
    if (result == ERR_OK && s->twilio_base_url[0] != '\0')
        result = check_url("twilio.base_url", s->twilio_base_url, f);
    if (result == ERR_OK) result = check_proxies(s, f);
    if (result == ERR_OK && s->breaker_probe_max_ms < s->breaker_probe_ms)
        result = fault_set(f, ERR_INVALID, "breaker.probe_max_ms is less than breaker.probe_ms");
    if (result == ERR_OK && s->send_retry_max_ms < s->send_retry_first_ms)
        result = fault_set(f, ERR_INVALID, "send.retry_max_ms is less than send.retry_first_ms");
    return result;
}

void settings_format(const struct settings *s, const struct setting *one, char *out, size_t size)
{
    const char *at = (const char *)s + one->offset;
    int64_t number;
    bool flag;

    switch (one->type) {
    case SETTING_INT:
        memcpy(&number, at, sizeof number);
        (void)snprintf(out, size, "%" PRId64, number);
        return;
    case SETTING_BOOL:
        memcpy(&flag, at, sizeof flag);
        (void)snprintf(out, size, "%s", flag ? "true" : "false");
        return;
    case SETTING_TEXT:
        (void)snprintf(out, size, "%s", one->secret ? (at[0] != '\0' ? "(set)" : "(not set)") : at);
        return;
    }
}
