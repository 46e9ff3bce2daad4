/* a2p_check_samples: texts as they will be sent, and the answers to keywords. Sources: compliance 2.3, 2.5, 4.4,
 * 4.5. */
#include "rules/a2p_check_inside.h"
#include "rules/a2p_phrases.h"
#include "rules/content.h"
#include "rules/tier.h"

#include <string.h>

enum { SAMPLES = 5, SAMPLE_MIN = 20, REPLY_MIN = 20 };

/* The refusal that a finding of rules/content would earn a sample. */
static int32_t code_of(const char *rule)
{
    static const struct {
        const char *rule;
        int32_t code;
    } table[] = {
        {"shortener", 30892}, {"http_link", 30892}, {"disguised_link", 30892}, {"look_alike", 30962},
        {"phishing", 30960}, {"impersonation", 30960}, {"credentials", 30960}, {"sex", 30953}, {"hate", 30954},
        {"profanity", 30954}, {"alcohol", 30955}, {"firearms", 30957}, {"tobacco", 30958}, {"cannabis", 30940},
        {"drugs", 30941}, {"gambling", 30944}, {"lending", 30942}, {"debt", 30943}, {"debt_first_party", 30943},
        {"credit_repair", 30950}, {"crypto", 30947}, {"investment", 30948}, {"get_rich", 30948},
        {"lead_generation", 30951}, {"sweepstakes", 30945}, {"health_claims", 30962}, {"political", 30542},
        {"use_case", 30893}, {"spam", 30893},
    };

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (strcmp(table[i].rule, rule) == 0) return table[i].code;
    return 0;
}

static enum message_kind kind_of(enum use_case u)
{
    return u == USE_CASE_MARKETING || u == USE_CASE_MIXED || u == USE_CASE_LOW_VOLUME || u == USE_CASE_SOLE_PROPRIETOR
               ? KIND_MARKETING : KIND_TRANSACTIONAL;
}

static void check_content(const struct a2p_case *c, enum a2p_field field)
{
    struct str text = said(c, field);
    struct content_case facts = {.use_case = use_case_parse(said(c, A2P_USE_CASE)), .brand = said(c, A2P_BRAND_NAME),
                                 .age_gated = is_true(c, A2P_AGE_GATED),
                                 .direct_lending = is_true(c, A2P_DIRECT_LENDING), .template = true};
    struct content_report report;

    facts.kind = kind_of(facts.use_case);
    content_check(text, &facts, &report);
    for (size_t i = 0; i < report.count; i++) {
        const struct content_finding *f = &report.findings[i];
        if (f->severity < CONTENT_ASK || f->length == 0) continue; /* what is missing: see below */
        a2p_find_words(c, f->severity == CONTENT_BLOCK ? A2P_BLOCK : A2P_ASK, field, f->rule->id,
                       str_slice(text, f->offset, f->offset + f->length), code_of(f->rule->id), f->rule->title,
                       f->rule->fix);
    }
}

static void check_twins(const struct a2p_case *c, enum a2p_field field)
{
    for (int other = A2P_SAMPLE1; other < (int)field; other++)
        if (str_equal_nocase(said(c, field), said(c, (enum a2p_field)other))) {
            a2p_find(c, A2P_BLOCK, field, "same_sample", 30911, "Two samples are the same.",
                     "Write different texts, as they will be sent.");
            return;
        }
}

struct seen {
    bool any, brand, stop, link, phone;
};

/* Twilio knows STOP by itself; a word of another language only if the campaign declares it. */
static void check_keyword(const struct a2p_case *c, enum a2p_field field)
{
    static const struct {
        const char *said, *keyword;
    } words[] = {{"responda alto|responde alto|envíe alto|envie alto|alto para", "alto"},
                 {"responda parar|parar para", "parar"}, {"arret|arrêt|arrÊt", "arret"}};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (a2p_says(said(c, field), words[i].said) && !a2p_says(said(c, field), "stop") &&
            !a2p_says(said(c, A2P_OPT_OUT_KEYWORDS), words[i].keyword))
            a2p_find(c, A2P_BLOCK, field, "keyword_undeclared", 30887, "Its word for opting out is not among the "
                     "opt_out_keywords, so it would end nothing.",
                     "Write STOP, or put the word into opt_out_keywords beside STOP.");
}

static void look_at(const struct a2p_case *c, enum a2p_field field, struct seen *seen)
{
    struct str text = said(c, field);

    if (text.len == 0) return;
    if (text.len < SAMPLE_MIN)
        a2p_find(c, A2P_BLOCK, field, "too_short", 21728, "A sample has at least 20 characters.",
                 "Write a whole text, as it will be sent.");
    seen->any = true;
    seen->brand = seen->brand || a2p_names_brand(c, text);
    seen->stop = seen->stop || a2p_says(text, A2P_SAYS_STOP) ||
                 a2p_says(text, "opt out|opt-out|unsubscribe|cancelar|darse de baja|désabonner|désinscri*");
    check_keyword(c, field);
    seen->link = seen->link || a2p_has_link(text);
    seen->phone = seen->phone || a2p_has_phone(text);
    check_content(c, field);
    check_twins(c, field);
}

static void check_flags(const struct a2p_case *c, const struct seen *seen)
{
    if (seen->link && str_equal(said(c, A2P_EMBEDDED_LINKS), STR("false")))
        a2p_find(c, A2P_BLOCK, A2P_EMBEDDED_LINKS, "links_shown", 30893, "A sample has a link.",
                 "Write true, or take the link out.");
    if (!seen->link && is_true(c, A2P_EMBEDDED_LINKS))
        a2p_find(c, A2P_BLOCK, A2P_EMBEDDED_LINKS, "links_not_shown", 30893, "No sample has a link.",
                 "Put the link into a sample as it will be sent, or write false.");
    if (seen->phone && str_equal(said(c, A2P_EMBEDDED_PHONE), STR("false")))
        a2p_find(c, A2P_BLOCK, A2P_EMBEDDED_PHONE, "phone_shown", 30889, "A sample has a phone number.",
                 "Write true, or take the number out.");
    if (!seen->phone && is_true(c, A2P_EMBEDDED_PHONE))
        a2p_find(c, A2P_BLOCK, A2P_EMBEDDED_PHONE, "phone_not_shown", 30889, "No sample has a phone number.",
                 "Put the number into a sample as it will be sent, or write false.");
}

void a2p_check_samples(const struct a2p_case *c)
{
    struct seen seen = {false, false, false, false, false};

    for (int i = 0; i < SAMPLES; i++) look_at(c, (enum a2p_field)(A2P_SAMPLE1 + i), &seen);
    if (!seen.any) return;
    if (!seen.brand)
        a2p_find_words(c, A2P_BLOCK, A2P_SAMPLE1, "samples_brand", (struct str){NULL, 0}, 30893,
                       "No sample names the brand.", "Begin a sample with the brand's name.");
    if (!seen.stop)
        a2p_find_words(c, A2P_BLOCK, A2P_SAMPLE1, "samples_stop", (struct str){NULL, 0}, 30887,
                       "No sample says how to opt out.", "End a sample with \"Reply STOP to opt out\".");
    check_flags(c, &seen);
}

static void check_reply_length(const struct a2p_case *c, enum a2p_field field)
{
    if (has(c, field) && said(c, field).len < REPLY_MIN)
        a2p_find(c, A2P_BLOCK, field, "too_short", 21728, "It has less than 20 characters.",
                 "Write a whole sentence that names the brand.");
}

static void check_keywords(const struct a2p_case *c, enum a2p_field field)
{
    struct str rest = said(c, field), one;

    while (a2p_next_of_list(&rest, &one))
        for (size_t i = 0; i < one.len; i++) {
            char ch = one.at[i];
            if ((ch >= '0' && ch <= '9') || (ch >= 'A' && ch <= 'Z') || (ch >= 'a' && ch <= 'z')) continue;
            a2p_find_words(c, A2P_BLOCK, field, "keyword", one, 21728, "A keyword is of letters and digits only.",
                           "Write single words with commas between, such as JOIN, START.");
            break;
        }
}

static void check_opt_in(const struct a2p_case *c)
{
    static const struct {
        const char *rule, *phrases, *why, *fix;
    } parts[] = {
        {"opt_in_frequency", A2P_SAYS_FREQUENCY, "It does not say how often texts come.",
         "Add \"Message frequency varies\" or a number a month."},
        {"opt_in_rates", A2P_SAYS_RATES, "The sentence on message and data rates is missing.",
         "Add \"Msg & data rates may apply\"."},
        {"opt_in_help", A2P_SAYS_HELP, "It does not say how to get help.", "Add \"Reply HELP for help\"."},
        {"opt_in_stop", A2P_SAYS_STOP, "It does not say how to stop.", "Add \"Reply STOP to cancel\"."},
    };
    struct str text = said(c, A2P_OPT_IN_MESSAGE);

    if (has(c, A2P_OPT_IN_KEYWORDS) && text.len == 0)
        a2p_find(c, A2P_BLOCK, A2P_OPT_IN_MESSAGE, "opt_in_missing", 30540, "Who texts a keyword must get an answer.",
                 "Write it: brand, how often, \"Msg & data rates may apply\", HELP and STOP.");
    if (text.len < REPLY_MIN) return;
    if (!a2p_names_brand(c, text))
        a2p_find(c, A2P_BLOCK, A2P_OPT_IN_MESSAGE, "opt_in_brand", 30896, "It does not name the brand.",
                 "Begin with the brand's name.");
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (!a2p_says(text, parts[i].phrases))
            a2p_find(c, A2P_BLOCK, A2P_OPT_IN_MESSAGE, parts[i].rule, 30896, parts[i].why, parts[i].fix);
}

static void check_help(const struct a2p_case *c)
{
    struct str text = said(c, A2P_HELP_MESSAGE);

    if (text.len < REPLY_MIN) return;
    if (!a2p_names_brand(c, text))
        a2p_find(c, A2P_BLOCK, A2P_HELP_MESSAGE, "help_brand", 30890, "It does not name the brand.",
                 "Begin with the brand's name.");
    if (!a2p_has_link(text) && !a2p_has_phone(text) && str_find_char(text, '@') == text.len)
        a2p_find(c, A2P_BLOCK, A2P_HELP_MESSAGE, "help_contact", 30890, "It gives no way to reach anybody.",
                 "Add a phone number, an e-mail or a web address.");
}

static void check_opt_out(const struct a2p_case *c)
{
    struct str text = said(c, A2P_OPT_OUT_MESSAGE);

    if (has(c, A2P_OPT_OUT_KEYWORDS) && !a2p_says(said(c, A2P_OPT_OUT_KEYWORDS), "stop"))
        a2p_find(c, A2P_BLOCK, A2P_OPT_OUT_KEYWORDS, "keywords_stop", 30887, "STOP is not among them.", "Add STOP.");
    if (text.len < REPLY_MIN) return;
    if (!a2p_names_brand(c, text))
        a2p_find(c, A2P_BLOCK, A2P_OPT_OUT_MESSAGE, "opt_out_brand", 30887, "It does not name the brand.",
                 "Begin with the brand's name.");
    if (!a2p_says(text, A2P_SAYS_NO_MORE))
        a2p_find(c, A2P_BLOCK, A2P_OPT_OUT_MESSAGE, "opt_out_confirms", 30887,
                 "It does not say that no more texts come.",
                 "Say so: \"You are unsubscribed and will receive no more messages\".");
}

void a2p_check_replies(const struct a2p_case *c)
{
    for (int f = A2P_OPT_IN_MESSAGE; f <= A2P_HELP_MESSAGE; f++) check_reply_length(c, (enum a2p_field)f);
    for (int f = A2P_OPT_IN_KEYWORDS; f <= A2P_HELP_KEYWORDS; f++) check_keywords(c, (enum a2p_field)f);
    check_opt_in(c);
    check_help(c);
    check_opt_out(c);
}
