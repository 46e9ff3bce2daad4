/* Public ids: reversible, one kind apart from another, nothing told about order. */
#include "app/public_id.h"

#include "base/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void ids_come_back_and_kinds_do_not_mix(void **state)
{
    static const unsigned char key[PUBLIC_KEY_BYTES] = "0123456789abcdef";
    struct public_ids p;
    struct rng r = rng_seeded(3);
    char a[PUBLIC_ID_BYTES], b[PUBLIC_ID_BYTES];
    uint64_t back;
    (void)state;
    public_ids_init(&p, key);
    for (int i = 0; i < 10000; i++) {
        uint64_t id = i < 100 ? (uint64_t)i : rng_u64(&r);
        public_id_format(&p, PUBLIC_MESSAGE, id, a);
        public_id_format(&p, PUBLIC_CAMPAIGN, id, b);
        assert_string_not_equal(a + 4, b + 4);
        assert_int_equal(public_id_parse(&p, PUBLIC_MESSAGE, str_from(a), &back), ERR_OK);
        assert_true(back == id);
        assert_int_equal(public_id_parse(&p, PUBLIC_CAMPAIGN, str_from(a), &back), ERR_NOT_FOUND);
    }
    assert_int_equal(public_id_parse(&p, PUBLIC_MESSAGE, STR("msg_zzzzzzzzzzzzz"), &back), ERR_NOT_FOUND);
    assert_int_equal(public_id_parse(&p, PUBLIC_MESSAGE, STR("msg_0"), &back), ERR_NOT_FOUND);
    assert_int_equal(public_id_parse(&p, PUBLIC_MESSAGE, STR("msg_0123456789abu"), &back), ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(ids_come_back_and_kinds_do_not_mix)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
