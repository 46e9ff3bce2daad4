/* sids: which SIDs are ours. A message's row has that of its last attempt; those of the attempts before are kept
 * beside it, because a listing shows them too, and must not take them for an attempt in doubt. */
#include "store/sqlite/parts.h"

#include "base/mutant.h"

#include <string.h>

void message_sid_known(struct sqlite_store *s, const struct message_row *row, const char *sid)
{
    struct query q;
    if (sid[0] == 0 || strcmp(row->m.sid, sid) == 0 || MUTANT(earlier_sid_forgotten)) return;
    q = query_open(&s->conn, SQL_SID_KEEP);
    query_int(&q, row->m.org);
    query_id(&q, row->m.number);
    query_sid(&q, sid);
    query_id(&q, row->m.id);
    (void)query_run(&q);
}

void message_sid_put(struct sqlite_store *s, struct message_row *row, const char *sid)
{
    char before[SID_BYTES];
    memcpy(before, row->m.sid, sizeof before);
    memset(row->m.sid, 0, sizeof row->m.sid);
    (void)strncpy(row->m.sid, sid, sizeof row->m.sid - 1);
    message_sid_known(s, row, before);
}

static bool is_there(struct conn *c, enum sql statement, org_id org, uint64_t number, const char *sid,
                     const uint64_t *other_than)
{
    struct query q = query_open(c, statement);
    bool found;
    query_int(&q, org);
    query_id(&q, number);
    query_sid(&q, sid);
    if (other_than != NULL) query_id(&q, *other_than);
    found = query_row(&q);
    query_end(&q);
    return found;
}

enum err sqlite_sid_taken(struct store_reader *r, org_id org, uint64_t number, struct str sid, uint64_t message,
                          bool *taken)
{
    struct conn *c = reader_conn(r);
    char text[SID_BYTES] = "";
    *taken = false;
    if (sid.len == 0 || sid.len >= sizeof text) return ERR_OK;
    memcpy(text, sid.at, sid.len);
    *taken = is_there(c, SQL_SID_OTHERS, org, number, text, &message) ||
             is_there(c, SQL_SID_EARLIER, org, number, text, NULL);
    return read_one(c, true);
}
