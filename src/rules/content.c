/*
 * content: hears a text once, and asks every rule about what was heard. Owns nothing. Contract in content.h.
 *
 * Points of a category: CONTENT_POINTS_BLOCK and more block, and so on (data/content-terms.tsv). Phishing is the sum of
 * what urges, of a name that is often forged, and of a sender that does not say who it is, with a link that is
 * neither the sender's nor that company's.
 */
#include "rules/content.h"

#include "base/mutant.h"
#include "rules/content_links.h"
#include "rules/content_match.h"

#include <string.h>

enum { POINTS_BLOCK = 10, POINTS_ASK = 5, POINTS_NOTE = 3 };
enum { BRAND_WORDS_MAX = 12, CAPITALS_LEAST = 30, NAME_BYTES_MAX = 40 };

struct reading {
    struct str text;
    const struct content_case *facts;
    struct content_report *out;
    struct content_words words;
    struct content_matches matches;
    struct content_link links[CONTENT_LINKS_MAX];
    size_t links_count;
    uint32_t brand[BRAND_WORDS_MAX]; /* hashes */
    size_t brand_count;
    struct str name; /* the sender's: given, or else what the text begins with before a colon */
    bool brand_named, sells;
};

/* What finds no place is less grave than all that are kept. */
void content_report_add(struct content_report *out, const struct content_rule *rule, enum content_severity severity,
                        size_t from, size_t to)
{
    size_t at = out->count;
    struct content_finding found = {rule, severity, (uint32_t)from, (uint32_t)(to - from)};

    if (found.severity > found.rule->severity) found.severity = found.rule->severity;
    if (found.severity > out->worst) out->worst = found.severity;
    while (at > 0 && out->findings[at - 1].severity < found.severity) at--;
    if (at == CONTENT_FINDINGS_MAX) return;
    if (out->count < CONTENT_FINDINGS_MAX) out->count++;
    for (size_t i = out->count - 1; i > at; i--) out->findings[i] = out->findings[i - 1];
    out->findings[at] = found;
}

static void add(struct reading *r, enum content_rule_number rule, enum content_severity severity, size_t from,
                size_t to)
{
    content_report_add(r->out, &content_rules[rule], severity, from, to);
}

static enum content_severity severity_of(unsigned points)
{
    if (points >= POINTS_BLOCK) return CONTENT_BLOCK;
    if (points >= POINTS_ASK) return CONTENT_ASK;
    return points >= POINTS_NOTE ? CONTENT_NOTE : CONTENT_CLEAN;
}

/* ---- the sender's own name ---- */

static bool is_filler(const struct content_word *w)
{
    return w->to - w->from < 3;
}

/* The hashes of its words; `as` is borrowed for hearing them. */
static void hear_brand(struct reading *r, struct content_words *as)
{
    content_words_hear(r->facts->brand, false, as);
    for (size_t i = 0; i < as->count && r->brand_count < BRAND_WORDS_MAX; i++)
        r->brand[r->brand_count++] = as->at[i].hash;
}

/* How many words from here on are the name's, from its first. */
static size_t brand_run(const struct reading *r, size_t at)
{
    size_t n = 0;

    while (n < r->brand_count && at + n < r->words.count && r->words.at[at + n].hash == r->brand[n]) n++;
    return n;
}

/* A name is no offer of what it names: of "Lucky Spin Casino" no word counts where it stands whole, or two of them. */
static void excuse_brand(struct reading *r)
{
    for (size_t i = 0; i < r->words.count; i++) {
        size_t n = brand_run(r, i);
        bool whole = n > 0 && n == r->brand_count;
        r->brand_named = r->brand_named || whole || (n > 0 && !is_filler(&r->words.at[i]));
        if (!whole && n < 2) continue;
        for (size_t k = 0; k < n; k++) r->words.at[i + k].word = 0;
        i += n - 1;
    }
}

/* ---- links ---- */

static bool inside_a_link(const struct reading *r, const struct content_word *w)
{
    for (size_t i = 0; i < r->links_count; i++)
        if (w->from >= r->links[i].from && w->to <= r->links[i].to) return true;
    return false;
}

/* The words of a link are not the text's, but for those that make a category alone. */
static void excuse_links(struct reading *r)
{
    for (size_t i = 0; i < r->words.count && r->links_count > 0; i++) {
        struct content_word *w = &r->words.at[i];
        if (w->word != 0 && inside_a_link(r, w)) w->word = 0;
    }
}

/* The letters and digits of a name in lower case, as they stand in a host. */
static size_t squeeze(struct str text, char out[CONTENT_HOST_BYTES])
{
    size_t n = 0;

    for (size_t i = 0; i < text.len && n < CONTENT_HOST_BYTES - 1; i++) {
        char c = text.at[i];
        if (c >= 'A' && c <= 'Z') c = (char)(c - 'A' + 'a');
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) out[n++] = c;
    }
    return n;
}

/* "Acme: your order …": Acme, unless that is a name that is often forged. */
static void find_name(struct reading *r)
{
    size_t colon = str_find(r->text, STR(": "));

    r->name = r->facts->brand;
    if (r->name.len > 0 || colon >= r->text.len || colon > NAME_BYTES_MAX) return;
    for (size_t i = 0; i < r->matches.count; i++)
        if (r->matches.at[i].term->topic == CONTENT_SIGN_KNOWN && r->matches.at[i].from < colon) return;
    r->name = str_slice(r->text, 0, colon);
}

static bool host_has(const struct content_link *l, struct str name, size_t least)
{
    char host[CONTENT_HOST_BYTES], word[CONTENT_HOST_BYTES];
    size_t host_bytes = squeeze(str_from(l->host), host), bytes = squeeze(name, word);

    return bytes >= least && str_find((struct str){host, host_bytes}, (struct str){word, bytes}) < host_bytes;
}

/* The host bears the whole name; or, of a name that we were given, a word of it. */
static bool is_own_host(const struct reading *r, const struct content_link *l)
{
    struct str rest = r->name, word;

    if (host_has(l, rest, r->facts->brand.len > 0 ? 3 : 5)) return true;
    while (rest.len > 0 && r->facts->brand.len > 0) {
        rest = str_cut(rest, ' ', &word);
        if (host_has(l, word, 4)) return true;
    }
    return false;
}

/* The first link that is neither the sender's nor an often forged company's true one; NULL: none. */
static const struct content_link *strange_link(const struct reading *r)
{
    for (size_t i = 0; i < r->links_count; i++)
        if (!r->links[i].official && !is_own_host(r, &r->links[i])) return &r->links[i];
    return NULL;
}

static void judge_links(struct reading *r)
{
    for (size_t i = 0; i < r->links_count; i++) {
        const struct content_link *l = &r->links[i];
        if (l->shortener) add(r, CONTENT_RULE_SHORTENER, CONTENT_BLOCK, l->from, l->to);
        if (l->insecure) add(r, CONTENT_RULE_HTTP_LINK, CONTENT_BLOCK, l->from, l->to);
        if (l->disguised) add(r, CONTENT_RULE_DISGUISED_LINK, CONTENT_BLOCK, l->from, l->to);
        if (r->brand_count > 0 && !l->official && !is_own_host(r, l))
            add(r, CONTENT_RULE_LINK_HOST, CONTENT_NOTE, l->from, l->to);
    }
}

/* ---- categories ---- */

static unsigned points_of(const struct reading *r, unsigned topic)
{
    return r->sells ? r->matches.sold[topic] : r->matches.alone[topic];
}

static void add_matches(struct reading *r, unsigned topic, enum content_rule_number rule,
                        enum content_severity severity)
{
    for (size_t i = 0; i < r->matches.count; i++) {
        const struct content_match *m = &r->matches.at[i];
        if (m->term->topic == topic) add(r, rule, severity, m->from, m->to);
    }
}

/* What the sender's registration lets pass, and how gravely the rest is taken then. */
static enum content_severity allowed(const struct content_case *c, enum content_rule_number rule,
                                     enum content_severity severity)
{
    switch (rule) {
    case CONTENT_RULE_ALCOHOL: return c->age_gated ? CONTENT_NOTE : severity;
    case CONTENT_RULE_TOBACCO: return c->age_gated && severity > CONTENT_ASK ? CONTENT_ASK : severity;
    case CONTENT_RULE_LENDING: return c->direct_lending ? CONTENT_NOTE : severity;
    case CONTENT_RULE_SWEEPSTAKES: return c->use_case == USE_CASE_SWEEPSTAKE ? CONTENT_NOTE : severity;
    case CONTENT_RULE_POLITICAL: return c->use_case == USE_CASE_POLITICAL ? CONTENT_CLEAN : severity;
    default: return severity;
    }
}

static void judge_categories(struct reading *r)
{
    for (unsigned rule = CONTENT_RULE_SEX; rule <= CONTENT_RULE_POLITICAL; rule++) {
        enum content_severity severity = severity_of(points_of(r, rule));
        if (severity == CONTENT_CLEAN) continue;
        severity = allowed(r->facts, (enum content_rule_number)rule, severity);
        if (severity != CONTENT_CLEAN) add_matches(r, rule, (enum content_rule_number)rule, severity);
    }
    if (r->matches.alone[CONTENT_RULE_SPAM] >= POINTS_ASK)
        add_matches(r, CONTENT_RULE_SPAM, CONTENT_RULE_SPAM, CONTENT_NOTE);
}

/* ---- fraud ---- */

static void judge_phishing(struct reading *r)
{
    unsigned urgency = r->matches.alone[CONTENT_SIGN_URGENCY], known = r->matches.alone[CONTENT_SIGN_KNOWN];
    unsigned points = urgency + known + (r->brand_named ? 0 : POINTS_ASK);
    const struct content_link *link;

    if ((urgency < POINTS_ASK && known == 0) || (urgency == 0 && r->brand_named)) return;
    link = strange_link(r);
    if (link == NULL) return;
    if (points >= POINTS_BLOCK && known > 0)
        add_matches(r, CONTENT_SIGN_KNOWN, CONTENT_RULE_IMPERSONATION, CONTENT_BLOCK);
    add_matches(r, CONTENT_SIGN_URGENCY, CONTENT_RULE_PHISHING, severity_of(points));
    add(r, CONTENT_RULE_PHISHING, severity_of(points), link->from, link->to);
}

static void judge_credentials(struct reading *r)
{
    const uint16_t *points = r->matches.alone;

    if (points[CONTENT_SIGN_NEVER] > 0 || points[CONTENT_SIGN_SECRET] == 0 || points[CONTENT_SIGN_DEMAND] == 0) return;
    add_matches(r, CONTENT_SIGN_SECRET, CONTENT_RULE_CREDENTIALS, CONTENT_BLOCK);
}

/* A word of two scripts is a disguise; of a word that no rule knows one may still ask why. */
static void judge_disguise(struct reading *r)
{
    for (size_t i = 0; i < r->words.count; i++) {
        const struct content_word *w = &r->words.at[i];
        if ((w->flags & CONTENT_WORD_MIXED) == 0 || MUTANT(content_mixed_scripts)) continue;
        add(r, CONTENT_RULE_LOOK_ALIKE, w->word != 0 ? CONTENT_BLOCK : CONTENT_ASK, w->from, w->to);
    }
}

/* ---- what is missing, and manners ---- */

static bool is_about_facts(enum use_case u)
{
    return u == USE_CASE_2FA || u == USE_CASE_ACCOUNT_NOTIFICATION || u == USE_CASE_CUSTOMER_CARE ||
           u == USE_CASE_DELIVERY_NOTIFICATION || u == USE_CASE_FRAUD_ALERT || u == USE_CASE_SECURITY_ALERT ||
           u == USE_CASE_PUBLIC_SERVICE_ANNOUNCEMENT || u == USE_CASE_POLLING_VOTING || u == USE_CASE_EMERGENCY;
}

/* Of a program for facts: where no words offer anything, it is marketing still if it is sent as such. */
static void judge_use_case(struct reading *r)
{
    if (r->matches.alone[CONTENT_SIGN_OFFER] > 0)
        add_matches(r, CONTENT_SIGN_OFFER, CONTENT_RULE_USE_CASE, CONTENT_ASK);
    else if (r->facts->kind == KIND_MARKETING) add(r, CONTENT_RULE_USE_CASE, CONTENT_ASK, 0, 0);
}

static void judge_form(struct reading *r)
{
    const struct content_case *c = r->facts;
    uint32_t letters = r->words.upper + r->words.lower;

    if (r->brand_count > 0 && !r->brand_named && c->kind != KIND_CONVERSATIONAL)
        add(r, CONTENT_RULE_NO_BRAND, c->kind == KIND_MARKETING ? CONTENT_ASK : CONTENT_NOTE, 0, 0);
    if (c->kind == KIND_MARKETING && r->matches.alone[CONTENT_SIGN_OPT_OUT] == 0)
        add(r, CONTENT_RULE_NO_OPT_OUT, CONTENT_ASK, 0, 0);
    if (is_about_facts(c->use_case)) judge_use_case(r);
    if (letters >= CAPITALS_LEAST && r->words.upper * 10 > letters * 7)
        add(r, CONTENT_RULE_CAPITALS, CONTENT_NOTE, 0, 0);
}

/* ---- all of it ---- */

/* A word of another script is one of ours only in a text of ours. */
static void excuse_foreign(struct reading *r)
{
    if (r->words.foreign == 0 || r->words.upper + r->words.lower >= 2 * r->words.foreign) return;
    for (size_t i = 0; i < r->words.count; i++)
        if ((r->words.at[i].flags & CONTENT_WORD_FOREIGN) != 0) r->words.at[i].word = 0;
}

static bool has_price(const struct content_words *words)
{
    for (size_t i = 0; i < words->count; i++)
        if ((words->at[i].flags & CONTENT_WORD_PRICE) != 0) return true;
    return false;
}

static void hear(struct reading *r)
{
    r->links_count = content_links_possible(r->text) ? content_links_find(r->text, r->links) : 0;
    hear_brand(r, &r->words);
    content_words_hear(r->text, r->facts->template, &r->words);
    excuse_foreign(r);
    excuse_links(r);
    excuse_brand(r);
    content_match_words(&r->words, &r->matches);
    find_name(r);
    r->sells = r->matches.alone[CONTENT_SIGN_OFFER] > 0 ||
               (r->facts->kind == KIND_MARKETING && has_price(&r->words));
}

void content_check(struct str text, const struct content_case *c, struct content_report *out)
{
    struct reading r;

    r.text = text;
    r.facts = c;
    r.out = out;
    r.brand_count = 0;
    r.brand_named = false;
    out->worst = CONTENT_CLEAN;
    out->count = 0;
    hear(&r);
    judge_links(&r);
    judge_phishing(&r);
    judge_credentials(&r);
    judge_categories(&r);
    judge_disguise(&r);
    judge_form(&r);
}

bool content_blocks(struct str text, const struct content_case *c)
{
    struct content_report r;

    content_check(text, c, &r);
    return r.worst == CONTENT_BLOCK;
}

bool content_value_plain(struct str value)
{
    struct content_words words;

    if (value.len == 0 || content_links_possible(value)) return false;
    content_words_hear(value, false, &words);
    for (size_t i = 0; i < words.count; i++) {
        const struct content_word *w = &words.at[i];
        if (w->word != 0 || w->single != '\0' || w->flags != 0) return false;
    }
    return words.count > 0;
}

bool content_template_open(struct str text)
{
    struct content_words words;

    content_words_hear(text, true, &words);
    return words.open;
}

bool content_sells(struct str text)
{
    struct content_words words;
    struct content_matches matches;

    content_words_hear(text, true, &words);
    content_match_words(&words, &matches);
    return matches.alone[CONTENT_SIGN_OFFER] >= POINTS_BLOCK;
}

uint32_t content_version(void)
{
    return content_tables_version;
}

const char *content_severity_name(enum content_severity s)
{
    static const char *const NAMES[] = {"clean", "note", "ask", "block"};
    return NAMES[s];
}

const struct content_rule *content_rules_all(size_t *count)
{
    *count = CONTENT_RULES - 1;
    return &content_rules[1];
}
