/* org_account: chooses between the organization's own account and the installation's. Contract in the header.
 */
#include "app/org_account.h"

#include "base/mutant.h"

struct str org_account_sid(const struct settings *s, const struct org *org)
{
    return str_from(org->account_sid[0] != '\0' ? org->account_sid : s->twilio_account_sid);
}

static struct str context_of(struct arena *a, struct str account_sid)
{
    return str_from(arena_printf(a, "account:" STR_FMT ":token", STR_ARG(account_sid)));
}

static enum err copied(struct arena *a, struct str from, struct str *out)
{
    *out = arena_str(a, from);
    return out->at == NULL ? ERR_FULL : ERR_OK;
}

enum err org_account_token(const struct sealer *sealer, const struct settings *s, struct arena *a,
                           const struct org *org, enum org_token which, struct str *out, struct fault *f)
{
    struct str sealed = which == ORG_TOKEN_PRIMARY ? org->token_sealed : org->token2_sealed;

    if (sealed.len == 0) {
        if (which == ORG_TOKEN_SECONDARY || s->twilio_auth_token[0] == '\0') return ERR_NOT_FOUND;
        return copied(a, str_from(s->twilio_auth_token), out);
    }
    if (sealer == NULL || MUTANT(token_unsealed)) return copied(a, sealed, out);
    return unseal(sealer, a, context_of(a, org_account_sid(s, org)), sealed, out, f);
}

enum err org_account_seal(const struct sealer *sealer, struct arena *a, struct str account_sid,
                          struct str plain, struct str *out)
{
    if (sealer == NULL || MUTANT(token_unsealed)) return copied(a, plain, out);
    return seal(sealer, a, context_of(a, account_sid), plain, out);
}

static struct str key_context(struct arena *a, struct str account_sid, struct str key_sid)
{
    return str_from(arena_printf(a, "account:" STR_FMT ":key:" STR_FMT, STR_ARG(account_sid), STR_ARG(key_sid)));
}

enum err org_account_seal_key(const struct sealer *sealer, struct arena *a, struct str account_sid, struct str key_sid,
                              struct str plain, struct str *out)
{
    if (sealer == NULL) return copied(a, plain, out);
    return seal(sealer, a, key_context(a, account_sid, key_sid), plain, out);
}

enum err org_account_unseal_key(const struct sealer *sealer, struct arena *a, struct str account_sid,
                                struct str key_sid, struct str sealed, struct str *out, struct fault *f)
{
    if (sealer == NULL) return copied(a, sealed, out);
    return unseal(sealer, a, key_context(a, account_sid, key_sid), sealed, out, f);
}

static enum err add_key(const struct sealer *sealer, const struct settings *s, struct arena *a, const struct org *org,
                        struct twilio_credentials *c, struct fault *f)
{
    if (org->key_sid[0] != '\0') {
        c->key_sid = str_from(org->key_sid);
        return org_account_unseal_key(sealer, a, c->account_sid, c->key_sid, org->key_sealed, &c->key_secret, f);
    }
    if (!str_equal(str_from(s->twilio_account_sid), c->account_sid)) return ERR_OK;
    c->key_sid = str_from(s->twilio_api_key);
    c->key_secret = str_from(s->twilio_api_secret);
    return ERR_OK;
}

enum err org_account_credentials(const struct sealer *sealer, const struct settings *s, struct arena *a,
                                 const struct org *org, struct twilio_credentials *out, struct fault *f)
{
    enum err code;

    *out = (struct twilio_credentials){.account_sid = org_account_sid(s, org), .edges = str_from(s->twilio_edge),
                                       .region = str_from(s->twilio_region), .base_url = str_from(s->twilio_base_url)};
    code = add_key(sealer, s, a, org, out, f);
    if (code != ERR_OK) return code;
    code = org_account_token(sealer, s, a, org, ORG_TOKEN_PRIMARY, &out->auth_token, f);
    if (code != ERR_NOT_FOUND || out->key_sid.len > 0) return code == ERR_NOT_FOUND ? ERR_OK : code;
    return fault_set(f, code, "its auth token is not known");
}

enum err org_account_open(const struct sealer *sealer, const struct settings *s, struct arena *a,
                          const struct org *org, struct twilio_account *out, struct fault *f)
{
    struct twilio_credentials c;
    enum err code = org_account_credentials(sealer, s, a, org, &c, f);

    return code == ERR_OK ? twilio_account_set(out, &c, f) : code;
}

enum err org_account_open_by_token(const struct sealer *sealer, const struct settings *s, struct arena *a,
                                   const struct org *org, struct twilio_account *out, struct fault *f)
{
    struct twilio_credentials c;
    enum err code = org_account_credentials(sealer, s, a, org, &c, f);

    if (code == ERR_OK && c.auth_token.len == 0) code = fault_set(f, ERR_NOT_FOUND, "its auth token is not known");
    c.key_sid = c.key_secret = (struct str){NULL, 0};
    return code == ERR_OK ? twilio_account_set(out, &c, f) : code;
}
