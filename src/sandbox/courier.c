/*
 * courier: the thread that sends webhooks over libcurl and keeps the model's time.
 *
 * Each turn it lets the model go on, takes as many due webhooks as it has free transfers, signs and starts
 * them, and brings back the answers. Failures are answers too; the model decides what follows.
 */
#include "sandbox/server_parts.h"

#include "twilio/form.h"
#include "twilio/signature.h"
#include "twilio/url.h"

#include <stdlib.h>
#include <string.h>

enum {
    FORM_BYTES_MAX = 65536,
    ANSWER_BYTES_MAX = 65536 + 1,
    LINE_BYTES = 256,
    IDLE_MS = 1000,
    KEYS_MAX = 1024
};

struct transfer {
    CURL *easy;
    struct curl_slist *headers;
    struct buf form, answer;
    char *url;
    uint64_t webhook, epoch;
    bool busy;
};

/* A pre-keyed signature of one account. The token may change under it (promotion). */
struct key {
    char token[SANDBOX_TOKEN_BYTES];
    struct signature_key *key;
};

struct courier {
    struct sandbox_server *server;
    CURLM *multi;
    struct transfer *transfers;
    unsigned count, busy;
    struct key keys[KEYS_MAX]; /* by account, modulo */
    struct key forger;
    struct sandbox_webhook *due;
};

static size_t take_answer(char *data, size_t size, size_t count, void *transfer)
{
    struct transfer *t = transfer;
    size_t bytes = size * count;
    /* What is too long is judged too long; the rest of it is of no use. */
    if (t->answer.len < ANSWER_BYTES_MAX - 1) {
        size_t room = ANSWER_BYTES_MAX - 1 - t->answer.len;
        buf_add(&t->answer, (struct str){data, bytes < room ? bytes : room});
    }
    return bytes;
}

static bool transfer_make(struct transfer *t)
{
    buf_init(&t->form, FORM_BYTES_MAX);
    buf_init(&t->answer, ANSWER_BYTES_MAX);
    t->easy = curl_easy_init();
    if (t->easy == NULL) return false;
    (void)curl_easy_setopt(t->easy, CURLOPT_PRIVATE, t);
    (void)curl_easy_setopt(t->easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(t->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    (void)curl_easy_setopt(t->easy, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(t->easy, CURLOPT_FOLLOWLOCATION, 1L);
    (void)curl_easy_setopt(t->easy, CURLOPT_MAXREDIRS, 10L);
    (void)curl_easy_setopt(t->easy, CURLOPT_HTTPAUTH, (long)(CURLAUTH_BASIC | CURLAUTH_DIGEST));
    (void)curl_easy_setopt(t->easy, CURLOPT_USERAGENT, "TwilioProxy/1.1");
    (void)curl_easy_setopt(t->easy, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, take_answer);
    (void)curl_easy_setopt(t->easy, CURLOPT_WRITEDATA, t);
    return true;
}

struct courier *courier_new(struct sandbox_server *s, unsigned concurrency)
{
    struct courier *c = calloc(1, sizeof *c);
    if (c == NULL) return NULL;
    c->server = s;
    c->count = concurrency;
    c->multi = curl_multi_init();
    c->transfers = calloc(concurrency, sizeof *c->transfers);
    c->due = calloc(concurrency, sizeof *c->due);
    for (unsigned i = 0; c->transfers != NULL && i < concurrency; i++)
        if (!transfer_make(&c->transfers[i])) {
            courier_free(c);
            return NULL;
        }
    if (c->multi == NULL || c->transfers == NULL || c->due == NULL) {
        courier_free(c);
        return NULL;
    }
    (void)curl_multi_setopt(c->multi, CURLMOPT_MAXCONNECTS, (long)concurrency);
    return c;
}

void courier_free(struct courier *c)
{
    for (unsigned i = 0; c->transfers != NULL && i < c->count; i++) {
        struct transfer *t = &c->transfers[i];
        if (t->busy) (void)curl_multi_remove_handle(c->multi, t->easy);
        curl_easy_cleanup(t->easy);
        curl_slist_free_all(t->headers);
        buf_free(&t->form);
        buf_free(&t->answer);
        free(t->url);
    }
    for (size_t i = 0; i < KEYS_MAX; i++) signature_key_free(c->keys[i].key);
    signature_key_free(c->forger.key);
    if (c->multi != NULL) (void)curl_multi_cleanup(c->multi);
    free(c->transfers);
    free(c->due);
    free(c);
}

void courier_wake(struct courier *c)
{
    (void)curl_multi_wakeup(c->multi);
}

static struct signature_key *key_for(struct key *k, const char *token)
{
    if (k->key != NULL && strcmp(k->token, token) == 0) return k->key;
    signature_key_free(k->key);
    k->key = signature_key_new(str_from(token));
    if (str_copy(str_from(token), k->token, sizeof k->token) != ERR_OK) k->token[0] = '\0';
    return k->key;
}

/* https is signed without a port, http as configured (reference 6). */
static struct str signed_url(struct arena *arena, struct str url)
{
    return str_starts(url, STR("https:")) ? url_without_port(arena, url) : url;
}

static bool is_json(const struct sandbox_webhook *w)
{
    return w->kind == SANDBOX_WEBHOOK_EVENTS;
}

static bool sign(struct courier *c, const struct sandbox_webhook *w, const char *token, struct str url,
                 struct str form, char out[SIGNATURE_TEXT_BYTES])
{
    struct key *slot = w->forged ? &c->forger : &c->keys[w->account % KEYS_MAX];
    struct signature_key *key = key_for(slot, w->forged ? "this is not the account's token" : token);
    struct arena arena;
    struct form params;
    bool done = false;
    arena_init(&arena, 8 * FORM_BYTES_MAX);
    if (key != NULL && (is_json(w) || form_decode(&arena, form, 256, &params) == ERR_OK))
        done = signature_make(key, &arena, signed_url(&arena, url), w->is_get || is_json(w) ? NULL : &params,
                              out) == ERR_OK;
    arena_reset(&arena);
    return done;
}

static void add_header(struct transfer *t, const char *name, const char *value)
{
    struct buf line;
    struct curl_slist *longer;
    buf_init(&line, LINE_BYTES);
    buf_addf(&line, "%s: %s", name, value);
    longer = curl_slist_append(t->headers, buf_text(&line));
    if (longer != NULL) t->headers = longer;
    buf_free(&line);
}

/* The URL as it goes out; with GET the parameters are in it, and are signed as part of it; so is the hash of a
 * JSON body. */
static char *outgoing_url(const struct sandbox_webhook *w, struct str form)
{
    struct buf url;
    char hash[SIGNATURE_BODY_HASH_BYTES];
    struct str configured = str_slice(w->url, 0, w->url_bytes);
    buf_init(&url, 2 * FORM_BYTES_MAX);
    buf_add(&url, configured);
    if (w->is_get) {
        buf_add_char(&url, str_find_char(configured, '?') < configured.len ? '&' : '?');
        buf_add(&url, form);
    }
    if (is_json(w)) {
        signature_body_hash(form, hash);
        buf_addf(&url, "%cbodySHA256=%s", str_find_char(configured, '?') < configured.len ? '&' : '?', hash);
    }
    return buf_take(&url);
}

/* Under the lock: everything of the webhook that the model owns is copied. */
static bool prepare(struct courier *c, struct transfer *t, const struct sandbox_webhook *w)
{
    struct sandbox *sb = c->server->sb;
    char signature[SIGNATURE_TEXT_BYTES];
    buf_clear(&t->form);
    buf_clear(&t->answer);
    free(t->url);
    t->url = NULL;
    t->webhook = w->id;
    t->epoch = c->server->epoch;
    if (sandbox_webhook_form(sb, w->id, &t->form) != ERR_OK) return false;
    t->url = outgoing_url(w, buf_str(&t->form));
    if (t->url == NULL) return false;
    if (!sign(c, w, sandbox_account_token(sb, w->account), str_from(t->url), buf_str(&t->form), signature))
        return false;
    curl_slist_free_all(t->headers);
    t->headers = NULL;
    add_header(t, "X-Twilio-Signature", signature);
    add_header(t, "I-Twilio-Idempotency-Token", w->idempotency_token);
    add_header(t, "X-Home-Region", "us1");
    add_header(t, "Accept", "*/*");
    if (!w->is_get)
        add_header(t, "Content-Type",
                   is_json(w) ? "application/json" : "application/x-www-form-urlencoded; charset=UTF-8");
    if (!w->is_get) add_header(t, "Expect", "");
    return true;
}

static bool start(struct courier *c, struct transfer *t, const struct sandbox_webhook *w)
{
    uint32_t whole = w->connect_timeout_ms + w->read_timeout_ms;
    if (whole > w->total_timeout_ms) whole = w->total_timeout_ms;
    (void)curl_easy_setopt(t->easy, CURLOPT_URL, t->url);
    (void)curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers);
    (void)curl_easy_setopt(t->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)w->connect_timeout_ms);
    (void)curl_easy_setopt(t->easy, CURLOPT_TIMEOUT_MS, (long)whole);
    if (w->is_get) {
        (void)curl_easy_setopt(t->easy, CURLOPT_HTTPGET, 1L);
    } else {
        (void)curl_easy_setopt(t->easy, CURLOPT_POST, 1L);
        (void)curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE, (long)t->form.len);
        (void)curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, buf_text(&t->form));
    }
    t->busy = curl_multi_add_handle(c->multi, t->easy) == CURLM_OK;
    c->busy += t->busy;
    return t->busy;
}

static struct transfer *free_transfer(struct courier *c)
{
    for (unsigned i = 0; i < c->count; i++)
        if (!c->transfers[i].busy) return &c->transfers[i];
    return NULL;
}

/* Under the lock. */
static void start_due(struct courier *c, int64_t now_ms)
{
    size_t count = sandbox_step(c->server->sb, now_ms, c->due, c->count - c->busy);
    for (size_t i = 0; i < count; i++) {
        struct transfer *t = free_transfer(c);
        BUG_IF(t == NULL); /* no more are due than are free */
        if (prepare(c, t, &c->due[i]) && start(c, t, &c->due[i])) continue;
        sandbox_webhook_answered(c->server->sb, now_ms, c->due[i].id,
                                 &(struct sandbox_webhook_answer){.failure = SANDBOX_WEBHOOK_CONNECT_FAILED});
    }
}

static enum sandbox_webhook_failure failure_of(CURLcode result, CURL *easy)
{
    curl_off_t connected_us = 0;
    if (result == CURLE_OK) return SANDBOX_WEBHOOK_ANSWERED;
    (void)curl_easy_getinfo(easy, CURLINFO_CONNECT_TIME_T, &connected_us);
    switch (result) {
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION: return SANDBOX_WEBHOOK_CONNECT_FAILED;
    default: return connected_us == 0 ? SANDBOX_WEBHOOK_CONNECT_FAILED : SANDBOX_WEBHOOK_READ_FAILED;
    }
}

static void finish(struct courier *c, CURL *easy, CURLcode result)
{
    struct transfer *t = NULL;
    const char *content_type = NULL;
    long http_status = 0;
    struct sandbox_webhook_answer answer;
    (void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&t);
    (void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &http_status);
    (void)curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &content_type);
    answer = (struct sandbox_webhook_answer){.failure = failure_of(result, easy),
                                             .http_status = (int)http_status,
                                             .content_type = str_from(content_type),
                                             .body = buf_str(&t->answer)};
    (void)pthread_mutex_lock(&c->server->lock);
    if (t->epoch == c->server->epoch)
        sandbox_webhook_answered(c->server->sb, sb_server_now(c->server), t->webhook, &answer);
    (void)pthread_mutex_unlock(&c->server->lock);
    (void)curl_multi_remove_handle(c->multi, easy);
    t->busy = false;
    c->busy--;
}

/* Milliseconds until there is something to do. */
static int turn(struct courier *c)
{
    struct sandbox_server *s = c->server;
    int64_t now_ms, next_ms, timer_ms, wait_ms;
    (void)pthread_mutex_lock(&s->lock);
    now_ms = sb_server_now(s);
    start_due(c, now_ms);
    timer_ms = sb_server_timers(s, now_ms);
    next_ms = sandbox_next_event_ms(s->sb);
    if (timer_ms < next_ms) next_ms = timer_ms;
    /* With every transfer busy, only their ends matter. */
    wait_ms = next_ms == SANDBOX_NEVER ? IDLE_MS : next_ms - now_ms;
    if (wait_ms > IDLE_MS) wait_ms = IDLE_MS;
    if (wait_ms < 0 || c->busy == c->count) wait_ms = c->busy == c->count ? 10 : 0;
    s->wake_ms = now_ms + wait_ms;
    (void)pthread_mutex_unlock(&s->lock);
    return (int)wait_ms;
}

static bool is_stopping(struct courier *c)
{
    bool stopping;
    (void)pthread_mutex_lock(&c->server->lock);
    stopping = c->server->stopping;
    (void)pthread_mutex_unlock(&c->server->lock);
    return stopping;
}

void *courier_run(void *courier)
{
    struct courier *c = courier;
    while (!is_stopping(c)) {
        int wait_ms = turn(c), running, queued;
        CURLMsg *message;
        (void)curl_multi_perform(c->multi, &running);
        (void)curl_multi_poll(c->multi, NULL, 0, wait_ms, NULL);
        (void)curl_multi_perform(c->multi, &running);
        while ((message = curl_multi_info_read(c->multi, &queued)) != NULL)
            if (message->msg == CURLMSG_DONE) finish(c, message->easy_handle, message->data.result);
    }
    return NULL;
}
