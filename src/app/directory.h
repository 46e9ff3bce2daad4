/*
 * directory: who may send, as the pump sees it: organizations, programs, senders, accounts, limits and the
 * campaigns that are alive. Read from the store and read again when told; never written.
 *
 * Owned by the pump's thread. What it learns it tells on: organizations, senders and limits to the engine,
 * accounts to the provider. Limits come from rules/tier and the settings; a limit that is no longer there is
 * taken back. Organizations that use the same Twilio account share one account handle, so that account
 * limits, the fence and the breaker are the account's. Views (pointers) live until the next load of that
 * organization or campaign. Memory grows with organizations, senders and live campaigns, never with messages.
 *
 * Senders that can only reach other countries (alphanumeric ones, foreign numbers) are shown to the engine as
 * a program of their own (directory_lane), because the engine may choose any sender of a program.
 */
#ifndef STERLING_APP_DIRECTORY_H
#define STERLING_APP_DIRECTORY_H

#include "app/gate.h"
#include "app/seal.h"
#include "base/clock.h"
#include "base/map.h"
#include "engine/engine.h"
#include "rules/template.h"
#include "rules/tier.h"
#include "twilio/provider.h"

enum { PROGRAM_BRAND_BYTES = 104 };

struct directory_sender {
    uint32_t id, program;
    enum sender_kind kind;
    bool usable, abroad;
    char address[20];
    char *registered; /* an alphanumeric one's countries; NULL: none */
};
struct directory_program {
    uint32_t id;
    char service_sid[SID_BYTES];
    struct gate_pool pool;
    bool charity;
    char brand[PROGRAM_BRAND_BYTES]; /* for rules/content */
    uint32_t traits;
    struct tier_subject subject; /* `sender` is filled per kind */
    enum registration_state registration;
    uint32_t kinds; /* of its usable senders */
};
struct directory_limits {
    struct engine_limit *rows;
    size_t count, capacity;
    struct map index; /* by scope, slot, carrier and id */
};
struct directory_org {
    org_id id;
    uint32_t account; /* handle, 1 … */
    enum org_state state;
    uint32_t rev, share;
    char hook_path[HOOK_PATH_BYTES];
    int64_t cap_micros;
    struct frequency_cap frequency;
    char region[REGION_BYTES], countries[COUNTRIES_BYTES];
    char name[PROGRAM_BRAND_BYTES];
    bool sendable; /* its account is known to the provider */
    struct directory_program *programs;
    size_t programs_count;
    struct directory_sender *senders; /* ascending by id */
    size_t senders_count;
    struct directory_limits limits; /* as the engine knows them */
};
struct directory_campaign {
    uint64_t id;
    org_id org;
    uint32_t program;
    enum message_kind kind;
    enum campaign_state state;
    uint32_t rev;
    int32_t pause_failures_permille;
    bool frozen;
    struct template *text; /* NULL: it does not compile, nothing of it can be sent */
};

struct directory_ports {
    struct store_reader *reader;
    struct engine *engine;
    struct provider *provider;
    const struct settings *settings;
    const struct sealer *sealer;
    struct clock *clock;
};
struct directory;

/* With figures and prices of the settings. ERR_INVALID: prices_file. */
MUST_CHECK enum err directory_new(const struct directory_ports *p, struct directory **out, struct fault *f);
void directory_free(struct directory *d);
const struct price_table *directory_prices(const struct directory *d);

/* Reads the organization with everything of it and tells engine and provider. ERR_NOT_FOUND; ERR_FULL and what readers
 * answer: the old view stays, or the new one with `sendable` false, until it is read again; an
 * account that cannot be used (token does not unseal) is no error: the log says why, `sendable` is false and
 * the engine is told that the organization is not active. */
MUST_CHECK enum err directory_load_org(struct directory *d, org_id org);
/* All of them, for the start. */
MUST_CHECK enum err directory_load_orgs(struct directory *d);
const struct directory_org *directory_org(const struct directory *d, org_id org); /* NULL if unknown */
const struct directory_program *directory_program(const struct directory_org *o, uint32_t program);
const struct directory_sender *directory_sender(const struct directory_org *o, uint32_t sender);
uint32_t directory_accounts(const struct directory *d); /* handles are 1 … this */
int64_t directory_window_max_ms(const struct directory *d); /* the longest window of any limit but days */
/* Calls `each` for every organization that sends through that account. */
void directory_each_of_account(const struct directory *d, uint32_t account,
                               void (*each)(void *ctx, const struct directory_org *o), void *ctx);

/* Reads a campaign; one that is gone is forgotten (ERR_NOT_FOUND). */
MUST_CHECK enum err directory_load_campaign(struct directory *d, org_id org, uint64_t campaign);
const struct directory_campaign *directory_campaign(const struct directory *d, uint64_t campaign);
void directory_forget_campaign(struct directory *d, uint64_t campaign);

/* The engine's name for a lane, and back. */
struct engine_lane directory_lane(const struct lane_key *k);
struct lane_key directory_lane_key(const struct engine_lane *l);
/* Day number of the carriers' day (America/Los_Angeles) at a moment, and when that day ends. Fails without tzdata. */
MUST_CHECK enum err directory_day(int64_t wall_ms, int32_t *day, int64_t *ends_ms);

#endif
