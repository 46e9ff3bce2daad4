/*
 * account: credentials checked once, with words a person can act on, and the host names they lead to.
 * Owns nothing. A secret is never put in a fault. Contract in account.h.
 */
#include "twilio/account.h"

#include "twilio/url.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

static const bool HEX_LOWER[256] = {['0' ... '9'] = true, ['a' ... 'f'] = true};

static bool is_hex_lower(struct str s)
{
    bool hex = true;
    for (size_t i = 0; i < s.len; i++)
        hex = HEX_LOWER[(unsigned char)s.at[i]] & hex;
    return hex;
}

bool twilio_sid_is(struct str sid, const char *prefix)
{
    return sid.len == TWILIO_SID_BYTES - 1 && str_starts(sid, str_from(prefix)) &&
           is_hex_lower(str_slice(sid, 2, sid.len));
}

bool twilio_sid_is_message(struct str sid)
{
    return twilio_sid_is(sid, "SM") || twilio_sid_is(sid, "MM");
}

/* What a person pasted, cut to a length that is safe to show: SIDs are no secret. */
static int shown(struct str s)
{
    return (int)(s.len > 40 ? 40 : s.len);
}

static enum err set_sid(char out[TWILIO_SID_BYTES], struct str sid, const char *prefix, const char *setting,
                        struct fault *f)
{
    if (sid.len == 0)
        return fault_set(f, ERR_INVALID,
                         "%s is missing: give the SID that starts with %s, as shown in the Twilio "
                         "console",
                         setting, prefix);
    if (!twilio_sid_is(sid, prefix))
        return fault_set(f, ERR_INVALID,
                         "%s '%.*s' is no SID of that kind: it must be %s and 32 digits or letters "
                         "a to f (34 characters, this has %zu)",
                         setting, shown(sid), sid.at, prefix, sid.len);
    return str_copy(sid, out, TWILIO_SID_BYTES);
}

static bool is_printable(struct str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.at[i] <= ' ' || s.at[i] > '~') return false;
    return true;
}

static enum err set_token(struct twilio_account *a, struct str token, struct fault *f)
{
    bool real = a->base_url[0] == '\0';
    if (token.len == 0)
        return fault_set(f, ERR_INVALID,
                         "TWILIO_AUTH_TOKEN is missing: give the auth token of account %s, or an API "
                         "key SID and its secret",
                         a->account_sid);
    if (real && (token.len != 32 || !is_hex_lower(token)))
        return fault_set(f, ERR_INVALID,
                         "TWILIO_AUTH_TOKEN of account %s is malformed: a token is 32 digits or letters "
                         "a to f, this has %zu characters; copy it again from the Twilio console",
                         a->account_sid, token.len);
    if (!is_printable(token) || token.len >= sizeof a->secret)
        return fault_set(f, ERR_INVALID,
                         "TWILIO_AUTH_TOKEN of account %s is malformed: it has spaces or control "
                         "characters in it, or is over %zu characters",
                         a->account_sid, sizeof a->secret - 1);
    return str_copy(token, a->secret, sizeof a->secret);
}

static enum err set_key(struct twilio_account *a, const struct twilio_credentials *c, struct fault *f)
{
    enum err failed = set_sid(a->user, c->key_sid, "SK", "twilio.api_key", f);
    if (failed != ERR_OK) return failed;
    if (c->key_secret.len == 0)
        return fault_set(f, ERR_INVALID,
                         "twilio.api_secret is missing: API key %s needs its secret, which Twilio shows "
                         "once, when the key is made",
                         a->user);
    if (!is_printable(c->key_secret) || c->key_secret.len >= sizeof a->secret)
        return fault_set(f, ERR_INVALID,
                         "twilio.api_secret of key %s is malformed: %zu characters, or spaces in it", a->user,
                         c->key_secret.len);
    return str_copy(c->key_secret, a->secret, sizeof a->secret);
}

static enum err set_who(struct twilio_account *a, const struct twilio_credentials *c, struct fault *f)
{
    bool parent = c->parent_sid.len > 0;
    enum err failed;

    if (c->key_sid.len > 0) return set_key(a, c, f);
    failed = set_sid(a->user, parent ? c->parent_sid : c->account_sid, "AC",
                     parent ? "the parent account's SID" : "TWILIO_ACCOUNT_SID", f);
    return failed != ERR_OK ? failed : set_token(a, c->auth_token, f);
}

static bool is_label(struct str s)
{
    if (s.len == 0 || s.len >= TWILIO_EDGE_BYTES || s.at[0] == '-' || s.at[s.len - 1] == '-') return false;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.at[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-') return false;
    }
    return true;
}

static enum err set_place(struct twilio_account *a, const struct twilio_credentials *c, struct fault *f)
{
    struct str rest = c->edges, one;

    while (rest.len > 0) {
        rest = str_cut(rest, ',', &one);
        one = str_trim(one);
        if (!is_label(one) || a->edges_count == TWILIO_EDGES_MAX)
            return fault_set(f, ERR_INVALID,
                             "TWILIO_EDGE '%.*s' is not understood: up to %d names such as ashburn, dublin "
                             "or sydney, separated by commas",
                             shown(c->edges), c->edges.at, TWILIO_EDGES_MAX);
        if (str_copy(one, a->edges[a->edges_count++], TWILIO_EDGE_BYTES) != ERR_OK) return ERR_INVALID;
    }
    if (c->region.len > 0 && !is_label(c->region))
        return fault_set(f, ERR_INVALID, "TWILIO_REGION '%.*s' is not understood: it is us1, ie1 or au1",
                         shown(c->region), c->region.at);
    return str_copy(c->region, a->region, sizeof a->region);
}

static enum err set_base(struct twilio_account *a, struct str base, struct fault *f)
{
    struct url_parts parts;
    bool sound;

    while (str_ends(base, STR("/")))
        base.len--;
    if (base.len == 0) return ERR_OK;
    sound = url_split(base, &parts) && parts.host.len > 0 && parts.user_info.len == 0 && is_printable(base) &&
            str_find_char(base, '?') == base.len && str_find_char(base, '#') == base.len &&
            (str_equal(parts.scheme, STR("http://")) || str_equal(parts.scheme, STR("https://")));
    if (!sound || base.len >= sizeof a->base_url)
        return fault_set(f, ERR_INVALID,
                         "STERLING_TWILIO_BASE_URL '%.*s' is not understood: it is http:// or https://, a "
                         "host, and if need be a port and a path",
                         shown(base), base.at);
    return str_copy(base, a->base_url, sizeof a->base_url);
}

enum err twilio_account_set(struct twilio_account *a, const struct twilio_credentials *c, struct fault *f)
{
    enum err failed;

    *a = (struct twilio_account){0};
    failed = set_base(a, c->base_url, f);
    if (failed == ERR_OK) failed = set_sid(a->account_sid, c->account_sid, "AC", "TWILIO_ACCOUNT_SID", f);
    if (failed == ERR_OK) failed = set_who(a, c, f);
    if (failed == ERR_OK) failed = set_place(a, c, f);
    if (failed != ERR_OK) twilio_account_wipe(a);
    return failed;
}

void twilio_account_wipe(struct twilio_account *a)
{
    OPENSSL_cleanse(a, sizeof *a);
}

bool twilio_account_equal(const struct twilio_account *a, const struct twilio_account *b)
{
    if (a->edges_count != b->edges_count) return false;
    for (size_t i = 0; i < a->edges_count; i++)
        if (strcmp(a->edges[i], b->edges[i]) != 0) return false;
    return strcmp(a->account_sid, b->account_sid) == 0 && strcmp(a->user, b->user) == 0 &&
           str_equal_secret(str_from(a->secret), str_from(b->secret)) && strcmp(a->region, b->region) == 0 &&
           strcmp(a->base_url, b->base_url) == 0;
}

void twilio_base_url_add(struct buf *out, const struct twilio_account *a, enum twilio_product product,
                         unsigned edge)
{
    static const char *const names[TWILIO_PRODUCTS] = {"api",    "messaging", "monitor", "lookups",
                                                       "verify", "trusthub",  "accounts", "events"};
    const char *at = a->edges_count > 0 ? a->edges[edge % a->edges_count] : "";
    const char *region = a->region;

    if (a->base_url[0] != '\0') {
        buf_add_text(out, a->base_url);
        return;
    }
    if (at[0] != '\0' && region[0] == '\0') region = "us1"; /* an edge alone implies it */
    buf_addf(out, "https://%s%s%s%s%s.twilio.com", names[product], at[0] != '\0' ? "." : "", at,
             region[0] != '\0' ? "." : "", region);
}

void twilio_authorization_add(struct buf *out, const struct twilio_account *a)
{
    unsigned char plain[TWILIO_SID_BYTES + TWILIO_SECRET_BYTES];
    unsigned char coded[4 * sizeof plain / 3 + 8];
    size_t user = strlen(a->user), secret = strlen(a->secret);

    memcpy(plain, a->user, user);
    plain[user] = ':';
    memcpy(plain + user + 1, a->secret, secret);
    EVP_EncodeBlock(coded, plain, (int)(user + 1 + secret));
    buf_add_text(out, "Basic ");
    buf_add_text(out, (char *)coded);
    OPENSSL_cleanse(plain, sizeof plain);
    OPENSSL_cleanse(coded, sizeof coded);
}

enum err twilio_link_target(struct str link, struct str base, struct str *target)
{
    struct url_parts parts;
    if (str_starts(link, base))
        link = str_slice(link, base.len, link.len);
    else if (url_split(link, &parts))
        link = parts.rest;
    *target = link;
    return str_starts(link, STR("/")) && is_printable(link) ? ERR_OK : ERR_INVALID;
}
