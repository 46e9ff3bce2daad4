/*
 * forbidden_test: a campaign is under way when its text is forbidden, by other rules or because its program may do
 * less. It pauses and says why; its recipients wait, and get the text if it is allowed again.
 */
int schedule_main(void);
#define main schedule_main /* the same town */
#include "schedule_test.c"
#undef main

enum { PEOPLE = 5 };
static const int64_t NOON_MS = INT64_C(1793448000000);
static const uint64_t FIRST = UINT64_C(14152300001);

static void steps(struct town *t)
{
    for (size_t i = 0; i < 4000; i++, t->now_ms++) {
        show_time(t);
        queue_sim_run(&t->queue, t->now_ms);
        (void)pump_step(t->pump, 0);
    }
}

static void move(struct town *t, uint64_t campaign, enum campaign_state to)
{
    struct change_campaign_state c = {.head = {.kind = CHANGE_CAMPAIGN_STATE}, .org = t->orgs[0],
                                      .campaign = campaign, .to = to, .now_ms = t->now_ms};
    apply(t, &c.head);
    pump_tell(t->pump, &(struct note){.kind = NOTE_CAMPAIGN_CHANGED, .org = t->orgs[0], .campaign = campaign});
}

/* To a few people, started and frozen. */
static uint64_t start_campaign(struct town *t, const char *text)
{
    struct change_campaign c = {.head = {.kind = CHANGE_CAMPAIGN}};
    struct contact people[PEOPLE];
    struct freeze_row rows[PEOPLE];
    struct change_contacts add = {.head = {.kind = CHANGE_CONTACTS}, .org = t->orgs[0], .rows = people,
                                  .count = PEOPLE, .now_ms = t->now_ms};
    struct change_freeze freeze = {.head = {.kind = CHANGE_FREEZE}, .org = t->orgs[0], .rows = rows, .last = true,
                                   .count = PEOPLE, .now_ms = t->now_ms};

    for (size_t i = 0; i < PEOPLE; i++)
        people[i] = (struct contact){.org = t->orgs[0], .number = FIRST + i, .carrier = CARRIER_ATT,
                                     .zones = zones_of(FIRST + i), .fields = STR("{}")};
    apply(t, &add.head);
    c.campaign = (struct campaign){.org = t->orgs[0], .program = t->programs[0], .name = STR("Spring"),
                                   .state = CAMPAIGN_DRAFT, .kind = KIND_TRANSACTIONAL,
                                   .template_text = str_from(text), .validity_s = 86400, .created_ms = t->now_ms};
    apply(t, &c.head);
    move(t, c.campaign.id, CAMPAIGN_RUNNING);
    for (size_t i = 0; i < PEOPLE; i++)
        rows[i] = (struct freeze_row){people[i].id, people[i].number, people[i].zones, people[i].carrier};
    freeze.campaign = c.campaign.id;
    freeze.upto = people[PEOPLE - 1].id;
    apply(t, &freeze.head);
    pump_tell(t->pump, &(struct note){.kind = NOTE_CAMPAIGN_CHANGED, .org = t->orgs[0], .campaign = freeze.campaign});
    return freeze.campaign;
}

/* Reads it, with its `why` in static memory. */
static struct campaign found(struct town *t, uint64_t campaign)
{
    static char why[200];
    struct store_reader *reader;
    struct arena text;
    struct campaign c;
    struct fault f;

    arena_init(&text, 1 << 16);
    assert_int_equal(t->store->ops->reader_open(t->store, &reader, &f), ERR_OK);
    assert_int_equal(t->store->ops->campaign_get(reader, &text, t->orgs[0], campaign, &c), ERR_OK);
    (void)snprintf(why, sizeof why, STR_FMT, STR_ARG(c.why));
    c.why = str_from(why);
    t->store->ops->reader_close(reader);
    arena_reset(&text);
    return c;
}

static void allow_alcohol(struct town *t)
{
    struct change_program p = {.head = {.kind = CHANGE_PROGRAM},
                               .program = {.org = t->orgs[0], .id = t->programs[0], .name = STR("default"),
                                           .registration = REGISTRATION_APPROVED, .brand = BRAND_STANDARD,
                                           .brand_score = 90, .use_case = STR("MIXED"), .traits = PROGRAM_AGE_GATED,
                                           .service_sid = "MG00000000000000000000000000000001"}};
    apply(t, &p.head);
    pump_tell(t->pump, &(struct note){.kind = NOTE_ORG_CHANGED, .org = t->orgs[0]});
}

static void a_forbidden_text_pauses_its_campaign_and_ends_nobody(void **state)
{
    struct town *t = calloc(1, sizeof *t);
    struct campaign c;
    uint64_t id;

    (void)state;
    assert_non_null(t);
    open_town(t, NOON_MS, 0, 1);
    id = start_campaign(t, "Whiskey and vodka at half price tonight.");
    steps(t);
    c = found(t, id);
    assert_int_equal(c.counts[MESSAGE_BLOCKED], 0);
    assert_int_equal(c.state, CAMPAIGN_PAUSED);
    assert_true(str_find(c.why, STR("forbidden by now (Alcohol)")) < c.why.len);
    assert_int_equal(t->sids, 0);
    allow_alcohol(t);
    move(t, id, CAMPAIGN_RUNNING);
    steps(t);
    c = found(t, id);
    assert_int_equal(t->sids, PEOPLE);
    assert_int_equal(c.state, CAMPAIGN_COMPLETED);
    close_town(t);
    free(t);
}

static const struct store_ops *whole;
static int unreadable; /* the next so many readings fail */

static enum err programs_failing(struct store_reader *r, struct arena *a, org_id org, uint32_t after,
                                 struct program *out, size_t *count)
{
    return unreadable-- > 0 ? ERR_IO : whole->programs(r, a, org, after, out, count);
}

static enum err campaign_get_failing(struct store_reader *r, struct arena *a, org_id org, uint64_t id,
                                     struct campaign *out)
{
    return unreadable-- > 0 ? ERR_IO : whole->campaign_get(r, a, org, id, out);
}

/* A change is told once: what does not read at that moment is read again until it does. */
static void what_changed_and_does_not_read_is_read_again(void **state)
{
    struct town *t = calloc(1, sizeof *t);
    struct store_ops ops;
    uint64_t id;

    (void)state;
    assert_non_null(t);
    open_town(t, NOON_MS, 0, 1);
    id = start_campaign(t, "Whiskey and vodka at half price tonight.");
    steps(t);
    assert_int_equal(found(t, id).state, CAMPAIGN_PAUSED);
    whole = t->store->ops;
    ops = *whole;
    ops.programs = programs_failing;
    ops.campaign_get = campaign_get_failing;
    t->store->ops = &ops;
    unreadable = 5;
    allow_alcohol(t);
    move(t, id, CAMPAIGN_RUNNING);
    steps(t);
    assert_true(unreadable < 0);
    assert_int_equal(t->sids, PEOPLE);
    assert_int_equal(found(t, id).counts[MESSAGE_BLOCKED], 0);
    t->store->ops = whole;
    close_town(t);
    free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_forbidden_text_pauses_its_campaign_and_ends_nobody),
                                       cmocka_unit_test(what_changed_and_does_not_read_is_read_again)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
