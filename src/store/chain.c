/* chain: canonical text, digests and the walk. Contract in chain.h. */
#include "store/chain.h"

#include <openssl/sha.h>

#include <string.h>

static void put_text(struct buf *out, const char *name, struct str value)
{
    buf_addf(out, "%s %zu:", name, value.len);
    buf_add(out, value);
    buf_add_char(out, '\n');
}

void chain_text(const struct consent *e, struct buf *out)
{
    buf_addf(out, "sterling-consent 1\norg %u\nposition %llu\nentry %llu\nnumber %llu\n", e->org,
             (unsigned long long)e->position, (unsigned long long)e->id, (unsigned long long)e->number);
    buf_addf(out, "kind %s\nscope %s\nscope_id %u\nbasis %s\n", consent_kind_name(e->kind),
             consent_scope_name(e->scope), e->scope_id, consent_basis_name(e->basis));
    buf_addf(out, "given %lld\nrecorded %lld\n", (long long)e->at_ms, (long long)e->recorded_ms);
    put_text(out, "means", e->source);
    put_text(out, "evidence", e->evidence);
    put_text(out, "proof", e->proof);
    put_text(out, "sid", str_from(e->sid));
}

enum err chain_digest(const struct consent *e, unsigned char digest[CHAIN_HASH_BYTES])
{
    struct buf text;
    enum err code;

    buf_init(&text, CHAIN_TEXT_BYTES_MAX);
    chain_text(e, &text);
    code = buf_check(&text);
    if (code == ERR_OK)
        (void)SHA256((const unsigned char *)buf_text(&text), text.len, digest);
    buf_free(&text);
    return code;
}

void chain_hash(const unsigned char previous[CHAIN_HASH_BYTES], const unsigned char digest[CHAIN_HASH_BYTES],
                unsigned char hash[CHAIN_HASH_BYTES])
{
    unsigned char both[2 * CHAIN_HASH_BYTES];

    memcpy(both, previous, CHAIN_HASH_BYTES);
    memcpy(both + CHAIN_HASH_BYTES, digest, CHAIN_HASH_BYTES);
    (void)SHA256(both, sizeof both, hash);
}

enum err chain_append(struct chain_head *head, struct consent *e)
{
    unsigned char digest[CHAIN_HASH_BYTES];
    uint64_t before = e->position;
    enum err code;

    e->position = head->count + 1;
    code = chain_digest(e, digest);
    if (code != ERR_OK) {
        e->position = before;
        return code;
    }
    chain_hash(head->hash, digest, e->hash);
    head->count = e->position;
    memcpy(head->hash, e->hash, sizeof head->hash);
    return ERR_OK;
}

const char *chain_verdict_text(enum chain_verdict v)
{
    static const char *const texts[CHAIN_VERDICTS] = {
        "",
        "does not follow the entry before it: entries were deleted, put in or reordered here",
        "is not what was recorded: it, or its link to the one before, was altered",
        "is the last one, but the ledger's head counts more: entries at the end are missing",
        "stands after the ledger's head: it was not written by Sterling",
        "is the last one, but its hash is not the ledger's head",
        [CHAIN_HELD] = "is sound, as all before it, but what is taken to hold for its number does not follow from the entries",
    };
    return (unsigned)v < CHAIN_VERDICTS ? texts[v] : "";
}

enum err chain_check(struct chain_head *so_far, const struct consent *e, enum chain_verdict *out)
{
    unsigned char digest[CHAIN_HASH_BYTES], hash[CHAIN_HASH_BYTES];
    enum err code;

    *out = CHAIN_MISPLACED;
    if (e->position != so_far->count + 1) return ERR_OK;
    code = chain_digest(e, digest);
    if (code != ERR_OK) return code;
    chain_hash(so_far->hash, digest, hash);
    *out = memcmp(hash, e->hash, sizeof hash) == 0 ? CHAIN_SOUND : CHAIN_ALTERED;
    if (*out != CHAIN_SOUND) return ERR_OK;
    so_far->count = e->position;
    memcpy(so_far->hash, hash, sizeof hash);
    return ERR_OK;
}

enum chain_verdict chain_check_end(const struct chain_head *so_far, const struct chain_head *stored)
{
    if (so_far->count < stored->count) return CHAIN_CUT;
    if (so_far->count > stored->count) return CHAIN_OVERLONG;
    return memcmp(so_far->hash, stored->hash, sizeof stored->hash) == 0 ? CHAIN_SOUND : CHAIN_HEAD;
}
