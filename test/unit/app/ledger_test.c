/* ledger: whoever touches the consent ledger's database behind Sterling's back is found out, over as many stretches as
 * the ledger is long; and nobody else is. */
#include "house.h"

#include "app/consent_entry.h"
#include "app/ledger.h"
#include "app/ledger_holds.h"
#include "base/rng.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const int64_t T0 = 1700000000000;

static void record(struct house *h, uint64_t number, enum consent_kind kind, int64_t at_ms)
{
    struct change_consent c = {.head.kind = CHANGE_CONSENT};
    c.event = (struct consent){.org = h->org, .number = number, .kind = kind, .at_ms = at_ms, .recorded_ms = at_ms,
                               .basis = kind == CONSENT_OPT_IN ? CONSENT_BASIS_WRITTEN : CONSENT_BASIS_NONE,
                               .source = STR("web_form"), .evidence = STR("ticked"),
                               .proof = STR("{\"url\":\"https://example.com\"}")};
    house_change(h, &c.head, ERR_OK);
}

static struct ledger_check check(struct house *h)
{
    struct ledger_check c = {0};
    do {
        arena_reset(&h->text);
        assert_int_equal(ledger_check(h->reader, &h->text, h->org, &c), ERR_OK);
    } while (!c.finished);
    return c;
}

static void tamper(struct house *h, const char *statement)
{
    char path[128], *wrong = NULL;
    sqlite3 *db;
    (void)snprintf(path, sizeof path, "%s/sterling.db", h->dir);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, statement, NULL, NULL, &wrong) != SQLITE_OK) fail_msg("%s: %s", statement, wrong);
    assert_true(sqlite3_changes(db) > 0);
    (void)sqlite3_close(db);
}

static void ten_entries(struct house *h)
{
    house_open(h);
    for (int i = 0; i < 10; i++)
        record(h, 14155550100 + (uint64_t)(i % 4), i % 3 == 2 ? CONSENT_OPT_OUT : CONSENT_OPT_IN, T0 + i);
}

static void a_ledger_nobody_touched_is_sound_over_many_stretches(void **state)
{
    struct house h;
    struct ledger_check c;
    (void)state;
    house_open(&h);
    c = check(&h);
    assert_true(c.verdict == CHAIN_SOUND && c.so_far.count == 0);
    for (int i = 0; i < 2 * LEDGER_STRETCH + 5; i++) record(&h, 14155550100, CONSENT_OPT_IN, T0 + i);
    c = check(&h);
    assert_true(c.verdict == CHAIN_SOUND && c.so_far.count == 2 * LEDGER_STRETCH + 5);
    assert_memory_equal(c.so_far.hash, c.stored.hash, sizeof c.stored.hash);
    tamper(&h, "UPDATE consents SET evidence = 'never' WHERE position = 1500");
    c = check(&h);
    assert_true(c.verdict == CHAIN_ALTERED && c.at.position == 1500);
    house_close(&h);
}

/* A thousand entries in one commit. */
static void record_many(struct house *h, uint64_t first, struct str proof, int64_t at_ms)
{
    static struct consent rows[LEDGER_STRETCH];
    struct change_consent c = {.head.kind = CHANGE_CONSENT, .rows = rows, .count = LEDGER_STRETCH};

    for (size_t i = 0; i < LEDGER_STRETCH; i++)
        rows[i] = (struct consent){.org = h->org, .number = first + i, .kind = CONSENT_OPT_IN, .at_ms = T0,
                                   .recorded_ms = at_ms, .basis = CONSENT_BASIS_WRITTEN, .source = STR("import"),
                                   .evidence = STR(""), .proof = proof};
    house_change(h, &c.head, ERR_OK);
}

static enum err (*read_consents)(struct store_reader *r, struct arena *a, org_id org, uint64_t number, uint64_t after,
                                 struct consent *out, size_t *count);
static int stretches;

static enum err count_stretches(struct store_reader *r, struct arena *a, org_id org, uint64_t number, uint64_t after,
                                struct consent *out, size_t *count)
{
    stretches++;
    return read_consents(r, a, org, number, after, out, count);
}

static void what_came_after_an_import_is_not_read_for_its_opt_ins(void **state)
{
    struct house h;
    char proof[CONSENT_ATTESTED_BYTES];
    int64_t count;
    (void)state;
    house_open(&h);
    read_consents = h.ops.consents;
    h.ops.consents = count_stretches;
    record(&h, 14155550100, CONSENT_OPT_IN, T0);
    consent_attested_proof(1, proof);
    record_many(&h, 14155560000, str_from(proof), T0);
    record(&h, 14155550101, CONSENT_OPT_OUT, T0 + 1);
    record_many(&h, 14155570000, str_from(proof), T0);
    for (uint64_t i = 0; i < 3; i++) record_many(&h, 14155580000 + i * LEDGER_STRETCH, STR("{}"), T0 + 86400000);
    stretches = 0;
    assert_int_equal(ledger_attested(h.reader, h.org, 1, T0 + 10, &count), ERR_OK);
    assert_int_equal(count, 2 * LEDGER_STRETCH);
    assert_int_equal(stretches, 3);
    assert_int_equal(ledger_attested(h.reader, h.org, 2, T0 + 10, &count), ERR_OK);
    assert_int_equal(count, 0);
    house_close(&h);
}

static void every_kind_of_tampering_is_seen(void **state)
{
    static const struct {
        const char *statement;
        enum chain_verdict verdict;
    } cases[] = {
        {"UPDATE consents SET number = number + 1 WHERE position = 4", CHAIN_ALTERED},
        {"UPDATE consents SET kind = 3 - kind WHERE position = 4", CHAIN_ALTERED},
        {"UPDATE consents SET at = at - 1 WHERE position = 4", CHAIN_ALTERED},
        {"UPDATE consents SET recorded = recorded + 1 WHERE position = 4", CHAIN_ALTERED},
        {"UPDATE consents SET source = 'paper' WHERE position = 4", CHAIN_ALTERED},
        {"UPDATE consents SET evidence = evidence || '.' WHERE position = 4", CHAIN_ALTERED},
        {"UPDATE consents SET proof = '' WHERE position = 4", CHAIN_ALTERED},
        {"UPDATE consents SET basis = 2 - basis WHERE position = 4", CHAIN_ALTERED},
        {"UPDATE consents SET scope = 1 WHERE position = 4", CHAIN_ALTERED},
        {"UPDATE consents SET scope_id = 1 WHERE position = 4", CHAIN_ALTERED},
        {"UPDATE consents SET sid = X'0061' WHERE position = 4", CHAIN_ALTERED},
        {"UPDATE consents SET hash = zeroblob(32) WHERE position = 4", CHAIN_ALTERED},
        {"UPDATE consents SET hash = X'00' WHERE position = 4", CHAIN_ALTERED},
        {"UPDATE consents SET position = 99 WHERE position = 4", CHAIN_MISPLACED},
        {"UPDATE consents SET org = org + 1 WHERE position = 4", CHAIN_MISPLACED},
        {"DELETE FROM consents WHERE position = 4", CHAIN_MISPLACED},
        {"DELETE FROM consents WHERE position = 1", CHAIN_MISPLACED},
        {"DELETE FROM consents WHERE position = 10", CHAIN_CUT},
        {"DELETE FROM consents", CHAIN_CUT},
        {"UPDATE consents SET id = id + 5000 WHERE position = 4", CHAIN_MISPLACED},
        {"INSERT INTO consents SELECT id + 5000, org, number, kind, at, source, evidence, NULL, scope, scope_id, basis,"
         " recorded, proof, position, hash FROM consents WHERE position = 4", CHAIN_MISPLACED},
        {"INSERT INTO consents SELECT id + 5000, org, number, kind, at, source, evidence, NULL, scope, scope_id, basis,"
         " recorded, proof, 11, hash FROM consents WHERE position = 4", CHAIN_ALTERED},
        {"UPDATE chains SET count = count - 1", CHAIN_OVERLONG},
        {"UPDATE chains SET count = count + 1", CHAIN_CUT},
        {"UPDATE chains SET head = zeroblob(32)", CHAIN_HEAD},
        {"DELETE FROM chains", CHAIN_OVERLONG},
        {"UPDATE consent_now SET kind = 3 - kind WHERE number = 14155550100", CHAIN_HELD},
        {"UPDATE consent_now SET at = at + 1 WHERE number = 14155550101", CHAIN_HELD},
        {"UPDATE consent_now SET event = event - 1 WHERE number = 14155550102", CHAIN_HELD},
        {"UPDATE consent_now SET basis = 1 WHERE number = 14155550103", CHAIN_HELD},
        {"DELETE FROM consent_now WHERE number = 14155550101", CHAIN_HELD},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct house h;
        struct ledger_check c;
        ten_entries(&h);
        assert_int_equal(check(&h).verdict, CHAIN_SOUND);
        tamper(&h, cases[i].statement);
        c = check(&h);
        if (c.verdict != cases[i].verdict) fail_msg("%s: %d", cases[i].statement, (int)c.verdict);
        house_close(&h);
    }
}

/* However entries come, with dates out of order and in every scope: what holds follows from them. */
static void what_holds_follows_from_any_entries(void **state)
{
    struct rng rng = rng_seeded(7);
    struct house h;
    struct ledger_check c;
    (void)state;
    house_open(&h);
    for (int i = 0; i < 400; i++) {
        static const char *const means[] = {"web_form", "keyword", "import", "wrong_number", "operator", "free_text"};
        struct change_consent e = {.head.kind = CHANGE_CONSENT};
        e.event = (struct consent){.org = rng_below(&rng, 8) == 0 ? 0 : h.org,
                                   .number = 14155550100 + rng_below(&rng, 9),
                                   .kind = (enum consent_kind)(1 + rng_below(&rng, 3)),
                                   .at_ms = T0 + (int64_t)rng_below(&rng, 60), .recorded_ms = T0 + i,
                                   .basis = (enum consent_basis)rng_below(&rng, CONSENT_BASES),
                                   .source = str_from(means[rng_below(&rng, 6)]), .evidence = STR("said so")};
        if (e.event.org == 0) e.event.scope = CONSENT_OF_ALL;
        else if (rng_below(&rng, 3) == 0) e.event.scope = rng_below(&rng, 2) ? CONSENT_OF_PROGRAM : CONSENT_OF_SENDER;
        if (e.event.scope == CONSENT_OF_PROGRAM) e.event.scope_id = 1;
        if (e.event.scope == CONSENT_OF_SENDER) e.event.scope_id = h.sender;
        house_change(&h, &e.head, ERR_OK);
    }
    c = check(&h);
    if (c.verdict != CHAIN_SOUND)
        fail_msg("entry %llu: %s", (unsigned long long)c.at.id, chain_verdict_text(c.verdict));
    h.org = 0;
    assert_int_equal(check(&h).verdict, CHAIN_SOUND);
    tamper(&h, "UPDATE consent_scopes SET kind = 3 - kind, at = at + 1");
    h.org = h.acme.id;
    assert_int_equal(check(&h).verdict, CHAIN_HELD);
    house_close(&h);
}

/* ---- messages after an opt-out ---- */

static const uint64_t PERSON = 14155550100;

static void say(struct house *h, org_id org, enum consent_kind kind, enum consent_scope scope, uint32_t scope_id,
                int64_t at_ms)
{
    struct change_consent c = {.head.kind = CHANGE_CONSENT};
    c.event = (struct consent){.org = org, .number = PERSON, .kind = kind, .scope = scope, .scope_id = scope_id,
                               .at_ms = at_ms, .recorded_ms = at_ms, .source = STR("keyword"), .evidence = STR("said")};
    house_change(h, &c.head, ERR_OK);
}

/* To the person, as if it had been armed then (0: it never was). */
static uint64_t send(struct house *h, uint32_t sender, int64_t armed_ms)
{
    struct change_admit c = {.head = {.kind = CHANGE_ADMIT}};
    char statement[120];
    c.message = (struct message){.org = h->org, .program = 1, .sender = sender, .number = PERSON,
                                 .kind = KIND_TRANSACTIONAL, .state = MESSAGE_QUEUED, .created_ms = T0,
                                 .expires_ms = T0 + 86400000, .body = STR("hello")};
    house_change(h, &c.head, ERR_OK);
    (void)snprintf(statement, sizeof statement, "UPDATE messages SET armed = %lld WHERE id = %llu",
                   (long long)armed_ms, (unsigned long long)c.message.id);
    tamper(h, statement);
    return c.message.id;
}

static void who_opted_out_and_was_written_to_after_all_is_told(void **state)
{
    enum { HOUR = 3600000, MINUTE = LEDGER_SETTLED_MS };
    struct house h;
    struct ledger_check c;
    uint64_t first, last;
    (void)state;
    house_open(&h);
    say(&h, h.org, CONSENT_OPT_IN, CONSENT_OF_ORG, 0, T0);
    (void)send(&h, 0, T0 + 2 * HOUR);
    assert_int_equal(check(&h).sent_after, 0); /* nobody opted out */
    say(&h, h.org, CONSENT_OPT_OUT, CONSENT_OF_ORG, 0, T0 + 3 * HOUR);
    (void)send(&h, 0, 0);
    (void)send(&h, 0, T0 + 3 * HOUR - 1);
    (void)send(&h, 0, T0 + 3 * HOUR + MINUTE - 1);
    c = check(&h);
    assert_true(c.verdict == CHAIN_SOUND && c.sent_after == 0 && c.example == 0);
    first = send(&h, 0, T0 + 3 * HOUR + MINUTE);
    c = check(&h);
    assert_true(c.verdict == CHAIN_SOUND && c.sent_after == 1 && c.example == first);
    last = send(&h, h.sender, T0 + 4 * HOUR);
    c = check(&h);
    assert_true(c.sent_after == 2 && c.example == last);
    say(&h, h.org, CONSENT_OPT_IN, CONSENT_OF_ORG, 0, T0 + 5 * HOUR);
    (void)send(&h, 0, T0 + 5 * HOUR - MINUTE + 1);
    (void)send(&h, 0, T0 + 5 * HOUR + 1);
    assert_int_equal(check(&h).sent_after, 2); /* what was wrong stays so, what came after the opt-in is none of it */
    say(&h, h.org, CONSENT_OPT_OUT, CONSENT_OF_ORG, 0, T0 + 6 * HOUR);
    say(&h, h.org, CONSENT_OPT_IN, CONSENT_OF_ORG, 0, T0 + 7 * HOUR - MINUTE / 2);
    (void)send(&h, 0, T0 + 7 * HOUR);
    say(&h, h.org, CONSENT_OPT_OUT, CONSENT_OF_ORG, 0, T0 + 7 * HOUR + MINUTE / 2);
    assert_int_equal(check(&h).sent_after, 2); /* out before and after, but not in between */
    house_close(&h);
}

/* So that no request holds the server's thread for all that a million people were sent. */
static void a_stretch_ends_where_many_messages_were_looked_at(void **state)
{
    enum { PEOPLE = LEDGER_STRETCH_MESSAGES / LEDGER_MESSAGES_MAX + 1 };
    struct house h;
    struct ledger_check c = {0};
    char fill[400];
    (void)state;
    house_open(&h);
    for (uint64_t i = 0; i < PEOPLE; i++) record(&h, PERSON + i, CONSENT_OPT_OUT, T0);
    (void)send(&h, 0, T0 + 3600000);
    (void)snprintf(fill, sizeof fill, "CREATE TEMP TABLE copy AS SELECT * FROM messages;"
                   "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
                   " INSERT INTO messages SELECT id + i, org, campaign, contact, %llu + i %% %d, program, kind, state, reason,"
                   " attempt, carrier, segments, error_code, sender, zones, flags, cost, created, send_at, expires, armed,"
                   " answered, updated, due_at, sid, body FROM copy, n", PEOPLE * LEDGER_MESSAGES_MAX - 1,
                   (unsigned long long)PERSON, PEOPLE);
    tamper(&h, fill);
    assert_int_equal(ledger_check(h.reader, &h.text, h.org, &c), ERR_OK);
    assert_true(!c.finished && c.so_far.count == PEOPLE - 1 && c.sent_after == LEDGER_STRETCH_MESSAGES);
    assert_int_equal(ledger_check(h.reader, &h.text, h.org, &c), ERR_OK);
    assert_true(c.finished && c.verdict == CHAIN_SOUND && c.sent_after == LEDGER_MESSAGES_MAX);
    house_close(&h);
}

static void a_number_with_too_many_entries_is_told_as_not_judged(void **state)
{
    struct house h;
    struct ledger_check c;
    (void)state;
    house_open(&h);
    for (int i = 0; i < LEDGER_FOLD_MAX; i++) record(&h, PERSON, CONSENT_OPT_IN, T0 + i);
    record(&h, PERSON + 1, CONSENT_OPT_OUT, T0);
    assert_int_equal(check(&h).unjudged, 0);
    record(&h, PERSON, CONSENT_OPT_OUT, T0 + LEDGER_FOLD_MAX);
    c = check(&h);
    assert_true(c.unjudged == 1 && c.sent_after == 0 && c.verdict == CHAIN_SOUND);
    house_close(&h);
}

static void opt_outs_of_one_sender_and_of_the_installation_count_where_they_hold(void **state)
{
    enum { HOUR = 3600000 };
    struct house h;
    (void)state;
    house_open(&h);
    say(&h, h.org, CONSENT_OPT_OUT, CONSENT_OF_SENDER, h.sender, T0);
    (void)send(&h, 0, T0 + HOUR);
    assert_int_equal(check(&h).sent_after, 0);
    (void)send(&h, h.sender, T0 + HOUR);
    assert_int_equal(check(&h).sent_after, 1);
    say(&h, 0, CONSENT_OPT_OUT, CONSENT_OF_ALL, 0, T0 + 2 * HOUR);
    (void)send(&h, 0, T0 + 3 * HOUR);
    assert_int_equal(check(&h).sent_after, 2);
    h.org = 0;
    assert_int_equal(check(&h).sent_after, 0); /* told where it was sent */
    house_close(&h);
}

/* ---- entries in words ---- */

/* An opt-in of one number, and "means=verbal|evidence=…" on top. */
static struct consent_words words(const char *more)
{
    struct consent_words w = {.number = STR("+14155550123"), .state = STR("opted_in")};
    struct str left = str_from(more), part, name;
    while (left.len > 0) {
        left = str_cut(left, '|', &part);
        part = str_cut(part, '=', &name);
        for (size_t i = 0; i < CONSENT_WORDS; i++)
            if (str_equal(str_from(CONSENT_WORD_NAMES[i]), name)) *consent_word(&w, i) = part;
    }
    return w;
}

static enum err read_entry(struct house *h, const char *more, bool all_said, struct consent *out,
                           struct problem *p)
{
    struct consent_context c = {.reader = h->reader, .arena = &h->text, .org = &h->acme, .now_ms = T0 + 1000,
                                .all_said = all_said};
    struct consent_words w = words(more);
    problem_init(p, &h->text);
    return consent_entry_read(&c, &w, out, p);
}

static void what_an_entry_rests_on_is_asked_for(void **state)
{
    static const struct {
        const char *words, *field;
    } cases[] = {
        {"evidence=by telephone|number=12", "number"},
        {"evidence=x|state=maybe", "state"},
        {"evidence=x|state=none", "state"},
        {"evidence=x|means=pigeon", "means"},
        {"evidence=x|means=other", "means"},
        {"evidence=x|means=provider", "means"},
        {"evidence=x|means=import", "attested_by"},
        {"means=web_form", "evidence"},
        {"means=web_form|evidence=x|basis=written", "disclosure"},
        {"means=verbal|disclosure=x|basis=written", "basis"},
        {"evidence=x|basis=holy", "basis"},
        {"evidence=x|scope=galaxy", "scope"},
        {"evidence=x|scope=installation", "scope"},
        {"evidence=x|scope=program", "program"},
        {"evidence=x|scope=program|program=nope", "program"},
        {"evidence=x|program=default", "program"},
        {"evidence=x|scope=sender|sender=+14155550999", "sender"},
        {"evidence=x|given_at=2023-11-14T22:13:20", "given_at"},
        {"evidence=x|given_at=yesterday", "given_at"},
        {"evidence=x|given_at=2024-11-14T22:13:20Z", "given_at"},
        {"evidence=x|url=javascript:alert(1)", "url"},
        {"evidence=x|ip=300.1.1.1", "ip"},
    };
    struct house h;
    (void)state;
    house_open(&h);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct consent e;
        struct problem p;
        if (read_entry(&h, cases[i].words, false, &e, &p) == ERR_OK) fail_msg("case %zu passes", i);
        assert_string_equal(p.errors[0].field, cases[i].field);
        assert_true(p.errors[0].reason[0] != 0 && p.errors[0].fix[0] != 0);
    }
    house_close(&h);
}

static void an_entry_says_all_that_was_given(void **state)
{
    struct house h;
    struct consent e;
    struct problem p;
    (void)state;
    house_open(&h);
    assert_int_equal(read_entry(&h, "means=web_form|disclosure=Texts about \"shoes\"|"
                                    "url=https://example.com/join|ip=192.0.2.1|given_at=2023-11-14T17:13:20-05:00|"
                                    "scope=program|program=default", true, &e, &p), ERR_OK);
    assert_true(e.number == 14155550123 && e.kind == CONSENT_OPT_IN && e.basis == CONSENT_BASIS_WRITTEN);
    assert_true(e.at_ms == T0 && e.recorded_ms == T0 + 1000 && e.scope == CONSENT_OF_PROGRAM && e.scope_id != 0);
    assert_true(str_equal(e.proof, STR("{\"disclosure\":\"Texts about \\\"shoes\\\"\","
                                       "\"url\":\"https://example.com/join\",\"ip\":\"192.0.2.1\"}")));
    assert_int_equal(read_entry(&h, "means=verbal|evidence=call 17", false, &e, &p), ERR_OK);
    assert_int_equal(e.basis, CONSENT_BASIS_EXPRESS);
    assert_int_equal(read_entry(&h, "state=opted_out|means=keyword", false, &e, &p), ERR_OK);
    assert_int_equal(e.basis, CONSENT_BASIS_NONE);
    assert_int_equal(read_entry(&h, "means=verbal|evidence=x", true, &e, &p), ERR_INVALID);
    assert_string_equal(p.errors[0].field, "given_at"); /* an import says when */
    house_close(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ledger_nobody_touched_is_sound_over_many_stretches),
        cmocka_unit_test(what_came_after_an_import_is_not_read_for_its_opt_ins),
        cmocka_unit_test(every_kind_of_tampering_is_seen),
        cmocka_unit_test(what_holds_follows_from_any_entries),
        cmocka_unit_test(who_opted_out_and_was_written_to_after_all_is_told),
        cmocka_unit_test(a_stretch_ends_where_many_messages_were_looked_at),
        cmocka_unit_test(a_number_with_too_many_entries_is_told_as_not_judged),
        cmocka_unit_test(opt_outs_of_one_sender_and_of_the_installation_count_where_they_hold),
        cmocka_unit_test(what_an_entry_rests_on_is_asked_for),
        cmocka_unit_test(an_entry_says_all_that_was_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
