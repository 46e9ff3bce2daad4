/* site_judge: what each page has to say. Contract in site_judge.h; the table is site_rules.c's. */
#include "rules/site_judge.h"

#include "rules/a2p_check_inside.h"
#include "rules/a2p_phrases.h"
#include "rules/content.h"
#include "rules/content_links.h"
#include "rules/site_rules.h"

enum {
    WORDS_FEW = 60,       /* a page with less may show the rest by scripts */
    WORDS_EMPTY = 12,     /* hardly anything */
    WORDS_SHORT = 150,    /* "coming soon" on a longer one is about a product */
    FORBIDDEN_LINES = 2,  /* so many: not only a word in passing */
    LINE_LEAST = 12,
};

struct site_case {
    struct a2p_case a2p; /* for the brand's names; findings do not go there */
    const struct site_visit *visit;
    struct site_findings *out;
};

static void find_words(const struct site_case *c, enum site_rule rule, struct str words)
{
    struct site_findings *out = c->out;

    if (out->count == SITE_FINDINGS_MAX) return;
    if (SITE_RULE_TABLE[rule].severity > out->worst) out->worst = SITE_RULE_TABLE[rule].severity;
    out->at[out->count++] = (struct site_finding){(uint8_t)rule, (uint8_t)c->visit->place, words};
}

static void find(const struct site_case *c, enum site_rule rule)
{
    find_words(c, rule, c->visit->url);
}

static struct str words_of(const struct site_case *c)
{
    return buf_str(&c->visit->page->words);
}

static bool page_says(const struct site_case *c, const char *phrases)
{
    return a2p_says(words_of(c), phrases);
}

static bool title_says(const struct site_case *c, const char *phrases)
{
    return a2p_says(buf_str(&c->visit->page->title), phrases);
}

static bool names_brand(const struct site_case *c)
{
    return a2p_names_brand(&c->a2p, words_of(c)) || a2p_names_brand(&c->a2p, buf_str(&c->visit->page->title));
}

/* ---- any page: is it one? ---- */

static bool is_parked(const struct site_case *c)
{
    static const char sale[] = "domain is for sale|domain name is for sale|buy this domain|domain may be for sale|"
                               "this domain is parked|parked free|domain parking|parked domain|domain has expired|"
                               "this domain has been registered|domain is available|make an offer on this domain|"
                               "este dominio está en venta|dominio en venta|ce domaine est à vendre|"
                               "domaine est à vendre|hugedomains|sedo domain parking";

    return c->visit->page->count < WORDS_SHORT * 2 && (page_says(c, sale) || title_says(c, sale));
}

static bool is_unfinished(const struct site_case *c)
{
    static const char soon[] = "under construction|coming soon|launching soon|opening soon|site is being built|"
                               "website is being built|future home of*|maintenance mode|down for maintenance|"
                               "en construcción|en construccion|próximamente|proximamente|en construction|"
                               "bientôt disponible|bientôt en ligne";
    static const char first[] = "welcome to nginx|apache2 ubuntu default page|apache2 debian default page|it works!|"
                                "iis windows server|default web site page|just another wordpress site|"
                                "account suspended|account has been suspended|index of /*|website not found|"
                                "site not found|default page";

    if (title_says(c, first) || (c->visit->page->count < WORDS_SHORT && page_says(c, first))) return true;
    return c->visit->page->count < WORDS_SHORT && (page_says(c, soon) || title_says(c, soon));
}

static bool is_missing(const struct site_case *c)
{
    static const char none[] = "404|page not found|not found|página no encontrada|page introuvable";

    return c->visit->page->count < WORDS_SHORT && title_says(c, none);
}

/* False: nothing more can be said of it. */
static bool judge_any(const struct site_case *c)
{
    const struct site_page *p = c->visit->page;
    enum site_rule rule = SITE_RULE_NONE;

    if (is_parked(c)) rule = SITE_RULE_PARKED;
    else if (is_missing(c)) rule = SITE_RULE_GONE;
    else if (is_unfinished(c)) rule = SITE_RULE_BUILDING;
    else if (p->password && p->count < WORDS_SHORT) rule = SITE_RULE_LOGIN;
    else if (p->count < WORDS_FEW && (p->wants_script || p->scripts > 0 || p->frames > 0)) rule = SITE_RULE_SCRIPTS;
    if (rule != SITE_RULE_NONE) {
        find(c, rule);
        return false;
    }
    if (page_says(c, "lorem ipsum|dolor sit amet|your company name|insert text here|[company name]"))
        find(c, SITE_RULE_STAND_IN);
    if (p->count >= WORDS_EMPTY) return true;
    find(c, SITE_RULE_THIN);
    return false;
}

/* ---- the website ---- */

static bool is_forbidden(const struct content_report *report)
{
    static const char *const kinds[] = {"sex", "hate", "firearms", "tobacco", "cannabis", "gambling", "crypto",
                                        "debt", "credit_repair", "get_rich", "lead_generation", NULL};

    for (size_t i = 0; i < report->count; i++)
        if (report->findings[i].severity == CONTENT_BLOCK && a2p_one_of(str_from(report->findings[i].rule->id), kinds))
            return true;
    return false;
}

static void judge_content(const struct site_case *c)
{
    struct content_case who = {.kind = KIND_TRANSACTIONAL, .brand = c->a2p.facts->at[A2P_BRAND_NAME],
                               .age_gated = a2p_fact_is_true(c->a2p.facts, A2P_AGE_GATED),
                               .direct_lending = a2p_fact_is_true(c->a2p.facts, A2P_DIRECT_LENDING)};
    struct str rest = words_of(c), line;
    struct content_report report;
    unsigned seen = 0;

    while (rest.len > 0) {
        rest = str_cut(rest, '\n', &line);
        if (line.len < LINE_LEAST) continue;
        content_check(line, &who, &report);
        if (!is_forbidden(&report) || ++seen < FORBIDDEN_LINES) continue;
        find_words(c, SITE_RULE_FORBIDDEN, line);
        return;
    }
}

static bool has_contact(const struct site_case *c)
{
    const struct site_page *p = c->visit->page;

    if (a2p_has_phone(words_of(c)) || str_find_char(words_of(c), '@') < words_of(c).len) return true;
    for (size_t i = 0; i < p->links_count; i++)
        if (str_starts(p->links[i].address, STR("tel:")) || str_starts(p->links[i].address, STR("mailto:")) ||
            a2p_says(site_link_words(p, &p->links[i]), "contact*|support|call us|locations|contacto|contáctanos|"
                                                      "contáctenos|nous joindre"))
            return true;
    return false;
}

static void judge_home(const struct site_case *c)
{
    const struct site_page *p = c->visit->page;

    if (p->forms > 0 && p->count < WORDS_FEW) find(c, SITE_RULE_ONLY_FORM);
    if (!names_brand(c)) find(c, SITE_RULE_BRAND);
    if (!has_contact(c)) find(c, SITE_RULE_CONTACT);
    if (site_link_to(p, SITE_PRIVACY).len == 0) find(c, SITE_RULE_PRIVACY_UNLINKED);
    if (site_link_to(p, SITE_TERMS).len == 0) find(c, SITE_RULE_TERMS_UNLINKED);
    judge_content(c);
}

/* ---- the privacy policy: sentence by sentence ---- */

static const char MOBILE[] =
    "mobile|phone number*|telephone number*|sms|text message*|text-message*|text messaging|messaging|opt-in|opt in|"
    "originator|cell*|número* de teléfono|números de teléfono|número de móvil|teléfono*|telefono*|celular*|móvil*|"
    "mensajes de texto|numéro* de téléphone|numéros de téléphone|téléphone*|mobiles|textos";
static const char SHARE[] =
    "share|shared|shares|sharing|sell|sold|sells|selling|disclose*|rent|rented|trade|traded|transfer*|pass on|"
    "passed on|give|given|provided to|compart*|vend*|divulg*|cede*|ceder*|partag*|revend*|communiqu*|cédé*|transmis*";
static const char NOT[] =
    "not|never|no|without|won't|don't|doesn't|aren't|isn't|cannot|can't|neither|nor|none|exclude*|excluding|except|"
    "nunca|ni|sin|ningun*|ningún*|jamás|ne|pas|jamais|aucun*";
static const char OTHERS[] =
    "third part*|third-part*|3rd part*|affiliate*|partners|partner*|anyone|other compan*|other organi*|others|"
    "other part*|marketing|promotional|advertis*|terceros|terceras|afiliad*|socios|tiers|affilié*|partenaire*|"
    "autres entreprises";
static const char FOR_MARKETING[] =
    "marketing|promotion*|promotional|advertis*|their offers|their products|offers from|publicidad|publicitari*|"
    "mercadotecnia|publicitaire*|commercial*|marketing purposes";
static const char DATA[] = "information|data|details|number*|contact*|datos|información|données|coordonnées|"
                           "informations|números|numéros|renseignements";

struct sharing {
    bool mobile_not; /* mobile data is shared with nobody */
    bool data_not;   /* data in general */
    struct str data_shared, mobile_shared; /* the sentence that says so; empty: none */
};

static void hear(struct str sentence, struct sharing *s)
{
    bool mobile = a2p_says(sentence, MOBILE), denied;

    if (!a2p_says(sentence, SHARE) || !a2p_says(sentence, OTHERS)) return;
    denied = a2p_says(sentence, NOT);
    if (denied && mobile) s->mobile_not = true;
    else if (denied && a2p_says(sentence, DATA)) s->data_not = true;
    else if (!denied && a2p_says(sentence, FOR_MARKETING) && a2p_says(sentence, DATA)) {
        if (mobile) s->mobile_shared = sentence;
        else s->data_shared = sentence;
    }
}

/* "." ends one only before a space: "acme.com" is no end. */
static struct str next_sentence(struct str *rest)
{
    size_t end = 0;
    struct str one;

    while (end < rest->len && rest->at[end] != '\n') {
        char b = rest->at[end++];
        if ((b == '.' || b == '!' || b == '?') && (end == rest->len || rest->at[end] == ' ')) break;
    }
    one = str_trim(str_slice(*rest, 0, end));
    *rest = str_slice(*rest, end < rest->len ? end + 1 : end, rest->len);
    return one;
}

static void judge_privacy(const struct site_case *c)
{
    struct str rest = words_of(c);
    struct sharing s = {.mobile_not = false};

    if (!page_says(c, A2P_SAYS_PRIVACY) && !title_says(c, A2P_SAYS_PRIVACY)) {
        find(c, SITE_RULE_PRIVACY_NONE);
        return;
    }
    while (rest.len > 0) hear(next_sentence(&rest), &s);
    if (s.mobile_shared.len > 0) find_words(c, SITE_RULE_PRIVACY_SHARES, s.mobile_shared);
    else if (s.data_shared.len > 0 && !s.mobile_not) find_words(c, SITE_RULE_PRIVACY_SHARES, s.data_shared);
    else if (!s.mobile_not) find(c, s.data_not ? SITE_RULE_PRIVACY_GENERAL : SITE_RULE_PRIVACY_MOBILE);
}

/* ---- the terms, and where people agree ---- */

static void judge_terms(const struct site_case *c)
{
    static const struct {
        enum site_rule rule;
        const char *phrases;
    } wanted[] = {{SITE_RULE_TERMS_FREQUENCY, A2P_SAYS_FREQUENCY}, {SITE_RULE_TERMS_RATES, A2P_SAYS_RATES},
                  {SITE_RULE_TERMS_STOP, A2P_SAYS_STOP}, {SITE_RULE_TERMS_HELP, A2P_SAYS_HELP},
                  {SITE_RULE_TERMS_CARRIERS, "carrier*|operador*|opérateur*|mobile provider*|fournisseur*"}};

    if (!page_says(c, "sms|text message*|text-message*|text messaging|texting|texts|mobile message*|mensajes de texto|"
                      "mensajes sms|messages texte|textos|mobile messaging")) {
        find(c, SITE_RULE_TERMS_TEXTS);
        return;
    }
    if (!names_brand(c)) find(c, SITE_RULE_TERMS_NAME);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        if (!page_says(c, wanted[i].phrases)) find(c, wanted[i].rule);
    if (!has_contact(c)) find(c, SITE_RULE_TERMS_SUPPORT);
}

static void judge_opt_in(const struct site_case *c)
{
    static const struct {
        enum site_rule rule;
        const char *phrases;
    } wanted[] = {{SITE_RULE_OPT_IN_TEXTS, A2P_SAYS_TEXTS}, {SITE_RULE_OPT_IN_FREQUENCY, A2P_SAYS_FREQUENCY},
                  {SITE_RULE_OPT_IN_RATES, A2P_SAYS_RATES}, {SITE_RULE_OPT_IN_STOP, A2P_SAYS_STOP},
                  {SITE_RULE_OPT_IN_HELP, A2P_SAYS_HELP}};
    const struct site_page *p = c->visit->page;

    if (p->box_ticked) find(c, SITE_RULE_OPT_IN_TICKED);
    if (!p->phone_field) {
        /* A form may come by script, or in a frame; then its words do, too. */
        find(c, SITE_RULE_OPT_IN_FIELD);
        return;
    }
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        if (!page_says(c, wanted[i].phrases)) find(c, wanted[i].rule);
    if (site_link_to(p, SITE_PRIVACY).len == 0 || site_link_to(p, SITE_TERMS).len == 0)
        find(c, SITE_RULE_OPT_IN_LINKS);
}

/* ---- all ---- */

static void judge_visit(const struct site_case *c)
{
    static void (*const judges[SITE_PLACES])(const struct site_case *) = {judge_home, judge_privacy, judge_terms,
                                                                          judge_opt_in};

    if (c->visit->outcome != SITE_READ) find(c, (enum site_rule)c->visit->outcome);
    else if (judge_any(c)) judges[c->visit->place](c);
}

void site_judge(const struct a2p_facts *facts, enum brand_type kind, const struct site_visit *visits, size_t count,
                struct site_findings *out)
{
    out->worst = A2P_CLEAN;
    out->count = 0;
    for (size_t i = 0; i < count; i++) {
        struct site_case c = {.a2p = {.facts = facts, .kind = kind}, .visit = &visits[i], .out = out};
        judge_visit(&c);
    }
}

struct str site_link_to(const struct site_page *page, enum site_place place)
{
    const char *words = place == SITE_PRIVACY ? A2P_SAYS_PRIVACY : A2P_SAYS_TERMS;

    for (size_t i = 0; i < page->links_count; i++)
        if (a2p_says(site_link_words(page, &page->links[i]), words)) return page->links[i].address;
    for (size_t i = 0; i < page->links_count; i++)
        if (a2p_says(page->links[i].address, words)) return page->links[i].address;
    return (struct str){NULL, 0};
}

static struct str without_end(struct str url)
{
    while (url.len > 0 && (url.at[url.len - 1] == '/' || url.at[url.len - 1] == '.')) url.len--;
    return url;
}

size_t site_flow_links(const struct a2p_facts *facts, struct str out[SITE_FLOW_LINKS_MAX])
{
    struct str flow = facts->at[A2P_MESSAGE_FLOW];
    struct content_link links[CONTENT_LINKS_MAX];
    size_t n = content_links_find(flow, links), count = 0;

    for (size_t i = 0; i < n && count < SITE_FLOW_LINKS_MAX; i++) {
        struct str url = without_end(str_slice(flow, links[i].from, links[i].to));
        bool known = !a2p_is_https(url) || str_equal(url, without_end(facts->at[A2P_PRIVACY_URL])) ||
                     str_equal(url, without_end(facts->at[A2P_TERMS_URL])) ||
                     a2p_says(url, A2P_SAYS_PRIVACY) || a2p_says(url, A2P_SAYS_TERMS);
        for (size_t k = 0; k < count; k++) known = known || str_equal(url, out[k]);
        if (!known) out[count++] = url;
    }
    return count;
}
