/* meta: values of the installation, answers kept for idempotency, housekeeping and statistics in memory. */
#include "store/ram/ram.h"

#include <string.h>

enum { ANSWER_BYTES_MAX = 1 << 20 };

/* ---- idempotency ---- */

/* The answer of that key; *place gets where it is, or where it would be put (hashes may meet). */
static struct ram_answer *answer_find(const struct ram_store *s, org_id org, struct str key, struct tree_key *place)
{
    for (uint64_t turn = 0;; turn++) {
        union map_value *value;
        struct ram_answer *answer;
        *place = ram_key(org, str_hash(key, 0), turn);
        value = tree_get(&s->answers, place);
        if (value == NULL) return NULL;
        answer = value->ptr;
        if (str_equal(answer->key, key)) return answer;
    }
}

int ram_answer_lookup(struct ram_store *s, struct change *c)
{
    struct idempotency *i = c->idem;
    struct tree_key place;
    const struct ram_answer *answer = answer_find(s, i->org, i->key, &place);
    i->replayed = i->other_request = false;
    if (answer == NULL) return 0;
    if (memcmp(answer->request_hash, i->request_hash, sizeof i->request_hash) != 0) {
        i->other_request = true;
        (void)ram_refuse(c, ERR_CONFLICT, "the Idempotency-Key was used with another request");
        return -1;
    }
    i->replayed = true;
    i->status = answer->status;
    buf_add(&i->answer, answer->body);
    BUG_IF(buf_check(&i->answer) != ERR_OK);
    return 1;
}

enum err ram_answer_store(struct ram_store *s, struct change *c)
{
    struct idempotency *i = c->idem;
    struct ram_answer *answer;
    struct tree_key place;
    buf_clear(&i->answer);
    i->render(c, &i->status, &i->answer);
    if (buf_check(&i->answer) != ERR_OK || i->answer.len > ANSWER_BYTES_MAX)
        return ram_refuse(c, ERR_LIMIT, "the answer is too large to be kept");
    (void)answer_find(s, i->org, i->key, &place);
    answer = ram_new(s, sizeof *answer);
    *answer = (struct ram_answer){.org = i->org, .status = i->status, .at_ms = i->now_ms};
    memcpy(answer->request_hash, i->request_hash, sizeof answer->request_hash);
    answer->key = ram_text(s, i->key);
    answer->body = ram_text(s, buf_str(&i->answer));
    ram_tree_put(s, &s->answers, &place, (union map_value){.ptr = answer});
    return ERR_OK;
}

enum err ram_answer_get(struct store_reader *r, struct arena *a, org_id org, struct str key,
                        const unsigned char request_hash[32], int *status, struct str *body)
{
    struct ram_store *s = ram_read_begin(r);
    struct tree_key place;
    const struct ram_answer *answer = answer_find(s, org, key, &place);
    enum err code = ERR_OK;
    if (answer == NULL) return ram_read_end(s, ERR_NOT_FOUND);
    if (memcmp(answer->request_hash, request_hash, 32) != 0) return ram_read_end(s, ERR_CONFLICT);
    *status = answer->status;
    *body = ram_out_text(a, answer->body, &code);
    return ram_read_end(s, code);
}

/* ---- values ---- */

static struct ram_meta *meta_find(const struct ram_store *s, struct str name, struct tree_key *place)
{
    for (uint64_t turn = 0;; turn++) {
        union map_value *value;
        struct ram_meta *meta;
        *place = ram_key(str_hash(name, 0), turn, 0);
        value = tree_get(&s->metas, place);
        if (value == NULL) return NULL;
        meta = value->ptr;
        if (str_equal(meta->name, name)) return meta;
    }
}

enum err ram_apply_meta(struct ram_store *s, struct change *base)
{
    struct change_meta *c = (struct change_meta *)base;
    struct tree_key place;
    struct ram_meta *meta = meta_find(s, c->name, &place);
    if (meta == NULL && c->value.len == 0) return ERR_OK;
    if (meta == NULL) {
        meta = ram_new(s, sizeof *meta);
        meta->name = ram_text(s, c->name);
        ram_tree_put(s, &s->metas, &place, (union map_value){.ptr = meta});
    }
    ram_set_text(s, &meta->value, c->value); /* an empty one counts as none */
    return ERR_OK;
}

enum err ram_meta_get(struct store_reader *r, struct arena *a, struct str name, struct str *value)
{
    struct ram_store *s = ram_read_begin(r);
    struct tree_key place;
    const struct ram_meta *meta = meta_find(s, name, &place);
    enum err code = meta == NULL || meta->value.len == 0 ? ERR_NOT_FOUND : ERR_OK;
    if (code == ERR_OK) *value = ram_out_text(a, meta->value, &code);
    return ram_read_end(s, code);
}

/* ---- housekeeping ---- */

/* An old answer's place stays, with no key that could be found, so that those behind it are still reached. */
static void answers_trim(struct ram_store *s, int64_t before_ms)
{
    const struct tree_node *node = NULL;
    while ((node = tree_after(&s->answers, node == NULL ? NULL : &node->key)) != NULL) {
        struct ram_answer *answer = node->value.ptr;
        if (answer->at_ms >= before_ms || answer->key.at == NULL) continue;
        ram_touch(s, answer, sizeof *answer);
        if (answer->key.len > 0) ram_drop(s, answer->key.at);
        if (answer->body.len > 0) ram_drop(s, answer->body.at);
        answer->key = answer->body = (struct str){NULL, 0};
    }
}

static void days_trim(struct ram_store *s)
{
    const struct tree_node *node, *newest = NULL;
    uint64_t bound;
    for (node = tree_after(&s->days, NULL); node != NULL; node = tree_after(&s->days, &node->key)) newest = node;
    if (newest == NULL || newest->key.at[0] < 40) return;
    bound = newest->key.at[0] - 40;
    while ((node = tree_after(&s->days, NULL)) != NULL && node->key.at[0] < bound) {
        struct tree_key key = node->key;
        ram_tree_remove(s, &s->days, &key);
    }
}

enum err ram_apply_trim(struct ram_store *s, struct change *base)
{
    struct change_trim *c = (struct change_trim *)base;
    answers_trim(s, c->idempotency_before_ms);
    ram_arms_trim(s, c);
    ram_events_trim(s, c->events_before_ms);
    ram_verifications_trim(s, c->events_before_ms, c->verify_before_ms);
    days_trim(s);
    return ERR_OK;
}

/* ---- statistics ---- */

static void due_stats(const struct ram_store *s, struct store_stats *out)
{
    const struct tree_node *node = NULL;
    while ((node = tree_after(&s->due, node == NULL ? NULL : &node->key)) != NULL) {
        const struct ram_message *m = node->value.ptr;
        int64_t at_ms = (int64_t)node->key.at[5];
        out->due++;
        if (at_ms <= out->now_ms && !m->due_armed) out->due_now++;
        if (out->oldest_due_ms == 0 || at_ms < out->oldest_due_ms) out->oldest_due_ms = at_ms;
    }
}

enum err ram_stats(struct store_reader *r, struct store_stats *out)
{
    struct ram_store *s = ram_read_begin(r);
    const struct tree_node *node = NULL;
    *out = (struct store_stats){.now_ms = out->now_ms};
    due_stats(s, out);
    while ((node = tree_after(&s->doubts, node == NULL ? NULL : &node->key)) != NULL) {
        const struct doubt *d = node->value.ptr;
        out->doubts++;
        if (out->oldest_doubt_ms == 0 || d->armed_ms < out->oldest_doubt_ms) out->oldest_doubt_ms = d->armed_ms;
    }
    out->messages = s->messages_total;
    out->arms = (int64_t)(s->arms.count - s->arms.first);
    if (s->batches.first < s->batches.count) {
        const struct ram_batch *first = s->batches.at[s->batches.first].row;
        out->events = (int64_t)(s->batches.at[s->batches.count - 1].id - first->first + 1);
    }
    out->commits = (int64_t)atomic_load(&s->commit_number);
    return ram_read_end(s, ERR_OK);
}
