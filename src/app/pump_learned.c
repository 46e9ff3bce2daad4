/*
 * pump_learned: what limits learned from "too fast" outlives a restart.
 *
 * The engine says when a limit learned; the store keeps the last word of each. On start each is told again with
 * its age, so that it grows back as if there had been no restart. What has long grown back is forgotten.
 */
#include "app/pump_inside.h"

#include <stdlib.h>

enum { ROWS_MAX = 512, GROWN_BACK_WINDOWS = 8 };

struct learned_job {
    struct pump_job job;
    struct change_learned change;
    struct learned_limit row;
};

static void finished(struct pump *p, struct pump_job *job)
{
    (void)p;
    if (job->change->result != ERR_OK)
        log_event(LOG_WARN, "learned_not_kept", log_text("what", job->change->fault.what));
    free(job);
}

/* Without memory it is not kept: after a restart the provider says it again. */
static void keep(struct pump *p, struct learned_limit row)
{
    struct learned_job *j = calloc(1, sizeof *j);

    if (j == NULL) return;
    j->row = row;
    j->change = (struct change_learned){.head = {.kind = CHANGE_LEARNED}, .rows = &j->row, .count = 1};
    j->job.change = &j->change.head;
    j->job.finish = finished;
    pump_submit(p, &j->job);
}

static void first_of(void *ctx, const struct directory_org *o)
{
    org_id *org = ctx;

    if (*org == 0 || o->id < *org) *org = o->id;
}

/* An account's limit is kept under one of its organizations. */
void pump_learned(struct pump *p, const struct command *c)
{
    const struct engine_limit *l = &c->limit;
    struct learned_limit row = {.org = l->org, .scope = (uint8_t)l->scope, .program = l->program, .sender = l->sender,
                                .carrier = l->carrier, .slot = l->slot, .units = c->learned_units,
                                .at_ms = p->wall_ms - c->learned_ago_ms};

    if (row.org == 0) directory_each_of_account(p->directory, l->account, first_of, &row.org);
    if (row.org != 0) keep(p, row);
}

/* ---- on start ---- */

static void restore_one(struct pump *p, const struct directory_org *o, struct learned_limit row)
{
    struct engine_limit l = {.scope = (enum engine_scope)row.scope, .account = o->account, .program = row.program,
                             .sender = row.sender, .carrier = row.carrier, .slot = row.slot};
    int64_t ago_ms = p->wall_ms > row.at_ms ? p->wall_ms - row.at_ms : 0;

    if (row.scope >= SCOPES || ago_ms > GROWN_BACK_WINDOWS * directory_window_max_ms(p->directory)) {
        row.units = 0;
        keep(p, row);
        return;
    }
    if (l.scope != SCOPE_ACCOUNT) l.org = row.org;
    engine_restore_learned(p->engine, &l, row.units, ago_ms);
}

struct restoring {
    struct pump *p;
    struct learned_limit *rows;
    enum err result;
};

static void restore_org(void *ctx, const struct directory_org *o)
{
    struct restoring *r = ctx;
    size_t count = ROWS_MAX;

    if (r->result == ERR_OK) r->result = r->p->ops->learned(r->p->reader, o->id, r->rows, &count);
    for (size_t n = 0; n < count && r->result == ERR_OK; n++) restore_one(r->p, o, r->rows[n]);
}

enum err pump_learned_restore(struct pump *p)
{
    struct restoring r = {.p = p, .rows = calloc(ROWS_MAX, sizeof *r.rows)};

    if (r.rows == NULL) return ERR_FULL;
    for (uint32_t account = 1; account <= directory_accounts(p->directory); account++)
        directory_each_of_account(p->directory, account, restore_org, &r);
    free(r.rows);
    return r.result;
}
