/*
 * handset: what people with telephones do — they answer, and they say STOP.
 *
 * Keywords are Twilio's default handling (reference 4.3): the block list is per service, or per number
 * outside one; short codes are not covered by it. Every STOP and START is kept for the oracle, blocked or
 * not.
 */
#include "sandbox/world.h"

#include <stdlib.h>
#include <string.h>

enum word { WORD_NONE, WORD_STOP, WORD_START, WORD_YES, WORD_HELP };

static enum word word_of(struct str body)
{
    static const struct {
        const char *word;
        enum word keyword;
    } words[] = {
        {"STOP", WORD_STOP}, {"STOPALL", WORD_STOP}, {"UNSUBSCRIBE", WORD_STOP}, {"CANCEL", WORD_STOP},
        {"END", WORD_STOP}, {"QUIT", WORD_STOP}, {"OPTOUT", WORD_STOP}, {"REVOKE", WORD_STOP},
        {"START", WORD_START}, {"UNSTOP", WORD_START}, {"YES", WORD_YES}, {"HELP", WORD_HELP},
        {"INFO", WORD_HELP},
    };
    struct str word = str_trim(body);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_equal_nocase(word, str_from(words[i].word))) return words[i].keyword;
    return WORD_NONE;
}

/* A service's block list covers its whole pool. */
static uint64_t block_key(const struct sandbox *sb, uint32_t sender, uint32_t service, uint64_t peer)
{
    const struct sender *s = sb_sender_at(sb, sender);
    if (s != NULL && s->service != SANDBOX_NONE) service = s->service;
    return world_pair(service != SANDBOX_NONE ? service : UINT64_C(1) << 33 | sender, peer);
}

bool sb_handset_opted_out(const struct sandbox *sb, uint32_t sender, uint32_t service, uint64_t peer)
{
    const struct sender *s = sb_sender_at(sb, sender);
    if (s != NULL && s->kind == SENDER_SHORT_CODE) return false;
    return map_get(&sb->opted_out, block_key(sb, sender, service, peer)) != NULL;
}

static void block(struct sandbox *sb, uint32_t sender, uint64_t peer, bool blocked)
{
    uint64_t key = block_key(sb, sender, SANDBOX_NONE, peer);
    if (!blocked)
        map_remove(&sb->opted_out, key);
    else
        BUG_IF(map_put(&sb->opted_out, key) == NULL);
}

static void consent_note(struct sandbox *sb, const struct sender *s, uint64_t peer, bool stop,
                         uint64_t message)
{
    union map_value *slot;
    sb->consents = world_grow(sb->consents, sb->consent_count, &sb->consent_capacity, sizeof *sb->consents);
    sb->consents[sb->consent_count++] = (struct consent){
        .account = s->account, .peer = peer, .message = message, .stop = stop, .at_ms = sb->now_ms,
        .answered_ms = SANDBOX_NEVER,
    };
    if (message == 0) return;
    slot = map_put(&sb->consent_by_message, message);
    BUG_IF(slot == NULL);
    slot->num = sb->consent_count;
}

void sb_handset_inbound_answered(struct sandbox *sb, uint64_t message)
{
    union map_value *slot = map_get(&sb->consent_by_message, message);
    struct consent *c = slot == NULL ? NULL : &sb->consents[slot->num - 1];
    if (c != NULL && c->answered_ms == SANDBOX_NEVER) c->answered_ms = sb->now_ms;
}

/* What Twilio does by itself with a keyword; its answers are its own standard texts. */
static void keyword_handle(struct sandbox *sb, uint32_t sender, uint64_t peer, enum word keyword,
                           uint64_t message)
{
    struct sender *s = sb_sender_at(sb, sender);
    bool covered = s->kind != SENDER_SHORT_CODE, out = sb_handset_opted_out(sb, sender, s->service, peer);
    bool starts = keyword == WORD_START || (keyword == WORD_YES && out && s->kind != SENDER_TOLL_FREE);
    struct str reply = {NULL, 0};
    if (keyword == WORD_STOP || starts) consent_note(sb, s, peer, keyword == WORD_STOP, message);
    if (!covered) return;
    if (keyword == WORD_STOP && !out)
        reply =
            STR("You have successfully been unsubscribed. You will not receive any more messages from this "
                "number. Reply START to resubscribe.");
    else if (starts && out)
        reply =
            STR("You have successfully been re-subscribed to messages from this number. Reply HELP for help. "
                "Reply STOP to unsubscribe. Msg&Data Rates May Apply.");
    else if (keyword == WORD_HELP && !out)
        reply = STR("Reply STOP to unsubscribe. Msg&Data Rates May Apply.");
    if (keyword == WORD_STOP || starts) block(sb, sender, peer, keyword == WORD_STOP);
    if (reply.len > 0) sb_create_reply(sb, sender, peer, reply, STR(""));
}

struct inbound_route {
    struct str url;
    bool is_get, kept;
};

/* Reference 4.1: a service without an inbound URL drops what its pool receives. */
static struct inbound_route route_of(const struct sandbox *sb, const struct sender *s)
{
    const struct service *v = sb_service_at(sb, s->service);
    if (v != NULL && !v->use_inbound_webhook_on_number)
        return (struct inbound_route){str_from(v->inbound_url), v->inbound_get, v->inbound_url != NULL};
    return (struct inbound_route){str_from(s->sms_url), s->sms_get, true};
}

static enum err inbound_arrive(struct sandbox *sb, uint32_t sender, uint64_t from, struct str body,
                               uint64_t *message)
{
    struct sender *s = sb_sender_at(sb, sender);
    struct inbound_route route = route_of(sb, s);
    struct message *m = NULL;
    *message = 0;
    if (!sb_account_is_active(sb, s->account)) return ERR_DENIED;
    if (route.kept) {
        m = sb_message_new(sb, &(struct message_draft){
            .account = s->account, .sender = sender, .service = s->service, .peer = from,
            .direction = SANDBOX_INBOUND, .status = SANDBOX_RECEIVED, .body = body,
            .segments = sb_message_segments(sb, body, false),
        });
        if (m == NULL) return ERR_FULL;
        m->sent_ms = m->created_ms;
        *message = m->number;
    }
    sb->stats.inbound++;
    keyword_handle(sb, sender, from, word_of(body), *message);
    if (m != NULL && route.url.len > 0) sb_webhook_inbound(sb, m, route.url, route.is_get);
    return ERR_OK;
}

enum err sandbox_inbound(struct sandbox *sb, int64_t now_ms, uint64_t from, struct str to, struct str body,
                         uint64_t *message)
{
    enum sender_kind kind;
    uint64_t number;
    uint32_t sender;
    world_enter(sb, now_ms);
    if (!sb_sender_kind_of(to, &kind, &number) || number == 0 || body.len > 6400 || from == 0)
        return ERR_INVALID;
    sender = sb_sender_by_number(sb, number);
    if (sender == SANDBOX_NONE) return ERR_NOT_FOUND;
    if (sb->opted_out.count >= sb->config.handsets_max) return ERR_FULL;
    return inbound_arrive(sb, sender, from, body, message);
}

enum err sandbox_handset_set(struct sandbox *sb, const struct sandbox_handset *handset)
{
    union map_value *slot = map_get(&sb->handsets, handset->number);
    struct handset *h;
    if (handset->number == 0 || handset->reply.len > 6400 || handset->reply_per_million > 1000000)
        return ERR_INVALID;
    if (slot == NULL) {
        if (sb->handsets.count >= sb->config.handsets_max) return ERR_FULL;
        slot = map_put(&sb->handsets, handset->number);
        BUG_IF(slot == NULL);
        slot->ptr = world_alloc(sizeof *h);
    }
    h = slot->ptr;
    free((char *)(uintptr_t)h->set.reply.at);
    h->set = *handset;
    h->set.reply = (struct str){world_text(handset->reply), handset->reply.len};
    return ERR_OK;
}

static void will_reply(struct sandbox *sb, const struct message *m, struct str text, uint32_t after_ms)
{
    struct chore *chore = world_alloc(sizeof *chore + text.len + 1);
    chore->kind = CHORE_INBOUND;
    chore->from = m->peer;
    chore->sender = m->sender;
    memcpy(chore->text, text.at, text.len);
    if (after_ms == 0) after_ms = world_between(sb, sb->config.handset_ms_min, sb->config.handset_ms_max);
    world_wait(sb, &sb->chores, &chore->due, sb->now_ms + after_ms);
}

void sb_handset_chore(struct sandbox *sb, struct chore *chore)
{
    uint64_t message;
    const struct sender *s = sb_sender_at(sb, chore->sender);
    if (s->released) return;
    /* A full table or a suspended account loses it, as a network would. */
    if (inbound_arrive(sb, chore->sender, chore->from, str_from(chore->text), &message) != ERR_OK) return;
}

/* People do not answer confirmations, or two machines would talk for ever. */
void sb_handset_got(struct sandbox *sb, const struct message *m)
{
    const struct sandbox_config *c = &sb->config;
    const struct handset *h = map_ptr(&sb->handsets, m->peer);
    const char *magic = sb_carrier_magic(m->peer).reply;
    if (m->direction != SANDBOX_OUTBOUND_API || sb_sender_at(sb, m->sender)->number == 0) return;
    if (h != NULL) {
        if (h->set.reply.len > 0 && rng_chance(&sb->rng, h->set.reply_per_million))
            will_reply(sb, m, h->set.reply, h->set.reply_ms);
    } else if (magic != NULL) {
        will_reply(sb, m, str_from(magic), 0);
    } else if (c->handset_stop > 0 && rng_chance(&sb->rng, c->handset_stop)) {
        will_reply(sb, m, STR("STOP"), 0);
    } else if (c->handset_help > 0 && rng_chance(&sb->rng, c->handset_help)) {
        will_reply(sb, m, STR("HELP"), 0);
    } else if (c->handset_reply > 0 && c->handset_reply_text.len > 0 &&
               rng_chance(&sb->rng, c->handset_reply)) {
        will_reply(sb, m, c->handset_reply_text, 0);
    }
}

void sb_handsets_free(struct sandbox *sb)
{
    struct map_slot *slot;
    for (size_t i = 0; (slot = map_next(&sb->handsets, &i)) != NULL;) {
        struct handset *h = slot->value.ptr;
        free((char *)(uintptr_t)h->set.reply.at);
        free(h);
    }
    map_free(&sb->handsets);
    map_free(&sb->opted_out);
    map_free(&sb->sticky);
    free(sb->consents);
    map_free(&sb->consent_by_message);
}
