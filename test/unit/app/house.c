/* house: set-up for tests of use cases. Contract in house.h. */
#include "house.h"
#include "scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static void hear(void *owner, const struct note *n)
{
    struct house *h = owner;
    atomic_fetch_add(&h->notes[n->kind], 1);
    if (n->done != NULL) n->done(n->owner);
}

static void broken(void *owner, const struct fault *f)
{
    (void)owner;
    fail_msg("the store broke: %s", f->what);
    abort();
}

void house_change(struct house *h, struct change *c, enum err wanted)
{
    enum err result = store_change_wait(writer_queue(h->writer), c);
    if (result != wanted)
        fail_msg("change %d: %s (%s) instead of %s", c->kind, err_name(result), c->fault.what,
                 err_name(wanted));
}

static void add_acme(struct house *h)
{
    struct sender one = {.program = 1,
                         .kind = SENDER_LONG_CODE,
                         .state = SENDER_ACTIVE,
                         .address = "+14155550000",
                         .number = 14155550000,
                         .verified = true};
    struct change_org org = {.head = {.kind = CHANGE_ORG},
                             .org = {.slug = "acme",
                                     .name = STR("Acme"),
                                     .state = ORG_ACTIVE,
                                     .account_sid = "AC00000000000000000000000000000001",
                                     .hook_path = "hookhookhookhook",
                                     .region = "US",
                                     .share = 100,
                                     .help_text = STR("Acme: call 555-0100"),
                                     .created_ms = 1000}};
    struct change_senders senders = {.head = {.kind = CHANGE_SENDERS}, .senders = &one, .count = 1};
    struct program programs[1];
    size_t count = 1;

    house_change(h, &org.head, ERR_OK);
    h->org = org.org.id;
    assert_int_equal(h->store->ops->programs(h->reader, &h->text, h->org, 0, programs, &count), ERR_OK);
    assert_int_equal(count, 1);
    one.org = h->org;
    one.program = programs[0].id;
    house_change(h, &senders.head, ERR_OK);
    h->sender = one.id;
    assert_int_equal(h->store->ops->org_get(h->reader, &h->text, h->org, &h->acme), ERR_OK);
}

void house_open(struct house *h)
{
    char path[128];
    struct fault f = {0};

    memset(h, 0, sizeof *h);
    assert_true(scratch_make(h->dir, sizeof h->dir, "house"));
    settings_default(&h->settings);
    (void)snprintf(h->settings.data_dir, sizeof h->settings.data_dir, "%s", h->dir);
    clock_system(&h->clock);
    arena_init(&h->text, 16 << 20);
    (void)snprintf(path, sizeof path, "%s/spool", h->dir);
    assert_int_equal(mkdir(path, 0700), 0);
    (void)snprintf(path, sizeof path, "%s/sterling.db", h->dir);
    if (store_sqlite_open(
            &(struct store_sqlite_options){.path = path, .cache_kib = 4096, .wal_bytes_max = 64 << 20},
            &h->store, &f) != ERR_OK)
        fail_msg("%s", f.what);
    h->ops = *h->store->ops;
    h->store->ops = &h->ops;
    assert_int_equal(
        writer_start(
            h->store,
            &(struct writer_options){
                .queue_max = 1024, .batch_max = 256, .batch_ms = 1, .clock = &h->clock, .fatal = broken},
            &h->writer, &f),
        ERR_OK);
    assert_int_equal(h->store->ops->reader_open(h->store, &h->reader, &f), ERR_OK);
    public_ids_init(&h->ids, (const unsigned char *)"0123456789abcdef");
    h->app.settings = &h->settings;
    h->app.clock = &h->clock;
    h->app.store = h->store;
    h->app.queue = writer_queue(h->writer);
    h->app.ids = &h->ids;
    h->app.tell = hear;
    h->app.pump = h;
    add_acme(h);
}

void house_close(struct house *h)
{
    char command[128];
    h->store->ops->reader_close(h->reader);
    writer_stop(h->writer);
    h->store->ops->close(h->store);
    arena_reset(&h->text);
    (void)snprintf(command, sizeof command, "rm -rf '%s'", h->dir);
    assert_int_equal(system(command), 0);
}

uint32_t house_list(struct house *h, const char *name)
{
    struct change_list change = {.head = {.kind = CHANGE_LIST},
                                 .list = {.org = h->org, .name = str_from(name), .created_ms = 1}};
    house_change(h, &change.head, ERR_OK);
    return change.list.id;
}

uint64_t house_contact(struct house *h, uint32_t list, uint64_t number, const char *fields)
{
    struct contact one = {.org = h->org, .number = number, .fields = str_from(fields), .carrier = 1};
    struct change_contacts change = {.head = {.kind = CHANGE_CONTACTS},
                                     .org = h->org,
                                     .list = list,
                                     .rows = &one,
                                     .count = 1,
                                     .now_ms = clock_wall_ms(&h->clock)};
    house_change(h, &change.head, ERR_OK);
    return one.id;
}

void house_write(struct house *h, const char *name, const char *text, size_t length)
{
    char path[160];
    FILE *out;
    (void)snprintf(path, sizeof path, "%s/%s", h->dir, name);
    out = fopen(path, "we");
    assert_non_null(out);
    assert_int_equal(fwrite(text, 1, length, out), length);
    assert_int_equal(fclose(out), 0);
}
