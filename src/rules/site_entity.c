/* site_entity: names of characters, and what is written plainly. Contract in site_entity.h. */
#include "rules/site_entity.h"

enum { NAME_MAX_BYTES = 8, POINT_MAX = 0x10FFFF, REPLACEMENT = 0xFFFD };

static const struct {
    char name[NAME_MAX_BYTES + 1];
    uint16_t point;
} NAMES[] = {
    {"amp", '&'},        {"lt", '<'},         {"gt", '>'},         {"quot", '"'},       {"apos", '\''},
    {"nbsp", 0xA0},      {"iexcl", 0xA1},     {"cent", 0xA2},      {"copy", 0xA9},      {"laquo", 0xAB},
    {"shy", 0xAD},       {"reg", 0xAE},       {"raquo", 0xBB},     {"iquest", 0xBF},    {"middot", 0xB7},
    {"Agrave", 0xC0},    {"Aacute", 0xC1},    {"Acirc", 0xC2},     {"Auml", 0xC4},      {"Ccedil", 0xC7},
    {"Egrave", 0xC8},    {"Eacute", 0xC9},    {"Ecirc", 0xCA},     {"Iacute", 0xCD},    {"Ntilde", 0xD1},
    {"Oacute", 0xD3},    {"Ocirc", 0xD4},     {"Ouml", 0xD6},      {"Uacute", 0xDA},    {"Uuml", 0xDC},
    {"szlig", 0xDF},     {"agrave", 0xE0},    {"aacute", 0xE1},    {"acirc", 0xE2},     {"auml", 0xE4},
    {"ccedil", 0xE7},    {"egrave", 0xE8},    {"eacute", 0xE9},    {"ecirc", 0xEA},     {"euml", 0xEB},
    {"igrave", 0xEC},    {"iacute", 0xED},    {"icirc", 0xEE},     {"iuml", 0xEF},      {"ntilde", 0xF1},
    {"oacute", 0xF3},    {"ocirc", 0xF4},     {"ouml", 0xF6},      {"ugrave", 0xF9},    {"uacute", 0xFA},
    {"ucirc", 0xFB},     {"uuml", 0xFC},      {"ndash", 0x2013},   {"mdash", 0x2014},   {"lsquo", 0x2018},
    {"rsquo", 0x2019},   {"ldquo", 0x201C},   {"rdquo", 0x201D},   {"bull", 0x2022},    {"hellip", 0x2026},
    {"euro", 0x20AC},    {"trade", 0x2122},   {"rarr", 0x2192},    {"ensp", 0x2002},    {"emsp", 0x2003},
    {"thinsp", 0x2009},  {"zwnj", 0x200C},
};

static int digit_of(int c, unsigned base)
{
    int value = c >= '0' && c <= '9'   ? c - '0'
                : c >= 'a' && c <= 'f' ? c - 'a' + 10
                : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                       : 99;

    return value < (int)base ? value : -1;
}

static uint32_t take_number(struct cursor *c)
{
    unsigned base = cursor_accept(c, 'x') || cursor_accept(c, 'X') ? 16 : 10;
    uint32_t point = 0;
    bool any = false;

    for (int digit; (digit = digit_of(cursor_peek(c), base)) >= 0; any = true) {
        (void)cursor_next(c);
        if (point <= POINT_MAX) point = point * base + (uint32_t)digit;
    }
    (void)cursor_accept(c, ';');
    if (!any) return 0;
    return point == 0 || point > POINT_MAX || (point >= 0xD800 && point <= 0xDFFF) ? REPLACEMENT : point;
}

static bool is_name(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

uint32_t site_entity_take(struct cursor *c)
{
    struct cursor look = *c;
    size_t begin = c->at, length = 0;
    uint32_t point = 0;

    if (cursor_accept(&look, '#')) point = take_number(&look);
    else {
        while (length <= NAME_MAX_BYTES && is_name(cursor_peek(&look))) {
            (void)cursor_next(&look);
            length++;
        }
        for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++)
            if (str_equal(str_slice(c->in, begin, begin + length), str_from(NAMES[i].name))) point = NAMES[i].point;
        /* A name without its ';' is taken for text: "?a=1&copy=2". */
        if (point != 0 && !cursor_accept(&look, ';')) point = 0;
    }
    if (point != 0) *c = look;
    return point;
}

uint32_t site_letter_plain(uint32_t point)
{
    /* What Windows writes where Latin-1 has controls. */
    if (point >= 0x80 && point <= 0x9F)
        point = point == 0x91 || point == 0x92   ? '\''
                : point == 0x93 || point == 0x94 ? '"'
                : point == 0x96 || point == 0x97 ? '-'
                                                 : ' ';
    if (point == 0x2018 || point == 0x2019 || point == 0x201B || point == 0x02BC) return '\'';
    if (point == 0x201C || point == 0x201D || point == 0x201F) return '"';
    if (point >= 0x2010 && point <= 0x2015) return '-';
    if (point == 0xA0 || (point >= 0x2000 && point <= 0x200A) || point == 0x202F || point == 0x3000) return ' ';
    if (point == 0xAD || (point >= 0x200B && point <= 0x200F) || point == 0x2060 || point == 0xFEFF) return 0;
    if (point < ' ' || point == 0x7F) return ' ';
    return point;
}

uint32_t site_letter_take(struct cursor *c, bool utf8)
{
    uint32_t first = (uint32_t)cursor_next(c), point;
    int more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : first >= 0xC0 ? 1 : 0;

    if (!utf8 || more == 0) return first;
    point = first & (0x3Fu >> more);
    while (more-- > 0) point = point << 6 | ((uint32_t)cursor_next(c) & 0x3F);
    return point;
}
