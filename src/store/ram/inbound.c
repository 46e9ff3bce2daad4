/* inbound: texts from people, and imports, in memory. */
#include "store/ram/ram.h"

#include "base/mutant.h"

#include <string.h>

enum err ram_apply_inbound(struct ram_store *s, struct change *base)
{
    struct change_inbound *c = (struct change_inbound *)base;
    struct inbound *in = &c->inbound, *row;
    struct org *o = ram_org(s, in->org);
    struct tree_key key = ram_sid_key(in->org, in->sid);
    struct ram_of_number *known = ram_number(s, in->org, in->from);
    c->consent_applied = false;
    if (o == NULL) return ram_refuse(base, ERR_NOT_FOUND, "there is no such organization");
    if (in->sid[0] == 0) return ram_refuse(base, ERR_INVALID, "an inbound message has a SID");
    c->duplicate = tree_get(&s->inbound_sids, &key) != NULL && !MUTANT(inbound_counts_twice);
    if (c->duplicate) return ERR_OK;
    RAM_SET(s, s->counters[RAM_INBOUND], s->counters[RAM_INBOUND] + 1);
    in->id = s->counters[RAM_INBOUND];
    row = ram_new(s, sizeof *row);
    *row = *in;
    row->body = ram_text(s, in->body);
    ram_table_add(s, &s->inbound, row->id, row);
    ram_tree_put(s, &s->inbound_sids, &key, (union map_value){.ptr = row});
    ram_event(s, (struct event){.org = in->org, .type = EVENT_INBOUND, .ref = in->id, .state = (uint8_t)in->keyword,
                                .at_ms = in->received_ms});
    if (c->consent != CONSENT_NONE) {
        struct consent e = {.org = in->org, .number = in->from, .kind = c->consent, .at_ms = in->at_ms,
                            .recorded_ms = in->received_ms, .source = inbound_consent_source(in), .evidence = in->body,
                            .scope = c->scope, .scope_id = c->scope_id};
        if (c->consent == CONSENT_OPT_IN) e.basis = inbound_consent_basis(in);
        memcpy(e.sid, in->sid, sizeof e.sid);
        c->consent_applied = ram_consent(s, &e);
    }
    if (c->sender != 0 && known != NULL && known->contact != NULL) RAM_SET(s, known->contact->sender, c->sender);
    ram_number_wrote(s, in->org, in->from, in->received_ms);
    if (in->at_ms > o->inbound_seen_ms) RAM_SET(s, o->inbound_seen_ms, in->at_ms);
    return ERR_OK;
}

static enum err inbound_out(struct arena *a, const struct inbound *row, struct inbound *out)
{
    enum err code = ERR_OK;
    *out = *row;
    out->body = ram_out_text(a, row->body, &code);
    return code;
}

enum err ram_inbounds(struct store_reader *r, struct arena *a, org_id org, uint64_t before, struct inbound *out,
                      size_t *count)
{
    struct ram_store *s = ram_read_begin(r);
    size_t room = *count;
    enum err code = ERR_OK;
    *count = 0;
    for (size_t i = s->inbound.count; i > 0 && *count < room && code == ERR_OK; i--) {
        const struct inbound *row = s->inbound.at[i - 1].row;
        if (row->org == org && (before == 0 || row->id < before)) code = inbound_out(a, row, &out[(*count)++]);
    }
    return ram_read_end(s, code);
}

enum err ram_inbound_by_sid(struct store_reader *r, struct arena *a, org_id org, struct str sid, struct inbound *out)
{
    struct ram_store *s = ram_read_begin(r);
    char text[SID_BYTES];
    struct tree_key key;
    union map_value *value;
    if (str_copy(sid, text, sizeof text) != ERR_OK || text[0] == 0) return ram_read_end(s, ERR_NOT_FOUND);
    key = ram_sid_key(org, text);
    value = tree_get(&s->inbound_sids, &key);
    return ram_read_end(s, value == NULL ? ERR_NOT_FOUND : inbound_out(a, value->ptr, out));
}

enum err ram_inbound_latest(struct store_reader *r, org_id org, uint64_t number, int64_t *at_ms)
{
    struct ram_store *s = ram_read_begin(r);
    bool found = false;
    for (size_t i = 0; i < s->inbound.count; i++) {
        const struct inbound *row = s->inbound.at[i].row;
        if (row->org != org || row->from != number || (found && row->at_ms <= *at_ms)) continue;
        *at_ms = row->at_ms;
        found = true;
    }
    return ram_read_end(s, found ? ERR_OK : ERR_NOT_FOUND);
}

/* ---- imports ---- */

enum err ram_import_store(struct ram_store *s, struct change *c, struct import_job *j)
{
    struct import_job *row = j->id == 0 ? NULL : ram_row(&s->imports, j->id);
    if (ram_org(s, j->org) == NULL || (j->id != 0 && (row == NULL || row->org != j->org)))
        return ram_refuse(c, ERR_NOT_FOUND, "there is no such organization or import");
    if (row == NULL) {
        row = ram_new(s, sizeof *row);
        RAM_SET(s, s->counters[RAM_IMPORTS], s->counters[RAM_IMPORTS] + 1);
        j->id = s->counters[RAM_IMPORTS];
        *row = *j;
        row->file = ram_text(s, j->file);
        row->why = ram_text(s, j->why);
        ram_table_add(s, &s->imports, j->id, row);
    } else {
        struct import_job old = *row;
        ram_touch(s, row, sizeof *row);
        *row = *j;
        row->created_ms = old.created_ms;
        row->file = old.file;
        row->why = old.why;
        ram_set_text(s, &row->file, j->file);
        ram_set_text(s, &row->why, j->why);
    }
    ram_event(s, (struct event){.org = j->org, .type = EVENT_IMPORT, .ref = j->id, .state = (uint8_t)j->state,
                                .at_ms = j->finished_ms != 0 ? j->finished_ms : j->created_ms});
    return ERR_OK;
}

enum err ram_apply_import(struct ram_store *s, struct change *c)
{
    struct change_import *i = (struct change_import *)c;
    if (i->attestation != NULL && i->job.id == 0 && ram_org(s, i->job.org) != NULL) {
        (void)ram_consent(s, i->attestation);
        i->job.attestation = i->attestation->id;
    }
    return ram_import_store(s, c, &i->job);
}

static enum err import_out(struct arena *a, const struct import_job *row, struct import_job *out)
{
    enum err code = ERR_OK;
    *out = *row;
    out->file = ram_out_text(a, row->file, &code);
    out->why = ram_out_text(a, row->why, &code);
    return code;
}

enum err ram_import_get(struct store_reader *r, struct arena *a, org_id org, uint64_t id, struct import_job *out)
{
    struct ram_store *s = ram_read_begin(r);
    const struct import_job *row = ram_row(&s->imports, id);
    return ram_read_end(s, row == NULL || row->org != org ? ERR_NOT_FOUND : import_out(a, row, out));
}

enum err ram_imports(struct store_reader *r, struct arena *a, org_id org, uint64_t before, struct import_job *out,
                     size_t *count)
{
    struct ram_store *s = ram_read_begin(r);
    size_t room = *count;
    enum err code = ERR_OK;
    *count = 0;
    for (size_t i = s->imports.count; i > 0 && *count < room && code == ERR_OK; i--) {
        const struct import_job *row = s->imports.at[i - 1].row;
        if (row->org == org && (before == 0 || row->id < before)) code = import_out(a, row, &out[(*count)++]);
    }
    return ram_read_end(s, code);
}

enum err ram_imports_running(struct store_reader *r, struct arena *a, struct import_job *out, size_t *count)
{
    struct ram_store *s = ram_read_begin(r);
    size_t room = *count;
    enum err code = ERR_OK;
    *count = 0;
    for (size_t i = 0; i < s->imports.count && *count < room && code == ERR_OK; i++) {
        const struct import_job *row = s->imports.at[i].row;
        if (row->state == IMPORT_RUNNING) code = import_out(a, row, &out[(*count)++]);
    }
    return ram_read_end(s, code);
}
