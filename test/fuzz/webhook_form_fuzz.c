/*
 * webhook_form_fuzz: "attempt byte, status or inbound form": what Twilio's signed webhooks carry, by any hand. Refused
 * with words, or a change of the organization's own whose consent is that of the keyword; applying it keeps the store
 * whole, and the same text a second time is known to be a repeat.
 */
#include "app/inbound.h"
#include "app/status.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ACCOUNT "AC00000000000000000000000000000001"

struct place {
    struct settings settings;
    struct clock clock;
    struct store *store;
    struct store_reader *reader;
    struct app app;
    struct arena text;
    struct org org;
};

static void apply(struct store *store, struct change *c)
{
    struct fault f;
    BUG_IF(store->ops->begin(store, &f) != ERR_OK);
    store->ops->apply(store, c);
    BUG_IF(store->ops->commit(store, &f) != ERR_OK);
}

static void add_sender(struct place *p)
{
    struct program program;
    size_t count = 1;
    struct sender one = {.kind = SENDER_LONG_CODE, .state = SENDER_ACTIVE, .address = "+14155550000",
                         .number = 14155550000, .verified = true};
    struct change_senders senders = {.head = {.kind = CHANGE_SENDERS}, .senders = &one, .count = 1};
    BUG_IF(p->store->ops->programs(p->reader, &p->text, p->org.id, 0, &program, &count) != ERR_OK || count != 1);
    one.org = p->org.id;
    one.program = program.id;
    apply(p->store, &senders.head);
    BUG_IF(senders.head.result != ERR_OK);
}

static void open_place(struct place *p)
{
    struct fault f;
    struct change_org change = {.head = {.kind = CHANGE_ORG},
                                .org = {.slug = "acme", .name = STR("Acme"), .state = ORG_ACTIVE,
                                        .account_sid = ACCOUNT, .hook_path = "hookhookhookhook", .region = "US",
                                        .share = 100,
                                        .help_text = STR("help"), .created_ms = 1000}};
    settings_default(&p->settings);
    clock_manual(&p->clock, 1773000000000);
    arena_init(&p->text, 1 << 20);
    BUG_IF(store_ram_open(&p->store, &f) != ERR_OK || p->store->ops->reader_open(p->store, &p->reader, &f) != ERR_OK);
    apply(p->store, &change.head);
    BUG_IF(change.head.result != ERR_OK);
    BUG_IF(p->store->ops->org_get(p->reader, &p->text, change.org.id, &p->org) != ERR_OK);
    p->app.settings = &p->settings;
    p->app.clock = &p->clock;
    p->app.store = p->store;
    add_sender(p);
}

/* Twilio's word, other words for it, and who says that the number is wrong. */
static bool is_refusal(const struct inbound *in)
{
    return in->keyword == INBOUND_STOP || in->keyword == INBOUND_REFUSAL || in->keyword == INBOUND_WRONG_NUMBER;
}

static void check_inbound(struct place *p, const struct form *form)
{
    struct inbound_job job;
    struct fault f = {.what = ""};
    enum err result = app_inbound(&p->app, p->reader, &p->text, &p->org, form, &job, &f);
    BUG_IF(result != ERR_OK && f.what[0] == '\0');
    if (result != ERR_OK) return;
    BUG_IF(job.change.inbound.org != p->org.id);
    BUG_IF(is_refusal(&job.change.inbound) != (job.change.consent == CONSENT_OPT_OUT));
    BUG_IF(job.change.consent == CONSENT_OPT_OUT && !job.change.head.urgent);
    apply(p->store, &job.change.head);
    BUG_IF(job.change.head.result != ERR_OK);
    BUG_IF(app_inbound(&p->app, p->reader, &p->text, &p->org, form, &job, &f) != ERR_OK);
    apply(p->store, &job.change.head);
    BUG_IF(job.change.head.result != ERR_OK || !job.change.duplicate);
}

static void check_status(struct place *p, const struct form *form, uint8_t attempt)
{
    struct status_job job;
    struct fault f = {.what = ""};
    enum err result = app_status(&p->app, p->reader, &p->text, &p->org, 7, attempt, form, &job, &f);
    BUG_IF(result != ERR_OK && f.what[0] == '\0');
    if (result != ERR_OK || job.job.change == NULL) return;
    BUG_IF(job.change.org != p->org.id || job.change.error_code < 0 || job.change.retry_at_ms < 0);
    apply(p->store, &job.change.head);
    BUG_IF(job.change.head.result == ERR_OK && job.change.verdict == STATUS_APPLIED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct place p = {0};
    struct form form;
    if (size == 0 || size > 1 << 14) return 0;
    open_place(&p);
    if (form_decode(&p.text, (struct str){(const char *)data + 1, size - 1}, 256, &form) == ERR_OK) {
        check_inbound(&p, &form);
        if (data[0] != 0) check_status(&p, &form, data[0]);
    }
    arena_reset(&p.text);
    p.store->ops->reader_close(p.reader);
    p.store->ops->close(p.store);
    return 0;
}
