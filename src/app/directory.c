/*
 * directory: reads who may send from the store and tells engine and provider. Contract in the header.
 *
 * Owns its organizations, campaigns and the list of accounts. A load that fails half way leaves the old view.
 */
#include "app/directory.h"

#include "app/directory_limits.h"
#include "app/org_account.h"
#include "base/log.h"
#include "base/map.h"
#include "rules/zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 64, SCRATCH_BYTES_MAX = 8 << 20, SENDERS_MAX = 1 << 20 };
static const uint32_t ABROAD_BIT = UINT32_C(0x80000000);

struct account {
    char sid[SID_BYTES];
    bool told;
    struct twilio_account twilio; /* as the provider knows it */
};

struct directory {
    struct directory_ports ports;
    struct map orgs, campaigns; /* id -> struct directory_org *, struct directory_campaign * */
    struct account *accounts;   /* handle - 1 */
    size_t accounts_count;
    struct tier_figures figures;
    struct price_table prices;
    struct arena scratch;
};

/* ---- life ---- */

static enum err read_prices(const char *path, struct price_table *out, struct fault *f)
{
    FILE *file;
    char *text;
    size_t len;
    enum err e;

    if (path[0] == '\0') return price_parse(price_default_text(), out, f);
    file = fopen(path, "rb");
    text = malloc(PRICE_TEXT_BYTES_MAX);
    if (text == NULL || file == NULL) {
        e = fault_set(f, ERR_INVALID, "prices_file: cannot read %s: check the path and its permissions", path);
    } else {
        len = fread(text, 1, PRICE_TEXT_BYTES_MAX, file);
        e = price_parse((struct str){text, len}, out, f);
        if (e != ERR_OK) fault_prefix(f, "prices_file %s", path);
    }
    if (file != NULL) (void)fclose(file);
    free(text);
    return e;
}

enum err directory_new(const struct directory_ports *p, struct directory **out, struct fault *f)
{
    struct directory *d = calloc(1, sizeof *d);
    enum err e;

    *out = NULL;
    if (d == NULL) return fault_set(f, ERR_FULL, "no memory for the directory of organizations");
    d->ports = *p;
    map_init(&d->orgs);
    map_init(&d->campaigns);
    arena_init(&d->scratch, SCRATCH_BYTES_MAX);
    e = read_prices(p->settings->prices_file, &d->prices, f);
    if (e != ERR_OK) {
        directory_free(d);
        return e;
    }
    directory_figures(p->settings, &d->figures);
    *out = d;
    return ERR_OK;
}

static void org_free(struct directory_org *o)
{
    if (o == NULL) return;
    free(o->programs);
    for (size_t i = 0; i < o->senders_count; i++) free(o->senders[i].registered);
    free(o->senders);
    directory_limits_free(&o->limits);
    free(o);
}

static void campaign_free(struct directory_campaign *c)
{
    if (c == NULL) return;
    template_free(c->text);
    free(c);
}

void directory_free(struct directory *d)
{
    struct map_slot *slot;

    if (d == NULL) return;
    for (size_t i = 0; (slot = map_next(&d->orgs, &i)) != NULL;) org_free(slot->value.ptr);
    for (size_t i = 0; (slot = map_next(&d->campaigns, &i)) != NULL;) campaign_free(slot->value.ptr);
    map_free(&d->orgs);
    map_free(&d->campaigns);
    for (size_t i = 0; i < d->accounts_count; i++) twilio_account_wipe(&d->accounts[i].twilio);
    free(d->accounts);
    price_free(&d->prices);
    arena_reset(&d->scratch);
    free(d);
}

const struct price_table *directory_prices(const struct directory *d)
{
    return &d->prices;
}

/* ---- accounts ---- */

static enum err account_handle(struct directory *d, struct str sid, uint32_t *handle)
{
    struct account *grown;

    for (size_t i = 0; i < d->accounts_count; i++) {
        if (!str_equal(str_from(d->accounts[i].sid), sid)) continue;
        *handle = (uint32_t)i + 1;
        return ERR_OK;
    }
    grown = realloc(d->accounts, (d->accounts_count + 1) * sizeof *grown);
    if (grown == NULL) return ERR_FULL;
    d->accounts = grown;
    grown[d->accounts_count] = (struct account){0};
    if (str_copy(sid, grown[d->accounts_count].sid, SID_BYTES) != ERR_OK) return ERR_INVALID;
    *handle = (uint32_t)++d->accounts_count;
    return ERR_OK;
}

static enum err tell_account(struct directory *d, uint32_t handle, const struct twilio_credentials *c,
                             struct fault *f)
{
    struct account *a = &d->accounts[handle - 1];
    struct twilio_account wanted;
    enum err e;

    e = twilio_account_set(&wanted, c, f);
    if (e != ERR_OK || (a->told && twilio_account_equal(&wanted, &a->twilio))) {
        twilio_account_wipe(&wanted);
        return e;
    }
    e = provider_set_account(d->ports.provider, handle, &wanted, f);
    if (e == ERR_OK) {
        a->told = true;
        a->twilio = wanted;
    }
    twilio_account_wipe(&wanted);
    return e;
}

static enum err load_account(struct directory *d, const struct org *org, struct directory_org *o, struct fault *f)
{
    const struct settings *settings = d->ports.settings;
    struct twilio_credentials c;
    enum err e = account_handle(d, org_account_sid(settings, org), &o->account);

    if (e != ERR_OK) return fault_set(f, e, "organization %s: its account SID cannot be used", org->slug);
    e = org_account_credentials(d->ports.sealer, settings, &d->scratch, org, &c, f);
    if (e == ERR_NOT_FOUND)
        return fault_set(f, e, "organization %s: no auth token; give it one, or set TWILIO_AUTH_TOKEN", org->slug);
    if (e != ERR_OK) {
        fault_prefix(f, "organization %s: auth token", org->slug);
        return e;
    }
    /* Messages of a subaccount may be sent with its parent's token. */
    if (org->token_sealed.len == 0 && c.key_sid.len == 0 && strcmp(org->account_sid, settings->twilio_account_sid) != 0)
        c.parent_sid = str_from(settings->twilio_account_sid);
    e = tell_account(d, o->account, &c, f);
    if (e != ERR_OK) fault_prefix(f, "organization %s: Twilio account", org->slug);
    o->sendable = e == ERR_OK;
    return e;
}

/* ---- programs and senders ---- */

/* As much of it as there is room for: rules/content compares words of it. */
static void take_name(struct str name, char out[PROGRAM_BRAND_BYTES])
{
    size_t bytes = name.len < PROGRAM_BRAND_BYTES ? name.len : PROGRAM_BRAND_BYTES - 1;

    if (bytes > 0) memcpy(out, name.at, bytes);
    out[bytes] = '\0';
}

static enum err load_programs(struct directory *d, struct directory_org *o)
{
    const struct store_ops *ops = d->ports.reader->store->ops;
    struct program page[PAGE];
    uint32_t after = 0;
    size_t count;

    do {
        struct directory_program *grown;
        enum err e;
        count = PAGE;
        e = ops->programs(d->ports.reader, &d->scratch, o->id, after, page, &count);
        if (e != ERR_OK) return e;
        if (count == 0) break;
        grown = realloc(o->programs, (o->programs_count + count) * sizeof *grown);
        if (grown == NULL) return ERR_FULL;
        o->programs = grown;
        for (size_t i = 0; i < count; i++) {
            enum use_case use = use_case_parse(page[i].use_case);
            struct directory_program *p = &grown[o->programs_count++];
            *p = (struct directory_program){.id = page[i].id, .registration = page[i].registration,
                                            .charity = use == USE_CASE_CHARITY};
            p->subject = (struct tier_subject){.brand = page[i].brand, .trust_score = page[i].brand_score,
                                               .use_case = use};
            memcpy(p->service_sid, page[i].service_sid, sizeof p->service_sid);
            p->traits = page[i].traits;
            if (page[i].brand_name.len > 0) take_name(page[i].brand_name, p->brand);
            else memcpy(p->brand, o->name, sizeof p->brand);
            after = page[i].id;
        }
    } while (count == PAGE);
    return ERR_OK;
}

static struct directory_program *program_of(const struct directory_org *o, uint32_t id)
{
    for (size_t i = 0; i < o->programs_count; i++)
        if (o->programs[i].id == id) return &o->programs[i];
    return NULL;
}

static enum err take_sender(struct directory_org *o, const struct sender *s)
{
    struct directory_program *p = program_of(o, s->program);
    struct directory_sender *mine;

    if (p == NULL || s->state == SENDER_REMOVED) return ERR_OK;
    mine = &o->senders[o->senders_count++];
    *mine = (struct directory_sender){.id = s->id, .program = s->program, .kind = s->kind};
    memcpy(mine->address, s->address, sizeof mine->address);
    mine->usable = gate_pool_add(&p->pool, s, p->registration);
    mine->abroad = gate_sender_abroad(s);
    if (mine->usable) p->kinds |= UINT32_C(1) << (unsigned)s->kind;
    if (s->registered[0] == '\0') return ERR_OK;
    mine->registered = strdup(s->registered);
    return mine->registered == NULL ? ERR_FULL : ERR_OK;
}

static enum err tell_sender(struct directory *d, const struct directory_org *o, const struct sender *s,
                            bool usable)
{
    bool abroad = gate_sender_abroad(s);
    struct phone phone = {0};
    bool known = s->number != 0 && phone_from_digits(s->number, &phone) == ERR_OK;
    struct engine_sender e = {.sender = s->id, .org = o->id, .kind = (uint8_t)s->kind, .usable = usable,
                              .area_code = known ? phone.area_code : 0,
                              .program = abroad ? directory_program_abroad(s->program) : s->program};

    return engine_set_sender(d->ports.engine, &e);
}

static enum err load_senders(struct directory *d, struct directory_org *o)
{
    const struct store_ops *ops = d->ports.reader->store->ops;
    struct sender page[PAGE];
    uint32_t after = 0;
    size_t count;

    do {
        struct directory_sender *grown;
        enum err e;
        count = PAGE;
        e = ops->senders(d->ports.reader, o->id, after, page, &count);
        if (e != ERR_OK || o->senders_count + count > SENDERS_MAX) return e != ERR_OK ? e : ERR_LIMIT;
        if (count == 0) break;
        grown = realloc(o->senders, (o->senders_count + count) * sizeof *grown);
        if (grown == NULL) return ERR_FULL;
        o->senders = grown;
        for (size_t i = 0; i < count; i++) {
            const struct directory_sender *known;
            e = take_sender(o, &page[i]);
            if (e != ERR_OK) return e;
            known = directory_sender(o, page[i].id);
            e = tell_sender(d, o, &page[i], known != NULL && known->usable);
            if (e != ERR_OK) return e;
        }
        after = page[count - 1].id;
    } while (count == PAGE);
    return ERR_OK;
}

/* ---- organizations ---- */

static enum err set_org(struct directory *d, const struct directory_org *o)
{
    struct engine_org e = {.org = o->id, .account = o->account, .share = o->share,
                           .active = o->state == ORG_ACTIVE && o->sendable};
    return engine_set_org(d->ports.engine, &e);
}

/* Half of it was read: nothing is drawn or sent by that. */
static void hold_org(struct directory *d, struct directory_org *o)
{
    o->sendable = false;
    (void)!set_org(d, o);
}

static enum err tell_org(struct directory *d, struct directory_org *o)
{
    struct directory_limits now;
    enum err code = set_org(d, o);

    if (code == ERR_OK) code = directory_limits_make(o, &d->figures, &now);
    if (code != ERR_OK) return code;
    code = directory_limits_tell(d->ports.engine, &o->limits, &now);
    directory_limits_free(&now);
    return code;
}

static struct directory_org *org_from(const struct org *org)
{
    struct directory_org *o = calloc(1, sizeof *o);

    if (o == NULL) return NULL;
    o->id = org->id;
    o->state = org->state;
    o->rev = org->rev;
    o->share = org->share == 0 ? 1 : org->share;
    o->cap_micros = org->spend_cap_micros;
    o->frequency = org->frequency;
    memcpy(o->region, org->region, sizeof o->region);
    memcpy(o->countries, org->countries, sizeof o->countries);
    memcpy(o->hook_path, org->hook_path, sizeof o->hook_path);
    take_name(org->name, o->name);
    return o;
}

static enum err load_org(struct directory *d, const struct org *org)
{
    struct fault why = {0};
    struct directory_org *o = org_from(org), *old = map_ptr(&d->orgs, org->id);
    union map_value *place = map_put(&d->orgs, org->id);
    enum err e = o == NULL || place == NULL ? ERR_FULL : ERR_OK;

    if (e != ERR_OK) {
        org_free(o);
        return e;
    }
    if (load_account(d, org, o, &why) != ERR_OK) {
        o->sendable = false;
        log_event(LOG_ERROR, "org_cannot_send", log_text("why", why.what));
    }
    if (old != NULL) {
        o->limits = old->limits;
        old->limits = (struct directory_limits){0};
    }
    place->ptr = o;
    org_free(old);
    /* The engine must know the organization before its senders and limits. */
    e = tell_org(d, o);
    if (e == ERR_OK) e = load_programs(d, o);
    if (e == ERR_OK) e = load_senders(d, o);
    if (e == ERR_OK) e = tell_org(d, o);
    if (e != ERR_OK) hold_org(d, o);
    return e;
}

enum err directory_load_org(struct directory *d, org_id id)
{
    struct org org;
    enum err e = d->ports.reader->store->ops->org_get(d->ports.reader, &d->scratch, id, &org);

    if (e == ERR_OK) e = load_org(d, &org);
    arena_reset(&d->scratch);
    return e;
}

enum err directory_load_orgs(struct directory *d)
{
    struct org page[PAGE];
    org_id after = 0;
    size_t count;
    enum err e;

    do {
        count = PAGE;
        e = d->ports.reader->store->ops->orgs(d->ports.reader, &d->scratch, after, page, &count);
        for (size_t i = 0; i < count && e == ERR_OK; i++) {
            e = load_org(d, &page[i]);
            after = page[i].id;
        }
        arena_reset(&d->scratch);
    } while (e == ERR_OK && count == PAGE);
    return e;
}

const struct directory_org *directory_org(const struct directory *d, org_id org)
{
    return map_ptr(&d->orgs, org);
}

const struct directory_program *directory_program(const struct directory_org *o, uint32_t program)
{
    return program_of(o, program);
}

const struct directory_sender *directory_sender(const struct directory_org *o, uint32_t sender)
{
    size_t from = 0, to = o->senders_count;

    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (o->senders[middle].id < sender) from = middle + 1;
        else to = middle;
    }
    return from < o->senders_count && o->senders[from].id == sender ? &o->senders[from] : NULL;
}

uint32_t directory_accounts(const struct directory *d)
{
    return (uint32_t)d->accounts_count;
}

int64_t directory_window_max_ms(const struct directory *d)
{
    struct map_slot *slot;
    int64_t longest_ms = 0;

    for (size_t i = 0; (slot = map_next(&d->orgs, &i)) != NULL;) {
        const struct directory_org *o = slot->value.ptr;
        for (size_t n = 0; n < o->limits.count; n++)
            if (o->limits.rows[n].window_ms > longest_ms) longest_ms = o->limits.rows[n].window_ms;
    }
    return longest_ms;
}

void directory_each_of_account(const struct directory *d, uint32_t account,
                               void (*each)(void *ctx, const struct directory_org *o), void *ctx)
{
    struct map_slot *slot;

    for (size_t i = 0; (slot = map_next(&d->orgs, &i)) != NULL;) {
        const struct directory_org *o = slot->value.ptr;
        if (o->account == account) each(ctx, o);
    }
}

/* ---- campaigns ---- */

void directory_forget_campaign(struct directory *d, uint64_t campaign)
{
    campaign_free(map_ptr(&d->campaigns, campaign));
    (void)map_remove(&d->campaigns, campaign);
}

static enum err take_campaign(struct directory *d, const struct campaign *row)
{
    struct directory_campaign *c = calloc(1, sizeof *c);
    union map_value *place;
    enum err e;

    if (c == NULL) return ERR_FULL;
    *c = (struct directory_campaign){.id = row->id, .org = row->org, .program = row->program, .kind = row->kind,
                                     .state = row->state, .rev = row->rev, .frozen = row->frozen,
                                     .pause_failures_permille = row->pause_failures_permille};
    e = template_compile(row->template_text, &c->text, NULL);
    place = e == ERR_FULL ? NULL : map_put(&d->campaigns, row->id);
    if (place == NULL) {
        campaign_free(c);
        return ERR_FULL;
    }
    campaign_free(place->ptr);
    place->ptr = c;
    return ERR_OK;
}

enum err directory_load_campaign(struct directory *d, org_id org, uint64_t campaign)
{
    struct campaign row;
    enum err e = d->ports.reader->store->ops->campaign_get(d->ports.reader, &d->scratch, org, campaign, &row);

    if (e == ERR_OK) e = take_campaign(d, &row);
    else if (e == ERR_NOT_FOUND) directory_forget_campaign(d, campaign);
    arena_reset(&d->scratch);
    return e;
}

const struct directory_campaign *directory_campaign(const struct directory *d, uint64_t campaign)
{
    return map_ptr(&d->campaigns, campaign);
}

/* ---- lanes and days ---- */

struct engine_lane directory_lane(const struct lane_key *k)
{
    bool abroad = k->carrier == CARRIER_FOREIGN;

    return (struct engine_lane){.org = k->org, .program = abroad ? directory_program_abroad(k->program) : k->program,
                                .campaign = k->campaign, .kind = k->kind, .carrier = k->carrier};
}

struct lane_key directory_lane_key(const struct engine_lane *l)
{
    return (struct lane_key){.org = l->org, .program = l->program & ~ABROAD_BIT, .campaign = l->campaign,
                             .kind = l->kind, .carrier = l->carrier};
}

enum err directory_day(int64_t wall_ms, int32_t *day, int64_t *ends_ms)
{
    const struct zone *pacific;
    struct zone_time local;
    enum err e = zone_find(STR("America/Los_Angeles"), &pacific);

    if (e != ERR_OK) return e;
    zone_local(pacific, wall_ms, &local);
    *day = (int32_t)zone_days_of_date(local.year, local.month, local.day);
    *ends_ms = zone_next_midnight_ms(pacific, wall_ms);
    return ERR_OK;
}
