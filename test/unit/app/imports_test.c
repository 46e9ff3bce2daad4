/* Imports: rows become contacts once each, what is wrong is set aside with its reason and can be imported
 * again, and a job that was cut off goes on where it was. */
#include "app/imports.h"
#include "app/spool_sweep.h"
#include "rules/quiet_places.h"

#include "house.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct house h;

static int setup(void **state)
{
    (void)state;
    house_open(&h);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    house_close(&h);
    return 0;
}

static uint64_t start(const char *name, const char *text, size_t length, const char *list)
{
    struct import_request q = {
        .org = h.org, .region = "US", .file = str_from(name), .bytes = (int64_t)length};
    struct import_start job;
    struct problem p;
    house_write(&h, name, text, length);
    problem_init(&p, &h.text);
    q.list = list == NULL ? 0 : house_list(&h, list);
    assert_int_equal(imports_start(&h.app, &h.text, &q, &job, &p), ERR_OK);
    assert_int_equal(app_submit_wait(&job.job), ERR_OK);
    return job.change.job.id;
}

static struct import_job run(uint64_t id)
{
    static const _Atomic bool go = false;
    struct import_job job;
    struct fault f = {0};
    assert_int_equal(h.store->ops->import_get(h.reader, &h.text, h.org, id, &job), ERR_OK);
    if (imports_run(&h.app, &job, &go, &f) != ERR_OK) fail_msg("%s", f.what);
    assert_int_equal(h.store->ops->import_get(h.reader, &h.text, h.org, id, &job), ERR_OK);
    return job;
}

static struct import_job import(const char *name, const char *text, const char *list)
{
    return run(start(name, text, strlen(text), list));
}

static void read_rejects(const struct import_job *job, char *out, size_t size)
{
    FILE *in = fopen(imports_rejects_path(&h.app, &h.text, job), "re");
    size_t n;
    assert_non_null(in);
    n = fread(out, 1, size - 1, in);
    out[n] = '\0';
    (void)fclose(in);
}

static void rows_become_contacts_with_fields_carrier_and_list(void **state)
{
    struct import_job job = import("spool/a.csv",
                                   "\xef\xbb\xbfPhone,First Name,carrier,_note\r\n"
                                   "(415) 555-0101,Zo\xc3\xab,AT&T,x\r\n"
                                   "+1 212 555 0102,,T-Mobile,y\r\n",
                                   "people");
    struct contact c;
    struct contact_list list;
    (void)state;
    assert_int_equal(job.state, IMPORT_DONE);
    assert_int_equal(job.rows, 2);
    assert_int_equal(job.added, 2);
    assert_int_equal(job.rejected, 0);
    assert_int_equal(h.store->ops->contact_by_number(h.reader, &h.text, h.org, 14155550101, &c), ERR_OK);
    assert_true(str_equal(c.fields, STR("{\"first_name\":\"Zo\xc3\xab\"}")));
    assert_int_equal(c.carrier, 1);
    assert_int_equal(h.store->ops->list_by_name(h.reader, &h.text, h.org, STR("people"), &list), ERR_OK);
    assert_int_equal(list.members, 2);
    assert_int_not_equal(access(imports_rejects_path(&h.app, &h.text, &job), F_OK), 0);
}

static void columns_about_the_place_are_joined_with_the_number(void **state)
{
    struct import_job job = import("spool/p.csv",
                                   "number,Zip Code,state,time_zone\n"
                                   "415-555-0141,02139-4307,,\n"
                                   "415-555-0142,SW1A 1AA,Bavaria,\n"
                                   "415-555-0143,,TX,\n"
                                   "800-555-0144,2139,,America/Mars\n",
                                   NULL);
    static const char *const states[][2] = {{"CA", "MA"}, {"CA", ""}, {"CA", "TX"}};
    struct quiet_places places;
    struct contact c;
    (void)state;
    assert_int_equal(job.state, IMPORT_DONE);
    assert_int_equal(job.rejected, 1);
    for (uint64_t i = 0; i < 3; i++) {
        assert_int_equal(h.store->ops->contact_by_number(h.reader, &h.text, h.org, 14155550141 + i, &c), ERR_OK);
        assert_int_equal(quiet_hours_places(c.zones, &places), ERR_OK);
        assert_string_equal(places.states[0], states[i][0]);
        assert_string_equal(places.states[1], states[i][1]);
        /* They stay fields, for templates. */
        assert_true(i != 0 || str_equal(c.fields, STR("{\"zip_code\":\"02139-4307\"}")));
    }
}

static uint64_t zones_of(uint64_t number)
{
    struct contact c;
    assert_int_equal(h.store->ops->contact_by_number(h.reader, &h.text, h.org, number, &c), ERR_OK);
    return c.zones;
}

/* A toll-free number tells no place: of somebody in Canada, Canada's hours hold. A number of another country than the
 * column's keeps its own. */
static void a_country_column_narrows_what_tells_no_place(void **state)
{
    struct import_job job = import("spool/c2.csv",
                                   "number,country\n+18005550146,CA\n+18005550147,\n+33612345679,GB\n+12125550148,ca\n", NULL);
    struct quiet_places places;
    (void)state;
    assert_int_equal(job.rejected, 0);
    assert_int_equal(quiet_hours_places(zones_of(18005550146), &places), ERR_OK);
    assert_string_equal(places.country, "CA");
    assert_int_equal(quiet_hours_places(zones_of(18005550147), &places), ERR_OK);
    assert_string_equal(places.country, "US");
    assert_int_equal(quiet_hours_places(zones_of(33612345679), &places), ERR_OK);
    assert_string_equal(places.country, "FR");
    assert_int_equal(quiet_hours_places(zones_of(12125550148), &places), ERR_OK);
    assert_true(places.any_state);
}

static void a_row_without_a_place_leaves_a_known_contact_where_it_was(void **state)
{
    uint64_t there;
    (void)state;
    (void)import("spool/q.csv", "number,state\n212-555-0151,TN\n212-555-0152,\n", NULL);
    there = zones_of(12125550151);
    assert_int_not_equal(there, zones_of(12125550152));
    (void)import("spool/r.csv", "number,name\n212-555-0151,Ann\n", NULL); /* no such column */
    assert_int_equal(zones_of(12125550151), there);
    /* An empty value, and what tells no place that we know. */
    (void)import("spool/s.csv", "number,zip,state,time_zone\n212-555-0151,,,\n212-555-0151,SW1A 1AA,Bavaria,\n", NULL);
    assert_int_equal(zones_of(12125550151), there);
    (void)import("spool/t.csv", "number,zip\n212-555-0151,10001\n", NULL);
    assert_int_equal(zones_of(12125550151), zones_of(12125550152));
    /* Abroad a postal code and a state play no part. */
    (void)import("spool/u.csv", "number,zip,state,time_zone\n+447400123456,,,America/New_York\n+447400123457,,,\n", NULL);
    there = zones_of(447400123456);
    (void)import("spool/v.csv", "number,zip,state\n+447400123456,10001,TN\n", NULL);
    assert_int_equal(zones_of(447400123456), there);
    assert_int_not_equal(zones_of(447400123457), there);
}

static void wrong_rows_are_set_aside_and_can_be_imported_again(void **state)
{
    char rejects[4096], *fixed;
    struct import_job job = import("spool/b.csv",
                                   "number,name\n"
                                   "415-555-0111,Ann\n"
                                   "not a number,Bob\n"
                                   "415-555-0112,Cy,extra\n"
                                   "415-555-0111,Ann again\n",
                                   NULL);
    (void)state;
    assert_int_equal(job.state, IMPORT_DONE);
    assert_int_equal(job.rows, 4);
    assert_int_equal(job.rejected, 2);
    assert_int_equal(job.duplicates, 1);
    assert_int_equal(job.added, 1);
    assert_int_equal(job.updated, 0); /* each row is in one count */
    read_rejects(&job, rejects, sizeof rejects);
    assert_non_null(strstr(rejects, "number,name,_line,_column,_reason"));
    assert_non_null(strstr(rejects, "not a number,Bob,3,number,"));
    assert_non_null(strstr(rejects, "415-555-0112,Cy,extra,4,"));
    fixed = strstr(rejects, "not a number");
    memcpy(fixed, "4155550113  ", 12);
    *strstr(rejects, "415-555-0112") = '\0';
    job = import("spool/b2.csv", rejects, NULL);
    assert_int_equal(job.added, 1);
    assert_int_equal(job.rejected, 0);
}

static void an_upload_without_a_number_column_fails_and_says_so(void **state)
{
    struct import_job job = import("spool/c.csv", "name,mail\nAnn,a@example.com\n", NULL);
    (void)state;
    assert_int_equal(job.state, IMPORT_FAILED);
    assert_int_not_equal(str_find(job.why, STR("phone_number")), job.why.len);
}

static void a_cut_off_import_goes_on_without_repeating_a_row(void **state)
{
    enum { ROWS = 2500 };
    static const int areas[] = {201, 202, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215,
                                216, 217, 218, 219, 223, 224, 225, 228, 229, 231, 234, 239};
    _Atomic bool stop = true; /* stops after the first record of each call: one step at a time */
    struct buf text;
    struct import_job job;
    struct fault f;
    int rounds = 0;
    uint64_t id;
    (void)state;
    buf_init(&text, 1 << 20);
    buf_add_text(&text, "number,name\n");
    for (int i = 0; i < ROWS; i++) {
        if (i % 100 == 7)
            buf_addf(&text, "bad,%d\n", i);
        else
            buf_addf(&text, "+1%d55501%02d,%d\n", areas[i / 100], i % 100, i);
    }
    id = start("spool/d.csv", text.at, text.len, NULL);
    do {
        assert_int_equal(h.store->ops->import_get(h.reader, &h.text, h.org, id, &job), ERR_OK);
        if (rounds++ == 3) stop = false;
    } while (imports_run(&h.app, &job, &stop, &f) == ERR_CANCELED);
    assert_int_equal(h.store->ops->import_get(h.reader, &h.text, h.org, id, &job), ERR_OK);
    assert_int_equal(job.state, IMPORT_DONE);
    assert_int_equal(job.rows, ROWS);
    assert_int_equal(job.rejected, ROWS / 100);
    assert_int_equal(job.added + job.updated + job.rejected, ROWS);
    buf_free(&text);
}

/* Rows that an earlier run has stored are read again for their rejects only. */
static void a_cut_off_import_keeps_nothing_of_what_is_stored(void **state)
{
    enum { ROWS = 1100, FIELD = 7900, FIELDS = 4 };
    static const _Atomic bool go = false;
    char field[FIELD + 1];
    struct import_job job;
    struct fault f = {0};
    struct buf text;
    uint64_t id;
    (void)state;
    memset(field, 'x', FIELD);
    field[FIELD] = '\0';
    buf_init(&text, 64 << 20);
    buf_add_text(&text, "number,a,b,c,d\n");
    for (int i = 0; i < ROWS; i++) {
        buf_addf(&text, "+1303555%04d", i);
        for (int k = 0; k < FIELDS; k++) buf_addf(&text, ",%s", field);
        buf_add_char(&text, '\n');
    }
    id = start("spool/f.csv", text.at, text.len, NULL);
    buf_free(&text);
    assert_int_equal(h.store->ops->import_get(h.reader, &h.text, h.org, id, &job), ERR_OK);
    job.resume_row = ROWS;
    if (imports_run(&h.app, &job, &go, &f) != ERR_OK) fail_msg("%s", f.what);
    assert_int_equal(h.store->ops->import_get(h.reader, &h.text, h.org, id, &job), ERR_OK);
    assert_int_equal(job.state, IMPORT_DONE);
    assert_int_equal(job.rejected, 0);
}

static bool is_there(const char *name)
{
    char path[200];
    (void)snprintf(path, sizeof path, "%s/%s", h.dir, name);
    return access(path, F_OK) == 0;
}

static void what_a_crash_left_in_the_spool_is_removed_at_start(void **state)
{
    static const char *const names[] = {"spool/upload-00ff.csv", "spool/upload-00aa.csv.rejects.csv",
                                        "spool/notes.txt", "spool/upload-0e.csv"};
    const char *text = "number\n4155550150\n";
    uint64_t id;
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) house_write(&h, names[i], text, strlen(text));
    id = start("spool/upload-77.csv", text, strlen(text), NULL);
    assert_int_equal(spool_sweep(h.dir, h.store), 2);
    assert_false(is_there("spool/upload-00ff.csv") || is_there("spool/upload-0e.csv"));
    assert_true(is_there("spool/upload-00aa.csv.rejects.csv") && is_there("spool/notes.txt"));
    assert_int_equal(run(id).added, 1); /* the one that an import waits for is still whole */
    assert_int_equal(spool_sweep(h.dir, h.store), 0);
    assert_int_equal(spool_sweep("/nonexistent", h.store), 0);
}

/* The second row of a number may be in the next batch, which is filled while the first is with the store. */
static void a_number_that_comes_again_in_another_batch_is_a_duplicate(void **state)
{
    enum { ROWS = 1500 };
    struct buf text;
    struct import_job job;
    struct contact c;
    (void)state;
    buf_init(&text, 1 << 20);
    buf_add_text(&text, "number,name\n");
    for (int i = 0; i < ROWS; i++) buf_addf(&text, "+1303555%04d,%d\n", i % 1200, i);
    job = import("spool/e.csv", text.at, NULL);
    assert_int_equal(job.state, IMPORT_DONE);
    assert_int_equal(job.added, 1200);
    assert_int_equal(job.duplicates, 300);
    assert_int_equal(job.updated, 0);
    assert_int_equal(h.store->ops->contact_by_number(h.reader, &h.text, h.org, 13035550007, &c), ERR_OK);
    assert_true(str_equal(c.fields, STR("{\"name\":\"1207\"}")));
    buf_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_become_contacts_with_fields_carrier_and_list),
        cmocka_unit_test(columns_about_the_place_are_joined_with_the_number),
        cmocka_unit_test(a_country_column_narrows_what_tells_no_place),
        cmocka_unit_test(a_row_without_a_place_leaves_a_known_contact_where_it_was),
        cmocka_unit_test(wrong_rows_are_set_aside_and_can_be_imported_again),
        cmocka_unit_test(an_upload_without_a_number_column_fails_and_says_so),
        cmocka_unit_test(a_cut_off_import_goes_on_without_repeating_a_row),
        cmocka_unit_test(a_cut_off_import_keeps_nothing_of_what_is_stored),
        cmocka_unit_test(a_number_that_comes_again_in_another_batch_is_a_duplicate),
        cmocka_unit_test(what_a_crash_left_in_the_spool_is_removed_at_start),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
