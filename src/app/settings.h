/*
 * settings: one table of everything that can be set: name, type, unit, bounds, default, secret, one line of
 * help. Parsing, `--help`, `sterling config show|check` and docs/settings.md walk it. Read at the start alone.
 *
 * Sources, later ones win: defaults, the config file (name = value lines, # comments), the environment
 * (STERLING_ and the name in capitals with '.' as '_'; plus the bare names TWILIO_ACCOUNT_SID,
 * TWILIO_AUTH_TOKEN, TWILIO_EDGE, TWILIO_REGION, PUBLIC_URL), the command line (--name=value).
 */
#ifndef STERLING_APP_SETTINGS_H
#define STERLING_APP_SETTINGS_H

#include "base/str.h"

enum setting_type { SETTING_INT, SETTING_TEXT, SETTING_BOOL };

struct settings {
    /* where */
    char data_dir[512], listen[64], public_url[512], key_file[512], config_file[512], prices_file[512];
    int64_t port, events_port;
    /* Twilio */
    char twilio_account_sid[64], twilio_auth_token[128], twilio_api_key[64], twilio_api_secret[128];
    char twilio_edge[64], twilio_region[64], twilio_base_url[512];
    bool sandbox;
    int64_t sandbox_port, sandbox_seed;
    int64_t provider_timeout_ms, provider_connect_timeout_ms, provider_idle_max_ms, provider_in_flight_max;
    char provider_client[8], callback_overrides[128];
    int64_t provider_urgent_reserve;
    /* reconcile */
    int64_t reconcile_first_ms, reconcile_second_ms, reconcile_per_min, reconcile_every_ms,
        reconcile_stuck_ms;
    /* onboarding */
    bool onboarding_subaccounts, accounts_at_create, accounts_streams;
    int64_t accounts_look_ms, accounts_rotate_pause_ms, accounts_rotate_keep_ms;
    char onboarding_email[256], onboarding_primary_profile[64], onboarding_non_profit[16];
    char onboarding_policy_primary[64], onboarding_policy_profile[64], onboarding_policy_trust[64],
        onboarding_policy_sole[64], onboarding_policy_sole_trust[64];
    int64_t onboarding_workers, onboarding_settle_ms, onboarding_poll_first_ms, onboarding_poll_max_ms,
        onboarding_recheck_ms, onboarding_writes_per_min, onboarding_numbers_wait_ms;
    bool sites_check;
    int64_t sites_timeout_ms, sites_keep_ms, sites_retry_ms, sites_per_hour, sites_test_port;
    /* limits: the user's default figures */
    int64_t limits_guard_ms, limits_long_code_per_s, limits_long_code_per_min, limits_toll_free_per_s;
    int64_t lookup_month_max, lookup_keep_days, lookup_price_micros, lookup_reassigned_price_micros;
    bool lookup_reassigned, verify_calls;
    int64_t verify_workers, verify_code_length, verify_number_per_h, verify_address_per_h, verify_country_per_h,
        verify_checks_per_h;
    int64_t limits_short_code_per_s, limits_lookup_per_s, limits_verify_per_s, limits_account_per_s;
    int64_t limits_org_per_s, limits_tier1_per_min, limits_tier2_per_min, limits_tier3_per_min,
        limits_tier4_per_min;
    /* sending */
    int64_t send_attempts_max, send_retry_first_ms, send_retry_max_ms, send_validity_s, send_items_max;
    int64_t send_reply_within_ms;
    int64_t breaker_run, breaker_probe_ms, breaker_probe_max_ms;
    int64_t campaign_pause_failures_permille, campaign_pause_sample_min;
    bool quiet_hours, consent_marketing, restored_ok;
    int64_t numbers_unfit_days, numbers_silent_days;
    /* numbers at Twilio, services, drift */
    int64_t numbers_quarantine_days, numbers_requests_per_min, numbers_local_price_micros,
        numbers_mobile_price_micros, numbers_toll_free_price_micros;
    bool services_sticky_sender, services_smart_encoding, services_area_code_geomatch, drift_repair;
    int64_t services_validity_period_s, drift_every_ms;
    /* store */
    int64_t store_cache_kib, store_wal_bytes_max, store_batch_ms;
    int64_t idempotency_keep_h, events_keep_h;
    /* HTTP */
    int64_t http_connections_max, http_connections_per_address_max;
    int64_t http_body_bytes_max, http_import_bytes_max, http_header_timeout_ms,
        events_subscribers_max;
    char http_trusted_proxies[512], http_client_header[32];
    /* tenant webhooks */
    int64_t hooks_attempts_max, hooks_retry_first_ms, hooks_retry_max_ms, hooks_timeout_ms;
    bool hooks_allow_private;
    int64_t import_record_bytes_max;
    char log_level[16];
};

struct setting {
    const char *name; /* "provider.timeout_ms" */
    enum setting_type type;
    size_t offset, size; /* in struct settings */
    const char *env;     /* a bare environment name beside STERLING_…, or NULL */
    const char *preset;  /* the default, as text */
    int64_t least, most; /* integers */
    bool secret;
    const char *help; /* one line */
};

extern const struct setting SETTINGS[];
extern const size_t SETTINGS_COUNT;

/* The built-in Twilio's account, where none is set. Its token is no secret: the sandbox listens on loopback alone. */
#define SETTINGS_SANDBOX_SID "AC5a4db0c5000000000000000000000000"
#define SETTINGS_SANDBOX_TOKEN "5a4db0c5000000000000000000000001"

void settings_default(struct settings *s);
const struct setting *settings_find(struct str name);
/* Sets one by text. The fault names the setting, the value and the bounds. */
MUST_CHECK enum err settings_set(struct settings *s, const struct setting *one, struct str value,
                                 struct fault *f);
/* Reads a config file; the fault names file, line and setting. */
MUST_CHECK enum err settings_read_file(struct settings *s, const char *path, struct fault *f);
MUST_CHECK enum err settings_read_environment(struct settings *s, struct fault *f);
/* Checks what depends on several settings (credentials, URLs) for `serve`. */
MUST_CHECK enum err settings_check(const struct settings *s, struct fault *f);
/* The value as text; secrets as "(set)" or "(not set)". */
void settings_format(const struct settings *s, const struct setting *one, char *out, size_t size);

#endif
