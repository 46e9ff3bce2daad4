/*
 * face: a whole HTTP face for tests: a store in a directory of its own, the writer, an app with a pump that
 * only listens, and a server on a free loopback port. Two organizations, acme and rival, each with a key of
 * every scope; acme also with keys that are narrow, expired and revoked.
 *
 * Notes are counted. STOPs are acknowledged at once, unless `hold_stops` is set: then face_release_stops
 * does.
 */
#ifndef STERLING_TEST_UNIT_HTTP_FACE_H
#define STERLING_TEST_UNIT_HTTP_FACE_H

#include "app/app.h"
#include "app/pump.h"
#include "http/server.h"

#include <pthread.h>

#define FACE_ACCOUNT "AC0123456789abcdef0123456789abcdef"
#define FACE_TOKEN "0123456789abcdef0123456789abcdef"
#define FACE_PUBLIC_URL "https://texts.example.com"

enum { FACE_KEY_BYTES = 48, FACE_NOTES_MAX = 64 };

struct face {
    char dir[64];
    struct settings settings;
    struct clock clock;
    struct store *store;
    struct store_ops ops; /* the store's: a test may replace what readers call, nothing else */
    struct store_reader *reader;
    struct writer *writer;
    struct sealer *sealer;
    struct public_ids ids;
    struct app app;
    struct http_server *server, *events;
    size_t connections_max;    /* these two take effect with face_restart */
    int64_t header_timeout_ms;
    struct arena text;
    struct org acme, rival;
    uint32_t acme_program, rival_program;
    char operator_key[FACE_KEY_BYTES], acme_key[FACE_KEY_BYTES], rival_key[FACE_KEY_BYTES];
    char read_key[FACE_KEY_BYTES], send_key[FACE_KEY_BYTES], manage_key[FACE_KEY_BYTES];
    char expired_key[FACE_KEY_BYTES], revoked_key[FACE_KEY_BYTES];
    pthread_mutex_t lock; /* guards what follows */
    int notes[NOTE_SENDER_MENDED + 1];
    struct note last[NOTE_SENDER_MENDED + 1];
    bool hold_stops;
    struct note held[FACE_NOTES_MAX];
    size_t held_count;
};

void face_open(struct face *f);
void face_close(struct face *f);
void face_restart(struct face *f); /* server, writer and store anew, over the same files */
void face_change(struct face *f, struct change *c);
int face_notes(struct face *f, enum note_kind kind);
/* Waits until so many STOPs are held, then lets them go on. */
void face_release_stops(struct face *f, size_t count);
uint32_t face_sender(struct face *f, const struct org *o, uint32_t program, const char *address,
                     uint64_t number);
uint64_t face_contact(struct face *f, const struct org *o, uint32_t list, uint64_t number,
                      const char *fields);
uint32_t face_list(struct face *f, const struct org *o, const char *name);
/* A public id; static memory of a few. */
const char *face_id(struct face *f, enum public_kind kind, uint64_t id);

struct answer {
    int status;
    char *head, *body; /* terminated; freed by answer_free */
    size_t body_bytes;
};
/* One request on a connection of its own. key, headers ("Name: value\r\n"…) and body may be NULL. */
struct answer call(struct face *f, const char *method, const char *target, const char *key,
                   const char *headers, const char *body);
struct answer call_bytes(struct face *f, const char *method, const char *target, const char *key,
                         const char *headers, const char *body, size_t bytes);
void answer_free(struct answer *a);
/* Calls, checks the status (fails the test with the body otherwise) and frees. */
void expect(struct face *f, int status, const char *method, const char *target, const char *key,
            const char *body);
/* As above, and the body must contain `text`. */
void expect_text(struct face *f, int status, const char *method, const char *target, const char *key,
                 const char *body, const char *text);
/* The value of "name": "…" in a JSON body, copied to static memory; "" if absent. */
const char *json_text(const char *body, const char *name);

/* The loopback address that calls come from: 127.0.0.`last`. */
void face_from(unsigned char last);
/* A connection by hand. */
int face_connect(uint16_t port);
void face_write(int fd, const char *bytes, size_t count);
/* Reads until `wanted` occurs, the peer closes, or ten seconds pass; returns what came, terminated. */
size_t face_read_until(int fd, char *out, size_t size, const char *wanted);

#endif
