/* registrations: programs on their way through the registries, in memory. */
#include "store/ram/ram.h"

static bool program_is_taken(const struct ram_store *s, const struct registration *g)
{
    for (size_t i = 0; i < s->registrations.count; i++) {
        const struct registration *row = s->registrations.at[i].row;
        if (row->org == g->org && row->program == g->program && row->state != ONBOARDING_CANCELED && row->id != g->id &&
            row->kind != BRAND_TOLL_FREE)
            return true;
    }
    return false;
}

static void insert(struct ram_store *s, struct registration *g)
{
    struct registration *row = ram_new(s, sizeof *row);
    RAM_SET(s, s->counters[RAM_REGISTRATIONS], s->counters[RAM_REGISTRATIONS] + 1);
    g->id = s->counters[RAM_REGISTRATIONS];
    g->rev = 1;
    *row = *g;
    row->facts = ram_text(s, g->facts);
    row->progress = ram_text(s, g->progress);
    row->why = ram_text(s, g->why);
    ram_table_add(s, &s->registrations, g->id, row);
}

static void update(struct ram_store *s, struct registration *row, struct registration *g)
{
    struct registration old = *row;

    g->program = old.program;
    g->kind = old.kind;
    g->created_ms = old.created_ms;
    g->rev = old.rev + 1;
    ram_touch(s, row, sizeof *row);
    *row = *g;
    row->facts = old.facts;
    row->progress = old.progress;
    row->why = old.why;
    ram_set_text(s, &row->facts, g->facts);
    ram_set_text(s, &row->progress, g->progress);
    ram_set_text(s, &row->why, g->why);
}

static enum err put(struct ram_store *s, struct change *c, struct registration *g)
{
    struct registration *row = g->id == 0 ? NULL : ram_row(&s->registrations, g->id);
    struct registration probe = *g;

    if (g->id == 0 && (ram_org(s, g->org) == NULL || ram_program(s, g->org, g->program) == NULL))
        return ram_refuse(c, ERR_NOT_FOUND, "there is no such organization or program");
    if (g->id != 0 && (row == NULL || row->org != g->org))
        return ram_refuse(c, ERR_NOT_FOUND, "there is no such registration");
    if (row != NULL && row->rev != g->rev)
        return ram_refuse(c, ERR_CONFLICT, "the registration was changed meanwhile; look at it again");
    if (row != NULL) {
        probe.program = row->program;
        probe.kind = row->kind;
    }
    if (g->state != ONBOARDING_CANCELED && probe.kind != BRAND_TOLL_FREE && program_is_taken(s, &probe))
        return ram_refuse(c, ERR_CONFLICT, "the program has a registration; look at that, or cancel it first");
    if (row == NULL) insert(s, g);
    else update(s, row, g);
    return ERR_OK;
}

enum err ram_apply_registration(struct ram_store *s, struct change *base)
{
    struct change_registration *c = (struct change_registration *)base;
    struct registration *g = &c->registration;
    enum err code = put(s, base, g);

    if (code != ERR_OK) return code;
    if (c->note.step.len > 0) {
        struct registration_note *n = &c->note, *row = ram_new(s, sizeof *row);
        RAM_SET(s, s->counters[RAM_REGISTRATION_NOTES], s->counters[RAM_REGISTRATION_NOTES] + 1);
        n->id = s->counters[RAM_REGISTRATION_NOTES];
        n->org = g->org;
        n->registration = g->id;
        *row = *n;
        row->step = ram_text(s, n->step);
        row->outcome = ram_text(s, n->outcome);
        row->words = ram_text(s, n->words);
        ram_table_add(s, &s->registration_notes, n->id, row);
    }
    ram_event(s, (struct event){.org = g->org, .type = EVENT_REGISTRATION, .ref = g->id, .state = (uint8_t)g->state,
                                .code = g->code, .at_ms = g->updated_ms});
    return ERR_OK;
}

static enum err out_of(struct arena *a, const struct registration *row, struct registration *out)
{
    enum err code = ERR_OK;
    *out = *row;
    out->facts = ram_out_text(a, row->facts, &code);
    out->progress = ram_out_text(a, row->progress, &code);
    out->why = ram_out_text(a, row->why, &code);
    return code;
}

enum err ram_registration_get(struct store_reader *r, struct arena *a, org_id org, uint64_t id,
                              struct registration *out)
{
    struct ram_store *s = ram_read_begin(r);
    const struct registration *row = ram_row(&s->registrations, id);
    return ram_read_end(s, row == NULL || row->org != org ? ERR_NOT_FOUND : out_of(a, row, out));
}

enum err ram_registrations(struct store_reader *r, struct arena *a, org_id org, uint64_t before,
                           struct registration *out, size_t *count)
{
    struct ram_store *s = ram_read_begin(r);
    size_t room = *count;
    enum err code = ERR_OK;
    *count = 0;
    for (size_t i = s->registrations.count; i > 0 && *count < room && code == ERR_OK; i--) {
        const struct registration *row = s->registrations.at[i - 1].row;
        if (row->org == org && (before == 0 || row->id < before)) code = out_of(a, row, &out[(*count)++]);
    }
    return ram_read_end(s, code);
}

static bool is_before(int64_t at_ms, uint64_t id, int64_t other_ms, uint64_t other)
{
    return at_ms != other_ms ? at_ms < other_ms : id < other;
}

/* The one that follows the given pair. */
static const struct registration *next_due(const struct ram_store *s, int64_t until_ms, int64_t after_ms,
                                           uint64_t after_id)
{
    const struct registration *best = NULL;

    for (size_t i = 0; i < s->registrations.count; i++) {
        const struct registration *row = s->registrations.at[i].row;
        if (row->next_ms <= 0 || row->next_ms > until_ms || !is_before(after_ms, after_id, row->next_ms, row->id))
            continue;
        if (best == NULL || is_before(row->next_ms, row->id, best->next_ms, best->id)) best = row;
    }
    return best;
}

enum err ram_registrations_due(struct store_reader *r, struct arena *a, int64_t until_ms, int64_t after_ms,
                               uint64_t after_id, struct registration *out, size_t *count)
{
    struct ram_store *s = ram_read_begin(r);
    size_t room = *count;
    enum err code = ERR_OK;
    *count = 0;
    while (*count < room && code == ERR_OK) {
        const struct registration *row = next_due(s, until_ms, after_ms, after_id);
        if (row == NULL) break;
        after_ms = row->next_ms;
        after_id = row->id;
        code = out_of(a, row, &out[(*count)++]);
    }
    return ram_read_end(s, code);
}

enum err ram_registration_notes(struct store_reader *r, struct arena *a, org_id org, uint64_t registration,
                                uint64_t after, struct registration_note *out, size_t *count)
{
    struct ram_store *s = ram_read_begin(r);
    size_t room = *count;
    enum err code = ERR_OK;
    *count = 0;
    for (size_t i = ram_row_after(&s->registration_notes, after);
         i < s->registration_notes.count && *count < room && code == ERR_OK; i++) {
        const struct registration_note *row = s->registration_notes.at[i].row;
        if (row->org != org || row->registration != registration) continue;
        out[*count] = *row;
        out[*count].step = ram_out_text(a, row->step, &code);
        out[*count].outcome = ram_out_text(a, row->outcome, &code);
        out[(*count)++].words = ram_out_text(a, row->words, &code);
    }
    return ram_read_end(s, code);
}
