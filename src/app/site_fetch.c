/* site_fetch: hop after hop over libcurl, each judged. Contract in site_fetch.h. */
#include "app/site_fetch.h"

#include "app/address.h"
#include "base/mutant.h"
#include "base/starved.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char AGENT[] = "Mozilla/5.0 (compatible; Sterling website check)";
enum { FORWARD_WORDS_MAX = 20, STATUS_OK_MIN = 200, STATUS_REDIRECT_MIN = 300, STATUS_CLIENT_MIN = 400,
       STATUS_LOCKED = 401, STATUS_GUARDED = 403, STATUS_TOO_MANY = 429, STATUS_SERVER_MIN = 500 };

struct hop {
    const struct site_fetch_config *config;
    CURL *curl;
    struct buf body;
    size_t header_bytes;
    bool is_private, wrong_type, is_paper, is_plain, full;
    bool named;    /* the host is one of config->answers */
    bool to_plain; /* it redirects to http, in so many words */
};

/* ---- which addresses ---- */

static bool ends_with_label(const char *host, const char *label)
{
    size_t n = strlen(host), k = strlen(label);

    return n >= k && strcasecmp(host + n - k, label) == 0 && (n == k || host[n - k - 1] == '.');
}

/* A name with a dot that is no number: what browsers would read as an address of digits ends in one. */
static bool is_public_name(char *host)
{
    static const char *const inside[] = {"localhost", "local", "internal", "intranet", "lan", "home", "corp",
                                         "home.arpa", "onion", "localdomain", NULL};
    size_t n = strlen(host);
    const char *last;

    if (n > 0 && host[n - 1] == '.') host[--n] = '\0';
    last = strrchr(host, '.');
    if (last == NULL || last[1] == '\0' || strspn(last + 1, "0123456789") == strlen(last + 1)) return false;
    if (strchr(host, ':') != NULL || strchr(host, '[') != NULL || strncasecmp(last + 1, "0x", 2) == 0) return false;
    for (const char *const *i = inside; *i != NULL; i++)
        if (ends_with_label(host, *i)) return false;
    return true;
}

/* A part of a URL; NULL if it has none. curl_free it. */
static char *part_of(CURLU *u, CURLUPart part)
{
    char *text = NULL;

    return curl_url_get(u, part, &text, 0) == CURLUE_OK ? text : NULL;
}

bool site_url_is_public(const char *url)
{
    CURLU *u = curl_url();
    char *scheme = NULL, *host = NULL, *port = NULL, *user = NULL, *password = NULL;
    bool fine = u != NULL && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK;

    if (fine) {
        scheme = part_of(u, CURLUPART_SCHEME);
        host = part_of(u, CURLUPART_HOST);
        port = part_of(u, CURLUPART_PORT);
        user = part_of(u, CURLUPART_USER);
        password = part_of(u, CURLUPART_PASSWORD);
        fine = scheme != NULL && strcmp(scheme, "https") == 0 && user == NULL && password == NULL && host != NULL &&
               (port == NULL || strcmp(port, "443") == 0) && is_public_name(host);
    }
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    curl_free(user);
    curl_free(password);
    curl_url_cleanup(u);
    return fine;
}

bool site_url_join(struct str url, struct str link, char out[SITE_URL_BYTES])
{
    char from[SITE_URL_BYTES], to[SITE_URL_BYTES];
    CURLU *u;
    char *whole = NULL;
    bool fine;

    if (str_copy(url, from, sizeof from) != ERR_OK || str_copy(link, to, sizeof to) != ERR_OK) return false;
    u = curl_url();
    fine = u != NULL && curl_url_set(u, CURLUPART_URL, from, 0) == CURLUE_OK &&
           curl_url_set(u, CURLUPART_URL, to, CURLU_URLENCODE) == CURLUE_OK &&
           (whole = part_of(u, CURLUPART_URL)) != NULL &&
           str_copy(str_from(whole), out, SITE_URL_BYTES) == ERR_OK;
    curl_free(whole);
    curl_url_cleanup(u);
    return fine;
}

/* ---- one hop ---- */

static bool is_plain_test(const struct hop *h)
{
    return h->config->test_port != 0 && !h->named && !h->config->test_tls;
}

static bool is_test_server(const struct hop *h, const struct sockaddr *address)
{
    struct sockaddr_in in;

    if (h->config->test_port == 0 || h->named || address->sa_family != AF_INET) return false;
    memcpy(&in, address, sizeof in);
    return ntohl(in.sin_addr.s_addr) == INADDR_LOOPBACK && ntohs(in.sin_port) == h->config->test_port;
}

static curl_socket_t open_judged_socket(void *owner, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct hop *h = owner;

    (void)purpose;
    /* One private address, and the name is not asked any further: what it has besides was put beside it. */
    if (!MUTANT(site_to_private) && !is_test_server(h, &address->addr) && !address_is_public(&address->addr))
        h->is_private = true;
    if (h->is_private) return CURL_SOCKET_BAD;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static size_t take_header(char *at, size_t size, size_t count, void *owner)
{
    struct hop *h = owner;

    if (size * count > sizeof "location: http:" && strncasecmp(at, "location: http:", 15) == 0) h->to_plain = true;
    h->header_bytes += size * count;
    return h->header_bytes > SITE_HEADERS_BYTES ? 0 : size * count;
}

static bool type_is(const char *type, const char *wanted)
{
    size_t n = strlen(wanted);

    return strncasecmp(type, wanted, n) == 0 && (type[n] == '\0' || type[n] == ';' || type[n] == ' ');
}

/* Looked at with the first bytes, so that nothing else is downloaded. */
static void judge_type(struct hop *h)
{
    char *type = NULL;

    (void)curl_easy_getinfo(h->curl, CURLINFO_CONTENT_TYPE, &type);
    if (type == NULL || type_is(type, "text/html") || type_is(type, "application/xhtml+xml")) return;
    h->is_plain = type_is(type, "text/plain");
    h->is_paper = type_is(type, "application/pdf");
    h->wrong_type = !h->is_plain;
}

/* Decoded bytes: what a small answer unfolds to is bounded here. */
static size_t take_body(char *at, size_t size, size_t count, void *owner)
{
    struct hop *h = owner;
    size_t bytes = size * count, room = SITE_PAGE_BYTES - h->body.len;

    if (h->body.len == 0) judge_type(h);
    if (h->wrong_type) return 0;
    h->full = bytes > room;
    buf_add(&h->body, (struct str){at, h->full ? room : bytes});
    return h->full || buf_check(&h->body) != ERR_OK ? 0 : bytes;
}

static int is_stopping(void *owner, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    const struct hop *h = owner;

    (void)a;
    (void)b;
    (void)c;
    (void)d;
    return h->config->stopping != NULL && *h->config->stopping;
}

static void set_limits(struct hop *h, int64_t timeout_ms)
{
    curl_easy_setopt(h->curl, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    curl_easy_setopt(h->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(h->curl, CURLOPT_QUICK_EXIT, 1L); /* a name that does not resolve holds up nobody */
    curl_easy_setopt(h->curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(h->curl, CURLOPT_PROXY, "");
    curl_easy_setopt(h->curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(h->curl, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(h->curl, CURLOPT_PROTOCOLS_STR, is_plain_test(h) ? "http" : "https");
    curl_easy_setopt(h->curl, CURLOPT_OPENSOCKETFUNCTION, open_judged_socket);
    curl_easy_setopt(h->curl, CURLOPT_OPENSOCKETDATA, h);
    curl_easy_setopt(h->curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(h->curl, CURLOPT_HEADERDATA, h);
    curl_easy_setopt(h->curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(h->curl, CURLOPT_WRITEDATA, h);
    curl_easy_setopt(h->curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(h->curl, CURLOPT_XFERINFOFUNCTION, is_stopping);
    curl_easy_setopt(h->curl, CURLOPT_XFERINFODATA, h);
}

struct hop_lists {
    struct curl_slist *headers, *connect, *resolve;
};

/* To the test server by its own address, whatever the name is. */
static void set_test_server(struct hop *h, const char *url, struct hop_lists *l)
{
    char plain[SITE_URL_BYTES + 8], to[48];

    (void)snprintf(plain, sizeof plain, "%s%s", is_plain_test(h) ? "http://" : "https://",
                   url + sizeof "https://" - 1);
    (void)snprintf(to, sizeof to, "::127.0.0.1:%u", h->config->test_port);
    l->connect = curl_slist_append(NULL, to);
    l->headers = curl_slist_append(l->headers, "X-Sterling-Site: 1");
    curl_easy_setopt(h->curl, CURLOPT_URL, plain);
    curl_easy_setopt(h->curl, CURLOPT_CONNECT_TO, l->connect);
}

static void set_request(struct hop *h, const char *url, struct hop_lists *l)
{
    const char *const *answers = h->config->answers;

    l->headers = curl_slist_append(NULL, "Accept: text/html,application/xhtml+xml,text/plain;q=0.8");
    l->headers = curl_slist_append(l->headers, "Accept-Language: en,es;q=0.8,fr;q=0.8");
    for (size_t i = 0; answers != NULL && answers[i] != NULL; i++) {
        l->resolve = curl_slist_append(l->resolve, answers[i]);
        if (strncmp(url + 8, answers[i], strcspn(answers[i], ":")) == 0) h->named = true;
    }
    curl_easy_setopt(h->curl, CURLOPT_URL, url);
    curl_easy_setopt(h->curl, CURLOPT_RESOLVE, l->resolve);
    curl_easy_setopt(h->curl, CURLOPT_CONNECT_TO, NULL);
    if (h->config->test_port != 0 && !h->named) set_test_server(h, url, l);
    curl_easy_setopt(h->curl, CURLOPT_USERAGENT, AGENT);
    curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, l->headers);
    curl_easy_setopt(h->curl, CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
    curl_easy_setopt(h->curl, CURLOPT_COOKIEFILE, ""); /* of this page's hops alone: some lead round without */
}

static enum site_outcome outcome_of_failure(const struct hop *h, CURLcode code)
{
    if (h->is_private) return SITE_PRIVATE;
    if (code == CURLE_OUT_OF_MEMORY) starved_note();
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST: return SITE_NO_NAME;
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_ABORTED_BY_CALLBACK: return SITE_SLOW;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_ISSUER_ERROR: return SITE_TLS;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL: return SITE_BAD_URL;
    default: return SITE_UNREACHABLE;
    }
}

static enum site_outcome outcome_of_status(long status)
{
    if (status >= STATUS_SERVER_MIN) return SITE_BROKEN;
    if (status == STATUS_LOCKED) return SITE_LOCKED;
    if (status == STATUS_GUARDED || status == STATUS_TOO_MANY) return SITE_GUARDED;
    return status >= STATUS_CLIENT_MIN ? SITE_GONE : status >= STATUS_OK_MIN ? SITE_READ : SITE_UNREACHABLE;
}

static bool is_redirect(long status)
{
    return status >= STATUS_REDIRECT_MIN && status < STATUS_CLIENT_MIN;
}

/* To where a redirect leads. The test server's own scheme is not the website's: relative ones stay on https. */
static enum site_outcome redirected(const struct hop *h, char url[SITE_URL_BYTES])
{
    bool test = is_plain_test(h) && !h->to_plain;
    char *next = NULL;
    struct str to;
    int count;

    (void)curl_easy_getinfo(h->curl, CURLINFO_REDIRECT_URL, &next);
    if (next == NULL) return SITE_UNREACHABLE;
    to = str_from(next);
    if (!test || !str_starts(to, STR("http://")))
        return str_copy(to, url, SITE_URL_BYTES) == ERR_OK ? SITE_LOOP : SITE_BAD_URL;
    count = snprintf(url, SITE_URL_BYTES, "https%s", next + strlen("http"));
    return count > 0 && count < SITE_URL_BYTES ? SITE_LOOP : SITE_BAD_URL;
}

/* SITE_LOOP: another hop is wanted, to the address in url. */
static enum site_outcome run_hop(struct hop *h, char url[SITE_URL_BYTES], int64_t timeout_ms)
{
    struct hop_lists lists = {NULL, NULL, NULL};
    long status = 0;
    CURLcode code;
    enum site_outcome outcome;

    set_request(h, url, &lists);
    set_limits(h, timeout_ms);
    code = curl_easy_perform(h->curl);
    (void)curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &status);
    if (code != CURLE_OK && !h->wrong_type && !h->full) outcome = outcome_of_failure(h, code);
    else outcome = is_redirect(status) ? redirected(h, url) : outcome_of_status(status);
    if (outcome == SITE_READ && h->wrong_type) outcome = h->is_paper ? SITE_PAPER : SITE_NOT_TEXT;
    curl_slist_free_all(lists.headers);
    curl_slist_free_all(lists.connect);
    curl_slist_free_all(lists.resolve);
    return outcome;
}

/* A page of hardly a word that sends its reader on by itself is one more redirect. */
static enum site_outcome read_page(struct hop *h, char url[SITE_URL_BYTES], struct site_page *page)
{
    struct str here = {url, strlen(url)};
    char next[SITE_URL_BYTES];
    enum err code;

    site_page_free(page);
    code = h->is_plain ? site_text_plain(buf_str(&h->body), page) : site_text_read(buf_str(&h->body), page);
    if (code != ERR_OK) return SITE_UNREACHABLE;
    page->cut = page->cut || h->full;
    if (page->refresh.len == 0 || page->count > FORWARD_WORDS_MAX) return SITE_READ;
    if (!site_url_join(here, page->refresh, next)) return SITE_READ;
    memcpy(url, next, sizeof next);
    return SITE_LOOP;
}

enum site_outcome site_fetch(const struct site_fetch_config *c, struct str asked, struct site_page *page)
{
    char url[SITE_URL_BYTES];
    struct hop h = {.config = c, .curl = curl_easy_init()};
    enum site_outcome outcome = SITE_LOOP;
    int64_t left_ms = 2 * c->timeout_ms;

    *page = (struct site_page){.count = 0};
    if (h.curl == NULL) {
        starved_note();
        return SITE_UNREACHABLE;
    }
    if (str_copy(asked, url, sizeof url) != ERR_OK) outcome = SITE_BAD_URL;
    buf_init(&h.body, SITE_PAGE_BYTES);
    for (int hop = 0; hop <= SITE_HOPS_MAX && outcome == SITE_LOOP; hop++) {
        double took_s = 0;
        buf_clear(&h.body);
        h.header_bytes = 0;
        h.wrong_type = h.is_paper = h.is_plain = h.full = h.named = h.to_plain = false;
        if (!site_url_join(str_from(url), str_from(url), url) || !site_url_is_public(url)) outcome = SITE_BAD_URL;
        else if (left_ms <= 0) outcome = SITE_SLOW;
        else outcome = run_hop(&h, url, left_ms < c->timeout_ms ? left_ms : c->timeout_ms);
        (void)curl_easy_getinfo(h.curl, CURLINFO_TOTAL_TIME, &took_s);
        left_ms -= (int64_t)(took_s * 1000);
        if (outcome == SITE_READ) outcome = read_page(&h, url, page);
    }
    buf_free(&h.body);
    curl_easy_cleanup(h.curl);
    return outcome;
}
