/* consent: the ledger in memory. */
#include "store/ram/ram.h"

#include <stdio.h>
#include <string.h>

bool ram_opted_out(const struct ram_store *s, org_id org, uint64_t number)
{
    const struct ram_of_number *known = ram_number(s, org, number);
    return known != NULL && known->consent != NULL && known->consent->kind == CONSENT_OPT_OUT;
}

/* In the order of the provider's dates; on the same date an opt-out stands above the rest. */
static bool stands_above(const struct consent *news, const struct consent *held)
{
    if (held == NULL || news->at_ms > held->at_ms) return true;
    return news->at_ms == held->at_ms && news->kind == CONSENT_OPT_OUT && held->kind == CONSENT_OPT_IN;
}

bool ram_consent(struct ram_store *s, const struct consent *event, uint64_t *id)
{
    struct tree_key key = ram_sid_key(event->org, event->sid);
    struct ram_of_number *known;
    struct consent *row;
    if (event->sid[0] != 0 && tree_get(&s->consent_sids, &key) != NULL) return false;
    RAM_SET(s, s->counters[RAM_CONSENTS], s->counters[RAM_CONSENTS] + 1);
    row = ram_new(s, sizeof *row);
    *row = *event;
    *id = row->id = s->counters[RAM_CONSENTS];
    row->source = ram_text(s, event->source);
    row->evidence = ram_text(s, event->evidence);
    ram_table_add(s, &s->consents, row->id, row);
    if (event->sid[0] != 0) ram_tree_put(s, &s->consent_sids, &key, (union map_value){.ptr = row});
    known = ram_number_put(s, event->org, event->number);
    if (!stands_above(row, known->consent)) return false;
    RAM_SET(s, known->consent, row);
    ram_event(s, (struct event){.org = row->org, .type = EVENT_CONSENT, .ref = row->number,
                                .state = (uint8_t)row->kind, .at_ms = row->at_ms});
    return true;
}

void ram_suppress(struct ram_store *s, org_id org, uint64_t number, int32_t error_code, int64_t now_ms)
{
    char evidence[32];
    uint64_t id;
    (void)snprintf(evidence, sizeof evidence, "error %d", error_code);
    (void)ram_consent(s, &(struct consent){.org = org, .number = number, .kind = CONSENT_OPT_OUT, .at_ms = now_ms,
                                           .source = STR("provider"), .evidence = str_from(evidence)}, &id);
}

enum err ram_apply_consent(struct ram_store *s, struct change *base)
{
    struct change_consent *c = (struct change_consent *)base;
    c->applied = false;
    if (ram_org(s, c->event.org) == NULL)
        return ram_refuse(base, ERR_NOT_FOUND, "there is no organization %u", c->event.org);
    if (c->event.kind != CONSENT_OPT_IN && c->event.kind != CONSENT_OPT_OUT)
        return ram_refuse(base, ERR_INVALID, "a consent event is an opt-in or an opt-out");
    if (c->entered && c->event.kind == CONSENT_OPT_OUT) {
        const struct ram_of_number *known = ram_number(s, c->event.org, c->event.number);
        if (known != NULL && known->consent != NULL && known->consent->at_ms > c->event.at_ms)
            c->event.at_ms = known->consent->at_ms;
    }
    c->applied = ram_consent(s, &c->event, &c->event.id);
    return ERR_OK;
}

static void consent_out(struct arena *a, const struct consent *row, struct consent *out, enum err *code)
{
    *out = *row;
    out->source = ram_out_text(a, row->source, code);
    out->evidence = ram_out_text(a, row->evidence, code);
}

enum err ram_consent_get(struct store_reader *r, struct arena *a, org_id org, uint64_t number, struct consent *out)
{
    struct ram_store *s = ram_read_begin(r);
    const struct ram_of_number *known = ram_number(s, org, number);
    enum err code = ERR_OK;
    if (known == NULL || known->consent == NULL) return ram_read_end(s, ERR_NOT_FOUND);
    consent_out(a, known->consent, out, &code);
    return ram_read_end(s, code);
}

enum err ram_consents(struct store_reader *r, struct arena *a, org_id org, uint64_t number, uint64_t after,
                      struct consent *out, size_t *count)
{
    struct ram_store *s = ram_read_begin(r);
    size_t room = *count;
    enum err code = ERR_OK;
    *count = 0;
    for (size_t i = ram_row_after(&s->consents, after); i < s->consents.count && *count < room; i++) {
        const struct consent *row = s->consents.at[i].row;
        if (row->org == org && (number == 0 || row->number == number)) consent_out(a, row, &out[(*count)++], &code);
    }
    return ram_read_end(s, code);
}
