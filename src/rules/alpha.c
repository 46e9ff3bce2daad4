/* alpha: looks a country up, and a way out in a text. Contract in alpha.h. */
#include "rules/alpha_table.h"

#include <string.h>

enum { PHONE_DIGITS_LEAST = 7 };

const struct alpha_rule *alpha_rule_of(const char *country)
{
    static const struct alpha_rule unknown = {"", ALPHA_SHOWN, true, "", false, "no rule is known of that country"};

    for (size_t i = 0; i < alpha_table_count; i++)
        if (strcmp(alpha_table[i].country, country) == 0) return &alpha_table[i];
    return &unknown;
}

bool alpha_is_registered(struct str registered, const char *country)
{
    struct str one;

    while (registered.len > 0) {
        registered = str_cut(registered, ' ', &one);
        if (one.len > 0 && str_equal(one, str_from(country))) return true;
    }
    return false;
}

enum alpha_answer alpha_ask(const char *country, struct str address, struct str registered, bool marketing)
{
    const struct alpha_rule *rule = alpha_rule_of(country);

    if (rule->use == ALPHA_NEVER) return ALPHA_FORBIDDEN;
    if (marketing && !str_starts(address, str_from(rule->marketing_prefix))) return ALPHA_FORBIDDEN;
    if (alpha_is_registered(registered, country)) return ALPHA_PASS; /* also of a name that would be nobody's */
    if (rule->generic_refused && alpha_is_generic(address)) return ALPHA_FORBIDDEN;
    if (rule->registered) return ALPHA_UNREGISTERED;
    return ALPHA_PASS;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool alpha_is_name(struct str s)
{
    bool letter = false;

    if (s.len < 1 || s.len > ALPHA_CHARACTERS_MAX) return false;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.at[i];
        letter = letter || is_letter(c);
        if (!is_letter(c) && !is_digit(c) && (c == '\0' || strchr(" -_&+", c) == NULL)) return false;
    }
    return letter;
}

bool alpha_is_generic(struct str name)
{
    char letters[ALPHA_CHARACTERS_MAX];
    size_t count = 0;

    for (size_t i = 0; i < name.len && count < sizeof letters; i++)
        if (is_letter(name.at[i])) letters[count++] = (char)(name.at[i] | 0x20);
    for (size_t i = 0; i < alpha_generic_count; i++)
        if (str_equal((struct str){letters, count}, str_from(alpha_generic[i]))) return true;
    return false;
}

/* Between letters or digits on both sides: "acme.com", "help@acme". */
static bool joins(struct str t, size_t i)
{
    if (i == 0 || i + 1 >= t.len) return false;
    return (is_letter(t.at[i - 1]) || is_digit(t.at[i - 1])) && is_letter(t.at[i + 1]);
}

/* "acme.com/stop": a name, a dot, letters, and no blank before the slash; "end.Next" is the end of a sentence. */
static bool is_link(struct str t, size_t dot)
{
    size_t end = dot + 1;

    while (end < t.len && is_letter(t.at[end])) end++;
    return end - dot > 2 && end < t.len && t.at[end] == '/';
}

bool alpha_way_out(struct str text)
{
    size_t digits = 0;

    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        if (c == '@' && joins(text, i)) return true;
        if (c == ':' && str_starts(str_slice(text, i, text.len), STR("://"))) return true;
        if (c == '.' && joins(text, i) && is_link(text, i)) return true;
        if (is_digit(c)) digits++;
        else if (strchr(" -().+/", c) == NULL || c == '\0') digits = 0;
        if (digits >= PHONE_DIGITS_LEAST) return true;
    }
    return false;
}
