/* keys: makes, finds and revokes API keys. The plain text exists only in the job that made it. */
#include "app/keys.h"

#include "base/rfc3339.h"
#include "base/rng.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

static const char ALPHABET[] = "0123456789abcdefghjkmnpqrstvwxyz";
static const struct {
    uint32_t bit;
    const char *name;
} SCOPES[] = {{KEY_SCOPE_READ, "read"},
              {KEY_SCOPE_SEND, "send"},
              {KEY_SCOPE_MANAGE, "manage"},
              {KEY_SCOPE_OPERATOR, "operator"}};

enum err keys_hash(struct str text, unsigned char out[KEY_HASH_BYTES])
{
    return EVP_Digest(text.at, text.len, out, NULL, EVP_sha256(), NULL) == 1 ? ERR_OK : ERR_FULL;
}

uint32_t keys_scope_bit(struct str name)
{
    for (size_t i = 0; i < sizeof SCOPES / sizeof *SCOPES; i++)
        if (str_equal(name, str_from(SCOPES[i].name))) return SCOPES[i].bit;
    return 0;
}

const char *keys_scope_name(uint32_t bit)
{
    for (size_t i = 0; i < sizeof SCOPES / sizeof *SCOPES; i++)
        if (SCOPES[i].bit == bit) return SCOPES[i].name;
    return "";
}

/* Five bits a character; 40 characters from 40 random bytes, three bits of each unused. */
static enum err text_make(char out[KEY_TEXT_BYTES])
{
    unsigned char random[KEY_TEXT_BYTES - 4];
    enum err code = rng_secret(random, sizeof random);

    if (code != ERR_OK) return code;
    memcpy(out, "sk_", 3);
    for (size_t i = 0; i < sizeof random; i++)
        out[3 + i] = ALPHABET[random[i] & 31];
    out[KEY_TEXT_BYTES - 1] = '\0';
    return ERR_OK;
}

static enum err request_check(struct app *app, const struct key_request *q, struct problem *p)
{
    if (q->name.len == 0 || q->name.len > KEY_NAME_MAX)
        (void)problem_field(p, "name", q->name, "A key's name has 1 to 100 bytes.",
                            "Say who or what will use the key, such as \"crm\".");
    if (q->scopes == 0)
        (void)problem_field(p, "scopes", (struct str){NULL, 0}, "A key without scopes can do nothing.",
                            "Give at least one of read, send, manage.");
    if ((q->scopes & KEY_SCOPE_OPERATOR) != 0 && q->org != 0)
        (void)problem_field(p, "scopes", STR("operator"), "An organization's key cannot be an operator's.",
                            "Leave out \"operator\", or create the key without naming an organization.");
    if (q->org == 0 && (q->scopes & KEY_SCOPE_OPERATOR) == 0 && q->scopes != 0)
        (void)problem_field(
            p, "scopes", (struct str){NULL, 0}, "A key without an organization must be an operator's.",
            "Add \"operator\", or name the organization with the header Sterling-Organization.");
    if (q->expires_ms != 0 && q->expires_ms <= clock_wall_ms(app->clock)) {
        char shown[RFC3339_BYTES];
        rfc3339_format(q->expires_ms, shown);
        (void)problem_field(p, "expires_at", str_from(shown), "The expiry is in the past.",
                            "Give a time to come, or leave it out.");
    }
    return problem_check(p);
}

enum err keys_create(struct app *app, const struct key_request *q, struct key_job *out, struct problem *p)
{
    struct api_key *key = &out->change.key;
    enum err code = request_check(app, q, p);

    if (code != ERR_OK) return code;
    *out = (struct key_job){.job = {.app = app, .change = &out->change.head}};
    code = text_make(out->text);
    if (code != ERR_OK) return problem_set(p, code, "The system gave no random bytes for the key.");
    out->change.head.kind = CHANGE_KEY;
    key->org = q->org;
    key->name = q->name;
    key->scopes = q->scopes;
    key->expires_ms = q->expires_ms;
    key->created_ms = clock_wall_ms(app->clock);
    if (keys_hash(str_from(out->text), key->hash) != ERR_OK)
        return problem_set(p, ERR_FULL, "There is no memory for this request now; try again.");
    (void)snprintf(key->hint, sizeof key->hint, "%.9s...", out->text);
    return ERR_OK;
}

enum err keys_get(struct store_reader *r, struct arena *a, org_id org, uint32_t id, struct api_key *out)
{
    size_t count = 1;
    enum err code;

    if (id == 0) return ERR_NOT_FOUND;
    code = r->store->ops->keys(r, a, org, id - 1, out, &count);
    if (code != ERR_OK) return code;
    return count == 1 && out->id == id ? ERR_OK : ERR_NOT_FOUND;
}

enum err keys_revoke(struct app *app, struct store_reader *r, struct arena *a, org_id org, uint32_t id,
                     struct key_job *out)
{
    *out = (struct key_job){.job = {.app = app, .change = &out->change.head}};
    out->change.head.kind = CHANGE_KEY;
    enum err code = keys_get(r, a, org, id, &out->change.key);

    if (code != ERR_OK) return code;
    if (out->change.key.revoked_ms == 0) out->change.key.revoked_ms = clock_wall_ms(app->clock);
    return ERR_OK;
}
