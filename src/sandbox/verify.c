/* verify: services, verifications, codes. Contract in verify.h. */
#include "sandbox/verify.h"

#include "sandbox/world.h"

#include <stdlib.h>
#include <string.h>

const char *sb_verify_status_name(enum verify_status status)
{
    static const char *const names[] = {"pending", "approved", "canceled", "max_attempts_reached", "expired"};
    return names[status];
}

struct verify_service *sb_verify_service_at(const struct sandbox *sb, uint64_t index)
{
    return index < sb->verify.service_count ? sb->verify.services[index] : NULL;
}

uint32_t sb_verify_service_add(struct sandbox *sb, uint32_t account)
{
    struct verify_world *w = &sb->verify;
    struct verify_service *s;
    if (w->service_count >= VERIFY_SERVICES_MAX) return UINT32_MAX;
    s = world_alloc(sizeof *s);
    *s = (struct verify_service){.account = account, .code_length = 6, .created_ms = world_date(sb),
                                 .updated_ms = world_date(sb)};
    w->services = world_grow(w->services, w->service_count, &w->service_capacity, sizeof *w->services);
    w->services[w->service_count] = s;
    return (uint32_t)w->service_count++;
}

struct verification *sb_verification_at(struct sandbox *sb, uint64_t index)
{
    struct verification *v = index < sb->verify.count ? sb->verify.verifications[index] : NULL;
    if (v != NULL && v->status == VERIFY_PENDING && sb->now_ms - v->began_ms >= VERIFY_LIFE_MS)
        v->status = VERIFY_EXPIRED;
    return v;
}

struct verification *sb_verification_of(struct sandbox *sb, uint32_t service, uint64_t to, uint64_t *index)
{
    union map_value *slot = map_get(&sb->verify.newest, world_pair(service, to));
    struct verification *v = slot == NULL ? NULL : sb_verification_at(sb, slot->num - 1);
    if (v == NULL) return NULL;
    *index = slot->num - 1;
    if (v->status == VERIFY_MAX_ATTEMPTS && sb->now_ms - v->began_ms < VERIFY_LIFE_MS) return v;
    return v->status == VERIFY_PENDING ? v : NULL;
}

static struct verification *begin(struct sandbox *sb, uint32_t service, uint64_t to, struct str custom,
                                  uint64_t *index)
{
    struct verify_world *w = &sb->verify;
    struct verification *v = world_alloc(sizeof *v);
    uint64_t random = world_pair(sb->key ^ w->count, to);
    union map_value *slot = map_put(&w->newest, world_pair(service, to));
    BUG_IF(slot == NULL);
    *v = (struct verification){.service = service, .to = to, .began_ms = sb->now_ms, .created_ms = world_date(sb)};
    for (unsigned i = 0; i < w->services[service]->code_length; i++, random /= 10)
        v->code[i] = (char)('0' + random % 10);
    if (custom.len > 0) BUG_IF(str_copy(custom, v->code, sizeof v->code) != ERR_OK);
    w->verifications = world_grow(w->verifications, w->count, &w->capacity, sizeof *w->verifications);
    w->verifications[w->count] = v;
    *index = w->count++;
    slot->num = w->count;
    return v;
}

/* Magic numbers: +1 NPA 555 97nn. */
static int magic_refusal(uint64_t to)
{
    static const struct {
        unsigned line;
        int code;
    } refusals[] = {{9705, 60605}, {9710, 60410}, {9712, 60212}, {9720, 60220}, {9738, 60238}, {9745, 60245}};
    if (to / UINT64_C(10000000000) != 1 || to / 10000 % 1000 != 555) return 0;
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
        if (to % 10000 == refusals[i].line) return refusals[i].code;
    return 0;
}

static int refusal(struct sandbox *sb, uint32_t service, uint64_t to, const char *channel)
{
    struct verify_service *s = sb->verify.services[service];
    uint32_t most = sb->config.verify_per_s_max;
    struct phone phone;
    if (s->second != sb->now_ms / 1000) s->in_second = 0;
    s->second = sb->now_ms / 1000;
    if (most != 0 && ++s->in_second > most) return 60207;
    if (magic_refusal(to) != 0) return magic_refusal(to);
    if (!s->lookup_enabled || !s->skip_landlines || strcmp(channel, "sms") != 0) return 0;
    if (phone_from_digits(to, &phone) != ERR_OK) return 60200;
    return strcmp(sb_line_of(sb, &phone).type, "landline") == 0 ? 60205 : 0;
}

int sb_verify_start(struct sandbox *sb, uint32_t service, uint64_t to, const char *channel, struct str custom,
                    uint64_t *index)
{
    struct verification *v;
    int code = refusal(sb, service, to, channel);
    if (code != 0) return code;
    v = sb_verification_of(sb, service, to, index);
    if (v != NULL && v->status == VERIFY_MAX_ATTEMPTS) return 60202;
    if (v != NULL && v->sends >= VERIFY_SENDS_MAX) return 60203;
    if (v == NULL && sb->verify.count >= VERIFY_MAX) return 20503;
    if (v == NULL) v = begin(sb, service, to, custom, index);
    v->channel = channel;
    v->updated_ms = world_date(sb);
    v->sent[v->sends].at_ms = world_date(sb);
    v->sent[v->sends++].channel = channel;
    return 0;
}

int sb_verify_check(struct sandbox *sb, struct verification *v, struct str code, bool *approved)
{
    if (v->status == VERIFY_MAX_ATTEMPTS && sb->now_ms - v->began_ms < VERIFY_LIFE_MS) return 60202;
    if (v->status != VERIFY_PENDING) return 20404;
    v->checks++;
    v->updated_ms = world_date(sb);
    *approved = str_equal_secret(code, str_from(v->code));
    if (*approved)
        v->status = VERIFY_APPROVED;
    else if (v->checks >= VERIFY_CHECKS_MAX)
        v->status = VERIFY_MAX_ATTEMPTS;
    return 0;
}

void sb_verify_free(struct sandbox *sb)
{
    struct verify_world *w = &sb->verify;
    for (size_t i = 0; i < w->service_count; i++) {
        free(w->services[i]->name);
        free(w->services[i]->tts_name);
        free(w->services[i]);
    }
    for (size_t i = 0; i < w->count; i++) free(w->verifications[i]);
    free(w->services);
    free(w->verifications);
    map_free(&w->newest);
}
