/*
 * service: messaging services, their pools of senders and their A2P programs (reference 8, 9).
 *
 * A number is in at most one pool. A removed service stays in the table for the messages that name it.
 */
#include "sandbox/a2p.h"

#include <stdlib.h>
#include <string.h>

struct service *sb_service_at(const struct sandbox *sb, uint32_t service)
{
    return service < sb->service_count ? sb->services[service] : NULL;
}

enum err sandbox_service_add(struct sandbox *sb, uint32_t account,
                             const struct sandbox_service_params *params, uint32_t *service)
{
    struct service *s;
    if (sb_account_at(sb, account) == NULL) return ERR_NOT_FOUND;
    if (sb->service_count >= sb->config.services_max) return ERR_FULL;
    s = world_alloc(sizeof *s);
    sb_sid_make(sb, SID_SERVICE, sb->service_count, s->sid);
    s->account = account;
    s->created_ms = s->updated_ms = world_date(sb);
    s->name = world_text(params->friendly_name);
    s->inbound_url = world_text(params->inbound_url);
    s->fallback_url = world_text(params->fallback_url);
    s->status_callback = world_text(params->status_callback);
    s->usecase = world_text(STR("undeclared"));
    s->scan_message_content = "inherit";
    s->sticky_sender = params->sticky_sender;
    s->area_code_geomatch = params->area_code_geomatch;
    s->smart_encoding = params->smart_encoding;
    s->use_inbound_webhook_on_number = params->use_inbound_webhook_on_number;
    s->validity_s = params->validity_s != 0 ? params->validity_s : sb->config.validity_s_max;
    sb->services = world_grow(sb->services, sb->service_count, &sb->service_capacity, sizeof *sb->services);
    sb->services[sb->service_count] = s;
    *service = (uint32_t)sb->service_count++;
    return ERR_OK;
}

uint32_t sandbox_service_find(const struct sandbox *sb, struct str sid)
{
    uint64_t n = sb_sid_read(sb, SID_SERVICE, sid);
    return n >= sb->service_count || sb->services[n]->removed ? SANDBOX_NONE : (uint32_t)n;
}

const char *sandbox_service_sid(const struct sandbox *sb, uint32_t service)
{
    struct service *s = sb_service_at(sb, service);
    return s == NULL ? "" : s->sid;
}

void sb_service_join(struct sandbox *sb, uint32_t service, uint32_t sender)
{
    struct service *v = sb_service_at(sb, service);
    struct sender *s = sb_sender_at(sb, sender);
    BUG_IF(v == NULL || s == NULL);
    v->pool = world_grow(v->pool, v->pool_count, &v->pool_capacity, sizeof *v->pool);
    v->pool[v->pool_count++] = sender;
    s->service = service;
    s->joined_ms = world_date(sb);
    sb_number_joined(sb, service, sender);
}

void sb_service_leave(struct sandbox *sb, uint32_t sender)
{
    struct sender *s = sb_sender_at(sb, sender);
    struct service *v = sb_service_at(sb, s->service);
    if (v == NULL) return;
    sb_number_left(sb, sender);
    for (size_t i = 0; i < v->pool_count; i++)
        if (v->pool[i] == sender) {
            memmove(&v->pool[i], &v->pool[i + 1], (v->pool_count - i - 1) * sizeof *v->pool);
            v->pool_count--;
            break;
        }
    s->service = SANDBOX_NONE;
}

void sb_service_remove(struct sandbox *sb, uint32_t service)
{
    struct service *v = sb_service_at(sb, service);
    BUG_IF(v == NULL);
    if (v->campaign != NULL) sb_campaign_remove(sb, v->campaign);
    while (v->pool_count > 0) sb_service_leave(sb, v->pool[v->pool_count - 1]);
    v->removed = true;
}

static uint32_t brand_find(struct sandbox *sb, uint32_t number)
{
    for (size_t i = 0; i < sb->brand_count; i++)
        if (sb->brands[i].number == number) return (uint32_t)i;
    sb->brands = world_grow(sb->brands, sb->brand_count, &sb->brand_capacity, sizeof *sb->brands);
    sb->brands[sb->brand_count] = (struct brand){.number = number};
    return (uint32_t)sb->brand_count++;
}

enum err sandbox_program_set(struct sandbox *sb, uint32_t service, const struct sandbox_program *program)
{
    struct service *v = sb_service_at(sb, service);
    uint32_t mps, cap, *grants;
    if (v == NULL || v->removed) return ERR_NOT_FOUND;
    if (program->brand_score > 100) return ERR_INVALID;
    sb_carrier_score_grants(program->brand_score, &mps, &cap);
    v->program.approved = true;
    v->program.brand = brand_find(sb, program->brand);
    v->program.brand_score = program->brand_score;
    grants = v->program.mps_milli;
    grants[SANDBOX_ATT] = program->att_mps_milli != 0 ? program->att_mps_milli : mps;
    grants[SANDBOX_TMOBILE] = program->tmobile_mps_milli != 0 ? program->tmobile_mps_milli : mps;
    grants[SANDBOX_VERIZON] = program->verizon_mps_milli != 0 ? program->verizon_mps_milli : mps;
    sb->brands[v->program.brand].cap = program->tmobile_day_cap != 0 ? program->tmobile_day_cap : cap;
    return ERR_OK;
}

void sb_program_close(struct sandbox *sb, uint32_t service)
{
    struct service *v = sb_service_at(sb, service);
    BUG_IF(v == NULL);
    v->program = (struct program){.approved = false};
}

/* Short codes before numbers at home, alphanumeric IDs before numbers abroad (reference 8). */
static unsigned preference(const struct service *v, const struct sender *s, uint64_t to)
{
    if (!sb_sender_can_reach(s, to)) return 0;
    switch (s->kind) {
    case SENDER_SHORT_CODE: return 4;
    case SENDER_ALPHA: return 4;
    case SENDER_TOLL_FREE: return 2;
    default: break;
    }
    bool same_country = (s->kind == SENDER_LONG_CODE) == (to / UINT64_C(10000000000) == 1);
    bool same_area = v->area_code_geomatch && s->number / 10000000 == to / 10000000;
    return same_country ? 2u + (same_area ? 1u : 0u) : 1u;
}

static uint32_t pick_from_pool(struct sandbox *sb, struct service *v, uint64_t to)
{
    uint32_t best = SANDBOX_NONE;
    unsigned best_preference = 0;
    size_t start = v->pool_cursor++;
    for (size_t i = 0; i < v->pool_count; i++) {
        uint32_t sender = v->pool[(start + i) % v->pool_count];
        unsigned p = preference(v, sb->senders[sender], to);
        if (p > best_preference) {
            best = sender;
            best_preference = p;
        }
        if (p == 4) break;
    }
    return best;
}

uint32_t sb_service_pick(struct sandbox *sb, uint32_t service, uint64_t to)
{
    struct service *v = sb_service_at(sb, service);
    uint64_t key = world_pair(service, to);
    BUG_IF(v == NULL);
    union map_value *slot = v->sticky_sender ? map_get(&sb->sticky, key) : NULL;
    uint32_t picked;
    if (slot != NULL && sb->senders[slot->num]->service == service) return (uint32_t)slot->num;
    picked = pick_from_pool(sb, v, to);
    if (picked == SANDBOX_NONE || !v->sticky_sender) return picked;
    if (slot == NULL && sb->sticky.count < sb->config.handsets_max) slot = map_put(&sb->sticky, key);
    if (slot != NULL) slot->num = picked;
    return picked;
}
