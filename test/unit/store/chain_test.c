/* chain: an independent computation gives the same hashes, and every way of tampering with a ledger is seen. */
#include "store/chain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ENTRIES = 6 };

static struct consent first(void)
{
    return (struct consent){.id = 11, .org = 7, .number = 14155550100, .kind = CONSENT_OPT_IN,
                            .basis = CONSENT_BASIS_WRITTEN, .at_ms = 1700000000000, .recorded_ms = 1700000000500,
                            .source = STR("web_form"), .evidence = STR("ticked the box"),
                            .proof = STR("{\"url\":\"https://example.com/join\"}")};
}

static struct consent second(void)
{
    return (struct consent){.id = 12, .org = 7, .number = 14155550100, .kind = CONSENT_OPT_OUT,
                            .scope = CONSENT_OF_PROGRAM, .scope_id = 3, .at_ms = 1700000001000,
                            .recorded_ms = 1700000001000, .source = STR("keyword"),
                            .evidence = STR("STOP\nposition 9 \xc3\xa9"), .sid = "SM00112233445566778899aabbccddeeff"};
}

static void assert_hash(const unsigned char hash[CHAIN_HASH_BYTES], const char *hex)
{
    char text[2 * CHAIN_HASH_BYTES + 1];
    for (size_t i = 0; i < CHAIN_HASH_BYTES; i++) (void)snprintf(text + 2 * i, 3, "%02x", hash[i]);
    assert_string_equal(text, hex);
}

/* The two were computed with Python's hashlib from the text in chain.h. */
static void the_hashes_are_those_that_anybody_computes(void **state)
{
    struct chain_head head = {0};
    struct consent a = first(), b = second();
    (void)state;
    assert_int_equal(chain_append(&head, &a), ERR_OK);
    assert_hash(a.hash, "c82bcec91f7ee94bb74701536b0361557bcd5ce43bffbdcce5aa093b4cd98181");
    assert_int_equal(chain_append(&head, &b), ERR_OK);
    assert_hash(b.hash, "b6be0ee80263e5acdfefaa5a3f64de66337b08d4883b5666a7bc026ab4732ac6");
    assert_true(head.count == 2 && memcmp(head.hash, b.hash, sizeof head.hash) == 0);
}

static struct chain_head ledger(struct consent out[ENTRIES])
{
    struct chain_head head = {0};
    for (unsigned i = 0; i < ENTRIES; i++) {
        out[i] = i % 2 == 0 ? first() : second();
        out[i].id = 20 + i;
        out[i].at_ms += i;
        assert_int_equal(chain_append(&head, &out[i]), ERR_OK);
    }
    return head;
}

/* What a walk over these says; *at is the index of the entry that it stopped at. */
static enum chain_verdict walk(const struct consent *entries, size_t count, const struct chain_head *stored, size_t *at)
{
    struct chain_head so_far = {0};
    enum chain_verdict v = CHAIN_SOUND;
    for (*at = 0; *at < count; ++*at) {
        assert_int_equal(chain_check(&so_far, &entries[*at], &v), ERR_OK);
        if (v != CHAIN_SOUND) return v;
    }
    return chain_check_end(&so_far, stored);
}

static void a_ledger_that_nobody_touched_is_sound(void **state)
{
    struct consent l[ENTRIES];
    struct chain_head head = ledger(l), none = {0};
    size_t at;
    (void)state;
    assert_int_equal(walk(l, ENTRIES, &head, &at), CHAIN_SOUND);
    assert_int_equal(walk(NULL, 0, &none, &at), CHAIN_SOUND);
}

static void alter(struct consent *e, unsigned field)
{
    switch (field) {
    case 0: e->org++; return;
    case 1: e->id += 100; return;
    case 2: e->number++; return;
    case 3: e->kind = e->kind == CONSENT_OPT_IN ? CONSENT_OPT_OUT : CONSENT_OPT_IN; return;
    case 4: e->scope = e->scope == CONSENT_OF_ORG ? CONSENT_OF_SENDER : CONSENT_OF_ORG; return;
    case 5: e->scope_id++; return;
    case 6: e->basis = e->basis == CONSENT_BASIS_WRITTEN ? CONSENT_BASIS_NONE : CONSENT_BASIS_WRITTEN; return;
    case 7: e->at_ms--; return;
    case 8: e->recorded_ms++; return;
    case 9: e->source = STR("paper"); return;
    case 10: e->evidence = STR("something else"); return;
    case 11: e->proof = STR("{}"); return;
    case 12: (void)snprintf(e->sid, sizeof e->sid, "SM99112233445566778899aabbccddeeff"); return;
    default: e->hash[field % CHAIN_HASH_BYTES] ^= 1; return;
    }
}

static void every_altered_field_is_seen_where_it_is(void **state)
{
    (void)state;
    for (unsigned field = 0; field < 14; field++)
        for (size_t i = 0; i < ENTRIES; i++) {
            struct consent l[ENTRIES];
            struct chain_head head = ledger(l);
            size_t at;
            alter(&l[i], field);
            assert_int_equal(walk(l, ENTRIES, &head, &at), CHAIN_ALTERED);
            assert_int_equal(at, i);
        }
}

static void an_entry_that_is_missing_added_or_moved_is_seen(void **state)
{
    (void)state;
    for (size_t i = 0; i < ENTRIES; i++) {
        struct consent l[ENTRIES], other[ENTRIES + 1];
        struct chain_head head = ledger(l);
        size_t at, n = 0;
        for (size_t k = 0; k < ENTRIES; k++)
            if (k != i) other[n++] = l[k];
        assert_int_equal(walk(other, n, &head, &at), i == ENTRIES - 1 ? CHAIN_CUT : CHAIN_MISPLACED);
        memcpy(other, l, (i + 1) * sizeof *l);
        memcpy(other + i + 1, l + i, (ENTRIES - i) * sizeof *l);
        assert_int_equal(walk(other, ENTRIES + 1, &head, &at), CHAIN_MISPLACED);
        if (i == 0) continue;
        memcpy(other, l, sizeof l);
        other[i] = l[i - 1];
        other[i - 1] = l[i];
        assert_int_equal(walk(other, ENTRIES, &head, &at), CHAIN_MISPLACED);
    }
}

static void an_end_that_is_not_the_head_s_is_seen(void **state)
{
    struct consent l[ENTRIES];
    struct chain_head head = ledger(l), longer = head;
    struct consent more = first();
    size_t at;
    (void)state;
    assert_int_equal(chain_append(&longer, &more), ERR_OK);
    assert_int_equal(walk(l, ENTRIES, &longer, &at), CHAIN_CUT);
    assert_int_equal(walk(l, 0, &head, &at), CHAIN_CUT);
    longer = head;
    longer.count--;
    assert_int_equal(walk(l, ENTRIES, &longer, &at), CHAIN_OVERLONG);
    longer = head;
    longer.hash[0] ^= 1;
    assert_int_equal(walk(l, ENTRIES, &longer, &at), CHAIN_HEAD);
    for (enum chain_verdict v = CHAIN_MISPLACED; v < CHAIN_VERDICTS; v++) assert_true(chain_verdict_text(v)[0] != 0);
}

static void an_entry_over_the_bound_is_refused_and_changes_nothing(void **state)
{
    static char text[CHAIN_TEXT_BYTES_MAX];
    struct chain_head head = {0};
    struct consent e = first();
    (void)state;
    e.evidence = (struct str){text, sizeof text};
    assert_int_equal(chain_append(&head, &e), ERR_LIMIT);
    assert_true(head.count == 0 && e.position == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_hashes_are_those_that_anybody_computes),
        cmocka_unit_test(a_ledger_that_nobody_touched_is_sound),
        cmocka_unit_test(every_altered_field_is_seen_where_it_is),
        cmocka_unit_test(an_entry_that_is_missing_added_or_moved_is_seen),
        cmocka_unit_test(an_end_that_is_not_the_head_s_is_seen),
        cmocka_unit_test(an_entry_over_the_bound_is_refused_and_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
