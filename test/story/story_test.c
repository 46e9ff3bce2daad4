/*
 * story_test CLIENT FILE…: plays .story files: starts the scripted peer, runs the calls through the provider port
 * over one of its clients (wire or curl), and compares the requests byte by byte and the answers field by field.
 * README.md tells the format. TAP on stdout; each difference is one line on stderr. STERLING_TEST names the stories
 * to play ('*' and '?' stand for anything).
 */
#include "peer.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "twilio/provider_wire.h"

#include <fnmatch.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ACCOUNT "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define TOKEN "0123456789abcdef0123456789abcdef"

enum { STORY_BYTES_MAX = 1 << 20, ANSWER_MS_MAX = 10000, ACCOUNT_HANDLE = 7 };

struct story {
    struct arena arena;
    const char *file;
    size_t line; /* being read, from 1 */
    struct str text;
    struct peer_config peer;
    struct str requests[PEER_REQUESTS_MAX]; /* patterns, in the order of the file; {NULL,0}: any */
    size_t requests_count;
    struct str client; /* the lines that are played after the peer has started */
    size_t client_line;
    struct provider_curl_config config;
    struct str client_name;
    struct str scheme;
    bool trust;
    struct peer *played;
    struct provider *provider;
    struct provider_answer answer;
    bool answered;
    struct str next_page;
    uint64_t tag;
    int port, failures;
};

static void complain(struct story *s, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void complain(struct story *s, const char *fmt, ...)
{
    char what[2000];
    va_list args;
    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    fprintf(stderr, "%s:%zu: %s\n", s->file, s->line, what);
    s->failures++;
}

_Noreturn static void give_up(struct story *s, const char *what, struct str about)
{
    fprintf(stderr, "%s:%zu: %s: " STR_FMT "\n", s->file, s->line, what, STR_ARG(about));
    printf("Bail out! %s cannot be played\n", s->file);
    exit(2);
}

/* ---- reading the file ------------------------------------------------------------------------------ */

static struct str next_line(struct str *text)
{
    struct str line;
    *text = str_cut(*text, '\n', &line);
    return line;
}

static int64_t number(struct story *s, struct str text)
{
    int64_t n = 0;
    if (str_to_i64(text, &n) != ERR_OK) give_up(s, "not a number", text);
    return n;
}

static bool yes(struct story *s, struct str text)
{
    if (str_equal(text, STR("yes"))) return true;
    if (!str_equal(text, STR("no"))) give_up(s, "neither yes nor no", text);
    return false;
}

/* Puts the words that are known only now into the text: {port}, {account}. */
static struct str fill_in(struct story *s, struct str text)
{
    struct buf out;
    struct str filled;
    buf_init(&out, STORY_BYTES_MAX);
    while (text.len > 0) {
        size_t at = str_find_char(text, '{');
        buf_add(&out, str_slice(text, 0, at));
        text = str_slice(text, at, text.len);
        if (str_starts(text, STR("{port}")) && s->port > 0)
            buf_addf(&out, "%d", s->port);
        else if (str_starts(text, STR("{account}")))
            buf_add(&out, STR(ACCOUNT));
        else if (str_starts(text, STR("{crlf}")))
            buf_add(&out, STR("\r\n"));
        else if (str_starts(text, STR("{next}")))
            buf_add(&out, s->next_page);
        else {
            buf_add(&out, str_slice(text, 0, 1));
            text = str_slice(text, 1, text.len);
            continue;
        }
        text = str_slice(text, str_find_char(text, '}') + 1, text.len);
    }
    filled = arena_str(&s->arena, buf_str(&out));
    buf_free(&out);
    return filled;
}

/* Joins the lines "> …" or "< …" that follow: a head in CR LF up to the empty line, then the body as it is.
 * {length} becomes the length of the body; a body line that ends in a backslash goes on in the next. */
static struct str read_block(struct story *s, struct str *text, char mark)
{
    struct buf head, body, all;
    struct str joined;
    bool in_body = false;

    buf_init(&head, STORY_BYTES_MAX);
    buf_init(&body, STORY_BYTES_MAX);
    buf_init(&all, STORY_BYTES_MAX);
    while (text->len > 0 && text->at[0] == mark) {
        struct str line = next_line(text);
        line = fill_in(s, str_slice(line, line.len > 1 ? 2 : 1, line.len));
        s->line++;
        if (in_body) {
            bool continued = str_ends(line, STR("\\"));
            buf_add(&body, str_slice(line, 0, line.len - (continued ? 1 : 0)));
            if (!continued && text->len > 0 && text->at[0] == mark) buf_add_char(&body, '\n');
        } else {
            buf_add(&head, line);
            buf_add(&head, STR("\r\n"));
            in_body = line.len == 0;
        }
    }
    joined = buf_str(&head);
    while (joined.len > 0) {
        size_t at = str_find(joined, STR("{length}"));
        buf_add(&all, str_slice(joined, 0, at));
        if (at < joined.len) buf_addf(&all, "%zu", body.len);
        joined = str_slice(joined, at + 8, joined.len);
    }
    buf_add(&all, buf_str(&body));
    joined = arena_str(&s->arena, buf_str(&all));
    buf_free(&head);
    buf_free(&body);
    buf_free(&all);
    return joined;
}

static struct peer_step *add_step(struct story *s, enum peer_step_kind kind)
{
    struct peer_script *script;
    if (s->peer.count == 0) give_up(s, "a step before any 'connection'", STR(""));
    script = &s->peer.scripts[s->peer.count - 1];
    if (script->count == PEER_STEPS_MAX) give_up(s, "too many steps", STR(""));
    script->steps[script->count] = (struct peer_step){.kind = kind};
    return &script->steps[script->count++];
}

static void add_request(struct story *s, struct str pattern)
{
    if (s->requests_count == PEER_REQUESTS_MAX) give_up(s, "too many requests", STR(""));
    s->requests[s->requests_count++] = pattern;
    add_step(s, PEER_READ_REQUEST);
}

static struct peer_step *last_step(struct story *s)
{
    struct peer_script *script = &s->peer.scripts[s->peer.count > 0 ? s->peer.count - 1 : 0];
    if (script->count == 0) give_up(s, "nothing was sent before", STR(""));
    return &script->steps[script->count - 1];
}

/* A word of the file and where its value goes. */
struct place {
    const char *name;
    enum { PLACE_TEXT, PLACE_YES, PLACE_INT, PLACE_SIZE, PLACE_INT64, PLACE_U32 } kind;
    size_t offset;
};

static void put_by_name(struct story *s, const struct place *places, size_t count, void *base,
                        struct str name, struct str value)
{
    for (size_t i = 0; i < count; i++) {
        void *at = (char *)base + places[i].offset;
        if (!str_equal(name, str_from(places[i].name))) continue;
        switch (places[i].kind) {
        case PLACE_TEXT:
            *(struct str *)at = value;
            return;
        case PLACE_YES:
            *(bool *)at = yes(s, value);
            return;
        case PLACE_INT:
            *(int *)at = (int)number(s, value);
            return;
        case PLACE_SIZE:
            *(size_t *)at = (size_t)number(s, value);
            return;
        case PLACE_INT64:
            *(int64_t *)at = number(s, value);
            return;
        case PLACE_U32:
            *(uint32_t *)at = (uint32_t)number(s, value);
            return;
        }
    }
    give_up(s, "unknown name", name);
}

static void read_setting(struct story *s, struct str line)
{
    static const struct place places[] = {
        {"timeout_ms", PLACE_INT64, offsetof(struct story, config.timeout_ms)},
        {"connect_timeout_ms", PLACE_INT64, offsetof(struct story, config.connect_timeout_ms)},
        {"idle_max_ms", PLACE_INT64, offsetof(struct story, config.idle_max_ms)},
        {"send_buffer", PLACE_INT, offsetof(struct story, config.send_buffer_bytes)},
        {"in_flight", PLACE_SIZE, offsetof(struct story, config.in_flight_max)},
        {"receive_buffer", PLACE_INT, offsetof(struct story, peer.receive_buffer_bytes)},
        {"tls", PLACE_YES, offsetof(struct story, peer.tls)},
        {"tls12", PLACE_YES, offsetof(struct story, peer.tls12)},
        {"early", PLACE_YES, offsetof(struct story, peer.early)},
        {"deaf", PLACE_YES, offsetof(struct story, peer.deaf)},
        {"absent", PLACE_YES, offsetof(struct story, peer.absent)},
        {"scheme", PLACE_TEXT, offsetof(struct story, scheme)},
        {"trust", PLACE_YES, offsetof(struct story, trust)},
    };
    struct str name, value = str_cut(line, ' ', &name);
    put_by_name(s, places, sizeof places / sizeof *places, s, name, value);
}

static void step_connection(struct story *s, struct str rest)
{
    (void)rest;
    if (s->peer.count == PEER_CONNECTIONS_MAX) give_up(s, "too many connections", rest);
    s->peer.count++;
}

static void step_request(struct story *s, struct str rest)
{
    (void)rest;
    add_request(s, (struct str){NULL, 0});
}

static void step_read(struct story *s, struct str rest)
{
    add_step(s, PEER_READ_BYTES)->bytes = (size_t)number(s, rest);
}

static void step_cut(struct story *s, struct str rest)
{
    last_step(s)->text.len -= (size_t)number(s, rest);
}

static void step_repeat(struct story *s, struct str rest)
{
    last_step(s)->times = (size_t)number(s, rest);
}

static void step_drip(struct story *s, struct str rest)
{
    (void)rest;
    last_step(s)->kind = PEER_DRIP;
}

static void step_split(struct story *s, struct str rest)
{
    (void)rest;
    last_step(s)->kind = PEER_SPLIT;
}

static void step_close(struct story *s, struct str rest)
{
    (void)rest;
    add_step(s, PEER_CLOSE);
}

static void step_drop(struct story *s, struct str rest)
{
    (void)rest;
    add_step(s, PEER_DROP);
}

static void step_renegotiate(struct story *s, struct str rest)
{
    (void)rest;
    add_step(s, PEER_RENEGOTIATE);
}

static void step_reset(struct story *s, struct str rest)
{
    (void)rest;
    add_step(s, PEER_RESET);
}

static void step_hang(struct story *s, struct str rest)
{
    (void)rest;
    add_step(s, PEER_HANG);
}

static void step_silence(struct story *s, struct str rest)
{
    (void)rest;
    add_step(s, PEER_SILENCE);
}

struct verb {
    const char *word;
    void (*play)(struct story *s, struct str rest);
};

static bool play_verb(struct story *s, const struct verb *verbs, size_t count, struct str line)
{
    struct str word, rest = str_cut(line, ' ', &word);
    for (size_t i = 0; i < count; i++)
        if (str_equal(word, str_from(verbs[i].word))) {
            verbs[i].play(s, rest);
            return true;
        }
    return false;
}

static bool is_remark(struct str line)
{
    return line.len == 0 || line.at[0] == '#' || str_starts(line, STR("story "));
}

/* A line or block of the peer's part; false at the first line of the client's. */
static bool read_peer_line(struct story *s, struct str *text)
{
    static const struct verb verbs[] = {
        {"set", read_setting},     {"connection", step_connection},
        {"request", step_request}, {"read", step_read},
        {"cut", step_cut},         {"repeat", step_repeat},
        {"drip", step_drip},       {"close", step_close},
        {"reset", step_reset},     {"hang", step_hang},
        {"silence", step_silence}, {"drop", step_drop},
        {"split", step_split},     {"renegotiate", step_renegotiate},
    };
    struct str before = *text, line;

    if (text->len > 0 && text->at[0] == '>') {
        add_request(s, read_block(s, text, '>'));
        return true;
    }
    if (text->len > 0 && text->at[0] == '<') {
        struct str answer = read_block(s, text, '<');
        add_step(s, PEER_SEND)->text = answer;
        last_step(s)->times = 1;
        return true;
    }
    line = next_line(text);
    s->line++;
    if (is_remark(line) || play_verb(s, verbs, sizeof verbs / sizeof *verbs, line)) return true;
    s->line--;
    *text = before;
    return false;
}

/* ---- the client's part ----------------------------------------------------------------------------- */

/* Cuts name=value or name="value with spaces". */
static struct str next_argument(struct str line, struct str *name, struct str *value)
{
    struct str rest = str_cut(str_trim(line), '=', name);
    if (rest.len > 0 && rest.at[0] == '"') return str_cut(str_slice(rest, 1, rest.len), '"', value);
    return str_cut(rest, ' ', value);
}

static struct str padding(struct story *s, int64_t bytes)
{
    char *text = arena_alloc(&s->arena, (size_t)bytes + 1);
    if (text == NULL) give_up(s, "too much text", STR(""));
    memset(text, 'x', (size_t)bytes);
    return (struct str){text, (size_t)bytes};
}

static void set_argument(struct story *s, struct provider_request *r, struct str name, struct str value)
{
    static const struct place places[] = {
        {"to", PLACE_TEXT, offsetof(struct provider_request, message.to)},
        {"from", PLACE_TEXT, offsetof(struct provider_request, message.from)},
        {"service", PLACE_TEXT, offsetof(struct provider_request, message.messaging_service_sid)},
        {"body", PLACE_TEXT, offsetof(struct provider_request, message.body)},
        {"callback", PLACE_TEXT, offsetof(struct provider_request, message.status_callback)},
        {"validity_s", PLACE_INT, offsetof(struct provider_request, message.validity_s)},
        {"smart", PLACE_YES, offsetof(struct provider_request, message.smart_encoded)},
        {"sid", PLACE_TEXT, offsetof(struct provider_request, sid)},
        {"list_to", PLACE_TEXT, offsetof(struct provider_request, list_to)},
        {"list_from", PLACE_TEXT, offsetof(struct provider_request, list_from)},
        {"page", PLACE_TEXT, offsetof(struct provider_request, list_page)},
        {"page_size", PLACE_INT, offsetof(struct provider_request, page_size)},
        {"after_ms", PLACE_INT64, offsetof(struct provider_request, list_date_after_ms)},
        {"before_ms", PLACE_INT64, offsetof(struct provider_request, list_date_before_ms)},
        {"account", PLACE_U32, offsetof(struct provider_request, account)},
    };
    if (str_equal(name, STR("body_bytes")))
        r->message.body = padding(s, number(s, value));
    else
        put_by_name(s, places, sizeof places / sizeof *places, r, name, value);
}

static struct provider_request read_call(struct story *s, struct str line)
{
    static const char *const names[] = {"create", "fetch", "list", "probe", "cancel", "redact"};
    struct provider_request r = {.tag = ++s->tag, .account = ACCOUNT_HANDLE};
    struct str call, rest = str_cut(fill_in(s, line), ' ', &call);
    size_t i = 0;

    while (i < 6 && !str_equal(call, str_from(names[i])))
        i++;
    if (i == 6) give_up(s, "unknown call", call);
    r.call = (enum provider_call)i;
    if (r.call == PROVIDER_CREATE && rest.len == 0)
        rest = STR("to=+14155550100 from=+14155550111 body=Hello");
    while (rest.len > 0) {
        struct str name, value;
        rest = next_argument(rest, &name, &value);
        set_argument(s, &r, name, value);
    }
    return r;
}

static void forget_answer(struct story *s)
{
    if (s->answered) provider_answer_free(s->provider, &s->answer);
    s->answered = false;
}

static enum err begin_call(struct story *s, struct str line)
{
    struct provider_request r = read_call(s, line);
    forget_answer(s);
    return provider_start(s->provider, &r);
}

static void await_answer(struct story *s)
{
    forget_answer(s);
    s->answered = provider_poll(s->provider, ANSWER_MS_MAX, &s->answer, 1) == 1;
    if (!s->answered)
        complain(s, "no answer came");
    else if (s->answer.next_page.len > 0)
        s->next_page = arena_str(&s->arena, s->answer.next_page);
}

static void expect_text(struct story *s, const char *what, struct str expected, struct str got)
{
    if (!str_equal(expected, got))
        complain(s, "%s: expected '" STR_FMT "', got '" STR_FMT "'", what, STR_ARG(expected), STR_ARG(got));
}

static void expect_number(struct story *s, const char *what, struct str expected, int64_t got)
{
    if (number(s, expected) != got)
        complain(s, "%s: expected " STR_FMT ", got %lld", what, STR_ARG(expected), (long long)got);
}

/* The field of the answer as text, if it is one. */
static bool text_field(const struct provider_answer *a, struct str name, struct str *out)
{
    if (str_equal(name, STR("class")))
        *out = str_from(provider_class_name(a->class));
    else if (str_equal(name, STR("sid")))
        *out = str_from(a->item.sid);
    else if (str_equal(name, STR("state")))
        *out = str_from(status_text(a->item.status));
    else if (str_equal(name, STR("body")))
        *out = a->item.body;
    else if (str_equal(name, STR("request_id")))
        *out = str_from(a->request_id);
    else if (str_equal(name, STR("next")))
        *out = a->next_page;
    else if (str_equal(name, STR("first_byte")))
        *out = a->first_byte_sent ? STR("yes") : STR("no");
    else
        return false;
    return true;
}

static bool number_field(const struct provider_answer *a, struct str name, int64_t *out)
{
    if (str_equal(name, STR("status")))
        *out = a->http_status;
    else if (str_equal(name, STR("code")))
        *out = a->error_code;
    else if (str_equal(name, STR("retry_after_ms")))
        *out = a->retry_after_ms;
    else if (str_equal(name, STR("date_ms")))
        *out = a->provider_date_ms;
    else if (str_equal(name, STR("items")))
        *out = (int64_t)a->items_count;
    else
        return false;
    return true;
}

static void expect_one(struct story *s, struct str name, struct str value)
{
    struct str message = s->answer.error_message, text;
    int64_t n;

    if (text_field(&s->answer, name, &text))
        expect_text(s, arena_copy(&s->arena, name), value, text);
    else if (number_field(&s->answer, name, &n))
        expect_number(s, arena_copy(&s->arena, name), value, n);
    else if (!str_equal(name, STR("message")))
        give_up(s, "unknown expectation", name);
    else if (str_find(message, value) == message.len)
        complain(s, "message '" STR_FMT "' lacks '" STR_FMT "'", STR_ARG(message), STR_ARG(value));
}

static void expect_answer(struct story *s, struct str rest)
{
    int before = s->failures;
    rest = fill_in(s, rest);
    if (!s->answered) give_up(s, "no call was answered", rest);
    while (rest.len > 0) {
        struct str name, value;
        rest = next_argument(rest, &name, &value);
        expect_one(s, name, value);
    }
    if (s->failures > before)
        complain(s, "the answer was: class %s, status %d, code %d, '" STR_FMT "'",
                 provider_class_name(s->answer.class), s->answer.http_status, s->answer.error_code,
                 STR_ARG(s->answer.error_message));
}

/* The peer says something that nobody asked for: a line of JSON in an answer with that status. */
static void play_interject(struct story *s, struct str rest)
{
    struct str status, json = str_cut(rest, ' ', &status);
    char *text = arena_printf(&s->arena, "HTTP/1.1 " STR_FMT " X\r\nContent-Length: %zu\r\n\r\n" STR_FMT,
                              STR_ARG(status), json.len, STR_ARG(json));
    if (!peer_say(s->played, str_from(text))) complain(s, "there is nobody to say it to");
}

static void play_start(struct story *s, struct str rest)
{
    enum err failed = begin_call(s, rest);
    if (failed != ERR_OK) complain(s, "the call did not start: %s", err_name(failed));
}

static void play_run(struct story *s, struct str rest)
{
    int before = s->failures;
    play_start(s, rest);
    if (s->failures == before) await_answer(s);
}

static void play_refuse(struct story *s, struct str rest)
{
    struct str code;
    rest = str_cut(rest, ' ', &code);
    expect_text(s, "start", code, str_from(err_name(begin_call(s, rest))));
    s->tag--; /* what was started before is still the last */
}

static void play_await(struct story *s, struct str rest)
{
    (void)rest;
    await_answer(s);
}

static void play_withdraw(struct story *s, struct str rest)
{
    expect_text(s, "withdraw", rest, provider_withdraw(s->provider, s->tag) ? STR("yes") : STR("no"));
}

static void play_bytes_out(struct story *s, struct str rest)
{
    expect_text(s, "bytes_out", rest, provider_bytes_out(s->provider, s->tag) ? STR("yes") : STR("no"));
}

static void play_ended(struct story *s, struct str rest)
{
    if (!peer_await_ended(s->played, (size_t)number(s, rest))) complain(s, "the peer's scripts do not end");
}

/* Counted at the end. */
static void play_count(struct story *s, struct str rest)
{
    (void)number(s, rest);
}

static void play_client_line(struct story *s, struct str line)
{
    static const struct verb verbs[] = {
        {"run", play_run},
        {"start", play_start},
        {"await", play_await},
        {"expect", expect_answer},
        {"refuse", play_refuse},
        {"withdraw", play_withdraw},
        {"bytes_out", play_bytes_out},
        {"interject", play_interject},
        {"ended", play_ended},
        {"requests", play_count},
        {"connections", play_count},
        {"resumed", play_count},
        {"early_data", play_count},
    };
    if (is_remark(line)) return;
    if (!play_verb(s, verbs, sizeof verbs / sizeof *verbs, line)) give_up(s, "unknown line", line);
}

/* ---- afterwards ------------------------------------------------------------------------------------ */

/* The pattern's {any} stands for any run of bytes within a line. */
static bool matches(struct str pattern, struct str text)
{
    size_t any = str_find(pattern, STR("{any}"));
    struct str rest;

    if (any == pattern.len) return str_equal(pattern, text);
    if (!str_starts(text, str_slice(pattern, 0, any))) return false;
    rest = str_slice(pattern, any + 5, pattern.len);
    for (size_t at = any; at <= text.len; at++) {
        if (matches(rest, str_slice(text, at, text.len))) return true;
        if (at < text.len && (text.at[at] == '\r' || text.at[at] == '\n')) return false;
    }
    return false;
}

static void compare_requests(struct story *s, const struct peer *peer)
{
    for (size_t i = 0; i < s->requests_count && i < peer_requests(peer); i++) {
        struct str pattern = s->requests[i], got = peer_request(peer, i);
        if (pattern.at == NULL) continue;
        pattern = fill_in(s, pattern);
        if (!matches(pattern, got))
            complain(s, "request %zu differs. Expected:\n" STR_FMT "\nGot:\n" STR_FMT, i + 1,
                     STR_ARG(pattern), STR_ARG(got));
    }
}

/* What the peer saw in all. */
static void compare_counts(struct story *s, const struct peer *peer)
{
    struct str text = s->client;
    bool counted = false;

    s->line = s->client_line;
    while (text.len > 0) {
        struct str line = next_line(&text), word, rest = str_cut(line, ' ', &word);
        s->line++;
        if (str_equal(word, STR("requests")))
            expect_number(s, "requests received", rest, (int64_t)peer_requests(peer));
        if (str_equal(word, STR("connections")))
            expect_number(s, "connections", rest, (int64_t)peer_connections(peer));
        if (str_equal(word, STR("resumed")))
            expect_number(s, "sessions resumed", rest, (int64_t)peer_resumed(peer));
        if (str_equal(word, STR("early_data")))
            expect_number(s, "connections with early data", rest, (int64_t)peer_early(peer));
        counted = counted || str_equal(word, STR("requests"));
    }
    if (!counted && peer_requests(peer) != s->requests_count)
        complain(s, "the script has %zu requests, the peer received %zu", s->requests_count,
                 peer_requests(peer));
    if (peer_failure(peer) != NULL) complain(s, "%s", peer_failure(peer));
}

static enum err new_provider(struct story *s, struct provider **out, struct fault *f)
{
    if (str_equal(s->client_name, STR("wire"))) return provider_wire_new(&s->config, NULL, out, f);
    if (str_equal(s->client_name, STR("curl"))) return provider_curl_new(&s->config, out, f);
    return fault_set(f, ERR_INVALID, "there is no such client");
}

static struct provider *make_provider(struct story *s, const struct peer *peer)
{
    struct twilio_account account;
    struct provider *provider;
    struct fault f = {0};
    char base[64];
    struct twilio_credentials c = {.account_sid = STR(ACCOUNT), .auth_token = STR(TOKEN)};

    snprintf(base, sizeof base, STR_FMT "://127.0.0.1:%d", STR_ARG(s->scheme), s->port);
    c.base_url = str_from(base);
    s->config.ca_file = s->trust ? peer_ca_file(peer) : NULL;
    if (twilio_account_set(&account, &c, &f) != ERR_OK ||
        new_provider(s, &provider, &f) != ERR_OK ||
        provider_set_account(provider, ACCOUNT_HANDLE, &account, &f) != ERR_OK)
        give_up(s, "set-up", str_from(f.what));
    return provider;
}

static void play(struct story *s)
{
    struct peer *peer = s->played = peer_start(&s->peer);
    struct str text = s->client;

    if (peer == NULL) give_up(s, "the peer does not start", STR(""));
    s->port = peer_port(peer);
    s->provider = make_provider(s, peer);
    s->line = s->client_line;
    while (text.len > 0) {
        struct str line = next_line(&text);
        s->line++;
        play_client_line(s, line);
    }
    forget_answer(s);
    provider_stop(s->provider);
    peer_join(peer);
    compare_requests(s, peer);
    compare_counts(s, peer);
    peer_free(peer);
}

static struct str read_file(struct story *s)
{
    FILE *file = fopen(s->file, "r");
    char *text = arena_alloc(&s->arena, STORY_BYTES_MAX / 4);
    size_t bytes;
    if (file == NULL || text == NULL) give_up(s, "cannot be read", STR(""));
    bytes = fread(text, 1, STORY_BYTES_MAX / 4, file);
    fclose(file);
    return (struct str){text, bytes};
}

/* Its differences. */
static int tell(const char *client, const char *file)
{
    static struct story s;
    static struct clock clock;

    clock_system(&clock);
    s = (struct story){.client_name = str_from(client), .file = file, .scheme = STR("http")};
    s.config = (struct provider_curl_config){.clock = &clock,
                                             .in_flight_max = 8,
                                             .timeout_ms = 5000,
                                             .connect_timeout_ms = 5000,
                                             .idle_max_ms = 60000};
    arena_init(&s.arena, 64 << 20);
    s.text = s.client = read_file(&s);
    while (s.client.len > 0 && read_peer_line(&s, &s.client)) {
    }
    s.client_line = s.line;
    play(&s);
    arena_reset(&s.arena);
    return s.failures;
}

/* "create_accepted" of "…/create_accepted.story". */
static void name_of(const char *file, char out[128])
{
    const char *slash = strrchr(file, '/'), *name = slash == NULL ? file : slash + 1;

    snprintf(out, 128, "%.*s", (int)strcspn(name, "."), name);
}

int main(int argc, char **argv)
{
    const char *asked = getenv("STERLING_TEST");
    int failed = 0;

    if (argc < 3) return 2;
    signal(SIGPIPE, SIG_IGN); /* as the server does; peers break connections */
    printf("1..%d\n", argc - 2);
    for (int i = 2; i < argc; i++) {
        char name[128];
        bool is_asked, good;

        name_of(argv[i], name);
        is_asked = asked == NULL || asked[0] == '\0' || fnmatch(asked, name, 0) == 0;
        good = !is_asked || tell(argv[1], argv[i]) == 0;
        failed += !good;
        printf("%sok %d - %s%s\n", good ? "" : "not ", i - 1, name, is_asked ? "" : " # SKIP");
        fflush(stdout);
    }
    return failed > 0;
}
