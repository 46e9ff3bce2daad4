/* ledger: the walk over a chain, stretch by stretch. Contract in ledger.h. */
#include "app/ledger.h"

#include "app/ledger_holds.h"
#include "app/view.h"
#include "base/json_out.h"

#include <stdio.h>
#include <string.h>

enum { STRETCH_BYTES = 32 << 20, CLOCK_STEP_MS = 3600000 /* so far our own clock may be set back */ };

enum err ledger_entry(struct store_reader *r, struct arena *a, org_id org, uint64_t id, struct consent *out)
{
    size_t count = 1;
    enum err code = id == 0 ? ERR_NOT_FOUND : r->store->ops->consents(r, a, org, 0, id - 1, out, &count);

    return code == ERR_OK && (count == 0 || out->id != id) ? ERR_NOT_FOUND : code;
}

/* Of a stretch. False: the rest of the ledger is younger than the import, whose own entries bear its beginning. */
static bool count_attested(const struct consent *rows, size_t count, struct str proof, int64_t ended_ms, int64_t *out)
{
    for (size_t i = 0; i < count; i++) {
        if (rows[i].recorded_ms > ended_ms + CLOCK_STEP_MS) return false;
        *out += str_equal(rows[i].proof, proof);
    }
    return true;
}

enum err ledger_attested(struct store_reader *r, org_id org, uint64_t attestation, int64_t ended_ms, int64_t *out)
{
    char proof[CONSENT_ATTESTED_BYTES];
    uint64_t after = attestation;
    size_t count = LEDGER_STRETCH;
    enum err code = ERR_OK;
    bool more = true;

    *out = 0;
    consent_attested_proof(attestation, proof);
    for (size_t read = 0; code == ERR_OK && more && count == LEDGER_STRETCH; read += count) {
        struct arena a;
        struct consent *rows;
        if (read >= LEDGER_COUNTED_MAX) return ERR_LIMIT;
        arena_init(&a, STRETCH_BYTES);
        rows = arena_alloc(&a, count * sizeof *rows);
        code = rows == NULL ? ERR_FULL : r->store->ops->consents(r, &a, org, 0, after, rows, &count);
        if (code == ERR_OK) more = count_attested(rows, count, str_from(proof), ended_ms, out);
        if (code == ERR_OK && count > 0) after = rows[count - 1].id;
        arena_reset(&a);
    }
    return code;
}

/* Where an earlier stretch ended: that entry was found sound then. */
static enum err begin_after(struct store_reader *r, struct arena *a, org_id org, struct ledger_check *c)
{
    struct consent before;
    enum err code;

    if (c->after == 0) return ERR_OK;
    code = ledger_entry(r, a, org, c->after, &before);
    if (code != ERR_OK) return code;
    c->so_far.count = before.position;
    memcpy(c->so_far.hash, before.hash, sizeof c->so_far.hash);
    c->at = before;
    return ERR_OK;
}

/* Of each number once, at its last entry: does what holds follow from its entries, and was it kept to? */
static enum err check_held(struct store_reader *r, struct ledger_check *c, const struct consent *e, bool *agree,
                           size_t *read)
{
    struct ledger_holds found;
    bool last;
    enum err code = ledger_holds_last(r, e, &last);

    if (code != ERR_OK || !last) return code;
    code = ledger_holds_look(r, e->org, e->number, &found);
    *agree = found.agree;
    *read += found.read;
    c->unjudged += found.unjudged;
    c->sent_after += found.sent_after;
    if (c->example == 0) c->example = found.example;
    return code;
}

/* *held: the first entry whose number's derived state does not follow; stays NULL. *count: so many were looked at. */
static enum err check_entries(struct store_reader *r, struct ledger_check *c, const struct consent *rows, size_t *count,
                              const struct consent **held)
{
    size_t all = *count, read = 0;

    for (*count = 0; *count < all && read < LEDGER_STRETCH_MESSAGES; ++*count) {
        const struct consent *e = &rows[*count];
        bool agree = true;
        enum err code = chain_check(&c->so_far, e, &c->verdict);
        if (code == ERR_OK) c->at = *e;
        if (code != ERR_OK || c->verdict != CHAIN_SOUND) return code;
        code = check_held(r, c, e, &agree, &read);
        if (code != ERR_OK) return code;
        if (!agree && *held == NULL) *held = e;
        c->after = e->id;
    }
    return ERR_OK;
}

/* Appended while the entries were read: then the head has moved, too. */
static enum err check_end(struct store_reader *r, org_id org, struct ledger_check *c)
{
    struct chain_head now;
    enum err code = r->store->ops->consent_head(r, org, &now);

    if (code != ERR_OK) return code;
    if (c->so_far.count < c->stored.count || c->so_far.count > now.count || now.count <= c->stored.count)
        c->verdict = chain_check_end(&c->so_far, &c->stored);
    return ERR_OK;
}

enum err ledger_check(struct store_reader *r, struct arena *a, org_id org, struct ledger_check *c)
{
    struct consent *rows = arena_alloc(a, LEDGER_STRETCH * sizeof *rows);
    const struct consent *held = NULL;
    size_t count = LEDGER_STRETCH, looked_at;
    enum err code;

    *c = (struct ledger_check){.after = c->after};
    if (rows == NULL) return ERR_FULL;
    /* The head first: what is appended meanwhile is beyond it, and not taken for too much. */
    code = r->store->ops->consent_head(r, org, &c->stored);
    if (code == ERR_OK) code = begin_after(r, a, org, c);
    if (code == ERR_OK) code = r->store->ops->consents(r, a, org, 0, c->after, rows, &count);
    looked_at = count;
    if (code == ERR_OK) code = check_entries(r, c, rows, &looked_at, &held);
    c->finished = looked_at == count && count < LEDGER_STRETCH;
    if (code == ERR_OK && c->verdict == CHAIN_SOUND && c->finished) code = check_end(r, org, c);
    if (code != ERR_OK) return code;
    /* What is wrong with the chain explains more than what follows from it. */
    if (c->verdict == CHAIN_SOUND && held != NULL) {
        c->verdict = CHAIN_HELD;
        c->at = *held;
    }
    c->finished = c->finished || c->verdict != CHAIN_SOUND;
    return ERR_OK;
}

void ledger_hex(const unsigned char hash[CHAIN_HASH_BYTES], char out[LEDGER_HEX_BYTES])
{
    for (size_t i = 0; i < CHAIN_HASH_BYTES; i++) (void)snprintf(out + 2 * i, 3, "%02x", hash[i]);
}

static void put_head(struct buf *out, const char *name, const struct chain_head *head)
{
    char hex[LEDGER_HEX_BYTES];

    ledger_hex(head->hash, hex);
    json_key(out, name);
    json_open(out, '{');
    json_put_int(out, "entries", (int64_t)head->count);
    json_put_text(out, "head", hex);
    json_close(out, '}');
}

static void put_problem(struct buf *out, const struct ledger_check *c)
{
    if (c->verdict == CHAIN_SOUND) {
        json_put_null(out, "problem");
        return;
    }
    json_key(out, "problem");
    json_open(out, '{');
    json_put_int(out, "entry", (int64_t)c->at.id);
    json_put_int(out, "position", (int64_t)c->at.position);
    json_put_number(out, "number", c->at.number);
    json_put_text(out, "what", chain_verdict_text(c->verdict));
    json_close(out, '}');
}

static void put_sent_after(const struct public_ids *ids, struct buf *out, const struct ledger_check *c)
{
    json_key(out, "sent_after_opt_out");
    json_open(out, '{');
    json_put_int(out, "messages", c->sent_after);
    if (c->example == 0) json_put_null(out, "example");
    else view_put_id(ids, out, "example", PUBLIC_MESSAGE, c->example);
    json_put_int(out, "unjudged", c->unjudged);
    json_close(out, '}');
}

void ledger_view(const struct public_ids *ids, struct buf *out, const struct ledger_check *c)
{
    json_open(out, '{');
    json_put_bool(out, "sound", c->verdict == CHAIN_SOUND);
    json_put_bool(out, "finished", c->finished);
    put_head(out, "checked", &c->so_far);
    put_head(out, "ledger", &c->stored);
    put_problem(out, c);
    put_sent_after(ids, out, c);
    if (c->finished) json_put_null(out, "next");
    else json_put_int(out, "next", (int64_t)c->after);
    json_close(out, '}');
}
