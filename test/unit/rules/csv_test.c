/*
 * CSV as spreadsheets, exports and people write it. A transcript says what the reader gave:
 * "H" header, "R<line>" record, "E<line> <reason>/<column>" a record set aside, "!" fatal.
 */
#include "base/rng.h"
#include "rules/csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void transcribe_fields(struct csv_reader *r, struct buf *out)
{
    size_t count;
    const struct str *fields = csv_fields(r, &count);
    for (size_t i = 0; i < count; i++) {
        buf_add_char(out, i == 0 ? ' ' : '|');
        buf_add(out, fields[i]);
    }
    buf_add_char(out, '\n');
}

static void transcribe(struct csv_reader *r, enum csv_event event, struct buf *out)
{
    const struct csv_problem *p = csv_problem(r);
    if (event == CSV_HEADER) {
        buf_add_char(out, 'H');
        transcribe_fields(r, out);
    } else if (event == CSV_RECORD) {
        buf_addf(out, "R%llu", (unsigned long long)csv_line(r));
        transcribe_fields(r, out);
    } else if (event == CSV_BAD) {
        buf_addf(out, "E%llu %s/", (unsigned long long)p->line, csv_reason_name(p->reason));
        buf_add(out, p->column);
        buf_addf(out, "%s\n", p->fatal ? "!" : "");
        assert_true(strlen(p->what) > 10);
    }
}

static void drain(struct csv_reader *r, struct buf *out)
{
    enum csv_event event;
    while ((event = csv_next(r)) != CSV_MORE && event != CSV_END) transcribe(r, event, out);
}

/* Each chunk is a copy of its own that is gone afterwards, so that the sanitizer sees a late look at it. */
static void feed_copy(struct csv_reader *r, struct str chunk, struct buf *out)
{
    char *copy = malloc(chunk.len);
    assert_non_null(copy);
    memcpy(copy, chunk.at, chunk.len);
    csv_feed(r, (struct str){copy, chunk.len});
    drain(r, out);
    free(copy);
}

static void read_in_chunks(struct str text, size_t chunk_bytes, const struct csv_options *options,
                           struct buf *out)
{
    struct csv_reader *r;
    assert_int_equal(csv_open(options, &r), ERR_OK);
    buf_clear(out);
    for (size_t at = 0; at < text.len; at += chunk_bytes)
        feed_copy(r, str_slice(text, at, at + chunk_bytes), out);
    csv_finish(r);
    drain(r, out);
    assert_int_equal(csv_next(r), CSV_END);
    csv_close(r);
}

static void expect_with(struct csv_options options, struct str text, const char *wanted)
{
    struct buf out;
    buf_init(&out, 1 << 20);
    for (size_t chunk = 1; chunk <= text.len + 1; chunk++) {
        read_in_chunks(text, chunk, &options, &out);
        assert_string_equal(buf_text(&out), wanted);
    }
    buf_free(&out);
}

static void expect(const char *text, const char *wanted)
{
    expect_with((struct csv_options){.delimiter = 0}, str_from(text), wanted);
}

static void plain_records_are_read_whatever_ends_their_lines(void **state)
{
    (void)state;
    expect("a,b\n1,2\n3,4\n", "H a|b\nR2 1|2\nR3 3|4\n");
    expect("a,b\r\n1,2\r\n3,4", "H a|b\nR2 1|2\nR3 3|4\n");
    expect("a,b\r1,2\r3,4\r", "H a|b\nR2 1|2\nR3 3|4\n");
    expect("a,b\n1,\n,4", "H a|b\nR2 1|\nR3 |4\n");
    expect("a\n1\n", "H a\nR2 1\n");
}

static void a_byte_order_mark_and_blank_lines_are_passed_over(void **state)
{
    (void)state;
    expect("\xef\xbb\xbf" "a,b\n1,2", "H a|b\nR2 1|2\n");
    expect("\xef\xbb\xbf\"a\",b\n1,2", "H a|b\nR2 1|2\n");
    expect("\r\n\n  \na,b\n\n1,2\n\r\n \n3,4\n\n", "H a|b\nR6 1|2\nR9 3|4\n");
    expect("\xef\xbb\xbf\r\na,b\n1,2", "H a|b\nR3 1|2\n");
}

static void quoted_fields_hold_delimiters_quotes_and_line_breaks(void **state)
{
    (void)state;
    expect("a,b\n\"1,5\",\"say \"\"hi\"\"\"\n", "H a|b\nR2 1,5|say \"hi\"\n");
    expect("a,b\n\"x\ny\",2\n3,4", "H a|b\nR2 x\ny|2\nR4 3|4\n");
    expect("a,b\n\"x\r\ny\r\nz\",2\r\n3,4", "H a|b\nR2 x\r\ny\r\nz|2\nR5 3|4\n");
    expect("a,b\n\"\",\"\"\n\"\"\"\",\"\"\"\"\"\"", "H a|b\nR2 |\nR3 \"|\"\"\n");
    expect("\"a\nx\",b\n1,2", "H a\nx|b\nR3 1|2\n");
}

static void the_delimiter_is_found_in_the_header(void **state)
{
    (void)state;
    expect("a;b;c\n1;2,5;3\n", "H a|b|c\nR2 1|2,5|3\n");
    expect("a\tb\n1\t2\n", "H a|b\nR2 1|2\n");
    expect("\"a;b;c\",d\n1,2\n", "H a;b;c|d\nR2 1|2\n");
    expect("phone\n+15550001\n", "H phone\nR2 +15550001\n");
    expect_with((struct csv_options){.delimiter = ';'}, STR("a,b;c\n1;2"), "H a,b|c\nR2 1|2\n");
}

static void a_wrong_number_of_fields_is_set_aside_and_reading_goes_on(void **state)
{
    (void)state;
    expect("a,b,c\n1,2\n1,2,3\n1,2,3,4\n4,5,6", "H a|b|c\nE2 columns/c\nR3 1|2|3\nE4 columns/\nR5 4|5|6\n");
}

static void bad_quoting_costs_one_line(void **state)
{
    (void)state;
    expect("a,b\nJim \"Bo\" X,2\n3,4", "H a|b\nE2 bad_quote/\nR3 3|4\n");
    expect("a,b\n\"x\"y,2\n3,4", "H a|b\nE2 bad_quote/\nR3 3|4\n");
    expect("a,b\n1, \"x\"\n3,4", "H a|b\nE2 bad_quote/\nR3 3|4\n");
}

static void a_quote_never_closed_costs_one_line_not_the_rest_of_the_file(void **state)
{
    (void)state;
    expect("a,b\n\"x,2\n3,4\n5,6", "H a|b\nE2 open_quote/\nR3 3|4\nR4 5|6\n");
    expect("a,b\n\"x,2\r\n3,4\r\n5,6\r\n", "H a|b\nE2 open_quote/\nR3 3|4\nR4 5|6\n");
    expect("a,b\n\"x,2\r3,4\r5,6", "H a|b\nE2 open_quote/\nR3 3|4\nR4 5|6\n");
    expect("a,b\n\"x,2\n3,4\n\"y\",6\n7,8", "H a|b\nE2 bad_quote/\nR3 3|4\nR4 y|6\nR5 7|8\n");
    expect("a,b\n\"x,2\n3,4\n\"y,6\n7,8", "H a|b\nE2 bad_quote/\nR3 3|4\nE4 open_quote/\nR5 7|8\n");
    expect("a,b\n1,\"x", "H a|b\nE2 open_quote/\n");
    expect("a,b\n1,\"x\n", "H a|b\nE2 open_quote/\n");
}

static void text_that_is_not_utf8_names_its_column(void **state)
{
    (void)state;
    expect("a,b\n1,caf\xe9\n3,caf\xc3\xa9", "H a|b\nE2 not_utf8/b\nR3 3|caf\xc3\xa9\n");
    expect("a,b\n\xff,2\n3,4", "H a|b\nE2 not_utf8/a\nR3 3|4\n");
    expect_with((struct csv_options){.delimiter = 0}, STR("a,b\n1,x\0y\n3,4"),
                "H a|b\nE2 not_utf8/b\nR3 3|4\n");
}

static void a_header_that_cannot_be_read_ends_it(void **state)
{
    (void)state;
    expect("", "E1 no_header/!\n");
    expect("\n\r\n  \n", "E4 no_header/!\n");
    expect("\xef\xbb\xbf", "E1 no_header/!\n");
    expect_with((struct csv_options){.delimiter = 0}, STR("\xff\xfe" "a\0,\0b\0\n\0"), "E1 not_utf8/!\n");
    expect("a,\"b\n1,2\n", "E1 open_quote/!\n");
    expect_with((struct csv_options){.columns_max = 2}, STR("a,b,c\n1,2,3"), "E1 too_many_columns/!\n");
    expect_with((struct csv_options){.record_bytes_max = 8}, STR("aaaaa,bbbbb\n1,2"),
                "E1 record_too_long/!\n");
}

static void the_bounds_hold_for_each_record(void **state)
{
    struct csv_options small = {.record_bytes_max = 16, .field_bytes_max = 6, .columns_max = 3};
    (void)state;
    expect_with(small, STR("a,b\n1234567890123,567\n1,2"), "H a|b\nE2 record_too_long/\nR3 1|2\n");
    expect_with(small, STR("a,b\n1,234567\n1,2345678\n1,2"),
                "H a|b\nR2 1|234567\nE3 field_too_long/b\nR4 1|2\n");
    expect_with(small, STR("a,b\n1,2,3\n1,2,3,4\n1,2"), "H a|b\nE2 columns/\nE3 too_many_columns/\nR4 1|2\n");
    expect_with(small, STR("a,b\n12345678,1234567\n1,2"), "H a|b\nE2 field_too_long/a\nR3 1|2\n");
    expect_with(small, STR("a,b\n\"1234567890123456\n\",2\n1,2"),
                "H a|b\nE2 record_too_long/\nE3 open_quote/\nR4 1|2\n");
    expect_with(small, STR("a,b\n\"1\n2,3\n4,5\n6,7\n8,9\n"),
                "H a|b\nE2 open_quote/\nR3 2|3\nR4 4|5\nR5 6|7\nR6 8|9\n");
}

static void a_huge_line_is_skipped_in_bounded_memory(void **state)
{
    enum { MEGABYTES = 48 };
    struct csv_options options = {.delimiter = 0};
    struct csv_reader *r;
    struct buf out;
    char *megabyte = malloc(1 << 20);
    (void)state;
    assert_non_null(megabyte);
    memset(megabyte, 'x', 1 << 20);
    buf_init(&out, 4096);
    assert_int_equal(csv_open(&options, &r), ERR_OK);
    feed_copy(r, STR("a,b\n1,2\n"), &out);
    for (int i = 0; i < MEGABYTES; i++) {
        csv_feed(r, (struct str){megabyte, 1 << 20});
        drain(r, &out);
    }
    feed_copy(r, STR("\n3,4\n"), &out);
    csv_finish(r);
    drain(r, &out);
    assert_string_equal(buf_text(&out), "H a|b\nR2 1|2\nE3 record_too_long/\nR4 3|4\n");
    csv_close(r);
    buf_free(&out);
    free(megabyte);
}

static void a_record_set_aside_is_given_as_it_came(void **state)
{
    struct csv_options options = {.delimiter = 0};
    struct csv_reader *r;
    (void)state;
    assert_int_equal(csv_open(&options, &r), ERR_OK);
    csv_feed(r, STR("a,b\r\n\"x\",\"y\",3\r\n\"open,1\r\n2,3\r\n"));
    assert_int_equal(csv_next(r), CSV_HEADER);
    assert_int_equal(csv_delimiter(r), ',');
    assert_int_equal(csv_next(r), CSV_BAD);
    assert_true(str_equal(csv_problem(r)->raw, STR("\"x\",\"y\",3")));
    assert_non_null(strstr(csv_problem(r)->what, "3 fields and the header has 2"));
    assert_int_equal(csv_next(r), CSV_MORE);
    csv_finish(r);
    assert_int_equal(csv_next(r), CSV_BAD);
    assert_true(str_equal(csv_problem(r)->raw, STR("\"open,1")));
    assert_int_equal(csv_problem(r)->line, 3);
    assert_int_equal(csv_next(r), CSV_RECORD);
    assert_true(str_equal(csv_raw(r), STR("2,3")));
    assert_int_equal(csv_next(r), CSV_END);
    assert_int_equal(csv_next(r), CSV_END);
    csv_close(r);
}

/* Texts made of what the grammar cares about. */
static void random_text(struct rng *rng, struct buf *out)
{
    static const char *const PIECES[] = {"a", "bb", ",", ",", "\"", "\"", "\"\"", "\n", "\n", "\r\n", "\r",
                                         " ", "\xff", ";"};
    buf_clear(out);
    for (uint64_t n = rng_below(rng, 24); n > 0; n--)
        buf_add_text(out, PIECES[rng_below(rng, sizeof PIECES / sizeof PIECES[0])]);
}

static void the_size_of_chunks_changes_nothing(void **state)
{
    struct rng rng = rng_seeded(7);
    struct csv_options small = {.record_bytes_max = 12, .field_bytes_max = 8};
    struct buf text, whole, pieces;
    (void)state;
    buf_init(&text, 4096);
    buf_init(&whole, 1 << 16);
    buf_init(&pieces, 1 << 16);
    for (int round = 0; round < 6000; round++) {
        random_text(&rng, &text);
        read_in_chunks(buf_str(&text), text.len + 1, &small, &whole);
        read_in_chunks(buf_str(&text), 1 + (size_t)rng_below(&rng, 5), &small, &pieces);
        if (strcmp(buf_text(&whole), buf_text(&pieces)) != 0)
            fail_msg("<%s>\nwhole:\n%spieces:\n%s", buf_text(&text), buf_text(&whole), buf_text(&pieces));
    }
    buf_free(&text);
    buf_free(&whole);
    buf_free(&pieces);
}

static uint64_t line_breaks(struct str s)
{
    uint64_t count = 0;
    for (size_t i = 0; i < s.len; i++)
        if (s.at[i] == '\r' || (s.at[i] == '\n' && (i == 0 || s.at[i - 1] != '\r'))) count++;
    return count;
}

/* Writes a record of random fields and what the transcript should say of it; gives its line breaks. */
static uint64_t write_random_record(struct rng *rng, struct csv_writer *w, uint64_t columns,
                                    struct buf *wanted)
{
    struct buf field;
    uint64_t breaks = 1;
    buf_init(&field, 4096);
    for (uint64_t i = 0; i < columns; i++) {
        do random_text(rng, &field);
        while (!str_is_utf8(buf_str(&field), NULL));
        csv_write(w, buf_str(&field));
        buf_add_char(wanted, i == 0 ? ' ' : '|');
        buf_add(wanted, buf_str(&field));
        breaks += line_breaks(buf_str(&field));
    }
    csv_write_end(w);
    buf_add_char(wanted, '\n');
    buf_free(&field);
    return breaks;
}

static void check_round_trip(struct rng *rng, char delimiter)
{
    struct csv_options options = {.delimiter = delimiter};
    struct buf file, wanted, got;
    struct csv_writer w = {.out = &file, .delimiter = delimiter};
    uint64_t columns = 1 + rng_below(rng, 4), line = 1;

    buf_init(&file, 1 << 16);
    buf_init(&wanted, 1 << 16);
    buf_init(&got, 1 << 16);
    for (int record = 0; record < 3; record++) {
        if (record == 0) buf_add_text(&wanted, "H");
        else buf_addf(&wanted, "R%llu", (unsigned long long)line);
        line += write_random_record(rng, &w, columns, &wanted);
    }
    assert_int_equal(buf_check(&file), ERR_OK);
    read_in_chunks(buf_str(&file), 1 + (size_t)rng_below(rng, 40), &options, &got);
    if (strcmp(buf_text(&wanted), buf_text(&got)) != 0)
        fail_msg("<%s>\nwanted:\n%sgot:\n%s", buf_text(&file), buf_text(&wanted), buf_text(&got));
    buf_free(&file);
    buf_free(&wanted);
    buf_free(&got);
}

static void what_is_written_reads_back_the_same(void **state)
{
    struct rng rng = rng_seeded(8);
    (void)state;
    for (int round = 0; round < 3000; round++) check_round_trip(&rng, ",;\t"[rng_below(&rng, 3)]);
}

static void formulas_are_disarmed_and_phone_numbers_left_alone(void **state)
{
    static const char *const FIELDS[] = {"=1+1", "@SUM(A1)", "+15551234567", "-3.5", "+cmd|' /C calc'!A0",
                                         "-2+3",
                                         "\tx", "plain", "a=b", "", "-", "+"};
    struct buf out;
    struct csv_writer w = {.out = &out, .delimiter = ',', .formula_guard = true};
    (void)state;
    buf_init(&out, 4096);
    for (size_t i = 0; i < sizeof FIELDS / sizeof FIELDS[0]; i++) csv_write(&w, str_from(FIELDS[i]));
    csv_write_end(&w);
    assert_string_equal(buf_text(&out), "'=1+1,'@SUM(A1),+15551234567,-3.5,'+cmd|' /C calc'!A0,'-2+3,"
                                        "\"'\tx\",plain,a=b,,'-,'+\r\n");
    buf_clear(&out);
    w.formula_guard = false;
    csv_write(&w, STR("=1+1"));
    csv_write_end(&w);
    assert_string_equal(buf_text(&out), "=1+1\r\n");
    buf_free(&out);
}

static void a_long_column_name_is_cut_between_characters_in_the_sentence(void **state)
{
    struct csv_options options = {.field_bytes_max = 300};
    struct csv_reader *r;
    struct buf text;
    (void)state;
    buf_init(&text, 4096);
    for (int i = 0; i < 79; i++) buf_add_char(&text, 'a');
    buf_add_text(&text, "\xe2\x82\xac" "b,c\n\xff,2\n");
    assert_int_equal(csv_open(&options, &r), ERR_OK);
    assert_int_equal(csv_delimiter(r), 0);
    csv_feed(r, buf_str(&text));
    assert_int_equal(csv_next(r), CSV_HEADER);
    assert_int_equal(csv_delimiter(r), ',');
    assert_int_equal(csv_next(r), CSV_BAD);
    assert_true(str_is_utf8(str_from(csv_problem(r)->what), NULL));
    assert_non_null(strstr(csv_problem(r)->what, "aaaa\" is not UTF-8"));
    csv_close(r);
    csv_close(NULL);
    buf_free(&text);
}

static void the_guard_spares_numbers_and_nothing_else(void **state)
{
    static const char *const plain[] = {"+14155552671", "-3.5", "-.5", "x=1"}, *const formulas[] = {
        "+", "-", "+1.2.3", "-1+2", "+a", "=1", "@x", "\tx", "\rx", "-."};
    struct buf out;
    struct csv_writer w = {.out = &out, .delimiter = ',', .formula_guard = true};
    (void)state;
    buf_init(&out, 4096);
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) csv_write(&w, str_from(plain[i]));
    assert_string_equal(buf_text(&out), "+14155552671,-3.5,-.5,x=1");
    for (size_t i = 0; i < sizeof formulas / sizeof *formulas; i++) {
        buf_clear(&out);
        w.in_record = false;
        csv_write(&w, str_from(formulas[i]));
        assert_true(buf_text(&out)[buf_text(&out)[0] == '"' ? 1 : 0] == '\'');
    }
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_records_are_read_whatever_ends_their_lines),
        cmocka_unit_test(a_byte_order_mark_and_blank_lines_are_passed_over),
        cmocka_unit_test(quoted_fields_hold_delimiters_quotes_and_line_breaks),
        cmocka_unit_test(the_delimiter_is_found_in_the_header),
        cmocka_unit_test(a_wrong_number_of_fields_is_set_aside_and_reading_goes_on),
        cmocka_unit_test(bad_quoting_costs_one_line),
        cmocka_unit_test(a_quote_never_closed_costs_one_line_not_the_rest_of_the_file),
        cmocka_unit_test(text_that_is_not_utf8_names_its_column),
        cmocka_unit_test(a_header_that_cannot_be_read_ends_it),
        cmocka_unit_test(the_bounds_hold_for_each_record),
        cmocka_unit_test(a_huge_line_is_skipped_in_bounded_memory),
        cmocka_unit_test(a_record_set_aside_is_given_as_it_came),
        cmocka_unit_test(the_size_of_chunks_changes_nothing),
        cmocka_unit_test(what_is_written_reads_back_the_same),
        cmocka_unit_test(formulas_are_disarmed_and_phone_numbers_left_alone),
        cmocka_unit_test(a_long_column_name_is_cut_between_characters_in_the_sentence),
        cmocka_unit_test(the_guard_spares_numbers_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
