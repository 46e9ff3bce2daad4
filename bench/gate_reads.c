/* gate_reads: a store with opt-ins, and the two look-ups of each drawn recipient. Contract in gate_reads.h. */
#include "gate_reads.h"

#include "store/store.h"
#include "wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define FIRST UINT64_C(12125550000)

static void apply(struct store *s, struct change *c)
{
    struct fault f = {0};

    if (s->ops->begin(s, &f) != ERR_OK) bench_fail("%s", f.what);
    s->ops->apply(s, c);
    if (c->result != ERR_OK) bench_fail("%s", c->fault.what);
    if (s->ops->commit(s, &f) != ERR_OK) bench_fail("%s", f.what);
}

static org_id fill(struct store *s, long numbers)
{
    struct change_org org = {.head.kind = CHANGE_ORG,
                             .org = {.slug = "acme", .name = STR("Acme"), .region = "US", .state = ORG_ACTIVE,
                                     .share = 1, .hook_path = "acme", .created_ms = 1},
                             .first_program = {.brand_score = -1}};
    struct consent *rows = calloc((size_t)numbers, sizeof *rows);
    struct change_consent c = {.head.kind = CHANGE_CONSENT, .rows = rows, .count = (size_t)numbers};

    if (rows == NULL) bench_fail("no memory");
    apply(s, &org.head);
    for (long i = 0; i < numbers; i++)
        rows[i] = (struct consent){.org = org.org.id, .number = FIRST + (uint64_t)i, .kind = CONSENT_OPT_IN,
                                   .scope = CONSENT_OF_ORG, .basis = CONSENT_BASIS_WRITTEN, .at_ms = 1 + i,
                                   .source = STR("web_form"), .evidence = STR("ticked")};
    apply(s, &c.head);
    free(rows);
    return org.org.id;
}

static double consent_us(struct store_reader *r, org_id org, long messages, long drawn, long numbers)
{
    int64_t from_us = bench_cpu_us();
    struct consent_holds h;

    for (long n = 0; n < messages; n++) {
        uint64_t number = FIRST + (uint64_t)(n * 7919 % numbers);
        if (n % drawn == 0) r->store->ops->reader_hold(r);
        if (r->store->ops->consent_holds(r, org, number, 1, 0, &h) != ERR_OK || h.kind != CONSENT_OPT_IN)
            bench_fail("an opt-in is not there");
        if (n % drawn == drawn - 1) r->store->ops->reader_release(r);
    }
    return (double)(bench_cpu_us() - from_us) / (double)messages;
}

static double number_us(struct store_reader *r, org_id org, long messages, long drawn, long numbers)
{
    int64_t from_us = bench_cpu_us();
    struct number_facts facts;

    for (long n = 0; n < messages; n++) {
        uint64_t number = FIRST + (uint64_t)(n * 7919 % numbers);
        if (n % drawn == 0) r->store->ops->reader_hold(r);
        if (r->store->ops->number_facts(r, org, number, &facts) != ERR_OK) bench_fail("facts cannot be read");
        if (n % drawn == drawn - 1) r->store->ops->reader_release(r);
    }
    return (double)(bench_cpu_us() - from_us) / (double)messages;
}

struct gate_reads gate_reads_measure(long messages, long drawn, long numbers)
{
    char dir[] = "/tmp/sterling-gate-XXXXXX", path[64];
    struct store_sqlite_options o = {.path = path, .cache_kib = 8192, .wal_bytes_max = 64 << 20};
    struct store_reader *r;
    struct gate_reads found;
    struct fault f = {0};
    struct store *s;
    org_id org;

    if (mkdtemp(dir) == NULL) bench_fail("no directory");
    (void)snprintf(path, sizeof path, "%s/gate.db", dir);
    if (store_sqlite_open(&o, &s, &f) != ERR_OK) bench_fail("%s", f.what);
    org = fill(s, numbers);
    if (s->ops->reader_open(s, &r, &f) != ERR_OK) bench_fail("%s", f.what);
    messages -= messages % drawn;
    found.consent_us = consent_us(r, org, messages, drawn, numbers);
    found.number_us = number_us(r, org, messages, drawn, numbers);
    s->ops->reader_close(r);
    s->ops->close(s);
    (void)unlink(path);
    (void)snprintf(path, sizeof path, "%s/gate.db.lock", dir);
    (void)unlink(path);
    (void)rmdir(dir);
    return found;
}
