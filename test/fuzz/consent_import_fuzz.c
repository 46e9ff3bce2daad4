/*
 * consent_import_fuzz: a CSV of consent entries, by any hand. Refused with words, or taken whole; what is taken leaves
 * a sound chain, and its export is taken again without a new entry.
 */
#include "app/consent_import.h"

#include "app/ledger.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct place {
    struct store *store;
    struct store_reader *reader;
    struct arena text;
    struct org org;
};

static void apply(struct store *store, struct change *c)
{
    struct fault f;
    BUG_IF(store->ops->begin(store, &f) != ERR_OK);
    store->ops->apply(store, c);
    BUG_IF(store->ops->commit(store, &f) != ERR_OK || c->result != ERR_OK);
}

static void open_place(struct place *p)
{
    struct fault f;
    struct change_org change = {.head = {.kind = CHANGE_ORG},
                                .org = {.slug = "acme", .name = STR("Acme"), .state = ORG_ACTIVE, .region = "US",
                                        .hook_path = "hookhookhookhook", .share = 100, .created_ms = 1000}};
    arena_init(&p->text, 64 << 20);
    BUG_IF(store_ram_open(&p->store, &f) != ERR_OK || p->store->ops->reader_open(p->store, &p->reader, &f) != ERR_OK);
    apply(p->store, &change.head);
    BUG_IF(p->store->ops->org_get(p->reader, &p->text, change.org.id, &p->org) != ERR_OK);
}

static bool take(struct place *p, struct str csv, struct change_consent *out)
{
    struct consent_context c = {.reader = p->reader, .arena = &p->text, .org = &p->org, .now_ms = 1800000000000};
    struct consent_import in;
    struct problem problem;

    problem_init(&problem, &p->text);
    if (consent_import_read(&c, csv, 0, &in, &problem) != ERR_OK) {
        BUG_IF(problem.detail[0] == 0);
        return false;
    }
    *out = (struct change_consent){.head.kind = CHANGE_CONSENT, .rows = in.rows, .count = in.count};
    apply(p->store, &out->head);
    return true;
}

static void export_all(struct place *p, struct buf *csv)
{
    struct consent rows[64];
    uint64_t after = 0;
    size_t count = 64;

    consent_export_header(csv);
    while (count == 64) {
        BUG_IF(p->store->ops->consents(p->reader, &p->text, p->org.id, 0, after, rows, &count) != ERR_OK);
        for (size_t i = 0; i < count; i++) {
            BUG_IF(consent_export_row(p->reader, &p->text, &rows[i], csv) != ERR_OK);
            after = rows[i].id;
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct place p = {0};
    struct change_consent once, again;
    struct ledger_check check = {0};
    struct buf csv;

    if (size > 1 << 14) return 0;
    open_place(&p);
    buf_init(&csv, 16 << 20);
    if (take(&p, (struct str){(const char *)data, size}, &once)) {
        BUG_IF((size_t)(once.added + once.repeated) != once.count);
        export_all(&p, &csv);
        BUG_IF(!take(&p, buf_str(&csv), &again) || again.added != 0);
        BUG_IF(ledger_check(p.reader, &p.text, p.org.id, &check) != ERR_OK || check.verdict != CHAIN_SOUND);
    }
    buf_free(&csv);
    arena_reset(&p.text);
    p.store->ops->reader_close(p.reader);
    p.store->ops->close(p.store);
    return 0;
}
