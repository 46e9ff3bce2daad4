/*
 * exchange: where the libcurl options of one request are set. Owns the easy handle and both bodies. Every failure of
 * the world is told by the outcome; only set-up can fail with an error. Contract in exchange.h.
 */
#include "twilio/exchange.h"

#include "base/mutant.h"
#include "twilio/date.h"

#include <openssl/crypto.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>

static pthread_once_t global_once = PTHREAD_ONCE_INIT;
static CURLcode global_result;

static void global_init(void)
{
    global_result = curl_global_init(CURL_GLOBAL_DEFAULT);
}

enum err exchange_global_init(void)
{
    pthread_once(&global_once, global_init);
    return global_result == CURLE_OK ? ERR_OK : ERR_UNAVAILABLE;
}

/* ---- callbacks ------------------------------------------------------------------------------------- */

static size_t draw_body(char *to, size_t size, size_t count, void *user)
{
    struct exchange *x = user;
    struct str rest = str_slice(buf_str(&x->request), x->drawn, x->request.len);
    size_t bytes = size * count < rest.len ? size * count : rest.len;

    if (bytes > 0) memcpy(to, rest.at, bytes);
    x->drawn += bytes;
    return bytes;
}

static size_t take_body(char *from, size_t size, size_t count, void *user)
{
    struct exchange *x = user;
    buf_add(&x->response, (struct str){from, size * count});
    return buf_check(&x->response) == ERR_OK ? size * count : 0; /* less than given: libcurl gives up */
}

/* Keeps the value if the line is that header and it fits. */
static bool keep_header(struct str line, struct str name, char *out, size_t size)
{
    if (line.len <= name.len || line.at[name.len] != ':') return false;
    if (!str_equal_nocase(str_slice(line, 0, name.len), name)) return false;
    if (str_copy(str_trim(str_slice(line, name.len + 1, line.len)), out, size) != ERR_OK) out[0] = '\0';
    return true;
}

static size_t take_header(char *from, size_t size, size_t count, void *user)
{
    struct exchange *x = user;
    struct str line = {from, size * count};

    /* An interim answer (100) has headers of its own: only those of the last one count. */
    if (str_starts(line, STR("HTTP/")))
        x->date[0] = x->retry_after[0] = x->request_id[0] = '\0';
    else if (!keep_header(line, STR("Date"), x->date, sizeof x->date) &&
             !keep_header(line, STR("Retry-After"), x->retry_after, sizeof x->retry_after))
        keep_header(line, STR("Twilio-Request-Id"), x->request_id, sizeof x->request_id);
    return line.len;
}

static int about_to_send(void *user, char *remote, char *local, int remote_port, int local_port)
{
    struct exchange *x = user;
    (void)remote, (void)local, (void)remote_port;
    /* A second connection for a body that was drawn is libcurl repeating itself: not a byte of it may go. */
    if (x->drawn > 0) return CURL_PREREQFUNC_ABORT;
    if (!x->must_be_fresh && sockets_have_unread(x->sockets, local_port)) {
        x->must_be_fresh = true;
        return CURL_PREREQFUNC_ABORT;
    }
    x->first_byte_out = true;
    return CURL_PREREQFUNC_OK;
}

static int set_send_buffer(void *user, curl_socket_t socket, curlsocktype purpose)
{
    int bytes = *(const int *)user;
    (void)purpose;
    if (setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes) != 0) return CURL_SOCKOPT_ERROR;
    return CURL_SOCKOPT_OK;
}

/* ---- set-up ---------------------------------------------------------------------------------------- */

static CURLcode set_callbacks(struct exchange *x)
{
    CURLcode bad = CURLE_OK;
    bad |= curl_easy_setopt(x->easy, CURLOPT_READFUNCTION, draw_body);
    bad |= curl_easy_setopt(x->easy, CURLOPT_READDATA, x);
    bad |= curl_easy_setopt(x->easy, CURLOPT_WRITEFUNCTION, take_body);
    bad |= curl_easy_setopt(x->easy, CURLOPT_WRITEDATA, x);
    bad |= curl_easy_setopt(x->easy, CURLOPT_HEADERFUNCTION, take_header);
    bad |= curl_easy_setopt(x->easy, CURLOPT_HEADERDATA, x);
    bad |= curl_easy_setopt(x->easy, CURLOPT_PREREQFUNCTION, about_to_send);
    bad |= curl_easy_setopt(x->easy, CURLOPT_PREREQDATA, x);
    bad |= curl_easy_setopt(x->easy, CURLOPT_ERRORBUFFER, x->error);
    return bad;
}

static CURLcode set_protocol(struct exchange *x)
{
    CURLcode bad = CURLE_OK;
    bad |= curl_easy_setopt(x->easy, CURLOPT_PROTOCOLS_STR, "http,https");
    bad |= curl_easy_setopt(x->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    bad |= curl_easy_setopt(x->easy, CURLOPT_FOLLOWLOCATION, MUTANT(redirect_followed) ? 1L : 0L);
    bad |= curl_easy_setopt(x->easy, CURLOPT_SSL_VERIFYPEER, 1L);
    bad |= curl_easy_setopt(x->easy, CURLOPT_SSL_VERIFYHOST, 2L);
    bad |= curl_easy_setopt(x->easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    bad |= curl_easy_setopt(x->easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    bad |= curl_easy_setopt(x->easy, CURLOPT_UPLOAD_BUFFERSIZE, 16384L); /* a body is drawn in such pieces */
    bad |= curl_easy_setopt(x->easy, CURLOPT_NOSIGNAL, 1L);
    bad |=
        curl_easy_setopt(x->easy, CURLOPT_QUICK_EXIT, 1L); /* never wait for a name that is being resolved */
    bad |= curl_easy_setopt(x->easy, CURLOPT_TCP_KEEPALIVE, 1L);
    bad |= curl_easy_setopt(x->easy, CURLOPT_USERAGENT, REQUEST_USER_AGENT);
    return bad;
}

static CURLcode set_bounds(struct exchange *x, const struct exchange_settings *s)
{
    CURLcode bad = CURLE_OK;
    bad |= curl_easy_setopt(x->easy, CURLOPT_TIMEOUT_MS, (long)s->timeout_ms);
    bad |= curl_easy_setopt(x->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)s->connect_timeout_ms);
    /* libcurl counts idle time in whole seconds; less than one means not to use a connection again. */
    if (s->idle_max_ms >= 1000)
        bad |= curl_easy_setopt(x->easy, CURLOPT_MAXAGE_CONN, (long)(s->idle_max_ms / 1000));
    else
        bad |= curl_easy_setopt(x->easy, CURLOPT_FORBID_REUSE, 1L);
    if (s->ca_file != NULL) bad |= curl_easy_setopt(x->easy, CURLOPT_CAINFO, s->ca_file);
    if (s->send_buffer_bytes > 0) {
        bad |= curl_easy_setopt(x->easy, CURLOPT_SOCKOPTFUNCTION, set_send_buffer);
        bad |= curl_easy_setopt(x->easy, CURLOPT_SOCKOPTDATA, (void *)&s->send_buffer_bytes);
    }
    return bad;
}

enum err exchange_init(struct exchange *x, const struct exchange_settings *s, struct sockets *sockets)
{
    *x = (struct exchange){.easy = curl_easy_init(), .sockets = sockets};
    buf_init(&x->request, EXCHANGE_REQUEST_BYTES_MAX);
    buf_init(&x->response, EXCHANGE_ANSWER_BYTES_MAX);
    if (x->easy == NULL) return ERR_FULL;
    if (set_callbacks(x) == CURLE_OK && set_protocol(x) == CURLE_OK && set_bounds(x, s) == CURLE_OK &&
        sockets_attach(sockets, x->easy) == ERR_OK)
        return ERR_OK;
    exchange_free(x);
    return ERR_UNAVAILABLE;
}

void exchange_free(struct exchange *x)
{
    if (x->easy != NULL) curl_easy_cleanup(x->easy);
    x->easy = NULL;
    buf_free(&x->request);
    buf_free(&x->response);
}

void exchange_clear(struct exchange *x, size_t answer_bytes_max)
{
    buf_clear(&x->request);
    buf_clear(&x->response);
    x->response.max = answer_bytes_max;
    x->drawn = 0;
    x->date[0] = x->retry_after[0] = x->request_id[0] = x->error[0] = '\0';
    x->is_post = x->first_byte_out = x->must_be_fresh = false;
}

enum err exchange_prepare(struct exchange *x, enum exchange_method method, const char *url,
                          struct curl_slist *headers)
{
    CURLcode bad = CURLE_OK;

    if (buf_check(&x->request) != ERR_OK) return ERR_LIMIT;
    x->is_post = method == EXCHANGE_POST;
    bad |= curl_easy_setopt(x->easy, CURLOPT_CUSTOMREQUEST, method == EXCHANGE_DELETE ? "DELETE" : NULL);
    if (x->is_post) {
        bad |= curl_easy_setopt(x->easy, CURLOPT_POST, 1L);
        bad |= curl_easy_setopt(x->easy, CURLOPT_POSTFIELDS, NULL); /* else the body could be rewound */
        if (MUTANT(body_can_be_rewound)) bad |= curl_easy_setopt(x->easy, CURLOPT_POSTFIELDS, x->request.at);
        bad |= curl_easy_setopt(x->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)x->request.len);
    } else {
        bad |= curl_easy_setopt(x->easy, CURLOPT_HTTPGET, 1L);
    }
    bad |= curl_easy_setopt(x->easy, CURLOPT_FRESH_CONNECT, 0L);
    bad |= curl_easy_setopt(x->easy, CURLOPT_URL, url);
    bad |= curl_easy_setopt(x->easy, CURLOPT_HTTPHEADER, headers);
    /* A proxy of the environment may carry TLS, which it cannot repeat; plain HTTP it could. */
    bad |= curl_easy_setopt(x->easy, CURLOPT_PROXY, strncmp(url, "https:", 6) == 0 ? NULL : "");
    return bad == CURLE_OK ? ERR_OK : ERR_INVALID;
}

bool exchange_wants_fresh(struct exchange *x, CURLcode result)
{
    if (result != CURLE_ABORTED_BY_CALLBACK || !x->must_be_fresh || x->first_byte_out) return false;
    x->error[0] = '\0';
    return curl_easy_setopt(x->easy, CURLOPT_FRESH_CONNECT, 1L) == CURLE_OK;
}

/* ---- what was seen --------------------------------------------------------------------------------- */

void exchange_seen(struct exchange *x, CURLcode result, struct exchange_seen *out)
{
    long status = 0;

    curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
    *out = (struct exchange_seen){.http_status = (int)status,
                                  .handed_over = x->first_byte_out && x->drawn == x->request.len};
    if (result != CURLE_OK) out->failed = x->error[0] != '\0' ? x->error : curl_easy_strerror(result);
}

void exchange_outcome(struct exchange *x, CURLcode result, struct exchange_outcome *out)
{
    struct exchange_seen seen;

    exchange_seen(x, result, &seen);
    *out = (struct exchange_outcome){.transport_error = seen.failed,
                                     .seen = {.http_status = seen.http_status,
                                              .handed_over = seen.handed_over,
                                              .complete = seen.failed == NULL}};
    if (date_parse_rfc2822(str_from(x->date), &out->date_ms) != ERR_OK) out->date_ms = 0;
    out->retry_after_ms = classify_retry_after_ms(str_from(x->retry_after), out->date_ms);
    if (!out->seen.complete) return;
    out->json = twilio_json_parse(buf_str(&x->response));
    if (twilio_json_error(out->json, out->seen.http_status, &out->error))
        out->seen.twilio_code = out->error.code;
}

/* ---- headers --------------------------------------------------------------------------------------- */

static bool append(struct curl_slist **list, const char *line)
{
    struct curl_slist *longer = curl_slist_append(*list, line);
    if (longer == NULL) return false;
    *list = longer;
    return true;
}

struct curl_slist *exchange_headers(const struct twilio_account *a, bool is_post)
{
    struct curl_slist *list = NULL;
    struct buf authorization;
    bool made;

    buf_init(&authorization, 512);
    buf_add_text(&authorization, "Authorization: ");
    twilio_authorization_add(&authorization, a);
    made = buf_check(&authorization) == ERR_OK && append(&list, buf_text(&authorization)) &&
           append(&list, "Accept: application/json") && append(&list, "Accept-Charset: utf-8");
    if (is_post)
        made = made && append(&list, "Content-Type: application/x-www-form-urlencoded") &&
               append(&list, "Expect:");
    OPENSSL_cleanse(authorization.at, authorization.len);
    buf_free(&authorization);
    if (made) return list;
    exchange_headers_free(list);
    return NULL;
}

void exchange_headers_free(struct curl_slist *headers)
{
    for (struct curl_slist *line = headers; line != NULL; line = line->next)
        OPENSSL_cleanse(line->data, strlen(line->data));
    curl_slist_free_all(headers);
}
