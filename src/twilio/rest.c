/*
 * rest: one easy handle and a loop around it. Owns the handle and what it last received. The world's failures
 * come back as errors with words; nothing is retried but reads. Contract in rest.h.
 */
#include "twilio/rest.h"

#include "base/rng.h"
#include "twilio/exchange.h"

#include <stdlib.h>

enum { URL_BYTES_MAX = 16 * 1024, IDLE_MAX_MS = 15000 };

struct rest {
    struct rest_config config;
    struct exchange_settings settings;
    struct exchange x;
    struct sockets sockets;
    struct rng rng;
};

enum err rest_new(const struct rest_config *c, struct rest **out, struct fault *f)
{
    struct rest *r = NULL;
    enum err failed = exchange_global_init();

    *out = NULL;
    if (failed == ERR_OK) {
        r = calloc(1, sizeof *r);
        failed = r == NULL ? ERR_FULL : ERR_OK;
    }
    if (failed == ERR_OK) {
        r->config = *c;
        sockets_init(&r->sockets);
        r->rng = rng_seeded(c->seed);
        r->settings =
            (struct exchange_settings){c->timeout_ms, c->connect_timeout_ms, IDLE_MAX_MS, 0, c->ca_file};
        failed = exchange_init(&r->x, &r->settings, &r->sockets);
    }
    if (failed == ERR_OK)
        *out = r;
    else
        free(r);
    return failed == ERR_OK ? ERR_OK : fault_set(f, failed, "the client of Twilio's API cannot be set up");
}

void rest_free(struct rest *r)
{
    if (r == NULL) return;
    exchange_free(&r->x);
    sockets_free(&r->sockets);
    free(r);
}

void rest_answer_free(struct rest_answer *answer)
{
    json_decref(answer->json);
    answer->json = NULL;
}

/* ---- one try --------------------------------------------------------------------------------------- */

static enum err error_of_status(int status)
{
    switch (status) {
    case 401:
    case 403:
        return ERR_DENIED;
    case 404:
        return ERR_NOT_FOUND;
    case 409:
        return ERR_CONFLICT;
    case 429:
        return ERR_LIMIT;
    default:
        return status >= 400 && status < 500 ? ERR_INVALID : ERR_UNAVAILABLE;
    }
}

bool rest_refused(enum err code)
{
    return code == ERR_INVALID || code == ERR_NOT_FOUND || code == ERR_CONFLICT || code == ERR_DENIED;
}

/* Names the call without its query, which may hold numbers. */
static enum err tell_failure(const struct rest_call *call, const struct exchange_outcome *seen,
                             CURLcode result, struct fault *f)
{
    const char *method = call->removes ? "DELETE" : call->form != NULL ? "POST" : "GET";
    struct str path = str_slice(call->target, 0, str_find_char(call->target, '?'));
    enum err code = result == CURLE_OPERATION_TIMEDOUT ? ERR_TIMEOUT : ERR_UNAVAILABLE;

    if (seen->transport_error != NULL)
        return fault_set(f, code, "%s " STR_FMT ": Twilio cannot be reached or broke off: %s", method,
                         STR_ARG(path), seen->transport_error);
    code = error_of_status(seen->seen.http_status);
    if (seen->error.code != 0)
        return fault_set(f, code, "%s " STR_FMT " was answered %d, error %d: " STR_FMT, method, STR_ARG(path),
                         seen->seen.http_status, seen->error.code, STR_ARG(seen->error.message));
    if (code == ERR_DENIED) code = ERR_UNAVAILABLE; /* a proxy's or an edge's: nobody's credentials are wrong */
    return fault_set(f, code, "%s " STR_FMT " was answered %d with something else than Twilio's JSON", method,
                     STR_ARG(path), seen->seen.http_status);
}

static bool is_write(const struct rest_call *call)
{
    return call->form != NULL || call->removes;
}

static void keep_answer(struct rest *r, const struct rest_call *call, struct exchange_outcome *seen,
                        struct rest_answer *answer)
{
    bool success = seen->seen.http_status >= 200 && seen->seen.http_status < 300;

    seen->seen.has_resource = success && (seen->json != NULL || call->removes);
    *answer = (struct rest_answer){.http_status = seen->seen.http_status,
                                   .error_code = seen->seen.twilio_code,
                                   .date_ms = seen->date_ms};
    answer->class = classify_exchange(is_write(call) ? PROVIDER_CANCEL : PROVIDER_FETCH, &seen->seen);
    if (str_copy(str_from(r->x.request_id), answer->request_id, sizeof answer->request_id) != ERR_OK)
        answer->request_id[0] = '\0';
    if (success && seen->json != NULL) answer->json = json_incref(seen->json);
}

static enum exchange_method method_of(const struct rest_call *call)
{
    return call->removes ? EXCHANGE_DELETE : call->form != NULL ? EXCHANGE_POST : EXCHANGE_GET;
}

static bool is_success(const struct rest_call *call, const struct rest_answer *answer)
{
    return call->removes ? answer->class == PROVIDER_CLASS_ACCEPTED : answer->json != NULL;
}

static enum err try_once(struct rest *r, const struct rest_call *call, const char *url,
                         struct curl_slist *headers, struct rest_answer *answer, int64_t *retry_after_ms,
                         struct fault *f)
{
    struct exchange_outcome seen;
    CURLcode result;
    enum err failed;

    exchange_clear(&r->x, EXCHANGE_LIST_BYTES_MAX);
    if (call->form != NULL) buf_add(&r->x.request, buf_str(call->form));
    failed = exchange_prepare(&r->x, method_of(call), url, headers);
    if (failed != ERR_OK) return fault_set(f, failed, "the request is too long to be sent");
    result = curl_easy_perform(r->x.easy);
    if (exchange_wants_fresh(&r->x, result)) result = curl_easy_perform(r->x.easy);
    exchange_outcome(&r->x, result, &seen);
    keep_answer(r, call, &seen, answer);
    *retry_after_ms = seen.retry_after_ms;
    failed = is_success(call, answer) ? ERR_OK : tell_failure(call, &seen, result, f);
    json_decref(seen.json);
    return failed;
}

/* ---- trying again ---------------------------------------------------------------------------------- */

static bool is_worth_a_retry(enum err failed)
{
    return failed == ERR_LIMIT || failed == ERR_UNAVAILABLE || failed == ERR_TIMEOUT;
}

static int64_t backoff_ms(struct rest *r, unsigned tries, int64_t retry_after_ms)
{
    int64_t ceiling = r->config.retry_first_ms;
    if (retry_after_ms > 0) return retry_after_ms;
    for (unsigned i = 1; i < tries && ceiling < r->config.retry_max_ms; i++)
        ceiling *= 2;
    if (ceiling > r->config.retry_max_ms) ceiling = r->config.retry_max_ms;
    return ceiling - (int64_t)rng_below(&r->rng, (uint64_t)(ceiling / 2 + 1));
}

static enum err try_until_done(struct rest *r, const struct rest_call *call, const char *url,
                               struct curl_slist *headers, struct rest_answer *answer, struct fault *f)
{
    for (unsigned tries = 1;; tries++) {
        int64_t retry_after_ms = 0;
        enum err failed = try_once(r, call, url, headers, answer, &retry_after_ms, f);
        if (!is_worth_a_retry(failed) || is_write(call)) return failed;
        if (r->config.wait == NULL || tries >= r->config.tries_max) return failed;
        if (!r->config.wait(r->config.owner, backoff_ms(r, tries, retry_after_ms)))
            return fault_set(f, ERR_CANCELED, "asked to stop while waiting for Twilio");
    }
}

enum err rest_do(struct rest *r, const struct twilio_account *a, const struct rest_call *call,
                 struct rest_answer *answer, struct fault *f)
{
    struct curl_slist *headers = exchange_headers(a, call->form != NULL);
    struct buf url;
    enum err failed;

    *answer =
        (struct rest_answer){.class = is_write(call) ? PROVIDER_CLASS_UNSENT : PROVIDER_CLASS_FAILED};
    buf_init(&url, URL_BYTES_MAX);
    twilio_base_url_add(&url, a, call->product, 0);
    buf_add(&url, call->target);
    failed = headers == NULL ? ERR_FULL : buf_check(&url);
    if (failed == ERR_OK)
        failed = try_until_done(r, call, buf_text(&url), headers, answer, f);
    else
        failed = fault_set(f, failed, "the request is too long, or there is no memory for it");
    buf_free(&url);
    exchange_headers_free(headers);
    return failed;
}

/* ---- lists ----------------------------------------------------------------------------------------- */

static enum err take_page(const struct rest_list *list, const json_t *json, rest_item_taker take, void *user,
                          struct str *next, struct fault *f)
{
    struct twilio_page page;
    enum err failed = twilio_json_page(json, list->key, &page);

    if (failed != ERR_OK)
        return fault_set(f, ERR_UNAVAILABLE, "a page of '%s' was answered that is none", list->key);
    for (size_t i = 0; i < json_array_size(page.items) && failed == ERR_OK; i++)
        failed = take(user, json_array_get(page.items, i), f);
    *next = page.next;
    return failed;
}

/* Turns the page's link into the next target, kept in `kept`. Empty on the last page. */
static enum err follow(const struct twilio_account *a, const struct rest_list *list, struct str link,
                       struct buf *kept, struct fault *f)
{
    struct buf base;
    struct str target = {NULL, 0};
    bool same;
    enum err failed = ERR_OK;

    buf_init(&base, URL_BYTES_MAX);
    twilio_base_url_add(&base, a, list->product, 0);
    if (link.len > 0) failed = twilio_link_target(link, buf_str(&base), &target);
    same = link.len > 0 && str_equal(target, buf_str(kept));
    buf_clear(kept);
    buf_add(kept, target);
    if (failed == ERR_OK) failed = buf_check(kept);
    buf_free(&base);
    if (failed != ERR_OK || same)
        return fault_set(f, ERR_UNAVAILABLE, "a page of '%s' has a link to the next that leads nowhere",
                         list->key);
    return ERR_OK;
}

enum err rest_each(struct rest *r, const struct twilio_account *a, const struct rest_list *list,
                   rest_item_taker take, void *user, struct fault *f)
{
    struct buf target;
    enum err failed;
    size_t pages = 0;

    buf_init(&target, URL_BYTES_MAX);
    buf_add(&target, list->target);
    failed = buf_check(&target);
    while (failed == ERR_OK && target.len > 0) {
        struct rest_call call = {.product = list->product, .target = buf_str(&target)};
        struct rest_answer answer;
        struct str next = {NULL, 0};
        if (pages++ == list->pages_max) {
            failed = fault_set(f, ERR_LIMIT, "'%s' has more than %zu pages", list->key, list->pages_max);
            break;
        }
        failed = rest_do(r, a, &call, &answer, f);
        if (failed == ERR_OK) failed = take_page(list, answer.json, take, user, &next, f);
        if (failed == ERR_OK) failed = follow(a, list, next, &target, f);
        rest_answer_free(&answer);
    }
    buf_free(&target);
    return failed;
}
