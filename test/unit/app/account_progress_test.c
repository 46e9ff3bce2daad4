/* account_progress: what is under way with an account comes back as it was; the newest key that is ready is used. */
#include "app/account_progress.h"

#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void keep(const struct account_progress *p, struct account_progress *back, struct buf *out)
{
    buf_init(out, ACCOUNT_PROGRESS_BYTES_MAX);
    account_progress_write(p, out);
    assert_int_equal(buf_check(out), ERR_OK);
    assert_int_equal(account_progress_read(buf_str(out), back), ERR_OK);
}

static void what_is_under_way_comes_back(void **state)
{
    struct account_progress p = {.wish = WISH_CLOSE, .wished_ms = 5, .begun_ms = 6, .halted = true,
                                 .rotation = ROTATION_PROMOTING, .rotation_ms = 7, .rotated_ms = 8, .drop_first = true,
                                 .keys_made = 3, .keys_count = 1, .sink_sid = "DG1", .subscription_sid = "DF1",
                                 .stream_begun_ms = 9, .failures = 2};
    struct account_progress back;
    struct buf out;

    (void)state;
    p.keys[0] = (struct account_key){.id = 3, .state = ACCOUNT_KEY_REVOKING, .name = "for \"requests\"", .sid = "SK1",
                                     .sealed = "c2VhbGVk", .created_ms = 1, .revoked_ms = 2, .begun_ms = 3};
    keep(&p, &back, &out);
    assert_memory_equal(&p, &back, sizeof p);
    buf_free(&out);
}

static void the_fullest_record_fits(void **state)
{
    struct account_progress p = {.keys_count = ACCOUNT_KEYS_MAX}, back;
    struct buf out;

    (void)state;
    for (size_t i = 0; i < ACCOUNT_KEYS_MAX; i++) {
        memset(p.keys[i].name, 1, sizeof p.keys[i].name - 1); /* \u0001 */
        memset(p.keys[i].sealed, 'a', sizeof p.keys[i].sealed - 1);
        memset(p.keys[i].sid, 'a', sizeof p.keys[i].sid - 1);
        p.keys[i].created_ms = p.keys[i].revoked_ms = p.keys[i].begun_ms = INT64_MAX;
    }
    keep(&p, &back, &out);
    assert_memory_equal(&p, &back, sizeof p);
    buf_free(&out);
}

static void what_does_not_read_back_is_no_beginning(void **state)
{
    static const char *const bad[] = {"[]", "{\"wish\":\"none\"}", "{\"rotation\":\"x\"}", "{\"keys\":[{}]}",
                                      "{\"sink\":\"DG000000000000000000000000000000000001\"}", "nonsense"};
    struct account_progress p;

    (void)state;
    assert_int_equal(account_progress_read((struct str){NULL, 0}, &p), ERR_OK);
    assert_false(account_progress_is_busy(&p));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(account_progress_read(str_from(bad[i]), &p), ERR_CORRUPT);
}

static void the_newest_key_that_is_ready_is_used(void **state)
{
    struct account_progress p = {.keys_count = 3};

    (void)state;
    for (uint32_t i = 0; i < 3; i++) p.keys[i] = (struct account_key){.id = i + 1, .state = ACCOUNT_KEY_READY};
    p.keys[2].state = ACCOUNT_KEY_MAKING;
    assert_int_equal(account_progress_key_in_use(&p)->id, 2);
    assert_true(account_progress_is_busy(&p));
    p.keys[2].state = p.keys[1].state = ACCOUNT_KEY_REVOKED;
    assert_int_equal(account_progress_key_in_use(&p)->id, 1);
    assert_false(account_progress_is_busy(&p));
    p.keys[0].state = ACCOUNT_KEY_REVOKED;
    assert_null(account_progress_key_in_use(&p));
    assert_ptr_equal(account_progress_key(&p, 3), &p.keys[2]);
    assert_null(account_progress_key(&p, 4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_under_way_comes_back),
        cmocka_unit_test(the_fullest_record_fits),
        cmocka_unit_test(what_does_not_read_back_is_no_beginning),
        cmocka_unit_test(the_newest_key_that_is_ready_is_used),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
