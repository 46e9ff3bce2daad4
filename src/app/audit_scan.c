/* audit_scan: see the header. Owns nothing. */
#include "app/audit_scan.h"

enum { DIGITS_LEAST = 10, DIGITS_MOST = 15, SECRET_LEAST = 16, KEY_CHARACTERS = 40 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
}

static size_t run(struct str s, size_t from, bool (*is)(char))
{
    size_t end = from;

    while (end < s.len && is(s.at[end])) end++;
    return end - from;
}

/* "+" and ten to fifteen digits, not masked behind them; "%2B" is a plus in an address. */
static bool has_number(struct str line)
{
    for (size_t i = 0; i < line.len; i++) {
        size_t from, digits;
        bool escaped = str_starts(str_slice(line, i, line.len), STR("%2B"));
        if (line.at[i] != '+' && !escaped) continue;
        from = i + (escaped ? 3 : 1);
        digits = run(line, from, is_digit);
        if (digits < DIGITS_LEAST || digits > DIGITS_MOST || line.at[from] == '0') continue;
        if (from + digits == line.len || (line.at[from + digits] != '*' && !is_word(line.at[from + digits])))
            return true;
    }
    return false;
}

static bool is_key_character(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* An API key of ours (app/keys.h). */
static bool has_key(struct str line)
{
    for (size_t i = 0; i + 3 < line.len; i++)
        if (str_equal(str_slice(line, i, i + 3), STR("sk_")) && run(line, i + 3, is_key_character) == KEY_CHARACTERS)
            return true;
    return false;
}

/* What follows these words is a secret, if it is long and not masked. */
static bool has_secret(struct str line)
{
    static const char *const words[] = {"bearer ", "auth_token", "authtoken", "api_secret", "client_secret",
                                        "password", "master_key"};

    for (size_t i = 0; i < line.len; i++)
        for (size_t w = 0; w < sizeof words / sizeof words[0]; w++) {
            struct str word = str_from(words[w]), rest = str_slice(line, i, line.len);
            size_t at = i + word.len;
            if (rest.len < word.len || !str_equal_nocase(str_slice(rest, 0, word.len), word)) continue;
            while (at < line.len && (line.at[at] == ' ' || line.at[at] == '=' || line.at[at] == ':' ||
                                     line.at[at] == '"' || line.at[at] == '\''))
                at++;
            if (run(line, at, is_word) >= SECRET_LEAST) return true;
        }
    return false;
}

enum audit_leak audit_scan_line(struct str line)
{
    if (has_secret(line) || has_key(line)) return AUDIT_LEAK_SECRET;
    return has_number(line) ? AUDIT_LEAK_NUMBER : AUDIT_LEAK_NONE;
}

const char *audit_leak_name(enum audit_leak leak)
{
    switch (leak) {
    case AUDIT_LEAK_NUMBER: return "a phone number";
    case AUDIT_LEAK_SECRET: return "a secret";
    case AUDIT_LEAK_NONE: return "nothing";
    }
    return "nothing";
}
