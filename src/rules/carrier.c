/*
 * carrier: matches a name against the words that networks go by. Owns nothing; a name that no rule knows is
 * CARRIER_UNKNOWN, never an error. Contract in carrier.h.
 *
 * Names are reduced to lower-case letters and digits with one space between words ("AT&T Mobility, LLC" is
 * "at t mobility llc"), then compared by rule in order, so that the special name stands before the
 * general one. Sources: the networks' own legal names, and resellers' statements of whose network they
 * use (2026).
 */
#include "rules/carrier.h"

#include <string.h>

enum { NAME_MAX_BYTES = 96 };

/* "x y" matches when these words stand side by side in the name, "^x" only at its
 * start, "=x" the whole name. Groups are tried in order. */
static const struct group {
    enum carrier carrier;
    const char *const *names; /* ends with NULL */
} GROUPS[] = {
    {CARRIER_FOREIGN, (const char *const[]){
        "telekom", "t mobile germany", "t mobile deutschland", "t mobile czech", "t mobile polska",
        "t mobile poland", "t mobile austria", "t mobile netherlands", "t mobile nl", "t mobile uk",
        "at t mexico", "att mexico", "at t comunicaciones", "vodafone", "telefonica", "movistar", "telcel",
        "radiomovil dipsa", "telstra", "optus", "=o2", "o2 uk", "=ee", "ee limited", "hutchison", "bouygues",
        "^orange", "=sfr", "airtel", "reliance jio", NULL}},
    {CARRIER_CANADA, (const char *const[]){
        "rogers", "fido", "chatr", "^telus", "koodo", "public mobile", "bell mobility", "bell canada",
        "bell aliant", "bell mts", "virgin plus", "lucky mobile", "freedom mobile", "wind mobile",
        "videotron", "vid\xc3\xa9otron", "fizz", "sasktel", "eastlink", "tbaytel", NULL}},
    /* VoIP and wholesale: outside the big networks' registration limits. */
    {CARRIER_OTHER_US, (const char *const[]){
        "twilio", "bandwidth", "google voice", "inteliquent", "onvoy", "sinch", "level 3",
        "level3", "lumen", "peerless network", "telnyx", "plivo", "vonage", "ringcentral", "textnow",
        "pinger", "commio", "brightlink", "ymax", "magicjack", "neutral tandem", NULL}},
    /* Regional networks. */
    {CARRIER_OTHER_US, (const char *const[]){
        "c spire", "cspire", "cellular south", "=gci", "gci communication", "cellcom", "viaero",
        "union wireless", "union telephone", "appalachian wireless", "east kentucky network", "carolina west",
        "nex tech", "nextech wireless", "inland cellular", "thumb cellular", "pioneer cellular",
        "cellular one", "illinois valley cellular", "united wireless", "chat mobility",
        "west central wireless", "^dish wireless", "=dish", "liberty puerto rico", "liberty mobile",
        "claro puerto rico",
        "docomo pacific", NULL}},
    /* Resellers of several networks: nobody can tell from the name. */
    {CARRIER_UNKNOWN, (const char *const[]){
        "tracfone", "straight talk", "net10", "safelink", "consumer cellular", "boost", "google fi",
        "us mobile", "red pocket", "ting", "republic wireless", "optimum mobile", NULL}},
    /* Networks, their older names, and resellers of theirs alone. */
    {CARRIER_USCC, (const char *const[]){
        "us cellular", "u s cellular", "uscellular", "united states cellular", "=uscc",
        "uscc services", NULL}},
    {CARRIER_VERIZON, (const char *const[]){
        "verizon", "=vzw", "=vz", "^cellco", "alltel", "bluegrass cellular", "visible", "xfinity",
        "comcast mobile", "spectrum mobile", "=spectrum", "charter mobile", "page plus", "total wireless",
        "cox mobile", NULL}},
    {CARRIER_TMOBILE, (const char *const[]){
        "t mobile", "tmobile", "tmo", "=tmus", "omnipoint", "voicestream", "powertel", "suncom", "sprint",
        "nextel", "clearwire", "metropcs", "metro pcs", "=metro", "mint mobile", "=mint", "ultra mobile",
        "assurance wireless", "virgin mobile", "lycamobile usa", "simple mobile", "tello", NULL}},
    {CARRIER_ATT, (const char *const[]){
        "at t", "att", "a t t", "at amp t", "at and t", "cingular", "bellsouth mobility", "cricket",
        "firstnet", "h2o wireless", "aio wireless", "pure talk", "puretalk", NULL}},
};

static const struct {
    const char *name, *slug;
} NAMES[CARRIER_COUNT + 1] = {
    [CARRIER_UNKNOWN] = {"Unknown", "unknown"},   [CARRIER_ATT] = {"AT&T", "att"},
    [CARRIER_TMOBILE] = {"T-Mobile", "tmobile"},  [CARRIER_VERIZON] = {"Verizon", "verizon"},
    [CARRIER_USCC] = {"US Cellular", "uscc"},     [CARRIER_OTHER_US] = {"Other US", "other_us"},
    [CARRIER_CANADA] = {"Canada", "canada"},      [CARRIER_FOREIGN] = {"Abroad", "foreign"},
    [CARRIER_ANY] = {"Any", "any"},
};

/* Reduces to words; a name that does not fit gives "". */
static void reduce(struct str name, char out[NAME_MAX_BYTES])
{
    size_t len = 0;
    bool gap = false;
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.at[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(c >= '0' && c <= '9') && c < 0x80) {
            gap = len > 0;
            continue;
        }
        if (len + 3 > NAME_MAX_BYTES) {
            len = 0;
            break;
        }
        if (gap) out[len++] = ' ';
        gap = false;
        out[len++] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    }
    out[len] = '\0';
}

static bool matches(const char *name, const char *rule)
{
    bool whole = rule[0] == '=', start = whole || rule[0] == '^';
    const char *words = start ? rule + 1 : rule;
    size_t len = strlen(words);

    for (const char *at = name; (at = strstr(at, words)) != NULL; at++) {
        bool begins = at == name || at[-1] == ' ';
        bool ends = at[len] == '\0' || at[len] == ' ';
        if (begins && ends && (!start || at == name) && (!whole || at[len] == '\0')) return true;
    }
    return false;
}

static bool in_group(const char *name, const struct group *g)
{
    for (const char *const *rule = g->names; *rule != NULL; rule++)
        if (matches(name, *rule)) return true;
    return false;
}

enum carrier carrier_parse(struct str name)
{
    char words[NAME_MAX_BYTES];
    enum carrier c;

    if (carrier_from_slug(str_trim(name), &c) == ERR_OK && c != CARRIER_ANY) return c;
    reduce(name, words);
    for (size_t i = 0; words[0] != '\0' && i < sizeof GROUPS / sizeof GROUPS[0]; i++)
        if (in_group(words, &GROUPS[i])) return GROUPS[i].carrier;
    return CARRIER_UNKNOWN;
}

/* The US and the territories that its carriers serve under the same numbering and rules. */
static bool is_us(struct str country)
{
    static const char *const CODES[] = {"US", "PR", "VI", "GU", "AS", "MP", "UM"};
    for (size_t i = 0; i < sizeof CODES / sizeof CODES[0]; i++)
        if (str_equal_nocase(country, str_from(CODES[i]))) return true;
    return false;
}

enum carrier carrier_in_country(enum carrier named, struct str country)
{
    BUG_IF(named >= CARRIER_COUNT);
    if (country.len == 0) return named;
    if (str_equal_nocase(country, STR("CA"))) return CARRIER_CANADA;
    if (!is_us(country)) return CARRIER_FOREIGN;
    return named == CARRIER_CANADA || named == CARRIER_FOREIGN ? CARRIER_UNKNOWN : named;
}

const char *carrier_name(enum carrier c)
{
    BUG_IF(c > CARRIER_ANY);
    return NAMES[c].name;
}

const char *carrier_slug(enum carrier c)
{
    BUG_IF(c > CARRIER_ANY);
    return NAMES[c].slug;
}

enum err carrier_from_slug(struct str slug, enum carrier *out)
{
    for (unsigned i = 0; i <= CARRIER_ANY; i++) {
        if (!str_equal(slug, str_from(NAMES[i].slug))) continue;
        *out = (enum carrier)i;
        return ERR_OK;
    }
    return ERR_INVALID;
}
