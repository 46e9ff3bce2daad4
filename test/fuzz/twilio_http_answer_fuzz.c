/* Answers of HTTP: the same bytes mean the same however they are cut, bounds hold, and a whole answer stays whole. */
#include "twilio/http_answer.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BODY_MAX = 4096 };

/* Feeds in pieces whose sizes the seed gives (0: all at once); returns how many bytes were taken. */
static size_t feed(struct http_answer *a, struct str in, unsigned seed)
{
    size_t at = 0;

    http_answer_clear(a, BODY_MAX);
    while (at < in.len && !http_answer_over(a)) {
        size_t step = seed == 0 ? in.len : 1 + (seed * 7 + at * 13) % seed, used;
        struct str piece = str_slice(in, at, at + step);
        used = http_answer_feed(a, piece);
        BUG_IF(used > piece.len || (used < piece.len && !http_answer_over(a)));
        at += used;
    }
    return at;
}

static void check(const struct http_answer *a)
{
    BUG_IF(a->body.len > BODY_MAX || a->line.len > HTTP_ANSWER_HEAD_BYTES_MAX);
    BUG_IF(a->status != 0 && (a->status < 200 || a->status > 599));
    BUG_IF((a->home == HTTP_ANSWER_BAD) != (a->wrong != NULL));
    BUG_IF(a->home == HTTP_ANSWER_DONE && a->status == 0);
    BUG_IF(memchr(a->date, 0, sizeof a->date) == NULL || memchr(a->retry_after, 0, sizeof a->retry_after) == NULL);
}

static void compare(const struct http_answer *a, const struct http_answer *b)
{
    BUG_IF(a->home != b->home || a->status != b->status);
    if (a->home == HTTP_ANSWER_BAD) return;
    BUG_IF(!str_equal(buf_str(&a->body), buf_str(&b->body)));
    BUG_IF(a->keeps != b->keeps || strcmp(a->date, b->date) != 0 || strcmp(a->retry_after, b->retry_after) != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str in = {(const char *)data, size};
    struct http_answer whole, cut;
    size_t taken;

    http_answer_init(&whole);
    http_answer_init(&cut);
    taken = feed(&whole, in, 0);
    check(&whole);
    for (unsigned seed = 1; seed <= 5; seed += 2) {
        size_t again = feed(&cut, in, seed);
        check(&cut);
        compare(&whole, &cut);
        BUG_IF(whole.home == HTTP_ANSWER_DONE && again != taken);
    }
    http_answer_end(&whole);
    http_answer_end(&cut);
    check(&whole);
    compare(&whole, &cut);
    BUG_IF(!http_answer_over(&whole) || http_answer_feed(&whole, in) != 0);
    http_answer_free(&whole);
    http_answer_free(&cut);
    return 0;
}
