/* register_log: the ledger of registrations. Contract in register_log.h. */
#include "sandbox/register_log.h"

#include "sandbox/call.h"
#include "sandbox/registry.h"

#include <stdio.h>
#include <stdlib.h>

static uint32_t owner_of_sender(const struct sandbox *sb, struct str sid)
{
    static const enum sid_kind kinds[] = {SID_NUMBER, SID_SHORT_CODE, SID_ALPHA};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        uint64_t n = sb_sid_read(sb, kinds[i], sid);
        const struct sender *s = n == UINT64_MAX ? NULL : sb_sender_at(sb, (uint32_t)n);
        if (s != NULL) return s->account;
    }
    return SANDBOX_NONE;
}

uint32_t sb_register_owner(const struct sandbox *sb, struct str sid)
{
    const struct service *v = sb_service_at(sb, sandbox_service_find(sb, sid));
    uint32_t account = sandbox_account_find(sb, sid);
    if (account != SANDBOX_NONE) return account;
    if (v != NULL) return v->account;
    for (int kind = 0; kind < SID_KINDS; kind++) {
        const struct thing *t = sb_thing_find(sb, (enum sid_kind)kind, sid);
        if (t != NULL) return t->account;
    }
    return owner_of_sender(sb, sid);
}

/* A parent may name a subaccount's things in the 2010 API, and anybody the parent's primary profile. */
static bool may_name(const struct call *c, uint32_t owner, struct str sid)
{
    const struct thing *profile = sb_thing_find(c->sb, SID_PROFILE, sid);
    if (owner == SANDBOX_NONE || owner == c->auth) return true;
    if (sb_account_root(c->sb, owner) == c->auth) return str_starts(c->path, STR("/2010-04-01/"));
    return profile != NULL && sb_fact_is(profile, "_primary") && owner == sb_account_root(c->sb, c->auth);
}

static void note_foreign(struct call *c, uint32_t owner, struct str sid)
{
    struct register_log *log = &c->sb->registry->log;
    struct foreign_request *f;
    if (log->foreign++ >= FOREIGN_KEPT_MAX) return;
    f = &log->kept[log->foreign - 1];
    *f = (struct foreign_request){.at_ms = c->sb->now_ms, .auth = c->auth, .owner = owner};
    (void)snprintf(f->sid, sizeof f->sid, STR_FMT, STR_ARG(sid));
    (void)snprintf(f->path, sizeof f->path, STR_FMT, STR_ARG(str_slice(c->path, 0, sizeof f->path - 1)));
}

static bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }
static bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

/* Every SID in a text, wherever it stands: JSON values hold some. True once one was foreign. */
static bool watch_text(struct call *c, struct str text)
{
    const size_t bytes = SANDBOX_SID_BYTES - 1;
    for (size_t i = 0; i + bytes <= text.len; i++) {
        struct str sid = str_slice(text, i, i + bytes);
        size_t digits = 2;
        uint32_t owner;
        if (!is_upper(sid.at[0]) || !is_upper(sid.at[1])) continue;
        while (digits < bytes && is_hex(sid.at[digits])) digits++;
        if (digits < bytes) continue;
        owner = sb_register_owner(c->sb, sid);
        if (may_name(c, owner, sid)) continue;
        note_foreign(c, owner, sid);
        return true;
    }
    return false;
}

/* A request counts once, however many it names. */
void sb_register_watch(struct call *c)
{
    bool foreign = watch_text(c, c->path);
    for (size_t i = 0; !foreign && i < c->query.count; i++) foreign = watch_text(c, c->query.pairs[i].value);
    for (size_t i = 0; !foreign && i < c->form.count; i++) foreign = watch_text(c, c->form.pairs[i].value);
}

static char *telling_fact(const struct call *c)
{
    static const char *const names[] = {"FriendlyName", "ObjectSid", "BusinessName", "CustomerName", "Description",
                                        "CustomerProfileBundleSid", "PhoneNumber", "AreaCode", "PolicySid"};
    char text[256];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct str value = sb_call_param(c, names[i]);
        if (value.len == 0) continue;
        (void)snprintf(text, sizeof text, "%s=" STR_FMT, names[i], STR_ARG(str_slice(value, 0, 200)));
        return world_text(str_from(text));
    }
    return NULL;
}

/* Evaluations are made again and again, and a number of an area is another one each time. */
static bool may_repeat(const struct call *c)
{
    return str_starts(str_from(c->made), STR("EL")) ||
           (sb_call_param(c, "AreaCode").len > 0 && sb_call_param(c, "PhoneNumber").len == 0);
}

void sb_register_append(struct call *c)
{
    struct register_log *log = &c->sb->registry->log;
    struct register_entry *e;
    union map_value *slot;
    if (c->made[0] == '\0') return;
    if (log->count == REGISTER_LOG_MAX) {
        log->dropped++;
        return;
    }
    log->entries = world_grow(log->entries, log->count, &log->capacity, sizeof *log->entries);
    e = &log->entries[log->count++];
    *e = (struct register_entry){.at_ms = c->sb->now_ms, .date_ms = world_date(c->sb), .account = c->account,
                                 .auth = c->auth, .path = world_text(c->path), .fact = telling_fact(c),
                                 .form_hash = str_hash(c->request->body, 0), .http_status = c->answer->status};
    world_must(str_copy(str_from(c->made), e->sid, sizeof e->sid));
    if (c->by_key && str_copy(c->user, e->key, sizeof e->key) != ERR_OK) e->key[0] = '\0';
    slot = map_put(&log->seen, world_pair(world_pair(c->account, str_hash(c->path, 0)), e->form_hash));
    BUG_IF(slot == NULL);
    e->repeats = slot->num++ > 0 && !may_repeat(c);
    log->repeated += e->repeats;
}

void sb_register_log_free(struct register_log *log)
{
    for (size_t i = 0; i < log->count; i++) {
        free(log->entries[i].path);
        free(log->entries[i].fact);
    }
    free(log->entries);
    map_free(&log->seen);
}
