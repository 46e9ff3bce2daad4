/* A webhook as "URL \n signature \n body": nothing forged passes, what we sign ourselves always does. */
#include "twilio/signature.h"
#include "twilio/url.h"

#include <stdint.h>

enum { DIAGNOSE_BYTES_MAX = 160 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Says why it is wrong by some thousand signatures: asked of short inputs, and of a quarter of them. */
static bool is_diagnosed(const uint8_t *data, size_t size)
{
    unsigned sum = 0;

    for (size_t i = 0; i < size && i < DIAGNOSE_BYTES_MAX; i++) sum += data[i];
    return size <= DIAGNOSE_BYTES_MAX && sum % 4 == 0;
}

/* The forms of a URL hold together. */
static void check_url(struct arena *arena, struct str url)
{
    struct url_parts parts;
    struct str normal, again;

    if (url_split(url, &parts)) BUG_IF(!str_equal(url_join(arena, &parts), url));
    BUG_IF(url_with_port(arena, url).len < url.len);
    BUG_IF(url_without_port(arena, url).len > url.len);
    if (url_normalise(arena, url, &normal) != ERR_OK) return;
    BUG_IF(url_normalise(arena, normal, &again) != ERR_OK || !str_equal(normal, again));
    (void)url_with_legacy_query(arena, normal);
}

/* What the key itself makes is right; the same with a letter changed is not. */
static void check_own(struct signature_key *key, struct arena *arena, struct signature_request r)
{
    char made[SIGNATURE_TEXT_BYTES];

    if (url_query_get(r.url, STR("bodySHA256")).at != NULL) return;
    BUG_IF(signature_make(key, arena, r.url, r.params, made) != ERR_OK);
    r.signature = (struct str){made, SIGNATURE_TEXT_BYTES - 1};
    /* A port of its own is taken away before the check, as the official package does, or is signed. */
    BUG_IF(signature_check(key, arena, &r) != ERR_OK);
    made[5] = made[5] == 'A' ? 'B' : 'A';
    BUG_IF(signature_check(key, arena, &r) == ERR_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest = {(const char *)data, size}, url, signature;
    static struct signature_key *key; /* once, because keying costs more than a signature */
    struct fault reason = {0};
    struct arena arena;
    struct form f;
    struct signature_request r;

    if (key == NULL) key = signature_key_new(STR("12345"));
    BUG_IF(key == NULL);
    arena_init(&arena, 1 << 26);
    rest = str_cut(rest, '\n', &url);
    rest = str_cut(rest, '\n', &signature);
    if (size <= 1 << 14 && form_decode(&arena, rest, 100, &f) == ERR_OK) {
        r = (struct signature_request){
            .url = url, .is_form_post = true, .params = &f, .raw_body = rest, .signature = signature};
        check_url(&arena, url_without_fragment(url));
        check_own(key, &arena, r);
        (void)!signature_check(key, &arena, &r);
        if (is_diagnosed(data, size)) (void)!signature_diagnose(key, &arena, &r, &reason);
    }
    arena_reset(&arena);
    return 0;
}
