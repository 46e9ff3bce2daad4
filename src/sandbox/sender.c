/*
 * sender: what messages come from — long codes, toll-free numbers, short codes, alphanumeric IDs.
 *
 * A number belongs to one account; an alphanumeric ID to each account that uses it. A released number stays
 * in the table, so that old messages keep their From, but can be bought again.
 */
#include "sandbox/world.h"

#include <string.h>

struct sender *sb_sender_at(const struct sandbox *sb, uint32_t sender)
{
    return sender < sb->sender_count ? sb->senders[sender] : NULL;
}

static bool is_toll_free(uint64_t number)
{
    switch (number / 10000000) {
    case 1800: case 1833: case 1844: case 1855: case 1866: case 1877: case 1888: return true;
    default: return false;
    }
}

static enum sender_kind kind_of_number(uint64_t number)
{
    if (number < UINT64_C(10000000000) || number >= UINT64_C(20000000000)) return SENDER_FOREIGN;
    return is_toll_free(number) ? SENDER_TOLL_FREE : SENDER_LONG_CODE;
}

static bool is_alpha(struct str s)
{
    bool letter = false;
    if (s.len == 0 || s.len > 11) return false;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.at[i], lower = (char)(c | 0x20);
        if (lower >= 'a' && lower <= 'z')
            letter = true;
        else if (c == '\0' || strchr("0123456789 &+-_.", c) == NULL)
            return false;
    }
    return letter;
}

bool sb_sender_kind_of(struct str address, enum sender_kind *kind, uint64_t *number)
{
    bool plus = address.len > 0 && address.at[0] == '+';
    struct str digits = plus ? str_slice(address, 1, address.len) : address;
    *number = 0;
    if (str_to_u64(digits, number) == ERR_OK && digits.len > 0 && digits.at[0] != '0') {
        *kind = kind_of_number(*number);
        if (plus) return digits.len >= 7 && digits.len <= 15;
        *kind = SENDER_SHORT_CODE;
        *number |= SANDBOX_SHORT_CODE_BIT;
        return digits.len >= 3 && digits.len <= 8;
    }
    *number = 0;
    *kind = SENDER_ALPHA;
    return is_alpha(address);
}

/* Numbers are the same thing for everybody, alphanumeric IDs are not. */
static uint64_t address_key(uint32_t account, uint64_t number, struct str address)
{
    return number != 0 ? world_pair(number, 1) : str_hash(address, world_pair(account, 2));
}

static enum sid_kind sid_kind_of(enum sender_kind kind)
{
    return kind == SENDER_ALPHA ? SID_ALPHA : kind == SENDER_SHORT_CODE ? SID_SHORT_CODE : SID_NUMBER;
}

enum err sandbox_sender_add(struct sandbox *sb, uint32_t account, struct str address, uint32_t service,
                            struct str sms_url, uint32_t *sender)
{
    struct sender draft = {.account = account, .service = SANDBOX_NONE};
    union map_value *slot;
    struct sender *s;
    if (sb_account_at(sb, account) == NULL || !sb_sender_kind_of(address, &draft.kind, &draft.number))
        return ERR_INVALID;
    if (service != SANDBOX_NONE && sb_service_at(sb, service) == NULL) return ERR_NOT_FOUND;
    if (sb->sender_count >= sb->config.senders_max) return ERR_FULL;
    slot = map_put(&sb->by_address, address_key(account, draft.number, address));
    BUG_IF(slot == NULL);
    if (slot->num != 0) return ERR_CONFLICT;
    world_must(str_copy(address, draft.address, sizeof draft.address));
    sb_sid_make(sb, sid_kind_of(draft.kind), sb->sender_count, draft.sid);
    slot->num = sb->sender_count + 1;
    s = world_alloc(sizeof *s);
    *s = draft;
    s->created_ms = s->updated_ms = world_date(sb);
    s->name = world_text(address);
    s->sms_url = world_text(sms_url);
    sb->senders = world_grow(sb->senders, sb->sender_count, &sb->sender_capacity, sizeof *sb->senders);
    sb->senders[sb->sender_count] = s;
    *sender = (uint32_t)sb->sender_count++;
    if (service != SANDBOX_NONE) sb_service_join(sb, service, *sender);
    return ERR_OK;
}

uint32_t sb_sender_by_number(const struct sandbox *sb, uint64_t number)
{
    union map_value *slot = map_get(&sb->by_address, address_key(0, number, STR("")));
    return slot == NULL || slot->num == 0 ? SANDBOX_NONE : (uint32_t)(slot->num - 1);
}

uint32_t sandbox_sender_find(const struct sandbox *sb, uint32_t account, struct str address)
{
    enum sender_kind kind;
    uint64_t number;
    union map_value *slot;
    if (!sb_sender_kind_of(address, &kind, &number)) return SANDBOX_NONE;
    slot = map_get(&sb->by_address, address_key(account, number, address));
    if (slot == NULL || slot->num == 0 || sb->senders[slot->num - 1]->account != account) return SANDBOX_NONE;
    return (uint32_t)(slot->num - 1);
}

const char *sandbox_sender_address(const struct sandbox *sb, uint32_t sender)
{
    struct sender *s = sb_sender_at(sb, sender);
    return s == NULL ? "" : s->address;
}

/* Alphanumeric IDs and toll-free numbers do not work everywhere (reference 2.1, From). */
bool sb_sender_can_reach(const struct sender *s, uint64_t to)
{
    bool north_america = kind_of_number(to) != SENDER_FOREIGN;
    switch (s->kind) {
    case SENDER_ALPHA: return !north_america;
    case SENDER_SHORT_CODE:
    case SENDER_TOLL_FREE: return north_america;
    default: return true;
    }
}

void sb_sender_release(struct sandbox *sb, uint32_t sender)
{
    struct sender *s = sb_sender_at(sb, sender);
    BUG_IF(s == NULL);
    sb_service_leave(sb, sender);
    map_remove(&sb->by_address, address_key(s->account, s->number, str_from(s->address)));
    s->released = true;
}

void sb_sender_move(struct sandbox *sb, uint32_t sender, uint32_t account)
{
    struct sender *s = sb_sender_at(sb, sender);
    BUG_IF(s == NULL);
    sb_service_leave(sb, sender);
    s->account = account;
}

uint32_t sb_sender_mps_milli(const struct sandbox *sb, const struct sender *s)
{
    const struct sandbox_config *c = &sb->config;
    switch (s->kind) {
    case SENDER_TOLL_FREE: return c->toll_free_mps_milli;
    case SENDER_SHORT_CODE: return c->short_code_mps_milli;
    case SENDER_ALPHA: return c->alpha_mps_milli;
    case SENDER_FOREIGN: return c->foreign_mps_milli;
    default: break;
    }
    if (s->service != SANDBOX_NONE && sb_service_at(sb, s->service)->program.approved)
        return c->registered_mps_milli;
    return c->long_code_mps_milli;
}
