/* face: set-up and a small client for tests of the HTTP face. Contract in face.h. */
#include "face.h"
#include "scratch.h"

#include "app/keys.h"
#include "app/org_account.h"
#include "app/seal.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

enum { ANSWER_USUAL = 16 << 10, ANSWER_MAX = 8 << 20 };

static void hear(void *owner, const struct note *n)
{
    struct face *f = owner;
    bool now = true;

    (void)pthread_mutex_lock(&f->lock);
    f->last[n->kind] = *n;
    if (n->done != NULL && f->hold_stops && f->held_count < FACE_NOTES_MAX) {
        f->held[f->held_count++] = *n;
        now = false;
    }
    f->notes[n->kind]++;
    (void)pthread_mutex_unlock(&f->lock);
    if (n->done != NULL && now) n->done(n->owner);
}

int face_notes(struct face *f, enum note_kind kind)
{
    int count;

    (void)pthread_mutex_lock(&f->lock);
    count = f->notes[kind];
    (void)pthread_mutex_unlock(&f->lock);
    return count;
}

void face_release_stops(struct face *f, size_t count)
{
    struct note held[FACE_NOTES_MAX];
    size_t have = 0;

    while (have < count) {
        (void)pthread_mutex_lock(&f->lock);
        have = f->held_count;
        memcpy(held, f->held, sizeof held);
        if (have >= count) f->held_count = 0;
        (void)pthread_mutex_unlock(&f->lock);
        (void)sched_yield();
    }
    for (size_t i = 0; i < have; i++)
        held[i].done(held[i].owner);
}

static void broken(void *owner, const struct fault *fault)
{
    (void)owner;
    fail_msg("the store broke: %s", fault->what);
    abort();
}

static void committed(void *owner, uint64_t number)
{
    struct face *f = owner;

    (void)number;
    if (f->server != NULL) http_server_committed(f->server);
    if (f->events != NULL) http_server_committed(f->events);
}

void face_change(struct face *f, struct change *c)
{
    enum err code = store_change_wait(writer_queue(f->writer), c);

    if (code != ERR_OK) fail_msg("change %d: %s: %s", c->kind, err_name(code), c->fault.what);
}

static void add_org(struct face *f, const char *slug, const char *account, struct org *out, uint32_t *program)
{
    struct str token;
    struct program first;
    size_t count = 1;
    struct change_org c = {.head = {.kind = CHANGE_ORG},
                           .org = {.name = str_from(slug), .state = ORG_ACTIVE, .region = "US", .share = 100},
                           .first_program = {.name = STR("default"),
                                             .brand_score = 80,
                                             .brand = BRAND_STANDARD,
                                             .registration = REGISTRATION_APPROVED}};

    (void)snprintf(c.org.slug, sizeof c.org.slug, "%s", slug);
    (void)snprintf(c.org.account_sid, sizeof c.org.account_sid, "%s", account);
    (void)snprintf(c.org.hook_path, sizeof c.org.hook_path, "hook%s", slug);
    assert_int_equal(org_account_seal(f->sealer, &f->text, str_from(account), STR(FACE_TOKEN), &token),
                     ERR_OK);
    c.org.token_sealed = token;
    c.org.created_ms = clock_wall_ms(&f->clock);
    face_change(f, &c.head);
    assert_int_equal(f->store->ops->org_get(f->reader, &f->text, c.org.id, out), ERR_OK);
    assert_int_equal(f->store->ops->programs(f->reader, &f->text, c.org.id, 0, &first, &count), ERR_OK);
    *program = first.id;
}

static void add_key(struct face *f, org_id org, uint32_t scopes, int64_t expires_ms, int64_t revoked_ms,
                    char *out)
{
    static int made;
    struct change_key c = {.head = {.kind = CHANGE_KEY},
                           .key = {.org = org, .name = STR("test"), .scopes = scopes}};

    (void)snprintf(out, FACE_KEY_BYTES, "sk_%040d", ++made);
    assert_int_equal(keys_hash(str_from(out), c.key.hash), ERR_OK);
    c.key.created_ms = 1;
    c.key.expires_ms = expires_ms;
    face_change(f, &c.head);
    if (revoked_ms == 0) return;
    c.head = (struct change){.kind = CHANGE_KEY};
    c.key.revoked_ms = revoked_ms;
    face_change(f, &c.head);
}

static void open_store(struct face *f)
{
    char path[128];
    struct fault fault = {0};

    (void)snprintf(path, sizeof path, "%s/sterling.db", f->dir);
    if (store_sqlite_open(
            &(struct store_sqlite_options){.path = path, .cache_kib = 4096, .wal_bytes_max = 64 << 20},
            &f->store, &fault) != ERR_OK)
        fail_msg("%s", fault.what);
    f->ops = *f->store->ops;
    f->store->ops = &f->ops;
    assert_int_equal(writer_start(f->store,
                                  &(struct writer_options){.queue_max = 4096,
                                                           .batch_max = 512,
                                                           .batch_ms = 1,
                                                           .clock = &f->clock,
                                                           .fatal = broken,
                                                           .committed = committed,
                                                           .owner = f},
                                  &f->writer, &fault),
                     ERR_OK);
    assert_int_equal(f->store->ops->reader_open(f->store, &f->reader, &fault), ERR_OK);
}

static struct http_server *start_server(struct face *f, bool events_only)
{
    struct http_server *out = NULL;
    struct fault fault = {0};
    const struct http_options o = {.app = &f->app,
                                   .listen = "127.0.0.1",
                                   .connections_max = f->connections_max,
                                   .subscribers_max = 256,
                                   .header_timeout_ms = f->header_timeout_ms,
                                   .events_only = events_only};

    if (http_server_start(&o, &out, &fault) != ERR_OK) fail_msg("%s", fault.what);
    return out;
}

static void start(struct face *f)
{
    open_store(f);
    f->app.settings = &f->settings;
    f->app.clock = &f->clock;
    f->app.store = f->store;
    f->app.queue = writer_queue(f->writer);
    f->app.sealer = f->sealer;
    f->app.ids = &f->ids;
    f->app.tell = hear;
    f->app.pump = f;
    atomic_store(&f->app.ready, true);
    f->events = start_server(f, true);
    f->server = start_server(f, false);
}

static void stop(struct face *f)
{
    struct http_server *server = f->server, *events = f->events;

    f->store->ops->reader_close(f->reader);
    http_server_stop(server);
    http_server_stop(events);
    writer_stop(f->writer);
    f->store->ops->close(f->store);
    f->server = f->events = NULL;
}

void face_restart(struct face *f)
{
    stop(f);
    start(f);
}

void face_open(struct face *f)
{
    const uint32_t all = KEY_SCOPE_READ | KEY_SCOPE_SEND | KEY_SCOPE_MANAGE;
    char key_file[128];
    struct fault fault = {0};

    memset(f, 0, sizeof *f);
    f->connections_max = 512;
    f->header_timeout_ms = 5000;
    (void)pthread_mutex_init(&f->lock, NULL);
    assert_true(scratch_make(f->dir, sizeof f->dir, "face"));
    settings_default(&f->settings);
    f->settings.consent_marketing = false; /* resources_test asks for it */
    (void)snprintf(f->settings.data_dir, sizeof f->settings.data_dir, "%s", f->dir);
    (void)snprintf(f->settings.onboarding_email, sizeof f->settings.onboarding_email, "isv@example.com");
    (void)snprintf(f->settings.twilio_auth_token, sizeof f->settings.twilio_auth_token, "%s", SETTINGS_SANDBOX_TOKEN);
    (void)snprintf(f->settings.public_url, sizeof f->settings.public_url, FACE_PUBLIC_URL);
    clock_system(&f->clock);
    arena_init(&f->text, 64 << 20);
    public_ids_init(&f->ids, (const unsigned char *)"0123456789abcdef");
    (void)snprintf(key_file, sizeof key_file, "%s/key", f->dir);
    if (sealer_open(key_file, SEAL_KEY_MADE, &f->sealer, &fault) != ERR_OK) fail_msg("%s", fault.what);
    start(f);
    add_org(f, "acme", FACE_ACCOUNT, &f->acme, &f->acme_program);
    add_org(f, "rival", "ACffffffffffffffffffffffffffffffff", &f->rival, &f->rival_program);
    add_key(f, 0, KEY_SCOPE_OPERATOR, 0, 0, f->operator_key);
    add_key(f, f->acme.id, all, 0, 0, f->acme_key);
    add_key(f, f->rival.id, all, 0, 0, f->rival_key);
    add_key(f, f->acme.id, KEY_SCOPE_READ, 0, 0, f->read_key);
    add_key(f, f->acme.id, KEY_SCOPE_SEND, 0, 0, f->send_key);
    add_key(f, f->acme.id, KEY_SCOPE_MANAGE, 0, 0, f->manage_key);
    add_key(f, f->acme.id, all, 1000, 0, f->expired_key);
    add_key(f, f->acme.id, all, 0, 1000, f->revoked_key);
}

void face_close(struct face *f)
{
    char command[128];

    stop(f);
    sealer_close(f->sealer);
    arena_reset(&f->text);
    (void)pthread_mutex_destroy(&f->lock);
    (void)snprintf(command, sizeof command, "rm -rf '%s'", f->dir);
    assert_int_equal(system(command), 0);
}

uint32_t face_sender(struct face *f, const struct org *o, uint32_t program, const char *address,
                     uint64_t number)
{
    struct sender s = {.org = o->id,
                       .program = program,
                       .kind = SENDER_LONG_CODE,
                       .state = SENDER_ACTIVE,
                       .number = number,
                       .verified = true};
    struct change_senders c = {.head = {.kind = CHANGE_SENDERS}, .senders = &s, .count = 1};

    (void)snprintf(s.address, sizeof s.address, "%s", address);
    face_change(f, &c.head);
    return s.id;
}

uint32_t face_list(struct face *f, const struct org *o, const char *name)
{
    struct change_list c = {.head = {.kind = CHANGE_LIST},
                            .list = {.org = o->id, .name = str_from(name), .created_ms = 1}};

    face_change(f, &c.head);
    return c.list.id;
}

uint64_t face_contact(struct face *f, const struct org *o, uint32_t list, uint64_t number, const char *fields)
{
    struct contact row = {.org = o->id, .number = number, .fields = str_from(fields)};
    struct change_contacts c = {.head = {.kind = CHANGE_CONTACTS},
                                .org = o->id,
                                .list = list,
                                .rows = &row,
                                .count = 1,
                                .now_ms = clock_wall_ms(&f->clock)};

    face_change(f, &c.head);
    return row.id;
}

const char *face_id(struct face *f, enum public_kind kind, uint64_t id)
{
    static char texts[8][PUBLIC_ID_BYTES];
    static size_t next;
    char *out = texts[next++ % 8];

    public_id_format(&f->ids, kind, id, out);
    return out;
}

/* ---- the client ---- */

static unsigned char from_last = 1;

void face_from(unsigned char last)
{
    from_last = last;
}

int face_connect(uint16_t port)
{
    const struct sockaddr_in from = {.sin_family = AF_INET,
                                     .sin_addr.s_addr = htonl(0x7f000000u | from_last)};
    const struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct timeval patience = {.tv_sec = 20};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    assert_int_equal(bind(fd, (const struct sockaddr *)&from, sizeof from), 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

void face_write(int fd, const char *bytes, size_t count)
{
    while (count > 0) {
        ssize_t wrote = send(fd, bytes, count, MSG_NOSIGNAL);
        if (wrote <= 0) return; /* the peer has enough; what it says is read next */
        bytes += wrote;
        count -= (size_t)wrote;
    }
}

size_t face_read_until(int fd, char *out, size_t size, const char *wanted)
{
    size_t have = 0;

    out[0] = '\0';
    while (have + 1 < size && (wanted == NULL || strstr(out, wanted) == NULL)) {
        ssize_t got = recv(fd, out + have, size - 1 - have, 0);
        if (got <= 0) break;
        have += (size_t)got;
        out[have] = '\0';
    }
    return have;
}

/* Chunked bodies are joined in place. */
static size_t join_chunks(char *body, size_t bytes)
{
    char *from = body, *to = body, *end = body + bytes;

    while (from < end) {
        char *after;
        unsigned long size = strtoul(from, &after, 16);
        if (size == 0) break;
        memmove(to, after + 2, size);
        to += size;
        from = after + 2 + size + 2;
    }
    *to = '\0';
    return (size_t)(to - body);
}

/* All that comes until the end, with a zero behind it. */
static char *read_all(int fd, size_t *bytes)
{
    size_t room = ANSWER_USUAL;
    char *raw = malloc(room);

    for (*bytes = 0;; room *= 2) {
        assert_non_null(raw);
        *bytes += face_read_until(fd, raw + *bytes, room - *bytes, NULL);
        if (*bytes + 1 < room) return raw;
        assert_true(room < ANSWER_MAX);
        raw = realloc(raw, room * 2);
    }
}

static struct answer parse_answer(char *raw, size_t bytes)
{
    struct answer a = {0};
    char *split = strstr(raw, "\r\n\r\n");

    if (split == NULL) {
        free(raw);
        return a;
    }
    (void)sscanf(raw, "HTTP/1.1 %d", &a.status);
    a.head = strndup(raw, (size_t)(split + 2 - raw));
    a.body_bytes = bytes - (size_t)(split + 4 - raw);
    a.body = malloc(a.body_bytes + 1);
    assert_non_null(a.body);
    memcpy(a.body, split + 4, a.body_bytes);
    a.body[a.body_bytes] = '\0';
    if (strcasestr(a.head, "transfer-encoding: chunked") != NULL)
        a.body_bytes = join_chunks(a.body, a.body_bytes);
    free(raw);
    return a;
}

struct answer call_bytes(struct face *f, const char *method, const char *target, const char *key,
                         const char *headers, const char *body, size_t bytes)
{
    char head[16384], *raw;
    int fd = face_connect(http_server_port(f->server)), used;
    size_t got;

    used = snprintf(head, sizeof head, "%s %s HTTP/1.1\r\nHost: test\r\nConnection: close\r\n%s", method,
                    target, headers == NULL ? "" : headers);
    if (key != NULL)
        used += snprintf(head + used, sizeof head - (size_t)used, "Authorization: Bearer %s\r\n", key);
    if (body != NULL)
        used += snprintf(head + used, sizeof head - (size_t)used, "Content-Length: %zu\r\n", bytes);
    used += snprintf(head + used, sizeof head - (size_t)used, "\r\n");
    assert_true((size_t)used < sizeof head);
    face_write(fd, head, (size_t)used);
    if (body != NULL) face_write(fd, body, bytes);
    raw = read_all(fd, &got);
    (void)close(fd);
    return parse_answer(raw, got);
}

struct answer call(struct face *f, const char *method, const char *target, const char *key,
                   const char *headers, const char *body)
{
    return call_bytes(f, method, target, key, headers, body, body == NULL ? 0 : strlen(body));
}

void answer_free(struct answer *a)
{
    free(a->head);
    free(a->body);
    *a = (struct answer){0};
}

void expect_text(struct face *f, int status, const char *method, const char *target, const char *key,
                 const char *body, const char *text)
{
    struct answer a = call(f, method, target, key, NULL, body);

    if (a.status != status) fail_msg("%s %s: %d instead of %d: %s", method, target, a.status, status, a.body);
    if (text != NULL && strstr(a.body, text) == NULL)
        fail_msg("%s %s: no '%s' in %s", method, target, text, a.body);
    answer_free(&a);
}

void expect(struct face *f, int status, const char *method, const char *target, const char *key,
            const char *body)
{
    expect_text(f, status, method, target, key, body, NULL);
}

const char *json_text(const char *body, const char *name)
{
    static char out[512];
    char wanted[64], *from;

    (void)snprintf(wanted, sizeof wanted, "\"%s\":\"", name);
    out[0] = '\0';
    from = body == NULL ? NULL : strstr(body, wanted);
    if (from != NULL)
        (void)snprintf(out, sizeof out, "%.*s", (int)strcspn(from + strlen(wanted), "\""),
                       from + strlen(wanted));
    return out;
}
