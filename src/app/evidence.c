/* evidence: the document about one number. Contract in evidence.h. */
#include "app/evidence.h"

#include "app/ledger.h"
#include "app/verdicts.h"
#include "app/view.h"
#include "base/json_out.h"

enum { LEDGERS_BYTES_MAX = 64 << 20, VERDICTS_BYTES_MAX = 4 << 20 };

struct writing {
    struct app *app;
    struct store_reader *r;
    struct arena *a;
    const struct org *org;
    uint64_t number;
    struct buf *out;
    struct verdicts_ledgers ledgers; /* the number's entries; in an arena of their own */
    bool folded;                     /* they are whole: what held then can be made of them */
    bool complete;
};

static void put_hex(struct buf *out, const char *name, const unsigned char hash[CHAIN_HASH_BYTES])
{
    char hex[LEDGER_HEX_BYTES];

    ledger_hex(hash, hex);
    if (name != NULL) json_put_text(out, name, hex);
    else json_str(out, str_from(hex));
}

static enum err put_entry(struct writing *w, const struct consent *e)
{
    unsigned char digest[CHAIN_HASH_BYTES];
    struct buf text;
    enum err code = chain_digest(e, digest);

    if (code != ERR_OK) return code;
    buf_init(&text, CHAIN_TEXT_BYTES_MAX);
    chain_text(e, &text);
    json_open(w->out, '{');
    json_key(w->out, "entry");
    view_consent_event(w->out, e);
    json_put_str(w->out, "canonical_text", buf_str(&text));
    put_hex(w->out, "digest", digest);
    json_close(w->out, '}');
    buf_free(&text);
    return ERR_OK;
}

/* One that is not there is left out. */
static enum err put_entry_of_id(struct writing *w, uint64_t id)
{
    struct consent row;
    enum err code = ledger_entry(w->r, w->a, w->org->id, id, &row);

    if (code == ERR_NOT_FOUND) return ERR_OK;
    return code == ERR_OK ? put_entry(w, &row) : code;
}

/* What the imported opt-ins rest on: who attested what for the whole list (consent_attested_proof). */
static enum err put_attestations(struct writing *w, const struct consent *rows, size_t count)
{
    enum err code = ERR_OK;
    uint64_t before = 0;

    json_key(w->out, "attestations");
    json_open(w->out, '[');
    for (size_t i = 0; i < count && code == ERR_OK; i++) {
        struct str head = STR("{\"attestation\":\""), id;
        uint64_t entry;
        if (!str_starts(rows[i].proof, head)) continue;
        (void)str_cut(str_slice(rows[i].proof, head.len, rows[i].proof.len), '"', &id);
        if (str_to_u64(id, &entry) != ERR_OK || entry == 0 || entry == before) continue;
        before = entry;
        code = put_entry_of_id(w, entry);
    }
    json_close(w->out, ']');
    return code;
}

/* The first of the number's entries in one ledger. *count: how many were written. */
static enum err put_ledger(struct writing *w, const char *name, const struct verdicts_ledger *l, size_t *count)
{
    enum err code = ERR_OK;

    *count = l->count < EVIDENCE_ENTRIES_MAX ? l->count : EVIDENCE_ENTRIES_MAX;
    json_key(w->out, name);
    json_open(w->out, '[');
    for (size_t i = 0; code == ERR_OK && i < *count; i++) code = put_entry(w, &l->rows[i]);
    json_close(w->out, ']');
    if (l->count > *count) w->complete = false;
    return code;
}

/* *last: the last entry of the organization's that was written. */
static enum err put_entries(struct writing *w, struct consent *last)
{
    const struct verdicts_ledger *own = &w->ledgers.own;
    size_t count;
    enum err code = put_ledger(w, "installation_entries", &w->ledgers.all, &count);

    if (code == ERR_OK) code = put_ledger(w, "entries", own, &count);
    if (code == ERR_OK) code = put_attestations(w, own->rows, count);
    if (code == ERR_OK && count > 0) *last = own->rows[count - 1];
    return code;
}

/* The digests of the entries behind `last`, other people's: they lead to the head without a word of theirs. Writes
 * the members of an object. */
static enum err put_path(struct writing *w, const struct consent *last)
{
    size_t count = EVIDENCE_PATH_MAX;
    struct consent *rows = arena_alloc(w->a, count * sizeof *rows);
    uint64_t left_out = 0;
    struct chain_head head;
    enum err code = w->r->store->ops->consent_head(w->r, w->org->id, &head);

    if (rows == NULL) return ERR_FULL;
    if (code == ERR_OK && last->position > 0)
        code = w->r->store->ops->consents(w->r, w->a, w->org->id, 0, last->id, rows, &count);
    if (code != ERR_OK) return code;
    if (last->position == 0) count = 0;
    while (count > 0 && rows[count - 1].position > head.count) count--; /* came while we read */
    if (last->position > 0 && last->position + count < head.count) left_out = head.count - last->position - count;
    json_put_int(w->out, "entries", (int64_t)head.count);
    put_hex(w->out, "head", head.hash);
    json_key(w->out, "path");
    json_open(w->out, '[');
    for (size_t i = 0; i < count; i++) {
        unsigned char digest[CHAIN_HASH_BYTES];
        code = chain_digest(&rows[i], digest);
        if (code != ERR_OK) return code;
        put_hex(w->out, NULL, digest);
    }
    json_close(w->out, ']');
    json_put_bool(w->out, "path_reaches_head", left_out == 0);
    json_put_int(w->out, "path_left_out", (int64_t)left_out);
    json_key(w->out, "path_next");
    if (left_out > 0) json_int(w->out, (int64_t)rows[count - 1].id);
    else json_nil(w->out);
    return ERR_OK;
}

static enum err put_chain(struct writing *w, const struct consent *last)
{
    enum err code;

    json_key(w->out, "chain");
    json_open(w->out, '{');
    json_put_text(w->out, "how", "hash = SHA-256(hash of the entry before, then digest), 64 bytes; digest = SHA-256 of the "
                                 "canonical text. From the last entry's hash, each digest of the path in turn gives the "
                                 "next hash, and the last of them is the head.");
    code = put_path(w, last);
    json_close(w->out, '}');
    return code;
}

enum err evidence_write_path(struct app *app, struct store_reader *r, struct arena *a, const struct org *org,
                             uint64_t after, struct buf *out)
{
    struct writing w = {.app = app, .r = r, .a = a, .org = org, .out = out};
    struct consent last = {0};
    enum err code = ledger_entry(r, a, org->id, after, &last);

    if (code != ERR_OK) return code;
    json_open(out, '{');
    code = put_path(&w, &last);
    json_close(out, '}');
    return code == ERR_OK ? buf_check(out) : code;
}

/* Each rule's verdict on it, with what was so then. */
static enum err put_verdicts(struct writing *w, const struct message *m)
{
    struct arena scratch;
    enum err code;

    arena_init(&scratch, VERDICTS_BYTES_MAX);
    code = verdicts_members_then(w->app, w->r, &scratch, m, w->folded ? &w->ledgers : NULL, w->out);
    arena_reset(&scratch);
    return code;
}

static enum err put_message(struct writing *w, const struct message *m)
{
    enum err code;

    json_open(w->out, '{');
    view_put_id(w->app->ids, w->out, "id", PUBLIC_MESSAGE, m->id);
    json_put_text(w->out, "kind", message_kind_name(m->kind));
    json_put_text(w->out, "state", message_state_name(m->state));
    json_put_text(w->out, "reason", m->reason == REASON_NONE ? NULL : view_reason(m->reason));
    json_put_text(w->out, "verdict", m->reason == REASON_NONE ? NULL : view_reason_explained(m->reason));
    json_put_time(w->out, "created_at", m->created_ms);
    json_put_time(w->out, "armed_at", m->armed_ms);
    json_put_text(w->out, "sid", m->sid[0] == 0 ? NULL : m->sid);
    json_put_int(w->out, "error_code", m->error_code);
    if (m->body.len > 0) json_put_str(w->out, "body", m->body);
    code = put_verdicts(w, m);
    json_close(w->out, '}');
    return code;
}

static enum err read_messages(struct writing *w, struct message **rows, size_t *count)
{
    *count = EVIDENCE_MESSAGES_MAX;
    *rows = arena_alloc(w->a, *count * sizeof **rows);
    return *rows == NULL ? ERR_FULL : w->r->store->ops->messages_to(w->r, w->a, w->org->id, w->number, *rows, count);
}

static enum err put_messages(struct writing *w, const struct message *rows, size_t count)
{
    enum err code = ERR_OK;

    json_key(w->out, "messages");
    json_open(w->out, '[');
    for (size_t i = 0; code == ERR_OK && i < count; i++) code = put_message(w, &rows[i]);
    json_close(w->out, ']');
    if (count == EVIDENCE_MESSAGES_MAX) w->complete = false;
    return code;
}

static void put_standing(struct writing *w, const struct consent_holds *h)
{
    json_key(w->out, "holds");
    json_open(w->out, '{');
    json_put_text(w->out, "state", consent_kind_name(h->kind));
    json_put_time(w->out, "since", h->at_ms);
    json_put_text(w->out, "basis", h->basis == CONSENT_BASIS_NONE ? NULL : consent_basis_name(h->basis));
    json_put_int(w->out, "entry", (int64_t)h->entry);
    json_put_int(w->out, "basis_entry", (int64_t)h->basis_entry);
    json_close(w->out, '}');
}

static void put_head(struct writing *w, const struct consent_holds *holds)
{
    json_put_number(w->out, "number", w->number);
    json_put_str(w->out, "organization", w->org->name);
    json_put_text(w->out, "slug", w->org->slug);
    json_put_time(w->out, "made_at", clock_wall_ms(w->app->clock));
    put_standing(w, holds);
}

/* The messages are read first and the ledgers once: no entry by which one was judged is missing, and what many
 * messages cost is a fold each. */
static enum err write_document(struct writing *w, struct arena *ledgers)
{
    struct consent_holds holds;
    struct consent last = {0};
    struct message *messages;
    size_t count;
    enum err code = read_messages(w, &messages, &count);

    if (code == ERR_OK) code = w->r->store->ops->consent_holds(w->r, w->org->id, w->number, 0, 0, &holds);
    if (code == ERR_OK) code = verdicts_ledgers_read(w->r, ledgers, w->org->id, w->number, &w->ledgers);
    w->folded = code == ERR_OK;
    if (!w->folded && code != ERR_LIMIT) return code;
    w->complete = w->folded;
    json_open(w->out, '{');
    put_head(w, &holds);
    code = put_entries(w, &last);
    if (code == ERR_OK) code = put_chain(w, &last);
    if (code == ERR_OK) code = put_messages(w, messages, count);
    json_put_bool(w->out, "complete", w->complete);
    json_close(w->out, '}');
    return code == ERR_OK ? buf_check(w->out) : code;
}

enum err evidence_write(struct app *app, struct store_reader *r, struct arena *a, const struct org *org,
                        uint64_t number, struct buf *out)
{
    struct writing w = {.app = app, .r = r, .a = a, .org = org, .number = number, .out = out};
    struct arena ledgers;
    enum err code;

    arena_init(&ledgers, LEDGERS_BYTES_MAX);
    code = write_document(&w, &ledgers);
    arena_reset(&ledgers);
    return code;
}
