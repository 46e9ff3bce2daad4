/*
 * ledger: the record of every creation received. Contract in ledger.h; the oracle is oracle.c.
 *
 * Records lie in chunks; over ledger_max the oldest chunk is dropped, and counted.
 */
#include "sandbox/world.h"

#include <stdlib.h>
#include <string.h>

struct record *sb_ledger_at(const struct sandbox *sb, uint64_t seq)
{
    uint64_t chunk = (seq - 1) / RECORDS_PER_CHUNK;
    if (seq == 0 || seq > sb->record_last || chunk < sb->record_first_chunk) return NULL;
    return &sb->records[chunk - sb->record_first_chunk]->at[(seq - 1) % RECORDS_PER_CHUNK];
}

static void chunk_free(struct record_chunk *chunk)
{
    for (size_t i = 0; i < RECORDS_PER_CHUNK; i++) free(chunk->at[i].callback);
    free(chunk);
}

static void chunk_for_next(struct sandbox *sb)
{
    if (sb->record_last < (sb->record_first_chunk + sb->record_chunk_count) * RECORDS_PER_CHUNK) return;
    if (sb->record_chunk_count > 1 && sb->record_chunk_count * RECORDS_PER_CHUNK >= sb->config.ledger_max) {
        chunk_free(sb->records[0]);
        memmove(sb->records, sb->records + 1, (sb->record_chunk_count - 1) * sizeof *sb->records);
        sb->record_chunk_count--;
        sb->record_first_chunk++;
    }
    sb->records =
        world_grow(sb->records, sb->record_chunk_count, &sb->record_chunk_capacity, sizeof *sb->records);
    sb->records[sb->record_chunk_count++] = world_alloc(sizeof(struct record_chunk));
}

uint64_t sb_ledger_append(struct sandbox *sb, const struct sandbox_create *create, unsigned segments,
                       enum sandbox_fault fault)
{
    struct record *r;
    chunk_for_next(sb);
    sb->record_last++;
    r = sb_ledger_at(sb, sb->record_last);
    BUG_IF(r == NULL);
    *r = (struct record){
        .at_ms = sb->now_ms, .date_ms = world_date(sb), .committed_ms = SANDBOX_NEVER, .to = create->to,
        .body_hash = str_hash(create->body, 0), .callback = world_text(create->status_callback),
        .account = create->account, .service = create->service, .sender = create->sender,
        .segments = (uint16_t)segments, .carrier = (uint8_t)sandbox_carrier_of(sb, create->to),
        .fault = (uint8_t)fault,
    };
    return sb->record_last;
}

uint64_t sandbox_ledger_count(const struct sandbox *sb)
{
    return sb->record_last;
}

uint64_t sandbox_ledger_dropped(const struct sandbox *sb)
{
    return sb->record_first_chunk * RECORDS_PER_CHUNK;
}

enum err sandbox_ledger_get(const struct sandbox *sb, uint64_t seq, struct sandbox_ledger_entry *out)
{
    const struct record *r = sb_ledger_at(sb, seq);
    const struct message *m;
    if (r == NULL) return ERR_NOT_FOUND;
    m = sb_message_at(sb, r->message);
    *out = (struct sandbox_ledger_entry){
        .seq = seq, .at_ms = r->at_ms, .date_ms = r->date_ms, .account = r->account, .service = r->service,
        .sender = r->sender != SANDBOX_NONE || m == NULL ? r->sender : m->sender, .to = r->to,
        .carrier = (enum sandbox_carrier)r->carrier, .segments = r->segments, .body_hash = r->body_hash,
        .status_callback = str_from(r->callback), .message = r->message, .committed_ms = r->committed_ms,
        .http_status = r->http_status, .code = r->code, .fault = (enum sandbox_fault)r->fault,
    };
    return ERR_OK;
}

void sb_ledger_free(struct sandbox *sb)
{
    for (size_t i = 0; i < sb->record_chunk_count; i++) chunk_free(sb->records[i]);
    free(sb->records);
}
