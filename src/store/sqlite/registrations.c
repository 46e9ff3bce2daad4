/* registrations: programs on their way through the registries, and what became of each step. */
#include "store/sqlite/parts.h"

#include <string.h>

static bool program_is_taken(struct sqlite_store *s, const struct registration *g)
{
    struct query q = query_open(&s->conn, SQL_REGISTRATION_OF_PROGRAM);
    bool found;
    query_int(&q, g->org);
    query_int(&q, g->program);
    query_id(&q, g->id);
    found = query_row(&q);
    query_end(&q);
    return found;
}

static void insert(struct sqlite_store *s, struct registration *g)
{
    struct query q;
    g->id = store_next(s, COUNTER_REGISTRATION);
    g->rev = 1;
    q = query_open(&s->conn, SQL_REGISTRATION_INSERT);
    query_id(&q, g->id);
    query_int(&q, g->org);
    query_int(&q, g->program);
    query_int(&q, g->kind);
    query_int(&q, g->state);
    query_int(&q, g->rev);
    query_str(&q, g->facts);
    query_str(&q, g->progress);
    query_str(&q, g->why);
    query_int(&q, g->code);
    query_int(&q, g->next_ms);
    query_int(&q, g->created_ms);
    query_int(&q, g->updated_ms);
    (void)query_run(&q);
}

static void update(struct sqlite_store *s, struct registration *g)
{
    struct query q = query_open(&s->conn, SQL_REGISTRATION_UPDATE);
    query_int(&q, g->state);
    query_int(&q, g->rev);
    query_str(&q, g->facts);
    query_str(&q, g->progress);
    query_str(&q, g->why);
    query_int(&q, g->code);
    query_int(&q, g->next_ms);
    query_int(&q, g->updated_ms);
    query_int(&q, g->org);
    query_id(&q, g->id);
    (void)query_run(&q);
}

static void registration_read(struct query *q, struct arena *a, struct registration *out)
{
    memset(out, 0, sizeof *out);
    out->id = query_get_id(q);
    out->org = query_get_u32(q);
    out->program = query_get_u32(q);
    out->kind = (enum brand_type)query_get_u8(q);
    out->state = (enum onboarding_state)query_get_u8(q);
    out->rev = query_get_u32(q);
    out->facts = query_get_str(q, a);
    out->progress = query_get_str(q, a);
    out->why = query_get_str(q, a);
    out->code = (int32_t)query_get(q);
    out->next_ms = query_get(q);
    out->created_ms = query_get(q);
    out->updated_ms = query_get(q);
}

/* What is stored now, without its texts. */
static bool known(struct sqlite_store *s, const struct registration *g, struct registration *out)
{
    struct query q = query_open(&s->conn, SQL_REGISTRATION_GET);
    struct arena scratch;
    bool found;

    arena_init(&scratch, REGISTRATION_BYTES_MAX);
    query_int(&q, g->org);
    query_id(&q, g->id);
    found = query_row(&q);
    if (found) registration_read(&q, &scratch, out);
    query_end(&q);
    arena_reset(&scratch);
    out->facts = out->progress = out->why = (struct str){NULL, 0};
    return found;
}

static void note_insert(struct sqlite_store *s, const struct registration *g, struct registration_note *n)
{
    struct query q;
    n->id = store_next(s, COUNTER_REGISTRATION_NOTE);
    n->org = g->org;
    n->registration = g->id;
    q = query_open(&s->conn, SQL_NOTE_INSERT);
    query_id(&q, n->id);
    query_int(&q, n->org);
    query_id(&q, n->registration);
    query_int(&q, n->at_ms);
    query_str(&q, n->step);
    query_str(&q, n->outcome);
    query_text(&q, n->sid);
    query_int(&q, n->code);
    query_str(&q, n->words);
    (void)query_run(&q);
}

static enum err put(struct sqlite_store *s, struct change *c, struct registration *g)
{
    struct registration old = {0};

    if (g->id == 0) {
        if (org_facts(s, g->org) == NULL || !program_exists(s, g->org, g->program))
            return refuse(c, ERR_NOT_FOUND, "there is no such organization or program");
    } else if (!known(s, g, &old))
        return refuse(c, ERR_NOT_FOUND, "there is no registration %llu", (unsigned long long)g->id);
    else if (old.rev != g->rev)
        return refuse(c, ERR_CONFLICT, "the registration was changed meanwhile; look at it again");
    if (g->id != 0) {
        g->program = old.program;
        g->kind = old.kind;
        g->created_ms = old.created_ms;
        g->rev = old.rev + 1;
    }
    if (g->state != ONBOARDING_CANCELED && g->kind != BRAND_TOLL_FREE && program_is_taken(s, g))
        return refuse(c, ERR_CONFLICT, "the program has a registration; look at that, or cancel it first");
    if (g->id == 0) insert(s, g);
    else update(s, g);
    return ERR_OK;
}

enum err apply_registration(struct sqlite_store *s, struct change *base)
{
    struct change_registration *c = (struct change_registration *)base;
    struct registration *g = &c->registration;
    enum err code = put(s, base, g);

    if (code != ERR_OK) return code;
    if (c->note.step.len > 0) note_insert(s, g, &c->note);
    event_add(s, &(struct event){.org = g->org, .type = EVENT_REGISTRATION, .ref = g->id, .state = (uint8_t)g->state,
                                 .code = g->code, .at_ms = g->updated_ms});
    return ERR_OK;
}

enum err sqlite_registration_get(struct store_reader *r, struct arena *a, org_id org, uint64_t id,
                                 struct registration *out)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_REGISTRATION_GET);
    bool found;
    query_int(&q, org);
    query_id(&q, id);
    found = query_row(&q);
    if (found) registration_read(&q, a, out);
    query_end(&q);
    return read_one(c, found);
}

enum err sqlite_registrations(struct store_reader *r, struct arena *a, org_id org, uint64_t before,
                              struct registration *out, size_t *count)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_REGISTRATIONS);
    size_t n = 0;
    query_int(&q, org);
    query_int(&q, before == 0 || before > INT64_MAX ? INT64_MAX : (int64_t)before);
    query_int(&q, (int64_t)*count);
    while (query_row(&q)) registration_read(&q, a, &out[n++]);
    return read_many(c, count, n);
}

enum err sqlite_registrations_due(struct store_reader *r, struct arena *a, int64_t until_ms, int64_t after_ms,
                                  uint64_t after_id, struct registration *out, size_t *count)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_REGISTRATIONS_DUE);
    size_t n = 0;
    query_int(&q, until_ms);
    query_int(&q, after_ms);
    query_id(&q, after_id);
    query_int(&q, (int64_t)*count);
    while (query_row(&q)) registration_read(&q, a, &out[n++]);
    return read_many(c, count, n);
}

enum err sqlite_registration_notes(struct store_reader *r, struct arena *a, org_id org, uint64_t registration,
                                   uint64_t after, struct registration_note *out, size_t *count)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_NOTES);
    size_t n = 0;
    query_int(&q, org);
    query_id(&q, registration);
    query_id(&q, after);
    query_int(&q, (int64_t)*count);
    while (query_row(&q)) {
        struct registration_note *o = &out[n++];
        memset(o, 0, sizeof *o);
        o->id = query_get_id(&q);
        o->org = query_get_u32(&q);
        o->registration = query_get_id(&q);
        o->at_ms = query_get(&q);
        o->step = query_get_str(&q, a);
        o->outcome = query_get_str(&q, a);
        query_get_text(&q, o->sid, sizeof o->sid);
        o->code = (int32_t)query_get(&q);
        o->words = query_get_str(&q, a);
    }
    return read_many(c, count, n);
}
