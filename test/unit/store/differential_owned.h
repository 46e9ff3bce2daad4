/* Changes of senders, numbers, drift and verifications, at random: a part of differential_test.c, which alone includes
 * it. */
#ifndef STERLING_TEST_STORE_DIFFERENTIAL_OWNED_H
#define STERLING_TEST_STORE_DIFFERENTIAL_OWNED_H

/* As it is now, or as it was before somebody changed it. */
static void sender_was(struct world *w, struct any *c, org_id org, uint32_t id)
{
    size_t count = 1;

    if (id == 0 || w->ram.ops->senders(w->ram.reader, org, id - 1, &c->sender_was, &count) != ERR_OK || count == 0)
        return;
    if (below(w, 2)) c->sender_was.verified = !c->sender_was.verified;
    c->senders.was = &c->sender_was;
}

static void make_senders(struct world *w, struct any *c, org_id org)
{
    c->head.kind = CHANGE_SENDERS;
    c->senders.senders = c->sender_rows;
    c->senders.count = 1 + below(w, 2);
    for (size_t i = 0; i < c->senders.count; i++) {
        struct sender *n = &c->sender_rows[i];
        *n = (struct sender){.id = (uint32_t)(below(w, 2) * below(w, 6)), .org = org, .program = below(w, 4)
                ? org : 1, .kind = below(w, 2) ? SENDER_LONG_CODE : SENDER_ALPHA,
                             .state = (enum sender_state)(1 + below(w, 3)), .created_ms = w->now_ms};
        if (below(w, 2)) memcpy(n->registered, "GB SG", 6);
        (void)snprintf(n->address, sizeof n->address, "addr%llu", (unsigned long long)below(w, 9));
    }
    if (below(w, 2)) sender_was(w, c, org, c->sender_rows[0].id);
}

static void make_owned(struct world *w, struct any *c)
{
    org_id org = any_org(w);
    struct owned_number known = {.id = below(w, 6)}, *n = &c->owned_rows[0];
    struct drift old = {0};

    if (below(w, 4) == 0) {
        c->head.kind = CHANGE_DRIFT;
        (void)w->ram.ops->drift_get(w->ram.reader, &w->ram.arena, org, &old);
        c->drift.drift = (struct drift){.org = org, .state = (enum drift_state)(1 + below(w, 3)),
                                        .rev = old.rev + (below(w, 6) == 0), .findings = text(w, c, 0, "found"),
                                        .why = text(w, c, 1, "why"), .count = (uint32_t)below(w, 3),
                                        .looked_ms = w->now_ms, .next_ms = (int64_t)below(w, 2) * w->now_ms};
        c->drift.told = below(w, 2) == 0;
        return;
    }
    c->head.kind = CHANGE_OWNED;
    (void)w->ram.ops->owned_get(w->ram.reader, &w->ram.arena, org, known.id, &known);
    *n = (struct owned_number){.id = known.id, .program = below(w, 8) == 0 ? 1 : org,
                               .state = (enum owned_state)(1 + below(w, 10)), .kind = OWNED_LOCAL,
                               .rev = known.rev + (below(w, 6) == 0), .wish = text(w, c, 0, "wish"),
                               .why = text(w, c, 1, "why"), .code = (int32_t)below(w, 3),
                               .next_ms = (int64_t)below(w, 2) * w->now_ms, .created_ms = w->now_ms,
                               .updated_ms = w->now_ms};
    if (below(w, 2) == 0)
        (void)snprintf(n->number, sizeof n->number, "+1415555010%u", (unsigned)below(w, 4));
    c->owned_rows[1] = (struct owned_number){.program = org, .state = OWNED_WANTED, .kind = OWNED_TOLL_FREE,
                                             .updated_ms = w->now_ms};
    c->owned.org = org;
    c->owned.rows = c->owned_rows;
    c->owned.count = 1 + below(w, 2);
}

static void make_verification(struct world *w, struct any *c)
{
    org_id org = any_org(w);
    if (below(w, 3) == 0) fill_verify_service(&w->rng, org, w->now_ms, &c->verify_service);
    else fill_verification(&w->rng, w->ram.reader, org, w->now_ms, &c->verification);
}

static void describe_owned(const struct any *c, struct buf *out)
{
    for (size_t i = 0; i < c->owned.count; i++)
        buf_addf(out, " n%llu r%u", (unsigned long long)c->owned_rows[i].id, c->owned_rows[i].rev);
}

#endif
