/* ram: the store in plain memory: opening, transactions, changes. Contract in store/store.h, habits in ram.h. */
#include "store/ram/ram.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum err ram_refuse(struct change *c, enum err code, const char *fmt, ...)
{
    va_list args;
    c->fault.code = code;
    va_start(args, fmt);
    (void)vsnprintf(c->fault.what, sizeof c->fault.what, fmt, args);
    va_end(args);
    return code;
}

void ram_event(struct ram_store *s, struct event e)
{
    if (s->events_count == s->events_capacity) {
        s->events_capacity = s->events_capacity == 0 ? 64 : s->events_capacity * 2;
        s->events = realloc(s->events, s->events_capacity * sizeof *s->events);
        NO_MEMORY_IF(s->events == NULL, "the store in memory");
    }
    s->events[s->events_count++] = e;
}

/* ---- reading ---- */

struct ram_store *ram_read_begin(struct store_reader *r)
{
    struct ram_store *s = ram_of(r->store);
    BUG_IF(atomic_load(&s->in_transaction) && pthread_equal(s->writer, pthread_self()));
    (void)pthread_rwlock_rdlock(&s->lock);
    return s;
}

enum err ram_read_end(struct ram_store *s, enum err code)
{
    (void)pthread_rwlock_unlock(&s->lock);
    return code;
}

struct str ram_out_text(struct arena *a, struct str text, enum err *code)
{
    struct str copy = arena_str(a, text);
    if (copy.at == NULL) *code = ERR_LIMIT;
    return copy;
}

static enum err reader_open(struct store *base, struct store_reader **out, struct fault *f)
{
    struct store_reader *r = calloc(1, sizeof *r);
    if (r == NULL) return fault_set(f, ERR_FULL, "no memory for a reader");
    r->store = base;
    *out = r;
    return ERR_OK;
}

static void reader_close(struct store_reader *r)
{
    free(r);
}

/* ---- transactions ---- */

static enum err begin(struct store *base, struct fault *f)
{
    struct ram_store *s = ram_of(base);
    (void)f;
    BUG_IF(atomic_load(&s->in_transaction) && pthread_equal(s->writer, pthread_self()));
    (void)pthread_rwlock_wrlock(&s->lock);
    s->writer = pthread_self();
    atomic_store(&s->in_transaction, true);
    return ERR_OK;
}

static void end(struct ram_store *s)
{
    s->events_count = 0;
    atomic_store(&s->in_transaction, false);
    (void)pthread_rwlock_unlock(&s->lock);
}

static enum err commit(struct store *base, struct fault *f)
{
    struct ram_store *s = ram_of(base);
    (void)f;
    BUG_IF(!atomic_load(&s->in_transaction));
    ram_events_commit(s);
    ram_settle(s);
    atomic_fetch_add(&s->commit_number, 1);
    end(s);
    return ERR_OK;
}

static void rollback(struct store *base)
{
    struct ram_store *s = ram_of(base);
    BUG_IF(!atomic_load(&s->in_transaction));
    ram_undo_to(s, 0);
    ram_settle(s);
    end(s);
}

static uint64_t commit_number(struct store *base)
{
    return atomic_load(&ram_of(base)->commit_number);
}

static void idle(struct store *base)
{
    (void)base;
}

static enum err backup(struct store *base, const char *path, struct fault *f)
{
    (void)base;
    return fault_set(f, ERR_UNAVAILABLE, "a store in memory cannot be copied to %s", path);
}

/* ---- changes ---- */

static enum err (*const kinds[])(struct ram_store *s, struct change *c) = {
    [CHANGE_ORG] = ram_apply_org,
    [CHANGE_PROGRAM] = ram_apply_program,
    [CHANGE_SENDERS] = ram_apply_senders,
    [CHANGE_KEY] = ram_apply_key,
    [CHANGE_LIST] = ram_apply_list,
    [CHANGE_CONTACTS] = ram_apply_contacts,
    [CHANGE_CONTACT_DELETE] = ram_apply_contact_delete,
    [CHANGE_CONSENT] = ram_apply_consent,
    [CHANGE_CAMPAIGN] = ram_apply_campaign,
    [CHANGE_CAMPAIGN_STATE] = ram_apply_campaign_state,
    [CHANGE_FREEZE] = ram_apply_freeze,
    [CHANGE_ADMIT] = ram_apply_admit,
    [CHANGE_CANCEL] = ram_apply_cancel,
    [CHANGE_ARM] = ram_apply_arm,
    [CHANGE_OUTCOME] = ram_apply_outcome,
    [CHANGE_STATUS] = ram_apply_status,
    [CHANGE_INBOUND] = ram_apply_inbound,
    [CHANGE_DOUBT] = ram_apply_doubt,
    [CHANGE_BIND] = ram_apply_bind,
    [CHANGE_RECOVER] = ram_apply_recover,
    [CHANGE_IMPORT] = ram_apply_import,
    [CHANGE_ENDPOINT] = ram_apply_endpoint,
    [CHANGE_HOOKS] = ram_apply_hooks,
    [CHANGE_META] = ram_apply_meta,
    [CHANGE_LEARNED] = ram_apply_learned,
    [CHANGE_SENDER_EVENT] = ram_apply_sender_event,
    [CHANGE_REGISTRATION] = ram_apply_registration,
    [CHANGE_LOOKUP] = ram_apply_lookup,
    [CHANGE_HYGIENE] = ram_apply_hygiene,
    [CHANGE_VERIFICATION] = ram_apply_verification,
    [CHANGE_VERIFY_SERVICE] = ram_apply_verify_service,
    [CHANGE_ACCOUNT] = ram_apply_account,
    [CHANGE_OWNED] = ram_apply_owned,
    [CHANGE_DRIFT] = ram_apply_drift,
    [CHANGE_NUMBERS] = ram_apply_numbers,
    [CHANGE_TRIM] = ram_apply_trim,
};

static void apply(struct store *base, struct change *c)
{
    struct ram_store *s = ram_of(base);
    size_t mark = ram_undo_mark(s), events = s->events_count;
    int seen;
    BUG_IF(!atomic_load(&s->in_transaction) || c->kind < CHANGE_ORG || c->kind > CHANGE_TRIM);
    fault_clear(&c->fault);
    c->result = ERR_OK;
    seen = c->idem == NULL ? 0 : ram_answer_lookup(s, c);
    if (seen != 0) {
        c->result = seen < 0 ? ERR_CONFLICT : ERR_OK;
        return;
    }
    c->result = kinds[c->kind](s, c);
    if (c->result == ERR_OK && c->idem != NULL) c->result = ram_answer_store(s, c);
    if (c->result == ERR_OK) return;
    ram_undo_to(s, mark);
    s->events_count = events;
}

/* ---- opening and closing ---- */

static void free_trees(struct ram_store *s)
{
    for (size_t i = 0; i < s->lists.count; i++) tree_free(&((struct ram_list *)s->lists.at[i].row)->members);
    for (size_t i = 0; i < s->campaigns.count; i++) tree_free(&((struct ram_campaign *)s->campaigns.at[i].row)->errors);
    tree_free(&s->consent_sids);
    tree_free(&s->chains);
    tree_free(&s->inbound_sids);
    tree_free(&s->due);
    tree_free(&s->doubts);
    tree_free(&s->days);
    tree_free(&s->recent);
    tree_free(&s->facts);
    tree_free(&s->lines);
    tree_free(&s->lookup_use);
    tree_free(&s->verify_use);
    tree_free(&s->verify_services);
    tree_free(&s->accounts);
    tree_free(&s->drifts);
    tree_free(&s->learned);
    tree_free(&s->retries);
    tree_free(&s->answers);
    tree_free(&s->metas);
}

static void close_store(struct store *base)
{
    struct ram_store *s = ram_of(base);
    struct table *tables[] = {&s->orgs, &s->programs, &s->senders, &s->keys, &s->lists, &s->contacts, &s->consents,
                              &s->campaigns, &s->runs, &s->messages, &s->arms, &s->batches, &s->inbound, &s->imports,
                              &s->endpoints, &s->acknowledgements, &s->registrations, &s->registration_notes,
                              &s->hygienes, &s->verifications, &s->owned};
    if (atomic_load(&s->in_transaction)) rollback(base);
    free_trees(s);
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) free(tables[i]->at);
    map_free(&s->messages_by_id);
    map_free(&s->numbers);
    ram_free_all(s);
    free(s->events);
    (void)pthread_rwlock_destroy(&s->lock);
    free(s);
}

/* Reads see the last commit, and there is nothing to save. */
static void reader_hold(struct store_reader *r)
{
    (void)r;
}

static const struct store_ops ops = {
    .close = close_store,
    .begin = begin,
    .apply = apply,
    .commit = commit,
    .rollback = rollback,
    .commit_number = commit_number,
    .idle = idle,
    .backup = backup,
    .reader_open = reader_open,
    .reader_close = reader_close,
    .reader_hold = reader_hold,
    .reader_release = reader_hold,
    .org_get = ram_org_get,
    .org_by_slug = ram_org_by_slug,
    .org_by_hook_path = ram_org_by_hook_path,
    .orgs = ram_orgs,
    .programs = ram_programs,
    .senders = ram_senders,
    .sender_by_address = ram_sender_by_address,
    .key_by_hash = ram_key_by_hash,
    .keys = ram_keys,
    .contact_get = ram_contact_get,
    .contact_by_number = ram_contact_by_number,
    .contacts = ram_contacts,
    .list_by_name = ram_list_by_name,
    .list_get = ram_list_get,
    .lists = ram_lists,
    .consent_get = ram_consent_get,
    .consents = ram_consents,
    .consent_holds = ram_consent_holds,
    .consent_head = ram_consent_head,
    .campaign_get = ram_campaign_get,
    .campaigns = ram_campaigns,
    .campaigns_live = ram_campaigns_live,
    .runs = ram_runs,
    .draw_run = ram_draw_run,
    .draw_due = ram_draw_due,
    .due_lanes = ram_due_lanes,
    .due_earliest = ram_due_earliest,
    .message_get = ram_message_get,
    .messages = ram_messages,
    .messages_to = ram_messages_to,
    .sid_taken = ram_sid_taken,
    .messages_stuck = ram_messages_stuck,
    .campaign_errors = ram_campaign_errors,
    .campaign_carriers = ram_campaign_carriers,
    .acknowledgements = ram_acknowledgements,
    .campaign_reasons = ram_campaign_reasons,
    .doubts = ram_doubts,
    .arms_recent = ram_arms_recent,
    .arms_answered = ram_arms_answered,
    .day_uses = ram_day_uses,
    .recent_sends = ram_recent_sends,
    .number_facts = ram_number_facts,
    .inbounds = ram_inbounds,
    .inbound_by_sid = ram_inbound_by_sid,
    .inbound_latest = ram_inbound_latest,
    .learned = ram_learned,
    .events = ram_events,
    .event_newest = ram_event_newest,
    .event_get = ram_event_get,
    .endpoints = ram_endpoints,
    .hook_retries = ram_hook_retries,
    .import_get = ram_import_get,
    .imports = ram_imports,
    .imports_running = ram_imports_running,
    .line_get = ram_line_get,
    .lookups_used = ram_lookups_used,
    .hygiene_get = ram_hygiene_get,
    .verification_get = ram_verification_get,
    .verification_of = ram_verification_of,
    .verifications_over = ram_verifications_over,
    .verify_service_get = ram_verify_service_get,
    .hygienes_running = ram_hygienes_running,
    .account_get = ram_account_get,
    .accounts_due = ram_accounts_due,
    .owned_get = ram_owned_get,
    .owned_list = ram_owned_list,
    .owned_by_number = ram_owned_by_number,
    .owned_due = ram_owned_due,
    .drift_get = ram_drift_get,
    .drifts_due = ram_drifts_due,
    .registration_get = ram_registration_get,
    .registrations = ram_registrations,
    .registrations_due = ram_registrations_due,
    .registration_notes = ram_registration_notes,
    .answer_get = ram_answer_get,
    .meta_get = ram_meta_get,
    .stats = ram_stats,
};

uint64_t store_ram_moves(const struct store *s, enum message_state from, enum message_state to)
{
    const struct ram_store *ram = (const struct ram_store *)(const void *)s;
    return ram->moves[from][to];
}

enum err store_ram_open(struct store **out, struct fault *f)
{
    struct ram_store *s = calloc(1, sizeof *s);
    if (s == NULL) return fault_set(f, ERR_FULL, "no memory for a store");
    s->base.ops = &ops;
    (void)pthread_rwlock_init(&s->lock, NULL);
    *out = &s->base;
    return ERR_OK;
}
