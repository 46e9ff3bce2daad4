/* chain_old: chains the entries that were written before there was a chain, in the order of their ids. Part of a
 * migration: texts of its own, because the statements of sql.h know columns that may come later. */
#include "store/sqlite/parts.h"

#include "store/chain.h"
#include "store/sid.h"

#include <stdlib.h>
#include <string.h>

static struct str column_text(sqlite3_stmt *s, int column)
{
    const void *at = sqlite3_column_blob(s, column);
    return (struct str){at, (size_t)sqlite3_column_bytes(s, column)};
}

static void entry_read(struct conn *c, sqlite3_stmt *s, struct consent *e)
{
    struct str sid = column_text(s, 7);
    *e = (struct consent){.id = (uint64_t)sqlite3_column_int64(s, 0),
                          .org = (org_id)sqlite3_column_int64(s, 1),
                          .number = (uint64_t)sqlite3_column_int64(s, 2),
                          .kind = (enum consent_kind)sqlite3_column_int(s, 3),
                          .at_ms = sqlite3_column_int64(s, 4),
                          .source = column_text(s, 5),
                          .evidence = column_text(s, 6),
                          .basis = (enum consent_basis)sqlite3_column_int(s, 8),
                          .recorded_ms = sqlite3_column_int64(s, 9)};
    if (sid_unpack((const unsigned char *)sid.at, sid.len, e->sid) != ERR_OK)
        conn_fail(c, SQLITE_CORRUPT, "a stored SID does not read back");
}

static void entry_save(struct conn *c, sqlite3_stmt *s, const struct consent *e)
{
    (void)sqlite3_bind_int64(s, 1, (int64_t)e->position);
    (void)sqlite3_bind_blob(s, 2, e->hash, sizeof e->hash, SQLITE_TRANSIENT);
    (void)sqlite3_bind_int64(s, 3, (int64_t)e->id);
    (void)sqlite3_bind_int64(s, 4, e->org);
    if (sqlite3_step(s) != SQLITE_DONE) conn_fail(c, sqlite3_errcode(c->db), "chaining the consent ledger");
    (void)sqlite3_reset(s);
}

static void head_save(struct conn *c, sqlite3_stmt *s, org_id org, const struct chain_head *head)
{
    (void)sqlite3_bind_int64(s, 1, org);
    (void)sqlite3_bind_int64(s, 2, (int64_t)head->count);
    (void)sqlite3_bind_blob(s, 3, head->hash, sizeof head->hash, SQLITE_TRANSIENT);
    if (sqlite3_step(s) != SQLITE_DONE) conn_fail(c, sqlite3_errcode(c->db), "chaining the consent ledger");
    (void)sqlite3_reset(s);
}

/* By organization, so that one head is enough. */
static void walk(struct conn *c, sqlite3_stmt *read, sqlite3_stmt *save, sqlite3_stmt *save_head)
{
    struct chain_head head = {0};
    struct consent e = {0};
    org_id org = 0;
    int result = SQLITE_ROW;
    while (conn_check(c) == ERR_OK && (result = sqlite3_step(read)) == SQLITE_ROW) {
        entry_read(c, read, &e);
        if (e.org != org && head.count > 0) head_save(c, save_head, org, &head);
        if (e.org != org) head = (struct chain_head){0};
        org = e.org;
        if (chain_append(&head, &e) != ERR_OK) conn_fail(c, SQLITE_NOMEM, "chaining the consent ledger");
        else entry_save(c, save, &e);
    }
    if (result != SQLITE_ROW && result != SQLITE_DONE) conn_fail(c, result, "chaining the consent ledger");
    if (conn_check(c) == ERR_OK && head.count > 0) head_save(c, save_head, org, &head);
}

void consent_chain_old(struct conn *c)
{
    static const char *const texts[] = {
        "SELECT id, org, number, kind, at, source, evidence, sid, basis, recorded FROM consents ORDER BY org, id",
        "UPDATE consents SET position = ?, hash = ? WHERE id = ? AND org = ?",
        "INSERT INTO chains (org, count, head) VALUES (?, ?, ?)"};
    sqlite3_stmt *s[3] = {NULL};
    if (conn_check(c) != ERR_OK) return;
    for (unsigned i = 0; i < 3; i++) {
        int result = sqlite3_prepare_v2(c->db, texts[i], -1, &s[i], NULL);
        if (result != SQLITE_OK) conn_fail(c, result, texts[i]);
    }
    if (conn_check(c) == ERR_OK) walk(c, s[0], s[1], s[2]);
    for (unsigned i = 0; i < 3; i++) sqlite3_finalize(s[i]);
}
