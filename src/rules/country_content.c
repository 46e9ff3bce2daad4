/* country_content: asks each row of the recipient's country. Owns nothing. Contract in country_content.h. */
#include "rules/country_content.h"

#include "base/mutant.h"
#include "rules/alpha.h"
#include "rules/content_links.h"
#include "rules/country_content_table.h"
#include "rules/segment.h"

#include <string.h>

enum { PHONE_DIGITS_LEAST = 7 };

/* Ascending, so that the rows of one country are together. NULL: none. */
static const struct country_content *first_of(const char *country)
{
    for (size_t i = 0; i < country_contents_count; i++)
        if (strcmp(country_contents[i].country, country) == 0) return &country_contents[i];
    return NULL;
}

bool country_content_any(const char *country)
{
    return first_of(country) != NULL;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool begins_nocase(struct str s, struct str with)
{
    return s.len >= with.len && str_equal_nocase(str_slice(s, 0, with.len), with);
}

static bool is_word_byte(struct str text, size_t at)
{
    char c = at < text.len ? lower(text.at[at]) : ' ';

    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* The word stands by itself, where it is of Latin letters: "TC" is not in "WTC". */
static bool holds_word(struct str text, struct str word)
{
    for (size_t i = 0; i + word.len <= text.len; i++) {
        if (!begins_nocase(str_slice(text, i, text.len), word)) continue;
        if (!is_word_byte(word, 0) || i == 0 || !is_word_byte(text, i - 1))
            if (!is_word_byte(word, word.len - 1) || !is_word_byte(text, i + word.len)) return true;
    }
    return false;
}

static bool any_of(struct str text, const char *values, bool (*is)(struct str text, struct str value))
{
    struct str rest = str_from(values), one;

    while (rest.len > 0) {
        rest = str_cut(rest, '|', &one);
        if (is(text, one)) return true;
    }
    return false;
}

static bool has_link(struct str text)
{
    struct content_link links[CONTENT_LINKS_MAX];

    return content_links_possible(text) && content_links_find(text, links) > 0;
}

/* A number to call: seven digits, blanks and dashes between. */
static bool has_phone(struct str text)
{
    size_t digits = 0;

    for (size_t i = 0; i < text.len && digits < PHONE_DIGITS_LEAST; i++) {
        char c = text.at[i];
        if (c >= '0' && c <= '9') digits++;
        else if (c == '\0' || strchr(" -().+", c) == NULL) digits = 0;
    }
    return digits >= PHONE_DIGITS_LEAST;
}

static bool too_many_segments(struct str text, const char *most)
{
    struct segment_count count;
    uint64_t limit;

    BUG_IF(str_to_u64(str_from(most), &limit) != ERR_OK);
    return segment_count(text, 0, &count, NULL) == ERR_OK && count.segments > limit;
}

/* Nothing is said of its form ("" as value): its capitals are worth a note. */
static bool wrong_sender(struct str sender, const char *letters)
{
    uint64_t wanted;

    if (sender.len == 0) return false;
    if (letters[0] == '\0') return true;
    BUG_IF(str_to_u64(str_from(letters), &wanted) != ERR_OK);
    if (sender.len != wanted) return true;
    for (size_t i = 0; i < sender.len; i++)
        if (lower(sender.at[i]) < 'a' || lower(sender.at[i]) > 'z') return true;
    return false;
}

static bool beyond_plain(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.at[i] >= 0x80) return true;
    return false;
}

static bool found_already(const struct content_report *r, const char *rules, enum content_severity least)
{
    for (size_t i = 0; i < r->count; i++) {
        struct str rest = str_from(rules), one;
        while (rest.len > 0) {
            rest = str_cut(rest, '|', &one);
            if (r->findings[i].severity >= least && str_equal(one, str_from(r->findings[i].rule->id)))
                return true;
        }
    }
    return false;
}

static bool offends(const struct country_content *row, struct str text, const struct country_case *c,
                    const struct content_report *found)
{
    switch (row->check) {
    case COUNTRY_LABEL: return !any_of(str_trim(text), row->value, begins_nocase);
    case COUNTRY_OPT_OUT: return !any_of(text, row->value, holds_word);
    case COUNTRY_LINKS: return has_link(text);
    case COUNTRY_PHONE: return has_phone(text);
    case COUNTRY_SEGMENTS: return too_many_segments(text, row->value);
    case COUNTRY_SENDER: return wrong_sender(c->sender, row->value);
    case COUNTRY_BRAND: return c->brand.len > 0 && !holds_word(text, c->brand);
    case COUNTRY_LETTERS: return beyond_plain(text);
    case COUNTRY_TEMPLATE:
    case COUNTRY_REGISTRY: return true;
    case COUNTRY_HOST: return found_already(found, "link_host", CONTENT_NOTE);
    case COUNTRY_CATEGORY: break;
    }
    return found_already(found, row->value, CONTENT_ASK);
}

/* ---- alphanumeric senders ---- */

static const struct content_rule forbidden_sender = {
    "sender_forbidden", CONTENT_BLOCK, "2026-04-10", "The country takes no such sender name",
    "Twilio, International support for Alphanumeric Sender ID, 2026-04-10",
    "Write from a number that may send there, or give the name the form that the country wants."};
static const struct content_rule unregistered_sender = {
    "sender_unregistered", CONTENT_ASK, "2026-04-10", "The sender name is not registered in that country; texts wait",
    "Twilio, International support for Alphanumeric Sender ID, 2026-04-10",
    "Register it, and let an operator name the country in the sender's registered."};
static const struct content_rule no_way_out = {
    "no_way_out", CONTENT_BLOCK, "2025-04-11",
    "Nobody can answer a sender name, and the text names no other way to opt out",
    "47 CFR 64.1200(a)(11); PECR reg. 23; Spam Act 2003 s. 18",
    "Name a link, an e-mail address or a telephone number."};

static const struct content_rule overwritten_sender = {
    "sender_overwritten", CONTENT_NOTE, "2026-04-10", "Operators there put another sender in the name's place",
    "Twilio, International support for Alphanumeric Sender ID, 2026-04-10",
    "Name the brand in the text: the sender will not show it."};
static const struct content_rule generic_sender = {
    "sender_generic", CONTENT_ASK, "2026-04-10", "A sender name that says of nobody that it is they",
    "Twilio 30042", "Use the brand's own name."};

static void check_name(const struct country_case *c, struct content_report *out)
{
    if (alpha_is_generic(c->sender)) content_report_add(out, &generic_sender, CONTENT_ASK, 0, 0);
    if (alpha_rule_of(c->country)->use == ALPHA_OVERWRITTEN)
        content_report_add(out, &overwritten_sender, CONTENT_NOTE, 0, 0);
}

static void check_sender(struct str text, const struct country_case *c, struct content_report *out)
{
    bool marketing = c->kind == KIND_MARKETING;
    enum alpha_answer answer;

    if (c->sender.len == 0) return;
    answer = alpha_ask(c->country, c->sender, c->registered, marketing);
    if (answer == ALPHA_FORBIDDEN) content_report_add(out, &forbidden_sender, CONTENT_BLOCK, 0, 0);
    if (answer == ALPHA_UNREGISTERED) content_report_add(out, &unregistered_sender, CONTENT_ASK, 0, 0);
    check_name(c, out);
    if (marketing && !alpha_way_out(text)) content_report_add(out, &no_way_out, CONTENT_BLOCK, 0, 0);
}

void country_content_check(struct str text, const struct country_case *c, struct content_report *out)
{
    const struct country_content *row = first_of(c->country), *end = country_contents + country_contents_count;

    for (; row != NULL && row < end && strcmp(row->country, c->country) == 0; row++) {
        if (row->marketing && c->kind != KIND_MARKETING) continue;
        if (MUTANT(country_rules_off)) continue;
        if (offends(row, text, c, out)) content_report_add(out, &row->rule, row->rule.severity, 0, 0);
    }
    check_sender(text, c, out);
}
