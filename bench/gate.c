/*
 * gate: what judging one message costs: the gate's verdict over its facts, with the price, and the content of a
 * campaign's text whose template is checked once a draw, so that only the recipient's values are looked at. And what
 * judging a whole text costs, as for a single message. And what the facts cost to read that the store has of each
 * recipient: consent, and what is known of the number (bench/gate_reads.h). No network.
 *
 * gate [--messages 300000] [--draw 64] [--numbers 100000]
 * Prints one line of JSON, CPU a message: the gate with a checked template; a whole text; the segment count of that
 * text, which every message pays, too, to compare with; the two reads.
 */
#include "gate_reads.h"

#include "app/gate.h"
#include "rules/content.h"
#include "rules/segment.h"
#include "wire.h"

#include <stdio.h>

static const char TEMPLATE[] =
    "Hi {{first_name|there}}, it's Acme Outdoor: 20% off all tents at our {{city}} store this week with code "
    "AUTUMN20. https://acmeoutdoor.example/sale Reply STOP to opt out.";
static const char TEXT[] =
    "Hi Alexandria, it's Acme Outdoor: 20% off all tents at our Springfield store this week with code AUTUMN20. "
    "https://acmeoutdoor.example/sale Reply STOP to opt out.";
/* One in eight of each is a word that some term has, so that the filled text is judged as a whole. */
static const char *const NAMES[] = {"Ann", "Alexandria", "Jos\xC3\xA9", "Anna Lee",
                                    "Will", "Christopher", "Li", "Noah"};
static const char *const CITIES[] = {"Springfield", "Boise", "San Antonio", "Reno", "Tulsa",
                                     "Albany", "Omaha", "El Paso"};

static const struct content_case ACME = {.kind = KIND_MARKETING, .use_case = USE_CASE_MARKETING,
                                         .brand = {"Acme Outdoor", 12}};

struct judged {
    const struct price_table *prices;
    struct gate_facts facts;
    struct phone phone;
    bool forbidden;
    long whole, passed;
};

static void draw(struct judged *j)
{
    struct content_case c = ACME;

    c.template = true;
    j->forbidden = content_blocks(str_from(TEMPLATE), &c) || content_template_open(str_from(TEMPLATE));
}

static void judge(struct judged *j, long n)
{
    const struct gate_priced one = {.phone = &j->phone, .carrier = 1, .segments = 2, .at_ms = j->facts.now_ms};
    bool plain = content_value_plain(str_from(NAMES[n % 8])) && content_value_plain(str_from(CITIES[n / 8 % 8]));

    j->whole += !plain;
    j->facts.forbidden = j->forbidden || (!plain && content_blocks(str_from(TEXT), &ACME));
    j->facts.cost_micros = gate_cost(j->prices, &j->facts.pool, 0, &one);
    j->facts.abroad = gate_is_abroad(&j->phone);
    j->passed += gate_ask(&j->facts).answer == VERDICT_PASS;
}

static double with_checked_template(long messages, long drawn, struct judged *j)
{
    int64_t from_us = bench_cpu_us();

    for (long n = 0; n < messages; n++) {
        if (n % drawn == 0) draw(j);
        judge(j, n);
    }
    return (double)(bench_cpu_us() - from_us) / (double)messages;
}

static double whole_text(long messages)
{
    int64_t from_us = bench_cpu_us();
    long blocked = 0;

    for (long n = 0; n < messages; n++) blocked += content_blocks(str_from(TEXT), &ACME);
    if (blocked > 0) bench_fail("the text is forbidden");
    return (double)(bench_cpu_us() - from_us) / (double)messages;
}

static double segments(long messages)
{
    int64_t from_us = bench_cpu_us();
    struct segment_count count;

    for (long n = 0; n < messages; n++)
        if (segment_count(str_from(TEXT), 0, &count, NULL) != ERR_OK) bench_fail("the text cannot be counted");
    return (double)(bench_cpu_us() - from_us) / (double)messages;
}

int main(int argc, char **argv)
{
    long messages = bench_number(argc, argv, "messages", "300000"), drawn = bench_number(argc, argv, "draw", "64");
    long numbers = bench_number(argc, argv, "numbers", "100000");
    struct gate_reads reads;
    struct price_table prices;
    struct judged j = {.facts = {.now_ms = INT64_C(1790000000000), .kind = KIND_MARKETING, .org = ORG_ACTIVE,
                                 .campaign = CAMPAIGN_RUNNING, .recipient = true, .characters = 160,
                                 .window_ms = INT64_MAX, .expires_ms = INT64_MAX, .cap_micros = INT64_MAX / 2,
                                 .pool = {.home = 1u << SENDER_LONG_CODE}}};
    double gate, text, floor;

    if (price_parse(price_default_text(), &prices, NULL) != ERR_OK) bench_fail("the prices cannot be read");
    j.prices = &prices;
    if (phone_from_digits(UINT64_C(12125550100), &j.phone) != ERR_OK) bench_fail("the number is none");
    gate = with_checked_template(messages, drawn, &j);
    if (j.passed != messages) bench_fail("%ld of %ld pass", j.passed, messages);
    text = whole_text(messages);
    floor = segments(messages);
    reads = gate_reads_measure(messages, drawn, numbers);
    (void)printf("{\"gate_us\":%.3f,\"text_us\":%.3f,\"segments_us\":%.3f,\"whole_share\":%.4f,"
                 "\"consent_read_us\":%.3f,\"number_read_us\":%.3f}\n",
                 gate, text, floor, (double)j.whole / (double)messages, reads.consent_us, reads.number_us);
    price_free(&prices);
    return 0;
}
