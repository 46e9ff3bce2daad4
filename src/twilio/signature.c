/*
 * signature: HMAC-SHA1 over a URL and the sorted parameters, by the rules of Twilio's security page,
 * and the check by every form of the URL that the official package tries. The keyed context is the
 * only thing owned; candidates and sort order live in the caller's scratch arena. Contract in
 * signature.h.
 */
#include "twilio/signature.h"

#include "base/mutant.h"
#include "twilio/signature_parts.h"
#include "twilio/url.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/sha.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { HMAC_BYTES = 20, SORT_BY_INSERTION_MAX = 48 };

struct signature_key {
    EVP_MAC_CTX *mac; /* keyed; initialised again without a key for each use */
};

static EVP_MAC *hmac_algorithm;
static pthread_once_t hmac_once = PTHREAD_ONCE_INIT;

/* Once for the process, because a fetch costs more than a signature. */
static void fetch_hmac(void)
{
    hmac_algorithm = EVP_MAC_fetch(NULL, "HMAC", NULL);
}

struct signature_key *signature_key_new(struct str token)
{
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string("digest", (char[]){"SHA1"}, 0),
                           OSSL_PARAM_construct_end()};
    struct signature_key *k = calloc(1, sizeof *k);

    pthread_once(&hmac_once, fetch_hmac);
    if (k == NULL || hmac_algorithm == NULL) goto failed;
    k->mac = EVP_MAC_CTX_new(hmac_algorithm);
    if (k->mac == NULL) goto failed;
    if (!EVP_MAC_init(k->mac, (const unsigned char *)(token.len > 0 ? token.at : ""), token.len, params))
        goto failed;
    return k;
failed:
    signature_key_free(k);
    return NULL;
}

void signature_key_free(struct signature_key *k)
{
    if (k == NULL) return;
    EVP_MAC_CTX_free(k->mac); /* wipes the keyed state */
    free(k);
}

/* ---- parameters in signing order -------------------------------------------------------------- */

struct sort_item {
    uint64_t prefix; /* first eight bytes of the name, big-endian, ranked */
    const struct form_pair *pair;
};

/* JavaScript sorts by UTF-16 code unit: what lies beyond U+FFFF (lead bytes F0 … F4) comes before
 * U+E000 … U+FFFF (EE, EF). Everything else sorts as its bytes. */
static unsigned char rank_byte(char c)
{
    unsigned char b = (unsigned char)c;
    if (b < 0xee) return b;
    return (unsigned char)(b < 0xf0 ? b + 0x10 : b - 2);
}

static int compare_utf16(struct str a, struct str b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    size_t i = 0;
    while (i < n && a.at[i] == b.at[i])
        i++;
    if (i < n) return rank_byte(a.at[i]) < rank_byte(b.at[i]) ? -1 : 1;
    return a.len < b.len ? -1 : a.len > b.len;
}

static uint64_t name_prefix(struct str name)
{
    uint64_t prefix = 0;
    for (size_t i = 0; i < 8; i++)
        prefix = prefix << 8 | (i < name.len ? rank_byte(name.at[i]) : 0);
    return prefix;
}

static int compare_items(const struct sort_item *a, const struct sort_item *b)
{
    int order;
    if (a->prefix != b->prefix) return a->prefix < b->prefix ? -1 : 1;
    order = compare_utf16(a->pair->name, b->pair->name);
    return order != 0 ? order : compare_utf16(a->pair->value, b->pair->value);
}

static int compare_for_qsort(const void *a, const void *b)
{
    return compare_items(a, b);
}

/* A webhook has some 25 parameters: insertion is quickest there; more go to qsort. */
static void sort_items(struct sort_item *items, size_t count)
{
    if (count > SORT_BY_INSERTION_MAX) {
        qsort(items, count, sizeof *items, compare_for_qsort);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        struct sort_item item = items[i];
        size_t at = i;
        while (at > 0 && compare_items(&item, &items[at - 1]) < 0) {
            items[at] = items[at - 1];
            at--;
        }
        items[at] = item;
    }
}

static char *put(char *to, struct str s)
{
    if (s.len > 0) memcpy(to, s.at, s.len);
    return to + s.len;
}

enum err signature_join_params(struct arena *scratch, const struct form *params, struct str *out)
{
    struct sort_item *items = arena_alloc(scratch, (params->count + 1) * sizeof *items);
    size_t bytes = 0;
    char *to;

    for (size_t i = 0; i < params->count; i++)
        bytes += params->pairs[i].name.len + params->pairs[i].value.len;
    to = arena_alloc(scratch, bytes + 1);
    if (items == NULL || to == NULL) return ERR_FULL;
    for (size_t i = 0; i < params->count; i++)
        items[i] = (struct sort_item){name_prefix(params->pairs[i].name), &params->pairs[i]};
    sort_items(items, params->count);
    *out = (struct str){to, 0};
    for (size_t i = 0; i < params->count; i++) {
        if (i > 0 && compare_items(&items[i], &items[i - 1]) == 0) continue;
        to = put(put(to, items[i].pair->name), items[i].pair->value);
    }
    out->len = (size_t)(to - out->at);
    return ERR_OK;
}

/* ---- making --------------------------------------------------------------------------------- */

enum err signature_sign(struct signature_key *k, struct str url, struct str joined,
                        char out[SIGNATURE_TEXT_BYTES])
{
    unsigned char mac[HMAC_BYTES];
    size_t bytes = 0;

    if (!EVP_MAC_init(k->mac, NULL, 0, NULL) ||
        !EVP_MAC_update(k->mac, (const unsigned char *)url.at, url.len) ||
        !EVP_MAC_update(k->mac, (const unsigned char *)joined.at, joined.len) ||
        !EVP_MAC_final(k->mac, mac, &bytes, sizeof mac) || bytes != sizeof mac)
        return ERR_FULL;
    EVP_EncodeBlock((unsigned char *)out, mac, HMAC_BYTES);
    return ERR_OK;
}

enum err signature_make(struct signature_key *k, struct arena *scratch, struct str url,
                        const struct form *params, char out[SIGNATURE_TEXT_BYTES])
{
    struct str joined = STR("");
    enum err failed = params == NULL ? ERR_OK : signature_join_params(scratch, params, &joined);
    out[0] = '\0';
    return failed != ERR_OK ? failed : signature_sign(k, url_without_fragment(url), joined, out);
}

/* ---- checking ------------------------------------------------------------------------------- */

/* Signs one candidate URL and compares; ERR_DENIED when it differs. */
static enum err try_url(struct signature_key *k, struct str url, struct str joined, struct str signature)
{
    char expected[SIGNATURE_TEXT_BYTES];
    enum err failed = url.at == NULL ? ERR_FULL : signature_sign(k, url, joined, expected);
    if (failed != ERR_OK) return failed;
    return str_equal_secret((struct str){expected, SIGNATURE_TEXT_BYTES - 1}, signature) ? ERR_OK
                                                                                         : ERR_DENIED;
}

/* As received first, because that is what Twilio signed; then as the package normalises it. */
static enum err try_urls(struct signature_key *k, struct arena *scratch, struct str url, struct str joined,
                         struct str signature)
{
    struct str candidates[7] = {url};
    enum err failed = MUTANT(signature_of_rewritten_url) ? ERR_DENIED : try_url(k, url, joined, signature);

    if (failed != ERR_DENIED) return failed;
    candidates[1] = url_without_port(scratch, url);
    candidates[2] = url_with_port(scratch, url);
    if (url_normalise(scratch, url, &candidates[3]) == ERR_OK) {
        candidates[4] = url_with_port(scratch, candidates[3]);
        candidates[3] = url_without_port(scratch, candidates[3]);
        candidates[5] = url_with_legacy_query(scratch, candidates[3]);
        candidates[6] = url_with_legacy_query(scratch, candidates[4]);
    }
    for (size_t i = 1; i < 7 && failed == ERR_DENIED; i++) {
        bool tried = candidates[i].at == NULL;
        for (size_t j = 0; j < i; j++)
            tried = tried || str_equal(candidates[i], candidates[j]);
        if (!tried) failed = try_url(k, candidates[i], joined, signature);
    }
    return failed;
}

void signature_body_hash(struct str body, char out[SIGNATURE_BODY_HASH_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char digest[SHA256_DIGEST_LENGTH];

    SHA256((const unsigned char *)(body.len > 0 ? body.at : ""), body.len, digest);
    for (size_t i = 0; i < sizeof digest; i++) {
        out[2 * i] = digits[digest[i] >> 4];
        out[2 * i + 1] = digits[digest[i] & 15];
    }
    out[SIGNATURE_BODY_HASH_BYTES - 1] = '\0';
}

static enum err check_body_hash(struct str raw_body, struct str hash)
{
    char text[SIGNATURE_BODY_HASH_BYTES];

    signature_body_hash(raw_body, text);
    return str_equal_secret(str_from(text), hash) ? ERR_OK : ERR_DENIED;
}

enum err signature_check(struct signature_key *k, struct arena *scratch, const struct signature_request *r)
{
    struct str url = url_without_fragment(r->url);
    struct str signature = str_trim(r->signature);
    struct str hash = url_query_get(url, STR("bodySHA256"));
    struct str joined = STR("");
    enum err failed;

    if (signature.len != SIGNATURE_TEXT_BYTES - 1) return ERR_DENIED;
    if (hash.at != NULL) {
        failed = try_urls(k, scratch, url, joined, signature);
        return failed != ERR_OK ? failed : check_body_hash(r->raw_body, hash);
    }
    /* A body that is no form and has no hash in the URL is signed by nothing. */
    if (!r->is_form_post && r->raw_body.len > 0) return ERR_DENIED;
    if (r->is_form_post && r->params != NULL) {
        failed = signature_join_params(scratch, r->params, &joined);
        if (failed != ERR_OK) return failed;
    }
    return try_urls(k, scratch, url, joined, signature);
}
