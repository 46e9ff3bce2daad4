/* startup_fill DATABASE ROWS: fills a server's database with so many rows as a busy installation has when it is killed:
 * of ten, five recipients of a running campaign wait in runs, two messages wait one by one, three were sent, a fifth of
 * these within the last minute (of a million rows a thousand a second). The last commit's attempts are without an
 * answer. Then it kills itself: the log beside the database is as that commit left it, and nothing was closed. */
#include "base/clock.h"
#include "store/store.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 2000, ARM_BATCH = 100, LAST_MINUTE_MS = 60000 };
#define FIRST_NUMBER UINT64_C(14155000000)

struct fill {
    struct store *store;
    int64_t now_ms;
    org_id org;
    uint32_t program;
    uint64_t campaign, numbers;
};

static void demand(enum err code, const char *what, const struct fault *f)
{
    if (code == ERR_OK) return;
    (void)fprintf(stderr, "startup_fill: %s: %s: %s\n", what, err_name(code), f->what);
    exit(1);
}

static void begin(struct fill *x)
{
    struct fault f = {0};
    demand(x->store->ops->begin(x->store, &f), "begin", &f);
}

static void apply(struct fill *x, struct change *c, const char *what)
{
    x->store->ops->apply(x->store, c);
    demand(c->result, what, &c->fault);
}

static void commit(struct fill *x)
{
    struct fault f = {0};
    demand(x->store->ops->commit(x->store, &f), "commit", &f);
    x->store->ops->idle(x->store);
}

static void put(struct fill *x, struct change *c, const char *what)
{
    begin(x);
    apply(x, c, what);
    commit(x);
}

static void make_org(struct fill *x)
{
    struct change_org o = {.head.kind = CHANGE_ORG};
    struct change_campaign c = {.head.kind = CHANGE_CAMPAIGN};
    struct change_campaign_state run = {.head.kind = CHANGE_CAMPAIGN_STATE, .to = CAMPAIGN_RUNNING,
                                        .now_ms = x->now_ms};
    struct store_reader *r = NULL;
    struct arena a;
    struct program p = {0};
    struct fault f = {0};
    size_t count = 1;
    (void)snprintf(o.org.slug, sizeof o.org.slug, "acme");
    (void)snprintf(o.org.hook_path, sizeof o.org.hook_path, "hook-acme");
    (void)snprintf(o.org.region, sizeof o.org.region, "US");
    o.org.name = STR("Acme");
    o.org.state = ORG_ACTIVE;
    o.org.share = 10;
    o.org.created_ms = x->now_ms;
    put(x, &o.head, "organization");
    x->org = o.org.id;
    arena_init(&a, 1 << 20);
    demand(x->store->ops->reader_open(x->store, &r, &f), "reader", &f);
    demand(x->store->ops->programs(r, &a, x->org, 0, &p, &count), "program", &f);
    x->store->ops->reader_close(r);
    x->program = p.id;
    arena_reset(&a);
    c.campaign = (struct campaign){.org = x->org, .program = x->program, .name = STR("Spring"), .kind = KIND_MARKETING,
                                   .template_text = STR("Hi {{name}}"), .state = CAMPAIGN_DRAFT, .validity_s = 86400,
                                   .created_ms = x->now_ms};
    put(x, &c.head, "campaign");
    x->campaign = run.campaign = c.campaign.id;
    run.org = x->org;
    put(x, &run.head, "start");
}

static void freeze(struct fill *x, uint64_t count)
{
    static struct freeze_row rows[CHUNK];
    for (uint64_t after = 0; after < count; after += CHUNK) {
        struct change_freeze c = {.head.kind = CHANGE_FREEZE, .org = x->org, .campaign = x->campaign, .after = after,
                                  .upto = after + CHUNK, .rows = rows, .count = CHUNK, .now_ms = x->now_ms};
        for (uint64_t i = 0; i < CHUNK; i++)
            rows[i] = (struct freeze_row){after + i + 1, FIRST_NUMBER + x->numbers++, 1 + i / 250,
                                          (uint8_t)(i % 3 + 1)};
        put(x, &c.head, "freeze");
    }
}

static uint64_t admit(struct fill *x)
{
    struct change_admit c = {.head.kind = CHANGE_ADMIT};
    c.message = (struct message){.org = x->org, .program = x->program, .number = FIRST_NUMBER + x->numbers++,
                                 .kind = KIND_TRANSACTIONAL, .state = MESSAGE_QUEUED, .carrier = 1,
                                 .created_ms = x->now_ms, .expires_ms = x->now_ms + 86400000,
                                 .body = STR("Your parcel is at the door.")};
    apply(x, &c.head, "message");
    return c.message.id;
}

static void wait_in_line(struct fill *x, uint64_t count)
{
    for (uint64_t i = 0; i < count; i += CHUNK) {
        begin(x);
        for (int k = 0; k < CHUNK; k++) (void)admit(x);
        commit(x);
    }
}

static void answer(struct fill *x, const uint64_t *ids)
{
    static struct outcome rows[ARM_BATCH];
    struct change_outcome c = {.head.kind = CHANGE_OUTCOME, .now_ms = x->now_ms, .items = rows, .count = ARM_BATCH};
    for (int i = 0; i < ARM_BATCH; i++) {
        rows[i] = (struct outcome){.message = ids[i], .org = x->org, .attempt = 1, .kind = OUTCOME_ACCEPTED,
                                   .sender = 1, .segments = 1, .cost_micros = 7900, .armed_ms = x->now_ms};
        (void)snprintf(rows[i].sid, SID_BYTES, "SM%032" PRIx64, ids[i]);
    }
    apply(x, &c.head, "outcome");
}

static void send_batch(struct fill *x, bool answered)
{
    static struct arm_item items[ARM_BATCH];
    struct change_arm c = {.head.kind = CHANGE_ARM, .now_ms = x->now_ms, .day = 20254, .items = items,
                           .items_count = ARM_BATCH};
    uint64_t ids[ARM_BATCH];
    begin(x);
    for (int i = 0; i < ARM_BATCH; i++) {
        ids[i] = admit(x);
        items[i] = (struct arm_item){.due_at_ms = x->now_ms, .org_rev = 1};
        items[i].lane = (struct lane_key){x->org, x->program, 0, KIND_TRANSACTIONAL, 1};
        items[i].armed = (struct armed){.message = ids[i], .org = x->org, .program = x->program, .sender = 1,
                                        .segments = 1, .attempt = 1, .carrier = 1, .cost_micros = 7900};
    }
    apply(x, &c.head, "arm");
    if (c.arms_id == 0) demand(ERR_CONFLICT, "nothing was armed", &c.head.fault);
    if (answered) answer(x, ids);
    commit(x);
}

int main(int argc, char **argv)
{
    struct fill x = {0};
    struct fault f = {0};
    struct clock clock;
    uint64_t rows = argc == 3 ? strtoull(argv[2], NULL, 10) : 0;
    if (rows < 10 * CHUNK) return fprintf(stderr, "startup_fill DATABASE ROWS (at least %d)\n", 10 * CHUNK), 2;
    clock_system(&clock);
    x.now_ms = clock_wall_ms(&clock) - 3600000;
    demand(store_sqlite_open(&(struct store_sqlite_options){.path = argv[1], .cache_kib = 262144,
                                                            .wal_bytes_max = 64 << 20}, &x.store, &f), "open", &f);
    put(&x, &(struct change_recover){.head.kind = CHANGE_RECOVER, .now_ms = x.now_ms}.head, "recover");
    make_org(&x);
    freeze(&x, rows / 10 * 5);
    wait_in_line(&x, rows / 10 * 2);
    for (uint64_t i = 0; i < rows / 10 * 3; i += ARM_BATCH) {
        if (i >= rows / 10 * 3 / 5 * 4) x.now_ms = clock_wall_ms(&clock) - LAST_MINUTE_MS / 2;
        send_batch(&x, true);
    }
    send_batch(&x, false);
    (void)raise(SIGKILL);
    return 1;
}
