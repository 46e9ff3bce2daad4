/* Answers read byte by byte: what is whole, what is refused, and that it matters nothing how the bytes come. */
#include "twilio/http_answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { BODY_MAX = 64 };

static struct http_answer answer;

/* Feeds in pieces of `step` bytes until it is over; returns how many bytes were left over. */
static size_t feed(struct str bytes, size_t step)
{
    size_t at = 0;
    http_answer_clear(&answer, BODY_MAX);
    while (at < bytes.len && !http_answer_over(&answer)) {
        struct str piece = str_slice(bytes, at, at + step);
        size_t used = http_answer_feed(&answer, piece);
        assert_true(used <= piece.len);
        if (used < piece.len) assert_true(http_answer_over(&answer));
        at += used;
    }
    return bytes.len - at;
}

struct want {
    const char *bytes, *body;
    int status;
    enum http_answer_home home; /* when all was fed */
    bool keeps;
    size_t left_over;
};

static void check(const struct want *w)
{
    struct str bytes = str_from(w->bytes);
    for (size_t step = 1; step <= bytes.len; step++) {
        size_t left = feed(bytes, step);
        if (answer.home != w->home) fail_msg("home %d of: %s (%s)", (int)answer.home, w->bytes, answer.wrong);
        assert_int_equal(answer.status, w->status);
        if (w->home == HTTP_ANSWER_BAD) {
            assert_non_null(answer.wrong);
            continue;
        }
        assert_int_equal(left, w->left_over);
        assert_int_equal(answer.keeps, w->keeps);
        if (!str_equal(buf_str(&answer.body), str_from(w->body))) fail_msg("body of: %s", w->bytes);
    }
}

static void whole_answers_however_they_are_cut(void **state)
{
    static const struct want wants[] = {
        {"HTTP/1.1 201 Created\r\nContent-Length: 5\r\n\r\nhello", "hello", 201, HTTP_ANSWER_DONE, true, 0},
        {"HTTP/1.1 201\r\ncontent-LENGTH:5\r\n\r\nhelloXY", "hello", 201, HTTP_ANSWER_DONE, true, 2},
        {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "", 200, HTTP_ANSWER_DONE, true, 0},
        {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nab", "ab", 200, HTTP_ANSWER_DONE, true, 0},
        {"HTTP/1.1 204 No Content\r\n\r\n", "", 204, HTTP_ANSWER_DONE, true, 0},
        {"HTTP/1.1 304 X\r\nContent-Length: 500\r\n\r\n", "", 304, HTTP_ANSWER_DONE, true, 0},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n00A;x=y\r\n0123456789\r\n0\r\n\r\n",
         "abc0123456789", 200, HTTP_ANSWER_DONE, true, 0},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n1 \r\na\r\n0\r\nX-Sum: 1\r\nY: 2\r\n\r\nrest", "a", 200,
         HTTP_ANSWER_DONE, true, 4},
        {"HTTP/1.1 100 Continue\r\nRetry-After: 9\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n"
         "HTTP/1.1 201 C\r\nContent-Length: 1\r\n\r\nz",
         "z", 201, HTTP_ANSWER_DONE, true, 0},
        {"HTTP/1.1 200 OK\r\nConnection: x, CLOSE\r\nContent-Length: 1\r\n\r\nz", "z", 200, HTTP_ANSWER_DONE, false, 0},
        {"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nz", "z", 200, HTTP_ANSWER_DONE, false, 0},
        {"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nz", "z", 200, HTTP_ANSWER_DONE, true, 0},
        {"HTTP/1.1 200 OK\r\n\r\nto the end", "to the end", 200, HTTP_ANSWER_TO_END, false, 0},
        {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", "hello", 200, HTTP_ANSWER_LENGTH, true, 0},
        {"HTTP/1.1 429 Too Many\r\nContent-", "", 429, HTTP_ANSWER_FIELDS, false, 0},
        {"HTTP/1.1 100 Continue\r\n\r\n", "", 0, HTTP_ANSWER_STATUS, false, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof wants / sizeof *wants; i++)
        check(&wants[i]);
}

#define BAD(text, code) {text, "", code, HTTP_ANSWER_BAD, false, 0}

static void what_is_not_as_it_must_be_is_refused(void **state)
{
    static const struct want wants[] = {
        BAD("SSH-2.0-OpenSSH_9.2\r\n", 0),
        BAD("HTTP/2 200 OK\r\n", 0),
        BAD("HTTP/1.2 200 OK\r\n", 0),
        BAD("HTTP/1.1  200 OK\r\n", 0),
        BAD("HTTP/1.1 20 OK\r\n", 0),
        BAD("HTTP/1.1 2000 OK\r\n", 0),
        BAD("HTTP/1.1 099 OK\r\n", 0),
        BAD("HTTP/1.1 600 OK\r\n", 0),
        BAD("HTTP/1.1 200OK\r\n", 0),
        BAD("HTTP/1.1 200 O\001K\r\n", 0),
        BAD("\r\nHTTP/1.1 200 OK\r\n", 0),
        BAD("HTTP/1.1 200 OK\n", 0),
        BAD("HTTP/1.1 200 OK\r\nContent-Length: 1\n", 200),
        BAD("HTTP/1.1 200 OK\r\nContent-Length : 1\r\n", 200),
        BAD("HTTP/1.1 200 OK\r\n Content-Length: 1\r\n", 200),
        BAD("HTTP/1.1 200 OK\r\nX: 1\r\n folded\r\n", 200),
        BAD("HTTP/1.1 200 OK\r\nno colon\r\n", 200),
        BAD("HTTP/1.1 200 OK\r\n: nameless\r\n", 200),
        BAD("HTTP/1.1 200 OK\r\nX: a\rb\r\n", 200),
        BAD("HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n", 200),
        BAD("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n", 200),
        BAD("HTTP/1.1 200 OK\r\nContent-Length: 0x1\r\n", 200),
        BAD("HTTP/1.1 200 OK\r\nContent-Length:\r\n", 200),
        BAD("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n", 200),
        BAD("HTTP/1.1 200 OK\r\nContent-Length: 65\r\n\r\n", 200),
        BAD("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n", 200),
        BAD("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 200),
        BAD("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n", 200),
        BAD("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n", 200),
        BAD("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", 200),
        BAD("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n", 200),
        BAD("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1x\r\n", 200),
        BAD("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n41\r\n", 200),
        BAD("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000001\r\n", 200),
        BAD("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", 200),
        BAD("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nno colon\r\n", 200),
        BAD("HTTP/1.1 101 Switching Protocols\r\n\r\n", 0),
    };
    (void)state;
    for (size_t i = 0; i < sizeof wants / sizeof *wants; i++)
        check(&wants[i]);
}

static void the_end_of_the_connection_is_only_an_end_where_it_may_be_one(void **state)
{
    (void)state;
    feed(STR("HTTP/1.1 200 OK\r\n\r\nabc"), 7);
    http_answer_end(&answer);
    assert_int_equal(answer.home, HTTP_ANSWER_DONE);
    feed(STR("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc"), 7);
    http_answer_end(&answer);
    assert_int_equal(answer.home, HTTP_ANSWER_BAD);
    feed(STR(""), 1);
    http_answer_end(&answer);
    assert_non_null(strstr(answer.wrong, "without an answer"));
}

static void fields_of_the_final_answer_are_kept(void **state)
{
    (void)state;
    feed(STR("HTTP/1.1 103 E\r\nDate: early\r\n\r\nHTTP/1.1 429 X\r\ndate:  Thu, 24 Aug 2023 05:01:45 GMT \r\n"
             "Retry-After: 3\r\nTwilio-Request-Id: RQ1\r\nContent-Length: 0\r\n\r\n"),
         5);
    assert_string_equal(answer.date, "Thu, 24 Aug 2023 05:01:45 GMT");
    assert_string_equal(answer.retry_after, "3");
    assert_string_equal(answer.request_id, "RQ1");
}

/* A peer that never comes to the point is left, wherever it dawdles. */
static void nothing_goes_on_for_ever(void **state)
{
    struct {
        const char *begin, *again;
        size_t times_max;
    } endless[] = {
        {"HTTP/1.1 200 OK\r\n", "X: y\r\n", HTTP_ANSWER_HEAD_BYTES_MAX},
        {"HTTP/1.1 200 OK\r\nX: ", "y", HTTP_ANSWER_HEAD_BYTES_MAX},
        {"", "HTTP/1.1 100 C\r\n\r\n", HTTP_ANSWER_INTERIM_MAX + 1},
        {"HTTP/1.1 200 OK\r\n\r\n", "body", BODY_MAX / 4 + 1},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\na\r\n", BODY_MAX + 1},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", "x", HTTP_ANSWER_HEAD_BYTES_MAX},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "X: y\r\n", HTTP_ANSWER_HEAD_BYTES_MAX},
    };
    (void)state;
    for (size_t i = 0; i < sizeof endless / sizeof *endless; i++) {
        size_t times = 0;
        feed(str_from(endless[i].begin), 1000);
        while (!http_answer_over(&answer) && times <= endless[i].times_max) {
            (void)http_answer_feed(&answer, str_from(endless[i].again));
            times++;
        }
        if (answer.home != HTTP_ANSWER_BAD) fail_msg("%zu goes on", i);
    }
}

static int begin(void **state)
{
    (void)state;
    http_answer_init(&answer);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    http_answer_free(&answer);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_answers_however_they_are_cut),
        cmocka_unit_test(what_is_not_as_it_must_be_is_refused),
        cmocka_unit_test(the_end_of_the_connection_is_only_an_end_where_it_may_be_one),
        cmocka_unit_test(fields_of_the_final_answer_are_kept),
        cmocka_unit_test(nothing_goes_on_for_ever),
    };
    return cmocka_run_group_tests(tests, begin, finish);
}
