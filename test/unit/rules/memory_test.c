/* Whichever allocation fails, the call says so, gives nothing and keeps nothing. malloc and its like are wrapped by the
 * linker, so only our own code is refused memory. */
#include "rules/csv.h"
#include "rules/price.h"
#include "rules/segment.h"
#include "rules/site_text.h"
#include "rules/template.h"
#include "rules/tzif.h"
#include "rules/zone.h"

#include <stdio.h>
#include <stdlib.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_realloc(void *old, size_t bytes);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_realloc(void *old, size_t bytes);

static int allowed = -1; /* allocations still granted; -1: all */

static bool granted(void)
{
    if (allowed > 0) allowed--;
    else if (allowed == 0) return false;
    return true;
}

void *__wrap_malloc(size_t bytes)
{
    return granted() ? __real_malloc(bytes) : NULL;
}

void *__wrap_calloc(size_t count, size_t bytes)
{
    return granted() ? __real_calloc(count, bytes) : NULL;
}

void *__wrap_realloc(void *old, size_t bytes)
{
    return granted() ? __real_realloc(old, bytes) : NULL;
}

/* Grants 0, 1, 2 … allocations until the call succeeds, which must take as many as it says. */
static void refuse_each(enum err (*call)(void), int allocations)
{
    enum err result = ERR_FULL;
    int granted_now = 0;
    for (; result == ERR_FULL && granted_now < 100; granted_now++) {
        allowed = granted_now;
        result = call();
    }
    allowed = -1;
    assert_int_equal(result, ERR_OK);
    assert_int_equal(granted_now - 1, allocations);
}

static enum err open_csv(void)
{
    struct csv_options options = {.delimiter = 0};
    struct csv_reader *r;
    enum err e = csv_open(&options, &r);
    if (e != ERR_OK) assert_null(r);
    csv_close(r);
    return e;
}

static enum err compile_template(void)
{
    struct template *t;
    enum err e = template_compile(STR("Hi {{name}}"), &t, NULL);
    if (e != ERR_OK) assert_null(t);
    template_free(t);
    return e;
}

static enum err parse_prices(void)
{
    struct price_table t;
    enum err e = price_parse(STR("from\titem\tcountry\tsender\tprogram\tdirection\tcarrier\tusd\tnote\n"
                                 "2026-01-01\tbase\tUS\t*\t*\t*\t*\t1\n"),
                             &t, NULL);
    if (e != ERR_OK) assert_null(t.rows);
    price_free(&t);
    return e;
}

static enum err parse_zone(void)
{
    char bytes[4096];
    struct tzif zone;
    FILE *in = fopen("/usr/share/zoneinfo/America/New_York", "rbe");
    size_t length = in == NULL ? 0 : fread(bytes, 1, sizeof bytes, in);
    enum err e;
    if (in != NULL) (void)fclose(in);
    e = tzif_parse((struct str){bytes, length}, &zone);
    if (e == ERR_OK) tzif_free(&zone);
    return e;
}

static enum err find_zone(void)
{
    const struct zone *z;
    return zone_find(STR("Asia/Tokyo"), &z);
}

static enum err read_site(void)
{
    static struct site_page page;
    enum err e = site_text_read(STR("<p>Welcome <a href=/privacy>Privacy</a><title>Acme</title>"), &page);
    site_page_free(&page);
    return e;
}

static void each_allocation_of_a_call_may_fail(void **state)
{
    (void)state;
    refuse_each(open_csv, 7);
    refuse_each(compile_template, 1);
    refuse_each(parse_prices, 1);
    refuse_each(parse_zone, 2);
    refuse_each(find_zone, 4);
    refuse_each(read_site, 4);
}

static void a_smart_text_without_memory_is_a_report_of_none(void **state)
{
    struct segment_report report;
    struct fault fault = {.what = ""};
    struct arena arena;
    (void)state;
    arena_init(&arena, 1 << 16);
    allowed = 0;
    assert_int_equal(segment_describe(&arena, STR("\xe2\x80\x9cHi\xe2\x80\x9d"), 0, &report, &fault), ERR_FULL);
    allowed = -1;
    assert_string_equal(fault.what, "not enough memory to describe a text of 8 bytes");
    arena_reset(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_allocation_of_a_call_may_fail),
        cmocka_unit_test(a_smart_text_without_memory_is_a_report_of_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
