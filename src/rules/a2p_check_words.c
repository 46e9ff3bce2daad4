/* a2p_check_words: what the checks ask of a text: phrases, names, hosts, addresses. Contract in a2p_check.h. */
#include "rules/a2p_check_inside.h"
#include "rules/content_links.h"

#include <string.h>

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static char low(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_word(char c)
{
    return (low(c) >= 'a' && low(c) <= 'z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80;
}

/* Does the phrase stand at `at`? */
static bool stands_at(struct str text, size_t at, struct str phrase)
{
    bool open = phrase.at[phrase.len - 1] == '*';
    size_t k = at;

    if (open) phrase.len--;
    for (size_t i = 0; i < phrase.len; i++) {
        if (k >= text.len) return false;
        if (phrase.at[i] == ' ') {
            if (!is_space(text.at[k])) return false;
            while (k < text.len && is_space(text.at[k])) k++;
        } else if (low(text.at[k++]) != phrase.at[i]) return false;
    }
    return open || k >= text.len || !is_word(text.at[k]) || !is_word(text.at[k - 1]);
}

static bool any_stands_at(struct str text, size_t at, struct str phrases)
{
    char first = low(text.at[at]);
    struct str phrase;

    while (phrases.len > 0) {
        phrases = str_cut(phrases, '|', &phrase);
        if (phrase.at[0] == first && stands_at(text, at, phrase)) return true;
    }
    return false;
}

/* The bytes that a phrase begins with: most words of a text begin with none of them. */
static void first_bytes(struct str phrases, bool first[256])
{
    struct str phrase;

    memset(first, 0, 256);
    while (phrases.len > 0) {
        phrases = str_cut(phrases, '|', &phrase);
        BUG_IF(phrase.len == 0);
        first[(unsigned char)phrase.at[0]] = true;
    }
}

bool a2p_says(struct str text, const char *phrases)
{
    struct str all = str_from(phrases);
    bool first[256];

    if (text.len == 0) return false;
    first_bytes(all, first);
    for (size_t at = 0; at < text.len; at++)
        if (first[(unsigned char)low(text.at[at])] && (at == 0 || !is_word(text.at[at - 1])) &&
            any_stands_at(text, at, all))
            return true;
    return false;
}

bool a2p_one_of(struct str value, const char *const *values)
{
    for (; *values != NULL; values++)
        if (str_equal(value, str_from(*values))) return true;
    return false;
}

bool a2p_is_placeholder(struct str value)
{
    static const char *const words[] = {
        "test", "testing", "test test", "n/a", "na", "none", "null", "tbd", "todo", "asdf", "foo", "bar", "foobar",
        "sample", "example", "xxx", "xxxx", "company name", "your company", "your name", "business name", "unknown",
        "lorem ipsum", "placeholder", "abc", "123", NULL};

    for (const char *const *w = words; *w != NULL; w++)
        if (str_equal_nocase(value, str_from(*w))) return true;
    return a2p_says(value, "lorem ipsum|insert text here");
}

/* The first word that tells: "Riverside" of "Riverside Dental, LLC" is enough if it is long. */
static bool names(struct str text, struct str name)
{
    char phrase[128];
    size_t n = 0;

    while (name.len > 0 && !is_word(name.at[name.len - 1])) name.len--;
    if (name.len == 0 || name.len >= sizeof phrase) return false;
    for (size_t i = 0; i < name.len; i++) {
        if (name.at[i] == '|' || name.at[i] == '*') return false;
        if (!is_space(name.at[i])) phrase[n++] = low(name.at[i]);
        else if (n > 0 && phrase[n - 1] != ' ') phrase[n++] = ' ';
    }
    phrase[n] = '\0';
    return a2p_says(text, phrase);
}

/* "Acme Dental" of "Acme Dental, LLC". */
static struct str without_suffix(struct str name)
{
    static const char *const ends[] = {"llc", "l.l.c.", "inc", "inc.", "corp", "corp.", "corporation", "incorporated",
                                       "ltd", "ltd.", "limited", "co", "co.", "llp", "lp", "pllc", "pc", "p.c.", NULL};

    for (const char *const *e = ends; *e != NULL; e++) {
        size_t n = strlen(*e);
        if (name.len <= n + 1 || !str_equal_nocase(str_slice(name, name.len - n, name.len), str_from(*e))) continue;
        if (is_word(name.at[name.len - n - 1])) continue;
        name.len -= n;
        while (name.len > 0 && (is_space(name.at[name.len - 1]) || name.at[name.len - 1] == ',')) name.len--;
        return name;
    }
    return name;
}

bool a2p_names_brand(const struct a2p_case *c, struct str text)
{
    if (!has(c, A2P_BRAND_NAME) && !has(c, A2P_LEGAL_NAME)) return true; /* that is said elsewhere */
    return names(text, said(c, A2P_BRAND_NAME)) || names(text, without_suffix(said(c, A2P_BRAND_NAME))) ||
           names(text, said(c, A2P_LEGAL_NAME)) || names(text, without_suffix(said(c, A2P_LEGAL_NAME)));
}

bool a2p_has_link(struct str text)
{
    struct content_link links[CONTENT_LINKS_MAX];

    return content_links_find(text, links) > 0;
}

/* Ten digits with what people put between them, not within a longer number or a link. */
bool a2p_has_phone(struct str text)
{
    size_t digits = 0;

    for (size_t i = 0; i < text.len; i++) {
        char ch = text.at[i];
        if (ch >= '0' && ch <= '9') digits++;
        else if (digits == 0 || ch == '\0' || strchr(" -.()", ch) == NULL) {
            if (digits == 10 || digits == 11) return true;
            digits = 0;
        }
    }
    return digits == 10 || digits == 11;
}

bool a2p_is_https(struct str url)
{
    return url.len > 8 && str_equal_nocase(str_slice(url, 0, 8), STR("https://"));
}

struct str a2p_host(struct str url)
{
    size_t scheme = str_find(url, STR("://")), end = 0;

    if (scheme < url.len) url = str_slice(url, scheme + 3, url.len);
    while (end < url.len && (is_word(url.at[end]) || url.at[end] == '.' || url.at[end] == '-')) end++;
    url = str_slice(url, 0, end);
    if (url.len > 4 && str_equal_nocase(str_slice(url, 0, 4), STR("www."))) url = str_slice(url, 4, url.len);
    return str_find_char(url, '.') < url.len ? url : (struct str){NULL, 0};
}

static bool is_below(struct str host, struct str domain)
{
    return host.len > domain.len && host.at[host.len - domain.len - 1] == '.' &&
           str_equal_nocase(str_slice(host, host.len - domain.len, host.len), domain);
}

bool a2p_host_within(struct str host, struct str domain)
{
    return str_equal_nocase(host, domain) || is_below(host, domain) || is_below(domain, host);
}

struct str a2p_email_domain(struct str email)
{
    size_t at = str_find_char(email, '@');
    struct str domain = str_slice(email, at + 1, email.len);

    for (size_t i = 0; i < email.len; i++)
        if ((unsigned char)email.at[i] <= ' ' || email.at[i] == ',') return (struct str){NULL, 0};
    if (at == 0 || domain.len < 3 || str_find_char(domain, '@') < domain.len) return (struct str){NULL, 0};
    return str_equal_nocase(a2p_host(domain), domain) || str_starts(domain,
        STR("www.")) ? domain : (struct str){NULL, 0};
}

bool a2p_is_free_mail(struct str domain)
{
    static const char *const free_mail[] = {
        "gmail.com", "googlemail.com", "yahoo.com", "ymail.com", "hotmail.com", "outlook.com", "live.com", "msn.com",
        "aol.com", "icloud.com", "me.com", "mac.com", "proton.me", "protonmail.com", "gmx.com", "gmx.net", "mail.com",
        "zoho.com", "yandex.com", "comcast.net", "att.net", "verizon.net", "sbcglobal.net", "yahoo.ca", "hotmail.ca",
        "rogers.com", "shaw.ca", "bell.net", NULL};

    for (const char *const *f = free_mail; *f != NULL; f++)
        if (str_equal_nocase(domain, str_from(*f))) return true;
    return false;
}

bool a2p_next_of_list(struct str *rest, struct str *one)
{
    while (rest->len > 0) {
        *rest = str_cut(*rest, ',', one);
        *one = str_trim(*one);
        if (one->len > 0) return true;
    }
    return false;
}
