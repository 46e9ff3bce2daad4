/* segment: the vectors of reference 7.5, the split in bytes, offenders, smart encoding, bad input. */
#include "rules/segment.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static struct segment_count counted(struct str text, unsigned flags)
{
    struct segment_count count;
    assert_int_equal(segment_count(text, flags, &count, NULL), ERR_OK);
    return count;
}

static void text_of_vector(const json_t *vector, struct buf *out)
{
    size_t i;
    json_t *piece;
    const char *hex = json_string_value(json_object_get(vector, "hex"));
    for (; hex != NULL && *hex != '\0'; hex += 2) {
        char byte[3] = {hex[0], hex[1], '\0'};
        buf_add_char(out, (char)strtol(byte, NULL, 16));
    }
    json_array_foreach(json_object_get(vector, "text"), i, piece)
    {
        const char *text = json_string_value(json_array_get(piece, 0));
        for (json_int_t n = json_integer_value(json_array_get(piece, 1)); n > 0; n--)
            buf_add_text(out, text);
    }
}

static json_int_t number(const json_t *vector, const char *name)
{
    return json_integer_value(json_object_get(vector, name));
}

static void check_parts(const json_t *vector, struct str sent)
{
    struct segment_part parts[16];
    size_t count = 0, i;
    json_t *units;
    assert_int_equal(segment_split(sent, SEGMENT_SURROGATES, parts, 16, &count), ERR_OK);
    assert_int_equal(count, json_array_size(json_object_get(vector, "parts")));
    json_array_foreach(json_object_get(vector, "parts"), i, units)
        assert_int_equal(parts[i].units, json_integer_value(units));
    for (i = 0; i < count; i++)
        assert_int_equal(parts[i].from, i == 0 ? 0 : parts[i - 1].to);
    assert_int_equal(parts[count - 1].to, sent.len);
}

static void check_vector(const json_t *vector)
{
    struct buf text, sent;
    buf_init(&text, 1 << 16);
    buf_init(&sent, 1 << 16);
    text_of_vector(vector, &text);
    bool smart = json_is_true(json_object_get(vector, "smart"));
    struct segment_count count = counted(buf_str(&text), SEGMENT_SURROGATES | (smart ? SEGMENT_SMART : 0U));
    assert_string_equal(segment_encoding_name(count.encoding),
                        json_string_value(json_object_get(vector, "encoding")));
    assert_int_equal(count.segments, number(vector, "segments"));
    assert_int_equal(count.units, number(vector, "units"));
    assert_int_equal(count.graphemes, number(vector, "graphemes"));
    assert_int_equal(count.characters, number(vector, "scalars"));
    if (smart)
        assert_int_equal(segment_smart(buf_str(&text), 0, &sent, NULL), ERR_OK);
    else
        buf_add(&sent, buf_str(&text));
    check_parts(vector, buf_str(&sent));
    buf_free(&text);
    buf_free(&sent);
}

static void every_vector_of_the_reference_holds(void **state)
{
    (void)state;
    FILE *file = fopen(HERE "/segment_vectors.jsonl", "r");
    assert_non_null(file);
    char line[4096];
    int seen = 0;
    while (fgets(line, sizeof(line), file) != NULL) {
        if (line[0] == '#') continue;
        json_t *vector = json_loads(line, 0, NULL);
        assert_non_null(vector);
        check_vector(vector);
        json_decref(vector);
        seen++;
    }
    (void)fclose(file);
    assert_int_equal(seen, 60);
}

static void a_lone_surrogate_is_refused_unless_asked_for(void **state)
{
    (void)state;
    struct segment_count count;
    size_t bad_at = 0;
    assert_int_equal(segment_count(STR("a\xED\xA0\xBD"), 0, &count, &bad_at), ERR_INVALID);
    assert_int_equal(bad_at, 1);
    count = counted(STR("a\xED\xA0\xBD"), SEGMENT_SURROGATES);
    assert_int_equal(count.units, 2);
    assert_int_equal(count.encoding, SEGMENT_UCS2);
    assert_int_equal(counted(STR("\xED\xA0\xBD" "a"), SEGMENT_SURROGATES).units, 2); /* a half before what is none */
    assert_int_equal(counted(STR("\xED\xA0\xBD\xED\xA0\xBD"), SEGMENT_SURROGATES).units, 2);
    assert_int_equal(counted(STR("a\xED\xB8\x80"), SEGMENT_SURROGATES).units, 2);
    /* A pair in six bytes is one character written wrongly, not two lone halves. */
    assert_int_equal(segment_count(STR("\xED\xA0\xBD\xED\xB8\x80"), SEGMENT_SURROGATES, &count, &bad_at),
                     ERR_INVALID);
    assert_int_equal(bad_at, 3);
}

static void malformed_bytes_are_named_by_their_offset(void **state)
{
    (void)state;
    static const struct {
        struct str text;
        size_t at;
    } cases[] = {
        {{"abc\xFF", 4}, 3},
        {{"\xC3", 1}, 0},
        {{"ok \xC0\x80", 5}, 3},
        {{"x\xE2\x82", 3}, 1},
        {{"\xF4\x90\x80\x80", 4}, 0},
        {{"\x80", 1}, 0},
        {{"\xE2\x82\xAC\xE0\x9F\xBF", 6}, 3},
        {{"\xF0\x8F\xBF\xBF", 4}, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct segment_count count;
        struct segment_part part;
        struct segment_offender offender;
        size_t bad_at = 99, n = 0, naive = 0;
        assert_int_equal(segment_count(cases[i].text, 0, &count, &bad_at), ERR_INVALID);
        assert_int_equal(bad_at, cases[i].at);
        assert_false(str_is_utf8(cases[i].text, &naive));
        assert_int_equal(segment_split(cases[i].text, 0, &part, 1, &n), ERR_INVALID);
        assert_int_equal(segment_offenders(cases[i].text, 0, &offender, 1, &n), ERR_INVALID);
    }
}

static void a_text_over_the_bound_is_refused(void **state)
{
    (void)state;
    char *text = calloc(1, SEGMENT_TEXT_BYTES_MAX + 1);
    assert_non_null(text);
    memset(text, 'a', SEGMENT_TEXT_BYTES_MAX + 1);
    struct segment_count count;
    assert_int_equal(segment_count((struct str){text, SEGMENT_TEXT_BYTES_MAX + 1}, 0, &count, NULL),
                     ERR_LIMIT);
    count = counted((struct str){text, SEGMENT_TEXT_BYTES_MAX}, 0);
    assert_int_equal(count.segments, (SEGMENT_TEXT_BYTES_MAX + 152) / 153);
    free(text);
}

static void the_split_keeps_an_emoji_whole(void **state)
{
    (void)state;
    char text[80];
    memset(text, 'a', 66);
    memcpy(text + 66, "\xF0\x9F\x98\x80zzzzz", 9);
    struct segment_part parts[4];
    size_t count = 0;
    assert_int_equal(segment_split((struct str){text, 75}, 0, parts, 4, &count), ERR_OK);
    assert_int_equal(count, 2);
    assert_int_equal(parts[0].to, 66);
    assert_int_equal(parts[0].units, 66);
    assert_int_equal(parts[1].from, 66);
    assert_int_equal(parts[1].to, 75);
    assert_int_equal(parts[1].units, 7);
}

static void parts_beyond_the_room_given_are_only_counted(void **state)
{
    (void)state;
    char text[400];
    memset(text, 'a', sizeof(text));
    struct segment_part parts[2] = {{0}};
    size_t count = 0;
    assert_int_equal(segment_split((struct str){text, sizeof(text)}, 0, parts, 1, &count), ERR_OK);
    assert_int_equal(count, 3);
    assert_int_equal(parts[0].to, 153);
    assert_int_equal(parts[1].to, 0);
}

static void every_offender_is_named_with_its_place_and_replacement(void **state)
{
    (void)state;
    struct segment_offender got[8];
    size_t count = 0;
    struct str text = STR("caf\xC3\xA9 \xE2\x80\x99s \xF0\x9F\x98\x80\xE2\x80\x8B!");
    assert_int_equal(segment_offenders(text, 0, got, 8, &count), ERR_OK);
    assert_int_equal(count, 3);
    assert_int_equal(got[0].code_point, 0x2019);
    assert_int_equal(got[0].byte_at, 6);
    assert_int_equal(got[0].character_at, 5);
    assert_int_equal(got[0].bytes, 3);
    assert_string_equal(got[0].replacement, "'");
    assert_int_equal(got[1].code_point, 0x1F600);
    assert_int_equal(got[1].byte_at, 11);
    assert_int_equal(got[1].character_at, 8);
    assert_null(got[1].replacement);
    assert_int_equal(got[2].code_point, 0x200B);
    assert_string_equal(got[2].replacement, "");
}

static void smart_encoding_replaces_and_leaves_the_rest(void **state)
{
    (void)state;
    struct buf out;
    size_t replaced = 0;
    buf_init(&out, 1024);
    struct str text = STR("\xE2\x80\x9C"
                          "Hi\xE2\x80\x9D \xC2\xBD\xE2\x80\xA6\xE4\xBD\xA0\x00");
    assert_int_equal(segment_smart(text, 0, &out, &replaced), ERR_OK);
    assert_string_equal(buf_text(&out), "\"Hi\" 1/2...\xE4\xBD\xA0");
    assert_int_equal(buf_check(&out), ERR_OK);
    assert_int_equal(replaced, 5);
    buf_free(&out);
}

static void counting_smart_equals_counting_the_smart_text(void **state)
{
    (void)state;
    struct str texts[] = {STR("a\tb\xC2\xA0"), STR("\xE2\x80\x99\xE4\xBD\xA0\xE2\x80\xA6"),
                          STR("e\xCC\xB2\xCC\x81")};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct buf out;
        buf_init(&out, 1024);
        assert_int_equal(segment_smart(texts[i], 0, &out, NULL), ERR_OK);
        struct segment_count smart = counted(texts[i], SEGMENT_SMART), plain = counted(buf_str(&out), 0);
        assert_memory_equal(&smart, &plain, sizeof(plain));
        buf_free(&out);
    }
}

static void extension_characters_cost_two_and_are_not_torn(void **state)
{
    (void)state;
    char text[306];
    memset(text, 'a', sizeof(text));
    text[152] = '[';
    struct segment_count count = counted((struct str){text, 305}, 0);
    assert_int_equal(count.units, 306);
    assert_int_equal(count.segments, 3);
}

static void a_report_holds_all_that_is_shown(void **state)
{
    (void)state;
    struct arena arena;
    struct segment_report report;
    struct fault fault = {0};
    char text[120];
    memset(text, 'x', sizeof(text));
    memcpy(text + 50, "\xE2\x80\x94", 3);
    arena_init(&arena, 1 << 16);
    assert_int_equal(segment_describe(&arena, (struct str){text, sizeof(text)}, 0, &report, &fault), ERR_OK);
    assert_int_equal(report.plain.encoding, SEGMENT_UCS2);
    assert_int_equal(report.plain.segments, 2);
    assert_int_equal(report.parts[0].units, 67);
    assert_int_equal(report.parts[0].to, 69);
    assert_int_equal(report.smart.encoding, SEGMENT_GSM7);
    assert_int_equal(report.smart.segments, 1);
    assert_int_equal(report.smart_parts[0].units, 118);
    assert_int_equal(report.saved_segments, 1);
    assert_int_equal(report.offender_count, 1);
    assert_int_equal(report.stubborn_count, 0);
    assert_int_equal(report.smart_text.len, 118);
    arena_reset(&arena);
}

static void a_report_of_a_plain_text_has_nothing_to_mend(void **state)
{
    (void)state;
    struct arena arena;
    struct segment_report report;
    struct fault fault = {0};
    arena_init(&arena, 1 << 16);
    assert_int_equal(segment_describe(&arena, STR("Hello"), 0, &report, &fault), ERR_OK);
    assert_true(str_equal(report.smart_text, STR("Hello")));
    assert_int_equal(report.offender_count, 0);
    assert_int_equal(report.saved_segments, 0);
    arena_reset(&arena);
}

static void a_report_of_bad_bytes_says_where(void **state)
{
    (void)state;
    struct arena arena;
    struct segment_report report;
    struct fault fault = {0};
    arena_init(&arena, 1 << 16);
    assert_int_equal(segment_describe(&arena, STR("ab\xFF"), 0, &report, &fault), ERR_INVALID);
    assert_non_null(strstr(fault.what, "offset 2"));
    arena_reset(&arena);
    arena_init(&arena, 64);
    assert_int_equal(
        segment_describe(&arena, STR("\xE2\x80\x94\xE2\x80\x94\xE2\x80\x94"), 0, &report, &fault), ERR_FULL);
    arena_reset(&arena);
}

static void a_report_needs_room_for_all_it_lists(void **state)
{
    static const char text[] = "\xe2\x80\x9cHi\xe2\x80\x9d \xf0\x9f\x98\x80 \xd0\x96";
    struct segment_report report;
    struct fault fault;
    size_t full = 0, lines = 0;
    (void)state;
    for (size_t bytes = 8; bytes <= 1 << 14; bytes *= 2) {
        struct arena arena;
        enum err e;
        arena_init(&arena, bytes);
        e = segment_describe(&arena, str_from(text), 0, &report, &fault);
        if (e == ERR_FULL) full++;
        else assert_int_equal(e, ERR_OK);
        if (e == ERR_OK) {
            assert_int_equal(report.offender_count, 4);
            assert_int_equal(report.stubborn_count, 2);
            lines++;
        }
        arena_reset(&arena);
    }
    assert_true(full > 0 && lines > 0);
}

static void a_report_over_its_bound_says_so(void **state)
{
    struct segment_report report;
    struct fault fault = {.what = ""};
    struct arena arena;
    (void)state;
    arena_init(&arena, 1 << 16);
    assert_int_equal(segment_describe(&arena, (struct str){"x", SEGMENT_DESCRIBE_BYTES_MAX + 1}, 0, &report, &fault),
                     ERR_LIMIT);
    assert_non_null(strstr(fault.what, "shorten it"));
    arena_reset(&arena);
}

static void every_question_refuses_a_text_over_the_bound(void **state)
{
    struct str huge = {"x", SEGMENT_TEXT_BYTES_MAX + 1};
    struct segment_offender offender;
    struct segment_part part;
    size_t count = 0;
    struct buf out;
    (void)state;
    buf_init(&out, 64);
    assert_int_equal(segment_split(huge, 0, &part, 1, &count), ERR_LIMIT);
    assert_int_equal(segment_offenders(huge, 0, &offender, 1, &count), ERR_LIMIT);
    assert_int_equal(segment_smart(huge, 0, &out, NULL), ERR_LIMIT);
    buf_free(&out);
}

static void a_text_that_smart_encoding_empties_is_one_empty_segment(void **state)
{
    struct segment_report report;
    struct fault fault;
    struct arena arena;
    (void)state;
    arena_init(&arena, 1 << 16);
    assert_int_equal(segment_describe(&arena, STR("\xe2\x80\x8b"), 0, &report, &fault), ERR_OK);
    assert_int_equal(report.smart_text.len, 0);
    assert_int_equal(report.smart.segments, 1);
    assert_int_equal(report.smart.units, 0);
    arena_reset(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_vector_of_the_reference_holds),
        cmocka_unit_test(a_lone_surrogate_is_refused_unless_asked_for),
        cmocka_unit_test(malformed_bytes_are_named_by_their_offset),
        cmocka_unit_test(a_text_over_the_bound_is_refused),
        cmocka_unit_test(the_split_keeps_an_emoji_whole),
        cmocka_unit_test(parts_beyond_the_room_given_are_only_counted),
        cmocka_unit_test(every_offender_is_named_with_its_place_and_replacement),
        cmocka_unit_test(smart_encoding_replaces_and_leaves_the_rest),
        cmocka_unit_test(counting_smart_equals_counting_the_smart_text),
        cmocka_unit_test(extension_characters_cost_two_and_are_not_torn),
        cmocka_unit_test(a_report_holds_all_that_is_shown),
        cmocka_unit_test(a_report_of_a_plain_text_has_nothing_to_mend),
        cmocka_unit_test(a_report_of_bad_bytes_says_where),
        cmocka_unit_test(a_report_needs_room_for_all_it_lists),
        cmocka_unit_test(a_report_over_its_bound_says_so),
        cmocka_unit_test(every_question_refuses_a_text_over_the_bound),
        cmocka_unit_test(a_text_that_smart_encoding_empties_is_one_empty_segment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
