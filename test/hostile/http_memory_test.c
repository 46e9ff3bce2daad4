/*
 * http_memory_test: every kind of request, and the import behind an upload, while an allocation fails, at each index,
 * once and for ever. The server neither dies nor lies: what it answered with success is in the store; what it refused
 * is asked again once there is memory, and then it is there, once. An import that was done has every row, as a
 * contact or with the reason that is the row's own.
 *
 * STERLING_MEMORY_STEP takes each n-th index only.
 */
#include "face.h"
#include "memory.h"

#include "app/imports.h"
#include "twilio/signature.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { INDEX_MAX = 20000, PAGE = 256 };
#define FORM "application/x-www-form-urlencoded; charset=UTF-8"

static struct face f;
static unsigned serial; /* makes each request another one */
static int64_t failures, refused, again, imports, repeated, wrong;
static char said[160]; /* the last answer's first words */

static void complain(const char *fmt, ...) PRINTF_LIKE(1, 2);
static void complain(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    (void)vfprintf(stderr, fmt, args);
    va_end(args);
    (void)fprintf(stderr, " %s\n", said);
    wrong++;
}

/* One kind of request: makes it (the serial number within it) and says how many of what it makes are stored. */
struct kind {
    const char *name, *method, *target, *key, *headers, *body;
    int64_t (*count)(void); /* what there is one more of after a success; NULL: it only reads */
    bool is_signed;
    bool is_once; /* by its key or by what it says: asked again, it makes no second one */
};
static char status_target[128]; /* of a message of its own, made while all is well */
static char draft_target[128];  /* of a campaign to `everybody` that was not started */
static uint64_t draft;
static uint32_t everybody;

static void fill(const char *pattern, char *out, size_t size)
{
    const char *mark = pattern == NULL ? NULL : strstr(pattern, "{n}");

    if (mark == NULL) (void)snprintf(out, size, "%s", pattern == NULL ? "" : pattern);
    else (void)snprintf(out, size, "%.*s%06u%s", (int)(mark - pattern), pattern, serial, mark + 3);
}

static void sign(const char *target, const char *body, char *out, size_t size)
{
    struct signature_key *key = signature_key_new(STR(FACE_TOKEN));
    char url[512], text[SIGNATURE_TEXT_BYTES];
    struct arena scratch;
    struct form form;

    arena_init(&scratch, 1 << 20);
    (void)snprintf(url, sizeof url, "%s%s", FACE_PUBLIC_URL, target);
    assert_int_equal(form_decode(&scratch, str_from(body), 100, &form), ERR_OK);
    assert_int_equal(signature_make(key, &scratch, str_from(url), &form, text), ERR_OK);
    (void)snprintf(out, size, "Content-Type: " FORM "\r\nX-Twilio-Signature: %s\r\n", text);
    signature_key_free(key);
    arena_reset(&scratch);
}

/* The request of this serial number. */
static int ask_again(const struct kind *k)
{
    char body[2048], headers[1024];
    struct answer a;
    int status;

    fill(k->body, body, sizeof body);
    if (k->is_signed) sign(k->target, body, headers, sizeof headers);
    else fill(k->headers, headers, sizeof headers);
    a = call(&f, k->method, k->target, k->key, headers, k->body == NULL ? NULL : body);
    status = a.status;
    (void)snprintf(said, sizeof said, "%s", a.body == NULL ? "" : a.body);
    answer_free(&a);
    return status;
}

static int ask(const struct kind *k)
{
    serial++;
    return ask_again(k);
}

static void prepare(const struct kind *k)
{
    struct answer a;

    if (k->target != status_target) return;
    a = call(&f, "POST", "/v1/messages", f.acme_key, NULL, "{\"to\":\"+12125550103\",\"body\":\"Hello\"}");
    assert_int_equal(a.status, 202);
    (void)snprintf(status_target, sizeof status_target, "/twilio/hookacme/status/%s/1", json_text(a.body, "id"));
    answer_free(&a);
}

static int ask_well(const struct kind *k)
{
    prepare(k);
    return ask(k);
}

/* ---- what is stored, by another look than the server's: a reader of its own, in the test's thread ---- */

static int64_t count_messages(bool all)
{
    static struct message rows[PAGE];
    const struct message_filter filter = {.org = f.acme.id};
    uint64_t before = 0, next = 0;
    int64_t total = 0;
    struct arena a;

    arena_init(&a, 16 << 20);
    do {
        size_t count = PAGE;
        assert_int_equal(f.store->ops->messages(f.reader, &a, &filter, before, rows, &count, &next), ERR_OK);
        for (size_t i = 0; i < count; i++)
            total += all || rows[i].state == MESSAGE_DELIVERED;
        before = next;
        arena_reset(&a);
    } while (next != 0);
    return total;
}

static int64_t messages(void)
{
    return count_messages(true);
}

static int64_t delivered(void)
{
    return count_messages(false);
}

static int64_t inbound(void)
{
    struct event rows[PAGE];
    uint64_t after = 0;
    int64_t total = 0;
    size_t count;

    do {
        count = PAGE;
        assert_int_equal(f.store->ops->events(f.reader, f.acme.id, after, rows, &count), ERR_OK);
        for (size_t i = 0; i < count; i++) {
            after = rows[i].id;
            if (rows[i].type == EVENT_INBOUND) total++;
        }
    } while (count == PAGE);
    return total;
}

static int64_t count_all(size_t (*page)(struct arena *a, uint64_t *place))
{
    uint64_t place = 0;
    int64_t total = 0;
    struct arena a;
    size_t count;

    arena_init(&a, 16 << 20);
    do {
        count = page(&a, &place);
        total += (int64_t)count;
        arena_reset(&a);
    } while (count == PAGE);
    return total;
}

static size_t contacts_page(struct arena *a, uint64_t *place)
{
    static struct contact rows[PAGE];
    size_t count = PAGE;

    assert_int_equal(f.store->ops->contacts(f.reader, a, f.acme.id, 0, *place, rows, &count), ERR_OK);
    if (count > 0) *place = rows[count - 1].id;
    return count;
}

static int64_t contacts(void)
{
    return count_all(contacts_page);
}

static size_t campaigns_page(struct arena *a, uint64_t *place)
{
    static struct campaign rows[PAGE];
    size_t count = PAGE;

    assert_int_equal(f.store->ops->campaigns(f.reader, a, f.acme.id, *place, rows, &count), ERR_OK);
    if (count > 0) *place = rows[count - 1].id;
    return count;
}

static int64_t campaigns(void)
{
    return count_all(campaigns_page);
}

/* Of the draft. Below 0: with them it has lost its list. */
static int64_t changes(void)
{
    struct campaign c;
    struct arena a;
    int64_t total;

    arena_init(&a, 1 << 20);
    assert_int_equal(f.store->ops->campaign_get(f.reader, &a, f.acme.id, draft, &c), ERR_OK);
    total = c.list == everybody ? (int64_t)c.rev : -1;
    arena_reset(&a);
    return total;
}

static size_t uploads_page(struct arena *a, uint64_t *place)
{
    static struct import_job rows[PAGE];
    size_t count = PAGE;

    assert_int_equal(f.store->ops->imports(f.reader, a, f.acme.id, *place, rows, &count), ERR_OK);
    if (count > 0) *place = rows[count - 1].id;
    return count;
}

static int64_t uploads(void)
{
    return count_all(uploads_page);
}

/* ---- requests ---- */

static bool succeeded(int status)
{
    return status >= 200 && status < 300;
}

/* Of one that was refused, or broke off, with `before` of its kind there before it. */
static void try_again(const struct kind *k, int64_t before, int64_t n)
{
    int status;
    int64_t after;

    if (k->count == NULL || !k->is_once) return;
    status = ask_again(k);
    after = k->count();
    again++;
    if (!succeeded(status)) complain("%s: %d when asked again after allocation %lld", k->name, status, (long long)n);
    else if (after != before + 1)
        complain("%s: %lld are there when asked again after allocation %lld", k->name, (long long)(after - before),
                 (long long)n);
}

/* False: so many allocations are not made. */
static bool try_index(const struct kind *k, int64_t n, bool forever)
{
    int64_t before, after;
    bool failed;
    int status;

    prepare(k);
    before = k->count == NULL ? 0 : k->count();
    memory_fail(n, forever);
    status = ask(k);
    failed = memory_recover();
    if (failed) failures++;
    if (!succeeded(status)) refused++;
    if (status != 0 && !succeeded(status) && status < 500)
        complain("%s: %d at allocation %lld", k->name, status, (long long)n);
    if (!failed && !succeeded(status)) complain("%s: %d without a failure", k->name, status);
    if (!succeeded(status)) try_again(k, before, n);
    if (k->count == NULL || !succeeded(status)) return failed;
    after = k->count();
    if (after != before + 1)
        complain("%s: %d at allocation %lld, but it is not stored", k->name, status, (long long)n);
    return failed;
}

enum { UPLOAD = 3 };
static const struct kind KINDS[] = {
    {"message", "POST", "/v1/messages", f.acme_key, "Idempotency-Key: key-{n}\r\n",
     "{\"to\":\"+12125550101\",\"body\":\"Hello {n}\"}", messages, false, true},
    {"messages", "GET", "/v1/messages", f.acme_key, NULL, NULL, NULL, false, false},
    {"contact", "POST", "/v1/contacts", f.acme_key, NULL, "{\"number\":\"+12122{n}\",\"fields\":{\"name\":\"N\"}}",
     contacts, false, true},
    [UPLOAD] = {"upload", "POST", "/v1/imports?list=l&region=US", f.acme_key, 
                "Content-Type: text/csv\r\nIdempotency-Key: upload-{n}\r\n",
                "number,first_name\n+12122{n},Ann\n555,Bob\n", uploads, false, true},
    {"campaign", "POST", "/v1/campaigns", f.acme_key, "Idempotency-Key: campaign-{n}\r\n",
     "{\"name\":\"C{n}\",\"list\":\"everybody\",\"kind\":\"marketing\",\"template\":\"Hi, STOP to opt out\"}",
     campaigns, false, true},
    {"campaign change", "PATCH", draft_target, f.acme_key, NULL, "{\"name\":\"D{n}\"}", changes, false, false},
    {"inbound text", "POST", "/twilio/hookacme/inbound", NULL, NULL,
     "AccountSid=" FACE_ACCOUNT "&MessageSid=SM00000000000000000000000000{n}&From=%2B12125550177&To=%2B14155550100"
     "&Body=Hello",
     inbound, true, true},
    {"STOP", "POST", "/twilio/hookacme/inbound", NULL, NULL,
     "AccountSid=" FACE_ACCOUNT "&MessageSid=SM11000000000000000000000000{n}&From=%2B12125550178&To=%2B14155550100"
     "&Body=STOP",
     inbound, true, true},
    {"status callback", "POST", status_target, NULL, NULL,
     "AccountSid=" FACE_ACCOUNT "&MessageSid=SM22000000000000000000000000{n}&MessageStatus=delivered"
     "&To=%2B12125550103&From=%2B14155550100",
     delivered, true, true},
    {"metrics", "GET", "/metrics", NULL, NULL, NULL, NULL, false, false},
    {"health", "GET", "/healthz", NULL, NULL, NULL, NULL, false, false},
};

static int64_t step(void)
{
    const char *text = getenv("STERLING_MEMORY_STEP");
    long n = text == NULL ? 1 : strtol(text, NULL, 10);

    return n < 1 ? 1 : n;
}

static void every_index(bool forever)
{
    for (size_t i = 0; i < sizeof KINDS / sizeof KINDS[0]; i++) {
        const struct kind *k = &KINDS[i];
        int64_t n = 1;
        int status = ask_well(k);
        if (!succeeded(status)) fail_msg("%s: %d when all is well", k->name, status);
        while (n < INDEX_MAX && try_index(k, n, forever))
            n += step();
        status = ask_well(k);
        if (!succeeded(status)) complain("%s: %d after there was memory again", k->name, status);
        print_message("# %s: %lld allocations\n", k->name, (long long)n);
        assert_true(n < INDEX_MAX);
    }
    assert_int_equal(wrong, 0);
}

/* ---- imports ---- */

static void read_job(struct arena *a, struct import_job *out)
{
    size_t count = 1;

    assert_int_equal(f.store->ops->imports(f.reader, a, f.acme.id, 0, out, &count), ERR_OK);
    assert_int_equal(count, 1);
}

/* Lines of the file of rejected rows, the names of its columns among them. */
static int rejects_lines(struct arena *a, const struct import_job *job)
{
    FILE *in = fopen(imports_rejects_path(&f.app, a, job), "re");
    int lines = 0;

    if (in == NULL) return 0;
    for (int c = getc(in); c != EOF; c = getc(in)) lines += c == '\n';
    (void)fclose(in);
    return lines;
}

/* As the worker does it; what failed is begun again. */
static bool run_import(struct arena *a, int64_t n, bool forever, struct import_job *job)
{
    static const _Atomic bool go = false;
    struct fault fault = {0};
    enum err code;
    bool failed;

    read_job(a, job);
    memory_spare(false);
    memory_fail(n, forever);
    code = imports_run(&f.app, job, &go, &fault);
    failed = memory_recover();
    memory_spare(true);
    read_job(a, job);
    if (code != ERR_OK && !failed) complain("import: %s without a failure", fault.what);
    if (code == ERR_OK && job->state != IMPORT_DONE)
        complain("import at allocation %lld: it is not done", (long long)n);
    if (job->state != IMPORT_RUNNING) return failed;
    repeated++;
    if (imports_run(&f.app, job, &go, &fault) != ERR_OK) complain("import: %s, with memory again", fault.what);
    read_job(a, job);
    return failed;
}

/* False: so many allocations are not made. */
static bool try_import(int64_t n, bool forever)
{
    int64_t before = contacts();
    struct import_job job;
    struct arena a;
    bool failed;

    arena_init(&a, 1 << 20);
    if (!succeeded(ask(&KINDS[UPLOAD]))) fail_msg("no upload when all is well");
    failed = run_import(&a, n, forever, &job);
    if (failed) imports++;
    if (job.state != IMPORT_DONE || job.added != 1 || job.rejected != 1 || contacts() != before + 1)
        complain("import at allocation %lld: state %d, %lld added, %lld rejected, %lld contacts more", (long long)n,
                 job.state, (long long)job.added, (long long)job.rejected, (long long)(contacts() - before));
    if (rejects_lines(&a, &job) != 2) complain("import at allocation %lld: the rejected row is not told", (long long)n);
    arena_reset(&a);
    return failed;
}

static void every_index_of_an_import(bool forever)
{
    int64_t n = 1;

    while (n < INDEX_MAX && try_import(n, forever))
        n += step();
    print_message("# import: %lld allocations\n", (long long)n);
    assert_true(n < INDEX_MAX);
    assert_int_equal(wrong, 0);
}

static void make_draft(void)
{
    struct campaign c;
    struct arena a;
    size_t count = 1;

    expect(&f, 201, "POST", "/v1/campaigns", f.acme_key,
           "{\"name\":\"D\",\"list\":\"everybody\",\"kind\":\"marketing\",\"template\":\"Hi, STOP to opt out\"}");
    arena_init(&a, 1 << 20);
    assert_int_equal(f.store->ops->campaigns(f.reader, &a, f.acme.id, 0, &c, &count), ERR_OK);
    assert_int_equal(count, 1);
    draft = c.id;
    arena_reset(&a);
    (void)snprintf(draft_target, sizeof draft_target, "/v1/campaigns/%s", face_id(&f, PUBLIC_CAMPAIGN, draft));
}

static int setup(void **state)
{
    (void)state;
    face_open(&f);
    (void)face_sender(&f, &f.acme, f.acme_program, "+14155550100", 14155550100);
    everybody = face_list(&f, &f.acme, "everybody");
    make_draft();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    face_close(&f);
    return 0;
}

static void once(void **state)
{
    (void)state;
    every_index(false);
}

static void for_ever(void **state)
{
    (void)state;
    every_index(true);
}

static void imports_once(void **state)
{
    (void)state;
    every_index_of_an_import(false);
}

static void imports_for_ever(void **state)
{
    (void)state;
    every_index_of_an_import(true);
}

static void tell(void)
{
    print_message("# FIGURE %lld requests in which an allocation failed, %lld refused, the rest served; none died, none "
                  "lied; %lld asked again, each was there once\n",
                  (long long)failures, (long long)refused, (long long)again);
    print_message("# FIGURE %lld imports with one, %lld begun again, all done in the end, no row lost or doubled\n",
                  (long long)imports, (long long)repeated);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(once, setup, teardown),
        cmocka_unit_test_setup_teardown(for_ever, setup, teardown),
        cmocka_unit_test_setup_teardown(imports_once, setup, teardown),
        cmocka_unit_test_setup_teardown(imports_for_ever, setup, teardown),
    };
    int red;

    memory_install();
    red = cmocka_run_group_tests(tests, NULL, NULL);
    tell();
    return red;
}
