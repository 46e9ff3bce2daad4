/* quiet-hours: when marketing may lawfully reach somebody, by which rules, and why; it needs no server. */
#include "app/quiet_answer.h"
#include "base/clock.h"
#include "base/rfc3339.h"
#include "cli/output.h"
#include "rules/zone.h"

#include <inttypes.h>

enum { ANSWER_BYTES = 256 * 1024 };
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const struct flag FLAGS[] = {
    {"postal-code", "CODE", "ZIP code or Canadian postal code of the recipient", false},
    {"zip", "CODE", "The same", false},
    {"state", "STATE", "US state of the recipient", false},
    {"country", "CODE", "Where the recipient lives, such as CA", false},
    {"time-zone", "ZONE", "IANA zone of the recipient", false},
    {"automated-hours", "FOR", "Hours of automated devices count: off, marketing or all (off)", false},
    {"kind", "KIND", "marketing, transactional or conversational (marketing)", false},
    {"at", "TIME", "Asked about that moment, RFC 3339 (now)", false},
    {"region", "COUNTRY", "Country of a number without '+' (US)", false},
};

static struct str flag_text(const struct invocation *in, const char *name)
{
    const char *value = flag_value(in, name);
    return value == NULL ? STR("") : str_from(value);
}

/* The flag by which a place was said. */
static const char *flag_of(const struct invocation *in, const char *wrong)
{
    if (str_equal(str_from(wrong), STR("postal_code"))) return flag_given(in, "zip") ? "zip" : "postal-code";
    if (str_equal(str_from(wrong), STR("country"))) return "country";
    return str_equal(str_from(wrong), STR("state")) ? "state" : "time-zone";
}

static int refuse_place(struct invocation *in, enum err err, const char *wrong)
{
    const char *flag = flag_of(in, wrong);

    if (err == ERR_LIMIT)
        return complain(in, EXIT_REFUSED, "--%s '%s' and the number are more places than can be held", flag,
                        flag_value(in, flag));
    return complain(in, EXIT_USAGE, "--%s '%s' is not known as a place", flag, flag_value(in, flag));
}

static int take_places(struct invocation *in, struct quiet_answer *q)
{
    const char *region = flag_given(in, "region") ? flag_value(in, "region") : "US", *wrong = "";
    struct quiet_said said = {.postal_code = flag_text(in, flag_given(in, "zip") ? "zip" : "postal-code"),
                              .state = flag_text(in, "state"),
                              .time_zone = flag_text(in, "time-zone"),
                              .country = flag_text(in, "country")};
    struct fault f = {0};
    struct phone phone;
    enum err err;

    if (phone_parse(str_from(in->arguments[0]), region, &phone, &f) != ERR_OK)
        return complain(in, EXIT_USAGE, "'%s' is no number: %s", in->arguments[0], f.what);
    quiet_places_of_phone(&phone, &q->places);
    err = quiet_places_join(&q->places, &said, &wrong);
    return err == ERR_OK ? EXIT_DONE : refuse_place(in, err, wrong);
}

static int take_when(struct invocation *in, struct quiet_answer *q)
{
    const char *kind = flag_value(in, "kind"), *at = flag_value(in, "at");
    const char *automated = flag_value(in, "automated-hours");
    struct clock clock;

    q->kind = KIND_MARKETING;
    if (kind != NULL && message_kind_parse(str_from(kind), &q->kind) != ERR_OK)
        return complain(in, EXIT_USAGE, "--kind '%s' is marketing, transactional or conversational", kind);
    if (automated != NULL && quiet_automated_parse(str_from(automated), &q->places.automated) != ERR_OK)
        return complain(in, EXIT_USAGE, "--automated-hours '%s' is off, marketing or all", automated);
    clock_system(&clock);
    q->at_ms = clock_wall_ms(&clock);
    if (at != NULL && rfc3339_parse(str_from(at), &q->at_ms) != ERR_OK)
        return complain(in, EXIT_USAGE, "--at '%s' is no time with a zone, such as 2026-03-08T09:30:00-05:00",
                        at);
    return EXIT_DONE;
}

static int judge(struct invocation *in, struct quiet_answer *q)
{
    return quiet_answer_judge(q) == ERR_OK
               ? EXIT_DONE
               : complain(in, EXIT_FAILED,
                          "the system's time zones lack one of these places; install a current tzdata");
}

static void print_as_json(const struct quiet_answer *q)
{
    struct buf out;
    json_t *root;

    buf_init(&out, ANSWER_BYTES);
    quiet_answer_write(q, &out);
    root = json_loadb(buf_text(&out), out.len, 0, NULL);
    print_json(root);
    json_decref(root);
    buf_free(&out);
}

/* ---- for people ---- */

/* "Sat 2026-07-18 09:00" at that place's clock. */
static void print_local(int64_t at_ms, const char *zone_name)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    const struct zone *zone;
    struct zone_time t;

    if (at_ms == INT64_MAX || zone_find(str_from(zone_name), &zone) != ERR_OK) {
        (void)fputs("never", stdout);
        return;
    }
    zone_local(zone, at_ms, &t);
    (void)printf("%s %04d-%02d-%02d %02d:%02d", days[t.weekday], (int)t.year, t.month, t.day, t.hour,
                 t.minute);
}

static void print_instant(const char *what, int64_t at_ms, const char *zone)
{
    char text[RFC3339_BYTES];

    if (at_ms == INT64_MAX) {
        (void)printf("%s: no lawful hour within fifteen days\n", what);
        return;
    }
    rfc3339_format(at_ms, text);
    (void)printf("%s: %s", what, text);
    if (zone[0] != '\0') {
        (void)fputs(", there ", stdout);
        print_local(at_ms, zone);
    }
    (void)putchar('\n');
}

static void print_places(const struct quiet_places *p)
{
    (void)printf("places: %s", p->country[0] == '\0' ? "no country" : p->country);
    for (unsigned i = 0; i < p->state_count; i++)
        (void)printf("%s %s", i == 0 ? ";" : " or", p->states[i]);
    if (p->state_count == 0) (void)fputs("; anywhere in it", stdout);
    for (unsigned i = 0; i < p->zone_count; i++)
        (void)printf("%s %s", i == 0 ? "; zones" : ",", p->zones[i]);
    (void)puts(p->zone_count == 0 ? "; all its zones" : "");
}

static void print_line(const struct quiet_line *l)
{
    (void)printf("  %-2s %-28s ", l->rule, l->zone);
    print_local(l->opens_ms, l->zone);
    (void)fputs(" to ", stdout);
    print_local(l->closes_ms, l->zone);
    if (l->holiday[0] != '\0') (void)printf("; closed for %s", l->holiday);
    if (l->cap != 0) (void)printf("; at most %u in %u h", l->cap, l->cap_hours);
    (void)printf("\n     %s\n", l->source);
}

static void print_for_people(const struct quiet_answer *q)
{
    print_places(&q->places);
    (void)printf("%s is %s\n", message_kind_name(q->kind),
                 q->count == 0    ? "allowed at any hour"
                 : q->window.open ? "allowed"
                                  : "not allowed then");
    if (q->count == 0) return;
    if (q->window.open)
        print_instant("until", q->window.closes_ms, q->window.zone);
    else
        print_instant("next opening", q->window.next_open_ms, q->window.zone);
    (void)printf("decided by: %s (%s)\n", q->window.rule, q->window.source);
    if (q->cap.count != 0)
        (void)printf("at most %u in %u hours to one person (%s, %s)\n", q->cap.count, q->cap.hours,
                     q->cap.rule, q->cap.source);
    (void)puts("each rule in each zone, its window then or the next:");
    for (size_t i = 0; i < q->count; i++)
        print_line(&q->lines[i]);
}

static int quiet_verb(struct invocation *in)
{
    struct quiet_answer q = {.count = 0};
    int code = take_places(in, &q);

    if (code == EXIT_DONE) code = take_when(in, &q);
    if (code == EXIT_DONE) code = judge(in, &q);
    if (code != EXIT_DONE) return code;
    if (in->json)
        print_as_json(&q);
    else
        print_for_people(&q);
    return EXIT_DONE;
}

const struct verb VERB_QUIET_HOURS = {"quiet-hours",
                                      "NUMBER",
                                      "tell when marketing may lawfully reach a number, and by which rules",
                                      VERB_JSON,
                                      1,
                                      1,
                                      FLAGS,
                                      COUNT(FLAGS),
                                      "Where the recipient may be is told by the area code and by what is "
                                      "said with --postal-code, --state, --time-zone and --country; when\n"
                                      "several places are plausible, the hours that are lawful in all of "
                                      "them. Holidays count where the law names them.",
                                      quiet_verb};
