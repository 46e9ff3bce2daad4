/*
 * carrier: who serves a number, what carriers grant a program, and what becomes of a message that reaches
 * one.
 *
 * Numbers alone decide where they can: the last two digits tell the carrier, exchange 555 with a line of
 * 9000 … 9399 is magic (docs/sandbox.md), so that a file of contacts can be written to a known result.
 */
#include "sandbox/registry.h"

const char *sandbox_carrier_name(enum sandbox_carrier carrier)
{
    static const char *const names[] = {"verizon", "att", "tmobile", "other_us", "foreign"};
    return carrier < SANDBOX_CARRIER_COUNT ? names[carrier] : "unknown";
}

enum sandbox_carrier sandbox_carrier_of(const struct sandbox *sb, uint64_t number)
{
    const struct handset *h = map_ptr(&sb->handsets, number);
    uint64_t at = number % 100;
    if (h != NULL && h->set.carrier < SANDBOX_CARRIER_COUNT) return h->set.carrier;
    if (number / UINT64_C(10000000000) != 1) return SANDBOX_FOREIGN;
    for (int i = 0; i < US_CARRIERS; i++) {
        if (at < sb->config.carrier_percent[i]) return (enum sandbox_carrier)i;
        at -= sb->config.carrier_percent[i];
    }
    return SANDBOX_OTHER_US;
}

static int magic_refusal(unsigned last_two)
{
    switch (last_two) {
    case 8: return 21408;
    case 10: return 21610;
    case 11: return 21211;
    case 12: return 21612;
    case 14: return 21614;
    case 35: return 21635;
    default: return 0;
    }
}

static const char *magic_reply(unsigned last_two)
{
    static const char *const replies[] = {NULL,  "STOP",         "START",       "HELP",
                                          "YES", "Who is this?", "Please stop", "stop "};
    return last_two < sizeof replies / sizeof *replies ? replies[last_two] : NULL;
}

struct magic sb_carrier_magic(uint64_t number)
{
    struct magic m = {0};
    unsigned line = (unsigned)(number % 10000), last_two = line % 100;
    if (number / UINT64_C(10000000000) != 1 || number / 10000 % 1000 != 555) return m;
    switch (line / 100) {
    case 90:
        m.silent = last_two == 0;
        m.code = last_two == 0 ? 0 : 30000 + (int)last_two;
        break;
    case 91: m.refusal = magic_refusal(last_two); break;
    case 92: m.reply = magic_reply(last_two); break;
    case 93: m.receipt_ms = last_two * 60000; break;
    default: break;
    }
    return m;
}

/* Codes of messages that never leave Twilio (reference 3.1: `failed`), against those a carrier reports. */
bool sb_carrier_never_left(int code)
{
    switch (code) {
    case 21610:
    case 21703:
    case 30001:
    case 30002:
    case 30010:
    case 30020:
    case 30021:
    case 30022:
    case 30023:
    case 30027:
    case 30032:
    case 30033:
    case 30034:
    case 30035:
    case 30036:
    case 30037:
    case 30038:
    case 30039: return true;
    default: return false;
    }
}

/* Twilio's table of 2025: segments a second per campaign and carrier; T-Mobile's day per brand. */
void sb_carrier_score_grants(unsigned score, uint32_t *mps_milli, uint32_t *day_cap)
{
    *mps_milli = score >= 75 ? 75000 : score >= 50 ? 40000 : 4000;
    *day_cap = score >= 75 ? 200000 : score >= 50 ? 40000 : score >= 25 ? 10000 : 2000;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Days from 1970-01-01 of a civil date (Hinnant's algorithm). */
static int64_t civil_day(int64_t year, int month, int day)
{
    int64_t y = year - (month <= 2), era = floor_div(y, 400), of_era = y - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int64_t sunday_from(int64_t day)
{
    return day + (7 - (day + 4) % 7) % 7;
}

/* The civil day at Los Angeles: daylight time from the second Sunday of March to the first of November, both
 * at 02:00 local (15 U.S.C. 260a). */
int64_t sb_carrier_pacific_day(int64_t date_ms)
{
    const int64_t hour = 3600000, day = 24 * hour;
    int64_t year = 1970 + floor_div(floor_div(date_ms - 8 * hour, day) * 400, 146097);
    if (civil_day(year + 1, 1, 1) <= floor_div(date_ms - 8 * hour, day)) year++;
    if (civil_day(year, 1, 1) > floor_div(date_ms - 8 * hour, day)) year--;
    int64_t starts = sunday_from(civil_day(year, 3, 8)) * day + 10 * hour;
    int64_t ends = sunday_from(civil_day(year, 11, 1)) * day + 9 * hour;
    int64_t behind = date_ms >= starts && date_ms < ends ? 7 : 8;
    return floor_div(date_ms - behind * hour, day);
}

bool sb_carrier_take_day(struct sandbox *sb, const struct message *m)
{
    const struct service *v = sb_service_at(sb, sb_sender_at(sb, m->sender)->service);
    struct brand *b;
    int64_t day;
    if (m->carrier != SANDBOX_TMOBILE || v == NULL || !v->program.approved ||
        sb_sender_at(sb, m->sender)->kind != SENDER_LONG_CODE)
        return true;
    b = &sb->brands[v->program.brand];
    day = sb_carrier_pacific_day(world_date(sb));
    if (b->day != day) {
        b->day = day;
        b->used = 0;
    }
    if (b->used + m->segments > b->cap) return false;
    b->used += m->segments;
    return true;
}

static int registration_code(const struct sandbox *sb, const struct message *m)
{
    const struct sender *s = sb_sender_at(sb, m->sender);
    const struct service *v = sb_service_at(sb, s->service);
    const struct thing *r = s->registration;
    if (m->carrier == SANDBOX_FOREIGN) return 0;
    if (s->kind == SENDER_TOLL_FREE) return sb->config.toll_free_enforced && !s->verified ? 30032 : 0;
    if (s->kind != SENDER_LONG_CODE) return 0;
    if (!sb->config.a2p_enforced && !sb_account_at(sb, s->account)->registers) return 0;
    if (v == NULL || !v->program.approved) return 30034;
    if (v->campaign == NULL) return 0; /* a program that a test gave, with all its numbers */
    if (r == NULL || r->state == THING_REJECTED) return 30034;
    return r->state == THING_APPROVED ? 0 : 30035;
}

/* A landline stays one: drawn by number, not by message. */
static bool number_chance(const struct sandbox *sb, uint64_t number, unsigned salt, uint32_t per_million)
{
    return per_million > 0 && world_pair(number ^ sb->key, salt) % 1000000 < per_million;
}

bool sb_carrier_is_landline(const struct sandbox *sb, uint64_t number)
{
    return number_chance(sb, number, 6, sb->config.carriers[sandbox_carrier_of(sb, number)].landline);
}

bool sb_carrier_is_unknown(const struct sandbox *sb, uint64_t number)
{
    return number_chance(sb, number, 5, sb->config.carriers[sandbox_carrier_of(sb, number)].unknown);
}

static int carrier_code(struct sandbox *sb, const struct message *m)
{
    const struct sandbox_carrier_config *c = &sb->config.carriers[m->carrier];
    const struct handset *h = map_ptr(&sb->handsets, m->peer);
    struct magic magic = sb_carrier_magic(m->peer);
    if (h != NULL && h->set.error_code != 0) return h->set.error_code;
    if (magic.code != 0) return magic.code;
    if (sb_line_refusal(sb, m->peer) != 0) return sb_line_refusal(sb, m->peer);
    if (h != NULL || magic.silent || magic.reply != NULL || magic.receipt_ms != 0) return 0;
    if (sb_carrier_is_unknown(sb, m->peer)) return 30005;
    if (sb_carrier_is_landline(sb, m->peer)) return 30006;
    if (rng_chance(&sb->rng, c->filtered)) return 30007;
    return rng_chance(&sb->rng, c->unreachable) ? 30003 : 0;
}

static bool carrier_is_silent(struct sandbox *sb, const struct message *m)
{
    const struct handset *h = map_ptr(&sb->handsets, m->peer);
    if (h != NULL) return h->set.silent;
    return sb_carrier_magic(m->peer).silent ||
           (m->planned_code == 0 && rng_chance(&sb->rng, sb->config.carriers[m->carrier].no_receipt));
}

void sb_carrier_decide(struct sandbox *sb, struct message *m)
{
    const struct sandbox_carrier_config *c = &sb->config.carriers[m->carrier];
    uint32_t magic_ms = sb_carrier_magic(m->peer).receipt_ms;
    int code = registration_code(sb, m);
    if (code == 0) code = carrier_code(sb, m);
    m->planned_code = (uint16_t)code;
    if (sb_carrier_never_left(code)) m->flags |= MESSAGE_NEVER_LEFT;
    if (carrier_is_silent(sb, m)) m->flags |= MESSAGE_NO_RECEIPT;
    m->receipt_ms = world_between(sb, c->receipt_ms_min, c->receipt_ms_max);
    if (rng_chance(&sb->rng, c->receipt_tail)) m->receipt_ms *= 10;
    if (magic_ms != 0) m->receipt_ms = magic_ms;
}

uint32_t sb_carrier_sent_ms(struct sandbox *sb, const struct message *m)
{
    const struct sandbox_carrier_config *c = &sb->config.carriers[m->carrier];
    return world_between(sb, c->sent_ms_min, c->sent_ms_max);
}
