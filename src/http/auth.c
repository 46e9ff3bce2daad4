/*
 * auth: who calls, and may they? Reads the bearer key, finds it by its hash, finds the organization it acts
 * for, and compares scopes. Another organization's name is answered like one that does not exist.
 */
#include "http/server_parts.h"

#include "app/keys.h"

#include <stdio.h>
#include <string.h>

static struct str bearer_of(const struct request *q)
{
    struct str value = request_header(q, "Authorization");

    if (value.len < 7 || !str_equal_nocase(str_slice(value, 0, 7), STR("Bearer ")))
        return (struct str){NULL, 0};
    return str_trim(str_slice(value, 7, value.len));
}

static void refuse_key(struct request *q, const char *why)
{
    reply_refuse(q, ERR_DENIED, 401, "%s Send \"Authorization: Bearer sk_...\" with a valid key.", why);
    reply_header(q, "WWW-Authenticate", "Bearer realm=\"sterling\"");
}

/* A refused key counts against whoever asks with it; over the budget the store is not even asked. */
static void refuse_and_count(struct request *q, uint64_t mark, const char *why)
{
    throttle_failed(&q->server->throttle, request_customer(q), mark, clock_mono_ms(q->app->clock));
    atomic_fetch_add(&q->app->counters.auth_failures, 1);
    refuse_key(q, why);
}

static bool is_throttled(struct request *q, uint64_t mark)
{
    int64_t wait_ms =
        throttle_wait_ms(&q->server->throttle, request_customer(q), mark, clock_mono_ms(q->app->clock));
    char seconds[24];

    if (wait_ms == 0) return false;
    atomic_fetch_add(&q->app->counters.auth_throttled, 1);
    (void)snprintf(seconds, sizeof seconds, "%lld", (long long)(wait_ms / 1000 + 1));
    reply_refuse(q, ERR_DENIED, 429, "Too many requests with bad keys came from this address; wait %s s.",
                 seconds);
    reply_header(q, "Retry-After", seconds);
    return true;
}

static bool key_find(struct request *q, struct api_key *key)
{
    unsigned char hash[KEY_HASH_BYTES];
    struct str text = bearer_of(q);
    uint64_t mark = 0;
    enum err code;

    if (text.len == 0) {
        refuse_key(q, "No key came.");
        return false;
    }
    if (keys_hash(text, hash) != ERR_OK) {
        reply_no_memory(q);
        return false;
    }
    memcpy(&mark, hash, sizeof mark);
    if (is_throttled(q, mark)) return false;
    code = q->app->store->ops->key_by_hash(q->reader, &q->arena, hash, key);
    if (code != ERR_OK && code != ERR_NOT_FOUND) {
        reply_read_failed(q, code, "key");
        return false;
    }
    if (code != ERR_OK || !str_equal_secret((struct str){(const char *)hash, sizeof hash},
                                            (struct str){(const char *)key->hash, sizeof key->hash}))
        refuse_and_count(q, mark, "This key is not known.");
    else if (key->revoked_ms != 0)
        refuse_and_count(q, mark, "This key was revoked.");
    else if (key->expires_ms != 0 && key->expires_ms <= clock_wall_ms(q->app->clock))
        refuse_and_count(q, mark, "This key has expired.");
    else
        throttle_passed(&q->server->throttle, mark);
    return q->reply.status == 0;
}

/* The organization acted for: the key's own, or the one an operator names. */
static bool org_find(struct request *q, const struct api_key *key)
{
    struct str named = request_header(q, "Sterling-Organization");
    const struct store_ops *ops = q->app->store->ops;
    enum err code = ERR_OK;

    if (key->org != 0)
        code = ops->org_get(q->reader, &q->arena, key->org, &q->caller.org);
    else if (named.len > 0)
        code = ops->org_by_slug(q->reader, &q->arena, named, &q->caller.org);
    if (code == ERR_OK && key->org != 0 && named.len > 0 && !str_equal(named, str_from(q->caller.org.slug)))
        code = ERR_NOT_FOUND;
    if (code == ERR_NOT_FOUND) {
        reply_refuse(q, code, 404, "There is no organization \"" STR_FMT "\" that this key may act for.",
                     STR_ARG(named));
        return false;
    }
    if (code != ERR_OK) {
        reply_read_failed(q, code, "organization");
        return false;
    }
    if (key->org != 0 && q->caller.org.state == ORG_CLOSED) refuse_key(q, "The organization was closed.");
    return q->reply.status == 0;
}

static void scope_check(struct request *q)
{
    uint32_t have = q->caller.scopes;

    if (q->route->access == ROUTE_OPERATOR && !q->caller.is_operator) {
        reply_refuse(q, ERR_DENIED, 403, "This needs an operator's key.");
        return;
    }
    if (!q->caller.is_operator && (have & q->route->scope) != q->route->scope) {
        reply_refuse(q, ERR_DENIED, 403, "This key lacks the scope \"%s\"; create one that has it.",
                     keys_scope_name(q->route->scope));
        return;
    }
    if (q->route->access == ROUTE_TENANT && q->caller.org.id == 0)
        reply_refuse(
            q, ERR_INVALID, 400,
            "An operator's key acts for an organization: name it in the header Sterling-Organization"
            " (sterling: --org SLUG, or STERLING_ORG).");
}

void auth_check(struct request *q)
{
    struct api_key key = {0};

    if (!key_find(q, &key)) return;
    q->caller.known = true;
    q->caller.key = key.id;
    q->caller.key_org = key.org;
    q->caller.scopes = key.scopes;
    q->caller.expires_ms = key.expires_ms;
    q->caller.is_operator = key.org == 0 && (key.scopes & KEY_SCOPE_OPERATOR) != 0;
    if (org_find(q, &key)) scope_check(q);
}
