/* content_links: cuts a text at spaces and reads each piece. Owns nothing. Contract in content_links.h. */
#include "rules/content_links.h"

#include "rules/content_tables.h"
#include "rules/letter.h"

enum { PIECE_BYTES = 256 };

/* One piece of the text, in lower case, with its letters and dots as a browser would read them. */
struct piece {
    char bytes[PIECE_BYTES];
    size_t len;
    size_t from, to; /* of the text, without the marks around it */
    bool disguised;
};

static bool is_space(uint32_t u)
{
    if (u < 0x80 && u > '>') return u == '|';
    return u <= ' ' || u == ',' || u == ';' || u == '<' || u == '>' || u == '"' || u == 0xA0 ||
           (u >= 0x2000 && u <= 0x200A) || u == 0x2028 || u == 0x2029 || u == 0x3000;
}

static bool is_host_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

static bool is_dot(uint32_t u)
{
    return u == 0x3002 || u == 0xFF0E || u == 0xFF61 || u == 0x2024 || u == 0xB7 || u == 0x2022;
}

static void put(struct piece *p, char c)
{
    if (p->len < PIECE_BYTES) p->bytes[p->len++] = c;
}

/* "[.]", "(.)" and "{.}" mean a dot, and so does "[dot]". */
static void close_bracket(struct piece *p)
{
    static const char *const DOTS[] = {"[.", "(.", "{.", "[dot", "(dot", "{dot"};

    for (size_t i = 0; i < sizeof DOTS / sizeof *DOTS; i++) {
        struct str dot = str_from(DOTS[i]);
        if (!str_ends((struct str){p->bytes, p->len}, dot)) continue;
        p->len -= dot.len;
        put(p, '.');
        p->disguised = true;
        return;
    }
    put(p, ')');
}

static void put_character(struct piece *p, uint32_t u)
{
    if ((u >= 'a' && u <= 'z') || (u >= '0' && u <= '9')) {
        put(p, (char)u);
        return;
    }
    if (u == ']' || u == ')' || u == '}') {
        close_bracket(p);
        return;
    }
    if (is_dot(u)) p->disguised = true;
    if (u >= 0xFF01 && u <= 0xFF5E) {
        u -= 0xFEE0;
        p->disguised = true;
    }
    if (u >= 'A' && u <= 'Z') u += 'a' - 'A';
    put(p, is_dot(u) ? '.' : u < 0x80 ? (char)u : '\x7F');
}

/* Takes the next piece off the text. False at its end. */
static bool take_piece(struct cursor *c, struct piece *p)
{
    p->len = p->from = p->to = 0; /* not its bytes: this is done for each word */
    p->disguised = false;
    while (!cursor_done(c)) {
        size_t at = c->at;
        int b = cursor_peek(c);
        uint32_t u = b < 0x80 ? (uint32_t)cursor_next(c) : letter_take(c);
        if (is_space(u)) {
            if (p->len > 0) return true;
            continue;
        }
        if (p->len == 0) p->from = at;
        put_character(p, u);
        p->to = c->at;
    }
    return p->len > 0;
}

const struct content_host *content_host_find(struct str name)
{
    uint32_t slot = content_hash(name) & content_hosts_mask;

    for (; content_hosts[slot].name[0] != '\0'; slot = (slot + 1) & content_hosts_mask)
        if (str_equal(name, str_from(content_hosts[slot].name))) return &content_hosts[slot];
    return NULL;
}

/* The host itself or one above it, in the table as that kind. */
static bool is_listed(struct str host, enum content_host_kind kind)
{
    while (host.len > 0) {
        const struct content_host *found = content_host_find(host);
        struct str head;
        if (found != NULL && found->kind == kind) return true;
        host = str_cut(host, '.', &head);
    }
    return false;
}

static bool is_all(struct str s, char first, char last)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.at[i] < first || s.at[i] > last) return false;
    return s.len > 0;
}

static struct str last_label(struct str host)
{
    size_t from = host.len;

    while (from > 0 && host.at[from - 1] != '.') from--;
    return str_slice(host, from, host.len);
}

/* Without "://" a word with a dot is a link if it ends like one; a path makes it plainer. */
static bool looks_like_host(struct str host, bool has_path)
{
    struct str tld = last_label(host);

    if (tld.len == host.len || tld.len < 2) return false;
    if (is_listed(host, CONTENT_HOST_SHORTENER)) return true;
    if (is_listed(tld, CONTENT_HOST_TLD)) return true;
    return has_path && is_all(tld, 'a', 'z') && host.len - tld.len > 2;
}

static size_t host_end(struct str piece, size_t from)
{
    while (from < piece.len && is_host_byte(piece.at[from])) from++;
    while (from > 0 && piece.at[from - 1] == '.') from--; /* a sentence's full stop */
    return from;
}

static void describe(struct content_link *out, const struct piece *p, struct str host)
{
    struct str digits = last_label(host);

    out->from = p->from;
    out->to = p->to;
    out->disguised = out->disguised || p->disguised || is_all(digits, '0', '9') || str_starts(host, STR("xn--"));
    out->shortener = is_listed(host, CONTENT_HOST_SHORTENER);
    out->official = is_listed(host, CONTENT_HOST_OFFICIAL);
    if (str_copy(host, out->host, sizeof out->host) != ERR_OK) out->disguised = true;
}

static bool read_with_scheme(const struct piece *p, size_t colon, struct content_link *out)
{
    struct str piece = {p->bytes, p->len}, scheme, rest = str_slice(piece, colon + 3, piece.len);
    size_t begin = colon, end, at;

    while (begin > 0 && piece.at[begin - 1] >= 'a' && piece.at[begin - 1] <= 'z') begin--;
    scheme = str_slice(piece, begin, colon);
    if (scheme.len == 0) return false;
    out->insecure = str_ends(scheme, STR("http")) || str_ends(scheme, STR("hxxp"));
    out->disguised = str_starts(scheme, STR("hxxp"));
    end = host_end(rest, 0);
    at = str_find_char(rest, '@');
    if (at < rest.len && at < str_find_char(rest, '/')) {
        out->disguised = true;
        rest = str_slice(rest, at + 1, rest.len);
        end = host_end(rest, 0);
    }
    out->has_path = end + 1 < rest.len && rest.at[end] == '/';
    describe(out, p, str_slice(rest, 0, end));
    return true;
}

static bool read_bare(const struct piece *p, struct content_link *out)
{
    struct str piece = {p->bytes, p->len};
    size_t from = 0, end;
    struct str host;

    if (str_find_char(piece, '@') < piece.len) return false; /* an address of mail */
    while (from < piece.len && !(piece.at[from] >= 'a' && piece.at[from] <= 'z') &&
           !(piece.at[from] >= '0' && piece.at[from] <= '9'))
        from++;
    end = host_end(piece, from);
    host = str_slice(piece, from, end);
    out->has_path = end < piece.len && piece.at[end] == '/';
    if (host.len == 0 || !looks_like_host(host, out->has_path)) return false;
    describe(out, p, host);
    return true;
}

static bool read_piece(const struct piece *p, struct content_link *out)
{
    struct str piece = {p->bytes, p->len};
    size_t colon = str_find_char(piece, ':') < piece.len ? str_find(piece, STR("://")) : piece.len;

    if (str_find_char(piece, '.') == piece.len && colon == piece.len) return false;
    *out = (struct content_link){.from = 0};
    if (colon < piece.len) return read_with_scheme(p, colon, out);
    return read_bare(p, out);
}

size_t content_links_find(struct str text, struct content_link out[CONTENT_LINKS_MAX])
{
    struct cursor c = cursor_over(text);
    struct piece p;
    size_t count = 0;

    while (count < CONTENT_LINKS_MAX && take_piece(&c, &p))
        if (read_piece(&p, &out[count])) count++;
    return count;
}

static bool is_letter(int b)
{
    return (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z');
}

/* Words stand in parentheses, too; of those only "(dot)" is one. */
static bool opens_dot(const struct cursor *c)
{
    return !is_letter(cursor_peek(c)) || str_equal_nocase(str_slice(c->in, c->at, c->at + 4), STR("dot)"));
}

/* A dot before a letter, or what may stand for one, or for a letter in a host. */
bool content_links_possible(struct str text)
{
    struct cursor c = cursor_over(text);

    while (!cursor_done(&c)) {
        int b = cursor_peek(&c);
        uint32_t u;
        if (b < 0x80) {
            (void)cursor_next(&c);
            if (b == '.' && (is_letter(cursor_peek(&c)) || cursor_peek(&c) >= 0x80)) return true;
            if (b == '[' || b == '{' || b == '(' || b == '/') b = b == '/' ? cursor_peek(&c) : b;
            if (b == '[' || b == '{' || (b == '(' && opens_dot(&c)) || b == '/') return true;
            continue;
        }
        u = letter_take(&c);
        if (is_dot(u) || (u >= 0xFF01 && u <= 0xFF5E)) return true;
    }
    return false;
}
