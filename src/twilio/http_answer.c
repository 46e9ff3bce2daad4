/*
 * http_answer: lines and lengths of an answer as a machine with one step for each home. Only take_line and the
 * cursor look at bytes of the head. Contract in http_answer.h.
 */
#include "twilio/http_answer.h"

#include "base/cursor.h"
#include "base/mutant.h"

enum { LINE_KEPT_BYTES_MAX = HTTP_ANSWER_HEAD_BYTES_MAX, CHUNK_LINE_BYTES_MAX = 1024, CHUNK_DIGITS_MAX = 8 };

void http_answer_init(struct http_answer *a)
{
    *a = (struct http_answer){.home = HTTP_ANSWER_STATUS};
    buf_init(&a->body, 0);
    buf_init(&a->line, LINE_KEPT_BYTES_MAX);
}

void http_answer_free(struct http_answer *a)
{
    buf_free(&a->body);
    buf_free(&a->line);
}

static void begin_head(struct http_answer *a)
{
    a->home = HTTP_ANSWER_STATUS;
    a->coming = 0;
    a->has_length = a->is_chunked = a->says_close = a->says_keep = a->is_old = false;
    a->date[0] = a->retry_after[0] = a->request_id[0] = '\0';
}

void http_answer_clear(struct http_answer *a, size_t body_bytes_max)
{
    buf_clear(&a->body);
    buf_clear(&a->line);
    a->body.max = body_bytes_max;
    a->status = 0;
    a->keeps = a->line_is_read = false;
    a->wrong = NULL;
    a->head_bytes = 0;
    a->interim = 0;
    begin_head(a);
}

static void spoil(struct http_answer *a, const char *wrong)
{
    if (http_answer_over(a)) return;
    a->home = HTTP_ANSWER_BAD;
    a->wrong = wrong;
}

/* ---- lines ----------------------------------------------------------------------------------------- */

/* Takes bytes up to the end of the line; true if that came. *line is without its end, and lives until the next
 * call; it is a view of `in` where the whole line is there. */
static bool take_line(struct http_answer *a, struct str in, size_t *used, struct str *line)
{
    size_t end = str_find_char(in, '\n');
    struct str piece = str_slice(in, 0, end < in.len ? end + 1 : in.len);

    *used = piece.len;
    a->head_bytes += piece.len;
    if (a->line_is_read) buf_clear(&a->line);
    a->line_is_read = false;
    if (a->head_bytes > HTTP_ANSWER_HEAD_BYTES_MAX) {
        spoil(a, "the head of the answer is too long");
        return false;
    }
    if (end == in.len || a->line.len > 0) {
        buf_add(&a->line, piece);
        piece = buf_str(&a->line);
        if (buf_check(&a->line) != ERR_OK) spoil(a, "no memory for the head of the answer");
    }
    if (end == in.len || a->home == HTTP_ANSWER_BAD) return false;
    a->line_is_read = true;
    if (!str_ends(piece, STR("\r\n"))) spoil(a, "a line of the answer does not end in CR LF");
    *line = str_slice(piece, 0, piece.len - 2);
    return a->home != HTTP_ANSWER_BAD;
}

/* RFC 9110 section 5.6.2. */
static const bool TOKEN[256] = {
    ['a' ... 'z'] = true, ['A' ... 'Z'] = true, ['0' ... '9'] = true, ['!'] = true, ['#'] = true, ['$'] = true,
    ['%'] = true,         ['&'] = true,         ['\''] = true,        ['*'] = true, ['+'] = true, ['-'] = true,
    ['.'] = true,         ['^'] = true,         ['_'] = true,         ['`'] = true, ['|'] = true, ['~'] = true,
};
/* No control character but the tab. */
static const bool CONTROL[256] = {[0 ... '\t' - 1] = true, ['\t' + 1 ... ' ' - 1] = true, [0x7f] = true};

static bool is_token(struct str s)
{
    bool token = s.len > 0;
    for (size_t i = 0; i < s.len; i++)
        token = TOKEN[(unsigned char)s.at[i]] && token;
    return token;
}

static bool is_field_text(struct str s)
{
    bool control = false;
    for (size_t i = 0; i < s.len; i++)
        control = CONTROL[(unsigned char)s.at[i]] || control;
    return !control;
}

/* ---- head ------------------------------------------------------------------------------------------ */

/* "HTTP/1.1 201 Created"; the words may be missing. RFC 9112 section 4. */
static void read_status(struct http_answer *a, struct str line)
{
    struct cursor c = cursor_over(line);
    size_t from;
    uint64_t status;

    begin_head(a);
    cursor_expect(&c, STR("HTTP/1."));
    a->is_old = cursor_accept(&c, '0');
    if (!a->is_old) cursor_expect(&c, STR("1"));
    cursor_expect(&c, STR(" "));
    from = c.at;
    status = cursor_u64(&c);
    if (c.at - from != 3 || status < 100 || status > 599) cursor_fail(&c, ERR_INVALID);
    if (!cursor_done(&c)) cursor_expect(&c, STR(" "));
    if (cursor_check(&c) != ERR_OK || !is_field_text(line)) {
        spoil(a, "the answer does not begin with a status line of HTTP/1.1");
        return;
    }
    a->coming = (int)status;
    if (status >= 200) a->status = a->coming;
    a->home = HTTP_ANSWER_FIELDS;
}

static void read_length(struct http_answer *a, struct str value)
{
    uint64_t length = 0;
    if (str_to_u64(value, &length) != ERR_OK || (a->has_length && a->length != length))
        spoil(a, "the Content-Length of the answer is malformed");
    a->has_length = true;
    a->length = length;
}

static void read_connection(struct http_answer *a, struct str value)
{
    while (value.len > 0) {
        struct str word;
        value = str_cut(value, ',', &word);
        word = str_trim(word);
        if (str_equal_nocase(word, STR("close"))) a->says_close = true;
        if (str_equal_nocase(word, STR("keep-alive"))) a->says_keep = true;
    }
}

static void keep(struct str value, char *out, size_t size)
{
    if (str_copy(value, out, size) != ERR_OK) out[0] = '\0';
}

static void read_field(struct http_answer *a, struct str line)
{
    struct str name, value = str_cut(line, ':', &name);

    if (name.len == line.len || !is_token(name) || !is_field_text(value)) {
        spoil(a, "a field of the answer is malformed");
        return;
    }
    value = str_trim(value);
    if (str_equal_nocase(name, STR("Content-Length"))) {
        read_length(a, value);
    } else if (str_equal_nocase(name, STR("Transfer-Encoding"))) {
        if (a->is_chunked || a->is_old || !str_equal_nocase(value, STR("chunked")))
            spoil(a, "the answer has a transfer coding that was not asked for");
        a->is_chunked = true;
    } else if (str_equal_nocase(name, STR("Connection"))) {
        read_connection(a, value);
    } else if (str_equal_nocase(name, STR("Date"))) {
        keep(value, a->date, sizeof a->date);
    } else if (str_equal_nocase(name, STR("Retry-After"))) {
        keep(value, a->retry_after, sizeof a->retry_after);
    } else if (str_equal_nocase(name, STR("Twilio-Request-Id"))) {
        keep(value, a->request_id, sizeof a->request_id);
    }
}

static void end_interim(struct http_answer *a)
{
    if (a->coming == 101) spoil(a, "the peer switches to a protocol that was not asked for");
    if (++a->interim > HTTP_ANSWER_INTERIM_MAX) spoil(a, "the peer does not come to an answer");
    if (a->home != HTTP_ANSWER_BAD) begin_head(a);
}

/* How the body ends: RFC 9112 section 6.3. */
static void end_head(struct http_answer *a)
{
    bool has_none = a->coming == 204 || a->coming == 304;

    if (a->coming < 200) {
        end_interim(a);
        return;
    }
    if (a->is_chunked && a->has_length) spoil(a, "the answer has both a length and a transfer coding");
    if (a->has_length && !has_none && a->length > a->body.max) spoil(a, "the answer is too long");
    if (a->home == HTTP_ANSWER_BAD) return;
    a->keeps = !a->says_close && (!a->is_old || a->says_keep);
    a->left = a->length;
    if (has_none || (a->has_length && a->length == 0)) {
        a->home = HTTP_ANSWER_DONE;
    } else if (a->is_chunked) {
        a->home = HTTP_ANSWER_CHUNK_SIZE;
    } else if (a->has_length) {
        a->home = HTTP_ANSWER_LENGTH;
    } else {
        a->keeps = false;
        a->home = HTTP_ANSWER_TO_END;
    }
    a->head_bytes = 0;
}

/* ---- chunks: RFC 9112 section 7.1 ------------------------------------------------------------------ */

static int hex_value(int c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* "1f" and perhaps an extension, which says nothing to us. */
static void read_chunk_size(struct http_answer *a, struct str line)
{
    struct cursor c = cursor_over(line);
    uint64_t size = 0;

    while (hex_value(cursor_peek(&c)) >= 0)
        size = size << 4 | (uint64_t)hex_value(cursor_next(&c)) | (c.at > CHUNK_DIGITS_MAX ? UINT64_C(1) << 60 : 0);
    if (c.at == 0 || line.len > CHUNK_LINE_BYTES_MAX || !is_field_text(line)) cursor_fail(&c, ERR_INVALID);
    while (cursor_accept(&c, ' ') || cursor_accept(&c, '\t')) {
    }
    if (!cursor_done(&c)) cursor_expect(&c, STR(";"));
    if (cursor_check(&c) != ERR_OK) {
        spoil(a, "a chunk of the answer is malformed");
        return;
    }
    if (size > a->body.max - a->body.len) {
        spoil(a, "the answer is too long");
        return;
    }
    a->left = size;
    a->head_bytes = 0;
    a->home = size > 0 ? HTTP_ANSWER_CHUNK : HTTP_ANSWER_TRAILER;
}

static void read_chunk_end(struct http_answer *a, struct str line)
{
    if (line.len > 0)
        spoil(a, "a chunk of the answer is longer than it says");
    else
        a->home = HTTP_ANSWER_CHUNK_SIZE;
}

static void read_trailer(struct http_answer *a, struct str line)
{
    struct str name, value = str_cut(line, ':', &name);

    if (line.len == 0)
        a->home = HTTP_ANSWER_DONE;
    else if (name.len == line.len || !is_token(name) || !is_field_text(value))
        spoil(a, "a field after the answer is malformed");
}

/* ---- steps ----------------------------------------------------------------------------------------- */

static void read_line(struct http_answer *a, struct str line)
{
    switch (a->home) {
    case HTTP_ANSWER_STATUS:
        read_status(a, line);
        return;
    case HTTP_ANSWER_FIELDS:
        if (line.len > 0)
            read_field(a, line);
        else
            end_head(a);
        return;
    case HTTP_ANSWER_CHUNK_SIZE:
        read_chunk_size(a, line);
        return;
    case HTTP_ANSWER_CHUNK_END:
        read_chunk_end(a, line);
        return;
    case HTTP_ANSWER_TRAILER:
        read_trailer(a, line);
        return;
    case HTTP_ANSWER_LENGTH:
    case HTTP_ANSWER_TO_END:
    case HTTP_ANSWER_CHUNK:
    case HTTP_ANSWER_DONE:
    case HTTP_ANSWER_BAD:
        break;
    }
    BUG_IF(true);
}

static size_t take_body(struct http_answer *a, struct str in)
{
    struct str piece = a->home == HTTP_ANSWER_TO_END || a->left > in.len ? in : str_slice(in, 0, (size_t)a->left);

    buf_add(&a->body, piece);
    if (buf_check(&a->body) != ERR_OK) {
        spoil(a, "the answer is too long");
        return piece.len;
    }
    if (a->home == HTTP_ANSWER_TO_END) return piece.len;
    a->left -= piece.len;
    if (a->left == 0) a->home = a->home == HTTP_ANSWER_CHUNK ? HTTP_ANSWER_CHUNK_END : HTTP_ANSWER_DONE;
    return piece.len;
}

size_t http_answer_feed(struct http_answer *a, struct str bytes)
{
    size_t used = 0;

    while (used < bytes.len && !http_answer_over(a)) {
        struct str rest = str_slice(bytes, used, bytes.len), line;
        size_t taken = 0;
        if (a->home == HTTP_ANSWER_LENGTH || a->home == HTTP_ANSWER_CHUNK || a->home == HTTP_ANSWER_TO_END)
            taken = take_body(a, rest);
        else if (take_line(a, rest, &taken, &line))
            read_line(a, line);
        used += taken;
    }
    return used;
}

void http_answer_end(struct http_answer *a)
{
    if (a->home == HTTP_ANSWER_TO_END || (MUTANT(wire_cut_answer_believed) && a->home == HTTP_ANSWER_LENGTH))
        a->home = HTTP_ANSWER_DONE;
    else if (a->home == HTTP_ANSWER_STATUS && a->line.len == 0)
        spoil(a, "the connection ended without an answer");
    else
        spoil(a, "the connection ended in the middle of the answer");
}
