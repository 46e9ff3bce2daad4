/* hooks_post: one delivery: rendered, signed, sent to a public address, judged. Contract in hooks_inside.h.
 */
#include "app/address.h"
#include "app/event_view.h"
#include "app/hooks_inside.h"
#include "base/mutant.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void hooks_sign(struct str secret, int64_t now_ms, struct str body, char out[HOOK_SIGNATURE_BYTES])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    struct buf text;
    int n = snprintf(out, HOOK_SIGNATURE_BYTES, "t=%" PRId64 ",v1=", now_ms / 1000);

    buf_init(&text, HOOKS_BODY_BYTES + 32);
    if (!MUTANT(webhook_signs_body_only)) buf_addf(&text, "%" PRId64 ".", now_ms / 1000);
    buf_add(&text, body);
    NO_MEMORY_IF(buf_check(&text) != ERR_OK ||
                     HMAC(EVP_sha256(), secret.at, (int)secret.len, (const unsigned char *)buf_text(&text), text.len,
                          digest, &length) == NULL,
                 "a signature");
    for (unsigned i = 0; i < length; i++)
        n += snprintf(out + n, HOOK_SIGNATURE_BYTES - (size_t)n, "%02x", digest[i]);
    buf_free(&text);
}

static curl_socket_t open_public_socket(void *owner, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct delivery *d = owner;
    (void)purpose;
    d->is_private = !MUTANT(webhook_to_private) && !d->target->hooks->app->settings->hooks_allow_private &&
                    !address_is_public(&address->addr);
    if (d->is_private) return CURL_SOCKET_BAD;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* The status says all; of the rest a bounded part is read, so that the connection ends in good order. */
static size_t ignore_answer(char *at, size_t size, size_t count, void *owner)
{
    struct delivery *d = owner;
    (void)at;
    d->answer_bytes += size * count;
    return d->answer_bytes > HOOKS_BODY_BYTES ? 0 : size * count;
}

static void set_options(struct delivery *d, const struct settings *s)
{
    curl_easy_setopt(d->curl, CURLOPT_URL, d->target->url);
    curl_easy_setopt(d->curl, CURLOPT_HTTPHEADER, d->headers);
    curl_easy_setopt(d->curl, CURLOPT_POSTFIELDSIZE, (long)d->body.len);
    curl_easy_setopt(d->curl, CURLOPT_POSTFIELDS, buf_text(&d->body));
    curl_easy_setopt(d->curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(d->curl, CURLOPT_PROXY, "");
    curl_easy_setopt(d->curl, CURLOPT_NOSIGNAL, 1L);
    /* A name that does not resolve must not hold up the thread when its time is over. */
    curl_easy_setopt(d->curl, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(d->curl, CURLOPT_TIMEOUT_MS, (long)s->hooks_timeout_ms);
    curl_easy_setopt(d->curl, CURLOPT_PROTOCOLS_STR, s->hooks_allow_private ? "http,https" : "https");
    curl_easy_setopt(d->curl, CURLOPT_OPENSOCKETFUNCTION, open_public_socket);
    curl_easy_setopt(d->curl, CURLOPT_OPENSOCKETDATA, d);
    curl_easy_setopt(d->curl, CURLOPT_WRITEFUNCTION, ignore_answer);
    curl_easy_setopt(d->curl, CURLOPT_WRITEDATA, d);
    curl_easy_setopt(d->curl, CURLOPT_ERRORBUFFER, d->error);
    curl_easy_setopt(d->curl, CURLOPT_PRIVATE, d);
}

bool delivery_start(struct hooks *h, struct target *t, const struct event *e, unsigned attempt)
{
    struct delivery *d = NULL;
    char line[160], id[PUBLIC_ID_BYTES], signature[HOOK_SIGNATURE_BYTES];

    for (size_t i = 0; i < HOOKS_PER_ENDPOINT && d == NULL; i++)
        if (t->slots[i].state == DELIVERY_FREE) d = &t->slots[i];
    if (d == NULL) return false;
    *d = (struct delivery){.state = DELIVERY_OUT, .event = e->id, .attempt = attempt, .target = t};
    buf_init(&d->body, HOOKS_BODY_BYTES);
    event_render(h->app->ids, h->reader, &h->scratch, e, &d->body);
    arena_reset(&h->scratch);
    d->curl = curl_easy_init();
    if (d->curl == NULL || buf_check(&d->body) != ERR_OK) {
        if (d->curl != NULL) curl_easy_cleanup(d->curl);
        buf_free(&d->body);
        d->state = DELIVERY_FREE;
        return false;
    }
    public_id_format(h->app->ids, PUBLIC_EVENT, MUTANT(webhook_id_anew) ? e->id + attempt : e->id, id);
    hooks_sign(str_from(t->secret), clock_wall_ms(h->app->clock), buf_str(&d->body), signature);
    d->headers = curl_slist_append(NULL, "Content-Type: application/json");
    (void)snprintf(line, sizeof line, "Sterling-Event: %s", id);
    d->headers = curl_slist_append(d->headers, line);
    (void)snprintf(line, sizeof line, "Sterling-Signature: %s", signature);
    d->headers = curl_slist_append(d->headers, line);
    set_options(d, h->app->settings);
    d->started_ms = clock_mono_ms(h->app->clock);
    BUG_IF(curl_multi_add_handle(h->multi, d->curl) != CURLM_OK);
    t->out++;
    return true;
}

void delivery_finish(struct hooks *h, struct delivery *d, CURLcode code)
{
    const struct settings *s = h->app->settings;
    int64_t took_ms = clock_mono_ms(h->app->clock) - d->started_ms;

    curl_easy_getinfo(d->curl, CURLINFO_RESPONSE_CODE, &d->http_status);
    if (d->is_private) {
        (void)snprintf(d->error, sizeof d->error, "its address is private: only public ones are called");
    } else if (code != CURLE_OK && code != CURLE_WRITE_ERROR) {
        d->http_status = 0;
        if (d->error[0] == '\0') (void)snprintf(d->error, sizeof d->error, "%s", curl_easy_strerror(code));
    } else if (d->http_status < 200 || d->http_status > 299) {
        (void)snprintf(d->error, sizeof d->error, "answered %ld%s", d->http_status,
                       d->http_status >= 300 && d->http_status < 400 ? "; redirects are not followed" : "");
    } else {
        d->error[0] = '\0';
    }
    curl_multi_remove_handle(h->multi, d->curl);
    curl_easy_cleanup(d->curl);
    curl_slist_free_all(d->headers);
    buf_free(&d->body);
    d->state = DELIVERY_DONE;
    d->target->pace = took_ms > s->hooks_timeout_ms / HOOKS_SLOW_PART ? HOOKS_SLOW : HOOKS_QUICK;
}
