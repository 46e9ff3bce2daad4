/* client: one libcurl handle, JSON in and out. Contract in client.h. */
#include "cli/client.h"

#include "base/rng.h"
#include "cli/words.h"
#include "twilio/form.h"

#include <curl/curl.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    ANSWER_BYTES_MAX = 64 << 20,
    UPLOAD_LARGE = 1 << 20,
    UPLOAD_SMALL = 64 << 10,
    URL_BYTES_MAX = 1 << 16,
    AGAIN = 2,      /* times that a lost answer is asked for again */
    AGAIN_MS = 500,
    SILENT_S = 120 /* without a byte: nobody is there any more */
};
static const char EXPECT_NOTHING[] = "Expect:";
static const long EXPECT_MS = 2000;

static void pick(char *out, size_t size, const char *flag, const char *env)
{
    const char *value = flag != NULL ? flag : getenv(env);
    (void)snprintf(out, size, "%s", value == NULL ? "" : value);
}

/* The first line of DATA_DIR/name; empty when it is not there. */
static void read_first_line(const struct client *c, const char *name, char *out, size_t size)
{
    char path[600];
    FILE *in;
    out[0] = '\0';
    (void)snprintf(path, sizeof path, "%s/%s", c->data_dir, name);
    in = fopen(path, "re");
    if (in == NULL) return;
    if (fgets(out, (int)size, in) == NULL) out[0] = '\0';
    out[strcspn(out, "\r\n")] = '\0';
    (void)fclose(in);
}

/* The local server's address, if it can be read. True if it is the one that is asked. */
static bool read_server_file(struct client *c)
{
    char path[600];
    json_t *root;
    const char *url;
    bool own;
    (void)snprintf(path, sizeof path, "%s/server.json", c->data_dir);
    root = json_load_file(path, 0, NULL);
    url = json_string_value(json_object_get(root, "url"));
    if (c->url[0] == '\0' && url != NULL) (void)snprintf(c->url, sizeof c->url, "%s", url);
    own = url != NULL && strcmp(c->url, url) == 0;
    json_decref(root);
    return own;
}

static int complain_of_url(const struct client *c)
{
    char path[600];
    (void)snprintf(path, sizeof path, "%s/server.json", c->data_dir);
    if (access(path, R_OK) != 0 && errno == EACCES)
        return complain(c->in, EXIT_UNREACHABLE,
                        "%s may not be read by you: use sudo, or give --url and --key", path);
    return complain(c->in, EXIT_UNREACHABLE, "no server is known: %s is not there. Start `sterling serve`, or give --url",
                    path);
}

/* What is given, so that who begins again does nothing twice, or a random one. */
static int make_own_key(struct client *c)
{
    const char *given = flag_value(c->in, "idempotency-key");
    unsigned char random[16];
    int n = 0;
    if (given != NULL && (given[0] == '\0' || strlen(given) >= sizeof c->own_key))
        return complain(c->in, EXIT_USAGE, "--idempotency-key has 1 to %zu characters", sizeof c->own_key - 1);
    if (given == NULL && rng_secret(random, sizeof random) != ERR_OK)
        return complain(c->in, EXIT_FAILED, "no randomness for an Idempotency-Key");
    n = snprintf(c->own_key, sizeof c->own_key, "%s", given == NULL ? "cli-" : given);
    for (size_t i = 0; given == NULL && i < sizeof random; i++)
        n += snprintf(c->own_key + n, sizeof c->own_key - (size_t)n, "%02x", random[i]);
    return EXIT_DONE;
}

/* A directory with its key, and no server. */
static bool is_stopped(const struct client *c)
{
    char server[600], key[600];

    (void)snprintf(server, sizeof server, "%s/server.json", c->data_dir);
    (void)snprintf(key, sizeof key, "%s/operator.key", c->data_dir);
    return access(key, R_OK) == 0 && access(server, F_OK) != 0 && errno == ENOENT;
}

int client_open(struct client *c, const struct invocation *in)
{
    bool own;
    size_t n;
    int code;
    *c = (struct client){.in = in};
    pick(c->data_dir, sizeof c->data_dir, flag_value(in, "data-dir"), "STERLING_DATA_DIR");
    if (c->data_dir[0] == '\0') (void)snprintf(c->data_dir, sizeof c->data_dir, "/var/lib/sterling");
    pick(c->url, sizeof c->url, flag_value(in, "url"), "STERLING_URL");
    pick(c->key, sizeof c->key, flag_value(in, "key"), "STERLING_API_KEY");
    pick(c->org, sizeof c->org, flag_value(in, "org"), "STERLING_ORG");
    for (n = strlen(c->url); n > 0 && c->url[n - 1] == '/'; n--) c->url[n - 1] = '\0';
    own = read_server_file(c);
    if (c->key[0] == '\0' && own) read_first_line(c, "operator.key", c->key, sizeof c->key);
    if (c->url[0] == '\0') return complain_of_url(c);
    if (c->key[0] == '\0' && is_stopped(c))
        return complain(in, EXIT_UNREACHABLE, "no server of %s runs, and its key is for no other: start `sterling serve`, or "
                        "give --key", c->data_dir);
    if (c->key[0] == '\0')
        return complain(in, EXIT_REFUSED,
                        "no API key: give --key or STERLING_API_KEY (the operator's in %s/operator.key is for the server"
                        " of that directory)", c->data_dir);
    code = make_own_key(c);
    if (code != EXIT_DONE) return code;
    c->curl = curl_easy_init();
    return c->curl == NULL ? complain(in, EXIT_FAILED, "out of memory") : EXIT_DONE;
}

void client_close(struct client *c)
{
    if (c->curl != NULL) curl_easy_cleanup(c->curl);
    memset(c->key, 0, sizeof c->key);
    c->curl = NULL;
}

static size_t collect(char *at, size_t size, size_t count, void *owner)
{
    struct buf *b = owner;
    buf_add(b, (struct str){at, size * count});
    return buf_check(b) == ERR_OK ? size * count : 0;
}

/* Organizations themselves are the installation's: no organization is acted for. `expect`: the header of that name,
 * which curl would add as it sees fit. */
static struct curl_slist *headers_of(struct client *c, const char *path, const char *method,
                                     const char *content_type, const char *expect)
{
    char line[400];
    struct curl_slist *list = NULL;

    (void)snprintf(line, sizeof line, "Authorization: Bearer %s", c->key);
    list = curl_slist_append(list, line);
    if (c->org[0] != '\0' && path != NULL && !str_starts(str_from(path), STR("/v1/organizations"))) {
        (void)snprintf(line, sizeof line, "Sterling-Organization: %s", c->org);
        list = curl_slist_append(list, line);
    }
    if (content_type != NULL) {
        (void)snprintf(line, sizeof line, "Content-Type: %s", content_type);
        list = curl_slist_append(list, line);
    }
    if (strcmp(method, "POST") == 0 && c->idempotency_key != NULL) {
        (void)snprintf(line, sizeof line, "Idempotency-Key: %s", c->idempotency_key);
        list = curl_slist_append(list, line);
    } else if (strcmp(method, "POST") == 0) {
        if (++c->posts == 1) (void)snprintf(line, sizeof line, "Idempotency-Key: %s", c->own_key);
        else (void)snprintf(line, sizeof line, "Idempotency-Key: %s-%u", c->own_key, c->posts);
        list = curl_slist_append(list, line);
    }
    return curl_slist_append(list, expect);
}

/* Of a file that was sent, "3.means" is line 3, column means. */
static bool print_line_field(const char *field)
{
    size_t digits = strspn(field, "0123456789");

    if (digits == 0 || field[digits] != '.') return false;
    (void)fprintf(stderr, "  line %.*s: %s", (int)digits, field, field + digits + 1);
    return true;
}

/* What the API calls otherwise than the command line does. */
static const char *flag_of(const char *field)
{
    static const char *const names[][2] = {
        {"basis", "consent"}, {"url", "shown-at"}, {"brand_type", "brand"}, {"brand_score", "score"}};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(field, names[i][0]) == 0) return names[i][1];
    return field;
}

/* A field of the API as it was typed here, or is to be: postal_code is --postal-code where the verb has such a flag. */
static void print_field(const struct invocation *in, const char *field)
{
    bool query = field[0] == '?';
    const char *name = query ? field + 1 : field;
    const char *flag = flag_of(strncmp(name, "program.", 8) == 0 ? name + 8 : name);

    for (size_t i = 0; i < in->verb->flags_count; i++) {
        const struct flag *f = &in->verb->flags[i];
        if ((!query && !flag_given(in, f->name)) || !flag_is_named(f->name, str_from(flag))) continue;
        (void)fprintf(stderr, "  --%s", f->name);
        return;
    }
    if (!print_line_field(name)) (void)fprintf(stderr, "  %s", name);
}

/* "  to '12': has 2 digits …; Give it as …": what, where and what to do. */
static void print_one_error(const struct invocation *in, json_t *one)
{
    const char *field = json_string_value(json_object_get(one, "field"));
    const char *value = json_string_value(json_object_get(one, "value"));
    const char *reason = json_string_value(json_object_get(one, "reason"));
    const char *fix = json_string_value(json_object_get(one, "fix"));
    size_t n = reason == NULL ? 0 : strlen(reason);

    print_field(in, field == NULL ? "" : field);
    if (value != NULL) (void)fprintf(stderr, " '%s'", value);
    (void)fputs(": ", stderr);
    words_print(reason, stderr);
    if (fix != NULL) (void)fputs(n > 0 && reason[n - 1] == '.' ? " " : "; ", stderr);
    words_print(fix, stderr);
    (void)fputc('\n', stderr);
}

static void print_errors(const struct invocation *in, json_t *errors)
{
    size_t at;
    json_t *one;
    json_array_foreach(errors, at, one) print_one_error(in, one);
}

static int print_problem(const struct client *c, long status, struct str body)
{
    json_t *root = json_loadb(body.at, body.len, 0, NULL);
    const char *title = json_string_value(json_object_get(root, "title"));
    const char *detail = json_string_value(json_object_get(root, "detail"));
    int code = status == 404 ? EXIT_NOT_FOUND : status >= 500 ? EXIT_FAILED : EXIT_REFUSED;

    if (c->refusal != NULL) {
        json_decref(*c->refusal);
        *c->refusal = root;
        return code;
    }
    complain(c->in, code, "%s%s%s (%ld)", title == NULL ? "the server refused" : title,
             detail == NULL ? "" : ": ", detail == NULL ? "" : detail, status);
    print_errors(c->in, json_object_get(root, "errors"));
    json_decref(root);
    return code;
}

/* path NULL: it grew too long. */
static int common_options(struct client *c, const char *path, struct curl_slist *headers)
{
    struct buf url;
    int code = EXIT_DONE;
    curl_easy_reset(c->curl);
    buf_init(&url, URL_BYTES_MAX);
    buf_add_text(&url, c->url);
    buf_add_text(&url, path == NULL ? "" : path);
    if (path == NULL || buf_check(&url) != ERR_OK)
        code = complain(c->in, EXIT_USAGE, "what is given is too long: a request's address holds %d bytes", URL_BYTES_MAX);
    else
        curl_easy_setopt(c->curl, CURLOPT_URL, buf_text(&url));
    buf_free(&url);
    curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(c->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c->curl, CURLOPT_CONNECTTIMEOUT_MS, 5000L);
    curl_easy_setopt(c->curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(c->curl, CURLOPT_LOW_SPEED_TIME, (long)SILENT_S);
    curl_easy_setopt(c->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    /* In clear the key is for the server alone; inside TLS a proxy sees none of it. */
    if (strncmp(c->url, "https:", 6) != 0) curl_easy_setopt(c->curl, CURLOPT_PROXY, "");
    return code;
}

static bool is_lost(CURLcode code)
{
    return code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING ||
           code == CURLE_PARTIAL_FILE;
}

/* taken: it may have been, and whoever begins again needs its key, unless the verb will find the same one by itself. */
static int complain_of_loss(const struct client *c, CURLcode code, bool taken)
{
    if (code == CURLE_WRITE_ERROR)
        return complain(c->in, EXIT_FAILED, "cannot take the answer: %s, or it is over %d MiB", strerror(errno),
                        ANSWER_BYTES_MAX >> 20);
    if (taken && !c->once && c->idempotency_key == NULL)
        return complain(c->in, EXIT_UNREACHABLE,
                        "%s: %s. It may have been done all the same; to begin again without doing anything twice, add"
                        " --idempotency-key %s", c->url, curl_easy_strerror(code), c->own_key);
    return complain(c->in, EXIT_UNREACHABLE, "%s: %s", c->url, curl_easy_strerror(code));
}

/* Performs; complains about a missing connection or a refusal. again: how often a lost answer is asked for again. */
static int perform(struct client *c, struct buf *answer, bool is_post, int again)
{
    long status = 0;
    curl_off_t sent = 0;
    CURLcode code = curl_easy_perform(c->curl);
    bool lost = is_lost(code);
    for (; again > 0 && (is_lost(code) || (lost && code == CURLE_COULDNT_CONNECT)); again--) {
        (void)poll(NULL, 0, AGAIN_MS);
        buf_clear(answer);
        code = curl_easy_perform(c->curl);
    }
    lost |= code != CURLE_COULDNT_CONNECT && code != CURLE_COULDNT_RESOLVE_HOST;
    curl_easy_getinfo(c->curl, CURLINFO_SIZE_UPLOAD_T, &sent);
    /* It cannot answer in the middle of an upload whose length was not said at its beginning. */
    if (is_lost(code) && sent > UPLOAD_LARGE)
        return complain(c->in, EXIT_REFUSED,
                        "the server took no more after %" PRId64 " MB: larger than it takes "
                        "(http.import_bytes_max), or the connection broke; split the file",
                        (int64_t)sent / 1000000);
    if (code != CURLE_OK) return complain_of_loss(c, code, is_post && lost);
    curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
    return status >= 200 && status < 300 ? EXIT_DONE : print_problem(c, status, buf_str(answer));
}

static int read_answer(struct client *c, int code, struct buf *bytes, json_t **answer)
{
    json_error_t why;
    if (code == EXIT_DONE && answer != NULL && bytes->len > 0) {
        *answer = json_loadb(bytes->at, bytes->len, 0, &why);
        if (*answer == NULL)
            code = complain(c->in, EXIT_FAILED, "the server's answer is not JSON: %s", why.text);
    }
    buf_free(bytes);
    return code;
}

int client_call(struct client *c, const char *method, const char *path, json_t *body, json_t **answer)
{
    char *text = body == NULL ? NULL : json_dumps(body, JSON_COMPACT);
    int code = client_send_text(c, method, path, "application/json", text, text == NULL ? 0 : strlen(text), answer);

    free(text);
    return code;
}

int client_send_text(struct client *c, const char *method, const char *path, const char *type, const char *text,
                     size_t text_len, json_t **answer)
{
    struct curl_slist *headers = headers_of(c, path, method, text == NULL ? NULL : type, EXPECT_NOTHING);
    bool is_post = strcmp(method, "POST") == 0;
    struct buf bytes;
    int code;

    buf_init(&bytes, ANSWER_BYTES_MAX);
    if (answer != NULL) *answer = NULL;
    code = common_options(c, path, headers);
    curl_easy_setopt(c->curl, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(c->curl, CURLOPT_WRITEDATA, &bytes);
    if (strcmp(method, "GET") != 0) {
        curl_easy_setopt(c->curl, CURLOPT_CUSTOMREQUEST, method);
        curl_easy_setopt(c->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)text_len);
        curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS, text == NULL ? "" : text);
    }
    if (code == EXIT_DONE)
        code = perform(c, &bytes, is_post, (is_post && !c->once) || strcmp(method, "GET") == 0 ? AGAIN : 0);
    curl_slist_free_all(headers);
    return read_answer(c, code, &bytes, answer);
}

static int show_upload(void *owner, curl_off_t down_total, curl_off_t down, curl_off_t total, curl_off_t done)
{
    (void)owner, (void)down_total, (void)down;
    if (total > 0 && isatty(STDERR_FILENO))
        (void)fprintf(stderr, "\ruploading %3d%%", (int)(done * 100 / total));
    return 0;
}

int client_upload(struct client *c, const char *path, const char *file, json_t **answer)
{
    struct curl_slist *headers = NULL;
    struct stat info;
    struct buf bytes;
    bool sized;
    int code;
    FILE *in = strcmp(file, "-") == 0 ? stdin : fopen(file, "re");

    if (in == NULL) return complain(c->in, EXIT_FAILED, "%s: %s", file, strerror(errno));
    buf_init(&bytes, ANSWER_BYTES_MAX);
    *answer = NULL;
    sized = fstat(fileno(in), &info) == 0 && S_ISREG(info.st_mode);
    /* What is refused for its length is refused before it is sent: later, that may be lost with the connection. */
    headers = headers_of(c, path, "POST", "text/csv",
                         sized && info.st_size < UPLOAD_SMALL ? EXPECT_NOTHING : "Expect: 100-continue");
    code = common_options(c, path, headers);
    curl_easy_setopt(c->curl, CURLOPT_POST, 1L);
    curl_easy_setopt(c->curl, CURLOPT_READDATA, in);
    if (sized)
        curl_easy_setopt(c->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)info.st_size);
    curl_easy_setopt(c->curl, CURLOPT_EXPECT_100_TIMEOUT_MS, EXPECT_MS);
    curl_easy_setopt(c->curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(c->curl, CURLOPT_XFERINFOFUNCTION, show_upload);
    curl_easy_setopt(c->curl, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(c->curl, CURLOPT_WRITEDATA, &bytes);
    if (code == EXIT_DONE) code = perform(c, &bytes, true, 0);
    if (isatty(STDERR_FILENO)) (void)fputs("\r\033[K", stderr);
    if (in != stdin) (void)fclose(in);
    curl_slist_free_all(headers);
    return read_answer(c, code, &bytes, answer);
}

static int show_download(void *owner, curl_off_t down_total, curl_off_t down, curl_off_t total,
                         curl_off_t done)
{
    (void)owner, (void)down_total, (void)total, (void)done;
    if (down > 0) (void)fprintf(stderr, "\rreceived %" PRId64 " KiB", (int64_t)down / 1024);
    return 0;
}

struct download {
    struct client *c;
    FILE *out;
    struct buf refused;
};

static size_t pour(char *at, size_t size, size_t count, void *owner)
{
    struct download *d = owner;
    long status = 0;
    curl_easy_getinfo(d->c->curl, CURLINFO_RESPONSE_CODE, &status);
    if (status >= 200 && status < 300) return fwrite(at, size, count, d->out) * size;
    return collect(at, size, count, &d->refused);
}

int client_download(struct client *c, const char *path, FILE *out)
{
    struct download d = {.c = c, .out = out};
    struct curl_slist *headers = headers_of(c, path, "GET", NULL, EXPECT_NOTHING);
    bool shown = out != stdout && isatty(STDERR_FILENO);
    int code;

    buf_init(&d.refused, ANSWER_BYTES_MAX);
    code = common_options(c, path, headers);
    curl_easy_setopt(c->curl, CURLOPT_WRITEFUNCTION, pour);
    curl_easy_setopt(c->curl, CURLOPT_WRITEDATA, &d);
    if (shown) {
        curl_easy_setopt(c->curl, CURLOPT_NOPROGRESS, 0L);
        curl_easy_setopt(c->curl, CURLOPT_XFERINFOFUNCTION, show_download);
    }
    if (code == EXIT_DONE) code = perform(c, &d.refused, false, 0);
    if (shown) (void)fputs("\r\033[K", stderr);
    if (code == EXIT_DONE && fflush(out) != 0)
        code = complain(c->in, EXIT_FAILED, "cannot write: %s", strerror(errno));
    buf_free(&d.refused);
    curl_slist_free_all(headers);
    return code;
}

int client_download_to(struct client *c, const char *path, const char *file)
{
    char part[4096];
    FILE *out;
    int code;

    if (snprintf(part, sizeof part, "%s.part", file) >= (int)sizeof part)
        return complain(c->in, EXIT_USAGE, "the file's name is too long");
    out = fopen(part, "we");
    if (out == NULL) return complain(c->in, EXIT_FAILED, "%s: %m", part);
    code = client_download(c, path, out);
    if (fclose(out) != 0 && code == EXIT_DONE) code = complain(c->in, EXIT_FAILED, "%s: %m", part);
    if (code == EXIT_DONE && rename(part, file) != 0) code = complain(c->in, EXIT_FAILED, "%s: %m", file);
    if (code != EXIT_DONE) (void)unlink(part);
    return code;
}

char *client_path_to(const char *base, const char *name, const char *tail)
{
    struct buf out;
    buf_init(&out, 65536);
    buf_add_text(&out, base);
    url_encode_add(&out, str_from(name));
    buf_add_text(&out, tail);
    return buf_take(&out);
}

char *client_path(const char *path, ...)
{
    struct buf out;
    va_list args;
    const char *name;
    bool first = true;

    buf_init(&out, URL_BYTES_MAX);
    buf_add_text(&out, path);
    va_start(args, path);
    while ((name = va_arg(args, const char *)) != NULL) {
        const char *value = va_arg(args, const char *);
        if (value == NULL) continue;
        buf_addf(&out, "%c%s=", first ? '?' : '&', name);
        url_encode_add(&out, str_from(value));
        first = false;
    }
    va_end(args);
    return buf_take(&out);
}
