/*
 * client: the command line's way to a running server's /v1.
 *
 * Where the server is and which key opens it: flags, then environment (STERLING_URL, STERLING_API_KEY,
 * STERLING_ORG), then what the local server left in its data directory: server.json (its URLs) and
 * operator.key (readable by its owner only), which is for that server alone. Prints problems for people on stderr and
 * gives exit codes. POSTs carry an Idempotency-Key of their own; one whose answer was lost is asked for again with it,
 * and if that is in vain the key is told, so that whoever begins again (--idempotency-key) does nothing twice.
 */
#ifndef STERLING_CLI_CLIENT_H
#define STERLING_CLI_CLIENT_H

#include "base/buf.h"
#include "cli/verb.h"

#include <jansson.h>

struct client {
    const struct invocation *in;
    char url[512], key[256], org[64], data_dir[512];
    void *curl;
    const char *idempotency_key; /* of the next POSTs; NULL: each gets one of its own */
    char own_key[224]; /* of the first POST, and with their number of those after it */
    unsigned posts;
    bool once; /* POSTs have no key that counts: what is lost is not asked for again */
    json_t **refusal; /* not NULL: gets the problem of a refused call, which is then not printed; to be decref'ed */
};

/* EXIT_DONE, or complains and gives the code. */
int client_open(struct client *c, const struct invocation *in);
void client_close(struct client *c);

/* One call; `body` (may be NULL) stays the caller's. *answer (may be NULL) gets the JSON, to be decref'ed;
 * NULL for empty answers. EXIT_DONE on 2xx; otherwise the problem has been printed. */
int client_call(struct client *c, const char *method, const char *path, json_t *body, json_t **answer);
/* Sends a file as text/csv, with a progress line on a terminal. */
int client_upload(struct client *c, const char *path, const char *file, json_t **answer);
/* Sends `text` as it is. */
int client_send_text(struct client *c, const char *method, const char *path, const char *type, const char *text,
                     size_t text_len, json_t **answer);
/* Copies an answer's bytes to `out`. */
int client_download(struct client *c, const char *path, FILE *out);
/* Into FILE.part, which gets its name when it is whole: a refusal or a full disk leaves an older FILE as it was. */
int client_download_to(struct client *c, const char *path, const char *file);
/* base + the url-encoded name + tail: what a person typed cannot become another route. free() it. */
char *client_path_to(const char *base, const char *name, const char *tail);
/* path + url-encoded "name=value" pairs whose value is not NULL: client_path("/v1/x", "limit", "5", NULL). */
char *client_path(const char *path, ...) __attribute__((sentinel)); /* free() it */

#endif
