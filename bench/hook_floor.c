/*
 * hook_floor: libmicrohttpd, the signature check, 204. The floor that durable intake is compared with: the same library
 * and the same check, with nothing stored.
 *
 * hook_floor --token T --public URL
 * Prints its address and serves until SIGTERM. A wrong signature is 401.
 */
#include "twilio/signature.h"
#include "wire.h"

#include <microhttpd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct floor {
    struct signature_key *key; /* of the daemon's one thread */
    const char *public_url;
    struct MHD_Response *empty;
};
struct call {
    bool begun; /* the header was seen: from now on the body */
    char target[512];
    struct buf body;
};

static void *call_new(void *owner, const char *uri, struct MHD_Connection *connection)
{
    struct call *c = malloc(sizeof *c);

    (void)owner, (void)connection;
    if (c == NULL) return NULL;
    c->begun = false;
    (void)snprintf(c->target, sizeof c->target, "%s", uri);
    buf_init(&c->body, 65536);
    return c;
}

static void call_done(void *owner, struct MHD_Connection *connection, void **call,
                      enum MHD_RequestTerminationCode code)
{
    struct call *c = *call;

    (void)owner, (void)connection, (void)code;
    if (c == NULL) return;
    buf_free(&c->body);
    free(c);
}

static bool is_signed(const struct floor *f, struct call *c, struct MHD_Connection *connection)
{
    struct arena arena;
    struct form form;
    struct signature_request r = {.is_form_post = true, .params = &form, .raw_body = buf_str(&c->body)};
    bool good = false;

    arena_init(&arena, 64 * 1024);
    r.url = str_from(arena_printf(&arena, "%s%s", f->public_url, c->target));
    r.signature = str_from(MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "X-Twilio-Signature"));
    if (form_decode(&arena, buf_str(&c->body), 256, &form) == ERR_OK)
        good = signature_check(f->key, &arena, &r) == ERR_OK;
    arena_reset(&arena);
    return good;
}

static enum MHD_Result handle(void *owner, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *bytes, size_t *size, void **call)
{
    const struct floor *f = owner;
    struct call *c = *call;

    (void)url, (void)method, (void)version;
    if (c == NULL) return MHD_NO;
    if (!c->begun) {
        c->begun = true;
        return MHD_YES;
    }
    if (*size > 0) {
        buf_add(&c->body, (struct str){bytes, *size});
        *size = 0;
        return MHD_YES;
    }
    return MHD_queue_response(connection, is_signed(f, c, connection) ? 204 : 401, f->empty);
}

int main(int argc, char **argv)
{
    struct floor f = {.key = signature_key_new(str_from(bench_option(argc, argv, "token", NULL))),
                      .public_url = bench_option(argc, argv, "public", NULL),
                      .empty = MHD_create_response_from_buffer(0, (void *)(uintptr_t)"", MHD_RESPMEM_PERSISTENT)};
    struct MHD_Daemon *daemon;
    unsigned port;
    sigset_t set;
    int which, fd = wire_listen(&port);

    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
    daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, handle, &f, MHD_OPTION_LISTEN_SOCKET,
                              fd, MHD_OPTION_URI_LOG_CALLBACK, call_new, &f, MHD_OPTION_NOTIFY_COMPLETED,
                              call_done, &f, MHD_OPTION_CONNECTION_LIMIT, 4000u, MHD_OPTION_END);
    if (f.key == NULL || f.empty == NULL || daemon == NULL) bench_fail("the floor did not start");
    (void)printf("listens on http://127.0.0.1:%u\n", port);
    (void)fflush(stdout);
    (void)sigwait(&set, &which);
    MHD_stop_daemon(daemon);
    MHD_destroy_response(f.empty);
    signature_key_free(f.key);
    return 0;
}
